"""stay: between the last session and now the member may have left, muted or unmuted."""

from __future__ import annotations

import math

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import exponential, stream
from shequn.agents.tables import LEFT, MEMBER, MUTED

MUTE_CLOCK = stream("stay.mute")
EXIT_CLOCK = stream("stay.exit")


@compiled
def exit_hazard(member, p):
    """Hazard of leaving, per day (eq. 7.2-1).

    With pressure z = irritation + overload + dissatisfaction + bad opinion + attention given to
    rivals - belonging - habit, each times its weight: linear ``max(0, base + scale z)``;
    exponential ``base exp(z)``; quadratic ``max(0, base + scale z |z|)``. The shape is a parameter,
    because it decides where the best promo load lies.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        1/day, >= 0.
    """
    pressure = (
        p.stay_irritation * member.irritation
        + p.stay_overload * member.overload
        + p.stay_dissatisfaction * max(0.0, -np.float64(member.satisfaction))
        + p.stay_attitude * max(0.0, -np.float64(member.attitude))
        + p.stay_rivals * (1.0 - np.float64(member.share))
        - p.stay_belonging * member.belonging
        - p.stay_habit * member.habit
    )
    base = np.float64(member.exit_rate)
    if p.stay_shape == 1.0:
        return base * math.exp(pressure)
    if p.stay_shape == 2.0:
        return max(0.0, base + p.stay_scale * pressure * abs(pressure))
    return max(0.0, base + p.stay_scale * pressure)


@compiled
def mute_hazard(member, p):
    """Hazard of muting the group, or of unmuting it once it is muted, per day (eq. 7.2-2)."""
    if member.status == MUTED:
        return p.stay_unmute_rate
    return p.stay_mute_rate + p.stay_mute_irritation * member.irritation


@compiled
def stay(member, row, time, p):
    """Decide what happened since stocks and clocks were current: left, muted, unmuted, nothing.

    Stocks are held at their value after the last session (their fading within the interval, at
    most a day, is neglected in the hazard).

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; ``status``, ``left_at`` and the clocks are changed.
    row : int
        Its number.
    time : float
        Now, in days.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    bool
        Whether the member is still there.
    """
    elapsed = time - member.updated_at
    hazard = exit_hazard(member, p)
    clock = member.membership_clock - hazard * elapsed
    member.membership_clock = clock
    if clock <= 0.0 and hazard > 0.0:
        member.status = LEFT
        member.left_at = time + clock / hazard
        return False
    remaining = elapsed
    clock = np.float64(member.mute_clock)
    rate = mute_hazard(member, p)
    while rate > 0.0 and clock <= rate * remaining:
        remaining -= clock / rate
        member.status = MEMBER if member.status == MUTED else MUTED
        member.switches += 1
        clock = exponential(p.seed, MUTE_CLOCK, row, member.switches)
        rate = mute_hazard(member, p)
    member.mute_clock = clock - rate * remaining
    return True
