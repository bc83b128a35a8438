"""What is counted: messages, sessions, changes of status, and who is there at midnight."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from shequn.agents.jit import compiled, inlined
from shequn.agents.tables import (
    ALERTED,
    CALLED,
    CHAT,
    COMPLAINT,
    FOUND,
    GLANCE,
    INCIDENT,
    LEFT,
    MENTIONED,
    MUTED,
    NEED,
    NOBODY,
    ORDER,
    ORDER_SHARE,
    QUESTION,
    REPLY,
    STAYING,
)

WEEK = 7  # days in which one has read to be a weekly reader
SILENT_AFTER = 28  # days without reading from which on a member is silent


@inlined
def count_standing(before, member, group, tally):
    """Count a change of status since ``before``: left, muted or unmuted.

    Parameters
    ----------
    before : int
        Status before `stay`.
    member : record of MEMBER_DTYPE
        Row of the members table.
    group : record of GROUP_DTYPE
        Row of the groups table; its size goes down when the member has left.
    tally : record of TALLY_DTYPE
        Today's counts of this group and tier.
    """
    if member.status == before:
        return
    if member.status == LEFT:
        tally.exits += 1.0
        group.n_members -= 1
    elif member.status == MUTED:
        tally.mutes += 1.0
    else:
        tally.unmutes += 1.0


@compiled
def count_messages(first, feed, group, tally):
    """Count the messages from number ``first`` on, written in one session.

    Parameters
    ----------
    first : int
        Number of the first new message.
    feed : array of MESSAGE_DTYPE
        The group's ring of messages.
    group : record of GROUP_DTYPE
        Row of the groups table.
    tally : record of TALLY_DTYPE
        Today's counts of the author's group and tier.
    """
    mask = np.int64(feed.shape[0] - 1)
    for number in range(max(first, group.newest - mask), group.newest + 1):
        message = feed[number & mask]
        kind = message.kind
        tally.chats += kind == CHAT
        tally.questions += kind == QUESTION
        tally.replies += kind == REPLY
        tally.order_shares += kind == ORDER_SHARE
        tally.complaints += kind == COMPLAINT
        tally.incidents += kind == INCIDENT
        tally.negative += message.valence < 0.0


@inlined
def count_session(day, member, visit, orders, occasions, invitations, tally):
    """Count what happened in a session.

    Parameters
    ----------
    day : int
        Today.
    member : record of MEMBER_DTYPE
        Row of the members table, ``last_session_at`` still that of the session before.
    visit : record of VISIT_DTYPE
        This session.
    orders, occasions, invitations : int
        The member's counts before it.
    tally : record of TALLY_DTYPE
        Today's counts of this group and tier.
    """
    cause = visit.cause
    tally.sessions += cause != STAYING
    tally.looks += cause == STAYING
    tally.glances += cause == GLANCE
    tally.needs += cause == NEED
    tally.found += cause == FOUND
    tally.alerts += cause == ALERTED
    tally.mentions += cause == MENTIONED
    tally.calls += cause == CALLED
    if not member.last_session_at >= day:
        tally.readers += 1.0
    tally.unread += visit.unread
    tally.read += visit.read
    tally.read_1h += visit.read_1h
    tally.read_12h += visit.read_12h
    tally.read_24h += visit.read_24h
    tally.posts_read += visit.posts
    tally.promos_read += visit.promos
    tally.contents_read += visit.contents
    new = np.int64(member.orders) - orders
    if orders == 0 and new > 0:
        tally.orders_new += 1.0
        new -= 1
    tally.orders_repeat += new
    tally.orders_elsewhere += visit.elsewhere
    tally.orders_expected += visit.expected
    tally.occasions += np.int64(member.occasions) - occasions
    tally.invitations += np.int64(member.invitations) - invitations
    if visit.incident > 0:
        tally.incident_reach += visit.reached
    if visit.heard > 0:
        tally.responses_read += 1.0
    tally.forwards_read += visit.passed
    if visit.forwards > 0:
        tally.forwards += visit.forwards
    if visit.bad_forwards > 0:
        tally.bad_forwards += visit.bad_forwards
    if visit.likes > 0:
        tally.likes += visit.likes
    if visit.removed > 0:
        tally.removed += visit.removed


class Log(NamedTuple):
    """Messages and orders of a day.

    Attributes
    ----------
    lines : numpy.ndarray
        LOG_DTYPE, shape (n,), n >= used; of length 0 where no log is kept.
    used : int
        Rows in use.
    """

    lines: np.ndarray
    used: int


@compiled
def lines_for(first, feed, group, orders):
    """Lines of the log that the messages from number ``first`` on, and some orders, take up."""
    new = min(max(0, np.int64(group.newest) - first + 1), feed.shape[0])
    return new + orders


@compiled
def keep_log(log, first, feed, group, group_row):
    """Append the messages from number ``first`` on to the log.

    Parameters
    ----------
    log : Log
        With room for them (`lines_for`).
    first : int
        Number of the first new message.
    feed : array of MESSAGE_DTYPE
        The group's ring of messages.
    group : record of GROUP_DTYPE
        Row of the groups table.
    group_row : int
        Its number.

    Returns
    -------
    Log
        With them.
    """
    mask = np.int64(feed.shape[0] - 1)
    for number in range(max(first, group.newest - mask), group.newest + 1):
        message = feed[number & mask]
        line: Any = log.lines[log.used]
        line.time = message.time
        line.group = group_row
        line.number = number
        line.author = message.author
        line.root = message.root
        line.to = message.to
        line.kind = message.kind
        line.valence = message.valence
        log = Log(log.lines, log.used + 1)
    return log


@compiled
def keep_orders(log, visit, member, group_row):
    """Append the orders of a session to the log.

    Parameters
    ----------
    log : Log
        With room for them (`lines_for`).
    visit : record of VISIT_DTYPE
        The session.
    member : record of MEMBER_DTYPE
        Row of the members table.
    group_row : int
        The group.

    Returns
    -------
    Log
        With them.
    """
    for k in range(visit.orders):
        line: Any = log.lines[log.used]
        line.time = visit.time
        line.group = group_row
        line.number = member.orders - visit.orders + k + 1
        line.author = visit.row
        line.root = 0
        line.to = NOBODY
        line.kind = ORDER
        line.valence = 0.0
        log = Log(log.lines, log.used + 1)
    return log


@compiled
def arrived(day, feed, group):
    """Number of the first message that arrived this midnight from another group.

    In the morning, messages with that very time are the last in the feed, if there are any.
    """
    number = np.int64(group.newest)
    mask = np.int64(feed.shape[0] - 1)
    while number > max(0, group.newest - mask) and feed[number & mask].time == day:
        number -= 1
    return number + 1


@inlined
def count_member(member, midnight, tally):
    """Count a member at midnight, with what it is like.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table.
    midnight : float
        Now, in days.
    tally : record of TALLY_DTYPE
        Today's counts of its group and tier.
    """
    tally.members += 1.0
    tally.muted += member.status == MUTED
    tally.weekly_readers += member.last_session_at >= midnight - WEEK
    month_ago = midnight - SILENT_AFTER
    tally.silent += member.joined_at <= month_ago and not member.last_session_at >= month_ago
    habit = np.float64(member.habit)
    willingness = np.float64(member.willingness)
    belonging = np.float64(member.belonging)
    irritation = np.float64(member.irritation)
    attitude = np.float64(member.attitude)
    awareness = np.float64(member.awareness)
    tally.habit_sum += habit
    tally.habit_squares += habit * habit
    tally.willingness_sum += willingness
    tally.willingness_squares += willingness * willingness
    tally.belonging_sum += belonging
    tally.belonging_squares += belonging * belonging
    tally.irritation_sum += irritation
    tally.irritation_squares += irritation * irritation
    tally.attitude_sum += attitude
    tally.attitude_squares += attitude * attitude
    tally.awareness_sum += awareness
    tally.awareness_squares += awareness * awareness
