"""Simple baselines of the model as to messages: who posts how often, for how long.

Each takes the newcomers as given (where, when, until when they are watched) and says what they
post; in continuous time, without threads, replies or hours of the day. Facts about those come out
NaN.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.special import gammaln

from shequn.agents.errors import ShequnError
from shequn.experiments.facts.records import Records

# The chat archive behind the facts of interest-forum, of which only figures are known.
ARCHIVE_DAYS = 2922.0
ARCHIVE_POSTS_PER_POSTER = 934_754 / 5_460
ARCHIVE_SINGLE_POST_SHARE = 0.122
ARCHIVE_SURVIVAL = {1: 0.68, 7: 0.60, 30: 0.52, 90: 0.45, 365: 0.33, 730: 0.24}
ARCHIVE_POSTERS = 1000


@dataclass(frozen=True, eq=False)
class Newcomers:
    """People by their first message.

    Attributes
    ----------
    community : numpy.ndarray
        int64, shape (n,).
    first, end : numpy.ndarray
        Days of the first message, and until which the person is watched, float64, shape (n,).
    repeats, last : numpy.ndarray
        Messages after the first, and day of the last one, float64, shape (n,); empty when only the
        newcomers are known.
    """

    community: np.ndarray
    first: np.ndarray
    end: np.ndarray
    repeats: np.ndarray = field(default_factory=lambda: np.empty(0))
    last: np.ndarray = field(default_factory=lambda: np.empty(0))

    def until(self) -> float:
        """Day on which all watching ends."""
        return float(np.ceil(self.end.max()))


def newcomers_of(records: Records) -> Newcomers:
    """Everybody who posted; watched until the community's last message, as retention is.

    Parameters
    ----------
    records : Records
        With `messages`.

    Returns
    -------
    Newcomers
        Sorted by community and person.

    Raises
    ------
    ShequnError
        If there is no message.
    """
    log = records.messages
    if not len(log):
        raise ShequnError("a baseline needs messages to be fitted to")
    frame = pd.DataFrame({name: log[name] for name in ("community", "person", "time")})
    times: Any = frame.groupby(["community", "person"])["time"].agg(["min", "max", "size"])
    ends: Any = frame.groupby("community")["time"].max()
    community = times.index.get_level_values("community")
    return Newcomers(
        community.to_numpy(dtype=np.int64),
        times["min"].to_numpy(dtype=np.float64),
        ends.loc[community].to_numpy(dtype=np.float64),
        times["size"].to_numpy(dtype=np.float64) - 1.0,
        times["max"].to_numpy(dtype=np.float64),
    )


def archive_newcomers() -> Newcomers:
    """A thousand newcomers of one community, evenly over the eight years of the archive.

    Returns
    -------
    Newcomers
        Without repeats: single messages were not published.
    """
    first = (np.arange(ARCHIVE_POSTERS) + 0.5) / ARCHIVE_POSTERS * ARCHIVE_DAYS
    everyone = np.zeros(ARCHIVE_POSTERS, dtype=np.int64)
    return Newcomers(everyone, first, np.full(ARCHIVE_POSTERS, ARCHIVE_DAYS))


@dataclass(frozen=True, eq=False)
class ConstantHazard:
    """Everybody posts at one rate and leaves at one hazard: homogeneous posting and churn.

    A person who posted first on day 0 posts as a Poisson process of rate lambda and is gone for
    good at hazard mu, both the same for all (the model of Schmittlein, Morrison and Colombo 1987,
    *Management Science* 33, 1-24, without its spread of rates).

    Attributes
    ----------
    rate : float
        lambda, messages a day.
    hazard : float
        mu, per day.
    newcomers : Newcomers
        Given.
    """

    rate: float
    hazard: float
    newcomers: Newcomers = field(repr=False)
    name: str = "constant hazard"

    @classmethod
    def fit(cls, records: Records) -> ConstantHazard:
        """Maximum likelihood: `fit_constant_hazard` of everybody's messages.

        Parameters
        ----------
        records : Records
            With `messages`.

        Returns
        -------
        ConstantHazard
            The baseline.
        """
        people = newcomers_of(records)
        recency, watched = people.last - people.first, people.end - people.first
        return cls(*fit_constant_hazard(people.repeats, recency, watched), people)

    @classmethod
    def of_archive(cls) -> ConstantHazard:
        """Fitted to the archive's figures: tenure survival, and messages per poster.

        Returns
        -------
        ConstantHazard
            mu by least squares on P(tenure > t), which is e^-mu t here; lambda from the mean.
        """
        people = archive_newcomers()
        days, share = np.array(list(ARCHIVE_SURVIVAL)), np.array(list(ARCHIVE_SURVIVAL.values()))

        def misfit(log_hazard: float) -> float:
            return float(((np.exp(-np.exp(log_hazard) * days) - share) ** 2).sum())

        found: Any = minimize_scalar(misfit, bounds=(-10.0, 2.0), method="bounded")
        hazard = float(np.exp(found.x))
        stays = -np.expm1(-hazard * (people.end - people.first)) / hazard
        return cls((ARCHIVE_POSTS_PER_POSTER - 1.0) / float(stays.mean()), hazard, people)

    def records(self, seed: int) -> Records:
        """Draw messages.

        Parameters
        ----------
        seed : int
            Key of the Philox generator.

        Returns
        -------
        Records
            `messages` without threads.
        """
        generator = np.random.Generator(np.random.Philox(key=seed))
        watched = self.newcomers.end - self.newcomers.first
        stays = np.minimum(generator.exponential(1.0 / self.hazard, len(watched)), watched)
        return _messages(self.newcomers, generator.poisson(self.rate * stays), stays, generator)


@dataclass(frozen=True, eq=False)
class GammaPoisson:
    """Everybody posts at a rate of their own and nobody leaves: the negative binomial model.

    Rates are gamma distributed with shape k (Ehrenberg 1959, *Applied Statistics* 8, 26-41).

    Attributes
    ----------
    shape : float
        k; the smaller, the more unequal.
    scale : float
        Days; the mean rate is shape / scale messages a day.
    newcomers : Newcomers
        Given.
    """

    shape: float
    scale: float
    newcomers: Newcomers = field(repr=False)
    name: str = "gamma rates, no exit"

    @classmethod
    def fit(cls, records: Records) -> GammaPoisson:
        """Maximum likelihood: `fit_negative_binomial` of everybody's messages.

        Parameters
        ----------
        records : Records
            With `messages`.

        Returns
        -------
        GammaPoisson
            The baseline.
        """
        people = newcomers_of(records)
        return cls(*fit_negative_binomial(people.repeats, people.end - people.first), people)

    @classmethod
    def of_archive(cls) -> GammaPoisson:
        """Fitted to the archive's figures: messages per poster, and posters with a single one.

        Returns
        -------
        GammaPoisson
            The baseline.
        """
        people = archive_newcomers()
        watched = people.end - people.first
        repeats = ARCHIVE_POSTS_PER_POSTER - 1.0

        def excess(log_shape: float) -> float:
            shape = np.exp(log_shape)
            scale = shape * watched.mean() / repeats
            none = (scale / (scale + watched)) ** shape
            return float(none.mean()) - ARCHIVE_SINGLE_POST_SHARE

        shape = float(np.exp(float(np.asarray(brentq(excess, -5.0, 5.0)))))
        return cls(shape, shape * float(watched.mean()) / repeats, people)

    def records(self, seed: int) -> Records:
        """Draw messages.

        Parameters
        ----------
        seed : int
            Key of the Philox generator.

        Returns
        -------
        Records
            `messages` without threads.
        """
        generator = np.random.Generator(np.random.Philox(key=seed))
        watched = self.newcomers.end - self.newcomers.first
        rates = generator.gamma(self.shape, 1.0 / self.scale, len(watched))
        return _messages(self.newcomers, generator.poisson(rates * watched), watched, generator)


def fit_constant_hazard(
    repeats: np.ndarray, recency: np.ndarray, watched: np.ndarray
) -> tuple[float, float]:
    """Rate and hazard by maximum likelihood.

    Parameters
    ----------
    repeats : numpy.ndarray
        Events after the first, shape (n,).
    recency, watched : numpy.ndarray
        Time from the first event to the last, and to the end of observation, shape (n,).

    Returns
    -------
    tuple of float
        lambda and mu, per unit of time, of the likelihood lambda^x [mu / (lambda + mu) e^-(lambda +
        mu) t_x + lambda / (lambda + mu) e^-(lambda + mu) T] (Schmittlein et al. 1987).
    """
    stays = np.maximum(recency, 0.0)

    def cost(logs: np.ndarray) -> float:
        rate, hazard = np.exp(logs)
        both = rate + hazard
        left = np.log(hazard / both) - both * stays
        here = np.log(rate / both) - both * watched
        return -float((repeats * logs[0] + np.logaddexp(left, here)).sum())

    total = float(repeats.sum()) / max(float(watched.sum()), 1e-12)
    start = np.log([max(total, 1e-6), max(1.0 / max(float(watched.mean()), 1e-6), 1e-6)])
    found = minimize(cost, start, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-7})
    rate, hazard = np.exp(found.x)
    return float(rate), float(hazard)


def fit_negative_binomial(counts: np.ndarray, watched: np.ndarray) -> tuple[float, float]:
    """Shape and scale of gamma rates by maximum likelihood.

    Parameters
    ----------
    counts : numpy.ndarray
        Events of each person, shape (n,).
    watched : numpy.ndarray
        For how long, shape (n,); who was not watched at all is left out.

    Returns
    -------
    tuple of float
        k, and s in units of time: P(x) = gamma(k + x) / (gamma(k) x!) (s / (s + T))^k (T / (s +
        T))^x.
    """
    seen = watched > 0.0
    x, time = counts[seen], watched[seen]

    def cost(logs: np.ndarray) -> float:
        shape, scale = np.exp(logs)
        chance = gammaln(shape + x) - gammaln(shape) + shape * np.log(scale / (scale + time))
        return -float((chance + x * np.log(time / (scale + time))).sum())

    start = np.array([-1.0, np.log(max(0.4 * time.sum() / max(x.sum(), 1.0), 1e-9))])
    found = minimize(cost, start, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-7})
    shape, scale = np.exp(found.x)
    return float(shape), float(scale)


def _messages(
    people: Newcomers, counts: np.ndarray, stays: np.ndarray, generator: np.random.Generator
) -> Records:
    """First messages, and the drawn numbers of others evenly over each person's stay."""
    person = np.arange(len(counts))
    author = np.concatenate([person, np.repeat(person, counts)])
    later = generator.random(int(counts.sum())) * np.repeat(stays, counts)
    time = np.concatenate([people.first, np.repeat(people.first, counts) + later])
    order = np.lexsort((time, people.community[author]))
    return Records(
        days=people.until(),
        messages=pd.DataFrame(
            {
                "community": people.community[author][order],
                "time": time[order],
                "person": author[order],
                "thread": np.full(len(author), -1),
            }
        ),
    )
