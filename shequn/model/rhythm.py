"""Rhythm: how many sessions members have on a day, and when, in order of time."""

from __future__ import annotations

import math

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import draw, stream
from shequn.agents.tables import MUTED
from shequn.agents.verbs.wait import need_rate
from shequn.model.parameters import Parameters

SESSIONS = stream("rhythm.sessions")
_KNOTS = 256
_BLOCKS = 64
MOST_SESSIONS = 4 * _BLOCKS - 1


def quantiles_of_day(parameters: Parameters) -> np.ndarray:
    """Quantiles of the time of day at which sessions take place (eq. 7.1-2).

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
    """Relative number of sessions on each weekday, mean 1 (eq. 7.1-2).

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
def draw_sessions(members, roster, newest, day, factor, p):
    """How many sessions each member of a group has today, and the luck of each (eq. 7.1-1).

    The number is Poisson with mean session_rate x habit x weekday factor x (1 - market.attention x
    (1 - share)), x ``rhythm.muted`` for muted members, x (1 + group.notification x unread / (unread
    + capacity)) for others. A need that is due by the end of the day brings ``rhythm.need x
    belonging`` sessions more: people come back for a purpose (goal-directed visits: Moe 2003, J.
    Consumer Psychology 13(1-2); the form is assumed). The luck of a session, keyed by member, day
    and index, decides its time of day.

    Parameters
    ----------
    members : array of MEMBER_DTYPE
        The members table.
    roster : numpy.ndarray
        int64: rows of the group's members.
    newest : int
        Number of the group's newest message.
    day : int
        Today.
    factor : float
        Weekday factor.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    luck : numpy.ndarray
        float64, shape (sessions,): uniform numbers.
    rows : numpy.ndarray
        int64, shape (sessions,): members.
    """
    n = 0
    luck = np.empty(2 * roster.shape[0] + 64)
    rows = np.empty(luck.shape[0], np.int64)
    for row in roster:
        member = members[row]
        mean = np.float64(member.session_rate) * member.habit * factor
        mean *= 1.0 - p.market_attention * (1.0 - np.float64(member.share))
        if member.status == MUTED:
            mean *= p.rhythm_muted
        elif p.group_notification > 0.0:
            unread = np.float64(newest - member.read_upto)
            mean *= 1.0 + p.group_notification * unread / (unread + member.capacity)
        if p.rhythm_need > 0.0 and member.need_clock <= need_rate(member, p):
            mean += p.rhythm_need * member.belonging
        if mean <= 0.0:
            continue
        u = draw(p.seed, SESSIONS, row, day * _BLOCKS)
        count = poisson(mean, u[0])
        if n + count > luck.shape[0]:
            luck = np.concatenate((luck, np.empty(luck.shape[0] + count)))
            rows = np.concatenate((rows, np.empty(rows.shape[0] + count, np.int64)))
        for index in range(1, count + 1):
            lane = index % 4
            if lane == 0:
                u = draw(p.seed, SESSIONS, row, day * _BLOCKS + index // 4)
            luck[n] = u[lane]
            rows[n] = row
            n += 1
    return luck[:n], rows[:n]


@compiled
def sort_by_luck(luck, rows):
    """Put sessions in order of luck, ties in the order given: bucket sort, then insertion.

    Luck is uniform, so a bucket holds one session on average.

    Parameters
    ----------
    luck, rows : numpy.ndarray
        Sessions of one day.

    Returns
    -------
    luck, rows : numpy.ndarray
        The same, sorted.
    """
    n = luck.shape[0]
    ends = np.zeros(n + 1, np.int64)
    for k in range(n):
        ends[int(luck[k] * n) + 1] += 1
    for bucket in range(n):
        ends[bucket + 1] += ends[bucket]
    sorted_luck = np.empty(n)
    sorted_rows = np.empty(n, np.int64)
    for k in range(n):
        bucket = int(luck[k] * n)
        place = ends[bucket]
        ends[bucket] += 1
        sorted_luck[place] = luck[k]
        sorted_rows[place] = rows[k]
    for k in range(1, n):
        value, row = sorted_luck[k], sorted_rows[k]
        j = k
        while j > 0 and sorted_luck[j - 1] > value:
            sorted_luck[j] = sorted_luck[j - 1]
            sorted_rows[j] = sorted_rows[j - 1]
            j -= 1
        sorted_luck[j] = value
        sorted_rows[j] = row
    return sorted_luck, sorted_rows


@compiled
def plan_sessions(members, roster, newest, day, factor, quantiles, p):
    """The sessions of one group on one day, in order of time.

    Parameters
    ----------
    members : array of MEMBER_DTYPE
        The members table.
    roster : numpy.ndarray
        int64: rows of the group's members, ascending.
    newest : int
        Number of the group's newest message.
    day : int
        Today.
    factor : float
        Weekday factor.
    quantiles : numpy.ndarray
        Quantiles of the time of day; the time is increasing in the luck.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    times : numpy.ndarray
        float64, shape (sessions,): days.
    rows : numpy.ndarray
        int64, shape (sessions,): members.
    """
    luck, rows = draw_sessions(members, roster, newest, day, factor, p)
    times, rows = sort_by_luck(luck, rows)
    for k in range(times.shape[0]):
        times[k] = day + time_of_day(times[k], quantiles)
    return times, rows
