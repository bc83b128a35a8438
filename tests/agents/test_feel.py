"""What is felt after a visit: stocks worked out on paper (eq. 7.5-1 to 7.5-5)."""

import math

import numpy as np
import pytest

from shequn.agents import verbs
from shequn.agents.tables import (
    ALERTED,
    CALLED,
    FOUND,
    GLANCE,
    MENTIONED,
    NEED,
    PLANNED,
    STAYING,
)
from tests.agents.hand import buy, close, feel

OWN = (PLANNED, GLANCE, NEED, FOUND)  # causes of a visit of one's own accord
LEARNING = {
    "feel.habit_gain": 0.2, "feel.habit_loss": 0.3, "feel.habit_empty": 0.1,
    "feel.willingness_gain": 0.1, "feel.willingness_reading": 0.25, "feel.enough": 0.5,
}  # fmt: skip


def learn(room, values=None, habit: float = 0.4, willingness: float = 0.6, **visit: float):
    """Habit and willingness after a visit with four messages read, unless it says otherwise."""
    world = room({**LEARNING, **(values or {})})
    member = world.members[0]
    member["habit"], member["willingness"] = habit, willingness
    feel(world, **{"read": 4, "unread": 4, "away": math.inf, **visit})
    return member["habit"], member["willingness"]


class TestLearning:
    """Habit 0.4 and willingness 0.6 before; G / (G + 0.5) and B / (B + 0.5) by hand."""

    @pytest.mark.parametrize(
        ("good", "bad", "habit", "willingness"),
        [
            (0.0, 0.0, 0.4, 0.6),
            (0.5, 0.0, 0.4 + 0.2 * 0.5 * 0.6, 0.6 + 0.1 * 0.5 * 0.4),  # half of what any teaches
            (1.5, 0.0, 0.4 + 0.2 * 0.75 * 0.6, 0.6 + 0.1 * 0.75 * 0.4),
            (0.0, 1.5, 0.4 * (1 - 0.3 * 0.75), 0.6 * (1 - 0.3 * 0.75)),
            # the good first, then the bad: 0.49 x 0.85 and 0.63 x 0.85
            (1.5, 0.5, 0.49 * 0.85, 0.63 * 0.85),
        ],
    )
    def test_good_and_bad_reading_each_teach(self, room, good, bad, habit, willingness):
        assert learn(room, good=good, bad=bad) == (close(habit), close(willingness))

    def test_the_sum_of_the_utilities_does_not_matter(self, room):
        one, other = (learn(room, good=1.5, bad=0.5, utility=u) for u in (1.0, -50.0))
        assert one == other

    def test_much_is_not_much_more_than_enough(self, room):
        """All that good reading can teach: 0.2 x 0.6, reached by a thousand messages."""
        habit, _ = learn(room, good=1e6)
        assert habit == close(0.4 + 0.2 * 0.6)

    def test_an_empty_visit_takes_from_both(self, room):
        assert learn(room, read=0, unread=0) == (close(0.4 * 0.9), close(0.6 * 0.9))

    def test_who_only_reads_learns_less_willingness_and_as_much_habit(self, room):
        """Willingness by a quarter: 0.6 + 0.25 x 0.1 x 0.75 x 0.4 = 0.6075, x (1 - 0.25 x 0.15)."""
        found = learn(room, good=1.5, bad=0.5, part=0)
        assert found == (close(0.49 * 0.85), close(0.6075 * 0.9625))
        assert learn(room, read=0, unread=0, part=0) == (close(0.36), close(0.6 * 0.975))

    @pytest.mark.parametrize("share", [0.0, 1.0])
    def test_reading_teaches_nothing_or_all_of_it(self, room, share):
        values = {"feel.willingness_reading": share}
        willing = learn(room, values, good=1.5, bad=0.5, part=0)[1]
        assert willing == close(0.63 * 0.85 if share else 0.6)

    @pytest.mark.parametrize("cause", [STAYING, ALERTED, MENTIONED, CALLED])
    def test_staying_on_and_being_called_teach_nothing(self, room, cause):
        assert learn(room, good=1.5, bad=0.5, cause=cause) == (close(0.4), close(0.6))
        assert learn(room, read=0, cause=cause) == (close(0.4), close(0.6))

    @pytest.mark.parametrize("cause", OWN)
    def test_every_visit_of_ones_own_teaches_alike(self, room, cause):
        assert learn(room, good=1.5, bad=0.5, cause=cause)[0] == close(0.49 * 0.85)

    @pytest.mark.parametrize(
        ("away", "share"),
        [(0.0, 0.0), (0.5 * math.log(2.0), 0.5), (0.5 * math.log(4.0), 0.75), (math.inf, 1.0)],
    )
    def test_visits_close_upon_each_other_teach_little(self, room, away, share):
        """1 - exp(-away / spacing): a half after ln 2 x spacing; the first visit teaches all."""
        values = {"feel.spacing": 0.5}
        habit, willing = learn(room, values, good=1.5, bad=0.5, away=away)
        assert habit == close((0.4 + share * 0.09) * (1.0 - share * 0.15))
        assert willing == close((0.6 + share * 0.03) * (1.0 - share * 0.15))
        assert learn(room, values, read=0, away=away)[0] == close(0.4 * (1.0 - share * 0.1))

    def test_without_spacing_the_time_away_does_not_matter(self, room):
        assert learn(room, good=1.5, away=0.0) == learn(room, good=1.5, away=9.0)

    def test_regular_hours_speed_up_habit_alone_and_not_beyond_all_of_it(self, room):
        """0.2 x (1 + 3 x 0.5) = 0.5; 0.2 x (1 + 10 x 0.5) = 1.2 counts as 1."""
        for regularity, pace in ((3.0, 0.5), (10.0, 1.0)):
            found = learn(room, {"feel.regularity": regularity}, good=1.5, regularity=0.5)
            assert found == (close(0.4 + pace * 0.75 * 0.6), close(0.6 + 0.1 * 0.75 * 0.4))

    def test_each_reply_adds_to_both_whatever_brought_the_visit(self, room):
        world = room({"feel.habit_reply": 0.125, "feel.willingness_reply": 0.25})
        member = world.members[0]
        for cause in (PLANNED, MENTIONED):
            member["habit"], member["willingness"], member["replies"] = 0.5, 0.5, 3
            feel(world, cause=cause, read=1)
            assert (member["habit"], member["willingness"]) == (0.5 + 0.375 / 2, 0.5 + 0.75 / 2)
            assert (member["replies"], member["belonging"]) == (0, 0.0)

    def test_an_answer_of_the_operator_adds_to_all_three(self, room):
        """A bond of 0.5: a half of what is missing."""
        world = room()
        member = world.members[0]
        for stock in ("habit", "willingness", "belonging"):
            member[stock] = 0.5
        member["answers"], member["bond"] = 2, 0.5
        feel(world)
        assert [member[n] for n in ("habit", "willingness", "belonging")] == [0.75] * 3
        assert member["recognition"] == 2.0

    def test_neither_stock_passes_1(self, room):
        world = room({"feel.habit_reply": 1.0, "feel.willingness_reply": 1.0})
        world.members[0]["habit"], world.members[0]["replies"] = 0.5, 250
        assert feel(world)["habit"] == feel(world)["willingness"] == 1.0

    def test_an_order_is_a_habit(self, room):
        """Each order adds a half of what is missing: 0.2, 0.6, 0.8, ..."""
        world = room({"feel.habit_order": 0.5, "buy.constant": 50.0})
        member = world.members[0]
        member["habit"], member["need_clock"] = 0.2, 0.0
        orders = int(buy(world)["orders"])
        assert orders > 0
        assert member["habit"] == close(1.0 - 0.8 * 0.5**orders)


class TestFeel:
    def test_blank_changes_nothing(self, room):
        world = room()
        member = world.members[0]
        stocks = ("habit", "willingness", "belonging", "attitude")
        for name in stocks:
            member[name] = 0.5
        before = {n: member[n] for n in (*stocks, "irritation", "overload", "familiarity")}
        feel(world, read=4, unread=8, known=2, strangers=2, utility=3.0, good=3.0, bad=1.0,
             persuasion=2.0, opinion=-1.0, opinion_weight=1.0)  # fmt: skip
        assert {name: member[name] for name in before} == before

    def test_belonging_rises_with_known_authors_and_replies(self, room):
        world = room({"feel.belonging_known": 0.4, "feel.belonging_reply": 0.1})
        world.members[0]["belonging"], world.members[0]["replies"] = 0.5, 3
        member = feel(world, read=4, unread=4, known=1)
        assert member["belonging"] == close(0.5 + (0.4 * 0.25 + 0.1 * 3) * 0.5)
        assert (member["replies"], member["recognition"]) == (0, 3.0)

    def test_belonging_never_passes_1(self, room):
        world = room({"feel.belonging_reply": 1.0})
        world.members[0]["belonging"], world.members[0]["replies"] = 0.5, 250
        assert feel(world)["belonging"] == 1.0

    def test_familiarity_grows_up_to_its_limit(self, room):
        world = room({"feel.familiarity_gain": 0.5, "feel.familiarity_limit": 100.0})
        world.members[0]["familiarity"] = 20.0
        assert feel(world, strangers=4)["familiarity"] == close(20.0 + 0.5 * 4 * 0.8)
        world.members[0]["familiarity"] = 100.0
        assert feel(world, strangers=4)["familiarity"] == 100.0

    def test_awareness_counts_exposures(self, room):
        world = room()
        world.members[0]["awareness"] = 2.0
        assert feel(world, exposures=1.5)["awareness"] == 3.5

    def test_promotions_warm_and_tire_one_after_the_other(self, room):
        world = room({"feel.exposure_warmth": 0.1, "feel.exposure_tedium": 0.02})
        member = world.members[0]
        member["attitude"], member["awareness"] = 0.2, 5.0
        first = 0.2 + 0.1 * 0.8
        first -= 0.02 * 5.0 * (1.0 + first)
        second = first + 0.1 * (1.0 - first)
        second -= 0.02 * 6.0 * (1.0 + second)
        assert feel(world, promos=2, exposures=2.0)["attitude"] == close(second)
        assert (member["awareness"], member["promos_read"]) == (7.0, 2)

    def test_attitude_to_promotions_stays_within_its_bounds(self, room):
        world = room({"feel.exposure_warmth": 1.0})
        assert feel(world, promos=3)["attitude"] == 1.0
        world = room({"feel.exposure_tedium": 1.0})
        world.members[0]["awareness"] = 1e6
        assert feel(world, promos=3)["attitude"] == -1.0

    @pytest.mark.parametrize(("between", "best"), [(0.0, 10), (1.0, 19), (3.5, 60)])
    def test_exposures_far_apart_are_best_at_a_higher_number(self, room, between, best):
        """With the rates of `advertised`: all at once, one a day, two a week (still rising)."""
        world = room(
            {
                "feel.exposure_warmth": 0.05,
                "feel.exposure_tedium": 0.003,
                "feel.awareness_half_life": 7.0,
            }
        )
        member, attitudes = world.members[0], [0.0]
        for number in range(60):
            verbs.wait(member, number * between, world.p)
            attitudes.append(float(feel(world, promos=1, exposures=1.0)["attitude"]))
        assert int(np.argmax(attitudes)) == best

    def test_promotions_read_are_counted_to_the_end_of_the_field(self, room):
        world = room()
        world.members[0]["promos_read"] = 65534
        assert feel(world, promos=7)["promos_read"] == 65535

    def test_irritation_collects_wariness_times_overtness_and_what_was_missed(self, room):
        world = room({"feel.irritation_gain": 0.5, "feel.irritation_overload": 0.25})
        world.members[0]["wariness"] = 0.5
        member = feel(world, persuasion=3.0, unread=10, read=4)
        assert member["irritation"] == close(0.5 * 0.5 * 3.0 + 0.25 * 0.6)

    def test_overload_follows_the_share_missed(self, room):
        world = room({"feel.overload_rate": 0.25})
        world.members[0]["overload"] = 0.2
        assert feel(world, unread=10, read=4)["overload"] == close(0.2 + 0.25 * (0.6 - 0.2))
        assert feel(world, unread=0, read=0)["overload"] == close(0.3 * 0.75)

    def test_attitude_moves_to_the_mean_opinion_by_conformity(self, room):
        world = room({"feel.attitude_rate": 0.5})
        world.members[0]["conformity"], world.members[0]["attitude"] = 0.5, 0.2
        member = feel(world, opinion=-1.2, opinion_weight=2.0)
        assert member["attitude"] == close(0.2 + 0.25 * (-0.6 - 0.2))

    def test_without_conformity_nobody_follows(self, room):
        world = room({"feel.attitude_rate": 1.0})
        world.members[0]["attitude"] = 0.25
        assert feel(world, opinion=-1.0, opinion_weight=1.0)["attitude"] == 0.25
