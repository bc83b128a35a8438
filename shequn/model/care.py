"""What the operator does for members at midnight: events, and contact with who has bought."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import draw, stream

EVENT = stream("event.guest")
FOLLOW_UP = stream("desk.follow_up")


@compiled
def make_ties(member, ties, p):
    """A member gets to know more people of the group, up to the limit of familiarity."""
    familiarity = np.float64(member.familiarity) + ties
    member.familiarity = min(familiarity, max(p.feel_familiarity_limit, member.familiarity))


@compiled
def care(member, row, time, tally, p):
    """Let a member take part in today's event, and contact one who has bought today.

    A member comes to an event with probability ``event.turnout x habit``, gets to know
    ``event.ties`` people and gains belonging. Who has ordered today is contacted with probability
    ``desk.follow_up`` and gains belonging by ``feel.followed_up``. The forms are assumed.

    Parameters
    ----------
    member : record
        Row of the members table; changed.
    row : int
        Its number.
    time : float
        Midnight, in days.
    tally : record
        Today's counts of its group and tier.
    p : record
        Parameters.
    """
    if p.today_event != 0.0:
        luck = draw(p.seed, EVENT, row, np.int64(time))[0]
        if luck < p.event_turnout * member.habit:
            tally.guests += 1.0
            make_ties(member, p.event_ties, p)
            member.belonging += p.event_belonging * (1.0 - member.belonging)
    if p.desk_follow_up > 0.0 and member.last_order_at >= time - 1.0:
        if draw(p.seed, FOLLOW_UP, row, member.orders)[0] < p.desk_follow_up:
            tally.followed_up += 1.0
            member.belonging += p.feel_followed_up * (1.0 - member.belonging)
