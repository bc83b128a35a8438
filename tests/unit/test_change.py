"""Other values in a living community: every parameter either has an effect or is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shequn.agents.errors import ScenarioError
from shequn.agents.tables import WAITING
from shequn.model.change import FIXED, why_fixed
from shequn.model.community import ENGINES, Community
from shequn.model.parameters import Declaration, declared
from shequn.model.scenario import Scenario

DAY, FURTHER = 6, 4
# A small world in which nearly everything goes on that can.
BUSY = {
    "market.people": 150,
    "market.rivals": 1,
    "group.overflow": "wait",
    "group.alert": 0.5,
    "group.notification": 0.5,
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
    "buy.constant": 3.0,
    "buy.reminder_overtness": 0.5,
    "product.quality": -0.5,
    "invite.rate": 1.0,
    "invite.reward": 5.0,
    "invite.gift": 2.0,
    "invite.refractory": 0.0,
    "stay.scale": 0.05,
    "stay.attitude": 1.0,
    "policy.promo_share": 0.2,
    "policy.evidence_per_day": 1.0,
    "policy.appeal": "quality",
    "targeting.audience": 0.5,
    "coupon.value": 9.0,
    "desk.staff": 0.2,
    "desk.service_time": 60.0,
    "desk.target": 600.0,
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
    "policy.imitation": {"rivals.1.policy.content_per_day": 9.0, "rivals.1.discovery.rate": 0.3},
    "policy.file": {"policy.name": "file", "policy.file": "one.py", "policy.class_name": "Talker"},
    "policy.class_name": {
        "policy.name": "file", "policy.file": "one.py", "policy.class_name": "Talker",
    },
    "listening.t": {"policy.name": "listening-proportional"},
    "listening.gain": {"policy.name": "listening-proportional", "listening.target": 50.0},
    "incident.empathy": {"incident.response": "empathy"},
    "incident.compensation": {"incident.response": "compensation"},
    "incident.private": {"incident.response": "private"},
    "group.overflow": {"market.rivals": 0},
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
    "invite.reward_start": 100.0,
    "invite.reward_stop": DAY,
    "coupon.start": 100.0,
    "coupon.stop": DAY,
    "incident.day": DAY + 1.0,
    "event.places": 1.0,
    "speak.complaint_threshold": 0.9,
    "desk.target": 1.0,
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
        assert idle == [], idle

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
