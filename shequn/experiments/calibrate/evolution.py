"""Evolution of a normal distribution towards a small loss: the algorithm of the search alone.

CMA-ES (Hansen 2016, "The CMA evolution strategy: a tutorial", arXiv:1604.00772) by the package
`cmaes`, in the unit cube. A round asks for all its points at once, so that they can be computed in
any order, and is told their losses in the order of the points.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

STEP = 0.2  # standard deviation of the first round, relative to the ranges (assumed)


@dataclass(frozen=True)
class Round:
    """A finished round.

    Attributes
    ----------
    positions : numpy.ndarray
        float64, shape (points, parameters), in the unit cube.
    losses : numpy.ndarray
        float64, shape (points,).
    """

    positions: np.ndarray
    losses: np.ndarray


def points_a_round(parameters: int) -> int:
    """Points of a round that suit a number of parameters (Hansen 2016), at least 10."""
    return max(10, 4 + int(3.0 * math.log(parameters)))


def evolve(
    start: np.ndarray,
    points: int,
    rounds: int,
    seed: int,
    losses: Callable[[int, np.ndarray], np.ndarray],
    go_on: Callable[[], bool] = lambda: True,
) -> tuple[list[Round], np.ndarray, str]:
    """Make a loss small.

    Parameters
    ----------
    start : numpy.ndarray
        Where to begin: float64, shape (parameters,), in the unit cube.
    points, rounds, seed : int
        Points of a round, most rounds, and what keys the draws.
    losses : callable
        The number of a round and its positions (points, parameters) give the losses (points,).
    go_on : callable
        Asked before each round; False ends the search.

    Returns
    -------
    rounds : list of Round
        The finished ones.
    middle : numpy.ndarray
        Mean of the distribution after the last of them: float64, shape (parameters,).
    stopped : str
        Why there are fewer than asked for, "" when there are not.
    """
    from cmaes import CMA

    bounds = np.tile([0.0, 1.0], (len(start), 1))
    cma = CMA(start, STEP, bounds=bounds, seed=seed % 2**32, population_size=points)
    done: list[Round] = []
    stopped = ""
    for number in range(1, rounds + 1):
        if not go_on():
            stopped = "the time was up"
        elif cma.should_stop():
            stopped = "the points of a round hardly differed any more"
        if stopped:
            break
        positions = np.array([cma.ask() for _ in range(points)])
        found = losses(number, positions)
        cma.tell(list(zip(positions, found.tolist(), strict=True)))
        done.append(Round(positions, found))
    return done, np.clip(cma.mean, 0.0, 1.0), stopped
