"""Repeated, interleaved timing: the machine is noisy, so rivals take turns within one run.

What runs on one thread is timed by the processor time it used, which another program on the same
machine hardly changes; threads and whole commands are timed by the clock on the wall.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import mesa

from shequn.model.community import Community
from shequn.model.observation import human_messages
from shequn.model.scenario import Scenario

World = TypeVar("World", bound=mesa.Model)


class Spread(NamedTuple):
    """Median of several repetitions, and how far they lie apart."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(statistics.median(values), min(values), max(values))


def ratios(upper: Sequence[float], lower: Sequence[float]) -> Spread:
    """Ratio of two rivals, repetition by repetition."""
    return Spread.of([a / b for a, b in zip(upper, lower, strict=True)])


def seconds(action: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """Seconds of processor time that an action takes, or by another clock."""
    start = clock()
    action()
    return clock() - start


def interleaved(rivals: dict[str, Callable[[], float]], repetitions: int) -> dict[str, list[float]]:
    """Let every rival have one turn in each repetition; each returns its own figure."""
    figures: dict[str, list[float]] = {name: [] for name in rivals}
    for _ in range(repetitions):
        for name, turn in rivals.items():
            figures[name].append(turn())
    return figures


def full_groups(people: int) -> Scenario:
    """The scenario ``wechat-group`` with nobody outside its full groups of 500."""
    return Scenario.load("wechat-group").with_values(
        {
            "market.people": people,
            "group.count": people // 500,
            "group.capacity": 500,
            "group.seed_fill": 1.0,
            "group.overflow": "turn-away",
        }
    )


def one_group() -> Scenario:
    """The scenario ``wechat-group`` with one group, full at the start with 500 members."""
    return Scenario.load("wechat-group").with_values(
        {"group.capacity": 500, "group.seed_fill": 1.0}
    )


def advance(community: World, days: int) -> World:
    for _ in range(days):
        community.step()
    return community


def counts(community: Community, first: int) -> dict[str, float]:
    """Sessions, messages read and messages written from a day on, all groups together."""
    journal = community.journal
    return {
        "sessions": float(journal.total("sessions")[first:].sum()),
        "read": float(journal.total("read")[first:].sum()),
        "messages": float(sum(human_messages(tally).sum() for tally in journal.tallies[first:])),
    }


def per_session(
    community: Community, days: int, clock: Callable[[], float] = time.process_time
) -> float:
    """Nanoseconds per session of the whole loop over some days."""
    first = community.day
    elapsed = seconds(lambda: advance(community, days), clock)
    return 1e9 * elapsed / counts(community, first)["sessions"]
