"""Errors, coverage and interval score by hand; nobody is better than the interval says."""

from __future__ import annotations

from math import log

import numpy as np
import pandas as pd
import pytest

from shequn.experiments.facts.estimate import Estimate
from shequn.experiments.forecast.scores import (
    difference,
    score,
    scores,
    sentences,
    table_lines,
    verdict,
)
from shequn.experiments.forecast.series import Case, Forecast, Series


def case(values: list[float], truth: list[float], name: str = "room 1") -> Case:
    steps = np.arange(1, len(truth) + 1)
    series = Series("rooms", name, "messages", np.array(values, dtype=float), steps)
    return Case(series, np.array(truth, dtype=float))


def forecast(middle: list[float], low: list[float], high: list[float], total: tuple) -> Forecast:
    return Forecast(*(np.array(each, dtype=float) for each in (middle, low, high)), *total)


def test_a_score_by_hand() -> None:
    # Changes of 2 and 4: one naive step is off by 3. Errors of 1, 0 and 8: 3.
    found = score(
        case([1, 3, 7], [4, 6, 0]),
        forecast([5, 6, 8], [3, 4, 1], [7, 9, 3], (19, 9, 30)),
        coverage=0.8,
    )
    assert found["error"] == pytest.approx(3.0 / 3.0)
    assert found["off"] == pytest.approx(log(20 / 11))
    assert found["inside"] == pytest.approx(2 / 3)
    assert found["total_in"] == 1.0
    widths = [log(8 / 4), log(10 / 5), log(4 / 2)]
    assert found["width"] == pytest.approx(sum(widths) / 3)
    assert found["score"] == pytest.approx((sum(widths) + 2.0 / 0.2 * log(2 / 1)) / 3)


def test_above_the_interval_costs_as_much_as_below() -> None:
    one = score(case([1, 2], [7]), forecast([2], [1], [3], (2, 1, 3)))
    assert one["score"] == pytest.approx(log(2) + 2.0 / 0.1 * log(2))
    assert (one["inside"], one["total_in"]) == (0.0, 0.0)


def test_gaps_of_the_first_half_are_no_changes_and_no_change_no_scale() -> None:
    found = forecast([4], [4], [4], (4, 4, 4))
    assert score(case([1, 3, np.nan, 9], [6]), found)["error"] == pytest.approx(2.0 / 2.0)
    assert np.isnan(score(case([3, 3, 3], [6]), found)["error"])


def constant(value: float):
    """A forecaster that always says the same."""

    def forecaster(series: Series, coverage: float, seed: int) -> Forecast:
        same = np.full(len(series.ahead), value)
        total = float(same.sum())
        return Forecast(same, same - 1.0, same + 1.0, total, total - 1.0, total + 1.0)

    return forecaster


@pytest.fixture
def table() -> pd.DataFrame:
    cases = [case([1, 2, 1, 2], [10, 12], f"room {n}") for n in range(5)]
    cases += [case([1, 2, 1, 2], [10, 15], "room 9")]
    return scores(cases, {"near": constant(9.0), "far": constant(4.0)})


def test_communities_are_the_pairs(table: pd.DataFrame) -> None:
    gap = difference(table, "far", "near", "error")
    assert (gap.value, gap.low, gap.high, gap.n) == (5.0, 5.0, 5.0, 6)
    gap = difference(table, "near", "far", "error")
    assert gap.value == -5.0


def test_the_table_and_the_sentences(table: pd.DataFrame) -> None:
    lines = table_lines(table)
    assert len(lines) == 4
    assert lines[2].startswith("| messages of rooms | 6 | near | 2.25 [2.00, 2.75] | 2.00 | ")
    first = sentences(table, "far")[0]
    assert first == (
        "messages of rooms, error of a step: better than `far`: `near` (-5.00 [-5.00, -5.00])."
    )
    assert "worse than `near`: `far` (+5.00" in sentences(table, "near")[0]


def test_a_sentence_is_never_surer_than_its_interval() -> None:
    gaps = {
        "a": Estimate(-1.0, -2.0, -0.1, 20),
        "b": Estimate(-1.0, -2.0, 0.1, 20),
        "c": Estimate(1.0, 0.1, 2.0, 20),
        "d": Estimate(-9.0, np.nan, np.nan, 1),
    }
    assert verdict("model", gaps) == (
        "better than `model`: `a` (-1.00 [-2.00, -0.10]). "
        "Worse than `model`: `c` (+1.00 [+0.10, +2.00]). "
        "Not to be told apart from `model`: `b` (-1.00 [-2.00, +0.10]). "
        "One community tells nobody apart; against `model`: `d` (-9.00)."
    )
