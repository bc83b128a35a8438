"""The operator's money and hours, day by day."""

from __future__ import annotations

import numpy as np

from shequn.agents.tables import CONTENT
from shequn.model.parameters import Parameters

ITEMS = (
    "revenue", "cost_of_goods", "content_cost", "promo_cost", "prize_cost", "moderation_cost",
    "advertising_cost", "reward_cost",
)  # fmt: skip
DAYS_OF_YEAR = 365.25


def posts_by_kind(plan: np.ndarray, groups: int) -> np.ndarray:
    """How many posts of each kind each group got.

    Parameters
    ----------
    plan : numpy.ndarray
        The day's posts.
    groups : int
        Open groups.

    Returns
    -------
    numpy.ndarray
        int64, shape (groups, 3): contents, promos, prizes.
    """
    cells = plan["group"] * 3 + (plan["kind"] - CONTENT)
    return np.bincount(cells, minlength=3 * groups)[: 3 * groups].reshape(groups, 3)


def posts_made(kinds: np.ndarray, reuse: float) -> list[float]:
    """Posts that had to be written, of each kind.

    A post that goes to all groups is written once when ``reuse`` is 1, for each group when 0.

    Parameters
    ----------
    kinds : numpy.ndarray
        As `posts_by_kind`.
    reuse : float
        costs.post_reuse, 0 .. 1.

    Returns
    -------
    list of float
        Contents, promos, prizes.
    """
    if not len(kinds):
        return [0.0, 0.0, 0.0]
    return (reuse * kinds.max(axis=0) + (1.0 - reuse) * kinds.sum(axis=0)).tolist()


def entries_of_day(
    parameters: Parameters, kinds: np.ndarray, prizes: float, counts: dict[str, float]
) -> dict[str, float]:
    """What a day earned and cost.

    Parameters
    ----------
    parameters : Parameters
        The tree.
    kinds : numpy.ndarray
        The day's posts, as `posts_by_kind`.
    prizes : float
        Value of the prizes offered, in CNY.
    counts : dict
        ``orders``, ``human_messages`` and ``joins_invite`` of the day.

    Returns
    -------
    dict
        Every item of `ITEMS` in CNY (costs positive), and ``hours`` of work.
    """
    costs, product = parameters.costs, parameters.product
    contents, promos, prize_posts = posts_made(kinds, costs.post_reuse)
    hours_content = costs.hours_content * contents
    hours_promo = costs.hours_promo * (promos + prize_posts)
    hours_moderation = costs.hours_moderation * counts["human_messages"]
    revenue = product.price * counts["orders"]
    return {
        "revenue": revenue,
        "cost_of_goods": (1.0 - product.margin) * revenue,
        "content_cost": costs.wage * hours_content,
        "promo_cost": costs.wage * hours_promo,
        "prize_cost": prizes,
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
