"""Morning: what each operator sees, sets and plans before the day begins, and news from outside."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.maths import cos_sin, exp
from shequn.agents.planning import News
from shequn.agents.randomness import draw, normals, stream
from shequn.agents.tables import TALLY_INDEX
from shequn.model.ledger import LATER_SOURCES
from shequn.model.parameters import Parameters

HEARD = stream("listening.error")
LESSON = stream("listening.lesson")
NEWS = stream("incident.news")
WEEK = 7
_WORST = -10.0  # lowest quality of a product
_JOINS = tuple(TALLY_INDEX[f"joins_{source}"] for source in LATER_SOURCES)
_EXITS, _MUTES, _COMPLAINTS = (TALLY_INDEX[name] for name in ("exits", "mutes", "complaints"))
_NEW, _REPEAT, _MEMBERS = (TALLY_INDEX[name] for name in ("orders_new", "orders_repeat", "members"))
_QUESTIONS, _NEGATIVE = TALLY_INDEX["questions"], TALLY_INDEX["negative"]

_HABITS = (
    "calls_per_week", "imitation", "audience", "lag", "error", "topic_gain", "product_gain",
    "product_error", "product_ceiling", "incident_day", "incident_rate", "incident_everywhere",
    "incident_severity", "incident_voice", "topic", "counts_prizes",
)  # fmt: skip
HABITS_DTYPE = np.dtype((np.record, np.dtype([(name, "f8") for name in _HABITS])))
_TERMS = (
    "operator", "quality", "listens", "coupon", "coupon_start", "coupon_stop", "reward", "gift",
    "reward_start", "reward_stop", "staff",
)  # fmt: skip
TERMS_DTYPE = np.dtype((np.record, np.dtype([(name, "f8") for name in _TERMS])))


class History(NamedTuple):
    """What operators remember of the last days.

    Attributes
    ----------
    totals : numpy.ndarray
        float64, shape (days, operators, counts): each day's counts, all groups and tiers together.
    written : numpy.ndarray
        float64, shape (days + 1, groups): messages that members have written up to each midnight.
    trouble : numpy.ndarray
        float64, shape (days + 1, operators, 2): exits, mutes and complaints, and days of members,
        up to each midnight.
    """

    totals: np.ndarray
    written: np.ndarray
    trouble: np.ndarray


class Sight(NamedTuple):
    """What an operator sees this morning beside the messages of each group (see `Observation`)."""

    joins: float
    exits: float
    mutes: float
    complaints: float
    orders: float
    questions: float
    negative: float
    trouble: float


class Orders(NamedTuple):
    """What operators have set, as compiled code reads it.

    Attributes
    ----------
    habits : array of HABITS_DTYPE
        A row for each operator: what it does whatever its policy is.
    terms : array of TERMS_DTYPE
        A row for each channel of each operator: what holds on which days.
    now, own : arrays of POLICY_DTYPE
        A row for each operator: the policy that it follows, and its own.
    schedule : array of SCHEDULED_DTYPE
        The tables of posts of all of them.
    """

    habits: np.ndarray
    terms: np.ndarray
    now: np.ndarray
    own: np.ndarray
    schedule: np.ndarray


def habits_of(parameters: Parameters) -> np.ndarray:
    """What an operator does whatever its policy is: HABITS_DTYPE, shape (1,)."""
    q, incident = parameters, parameters.incident
    row = np.zeros(1, HABITS_DTYPE)
    row["calls_per_week"], row["imitation"] = q.policy.calls_per_week, q.policy.imitation
    row["audience"], row["topic"] = q.targeting.audience, q.group.topic
    for name in ("lag", "error", "topic_gain", "product_gain", "product_error"):
        row[name] = getattr(q.listening, name)
    row["product_ceiling"] = max(q.listening.product_ceiling, q.product.quality)
    for name in ("day", "rate", "everywhere", "severity", "voice"):
        row[f"incident_{name}"] = getattr(incident, name)
    row["counts_prizes"] = q.discovery.prize_pull > 0.0 or q.feel.crowding > 0.0
    return row


def terms_of(parameters: Parameters, operator: int) -> np.ndarray:
    """What holds on which days in a channel of an operator: TERMS_DTYPE, shape (1,)."""
    q = parameters
    row = np.zeros(1, TERMS_DTYPE)
    row["operator"] = operator
    row["quality"], row["listens"] = q.product.quality, q.listening.product_gain > 0.0
    row["coupon"], row["coupon_start"], row["coupon_stop"] = (
        q.coupon.value, q.coupon.start, q.coupon.stop,
    )  # fmt: skip
    row["reward"], row["gift"] = q.invite.reward, q.invite.gift
    row["reward_start"], row["reward_stop"] = q.invite.reward_start, q.invite.reward_stop
    row["staff"] = q.desk.staff
    return row


@compiled
def set_terms(day, operator, tables, terms, rules):
    """Set what holds today: quality, coupon, rewards, gifts, staff for each group.

    Parameters
    ----------
    day : int
        Today.
    operator : int
        Row of the operators table.
    tables : Tables
        The state.
    terms : array of TERMS_DTYPE
        A row for each channel of each operator.
    rules : record array
        Parameters, as `kernel_record` gives them, a row for each channel; changed.
    """
    own = tables.operators[operator]
    for row in range(rules.shape[0]):
        p, now = rules[row], terms[row]
        if now.operator != operator:
            continue
        p.today_quality = own.quality if now.listens != 0.0 else now.quality
        p.today_coupon = now.coupon if now.coupon_start <= day < now.coupon_stop else 0.0
        rewarded = now.reward_start <= day < now.reward_stop
        p.today_reward = now.reward if rewarded else 0.0
        p.today_gift = now.gift if rewarded else 0.0
        if now.staff > 0.0:
            groups = 0
            for g in range(own.first_group, own.first_group + own.open_groups):
                groups += tables.groups[g].rules == row
            p.desk_servers = now.staff / max(1, groups)


@compiled
def hear(operator, seed, day, value, what, error):
    """A figure as the operator hears it: off by a lognormal factor, if there is an error."""
    if error <= 0.0:
        return value
    u = draw(seed, HEARD, operator, day * 64 + what)
    return value * exp(error * normals(u[0], u[1])[0])


@compiled
def look(operator, today, memory, history, habits, own, messages):
    """What an operator can see this morning; with a lag, what it could see some days ago.

    Parameters
    ----------
    operator : int
        Row of the operators table.
    today : tuple
        Seed of the run (uint64), and the day.
    memory : tuple of int
        Days that have been, and how many of them come before the first row of the history.
    history : History
        The days since then, at least lag + 7 if there have been so many.
    habits : record of HABITS_DTYPE
        Lag and error.
    own : record of OPERATOR_DTYPE
        Row of the operators table.
    messages : numpy.ndarray
        float64: messages of members a day, mean of 7 days, in each open group; filled.

    Returns
    -------
    Sight
        Counts, never hidden states (eq. 7.17-1).
    """
    seed, day = today
    last = max(0, memory[0] - np.int64(habits.lag))
    first = max(0, last - WEEK)
    late, early = last - memory[1], first - memory[1]
    days = max(1, last - first)
    for k in range(own.open_groups):
        g = own.first_group + k
        messages[k] = (history.written[late, g] - history.written[early, g]) / days
    if last == 0:
        return Sight(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    bad = history.trouble[late, operator, 0] - history.trouble[early, operator, 0]
    member_days = history.trouble[late, operator, 1] - history.trouble[early, operator, 1]
    trouble = 1000.0 * bad / member_days if member_days != 0.0 else 0.0
    seen, error = history.totals[late - 1, operator], habits.error
    joins = 0.0
    for index in _JOINS:
        joins += seen[index]
    return Sight(
        joins,
        hear(operator, seed, day, seen[_EXITS], 0, error),
        hear(operator, seed, day, seen[_MUTES], 1, error),
        hear(operator, seed, day, seen[_COMPLAINTS], 2, error),
        seen[_NEW] + seen[_REPEAT],
        hear(operator, seed, day, seen[_QUESTIONS], 3, error),
        hear(operator, seed, day, seen[_NEGATIVE], 4, error),
        hear(operator, seed, day, trouble, 5, error),
    )


@compiled
def direction(cosine, sine):
    """Where a sum of unit vectors points, in turns, 0 .. 1: Newton's method from the octant.

    With the slope left out the step is sin(error) / 2 pi, which leaves a sixth of the error cubed:
    four steps are plenty from an eightieth of a turn.
    """
    length = math.sqrt(cosine * cosine + sine * sine)
    if length == 0.0:
        return 0.0
    share = sine / (abs(cosine) + abs(sine))
    turns = 0.25 * share if cosine >= 0.0 else 0.5 - 0.25 * share
    for _ in range(4):
        c, s = cos_sin(turns)
        turns += (sine * c - cosine * s) / (2.0 * math.pi * length)
    return turns % 1.0


@compiled
def topic_of_talk(tables, own, until):
    """Circular mean of the topics of a week's messages of members, -1 if none is in the feeds.

    Parameters
    ----------
    tables : Tables
        The state.
    own : record of OPERATOR_DTYPE
        Row of the operators table.
    until : float
        The end of the week, in days.

    Returns
    -------
    float
        0 .. 1, or -1.
    """
    cosine, sine, heard = 0.0, 0.0, 0
    for g in range(own.first_group, own.first_group + own.open_groups):
        feed = tables.messages[g]
        for k in range(feed.shape[0]):
            message = feed[k]
            if message.root > 0 and message.author >= 0 and until - WEEK < message.time < until:
                c, s = cos_sin(np.float64(message.topic))
                cosine, sine, heard = cosine + c, sine + s, heard + 1
    return direction(cosine, sine) if heard > 0 else -1.0


@compiled
def heard_topic(day, habits, tables, own):
    """Mean topic of what members wrote lately, -1 for an operator who does not listen to it."""
    if habits.topic_gain <= 0.0:
        return -1.0
    return topic_of_talk(tables, own, day - habits.lag)


@compiled
def learn(operator, seed, day, heard, habits, own):
    """The product gets better by what is heard of it, or worse when the lesson is misread.

    Eq. 7.17-3.

    quality += listening.product_gain x negative messages and complaints heard, up to
    ``listening.product_ceiling``; with probability ``listening.product_error`` the sign is wrong
    that day.

    Parameters
    ----------
    operator : int
        Row of the operators table.
    seed : uint64
        Seed of the run.
    day : int
        Today.
    heard : float
        Negative messages heard.
    habits : record of HABITS_DTYPE
        How it learns.
    own : record of OPERATOR_DTYPE
        Row of the operators table; ``quality`` is changed.
    """
    if habits.product_gain <= 0.0 or heard <= 0.0:
        return
    misread = draw(seed, LESSON, operator, day)[0] < habits.product_error
    step = habits.product_gain * heard * (-1.0 if misread else 1.0)
    own.quality = max(_WORST, min(habits.product_ceiling, own.quality + step))


@compiled
def growth(operator, days, memory, history):
    """Relative growth of an operator's members in the last days, before the first of them 100 %."""
    last = memory[0] - memory[1] - 1
    first = max(0, memory[0] - days - 1) - memory[1]
    before = history.totals[first, operator, _MEMBERS]
    return (history.totals[last, operator, _MEMBERS] - before) / max(1.0, before)


@compiled
def imitate(operator, day, memory, history, orders, operators):
    """Copy the posting policy of the operator whose groups grew most since the last look.

    Eq. 7.18-2.

    Growth of members is what everyone can see; an operator that grew most itself goes back to its
    own policy. Ties go to the first. The section ``policy`` is copied; products, prices, staff and
    groups are not.

    Parameters
    ----------
    operator : int
        Row of the operators table.
    day : int
        Today.
    memory, history
        As for `look`.
    orders : Orders
        The policy that is followed; changed.
    operators : array of OPERATOR_DTYPE
        The operators table; ``copies`` is changed.
    """
    every = np.int64(orders.habits[operator].imitation)
    if every <= 0 or day % every != 0 or memory[0] == 0:
        return
    best = 0
    most = growth(0, every, memory, history)
    for other in range(1, operators.shape[0]):
        grown = growth(other, every, memory, history)
        if grown > most:
            best, most = other, grown
    if growth(operator, every, memory, history) >= most:
        best = operator
    operators[operator].copies = best
    orders.now[operator] = orders.own[best]


@compiled
def news_of_day(operator, seed, day, habits, open_groups):
    """Bad news from outside that comes up in the groups of an operator today.

    An incident happens on ``incident.day`` at noon, and with probability 1 - exp(-incident.rate)
    at a time drawn evenly; in all groups, or in the first one (``incident.everywhere``).

    Parameters
    ----------
    operator : int
        Row of the operators table.
    seed : uint64
        Seed of the run.
    day : int
        Today.
    habits : record of HABITS_DTYPE
        The incidents.
    open_groups : int
        Its open groups.

    Returns
    -------
    News
        When, and how bad.
    """
    count, first, second = 0, 0.0, 0.0
    if habits.incident_day >= 0.0 and math.floor(habits.incident_day) == day:
        count, first = 1, day + 0.5
    if habits.incident_rate > 0.0:
        luck = draw(seed, NEWS, operator, day)
        if luck[0] < 1.0 - exp(-habits.incident_rate):
            if count == 0:
                first = day + luck[1]
            second = day + luck[1]
            count += 1
    groups = open_groups if habits.incident_everywhere != 0.0 else min(1, open_groups)
    return News(
        count, first, second, np.int64(groups), habits.incident_severity, habits.incident_voice,
        habits.topic,
    )  # fmt: skip


@compiled
def offer_prizes(operator, posts, starts, own, habits, terms, rules):
    """Count the prizes on offer: their value, and what each group offers on average, in CNY.

    Parameters
    ----------
    operator : int
        Row of the operators table.
    posts, starts
        The day's posts, as `lay_out` leaves them.
    own : record of OPERATOR_DTYPE
        Row of the operators table.
    habits : record of HABITS_DTYPE
        Whether prizes pull or crowd out anything.
    terms : array of TERMS_DTYPE
        Whose channel is whose.
    rules : record array
        Parameters; ``today_prize`` is set.

    Returns
    -------
    float
        CNY in all.
    """
    value = 0.0
    for k in range(starts[own.first_group], starts[own.first_group + own.most_groups]):
        value += np.float64(posts[k].prize)
    if habits.counts_prizes != 0.0:
        each = value / max(1, own.open_groups)
        for row in range(rules.shape[0]):
            if terms[row].operator == operator:
                rules[row].today_prize = each
    return value
