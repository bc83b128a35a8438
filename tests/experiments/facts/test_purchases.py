"""Repeat purchases: the cohort by hand, and the BG/NBD model on the real shop."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime
from scipy.special import betaln, gammaln

from shequn.agents.errors import ShequnError
from shequn.experiments.facts.bgnbd import fit_bgnbd, log_likelihoods
from shequn.experiments.facts.purchases import (
    MEASURES,
    CohortRecords,
    cohort_of,
    cumulative_repeats,
    curve_deviation,
    real_customers,
    weekly_repeats,
)
from shequn.experiments.facts.records import Records


def orders_of(days: float, *rows: tuple[int, int, float]) -> Records:
    table = pd.DataFrame(rows, columns=["community", "person", "time"]).assign(value=1.0)
    return Records(days=days, orders=table)


@pytest.fixture
def three_customers() -> Records:
    """Persons 1 and 2 of community 1, person 1 of community 2; who came on day 84 is too late."""
    one = [(1, 1, t) for t in (3.9, 3.2, 10.0, 10.9, 272.5, 273.0, 300.2, 300.8, 546.0)]
    return orders_of(560.0, *one, (1, 2, 83.9), (1, 2, 400.0), (2, 1, 0.0), (1, 3, 84.0))


def test_cohort(three_customers):
    cohort = cohort_of(three_customers)
    assert list(cohort["repeat_days"]) == [2, 0, 0]
    assert list(cohort["recency_weeks"]) == [(272 - 3) / 7, 0, 0]
    assert list(cohort["observed_weeks"]) == [(272 - 3) / 7, (272 - 83) / 7, 272 / 7]
    # Days 273 and 300 of person 1, once each; day 546 is past the holdout.
    assert list(cohort["holdout_days"]) == [2, 1, 0]


def test_weekly_repeats(three_customers):
    weekly = weekly_repeats(three_customers)
    assert weekly.shape == (78,)
    assert {int(week): int(weekly[week]) for week in np.flatnonzero(weekly)} == {
        1: 1, 38: 1, 39: 1, 42: 1, 57: 1
    }  # fmt: skip
    assert cumulative_repeats(three_customers)[-1] == pytest.approx(5 / 3)


def test_short_records_have_no_holdout_and_shorter_ones_no_cohort():
    rows = [(1, 1, 1.0), (1, 1, 9.0)]
    cohort = cohort_of(orders_of(300.0, *rows))
    assert len(cohort) == 1 and math.isnan(cohort["holdout_days"].item())
    assert math.isnan(weekly_repeats(orders_of(300.0, *rows))[42])
    assert weekly_repeats(orders_of(300.0, *rows))[41] == 0.0
    for records in (orders_of(272.0, *rows), Records(days=600.0)):
        assert len(cohort_of(records)) == 0
        assert all(math.isnan(measure(records).value) for measure in MEASURES.values())


def test_a_cohort_must_have_its_columns():
    with pytest.raises(ShequnError, match="holdout_days"):
        CohortRecords(days=1.0, cohort=pd.DataFrame(columns=["repeat_days", "recency_weeks"]))


@pytest.fixture(scope="module")
def shop() -> CohortRecords:
    return real_customers()


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("cdnow_bgnbd_r", 0.24259),
        ("cdnow_bgnbd_alpha", 4.41362),
        ("cdnow_bgnbd_a", 0.79291),
        ("cdnow_bgnbd_b", 2.42586),
        ("cdnow_share_no_repeat", 0.59864),
        ("cdnow_mean_holdout", 0.79847),
    ],
)
def test_the_published_values_come_out(shop, name, published):
    found = MEASURES[name](shop)
    assert found.value == pytest.approx(published, rel=2e-5)
    assert found.low < found.value < found.high
    assert found.n == 2357


def test_the_real_curve_does_not_deviate_from_itself(shop):
    assert curve_deviation(shop).value == 0.0
    assert cumulative_repeats(shop)[-1] == pytest.approx(4339 / 2357)
    # Weekly counts and the table of customers are two summaries of the same purchases.
    assert shop.weekly_repeats[:39].sum() == shop.cohort["repeat_days"].sum()
    assert shop.weekly_repeats[39:].sum() == shop.cohort["holdout_days"].sum()


def test_log_likelihood_is_the_paper_s_formula():
    r, alpha, a, b = 0.7, 3.0, 1.2, 2.5
    x, last, total = np.array([0.0, 3.0]), np.array([0.0, 10.0]), np.array([20.0, 30.0])
    values, _ = log_likelihoods(np.array([r, alpha, a, b]), x, last, total)
    by_hand = r * np.log(alpha / (alpha + 20.0)), (
        gammaln(r + 3) - gammaln(r) + r * np.log(alpha) + betaln(a, b + 3) - betaln(a, b)
        + np.log((alpha + 30.0) ** -(r + 3) + a / (b + 2) * (alpha + 10.0) ** -(r + 3))
    )  # fmt: skip
    assert values == pytest.approx(by_hand, rel=1e-12)


def test_derivatives():
    at = np.array([0.7, 3.0, 1.2, 2.5])
    data = (np.array([0.0, 4.0]), np.array([0.0, 12.0]), np.array([20.0, 30.0]))
    _, slopes = log_likelihoods(at, *data)
    numeric = approx_fprime(at, lambda p: log_likelihoods(p, *data)[0].sum(), 1e-7)
    assert slopes.sum(axis=1) == pytest.approx(numeric, rel=1e-4)


def test_the_fit_finds_what_the_data_were_made_with():
    # Simulated truth: gamma rates, drop-out after a purchase. Wald intervals at 95 % each; a seed
    # for which all four parameters' ratios hold is no proof, so the two stable ones are asked for.
    generator = np.random.Generator(np.random.Philox(key=5))
    n, r, alpha, a, b, total = 4000, 0.8, 6.0, 1.5, 4.0, 50.0
    rate, dropout = generator.gamma(r, 1.0 / alpha, n), generator.beta(a, b, n)
    repeats, last = np.zeros(n), np.zeros(n)
    alive = np.ones(n, dtype=bool)
    clock = np.zeros(n)
    while alive.any():
        clock = clock + generator.exponential(size=n) / rate
        alive &= clock < total
        repeats[alive] += 1
        last[alive] = clock[alive]
        alive &= generator.random(n) > dropout
    model = fit_bgnbd(repeats, last, np.full(n, total))
    for name, truth in (("mean_rate", r / alpha), ("mean_dropout", a / (a + b)), ("r", r)):
        value, low, high = model.interval(name)
        assert low < truth < high, f"{name}: {truth} outside {low} to {high}"
    # Expected repeats by the end (equation 9 of the paper) against their mean, within three errors.
    error = repeats.std() / np.sqrt(n)
    assert abs(model.expected(np.array(total)) - repeats.mean()) < 3.0 * error


def test_nobody_drops_out_is_a_boundary_not_a_failure():
    generator = np.random.Generator(np.random.Philox(key=6))
    n, total = 500, 40.0
    counts = generator.poisson(generator.gamma(1.0, 0.1, n) * total)
    last = np.array([generator.random(k).max() * total if k else 0.0 for k in counts])
    model = fit_bgnbd(counts.astype(float), last, np.full(n, total))
    assert model.a / (model.a + model.b) < 0.01
