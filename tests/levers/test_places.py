"""Places where people live, events by chance and their pull, places at an event, customers in need.

Shares and means over n draws are within three standard errors of what is declared; the standard
error follows from n. The seeds are fixed.
"""

import math

import numpy as np
import pytest

import shequn as sq
from shequn.agents.randomness import normals, uniforms
from shequn.agents.tables import (
    AD,
    ARRIVAL_DTYPE,
    GROUP_DTYPE,
    INVITE,
    LEFT,
    MEMBER,
    MUTED,
    NOBODY,
    OPERATOR_DTYPE,
    OUTSIDE,
    SEED,
    SPONTANEOUS,
    TALLY_DTYPE,
    WAITING,
    Tables,
    table,
)
from shequn.model.build import HOME_SIZE, homes_of
from shequn.model.care import (
    care,
    chance_to_come,
    event_days,
    event_on,
    events_on,
    pull_of_events,
)
from shequn.model.discovery import discover

TIERS = ("high", "middle", "base")
QUIET = {f"tiers.{tier}.session_rate": 0.0 for tier in TIERS}


def community(values: dict, seed: int = 1, **options) -> sq.Community:
    return sq.Community(sq.Scenario.load("blank").with_values(values), seed=seed, **options)


def within(count: float, n: float, chance: float) -> bool:
    """Whether a binomial number is within three standard deviations of its mean."""
    return abs(count - n * chance) < 3.0 * math.sqrt(n * chance * (1.0 - chance))


def here(world: sq.Community) -> np.ndarray:
    return np.isin(world.own_members["status"], (MEMBER, MUTED))


class TestHomes:
    @pytest.mark.parametrize("spread", [0.0, 0.7, 2.0])
    def test_sizes_are_in_proportion_to_the_exponential_of_a_normal_number(self, spread):
        n = 20_000
        homes = homes_of(n, 5, spread, 3, 1)
        u = uniforms(3, HOME_SIZE, 5, 1)
        size = np.array([math.exp(spread * normals(a, b)[0]) for a, b in zip(*u[:2], strict=True)])
        counts = np.bincount(homes, minlength=5)
        assert counts.sum() == n
        for count, share in zip(counts, size / size.sum(), strict=True):
            assert within(count, n, share)
        assert (counts.max() > 1.5 * counts.min()) == (spread > 0.0)

    @pytest.mark.jit
    def test_the_logarithms_of_sizes_spread_as_stated(self):
        """300 places for 1,000,000 people; SD of an SD over n draws: SD / sqrt(2 n).

        A place is met by 3,333 people on average: counting adds far less to the spread.
        """
        sizes = np.bincount(homes_of(1_000_000, 300, 0.8, 1, 0), minlength=300)
        assert abs(np.log(sizes).std() - 0.8) < 3.0 * 0.8 / math.sqrt(600.0)

    def test_operators_have_places_of_their_own(self):
        assert (homes_of(500, 4, 1.0, 1, 0) != homes_of(500, 4, 1.0, 1, 1)).any()
        assert (homes_of(500, 4, 1.0, 1, 0) == homes_of(500, 4, 1.0, 1, 0)).all()


class TestLivingNear:
    VALUES = {
        "market.people": 120, "group.count": 3, "group.capacity": 120, "group.seed_members": 10,
        "group.placement": "home", "group.home_spread": 0.5, **QUIET,
    }  # fmt: skip

    def test_everyone_lives_near_exactly_one_group(self):
        near = community(self.VALUES).own_members["lives_near"]
        assert sorted(set(near.tolist())) == [0, 1, 2]
        first = community({**self.VALUES, "group.placement": "first"})
        assert (first.own_members["lives_near"] == NOBODY).all()

    def test_a_rival_has_groups_of_its_own(self):
        world = community({**self.VALUES, "market.rivals": 1})
        near = world.tables.members["lives_near"].reshape(2, -1)
        assert sorted(set(near[0].tolist())) == [0, 1, 2]
        assert sorted(set(near[1].tolist())) == [3, 4, 5]

    @pytest.mark.parametrize("seeding", ["random", "hubs"])
    def test_first_members_come_from_near(self, seeding):
        """As many as wanted, or all who live there: with so wide a spread a place has too few."""
        values = {**self.VALUES, "group.home_spread": 1.5, "group.seeding": seeding}
        world = community(values, 3)
        members = world.own_members[here(world)]
        assert (members["source"] == SEED).all()
        assert (members["group"] == members["lives_near"]).all()
        near = np.bincount(world.own_members["lives_near"], minlength=3)
        assert near.min() < 10 < near.max()
        assert np.bincount(members["group"], minlength=3).tolist() == np.minimum(near, 10).tolist()
        assert world.tables.groups["n_members"].tolist() == np.minimum(near, 10).tolist()

    @pytest.mark.parametrize(("overflow", "status"), [("turn-away", OUTSIDE), ("wait", WAITING)])
    def test_nobody_uninvited_goes_elsewhere(self, overflow, status):
        """The first place is full; the others have room, but only for those who live there."""
        values = {**self.VALUES, "discovery.rate": 0.1, "group.overflow": overflow}
        world = community(values)
        members, groups = world.own_members, world.tables.groups
        groups["capacity"][0] = groups["n_members"][0]
        out = ~here(world)
        members["membership_clock"][out] = 1e-3
        world.step()
        for place in range(3):
            came = members["status"][out & (members["lives_near"] == place)]
            assert len(came) > 5
            assert (came == (status if place == 0 else MEMBER)).all()
        inside = here(world)
        assert (members["group"][inside] == members["lives_near"][inside]).all()

    def test_only_an_invitation_brings_people_elsewhere(self):
        values = {**self.VALUES, "discovery.rate": 0.02, "invite.rate": 0.3}
        values |= {f"tiers.{tier}.session_rate": 1.0 for tier in TIERS}
        world = community(values)
        for _ in range(10):
            world.step()
        members = world.own_members[here(world)]
        asked = members["source"] == INVITE
        near = members["group"] == members["lives_near"]
        assert near[~asked].all()
        assert not near[asked].all()
        assert (members["source"] == SPONTANEOUS).sum() > 5


class TestEventsByChance:
    @staticmethod
    def held(every: int, days: int, timing: str = "random") -> np.ndarray:
        values = {"event.every": every, "event.timing": timing, "group.count": 3}
        world = community(values)
        groups, rules = world.tables.groups, world.rules
        held = event_days(days, 0, 3, groups, rules)
        for day in range(min(days, 20)):
            assert events_on(day, 0, 3, groups, rules) == held[day].sum()
            for g in range(3):
                assert event_on(g, day, rules[0]) == held[day, g]
        return held

    def test_each_group_holds_one_every_so_many_days_on_average(self):
        held = self.held(7, 1500)
        for g in range(3):
            assert within(held[:, g].sum(), 1500, 1.0 / 7.0)

    def test_groups_and_days_have_chances_of_their_own(self):
        held = self.held(7, 1500)
        for g in range(3):
            both = held[:, g] & held[:, (g + 1) % 3]
            assert within(both.sum(), 1500, 1.0 / 49.0)
            assert within((held[1:, g] & held[:-1, g]).sum(), 1499, 1.0 / 49.0)

    def test_at_fixed_times_all_groups_hold_it_together(self):
        held = self.held(7, 50, "fixed")
        assert np.flatnonzero(held.any(axis=1)).tolist() == [6, 13, 20, 27, 34, 41, 48]
        assert held[6].all()

    def test_every_day_is_every_day_and_0_is_never(self):
        assert self.held(1, 40).all()
        assert not self.held(0, 40).any()

    def test_each_is_paid_for(self):
        values = {
            "event.every": 4,
            "event.timing": "random",
            "group.count": 3,
            "costs.event": 100.0,
        }
        world = community(values)
        for _ in range(15):
            world.step()
        held = event_days(15, 0, 3, world.tables.groups, world.rules)
        cost = world.journal.operator_column("event_cost")
        assert cost.tolist() == (100.0 * held.sum(axis=1)).tolist()
        assert len(set(cost.tolist())) > 2


class TestPull:
    @staticmethod
    def pull(days: int, **event: float | str) -> np.ndarray:
        values = {f"event.{name}": value for name, value in event.items()}
        world = community({**values, "group.count": 2})
        groups, rules = world.tables.groups, world.rules
        pull = np.full((days, 2), np.nan)
        for day in range(days):
            pull_of_events(day, 0, 2, groups, rules, pull[day])
        return pull

    @pytest.mark.parametrize(
        ("every", "notice", "expected"),
        [
            (10, 3, [0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 0, 0]),  # the event is on day 9
            (10, 0, [0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0]),
            (4, 7, [4] * 12),  # two at a time
            (3, 3, [2, 2, 4, 2, 2, 4, 2, 2, 4, 2, 2, 4]),
            (0, 7, [0] * 12),
        ],
    )
    def test_it_lasts_from_the_announcement_to_the_day_itself(self, every, notice, expected):
        pull = self.pull(12, every=every, notice=notice, pull=2.0)
        assert pull.T.tolist() == [expected, expected]

    def test_by_chance_each_group_has_its_own(self):
        values = {"event.every": 5, "event.timing": "random", "group.count": 2}
        world = community(values)
        held = event_days(60, 0, 2, world.tables.groups, world.rules)
        pull = self.pull(50, every=5, timing="random", notice=4, pull=0.5)
        for day in range(50):
            assert pull[day].tolist() == (0.5 * held[day : day + 5].sum(axis=0)).tolist()
        assert (pull[:, 0] != pull[:, 1]).any()

    def test_it_multiplies_the_discovery_of_those_who_live_near(self, room):
        """Clocks run down by rate x (1 + pull): 2 of place 5, none of 6, the mean for others.

        What a prize adds is not multiplied.
        """
        world = room({"discovery.rate": 0.01, "discovery.prize_pull": 0.1}, people=6)
        world.p.today_prize = 0.5
        members = world.members
        members["status"], members["lives_near"] = OUTSIDE, [5, 6, -1, 5, 6, -1]
        members["prize_taste"][3:] = 1.0
        members["membership_clock"] = 1.0
        groups, operators = table(7, GROUP_DTYPE), table(1, OPERATOR_DTYPE)
        operators["first_group"] = 5
        none = np.empty(0)
        tables = Tables(members, none, groups, none, operators, none, none)
        arrivals = np.empty(6, ARRIVAL_DTYPE)
        calls = np.array([2.0, 0.0]), np.ones((6, 2))
        assert discover(3, 0, tables, calls, world.p, arrivals, 0) == 0
        spent = 1.0 - members["membership_clock"]
        expected = [0.03, 0.01, 0.02, 0.08, 0.06, 0.07]
        assert spent.tolist() == pytest.approx(expected, abs=1e-6)

    @pytest.mark.jit
    def test_joins_rise_near_an_announced_event_and_nowhere_else(self):
        """Who is outside joins with probability 1 - exp(-0.001 x (1 + 4 x events announced)).

        Joins of all days and groups with none, one, two or more announced: sums of binomial
        numbers, three standard deviations each.
        """
        values = {
            "market.people": 6000, "group.count": 3, "group.placement": "home",
            "discovery.rate": 0.001, "event.every": 8, "event.timing": "random",
            "event.notice": 6, "event.pull": 4.0, "event.turnout": 0.0, **QUIET,
        }  # fmt: skip
        world = community(values)
        held = event_days(80, 0, 3, world.tables.groups, world.rules)
        counts = np.zeros((3, 3))  # joins, expected, variance
        for day in range(60):
            out = world.own_members["lives_near"][~here(world)]
            world.step()
            announced = held[day : day + 7].sum(axis=0)
            for g in range(3):
                chance = 1.0 - math.exp(-0.001 * (1.0 + 4.0 * announced[g]))
                n = (out == g).sum()
                came = world.journal.by_group("joins_spontaneous")[day, g]
                counts[:, min(announced[g], 2)] += came, n * chance, n * chance * (1.0 - chance)
        assert (counts[1] > 50.0).all()
        assert (np.abs(counts[0] - counts[1]) < 3.0 * np.sqrt(counts[2])).all()


class TestPlacesOfAnEvent:
    EVENT = {"event.every": 1, "event.turnout": 0.5}

    def chance(self, room, places: float) -> float:
        """Six people; keen are 1.0, 0.8 (belonging), 0.5 (muted), 0.2: 2.5 in sum."""
        world = room({**self.EVENT, "event.places": places}, people=6)
        world.members["habit"] = [1.0, 0.1, 0.5, 0.2, 1.0, 1.0]
        world.members["belonging"] = [0.0, 0.8, 0.3, 0.1, 1.0, 0.0]
        world.members["status"] = [MEMBER, MEMBER, MUTED, MEMBER, LEFT, MEMBER]
        return chance_to_come(0, 4, np.arange(5), world.members, world.p)  # the last is elsewhere

    @pytest.mark.parametrize(
        ("places", "chance"), [(math.inf, 0.5), (1.25, 0.5), (1.0, 0.4), (2.0, 0.5)]
    )
    def test_all_come_less_where_more_want_to_come(self, room, places, chance):
        """1.25 guests are expected."""
        assert self.chance(room, places) == pytest.approx(chance, rel=1e-6)

    def test_the_mean_number_of_guests_is_at_most_the_places(self, room):
        """2,000 at 0.5 x 0.8 would be 800 guests; there are 100 places: a chance of 1 / 20 each."""
        n = 2000
        world = room({**self.EVENT, "event.places": 100.0}, people=n)
        world.members["habit"] = 0.8
        tally = table(1, TALLY_DTYPE)[0]
        chance = chance_to_come(0, 4, np.arange(n), world.members, world.p)
        for row in range(n):
            care(world.members[row], row, 5.0, chance, tally, world.p)
        assert within(tally["guests"], n, 0.05)

    def test_without_an_event_nobody_comes_anywhere(self, room):
        world = room({"event.every": 5, "event.turnout": 1.0})
        world.members["habit"] = 1.0
        for day, chance in ((3, 0.0), (4, 1.0), (5, 0.0)):
            assert chance_to_come(0, day, np.arange(4), world.members, world.p) == chance


class TestInNeed:
    """Who comes because of a need buys at once; needs of others are a thousand years away."""

    VALUES = {
        "market.people": 300, "group.seed_members": 30, "group.capacity": 300,
        "discovery.rate": 0.04, "discovery.ad_budget": 100.0, "discovery.ad_response": 0.05,
        "discovery.ad_cost": 1.0, "discovery.in_need": 1.0,
        "invite.rate": 0.1, "buy.constant": 50.0,
        **{f"tiers.{tier}.need_rate": 1e-6 for tier in TIERS},
    }  # fmt: skip

    @pytest.mark.jit
    def test_the_first_order_is_in_the_first_session_of_all_who_came_unasked(self):
        world = community(self.VALUES, keep_messages=True)
        for day in range(12):
            before = world.own_members.copy()
            world.step()
            now = world.own_members
            first = np.isnan(before["last_session_at"]) & ~np.isnan(now["last_session_at"])
            unasked = np.isin(now["source"], (AD, SPONTANEOUS))
            assert (now["orders"][first & unasked] == 1).all()
            assert (now["last_order_at"][first & unasked] >= day).all()
            assert (now["orders"][~unasked] == 0).all()
            assert (now["orders"][np.isnan(now["last_session_at"])] == 0).all()
        ever = ~np.isnan(now["last_session_at"])
        for source in (AD, SPONTANEOUS, INVITE, SEED):
            assert (ever & (now["source"] == source)).sum() > 10, source
        assert len(world.orders) == now["orders"].sum() == (ever & unasked).sum()

    @pytest.mark.jit
    @pytest.mark.parametrize("share", [0.0, 0.4])
    def test_as_many_as_stated(self, share):
        values = {
            **self.VALUES, "market.people": 2000, "group.capacity": 2000,
            "discovery.in_need": share,
        }  # fmt: skip
        world = community(values)
        for _ in range(20):
            world.step()
        members = world.own_members
        been = np.isin(members["source"], (AD, SPONTANEOUS)) & (members["last_session_at"] > 0.0)
        ordered = (members["orders"][been] > 0).sum()
        assert been.sum() > 300
        assert ordered == 0 if share == 0.0 else within(ordered, been.sum(), share)
