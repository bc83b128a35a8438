"""Admission: who is let in, in the order of asking, and what a full group does."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.tables import (
    AD,
    INVITE,
    JOINED,
    MEMBER,
    MUTED,
    NOT_FREE,
    QUEUED,
    TURNED_AWAY,
    WAITING,
)
from shequn.model.build import enter
from shequn.model.day import count_member

WAIT, OPEN = 1.0, 2.0  # places of these words among the choices of group.overflow


@compiled
def waiting(members, arrivals, n):
    """Append everyone in the queue, with the time at which they asked.

    Parameters
    ----------
    members : record array
        The members table.
    arrivals : record array
        ARRIVAL_DTYPE; filled from row n on.
    n : int
        Rows in use.

    Returns
    -------
    int
        Rows in use.
    """
    for row in range(members.shape[0]):
        member = members[row]
        if member.status == WAITING:
            arrival = arrivals[n]
            arrival.time = member.joined_at
            arrival.row = row
            arrival.inviter = member.inviter
            arrival.group = member.group
            arrival.source = member.source
            arrival.line = -1
            n += 1
    return n


@compiled
def wants(lines, members, n, arrivals):
    """Append everyone whose invitation was accepted, at the time of the inviter's last session.

    Parameters
    ----------
    lines : record array
        Invitations delivered.
    members : record array
        The members table.
    n : int
        Rows of ``arrivals`` in use.
    arrivals : record array
        ARRIVAL_DTYPE; filled from row n on.

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
def found(rows, times, sources, n, arrivals):
    """Append everyone who found the group unasked or by advertising.

    Parameters
    ----------
    rows, times, sources : numpy.ndarray
        As filled by `discover`.
    n : int
        Rows of ``arrivals`` in use.
    arrivals : record array
        ARRIVAL_DTYPE; filled from row n on.

    Returns
    -------
    int
        Rows in use.
    """
    for k in range(rows.shape[0]):
        arrival = arrivals[n]
        arrival.time = times[k]
        arrival.row = rows[k]
        arrival.inviter = -1
        arrival.group = -1
        arrival.source = sources[k]
        arrival.line = -1
        n += 1
    return n


@compiled
def in_order(arrivals):
    """Order in which people are let in: by the time at which they asked, ties by row."""
    n = arrivals.shape[0]
    times = np.empty(n)
    rows = np.empty(n, np.int64)
    for k in range(n):
        times[k] = arrivals[k].time
        rows[k] = arrivals[k].row
    by_row = np.argsort(rows, kind="mergesort")
    return by_row[np.argsort(times[by_row], kind="mergesort")]


@compiled
def find_room(wanted, first_free, groups, open_groups, time, p):
    """The group that a person enters.

    Parameters
    ----------
    wanted : int
        Group of the inviter, -1 any.
    first_free : int
        No group before this one has room.
    groups : record array
        The groups table; one more may be opened.
    open_groups : int
        Groups open so far.
    time : float
        Now, in days.
    p : record
        Parameters.

    Returns
    -------
    home : int
        The group, -1 for none.
    first_free, open_groups : int
        Brought up to date.
    """
    if wanted >= 0 and groups[wanted].n_members < groups[wanted].capacity:
        return wanted, first_free, open_groups
    if wanted >= 0 and p.group_overflow != OPEN:
        return -1, first_free, open_groups
    while first_free < open_groups and groups[first_free].n_members >= groups[first_free].capacity:
        first_free += 1
    if first_free < open_groups:
        return first_free, first_free, open_groups
    if p.group_overflow == OPEN and open_groups < groups.shape[0]:
        groups[open_groups].opened_at = time
        groups[open_groups].visible_at = time
        return open_groups, first_free, open_groups + 1
    return -1, first_free, open_groups


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
    else:
        tally.joins_spontaneous += 1.0


@compiled
def admit(arrivals, order, time, tables, open_groups, lines, p):
    """Let people in, in order of the time at which they asked; full groups overflow.

    Parameters
    ----------
    arrivals : record array
        ARRIVAL_DTYPE.
    order : numpy.ndarray
        int64: rows of it in the order in which they asked.
    time : float
        Midnight, in days.
    tables : Tables
        The state.
    open_groups : int
        Groups open so far.
    lines : record array
        Invitations delivered; outcomes are completed.
    p : record
        Parameters.

    Returns
    -------
    int
        Groups open now.
    """
    first_free = 0
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
            home, first_free, open_groups = find_room(
                arrival.group, first_free, tables.groups, open_groups, time, p
            )
            if home >= 0:
                group = tables.groups[home]
                enter(member, row, group, home, arrival.source, arrival.inviter, time, p)
                count_join(arrival.source, tables.tally[home][member.tier])
                count_member(member, tables.tally[home][member.tier])
            elif p.group_overflow == WAIT:
                outcome = QUEUED
                queue(member, arrival)
            else:
                outcome = TURNED_AWAY
        if arrival.line >= 0:
            lines[arrival.line].outcome = outcome
    return open_groups
