"""The operator's money and hours, day by day."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shequn.agents.tables import ASK, CONTENT, EVIDENCE, KINDS, PRIZE, PROMO
from shequn.model.parameters import Parameters

ITEMS = (
    "revenue", "cost_of_goods", "content_cost", "promo_cost", "prize_cost", "moderation_cost",
    "advertising_cost", "reward_cost", "coupon_cost", "desk_cost", "welcome_cost", "event_cost",
    "compensation_cost",
)  # fmt: skip
LATER_SOURCES = ("invite", "ad", "spontaneous", "prize")
_COLUMN_OF_KIND = np.full(len(KINDS), -1)  # 0 contents, 1 promos, 2 prizes
_COLUMN_OF_KIND[[CONTENT, ASK, EVIDENCE, PROMO, PRIZE]] = 0, 0, 0, 1, 2
DAYS_OF_YEAR = 365.25


def posts_by_kind(plan: np.ndarray, groups: int) -> np.ndarray:
    """How many posts of each kind each group got; news from outside is no post.

    Parameters
    ----------
    plan : numpy.ndarray
        The day's posts.
    groups : int
        Open groups.

    Returns
    -------
    numpy.ndarray
        int64, shape (groups, 3): contents (with questions and evidence), promos, prizes.
    """
    column = _COLUMN_OF_KIND[plan["kind"]]
    cells = (plan["group"] * 3 + column)[column >= 0]
    return np.bincount(cells, minlength=3 * groups)[: 3 * groups].reshape(groups, 3)


def posts_made(kinds: np.ndarray, reuse: float) -> list[float]:
    """Posts that had to be written, of each kind (eq. 7.20-2).

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
    channels: Sequence[Parameters],
    kinds: np.ndarray,
    prizes: float,
    counts: dict[str, float],
    terms: dict[str, float],
) -> dict[str, float]:
    """What a day earned and cost (eq. 7.20-1).

    Parameters
    ----------
    channels : sequence of Parameters
        The operator's channels; all but the desks' staff is taken from the first.
    kinds : numpy.ndarray
        The day's posts, as `posts_by_kind`.
    prizes : float
        Value of the prizes offered, in CNY.
    counts : dict
        The day's totals by name, with ``orders``, ``human_messages``, and ``groups`` open in the
        morning.
    terms : dict
        What held today (`shequn.model.parameters.terms_of_day`).

    Returns
    -------
    dict
        Every item of `ITEMS` in CNY (costs positive), and ``hours`` of work.
    """
    q = channels[0]
    costs = q.costs
    contents, promos, prize_posts = posts_made(kinds, costs.post_reuse)
    written = counts["human_messages"]
    moderation = costs.hours_moderation + costs.hours_control * q.control.intensity
    hours = {
        "content_cost": costs.hours_content * contents,
        "promo_cost": costs.hours_promo * (promos + prize_posts),
        "moderation_cost": moderation * (written + counts["removed"]),
        "desk_cost": on_duty(channels)
        + counts["answer_hours"]
        + costs.hours_follow_up * counts["followed_up"],
        "welcome_cost": costs.hours_welcome * q.onboarding.ties * joins_after_start(counts),
    }
    revenue = q.product.price * counts["orders"]
    forwards = counts["forwards"] - counts["forwards_blocked"]
    compensated = q.incident.response == "compensation"
    events = costs.event * counts["events"]
    entries = {
        "revenue": revenue,
        "cost_of_goods": (1.0 - q.product.margin) * revenue,
        **{item: costs.wage * work for item, work in hours.items()},
        "prize_cost": prizes,
        "advertising_cost": q.discovery.ad_budget,
        "reward_cost": (terms["reward"] + terms["gift"]) * counts["joins_invite"]
        + q.forward.reward * forwards,
        "coupon_cost": min(terms["coupon"], q.product.price) * counts["orders"],
        "event_cost": events + costs.guest * counts["guests"],
        "compensation_cost": compensated * q.incident.compensation_value * counts["responses_read"],
    }
    return {**{item: float(entries[item]) for item in ITEMS}, "hours": float(sum(hours.values()))}


def on_duty(channels: Sequence[Parameters]) -> float:
    """Hours of duty that the desks are charged with for a day, answers paid by the piece left out.

    Parameters
    ----------
    channels : sequence of Parameters
        The operator's channels.

    Returns
    -------
    float
        Hours: all of them, or the share that goes to the desk where they are shared.
    """
    charged = {"hours": 1.0, "answers": 0.0}
    return sum(
        [
            charged.get(desk.pay, desk.time_share) * desk.staff * (desk.last_hour - desk.first_hour)
            for desk in [channel.desk for channel in channels]
        ]
    )


def joins_after_start(counts: dict[str, float]) -> float:
    """Everyone who joined on a day without being there from the start."""
    return sum([counts[f"joins_{source}"] for source in LATER_SOURCES])


def balance_of(entries: dict[str, float]) -> float:
    """Revenue minus all costs of a day, in CNY (eq. 7.20-3)."""
    return entries["revenue"] - sum(entries[item] for item in ITEMS[1:])


def discounted(balances: np.ndarray, rate: float) -> np.ndarray:
    """What the balance of each day was worth at day 0 (eq. 7.20-3).

    Parameters
    ----------
    balances : numpy.ndarray
        float64, shape (days,): balance of each day in CNY.
    rate : float
        Discount rate per year.

    Returns
    -------
    numpy.ndarray
        float64, shape (days,): balance x (1 + rate)^(-day / 365.25), in CNY.
    """
    days = np.arange(1, len(balances) + 1)
    return balances * (1.0 + rate) ** (-days / DAYS_OF_YEAR)


def customer_equity(balances: np.ndarray, rate: float) -> float:
    """Discounted margin minus all costs (eq. 7.20-3).

    Parameters
    ----------
    balances : numpy.ndarray
        float64, shape (days,): balance of each day in CNY.
    rate : float
        Discount rate per year.

    Returns
    -------
    float
        CNY at day 0: the sum of `discounted`.
    """
    return float(np.sum(discounted(balances, rate)))
