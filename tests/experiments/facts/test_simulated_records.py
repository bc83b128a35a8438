"""What is noted of a simulated world: every count is that of the community."""

import numpy as np
import pandas as pd
import pytest

import shequn as sq
from shequn.agents.errors import ScenarioError
from shequn.agents.tables import MEMBER, MUTED, OUTSIDE
from shequn.experiments.facts.simulated_records import records, records_of
from shequn.model.care import event_days
from tests.levers.steady import STEADY, TIERS

pytestmark = pytest.mark.jit

DAYS = 24
# Three groups that people talk in, join, leave and buy in; the operator posts and holds events.
WORLD = {
    **STEADY, "market.people": 240, "group.count": 3, "group.capacity": 40,
    "group.seed_members": 15, "group.seed_fill": 0.0, "run.days": DAYS,
    "invite.rate": 0.3, "discovery.rate": 0.01,
    "stay.scale": 0.01, "buy.constant": 1.0, "speak.reply_share": 0.6, "speak.conversation": 0.2,
    "rhythm.linger": 0.3, "product.price": 80.0, "event.every": 5, "event.timing": "random",
    "event.turnout": 0.8, "policy.content_per_day": 2.0,
    **{f"tiers.{tier}.talk": 0.1 for tier in TIERS},
    **{f"tiers.{tier}.need_rate": 0.05 for tier in TIERS},
    **{f"tiers.{tier}.exit_rate": 0.01 for tier in TIERS},
}  # fmt: skip


def scenario(**changes: object) -> sq.Scenario:
    values = {**WORLD, **{name.replace("__", "."): value for name, value in changes.items()}}
    return sq.Scenario.load("wechat-group").with_values(values)


@pytest.fixture(scope="module")
def world() -> sq.Community:
    community = sq.Community(scenario(), seed=3, keep_messages=True)
    for _ in range(DAYS):
        community.step()
    return community


@pytest.fixture(scope="module")
def noted(world: sq.Community):
    return records_of(world)


def test_messages_are_those_that_members_wrote(world, noted):
    log = world.messages
    mine = log[log["author"] >= 0].sort_values(["group", "time", "number"])
    found = noted.messages.sort_values(["community", "time"], kind="stable")
    assert len(found) == world.summary["messages"] == world.own_members["posts"].sum() > 300
    for ours, theirs in (("community", "group"), ("person", "author"), ("time", "time")):
        assert found[ours].tolist() == mine[theirs].tolist(), ours
    assert (found["to"] >= 0).sum() == (mine["to"] >= 0).sum() > 50


def test_threads_that_the_operator_opened_are_unknown(world, noted):
    log = world.messages
    opener = log[log["number"] == log["root"]].set_index(["group", "number"])["author"]
    mine = log[log["author"] >= 0].sort_values(["group", "time", "number"])
    by = opener.loc[pd.MultiIndex.from_frame(mine[["group", "root"]])].to_numpy()
    expected = np.where(by >= 0, mine["root"], -1)
    found = noted.messages.sort_values(["community", "time"], kind="stable")["thread"].to_numpy()
    assert found.tolist() == expected.tolist()
    assert 20 < (found == -1).sum() < len(found) - 20


def test_members_are_all_who_ever_joined(world, noted):
    rows, found = world.own_members, noted.members
    assert found["person"].tolist() == np.flatnonzero(rows["joins"] > 0).tolist()
    own = rows[found["person"]]
    here = np.isin(own["status"], (MEMBER, MUTED))
    assert (found["left_at"].isna() == here).all()
    assert 5 < (~here).sum() < len(found)
    assert found["left_at"][~here].tolist() == own["left_at"][~here].tolist()
    for ours, theirs in (
        ("community", "group"),
        ("joined_at", "joined_at"),
        ("inviter", "inviter"),
    ):
        assert found[ours].tolist() == own[theirs].tolist(), ours
    assert (found["inviter"] >= 0).sum() > 5
    assert (rows["status"][~np.isin(np.arange(len(rows)), found["person"])] == OUTSIDE).all()
    sizes = np.bincount(found["community"][here], minlength=3)
    assert sizes.tolist() == world.tables.groups["n_members"].tolist()


def test_sizes_at_the_end_of_each_whole_week(world, noted):
    daily = world.groups.set_index(["day", "group"])["members"]
    assert noted.weeks["week"].max() == 2  # 24 days are three weeks and a bit
    assert len(noted.weeks) == 9
    for line in noted.weeks.itertuples():
        assert line.members == daily.loc[(7 * (line.week + 1), line.community)]


def test_events_and_guests(world, noted):
    held = event_days(DAYS, 0, 3, world.tables.groups, world.rules)
    assert (noted.gatherings["time"] - 1.0).tolist() == np.nonzero(held)[0].tolist()
    assert noted.gatherings["community"].tolist() == np.nonzero(held)[1].tolist()
    guests, members = (world.journal.by_group(name) for name in ("guests", "members"))
    assert noted.gatherings["guests"].sum() == world.journal.total("guests").sum() > 20
    for line in noted.gatherings.itertuples():
        day = int(line.time) - 1
        assert line.guests == guests[day, line.community]
        assert line.members == members[day, line.community]
    for line in noted.weeks.itertuples():
        assert line.events == held[: 7 * (line.week + 1), line.community].sum()


def test_orders(world, noted):
    bought = np.bincount(noted.orders["person"], minlength=240)
    assert bought.tolist() == world.own_members["orders"].tolist()
    assert len(noted.orders) == world.summary["orders"] > 50
    assert noted.orders["value"].sum() == world.summary["revenue"]
    last = noted.orders.groupby("person")["time"].max()
    own = world.own_members[last.index]
    assert last.to_numpy(np.float32).tolist() == own["last_order_at"].tolist()
    numbers = world.orders.groupby("member")["number"]
    assert (numbers.transform("cumcount") + 1 == world.orders["number"]).all()


def test_the_journal_by_group_adds_up(world):
    for name in ("members", "looks", "sessions", "guests", "joins_spontaneous"):
        by_group = world.journal.by_group(name)
        assert by_group.shape == (DAYS, 3)
        assert by_group.sum(axis=1).tolist() == world.journal.total(name).tolist(), name
        daily = world.groups.pivot(index="day", columns="group", values="members")
        if name == "members":
            assert by_group.tolist() == daily.to_numpy().tolist()


@pytest.mark.parametrize(
    ("count", "size", "groups", "people"),
    [(4, 1.0, 4, 80), (4, 0.5, 2, 40), (4, 0.6, 2, 48), (4, 0.1, 1, 8), (4, 1.5, 6, 120),
     (1, 0.5, 1, 40), (1, 2.0, 1, 160)],
)  # fmt: skip
def test_size_scales_groups_and_people(monkeypatch, count, size, groups, people):
    """People in proportion; of several groups there are fewer, and at least one."""
    played = []

    class Noting(sq.World):
        def __init__(self, settings, *args, **options):
            played.append(settings.parameters)
            super().__init__(settings, *args, **options)

    monkeypatch.setattr("shequn.experiments.facts.simulated_records.World", Noting)
    small = {"market__people": 80, "group__count": count, "group__seed_members": 5}
    found = records(scenario(**small, run__days=7), 1, size)
    assert (played[0].group.count, played[0].market.people) == (groups, people)
    assert found.days == 7.0
    assert len(found.weeks) == groups
    assert set(found.members["community"]) == set(range(groups))
    assert found.members["person"].max() < people


def test_threads_change_nothing_and_the_size_is_above_0():
    one, other = (records(scenario(run__days=8), 3, threads=threads) for threads in (1, 2))
    for name in ("messages", "members", "weeks", "gatherings", "orders"):
        key = ["community", "person", "time"] if name in ("messages", "orders") else None
        frames = [getattr(r, name) for r in (one, other)]
        if key:
            frames = [f.sort_values(key, ignore_index=True) for f in frames]
        assert frames[0].equals(frames[1]), name
    with pytest.raises(ScenarioError, match="out of range"):
        records(scenario(), 3, 0.0)


def test_a_reply_to_the_world_is_to_nobody():
    news = {"incident__day": 2.0, "incident__voice": 1.0, "speak__reply_share": 1.0}
    found = records(scenario(**news, run__days=5), 3)
    assert (found.messages["to"] >= -1).all()


def test_groups_that_open_hold_no_events_before():
    growing = {"group__overflow": "open", "group__capacity": 16, "discovery__rate": 0.05}
    world = sq.Community(scenario(**growing, event__turnout=0.5), 3, keep_messages=True)
    for _ in range(DAYS):
        world.step()
    assert world.open_groups > 4
    found = records_of(world)
    opened = world.tables.groups["opened_at"][found.gatherings["community"]]
    assert (found.gatherings["time"] > opened).all()
