"""The tables that hold the whole state: members, messages, groups, operators.

A person has one row of the members table for each operator of the market: one row, one membership
(row = operator x people of the market + person).

Each table is a NumPy record array, one row per entity: a row is a contiguous piece of memory, so a
session touches a few cache lines of its member and not forty columns (``benchmarks/layout.py``
measures both). What midnight touches stands first among the fields of a member, then what a session
does. Field lists give name, type, meaning and unit; ``docs/odd.md`` has them as a table.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# Tiers (高层, 中层, 基层): labels for reports; no verb reads them.
HIGH, MIDDLE, BASE = range(3)
TIERS = ("high", "middle", "base")

# Status of a person.
OUTSIDE, MEMBER, MUTED, LEFT, WAITING, GONE = range(6)
STATUSES = ("outside", "member", "muted", "left", "waiting", "gone")

# Source of a membership.
NO_SOURCE, SEED, INVITE, AD, SPONTANEOUS, FOR_PRIZE = range(6)
SOURCES = ("none", "seed", "invite", "ad", "spontaneous", "prize")

# Kinds of messages: what members write, what an operator posts, and bad news, which both the
# world outside and members bring.
CHAT, QUESTION, REPLY, ORDER_SHARE, COMPLAINT, CONTENT, PROMO, PRIZE = range(8)
ASK, EVIDENCE, ANSWER, RESPONSE, INCIDENT = range(8, 13)
KINDS = (
    "chat", "question", "reply", "order_share", "complaint", "content", "promo", "prize",
    "ask", "evidence", "answer", "response", "incident",
)  # fmt: skip

# What a promotion appeals to: a taste of the reader.
NO_APPEAL, TO_QUALITY, TO_VALUE, TO_FACE = range(4)
APPEALS = ("none", "quality", "value", "face")
# Posting policies, in the order of their numbers.
POLICIES = (
    "cadence", "schedule", "bursts", "prize-campaign", "question-and-answer", "listening-switch",
    "listening-proportional", "weekly-loads", "broadcast", "community", "conversion", "conference",
    "none", "bombardment", "file",
)  # fmt: skip
EVERYONE = 65535  # audience of a message in parts of 65535

ORDER = len(KINDS)  # an order, in the log only
# Why a visit takes place; `STAYING` and what follows it come at times of their own.
PLANNED, GLANCE, NEED, FOUND, STAYING, ALERTED, MENTIONED, CALLED = range(8)

OPERATOR_AUTHOR = -1
WORLD_AUTHOR = -2
NOBODY = -1

MEMBER_FIELDS = (
    ("updated_at", "f8", "time up to which stocks and clocks are current", "day"),
    ("habit_decay", "f4", "rate at which habit fades, ln 2 / half-life", "1/day"),
    ("willingness_decay", "f4", "the same of willingness", "1/day"),
    ("habit", "f4", "readiness to look in", "0..1"),
    ("willingness", "f4", "willingness to take part, and not only to read", "0..1"),
    ("belonging", "f4", "tie to the group", "0..1"),
    ("awareness", "f4", "stock of product exposures (adstock)", "exposures"),
    ("irritation", "f4", "stock of unwanted persuasion", "1"),
    ("word", "f4", "stock of what people one knows said of the product", "1"),
    ("recognition", "f4", "stock of replies received", "replies"),
    ("overload", "f4", "running share of messages missed", "0..1"),
    ("membership_clock", "f4", "what is left of the unit-exponential clock to join or leave", "1"),
    ("mute_clock", "f4", "the same, to mute or unmute", "1"),
    ("need_clock", "f4", "the same, to the next purchase occasion", "1"),
    ("invite_clock", "f4", "the same, to the next invitation", "1"),
    ("joined_at", "f4", "time of the last joining, or of asking to be let in", "day"),
    ("last_session_at", "f4", "time of the last session", "day"),
    ("last_order_at", "f4", "time of the last order", "day"),
    ("exit_rate", "f4", "own base hazard of leaving", "1/day"),
    ("need_rate", "f4", "purchase occasions in the category", "1/day"),
    ("satisfaction", "f4", "last experience minus expectation", "-1..1"),
    ("attitude", "f4", "opinion of the product", "-1..1"),
    ("share", "f4", "share of this person's attention that this membership has", "0..1"),
    ("prize_taste", "f4", "taste for prizes and rewards", "1"),
    ("spent", "f4", "time spent in the group today", "minute"),
    ("session_rate", "f4", "planned visits when habit is 1", "1/day"),
    ("group", "i4", "row of the group, -1 outside", "row"),
    ("read_upto", "i4", "number of the newest message seen to pass", "sequence"),
    ("status", "u1", "outside, member, muted, left, waiting, gone", "enum"),
    ("tier", "u1", "label: high, middle, base", "enum"),
    ("looks", "u1", "times stayed on today", "count"),
    ("switches", "u1", "times muted or unmuted so far, modulo 256", "count"),
    ("topic", "f4", "position of the interest on the circle", "[0,1)"),
    ("capacity", "f4", "messages read in a session", "messages"),
    ("social_taste", "f4", "taste for the talk of people one knows", "1"),
    ("familiarity", "f4", "people of the group this member knows", "persons"),
    ("wariness", "f4", "discount on persuasion recognised as such", "1"),
    ("talk", "f4", "posts expected in a visit of one's own", "1/visit"),
    ("talk_clock", "f4", "the same, to the next post", "1"),
    ("minutes", "f4", "time that this person has for the group in a day", "minute"),
    ("conformity", "f4", "weight on what others do or say", "1"),
    ("voice", "f4", "weight that readers give to this author", "1"),
    ("bond", "f4", "what answers of the desk since the last session bind", "1"),
    ("segment", "f4", "rank in the operator's estimate of who buys, 0 the likeliest", "0..1"),
    ("thread", "i4", "thread written in last, 0 none", "sequence"),
    ("posts", "i4", "messages written so far", "count"),
    ("incident", "i4", "thread of the newest incident read of, 0 none", "sequence"),
    ("calmed", "i4", "thread of the newest incident whose response was read", "sequence"),
    ("passed_on", "i4", "thread of the newest incident passed on, 0 none", "sequence"),
    ("forward", "i4", "message to be passed on at midnight, 0 none", "sequence"),
    ("forward_clock", "f4", "the same, to the next message passed on", "1"),
    ("advanced", "f4", "need advanced by promotions since the last occasion, in the clock", "1"),
    ("budget", "f4", "spendable on the category", "CNY/month"),
    ("price_weight", "f4", "distaste for price", "1"),
    ("quality_weight", "f4", "taste for quality", "1"),
    ("face_weight", "f4", "taste for status (面子)", "1"),
    ("match", "f4", "how well the product suits this person, standard normal in the market", "1"),
    ("expectation", "f4", "experience expected of the product", "quality"),
    ("rivals", "f4", "sum of exp(utility) over rival products, last midnight", "1"),
    ("left_at", "f4", "time of the last leaving", "day"),
    ("last_due", "f4", "when the last need met would have come unasked", "day"),
    ("last_chance", "f4", "chance of an order that it had", "0..1"),
    ("chances", "f4", "orders expected since day 0: sum of those chances", "orders"),
    ("lives_near", "i4", "row of the only group near (group.placement home), -1 any", "row"),
    ("inviter", "i4", "row of the member who invited, -1 nobody", "row"),
    ("posts_before", "i4", "those of them written before day 0", "count"),
    ("orders", "u2", "orders so far", "count"),
    ("occasions", "u2", "purchase occasions so far", "count"),
    ("invitations", "u2", "invitations sent so far", "count"),
    ("promos_read", "u2", "promotions read so far, at most 65535", "count"),
    ("likes", "u2", "messages liked so far, at most 65535", "count"),
    ("reach", "u2", "contacts in the market", "persons"),
    ("orders_before", "u2", "those of them before day 0", "count"),
    ("orders_elsewhere", "u2", "orders placed without a visit so far, since joining", "count"),
    ("orders_elsewhere_before", "u2", "those of them before day 0", "count"),
    ("occasions_before", "u2", "those of them met before joining", "count"),
    ("invitations_before", "u2", "those of them sent before day 0", "count"),
    ("promos_read_before", "u2", "those of them before day 0", "count"),
    ("likes_before", "u2", "those of them before day 0", "count"),
    ("replies", "u1", "replies received since the last session, at most 255", "count"),
    ("liked", "u1", "likes received since the last session, at most 255", "count"),
    ("answers", "u1", "answers of the desk since the last session, at most 255", "count"),
    ("source", "u1", "how this person came in", "enum"),
    ("pending_invitations", "u1", "invitations of today, not yet delivered", "count"),
    ("forwards", "u1", "messages passed on so far, modulo 256", "count"),
    ("rival_orders", "u1", "orders of rival products today, not yet delivered", "count"),
    ("inviters", "u1", "distinct members who have asked since one could be asked", "count"),
    ("joins", "u1", "times joined so far, modulo 256", "count"),
)

MESSAGE_FIELDS = (
    ("time", "f8", "when it was posted", "day"),
    ("author", "i4", "row of the member, -1 the operator, -2 the world outside", "row"),
    ("root", "i4", "number of the message that opened the thread", "sequence"),
    ("to", "i4", "row of the member whom it answers, -1 nobody", "row"),
    ("answers", "u4", "answers in the thread that it opened", "count"),
    ("topic", "f4", "position on the circle of topics", "[0,1)"),
    ("quality", "f4", "value to a reader whose topic it is", "1"),
    ("length", "f4", "time it takes to read", "second"),
    ("overtness", "f4", "from soft placement 0 to hard sell 1; 0 when no persuasion", "0..1"),
    ("prize", "f4", "value of the prize offered", "CNY"),
    ("valence", "f4", "opinion of the product expressed, 0 none", "-1..1"),
    ("voice", "f4", "the author's voice when it was posted", "1"),
    ("call", "f4", "how far it calls everyone (@all), 0 not", "0..1"),
    ("audience", "u2", "share of the members to whom it is shown, times 65535", "1/65535"),
    ("considered", "u2", "visitors who have thought of going on from it, at most 65535", "count"),
    ("kind", "u1", "chat, question, reply, ..., incident", "enum"),
    ("appeal", "u1", "none, quality, value or face", "enum"),
    ("passed", "u1", "1 if passed on from another group, bad news left out", "count"),
)

GROUP_FIELDS = (
    ("opened_at", "f8", "when the group was opened", "day"),
    ("visible_at", "f8", "time up to which visible_orders is current", "day"),
    ("visible_orders", "f8", "decaying count of orders shared in the group", "orders"),
    ("called_at", "f8", "time up to which calls is current", "day"),
    ("calls", "f8", "decaying count of times everyone was called", "calls"),
    ("incident_at", "f8", "when the newest incident began, here or elsewhere", "day"),
    ("hours_before", "i8", "half hours with content yesterday, a bit each", "bits"),
    ("hours_today", "i8", "half hours with content on content_day, a bit each", "bits"),
    ("operator", "i4", "row of the operator", "row"),
    ("rules", "i4", "row of the rules (the channel) that hold in this group", "row"),
    ("capacity", "i4", "most members", "persons"),
    ("n_members", "i4", "members and muted members", "persons"),
    ("newest", "i4", "number of the newest message; the first is 1", "sequence"),
    ("incident", "i4", "thread of the newest incident, 0 none", "sequence"),
    ("hushed", "i4", "thread of the newest incident moved out of the group", "sequence"),
    ("n_pending", "i4", "answers and responses that are due, but not yet given", "count"),
    ("topic", "f4", "topic centre", "[0,1)"),
    ("content_day", "i4", "day of the newest content", "day"),
    ("regularity", "f4", "how regular the hours of content are", "0..1"),
)

# An answer of the desk, or a response to an incident, that will be given at a known time.
ANSWER_FIELDS = (
    ("time", "f8", "when it will be given", "day"),
    ("asked_at", "f8", "when the question was asked, or the incident began", "day"),
    ("begun_at", "f8", "when the desk begins with it; of a response, when it is given", "day"),
    ("asker", "i4", "row of the member, -1 nobody", "row"),
    ("root", "i4", "thread to which it belongs", "sequence"),
    ("topic", "f4", "position on the circle of topics", "[0,1)"),
    ("kind", "i4", "answer or response", "enum"),
    ("question", "i8", "1 if a question is answered, 0 if anything else", "count"),
)

OPERATOR_FIELDS = (
    ("quality", "f8", "quality of the product today", "quality"),
    ("first_group", "i4", "its first group", "row"),
    ("open_groups", "i4", "groups open", "count"),
    ("most_groups", "i4", "groups there can ever be", "count"),
    ("rules", "i4", "row of the rules of its first channel", "row"),
    ("copies", "i4", "operator whose posting policy it follows", "row"),
)

POST_FIELDS = (
    ("time", "f8", "when it is posted", "day"),
    ("group", "i4", "row of the group", "row"),
    ("author", "i4", "-1 the operator, -2 the world outside", "row"),
    ("kind", "i4", "content, promo, prize, ask, evidence or incident", "enum"),
    ("appeal", "i4", "none, quality, value or face", "enum"),
    ("quality", "f4", "value to a reader whose topic it is", "1"),
    ("overtness", "f4", "from soft placement 0 to hard sell 1", "0..1"),
    ("length", "f4", "time it takes to read", "second"),
    ("prize", "f4", "value of the prize offered", "CNY"),
    ("topic", "f4", "position on the circle of topics", "[0,1)"),
    ("valence", "f4", "opinion of the product expressed, 0 none", "-1..1"),
    ("voice", "f4", "weight that readers give to it", "1"),
    ("audience", "f4", "share of the members to whom it is shown", "0..1"),
    ("call", "f4", "how far it calls everyone (@all), 0 not", "0..1"),
)

VISIT_FIELDS = (
    ("row", "i8", "the member", "row"),
    ("day", "i8", "today", "day"),
    ("time", "f8", "when the session takes place", "day"),
    ("away", "f8", "time since the last visit, inf for the first one", "day"),
    ("cause", "i8", "planned, glance, need, found, staying, alerted, mentioned, called", "enum"),
    ("part", "i8", "1 if the visitor takes part, 0 if the visitor only reads", "count"),
    ("unread", "i8", "messages waiting", "count"),
    ("read", "i8", "messages read", "count"),
    ("known", "i8", "messages read whose author is known", "count"),
    ("strangers", "i8", "messages read of members not known", "count"),
    ("posts", "i8", "posts of the operator read", "count"),
    ("read_1h", "i8", "messages read that were at most 1 h old", "count"),
    ("read_12h", "i8", "messages read that were at most 12 h old", "count"),
    ("read_24h", "i8", "messages read that were at most 24 h old", "count"),
    ("promos", "i8", "promotions read", "count"),
    ("prizes", "i8", "prize posts read", "count"),
    ("contents", "i8", "posts with content read", "count"),
    ("asks", "i8", "questions of the operator read", "count"),
    ("reminders", "f8", "promotions read, by how well they remind", "promotions"),
    ("regularity", "f8", "regularity of the hours of content in the group", "0..1"),
    ("alarm", "f8", "sum of the valence of incidents not yet passed on, with sign changed", "1"),
    ("incident", "i8", "thread of the newest incident read of, 0 none", "sequence"),
    ("alarming", "i8", "number of the message that may be passed on, 0 none", "sequence"),
    ("response", "i8", "thread of the newest response read, 0 none", "sequence"),
    ("reached", "i8", "1 if this member reads of an incident for the first time", "count"),
    (
        "heard",
        "i8",
        "1 if this member reads the response to an incident for the first time",
        "count",
    ),
    ("forwards", "i8", "messages passed on, bad news left out", "count"),
    ("bad_forwards", "i8", "bad news passed on", "count"),
    ("passed", "i8", "messages passed on from other groups read, bad news left out", "count"),
    ("likes", "i8", "messages liked", "count"),
    ("removed", "i8", "own messages removed by moderation", "count"),
    ("exposures", "f8", "exposures to the product", "exposures"),
    ("seconds", "f8", "reading time", "second"),
    ("good", "f8", "sum of the utilities above 0, each at most 1", "1"),
    ("bad", "f8", "sum of the utilities below 0, each at least -1, with sign changed", "1"),
    ("pull", "f8", "what the messages read leave of their conversations", "1"),
    ("persuasion", "f8", "sum of the overtness read", "1"),
    ("utility", "f8", "sum of the utilities read", "1"),
    ("opinion", "f8", "voice-weighted sum of the opinions read", "1"),
    ("opinion_weight", "f8", "sum of those weights", "1"),
    ("best", "f8", "highest utility read", "1"),
    ("best_message", "i8", "number of that message, 0 none", "sequence"),
    ("calling", "i8", "number of the message that calls most for an answer, 0 none", "sequence"),
    ("talking", "i8", "1 if others went on in the thread written in last", "count"),
    ("orders", "i8", "orders placed in this session", "count"),
    ("elsewhere", "i8", "orders placed since midnight without a visit", "count"),
    ("expected", "f8", "orders expected since the last session, by their chances", "orders"),
    ("word", "f8", "what people one knows said of the product, in what was read", "1"),
)

# Scratch for reading: messages in columns, newest first; see `shequn.agents.verbs.page`.
PAGE_MESSAGES = 128  # at most in one reading
PAGE_COLUMN = 3 * PAGE_MESSAGES
PAGE_FIELDS = (
    ("time", "f8", "when it was posted"),
    ("audience", "f8", "to whom it is shown, inf for everyone"),
    ("known", "f8", "1 if the reader knows the author, else 0"),
    ("utility", "f8", "what it is worth"),
    ("author", "i4", "its author"),
    ("topic", "f4", "its topic"),
    ("quality", "f4", "its quality"),
    ("length", "f4", "its length"),
    ("slot", "u4", "its place in the ring"),
    ("marked", "u4", "1 if it is not plain"),
)

TALLY_FIELDS = (
    ("joins_seed", "members let in at the start"),
    ("joins_invite", "joined on an invitation"),
    ("joins_ad", "joined on an advertisement"),
    ("joins_spontaneous", "joined without being asked"),
    ("joins_prize", "joined for a prize on offer"),
    ("exits", "members who left"),
    ("mutes", "members who muted the group"),
    ("unmutes", "members who unmuted it"),
    ("sessions", "visits, staying on left out"),
    ("glances", "of them, glances at something unread"),
    ("needs", "of them, for a need"),
    ("found", "of them, with an old thread found by search"),
    ("alerts", "of them, because somebody broke a silence"),
    ("mentions", "of them, because one was answered"),
    ("calls", "of them, because everyone was called"),
    ("looks", "times members who were still there looked again"),
    ("readers", "members with at least one session or look"),
    ("unread", "messages waiting at the sessions"),
    ("read", "messages read"),
    ("read_1h", "messages read that were at most 1 h old"),
    ("read_12h", "messages read that were at most 12 h old"),
    ("read_24h", "messages read that were at most 24 h old"),
    ("posts_read", "posts of the operator read"),
    ("promos_read", "promotions read"),
    ("contents_read", "posts with content read"),
    ("chats", "messages that open a thread"),
    ("questions", "questions asked"),
    ("replies", "replies written"),
    ("order_shares", "orders shared"),
    ("complaints", "complaints written"),
    ("negative", "messages with negative valence"),
    ("invitations", "invitations sent"),
    ("occasions", "purchase occasions"),
    ("orders_new", "first orders"),
    ("orders_repeat", "repeat orders"),
    ("orders_elsewhere", "orders placed without a visit"),
    ("orders_expected", "orders expected, by their chances, wherever they are placed"),
    ("incidents", "messages of members that spread an incident"),
    ("incident_reach", "members who read of an incident for the first time"),
    ("likes", "messages liked"),
    ("forwards", "messages passed on, bad news left out"),
    ("forwards_blocked", "of them, blocked by the platform"),
    ("forwards_arrived", "messages of other groups that arrived, bad news with them"),
    ("forwards_read", "times one of them was read, bad news left out"),
    ("forward_friends", "friends outside to whom a message was passed on"),
    ("bad_forwards", "bad news passed on"),
    ("bad_arrived", "bad news of other groups that arrived"),
    ("answered", "questions answered by the desk"),
    ("answered_fast", "of them, within the target"),
    ("answer_days", "sum of the times to those answers, in days"),
    ("wait_days", "sum of the waits until the desk began with them, in days"),
    ("others_answered", "other messages answered by the desk"),
    ("answer_hours", "hours of work that the desk is paid by the answer"),
    ("removed", "messages removed by moderation"),
    ("guests", "guests of events"),
    ("followed_up", "buyers contacted after their order"),
    ("responses_read", "members who knew of an incident and first read the response"),
    ("rival_orders", "orders of rival products"),
)

# Counts of what members write.
HUMAN = ("chats", "questions", "replies", "order_shares", "complaints", "incidents")

# One row for each message and each order, kept when a log is asked for.
LOG_FIELDS = (
    ("time", "f8", "when it was posted", "day"),
    ("group", "i4", "row of the group", "row"),
    ("number", "i4", "number of the message in its group, of the order of its member", "sequence"),
    ("author", "i4", "row of the member, -1 the operator", "row"),
    ("root", "i4", "number of the message that opened the thread", "sequence"),
    ("to", "i4", "row of the member whom it answers, -1 nobody", "row"),
    ("kind", "i4", "chat, question, reply, ..., incident; or order", "enum"),
    ("valence", "f8", "opinion of the product expressed, 0 none", "-1..1"),
)

# One row for each invitation delivered.
INVITATION_FIELDS = (
    ("time", "f8", "midnight of delivery", "day"),
    ("inviter", "i4", "row of the member who invited", "row"),
    ("contact", "i4", "row of the person invited", "row"),
    ("group", "i4", "row of the inviter's group", "row"),
    ("outcome", "i2", "joined, declined, not free, turned away, waiting, threshold", "enum"),
    ("contact_joins", "i2", "times the person invited had joined, modulo 256", "count"),
)

# One row for each person who wants in at midnight.
ARRIVAL_FIELDS = (
    ("time", "f8", "when this person asked to be let in", "day"),
    ("row", "i4", "the person", "row"),
    ("inviter", "i4", "who invited, -1 nobody", "row"),
    ("group", "i4", "group wanted, -1 any", "row"),
    ("source", "i4", "how", "enum"),
    ("line", "i4", "row of the invitation delivered, -1 none", "row"),
)
JOINED, DECLINED, NOT_FREE, TURNED_AWAY, QUEUED, BELOW_THRESHOLD = range(6)
OUTCOMES = ("joined", "declined", "not_free", "turned_away", "waiting", "below_threshold")

# Filled at midnight: how many there are, and what they are like.
STANDING_FIELDS = (
    ("members", "members, muted ones included"),
    ("muted", "muted members"),
    ("weekly_readers", "members with a session or look in the last 7 days"),
    ("silent", "members who did not read, nor join, in the last 28 days"),
    ("habit_sum", "sum of habit"),
    ("habit_squares", "sum of squared habit"),
    ("willingness_sum", "sum of willingness"),
    ("willingness_squares", "sum of squared willingness"),
    ("belonging_sum", "sum of belonging"),
    ("belonging_squares", "sum of squared belonging"),
    ("irritation_sum", "sum of irritation"),
    ("irritation_squares", "sum of squared irritation"),
    ("attitude_sum", "sum of attitude"),
    ("attitude_squares", "sum of squared attitude"),
    ("awareness_sum", "sum of awareness"),
    ("awareness_squares", "sum of squared awareness"),
)


def _record(fields: tuple) -> np.dtype:
    dtype = np.dtype([(name, kind) for name, kind, *_ in fields], align=True)
    return np.dtype((np.record, dtype))


MEMBER_DTYPE = _record(MEMBER_FIELDS)
MESSAGE_DTYPE = _record(MESSAGE_FIELDS)
GROUP_DTYPE = _record(GROUP_FIELDS)
POST_DTYPE = _record(POST_FIELDS)
VISIT_DTYPE = _record(VISIT_FIELDS)
ANSWER_DTYPE = _record(ANSWER_FIELDS)
OPERATOR_DTYPE = _record(OPERATOR_FIELDS)
LOG_DTYPE = _record(LOG_FIELDS)
INVITATION_DTYPE = _record(INVITATION_FIELDS)
ARRIVAL_DTYPE = _record(ARRIVAL_FIELDS)
# A row has columns, and says of which messages: the numbers of the oldest and the newest of them,
# and the place of the newest; `upto` is -1 where there are none.
PAGE_DTYPE = np.dtype(
    (
        np.record,
        np.dtype(
            [(name, kind, (PAGE_COLUMN,)) for name, kind, _ in PAGE_FIELDS]
            + [("oldest", "i8"), ("upto", "i8"), ("top", "i8")]
        ),
    )
)
TALLY_DTYPE = _record(tuple((name, "f8") for name, _ in TALLY_FIELDS + STANDING_FIELDS))


def table(rows: int | tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """A table of zeros; a single row gives its fields as attributes.

    Parameters
    ----------
    rows : int or tuple of int
        Shape.
    dtype : numpy.dtype
        One of the record types of this module.

    Returns
    -------
    numpy.ndarray
        The table; a column is ``table["name"]``. (Not a ``recarray``: its attribute access costs
        microseconds, which add up over the days of a run.)
    """
    return np.zeros(rows, dtype)


def blank_pages() -> np.ndarray:
    """Two pages without a message, of PAGE_DTYPE: one that stays open, and one to turn over."""
    pages = np.empty(2, PAGE_DTYPE)
    pages["upto"] = -1
    return pages


class Tables(NamedTuple):
    """The state that kernels work on.

    Attributes
    ----------
    members : numpy.ndarray
        MEMBER_DTYPE, shape (operators x people,): the people once for each operator.
    messages : numpy.ndarray
        MESSAGE_DTYPE, shape (groups, feed length): a ring for each group.
    groups : numpy.ndarray
        GROUP_DTYPE, shape (groups,): those of an operator together, open ones first, the rest in
        reserve.
    tally : numpy.ndarray
        TALLY_DTYPE, shape (groups, 3): today's counts by tier.
    operators : numpy.ndarray
        OPERATOR_DTYPE, shape (operators,).
    answers : numpy.ndarray
        ANSWER_DTYPE, shape (groups, most answers): those that are due, by time; no columns when
        there is neither a desk nor a response to incidents.
    servers : numpy.ndarray
        float64, shape (groups, staff): working time in days at which each of the staff is free.
    """

    members: np.ndarray
    messages: np.ndarray
    groups: np.ndarray
    tally: np.ndarray
    operators: np.ndarray
    answers: np.ndarray
    servers: np.ndarray


TALLY_NAMES = tuple(TALLY_DTYPE.names or ())
TALLY_INDEX = {name: index for index, name in enumerate(TALLY_NAMES)}


def tally_numbers(tally: np.ndarray) -> np.ndarray:
    """The tally as plain numbers: a float64 view with one more axis, in order of TALLY_NAMES."""
    return tally.view(np.float64).reshape(*tally.shape, len(TALLY_NAMES))
