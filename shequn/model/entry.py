"""Entering a group: what a person is like on becoming a member."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import draw, exponential, stream
from shequn.agents.tables import MEMBER
from shequn.agents.verbs.buy import catch_up
from shequn.agents.verbs.stay import EXIT_CLOCK
from shequn.agents.verbs.wait import fading
from shequn.model.care import make_ties

ARRIVAL = stream("speak.arrival")


@compiled
def enter(member, row, group, group_row, time, p):
    """A person becomes a member; onboarding introduces the newcomer to some members (eq. 7.9-3).

    With probability ``speak.arrival`` a newcomer has something to say, a question or a greeting.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table, which says how it came and by whom (-1 nobody); changed.
    row : int
        Its number.
    group : record of GROUP_DTYPE
        Row of the groups table; its size is counted up.
    group_row : int
        Its number.
    time : float
        Now, in days.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    if member.joins == 0:
        catch_up(member, row, time, p)
    else:
        away = time - member.updated_at
        member.awareness *= fading(p.feel_awareness_decay * away)
        member.recognition *= fading(p.speak_recognition_decay * away)
    member.status = MEMBER
    member.group = group_row
    member.joined_at = time
    member.updated_at = time
    member.habit = p.feel_habit_start
    member.willingness = p.feel_willingness_start
    start = np.float64(p.feel_belonging_start)
    member.belonging = start + p.onboarding_belonging * (1.0 - start)
    member.familiarity = p.feel_familiarity_start
    if p.onboarding_ties > 0.0:
        make_ties(member, p.onboarding_ties, p)
    member.irritation = 0.0
    member.overload = 0.0
    member.replies = 0
    member.answers = 0
    member.bond = 0.0
    member.incident = 0
    member.passed_on = 0
    member.calmed = 0
    member.forward = 0
    member.inviters = 0
    member.thread = 0
    member.looks = 0
    member.spent = 0.0
    member.read_upto = group.newest
    member.membership_clock = exponential(p.seed, EXIT_CLOCK, row, member.joins)
    if p.speak_arrival > 0.0 and draw(p.seed, ARRIVAL, row, member.joins)[0] < p.speak_arrival:
        member.talk_clock = 0.0  # a message is due at the first visit that takes part
    member.joins += 1
    group.n_members += 1
