"""Facts of reading: small tables by hand, and a real workspace."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import shequn as sq
from shequn.experiments import facts
from shequn.experiments.facts import Records, reading, real_records
from shequn.experiments.facts.records import COLUMNS
from shequn.experiments.facts.simulated_records import records


def activity_of(*rows: tuple[float, ...]) -> Records:
    """Rows of community, day and the counts named: the others are not known."""
    names = ["community", "day", "read", "read_7d", "wrote", "wrote_7d"]
    table = pd.DataFrame(rows, columns=names).assign(first=10.0)
    table = table.assign(first_read_7d=table["read_7d"], first_wrote_7d=table["wrote_7d"])
    return Records(days=100.0, activity=table.reindex(columns=list(COLUMNS["activity"])))


@pytest.fixture
def two_communities() -> Records:
    """Community 3 from day 0; community 9 opened on day 20, so that it is old on day 80."""
    return activity_of(
        (3, 0, 9, 9, 9, 9), (3, 14, 2, 5, 1, 2), (3, 59, 9, 9, 9, 9), (3, 60, 4, 8, 2, 4),
        (3, 61, 2, 6, 0, 3), (9, 20, 9, 9, 9, 9), (9, 79, 9, 9, 9, 9), (9, 80, 1, 6, 1, 1),
    )  # fmt: skip


def test_only_old_communities_count(two_communities):
    assert reading.readers_per_writer(two_communities).value == (8 + 6 + 6) / (4 + 3 + 1)
    assert reading.writing_among_reading(two_communities).value == (2 + 0 + 1) / (4 + 2 + 1)
    assert reading.daily_of_weekly(two_communities).value == (4 + 2 + 1) / (8 + 6 + 6)
    assert reading.readers_per_writer(two_communities).n == 2
    assert math.isnan(reading.operator_share(two_communities).value)


def test_first_members_on_a_day(two_communities):
    table = two_communities.activity
    more = table[table["day"] == 14].assign(community=9, first=30.0, first_read_7d=3.0)
    both = Records(days=100.0, activity=pd.concat([table, more]))
    assert reading.of_first_members(both, 14, "first_read_7d").value == (5 + 3) / (10 + 30)
    assert reading.of_first_members(both, 14, "first_wrote_7d").value == (2 + 2) / (10 + 30)
    assert math.isnan(reading.of_first_members(both, 15, "first_read_7d").value)


def test_the_share_of_the_operator():
    table = activity_of((1, 0, 0, 0, 0, 0), (1, 60, 0, 0, 0, 0), (1, 61, 0, 0, 0, 0)).activity
    found = Records(days=62.0, activity=table.assign(messages=[100, 6, 4], by_operator=[100, 5, 3]))
    assert reading.operator_share(found).value == 0.8
    unknown = Records(days=62.0, activity=table.assign(messages=[100, 6, 4]))
    assert math.isnan(reading.operator_share(unknown).value)


def test_how_soon_messages_are_read():
    rows = ((3, 0, 0, 0, 0, 0), (3, 60, 0, 0, 0, 0), (3, 61, 0, 0, 0, 0))
    table = activity_of(*rows).activity.assign(
        read_1h=[50, 1, 2], read_12h=[60, 4, 5], read_24h=[60, 5, 7]
    )
    found = Records(days=62.0, activity=table)
    assert reading.read_within(found, 1).value == 3 / 12
    assert reading.read_within(found, 12).value == 9 / 12
    assert facts.measure("R7_read_within_12h", found).value == 9 / 12


def test_what_share_of_the_members_sees_a_message_of_the_operator():
    """Of what could be seen: each message by every member who is there, months 2 to 6 alone."""
    days = (0, 29, 30, 179, 180)
    table = activity_of(*((3, day, 0, 0, 0, 0) for day in days)).activity.assign(
        members=[10, 10, 10, 20, 10], by_operator=[9, 9, 2, 1, 9], seen=[90, 90, 4, 6, 90]
    )
    found = Records(days=200.0, activity=table)
    assert reading.reach_of_operator(found).value == (4 + 6) / (2 * 10 + 1 * 20)
    silent = Records(days=200.0, activity=table.assign(by_operator=0, seen=0))
    assert math.isnan(reading.reach_of_operator(silent).value)


def test_nothing_is_known_of_nothing():
    assert all(math.isnan(each(Records(days=9.0)).value) for each in reading.MEASURES.values())


def test_the_real_workspace_gives_what_was_published():
    real = real_records("workspace")
    for name, values in (
        ("R1_readers", (0.66, 0.48, 0.33, 0.23)),
        ("R2_writers", (0.23, 0.13, 0.05, 0.04)),
    ):
        for day, value in zip(reading.DAYS, values, strict=True):
            fact = facts.fact(f"{name}_day_{day}")
            assert round(facts.measure(fact.id, real).value, 2) == value == fact.value
            assert fact.accept_low < value < fact.accept_high
    for name, value in (("R3_readers_per_writer", 5.70), ("R4_writing_among_reading", 0.119),
                        ("R5_daily_of_weekly", 0.357)):  # fmt: skip
        fact = facts.fact(f"{name}_workspace")
        found = facts.measure(fact.id, real).value
        assert found == pytest.approx(value, rel=0.005)
        assert fact.low <= found <= fact.high


def test_day_0_of_the_real_workspace_is_the_mean_day_of_joining():
    real = real_records("workspace")
    activity = real.activity
    assert (len(activity), real.days) == (118, 118.0)
    assert (activity["day"].iloc[0], activity["members"].iloc[0]) == (0, 324)
    assert activity["first"].unique().tolist() == [430]
    assert activity["members"].iloc[8] == 430  # on 2017-09-11
    joined = np.diff([188, 284, *activity["members"].iloc[:9]], prepend=0)
    assert (joined * (np.arange(11) + 0.5)).sum() / 430 == pytest.approx(2.0, abs=0.01)


@pytest.mark.jit
def test_the_workspace_is_a_closed_cohort():
    found = records(sq.Scenario.load("workspace").with_values({"run.days": 20}), 1)
    members = found.activity["members"]
    assert members.iloc[1] / 430 == pytest.approx(284 / 430, abs=0.1)
    assert members.iloc[10] > 420
    assert found.members["joined_at"].max() < 20
    assert (found.activity["by_operator"] == 0).all()
