"""Whether a probability is above or below what is demanded: a test that may stop at any time.

Runs are satisfied or not, independently, with unknown probability p. Against "p is ``demanded`` or
less" the evidence after n runs, s of them satisfied, is the mean likelihood ratio

    E = mean over q, uniform in (demanded, 1), of (q / demanded)^s ((1-q) / (1-demanded))^(n-s)

Where p is ``demanded`` or less, E is a nonnegative supermartingale that starts at 1, so it ever
reaches 1 / error with probability ``error`` at most, however often it is looked at (Ville 1939;
Robbins 1970 for mixtures of likelihood ratios). "p is ``demanded`` or more" is the same with the
runs that were not satisfied. The mixture is over one side only (Howard et al. 2021): that needs far
fewer runs than one over (0, 1) where nearly every run has to be satisfied.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

ERROR = 0.05
FEWEST = 16  # runs before a verdict: valid with fewer, too, but nobody trusts one bad run in two


@dataclass(frozen=True)
class Judgement:
    """What a row of runs says.

    Attributes
    ----------
    verdict : str
        ``pass``, ``fail`` or ``undecided``.
    trials, satisfied : int
        Runs up to the one that decided, and how many of them were satisfied.
    low, high : float
        Bounds of the probability, each valid by itself at any time with probability 1 - error; a
        demanded probability below ``low`` passes, one above ``high`` fails.
    """

    verdict: str
    trials: int
    satisfied: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Share of the runs that were satisfied, nan without runs."""
        return self.satisfied / self.trials if self.trials else math.nan


def log_evidence_above(
    satisfied: np.ndarray | int, trials: np.ndarray | int, demanded: float
) -> np.ndarray:
    """Logarithm of the evidence against "the probability is ``demanded`` or less".

    Parameters
    ----------
    satisfied, trials : numpy.ndarray or int
        Counts, of one shape.
    demanded : float
        0 < demanded < 1.

    Returns
    -------
    numpy.ndarray
        float64, in the shape of the counts: log E of the module's docstring, its integral an
        incomplete beta function.
    """
    from scipy.special import betainc, betaln

    s = np.asarray(satisfied, dtype=float)
    other = np.asarray(trials, dtype=float) - s
    with np.errstate(divide="ignore"):
        tail = np.log(betainc(other + 1.0, s + 1.0, 1.0 - demanded))
    whole = betaln(s + 1.0, other + 1.0) + tail - math.log1p(-demanded)
    return whole - s * math.log(demanded) - other * math.log1p(-demanded)


def judge(satisfied: np.ndarray, demanded: float, error: float = ERROR) -> Judgement:
    """Decide as soon as the evidence is strong enough, in the order of the runs.

    Parameters
    ----------
    satisfied : numpy.ndarray
        bool, shape (runs,).
    demanded : float
        0 < demanded < 1.
    error : float
        Probability, at most, of ``pass`` where the probability is ``demanded`` or less, and of
        ``fail`` where it is ``demanded`` or more.

    Returns
    -------
    Judgement
        As of the first run, the 16th at the earliest, after which it is decided; what comes later
        changes nothing.
    """
    hits = np.cumsum(np.asarray(satisfied, dtype=bool))
    runs = np.arange(1, len(hits) + 1)
    enough = -math.log(error)
    above = log_evidence_above(hits, runs, demanded) >= enough
    below = log_evidence_above(runs - hits, runs, 1.0 - demanded) >= enough
    decided = np.flatnonzero((above | below) & (runs >= FEWEST))
    last = int(decided[0]) if len(decided) else len(hits) - 1
    verdict = "undecided" if not len(decided) else "pass" if above[last] else "fail"
    n, s = (int(runs[last]), int(hits[last])) if len(hits) else (0, 0)
    low, high = lower_bound(s, n, error), 1.0 - lower_bound(n - s, n, error)
    return Judgement(verdict, n, s, low, high)


def lower_bound(satisfied: int, trials: int, error: float = ERROR) -> float:
    """Largest probability that the evidence is strong enough to exceed, 0 if there is none.

    Parameters
    ----------
    satisfied, trials : int
        Counts.
    error : float
        Probability that the bound is ever above the true probability, at most.

    Returns
    -------
    float
        0 <= bound < satisfied / trials.
    """
    from scipy.optimize import root_scalar

    if satisfied == 0:
        return 0.0
    enough = -math.log(error)
    top = min(satisfied / trials, 1.0 - 1e-12)

    def excess(demanded: float) -> float:
        return float(log_evidence_above(satisfied, trials, demanded)) - enough

    return root_scalar(excess, bracket=(1e-12, top)).root if excess(1e-12) > 0.0 else 0.0


def least_trials(demanded: float, error: float = ERROR) -> int:
    """Fewest runs with which ``demanded`` can be passed: all of them satisfied.

    Parameters
    ----------
    demanded : float
        0 < demanded < 1.
    error : float
        As in `judge`.

    Returns
    -------
    int
        At least 16.
    """
    high = 2 * FEWEST
    while log_evidence_above(high, high, demanded) < -math.log(error):
        high *= 2
    counts = np.arange(FEWEST, high + 1)
    return int(counts[log_evidence_above(counts, counts, demanded) >= -math.log(error)][0])
