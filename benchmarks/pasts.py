"""What a past costs a sweep over a policy, which pays for it once for each seed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from unittest import mock

from benchmarks.table import Row
from benchmarks.timing import STEADY, Spread, interleaved, ratios, seconds
from shequn.experiments.compare.sweep import plan_of
from shequn.experiments.designs.sweep_section import points_of
from shequn.experiments.runs.cases import run_cases
from shequn.experiments.runs.run import warm_up
from shequn.model.past_cache import VARIABLE, afresh, forget
from shequn.model.scenario import Scenario

VARY = ("policy.promo_share=0,0.02,0.05,0.1,0.2,0.4",)
SEEDS, PAST, DAYS = 4, 90, 30
_GROUPS = {"group.count": 4, "group.capacity": 500, "group.seed_fill": 1.0, **STEADY}
WORLDS = {"wechat-group": {}, "4 groups of 500 who keep coming": _GROUPS}


def swept(values: dict, past: int) -> None:
    """6 points x 4 seeds, one after the other; nothing else is kept."""
    scenario = Scenario.load("wechat-group").with_values({**values, "run.days": DAYS})
    scenario = scenario.with_values({"past.days": past})
    plan = plan_of(scenario, points_of(scenario, VARY), SEEDS)
    run_cases([case for _, _, case in plan.cases(range(SEEDS))])


@contextmanager
def kept_in(place: str) -> Iterator[None]:
    """Pasts are looked for in a folder, and in no memory yet; "" for no folder."""
    forget()
    with mock.patch.dict(os.environ, {VARIABLE: place}):
        yield


def _without_any(values: dict) -> None:
    with afresh():
        swept(values, PAST)


def _in_memory(values: dict) -> None:
    with kept_in(""):
        swept(values, PAST)


def _on_disk(values: dict, folder: str) -> None:
    with kept_in(folder):
        swept(values, PAST)


def pasts(quick: bool) -> Iterator[Row]:
    """A sweep after a past: each run plays it, each seed plays it once, or it is read."""
    warm_up()
    for name, values in list(WORLDS.items())[: 1 if quick else None]:
        with tempfile.TemporaryDirectory() as folder:
            _on_disk(values, folder)
            ways: dict[str, Callable[[], None]] = {
                "afresh": partial(_without_any, values),
                "no past": partial(swept, values, 0),
                "kept": partial(_in_memory, values),
                "read": partial(_on_disk, values, folder),
            }
            turns = {way: partial(seconds, do) for way, do in ways.items()}
            times = interleaved(turns, 1 if quick else 3)
        yield Row(
            f"6 x {SEEDS} runs, {DAYS} d after {PAST}: {name}", Spread.of(times["afresh"]), "s"
        )
        yield Row("  the past is kept: once for each seed", Spread.of(times["kept"]), "s")
        yield Row("    of the time without", ratios(times["kept"], times["afresh"]), "times")
        yield Row("  it is there from an earlier command", Spread.of(times["read"]), "s")
        yield Row("  the same without a past", Spread.of(times["no past"]), "s")
