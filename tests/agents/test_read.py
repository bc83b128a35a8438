"""What is read, and what it is worth: rooms set up by hand (eq. 7.4-1 to 7.4-5)."""

import math

import numpy as np
import pytest

from shequn.agents.tables import (
    CHAT,
    CONTENT,
    EVIDENCE,
    OPERATOR_AUTHOR,
    PRIZE,
    PROMO,
    WORLD_AUTHOR,
)
from tests.agents.hand import close, read


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
        assert visit["exposures"] == 0.25, "a bad word exposes nobody to the product"

    def test_any_publicity_may_be_good(self, room):
        world = room({"feel.exposure_of_talk": 0.25, "feel.exposure_of_bad": 0.125})
        for valence in (0.5, -1.0, 0.0):
            world.post(author=1, valence=valence)
        assert read(world)["exposures"] == 0.375

    def test_the_word_of_a_stranger_counts_less_and_that_of_a_firm_not(self, room):
        world = room({"feel.word_of_strangers": 0.25})
        world.members[0]["familiarity"] = 0.0
        world.post(author=1, valence=-0.5)
        world.post(author=OPERATOR_AUTHOR, kind=EVIDENCE, valence=1.0)
        assert read(world)["word"] == -0.125

    def test_the_word_of_people_one_knows_counts_in_full(self, room):
        world = room({"feel.word_of_strangers": 0.25})
        world.members[0]["familiarity"] = 1e6
        for valence in (-0.5, 1.0):
            world.post(author=1, valence=valence)
        assert read(world)["word"] == 0.5

    def test_nothing_to_read(self, room):
        visit = read(room())
        assert [visit[name] for name in ("unread", "read", "utility", "best", "best_message")] == [
            0, 0, 0.0, 0.0, 0,
        ]  # fmt: skip

    def test_good_and_bad_are_summed_apart_none_counted_as_more_than_1(self, room):
        """0.25 and 7 are good, -0.5 and -3 bad: 0.25 + 1, and 0.5 + 1."""
        world = room({"read.cost": 1.0})
        for worth in (0.25, 7.0, 0.0, -0.5, -3.0):
            world.post(quality=10.0, length=10.0 - worth)
        visit = read(world)
        assert (visit["good"], visit["bad"]) == (close(1.25), close(1.5))
        assert visit["utility"] == close(0.25 + 7.0 - 0.5 - 3.0, rel=1e-5)

    def test_the_reading_time_is_the_length_of_what_was_read(self, room):
        world = room()
        world.members[0]["capacity"] = 2
        for author, length in ((1, 8.0), (1, 4.0), (0, 2.0), (1, 1.0)):
            world.post(author=author, length=length)
        assert read(world)["seconds"] == 1.0  # one's own takes up room, and no time
        world.members[0]["read_upto"], world.members[0]["capacity"] = 0, 4
        assert read(world)["seconds"] == 13.0

    FRESH = {"speak.conversation": 0.5, "speak.sharing": 2.0, "rhythm.lively": 15.0}

    def test_each_reader_of_a_fresh_message_leaves_less_to_the_next(self, room):
        """The h-th adds h^-2: 1, 1/4, 1/9; a message of 16 minutes no more."""
        world = room(self.FRESH)
        now = 1.0
        world.post(author=3, time=now - 16.0 / 1440.0)
        world.post(author=3, time=now - 14.0 / 1440.0)
        pulls = [float(read(world, row, time=now)["pull"]) for row in (0, 1, 2)]
        assert pulls == [close(1.0), close(0.25), close(1.0 / 9.0)]
        assert world.feed["considered"][1:3].tolist() == [0, 3]
        assert world.feed["considered"].sum() == 3

    def test_the_pulls_of_all_messages_add_up(self, room):
        world = room(self.FRESH)
        for considered in (0, 1, 3):
            world.post(author=3, time=1.0, considered=considered)
        assert read(world, time=1.0)["pull"] == close(1.0 + 1.0 / 4.0 + 1.0 / 16.0)

    def test_in_the_thread_written_in_last_no_message_is_too_old(self, room):
        world = room(self.FRESH)
        world.members[0]["thread"] = 1
        for root in (1, 1, 3):
            world.post(author=3, root=root)
        assert read(world, time=9.0)["pull"] == close(2.0)
        assert world.feed["considered"][1:4].tolist() == [1, 1, 0]

    @pytest.mark.parametrize("part", [0, 1])
    def test_who_only_reads_leaves_all_of_it_to_others(self, room, part):
        world = room(self.FRESH)
        world.members[0]["thread"] = 1
        world.post(author=3, time=1.0, root=1)
        assert read(world, time=1.0, part=part)["pull"] == part
        assert world.feed["considered"][1] == part

    def test_without_conversation_nobody_counts(self, room):
        world = room()
        world.post(author=3, time=1.0)
        assert read(world, time=1.0)["pull"] == 0.0
        assert world.feed["considered"].sum() == 0

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
