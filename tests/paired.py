"""Worlds played on common seeds, and how far two of them are apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import shequn as sq
from tests.levers.steady import TIERS


def tiers(**values: float) -> dict[str, float]:
    """The same traits for all tiers, by path."""
    return {f"tiers.{tier}.{name}": value for tier in TIERS for name, value in values.items()}


def community(
    values: Mapping[str, Any], seed: int, days: int, base: str = "wechat-group", **options: Any
) -> sq.Community:
    """A world with some values changed, after some days."""
    world = sq.Community(sq.Scenario.load(base).with_values(values), seed=seed, **options)
    for _ in range(days):
        world.step()
    return world


def t(differences: np.ndarray) -> float:
    """Mean in standard errors; 0 when all are 0."""
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    return float(differences.mean() / error) if error > 0.0 else 0.0


def score(gaps: Sequence[float]) -> float:
    """Mean of differences in standard errors of that mean, printed."""
    found = np.array(gaps)
    value = float(found.mean() / max(1e-300, found.std(ddof=1) / math.sqrt(len(found))))
    print(f"mean difference {found.mean():.5g}, {value:.3g} standard errors")
    return value


def assert_same(one: sq.Community, other: sq.Community, but: tuple[str, ...] = ()) -> None:
    """The same bits in every column of the members table, but those named."""
    for name in one.own_members.dtype.names or ():
        if name not in but:
            assert one.own_members[name].tobytes() == other.own_members[name].tobytes(), name


def differing(one: np.ndarray, other: np.ndarray) -> set[str]:
    """Columns of two tables that are not equal by value."""
    names = one.dtype.names or ()
    return {n for n in names if not np.array_equal(one[n], other[n], equal_nan=True)}
