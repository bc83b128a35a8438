"""Invitation trees below the critical point.

Seen to fail when the code is changed: invitation rate times 1.1.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import shequn as sq
from shequn.experiments.formulas.closed_forms import borel, moments, tree_by_midnight
from shequn.experiments.formulas.limits_of_growth import sizes_of_trees
from tests.limits.limits import blank, within

pytestmark = pytest.mark.jit

SESSIONS = 6.0


@pytest.mark.parametrize(
    ("ratio", "half_life", "seeds", "days"),
    [(0.5, 1.5, 3000, 60), (0.2, 4.0, 4000, 60), (0.75, 0.4, 1500, 60)],
)
def test_a5_trees(ratio, half_life, seeds, days):
    """Mean size 1/(1-R), variance R/(1-R)^3, P(size 1) = e^-R, P(size 2) = R e^-2R.

    invite.rate = R ln 2 / invite.novelty_half_life makes R invitations of each member in the long
    run, Poisson in number. Errors: from the Borel distribution (its fourth moment for the
    variance). Bias: trees not finished (expected size by the last midnight, delays included), and
    invitations that meet somebody who is in: R lower by the final share of the market, which
    moves each result by its slope in R times R times that share.
    """
    people = 400_000
    values = {
        "market.people": people,
        "group.seed_members": seeds,
        "invite.rate": ratio * math.log(2.0) / half_life,
        "invite.novelty_half_life": half_life,
        "tiers.base.session_rate": SESSIONS,
    }
    sizes = sizes_of_trees(sq.run(blank(values), days=days, seed=11).members)
    assert len(sizes) == seeds
    n, chance = borel(ratio)
    mean, variance, fourth = moments(n, chance)
    assert mean == pytest.approx(1.0 / (1.0 - ratio), rel=1e-6)
    assert variance == pytest.approx(ratio / (1.0 - ratio) ** 3, rel=1e-5)
    grown = tree_by_midnight(ratio, half_life, SESSIONS, days)
    unfinished = 1.0 - grown[-1] / mean  # as a share of the members to come
    less = ratio * (seeds * mean / people + 2.0 * unfinished)
    results = (
        ("mean", sizes.mean(), mean, variance, 1.0 / (1.0 - ratio) ** 2),
        (
            "variance", sizes.var(ddof=1), variance, fourth - variance**2,
            (1.0 + 2.0 * ratio) / (1.0 - ratio) ** 4,
        ),
        ("P(size 1)", np.mean(sizes == 1), chance[0], chance[0] * (1.0 - chance[0]), chance[0]),
        (
            "P(size 2)", np.mean(sizes == 2), chance[1], chance[1] * (1.0 - chance[1]),
            abs(1.0 / ratio - 2.0) * chance[1],
        ),
    )  # fmt: skip
    for name, measured, formula, spread, slope in results:
        error = math.sqrt(spread / seeds)
        within(f"A5 R {ratio} {name}", measured, formula, error, less * slope)


def test_a5_worked_values():
    """R 0.5: mean 2, variance 4, P(size 1) 0.6065."""
    n, chance = borel(0.5)
    assert moments(n, chance)[:2] == pytest.approx((2.0, 4.0))
    assert chance[0] == pytest.approx(0.6065, abs=5e-5)
