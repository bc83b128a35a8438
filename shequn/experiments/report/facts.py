"""What the tables of a folder say, as numbers with their intervals: nothing is worded here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shequn.experiments.perform.statistics import Interval

MORE, LESS, UNDECIDED, HANGS, SINGLE, NOTHING = (
    "more", "less", "undecided", "hangs", "single", "nothing"
)  # fmt: skip
ALL, ONE, SOME, HOLDS = "all", "one", "some", "holds"
_WORLDS = 8  # that a look at halves takes at least (assumed)
_RARE = 0.05  # chance below which halves surely differ


@dataclass(frozen=True)
class Estimate:
    """A number with its interval.

    Attributes
    ----------
    mean, low, high : float
        Mean and ends of the 95 % interval; the ends are nan with fewer than two values.
    n : int
        Values.
    unit : str
        Unit.
    """

    mean: float
    low: float
    high: float
    n: int
    unit: str = "1"

    @property
    def side(self) -> str:
        """`MORE` than 0, `LESS`, `UNDECIDED`, `SINGLE` (no interval) or `NOTHING` (no value)."""
        if self.n == 0 or math.isnan(self.mean):
            return NOTHING
        if self.n < 2 or math.isnan(self.low) or math.isnan(self.high):
            return SINGLE
        return MORE if self.low > 0.0 else LESS if self.high < 0.0 else UNDECIDED


def estimate(found: Interval, unit: str = "1") -> Estimate:
    """An estimate from an interval; one whose ends are no numbers has no value."""
    if found.n and not math.isfinite(found.mean):
        return Estimate(math.nan, math.nan, math.nan, 0, unit)
    if found.n > 1 and not (math.isfinite(found.low) and math.isfinite(found.high)):
        return Estimate(found.mean, math.nan, math.nan, 1, unit)
    return Estimate(found.mean, found.low, found.high, found.n, unit)


@dataclass(frozen=True)
class Spread:
    """Several estimates of one thing, as at each level of reading: from the least to the most.

    Attributes
    ----------
    low, high : float
        The ends of all their intervals; of the numbers themselves where there is no interval.
    side : str
        What all of them say together: as of an estimate; `HANGS` where two surely contradict.
    n : int
        Values of the one with the fewest.
    unit : str
        Unit.
    """

    low: float
    high: float
    side: str
    n: int
    unit: str = "1"


def spread(found: Sequence[Estimate]) -> Spread:
    """The least and the most that some estimates say, and whether they agree."""
    unit = found[0].unit if found else "1"
    sides = {each.side for each in found}
    n = min((each.n for each in found), default=0)
    if not found or NOTHING in sides:
        return Spread(math.nan, math.nan, NOTHING, 0, unit)
    if SINGLE in sides:
        ends = [each.mean for each in found]
        return Spread(min(ends), max(ends), SINGLE, n, unit)
    low, high = min(each.low for each in found), max(each.high for each in found)
    both = HANGS if {MORE, LESS} <= sides else UNDECIDED
    return Spread(low, high, next(iter(sides)) if len(sides) == 1 else both, n, unit)


@dataclass(frozen=True)
class Choice:
    """Which of some options is best, at each level: the best mean, and what is not surely worse.

    Attributes
    ----------
    options : tuple
        Numbers, rising, or words.
    kept : tuple of frozenset of int
        At each level the places of the options that are not surely worse than the best mean, each
        looked at by itself (paired, 95 %).
    n : int
        Pairs of the comparison with the fewest; below 2 there are no intervals.
    """

    options: tuple[Any, ...]
    kept: tuple[frozenset[int], ...]
    n: int

    @property
    def numeric(self) -> bool:
        """Whether options are numbers."""
        return all(isinstance(each, int | float) for each in self.options)

    @property
    def anywhere(self) -> list[int]:
        """Options that are not surely worse at one level at least: all others are, at each."""
        return sorted(frozenset().union(*self.kept))

    @property
    def everywhere(self) -> list[int]:
        """Options that are not surely worse at any level."""
        return sorted(frozenset.intersection(*self.kept))

    @property
    def kind(self) -> str:
        """How much can be said.

        `SINGLE`: one run of each, nothing. `HANGS`: none is free of being surely worse at some
        level. `HOLDS`: some are, but at one level or another others may be as good. Else the same
        hold at every level: `ONE`, `SOME`, or `ALL`.
        """
        if self.n < 2:
            return SINGLE
        if not self.everywhere:
            return HANGS
        if self.everywhere != self.anywhere:
            return HOLDS
        if len(self.anywhere) == len(self.options):
            return ALL
        return ONE if len(self.anywhere) == 1 else SOME


def close(values: np.ndarray, gap: Any, sign: float = 1.0) -> tuple[int, set[int], int]:
    """The best of some options, and those that are not surely worse.

    Parameters
    ----------
    values : numpy.ndarray
        float64, shape (options, replicates), nan where there is none; at least one number.
    gap : callable
        Interval of a paired difference.
    sign : float
        -1 where less is better.

    Returns
    -------
    best : int
        The option with the best mean.
    kept : set of int
        It, and those whose paired difference to it reaches 0, or cannot be told.
    n : int
        Pairs of the difference with the fewest.
    """
    known = ~np.isnan(values)
    means = [sign * row[ok].mean() if ok.any() else -math.inf
             for row, ok in zip(values, known, strict=True)]  # fmt: skip
    best = int(np.argmax(means))
    kept, fewest = {best}, int(known[best].sum())
    for k in range(len(values)):
        if k != best and known[k].any():
            found = gap(sign * values[k], sign * values[best])
            fewest = min(fewest, found.n)
            if found.n < 2 or not found.high < 0.0:
                kept.add(k)
    return best, kept, fewest


def projected(
    options: Sequence[Any], kept: Sequence[frozenset[int]], n: int
) -> tuple[Choice, list[int]]:
    """What a choice of points says of one of their parts.

    Parameters
    ----------
    options : sequence
        The part of each point: a number or a word.
    kept : sequence of frozenset of int
        At each level the points that are not surely worse.
    n : int
        As in `Choice`.

    Returns
    -------
    choice : Choice
        Among the different parts; numbers rise.
    places : list of int
        For each point the place of its part.
    """
    different = list(dict.fromkeys(options))
    if all(isinstance(each, int | float) for each in different):
        different.sort()
    places = [different.index(each) for each in options]
    chosen = tuple(frozenset(places[k] for k in level) for level in kept)
    return Choice(tuple(different), chosen, n), places


@dataclass(frozen=True)
class Half:
    """Worlds in which a drawn number is small, against those in which it is large.

    Attributes
    ----------
    path : str
        The number.
    middle : float
        Its median: what parts them.
    small, large : Estimate
        What the answer adds in the worlds of each half.
    chance : float
        Of halves at least as different where the number does nothing (Welch 1947, Biometrika 34).
    """

    path: str
    middle: float
    small: Estimate
    large: Estimate
    chance: float

    @property
    def surely(self) -> bool:
        """Whether the halves surely differ, looked at by themselves."""
        return self.chance < _RARE


def half_of(
    gains: np.ndarray, path: str, values: np.ndarray, unit: str, least: int = _WORLDS
) -> Half | None:
    """What is gained where a drawn number is small, and where it is large.

    Parameters
    ----------
    gains : numpy.ndarray
        What is gained in each world: float64, shape (worlds,), nan where that cannot be told.
    path : str
        The number.
    values : numpy.ndarray
        float64, shape (worlds,).
    unit : str
        Of the gain.
    least : int
        Worlds that a look at halves takes.

    Returns
    -------
    Half or None
        None where there are too few worlds, or both halves are the same.
    """
    from scipy import stats

    ok = np.isfinite(gains) & np.isfinite(values)
    if ok.sum() < least:
        return None
    middle = float(np.median(values[ok]))
    small, large = gains[ok & (values <= middle)], gains[ok & (values > middle)]
    if len(small) < 3 or len(large) < 3 or not (small.std() > 0.0 or large.std() > 0.0):
        return None
    test: Any = stats.ttest_ind(small, large, equal_var=False)
    ends = _of_worlds(small, unit), _of_worlds(large, unit)
    return Half(path, middle, *ends, float(test.pvalue))


def sway(gains: np.ndarray, drawn: dict[str, np.ndarray], unit: str) -> Half | None:
    """The drawn number that moves the gain most, if one surely does: of all together (Bonferroni).

    Parameters
    ----------
    gains : numpy.ndarray
        What is gained in each world: float64, shape (worlds,), nan where that cannot be told.
    drawn : dict
        For each path float64, shape (worlds,).
    unit : str
        Of the gain.

    Returns
    -------
    Half or None
        None where no number surely moves it, or there are too few worlds.
    """
    found = [half_of(gains, path, values, unit) for path, values in drawn.items()]
    known = [half for half in found if half]
    if not known:
        return None
    half = min(known, key=lambda each: each.chance)
    return half if half.chance * len(drawn) < _RARE else None


def _of_worlds(gains: np.ndarray, unit: str) -> Estimate:
    from shequn.experiments.perform.statistics import mean_interval

    return estimate(mean_interval(gains), unit)
