"""The reply desk: questions, and other threads, queue for staff; answers come at their time.

Staff serve first come, first served, in working time: the hours of duty of one day follow upon
those of the day before, and the clock stands still off duty. With Poisson questions and one or
several staff this is the M/M/c queue (Erlang 1917). Because nobody overtakes, the time of an answer
is known when the question is asked; it waits in a short list until then. The response to an
incident waits in the same list.

Legend: w working time in days, c staff of a group, k one of them.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import draw, exponential, stream
from shequn.agents.tables import (
    ANSWER,
    INCIDENT,
    MEMBER,
    MUTED,
    NOBODY,
    OPERATOR_AUTHOR,
    QUESTION,
    RESPONSE,
)
from shequn.agents.verbs.feel import bond_of_answer
from shequn.agents.verbs.speak import Draft, append_message

SERVICE = stream("desk.service")
OTHERS = stream("desk.others")
MINUTE = 1.0 / 1440.0
_SAME = 1e-9  # days: work that is left of a day's duty is at least that
_MOST = 1024  # messages of a session that are told apart
SILENCE, PRIVATE = 0.0, 4.0  # places of these words among the choices of incident.response
BY_ANSWER = 1.0  # place of "answers" among the choices of desk.pay


class Due(NamedTuple):
    """An answer, or a response to an incident, that will be given: a row of the answers table.

    Attributes
    ----------
    time, asked_at, begun_at : float
        When it will be given, was asked for, and is begun, in days.
    asker : int
        Row of the member who asked, -1 nobody.
    root : int
        Thread to which it belongs.
    topic : float
        Position on the circle of topics.
    kind : int
        Answer or response.
    question : int
        1 if a question is answered, 0 if anything else.
    """

    time: float
    asked_at: float
    begun_at: float
    asker: int | np.integer
    root: int | np.integer
    topic: float
    kind: int | np.integer
    question: int | np.integer


@compiled
def working_time(time, p):
    """Working time that has passed at a time: float, days of duty since day 0."""
    day = math.floor(time)
    hour = (time - day) * 24.0
    duty = p.desk_last_hour - p.desk_first_hour
    return (day * duty + min(duty, max(0.0, hour - p.desk_first_hour))) / 24.0


@compiled
def time_of_work(w, starts, p):
    """The time at which so much working time has passed: the inverse of `working_time`.

    Parameters
    ----------
    w : float
        Working time, in days of duty.
    starts : bool
        Where w falls between two days of duty: whether work starts then (the next morning) or ends
        (the evening before).
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        Days.
    """
    duty = (p.desk_last_hour - p.desk_first_hour) / 24.0
    if duty >= 1.0:
        return w
    day = math.floor(w / duty + _SAME)
    rest = max(0.0, w - day * duty)
    if rest < _SAME and not starts:
        return day - 1.0 + p.desk_last_hour / 24.0
    return day + p.desk_first_hour / 24.0 + rest


@compiled
def put(answers, group, due):
    """Put an answer in the list of those due, which is in order of time; a full list drops it.

    Parameters
    ----------
    answers : array of ANSWER_DTYPE
        Answers due in this group.
    group : record of GROUP_DTYPE
        Row of the groups table; ``n_pending`` is counted up.
    due : Due
        The answer.
    """
    n = np.int64(group.n_pending)
    if n >= answers.shape[0]:
        return
    place = n
    while place > 0 and answers[place - 1].time > due.time:
        answers[place] = answers[place - 1]
        place -= 1
    answer = answers[place]
    answer.time = due.time
    answer.asked_at = due.asked_at
    answer.begun_at = due.begun_at
    answer.asker = due.asker
    answer.root = due.root
    answer.topic = due.topic
    answer.kind = due.kind
    answer.question = due.question
    group.n_pending = n + 1


@compiled
def first_free(servers, staff):
    """Who of the staff is free first, the first of several: int, 0 .. staff - 1."""
    k = 0
    for other in range(1, staff):
        if servers[other] < servers[k]:
            k = other
    return k


@compiled
def occasion_of(message, number, first):
    """Occasion of a draw about a message: its time in millionths of a day, its place in a session.

    Parameters
    ----------
    message : record of MESSAGE_DTYPE
        The message.
    number, first : int
        Its number, and that of the first message of the session.

    Returns
    -------
    int
        The same whatever else is written in the group.
    """
    return np.int64(math.floor(message.time * 1e6)) * _MOST + (number - first) % _MOST


@compiled
def comes_to_desk(message, number, first, p):
    """Whether the desk takes a message up: every question, of other threads a share.

    The others are messages of members that open a thread, and no bad news, which has its own
    response; each is taken up with probability ``desk.others``.

    Parameters
    ----------
    message : record of MESSAGE_DTYPE
        The message.
    number, first : int
        As for `occasion_of`.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    bool
        False without staff.
    """
    if p.desk_servers <= 0.0 or message.kind == QUESTION:
        return p.desk_servers > 0.0
    if p.desk_others <= 0.0 or message.author < 0:
        return False
    if message.root != number or message.kind == INCIDENT:
        return False
    author = np.int64(message.author)
    return draw(p.seed, OTHERS, author, occasion_of(message, number, first))[0] < p.desk_others


@compiled
def ask(message, number, first, answers, servers, group, p):
    """A question, or another message, comes to the desk (eq. 7.12-1).

    The first of the staff to be free takes it, unless the wait would exceed ``desk.patience``. The
    service time is exponential with mean ``desk.service_time``, times c / staff where a fraction of
    a person is on duty; its draw is keyed by the author, the time in millionths of a day, and the
    place among the messages of the session.

    Parameters
    ----------
    message : record of MESSAGE_DTYPE
        The message.
    number, first : int
        As for `occasion_of`.
    answers : array of ANSWER_DTYPE
        Answers due in this group.
    servers : numpy.ndarray
        float64: working time at which each of the staff is free.
    group : record of GROUP_DTYPE
        Row of the groups table.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    c = np.int64(math.ceil(p.desk_servers))
    asked_at = np.float64(message.time)
    arrival = working_time(asked_at, p)
    k = first_free(servers, c)
    start = max(arrival, servers[k])
    begun_at = max(asked_at, time_of_work(start, True, p))
    if begun_at - asked_at > p.desk_patience / 24.0:
        return
    author = np.int64(message.author)
    luck = exponential(p.seed, SERVICE, author, occasion_of(message, number, first))
    work = p.desk_service_time * MINUTE * luck * c / p.desk_servers
    servers[k] = start + work
    time = time_of_work(servers[k], False, p)
    question = np.int64(message.kind == QUESTION)
    due = Due(time, asked_at, begun_at, author, number, message.topic, ANSWER, question)
    put(answers, group, due)


@compiled
def take_note(first, feed, group, answers, servers, p):
    """The operator takes note of new messages: the desk gets its part, incidents a response.

    Parameters
    ----------
    first : int
        Number of the first new message.
    feed : array of MESSAGE_DTYPE
        The group's ring of messages.
    group : record of GROUP_DTYPE
        Row of the groups table.
    answers, servers
        As for `ask`.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    if answers.shape[0] == 0 or group.newest < first:
        return
    mask = np.int64(feed.shape[0] - 1)
    for number in range(max(first, group.newest - mask), group.newest + 1):
        message = feed[number & mask]
        if comes_to_desk(message, number, first, p):
            ask(message, number, first, answers, servers, group, p)
        begins = message.kind == INCIDENT and message.root == number
        if begins and p.incident_response != SILENCE:
            time = message.time + p.incident_delay / 24.0
            due = Due(time, message.time, time, NOBODY, number, message.topic, RESPONSE, 0)
            put(answers, group, due)


@compiled
def tell_asker(due, group_row, members, tallies, p):
    """Count an answer; the asker, if still there, will notice it (eq. 7.12-2).

    Times are counted of answers to questions. Paid by the answer, each is charged with the mean
    work on one.

    Parameters
    ----------
    due : Due
        The answer.
    group_row : int
        The group.
    members : array of MEMBER_DTYPE
        The members table; the asker is changed.
    tallies : array of TALLY_DTYPE
        Today's counts of the group, by tier.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    asker = members[due.asker]
    latency = due.time - due.asked_at
    tally = tallies[asker.tier]
    if due.question != 0:
        tally.answered += 1.0
        tally.answered_fast += latency <= p.desk_target * MINUTE
        tally.answer_days += latency
        tally.wait_days += due.begun_at - due.asked_at
    else:
        tally.others_answered += 1.0
    if p.desk_pay == BY_ANSWER:
        tally.answer_hours += p.desk_service_time / 60.0
    here = asker.status == MEMBER or asker.status == MUTED
    if here and asker.group == group_row and asker.answers < 255:
        asker.answers += 1
        asker.bond += bond_of_answer(latency / MINUTE, p)


@compiled
def give(feed, group, group_row, members, answers, tallies, p):
    """Give the first answer that is due.

    A public answer, and a response to an incident, are posted in the group. The asker, if still
    there, notices an answer at the next session. A private response takes the incident's thread
    out of the group.

    Parameters
    ----------
    feed : array of MESSAGE_DTYPE
        The group's ring of messages; written.
    group : record of GROUP_DTYPE
        Row of the groups table.
    group_row : int
        Its number.
    members : array of MEMBER_DTYPE
        The members table; the asker is changed.
    answers : array of ANSWER_DTYPE
        Answers due in this group; the first is taken off.
    tallies : array of TALLY_DTYPE
        Today's counts of the group, by tier.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    first = answers[0]
    due = Due(
        first.time, first.asked_at, first.begun_at, np.int64(first.asker), np.int64(first.root),
        first.topic, np.int64(first.kind), np.int64(first.question),
    )  # fmt: skip
    group.n_pending -= 1
    for k in range(group.n_pending):
        answers[k] = answers[k + 1]
    if due.kind == ANSWER:
        tell_asker(due, group_row, members, tallies, p)
        if p.desk_public == 0.0:
            return
    elif p.incident_response == PRIVATE:
        group.hushed = due.root
        return
    draft = Draft(
        author=OPERATOR_AUTHOR, kind=due.kind, root=due.root, to=NOBODY, topic=due.topic,
        quality=p.desk_quality, length=p.desk_length, valence=0.0, voice=1.0,
    )  # fmt: skip
    append_message(feed, group, due.time, draft)
