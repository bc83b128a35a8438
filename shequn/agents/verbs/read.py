"""read: of the unread messages the newest, as many as fit, newest first."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import philox2x32
from shequn.agents.tables import (
    ANSWER,
    ASK,
    EVERYONE,
    EVIDENCE,
    INCIDENT,
    NO_APPEAL,
    PRIZE,
    PROMO,
    RESPONSE,
    TO_QUALITY,
    TO_VALUE,
)
from shequn.agents.verbs.relevance import relevance

_WORDS = 4294967296.0  # 2**32
TYPICAL_LENGTH = 30.0  # seconds: the length at which depth changes nothing (assumed)


@compiled
def acquaintance_limit(member, group):
    """Chance that an author is known, familiarity / size, as a threshold for a 32-bit word.

    Eq. 7.4-3.
    """
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
def appeal_strength(member, appeal, weight):
    """How much a promotion counts that appeals to one taste of the reader (eq. 7.4-2).

    1 + weight x (3 s - 1), with s the share of that taste in the sum of the tastes for quality,
    low price and face: 1 for a reader whose tastes are equal. The form is assumed.

    Parameters
    ----------
    member : record
        Row of the members table.
    appeal : int
        Quality, value or face (`shequn.agents.tables`).
    weight : float
        read.appeal_weight.

    Returns
    -------
    float
        At least 0.
    """
    quality, price = np.float64(member.quality_weight), np.float64(member.price_weight)
    face = np.float64(member.face_weight)
    taste = quality if appeal == TO_QUALITY else (price if appeal == TO_VALUE else face)
    return max(0.0, 1.0 + weight * (3.0 * taste / max(1e-9, quality + price + face) - 1.0))


@compiled
def alarm(message, member, group, p):
    """How much a message of an incident alarms a reader, who may pass it on (eq. 7.13-1).

    Minus its valence; 0 for who has passed on this incident or a newer one, less for who has read
    the response, and for everyone once the matter is out of the group.

    Parameters
    ----------
    message : record
        A message of kind incident.
    member : record
        Row of the members table.
    group : record
        Row of the groups table.
    p : record
        Parameters.

    Returns
    -------
    float
        0 .. 1.
    """
    if message.root <= member.passed_on:
        return 0.0
    force = max(0.0, -np.float64(message.valence))
    if message.root <= member.calmed:
        force *= 1.0 - p.incident_calm
    if message.root <= group.hushed:
        force *= 1.0 - p.incident_private_calm
    return force


@compiled
def read(member, row, feed, group, visit, p):
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
    member : record
        Row of the members table; ``read_upto`` is changed.
    row : int
        Its number.
    feed : record array
        The group's ring of messages, length a power of 2.
    group : record
        Row of the groups table.
    visit : record
        What happens in this session, its time is set; filled.
    p : record
        Parameters.
    """
    newest = np.int64(group.newest)
    unread = newest - np.int64(member.read_upto)
    oldest = newest - min(unread, np.int64(feed.shape[0]))
    room = np.int64(member.capacity)
    mask = np.int64(feed.shape[0] - 1)
    limit = acquaintance_limit(member, group)
    horizon = visit.time - p.group_message_life
    count, known_count, posts, promos, prizes, mentions, best_message = 0, 0, 0, 0, 0, 0, 0
    asks, proofs, answers, response, incident, alarming, skipped = 0, 0, 0, 0, 0, 0, 0
    persuasion, total, opinion, opinion_weight, pushed, reminders = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    seconds, alarmed = 0.0, 0.0
    best, call, calling, talking = -np.inf, -np.inf, 0, 0
    thread = np.int64(member.thread) if p.speak_conversation > 0.0 else -1
    # Nothing is stored to a table within the loop, so that its constants stay in registers.
    number = newest + 1
    while room > 0 and number - 1 > oldest:
        number -= 1
        message = feed[number & mask]
        if message.time < horizon:
            skipped += number - (newest - unread)
            break
        author = np.int64(message.author)
        if author == row:
            room -= 1
            continue
        match = relevance(message.topic, member.topic, p.read_focus)
        if match < p.group_selective:
            skipped += 1
            continue
        strength = 1.0
        known = 0.0
        if author >= 0:
            if knows(row, author, limit, p):
                known = 1.0
                known_count += 1
            extra = member.social_taste * known
        else:
            kind = message.kind
            if kind == PROMO:
                if message.audience <= EVERYONE * member.segment:
                    skipped += 1
                    continue
                if message.appeal != NO_APPEAL:
                    strength = appeal_strength(member, message.appeal, p.read_appeal_weight)
                promos += 1
                pushed += strength
                reminders += strength * (
                    1.0 - p.buy_reminder_overtness * (1.0 - np.float64(message.overtness))
                )
            elif kind == RESPONSE:
                response = max(response, np.int64(message.root))
            posts += 1
            prizes += kind == PRIZE
            asks += kind == ASK
            proofs += kind == EVIDENCE
            answers += kind == ANSWER
            persuasion += message.overtness
            extra = (
                p.read_prize_weight * member.prize_taste * message.prize
                - np.float64(member.wariness) * message.overtness
            )
        valence = np.float64(message.valence)
        if valence != 0.0:
            mentions += 1
            weight = message.voice * (p.feel_negative_weight if valence < 0.0 else 1.0)
            if message.kind == INCIDENT and message.root <= member.calmed:
                weight *= 1.0 - p.incident_repair
            opinion += weight * valence
            opinion_weight += weight
            if message.kind == INCIDENT:
                incident = max(incident, np.int64(message.root))
                force = alarm(message, member, group, p)
                alarmed += force
                if alarming == 0 and force > 0.0:
                    alarming = number
        room -= 1
        count += 1
        if p.read_depth != 0.0:
            strength *= (message.length / TYPICAL_LENGTH) ** p.read_depth
        value = message.quality * strength * match
        utility = value * (1.0 + p.read_known_bonus * known) - p.read_cost * message.length + extra
        total += utility
        if utility > best:
            best = utility
            best_message = number
        root = np.int64(message.root)
        if root == thread and talking == 0:
            talking = number
        if root == number:
            utility += p.speak_call / (1.0 + message.answers)
        if utility > call:
            call = utility
            calling = number
        seconds += message.length
        if seconds >= p.read_seconds:
            break
    visit.unread = unread - skipped
    visit.read = count
    visit.known = known_count
    visit.strangers = count - posts - known_count
    visit.promos = promos
    visit.prizes = prizes
    visit.asks = asks
    visit.reminders = reminders
    visit.regularity = group.regularity
    visit.response = response
    visit.incident = incident
    visit.reached = incident > member.incident
    visit.alarm = alarmed
    visit.alarming = alarming
    visit.exposures = (
        (pushed + prizes + proofs)
        + p.feel_exposure_of_answer * answers
        + p.feel_exposure_of_talk * mentions
    )
    visit.persuasion = persuasion
    visit.utility = total
    visit.opinion = opinion
    visit.opinion_weight = opinion_weight
    visit.best = best if best_message > 0 else 0.0
    visit.best_message = best_message
    visit.calling = talking if talking > 0 else calling
    visit.talking = talking > 0
    member.read_upto = newest
