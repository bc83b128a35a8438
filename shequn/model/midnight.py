"""Midnight: invitations arrive, people come in, rosters are made anew."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.tables import ARRIVAL_DTYPE, MEMBER, MUTED, WAITING
from shequn.model.admission import WAIT, admit, found, in_order, waiting, wants
from shequn.model.discovery import count_status, discover
from shequn.model.invitations import deliver


@compiled
def arrive(day, tables, open_groups, network, rows, p):
    """Everyone who comes in tonight: by the queue, by invitation, by discovery.

    Parameters
    ----------
    day : int
        The day that ends.
    tables : Tables
        The state.
    open_groups : int
        Groups open so far.
    network : tuple
        Adjacency lists.
    rows : numpy.ndarray
        Everyone who was in a group this morning.
    p : record
        Parameters.

    Returns
    -------
    open_groups : int
        Groups open now.
    lines : record array
        INVITATION_DTYPE: the invitations delivered.
    """
    time = day + 1.0
    members = tables.members
    lines = deliver(time, tables, rows, network, p)
    people = members.shape[0] if open_groups > 0 else 0
    finders, sources = np.empty(people, np.int64), np.empty(people, np.int64)
    times = np.empty(people)
    arrived = 0
    if people > 0:
        topic = tables.groups[0].topic
        arrived = discover(day, members, topic, p, finders, times, sources)
    queued = count_status(members, WAITING) if p.group_overflow == WAIT else 0
    arrivals = np.zeros(queued + lines.shape[0] + arrived, ARRIVAL_DTYPE)
    n = waiting(members, arrivals, 0) if queued > 0 else 0
    n = wants(lines, members, n, arrivals)
    n = found(finders[:arrived], times[:arrived], sources[:arrived], n, arrivals)
    order = in_order(arrivals[:n])
    return admit(arrivals, order, time, tables, open_groups, lines, p), lines


@compiled
def rosters_of(tables, starts, rows):
    """Who is in which group: rows ascending within each group.

    Parameters
    ----------
    tables : Tables
        The state; the groups' numbers of members are relied on.
    starts : numpy.ndarray
        int64, shape (groups + 1,); filled.
    rows : numpy.ndarray
        int32, shape (people,); filled up to ``starts[-1]``.
    """
    starts[0] = 0
    for g in range(starts.shape[0] - 1):
        starts[g + 1] = starts[g] + tables.groups[g].n_members
    places = starts[:-1].copy()
    for row in range(tables.members.shape[0]):
        member = tables.members[row]
        if member.status == MEMBER or member.status == MUTED:
            rows[places[member.group]] = row
            places[member.group] += 1


@compiled
def night(day, tables, open_groups, network, rosters, rules):
    """Midnight: people come in, and rosters are made anew.

    Parameters
    ----------
    day : int
        The day that ends.
    tables : Tables
        The state.
    open_groups : int
        Groups open so far.
    network : tuple
        Adjacency lists.
    rosters : tuple
        Starts and rows: who is in which group; filled anew.
    rules : record array
        Parameters, one row (as for `shequn.model.day.play_groups`).

    Returns
    -------
    open_groups : int
        Groups open now.
    lines : record array
        INVITATION_DTYPE: the invitations delivered.
    """
    rows = rosters[1][: rosters[0][-1]]
    open_groups, lines = arrive(day, tables, open_groups, network, rows, rules[0])
    rosters_of(tables, rosters[0], rosters[1])
    return open_groups, lines
