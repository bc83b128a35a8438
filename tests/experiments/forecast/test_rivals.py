"""Rivals against numbers worked by hand, and their intervals on worlds in which they are right."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from scipy import stats

from shequn.agents.errors import ShequnError
from shequn.experiments.forecast.rivals import (
    RIVALS,
    drift,
    exponential,
    last_value,
    recent_mean,
)
from shequn.experiments.forecast.series import Forecaster, Series

WORLDS, KNOWN, AHEAD = 400, 20, 12


def of(z: list[float] | np.ndarray, ahead: int | list[int] = 2) -> Series:
    """A series of ln(1 + value)."""
    steps = np.arange(1, ahead + 1) if isinstance(ahead, int) else np.array(ahead)
    return Series("rooms", "room 1", "messages", np.expm1(np.asarray(z, dtype=float)), steps)


def test_the_last_value_by_hand() -> None:
    found = last_value(of([1.0, 2.0, 2.0, 4.0]), 0.9, 1)
    s = sqrt((1.0 + 0.0 + 4.0) / 3.0)
    t = stats.t.ppf(0.95, 3)
    assert np.log1p(found.middle) == pytest.approx([4.0, 4.0])
    assert np.log1p(found.high) == pytest.approx([4.0 + t * s, 4.0 + t * s * sqrt(2.0)])
    assert np.log1p(found.low) == pytest.approx([4.0 - t * s, max(0.0, 4.0 - t * s * sqrt(2.0))])
    assert found.total == pytest.approx(2.0 * np.expm1(4.0))


def test_a_walk_with_gaps_by_hand() -> None:
    # From step 0 to 2, and 2 to 3; the last step of the first half is not known.
    found = last_value(of([1.0, np.nan, 3.0, 4.0, np.nan], [1, 4]), 0.9, 1)
    s = sqrt((4.0 / 2.0 + 1.0) / 2.0)
    t = stats.t.ppf(0.95, 2)
    assert np.log1p(found.high) == pytest.approx([4.0 + t * s * sqrt(2.0), 4.0 + t * s * sqrt(5.0)])


def test_the_drift_by_hand() -> None:
    # The second half begins with step 3; step 4 is not known: changes of 5 in two steps, 1 in one.
    values = [9.0, 9.0, 9.0, 10.0, np.nan, 15.0, 16.0]
    found = drift(of(np.log1p(values), [1, 3]), 0.9, 1)
    m = 6.0 / 3.0
    s = sqrt((5.0 - 2.0 * m) ** 2 / 2.0 + (1.0 - m) ** 2)
    t = stats.t.ppf(0.95, 1)
    assert found.middle == pytest.approx([18.0, 22.0])
    high = [18.0 + t * s * sqrt(1.0 + 1.0 / 3.0), 22.0 + t * s * sqrt(3.0 + 9.0 / 3.0)]
    assert found.high == pytest.approx(high)
    assert found.total == pytest.approx(40.0)


def test_nothing_drifts_below_nothing() -> None:
    found = drift(of(np.log1p([9.0, 9.0, 4.0, 3.0, 1.0]), 4), 0.9, 1)
    assert found.middle.tolist() == [0.0] * 4
    assert found.low.min() == 0.0 and found.total == 0.0


def test_the_exponential_is_a_regression() -> None:
    z = np.array([1.0, 1.5, 1.7, 2.6, 2.9])
    found = exponential(of(z, 3), 0.9, 1)
    line = stats.linregress(np.arange(5), z)
    centre = line.intercept + line.slope * np.array([5, 6, 7])
    left = z - line.intercept - line.slope * np.arange(5)
    s = sqrt(left @ left / 3)
    spread = s * np.sqrt(1 + 1 / 5 + np.array([3, 4, 5]) ** 2 / 10)
    t = stats.t.ppf(0.95, 3)
    assert np.log1p(found.middle) == pytest.approx(centre)
    assert np.log1p(found.high) == pytest.approx(centre + t * spread)
    assert np.log1p(found.low) == pytest.approx(np.maximum(centre - t * spread, 0.0))


def test_the_recent_mean_by_hand() -> None:
    z = [0.0] * 6 + [np.log1p(2.0), np.log1p(6.0)]
    found = recent_mean(of(z), 0.9, 1)
    level = (np.log1p(2.0) + np.log1p(6.0)) / 2
    s = (np.log1p(6.0) - np.log1p(2.0)) / sqrt(2.0)
    half = stats.t.ppf(0.95, 1) * s * sqrt(1.5)
    assert found.middle == pytest.approx([4.0, 4.0])
    assert np.log1p(found.high) == pytest.approx([level + half] * 2)
    assert found.total == pytest.approx(8.0)


@pytest.mark.parametrize("name", RIVALS)
def test_silence_is_forecast_as_silence(name: str) -> None:
    found = RIVALS[name](of(np.zeros(12)), 0.9, 1)
    for each in (found.middle, found.low, found.high):
        assert each.tolist() == [0.0, 0.0]
    assert (found.total, found.total_low, found.total_high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("name", RIVALS)
def test_the_ends_stand_in_order_and_the_seed_decides(name: str) -> None:
    series = of(np.abs(np.random.default_rng(3).normal(1.0, 1.5, 30)), 30)
    found, again, other = (RIVALS[name](series, 0.9, seed) for seed in (1, 1, 2))
    assert (found.low <= found.middle).all() and (found.middle <= found.high).all()
    assert 0.0 <= found.total_low <= found.total <= found.total_high
    assert found.total_high == again.total_high != other.total_high


@pytest.mark.parametrize("name", RIVALS)
def test_too_little_is_refused(name: str) -> None:
    with pytest.raises(ShequnError, match="room 1, messages: 1 known values"):
        RIVALS[name](of([np.nan, np.nan, np.nan, 1.0]), 0.9, 1)


def walks(generator: np.random.Generator) -> np.ndarray:
    return 20.0 + 0.3 * np.cumsum(generator.normal(size=(WORLDS, KNOWN + AHEAD)), axis=1)


def trends(generator: np.random.Generator) -> np.ndarray:
    slopes = generator.normal(0.0, 0.1, (WORLDS, 1))
    noise = generator.normal(size=(WORLDS, KNOWN + AHEAD))
    return 10.0 + slopes * np.arange(KNOWN + AHEAD) + 0.3 * noise


def drifts(generator: np.random.Generator) -> np.ndarray:
    changes = generator.normal(2.0, 1.0, size=(WORLDS, KNOWN + AHEAD))
    return np.log1p(1000.0 + np.cumsum(changes, axis=1))


def levels(generator: np.random.Generator) -> np.ndarray:
    return 8.0 + 0.3 * generator.normal(size=(WORLDS, KNOWN + AHEAD))


@pytest.mark.parametrize(
    ("forecaster", "world"),
    [(last_value, walks), (drift, drifts), (exponential, trends), (recent_mean, levels)],
)
def test_intervals_hold_what_they_claim(forecaster: Forecaster, world) -> None:
    """Within four standard errors of a share of `WORLDS`: by luck once in 16,000."""
    z = world(np.random.Generator(np.random.Philox(key=7)))
    inside = []
    for row in z:
        found = forecaster(of(row[:KNOWN], AHEAD), 0.9, 1)
        truth = np.expm1(row[KNOWN:])
        total = found.total_low <= truth.sum() <= found.total_high
        steps = (found.low <= truth) & (truth <= found.high)
        inside.append([steps[0], steps[-1], total])
    assert np.mean(inside, axis=0) == pytest.approx(0.9, abs=4.0 * sqrt(0.9 * 0.1 / WORLDS))
