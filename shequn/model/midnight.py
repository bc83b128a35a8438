"""Midnight: invitations arrive, people come in, rosters are made anew."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.tables import ARRIVAL_DTYPE, INVITATION_DTYPE, MEMBER, MUTED, WAITING, table
from shequn.model.admission import WAIT, admit, in_order, waiting, wants
from shequn.model.care import pull_of_events
from shequn.model.competition import exchange
from shequn.model.day import MORE_ARRIVALS, MORE_INVITATIONS, PLAYED
from shequn.model.discovery import count_status, discover, rows_of
from shequn.model.former import pass_days
from shequn.model.forwarding import pass_around
from shequn.model.invitations import deliver, pending_of

# What comes next for an operator: its messages are passed around, or its invitations delivered.
_PASSING, _DELIVERING = range(2)
_PLACE = ("operator", "step", "delivered", "needed")
NIGHT_DTYPE = np.dtype((np.record, np.dtype([(name, "i8") for name in _PLACE])))


class Night(NamedTuple):
    """Paper on which midnights are played, and where they stand.

    Attributes
    ----------
    places : array of NIGHT_DTYPE
        One row: which operator in turn, and the invitations delivered since they were last taken
        away.
    invitations : array of INVITATION_DTYPE
        These invitations.
    arrivals : array of ARRIVAL_DTYPE
        Who wants in.
    order : numpy.ndarray
        int64, shape (arrivals,): in which order.
    pull : numpy.ndarray
        float64, shape (groups,): of events.
    ends : numpy.ndarray
        int64, shape (groups + 1,).
    worth : numpy.ndarray
        float64, shape (operators,).
    """

    places: np.ndarray
    invitations: np.ndarray
    arrivals: np.ndarray
    order: np.ndarray
    pull: np.ndarray
    ends: np.ndarray
    worth: np.ndarray


class Ties(NamedTuple):
    """Who knows whom, who has asked whom, and whom the product draws.

    Attributes
    ----------
    network : tuple
        Adjacency lists (`shequn.model.contacts`).
    asked : numpy.ndarray
        As `shequn.model.invitations.askers` gives it.
    drawn : numpy.ndarray
        How much sooner each person comes: `shequn.model.discovery.selections`.
    """

    network: tuple[np.ndarray, np.ndarray]
    asked: np.ndarray
    drawn: np.ndarray


def night_paper(groups: int, operators: int, invitations: int, arrivals: int) -> Night:
    """Paper for midnights with so many groups and operators, invitations and arrivals."""
    return Night(
        table(1, NIGHT_DTYPE), np.zeros(invitations, INVITATION_DTYPE),
        np.empty(arrivals, ARRIVAL_DTYPE), np.empty(arrivals, np.int64), np.empty(groups),
        np.empty(groups + 1, np.int64), np.empty(operators),
    )  # fmt: skip


@compiled
def let_in(day, tables, operator, drawn, rules, night, lines):
    """Let in everyone who comes to an operator's groups: by the queue, by invitation, unasked.

    Parameters
    ----------
    day : int
        The day that ends.
    tables : Tables
        The state.
    operator : int
        Row of the operators table.
    drawn : numpy.ndarray
        As in `Ties`.
    rules : record array
        Parameters, as `kernel_record` gives them, a row for each channel of each operator.
    night : Night
        Paper, with room for all who may come.
    lines : array of INVITATION_DTYPE
        The invitations delivered tonight.
    """
    own = tables.operators[operator]
    p = rules[own.rules]
    first_row, last_row = rows_of(operator, tables)
    arrivals = night.arrivals
    n = 0
    if p.group_overflow == WAIT:
        n = waiting(tables.members[first_row:last_row], first_row, arrivals, 0)
    n = wants(lines, tables.members, arrivals, n)
    if own.open_groups > 0:
        pull = night.pull[: own.open_groups]
        pull_of_events(day, own.first_group, own.open_groups, tables.groups, rules, pull)
        n = discover(day, operator, tables, (pull, drawn), p, arrivals, n)
    in_order(arrivals, n, night.order)
    admit(arrivals, night.order[:n], day + 1.0, tables, own, lines, rules)


@compiled
def night_of(day, tables, operator, ties, rosters, rules, night):
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
    ties : Ties
        Who knows whom, and who has asked whom.
    rosters : tuple
        Starts and rows: who was in which group this morning.
    rules : record array
        Parameters, as `kernel_record` gives them, a row for each channel of each operator.
    night : Night
        Paper; the invitations delivered are added to it.

    Returns
    -------
    int
        `PLAYED`, or what there is too little room for: with more of it the night goes on.
    """
    place = night.places[0]
    time = day + 1.0
    own = tables.operators[operator]
    p = rules[own.rules]
    first, last = rosters[0][own.first_group], rosters[0][own.first_group + own.most_groups]
    rows = rosters[1][first:last]
    if place.step == _PASSING:
        pass_around(time, tables, own, rows, rules)
        place.step = _DELIVERING
    delivered, sent = place.delivered, pending_of(rows, tables.members)
    place.needed = delivered + sent
    if place.needed > night.invitations.shape[0]:
        return MORE_INVITATIONS
    first_row, last_row = rows_of(operator, tables)
    block = tables.members[first_row:last_row]
    queued = count_status(block, WAITING) if p.group_overflow == WAIT else 0
    place.needed = queued + sent + (block.shape[0] if own.open_groups > 0 else 0)
    if place.needed > night.arrivals.shape[0]:
        return MORE_ARRIVALS
    lines = night.invitations[delivered : delivered + sent]
    deliver(time, tables, ties.asked, rows, ties.network, rules, lines)
    pass_days(time, block, first_row, tables, p)
    let_in(day, tables, operator, ties.drawn, rules, night, lines)
    place.delivered = delivered + sent
    place.step = _PASSING
    return PLAYED


@compiled
def play_night(day, tables, ties, rosters, rules, night):
    """Midnight: that of each operator, what people carry between them, and who is where now.

    Parameters
    ----------
    day : int
        The day that ends.
    tables : Tables
        The state.
    ties : Ties
        Who knows whom, and who has asked whom.
    rosters : tuple
        Starts and rows: who was in which group this morning; made anew.
    rules : record array
        Parameters, as `kernel_record` gives them, a row for each channel of each operator.
    night : Night
        Paper, and the place at which the night goes on: no kernel asks for memory.

    Returns
    -------
    int
        `PLAYED`, or what there is too little room for: with more of it the night goes on.
    """
    place = night.places[0]
    while place.operator < tables.operators.shape[0]:
        status = night_of(day, tables, place.operator, ties, rosters, rules, night)
        if status != PLAYED:
            return status
        place.operator += 1
    place.operator = 0
    if tables.operators.shape[0] > 1:
        exchange(day + 1.0, tables, rules, night.worth)
    rosters_of(tables, rosters[0], rosters[1], night.ends)
    return PLAYED


@compiled
def rosters_of(tables, starts, rows, ends):
    """Who is in which group: rows ascending within each group.

    Parameters
    ----------
    tables : Tables
        The state; the groups' numbers of members are relied on.
    starts : numpy.ndarray
        int64, shape (groups + 1,); filled.
    rows : numpy.ndarray
        int32, shape (rows of the members table,); filled up to ``starts[-1]``.
    ends : numpy.ndarray
        int64, shape (groups + 1,): scratch.
    """
    starts[0] = 0
    for g in range(starts.shape[0] - 1):
        ends[g] = starts[g]
        starts[g + 1] = starts[g] + tables.groups[g].n_members
    for row in range(tables.members.shape[0]):
        member = tables.members[row]
        if member.status == MEMBER or member.status == MUTED:
            rows[ends[member.group]] = row
            ends[member.group] += 1
