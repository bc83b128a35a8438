"""speak: open a thread, answer the most interesting message, ask, praise or complain."""

from __future__ import annotations

import math

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import draw, exponential, normals, stream
from shequn.agents.tables import CHAT, COMPLAINT, MEMBER, MUTED, QUESTION, REPLY

POST = stream("speak.post")
TALK_CLOCK = stream("speak.clock")


@compiled
def append_message(feed, group, time, author, kind, root, topic, quality, length, valence, voice):
    """Write a message into the ring.

    Parameters
    ----------
    feed : record array
        The group's ring of messages.
    group : record
        Row of the groups table; ``newest`` is counted up.
    time : float
        When, in days.
    author : int
        Row of the member.
    kind : int
        One of the kinds of `shequn.agents.tables`.
    root : int
        Number of the message that opened the thread, 0 for a message that opens one.
    topic, quality, length, valence, voice : float
        As in the messages table.

    Returns
    -------
    int
        Number of the new message.
    """
    number = np.int64(group.newest) + 1
    group.newest = number
    message = feed[number & np.int64(feed.shape[0] - 1)]
    message.time = time
    message.author = author
    message.kind = kind
    message.root = root if root > 0 else number
    message.topic = topic
    message.quality = quality
    message.length = length
    message.overtness = 0.0
    message.prize = 0.0
    message.valence = valence
    message.voice = voice
    return number


@compiled
def opinion(member, luck, p):
    """Valence of a message: the satisfaction of a buyer who mentions the product, else 0.

    A buyer mentions the product with probability ``mention + mention_extreme x |satisfaction|``:
    more often at both extremes (Anderson 1998, J. Service Research 1(1), 5-17).

    Parameters
    ----------
    member : record
        Row of the members table.
    luck : float
        Uniform number.
    p : record
        Parameters.

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
def write(member, row, members, feed, group, visit, p):
    """Write one message: a reply to the most interesting message read, or a new thread.

    Parameters
    ----------
    member : record
        Row of the members table; ``posts`` is counted up.
    row : int
        Its number.
    members : record array
        The members table; the author answered gets a reply.
    feed, group, visit, p
        As for `speak`.
    """
    u_reply, u_kind, u0, u1 = draw(p.seed, POST, row, member.posts)
    z_quality, z_length = normals(u0, u1)
    quality = max(0.0, p.speak_quality + p.speak_quality_spread * z_quality)
    length = p.speak_length * math.exp(p.speak_length_spread * z_length)
    best = visit.best_message
    in_feed = best > 0 and group.newest - best < feed.shape[0]
    kind = CHAT
    root = np.int64(0)
    topic = np.float64(member.topic)
    answers = in_feed and u_reply < p.speak_reply_share
    # Of a message that is no reply, the lowest u_kind are questions: the rest is spread anew.
    luck = u_kind
    if not answers:
        luck = (u_kind - p.speak_question_share) / (1.0 - p.speak_question_share)
    valence = opinion(member, luck, p)
    if answers:
        kind = REPLY
        answered = feed[best & np.int64(feed.shape[0] - 1)]
        root = np.int64(answered.root)
        topic = np.float64(answered.topic)
        author = np.int64(answered.author)
        if author >= 0:
            other = members[author]
            here = other.status == MEMBER or other.status == MUTED
            if here and other.group == member.group and other.replies < 255:
                other.replies += 1
    elif u_kind < p.speak_question_share:
        kind = QUESTION
    elif valence < -p.speak_complaint_threshold:
        kind = COMPLAINT
    if kind == QUESTION:
        valence = 0.0
    append_message(
        feed, group, visit.time, row, kind, root, topic, quality, length, valence, member.voice
    )
    member.posts += 1
    member.read_upto = group.newest


@compiled
def speak(member, row, members, feed, group, visit, p):
    """Write as many messages as fall due.

    The number expected in a session is ``talk x interest x (1 + recognition_gain x recognition)``,
    with interest = 2 / (1 + exp(-interest_slope x mean utility read)), 1 when nothing was read.
    It is spent on the talk clock, so posts are a Poisson process in the sessions; at most
    ``speak.most_posts`` are written in one, the rest waits for the next.

    Parameters
    ----------
    member : record
        Row of the members table; changed.
    row : int
        Its number.
    members : record array
        The members table: authors answered get a reply.
    feed : record array
        The group's ring of messages; written.
    group : record
        Row of the groups table.
    visit : record
        What was read.
    p : record
        Parameters.
    """
    if p.group_peers_post == 0.0:
        return
    mean = visit.utility / visit.read if visit.read > 0 else 0.0
    interest = 2.0 / (1.0 + math.exp(-p.speak_interest_slope * mean))
    clock = np.float64(member.talk_clock) - member.talk * interest * (
        1.0 + p.speak_recognition_gain * member.recognition
    )
    written = 0
    while clock <= 0.0 and written < p.speak_most_posts:
        write(member, row, members, feed, group, visit, p)
        clock += exponential(p.seed, TALK_CLOCK, row, member.posts)
        written += 1
    member.talk_clock = clock
