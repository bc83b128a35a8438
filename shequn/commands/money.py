"""The page of money: what one of each thing brings and costs, and how far it is to break even."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from shequn.commands.layout import print_table, print_text
from shequn.commands.options import number

if TYPE_CHECKING:
    from shequn.experiments.runs.run import Run
    from shequn.model.break_even import BreakEven
    from shequn.model.parameters import Parameters

_THINGS = {
    "order": "an order",
    "content": "a content post",
    "promotion": "a promotion",
    "prize": "a prize post, its prizes with it",
    "message": "a message of a member, read along",
    "answer": "an answer of the desk",
    "invited": "a new member who was invited",
    "unasked": "a new member who was not",
    "contacted": "a buyer contacted afterwards",
    "forwarded": "a message passed on",
    "event": "an event, its guests left out",
    "guest": "a guest of it",
    "day": "a day on which nothing happens",
}


def print_money(result: Run) -> None:
    """Print the page of a run.

    Parameters
    ----------
    result : Run
        The run, changed by nobody meanwhile.
    """
    from shequn.model.break_even import break_even, one_more

    community = result.community
    operator = community.operator
    groups = operator.groups.stop - operator.groups.start
    day = max(0, community.day - 1)
    one = one_more(operator.channels, groups, day)
    reasons = _reasons(operator.channels, groups, day)
    rows = [[name, money(one[key]), reasons[key]] for key, name in _THINGS.items()]
    print_table(
        f"Money of {community.settings.name}: what one more brings (+) or costs (-), by the terms "
        f"of day {day}",
        ["one more", "CNY", "because"],
        rows,
    )
    if not community.day:
        print_text("No day has passed, so nothing can be said of a month.")
        return
    found = break_even(operator.journal, operator.channels, result.summary)
    print_table(
        f"A month (365.25 / 12 days), mean of {community.day} days, seed {community.seed_of_run}",
        ["", "CNY", "because"],
        _month(found),
    )
    alike = operator.channels[0].group.capacity if len(operator.channels) == 1 else None
    for sentence in sentences(found, alike):
        print_text(f"- {sentence}", hanging="  ")


def money(value: float) -> str:
    """An amount in CNY with its sign, for a table."""
    return "0" if value == 0.0 else ("+" if value > 0.0 else "") + plain(value)


def plain(value: float) -> str:
    """An amount in CNY: none, two or as many decimals as two digits of it need."""
    if abs(value) >= 100.0:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 0.1 or value == 0.0 else f"{value:.2g}"


def _reasons(channels: Sequence[Parameters], groups: int, day: int) -> dict[str, str]:
    """The reason of each figure in a few words."""
    from shequn.model.parameters import terms_of_day

    q, costs = channels[0], channels[0].costs
    terms = terms_of_day(q, day)
    work = lambda hours: f"{60.0 * hours:g} minutes at {costs.wage:g} CNY an hour"  # noqa: E731
    shared = {1.0: "once for all groups", 0.0: "for each group"}
    made = shared.get(costs.post_reuse, f"reused by {costs.post_reuse:g}") if groups > 1 else ""
    made = f", {made}" if made else ""
    pays = {channel.desk.pay for channel in channels if channel.desk.staff > 0.0}
    answer = "the work on it" if "answers" in pays else "staff is paid by its hours of duty"
    paid = f"reward {terms['reward']:g}, gift {terms['gift']:g}"
    welcome = work(costs.hours_welcome * q.onboarding.ties)
    return {
        "order": f"price {q.product.price:g} x margin {q.product.margin:g}, less coupon "
        f"{min(terms['coupon'], q.product.price):g}",
        "content": work(costs.hours_content) + made,
        "promotion": work(costs.hours_promo) + made,
        "prize": f"{work(costs.hours_promo)}{made}; {q.policy.prize_value:g} in each group",
        "message": work(costs.hours_moderation + costs.hours_control * q.control.intensity),
        "answer": answer if pays else "there is no desk",
        "invited": f"{paid}, welcome: {welcome}",
        "unasked": f"welcome: {welcome}",
        "contacted": work(costs.hours_follow_up),
        "forwarded": f"reward {q.forward.reward:g}",
        "event": f"{costs.event:g} in each group",
        "guest": "",
        "day": f"staff on duty, advertising {q.discovery.ad_budget:g}",
    }


def _month(found: BreakEven) -> list[list[str]]:
    """The rows of a month; they add up to the balance."""
    orders = "orders that the community added" if found.incremental else "orders"
    rows = [
        [
            "margin of orders",
            money(found.orders * found.margin),
            f"{number(found.orders)} {orders} x {plain(found.margin)}, coupons not yet taken off",
        ]
    ]
    for costs, words in (
        (found.fixed, "however many members there are"),
        (found.growing, "grows with the members"),
    ):
        rows += [
            [item.replace("_", " "), money(-spent), words]
            for item, spent in costs.items()
            if abs(spent) > 1e-9
        ]
    return [*rows, ["balance", money(found.balance), "the sum of these"]]


def sentences(found: BreakEven, capacity: int | None) -> list[str]:
    """What follows from a month, in plain sentences.

    Parameters
    ----------
    found : BreakEven
        The month.
    capacity : int or None
        Most members of a group; None where groups differ.

    Returns
    -------
    list of str
        Whether orders or those that the community added are counted is said first.
    """
    kind = "incremental orders" if found.incremental else "orders"
    lines = [
        "Counted are incremental orders: those that the same people would not have placed without "
        "the community."
        if found.incremental
        else "Counted are all orders, also those that would have come without the community: what "
        "it brings is less, and what it needs is more than is said here."
    ]
    lines.append(
        f"The policy costs {plain(found.fixed_costs)} CNY a month whatever the number of members."
    )
    if math.isinf(found.orders_needed):
        lines.append("An order brings nothing, so no number of orders breaks even.")
    else:
        lines.append(
            f"Incremental orders needed to break even: {_count(found.orders_needed)} a month. The "
            f"run has {number(found.orders)} {kind} a month."
        )
    if not found.members:
        return [*lines, "Nobody is there, so nothing can be said of a member."]
    lines.append(
        f"There are {number(found.members)} members on average. Each places "
        f"{number(found.orders_of_one)} {kind} a month, which bring "
        f"{plain(found.orders_of_one * found.margin)} CNY, and costs {plain(found.cost_of_one)} "
        f"CNY a month beside the policy: {plain(found.gain_of_one)} CNY are left. With the policy, "
        f"a member costs {plain(found.whole_cost_of_one)} CNY a month."
    )
    return [*lines, _size(found, capacity)]


def _count(value: float) -> str:
    """A number of orders or members, rounded up."""
    return f"{math.ceil(value - 1e-9):,}"


def _size(found: BreakEven, capacity: int | None) -> str:
    """How many members break even, and how far away that is."""
    needed, here = found.members_needed, found.members
    if math.isinf(needed):
        return (
            "A member costs what it brings, or more: no number of members breaks even with these "
            "orders a member."
        )
    said = f"Members needed to break even: {_count(needed)}"
    if needed <= here:
        return f"{said}. There are {number(here)}, so it does."
    if capacity:
        rooms = math.ceil(needed / capacity - 1e-9)
        said += f" ({rooms:,} group{'s' if rooms > 1 else ''} of at most {capacity:,})"
    return (
        f"{said}, {number(needed / here)} times those that there are: {_count(needed - here)} are "
        "missing. That is if more members order as these do, and the policy costs no more: more "
        "staff or posts would."
    )
