"""Adoption on a network in discrete time: what contacts who adopted before add to the hazard.

In each period t a person i who has not adopted does so with probability

    h_i(t) = 1 - exp(-(b(t) + q x_i(t))),

where b(t) >= 0 is what acts on everybody alike, x_i(t) >= 0 counts i's contacts who adopted before
t, and q >= 0 is their influence. In a period, external and social hazards thus add up as in the
Bass model, and as invitations and discovery do in the simulation. Without peers q = 0. The baseline
b is one number, a trend b e^(g (t - 1)), one number for each period, or one for each city and
period. The finer it is, the less of the common rise of adoption is left for peers to explain: Van
den Bulte and Lilien (2001, *American Journal of Sociology* 106, 1409-1435) found that what passed
for contagion among physicians vanishes when marketing effort is controlled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import chi2

from shequn.agents.errors import ShequnError
from shequn.experiments.facts.estimate import Estimate
from shequn.experiments.facts.records import Records

Baseline = Literal["constant", "trend", "period", "city_period"]
Exposure = Literal["share", "number", "effort"]
BASELINES: tuple[Baseline, ...] = ("constant", "trend", "period", "city_period")
EXPOSURES: tuple[Exposure, ...] = ("share", "number", "effort")
CHI2_95 = 3.841459
LARGEST_Q = LARGEST_HAZARD = 50.0
SMALLEST_HAZARD = 1e-12
NEWTON_STEPS = 60
GROWTH_BOUNDS = (-1.0, 1.0)


@dataclass(frozen=True)
class History:
    """Periods at risk: one entry for each person and period until adoption or the end.

    Attributes
    ----------
    person, period, city : numpy.ndarray
        int64, shape (n,); period from 0.
    exposure : numpy.ndarray
        x of the model, float64, shape (n,).
    adopted : numpy.ndarray
        Whether the person adopts in the period, bool, shape (n,).
    n_people, n_periods : int
        People, periods observed.
    """

    person: np.ndarray
    period: np.ndarray
    city: np.ndarray
    exposure: np.ndarray
    adopted: np.ndarray
    n_people: int
    n_periods: int

    def of_people(self, people: np.ndarray) -> History:
        """The history of some people, all exposures kept.

        Parameters
        ----------
        people : numpy.ndarray
            Whether each person stays, bool, shape (n_people,).

        Returns
        -------
        History
            With the same numbers of people and periods.
        """
        kept = people[self.person]
        return History(
            self.person[kept],
            self.period[kept],
            self.city[kept],
            self.exposure[kept],
            self.adopted[kept],
            self.n_people,
            self.n_periods,
        )


@dataclass(frozen=True)
class PeerFit:
    """A fitted model with peers beside the same without.

    Attributes
    ----------
    q : float
        Influence, per period and unit of exposure.
    low, high : float
        Ends of its 95 % profile likelihood interval; low is 0 when the interval reaches 0.
    baseline : numpy.ndarray
        Baseline hazards: one number; two for a trend (first period, growth); one for each period,
        or city and period, in which anybody adopts.
    baseline_alone : numpy.ndarray
        The same with q = 0.
    log_likelihood, log_likelihood_alone : float
        At the maximum with peers, and with q = 0.
    n_parameters : int
        Of the model with peers.
    """

    q: float
    low: float
    high: float
    baseline: np.ndarray
    baseline_alone: np.ndarray
    log_likelihood: float
    log_likelihood_alone: float
    n_parameters: int

    @property
    def likelihood_ratio(self) -> float:
        """2 (log likelihood with peers - without)."""
        return 2.0 * (self.log_likelihood - self.log_likelihood_alone)

    @property
    def p_value(self) -> float:
        """Of q = 0 against q > 0.

        q = 0 is the end of its range, so under it the likelihood ratio is 0 half the time and
        chi-squared with one degree of freedom the other half (Self and Liang 1987).
        """
        ratio = self.likelihood_ratio
        return 0.5 * float(chi2.sf(ratio, 1)) if ratio > 1e-6 else 1.0

    @property
    def aic_gain(self) -> float:
        """AIC without peers less AIC with; above 0 peers earn their parameter."""
        return self.likelihood_ratio - 2.0


def exposures(
    edges: np.ndarray, period: np.ndarray, n_periods: int, kind: Exposure = "share"
) -> np.ndarray:
    """What each person's contacts amount to who adopted before each period.

    Parameters
    ----------
    edges : numpy.ndarray
        Pairs (i, j): i is exposed to j; int64, shape (n_edges, 2), each pair once.
    period : numpy.ndarray
        Of adoption, from 0; n_periods or more: not observed to adopt; int64, shape (n_people,).
    n_periods : int
        Periods observed.
    kind : {"share", "number", "effort"}
        Share of i's contacts; their number; or their number, each divided by the number of people
        exposed to it: everybody who adopted spends one unit of effort on all who listen.

    Returns
    -------
    numpy.ndarray
        float64, shape (n_people, n_periods); 0 for who has no contact.

    Raises
    ------
    ShequnError
        If the kind is another one.
    """
    if kind not in EXPOSURES:
        raise ShequnError(f"exposure {kind!r} is none of {', '.join(EXPOSURES)}")
    n_people = len(period)
    listener, source = edges[:, 0], edges[:, 1]
    weight = np.ones(len(edges))
    if kind == "share":
        weight = 1.0 / np.bincount(listener, minlength=n_people)[listener]
    if kind == "effort":
        weight = 1.0 / np.bincount(source, minlength=n_people)[source]
    earlier = period[source][:, None] < np.arange(n_periods)[None, :]
    total = np.zeros((n_people, n_periods))
    np.add.at(total, listener, weight[:, None] * earlier)
    return total


def history(exposure: np.ndarray, period: np.ndarray, city: np.ndarray) -> History:
    """Lay out the periods in which each person could adopt.

    Parameters
    ----------
    exposure : numpy.ndarray
        As `exposures` gives it, shape (n_people, n_periods).
    period : numpy.ndarray
        Of adoption, as for `exposures`.
    city : numpy.ndarray
        Of each person, from 0, int64, shape (n_people,).

    Returns
    -------
    History
        One entry for each person and period at risk.
    """
    n_people, n_periods = exposure.shape
    at_risk = np.arange(n_periods)[None, :] <= period[:, None]
    person, when = np.nonzero(at_risk)
    adopted = when == period[person]
    return History(person, when, city[person], exposure[person, when], adopted, n_people, n_periods)


def fit_peers(
    at_risk: History,
    baseline: Baseline = "constant",
    weights: np.ndarray | None = None,
    interval: bool = True,
) -> PeerFit:
    """Maximum likelihood, with and without peers.

    Parameters
    ----------
    at_risk : History
        The data.
    baseline : {"constant", "trend", "period", "city_period"}
        What acts on everybody alike.
    weights : numpy.ndarray, optional
        How often each person counts, shape (n_people,); once when None.
    interval : bool
        Whether to search the profile likelihood interval.

    Returns
    -------
    PeerFit
        low and high NaN without `interval`.

    Raises
    ------
    ShequnError
        If the baseline is unknown or nobody adopts.
    """
    if not at_risk.adopted.any():
        raise ShequnError("peer influence: nobody adopts")
    counts = np.ones(at_risk.n_people) if weights is None else weights
    maximise = _maximiser(at_risk, baseline, counts[at_risk.person].astype(np.float64))
    fitted, value = maximise(None)
    alone, value_alone = maximise(0.0)
    if value < value_alone:  # a boundary optimum, reached from the other side
        fitted, value = np.concatenate([[0.0], alone[1:]]), value_alone
    q = float(fitted[0])
    low = high = np.nan
    if interval:
        low, high = _profile_interval(lambda at: maximise(at)[1], q, value)
    return PeerFit(q, low, high, fitted[1:], alone[1:], value, value_alone, len(fitted))


def _profile_interval(
    profile: Callable[[float], float], q: float, value: float
) -> tuple[float, float]:
    """Where the profile log likelihood has fallen by half the 95 % point of chi-squared."""

    def excess(at: float) -> float:
        return 2.0 * (value - profile(at)) - CHI2_95

    def border(left: float, right: float) -> float:
        found: Any = brentq(excess, left, right, xtol=1e-4)
        return float(found)

    low = 0.0 if q <= 0.0 or excess(0.0) <= 0.0 else border(0.0, q)
    upper = max(2.0 * q, 0.05)
    while excess(upper) < 0.0 and upper < LARGEST_Q:
        upper *= 2.0
    if excess(upper) < 0.0:
        return low, np.inf
    return low, border(q, upper)


def _maximiser(
    at_risk: History, baseline: Baseline, weights: np.ndarray
) -> Callable[[float | None], tuple[np.ndarray, float]]:
    """A function that maximises the likelihood at a given q, or over q as well.

    It gives the parameters, which are q, the baseline hazards of the cells in which anybody adopts
    (they are 0 in the others) and a trend's growth, and the log likelihood. Given q and the growth
    each cell has its own best hazard. Given the growth the log likelihood is concave in hazards and
    q together (log(1 - e^-h) is concave in h), so that its slope by q has one root at most.
    """
    entry_cell, n_cells = _cells(at_risk, baseline)
    trend = baseline == "trend"
    # Entries alike in all that enters count as one, which saves most of the work.
    kinds = np.stack([entry_cell, at_risk.exposure, at_risk.period * float(trend)])
    (cells, x, clock), kind = np.unique(kinds, axis=1, return_inverse=True)
    cell, kind = cells.astype(np.int64), kind.ravel()
    adopting = np.bincount(kind, weights=weights * at_risk.adopted)
    weights = np.bincount(kind, weights=weights)
    used = np.bincount(cell, weights=adopting, minlength=n_cells) > 0.0

    def at(q: float, growth: float) -> tuple[float, float, np.ndarray]:
        """Log likelihood with the best hazards, its slope by q, and these hazards."""
        factor = np.exp(growth * clock)
        hazards = _best_hazards(q * x, factor, cell, used, adopting, weights)
        hazard = np.maximum(hazards[cell] * factor + q * x, SMALLEST_HAZARD)
        chance = -np.expm1(-hazard)
        value = adopting @ np.log(chance) - (weights - adopting) @ hazard
        return float(value), float((adopting / chance - weights) @ x), hazards[used]

    def best_q(growth: float) -> float:
        if at(0.0, growth)[1] <= 0.0:
            return 0.0
        upper = 0.1
        while at(upper, growth)[1] > 0.0 and upper < LARGEST_Q:
            upper *= 2.0
        if upper >= LARGEST_Q:
            return LARGEST_Q
        found: Any = brentq(lambda q: at(q, growth)[1], 0.0, upper, xtol=1e-7)
        return float(found)

    def maximise(q: float | None) -> tuple[np.ndarray, float]:
        def of_growth(growth: float) -> float:
            return -at(best_q(growth) if q is None else q, growth)[0]

        growth = 0.0
        if trend:
            search: Any = minimize_scalar(of_growth, bounds=GROWTH_BOUNDS, method="bounded")
            growth = float(search.x)
        best = best_q(growth) if q is None else q
        value, _, hazards = at(best, growth)
        return np.concatenate([[best], hazards, [growth] * trend]), value

    return maximise


def _best_hazards(
    social: np.ndarray,
    growth: np.ndarray,
    cell: np.ndarray,
    used: np.ndarray,
    adopting: np.ndarray,
    weights: np.ndarray,
) -> np.ndarray:
    """Baseline hazard of each cell that maximises the likelihood, given what peers add.

    Newton steps for all cells at once. The slope falls with the hazard and is convex, so steps from
    the left never pass the root, and one that falls below 0 from the right is cut to a quarter.

    Parameters
    ----------
    social, growth : numpy.ndarray
        q x, and the factor of the baseline, of each entry, float64, shape (n,).
    cell : numpy.ndarray
        Cell of each entry, int64, shape (n,).
    used : numpy.ndarray
        Whether anybody adopts in the cell, bool, shape (n_cells,).
    adopting, weights : numpy.ndarray
        Adoptions and persons in each entry, float64, shape (n,).

    Returns
    -------
    numpy.ndarray
        float64, shape (n_cells,); 0 where nobody adopts.
    """
    n_cells = len(used)

    def slopes(hazards: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        chance = -np.expm1(-np.maximum(hazards[cell] * growth + social, SMALLEST_HAZARD))
        first = growth * (adopting / chance - weights)
        second = growth * growth * adopting * (1.0 - chance) / (chance * chance)
        sums = [np.bincount(cell, weights=w, minlength=n_cells) for w in (first, second)]
        return sums[0], sums[1]

    adopted = np.bincount(cell, weights=adopting, minlength=n_cells)
    present = np.bincount(cell, weights=weights * growth, minlength=n_cells)
    hazards = np.where(used, adopted / np.maximum(present, SMALLEST_HAZARD), 0.0)
    inside = used & (slopes(np.zeros(n_cells))[0] > 0.0)  # else the best hazard is 0
    hazards[~inside] = 0.0
    for _ in range(NEWTON_STEPS):
        slope, curvature = slopes(hazards)
        step = slope / np.maximum(curvature, SMALLEST_HAZARD)
        moved = np.where(hazards + step > 0.0, hazards + step, hazards / 4.0)
        moved = np.minimum(moved, LARGEST_HAZARD)  # reached where everybody adopts
        done = np.abs(moved - hazards).max() < 1e-12
        hazards = np.where(inside, moved, 0.0)
        if done:
            break
    return hazards


def _cells(at_risk: History, baseline: Baseline) -> tuple[np.ndarray, int]:
    """Which baseline hazard holds for each entry, and how many there are."""
    if baseline in ("constant", "trend"):
        return np.zeros(len(at_risk.period), dtype=np.int64), 1
    if baseline == "period":
        return at_risk.period, at_risk.n_periods
    if baseline == "city_period":
        keys = at_risk.city * at_risk.n_periods + at_risk.period
        names, cell = np.unique(keys, return_inverse=True)
        return cell, len(names)
    raise ShequnError(f"baseline {baseline!r} is none of {', '.join(BASELINES)}")


# Records hold no network, so nothing here is measured on them: see `validate.physicians`.
MEASURES: dict[str, Callable[[Records], Estimate]] = {}
