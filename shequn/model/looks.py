"""Looks: who stays on, or is alerted, and looks again before the day is over."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import draw, stream
from shequn.agents.tables import MEMBER

LOOKS = stream("rhythm.looks")
ALERTS = stream("rhythm.alerts")
MINUTE = 1.0 / 1440.0
_MOST_LOOKS = 255
_DORMANT = 0.01  # habit below which nobody is reached any more (assumed)
_FIRST_ROOM = 16


class Looks(NamedTuple):
    """Looks to come in a group today: a heap, the earliest first, ties by row.

    Attributes
    ----------
    times : numpy.ndarray
        float64: when, in days.
    rows : numpy.ndarray
        int64: the members.
    size : int
        How many there are; both arrays may be longer.
    """

    times: np.ndarray
    rows: np.ndarray
    size: int


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
    member : record of MEMBER_DTYPE
        Row of the members table; ``looks`` is counted up.
    row : int
        Its number.
    time : float
        Now, in days.
    day : int
        Today.
    feed : array of MESSAGE_DTYPE
        The group's ring of messages.
    group : record of GROUP_DTYPE
        Row of the groups table.
    p : record
        Parameters, as `kernel_record` gives them.

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
    members : array of MEMBER_DTYPE
        The members table.
    p : record
        Parameters, as `kernel_record` gives them.

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
        u = draw(p.seed, ALERTS, row, np.int64(math.floor(time * 1e6)))
        comes = time - p.rhythm_pause * MINUTE * math.log(u[1])
        if u[0] < p.group_alert * member.habit and comes < day + 1.0:
            times[n], rows[n] = comes, row
            n += 1
    return times[:n], rows[:n]


@compiled
def no_looks():
    """Nobody looks again so far: Looks."""
    return Looks(np.empty(_FIRST_ROOM), np.empty(_FIRST_ROOM, np.int64), 0)


@compiled
def put_in(looks, time, row):
    """Put a look into the heap.

    Parameters
    ----------
    looks : Looks
        Those to come; changed.
    time : float
        When, in days.
    row : int
        The member.

    Returns
    -------
    Looks
        With it, in longer arrays if they were full.
    """
    times, rows, child = looks
    if child == times.shape[0]:
        times = np.concatenate((times, np.empty(child)))
        rows = np.concatenate((rows, np.empty(child, np.int64)))
    while child > 0:
        parent = (child - 1) // 2
        if times[parent] < time or (times[parent] == time and rows[parent] < row):
            break
        times[child], rows[child] = times[parent], rows[parent]
        child = parent
    times[child], rows[child] = time, row
    return Looks(times, rows, looks.size + 1)


@compiled
def put_all_in(looks, times, rows):
    """Put several looks into the heap: see `put_in`.

    Parameters
    ----------
    looks : Looks
        Those to come; changed.
    times, rows : numpy.ndarray
        float64 and int64: when, and who.

    Returns
    -------
    Looks
        With them.
    """
    for k in range(times.shape[0]):
        looks = put_in(looks, times[k], rows[k])
    return looks


@compiled
def drop_first(looks):
    """Take the earliest look out of the heap.

    Parameters
    ----------
    looks : Looks
        Those to come, at least one; changed.

    Returns
    -------
    Looks
        Without it.
    """
    times, rows, size = looks
    n = size - 1
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
    return Looks(times, rows, n)
