"""Today's engine against the one before it: a day was then a dozen calls from Python.

The code before is taken from the history of the repository. Both versions play the same worlds, in
two processes that take turns, so that a noisy machine slows both.
"""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.table import Row
from benchmarks.timing import STEADY, Spread, ratios

BEFORE = "8c23e0844348"  # the last commit whose days were played by calls from Python
FIRST = "1c1052a"  # the first version: other defaults, fewer mechanisms
ROOT = Path(__file__).resolve().parents[1]
SCENARIOS = ("wechat-group", "study-room", "interest-forum", "workspace", "brand-groups")
_PLAYER = """
import gc, json, sys, time
import shequn
from shequn.model.scenario import Scenario
from shequn.model.parameters import declared
World = getattr(shequn, "World", shequn.Community)

def play(world, days):
    if hasattr(world, "play"):
        world.play(days)
    else:
        for _ in range(days):
            world.step()

for line in sys.stdin:
    name, values, seed, first, days = json.loads(line)
    paths = {*declared(), *(["past.days"] if hasattr(Scenario, "past") else [])}
    known = {path: value for path, value in values.items() if path in paths}
    scenario = Scenario.load(name).with_values(known)
    gc.collect()
    gc.disable()
    start = time.process_time()
    world = World(scenario, seed)
    built = time.process_time()
    play(world, first)
    warm = time.process_time()
    play(world, days)
    played = time.process_time()
    dict(world.summary)
    done = time.process_time()
    gc.enable()
    total = lambda name: float(world.journal.total(name)[first:].sum())
    counts = {k: total(k) for k in ("members", "sessions", "read")}
    print(json.dumps({"build": built - start, "days": played - warm,
                      "whole": done - start, **counts}), flush=True)
    world.close()
"""
_FIRST_DAY = "import shequn; shequn.run('wechat-group', days=1)"
# Forty groups of 500, so that what is paid once a day hardly shows.
_GROUPS = {
    "market.people": 20_000, "group.count": 40, "group.capacity": 500, "group.seed_fill": 1.0,
    "group.overflow": "turn-away", **STEADY,
    **{f"tiers.{tier}.talk": 0.0 for tier in ("high", "middle", "base")},
    "policy.promo_share": 0.0, "policy.promos_per_day": 0.0, "stay.scale": 0.0,
    "spread.session_rate": 0.0, "feel.habit_loss": 0.0, "feel.habit_empty": 0.0,
    **{f"tiers.{tier}.exit_rate": 0.0 for tier in ("high", "middle", "base")},
}  # fmt: skip


def _rate(visits: float) -> dict[str, float]:
    return {f"tiers.{tier}.session_rate": visits for tier in ("high", "middle", "base")}


# Worlds that differ by one thing: nobody comes; everybody comes, nothing to read; many posts of the
# operator to read; as many messages of members, nearly all of a few of them.
RESTING = {**_GROUPS, **_rate(0.0), "policy.content_per_day": 0.0}
VISITED = {**_GROUPS, **_rate(3.0), "policy.content_per_day": 0.0}
READING = {**_GROUPS, **_rate(3.0), "policy.content_per_day": 60.0}
CHATTING = {
    **VISITED, "tiers.high.talk": 1.5, "spread.talk": 0.0, "speak.saturation": 1e6,
    "speak.arrival": 0.0, "speak.recovery": 0.0, "speak.reserve": 0.0,
}  # fmt: skip


class Player:
    """A process that plays worlds with one version of the package.

    Parameters
    ----------
    package : Path
        Folder that holds the version.
    cache : Path
        Where its pasts are kept.
    """

    def __init__(self, package: Path, cache: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PLAYER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, cwd=package, env=_environment(package, cache),
        )  # fmt: skip

    def play(
        self, name: str, values: Mapping[str, Any], seed: int, first: int, days: int
    ) -> dict[str, float]:
        """Seconds of processor time, and what happened in the days after the first ones."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([name, dict(values), seed, first, days]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def _environment(package: Path, cache: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(package), "SHEQUN_CACHE": str(cache)}


def _unpacked(commit: str, folder: Path) -> bool:
    """Unpack the package as it was; whether the history has it."""
    folder.mkdir()
    done = subprocess.run(
        ["git", "archive", commit, "shequn"], cwd=ROOT, capture_output=True, check=False
    )
    if done.returncode:
        return False
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return True


def before(quick: bool) -> Iterator[Row]:
    """The goals of the engine, as ratios of processor time to the code before it."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        packages = {"now": ROOT, "before": Path(name) / "before", "first": Path(name) / "first"}
        there = [_unpacked(BEFORE, packages["before"]), _unpacked(FIRST, packages["first"])]
        if not all(there):
            yield Row("today / before", None, "times", note="not available: no history here")
            return
        players = {}
        for tag, package in packages.items():
            players[tag] = Player(package, Path(name) / f"cache-{tag}")
            stack.callback(players[tag].close)
        first = players.pop("first")
        yield from _runs(players, 3 if quick else 15)
        yield from _coefficients(players, 2 if quick else 7)
        yield _steady({"now": players["now"], "before": first}, 2 if quick else 7)
        yield _first_day(packages["before"], Path(name), 2 if quick else 7)


def _steady(players: Mapping[str, Player], repetitions: int) -> Row:
    """A steady group as both can play it: what differs by itself is how many come."""
    values = {"group.capacity": 500, "group.seed_fill": 1.0, **STEADY}
    found = _turns(players, repetitions, "wechat-group", values, 14, 60)
    each = {tag: [row["days"] / row["sessions"] for row in rows] for tag, rows in found.items()}
    what = f"a session of a steady group of 500, against {FIRST}"
    return Row(what, ratios(each["now"], each["before"]), "of first")


def _turns(
    players: Mapping[str, Player], repetitions: int, *world: Any
) -> dict[str, list[dict[str, float]]]:
    """Both versions play a world in turn, another one each time; the first turn is not counted."""
    found: dict[str, list[dict[str, float]]] = {tag: [] for tag in players}
    name, values, first, days = world
    for seed in (1, *range(1, repetitions + 1)):
        # The past of a seed is shared by the points of a sweep: it is there already.
        for tag, player in players.items():
            player.play(name, values, seed, 0, 0)
            found[tag].append(player.play(name, values, seed, first, days))
    return {tag: rows[1:] for tag, rows in found.items()}


def _ratio(found: Mapping[str, list[dict[str, float]]], what: str) -> Spread:
    now, then = ([row[what] for row in found[tag]] for tag in ("now", "before"))
    return ratios(now, then)


def _runs(players: Mapping[str, Player], repetitions: int) -> Iterator[Row]:
    for name in SCENARIOS:
        found = _turns(players, repetitions, name, {"policy.content_per_day": 1.5}, 0, 180)
        aim = 0.25 if name == SCENARIOS[0] else None
        yield Row(f"{name}, 180 days, a run of a sweep", _ratio(found, "whole"), "of before", aim)
        yield Row("  its days alone", _ratio(found, "days"), "of before")
        took = Spread.of([1e3 * row["whole"] for row in found["now"]])
        yield Row("  now", took, "ms")


def _coefficients(players: Mapping[str, Player], repetitions: int) -> Iterator[Row]:
    """What one more of each costs, from worlds that differ by it."""
    days = 6
    worlds = {
        "resting": RESTING, "visited": VISITED, "reading": READING, "chatting": CHATTING,
    }  # fmt: skip
    costs: dict[str, dict[str, list[float]]] = {}
    found = {
        name: _turns(players, repetitions, "wechat-group", values, 2, days)
        for name, values in worlds.items()
    }
    for tag in players:
        costs[tag] = {"member-day": [], "visit": [], "post read": [], "message read": []}
        for k in range(repetitions):
            resting, visited, reading, chatting = (found[name][tag][k] for name in worlds)
            costs[tag]["member-day"].append(resting["days"] / resting["members"])
            more = visited["days"] - resting["days"]
            costs[tag]["visit"].append(more / visited["sessions"])
            for what, busy in (("post read", reading), ("message read", chatting)):
                more = busy["days"] - visited["days"]
                costs[tag][what].append(more / (busy["read"] - visited["read"]))
    aims = {"member-day": 0.5, "visit": 0.6, "post read": None, "message read": 0.25}
    for what, aim in aims.items():
        ratio = ratios(costs["now"][what], costs["before"][what])
        yield Row(f"a {what}", ratio, "of before", aim)
        yield Row("  now", Spread.of([1e9 * cost for cost in costs["now"][what]]), "ns")
    groups = ratios(
        [row["days"] for row in found["reading"]["now"]],
        [row["days"] for row in found["reading"]["before"]],
    )
    yield Row("a day of 40 groups of 500, 60 posts each", groups, "of before")


def _processor_time(package: Path, cache: Path) -> float:
    """Seconds of processor time of a new Python that simulates one day."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-c", _FIRST_DAY], cwd=package, env=_environment(package, cache),
        check=True,
    )  # fmt: skip
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    return now.ru_utime + now.ru_stime - spent.ru_utime - spent.ru_stime


def _first_day(old: Path, folder: Path, repetitions: int) -> Row:
    packages = {"now": ROOT, "before": old}
    took: dict[str, list[float]] = {tag: [] for tag in packages}
    for _ in range(1 + repetitions):  # the first one compiles, or fills caches
        for tag, package in packages.items():
            took[tag].append(_processor_time(package, folder / f"cache-{tag}"))
    figure = ratios(took["now"][1:], took["before"][1:])
    return Row("from a new process to the first simulated day", figure, "of before", 0.6)
