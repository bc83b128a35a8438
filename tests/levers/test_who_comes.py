"""Who comes, and with whom: selection by the match, an inferred motive, groups of like people.

Shares and means over n draws are within three and a half standard errors of what is declared.
Contrasts are between sources within a run: with 12 seeds the mean must lie 3.5 of its standard
errors on the right side of 0, or, where nothing selects, within 3 of it. Seeds are fixed.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest

import shequn as sq
from shequn.agents.tables import AD, FOR_PRIZE, INVITE, SPONTANEOUS
from shequn.model.discovery import selection
from shequn.model.invitations import accepts
from shequn.model.parameters import declared
from tests.levers.steady import STEADY, TIERS
from tests.paired import score

pytestmark = pytest.mark.jit

ERRORS = 3.5
SEEDS = range(12)
TRAITS = {path.rsplit(".", 1)[1] for path in declared() if path.startswith("tiers.base.")}
EQUAL = {
    f"tiers.{tier}.{trait}": declared()[f"tiers.base.{trait}"].default
    for tier in TIERS
    for trait in TRAITS - {"share"}
}
APART = {
    path: STEADY[path]
    for path in STEADY
    if path.startswith("correlation.") or path.endswith((".match", ".motive"))
}
TOGETHER = {path: declared()[path].default for path in APART}


def community(values: dict[str, Any], seed: int = 1, base: str = "blank") -> sq.Community:
    return sq.Community(sq.Scenario.load(base).with_values(values), seed=seed)


def test_selection_by_hand():
    assert selection(np.float32(2.0), 0.0) == 1.0
    assert selection(np.float32(1.0), 0.5) == pytest.approx(math.exp(0.5 - 0.125))
    z = np.random.default_rng(1).standard_normal(100_000)
    assert np.mean([selection(m, 0.5) for m in z]) == pytest.approx(1.0, abs=0.006)


@pytest.mark.parametrize(
    ("values", "match", "wariness", "factor"),
    [
        ({"invite.match": 0.5}, 1.0, 0.5, math.exp(0.5 - 0.125)),
        ({"invite.match": 0.5}, -1.0, 0.5, math.exp(-0.5 - 0.125)),
        ({"invite.match": 3.0}, 3.0, 0.0, 1.0 / 0.3),  # a chance is at most 1
        ({"invite.motive": 0.6, "invite.reward": 10.0}, 0.0, 0.5, 1.0 - 0.6 * 0.5),
        ({"invite.motive": 0.6, "invite.reward": 0.0}, 0.0, 0.5, 1.0),
        ({"invite.motive": 0.6, "invite.reward": 9.0, "invite.reward_start": 5.0}, 0.0, 0.5, 1.0),
    ],
)
def test_invitations_accepted_are_as_many_as_worked_out_by_hand(values, match, wariness, factor):
    """Of 40,000 invitations at invite.accept 0.3."""
    world = community({"market.people": 2, "group.seed_members": 1, "invite.accept": 0.3, **values})
    members, group, n = world.tables.members, world.tables.groups[0], 40_000
    members["match"], members["wariness"] = match, wariness
    asked = [accepts(0, members[0], 1, members[1], group, k, world.rules[0]) for k in range(n)]
    chance = 0.3 * factor
    error = math.sqrt(max(0.0, chance * (1.0 - chance)) / n)
    assert abs(np.mean(asked) - chance) <= ERRORS * error + 1e-12


@pytest.mark.parametrize(
    ("source", "values"),
    [
        (SPONTANEOUS, {"discovery.rate": 0.01}),
        (AD, {"discovery.ad_budget": 20.0, "discovery.ad_cost": 0.05, "discovery.ad_response": 1}),
    ],
    ids=["spontaneous", "advertising"],
)
def test_each_way_in_selects_by_its_own_weight(source, values):
    """Of a normal match, weights exp(s m) make one with mean s: on a day about 1 in 100 comes.

    Where many come, those whom the product suits best are used up; at 1 in 100 this takes less
    than 0.02 off the mean.
    """
    own, other = ("match", "ad_match") if source == SPONTANEOUS else ("ad_match", "match")
    for weight in (0.0, 0.8):
        chosen = {f"discovery.{own}": weight, f"discovery.{other}": 2.0}
        world = community({"market.people": 40_000, **values, **chosen})
        world.step()
        members = world.own_members
        came = members["match"][members["source"] == source]
        assert abs(len(came) - 400) < ERRORS * 20 + 15
        assert abs(came.mean() - weight) < ERRORS / math.sqrt(len(came)) + 0.02 * (weight > 0.0)


# All ways in at once, among people who differ.
WAYS: dict[str, Any] = {
    **STEADY,
    "market.people": 3000,
    "group.capacity": 3000,
    "group.seed_members": 60,
    "group.seed_fill": 0.0,
    "invite.rate": 0.1,
    "invite.refractory": math.inf,
    "discovery.rate": 0.002,
    "discovery.ad_budget": 20.0,
    "discovery.ad_response": 0.015,
    "discovery.prize_pull": 0.004,
    "policy.name": "prize-campaign",
    "policy.promo_share": 0.0,
    "policy.prizes_per_day": 1.0,
    "policy.prize_value": 20.0,
}


@cache
def contrasts(arm: str) -> dict[tuple[int, str], list[float]]:
    """For each way in, those who came by it less those whom advertising brought, run by run."""
    restless = {"correlation.prize_exit": 0.5}
    values = {"together": {**TOGETHER, **restless}, "apart": {**APART, **EQUAL}}[arm]
    found: dict[tuple[int, str], list[float]] = {}
    for seed in SEEDS:
        world = community({**WAYS, **values}, seed, "wechat-group")
        for _ in range(25):
            world.step()
        members = world.own_members
        for trait in ("match", "price_weight", "exit_rate"):
            column = members[trait].astype(float)
            column = column if trait == "match" else np.log(column)
            for source in (INVITE, SPONTANEOUS, FOR_PRIZE):
                gap = column[members["source"] == source].mean()
                gap -= column[members["source"] == AD].mean()
                found.setdefault((source, trait), []).append(gap)
    return found


@pytest.mark.parametrize(
    ("source", "trait"),
    [
        (INVITE, "match"),
        (SPONTANEOUS, "match"),
        (FOR_PRIZE, "price_weight"),
        (FOR_PRIZE, "exit_rate"),
    ],
)
def test_those_who_come_in_different_ways_are_different_people(source, trait):
    """At the defaults, but for a clearer restlessness: who is invited fits better, and so on."""
    assert score(contrasts("together")[source, trait]) > ERRORS


@pytest.mark.parametrize("trait", ["match", "price_weight", "exit_rate"])
@pytest.mark.parametrize("source", [INVITE, SPONTANEOUS, FOR_PRIZE])
def test_with_equal_tiers_and_nothing_that_hangs_together_they_do_not_differ(source, trait):
    """No correlation, no selection by the match: how someone came says nothing of these traits."""
    assert abs(score(contrasts("apart")[source, trait])) < 3.0


class TestGroups:
    START = {
        "market.people": 3000,
        "group.count": 4,
        "group.capacity": 100,
        "group.seed_members": 50,
        "tiers.middle.share": 0.4,
        "tiers.base.share": 0.6,
    }

    def starting(self, **group: Any) -> sq.Community:
        return community({**self.START, **{f"group.{name}": v for name, v in group.items()}})

    @pytest.mark.parametrize("kind", ["tier", "topic"])
    def test_first_members_who_are_alike_are_together(self, kind):
        """The same 200 people in groups of the same size, none of which reaches into the next."""
        dealt, alike = self.starting().own_members, self.starting(assignment=kind).own_members
        assert np.array_equal(dealt["status"], alike["status"])
        rooms = [np.sort(alike[kind][alike["group"] == g]) for g in range(4)]
        assert [len(room) for room in rooms] == [50] * 4
        assert all(low[-1] <= high[0] for low, high in zip(rooms[:-1], rooms[1:], strict=True))

    def test_fully_mixed_is_as_dealt_and_half_mixed_leaves_half_of_them(self):
        dealt = self.starting()
        mixed = self.starting(assignment="topic", mixing=1.0)
        assert mixed.tables.members.tobytes() == dealt.tables.members.tobytes()
        half = self.starting(assignment="topic", mixing=0.5).own_members["group"]
        stayed = (half == dealt.own_members["group"]) & (half >= 0)
        expected = 100.0 + 100.0 / 4.0  # a quarter of the others comes back to its place by chance
        assert abs(stayed.sum() - expected) < ERRORS * math.sqrt(200 * 0.5 * 0.5)

    @pytest.mark.parametrize("kind", ["tier", "topic"])
    def test_who_comes_later_unasked_comes_into_the_group_of_like_people(self, kind):
        world = self.starting(assignment=kind, mixing=0.0, capacity=2000)
        world.change({"discovery.rate": 0.1})
        world.step()
        members = world.own_members
        came = np.flatnonzero(members["source"] == SPONTANEOUS)
        place = came / len(members) if kind == "tier" else members["topic"][came]
        assert len(came) > 200
        assert np.array_equal(members["group"][came], np.floor(place * 4))

    def test_a_full_group_of_like_people_is_no_obstacle_and_mixing_ignores_it(self):
        full = self.starting(assignment="topic", capacity=51)
        full.change({"discovery.rate": 0.1})
        full.step()
        assert full.tables.groups["n_members"].tolist() == [51] * 4
        mixed, dealt = self.starting(assignment="topic", mixing=1.0), self.starting()
        for world in (mixed, dealt):
            world.change({"discovery.rate": 0.1})
            world.step()
        assert mixed.tables.members.tobytes() == dealt.tables.members.tobytes()

    def test_orders_are_visible_in_a_group_that_opens(self):
        world = self.starting(start_orders=7.0, overflow="open", capacity=50)
        world.change({"discovery.rate": 0.01})
        world.step()
        opened = world.open_groups
        assert opened > 4
        assert world.tables.groups["visible_orders"][:opened].tolist() == [7.0] * opened
