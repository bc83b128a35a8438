"""Simple baselines of the model as to growth: how groups gain and lose members."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import skellam

from shequn.agents.errors import ShequnError
from shequn.experiments.facts.growth import attended_gatherings, weekly_steps
from shequn.experiments.facts.records import Records

DAYS_PER_YEAR = 365.25
DURABLES_P, DURABLES_Q = 0.03, 0.40  # a year; the facts behind C15_q_over_p
DURABLES_MARKET, DURABLES_YEARS = 2000, 12


@dataclass(frozen=True, eq=False)
class BassGrowth:
    """Groups grow along a Bass curve of their size and lose nobody.

    A group of N members gains (p + q N / m) (m - N) a week on the mean, that is a + b N + c N^2,
    Poisson distributed: the discrete form that Bass (1969, *Management Science* 15, 215-227) fitted
    by least squares. One curve holds for all groups, since a size class is a part of the curve.

    Attributes
    ----------
    constant, linear, quadratic : float
        a, b, c, members a week for a power of members.
    weeks : pandas.DataFrame
        Which weeks of which groups are wanted, and their first sizes: given.
    """

    constant: float
    linear: float
    quadratic: float
    weeks: Any = field(repr=False)
    name: str = "Bass curve"

    @classmethod
    def fit(cls, records: Records) -> BassGrowth:
        """Least squares of the weekly change on the size, all groups pooled; a >= 0, c <= 0.

        Parameters
        ----------
        records : Records
            With `weeks`.

        Returns
        -------
        BassGrowth
            The baseline.
        """
        steps = _steps(records)
        size, rate = steps["before"].to_numpy(dtype=float), steps["rate"].to_numpy(dtype=float)
        quadratic, linear, constant = np.polyfit(size, rate, 2)
        if quadratic > 0.0:
            (linear, constant), quadratic = np.polyfit(size, rate, 1), 0.0
        if constant < 0.0:
            constant, linear = 0.0, float(size @ (rate - quadratic * size**2) / (size @ size))
        return cls(float(constant), float(linear), float(quadratic), records.weeks)

    @property
    def market(self) -> float:
        """m, members in the end; infinite when growth does not slow down."""
        if self.quadratic == 0.0:
            return np.inf
        root = np.sqrt(self.linear**2 - 4.0 * self.quadratic * self.constant)
        return float((-self.linear - root) / (2.0 * self.quadratic))

    @property
    def p(self) -> float:
        """Outside influence, per week: a / m."""
        return self.constant / self.market

    @property
    def q(self) -> float:
        """Influence of members, per week: -c m, or b without an end of growth."""
        return self.linear if self.quadratic == 0.0 else -self.quadratic * self.market

    def records(self, seed: int) -> Records:
        """Draw weekly sizes.

        Parameters
        ----------
        seed : int
            Key of the Philox generator.

        Returns
        -------
        Records
            `weeks`; of events the curve knows nothing, they are NaN.
        """
        generator = np.random.Generator(np.random.Philox(key=seed))

        def change(size: np.ndarray, weeks: np.ndarray) -> np.ndarray:
            gain = self.constant + self.linear * size + self.quadratic * size**2
            return generator.poisson(np.maximum(gain, 0.0) * weeks)

        grown = _grow(self.weeks, change).assign(events=np.nan)
        return Records(days=_days(grown), weeks=grown)


@dataclass(frozen=True, eq=False)
class BassJoins:
    """One group that people join along the Bass curve of consumer durables.

    Attributes
    ----------
    p, q : float
        Per year.
    people : int
        m, who will join.
    years : float
        How long it is watched.
    """

    p: float = DURABLES_P
    q: float = DURABLES_Q
    people: int = DURABLES_MARKET
    years: float = DURABLES_YEARS
    name: str = "Bass curve"

    def records(self, seed: int) -> Records:
        """Draw joins, each independently from the curve F(t).

        Parameters
        ----------
        seed : int
            Key of the Philox generator.

        Returns
        -------
        Records
            `members` of one community; nobody invites in particular, and nobody leaves.
        """
        generator = np.random.Generator(np.random.Philox(key=seed))
        u = generator.random(self.people)
        # F(t) = u solved for t
        joined = np.log((1.0 + u * self.q / self.p) / (1.0 - u)) / (self.p + self.q)
        joined = np.sort(joined[joined < self.years]) * DAYS_PER_YEAR
        n = len(joined)
        return Records(
            days=self.years * DAYS_PER_YEAR,
            members=pd.DataFrame(
                {
                    "community": np.zeros(n, dtype=np.int64),
                    "person": np.arange(n),
                    "joined_at": joined,
                    "left_at": np.full(n, np.nan),
                    "inviter": np.full(n, -1),
                }
            ),
        )


@dataclass(frozen=True, eq=False)
class ConstantChurn:
    """Members join at one rate and leave at one hazard; each comes to an event with one chance.

    A group of N members gains Poisson(a + g N) and loses Poisson(d N) members a week, whatever
    happens in it, and Poisson(s N) come to a gathering. Weeks, events and gatherings are given.

    Attributes
    ----------
    arrivals : float
        a, members a week.
    growth : float
        g, per member and week.
    exits : float
        d, per member and week.
    share : float
        s, of the members, who come to a gathering.
    observed : Records
        What is given.
    """

    arrivals: float
    growth: float
    exits: float
    share: float
    observed: Records = field(repr=False)
    name: str = "constant hazard"

    @classmethod
    def fit(cls, records: Records) -> ConstantChurn:
        """Fit a and g - d by least squares, d so that as many steps shrink as observed.

        Parameters
        ----------
        records : Records
            With `weeks` and `gatherings`.

        Returns
        -------
        ConstantChurn
            The baseline.
        """
        steps = _steps(records)
        size, rate = steps["before"].to_numpy(dtype=float), steps["rate"].to_numpy(dtype=float)
        net, arrivals = np.polyfit(size, rate, 1)
        arrivals, wanted = max(float(arrivals), 1e-9), float(steps["shrank"].mean())

        def excess(log_exits: float) -> float:
            out = np.exp(log_exits) * size
            into = np.maximum(arrivals + net * size + out, 1e-12)
            return float(skellam.cdf(-1, into, np.maximum(out, 1e-12)).mean()) - wanted

        low, high = -16.0, 0.0
        crossing = excess(low) < 0.0 < excess(high)
        exits = float(np.exp(float(np.asarray(brentq(excess, low, high))))) if crossing else 0.0
        held = attended_gatherings(records)
        members = float(held["members"].sum())
        share = float(held["guests"].sum()) / members if members else np.nan
        return cls(arrivals, float(net) + exits, exits, share, records)

    def records(self, seed: int) -> Records:
        """Draw weekly sizes and guests.

        Parameters
        ----------
        seed : int
            Key of the Philox generator.

        Returns
        -------
        Records
            `weeks`, with the events observed, and `gatherings` at the times and sizes observed.
        """
        generator = np.random.Generator(np.random.Philox(key=seed))

        def change(size: np.ndarray, weeks: np.ndarray) -> np.ndarray:
            gain = np.maximum(self.arrivals + self.growth * size, 0.0)
            return generator.poisson(gain * weeks) - generator.poisson(self.exits * size * weeks)

        grown = _grow(self.observed.weeks, change)
        held: Any = self.observed.gatherings
        guests = generator.poisson(np.nan_to_num(self.share) * held["members"].to_numpy())
        return Records(days=self.observed.days, weeks=grown, gatherings=held.assign(guests=guests))


def _steps(records: Records) -> Any:
    """Weekly steps to fit to."""
    steps = weekly_steps(records)
    if len(steps) < 3 or np.ptp(steps["before"].to_numpy()) == 0.0:
        raise ShequnError("a baseline needs weekly sizes to be fitted to")
    return steps


def _grow(weeks: Any, change: Any) -> Any:
    """The same weeks of the same groups, from each group's first size, with drawn changes.

    `change` gives, for sizes and the weeks to pass, the change: arrays of one entry per group.
    """
    table = weeks.sort_values(["community", "week"], kind="stable").reset_index(drop=True)
    rank = table.groupby("community").cumcount().to_numpy()
    passed = table.groupby("community")["week"].diff().to_numpy(dtype=float)
    members = table["members"].to_numpy(dtype=float)
    for step in range(1, int(rank.max()) + 1):  # the step-th row of every group that has one
        rows = np.flatnonzero(rank == step)
        before = members[rows - 1]
        members[rows] = np.maximum(before + change(before, passed[rows]), 0.0)
    return table.assign(members=members.astype(np.int64))


def _days(weeks: Any) -> float:
    """Length of observation, days."""
    return float(7 * (weeks["week"].max() + 1))
