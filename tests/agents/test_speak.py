"""How much is said, and why: rooms set up by hand (eq. 7.6-1, eq. 7.6-4)."""

import math

import numpy as np
import pytest
from scipy.special import zeta

from shequn.agents.randomness import exponential
from shequn.agents.tables import (
    ALERTED,
    CALLED,
    FOUND,
    GLANCE,
    MENTIONED,
    NEED,
    NOBODY,
    PLANNED,
    REPLY,
    STAYING,
)
from shequn.agents.verbs.speak import TALK_CLOCK, UNSAID
from shequn.model.entry import enter
from tests.agents.hand import SEED, close, newest, read, speak, write_one

MINUTE = 1.0 / 1440.0


def say(world, row: int = 0, **visit: float) -> float:
    """Let a member talk, and give what it took off the talk clock, which does not run out."""
    member = world.members[row]
    member["talk_clock"] = 1.0
    speak(world, row, **visit)
    return 1.0 - float(member["talk_clock"])


class TestOwnTalk:
    """x = 0.125 messages on the tongue, spent on the clock."""

    @staticmethod
    def member(room, **values: float):
        world = room({name.replace("__", "."): value for name, value in values.items()})
        world.members[0]["talk"] = 0.125
        return world

    def test_it_is_relative_to_the_talk_of_the_group(self, room):
        assert say(self.member(room, group__talk=3.0)) == close(0.375)
        assert say(self.member(room, group__talk=0.0)) == 0.0

    @pytest.mark.parametrize(
        ("away", "share"), [(0.0, 0.0), (0.5 * math.log(2.0), 0.5), (math.inf, 1.0)]
    )
    def test_who_was_just_here_has_little_new_to_say(self, room, away, share):
        """1 - exp(-away / recovery); prompts are answered as ever, and who is new says it all."""
        world = self.member(room, speak__recovery=0.5, speak__prompt=2.0)
        assert say(world, away=away) == close(0.125 * share)
        assert say(world, away=away, asks=1) == close(0.125 * share * 3.0)

    def test_without_recovery_one_always_has(self, room):
        assert say(self.member(room), away=0.0) == 0.125

    def test_many_on_the_tongue_are_not_all_said(self, room):
        """4 / (1 + 4 / 0.25) = 4 / 17; 0.125 / 1.5; with no end all of it."""
        world = self.member(room, speak__saturation=0.25)
        assert say(world) == close(0.125 / 1.5)
        world.members[0]["talk"] = 4.0
        assert say(world) == close(4.0 / 17.0)

    @pytest.mark.parametrize("cause", [STAYING, ALERTED, MENTIONED, CALLED])
    def test_who_stays_on_or_was_called_has_nothing_of_ones_own(self, room, cause):
        assert say(self.member(room), cause=cause, asks=2) == 0.0

    @pytest.mark.parametrize("cause", [PLANNED, GLANCE, NEED, FOUND])
    def test_every_visit_of_ones_own_may_begin(self, room, cause):
        assert say(self.member(room), cause=cause) == 0.125


class TestUnsaid:
    def test_what_was_left_unsaid_is_forgotten_by_the_next_visit(self, room):
        world = room()
        member = world.members[0]
        member["talk_clock"], member["posts"] = -3.0, 5
        speak(world, cause=PLANNED)
        assert member["posts"] == 5
        assert member["talk_clock"] == close(exponential(SEED, UNSAID, 0, 5))

    @pytest.mark.parametrize("cause", [STAYING, MENTIONED])
    def test_and_said_by_who_stays_on(self, room, cause):
        world = room({"speak.most_posts": 2})
        world.members[0]["talk_clock"] = -30.0
        assert speak(world, cause=cause)["posts"] == 2
        assert speak(world, cause=cause)["posts"] == 4

    @pytest.mark.parametrize(("chance", "posts"), [(0.0, 0), (1.0, 1)])
    def test_a_newcomer_may_come_with_something_to_say(self, room, chance, posts):
        """Said at the first visit that takes part, however many only read before."""
        world = room({"speak.arrival": chance})
        member = world.members[0]
        member["talk_clock"] = 0.5
        enter(member, 0, world.group, 0, 0.0, world.p)
        assert member["talk_clock"] == (0.0 if chance else 0.5)
        for part in (0, 0, 1, 1):
            speak(world, part=part)
        assert member["posts"] == posts

    def test_as_many_newcomers_as_stated(self, room):
        """A quarter of 400 people: five standard deviations, 6e-7."""
        world = room({"speak.arrival": 0.25}, people=400)
        for row in range(400):
            enter(world.members[row], row, world.group, 0, 0.0, world.p)
        share = (world.members["talk_clock"] == 0.0).mean()
        assert abs(share - 0.25) < 5 * math.sqrt(0.25 * 0.75 / 400)


class TestTheDaysMinutes:
    def test_writing_takes_time_until_there_is_none(self, room):
        """At 0, 0.4 and 0.8 of one minute there is time left; at 1.2 there is not."""
        world = room({"speak.effort": 0.4})
        member = world.members[0]
        member["minutes"], member["talk"] = 1.0, 1e7
        assert speak(world)["posts"] == 3
        assert member["spent"] == close(1.2)
        assert speak(world)["posts"] == 3

    def test_who_has_spent_them_says_nothing_and_the_clock_stands(self, room):
        world = room()
        member = world.members[0]
        member["minutes"] = member["spent"] = 5.0
        member["talk"], member["talk_clock"] = 1e6, 1.0
        assert speak(world)["posts"] == 0
        assert member["talk_clock"] == 1.0

    def test_without_effort_writing_takes_none(self, room):
        world = room({"speak.most_posts": 9})
        member = world.members[0]
        member["minutes"], member["talk"] = 1e-3, 1e7
        assert speak(world)["posts"] == 9
        assert member["spent"] == 0.0


class TestConversation:
    # 0.6 x (1 - 0.25) successors by others; the first reader has 1 / zeta(2) = 6 / pi^2 of them.
    TALK = {
        "speak.conversation": 0.6, "speak.follow_up": 0.25, "speak.sharing": 2.0,
        "speak.reserve": 0.0, "speak.recognition_gain": 0.5, "speak.prompt": 0.5,
    }  # fmt: skip
    FIRST = 0.45 * 6.0 / math.pi**2

    def test_it_adds_to_what_is_expected(self, room):
        """Not times interest, recognition or prompts: those are one's own talk's."""
        world = room({**self.TALK, "speak.interest_slope": 2.0})
        world.post(author=1)
        world.members[0]["talk"], world.members[0]["recognition"] = 0.0625, 2.0
        own = 0.0625 * (1.0 + 0.5 * 2.0) * (1.0 + 0.5 * 3)
        assert say(world, read=4, asks=3) == close(own)
        assert say(world, read=4, asks=3, pull=1.0) == close(own + self.FIRST)
        assert say(world, read=4, pull=1.25, cause=STAYING) == close(1.25 * self.FIRST)

    @pytest.mark.parametrize(("talk", "share"), [(0.05, 0.5), (0.15, 0.75), (0.0, 0.0)])
    def test_the_reserved_go_on_less_often(self, room, talk, share):
        world = room({**self.TALK, "speak.reserve": 0.05})
        world.post(author=1)
        world.members[0]["talk"] = talk
        assert say(world, read=1, pull=1.0, cause=CALLED) == close(self.FIRST * share)

    def test_where_people_talk_less_all_are_more_reserved(self, room):
        """0.25 x 0.2 = 0.05 of a reserve of 0.15: a quarter."""
        world = room({**self.TALK, "speak.reserve": 0.15, "group.talk": 0.25})
        world.post(author=1)
        world.members[0]["talk"] = 0.2
        assert say(world, read=1, pull=1.0, cause=STAYING) == close(self.FIRST * 0.25)

    def test_control_chills_all_of_it(self, room):
        world = room({**self.TALK, "control.chill": 0.5, "control.intensity": 0.5})
        world.post(author=1)
        world.members[0]["talk"] = 0.125
        assert say(world, read=1, pull=1.0) == close(0.75 * (0.125 + self.FIRST))

    @pytest.mark.parametrize("sharing", [1.5, 5.0])
    def test_a_message_has_fewer_successors_than_conversation_however_many_read_it(
        self, room, sharing
    ):
        """5,000 of whom none is reserved read one message while it is fresh.

        What they all add is conversation x (1 - follow_up) x the partial sum of the zeta series.
        """
        people = 5000
        values = {**self.TALK, "speak.conversation": 0.97, "speak.sharing": sharing}
        world = room(values, people=people)
        world.members["talk"] = 1.0
        world.post(author=0, time=1.0)
        added = 0.0
        for row in range(1, people):
            world.members[row]["talk_clock"] = 1.0
            read(world, row, time=1.0)
            speak(world, row, time=1.0, cause=STAYING)
            added += 1.0 - float(world.members[row]["talk_clock"])
        part = (np.arange(1.0, people) ** -sharing).sum() / zeta(sharing)
        assert added == pytest.approx(0.97 * 0.75 * part, rel=1e-5)
        assert added < 0.97 * 0.75

    def test_what_is_due_is_written(self, room):
        """Conversation alone makes those talk who never begin: 400 looks, 0.5 messages in each.

        Poisson with mean 200: five standard deviations, 6e-7.
        """
        values = {
            "speak.conversation": 0.5, "speak.reserve": 0.0, "speak.sharing": 20.0,
            "speak.follow_up": 0.0, "speak.reply_share": 1.0,
        }  # fmt: skip
        world = room(values, feed=4)
        member = world.members[0]
        world.post(author=1)
        member["talk"], member["talk_clock"] = 1.0, exponential(SEED, TALK_CLOCK, 0, 0)
        for _ in range(400):
            speak(world, cause=STAYING, read=1, pull=float(zeta(20.0)))
        assert abs(int(member["posts"]) - 200) < 5.0 * math.sqrt(200.0)


class TestFollowUp:
    """While the newest message is one's own: 0.5 x 0.25 x the share of 15 minutes gone by."""

    VALUES = {
        "speak.follow_up": 0.25, "speak.conversation": 0.5, "speak.sharing": 2.0,
        "speak.reserve": 0.0, "rhythm.lively": 15.0,
    }  # fmt: skip

    def looking(self, room, author: int, values: dict | None = None):
        world = room({**self.VALUES, **(values or {})})
        world.members[0]["talk"] = 0.0625
        world.post(author=1)
        world.post(author=author)
        world.members[0]["read_upto"] = 2
        return world

    def test_only_while_the_newest_message_is_ones_own(self, room):
        look = {"cause": STAYING, "away": 3.0 * MINUTE}
        assert say(self.looking(room, 0), **look) == close(0.125 * 0.2)
        for author in (1, -1):
            assert say(self.looking(room, author), **look) == 0.0

    def test_only_in_a_look_that_finds_nothing(self, room):
        away = 15.0 * MINUTE
        first = 0.375 * 6.0 / math.pi**2
        assert say(self.looking(room, 0), cause=STAYING, away=away) == close(0.125)
        assert say(self.looking(room, 0), cause=PLANNED, away=away) == 0.0625
        assert say(self.looking(room, 0), cause=MENTIONED, away=away) == 0.0
        assert say(self.looking(room, 0), cause=STAYING, away=away, read=1) == 0.0
        found = say(self.looking(room, 0), cause=STAYING, away=away, read=1, pull=1.0)
        assert found == close(first)

    def test_the_reserved_do_it_less_often(self, room):
        world = self.looking(room, 0, {"speak.reserve": 0.1875})
        assert say(world, cause=STAYING, away=15.0 * MINUTE) == close(0.125 * 0.25)

    def test_many_looks_are_as_good_as_one(self, room):
        """As long as the message is young people stay on, whatever the pauses: 0.125 in all."""
        parts = [say(self.looking(room, 0), cause=STAYING, away=15.0 * MINUTE * x)
                 for x in (0.125, 0.25, 0.125, 0.5)]  # fmt: skip
        assert sum(parts) == close(0.125)

    def test_it_goes_on_in_the_own_thread_and_answers_nobody(self, room):
        """No reply to oneself: the message is in the thread, and nobody gets a reply."""
        world = room({**self.VALUES, "speak.reply_share": 1.0})
        write_one(world)
        assert read(world, cause=STAYING)["read"] == 0
        message = write_one(world, cause=STAYING)
        assert (message["kind"], message["root"], message["author"]) == (REPLY, 1, 0)
        assert message["to"] == NOBODY
        assert world.members["replies"].sum() == 0


class TestSearch:
    @staticmethod
    def found(room, posts: int, n: int, **visit: float) -> list[int]:
        """The message answered in each of n visits, of so many messages, in a feed of 16."""
        world = room({"speak.reply_share": 1.0})
        for k in range(posts):
            world.post(author=1, root=k + 1, topic=(k + 1) / 64.0)
        world.members[0]["read_upto"] = posts  # all of it read long ago
        answered = []
        for k in range(n):
            copy, newest_before = world.feed.copy(), int(world.group["newest"])
            member = world.members[0]
            member["thread"] = 0
            read(world, time=1.0 + 0.01 * k, **visit)
            member["talk_clock"] = 0.0
            speak(world, time=1.0 + 0.01 * k)
            message = newest(world)
            answered.append(
                round(float(message["topic"]) * 64.0) if message["kind"] == REPLY else 0
            )
            world.feed[:], world.group["newest"] = copy, newest_before
        return answered

    @pytest.mark.parametrize("posts", [3, 8, 40])
    def test_any_message_of_the_feed_is_found_as_likely_as_another(self, room, posts):
        """400 searches; of a ring of 16 the newest 15 are in reach. Five standard deviations."""
        found = self.found(room, posts, 400, cause=FOUND)
        reach = min(posts, 15)
        assert set(found) == set(range(posts - reach + 1, posts + 1))
        share = 1.0 / reach
        for number in set(found):
            error = math.sqrt(share * (1.0 - share) / 400)
            assert abs(found.count(number) / 400 - share) < 5 * error

    def test_nobody_else_answers_what_is_long_read(self, room):
        assert set(self.found(room, 8, 5, cause=PLANNED)) == {0}

    def test_in_a_group_without_a_message_there_is_nothing_to_find(self, room):
        assert self.found(room, 0, 3, cause=FOUND) == [0, 0, 0]
