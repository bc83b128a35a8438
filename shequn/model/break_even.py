"""What one order, post, answer or member brings and costs, and how many members break even.

The ledger does the sums: one more of a thing is a day with it less a day without it, so the figures
add up with what a run earned and spent. Legend: a month is 365.25 / 12 days.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shequn.agents.tables import TALLY_NAMES
from shequn.model.ledger import DAYS_OF_YEAR, ITEMS, balance_of, entries_of, on_duty, posts_made
from shequn.model.observation import Journal
from shequn.model.parameters import Parameters, terms_of_day

MONTH = DAYS_OF_YEAR / 12.0
COLUMNS = {"content": 0, "promotion": 1, "prize": 2}  # of the posts of a day
_COUNTED = ("orders", "human_messages", "groups", "events")
_COSTS = ITEMS[2:]


def one_more(channels: Sequence[Parameters], groups: int, day: int = 0) -> dict[str, float]:
    """What one more of each thing adds to the balance of a day (eq. 7.20-4).

    Parameters
    ----------
    channels : sequence of Parameters
        The operator's channels.
    groups : int
        Open groups: a post goes to all of them, an event takes place in each.
    day : int
        Whose coupon, rewards and gifts hold.

    Returns
    -------
    dict
        CNY, costs negative, of an ``order``, a ``content`` post, a ``promotion``, a ``prize`` post,
        a ``message`` of a member read along, an ``answer`` of the desk (0 where it is not paid by
        the answer), a member who is ``invited`` or comes ``unasked``, a buyer ``contacted`` after
        the order, a message ``forwarded``, an ``event`` without guests and a ``guest``; and of the
        ``day`` itself, on which nothing happens.
    """
    terms = terms_of_day(channels[0], day)
    nothing = dict.fromkeys((*TALLY_NAMES, *_COUNTED), 0.0)

    def balance(kind: str = "", **counts: float) -> float:
        kinds = np.zeros((groups, len(COLUMNS)), np.int64)
        prizes = channels[0].policy.prize_value * groups if kind == "prize" else 0.0
        if kind:
            kinds[:, COLUMNS[kind]] = 1
        return float(balance_of(entries_of(channels, kinds, prizes, {**nothing, **counts}, terms)))

    empty = balance()
    by_answer = [c.desk for c in channels if c.desk.staff > 0.0 and c.desk.pay == "answers"]
    work = by_answer[0].service_time / 60.0 if by_answer else 0.0
    return {
        "order": balance(orders=1.0) - empty,
        **{kind: balance(kind) - empty for kind in COLUMNS},
        "message": balance(human_messages=1.0) - empty,
        "answer": balance(answer_hours=work) - empty,
        "invited": balance(joins_invite=1.0) - empty,
        "unasked": balance(joins_spontaneous=1.0) - empty,
        "contacted": balance(followed_up=1.0) - empty,
        "forwarded": balance(forwards=1.0) - empty,
        "event": balance(events=float(groups)) - empty,
        "guest": balance(guests=1.0) - empty,
        "day": empty,
    }


@dataclass(frozen=True)
class BreakEven:
    """What a run earned and spent in a month, and how far it is from breaking even (eq. 7.20-4).

    Attributes
    ----------
    members : float
        Members, mean over the days of the run.
    orders : float
        Orders a month that count: those that the community added, where that is known, else all.
    incremental : bool
        Whether it is known.
    margin : float
        CNY that an order brings before coupons: price x margin.
    fixed, growing : dict
        Costs by item of the ledger, CNY a month: those that stay when there are more members (posts
        made once, advertising, staff on duty), and those that grow with them (all others).
    """

    members: float
    orders: float
    incremental: bool
    margin: float
    fixed: Mapping[str, float]
    growing: Mapping[str, float]

    @property
    def fixed_costs(self) -> float:
        """CNY a month."""
        return sum(self.fixed.values())

    @property
    def growing_costs(self) -> float:
        """CNY a month."""
        return sum(self.growing.values())

    @property
    def balance(self) -> float:
        """CNY a month: what the orders that count bring, less all costs."""
        return self.orders * self.margin - self.fixed_costs - self.growing_costs

    @property
    def orders_needed(self) -> float:
        """Orders a month that pay for all costs; inf if an order brings nothing."""
        costs = self.fixed_costs + self.growing_costs
        if costs <= 0.0:
            return 0.0
        return costs / self.margin if self.margin > 0.0 else math.inf

    @property
    def orders_of_one(self) -> float:
        """Orders a member and month; nan without members."""
        return self.orders / self.members if self.members > 0.0 else math.nan

    @property
    def cost_of_one(self) -> float:
        """Growing costs of a member and month, CNY; nan without members."""
        return self.growing_costs / self.members if self.members > 0.0 else math.nan

    @property
    def whole_cost_of_one(self) -> float:
        """All costs of a member and month, CNY; nan without members."""
        return self.cost_of_one + (self.fixed_costs / self.members if self.members > 0.0 else 0.0)

    @property
    def gain_of_one(self) -> float:
        """What a member brings in a month, less what it costs, CNY; nan without members."""
        return self.orders_of_one * self.margin - self.cost_of_one

    @property
    def members_needed(self) -> float:
        """Members who pay for the fixed costs; inf if a member costs what it brings, or more."""
        if math.isnan(self.gain_of_one):
            return math.nan
        if self.gain_of_one > 0.0:
            return self.fixed_costs / self.gain_of_one
        return math.inf if self.fixed_costs > 0.0 or self.gain_of_one < 0.0 else 0.0


def break_even(
    journal: Journal, channels: Sequence[Parameters], summary: Mapping[str, float]
) -> BreakEven:
    """The money of a run in a month, from its record.

    Parameters
    ----------
    journal : Journal
        At least one day.
    channels : sequence of Parameters
        The operator's channels, as they were in all of the run.
    summary : mapping
        The outcomes of the run: ``incremental_orders`` counts, where it is there and has a value,
        else ``orders``.

    Returns
    -------
    BreakEven
        Fixed and growing costs are together what the ledger has.
    """
    q = channels[0]
    costs, days = q.costs, len(journal.money)
    months = days / MONTH
    made = np.array([posts_made(kinds, 1.0) for kinds in journal.posts]).sum(axis=0)
    once = costs.wage * costs.post_reuse
    fixed = {
        "content_cost": once * costs.hours_content * made[0],
        "promo_cost": once * costs.hours_promo * (made[1] + made[2]),
        "advertising_cost": q.discovery.ad_budget * days,
        "desk_cost": costs.wage * on_duty(channels) * days,
    }
    total = {item: float(journal.operator_column(item).sum()) for item in _COSTS}
    added = summary.get("incremental_orders", math.nan)
    known = not math.isnan(added)
    return BreakEven(
        members=float(journal.total("members").mean()),
        orders=(added if known else summary["orders"]) / months,
        incremental=known,
        margin=q.product.price * q.product.margin,
        fixed={item: float(spent) / months for item, spent in fixed.items()},
        growing={item: (total[item] - float(fixed.get(item, 0.0))) / months for item in _COSTS},
    )
