"""Rivals: attention, needs and orders of people in several groups; imitation; the same bits.

Every comparison is paired: both arms have the same seeds. Where one says "t > 4", the mean of the
12 paired differences is more than four of its standard errors above 0; by chance that happens with
probability 0.001 (Student's t, 11 degrees of freedom). Poisson and binomial numbers are met within
five of their standard deviations: false alarm below 1e-6.
"""

from pathlib import Path

import numpy as np
import pytest

import shequn as sq
from shequn.agents.campaigns import Bombardment, Bursts, Cadence, NoMarketing
from shequn.agents.tables import MEMBER, MUTED, TALLY_INDEX, TALLY_NAMES
from shequn.model.books import blank_history
from shequn.model.morning import imitate
from shequn.model.observation import ADDED_DAILY
from shequn.model.paper import recall
from shequn.model.planners import orders_of
from tests.levers.steady import STEADY
from tests.paired import community, t, tiers

SEEDS = range(1, 13)


def rise(values: dict, one: dict, other: dict, days: int, measures) -> list[float]:
    """Paired differences from one lever to another, in standard errors."""
    arms = [
        [community({**values, **lever}, seed, days) for seed in SEEDS] for lever in (one, other)
    ]
    found = [[np.array([measure(w) for w in arm]) for arm in arms] for measure in measures]
    return [t(after - before) for before, after in found]


def total(world, name: str, operator: int = 0, since: int = 0) -> float:
    return float(world.operators[operator].journal.total(name)[since:].sum())


def orders(world, operator: int = 0, since: int = 0) -> float:
    names = ("orders_new", "orders_repeat")
    return sum(total(world, name, operator, since) for name in names)


def rows(world) -> np.ndarray:
    """The members table, a line for each operator."""
    return world.tables.members.reshape(len(world.operators), -1)


def binomial(found: float, n: float, chance: float) -> bool:
    """Whether a number is within five SD of what is expected."""
    return n > 500 and abs(found - n * chance) <= 5.0 * np.sqrt(n * chance * (1.0 - chance))


def assert_same(one, other) -> None:
    """The same bits in every table, frame and log."""
    for table in ("members", "messages", "groups", "operators", "answers"):
        first, second = getattr(one.tables, table), getattr(other.tables, table)
        for name in first.dtype.names:
            assert first[name].tobytes() == second[name].tobytes(), (table, name)
    assert one.tables.servers.tobytes() == other.tables.servers.tobytes()
    assert one.invitation_log.tobytes() == other.invitation_log.tobytes()
    for frame in ("daily", "groups", "market"):
        assert getattr(one, frame).equals(getattr(other, frame)), frame


# 300 persons, each in the group of every operator, who need something five times a month.
SHARED = {
    "market.people": 300, "group.seed_members": 300, "tiers.base.need_rate": 0.2,
    "buy.constant": 10.0,
}  # fmt: skip
# Two lively operators; rival 1 is like the operator under study but for what is said.
CITY = {
    **STEADY, "market.people": 300, "group.capacity": 300, "group.seed_fill": 0.0,
    "group.seed_members": 100, "market.rivals": 1, "discovery.rate": 0.01, "stay.scale": 0.01,
    **tiers(need_rate=0.05, exit_rate=0.005, talk=0.05),
}  # fmt: skip


@pytest.mark.jit
class TestAttention:
    def test_shares_of_a_persons_memberships_sum_to_1(self):
        world = community({**CITY, "market.rivals": 2}, 1, 12)
        members = rows(world)
        inside = (members["status"] == MEMBER) | (members["status"] == MUTED)
        shares = np.where(inside, members["share"], 0.0).sum(axis=0)
        anywhere = inside.any(axis=0)
        assert shares[anywhere] == pytest.approx(1.0, abs=1e-6)
        assert (inside.sum(axis=0) > 1).sum() > 20
        assert (members["share"][~inside] == 1.0).all()

    def test_a_stronger_habit_and_an_open_ear_take_more(self):
        """The share is that of the sessions that a membership would have; a muted one 0.1 of it."""
        world = community({**CITY, "stay.mute_rate": 0.02}, 1, 12)
        members = rows(world)
        both = ((members["status"] == MEMBER) | (members["status"] == MUTED)).all(axis=0)
        open_ear = np.where(members["status"] == MUTED, 0.1, 1.0)
        weight = (members["session_rate"] * members["habit"] * open_ear)[:, both]
        expected = weight[0] / weight.sum(axis=0)
        assert members["share"][0][both] == pytest.approx(expected, rel=1e-5)
        assert (open_ear[:, both] < 1.0).any()
        assert np.std(expected) > 0.05

    @pytest.mark.parametrize(("attention", "factor"), [(1.0, 1.0), (0.5, 1.5), (0.0, 2.0)])
    def test_sessions_are_divided_not_doubled(self, attention, factor):
        """Of two like memberships each gets 1 - attention / 2 of the sessions from day 1 on:
        Poisson, 300 persons x 20 days at rate 1."""
        values = {**SHARED, "market.rivals": 1, "market.attention": attention}
        world = community(values, 1, 21, "blank")
        sessions = sum(total(world, "sessions", k, since=1) for k in (0, 1))
        assert abs(sessions - 6000.0 * factor) < 5.0 * np.sqrt(6000.0 * factor)

    def test_divided_attention_weakens_habit(self):
        """It could come out otherwise: fewer sessions find more that is unread."""

        def habit(world) -> float:
            members = world.own_members
            return float(members["habit"][members["status"] == MEMBER].mean())

        (found,) = rise(CITY, {"market.attention": 0.0}, {"market.attention": 1.0}, 20, [habit])
        assert found < -4.0


@pytest.mark.jit
class TestNeeds:
    @pytest.mark.parametrize(("rivals", "competing", "factor"), [
        (0, 1.0, 1.0), (1, 1.0, 1.0), (2, 1.0, 1.0), (1, 0.5, 1.5), (1, 0.0, 2.0),
    ])  # fmt: skip
    def test_needs_do_not_double(self, rivals, competing, factor):
        """Purchase occasions of a person in all groups together from day 1 on: Poisson, 300
        persons x 40 days x 0.2; buy.rivals 0 gives each membership needs of its own."""
        values = {**SHARED, "market.rivals": rivals, "buy.rivals": competing}
        world = community(values, 1, 41, "blank")
        found = sum(total(world, "occasions", k, since=1) for k in range(rivals + 1))
        expected = 2400.0 * factor
        assert abs(found - expected) < 5.0 * np.sqrt(expected)

    @pytest.mark.parametrize("constant", [10.0, 0.0, -1.0])
    def test_like_products_are_chosen_alike(self, constant):
        """Multinomial logit: exp(u) / (1 + 3 exp(u)) each, nothing with the rest, in each of three
        groups that everyone is in. From day 1 on products are compared. Binomial."""
        world = community({**SHARED, "market.rivals": 2, "buy.constant": constant}, 1, 41, "blank")
        one = np.exp(constant) / (1.0 + 3.0 * np.exp(constant))
        everything = bought = 0.0
        for k in range(3):
            occasions = total(world, "occasions", k, since=1)
            assert binomial(total(world, "rival_orders", k, since=1), occasions, 2.0 * one)
            everything += occasions
            bought += orders(world, k, since=1)
        assert binomial(bought, everything, 3.0 * one)
        for k in range(3):
            assert binomial(orders(world, k, since=1), bought, 1.0 / 3.0)

    def test_a_better_product_is_chosen_by_the_odds(self):
        """Utilities 10 and 11: odds e, whichever group the need arises in. Binomial."""
        values = {"tiers.base.quality_weight": 1.0, "rivals.1.product.quality": 1.0}
        world = community({**SHARED, "market.rivals": 1, **values}, 1, 41, "blank")
        chance = np.e / (1.0 + np.e)
        for k, elsewhere in ((0, chance), (1, 1.0 - chance)):
            occasions = total(world, "occasions", k, since=1)
            assert binomial(total(world, "rival_orders", k, since=1), occasions, elsewhere)

    def test_without_competition_no_order_goes_to_a_rival(self):
        values = {**SHARED, "market.rivals": 1, "buy.rivals": 0.0}
        world = community(values, 1, 20, "blank")
        assert orders(world, 0) > 500.0
        assert total(world, "rival_orders", 0) == total(world, "rival_orders", 1) == 0.0

    def test_who_was_never_in_a_rivals_group_does_not_think_of_its_product(self):
        values = {**SHARED, "market.rivals": 1, "rivals.1.group.seed_members": 100}
        world = community(values, 1, 20, "blank")
        members = rows(world)
        known = members["joins"][1] > 0
        assert known.sum() == 100
        assert (members["rivals"][0][known] > 0.0).all()
        assert (members["rivals"][0][~known] == 0.0).all()
        assert members["orders"][1][~known].sum() == 0
        assert members["orders"][1][known].sum() > 100

    def test_an_order_of_a_rival_product_makes_a_customer_of_the_rival(self):
        """Also of those who have left its group. Nothing is lost: what is not bought where the need
        arose is delivered by the other (at utility 30 nobody buys nothing)."""
        values = {**SHARED, "market.rivals": 1, "buy.constant": 30.0, "buy.noise": 0.3}
        leaving = {"buy.expectation_rate": 0.3, "tiers.base.exit_rate": 0.03}
        world = community({**values, **leaving}, 1, 20, "blank")
        given, got = (total(world, "rival_orders", k) for k in (1, 0))
        assert orders(world, 1) == total(world, "occasions", 1) - given + got
        theirs = rows(world)[1]
        assert theirs["orders"].sum() == orders(world, 1) > 400.0
        assert (theirs["satisfaction"][theirs["orders"] > 0] != 0.0).all()
        assert total(world, "orders_new", 1) == (theirs["orders"] > 0).sum()
        assert (theirs["last_order_at"] > theirs["left_at"]).sum() > 10


@pytest.mark.jit
class TestDirections:
    def test_a_cheaper_rival_takes_orders(self):
        """It could come out otherwise: its group is read by others, and the herd follows the
        orders that are shown in one's own group."""
        share, own, taken = rise(
            CITY, {}, {"rivals.1.product.price": 40.0}, 30,
            [lambda w: w.summary["order_share"], orders, lambda w: total(w, "rival_orders")],
        )  # fmt: skip
        assert share < -4.0
        assert taken > 4.0
        assert own < 0.0

    def test_not_from_those_who_do_not_mind_the_price(self):
        values = {**CITY, **tiers(price_weight=0.0)}
        for seed in (1, 2):
            arms = [
                community({**values, "rivals.1.product.price": price}, seed, 15)
                for price in (99.0, 40.0)
            ]
            for name in arms[0].tables.members.dtype.names:
                one, other = (world.tables.members[name] for world in arms)
                assert one.tobytes() == other.tobytes(), name

    def test_attention_given_to_rivals_drives_members_out(self):
        """It could come out otherwise: who leaves one group attends more to the other, and stays
        there; and the first to leave are the irritated ones, who would have left anyway."""
        exits, members = rise(
            CITY, {"stay.rivals": 0.0}, {"stay.rivals": 2.0}, 40,
            [lambda w: total(w, "exits"), lambda w: w.summary["members"]],
        )  # fmt: skip
        assert exits > 4.0
        assert members < -4.0

    def test_not_those_who_attend_to_one_group_only(self):
        """Ablation: a rival without members leaves every share at 1."""
        values = {**CITY, "rivals.1.group.seed_members": 0, "rivals.1.discovery.rate": 0.0}
        arms = [community({**values, "stay.rivals": x}, 1, 15) for x in (0.0, 2.0)]
        assert_same(*arms)

    def test_no_rivals_and_rivals_that_do_not_compete_are_the_same_to_the_operator(self):
        """Off: without attention, competition and pressure the operator's rows have the bits that
        they have alone (but for how attractive the rivals look)."""
        off = {**CITY, "market.attention": 0.0, "buy.rivals": 0.0, "stay.rivals": 0.0}
        alone, beside = (community({**off, "market.rivals": n}, 3, 15) for n in (0, 2))
        for name in alone.own_members.dtype.names:
            if name not in ("share", "rivals"):
                one, other = alone.own_members[name], beside.own_members[name]
                assert one.tobytes() == other.tobytes(), name
        # What the group adds can be told only without rivals.
        one, other = (each.daily.drop(columns=list(ADDED_DAILY)) for each in (alone, beside))
        assert one.equals(other)
        assert alone.summary["orders"] == beside.summary["orders"]


class TestBlocks:
    def test_more_rivals_than_listed_are_copies_of_the_last(self):
        values = {"market.rivals": 3, "rivals.1.product.price": 5.0, "rivals.1.name": "cheap"}
        scenario = sq.Scenario.load("blank").with_values(values)
        prices = [own[0].product.price for own in scenario.operators]
        assert prices == [0.0, 5.0, 5.0, 5.0]
        assert scenario.operator_names == ["operator", "cheap", "rival 2", "rival 3"]

    def test_a_rival_that_is_listed_is_there(self):
        scenario = sq.Scenario.load("blank").with_values({"rivals.1.product.price": 5.0})
        assert scenario.value("market.rivals") == 1
        assert len(scenario.operators) == 2

    def test_listed_rivals_can_be_left_out(self):
        scenario = sq.Scenario.load("blank").with_values({"rivals.1.product.price": 5.0})
        assert len(scenario.with_values({"market.rivals": 0}).operators) == 1

    def test_a_rival_follows_the_operator_in_what_it_does_not_say(self):
        values = {"rivals.1.product.price": 5.0, "product.quality": 0.9, "policy.overtness": 0.1}
        rival = sq.Scenario.load("blank").with_values(values).operators[1][0]
        assert (rival.product.quality, rival.policy.overtness) == (0.9, 0.1)

    def test_channels_are_the_operators_own(self):
        values = {"channels.1.group.capacity": 30, "channels.2.group.capacity": 40}
        operators = sq.Scenario.load("blank").with_values({**values, "market.rivals": 1}).operators
        assert [len(own) for own in operators] == [2, 1]

    @pytest.mark.jit
    def test_the_market_frame_names_everyone_and_shares_sum_to_1(self):
        world = community({**CITY, "market.rivals": 2, "rivals.1.name": "cheap"}, 1, 15)
        frame = world.market
        assert list(frame["operator"].unique()) == ["operator", "cheap", "rival 2"]
        shares = frame.groupby("day")["order_share"].sum(min_count=1).dropna()
        assert len(shares) > 5
        assert shares.to_numpy() == pytest.approx(1.0)


# Three operators with policies of three kinds; the one under study looks around every 5 days.
IMITATING = {
    "market.people": 60, "group.seed_members": 10, "policy.name": "cadence",
    "policy.imitation": 5, "rivals.1.policy.name": "bursts", "rivals.1.policy.imitation": 0,
    "rivals.2.policy.name": "none", "rivals.2.policy.imitation": 0,
}  # fmt: skip


def look_around(world: sq.Community, operator: int, day: int) -> None:
    """An operator looks around this morning, and posts as the one it copies."""
    been = len(world.journal.sums)
    history = blank_history(been, len(world.operators), len(world.tables.groups))
    for k, other in enumerate(world.operators):
        recall(history, k, other, been)
    standing = orders_of(world.operators)
    imitate(operator, day, (been, 0), history, standing.kernel, world.tables.operators)
    standing.keep_up(world.operators)


class TestImitation:
    @pytest.fixture
    def world(self):
        return community(IMITATING, 1, 0, "blank")

    def look(self, world, day: int, *growth: float) -> type:
        """Let each operator have grown by so much in the last days; what does the first one do?"""
        for operator, rate in zip(world.operators, growth, strict=True):
            journal = operator.journal
            journal.sums = [np.zeros(len(TALLY_NAMES)) for _ in range(5)]
            for k, totals in enumerate(journal.sums):
                totals[TALLY_INDEX["members"]] = 100.0 * (1.0 + rate * k / 4.0)
            journal.so_far, journal.trouble = [np.zeros(0)] * 6, [np.zeros(2)] * 6
        look_around(world, 0, day)
        return type(world.operator.policy)

    def test_it_copies_the_fastest_grower_and_goes_back(self, world):
        assert self.look(world, 5, 0.1, 0.3, 0.2) is Bursts
        assert world.operator.record["copies"] == 1
        assert self.look(world, 10, 0.1, 0.3, 0.4) is NoMarketing
        assert world.operator.record["copies"] == 2
        assert self.look(world, 15, 0.5, 0.3, 0.4) is Cadence
        assert world.operator.record["copies"] == 0

    def test_only_on_the_day_of_a_look(self, world):
        look_around(world, 0, 0)
        assert type(world.operator.policy) is Cadence  # nobody has grown yet
        for day in (3, 4, 6, 9):
            assert self.look(world, day, 0.0, 0.9, 0.1) is Cadence
        assert self.look(world, 10, 0.0, 0.9, 0.1) is Bursts

    def test_ties_leave_it_with_its_own_and_otherwise_go_to_the_first(self, world):
        assert self.look(world, 5, 0.3, 0.3, 0.3) is Cadence
        assert self.look(world, 5, 0.1, 0.3, 0.3) is Bursts

    def test_of_several_that_grew_alike_a_rival_prefers_itself_too(self):
        world = community({**IMITATING, "rivals.2.policy.imitation": 5}, 1, 0, "blank")
        self.look(world, 5, 0.3, 0.1, 0.3)
        look_around(world, 2, 5)
        assert type(world.operators[2].policy) is NoMarketing
        self.look(world, 10, 0.4, 0.1, 0.3)
        look_around(world, 2, 10)
        assert type(world.operators[2].policy) is Cadence

    def test_shrinking_less_is_growing_more(self, world):
        assert self.look(world, 5, -0.3, -0.2, -0.1) is NoMarketing

    def test_who_does_not_imitate_never_does(self, world):
        self.look(world, 5, 0.0, 0.9, 0.1)
        look_around(world, 2, 5)
        assert type(world.operators[2].policy) is NoMarketing

    def test_products_and_groups_are_not_copied(self, world):
        self.look(world, 5, 0.0, 0.9, 0.1)
        own = world.operator.parameters
        assert own.policy.name == "cadence"
        assert own.product == world.settings.parameters.product

    @pytest.mark.jit
    def test_in_a_world_it_follows_a_rival_that_advertises(self):
        """The rival bombards and buys members; what it posts is taken for the cause of that."""
        values = {
            **CITY, "discovery.rate": 0.0, "policy.imitation": 5, "invite.rate": 0.0,
            "rivals.1.policy.name": "bombardment", "rivals.1.discovery.ad_budget": 50.0,
            "rivals.1.policy.imitation": 0, "stay.scale": 0.0, "group.seed_members": 40,
        }  # fmt: skip
        world = community(values, 1, 5)
        assert type(world.operator.policy) is Cadence
        world.step()
        assert type(world.operator.policy) is Bombardment
        promos = world.journal.operator_column("promos")
        assert promos[5] >= 30 > promos[:5].max()

    @pytest.mark.jit
    def test_to_copy_ones_like_changes_nothing(self):
        same = {**CITY, "rivals.1.discovery.ad_budget": 50.0}
        one, other = (community({**same, "policy.imitation": n}, 2, 12) for n in (0, 5))
        assert list(other.tables.operators["copies"]) == [1, 1]
        other.tables.operators["copies"] = [0, 1]
        assert_same(one, other)


# Everything at once: rivals, channels, a desk, incidents, forwards, events, moderation, ...
BUSTLE = """\
extends = "wechat-group"

[past]
days = 0

[market]
people = 80
rivals = 2

[group]
seed_fill = 0.0
seed_members = 15
capacity = 25

talk = 2.0

[tiers]
high = {talk = 0.2, need_rate = 0.3, session_rate = 2.0}
middle = {talk = 0.2, need_rate = 0.3, session_rate = 2.0}
base = {talk = 0.2, need_rate = 0.3, session_rate = 2.0}

[stay]
scale = 0.01
mute_rate = 0.01

[invite]
rate = 0.1

[discovery]
rate = 0.01

[policy]
name = "cadence"
promo_share = 0.1
appeal = "face"
imitation = 4

[targeting]
audience = 0.5

[desk]
staff = 2
follow_up = 0.5

[incident]
rate = 0.2
day = 3
from_complaint = 0.2
response = "apology"
delay = 3.0

[control]
intensity = 0.5

[onboarding]
ties = 3
belonging = 0.2

[event]
every = 3

[forward]
rate = 0.05
reward = 1.0
contacts = 1

[coupon]
value = 10.0

[listening]
product_gain = 0.05
lag = 1
error = 0.2

[read]
depth = 0.2
seconds = 600

[feel]
regularity = 1.0

[[channels]]
group.count = 2
forward.blocked = 0.3

[[channels]]
desk.staff = 1
group.message_life = 2.0
group.glance = 0.5

[[rivals]]
name = "cheap"
product.price = 40.0
group.count = 2
policy.promo_share = 0.3

[[rivals]]
policy.name = "question-and-answer"
policy.promo_share = 0.0
desk.staff = 0
group.selective = 0.2
discovery.ad_budget = 20.0
incident.response = "private"
"""
NIGHTS = 12


@pytest.fixture(scope="module")
def bustle(tmp_path_factory) -> tuple[Path, sq.Community]:
    path = tmp_path_factory.mktemp("bustle") / "bustle.toml"
    path.write_text(BUSTLE, encoding="utf-8")
    return path, community({}, 7, NIGHTS, path)


@pytest.mark.jit
class TestTheSameBits:
    def test_something_of_everything_happens(self, bustle):
        """What does not happen cannot differ."""
        world = bustle[1]
        for name in (
            "answered", "followed_up", "incident_reach", "responses_read", "forwards",
            "forwards_arrived", "removed", "guests", "joins_invite", "exits", "mutes",
            "rival_orders", "orders_repeat",
        ):  # fmt: skip
            everyone = sum(total(world, name, k) for k in range(3))
            assert everyone > 0.0, name
        assert world.tables.operators["quality"].std() > 0.0
        assert (world.tables.operators["copies"] != np.arange(3)).any()

    def test_the_agents_engine_agrees(self, bustle):
        path, world = bustle
        assert_same(world, community({}, 7, NIGHTS, path, engine="agents"))

    @pytest.mark.parametrize("threads", [2, 3])
    def test_threads_change_no_bit(self, bustle, threads):
        path, world = bustle
        assert_same(world, community({}, 7, NIGHTS, path, threads=threads))

    @pytest.mark.parametrize("night", [1, 5, 9])
    @pytest.mark.parametrize("engine", ["compiled", "agents"])
    def test_saved_and_resumed_it_goes_on_as_if_nothing_had_been(
        self, bustle, tmp_path, night, engine
    ):
        path, world = bustle
        started = community({}, 7, night, path)
        started.save(tmp_path / "night.shequn")
        resumed = sq.Community.resume(tmp_path / "night.shequn", engine)
        for _ in range(NIGHTS - night):
            resumed.step()
        assert_same(world, resumed)

    def test_another_seed_is_another_world(self, bustle):
        path, world = bustle
        other = community({}, 8, NIGHTS, path)
        assert not np.array_equal(world.tables.members["topic"], other.tables.members["topic"])
