"""Care for members: onboarding, events, contact after an order. Directions, costs, off-switches.

Every comparison is paired: both arms have the same seeds. Where one says "t > 4", the mean of the
12 paired differences is more than four of its standard errors above 0; by chance that happens with
probability 0.001 (Student's t, 11 degrees of freedom); events have 24 pairs, so less often.
"""

import numpy as np
import pytest

from shequn.agents import verbs
from shequn.agents.tables import MEMBER, MUTED, TALLY_DTYPE, blank_pages, table
from shequn.model.care import care, chance_to_come, make_ties
from tests.levers.steady import STEADY
from tests.paired import assert_same, community, t, tiers

SEEDS = range(1, 13)


# A lively group that people join and leave.
LIVELY = {
    **STEADY, "market.people": 300, "group.capacity": 300, "group.seed_fill": 0.0,
    "group.seed_members": 60,
    "policy.promo_share": 0.1, "discovery.rate": 0.02, "stay.scale": 0.02,
    **tiers(talk=0.05, need_rate=0.05, exit_rate=0.01),
}  # fmt: skip
BUYING = {**LIVELY, "buy.constant": 1.0}
EVENTS = {"event.every": 7, "event.turnout": 0.5}
DAYS = 40


class Pairs:
    """Worlds in pairs: without a lever and with it."""

    def __init__(self, values: dict, lever: dict, seeds: range = SEEDS) -> None:
        self.without = [community(values, seed, DAYS) for seed in seeds]
        self.with_it = [community({**values, **lever}, seed, DAYS) for seed in seeds]

    def t(self, measure) -> float:
        """Mean of the paired differences, in standard errors."""
        arms = [np.array([measure(w) for w in arm]) for arm in (self.with_it, self.without)]
        return t(arms[0] - arms[1])


@pytest.fixture(scope="module")
def introduced() -> Pairs:
    return Pairs(LIVELY, {"onboarding.ties": 10.0})


@pytest.fixture(scope="module")
def welcomed() -> Pairs:
    return Pairs(LIVELY, {"onboarding.belonging": 0.5})


@pytest.fixture(scope="module")
def invited_to_events() -> Pairs:
    """24 pairs: who belongs comes too, and is bound less by it, so fewer are kept (3 of 70)."""
    return Pairs(LIVELY, EVENTS, range(1, 25))


@pytest.fixture(scope="module")
def followed() -> Pairs:
    """24 pairs: what the hours cost is little beside what members are worth by luck."""
    return Pairs(BUYING, {"desk.follow_up": 1.0}, range(1, 25))


def total(name: str):
    return lambda world: float(world.journal.total(name).sum())


def cost(name: str):
    return lambda world: float(world.journal.operator_column(name).sum())


def mean_of(name: str):
    """Mean of a stock over the members at the end."""

    def measure(world) -> float:
        members = world.own_members
        here = (members["status"] == MEMBER) | (members["status"] == MUTED)
        return float(members[name][here].mean())

    return measure


class TestTies:
    @pytest.mark.parametrize(
        ("known", "ties", "expected"),
        [(2.0, 5.0, 7.0), (148.0, 5.0, 150.0), (150.0, 5.0, 150.0), (0.0, 0.0, 0.0)],
    )
    def test_up_to_the_limit_of_familiarity(self, room, known, ties, expected):
        world = room()
        world.members[0]["familiarity"] = known
        make_ties(world.members[0], ties, world.p)
        assert world.members[0]["familiarity"] == expected

    def test_who_knows_more_than_the_limit_already_loses_nobody(self, room):
        world = room({"feel.familiarity_limit": 10.0})
        world.members[0]["familiarity"] = 12.0
        make_ties(world.members[0], 5.0, world.p)
        assert world.members[0]["familiarity"] == 12.0


def chance_in(world, time: float = 7.0) -> float:
    """Chance that somebody of habit 1 comes to an event on the day that ends now."""
    roster = np.arange(len(world.members))
    return chance_to_come(0, int(time) - 1, roster, world.members, world.p)


def cared(world, tally, time: float = 7.0, row: int = 0, chance: float | None = None):
    chance = chance_in(world, time) if chance is None else chance
    care(world.members[row], row, time, chance, tally, world.p)
    return world.members[row]


class TestEventsInARoom:
    EVENT = {
        "event.every": 1, "event.turnout": 0.3, "event.ties": 4.0, "event.belonging": 0.25,
        "feel.familiarity_limit": 150.0,
    }  # fmt: skip

    def test_a_guest_gains_ties_and_a_share_of_the_belonging_that_is_missing(self, room):
        world = room({**self.EVENT, "event.turnout": 1.0})
        member = world.members[0]
        member["habit"], member["belonging"], member["familiarity"] = 1.0, 0.2, 3.0
        tally = table(1, TALLY_DTYPE)[0]
        cared(world, tally)
        assert member["belonging"] == pytest.approx(0.2 + 0.25 * 0.8, rel=1e-6)
        assert member["familiarity"] == 7.0
        assert tally["guests"] == 1.0

    def test_no_event_today_nobody_comes(self, room):
        world = room({**self.EVENT, "event.every": 5, "event.turnout": 1.0})
        world.members[0]["habit"] = 1.0
        tally = table(1, TALLY_DTYPE)[0]
        cared(world, tally)
        assert tally["guests"] == 0.0
        assert world.members[0]["belonging"] == 0.0

    @pytest.mark.parametrize(("habit", "belonging"), [(1.0, 0.0), (0.5, 0.2), (0.2, 0.5)])
    def test_the_turnout_is_turnout_x_habit_or_belonging(self, room, habit, belonging):
        """Binomial: 4,000 members, within five SD (false alarm below 1e-6)."""
        n = 4000
        world = room(self.EVENT, people=n)
        world.members["habit"], world.members["belonging"] = habit, belonging
        tally = table(1, TALLY_DTYPE)[0]
        chance = chance_in(world)
        assert chance == 0.3
        for row in range(n):
            cared(world, tally, row=row, chance=chance)
        chance *= max(habit, belonging)
        assert abs(tally["guests"] - n * chance) < 5.0 * np.sqrt(n * chance * (1.0 - chance))


class TestFollowUpInARoom:
    def test_who_has_ordered_today_gains_belonging(self, room):
        world = room({"desk.follow_up": 1.0, "feel.followed_up": 0.2})
        member = world.members[0]
        member["belonging"], member["orders"], member["last_order_at"] = 0.5, 1, 6.4
        tally = table(1, TALLY_DTYPE)[0]
        cared(world, tally)
        assert member["belonging"] == pytest.approx(0.5 + 0.2 * 0.5, rel=1e-6)
        assert tally["followed_up"] == 1.0

    @pytest.mark.parametrize("last", [5.9, np.nan])
    def test_who_has_not_is_left_alone(self, room, last):
        world = room({"desk.follow_up": 1.0, "feel.followed_up": 0.2})
        world.members[0]["last_order_at"] = last
        tally = table(1, TALLY_DTYPE)[0]
        assert cared(world, tally)["belonging"] == 0.0
        assert tally["followed_up"] == 0.0

    def test_the_share_is_kept(self, room):
        """Binomial: 4,000 buyers at 0.4, within five SD."""
        n = 4000
        world = room({"desk.follow_up": 0.4}, people=n)
        world.members["last_order_at"] = 6.5
        world.members["orders"] = 1
        tally = table(1, TALLY_DTYPE)[0]
        for row in range(n):
            cared(world, tally, row=row)
        assert abs(tally["followed_up"] - 0.4 * n) < 5.0 * np.sqrt(n * 0.24)


@pytest.mark.jit
class TestOnboarding:
    def test_a_newcomer_knows_more_of_the_authors(self, room):
        """Familiarity over size: 12 of 40 known with ties, 2 of 40 without; over 4,000 authors
        each a binomial number, within five SD."""
        seen = []
        for familiarity in (2.0, 12.0):
            world = room(people=40, feed=4096)
            world.group["n_members"] = 40
            for author in range(1, 4001):
                world.post(author=author)
            world.members[0]["capacity"] = 1e5
            world.members[0]["familiarity"] = familiarity
            verbs.read(
                world.members[0], 0, world.feed, world.group, world.visit, blank_pages(), world.p
            )
            seen.append(int(world.visit["known"]))
            share = familiarity / 40
            assert abs(seen[-1] - 4000 * share) < 5.0 * np.sqrt(4000 * share * (1.0 - share))
        assert seen[1] > 3 * seen[0]

    def test_ties_raise_belonging_and_keep_members(self, introduced):
        """It could come out otherwise: friends make a group livelier, and who misses most of what
        is written is overloaded and leaves."""
        assert introduced.t(mean_of("familiarity")) > 4.0
        assert introduced.t(mean_of("belonging")) > 4.0
        assert introduced.t(lambda world: world.summary["messages"]) > 4.0

    def test_each_introduction_costs_time_and_the_first_members_are_free(self, introduced):
        for with_it in introduced.with_it:
            later = sum(total(f"joins_{s}")(with_it) for s in ("invite", "spontaneous"))
            assert cost("welcome_cost")(with_it) == pytest.approx(40.0 * 0.01 * 10.0 * later)
        assert all(cost("welcome_cost")(world) == 0.0 for world in introduced.without)

    def test_so_it_need_not_pay(self, introduced):
        """Ties keep some members, who order a little; the hours cost more than that here."""
        assert introduced.t(lambda world: world.summary["customer_equity"]) < -4.0

    def test_a_welcome_keeps_members(self, welcomed):
        """It could come out otherwise: who belongs reads a livelier, more crowded group."""
        assert welcomed.t(mean_of("belonging")) > 4.0
        assert welcomed.t(total("exits")) < -4.0

    def test_belonging_that_does_not_keep_anyone_keeps_no_one(self):
        """Ablation: where belonging weighs nothing, a welcome changes belonging alone."""
        off = {**LIVELY, "stay.belonging": 0.0, "invite.from_belonging": 0.0}
        one, other = (community({**off, "onboarding.belonging": b}, 3, DAYS) for b in (0.0, 0.5))
        assert_same(one, other, but=("belonging",))
        assert mean_of("belonging")(other) > mean_of("belonging")(one)

    def test_ties_that_nobody_cares_for_change_nothing(self):
        """Ablation: where it does not matter who an author is, ties change familiarity alone."""
        off = {**LIVELY, "read.known_bonus": 0.0, "feel.belonging_known": 0.0}
        off |= {"feel.word_of_strangers": 1.0, **tiers(social_taste=0.0)}
        one, other = (community({**off, "onboarding.ties": ties}, 3, DAYS) for ties in (0.0, 10.0))
        assert_same(one, other, but=("familiarity",))
        assert mean_of("familiarity")(other) > mean_of("familiarity")(one) + 5.0


@pytest.mark.jit
class TestEvents:
    def test_they_raise_ties_and_belonging_and_keep_members(self, invited_to_events):
        """It could come out otherwise: only who comes often anyway is likely to be a guest, whom
        an event cannot bind much more."""
        assert invited_to_events.t(mean_of("familiarity")) > 4.0
        assert invited_to_events.t(mean_of("belonging")) > 4.0
        assert invited_to_events.t(total("exits")) < -4.0

    def test_each_event_and_each_guest_is_paid_for(self, invited_to_events):
        for world in invited_to_events.with_it:
            assert cost("event_cost")(world) == 5 * 500.0 + 20.0 * total("guests")(world)
            days = np.flatnonzero(world.journal.operator_column("event_cost"))
            assert list(days + 1) == [7, 14, 21, 28, 35]
        assert all(cost("event_cost")(world) == 0.0 for world in invited_to_events.without)

    def test_so_it_need_not_pay(self, invited_to_events):
        assert invited_to_events.t(lambda world: world.summary["customer_equity"]) < -4.0

    def test_an_event_in_each_group(self):
        values = {"market.people": 60, "group.count": 3, "group.seed_members": 20}
        values |= {"event.every": 2, "event.turnout": 0.0}
        world = community(values, 1, 4, "blank")
        assert cost("event_cost")(world) == 2 * 3 * 500.0

    def test_half_of_a_faithful_group_comes(self):
        """200 members of habit 1, 20 events at turnout 0.3: binomial, within five SD."""
        values = {"market.people": 200, "group.seed_members": 200, "event.every": 2}
        world = community({**values, "event.turnout": 0.3}, 1, 40, "blank")
        assert abs(total("guests")(world) - 1200.0) < 5.0 * np.sqrt(4000 * 0.21)

    def test_an_event_that_gives_nothing_changes_nothing(self):
        dull = {**EVENTS, "event.ties": 0.0, "event.belonging": 0.0}
        one, other = (community({**LIVELY, **lever}, 3, DAYS) for lever in ({}, dull))
        assert total("guests")(other) > 50.0
        assert_same(one, other)


@pytest.mark.jit
class TestFollowUp:
    def test_it_binds_buyers_who_order_again(self, followed):
        """It could come out otherwise: belonging does not enter the choice to buy; repeat orders
        come only from those who would have left."""
        assert followed.t(mean_of("belonging")) > 4.0
        assert followed.t(total("exits")) < -4.0
        assert followed.t(total("orders_repeat")) > 4.0

    def test_everyone_who_bought_and_is_there_at_midnight_is_contacted_once_a_day(self):
        world = community({**BUYING, "desk.follow_up": 1.0}, 1, 0)
        for day in range(20):
            world.step()
            members = world.own_members
            here = (members["status"] == MEMBER) | (members["status"] == MUTED)
            bought = int((here & (members["last_order_at"] >= day)).sum())
            assert world.journal.total("followed_up")[-1] == bought
        contacted = total("followed_up")(world)
        assert contacted > 50.0
        assert cost("desk_cost")(world) == pytest.approx(40.0 * 0.1 * contacted)

    def test_here_the_hours_cost_more_than_the_orders_bring(self, followed):
        """Opposing: more repeat orders, and four CNY of work on every order."""
        assert followed.t(lambda world: world.summary["customer_equity"]) < -4.0

    def test_a_contact_that_gives_nothing_changes_nothing(self):
        dull = {"desk.follow_up": 1.0, "feel.followed_up": 0.0}
        one, other = (community({**BUYING, **lever}, 3, DAYS) for lever in ({}, dull))
        assert total("followed_up")(other) > 50.0
        assert_same(one, other)

    def test_an_element_that_is_off_switches_it_off(self):
        off = {"desk.follow_up": 1.0, "elements.follow_up": False}
        one, other = (community({**BUYING, **lever}, 3, 10) for lever in ({}, off))
        assert total("followed_up")(other) == 0.0
        assert_same(one, other)
