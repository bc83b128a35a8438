"""Persuasion: to whom, with what appeal, how overt, how long, and at what hours.

Every comparison is paired: both arms have the same seeds. Where one says "t > 4", the mean of the
12 paired differences is more than four of its standard errors above 0; by chance that happens with
probability 0.001 (Student's t, 11 degrees of freedom).
"""

import numpy as np
import pytest
from scipy import special

from shequn.agents import verbs
from shequn.agents.tables import (
    BASE,
    CONTENT,
    HIGH,
    MEMBER,
    MUTED,
    NO_APPEAL,
    OPERATOR_AUTHOR,
    PROMO,
    TO_FACE,
    TO_QUALITY,
    TO_VALUE,
    blank_pages,
)
from shequn.agents.verbs.noticed import appeal_strength
from shequn.model.targets import propensity, segments
from tests.levers.steady import STEADY
from tests.paired import assert_same, community, t, tiers

SEEDS = range(1, 13)


# 300 silent members who stay, and two promotions a day.
SHOP = {
    **STEADY, "market.people": 300, "group.capacity": 300, "group.seed_fill": 0.0,
    "group.seed_members": 300, "policy.promo_share": 0.0, "policy.promos_per_day": 2.0,
    "discovery.rate": 0.0, "stay.scale": 0.0, "buy.herd": 0.0, "stay.mute_rate": 0.0,
    "stay.mute_irritation": 0.0, "shape.session_rate": "constant",
    **tiers(need_rate=0.1, exit_rate=0.0, talk=0.0),
}  # fmt: skip


class Pairs:
    """Worlds in pairs: under one lever and under another."""

    def __init__(self, values: dict, one: dict, other: dict, days: int) -> None:
        self.one = [community({**values, **one}, seed, days) for seed in SEEDS]
        self.other = [community({**values, **other}, seed, days) for seed in SEEDS]

    def arms(self, measure) -> tuple[np.ndarray, np.ndarray]:
        one, other = ([float(measure(w)) for w in arm] for arm in (self.one, self.other))
        return np.array(one), np.array(other)

    def t(self, measure) -> float:
        """Rise from one to the other, in standard errors."""
        one, other = self.arms(measure)
        return t(other - one)


def total(name: str):
    return lambda world: float(world.journal.total(name).sum())


def orders(first: int = 0, last: int = 1000):
    def measure(world) -> float:
        new, repeat = world.journal.total("orders_new"), world.journal.total("orders_repeat")
        return float((new + repeat)[first:last].sum())

    return measure


def mean_of(name: str, tier: int = -1):
    """Mean of a column over those who are there, of one tier or of all."""

    def measure(world) -> float:
        members = world.own_members
        chosen = (members["status"] == MEMBER) | (members["status"] == MUTED)
        if tier >= 0:
            chosen &= members["tier"] == tier
        return float(members[name][chosen].mean())

    return measure


def read(world, row: int = 0):
    verbs.read(
        world.members[row], row, world.feed, world.group, world.visit, blank_pages(), world.p
    )
    return world.visit


def promo(world, **fields):
    """A promotion of the operator; its appeal and audience are none and everyone."""
    return world.post(author=OPERATOR_AUTHOR, kind=PROMO, **fields)


class TestEstimate:
    """The operator's estimate of who buys."""

    @pytest.mark.parametrize("precision", [0.0, 0.3, 0.6, 0.9, 1.0])
    def test_its_correlation_with_the_truth_is_the_precision(self, precision):
        """Within four standard errors of a correlation, (1 - r^2) / sqrt(n), of 20,000 persons:
        false alarm below 1e-4. The truth is far from normal; ranks are compared."""
        n = 20_000
        likely = np.exp(3.0 * np.random.default_rng(5).standard_normal(n))
        score = special.ndtri((segments(likely, precision, 11, 0) * n + 0.5) / n)
        truth = special.ndtri((np.argsort(np.argsort(likely)) + 0.5) / n)
        correlation = -np.corrcoef(score, truth)[0, 1]
        error = (1.0 - precision**2) / np.sqrt(n)
        assert abs(correlation - precision) <= 4.0 * error + 1e-6

    def test_ranks_are_all_different_from_0_to_1(self):
        ranks = segments(np.arange(50.0), 0.5, 1, 0)
        assert np.array_equal(np.sort(ranks), np.arange(50) / 50)

    def test_every_operator_has_an_estimate_of_its_own(self):
        one, other = (segments(np.arange(500.0), 0.5, 1, k) for k in (0, 1))
        assert not np.array_equal(one, other)

    def test_a_world_has_it_where_promotions_go_to_some_only(self):
        targeted = community({**SHOP, "targeting.audience": 0.3, "targeting.precision": 1.0}, 1, 0)
        members = targeted.own_members
        likely = propensity(members, targeted.rules)
        shown = members["segment"] < 0.3
        assert shown.sum() == 90
        assert likely[shown].min() >= likely[~shown].max()
        assert (community(SHOP, 1, 0).own_members["segment"] == 0.0).all()


class TestTargetingInARoom:
    @pytest.mark.parametrize(("segment", "seen"), [(0.0, 1), (0.29, 1), (0.31, 0), (0.99, 0)])
    def test_who_is_not_meant_neither_reads_nor_is_persuaded(self, room, segment, seen):
        world = room(feed=16)
        world.members[0]["segment"], world.members[0]["wariness"] = segment, 1.0
        promo(world, quality=1.0, overtness=0.5, audience=int(0.3 * 65535))
        visit = read(world)
        assert (visit["promos"], visit["read"]) == (seen, seen)
        assert visit["persuasion"] == pytest.approx(0.5 * seen)
        assert visit["exposures"] == seen
        assert visit["utility"] == pytest.approx(0.5 * seen)

    def test_what_is_not_shown_takes_no_room(self, room):
        world = room(feed=16)
        world.members[0]["segment"], world.members[0]["capacity"] = 0.5, 1
        world.post(author=1, quality=1.0)
        promo(world, audience=100)
        visit = read(world)
        assert (visit["read"], visit["promos"], visit["utility"]) == (1, 0, 1.0)

    def test_content_goes_to_everyone(self, room):
        world = room()
        world.members[0]["segment"] = 0.99
        world.post(author=OPERATOR_AUTHOR, kind=CONTENT, quality=1.0, audience=0)
        assert read(world)["read"] == 1


@pytest.fixture(scope="module")
def doubtful() -> Pairs:
    """Most would not buy: to know who might is worth something."""
    aim = {**SHOP, "targeting.audience": 0.3}
    return Pairs(aim, {"targeting.precision": 0.0}, {"targeting.precision": 1.0}, 40)


@pytest.fixture(scope="module")
def convinced() -> Pairs:
    """Those likely to buy would buy anyway, and no promotion reminds of a need."""
    aim = {**SHOP, "targeting.audience": 0.3, "buy.constant": 2.0, "buy.reminder": 0.0}
    return Pairs(aim, {"targeting.precision": 0.0}, {"targeting.precision": 1.0}, 40)


@pytest.mark.jit
class TestTargeting:
    def test_as_many_promotions_are_read_in_both_arms(self, doubtful, convinced):
        """So what differs is who reads them."""
        for pairs in (doubtful, convinced):
            one, other = pairs.arms(total("promos_read"))
            assert other.mean() == pytest.approx(one.mean(), rel=0.03)

    def test_a_precise_estimate_sells_more_than_a_noisy_one(self, doubtful):
        """It could come out otherwise, and does below: propensity is not what a promotion adds."""
        assert doubtful.t(orders()) > 4.0

    def test_not_to_those_who_would_buy_anyway(self, convinced):
        """In a logit, exposures add most where the chance is one half: with likely buyers above
        it, the precise estimate picks those whom a promotion moves least, and sells less."""
        assert convinced.t(orders()) < -4.0

    def test_where_everyone_is_alike_an_estimate_is_worth_nothing(self):
        alike = {
            **SHOP, "targeting.audience": 0.3, "tiers.high.share": 0.0, "tiers.middle.share": 0.0,
            "tiers.base.share": 1.0, "shape.need_rate": "constant", "spread.tastes": 0.0,
            "spread.budget": 0.0,
        }  # fmt: skip
        pairs = Pairs(alike, {"targeting.precision": 0.0}, {"targeting.precision": 1.0}, 30)
        assert abs(pairs.t(orders())) < 4.0

    def test_nobody_else_is_bothered(self):
        """Where no order is shown in the group, promotions are all there is to be aware of."""
        aim = {**SHOP, "targeting.audience": 0.3, "speak.order_share": 0.0}
        members = community(aim, 1, 20).own_members
        spared = members["segment"] >= 0.3
        assert (members["awareness"][spared] == 0.0).all()
        assert (members["awareness"][~spared] > 0.0).mean() > 0.9
        assert members["irritation"][spared].mean() < 0.2 * members["irritation"][~spared].mean()

    def test_everyone_as_audience_is_no_targeting(self):
        pair = [
            community({**SHOP, "targeting.precision": precision}, 2, 10) for precision in (0.0, 1.0)
        ]
        assert_same(*pair)

    def test_an_audience_of_a_few_is_few_promotions_read(self):
        """One in fifty: 6 of 300 members, who hold about that share of the sessions."""
        everyone, few = (
            total("promos_read")(community({**SHOP, "targeting.audience": share}, 2, 10))
            for share in (1.0, 0.02)
        )
        assert 0.0 < few < 0.05 * everyone


class TestAppealInARoom:
    @pytest.mark.parametrize(
        ("tastes", "expected"),
        [
            ((1.0, 1.0, 1.0), (1.0, 1.0, 1.0)),
            ((2.0, 1.0, 1.0), (1.25, 0.875, 0.875)),
            ((0.0, 0.0, 1.0), (0.5, 0.5, 2.0)),
        ],
    )
    def test_strength_is_worked_out_on_paper(self, room, tastes, expected):
        """1 + w (3 s - 1), w = 1/2, s the taste's share in the sum of the three."""
        member = room().members[0]
        for name, taste in zip(("quality", "price", "face"), tastes, strict=True):
            member[f"{name}_weight"] = taste
        found = [appeal_strength(member, a, 0.5) for a in (TO_QUALITY, TO_VALUE, TO_FACE)]
        assert found == pytest.approx(expected)

    def test_never_below_0(self, room):
        member = room().members[0]
        member["price_weight"] = 1.0
        assert appeal_strength(member, TO_FACE, 3.0) == 0.0

    def test_it_strengthens_exposure_reminder_and_value(self, room):
        world = room({"read.appeal_weight": 0.5})
        world.members[0]["face_weight"] = 1.0
        promo(world, quality=1.0, appeal=TO_FACE, audience=65535, overtness=1.0)
        visit = read(world)
        assert (visit["exposures"], visit["reminders"]) == (2.0, 2.0)
        assert (visit["utility"], visit["promos"]) == (2.0, 1)

    @pytest.mark.parametrize("appeal", [NO_APPEAL, TO_FACE])
    def test_no_appeal_or_no_weight_is_a_promotion_like_any_other(self, room, appeal):
        world = room({"read.appeal_weight": 0.0 if appeal else 9.0})
        world.members[0]["face_weight"] = 1.0
        promo(world, quality=1.0, appeal=appeal, audience=65535)
        assert read(world)["exposures"] == 1.0


@pytest.mark.jit
class TestAppeal:
    WORLD = {
        **SHOP, "read.appeal_weight": 1.0, "tiers.high.share": 0.4, "tiers.middle.share": 0.0,
        "tiers.base.share": 0.6, "buy.reminder": 2.0, "feel.awareness_peak": 30.0,
    }  # fmt: skip

    def test_face_works_in_the_high_tier_rather_than_in_the_base_tier(self):
        """An interaction: the gain of face over value for money, as a ratio, is higher in the high
        tier. It could come out otherwise: no verb reads the tier; tastes overlap (SD of ln 0.5);
        and the base tier, which conforms, might follow the orders of the high one."""
        pairs = Pairs(self.WORLD, {"policy.appeal": "value"}, {"policy.appeal": "face"}, 30)
        gain = {}
        for tier in (HIGH, BASE):
            for name in ("awareness", "orders"):
                value, face = pairs.arms(mean_of(name, tier))
                gain[tier, name] = np.log(face) - np.log(value)
        for name in ("awareness", "orders"):
            assert t(gain[HIGH, name] - gain[BASE, name]) > 4.0
            assert t(gain[BASE, name]) < -4.0

    def test_without_weight_all_appeals_are_alike(self):
        off = {**self.WORLD, "read.appeal_weight": 0.0}
        worlds = [
            community({**off, "policy.appeal": appeal}, 4, 10)
            for appeal in ("none", "quality", "value", "face")
        ]
        for other in worlds[1:]:
            assert_same(worlds[0], other)


class TestOvertnessInARoom:
    @pytest.mark.parametrize("hangs", [0.0, 0.5, 1.0])
    @pytest.mark.parametrize("overtness", [0.0, 0.4, 1.0])
    def test_a_soft_mention_reminds_less_by_what_hangs_on_overtness(self, room, hangs, overtness):
        world = room({"buy.reminder_overtness": hangs})
        promo(world, overtness=overtness, audience=65535)
        expected = 1.0 - hangs * (1.0 - overtness)
        assert read(world)["reminders"] == pytest.approx(expected, rel=1e-6)

    def test_exposure_does_not_hang_on_it(self, room):
        world = room({"buy.reminder_overtness": 1.0})
        promo(world, overtness=0.0, audience=65535)
        visit = read(world)
        assert (visit["exposures"], visit["reminders"]) == (1.0, 0.0)


# Reminders hang on overtness, and irritated members leave.
PUSHING = {
    **SHOP, "buy.reminder_overtness": 1.0, "buy.reminder": 2.0, "stay.scale": 0.05,
    "stay.belonging": 0.0, "stay.habit": 0.0, "feel.irritation_gain": 0.3,
}  # fmt: skip


@pytest.fixture(scope="module")
def hard_sell() -> Pairs:
    return Pairs(PUSHING, {"policy.overtness": 0.2}, {"policy.overtness": 1.0}, 60)


@pytest.mark.jit
class TestOvertness:
    """A trade-off that is not built in: what reminds also drives away."""

    def test_a_hard_sell_sells_more_at_first(self, hard_sell):
        """It could come out otherwise: it lowers utility, so that habit and visits fall."""
        assert hard_sell.t(orders(0, 10)) > 4.0

    def test_and_less_later_when_members_have_left(self, hard_sell):
        assert hard_sell.t(orders(40, 60)) < -4.0
        assert hard_sell.t(total("exits")) > 4.0

    def test_where_a_soft_mention_reminds_as_well_there_is_no_trade_off(self):
        """Ablation: without the gain only the harm is left, from the first days on."""
        off = {**PUSHING, "buy.reminder_overtness": 0.0}
        pairs = Pairs(off, {"policy.overtness": 0.2}, {"policy.overtness": 1.0}, 30)
        assert pairs.t(orders(0, 10)) < -4.0
        assert pairs.t(orders(20, 30)) < -4.0


class TestLengthInARoom:
    @pytest.mark.parametrize("depth", [0.0, 0.5, 1.0])
    @pytest.mark.parametrize("length", [5.0, 30.0, 120.0])
    def test_utility_of_a_length_is_worked_out_on_paper(self, room, depth, length):
        """0.8 (L / 30)^depth - 0.01 L."""
        world = room({"read.depth": depth, "read.cost": 0.01})
        world.post(author=OPERATOR_AUTHOR, kind=CONTENT, quality=0.8, length=length)
        expected = 0.8 * (length / 30.0) ** depth - 0.01 * length
        assert read(world)["utility"] == pytest.approx(expected, rel=1e-5)

    @pytest.mark.parametrize(
        ("seconds", "seen"), [(np.inf, 6), (100.0, 4), (90.0, 3), (89.0, 3), (1.0, 1)]
    )
    def test_reading_ends_when_time_is_used_up(self, room, seconds, seen):
        """A message that has been begun is read to its end."""
        world = room({"read.seconds": seconds})
        for _ in range(6):
            world.post(author=1, quality=1.0, length=30.0)
        visit = read(world)
        assert (visit["read"], visit["unread"]) == (seen, 6)


# Content only, and a length of it; members stay, and habit follows the value of what is read.
READING = {**SHOP, "policy.promos_per_day": 0.0, "policy.content_per_day": 2.0}


def habit_at(length: float, **values) -> np.ndarray:
    """Mean habit after 20 days at one length of content, a number for each seed."""
    levers = {**READING, "policy.content_length": length, **values}
    return np.array([mean_of("habit")(community(levers, seed, 20)) for seed in SEEDS])


@pytest.mark.jit
class TestLength:
    def test_with_depth_the_best_length_lies_inside(self):
        """Value grows with the root of the length, cost with the length: 0.8 (L/30)^0.5 - 0.01 L
        is 0.28, 0.53 and -0.14 at 5, 60 and 240 s, for readers to whom every topic is relevant;
        it is best at 53 s. Where relevance is low the short one wins: see the next test."""
        deep = {"read.depth": 0.5, "read.topic_breadth": np.inf}
        short, middle, long = (habit_at(x, **deep) for x in (5.0, 60.0, 240.0))
        assert t(middle - short) > 4.0
        assert t(middle - long) > 4.0

    def test_to_readers_whom_it_hardly_concerns_short_content_is_best_all_the_same(self):
        """Relevance multiplies the value and not the cost: the best length moves down."""
        deep = {"read.depth": 0.5, "read.topic_breadth": 0.1}
        short, middle = (habit_at(x, **deep) for x in (5.0, 60.0))
        assert t(short - middle) > 4.0

    def test_without_depth_the_shortest_is_best(self):
        short, middle, long = (habit_at(x) for x in (5.0, 60.0, 240.0))
        assert t(short - middle) > 4.0
        assert t(middle - long) > 4.0

    def test_length_that_costs_and_gives_nothing_changes_nothing(self):
        off = {**READING, "read.cost": 0.0}
        pair = [community({**off, "policy.content_length": x}, 3, 10) for x in (5.0, 240.0)]
        assert_same(*pair)

    def test_long_content_crowds_out_the_rest_where_reading_time_is_short(self):
        """Opposing: long content is worth more by depth, and leaves no time for other content."""
        busy = {"policy.content_per_day": 12.0, "read.depth": 0.5, "read.cost": 0.0}
        seen = {}
        for limit in (60.0, np.inf):
            values = {**READING, **busy, "read.seconds": limit}
            pairs = Pairs(
                values, {"policy.content_length": 10.0}, {"policy.content_length": 60.0}, 10
            )
            one, other = pairs.arms(total("read"))
            seen[limit] = other.mean() / one.mean()
        assert seen[60.0] < 0.5
        assert seen[np.inf] > 0.95


@pytest.mark.jit
class TestHours:
    """Content once a day, at one hour or at hours drawn anew."""

    FIXED = {**READING, "policy.content_per_day": 1.0, "policy.hours": "fixed"}
    RANDOM = {**FIXED, "policy.hours": "random"}

    @pytest.mark.parametrize("posts", [1, 2, 5])
    def test_fixed_hours_are_regular(self, posts):
        """Those of the first day find none before them; each other one moves a fifth to 1."""
        values = {**self.FIXED, "policy.content_per_day": posts}
        group = community(values, 1, 10).tables.groups[0]
        assert group["regularity"] == pytest.approx(1.0 - 0.8 ** (9 * posts), rel=1e-5)

    def test_random_hours_are_not(self):
        """An hour drawn from 12 falls into one of three half hours with probability 0.125: the mean
        of 12 groups stays below 0.25 (SD of one about 0.11, of the mean 0.03)."""
        found = [community(self.RANDOM, seed, 20).tables.groups["regularity"][0] for seed in SEEDS]
        assert np.mean(found) < 0.25

    @staticmethod
    def rise(values: dict) -> np.ndarray:
        """Habit by fixed hours minus habit by random ones, a number for each seed."""
        arms = [
            np.array([mean_of("habit")(community({**hours, **values}, s, 30)) for s in SEEDS])
            for hours in (TestHours.FIXED, TestHours.RANDOM)
        ]
        return arms[0] - arms[1]

    def test_regularity_makes_habit_where_it_is_felt_and_only_there(self):
        """It could come out otherwise: random hours now and then meet readers of other hours of
        the day; without feel.regularity that is all there is."""
        felt, off = self.rise({"feel.regularity": 3.0}), self.rise({"feel.regularity": 0.0})
        assert t(felt) > 4.0
        assert t(felt - off) > 4.0
        assert abs(t(off)) < 4.0
