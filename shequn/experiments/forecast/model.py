"""The model as forecaster: the simulated groups whose past is nearest, and what became of them.

Approximate Bayesian computation by rejection (Beaumont, Zhang & Balding 2002, *Genetics* 162,
2025-2035, without their regression): values are drawn from ranges, each simulated group is a
particle, and the particles whose summaries are nearest to those of a first half are kept, with
Epanechnikov's weights. The forecast is the weighted median of their later weeks, an interval two
weighted quantiles. One reference table of a kind serves all its series.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from shequn.agents.errors import ShequnError
from shequn.experiments.forecast.reference import KINDS, Kind, Weeks, Workbench, reference
from shequn.experiments.forecast.series import DAYS_PER_WEEK, Case, Forecast, Series

WAIT = 20  # weeks that a simulated room may take to its first message
_PARTS = 4  # of a first half
_LATELY = 4  # weeks
_LEAST = 8  # steps of a first half
_AGE_WEIGHT = 0.5  # of the age of a chapter, the other summaries have 1
_AGE_DAYS = 60.0  # added to ages before their logarithm is taken


@dataclass(frozen=True, eq=False)
class Particles:
    """Simulated groups beside a first half.

    Attributes
    ----------
    seen : numpy.ndarray
        Summaries of the real first half, float64, shape (summaries,).
    past : numpy.ndarray
        The same of each particle, float64, shape (particles, summaries).
    future : numpy.ndarray
        What each particle has in the steps asked for, float64, shape (particles, steps).
    weights : numpy.ndarray
        Of the summaries in the distance.
    """

    seen: np.ndarray
    past: np.ndarray
    future: np.ndarray
    weights: np.ndarray


class Simulated:
    """The model as a forecaster of `series.Series`.

    Parameters
    ----------
    kinds : mapping of str to Kind
        How each kind of community is simulated. Fewer worlds or days: quicker, and coarser.
    bench : Workbench
        Who plays the worlds, and where they are kept.
    peers : sequence of Series
        First halves of chapters. How far intervals have to be widened is learnt from these: the
        second half of each first half is forecast from its first. Without any nothing is widened.
    """

    def __init__(
        self,
        kinds: Mapping[str, Kind] = KINDS,
        bench: Workbench | None = None,
        peers: Sequence[Series] = (),
    ) -> None:
        self._kinds = kinds
        self._bench = Workbench() if bench is None else bench
        self._peers = [series for series in peers if series.kind == "chapters"]
        self._tables: dict[tuple[str, int], Weeks] = {}
        self._factors: dict[tuple[float, int], float] = {}

    def __call__(self, series: Series, coverage: float, seed: int) -> Forecast:
        """Forecast a series.

        Parameters
        ----------
        series : Series
            First half, of at least eight steps.
        coverage : float
            Of the intervals, 0 to 1.
        seed : int
            Of the worlds; their table is made at the first call for a kind and a seed.

        Returns
        -------
        Forecast
            Weighted quantiles of the nearest particles.

        Raises
        ------
        ShequnError
            If the first half is too short, or the worlds are.
        """
        found = self._nearest(series, coverage, seed)
        if series.kind != "chapters" or not self._peers:
            return found
        return widened(found, self.factor(coverage, seed))

    def factor(self, coverage: float, seed: int) -> float:
        """How far the intervals of chapters are widened.

        Parameters
        ----------
        coverage, seed
            As for a forecast.

        Returns
        -------
        float
            At least 1: `factor_of` the first halves of `peers`.
        """
        if (coverage, seed) not in self._factors:
            cases = [within(series) for series in self._peers]
            pairs = [(case, self._nearest(case.series, coverage, seed)) for case in cases]
            self._factors[coverage, seed] = factor_of(pairs, coverage)
        return self._factors[coverage, seed]

    def _nearest(self, series: Series, coverage: float, seed: int) -> Forecast:
        kind = self._kinds[series.kind]
        if (series.kind, seed) not in self._tables:
            self._tables[series.kind, seed] = reference(series.kind, kind, seed, self._bench)
        table = self._tables[series.kind, seed]
        if (~np.isnan(series.values)).sum() < _LEAST:
            raise ShequnError(f"{series.name}: fewer than {_LEAST} steps are known, too few")
        particles, count = _PARTICLES[series.kind](series, table)
        if len(particles.past) < 2:
            words = f"{series.name}: no simulated group is like it, or lasts as long"
            raise ShequnError(f"{words} ({kind.days} days); simulate more days or worlds")
        kept = min(max(1, round(kind.share * count)), max(1, len(particles.past) // 2))
        chosen, weights = nearest(particles, kept)
        return of_paths(particles.future[chosen], weights, coverage)


def quick(series: Series, worlds: int) -> dict[str, Kind]:
    """A kind with fewer worlds, that are hardly longer than a series and the steps asked for.

    Parameters
    ----------
    series : Series
        To be forecast.
    worlds : int
        How many worlds, >= 1: fewer are coarser (docs/forecast.md has 60 for rooms).

    Returns
    -------
    dict of str to Kind
        For `Simulated`: the kind of the series, with days for it and for `WAIT` weeks before.
    """
    steps = WAIT + len(series.values) + int(series.ahead[-1])
    kind = KINDS[series.kind]
    return {series.kind: replace(kind, days=DAYS_PER_WEEK * steps, worlds=worlds)}


def nearest(particles: Particles, kept: int) -> tuple[np.ndarray, np.ndarray]:
    """The particles nearest to a first half.

    Each summary is divided by 1.4826 times its median absolute deviation over particles (by its
    standard deviation where that is ten times as large).

    Parameters
    ----------
    particles : Particles
        All.
    kept : int
        How many to take.

    Returns
    -------
    chosen : numpy.ndarray
        Their numbers, nearest first, int64, shape (kept,).
    weights : numpy.ndarray
        1 - (distance / that of the farthest one kept)^2, and a thousandth; shape (kept,).
    """
    past = particles.past
    scale = 1.4826 * np.median(np.abs(past - np.median(past, axis=0)), axis=0)
    deviation = past.std(axis=0)
    scale = np.where(scale > 0.1 * deviation, scale, deviation)
    scale = np.where(scale > 0.0, scale, 1.0)
    off = (past - particles.seen) / scale * particles.weights
    distance = np.sqrt((off**2).sum(axis=1))
    chosen = np.argsort(distance, kind="stable")[:kept]
    farthest = distance[chosen[-1]] + 1e-12
    return chosen, 1.0 - (distance[chosen] / farthest) ** 2 + 1e-3


def of_paths(paths: np.ndarray, weights: np.ndarray, coverage: float) -> Forecast:
    """A forecast from what became of particles.

    Parameters
    ----------
    paths : numpy.ndarray
        Shape (particles, steps).
    weights : numpy.ndarray
        Shape (particles,), > 0.
    coverage : float
        Of the intervals, 0 to 1.

    Returns
    -------
    Forecast
        Of each step, and of the sums of the paths: the weighted median and two quantiles. A
        quantile p is the first value, in order, at which the share of the weights reaches p.
    """
    at = np.array([0.5, 0.5 - coverage / 2.0, 0.5 + coverage / 2.0])

    def quantiles(values: np.ndarray) -> np.ndarray:
        order = np.argsort(values, kind="stable")
        reached = np.cumsum(weights[order]) / weights.sum()
        return values[order][np.minimum(np.searchsorted(reached, at), len(values) - 1)]

    middle, low, high = np.array([quantiles(column) for column in paths.T]).T
    total, total_low, total_high = quantiles(paths.sum(axis=1)).tolist()
    return Forecast(middle, low, high, total, total_low, total_high)


def within(series: Series) -> Case:
    """The first half of a first half, and what came of it still within the first half."""
    half = len(series.values) // 2
    later = series.values[half:]
    known = np.flatnonzero(~np.isnan(later))
    beside = {name: column[:half] for name, column in series.beside.items()}
    first = replace(series, values=series.values[:half], ahead=known + 1, beside=beside)
    return Case(first, later[known])


def factor_of(pairs: Sequence[tuple[Case, Forecast]], coverage: float) -> float:
    """How many times wider intervals would have to be to hold what they claim.

    Parameters
    ----------
    pairs : sequence of (Case, Forecast)
        What came, and its forecast with intervals of this coverage.
    coverage : float
        0 to 1.

    Returns
    -------
    float
        That quantile, over all steps of all of them, of the error of ln(1 + value) over the part of
        the interval on its side (0.001 at least); at least 1.
    """
    ratios = []
    for case, forecast in pairs:
        middle = np.log1p(forecast.middle)
        error = np.log1p(case.truth) - middle
        part = np.where(
            error > 0.0, np.log1p(forecast.high) - middle, middle - np.log1p(forecast.low)
        )
        ratios.append(np.abs(error) / np.maximum(part, 1e-3))
    return max(1.0, float(np.quantile(np.concatenate(ratios), coverage)))


def widened(forecast: Forecast, factor: float) -> Forecast:
    """A forecast with wider intervals of ln(1 + value), by a factor on each side of the middle.

    Parameters
    ----------
    forecast : Forecast
        To be widened.
    factor : float
        1: it stays as it is.

    Returns
    -------
    Forecast
        Nothing falls below 0.
    """

    def moved(end: np.ndarray, middle: np.ndarray) -> np.ndarray:
        centre = np.log1p(middle)
        return np.maximum(np.expm1(centre + factor * (np.log1p(end) - centre)), 0.0)

    total = np.array(forecast.total)
    return replace(
        forecast,
        low=moved(forecast.low, forecast.middle),
        high=moved(forecast.high, forecast.middle),
        total_low=float(moved(np.array(forecast.total_low), total)),
        total_high=float(moved(np.array(forecast.total_high), total)),
    )


def _parts(values: np.ndarray) -> np.ndarray:
    """Means of the quarters of the last axis."""
    ends = np.round(np.linspace(0, values.shape[-1], _PARTS + 1)).astype(int)
    parts = [values[..., a:b].mean(axis=-1) for a, b in zip(ends[:-1], ends[1:], strict=True)]
    return np.stack(parts, axis=-1)


def _of_rooms(series: Series, table: Weeks) -> tuple[Particles, int]:
    """Rooms from the week of their first message on: each quarter, silence, the last weeks."""
    half, last = len(series.values), int(series.ahead[-1])
    spoken = table["messages"] > 0.0
    first = spoken.argmax(axis=1)
    alive = spoken.any(axis=1)
    fit = np.flatnonzero(alive & (first + half + last <= spoken.shape[1]))
    weeks = first[fit, None] + np.arange(half + last)
    found = {name: counts[fit[:, None], weeks] for name, counts in table.items()}
    own = {**series.beside, series.what: series.values}

    def summaries(of: Weeks) -> np.ndarray:
        names = ("messages", "posters", "newcomers")
        quarters = [np.log1p(_parts(of[name][..., :half])) for name in names]
        messages = of["messages"][..., :half]
        silent = (messages[..., half // 2 :] == 0.0).mean(axis=-1)
        lately = np.log1p(messages[..., -_LATELY:].mean(axis=-1))
        return np.concatenate([*quarters, np.stack([silent, lately], axis=-1)], axis=-1)

    seen = summaries(own)
    future = found[series.what][:, half - 1 + series.ahead]
    return Particles(seen, summaries(found), future, np.ones(len(seen))), int(alive.sum())


def _of_chapters(series: Series, table: Weeks) -> tuple[Particles, int]:
    """Chapters from the week on in which they have as many members as the real one at first.

    Those that come to that number by a leap (more than 1.3 times it, and 3) are left out. The
    future is scaled so that all have as many members as the real one when they were counted last.
    """
    members = table["members"]
    half, last = len(series.values), int(series.ahead[-1])
    known = np.flatnonzero(~np.isnan(series.values))
    start = series.values[known[0]]
    enough = members >= start
    first = enough.argmax(axis=1)
    there = members[np.arange(len(members)), first]
    fit = enough.any(axis=1) & (first + half + last <= members.shape[1])
    fit = np.flatnonzero(fit & (there <= 1.3 * start + 3.0))
    found = members[fit[:, None], first[fit, None] + np.arange(half + last)]

    def summaries(of: np.ndarray, days: np.ndarray | float) -> np.ndarray:
        size = np.log(np.maximum(of[..., known], 1.0))
        ends = np.linspace(0, len(known) - 1, _PARTS + 1).round().astype(int)
        growth = np.diff(size[..., ends], axis=-1)
        spread = np.log(np.diff(size, axis=-1).std(axis=-1) + 1e-3)
        return np.concatenate(
            [growth, np.stack([spread, np.log(days + _AGE_DAYS)], axis=-1)], axis=-1
        )

    past = summaries(found, DAYS_PER_WEEK * first[fit].astype(np.float64))
    future = found[:, half - 1 + series.ahead]
    future = future * (series.values[known[-1]] / found[:, known[-1]])[:, None]
    weights = np.array([1.0] * (_PARTS + 1) + [_AGE_WEIGHT])
    return Particles(summaries(series.values, series.age), past, future, weights), len(members)


def _of_workspaces(series: Series, table: Weeks) -> tuple[Particles, int]:
    """Workspaces from their first day on: quarters of readers and of posters."""
    half, last = len(series.values), int(series.ahead[-1])
    own = {**series.beside, series.what: series.values}
    if half + last > table[series.what].shape[1]:
        table = {name: np.empty((0, half + last)) for name in table}

    def summaries(of: Weeks) -> np.ndarray:
        names = ("readers", "posters")
        return np.concatenate([_parts(np.log1p(of[name][..., :half])) for name in names], axis=-1)

    seen = summaries(own)
    future = table[series.what][:, half - 1 + series.ahead]
    return Particles(seen, summaries(table), future, np.ones(len(seen))), len(future)


_PARTICLES: dict[str, Callable[[Series, Weeks], tuple[Particles, int]]] = {
    "rooms": _of_rooms,
    "chapters": _of_chapters,
    "workspace": _of_workspaces,
}
