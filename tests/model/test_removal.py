"""A person is removed: gone for good, the sets of agents agree, nobody else's luck moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import shequn as sq
from shequn.agents.tables import GONE, LEFT, MEMBER, MUTED, OUTSIDE, WAITING
from shequn.model.arguments import ENGINES
from shequn.model.retention import retention_frame

DAY = 5


def scenario(**values: object) -> sq.Scenario:
    eager = {
        "past.days": 0, "market.people": 60, "group.capacity": 20, "group.seed_members": 16,
        "group.overflow": "wait", "invite.rate": 0.5, "invite.accept": 1.0,
        "invite.refractory": 0.0, "discovery.rate": 0.05,
        "tiers.middle.talk": 0.3, "tiers.base.exit_rate": 0.05, **values,
    }  # fmt: skip
    return sq.Scenario.load("wechat-group").with_values(eager)


def after(days: int, engine: str = "compiled", **values: object) -> sq.Community:
    community = sq.Community(scenario(**values), seed=4, engine=engine)
    for _ in range(days):
        community.step()
    return community


def go_on(community: sq.Community, days: int) -> sq.Community:
    for _ in range(days):
        community.step()
    return community


def bits(community: sq.Community) -> tuple[bytes, ...]:
    return tuple(table.tobytes() for table in community.tables)


def removed(community: sq.Community) -> list[int]:
    """Remove someone of each status that there is; their rows."""
    status = community.tables.members["status"]
    rows = [int(np.flatnonzero(status == code)[0]) for code in np.unique(status)]
    for row in rows:
        community.members[row].remove()
    return rows


@pytest.mark.jit
def test_those_removed_are_gone_for_good_whatever_they_were() -> None:
    community = after(DAY)
    was = {MEMBER, OUTSIDE, WAITING} - set(community.tables.members["status"].tolist())
    assert not was
    rows = removed(community)
    others = np.setdiff1d(np.arange(60), rows)
    go_on(community, 60)
    assert (community.tables.members["status"][rows] == GONE).all()
    assert (community.tables.members["joins"][others] > 1).any()  # others do come back
    assert {agent.row for agent in community.agents if agent is not community.operator} == set(
        others.tolist()
    )
    assert community.people["status"][rows[0]] == community.members[rows[0]].status_name == "gone"


@pytest.mark.jit
def test_both_engines_and_a_saved_community_go_on_with_the_same_bits(tmp_path: Path) -> None:
    worlds = [after(DAY, engine) for engine in ENGINES]
    for community in worlds:
        removed(community)
    worlds[0].save(tmp_path / "saved.shequn")
    worlds += [sq.Community.resume(tmp_path / "saved.shequn", engine) for engine in ENGINES]
    worlds += [community.copy() for community in worlds[:2]]
    assert len({len(community.agents) for community in worlds}) == 1
    assert len({bits(go_on(community, 10)) for community in worlds}) == 1
    assert len({community.daily.to_csv() for community in worlds}) == 1


def test_the_books_agree() -> None:
    community = after(DAY)
    row = int(np.flatnonzero(community.tables.members["status"] == MEMBER)[0])
    before = community.tables.groups["n_members"].sum()
    community.members[row].remove()
    assert community.tables.groups["n_members"].sum() == before - 1
    assert community.summary["members"] == before - 1
    assert community.members[row].left_at == DAY
    starts, rows = community.rosters
    assert row not in rows[: starts[-1]]
    go_on(community, 3)
    whole = community.daily.query("tier == 'all'")
    joins = whole.filter(like="joins_").sum(axis=1)
    assert (joins - whole["exits"]).cumsum().tolist() == whole["members"].tolist()
    as_left = community.own_members.copy()
    as_left["status"][row] = LEFT
    assert community.retention.equals(retention_frame(as_left, community.day))


@pytest.mark.jit
def test_one_who_is_outside_and_would_never_join_moves_nothing() -> None:
    plain, other = after(DAY), after(DAY)
    go_on(plain, 20)
    never = int(np.flatnonzero(plain.tables.members["joins"] == 0)[0])
    asked = plain.invitation_log["contact"] == never
    other.members[never].remove()
    go_on(other, 20)
    mine, its = plain.tables.members, other.tables.members
    rows = np.arange(60) != never
    for name in mine.dtype.names:
        np.testing.assert_array_equal(mine[name][rows], its[name][rows], name)
    assert plain.tables.messages.tobytes() == other.tables.messages.tobytes()
    assert len(plain.invitation_log) == len(other.invitation_log)
    assert asked.sum() == (other.invitation_log["contact"] == never).sum()


def test_removing_twice_is_removing_once() -> None:
    community = after(DAY)
    member = next(each for each in community.members if each.is_member)
    member.remove()
    once = bits(community)
    member.remove()
    assert bits(community) == once


def test_with_rivals_a_person_leaves_the_groups_of_all() -> None:
    community = after(DAY, **{"market.rivals": 1})
    inside = np.isin(community.tables.members["status"], (MEMBER, MUTED)).reshape(2, 60)
    person = int(np.flatnonzero(inside.all(axis=0))[0])
    community.members[60 + person].remove()
    assert (community.tables.members["status"][[person, 60 + person]] == GONE).all()
    assert len(community.agents) == 2 + 2 * 59


@pytest.mark.jit
def test_in_a_verb_it_happens_at_the_midnight_that_ends_the_day() -> None:
    asked: set[int] = set()

    class Leaving(sq.BaseTierMember):
        def feel(self, visit):
            super().feel(visit)
            asked.add(self.row)
            self.remove()
            assert self.is_member
            assert self in self.model.agents

    class Community(sq.Community):
        tier_classes = (sq.HighTierMember, sq.MiddleTierMember, Leaving)

    community = sq.Community(scenario(), seed=4), Community(scenario(), seed=4, engine="agents")
    for each in community:
        each.step()
    assert asked
    assert set(np.flatnonzero(community[1].tables.members["status"] == GONE)) == asked
    assert community[0].daily.equals(community[1].daily)  # the day itself is as it was


def test_an_operator_stays() -> None:
    community = after(1)
    for attempt in (community.operator.remove, community.remove_all_agents):
        with pytest.raises(sq.ScenarioError, match="operator: an operator cannot be removed"):
            attempt()
    assert len(community.agents) == 61
