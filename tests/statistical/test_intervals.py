"""Intervals cover what they promise, and pairing narrows them. Run by ``make verify``."""

import numpy as np
import pytest
from scipy import stats

import shequn as sq
from shequn.experiments.perform.statistics import gain_of_pairing, mean_interval, paired_difference

PAIRS = 40


@pytest.mark.parametrize("n", [2, 5, 16])
def test_intervals_cover_the_mean_as_often_as_they_say(n):
    """Normal replicates with a known mean: coverage 95 %.

    20,000 intervals; the count of hits is binomial, the test allows 4 standard errors (false alarm
    probability 6e-5 for each n).
    """
    trials = 20_000
    values = np.random.default_rng(1).normal(3.0, 2.0, (trials, n))
    hits = 0
    for row in values:
        found = mean_interval(row)
        hits += found.low <= 3.0 <= found.high
    error = np.sqrt(0.95 * 0.05 / trials)
    assert abs(hits / trials - 0.95) < 4.0 * error


@pytest.fixture(scope="module")
def pairs():
    """Customer equity of ``PAIRS`` pairs of worlds that differ in the promo share only."""
    few = sq.Scenario.load("wechat-group").with_values({"policy.promo_share": 0.05})
    many = few.with_values({"policy.promo_share": 0.10})
    worlds = [
        [
            sq.run(scenario, days=60, seed=seed).summary["customer_equity"]
            for scenario in (few, many)
        ]
        for seed in range(1, PAIRS + 1)
    ]
    return np.array(worlds).T


def test_pairs_are_alike(pairs):
    """Common luck makes the two worlds of a pair alike.

    Were they independent, the correlation of 40 pairs would exceed 0.5 with probability 5e-4.
    """
    assert gain_of_pairing(*pairs) > 0.5


def test_pairing_narrows_the_interval_of_the_difference(pairs):
    """The paired interval is narrower than that of two independent samples (Welch)."""
    few, many = pairs
    paired = paired_difference(many, few)
    welch = stats.ttest_ind(many, few, equal_var=False).confidence_interval()
    assert paired.high - paired.low < 0.8 * (welch.high - welch.low)
