"""Where a curve is best, flat and worse than none, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from shequn.experiments.perform.curves import Curve, common, lines, span

NUMBERS = (0, 1, 2, 3, 7)
LUCK = np.array([0.0, 100.0, 200.0])  # of a replicate: it is the same at every number


def curve(*means: float, noise: float = 0.0) -> Curve:
    """Three replicates whose luck differs, and who differ from their mean by `noise` besides."""
    wobble = noise * np.array([-1.0, 0.0, 1.0])[:, None] * (np.arange(len(means)) % 2)
    return Curve(NUMBERS[: len(means)], LUCK[:, None] + np.array(means) + wobble)


def test_the_luck_of_a_replicate_cancels() -> None:
    found = curve(10.0, 50.0, 110.0, 109.0, 5.0)
    assert (found.top, found.gain.mean, found.gain.low, found.gain.high) == (2, 100, 100, 100)
    assert found.beside == [2]
    assert [found.numbers[k] for k in found.flat] == [2, 3]  # 1 of a gain of 100 is within 2 %
    assert found.lack == pytest.approx(0.01)
    assert found.worse == 4
    assert found.cells() == ("2", "+100.0 [100.0, 100.0]", "2 to 3 (1 %)", "7")
    assert found.words("orders") == (
        "2 a week is best (+100.0 [100.0, 100.0] orders over none); anything from 2 to 3 is within "
        "2 % of that gain (1 % at 95 %); from 7 a week on less than none (-5.0 [-5.0, -5.0])"
    )


def test_a_flat_part_ends_at_the_first_that_lacks_more() -> None:
    found = curve(0.0, 99.5, 97.0, 100.0, 98.5)
    assert [found.numbers[k] for k in found.flat] == [3, 7]
    assert found.worse is None
    assert "no number up to 7 a week" in found.cliff()


def test_what_cannot_be_told_apart_stands_beside_the_best() -> None:
    """Of three pairs the half-width is 4.303 / sqrt(3) = 2.48 standard deviations."""
    assert curve(0.0, 98.0, 100.0, noise=1.0).beside == [1, 2]
    assert curve(0.0, 97.0, 100.0, noise=1.0).beside == [2]


def test_worse_than_none_is_said_only_where_it_is_sure_from_there_on() -> None:
    assert curve(10.0, 9.0, 20.0, 9.0, 8.0).worse == 3
    assert curve(10.0, 9.0, 20.0, 9.0, 8.0, noise=5.0).worse == 4
    assert curve(10.0, 9.0, 20.0, 9.0, 11.0).worse is None


def test_where_none_is_best_there_is_no_gain() -> None:
    found = curve(10.0, 9.0, 8.0)
    assert found.words("CNY", 0) == "none is best; from 1 a week on less than none (-1 [-1, -1])"
    assert found.cells(0) == ("0", "0", "0", "1")


def test_one_replicate_says_nothing_sure() -> None:
    found = Curve((0, 1, 2), np.array([[5.0, 9.0, 4.0]]))
    assert found.worse is None and found.beside == [0, 1, 2]
    assert found.cells() == ("1", "+4.0", "1", "-")


def test_what_holds_for_all() -> None:
    curves = {("a", 1): curve(0.0, 99.0, 100.0, 99.0), ("b", 2): curve(0.0, 50.0, 99.0, 100.0)}
    assert common(list(curves.values())) == [2, 3]
    assert (span([2, 3]), span([3]), span([])) == ("2 to 3", "3", "")
    table = lines(curves, ("one", "two"), 0)
    assert table[0].split()[:3] == ["one", "two", "best"] and len(table) == 3
    assert table[1].split()[:5] == ["a", "1", "2", "+100", "[100,"]
