"""How much members write, and how many of them are heard.

Seen to fail when the code is changed: talk times 1.1; talk higher for every other row.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import shequn as sq
from shequn.experiments.formulas.closed_forms import (
    covered,
    gamma_poisson,
    gamma_poisson_in_sessions,
    gini,
    gini_of,
)
from tests.limits.limits import blank, within

pytestmark = pytest.mark.jit

SESSIONS = 8.0


@pytest.mark.parametrize(("k", "mean"), [(0.2, 2.0), (1.5, 0.4), (0.6, 12.0)])
def test_a23_gamma_rates(k, mean):
    """P0 = (1 + m/k)^-k and the Gini coefficient of the negative binomial distribution.

    shape.talk = gamma, spread.talk = k, tiers.base.talk = m / sessions, with 400 sessions a member
    on average (8 a day, 50 days). Errors: binomial for P0, the influence function for Gini. Bias:
    the sessions are Poisson as well, so at a given talk posts are a little more spread than
    Poisson: both results of that mixture less those of the formula.
    """
    people, days = 8_000, 50
    sessions = SESSIONS * days
    values = {
        "market.people": people,
        "group.seed_members": people,
        "shape.talk": "gamma",
        "spread.talk": k,
        "tiers.base.talk": mean / sessions,
        "tiers.base.session_rate": SESSIONS,
        "tiers.base.capacity": 1.0,
    }
    posts = sq.run(blank(values), days=days, seed=5).members["posts"].to_numpy()
    plain, mixed = gamma_poisson(mean, k, 2048), gamma_poisson_in_sessions(mean, k, sessions, 2048)
    none = (1.0 + mean / k) ** -k
    error = math.sqrt(none * (1.0 - none) / people)
    within(f"A23 k {k} m {mean} P0", np.mean(posts == 0), none, error, mixed[0] - plain[0])
    spread = math.sqrt((mean + mean**2 / k) / people)
    within(f"A23 k {k} m {mean} mean", posts.mean(), mean, spread)
    formula, one = gini_of(plain)
    bias = gini_of(mixed)[0] - formula
    within(f"A23 k {k} m {mean} Gini", gini(posts), formula, one / math.sqrt(people), bias)


def test_a23_worked_values():
    """k 0.2, m 2: P0 0.6190, Gini 0.822."""
    chance = gamma_poisson(2.0, 0.2, 4096)
    assert chance[0] == pytest.approx(0.6190, abs=5e-5)
    assert gini_of(chance)[0] == pytest.approx(0.822, abs=1e-3)


@pytest.mark.parametrize(("people", "posts", "talk"), [(200, 200, 0.01), (30, 70, 0.02)])
def test_a11_coverage(people, posts, talk):
    """N (1 - (1 - 1/N)^m) distinct authors among m posts of N members who all talk alike.

    tiers.base.talk = posts a session, small. The log of one run is cut into blocks of m posts.
    Error: variance of the occupancy problem over the number of blocks. Bias: posts of one session
    have one author; there are m (1 - e^-talk) / talk sessions with posts behind m posts, and one
    more where a block cuts a session.
    """
    blocks = 60
    days = math.ceil(1.2 * blocks * posts / (people * talk * 40.0))
    values = {
        "market.people": people,
        "group.seed_members": people,
        "tiers.base.talk": talk,
        "tiers.base.session_rate": 40.0,
        "tiers.base.capacity": 1.0,
    }
    log = sq.run(blank(values), days=days, seed=17, keep_messages=True).messages
    authors = log["author"].to_numpy()[: blocks * posts].reshape(blocks, posts)
    distinct = np.mean([len(np.unique(block)) for block in authors])
    formula, variance = covered(people, posts)
    fewer = posts * -math.expm1(-talk) / talk
    bias = formula - covered(people, fewer)[0]
    within(f"A11 N {people} m {posts}", distinct, formula, math.sqrt(variance / blocks), bias)


def test_a11_worked_value():
    """N 200, m 200: 126.61."""
    assert covered(200, 200)[0] == pytest.approx(126.61, abs=5e-3)
