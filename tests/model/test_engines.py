"""One set of rules: engines, threads and the order of groups change no bit of the result."""

import re
from pathlib import Path

import numpy as np
import pytest

import shequn as sq
from shequn.agents.tables import INVITE, JOINED, LEFT, MUTED, PRIZE, QUEUED, WAITING
from shequn.model.scenario import named_scenarios
from tests.levers.steady import STEADY, TIERS

jit = pytest.mark.jit

DAYS = 48
BUSY = {"invite.rate": 0.3, "discovery.rate": 0.01, "invite.refractory": 3.0, "stay.scale": 0.01}
TALKATIVE = {f"tiers.{tier}.talk": 0.05 for tier in TIERS} | {"group.talk": 1.0}
COMING = {f"tiers.{tier}.session_rate": 2.0 for tier in TIERS} | {"past.days": 0}
NEEDY = {f"tiers.{tier}.need_rate": 0.05 for tier in TIERS}
LEVERS = {
    "policy.name": "listening-proportional", "policy.promos_per_day": 1.0, "policy.hours": "random",
    "policy.appeal": "face", "policy.evidence_per_day": 1.0, "listening.topic_gain": 0.5,
    "listening.product_gain": 0.01, "listening.lag": 1, "listening.error": 0.3,
    "desk.staff": 2.0, "desk.follow_up": 0.5, "coupon.value": 5.0, "invite.gift": 2.0,
    "desk.others": 0.5, "desk.pay": "answers", "feel.crowding": 0.5, "forward.bad_news": 2.0,
    "targeting.audience": 0.5, "control.intensity": 0.3, "control.breadth": 0.7,
    "onboarding.ties": 2.0, "onboarding.belonging": 0.2, "event.every": 3, "event.turnout": 0.5,
    "forward.rate": 0.1, "forward.reward": 1.0, "forward.contacts": 2, "forward.groups": 2,
    "forward.blocked": 0.2, "incident.rate": 0.1, "incident.from_complaint": 0.5,
    "incident.response": "apology", "speak.mention": 0.5, "speak.complaint_threshold": 0.1,
    "group.message_life": 2.0, "group.selective": 0.1, "group.glance": 0.5,
    "group.mention": 0.5, "group.call": 0.5, "policy.calls_per_week": 2.0, "incident.call": 0.5,
    "event.call": 0.5, "group.found": 0.02,
    "read.depth": 0.5, "read.seconds": 200.0, "feel.regularity": 1.0,
}  # fmt: skip
TOGETHER = {
    "group.glance": 0.5, "group.mention": 0.5, "group.call": 0.5, "policy.calls_per_week": 2.0,
    "group.found": 0.05, "group.talk": 2.0, "rhythm.minutes": 20.0,
    "spread.minutes": 0.5, "speak.effort": 0.5,
    "speak.arrival": 0.5, "speak.recovery": 0.2, "speak.saturation": 2.0, "speak.addressed": 0.5,
    "feel.spacing": 0.3, "feel.willingness_start": 0.5, "feel.willingness_reading": 0.3,
    "feel.willingness_half_life": 9.0, "spread.willingness_half_life": 0.5,
    "spread.half_lives_alike": 0.5, "feel.habit_reply": 0.1, "feel.willingness_reply": 0.1,
    "stay.silent": 0.02, "stay.mute_silent": 0.02, "rhythm.need": 0.2,
    "rhythm.linger": 0.5, "rhythm.pause": 5.0, "rhythm.lively": 30.0, "group.alert": 0.3,
    "speak.conversation": 0.6, "speak.follow_up": 0.3, "speak.reserve": 0.05, "speak.call": 1.0,
    "group.placement": "home", "group.home_spread": 0.5, "group.capacity": 8,
    "event.every": 6, "event.timing": "random", "event.pull": 3.0, "event.notice": 4,
    "event.turnout": 1.0, "event.places": 4.0, "discovery.in_need": 0.5,
    "spread.habit_half_life": 0.7, "feel.habit_half_life": 20.0, "desk.staff": 2.0, **BUSY, **NEEDY,
    "discovery.rate": 0.02, "group.seed_fill": 0.0, "group.seed_members": 3,
}  # fmt: skip
WORLDS = {
    "wechat-group": ("wechat-group", {"market.people": 150, "group.capacity": 30}),
    "interest-forum": (
        "interest-forum",
        {"market.people": 200, "group.count": 1, "group.seed_members": 20},
    ),
    "study-room": (
        "study-room",
        {"market.people": 100, "group.count": 1, "group.seed_members": 15},
    ),
    "product-club": (
        "product-club",
        {"market.people": 150, "group.capacity": 20, "group.seed_members": 15, **NEEDY},
    ),
    "waiting queue": (
        "wechat-group",
        {"market.people": 80, "group.capacity": 20, "group.overflow": "wait", **BUSY},
    ),
    "opening groups": (
        "product-club",
        {"market.people": 120, "group.capacity": 8, "group.seed_members": 6, **BUSY},
    ),
    "muting and prizes": (
        "wechat-group",
        {
            "market.people": 80,
            "group.capacity": 25,
            "policy.name": "prize-campaign",
            "policy.prizes_per_day": 1.0,
            "stay.mute_rate": 0.05,
            "stay.unmute_rate": 0.2,
            "invite.reward": 5.0,
            **NEEDY,
        },
    ),
    "complex contagion, small feed": (
        "wechat-group",
        {
            "market.people": 80,
            "group.capacity": 40,
            "group.seed_fill": 0.3,
            "group.feed_length": 16,
            "invite.threshold": 2,
            "stay.shape": "exponential",
            **BUSY,
        },
    ),
    "many groups": (
        "wechat-group",
        {
            "market.people": 160,
            "group.count": 12,
            "group.capacity": 8,
            "group.overflow": "wait",
            **{f"tiers.{tier}.exit_rate": 0.02 for tier in TIERS},
            **BUSY,
            **NEEDY,
        },
    ),
    "levers": (
        "wechat-group",
        {
            "market.people": 60,
            "group.count": 3,
            "group.capacity": 8,
            "group.overflow": "open",
            "policy.promo_share": 0.0,
            **LEVERS,
            **BUSY,
            **NEEDY,
        },
    ),
    "talk and places": (
        "wechat-group",
        {"market.people": 80, "group.count": 2, **TOGETHER, "group.capacity": 16},
    ),
    "rivals": (
        "wechat-group",
        {
            "market.people": 50,
            "market.rivals": 2,
            "group.count": 2,
            "group.capacity": 12,
            "buy.constant": 0.0,
            "policy.imitation": 2,
            **{f"tiers.{tier}.exit_rate": 0.02 for tier in TIERS},
            **BUSY,
            **NEEDY,
        },
    ),
}
CROWDED = ["opening groups", "many groups", "levers", "talk and places", "rivals"]


class Backwards(sq.Community):
    """Plays its groups from the last to the first."""

    def group_order(self) -> np.ndarray:
        return super().group_order()[::-1].copy()


def scenario_of(world: str) -> sq.Scenario:
    base, values = WORLDS[world]
    return sq.Scenario.load(base).with_values({**STEADY, **TALKATIVE, **values})


def play(scenario, days: int = DAYS, kind: type = sq.Community, **options) -> sq.Community:
    community = kind(scenario, seed=7, keep_messages=True, **options)
    for _ in range(days):
        community.step()
    return community


def columns(table: np.ndarray) -> dict[str, bytes]:
    return {name: table[name].tobytes() for name in table.dtype.names}


def assert_same(one: sq.Community, other: sq.Community) -> None:
    """The same bits in every table, log and frame."""
    for table in ("members", "messages", "groups", "operators", "answers"):
        assert columns(getattr(one.tables, table)) == columns(getattr(other.tables, table)), table
    assert np.array_equal(one.tables.servers, other.tables.servers)
    assert columns(one.invitation_log) == columns(other.invitation_log)
    logs = [
        community.message_log[
            np.lexsort((community.message_log["number"], community.message_log["group"]))
        ]
        for community in (one, other)
    ]
    assert columns(logs[0]) == columns(logs[1])
    assert one.open_groups == other.open_groups
    assert one.daily.equals(other.daily)
    assert one.groups.equals(other.groups)
    assert one.market.equals(other.market)


@pytest.fixture(scope="module")
def compiled() -> dict[str, sq.Community]:
    return {world: play(scenario_of(world)) for world in WORLDS}


@pytest.mark.parametrize("values", [{**BUSY, **NEEDY}, TOGETHER], ids=["plain", "talk and places"])
def test_both_engines_agree_on_a_small_world(values):
    """Small enough to be played with the JIT off."""
    small = {**values, "market.people": 16, "group.count": 2, "group.capacity": 6}
    scenario = sq.Scenario.load("wechat-group").with_values({**COMING, **TALKATIVE, **small})
    one = play(scenario, days=6)
    assert one.journal.total("sessions").sum() > 20
    assert_same(one, play(scenario, days=6, engine="agents"))
    assert_same(one, play(scenario, days=6, kind=Backwards))


@jit
@pytest.mark.parametrize("world", WORLDS)
def test_both_engines_give_the_same_bits(world, compiled):
    assert_same(compiled[world], play(scenario_of(world), engine="agents"))


@jit
@pytest.mark.parametrize("world", CROWDED)
@pytest.mark.parametrize("threads", [2, 3])
def test_threads_change_no_bit(world, threads, compiled):
    assert_same(compiled[world], play(scenario_of(world), threads=threads))


@jit
@pytest.mark.parametrize("world", CROWDED)
@pytest.mark.parametrize("options", [{}, {"threads": 2}, {"engine": "agents"}])
def test_the_order_of_groups_changes_no_bit(world, options, compiled):
    assert_same(compiled[world], play(scenario_of(world), kind=Backwards, **options))


@jit
def test_a_schedule_gives_the_same_bits(tmp_path: Path):
    table = tmp_path / "plan.csv"
    table.write_text("day,hour,kind,every,group,prize\n0,9,content,1,,\n1,20,promo,2,1,\n"
                     "3,12.5,prize,,0,30\n")  # fmt: skip
    values = {
        "policy.name": "schedule",
        "policy.file": str(table),
        "policy.promo_share": 0.0,
        "group.count": 2,
        "group.capacity": 20,
        "market.people": 60,
    }
    scenario = sq.Scenario.load("wechat-group").with_values(values)
    one = play(scenario, days=20)
    assert one.journal.operator_column("prizes").sum() == 1
    assert_same(one, play(scenario, days=20, engine="agents"))


@jit
def test_the_seed_matters(compiled):
    scenario = scenario_of("wechat-group")
    again = play(scenario)
    assert_same(compiled["wechat-group"], again)
    other = sq.run(scenario, days=DAYS, seed=8).community
    assert columns(other.tables.members) != columns(again.tables.members)


@jit
def test_the_worlds_reach_what_they_are_there_for(compiled):
    """A world in which nothing happens would prove nothing."""
    tables = {world: community.tables for world, community in compiled.items()}
    assert (tables["waiting queue"].members["status"] == WAITING).any()
    assert (compiled["waiting queue"].invitation_log["outcome"] == QUEUED).any()
    assert compiled["opening groups"].open_groups > 3
    assert (tables["opening groups"].members["source"] == INVITE).any()
    muted = tables["muting and prizes"].members
    assert (muted["status"] == MUTED).any()
    assert (muted["orders"] > 0).any()
    assert (compiled["muting and prizes"].message_log["kind"] == PRIZE).any()
    assert (tables["complex contagion, small feed"].members["inviters"] > 1).any()
    assert (compiled["complex contagion, small feed"].invitation_log["outcome"] == JOINED).any()
    assert (tables["many groups"].members["joins"] > 1).any()
    assert (tables["many groups"].members["status"] == LEFT).any()
    assert (tables["many groups"].members["replies"] > 0).any()
    done = compiled["levers"].journal
    for name in ("answered", "incident_reach", "forwards_arrived", "removed", "guests",
                 "followed_up", "responses_read", "others_answered", "forwards_read",
                 "forward_friends", "bad_forwards"):  # fmt: skip
        assert done.total(name).sum() > 0, name
    assert compiled["levers"].open_groups > 3
    together = compiled["talk and places"]
    for name in ("looks", "guests", "joins_spontaneous", "glances", "needs", "found", "alerts",
                 "mentions", "calls"):  # fmt: skip
        assert together.journal.total(name).sum() > 2, name
    assert (together.messages["to"] >= 0).sum() > 20
    assert len(together.orders) == together.tables.members["orders"].sum() > 3
    assert set(together.tables.members["lives_near"].tolist()) == {0, 1}
    rivals = compiled["rivals"]
    assert rivals.journal.total("rival_orders").sum() > 0
    assert (rivals.tables.members["share"] < 1.0).any()
    assert (rivals.tables.operators["copies"] != np.arange(3)).any()
    for world, community in compiled.items():
        assert len(community.message_log) > 20, world


def small(name: str) -> sq.Scenario:
    """A named scenario with some 40 to 100 talkative people and everything it switches on."""
    named = sq.Scenario.load(name)
    crowd = {"market.people": 120, "group.capacity": 20, "group.seed_members": 8}
    crowd["group.count"] = min(3, named.parameters.group.count)
    for k in range(1, len(named.channels) + 1):
        crowd |= {f"channels.{k}.group.capacity": 20, f"channels.{k}.group.seed_members": 8}
    if named.parameters.incident.day > 0.0:
        crowd["incident.day"] = 3.0
    return named.with_values({**crowd, **COMING, **TALKATIVE, **NEEDY, "run.days": 8})


@jit
@pytest.mark.parametrize("name", named_scenarios())
def test_both_engines_agree_on_every_named_scenario(name: str) -> None:
    arms = {"itself": small(name)}
    if name != "blank":
        for arm, values in sq.Scenario.load(name).alternatives.items():
            sizes = [p for p in values if re.fullmatch(r"channels\.\d+\.group\.(cap|seed_).*", p)]
            same = {path: value for path, value in values.items() if path not in sizes}
            arms[arm] = small(name).with_values(same)  # as small as the crowd is
    for arm, scenario in arms.items():
        compiled, agents = (play(scenario, 8, engine=e) for e in ("compiled", "agents"))
        assert_same(compiled, agents)
        assert name == "blank" or compiled.journal.total("sessions").sum() > 20, arm
