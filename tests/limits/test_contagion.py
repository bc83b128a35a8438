"""Thresholds where people leave and can be asked again: distinct inviters since they could be.

Seen to fail when the code is changed: an inviter counted at its first invitation to a contact only,
or at every one; the count kept when a person enters; a threshold off by one; the memory of who
asked lost by a saved community.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import shequn as sq
from shequn.model.arguments import ENGINES
from tests.limits.limits import blank

pytestmark = pytest.mark.jit

PEOPLE, DAYS = 20, 25


def crowd(threshold: int, **changes: Any) -> sq.Scenario:
    """Twenty people who ask one another all the time, leave, and can be asked again at once."""
    values = {
        "market.people": PEOPLE,
        "group.seed_members": 10,
        "invite.rate": 60.0,
        "invite.threshold": threshold,
        "invite.refractory": 0.0,
        "tiers.base.exit_rate": 0.1,
        "tiers.base.session_rate": 20.0,
    }
    return blank({**values, **{name.replace("__", "."): value for name, value in changes.items()}})


def steps(community: sq.Community, days: int) -> sq.Community:
    for _ in range(days):
        community.step()
    return community


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("threshold", [1, 2, 3])
def test_who_has_left_comes_back_at_any_threshold(threshold, engine):
    """All 20 are members at every midnight but the first ones: thresholds of 2 and 3 as well as 1.

    60 invitations a day each, invite.refractory 0, exit hazard 0.1 a day. Who leaves is asked on
    that day by each of the others with probability 1 - e^(-60/19) = 0.96, so by fewer than 3 of the
    18 or so who stay with less than 1e-15. There is no error and no bias.
    """
    community = steps(sq.Community(crowd(threshold), 1, engine), DAYS)
    assert community.journal.total("members")[1:].tolist() == [PEOPLE] * (DAYS - 1)
    assert community.journal.total("exits").sum() > 40


def told_again(lines: pd.DataFrame, threshold: int) -> dict[int, set[int]]:
    """Who has asked whom since they could last be asked, by a plain reading of the log.

    Fails at the first invitation that is or is not below the threshold against the rule. In a
    night in which somebody enters, further invitations find this person not free any more.
    """
    asked: dict[int, set[int]] = defaultdict(set)
    for (_, contact), night in lines.groupby(["time", "contact"], sort=False):
        if (night["outcome"] == "not_free").all():
            continue
        for inviter, outcome in zip(night["inviter"], night["outcome"], strict=True):
            asked[contact].add(inviter)
            few = len(asked[contact]) < threshold
            assert outcome == "declined" or (outcome == "below_threshold") == few
        if (night["outcome"] == "joined").any():
            asked[contact].clear()
    return asked


@pytest.mark.parametrize(
    ("threshold", "rate", "refractory", "accept"),
    [(2, 0.4, 0.0, 1.0), (3, 1.0, 0.0, 1.0), (4, 2.0, 3.0, 0.5), (12, 6.0, 0.0, 1.0)],
)
def test_the_same_inviter_counts_once_also_after_leaving_and_coming_back(
    threshold, rate, refractory, accept
):
    """Every invitation of a run against sets of inviters; contacts are drawn with replacement.

    Inviters and contacts leave and come back, so that pairs meet again in later spells. There is
    no error and no bias.
    """
    values = {"invite__rate": rate, "invite__refractory": refractory, "invite__accept": accept}
    community = steps(sq.Community(crowd(threshold, group__seed_members=15, **values), 3), 120)
    lines = community.invitations
    asked = told_again(lines, threshold)
    counts = community.own_members["inviters"]
    assert counts.tolist() == [min(threshold, len(asked[row])) for row in range(PEOPLE)]
    free = lines[lines["outcome"] != "not_free"]
    assert free.duplicated(["inviter", "contact"]).sum() > 20
    assert (community.own_members["joins"] > 2).sum() > 5


def state(community: sq.Community) -> tuple[bytes, ...]:
    log = community.invitation_log
    return community.tables.members.tobytes(), *(log[name].tobytes() for name in log.dtype.names)


def test_who_asked_is_remembered_by_a_copy_and_a_saved_community(tmp_path: Path):
    scenario = crowd(3, group__seed_members=15, invite__rate=1.0)
    whole = steps(sq.Community(scenario, 3), 30)
    assert (whole.own_members["inviters"] > 0).any()
    whole.save(tmp_path / "world.npz")
    copied, resumed = whole.copy(), sq.Community.resume(tmp_path / "world.npz")
    expected = state(steps(whole, 30))
    assert state(steps(copied, 30)) == expected
    assert state(steps(resumed, 30)) == expected


@pytest.mark.parametrize(("before", "after"), [(1, 3), (2, 5), (5, 2)])
def test_another_threshold_counts_who_has_asked_so_far(before, after):
    """After a change of the threshold the count is that of the log, up to the new threshold."""
    scenario = crowd(before, group__seed_members=15, invite__rate=1.0, invite__accept=0.1)
    community = steps(sq.Community(scenario, 3), 60)
    asked = told_again(community.invitations, before)
    community.change({"invite.threshold": after})
    counts = community.own_members["inviters"]
    assert counts.tolist() == [min(after, len(asked[row])) for row in range(PEOPLE)]
    assert (counts > 1).any()
    steps(community, 20)
    assert np.array_equal(community.own_members["inviters"] > after, np.zeros(PEOPLE, bool))
