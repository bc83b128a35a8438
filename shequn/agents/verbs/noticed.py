"""What stands out in what is read: posts, opinions of the product, messages passed on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from shequn.agents.jit import compiled, inlined
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
from shequn.agents.verbs.page import depth_of, number_at
from shequn.agents.verbs.relevance import relevance


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


class Found(NamedTuple):
    """What was not plain in what was read so far in a visit.

    Attributes
    ----------
    posts : Posts
        What no member wrote.
    opinions : Opinions
        The opinions in all messages.
    passed : int
        Messages of members that were passed on from other groups.
    """

    posts: Posts
    opinions: Opinions
    passed: int


_NO_POSTS = Posts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0, 0.0, 0.0)
_NO_OPINIONS = Opinions(0.0, 0.0, 0.0, 0.0, 0, 0.0, 0)
NOTHING_FOUND = Found(_NO_POSTS, _NO_OPINIONS, 0)


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


@inlined
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


@inlined
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


@inlined
def with_marked(found, place, page, member, feed, group, p):
    """Posts, opinions and messages passed on, with those of one page more: Found.

    Parameters
    ----------
    found : Found
        Those read before.
    place : Place
        How many there are on the page; what posts are worth is set there.
    page, member, feed, group, p
        As for `read`.
    """
    mask, newest = np.int64(feed.shape[0] - 1), np.int64(group.newest)
    slots, marks = page.slot[place.start :], page.marked[place.start :]
    posts, opinions, passed = found
    for k in range(place.read):
        if marks[k] == 0:
            continue
        slot = slots[k]
        message = feed[slot]
        if message.author < 0:
            strength = strength_of(message, member, p)
            page.utility[k] = worth_of_post(message, strength, member, p)
            posts = with_post(posts, message, strength, p)
        else:
            passed += message.passed
        if message.valence != 0.0:
            number, known = number_at(slot, newest, mask), page.known[k] != 0.0
            opinions = with_opinion(opinions, message, number, known, member, group, p)
    return Found(posts, opinions, passed)
