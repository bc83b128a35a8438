"""An outcome against how much is done: where it is best, where it is flat, where it is worse.

All of it comes from paired differences: at every number the same people with the same luck.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shequn.experiments.perform.statistics import Interval, paired_difference

__all__ = ["FLAT", "Curve"]
FLAT = 0.02  # of the gain: what is counted as equally good


@dataclass(frozen=True)
class Curve:
    """An outcome, of which more is better, at several numbers; the first is none.

    Attributes
    ----------
    numbers : sequence of float
        How much is done, rising.
    values : numpy.ndarray
        float64, shape (replicates, numbers): replicate r had the same seed everywhere.
    """

    numbers: Sequence[float]
    values: np.ndarray

    def gap(self, one: int, other: int) -> Interval:
        """Mean paired difference between two of the numbers, each by its place."""
        return paired_difference(self.values[:, one], self.values[:, other])

    @property
    def best(self) -> int:
        """Place of the highest mean."""
        return int(np.nanargmax(np.nanmean(self.values, axis=0)))

    @property
    def top(self) -> float:
        """The number with the highest mean."""
        return self.numbers[self.best]

    @property
    def gain(self) -> Interval:
        """What the best number adds to none."""
        return self.gap(self.best, 0)

    @property
    def beside(self) -> list[float]:
        """The best number, and those that are not surely worse, each looked at by itself."""
        gaps = [self.gap(k, self.best) for k in range(len(self.numbers))]
        return [
            number
            for k, (number, gap) in enumerate(zip(self.numbers, gaps, strict=True))
            if k == self.best or gap.n < 2 or gap.high >= 0.0
        ]

    @property
    def flat(self) -> list[int]:
        """Places around the best whose means lack 2 % of the gain at most, without a break."""
        mean = np.nanmean(self.values, axis=0)
        near = mean[self.best] - mean <= FLAT * (mean[self.best] - mean[0])
        low = high = self.best
        while low > 0 and near[low - 1]:
            low -= 1
        while high + 1 < len(near) and near[high + 1]:
            high += 1
        return list(range(low, high + 1))

    @property
    def lack(self) -> float:
        """What a number of the flat part lacks at most, as a share of the gain (95 %)."""
        ends = [self.gap(self.best, k).high for k in self.flat if k != self.best]
        return max(ends, default=0.0) / self.gain.mean if self.gain.mean > 0.0 else 0.0

    @property
    def worse(self) -> int | None:
        """Place from which on every number is surely worse than none; None: there is no such."""
        found = None
        for k in range(len(self.numbers) - 1, 0, -1):
            if not self.gap(k, 0).high < 0.0:
                break
            found = k
        return found

    def words(self, unit: str, digits: int = 1) -> str:
        """Best number, flat part and cliff in a sentence.

        Parameters
        ----------
        unit : str
            Of the outcome.
        digits : int
            Decimals shown.
        """
        if self.best == 0:
            return f"none is best; {self.cliff(digits)}"
        best = f"{self.top:g} a week is best ({told(self.gain, digits)} {unit} over none)"
        return f"{best}; {self.plateau()}; {self.cliff(digits)}"

    def cells(self, digits: int = 1) -> tuple[str, str, str, str]:
        """The same as cells of a table: best, its gain, the flat part, what is worse than none."""
        flat = span([self.numbers[k] for k in self.flat])
        worse = "-" if self.worse is None else f"{self.numbers[self.worse]:g}"
        gain = told(self.gain, digits) if self.best else "0"
        return f"{self.top:g}", gain, f"{flat}{self._sure()}", worse

    def _sure(self) -> str:
        """How much the flat part may lack."""
        if len(self.flat) == 1 or np.isnan(self.lack):
            return ""
        return f" ({100.0 * self.lack:.0f} %)"

    def plateau(self) -> str:
        """Which numbers are as good as the best."""
        if len(self.flat) == 1:
            return f"no other number tried is within {100.0 * FLAT:.0f} % of that gain"
        flat = span([self.numbers[k] for k in self.flat])
        sure = f" ({100.0 * self.lack:.0f} % at 95 %)" if np.isfinite(self.lack) else ""
        return f"anything from {flat} is within {100.0 * FLAT:.0f} % of that gain{sure}"

    def cliff(self, digits: int = 1) -> str:
        """From which number on it is worse than none."""
        if self.worse is None:
            return f"no number up to {self.numbers[-1]:g} a week from which on it is less than none"
        gap = told(self.gap(self.worse, 0), digits)
        return f"from {self.numbers[self.worse]:g} a week on less than none ({gap})"


def common(curves: Sequence[Curve]) -> list[float]:
    """The numbers that are in the flat part of every curve."""
    return sorted(set.intersection(*({c.numbers[k] for k in c.flat} for c in curves)))


def span(numbers: Sequence[float]) -> str:
    """Numbers as the range that they take: ``3 to 5``; empty where there are none."""
    if not numbers:
        return ""
    return " to ".join(dict.fromkeys(f"{each:g}" for each in (min(numbers), max(numbers))))


def lines(curves: Mapping[tuple, Curve], keys: Sequence[str], digits: int = 1) -> list[str]:
    """Curves as the lines of a table, with a head.

    Parameters
    ----------
    curves : mapping
        By what tells them apart.
    keys : sequence of str
        What that is.
    digits : int
        Decimals of the gains.
    """
    head = (*keys, "best", "over none [95 %]", f"within {100.0 * FLAT:.0f} % (at 95 %)")
    rows = [(*head, "less than none from")]
    rows += [(*map(str, key), *each.cells(digits)) for key, each in curves.items()]
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join(f"{cell:{width}}" for cell, width in zip(row, wide, strict=True)).rstrip()
        for row in rows
    ]


def told(found: Interval, digits: int = 1) -> str:
    """A difference with its interval: ``+6.7 [6.0, 7.5]``."""
    if found.n < 2:
        return f"{found.mean:+,.{digits}f}"
    return f"{found.mean:+,.{digits}f} [{found.low:,.{digits}f}, {found.high:,.{digits}f}]"
