"""Listening: what the operator hears, how late and how wrong, and what it does with it.

Directions are compared on common random numbers: the same seeds in both arms. With 12 seeds the
paired mean must lie at least 3.5 of its standard errors on the right side of 0: if a mechanism did
nothing on average, that would happen once in 400 tries (t, 11 degrees of freedom, one side). Seeds
are fixed; there are eight such comparisons here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

import shequn as sq
from shequn.agents.campaigns import Listening
from shequn.agents.policies import Observation
from shequn.agents.tables import CONTENT, MEMBER, MUTED
from shequn.model.scenario import Scenario
from tests.levers.steady import STEADY, TIERS
from tests.paired import differing, score

jit = pytest.mark.jit

DAYS, SEEDS, ERRORS = 40, range(12), 3.5
PEOPLE = 150

# One group, poor goods, hard selling: exits, mutes, complaints.
ANNOYED: dict[str, Any] = {
    **STEADY,
    "market.people": PEOPLE,
    "group.capacity": PEOPLE,
    "group.seed_members": PEOPLE,
    "group.seed_fill": 0.0,
    **{f"tiers.{tier}.talk": 0.2 for tier in TIERS},
    **{f"tiers.{tier}.need_rate": 0.1 for tier in TIERS},
    "spread.talk": 0.5,
    "speak.mention": 0.3,
    "product.quality": 0.3,
    "buy.constant": 0.5,
    "feel.irritation_gain": 0.3,
    "stay.scale": 0.005,
    "stay.mute_irritation": 0.02,
    "buy.word": 0.0,  # neither bad words nor irritation keep from buying: many can complain
    "buy.irritation": 0.0,
    "policy.name": "cadence",
    "policy.promo_share": 0.0,
    "policy.promos_per_day": 4.0,
    "policy.overtness": 0.9,
    "group.feed_length": 4096,
}
PROPORTIONAL = {"policy.name": "listening-proportional"}
SWITCH = {"policy.name": "listening-switch"}
COUNTS = ("exits", "mutes", "complaints", "questions", "negative")


@cache
def _played(
    values: tuple[tuple[str, Any], ...], seed: int
) -> tuple[sq.Community, list[Observation], list[float]]:
    settings = sq.Scenario.load("wechat-group").with_values({**ANNOYED, **dict(values)})
    community = sq.Community(settings, seed=seed)
    seen, quality = [], []
    for _ in range(DAYS):
        seen.append(community.observation())
        community.step()
        quality.append(float(community.tables.operators[0]["quality"]))
    return community, seen, quality


def play(values: Mapping[str, Any], seed: int = 0) -> sq.Community:
    """The annoyed group with some values changed; each is played once."""
    return _played(tuple(sorted(values.items())), seed)[0]


def seen(values: Mapping[str, Any], seed: int = 0) -> list[Observation]:
    """What its operator saw in the morning of each day."""
    return _played(tuple(sorted(values.items())), seed)[1]


def qualities(values: Mapping[str, Any], seed: int = 0) -> np.ndarray:
    """Quality of the product at the end of each day."""
    return np.array(_played(tuple(sorted(values.items())), seed)[2])


def surplus(
    measure: Callable[[sq.Community], float], more: Mapping[str, Any], less: Mapping[str, Any]
) -> float:
    """Mean difference of two arms on common seeds, in standard errors of that mean."""
    return score([measure(play(more, s)) - measure(play(less, s)) for s in SEEDS])


def trouble(community: sq.Community) -> float:
    """Exits, mutes and complaints for each 1,000 members and day."""
    journal = community.journal
    bad = sum(journal.total(name).sum() for name in ("exits", "mutes", "complaints"))
    return 1000.0 * float(bad / journal.total("members").sum())


@jit
class TestHearing:
    def test_without_lag_and_error_the_figures_are_those_of_yesterday(self):
        totals = play({}).journal.totals
        assert seen({})[0].exits == seen({})[0].trouble == 0.0
        for day in range(1, DAYS):
            observation = seen({})[day]
            for name in COUNTS:
                assert getattr(observation, name) == totals[day - 1][name], (day, name)
            week = totals[max(0, day - 7) : day]
            bad = sum(t["exits"] + t["mutes"] + t["complaints"] for t in week)
            members = sum(t["members"] for t in week)
            assert observation.trouble == pytest.approx(1000.0 * bad / members)
        for name in COUNTS:
            assert sum(total[name] for total in totals) > 5, name

    @pytest.mark.parametrize("lag", [1, 3, 10])
    def test_with_a_lag_they_are_those_of_so_many_days_before(self, lag):
        """Exactly; before there is anything to hear, nothing. The policy does not listen here."""
        late, now = seen({"listening.lag": lag}), seen({})
        for day in range(DAYS):
            for name in (*COUNTS, "trouble", "joins", "orders"):
                expected = getattr(now[day - lag], name) if day >= lag else 0.0
                assert getattr(late[day], name) == expected, (day, name)
            messages = now[day - lag].messages if day >= lag else np.zeros(1)
            assert np.array_equal(late[day].messages, messages)

    def test_an_error_is_a_lognormal_factor_of_what_is_heard(self):
        """ln(heard / true) has mean 0 and the SD given: about 200 draws, four standard errors."""
        true, heard = seen({}), seen({"listening.error": 0.5})
        logs = [
            math.log(getattr(h, name) / getattr(t, name))
            for t, h in zip(true, heard, strict=True)
            for name in (*COUNTS, "trouble")
            if getattr(t, name) > 0.0
        ]
        n = len(logs)
        assert n > 120
        assert abs(np.mean(logs)) < 4.0 * 0.5 / math.sqrt(n)
        assert abs(np.std(logs, ddof=1) - 0.5) < 4.0 * 0.5 / math.sqrt(2.0 * n)
        assert len(np.unique(np.round(logs, 9))) == n

    def test_a_smaller_error_is_the_same_error_made_smaller(self):
        """Common luck: ln(heard / true) is proportional to listening.error."""
        true = seen({})
        half, whole = seen({"listening.error": 0.25}), seen({"listening.error": 0.5})
        for t, h, w in zip(true, half, whole, strict=True):
            if t.trouble > 0.0:
                assert h.trouble**2 == pytest.approx(w.trouble * t.trouble)

    def test_its_own_books_are_not_heard_but_known(self):
        true, heard = seen({}), seen({"listening.error": 1.0})
        assert [o.orders for o in heard] == [o.orders for o in true]
        assert [o.joins for o in heard] == [o.joins for o in true]


def policy(proportional: bool, **values: float) -> Listening:
    """A listening policy with 4 promotions and 2 contents a day."""
    paths = {f"listening.{name}": value for name, value in values.items()}
    promos = {"policy.promos_per_day": 4.0, "policy.content_per_day": 2.0, "policy.topic": 0.9}
    parameters = Scenario.load("blank").with_values({**promos, **paths}).parameters
    return Listening(parameters.policy, parameters.listening, proportional)


def morning(trouble: float = 0.0, heard_topic: float = -1.0, seed: int = 1) -> Observation:
    zero = np.zeros(1)
    return Observation(
        seed, 1, zero, zero, 0.0, 0.0, 0.0, 0.0, 0.0, trouble=trouble, heard_topic=heard_topic,
        topics=(0.5,),
    )  # fmt: skip


def promos(plan) -> int:
    return sum(len(post.hours) for post in plan if post.kind == "promo")


class TestLoad:
    @pytest.mark.parametrize(("trouble", "load"), [(0.0, 1), (4.0, 1), (4.001, 0), (90.0, 0)])
    def test_the_switch(self, trouble, load):
        listening = policy(False, target=4.0)
        assert listening.load(trouble) == load
        assert promos(listening.plan(3, morning(trouble))) == 4 * load

    @pytest.mark.parametrize(
        ("gain", "trouble", "load"),
        [
            (1.0, 4.0, 1.0), (1.0, 0.0, 2.0), (1.0, 2.0, 1.5), (1.0, 6.0, 0.5), (1.0, 8.0, 0.0),
            (1.0, 99.0, 0.0), (0.5, 8.0, 0.5), (5.0, 0.0, 3.0), (0.0, 99.0, 1.0), (0.0, 0.0, 1.0),
        ],
    )  # fmt: skip
    def test_proportional(self, gain, trouble, load):
        listening = policy(True, target=4.0, gain=gain)
        assert listening.load(trouble) == pytest.approx(load)
        counts = [promos(listening.plan(day, morning(trouble))) for day in range(5)]
        assert counts == [4 * load] * 5

    def test_fractions_are_rounded_without_loss(self):
        """4 x 0.85 = 3.4 promotions a day: 3 or 4; mean of 400 days, five standard errors."""
        listening = policy(True, target=4.0, gain=1.0)
        counts = [promos(listening.plan(day, morning(4.6))) for day in range(400)]
        assert set(counts) == {3, 4}
        assert abs(np.mean(counts) - 3.4) < 5.0 * math.sqrt(0.24 / 400)

    @pytest.mark.parametrize("trouble", [0.0, 4.0, 99.0])
    def test_content_does_not_follow(self, trouble):
        for proportional in (False, True):
            plan = policy(proportional, target=4.0).plan(0, morning(trouble))
            assert [len(p.hours) for p in plan if p.kind == "content"] == [2]
            assert all(0.0 <= hour < 24.0 for post in plan for hour in post.hours)


class TestTopic:
    @pytest.mark.parametrize(
        ("gain", "heard", "topic"),
        [
            (0.0, 0.3, 0.9), (1.0, 0.3, 0.3), (0.5, 0.1, 0.0), (0.25, 0.1, 0.95), (0.5, 0.7, 0.8),
            (1.0, -1.0, 0.9),
        ],
    )  # fmt: skip
    def test_content_moves_the_short_way_round(self, gain, heard, topic):
        plan = policy(False, topic_gain=gain).plan(0, morning(heard_topic=heard))
        content = [post for post in plan if post.kind == "content"]
        assert len(content) == 1
        gap = (content[0].topic - topic + 0.5) % 1.0 - 0.5
        assert gap == pytest.approx(0.0, abs=1e-12)

    def test_a_group_topic_is_what_is_moved_where_there_is_no_own(self):
        listening = policy(False, topic_gain=0.5)
        listening.settings = replace(listening.settings, topic=-1.0)
        plan = listening.plan(0, morning(heard_topic=0.7))
        (content,) = [post for post in plan if post.kind == "content"]
        assert content.topic == pytest.approx(0.6)

    # Enthusiasts of topic 0.5, and an operator whose content is about something else.
    BESIDE = {
        **SWITCH,
        "group.seeding": "enthusiasts",
        "group.seed_members": 40,
        "group.topic": 0.5,
        "policy.topic": 0.1,
        "policy.promos_per_day": 0.0,
        "policy.content_per_day": 3.0,
        "listening.topic_gain": 0.0,
        "discovery.rate": 0.0,
        "invite.rate": 0.0,
        "invite.from_satisfaction": 0.0,
        "invite.from_belonging": 0.0,
    }

    @staticmethod
    def last_topics(community):
        messages = community.tables.messages[0]
        return messages["topic"][(messages["kind"] == CONTENT) & (messages["time"] > DAYS - 7)]

    @jit
    @pytest.mark.parametrize(
        ("gain", "low", "high"), [(0.0, 0.1, 0.1), (0.5, 0.25, 0.35), (1.0, 0.4, 0.6)]
    )
    def test_content_is_about_what_members_write_about(self, gain, low, high):
        """They write about their own topics, of which the mean is 0.5 and the spread 0.08."""
        topics = self.last_topics(play({**self.BESIDE, "listening.topic_gain": gain}))
        assert len(topics) > 10
        assert np.all((topics >= low - 1e-6) & (topics <= high + 1e-6))

    @jit
    def test_content_on_their_topic_keeps_members(self):
        """Could be otherwise: those who write need not be those who read, and the mean of many
        topics may be nobody's.
        """

        def habit(community):
            members = community.own_members
            here = np.isin(members["status"], (MEMBER, MUTED))
            return float(members["habit"][here].mean())

        assert surplus(habit, {**self.BESIDE, "listening.topic_gain": 1.0}, self.BESIDE) > ERRORS


@jit
class TestTrouble:
    @pytest.mark.parametrize("listens", [PROPORTIONAL, SWITCH])
    def test_who_listens_has_less_trouble_than_a_fixed_cadence(self, listens):
        """Could be otherwise: it is heard of when it is done, irritation lasts, and below the
        target the proportional policy promotes more than usual.
        """
        assert surplus(trouble, {}, listens) > ERRORS

    def test_a_target_beyond_all_trouble_makes_more_of_it(self):
        """The other side of the same controller: up to three times the promotions."""
        bold = {**PROPORTIONAL, "listening.target": 1000.0, "listening.gain": 5.0}
        assert surplus(trouble, bold, {}) > ERRORS

    def test_ablation_gain_0_is_the_fixed_cadence(self):
        deaf, cadence = play({**PROPORTIONAL, "listening.gain": 0.0}), play({})
        assert differing(deaf.own_members, cadence.own_members) == set()
        assert differing(deaf.tables.messages, cadence.tables.messages) == set()
        assert deaf.journal.operator == cadence.journal.operator

    def test_who_hears_of_it_late_has_more_trouble(self):
        """Could be otherwise: what is heard is the mean of a week anyway, and the annoyed leave."""
        quick, late = {**SWITCH}, {**SWITCH, "listening.lag": 10}
        assert surplus(trouble, late, quick) > ERRORS


LEARNING = {"listening.product_gain": 0.005, "listening.product_error": 0.0}


@jit
class TestProduct:
    def test_each_negative_message_heard_makes_it_better(self):
        """Exactly so much, up to the ceiling; what is heard is that of yesterday."""
        values = {**LEARNING, "listening.product_ceiling": 0.7}
        heard = play(values).journal.total("negative")
        expected, quality = [], 0.3
        for day in range(DAYS):
            if day > 0:
                quality = min(0.7, quality + 0.005 * heard[day - 1])
            expected.append(quality)
        assert np.allclose(qualities(values), expected, rtol=0.0, atol=1e-12)
        assert expected[2] < 0.7 == expected[-1]

    def test_a_lesson_misread_makes_it_worse(self):
        values = {**LEARNING, "listening.product_error": 1.0, "listening.product_gain": 0.001}
        steps = np.diff(qualities(values))
        heard = play(values).journal.total("negative")[:-1]
        assert np.allclose(steps, -0.001 * heard, rtol=0.0, atol=1e-12)
        assert steps.sum() < -0.05

    def test_lessons_are_misread_as_often_as_the_parameter_says(self):
        """Of about 450 days with something to hear: five standard errors (6e-7)."""
        values = {**LEARNING, "listening.product_error": 0.3, "listening.product_gain": 1e-4}
        steps = np.concatenate([np.diff(qualities(values, seed)) for seed in SEEDS])
        steps = steps[steps != 0.0]
        assert len(steps) > 300
        error = math.sqrt(0.21 / len(steps))
        assert abs((steps < 0.0).mean() - 0.3) < 5.0 * error

    @staticmethod
    def negative(community):
        """Bad opinions in the second half, as a share of what members wrote."""
        journal = community.journal
        written = float(journal.messages[DAYS // 2 :].sum())
        return float(journal.total("negative")[DAYS // 2 :].sum() / written)

    def test_a_better_product_makes_fewer_bad_opinions_and_a_worse_one_more(self):
        """Could be otherwise: expectations rise with the quality met, and what is judged is the
        difference; more orders are more occasions to be disappointed.
        """
        wrong = {**LEARNING, "listening.product_error": 1.0}
        assert surplus(self.negative, {}, LEARNING) > ERRORS
        assert surplus(self.negative, wrong, {}) > ERRORS

    def test_who_hears_nothing_learns_nothing(self):
        silent = {**LEARNING, "speak.mention": 0.0, "speak.mention_extreme": 0.0}
        silent |= {"speak.order_share": 0.0}
        assert play(silent).journal.total("orders_new").sum() > 10
        assert np.array_equal(qualities(silent), np.full(DAYS, 0.3))


@jit
def test_what_has_been_heard_and_learnt_survives_a_snapshot(tmp_path):
    values = {
        **PROPORTIONAL,
        "listening.lag": 3,
        "listening.error": 0.5,
        "listening.topic_gain": 0.5,
        "listening.product_gain": 0.005,
        "listening.product_error": 0.3,
        "listening.gain": 2.0,
    }
    settings = sq.Scenario.load("wechat-group").with_values({**ANNOYED, **values})
    first = sq.Community(settings, seed=5)
    for _ in range(12):
        first.step()
    first.save(tmp_path / "listening.npz")
    again = sq.Community.resume(tmp_path / "listening.npz")
    learnt = float(first.tables.operators[0]["quality"])
    assert learnt != 0.3
    assert float(again.tables.operators[0]["quality"]) == learnt
    for _ in range(10):
        one, other = first.observation(), again.observation()
        assert (one.trouble, one.heard_topic, one.negative) == (
            other.trouble, other.heard_topic, other.negative,
        )  # fmt: skip
        first.step()
        again.step()
    assert differing(first.tables.members, again.tables.members) == set()
    assert differing(first.tables.messages, again.tables.messages) == set()
    assert first.journal.operator == again.journal.operator
    assert first.tables.operators[0]["quality"] == again.tables.operators[0]["quality"] != learnt
