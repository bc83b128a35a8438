"""Seeding: whom a group starts with, what that changes, and where it changes nothing.

Every comparison is paired: both arms have the same seeds. Where one says "t > 4", the mean of the
paired differences is more than four of its standard errors above 0; with 12 pairs that happens by
chance with probability 0.001 (Student's t, 11 degrees of freedom).
"""

import numpy as np
import pytest

import shequn as sq
from shequn.agents.tables import HIGH, SEED
from shequn.agents.verbs.relevance import relevance
from shequn.model.parameters.operation import SEEDINGS
from shequn.model.targets import past_orders, propensity, seed_order
from tests.levers.steady import STEADY
from tests.paired import t, tiers

SEEDS = range(1, 13)


# Nobody comes or invites: those who are there are the first members.
CLOSED = {
    **STEADY, "market.people": 300, "group.capacity": 300, "group.seed_fill": 0.0,
    "group.seed_members": 60,
    "policy.promo_share": 0.0, "discovery.rate": 0.0, "invite.rate": 0.0,
    "invite.from_belonging": 0.0, "invite.from_satisfaction": 0.0, **tiers(need_rate=0.05),
}  # fmt: skip
# Members invite as often as they like and never leave; few have more than a dozen contacts.
INVITING = {
    "market.people": 300, "group.capacity": 300, "group.seed_members": 20, "invite.rate": 0.5,
    "invite.accept": 0.3, "spread.reach": 1.5, "tiers.base.reach": 4.0,
}  # fmt: skip


def community(values: dict, seeding: str, seed: int, days: int = 0, base: str = "wechat-group"):
    scenario = sq.Scenario.load(base).with_values({**values, "group.seeding": seeding})
    world = sq.Community(scenario, seed=seed)
    for _ in range(days):
        world.step()
    return world


def first(world) -> np.ndarray:
    """The rows of the first members."""
    members = world.own_members
    return members[(members["source"] == SEED) & (members["joined_at"] == 0.0)]


def assert_same(one: np.ndarray, other: np.ndarray) -> None:
    """The same bits in every column (rows of a table may have padding between columns)."""
    for name in one.dtype.names or ():
        assert one[name].tobytes() == other[name].tobytes(), name


def total(world, name: str) -> float:
    return float(world.journal.total(name).sum())


def paired(values: dict, seeding: str, days: int, measure, base: str = "wechat-group"):
    """Differences between a way of seeding and a random one, a pair for each seed."""
    arms = [
        np.array([measure(community(values, way, seed, days, base)) for seed in SEEDS])
        for way in (seeding, "random")
    ]
    return arms[0] - arms[1]


class TestWhoComesFirst:
    """The rows chosen are those that the word says; nobody else is better by that measure."""

    @pytest.mark.parametrize("seeding", SEEDINGS)
    def test_as_many_as_asked_for_all_different(self, seeding):
        world = community(CLOSED, seeding, 1)
        assert len(first(world)) == 60
        assert world.tables.tally["joins_seed"].sum() == 60.0
        own = world.operator.parameters
        order = seed_order(own, 1, 0, world.own_members, world.rules[:1])
        assert sorted(order) == list(range(300))

    def test_high_takes_the_high_tier_then_the_middle(self):
        world = community(CLOSED, "high", 2)
        chosen, everyone = np.sort(first(world)["tier"]), np.sort(world.own_members["tier"])
        assert list(chosen) == list(everyone[:60])
        assert (chosen == HIGH).sum() == 15  # 5 % of 300

    def test_hubs_take_those_with_most_contacts(self):
        world = community(CLOSED, "hubs", 2)
        chosen, everyone = first(world)["reach"], world.own_members["reach"]
        assert np.array_equal(np.sort(chosen), np.sort(everyone)[-60:])

    def test_enthusiasts_are_nearest_to_the_topic_also_across_0(self):
        world = community({**CLOSED, "group.topic": 0.98}, "enthusiasts", 2)
        members = world.own_members
        near = np.array([relevance(x, 0.98, 4.0) for x in members["topic"]])
        chosen = near[members["source"] == SEED]
        assert chosen.min() >= near[members["source"] != SEED].max()
        assert (first(world)["topic"] < 0.1).any()
        assert (first(world)["topic"] > 0.9).any()

    def test_loyal_take_the_likeliest_buyers(self):
        world = community(CLOSED, "loyal", 2)
        likely = propensity(world.own_members, world.rules)
        chosen = world.own_members["source"] == SEED
        assert likely[chosen].min() >= likely[~chosen].max()

    def test_bought_take_those_with_most_orders_before(self):
        world = community(CLOSED, "bought", 2)
        likely = propensity(world.own_members, world.rules)
        orders = past_orders(likely, world.operator.parameters.group.past_orders, 2, 0)
        chosen = world.own_members["source"] == SEED
        assert orders[chosen].min() >= orders[~chosen].max()

    def test_without_books_bought_is_anyone(self):
        values = {**CLOSED, "group.past_orders": 0.0}
        assert_same(*(first(community(values, way, 3)) for way in ("bought", "random")))

    @pytest.mark.jit
    def test_the_agents_engine_starts_with_the_same_people(self):
        values = {"market.people": 60, "group.seed_members": 10, "group.seed_fill": 0.0}
        values |= {"group.capacity": 30, "group.seeding": "bought"}
        scenario = sq.Scenario.load("wechat-group").with_values(values)
        worlds = [sq.Community(scenario, seed=4, engine=name) for name in ("compiled", "agents")]
        for world in worlds:
            world.step()
        assert_same(*(world.own_members for world in worlds))

    def test_propensity_is_worked_out_on_paper(self):
        """need rate x logit of utility without marketing; here 0.05 / (1 + e^(2 - 0.5))."""
        values = {
            "market.people": 5, "group.seed_members": 1, "buy.constant": -2.0,
            "tiers.base.need_rate": 0.05, "tiers.base.quality_weight": 1.0, "product.quality": 0.5,
        }  # fmt: skip
        world = community(values, "loyal", 1, base="blank")
        expected = 0.05 / (1.0 + np.exp(1.5))
        assert propensity(world.own_members, world.rules) == pytest.approx([expected] * 5, rel=1e-6)

    def test_random_is_another_lot_with_each_seed_and_the_same_with_the_same(self):
        one, again, other = (first(community(CLOSED, "random", s))["topic"] for s in (1, 1, 2))
        assert np.array_equal(one, again)
        assert not np.array_equal(one, other)

    def test_two_operators_that_seed_at_random_seed_others(self):
        scenario = sq.Scenario.load("wechat-group").with_values({**CLOSED, "market.rivals": 1})
        source = sq.Community(scenario, seed=1).tables.members["source"].reshape(2, 300)
        both = ((source[0] == SEED) & (source[1] == SEED)).sum()
        # 60 of 300 twice: hypergeometric, mean 12, SD 2.8; within five SD.
        assert 0 < both < 26


class TestPastOrders:
    """What the books show of a propensity: Poisson counts, keyed by person and operator."""

    RATES = np.exp(np.random.default_rng(1).normal(-6.0, 1.0, 4000))

    def test_they_have_mean_and_variance_of_a_poisson_count(self):
        orders = past_orders(np.full(4000, 0.01), 365.0, 1, 0)
        assert (orders == np.floor(orders)).all()
        # Mean 3.65, SD of the mean 0.030; variance 3.65, SD sqrt((mu + 2 mu^2) / n) = 0.087.
        assert abs(orders.mean() - 3.65) < 5.0 * 0.030
        assert abs(orders.var() - 3.65) < 5.0 * 0.087

    def test_they_tell_something_of_the_propensity_and_not_all(self):
        """The longer the books the more; a sum of Poisson counts is a Poisson count."""
        found = []
        for days in (30.0, 365.0, 3650.0):
            orders = past_orders(self.RATES, days, 1, 0)
            found.append(np.corrcoef(self.RATES, orders)[0, 1])
            for half in (self.RATES < np.median(self.RATES), self.RATES >= np.median(self.RATES)):
                mean = days * self.RATES[half].sum()
                assert abs(orders[half].sum() - mean) < 5.0 * np.sqrt(mean)
        assert 0.0 < found[0] < found[1] < found[2] < 1.0

    def test_each_operator_has_books_of_its_own(self):
        one, again, other, rival = (
            past_orders(self.RATES, 365.0, seed, k) for seed, k in ((1, 0), (1, 0), (2, 0), (1, 1))
        )
        assert np.array_equal(one, again)
        assert not np.array_equal(one, other)
        assert not np.array_equal(one, rival)
        assert np.array_equal(one[:10], past_orders(self.RATES[:10], 365.0, 1, 0))


@pytest.mark.jit
class TestWhatItIsLike:
    def test_high_tier_seeds_have_more_voice(self):
        """It could come out otherwise: voices of the tiers overlap (SD of ln 0.5)."""
        difference = paired(CLOSED, "high", 0, lambda world: first(world)["voice"].mean())
        assert t(difference) > 4.0

    def test_and_not_where_tiers_are_alike(self):
        values = {**CLOSED, **tiers(voice=1.0)}
        difference = paired(values, "high", 0, lambda world: first(world)["voice"].mean())
        assert abs(t(difference)) < 4.0

    def test_enthusiasts_have_more_relevance(self):
        """It could come out otherwise: relevance might not fall with distance on the circle."""

        def closeness(world):
            return np.mean([relevance(x, 0.5, 4.0) for x in first(world)["topic"]])

        assert t(paired(CLOSED, "enthusiasts", 0, closeness)) > 4.0
        assert closeness(community(CLOSED, "enthusiasts", 1)) > 0.8

    def test_without_a_topic_enthusiasts_are_anyone(self):
        values = {**CLOSED, "read.topic_breadth": np.inf}
        one, other = (first(community(values, way, 3)) for way in ("enthusiasts", "random"))
        assert_same(one, other)


@pytest.mark.jit
class TestLoyal:
    def test_they_order_more_for_each_seed(self):
        """It could come out otherwise: propensity knows neither how often somebody looks in, nor
        how soon somebody leaves, and most of the orders might come from what is read."""
        assert t(paired(CLOSED, "loyal", 60, lambda world: total(world, "orders_new"))) > 4.0

    def test_past_orders_find_buyers_too(self):
        """It could come out otherwise: a year of books might tell no more than luck."""
        assert t(paired(CLOSED, "bought", 60, lambda world: total(world, "orders_new"))) > 4.0

    def test_who_buys_alike_is_nobody_in_particular(self):
        alike = {
            **CLOSED, "tiers.high.share": 0.0, "tiers.middle.share": 0.0, "tiers.base.share": 1.0,
            "shape.need_rate": "constant", "spread.tastes": 0.0, "spread.budget": 0.0,
        }  # fmt: skip
        for seed in (1, 2):
            arms = [community(alike, way, seed, 20) for way in ("loyal", "random")]
            assert_same(arms[0].own_members, arms[1].own_members)

    def test_likely_buyers_are_not_kept_better(self):
        """Nothing in propensity speaks for staying: no difference in leavings beyond 4 SE."""
        assert abs(t(paired(CLOSED, "loyal", 60, lambda world: total(world, "exits")))) < 4.0


@pytest.mark.jit
class TestHubs:
    """Invitations come at a rate of time; contacts only limit how many distinct persons they
    reach. So hubs do not invite more, and bring in more only where others run out of contacts."""

    def test_they_send_no_more_invitations(self):
        """Each first member sends Poisson 0.5 a day x 20 days, whatever the contacts: five SD."""
        for seed in range(1, 7):
            world = community(INVITING, "hubs", seed, 20, "blank")
            sent = first(world)["invitations"].sum()
            assert abs(sent - 200.0) < 5.0 * np.sqrt(200.0)

    def test_they_bring_in_more_where_contacts_run_out(self):
        """It could come out otherwise: hubs are no better liked, and invite no more often."""
        assert t(paired(INVITING, "hubs", 20, self.brought, "blank")) > 4.0

    def test_and_no_more_where_everyone_has_plenty(self):
        values = {**INVITING, "tiers.base.reach": 5000.0}
        assert abs(t(paired(values, "hubs", 20, self.brought, "blank"))) < 4.0

    def test_with_equal_contacts_hubs_are_anyone(self):
        values = {**INVITING, "spread.reach": 0.0}
        arms = [community(values, way, 5, 10, "blank") for way in ("hubs", "random")]
        assert_same(arms[0].own_members, arms[1].own_members)

    @staticmethod
    def brought(world) -> float:
        """Persons brought in by the first members themselves."""
        members = world.own_members
        seeds = np.flatnonzero((members["source"] == SEED) & (members["joined_at"] == 0.0))
        return float(np.isin(members["inviter"], seeds).sum())
