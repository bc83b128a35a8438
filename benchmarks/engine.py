"""The compiled engine, alone, and against the agents engine and the plain Mesa version."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.plain_mesa import PlainCommunity
from benchmarks.table import Row
from benchmarks.timing import (
    Spread,
    advance,
    counts,
    full_groups,
    interleaved,
    one_group,
    per_session,
    ratios,
    seconds,
)
from shequn.agents.jit import compiled
from shequn.agents.tables import Tables
from shequn.model.community import Community
from shequn.model.counting import count_member, count_messages, count_session
from shequn.model.scenario import Scenario
from shequn.model.world import World

WARM_UP = 14
FIGURES = {
    "a session": "ns", "of it compiled: sessions and rest": "ns", "a day": "ms",
    "sessions": "1/day", "messages read in a session": "messages",
    "messages written by members": "1/day", "members, mean over the days": "persons",
}  # fmt: skip
SAME_WORK = {
    "sessions a day": "sessions", "messages a day": "messages", "exits a day": "exits",
    "orders a day": "orders",
}  # fmt: skip


class _Timed:
    """Stands in for a function and adds up the time spent in it."""

    def __init__(self, function: Any) -> None:
        self.function, self.seconds = function, 0.0

    def __call__(self, *arguments: Any) -> Any:
        results: list[Any] = []
        self.seconds += seconds(lambda: results.append(self.function(*arguments)))
        return results[0]


def _kernel_share(world: World, days: int) -> tuple[float, float]:
    """Nanoseconds per session: the whole loop, and its compiled calls alone."""
    world.in_full = timed = _Timed(world.in_full)  # pyright: ignore[reportAttributeAccessIssue]
    first = world.day
    whole = per_session(world, days)
    return whole, 1e9 * timed.seconds / counts(world, first)["sessions"]


def _measured(scenario: Scenario, seed: int, first: int, days: int) -> dict[str, float]:
    """What some days of a world cost and bring, by the names of `FIGURES`."""
    world = advance(World(scenario, seed), first)
    whole, kernel = _kernel_share(world, days)
    happened = counts(world, first)
    members = world.journal.total("members")[first:].mean()
    figures = (
        whole, kernel, 1e-6 * whole * happened["sessions"] / days, happened["sessions"] / days,
        happened["read"] / happened["sessions"], happened["messages"] / days, float(members),
    )  # fmt: skip
    return dict(zip(FIGURES, figures, strict=True))


def session(quick: bool) -> Iterator[Row]:
    """One core: the defaults before calibration (steady), the default world as people play it."""
    repetitions, days = (3, 20) if quick else (7, 60)
    default = Scenario.load("wechat-group")
    worlds = {
        "steady group of 500": (one_group(), WARM_UP, days, 500),
        f"{default.name}, {default.days} days": (default, 0, default.days, None),
    }
    found: dict[str, list[dict[str, float]]] = {name: [] for name in worlds}
    many = []
    for seed in range(1, repetitions + 1):
        for name, (scenario, first, length, _) in worlds.items():
            found[name].append(_measured(scenario, seed, first, length))
        many.append(per_session(advance(World(full_groups(20_000), seed), 2), 2))
    for name, (_, _, _, aim) in worlds.items():
        for k, (what, unit) in enumerate(FIGURES.items()):
            figure = Spread.of([each[what] for each in found[name]])
            row = Row(f"  {what}", figure, unit)
            yield row if k else replace(row, what=f"{what}, {name}", at_most=aim)
    yield Row("a session, 40 steady groups of 500", Spread.of(many), "ns")
    whole, kernel = ([each[name] for each in found[list(worlds)[-1]]] for name in list(FIGURES)[:2])
    what = f"days of {default.name} / their compiled calls alone"
    yield Row(what, ratios(whole, kernel), "times", at_most=1.15)


def _fresh_per_session(days: int = 20) -> float:
    """Nanoseconds per session of a new world after its warm-up: the same days at every call."""
    return per_session(advance(World(one_group(), 1), WARM_UP), days)


def agents(quick: bool) -> Iterator[Row]:
    """The agents engine against the compiled one."""
    world = Community(one_group(), 1, "agents")
    world.step()
    figures = interleaved(
        {"agents": lambda: per_session(world, 2), "compiled": _fresh_per_session},
        3 if quick else 7,
    )
    yield Row("agents engine, a session", Spread.of(figures["agents"]), "ns")
    yield Row("agents engine / compiled", ratios(figures["agents"], figures["compiled"]), "times")


def _gain_of_two(days: int) -> float:
    """How much sooner two threads have played two worlds than one thread, by the wall clock."""

    def wall(threads: int) -> float:
        worlds = [advance(World(one_group(), seed), WARM_UP) for seed in (1, 2)]
        with ThreadPoolExecutor(threads) as pool:
            return seconds(
                lambda: list(pool.map(lambda world: advance(world, days), worlds)),
                time.perf_counter,
            )

    return min(wall(1) for _ in range(5)) / min(wall(2) for _ in range(5))


def _plain_per_session(world: PlainCommunity, days: int) -> float:
    elapsed = seconds(lambda: [world.step() for _ in range(days)])
    return 1e9 * elapsed / sum(world.record.model_vars["sessions"][-days:])


def plain(quick: bool) -> Iterator[Row]:
    """Plain Mesa against the compiled engine, and whether both do the same work."""
    repetitions = 3 if quick else 7
    world = advance(PlainCommunity(one_group(), 1), WARM_UP)
    figures = interleaved(
        {
            "plain": lambda: _plain_per_session(world, 3),
            "compiled": _fresh_per_session,
            "many": lambda: per_session(advance(World(full_groups(20_000), 1), 2), 2),
        },
        repetitions,
    )
    yield Row("plain Mesa, a session", Spread.of(figures["plain"]), "ns")
    gain = ratios(figures["plain"], figures["compiled"])
    yield Row("plain Mesa / compiled", gain, "times", at_least=55)
    yield Row("  against 40 groups of 500", ratios(figures["plain"], figures["many"]), "times")
    both = _gain_of_two(20)
    two = Spread(*(ratio * both for ratio in gain))
    yield Row("  against two worlds on two threads", two, "times", at_least=100)
    yield from _same_work(6 if quick else 16, 10 if quick else 30)


def _same_work(seeds: int, days: int) -> Iterator[Row]:
    """Means of both over the same people, and the distance in standard errors of the difference.

    With 16 seeds a distance above 4 comes by chance once in 800 (Student's t, 15 degrees of
    freedom); with four distances, a false alarm in one change of the rules of 200.
    """
    names = list(SAME_WORK.values())
    ours = np.zeros((seeds, len(names)))
    theirs = np.zeros((seeds, len(names)))
    for k in range(seeds):
        community = advance(World(one_group(), k + 1), days)
        frame = community.daily[community.daily["tier"] == "all"]
        orders = frame["orders_new"] + frame["orders_repeat"]
        ours[k] = frame.assign(orders=orders)[names].mean()
        world = advance(PlainCommunity(one_group(), k + 1), days)
        theirs[k] = [statistics.fmean(world.record.model_vars[name]) for name in names]
    for k, (what, _) in enumerate(SAME_WORK.items()):
        apart = theirs[:, k] - ours[:, k]
        error = apart.std(ddof=1) / math.sqrt(seeds) or 1.0
        means = f"{theirs[:, k].mean():.4g} against {ours[:, k].mean():.4g}"
        distance = Spread.of([abs(float(apart.mean() / error))])
        yield Row(f"  {what}: {means}", distance, "SE apart", at_most=4)


@compiled
def _count_day(sessions, messages, roster, day, tables, visit):
    tally, feed, group = tables.tally[0, 0], tables.messages[0], tables.groups[0]
    for k in range(sessions):
        count_session(day, tables.members[k % tables.members.shape[0]], visit, 0, 0, 0, tally)
    for _ in range(messages):
        count_messages(group.newest, feed, group, tally)
    for row in roster:
        member = tables.members[row]
        count_member(member, day + 1.0, tables.tally[0, member.tier])


def observing(quick: bool) -> Iterator[Row]:
    """Share of a run spent on collecting observations: counting sessions, midnight, the journal."""
    percent = [_observing(20) for _ in range(3 if quick else 15)]
    yield Row("share of a run spent observing", Spread.of(percent), "%", at_most=10)


def _observing(days: int) -> float:
    """Percent of some days that only counts and writes down, the counting done once more alone."""
    world = advance(World(one_group(), 1), WARM_UP)
    books = _Timed(world._end)
    world._end = books  # pyright: ignore[reportAttributeAccessIssue]
    whole = seconds(lambda: advance(world, days))
    happened = counts(world, WARM_UP)
    sessions, messages = (int(happened[name] / days) for name in ("sessions", "messages"))
    roster = world.rosters[1][: world.rosters[0][-1]]
    copies = Tables(*(table.copy() for table in world.tables))
    arguments = (sessions, messages, roster, world.day, copies, world.visit)
    _count_day(*arguments)
    counting = seconds(lambda: [_count_day(*arguments) for _ in range(days)])
    return 100.0 * (books.seconds + counting) / whole
