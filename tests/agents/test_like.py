"""A like costs no message, and reaches its author as recognition (eq. 7.6-5, eq. 7.5-5)."""

import math

import numpy as np
import pytest

import shequn as sq
from shequn.agents.randomness import draw
from shequn.agents.tables import LEFT, OPERATOR_AUTHOR
from shequn.agents.verbs.speak import LIKE
from tests.agents.hand import SEED, close, feel, speak, write_one


def likes_at(world, best: float, times: int = 400) -> int:
    """Likes of member 1 in so many visits, whose best message is that of member 0."""
    before = int(world.members[1]["likes"])
    number = int(world.group["newest"])
    for k in range(times):
        speak(world, 1, time=1.0 + k / 1000.0, best=best, best_message=number, part=0)
    return int(world.members[1]["likes"]) - before


@pytest.fixture
def told(room):
    """A room in which member 0 wrote a message."""

    def make(values: dict | None = None):
        world = room({"speak.like": 0.5, **(values or {})})
        write_one(world, 0)
        return world

    return make


class TestChance:
    @pytest.mark.parametrize(("best", "chance"), [(0.2, 0.1), (1.0, 0.5), (7.0, 0.5)])
    def test_it_is_proportional_to_the_best_message_up_to_1(self, told, best, chance):
        """400 draws, each as `draw` gives it: worked out beside the kernel."""
        world = told()
        times = [math.floor((1.0 + k / 1000.0) * 1e6) for k in range(400)]
        expected = sum(draw(SEED, LIKE, 1, np.int64(t))[0] < chance for t in times)
        assert likes_at(world, best) == expected
        assert abs(expected / 400 - chance) < 5.0 * math.sqrt(chance * (1.0 - chance) / 400)

    @pytest.mark.parametrize("best", [0.0, -1.0])
    def test_nothing_good_is_not_liked(self, told, best):
        assert likes_at(told({"speak.like": 1.0}), best) == 0

    def test_off(self, told):
        assert likes_at(told({"speak.like": 0.0}), 1.0) == 0

    def test_who_cannot_write_can_like(self, told):
        world = told({"speak.like": 1.0})
        world.p.group_peers_post = 0.0
        assert likes_at(world, 1.0, 3) == 3


class TestAuthor:
    def test_it_notices_at_its_next_visit(self, told):
        """Two likes at 0.25 replies each, and one reply: 1.5."""
        world = told({"speak.like": 1.0, "speak.like_recognition": 0.25})
        member = world.members[0]
        member["recognition"], member["replies"] = 0.0, 1
        assert likes_at(world, 1.0, 2) == 2
        assert member["liked"] == 2
        assert feel(world)["recognition"] == close(1.5)
        assert member["liked"] == 0

    def test_who_has_left_does_not(self, told):
        world = told({"speak.like": 1.0})
        world.members[0]["status"] = LEFT
        assert likes_at(world, 1.0, 2) == 2
        assert world.members[0]["liked"] == 0

    def test_a_post_of_the_operator_can_be_liked(self, told):
        world = told({"speak.like": 1.0})
        world.feed[int(world.group["newest"]) % len(world.feed)]["author"] = OPERATOR_AUTHOR
        assert likes_at(world, 1.0, 2) == 2

    def test_many_likes_stay_within_a_byte(self, told):
        world = told({"speak.like": 1.0})
        assert likes_at(world, 1.0, 300) == 300
        assert world.members[0]["liked"] == 255


@pytest.mark.jit
def test_more_likes_more_talk_where_recognition_makes_talk():
    """And none where it does not: recognition is the only way by which a like acts."""

    def messages(**values: float) -> float:
        named = {path.replace("__", "."): value for path, value in values.items()}
        runs = [
            sq.run(sq.Scenario.load("wechat-group").with_values({"run.days": 30, **named}), seed=k)
            for k in (1, 2, 3)
        ]
        return sum(run.summary["messages"] for run in runs)

    assert messages(speak__like=1.0) == messages(speak__like=0.0)
    wanted = {"speak__recognition_gain": 0.5, "speak__like_recognition": 5.0}
    assert messages(speak__like=1.0, **wanted) > messages(speak__like=0.0, **wanted)
