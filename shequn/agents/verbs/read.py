"""read: of the unread messages the newest, as many as fit, newest first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import philox2x32
from shequn.agents.tables import (
    ANSWER,
    ASK,
    CONTENT,
    EVERYONE,
    EVIDENCE,
    INCIDENT,
    NO_APPEAL,
    OPERATOR_AUTHOR,
    PRIZE,
    PROMO,
    RESPONSE,
    TO_QUALITY,
    TO_VALUE,
)
from shequn.agents.verbs.relevance import relevance

_WORDS = 4294967296.0  # 2**32
MINUTE = 1.0 / 1440.0  # of a day
TYPICAL_LENGTH = 30.0  # seconds: the length at which depth changes nothing (assumed)


class Reading(NamedTuple):
    """What a member has read so far in a visit, and what of it interests most.

    Structures like this one are made anew with each message and live in registers. A store to the
    visit within the loop would be slower: after it the compiler loads the parameters again.

    Attributes
    ----------
    read, known : int
        Messages read, and those of them whose author is known.
    utility : float
        Sum of the utilities.
    best, best_message : float, int
        Highest utility, and number of that message, 0 none.
    call, calling : float, int
        How much the message that calls most for an answer calls, and its number, 0 none.
    talking : int
        Number of the newest message in the thread that the member wrote in last, 0 none.
    good, bad : float
        Sums of the utilities above and below 0, none counted as more than 1, sign left out.
    seconds : float
        Reading time.
    """

    read: int
    known: int
    utility: float
    best: float
    best_message: int
    call: float
    calling: int
    talking: int
    good: float
    bad: float
    seconds: float


class Fresh(NamedTuple):
    """Messages read so far in a visit that were at most 1, 12 and 24 hours old."""

    hour: int
    half_day: int
    day: int


class Posts(NamedTuple):
    """Posts of the operator, and news from outside, read so far in a visit.

    Attributes
    ----------
    read, by_operator, promos, prizes, contents, asks, evidence, answers : int
        All of them, those of the operator, and those of some kinds.
    response : int
        Thread of the newest response to an incident, 0 none.
    pushed, reminders : float
        Promotions, by how much they count, and by how well they remind.
    persuasion : float
        Sum of the overtness.
    """

    read: int
    by_operator: int
    promos: int
    prizes: int
    contents: int
    asks: int
    evidence: int
    answers: int
    response: int | np.integer
    pushed: float
    reminders: float
    persuasion: float


class Opinions(NamedTuple):
    """Opinions of the product read so far in a visit.

    Attributes
    ----------
    exposures : float
        What they expose to the product.
    word : float
        Sum of those of members, that of a stranger counts less.
    total, weight : float
        Weighted sum of the opinions, and sum of the weights.
    incident : int
        Thread of the newest incident, 0 none.
    alarm, alarming : float, int
        Sum of `alarm`, and number of the newest message that alarms, 0 none.
    """

    exposures: float
    word: float
    total: float
    weight: float
    incident: int | np.integer
    alarm: float
    alarming: int


_NOTHING = Reading(0, 0, 0.0, -np.inf, 0, -np.inf, 0, 0, 0.0, 0.0, 0.0)
_NONE_FRESH = Fresh(0, 0, 0)
_NO_POSTS = Posts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0, 0.0, 0.0)
_NO_OPINIONS = Opinions(0.0, 0.0, 0.0, 0.0, 0, 0.0, 0)


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
        Parameters, as `kernel_record` gives them.

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
    member : record of MEMBER_DTYPE
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
    message : record of MESSAGE_DTYPE
        A message of kind incident.
    member : record of MEMBER_DTYPE
        Row of the members table.
    group : record of GROUP_DTYPE
        Row of the groups table.
    p : record
        Parameters, as `kernel_record` gives them.

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
def is_shown(message, member):
    """Whether a message is shown to a member: a promotion may be addressed to others."""
    return message.kind != PROMO or message.audience > EVERYONE * member.segment


@compiled
def strength_of(message, member, p):
    """How much a message counts by its appeal: see `appeal_strength`; 1 without one."""
    if message.kind != PROMO or message.appeal == NO_APPEAL:
        return 1.0
    return appeal_strength(member, message.appeal, p.read_appeal_weight)


@compiled
def worth(message, match, strength, known, member, p):
    """What a message is worth to a reader: see `read` (eq. 7.4-2).

    Parameters
    ----------
    message : record of MESSAGE_DTYPE
        What is read.
    match : float
        Relevance of its topic, 0 .. 1.
    strength : float
        As `strength_of` gives it.
    known : bool
        Whether the reader knows the author.
    member : record of MEMBER_DTYPE
        The reader.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        Utility.
    """
    if message.author >= 0:
        extra = member.social_taste * np.float64(known)
    else:
        extra = (
            p.read_prize_weight * member.prize_taste * message.prize
            - np.float64(member.wariness) * message.overtness
        )
    if p.read_depth != 0.0:
        strength *= (message.length / TYPICAL_LENGTH) ** p.read_depth
    value = message.quality * strength * match
    return value * (1.0 + p.read_known_bonus * known) - p.read_cost * message.length + extra


@compiled
def pull_of(message, since, thread, p):
    """How much of a conversation a message leaves to the reader: h^-sharing (eq. 7.6-4).

    The reader is the h-th who takes part and reads it while it is fresh, or in the thread
    written in last; see `shequn.agents.verbs.speak.going_on`.

    Parameters
    ----------
    message : record of MESSAGE_DTYPE
        The message; how many have considered it is counted up.
    since : float
        Time from which on a message is fresh, in days; inf for who does not take part.
    thread : int
        Thread that the reader wrote in last, -1 where that does not matter.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        0 .. 1.
    """
    if message.time < since and message.root != thread:
        return 0.0
    rank = np.int64(message.considered) + 1
    message.considered = min(65535, rank)
    return np.float64(rank) ** -p.speak_sharing


@compiled
def with_message(reading, message, number, utility, known, thread, p):
    """One message more was read (eq. 7.4-4).

    Parameters
    ----------
    reading : Reading
        What was read before it.
    message : record of MESSAGE_DTYPE
        The message.
    number : int
        Its number.
    utility : float
        What it is worth.
    known : bool
        Whether the reader knows the author.
    thread : int
        Thread that the reader wrote in last, -1 where that does not matter.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    Reading
        With it.
    """
    root = np.int64(message.root)
    call = utility
    if root == number:
        call += p.speak_call / (1.0 + message.answers)
    better, louder = utility > reading.best, call > reading.call
    goes_on = root == thread and reading.talking == 0
    return Reading(
        read=reading.read + 1,
        known=reading.known + known,
        utility=reading.utility + utility,
        best=utility if better else reading.best,
        best_message=number if better else reading.best_message,
        call=call if louder else reading.call,
        calling=number if louder else reading.calling,
        talking=number if goes_on else reading.talking,
        good=reading.good + min(1.0, max(0.0, utility)),
        bad=reading.bad + min(1.0, max(0.0, -utility)),
        seconds=reading.seconds + message.length,
    )


@compiled
def with_age(fresh, age):
    """One message more was read that is ``age`` days old."""
    return Fresh(
        hour=fresh.hour + (age <= 1.0 / 24.0),
        half_day=fresh.half_day + (age <= 0.5),
        day=fresh.day + (age <= 1.0),
    )


@compiled
def with_post(posts, message, strength, p):
    """One post more was read.

    Parameters
    ----------
    posts : Posts
        Those read before it.
    message : record of MESSAGE_DTYPE
        The post.
    strength : float
        As `strength_of` gives it.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    Posts
        With it.
    """
    kind = message.kind
    pushed, reminds = 0.0, 0.0
    if kind == PROMO:
        softness = 1.0 - np.float64(message.overtness)
        pushed, reminds = strength, strength * (1.0 - p.buy_reminder_overtness * softness)
    return Posts(
        read=posts.read + 1,
        by_operator=posts.by_operator + (message.author == OPERATOR_AUTHOR),
        promos=posts.promos + (kind == PROMO),
        prizes=posts.prizes + (kind == PRIZE),
        contents=posts.contents + (kind == CONTENT),
        asks=posts.asks + (kind == ASK),
        evidence=posts.evidence + (kind == EVIDENCE),
        answers=posts.answers + (kind == ANSWER),
        response=max(posts.response, np.int64(message.root) if kind == RESPONSE else 0),
        pushed=posts.pushed + pushed,
        reminders=posts.reminders + reminds,
        persuasion=posts.persuasion + message.overtness,
    )


@compiled
def with_opinion(opinions, message, number, known, member, group, p):
    """One opinion of the product more was read; that of an incident may alarm (eq. 7.4-5).

    Parameters
    ----------
    opinions : Opinions
        Those read before it.
    message : record of MESSAGE_DTYPE
        The message that expresses it.
    number : int
        Its number.
    known : bool
        Whether the reader knows the author.
    member, group : records of MEMBER_DTYPE and GROUP_DTYPE
        Who reads, and where.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    Opinions
        With it.
    """
    valence = np.float64(message.valence)
    weight = message.voice * (p.feel_negative_weight if valence < 0.0 else 1.0)
    incident, force = 0, 0.0
    if message.kind == INCIDENT:
        if message.root <= member.calmed:
            weight *= 1.0 - p.incident_repair
        incident = np.int64(message.root)
        force = alarm(message, member, group, p)
    exposes = p.feel_exposure_of_bad if valence < 0.0 else p.feel_exposure_of_talk
    heard = 0.0
    if message.author >= 0:
        heard = valence if known else p.feel_word_of_strangers * valence
    first = opinions.alarming == 0 and force > 0.0
    return Opinions(
        exposures=opinions.exposures + exposes,
        word=opinions.word + heard,
        total=opinions.total + weight * valence,
        weight=opinions.weight + weight,
        incident=max(opinions.incident, incident),
        alarm=opinions.alarm + force,
        alarming=number if first else opinions.alarming,
    )


@compiled
def note(visit, reading, pull, fresh, posts, opinions, p):
    """Write down in the visit what was read.

    Parameters
    ----------
    visit : record of VISIT_DTYPE
        Filled, but for ``unread``, ``passed``, ``regularity`` and ``reached``.
    reading : Reading
        All messages.
    pull : float
        Sum of `pull_of` of them.
    fresh : Fresh
        The new ones among them.
    posts : Posts
        Those of the operator.
    opinions : Opinions
        The opinions in all of them.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    visit.read = reading.read
    visit.known = reading.known
    visit.strangers = reading.read - posts.read - reading.known
    visit.utility = reading.utility
    visit.best = reading.best if reading.best_message > 0 else 0.0
    visit.best_message = reading.best_message
    visit.calling = reading.talking if reading.talking > 0 else reading.calling
    visit.talking = reading.talking > 0
    visit.good = reading.good
    visit.bad = reading.bad
    visit.seconds = reading.seconds
    visit.pull = pull
    visit.read_1h = fresh.hour
    visit.read_12h = fresh.half_day
    visit.read_24h = fresh.day
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
    p : record
        Parameters, as `kernel_record` gives them.
    """
    newest, read_upto = np.int64(group.newest), np.int64(member.read_upto)
    mask = np.int64(feed.shape[0] - 1)
    limit = acquaintance_limit(member, group)
    horizon = visit.time - p.group_message_life
    thread, since = np.int64(-1), np.inf
    if p.speak_conversation > 0.0 and visit.part != 0:
        since = visit.time - p.rhythm_lively * MINUTE
        if member.thread > 0:
            thread = np.int64(member.thread)
    reading, posts, opinions = _NOTHING, _NO_POSTS, _NO_OPINIONS
    fresh, pull, passed = _NONE_FRESH, 0.0, 0
    room, skipped = np.int64(member.capacity), 0
    oldest = max(read_upto, newest - mask - 1) + 1
    number = newest + 1
    while room > 0 and number > oldest:
        number -= 1
        message = feed[number & mask]
        if message.time < horizon:
            skipped += number - read_upto
            break
        if message.author == row:
            room -= 1
            continue
        match = relevance(message.topic, member.topic, p.read_focus)
        if match < p.group_selective or not is_shown(message, member):
            skipped += 1
            continue
        known, strength = False, 1.0
        if message.author >= 0:
            known = knows(row, message.author, limit, p)
            passed += message.passed
        else:
            strength = strength_of(message, member, p)
            posts = with_post(posts, message, strength, p)
        if message.valence != 0.0:
            opinions = with_opinion(opinions, message, number, known, member, group, p)
        utility = worth(message, match, strength, known, member, p)
        pull += pull_of(message, since, thread, p)
        reading = with_message(reading, message, number, utility, known, thread, p)
        fresh = with_age(fresh, visit.time - message.time)
        room -= 1
        if reading.seconds >= p.read_seconds:
            break
    visit.unread = newest - read_upto - skipped
    visit.passed = passed
    visit.regularity = group.regularity
    visit.reached = opinions.incident > member.incident
    note(visit, reading, pull, fresh, posts, opinions, p)
    member.read_upto = newest
