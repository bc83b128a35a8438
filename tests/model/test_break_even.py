"""What one of each thing brings and costs, and how many members break even: against the ledger."""

from __future__ import annotations

import math

import numpy as np
import pytest

import shequn as sq
from shequn.agents.tables import TALLY_NAMES
from shequn.model.break_even import MONTH, BreakEven, break_even, one_more
from shequn.model.ledger import ITEMS, balance_of, entries_of
from shequn.model.parameters import terms_of_day
from shequn.model.scenario import Scenario

PRICES = {
    "product.price": 100.0, "product.margin": 0.4, "coupon.value": 5.0, "costs.wage": 60.0,
    "costs.hours_content": 0.5, "costs.hours_promo": 0.25, "costs.hours_moderation": 0.01,
    "costs.hours_control": 0.0, "costs.hours_welcome": 0.1, "costs.hours_follow_up": 0.2,
    "costs.event": 500.0, "costs.guest": 20.0, "discovery.ad_budget": 7.0, "invite.reward": 3.0,
    "invite.gift": 2.0, "forward.reward": 1.5, "onboarding.ties": 2.0, "policy.prize_value": 8.0,
    "desk.staff": 2.0, "desk.service_time": 6.0, "desk.first_hour": 9.0, "desk.last_hour": 19.0,
}  # fmt: skip
GROUPS = 3


def parameters(**changes):
    return Scenario.load("blank").with_values({**PRICES, **changes}).parameters


class TestOneMore:
    def test_by_hand(self):
        """In three groups, with staff that is paid by the answer."""
        one = one_more([parameters(**{"desk.pay": "answers"})], GROUPS)
        assert one == pytest.approx(
            {
                "order": 100.0 * 0.4 - 5.0,
                "content": -30.0,  # half an hour, once
                "promotion": -15.0,
                "prize": -15.0 - 3 * 8.0,  # each group has its prize
                "message": -0.6,
                "answer": -6.0,  # six minutes
                "invited": -3.0 - 2.0 - 60.0 * 0.1 * 2.0,
                "unasked": -12.0,
                "contacted": -12.0,
                "forwarded": -1.5,
                "event": -1500.0,
                "guest": -20.0,
                "day": -7.0,
            }
        )

    @pytest.mark.parametrize(("pay", "day"), [("hours", 1207.0), ("shared", 607.0)])
    def test_staff_on_duty_is_a_cost_of_the_day(self, pay, day):
        """2 people x 10 hours x 60 CNY, or half of it, and 7 CNY of advertising."""
        one = one_more([parameters(**{"desk.pay": pay})], GROUPS)
        assert (one["answer"], one["day"]) == (0.0, pytest.approx(-day))

    def test_a_post_that_is_not_reused_is_made_for_each_group(self):
        one = one_more([parameters(**{"costs.post_reuse": 0.0})], GROUPS)
        assert (one["content"], one["promotion"]) == pytest.approx((-90.0, -45.0))

    def test_a_reward_that_has_ended_is_not_paid(self):
        q = parameters(**{"invite.reward_stop": 60.0, "coupon.stop": 60.0})
        after = one_more([q], GROUPS, day=60)
        assert (after["invited"], after["order"]) == pytest.approx((-12.0, 40.0))

    @pytest.mark.parametrize("pay", ["hours", "answers", "shared"])
    def test_they_add_up_to_the_ledger_of_a_day(self, pay):
        """2 contents, 1 promotion and 1 prize post in each of 3 groups, and all that can happen."""
        q = parameters(**{"desk.pay": pay})
        happened = {
            "orders": 4.0, "human_messages": 50.0, "joins_invite": 2.0, "joins_ad": 3.0,
            "followed_up": 2.0, "forwards": 5.0, "guests": 11.0, "events": 3.0, "groups": 3.0,
        }  # fmt: skip
        answers = 8 if pay == "answers" else 0
        counts = {**dict.fromkeys(TALLY_NAMES, 0.0), **happened, "answer_hours": answers * 0.1}
        kinds = np.tile(np.array([2, 1, 1]), (GROUPS, 1))
        entries = entries_of([q], kinds, GROUPS * 8.0, counts, terms_of_day(q, 0))
        one = one_more([q], GROUPS)
        times = {
            "day": 1, "order": 4, "content": 2, "promotion": 1, "prize": 1, "message": 50,
            "invited": 2, "unasked": 3, "contacted": 2, "forwarded": 5, "event": 1, "guest": 11,
            "answer": answers,
        }  # fmt: skip
        assert set(times) == set(one)
        assert balance_of(entries) == pytest.approx(sum(times[name] * one[name] for name in times))


@pytest.fixture(scope="module")
def community():
    values = {
        "past.days": 0, "group.count": 3, "desk.staff": 0.2, "coupon.value": 5, "event.every": 9,
        "onboarding.ties": 2.0, "invite.reward": 3.0, "costs.post_reuse": 0.5,
    }  # fmt: skip
    community = sq.Community(Scenario.load("wechat-group").with_values(values), seed=2)
    for _ in range(40):
        community.step()
    return community


class TestBreakEven:
    def test_by_hand(self):
        """100 members, 10 orders of 40 CNY a month, 500 CNY fixed, 100 CNY that grow."""
        found = BreakEven(100.0, 10.0, False, 40.0, {"content_cost": 500.0}, {"coupon_cost": 100.0})
        assert found.balance == pytest.approx(-200.0)
        assert found.orders_needed == pytest.approx(15.0)
        assert (found.orders_of_one, found.cost_of_one) == pytest.approx((0.1, 1.0))
        assert found.gain_of_one == pytest.approx(3.0)
        assert found.members_needed == pytest.approx(500.0 / 3.0)

    def test_a_community_of_that_size_breaks_even(self):
        found = BreakEven(100.0, 10.0, False, 40.0, {"content_cost": 500.0}, {"coupon_cost": 100.0})
        scale = found.members_needed / found.members
        grown = {item: cost * scale for item, cost in found.growing.items()}
        larger = BreakEven(found.members_needed, 10.0 * scale, False, 40.0, found.fixed, grown)
        assert larger.balance == pytest.approx(0.0, abs=1e-9)

    def test_nobody_there_and_nothing_to_gain(self):
        empty = BreakEven(0.0, 0.0, False, 40.0, {"content_cost": 500.0}, {})
        assert math.isnan(empty.members_needed) and empty.orders_needed == 12.5
        dear = BreakEven(10.0, 1.0, False, 40.0, {"content_cost": 5.0}, {"coupon_cost": 50.0})
        assert dear.members_needed == math.inf
        worthless = BreakEven(10.0, 1.0, False, 0.0, {"content_cost": 5.0}, {})
        assert worthless.orders_needed == worthless.members_needed == math.inf
        free = BreakEven(10.0, 1.0, False, 40.0, {}, {})
        assert free.orders_needed == free.members_needed == 0.0

    @pytest.mark.jit
    def test_a_month_adds_up_with_the_ledger(self, community):
        operator = community.operator
        summary = {"orders": community.summary["orders"]}
        found = break_even(operator.journal, operator.channels, summary)
        spent = sum(operator.journal.operator_column(item).sum() for item in ITEMS[2:])
        assert found.fixed_costs + found.growing_costs == pytest.approx(spent * MONTH / 40)
        earned = operator.journal.operator_column("balance").sum()
        assert found.balance == pytest.approx(earned * MONTH / 40)
        assert min(found.fixed.values()) >= 0.0 and min(found.growing.values()) >= -1e-9
        assert found.growing["content_cost"] > 0.0  # half of a post is made for each group
        assert not found.incremental

    @pytest.mark.jit
    def test_what_the_community_added_counts_where_it_is_known(self, community):
        operator, known = community.operator, {"orders": 9.0, "incremental_orders": 4.0}
        found = break_even(operator.journal, operator.channels, known)
        assert found.incremental and found.orders == pytest.approx(4.0 * MONTH / 40)
        unknown = {"orders": 9.0, "incremental_orders": math.nan}
        assert not break_even(operator.journal, operator.channels, unknown).incremental
