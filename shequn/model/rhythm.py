"""When sessions take place: each member's sessions of a day, in order of time."""

from __future__ import annotations

import math

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import draw, stream
from shequn.agents.tables import MUTED
from shequn.model.parameters import Parameters

SESSIONS = stream("rhythm.sessions")
_KNOTS = 256
_BLOCKS = 64
MOST_SESSIONS = 4 * _BLOCKS - 1


def quantiles_of_day(parameters: Parameters) -> np.ndarray:
    """Quantiles of the time of day at which sessions take place.

    Parameters
    ----------
    parameters : Parameters
        The tree (``rhythm.hours`` and ``rhythm.strength``).

    Returns
    -------
    numpy.ndarray
        float64, shape (257,): time of day in days, 0 .. 1, at probabilities 0, 1/256, ..., 1.
    """
    hours = np.array(parameters.rhythm.hours)
    weights = hours / hours.mean() if hours.sum() > 0 else np.ones(24)
    strength = parameters.rhythm.strength
    mixed = strength * weights + (1.0 - strength)
    cumulative = np.concatenate([[0.0], np.cumsum(mixed)])
    return np.interp(
        np.linspace(0.0, 1.0, _KNOTS + 1), cumulative / cumulative[-1], np.arange(25) / 24.0
    )


def factors_of_week(parameters: Parameters) -> np.ndarray:
    """Relative number of sessions on each weekday, mean 1.

    Parameters
    ----------
    parameters : Parameters
        The tree (``rhythm.weekdays`` and ``rhythm.strength``).

    Returns
    -------
    numpy.ndarray
        float64, shape (7,).
    """
    days = np.array(parameters.rhythm.weekdays)
    weights = days / days.mean() if days.sum() > 0 else np.ones(7)
    return parameters.rhythm.strength * weights + (1.0 - parameters.rhythm.strength)


@compiled
def poisson(mean, u):
    """Poisson number by inversion of one uniform number: monotone in the mean.

    Parameters
    ----------
    mean : float
        Mean, 0 .. about 50.
    u : float
        Uniform number.

    Returns
    -------
    int
        0 .. 255.
    """
    probability = math.exp(-mean)
    cumulative = probability
    count = 0
    while u > cumulative and count < MOST_SESSIONS:
        count += 1
        probability *= mean / count
        cumulative += probability
    return count


@compiled
def time_of_day(u, quantiles):
    """Time of day, in days, from one uniform number and the quantile table."""
    position = u * (quantiles.shape[0] - 1)
    knot = int(position)
    below = quantiles[knot]
    return below + (position - knot) * (quantiles[knot + 1] - below)


@compiled
def count_sessions(members, roster, day, factor, p, counts, quarters):
    """How many sessions each member of a group has today.

    The number is Poisson with mean session_rate x habit x weekday factor (x ``rhythm.muted`` for
    muted members).

    Parameters
    ----------
    members : record array
        The members table.
    roster : numpy.ndarray
        int64, shape (n,): rows of the group's members.
    day : int
        Today.
    factor : float
        Weekday factor.
    p : record
        Parameters.
    counts : numpy.ndarray
        int64, shape (n,): filled with the numbers.
    quarters : numpy.ndarray
        float64, shape (n, 3): filled with the uniform numbers of the first three sessions.

    Returns
    -------
    int
        Sum of the numbers.
    """
    total = 0
    for k in range(roster.shape[0]):
        member = members[roster[k]]
        mean = np.float64(member.session_rate) * member.habit * factor
        if member.status == MUTED:
            mean *= p.rhythm_muted
        u = draw(p.seed, SESSIONS, roster[k], day * _BLOCKS)
        counts[k] = poisson(mean, u[0])
        quarters[k, 0], quarters[k, 1], quarters[k, 2] = u[1], u[2], u[3]
        total += counts[k]
    return total


@compiled
def place_sessions(roster, day, counts, quarters, quantiles, p, times, rows):
    """Time of each session, keyed by member, day and index; not yet in order.

    Parameters
    ----------
    roster, counts, quarters
        As for `count_sessions`.
    day : int
        Today.
    quantiles : numpy.ndarray
        Quantiles of the time of day.
    p : record
        Parameters.
    times : numpy.ndarray
        float64, shape (sessions,): filled with times, in days.
    rows : numpy.ndarray
        int64, shape (sessions,): filled with members.
    """
    n = 0
    for k in range(roster.shape[0]):
        u = (0.0, 0.0, 0.0, 0.0)
        for index in range(counts[k]):
            if index < 3:
                luck = quarters[k, index]
            else:
                lane = (index + 1) % 4
                if lane == 0:
                    u = draw(p.seed, SESSIONS, roster[k], day * _BLOCKS + (index + 1) // 4)
                luck = u[lane]
            times[n] = day + time_of_day(luck, quantiles)
            rows[n] = roster[k]
            n += 1


@compiled
def sort_by_time(times, rows, day):
    """Put sessions in order of time, ties in the order given: bucket sort, then insertion.

    Parameters
    ----------
    times, rows : numpy.ndarray
        Sessions of one day.
    day : int
        That day.

    Returns
    -------
    times, rows : numpy.ndarray
        The same, sorted.
    """
    n = times.shape[0]
    starts = np.zeros(n + 2, np.int64)
    for k in range(n):
        starts[min(n - 1, int((times[k] - day) * n)) + 2] += 1
    for bucket in range(2, n + 2):
        starts[bucket] += starts[bucket - 1]
    sorted_times = np.empty(n)
    sorted_rows = np.empty(n, np.int64)
    for k in range(n):
        bucket = min(n - 1, int((times[k] - day) * n)) + 1
        place = starts[bucket]
        starts[bucket] += 1
        sorted_times[place] = times[k]
        sorted_rows[place] = rows[k]
    for k in range(1, n):
        time, row = sorted_times[k], sorted_rows[k]
        j = k - 1
        while j >= 0 and sorted_times[j] > time:
            sorted_times[j + 1] = sorted_times[j]
            sorted_rows[j + 1] = sorted_rows[j]
            j -= 1
        sorted_times[j + 1] = time
        sorted_rows[j + 1] = row
    return sorted_times, sorted_rows


@compiled
def plan_sessions(members, roster, day, factor, quantiles, p):
    """The sessions of one group on one day, in order of time.

    Parameters
    ----------
    members : record array
        The members table.
    roster : numpy.ndarray
        int64: rows of the group's members, ascending.
    day : int
        Today.
    factor : float
        Weekday factor.
    quantiles : numpy.ndarray
        Quantiles of the time of day.
    p : record
        Parameters.

    Returns
    -------
    times : numpy.ndarray
        float64, shape (sessions,): days.
    rows : numpy.ndarray
        int64, shape (sessions,): members.
    """
    counts = np.empty(roster.shape[0], np.int64)
    quarters = np.empty((roster.shape[0], 3))
    total = count_sessions(members, roster, day, factor, p, counts, quarters)
    times = np.empty(total)
    rows = np.empty(total, np.int64)
    place_sessions(roster, day, counts, quarters, quantiles, p, times, rows)
    return sort_by_time(times, rows, day)
