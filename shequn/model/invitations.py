"""Invitations: who is asked, and who accepts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.maths import power
from shequn.agents.randomness import draw, stream
from shequn.agents.tables import (
    BELOW_THRESHOLD,
    DECLINED,
    INVITATION_DTYPE,
    JOINED,
    LEFT,
    NOT_FREE,
    OUTSIDE,
    table,
)
from shequn.agents.verbs.relevance import relevance
from shequn.model.contacts import contact, number_of_contacts
from shequn.model.discovery import selection

ACCEPT = stream("invite.accept")
_MOST_INVITATIONS = 1 << 16


@compiled
def accepts(inviter_row, inviter, contact_row, person, group, index, p):
    """Whether an invitation is accepted: one draw for each inviter, contact and number (eq. 7.9-1).

    The probability is accept x relevance x ((1 - trust) + trust x 2v / (1 + v)) x (1 -
    friction)^clicks x (1 + gift x prize taste) x `selection` by the match, with v the inviter's
    voice, at most 1. While inviters get a reward, the wary infer a motive: x (1 - motive x
    wariness) (Verlegh, Ryu, Tuk & Feick 2013, J. Academy of Marketing Science 41(6)).

    Parameters
    ----------
    inviter_row, contact_row : int
        Who invites whom.
    inviter, person : records of MEMBER_DTYPE
        Their rows.
    group : record of GROUP_DTYPE
        That of the inviter.
    index : int
        Which of the inviter's invitations, 0 the first.
    p : record
        Parameters, as `kernel_record` gives them.

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
        * power(1.0 - p.invite_friction, p.invite_clicks)
        * (1.0 + p.today_gift * person.prize_taste)
        * selection(person.match, p.invite_match)
    )
    if p.today_reward > 0.0:
        chance *= 1.0 - p.invite_motive * person.wariness
    return draw(p.seed, ACCEPT, contact_row, inviter_row * _MOST_INVITATIONS + index)[0] < chance


@compiled
def note_asker(person, asked, inviter_row):
    """A person notes who has asked: each member once, as many as the highest threshold needs.

    Parameters
    ----------
    person : record of MEMBER_DTYPE
        Who was asked; ``inviters`` is counted up.
    asked : numpy.ndarray
        int32, shape (highest threshold,): who has asked this person; filled up to ``inviters``.
    inviter_row : int
        Who asks now.
    """
    known = np.int64(person.inviters)
    for k in range(known):
        if asked[k] == inviter_row:
            return
    if known < asked.shape[0]:
        asked[known] = inviter_row
        person.inviters += 1


@compiled
def _recall(lines, members, asked):
    """Note all askers anew from the log; those before a person last entered are forgotten."""
    joins = np.full(members.shape[0], -1)
    for row in range(members.shape[0]):
        members[row].inviters = 0
    for k in range(lines.shape[0]):
        line = lines[k]
        if line.outcome == NOT_FREE:
            continue
        person = members[line.contact]
        if joins[line.contact] != line.contact_joins:
            joins[line.contact] = line.contact_joins
            person.inviters = 0
        note_asker(person, asked[line.contact], line.inviter)
    for row in range(members.shape[0]):
        if joins[row] != members[row].joins:
            members[row].inviters = 0


def askers(members: np.ndarray, log: Sequence[np.ndarray], threshold: int) -> np.ndarray:
    """Who has asked each person since it could last be asked: it follows from the log.

    Parameters
    ----------
    members : numpy.ndarray
        MEMBER_DTYPE; with a threshold above 1 ``inviters`` is written anew.
    log : sequence of numpy.ndarray
        INVITATION_DTYPE: every invitation delivered so far, in order.
    threshold : int
        The highest ``invite.threshold`` that holds.

    Returns
    -------
    numpy.ndarray
        int32, shape (rows of the members table, threshold): rows of distinct inviters, in order,
        as many as ``inviters`` says; no columns with a threshold of 1, where it does not matter.
    """
    asked = np.zeros((len(members), threshold if threshold > 1 else 0), np.int32)
    if threshold > 1:
        _recall(np.concatenate([table(0, INVITATION_DTYPE), *log]), members, asked)
    return asked


@compiled
def is_free(person, time, p):
    """Whether a person can be asked: is outside, or left long enough ago."""
    if person.status == LEFT:
        return time - person.left_at >= p.invite_refractory
    return person.status == OUTSIDE


@compiled
def deliver_one(row, index, tables, asked, network, p, line):
    """Deliver one invitation and write down what became of it.

    Parameters
    ----------
    row : int
        The inviter.
    index : int
        Which of its invitations, 0 the first.
    tables : Tables
        The state; the count of distinct inviters of the contact goes up.
    asked : numpy.ndarray
        As `askers` gives it; the inviter is added.
    network : tuple
        Adjacency lists (starts, neighbours).
    p : record
        Parameters, as `kernel_record` gives them.
    line : record of INVITATION_DTYPE
        Its time is set; filled. Outcome ``JOINED`` means: wants in.
    """
    people = np.int64(p.market_people)
    member = tables.members[row]
    inviter = row % people
    contacts = number_of_contacts(member, inviter, network[0])
    line.inviter = row
    line.group = member.group
    line.contact = row
    line.outcome = NOT_FREE
    if contacts == 0 or people < 2:
        return
    contact_row = row - inviter + contact(inviter, index % contacts, network, p)
    person = tables.members[contact_row]
    line.contact = contact_row
    line.contact_joins = person.joins
    if not is_free(person, line.time, p):
        return
    if asked.shape[1] > 0:
        note_asker(person, asked[contact_row], row)
    elif index < contacts and person.inviters < 255:
        person.inviters += 1
    if not accepts(row, member, contact_row, person, tables.groups[member.group], index, p):
        line.outcome = DECLINED
    elif p.invite_threshold > 1.0 and person.inviters < p.invite_threshold:
        line.outcome = BELOW_THRESHOLD
    else:
        line.outcome = JOINED


@compiled
def pending_of(rows, members):
    """Invitations that these members have sent and that are not yet delivered: how many."""
    total = 0
    for row in rows:
        total += np.int64(members[row].pending_invitations)
    return total


@compiled
def deliver(time, tables, asked, rows, network, rules, lines):
    """Deliver all invitations of the day to one operator's groups, by group, inviter and number.

    Parameters
    ----------
    time : float
        Midnight, in days.
    tables : Tables
        The state; pending invitations are cleared.
    asked : numpy.ndarray
        As `askers` gives it; brought up to date.
    rows : numpy.ndarray
        Everyone who was in one of these groups this morning.
    network : tuple
        Adjacency lists.
    rules : record array
        Parameters, as `kernel_record` gives them, a row for each channel.
    lines : array of INVITATION_DTYPE
        As many rows as there are invitations (`pending_of`); filled.
    """
    n = 0
    for row in rows:
        member = tables.members[row]
        pending = np.int64(member.pending_invitations)
        p = rules[tables.groups[member.group].rules]
        for k in range(pending):
            index = np.int64(member.invitations) - pending + k
            line = lines[n]
            line.time = time
            line.contact_joins = 0
            deliver_one(row, index, tables, asked, network, p, line)
            n += 1
        member.pending_invitations = 0
