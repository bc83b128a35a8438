"""feel: what was read moves habit, belonging, familiarity, awareness, irritation, attitude."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled


@compiled
def feel(member, visit, p):
    """Learn from what was read in this session.

    Habit follows a linear operator (Bush & Mosteller 1955): with mean utility u of the messages
    read, it moves towards 1 by ``habit_gain x min(1, u)`` when u > 0, towards 0 by ``habit_loss x
    min(1, -u)`` when u < 0, and towards 0 by ``habit_empty`` when there was nothing to read.
    Belonging moves towards 1 by the share of known authors and by each reply received.
    Familiarity grows with strangers read, up to its limit (150: Dunbar 1992). Awareness counts
    exposures. Irritation collects wariness x overtness, and the share of messages missed.
    Attitude moves by conformity towards the voice-weighted mean of the opinions read
    (DeGroot 1974). Rates are assumed; see the parameter reference.

    Parameters
    ----------
    member : record
        Row of the members table; changed.
    visit : record
        What was read.
    p : record
        Parameters.
    """
    n = visit.read
    habit = np.float64(member.habit)
    belonging = np.float64(member.belonging)
    replies = np.float64(member.replies)
    missed = 0.0
    gain = p.feel_belonging_reply * replies
    if n > 0:
        mean = visit.utility / n
        if mean >= 0.0:
            habit += p.feel_habit_gain * min(1.0, mean) * (1.0 - habit)
        else:
            habit -= p.feel_habit_loss * min(1.0, -mean) * habit
        gain += p.feel_belonging_known * visit.known / n
    else:
        habit -= p.feel_habit_empty * habit
    if visit.unread > 0:
        others = max(visit.unread, n)
        missed = 1.0 - n / others
    familiarity = np.float64(member.familiarity)
    room = max(0.0, 1.0 - familiarity / p.feel_familiarity_limit)
    member.habit = habit
    member.belonging = belonging + min(1.0, gain) * (1.0 - belonging)
    member.familiarity = familiarity + p.feel_familiarity_gain * visit.strangers * room
    member.awareness += visit.exposures
    member.irritation += (
        p.feel_irritation_gain * member.wariness * visit.persuasion
        + p.feel_irritation_overload * missed
    )
    member.overload += p.feel_overload_rate * (missed - member.overload)
    if visit.opinion_weight > 0.0:
        pull = p.feel_attitude_rate * member.conformity
        attitude = np.float64(member.attitude)
        member.attitude = attitude + pull * (visit.opinion / visit.opinion_weight - attitude)
    member.recognition += replies
    member.replies = 0
