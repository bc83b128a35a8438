"""How long a command takes to start."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time

from benchmarks.table import Row
from benchmarks.timing import Spread


def _seconds_of(*words: str) -> float | None:
    """Wall-clock seconds of a shequn command, None if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "shequn", *words],
            cwd=folder, capture_output=True, check=False,
        )  # fmt: skip
        took = time.perf_counter() - started
    return took if done.returncode == 0 else None


def _row(what: str, words: tuple[str, ...], repetitions: int, at_most: float) -> Row:
    _seconds_of(*words)
    took = [_seconds_of(*words) for _ in range(repetitions)]
    times = [t for t in took if t is not None]
    figure = Spread.of(times) if len(times) == repetitions else None
    return Row(what, figure, "s", at_most=at_most)


def startup(quick: bool) -> list[Row]:
    """Help, and a run of one day from an empty process with compiled code in the cache."""
    repetitions = 3 if quick else 7
    return [
        _row("shequn --help", ("--help",), repetitions, 0.5),
        _row(
            "shequn run wechat-group --days 1, second start",
            ("run", "wechat-group", "--days", "1"), repetitions, 2.0,
        ),
    ]  # fmt: skip
