"""How far simulated summaries lie from the facts, and weighted samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_NORMAL_MAD = 1.4826  # SD of a normal distribution over its median absolute deviation


@dataclass(frozen=True)
class Facts:
    """What the summaries are held to.

    Attributes
    ----------
    values : numpy.ndarray
        Observed summaries, float64, shape (summaries,); nan: not observed, left out.
    errors : numpy.ndarray
        Their standard errors, 0 where none is known.
    weights : numpy.ndarray
        What each counts, above 0.
    """

    values: np.ndarray
    errors: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, values: Sequence[float], errors: Sequence[float] | None = None) -> Facts:
        """Facts that count alike."""
        found = np.asarray(values, dtype=float)
        known = np.zeros_like(found) if errors is None else np.asarray(errors, dtype=float)
        return cls(found, known, np.ones_like(found))

    def scale(self, summaries: np.ndarray) -> np.ndarray:
        """Scale of each summary's deviation.

        Parameters
        ----------
        summaries : numpy.ndarray
            Of a round, accepted or not, shape (evaluations, summaries).

        Returns
        -------
        numpy.ndarray
            sqrt(error^2 + scatter^2), shape (summaries,); scatter is 1.4826 times the median
            absolute deviation (Prangle 2017, section 3), the SD where more than half are equal.
            0 for a summary that never changes and has no error: it is left out.
        """
        scatter = np.zeros(summaries.shape[1])
        for k in range(summaries.shape[1]):
            kept = summaries[np.isfinite(summaries[:, k]), k]
            if len(kept):
                mad = _NORMAL_MAD * float(np.median(np.abs(kept - np.median(kept))))
                scatter[k] = mad if mad > 0.0 else float(kept.std())
        return np.sqrt(self.errors**2 + scatter**2)

    def distances(self, summaries: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """How far summaries lie from the facts.

        The square root of the weighted mean of ln(1 + gap^2), where gap is the scaled deviation
        (the Cauchy loss of robust regression). A fact that is nearly met counts as in a mean
        square; one that is out of reach does not outweigh all others, and shows up as missed.

        Parameters
        ----------
        summaries : numpy.ndarray
            Shape (evaluations, summaries).
        scale : numpy.ndarray
            Shape (summaries,).

        Returns
        -------
        numpy.ndarray
            Shape (evaluations,); infinite where a summary is nan whose fact is known.
        """
        known = np.isfinite(self.values)
        used = known & (scale > 0.0)
        gaps = (summaries[:, used] - self.values[used]) / scale[used]
        counts = self.weights[used]
        found = np.sqrt(np.log1p(gaps**2) @ counts / max(float(counts.sum()), 1e-300))
        whole = np.isfinite(summaries[:, known]).all(axis=1)
        return np.where(whole, found, np.inf)


def weighted_quantiles(
    values: np.ndarray, weights: np.ndarray, levels: Sequence[float]
) -> np.ndarray:
    """Quantiles of weighted values.

    Parameters
    ----------
    values, weights : numpy.ndarray
        Shape (n,); nan left out.
    levels : sequence of float
        0 .. 1.

    Returns
    -------
    numpy.ndarray
        Shape (levels,), linear between the middles of the steps of the distribution function (for
        equal weights definition 5 of Hyndman & Fan 1996); nan without values.
    """
    kept = np.isfinite(values)
    if not kept.any():
        return np.full(len(levels), np.nan)
    order = np.argsort(values[kept], kind="stable")
    rising, share = values[kept][order], weights[kept][order]
    middles = (np.cumsum(share) - 0.5 * share) / share.sum()
    return np.interp(levels, middles, rising)


def effective_number(weights: np.ndarray) -> float:
    """Effective number of weighted samples: 1 / sum of squared shares (Kish 1965)."""
    shares = weights / weights.sum()
    return float(1.0 / np.sum(shares**2))
