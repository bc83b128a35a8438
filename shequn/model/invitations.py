"""Invitations: who is asked, and who accepts."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import draw, stream
from shequn.agents.tables import (
    BELOW_THRESHOLD,
    DECLINED,
    INVITATION_DTYPE,
    JOINED,
    LEFT,
    NOT_FREE,
    OUTSIDE,
)
from shequn.agents.verbs.relevance import relevance
from shequn.model.contacts import contact, number_of_contacts

ACCEPT = stream("invite.accept")
_MOST_INVITATIONS = 1 << 16


@compiled
def accepts(inviter_row, inviter, contact_row, person, group, index, p):
    """Whether an invitation is accepted: one draw for each inviter, contact and number (eq. 7.9-1).

    The probability is accept x relevance x ((1 - trust) + trust x 2v / (1 + v)) x (1 -
    friction)^clicks x (1 + gift x prize taste), with v the inviter's voice.

    Parameters
    ----------
    inviter_row, contact_row : int
        Who invites whom.
    inviter, person, group : record
        Their rows, and that of the inviter's group.
    index : int
        Which of the inviter's invitations, 0 the first.
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
        * (1.0 + p.today_gift * person.prize_taste)
    )
    return draw(p.seed, ACCEPT, contact_row, inviter_row * _MOST_INVITATIONS + index)[0] < chance


@compiled
def asked_before(inviter, index, other, people, network, p):
    """Whether a member has invited this person already: contacts are drawn with replacement.

    Looked up only where it matters: with a threshold, and without a network (whose contacts are
    distinct).

    Parameters
    ----------
    inviter, other : int
        Numbers of the inviter and of the contact among the people.
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
            inviter, earlier, people, p.market_homophily, width, network[0], network[1], p
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
    people = np.int64(p.market_people)
    inviter = row % people
    contacts = number_of_contacts(member, inviter, network[0])
    line.time = time
    line.inviter = row
    line.group = member.group
    line.contact = row
    line.outcome = NOT_FREE
    if contacts == 0 or people < 2:
        return
    other = contact(
        inviter, index % contacts, people, p.market_homophily, np.int64(p.market_neighbourhood),
        network[0], network[1], p,
    )  # fmt: skip
    contact_row = row - inviter + other
    person = tables.members[contact_row]
    line.contact = contact_row
    free = person.status == OUTSIDE or (
        person.status == LEFT and time - person.left_at >= p.invite_refractory
    )
    if not free:
        return
    turn = index // contacts
    if turn == 0 and person.inviters < 255:
        person.inviters += not asked_before(inviter, index, other, people, network, p)
    if not accepts(row, member, contact_row, person, tables.groups[member.group], index, p):
        line.outcome = DECLINED
    elif p.invite_threshold > 1.0 and person.inviters < p.invite_threshold:
        line.outcome = BELOW_THRESHOLD
    else:
        line.outcome = JOINED


@compiled
def deliver(time, tables, rows, network, rules):
    """Deliver all invitations of the day to one operator's groups, by group, inviter and number.

    Parameters
    ----------
    time : float
        Midnight, in days.
    tables : Tables
        The state; pending invitations are cleared.
    rows : numpy.ndarray
        Everyone who was in one of these groups this morning.
    network : tuple
        Adjacency lists.
    rules : record array
        Parameters, a row for each channel.

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
        p = rules[tables.groups[member.group].rules]
        for k in range(pending):
            index = np.int64(member.invitations) - pending + k
            deliver_one(member, row, index, time, tables, network, p, lines[n])
            n += 1
        member.pending_invitations = 0
    return lines
