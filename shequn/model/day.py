"""One day of one group: sessions and posts, played in order of time (the compiled engine)."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from shequn.agents.desk import give, take_note
from shequn.agents.jit import borrowed, compiled, inlined
from shequn.agents.tables import CONTENT, EVERYONE, INCIDENT, MEMBER, MUTED, NOBODY, STAYING, Tables
from shequn.agents.verbs.buy import buy, run_errands
from shequn.agents.verbs.feel import feel
from shequn.agents.verbs.invite import invite
from shequn.agents.verbs.read import read
from shequn.agents.verbs.speak import speak
from shequn.agents.verbs.stay import stay
from shequn.agents.verbs.wait import fades_of, pass_time, wait
from shequn.model.care import care, chance_to_come
from shequn.model.counting import (
    Log,
    arrived,
    count_member,
    count_messages,
    count_session,
    count_standing,
    keep_log,
    keep_orders,
    lines_for,
)
from shequn.model.looks import (
    Looks,
    Room,
    announced,
    brought,
    drop_first,
    look_again,
    most_brought,
    put_in,
    spend,
)
from shequn.model.rhythm import Diary, cause_of, plan_sessions, ticket, visitor_of

# How a kernel comes back: the day is played, or there is too little room for something.
PLAYED, MORE_VISITS, MORE_LOOKS, MORE_LINES, MORE_POSTS, MORE_PAPER, MORE_INVITATIONS = range(7)
MORE_ARRIVALS = 7
# Where a group is: before its day, between two events, or before what an event brings.
MORNING, EVENT, AFTER = range(3)
_PLACE = (
    "turn", "stage", "visits", "visit", "post", "looks", "first", "visitor", "logged", "needed",
)  # fmt: skip
PLACE_DTYPE = np.dtype((np.record, np.dtype([(name, "i8") for name in _PLACE])))


class Scratch(NamedTuple):
    """Paper on which days of groups are played, and where they stand; one for each thread.

    Attributes
    ----------
    places : array of PLACE_DTYPE
        One row: which group in turn, and how far its day has come.
    visits : array of VISIT_DTYPE
        One row: the visit under way.
    diary : Diary
        The visits of a day.
    looks : Looks
        The heap of those that come up during it.
    pages : array of PAGE_DTYPE
        Two rows, for reading.
    lines : array of LOG_DTYPE
        The log of messages and orders since it was last taken away; length 0: none is kept.
    """

    places: np.ndarray
    visits: np.ndarray
    diary: Diary
    looks: Looks
    pages: np.ndarray
    lines: np.ndarray


class Today(NamedTuple):
    """What is settled in the morning, for all groups.

    Attributes
    ----------
    day : int
        The day.
    rosters : tuple
        Starts (int64, shape (groups + 1,)) and rows (int32): who is in which group.
    plan : tuple
        Starts (int64, shape (groups + 1,)) and posts (POST_DTYPE, in order of time in each group).
    weekday : float
        Factor of the weekday.
    quantiles : numpy.ndarray
        float64: quantiles of the time of day at which sessions take place.
    """

    day: int
    rosters: tuple[np.ndarray, np.ndarray]
    plan: tuple[np.ndarray, np.ndarray]
    weekday: float
    quantiles: np.ndarray


@compiled
def keep_hours(group, time):
    """Regularity moves by a fifth towards 1 with content that came at this hour yesterday, too.

    Towards 0 with any other (assumed). The hour is the same if it falls into the same half hour or
    into one beside it.

    Parameters
    ----------
    group : record of GROUP_DTYPE
        Row of the groups table; changed.
    time : float
        When content is posted, in days.
    """
    day = np.int64(math.floor(time))
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
    feed : array of MESSAGE_DTYPE
        The group's ring of messages; written.
    group : record of GROUP_DTYPE
        Row of the groups table; ``newest`` is counted up.
    post : record of POST_DTYPE
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
    message.considered = 0
    message.call = post.call
    message.passed = 0
    message.audience = np.int64(EVERYONE * post.audience)
    if post.kind == INCIDENT:
        group.incident = number
        group.incident_at = post.time
    if post.kind == CONTENT:
        keep_hours(group, post.time)


@inlined
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
    feed : array of MESSAGE_DTYPE
        The group's ring of messages; written.
    group_row : int
        The group.
    tables : Tables
        The state.
    posts : array of POST_DTYPE
        The operator's posts in this group today, in order of time.
    post : int
        The first of them that is not yet published.
    tallies : array of TALLY_DTYPE
        Today's counts of the group, by tier.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    int
        The first post that is not yet published.
    """
    group = tables.groups[group_row]
    answers = tables.answers[group_row]
    answer_is_due = group.n_pending > 0
    if post < posts.shape[0] and not (answer_is_due and answers[0].time < posts[post].time):
        publish(feed, group, posts[post])
        take_note(group.newest, feed, group, answers, tables.servers[group_row], p)
        return post + 1
    give(feed, group, group_row, tables.members, answers, tallies, p)
    return post


@inlined
def begin(visit, number, day, time):
    """Begin a visit: who comes, why and when, and nothing done in it yet.

    Parameters
    ----------
    visit : record of VISIT_DTYPE
        Filled.
    number : int
        Who, why, and whether to take part (`shequn.model.rhythm.ticket`).
    day : int
        Today.
    time : float
        When, in days.
    """
    visit.row = visitor_of(number)
    visit.cause = cause_of(number)
    visit.part = number % 2
    visit.day = day
    visit.time = time
    visit.orders = 0
    visit.elsewhere = 0
    visit.expected = 0.0
    visit.forwards = 0
    visit.bad_forwards = 0
    visit.likes = 0
    visit.removed = 0


@inlined
def time_away(member, time):
    """Days since the member's last visit, inf for the first one since joining."""
    last = np.float64(member.last_session_at)
    return time - last if last >= member.joined_at else np.inf


@inlined
def play_session(visit, members, feed, group, tallies, pages, p):
    """One session of one member: stay, wait, read, feel, speak, buy, invite.

    Parameters
    ----------
    visit : record of VISIT_DTYPE
        Who comes, and when (`begin`); filled.
    members : array of MEMBER_DTYPE
        The members table.
    feed : array of MESSAGE_DTYPE
        The group's ring of messages.
    group : record of GROUP_DTYPE
        Row of the groups table.
    tallies : array of TALLY_DTYPE
        Today's counts of the group, by tier.
    pages : array of PAGE_DTYPE
        Scratch, two rows.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        When the member looks again, in days; inf if not today.
    """
    row, time = visit.row, visit.time
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
    first = np.int64(group.newest) + 1
    visit.away = time_away(member, time)
    wait(member, time, p)
    read(member, row, feed, group, visit, pages, p)
    feel(member, visit, p)
    speak(member, row, members, feed, group, visit, p)
    buy(member, row, feed, group, visit, p)
    invite(member, row, visit, p)
    if group.newest >= first:
        count_messages(first, feed, group, tally)
    count_session(visit.day, member, visit, orders, occasions, invitations, tally)
    member.last_session_at = time
    spend(member, visit)
    return look_again(member, feed, group, visit, p)


@compiled
def part_of(parts, group_row):
    """What belongs to one group, of rows that are in order of groups.

    Parameters
    ----------
    parts : tuple
        Starts (int64, shape (groups + 1,)) and rows: the rosters or the plan of `Today`.
    group_row : int
        The group.

    Returns
    -------
    numpy.ndarray
        A view on its rows.
    """
    starts, rows = parts
    return rows[starts[group_row] : starts[group_row + 1]]


@compiled
def open_day(place, group_row, today, tables, room, scratch):
    """The morning of one group: its visits are planned, and what arrived at midnight is logged.

    Parameters
    ----------
    place : record of PLACE_DTYPE
        Where the day stands; brought up to date.
    group_row : int
        The group.
    today : Today
        The day.
    tables : Tables
        The state.
    room : Room
        The group, on this day.
    scratch : Scratch
        Paper.

    Returns
    -------
    int
        `PLAYED`, or what there is too little room for: then nothing has happened yet.
    """
    feed, group, day = room.feed, room.group, today.day
    n = plan_sessions(
        tables.members, room.roster, group.newest, day, (today.weekday, today.quantiles), room.p,
        scratch.diary,
    )  # fmt: skip
    if n > scratch.diary.luck.shape[0]:
        place.needed = n
        return MORE_VISITS
    place.needed = 2 * room.roster.shape[0] + 2
    if place.needed > scratch.looks.times.shape[0]:
        return MORE_LOOKS
    if scratch.lines.shape[0] > 0:
        first = arrived(day, feed, group)
        place.needed = place.logged + lines_for(first, feed, group, 0)
        if place.needed > scratch.lines.shape[0]:
            return MORE_LINES
        log = keep_log(Log(scratch.lines, place.logged), first, feed, group, group_row)
        place.logged = log.used
    looks = announced(Looks(scratch.looks.times, scratch.looks.tickets, 0), room)
    place.visits, place.visit, place.post, place.looks = n, 0, 0, looks.size
    place.stage = EVENT
    return PLAYED


@compiled
def follow_up(place, group_row, tables, looks, room, scratch):
    """What an event brings: who comes because of new messages, and lines of the log.

    Parameters
    ----------
    place : record of PLACE_DTYPE
        With the first new message, and who wrote; brought up to date.
    group_row : int
        The group.
    tables : Tables
        The state.
    looks : Looks
        Visits to come; changed.
    room : Room
        The group, today.
    scratch : Scratch
        Paper.

    Returns
    -------
    status : int
        `PLAYED`, or what there is too little room for: then nothing has happened yet.
    looks : Looks
        Visits to come.
    """
    feed, group, first, visitor = room.feed, room.group, place.first, place.visitor
    visit, keeps = scratch.visits[0], scratch.lines.shape[0] > 0
    place.needed = looks.size + most_brought(first, room)
    if place.needed > looks.times.shape[0]:
        return MORE_LOOKS, looks
    if keeps:
        orders = visit.orders if visitor != NOBODY else 0
        place.needed = place.logged + lines_for(first, feed, group, orders)
        if place.needed > scratch.lines.shape[0]:
            return MORE_LINES, looks
    looks = brought(looks, first, visitor, room)
    if keeps:
        log = keep_log(Log(scratch.lines, place.logged), first, feed, group, group_row)
        if visitor != NOBODY:
            log = keep_orders(log, visit, tables.members[visitor], group_row)
        place.logged = log.used
    return PLAYED, looks


@compiled
def play_group(group_row, today, tables, p, scratch):
    """One day of one group: what is due, sessions and looks, merged in order of time.

    Parameters
    ----------
    group_row : int
        The group.
    today : Today
        The day.
    tables : Tables
        The state.
    p : record
        Parameters, as `kernel_record` gives them.
    scratch : Scratch
        Paper, and the place at which the day goes on.

    Returns
    -------
    int
        `PLAYED`, or what there is too little room for: with more of it the day goes on.
    """
    tables, today, scratch = borrowed_tables(tables), borrowed_day(today), borrowed_paper(scratch)
    place, visit, pages = scratch.places[0], scratch.visits[0], scratch.pages
    pages[0].upto = -1  # nothing is laid out on it yet
    members, feed, group = tables.members, tables.messages[group_row], tables.groups[group_row]
    tallies, answers = tables.tally[group_row], tables.answers[group_row]
    roster, posts = part_of(today.rosters, group_row), part_of(today.plan, group_row)
    day, midnight = today.day, today.day + 1.0
    room = Room(group_row, day, roster, members, feed, group, p)
    if place.stage == MORNING:
        status = open_day(place, group_row, today, tables, room, scratch)
        if status != PLAYED:
            return status
    times, tickets = scratch.diary.times, scratch.diary.tickets
    looks = Looks(scratch.looks.times, scratch.looks.tickets, place.looks)
    visits, session, post, stage = place.visits, place.visit, place.post, place.stage
    while True:
        if stage == EVENT:
            planned = times[session] if session < visits else np.inf
            is_look = looks.size > 0 and looks.times[0] < planned
            time = looks.times[0] if is_look else planned
            first = np.int64(group.newest) + 1
            visitor = NOBODY
            if next_due(posts, post, answers, group) <= min(time, midnight):
                post = publish_next(feed, group_row, tables, posts, post, tallies, p)
            elif time == np.inf:
                return PLAYED
            else:
                if is_look:
                    number = looks.tickets[0]
                    looks = drop_first(looks)
                else:
                    number = tickets[session]
                    session += 1
                begin(visit, number, day, time)
                visitor = visit.row
                again = play_session(visit, members, feed, group, tallies, pages, p)
                if again < midnight:
                    looks = put_in(looks, again, ticket(visitor, STAYING, 1))
                if answers.shape[0] > 0:
                    take_note(first, feed, group, answers, tables.servers[group_row], p)
            place.first, place.visitor = first, visitor
        if group.newest >= place.first or scratch.lines.shape[0] > 0:
            status, looks = follow_up(place, group_row, tables, looks, room, scratch)
            if status != PLAYED:
                place.visit, place.post, place.looks, place.stage = session, post, looks.size, AFTER
                return status
        stage = EVENT


@compiled
def rest_group(group_row, day, tables, roster, p):
    """Bring the members of a group up to midnight: some leave, stocks fade, the rest are counted.

    Parameters
    ----------
    group_row : int
        The group.
    day : int
        The day that ends.
    tables : Tables
        The state.
    roster : numpy.ndarray
        Rows of those who were in the group this morning.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    tables, roster = borrowed_tables(tables), borrowed(roster)
    group, midnight = tables.groups[group_row], day + 1.0
    chance = chance_to_come(group_row, day, roster, tables.members, p)
    day_long = fades_of(1.0, p)
    for row in roster:
        member = tables.members[row]
        member.looks, member.spent = 0, 0.0
        before = np.int64(member.status)
        if before != MEMBER and before != MUTED:
            continue
        tally = tables.tally[group_row, member.tier]
        here = stay(member, row, midnight, p)
        count_standing(before, member, group, tally)
        if here:
            elapsed = midnight - member.updated_at
            if elapsed == 1.0:
                pass_time(member, midnight, elapsed, day_long, p)
            else:
                wait(member, midnight, p)
            run_errands(member, row, midnight, tally, p)
            care(member, row, midnight, chance, tally, p)
            count_member(member, midnight, tally)


@inlined
def borrowed_tables(tables: Any) -> Any:
    """The tables without their owners (`shequn.agents.jit.borrowed`)."""
    return Tables(
        borrowed(tables.members), borrowed(tables.messages), borrowed(tables.groups),
        borrowed(tables.tally), borrowed(tables.operators), borrowed(tables.answers),
        borrowed(tables.servers),
    )  # fmt: skip


@inlined
def borrowed_day(today: Any) -> Any:
    """The day without the owners of its arrays (`shequn.agents.jit.borrowed`)."""
    rosters, plan = today.rosters, today.plan
    return Today(
        today.day, (borrowed(rosters[0]), borrowed(rosters[1])),
        (borrowed(plan[0]), borrowed(plan[1])), today.weekday, borrowed(today.quantiles),
    )  # fmt: skip


@inlined
def borrowed_paper(scratch: Any) -> Any:
    """Paper without its owners (`shequn.agents.jit.borrowed`)."""
    pages, looks = scratch.diary, scratch.looks
    return Scratch(
        borrowed(scratch.places), borrowed(scratch.visits),
        Diary(
            borrowed(pages.luck), borrowed(pages.drawn), borrowed(pages.times),
            borrowed(pages.tickets), borrowed(pages.ends),
        ),
        Looks(borrowed(looks.times), borrowed(looks.tickets), looks.size),
        borrowed(scratch.pages), borrowed(scratch.lines),
    )  # fmt: skip


@compiled
def play_groups(order, today, tables, rules, scratch):
    """One day of several groups, up to midnight; they do not touch each other before it.

    Parameters
    ----------
    order : numpy.ndarray
        int64: the groups, in the order in which they are played.
    today : Today
        The day.
    tables : Tables
        The state.
    rules : record array
        Parameters, as `kernel_record` gives them, a row for each channel of each operator.
    scratch : Scratch
        Paper, and the place at which the day goes on: no kernel asks for memory.

    Returns
    -------
    int
        `PLAYED`, or what there is too little room for: with more of it the day goes on.
    """
    place = scratch.places[0]
    while place.turn < order.shape[0]:
        g = order[place.turn]
        p = rules[tables.groups[g].rules]
        status = play_group(g, today, tables, p, scratch)
        if status != PLAYED:
            return status
        rest_group(g, today.day, tables, part_of(today.rosters, g), p)
        place.turn += 1
        place.stage = MORNING
    place.turn = 0
    return PLAYED
