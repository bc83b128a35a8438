"""The operator's money and hours, day by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from shequn.model.parameters import Parameters

ITEMS = (
    "revenue", "cost_of_goods", "content_cost", "promo_cost", "prize_cost", "moderation_cost",
    "advertising_cost", "reward_cost", "coupon_cost", "desk_cost", "welcome_cost", "event_cost",
    "compensation_cost",
)  # fmt: skip
LATER_SOURCES = ("invite", "ad", "spontaneous", "prize")
DAYS_OF_YEAR = 365.25


def posts_made(kinds: np.ndarray, reuse: float) -> np.ndarray:
    """Posts that had to be written, of each kind (eq. 7.20-2).

    A post that goes to all groups is written once when ``reuse`` is 1, for each group when 0.

    Parameters
    ----------
    kinds : numpy.ndarray
        int64, shape (..., groups, 3): contents (with questions and evidence), promos, prizes that
        each group got.
    reuse : float
        costs.post_reuse, 0 .. 1.

    Returns
    -------
    numpy.ndarray
        float64, shape (..., 3): contents, promos, prizes.
    """
    if not kinds.shape[-2]:
        return np.zeros((*kinds.shape[:-2], 3))
    return reuse * kinds.max(axis=-2) + (1.0 - reuse) * kinds.sum(axis=-2)


def entries_of(
    channels: Sequence[Parameters],
    kinds: np.ndarray,
    prizes: Any,
    counts: Mapping[str, Any],
    terms: Mapping[str, Any],
) -> dict[str, Any]:
    """What days earned and cost (eq. 7.20-1).

    Parameters
    ----------
    channels : sequence of Parameters
        The operator's channels; all but the desks' staff is taken from the first.
    kinds : numpy.ndarray
        int64, shape (days, groups, 3): the posts of each day, as `posts_made` takes them.
    prizes : numpy.ndarray
        float64, shape (days,): value of the prizes offered, in CNY.
    counts : mapping
        Each day's totals by name, float64 of shape (days,), with ``orders``, ``human_messages`` and
        ``events``.
    terms : mapping
        What held on each day (`shequn.model.parameters.terms_of_day`).

    Returns
    -------
    dict
        Every item of `ITEMS` in CNY (costs positive), and ``hours`` of work, by day. Numbers
        instead of days give those of one day.
    """
    q = channels[0]
    costs = q.costs
    contents, promos, prize_posts = np.moveaxis(posts_made(kinds, costs.post_reuse), -1, 0)
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
        "advertising_cost": np.full_like(revenue, q.discovery.ad_budget, dtype=float),
        "reward_cost": (terms["reward"] + terms["gift"]) * counts["joins_invite"]
        + q.forward.reward * forwards,
        "coupon_cost": np.minimum(terms["coupon"], q.product.price) * counts["orders"],
        "event_cost": events + costs.guest * counts["guests"],
        "compensation_cost": compensated * q.incident.compensation_value * counts["responses_read"],
    }
    return {**{item: entries[item] for item in ITEMS}, "hours": sum(hours.values())}


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


def joins_after_start(counts: Mapping[str, Any]) -> Any:
    """Everyone who joined on a day without being there from the start."""
    return sum([counts[f"joins_{source}"] for source in LATER_SOURCES])


def balance_of(entries: Mapping[str, Any]) -> Any:
    """Revenue minus all costs, in CNY, by day (eq. 7.20-3)."""
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
    from shequn.agents.maths import exp_of, log  # compiled code: not for who only asks for help

    days = np.arange(1, len(balances) + 1)
    return balances * exp_of(-days / DAYS_OF_YEAR * log(1.0 + rate))


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
