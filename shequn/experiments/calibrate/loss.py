"""How far simulated facts lie from what is accepted: the loss that a search makes small."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from shequn.experiments.calibrate.targets import Target

PULL = 0.05  # of a fact's loss: what the distance from the middle of its range makes (assumed)
FACTOR = 3.0  # high / low from which a range is one of factors, not of differences (assumed)


def distance(target: Target, value: float) -> float:
    """How far a value lies from the middle of the range accepted, in half-widths of that range.

    Parameters
    ----------
    target : Target
        With a range. One of which the upper end is `FACTOR` times the lower one or more is
        measured in logarithms.
    value : float
        Simulated.

    Returns
    -------
    float
        0 in the middle, 1 at the ends, infinite for a value of 0 or less in logarithms.
    """
    low, high = target.low, target.high
    if low > 0.0 and high / low >= FACTOR:
        if value <= 0.0:
            return math.inf
        low, high, value = math.log(low), math.log(high), math.log(value)
    return abs(2.0 * value - low - high) / (high - low)


def loss_of(target: Target, values: np.ndarray) -> float:
    """The loss of one fact.

    Parameters
    ----------
    target : Target
        What is accepted.
    values : numpy.ndarray
        Simulated, one for each seed; nan where a run does not tell.

    Returns
    -------
    float
        Of the mean over seeds: with the distance d in half-widths, 0.05 d² inside; outside
        0.05 + 0.95 e / (1 + e) where e = d - 1, so that it is bounded by 1 and a fact out of reach
        does not outweigh all others. Seeds that do not tell count as 1 each. 0 without a range.
    """
    if not judged(target):
        return 0.0
    told = values[np.isfinite(values)]
    share = len(told) / len(values)
    if share == 0.0:
        return 1.0
    d = distance(target, float(told.mean()))
    own = PULL * min(d, 1.0) ** 2 + (1.0 - PULL) * (1.0 - 1.0 / (1.0 + max(d - 1.0, 0.0)))
    return share * own + 1.0 - share


def total(targets: Sequence[Target], values: np.ndarray) -> float:
    """The weighted mean loss of all facts, 0 to 1.

    Parameters
    ----------
    targets : sequence of Target
        What is accepted, at least one with a range.
    values : numpy.ndarray
        float64, shape (seeds, targets).
    """
    weights = np.array([target.weight * judged(target) for target in targets])
    losses = [loss_of(target, values[:, k]) for k, target in enumerate(targets)]
    return float(weights @ losses / weights.sum())


def scatter(targets: Sequence[Target], values: np.ndarray) -> float:
    """Standard error of the total loss that comes from the seeds (jackknife); 0 of one seed."""
    n = len(values)
    if n < 2:
        return 0.0
    without = np.array([total(targets, np.delete(values, k, axis=0)) for k in range(n)])
    return float(np.sqrt((n - 1) / n * np.sum((without - without.mean()) ** 2)))


def judged(target: Target) -> bool:
    """Whether a range is accepted; other facts are shown only."""
    return math.isfinite(target.low)


def met(target: Target, values: np.ndarray) -> bool:
    """Whether the mean over seeds lies in the range accepted; nan at a seed does not."""
    return bool(judged(target) and target.low <= np.mean(values) <= target.high)
