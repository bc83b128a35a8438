"""The tree of parameters: typed, validated, documented once."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
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
from shequn.model.parameters.operation import Costs, Discovery, Group, Policy, Product
from shequn.model.parameters.people import Market, Shape, Spread, Tier, Tiers

__all__ = [
    "Declaration",
    "Parameters",
    "Tier",
    "check_value",
    "declared",
    "flatten",
    "kernel_record",
    "rebuild",
    "unknown",
]


@dataclass(frozen=True)
class Parameters:
    """All parameters: the world first, what the operator decides after it."""

    market: Market = field(default_factory=Market)
    tiers: Tiers = field(default_factory=Tiers)
    spread: Spread = field(default_factory=Spread)
    shape: Shape = field(default_factory=Shape)
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
    costs: Costs = field(default_factory=Costs)


@cache
def declared() -> dict[str, Declaration]:
    """Every parameter by path, in order."""
    return {item.path: item for item in declarations(Parameters())}


def flatten(parameters: Parameters) -> dict[str, Any]:
    """Every value by path."""
    return {item.path: item.default for item in declarations(parameters)}


_FOR_KERNELS = ("read", "feel", "speak", "buy", "invite", "stay", "group", "product", "discovery")


def kernel_record(parameters: Parameters, seed: int, pair_key: int) -> Any:
    """The record of numbers that the compiled verbs read.

    A parameter ``feel.habit_gain`` becomes the field ``feel_habit_gain``; a half-life becomes the
    decay rate ln 2 / half-life (``feel_habit_decay``), the topic breadth its reciprocal
    (``read_focus``), a word the index of its choice.

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
    fields: dict[str, float] = {}
    for item in declarations(parameters):
        section, _, name = item.path.partition(".")
        if section not in _FOR_KERNELS:
            continue
        key, value = f"{section}_{name}", item.default
        if item.is_half_life:
            fields[key.replace("_half_life", "_decay")] = math.log(2.0) / value
        elif item.choices:
            fields[key] = float(item.choices.index(value))
        else:
            fields[key] = float(value)
    fields["rhythm_muted"] = parameters.rhythm.muted
    fields["market_homophily"] = parameters.market.homophily
    fields["market_neighbourhood"] = float(parameters.market.neighbourhood)
    fields["read_focus"] = 1.0 / parameters.read.topic_breadth
    kinds = [("seed", "u8"), ("pair_key", "u8"), *((name, "f8") for name in fields)]
    row = np.zeros(1, np.dtype((np.record, np.dtype(kinds, align=True))))
    row["seed"], row["pair_key"] = seed, pair_key
    for name, value in fields.items():
        row[name] = value
    return row[0]
