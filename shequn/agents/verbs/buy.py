"""buy: on a purchase occasion, choose between the product, its rivals and nothing."""

from __future__ import annotations

import math

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import draw, exponential, normals, stream
from shequn.agents.tables import NOBODY, ORDER_SHARE
from shequn.agents.verbs.speak import Draft, append_message
from shequn.agents.verbs.wait import need_rate

CHOICE = stream("buy.choice")
NEED_CLOCK = stream("buy.clock")
SHARE = stream("buy.share")


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
    return dose * math.exp(1.0 - dose)


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
        buy.constant + effect of exposures + attitude + taste for quality and status - price less
        coupon against budget.
    """
    return (
        p.buy_constant
        + p.buy_awareness * ad_effect(awareness, p.feel_awareness_peak)
        + p.buy_attitude * member.attitude
        + member.quality_weight * p.today_quality
        + member.face_weight * p.product_status
        - member.price_weight
        * max(0.0, p.product_price - p.today_coupon)
        / max(1e-9, np.float64(member.budget))
    )


@compiled
def product_utility(member, group, time, p):
    """Utility of the product over buying nothing (multinomial logit: McFadden 1974) (eq. 7.7-2).

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
        `own_utility` + conformity x ln(1 + visible recent orders).
    """
    group.visible_orders *= math.exp(-p.buy_visible_decay * (time - group.visible_at))
    group.visible_at = time
    herd = p.buy_herd * member.conformity * math.log(1.0 + group.visible_orders)
    return own_utility(member, member.awareness, p) + herd


@compiled
def experience(member, u0, u1, p):
    """Meet the product: satisfaction = experience - expectation (Oliver 1980), which adapts.

    Eq. 7.7-3.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; changed.
    u0, u1 : float
        Uniform numbers.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    met = p.today_quality + p.buy_noise * normals(u0, u1)[0]
    gap = met - member.expectation
    member.satisfaction = min(1.0, max(-1.0, gap))
    member.expectation += p.buy_expectation_rate * gap


@compiled
def buy(member, row, feed, group, visit, p):
    """Meet the purchase occasions that have fallen due; each may end in an order (eq. 7.7-1).

    Occasions come at `need_rate`; each promotion read brings forward ``buy.reminder`` days of
    need, a soft one less by ``buy.reminder_overtness``. An order moves habit towards 1 by
    ``feel.habit_order``. The choice is logit between the product,
    the rivals' products as they looked last midnight, and nothing. A buyer shares the order in the
    group with probability ``speak.order_share``; an order of a rival product is delivered at
    midnight.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; changed.
    row : int
        Its number.
    feed : array of MESSAGE_DTYPE
        The group's ring of messages.
    group : record of GROUP_DTYPE
        Row of the groups table.
    visit : record of VISIT_DTYPE
        What was read; ``orders`` is counted up.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    clock = member.need_clock - need_rate(member, p) * p.buy_reminder * visit.reminders
    while clock <= 0.0 and member.occasions < 65535:
        u, u0, u1, u2 = draw(p.seed, CHOICE, row, member.occasions)
        other = math.exp(-product_utility(member, group, visit.time, p))
        rivals = p.buy_rivals * np.float64(member.rivals)
        nothing_or_rival = (1.0 + rivals) * other
        if u < 1.0 / (1.0 + nothing_or_rival):
            experience(member, u0, u1, p)
            member.orders += 1
            member.last_order_at = visit.time
            member.habit += p.feel_habit_order * (1.0 - member.habit)
            visit.orders += 1
            if p.group_peers_post != 0.0 and u2 < p.speak_order_share:
                share_order(member, row, feed, group, visit, p)
        elif rivals > 0.0 and member.rival_orders < 255:
            # u is spread anew over what is not the product: a rival, else nothing.
            rest = u * (1.0 + nothing_or_rival) - 1.0
            member.rival_orders += rest < rivals * other
        member.occasions += 1
        clock += exponential(p.seed, NEED_CLOCK, row, member.occasions)
    member.need_clock = clock


@compiled
def share_order(member, row, feed, group, visit, p):
    """Show an order in the group; it counts as visible until it fades.

    Parameters
    ----------
    member, row, feed, group, visit, p
        As for `buy`.
    """
    u = draw(p.seed, SHARE, row, member.orders)
    length = p.speak_length * math.exp(p.speak_length_spread * normals(u[0], u[1])[0])
    draft = Draft(
        author=row, kind=ORDER_SHARE, root=0, to=NOBODY, topic=member.topic,
        quality=p.speak_quality, length=length, valence=member.satisfaction, voice=member.voice,
    )  # fmt: skip
    append_message(feed, group, visit.time, draft)
    group.visible_orders += 1.0
    member.posts += 1
    member.read_upto = group.newest
