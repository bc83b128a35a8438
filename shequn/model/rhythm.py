"""When sessions take place, in order of time, and who stays on and looks again."""

from __future__ import annotations

import math

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import draw, stream
from shequn.agents.tables import MEMBER, MUTED
from shequn.agents.verbs.wait import need_rate
from shequn.model.parameters import Parameters

SESSIONS = stream("rhythm.sessions")
LOOKS = stream("rhythm.looks")
ALERTS = stream("rhythm.alerts")
_KNOTS = 256
_BLOCKS = 64
_MOST_LOOKS = 255
_DORMANT = 0.01  # habit below which nobody is reached any more (assumed)
MINUTE = 1.0 / 1440.0
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
    members : record array
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
        Parameters.

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
    members : record array
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
        Parameters.

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


@compiled
def look_again(member, row, time, day, feed, group, p):
    """When a member who has just been here looks again, because people are talking.

    While the newest message of the group, whoever wrote it, is at most ``rhythm.lively`` minutes
    old, the member stays on with probability ``rhythm.linger`` and looks again after an
    exponential pause with mean ``rhythm.pause`` minutes; who is there at midnight goes to bed. So
    talk brings talk, and messages come in bursts (a self-exciting process: Hawkes 1971, Biometrika
    58(1), 83-90; bursts of human dynamics: Barabasi 2005, Nature 435, 207-211; the form is
    assumed).

    Parameters
    ----------
    member : record
        Row of the members table; ``looks`` is counted up.
    row : int
        Its number.
    time : float
        Now, in days.
    day : int
        Today.
    feed : record array
        The group's ring of messages.
    group : record
        Row of the groups table.
    p : record
        Parameters.

    Returns
    -------
    float
        Days; inf for not today.
    """
    if p.rhythm_linger <= 0.0 or group.newest == 0 or member.looks == _MOST_LOOKS:
        return np.inf
    newest = feed[np.int64(group.newest) & np.int64(feed.shape[0] - 1)]
    if time - newest.time > p.rhythm_lively * MINUTE:
        return np.inf
    u = draw(p.seed, LOOKS, row, day * (_MOST_LOOKS + 1) + np.int64(member.looks))
    again = time - p.rhythm_pause * MINUTE * math.log(u[1])
    if u[0] >= p.rhythm_linger or again >= day + 1.0:
        return np.inf
    member.looks += 1
    return again


@compiled
def breaks_silence(first, feed, group, p):
    """Whether message ``first`` is there, and the one before it is no longer lively."""
    if p.group_alert <= 0.0 or group.newest < first:
        return False
    mask = np.int64(feed.shape[0] - 1)
    if group.newest - first >= mask or first == 1:
        return True
    silence = feed[first & mask].time - feed[(first - 1) & mask].time
    return silence > p.rhythm_lively * MINUTE


@compiled
def alerted(author, time, day, roster, members, p):
    """Who comes to look because somebody breaks the silence of the group.

    Each unmuted member of habit 0.01 or more, other than the author, comes with probability
    ``group.alert x habit``, after an exponential pause with mean ``rhythm.pause`` minutes (most
    notifications of messages are seen within minutes: Pielot, Church & de Oliveira 2014,
    MobileHCI; the form is assumed). The draw is keyed by the member and the time of the message in
    millionths of a day.

    Parameters
    ----------
    author : int
        Who writes, -1 the operator.
    time : float
        When, in days.
    day : int
        Today.
    roster : numpy.ndarray
        int64: rows of the group's members.
    members : record array
        The members table.
    p : record
        Parameters.

    Returns
    -------
    times : numpy.ndarray
        float64, shape (who come,): when, before midnight.
    rows : numpy.ndarray
        int64, shape (who come,): who.
    """
    times = np.empty(roster.shape[0])
    rows = np.empty(roster.shape[0], np.int64)
    n = 0
    for row in roster:
        member = members[row]
        if member.status != MEMBER or row == author or member.habit < _DORMANT:
            continue
        u = draw(p.seed, ALERTS, row, np.int64(time * 1e6))
        comes = time - p.rhythm_pause * MINUTE * math.log(u[1])
        if u[0] < p.group_alert * member.habit and comes < day + 1.0:
            times[n], rows[n] = comes, row
            n += 1
    return times[:n], rows[:n]


@compiled
def put_in(time, row, times, rows, n):
    """Put a look into the heap of those to come, the earliest first, ties by row.

    Parameters
    ----------
    time : float
        When, in days.
    row : int
        The member.
    times, rows : numpy.ndarray
        The heap.
    n : int
        Looks in it.

    Returns
    -------
    times, rows : numpy.ndarray
        The heap, or its longer copy.
    n : int
        Looks in it.
    """
    if n == times.shape[0]:
        times = np.concatenate((times, np.empty(n)))
        rows = np.concatenate((rows, np.empty(n, np.int64)))
    child = n
    while child > 0:
        parent = (child - 1) // 2
        if times[parent] < time or (times[parent] == time and rows[parent] < row):
            break
        times[child], rows[child] = times[parent], rows[parent]
        child = parent
    times[child], rows[child] = time, row
    return times, rows, n + 1


@compiled
def put_all_in(calls, times, rows, n):
    """Put several looks, times and rows, into the heap: see `put_in`."""
    for k in range(calls[0].shape[0]):
        times, rows, n = put_in(calls[0][k], calls[1][k], times, rows, n)
    return times, rows, n


@compiled
def drop_first(times, rows, n):
    """Take the earliest look out of the heap.

    Parameters
    ----------
    times, rows : numpy.ndarray
        The heap; changed.
    n : int
        Looks in it, at least 1.

    Returns
    -------
    int
        Looks left.
    """
    n -= 1
    time, row = times[n], rows[n]
    parent = 0
    while 2 * parent + 1 < n:
        child = 2 * parent + 1
        other = child + 1
        if other < n and (
            times[other] < times[child]
            or (times[other] == times[child] and rows[other] < rows[child])
        ):
            child = other
        if time < times[child] or (time == times[child] and row < rows[child]):
            break
        times[parent], rows[parent] = times[child], rows[child]
        parent = child
    times[parent], rows[parent] = time, row
    return n
