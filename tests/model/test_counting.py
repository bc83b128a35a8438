"""Counts at midnight against the members table: who reads within a week, and who is silent."""

from __future__ import annotations

import numpy as np
import pytest

import shequn as sq
from shequn.agents.tables import (
    MEMBER,
    MEMBER_DTYPE,
    MUTED,
    TALLY_DTYPE,
    TALLY_INDEX,
    TIERS,
    table,
)
from shequn.model.counting import count_member

# Some leave, more join.
BUSY = {
    "market.people": 200, "group.count": 2, "group.capacity": 60, "group.seed_members": 30,
    "group.seed_fill": 0.0, "discovery.rate": 0.03,
    **{f"tiers.{tier}.exit_rate": 0.02 for tier in TIERS},
}  # fmt: skip


@pytest.mark.parametrize(
    ("joined", "read", "weekly", "silent"),
    [
        (0.0, np.nan, 0, 1),
        (12.0, np.nan, 0, 1),  # a member for 28 days
        (13.0, np.nan, 0, 0),
        (0.0, 33.0, 1, 0),
        (0.0, 32.9, 0, 0),
        (0.0, 12.0, 0, 0),
        (0.0, 11.9, 0, 1),
        (20.0, 5.0, 0, 0),  # read before leaving and joining again
        (-60.0, -50.0, 0, 1),
    ],
)
def test_a_member_by_hand(joined, read, weekly, silent):
    member, tally = table(1, MEMBER_DTYPE)[0], table(1, TALLY_DTYPE)[0]
    member["joined_at"], member["last_session_at"], member["status"] = joined, read, MEMBER
    count_member.py_func(member.view(np.recarray), 40.0, tally)
    assert (tally["weekly_readers"], tally["silent"], tally["members"]) == (weekly, silent, 1)


@pytest.mark.jit
@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_every_day_of_a_world(engine):
    scenario = sq.Scenario.load("wechat-group").with_values(BUSY)
    world = sq.Community(scenario, 3, engine)
    silent = 0
    for day in range(1, 46):
        world.step()
        own = world.own_members
        read, joined = own["last_session_at"], own["joined_at"]
        here = np.isin(own["status"], (MEMBER, MUTED))
        week, away = here & (read >= day - 7), here & ~(read >= day - 28) & (joined <= day - 28)
        for group in range(2):
            for tier in range(3):
                cell = (own["group"] == group) & (own["tier"] == tier)
                counted = world.journal.tallies[-1][group, tier]
                names = ("weekly_readers", "silent")
                found = [counted[TALLY_INDEX[name]] for name in names]
                assert found == [(week & cell).sum(), (away & cell).sum()]
        silent = away.sum()
    assert silent > 5
    daily = world.daily
    whole = daily[daily["tier"] == "all"]
    assert (whole["readers"] <= whole["weekly_readers"] + whole["exits"]).all()
    assert (whole["weekly_readers"] + whole["silent"] <= whole["members"]).all()
