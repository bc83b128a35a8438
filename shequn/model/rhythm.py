"""Rhythm: how many visits members have on a day, why, and when, in order of time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from shequn.agents.jit import compiled, inlined
from shequn.agents.maths import exp
from shequn.agents.randomness import draw, stream
from shequn.agents.tables import FOUND, GLANCE, MUTED, NEED, PLANNED
from shequn.agents.verbs.wait import need_rate
from shequn.model.parameters import Parameters

SESSIONS = stream("rhythm.sessions")
CAUSE = stream("rhythm.cause")
_KNOTS = 256
_BLOCKS = 64
MOST_SESSIONS = 4 * _BLOCKS - 1
_CODES = 16  # causes of a visit, times taking part or not


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
    probability = exp(-mean)
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
def ticket(row, cause, part):
    """A visit to come as one whole number: who, why, and whether to take part."""
    return np.int64(row) * _CODES + np.int64(cause) * 2 + np.int64(part)


@compiled
def cause_of(number):
    """The cause in a ticket: one of those of `shequn.agents.tables`."""
    return (number % _CODES) // 2


@compiled
def visitor_of(number):
    """The member's row in a ticket."""
    return number // _CODES


@inlined
def glances(member, newest, p):
    """Visits expected in a day because the messenger shows something unread (eq. 7.1-3).

    ``group.glance x belonging x U / (U + 1) / (1 + rhythm.weariness x irritation)`` with U messages
    unread this morning; 0 for who has muted the group. It does not hang on habit: a list of chats
    is opened for other reasons, too. The form is assumed.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table.
    newest : int
        Number of the group's newest message.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        1/day.
    """
    if p.group_glance <= 0.0 or member.status == MUTED:
        return 0.0
    unread = np.float64(newest - member.read_upto)
    shown = unread / (unread + 1.0)
    return (
        p.group_glance * member.belonging * shown / (1.0 + p.rhythm_weariness * member.irritation)
    )


@inlined
def visits_by_cause(member, newest, factor, p):
    """Visits expected of a member today, by cause (eq. 7.1-1, eq. 7.1-3).

    Planned ones: ``session_rate x habit x factor of the weekday``, x ``rhythm.muted`` for who has
    muted the group. Glances: `glances`. Both x (1 - market.attention x (1 - share)). A need that
    is due by the end of the day brings ``rhythm.need x belonging``: people come back for a purpose
    (goal-directed visits: Moe 2003, J. Consumer Psychology 13(1-2); the form is assumed). Search
    brings ``group.found``, whether one still has the habit or not.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table.
    newest : int
        Number of the group's newest message.
    factor : float
        Weekday factor.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    planned, glance, need, found : float
        1/day.
    """
    attention = 1.0 - p.market_attention * (1.0 - np.float64(member.share))
    planned = np.float64(member.session_rate) * member.habit * factor * attention
    if member.status == MUTED:
        planned *= p.rhythm_muted
    need = 0.0
    if p.rhythm_need > 0.0 and member.need_clock <= need_rate(member, p):
        need = p.rhythm_need * member.belonging
    return planned, glances(member, newest, p) * attention, need, p.group_found


class Diary(NamedTuple):
    """Paper for the visits of one group on one day: no kernel asks for memory.

    Attributes
    ----------
    luck, times : numpy.ndarray
        float64: as drawn, and in order of time.
    drawn, tickets : numpy.ndarray
        int64: who comes, as `ticket` makes them, likewise.
    ends : numpy.ndarray
        int64, one longer: scratch.
    """

    luck: np.ndarray
    drawn: np.ndarray
    times: np.ndarray
    tickets: np.ndarray
    ends: np.ndarray


def diary(visits: int) -> Diary:
    """Paper for so many visits of a group in a day."""
    n = max(1, visits)
    return Diary(
        np.empty(n), np.empty(n, np.int64), np.empty(n), np.empty(n, np.int64),
        np.empty(n + 1, np.int64),
    )  # fmt: skip


@compiled
def draw_sessions(members, roster, newest, day, factor, p, diary):
    """How many visits each member of a group has today, why, and the luck of each (eq. 7.1-1).

    Their number is Poisson with the sum of `visits_by_cause`; the cause of each is drawn in
    proportion, and whether the visitor takes part, with probability ``willingness`` as it is this
    morning. The luck of a visit, keyed by member, day and index, decides its time of day.

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
    diary : Diary
        ``luck`` (uniform numbers) and ``drawn`` are filled, as far as they go.

    Returns
    -------
    int
        Visits, those that found no room with them.
    """
    n, room = 0, diary.luck.shape[0]
    for row in roster:
        member = members[row]
        planned, glance, need, found = visits_by_cause(member, newest, factor, p)
        mean = planned + glance + need + found
        if mean <= 0.0:
            continue
        u = draw(p.seed, SESSIONS, row, day * _BLOCKS)
        count = poisson(mean, u[0])
        if n + count > room:
            n += count
            continue
        for index in range(1, count + 1):
            lane = index % 4
            if lane == 0:
                u = draw(p.seed, SESSIONS, row, day * _BLOCKS + index // 4)
            why, joins, _, _ = draw(p.seed, CAUSE, row, day * (MOST_SESSIONS + 1) + index)
            why *= mean
            cause = PLANNED
            if why >= planned:
                cause = GLANCE
                if why >= planned + glance:
                    cause = NEED if why < planned + glance + need else FOUND
            diary.luck[n] = u[lane]
            diary.drawn[n] = ticket(row, cause, joins < member.willingness)
            n += 1
    return n


@compiled
def sort_by_luck(n, diary):
    """Put visits in order of luck, ties in the order given: bucket sort, then insertion.

    Luck is uniform, so a bucket holds one session on average.

    Parameters
    ----------
    n : int
        Visits.
    diary : Diary
        ``luck`` and ``drawn``; ``times`` (still luck) and ``tickets`` are filled.
    """
    luck, ends, times, tickets = diary.luck, diary.ends, diary.times, diary.tickets
    for k in range(n + 1):
        ends[k] = 0
    for k in range(n):
        ends[int(luck[k] * n) + 1] += 1
    for bucket in range(n):
        ends[bucket + 1] += ends[bucket]
    for k in range(n):
        bucket = int(luck[k] * n)
        place = ends[bucket]
        ends[bucket] += 1
        times[place] = luck[k]
        tickets[place] = diary.drawn[k]
    for k in range(1, n):
        value, number = times[k], tickets[k]
        j = k
        while j > 0 and times[j - 1] > value:
            times[j] = times[j - 1]
            tickets[j] = tickets[j - 1]
            j -= 1
        times[j] = value
        tickets[j] = number


@compiled
def plan_sessions(members, roster, newest, day, timing, p, diary):
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
    timing : tuple
        Weekday factor, and quantiles of the time of day; the time is increasing in the luck.
    p : record
        Parameters, as `kernel_record` gives them.
    diary : Diary
        ``times`` (in days) and ``tickets`` are filled.

    Returns
    -------
    int
        Visits; when there are more than the diary has room for, it must be larger.
    """
    factor, quantiles = timing
    n = draw_sessions(members, roster, newest, day, factor, p, diary)
    if n <= diary.luck.shape[0]:
        sort_by_luck(n, diary)
        for k in range(n):
            diary.times[k] = day + time_of_day(diary.times[k], quantiles)
    return n
