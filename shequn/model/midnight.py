"""Midnight: invitations arrive, people come in, groups overflow, rosters are made anew."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import draw, exponential, stream
from shequn.agents.tables import (
    AD,
    ARRIVAL_DTYPE,
    BELOW_THRESHOLD,
    DECLINED,
    INVITATION_DTYPE,
    INVITE,
    JOINED,
    LEFT,
    MEMBER,
    MUTED,
    NOT_FREE,
    OUTSIDE,
    QUEUED,
    SPONTANEOUS,
    TURNED_AWAY,
    WAITING,
)
from shequn.agents.verbs.relevance import relevance
from shequn.model.build import JOIN_CLOCK, enter
from shequn.model.contacts import contact, number_of_contacts
from shequn.model.day import count_member

ACCEPT = stream("invite.accept")
DISCOVERY = stream("discovery.source")
_TURN_AWAY, _WAIT, _OPEN = 0.0, 1.0, 2.0
_LATER = 1 << 16


@compiled
def accepts(inviter_row, inviter, contact_row, person, group, turn, p):
    """Whether an invitation is accepted: one draw for each inviter, contact and turn.

    The probability is accept x relevance x ((1 - trust) + trust x 2v / (1 + v)) x (1 -
    friction)^clicks, with v the inviter's voice.

    Parameters
    ----------
    inviter_row, contact_row : int
        Who invites whom.
    inviter, person, group : record
        Their rows, and that of the inviter's group.
    turn : int
        How often this inviter has been through all contacts.
    p : record
        Parameters.

    Returns
    -------
    bool
        Whether the contact wants to join.
    """
    voice = np.float64(inviter.voice)
    trust = 1.0 - p.invite_trust + p.invite_trust * 2.0 * voice / (1.0 + voice)
    chance = (
        p.invite_accept
        * relevance(group.topic, person.topic, p.read_focus)
        * trust
        * (1.0 - p.invite_friction) ** p.invite_clicks
    )
    return draw(p.seed, ACCEPT, contact_row, inviter_row * _LATER + turn)[0] < chance


@compiled
def asked_before(row, index, other, people, network, p):
    """Whether a member has invited this person already: contacts are drawn with replacement.

    Looked up only where it matters: with a threshold, and without a network (whose contacts are
    distinct).

    Parameters
    ----------
    row, other : int
        The inviter and the contact.
    index : int
        Which of the inviter's contacts it is, 0 the first.
    people : int
        Persons in the market.
    network : tuple
        Adjacency lists (starts, neighbours).
    p : record
        Parameters.

    Returns
    -------
    bool
        Whether an earlier contact is the same person.
    """
    if p.invite_threshold <= 1.0 or network[0].shape[0] > 1:
        return False
    width = np.int64(p.market_neighbourhood)
    for earlier in range(index):
        if other == contact(
            row, earlier, people, p.market_homophily, width, network[0], network[1], p
        ):
            return True
    return False


@compiled
def deliver_one(member, row, index, time, tables, network, p, line):
    """Deliver one invitation and write down what became of it.

    Parameters
    ----------
    member : record
        The inviter.
    row : int
        Its number.
    index : int
        Which of its invitations, 0 the first.
    time : float
        Midnight, in days.
    tables : Tables
        The state; the count of distinct inviters of the contact goes up.
    network : tuple
        Adjacency lists (starts, neighbours).
    p : record
        Parameters.
    line : record
        INVITATION_DTYPE; filled. Outcome ``JOINED`` means: wants in.
    """
    people = tables.members.shape[0]
    contacts = number_of_contacts(member, row, network[0])
    line.time = time
    line.inviter = row
    line.group = member.group
    line.contact = row
    line.outcome = NOT_FREE
    if contacts == 0 or people < 2:
        return
    other = contact(
        row, index % contacts, people, p.market_homophily, np.int64(p.market_neighbourhood),
        network[0], network[1], p,
    )  # fmt: skip
    person = tables.members[other]
    line.contact = other
    free = person.status == OUTSIDE or (
        person.status == LEFT and time - person.left_at >= p.invite_refractory
    )
    if not free:
        return
    turn = index // contacts
    if turn == 0 and person.inviters < 255:
        person.inviters += not asked_before(row, index, other, people, network, p)
    if not accepts(row, member, other, person, tables.groups[member.group], turn, p):
        line.outcome = DECLINED
    elif person.inviters < p.invite_threshold:
        line.outcome = BELOW_THRESHOLD
    else:
        line.outcome = JOINED


@compiled
def deliver(time, tables, rows, network, p):
    """Deliver all invitations of the day, in order of group, inviter and number.

    Parameters
    ----------
    time : float
        Midnight, in days.
    tables : Tables
        The state; pending invitations are cleared.
    rows : numpy.ndarray
        Everyone who was in a group this morning.
    network : tuple
        Adjacency lists.
    p : record
        Parameters.

    Returns
    -------
    record array
        INVITATION_DTYPE: the invitations delivered.
    """
    total = 0
    for row in rows:
        total += np.int64(tables.members[row].pending_invitations)
    lines = np.zeros(total, INVITATION_DTYPE)
    n = 0
    for row in rows:
        member = tables.members[row]
        pending = np.int64(member.pending_invitations)
        for k in range(pending):
            index = np.int64(member.invitations) - pending + k
            deliver_one(member, row, index, time, tables, network, p, lines[n])
            n += 1
        member.pending_invitations = 0
    return lines


@compiled
def count_status(members, status):
    """Persons with this status."""
    total = 0
    for row in range(members.shape[0]):
        total += members[row].status == status
    return total


@compiled
def discover(day, members, topic, p, rows, times, sources):
    """Who finds the group today without an invitation.

    An outsider's hazard is ``discovery.rate`` plus that of advertising, ad_budget / ad_cost x
    ad_response spread evenly over outsiders, both times relevance (``discovery.relevance``). It is
    spent on the person's clock.

    Parameters
    ----------
    day : int
        Today.
    members : record array
        The members table; clocks are changed.
    topic : float
        Topic centre of the groups.
    p : record
        Parameters.
    rows, times, sources : numpy.ndarray
        Filled: person, time, source.

    Returns
    -------
    int
        How many.
    """
    advertising = p.discovery_ad_budget / p.discovery_ad_cost * p.discovery_ad_response
    if advertising > 0.0:
        advertising /= max(1, count_status(members, OUTSIDE))
    base = p.discovery_rate + advertising
    if base <= 0.0:
        return 0
    n = 0
    for row in range(members.shape[0]):
        member = members[row]
        if member.status != OUTSIDE:
            continue
        hazard = base
        if p.discovery_relevance != 0.0:
            hazard *= relevance(topic, member.topic, p.read_focus)
        clock = member.membership_clock - hazard
        if clock <= 0.0:
            rows[n] = row
            times[n] = day + 1.0 + clock / hazard
            by_ad = draw(p.seed, DISCOVERY, row, day)[0] * base < advertising
            sources[n] = AD if by_ad else SPONTANEOUS
            n += 1
            clock = exponential(p.seed, JOIN_CLOCK, row, day + 1)
        member.membership_clock = clock
    return n


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
    if wanted >= 0 and p.group_overflow != _OPEN:
        return -1, first_free, open_groups
    while first_free < open_groups and groups[first_free].n_members >= groups[first_free].capacity:
        first_free += 1
    if first_free < open_groups:
        return first_free, first_free, open_groups
    if p.group_overflow == _OPEN and open_groups < groups.shape[0]:
        groups[open_groups].opened_at = time
        groups[open_groups].visible_at = time
        return open_groups, first_free, open_groups + 1
    return -1, first_free, open_groups


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
            elif p.group_overflow == _WAIT:
                outcome = QUEUED
                queue(member, arrival)
            else:
                outcome = TURNED_AWAY
        if arrival.line >= 0:
            lines[arrival.line].outcome = outcome
    return open_groups


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
    queued = count_status(members, WAITING) if p.group_overflow == _WAIT else 0
    arrivals = np.zeros(queued + lines.shape[0] + arrived, ARRIVAL_DTYPE)
    n = waiting(members, arrivals, 0) if queued > 0 else 0
    n = wants(lines, members, n, arrivals)
    n = found(finders[:arrived], times[:arrived], sources[:arrived], n, arrivals)
    order = in_order(arrivals[:n])
    return admit(arrivals, order, time, tables, open_groups, lines, p), lines


@compiled
def night(day, tables, open_groups, network, rosters, p):
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
    p : record
        Parameters.

    Returns
    -------
    open_groups : int
        Groups open now.
    lines : record array
        INVITATION_DTYPE: the invitations delivered.
    """
    rows = rosters[1][: rosters[0][-1]]
    open_groups, lines = arrive(day, tables, open_groups, network, rows, p)
    rosters_of(tables, rosters[0], rosters[1])
    return open_groups, lines
