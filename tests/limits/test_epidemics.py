"""Invitations and leaving together: members infect, who leaves has recovered.

Seen to fail when the code is changed: exit hazard, or invitation rate, times 1.1.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from scipy.signal import lfilter

import shequn as sq
from shequn.experiments.formulas.closed_forms import Rates, midnights
from tests.limits.limits import blank, column_at, within

pytestmark = pytest.mark.jit

SESSIONS = 4.0


def settings(people, seeds, invite, leave, **more):
    return blank(
        {
            "market.people": people,
            "group.seed_members": seeds,
            "invite.rate": invite,
            "tiers.base.exit_rate": leave,
            "tiers.base.session_rate": SESSIONS,
            **more,
        }
    )


def never_in(ratio, outside):
    """Share of the market never in: x = outside x exp(-ratio (1 - x)); Kermack & McKendrick."""
    return brentq(lambda x: x - outside * math.exp(-ratio * (1.0 - x)), 1e-12, outside)


def final_size(people, seeds, ratio):
    """Exact mean and SD of the number never in: the jump chain on (outside, members).

    With s outside the next event is a leaving with probability 1 / (1 + ratio s / (people - 1)),
    whatever the number of members, so the chain at one s is a geometric filter over members.
    """
    entered = np.zeros(people + 2)  # by members from 0 up
    entered[seeds] = 1.0
    ends = np.zeros(people + 1)
    for s in range(people - seeds, -1, -1):
        leaving = 1.0 / (1.0 + ratio * s / (people - 1.0))
        visits = lfilter([1.0], [1.0, -leaving], entered[::-1])[::-1]
        ends[s] = leaving * visits[1]
        entered = np.zeros(people + 2)
        entered[2:] = (1.0 - leaving) * visits[1:-1]
    n = np.arange(people + 1)
    mean = float(ends @ n)
    return mean, math.sqrt(ends @ (n - mean) ** 2)


@pytest.mark.parametrize(
    ("people", "seeds", "invite", "leave", "runs"),
    [(1500, 75, 0.08, 0.04, 12), (1000, 200, 0.03, 0.06, 16), (1500, 30, 0.2, 0.05, 12)],
)
def test_sir_final_size(people, seeds, invite, leave, runs):
    """Share never in at the end: x = s0 e^(-R0 (1-x)), R0 = invite.rate / tiers.base.exit_rate.

    invite.refractory = inf: who has left stays away. Delays do not change the final size, but an
    invitation due after a member's last session is never sent, so R0 is lower by the factor
    sessions / (sessions + leave).

    Error: SD of the final size in the jump chain of the epidemic. Bias: that chain's mean, at the
    lower R0, less the formula (finite market and lost invitations).
    """
    ratio = invite / leave
    scenario = settings(people, seeds, invite, leave)
    outside = []
    for seed in range(400, 400 + runs):
        community = sq.Community(scenario, seed=seed)
        while community.tables.groups["n_members"][0] > 0:
            community.step()
        outside.append((community.people["status"] == "outside").sum())
    formula = people * never_in(ratio, 1.0 - seeds / people)
    mean, spread = final_size(people, seeds, ratio * SESSIONS / (SESSIONS + leave))
    what = f"SIR never in, R0 {ratio:.3g}"
    within(what, float(np.mean(outside)), formula, spread / math.sqrt(runs), mean - formula)


def noisy(people, seeds, invite, leave, days):
    """Means and variances of outsiders and members at these days, to second order in the noise."""
    k = invite / (people - 1.0)

    def slope(_, y):
        s, i, vs, vi, c = y
        meet = k * (s * i + c)
        out_s, out_i = k * (i * vs + s * c), k * (i * c + s * vi)
        return [
            -meet,
            meet - leave * i,
            -2.0 * out_s + meet,
            2.0 * (out_i - leave * vi) + meet + leave * i,
            -out_i + out_s - leave * c - meet,
        ]

    start = [people - seeds, seeds, 0.0, 0.0, 0.0]
    return solve_ivp(slope, (0.0, max(days)), start, t_eval=days, rtol=1e-8, atol=1e-8).y


def test_sir_course():
    """dS/dt = -b S I / N, dI/dt = b S I / N - g I: outsiders and members around the peak.

    b = invite.rate, g = tiers.base.exit_rate. Error: variance of the epidemic to second order in
    the noise. Bias: the mean to that order less the equations (finite market), and the recursion
    by midnights less the equations (delays, lost invitations).
    """
    people, seeds, invite, leave, runs = 2000, 100, 0.03, 0.01, 12
    days = (60, 120, 240)
    scenario = settings(people, seeds, invite, leave)
    results = [sq.run(scenario, days=days[-1], seed=seed) for seed in range(500, 500 + runs)]
    members = np.mean([column_at(result, "members", days) for result in results], axis=0)
    joins = [np.cumsum(column_at(result, "joins_invite", range(1, 241))) for result in results]
    outside = people - seeds - np.mean(joins, axis=0)[[day - 1 for day in days]]
    large = noisy(1e12, seeds / people * 1e12, invite, leave, days) * people / 1e12
    small = noisy(people, seeds, invite, leave, days)
    late = midnights(days[-1], people, seeds, Rates(invite, SESSIONS, leave=leave))
    for k, day in enumerate(days):
        for row, (name, mean) in enumerate((("outside", outside[k]), ("members", members[k]))):
            formula = large[row][k]
            bias = abs(small[row][k] - formula) + abs(late[row][day] - formula)
            error = math.sqrt(small[row + 2][k] / runs)
            within(f"SIR {name} t {day}", mean, formula, error, bias)


def test_sis_equilibrium():
    """With invite.refractory = 0 members settle at N (1 - g / b): who has left can come again.

    Error: stationary variance N g / b of the logistic noise, in 12 independent runs at one time.
    Bias: the recursion by midnights at that time less the formula (delays, lost invitations,
    several invitations to one person in a night, start), and half the variance over the distance
    from zero (finite market, second order).
    """
    people, invite, leave, runs, days = 1200, 0.05, 0.02, 12, 200
    scenario = settings(people, 720, invite, leave, **{"invite.refractory": 0.0})
    results = [sq.run(scenario, days=days, seed=seed) for seed in range(600, 600 + runs)]
    mean = np.mean([column_at(result, "members", [days])[0] for result in results])
    formula = people * (1.0 - leave / invite)
    variance = people * leave / invite
    _, late = midnights(days, people, 720, Rates(invite, SESSIONS, leave=leave), back=True)
    bias = abs(late[days] - formula) + 0.5 * variance / formula
    within("SIS equilibrium", mean, formula, math.sqrt(variance / runs), bias)
