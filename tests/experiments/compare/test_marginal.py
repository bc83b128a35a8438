"""What one more of a thing costs: by hand, and drawn with a known ratio."""

from types import SimpleNamespace

import numpy as np
import pytest

from shequn.experiments.compare.marginal import marginal_costs, ratio_of_means


def test_an_exact_ratio_has_no_width():
    found = ratio_of_means(np.array([20.0, 22.0, 24.0]), np.array([10.0, 11.0, 12.0]))
    assert (found.mean, found.low, found.high) == pytest.approx((2.0, 2.0, 2.0))


def test_no_more_of_it_for_sure_has_no_ends():
    found = ratio_of_means(np.array([2.0, 2.1, 1.9]), np.array([1.0, -1.0, 0.5]))
    assert np.isnan([found.low, found.high]).all()


def test_the_interval_holds_the_true_ratio_in_95_of_100():
    """400 samples of 12 pairs with ratio 30 / 2; 95 % of 400 is 380, four SD are 17."""
    luck = np.random.default_rng(1)
    inside = 0
    for _ in range(400):
        below = luck.normal(2.0, 1.0, 12)
        above = luck.normal(30.0, 5.0, 12) + 2.0 * (below - 2.0)
        found = ratio_of_means(above, below)
        inside += bool(found.low <= 15.0 <= found.high)
    assert 363 <= inside <= 397


def test_only_what_is_surely_more_and_surely_dearer_is_told():
    values = {
        ("old", "costs"): [100.0, 110.0, 120.0], ("new", "costs"): [130.0, 141.0, 149.0],
        ("old", "joins"): [5.0, 6.0, 4.0], ("new", "joins"): [8.0, 9.0, 7.0],
        ("old", "exits"): [3.0, 3.0, 3.0], ("new", "exits"): [3.0, 4.0, 2.0],
        ("old", "readers"): [9.0, 9.0, 9.0], ("new", "readers"): [8.0, 8.0, 8.0],
        ("old", "incremental_orders"): [np.nan] * 3, ("new", "incremental_orders"): [np.nan] * 3,
    }  # fmt: skip
    found = SimpleNamespace(
        arms={"old": None, "new": None}, values=lambda arm, name: np.array(values[arm, name])
    )
    (line,) = marginal_costs(found, "new")  # type: ignore[arg-type]
    assert line.startswith("one more member won costs 10 [")
