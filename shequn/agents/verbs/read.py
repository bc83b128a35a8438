"""read: of the unread messages the newest, as many as fit, newest first."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import philox2x32
from shequn.agents.tables import CONTENT, PRIZE, PROMO
from shequn.agents.verbs.relevance import relevance

_WORDS = 4294967296.0  # 2**32


@compiled
def read(member, row, feed, group, visit, p):
    """Read the newest messages, at most ``capacity`` of them.

    Of U unread messages the newest min(U, capacity, length of the feed) are read, newest first, so
    P(seen) = min(1, capacity / U); the rest are passed over for good. A message gives

        utility = quality x relevance x (1 + known_bonus x known) + social_taste x chat x known
                  - cost x length - wariness x overtness + prize_weight x prize_taste x prize

    An author is known with probability familiarity / size, decided once for each pair
    (Philox2x32 of reader and author).

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
    interest = np.float64(member.topic)
    wariness = np.float64(member.wariness)
    prize_taste = p.read_prize_weight * member.prize_taste
    social_taste = np.float64(member.social_taste)
    share_known = min(1.0, member.familiarity / max(1.0, np.float64(group.n_members)))
    limit = np.uint64(share_known * _WORDS)
    key = np.uint64(p.pair_key)
    me = np.uint64(row)

    count = 0
    known_count = 0
    strangers = 0
    promos = 0
    prizes = 0
    exposures = 0.0
    persuasion = 0.0
    total = 0.0
    opinion = 0.0
    opinion_weight = 0.0
    best = -np.inf
    best_message = 0
    for back in range(n):
        number = newest - back
        message = feed[number & mask]
        author = np.int64(message.author)
        if author == row:
            continue
        count += 1
        known = 0.0
        if author >= 0:
            if limit > 0 and philox2x32(me, np.uint64(author), key)[0] < limit:
                known = 1.0
                known_count += 1
            else:
                strangers += 1
        value = message.quality * relevance(message.topic, interest, p.read_focus)
        utility = (
            value * (1.0 + p.read_known_bonus * known)
            - p.read_cost * message.length
            - wariness * message.overtness
            + prize_taste * message.prize
        )
        kind = message.kind
        if kind < CONTENT:
            utility += social_taste * known
        else:
            promos += kind == PROMO
            prizes += kind == PRIZE
        if kind == PROMO or kind == PRIZE:
            exposures += 1.0
        persuasion += message.overtness
        valence = np.float64(message.valence)
        if valence != 0.0:
            exposures += p.feel_exposure_of_talk * (kind < CONTENT)
            weight = np.float64(message.voice)
            if valence < 0.0:
                weight *= p.feel_negative_weight
            opinion += weight * valence
            opinion_weight += weight
        total += utility
        if utility > best:
            best = utility
            best_message = number
    visit.unread = unread
    visit.read = count
    visit.known = known_count
    visit.strangers = strangers
    visit.promos = promos
    visit.prizes = prizes
    visit.exposures = exposures
    visit.persuasion = persuasion
    visit.utility = total
    visit.opinion = opinion
    visit.opinion_weight = opinion_weight
    visit.best = best if best_message > 0 else 0.0
    visit.best_message = best_message
    member.read_upto = group.newest
