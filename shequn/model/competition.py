"""Competition: what a person carries between the groups of several operators, at midnight."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.maths import exp
from shequn.agents.randomness import draw, stream
from shequn.agents.tables import MEMBER, MUTED
from shequn.agents.verbs.buy import experience
from shequn.agents.verbs.utility import own_utility

RIVAL = stream("rivals.choice")
_MOST_ORDERS = 256


@compiled
def weight(member, p):
    """Sessions that a membership would have, which is what attention is divided by; 0 outside.

    Eq. 7.18-1.
    """
    if member.status != MEMBER and member.status != MUTED:
        return 0.0
    muted = p.rhythm_muted if member.status == MUTED else 1.0
    return np.float64(member.session_rate) * member.habit * muted


@compiled
def divide_attention(person, people, members, operators, rules):
    """Each membership gets the share of attention that its sessions have in all of them.

    Eq. 7.18-1.

    Where there is only one membership, and outside, the share is 1.
    """
    total = 0.0
    for k in range(operators.shape[0]):
        total += weight(members[k * people + person], rules[operators[k].rules])
    for k in range(operators.shape[0]):
        member = members[k * people + person]
        own = weight(member, rules[operators[k].rules])
        member.share = own / total if own > 0.0 else 1.0


@compiled
def compare_products(person, people, time, members, operators, rules, worth):
    """How attractive the rivals are to a person, seen from each membership (eq. 7.18-1).

    The attraction of a product is exp(utility) without what others do in its group; exposures fade
    outside the groups, too. A person considers the products of those operators only in whose groups
    he or she is or was (a consideration set: Hauser & Wernerfelt 1990, J. Consumer Research 16(4);
    that membership makes it is assumed).
    """
    total = 0.0
    for k in range(operators.shape[0]):
        p = rules[operators[k].rules]
        member = members[k * people + person]
        gone = max(0.0, time - member.updated_at)
        awareness = member.awareness * exp(-p.feel_awareness_decay * gone)
        utility = own_utility(member, awareness, p)
        worth[k] = exp(min(50.0, utility)) if member.joins > 0 else 0.0
        total += worth[k]
    for k in range(operators.shape[0]):
        members[k * people + person].rivals = total - worth[k]


@compiled
def other_product(worth, buyer, u):
    """A product other than the buyer's, by attraction.

    Parameters
    ----------
    worth : numpy.ndarray
        float64: attraction of each product.
    buyer : int
        Operator whose product is left out.
    u : float
        Uniform number.

    Returns
    -------
    int
        Operator; -1 when no other product attracts.
    """
    left = u * (worth.sum() - worth[buyer])
    chosen = -1
    for k in range(worth.shape[0]):
        if k != buyer and worth[k] > 0.0 and left >= 0.0:
            chosen = k
            left -= worth[k]
    return chosen


@compiled
def deliver_order(person, buyer, index, worth, time, tables, rules):
    """An order of a rival product goes to one of the rivals, by their attraction.

    Parameters
    ----------
    person : int
        The person.
    buyer : int
        Operator in whose group the need arose.
    index : int
        Which of this person's orders of rival products today.
    worth : numpy.ndarray
        float64: attraction of each product to this person, now.
    time : float
        Midnight, in days.
    tables : Tables
        The state.
    rules : record array
        Parameters, as `kernel_record` gives them, a row for each channel.
    """
    people = tables.members.shape[0] // tables.operators.shape[0]
    row = buyer * people + person
    u = draw(np.uint64(rules[0].seed), RIVAL, row, np.int64(time) * _MOST_ORDERS + index)
    chosen = other_product(worth, buyer, u[0])
    if chosen < 0:
        return
    own = tables.operators[chosen]
    member = tables.members[chosen * people + person]
    inside = member.status == MEMBER or member.status == MUTED
    group = np.int64(member.group) if inside else np.int64(own.first_group)
    tally = tables.tally[group][member.tier]
    if member.orders == 0:
        tally.orders_new += 1.0
    else:
        tally.orders_repeat += 1.0
    q = rules[own.rules]
    experience(member, u[1], u[2], q.product_price - q.today_coupon, q)
    member.orders = min(65535, np.int64(member.orders) + 1)
    member.last_order_at = time
    tables.tally[tables.members[row].group][member.tier].rival_orders += 1.0


@compiled
def exchange(time, tables, rules, worth):
    """Midnight in a market of several operators: orders, attention and comparison of products.

    Parameters
    ----------
    time : float
        Midnight, in days.
    tables : Tables
        The state.
    rules : record array
        Parameters, as `kernel_record` gives them, a row for each channel of each operator.
    worth : numpy.ndarray
        float64, shape (operators,): scratch.
    """
    operators = tables.operators
    members = tables.members
    count = operators.shape[0]
    people = members.shape[0] // count
    for person in range(people):
        compare_products(person, people, time, members, operators, rules, worth)
        for k in range(count):
            buyer = members[k * people + person]
            for index in range(np.int64(buyer.rival_orders)):
                deliver_order(person, k, index, worth, time, tables, rules)
            buyer.rival_orders = 0
        divide_attention(person, people, members, operators, rules)
