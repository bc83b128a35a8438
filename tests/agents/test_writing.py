"""What is written, and to whom: rooms set up by hand (eq. 7.4-4, eq. 7.6-2, eq. 7.6-3)."""

import math

import numpy as np
import pytest

from shequn.agents.randomness import draw, exponential, normals
from shequn.agents.tables import (
    CHAT,
    COMPLAINT,
    CONTENT,
    LEFT,
    MEMBER,
    MUTED,
    NOBODY,
    QUESTION,
    REPLY,
)
from shequn.agents.verbs.speak import (
    POST,
    TALK_CLOCK,
    Draft,
    append_message,
    count_answer,
)
from tests.agents.hand import close, due, newest, read, speak, write_one

MINUTE = 1.0 / 1440.0


class TestThread:
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


class TestWriting:
    def test_the_talk_expected_is_spent_on_the_clock(self, room):
        world = room({"speak.interest_slope": 2.0, "speak.recognition_gain": 0.5})
        member = world.members[0]
        member["talk_clock"], member["talk"], member["recognition"] = 1.0, 0.1, 3.0
        speak(world, read=4, utility=2.0)
        interest = 2.0 / (1.0 + math.exp(-2.0 * 0.5))
        assert member["talk_clock"] == close(1.0 - 0.1 * interest * 2.5)
        assert member["posts"] == 0

    def test_without_slope_and_gain_talk_alone_counts(self, room):
        world = room()
        member = world.members[0]
        member["talk_clock"], member["talk"], member["recognition"] = 1.0, 0.125, 9.0
        assert speak(world, read=1, utility=5.0)["talk_clock"] == 0.875

    def test_nobody_writes_where_peers_may_not_post(self, room):
        world = room({"group.peers_post": False})
        world.members[0]["talk"] = 1e9
        assert speak(world)["posts"] == 0

    def test_who_only_reads_writes_nothing_and_forgets_nothing(self, room):
        world = room({"speak.conversation": 0.9})
        member = world.members[0]
        member["talk"], member["talk_clock"] = 1e9, 0.0
        assert speak(world, part=0, read=1, pull=1.0)["posts"] == 0
        assert member["talk_clock"] == 0.0
        assert speak(world, part=1)["posts"] > 0

    def test_posts_are_due_when_the_clock_runs_out(self, room):
        world = room()
        member = world.members[0]
        member["talk_clock"], member["talk"] = 1.0, 4.0
        speak(world)
        clock, posts = -3.0, 0
        while clock <= 0.0:
            posts += 1
            clock += exponential(np.uint64(1), TALK_CLOCK, 0, posts)
        assert (member["posts"], world.group["newest"]) == (posts, posts)
        assert member["talk_clock"] == close(clock)

    def test_most_posts_caps_a_session(self, room):
        world = room({"speak.most_posts": 3})
        world.members[0]["talk"] = 1e7
        assert speak(world)["posts"] == 3

    def test_a_thread_of_ones_own(self, room):
        world = room({"speak.quality": 0.5, "speak.length": 6.0})
        world.members[0]["topic"], world.members[0]["voice"] = 0.25, 2.0
        due(world)
        speak(world, time=3.5)
        message = newest(world)
        assert (message["author"], message["kind"], message["root"]) == (0, CHAT, 1)
        assert (message["time"], message["topic"], message["voice"]) == (3.5, 0.25, 2.0)
        assert message["quality"] == 0.5
        assert message["length"] == close(6.0)
        assert message["overtness"] == message["prize"] == message["valence"] == 0.0

    def test_quality_and_length_vary_with_the_authors_own_count(self, room):
        world = room({"speak.quality": 0.5, "speak.quality_spread": 2.0, "speak.length": 6.0,
                      "speak.length_spread": 0.5})  # fmt: skip
        world.group["newest"] = 160  # what others wrote before does not matter
        due(world, posts=12)
        speak(world)
        assert world.group["newest"] == 172
        for k in range(12):
            _, _, u0, u1 = draw(np.uint64(1), POST, 0, k)
            z_quality, z_length = normals(u0, u1)
            message = world.feed[k + 1]
            assert message["quality"] == close(max(0.0, 0.5 + 2.0 * z_quality))
            assert message["length"] == close(6.0 * math.exp(0.5 * z_length))
        assert (world.feed["quality"][1:13] == 0.0).any()  # cut off at 0

    def test_a_reply_goes_to_the_author_of_the_most_interesting_message(self, room):
        world = room({"speak.reply_share": 1.0})
        world.post(author=1, quality=1.0, topic=0.75, root=1)
        world.post(author=2, quality=9.0, topic=0.5, root=1)
        world.post(author=3, quality=1.0, topic=0.25)
        read(world)
        due(world)
        speak(world)
        assert (newest(world)["kind"], newest(world)["root"], newest(world)["topic"]) == (
            REPLY,
            1,
            0.5,
        )
        assert world.members["replies"].tolist() == [0, 0, 1, 0]

    @pytest.mark.parametrize(
        ("status", "group", "replies", "expected"),
        [(MEMBER, 0, 4, 5), (MUTED, 0, 4, 5), (LEFT, 0, 4, 4), (MEMBER, 1, 4, 4),
         (MEMBER, 0, 255, 255)],
    )  # fmt: skip
    def test_only_an_author_still_there_gets_the_reply(
        self, room, status, group, replies, expected
    ):
        world = room({"speak.reply_share": 1.0})
        author = world.members[1]
        author["status"], author["group"], author["replies"] = status, group, replies
        world.post(author=1, quality=1.0)
        read(world)
        due(world)
        speak(world)
        assert newest(world)["kind"] == REPLY
        assert author["replies"] == expected

    def test_a_reply_to_the_operator_reaches_no_member(self, room):
        world = room({"speak.reply_share": 1.0})
        world.post(quality=1.0, kind=CONTENT)
        read(world)
        due(world)
        speak(world)
        assert (newest(world)["kind"], newest(world)["root"]) == (REPLY, 1)
        assert world.members["replies"].sum() == 0

    def test_nothing_read_is_nothing_to_answer(self, room):
        world = room({"speak.reply_share": 1.0})
        read(world)
        due(world)
        speak(world)
        assert newest(world)["kind"] == CHAT

    def test_a_message_that_has_left_the_feed_is_not_answered(self, room):
        world = room({"speak.reply_share": 1.0}, feed=4)
        world.post(author=1, quality=1.0)
        read(world)
        due(world, posts=6)
        speak(world)
        kinds = world.feed["kind"][[k % 4 for k in range(4, 8)]]
        assert kinds.tolist() == [REPLY, REPLY, CHAT, CHAT]  # number 5 took the place of 1
        assert world.members[1]["replies"] == 4

    @pytest.mark.parametrize("addressed", [0.0, 0.5, 1.0])
    def test_a_share_of_the_replies_is_addressed(self, room, addressed):
        """Of 400 messages 0.8 reply, and of those so many are to somebody who gets a reply.

        Five standard deviations: 6e-7 each.
        """
        world = room({"speak.reply_share": 0.8, "speak.addressed": addressed})
        rows = self.write_many(world, 400)
        replies = [row for row in rows if row["kind"] == REPLY]
        assert abs(len(replies) / 400 - 0.8) < 5 * math.sqrt(0.8 * 0.2 / 400)
        assert {int(row["to"]) for row in rows if row["kind"] != REPLY} == {NOBODY}
        share = np.mean([row["to"] == 1 for row in replies])
        error = math.sqrt(addressed * (1.0 - addressed) / len(replies))
        assert abs(share - addressed) <= 5 * error
        assert all(row["root"] > 0 and row["to"] in (1, NOBODY) for row in replies)

    def test_only_who_is_addressed_notices(self, room):
        for addressed, replies in ((0.0, 0), (1.0, 1)):
            world = room({"speak.reply_share": 1.0, "speak.addressed": addressed})
            world.post(author=1, quality=1.0)
            read(world)
            due(world)
            speak(world)
            assert world.members[1]["replies"] == replies

    def test_own_messages_count_as_read(self, room):
        world = room()
        due(world, posts=3)
        assert speak(world)["read_upto"] == 3

    def write_many(self, world, n: int) -> list:
        """Write n messages, one a session, and give copies of their rows."""
        rows = []
        for _ in range(n):
            world.post(author=1, quality=1.0)
            read(world)
            due(world)
            speak(world)
            rows.append(newest(world).copy())
        return rows

    def test_questions_are_their_share_of_new_threads(self, room):
        """400 messages, each a question with probability 0.3: five standard deviations, 6e-7."""
        world = room({"speak.question_share": 0.3})
        kinds = [row["kind"] for row in self.write_many(world, 400)]
        assert set(kinds) == {CHAT, QUESTION}
        assert abs(kinds.count(QUESTION) / 400 - 0.3) < 5 * math.sqrt(0.3 * 0.7 / 400)

    @pytest.mark.parametrize("reply_share", [0.0, 1.0])
    def test_a_buyer_mentions_the_product_as_often_as_stated(self, room, reply_share):
        """P(mention) = 0.1 + 0.4 x 0.5 = 0.3, of replies as of threads that are no question.

        About 400 messages, five standard deviations: 6e-7 each.
        """
        world = room(
            {
                "speak.mention": 0.1,
                "speak.mention_extreme": 0.4,
                "speak.question_share": 0.4,
                "speak.reply_share": reply_share,
            }
        )
        world.members[0]["orders"], world.members[0]["satisfaction"] = 1, 0.5
        rows = [row for row in self.write_many(world, 400) if row["kind"] != QUESTION]
        assert {float(row["valence"]) for row in rows} == {0.0, 0.5}
        share = np.mean([row["valence"] != 0.0 for row in rows])
        assert abs(share - 0.3) < 5 * math.sqrt(0.3 * 0.7 / len(rows))

    def test_who_has_not_bought_has_no_opinion(self, room):
        world = room({"speak.mention": 1.0})
        world.members[0]["satisfaction"] = 1.0
        due(world)
        speak(world)
        assert newest(world)["valence"] == 0.0

    @pytest.mark.parametrize(
        ("satisfaction", "kind"), [(-0.5, COMPLAINT), (-0.25, CHAT), (0.9, CHAT)]
    )
    def test_complaints_start_at_their_threshold(self, room, satisfaction, kind):
        world = room({"speak.mention": 1.0, "speak.complaint_threshold": 0.3})
        world.members[0]["orders"], world.members[0]["satisfaction"] = 1, satisfaction
        due(world)
        speak(world)
        assert (newest(world)["kind"], newest(world)["valence"]) == (kind, close(satisfaction))
