"""Who reads and who writes, noted at midnight: visits counted by hand, and simulated worlds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import shequn as sq
from shequn.agents.tables import (
    ANSWER,
    CHAT,
    LOG_DTYPE,
    MEMBER,
    MEMBER_DTYPE,
    MUTED,
    OPERATOR_AUTHOR,
    ORDER,
    PROMO,
    WORLD_AUTHOR,
)
from shequn.experiments.facts.activity import Activity
from shequn.experiments.facts.records import COLUMNS, empty_table
from shequn.experiments.facts.simulated_records import records, records_of
from tests.levers.steady import STEADY, TIERS

COUNTS = list(COLUMNS["activity"])[2:12]
READINGS = list(COLUMNS["activity"])[12:]


class Visits:
    """A world of two groups, in which people visit and write when a test says so."""

    def __init__(self, people: int) -> None:
        self.own_members = np.zeros(people, MEMBER_DTYPE)
        self.own_members["last_session_at"] = -np.inf
        self.day, self.open_groups = 0, 2
        self.inside: list[list[int]] = [[], []]
        self._log: list[tuple] = []

    @property
    def rosters(self) -> tuple[np.ndarray, np.ndarray]:
        rows = [*self.inside[0], *self.inside[1]]
        starts = np.cumsum([0, *map(len, self.inside)])
        return starts, np.array([*rows, *[0] * (len(self.own_members) - len(rows))], np.int32)

    @property
    def journal(self) -> Visits:
        return self

    def by_group(self, name: str) -> np.ndarray:
        """A count by day and group that tells them all apart."""
        places = np.add.outer(10 * np.arange(self.day), np.arange(2))
        return 1000 * ("read_1h", "read_12h", "read_24h", "posts_read").index(name) + places

    @property
    def message_log(self) -> np.ndarray:
        log = np.zeros(len(self._log), LOG_DTYPE)
        names = ("time", "group", "author", "kind")
        for name, column in zip(names, zip(*self._log, strict=True), strict=True):
            log[name] = column
        return log

    def visit(self, person: int, hour: float, *, writes: bool = False) -> None:
        self.own_members["last_session_at"][person] = self.day + hour / 24
        if writes:
            self.own_members["posts"][person] += 1
            group = next(g for g, rows in enumerate(self.inside) if person in rows)
            self.message(hour, person, group)

    def message(self, hour: float, author: int, group: int = 0, kind: int = CHAT) -> None:
        self._log.append((self.day + hour / 24, group, author, kind))


@pytest.fixture(scope="module")
def ten_days() -> pd.DataFrame:
    """Group 0 has persons 0 to 3, and 4 from day 2 on; group 1 has person 5.

    0 reads every day and writes on day 1; 1 reads on day 2; 2 reads and writes on day 1 and leaves
    on day 3, to read in group 1 on day 9; 3 never comes; 4 writes on day 8; 5 reads on day 0.
    """
    world = Visits(6)
    activity = Activity(world)  # type: ignore[arg-type]
    world.inside = [[0, 1, 2], [5]]
    for day in range(10):
        if day == 1:
            world.inside[0] = [0, 1, 2, 3]
        elif day == 2:
            world.inside[0] = [0, 1, 2, 3, 4]
        elif day == 3:
            world.inside[0] = [0, 1, 3, 4]
        elif day == 9:
            world.inside[1] = [2, 5]
            world.visit(2, 9.0)
        world.visit(0, 0.0, writes=day == 1)
        if day == 1:
            world.visit(2, 23.9, writes=True)
            world.message(12.0, OPERATOR_AUTHOR, kind=PROMO)
            world.message(12.0, OPERATOR_AUTHOR, group=1, kind=ANSWER)
            world.message(12.0, WORLD_AUTHOR)
            world.message(12.0, 2, kind=ORDER)
        if day == 2:
            world.visit(1, 12.0)
        if day == 8:
            world.visit(4, 12.0, writes=True)
            world.visit(4, 13.0, writes=True)
        if day == 0:
            world.visit(5, 12.0)
        world.day += 1
        activity.note()
    return activity.table().set_index(["community", "day"])


@pytest.mark.parametrize(
    ("place", "expected"),
    # The columns of COUNTS, in their order.
    [
        ((0, 0), [3, 1, 1, 0, 0, 3, 1, 0, 0, 0]),
        ((0, 1), [4, 2, 2, 2, 2, 4, 2, 2, 3, 1]),
        ((0, 2), [5, 2, 3, 0, 2, 4, 3, 2, 0, 0]),
        ((0, 3), [4, 1, 2, 0, 1, 4, 2, 1, 0, 0]),
        ((0, 7), [4, 1, 2, 0, 1, 4, 2, 1, 0, 0]),
        ((0, 8), [4, 2, 3, 1, 1, 4, 2, 0, 2, 0]),
        ((0, 9), [4, 1, 2, 0, 1, 4, 1, 0, 0, 0]),
        ((1, 0), [1, 1, 1, 0, 0, 1, 1, 0, 0, 0]),
        ((1, 1), [1, 0, 1, 0, 0, 1, 1, 0, 1, 1]),
        ((1, 6), [1, 0, 1, 0, 0, 1, 1, 0, 0, 0]),
        ((1, 7), [1, 0, 0, 0, 0, 1, 0, 0, 0, 0]),
        ((1, 9), [2, 1, 1, 0, 0, 1, 0, 0, 0, 0]),
    ],
)
def test_visits_are_counted_as_by_hand(ten_days, place, expected):
    assert ten_days.loc[place, COUNTS].tolist() == expected


def test_readings_are_those_of_the_day_and_group(ten_days):
    assert READINGS == ["read_1h", "read_12h", "read_24h", "seen"]
    assert ten_days.loc[(0, 0), READINGS].tolist() == [0, 1000, 2000, 3000]
    assert ten_days.loc[(1, 7), READINGS].tolist() == [71, 1071, 2071, 3071]


def test_every_day_and_group_has_its_row(ten_days):
    assert sorted(ten_days.index) == [(group, day) for group in (0, 1) for day in range(10)]


BUSY = {
    **STEADY, "market.people": 120, "group.count": 2, "group.capacity": 50,
    "group.seed_members": 20, "group.seed_fill": 0.0, "run.days": 20,
    "discovery.rate": 0.05, "stay.mute_rate": 0.1,
    **{f"tiers.{tier}.exit_rate": 0.03 for tier in TIERS},
    **{f"tiers.{tier}.talk": 0.2 for tier in TIERS},
}  # fmt: skip


@pytest.fixture(scope="module")
def busy() -> sq.Scenario:
    return sq.Scenario.load("wechat-group").with_values(BUSY)


@pytest.mark.jit
def test_a_simulated_world_is_noted_day_by_day(busy):
    """Against sets of people, made from the members table and the log of each day."""
    world = sq.Community(busy, 3, keep_messages=True)
    activity = Activity(world)
    inside, read, muted_readers = [], [], 0
    for day in range(busy.days):
        world.step()
        activity.note()
        own = world.own_members
        here = [set(np.flatnonzero((own["group"] == g) & np.isin(own["status"], (MEMBER, MUTED))))
                for g in range(2)]  # fmt: skip
        inside.append(here)
        seen = own["last_session_at"] >= day
        read.append(set(np.flatnonzero(seen)))
        muted_readers += (seen & (own["status"] == MUTED)).sum()
    log = world.messages
    mine = log[log["author"] >= 0]
    wrote = [set(mine["author"][np.floor(mine["time"]) == day]) for day in range(busy.days)]
    assert muted_readers > 10
    table = activity.table().set_index(["community", "day"])
    for (group, day), row in table.iterrows():
        here, first = inside[day][group], inside[min(day, 1)][group]
        days = range(max(0, day - 6), day + 1)
        week, week_wrote = (set().union(*(kept[d] for d in days)) & here for kept in (read, wrote))
        expected = [
            len(here), len(read[day] & here), len(week), len(wrote[day] & here), len(week_wrote),
            len(first), len(week & first), len(week_wrote & first),
        ]  # fmt: skip
        assert row[COUNTS[:8]].tolist() == expected, (group, day)
    daily = world.groups
    posted = daily[["contents", "promos", "prizes"]].sum(axis=1)
    counts = table.reset_index().sort_values(["day", "community"])
    assert counts["by_operator"].tolist() == posted.tolist()
    assert counts["messages"].tolist() == (daily["messages"] + posted).tolist()
    for column in READINGS[:3]:
        assert counts[column].tolist() == daily[column].tolist()
    assert counts["seen"].tolist() == daily["posts_read"].tolist()
    assert (daily["read_1h"] <= daily["read_12h"]).all() and daily["read_1h"].sum() > 50
    assert (daily["read_12h"] <= daily["read_24h"]).all()
    assert (daily["read_24h"] <= daily["read"]).all()
    assert (daily["promos_read"] <= daily["posts_read"]).all()
    assert posted.sum() > 50 and daily["messages"].sum() > 50


@pytest.mark.jit
def test_looking_changes_nothing(busy):
    with_it, without = (sq.Community(busy, 3, keep_messages=True) for _ in range(2))
    activity = Activity(with_it)
    for _ in range(busy.days):
        with_it.step()
        activity.note()
        without.step()
    activity.table()
    for mine, other in zip(with_it.tables, without.tables, strict=True):
        assert mine.tobytes() == other.tobytes()
    assert with_it.message_log.tobytes() == without.message_log.tobytes()  # type: ignore[union-attr]
    assert records_of(without).activity.equals(empty_table("activity"))


@pytest.mark.jit
def test_records_of_a_run_have_the_activity_and_groups_that_open_have_rows_from_then_on(busy):
    growing = {"group.count": 1, "group.capacity": 12, "group.overflow": "open",
               "group.seed_members": 10}  # fmt: skip
    found = records(busy.with_values(growing), 3)
    first_day = found.activity.groupby("community")["day"].min()
    assert len(first_day) == found.activity["community"].max() + 1 >= 3
    assert first_day.iloc[0] == 0 < first_day.iloc[-1]
    late = found.activity["community"].isin(first_day.index[first_day > 1])
    assert (found.activity["first"][late] == 0).all()
    assert found.activity["first_read_7d"][late].eq(0).all()
    people = found.activity["messages"] - found.activity["by_operator"]
    assert people.sum() == len(found.messages) > 50
    assert found.activity.dtypes.astype(str).to_dict() == COLUMNS["activity"]
