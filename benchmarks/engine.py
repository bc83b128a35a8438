"""The compiled engine, alone, and against the agents engine and the plain Mesa version."""

from __future__ import annotations

import math
import statistics
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
from shequn.model import engines
from shequn.model.community import Community
from shequn.model.counting import count_member, count_messages, count_session
from shequn.model.ledger import entries_of_day, posts_by_kind
from shequn.model.observation import Journal, human_messages

WARM_UP = 14
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


def _kernel_share(community: Community, days: int) -> tuple[float, float]:
    """Nanoseconds per session: the whole loop, and the compiled part of the day alone."""
    original = engines.play_compiled
    engines.play_compiled = timed = _Timed(original)
    first = community.day
    try:
        whole = per_session(community, days)
    finally:
        engines.play_compiled = original
    return whole, 1e9 * timed.seconds / counts(community, first)["sessions"]


def session(quick: bool) -> list[Row]:
    """Nanoseconds per session, one core: the whole loop over 60 days, and the kernels alone."""
    repetitions, days = (3, 20) if quick else (7, 60)
    whole, kernel, read, written, size = [], [], [], [], []
    many = []
    for seed in range(1, repetitions + 1):
        community = advance(Community(one_group(), seed), WARM_UP)
        both = _kernel_share(community, days)
        whole.append(both[0])
        kernel.append(both[1])
        happened = counts(community, WARM_UP)
        read.append(happened["read"] / happened["sessions"])
        written.append(happened["messages"] / days)
        size.append(float(community.journal.total("members")[WARM_UP:].mean()))
        many.append(per_session(advance(Community(full_groups(20_000), seed), 2), 2))
    return [
        Row("a session, group of 500, whole loop", Spread.of(whole), "ns", at_most=500),
        Row("  of it compiled: sessions and rest", Spread.of(kernel), "ns"),
        Row("  messages read in a session", Spread.of(read), "messages"),
        Row("  messages written by members", Spread.of(written), "1/day"),
        Row("  members, mean over the run", Spread.of(size), "persons"),
        Row("a session, 40 groups of 500, whole loop", Spread.of(many), "ns"),
    ]


def _fresh_per_session(days: int = 20) -> float:
    """Nanoseconds per session of a new world after its warm-up: the same days at every call."""
    return per_session(advance(Community(one_group(), 1), WARM_UP), days)


def agents(quick: bool) -> list[Row]:
    """The agents engine against the compiled one."""
    world = advance(Community(one_group(), 1, "agents"), 1)
    figures = interleaved(
        {"agents": lambda: per_session(world, 2), "compiled": _fresh_per_session},
        3 if quick else 7,
    )
    return [
        Row("agents engine, a session", Spread.of(figures["agents"]), "ns"),
        Row("agents engine / compiled", ratios(figures["agents"], figures["compiled"]), "times"),
    ]


def _plain_per_session(world: PlainCommunity, days: int) -> float:
    elapsed = seconds(lambda: [world.step() for _ in range(days)])
    return 1e9 * elapsed / sum(world.record.model_vars["sessions"][-days:])


def plain(quick: bool) -> list[Row]:
    """Plain Mesa against the compiled engine, and whether both do the same work."""
    repetitions = 3 if quick else 7
    world = advance(PlainCommunity(one_group(), 1), WARM_UP)
    figures = interleaved(
        {
            "plain": lambda: _plain_per_session(world, 3),
            "compiled": _fresh_per_session,
            "many": lambda: per_session(advance(Community(full_groups(20_000), 1), 2), 2),
        },
        repetitions,
    )
    return [
        Row("plain Mesa, a session", Spread.of(figures["plain"]), "ns"),
        Row(
            "plain Mesa / compiled",
            ratios(figures["plain"], figures["compiled"]), "times", at_least=50,
        ),
        Row("  against 40 groups of 500", ratios(figures["plain"], figures["many"]), "times"),
        *_same_work(6 if quick else 16, 10 if quick else 30),
    ]  # fmt: skip


def _same_work(seeds: int, days: int) -> list[Row]:
    """Means of both over the same people, and the distance in standard errors of the difference.

    With 16 seeds a distance above 4 comes by chance once in 800 (Student's t, 15 degrees of
    freedom); with four distances, a false alarm in one change of the rules of 200.
    """
    names = list(SAME_WORK.values())
    ours = np.zeros((seeds, len(names)))
    theirs = np.zeros((seeds, len(names)))
    for k in range(seeds):
        community = advance(Community(one_group(), k + 1), days)
        frame = community.daily[community.daily["tier"] == "all"]
        orders = frame["orders_new"] + frame["orders_repeat"]
        ours[k] = frame.assign(orders=orders)[names].mean()
        world = advance(PlainCommunity(one_group(), k + 1), days)
        theirs[k] = [statistics.fmean(world.record.model_vars[name]) for name in names]
    rows = []
    for k, (what, _) in enumerate(SAME_WORK.items()):
        apart = theirs[:, k] - ours[:, k]
        error = apart.std(ddof=1) / math.sqrt(seeds) or 1.0
        means = f"{theirs[:, k].mean():.4g} against {ours[:, k].mean():.4g}"
        distance = Spread.of([abs(float(apart.mean() / error))])
        rows.append(Row(f"  {what}: {means}", distance, "SE apart", at_most=4))
    return rows


@compiled
def _count_day(sessions, messages, roster, day, tables, visit):
    tally, feed, group = tables.tally[0, 0], tables.messages[0], tables.groups[0]
    for k in range(sessions):
        count_session(day, tables.members[k % tables.members.shape[0]], visit, 0, 0, 0, tally)
    for _ in range(messages):
        count_messages(group.newest, feed, group, tally)
    for row in roster:
        count_member(tables.members[row], tables.tally[0, tables.members[row].tier])


def observing(quick: bool) -> list[Row]:
    """Share of a run spent on collecting observations: counting sessions, midnight, the journal."""
    community = advance(Community(one_group(), 1), WARM_UP)
    figures = interleaved(
        {"run": _fresh_per_session, "observing": lambda: _observing(community)},
        5 if quick else 15,
    )
    percent = [100.0 * a / b for a, b in zip(figures["observing"], figures["run"], strict=True)]
    return [Row("share of a run spent observing", Spread.of(percent), "%", at_most=10)]


def _observing(community: Community) -> float:
    """Nanoseconds per session of everything that only counts and writes down."""
    groups, days = community.open_groups, 20
    copies = Tables(*(table.copy() for table in community.tables))
    numbers = community.journal.tallies[-1]
    sessions = int(community.journal.total("sessions")[-1])
    messages = int(human_messages(numbers).sum())
    roster = community.rosters[1][: community.rosters[0][-1]]
    plan = community.operator.plan(
        community.day, community.observation(), community.tables.groups["topic"][:groups]
    )
    channels, terms = community.operator.channels, community.operator.terms
    counted = {"orders": 1.0, "human_messages": 1.0, "groups": float(groups)}

    def day() -> None:
        _count_day(sessions, messages, roster, community.day, copies, community.visit)
        kinds = posts_by_kind(plan, groups)
        journal = Journal()
        totals = journal.count(numbers)
        journal.add(kinds, entries_of_day(channels, kinds, 0.0, {**totals, **counted}, terms))

    day()
    return 1e9 * seconds(lambda: [day() for _ in range(days)]) / days / max(1, sessions)
