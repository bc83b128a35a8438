"""buy: on a purchase occasion, choose between the product, its rivals and nothing.

An occasion that no visit meets in time is met elsewhere: a shop, a search, a habit.
"""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled, inlined
from shequn.agents.maths import exp, log
from shequn.agents.randomness import draw, exponential, normals, stream
from shequn.agents.tables import NOBODY, ORDER_SHARE
from shequn.agents.verbs.speak import Draft, append_message
from shequn.agents.verbs.utility import product_utility, utility_elsewhere
from shequn.agents.verbs.wait import need_rate

CHOICE = stream("buy.choice")
NEED_CLOCK = stream("buy.clock")
SHARE = stream("buy.share")
PATIENCE = stream("buy.patience")
MOST_OCCASIONS = 65535  # of a person: what its counter holds


@compiled
def experience(member, u0, u1, paid, p):
    """Meet the product: satisfaction = experience - expectation (Oliver 1980), which adapts.

    Eq. 7.7-3. A price above the fair one disappoints, a lower one pleases: ``buy.price_felt`` x
    ln(paid / fair) (reference prices: Kalyanaram & Winer 1995, Marketing Science 14(3); the form
    and the weight are assumed).

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; changed.
    u0, u1 : float
        Uniform numbers.
    paid : float
        Price less coupon, in CNY.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    met = p.today_quality + p.buy_noise * normals(u0, u1)[0]
    gap = met - member.expectation
    felt = gap
    if p.buy_price_felt > 0.0:
        fair = p.product_fair_price if p.product_fair_price > 0.0 else p.product_price
        if fair > 0.0:
            felt -= p.buy_price_felt * log(max(paid, 0.01 * fair) / fair)
    member.satisfaction = min(1.0, max(-1.0, felt))
    member.expectation += p.buy_expectation_rate * gap


@compiled
def days_overdue(clock, member, p):
    """Days since the need behind a clock fell due, below 0 before it does; 0 without needs."""
    rate = need_rate(member, p)
    return -clock / rate if rate > 0.0 else 0.0


@compiled
def is_past(overdue, row, occasion, p):
    """Whether a need has waited longer than a person waits: exponential, mean ``buy.patience``.

    Eq. 7.7-5. One draw for each person and occasion.

    Parameters
    ----------
    overdue : float
        Days since it fell due.
    row, occasion : int
        Person, and which of its occasions.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    bool
        Never with a patience of inf.
    """
    if p.buy_patience == np.inf or overdue <= 0.0:
        return False
    return overdue > p.buy_patience * exponential(p.seed, PATIENCE, row, occasion)


@compiled
def expect(member, chance, overdue, time, p):
    """Count an order expected since day 0, by the day on which its need would have come unasked.

    Eq. 7.7-6. A need that promotions have advanced, and that is paid back, counts on the day to
    which it belongs, so that a need borrowed from the time after a run can be told.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table, ``advanced`` still that of this need; changed.
    chance : float
        The chance of an order.
    overdue : float
        Days since the need fell due.
    time : float
        Now, in days.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        The chance, or 0 for a need from before day 0.
    """
    rate = need_rate(member, p)
    early = p.buy_payback * member.advanced / rate if rate > 0.0 else 0.0
    member.last_due = time - overdue + early
    member.last_chance = chance
    if member.last_due <= 0.0:
        return 0.0
    member.chances += chance
    return chance


@compiled
def next_need(member, clock, row, p):
    """The clock wound to the next occasion; days of need advanced are paid back (eq. 7.7-1).

    ``buy.payback`` x what promotions have advanced since the last occasion is added to the
    interval: at 1 a promotion moves needs in time and makes none.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; its count of occasions goes up.
    clock : float
        What is left of the clock, at most 0.
    row : int
        Its number.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    float
        The clock.
    """
    member.occasions += 1
    clock += exponential(p.seed, NEED_CLOCK, row, member.occasions)
    if p.buy_payback > 0.0:
        clock += p.buy_payback * member.advanced
    member.advanced = 0.0
    return clock


@compiled
def buy_elsewhere(member, row, p):
    """Meet a need without a visit; returns the chance of an order, and whether one was placed.

    Eq. 7.7-5. The luck is that of the occasion, wherever it is met.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; changed.
    row : int
        Its number.
    p : record
        Parameters, as `kernel_record` gives them.

    Returns
    -------
    chance : float
        0 .. 1.
    ordered : bool
        Whether the product was bought.
    """
    u, u0, u1, _ = draw(p.seed, CHOICE, row, member.occasions)
    rivals = p.buy_rivals * np.float64(member.rivals)
    chance = 1.0 / (1.0 + (1.0 + rivals) * exp(-utility_elsewhere(member, p)))
    if u < chance:
        experience(member, u0, u1, p.product_price, p)
        member.orders_elsewhere = min(65535, np.int64(member.orders_elsewhere) + 1)
    return chance, u < chance


@compiled
def run_errands(member, row, time, tally, p):
    """Meet the needs that have waited too long for a visit, up to now (eq. 7.7-5).

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table, clocks current; changed.
    row : int
        Its number.
    time : float
        Now, in days.
    tally : record of TALLY_DTYPE
        Counts of its group and tier: orders elsewhere, and orders expected since day 0.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    clock = np.float64(member.need_clock)
    while clock <= 0.0 and member.occasions < MOST_OCCASIONS:
        overdue = days_overdue(clock, member, p)
        if not is_past(overdue, row, member.occasions, p):
            break
        chance, ordered = buy_elsewhere(member, row, p)
        tally.orders_elsewhere += ordered
        tally.orders_expected += expect(member, chance, overdue, time, p)
        clock = next_need(member, clock, row, p)
    member.need_clock = clock


@compiled
def catch_up(member, row, time, p):
    """Let the needs pass that a person has met before joining for the first time (eq. 7.7-5).

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table, current at ``updated_at``; its need clock is brought up to now.
    row : int
        Its number.
    time : float
        Now, in days.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    if p.buy_patience == np.inf:
        return
    clock = member.need_clock - need_rate(member, p) * (time - member.updated_at)
    while clock <= 0.0 and member.occasions < MOST_OCCASIONS:
        if not is_past(days_overdue(clock, member, p), row, member.occasions, p):
            break
        clock = next_need(member, clock, row, p)
    member.need_clock = clock
    member.occasions_before = member.occasions


@inlined
def buy(member, row, feed, group, visit, p):
    """Meet the purchase occasions that have fallen due; each may end in an order (eq. 7.7-1).

    Occasions come at `need_rate`; each promotion read brings forward ``buy.reminder`` days of
    need, a soft one less by ``buy.reminder_overtness``. One that has waited longer than a person
    waits was met elsewhere (`run_errands`). An order moves habit towards 1 by
    ``feel.habit_order``. The choice is logit between the product, the rivals' products as they
    looked last midnight, and nothing. A buyer shares the order in the group with probability
    ``speak.order_share`` x (1 + ``speak.order_share_slope`` x satisfaction); an order of a rival
    product is delivered at midnight.

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
        What was read; ``orders`` is counted up, and those ``elsewhere`` and ``expected``.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    advance = need_rate(member, p) * p.buy_reminder * visit.reminders
    member.advanced += advance
    clock = member.need_clock - advance
    while clock <= 0.0 and member.occasions < MOST_OCCASIONS:
        overdue = days_overdue(clock + advance, member, p)
        if is_past(overdue, row, member.occasions, p):
            chance, ordered = buy_elsewhere(member, row, p)
            visit.elsewhere += ordered
        else:
            chance = choose(member, row, feed, group, visit, p)
        visit.expected += expect(member, chance, days_overdue(clock, member, p), visit.time, p)
        clock = next_need(member, clock, row, p)
    member.need_clock = clock


@compiled
def choose(member, row, feed, group, visit, p):
    """One purchase occasion in a visit (eq. 7.7-1).

    Parameters
    ----------
    member, row, feed, group, visit, p
        As for `buy`.

    Returns
    -------
    float
        The chance that the product is bought, 0 .. 1.
    """
    u, u0, u1, u2 = draw(p.seed, CHOICE, row, member.occasions)
    other = exp(-product_utility(member, group, visit, p))
    rivals = p.buy_rivals * np.float64(member.rivals)
    nothing_or_rival = (1.0 + rivals) * other
    chance = 1.0 / (1.0 + nothing_or_rival)
    if u < chance:
        experience(member, u0, u1, p.product_price - p.today_coupon, p)
        member.orders += 1
        member.last_order_at = visit.time
        member.habit += p.feel_habit_order * (1.0 - member.habit)
        visit.orders += 1
        shown = p.speak_order_share * (1.0 + p.speak_order_share_slope * member.satisfaction)
        if p.group_peers_post != 0.0 and u2 < shown:
            share_order(member, row, feed, group, visit, p)
    elif rivals > 0.0 and member.rival_orders < 255:
        # u is spread anew over what is not the product: a rival, else nothing.
        rest = u * (1.0 + nothing_or_rival) - 1.0
        member.rival_orders += rest < rivals * other
    return chance


@compiled
def share_order(member, row, feed, group, visit, p):
    """Show an order in the group; it counts as visible until it fades.

    Parameters
    ----------
    member, row, feed, group, visit, p
        As for `buy`.
    """
    u = draw(p.seed, SHARE, row, member.orders)
    length = p.speak_length * exp(p.speak_length_spread * normals(u[0], u[1])[0])
    draft = Draft(
        author=row, kind=ORDER_SHARE, root=0, to=NOBODY, topic=member.topic,
        quality=p.speak_quality, length=length, valence=member.satisfaction, voice=member.voice,
    )  # fmt: skip
    append_message(feed, group, visit.time, draft)
    group.visible_orders += 1.0
    member.posts += 1
    member.read_upto = group.newest
