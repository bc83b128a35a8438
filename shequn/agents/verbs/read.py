"""read: of the unread messages the newest, as many as fit, newest first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from shequn.agents.jit import compiled, inlined
from shequn.agents.maths import exp, log
from shequn.agents.verbs.noticed import NOTHING_FOUND, with_marked
from shequn.agents.verbs.page import (
    acquaintance_limit,
    count_fresh,
    look_at_open,
    loudest,
    newest_in,
    number_at,
    recognise,
    turn_over,
    weigh,
)

MINUTE = 1.0 / 1440.0  # of a day


class Worth(NamedTuple):
    """What the messages read so far in a visit are worth, newest first.

    Structures like this one are made anew with each page, or message, and live in registers. A
    store to the visit within a loop would be slower: after it the compiler loads the parameters
    again.

    Attributes
    ----------
    utility : float
        Sum of the utilities.
    good, bad : float
        Sums of the utilities above and below 0, none counted as more than 1, sign left out.
    best, best_message : float, int
        Highest utility, and number of that message, 0 none.
    call, calling : float, int
        How much the message that calls most for an answer calls, and its number, 0 none.
    """

    utility: float
    good: float
    bad: float
    best: float
    best_message: int | np.integer
    call: float
    calling: int | np.integer


class Counts(NamedTuple):
    """Messages read so far in a visit: all, of known authors, and at most 1, 12 and 24 h old."""

    read: int
    known: int
    hour: int
    half_day: int
    day: int


_NOTHING = Worth(0.0, 0.0, 0.0, -np.inf, np.int64(0), -np.inf, np.int64(0))
_NO_COUNTS = Counts(0, 0, 0, 0, 0)


@compiled
def pull_of(message, p):
    """How much of a conversation a message leaves to the reader: h^-sharing (eq. 7.6-4).

    The reader is the h-th who takes part and reads it while it is fresh, or in the thread
    written in last; see `shequn.agents.verbs.speak.going_on`.

    Parameters
    ----------
    message : record of MESSAGE_DTYPE
        The message; how many have considered it is counted up.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        0 .. 1.
    """
    rank = np.int64(message.considered) + 1
    message.considered = min(65535, rank)
    return exp(-p.speak_sharing * log(np.float64(rank)))


@inlined
def with_counts(counts, place, page, known, time):
    """The messages of one page more were read, at a time: Counts."""
    start, n = place.start, place.read
    return Counts(
        read=counts.read + n,
        known=counts.known + known,
        hour=counts.hour + count_fresh(page, start, n, time, 1.0 / 24.0),
        half_day=counts.half_day + count_fresh(page, start, n, time, 0.5),
        day=counts.day + count_fresh(page, start, n, time, 1.0),
    )


@inlined
def with_worth(worth, place, page, feed, newest, p):
    """What one page more is worth: Worth (eq. 7.4-4).

    Parameters
    ----------
    worth : Worth
        That of the pages before it.
    place : Place
        How many messages there are on the page, at least one.
    page, feed, p
        As for `read`.
    newest : int
        Number of the newest message.
    """
    start, n, mask = place.start, place.read, np.int64(feed.shape[0] - 1)
    slots = page.slot[start:]
    utility, good, bad, best, best_message, call, calling = worth
    first = -1
    for k in range(n):
        one = page.utility[k]
        utility += one
        good += min(1.0, max(0.0, one))
        bad += min(1.0, max(0.0, -one))
        if one > best:
            best, first = one, k
    if first >= 0:
        best_message = number_at(slots[first], newest, mask)
    if p.speak_call == 0.0:
        return Worth(utility, good, bad, best, best_message, best, best_message)
    voice, k = loudest(page, start, n, feed, newest, p.speak_call)
    if voice > call:
        call, calling = voice, number_at(slots[k], newest, mask)
    return Worth(utility, good, bad, best, best_message, call, calling)


@inlined
def pull_of_page(pull, place, page, since, thread, feed, p):
    """What the messages leave of their conversations to who takes part, with one page more.

    Parameters
    ----------
    pull : float
        Sum of `pull_of` of the messages before.
    place : Place
        How many messages there are on the page.
    page, feed, p
        As for `read`.
    since : float
        Time from which on a message is fresh, in days.
    thread : int
        Thread that the reader wrote in last, -1 none.
    """
    slots = page.slot[place.start :]
    for k in range(place.read):
        message = feed[slots[k]]
        if message.time >= since or message.root == thread:
            pull += pull_of(message, p)
    return pull


@inlined
def note(visit, counts, worth, talking, found, p):
    """Write down in the visit what was read.

    Parameters
    ----------
    visit : record of VISIT_DTYPE
        Filled.
    counts : Counts
        All messages.
    worth : Worth
        What they are worth.
    talking : int
        Number of the newest message in the thread that the member wrote in last, 0 none.
    found : Found
        What was not plain in them.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    posts, opinions, passed = found
    visit.read = counts.read
    visit.passed = passed
    visit.known = counts.known
    visit.strangers = counts.read - posts.read - counts.known
    visit.read_1h = counts.hour
    visit.read_12h = counts.half_day
    visit.read_24h = counts.day
    visit.utility = worth.utility
    visit.good = worth.good
    visit.bad = worth.bad
    visit.best = worth.best if counts.read > 0 else 0.0
    visit.best_message = worth.best_message
    visit.calling = talking if talking > 0 else worth.calling
    visit.talking = talking > 0
    visit.posts = posts.by_operator
    visit.promos = posts.promos
    visit.prizes = posts.prizes
    visit.contents = posts.contents
    visit.asks = posts.asks
    visit.reminders = posts.reminders
    visit.response = posts.response
    visit.persuasion = posts.persuasion
    visit.word = opinions.word
    visit.opinion = opinions.total
    visit.opinion_weight = opinions.weight
    visit.incident = opinions.incident
    visit.alarm = opinions.alarm
    visit.alarming = opinions.alarming
    visit.exposures = (
        (posts.pushed + posts.prizes + posts.evidence)
        + p.feel_exposure_of_answer * posts.answers
        + opinions.exposures
    )


@inlined
def read(member, row, feed, group, visit, pages, p):
    """Read the newest messages, at most ``capacity`` of them.

    Eq. 7.4-1, eq. 7.4-2, eq. 7.4-4, eq. 7.4-5.

    Of U unread messages the newest min(U, capacity, length of the feed) are read, newest first, so
    P(seen) = min(1, capacity / U); the rest are passed over for good. One's own messages do not
    count. Reading ends at a message older than ``group.message_life``, and when the reading time
    ``read.seconds`` is used up. Messages less relevant than ``group.selective``, and promotions
    addressed to others, are skipped: they take up no capacity and do not count as unread. A
    message is worth

        quality x strength x relevance x (1 + known_bonus x known) - cost x length + extra,

    with extra = social_taste x known for a member's message, and prize_weight x prize_taste x
    prize - wariness x overtness for an operator's; strength is that of the appeal and of the
    length, (length / 30 s)^depth.

    The message that calls most for an answer is the newest in the thread that the member wrote in
    last, if others went on there (``speak.conversation``); else that of the highest utility, where
    a message that opens a thread has ``speak.call / (1 + answers in its thread)`` in addition: the
    fewer have answered, the more it calls (diffusion of responsibility: Barron & Yechiam 2002,
    Computers in Human Behavior 18(5), 507-520; the form is assumed).

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; ``read_upto`` is changed.
    row : int
        Its number.
    feed : array of MESSAGE_DTYPE
        The group's ring of messages, length a power of 2.
    group : record of GROUP_DTYPE
        Row of the groups table.
    visit : record of VISIT_DTYPE
        What happens in this session, its time is set; filled.
    pages : array of PAGE_DTYPE
        Scratch, two rows; on the first one stays what it has of this feed.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    time, read_upto, newest = visit.time, np.int64(member.read_upto), np.int64(group.newest)
    limit, key = acquaintance_limit(member, group), p.pair_key
    takes_part = p.speak_conversation > 0.0 and visit.part != 0
    since = time - p.rhythm_lively * MINUTE
    thread = np.int64(member.thread) if member.thread > 0 else np.int64(-1)
    counts, worth, found = _NO_COUNTS, _NOTHING, NOTHING_FOUND
    pull, talking = 0.0, np.int64(0)
    place = look_at_open(pages, row, member, feed, group, visit, p)
    while place.goes_on or place.read > 0:
        if place.goes_on:
            place = turn_over(place, pages[1], row, member, (feed, group), visit, p)
        page, start, n = pages[place.page], place.start, place.read
        if n == 0:
            break
        known = recognise(page, start, n, row, limit, key)
        weigh(page, start, n, member, p)
        found = with_marked(found, place, page, member, feed, group, p)
        counts = with_counts(counts, place, page, known, time)
        worth = with_worth(worth, place, page, feed, newest, p)
        if takes_part:
            pull = pull_of_page(pull, place, page, since, thread, feed, p)
            if talking == 0:
                talking = newest_in(thread, page, start, n, feed, newest)
        if not place.goes_on:
            break
    visit.pull = pull
    visit.seconds = place.seconds
    visit.unread = newest - read_upto - place.skipped
    visit.regularity = group.regularity
    visit.reached = found.opinions.incident > member.incident
    note(visit, counts, worth, talking, found, p)
    member.read_upto = newest
