"""Means over replicates, and differences of paired runs, with 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Interval:
    """A mean with its confidence interval.

    Attributes
    ----------
    mean, low, high : float
        Mean and ends of the interval; the ends are nan with fewer than two values.
    n : int
        Values.
    """

    mean: float
    low: float
    high: float
    n: int


def mean_interval(values: np.ndarray, level: float = 0.95) -> Interval:
    """Mean and Student t interval of independent values, nan left out.

    Parameters
    ----------
    values : numpy.ndarray
        One for each replicate.
    level : float
        Coverage, 0 < level < 1.

    Returns
    -------
    Interval
        mean -+ t(n - 1) x SD / sqrt(n) (Student 1908).
    """
    from scipy import stats

    kept = np.asarray(values, dtype=float)
    kept = kept[~np.isnan(kept)]
    n = len(kept)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = float(kept.mean())
    if n == 1:
        return Interval(mean, math.nan, math.nan, 1)
    half = float(stats.t.ppf(0.5 + level / 2.0, n - 1) * kept.std(ddof=1) / math.sqrt(n))
    return Interval(mean, mean - half, mean + half, n)


def paired_difference(
    values: np.ndarray,
    baseline: np.ndarray,
    interval: Callable[[np.ndarray], Interval] = mean_interval,
) -> Interval:
    """Mean difference of paired runs: replicate r of both had the same seed.

    Parameters
    ----------
    values, baseline : numpy.ndarray
        One for each replicate, in the same order.
    interval : callable
        Mean and interval of one difference for each replicate.

    Returns
    -------
    Interval
        Of values - baseline, over pairs in which both are known; n says how many.
    """
    return interval(np.asarray(values, dtype=float) - np.asarray(baseline, dtype=float))


def gain_of_pairing(values: np.ndarray, baseline: np.ndarray) -> float:
    """Correlation of paired runs: above 0, pairing narrows the interval of the difference.

    Parameters
    ----------
    values, baseline : numpy.ndarray
        One for each replicate, in the same order; pairs with a nan are left out.

    Returns
    -------
    float
        -1 .. 1; nan with fewer than two replicates or without variation.
    """
    a, b = np.asarray(values, dtype=float), np.asarray(baseline, dtype=float)
    both = ~(np.isnan(a) | np.isnan(b))
    a, b = a[both], b[both]
    if len(a) < 2 or a.std() == 0.0 or b.std() == 0.0:
        return math.nan
    return float(np.corrcoef(a, b)[0, 1])


def table_of_points(
    rows: pd.DataFrame,
    varied: list[str],
    outcomes: list[str],
    interval: Callable[[np.ndarray], Interval] = mean_interval,
) -> pd.DataFrame:
    """Mean and interval of each outcome at each point.

    Parameters
    ----------
    rows : pandas.DataFrame
        One row for each run, with a column ``point``.
    varied : list of str
        Columns of the varied parameters.
    outcomes : list of str
        Columns of the outcomes.
    interval : callable
        Mean and interval of one value for each replicate.

    Returns
    -------
    pandas.DataFrame
        One row for each point and outcome: point, the varied values, outcome, mean, low, high, n.
    """
    import pandas as pd

    lines = []
    for point, group in rows.groupby("point", sort=True):
        head = {"point": point, **{path: group[path].iloc[0] for path in varied}}
        for outcome in outcomes:
            found = interval(group[outcome].to_numpy(dtype=float))
            lines.append({**head, "outcome": outcome, **vars(found)})
    return pd.DataFrame(lines)
