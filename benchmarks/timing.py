"""Repeated, interleaved timing: the machine is noisy, so rivals take turns within one run.

What runs on one thread is timed by the processor time it used, which another program on the same
machine hardly changes; threads and whole commands are timed by the clock on the wall.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import mesa

from shequn.model.scenario import Scenario
from shequn.model.world import World

Playable = TypeVar("Playable", bound=World | mesa.Model)
TIERS = ("high", "middle", "base")
# Members who keep coming and do not stay on, called by nothing: the defaults before calibration, so
# that figures of different versions compare, and so that there is work to time.
STEADY: dict[str, Any] = {
    "past.days": 0,
    **{f"tiers.{tier}.session_rate": 2.0 for tier in TIERS},
    **{f"tiers.{tier}.exit_rate": 0.0015 for tier in TIERS},
    "tiers.high.talk": 0.003,
    "tiers.middle.talk": 0.008,
    "tiers.base.talk": 0.0015,
    "tiers.middle.session_rate": 2.5,
    "spread.talk": 2.5,
    "spread.session_rate": 0.8,
    "spread.need_rate": 0.8,
    "spread.habit_half_life": 0.0,
    "spread.willingness_half_life": 0.0,
    "shape.need_rate": "lognormal",
    "rhythm.linger": 0.0,
    "rhythm.minutes": float("inf"),
    "rhythm.need": 0.0,
    "feel.habit_start": 0.6,
    "feel.habit_gain": 0.2,
    "feel.habit_loss": 0.2,
    "feel.habit_empty": 0.01,
    "feel.habit_half_life": 30.0,
    "feel.willingness_start": 1.0,
    "feel.willingness_gain": 0.2,
    "feel.willingness_reading": 0.5,
    "feel.willingness_half_life": 300.0,
    "feel.enough": 3.0,
    "feel.spacing": 0.1,
    "feel.belonging_start": 0.1,
    "feel.belonging_half_life": 60.0,
    "stay.silent": 0.001,
    "group.talk": 1.0,
    "group.glance": 0.0,
    "group.alert": 0.0,
    "group.mention": 0.0,
    "group.call": 0.0,
    "group.found": 0.0,
    "speak.arrival": 0.2,
    "speak.recovery": 0.1,
    "speak.saturation": 20.0,
    "speak.conversation": 0.0,
    "speak.call": 0.0,
    "speak.most_posts": 12,
    "speak.reply_share": 0.7,
    "speak.addressed": 0.7,
    "discovery.in_need": 0.0,
    "discovery.match": 0.0,
    "discovery.ad_match": 0.0,
    "invite.rate": 0.01,
    "invite.match": 0.0,
    "invite.motive": 0.0,
    "buy.match": 0.0,
    "buy.patience": float("inf"),
    "buy.carry": 0.0,
    "buy.payback": 0.0,
    "buy.irritation": 0.0,
    "buy.word": 0.0,
    "buy.price_felt": 0.0,
}


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
            **STEADY,
        }
    )


def one_group() -> Scenario:
    """The scenario ``wechat-group`` with one group, full at the start with 500 members."""
    return Scenario.load("wechat-group").with_values(
        {"group.capacity": 500, "group.seed_fill": 1.0, **STEADY}
    )


def advance(world: Playable, days: int) -> Playable:
    """Play some days: at once where the world can."""
    if isinstance(world, World):
        world.play(days)
    else:
        for _ in range(days):
            world.step()
    return world


def counts(world: World, first: int) -> dict[str, float]:
    """Sessions, messages read and messages written from a day on, all groups together."""
    journal = world.journal
    return {
        "sessions": float(journal.total("sessions")[first:].sum()),
        "read": float(journal.total("read")[first:].sum()),
        "messages": float(journal.messages[first:].sum()),
    }


def per_session(world: World, days: int, clock: Callable[[], float] = time.process_time) -> float:
    """Nanoseconds per session of the whole loop over some days."""
    first = world.day
    elapsed = seconds(lambda: advance(world, days), clock)
    return 1e9 * elapsed / counts(world, first)["sessions"]
