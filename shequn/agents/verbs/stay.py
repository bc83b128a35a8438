"""stay: between the last session and now the member may have left, muted or unmuted."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import inlined
from shequn.agents.maths import exp
from shequn.agents.randomness import exponential, stream
from shequn.agents.tables import LEFT, MEMBER, MUTED
from shequn.agents.verbs.wait import fading

MUTE_CLOCK = stream("stay.mute")
EXIT_CLOCK = stream("stay.exit")


@inlined
def silent_days(member):
    """Days since the member was last seen to read or joined, up to when the stocks are current."""
    last = np.float64(member.joined_at)
    if member.last_session_at > last:
        last = np.float64(member.last_session_at)
    return max(0.0, member.updated_at - last)


@inlined
def lost_interest(member, p):
    """How far a member who does not read any more has lost interest (eq. 7.2-3).

    1 - exp(-days of silence / ``stay.silence``); the form is assumed.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        0 .. 1.
    """
    return 1.0 - fading(silent_days(member) / p.stay_silence)


@inlined
def exit_hazard(member, p):
    """Hazard of leaving, per day (eq. 7.2-1).

    With pressure z = irritation + overload + dissatisfaction + bad opinion + attention given to
    rivals, each times its weight, it is relief x driven + silent x `lost_interest`, where relief =
    exp(-belonging - habit), each times its weight, and driven is: linear ``base + scale z``;
    exponential ``base exp(z)``; quadratic ``base + scale z^2``. The shape is a parameter, because
    it decides where the best promo load lies. Nobody's hazard is 0 because of a tie alone.

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
    )
    base = np.float64(member.exit_rate)
    if p.stay_shape == 1.0:
        driven = base * exp(pressure)
    elif p.stay_shape == 2.0:
        driven = base + p.stay_scale * pressure * pressure
    else:
        driven = base + p.stay_scale * pressure
    relief = exp(-p.stay_belonging * member.belonging - p.stay_habit * member.habit)
    hazard = relief * driven
    if p.stay_silent > 0.0:
        hazard += p.stay_silent * lost_interest(member, p)
    return hazard


@inlined
def mute_hazard(member, p):
    """Hazard of muting the group, or of unmuting it once it is muted, per day (eq. 7.2-2)."""
    if member.status == MUTED:
        return p.stay_unmute_rate
    hazard = p.stay_mute_rate + p.stay_mute_irritation * member.irritation
    if p.stay_mute_silent > 0.0:
        hazard += p.stay_mute_silent * lost_interest(member, p)
    return hazard


@inlined
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
