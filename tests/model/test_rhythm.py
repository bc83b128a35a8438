"""How many visits a day has, why, and when: rooms set up by hand (eq. 7.1-1 to 7.1-3).

Numbers of visits are Poisson: five standard deviations, 6e-7 each.
"""

import math

import numpy as np
import pytest

from shequn.agents.tables import (
    CALLED,
    FOUND,
    GLANCE,
    MEMBER,
    MUTED,
    NEED,
    PLANNED,
)
from shequn.model.day import begin, time_away
from shequn.model.rhythm import cause_of, diary, draw_sessions, ticket, visits_by_cause
from tests.agents.hand import close

VALUES = {
    "group.glance": 0.5, "rhythm.weariness": 0.5, "rhythm.need": 0.75, "group.found": 0.125,
    "rhythm.muted": 0.25, "market.attention": 0.5,
}  # fmt: skip


def expected(world, newest: int = 4, factor: float = 1.0) -> list[float]:
    """Visits expected of member 0: planned, glances, for a need, by search."""
    return [float(x) for x in visits_by_cause(world.members[0], newest, factor, world.p)]


class TestCauses:
    @pytest.fixture
    def world(self, room):
        """Session rate 2, habit 0.4, belonging 0.5; 3 of 4 messages unread; no need is due."""
        world = room(VALUES)
        member = world.members[0]
        member["session_rate"], member["habit"], member["belonging"] = 2.0, 0.4, 0.5
        member["read_upto"] = 1
        return world

    def test_by_hand(self, world):
        """Planned 2 x 0.4; glances 0.5 x 0.5 x 3 / 4; found, whatever else."""
        assert expected(world) == [close(0.8), close(0.1875), 0.0, 0.125]

    def test_the_weekday_counts_for_what_is_planned(self, world):
        assert expected(world, factor=0.75) == [close(0.6), close(0.1875), 0.0, 0.125]

    def test_attention_given_to_rivals_is_lost_to_plans_and_glances(self, world):
        """1 - 0.5 x (1 - 0.5) = 0.75."""
        world.members[0]["share"] = 0.5
        assert expected(world) == [close(0.6), close(0.140625), 0.0, 0.125]

    def test_who_has_muted_the_group_sees_no_number_and_comes_less(self, world):
        world.members[0]["status"] = MUTED
        assert expected(world) == [close(0.2), 0.0, 0.0, 0.125]

    def test_who_has_lost_the_habit_still_glances(self, world):
        world.members[0]["habit"] = 0.0
        assert expected(world) == [0.0, close(0.1875), 0.0, 0.125]

    @pytest.mark.parametrize(("unread", "shown"), [(0, 0.0), (1, 0.5), (9, 0.9), (999, 0.999)])
    def test_a_glance_needs_something_unread_and_how_much_matters_little(
        self, world, unread, shown
    ):
        world.members[0]["read_upto"] = 1000 - unread
        assert expected(world, newest=1000)[1] == close(0.25 * shown)

    def test_irritation_keeps_from_a_glance(self, world):
        world.members[0]["irritation"] = 4.0
        assert expected(world)[1] == close(0.1875 / 3.0)

    @pytest.mark.parametrize(("clock", "rate", "due"), [(0.2, 0.25, 1), (0.3, 0.25, 0), (0, 0, 1)])
    def test_a_need_due_by_tonight_brings_who_belongs(self, world, clock, rate, due):
        world.members[0]["need_clock"], world.members[0]["need_rate"] = clock, rate
        assert expected(world)[2] == close(0.375 * due)

    def test_in_blank_only_plans_are_left(self, room):
        world = room()
        member = world.members[0]
        member["session_rate"], member["habit"], member["belonging"] = 2.0, 0.5, 1.0
        member["need_clock"] = -1.0
        assert expected(world) == [1.0, 0.0, 0.0, 0.0]


class TestDrawing:
    N = 3000

    def drawn(self, room, day: int = 0, **fields: float):
        """Tickets of a day of 3,000 members alike, for each of whom 4 messages are unread."""
        world = room({"group.glance": 1.0, "rhythm.need": 0.5, "group.found": 0.25}, self.N)
        for name, value in {"session_rate": 2.0, "habit": 0.5, **fields}.items():
            world.members[name] = value
        pages = diary(10 * self.N)
        n = draw_sessions(world.members, np.arange(self.N), 4, day, 1.0, world.p, pages)
        return pages.drawn[:n]

    def test_each_cause_as_often_as_expected(self, room):
        """Planned 1, glances 0.5 x 4 / 5, for a need 0.25, by search 0.25: a Poisson each."""
        tickets = self.drawn(room, belonging=0.5, need_clock=0.0)
        causes = np.array([cause_of(number) for number in tickets])
        for cause, mean in ((PLANNED, 1.0), (GLANCE, 0.4), (NEED, 0.25), (FOUND, 0.25)):
            n = self.N * mean
            assert abs((causes == cause).sum() - n) < 5.0 * math.sqrt(n), cause
        assert set(causes) == {PLANNED, GLANCE, NEED, FOUND}

    @pytest.mark.parametrize("willingness", [0.0, 0.25, 1.0])
    def test_as_many_take_part_as_are_willing(self, room, willingness):
        """Whatever brings them."""
        tickets = self.drawn(room, belonging=0.5, willingness=willingness)
        for cause in (PLANNED, GLANCE, FOUND):
            part = np.array([number % 2 for number in tickets if cause_of(number) == cause])
            error = math.sqrt(willingness * (1.0 - willingness) / len(part))
            assert abs(part.mean() - willingness) <= 5.0 * error

    def test_who_takes_part_does_not_change_who_comes(self, room):
        all_of_them, none = (self.drawn(room, willingness=x) for x in (1.0, 0.0))
        assert (all_of_them - none).tolist() == [1] * len(none)

    def test_each_day_has_luck_of_its_own(self, room):
        one, other = (self.drawn(room, day=day, willingness=0.5) for day in (0, 1))
        assert one.tolist() != other.tolist()


class TestBeginning:
    def test_a_visit_begins_with_nothing_done(self, room):
        visit = room().visit
        visit["orders"], visit["forwards"], visit["removed"] = 3, 2, 1
        begin(visit, ticket(7, CALLED, 1), 5, 5.25)
        names = ("row", "cause", "part", "day", "time", "orders", "forwards", "removed")
        assert [visit[name] for name in names] == [7, CALLED, 1, 5, 5.25, 0, 0, 0]

    @pytest.mark.parametrize(
        ("joined", "last", "away"),
        [(1.0, 2.5, 1.5), (1.0, math.nan, math.inf), (3.0, 2.5, math.inf), (2.5, 2.5, 1.5)],
    )
    def test_the_first_visit_since_joining_comes_after_an_eternity(self, room, joined, last, away):
        member = room().members[0]
        member["joined_at"], member["last_session_at"] = joined, last
        assert time_away(member, 4.0) == away
        assert member["status"] == MEMBER
