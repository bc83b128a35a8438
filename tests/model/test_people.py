"""Traits that hang together, and the match of a product with people and with their friends.

Correlations over n people lie within four of their standard errors, (1 - r^2) / sqrt(n); for the
match, of which neighbours share a part, n is what the smoothing leaves. Seeds are fixed.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

import shequn as sq
from shequn.agents.verbs.relevance import relevance
from shequn.model import people as drawing
from shequn.model.latents import PAIRS, latents, own_normal
from shequn.model.parameters import declared, flatten, rebuild
from shequn.model.people import _drawn, deciding, people, tier_counts
from tests.model.test_change import another

pytestmark = pytest.mark.jit

SEED = 5
APART: dict[str, Any] = {
    **{path: 0.0 for path in declared() if path.startswith("correlation.")},
    "market.match_friends": 0.0,
}
SHAPES = {"shape.need_rate": "gamma", "shape.exit_rate": "beta-geometric"}
SPREADS = {
    "spread.need_rate": 2.0,
    "spread.exit_rate": 50.0,
    **{f"tiers.{tier}.exit_rate": 0.2 for tier in ("high", "middle", "base")},
}
MIXED = {"budget", "reach", "voice", "price_weight", "prize_taste", "match"}


def market(values: dict[str, Any], seed: int = SEED) -> tuple[Any, np.ndarray]:
    tree = sq.Scenario.load("wechat-group").with_values({**APART, **values}).parameters
    return tree, people(tree, seed)


def test_with_every_correlation_at_0_each_trait_is_its_own_number_bit_for_bit():
    tree, members = market({})
    n = len(members)
    for name in ("budget", "voice", "price_weight", "prize_taste"):
        spread = getattr(tree.spread, name, tree.spread.tastes)
        tiers = (tree.tiers.high, tree.tiers.middle, tree.tiers.base)
        medians = np.array([getattr(tier, name) for tier in tiers])[members["tier"]]
        plain = (medians * np.exp(spread * own_normal(SEED, name, n))).astype(np.float32)
        assert np.array_equal(members[name], plain), name
    assert np.array_equal(members["match"], own_normal(SEED, "match", n).astype(np.float32))


@pytest.mark.parametrize("shapes", [{}, {**SHAPES, **SPREADS}], ids=["lognormal", "others"])
def test_traits_that_hang_on_none_before_them_keep_their_bits(shapes):
    _, apart = market(shapes)
    together = {f"correlation.{pair}": 0.4 for pair in PAIRS} | {"market.match_friends": 0.5}
    _, members = market({**shapes, **together})
    for name in members.dtype.names or ():
        same = np.array_equal(members[name], apart[name], equal_nan=True)
        assert same == (name not in MIXED), name


def test_a_pair_worked_out_by_hand():
    """Reach first: ln(budget / median) = spread x (r z_reach + sqrt(1 - r^2) z_budget)."""
    tree, members = market({"correlation.budget_reach": 0.6})
    n = len(members)
    z = 0.6 * own_normal(SEED, "reach", n) + 0.8 * own_normal(SEED, "budget", n)
    tiers = tree.tiers
    medians = np.array([tiers.high.budget, tiers.middle.budget, tiers.base.budget])
    expected = medians[members["tier"]] * np.exp(tree.spread.budget * z)
    assert np.allclose(members["budget"], expected, rtol=1e-6)


@pytest.mark.parametrize("shapes", [{}, {**SHAPES, **SPREADS}], ids=["lognormal", "others"])
@pytest.mark.parametrize("pair", PAIRS)
def test_each_pair_has_the_correlation_declared_and_no_other_has_one(pair, shapes):
    _, members = market({**shapes, "market.people": 20_000, f"correlation.{pair}": 0.5})
    members = members[members["tier"] == 2]
    n = len(members)
    names = sorted({name for both in PAIRS.values() for name in both})
    rank = {name: stats.rankdata(members[name], method="average") for name in names}
    z = {name: special.ndtri((rank[name] - 0.5) / n) for name in names}
    for k, one in enumerate(names):
        for other in names[k + 1 :]:
            expected = 0.5 if {one, other} == set(PAIRS[pair]) else 0.0
            found = np.corrcoef(z[one], z[other])[0, 1]
            assert abs(found - expected) < 4.0 * (1.0 - expected**2) / math.sqrt(n), (one, other)


def test_pairs_that_cannot_be_together_are_refused_by_name_with_all_else_that_is_wrong():
    values = {
        "correlation.budget_reach": 0.9, "correlation.reach_voice": 0.9,
        "correlation.prize_exit": 0.1, "group.seed_members": 10_000,
    }  # fmt: skip
    with pytest.raises(sq.ScenarioError) as caught:
        sq.Scenario.load("wechat-group").with_values({**APART, **values})
    places = [problem.place for problem in caught.value.problems]
    assert "correlation.budget_reach" in places
    assert len(places) > 1
    words = next(str(p) for p in caught.value.problems if p.place == "correlation.budget_reach")
    assert "budget_reach, reach_voice say" in words
    assert "prize_exit" not in words


def test_neighbours_share_their_match_and_the_market_is_standard_normal():
    """Correlation at distance d: f (1 - d / (2 w + 1)), on 28,000 people with w = 50.

    The shared part has 28,000 / 101 = 277 stretches of its own, so a correlation of it has an error
    of about sqrt(2 / 277) / 2, of which f = 0.6 goes in.
    """
    shares = {"tiers.high.share": 0.0, "tiers.middle.share": 0.0, "tiers.base.share": 1.0}
    values = {"market.people": 28_000, "market.match_friends": 0.6, "market.match_width": 50}
    _, members = market({**shares, **values})
    match = members["match"].astype(float)
    assert abs(match.mean()) < 0.02
    assert abs(match.std() - 1.0) < 0.02
    for distance in (1, 25, 75, 101, 400):
        expected = 0.6 * max(0.0, 1.0 - distance / 101)
        found = np.mean(match * np.roll(match, distance))
        assert abs(found - expected) < 4.0 * 0.6 * math.sqrt(2.0 / 277) / 2.0, distance


@pytest.mark.parametrize("size", [0, 1, 2, 7, 8, 9, 40])
def test_small_markets_have_a_match_too(size):
    tree, members = market({"market.people": size, "market.match_friends": 0.9, "group.count": 0})
    assert np.isfinite(members["match"]).all()
    assert set(latents(tree, 1, tier_counts(tree))) == MIXED


class TestProductTopic:
    def community(self, **product: float) -> sq.Community:
        values = {f"product.{name}": value for name, value in product.items()}
        return sq.Community(sq.Scenario.load("wechat-group").with_values(values), seed=SEED)

    def test_those_whose_topic_it_is_fit_better_by_the_weight(self):
        """match = (z + focus r) / sqrt(1 + focus^2), r the relevance with mean 0, variance 1."""
        plain, own = self.community().own_members, self.community(topic=0.2, focus=2.0).own_members
        close = np.array([relevance(0.2, topic, 1.0 / 0.25) for topic in own["topic"]])
        r = (close - close.mean()) / close.std()
        expected = (plain["match"] + 2.0 * r) / math.sqrt(5.0)
        assert np.allclose(own["match"], expected, atol=1e-6)
        assert np.corrcoef(own["match"], r)[0, 1] == pytest.approx(2.0 / math.sqrt(5.0), abs=0.03)

    @pytest.mark.parametrize("product", [{"topic": -1.0, "focus": 5.0}, {"topic": 0.3, "focus": 0}])
    def test_without_topic_or_weight_no_bit_changes(self, product):
        plain, own = self.community().own_members, self.community(**product).own_members
        assert plain.tobytes() == own.tobytes()

    def test_a_product_given_another_topic_in_a_living_community_fits_as_if_from_the_start(self):
        community = self.community()
        community.step()
        community.change({"product.topic": 0.2, "product.focus": 2.0})
        expected = self.community(topic=0.2, focus=2.0).own_members["match"]
        assert community.own_members["match"].tobytes() == expected.tobytes()

    def test_a_rival_has_a_topic_of_its_own(self):
        values = {"market.rivals": 1, "rivals.1.product.topic": 0.7, "rivals.1.product.focus": 2.0}
        scenario = sq.Scenario.load("wechat-group").with_values(values)
        members = sq.Community(scenario, seed=SEED).tables.members
        n = len(members) // 2
        expected = self.community(topic=0.7, focus=2.0).own_members["match"]
        assert members["match"][n:].tobytes() == expected.tobytes()
        assert members["match"][:n].tobytes() == self.community().own_members["match"].tobytes()


class TestKept:
    """The people of a seed are drawn once for all scenarios that do not change them."""

    TREE = sq.Scenario.load("wechat-group").with_values({"market.people": 200}).parameters

    @pytest.mark.parametrize("path", [path for path in declared() if path != "market.people"])
    def test_whatever_changes_them_is_among_what_decides(self, path):
        about = declared()[path]
        tree = rebuild(self.TREE, {path: another(about, flatten(self.TREE)[path])})
        if deciding(tree) == deciding(self.TREE):
            assert _drawn(tree, SEED).tobytes() == _drawn(self.TREE, SEED).tobytes()

    def test_they_are_drawn_once_and_nobody_changes_those_of_another(self, monkeypatch):
        times = []

        def count(*of: Any) -> np.ndarray:
            times.append(of)
            return _drawn(*of)

        monkeypatch.setattr(drawing, "_drawn", count)
        tree = rebuild(self.TREE, {"tiers.high.budget": 123.0})
        one = people(tree, SEED)
        one["budget"] = 0.0
        other = rebuild(tree, {"policy.content_per_day": 9.0})
        assert people(other, SEED).tobytes() == _drawn(tree, SEED).tobytes()
        people(tree, SEED + 1)
        assert [seed for _, seed in times] == [SEED, SEED + 1]

    def test_memory_is_bounded(self, monkeypatch):
        monkeypatch.setattr(drawing, "_kept", OrderedDict())
        monkeypatch.setattr(drawing, "MOST_KEPT", 3 * _drawn(self.TREE, SEED).nbytes)
        for seed in (1, 2, 3, 1, 4):
            people(self.TREE, seed)
        assert [key[0] for key in drawing._kept] == [3, 1, 4]
