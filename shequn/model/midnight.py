"""Midnight: invitations arrive, people come in, rosters are made anew."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.tables import ARRIVAL_DTYPE, MEMBER, MUTED, WAITING
from shequn.model.admission import WAIT, admit, in_order, waiting, wants
from shequn.model.care import pull_of_events
from shequn.model.discovery import count_status, discover, rows_of
from shequn.model.former import pass_days
from shequn.model.forwarding import pass_around
from shequn.model.invitations import deliver


@compiled
def night(day, tables, operator, network, asked, rosters, rules):
    """Midnight of one operator: messages are passed on, and everyone who comes is let in.

    People come by the queue, by invitation and by discovery.

    Parameters
    ----------
    day : int
        The day that ends.
    tables : Tables
        The state.
    operator : int
        Row of the operators table.
    network : tuple
        Adjacency lists.
    asked : numpy.ndarray
        Who has asked each person, as `shequn.model.invitations.askers` gives it.
    rosters : tuple
        Starts and rows: who was in which group this morning.
    rules : record array
        Parameters, as `kernel_record` gives them, a row for each channel of each operator.

    Returns
    -------
    array of INVITATION_DTYPE
        The invitations delivered.
    """
    time = day + 1.0
    own = tables.operators[operator]
    p = rules[own.rules]
    first, last = rosters[0][own.first_group], rosters[0][own.first_group + own.most_groups]
    rows = rosters[1][first:last]
    pass_around(time, tables, own, rows, rules)
    lines = deliver(time, tables, asked, rows, network, rules)
    first_row, last_row = rows_of(operator, tables)
    block = tables.members[first_row:last_row]
    pass_days(time, block, first_row, tables, p)
    queued = count_status(block, WAITING) if p.group_overflow == WAIT else 0
    finders = block.shape[0] if own.open_groups > 0 else 0
    arrivals = np.empty(queued + lines.shape[0] + finders, ARRIVAL_DTYPE)
    n = waiting(block, first_row, arrivals, 0) if queued > 0 else 0
    n = wants(lines, tables.members, arrivals, n)
    if finders > 0:
        pull_of = pull_of_events(day, own.first_group, own.open_groups, tables.groups, rules)
        n = discover(day, operator, tables, pull_of, p, arrivals, n)
    admit(arrivals, in_order(arrivals[:n]), time, tables, own, lines, rules)
    return lines


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
        int32, shape (rows of the members table,); filled up to ``starts[-1]``.
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
