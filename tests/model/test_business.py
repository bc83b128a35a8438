"""Each scenario that sells says in its first lines what business it is; its values say the same."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest

import shequn as sq
from shequn.agents.sources import PACKAGE
from shequn.model.scenario import Scenario

SELLING = (
    "advertised", "bombardment", "brand-groups", "cold-start", "conference-selling", "crisis",
    "hall-and-circles", "prize-hunters", "product-club", "stage-1-media", "stage-2-community",
    "stage-3-conversion", "tier-marks", "two-brands", "wechat-group", "xiaomi-forum",
)  # fmt: skip
SCENARIOS = PACKAGE / "scenarios"
YEAR = 365.0
CARD = re.compile(
    r"""# The business, in numbers that a test holds to the values below\.
# Groups:     ([\d,]+), of at most ([\d,]+(?: to [\d,]+)?) members; ([\d,]+) members at the start
# Market:     ([\d,]+) people
# Product:    ([\d.]+) CNY at a margin of ([\d.]+): ([\d.]+) CNY an order
# Purchases:  ([\d.]+) occasions a year and person, on which this, another product or none is bought
# Staff:      ([\d.]+) persons at the desk for ([\d.]+) hours a day; work costs ([\d.]+) CNY an hour
# Posts:      written once for (all groups|each group)
"""
)


@cache
def world(name: str) -> sq.Community:
    """The first evening of a scenario, without its past."""
    return sq.Community(Scenario.load(name).with_values({"past.days": 0}), seed=1)


def stated(name: str) -> tuple[str, ...]:
    """The numbers of the card, as they are written."""
    text = (SCENARIOS / f"{name}.toml").read_text(encoding="utf-8")
    found = CARD.match(text)
    assert found, f"{name}.toml begins with no card of its business"
    return found.groups()


def purchases(q) -> float:
    """Occasions a year and person: of gamma and constant rates a tier has the mean."""
    assert q.shape.need_rate in ("gamma", "constant")
    return YEAR * sum(t.share * t.need_rate for t in (q.tiers.high, q.tiers.middle, q.tiers.base))


def valued(name: str) -> tuple[str, ...]:
    """The same numbers, from the values."""
    community = world(name)
    channels = community.operator.channels
    q = channels[0]
    rooms = sorted({channel.group.capacity for channel in channels})
    staff = sum(channel.desk.staff for channel in channels)
    hours = {c.desk.last_hour - c.desk.first_hour for c in channels}
    assert len(hours) == 1
    return (
        f"{community.operator.groups.stop - community.operator.groups.start:,}",
        f"{rooms[0]:,}" if len(rooms) == 1 else f"{rooms[0]:,} to {rooms[-1]:,}",
        f"{int(community.own_members['joins'].sum()):,}",
        f"{q.market.people:,}",
        f"{q.product.price:g}",
        f"{q.product.margin:g}",
        f"{q.product.price * q.product.margin:.2f}",
        f"{purchases(q):.1f}",
        f"{staff:g}",
        f"{hours.pop():g}",
        f"{q.costs.wage:g}",
        "all groups" if q.costs.post_reuse == 1.0 else "each group",
    )


@pytest.mark.parametrize("name", SELLING)
def test_the_card_has_the_values(name):
    assert stated(name) == valued(name)


def test_purchases_are_those_of_the_people_drawn():
    """Mean of the need rates of 20,000 persons: gamma with shape 0.35, so four standard errors."""
    rates = np.array(world("brand-groups").own_members["need_rate"], dtype=float)
    expected = purchases(world("brand-groups").operator.parameters)
    error = YEAR * rates.std() / np.sqrt(len(rates))
    assert abs(YEAR * rates.mean() - expected) < 4.0 * error


def test_what_a_brand_with_twelve_groups_is():
    q = Scenario.load("brand-groups").parameters
    assert (q.group.count, q.group.capacity, q.group.seed_fill) == (12, 200, 1.0)
    assert (q.policy.name, q.policy.promos_per_day * 7) == ("cadence", pytest.approx(3.0))
