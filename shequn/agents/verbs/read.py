"""read: of the unread messages the newest, as many as fit, newest first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.tables import (
    ANSWER,
    ASK,
    CONTENT,
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
from shequn.agents.verbs.page import (
    acquaintance_limit,
    count_fresh,
    depth_of,
    highest,
    lay_out,
    newest_in,
    raise_voices,
    recognise,
    weigh,
)
from shequn.agents.verbs.relevance import relevance

MINUTE = 1.0 / 1440.0  # of a day


class Worth(NamedTuple):
    """What the messages of a visit are worth, summed up, newest first.

    Attributes
    ----------
    utility : float
        Sum of the utilities.
    good, bad : float
        Sums of the utilities above and below 0, none counted as more than 1, sign left out.
    """

    utility: float
    good: float
    bad: float


class Posts(NamedTuple):
    """Posts of the operator, and news from outside, read so far in a visit.

    Structures like this one are made anew with each message and live in registers. A store to the
    visit within the loop would be slower: after it the compiler loads the parameters again.

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


_NO_POSTS = Posts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0, 0.0, 0.0)
_NO_OPINIONS = Opinions(0.0, 0.0, 0.0, 0.0, 0, 0.0, 0)


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
def strength_of(message, member, p):
    """How much a message counts by its appeal: see `appeal_strength`; 1 without one."""
    if message.kind != PROMO or message.appeal == NO_APPEAL:
        return 1.0
    return appeal_strength(member, message.appeal, p.read_appeal_weight)


@compiled
def worth_of_post(message, strength, member, p):
    """What a post is worth to a reader: see `read` (eq. 7.4-2).

    Parameters
    ----------
    message : record of MESSAGE_DTYPE
        What is read.
    strength : float
        As `strength_of` gives it.
    member : record of MEMBER_DTYPE
        The reader.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        Utility.
    """
    extra = (
        p.read_prize_weight * member.prize_taste * message.prize
        - np.float64(member.wariness) * message.overtness
    )
    match = relevance(message.topic, member.topic, p.read_focus)
    value = message.quality * (strength * depth_of(message.length, p.read_depth)) * match
    return value - p.read_cost * message.length + extra


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
    return np.float64(rank) ** -p.speak_sharing


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
def read_posts(page, posts, member, feed, p):
    """What the posts on a page are worth, and how many there are of which kind: Posts.

    Parameters
    ----------
    page : Page
        ``utility`` is set for each of them.
    posts : int
        How many.
    member, feed, p
        As for `read`.

    Returns
    -------
    Posts
        All of them.
    """
    mask = np.int64(feed.shape[0] - 1)
    found = _NO_POSTS
    for j in range(posts):
        k = page.posts[j]
        message = feed[page.number[k] & mask]
        strength = strength_of(message, member, p)
        page.utility[k] = worth_of_post(message, strength, member, p)
        found = with_post(found, message, strength, p)
    return found


@compiled
def read_opinions(page, opinions, member, feed, group, p):
    """The opinions on a page: Opinions.

    Parameters
    ----------
    page : Page
        The messages.
    opinions : int
        How many express one.
    member, feed, group, p
        As for `read`.

    Returns
    -------
    Opinions
        All of them.
    """
    mask = np.int64(feed.shape[0] - 1)
    found = _NO_OPINIONS
    for j in range(opinions):
        k = page.opinions[j]
        number = page.number[k]
        known = page.known[k] != 0.0
        found = with_opinion(found, feed[number & mask], number, known, member, group, p)
    return found


@compiled
def add_up(page, n):
    """The sums over a page, newest message first (eq. 7.4-4)."""
    total, good, bad = 0.0, 0.0, 0.0
    for k in range(n):
        utility = page.utility[k]
        total += utility
        good += min(1.0, max(0.0, utility))
        bad += min(1.0, max(0.0, -utility))
    return Worth(total, good, bad)


@compiled
def take_part(page, n, member, feed, visit, p):
    """What the messages leave of their conversations to who takes part: see `pull_of`.

    Parameters
    ----------
    page : Page
        The messages.
    n : int
        How many.
    member, feed, visit, p
        As for `read`; ``visit.calling`` and ``visit.talking`` are set if others went on in the
        thread that the member wrote in last.

    Returns
    -------
    float
        Sum of `pull_of` of them.
    """
    if p.speak_conversation <= 0.0 or visit.part == 0:
        return 0.0
    mask = np.int64(feed.shape[0] - 1)
    since = visit.time - p.rhythm_lively * MINUTE
    thread = np.int64(member.thread) if member.thread > 0 else np.int64(-1)
    pull = 0.0
    for k in range(n):
        if page.time[k] >= since or page.root[k] == thread:
            pull += pull_of(feed[page.number[k] & mask], p)
    going_on = newest_in(thread, page, n)
    if going_on > 0:
        visit.calling = going_on
        visit.talking = 1
    return pull


@compiled
def choose_best(page, n, visit, p):
    """Which message is best, and which calls most for an answer: see `read`.

    Parameters
    ----------
    page : Page
        The messages; ``call`` is filled.
    n : int
        How many.
    visit : record of VISIT_DTYPE
        ``best``, ``best_message``, ``calling`` and ``talking`` are set.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    visit.best = 0.0
    visit.best_message = 0
    visit.calling = 0
    visit.talking = 0
    if n > 0:
        best = highest(page.utility, n)
        visit.best = page.utility[best]
        visit.best_message = page.number[best]
        if p.speak_call != 0.0:
            raise_voices(page, n, p.speak_call)
            best = highest(page.call, n)
        visit.calling = page.number[best]


@compiled
def note(visit, opened, known, worth, posts, opinions, p):
    """Write down in the visit what was read.

    Parameters
    ----------
    visit : record of VISIT_DTYPE
        Filled.
    opened : Opened
        All messages.
    known : int
        Those of them whose author is known.
    worth : Worth
        What they are worth.
    posts : Posts
        Those of the operator.
    opinions : Opinions
        The opinions in all of them.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    visit.read = opened.read
    visit.passed = opened.passed
    visit.seconds = opened.seconds
    visit.known = known
    visit.strangers = opened.read - posts.read - known
    visit.utility = worth.utility
    visit.good = worth.good
    visit.bad = worth.bad
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
def read(member, row, feed, group, visit, page, p):
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
    page : Page
        Scratch, with room for as many messages as the feed.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    time, read_upto = visit.time, np.int64(member.read_upto)
    opened = lay_out(page, row, member, feed, group, visit, p)
    n = opened.read
    known = recognise(page, n, row, acquaintance_limit(member, group), p.pair_key)
    weigh(page, n, member, p)
    posts = read_posts(page, opened.posts, member, feed, p)
    opinions = read_opinions(page, opened.opinions, member, feed, group, p)
    choose_best(page, n, visit, p)
    visit.pull = take_part(page, n, member, feed, visit, p)
    visit.read_1h = count_fresh(page, n, time, 1.0 / 24.0)
    visit.read_12h = count_fresh(page, n, time, 0.5)
    visit.read_24h = count_fresh(page, n, time, 1.0)
    visit.unread = group.newest - read_upto - opened.skipped
    visit.regularity = group.regularity
    visit.reached = opinions.incident > member.incident
    note(visit, opened, known, add_up(page, n), posts, opinions, p)
    member.read_upto = group.newest
