"""Formulas that the model must reduce to, and what a finite world with midnights adds to them.

Pure mathematics: nothing here runs the model. `formulas.limits` and the tests of the
ring ``limits`` compare runs with these formulas. Biases come from three places: people join at
midnight only, invitations wait for the inviter's next session, and the market is finite.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np


def bass(p: float, q: float, t: float) -> float:
    """Share that has adopted by time t (Bass 1969): (1-e^-(p+q)t) / (1+(q/p)e^-(p+q)t).

    Parameters
    ----------
    p, q : float
        Rates of finding out by oneself (above 0) and from those who have adopted, 1/time.
    t : float
        Time since nobody had.

    Returns
    -------
    float
        0 .. 1.
    """
    fade = math.exp(-(p + q) * t)
    return (1.0 - fade) / (1.0 + q / p * fade)


def logistic(start: float, q: float, t: float) -> float:
    """Share by time t by word of mouth alone: F0 e^qt / (1 - F0 + F0 e^qt), F0 = ``start``."""
    grown = start * math.exp(q * t)
    return grown / (1.0 - start + grown)


def mean_length(rate: float) -> float:
    """Integral of exp(-rate u) over a day."""
    return -math.expm1(-rate) / rate if rate > 0.0 else 1.0


class Rates(NamedTuple):
    """What people do, 1/day: invite, look in, come by themselves, leave."""

    invite: float
    sessions: float
    discovery: float = 0.0
    leave: float = 0.0


def midnights(
    days: int, people: float, seeds: float, rates: Rates, back: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Expected outsiders and members at each midnight in a large market, delays included.

    A member who joined at midnight j sends the invitations that fall due at rate ``invite`` at
    its next session (rate ``sessions``), if it is still there, and they arrive at the midnight
    after: between the (k-1)-th and the k-th midnight of its membership that is invite x integral
    of exp(-leave u) (1 - exp(-sessions u)). With ``back`` who has left can be invited at once.

    Parameters
    ----------
    days : int
        Midnights.
    people, seeds : float
        In the market, and members at the start.
    rates : Rates
        What people do.
    back : bool
        Whether who has left can come again.

    Returns
    -------
    outside, members : numpy.ndarray
        float64, shape (days + 1,), persons.
    """
    invite, sessions, discovery, leave = rates
    outside, members = np.empty(days + 1), np.empty(days + 1)
    outside[0], members[0] = people - seeds, seeds
    alive = unsent = seeds  # sums of exp(-leave age), exp(-(leave + sessions) age)
    for n in range(1, days + 1):
        sent = alive * mean_length(leave) - unsent * mean_length(leave + sessions)
        missed = math.exp(-discovery + invite * sent * math.log1p(-1.0 / (people - 1.0)))
        joined = outside[n - 1] * (1.0 - missed)
        alive = alive * math.exp(-leave) + joined
        unsent = unsent * math.exp(-leave - sessions) + joined
        members[n] = alive
        outside[n] = people - alive if back else outside[n - 1] - joined
    return outside, members


def pure_birth(
    rates: np.ndarray, start: int, times: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and SD of a birth chain with these rates in states 0 .. len - 1, at ascending times.

    The master equation by the Runge-Kutta method, a step of at most 1 / the highest rate.

    Parameters
    ----------
    rates : numpy.ndarray
        float64, shape (states,): from each state to the next, 1/time.
    start : int
        State at time 0.
    times : sequence of float
        When.

    Returns
    -------
    means, spreads : numpy.ndarray
        float64, shape (len(times),).
    """
    states = np.arange(len(rates))
    chance = np.zeros(len(rates))
    chance[start] = 1.0
    means, spreads, now = [], [], 0.0
    for time in times:
        steps = max(1, math.ceil((time - now) * rates.max()))
        for _ in range(steps):
            chance = _step(chance, rates, (time - now) / steps)
        now = time
        mean = float(chance @ states)
        means.append(mean)
        spreads.append(math.sqrt(chance @ (states - mean) ** 2))
    return np.array(means), np.array(spreads)


def _step(chance: np.ndarray, rates: np.ndarray, width: float) -> np.ndarray:
    def slope(now: np.ndarray) -> np.ndarray:
        flow = rates * now
        change = -flow
        change[1:] += flow[:-1]
        return change

    k1 = slope(chance)
    k2 = slope(chance + 0.5 * width * k1)
    k3 = slope(chance + 0.5 * width * k2)
    k4 = slope(chance + width * k3)
    return chance + width / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)


def moments(values: np.ndarray, chance: np.ndarray) -> tuple[float, float, float]:
    """Mean, variance and fourth central moment of a distribution on whole numbers."""
    mean = float(chance @ values)
    gap = values - mean
    return mean, float(chance @ gap**2), float(chance @ gap**4)


def from_generating_function(function: Callable[[np.ndarray], np.ndarray], size: int) -> np.ndarray:
    """Probabilities of 0 .. size - 1 from a generating function, by the fast Fourier transform."""
    circle = np.exp(-2j * np.pi * np.arange(size) / size)
    return np.maximum(0.0, np.fft.ifft(function(circle)).real)


def borel(ratio: float, most: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Chance that a tree with Poisson offspring has 1 .. most members (Borel 1942).

    P(n) = e^(-R n) (R n)^(n-1) / n!, for R = ``ratio`` between 0 and 1.

    Returns
    -------
    n, chance : numpy.ndarray
        int64 and float64, shape (most,).
    """
    from scipy.special import gammaln

    n = np.arange(1, most + 1)
    return n, np.exp(-ratio * n + (n - 1) * np.log(ratio * n) - gammaln(n + 1))


def tree_by_midnight(ratio: float, half_life: float, sessions: float, days: int) -> np.ndarray:
    """Expected size of a tree at each midnight: m_n = 1 + sum of w_k m_(n-k).

    Invitations fall due at rate R f e^(-f u), f = ln 2 / half-life, and are sent at the next
    session: w_k = R s / (s - f) x integral over the k-th day of f (e^-fu - e^-su).

    Parameters
    ----------
    ratio : float
        R, offspring of a member.
    half_life : float
        Of a member's zeal, days.
    sessions : float
        s, 1/day.
    days : int
        Midnights.

    Returns
    -------
    numpy.ndarray
        float64, shape (days + 1,), members.
    """
    fade = math.log(2.0) / half_life
    edge = np.arange(days + 1)
    done = 1.0 - np.exp(-fade * edge) - fade / sessions * (1.0 - np.exp(-sessions * edge))
    sent = ratio * sessions / (sessions - fade) * np.diff(done)
    mean = np.ones(days + 1)
    for n in range(1, days + 1):
        mean[n] = 1.0 + sent[:n] @ mean[n - 1 :: -1][:n]
    return mean


def covered(people: int, posts: float) -> tuple[float, float]:
    """Distinct authors among so many posts of like people: mean and variance (occupancy).

    The mean is N (1 - (1 - 1/N)^m).
    """
    one, two = (1.0 - 1.0 / people) ** posts, (1.0 - 2.0 / people) ** posts
    mean = people * (1.0 - one)
    return mean, people * one + people * (people - 1) * two - (people * one) ** 2


def gini(counts: np.ndarray) -> float:
    """Gini coefficient of counts with the unbiased mean difference."""
    x = np.sort(counts)
    n = len(x)
    return float((2 * np.arange(1, n + 1) - n - 1) @ x / ((n - 1) * x.sum()))


def gini_of(chance: np.ndarray) -> tuple[float, float]:
    """Gini coefficient of a distribution on 0, 1, ..., and its error for one person.

    G = mean difference / 2 mean; the influence of a person with x posts is [2 (h(x) - D) - D (x -
    m) / m] / 2m, with h(x) = E|x - X|, D = E h, m = the mean.
    """
    x = np.arange(len(chance))
    mean = chance @ x
    below, weighted = np.cumsum(chance), np.cumsum(chance * x)
    near = x * (2.0 * below - 1.0) + mean - 2.0 * weighted
    difference = chance @ near
    influence = (2.0 * (near - difference) - difference * (x - mean) / mean) / (2.0 * mean)
    return float(difference / (2.0 * mean)), math.sqrt(chance @ influence**2)


def gamma_poisson(mean: float, k: float, size: int) -> np.ndarray:
    """Negative binomial on 0 .. size - 1: Poisson posts at gamma rates; P0 = (1 + m/k)^-k."""
    return from_generating_function(lambda z: (1.0 + mean / k * (1.0 - z)) ** -k, size)


def gamma_poisson_in_sessions(
    mean: float, k: float, sessions: float, size: int, points: int = 4000
) -> np.ndarray:
    """The same when the sessions are Poisson too: 1 - e^-talk(1 - z) instead of talk (1 - z).

    ``sessions`` is their mean number; gamma rates are taken at ``points`` quantiles.
    """
    from scipy.special import gammaincinv

    level = gammaincinv(k, (np.arange(points) + 0.5) / points)
    talk = mean / sessions * level / level.mean()

    def function(z: np.ndarray) -> np.ndarray:
        total = np.zeros(len(z), complex)
        for part in np.array_split(talk, 40):
            rate = -np.expm1(-part[:, None] * (1.0 - z[None, :]))
            total += np.exp(-sessions * rate).sum(axis=0)
        return total / points

    return from_generating_function(function, size)


def beta_geometric(a: float, b: float, t: float) -> float:
    """Share still there after t whole days: B(a, b + t) / B(a, b) (Fader & Hardie 2007)."""
    from scipy.special import betaln

    return math.exp(betaln(a, b + t) - betaln(a, b))


def immigration(arrivals: float, leave: float, start: float, day: float) -> tuple[float, float]:
    """Mean and variance of members who come at a constant rate and leave at a constant hazard.

    Mean a/d + (N0 - a/d) e^-dt; the variance is that of Poisson arrivals and of N0 independent
    lifetimes.
    """
    level, fade = arrivals / leave, math.exp(-leave * day)
    mean = level + (start - level) * fade
    return mean, level * (1.0 - fade) + start * fade * (1.0 - fade)


def immigration_bias(rate: float, leave: float, people: float, day: int, start: float) -> float:
    """Expected members at a midnight, less the formula: midnight, and the market used up.

    Arrivals of a day enter at its midnight: a e^(-rate j) each, with a = people x (1 - e^-rate),
    and e^-leave of them stay from one midnight to the next. Seeds come from the same market.
    """
    ages = np.arange(day)
    joins = (people - start) * -math.expm1(-rate) * np.exp(-rate * (day - 1 - ages))
    exact = start * math.exp(-leave * day) + joins @ np.exp(-leave * ages)
    return float(exact) - immigration(rate * people, leave, start, day)[0]


def stock_at_midnight(decay: float, hours: Sequence[float], sessions: float) -> float:
    """Steady stock at midnight with one exposure at the first session after each hour.

    Each exposure of a day is on average a factor E e^(decay x wait) fresher than its hour, with an
    exponential wait to the session: s / (s - decay), and fades by e^(-decay (1 - hour / 24)).
    """
    fresh = sessions / (sessions - decay)
    today = sum(math.exp(-decay * (1.0 - hour / 24.0)) for hour in hours) * fresh
    return today / -math.expm1(-decay)
