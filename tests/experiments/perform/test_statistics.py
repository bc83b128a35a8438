"""Intervals against numbers worked out by hand and by SciPy."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from shequn.experiments.perform.statistics import (
    gain_of_pairing,
    mean_interval,
    paired_difference,
    table_of_points,
)


class TestMeanInterval:
    def test_by_hand(self):
        # mean 2, SD 1, n 3, t(0.975, 2) = 4.302653: half-width 4.302653 / sqrt(3)
        found = mean_interval(np.array([1.0, 2.0, 3.0]))
        assert (found.mean, found.n) == (2.0, 3)
        assert found.high - 2.0 == pytest.approx(2.484138, abs=1e-6)
        assert 2.0 - found.low == pytest.approx(found.high - 2.0)

    @pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
    def test_as_scipy(self, level):
        values = np.array([3.0, -1.0, 4.0, 1.5, -9.0, 2.0, 6.0])
        expected = stats.ttest_1samp(values, 0.0).confidence_interval(level)
        found = mean_interval(values, level)
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high))

    def test_nan_is_left_out(self):
        values = [1.0, math.nan, 2.0, 3.0, math.nan]
        assert mean_interval(np.array(values)) == mean_interval(np.array([1.0, 2.0, 3.0]))

    def test_too_few_values_have_no_interval(self):
        one = mean_interval(np.array([5.0, math.nan]))
        assert (one.mean, one.n) == (5.0, 1)
        assert math.isnan(one.low) and math.isnan(one.high)
        none = mean_interval(np.array([math.nan]))
        assert none.n == 0 and math.isnan(none.mean)
        assert mean_interval(np.array([])).n == 0

    def test_without_variation_it_has_no_width(self):
        found = mean_interval(np.full(4, 7.0))
        assert (found.low, found.mean, found.high) == (7.0, 7.0, 7.0)


class TestPairing:
    def test_common_luck_cancels(self):
        luck = np.array([10.0, -40.0, 90.0, 5.0])
        found = paired_difference(luck + np.array([1.0, 2.0, 1.0, 2.0]), luck)
        # differences 1, 2, 1, 2: mean 1.5, SD sqrt(1/3), t(0.975, 3) = 3.182446
        assert found.mean == 1.5
        assert found.high - 1.5 == pytest.approx(3.182446 * math.sqrt(1 / 3) / 2, abs=1e-6)

    def test_a_pair_with_a_missing_side_is_left_out(self):
        found = paired_difference([1.0, math.nan, 3.0, 8.0], [0.0, 5.0, math.nan, 5.0])
        assert (found.mean, found.n) == (2.0, 2)

    def test_gain(self):
        a = np.array([1.0, 2.0, 4.0])
        assert gain_of_pairing(a, 3.0 * a + 1.0) == pytest.approx(1.0)
        assert gain_of_pairing(a, -a) == pytest.approx(-1.0)
        assert math.isnan(gain_of_pairing(a, np.ones(3)))
        assert math.isnan(gain_of_pairing(a[:1], a[:1]))


def test_table_of_points():
    rows = pd.DataFrame(
        {
            "point": [1, 0, 1, 0],
            "price": [9.0, 5.0, 9.0, 5.0],
            "orders": [10.0, 1.0, 20.0, 3.0],
            "gini": [math.nan, 0.5, 0.25, 0.5],
        }
    )
    table = table_of_points(rows, ["price"], ["orders", "gini"])
    assert list(table.columns) == ["point", "price", "outcome", "mean", "low", "high", "n"]
    found = table[["point", "price", "outcome", "mean", "n"]].values.tolist()
    assert found == [
        [0, 5.0, "orders", 2.0, 2],
        [0, 5.0, "gini", 0.5, 2],
        [1, 9.0, "orders", 15.0, 2],
        [1, 9.0, "gini", 0.25, 1],
    ]
    # t(0.975, 1) = 12.706205 times SD sqrt(2) / sqrt(2) = 1
    assert table.loc[0, "high"] == pytest.approx(2.0 + 12.706205, abs=1e-6)
