"""Policies that combine posts over time, and what a post can be besides content and promotion.

Every comparison of worlds is paired: both arms have the same seeds. Where one says "t > 4", the
mean of the 12 paired differences is more than four of its standard errors above 0; by chance that
happens with probability 0.001 (Student's t, 11 degrees of freedom).
"""

import numpy as np
import pytest

import shequn as sq
from shequn.agents import verbs
from shequn.agents.campaigns import (
    Bursts,
    Cadence,
    CommunityBuilding,
    ConferenceSelling,
    Listening,
    QuestionAndAnswer,
    WeeklyLoads,
    make_policy,
)
from shequn.agents.errors import PolicyError
from shequn.agents.policies import check_post
from shequn.agents.tables import (
    ASK,
    EVERYONE,
    EVIDENCE,
    NO_APPEAL,
    OPERATOR_AUTHOR,
    PROMO,
    TO_FACE,
    TO_QUALITY,
    TO_VALUE,
    blank_pages,
)
from shequn.model.day import publish
from shequn.model.parameters import Parameters
from shequn.model.parameters.levers import Listening as Ears
from shequn.model.parameters.operation import Policy
from tests.levers.steady import STEADY
from tests.paired import assert_same, community, t, tiers
from tests.planned import laid_out

SEEDS = range(1, 13)


def seen(*messages: float, **fields) -> sq.Observation:
    """What an operator sees of groups in which members write so many messages a day."""
    given = {"joins": 0.0, "exits": 0.0, "mutes": 0.0, "complaints": 0.0, "orders": 0.0}
    return sq.Observation(
        seed=fields.pop("seed", 1), groups=len(messages), members=np.full(len(messages), 50.0),
        messages=np.array(messages, dtype=float), **{**given, **fields},
    )  # fmt: skip


def kinds(posts) -> dict[str, int]:
    counts: dict[str, int] = {}
    for post in posts:
        counts[post.kind] = counts.get(post.kind, 0) + len(post.hours)
    return counts


def by_day(policy, kind: str, days: int) -> list[int]:
    return [kinds(policy.plan(day, seen(5.0))).get(kind, 0) for day in range(days)]


def rise(values: dict, one: dict, other: dict, days: int, *measures) -> list[float]:
    """Paired differences from one lever to another, in standard errors."""
    arms = [
        [community({**values, **lever}, seed, days) for seed in SEEDS] for lever in (one, other)
    ]
    found = [[np.array([measure(w) for w in arm]) for arm in arms] for measure in measures]
    return [t(after - before) for before, after in found]


class TestPlans:
    FULL = {
        "content_per_day": 2.0, "promos_per_day": 3.0, "asks_per_day": 1.0, "evidence_per_day": 1.0,
    }  # fmt: skip

    def test_bursts(self):
        policy = Bursts(Policy(**self.FULL, burst_days=2, burst_every=5))
        assert by_day(policy, "promo", 12) == [3, 3, 0, 0, 0, 3, 3, 0, 0, 0, 3, 3]
        assert by_day(policy, "content", 12) == [2] * 12
        assert by_day(policy, "evidence", 12) == [1] * 12
        assert sum(by_day(policy, "ask", 12)) == 0

    def test_bursts_of_the_whole_cycle_are_the_cadence(self):
        settings = Policy(**self.FULL, burst_days=5, burst_every=5)
        for day in range(7):
            assert Bursts(settings).plan(day, seen(5.0)) == Cadence(settings).plan(day, seen(5.0))

    def test_bursts_with_a_share_of_all_messages(self):
        settings = Policy(content_per_day=1.0, promo_share=0.5, burst_days=1, burst_every=3)
        assert by_day(Bursts(settings), "promo", 6) == [6, 0, 0, 6, 0, 0]

    def test_questions_come_on_top_of_the_cadence(self):
        settings = Policy(**self.FULL)
        posts = QuestionAndAnswer(settings).plan(0, seen(5.0))
        assert kinds(posts) == {"content": 2, "evidence": 1, "promo": 3, "ask": 1}
        assert posts[:-1] == Cadence(settings).plan(0, seen(5.0))
        assert posts[-1].overtness == 0.0

    def test_community_building_never_promotes(self):
        policy = CommunityBuilding(Policy(**self.FULL))
        assert sum(by_day(policy, "promo", 20)) == 0
        assert sum(by_day(policy, "ask", 20)) == 20
        assert sum(by_day(policy, "content", 20)) == 40
        shared = CommunityBuilding(Policy(content_per_day=2.0, promo_share=0.5))
        assert sum(by_day(shared, "promo", 20)) == 0

    def test_a_conference_warms_up_before_it_sells(self):
        policy = ConferenceSelling(Policy(**self.FULL, burst_days=2, burst_every=5))
        assert by_day(policy, "promo", 10) == [0, 0, 0, 3, 3, 0, 0, 0, 3, 3]
        assert by_day(policy, "evidence", 10) == [0, 0, 0, 1, 1, 0, 0, 0, 1, 1]
        assert by_day(policy, "ask", 10) == [1, 1, 1, 0, 0, 1, 1, 1, 0, 0]
        assert by_day(policy, "content", 10) == [2] * 10

    def test_loads_by_week_begin_again_after_twelve(self):
        loads = tuple(float(k % 4) for k in range(12))
        policy = WeeklyLoads(Policy(content_per_day=1.0, promos_per_day=9.0, loads=loads))
        promos = by_day(policy, "promo", 7 * 14)
        assert promos == [k % 12 % 4 for k in range(14) for _ in range(7)]

    @pytest.mark.parametrize("load", [0.25, 1.5])
    def test_fractions_of_a_load_add_up(self, load):
        policy = WeeklyLoads(Policy(content_per_day=0.0, loads=(load,) * 12))
        assert sum(by_day(policy, "promo", 84)) == round(84 * load)

    def test_evidence_shows_an_opinion_and_a_question_none(self):
        settings = Policy(**self.FULL, evidence_valence=0.7, overtness=0.3)
        posts = {p.kind: p for p in QuestionAndAnswer(settings).plan(0, seen(5.0))}
        assert posts["evidence"].valence == 0.7
        assert posts["evidence"].overtness == 0.3
        assert posts["ask"].valence == posts["content"].valence == posts["promo"].valence == 0.0

    @pytest.mark.parametrize("appeal", ["none", "quality", "value", "face"])
    def test_promotions_appeal_as_they_are_told_and_nothing_else_does(self, appeal):
        posts = QuestionAndAnswer(Policy(**self.FULL, appeal=appeal)).plan(0, seen(5.0))
        found = {post.kind: post.appeal for post in posts}
        expected = dict.fromkeys(("content", "ask", "evidence"), "none")
        assert found == {**expected, "promo": appeal}

    def test_the_topic_is_that_of_content_and_questions(self):
        posts = QuestionAndAnswer(Policy(**self.FULL, topic=0.25)).plan(0, seen(5.0))
        assert {p.kind: p.topic for p in posts if p.topic >= 0.0} == {"content": 0.25, "ask": 0.25}

    @pytest.mark.parametrize("name", ["bursts", "conference", "question-and-answer", "community"])
    def test_random_hours_are_other_hours_every_day_within_limits(self, name):
        settings = Policy(**self.FULL, name=name, hours="random", first_hour=8.0, last_hour=10.0)
        policy = make_policy(Parameters(policy=settings), None)
        days = [policy.plan(day, seen(5.0)) for day in (6, 20)]
        hours = [[hour for post in plan for hour in post.hours] for plan in days]
        assert hours[0] != hours[1]
        assert all(8.0 <= hour <= 10.0 for plan in hours for hour in plan)
        assert policy.plan(6, seen(5.0)) == days[0]
        assert policy.plan(6, seen(5.0, seed=2)) != days[0]


class TestListening:
    SETTINGS = Policy(content_per_day=1.0, promos_per_day=4.0)

    def promos(self, trouble: float, proportional: bool, **ears) -> list[int]:
        policy = Listening(self.SETTINGS, Ears(**ears), proportional)
        plans = [policy.plan(day, seen(5.0, trouble=trouble)) for day in range(400)]
        assert all(kinds(plan)["content"] == 1 for plan in plans)
        return [kinds(plan).get("promo", 0) for plan in plans]

    @pytest.mark.parametrize(("trouble", "load"), [(0.0, 4), (2.0, 4), (2.01, 0), (50.0, 0)])
    def test_the_switch_is_all_or_nothing_at_the_target(self, trouble, load):
        assert set(self.promos(trouble, False, target=2.0)) == {load}

    @pytest.mark.parametrize(
        ("trouble", "gain", "load"),
        [(2.0, 1.0, 1.0), (1.0, 1.0, 1.5), (3.0, 1.0, 0.5), (0.0, 1.0, 2.0), (9.0, 1.0, 0.0),
         (0.0, 9.0, 3.0), (2.5, 0.5, 0.875), (0.0, 0.0, 1.0), (9.0, 0.0, 1.0)],
    )  # fmt: skip
    def test_the_proportional_one_follows_the_gap(self, trouble, gain, load):
        """1 + gain x (target - trouble) / target, within 0 to 3; 400 days, the rounding has an SD
        of at most 1/2: five SD of the mean."""
        promos = self.promos(trouble, True, target=2.0, gain=gain)
        assert abs(np.mean(promos) - 4.0 * load) <= 5.0 * 0.5 / 20.0
        assert max(promos) - min(promos) <= 1

    def test_more_promotions_than_usual_are_posts_like_any_other(self):
        policy = Listening(self.SETTINGS, Ears(target=2.0), True)
        for post in policy.plan(3, seen(5.0, trouble=0.0)):
            check_post(post, "test")
            assert len(set(post.hours)) == len(post.hours)

    @pytest.mark.parametrize(
        ("gain", "heard", "topic"),
        [(0.0, 0.9, -1.0), (1.0, 0.9, 0.9), (0.5, 0.9, 0.7), (0.5, -1.0, -1.0), (0.25, 0.1, 0.4)],
    )
    def test_content_moves_to_what_members_write_about(self, gain, heard, topic):
        policy = Listening(self.SETTINGS, Ears(topic_gain=gain), False)
        (content,) = [
            post
            for post in policy.plan(0, seen(5.0, heard_topic=heard, topics=(0.5,)))
            if post.kind == "content"
        ]
        assert content.topic == pytest.approx(topic)

    def test_the_shorter_way_around_the_circle(self):
        settings = Policy(content_per_day=1.0, topic=0.9)
        policy = Listening(settings, Ears(topic_gain=0.5), False)
        (content,) = policy.plan(0, seen(5.0, heard_topic=0.1, topics=(0.5,)))
        assert min(content.topic, 1.0 - content.topic) == pytest.approx(0.0)

    def test_made_by_name(self):
        made = {
            name: make_policy(Parameters(policy=Policy(name=name)), None)
            for name in ("listening-switch", "listening-proportional")
        }
        assert not made["listening-switch"].proportional
        assert made["listening-proportional"].proportional


class TestPosts:
    """What of a post arrives in the group."""

    def message(self, room, post: sq.Post, audience: float = 1.0):
        world = room()
        (line,) = laid_out([post], 0, 1, np.array([0.25]), audience)
        publish(world.feed, world.group, line)
        return world.feed[1]

    def test_kind_opinion_and_author(self, room):
        message = self.message(room, sq.Post("evidence", (9.0,), valence=0.5))
        assert (message["kind"], message["author"]) == (EVIDENCE, OPERATOR_AUTHOR)
        assert (message["valence"], message["voice"]) == (0.5, 1.0)
        assert self.message(room, sq.Post("ask", (9.0,)))["kind"] == ASK

    @pytest.mark.parametrize(
        ("appeal", "number"),
        [("none", NO_APPEAL), ("quality", TO_QUALITY), ("value", TO_VALUE), ("face", TO_FACE)],
    )
    def test_appeal(self, room, appeal, number):
        assert self.message(room, sq.Post("promo", (9.0,), appeal=appeal))["appeal"] == number

    @pytest.mark.parametrize(
        ("own", "usual", "expected"), [(-1.0, 1.0, 1.0), (-1.0, 0.4, 0.4), (0.2, 0.4, 0.2)]
    )
    def test_audience_is_the_posts_own_or_the_usual_one(self, room, own, usual, expected):
        message = self.message(room, sq.Post("promo", (9.0,), audience=own), usual)
        assert message["audience"] == int(np.float32(expected) * EVERYONE)

    @pytest.mark.parametrize(("own", "expected"), [(-1.0, 0.25), (0.0, 0.0), (0.75, 0.75)])
    def test_topic_is_the_posts_own_or_that_of_the_group(self, room, own, expected):
        assert self.message(room, sq.Post("content", (9.0,), topic=own))["topic"] == expected

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"kind": "asks"}, "kind 'asks' is not one of .*did you mean 'ask'?"),
            ({"appeal": "fase"}, "appeal 'fase' is not one of .*did you mean 'face'?"),
            ({"appeal": None}, "appeal None is not one of"),
            ({"valence": -1.5}, "valence -1.5 is out of range; allowed: -1 to 1"),
            ({"valence": "good"}, "valence 'good' is out of range"),
            ({"audience": 1.1}, "audience 1.1 is out of range; allowed: -1 to 1"),
            ({"topic": 2.0}, "topic 2.0 is out of range; allowed: -1 to 1"),
            ({"valence": float("nan")}, "valence nan is out of range"),
        ],
    )
    def test_a_post_that_is_none_is_refused(self, fields, words):
        post = sq.Post(**{"kind": "promo", "hours": (9.0,), **fields})
        with pytest.raises(PolicyError, match=f"here: {words}"):
            check_post(post, "here")

    def test_evidence_is_an_opinion_and_an_exposure(self, room):
        world = room()
        world.post(author=OPERATOR_AUTHOR, kind=EVIDENCE, valence=0.5)
        verbs.read(
            world.members[0], 0, world.feed, world.group, world.visit, blank_pages(), world.p
        )
        assert (world.visit["opinion"], world.visit["opinion_weight"]) == (0.5, 1.0)
        assert (world.visit["exposures"], world.visit["promos"]) == (1.0, 0)

    def test_a_question_prompts_talk(self, room):
        """The talk clock runs down by talk x (1 + prompt x questions read) = 0.2 x 2.5."""
        world = room({"speak.prompt": 0.5})
        member = world.members[0]
        member["talk"], member["talk_clock"] = 0.2, 5.0
        for _ in range(3):
            world.post(author=OPERATOR_AUTHOR, kind=ASK)
        world.post(author=OPERATOR_AUTHOR, kind=PROMO, audience=EVERYONE)
        verbs.read(member, 0, world.feed, world.group, world.visit, blank_pages(), world.p)
        assert world.visit["asks"] == 3
        verbs.speak(member, 0, world.members, world.feed, world.group, world.visit, world.p)
        assert member["talk_clock"] == pytest.approx(5.0 - 0.2 * 2.5, rel=1e-6)

    def test_news_from_outside_is_no_post_of_a_policy(self):
        with pytest.raises(PolicyError, match="kind 'incident'"):
            check_post(sq.Post("incident", (9.0,)), "here")


# A group that answers when it is asked, buys now and then, and leaves when pushed.
GROUP = {
    **STEADY, "market.people": 200, "group.capacity": 200, "group.seed_fill": 0.0,
    "group.seed_members": 100, "discovery.rate": 0.0, "policy.promo_share": 0.0,
    **tiers(talk=0.02, need_rate=0.05, exit_rate=0.01),
}  # fmt: skip


def total(name: str):
    return lambda world: float(world.journal.total(name).sum())


def written(world) -> float:
    return world.summary["messages"]


def mean_of(name: str):
    def measure(world) -> float:
        members = world.own_members
        return float(members[name][(members["status"] == 1) | (members["status"] == 2)].mean())

    return measure


@pytest.mark.jit
class TestInWorlds:
    def test_questions_make_members_talk(self):
        """It could come out otherwise: prompted messages are answered by those who would have
        written anyway, and a crowded feed hides the next question."""
        asking = {**GROUP, "policy.name": "question-and-answer", "policy.asks_per_day": 2.0}
        (found,) = rise(asking, {"speak.prompt": 0.0}, {"speak.prompt": 1.0}, 20, written)
        assert found > 4.0

    def test_where_nothing_is_asked_a_prompt_changes_nothing(self):
        one, other = (community({**GROUP, "speak.prompt": x}, 1, 10) for x in (0.0, 1.0))
        assert_same(one, other)

    def test_evidence_wins_opinion_and_irritates(self):
        """Opposing: it is an opinion and an exposure, and it is persuasion."""
        proof = {**GROUP, "policy.promos_per_day": 1.0, "policy.overtness": 1.0}
        attitude, aware, irritation = rise(
            proof, {}, {"policy.evidence_per_day": 2.0}, 20,
            mean_of("attitude"), mean_of("awareness"), mean_of("irritation"),
        )  # fmt: skip
        assert attitude > 4.0
        assert aware > 4.0
        assert irritation > 4.0

    def test_evidence_for_who_does_not_conform_changes_no_opinion(self):
        mind = {**GROUP, **tiers(conformity=0.0), "policy.evidence_per_day": 2.0}
        members = community(mind, 1, 15).own_members
        assert (members["attitude"] == 0.0).all()
        assert members["awareness"].max() > 1.0

    def test_an_element_that_is_off_shows_none(self):
        values = {**GROUP, "policy.evidence_per_day": 2.0, "elements.evidence": False}
        one, other = community(values, 1, 10), community(GROUP, 1, 10)
        assert_same(one, other)

    def test_who_listens_stops_pushing_and_loses_fewer(self):
        """It could come out otherwise: trouble is heard only after the members have left."""
        pushing = {
            **GROUP, "policy.promos_per_day": 8.0, "stay.scale": 0.01, "listening.target": 20.0,
        }  # fmt: skip
        exits, pushed = rise(
            pushing, {}, {"policy.name": "listening-switch"}, 40,
            total("exits"), lambda world: float(world.journal.operator_column("promos").sum()),
        )  # fmt: skip
        assert exits < -4.0
        assert pushed < -4.0

    def test_with_a_target_never_reached_it_is_the_cadence(self):
        values = {**GROUP, "policy.promos_per_day": 4.0, "listening.target": 1000.0}
        arms = [
            community({**values, "policy.name": name}, 1, 15)
            for name in ("cadence", "listening-switch")
        ]
        assert_same(*arms)

    def test_listening_brings_content_nearer_to_those_who_write(self):
        """Members of one corner of the circle, content of the opposite one: relevance and so habit
        rise when content moves. Talk follows content by replies, so it need not."""
        corner = {
            **GROUP, "policy.name": "listening-switch", "policy.topic": 0.0,
            "listening.target": 1000.0, "group.seeding": "enthusiasts", "market.people": 300,
            "group.seed_members": 60, **tiers(talk=0.1),
        }  # fmt: skip
        (found,) = rise(
            corner, {"listening.topic_gain": 0.0}, {"listening.topic_gain": 1.0}, 20,
            mean_of("habit"),
        )  # fmt: skip
        assert found > 4.0
