"""What the operator does for members at midnight: events, and contact with who has bought."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import draw, stream
from shequn.agents.tables import MEMBER, MUTED

EVENT = stream("event.guest")
EVENT_DAY = stream("event.day")
FOLLOW_UP = stream("desk.follow_up")


@compiled
def make_ties(member, ties, p):
    """A member gets to know more people of the group, up to the limit of familiarity."""
    familiarity = np.float64(member.familiarity) + ties
    member.familiarity = min(familiarity, max(p.feel_familiarity_limit, member.familiarity))


@compiled
def event_on(group_row, day, p):
    """Whether an event takes place in a group on a day.

    With ``event.timing = "fixed"`` every ``event.every`` days in all groups, else in each group by
    itself with probability 1 / ``event.every`` a day.
    """
    if p.event_every <= 0.0:
        return False
    if p.event_timing == 0.0:
        return (day + 1) % p.event_every == 0.0
    return draw(p.seed, EVENT_DAY, group_row, day)[0] * p.event_every < 1.0


@compiled
def events_on(day, first_group, n_groups, groups, rules):
    """How many of an operator's groups hold an event on a day."""
    n = 0
    for g in range(first_group, first_group + n_groups):
        n += event_on(g, day, rules[groups[g].rules])
    return n


@compiled
def _mark_events(first_group, groups, rules, held):
    for day in range(held.shape[0]):
        for k in range(held.shape[1]):
            held[day, k] = event_on(first_group + k, day, rules[groups[first_group + k].rules])


def event_days(
    days: int, first_group: int, n_groups: int, groups: np.ndarray, rules: np.ndarray
) -> np.ndarray:
    """Which of an operator's groups held an event on which day: bool, shape (days, n_groups)."""
    held = np.zeros((days, n_groups), np.bool_)
    _mark_events(first_group, groups, rules, held)
    return held


@compiled
def pull_of_events(day, first_group, n_groups, groups, rules, pull):
    """Discovery added by the events that are announced, relative to the usual.

    Parameters
    ----------
    day : int
        Today.
    first_group, n_groups : int
        The groups of an operator.
    groups : array of GROUP_DTYPE
        The groups table.
    rules : record array
        Parameters, as `kernel_record` gives them, a row for each channel.
    pull : numpy.ndarray
        float64; filled up to ``n_groups``: ``event.pull`` for each event that the group holds today
        or within the next ``event.notice`` days.
    """
    for k in range(n_groups):
        pull[k] = 0.0
        p = rules[groups[first_group + k].rules]
        if p.event_pull <= 0.0:
            continue
        for ahead in range(np.int64(p.event_notice) + 1):
            pull[k] += p.event_pull * event_on(first_group + k, day + ahead, p)


@compiled
def chance_to_come(group_row, day, roster, members, p):
    """Chance that a member comes to today's event, at habit or belonging 1; 0 without an event.

    Eq. 7.15-1.

    ``event.turnout``, or less where more would come than there are places.

    Parameters
    ----------
    group_row : int
        The group.
    day : int
        Today.
    roster : numpy.ndarray
        int64: rows of the group's members.
    members : array of MEMBER_DTYPE
        The members table.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        0 .. 1.
    """
    if not event_on(group_row, day, p):
        return 0.0
    keen = 0.0
    for row in roster:
        member = members[row]
        if member.status == MEMBER or member.status == MUTED:
            keen += max(np.float64(member.habit), np.float64(member.belonging))
    return p.event_turnout * min(1.0, p.event_places / max(1e-9, p.event_turnout * keen))


@compiled
def care(member, row, time, chance, tally, p):
    """Let a member take part in today's event, and contact one who has bought today.

    Eq. 7.15-1, eq. 7.15-2.

    A member comes to an event with probability ``chance x max(habit, belonging)``, gets to know
    ``event.ties`` people and gains belonging. Who has ordered today is contacted with probability
    ``desk.follow_up`` and gains belonging by ``feel.followed_up``. The forms are assumed.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; changed.
    row : int
        Its number.
    time : float
        Midnight, in days.
    chance : float
        As `chance_to_come` gives it.
    tally : record of TALLY_DTYPE
        Today's counts of its group and tier.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    if chance > 0.0:
        luck = draw(p.seed, EVENT, row, np.int64(time))[0]
        if luck < chance * max(member.habit, member.belonging):
            tally.guests += 1.0
            make_ties(member, p.event_ties, p)
            member.belonging += p.event_belonging * (1.0 - member.belonging)
    if p.desk_follow_up > 0.0 and member.last_order_at >= time - 1.0:
        if draw(p.seed, FOLLOW_UP, row, member.orders)[0] < p.desk_follow_up:
            tally.followed_up += 1.0
            member.belonging += p.feel_followed_up * (1.0 - member.belonging)
