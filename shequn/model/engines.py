"""The agents engine: Mesa agents stepped one by one; the other one is `shequn.model.day`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from shequn.agents.desk import take_note
from shequn.agents.tables import LOG_DTYPE, MEMBER, MUTED, NOBODY, STAYING
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
from shequn.model.day import Today, begin, next_due, part_of, publish_next, time_away
from shequn.model.looks import (
    Looks,
    Room,
    announced,
    brought,
    drop_first,
    look_again,
    most_brought,
    no_looks,
    put_in,
    spend,
)
from shequn.model.rhythm import diary, plan_sessions, ticket


def play_agents(community: Any, today: Today) -> np.ndarray:
    """One day of all groups, agent by agent, in order of time within each group.

    Parameters
    ----------
    community : Community
        The model.
    today : Today
        The day.

    Returns
    -------
    numpy.ndarray
        LOG_DTYPE: the messages of the day.
    """
    logs = []
    for group_row in community.group_order():
        scene = _scene(community, int(group_row), today)
        log = _play_group(community, scene, today)
        _rest(community, scene)
        logs.append(log.lines[: log.used])
    return np.concatenate([np.zeros(0, LOG_DTYPE), *logs])


class _Scene(NamedTuple):
    """One group on one day: views on the tables, and the parameters that hold in it."""

    group_row: int
    day: int
    roster: np.ndarray
    feed: np.ndarray
    group: Any
    tallies: np.ndarray
    p: Any


def _scene(community: Any, group_row: int, today: Today) -> _Scene:
    tables = community.tables
    group = tables.groups[group_row]
    return _Scene(
        group_row, today.day, part_of(today.rosters, group_row),
        tables.messages[group_row], group, tables.tally[group_row], community.rules[group.rules],
    )  # fmt: skip


def _play_group(community: Any, scene: _Scene, today: Today) -> Log:
    tables, feed, group, group_row = community.tables, scene.feed, scene.group, scene.group_row
    times, tickets = _sessions(scene, tables.members, today)
    posts = part_of(today.plan, group_row)
    log = Log(np.zeros(0, LOG_DTYPE), 0)
    if community.keeps_messages:
        log = _logged(log, int(arrived(scene.day, feed, group)), scene, None)
    sessions = iter(zip([*times.tolist(), np.inf], [*tickets.tolist(), NOBODY], strict=True))
    planned, number = next(sessions)
    room = Room(group_row, scene.day, scene.roster, tables.members, feed, group, scene.p)
    looks = announced(no_looks(2 * len(scene.roster) + 2), room)
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
                looks = put_in(_roomy(looks, 1), again, ticket(visitor, STAYING, 1))
        looks = brought(_roomy(looks, most_brought(first, room)), first, visitor, room)
        if community.keeps_messages:
            came = None if visitor == NOBODY else tables.members[visitor]
            log = _logged(log, first, scene, came, community.visit)


def _sessions(scene: _Scene, members: np.ndarray, today: Today) -> tuple[np.ndarray, np.ndarray]:
    """Times and tickets of the day's visits, in order of time."""
    pages, n = diary(1), 2
    while n > len(pages.luck):
        pages = diary(n)
        n = plan_sessions(
            members, scene.roster, scene.group.newest, scene.day, (today.weekday, today.quantiles),
            scene.p, pages,
        )  # fmt: skip
    return pages.times[:n], pages.tickets[:n]


def _roomy(looks: Looks, more: int) -> Looks:
    """The heap with room for so many more."""
    wanted = looks.size + more
    if wanted <= len(looks.times):
        return looks
    larger = no_looks(2 * wanted)
    larger.times[: looks.size] = looks.times[: looks.size]
    larger.tickets[: looks.size] = looks.tickets[: looks.size]
    return larger._replace(size=looks.size)


def _logged(log: Log, first: int, scene: _Scene, visitor: Any, visit: Any = None) -> Log:
    """The log with new messages, and the orders of a visitor."""
    orders = int(visit.orders) if visitor is not None else 0
    wanted = log.used + lines_for(first, scene.feed, scene.group, orders)
    if wanted > len(log.lines):
        lines = np.zeros(2 * wanted, LOG_DTYPE)
        lines[: log.used] = log.lines[: log.used]
        log = Log(lines, log.used)
    log = keep_log(log, first, scene.feed, scene.group, scene.group_row)
    return log if visitor is None else keep_orders(log, visit, visitor, scene.group_row)


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
