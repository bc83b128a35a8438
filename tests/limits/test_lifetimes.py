"""How long members stay, and how many are there when people come and go.

Seen to fail when the code is changed: exit hazard, or discovery hazard, times 1.1; the beta
probability used as a rate.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from shequn.experiments.formulas.closed_forms import beta_geometric, immigration, immigration_bias
from tests.limits.limits import blank, members_at, within

pytestmark = pytest.mark.jit

PEOPLE = 40_000


def check_survival(what, values, days, seed, survival):
    """Compare the share still there with S(t): binomial error, no bias at midnight."""
    everyone = {"market.people": PEOPLE, "group.seed_members": PEOPLE}
    shares = members_at(blank({**everyone, **values}), days, range(seed, seed + 1))[0] / PEOPLE
    for share, day in zip(shares, days, strict=True):
        formula = survival(day)
        error = math.sqrt(formula * (1.0 - formula) / PEOPLE)
        within(f"{what} S({day})", share, formula, error)


@pytest.mark.parametrize(
    ("rate", "sessions", "seed"), [(0.01, 0.0, 31), (0.25, 3.0, 32), (2.5, 0.5, 33)]
)
def test_a13_exponential(rate, sessions, seed):
    """S(t) = e^-dt with tiers.base.exit_rate = d, whether members come or not.

    Everybody is there from day 0. A member's clock is read at every session and midnight, so the
    share at midnight is exact. Error: binomial. Bias: none.
    """
    values = {"tiers.base.exit_rate": rate, "tiers.base.session_rate": sessions}
    days = sorted({max(1, round(x / rate)) for x in (0.3, 1.0, 2.0)})
    check_survival(f"A13 d {rate}", values, days, seed, lambda t: math.exp(-rate * t))


@pytest.mark.parametrize(
    ("a", "b", "seed"), [(0.668, 3.806, 41), (0.05, 0.2, 42), (6.0, 300.0, 43), (5.0, 0.7, 44)]
)
def test_a13_beta_geometric(a, b, seed):
    """S(t) = B(a, b + t) / B(a, b): shape.exit_rate = beta-geometric.

    tiers.base.exit_rate = a / (a + b), spread.exit_rate = a + b. Error: binomial. Bias: none, as
    the chance of leaving within each whole day is the member's own beta draw.
    """
    values = {
        "shape.exit_rate": "beta-geometric",
        "tiers.base.exit_rate": a / (a + b),
        "spread.exit_rate": a + b,
        "tiers.base.session_rate": 0.7,
    }
    days = (1, 2, 3, 7, 12) if b > 1.0 else (1, 2, 3)
    check_survival(f"A13 a {a} b {b}", values, days, seed, lambda t: beta_geometric(a, b, t))


def test_a13_worked_values():
    """a 0.668, b 3.806: S(1, 2, 3, 7, 12) = 0.8507 0.7469 0.6698 0.4889 0.3780."""
    times = np.array([1, 2, 3, 7, 12])
    survival = [beta_geometric(0.668, 3.806, t) for t in times]
    assert survival == pytest.approx([0.8507, 0.7469, 0.6698, 0.4889, 0.3780], abs=6e-5)


def test_a13_gamma_rates():
    """S(t) = (1 + d t / k)^-k (Lomax): shape.exit_rate = gamma, spread.exit_rate = k, mean d."""
    values = {"shape.exit_rate": "gamma", "spread.exit_rate": 0.4, "tiers.base.exit_rate": 0.3}
    check_survival("A13 gamma", values, (1, 5, 20), 45, lambda t: (1.0 + 0.3 * t / 0.4) ** -0.4)


@pytest.mark.parametrize(
    ("arrivals", "leave", "people", "start", "days", "runs"),
    [
        (5.0, 0.01, 40_000, 0, (30, 69), 16),
        (20.0, 0.05, 30_000, 400, (20, 50), 24),
        (45.0, 0.15, 30_000, 900, (3, 12), 30),
    ],
)
def test_a15_immigration_and_death(arrivals, leave, people, start, days, runs):
    """N* = a/d; N(t) = a/d + (N0 - a/d) e^-dt; Poisson: variance of the arrivals = mean.

    discovery.rate = a / market.people, tiers.base.exit_rate = d, group.seed_members = N0. Who has
    left does not find the group again, so the market is used up slowly.

    Error: variance a/d (1 - e^-dt) + N0 e^-dt (1 - e^-dt). Bias: the exact mean of the process in
    a finite market with joins at midnight less the formula. The variance over runs is compared
    with error sqrt(2 / (runs - 1)) relative, and the bias of the mean.
    """
    values = {
        "market.people": people,
        "group.seed_members": start,
        "discovery.rate": arrivals / people,
        "tiers.base.exit_rate": leave,
        "tiers.base.session_rate": 0.2,
    }
    counts = members_at(blank(values), days, range(700, 700 + runs))
    for k, day in enumerate(days):
        formula, variance = immigration(arrivals, leave, start, day)
        bias = immigration_bias(arrivals / people, leave, people, day, start)
        what = f"A15 a {arrivals:g} d {leave:g} N({day})"
        within(what, counts[:, k].mean(), formula, math.sqrt(variance / runs), bias)
        error = variance * math.sqrt(2.0 / (runs - 1))
        within(f"{what} variance", counts[:, k].var(ddof=1), variance, error, bias)


def test_a15_worked_values():
    """5 a day, 0.01 a day: 500 +- 22.36, and 250.0 after 69.31 days."""
    assert math.sqrt(5 / 0.01) == pytest.approx(22.36, abs=5e-3)
    assert 500.0 * -math.expm1(-0.6931) == pytest.approx(250.0, abs=0.05)
