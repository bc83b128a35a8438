"""Indices of sensitivity with intervals, luck separated from effect.

Every point is run with the same R replicates; replicate r has the same seed at all of them. The
quantity analyzed is the *expected* outcome at a point. Its square is estimated by products of two
different replicates, whose luck is independent: the luck that is left in a mean over replicates
would look like an effect of every parameter, in ST most of all. With one replicate (a model without
luck) products are plain squares and the indices are those of SALib, digit for digit.

Intervals (95 %) come from resampling trajectories or rows, and replicates, at the same time: the
pigeonhole bootstrap for crossed designs, which is rather too wide than too narrow (Owen 2007,
Annals of Applied Statistics 1(2)). A pair of copies of one replicate is no pair of different ones
and is left out. Ends are percentiles; for mu* and sigma they are shifted so that the mean of the
resamples is the estimate, because resamples of fewer replicates hold more luck, which adds to both.

Formulas
--------
Elementary effect EE = change of the outcome / change of the coordinate: the change over the whole
range, if it went on like that. mu: mean; sigma: standard deviation (Morris 1991). mu*: mean of
``|EE|`` (Campolongo, Cariboni & Saltelli 2007, Environmental Modelling & Software 22(10)).
S1 = E[B (AB - A)] / V, ST = E[(A - AB)^2] / 2V (Saltelli et al. 2010).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from shequn.experiments.designs.designs import generator_of
from shequn.experiments.sensitivity.design import Design

RESAMPLES = 1000
_BIASED = {"mu_star", "sigma"}
_STREAM = 0x5E45  # keeps the resamples apart from the points of the same seed
Weighted = Callable[[np.ndarray, np.ndarray], dict[str, np.ndarray]]


@dataclass(frozen=True)
class Indices:
    """Indices of one outcome.

    Attributes
    ----------
    values, low, high : dict
        By the name of the index: float64, shape (factors,). Of ``luck`` shape (1,): share of the
        variance over points and seeds that is there at a point; nan with one replicate.
    blocks, dropped : int
        Trajectories or rows that were used, and left out.
    """

    values: dict[str, np.ndarray]
    low: dict[str, np.ndarray]
    high: dict[str, np.ndarray]
    blocks: int
    dropped: int = 0


def gram(one: np.ndarray, other: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted mean over rows of products of all pairs of replicates.

    Parameters
    ----------
    one, other : numpy.ndarray
        float64, shape (..., rows, R).
    weights : numpy.ndarray
        Of rows: shape (rows,).

    Returns
    -------
    numpy.ndarray
        float64, shape (..., R, R).
    """
    scaled = one * (weights / weights.sum())[:, None]
    return np.swapaxes(scaled, -1, -2) @ other


def different(products: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted mean over pairs of two different replicates; over all when there is only one.

    Parameters
    ----------
    products : numpy.ndarray
        float64, shape (..., R, R).
    weights : numpy.ndarray
        Of replicates: shape (R,), at least two above 0 where R > 1.

    Returns
    -------
    numpy.ndarray
        float64, shape (...).
    """
    if len(weights) == 1:
        return products[..., 0, 0]
    pairs = np.outer(weights, weights)
    np.fill_diagonal(pairs, 0.0)
    return (products * pairs).sum(axis=(-2, -1)) / pairs.sum()


def luck_share(values: np.ndarray, rows: np.ndarray, replicates: np.ndarray) -> np.ndarray:
    """Share of the variance over points and seeds that is variance over seeds at a point.

    Parameters
    ----------
    values : numpy.ndarray
        float64, shape (points, R).
    rows, replicates : numpy.ndarray
        Weights of points and of replicates.

    Returns
    -------
    numpy.ndarray
        shape (1,): within / (within + between), nan with one replicate or without variance.
    """
    if values.shape[1] == 1:
        return np.array([math.nan])
    centred = values - values.mean()
    products = gram(centred, centred, rows)
    means = rows @ centred / rows.sum()
    between = max(0.0, float(different(products - np.outer(means, means), replicates)))
    same = np.broadcast_to(np.diagonal(products)[:, None], products.shape)
    within = float(different((same + same.T) / 2.0 - products, replicates))
    return np.array([within / (within + between) if within + between > 0.0 else math.nan])


def elementary_effects(units: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The elementary effects of trajectories.

    Parameters
    ----------
    units : numpy.ndarray
        float64, shape (T, D + 1, D): coordinates 0 .. 1.
    values : numpy.ndarray
        float64, shape (T, D + 1, R): the outcome.

    Returns
    -------
    numpy.ndarray
        float64, shape (D, T, R).
    """
    steps = np.diff(units, axis=1)
    moved = np.abs(steps).argmax(axis=2)  # (T, D): which factor each step moves
    width = np.take_along_axis(steps, moved[:, :, None], axis=2)
    effects = np.diff(values, axis=1) / width
    order = np.argsort(moved, axis=1)
    return np.swapaxes(np.take_along_axis(effects, order[:, :, None], axis=1), 0, 1)


def _morris(units: np.ndarray, values: np.ndarray) -> Weighted:
    effects = elementary_effects(units, values)
    n, steps, several = values.shape
    flat = values.reshape(n * steps, several)

    def weighted(rows: np.ndarray, replicates: np.ndarray) -> dict[str, np.ndarray]:
        means = effects @ (replicates / replicates.sum())  # (D, T)
        by_replicate = np.einsum("t,dtr->dr", rows / rows.sum(), effects)
        square = different(gram(effects, effects, rows), replicates)
        outer = by_replicate[:, :, None] * by_replicate[:, None, :]
        variance = (square - different(outer, replicates)) * n / (n - 1)
        return {
            "mu_star": np.abs(means) @ rows / rows.sum(),
            "mu": means @ rows / rows.sum(),
            "sigma": np.sqrt(np.maximum(variance, 0.0)),
            "square": square,
            "luck": luck_share(flat, np.repeat(rows, steps), replicates),
        }

    return weighted


def _sobol(values: np.ndarray) -> Weighted:
    centred = values - values.mean(axis=(0, 1))  # of each replicate, as SALib does
    a, b = centred[:, 0], centred[:, -1]
    mixed = np.moveaxis(centred[:, 1:-1], 1, 0)  # (D, N, R)
    both, flat = np.concatenate([a, b]), np.concatenate([values[:, 0], values[:, -1]])

    def weighted(rows: np.ndarray, replicates: np.ndarray) -> dict[str, np.ndarray]:
        twice = np.tile(rows, 2)
        means = twice @ both / twice.sum()
        variance = different(gram(both, both, twice) - np.outer(means, means), replicates)
        scale = variance if variance > 1e-12 * np.mean(both**2) else math.nan
        return {
            "ST": 0.5 * different(gram(a - mixed, a - mixed, rows), replicates) / scale,
            "S1": different(gram(b, mixed - a, rows), replicates) / scale,
            "luck": luck_share(flat, twice, replicates),
        }

    return weighted


def indices_of(design: Design, values: np.ndarray) -> Indices:
    """The indices of one outcome, with 95 % intervals.

    Parameters
    ----------
    design : Design
        The points.
    values : numpy.ndarray
        float64, shape (points, R). A trajectory with a value that is missing (nan) is left out;
        of ``sobol`` none may be missing.

    Returns
    -------
    Indices
        mu_star, mu, sigma, square (mean square of EE, without luck), noise (the mu_star that luck
        alone would give) of ``morris``; ST, S1 of ``sobol``; luck.
    """
    blocks = values.reshape(design.size, design.block, -1)
    kept = ~np.isnan(blocks).any(axis=(1, 2))
    units = design.units.reshape(design.size, design.block, -1)[kept]
    blocks = blocks[kept]
    weighted = _morris(units, blocks) if design.method == "morris" else _sobol(blocks)
    n, _, several = blocks.shape
    estimate = weighted(np.ones(n), np.ones(several))
    low, high = _intervals(weighted, estimate, n, several, design.seed)
    if design.method == "morris":
        estimate["noise"] = _noise(elementary_effects(units, blocks))
    return Indices(estimate, low, high, n, design.size - n)


def _noise(effects: np.ndarray) -> np.ndarray:
    """Mean of the absolute value of luck in a mean effect: sqrt(2 / pi) SD / sqrt(R)."""
    several = effects.shape[2]
    if several == 1:
        return np.full(len(effects), math.nan)
    variance = effects.var(axis=2, ddof=1).mean(axis=1)
    return np.sqrt(2.0 / math.pi * variance / several)


def _intervals(
    weighted: Weighted, estimate: dict[str, np.ndarray], blocks: int, replicates: int, seed: int
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    random = np.random.default_rng([int(generator_of(seed).integers(2**63)), _STREAM])
    found = [weighted(*_resample(random, blocks, replicates)) for _ in range(RESAMPLES)]
    low, high = {}, {}
    for name, value in estimate.items():
        with np.errstate(invalid="ignore"):
            samples = np.array([one[name] for one in found])
            low[name], high[name] = _percentiles(samples, value, shifted=name in _BIASED)
    for name in estimate.keys() & _BIASED:  # never below 0
        low[name] = np.maximum(low[name], 0.0)
    return low, high


def _percentiles(
    samples: np.ndarray, value: np.ndarray, *, shifted: bool
) -> tuple[np.ndarray, np.ndarray]:
    known = ~np.isnan(samples).all(axis=0) & ~np.isnan(value)
    low, high = np.full(value.shape, math.nan), np.full(value.shape, math.nan)
    if known.any():
        ends = np.nanquantile(samples[:, known], (0.025, 0.975), axis=0)
        shift = value[known] - np.nanmean(samples[:, known], axis=0)
        low[known], high[known] = ends + shift if shifted else ends
    return low, high


def _resample(
    random: np.random.Generator, blocks: int, replicates: int
) -> tuple[np.ndarray, np.ndarray]:
    """How often each block and each replicate is drawn; two replicates at least, if there are."""
    rows = np.bincount(random.integers(blocks, size=blocks), minlength=blocks)
    while True:
        drawn = np.bincount(random.integers(replicates, size=replicates), minlength=replicates)
        if replicates == 1 or np.count_nonzero(drawn) > 1:
            return rows.astype(float), drawn.astype(float)
