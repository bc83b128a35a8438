"""Rivals of the model as forecasters: a few lines each.

All but the drift reckon with z = ln(1 + value), so that weeks of silence count and nothing falls
below 0; the drift is cut off there. Intervals of a step are exact under each one's own assumptions
(Student's t: the variance is estimated, too); those of the total are quantiles of `DRAWS` paths
drawn under the same assumptions.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

from shequn.agents.errors import ShequnError
from shequn.experiments.forecast.series import Forecast, Forecaster, Series

DRAWS = 4000


def last_value(series: Series, coverage: float, seed: int) -> Forecast:
    """The last value carried forward: z is a random walk without drift.

    Its variance a step is the mean of (change of z)^2 / (steps between), over neighbouring known
    values; d steps after the last of them, (z - last z) / (s sqrt(d)) has Student's t of as many
    degrees as there are changes.

    Parameters
    ----------
    series : Series
        First half, at least two known values.
    coverage : float
        Of the intervals, 0 to 1.
    seed : int
        Of the paths drawn.

    Returns
    -------
    Forecast
        `middle` is the last known value.

    Raises
    ------
    ShequnError
        With fewer than two known values.
    """
    at, z = _known(series, 2)
    deviation = np.sqrt(np.mean(np.diff(z) ** 2 / np.diff(at)))
    changes = len(z) - 1
    ahead = len(series.values) - 1 + series.ahead - at[-1]
    generator, s = _deviations(seed, deviation, changes)
    steps = np.sqrt(np.diff(ahead, prepend=0)) * generator.normal(size=(DRAWS, len(ahead)))
    paths = z[-1] + s * np.cumsum(steps, axis=1)
    middle = np.full(len(ahead), np.expm1(z[-1]))
    spread = deviation * np.sqrt(ahead)
    return _forecast(coverage, middle, np.full(len(ahead), z[-1]), spread, changes, paths)


def drift(series: Series, coverage: float, seed: int) -> Forecast:
    """The last value, and as many more each step as lately: a random walk of the values with drift.

    Changes of the second half of the first half are m on average a step, with variance s^2 (both
    for the steps between). After d steps the error has variance s^2 (d + d^2 / D), where m is known
    from D steps, and Student's t of one degree less than there are changes.

    Parameters
    ----------
    series : Series
        First half, at least three known values in its second half.
    coverage, seed
        As for `last_value`.

    Returns
    -------
    Forecast
        `middle` is the last known value + d m; all that would be below 0 is 0.

    Raises
    ------
    ShequnError
        With fewer than three known values there.
    """
    at, z = _known(series, 3, len(series.values) // 2)
    y = np.expm1(z)
    steps, span, degrees = np.diff(at), at[-1] - at[0], len(y) - 2
    change = (y[-1] - y[0]) / span
    deviation = np.sqrt(((np.diff(y) - change * steps) ** 2 / steps).sum() / degrees)
    ahead = len(series.values) - 1 + series.ahead - at[-1]
    generator, s = _deviations(seed, deviation, degrees)
    changes = change + s * generator.normal(size=(DRAWS, 1)) / np.sqrt(span)
    walks = np.sqrt(np.diff(ahead, prepend=0)) * generator.normal(size=(DRAWS, len(ahead)))
    paths = y[-1] + changes * ahead + s * np.cumsum(walks, axis=1)
    middle = y[-1] + change * ahead
    spread = deviation * np.sqrt(ahead + ahead**2 / span)
    return _forecast(coverage, middle, middle, spread, degrees, paths, np.positive)


def exponential(series: Series, coverage: float, seed: int) -> Forecast:
    """Growth or decay at one rate: least squares of z on the step.

    Parameters
    ----------
    series : Series
        First half, at least three known values.
    coverage, seed
        As for `last_value`.

    Returns
    -------
    Forecast
        With the prediction interval of a new step, s sqrt(1 + 1/n + (x - mean x)^2 / Sxx) times
        Student's t of n - 2 degrees.

    Raises
    ------
    ShequnError
        With fewer than three known values.
    """
    at, z = _known(series, 3)
    n, x = len(z), at - at.mean()
    spread_x = x @ x
    slope, level = x @ z / spread_x, z.mean()
    left = z - level - slope * x
    deviation, degrees = np.sqrt(left @ left / (n - 2)), n - 2
    ahead = len(series.values) - 1 + series.ahead - at.mean()
    generator, s = _deviations(seed, deviation, degrees)
    levels = level + s * generator.normal(size=(DRAWS, 1)) / np.sqrt(n)
    slopes = slope + s * generator.normal(size=(DRAWS, 1)) / np.sqrt(spread_x)
    paths = levels + slopes * ahead + s * generator.normal(size=(DRAWS, len(ahead)))
    spread = deviation * np.sqrt(1.0 + 1.0 / n + ahead**2 / spread_x)
    centre = level + slope * ahead
    return _forecast(coverage, np.expm1(centre), centre, spread, degrees, paths)


def recent_mean(series: Series, coverage: float, seed: int) -> Forecast:
    """The mean of the last quarter of the first half, and steps that scatter around it as there.

    Parameters
    ----------
    series : Series
        First half, at least two known values in its last quarter (rounded up).
    coverage, seed
        As for `last_value`.

    Returns
    -------
    Forecast
        `middle` is the mean of the values; the interval is that of a new value of z, mean z -+ t s
        sqrt(1 + 1/n) with n - 1 degrees, and made to hold `middle`.

    Raises
    ------
    ShequnError
        With fewer than two known values there.
    """
    quarter = -(-len(series.values) // 4)
    _, z = _known(series, 2, len(series.values) - quarter)
    n, level, deviation = len(z), z.mean(), z.std(ddof=1)
    steps = len(series.ahead)
    generator, s = _deviations(seed, deviation, n - 1)
    levels = level + s * generator.normal(size=(DRAWS, 1)) / np.sqrt(n)
    paths = levels + s * generator.normal(size=(DRAWS, steps))
    middle = np.full(steps, np.expm1(z).mean())
    spread = np.full(steps, deviation * np.sqrt(1.0 + 1.0 / n))
    return _forecast(coverage, middle, np.full(steps, level), spread, n - 1, paths)


RIVALS: dict[str, Forecaster] = {
    "last value": last_value,
    "drift": drift,
    "exponential": exponential,
    "recent mean": recent_mean,
}


def _known(series: Series, least: int, first: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Steps with a known value from step `first` on, and their z."""
    at = first + np.flatnonzero(~np.isnan(series.values[first:]))
    if len(at) < least:
        raise ShequnError(f"{series.name}, {series.what}: {len(at)} known values, {least} needed")
    return at, np.log1p(series.values[at])


def _deviations(
    seed: int, deviation: float, degrees: int
) -> tuple[np.random.Generator, np.ndarray]:
    """A generator, and standard deviations that an estimate leaves possible, shape (DRAWS, 1)."""
    generator = np.random.Generator(np.random.Philox(key=seed))
    return generator, deviation * np.sqrt(degrees / generator.chisquare(degrees, (DRAWS, 1)))


def _forecast(
    coverage: float,
    middle: np.ndarray,
    centre: np.ndarray,
    spread: np.ndarray,
    degrees: int,
    paths: np.ndarray,
    value: Callable[[np.ndarray], np.ndarray] = np.expm1,
) -> Forecast:
    """Intervals of the steps from centre and spread of z, of the total from paths of z.

    `value` gives the value of z.
    """
    half = stats.t.ppf(0.5 + coverage / 2.0, degrees) * spread
    middle = np.maximum(middle, 0.0)
    with np.errstate(over="ignore"):  # a walk of large steps may end anywhere
        low = np.minimum(np.maximum(value(centre - half), 0.0), middle)
        high = np.maximum(value(centre + half), middle)
        totals = np.maximum(value(paths), 0.0).sum(axis=1)
    total = float(middle.sum())
    ends = np.quantile(totals, [0.5 - coverage / 2.0, 0.5 + coverage / 2.0], method="nearest")
    return Forecast(
        middle, low, high, total, min(total, float(ends[0])), max(total, float(ends[1]))
    )
