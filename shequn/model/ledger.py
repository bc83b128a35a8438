"""The operator's money and hours, day by day."""

from __future__ import annotations

import numpy as np

from shequn.agents.tables import CONTENT, PRIZE, PROMO
from shequn.model.parameters import Parameters

ITEMS = (
    "revenue", "cost_of_goods", "content_cost", "promo_cost", "prize_cost", "moderation_cost",
    "advertising_cost", "reward_cost",
)  # fmt: skip
DAYS_OF_YEAR = 365.25


def posts_made(plan: np.ndarray, kind: int, groups: int, reuse: float) -> float:
    """Posts that had to be written.

    A post that goes to all groups is written once when ``reuse`` is 1, for each group when 0.

    Parameters
    ----------
    plan : numpy.ndarray
        The day's posts.
    kind : int
        Which kind.
    groups : int
        Open groups.
    reuse : float
        costs.post_reuse, 0 .. 1.

    Returns
    -------
    float
        Number of posts.
    """
    counts = np.bincount(plan["group"][plan["kind"] == kind], minlength=max(1, groups))
    return reuse * float(counts.max()) + (1.0 - reuse) * float(counts.sum())


def entries_of_day(
    parameters: Parameters, plan: np.ndarray, groups: int, counts: dict[str, float]
) -> dict[str, float]:
    """What a day earned and cost.

    Parameters
    ----------
    parameters : Parameters
        The tree.
    plan : numpy.ndarray
        The day's posts.
    groups : int
        Open groups.
    counts : dict
        ``orders``, ``human_messages`` and ``joins_invite`` of the day.

    Returns
    -------
    dict
        Every item of `ITEMS` in CNY (costs positive), and ``hours`` of work.
    """
    costs, product = parameters.costs, parameters.product
    made = {
        kind: posts_made(plan, kind, groups, costs.post_reuse) for kind in (CONTENT, PROMO, PRIZE)
    }
    hours_content = costs.hours_content * made[CONTENT]
    hours_promo = costs.hours_promo * (made[PROMO] + made[PRIZE])
    hours_moderation = costs.hours_moderation * counts["human_messages"]
    revenue = product.price * counts["orders"]
    return {
        "revenue": revenue,
        "cost_of_goods": (1.0 - product.margin) * revenue,
        "content_cost": costs.wage * hours_content,
        "promo_cost": costs.wage * hours_promo,
        "prize_cost": float(plan["prize"].sum(dtype=float)),
        "moderation_cost": costs.wage * hours_moderation,
        "advertising_cost": parameters.discovery.ad_budget,
        "reward_cost": parameters.invite.reward * counts["joins_invite"],
        "hours": hours_content + hours_promo + hours_moderation,
    }


def balance_of(entries: dict[str, float]) -> float:
    """Revenue minus all costs of a day, in CNY."""
    return entries["revenue"] - sum(entries[item] for item in ITEMS[1:])


def customer_equity(balances: np.ndarray, rate: float) -> float:
    """Discounted margin minus all costs.

    Parameters
    ----------
    balances : numpy.ndarray
        float64, shape (days,): balance of each day in CNY.
    rate : float
        Discount rate per year.

    Returns
    -------
    float
        CNY at day 0: sum of balance x (1 + rate)^(-day / 365.25).
    """
    days = np.arange(1, len(balances) + 1)
    return float(np.sum(balances * (1.0 + rate) ** (-days / DAYS_OF_YEAR)))
