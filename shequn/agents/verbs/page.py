"""A page: messages that a member reads in a visit, laid out in columns, newest first.

Reading goes over a page in passes: each pass is a short loop over a few columns, without a branch
and without a store to a table, so that the compiler works on several messages at a time. What is
summed is summed last, in order, so that no rounding hangs on how many are worked on at a time.

There are two pages. One stays open during a day of a group: each message is laid out on it once,
below (that is, before) the older ones, and most visits read from it what is new. Who has been away
for long, skips messages, or cannot read all, reads from the other one, which is laid out anew as
often as it is turned over.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from shequn.agents.jit import compiled, inlined
from shequn.agents.maths import power
from shequn.agents.randomness import philox2x32
from shequn.agents.tables import EVERYONE, PAGE_COLUMN, PAGE_MESSAGES, PROMO
from shequn.agents.verbs.relevance import relevance

TYPICAL_LENGTH = 30.0  # seconds: the length at which depth changes nothing (assumed)
_WORDS = 4294967296.0  # 2**32
_MASK = np.uint64(0xFFFFFFFF)
_TOGETHER = 16  # messages worked on together; divides PAGE_MESSAGES
_FEW = 4  # messages so few that they are worked on one by one
_KEPT = 64  # messages laid out when a page is begun, if there are as many
_NONE, _ONE = np.uint64(0), np.uint64(1)


class Place(NamedTuple):
    """How far a member has read, and what lies open.

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
    page, start, read : int
        Which page, the place of the first message on it that is read, and how many are.
    """

    number: int | np.integer
    room: int | np.integer
    skipped: int | np.integer
    seconds: float
    goes_on: bool
    page: int
    start: int | np.integer
    read: int | np.integer


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
def audience_of(message):
    """To whom a message is shown: a promotion may be addressed to a part of the members."""
    return np.float64(message.audience) if message.kind == PROMO else np.inf


@compiled
def is_marked(message):
    """Whether a message is not plain: of the operator, with an opinion, or passed on."""
    return (message.author < 0) | (message.valence != 0.0) | (message.passed != 0)


@compiled
def depth_of(length, depth):
    """How much more a message gives by its length: (length / 30 s)^depth; 1 with depth 0."""
    return 1.0 if depth == 0.0 else power(length / TYPICAL_LENGTH, depth)


@inlined
def lay_out(page, place, slot, feed):
    """Lay out a message of the ring at a place of a page."""
    message = feed[slot]
    page.time[place] = message.time
    page.audience[place] = audience_of(message)
    page.author[place] = message.author
    page.topic[place] = message.topic
    page.quality[place] = message.quality
    page.length[place] = message.length
    page.slot[place] = slot
    page.marked[place] = is_marked(message)


@inlined
def keep_open(page, least, feed, group):
    """Lay out what is new on the page that stays open; begin it anew where it does not suffice.

    Parameters
    ----------
    page : record of PAGE_DTYPE
        Filled up.
    least : int
        How many of the newest messages are needed, at most PAGE_MESSAGES.
    feed : array of MESSAGE_DTYPE
        The group's ring of messages.
    group : record of GROUP_DTYPE
        Row of the groups table.
    """
    newest, upto, top = np.int64(group.newest), page.upto, page.top
    mask = np.int64(feed.shape[0] - 1)
    if upto < 0 or newest - upto > top or least > newest - page.oldest + 1:
        kept = min(max(least, _KEPT), min(newest, mask + 1))
        upto, top = newest - kept, PAGE_COLUMN - _TOGETHER
        page.oldest = upto + 1
    while upto < newest:
        upto += 1
        top -= 1
        lay_out(page, np.uint64(top), np.uint64(upto & mask), feed)
    page.upto = upto
    page.top = top


@inlined
def begin_reading(member, group):
    """Where a member begins to read: Place."""
    room, newest = np.int64(member.capacity), np.int64(group.newest)
    return Place(newest + 1, room, 0, 0.0, True, 0, 0, 0)


@inlined
def out_of_line(page, start, n, row, member, horizon):
    """How many of some messages are one's own, addressed to others, or too old."""
    authors, times, audiences = page.author[start:], page.time[start:], page.audience[start:]
    shown = EVERYONE * np.float64(member.segment)
    total = 0
    for k in range(padded(n)):
        odd = (authors[k] == row) | (times[k] < horizon) | (audiences[k] <= shown)
        total += odd & (k < n)
    return total


@inlined
def look_at_open(pages, row, member, feed, group, visit, p):
    """Read from the page that stays open, if it has all that the member reads.

    Parameters
    ----------
    pages : array of PAGE_DTYPE
        The first one is filled up.
    row, member, feed, group, visit, p
        As for `read`.

    Returns
    -------
    Place
        With all that is read; or as at the beginning, if the other page is needed.
    """
    place, page = begin_reading(member, group), pages[0]
    newest, read_upto = np.int64(group.newest), np.int64(member.read_upto)
    n = min(place.room, newest - max(read_upto, newest - np.int64(feed.shape[0])))
    if n > PAGE_MESSAGES or p.group_selective > 0.0:
        return place
    if n <= 0:
        return Place(newest + 1, place.room, 0, 0.0, False, 0, 0, 0)
    keep_open(page, n, feed, group)
    start, seconds = page.top, 0.0
    if out_of_line(page, start, n, row, member, visit.time - p.group_message_life) > 0:
        return place
    lengths = page.length[start:]
    for k in range(n):
        seconds += lengths[k]
    if seconds >= p.read_seconds:
        return place
    return Place(newest + 1 - n, place.room - n, 0, seconds, False, 0, start, n)


@inlined
def turn_over(place, page, row, member, here, visit, p):
    """Lay out the next messages to be read: see `shequn.agents.verbs.read.read` (eq. 7.4-1).

    Parameters
    ----------
    place : Place
        How far the member has read.
    page : record of PAGE_DTYPE
        Filled.
    here : tuple
        Feed and group.
    row, member, visit, p
        As for `read`.

    Returns
    -------
    Place
        With this page.
    """
    feed, group = here
    newest, read_upto = np.int64(group.newest), np.int64(member.read_upto)
    mask = np.int64(feed.shape[0] - 1)
    oldest = max(read_upto, newest - mask - 1) + 1
    horizon, most_seconds = visit.time - p.group_message_life, p.read_seconds
    interest, focus, selective = np.float64(member.topic), p.read_focus, p.group_selective
    shown = EVERYONE * np.float64(member.segment)
    number, room, skipped, seconds = place.number, place.room, place.skipped, place.seconds
    n, goes_on = _NONE, True
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
        if other or audience_of(message) <= shown:
            skipped += 1
            continue
        lay_out(page, n, slot, feed)
        n += _ONE
        room -= 1
        seconds += message.length
        if seconds >= most_seconds:
            goes_on = False
            break
    return Place(number, room, skipped, seconds, goes_on, 1, 0, np.int64(n))


@inlined
def padded(n):
    """A number of messages rounded up, so that a pass has no rest to be done one by one.

    What lies beyond the last message is left from another visit: computed, and not used.
    """
    return n if n < _FEW else (n + _TOGETHER - 1) // _TOGETHER * _TOGETHER


@inlined
def recognise(page, start, n, row, limit, key):
    """Whom of the authors the reader knows; returns how many messages are of one (eq. 7.4-3).

    Parameters
    ----------
    page : record of PAGE_DTYPE
        ``known`` is filled.
    start, n : int
        Place of the first message, and how many.
    row, limit, key
        As for `knows`.

    Returns
    -------
    int
        Messages whose author is known.
    """
    authors, total = page.author[start:], 0
    for k in range(padded(n)):
        author = np.int64(authors[k])
        known = (author >= 0) & knows(row, author, limit, key)
        page.known[k] = known
        total += known & (k < n)
    return total


@inlined
def weigh(page, start, n, member, p):
    """What each message is worth, if a member wrote it (eq. 7.4-2).

    Parameters
    ----------
    page : record of PAGE_DTYPE
        ``utility`` is filled.
    start, n : int
        Place of the first message, and how many.
    member : record of MEMBER_DTYPE
        The reader.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    interest, company = np.float64(member.topic), np.float64(member.social_taste)
    focus, depth = p.read_focus, p.read_depth
    bonus, cost = p.read_known_bonus, p.read_cost
    topics, qualities, lengths = page.topic[start:], page.quality[start:], page.length[start:]
    for k in range(padded(n)):
        match, known, length = relevance(topics[k], interest, focus), page.known[k], lengths[k]
        value = qualities[k] * depth_of(length, depth) * match * (1.0 + bonus * known)
        page.utility[k] = value - cost * length + company * known


@inlined
def number_at(slot, newest, mask):
    """Number of the message at a place of the ring, from that of the newest one."""
    return newest - ((newest - np.int64(slot)) & mask)


@inlined
def loudest(page, start, n, feed, newest, call):
    """How much the message that calls most for an answer calls, and its place; n at least 1.

    Parameters
    ----------
    page : record of PAGE_DTYPE
        The messages, with their utility.
    start, n : int
        Place of the first message, and how many.
    feed : array of MESSAGE_DTYPE
        The group's ring of messages.
    newest : int
        Number of the newest message.
    call : float
        speak.call: a thread calls the more, the fewer have answered.
    """
    mask, slots = np.int64(feed.shape[0] - 1), page.slot[start:]
    most, place = -np.inf, 0
    for k in range(n):
        slot, voice = slots[k], page.utility[k]
        message = feed[slot]
        if message.root == number_at(slot, newest, mask):
            voice += call / (1.0 + message.answers)
        if voice > most:
            most, place = voice, k
    return most, place


@inlined
def newest_in(thread, page, start, n, feed, newest):
    """Number of the newest message in a thread, 0 none."""
    slots = page.slot[start:]
    for k in range(n):
        slot = slots[k]
        if feed[slot].root == thread:
            return number_at(slot, newest, np.int64(feed.shape[0] - 1))
    return np.int64(0)


@inlined
def count_fresh(page, start, n, time, age):
    """How many messages were at most ``age`` days old at a time."""
    times, total = page.time[start:], 0
    for k in range(padded(n)):
        total += (time - times[k] <= age) & (k < n)
    return total
