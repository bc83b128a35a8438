"""Which options hold, what moves an answer: by hand."""

from __future__ import annotations

import numpy as np
import pytest

from shequn.experiments.perform.statistics import Interval, paired_difference
from shequn.experiments.report.facts import (
    LESS,
    MORE,
    NOTHING,
    SINGLE,
    UNDECIDED,
    Estimate,
    close,
    estimate,
    projected,
    spread,
    sway,
)

NAN = float("nan")


@pytest.mark.parametrize(
    ("found", "side"),
    [
        (Interval(2.0, 1.0, 3.0, 4), MORE),
        (Interval(-2.0, -3.0, -1.0, 4), LESS),
        (Interval(1.0, -1.0, 3.0, 4), UNDECIDED),
        (Interval(1.0, 0.0, 2.0, 4), UNDECIDED),
        (Interval(1.0, NAN, NAN, 1), SINGLE),
        (Interval(NAN, NAN, NAN, 0), NOTHING),
        (Interval(float("inf"), NAN, NAN, 3), NOTHING),
        (Interval(1e300, float("-inf"), float("inf"), 3), SINGLE),
    ],
)
def test_what_an_estimate_says(found, side):
    assert estimate(found).side == side


def test_a_spread_takes_the_least_and_the_most():
    found = spread([Estimate(2.0, 1.0, 3.0, 4), Estimate(5.0, 4.0, 6.0, 3)])
    assert (found.low, found.high, found.side, found.n) == (1.0, 6.0, MORE, 3)
    assert spread([Estimate(2.0, 1.0, 3.0, 4), Estimate(0.0, -1.0, 1.0, 4)]).side == UNDECIDED
    assert spread([]).side == NOTHING


def test_what_is_not_surely_worse_is_kept():
    luck = np.array([0.0, 1.0, 2.0, 3.0])
    values = np.array([luck, luck + 5.0, luck + 5.0 + [0.1, -0.1, 0.1, -0.3], luck + 1.0])
    best, kept, n = close(values, paired_difference)
    assert (best, kept, n) == (1, {1, 2}, 4)
    best, kept, _ = close(values, paired_difference, -1.0)
    assert (best, kept) == (0, {0})


def test_one_run_of_each_keeps_everything():
    best, kept, n = close(np.array([[1.0], [9.0]]), paired_difference)
    assert (best, kept, n) == (1, {0, 1}, 1)


def test_an_option_without_a_value_is_not_kept():
    values = np.array([[1.0, 2.0, 1.0], [NAN, NAN, NAN], [5.0, 6.0, 5.0]])
    assert close(values, paired_difference)[1] == {2}


def test_a_choice_of_points_says_something_of_their_parts():
    sizes = [200, 50, 200, 50]
    choice, places = projected(sizes, (frozenset({0, 1}), frozenset({2})), 5)
    assert choice.options == (50, 200) and places == [1, 0, 1, 0]
    assert choice.anywhere == [0, 1] and choice.everywhere == [1]


def test_a_number_that_moves_the_gain_is_found_and_no_other():
    luck = np.random.Generator(np.random.Philox(1))
    drawn = {name: luck.random(40) for name in ("a", "b", "c")}
    gains = 10.0 * (drawn["b"] > 0.5) + luck.normal(size=40)
    found = sway(gains, drawn, "CNY")
    assert found is not None and found.path == "b"
    assert found.large.low > found.small.high
    assert sway(luck.normal(size=40), drawn, "CNY") is None
    assert sway(gains[:6], {name: each[:6] for name, each in drawn.items()}, "CNY") is None
