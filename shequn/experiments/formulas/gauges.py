"""Closed forms: the blank scenario with one mechanism on, against the formula it must reduce to.

Each `Limit` plays some runs and answers one or several `Gauge`. A gauge is inside when the measured
mean is no further from the formula than 3 standard errors and the bias. Standard errors come from
theory where there is one, else from the spread among replicates; biases come from joins at midnight
only, invitations that wait for a session, and a finite market, and each is computed, not fitted.
With normal errors a gauge is outside by chance with probability 0.0027.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from shequn.model.scenario import Scenario
from shequn.model.world import World

ERRORS = 3.0


class Claim(NamedTuple):
    """What one number of a limit should be.

    Attributes
    ----------
    title : str
        Of the number, with its unit.
    value : float
        By the formula.
    bias : float
        How far the mean over many runs may be from it for reasons that are known.
    spread : float
        SD of one row of measurements; nan: the spread found among the rows is used.
    """

    title: str
    value: float
    bias: float = 0.0
    spread: float = math.nan


class Rows(NamedTuple):
    """Independent measurements: numerators and denominators, each of shape (rows, claims)."""

    parts: np.ndarray
    wholes: np.ndarray


@dataclass(frozen=True)
class Limit:
    """One setting in which the model must reduce to a formula.

    Attributes
    ----------
    id, title : str
        ``A1``; what is left of the model.
    formula : str
        In words and symbols.
    values : Mapping
        Parameters by path that differ from the scenario ``blank``.
    claims : tuple of Claim
        What its numbers should be.
    measure : callable
        Plays one replicate: takes the scenario and a seed, gives `Rows`.
    replicates : int
        Runs.
    """

    id: str
    title: str
    formula: str
    values: Mapping[str, Any]
    claims: tuple[Claim, ...]
    measure: Callable[[Scenario, int], Rows]
    replicates: int = 1

    @property
    def scenario(self) -> Scenario:
        """The blank scenario with one mechanism switched on."""
        return Scenario.load("blank").with_values(dict(self.values))


@dataclass(frozen=True)
class Gauge:
    """A number of a closed form, measured.

    Attributes
    ----------
    id, title : str
        Of the limit; what is left of the model, and the number with its unit.
    formula, measured : float
        What it should be and what was found.
    standard_error, bias, allowed : float
        The gauge is inside when |measured - formula| <= allowed = 3 standard errors + bias.
    inside : bool
        Whether it is.
    """

    id: str
    title: str
    formula: float
    measured: float
    standard_error: float
    bias: float
    allowed: float
    inside: bool


def read_off(claim: Claim, limit: Limit, parts: np.ndarray, wholes: np.ndarray) -> Gauge:
    """Compare the ratio of two totals with a claim.

    Parameters
    ----------
    claim : Claim
        What it should be.
    limit : Limit
        Where it belongs.
    parts, wholes : numpy.ndarray
        float64, shape (rows,): independent numerators and denominators.

    Returns
    -------
    Gauge
        The error without a known spread is that of a ratio estimator (Cochran 1977, section 6.3).
    """
    n = len(parts)
    measured = float(parts.sum() / wholes.sum())
    if math.isnan(claim.spread):
        rest = parts - measured * wholes
        error = float(rest.std(ddof=1) / math.sqrt(n) / wholes.mean()) if n > 1 else math.nan
    else:
        error = claim.spread / math.sqrt(n)
    formula, bias = float(claim.value), abs(float(claim.bias))
    allowed = float(ERRORS * error + bias)
    return Gauge(
        id=limit.id,
        title=f"{limit.title}: {claim.title}",
        formula=formula,
        measured=measured,
        standard_error=float(error),
        bias=bias,
        allowed=allowed,
        inside=abs(measured - formula) <= allowed,
    )


def gauges(limit: Limit, seed: int = 1, replicates: int | None = None) -> list[Gauge]:
    """Play a limit and read off its gauges.

    Parameters
    ----------
    limit : Limit
        The setting.
    seed : int
        Seed of the first replicate; the next has the next seed.
    replicates : int, optional
        Runs, at least 1; the limit's own number when None.

    Returns
    -------
    list of Gauge
        One for each claim.
    """
    scenario = limit.scenario
    runs = replicates or limit.replicates
    rows = [limit.measure(scenario, seed + k) for k in range(runs)]
    parts = np.concatenate([row.parts for row in rows])
    wholes = np.concatenate([row.wholes for row in rows])
    return [
        read_off(claim, limit, parts[:, k], wholes[:, k]) for k, claim in enumerate(limit.claims)
    ]


def one_row(values: Sequence[float] | np.ndarray) -> Rows:
    """Measurements of one replicate, each of which is a mean already."""
    parts = np.asarray(values, dtype=float)[None, :]
    return Rows(parts, np.ones_like(parts))


def played(scenario: Scenario, seed: int, days: int, **more: Any) -> World:
    """A world of the scenario after so many days."""
    world = World(scenario, seed, **more)
    world.play(days)
    return world


def members_at(scenario: Scenario, seed: int, *, days: Sequence[int], per: float = 1.0) -> Rows:
    """Members at some midnights, each divided by ``per``."""
    members = played(scenario, seed, max(days)).journal.total("members")
    return one_row([members[day - 1] / per for day in days])
