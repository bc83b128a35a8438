"""Needs that no visit meets in time, reminders that are paid back, and what speaks against buying.

Rooms are set up by hand; effects are worked out on paper.
"""

import math

import numpy as np
import pytest

from shequn.agents.randomness import draw, exponential
from shequn.agents.tables import TALLY_DTYPE, table
from shequn.agents.verbs.buy import (
    CHOICE,
    NEED_CLOCK,
    PATIENCE,
    experience,
    next_need,
    run_errands,
)
from shequn.agents.verbs.utility import base_utility, brought_by_group, utility_elsewhere
from tests.agents.hand import buy, close, utility_at

SEED = np.uint64(1)
SELLING = {"buy.constant": 50.0}  # a choice that is sure


def with_need(world, days_ago: float, rate: float = 0.1) -> np.void:
    """Member 0 with a need that fell due so many days ago."""
    member = world.members[0]
    member["need_rate"], member["need_clock"] = rate, -rate * days_ago
    return member


def wait_of(occasion: int, patience: float) -> float:
    """How long the need of member 0 waits."""
    return patience * exponential(SEED, PATIENCE, 0, occasion)


class TestPatience:
    def test_a_need_waits_for_a_visit_as_long_as_was_drawn(self, room):
        world = room({**SELLING, "buy.patience": 2.0})
        waits = wait_of(0, 2.0)
        with_need(world, 0.99 * waits)
        assert buy(world, time=9.0)["orders"] == 1
        assert world.members[0]["orders_elsewhere"] == 0

    def test_it_is_met_elsewhere_after_that(self, room):
        world = room({**SELLING, "buy.patience": 2.0})
        with_need(world, 1.01 * wait_of(0, 2.0))
        member = buy(world, time=9.0)
        assert (member["orders"], member["orders_elsewhere"]) == (0, 1)
        assert world.visit["elsewhere"] == 1

    def test_without_an_end_it_waits_for_ever(self, room):
        world = room({**SELLING, "buy.patience": math.inf})
        with_need(world, 1e4)
        member = buy(world, time=1e4 + 1)
        assert member["orders"] > 0
        assert member["orders_elsewhere"] == 0

    def test_at_midnight_only_needs_that_have_waited_too_long_are_met(self, room):
        world, tally = room({**SELLING, "buy.patience": 2.0}), table(1, TALLY_DTYPE)[0]
        member = with_need(world, 0.99 * wait_of(0, 2.0))
        run_errands(member, 0, 9.0, tally, world.p)
        assert member["orders_elsewhere"] == 0
        with_need(world, 1.01 * wait_of(0, 2.0))
        run_errands(member, 0, 9.0, tally, world.p)
        assert member["orders_elsewhere"] == 1
        assert tally["orders_elsewhere"] == 1.0

    def test_the_luck_of_an_occasion_is_the_same_wherever_it_is_met(self, room):
        luck = draw(SEED, CHOICE, 0, 0)[0]
        for above, ordered in ((1e-3, 0), (-1e-3, 1)):
            odds = (luck - above) / (1.0 - luck + above)
            world = room({"buy.constant": math.log(odds), "buy.patience": 2.0})
            with_need(world, 2.0 * wait_of(0, 2.0))
            assert buy(world, time=40.0)["orders_elsewhere"] == 1 - (above > 0) == ordered


class TestExpected:
    def test_the_chance_counts_from_day_0_on(self, room):
        world = room({"buy.constant": 0.0})
        with_need(world, 0.5)
        assert buy(world, time=1.0)["chances"] == close(0.5)
        assert world.visit["expected"] == close(0.5)

    def test_a_need_from_before_day_0_does_not_count(self, room):
        world = room({"buy.constant": 0.0})
        with_need(world, 1.5)
        assert buy(world, time=1.0)["chances"] == 0.0

    def test_a_need_that_was_advanced_counts_on_its_own_day(self, room):
        world = room({"buy.constant": 0.0, "buy.payback": 1.0})
        member = with_need(world, 0.5)
        member["advanced"] = 0.1 * 3.0  # three days
        assert buy(world, time=1.0)["last_due"] == close(1.0 - 0.5 + 3.0)


class TestPayback:
    @pytest.mark.parametrize("payback", [0.0, 0.5, 1.0])
    def test_the_next_interval_grows_by_what_was_advanced(self, room, payback):
        world = room({"buy.payback": payback})
        member = world.members[0]
        member["advanced"] = 0.25
        wound = exponential(SEED, NEED_CLOCK, 0, 1)
        assert next_need(member, -0.125, 0, world.p) == close(wound - 0.125 + payback * 0.25)
        assert member["advanced"] == 0.0

    def test_reminders_are_added_up(self, room):
        world = room({"buy.reminder": 2.0, "buy.payback": 1.0})
        member = world.members[0]
        member["need_rate"], member["need_clock"] = 0.1, 5.0
        assert buy(world, reminders=3.0)["advanced"] == close(0.1 * 2.0 * 3.0)
        assert member["need_clock"] == close(5.0 - 0.6)


class TestWhatTheGroupBrings:
    def test_nothing_to_who_feels_and_knows_nothing(self, room):
        world = room({"buy.irritation": 2.0, "buy.word": 2.0, "buy.awareness": 2.0})
        assert brought_by_group(world.members[0], 0.0, world.p) == 0.0

    def test_irritation_speaks_against_the_product(self, room):
        world = room({"buy.irritation": 1.5})
        world.members[0]["irritation"] = 0.5
        assert utility_at(1.0, world) == close(-0.75)

    def test_irritation_takes_from_what_exposures_do(self, room):
        world = room({"buy.awareness": 2.0, "feel.awareness_peak": 4.0, "buy.disbelief": 3.0})
        world.members[0]["awareness"], world.members[0]["irritation"] = 4.0, 0.5
        assert utility_at(1.0, world) == close(2.0 * math.exp(-1.5))

    @pytest.mark.parametrize(("word", "adds"), [(1.0, 0.5), (-1.0, -0.5), (3.0, 0.75)])
    def test_the_word_of_people_saturates(self, room, word, adds):
        world = room({"buy.word": 1.0})
        world.members[0]["word"] = word
        assert utility_at(1.0, world) == close(adds)

    def test_the_opinion_that_everyone_has_is_not_brought_by_the_group(self, room):
        world = room({"buy.attitude": 2.0, "feel.attitude_start": 0.25})
        member = world.members[0]
        member["attitude"] = 0.75
        assert base_utility(member, world.p) == close(0.5)
        assert brought_by_group(member, 0.0, world.p) == close(1.0)

    @pytest.mark.parametrize("carry", [0.0, 0.5, 1.0])
    def test_it_is_carried_elsewhere(self, room, carry):
        world = room({"buy.carry": carry, "buy.irritation": 2.0, "buy.constant": -1.0})
        world.members[0]["irritation"] = 0.5
        assert utility_elsewhere(world.members[0], world.p) == close(-1.0 - carry)

    def test_a_coupon_counts_in_the_group_only(self, room):
        world = room({"product.price": 90.0, "coupon.value": 45.0})
        world.members[0]["price_weight"], world.members[0]["budget"] = 1.0, 90.0
        assert utility_at(1.0, world) == close(-0.5)
        assert utility_elsewhere(world.members[0], world.p) == close(-1.0)

    @pytest.mark.parametrize(("promos", "adds"), [(0, 0.0), (1, 0.75), (4, 0.75)])
    def test_news_counts_once_in_a_visit(self, room, promos, adds):
        world = room({"buy.news": 0.75})
        assert utility_at(1.0, world, promos=promos) == adds

    def test_below_the_threshold_nobody_buys_in_the_group(self, room):
        world = room({"buy.threshold": 4.0, "buy.constant": 50.0})
        world.members[0]["conformity"] = 0.5
        for visible, bought in ((1.9, 0), (2.1, 1)):
            world.group["visible_orders"] = visible
            member = with_need(world, 0.0)
            member["orders"] = 0
            assert buy(world)["orders"] == bought


class TestPriceFelt:
    @pytest.mark.parametrize(
        ("fair", "paid", "felt"),
        [(0.0, 80.0, 0.0), (80.0, 40.0, math.log(2.0)), (40.0, 80.0, -math.log(2.0))],
    )
    def test_a_price_above_the_fair_one_disappoints(self, room, fair, paid, felt):
        world = room({"product.price": 80.0, "product.fair_price": fair, "buy.price_felt": 0.5})
        member = world.members[0]
        experience(member, 0.3, 0.7, paid, world.p)
        assert member["satisfaction"] == close(0.5 * felt)
        assert member["expectation"] == 0.0
