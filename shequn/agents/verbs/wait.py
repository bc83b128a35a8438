"""wait: time passes between one session and the next."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from shequn.agents.jit import inlined
from shequn.agents.maths import exp

_SIXTH, _24TH, _120TH, _720TH = 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0
_5040TH, _40320TH = 1.0 / 5040.0, 1.0 / 40320.0


class Fades(NamedTuple):
    """What is left of stocks after some time, at rates that are the same for all members."""

    belonging: float
    awareness: float
    irritation: float
    word: float
    recognition: float
    novelty: float


@inlined
def fading(x):
    """exp(-x), fast for the small x of an hour or a day.

    Parameters
    ----------
    x : float
        Decay rate x time, >= 0.

    Returns
    -------
    float
        Below x = 0.25 its Taylor series to degree 8, relative error at most 1e-11.
    """
    if x > 0.25:
        return exp(-x)
    x2 = x * x
    low = (1.0 - x) + x2 * (0.5 - x * _SIXTH)
    high = (_24TH - x * _120TH) + x2 * (_720TH - x * _5040TH)
    return low + x2 * x2 * (high + x2 * x2 * _40320TH)


@inlined
def fades_of(elapsed, p):
    """What is left of stocks after some days: Fades.

    Parameters
    ----------
    elapsed : float
        Days.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    return Fades(
        fading(p.feel_belonging_decay * elapsed), fading(p.feel_awareness_decay * elapsed),
        fading(p.feel_irritation_decay * elapsed), fading(p.feel_word_decay * elapsed),
        fading(p.speak_recognition_decay * elapsed), fading(p.invite_novelty_decay * elapsed),
    )  # fmt: skip


@inlined
def invitation_intensity(member, start, elapsed, faded, p):
    """Invitations expected of a member between two times (eq. 7.8-1).

    The rate is ``invite.rate + invite.from_satisfaction x max(0, satisfaction) +
    invite.from_belonging x belonging + invite.from_reward x reward x prize taste``, with the reward
    that holds today, and fades with tenure by ``invite.novelty_half_life`` (the integral is exact).

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table.
    start, elapsed : float
        From when on, and for how long, in days.
    faded : float
        What is left of the novelty after that time.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        Expected number of invitations, >= 0.
    """
    rate = (
        p.invite_rate
        + p.invite_from_satisfaction * max(0.0, np.float64(member.satisfaction))
        + p.invite_from_belonging * member.belonging
        + p.invite_from_reward * p.today_reward * member.prize_taste
    )
    if p.invite_novelty_decay <= 0.0:
        return rate * elapsed
    fade = p.invite_novelty_decay
    left = exp(-fade * (start - np.float64(member.joined_at)))
    return rate * left * (1.0 - faded) / fade


@inlined
def need_rate(member, p):
    """Purchase occasions that a person has in this group, per day (eq. 7.3-1).

    Where rival products compete for the same need (``buy.rivals``), the need is met in each of a
    person's groups in proportion to the attention given to it.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        1/day.
    """
    return member.need_rate * (1.0 - p.buy_rivals * (1.0 - np.float64(member.share)))


@inlined
def wait(member, time, p):
    """Let time pass: stocks fade, the clocks of needs and invitations run (eq. 7.3-1).

    Every stock fades exponentially (adstock: Broadbent 1979; the same form for the other stocks is
    assumed). Purchase occasions and invitations that fall due wait for the next session.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; changed.
    time : float
        Now, in days, at least ``member.updated_at``.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    elapsed = time - member.updated_at
    if elapsed > 0.0:
        pass_time(member, time, elapsed, fades_of(elapsed, p), p)


@inlined
def pass_time(member, time, elapsed, fades, p):
    """The part of `wait` that lets a time above 0 pass: see there.

    Parameters
    ----------
    member, time, p
        As for `wait`.
    elapsed : float
        Days since the stocks were current.
    fades : Fades
        What is left of stocks after them.
    """
    intensity = invitation_intensity(member, member.updated_at, elapsed, fades.novelty, p)
    member.need_clock -= need_rate(member, p) * elapsed
    member.invite_clock -= intensity
    member.habit *= fading(member.habit_decay * elapsed)
    member.willingness *= fading(member.willingness_decay * elapsed)
    member.belonging *= fades.belonging
    member.awareness *= fades.awareness
    member.irritation *= fades.irritation
    member.word *= fades.word
    member.recognition *= fades.recognition
    member.updated_at = time
