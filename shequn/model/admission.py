"""Admission: who is let in, in the order of asking, and what a full group does."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import draw, stream
from shequn.agents.tables import (
    AD,
    FOR_PRIZE,
    INVITE,
    JOINED,
    MEMBER,
    MUTED,
    NOT_FREE,
    QUEUED,
    TURNED_AWAY,
    WAITING,
)
from shequn.model.counting import count_member
from shequn.model.entry import enter

WAIT, OPEN = 1.0, 2.0  # places of these words among the choices of group.overflow
EMPTIEST = 1.0  # the same for group.placement
DEALT, BY_TIER = 0.0, 1.0  # the same for group.assignment
IN_NEED = stream("discovery.need")
MIXED = stream("group.mixed")


@compiled
def waiting(members, first_row, arrivals, n):
    """Append everyone in the queue, with the time at which they asked.

    Parameters
    ----------
    members : array of MEMBER_DTYPE
        The operator's rows of the members table.
    first_row : int
        Number of the first of them.
    arrivals : array of ARRIVAL_DTYPE
        Filled from row n on.
    n : int
        Rows in use.

    Returns
    -------
    int
        Rows in use.
    """
    for k in range(members.shape[0]):
        member = members[k]
        if member.status == WAITING:
            arrival = arrivals[n]
            arrival.time = member.joined_at
            arrival.row = first_row + k
            arrival.inviter = member.inviter
            arrival.group = member.group
            arrival.source = member.source
            arrival.line = -1
            n += 1
    return n


@compiled
def wants(lines, members, arrivals, n):
    """Append everyone whose invitation was accepted, at the time of the inviter's last session.

    Parameters
    ----------
    lines : array of INVITATION_DTYPE
        Invitations delivered.
    members : array of MEMBER_DTYPE
        The members table.
    arrivals : array of ARRIVAL_DTYPE
        Filled from row n on.
    n : int
        Rows in use.

    Returns
    -------
    int
        Rows in use.
    """
    for k in range(lines.shape[0]):
        if lines[k].outcome == JOINED:
            arrival = arrivals[n]
            arrival.time = members[lines[k].inviter].last_session_at
            arrival.row = lines[k].contact
            arrival.inviter = lines[k].inviter
            arrival.group = lines[k].group
            arrival.source = INVITE
            arrival.line = k
            n += 1
    return n


@compiled
def before(arrivals, one, other):
    """Whether one arrival comes before another: by time, then by person, then as they stand."""
    a, b = arrivals[one], arrivals[other]
    if a.time != b.time:
        return a.time < b.time
    return a.row < b.row if a.row != b.row else one < other


@compiled
def sift(arrivals, order, root, end):
    """Put the root of a heap of places, the last first, where it belongs (Floyd 1964)."""
    moved = order[root]
    while 2 * root + 1 < end:
        child = 2 * root + 1
        if child + 1 < end and before(arrivals, order[child], order[child + 1]):
            child += 1
        if not before(arrivals, moved, order[child]):
            break
        order[root] = order[child]
        root = child
    order[root] = moved


@compiled
def in_order(arrivals, n, order):
    """Order in which people are let in: by the time at which they asked, ties by row.

    Parameters
    ----------
    arrivals : array of ARRIVAL_DTYPE
        Who wants in.
    n : int
        Rows in use.
    order : numpy.ndarray
        int64; filled up to n with rows, by heap sort.
    """
    for k in range(n):
        order[k] = k
    for root in range(n // 2 - 1, -1, -1):
        sift(arrivals, order, root, n)
    for end in range(n - 1, 0, -1):
        order[0], order[end] = order[end], order[0]
        sift(arrivals, order, 0, end)


@compiled
def emptiest(groups, own):
    """The operator's open group with the most places, the first of several; -1 if all are full."""
    best, most = -1, 0
    for g in range(own.first_group, own.first_group + own.open_groups):
        places = groups[g].capacity - groups[g].n_members
        if places > most:
            best, most = g, places
    return best


@compiled
def of_like(member, row, groups, own, p):
    """The group of those who are like a person, if it has room, else -1 (eq. 7.9-5).

    Groups are dealt out along the order in which people stand in the table: by tier and, within a
    tier, by topic; or along the circle of topics alone.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Who comes without an invitation.
    row : int
        Its number.
    groups : array of GROUP_DTYPE
        The groups table.
    own : record of OPERATOR_DTYPE
        Row of the operators table.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    int
        The group; -1 for any.
    """
    if p.group_assignment == DEALT or member.lives_near >= 0 or own.open_groups == 0:
        return -1
    if draw(p.seed, MIXED, row, member.joins)[0] < p.group_mixing:
        return -1
    place = np.float64(member.topic)
    if p.group_assignment == BY_TIER:
        place = (row % np.int64(p.market_people)) / p.market_people
    home = own.first_group + np.int64(place * own.open_groups)
    return home if groups[home].n_members < groups[home].capacity else -1


@compiled
def find_room(wanted, first_free, groups, own, time, p):
    """The group that a person enters.

    Parameters
    ----------
    wanted : int
        Group of the inviter or of the place where one lives, -1 any.
    first_free : int
        No group of the operator before this one has room.
    groups : array of GROUP_DTYPE
        The groups table; one more may be opened.
    own : record of OPERATOR_DTYPE
        Row of the operators table; its open groups are counted.
    time : float
        Now, in days.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    home : int
        The group, -1 for none.
    first_free : int
        Brought up to date.
    """
    if wanted >= 0 and groups[wanted].n_members < groups[wanted].capacity:
        return wanted, first_free
    if wanted >= 0 and p.group_overflow != OPEN:
        return -1, first_free
    if p.group_placement == EMPTIEST:
        home = emptiest(groups, own)
        if home >= 0:
            return home, first_free
    end = own.first_group + own.open_groups
    while first_free < end and groups[first_free].n_members >= groups[first_free].capacity:
        first_free += 1
    if first_free < end:
        return first_free, first_free
    if p.group_overflow == OPEN and own.open_groups < own.most_groups:
        groups[end].opened_at = time
        groups[end].visible_at = time
        own.open_groups += 1
        return end, first_free
    return -1, first_free


@compiled
def queue(member, arrival):
    """Put a person in the queue, or leave them there."""
    if member.status != WAITING:
        member.status = WAITING
        member.joined_at = arrival.time
        member.inviter = arrival.inviter
        member.group = arrival.group
        member.source = arrival.source


@compiled
def count_join(source, tally):
    """Count a joining by its source."""
    if source == INVITE:
        tally.joins_invite += 1.0
    elif source == AD:
        tally.joins_ad += 1.0
    elif source == FOR_PRIZE:
        tally.joins_prize += 1.0
    else:
        tally.joins_spontaneous += 1.0


@compiled
def admit(arrivals, order, time, tables, own, lines, rules):
    """Let people in, in order of the time at which they asked; full groups overflow.

    Parameters
    ----------
    arrivals : array of ARRIVAL_DTYPE
        Who wants in.
    order : numpy.ndarray
        int64: rows of it in the order in which they asked.
    time : float
        Midnight, in days.
    tables : Tables
        The state.
    own : record of OPERATOR_DTYPE
        Row of the operators table; its open groups are counted.
    lines : array of INVITATION_DTYPE
        Invitations delivered; outcomes are completed.
    rules : record array
        Parameters, as `kernel_record` gives them, a row for each channel.
    """
    first_free = np.int64(own.first_group)
    p = rules[own.rules]
    for k in order:
        arrival = arrivals[k]
        row = arrival.row
        member = tables.members[row]
        outcome = JOINED
        if member.status == MEMBER or member.status == MUTED:
            outcome = NOT_FREE
        elif member.status == WAITING and arrival.line >= 0:
            outcome = QUEUED
        else:
            wanted = np.int64(arrival.group if arrival.group >= 0 else member.lives_near)
            home = np.int64(-1)
            if arrival.inviter < 0:
                home = of_like(member, row, tables.groups, own, p)
            if home < 0:
                home, first_free = find_room(wanted, first_free, tables.groups, own, time, p)
            if home >= 0:
                group = tables.groups[home]
                here = rules[group.rules]
                member.source, member.inviter = arrival.source, arrival.inviter
                enter(member, row, group, home, time, here)
                if arrival.inviter < 0 and here.discovery_in_need > 0.0:
                    if draw(p.seed, IN_NEED, row, member.joins)[0] < here.discovery_in_need:
                        member.need_clock = 0.0
                count_join(arrival.source, tables.tally[home][member.tier])
                count_member(member, time, tables.tally[home][member.tier])
            elif p.group_overflow == WAIT:
                outcome = QUEUED
                queue(member, arrival)
            else:
                outcome = TURNED_AWAY
        if arrival.line >= 0:
            lines[arrival.line].outcome = outcome
