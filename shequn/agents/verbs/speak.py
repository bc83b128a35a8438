"""speak: open a thread, answer the most interesting message, ask, praise, complain, pass on."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from shequn.agents.jit import compiled, inlined
from shequn.agents.maths import exp
from shequn.agents.randomness import draw, exponential, normals, stream
from shequn.agents.tables import (
    CHAT,
    COMPLAINT,
    EVERYONE,
    FOUND,
    INCIDENT,
    MEMBER,
    MUTED,
    NO_APPEAL,
    NOBODY,
    QUESTION,
    REPLY,
    STAYING,
)
from shequn.agents.verbs.read import MINUTE
from shequn.agents.verbs.relevance import relevance

POST = stream("speak.post")
TALK_CLOCK = stream("speak.clock")
REMOVAL = stream("control.removal")
IGNITION = stream("incident.ignition")
FORWARD_CLOCK = stream("forward.clock")
SEARCH = stream("speak.search")
LIKE = stream("speak.like")
UNSAID = stream("speak.unsaid")


class Draft(NamedTuple):
    """A message before it stands in the feed.

    Attributes
    ----------
    author : int
        Row of the member; -1 the operator.
    kind : int
        One of the kinds of `shequn.agents.tables`.
    root : int
        Number of the message that opened the thread, 0 for a message that opens one.
    to : int
        Row of the member whom it answers, -1 nobody.
    topic, quality, length, valence, voice : float
        As in the messages table.
    """

    author: int
    kind: int | np.integer
    root: int | np.integer
    to: int | np.integer
    topic: float
    quality: float
    length: float
    valence: float
    voice: float


@compiled
def count_answer(message, number, feed, group):
    """The message that opened the thread has one answer more, if it is still in the feed."""
    root = np.int64(message.root)
    if root != number and group.newest - root < feed.shape[0]:
        opener = feed[root & np.int64(feed.shape[0] - 1)]
        opener.answers += 1


@compiled
def append_message(feed, group, time, draft):
    """Write a message into the ring.

    Parameters
    ----------
    feed : array of MESSAGE_DTYPE
        The group's ring of messages.
    group : record of GROUP_DTYPE
        Row of the groups table; ``newest`` is counted up.
    time : float
        When, in days.
    draft : Draft
        The message.

    Returns
    -------
    int
        Number of the new message.
    """
    number = np.int64(group.newest) + 1
    group.newest = number
    message = feed[number & np.int64(feed.shape[0] - 1)]
    message.time = time
    message.author = draft.author
    message.kind = draft.kind
    message.root = draft.root if draft.root > 0 else number
    message.to = draft.to
    message.topic = draft.topic
    message.quality = draft.quality
    message.length = draft.length
    message.valence = draft.valence
    message.voice = draft.voice
    message.overtness = 0.0
    message.prize = 0.0
    message.audience = EVERYONE
    message.appeal = NO_APPEAL
    message.answers = 0
    message.considered = 0
    message.call = 0.0
    message.passed = 0
    count_answer(message, number, feed, group)
    return number


@compiled
def opinion(member, luck, p):
    """Valence of a message: the satisfaction of a buyer who mentions the product, else 0.

    Eq. 7.6-3.

    A buyer mentions the product with probability ``mention + mention_extreme x |satisfaction|``:
    more often at both extremes (Anderson 1998, J. Service Research 1(1), 5-17).

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table.
    luck : float
        Uniform number.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        -1 .. 1, 0 for no mention.
    """
    if member.orders == 0:
        return 0.0
    satisfaction = np.float64(member.satisfaction)
    if luck < p.speak_mention + p.speak_mention_extreme * abs(satisfaction):
        return satisfaction
    return 0.0


@compiled
def removed(member, row, topic, group, p):
    """Whether moderation removes a message: off-topic ones, as often as control is intense."""
    if p.control_intensity <= 0.0:
        return False
    if relevance(topic, group.topic, p.read_focus) >= p.control_breadth:
        return False
    return draw(p.seed, REMOVAL, row, member.posts)[0] < p.control_intensity


@compiled
def answer_author(answered, member, members):
    """The author of a message that is answered gets a reply, if still in the group."""
    author = np.int64(answered.author)
    if author >= 0:
        other = members[author]
        here = other.status == MEMBER or other.status == MUTED
        if here and other.group == member.group and other.replies < 255:
            other.replies += 1


@compiled
def kind_of_thread(member, row, u_kind, valence, p):
    """Kind of a message that opens a thread: question, complaint, incident or chat (eq. 7.6-2)."""
    if u_kind < p.speak_question_share:
        return QUESTION
    if valence < -p.speak_complaint_threshold:
        ignites = p.incident_from_complaint
        if ignites > 0.0 and draw(p.seed, IGNITION, row, member.posts)[0] < ignites:
            return INCIDENT
        return COMPLAINT
    return CHAT


@compiled
def opening(member, row, u_kind, p):
    """Kind and valence of a message that opens a thread (eq. 7.6-2, eq. 7.6-3).

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        The author.
    row : int
        Its number.
    u_kind : float
        Uniform number. The lowest are questions; the rest is spread anew, to decide whether the
        product is mentioned.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    kind : int
        Question, complaint, incident or chat.
    valence : float
        -1 .. 1; 0 for a question.
    """
    luck = (u_kind - p.speak_question_share) / (1.0 - p.speak_question_share)
    valence = opinion(member, luck, p)
    kind = kind_of_thread(member, row, u_kind, valence, p)
    return kind, 0.0 if kind == QUESTION else valence


@compiled
def thread_and_author(answered, member, row, members, visit, addressed):
    """Thread that a reply joins, and whom it answers; that author gets a reply (eq. 7.6-2).

    Who has read nothing that calls for an answer goes on in a thread, and answers nobody; so does
    who does not address the author.

    Parameters
    ----------
    answered : record of MESSAGE_DTYPE
        The message.
    member : record of MEMBER_DTYPE
        Who answers.
    row : int
        Its number.
    members : array of MEMBER_DTYPE
        The members table.
    visit : record of VISIT_DTYPE
        What was read.
    addressed : bool
        Whether the reply is addressed to the author.

    Returns
    -------
    root, to : int
        Number of the message that opened the thread, and row of the author, -1 nobody.
    """
    to = np.int64(NOBODY)
    if addressed and answered.author != row and visit.calling > 0:
        to = max(to, np.int64(answered.author))
        answer_author(answered, member, members)
    return np.int64(answered.root), to


@compiled
def write(member, row, members, feed, group, visit, p):
    """Write one message: a reply to the message that calls most for it, or a new thread.

    Eq. 7.6-2, eq. 7.6-3.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; ``posts`` is counted up.
    row : int
        Its number.
    members : array of MEMBER_DTYPE
        The members table; the author answered gets a reply.
    feed, group, visit, p
        As for `speak`.
    """
    u_reply, u_kind, u0, u1 = draw(p.seed, POST, row, member.posts)
    # Who has read nothing that calls for an answer goes on in the last thread, if there is one.
    calling = visit.calling if visit.calling > 0 else np.int64(member.thread)
    in_feed = calling > 0 and group.newest - calling < feed.shape[0]
    answers = in_feed and u_reply < p.speak_reply_share
    answered = feed[calling & np.int64(feed.shape[0] - 1)]
    topic = np.float64(answered.topic) if answers else np.float64(member.topic)
    if removed(member, row, topic, group, p):
        visit.removed += 1
        member.irritation += p.control_reactance
        member.posts += 1
        return
    root, to = np.int64(0), np.int64(NOBODY)
    if answers:
        kind, valence = REPLY, opinion(member, u_kind, p)
        root, to = thread_and_author(
            answered, member, row, members, visit, u_reply < p.speak_reply_share * p.speak_addressed
        )
    else:
        kind, valence = opening(member, row, u_kind, p)
    z_quality, z_length = normals(u0, u1)
    draft = Draft(
        author=row, kind=kind, root=root, to=to, topic=topic,
        quality=max(0.0, p.speak_quality + p.speak_quality_spread * z_quality),
        length=p.speak_length * exp(p.speak_length_spread * z_length),
        valence=valence, voice=member.voice,
    )  # fmt: skip
    number = append_message(feed, group, visit.time, draft)
    if kind == INCIDENT:
        group.incident = number
        group.incident_at = visit.time
    member.thread = root if root > 0 else number
    member.posts += 1
    member.read_upto = number


@compiled
def like(member, row, members, feed, group, visit, p):
    """Like the best message of a visit, perhaps: a reaction that costs no message (eq. 7.6-5).

    The chance is ``speak.like`` x min(1, best utility), where that is above 0 (the form is
    assumed). Each message is read once, so nobody likes one twice. An author who is still in the
    group notices at the next visit.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; ``likes`` is counted up.
    row, members, feed, group, visit, p
        As for `speak`.
    """
    chance = p.speak_like * min(1.0, visit.best)
    occasion = np.int64(math.floor(visit.time * 1e6))
    if draw(p.seed, LIKE, row, occasion)[0] >= chance:
        return
    visit.likes += 1
    member.likes = min(65535, np.int64(member.likes) + 1)
    if group.newest - visit.best_message >= feed.shape[0]:
        return
    author = np.int64(feed[visit.best_message & np.int64(feed.shape[0] - 1)].author)
    if author >= 0:
        other = members[author]
        here = other.status == MEMBER or other.status == MUTED
        if here and other.group == member.group and other.liked < 255:
            other.liked += 1


@compiled
def pass_on(member, row, feed, group, visit, p):
    """Pass on the best message read, or bad news (eq. 7.16-1).

    The hazard in a session is ``forward.rate x max(0, best utility) + forward.from_reward x
    reward x prize taste`` for the best message, and ``forward.bad_news x incident.forward x`` the
    sum of the bad valence read for an incident; it is spent on one clock. A member passes on at
    most one message a day, and an incident at most once; it is repeated in the group where members
    may post. Other groups, and friends outside, get the message at midnight.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; changed.
    row : int
        Its number.
    feed, group, visit, p
        As for `speak`.
    """
    if member.forward != 0:
        return
    hazard = p.forward_bad_news * p.incident_forward * visit.alarm
    if visit.best_message > 0:
        hazard += p.forward_rate * max(0.0, visit.best)
        hazard += p.forward_from_reward * p.forward_reward * member.prize_taste
    clock = member.forward_clock - hazard
    if clock <= 0.0 and hazard > 0.0:
        member.forwards += 1
        clock += exponential(p.seed, FORWARD_CLOCK, row, member.forwards)
        if visit.alarming > 0:
            member.forward = visit.alarming
            member.passed_on = visit.incident
            visit.bad_forwards += 1
            if p.group_peers_post != 0.0:
                repeat(member, row, feed, group, visit)
        else:
            member.forward = visit.best_message
            visit.forwards += 1
    member.forward_clock = max(0.0, clock)


@compiled
def repeat(member, row, feed, group, visit):
    """Repeat the bad news that alarms, if it is still in the feed: see `pass_on`.

    Parameters
    ----------
    member, row, feed, group, visit
        As for `pass_on`.
    """
    if group.newest - visit.alarming >= feed.shape[0]:
        return
    news = feed[visit.alarming & np.int64(feed.shape[0] - 1)]
    draft = Draft(
        author=row, kind=INCIDENT, root=np.int64(news.root), to=NOBODY, topic=news.topic,
        quality=news.quality, length=news.length, valence=news.valence, voice=member.voice,
    )  # fmt: skip
    member.read_upto = append_message(feed, group, visit.time, draft)


@inlined
def speak(member, row, members, feed, group, visit, p):
    """Write as many messages as fall due, where members may post; pass a message on.

    Who takes part writes; who only reads does not, but may `like` what was read. The number
    expected in a visit is what one has to say (`own_talk`), x (1 + prompt x questions of the
    operator read), and what one says because others do (`going_on`), all of it x (1 - chill x
    intensity of control). It is spent on the talk
    clock, so posts are a Poisson process in the visits; at most ``speak.most_posts`` are written in
    one look, the rest waits for the next look, and is forgotten by the next visit. Each takes
    ``speak.effort`` minutes; who has spent the day's minutes writes no more.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; changed.
    row : int
        Its number.
    members : array of MEMBER_DTYPE
        The members table: authors answered get a reply.
    feed : array of MESSAGE_DTYPE
        The group's ring of messages; written.
    group : record of GROUP_DTYPE
        Row of the groups table.
    visit : record of VISIT_DTYPE
        What was read.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    if p.speak_like > 0.0 and visit.best > 0.0:
        like(member, row, members, feed, group, visit, p)
    if p.group_peers_post != 0.0 and visit.part != 0:
        talk(member, row, members, feed, group, visit, p)
    if visit.alarm > 0.0 or p.forward_rate > 0.0 or p.forward_reward > 0.0:
        pass_on(member, row, feed, group, visit, p)


@inlined
def own_talk(member, visit, p):
    """Messages that a member writes of its own accord in a visit of its own (eq. 7.6-1).

    ``group.talk x talk x interest x (1 + recognition_gain x recognition) x lull``, with interest =
    2 / (1 + exp(-interest_slope x mean utility read)), 1 when nothing was read, and lull = 1 -
    exp(-time since the last visit / ``recovery``): who was here an hour ago has little new to say.
    Of x messages on the tongue x / (1 + x / ``saturation``) are written. Both forms are assumed.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table.
    visit : record of VISIT_DTYPE
        What was read.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        Messages expected, >= 0; 0 for who stays on or was called.
    """
    if visit.cause >= STAYING:
        return 0.0
    mean = visit.utility / visit.read if visit.read > 0 else 0.0
    interest = 2.0 / (1.0 + exp(-p.speak_interest_slope * mean))
    own = (
        p.group_talk
        * member.talk
        * interest
        * (1.0 + p.speak_recognition_gain * member.recognition)
    )
    if p.speak_recovery > 0.0:
        own *= 1.0 - exp(-visit.away / p.speak_recovery)
    return own / (1.0 + own / p.speak_saturation)


@inlined
def going_on(member, row, feed, group, visit, p):
    """Messages expected because others talk, or because one's own words hang in the air.

    Eq. 7.6-4. A message has at most ``conversation`` x f successors on average, however many are
    there to read it, so that talk dies down by itself in a room of any size (a branching process
    below critical: Hawkes 1971, Biometrika 58(1), 83-90). The share ``follow_up`` of them its
    author adds, while nobody has answered; of the rest the h-th visitor who takes part and reads it
    adds a part in proportion to h^-sharing, if it is not older than ``rhythm.lively`` or in the
    thread that the visitor wrote in last; f = x / (x + ``reserve``) with
    x = ``group.talk`` x talk.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table.
    row : int
        Its number.
    feed : array of MESSAGE_DTYPE
        The group's ring of messages.
    group : record of GROUP_DTYPE
        Row of the groups table.
    visit : record of VISIT_DTYPE
        What was read.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        Messages expected, >= 0.
    """
    if p.speak_conversation <= 0.0 or group.newest == 0:
        return 0.0
    own = p.group_talk * member.talk
    if own <= 0.0:
        return 0.0
    eagerness = own / (own + p.speak_reserve)
    if visit.read > 0:
        return p.speak_shared * eagerness * visit.pull
    newest = feed[np.int64(group.newest) & np.int64(feed.shape[0] - 1)]
    if newest.author != row or visit.cause != STAYING:
        return 0.0
    silence = visit.away / (p.rhythm_lively * MINUTE)
    return p.speak_conversation * p.speak_follow_up * eagerness * silence


@compiled
def find(row, feed, group, visit, p):
    """The old message that a search finds: any of those in the feed, each as likely.

    Parameters
    ----------
    row : int
        Who searches.
    feed : array of MESSAGE_DTYPE
        The group's ring of messages.
    group : record of GROUP_DTYPE
        Row of the groups table.
    visit : record of VISIT_DTYPE
        The visit; ``calling`` becomes the message found.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    remembered = min(np.int64(group.newest), np.int64(feed.shape[0] - 1))
    if remembered > 0:
        u = draw(p.seed, SEARCH, row, np.int64(math.floor(visit.time * 1e6)))[0]
        visit.calling = np.int64(group.newest) - np.int64(u * remembered)
        visit.talking = 0


@inlined
def talk(member, row, members, feed, group, visit, p):
    """The part of `speak` that writes: see there (eq. 7.6-1)."""
    if member.spent >= member.minutes:
        return
    if visit.cause == FOUND:
        find(row, feed, group, visit, p)
    own = own_talk(member, visit, p) * (1.0 + p.speak_prompt * visit.asks)
    expected = own + going_on(member, row, feed, group, visit, p)
    clock = np.float64(member.talk_clock)
    if clock < 0.0 and visit.cause < STAYING:
        clock = exponential(p.seed, UNSAID, row, member.posts)
    clock -= expected * (1.0 - p.control_chill * p.control_intensity)
    written = 0
    while clock <= 0.0 and written < p.speak_most_posts and member.spent < member.minutes:
        write(member, row, members, feed, group, visit, p)
        member.spent += p.speak_effort
        clock += exponential(p.seed, TALK_CLOCK, row, member.posts)
        written += 1
    member.talk_clock = clock
