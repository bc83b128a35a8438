"""What a group adds to the orders of its members: against the same people without it."""

import numpy as np
import pytest

import shequn as sq
from shequn.agents.tables import MEMBER, MUTED
from shequn.model.outcomes import OUTCOMES
from shequn.model.without import added

NOTHING = {
    "buy.awareness": 0.0, "buy.attitude": 0.0, "buy.irritation": 0.0, "buy.word": 0.0,
    "buy.herd": 0.0,
}  # fmt: skip
SELLING = {
    "market.people": 400, "group.capacity": 150, "group.seed_fill": 0.8, "discovery.rate": 0.003,
    "policy.promo_share": 0.0, "policy.promos_per_day": 1.0, "tiers.base.need_rate": 0.1,
    "buy.constant": -1.0, "stay.scale": 0.02, "past.days": 0,
}  # fmt: skip


def played(values: dict, days: int = 60, seed: int = 3, **how) -> sq.Community:
    settings = sq.Scenario.load("wechat-group").with_values({**SELLING, **values})
    community = sq.Community(settings, seed, **how)
    for _ in range(days):
        community.step()
    return community


def gained(community: sq.Community):
    return added(community.own_members, community.rules, community.first_day, community.day)


@pytest.mark.parametrize("past", [0, 20])
def test_a_group_that_brings_nothing_adds_nothing(past):
    """Promotions move needs in time, people join, leave and come back: no order more or less."""
    found = gained(played({**NOTHING, "buy.payback": 1.0, "past.days": past}))
    assert found.without > 20.0
    assert found.expected == pytest.approx(found.without, abs=2e-3)


def test_promotions_that_are_not_paid_back_make_needs():
    found = gained(played({**NOTHING, "buy.payback": 0.0}))
    assert found.expected > found.without + 1.0


def test_who_carries_nothing_buys_as_without_the_group_elsewhere():
    """Nobody visits, so that every need is met elsewhere, by the same luck."""
    idle = {f"tiers.{tier}.session_rate": 0.0 for tier in ("high", "middle", "base")}
    idle |= {f"group.{name}": 0.0 for name in ("glance", "alert", "mention", "call", "found")}
    found = gained(played({**idle, "rhythm.need": 0.0}))
    assert found.expected == pytest.approx(found.without, abs=2e-3)


def test_orders_drawn_are_those_of_the_chances():
    """Over many seeds their means agree: 30 seeds, within 4 standard errors."""
    drawn, expected = [], []
    for seed in range(30):
        community = played({"past.days": 0}, days=40, seed=seed)
        own = community.journal
        drawn.append(
            own.total("orders_new").sum() + own.total("orders_repeat").sum()
            + own.total("orders_elsewhere").sum()
        )  # fmt: skip
        expected.append(own.total("orders_expected").sum())
    gap = np.array(drawn) - np.array(expected)
    assert abs(gap.mean()) < 4.0 * gap.std(ddof=1) / np.sqrt(len(gap))
    assert np.std(gap) > 1.0, "luck is left out of the chances"


def test_the_sum_over_days_is_that_of_the_members():
    community = played({"past.days": 20})
    summary, found = community.summary, gained(community)
    daily = community.journal.total("orders_expected")
    assert found.daily_without.shape == daily.shape
    assert found.daily_without.sum() == pytest.approx(found.without)
    assert summary["incremental_orders"] == pytest.approx(found.expected - found.without)
    assert summary["incremental_share"] == pytest.approx(
        (found.expected - found.without) / found.without
    )
    assert daily.sum() == pytest.approx(found.expected - found.pending, abs=2.0)


def test_both_engines_expect_the_same():
    one, other = (played({}, days=25, engine=engine) for engine in ("compiled", "agents"))
    for name in ("chances", "word", "advanced", "last_due", "orders_elsewhere"):
        np.testing.assert_array_equal(one.tables.members[name], other.tables.members[name])
    assert one.summary["incremental_equity"] == other.summary["incremental_equity"]
    assert one.summary["orders_elsewhere"] > 0


def test_former_members_go_on_buying():
    community = played({"stay.scale": 0.5, "buy.constant": 1.0}, days=60)
    members = community.own_members
    left = (members["joins"] > 0) & (members["status"] != MEMBER) & (members["status"] != MUTED)
    assert left.sum() > 20
    assert members["updated_at"][left].min() == 60.0
    assert members["orders_elsewhere"][left].sum() > 20


def test_irritation_that_weighs_can_cost_orders():
    """The same promotions: worth orders while nobody minds, worth less than none if it weighs."""
    shares = {
        weight: played({"policy.promos_per_day": 6.0, "buy.irritation": weight}, days=90).summary[
            "incremental_share"
        ]
        for weight in (0.0, 5.0)
    }
    assert shares[0.0] > 0.0 > shares[5.0]


@pytest.mark.parametrize(
    "values", [{"market.rivals": 1}, {"buy.patience": float("inf")}, {"discovery.in_need": 0.5}]
)
def test_it_is_not_defined_where_the_world_outside_hangs_on_the_group(values):
    summary = played(values, days=5).summary
    for name in ("incremental_orders", "incremental_equity", "incremental_share"):
        assert np.isnan(summary[name])
        assert OUTCOMES[name].needs
    assert sq.Scenario.load("wechat-group").with_values(values).focus == "customer_equity"
