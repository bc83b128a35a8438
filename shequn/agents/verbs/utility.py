"""Utility of the product over buying nothing: without a group, in a visit, and elsewhere."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.maths import exp, log


@compiled
def ad_effect(awareness, peak):
    """Effect of a stock of exposures: an inverted U, 0 at 0, 1 at the peak (eq. 7.7-2).

    (a / peak) exp(1 - a / peak); the peak near 10 exposures is from Schmidt & Eisend 2015
    (J. Advertising 44(4), 415-428), the shape is assumed.

    Parameters
    ----------
    awareness : float
        Stock of exposures, >= 0.
    peak : float
        Exposures at which the effect is highest, > 0.

    Returns
    -------
    float
        0 .. 1.
    """
    dose = np.float64(awareness) / peak
    return dose * exp(1.0 - dose)


@compiled
def base_utility(member, p):
    """Utility of the product over buying nothing, without any group (eq. 7.7-2).

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        buy.constant + taste for quality and status + opinion at the start + match - price against
        budget.
    """
    return (
        p.buy_constant
        + member.quality_weight * p.product_quality
        + member.face_weight * p.product_status
        + p.buy_attitude * p.feel_attitude_start
        + p.buy_match * member.match
        - member.price_weight * p.product_price / max(1e-9, np.float64(member.budget))
    )


@compiled
def brought_by_group(member, awareness, p):
    """What the group adds to the utility of the product (eq. 7.7-4).

    Exposures count less the more irritated a member is (``buy.disbelief``), and irritation by
    itself speaks against the product (``buy.irritation``): reactance (Brehm 1966) and motives that
    are inferred (Campbell & Kirmani 2000, J. Consumer Research 27(1), 69-83). What people whom one
    knows say of the product counts by itself, up to ``buy.word``. The forms are assumed.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table.
    awareness : float
        Stock of exposures now.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        Effect of exposures + attitude + word of mouth - irritation.
    """
    exposures = p.buy_awareness * ad_effect(awareness, p.feel_awareness_peak)
    irritation = np.float64(member.irritation)
    if p.buy_disbelief > 0.0:
        exposures *= exp(-p.buy_disbelief * irritation)
    opinion = p.buy_attitude * (member.attitude - p.feel_attitude_start)
    added = exposures + opinion - p.buy_irritation * irritation
    if p.buy_word > 0.0:
        word = np.float64(member.word)
        added += p.buy_word * word / (1.0 + abs(word))
    return added


@compiled
def own_utility(member, awareness, p):
    """Utility of the product over buying nothing, without what others do (eq. 7.7-2).

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table.
    awareness : float
        Stock of exposures now.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        That without the group, at today's quality and price less coupon, + `brought_by_group`.
    """
    return (
        p.buy_constant
        + member.quality_weight * p.today_quality
        + member.face_weight * p.product_status
        + p.buy_attitude * p.feel_attitude_start
        + p.buy_match * member.match
        - member.price_weight
        * max(0.0, p.product_price - p.today_coupon)
        / max(1e-9, np.float64(member.budget))
        + brought_by_group(member, awareness, p)
    )


@compiled
def herd(member, group, time, p):
    """What visible orders add to the utility: conformity x ln(1 + visible recent orders).

    Parameters
    ----------
    member, group : records of MEMBER_DTYPE and GROUP_DTYPE
        Rows of the tables; the group's count of visible orders is brought up to date.
    time : float
        Now, in days.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        At least 0.
    """
    group.visible_orders *= exp(-p.buy_visible_decay * (time - group.visible_at))
    group.visible_at = time
    return p.buy_herd * member.conformity * log(1.0 + group.visible_orders)


@compiled
def product_utility(member, group, visit, p):
    """Utility of the product over buying nothing in a visit (logit: McFadden 1974) (eq. 7.7-2).

    Parameters
    ----------
    member, group : records of MEMBER_DTYPE and GROUP_DTYPE
        Rows of the tables; the group's count of visible orders is brought up to date.
    visit : record of VISIT_DTYPE
        When, and what promotions were read.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        `own_utility` + `herd` + ``buy.news`` if a promotion was read in this visit; minus infinity
        while fewer orders are visible than ``buy.threshold`` x conformity.
    """
    others = herd(member, group, visit.time, p)
    if group.visible_orders < p.buy_threshold * member.conformity:
        return -np.inf
    utility = own_utility(member, member.awareness, p) + others
    if p.buy_news > 0.0 and visit.promos > 0:
        utility += p.buy_news
    return utility


@compiled
def utility_elsewhere(member, p):
    """Utility of the product where no group is at hand: a shop, a search, a habit (eq. 7.7-4).

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; who has been a member carries ``buy.carry`` of what the group
        brought, as far as it has not faded.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        `base_utility` + buy.carry x `brought_by_group`.
    """
    utility = base_utility(member, p)
    if p.buy_carry > 0.0:
        utility += p.buy_carry * brought_by_group(member, member.awareness, p)
    return utility
