"""Groups: who comes in, what a full group does, whom an invitation reaches, who is queued."""

import numpy as np
import pytest

import shequn as sq
from shequn.agents.tables import (
    BELOW_THRESHOLD,
    DECLINED,
    INVITE,
    JOINED,
    LEFT,
    MEMBER,
    MUTED,
    NOT_FREE,
    OUTSIDE,
    QUEUED,
    SPONTANEOUS,
    TURNED_AWAY,
    WAITING,
)

AT_ONCE = 1e-6  # what is left on a clock that is to run out before the first midnight


def community(values: dict, **options) -> sq.Community:
    return sq.Community(sq.Scenario.load("blank").with_values(values), seed=1, **options)


def small(**changes) -> dict:
    """Twenty people, four of them members of one group of five."""
    values = {"market.people": 20, "group.seed_members": 4, "group.capacity": 5}
    return {**values, **{name.replace("__", "."): value for name, value in changes.items()}}


def outside(world: sq.Community) -> np.ndarray:
    return np.flatnonzero(world.tables.members["status"] == OUTSIDE)


def inside(world: sq.Community) -> np.ndarray:
    return np.flatnonzero(np.isin(world.tables.members["status"], (MEMBER, MUTED)))


def find(world: sq.Community, *rows: int) -> None:
    """Have these people discover the group today, in this order; nobody else does so soon."""
    world.tables.members["membership_clock"][outside(world)] = 1e9
    for place, row in enumerate(rows):
        world.tables.members["membership_clock"][row] = AT_ONCE * (1 + place)


def leave(world: sq.Community, row: int) -> None:
    """Have this member leave today."""
    world.tables.members["exit_rate"][row] = 1.0
    world.tables.members["membership_clock"][row] = 0.5


class TestDiscovery:
    def test_who_finds_the_group_comes_in_while_there_is_room(self):
        world = community(small(discovery__rate=0.1, group__overflow="turn-away"))
        first, second, third = outside(world)[[7, 3, 5]]
        find(world, first, second, third)
        world.step()
        members = world.tables.members
        assert members["status"][[first, second, third]].tolist() == [MEMBER, OUTSIDE, OUTSIDE]
        assert (members["source"][first], members["joined_at"][first]) == (SPONTANEOUS, 1.0)
        assert world.tables.groups["n_members"].tolist() == [5]
        assert world.journal.total("joins_spontaneous").tolist() == [1.0]

    def test_whoever_is_turned_away_may_come_again(self):
        world = community(small(discovery__rate=0.1, group__seed_members=5))
        late = int(outside(world)[0])
        find(world, late)
        world.step()
        assert world.tables.members["status"][late] == OUTSIDE
        world.tables.members["membership_clock"][late] = AT_ONCE
        leave(world, int(inside(world)[0]))
        world.step()
        assert world.tables.members["status"][late] == MEMBER

    def test_without_a_rate_nobody_comes(self):
        world = community(small())
        find(world, *outside(world))
        world.step()
        assert len(inside(world)) == 4

    def test_advertising_brings_what_its_budget_buys(self):
        """1,000 people see 10 advertisements each at a response of 1 %: hazard 0.1.

        Binomial(1000, 1 - exp(-0.1)), five standard deviations: 6e-7.
        """
        values = {"discovery.ad_budget": 500.0, "discovery.ad_cost": 0.05,
                  "discovery.ad_response": 0.01}  # fmt: skip
        world = community(values)
        world.step()
        chance = -np.expm1(-0.1)
        joins = world.journal.total("joins_ad")[0]
        assert abs(joins - 1000 * chance) < 5 * np.sqrt(1000 * chance * (1 - chance))
        assert world.journal.operator_column("advertising_cost").tolist() == [500.0]

    def test_relevance_keeps_away_those_whose_topic_it_is_not(self):
        values = {"discovery.rate": 0.1, "discovery.relevance": True, "read.topic_breadth": 0.05,
                  "group.topic": 0.5}  # fmt: skip
        world = community(values)
        for _ in range(5):
            world.step()
        topics = world.tables.members["topic"]
        near = np.abs(topics - 0.5) < 0.1
        joined = world.tables.members["status"] == MEMBER
        assert joined[near].mean() > 2 * joined[~near].mean()


class TestWaiting:
    def full(self, *rows_asking: int) -> sq.Community:
        """A full group of five that lets people wait; these have asked, in this order."""
        world = community(small(group__seed_members=5, group__overflow="wait", discovery__rate=0.1))
        find(world, *outside(world)[list(rows_asking)])
        world.step()
        return world

    def test_whoever_finds_no_room_waits(self):
        world = self.full(4, 2)
        members = world.tables.members
        assert (members["status"] == WAITING).sum() == 2
        assert (members["joins"][members["status"] == WAITING] == 0).all()
        assert world.tables.groups["n_members"].tolist() == [5]
        assert not world.daily["joins_spontaneous"].any()

    def test_the_first_to_ask_is_the_first_to_enter(self):
        world = self.full(4, 2, 9)
        asked = world.tables.members["joined_at"]
        queue = np.flatnonzero(world.tables.members["status"] == WAITING)
        queue = queue[np.argsort(asked[queue])]
        for turn, row in enumerate(queue):
            assert world.tables.members["status"][row] == WAITING
            leave(world, int(inside(world)[0]))
            world.step()
            assert world.tables.members["status"][row] == MEMBER
            assert world.tables.members["joined_at"][row] == turn + 2.0
            assert world.tables.groups["n_members"].tolist() == [5]

    def test_nobody_enters_while_nobody_leaves(self):
        world = self.full(4)
        for _ in range(5):
            world.step()
        assert (world.tables.members["status"] == WAITING).sum() == 1


class TestOpening:
    def test_a_full_group_opens_another(self):
        values = small(group__overflow="open", discovery__rate=0.1, market__people=18)
        world = community(values)
        find(world, *outside(world))
        world.step()
        assert world.open_groups == 4
        assert world.tables.groups["n_members"][:5].tolist() == [5, 5, 5, 3, 0]
        assert world.tables.groups["opened_at"][:4].tolist() == [0.0, 1.0, 1.0, 1.0]
        assert len(world.groups.query("day == 1")) == 4

    def test_free_places_are_filled_before_a_group_opens(self):
        values = small(group__overflow="open", discovery__rate=0.1, group__count=3)
        world = community(values)
        find(world, *outside(world)[:3])
        world.step()
        assert world.open_groups == 3
        assert world.tables.groups["n_members"][:3].tolist() == [5, 5, 5]

    def test_without_a_group_nobody_can_come(self):
        world = community({"group.count": 0, "discovery.rate": 1.0, "group.overflow": "open"})
        for _ in range(3):
            world.step()
        assert (world.open_groups, len(inside(world))) == (0, 0)
        assert world.summary["groups"] == 0


class TestInvitations:
    """A network of five: 1 and 2 are members and know 3; 4 and 5 are known by nobody."""

    def net(self, scenario_file, edges: str = "1,3\n2,3\n", **changes) -> sq.Community:
        scenario_file("from,to\n" + edges, "edges.csv")
        path = scenario_file('extends = "blank"\n[market]\npeople = 5\nnetwork = "edges.csv"\n')
        values = {name.replace("__", "."): value for name, value in changes.items()}
        values["tiers.base.session_rate"] = 0.0  # who asks first is said by the test
        world = sq.Community(sq.Scenario.load(path).with_values(values), seed=1)
        for row in (0, 1):
            member = world.tables.members[row]
            member["status"], member["group"], member["joined_at"], member["habit"] = (
                MEMBER,
                0,
                0,
                1,
            )
            member["joins"] = 1
            world.tables.groups["n_members"][0] += 1
        world._roster()
        return world

    @staticmethod
    def invite(world: sq.Community, *rows: int) -> list[int]:
        """These members send one invitation each; give what became of them."""
        before = len(world.invitation_log)
        for row in rows:
            world.tables.members["invitations"][row] += 1
            world.tables.members["pending_invitations"][row] += 1
            world.tables.members["last_session_at"][row] = world.day + 0.25 + 0.25 * row
        world.step()
        return world.invitation_log["outcome"][before:].tolist()

    def test_an_invitation_accepted(self, scenario_file):
        world = self.net(scenario_file)
        assert self.invite(world, 0) == [JOINED]
        guest = world.tables.members[2]
        assert (guest["status"], guest["inviter"], guest["source"]) == (MEMBER, 0, INVITE)
        assert (guest["joined_at"], guest["group"]) == (1.0, 0)
        line = world.invitation_log[0]
        assert (line["time"], line["inviter"], line["contact"], line["group"]) == (1.0, 0, 2, 0)

    def test_an_invitation_to_a_member(self, scenario_file):
        world = self.net(scenario_file)
        assert self.invite(world, 0, 1) == [JOINED, NOT_FREE]
        assert self.invite(world, 0) == [NOT_FREE]
        assert world.journal.total("joins_invite").tolist() == [1.0, 0.0]

    def test_whoever_knows_nobody_invites_nobody(self, scenario_file):
        world = self.net(scenario_file, edges="3,1\n")
        assert self.invite(world, 0) == [NOT_FREE]
        assert len(inside(world)) == 2

    def test_an_invitation_declined(self, scenario_file):
        world = self.net(scenario_file, invite__accept=0.0)
        assert self.invite(world, 0) == [DECLINED]
        assert len(inside(world)) == 2

    @pytest.mark.parametrize(
        "change", [{"invite__friction": 1.0, "invite__clicks": 1}, {"invite__accept": 0.0}]
    )
    def test_what_stops_every_invitation(self, scenario_file, change):
        assert self.invite(self.net(scenario_file, **change), 0, 1) == [DECLINED, DECLINED]

    def test_no_trust_in_a_voice_of_0(self, scenario_file):
        world = self.net(scenario_file, invite__trust=1.0)
        world.tables.members["voice"][0] = 0.0
        assert self.invite(world, 0, 1) == [DECLINED, JOINED]

    def test_a_threshold_of_two_distinct_inviters(self, scenario_file):
        world = self.net(scenario_file, invite__threshold=2)
        assert self.invite(world, 0) == [BELOW_THRESHOLD]
        assert self.invite(world, 0) == [BELOW_THRESHOLD]  # the same inviter counts once
        assert world.tables.members["inviters"][2] == 1
        assert self.invite(world, 1) == [JOINED]
        assert world.tables.members["inviter"][2] == 1

    def test_the_count_of_inviters_starts_anew_for_who_left(self, scenario_file):
        world = self.net(scenario_file, invite__threshold=2, invite__refractory=3.0)
        assert self.invite(world, 0, 1) == [BELOW_THRESHOLD, JOINED]
        leave(world, 2)
        world.step()
        world.tables.members["exit_rate"][2] = 0.0
        assert self.invite(world, 1) == [NOT_FREE]  # in the refractory time nobody counts
        world.step()
        for _ in range(2):
            assert self.invite(world, 0) == [BELOW_THRESHOLD]  # counts again, but once
        world.tables.members["joins"][0] += 1  # as if this inviter had left and come back
        assert self.invite(world, 0) == [BELOW_THRESHOLD]
        assert world.tables.members["inviters"][2] == 1
        assert self.invite(world, 1) == [JOINED]
        assert world.invitation_log["contact_joins"].tolist() == [0, 0, 1, 1, 1, 1, 1]

    @pytest.mark.parametrize(
        ("overflow", "outcome", "status"),
        [("turn-away", TURNED_AWAY, OUTSIDE), ("wait", QUEUED, WAITING), ("open", JOINED, MEMBER)],
    )
    def test_an_invitation_to_a_full_group(self, scenario_file, overflow, outcome, status):
        world = self.net(scenario_file, group__capacity=2, group__overflow=overflow)
        assert self.invite(world, 0) == [outcome]
        assert world.tables.members["status"][2] == status
        assert world.tables.members["group"][2] == {"turn-away": -1, "wait": 0, "open": 1}[overflow]

    def test_whoever_waits_keeps_place_and_inviter(self, scenario_file):
        world = self.net(scenario_file, group__capacity=2, group__overflow="wait")
        self.invite(world, 0)
        assert self.invite(world, 1) == [NOT_FREE]
        leave(world, 1)
        world.step()
        guest = world.tables.members[2]
        assert (guest["status"], guest["inviter"], guest["source"]) == (MEMBER, 0, INVITE)

    def test_whoever_left_may_be_invited_after_the_refractory_time(self, scenario_file):
        world = self.net(scenario_file, invite__refractory=3.0)
        self.invite(world, 0)
        leave(world, 2)
        world.step()
        assert world.tables.members["status"][2] == LEFT
        assert 1.0 < world.tables.members["left_at"][2] < 2.0
        world.tables.members["exit_rate"][2] = 0.0
        assert self.invite(world, 0) == [NOT_FREE]
        world.step()
        assert self.invite(world, 0) == [JOINED]
        assert world.tables.members["joins"][2] == 2
        assert world.journal.total("exits").sum() == 1


class TestMuted:
    @pytest.mark.parametrize("muted", [0.0, 1.0])
    def test_sessions_of_muted_members(self, muted):
        values = small(stay__mute_rate=10.0, rhythm__muted=muted, tiers__base__session_rate=5.0)
        world = community(values)
        world.tables.members["mute_clock"] = 1e-3
        world.step()
        assert world.journal.total("mutes").tolist() == [4.0]
        assert (world.tables.members["status"][inside(world)] == MUTED).all()
        world.step()
        assert (world.journal.total("sessions")[1] > 0) == (muted > 0.0)
        assert world.daily.query("tier == 'all'")["muted"].tolist() == [4.0, 4.0]
