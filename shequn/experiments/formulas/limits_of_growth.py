"""Closed forms of who comes and who stays: diffusion, invitation trees, lifetimes, arrivals."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from shequn.experiments.formulas import closed_forms as forms
from shequn.experiments.formulas.gauges import Claim, Limit, Rows, members_at, one_row, played
from shequn.model.scenario import Scenario

_SESSIONS = 4.0  # a day: an invitation waits 6 hours and then for midnight
_SHORT_YEAR = 36.525  # days: rates given for a year act ten times as fast, which changes no formula


def _growth_claims(
    formula: Callable[[float], float],
    rates: np.ndarray,
    start: int,
    days: Sequence[int],
    late: np.ndarray,
) -> tuple[Claim, ...]:
    """Shares of a growing community, with the birth chain's SD and mean, and the delays.

    Bias: that chain's mean less the formula (finite market), and the recursion by midnights less
    the formula (delays).
    """
    people = len(rates) - 1
    years = [day / _SHORT_YEAR for day in days]
    means, spreads = forms.pure_birth(rates, start, years)
    claims = []
    for k, t in enumerate(years):
        bias = abs(means[k] / people - formula(t)) + abs(late[days[k]] / people - formula(t))
        claims.append(Claim(f"share in after {t:.1f} years", formula(t), bias, spreads[k] / people))
    return tuple(claims)


def bass_limit() -> Limit:
    """A1: finding out by oneself and by invitation in a market that mixes completely."""
    p, q, people = 0.03, 0.38, 1_500
    days = tuple(round(t * _SHORT_YEAR) for t in (5.0, math.log(q / p) / (p + q), 10.0))
    n = np.arange(people + 1.0)
    rates = (people - n) * (p + q * n / (people - 1))
    each = forms.Rates(q / _SHORT_YEAR, _SESSIONS, p / _SHORT_YEAR)
    _, late = forms.midnights(max(days), people, 0, each)
    return Limit(
        "A1", "Bass diffusion", "F(t) = (1 - e^-(p+q)t) / (1 + (q/p) e^-(p+q)t)",
        {
            "market.people": people,
            "discovery.rate": p / _SHORT_YEAR,
            "invite.rate": q / _SHORT_YEAR,
            "tiers.base.session_rate": _SESSIONS,
        },
        _growth_claims(lambda t: forms.bass(p, q, t), rates, 0, days, late),
        partial(members_at, days=days, per=people), 8,
    )  # fmt: skip


def external_limit() -> Limit:
    """A3: finding out by oneself only. A clock is read at every midnight: no bias there."""
    p, people, day = 0.03, 20_000, round(10 * _SHORT_YEAR)
    formula = -math.expm1(-p / _SHORT_YEAR * day)
    spread = math.sqrt(formula * (1.0 - formula) / people)
    return Limit(
        "A3", "External influence only", "F(t) = 1 - e^-pt",
        {
            "market.people": people,
            "discovery.rate": p / _SHORT_YEAR,
            "tiers.base.session_rate": 0.0,
        },
        (Claim("share in after 10.0 years", formula, 0.0, spread),),
        partial(members_at, days=(day,), per=people),
    )  # fmt: skip


def internal_limit() -> Limit:
    """A3: invitations only, from a hundredth of the market."""
    start, q, people = 0.01, 0.38, 3_000
    days = (round(10 * _SHORT_YEAR),)
    n = np.arange(people + 1.0)
    rates = (people - n) * q * n / (people - 1)
    seeds = round(start * people)
    _, late = forms.midnights(max(days), people, seeds, forms.Rates(q / _SHORT_YEAR, _SESSIONS))
    return Limit(
        "A3", "Word of mouth only", "F(t) = F0 e^qt / (1 - F0 + F0 e^qt)",
        {
            "market.people": people,
            "group.seed_members": seeds,
            "invite.rate": q / _SHORT_YEAR,
            "tiers.base.session_rate": _SESSIONS,
        },
        _growth_claims(lambda t: forms.logistic(start, q, t), rates, seeds, days, late),
        partial(members_at, days=days, per=people), 8,
    )  # fmt: skip


def sizes_of_trees(people: Any) -> np.ndarray:
    """Members of each invitation tree, by who invited whom.

    Parameters
    ----------
    people : pandas.DataFrame
        As `shequn.model.observation.members_frame` gives it.

    Returns
    -------
    numpy.ndarray
        int64, one for each seed member.
    """
    joined = people[people["source"].isin(["seed", "invite"])]
    root = np.arange(len(people))
    inviter = people["inviter"].to_numpy()
    for person in joined.sort_values("joined_at")["person"]:
        if inviter[person] >= 0:
            root[person] = root[inviter[person]]
    seeds = joined.loc[joined["source"] == "seed", "person"]
    return np.bincount(root[joined["person"]], minlength=len(people))[seeds]


def _trees(scenario: Scenario, seed: int, *, days: int) -> Rows:
    sizes = sizes_of_trees(played(scenario, seed, days).people)
    return one_row([sizes.mean(), sizes.var(ddof=1), np.mean(sizes == 1)])


def tree_limit() -> Limit:
    """A5: each member makes R = 0.5 invitations in the long run, Poisson in number.

    Bias: trees not finished by the last midnight, and invitations that meet somebody who is in:
    R lower by these shares, times the slope of each result in R.
    """
    ratio, half_life, seeds, people, days, sessions = 0.5, 1.5, 3_000, 300_000, 50, 6.0
    mean, variance, fourth = forms.moments(*forms.borel(ratio))
    unfinished = 1.0 - forms.tree_by_midnight(ratio, half_life, sessions, days)[-1] / mean
    less = ratio * (seeds * mean / people + 2.0 * unfinished)
    alone = math.exp(-ratio)
    steep = (1.0 + 2.0 * ratio) / (1.0 - ratio) ** 4
    root = math.sqrt(seeds)
    claims = (
        Claim(
            "mean size, members", 1.0 / (1.0 - ratio), less / (1.0 - ratio) ** 2,
            math.sqrt(variance) / root,
        ),
        Claim(
            "variance of the size", ratio / (1.0 - ratio) ** 3, less * steep,
            math.sqrt(fourth - variance**2) / root,
        ),
        Claim("share of size 1", alone, less * alone, math.sqrt(alone * (1.0 - alone)) / root),
    )  # fmt: skip
    return Limit(
        "A5", "Invitation trees, R = 0.5", "1/(1-R), R/(1-R)^3, e^-R",
        {
            "market.people": people,
            "group.seed_members": seeds,
            "invite.rate": ratio * math.log(2.0) / half_life,
            "invite.novelty_half_life": half_life,
            "tiers.base.session_rate": sessions,
        },
        claims, partial(_trees, days=days),
    )  # fmt: skip


def _survival_limit(
    title: str, formula: str, values: Mapping[str, Any], days: Sequence[int],
    survival: Callable[[float], float],
) -> Limit:  # fmt: skip
    """A13: everybody is there from day 0; the share at midnight is exact, its error binomial."""
    people = 40_000
    claims = tuple(
        Claim(
            f"share there after {day} d", survival(day), 0.0,
            math.sqrt(survival(day) * (1.0 - survival(day)) / people),
        )
        for day in days
    )  # fmt: skip
    everyone = {"market.people": people, "group.seed_members": people}
    return Limit(
        "A13", title, formula, {**everyone, **values}, claims,
        partial(members_at, days=tuple(days), per=people),
    )  # fmt: skip


def exponential_limit() -> Limit:
    """A13: one hazard for all."""
    rate = 0.05
    values = {"tiers.base.exit_rate": rate, "tiers.base.session_rate": 0.2}
    return _survival_limit(
        "Exponential lifetimes", "S(t) = e^-dt", values, (20,), lambda t: math.exp(-rate * t)
    )


def beta_geometric_limit() -> Limit:
    """A13: everybody's own chance of leaving in a day, from a beta distribution."""
    a, b = 0.668, 3.806
    values = {
        "shape.exit_rate": "beta-geometric",
        "tiers.base.exit_rate": a / (a + b),
        "spread.exit_rate": a + b,
        "tiers.base.session_rate": 0.7,
    }
    return _survival_limit(
        "Beta-geometric lifetimes", "S(t) = B(a, b + t) / B(a, b)", values, (1, 2, 3, 7, 12),
        lambda t: forms.beta_geometric(a, b, t),
    )  # fmt: skip


def immigration_limit(start: int, day: int, people: int) -> Limit:
    """A15: five members more a day, a hundredth leaves a day.

    Bias: the exact mean of the process in a finite market with joins at midnight less the formula.
    """
    arrivals, leave = 5.0, 0.01
    rate = arrivals / people
    mean, variance = forms.immigration(arrivals, leave, start, day)
    bias = forms.immigration_bias(rate, leave, people, day, start)
    return Limit(
        "A15", f"Arrivals and exits from {start}", "a/d + (N0 - a/d) e^-dt",
        {
            "market.people": people,
            "group.seed_members": start,
            "discovery.rate": rate,
            "tiers.base.exit_rate": leave,
            "tiers.base.session_rate": 0.2,
        },
        (Claim(f"members after {day} d", mean, bias, math.sqrt(variance)),),
        partial(members_at, days=(day,)), 12,
    )  # fmt: skip
