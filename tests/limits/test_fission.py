"""Groups that divide: when all are full, the next one opens (group.overflow = open).

Seen to fail when the code is changed: a group opened while one place is left.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import nbinom

import shequn as sq
from shequn.experiments.formulas.closed_forms import Rates, midnights
from tests.limits.limits import blank, within

pytestmark = pytest.mark.jit

SESSIONS = 6.0


def grown(values: dict, days: int, seed: int) -> sq.Community:
    community = sq.Community(blank({"group.overflow": "open", **values}), seed)
    for _ in range(days):
        community.step()
    return community


@pytest.mark.parametrize("placement", ["first", "emptiest"])
@pytest.mark.parametrize(
    ("capacity", "start", "leave", "rates"),
    [
        (7, 3, 0.0, {"invite.rate": 0.1}),
        (25, 25, 0.03, {"invite.rate": 0.08}),
        (12, 1, 0.05, {"discovery.rate": 0.01, "invite.rate": 0.04}),
    ],
)
def test_a_group_opens_when_all_are_full_and_not_before(capacity, start, leave, rates, placement):
    """At every midnight there are max(1, highest ceil(members / capacity) so far) groups.

    Whoever comes takes a place while there is one, and within a midnight people only come: so the
    next group opens with the person for whom no place is left, in whatever group that is. Without
    exits all groups but the newest are full. There is no error and no bias.
    """
    values = {
        "market.people": 3_000,
        "group.capacity": capacity,
        "group.seed_members": start,
        "group.placement": placement,
        "tiers.base.exit_rate": leave,
        "tiers.base.session_rate": SESSIONS,
        **rates,
    }
    community = grown(values, 60, 95)
    sizes = community.journal.by_group("members")
    members = np.append(start, sizes.sum(axis=1))
    opened = np.maximum(1, np.maximum.accumulate(np.ceil(members / capacity)))[1:]
    assert [len(tally) for tally in community.journal.tallies] == opened.tolist()
    assert opened[-1] > 4
    assert sizes.max() == capacity
    if leave == 0.0:
        assert ((sizes % capacity > 0).sum(axis=1) <= 1).all()


@pytest.mark.parametrize(("capacity", "days"), [(20, 120), (50, 175)])
def test_groups_grow_as_their_members_do(capacity, days):
    """Expected groups of a pure birth process: sum over n of ceil(n / capacity) P(N(t) = n).

    N(t) - n0 is negative binomial with n0 successes of probability e^-bt (Yule 1925), invite.rate
    = b, n0 first members; so groups double when the members do. 24 runs. Error: the variance of
    ceil(N / capacity). Bias: members by the recursion by midnights less n0 e^bt, over capacity.
    """
    people, start, birth, runs = 20_000, 10, 0.02, 24
    values = {
        "market.people": people,
        "group.capacity": capacity,
        "group.seed_members": start,
        "invite.rate": birth,
        "tiers.base.session_rate": SESSIONS,
    }
    groups = [grown(values, days, seed).open_groups for seed in range(960, 960 + runs)]
    n = np.arange(start, people)
    chance = nbinom.pmf(n - start, start, math.exp(-birth * days))
    needed = np.ceil(n / capacity)
    formula = float(chance @ needed)
    spread = math.sqrt(chance @ (needed - formula) ** 2)
    _, late = midnights(days, people, start, Rates(birth, SESSIONS))
    bias = (late[days] - start * math.exp(birth * days)) / capacity
    what = f"groups of {capacity} after {days} d"
    within(what, float(np.mean(groups)), formula, spread / math.sqrt(runs), bias)
