"""What the same people would have bought, with the same luck, had there been no group.

No second run is needed: needs, waits and the luck of a purchase are keyed by person and occasion,
so that the purchases of the world without the group follow from the draws alone. Where that holds
is said by `shequn.model.added.undefined`.
"""

from __future__ import annotations

import math

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.maths import exp, log
from shequn.agents.randomness import draw, exponential
from shequn.agents.tables import LEFT, MEMBER, MUTED
from shequn.agents.verbs.buy import MOST_OCCASIONS, NEED_CLOCK
from shequn.agents.verbs.utility import base_utility, utility_elsewhere
from shequn.agents.verbs.wait import need_rate
from shequn.model.added import Added
from shequn.model.people import CLOCKS


@compiled
def _pending(member, row, now, p):
    """Orders expected of the needs that wait at the end, less what is borrowed from later."""
    if member.status != MEMBER and member.status != MUTED and member.status != LEFT:
        return 0.0
    total = 0.0
    if member.last_due > now:
        total -= np.float64(member.last_chance)
    rate = need_rate(member, p)
    chance = 1.0 / (1.0 + exp(-utility_elsewhere(member, p)))
    clock = member.need_clock + p.buy_payback * member.advanced
    occasion = np.int64(member.occasions)
    while clock <= 0.0 and occasion < MOST_OCCASIONS:
        if now * rate + clock > 0.0:
            total += chance
        occasion += 1
        clock += exponential(p.seed, NEED_CLOCK, row, occasion)
    return total


@compiled
def count_added(members, first_day, days, p, daily):
    """Orders expected with the group and without (eq. 7.7-6).

    Parameters
    ----------
    members : array of MEMBER_DTYPE
        The rows of the operator under study; only who was ever a member counts.
    first_day, days : int
        When the world began, and days since day 0.
    p : record
        Parameters of the operator's first channel, as `kernel_record` gives them.
    daily : numpy.ndarray
        float64, shape (days,): orders of each day without the group; filled.

    Returns
    -------
    expected, pending : float
        As in `Added`.
    """
    expected, pending = 0.0, 0.0
    for row in range(members.shape[0]):
        member = members[row]
        if member.joins == 0 or member.need_rate <= 0.0:
            continue
        waiting = _pending(member, row, np.float64(days), p)
        expected += member.chances + waiting
        pending += waiting
        chance = 1.0 / (1.0 + exp(-base_utility(member, p)))
        time = first_day - log(draw(p.seed, CLOCKS, row, 0)[1]) / member.need_rate
        occasion = 0
        while time <= days:
            if occasion >= member.occasions_before and time > 0.0:
                daily[math.ceil(time) - 1] += chance
            occasion += 1
            time += exponential(p.seed, NEED_CLOCK, row, occasion) / member.need_rate
    return expected, pending


def added(members: np.ndarray, rules: np.ndarray, first_day: int, days: int) -> Added:
    """What a group adds to the orders of its members: with it, and without.

    Parameters
    ----------
    members : numpy.ndarray
        MEMBER_DTYPE, shape (people,): the rows of the operator under study.
    rules : numpy.ndarray
        Parameters for kernels; the first row counts.
    first_day, days : int
        When the world began (0, or before it where there is a past), and days since day 0.

    Returns
    -------
    Added
        Sums of chances, not of orders drawn: the same mean with less luck in it.
    """
    daily = np.zeros(days)
    expected, pending = count_added(members, first_day, days, rules[0], daily)
    return Added(float(expected), float(daily.sum()), daily, float(pending))
