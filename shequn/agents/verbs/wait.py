"""wait: time passes between one session and the next."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.maths import exp


@compiled
def fading(x):
    """exp(-x): what is left of a stock after x = decay rate x time."""
    return exp(-x)


@compiled
def invitation_intensity(member, start, end, p):
    """Invitations expected of a member between two times (eq. 7.8-1).

    The rate is ``invite.rate + invite.from_satisfaction x max(0, satisfaction) +
    invite.from_belonging x belonging + invite.from_reward x reward x prize taste``, with the reward
    that holds today, and fades with tenure by ``invite.novelty_half_life`` (the integral is exact).

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table.
    start, end : float
        Times, in days.
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
        return rate * (end - start)
    fade = p.invite_novelty_decay
    left = exp(-fade * (start - np.float64(member.joined_at)))
    return rate * left * (1.0 - fading(fade * (end - start))) / fade


@compiled
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


@compiled
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
    if elapsed <= 0.0:
        return
    member.need_clock -= need_rate(member, p) * elapsed
    member.invite_clock -= invitation_intensity(member, member.updated_at, time, p)
    member.habit *= fading(member.habit_decay * elapsed)
    member.willingness *= fading(member.willingness_decay * elapsed)
    member.belonging *= fading(p.feel_belonging_decay * elapsed)
    member.awareness *= fading(p.feel_awareness_decay * elapsed)
    member.irritation *= fading(p.feel_irritation_decay * elapsed)
    if member.word != 0.0:
        member.word *= fading(p.feel_word_decay * elapsed)
    member.recognition *= fading(p.speak_recognition_decay * elapsed)
    member.updated_at = time
