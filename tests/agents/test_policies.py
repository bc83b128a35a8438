"""Posting policies: what each built-in one plans, and what becomes of one that is no good."""

import gc
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import shequn as sq
from shequn.agents.campaigns import (
    Bombardment,
    Broadcast,
    Cadence,
    NoMarketing,
    PrizeCampaign,
    Schedule,
    make_policy,
)
from shequn.agents.own_policy import read_source
from shequn.agents.planning import spread_hours, whole_number
from shequn.agents.policies import PostingPolicy, check_post
from shequn.agents.tables import CONTENT, PRIZE, PROMO
from shequn.model.parameters import Parameters
from shequn.model.parameters.operation import POLICIES, Policy
from tests.files import POLICIES as SOURCES
from tests.planned import laid_out


def seen(*messages: float, seed: int = 1) -> sq.Observation:
    """What an operator sees of groups in which members write so many messages a day."""
    return sq.Observation(
        seed=seed, groups=len(messages), members=np.full(len(messages), 50.0),
        messages=np.array(messages, dtype=float), joins=0.0, exits=0.0, mutes=0.0,
        complaints=0.0, orders=0.0,
    )  # fmt: skip


def kinds(posts) -> dict[str, int]:
    """Posts of each kind in all groups together, a post to all counting once."""
    counts: dict[str, int] = {}
    for post in posts:
        counts[post.kind] = counts.get(post.kind, 0) + len(post.hours)
    return counts


def hours(count: int, first: float, last: float) -> list[float]:
    """Evenly spread hours."""
    found = np.zeros(count)
    spread_hours(count, first, last, found)
    return found.tolist()


class TestHoursAndNumbers:
    def test_hours_are_the_middles_of_equal_parts(self):
        assert hours(4, 8.0, 16.0) == [9.0, 11.0, 13.0, 15.0]
        assert hours(0, 8.0, 16.0) == []

    def test_no_hour_is_beyond_the_day(self):
        for post_hour in (*hours(3, 24.0, 24.0), *hours(1000, 0.0, 24.0)):
            check_post(sq.Post("content", (post_hour,)), "test")

    @pytest.mark.parametrize("rate", [0.0, 0.1, 1 / 3, 1.0, 2.5, 7.0])
    def test_fractions_of_a_post_add_up(self, rate):
        due = [whole_number(rate, day) for day in range(300)]
        assert sum(due) == round(rate * 300)
        assert max(due) - min(due) <= 1


class TestCadence:
    def test_content_every_day(self):
        settings = Policy(content_per_day=2.0, first_hour=9.0, last_hour=21.0, content_quality=0.7,
                          content_length=33.0)  # fmt: skip
        posts = Cadence(settings).plan(0, seen(0.0))
        assert posts == [sq.Post("content", (12.0, 18.0), 0.7, 0.0, 33.0)]

    def test_promotions_by_day(self):
        settings = Policy(content_per_day=0.5, promos_per_day=1.5, overtness=0.25)
        plans = [kinds(Cadence(settings).plan(day, seen(9.0))) for day in range(4)]
        assert [plan.get("content", 0) for plan in plans] == [0, 1, 0, 1]
        assert [plan.get("promo", 0) for plan in plans] == [1, 2, 1, 2]

    @pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
    def test_promotions_by_share(self, share):
        """Of members' messages, content and promotions together, promotions are the share.

        Rounding adds at most half a promotion (SD) to each of 500 days: five SD of the mean.
        """
        cadence = Cadence(Policy(content_per_day=2.0, promo_share=share))
        plans = [kinds(cadence.plan(day, seen(6.0))) for day in range(500)]
        promos = np.mean([plan.get("promo", 0) for plan in plans])
        expected = share / (1 - share) * 8.0
        assert abs(promos - expected) < 5 * 0.5 / np.sqrt(500)
        assert promos / (promos + 8.0) == pytest.approx(share, rel=0.15)

    def test_each_group_gets_its_own_share(self):
        posts = Cadence(Policy(content_per_day=0.0, promo_share=0.5)).plan(3, seen(0.0, 4.0, 40.0))
        assert {post.group: len(post.hours) for post in posts} == {1: 4, 2: 40}

    def test_groups_alike_get_the_same_promotions_on_the_same_days(self):
        """One piece of work serves them all: no group gets one on a day when the others do not."""
        cadence = Cadence(Policy(content_per_day=1.0, promo_share=0.1))
        plans = [cadence.plan(day, seen(3.0, 3.0, 3.0)) for day in range(60)]
        days = [[len(p.hours) for p in plan if p.kind == "promo"] for plan in plans]
        assert all(day in ([], [1, 1, 1]) for day in days)
        assert 10 < sum(map(bool, days)) < 50

    def test_rounding_depends_on_seed_and_day_alone(self):
        cadence = Cadence(Policy(content_per_day=0.0, promo_share=0.5))
        alone = [kinds(cadence.plan(day, seen(0.5))) for day in range(50)]
        among = [cadence.plan(day, seen(0.5, 7.3)) for day in range(50)]
        assert alone == [kinds(post for post in plan if post.group == 0) for plan in among]
        assert alone != [kinds(cadence.plan(day, seen(0.5, seed=2))) for day in range(50)]

    def test_there_is_a_most(self):
        posts = Cadence(Policy(content_per_day=0.0, promo_share=0.99)).plan(0, seen(1e6))
        assert kinds(posts) == {"promo": Cadence.MOST_PROMOS}

    def test_share_1_is_nothing_but_promotions(self):
        posts = Cadence(Policy(content_per_day=3.0, promo_share=1.0)).plan(0, seen(5.0))
        assert kinds(posts) == {"promo": 3}

    def test_nothing_asked_is_nothing_posted(self):
        assert Cadence(Policy(content_per_day=0.0)).plan(0, seen(5.0)) == []


class TestOnePieceOfWorkForAllGroups:
    """Where groups are alike, every policy posts to all of them what it posts to one."""

    @pytest.mark.parametrize(
        "name", [name for name in POLICIES if name not in ("schedule", "file")]
    )
    @pytest.mark.parametrize("promos", [{"promos_per_day": 3 / 7}, {"promo_share": 0.15}])
    def test_what_has_to_be_made_is_what_one_group_gets(self, name, promos):
        settings = Policy(name=name, evidence_per_day=0.5, **promos)
        policy = make_policy(Parameters(policy=settings), None)
        for day in range(40):
            posts = policy.plan(day, seen(5.0, 5.0, 5.0))
            counts = np.zeros((3, 5), int)
            for post in posts:
                rows = slice(None) if post.group < 0 else post.group
                counts[rows, KINDS.index(post.kind)] += len(post.hours)
            assert (counts == counts[0]).all(), day


KINDS = ("content", "promo", "prize", "ask", "evidence")


class TestOtherPolicies:
    def test_broadcast_splits_its_posts_and_posts_within_the_hour(self):
        broadcast = Broadcast(Policy(content_per_day=4.0, promo_share=0.25, first_hour=8.0))
        posts = broadcast.plan(5, seen(100.0))
        assert kinds(posts) == {"content": 3, "promo": 1}
        assert all(8.0 <= hour < 9.0 for post in posts for hour in post.hours)

    def test_broadcast_late_at_night(self):
        posts = Broadcast(Policy(content_per_day=4.0, first_hour=24.0, last_hour=24.0)).plan(
            0, seen(1)
        )
        assert all(hour < 24.0 for post in posts for hour in post.hours)

    def test_a_prize_campaign_has_a_start_and_a_stop(self):
        settings = Policy(content_per_day=1.0, prizes_per_day=2.0, prize_value=7.0,
                          prize_start=3.0, prize_stop=5.0)  # fmt: skip
        plans = [PrizeCampaign(settings).plan(day, seen(1.0)) for day in range(8)]
        assert [kinds(plan).get("prize", 0) for plan in plans] == [0, 0, 0, 2, 2, 0, 0, 0]
        assert [kinds(plan)["content"] for plan in plans] == [1] * 8
        assert plans[3][-1].prize == 7.0

    def test_no_marketing(self):
        assert NoMarketing().plan(0, seen(1.0)) == []

    def test_bombardment_is_hard_sell_around_the_clock(self):
        posts = Bombardment(Policy()).plan(0, seen(1.0))
        assert kinds(posts) == {"promo": 30}
        assert posts[0].overtness == 1.0
        assert posts[0].hours[0] < 1.0
        assert posts[0].hours[-1] > 23.0
        assert kinds(Bombardment(Policy(promos_per_day=4.0)).plan(0, seen(1.0))) == {"promo": 4}

    @pytest.mark.parametrize("name", [n for n in POLICIES if n not in ("file", "schedule")])
    def test_every_built_in_policy_is_made_by_its_name(self, name):
        policy = make_policy(Parameters(policy=Policy(name=name)), Path())
        assert isinstance(policy, PostingPolicy)
        for post in policy.plan(0, seen(3.0, 0.0)):
            check_post(post, "test")


class TestSchedule:
    @staticmethod
    def table(tmp_path: Path, text: str) -> Path:
        path = tmp_path / "plan.csv"
        path.write_text(text, encoding="utf-8")
        return path

    def test_posts_come_on_their_day_and_again(self, tmp_path):
        path = self.table(
            tmp_path,
            "day,hour,kind,every,quality,overtness,length,prize,group\n"
            "0,9,content,,,,,,\n"
            "2,20.5,promo,3,0.25,0.5,12,,1\n"
            "4,12,prize,,,,,30,\n",
        )
        plans = [Schedule(path).plan(day, seen(1.0, 1.0)) for day in range(9)]
        promo = sq.Post("promo", (20.5,), 0.25, 0.5, 12.0, 0.0, 1)
        assert plans[0] == [sq.Post("content", (9.0,))]
        assert [promo in plan for plan in plans] == [day in (2, 5, 8) for day in range(9)]
        assert plans[4] == [sq.Post("prize", (12.0,), prize=30.0)]
        assert plans[1] == plans[3] == []

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "line 1: no column day, hour, kind"),
            ("day,hour\n1,2\n", "line 1: no column kind"),
            ("day,hour,kind,qality\n1,2,promo,1\n", "line 1: 'qality'.*did you mean 'quality'"),
            ("day,hour,kind\n1,2,promo\nx,2,promo\n", "line 3: not a number: .*'x'"),
            (
                "day,hour,kind\n1,25,promo\n",
                r"line 2: hour 25\.0 is out of range; allowed: 0 to 24",
            ),
            ("day,hour,kind\n1,24,promo\n", r"line 2: hour 24\.0 is out of range"),
            ("day,hour,kind\n1,nan,promo\n", "line 2: hour nan is out of range"),
            ("day,hour,kind\n1,2,prom\n", "line 2: kind 'prom' is not one of .*'promo'"),
            ("day,hour,kind\n1,2\n", "line 2: kind '' is not one of"),
            ("day,hour,kind,group\n1,2,promo,1.5\n", r"line 2: not a number: .*'1\.5'"),
            ("day,hour,kind,group\n1,2,promo,-3\n", "line 2: group -3 is no row"),
            ("day,hour,kind,every\n1,2,promo,-3\n", "line 2: day and every must be 0 or more"),
            ("day,hour,kind,overtness\n1,2,promo,3\n", r"line 2: overtness 3\.0 is out of range"),
        ],
    )
    def test_a_bad_table_is_refused_with_its_line(self, tmp_path, text, words):
        path = self.table(tmp_path, text)
        with pytest.raises(sq.PolicyError, match=words) as caught:
            Schedule(path)
        assert str(path) in str(caught.value)

    def test_a_table_that_is_not_there(self, tmp_path):
        with pytest.raises(sq.PolicyError, match=r"cannot read schedule .*nope\.csv: No such file"):
            Schedule(tmp_path / "nope.csv")

    def test_a_table_that_is_no_text(self, tmp_path):
        path = tmp_path / "plan.csv"
        path.write_bytes(b"day,hour,kind\n\xff\xfe\n")
        with pytest.raises(sq.PolicyError, match="cannot read schedule"):
            Schedule(path)


class TestExpand:
    TOPICS = np.array([0.1, 0.2, 0.3], np.float32)

    def test_a_post_to_all_groups_and_one_to_a_single_group(self):
        posts = [
            sq.Post("promo", (20.0, 6.0), 0.4, 0.5, 11.0),
            sq.Post("prize", (12.0,), prize=9.0, group=1, topic=0.75),
        ]
        plan = laid_out(posts, 10, 3, self.TOPICS)
        assert plan["group"].tolist() == [0, 0, 1, 1, 1, 2, 2]
        assert plan["time"].tolist() == [10.25, 10 + 20 / 24, 10.25, 10.5, 10 + 20 / 24, 10.25,
                                         10 + 20 / 24]  # fmt: skip
        assert plan["kind"].tolist() == [PROMO, PROMO, PROMO, PRIZE, PROMO, PROMO, PROMO]
        assert np.allclose(plan["topic"], [0.1, 0.1, 0.2, 0.75, 0.2, 0.3, 0.3])
        assert np.allclose(plan["prize"], [0, 0, 0, 9, 0, 0, 0])
        assert np.allclose(plan["overtness"], [0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5])

    def test_a_post_to_a_group_that_is_not_open_is_dropped(self):
        assert len(laid_out([sq.Post("content", (9.0,), group=3)], 0, 3, self.TOPICS)) == 0
        assert len(laid_out([sq.Post("content", (9.0,))], 0, 0, self.TOPICS[:0])) == 0

    def test_the_topic_is_a_position_on_the_circle(self):
        plan = laid_out([sq.Post("content", (9.0,), topic=1.0)], 0, 1, self.TOPICS)
        assert plan["topic"][0] % 1.0 == 0.0
        assert plan["kind"][0] == CONTENT


class Fixed:
    """Plans what it was given."""

    def __init__(self, answer):
        self.answer = answer

    def plan(self, day, observation):
        return self.answer(day) if callable(self.answer) else self.answer


def community_with(answer, **values) -> sq.Community:
    small = {"market.people": 4, "group.seed_members": 2, "policy.name": "none"}
    community = sq.Community(sq.Scenario.load("blank").with_values({**small, **values}))
    community.operator.policy = Fixed(answer)
    return community


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "day 0: None is no list of posts"),
        ("promo", "day 0: 'promo' is no list of posts"),
        (7, "day 0: 7 is no list of posts"),
        (["promo"], "day 0: post 1: 'promo' is no Post"),
        ([sq.Post("content", (9.0,)), sq.Post("Promo", (9.0,))],
         "day 0: post 2: kind 'Promo' is not one of content, promo, prize, ask, evidence; did you "
         "mean 'promo'"),
        ([sq.Post("promo", 9.0)], r"hours 9\.0 is no tuple of hours"),
        ([sq.Post("promo", ("nine",))], "hour 'nine' is out of range"),
        ([sq.Post("promo", (-0.5,))], r"hour -0\.5 is out of range; allowed: 0 to 24"),
        ([sq.Post("promo", (24.0,))], r"hour 24\.0 is out of range"),
        ([sq.Post("promo", (9.0,), overtness=2.0)], r"overtness 2\.0 is out of range; allowed: 0"),
        ([sq.Post("promo", (9.0,), quality=float("nan"))], "quality nan is out of range"),
        ([sq.Post("promo", (9.0,), length=None)], "length None is out of range"),
        ([sq.Post("promo", (9.0,), prize=-1.0)], r"prize -1\.0 is out of range"),
        ([sq.Post("promo", (9.0,), topic=1.5)], r"topic 1\.5 is out of range"),
        ([sq.Post("promo", (9.0,), group="x")], "group 'x' is no row of a group"),
        ([sq.Post("promo", (9.0,), group=-2)], "group -2 is no row of a group"),
    ],
)  # fmt: skip
def test_a_plan_that_is_none_is_refused_with_its_place(answer, words):
    with pytest.raises(sq.PolicyError, match=words) as caught:
        community_with(answer).step()
    assert str(caught.value).startswith("policy Fixed: day 0")


def test_a_policy_that_raises_is_named_with_its_day():
    def late(day):
        if day == 2:
            raise KeyError("budget")
        return []

    community = community_with(late)
    community.step()
    community.step()
    with pytest.raises(sq.PolicyError, match=r"policy Fixed: day 2: KeyError: 'budget'") as caught:
        community.step()
    assert isinstance(caught.value.__cause__, KeyError)


def test_posts_are_published_at_their_time():
    community = community_with(
        [sq.Post("promo", (18.0, 6.0), 0.25, 0.5, 10.0), sq.Post("content", (12.0,))]
    )
    community.step()
    feed = community.tables.messages[0][1:4]
    assert feed["time"].tolist() == [0.25, 0.5, 0.75]
    assert feed["kind"].tolist() == [PROMO, CONTENT, PROMO]
    assert feed["author"].tolist() == [-1, -1, -1]
    assert feed["root"].tolist() == [1, 2, 3]
    assert (community.daily.query("tier == 'all'")[["contents", "promos"]] == [1, 2]).all(axis=None)


MINE = '''"""A policy of a user's own."""
import shequn as sq


class Every:
    def __init__(self):
        self.days = []

    def plan(self, day, observation):
        self.days.append(day)
        return [sq.Post("content", (10.0,), quality=0.9)] if observation.groups else []


class Broken:
    def __init__(self):
        raise OSError("no price list")

    def plan(self, day, observation):
        return []


class Idle:
    pass
'''


class TestOwnFile:
    def test_threads_may_read_it_at_once(self, tmp_path):
        path = tmp_path / "mine.py"
        path.write_text(SOURCES, encoding="utf-8")
        # The collector runs every few objects, and lets other threads go on.
        gc.callbacks.append(lambda *_: time.sleep(0))
        before = gc.get_threshold()
        gc.set_threshold(100)
        try:
            with ThreadPoolExecutor(4) as pool:
                for read in [pool.submit(read_source, path, "Quiet") for _ in range(200)]:
                    assert read.result() == SOURCES
        finally:
            gc.callbacks.pop()
            gc.set_threshold(*before)

    @staticmethod
    def values(class_name: str, file: str = "mine.py") -> dict:
        return {"policy.name": "file", "policy.file": file, "policy.class_name": class_name}

    @pytest.fixture
    def blank(self, scenario_file) -> sq.Scenario:
        """A blank scenario in whose folder mine.py lies."""
        scenario_file(MINE, "mine.py")
        path = scenario_file('extends = "blank"\n[market]\npeople = 4\n[group]\nseed_members = 2\n')
        return sq.Scenario.load(path)

    def test_a_class_of_ones_own_plans_the_days(self, blank):
        community = sq.Community(blank.with_values(self.values("Every")))
        for _ in range(3):
            community.step()
        assert community.operator.policy.days == [0, 1, 2]
        assert community.journal.operator_column("contents").tolist() == [1.0, 1.0, 1.0]

    @pytest.mark.parametrize(
        ("class_name", "words"),
        [
            ("Evry", "no class 'Evry' with a method plan; did you mean 'Every'"),
            ("Idle", "no class 'Idle' with a method plan$"),
            ("", "policy 'file' needs the name of a class"),
        ],
    )
    def test_a_class_that_cannot_be_used(self, blank, class_name, words):
        with pytest.raises(sq.ScenarioError, match=words):
            blank.with_values(self.values(class_name))

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("class Mine(:\n", "line 1: invalid syntax"),
            ("x = (\n" * 300, "line 2"),
            ("\0", "is no Python|null bytes"),
            ("class Other:\n    def plan(self): ...\n", "no class 'Mine' with a method plan"),
            ("class Mine:\n    def plans(self): ...\n", "no class 'Mine' with a method plan"),
        ],
    )
    def test_a_file_that_cannot_be_used(self, blank, scenario_file, text, words):
        path = scenario_file(text, "bad.py")
        with pytest.raises(sq.ScenarioError, match=words) as caught:
            blank.with_values(self.values("Mine", "bad.py"))
        assert str(path) in str(caught.value)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("import no_such_module_at_all\n", "ModuleNotFoundError"),
            ("1 / 0\n", "ZeroDivisionError"),
            ("raise SystemExit(0)\n", "SystemExit"),
            ("Mine = 7\n", "no class 'Mine' with a method plan"),
        ],
    )
    def test_a_file_that_cannot_be_run(self, blank, scenario_file, text, words):
        mine = "class Mine:\n    def plan(self, day, seen):\n        return []\n"
        path = scenario_file(mine + text, "bad.py")
        scenario = blank.with_values(self.values("Mine", "bad.py"))
        with pytest.raises(sq.PolicyError, match=words) as caught:
            sq.Community(scenario)
        assert str(path) in str(caught.value)

    def test_an_object_that_cannot_be_made(self, blank):
        scenario = blank.with_values(self.values("Broken"))
        with pytest.raises(sq.PolicyError, match="OSError: no price list"):
            sq.Community(scenario)

    def test_looking_at_a_scenario_runs_nothing(self, blank, scenario_file, tmp_path):
        trace = f"open({str(tmp_path / 'trace')!r}, 'w').close()\n"
        scenario_file(MINE + trace, "mine.py")
        scenario = blank.with_values(self.values("Every"))
        assert not (tmp_path / "trace").exists()
        sq.Community(scenario)
        assert (tmp_path / "trace").exists()
        assert not list(tmp_path.rglob("__pycache__"))

    @pytest.mark.parametrize(
        "text",
        ["from elsewhere import Mine\n", "Mine = make()\n", "class Mine(Base):\n    x = 1\n"],
    )
    def test_a_class_whose_method_cannot_be_seen_is_left_to_the_run(
        self, blank, scenario_file, text
    ):
        scenario_file(text, "bad.py")
        blank.with_values(self.values("Mine", "bad.py"))

    def test_a_file_that_is_not_there(self, blank):
        with pytest.raises(sq.ScenarioError, match=r"cannot read policy file .*nope\.py"):
            blank.with_values(self.values("Mine", "nope.py"))

    def test_a_policy_with_a_file_needs_one(self, blank):
        with pytest.raises(sq.ScenarioError, match="policy 'schedule' needs a file"):
            blank.with_values({"policy.name": "schedule"})
