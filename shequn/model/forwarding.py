"""Forwarding: what members pass on reaches other groups of the operator, and friends outside.

Good news and bad go the same way, by the same draws, from the clock of who passes it on to the feed
of another group. Bad news alone stays in its thread, and invites nobody.
"""

from __future__ import annotations

import numpy as np

from shequn.agents.desk import take_note
from shequn.agents.jit import compiled
from shequn.agents.maths import power
from shequn.agents.randomness import draw, stream
from shequn.agents.tables import CHAT, INCIDENT, NOBODY
from shequn.agents.verbs.speak import Draft, append_message

ROUTE = stream("forward.route")
BLOCKING = stream("forward.blocking")
_MOST_GROUPS = 1024


@compiled
def invite_friends(member, p):
    """The friends to whom a message was passed on are invited tonight, as many as fit: how many."""
    friends = min(np.int64(p.forward_contacts), 255 - np.int64(member.pending_invitations))
    friends = min(friends, 65535 - np.int64(member.invitations))
    member.pending_invitations += friends
    member.invitations += friends
    return friends


@compiled
def arrive_in(target, source, row, number, time, tables, rules):
    """A message of another group is repeated in this one, by the member who passed it on.

    Eq. 7.16-2.

    Bad news travels while it is the newest of its group. It joins the thread of the same incident
    where that is known already, opens one where it is not, and is dropped where there is newer bad
    news.

    Parameters
    ----------
    target, source : int
        Groups.
    row : int
        The member.
    number : int
        Number of the message in its group.
    time : float
        Midnight, in days.
    tables : Tables
        The state.
    rules : record array
        Parameters, as `kernel_record` gives them, a row for each channel.
    """
    news = tables.messages[source][number & np.int64(tables.messages.shape[1] - 1)]
    group, feed = tables.groups[target], tables.messages[target]
    kind, root = CHAT, np.int64(0)
    began = tables.groups[source].incident_at
    if news.kind == INCIDENT:
        kind = INCIDENT
        if news.root != tables.groups[source].incident or group.incident_at > began:
            return
        if group.incident_at == began:
            root = np.int64(group.incident)
    member = tables.members[row]
    draft = Draft(
        author=row, kind=kind, root=root, to=NOBODY, topic=news.topic, quality=news.quality,
        length=news.length, valence=news.valence, voice=member.voice,
    )  # fmt: skip
    copy = append_message(feed, group, time, draft)
    tally = tables.tally[target][member.tier]
    tally.forwards_arrived += 1.0
    if kind == INCIDENT:
        tally.bad_arrived += 1.0
    else:
        feed[copy & np.int64(feed.shape[0] - 1)].passed = 1
    if kind == INCIDENT and root == 0:
        group.incident = copy
        group.incident_at = began
        p = rules[group.rules]
        take_note(copy, feed, group, tables.answers[target], tables.servers[target], p)


@compiled
def is_blocked(member, row, p):
    """Whether the platform blocks what a member passes on: rewarded forwards, by chance.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table.
    row : int
        Its number.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    bool
        True with probability ``forward.blocked``.
    """
    if p.forward_reward <= 0.0:
        return False
    return draw(p.seed, BLOCKING, row, np.int64(member.forwards))[0] < p.forward_blocked


@compiled
def spread(member, row, number, time, tables, own, rules):
    """Copies of a message reach other groups of the operator (eq. 7.16-2).

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Who passes it on.
    row : int
        Its number.
    number : int
        Number of the message in the member's group.
    time : float
        Midnight, in days.
    tables, own, rules
        As for `pass_around`.
    """
    others = np.int64(own.open_groups) - 1
    if others < 1:
        return
    source = np.int64(member.group)
    p = rules[tables.groups[source].rules]
    passes = power(1.0 - p.forward_friction, p.forward_steps)
    for k in range(np.int64(p.forward_groups)):
        u = draw(p.seed, ROUTE, row, np.int64(member.forwards) * _MOST_GROUPS + k)
        target = own.first_group + np.int64(u[1] * others)
        target += target >= source
        if u[0] < passes:
            arrive_in(target, source, row, number, time, tables, rules)


@compiled
def pass_around(time, tables, own, rows, rules):
    """Midnight: messages passed on today reach other groups of the operator.

    A platform blocks a rewarded forward with probability ``forward.blocked``. Each of the
    ``forward.groups`` copies takes one of the operator's other groups, evenly drawn, and arrives
    with probability (1 - ``forward.friction``)^``forward.steps``. ``forward.contacts`` friends are
    invited, unless the message is bad news. A message that is no longer in the feed is lost.

    Parameters
    ----------
    time : float
        Midnight, in days.
    tables : Tables
        The state.
    own : record of OPERATOR_DTYPE
        Row of the operators table.
    rows : numpy.ndarray
        Everyone who was in one of these groups this morning.
    rules : record array
        Parameters, as `kernel_record` gives them, a row for each channel.
    """
    for row in rows:
        member = tables.members[row]
        number = np.int64(member.forward)
        if number == 0:
            continue
        member.forward = 0
        p = rules[tables.groups[member.group].rules]
        feed = tables.messages[member.group]
        tally = tables.tally[member.group][member.tier]
        bad_news = feed[number & np.int64(feed.shape[0] - 1)].kind == INCIDENT
        if not bad_news:
            if is_blocked(member, row, p):
                tally.forwards_blocked += 1.0
                continue
            friends = invite_friends(member, p)
            tally.invitations += friends
            tally.forward_friends += friends
        if tables.groups[member.group].newest - number < feed.shape[0]:
            spread(member, row, number, time, tables, own, rules)
