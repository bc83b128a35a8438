"""The two engines: a compiled loop over sessions, and Mesa agents stepped one by one."""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np

from shequn.agents.desk import take_note
from shequn.agents.tables import LOG_DTYPE, MEMBER, MUTED, NOBODY, VISIT_DTYPE, Tables, table
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
from shequn.model.day import begin, next_due, play_groups, publish_next
from shequn.model.rhythm import alerted, breaks_silence, look_again, plan_sessions

_FIRST_LOG = 256


def play_compiled(
    order: np.ndarray,
    day: int,
    tables: Tables,
    rosters: tuple,
    plan: tuple,
    timing: tuple,
    rules: np.ndarray,
    keep: bool,
) -> np.ndarray:
    """One day of some groups in compiled code, up to midnight.

    Parameters
    ----------
    order : numpy.ndarray
        int64: the groups.
    day : int
        Today.
    tables : Tables
        The state.
    rosters, plan, timing : tuple
        As for `shequn.model.day.play_groups`.
    rules : numpy.ndarray
        Parameters, a row for each channel of each operator.
    keep : bool
        Whether to log messages.

    Returns
    -------
    numpy.ndarray
        LOG_DTYPE: the messages of the day.
    """
    log = table(_FIRST_LOG if keep else 0, LOG_DTYPE)
    visits = table(1, VISIT_DTYPE)
    log = play_groups(order, day, tables, rosters, plan, timing, rules, visits, log)
    return np.array(log)


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
    log = _Log(community)
    for group_row in community.group_order():
        _play_group(community, int(group_row), plan, timing, log)
        _rest(community, int(group_row))
    return np.array(log.lines[: log.n])


class _Log:
    """The message log of a day, kept only when the community wants one."""

    def __init__(self, community: Any) -> None:
        self.tables = community.tables
        self.lines = table(_FIRST_LOG if community.keeps_messages else 0, LOG_DTYPE)
        self.n = 0

    def keep_orders(self, member: Any, visit: Any, group_row: int) -> None:
        """Append the orders of a session."""
        if len(self.lines):
            self.lines, self.n = keep_orders(
                visit, member.row, member.record, group_row, self.lines, self.n
            )

    def keep(self, first: int, group_row: int) -> None:
        """Append the group's messages from number ``first`` on."""
        feed, group = self.tables.messages[group_row], self.tables.groups[group_row]
        if len(self.lines) and group.newest >= first:
            self.lines, self.n = keep_log(first, feed, group, group_row, self.lines, self.n)


def _play_group(community: Any, group_row: int, plan: tuple, timing: tuple, log: _Log) -> None:
    tables = community.tables
    feed, group = tables.messages[group_row], tables.groups[group_row]
    starts, rows = community.rosters
    roster = rows[starts[group_row] : starts[group_row + 1]]
    posts = plan[1][plan[0][group_row] : plan[0][group_row + 1]]
    p = community.rules[group.rules]
    times, who = plan_sessions(
        tables.members, roster, group.newest, community.day, timing[0], timing[1], p
    )
    log.keep(int(arrived(community.day, feed, group)), group_row)
    post = 0
    end = float(community.day + 1)
    planned = iter(zip([*times.tolist(), np.inf], [*who.tolist(), -1], strict=True))
    time, row = next(planned)
    looks: list[tuple[float, int]] = []
    while True:
        look = bool(looks) and looks[0][0] < time
        now = looks[0][0] if look else time
        first = int(group.newest) + 1
        if next_due(posts, post, tables.answers[group_row], group) <= min(now, end):
            post = publish_next(feed, group_row, tables, posts, post, tables.tally[group_row], p)
            _alert(looks, first, NOBODY, community, feed, group, roster)
            log.keep(first, group_row)
            continue
        if now == np.inf:
            return
        who_comes = heapq.heappop(looks)[1] if look else row
        if not look:
            time, row = next(planned)
        again = _session(community, community.members[who_comes], now, look, group_row)
        if again < end:
            heapq.heappush(looks, (again, who_comes))
        _alert(looks, first, who_comes, community, feed, group, roster)
        log.keep(first, group_row)
        log.keep_orders(community.members[who_comes], community.visit, group_row)


def _alert(
    looks: list, first: int, author: int, community: Any, feed: Any, group: Any, roster: np.ndarray
) -> None:
    """Who is alerted to a message that breaks the silence will come to look."""
    p = community.rules[group.rules]
    if breaks_silence(first, feed, group, p):
        time = feed[first & (len(feed) - 1)].time
        members = community.tables.members
        times, rows = alerted(author, time, community.day, roster, members, p)
        for look in zip(times.tolist(), rows.tolist(), strict=True):
            heapq.heappush(looks, look)


def _settle(member: Any, time: float, group: Any, tally: Any) -> bool:
    """Stay or leave; a member who has left or is not there any more is counted once."""
    before = int(member.status)
    if before not in (MEMBER, MUTED):
        return False
    here = member.stay(time)
    count_standing(before, member.record, group, tally)
    return here


def _session(community: Any, member: Any, time: float, look: bool, group_row: int) -> float:
    """One session; returns when the member looks again, inf if not today."""
    tables = community.tables
    feed, group = tables.messages[group_row], tables.groups[group_row]
    tally = tables.tally[group_row][member.tier]
    visit = community.visit
    visit.orders = 0
    if not _settle(member, time, group, tally):
        return np.inf
    orders, occasions, invitations = member.orders, member.occasions, member.invitations
    begin(visit, member.record, time, look)
    member.wait(time)
    member.read(visit)
    member.feel(visit)
    first = int(group.newest) + 1
    member.speak(visit)
    member.buy(visit)
    member.invite(visit)
    if group.newest >= first:
        count_messages(first, feed, group, tally)
    p = community.rules[group.rules]
    take_note(first, feed, group, tables.answers[group_row], tables.servers[group_row], p)
    count_session(community.day, member.record, visit, orders, occasions, invitations, tally)
    member.last_session_at = time
    return look_again(member.record, member.row, time, community.day, feed, group, p)


def _rest(community: Any, group_row: int) -> None:
    time = float(community.day + 1)
    starts, rows = community.rosters
    tables = community.tables
    group = tables.groups[group_row]
    p = community.rules[group.rules]
    roster = rows[starts[group_row] : starts[group_row + 1]]
    chance = chance_to_come(group_row, community.day, roster, tables.members, p)
    for row in roster:
        member = community.members[row]
        tally = tables.tally[group_row][member.tier]
        if _settle(member, time, group, tally):
            member.wait(time)
            care(member.record, member.row, time, chance, tally, p)
            member.looks = 0
            count_member(member.record, tally)
