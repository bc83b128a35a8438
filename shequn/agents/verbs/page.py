"""A page: the messages that a member reads in a visit, laid out in columns, newest first.

Reading goes over them in passes: each pass is a short loop over a few columns, without a branch
and without a store to a record, so that the compiler works on several messages at a time. What is
summed is summed last, in order, so that no rounding hangs on how many are worked on at a time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import philox2x32
from shequn.agents.tables import EVERYONE, PROMO
from shequn.agents.verbs.relevance import relevance

TYPICAL_LENGTH = 30.0  # seconds: the length at which depth changes nothing (assumed)
_WORDS = 4294967296.0  # 2**32


class Page(NamedTuple):
    """Scratch for `shequn.agents.verbs.read.read`: what lies open before a reader.

    Attributes
    ----------
    number, author, root : numpy.ndarray
        int64: number, author and thread of each message.
    time, topic, quality, length, answers : numpy.ndarray
        float64: the fields of each message; quality is that at its length.
    known, utility, call : numpy.ndarray
        float64: 1 if the reader knows the author, else 0; what the message is worth; how much it
        calls for an answer.
    posts, opinions : numpy.ndarray
        int64: places of those that no member wrote, and of those that express an opinion.
    """

    number: np.ndarray
    author: np.ndarray
    root: np.ndarray
    time: np.ndarray
    topic: np.ndarray
    quality: np.ndarray
    length: np.ndarray
    answers: np.ndarray
    known: np.ndarray
    utility: np.ndarray
    call: np.ndarray
    posts: np.ndarray
    opinions: np.ndarray


_WHOLE = ("number", "author", "root", "posts", "opinions")


def new_page(length: int) -> Page:
    """A page with room for as many messages as a feed holds."""
    return Page(*(np.zeros(length, "i8" if name in _WHOLE else "f8") for name in Page._fields))


class Opened(NamedTuple):
    """How much was laid out on a page.

    Attributes
    ----------
    read, posts, opinions : int
        Messages, those of them that no member wrote, and those that express an opinion.
    skipped : int
        Messages that do not count as unread.
    passed : int
        Messages of members passed on from other groups.
    seconds : float
        Time it takes to read them.
    """

    read: int
    posts: int
    opinions: int
    skipped: int
    passed: int
    seconds: float


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
    return philox2x32(np.uint64(row), np.uint64(author), key)[0] < limit


@compiled
def is_shown(message, member):
    """Whether a message is shown to a member: a promotion may be addressed to others."""
    return message.kind != PROMO or message.audience > EVERYONE * member.segment


@compiled
def depth_of(length, depth):
    """How much more a message gives by its length: (length / 30 s)^depth; 1 with depth 0."""
    return 1.0 if depth == 0.0 else (length / TYPICAL_LENGTH) ** depth


@compiled
def lay_out(page, row, member, feed, group, visit, p):
    """Lay out the messages that a member reads: see `shequn.agents.verbs.read.read` (eq. 7.4-1).

    Parameters
    ----------
    page : Page
        Filled, but for ``known``, ``utility`` and ``call``.
    row, member, feed, group, visit, p
        As for `read`.

    Returns
    -------
    Opened
        How much.
    """
    newest, read_upto = np.int64(group.newest), np.int64(member.read_upto)
    mask = np.int64(feed.shape[0] - 1)
    oldest = max(read_upto, newest - mask - 1) + 1
    room = np.int64(member.capacity)
    horizon, most_seconds = visit.time - p.group_message_life, p.read_seconds
    interest, focus, selective = np.float64(member.topic), p.read_focus, p.group_selective
    depth = p.read_depth
    n, posts, opinions, skipped, passed, seconds = 0, 0, 0, 0, 0, 0.0
    number = newest + 1
    while n < room and number > oldest:
        number -= 1
        message = feed[number & mask]
        if message.time < horizon:
            skipped += number - read_upto
            break
        author = np.int64(message.author)
        if author == row:
            room -= 1
            continue
        topic, length = np.float64(message.topic), np.float64(message.length)
        other = selective > 0.0 and relevance(topic, interest, focus) < selective
        if other or not is_shown(message, member):
            skipped += 1
            continue
        page.number[n], page.author[n], page.root[n] = number, author, message.root
        page.time[n], page.topic[n], page.length[n] = message.time, topic, length
        page.quality[n] = message.quality * depth_of(length, depth)
        page.answers[n] = message.answers
        page.posts[posts] = n
        page.opinions[opinions] = n
        posts += author < 0
        opinions += message.valence != 0.0
        passed += message.passed * (author >= 0)
        n += 1
        seconds += length
        if seconds >= most_seconds:
            break
    return Opened(n, posts, opinions, skipped, passed, seconds)


@compiled
def recognise(page, n, row, limit, key):
    """Whom of the authors the reader knows; returns how many messages are of one (eq. 7.4-3).

    Parameters
    ----------
    page : Page
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
    for k in range(n):
        author = page.author[k]
        known = (author >= 0) & knows(row, author, limit, key)
        page.known[k] = known
        total += known
    return total


@compiled
def weigh(page, n, member, p):
    """What each message is worth, if a member wrote it (eq. 7.4-2).

    Parameters
    ----------
    page : Page
        ``utility`` is filled.
    n : int
        Messages.
    member : record of MEMBER_DTYPE
        The reader.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    interest, company = np.float64(member.topic), np.float64(member.social_taste)
    focus, bonus, cost = p.read_focus, p.read_known_bonus, p.read_cost
    for k in range(n):
        match, known = relevance(page.topic[k], interest, focus), page.known[k]
        value = page.quality[k] * match * (1.0 + bonus * known)
        page.utility[k] = value - cost * page.length[k] + company * known


@compiled
def raise_voices(page, n, call):
    """How much each message calls for an answer: a thread the more, the fewer have answered.

    Parameters
    ----------
    page : Page
        ``call`` is filled.
    n : int
        Messages.
    call : float
        speak.call.
    """
    for k in range(n):
        alone = call / (1.0 + page.answers[k])
        opens = page.root[k] == page.number[k]
        page.call[k] = page.utility[k] + (alone if opens else 0.0)


@compiled
def highest(values, n):
    """Place of the highest of the first ``n`` values, the first of several; n at least 1."""
    best, place = values[0], 0
    for k in range(1, n):
        if values[k] > best:
            best, place = values[k], k
    return place


@compiled
def newest_in(thread, page, n):
    """Number of the newest message in a thread, 0 none."""
    for k in range(n):
        if page.root[k] == thread:
            return page.number[k]
    return np.int64(0)


@compiled
def count_fresh(page, n, time, age):
    """How many messages were at most ``age`` days old at a time."""
    total = 0
    for k in range(n):
        total += time - page.time[k] <= age
    return total
