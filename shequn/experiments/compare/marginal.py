"""What one more of a thing costs: the ratio of two paired differences, with Fieller's interval."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from shequn.experiments.perform.statistics import Interval
from shequn.model.shown import short

if TYPE_CHECKING:
    from shequn.experiments.compare.comparison import Comparison

# What costs are put in relation to: outcome, +1 where more is a gain, and one of it in words.
ONE_MORE = (
    ("joins", 1.0, "member won"),
    ("exits", -1.0, "member kept"),
    ("readers", 1.0, "daily reader"),
    ("incremental_orders", 1.0, "order that the group adds"),
)


def ratio_of_means(above: np.ndarray, below: np.ndarray, level: float = 0.95) -> Interval:
    """Ratio of two means of paired numbers, with its interval (Fieller 1954).

    J. Royal Statistical Society B 16(2), 175-185: the values r for which the mean of above - r x
    below is not surely other than 0, by Student's t.

    Parameters
    ----------
    above, below : numpy.ndarray
        float64, shape (n,): one of each for every pair.
    level : float
        Of the interval, 0 .. 1.

    Returns
    -------
    Interval
        Without ends (nan) where the mean below is not surely other than 0: then any ratio, however
        large, is compatible with the runs.
    """
    n = len(above)
    top, bottom = float(above.mean()), float(below.mean())
    mean = top / bottom if bottom != 0.0 else math.nan
    if n < 2:
        return Interval(mean, math.nan, math.nan, n)
    cut = float(stats.t.ppf(0.5 + level / 2.0, n - 1)) ** 2 / n
    covariance = np.cov(above, below)
    a = bottom**2 - cut * float(covariance[1, 1])
    b = top * bottom - cut * float(covariance[0, 1])
    c = top**2 - cut * float(covariance[0, 0])
    if a <= 0.0:
        return Interval(mean, math.nan, math.nan, n)
    half = math.sqrt(max(0.0, b * b - a * c))
    return Interval(mean, (b - half) / a, (b + half) / a, n)


def marginal_costs(comparison: Comparison, arm: str) -> list[str]:
    """What one more member won or kept, reader or order costs in an arm, against the first.

    Parameters
    ----------
    comparison : Comparison
        Two arms or more.
    arm : str
        Name of the arm.

    Returns
    -------
    list of str
        A sentence for each thing of which there is surely more, and which surely costs more.
    """
    first = next(iter(comparison.arms))
    costs = comparison.values(arm, "costs") - comparison.values(first, "costs")
    said = []
    for outcome, sign, words in ONE_MORE:
        more = sign * (comparison.values(arm, outcome) - comparison.values(first, outcome))
        both = ~(np.isnan(more) | np.isnan(costs))
        if both.sum() < 2 or more[both].mean() <= 0.0:
            continue
        found = ratio_of_means(costs[both], more[both])
        if found.low > 0.0:
            ends = f"[{short(found.low)}, {short(found.high)}]"
            said.append(f"one more {words} costs {short(found.mean)} {ends} CNY")
    return said
