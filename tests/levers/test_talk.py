"""Staying on, notifications, conversation, unanswered threads: known answers, verb by verb.

Shares and means over n draws are within three standard errors of what is declared; the standard
error follows from n. The seeds are fixed: no test is a matter of luck from one run to the next.
"""

import heapq
import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import shequn as sq
from shequn.agents import verbs
from shequn.agents.randomness import draw, exponential
from shequn.agents.tables import CHAT, CONTENT, LEFT, MEMBER, MUTED, NOBODY, QUESTION, REPLY
from shequn.agents.verbs.speak import TALK_CLOCK, Draft, append_message, count_answer, talk
from shequn.model.looks import (
    ALERTS,
    LOOKS,
    MINUTE,
    Looks,
    alerted,
    breaks_silence,
    drop_first,
    look_again,
    put_all_in,
    put_in,
)
from tests.levers.steady import STEADY, TIERS

SEED = np.uint64(1)
CASES = settings(derandomize=True, database=None, deadline=None, max_examples=60)


def close(value: float) -> object:
    """Stocks are stored in single precision."""
    return pytest.approx(value, rel=1e-6, abs=1e-7)


def again(world, row: int = 0, time: float = 0.3, day: int = 0) -> float:
    """When a member who has been here at a time looks again."""
    return look_again(world.members[row], row, time, day, world.feed, world.group, world.p)


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
            wanted = start - 30.0 * MINUTE * math.log(u[1])
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

    def test_in_a_silent_group_or_with_linger_0_nobody_stays(self, room):
        silent = room({"rhythm.linger": 0.999}, people=50)
        off = room({"rhythm.linger": 0.0, "rhythm.lively": 1440.0, "rhythm.pause": 0.01}, people=50)
        off.post(author=1, time=0.3)
        for world in (silent, off):
            before = world.members.tobytes()
            assert all(again(world, row) == np.inf for row in range(50))
            assert world.members.tobytes() == before

    def test_finding_nothing_in_a_look_does_not_weaken_habit(self, room):
        world = room({"feel.habit_empty": 0.5})
        for look, habit in ((1, 0.8), (0, 0.4)):
            world.members[0]["habit"] = 0.8
            world.visit["look"] = look
            verbs.feel(world.members[0], world.visit, world.p)
            assert world.members["habit"][0] == close(habit)


# A few minutes and members, so that ties of time are common.
LOOK = st.tuples(st.sampled_from([0.0, 0.25, 0.5]) | st.floats(0.0, 1.0), st.integers(0, 4))


class TestHeap:
    @CASES
    @given(st.lists(st.none() | LOOK, max_size=40))
    @example([(0.5, 1)] * 20 + [None] * 20)
    @example([(0.5, 0), (0.5, 2), (0.5, 1), (0.5, 3)])
    @example([(0.25, row) for row in (7, 3, 5, 1, 6, 2, 4, 0)])
    @example([(0.5, 3), (0.5, 2), (0.5, 1), (0.25, 4), None, (0.5, 0), None, None, None, None])
    def test_the_earliest_comes_first_ties_by_row(self, steps):
        """None takes one out; the heap of the standard library is the measure."""
        looks = Looks(np.empty(2), np.empty(2, np.int64), 0)
        expected: list[tuple[float, int]] = []
        for step in [*steps, *[None] * len(steps)]:
            if step is not None:
                looks = put_in(looks, step[0], step[1])
                heapq.heappush(expected, step)
            elif expected:
                assert (looks.times[0], looks.rows[0]) == heapq.heappop(expected)
                looks = drop_first(looks)
            assert looks.size == len(expected)

    def test_several_at_once(self):
        looks = put_in(Looks(np.empty(1), np.empty(1, np.int64), 0), 0.375, 9)
        looks = put_all_in(looks, np.array([0.5, 0.25, 0.75, 0.25]), np.array([1, 3, 0, 2]))
        order = []
        while looks.size > 0:
            order.append((float(looks.times[0]), int(looks.rows[0])))
            looks = drop_first(looks)
        assert order == [(0.25, 2), (0.25, 3), (0.375, 9), (0.5, 1), (0.75, 0)]


class TestSilence:
    @staticmethod
    def after(room, minutes: float, first: int = 3, alert: float = 1.0, feed: int = 16) -> bool:
        """Two messages, a pause, two more: whether message ``first`` breaks a silence."""
        world = room({"group.alert": alert, "rhythm.lively": 15.0}, feed=feed)
        for time in (0.2, 0.2, 0.2 + minutes * MINUTE, 0.2 + minutes * MINUTE):
            world.post(author=1, time=time)
        return breaks_silence(first, world.feed, world.group, world.p)

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
        roster = np.arange(self.N) if roster is None else roster
        times, rows = alerted(author, time, 2, roster, world.members, world.p)
        assert len(set(rows.tolist())) == len(rows)
        return dict(zip(rows.tolist(), times.tolist(), strict=True))

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
            wanted[row] = time - 30.0 * MINUTE * math.log(luck)
        assert self.called(world, time=time) == {r: t for r, t in wanted.items() if t < 3.0}
        assert 0.5 < len(self.called(world, time=time)) / self.N < 0.75  # 1 - 1 / e = 0.63

    def test_another_silence_brings_others(self, room):
        world = self.crowd(room, group__alert=0.5)
        world.members["habit"] = 1.0
        one, other = self.called(world), self.called(world, time=2.5)
        both = len(set(one) & set(other)) / self.N
        assert abs(both - 0.25) < 3.0 * math.sqrt(0.1875 / self.N)


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_posts_alert_everyone_once_for_each_silence(tmp_path, engine):
    """Nobody comes by themselves. Three posts a few minutes apart, one later: two silences broken.

    All six members are called at 9:00 and at 12:00, the author being the operator; the pauses are
    shorter than the six minutes to the next post, so a look at 9:00 finds one message.
    """
    plan = tmp_path / "plan.csv"
    plan.write_text("day,hour,kind\n1,9,content\n1,9.1,content\n1,9.2,content\n1,12,content\n")
    values = {
        "market.people": 6, "group.seed_members": 6, "group.alert": 1.0, "rhythm.pause": 0.1,
        "policy.name": "schedule", "policy.file": str(plan),
        **{f"tiers.{tier}.session_rate": 0.0 for tier in TIERS},
    }  # fmt: skip
    settings = sq.Scenario.load("blank").with_values(values)
    world = sq.Community(settings, seed=1, engine=engine)
    for _ in range(3):
        world.step()
    assert world.journal.total("looks").tolist() == [0.0, 12.0, 0.0]
    assert world.journal.total("sessions").sum() == 0.0
    assert world.journal.total("read").tolist() == [0.0, 24.0, 0.0]
    assert (world.own_members["looks"] == 0).all()


def read(world, row: int = 0):
    verbs.read(world.members[row], row, world.feed, world.group, world.visit, world.p)
    return world.visit


def say(world, row: int = 0, **visit: float) -> float:
    """Let a member talk, and give what it took off the talk clock."""
    member = world.members[row]
    member["talk_clock"] = 1.0
    for name, value in visit.items():
        world.visit[name] = value
    talk(member, row, world.members, world.feed, world.group, world.visit, world.p)
    return 1.0 - float(member["talk_clock"])


def newest(world):
    return world.feed[int(world.group["newest"]) % len(world.feed)]


def write_one(world, row: int = 0, time: float = 1.0) -> np.void:
    """Have one message fall due, and give it."""
    member, before = world.members[row], int(world.group["newest"])
    member["talk_clock"], world.p.speak_most_posts = -1e-6, 1.0
    world.visit["time"] = time
    talk(member, row, world.members, world.feed, world.group, world.visit, world.p)
    assert world.group["newest"] == before + 1
    return newest(world)


class TestConversation:
    TALK = {
        "speak.conversation": 0.25, "speak.reserve": 0.0, "speak.recognition_gain": 0.5,
        "speak.prompt": 0.5,
    }  # fmt: skip

    def test_it_adds_its_number_to_what_is_expected(self, room):
        """Not times interest, recognition or prompts: those are one's own talk's."""
        world = room(self.TALK)
        world.members[0]["talk"], world.members[0]["recognition"] = 0.125, 2.0
        own = 0.125 * (1.0 + 0.5 * 2.0) * (1.0 + 0.5 * 3)
        assert say(world, read=4, asks=3) == close(own)
        assert say(world, read=4, asks=3, talking=1) == close(own + 0.25)

    @pytest.mark.parametrize(("talk", "share"), [(0.05, 0.5), (0.15, 0.75), (0.0, 0.0)])
    def test_the_reserved_go_on_less_often(self, room, talk, share):
        world = room({"speak.conversation": 0.25, "speak.reserve": 0.05})
        world.members[0]["talk"] = talk
        assert say(world, read=1, talking=1) == close(talk + 0.25 * share)

    def test_control_chills_all_of_it(self, room):
        world = room({**self.TALK, "control.chill": 0.5, "control.intensity": 0.5})
        world.members[0]["talk"] = 0.125
        assert say(world, read=1, talking=1) == close(0.75 * (0.125 + 0.25))

    @staticmethod
    def thread_of_mine(room, **values: float):
        """Own thread 1, answered by 2 and 3 (numbers 2 and 4); number 3 is worth most."""
        world = room({name.replace("__", "."): value for name, value in values.items()})
        world.members[0]["thread"] = 1
        world.post(author=0, root=1)
        world.post(author=2, root=1, quality=1.0, kind=REPLY, topic=0.25)
        world.post(author=1, quality=9.0)
        world.post(author=3, root=1, quality=2.0, kind=REPLY, topic=0.75)
        world.post(author=0, root=1, kind=REPLY)
        return world

    def test_the_newest_of_others_in_the_own_thread_calls(self, room):
        visit = read(self.thread_of_mine(room, speak__conversation=0.5))
        assert (visit["talking"], visit["calling"], visit["best_message"]) == (1, 4, 3)

    def test_off_the_most_interesting_message_calls(self, room):
        visit = read(self.thread_of_mine(room))
        assert (visit["talking"], visit["calling"], visit["best_message"]) == (0, 3, 3)

    def test_a_thread_of_others_is_no_conversation(self, room):
        world = self.thread_of_mine(room, speak__conversation=0.5)
        for thread in (3, 0):
            world.members[0]["thread"], world.members[0]["read_upto"] = thread, 3
            visit = read(world)
            assert (visit["talking"], visit["calling"], visit["read"]) == (0, 4, 1)

    def test_what_was_read_before_is_no_news(self, room):
        world = self.thread_of_mine(room, speak__conversation=0.5)
        read(world)
        world.post(author=1, quality=1.0)
        visit = read(world)
        assert (visit["talking"], visit["calling"]) == (0, 6)
        assert (read(world)["talking"], read(world)["calling"]) == (0, 0)

    def test_the_reply_goes_to_that_message_and_its_author(self, room):
        world = self.thread_of_mine(room, speak__conversation=0.5, speak__reply_share=1.0)
        read(world)
        message = write_one(world)
        assert (message["kind"], message["root"], message["to"]) == (REPLY, 1, 3)
        assert message["topic"] == 0.75
        assert world.members["replies"].tolist() == [0, 0, 0, 1]
        assert world.members["thread"][0] == 1

    def test_the_thread_is_the_one_written_in_last(self, room):
        world = room({"speak.reply_share": 1.0})
        assert write_one(world)["to"] == NOBODY  # nothing to answer: a thread of one's own
        assert (newest(world)["kind"], world.members["thread"][0]) == (CHAT, 1)
        world.post(author=1, quality=1.0)
        world.post(author=2, quality=2.0, root=2)
        read(world)
        assert (write_one(world)["to"], world.members["thread"][0]) == (2, 2)
        assert (newest(world)["kind"], newest(world)["root"]) == (REPLY, 2)

    def test_a_reply_to_the_operator_is_to_nobody(self, room):
        world = room({"speak.reply_share": 1.0})
        world.post(quality=1.0, kind=CONTENT)
        read(world)
        assert (write_one(world)["to"], world.members["thread"][0]) == (NOBODY, 1)


class TestFollowUp:
    VALUES = {"speak.follow_up": 0.25, "speak.conversation": 0.125, "speak.reserve": 0.0}

    def looking(self, room, author: int, values: dict | None = None):
        world = room({**self.VALUES, **(values or {})})
        world.members[0]["talk"] = 0.0625
        world.post(author=1)
        world.post(author=author)
        world.members[0]["read_upto"] = 2
        return world

    def test_only_while_the_newest_message_is_ones_own(self, room):
        assert say(self.looking(room, 0), look=1) == 0.25
        for author in (1, -1):
            assert say(self.looking(room, author), look=1) == 0.0

    def test_only_in_a_look_that_finds_nothing(self, room):
        assert say(self.looking(room, 0), look=0) == 0.0625
        assert say(self.looking(room, 0), look=1, read=1) == 0.0625
        assert say(self.looking(room, 0), look=1, read=1, talking=1) == 0.0625 + 0.125

    def test_the_reserved_do_it_less_often(self, room):
        world = self.looking(room, 0, {"speak.reserve": 0.1875})
        assert say(world, look=1) == close(0.25 * 0.25)

    def test_it_goes_on_in_the_own_thread_and_answers_nobody(self, room):
        """No reply to oneself: the message is in the thread, and nobody gets a reply."""
        world = room({**self.VALUES, "speak.reply_share": 1.0})
        write_one(world)
        world.visit["look"] = 1
        assert read(world)["read"] == 0
        message = write_one(world)
        assert (message["kind"], message["root"], message["author"]) == (REPLY, 1, 0)
        assert message["to"] == NOBODY
        assert world.members["replies"].sum() == 0


class TestCall:
    @staticmethod
    def calling(room, call: float, answers: int, liked: float) -> tuple[int, int, float]:
        """An opener worth 1 with so many answers, then a reply worth ``liked``."""
        world = room({"speak.call": call})
        world.post(author=1, quality=1.0, answers=answers, kind=QUESTION)
        world.post(author=2, quality=liked, root=1, kind=REPLY)
        visit = read(world)
        return int(visit["calling"]), int(visit["best_message"]), float(visit["utility"])

    @pytest.mark.parametrize("answers", [0, 1, 3])
    @pytest.mark.parametrize("step", [-0.125, 0.0, 0.125])
    def test_an_opener_wins_exactly_when_utility_and_call_are_higher(self, room, answers, step):
        """Of equals the newer one, which is read first."""
        liked = 1.0 + 2.0 / (1.0 + answers) + step
        wins = 1 if step < 0.0 else 2
        assert self.calling(room, 2.0, answers, liked) == (wins, 2, 1.0 + liked)

    def test_without_a_call_the_better_liked_wins(self, room):
        assert self.calling(room, 0.0, 0, 1.125)[0] == 2
        assert self.calling(room, 0.0, 0, 0.875)[0] == 1

    def test_the_unanswered_wins_over_a_better_liked_answered_one(self, room):
        """1 + 2 / 1 against 1.75 + 2 / (1 + 1), and against 2.25 + 1."""
        for liked, wins in ((1.75, 1), (2.25, 2)):
            world = room({"speak.call": 2.0, "speak.reply_share": 1.0})
            world.post(author=1, quality=1.0)
            world.post(author=2, quality=liked, answers=1)
            assert read(world)["calling"] == wins
            assert write_one(world)["to"] == wins


def message_in(world, root: int, author: int = 1) -> int:
    kind = REPLY if root else CHAT
    draft = Draft(author, kind, root, NOBODY, 0.0, 1.0, 0.0, 0.0, 1.0)
    return append_message(world.feed, world.group, 0.0, draft)


class TestAnswers:
    def test_answers_of_a_thread_are_counted_where_it_begins(self, room):
        world = room()
        for root in (0, 0, 1, 1, 2, 1):
            message_in(world, root)
        assert world.feed["answers"][1:7].tolist() == [3, 1, 0, 0, 0, 0]

    def test_a_new_thread_in_a_used_place_has_none(self, room):
        world = room(feed=2)
        for root in (0, 1, 0):
            message_in(world, root)
        assert world.feed["answers"].tolist() == [0, 0]

    def test_a_thread_whose_beginning_has_left_the_feed_counts_no_more(self, room):
        """Number 5 has taken the place of number 1."""
        world = room(feed=4)
        for root in (0, 0, 0, 0, 0, 1, 4):
            message_in(world, root)
        assert world.feed["answers"].tolist() == [1, 0, 0, 0]

    def test_a_message_written_by_a_member_is_counted(self, room):
        world = room({"speak.reply_share": 1.0})
        world.post(author=1, quality=1.0)
        read(world)
        write_one(world)
        assert world.feed["answers"][1] == 1
        count_answer(newest(world), 2, world.feed, world.group)
        assert world.feed["answers"][1] == 2


# Everything that is new at once, in a world in which all of it is felt.
TALKATIVE = {
    **STEADY,
    **{f"tiers.{tier}.talk": 0.1 for tier in TIERS},
    **{f"tiers.{tier}.need_rate": 0.05 for tier in TIERS},
    "rhythm.linger": 0.6, "rhythm.pause": 4.0, "rhythm.lively": 30.0, "group.alert": 0.5,
    "speak.conversation": 0.3, "speak.follow_up": 0.2, "speak.reserve": 0.05, "speak.call": 1.0,
}  # fmt: skip


def test_what_is_due_is_written(room):
    """Conversation alone makes someone talk who never begins: one message for each 1 / 0.5 reads.

    400 sessions in a conversation at 0.5 messages each: Poisson with mean 200, three SD.
    """
    world = room(
        {"speak.conversation": 0.5, "speak.reserve": 0.0, "speak.reply_share": 1.0}, feed=4
    )
    member = world.members[0]
    member["talk_clock"] = exponential(SEED, TALK_CLOCK, 0, 0)
    world.visit["read"], world.visit["talking"] = 1, 1
    for _ in range(400):
        talk(member, 0, world.members, world.feed, world.group, world.visit, world.p)
    assert abs(int(member["posts"]) - 200) < 3.0 * math.sqrt(200.0)


@pytest.mark.jit
class TestInAGroup:
    """Two channels in one market, between which nobody moves."""

    VALUES = {
        **TALKATIVE, "market.people": 80, "group.alert": 0.0, "group.capacity": 30,
        "group.seed_members": 20, "group.seed_fill": 0.0, "invite.rate": 0.0,
        "discovery.rate": 0.0, "channels.1.group.capacity": 30, "channels.2.group.capacity": 30,
    }  # fmt: skip

    def play(self, days: int = 15, **changes: float) -> sq.Community:
        values = {**self.VALUES, **{k.replace("__", "."): v for k, v in changes.items()}}
        settings = sq.Scenario.load("wechat-group").with_values(values)
        world = sq.Community(settings, seed=5, keep_messages=True)
        for _ in range(days):
            world.step()
        return world

    def test_alerts_in_one_group_change_nothing_in_the_other(self):
        plain, alert = self.play(), self.play(channels__2__group__alert=1.0)
        for name in ("messages", "groups"):
            one, other = getattr(plain.tables, name), getattr(alert.tables, name)
            for field in one.dtype.names:
                assert one[field][0].tobytes() == other[field][0].tobytes(), (name, field)
            assert any(one[f][1].tobytes() != other[f][1].tobytes() for f in one.dtype.names)
        one, other = plain.own_members, alert.own_members
        first = one["group"] == 0
        assert 10 < first.sum() < 40
        for field in one.dtype.names:
            assert one[field][first].tobytes() == other[field][first].tobytes(), field
        looks = [world.journal.by_group("looks").sum(axis=0) for world in (plain, alert)]
        assert looks[0][0] == looks[1][0] > 0
        assert looks[1][1] > looks[0][1]

    def test_nobody_answers_themselves_and_everyone_addressed_is_a_member(self):
        log = self.play().messages
        mine = log[log["author"] >= 0]
        assert (mine["to"] != mine["author"]).all()
        answers = mine[mine["to"] >= 0]
        assert (answers["kind"] == "reply").all()
        assert len(answers) > 50

    def test_looks_are_counted_anew_each_day(self):
        """And apart from sessions, of which there are as many as without staying on: habit is 1."""
        steady = {f"feel__habit_{name}": 0.0 for name in ("gain", "loss", "empty")}
        steady |= {"feel__habit_start": 1.0, "feel__habit_half_life": 1e9}
        steady |= {"stay__scale": 0.0, "stay__mute_rate": 0.0, "feel__answered": 0.0}
        steady |= {f"tiers__{tier}__exit_rate": 0.0 for tier in TIERS}
        alone, together = (self.play(**steady, rhythm__linger=x) for x in (0.0, 0.6))
        assert (together.own_members["looks"] == 0).all()
        sessions = [world.journal.total("sessions").tolist() for world in (alone, together)]
        assert sessions[0] == sessions[1]
        assert together.journal.total("looks").sum() > 20

    def test_talk_comes_in_bursts(self):
        """With staying on, more of the gaps between messages are shorter than ten minutes.

        The shares differ by more than three standard errors of their difference; messages of one
        session have no gap.
        """
        quiet = {f"tiers__{tier}__talk": 0.02 for tier in TIERS}
        shares, errors = [], []
        for linger in (0.0, 0.6):
            world = self.play(80, **quiet, rhythm__linger=linger)
            assert (world.journal.total("looks").sum() > 0.0) == (linger > 0.0)
            log = world.messages
            gaps = log[log["author"] >= 0].groupby("group")["time"].diff().dropna()
            short = gaps[gaps > 0.0] < 10.0 * MINUTE
            shares.append(short.mean())
            errors.append(short.var() / len(short))
        assert shares[1] - shares[0] > 3.0 * math.sqrt(sum(errors))


def test_who_comes_again_has_no_thread_here(room):
    """Numbers of messages count anew in each group."""
    from shequn.model.entry import enter

    world = room()
    member = world.members[0]
    member["status"], member["joins"], member["thread"], member["looks"] = LEFT, 1, 9, 3
    enter(member, 0, world.group, 0, 5.0, world.p)
    assert member["status"] == MEMBER
    assert (member["thread"], member["looks"]) == (0, 0)
