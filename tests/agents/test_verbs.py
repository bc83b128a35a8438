"""The six verbs on rooms set up by hand: effects worked out on paper, and off-switches.

Stocks are stored in single precision: a number worked out by hand is met to ``CLOSE``, a few
roundings of 2^-24 each.
"""

import math

import numpy as np
import pytest

from shequn.agents import verbs
from shequn.agents.randomness import draw, exponential, normals
from shequn.agents.tables import (
    CHAT,
    COMPLAINT,
    CONTENT,
    LEFT,
    MEMBER,
    MUTED,
    OPERATOR_AUTHOR,
    ORDER_SHARE,
    PRIZE,
    PROMO,
    QUESTION,
    REPLY,
    WORLD_AUTHOR,
)
from shequn.agents.verbs.buy import CHOICE, NEED_CLOCK, ad_effect, experience, product_utility
from shequn.agents.verbs.invite import INVITE_CLOCK
from shequn.agents.verbs.relevance import relevance
from shequn.agents.verbs.speak import POST, TALK_CLOCK
from shequn.agents.verbs.stay import MUTE_CLOCK, exit_hazard
from shequn.agents.verbs.wait import fading, invitation_intensity

CLOSE = 1e-6


def close(value: float, rel: float = CLOSE) -> object:
    return pytest.approx(value, rel=rel, abs=1e-7)


def read(world, row: int = 0):
    verbs.read(world.members[row], row, world.feed, world.group, world.visit, world.p)
    return world.visit


def feel(world, **visit: float):
    for name, value in visit.items():
        world.visit[name] = value
    verbs.feel(world.members[0], world.visit, world.p)
    return world.members[0]


def speak(world, row: int = 0, time: float = 1.0, **visit: float):
    world.visit["time"] = time
    for name, value in visit.items():
        world.visit[name] = value
    verbs.speak(
        world.members[row], row, world.members, world.feed, world.group, world.visit, world.p
    )
    return world.members[row]


def buy(world, row: int = 0, time: float = 1.0, **visit: float):
    world.visit["time"] = time
    for name, value in visit.items():
        world.visit[name] = value
    verbs.buy(world.members[row], row, world.feed, world.group, world.visit, world.p)
    return world.members[row]


def newest(world):
    return world.feed[int(world.group["newest"]) % len(world.feed)]


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


class TestRead:
    @pytest.mark.parametrize(
        ("unread", "capacity"), [(0, 3), (1, 3), (3, 3), (5, 3), (10, 1), (12, 40), (9, 4.9)]
    )
    def test_the_newest_are_read_as_many_as_fit(self, room, unread, capacity):
        """P(seen) = min(1, c / U): message k is worth 2^k, so the sum names those read."""
        world = room({"speak.quality": 1.0})
        world.members[0]["capacity"] = capacity
        for k in range(unread):
            world.post(quality=2.0**k)
        visit = read(world)
        seen = min(unread, int(capacity))
        assert visit["utility"] == sum(2.0**k for k in range(unread - seen, unread))
        assert (visit["unread"], visit["read"]) == (unread, seen)
        assert world.members[0]["read_upto"] == unread

    def test_how_old_a_message_is_when_it_is_read(self, room):
        """Each bound belongs to the younger ones; who reads a message later does not read it."""
        world = room()
        now = 10.0
        ages = (2.0, 1.0, 0.75, 0.5, 0.25, 1.0 / 32.0, 0.0)  # days, the oldest first
        for age in ages:
            world.post(time=now - age)
        world.visit["time"] = now
        visit = read(world)
        assert [visit[f"read_{hours}h"] for hours in (1, 12, 24)] == [2, 4, 6]
        assert visit["read"] == len(ages)
        assert [read(world)[f"read_{hours}h"] for hours in (1, 12, 24)] == [0, 0, 0]

    def test_news_from_outside_is_no_post_of_the_operator(self, room):
        world = room()
        for author in (OPERATOR_AUTHOR, OPERATOR_AUTHOR, WORLD_AUTHOR, 1):
            world.post(author=author)
        visit = read(world)
        assert (visit["read"], visit["posts"]) == (4, 2)

    def test_what_was_passed_over_is_gone_for_good(self, room):
        world = room()
        world.members[0]["capacity"] = 1
        for _ in range(5):
            world.post(quality=1.0)
        read(world)
        assert (read(world)["unread"], read(world)["read"]) == (0, 0)

    def test_no_more_than_the_feed_holds(self, room):
        world = room(feed=4)
        for k in range(7):
            world.post(quality=2.0**k)
        visit = read(world)
        assert (visit["unread"], visit["read"], visit["utility"]) == (
            7,
            4,
            2**6 + 2**5 + 2**4 + 2**3,
        )

    def test_newest_first(self, room):
        world = room()
        for quality in (0.5, 2.0, 2.0, 1.0):
            world.post(quality=quality)
        visit = read(world)
        # Of two messages worth the same the one read first, the newer, is the most interesting.
        assert (visit["best"], visit["best_message"]) == (2.0, 3)

    def test_the_members_own_messages_are_not_read(self, room):
        world = room()
        world.post(author=0, quality=5.0)
        world.post(author=1, quality=1.0)
        assert (read(world)["read"], world.visit["utility"]) == (1, 1.0)

    def test_with_everything_off_a_message_is_worth_its_quality(self, room):
        world = room()
        world.members[0]["wariness"] = 0.0
        world.post(quality=0.25, length=100.0, prize=50.0, overtness=1.0, topic=0.5, kind=PRIZE)
        world.post(author=2, quality=0.5, length=100.0)
        assert read(world)["utility"] == 0.75

    def test_every_term_of_the_utility(self, room):
        world = room(
            {
                "read.known_bonus": 0.5,
                "read.cost": 0.01,
                "read.topic_breadth": 0.25,
                "read.prize_weight": 2.0,
            }
        )
        reader = world.members[0]
        reader["topic"], reader["wariness"] = 0.25, 0.5
        reader["prize_taste"], reader["social_taste"] = 0.125, 0.375
        reader["familiarity"] = 4.0  # of four members: every author is known
        world.post(kind=PRIZE, quality=1.0, topic=0.5, length=20.0, overtness=0.5, prize=8.0)
        assert read(world)["utility"] == close(0.5 - 0.2 - 0.25 + 2.0)
        world.post(author=1, quality=1.0, topic=0.25, length=10.0)
        assert read(world)["utility"] == close(1.5 - 0.1 + 0.375)

    def test_social_taste_needs_a_known_author(self, room):
        world = room({"read.known_bonus": 3.0})
        world.members[0]["social_taste"] = 1.0
        world.post(author=1, quality=0.5)
        assert read(world)["utility"] == 0.5
        assert (world.visit["known"], world.visit["strangers"]) == (0, 1)

    def test_counts_by_kind(self, room):
        world = room()
        for kind, overtness in ((CONTENT, 0.0), (PROMO, 0.75), (PROMO, 0.25), (PRIZE, 0.5)):
            world.post(kind=kind, overtness=overtness)
        world.post(author=1, kind=CHAT)
        visit = read(world)
        assert (visit["promos"], visit["prizes"], visit["strangers"]) == (2, 1, 1)
        assert (visit["reminders"], visit["asks"]) == (2.0, 0)
        assert (visit["exposures"], visit["persuasion"]) == (3.0, 1.5)

    def test_opinions_are_weighed_by_voice_and_negativity(self, room):
        world = room({"feel.negative_weight": 3.0, "feel.exposure_of_talk": 0.25})
        world.post(author=1, valence=0.5, voice=2.0)
        world.post(author=2, valence=-1.0, voice=0.5)
        world.post(author=3, valence=0.0, voice=9.0)
        visit = read(world)
        assert visit["opinion"] == 0.5 * 2.0 - 1.0 * 0.5 * 3.0
        assert visit["opinion_weight"] == 2.0 + 1.5
        assert visit["exposures"] == 0.5

    def test_nothing_to_read(self, room):
        visit = read(room())
        assert [visit[name] for name in ("unread", "read", "utility", "best", "best_message")] == [
            0, 0, 0.0, 0.0, 0,
        ]  # fmt: skip

    @staticmethod
    def known(room, familiarity: float, people: int = 400, before: int = 0, time: float = 0.0):
        """For each author, whether reader 0 knows them; so many messages came before theirs."""
        world = room({"read.known_bonus": 1.0}, people=people)
        world.members[0]["familiarity"] = familiarity
        for _ in range(before):
            world.post(quality=1.0)
        known = []
        for author in range(1, people):
            world.post(author=author, quality=1.0, time=time)
            known.append(read(world)["known"])
        return np.array(known)

    def test_who_is_known_is_fixed_for_each_pair(self, room):
        first = self.known(room, 100.0)
        assert np.array_equal(first, self.known(room, 100.0, before=7, time=50.0))

    def test_the_share_known_is_familiarity_over_size(self, room):
        """399 authors, each known with probability 1/4: five standard deviations, 6e-7."""
        share = self.known(room, 100.0).mean()
        assert abs(share - 0.25) < 5 * math.sqrt(0.25 * 0.75 / 399)

    def test_whoever_is_known_stays_known_as_familiarity_grows(self, room):
        assert np.all(self.known(room, 200.0) >= self.known(room, 100.0))
        assert self.known(room, 400.0).all()
        assert not self.known(room, 0.0).any()


class TestFeel:
    def test_blank_changes_nothing(self, room):
        world = room()
        member = world.members[0]
        member["habit"] = member["belonging"] = member["attitude"] = 0.5
        before = {name: member[name] for name in ("habit", "belonging", "attitude", "irritation",
                                                  "overload", "familiarity")}  # fmt: skip
        feel(world, read=4, unread=8, known=2, strangers=2, utility=3.0, persuasion=2.0,
             opinion=-1.0, opinion_weight=1.0)  # fmt: skip
        assert {name: member[name] for name in before} == before

    @pytest.mark.parametrize(
        ("mean", "habit"),
        [
            (0.5, 0.4 + 0.2 * 0.5 * 0.6),
            (3.0, 0.4 + 0.2 * 0.6),
            (-0.5, 0.4 - 0.3 * 0.5 * 0.4),
            (-7.0, 0.4 - 0.3 * 0.4),
            (0.0, 0.4),
        ],
    )
    def test_habit_follows_the_mean_utility(self, room, mean, habit):
        world = room({"feel.habit_gain": 0.2, "feel.habit_loss": 0.3})
        world.members[0]["habit"] = 0.4
        assert feel(world, read=4, unread=4, utility=4 * mean)["habit"] == close(habit)

    def test_habit_falls_by_an_empty_session(self, room):
        world = room({"feel.habit_empty": 0.1, "feel.habit_gain": 0.9})
        world.members[0]["habit"] = 0.5
        assert feel(world, read=0, utility=0.0)["habit"] == close(0.45)

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


class TestSpeak:
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

    @staticmethod
    def due(world, row: int = 0, posts: int = 1) -> None:
        """Have exactly this many posts fall due in the next session."""
        debt = sum(exponential(np.uint64(1), TALK_CLOCK, row, k) for k in range(1, posts))
        world.members[row]["talk_clock"] = -debt - 1e-4

    def test_a_thread_of_ones_own(self, room):
        world = room({"speak.quality": 0.5, "speak.length": 6.0})
        world.members[0]["topic"], world.members[0]["voice"] = 0.25, 2.0
        self.due(world)
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
        self.due(world, posts=12)
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
        self.due(world)
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
        self.due(world)
        speak(world)
        assert newest(world)["kind"] == REPLY
        assert author["replies"] == expected

    def test_a_reply_to_the_operator_reaches_no_member(self, room):
        world = room({"speak.reply_share": 1.0})
        world.post(quality=1.0, kind=CONTENT)
        read(world)
        self.due(world)
        speak(world)
        assert (newest(world)["kind"], newest(world)["root"]) == (REPLY, 1)
        assert world.members["replies"].sum() == 0

    def test_nothing_read_is_nothing_to_answer(self, room):
        world = room({"speak.reply_share": 1.0})
        read(world)
        self.due(world)
        speak(world)
        assert newest(world)["kind"] == CHAT

    def test_a_message_that_has_left_the_feed_is_not_answered(self, room):
        world = room({"speak.reply_share": 1.0}, feed=4)
        world.post(author=1, quality=1.0)
        read(world)
        self.due(world, posts=6)
        speak(world)
        kinds = world.feed["kind"][[k % 4 for k in range(4, 8)]]
        assert kinds.tolist() == [REPLY, REPLY, CHAT, CHAT]  # number 5 took the place of 1
        assert world.members[1]["replies"] == 4

    def test_own_messages_count_as_read(self, room):
        world = room()
        self.due(world, posts=3)
        assert speak(world)["read_upto"] == 3

    def write_many(self, world, n: int) -> list:
        """Write n messages, one a session, and give copies of their rows."""
        rows = []
        for _ in range(n):
            world.post(author=1, quality=1.0)
            read(world)
            self.due(world)
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
        self.due(world)
        speak(world)
        assert newest(world)["valence"] == 0.0

    @pytest.mark.parametrize(
        ("satisfaction", "kind"), [(-0.5, COMPLAINT), (-0.25, CHAT), (0.9, CHAT)]
    )
    def test_complaints_start_at_their_threshold(self, room, satisfaction, kind):
        world = room({"speak.mention": 1.0, "speak.complaint_threshold": 0.3})
        world.members[0]["orders"], world.members[0]["satisfaction"] = 1, satisfaction
        self.due(world)
        speak(world)
        assert (newest(world)["kind"], newest(world)["valence"]) == (kind, close(satisfaction))


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
        utility = product_utility(member, group, 5.0, world.p)
        terms = [-1.0, 2.0, 3.0 * -0.5, 2.0 * 0.75, 3.0 * 0.5, -0.25 * 0.5, 0.25 * math.log(4.0)]
        assert utility == pytest.approx(sum(terms), rel=1e-12)
        assert (group["visible_orders"], group["visible_at"]) == (pytest.approx(3.0), 5.0)

    def test_blank_has_no_utility(self, room):
        world = room()
        world.members[0]["awareness"] = 5.0
        assert product_utility(world.members[0], world.group, 1.0, world.p) == 0.0

    def test_no_budget_is_no_division_by_zero(self, room):
        world = room({"product.price": 1.0})
        world.members[0]["budget"], world.members[0]["price_weight"] = 0.0, 1.0
        assert product_utility(world.members[0], world.group, 1.0, world.p) == close(-1e9)

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
        experience(member, 0.3, 0.7, world.p)
        assert (member["satisfaction"], member["expectation"]) == (0.5, 0.5)
        experience(member, 0.3, 0.7, world.p)
        assert (member["satisfaction"], member["expectation"]) == (0.25, 0.625)

    def test_noise_is_normal_and_satisfaction_stays_within_1(self, room):
        world = room({"buy.noise": 0.5})
        member = world.members[0]
        experience(member, 0.3, 0.7, world.p)
        assert member["satisfaction"] == close(0.5 * normals(0.3, 0.7)[0])
        member["expectation"] = 7.0
        experience(member, 0.3, 0.7, world.p)
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
        assert product_utility(world.members[0], world.group, 0.0, world.p) == 0.0
        world.members[0]["conformity"] = 0.5
        assert product_utility(world.members[0], world.group, 0.0, world.p) == pytest.approx(1.0)


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
        assert invitation_intensity(member, 1.0, 3.0, world.p) == close(2.0 * rate)
        member[
            "satisfaction"
        ] = -1.0  # the dissatisfied do not invite less than nobody in particular
        assert invitation_intensity(member, 1.0, 3.0, world.p) == close(2.0 * (rate - 0.1))

    def test_blank_sends_none(self, room):
        world = room()
        member = world.members[0]
        member["satisfaction"] = member["belonging"] = member["prize_taste"] = 1.0
        assert invitation_intensity(member, 0.0, 10.0, world.p) == 0.0

    def test_zeal_fades_with_tenure_and_the_integral_is_exact(self, room):
        world = room({"invite.rate": 0.5, "invite.novelty_half_life": 4.0})
        member = world.members[0]
        member["joined_at"] = 2.0
        # Twelve days are three half-lives: 7/8 of all the zeal there is, rate x 4 / ln 2.
        whole = invitation_intensity(member, 2.0, 14.0, world.p)
        assert whole == pytest.approx(0.5 * 4.0 / math.log(2.0) * 7 / 8, rel=1e-12)
        parts = sum(
            invitation_intensity(member, t, t + 3.0, world.p) for t in (2.0, 5.0, 8.0, 11.0)
        )
        assert parts == pytest.approx(whole, rel=1e-12)


class TestStay:
    PRESSURES = {
        "stay.irritation": 1.0, "stay.overload": 0.5, "stay.dissatisfaction": 2.0,
        "stay.belonging": 3.0, "stay.habit": 0.25, "stay.scale": 0.01,
    }  # fmt: skip

    def pressed(self, room, shape: str, irritation: float = 2.0):
        """Pressure = irritation + 0.5 x 0.5 + 2 x 0.25 - 3 x 0.25 - 0.25 = irritation - 0.25."""
        world = room({**self.PRESSURES, "stay.shape": shape})
        member = world.members[0]
        member["irritation"], member["overload"], member["satisfaction"] = irritation, 0.5, -0.25
        member["belonging"], member["habit"], member["exit_rate"] = 0.25, 1.0, 0.005
        return member, world.p

    @pytest.mark.parametrize(
        ("shape", "irritation", "hazard"),
        [
            ("linear", 2.0, 0.005 + 0.01 * 1.75),
            ("linear", 0.0, 0.005 - 0.01 * 0.25),
            ("linear", -5.0, 0.0),
            ("exponential", 2.0, 0.005 * math.exp(1.75)),
            ("exponential", 0.0, 0.005 * math.exp(-0.25)),
            ("quadratic", 2.0, 0.005 + 0.01 * 1.75**2),
            ("quadratic", 0.0, 0.005 - 0.01 * 0.25**2),
            ("quadratic", -5.0, 0.0),
        ],
    )
    def test_the_hazard_by_its_shape(self, room, shape, irritation, hazard):
        assert exit_hazard(*self.pressed(room, shape, irritation)) == close(hazard)

    def test_satisfaction_above_0_is_no_pressure(self, room):
        member, p = self.pressed(room, "linear")
        member["satisfaction"] = 1.0
        assert exit_hazard(member, p) == close(0.005 + 0.01 * (1.75 - 0.5))

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
            ("belonging", "feel.belonging_half_life"),
            ("awareness", "feel.awareness_half_life"),
            ("irritation", "feel.irritation_half_life"),
            ("recognition", "speak.recognition_half_life"),
        ],
    )
    def test_a_stock_halves_in_its_half_life_and_no_other_does(self, room, stock, half_life):
        world = room({half_life: 3.0})
        member = world.members[0]
        stocks = ("habit", "belonging", "awareness", "irritation", "recognition", "overload")
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
