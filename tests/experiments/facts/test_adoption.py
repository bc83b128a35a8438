"""The Bass curve: fitted to curves made with known parameters, and to real series."""

import math
from importlib import resources

import numpy as np
import pandas as pd
import pytest

from shequn.agents.errors import ShequnError
from shequn.experiments.facts.adoption import bass_share, fit_bass, joins_per_period, q_over_p
from shequn.experiments.facts.records import Records


@pytest.mark.parametrize(("p", "q"), [(0.03, 0.38), (0.1, 0.01), (0.002, 0.6)])
def test_an_exact_curve_is_recovered(p, q):
    made = 500.0 * np.diff(bass_share(np.arange(31.0), p, q))
    fit = fit_bass(made)
    assert (fit.p, fit.q, fit.m) == pytest.approx((p, q, 500.0), rel=1e-4)
    assert (fit.r2_rate, fit.r2_cumulative) == pytest.approx((1.0, 1.0))
    assert fit.cumulative(np.array([0.0, 31.0]))[0] == 0.0


def test_worked_share():
    # p 0.03, q 0.38: F(10) = 0.8128, and without imitation 1 - e^-pt.
    assert bass_share(np.array(10.0), 0.03, 0.38) == pytest.approx(0.8128, abs=5e-5)
    assert bass_share(np.array(10.0), 0.03, 1e-12) == pytest.approx(-math.expm1(-0.3))


def test_the_published_fit_of_the_physicians_comes_out():
    table = resources.files("shequn").joinpath("data/physicians_nodes.csv")
    with table.open("r", encoding="utf-8") as stream:
        months = pd.read_csv(stream)["adopt_month"].dropna().astype(int)
    fit = fit_bass(np.bincount(months, minlength=18)[1:])
    assert (fit.p, fit.q) == pytest.approx((0.08123, 0.20666), abs=1e-5)
    assert (fit.r2_rate, fit.r2_cumulative) == pytest.approx((0.762, 0.995), abs=5e-4)


@pytest.mark.parametrize("adoptions", [[1.0, 2.0, 3.0], [0.0] * 10])
def test_too_little_is_refused(adoptions):
    with pytest.raises(ShequnError, match="Bass"):
        fit_bass(np.array(adoptions))


def joins_of(*communities: np.ndarray, days: float) -> Records:
    frames = [pd.DataFrame({"community": k, "joined_at": t}) for k, t in enumerate(communities)]
    members = pd.concat(frames, ignore_index=True)
    return Records(
        days=days,
        members=members.assign(person=np.arange(len(members)), left_at=np.nan, inviter=-1),
    )


def test_joins_per_period_leaves_out_who_was_there_at_the_start():
    records = joins_of(np.array([0.0, 0.0, 0.5, 10.0, 39.9, 40.0]), days=40.0)
    assert list(joins_per_period(records, 0, periods=4)) == [1, 1, 0, 2]


def test_q_over_p_of_joins_made_with_a_ratio_of_twelve():
    # Quantiles of the curve instead of draws, so that no chance is left but that of whole joins.
    u = (np.arange(800) + 0.5) / 800
    p, q = 0.002, 0.024
    joined = np.log((1.0 + u * q / p) / (1.0 - u)) / (p + q)
    records = joins_of(joined[joined < 400.0], np.array([3.0, 5.0]), days=400.0)
    found = q_over_p(records)
    assert found.n == 1  # the second community has too few joins
    assert found.value == pytest.approx(12.0, rel=0.03)
    assert math.isnan(q_over_p(Records(days=10.0)).value)
