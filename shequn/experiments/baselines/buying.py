"""Simple baselines of the model as to purchases: when a customer comes back, and for how long.

Each takes the cohort and the days of its first purchases as given, is fitted to 39 weeks of repeat
purchases, and is asked about 78.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from shequn.agents.errors import ShequnError
from shequn.experiments.baselines.posting import fit_constant_hazard, fit_negative_binomial
from shequn.experiments.facts.bgnbd import fit_bgnbd
from shequn.experiments.facts.purchases import (
    CALIBRATION_WEEKS,
    COLUMNS,
    DAYS_PER_WEEK,
    WEEKS,
    cohort_of,
)
from shequn.experiments.facts.records import Records

END_DAY = float(WEEKS * DAYS_PER_WEEK)


@dataclass(frozen=True, eq=False)
class ExponentialLifetimes:
    """Every customer buys at one rate and is gone at one hazard.

    Attributes
    ----------
    rate, hazard : float
        Purchases, and exits, a week; the same for all.
    first_days : numpy.ndarray
        Day of each customer's first purchase, shape (n,): given.
    """

    rate: float
    hazard: float
    first_days: np.ndarray = field(repr=False)
    name: str = "constant hazard"

    @classmethod
    def fit(cls, records: Records) -> ExponentialLifetimes:
        """Maximum likelihood on the calibration weeks.

        Parameters
        ----------
        records : Records
            As for `shequn.experiments.facts.purchases.cohort_of`.

        Returns
        -------
        ExponentialLifetimes
            The baseline.
        """
        repeats, recency, observed, first = _cohort(records)
        return cls(*fit_constant_hazard(repeats, recency, observed), first)

    def records(self, seed: int) -> Records:
        """Draw orders of 78 weeks.

        Parameters
        ----------
        seed : int
            Key of the Philox generator.

        Returns
        -------
        Records
            `orders`.
        """
        generator = np.random.Generator(np.random.Philox(key=seed))
        n = len(self.first_days)
        start = self.first_days + generator.random(n)
        stays = DAYS_PER_WEEK * generator.exponential(1.0 / self.hazard, n)
        rates = np.full(n, self.rate / DAYS_PER_WEEK)
        return _orders(start, rates, stays, np.full(n, np.inf), generator)


@dataclass(frozen=True, eq=False)
class NegativeBinomial:
    """Every customer buys at a rate of their own and stays for good (Ehrenberg 1959).

    Attributes
    ----------
    shape, scale : float
        Of gamma distributed rates; mean shape / scale a week.
    first_days : numpy.ndarray
        Day of each customer's first purchase, shape (n,): given.
    """

    shape: float
    scale: float
    first_days: np.ndarray = field(repr=False)
    name: str = "gamma rates, no exit"

    @classmethod
    def fit(cls, records: Records) -> NegativeBinomial:
        """Maximum likelihood on the calibration weeks.

        Parameters
        ----------
        records : Records
            As for `shequn.experiments.facts.purchases.cohort_of`.

        Returns
        -------
        NegativeBinomial
            The baseline.
        """
        repeats, _, observed, first = _cohort(records)
        return cls(*fit_negative_binomial(repeats, observed), first)

    def records(self, seed: int) -> Records:
        """Draw orders of 78 weeks.

        Parameters
        ----------
        seed : int
            Key of the Philox generator.

        Returns
        -------
        Records
            `orders`.
        """
        generator = np.random.Generator(np.random.Philox(key=seed))
        n = len(self.first_days)
        start = self.first_days + generator.random(n)
        rates = generator.gamma(self.shape, 1.0 / self.scale, n) / DAYS_PER_WEEK
        return _orders(start, rates, np.full(n, np.inf), np.full(n, np.inf), generator)


@dataclass(frozen=True, eq=False)
class BgNbdCustomers:
    """The strong baseline: own rates, and drop-out after any purchase (Fader, Hardie and Lee 2005).

    Attributes
    ----------
    r, alpha, a, b : float
        As in `shequn.experiments.facts.bgnbd.BgNbd`.
    first_days : numpy.ndarray
        Day of each customer's first purchase, shape (n,): given.
    """

    r: float
    alpha: float
    a: float
    b: float
    first_days: np.ndarray = field(repr=False)
    name: str = "BG/NBD"

    @classmethod
    def fit(cls, records: Records) -> BgNbdCustomers:
        """Maximum likelihood on the calibration weeks.

        Parameters
        ----------
        records : Records
            As for `shequn.experiments.facts.purchases.cohort_of`.

        Returns
        -------
        BgNbdCustomers
            The baseline.
        """
        repeats, recency, observed, first = _cohort(records)
        model = fit_bgnbd(repeats, recency, observed)
        return cls(model.r, model.alpha, model.a, model.b, first)

    def records(self, seed: int) -> Records:
        """Draw orders of 78 weeks.

        Parameters
        ----------
        seed : int
            Key of the Philox generator.

        Returns
        -------
        Records
            `orders`.
        """
        generator = np.random.Generator(np.random.Philox(key=seed))
        n = len(self.first_days)
        start = self.first_days + generator.random(n)
        rates = generator.gamma(self.r, 1.0 / self.alpha, n) / DAYS_PER_WEEK
        dropout = np.clip(generator.beta(self.a, self.b, n), 1e-12, 1.0)
        most = generator.geometric(dropout).astype(np.float64)
        return _orders(start, rates, np.full(n, np.inf), most, generator)


def _cohort(records: Records) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Repeats, recency, weeks observed, and day of the first purchase of each customer."""
    cohort = cohort_of(records)
    if not cohort["repeat_days"].to_numpy().any():
        raise ShequnError("a baseline needs repeat purchases to be fitted to")
    repeats, recency, observed = (cohort[name].to_numpy(dtype=float) for name in COLUMNS[:3])
    first = CALIBRATION_WEEKS * DAYS_PER_WEEK - 1 - observed * DAYS_PER_WEEK
    return repeats, recency, observed, np.rint(first)


def _orders(
    start: np.ndarray,
    rates: np.ndarray,
    stays: np.ndarray,
    most_repeats: np.ndarray,
    generator: np.random.Generator,
) -> Records:
    """First orders, and Poisson repeats within each stay, no more than so many.

    Given their number the times of a Poisson process are uniform, so the first `most_repeats` of
    them in order of time are kept. All arrays: float64, shape (n,); times in days.
    """
    watched = np.minimum(stays, END_DAY - start)
    counts = generator.poisson(rates * watched)
    buyer = np.repeat(np.arange(len(start)), counts)
    time = generator.random(len(buyer)) * watched[buyer]
    order = np.lexsort((time, buyer))
    buyer, time = buyer[order], time[order]
    rank = np.arange(len(buyer)) - np.repeat(np.cumsum(counts) - counts, counts)
    kept = rank < most_repeats[buyer]
    person = np.concatenate([np.arange(len(start)), buyer[kept]])
    return Records(
        days=END_DAY,
        orders=pd.DataFrame(
            {
                "community": np.zeros(len(person), dtype=np.int64),
                "person": person,
                "time": np.concatenate([start, start[buyer[kept]] + time[kept]]),
                "value": np.ones(len(person)),
            }
        ),
    )
