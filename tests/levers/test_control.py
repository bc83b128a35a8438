"""Control intensity: what moderation removes, and the two ways in which it costs.

Every comparison is paired: both arms have the same seeds. Where one says "t > 4", the mean of the
12 paired differences is more than four of its standard errors above 0; by chance that happens with
probability 0.001 (Student's t, 11 degrees of freedom).
"""

import numpy as np
import pytest

from shequn.agents import verbs
from shequn.agents.tables import MEMBER, MUTED
from shequn.agents.verbs.relevance import relevance
from shequn.agents.verbs.speak import removed
from tests.levers.steady import STEADY
from tests.paired import community, t, tiers

SEEDS = range(1, 13)


# 120 members who talk much, about everything; the group's topic is 0.5.
TALKING = {
    **STEADY,
    "market.people": 300, "group.capacity": 300, "group.seed_fill": 0.0,
    "group.seed_members": 120, "policy.promo_share": 0.0, "discovery.rate": 0.0,
    "invite.rate": 0.0, "invite.from_belonging": 0.0, "invite.from_satisfaction": 0.0,
    "spread.talk": 0.5, **tiers(talk=0.05, exit_rate=0.001),
}  # fmt: skip
# The same in worlds in which the group is for those whose topic it is.
OF_A_KIND = {**TALKING, "group.seeding": "enthusiasts", "group.seed_members": 60}
FULL = {"control.intensity": 1.0}
NO_BACKLASH = {"control.reactance": 0.0, "control.chill": 0.0}
DAYS = 30


@pytest.fixture(scope="module")
def arms() -> dict[str, list]:
    """The same group in several ways, 12 worlds each."""
    ways = {
        "free": {},
        "full": FULL,
        "removal": {**FULL, **NO_BACKLASH},
        "reactance": {**FULL, "control.chill": 0.0},
        "chill": {**FULL, "control.breadth": 0.0},
    }
    return {name: [community({**TALKING, **x}, s, DAYS) for s in SEEDS] for name, x in ways.items()}


def rise(arms: dict[str, list], before: str, after: str, measure) -> float:
    """Paired difference between two ways, in standard errors."""
    one, other = (np.array([measure(world) for world in arms[way]]) for way in (before, after))
    return t(other - one)


def messages(world) -> np.ndarray:
    """What members wrote and is still in the feed."""
    feed = world.tables.messages[0]
    return feed[(feed["author"] >= 0) & (feed["time"] > 0.0)]


def here(world) -> np.ndarray:
    members = world.own_members
    return members[(members["status"] == MEMBER) | (members["status"] == MUTED)]


def closeness(one: np.ndarray, other: np.ndarray) -> float:
    distance = np.abs(one.astype(float)[:, None] - other.astype(float)[None, :])
    distance = 4.0 * np.minimum(distance, 1.0 - distance)
    return float((1.0 / (1.0 + distance**2)).mean())


def on_topic(world) -> float:
    """Mean relevance of what was written to the group's topic."""
    return closeness(messages(world)["topic"], np.array([0.5]))


def to_readers(world) -> float:
    """Mean relevance of what was written to those who are there."""
    return closeness(messages(world)["topic"], here(world)["topic"])


def written(world) -> float:
    return world.summary["messages"]


def taken_out(world) -> float:
    return world.summary["removed"]


def irritation(world) -> float:
    return float(here(world)["irritation"].mean())


class TestInARoom:
    def test_only_what_is_off_topic_is_removed(self, room):
        world = room({"control.intensity": 1.0, "control.breadth": 0.5, "read.topic_breadth": 0.25})
        world.group["topic"] = 0.9
        author = world.members[0]
        for topic in np.linspace(0.003, 0.981, 34):
            gone = removed(author, 0, topic, world.group, world.p)
            assert gone == (relevance(topic, 0.9, 4.0) < 0.5)

    @pytest.mark.parametrize("intensity", [0.0, 0.3, 1.0])
    def test_as_often_as_control_is_intense(self, room, intensity):
        """Binomial: 4,000 messages, within five SD (false alarm below 1e-6)."""
        world = room({"control.intensity": intensity, "read.topic_breadth": 0.25})
        author = world.members[0]
        gone = 0
        for number in range(4000):
            author["posts"] = number
            gone += bool(removed(author, 0, 0.5, world.group, world.p))
        assert abs(gone - 4000 * intensity) <= 5.0 * np.sqrt(4000 * intensity * (1.0 - intensity))

    def test_what_is_removed_never_appears_and_irritates_its_author(self, room):
        values = {"control.intensity": 1.0, "control.reactance": 0.4, "read.topic_breadth": 0.25}
        world = room({**values, "control.chill": 0.0})
        author = world.members[0]
        author["topic"], author["talk"], author["talk_clock"] = 0.5, 1.0, 0.5
        world.visit["time"] = 1.0
        verbs.speak(author, 0, world.members, world.feed, world.group, world.visit, world.p)
        assert world.group["newest"] == 0
        assert world.visit["removed"] == author["posts"] >= 1
        assert author["irritation"] == pytest.approx(0.4 * author["posts"], rel=1e-6)

    def test_a_reply_has_the_topic_of_what_it_answers(self, room):
        """Who answers a message that is on topic is not removed, whatever one's own interest."""
        values = {"control.intensity": 1.0, "read.topic_breadth": 0.25, "speak.reply_share": 1.0}
        world = room({**values, "control.chill": 0.0})
        world.post(topic=0.0, quality=1.0)
        author = world.members[0]
        author["topic"], author["talk"], author["talk_clock"] = 0.5, 1.0, 0.5
        world.visit["time"], world.visit["calling"] = 1.0, 1
        verbs.speak(author, 0, world.members, world.feed, world.group, world.visit, world.p)
        assert world.visit["removed"] == 0
        assert world.group["newest"] > 1

    @pytest.mark.parametrize(("intensity", "left"), [(0.0, 1.0), (0.5, 0.9), (1.0, 0.8)])
    def test_chill_withholds_a_share_of_all_talk(self, room, intensity, left):
        """The talk clock runs down by talk x (1 - chill x intensity)."""
        world = room({"control.intensity": intensity, "control.chill": 0.2})
        author = world.members[0]
        author["talk"], author["talk_clock"] = 0.25, 5.0
        world.visit["time"] = 1.0
        verbs.speak(author, 0, world.members, world.feed, world.group, world.visit, world.p)
        assert author["talk_clock"] == pytest.approx(5.0 - 0.25 * left, rel=1e-6)


@pytest.mark.jit
class TestDirections:
    def test_what_remains_is_more_on_topic(self, arms):
        """It could come out otherwise: replies bear the topic of what they answer, and the members
        who talk most may be those on topic, whom control silences with the others."""
        assert rise(arms, "free", "full", on_topic) > 4.0
        assert rise(arms, "free", "removal", on_topic) > 4.0

    def test_but_readers_of_every_interest_gain_nothing(self, arms):
        """Where members' topics lie all around the circle, a narrower talk suits some better and
        as many worse: order is worth something only to those whose topic is the group's."""
        assert abs(rise(arms, "free", "full", to_readers)) < 4.0

    def test_readers_of_one_kind_do(self):
        """Newcomers with other interests join enthusiasts, and are the ones who are silenced."""
        mixed = {**OF_A_KIND, "discovery.rate": 0.05, "discovery.relevance": False}
        pair = {
            way: [community({**mixed, **lever}, seed, DAYS) for seed in SEEDS]
            for way, lever in (("free", {}), ("full", {**FULL, **NO_BACKLASH}))
        }

        def to_enthusiasts(world) -> float:
            readers = here(world)
            old = readers[readers["joined_at"] == 0.0]
            return closeness(messages(world)["topic"], old["topic"])

        assert rise(pair, "free", "full", to_enthusiasts) > 4.0

    def test_talk_falls(self, arms):
        """By removal, and by chill where nothing at all is removed."""
        assert rise(arms, "free", "removal", written) < -4.0
        assert rise(arms, "free", "chill", written) < -4.0
        assert rise(arms, "removal", "full", written) < -4.0

    def test_chill_takes_about_its_share(self, arms):
        """A fifth less talk at intensity 1; talk feeds on talk, so it may be more, not less."""
        free, chill = (sum(map(written, arms[way])) for way in ("free", "chill"))
        assert 0.65 < chill / free < 0.85
        assert sum(map(taken_out, arms["chill"])) == 0.0

    def test_reactance_irritates(self, arms):
        assert rise(arms, "free", "full", irritation) > 4.0
        assert rise(arms, "removal", "reactance", irritation) > 4.0

    def test_without_it_control_spares_readers_what_they_would_have_missed(self, arms):
        """Opposing: less is written, so less is missed, and irritation by overload falls."""
        assert rise(arms, "free", "removal", irritation) < -4.0
        assert rise(arms, "free", "chill", irritation) < -4.0

    def test_a_quieter_group_is_a_weaker_habit_where_much_is_never_enough(self, arms):
        """So order costs visits in such a group, although what is left is more on topic.

        Where a little good reading teaches nearly all that any does, it costs none.
        """

        def habit(world) -> float:
            return float(here(world)["habit"].mean())

        content = {**TALKING, "feel.enough": 0.3}
        pair = {
            way: [community({**content, **lever}, seed, DAYS) for seed in SEEDS]
            for way, lever in (("free", {}), ("full", FULL))
        }
        assert rise(arms, "free", "full", habit) < -4.0
        assert abs(rise(pair, "free", "full", habit)) < 4.0

    def test_every_removal_takes_time(self, arms):
        for world in arms["full"]:
            hours = (0.0005 + 0.001) * (written(world) + taken_out(world))
            cost = float(world.journal.operator_column("moderation_cost").sum())
            assert cost == pytest.approx(40.0 * hours)


@pytest.mark.jit
class TestOff:
    def same(self, one, other) -> None:
        for name in one.own_members.dtype.names:
            assert one.own_members[name].tobytes() == other.own_members[name].tobytes(), name
        for name in one.tables.messages.dtype.names:
            assert one.tables.messages[name].tobytes() == other.tables.messages[name].tobytes()

    def test_control_that_neither_removes_nor_chills_does_nothing(self):
        idle = {**FULL, "control.breadth": 0.0, "control.chill": 0.0, "control.reactance": 5.0}
        self.same(*(community({**TALKING, **lever}, 3, DAYS) for lever in ({}, idle)))

    def test_without_topics_nothing_is_off_topic(self):
        alike = {**TALKING, "read.topic_breadth": np.inf}
        lever = {**FULL, "control.chill": 0.0}
        self.same(*(community({**alike, **x}, 3, DAYS) for x in ({}, lever)))

    def test_an_element_that_is_off_switches_it_off(self):
        lever = {**FULL, "elements.order": False}
        self.same(*(community({**TALKING, **x}, 3, DAYS) for x in ({}, lever)))
