"""The points of a sensitivity analysis, from SALib: trajectories of Morris, or rows of Saltelli.

- ``morris``: each of T trajectories begins at a random place of a grid with 4 levels and moves one
  parameter after the other, in random order, by two thirds of its range: T (D + 1) points for D
  parameters (Morris 1991, "Factorial sampling plans for preliminary computational experiments",
  Technometrics 33(2)).
- ``sobol``: N rows, each of two independent points A and B of a scrambled Sobol sequence and of D
  more, each of them A with one parameter taken from B: N (D + 2) points (Saltelli et al. 2010,
  "Variance based sensitivity analysis of model output", Computer Physics Communications 181(2)).
  N is a power of 2; other numbers are rounded up.

A design depends on its seed and on nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.experiments.designs.designs import MOST_POINTS, Points, generator_of
from shequn.experiments.designs.factors import Factor

METHODS = ("morris", "sobol")
SIZES = {"morris": 10, "sobol": 64}  # unless said otherwise; the least that is customary
LEAST = {"morris": 4, "sobol": 8}  # below that an interval means nothing; assumed
OPTIONS = {"morris": "--trajectories", "sobol": "--points"}
LEVELS = 4


@dataclass(frozen=True)
class Design:
    """The points, and how they belong together.

    Attributes
    ----------
    method : str
        ``morris`` or ``sobol``.
    factors : tuple of Factor
        What is varied.
    size : int
        Trajectories of ``morris``, rows of ``sobol``.
    seed : int
        Of the design.
    units : numpy.ndarray
        Coordinates 0 .. 1: float64, shape (points, factors). Points of one trajectory or row stand
        together.
    note : str
        What a user has to be told: a number that was rounded.
    """

    method: str
    factors: tuple[Factor, ...]
    size: int
    seed: int
    units: np.ndarray
    note: str = ""

    @property
    def block(self) -> int:
        """Points of one trajectory or row."""
        return len(self.units) // self.size

    @property
    def points(self) -> Points:
        """The points with the values of the parameters."""
        columns = [factor.at(self.units[:, k]) for k, factor in enumerate(self.factors)]
        names = tuple(factor.name for factor in self.factors)
        rows = tuple(dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
        places = tuple(f"point {number}" for number in range(len(rows)))
        return Points(self.method, names, rows, self.facts(), (), places)

    def facts(self) -> dict[str, Any]:
        """What the design was made from, as plain values."""
        over = {factor.name: vars(factor.range) for factor in self.factors}
        return {"method": self.method, "size": self.size, "seed": self.seed, "over": over}


def design_of(method: str, factors: Sequence[Factor], size: int | None, seed: int) -> Design:
    """Draw the points.

    Parameters
    ----------
    method : str
        ``morris`` or ``sobol``.
    factors : sequence of Factor
        What is varied, at least one.
    size : int, optional
        Trajectories, at least 4, or rows, at least 8; 10 or 64 when None.
    seed : int
        Seed of the design.

    Returns
    -------
    Design
        At most 10,000 points.

    Raises
    ------
    ScenarioError
        If there is no such method, or there would be too few points or too many.
    """
    if method not in METHODS:
        words = f"'{method}' is neither morris nor sobol{nearest(method, METHODS)}"
        raise ScenarioError([Problem("--method", words)])
    asked = SIZES[method] if size is None else size
    number = 1 << (asked - 1).bit_length() if method == "sobol" and asked > 0 else asked
    _refuse(method, number, len(factors))
    random = np.random.default_rng(generator_of(seed).integers(2**63))
    problem = {
        "num_vars": len(factors),
        "names": [factor.name for factor in factors],
        "bounds": [[0.0, 1.0]] * len(factors),
    }
    units = _drawn(method, problem, number, random)
    words = f"{asked:,} rows rounded up to {number:,}: a Sobol sequence needs a power of 2"
    return Design(method, tuple(factors), number, seed, units, words if number != asked else "")


def _refuse(method: str, size: int, factors: int) -> None:
    count = size * (factors + (1 if method == "morris" else 2))
    if size < LEAST[method]:
        words = f"{size} is out of range; at least {LEAST[method]}"
    elif count > MOST_POINTS:
        words = f"{size:,} with {factors} parameters are {count:,} points; at most {MOST_POINTS:,}"
        words += "" if method == "morris" else "; find those that matter with --method morris first"
    else:
        return
    raise ScenarioError([Problem(OPTIONS[method], words)])


def _drawn(method: str, problem: dict, size: int, random: np.random.Generator) -> np.ndarray:
    if method == "morris":
        from SALib.sample import morris

        found = morris.sample(problem, size, num_levels=LEVELS, seed=random)  # type: ignore[arg-type]
    else:
        from SALib.sample import sobol

        found = sobol.sample(problem, size, calc_second_order=False, seed=random)  # type: ignore[arg-type]
    return np.asarray(found, dtype=float)
