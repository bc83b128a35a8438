"""Looks: who stays on, or is alerted, and looks again before the day is over."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from shequn.agents.jit import compiled, inlined
from shequn.agents.maths import log
from shequn.agents.randomness import draw, stream
from shequn.agents.tables import (
    ALERTED,
    CALLED,
    INCIDENT,
    MEMBER,
    MENTIONED,
    MUTED,
    NOBODY,
    RESPONSE,
    STAYING,
)
from shequn.agents.verbs.read import MINUTE
from shequn.agents.verbs.wait import fading
from shequn.model.care import event_on
from shequn.model.rhythm import ticket

LOOKS = stream("rhythm.looks")
ALERTS = stream("rhythm.alerts")
MENTIONS = stream("rhythm.mentions")
CALLS = stream("rhythm.calls")
CALL_PAUSE = 30.0  # minutes from a call to the visit, on average (assumed)
NOTICE_HOUR = 10.0  # hour of the day at which events are announced (assumed)
_MOST_LOOKS = 255
_DORMANT = 0.01  # habit below which nobody is reached any more (assumed)


class Looks(NamedTuple):
    """Looks and other visits that came up during the day: a heap, the earliest first.

    Attributes
    ----------
    times : numpy.ndarray
        float64: when, in days.
    tickets : numpy.ndarray
        int64: who, why, and whether to take part (`shequn.model.rhythm.ticket`); decides ties.
    size : int
        How many there are; both arrays may be longer.
    """

    times: np.ndarray
    tickets: np.ndarray
    size: int


class Room(NamedTuple):
    """A group on a day: whom its messages may bring.

    Attributes
    ----------
    row : int
        Row of the group in the groups table.
    day : int
        Today.
    roster : numpy.ndarray
        int64: rows of the group's members.
    members : array of MEMBER_DTYPE
        The members table; who is called is irritated.
    feed : array of MESSAGE_DTYPE
        The group's ring of messages.
    group : record of GROUP_DTYPE
        Row of the groups table; its ``calls`` are counted up.
    p : record
        Parameters, as `kernel_record` gives them.
    """

    row: int
    day: int
    roster: np.ndarray
    members: np.ndarray
    feed: np.ndarray
    group: Any
    p: Any


@inlined
def spend(member, visit):
    """The time of a visit is spent: that of reading, or of staying on since the last look."""
    if visit.cause == STAYING:
        member.spent += visit.away / MINUTE
    else:
        member.spent += visit.seconds / 60.0


@inlined
def look_again(member, feed, group, visit, p):
    """When a member who has just been here looks again, because people are talking.

    While the newest message of the group, whoever wrote it, is at most ``rhythm.lively`` minutes
    old, who takes part stays on with probability ``rhythm.linger`` and looks again after an
    exponential pause with mean ``rhythm.pause`` minutes; who is there at midnight goes to bed, and
    who has spent the day's minutes goes. So talk brings talk, and messages come in bursts (bursts
    of human dynamics: Barabasi 2005, Nature 435, 207-211; the form is assumed).

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; ``looks`` is counted up.
    feed : array of MESSAGE_DTYPE
        The group's ring of messages.
    group : record of GROUP_DTYPE
        Row of the groups table.
    visit : record of VISIT_DTYPE
        The visit that ends.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        Days; inf for not today.
    """
    if p.rhythm_linger <= 0.0 or visit.part == 0 or group.newest == 0:
        return np.inf
    if member.looks == _MOST_LOOKS or member.spent >= member.minutes:
        return np.inf
    time, day = visit.time, visit.day
    newest = feed[np.int64(group.newest) & np.int64(feed.shape[0] - 1)]
    if time - newest.time > p.rhythm_lively * MINUTE:
        return np.inf
    u = draw(p.seed, LOOKS, visit.row, day * (_MOST_LOOKS + 1) + np.int64(member.looks))
    again = time - p.rhythm_pause * MINUTE * log(u[1])
    if u[0] >= p.rhythm_linger or again >= day + 1.0:
        return np.inf
    member.looks += 1
    return again


@compiled
def _moment(time):
    """A time as the occasion of a draw: millionths of a day."""
    return np.int64(math.floor(time * 1e6))


@inlined
def breaks_silence(first, room):
    """Whether message ``first`` is there, and the one before it is no longer lively."""
    feed, group, p = room.feed, room.group, room.p
    if p.group_alert <= 0.0 or group.newest < first:
        return False
    mask = np.int64(feed.shape[0] - 1)
    if group.newest - first >= mask or first == 1:
        return True
    silence = feed[first & mask].time - feed[(first - 1) & mask].time
    return silence > p.rhythm_lively * MINUTE


@compiled
def alerted(looks, author, time, room):
    """Put in who comes to look because somebody breaks the silence of the group.

    Each unmuted member of habit 0.01 or more, other than the author, comes with probability
    ``group.alert x habit``, after an exponential pause with mean ``rhythm.pause`` minutes (most
    notifications of messages are seen within minutes: Pielot, Church & de Oliveira 2014,
    MobileHCI; the form is assumed).

    Parameters
    ----------
    looks : Looks
        Visits to come; changed.
    author : int
        Who writes, -1 the operator.
    time : float
        When, in days.
    room : Room
        Where, and today.

    Returns
    -------
    Looks
        With them.
    """
    p = room.p
    for row in room.roster:
        member = room.members[row]
        if member.status != MEMBER or row == author or member.habit < _DORMANT:
            continue
        u = draw(p.seed, ALERTS, row, _moment(time))
        comes = time - p.rhythm_pause * MINUTE * log(u[1])
        if u[0] < p.group_alert * member.habit and comes < room.day + 1.0:
            looks = put_in(looks, comes, ticket(row, ALERTED, u[2] < member.willingness))
    return looks


@compiled
def mentioned(looks, first, room):
    """Put in who comes because somebody answered: authors, and who asked the desk.

    An author who is still in the group and has not muted it comes with probability
    ``group.mention``, however faded the habit, takes part, and is there after an exponential pause
    with mean ``rhythm.pause`` minutes. The form is assumed.

    Parameters
    ----------
    looks : Looks
        Visits to come; changed.
    first : int
        Number of the first new message.
    room : Room
        Where, and today.

    Returns
    -------
    Looks
        With them.
    """
    feed, group, p = room.feed, room.group, room.p
    mask = np.int64(feed.shape[0] - 1)
    last = np.int64(NOBODY)
    for number in range(max(first, group.newest - mask), group.newest + 1):
        message = feed[number & mask]
        row = np.int64(message.to)
        if row == NOBODY or row == message.author or row == last:
            continue
        last = row
        member = room.members[row]
        if member.status != MEMBER or member.group != room.row:
            continue
        u = draw(p.seed, MENTIONS, row, _moment(message.time))
        comes = message.time - p.rhythm_pause * MINUTE * log(u[1])
        if u[0] < p.group_mention and comes < room.day + 1.0:
            looks = put_in(looks, comes, ticket(row, MENTIONED, 1))
    return looks


@compiled
def everyone(looks, force, time, room):
    """Put in who comes because everyone is called: @all, a mail, a notice of an event or incident.

    Eq. 7.1-4. Whether a member comes does not hang on the habit, which may have faded: the chance
    is ``force x group.call / (1 + calls)``, for who has muted the group x ``group.call_muted``,
    with calls a count that fades with ``group.call_half_life``: a bell that rings often is heard
    less. They come within hours (exponential, mean 30 minutes). Every call irritates: by
    ``feel.irritation_call x wariness x force`` those whom it can reach. The forms are assumed.

    Parameters
    ----------
    looks : Looks
        Visits to come; changed.
    force : float
        How far everyone is called, 0 .. 1.
    time : float
        When, in days.
    room : Room
        Where, and today.

    Returns
    -------
    Looks
        With them.
    """
    group, p = room.group, room.p
    group.calls *= fading(p.group_call_decay * max(0.0, time - group.called_at))
    group.called_at = time
    chance = force * p.group_call / (1.0 + group.calls)
    group.calls += force
    for row in room.roster:
        member = room.members[row]
        reach = 1.0 if member.status == MEMBER else p.group_call_muted
        if (member.status != MEMBER and member.status != MUTED) or reach <= 0.0:
            continue
        member.irritation += p.feel_irritation_call * member.wariness * force * reach
        u = draw(p.seed, CALLS, row, _moment(time))
        comes = time - CALL_PAUSE * MINUTE * log(u[1])
        if u[0] < chance * reach and comes < room.day + 1.0:
            looks = put_in(looks, comes, ticket(row, CALLED, u[2] < member.willingness))
    return looks


@compiled
def call_of(first, room):
    """How far the new messages call everyone: float, 0 .. 1, and the message that does.

    News of an incident, and the response to it, call by ``incident.call``.

    Parameters
    ----------
    first : int
        Number of the first new message.
    room : Room
        Where, and today.

    Returns
    -------
    force : float
        The strongest call among them.
    number : int
        The message, 0 none.
    """
    feed, group, p = room.feed, room.group, room.p
    mask = np.int64(feed.shape[0] - 1)
    force, calling = 0.0, np.int64(0)
    for number in range(max(first, group.newest - mask), group.newest + 1):
        message = feed[number & mask]
        own = np.float64(message.call)
        if message.kind == RESPONSE or (message.kind == INCIDENT and message.root == number):
            own = max(own, p.incident_call)
        if own > force:
            force, calling = own, number
    return force, calling


@inlined
def brought(looks, first, visitor, room):
    """Put in everyone whom new messages bring: alerted, mentioned, called.

    Parameters
    ----------
    looks : Looks
        Visits to come; changed.
    first : int
        Number of the first new message.
    visitor : int
        Who wrote, -1 the operator.
    room : Room
        Where, and today.

    Returns
    -------
    Looks
        With them.
    """
    if room.group.newest < first:
        return looks
    mask = np.int64(room.feed.shape[0] - 1)
    if breaks_silence(first, room):
        looks = alerted(looks, visitor, room.feed[first & mask].time, room)
    if room.p.group_mention > 0.0:
        looks = mentioned(looks, first, room)
    if room.p.group_call > 0.0:
        force, number = call_of(first, room)
        if force > 0.0:
            looks = everyone(looks, force, room.feed[number & mask].time, room)
    return looks


@compiled
def announced(looks, room):
    """Put in who comes because an event is announced, or takes place today (``event.call``).

    Parameters
    ----------
    looks : Looks
        Visits to come; changed.
    room : Room
        Where, and today.

    Returns
    -------
    Looks
        With them.
    """
    day, p = room.day, room.p
    if p.event_call <= 0.0 or p.group_call <= 0.0:
        return looks
    notice = np.int64(p.event_notice)
    if not (event_on(room.row, day, p) or event_on(room.row, day + notice, p)):
        return looks
    time = day + NOTICE_HOUR / 24.0
    return everyone(looks, p.event_call, time, room)


def no_looks(room: int) -> Looks:
    """Nobody looks again so far; room for so many."""
    return Looks(np.empty(max(1, room)), np.empty(max(1, room), np.int64), 0)


@compiled
def most_brought(first, room):
    """Most looks that new messages, or the announcements of a morning, can bring, and one more.

    Everyone may be alerted, everyone called; each message may mention somebody.
    """
    new = min(max(0, np.int64(room.group.newest) - first + 1), room.feed.shape[0])
    return 2 * room.roster.shape[0] + new + 1


@compiled
def put_in(looks, time, number):
    """Put a look into the heap.

    Parameters
    ----------
    looks : Looks
        Those to come, with room for one more (`most_brought`); changed.
    time : float
        When, in days.
    number : int
        Who, why, and whether to take part: a ticket of `shequn.model.rhythm`.

    Returns
    -------
    Looks
        With it.
    """
    times, tickets, child = looks
    while child > 0:
        parent = (child - 1) // 2
        if times[parent] < time or (times[parent] == time and tickets[parent] < number):
            break
        times[child], tickets[child] = times[parent], tickets[parent]
        child = parent
    times[child], tickets[child] = time, number
    return Looks(times, tickets, looks.size + 1)


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
    times, tickets, size = looks
    n = size - 1
    time, number = times[n], tickets[n]
    parent = 0
    while 2 * parent + 1 < n:
        child = 2 * parent + 1
        other = child + 1
        if other < n and (
            times[other] < times[child]
            or (times[other] == times[child] and tickets[other] < tickets[child])
        ):
            child = other
        if time < times[child] or (time == times[child] and number < tickets[child]):
            break
        times[parent], tickets[parent] = times[child], tickets[child]
        parent = child
    times[parent], tickets[parent] = time, number
    return Looks(times, tickets, n)
