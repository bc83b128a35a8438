"""A value with its 95 % interval, found by resampling communities.

Members of one community answer each other, so their messages are not independent; communities are.
Every interval here is therefore a percentile bootstrap over whole communities (Efron 1979; Davison
and Hinkley 1997, section 3.8).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from shequn.agents.errors import ShequnError

RESAMPLES = 2000
PERCENTILES = (2.5, 97.5)

_most_resamples: ContextVar[int | None] = ContextVar("most_resamples", default=None)


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % bootstrap interval over communities.

    Attributes
    ----------
    value, low, high : float
        Estimate and the 2.5 % and 97.5 % percentiles of its resamples; NaN when it cannot be
        computed or was not asked for.
    n : int
        Communities that entered.
    """

    value: float
    low: float
    high: float
    n: int


NOTHING = Estimate(np.nan, np.nan, np.nan, 0)


@contextmanager
def resamples(most: int) -> Iterator[None]:
    """Let every estimate inside the block draw at most so many resamples.

    Parameters
    ----------
    most : int
        0 leaves the intervals out, which saves nearly all of the time.

    Raises
    ------
    ShequnError
        If `most` is negative.
    """
    if most < 0:
        raise ShequnError(f"resamples: {most} is less than 0")
    token = _most_resamples.set(most)
    try:
        yield
    finally:
        _most_resamples.reset(token)


def no_intervals() -> AbstractContextManager[None]:
    """Leave the intervals out inside the block: `resamples` of 0."""
    return resamples(0)


def over_communities(
    values: ArrayLike,
    statistic: Literal["mean", "median"] = "mean",
    seed: int = 0,
    n_resamples: int = RESAMPLES,
) -> Estimate:
    """Mean or median over communities, each counting once.

    Parameters
    ----------
    values : array_like of float, shape (n_communities,)
        One number for each community; NaN is left out.
    statistic : {"mean", "median"}
        What is taken over the communities.
    seed : int
        Key of the Philox generator that resamples communities.
    n_resamples : int
        Bootstrap resamples of communities, with replacement.

    Returns
    -------
    Estimate
        Interval NaN for a single community, all NaN for none.

    Raises
    ------
    ShequnError
        If the statistic is another one.
    """
    statistics = {"mean": np.mean, "median": np.median}
    if statistic not in statistics:
        raise ShequnError(f"statistic {statistic!r} is neither mean nor median")
    values = np.asarray(values, dtype=np.float64)
    values = values[~np.isnan(values)]
    if not values.size:
        return NOTHING
    value = float(statistics[statistic](values))
    rows = resampled_rows(values.size, n_resamples, seed)
    return with_interval(value, statistics[statistic](values[rows], axis=1), values.size)


def pooled_ratio(
    numerators: ArrayLike,
    denominators: ArrayLike,
    seed: int = 0,
    n_resamples: int = RESAMPLES,
) -> Estimate:
    """Sum of numerators over sum of denominators: a share of all cases of all communities.

    Parameters
    ----------
    numerators, denominators : array_like of float, shape (n_communities,)
        One pair for each community; a pair with a NaN is left out.
    seed, n_resamples : int
        As in `over_communities`.

    Returns
    -------
    Estimate
        All NaN when the denominators sum to 0. `n` counts the communities, those with a
        denominator of 0 too.

    Raises
    ------
    ShequnError
        If the lengths differ.
    """
    above = np.asarray(numerators, dtype=np.float64)
    below = np.asarray(denominators, dtype=np.float64)
    if above.shape != below.shape:
        raise ShequnError(f"pooled ratio: {above.shape} numerators for {below.shape} denominators")
    complete = ~(np.isnan(above) | np.isnan(below))
    above, below = above[complete], below[complete]
    total = below.sum()
    if not total:
        return Estimate(np.nan, np.nan, np.nan, int(above.size))
    rows = resampled_rows(above.size, n_resamples, seed)
    sums = below[rows].sum(axis=1)
    ratios = np.divide(
        above[rows].sum(axis=1), sums, out=np.full(sums.size, np.nan), where=sums != 0.0
    )
    return with_interval(float(above.sum() / total), ratios, above.size)


def of_resampled(
    measure: Callable[[np.ndarray], float],
    n_communities: int,
    seed: int = 0,
    n_resamples: int = RESAMPLES,
) -> Estimate:
    """Any statistic of a set of communities.

    Parameters
    ----------
    measure : callable
        Given community numbers, int64, shape (n_communities,), 0 to n_communities - 1, some of
        them repeated, gives the statistic of these communities.
    n_communities : int
        How many there are.
    seed, n_resamples : int
        As in `over_communities`; `measure` is called once for each resample.

    Returns
    -------
    Estimate
        `value` is the statistic of every community once.
    """
    if n_communities == 0:
        return NOTHING
    value = float(measure(np.arange(n_communities)))
    rows = resampled_rows(n_communities, n_resamples, seed)
    drawn = np.array([measure(row) for row in rows], dtype=np.float64)
    return with_interval(value, drawn, n_communities)


def resampled_rows(n_communities: int, n_resamples: int, seed: int) -> np.ndarray:
    """Community numbers of the resamples.

    Parameters
    ----------
    n_communities, n_resamples : int
        How many communities there are, and how many resamples are wanted.
    seed : int
        Key of the Philox generator.

    Returns
    -------
    numpy.ndarray
        int64, shape (n_resamples, n_communities); fewer rows inside `resamples`, and none for a
        single community, which has no interval.
    """
    most = _most_resamples.get()
    wanted = n_resamples if most is None else min(n_resamples, most)
    if n_communities < 2:
        wanted = 0
    generator = np.random.Generator(np.random.Philox(key=seed))
    return generator.integers(0, n_communities, size=(wanted, n_communities))


def with_interval(value: float, drawn: np.ndarray, n: int) -> Estimate:
    """An estimate with the percentiles of its resamples.

    Parameters
    ----------
    value : float
        The estimate.
    drawn : numpy.ndarray
        Its resamples, float64; NaN is left out.
    n : int
        Communities that entered; below 2 there is no interval.

    Returns
    -------
    Estimate
        Interval NaN where there is none.
    """
    drawn = drawn[~np.isnan(drawn)]
    if not drawn.size or n < 2:
        return Estimate(value, np.nan, np.nan, n)
    with np.errstate(invalid="ignore"):  # between two infinite resamples
        low, high = np.percentile(drawn, PERCENTILES)
    return Estimate(value, float(low), float(high), n)
