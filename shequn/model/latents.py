"""The standard normal numbers behind the traits: drawn with a key, and made to hang together."""

from __future__ import annotations

import math

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import normals, stream, uniforms
from shequn.model.parameters import Parameters

LOGNORMAL = ("budget", "reach", "voice", "capacity")
TASTES = ("quality_weight", "price_weight", "face_weight", "prize_taste", "social_taste")
SHARES = ("conformity", "wariness")
RATES = ("talk", "session_rate", "need_rate", "exit_rate")
STOCKS = ("habit", "willingness")
_OWN = (*(f"{name}_half_life" for name in STOCKS), "minutes", "match")
_NAMES = (*LOGNORMAL, *TASTES, *SHARES, *RATES, *_OWN)
TRAITS = {name: stream(f"trait.{name}") for name in _NAMES}
FRIENDS = stream("trait.match_of_friends")
# The traits that hang together. Those before the bar keep their own numbers, each of the others
# is made of its own and of those of the traits before it.
_KEPT = ("talk", "need_rate", "exit_rate")
ORDER = (*_KEPT, "prize_taste", "price_weight", "match", "reach", "voice", "budget")
PAIRS = {
    "budget_reach": ("budget", "reach"),
    "reach_voice": ("reach", "voice"),
    "reach_talk": ("reach", "talk"),
    "prize_price": ("prize_taste", "price_weight"),
    "prize_exit": ("prize_taste", "exit_rate"),
    "match_talk": ("match", "talk"),
    "match_need": ("match", "need_rate"),
}


@compiled
def standard_normal(uniform0, uniform1, out):
    """Standard normal numbers from two columns of uniform ones, into ``out``: float64, (n,)."""
    for k in range(out.shape[0]):
        out[k] = normals(uniform0[k], uniform1[k])[0]


def _normals_of(seed: int, stream_number: np.uint64, n: int) -> np.ndarray:
    columns = uniforms(seed, stream_number, n)
    out = np.empty(n)
    standard_normal(columns[0], columns[1], out)
    return out


def own_normal(seed: int, name: str, n: int) -> np.ndarray:
    """The standard normal number of each person that belongs to one trait alone: (n,)."""
    return _normals_of(seed, TRAITS[name], n)


def correlations(parameters: Parameters) -> np.ndarray:
    """The matrix of correlations of the traits, in the order of ``ORDER``.

    Parameters
    ----------
    parameters : Parameters
        The tree.

    Returns
    -------
    numpy.ndarray
        float64, shape (9, 9): 1 on the diagonal; positive definite in a checked scenario.
    """
    matrix = np.eye(len(ORDER))
    for pair, (one, other) in PAIRS.items():
        i, j = ORDER.index(one), ORDER.index(other)
        matrix[i, j] = matrix[j, i] = getattr(parameters.correlation, pair)
    return matrix


def _smooth(noise: np.ndarray, width: int) -> np.ndarray:
    """Sums over neighbours on a circle, ``width`` to either side, brought to mean 0, variance 1."""
    width = min(width, len(noise) // 8)
    if width == 0:
        return noise
    around = np.concatenate([noise[-width:], noise, noise[:width]])
    sums = np.cumsum(np.concatenate([[0.0], around]))
    found = sums[2 * width + 1 :] - sums[: -2 * width - 1]
    return (found - found.mean()) / found.std()


def _match(parameters: Parameters, seed: int, counts: np.ndarray) -> np.ndarray:
    """The number behind the match: in part shared among neighbours within a tier (eq. 5-6)."""
    n, shared = int(counts.sum()), parameters.market.match_friends
    own = own_normal(seed, "match", n)
    if shared == 0.0:
        return own
    noise = _normals_of(seed, FRIENDS, n)
    tiers = np.split(noise, np.cumsum(counts)[:-1])
    common = np.concatenate([_smooth(tier, parameters.market.match_width) for tier in tiers])
    return math.sqrt(shared) * common + math.sqrt(1.0 - shared) * own


def _kept(parameters: Parameters, seed: int, name: str, n: int) -> np.ndarray:
    """The normal score of a rate: of the number from which its own shape is made."""
    if getattr(parameters.shape, name) in ("constant", "lognormal"):
        return own_normal(seed, name, n)
    from scipy import special

    return special.ndtri(uniforms(seed, TRAITS[name], n)[0])


def latents(parameters: Parameters, seed: int, counts: np.ndarray) -> dict[str, np.ndarray]:
    """The standard normal numbers of the traits that are made to hang together (eq. 5-5).

    z' = L z with L the Cholesky factor of the correlations: a Gaussian copula (Nelsen 2006, An
    Introduction to Copulas, section 2.3). A trait that hangs on none before it keeps its numbers,
    bit for bit.

    Parameters
    ----------
    parameters : Parameters
        The tree.
    seed : int
        Seed of the run.
    counts : numpy.ndarray
        int64, shape (3,): persons in each tier.

    Returns
    -------
    dict
        By name of the trait float64, shape (persons,): prize_taste, price_weight, match, reach,
        voice, budget.
    """
    n = int(counts.sum())
    factor = np.linalg.cholesky(correlations(parameters))
    z = {
        name: _kept(parameters, seed, name, n)
        for k, name in enumerate(_KEPT)
        if factor[len(_KEPT) :, k].any()
    }
    z |= {name: own_normal(seed, name, n) for name in ORDER[len(_KEPT) :] if name != "match"}
    z["match"] = _match(parameters, seed, counts)
    mixed = {}
    for row, name in enumerate(ORDER[len(_KEPT) :], start=len(_KEPT)):
        mixed[name] = z[name] * factor[row, row] if factor[row, :row].any() else z[name]
        for k in np.flatnonzero(factor[row, :row]):
            mixed[name] = mixed[name] + factor[row, k] * z[ORDER[k]]
    return mixed
