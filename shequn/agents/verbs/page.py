"""A page: messages that a member reads in a visit, laid out in columns, newest first.

Reading goes over a page in passes: each pass is a short loop over a few columns, without a branch
and without a store to a table, so that the compiler works on several messages at a time. What is
summed is summed last, in order, so that no rounding hangs on how many are worked on at a time. A
page has room for some messages only: who reads more turns the page.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from shequn.agents.jit import compiled, inlined
from shequn.agents.randomness import philox2x32
from shequn.agents.tables import EVERYONE, PAGE_MESSAGES, PROMO
from shequn.agents.verbs.relevance import relevance

TYPICAL_LENGTH = 30.0  # seconds: the length at which depth changes nothing (assumed)
_WORDS = 4294967296.0  # 2**32
_MASK = np.uint64(0xFFFFFFFF)
_TOGETHER = 32  # messages worked on together; divides PAGE_MESSAGES
_NONE, _ONE = np.uint64(0), np.uint64(1)


class Place(NamedTuple):
    """How far a member has read, and what lies on the page.

    Attributes
    ----------
    number : int
        Number of the oldest message looked at so far.
    room : int
        Messages that the member can still read.
    skipped : int
        Messages that do not count as unread.
    seconds : float
        Reading time so far.
    goes_on : bool
        Whether there may be another page.
    read, marked : int
        Messages on this page, and those of them that are not plain: `is_marked`.
    """

    number: int
    room: int
    skipped: int
    seconds: float
    goes_on: bool
    read: int
    marked: int


@compiled
def acquaintance_limit(member, group):
    """Chance that an author is known, familiarity / size, as a threshold for a 32-bit word.

    Eq. 7.4-3.
    """
    share = min(1.0, member.familiarity / max(1.0, np.float64(group.n_members)))
    return np.uint64(share * _WORDS)


@compiled
def knows(row, author, limit, key):
    """Whether a reader knows an author: decided once for each pair (Philox2x32 of both).

    Parameters
    ----------
    row, author : int
        Rows of the members table.
    limit : uint64
        As `acquaintance_limit` gives it.
    key : uint64
        Key of the pairs.

    Returns
    -------
    bool
        True with probability familiarity / size.
    """
    return philox2x32(np.uint64(row), np.uint64(author) & _MASK, key)[0] < limit


@compiled
def is_shown(message, member):
    """Whether a message is shown to a member: a promotion may be addressed to others."""
    return message.kind != PROMO or message.audience > EVERYONE * member.segment


@compiled
def is_marked(message):
    """Whether a message is not plain: of the operator, with an opinion, or passed on."""
    return (message.author < 0) | (message.valence != 0.0) | (message.passed != 0)


@compiled
def depth_of(length, depth):
    """How much more a message gives by its length: (length / 30 s)^depth; 1 with depth 0."""
    return 1.0 if depth == 0.0 else (length / TYPICAL_LENGTH) ** depth


@inlined
def begin_reading(member, group):
    """Where a member begins to read: Place."""
    room, newest = np.int64(member.capacity), np.int64(group.newest)
    return Place(newest + 1, room, 0, 0.0, True, 0, 0)


@inlined
def turn_page(place, page, row, member, feed, group, visit, p):
    """Find the next messages to be read: see `shequn.agents.verbs.read.read` (eq. 7.4-1).

    Parameters
    ----------
    place : Place
        How far the member has read.
    page : record of PAGE_DTYPE
        ``slot`` and ``marked`` are filled.
    row, member, feed, group, visit, p
        As for `read`.

    Returns
    -------
    Place
        With this page.
    """
    newest, read_upto = np.int64(group.newest), np.int64(member.read_upto)
    mask = np.int64(feed.shape[0] - 1)
    oldest = max(read_upto, newest - mask - 1) + 1
    horizon, most_seconds = visit.time - p.group_message_life, p.read_seconds
    interest, focus, selective = np.float64(member.topic), p.read_focus, p.group_selective
    number, room, skipped, seconds, _, _, _ = place
    n, marked, goes_on = _NONE, _NONE, True
    while n < PAGE_MESSAGES:
        goes_on = room > 0 and number > oldest
        if not goes_on:
            break
        number -= 1
        slot = np.uint64(number & mask)
        message = feed[slot]
        if message.time < horizon:
            skipped += number - read_upto
            goes_on = False
            break
        if message.author == row:
            room -= 1
            continue
        other = selective > 0.0 and relevance(message.topic, interest, focus) < selective
        if other or not is_shown(message, member):
            skipped += 1
            continue
        page.slot[n] = slot
        page.marked[marked] = n
        marked += np.uint64(is_marked(message))
        n += _ONE
        room -= 1
        seconds += message.length
        if seconds >= most_seconds:
            goes_on = False
            break
    return Place(number, room, skipped, seconds, goes_on, np.int64(n), np.int64(marked))


@inlined
def lay_out(page, n, feed):
    """Lay out the messages of a page in columns.

    Parameters
    ----------
    page : record of PAGE_DTYPE
        ``author``, ``time``, ``topic``, ``quality`` and ``length`` are filled.
    n : int
        Messages.
    feed : array of MESSAGE_DTYPE
        The group's ring of messages.
    """
    for k in range(n):
        message = feed[page.slot[k]]
        page.time[k] = message.time
        page.author[k] = message.author
        page.topic[k] = message.topic
        page.quality[k] = message.quality
        page.length[k] = message.length


@inlined
def padded(n):
    """A number of messages rounded up, so that a pass has no rest to be done one by one.

    What lies beyond the last message is left from another visit: computed, and not used.
    """
    return (n + _TOGETHER - 1) // _TOGETHER * _TOGETHER


@inlined
def recognise(page, n, row, limit, key):
    """Whom of the authors the reader knows; returns how many messages are of one (eq. 7.4-3).

    Parameters
    ----------
    page : record of PAGE_DTYPE
        ``known`` is filled.
    n : int
        Messages.
    row, limit, key
        As for `knows`.

    Returns
    -------
    int
        Messages whose author is known.
    """
    total = 0
    for k in range(padded(n)):
        author = np.int64(page.author[k])
        known = (author >= 0) & knows(row, author, limit, key)
        page.known[k] = known
        total += known & (k < n)
    return total


@inlined
def weigh(page, n, member, p):
    """What each message is worth, if a member wrote it (eq. 7.4-2).

    Parameters
    ----------
    page : record of PAGE_DTYPE
        ``utility`` is filled.
    n : int
        Messages.
    member : record of MEMBER_DTYPE
        The reader.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    interest, company = np.float64(member.topic), np.float64(member.social_taste)
    focus, depth = p.read_focus, p.read_depth
    bonus, cost = p.read_known_bonus, p.read_cost
    for k in range(padded(n)):
        match, known = relevance(page.topic[k], interest, focus), page.known[k]
        value = page.quality[k] * depth_of(page.length[k], depth) * match * (1.0 + bonus * known)
        page.utility[k] = value - cost * page.length[k] + company * known


@inlined
def highest(values, n):
    """Place of the highest of the first ``n`` values, the first of several; n at least 1."""
    best, place = values[0], 0
    for k in range(1, n):
        if values[k] > best:
            best, place = values[k], k
    return place


@inlined
def number_at(slot, newest, mask):
    """Number of the message at a place of the ring, from that of the newest one."""
    return newest - ((newest - np.int64(slot)) & mask)


@inlined
def loudest(page, n, feed, newest, call):
    """How much the message that calls most for an answer calls, and its place; n at least 1.

    Parameters
    ----------
    page : record of PAGE_DTYPE
        The messages, with their utility.
    n : int
        How many.
    feed : array of MESSAGE_DTYPE
        The group's ring of messages.
    newest : int
        Number of the newest message.
    call : float
        speak.call: a thread calls the more, the fewer have answered.
    """
    mask = np.int64(feed.shape[0] - 1)
    most, place = -np.inf, 0
    for k in range(n):
        slot, voice = page.slot[k], page.utility[k]
        message = feed[slot]
        if message.root == number_at(slot, newest, mask):
            voice += call / (1.0 + message.answers)
        if voice > most:
            most, place = voice, k
    return most, place


@inlined
def newest_in(thread, page, n, feed, newest):
    """Number of the newest message in a thread, 0 none."""
    for k in range(n):
        slot = page.slot[k]
        if feed[slot].root == thread:
            return number_at(slot, newest, np.int64(feed.shape[0] - 1))
    return np.int64(0)


@inlined
def count_fresh(page, n, time, age):
    """How many messages were at most ``age`` days old at a time."""
    total = 0
    for k in range(padded(n)):
        total += (time - page.time[k] <= age) & (k < n)
    return total
