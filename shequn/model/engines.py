"""The two engines: a compiled loop over sessions, and Mesa agents stepped one by one."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from shequn.agents.desk import take_note
from shequn.agents.tables import (
    LOG_DTYPE,
    MEMBER,
    MUTED,
    NOBODY,
    STAYING,
    VISIT_DTYPE,
    Tables,
    blank_pages,
    table,
)
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
)
from shequn.model.day import Today, begin, next_due, play_groups, publish_next, time_away
from shequn.model.looks import (
    Room,
    announced,
    brought,
    drop_first,
    look_again,
    no_looks,
    put_in,
    spend,
)
from shequn.model.rhythm import plan_sessions, ticket

_FIRST_LOG = 256


def play_compiled(
    order: np.ndarray, today: Today, tables: Tables, rules: np.ndarray, keep: bool
) -> np.ndarray:
    """One day of some groups in compiled code, up to midnight.

    Parameters
    ----------
    order : numpy.ndarray
        int64: the groups.
    today : Today
        The day.
    tables : Tables
        The state.
    rules : numpy.ndarray
        Parameters, a row for each channel of each operator.
    keep : bool
        Whether to log messages.

    Returns
    -------
    numpy.ndarray
        LOG_DTYPE: the messages of the day.
    """
    lines = table(_FIRST_LOG if keep else 0, LOG_DTYPE)
    visits = table(1, VISIT_DTYPE)
    pages = blank_pages()
    return np.array(play_groups(order, today, tables, rules, visits, pages, lines))


def play_agents(community: Any, plan: tuple, timing: tuple) -> np.ndarray:
    """One day of all groups, agent by agent, in order of time within each group.

    Parameters
    ----------
    community : Community
        The model.
    plan : tuple
        Starts and posts: what is posted in which group.
    timing : tuple
        Weekday factor and quantiles of the time of day.

    Returns
    -------
    numpy.ndarray
        LOG_DTYPE: the messages of the day.
    """
    log = Log(table(_FIRST_LOG if community.keeps_messages else 0, LOG_DTYPE), 0)
    for group_row in community.group_order():
        scene = _scene(community, int(group_row))
        posts = plan[1][plan[0][group_row] : plan[0][group_row + 1]]
        log = _play_group(community, scene, posts, timing, log)
        _rest(community, scene)
    return np.array(log.lines[: log.used])


class _Scene(NamedTuple):
    """One group on one day: views on the tables, and the parameters that hold in it."""

    group_row: int
    day: int
    roster: np.ndarray
    feed: np.ndarray
    group: Any
    tallies: np.ndarray
    p: Any


def _scene(community: Any, group_row: int) -> _Scene:
    tables = community.tables
    starts, rows = community.rosters
    group = tables.groups[group_row]
    return _Scene(
        group_row, community.day, rows[starts[group_row] : starts[group_row + 1]],
        tables.messages[group_row], group, tables.tally[group_row], community.rules[group.rules],
    )  # fmt: skip


def _play_group(community: Any, scene: _Scene, posts: np.ndarray, timing: tuple, log: Log) -> Log:
    tables, feed, group, group_row = community.tables, scene.feed, scene.group, scene.group_row
    times, tickets = plan_sessions(
        tables.members, scene.roster, group.newest, scene.day, timing[0], timing[1], scene.p
    )
    if len(log.lines):
        log = keep_log(log, int(arrived(scene.day, feed, group)), feed, group, group_row)
    sessions = iter(zip([*times.tolist(), np.inf], [*tickets.tolist(), NOBODY], strict=True))
    planned, number = next(sessions)
    room = Room(group_row, scene.day, scene.roster, tables.members, feed, group, scene.p)
    looks = announced(no_looks(), room)
    post, midnight = 0, float(scene.day + 1)
    while True:
        is_look = looks.size > 0 and looks.times[0] < planned
        time = float(looks.times[0]) if is_look else planned
        first = int(group.newest) + 1
        visitor = NOBODY
        if next_due(posts, post, tables.answers[group_row], group) <= min(time, midnight):
            post = publish_next(feed, group_row, tables, posts, post, scene.tallies, scene.p)
        elif time == np.inf:
            return log
        else:
            if is_look:
                coming = int(looks.tickets[0])
                looks = drop_first(looks)
            else:
                coming = number
                planned, number = next(sessions)
            begin(community.visit, coming, scene.day, time)
            visitor = int(community.visit.row)
            again = _session(community, scene, community.members[visitor])
            if again < midnight:
                looks = put_in(looks, again, ticket(visitor, STAYING, 1))
        looks = brought(looks, first, visitor, room)
        if len(log.lines):
            log = keep_log(log, first, feed, group, group_row)
            if visitor != NOBODY:
                log = keep_orders(log, community.visit, tables.members[visitor], group_row)


def _settle(member: Any, time: float, group: Any, tally: Any) -> bool:
    """Stay or leave; a member who has left or is not there any more is counted once."""
    before = int(member.status)
    if before not in (MEMBER, MUTED):
        return False
    here = member.stay(time)
    count_standing(before, member.record, group, tally)
    return here


def _session(community: Any, scene: _Scene, member: Any) -> float:
    """One visit that has begun; returns when the member looks again, inf if not today."""
    tables, feed, group, p = community.tables, scene.feed, scene.group, scene.p
    tally = scene.tallies[member.tier]
    visit = community.visit
    time = float(visit.time)
    if not _settle(member, time, group, tally):
        return np.inf
    orders, occasions, invitations = member.orders, member.occasions, member.invitations
    first = int(group.newest) + 1
    visit.away = time_away(member.record, time)
    member.wait(time)
    member.read(visit)
    member.feel(visit)
    member.speak(visit)
    member.buy(visit)
    member.invite(visit)
    if group.newest >= first:
        count_messages(first, feed, group, tally)
        answers, servers = tables.answers[scene.group_row], tables.servers[scene.group_row]
        take_note(first, feed, group, answers, servers, p)
    count_session(scene.day, member.record, visit, orders, occasions, invitations, tally)
    member.last_session_at = time
    spend(member.record, visit)
    return look_again(member.record, feed, group, visit, p)


def _rest(community: Any, scene: _Scene) -> None:
    """Bring the members of a group up to midnight."""
    midnight = float(scene.day + 1)
    members = community.tables.members
    chance = chance_to_come(scene.group_row, scene.day, scene.roster, members, scene.p)
    for row in scene.roster:
        member = community.members[row]
        member.looks, member.spent = 0, 0.0
        tally = scene.tallies[member.tier]
        if _settle(member, midnight, scene.group, tally):
            member.wait(midnight)
            if member.need_clock <= 0.0:
                member.run_errands(midnight, tally)
            care(member.record, member.row, midnight, chance, tally, scene.p)
            count_member(member.record, midnight, tally)
