"""Buying, inviting, staying and waiting in rooms set up by hand: effects worked out on paper.

Stocks are stored in single precision: a number worked out by hand is met to a few
roundings of 2^-24 each.
"""

import math

import numpy as np
import pytest

from shequn.agents import verbs
from shequn.agents.randomness import draw, exponential, normals
from shequn.agents.tables import (
    LEFT,
    MEMBER,
    MUTED,
    ORDER_SHARE,
)
from shequn.agents.verbs.buy import CHOICE, NEED_CLOCK, experience
from shequn.agents.verbs.invite import INVITE_CLOCK
from shequn.agents.verbs.relevance import relevance
from shequn.agents.verbs.stay import MUTE_CLOCK, exit_hazard, mute_hazard
from shequn.agents.verbs.utility import ad_effect
from shequn.agents.verbs.wait import fading, invitation_intensity
from tests.agents.hand import buy, close, newest, utility_at


def _invitations(member, start, end, p):
    """Invitations expected between two times."""
    elapsed = end - start
    faded = fading(p.invite_novelty_decay * elapsed)
    return invitation_intensity(member, start, elapsed, faded, p)


class TestRelevance:
    @pytest.mark.parametrize(
        ("topic", "interest", "distance"),
        [(0.2, 0.2, 0.0), (0.5, 0.25, 0.25), (0.0, 0.5, 0.5), (0.95, 0.05, 0.1), (0.05, 0.95, 0.1)],
    )
    def test_distance_is_measured_around_the_circle(self, topic, interest, distance):
        assert relevance(topic, interest, 4.0) == pytest.approx(1 / (1 + (4 * distance) ** 2))

    def test_it_is_one_half_at_the_breadth(self):
        assert relevance(0.1, 0.35, 1 / 0.25) == pytest.approx(0.5)

    def test_focus_0_switches_it_off(self):
        assert relevance(0.0, 0.5, 0.0) == 1.0


class TestBuy:
    def test_the_ad_effect_is_an_inverted_u_with_its_peak_at_1(self):
        assert ad_effect(0.0, 10.0) == 0.0
        assert ad_effect(10.0, 10.0) == 1.0
        assert ad_effect(5.0, 10.0) == pytest.approx(0.5 * math.exp(0.5))
        assert ad_effect(30.0, 10.0) == pytest.approx(3.0 * math.exp(-2.0))

    def test_every_term_of_the_utility(self, room):
        world = room(
            {
                "buy.constant": -1.0, "buy.awareness": 2.0, "feel.awareness_peak": 4.0,
                "buy.attitude": 3.0, "buy.herd": 0.5, "buy.visible_half_life": 2.0,
                "product.quality": 0.75, "product.status": 0.5, "product.price": 90.0,
            }
        )  # fmt: skip
        member, group = world.members[0], world.group
        member["awareness"], member["attitude"] = 4.0, -0.5
        member["quality_weight"], member["face_weight"], member["price_weight"] = 2.0, 3.0, 0.25
        member["budget"], member["conformity"] = 180.0, 0.5
        group["visible_orders"], group["visible_at"] = 6.0, 3.0
        utility = utility_at(5.0, world)
        terms = [-1.0, 2.0, 3.0 * -0.5, 2.0 * 0.75, 3.0 * 0.5, -0.25 * 0.5, 0.25 * math.log(4.0)]
        assert utility == pytest.approx(sum(terms), rel=1e-12)
        assert (group["visible_orders"], group["visible_at"]) == (pytest.approx(3.0), 5.0)

    def test_blank_has_no_utility(self, room):
        world = room()
        world.members[0]["awareness"] = 5.0
        assert utility_at(1.0, world) == 0.0

    def test_no_budget_is_no_division_by_zero(self, room):
        world = room({"product.price": 1.0})
        world.members[0]["budget"], world.members[0]["price_weight"] = 0.0, 1.0
        assert utility_at(1.0, world) == close(-1e9)

    @pytest.mark.parametrize("constant", [-1.0, 0.0, 0.5])
    def test_the_choice_is_binary_logit(self, room, constant):
        """About 400 occasions: five standard deviations, 6e-7."""
        world = room({"buy.constant": constant})
        member = world.members[0]
        member["need_clock"] = -400.0
        buy(world)
        chance = 1.0 / (1.0 + math.exp(-constant))
        n = int(member["occasions"])
        assert 300 < n < 500  # Poisson with mean 400, 5 SD
        assert abs(member["orders"] / n - chance) < 5 * math.sqrt(chance * (1 - chance) / n)
        bought = [draw(np.uint64(1), CHOICE, 0, k)[0] < chance for k in range(n)]
        assert (member["orders"], world.visit["orders"]) == (sum(bought), sum(bought))

    def test_occasions_come_by_the_clock_and_reminders_bring_them_forward(self, room):
        world = room({"buy.reminder": 2.0, "buy.constant": -50.0})
        member = world.members[0]
        member["need_clock"], member["need_rate"] = 1.0, 0.125
        assert buy(world, reminders=3)["need_clock"] == close(1.0 - 0.125 * 2.0 * 3)
        assert member["occasions"] == 0
        buy(world, reminders=1)
        assert (member["occasions"], member["orders"]) == (1, 0)
        assert member["need_clock"] == close(exponential(np.uint64(1), NEED_CLOCK, 0, 1))

    def test_without_reminder_promotions_bring_nothing_forward(self, room):
        world = room()
        world.members[0]["need_clock"], world.members[0]["need_rate"] = 1.0, 1.0
        assert buy(world, reminders=100)["need_clock"] == 1.0

    def test_satisfaction_is_experience_minus_an_expectation_that_adapts(self, room):
        world = room({"product.quality": 0.75, "buy.expectation_rate": 0.5})
        member = world.members[0]
        member["expectation"] = 0.25
        experience(member, 0.3, 0.7, float(world.p.product_price), world.p)
        assert (member["satisfaction"], member["expectation"]) == (0.5, 0.5)
        experience(member, 0.3, 0.7, float(world.p.product_price), world.p)
        assert (member["satisfaction"], member["expectation"]) == (0.25, 0.625)

    def test_noise_is_normal_and_satisfaction_stays_within_1(self, room):
        world = room({"buy.noise": 0.5})
        member = world.members[0]
        experience(member, 0.3, 0.7, float(world.p.product_price), world.p)
        assert member["satisfaction"] == close(0.5 * normals(0.3, 0.7)[0])
        member["expectation"] = 7.0
        experience(member, 0.3, 0.7, float(world.p.product_price), world.p)
        assert member["satisfaction"] == -1.0

    def test_an_order_is_dated_and_shared(self, room):
        world = room({"buy.constant": 50.0, "speak.order_share": 1.0, "product.quality": 0.5})
        member = world.members[0]
        member["need_clock"], member["topic"], member["voice"] = 0.0, 0.25, 2.0
        buy(world, time=6.5)
        orders = int(member["orders"])
        assert orders >= 1
        assert member["last_order_at"] == 6.5
        message = newest(world)
        assert (message["kind"], message["author"], message["time"]) == (ORDER_SHARE, 0, 6.5)
        assert (message["valence"], message["topic"], message["voice"]) == (0.5, 0.25, 2.0)
        assert (world.group["visible_orders"], member["posts"]) == (orders, orders)
        assert member["read_upto"] == world.group["newest"]

    @pytest.mark.parametrize("switch", [{"speak.order_share": 0.0}, {"group.peers_post": False}])
    def test_orders_that_are_not_shared(self, room, switch):
        world = room({"buy.constant": 50.0, "speak.order_share": 1.0, **switch})
        world.members[0]["need_clock"] = 0.0
        buy(world)
        assert world.members[0]["orders"] >= 1
        assert (world.group["newest"], world.group["visible_orders"]) == (0, 0.0)

    def test_others_orders_pull_those_who_conform(self, room):
        world = room({"buy.herd": 2.0})
        world.group["visible_orders"] = math.e - 1.0
        assert utility_at(0.0, world) == 0.0
        world.members[0]["conformity"] = 0.5
        assert utility_at(0.0, world) == pytest.approx(1.0)


class TestInvite:
    def test_invitations_are_due_when_the_clock_runs_out(self, room):
        world = room()
        member = world.members[1]
        member["invite_clock"] = -2.0
        verbs.invite(member, 1, world.visit, world.p)
        clock, sent = -2.0, 0
        while clock <= 0.0:
            sent += 1
            clock += exponential(np.uint64(1), INVITE_CLOCK, 1, sent)
        assert (member["invitations"], member["pending_invitations"]) == (sent, sent)
        assert member["invite_clock"] == close(clock)

    def test_at_most_255_a_day(self, room):
        world = room()
        world.members[0]["invite_clock"] = -1e4
        verbs.invite(world.members[0], 0, world.visit, world.p)
        assert world.members[0]["pending_invitations"] == 255

    def test_none_before_the_clock_runs_out(self, room):
        world = room()
        world.members[0]["invite_clock"] = 0.25
        verbs.invite(world.members[0], 0, world.visit, world.p)
        assert (world.members[0]["invitations"], world.members[0]["invite_clock"]) == (0, 0.25)

    def test_the_rate_by_hand(self, room):
        world = room(
            {
                "invite.rate": 0.1, "invite.from_satisfaction": 0.2, "invite.from_belonging": 0.4,
                "invite.from_reward": 0.5, "invite.reward": 8.0,
            }
        )  # fmt: skip
        member = world.members[0]
        member["satisfaction"], member["belonging"], member["prize_taste"] = 0.5, 0.25, 0.125
        rate = 0.1 + 0.2 * 0.5 + 0.4 * 0.25 + 0.5 * 8.0 * 0.125
        assert _invitations(member, 1.0, 3.0, world.p) == close(2.0 * rate)
        member[
            "satisfaction"
        ] = -1.0  # the dissatisfied do not invite less than nobody in particular
        assert _invitations(member, 1.0, 3.0, world.p) == close(2.0 * (rate - 0.1))

    def test_blank_sends_none(self, room):
        world = room()
        member = world.members[0]
        member["satisfaction"] = member["belonging"] = member["prize_taste"] = 1.0
        assert _invitations(member, 0.0, 10.0, world.p) == 0.0

    def test_zeal_fades_with_tenure_and_the_integral_is_exact(self, room):
        world = room({"invite.rate": 0.5, "invite.novelty_half_life": 4.0})
        member = world.members[0]
        member["joined_at"] = 2.0
        # Twelve days are three half-lives: 7/8 of all the zeal there is, rate x 4 / ln 2.
        whole = _invitations(member, 2.0, 14.0, world.p)
        assert whole == pytest.approx(0.5 * 4.0 / math.log(2.0) * 7 / 8, rel=1e-12)
        parts = sum(_invitations(member, t, t + 3.0, world.p) for t in (2.0, 5.0, 8.0, 11.0))
        assert parts == pytest.approx(whole, rel=1e-12)


class TestStay:
    PRESSURES = {
        "stay.irritation": 1.0, "stay.overload": 0.5, "stay.dissatisfaction": 2.0,
        "stay.belonging": 3.0, "stay.habit": 0.25, "stay.scale": 0.01,
    }  # fmt: skip

    def pressed(self, room, shape: str, irritation: float = 2.0):
        """Pressure = irritation + 0.5 x 0.5 + 2 x 0.25 = irritation + 0.75; relief = 1 / e.

        Relief: exp(-3 x 0.25 - 0.25 x 1).
        """
        world = room({**self.PRESSURES, "stay.shape": shape})
        member = world.members[0]
        member["irritation"], member["overload"], member["satisfaction"] = irritation, 0.5, -0.25
        member["belonging"], member["habit"], member["exit_rate"] = 0.25, 1.0, 0.005
        return member, world.p

    @pytest.mark.parametrize(
        ("shape", "irritation", "driven"),
        [
            ("linear", 2.0, 0.005 + 0.01 * 2.75),
            ("linear", 0.0, 0.005 + 0.01 * 0.75),
            ("exponential", 2.0, 0.005 * math.exp(2.75)),
            ("exponential", 0.0, 0.005 * math.exp(0.75)),
            ("quadratic", 2.0, 0.005 + 0.01 * 2.75**2),
            ("quadratic", 0.0, 0.005 + 0.01 * 0.75**2),
        ],
    )
    def test_the_hazard_by_its_shape(self, room, shape, irritation, driven):
        hazard = driven * math.exp(-1.0)
        assert exit_hazard(*self.pressed(room, shape, irritation)) == close(hazard)

    @pytest.mark.parametrize("shape", ["linear", "exponential", "quadratic"])
    def test_a_tie_never_keeps_anyone_for_sure(self, room, shape):
        """The strongest tie takes 1 - exp(-3.25) off the hazard."""
        member, p = self.pressed(room, shape)
        loose = exit_hazard(member, p) * math.e
        member["belonging"] = 1.0
        assert exit_hazard(member, p) == close(loose * math.exp(-3.25))

    def test_satisfaction_above_0_is_no_pressure(self, room):
        member, p = self.pressed(room, "linear")
        member["satisfaction"] = 1.0
        assert exit_hazard(member, p) == close((0.005 + 0.01 * 2.25) * math.exp(-1.0))

    def test_rivals_and_a_bad_opinion_press(self, room):
        """3 x (1 - 0.75) + 2 x 0.5 = 1.75; a good opinion does not."""
        world = room({"stay.rivals": 3.0, "stay.attitude": 2.0, "stay.scale": 0.01})
        member = world.members[0]
        member["share"], member["attitude"] = 0.75, -0.5
        assert exit_hazard(member, world.p) == close(0.0175)
        member["attitude"] = 0.5
        assert exit_hazard(member, world.p) == close(0.0075)

    SILENT = {"stay.silent": 0.25, "stay.silence": 20.0, "stay.mute_silent": 0.5}

    @pytest.mark.parametrize(
        ("seen", "joined", "lost"),
        [
            (100.0, 0.0, 0.0),
            (100.0 - 20.0 * math.log(2.0), 0.0, 0.5),  # half of the interest
            (80.0, 0.0, 1.0 - 1.0 / math.e),
            (80.0, 90.0, 1.0 - math.exp(-0.5)),  # seen in another life: counted from joining
            (math.nan, 80.0, 1.0 - 1.0 / math.e),  # never came
        ],
    )
    def test_who_does_not_come_any_more_leaves_or_mutes(self, room, seen, joined, lost):
        """Neither habit nor belonging keeps the silent; 0.0625 is the base rate of muting."""
        world = room({**self.SILENT, "stay.mute_rate": 0.0625, "stay.belonging": 9.0})
        member = world.members[0]
        member["updated_at"], member["joined_at"], member["last_session_at"] = 100.0, joined, seen
        member["belonging"] = 1.0
        assert exit_hazard(member, world.p) == close(0.25 * lost, rel=1e-5)
        assert mute_hazard(member, world.p) == close(0.0625 + 0.5 * lost, rel=1e-5)
        member["status"] = MUTED
        assert mute_hazard(member, world.p) == 0.0

    def test_off_silence_does_not_matter(self, room):
        world = room()
        member = world.members[0]
        member["updated_at"], member["exit_rate"] = 1e4, 0.25
        assert (exit_hazard(member, world.p), mute_hazard(member, world.p)) == (0.25, 0.0)

    @pytest.mark.parametrize("shape", ["linear", "exponential", "quadratic"])
    def test_without_pressure_the_hazard_is_the_members_own(self, room, shape):
        world = room({"stay.shape": shape})
        member = world.members[0]
        member["exit_rate"], member["irritation"], member["overload"] = 0.25, 9.0, 1.0
        assert exit_hazard(member, world.p) == 0.25

    def test_the_clock_runs_down_and_names_the_moment_of_leaving(self, room):
        world = room()
        member = world.members[0]
        member["exit_rate"], member["membership_clock"], member["updated_at"] = 0.25, 1.0, 10.0
        assert verbs.stay(member, 0, 12.0, world.p)
        assert (member["membership_clock"], member["status"]) == (0.5, MEMBER)
        member["updated_at"] = 12.0
        assert not verbs.stay(member, 0, 20.0, world.p)
        assert (member["status"], member["left_at"]) == (LEFT, 14.0)  # 12 + 0.5 / 0.25

    def test_without_hazard_nobody_leaves(self, room):
        world = room()
        assert verbs.stay(world.members[0], 0, 1e6, world.p)
        assert world.members[0]["membership_clock"] == LONG

    MUTING = {"stay.mute_rate": 0.1, "stay.mute_irritation": 0.2, "stay.unmute_rate": 0.5}

    def test_muting_and_unmuting(self, room):
        world = room(self.MUTING)
        member = world.members[0]
        member["irritation"], member["mute_clock"] = 2.0, 1.0
        assert verbs.stay(member, 0, 1.0, world.p)
        assert (member["status"], member["mute_clock"]) == (MEMBER, close(1.0 - 0.5))
        member["updated_at"] = 1.0
        assert verbs.stay(member, 0, 2.125, world.p)  # muted at 2, an eighth of a day ago
        refill = exponential(np.uint64(1), MUTE_CLOCK, 0, 1)
        assert (member["status"], member["switches"]) == (MUTED, 1)
        assert member["mute_clock"] == close(refill - 0.0625)
        member["updated_at"], member["mute_clock"] = 2.5, 0.125
        assert verbs.stay(member, 0, 3.0, world.p)
        assert (member["status"], member["switches"]) == (MEMBER, 2)

    def test_more_than_one_switch_in_a_gap(self, room):
        """A chain of two states over a long gap: five standard deviations, 6e-7."""
        world = room(self.MUTING)
        member = world.members[0]
        member["mute_clock"] = 0.1
        verbs.stay(member, 0, 600.0, world.p)
        # Cycles last 1 / 0.1 + 1 / 0.5 = 12 days on average: 100 switches, SD below 10.
        assert 50 < member["switches"] < 150

    def test_who_cannot_unmute_stays_muted_however_late_it_is_noticed(self, room):
        world = room({"stay.mute_rate": 10.0})
        member = world.members[0]
        member["mute_clock"] = 0.001
        for day in range(1, 20):
            member["updated_at"] = day - 1.0
            verbs.stay(member, 0, float(day), world.p)
            assert (member["status"], member["switches"]) == (MUTED, 1)

    def test_without_a_rate_nobody_mutes(self, room):
        world = room()
        world.members[0]["irritation"] = 100.0
        assert verbs.stay(world.members[0], 0, 1e5, world.p)
        assert world.members[0]["status"] == MEMBER


LONG = np.float32(1e6)


class TestWait:
    @pytest.mark.parametrize("x", [0.0, 1e-9, 0.01, 0.2, 0.25, 0.2500001, 1.0, 30.0, math.inf])
    def test_fading_is_the_exponential(self, x):
        assert fading(x) == pytest.approx(math.exp(-x), rel=2e-11)

    @pytest.mark.parametrize(
        ("stock", "half_life"),
        [
            ("habit", "feel.habit_half_life"),
            ("willingness", "feel.willingness_half_life"),
            ("belonging", "feel.belonging_half_life"),
            ("awareness", "feel.awareness_half_life"),
            ("irritation", "feel.irritation_half_life"),
            ("recognition", "speak.recognition_half_life"),
        ],
    )
    def test_a_stock_halves_in_its_half_life_and_no_other_does(self, room, stock, half_life):
        world = room({half_life: 3.0})
        member = world.members[0]
        stocks = (
            "habit", "willingness", "belonging", "awareness", "irritation", "recognition",
            "overload",
        )  # fmt: skip
        for name in stocks:
            member[name] = 0.5
        member["updated_at"] = 1.0
        verbs.wait(member, 4.0, world.p)
        assert member["updated_at"] == 4.0
        for name in stocks:
            assert member[name] == close(0.25 if name == stock else 0.5)

    def test_the_clocks_of_needs_and_invitations_run(self, room):
        world = room({"invite.rate": 0.5})
        member = world.members[0]
        member["need_clock"], member["need_rate"], member["invite_clock"] = 3.0, 0.25, 3.0
        verbs.wait(member, 2.0, world.p)
        assert (member["need_clock"], member["invite_clock"]) == (2.5, 2.0)

    def test_no_time_changes_nothing(self, room):
        world = room({"feel.habit_half_life": 1.0})
        member = world.members[0]
        member["habit"], member["updated_at"] = 0.5, 2.0
        before = world.members.tobytes()
        verbs.wait(member, 2.0, world.p)
        assert world.members.tobytes() == before

    def test_many_short_waits_are_one_long_one(self, room):
        world = room({"feel.awareness_half_life": 7.0})
        member = world.members[0]
        member["awareness"] = 10.0
        for k in range(1, 101):
            verbs.wait(member, 0.14 * k, world.p)
        assert member["awareness"] == pytest.approx(2.5, rel=1e-5)
