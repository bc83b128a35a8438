"""The tree of parameters: typed, validated, documented once."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import numpy as np

from shequn.model.parameters.behaviour import Buy, Feel, Invite, Read, Rhythm, Speak, Stay
from shequn.model.parameters.declare import (
    Declaration,
    check_value,
    declarations,
    rebuild,
    unknown,
)
from shequn.model.parameters.levers import (
    Control,
    Coupon,
    Desk,
    Elements,
    Event,
    Forward,
    Incident,
    Listening,
    Onboarding,
    Targeting,
)
from shequn.model.parameters.operation import Costs, Discovery, Group, Policy, Product
from shequn.model.parameters.people import Correlation, Market, Shape, Spread, Tier, Tiers

__all__ = [
    "Declaration",
    "Parameters",
    "Tier",
    "check_value",
    "declared",
    "flatten",
    "kernel_record",
    "rebuild",
    "terms_of_day",
    "unknown",
]


_MOST_TREES = 512  # of parameters whose numbers are kept


@dataclass(frozen=True)
class Parameters:
    """All parameters: the world first, what the operator decides after it."""

    market: Market = field(default_factory=Market)
    tiers: Tiers = field(default_factory=Tiers)
    spread: Spread = field(default_factory=Spread)
    shape: Shape = field(default_factory=Shape)
    correlation: Correlation = field(default_factory=Correlation)
    rhythm: Rhythm = field(default_factory=Rhythm)
    read: Read = field(default_factory=Read)
    feel: Feel = field(default_factory=Feel)
    speak: Speak = field(default_factory=Speak)
    buy: Buy = field(default_factory=Buy)
    invite: Invite = field(default_factory=Invite)
    stay: Stay = field(default_factory=Stay)
    group: Group = field(default_factory=Group)
    product: Product = field(default_factory=Product)
    discovery: Discovery = field(default_factory=Discovery)
    policy: Policy = field(default_factory=Policy)
    targeting: Targeting = field(default_factory=Targeting)
    coupon: Coupon = field(default_factory=Coupon)
    desk: Desk = field(default_factory=Desk)
    incident: Incident = field(default_factory=Incident)
    control: Control = field(default_factory=Control)
    onboarding: Onboarding = field(default_factory=Onboarding)
    event: Event = field(default_factory=Event)
    forward: Forward = field(default_factory=Forward)
    listening: Listening = field(default_factory=Listening)
    elements: Elements = field(default_factory=Elements)
    costs: Costs = field(default_factory=Costs)


@cache
def declared() -> dict[str, Declaration]:
    """Every parameter by path, in order."""
    return {item.path: item for item in declarations(Parameters())}


def flatten(parameters: Parameters) -> dict[str, Any]:
    """Every value by path."""
    return dict(_flat(parameters))


@lru_cache(_MOST_TREES)
def _flat(parameters: Parameters) -> dict[str, Any]:
    return {item.path: item.default for item in declarations(parameters)}


_FOR_KERNELS = (
    "read", "feel", "speak", "buy", "invite", "stay", "group", "product", "discovery", "targeting",
    "desk", "incident", "control", "onboarding", "event", "forward",
)  # fmt: skip
# What an operator sets anew each morning (see `terms_of_day`).
TODAY = ("quality", "coupon", "reward", "gift", "prize")


def kernel_record(parameters: Parameters, seed: int, pair_key: int) -> Any:
    """The record of numbers that the compiled verbs read.

    A parameter ``feel.habit_gain`` becomes the field ``feel_habit_gain``; a half-life becomes the
    decay rate ln 2 / half-life (``feel_habit_decay``), the topic breadth its reciprocal
    (``read_focus``), a word the index of its choice; ``speak_shared`` is what the first visitor
    adds to a conversation; ``incident_calm`` and ``incident_repair`` are those of the chosen
    response. The fields ``today_...`` are the terms of day 0, ``desk_servers`` the staff for each
    group, ``market_people`` the persons of the market.

    Parameters
    ----------
    parameters : Parameters
        The tree.
    seed : int
        Seed of the run, 0 .. 2**64 - 1.
    pair_key : int
        Key of the generator that decides who knows whom, 0 .. 2**32 - 1.

    Returns
    -------
    numpy.record
        One row; all fields float64 but the two uint64 ones.
    """
    row = _template(parameters).copy()
    row["seed"], row["pair_key"] = seed, pair_key
    return row[0]


@lru_cache(_MOST_TREES)
def _template(parameters: Parameters) -> np.ndarray:
    """The record of `kernel_record` without its keys: made once for each tree."""
    fields: dict[str, float] = {}
    for item in declarations(parameters):
        section, _, name = item.path.partition(".")
        if section in _FOR_KERNELS:
            fields.update(_field(f"{section}_{name}", item))
    for name in ("muted", "weariness", "need", "linger", "pause", "lively"):
        fields[f"rhythm_{name}"] = float(getattr(parameters.rhythm, name))
    for name in ("people", "homophily", "neighbourhood", "attention"):
        fields[f"market_{name}"] = float(getattr(parameters.market, name))
    speak = parameters.speak
    shared = speak.conversation * (1.0 - speak.follow_up)
    fields["speak_shared"] = shared / zeta(speak.sharing)
    fields["read_focus"] = 1.0 / parameters.read.topic_breadth
    style = parameters.incident.response
    for name in ("calm", "repair"):
        fields[f"incident_{name}"] = getattr(parameters.incident, f"{style}_{name}", 0.0)
    fields["desk_servers"] = parameters.desk.staff
    fields.update({f"today_{name}": 0.0 for name in TODAY})
    fields.update({f"today_{name}": value for name, value in terms_of_day(parameters, 0).items()})
    kinds = [("seed", "u8"), ("pair_key", "u8"), *((name, "f8") for name in fields)]
    row = np.zeros(1, np.dtype((np.record, np.dtype(kinds, align=True))))
    for name, value in fields.items():
        row[name] = value
    return row


def zeta(s: float) -> float:
    """Riemann's zeta function, the sum of k^-s over all k >= 1, by the Euler-Maclaurin formula.

    Parameters
    ----------
    s : float
        Above 1.

    Returns
    -------
    float
        Relative error below 1e-9 for s from 1.01 to 20.
    """
    n = 20.0
    head = sum(k**-s for k in range(1, 20))
    tail = n ** (1.0 - s) / (s - 1.0) + 0.5 * n**-s + s * n ** (-s - 1.0) / 12.0
    return head + tail - s * (s + 1.0) * (s + 2.0) * n ** (-s - 3.0) / 720.0


def _field(key: str, item: Declaration) -> dict[str, float]:
    if item.is_half_life:
        return {key.replace("_half_life", "_decay"): math.log(2.0) / item.default}
    if item.choices:
        return {key: float(item.choices.index(item.default))}
    return {key: float(item.default)}


def terms_of_day(parameters: Parameters, day: Any) -> dict[str, Any]:
    """What holds on one day: the product's quality, coupon, rewards and gifts.

    Parameters
    ----------
    parameters : Parameters
        The tree.
    day : int or numpy.ndarray
        The day; or several.

    Returns
    -------
    dict
        quality, coupon, reward, gift (CNY), for each day.
    """
    coupon, invite = parameters.coupon, parameters.invite
    runs = (coupon.start <= day) & (day < coupon.stop)
    rewarded = (invite.reward_start <= day) & (day < invite.reward_stop)
    return {
        "quality": parameters.product.quality,
        "coupon": coupon.value * runs,
        "reward": invite.reward * rewarded,
        "gift": invite.gift * rewarded,
    }
