"""Retention by cohort and source."""

import numpy as np
import pytest

import shequn as sq
from shequn.agents.tables import INVITE, LEFT, MEMBER, MEMBER_DTYPE, SEED, table
from shequn.model.retention import retention_frame, survival


def test_without_censoring_survival_is_the_share_still_there():
    tenure = np.array([1.0, 2.0, 5.0, 9.0])
    left = np.array([True, True, True, False])
    assert [survival(tenure, left, at) for at in (0.5, 1.0, 4.0, 9.0)] == [1.0, 0.75, 0.5, 0.25]


def test_the_censored_count_as_long_as_they_were_seen():
    """Leaving at 1 of 4; one seen only up to 2; leaving at 3 of the 2 left: 3/4 x 1/2."""
    tenure = np.array([1.0, 2.0, 3.0, 9.0])
    left = np.array([True, False, True, False])
    assert survival(tenure, left, 5.0) == pytest.approx(0.375)


def test_nobody_seen_that_long_is_unknown():
    assert np.isnan(survival(np.array([3.0]), np.array([False]), 4.0))
    assert np.isnan(survival(np.zeros(0), np.zeros(0, bool), 1.0))


def test_frame_by_source_and_cohort():
    members = table(4, MEMBER_DTYPE)
    members["joins"] = [1, 1, 1, 0]
    members["status"] = [MEMBER, LEFT, MEMBER, 0]
    members["source"] = [SEED, SEED, INVITE, 0]
    members["joined_at"] = [0.0, 0.0, 40.0, np.nan]
    members["left_at"] = [np.nan, 5.0, np.nan, np.nan]
    frame = retention_frame(members, 50).set_index(["source", "cohort", "tenure"])
    assert frame.loc[("seed", 0, 1), "share"] == 1.0
    assert frame.loc[("seed", 0, 7), "share"] == 0.5
    assert frame.loc[("seed", -1, 30), "joined"] == 2
    assert frame.loc[("invite", 30, 7), "share"] == 1.0
    assert np.isnan(frame.loc[("invite", 30, 30), "share"])


@pytest.mark.jit
def test_exponential_memberships_survive_exponentially():
    """Hazard 0.02 a day, 2,000 members: each share within 4 standard errors of exp(-0.02 t)."""
    values = {"market.people": 2000, "group.seed_members": 2000, "tiers.base.exit_rate": 0.02}
    frame = sq.run(sq.Scenario.load("blank").with_values(values), days=90).retention
    for line in frame[frame["cohort"] == 0].itertuples():
        if line.tenure <= 90:
            expected = np.exp(-0.02 * line.tenure)
            error = np.sqrt(expected * (1.0 - expected) / 2000)
            assert abs(line.share - expected) < 4.0 * error
