"""Growth by discovery and by invitations in a market that mixes completely.

Seen to fail when the code is changed: discovery hazard or invitation rate times 1.1, contacts
drawn unevenly (square of the uniform number).
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from shequn.experiments.formulas.closed_forms import Rates, bass, logistic, midnights, pure_birth
from tests.limits.limits import blank, members_at, within

pytestmark = pytest.mark.jit

SESSIONS = 4.0


@pytest.mark.parametrize(
    ("p", "q", "year", "people", "times", "runs"),
    [
        (0.03, 0.38, 36.525, 3000, (5.0, math.log(0.38 / 0.03) / 0.41, 10.0), 12),
        (0.03, 0.38, 365.25, 500, (5.0, 6.1926), 4),
        (0.004, 1.1, 100.0, 2000, (4.0, 6.0), 10),
        (0.5, 0.2, 40.0, 2000, (1.0, 3.0), 12),
    ],
)
def test_a1_bass(p, q, year, people, times, runs):
    """F(t) = (1 - e^-(p+q)t) / (1 + (q/p) e^-(p+q)t).

    discovery.rate = p and invite.rate = q, each divided by the days of a year; invite.accept = 1;
    market.homophily = 0; nobody there at the start. With 4 sessions a day an invitation waits 6
    hours and then for midnight.

    Error: SD of the pure birth chain with rates (people - n)(p + q n / (people - 1)), from its
    master equation, over the root of the number of runs. Bias: that chain's mean less F (finite
    market), and the recursion by midnights less F (delays).
    """
    days = [round(t * year) for t in times]
    exact = [day / year for day in days]
    values = {
        "market.people": people,
        "discovery.rate": p / year,
        "invite.rate": q / year,
        "tiers.base.session_rate": SESSIONS,
    }
    shares = members_at(blank(values), days, range(100, 100 + runs)).mean(axis=0) / people
    n = np.arange(people + 1.0)
    means, spreads = pure_birth((people - n) * (p + q * n / (people - 1)), 0, exact)
    _, late = midnights(max(days), people, 0, Rates(q / year, SESSIONS, p / year))
    for k, t in enumerate(exact):
        formula = bass(p, q, t)
        bias = abs(means[k] / people - formula) + abs(late[days[k]] / people - formula)
        error = spreads[k] / people / math.sqrt(runs)
        within(f"A1 F({t:.4g}) p {p} q {q}", shares[k], formula, error, bias)


def test_a1_worked_values():
    """The formula above gives the worked values: t* = ln(q/p)/(p+q), F at t*, 5 and 10 years."""
    peak = math.log(0.38 / 0.03) / 0.41
    assert peak == pytest.approx(6.1926, abs=1e-4)
    assert bass(0.03, 0.38, peak) == pytest.approx(0.4605, abs=1e-4)
    assert bass(0.03, 0.38, 5.0) == pytest.approx(0.3312, abs=1e-4)
    assert bass(0.03, 0.38, 10.0) == pytest.approx(0.8128, abs=1e-4)


@pytest.mark.parametrize(
    ("rate", "people", "days", "seed"),
    [
        (0.03 / 365.25, 20_000, (30, 365, 730), 7),
        (0.03 / 36.525, 20_000, (73, 365), 8),
        (0.4, 20_000, (1, 2, 7), 9),
        (3.0, 50_000, (1, 2), 10),
    ],
)
def test_a3_external_only(rate, people, days, seed):
    """F(t) = 1 - e^-pt by discovery.rate = p, for rates a day below and above 1.

    People join at midnight, but a person's clock is read at every midnight, so F is exact there.
    Error: that of a binomial share. Bias: none.
    """
    values = {"market.people": people, "discovery.rate": rate, "tiers.base.session_rate": 0.0}
    shares = members_at(blank(values), days, range(seed, seed + 1))[0] / people
    for share, day in zip(shares, days, strict=True):
        formula = -math.expm1(-rate * day)
        error = math.sqrt(formula * (1.0 - formula) / people)
        within(f"A3 external p {rate:.3g}/d t {day} d", share, formula, error)


def test_a3_external_only_by_advertising():
    """Advertising at a constant cost brings a = ad_budget / ad_cost x ad_response people a day.

    The expectation is spread evenly over who is outside, so joins of a day are binomial with mean
    outside (1 - e^(-a/outside)). Error: at most that of Poisson arrivals. Bias: a^2 / 2 outside a
    day, with the fewest outside at the end.
    """
    people, days, rate, runs = 20_000, 30, 60.0, 12
    values = {
        "market.people": people,
        "discovery.ad_budget": 90.0,
        "discovery.ad_cost": 0.3,
        "discovery.ad_response": 0.2,
        "tiers.base.session_rate": 0.0,
    }
    joined = members_at(blank(values), [days], range(runs)).mean()
    bias = days * rate**2 / (2.0 * (people - days * rate))
    within("A3 advertising", joined, rate * days, math.sqrt(rate * days / runs), bias)


@pytest.mark.parametrize(
    ("start", "q", "year", "people", "times", "accept", "runs"),
    [
        (0.02, 0.38, 36.525, 2500, (5.0, 10.0), 1.0, 12),
        (0.2, 1.7, 200.0, 1000, (0.8, 1.5), 1.0, 12),
        (0.03, 0.9, 60.0, 3000, (2.0, 4.0), 0.25, 12),
    ],
)
def test_a3_internal_only(start, q, year, people, times, accept, runs):
    """F(t) = F0 e^qt / (1 - F0 + F0 e^qt) by invitations alone, q = invite.rate x invite.accept.

    group.seed_members = F0 x people. Error: SD of the logistic birth chain. Bias: the chain's mean
    less F (finite market), and the recursion by midnights less F (delays). Where an invitation may
    be declined, each one has a draw of its own, also when the same pair meets again: that is no
    bias.
    """
    days = [round(t * year) for t in times]
    exact = [day / year for day in days]
    seeds = round(start * people)
    values = {
        "market.people": people,
        "group.seed_members": seeds,
        "invite.rate": q / accept / year,
        "invite.accept": accept,
        "tiers.base.session_rate": SESSIONS,
    }
    shares = members_at(blank(values), days, range(200, 200 + runs)).mean(axis=0) / people
    n = np.arange(people + 1.0)
    means, spreads = pure_birth((people - n) * q * n / (people - 1), seeds, exact)
    _, late = midnights(max(days), people, seeds, Rates(q / year, SESSIONS))
    for k, t in enumerate(exact):
        formula = logistic(start, q, t)
        bias = abs(means[k] / people - formula) + abs(late[days[k]] / people - formula)
        error = spreads[k] / people / math.sqrt(runs)
        within(f"A3 internal F({t:.4g}) q {q}", shares[k], formula, error, bias)


@pytest.mark.parametrize(("rate", "days"), [(0.01, (70, 160)), (0.03, (20, 60))])
def test_pure_birth(rate, days):
    """E N(t) = N0 e^bt, variance N0 e^bt (e^bt - 1), by invite.rate = b in a market hardly used.

    Error: from the variance. Bias: the recursion by midnights less the formula, in the finite
    market (people joined are no longer free) and with delays (up to a day and the time to the next
    session, of which growth makes b x delay a generation).
    """
    seeds, people, runs = 80, 25_000, 12
    values = {
        "market.people": people,
        "group.seed_members": seeds,
        "invite.rate": rate,
        "tiers.base.session_rate": SESSIONS,
    }
    means = members_at(blank(values), days, range(300, 300 + runs)).mean(axis=0)
    _, late = midnights(max(days), people, seeds, Rates(rate, SESSIONS))
    for mean, day in zip(means, days, strict=True):
        growth = math.exp(rate * day)
        error = math.sqrt(seeds * growth * (growth - 1.0) / runs)
        within(f"birth b {rate} t {day}", mean, seeds * growth, error, late[day] - seeds * growth)
