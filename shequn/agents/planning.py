"""What the built-in policies plan for a day, as compiled code: lines, and then posts by group.

A policy is a row of numbers (`POLICY_DTYPE`) and keeps no state. What it plans is a list of lines,
one for each hour, to one group or to all of them; `lay_out` makes the day's posts of them, in order
of time in each group. Policies of a user's own come to the same lines (`shequn.agents.operator`).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import draw, stream
from shequn.agents.tables import (
    APPEALS,
    ASK,
    CONTENT,
    EVIDENCE,
    INCIDENT,
    NO_APPEAL,
    OPERATOR_AUTHOR,
    POLICIES,
    PRIZE,
    PROMO,
    WORLD_AUTHOR,
)

(
    _CADENCE, SCHEDULE, _BURSTS, _PRIZES, _QUESTIONS, _SWITCH, _PROPORTIONAL, _LOADS, _BROADCAST,
    _COMMUNITY, _CONVERSION, _CONFERENCE, NO_POLICY, _BOMBARDMENT, OWN,
) = range(len(POLICIES))  # fmt: skip
ROUNDING = stream("policy.rounding")
HOURS = stream("policy.hours")
LAST_MOMENT = 24.0 - 1e-6  # hour 24 is hour 0 of the next day
MOST_PROMOS = 200  # a day in a group, by share of the messages (assumed)
_USUAL_BOMBARDMENT = 30.0  # promotions a day where the scenario names no number (assumed)
_HIGHEST_LOAD = 3.0  # times the usual number of promotions
_LATER = 24.0 / 96.0  # further promotions come a quarter of an hour after the first, in turn
_CONTENT_HOURS, _EVIDENCE_HOURS, _ASK_HOURS, _PROMO_HOURS, _PRIZE_HOURS = range(5)
WEEKS = 12  # of loads
_NEWS_QUALITY, _NEWS_LENGTH = 1.0, 15.0  # value to a reader, seconds (assumed)

_WORDING = (
    ("kind", "i8"), ("appeal", "i8"), ("quality", "f8"), ("overtness", "f8"), ("length", "f8"),
    ("prize", "f8"), ("topic", "f8"), ("valence", "f8"), ("audience", "f8"), ("call", "f8"),
)  # fmt: skip
LINE_DTYPE = np.dtype(
    (np.record, np.dtype([("hour", "f8"), ("group", "i8"), *_WORDING], align=True))
)
# A line of a table of posts: its owner, its day, and after how many days it comes again.
SCHEDULED_DTYPE = np.dtype(
    (
        np.record,
        np.dtype(
            [
                ("owner", "i8"), ("day", "i8"), ("every", "i8"), ("hour", "f8"), ("group", "i8"),
                *_WORDING,
            ],
            align=True,
        ),
    )
)  # fmt: skip
_NUMBERS = (
    "content_per_day", "promos_per_day", "promo_share", "first_hour", "last_hour",
    "content_quality", "content_length", "promo_quality", "promo_length", "overtness", "topic",
    "asks_per_day", "evidence_per_day", "evidence_valence", "burst_days",
    "burst_every", "prizes_per_day", "prize_value", "prize_start", "prize_stop",
)  # fmt: skip
_EARS = (
    "lag", "error", "target", "gain", "topic_gain", "product_gain", "product_error",
    "product_ceiling",
)  # fmt: skip
POLICY_DTYPE = np.dtype(
    (
        np.record,
        np.dtype(
            [
                ("name", "i8"), ("owner", "i8"), ("appeal", "i8"), ("random_hours", "i8"),
                *((name, "f8") for name in _NUMBERS), *((name, "f8") for name in _EARS),
                ("loads", "f8", (WEEKS,)),
            ],
            align=True,
        ),
    )
)  # fmt: skip


class Sheet(NamedTuple):
    """Paper for the plan of a day.

    Attributes
    ----------
    lines : array of LINE_DTYPE
        What is to be posted.
    hours : numpy.ndarray
        float64: hours of the posts of one kind.
    """

    lines: np.ndarray
    hours: np.ndarray


class View(NamedTuple):
    """What a policy looks at in the morning.

    Attributes
    ----------
    seed : uint64
        Seed of the run.
    groups : int
        Open groups.
    messages : numpy.ndarray
        float64, shape (groups,): messages of members a day, mean of the last week.
    trouble : float
        Exits, mutes and complaints for each 1,000 members and day.
    heard_topic : float
        Mean topic of what members wrote lately, -1 when not listened to.
    topic : float
        Topic centre of the first group, -1 without one.
    """

    seed: Any
    groups: Any
    messages: np.ndarray
    trouble: float
    heard_topic: float
    topic: float


class Wording(NamedTuple):
    """What a post is like: the fields of a line but for when and where."""

    kind: int
    appeal: Any = NO_APPEAL
    quality: Any = 0.5
    overtness: Any = 0.0
    length: Any = 10.0
    prize: Any = 0.0
    topic: Any = -1.0
    valence: Any = 0.0


def sheet(lines: int) -> Sheet:
    """Paper for so many lines; hours for the most posts of one kind that a scenario can ask for."""
    return Sheet(np.zeros(lines, LINE_DTYPE), np.zeros(4096))


def policy_record(name: str, settings: Any, listening: Any, owner: int) -> np.ndarray:
    """A policy as numbers.

    Parameters
    ----------
    name : str
        One of `POLICIES`.
    settings : Policy
        The ``policy`` section; None where the policy does not look at it.
    listening : Listening
        The ``listening`` section; None likewise.
    owner : int
        Number of the operator whose policy it is: whose lines of a table it posts.

    Returns
    -------
    numpy.ndarray
        POLICY_DTYPE, shape (1,).
    """
    row = np.zeros(1, POLICY_DTYPE)
    row["name"], row["owner"] = POLICIES.index(name), owner
    for section, numbers in ((settings, _NUMBERS), (listening, _EARS)):
        for number in numbers if section is not None else ():
            row[number] = getattr(section, number)
    if settings is not None:
        row["appeal"] = APPEALS.index(settings.appeal)
        row["random_hours"] = settings.hours == "random"
        row["loads"] = settings.loads
    return row


@compiled
def whole_number(rate, day):
    """Posts due on a day at a constant rate per day: no rounding loss over many days."""
    return np.int64(math.floor(rate * (day + 1) + 1e-9)) - np.int64(math.floor(rate * day + 1e-9))


@compiled
def spread_hours(count, first, last, hours):
    """Evenly spread hours: the middles of ``count`` equal parts of the time from first to last.

    Parameters
    ----------
    count : int
        How many.
    first, last : float
        Hours of the day.
    hours : numpy.ndarray
        float64; filled, ascending.
    """
    step = (last - first) / max(1, count)
    for k in range(count):
        hours[k] = min(first + (k + 0.5) * step, LAST_MOMENT)


@compiled
def sort(hours, count):
    """Put the first hours in order, by insertion."""
    for k in range(1, count):
        hour, j = hours[k], k
        while j > 0 and hours[j - 1] > hour:
            hours[j] = hours[j - 1]
            j -= 1
        hours[j] = hour


@compiled
def hours_of(policy, count, day, seed, kind, hours):
    """Hours of the day's posts of one kind: evenly spread and fixed, or drawn anew each day.

    Parameters
    ----------
    policy : record of POLICY_DTYPE
        The policy.
    count : int
        How many.
    day : int
        The day.
    seed : uint64
        Seed of the run.
    kind : int
        Tells kinds of posts apart.
    hours : numpy.ndarray
        float64; filled, ascending.
    """
    first, last = policy.first_hour, policy.last_hour
    if policy.random_hours == 0:
        spread_hours(count, first, last, hours)
        return
    for k in range(count):
        luck = draw(seed, HOURS, kind, day * 1024 + k)[0]
        hours[k] = min(first + luck * (last - first), LAST_MOMENT)
    sort(hours, count)


@compiled
def put(sheet, n, wording, count, group):
    """Append a line for each of the first hours; what no longer fits is only counted.

    Parameters
    ----------
    sheet : Sheet
        With the hours; its lines are filled from row n on.
    n : int
        Lines so far.
    wording : Wording
        What is posted.
    count : int
        How many of the hours.
    group : int
        Where, counted from the operator's first group; -1 in all of them.

    Returns
    -------
    int
        Lines so far, those that did not fit with them.
    """
    for k in range(count):
        if n < sheet.lines.shape[0]:
            line = sheet.lines[n]
            line.hour, line.group = sheet.hours[k], group
            line.kind, line.appeal = wording.kind, wording.appeal
            line.quality, line.overtness = wording.quality, wording.overtness
            line.length, line.prize = wording.length, wording.prize
            line.topic, line.valence = wording.topic, wording.valence
            line.audience, line.call = -1.0, 0.0
        n += 1
    return n


@compiled
def promo_of(policy):
    """What a promotion is like."""
    return Wording(
        PROMO, policy.appeal, policy.promo_quality, policy.overtness, policy.promo_length, 0.0,
        -1.0, 0.0,
    )  # fmt: skip


@compiled
def put_promos(policy, count, day, view, sheet, n):
    """Append promotions in all groups: lines so far."""
    hours_of(policy, count, day, view.seed, _PROMO_HOURS, sheet.hours)
    return put(sheet, n, promo_of(policy), count, -1)


@compiled
def put_content(policy, day, view, topic, sheet, n):
    """Append the day's content, on a topic: lines so far."""
    count = whole_number(policy.content_per_day, day)
    hours_of(policy, count, day, view.seed, _CONTENT_HOURS, sheet.hours)
    wording = Wording(
        CONTENT, NO_APPEAL, policy.content_quality, 0.0, policy.content_length, 0.0, topic, 0.0
    )
    return put(sheet, n, wording, count, -1)


@compiled
def put_evidence(policy, day, view, sheet, n):
    """Append what buyers say: lines so far."""
    count = whole_number(policy.evidence_per_day, day)
    hours_of(policy, count, day, view.seed, _EVIDENCE_HOURS, sheet.hours)
    wording = Wording(
        EVIDENCE, NO_APPEAL, policy.promo_quality, policy.overtness, policy.promo_length, 0.0,
        -1.0, policy.evidence_valence,
    )  # fmt: skip
    return put(sheet, n, wording, count, -1)


@compiled
def put_asks(policy, day, view, sheet, n):
    """Append the day's questions to members: lines so far."""
    count = whole_number(policy.asks_per_day, day)
    hours_of(policy, count, day, view.seed, _ASK_HOURS, sheet.hours)
    wording = Wording(
        ASK, NO_APPEAL, policy.content_quality, 0.0, policy.promo_length, 0.0, policy.topic, 0.0
    )
    return put(sheet, n, wording, count, -1)


@compiled
def put_prizes(policy, day, view, sheet, n):
    """Append the day's prize posts, while the campaign lasts: lines so far."""
    if not policy.prize_start <= day < policy.prize_stop:
        return n
    count = whole_number(policy.prizes_per_day, day)
    hours_of(policy, count, day, view.seed, _PRIZE_HOURS, sheet.hours)
    wording = Wording(
        PRIZE, NO_APPEAL, policy.promo_quality, policy.overtness, policy.promo_length,
        policy.prize_value, -1.0, 0.0,
    )  # fmt: skip
    return put(sheet, n, wording, count, -1)


@compiled
def load_of(policy, trouble):
    """Promotions of a listening policy, as a multiple of the usual number (eq. 7.17-2)."""
    if policy.name == _SWITCH:
        return 1.0 if trouble <= policy.target else 0.0
    if policy.name == _PROPORTIONAL:
        gap = (policy.target - trouble) / policy.target
        return min(_HIGHEST_LOAD, max(0.0, 1.0 + policy.gain * gap))
    return 1.0


@compiled
def topic_of(policy, view):
    """Topic of content: moved by ``topic_gain`` towards what members write about, if it listens."""
    own = policy.topic
    listens = policy.name == _SWITCH or policy.name == _PROPORTIONAL
    if not listens or policy.topic_gain <= 0.0 or view.heard_topic < 0.0 or view.topic < 0.0:
        return own
    base = own if own >= 0.0 else view.topic
    gap = (view.heard_topic - base + 0.5) % 1.0 - 0.5
    return (base + policy.topic_gain * gap) % 1.0


@compiled
def scaled(policy, count, day, view, hours):
    """Hours of promotions, as many as the load says, fractions rounded by a keyed draw.

    Parameters
    ----------
    policy : record of POLICY_DTYPE
        The policy; all but the listening ones post the usual number.
    count : int
        The usual number.
    day : int
        Today.
    view : View
        What is seen.
    hours : numpy.ndarray
        float64: those of the usual number; filled anew where there are more.

    Returns
    -------
    int
        How many there are.
    """
    if policy.name != _SWITCH and policy.name != _PROPORTIONAL:
        return count
    luck = draw(view.seed, ROUNDING, 0, day)[1]
    wanted = np.int64(math.floor(load_of(policy, view.trouble) * count + luck))
    if wanted <= count:
        return wanted
    for k in range(wanted - 1, count - 1, -1):
        hours[k] = (hours[k % count] + _LATER * (k // count)) % 24.0
    sort(hours, wanted)
    return wanted


@compiled
def put_promos_by_share(policy, day, view, sheet, n):
    """Append promotions as a share of all messages of each group: lines so far.

    x / (1 - x) times what members wrote (mean of the last week) and the operator's other posts, at
    most `MOST_PROMOS` a day; fractions are rounded by a keyed draw, one for all groups, so that
    groups alike get the same promotions on the same days, and one piece of work serves them all.
    """
    odds = policy.promo_share / (1.0 - policy.promo_share)
    contents = whole_number(policy.content_per_day, day)
    luck = draw(view.seed, ROUNDING, 0, day)[0]
    for group in range(view.groups):
        others = view.messages[group] + contents
        usual = np.int64(math.floor(min(np.float64(MOST_PROMOS), odds * others) + luck))
        hours_of(policy, usual, day, view.seed, _PROMO_HOURS, sheet.hours)
        count = 0
        if usual > 0:
            count = scaled(policy, usual, day, view, sheet.hours)
        n = put(sheet, n, promo_of(policy), count, group)
    return n


@compiled
def put_cadence(policy, day, view, sheet, n):
    """Append content, evidence and promotions, by day or by share (`put_promos_by_share`).

    With ``promo_share`` 1 all ``content_per_day`` posts are promotions.
    """
    contents = whole_number(policy.content_per_day, day)
    promos = whole_number(policy.promos_per_day, day)
    if policy.promo_share >= 1.0:
        promos = contents
    else:
        n = put_content(policy, day, view, topic_of(policy, view), sheet, n)
        n = put_evidence(policy, day, view, sheet, n)
        if policy.promo_share > 0.0:
            return put_promos_by_share(policy, day, view, sheet, n)
    if promos > 0:
        hours_of(policy, promos, day, view.seed, _PROMO_HOURS, sheet.hours)
        promos = scaled(policy, promos, day, view, sheet.hours)
    return put(sheet, n, promo_of(policy), promos, -1)


@compiled
def put_soft(policy, day, view, sheet, n):
    """Append content and evidence: lines so far."""
    n = put_content(policy, day, view, policy.topic, sheet, n)
    return put_evidence(policy, day, view, sheet, n)


@compiled
def put_conference(policy, day, view, sheet, n):
    """Append the cadence in the last ``burst_days`` of a cycle, else content and questions."""
    every = np.int64(policy.burst_every)
    if every - day % every <= policy.burst_days:
        return put_cadence(policy, day, view, sheet, n)
    n = put_content(policy, day, view, policy.topic, sheet, n)
    return put_asks(policy, day, view, sheet, n)


@compiled
def put_broadcast(policy, day, view, sheet, n):
    """Append content and promotions of one channel, all within the hour after the first."""
    promos = whole_number(policy.content_per_day * policy.promo_share, day)
    contents = max(0, whole_number(policy.content_per_day, day) - promos)
    last = min(24.0, policy.first_hour + 1.0)
    spread_hours(contents, policy.first_hour, last, sheet.hours)
    content = Wording(
        CONTENT, NO_APPEAL, policy.content_quality, 0.0, policy.content_length, 0.0, -1.0, 0.0
    )
    n = put(sheet, n, content, contents, -1)
    spread_hours(promos, policy.first_hour, last, sheet.hours)
    promo = Wording(
        PROMO, NO_APPEAL, policy.promo_quality, policy.overtness, policy.promo_length, 0.0, -1.0,
        0.0,
    )  # fmt: skip
    return put(sheet, n, promo, promos, -1)


@compiled
def put_bombardment(policy, day, sheet, n):
    """Append hard-sell promotions around the clock: lines so far."""
    rate = policy.promos_per_day if policy.promos_per_day != 0.0 else _USUAL_BOMBARDMENT
    count = whole_number(rate, day)
    spread_hours(count, 0.0, 24.0, sheet.hours)
    wording = Wording(
        PROMO, NO_APPEAL, policy.promo_quality, 1.0, policy.promo_length, 0.0, -1.0, 0.0
    )
    return put(sheet, n, wording, count, -1)


@compiled
def put_scheduled(policy, day, schedule, sheet, n):
    """Append those lines of a table that are due on a day: lines so far."""
    for k in range(schedule.shape[0]):
        row = schedule[k]
        again = row.every > 0 and day > row.day and (day - row.day) % max(1, row.every) == 0
        if row.owner != policy.owner or not (day == row.day or again):
            continue
        if n < sheet.lines.shape[0]:
            line = sheet.lines[n]
            line.hour, line.group, line.kind, line.appeal = (
                row.hour, row.group, row.kind, row.appeal,
            )  # fmt: skip
            line.quality, line.overtness, line.length = row.quality, row.overtness, row.length
            line.prize, line.topic, line.valence = row.prize, row.topic, row.valence
            line.audience, line.call = row.audience, row.call
        n += 1
    return n


@compiled
def plan_lines(policy, day, view, schedule, sheet):
    """What a built-in policy posts on a day.

    Parameters
    ----------
    policy : record of POLICY_DTYPE
        The policy; a user's own has no lines here.
    day : int
        Day of the run, from 0.
    view : View
        What is seen this morning.
    schedule : array of SCHEDULED_DTYPE
        The tables of posts of all operators.
    sheet : Sheet
        Its lines are filled, as far as they go.

    Returns
    -------
    int
        How many lines there are; more than there is room for must be planned again with more.
    """
    name = policy.name
    n = 0
    if name == SCHEDULE:
        return put_scheduled(policy, day, schedule, sheet, n)
    if name == _BROADCAST:
        return put_broadcast(policy, day, view, sheet, n)
    if name == _BOMBARDMENT:
        return put_bombardment(policy, day, sheet, n)
    if name == _CONFERENCE:
        return put_conference(policy, day, view, sheet, n)
    if name == _LOADS:
        n = put_soft(policy, day, view, sheet, n)
        load = policy.loads[day // 7 % WEEKS]
        return put_promos(policy, whole_number(load, day), day, view, sheet, n)
    if name == _COMMUNITY:
        return put_asks(policy, day, view, sheet, put_soft(policy, day, view, sheet, n))
    if name == _BURSTS and day % np.int64(policy.burst_every) >= policy.burst_days:
        return put_soft(policy, day, view, sheet, n)
    if name != NO_POLICY and name != OWN:
        n = put_cadence(policy, day, view, sheet, n)
    if name == _QUESTIONS or name == _CONVERSION:
        n = put_asks(policy, day, view, sheet, n)
    if name == _PRIZES:
        n = put_prizes(policy, day, view, sheet, n)
    return n


class News(NamedTuple):
    """Bad news from outside that comes up in the groups of an operator.

    Attributes
    ----------
    pieces : int
        How many, 0 .. 2.
    first, second : float
        When, in days.
    groups : int
        In how many groups, from the operator's first on.
    severity, voice, topic : float
        Minus its valence, its weight, its topic.
    """

    pieces: int
    first: float
    second: float
    groups: Any
    severity: float
    voice: float
    topic: float


@compiled
def pour(line, day, group_row, topic, audience, post):
    """Fill in one post of a line."""
    post.time = day + line.hour / 24.0
    post.group = group_row
    post.author = OPERATOR_AUTHOR
    post.kind, post.appeal = line.kind, line.appeal
    post.quality, post.overtness, post.length = line.quality, line.overtness, line.length
    post.prize, post.valence, post.voice = line.prize, line.valence, 1.0
    post.topic = line.topic if line.topic >= 0.0 else topic
    post.audience = line.audience if line.audience >= 0.0 else audience
    post.call = line.call


@compiled
def report(news, time, group_row, post):
    """Fill in the post of a piece of news."""
    post.time = time
    post.group = group_row
    post.author = WORLD_AUTHOR
    post.kind, post.appeal = INCIDENT, NO_APPEAL
    post.quality, post.overtness, post.length = _NEWS_QUALITY, 0.0, _NEWS_LENGTH
    post.prize, post.valence, post.voice = 0.0, -news.severity, news.voice
    post.topic = news.topic
    post.audience = 1.0
    post.call = 0.0


@compiled
def where(line, open_groups):
    """Group of a line, counted from the first; -1 all of several, -2 one that is not open."""
    if line.group < 0:
        return np.int64(0 if open_groups == 1 else -1)
    return np.int64(line.group if line.group < open_groups else -2)


@compiled
def make_place(posts, first, end, time):
    """Row for a post among those in order of time, after all of its own time; later ones move."""
    row = end
    while row > first and posts[row - 1].time > time:
        posts[row] = posts[row - 1]
        row -= 1
    return row


@compiled
def call_everyone(posts, first, last):
    """The first of some posts calls everyone (@all), the first promotion where there is one.

    Parameters
    ----------
    posts : array of POST_DTYPE
        Posts of one group in order of time, before news are among them; changed.
    first, last : int
        Which of its rows.
    """
    calling = first
    for k in range(last - 1, first - 1, -1):
        if posts[k].kind == PROMO:
            calling = k
    if last > first:
        posts[calling].call = 1.0


class Board(NamedTuple):
    """Where the posts of a day are laid out.

    Attributes
    ----------
    posts : array of POST_DTYPE
        Those of all operators, in order of groups and, in each, of time.
    starts : numpy.ndarray
        int64, shape (groups + 1,): where those of each group begin.
    ends : numpy.ndarray
        int64, shape (groups + 1,): scratch.
    """

    posts: np.ndarray
    starts: np.ndarray
    ends: np.ndarray


@compiled
def count_posts(lines, news, own, board):
    """Where the posts of each group of an operator begin.

    Parameters
    ----------
    lines : array of LINE_DTYPE
        The plan.
    news : News
        Bad news from outside.
    own : record of OPERATOR_DTYPE
        Row of the operators table.
    board : Board
        ``starts`` is filled from the operator's second group on, ``ends`` with the same numbers.

    Returns
    -------
    int
        Where the posts of the last group end.
    """
    starts, ends = board.starts, board.ends
    first, last = np.int64(own.first_group), np.int64(own.first_group + own.most_groups)
    open_groups = np.int64(own.open_groups)
    for g in range(first, last):
        ends[g] = 0
    everywhere = 0
    for k in range(lines.shape[0]):
        place = where(lines[k], open_groups)
        everywhere += place == -1
        if place >= 0:
            ends[first + place] += 1
    end = starts[first]
    for g in range(first, last):
        if g < first + open_groups:
            end += ends[g] + everywhere + (news.pieces if g < first + news.groups else 0)
        ends[g] = starts[g]
        starts[g + 1] = end
    return end


@compiled
def lay_out(lines, news, day, rooms, manner, board):
    """The posts of an operator on a day, in order of its groups, and of time in each.

    Parameters
    ----------
    lines : array of LINE_DTYPE
        The plan.
    news : News
        Bad news from outside.
    day : int
        Today.
    rooms : tuple
        The operator's row of the operators table, and the groups table: topics, for lines without
        one of their own.
    manner : tuple of float
        How often everyone is called, per week; share of the members to whom those lines are shown
        that do not say it themselves.
    board : Board
        Filled from ``starts`` of the operator's first group on.

    Returns
    -------
    int
        Where the posts end; when that is more than there is room for, none are laid out.
    """
    own, groups = rooms
    calls, audience = manner
    posts, starts, ends = board
    end = count_posts(lines, news, own, board)
    if end > posts.shape[0]:
        return end
    first, open_groups = np.int64(own.first_group), np.int64(own.open_groups)
    for everywhere in range(2):
        for k in range(lines.shape[0]):
            place = where(lines[k], open_groups)
            if place == -2 or (place == -1) != everywhere:
                continue
            low, high = (0, open_groups) if everywhere else (place, place + 1)
            for g in range(first + low, first + high):
                row = make_place(posts, starts[g], ends[g], day + lines[k].hour / 24.0)
                pour(lines[k], day, g, groups[g].topic, audience, posts[row])
                ends[g] += 1
    if whole_number(calls / 7.0, day) > 0:
        for g in range(first, first + open_groups):
            call_everyone(posts, starts[g], ends[g])
    for k in range(news.pieces):
        time = news.first if k == 0 else news.second
        for g in range(first, first + news.groups):
            report(news, time, g, posts[make_place(posts, starts[g], ends[g], time)])
            ends[g] += 1
    return end
