"""The world at day 0: people and their traits, groups and their first members.

Statistical checks use a fixed seed; the stated false-alarm probability is that for a seed picked
at random.
"""

import math

import numpy as np
import pytest
from scipy import stats

import shequn as sq
from shequn.agents.randomness import uniforms
from shequn.agents.tables import MEMBER, OUTSIDE, SEED
from shequn.model.build import build, feed_length, first_members, most_groups
from shequn.model.contacts import no_network
from shequn.model.parameters import Parameters, declared, kernel_record
from shequn.model.people import CLOCKS, people, tier_counts

TIERS = ("high", "middle", "base")


def parameters(values: dict | None = None, base: str = "blank") -> Parameters:
    return sq.Scenario.load(base).with_values(values or {}).parameters


def built(q: Parameters, seed: int) -> np.ndarray:
    """The members table at day 0 of one operator with one channel."""
    rules = np.array([kernel_record(q, seed, 1)])
    return build([[q]], seed, rules, no_network()).members


def shares(high: float, middle: float, base: float) -> dict[str, float]:
    return {f"tiers.{tier}.share": x for tier, x in zip(TIERS, (high, middle, base), strict=True)}


class TestTiers:
    @pytest.mark.parametrize(
        ("share", "n", "counts"),
        [
            ((0.05, 0.25, 0.7), 100, [5, 25, 70]),
            ((0.05, 0.25, 0.7), 10, [1, 2, 7]),  # 0.5, 2.5, 7: the remainder goes to the first
            ((0.05, 0.25, 0.7), 7, [0, 2, 5]),  # 0.35, 1.75, 4.9
            ((1 / 3, 1 / 3, 1 / 3), 2, [1, 1, 0]),
            ((0.0, 0.0, 1.0), 5, [0, 0, 5]),
            ((0.2, 0.3, 0.5), 0, [0, 0, 0]),
        ],
    )
    def test_shares_are_rounded_by_largest_remainder(self, share, n, counts):
        q = parameters({**shares(*share), "market.people": n})
        assert tier_counts(q).tolist() == counts
        tiers = people(q, 1)["tier"]
        assert np.bincount(tiers, minlength=3).tolist() == counts
        assert (np.diff(tiers.astype(int)) >= 0).all()

    def test_topics_go_once_around_the_circle_in_each_tier(self):
        members = people(parameters({**shares(0.1, 0.3, 0.6), "market.people": 200}), 1)
        for tier, count in enumerate((20, 60, 120)):
            topics = members["topic"][members["tier"] == tier].astype(float)
            assert np.floor(topics * count + 1e-4).astype(int).tolist() == pytest.approx(
                list(range(count)), abs=1
            )
            assert (np.diff(topics) > 0).all()


class TestTraits:
    def test_without_spread_everyone_of_a_tier_is_alike(self):
        own = {"budget": 77.0, "voice": 1.5, "talk": 0.25, "capacity": 12.0, "session_rate": 3.0,
               "conformity": 0.25, "wariness": 0.75, "quality_weight": 2.0, "price_weight": 3.0,
               "face_weight": 4.0, "prize_taste": 0.5, "social_taste": 0.125, "need_rate": 0.5,
               "exit_rate": 0.0625, "reach": 30.0}  # fmt: skip
        values = {f"tiers.middle.{name}": value for name, value in own.items()}
        members = people(parameters({**shares(0.0, 0.5, 0.5), **values, "market.people": 10}), 1)
        for name, value in own.items():
            assert (members[name][:5] == value).all(), name

    @pytest.mark.parametrize("name", ["budget", "voice", "talk", "need_rate", "face_weight"])
    def test_lognormal_traits(self, name):
        """Kolmogorov-Smirnov on the logarithm of 2,000 draws: false alarm 1e-6."""
        spread = "tastes" if name == "face_weight" else name
        values = {"market.people": 2000, f"tiers.base.{name}": 5.0, f"spread.{spread}": 0.75}
        if name in ("talk", "need_rate"):
            values[f"shape.{name}"] = "lognormal"
        logs = np.log(people(parameters(values), 1)[name].astype(float))
        assert stats.kstest((logs - math.log(5.0)) / 0.75, "norm").pvalue > 1e-6

    def test_gamma_rates(self):
        """Mean 0.3, shape 2: false alarm 1e-6."""
        values = {"market.people": 2000, "tiers.base.talk": 0.3, "spread.talk": 2.0,
                  "shape.talk": "gamma"}  # fmt: skip
        talk = people(parameters(values), 1)["talk"].astype(float)
        assert stats.kstest(talk, "gamma", args=(2.0, 0.0, 0.15)).pvalue > 1e-6

    def test_beta_geometric_exit_rates(self):
        """The chance to leave within a day is beta(1, 4): false alarm 1e-6."""
        values = {"market.people": 2000, "tiers.base.exit_rate": 0.2, "spread.exit_rate": 5.0,
                  "shape.exit_rate": "beta-geometric"}  # fmt: skip
        rate = people(parameters(values), 1)["exit_rate"].astype(float)
        assert stats.kstest(-np.expm1(-rate), "beta", args=(1.0, 4.0)).pvalue > 1e-6

    def test_shares_spread_on_the_logit_and_stay_inside(self):
        values = {"market.people": 2000, "tiers.base.wariness": 0.8, "spread.wariness": 1.5}
        wariness = people(parameters(values), 1)["wariness"].astype(float)
        logit = np.log(wariness / (1.0 - wariness))
        assert stats.kstest((logit - math.log(4.0)) / 1.5, "norm").pvalue > 1e-6

    @pytest.mark.parametrize("value", [0.0, 1.0])
    def test_shares_of_0_and_1_do_not_spread(self, value):
        values = {"tiers.base.conformity": value, "spread.conformity": 5.0}
        assert (people(parameters(values), 1)["conformity"] == value).all()

    def test_physical_limits(self):
        values = {"spread.capacity": 5.0, "tiers.base.capacity": 1.0, "spread.reach": 5.0,
                  "tiers.base.reach": 60_000.0, "tiers.base.session_rate": 48.0,
                  "spread.session_rate": 5.0, "shape.session_rate": "lognormal",
                  "market.people": 500}  # fmt: skip
        members = people(parameters(values), 1)
        assert members["capacity"].min() == 1.0
        assert members["reach"].max() == 65535
        assert members["session_rate"].max() == 48.0

    def test_half_lives_of_habit_are_lognormal(self):
        """4,000 people: mean and SD of ln within three standard errors; 0: all as declared."""
        values = {"feel.habit_half_life": 20.0, "market.people": 4000}
        q = parameters({**values, "spread.habit_half_life": 0.6})
        lives = np.log(np.log(2.0) / people(q, 1)["habit_decay"].astype(float) / 20.0)
        assert abs(lives.mean()) < 3.0 * 0.6 / math.sqrt(4000)
        assert abs(lives.std() - 0.6) < 3.0 * 0.6 / math.sqrt(8000)
        assert set(
            people(parameters({**values, "spread.habit_half_life": 0.0}), 1)["habit_decay"]
        ) == {np.float32(math.log(2) / 20)}
        forever = parameters({"feel.habit_half_life": math.inf, "spread.habit_half_life": 0.6})
        assert (people(forever, 1)["habit_decay"] == 0.0).all()

    def test_traits_are_independent_of_each_other(self):
        """Correlation of the logarithms of 2,000 pairs: 15 pairs at five SD, 1e-5."""
        names = ("budget", "voice", "capacity", "talk", "face_weight", "price_weight")
        q = parameters({"market.people": 2000, **shares(0.0, 0.0, 1.0)}, "wechat-group")
        logs = [np.log(people(q, 1)[name].astype(float)) for name in names]
        correlations = np.corrcoef(logs)[np.triu_indices(len(names), 1)]
        assert np.abs(correlations).max() < 5.0 / math.sqrt(2000)


class TestStart:
    def test_everyone_starts_outside_with_clocks_of_their_own(self):
        q = parameters({"buy.expectation_start": 0.5, "feel.attitude_start": -0.25})
        members = built(q, 9)
        assert (members["status"] == OUTSIDE).all()
        assert (members["group"] == -1).all()
        assert (members["inviter"] == -1).all()
        for name in ("joined_at", "left_at", "last_session_at", "last_order_at"):
            assert np.isnan(members[name]).all()
        assert (members["expectation"] == 0.5).all()
        assert (members["attitude"] == -0.25).all()
        clocks = -np.log(uniforms(9, CLOCKS, 1000))
        assert np.allclose(members["mute_clock"], clocks[0])
        assert np.allclose(members["need_clock"], clocks[1])
        assert np.allclose(members["talk_clock"], clocks[2])
        assert np.allclose(members["invite_clock"], clocks[3])

    def test_first_members(self):
        values = {"group.count": 3, "group.seed_members": 5, "feel.habit_start": 0.25,
                  "feel.belonging_start": 0.5, "feel.familiarity_start": 7.0,
                  "market.people": 40}  # fmt: skip
        community = sq.Community(sq.Scenario.load("blank").with_values(values))
        members = community.tables.members
        inside = members[members["status"] == MEMBER]
        assert np.bincount(inside["group"]).tolist() == [5, 5, 5]
        assert community.tables.groups["n_members"].tolist() == [5, 5, 5]
        for name, value in (("habit", 0.25), ("belonging", 0.5), ("familiarity", 7.0),
                            ("source", SEED), ("joins", 1), ("joined_at", 0.0)):  # fmt: skip
            assert (inside[name] == value).all(), name
        assert (members["habit"][members["status"] == OUTSIDE] == 0.0).all()
        community.step()
        assert community.journal.total("joins_seed").tolist() == [15.0]

    @pytest.mark.parametrize(
        ("seeds", "fill", "capacity", "expected"),
        [(5, 0.0, 50, 5), (5, 0.5, 50, 25), (30, 0.5, 50, 30), (0, 1.0, 50, 50), (0, 0.99, 1, 0)],
    )
    def test_number_of_first_members(self, seeds, fill, capacity, expected):
        q = parameters({"group.seed_members": seeds, "group.seed_fill": fill,
                        "group.capacity": capacity})  # fmt: skip
        assert first_members(q) == expected
        assert (built(q, 1)["status"] == MEMBER).sum() == expected

    @pytest.mark.jit
    def test_first_members_are_drawn_evenly_from_the_market(self):
        """Chi-squared over ten parts of the market, 300 worlds: false alarm 1e-6."""
        q = parameters({"market.people": 100, "group.seed_members": 10})
        counts = np.zeros(10)
        for seed in range(300):
            rows = np.flatnonzero(built(q, seed)["status"] == MEMBER)
            assert len(rows) == 10
            counts += np.bincount(rows // 10, minlength=10)
        assert stats.chisquare(counts).pvalue > 1e-6

    @pytest.mark.parametrize(("asked", "length"), [(16, 16), (17, 32), (128, 128), (1000, 1024)])
    def test_the_feed_is_a_power_of_two_and_no_shorter_than_asked(self, asked, length):
        assert (
            feed_length(parameters({"group.feed_length": asked, "speak.most_posts": 5})) == length
        )

    @pytest.mark.parametrize(
        ("overflow", "count", "expected"),
        [("turn-away", 3, 3), ("wait", 3, 3), ("open", 3, 3 + 1000 // 60 + 1), ("open", 0, 0)],
    )
    def test_room_is_kept_for_all_the_groups_there_can_be(self, overflow, count, expected):
        q = parameters({"group.overflow": overflow, "group.count": count, "group.capacity": 60})
        assert most_groups([q]) == expected


class TestKernelRecord:
    def test_numbers_words_switches_and_half_lives(self):
        values = {"feel.habit_half_life": 10.0, "stay.shape": "quadratic",
                  "group.peers_post": False, "read.topic_breadth": 0.25,
                  "speak.recognition_half_life": math.inf}  # fmt: skip
        p = kernel_record(parameters(values), 2**64 - 1, 7)
        assert p.feel_habit_decay == math.log(2.0) / 10.0
        assert p.speak_recognition_decay == 0.0
        assert (p.stay_shape, p.group_peers_post, p.read_focus) == (2.0, 0.0, 4.0)
        assert (int(p.seed), int(p.pair_key)) == (2**64 - 1, 7)

    def test_an_infinite_breadth_is_no_focus(self):
        assert kernel_record(parameters(), 1, 1).read_focus == 0.0

    def test_every_parameter_of_a_verb_is_in_it(self):
        p = kernel_record(parameters(), 1, 1)
        for path in declared():
            section, _, name = path.partition(".")
            if section in ("read", "feel", "speak", "buy", "invite", "stay"):
                field = f"{section}_{name}".replace("_half_life", "_decay")
                assert field in p.dtype.names, path
