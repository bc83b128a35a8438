"""feel: what was read moves habit, willingness, belonging, awareness, irritation, attitude."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled, inlined
from shequn.agents.maths import exp
from shequn.agents.tables import STAYING


@inlined
def lesson(visit, p):
    """How much a visit teaches: 1 - exp(-time since the last one / ``feel.spacing``) (eq. 7.5-1).

    Visits that follow close upon each other teach little more than one (the spacing effect: Cepeda
    et al. 2006, Psychological Bulletin 132(3), 354-380; the form is assumed), staying on and being
    called by a notification nothing.

    Parameters
    ----------
    visit : record of VISIT_DTYPE
        The visit.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        0 .. 1; 1 for every visit of one's own with spacing 0.
    """
    if visit.cause >= STAYING:
        return 0.0
    return 1.0 if p.feel_spacing <= 0.0 else 1.0 - exp(-visit.away / p.feel_spacing)


@inlined
def learned(stock, gain, weight, visit, p):
    """Habit or willingness after a visit: see `feel` (eq. 7.5-1).

    Parameters
    ----------
    stock : float
        Before it, 0 .. 1.
    gain : float
        How far it moves towards 1 after much good reading, 0 .. 1.
    weight : float
        How much the visit teaches, 0 .. 1.
    visit : record of VISIT_DTYPE
        What was read.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        0 .. 1.
    """
    if visit.read == 0:
        return stock * (1.0 - weight * p.feel_habit_empty)
    good = visit.good / (visit.good + p.feel_enough)
    bad = visit.bad / (visit.bad + p.feel_enough)
    stock += weight * gain * good * (1.0 - stock)
    return stock * (1.0 - weight * p.feel_habit_loss * bad)


@compiled
def exposed(attitude, satiation, promos, p):
    """Attitude after reading promotions, one after the other (eq. 7.5-3).

    Two factors of repetition (Berlyne 1970, Perception & Psychophysics 8(5), 279-286; Campbell &
    Keller 2003, J. Consumer Research 30(2), 292-304): each promotion moves attitude towards 1 by
    ``exposure_warmth`` (learning, which saturates), then towards -1 by ``exposure_tedium`` for each
    exposure still remembered. No number of exposures is set at which attitude is highest: it
    follows from both rates, and from how much is forgotten between exposures. The form is assumed.

    Parameters
    ----------
    attitude : float
        Before it, -1 .. 1.
    satiation : float
        Exposures remembered (awareness) before the first of them, >= 0.
    promos : int
        Promotions read.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        -1 .. 1.
    """
    for _ in range(promos):
        attitude += p.feel_exposure_warmth * (1.0 - attitude)
        attitude -= min(1.0, p.feel_exposure_tedium * satiation) * (1.0 + attitude)
        satiation += 1.0
    return attitude


@compiled
def towards_1(stock, gain):
    """A stock moved towards 1 by a share of what is missing, at most all of it."""
    return stock + min(1.0, gain) * (1.0 - stock)


@compiled
def bond_of_answer(minutes, p):
    """What an answer of the operator binds (eq. 7.5-1).

    ``answered + answered_fast x exp(-minutes / answer_patience)``: one smooth function of the time,
    so that no time is told apart as fast. The form is assumed.

    Parameters
    ----------
    minutes : float
        Time from the message to the answer, hours off duty included.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        0 .. 2, for each of habit, willingness and belonging.
    """
    return p.feel_answered + p.feel_answered_fast * exp(-minutes / p.feel_answer_patience)


@inlined
def bond_felt(member, p):
    """What the answers since the last visit add to each of three stocks (eq. 7.5-1).

    While a prize, a reward or a gift is on offer it is 1 - ``crowding`` of what they bind: rewards
    undermine intrinsic motivation (Deci, Koestner & Ryan 1999, Psychological Bulletin 125(6),
    627-668). The form is assumed.

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
    bond = np.float64(member.bond)
    if p.today_prize + p.today_reward + p.today_gift + p.forward_reward > 0.0:
        bond *= 1.0 - p.feel_crowding
    return min(1.0, bond)


@inlined
def grow_attached(member, visit, bond, p):
    """Habit, willingness, belonging, familiarity after a visit: see `feel` (eq. 7.5-1, eq. 7.5-2).

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; changed.
    visit : record of VISIT_DTYPE
        What was read.
    bond : float
        As `bond_felt` gives it.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    replies = np.float64(member.replies)
    habit, willing = np.float64(member.habit), np.float64(member.willingness)
    weight = lesson(visit, p)
    if weight > 0.0:
        pace = p.feel_habit_gain * (1.0 + p.feel_regularity * visit.regularity)
        habit = learned(habit, min(1.0, pace), weight, visit, p)
        weight *= 1.0 if visit.part else p.feel_willingness_reading
        willing = learned(willing, p.feel_willingness_gain, weight, visit, p)
    member.habit = towards_1(habit, p.feel_habit_reply * replies + bond)
    member.willingness = towards_1(willing, p.feel_willingness_reply * replies + bond)
    gain = p.feel_belonging_reply * replies + bond
    if visit.read > 0:
        gain += p.feel_belonging_known * visit.known / visit.read
    member.belonging = towards_1(np.float64(member.belonging), gain)
    familiarity = np.float64(member.familiarity)
    room = max(0.0, 1.0 - familiarity / p.feel_familiarity_limit)
    member.familiarity = familiarity + p.feel_familiarity_gain * visit.strangers * room


@inlined
def meet_product(member, visit, p):
    """Awareness, word of mouth, and attitude after promotions: see `feel` (eq. 7.5-3).

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; changed.
    visit : record of VISIT_DTYPE
        What was read.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    if visit.promos > 0:
        if p.feel_exposure_warmth > 0.0 or p.feel_exposure_tedium > 0.0:
            felt = np.float64(member.attitude)
            member.attitude = exposed(felt, np.float64(member.awareness), visit.promos, p)
        member.promos_read = min(65535, np.int64(member.promos_read) + visit.promos)
    member.awareness += visit.exposures
    member.word += visit.word


@inlined
def grow_weary(member, visit, p):
    """Irritation and overload: see `feel` (eq. 7.5-4).

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; changed.
    visit : record of VISIT_DTYPE
        What was read.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    missed = 0.0
    if visit.unread > 0:
        others = max(visit.unread, visit.read)
        missed = 1.0 - visit.read / others
    member.irritation += (
        p.feel_irritation_gain * member.wariness * visit.persuasion
        + p.feel_irritation_overload * missed
    )
    member.overload += p.feel_overload_rate * (missed - member.overload)


@inlined
def follow_others(member, visit, p):
    """Attitude after the opinions of others: see `feel` (eq. 7.5-5).

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; changed.
    visit : record of VISIT_DTYPE
        What was read.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    if visit.opinion_weight > 0.0:
        pull = p.feel_attitude_rate * member.conformity
        attitude = np.float64(member.attitude)
        member.attitude = attitude + pull * (visit.opinion / visit.opinion_weight - attitude)


@inlined
def hear_of_incident(member, visit, p):
    """What incidents, and the responses to them, leave behind: see `feel`.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; changed.
    visit : record of VISIT_DTYPE
        What was read.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    if visit.incident > member.incident:
        member.incident = visit.incident
    visit.heard = 0
    if visit.response > member.calmed:
        visit.heard = visit.response <= member.incident
        member.calmed = visit.response
        if member.attitude < 0.0:
            member.attitude *= 1.0 - p.incident_repair


@inlined
def feel(member, visit, p):
    """Learn from what was read in this session.

    Eq. 7.5-1, eq. 7.5-2, eq. 7.5-3, eq. 7.5-4, eq. 7.5-5.

    Habit, the readiness to look in, follows a linear operator (Bush & Mosteller 1955), message by
    message: with G and B the sums of the utilities above and below 0, none counted as more than 1,
    it moves towards 1 by ``habit_gain x G / (G + enough)``, then towards 0 by ``habit_loss x B / (B
    + enough)``; towards 0 by ``habit_empty`` when there was nothing to read; each times `lesson`.
    So what is good enough once is good enough: a room in which much more is written teaches little
    more. Willingness, to take part and not only to read, learns alike with a gain of its own, and
    from visits that only read by the share ``willingness_reading``; replies received move both.
    Belonging moves towards 1 by the share of known authors and by each reply received. An answer of
    the operator moves all three towards 1 (`bond_of_answer`, `bond_felt`); it counts as a reply for
    recognition, a like as ``speak.like_recognition`` replies. Regular hours of content speed up the
    growth of habit by ``regularity``.
    Familiarity grows with strangers read, up to its limit (150: Dunbar 1992). Awareness counts
    exposures, and promotions read move attitude by `exposed`. Irritation collects wariness x
    overtness, and the share of messages missed. Attitude moves by conformity towards the
    voice-weighted mean of the opinions read (DeGroot 1974); the response to an incident undoes a
    share of a bad attitude, and news of the incident weighs less by that share from then on. Rates
    are assumed; see the parameter reference.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; changed.
    visit : record of VISIT_DTYPE
        What was read.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    grow_attached(member, visit, bond_felt(member, p), p)
    meet_product(member, visit, p)
    grow_weary(member, visit, p)
    follow_others(member, visit, p)
    hear_of_incident(member, visit, p)
    likes = p.speak_like_recognition * member.liked
    member.recognition += np.float64(member.replies) + member.answers + likes
    member.replies = 0
    member.liked = 0
    member.answers = 0
    member.bond = 0.0
