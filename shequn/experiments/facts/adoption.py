"""How adoption spreads from outside and from those who adopted: the Bass curve.

Bass (1969, *Management Science* 15, 215-227): of m who will adopt, the share F(t) = (1 - e^-(p+q)t)
/ (1 + q / p e^-(p+q)t) has by time t. Fitted to adoptions per period by nonlinear least squares
(Srinivasan and Mason 1986, *Marketing Science* 5, 169-178). From the series they come from this
gives the published ``bass_p``, ``bass_q`` and ``bass_m`` of ``shequn/data/facts.csv`` to the last
digit for both computer series, the villages and the physicians; fitted to the cumulative series
instead it gives others (computer_gen1: q 0.634 for 0.658).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from shequn.agents.errors import ShequnError
from shequn.experiments.facts.estimate import Estimate, over_communities
from shequn.experiments.facts.records import Records

PERIODS = 40
FEWEST_JOINS = 20
P_BOUNDS, Q_BOUNDS = (1e-7, 10.0), (1e-7, 10.0)
STARTS = tuple((p, q) for p in (0.003, 0.03, 0.2) for q in (0.05, 0.4))
TOLERANCES = {"x_scale": "jac", "ftol": 1e-13, "xtol": 1e-13, "gtol": 1e-13}


@dataclass(frozen=True)
class Bass:
    """A fitted curve.

    Attributes
    ----------
    p, q : float
        Hazard of adopting from outside, and from those who adopted when all have, per period.
    m : float
        Adopters in the end.
    r2_rate, r2_cumulative : float
        Share of the variance of adoptions per period, and of their sums, that the curve explains.
    """

    p: float
    q: float
    m: float
    r2_rate: float
    r2_cumulative: float

    def cumulative(self, time: np.ndarray) -> np.ndarray:
        """Adopters by some time.

        Parameters
        ----------
        time : numpy.ndarray
            Periods from the start, not negative, any shape.

        Returns
        -------
        numpy.ndarray
            Same shape.
        """
        return self.m * bass_share(time, self.p, self.q)


def bass_share(time: np.ndarray, p: float, q: float) -> np.ndarray:
    """Share that has adopted by some time.

    Parameters
    ----------
    time : numpy.ndarray
        Not negative, any shape.
    p, q : float
        Per unit of time, p > 0.

    Returns
    -------
    numpy.ndarray
        0 to 1, same shape.
    """
    fade = np.exp(-(p + q) * np.asarray(time, dtype=np.float64))
    return (1.0 - fade) / (1.0 + q / p * fade)


def fit_bass(adoptions: np.ndarray) -> Bass:
    """Fit the curve to adoptions per period by nonlinear least squares.

    Parameters
    ----------
    adoptions : numpy.ndarray
        Of consecutive periods from the start of the diffusion, not negative, shape (n,).

    Returns
    -------
    Bass
        m has a closed form given p and q, which are searched from six starts.

    Raises
    ------
    ShequnError
        If there are fewer than four periods or no adoption.
    """
    rate = np.asarray(adoptions, dtype=np.float64)
    if rate.size < 4 or not rate.sum() > 0.0:
        raise ShequnError("a Bass curve needs four periods and an adoption")
    borders = np.arange(rate.size + 1.0)

    def curve(logs: np.ndarray) -> tuple[np.ndarray, float]:
        shares = np.diff(bass_share(borders, *np.exp(logs)))
        size = shares @ shares
        return shares, float(rate @ shares / size) if size > 0.0 else 0.0

    def residuals(logs: np.ndarray) -> np.ndarray:
        shares, m = curve(logs)
        return (m * shares - rate) / rate.sum()

    bounds = tuple(np.log([p, q]) for p, q in zip(P_BOUNDS, Q_BOUNDS, strict=True))
    fits = [
        least_squares(residuals, np.log(start), bounds=bounds, **TOLERANCES) for start in STARTS
    ]
    best = min(fits, key=lambda fit: fit.cost)
    shares, m = curve(best.x)
    p, q = (float(value) for value in np.exp(best.x))
    sums = (np.cumsum(rate), m * np.cumsum(shares))
    return Bass(p, q, m, _explained(rate, m * shares), _explained(*sums))


def joins_per_period(records: Records, community: int, periods: int = PERIODS) -> np.ndarray:
    """Joins of one community in equal periods.

    Parameters
    ----------
    records : Records
        With `members`; who was there at day 0 did not join and is left out.
    community : int
        Its number.
    periods : int
        Into how many the observation is divided.

    Returns
    -------
    numpy.ndarray
        int64, shape (periods,).
    """
    of_it = records.members["community"] == community
    joined = records.members.loc[of_it, "joined_at"].to_numpy(dtype=np.float64)
    return np.histogram(joined[joined > 0.0], bins=periods, range=(0.0, records.days))[0]


def q_over_p(records: Records) -> Estimate:
    """How much more adopters bring than the outside: q / p of the Bass curve of joins.

    Consumer durables have p 0.03 and q 0.38 to 0.42 a year (Sultan, Farley and Lehmann 1990,
    *Journal of Marketing Research* 27, 70-77; Van den Bulte and Stremersch 2004, *Marketing
    Science* 23, 530-544). A ratio has no unit of time, so a community that grows in months can be
    compared.

    Parameters
    ----------
    records : Records
        With `members`, of communities that grow by word of mouth and discovery only.

    Returns
    -------
    Estimate
        Median over communities with at least 20 joins, each fitted alone over 40 periods.
    """
    counts = [joins_per_period(records, name) for name in np.unique(records.members["community"])]
    fits = [fit_bass(joins) for joins in counts if joins.sum() >= FEWEST_JOINS]
    return over_communities([fit.q / fit.p for fit in fits], "median")


def _explained(observed: np.ndarray, fitted: np.ndarray) -> float:
    """Coefficient of determination."""
    spread = float(((observed - observed.mean()) ** 2).sum())
    return 1.0 - float(((observed - fitted) ** 2).sum()) / spread if spread else np.nan


MEASURES = {"C15_q_over_p": q_over_p}
