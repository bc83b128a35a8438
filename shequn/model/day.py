"""One day of one group: sessions and posts, played in order of time (the compiled engine)."""

from __future__ import annotations

import numpy as np

from shequn.agents.desk import give, take_note
from shequn.agents.jit import compiled
from shequn.agents.tables import CONTENT, EVERYONE, INCIDENT, MEMBER, MUTED, NOBODY
from shequn.agents.verbs.buy import buy
from shequn.agents.verbs.feel import feel
from shequn.agents.verbs.invite import invite
from shequn.agents.verbs.read import read
from shequn.agents.verbs.speak import speak
from shequn.agents.verbs.stay import stay
from shequn.agents.verbs.wait import wait
from shequn.model.care import care, chance_to_come
from shequn.model.counting import (
    arrived,
    count_member,
    count_messages,
    count_session,
    count_standing,
    keep_log,
    keep_orders,
)
from shequn.model.rhythm import (
    alerted,
    breaks_silence,
    drop_first,
    look_again,
    plan_sessions,
    put_all_in,
    put_in,
)


@compiled
def keep_hours(group, time):
    """Regularity moves by a fifth towards 1 with content that came at this hour yesterday, too.

    Towards 0 with any other (assumed). The hour is the same if it falls into the same half hour or
    into one beside it.

    Parameters
    ----------
    group : record
        Row of the groups table; changed.
    time : float
        When content is posted, in days.
    """
    day = np.int64(time)
    slot = np.int64((time - day) * 48.0)
    if day != group.content_day:
        group.hours_before = group.hours_today if day == group.content_day + 1 else 0
        group.hours_today = 0
        group.content_day = day
    near = (
        (np.int64(1) << slot) | (np.int64(1) << (slot + 1) % 48) | (np.int64(1) << (slot + 47) % 48)
    )
    same = (np.int64(group.hours_before) & near) != 0
    group.regularity += 0.2 * (same - group.regularity)
    group.hours_today = np.int64(group.hours_today) | (np.int64(1) << slot)


@compiled
def publish(feed, group, post):
    """A post of the operator, or news from outside, enters the group.

    Content makes the group more or less regular (`keep_hours`).

    Parameters
    ----------
    feed : record array
        The group's ring of messages; written.
    group : record
        Row of the groups table; ``newest`` is counted up.
    post : record
        Row of the plan of the day.
    """
    number = np.int64(group.newest) + 1
    group.newest = number
    message = feed[number & np.int64(feed.shape[0] - 1)]
    message.time = post.time
    message.author = post.author
    message.kind = post.kind
    message.root = number
    message.topic = post.topic
    message.quality = post.quality
    message.length = post.length
    message.overtness = post.overtness
    message.prize = post.prize
    message.valence = post.valence
    message.voice = post.voice
    message.appeal = post.appeal
    message.to = NOBODY
    message.answers = 0
    message.audience = np.int64(EVERYONE * post.audience)
    if post.kind == INCIDENT:
        group.incident = number
        group.incident_at = post.time
    if post.kind == CONTENT:
        keep_hours(group, post.time)


@compiled
def next_due(posts, post, answers, group):
    """When the next post or answer is due: float, inf when there is none."""
    due = np.inf
    if post < posts.shape[0]:
        due = posts[post].time
    if group.n_pending > 0:
        due = min(due, answers[0].time)
    return due


@compiled
def publish_next(feed, group_row, tables, posts, post, tallies, p):
    """The first of what is due enters the group: a post or an answer.

    Parameters
    ----------
    feed : record array
        The group's ring of messages; written.
    group_row : int
        The group.
    tables : Tables
        The state.
    posts : record array
        The operator's posts in this group today, in order of time.
    post : int
        The first of them that is not yet published.
    tallies : record array
        Today's counts of the group, by tier.
    p : record
        Parameters.

    Returns
    -------
    int
        The first post that is not yet published.
    """
    group = tables.groups[group_row]
    answers = tables.answers[group_row]
    waiting = group.n_pending > 0
    if post < posts.shape[0] and not (waiting and answers[0].time < posts[post].time):
        publish(feed, group, posts[post])
        take_note(group.newest, feed, group, answers, tables.servers[group_row], p)
        return post + 1
    give(feed, group, group_row, tables.members, answers, tallies, p)
    return post


@compiled
def begin(visit, member, time, look):
    """Begin a session, or another look: its time, and nothing done in it yet."""
    visit.look = look
    visit.elapsed = time - member.updated_at
    visit.time = time
    visit.orders = 0
    visit.forwards = 0
    visit.removed = 0


@compiled
def play_session(row, time, look, day, members, feed, group, tallies, visit, p):
    """One session of one member: stay, wait, read, feel, speak, buy, invite.

    Parameters
    ----------
    row : int
        The member.
    time : float
        When, in days.
    look : int
        1 if the member is still there and looks again, else 0.
    day : int
        Today.
    members : record array
        The members table.
    feed : record array
        The group's ring of messages.
    group : record
        Row of the groups table.
    tallies : record array
        Today's counts of the group, by tier.
    visit : record
        Scratch.
    p : record
        Parameters.

    Returns
    -------
    float
        When the member looks again, in days; inf if not today.
    """
    visit.orders = 0
    member = members[row]
    before = np.int64(member.status)
    if before != MEMBER and before != MUTED:
        return np.inf
    tally = tallies[member.tier]
    here = stay(member, row, time, p)
    count_standing(before, member, group, tally)
    if not here:
        return np.inf
    orders = np.int64(member.orders)
    occasions = np.int64(member.occasions)
    invitations = np.int64(member.invitations)
    begin(visit, member, time, look)
    wait(member, time, p)
    read(member, row, feed, group, visit, p)
    feel(member, visit, p)
    first = np.int64(group.newest) + 1
    speak(member, row, members, feed, group, visit, p)
    buy(member, row, feed, group, visit, p)
    invite(member, row, visit, p)
    if group.newest >= first:
        count_messages(first, feed, group, tally)
    count_session(day, member, visit, orders, occasions, invitations, tally)
    member.last_session_at = time
    return look_again(member, row, time, day, feed, group, p)


@compiled
def play_group(group_row, day, tables, roster, posts, timing, p, visit, log, n):
    """One day of one group.

    Parameters
    ----------
    group_row : int
        The group.
    day : int
        Today.
    tables : Tables
        The state.
    roster : numpy.ndarray
        int64: rows of the group's members, ascending.
    posts : record array
        The operator's posts in this group today, in order of time.
    timing : tuple
        Weekday factor and quantiles of the time of day.
    p : record
        Parameters.
    visit : record
        Scratch.
    log : record array
        Message log; length 0: none is kept.
    n : int
        Rows of it in use.

    Returns
    -------
    log : record array
        The log.
    n : int
        Rows in use.
    """
    feed = tables.messages[group_row]
    group = tables.groups[group_row]
    tallies = tables.tally[group_row]
    logging = log.shape[0] > 0
    if logging:
        log, n = keep_log(arrived(day, feed, group), feed, group, group_row, log, n)
    times, rows = plan_sessions(tables.members, roster, group.newest, day, timing[0], timing[1], p)
    answers, servers, members = tables.answers[group_row], tables.servers[group_row], tables.members
    end, mask = day + 1.0, np.int64(feed.shape[0] - 1)
    looks, who, waiting = np.empty(16), np.empty(16, np.int64), 0
    post, k = 0, 0
    while True:
        planned = times[k] if k < times.shape[0] else np.inf
        look = waiting > 0 and looks[0] < planned
        time = looks[0] if look else planned
        if next_due(posts, post, answers, group) <= min(time, end):
            first = np.int64(group.newest) + 1
            post = publish_next(feed, group_row, tables, posts, post, tallies, p)
            if breaks_silence(first, feed, group, p):
                calls = alerted(NOBODY, feed[first & mask].time, day, roster, members, p)
                looks, who, waiting = put_all_in(calls, looks, who, waiting)
            if logging:
                log, n = keep_log(first, feed, group, group_row, log, n)
            continue
        if time == np.inf:
            return log, n
        if look:
            row = who[0]
            waiting = drop_first(looks, who, waiting)
        else:
            row = rows[k]
            k += 1
        first = np.int64(group.newest) + 1
        again = play_session(row, time, look, day, members, feed, group, tallies, visit, p)
        if again < end:
            looks, who, waiting = put_in(again, row, looks, who, waiting)
        if breaks_silence(first, feed, group, p):
            calls = alerted(row, time, day, roster, members, p)
            looks, who, waiting = put_all_in(calls, looks, who, waiting)
        if answers.shape[0] > 0:
            take_note(first, feed, group, answers, servers, p)
        if logging:
            log, n = keep_log(first, feed, group, group_row, log, n)
            log, n = keep_orders(visit, row, members[row], group_row, log, n)


@compiled
def rest_group(group_row, time, tables, roster, p):
    """Bring the members of a group up to midnight: some leave, stocks fade, the rest are counted.

    Parameters
    ----------
    group_row : int
        The group.
    time : float
        Midnight, in days.
    tables : Tables
        The state.
    roster : numpy.ndarray
        Rows of those who were in the group this morning.
    p : record
        Parameters.
    """
    group = tables.groups[group_row]
    tallies = tables.tally[group_row]
    chance = chance_to_come(group_row, np.int64(time) - 1, roster, tables.members, p)
    for row in roster:
        member = tables.members[row]
        before = np.int64(member.status)
        if before != MEMBER and before != MUTED:
            continue
        tally = tallies[member.tier]
        here = stay(member, row, time, p)
        count_standing(before, member, group, tally)
        if here:
            wait(member, time, p)
            care(member, row, time, chance, tally, p)
            member.looks = 0
            count_member(member, tally)


@compiled
def play_groups(order, day, tables, rosters, plan, timing, rules, visits, log):
    """One day of several groups, up to midnight; they do not touch each other before it.

    Parameters
    ----------
    order : numpy.ndarray
        int64: the groups, in the order in which they are played.
    day : int
        Today.
    tables : Tables
        The state.
    rosters : tuple
        Starts (int64, groups + 1) and rows (int64): who is in which group.
    plan : tuple
        Starts (int64, groups + 1) and posts: what is posted in which group.
    timing : tuple
        Weekday factor and quantiles of the time of day.
    rules : record array
        Parameters, a row for each channel of each operator.
    visits : record array
        Scratch, one row: a table is handed to a kernel in less than a microsecond, a record in
        ten.
    log : record array
        Message log; length 0: none is kept.

    Returns
    -------
    record array
        The log of these groups.
    """
    visit = visits[0]
    n = 0
    for g in order:
        p = rules[tables.groups[g].rules]
        roster = rosters[1][rosters[0][g] : rosters[0][g + 1]]
        posts = plan[1][plan[0][g] : plan[0][g + 1]]
        log, n = play_group(g, day, tables, roster, posts, timing, p, visit, log, n)
        rest_group(g, day + 1.0, tables, roster, p)
    return log[:n]
