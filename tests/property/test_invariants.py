"""What holds in any world: counts that add up, money that closes, bits that repeat.

Hypothesis is derandomized: the same worlds each time, extremes among them.
"""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import shequn as sq
from shequn.agents.tables import (
    JOINED,
    KINDS,
    LEFT,
    MEMBER,
    MUTED,
    OUTSIDE,
    WAITING,
    WORLD_AUTHOR,
)
from shequn.model.added import undefined
from shequn.model.ledger import ITEMS
from shequn.model.observation import ADDED_DAILY
from tests.levers.steady import STEADY, TIERS

pytestmark = pytest.mark.jit

DAYS = 12
JOINS = ("joins_seed", "joins_invite", "joins_ad", "joins_spontaneous", "joins_prize")
HUMAN = ["chats", "questions", "replies", "order_shares", "complaints", "incidents"]
WORK = ["content_cost", "promo_cost", "moderation_cost", "desk_cost", "welcome_cost"]
# The columns in which kinds of messages are counted, where that is not the plural.
COLUMNS = {"reply": "replies", "ask": "contents", "evidence": "contents", "answer": "answered"}
CASES = settings(
    derandomize=True, database=None, deadline=None, max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip


def unit() -> st.SearchStrategy[float]:
    """A share, its ends included."""
    return st.sampled_from([0.0, 1.0]) | st.floats(0.0, 1.0)


@st.composite
def worlds(draw: Any) -> dict[str, Any]:
    """Values of a valid scenario, small and often extreme."""
    capacity = draw(st.sampled_from([1, 2, 10]) | st.integers(1, 60))
    count = draw(st.sampled_from([0, 1, 1, 2, 5]))
    seeds = draw(st.integers(0, min(capacity, 20)))
    people = draw(st.sampled_from([0, 1, 2]) | st.integers(0, 100))
    people = max(people, count * seeds)
    name = draw(st.sampled_from(["none", "cadence", "broadcast", "prize-campaign", "bombardment"]))
    values = {
        "market.people": people,
        "market.homophily": draw(unit()),
        "group.capacity": capacity,
        "group.count": count,
        "group.seed_members": seeds,
        "group.overflow": draw(st.sampled_from(["turn-away", "wait", "open"])),
        "group.peers_post": draw(st.booleans()),
        "group.feed_length": draw(st.sampled_from([16, 64])),
        "policy.name": name,
        "policy.content_per_day": draw(st.sampled_from([0.0, 0.5, 3.0])),
        "policy.promo_share": draw(unit()),
        "policy.overtness": draw(unit()),
        "feel.habit_start": draw(unit()),
        "feel.attitude_start": draw(st.sampled_from([-1.0, 0.0, 1.0])),
        "invite.rate": draw(st.sampled_from([0.0, 0.1, 2.0])),
        "invite.reward": draw(st.sampled_from([0.0, 10.0])),
        "invite.threshold": draw(st.sampled_from([1, 2])),
        "invite.refractory": draw(st.sampled_from([0.0, 2.0, float("inf")])),
        "discovery.rate": draw(st.sampled_from([0.0, 0.05, 1.0])),
        "group.placement": draw(st.sampled_from(["first", "emptiest", "home"])),
        "rhythm.linger": draw(st.sampled_from([0.0, 0.5, 0.999])),
        "rhythm.minutes": draw(st.sampled_from([0.0, 1.0, 40.0, float("inf")])),
        "group.alert": draw(st.sampled_from([0.0, 1.0])),
        "group.glance": draw(st.sampled_from([0.0, 2.0])),
        "group.mention": draw(st.sampled_from([0.0, 1.0])),
        "group.call": draw(st.sampled_from([0.0, 1.0])),
        "group.found": draw(st.sampled_from([0.0, 0.5])),
        "policy.calls_per_week": draw(st.sampled_from([0.0, 7.0])),
        "feel.willingness_start": draw(unit()),
        "speak.arrival": draw(unit()),
        "speak.effort": draw(st.sampled_from([0.0, 0.5, 5.0])),
        "speak.most_posts": draw(st.sampled_from([1, 12])),
        "speak.conversation": draw(st.sampled_from([0.0, 0.5, 0.99])),
        "discovery.ad_budget": draw(st.sampled_from([0.0, 50.0])),
        "discovery.prize_pull": draw(st.sampled_from([0.0, 0.1])),
        "stay.shape": draw(st.sampled_from(["linear", "exponential", "quadratic"])),
        "stay.scale": draw(st.sampled_from([0.0, 0.05])),
        "stay.mute_rate": draw(st.sampled_from([0.0, 0.2])),
        "stay.unmute_rate": draw(st.sampled_from([0.0, 0.2])),
        "costs.wage": draw(st.sampled_from([0.0, 33.3])),
        "costs.post_reuse": draw(unit()),
        "product.price": draw(st.sampled_from([0.0, 19.9])),
        "product.margin": draw(st.floats(-1.0, 1.0)),
        "buy.constant": draw(st.sampled_from([-3.0, 3.0])),
    }
    for tier in TIERS:
        values[f"tiers.{tier}.talk"] = draw(st.sampled_from([0.0, 0.05, 1.0]))
        values[f"tiers.{tier}.capacity"] = draw(st.sampled_from([1.0, 5.0, 40.0]))
        values[f"tiers.{tier}.need_rate"] = draw(st.sampled_from([0.0, 0.1]))
        values[f"tiers.{tier}.exit_rate"] = draw(st.sampled_from([0.0, 0.02, 1.0]))
    return values


LIVELY = {
    **STEADY, "market.people": 90, "group.count": 3, "group.capacity": 12, "group.seed_members": 10,
    "group.overflow": "wait", "group.feed_length": 16, "policy.promo_share": 0.3,
    "policy.name": "prize-campaign", "policy.prizes_per_day": 1.0, "discovery.prize_pull": 0.05,
    "invite.rate": 0.5, "invite.reward": 3.0, "invite.refractory": 1.0, "discovery.rate": 0.02,
    "discovery.ad_budget": 20.0, "stay.scale": 0.05, "stay.mute_rate": 0.2,
    "stay.unmute_rate": 0.3, "buy.constant": 1.0,
    **{f"tiers.{tier}.talk": 0.3 for tier in TIERS},
    **{f"tiers.{tier}.need_rate": 0.1 for tier in TIERS},
    **{f"tiers.{tier}.exit_rate": 0.05 for tier in TIERS},
}  # fmt: skip
LEVERS = {
    **LIVELY, "group.feed_length": 256, "desk.staff": 1.0, "desk.follow_up": 0.5,
    "desk.others": 0.5, "desk.pay": "answers", "feel.crowding": 0.5, "forward.bad_news": 2.0,
    "coupon.value": 5.0, "coupon.start": 2.0, "invite.gift": 2.0, "targeting.audience": 0.5,
    "policy.appeal": "value", "policy.evidence_per_day": 1.0, "control.intensity": 0.3,
    "control.breadth": 0.7, "onboarding.ties": 2.0, "onboarding.belonging": 0.2,
    "event.every": 3, "event.turnout": 0.5, "forward.rate": 0.3, "forward.reward": 1.0,
    "forward.contacts": 2, "forward.groups": 2, "forward.blocked": 0.2, "incident.rate": 0.3,
    "incident.day": 2.0, "incident.from_complaint": 0.5, "incident.response": "compensation",
    "incident.delay": 2.0, "speak.mention": 0.5, "speak.complaint_threshold": 0.1,
    "buy.noise": 1.0, "buy.reminder_overtness": 1.0, "group.message_life": 2.0,
    "group.selective": 0.1, "group.glance": 0.5, "group.mention": 0.5, "group.call": 0.5,
    "group.found": 0.05, "policy.calls_per_week": 3.0, "incident.call": 0.5, "event.call": 0.5,
    "read.depth": 0.5, "read.seconds": 200.0,
    "feel.regularity": 1.0, "rhythm.linger": 0.7, "rhythm.lively": 40.0, "group.alert": 0.3,
    "speak.conversation": 0.3, "speak.follow_up": 0.2, "speak.reserve": 0.05, "speak.call": 1.0,
    "event.timing": "random", "event.pull": 2.0, "event.places": 5.0, "discovery.in_need": 0.5,
}  # fmt: skip
HASTY = {
    **LIVELY, "rhythm.minutes": 3.0, "spread.minutes": 1.0, "speak.effort": 0.5,
    "speak.most_posts": 12, "rhythm.linger": 0.9, "speak.conversation": 0.9,
    **{f"tiers.{tier}.talk": 3.0 for tier in TIERS},
}  # fmt: skip
LEVER_COUNTS = [
    "incidents", "incident_reach", "forwards", "forwards_arrived", "answered", "answered_fast",
    "removed", "guests", "followed_up", "responses_read", "others_answered", "answer_hours",
    "forwards_read", "forward_friends", "bad_forwards", "bad_arrived",
]  # fmt: skip
MONEY = ("desk_cost", "balance")
CHANCES = ("orders_expected", *ADDED_DAILY)  # sums of chances
NOBODY = {"market.people": 0, "group.seed_members": 0}
ONE_MEMBER = {"market.people": 1, "group.seed_members": 1, "group.capacity": 1}
NO_POSTS = {**LIVELY, "policy.name": "none", "group.peers_post": False}
ALL_PROMOTION = {**LIVELY, "policy.promo_share": 1.0}
CAPACITY_1 = {**LIVELY, **{f"tiers.{tier}.capacity": 1.0 for tier in TIERS}, "spread.capacity": 0.0}
GROUPS_OF_1 = {**LIVELY, "group.capacity": 1, "group.seed_members": 1, "group.overflow": "open"}
NO_GROUP = {**LIVELY, "group.count": 0}


def in_any_world(test: Any) -> Any:
    """Try the test on the named extremes, and on worlds that hypothesis makes up."""
    extremes = (
        LIVELY,
        LEVERS,
        HASTY,
        NOBODY,
        ONE_MEMBER,
        NO_POSTS,
        ALL_PROMOTION,
        CAPACITY_1,
        GROUPS_OF_1,
        NO_GROUP,
    )
    for values in extremes:
        test = example(values)(test)
    return CASES(given(worlds())(test))


def world(values: dict[str, Any]) -> sq.Scenario:
    return sq.Scenario("test").with_values(values)


def run(values: dict[str, Any], seed: int = 1) -> sq.Run:
    return sq.run(world(values), days=DAYS, seed=seed, keep_messages=True)


def whole(result: sq.Run) -> pd.DataFrame:
    return result.daily[result.daily["tier"] == "all"].set_index("day")


@in_any_world
def test_joins_minus_exits_is_the_change_of_members(values):
    """By tier and by group, on each day; before the first day nobody is a member."""
    result = run(values)
    for frame, key in ((result.daily, "tier"), (result.groups, "group")):
        if frame.empty:
            continue
        wide = frame.pivot(index="day", columns=key).fillna(0.0)
        joins = sum(wide[name] for name in JOINS)
        change = wide["members"].diff().fillna(wide["members"])
        assert (joins - wide["exits"] == change).all(axis=None)
    tiers = result.daily.pivot(index="day", columns="tier", values="members")
    assert (tiers["all"] == tiers[list(TIERS)].sum(axis=1)).all()


@in_any_world
def test_sizes_are_the_members_counted_and_never_above_capacity(values):
    community = sq.Community(world(values), seed=1)
    for _ in range(DAYS):
        members, groups = community.tables.members, community.tables.groups
        here = np.isin(members["status"], (MEMBER, MUTED))
        counted = np.bincount(members["group"][here], minlength=len(groups))
        assert groups["n_members"].tolist() == counted.tolist()
        assert (groups["n_members"] <= groups["capacity"]).all()
        assert (counted[community.open_groups :] == 0).all()
        starts, rows = community.rosters
        assert np.diff(starts).tolist() == counted.tolist()
        assert sorted(rows[: starts[-1]].tolist()) == np.flatnonzero(here).tolist()
        community.step()
    last = community.daily[community.daily["tier"] == "all"]["members"]
    here = np.isin(community.tables.members["status"], (MEMBER, MUTED))
    assert last.iloc[-1] == here.sum() == community.summary["members"]


@in_any_world
def test_nobody_reads_more_than_capacity_times_visits(values):
    """What a tier reads is bounded by its capacity in each session and each further look."""
    result = run({**values, "spread.capacity": 0.0})
    for tier in TIERS:
        frame = result.daily[result.daily["tier"] == tier]
        capacity = world(values).value(f"tiers.{tier}.capacity")
        assert (frame["read"] <= capacity * (frame["sessions"] + frame["looks"])).all()
    assert (result.daily["read"] <= result.daily["unread"]).all()
    assert (result.daily["promos_read"] <= result.daily["read"]).all()
    visits = result.daily["sessions"] + result.daily["looks"]  # an alert may bring who has none
    assert (result.daily["readers"] <= visits).all()


@in_any_world
def test_every_visit_has_a_cause(values):
    """Each is counted once, and none whose cause is switched off; a search may be for nothing."""
    days, tree = whole(run(values)), world(values).parameters
    causes = ["glances", "needs", "found", "alerts", "mentions", "calls"]
    assert (days[causes].sum(axis=1) <= days["sessions"]).all()
    off = {
        "glances": tree.group.glance == 0.0,
        "needs": tree.rhythm.need == 0.0,
        "found": tree.group.found == 0.0,
        "alerts": tree.group.alert == 0.0,
        "mentions": tree.group.mention == 0.0,
        "calls": tree.group.call == 0.0,
        "looks": tree.rhythm.linger == 0.0,
    }
    for name in off:
        assert not off[name] or days[name].sum() == 0.0, name


@in_any_world
def test_nobody_writes_more_in_a_day_than_there_are_minutes_for(values):
    """Minutes / effort messages, and one that is begun before they are spent.

    But orders shown, and news passed on, which take no time.
    """
    result = run(values)
    effort, log = world(values).parameters.speak.effort, result.messages
    if effort == 0.0:
        return
    written = log["kind"].isin(["chat", "question", "reply", "complaint"])
    mine = log[(log["author"] >= 0) & written & (log["time"] % 1.0 > 0.0)]
    counts = mine.groupby(["author", mine["time"].astype(int)]).size()
    minutes = result.community.own_members["minutes"][counts.index.get_level_values(0)]
    assert (counts <= minutes / effort + 1.0).all()


@in_any_world
def test_the_ledger_closes(values):
    result = run(values)
    days, prices = whole(result), world(values).parameters
    orders = days["orders_new"] + days["orders_repeat"]
    assert np.allclose(days["revenue"], orders * prices.product.price, rtol=0, atol=1e-9)
    goods = (1.0 - prices.product.margin) * days["revenue"]
    assert np.allclose(days["cost_of_goods"], goods, rtol=0, atol=1e-9)
    costs = sum(days[item] for item in ITEMS if item != "revenue")
    assert np.allclose(days["balance"], days["revenue"] - costs, rtol=0, atol=1e-9)
    labour = days[WORK].sum(axis=1)
    assert np.allclose(labour, days["hours"] * prices.costs.wage, rtol=0, atol=1e-9)
    rewards = days["joins_invite"] * (prices.invite.reward + prices.invite.gift)
    rewards += (days["forwards"] - days["forwards_blocked"]) * prices.forward.reward
    assert np.allclose(days["reward_cost"], rewards, rtol=0, atol=1e-9)
    coupon = np.where(days.index > prices.coupon.start, prices.coupon.value, 0.0)
    assert np.allclose(days["coupon_cost"], orders * coupon, rtol=0, atol=1e-9)
    read = days["responses_read"] * prices.incident.compensation_value
    assert np.allclose(days["compensation_cost"], read, rtol=0, atol=1e-9)
    assert result.members["orders"].sum() == orders.sum() == result.summary["orders"]
    assert result.summary["revenue"] == pytest.approx(days["revenue"].sum(), abs=1e-9)
    firsts = (result.members["orders"] > 0).sum()
    assert days["orders_new"].sum() == firsts


@in_any_world
def test_every_message_is_counted_once(values):
    result = run(values)
    days, log = whole(result), result.messages
    days["answered"] += days["others_answered"]
    mine, news = log["author"] >= 0, log["author"] == WORLD_AUTHOR
    arrived = mine & (log["time"] % 1.0 == 0.0)  # at midnight, from another group
    own, incident = mine & ~arrived, log["kind"] == "incident"
    written = days[HUMAN].sum().sum()
    assert written == days["messages"].sum() == own.sum()
    assert arrived.sum() == days["forwards_arrived"].iloc[:-1].sum()  # logged on the next day
    passed_on = (own & incident & (log["root"] != log["number"])).sum()
    posts = result.members["posts"].sum()
    assert posts == written + days["removed"].sum() - passed_on
    kinds = log[~arrived & ~news]["kind"].value_counts()
    answers = days["answered"].sum() + kinds["response"]
    posted = days[["contents", "promos", "prizes"]].sum().sum()
    assert (~mine).sum() == posted + answers + news.sum()
    assert kinds["response"] <= (incident & (log["root"] == log["number"])).sum()
    columns = {kind: COLUMNS.get(kind, f"{kind}s") for kind in KINDS if kind != "response"}
    for column in columns.values():
        counted = sum(kinds[kind] for kind in columns if columns[kind] == column)
        assert counted == days[column].sum(), column
    for group, part in log.groupby("group"):
        assert part["number"].tolist() == list(range(1, len(part) + 1))
        assert part["time"].is_monotonic_increasing
        late = result.groups.query(f"day == {DAYS} and group == {group}")["forwards_arrived"].sum()
        assert result.community.tables.groups["newest"][group] == len(part) + late
    assert (log["root"] <= log["number"]).all()
    if not values.get("group.peers_post", True):
        assert written == 0
    if values is not LEVERS:
        assert (days[LEVER_COUNTS] == 0.0).all(axis=None)
        assert posts == written == mine.sum()
        assert (~mine).sum() == posted


@in_any_world
def test_invitations_add_up(values):
    result = run(values)
    days, lines = whole(result), result.invitations
    assert days["invitations"].sum() == len(lines) == result.members["invitations"].sum()
    assert (result.community.invitation_log["outcome"] == JOINED).sum() <= days[
        "joins_invite"
    ].sum()
    joined = result.members["joins"] > 0
    sources = result.members.loc[joined & (result.members["status"] != "waiting"), "source"]
    assert set(sources) <= {"seed", "invite", "ad", "spontaneous", "prize"}
    assert (result.members["inviter"][result.members["source"] == "invite"] >= 0).all()
    assert (result.members["inviter"] != result.members["person"]).all()


@in_any_world
def test_stocks_stay_in_their_ranges(values):
    community = run(values).community
    members = community.tables.members
    for name in ("habit", "willingness", "belonging", "overload", "conformity", "wariness"):
        assert ((members[name] >= 0.0) & (members[name] <= 1.0)).all(), name
    for name in ("attitude", "satisfaction"):
        assert (np.abs(members[name]) <= 1.0).all(), name
    for name in ("irritation", "awareness", "recognition", "voice", "talk", "need_rate"):
        assert (members[name] >= 0.0).all(), name
    assert ((members["familiarity"] >= 0) & (members["familiarity"] <= 150.0)).all()
    assert ((members["topic"] >= 0) & (members["topic"] < 1)).all()
    assert (members["capacity"] >= 1).all()
    here = np.isin(members["status"], (MEMBER, MUTED))
    assert (members["membership_clock"][here] > 0.0).all()
    for name in ("pending_invitations", "rival_orders", "forward", "looks", "spent"):
        assert (members[name] == 0).all(), name


@in_any_world
def test_nothing_is_nan_where_nothing_may_be(values):
    result = run(values)
    members = result.community.tables.members
    may_be_nan = {"joined_at", "left_at", "last_session_at", "last_order_at"}
    for name in members.dtype.names:
        if name == "minutes":  # inf: no end
            assert (members[name] >= 0.0).all()
        elif name not in may_be_nan:
            assert np.isfinite(members[name]).all(), name
    ever = members["joins"] > 0
    assert np.isnan(members["joined_at"][~ever & (members["status"] != WAITING)]).all()
    assert np.isfinite(members["joined_at"][ever]).all()
    assert np.isfinite(members["left_at"][members["status"] == LEFT]).all()
    assert np.isfinite(members["last_order_at"][members["orders"] > 0]).all()
    assert (members["status"][~ever] % WAITING == OUTSIDE).all()
    for frame in (result.daily[result.daily["tier"] == "all"], result.groups):
        empty = frame["members"] == 0
        for name in frame.columns:
            if name.endswith(("_mean", "_sd")):
                assert (frame[name].isna() == empty).all(), name
            elif name.endswith("_minutes"):
                assert (frame[name].isna() == (frame["answered"] == 0)).all(), name
            elif name in ADDED_DAILY:
                assert (frame[name].isna() == undefined(world(values).parameters)).all(), name
            elif not name.startswith("promo_share"):
                assert frame[name].notna().all(), name
        answered = frame[frame["answered"] > 0]
        assert (answered["wait_minutes"] >= 0.0).all()
        assert (answered["answer_minutes"] >= answered["wait_minutes"]).all()
    sent = result.daily["promo_share_sent"].dropna()
    seen = result.daily["promo_share_seen"].dropna()
    assert sent.between(0.0, 1.0).all()
    assert seen.between(0.0, 1.0).all()


@in_any_world
def test_the_same_seed_gives_the_same_bits(values):
    one, other = run(values).community, run(values).community
    assert one.tables.members.tobytes() == other.tables.members.tobytes()
    assert one.tables.messages.tobytes() == other.tables.messages.tobytes()
    assert one.message_log.tobytes() == other.message_log.tobytes()
    assert one.invitation_log.tobytes() == other.invitation_log.tobytes()
    assert one.daily.equals(other.daily)


@in_any_world
def test_tier_labels_change_nothing_but_the_labels(values):
    """A tier is a set of traits, no rule: after the labels are dealt anew, all else is the same."""
    one, other = (sq.Community(world(values), seed=1) for _ in range(2))
    labels = other.tables.members["tier"]
    labels[:] = np.random.default_rng(1).permutation(labels)
    for _ in range(DAYS):
        one.step()
        other.step()
    for name in one.tables.members.dtype.names:
        if name != "tier":
            assert one.tables.members[name].tobytes() == other.tables.members[name].tobytes(), name
    assert one.tables.messages.tobytes() == other.tables.messages.tobytes()
    frames = [c.daily[c.daily["tier"] == "all"] for c in (one, other)]
    for name in frames[0].columns:
        left, right = frames[0][name], frames[1][name]
        rounded = name.endswith(("_mean", "_sd"))
        rounded |= name in ("answer_hours", "hours", *MONEY, *CHANCES)
        if rounded:  # sums over tiers round in another order
            assert np.allclose(left, right, rtol=1e-9, atol=1e-7, equal_nan=True), name
        else:
            assert left.equals(right), name


def test_the_lively_world_is_one():
    """The world that every property is tried on first reaches every part of the model."""
    result = run(LIVELY)
    total = whole(result).sum(numeric_only=True)
    counts = ["exits", "mutes", "unmutes", "chats", "questions", "replies", "order_shares"]
    counts += [*JOINS, "invitations", "orders_new", "orders_repeat", "promos_read"]
    assert (total[counts] > 0).all()
    assert (result.members["status"] == "waiting").any()
    assert (result.members["joins"] > 1).any()


def test_minutes_are_spent_where_they_are_few():
    """So the bound on messages is not met by silence."""
    result = run(HASTY)
    log = result.messages
    replies = log[log["kind"] == "reply"]
    most = replies.groupby(["author", replies["time"].astype(int)]).size()
    minutes = result.community.own_members["minutes"][most.index.get_level_values(0)]
    assert (most > 0.8 * minutes / 0.5).sum() > 10


def test_the_world_with_levers_uses_them():
    """Every property is tried on a world in which each of these levers does something."""
    result = run(LEVERS)
    total = whole(result).sum(numeric_only=True)
    costs = [item for item in ITEMS if item != "revenue"]
    assert (total[[*LEVER_COUNTS, "forwards_blocked", *costs]] > 0).all()
    kinds = set(result.messages["kind"])
    assert {"evidence", "answer", "response", "incident"} <= kinds
