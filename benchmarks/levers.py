"""What the operator's levers cost while they are off: today's code against the core before them.

The core is taken from the history of the repository; both versions run the same worlds, in
processes of their own that take turns.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.table import Row
from benchmarks.timing import STEADY, Spread, ratios

CORE = "bac8d0f826c2"  # the last commit without levers
ROOT = Path(__file__).resolve().parents[1]
_SCRIPT = """
import json, sys, time
from shequn.model.community import Community
from shequn.model.scenario import Scenario
values = {"group.capacity": 500, "group.seed_fill": 1.0, "group.count": int(sys.argv[1])}
values["market.people"] = max(3000, 500 * int(sys.argv[1]))
values |= json.loads(sys.argv[3])  # the defaults of the core, where they have changed
world = Community(Scenario.load("wechat-group").with_values(values), seed=3)
world.step()
start = time.process_time()
for _ in range(int(sys.argv[2])):
    world.step()
elapsed = time.process_time() - start
print(1e9 * elapsed / world.journal.total("sessions")[1:].sum())
"""


def _core(folder: Path) -> bool:
    """Unpack the core's package; whether the history has it."""
    done = subprocess.run(
        ["git", "archive", CORE, "shequn"], cwd=ROOT, capture_output=True, check=False
    )
    if done.returncode:
        return False
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return True


def _nanoseconds(package: Path, groups: int, days: int) -> float:
    steady = json.dumps(STEADY if package == ROOT else {})
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(groups), str(days), steady],
        cwd=package, env={**os.environ, "PYTHONPATH": str(package)}, stdout=subprocess.PIPE,
        text=True, check=True,
    )  # fmt: skip
    return float(done.stdout)


def levers(quick: bool) -> Iterator[Row]:
    """Time per session with all levers off, relative to the core."""
    repetitions = 1 if quick else 15
    with tempfile.TemporaryDirectory() as name:
        core = Path(name)
        if not _core(core):
            yield Row("levers off / core", None, "times", note="not available: no history here")
            return
        for groups, days in ((1, 120), (40, 6)):
            found: dict[Path, list[float]] = {ROOT: [], core: []}
            for package in found:  # compiles
                _nanoseconds(package, groups, 1)
            for _ in range(repetitions):
                for package, figures in found.items():
                    figures.append(_nanoseconds(package, groups, days))
            what = f"levers off / core, {groups} group{'s' if groups > 1 else ''} of 500"
            yield Row(what, ratios(found[ROOT], found[core]), "times", at_most=1.3)
            yield Row("  a session, core", Spread.of(found[core]), "ns")
