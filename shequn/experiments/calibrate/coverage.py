"""Does the posterior hold what it promises? Checked on truths of which one knows the answer.

Simulations that came near to the facts are taken for observed, one by one; each is given a
posterior from all other simulations, and one counts how often its intervals hold the parameters it
was made with (Prangle, Blum, Popovic & Sisson 2014, "Diagnostic tools for approximate Bayesian
computation using the coverage property", Australian & New Zealand Journal of Statistics 56(4)).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from shequn.experiments.calibrate.distances import Facts, effective_number
from shequn.experiments.calibrate.smc import Round

LEVELS = (0.5, 0.8, 0.95)
COLUMNS = ["parameter", "nominal", "reached", "low", "high", "n"]


def coverage(rounds: Sequence[Round], facts: Facts, names: Sequence[str]) -> pd.DataFrame:
    """How often intervals of 50, 80 and 95 % hold the truth.

    Parameters
    ----------
    rounds : sequence of Round
        All of them; the particles of the last are the truths tried.
    facts : Facts
        What they were held to.
    names : sequence of str
        The parameters.

    Returns
    -------
    pandas.DataFrame
        parameter, nominal, reached (share of the truths held by the central interval), its 95 %
        binomial interval low and high, and n, the effective number of truths.
    """
    ranks, weights = truth_ranks(rounds, facts)
    n = effective_number(weights)
    lines = []
    for k, name in enumerate(names):
        for level in LEVELS:
            held = np.abs(ranks[:, k] - 0.5) <= level / 2.0
            reached = min(1.0, float(weights @ held))
            low, high = binomial_interval(reached, n)
            lines.append([name, level, reached, low, high, n])
    return pd.DataFrame(lines, columns=COLUMNS)


def truth_ranks(rounds: Sequence[Round], facts: Facts) -> tuple[np.ndarray, np.ndarray]:
    """Where each truth lies in the posterior that its own summaries give.

    Parameters
    ----------
    rounds : sequence of Round
        All of them.
    facts : Facts
        What they were held to.

    Returns
    -------
    ranks : numpy.ndarray
        Posterior probability below the truth, float64, shape (particles, parameters): uniform
        where the posterior is right.
    weights : numpy.ndarray
        Of the truths, sum 1: they are samples of the prior near the facts.
    """
    last = rounds[-1]
    everything = [one for finished in rounds for one in finished.evaluations]
    summaries = np.array([one.summaries for one in everything])
    positions = np.array([one.position for one in everything])
    scale = facts.scale(last.summaries) if last.scale is None else last.scale
    from_facts = facts.distances(summaries, scale)
    start = len(everything) - len(last.evaluations)
    usable = np.isfinite(from_facts)
    # As many neighbours as the posterior itself could have had.
    n_near = max(2, int(np.sum(usable & (from_facts <= last.tolerance))) - 1)
    shares = prior_weights(rounds, positions)
    ranks = np.empty((len(last.accepted), positions.shape[1]))
    for row, place in enumerate(start + last.accepted):
        pretended = Facts(
            np.where(np.isfinite(facts.values), summaries[place], np.nan),
            facts.errors,
            facts.weights,
        )
        gaps = pretended.distances(summaries, scale)
        gaps[place] = np.inf
        gaps[~usable] = np.inf
        near = np.argsort(gaps, kind="stable")[:n_near]
        near = near[np.isfinite(gaps[near])]
        share = shares[near] / shares[near].sum()
        below = positions[near] < positions[place]
        same = positions[near] == positions[place]
        ranks[row] = share @ (below + 0.5 * same)
    return ranks, last.weights


def prior_weights(rounds: Sequence[Round], positions: np.ndarray) -> np.ndarray:
    """Weights that make the simulations of all rounds together a sample of the prior.

    Parameters
    ----------
    rounds : sequence of Round
        All of them.
    positions : numpy.ndarray
        float64, shape (n, parameters), in the unit cube.

    Returns
    -------
    numpy.ndarray
        Shape (n,): one over the sum, over rounds, of the proposals made times the density of their
        kernel (the balance heuristic of Veach & Guibas 1995).
    """
    total = np.zeros(len(positions))
    for finished in rounds:
        kernel = finished.kernel
        total += finished.attempts * (1.0 if kernel is None else kernel.density(positions))
    return 1.0 / total


def binomial_interval(share: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Interval of a probability (Clopper & Pearson 1934); n may be an effective number."""
    from scipy import stats

    tail = (1.0 - level) / 2.0
    hits = share * n
    low = 0.0 if hits <= 0.0 else float(stats.beta.ppf(tail, hits, n - hits + 1.0))
    high = 1.0 if hits >= n else float(stats.beta.ppf(1.0 - tail, hits + 1.0, n - hits))
    return low, high
