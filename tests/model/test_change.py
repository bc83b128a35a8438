"""Other values in a living community: every parameter either has an effect or is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from shequn.agents.errors import ScenarioError
from shequn.agents.tables import WAITING
from shequn.model.arguments import ENGINES
from shequn.model.change import FIXED, why_fixed
from shequn.model.community import Community
from shequn.model.parameters import Declaration, declared
from shequn.model.scenario import Scenario
from tests.levers.steady import STEADY

DAY, FURTHER = 6, 4
# A small world in which nearly everything goes on that can.
BUSY = {
    **STEADY,
    "market.people": 150,
    "market.rivals": 1,
    "group.capacity": 60,
    "group.talk": 3.0,
    "group.overflow": "wait",
    "group.alert": 0.5,
    "group.glance": 0.5,
    "group.mention": 0.5,
    "group.call": 0.5,
    "group.found": 0.02,
    "policy.calls_per_week": 3.0,
    "group.message_life": 5.0,
    "discovery.rate": 0.05,
    "discovery.ad_budget": 20.0,
    "discovery.in_need": 0.5,
    "rhythm.linger": 0.6,
    "rhythm.lively": 40.0,
    "read.depth": 0.5,
    "read.seconds": 60.0,
    "feel.habit_start": 0.6,
    "feel.habit_gain": 0.2,
    "feel.habit_loss": 0.2,
    "feel.habit_empty": 0.01,
    "feel.habit_half_life": 30.0,
    "feel.regularity": 1.0,
    "spread.habit_half_life": 0.5,
    "speak.question_share": 0.6,
    "speak.conversation": 0.3,
    "speak.reserve": 0.05,
    "speak.order_share": 0.5,
    "speak.reply_share": 0.5,
    "speak.mention": 0.5,
    "buy.constant": 3.0,
    "buy.reminder_overtness": 0.5,
    "product.quality": -0.5,
    "invite.rate": 1.0,
    "invite.reward": 5.0,
    "invite.gift": 2.0,
    "invite.refractory": 0.0,
    "stay.scale": 0.05,
    "stay.attitude": 1.0,
    "stay.mute_rate": 0.1,
    "stay.silent": 0.05,
    "rhythm.minutes": 20.0,
    "speak.effort": 1.0,
    "policy.promo_share": 0.2,
    "policy.evidence_per_day": 1.0,
    "policy.appeal": "quality",
    "targeting.audience": 0.5,
    "coupon.value": 9.0,
    "desk.staff": 1.0,
    "desk.service_time": 60.0,
    "desk.target": 200.0,
    "desk.follow_up": 0.5,
    "incident.rate": 1.0,
    "incident.from_complaint": 0.5,
    "incident.response": "apology",
    "incident.delay": 10.0,
    "control.intensity": 0.3,
    "onboarding.ties": 2.0,
    "event.every": 2,
    "event.timing": "random",
    "event.pull": 2.0,
    "event.places": 3.0,
    "event.notice": 4,
    "forward.rate": 1.0,
    "forward.reward": 1.0,
    "forward.contacts": 2,
    "listening.error": 0.1,
    "listening.lag": 1,
    "listening.product_gain": 0.1,
    "channels.1.name": "first",
    "channels.2.group.capacity": 15,
    **{f"tiers.{tier}.need_rate": 0.3 for tier in ("high", "middle", "base")},
}
COMPLAINING = {
    "product.quality": 0.2, "listening.product_gain": 0.0, "speak.mention": 1.0,
    "speak.question_share": 0.1,
    "speak.reply_share": 0.1,
}  # fmt: skip
# What a value needs to matter, and where half or double of it would not: a value that does.
NEEDS: dict[str, Mapping[str, Any]] = {
    "policy.prize": {"policy.name": "prize-campaign", "policy.prizes_per_day": 2.0},
    "read.prize_weight": {"policy.name": "prize-campaign", "policy.prizes_per_day": 2.0},
    "discovery.prize_pull": {"policy.name": "prize-campaign", "policy.prizes_per_day": 2.0},
    "policy.asks_per_day": {"policy.name": "question-and-answer"},
    "speak.prompt": {"policy.name": "question-and-answer", "policy.asks_per_day": 4.0},
    "policy.burst": {"policy.name": "bursts"},
    "policy.loads": {"policy.name": "weekly-loads", "policy.promo_share": 0.0},
    "policy.promos_per_day": {"policy.promo_share": 0.0},
    "policy.imitation": {
        "discovery.rate": 0.0, "discovery.ad_budget": 0.0, "invite.rate": 0.0,
        "rivals.1.policy.content_per_day": 9.0, "rivals.1.discovery.rate": 0.1,
        "rivals.1.group.capacity": 150,
    },
    "policy.file": {"policy.name": "file", "policy.file": "one.py", "policy.class_name": "Talker"},
    "policy.class_name": {
        "policy.name": "file", "policy.file": "one.py", "policy.class_name": "Talker",
    },
    "listening.t": {"policy.name": "listening-proportional"},
    "listening.gain": {"policy.name": "listening-proportional", "listening.target": 50.0},
    "incident.empathy": {"incident.response": "empathy"},
    "incident.compensation": {"incident.response": "compensation"},
    "incident.private": {"incident.response": "private"},
    "speak.complaint": COMPLAINING,
    "incident.from": COMPLAINING,
    "group.overflow": {"market.rivals": 0, "group.capacity": 20},
    "group.placement": {"group.capacity": 150, "channels.2.group.capacity": 150},
    "group.mixing": {
        "group.assignment": "topic", "group.capacity": 150, "channels.2.group.capacity": 150,
    },
    "product.focus": {"product.topic": 0.3},
    "desk.time_share": {"desk.pay": "shared"},
    "speak.effort": {"rhythm.minutes": 5.0},
    "group.peers_post": {"control.intensity": 0.0, "incident.from_complaint": 0.0},
}  # fmt: skip
OTHER = {
    "market.neighbourhood": 10,
    "group.placement": "emptiest",
    "group.message_life": 0.01,
    "policy.name": "bombardment",
    "policy.file": "two.py",
    "policy.class_name": "Silent",
    "policy.prize_start": 50.0,
    "policy.prize_stop": DAY,
    "policy.burst_days": 14,
    "policy.burst_every": 3,
    "invite.refractory": math.inf,
    "invite.trust": 1.0,
    "invite.clicks": 30,
    "speak.most_posts": 1,
    "speak.mention_extreme": 1.0,
    "incident.from_complaint": 0.0,
    "invite.reward_start": 100.0,
    "invite.reward_stop": DAY,
    "coupon.start": 100.0,
    "coupon.stop": DAY,
    "incident.day": DAY + 1.0,
    "event.places": 1.0,
    "speak.complaint_threshold": 0.9,
    "desk.target": 1.0,
    "desk.patience": 0.01,
    "product.quality": 5.0,
    "product.topic": 0.3,
    **{path: 0.1 for path in declared() if path.startswith("correlation.")},
    "rhythm.need": 5.0,
    "policy.topic": 0.9,
    "listening.target": 1000.0,
    "group.capacity": 21,
}
CLASS = """\
from shequn import Post

class Talker:
    def plan(self, day, seen):
        return [Post("content", ({hour},))]

class Silent:
    def plan(self, day, seen):
        return []
"""


def steps(community: Community, days: int) -> Community:
    for _ in range(days):
        community.step()
    return community


def state(community: Community) -> tuple[bytes, ...]:
    """Everything that decides how it goes on, and the record so far."""
    journals = [operator.journal for operator in community.operators]
    return (
        *(array.tobytes() for array in community.tables),
        community.invitation_log.tobytes(),
        *(numbers.tobytes() for journal in journals for numbers in journal.tallies),
        repr([journal.operator for journal in journals]).encode(),
        repr(community.summary).encode(),
    )


def another(about: Declaration, value: Any) -> Any:
    """A value that differs."""
    if about.path in OTHER:
        return OTHER[about.path]
    if about.kind is bool:
        return not value
    if about.choices:
        return about.choices[(about.choices.index(value) + 1) % len(about.choices)]
    if about.kind is tuple:
        return tuple(about.low + (k % 3 + 1) * 0.3 for k in range(about.length))
    if about.kind is str:
        return "another"
    if math.isinf(value) or value == 0:
        return about.kind(min(1, about.high))
    return about.kind(value * 2 if about.kind is int else value / 2)


@cache
def _living(items: tuple[tuple[str, Any], ...], folder: Path) -> Community:
    scenario = Scenario.load(folder / "tiny.toml").with_values({**BUSY, **dict(items)})
    return steps(Community(scenario, 7), DAY)


@cache
def _later(items: tuple[tuple[str, Any], ...], folder: Path) -> tuple[bytes, ...]:
    return state(steps(_living(items, folder).copy(), FURTHER))


@pytest.fixture
def busy(here: Path) -> Path:
    for name, hour in (("one", 9.0), ("two", 17.0)):
        (here / f"{name}.py").write_text(CLASS.format(hour=hour), encoding="utf-8")
    return here


def needs(path: str) -> tuple[tuple[str, Any], ...]:
    return tuple(next((v for k, v in NEEDS.items() if path.startswith(k)), {}).items())


FREE = [path for path in declared() if not why_fixed(path)]
HELD = [path for path in declared() if why_fixed(path)]


@pytest.mark.jit
class TestEveryParameter:
    def test_its_own_value_changes_no_bit(self, busy: Path) -> None:
        community = _living((), busy).copy()
        own = {path: community.settings.value(path) for path in declared()}
        community.change(own)
        assert len(community.history) == 1
        assert state(steps(community, FURTHER)) == _later((), busy)

    def test_what_can_change_has_an_effect(self, busy: Path) -> None:
        idle = []
        for path in FREE:
            community = _living(needs(path), busy).copy()
            value = community.settings.value(path)
            community.change({path: another(declared()[path], value)})
            if state(steps(community, FURTHER)) == _later(needs(path), busy):
                idle.append(path)
        assert idle == [], ", ".join(idle)

    def test_what_is_refused_would_have_none(self, busy: Path) -> None:
        """Nothing is refused that is read during a life (but what sizes the tables)."""
        sizes = ("market.", "group.count", "group.seed", "group.feed_length", "shape.", "tiers.")
        quiet = [path for path in HELD if not path.startswith(sizes)]
        quiet += [path for path in HELD if path.startswith("tiers.") and path[-6:] != ".share"]
        for path in quiet:
            community = _living((), busy).copy()
            value = community.settings.value(path)
            values = {path: another(declared()[path], value)}
            community._go_on_with(community.settings.with_values(values))
            assert state(steps(community, FURTHER)) == _later((), busy), path

    def test_it_is_refused_by_name_and_all_at_once(self, busy: Path) -> None:
        community = _living((), busy).copy()
        values: dict[str, Any] = {
            path: another(declared()[path], community.settings.value(path))
            for path in HELD
            if declared()[path].kind in (int, float) and path[-6:] != ".share"
        }
        values["group.seed_members"], values["spread.talk"] = 1, 0.1
        before = state(community)
        with pytest.raises(ScenarioError) as error:
            community.change(values)
        named = [problem.place for problem in error.value.problems]
        assert set(values) <= set(named)
        assert all("start" in problem.message for problem in error.value.problems)
        assert state(community) == before


def quiet(**values: Any) -> Scenario:
    """The tiny scenario with some values, dots in their paths written as two underscores."""
    paths = {path.replace("__", "."): value for path, value in values.items()}
    return Scenario.load("tiny.toml").with_values(paths)


@pytest.mark.jit
class TestChange:
    def test_a_change_on_the_first_day_is_the_scenario_changed(self, here: Path) -> None:
        values = {
            "policy.promo_share": 0.3, "product.price": 20.0, "group.capacity": 25,
            "group.topic": 0.1, "stay.scale": 0.05, "desk.staff": 1.0, "rhythm.strength": 0.0,
            "incident.day": 1.0, "incident.response": "apology", "group.overflow": "open",
            "targeting.audience": 0.5, "targeting.precision": 0.9,
        }  # fmt: skip
        changed = Community(quiet())
        changed.change(values)
        whole = Community(quiet().with_values(values))
        assert state(steps(changed, 5)) == state(steps(whole, 5))
        assert changed.settings == whole.settings
        assert changed.history == [(0, quiet()), (0, whole.settings)]

    @pytest.mark.parametrize("engine", ENGINES)
    def test_a_changed_community_is_saved_and_goes_on(self, here: Path, engine: str) -> None:
        values = {
            "group.overflow": "open", "group.capacity": 11, "discovery.rate": 0.2,
            "desk.staff": 2.0, "speak.question_share": 0.9,
        }  # fmt: skip
        community = steps(Community(quiet(market__rivals=0), engine=engine), 2)
        community.change(values)
        assert len(community.tables.groups) > 1
        steps(community, 2).save("x.shequn")
        again = Community.resume("x.shequn")
        assert again.settings.parameters == community.settings.parameters
        assert [day for day, _ in again.history] == [0, 2]
        assert state(steps(again, 3)) == state(steps(community.copy(), 3))
        assert again.open_groups > 1
        assert community.tables.groups["n_members"].max() <= 11

    def test_policies_of_ones_own_keep_their_notes(self, here: Path) -> None:
        own = {"name": "file", "file": "policies.py", "class_name": "Counting"}
        scenario = quiet(**{f"policy__{name}": word for name, word in own.items()})
        community = steps(Community(scenario.with_values({"policy.promo_share": 0.0})), 3)
        policy: Any = community.operator.policy
        community.change({"policy.content_per_day": 9.0, "costs.wage": 1.0})
        assert community.operator.policy is policy
        community.change({"policy.class_name": "Quiet"})
        assert type(community.operator.policy).__name__ == "Quiet"

    def test_nobody_waits_in_a_queue_that_is_no_more(self, here: Path) -> None:
        scenario = quiet(group__overflow="wait", group__capacity=10, discovery__rate=0.5)
        community = steps(Community(scenario), 3)
        assert (community.tables.members["status"] == WAITING).any()
        community.change({"group.overflow": "turn-away"})
        assert not (community.tables.members["status"] == WAITING).any()
        steps(community, 2)

    def test_work_in_hand_ends_when_it_would_have(self, here: Path) -> None:
        scenario = quiet(desk__staff=1.0, desk__service_time=600.0, speak__question_share=0.9)
        community = steps(Community(scenario), 4)
        busy = float(community.tables.servers[0, 0])
        assert busy > 4 * 12.0 / 24.0  # beyond what was on duty so far
        community.change({"desk.first_hour": 0.0, "desk.last_hour": 24.0})
        days, rest = divmod(busy, 0.5)
        end = days + 9.0 / 24.0 + rest
        assert float(community.tables.servers[0, 0]) == pytest.approx(end)

    def test_the_price_counts_from_the_day_on(self, here: Path) -> None:
        scenario = quiet(tiers__base__need_rate=2.0, buy__constant=5.0, coupon__value=9.0)
        community = steps(Community(scenario), 2)
        community.change({"product.price": 9.0, "coupon.value": 0.0})
        frame = steps(community, 2).daily
        frame = frame[frame["tier"] == "all"]
        orders = frame["orders_new"] + frame["orders_repeat"]
        assert min(orders) > 0
        assert (frame["revenue"] / orders).tolist() == [99.0, 99.0, 9.0, 9.0]
        assert (frame["coupon_cost"] > 0).tolist() == [True, True, False, False]

    def test_a_rival_and_a_channel_change_by_themselves(self, here: Path) -> None:
        values = {
            "market.rivals": 1, "rivals.1.name": "R", "channels.1.name": "one",
            "channels.2.name": "two",
        }  # fmt: skip
        community = steps(Community(quiet().with_values(values)), 2)
        before = community.rules.copy()
        community.change({"rivals.1.product.price": 7.0, "channels.2.group.glance": 0.9})
        assert community.rules["product_price"].tolist() == [99.0, 99.0, 7.0]
        own = float(before["group_glance"][0])
        assert community.rules["group_glance"].tolist() == [own, 0.9, own]
        for path, place in (
            ("rivals.1.group.count", "rivals.1.group.count"),
            ("channels.3.desk.staff", "channels"),
            ("market.rivals", "market.rivals"),
        ):
            with pytest.raises(ScenarioError) as error:
                community.change({path: 2})
            assert place in [problem.place for problem in error.value.problems]

    def test_room_for_more_groups_is_not_made_beside_rivals(self, here: Path) -> None:
        community = steps(Community(quiet(market__rivals=1)), 1)
        before = state(community)
        with pytest.raises(ScenarioError, match="set aside at the start"):
            community.change({"group.overflow": "open"})
        assert state(community) == before
        community.change({"rivals.1.group.overflow": "open"})
        steps(community, 1)

    def test_where_people_live_is_settled(self, here: Path) -> None:
        community = steps(Community(quiet()), 1)
        with pytest.raises(ScenarioError, match=r"group\.placement.*where people live"):
            community.change({"group.placement": "home"})

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"policy.promo_shar": 0.1}, "did you mean 'policy.promo_share'"),
            ({"policy.promo_share": 2}, "out of range"),
            ({"run.seed": 9}, "only shapes the start"),
            ({"run.days": 9}, "only shapes the start"),
            ({"platform": "tieba"}, "group.feed_length: only shapes the start"),
        ],
    )
    def test_what_is_wrong_is_said(self, here: Path, values: dict[str, Any], words: str) -> None:
        community = Community(quiet())
        with pytest.raises(ScenarioError, match=words):
            community.change(values)

    def test_every_reason_names_a_parameter(self) -> None:
        sections = {path.partition(".")[0] for path in declared()}
        known = {*declared(), *sections, "run.days", "run.seed", "past"}
        assert set(FIXED) <= known


@pytest.mark.jit
class TestCopy:
    @pytest.mark.parametrize("engine", ENGINES)
    def test_it_goes_on_as_the_original_and_apart_from_it(self, busy: Path, engine: str) -> None:
        scenario = Scenario.load("tiny.toml").with_values(BUSY)
        community = steps(Community(scenario, 7, engine, keep_messages=True), 3)
        copy = community.copy()
        assert (copy.day, copy.engine, copy.steps) == (3, engine, 3)
        assert state(copy) == state(community)
        before = state(community)
        steps(copy, 3)
        assert state(community) == before
        assert state(steps(community, 3)) == state(copy)
        assert community.messages.equals(copy.messages)

    def test_a_copy_of_a_copy_after_a_change(self, here: Path) -> None:
        community = steps(Community(quiet()), 2)
        community.change({"group.overflow": "open", "group.capacity": 12, "desk.staff": 3.0})
        again = steps(community.copy(), 1).copy()
        assert again.history == community.history
        assert state(steps(again, 2)) == state(steps(community, 3))

    def test_the_notes_of_a_policy_are_apart(self, here: Path) -> None:
        own = {"name": "file", "file": "policies.py", "class_name": "Tuples"}
        values = {f"policy.{name}": word for name, word in own.items()}
        scenario = quiet().with_values({**values, "policy.promo_share": 0.0})
        community = steps(Community(scenario), 2)
        copy = community.copy()
        policies: list[Any] = [community.operator.policy, copy.operator.policy]
        steps(copy, 2)
        assert [policy.days for policy in policies] == [2, 4]
        assert [len(policy.log) for policy in policies] == [2, 4]
