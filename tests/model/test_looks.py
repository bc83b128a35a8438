"""Who stays on, and whom messages bring: rooms set up by hand (7.1).

Shares and means over n draws are within three standard errors of what is declared; the standard
error follows from n. The seeds are fixed: no test is a matter of luck from one run to the next.
"""

import heapq
import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shequn.agents.maths import log
from shequn.agents.randomness import draw
from shequn.agents.tables import (
    ALERTED,
    CALLED,
    CHAT,
    CONTENT,
    INCIDENT,
    LEFT,
    MEMBER,
    MENTIONED,
    MUTED,
    NOBODY,
    PROMO,
    RESPONSE,
    STAYING,
)
from shequn.model.entry import enter
from shequn.model.looks import (
    ALERTS,
    CALLS,
    LOOKS,
    MENTIONS,
    MINUTE,
    Looks,
    Room,
    alerted,
    announced,
    breaks_silence,
    brought,
    call_of,
    drop_first,
    everyone,
    look_again,
    mentioned,
    no_looks,
    put_in,
    spend,
)
from shequn.model.rhythm import cause_of, ticket, visitor_of
from tests.agents.hand import close

SEED = np.uint64(1)
CASES = settings(derandomize=True, database=None, deadline=None, max_examples=60)


ROOM = 5000  # for looks, in a heap


def place(world, day: int = 0, roster: np.ndarray | None = None) -> Room:
    """The room as the looks see it; everyone is in it."""
    everybody = np.arange(len(world.members)) if roster is None else roster
    return Room(0, day, everybody, world.members, world.feed, world.group, world.p)


def put_in_order(looks: Looks) -> list[tuple[float, int, int, int]]:
    """Time, row, cause and part of everyone who comes, the earliest first."""
    coming = []
    while looks.size > 0:
        number = int(looks.tickets[0])
        coming.append((float(looks.times[0]), visitor_of(number), cause_of(number), number % 2))
        looks = drop_first(looks)
    return coming


def again(world, row: int = 0, time: float = 0.3, day: int = 0, part: int = 1) -> float:
    """When a member who has been here at a time looks again."""
    visit = world.visit
    visit["row"], visit["time"], visit["day"], visit["part"] = row, time, day, part
    return look_again(world.members[row], world.feed, world.group, visit, world.p)


class TestLookingAgain:
    ALWAYS_LIVELY = {"rhythm.linger": 0.6, "rhythm.pause": 0.5, "rhythm.lively": 1440.0}

    @pytest.fixture
    def stays(self, room):
        """Times at which 1,500 people look, from 0.1 on, while somebody has just spoken."""
        world = room(self.ALWAYS_LIVELY, people=1500)
        world.post(author=1)
        times = []
        for row in range(1500):
            looks = [0.1]
            while looks[-1] < np.inf:
                looks.append(again(world, row, looks[-1]))
            times.append(looks[:-1])
        assert world.members["looks"].tolist() == [len(looks) - 1 for looks in times]
        return times

    def test_the_number_of_looks_is_geometric(self, stays):
        """P(n) = 0.4 x 0.6^n: mean 0.6 / 0.4, variance 0.6 / 0.4^2."""
        counts = np.array([len(looks) - 1 for looks in stays])
        assert abs(counts.mean() - 1.5) < 3.0 * math.sqrt(0.6 / 0.16 / len(counts))
        for n in range(4):
            chance = 0.4 * 0.6**n
            error = math.sqrt(chance * (1.0 - chance) / len(counts))
            assert abs((counts == n).mean() - chance) < 3.0 * error, n

    def test_pauses_are_exponential_with_the_mean_given(self, stays):
        """The SD of an exponential number is its mean; a share of 1 / e is above the mean."""
        pauses = np.concatenate([np.diff(looks) for looks in stays]) / MINUTE
        n = len(pauses)
        assert n > 1500
        assert abs(pauses.mean() - 0.5) < 3.0 * 0.5 / math.sqrt(n)
        above = math.exp(-1.0)
        assert abs((pauses > 0.5).mean() - above) < 3.0 * math.sqrt(above * (1.0 - above) / n)

    def test_nobody_looks_beyond_midnight(self, room):
        """Half an hour before midnight with a mean pause of half an hour: by the draws alone."""
        world = room({"rhythm.linger": 0.8, "rhythm.pause": 30.0}, people=200)
        start = 4.0 - 30.0 * MINUTE
        world.post(author=1, time=start)
        cut = 0
        for row in range(200):
            u = draw(SEED, LOOKS, row, 3 * 256)
            wanted = start - 30.0 * MINUTE * log(u[1])
            stays = u[0] < 0.8 and wanted < 4.0
            cut += u[0] < 0.8 and wanted >= 4.0
            assert again(world, row, start, day=3) == (wanted if stays else np.inf)
            assert world.members["looks"][row] == stays
        assert 20 < cut < 150

    @pytest.mark.parametrize(("minutes", "stays"), [(14.9, True), (15.1, False)])
    @pytest.mark.parametrize("author", [-1, 0, 1])
    def test_only_while_the_newest_message_is_young_whoever_wrote_it(
        self, room, minutes, stays, author
    ):
        world = room({"rhythm.linger": 0.999, "rhythm.lively": 15.0})
        world.post(author=1, time=0.5)
        world.post(author=author, time=0.3)
        assert (again(world, time=0.3 + minutes * MINUTE) < np.inf) == stays

    def test_each_look_of_a_day_and_each_day_has_luck_of_its_own(self, room):
        world = room({"rhythm.linger": 0.999, "rhythm.lively": 1440.0})
        world.post(author=1, time=0.3)
        world.post(author=1, time=7.3)
        pauses = [again(world, time=7.3, day=7) - 7.3 for _ in range(5)]
        world.members[0]["looks"] = 0
        pauses.append(again(world, time=7.3, day=6 + 1) - 7.3)
        assert pauses[5] == pauses[0]
        world.members[0]["looks"] = 0
        pauses[5] = again(world, time=7.3, day=8) - 7.3
        assert len(set(pauses)) == 6

    def test_255_looks_a_day_are_enough(self, room):
        world = room({"rhythm.linger": 0.999, "rhythm.lively": 1440.0})
        world.post(author=1, time=0.3)
        world.members[0]["looks"] = 255
        assert again(world) == np.inf
        assert world.members["looks"][0] == 255

    def test_who_only_reads_does_not_stay(self, room):
        world = room({"rhythm.linger": 0.999, "rhythm.lively": 1440.0})
        world.post(author=1, time=0.3)
        assert again(world, part=0) == np.inf
        assert again(world, part=1) < np.inf

    def test_who_has_spent_the_days_minutes_goes(self, room):
        world = room({"rhythm.linger": 0.999, "rhythm.lively": 1440.0})
        world.post(author=1, time=0.3)
        world.members[0]["minutes"] = 5.0
        for spent, stays in ((4.999, True), (5.0, False), (6.0, False)):
            world.members[0]["spent"] = spent
            assert (again(world) < np.inf) == stays

    def test_in_a_silent_group_or_with_linger_0_nobody_stays(self, room):
        silent = room({"rhythm.linger": 0.999}, people=50)
        off = room({"rhythm.linger": 0.0, "rhythm.lively": 1440.0, "rhythm.pause": 0.01}, people=50)
        off.post(author=1, time=0.3)
        for world in (silent, off):
            before = world.members.tobytes()
            assert all(again(world, row) == np.inf for row in range(50))
            assert world.members.tobytes() == before


# A few minutes and members, so that ties of time are common.
LOOK = st.tuples(st.sampled_from([0.0, 0.25, 0.5]) | st.floats(0.0, 1.0), st.integers(0, 4))


class TestHeap:
    @CASES
    @given(st.lists(st.none() | LOOK, max_size=40))
    @example([(0.5, 1)] * 20 + [None] * 20)
    @example([(0.5, 0), (0.5, 2), (0.5, 1), (0.5, 3)])
    @example([(0.25, row) for row in (7, 3, 5, 1, 6, 2, 4, 0)])
    @example([(0.5, 3), (0.5, 2), (0.5, 1), (0.25, 4), None, (0.5, 0), None, None, None, None])
    def test_the_earliest_comes_first_ties_by_ticket(self, steps):
        """None takes one out; the heap of the standard library is the measure."""
        looks = no_looks(40)
        expected: list[tuple[float, int]] = []
        for step in [*steps, *[None] * len(steps)]:
            if step is not None:
                looks = put_in(looks, step[0], step[1])
                heapq.heappush(expected, step)
            elif expected:
                assert (looks.times[0], looks.tickets[0]) == heapq.heappop(expected)
                looks = drop_first(looks)
            assert looks.size == len(expected)


class TestSilence:
    @staticmethod
    def after(room, minutes: float, first: int = 3, alert: float = 1.0, feed: int = 16) -> bool:
        """Two messages, a pause, two more: whether message ``first`` breaks a silence."""
        world = room({"group.alert": alert, "rhythm.lively": 15.0}, feed=feed)
        for time in (0.2, 0.2, 0.2 + minutes * MINUTE, 0.2 + minutes * MINUTE):
            world.post(author=1, time=time)
        return breaks_silence(first, place(world))

    @pytest.mark.parametrize(
        ("minutes", "first", "breaks"),
        [(14.9, 3, False), (15.1, 3, True), (15.1, 2, False), (15.1, 4, False), (15.1, 5, False),
         (0.0, 1, True)],
    )  # fmt: skip
    def test_a_silence_is_longer_than_people_stay_on(self, room, minutes, first, breaks):
        assert self.after(room, minutes, first) == breaks

    def test_without_alerts_no_silence_matters(self, room):
        assert not self.after(room, 600.0, alert=0.0)

    @pytest.mark.parametrize(("feed", "breaks"), [(2, True), (4, False)])
    def test_what_has_left_the_feed_is_silence(self, room, feed, breaks):
        """Of four messages two are kept: the one before the third is gone."""
        assert self.after(room, 1.0, feed=feed) == breaks


class TestAlert:
    N = 1500

    def crowd(self, room, **values: float):
        return room({name.replace("__", "."): value for name, value in values.items()}, self.N)

    def called(self, world, author: int = NOBODY, time: float = 2.4, roster=None) -> dict:
        coming = put_in_order(alerted(no_looks(ROOM), author, time, place(world, 2, roster)))
        assert {why for _, _, why, _ in coming} <= {ALERTED}
        assert len({row for _, row, _, _ in coming}) == len(coming)
        return {row: time for time, row, _, _ in coming}

    def test_each_comes_with_probability_alert_x_habit_after_a_pause(self, room):
        """Share: binomial; pauses: exponential with a mean of 4 minutes."""
        world = self.crowd(room, group__alert=0.5, rhythm__pause=4.0)
        world.members["habit"] = 0.8
        calls = self.called(world)
        assert abs(len(calls) / self.N - 0.4) < 3.0 * math.sqrt(0.24 / self.N)
        pauses = (np.array(list(calls.values())) - 2.4) / MINUTE
        assert abs(pauses.mean() - 4.0) < 3.0 * 4.0 / math.sqrt(len(calls))
        above = math.exp(-1.0)
        error = math.sqrt(above * (1.0 - above) / len(calls))
        assert abs((pauses > 4.0).mean() - above) < 3.0 * error

    def test_only_unmuted_members_other_than_the_author(self, room):
        world = self.crowd(room, group__alert=1.0)
        world.members["habit"] = 1.0
        world.members["status"][[3, 5, 8]] = MUTED, LEFT, MUTED
        calls = self.called(world, author=7)
        assert set(range(self.N)) - set(calls) == {3, 5, 7, 8}
        assert set(self.called(world)) - set(calls) == {7}
        assert set(self.called(world, roster=np.array([2, 3, 4, 7]))) == {2, 4, 7}

    def test_who_has_lost_the_habit_is_not_brought_back(self, room):
        world = self.crowd(room, group__alert=1.0)
        world.members["habit"][:10] = 1.0
        assert set(self.called(world)) == set(range(10))

    def test_nobody_comes_after_midnight(self, room):
        """Of those called half an hour before midnight at a mean pause of half an hour."""
        world = self.crowd(room, group__alert=1.0, rhythm__pause=30.0)
        world.members["habit"] = 1.0
        time = 3.0 - 30.0 * MINUTE
        wanted = {}
        for row in range(self.N):
            luck = draw(SEED, ALERTS, row, np.int64(time * 1e6))[1]
            wanted[row] = time - 30.0 * MINUTE * log(luck)
        assert self.called(world, time=time) == {r: t for r, t in wanted.items() if t < 3.0}
        assert 0.5 < len(self.called(world, time=time)) / self.N < 0.75  # 1 - 1 / e = 0.63

    def test_who_is_willing_takes_part(self, room):
        """A quarter, whatever the habit: five standard deviations, 6e-7."""
        world = self.crowd(room, group__alert=1.0)
        world.members["habit"], world.members["willingness"] = 1.0, 0.25
        coming = put_in_order(alerted(no_looks(ROOM), NOBODY, 2.4, place(world, 2)))
        share = np.mean([part for _, _, _, part in coming])
        assert abs(share - 0.25) < 5.0 * math.sqrt(0.1875 / len(coming))

    def test_another_silence_brings_others(self, room):
        world = self.crowd(room, group__alert=0.5)
        world.members["habit"] = 1.0
        one, other = self.called(world), self.called(world, time=2.5)
        both = len(set(one) & set(other)) / self.N
        assert abs(both - 0.25) < 3.0 * math.sqrt(0.1875 / self.N)


class TestMention:
    N = 1500

    @pytest.fixture
    def answered(self, room):
        """A room of 1,500 in which member 0 answers everyone else by name, at 2.4."""
        world = room({"group.mention": 0.25, "rhythm.pause": 4.0}, people=self.N, feed=2048)
        for row in range(1, self.N):
            world.post(author=0, time=2.4, to=row)
        return world

    def test_who_is_answered_comes_with_the_chance_given_after_a_pause(self, answered):
        """Without any habit; and takes part, however unwilling otherwise."""
        answered.members["willingness"] = 0.0
        coming = put_in_order(mentioned(no_looks(ROOM), 1, place(answered, 2)))
        n = self.N - 1
        assert abs(len(coming) / n - 0.25) < 3.0 * math.sqrt(0.1875 / n)
        assert {(why, part) for _, _, why, part in coming} == {(MENTIONED, 1)}
        pauses = (np.array([time for time, *_ in coming]) - 2.4) / MINUTE
        assert abs(pauses.mean() - 4.0) < 3.0 * 4.0 / math.sqrt(len(coming))
        for time, row, _, _ in coming:
            luck = draw(SEED, MENTIONS, row, np.int64(2.4e6))
            assert time == 2.4 - 4.0 * MINUTE * log(luck[1])
            assert luck[0] < 0.25

    def test_only_unmuted_members_of_this_group(self, answered):
        """Member 7 wrote here once and has moved to another group."""
        answered.p.group_mention = 1.0
        answered.members["status"][[3, 5]] = MUTED, LEFT
        answered.members["group"][7] = 1
        rows = {
            row for _, row, _, _ in put_in_order(mentioned(no_looks(ROOM), 1, place(answered, 2)))
        }
        assert rows == set(range(1, self.N)) - {3, 5, 7}

    def test_only_by_new_messages(self, answered):
        answered.p.group_mention = 1.0
        late = put_in_order(mentioned(no_looks(ROOM), self.N - 2, place(answered, 2)))
        assert sorted(row for _, row, _, _ in late) == [self.N - 2, self.N - 1]
        assert mentioned(no_looks(ROOM), self.N, place(answered, 2)).size == 0

    def test_nobody_is_called_by_themselves_or_twice_at_once(self, room):
        world = room({"group.mention": 1.0})
        for author, to in ((0, 0), (0, 2), (0, 2), (0, NOBODY), (-1, 3)):
            world.post(author=author, time=0.4, to=to)
        coming = put_in_order(mentioned(no_looks(ROOM), 1, place(world)))
        assert sorted(row for _, row, _, _ in coming) == [2, 3]  # 3 by the desk

    def test_not_after_midnight(self, room):
        world = room({"group.mention": 1.0, "rhythm.pause": 1440.0}, people=400, feed=512)
        for row in range(1, 400):
            world.post(author=0, time=0.75, to=row)
        coming = put_in_order(mentioned(no_looks(ROOM), 1, place(world)))
        assert all(time < 1.0 for time, *_ in coming)
        chance = 1.0 - math.exp(-0.25)  # a quarter of a day is left of a mean of one
        assert abs(len(coming) / 399 - chance) < 3.0 * math.sqrt(chance * (1.0 - chance) / 399)


class TestCallingEveryone:
    N = 1500
    VALUES = {
        "group.call": 0.5, "group.call_muted": 0.5, "group.call_half_life": 2.0,
        "feel.irritation_call": 0.25,
    }  # fmt: skip

    def hall(self, room, values: dict | None = None):
        world = room({**self.VALUES, **(values or {})}, people=self.N)
        world.members["wariness"] = 0.5
        return world

    def coming(self, world, force: float = 1.0, time: float = 3.4) -> list:
        return put_in_order(everyone(no_looks(ROOM), force, time, place(world, 3)))

    def near(self, n: int, chance: float, of: int = N) -> bool:
        return abs(n / of - chance) < 3.0 * math.sqrt(chance * (1.0 - chance) / of)

    @pytest.mark.parametrize(("force", "chance"), [(1.0, 0.5), (0.5, 0.25)])
    def test_each_comes_with_the_chance_given_whatever_the_habit(self, room, force, chance):
        world = self.hall(room)
        world.members["willingness"] = 0.25
        coming = self.coming(world, force)
        assert self.near(len(coming), chance)
        assert {why for _, _, why, _ in coming} == {CALLED}
        assert self.near(sum(part for *_, part in coming), 0.25, len(coming))
        pauses = (np.array([time for time, *_ in coming]) - 3.4) / MINUTE
        assert abs(pauses.mean() - 30.0) < 3.0 * 30.0 / math.sqrt(len(coming))
        for time, row, _, part in coming:
            luck = draw(SEED, CALLS, row, np.int64(3.4e6))
            assert time == 3.4 - 30.0 * MINUTE * log(luck[1])
            assert part == (luck[2] < 0.25)

    def test_a_bell_that_rings_often_is_heard_less(self, room):
        """calls 0, 1, then (2 x 2^(-2 / 2) =) 1 + 0 again two days later: 1/2, 1/4, 1/4."""
        world = self.hall(room)
        shares = [len(self.coming(world, time=time)) for time in (3.4, 3.4)]
        assert world.group["calls"] == 2.0
        third = put_in_order(everyone(no_looks(ROOM), 1.0, 5.4, place(world, 5)))
        assert world.group["calls"] == pytest.approx(2.0)
        assert world.group["called_at"] == 5.4
        for found, chance in zip([*shares, len(third)], (0.5, 0.25, 0.25), strict=True):
            assert self.near(found, chance)

    def test_who_comes_at_a_weaker_call_comes_at_a_stronger_one(self, room):
        """One draw for each member: the chance decides, not the luck."""
        rows = [{row for _, row, _, _ in self.coming(self.hall(room), force)}
                for force in (0.25, 0.5, 1.0)]  # fmt: skip
        assert rows[0] < rows[1] < rows[2]

    def test_every_call_irritates_whom_it_can_reach(self, room):
        """0.25 x wariness 0.5 x force 0.5 = 0.0625; by half of that who has muted the group."""
        world = self.hall(room)
        world.members["status"][:3] = MUTED, LEFT, MUTED
        self.coming(world, 0.5)
        assert world.members["irritation"][:4].tolist() == [0.03125, 0.0, 0.03125, 0.0625]

    @pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
    def test_who_has_muted_the_group_hears_less(self, room, share):
        world = self.hall(room, {"group.call_muted": share})
        world.members["status"] = MUTED
        coming = self.coming(world)
        assert self.near(len(coming), 0.5 * share) if share else not coming
        assert world.members["irritation"][0] == 0.125 * share

    def test_nobody_comes_after_midnight(self, room):
        """Half an hour before it at a mean of half an hour: 0.5 x (1 - 1 / e)."""
        world = self.hall(room)
        coming = self.coming(world, time=4.0 - 30.0 * MINUTE)
        assert all(time < 4.0 for time, *_ in coming)
        assert self.near(len(coming), 0.5 * (1.0 - math.exp(-1.0)))


class TestWhatCalls:
    @staticmethod
    def forced(room, posts: list[dict], first: int = 1, values: dict | None = None):
        world = room(values)
        for post in posts:
            world.post(**post)
        force, number = call_of(first, place(world))
        return float(force), int(number)

    def test_the_strongest_of_the_new_posts(self, room):
        posts = [{"call": x, "kind": PROMO} for x in (1.0, 0.25, 0.5, 0.0)]
        assert self.forced(room, posts, 2) == (0.5, 3)
        assert self.forced(room, posts, 4) == (0.0, 0)
        assert self.forced(room, posts, 5) == (0.0, 0)

    def test_news_of_an_incident_and_the_response_to_it(self, room):
        """Who passes the news on in the group calls nobody."""
        calling = {"incident.call": 0.75}
        news = [{"kind": INCIDENT, "root": 1}, {"kind": INCIDENT, "root": 1, "author": 2}]
        assert self.forced(room, news, 1, calling) == (0.75, 1)
        assert self.forced(room, news, 2, calling) == (0.0, 0)
        response = [*news, {"kind": RESPONSE, "root": 1}]
        assert self.forced(room, response, 3, calling) == (0.75, 3)
        assert self.forced(room, response) == (0.0, 0)

    @pytest.mark.parametrize(
        ("day", "calls"), [(3, True), (6, True), (2, False), (4, False), (5, False), (7, False)]
    )
    def test_an_event_on_the_day_and_when_it_is_announced(self, room, day, calls):
        """Every seventh day, the first is day 6; three days' notice; at ten in the morning."""
        values = {"group.call": 1.0, "event.every": 7, "event.notice": 3, "event.call": 0.5}
        world = room(values, people=400)
        coming = put_in_order(announced(no_looks(ROOM), place(world, day)))
        assert (len(coming) > 0) == calls
        if calls:
            assert abs(len(coming) / 400 - 0.5) < 3.0 * math.sqrt(0.25 / 400)
            assert min(time for time, *_ in coming) > day + 10.0 / 24.0
            assert (world.group["calls"], world.group["called_at"]) == (0.5, day + 10.0 / 24.0)

    @pytest.mark.parametrize("off", [{"event.call": 0.0}, {"group.call": 0.0}, {"event.every": 0}])
    def test_an_event_calls_nobody_when_that_is_off(self, room, off):
        values = {"group.call": 1.0, "event.every": 7, "event.notice": 3, "event.call": 0.5, **off}
        world = room(values)
        before = world.group["calls"]
        assert announced(no_looks(ROOM), place(world, 6)).size == 0
        assert world.group["calls"] == before


class TestAllThatAMessageBrings:
    @staticmethod
    def whom(room, values: dict, **post: float) -> set[tuple[int, int]]:
        """Rows and causes of who comes by a message of member 0, after a long silence."""
        world = room({"rhythm.pause": 0.5, **values})
        world.members["habit"] = 1.0
        world.post(author=3, time=0.1)
        world.post(**{"author": 0, "time": 0.4, "to": NOBODY, "kind": CHAT, **post})
        looks = brought(no_looks(ROOM), 2, 0, place(world))
        return {(row, why) for _, row, why, _ in put_in_order(looks)}

    ALL = {"group.alert": 1.0, "group.mention": 1.0, "group.call": 1.0}

    def test_each_by_its_own(self, room):
        assert self.whom(room, {"group.alert": 1.0}) == {(k, ALERTED) for k in (1, 2, 3)}
        assert self.whom(room, {"group.mention": 1.0}, to=2) == {(2, MENTIONED)}
        called = {(k, CALLED) for k in range(4)}
        assert self.whom(room, {"group.call": 1.0}, call=1.0, author=-1, kind=CONTENT) == called

    def test_all_at_once(self, room):
        found = self.whom(room, self.ALL, to=2, call=1.0)
        assert {why for _, why in found} == {ALERTED, MENTIONED, CALLED}

    def test_all_off_or_nothing_new(self, room):
        assert self.whom(room, {}, to=2, call=1.0) == set()
        world = room(self.ALL)
        world.members["habit"] = 1.0
        world.post(author=0, time=0.1, to=2, call=1.0)
        assert brought(no_looks(ROOM), 2, 0, place(world)).size == 0


class TestTime:
    def test_a_visit_takes_the_time_of_reading_and_staying_on_the_time_it_lasts(self, room):
        world = room()
        member, visit = world.members[0], world.visit
        visit["seconds"], visit["away"] = 90.0, 3.0 * MINUTE
        for cause, spent in ((0, 1.5), (CALLED, 3.0), (STAYING, 6.0)):
            visit["cause"] = cause
            spend(member, visit)
            assert member["spent"] == close(spent)


@given(st.integers(0, 10**9), st.sampled_from(range(8)), st.sampled_from([0, 1]))
@CASES
def test_a_ticket_says_who_why_and_whether_to_take_part(row, cause, part):
    number = ticket(row, cause, part)
    assert (visitor_of(number), cause_of(number), number % 2) == (row, cause, part)


def test_who_comes_again_has_no_thread_here(room):
    """Numbers of messages count anew in each group."""
    world = room()
    member = world.members[0]
    member["status"], member["joins"], member["thread"], member["looks"] = LEFT, 1, 9, 3
    member["spent"] = 7.0
    enter(member, 0, world.group, 0, 5.0, world.p)
    assert member["status"] == MEMBER
    assert (member["thread"], member["looks"], member["spent"]) == (0, 0, 0.0)
