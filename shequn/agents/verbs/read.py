"""read: of the unread messages the newest, as many as fit, newest first."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import philox2x32
from shequn.agents.tables import PRIZE, PROMO
from shequn.agents.verbs.relevance import relevance

_WORDS = 4294967296.0  # 2**32


@compiled
def acquaintance_limit(member, group):
    """Chance that an author is known, familiarity / size, as a threshold for a 32-bit word."""
    share = min(1.0, member.familiarity / max(1.0, np.float64(group.n_members)))
    return np.uint64(share * _WORDS)


@compiled
def knows(row, author, limit, p):
    """Whether a reader knows an author: decided once for each pair (Philox2x32 of both).

    Parameters
    ----------
    row, author : int
        Rows of the members table.
    limit : uint64
        As `acquaintance_limit` gives it.
    p : record
        Parameters.

    Returns
    -------
    bool
        True with probability familiarity / size.
    """
    return limit > 0 and philox2x32(np.uint64(row), np.uint64(author), p.pair_key)[0] < limit


@compiled
def read(member, row, feed, group, visit, p):
    """Read the newest messages, at most ``capacity`` of them.

    Of U unread messages the newest min(U, capacity, length of the feed) are read, newest first, so
    P(seen) = min(1, capacity / U); the rest are passed over for good. One's own messages do not
    count. A message is worth

        quality x relevance x (1 + known_bonus x known) - cost x length + extra,

    with extra = social_taste x known for a member's message, and prize_weight x prize_taste x
    prize - wariness x overtness for an operator's.

    Parameters
    ----------
    member : record
        Row of the members table; ``read_upto`` is changed.
    row : int
        Its number.
    feed : record array
        The group's ring of messages, length a power of 2.
    group : record
        Row of the groups table.
    visit : record
        What happens in this session; filled.
    p : record
        Parameters.
    """
    newest = np.int64(group.newest)
    unread = newest - np.int64(member.read_upto)
    n = min(min(unread, np.int64(member.capacity)), np.int64(feed.shape[0]))
    mask = np.int64(feed.shape[0] - 1)
    limit = acquaintance_limit(member, group)
    count, known_count, posts, promos, prizes, mentions, best_message = 0, 0, 0, 0, 0, 0, 0
    persuasion, total, opinion, opinion_weight = 0.0, 0.0, 0.0, 0.0
    best = -np.inf
    for number in range(newest, newest - n, -1):
        message = feed[number & mask]
        author = np.int64(message.author)
        if author == row:
            continue
        count += 1
        known = 0.0
        if author >= 0:
            if knows(row, author, limit, p):
                known = 1.0
                known_count += 1
            extra = member.social_taste * known
            valence = np.float64(message.valence)
            if valence != 0.0:
                mentions += 1
                weight = message.voice * (p.feel_negative_weight if valence < 0.0 else 1.0)
                opinion += weight * valence
                opinion_weight += weight
        else:
            posts += 1
            promos += message.kind == PROMO
            prizes += message.kind == PRIZE
            persuasion += message.overtness
            extra = (
                p.read_prize_weight * member.prize_taste * message.prize
                - np.float64(member.wariness) * message.overtness
            )
        value = message.quality * relevance(message.topic, member.topic, p.read_focus)
        utility = value * (1.0 + p.read_known_bonus * known) - p.read_cost * message.length + extra
        total += utility
        if utility > best:
            best = utility
            best_message = number
    visit.unread = unread
    visit.read = count
    visit.known = known_count
    visit.strangers = count - posts - known_count
    visit.promos = promos
    visit.prizes = prizes
    visit.exposures = promos + prizes + p.feel_exposure_of_talk * mentions
    visit.persuasion = persuasion
    visit.utility = total
    visit.opinion = opinion
    visit.opinion_weight = opinion_weight
    visit.best = best if best_message > 0 else 0.0
    visit.best_message = best_message
    member.read_upto = newest
