"""Every lever has a value at which it does exactly nothing, and another at which it does something.

With a lever at its off-value all its other parameters are moved: the tables, the journal, the books
and both logs stay equal, bit for bit. The second half switches the lever on in the same world, so
that the equality is not empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pytest

import shequn as sq
from shequn.agents.tables import MEMBER, MUTED
from shequn.model.parameters import flatten
from shequn.model.parameters.levers import ELEMENTS
from tests.levers.steady import INF, STEADY, TIERS

pytestmark = pytest.mark.jit

DAYS, SEED, PEOPLE = 25, 11, 150

# Several groups that fill and open, talk, orders good and bad, complaints, invitations, prizes.
LIVELY: dict[str, Any] = {
    **STEADY,
    "market.people": PEOPLE,
    "group.count": 2,
    "group.capacity": 14,
    "group.seed_members": 12,
    "group.seed_fill": 0.0,
    "group.overflow": "open",
    **{f"tiers.{tier}.talk": 0.4 for tier in TIERS},
    **{f"tiers.{tier}.need_rate": 0.15 for tier in TIERS},
    "spread.talk": 1.0,
    "speak.mention": 0.4,
    "speak.question_share": 0.25,
    "speak.complaint_threshold": 0.2,
    "buy.constant": 0.5,
    "buy.noise": 1.0,
    "invite.rate": 0.1,
    "invite.refractory": 3.0,
    "discovery.rate": 0.005,
    "stay.scale": 0.01,
    "stay.mute_rate": 0.01,
    "policy.name": "prize-campaign",
    "policy.promo_share": 0.0,
    "policy.promos_per_day": 1.0,
    "policy.prizes_per_day": 0.5,
}


@cache
def _played(values: tuple[tuple[str, Any], ...]) -> sq.Community:
    settings = sq.Scenario.load("wechat-group").with_values({**LIVELY, **dict(values)})
    community = sq.Community(settings, seed=SEED, keep_messages=True)
    for _ in range(DAYS):
        community.step()
    return community


def play(values: Mapping[str, Any]) -> sq.Community:
    """The lively world with some values changed; a world is played once."""
    return _played(tuple(sorted(values.items())))


def differing(one: np.ndarray, other: np.ndarray) -> list[str]:
    """Columns of two tables that are not equal by value."""
    if one.shape != other.shape:
        return ["shape"]
    names = one.dtype.names or ()
    return [n for n in names if not np.array_equal(one[n], other[n], equal_nan=True)]


def records(community: sq.Community) -> dict[str, np.ndarray]:
    """What a run leaves behind, of the operator under study."""
    tables, operator = community.tables, community.operators[0]
    rooms = int(operator.record["most_groups"])
    log, invitations = community.message_log, community.invitation_log
    assert log is not None
    return {
        "members": community.own_members,
        "messages": tables.messages[:rooms],
        "groups": tables.groups[:rooms],
        "message log": log[log["group"] < rooms],
        "invitation log": invitations[invitations["inviter"] < PEOPLE],
    }


def differences(one: sq.Community, other: sq.Community) -> dict[str, Any]:
    """Everything in which two runs differ, by table; empty when they are equal."""
    ours, theirs = records(one), records(other)
    found = {name: differing(ours[name], theirs[name]) for name in ours}
    a, b = one.operators[0].journal, other.operators[0].journal
    same_shape = [x.shape for x in a.tallies] == [x.shape for x in b.tallies]
    same = same_shape and all(
        np.array_equal(x, y) for x, y in zip(a.tallies, b.tallies, strict=True)
    )
    found["tallies"] = [] if same else ["counts"]
    posts = [np.array_equal(x, y) for x, y in zip(a.posts, b.posts, strict=True)]
    found["posts"] = [] if all(posts) else ["counts"]
    found["books"] = [] if a.operator == b.operator else ["entries"]
    return {name: columns for name, columns in found.items() if columns}


@dataclass(frozen=True)
class Lever:
    """A lever: what switches it off and on.

    Attributes
    ----------
    off : dict
        Its off-values.
    rest : dict
        Its other parameters, none at its default: nothing may come of them while it is off.
    on : dict
        What switches it on.
    world : dict
        What it needs to be felt; holds in all arms.
    """

    on: dict[str, Any]
    off: dict[str, Any]
    rest: dict[str, Any] = field(default_factory=dict)
    world: dict[str, Any] = field(default_factory=dict)


NOISY = {"policy.name": "listening-proportional", "listening.gain": 2.0, "listening.target": 5.0}
EVENTS = {"event.every": 5, "event.turnout": 1.0}
CALLS = {"group.call": 0.8}
LINGER = {"rhythm.linger": 0.8, "rhythm.lively": 60.0}
TALK = {"speak.conversation": 0.8, "speak.follow_up": 0.0, "speak.sharing": 5.0}
RELUCTANT = {"feel.willingness_start": 0.4, "feel.willingness_half_life": 5.0}
RIVALS = {"market.rivals": 1, "rivals.1.policy.promos_per_day": 6.0}
LEVERS = {
    "desk.staff": Lever(
        {"desk.staff": 2.0},
        {"desk.staff": 0.0},
        {
            "desk.service_time": 30.0,
            "desk.first_hour": 6.0,
            "desk.last_hour": 23.0,
            "desk.patience": 2.0,
            "desk.target": 60.0,
            "desk.public": False,
            "desk.quality": 3.0,
            "desk.length": 90.0,
            "feel.answered": 0.9,
            "feel.answered_fast": 0.8,
            "feel.answer_patience": 5.0,
            "desk.others": 0.9,
            "desk.pay": "answers",
            "feel.exposure_of_answer": 5.0,
        },
    ),
    "desk.follow_up": Lever(
        {"desk.follow_up": 1.0},
        {"desk.follow_up": 0.0},
        {"feel.followed_up": 0.9, "costs.hours_follow_up": 3.0},
    ),
    "incident": Lever(
        {"incident.day": 5.0},
        {"incident.rate": 0.0, "incident.day": -1.0, "incident.from_complaint": 0.0},
        {
            "incident.severity": 0.4,
            "incident.voice": 50.0,
            "incident.forward": 9.0,
            "forward.bad_news": 7.0,
            "incident.response": "compensation",
            "incident.delay": 1.0,
            "incident.empathy_calm": 0.9,
            "incident.empathy_repair": 0.9,
            "incident.apology_calm": 0.9,
            "incident.apology_repair": 0.9,
            "incident.compensation_calm": 0.9,
            "incident.compensation_repair": 0.9,
            "incident.compensation_value": 500.0,
            "incident.private_calm": 0.1,
        },
    ),
    "incident.rate": Lever({"incident.rate": 0.3}, {"incident.rate": 0.0}),
    "incident.from_complaint": Lever(
        {"incident.from_complaint": 1.0}, {"incident.from_complaint": 0.0}
    ),
    "speak.like": Lever(
        {"speak.like": 0.8},
        {"speak.like": 0.0},
        {"speak.like_recognition": 7.0},
        {"speak.recognition_gain": 1.0, "speak.like": 0.0},
    ),
    "coupon": Lever(
        {"coupon.value": 60.0},
        {"coupon.value": 0.0},
        {"coupon.start": 3.0, "coupon.stop": 9.0},
    ),
    "invite.reward": Lever(
        {"invite.reward": 40.0},
        {"invite.reward": 0.0, "invite.gift": 0.0},
        {"invite.reward_start": 2.0, "invite.reward_stop": 5.0, "invite.from_reward": 7.0},
    ),
    "invite.gift": Lever({"invite.gift": 40.0}, {"invite.gift": 0.0}),
    "discovery.prize_pull": Lever({"discovery.prize_pull": 0.1}, {"discovery.prize_pull": 0.0}),
    "targeting.audience": Lever(
        {"targeting.audience": 0.3}, {"targeting.audience": 1.0}, {"targeting.precision": 0.95}
    ),
    "policy.appeal": Lever(
        {"policy.appeal": "face"}, {"policy.appeal": "none"}, {"read.appeal_weight": 8.0}
    ),
    "control": Lever(
        {"control.intensity": 1.0},
        {"control.intensity": 0.0},
        {
            "control.breadth": 1.0,
            "control.reactance": 50.0,
            "control.chill": 1.0,
            "costs.hours_control": 9.0,
        },
    ),
    "onboarding.ties": Lever(
        {"onboarding.ties": 10.0},
        {"onboarding.ties": 0.0, "onboarding.belonging": 0.0},
        {"costs.hours_welcome": 7.0},
    ),
    "onboarding.belonging": Lever({"onboarding.belonging": 0.5}, {"onboarding.belonging": 0.0}),
    "event": Lever(
        {"event.every": 7},
        {"event.every": 0},
        {
            "event.turnout": 1.0,
            "event.timing": "random",
            "event.notice": 90,
            "event.pull": 9.0,
            "event.places": 2.0,
            "event.ties": 50.0,
            "event.belonging": 0.9,
            "costs.event": 9000.0,
            "costs.guest": 300.0,
        },
    ),
    "event.timing": Lever({"event.timing": "random"}, {"event.timing": "fixed"}, {}, EVENTS),
    "event.pull": Lever({"event.pull": 9.0}, {"event.pull": 0.0}, {"event.notice": 90}, EVENTS),
    "event.places": Lever({"event.places": 2.0}, {"event.places": INF}, {}, EVENTS),
    "event.call": Lever({"event.call": 1.0}, {"event.call": 0.0}, {}, {**EVENTS, **CALLS}),
    "incident.call": Lever(
        {"incident.call": 1.0}, {"incident.call": 0.0}, {}, {"incident.day": 5.0, **CALLS}
    ),
    "rhythm.linger": Lever(
        {"rhythm.linger": 0.8, "rhythm.lively": 60.0},
        {"rhythm.linger": 0.0, "group.alert": 0.0},
        {"rhythm.pause": 50.0, "rhythm.lively": 600.0, "speak.follow_up": 0.9},
    ),
    "rhythm.minutes": Lever(
        {"rhythm.minutes": 1.0, **LINGER},
        {"rhythm.minutes": INF},
        {"spread.minutes": 3.0, "speak.effort": 9.0},
    ),
    "rhythm.need": Lever({"rhythm.need": 2.0}, {"rhythm.need": 0.0}),
    "group.glance": Lever({"group.glance": 1.0}, {"group.glance": 0.0}, {"rhythm.weariness": 50.0}),
    "group.alert": Lever(
        {"group.alert": 0.5},
        {"group.alert": 0.0},
        {"rhythm.pause": 50.0, "rhythm.lively": 600.0},
    ),
    "group.mention": Lever({"group.mention": 1.0}, {"group.mention": 0.0}, {"rhythm.pause": 50.0}),
    "group.call": Lever(
        {"group.call": 0.8},
        {"group.call": 0.0},
        {
            "group.call_muted": 0.9,
            "group.call_half_life": 0.5,
            "feel.irritation_call": 50.0,
            "incident.call": 1.0,
            "event.call": 1.0,
        },
        {"policy.calls_per_week": 3.5, "incident.day": 5.0, **EVENTS},
    ),
    "policy.calls_per_week": Lever(
        {"policy.calls_per_week": 3.5}, {"policy.calls_per_week": 0.0}, {}, CALLS
    ),
    "group.found": Lever({"group.found": 0.2}, {"group.found": 0.0}),
    "feel.willingness": Lever(
        {"feel.willingness_start": 0.5},
        {"feel.willingness_start": 1.0, "feel.willingness_half_life": INF},
        {
            "feel.willingness_gain": 0.9,
            "feel.willingness_reading": 0.3,
            "feel.willingness_reply": 0.7,
            "spread.willingness_half_life": 2.0,
            "spread.half_lives_alike": 0.8,
        },
        {"feel.habit_loss": 0.0, "feel.habit_empty": 0.0},  # which wear out both
    ),
    "feel.willingness_reply": Lever(
        {"feel.willingness_reply": 0.5}, {"feel.willingness_reply": 0.0}, {}, RELUCTANT
    ),
    "feel.willingness_reading": Lever(
        {"feel.willingness_reading": 1.0},
        {"feel.willingness_reading": 0.0},
        {},
        {**RELUCTANT, "feel.willingness_reading": 0.0},
    ),
    "feel.habit_reply": Lever({"feel.habit_reply": 0.5}, {"feel.habit_reply": 0.0}),
    "feel.habit_order": Lever({"feel.habit_order": 0.5}, {"feel.habit_order": 0.0}),
    "feel.spacing": Lever({"feel.spacing": 0.5}, {"feel.spacing": 0.0}),
    "stay.silent": Lever({"stay.silent": 0.5}, {"stay.silent": 0.0}, {"stay.silence": 1.0}),
    "stay.mute_silent": Lever(
        {"stay.mute_silent": 0.5}, {"stay.mute_silent": 0.0}, {"stay.silence": 1.0}
    ),
    "speak.arrival": Lever({"speak.arrival": 1.0}, {"speak.arrival": 0.0}),
    "speak.recovery": Lever({"speak.recovery": 0.5}, {"speak.recovery": 0.0}),
    "speak.saturation": Lever({"speak.saturation": 0.2}, {"speak.saturation": INF}),
    "speak.effort": Lever(
        {"speak.effort": 2.0}, {"speak.effort": 0.0}, {}, {"rhythm.minutes": 3.0}
    ),
    "speak.addressed": Lever({"speak.addressed": 0.2}, {"speak.addressed": 1.0}),
    "speak.conversation": Lever(
        {"speak.conversation": 0.5},
        {"speak.conversation": 0.0},
        {"speak.reserve": 0.5, "speak.follow_up": 0.9, "speak.sharing": 1.5},
    ),
    "speak.follow_up": Lever(
        {"speak.follow_up": 0.9}, {"speak.follow_up": 0.0}, {}, {**LINGER, **TALK}
    ),
    "speak.sharing": Lever({"speak.sharing": 1.2}, {"speak.sharing": 5.0}, {}, {**LINGER, **TALK}),
    "speak.reserve": Lever({"speak.reserve": 1.0}, {"speak.reserve": 0.0}, {}, {**LINGER, **TALK}),
    "speak.call": Lever({"speak.call": 5.0}, {"speak.call": 0.0}),
    "group.placement": Lever(
        {"group.placement": "home"}, {"group.placement": "first"}, {"group.home_spread": 2.0}
    ),
    "group.home_spread": Lever(
        {"group.home_spread": 2.0}, {"group.home_spread": 0.0}, {}, {"group.placement": "home"}
    ),
    "discovery.in_need": Lever({"discovery.in_need": 1.0}, {"discovery.in_need": 0.0}),
    "spread.habit_half_life": Lever(
        {"spread.habit_half_life": 1.0}, {"spread.habit_half_life": 0.0}
    ),
    "spread.willingness_half_life": Lever(
        {"spread.willingness_half_life": 1.0},
        {"spread.willingness_half_life": 0.0},
        {"spread.half_lives_alike": 0.8},
        {"feel.willingness_half_life": 5.0},
    ),
    "spread.half_lives_alike": Lever(
        {"spread.half_lives_alike": 0.8},
        {"spread.half_lives_alike": 0.0},
        {},
        {"feel.willingness_half_life": 5.0, "spread.willingness_half_life": 1.0},
    ),
    "spread.minutes": Lever(
        {"spread.minutes": 1.0}, {"spread.minutes": 0.0}, {}, {**LINGER, "rhythm.minutes": 1.0}
    ),
    "forward.rate": Lever(
        {"forward.rate": 1.0},
        {"forward.rate": 0.0, "forward.reward": 0.0},
        {
            "forward.from_reward": 9.0,
            "forward.groups": 5,
            "forward.contacts": 20,
            "forward.friction": 0.0,
            "forward.steps": 7,
            "forward.blocked": 0.9,
        },
    ),
    "forward.reward": Lever({"forward.reward": 30.0}, {"forward.reward": 0.0}),
    "listening": Lever(
        {"policy.name": "listening-switch", "policy.prizes_per_day": 0.0},
        {
            "listening.topic_gain": 0.0,
            "listening.product_gain": 0.0,
            "listening.error": 0.0,
            "listening.lag": 0,
        },
        {
            "listening.target": 77.0,
            "listening.gain": 9.0,
            "listening.product_error": 0.9,
            "listening.product_ceiling": 5.0,
        },
    ),
    "listening.gain": Lever(
        {"policy.name": "listening-proportional", "listening.gain": 2.0},
        {"policy.name": "listening-proportional", "listening.gain": 0.0},
        {"listening.target": 0.5},
        {"policy.name": "cadence"},
    ),
    "listening.topic_gain": Lever(
        {"listening.topic_gain": 1.0}, {"listening.topic_gain": 0.0}, {}, NOISY
    ),
    "listening.error": Lever({"listening.error": 1.0}, {"listening.error": 0.0}, {}, NOISY),
    "listening.lag": Lever({"listening.lag": 4}, {"listening.lag": 0}, {}, NOISY),
    "listening.product_gain": Lever(
        {"listening.product_gain": 0.02}, {"listening.product_gain": 0.0}
    ),
    "policy.imitation": Lever({"policy.imitation": 5}, {"policy.imitation": 0}, {}, RIVALS),
    "market.rivals": Lever(
        {"market.rivals": 2},
        {"market.rivals": 0},
        {"market.attention": 0.3, "buy.rivals": 0.4, "stay.rivals": 7.0, "policy.imitation": 5},
    ),
    "buy.reminder_overtness": Lever(
        {"buy.reminder_overtness": 1.0}, {"buy.reminder_overtness": 0.0}, {}, {"buy.reminder": 3.0}
    ),
    "feel.regularity": Lever(
        {"feel.regularity": 5.0}, {"feel.regularity": 0.0}, {}, {"policy.content_per_day": 1.0}
    ),
    "feel.exposure_warmth": Lever({"feel.exposure_warmth": 0.1}, {"feel.exposure_warmth": 0.0}),
    "feel.exposure_tedium": Lever({"feel.exposure_tedium": 0.02}, {"feel.exposure_tedium": 0.0}),
    "read.depth": Lever({"read.depth": 1.0}, {"read.depth": 0.0}),
    "read.seconds": Lever({"read.seconds": 20.0}, {"read.seconds": INF}),
    "group.message_life": Lever({"group.message_life": 0.1}, {"group.message_life": INF}),
    "group.selective": Lever({"group.selective": 0.5}, {"group.selective": 0.0}),
    "policy.asks_per_day": Lever(
        {"policy.name": "question-and-answer"},
        {"policy.name": "cadence"},
        {"policy.asks_per_day": 9.0, "speak.prompt": 5.0},
        {"policy.name": "cadence"},
    ),
    "policy.evidence_per_day": Lever(
        {"policy.evidence_per_day": 2.0},
        {"policy.evidence_per_day": 0.0},
        {"policy.evidence_valence": -0.9},
    ),
    **{
        path: Lever({path: 0.5}, {path: 0.0})
        for path in flatten(sq.Scenario.load("blank").parameters)
        if path.startswith("correlation.")
    },
    "market.match_friends": Lever(
        {"market.match_friends": 0.8},
        {"market.match_friends": 0.0},
        {"market.match_width": 3},
        {"market.match_friends": 0.0},
    ),
    "product.topic": Lever({"product.topic": 0.3}, {"product.topic": -1.0}, {"product.focus": 5.0}),
    "discovery.match": Lever({"discovery.match": 1.0}, {"discovery.match": 0.0}),
    "discovery.ad_match": Lever(
        {"discovery.ad_match": 1.0}, {"discovery.ad_match": 0.0}, {}, {"discovery.ad_budget": 20.0}
    ),
    "invite.match": Lever({"invite.match": 1.0}, {"invite.match": 0.0}),
    "invite.motive": Lever(
        {"invite.motive": 1.0}, {"invite.motive": 0.0}, {}, {"invite.reward": 40.0}
    ),
    "group.assignment": Lever(
        {"group.assignment": "topic"}, {"group.assignment": "dealt"}, {"group.mixing": 0.3}
    ),
    "group.start_orders": Lever({"group.start_orders": 50.0}, {"group.start_orders": 0.0}),
    "group.seeding": Lever({"group.seeding": "hubs"}, {"group.seeding": "random"}),
}


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_at_its_off_value_changes_no_bit(name):
    lever = LEVERS[name]
    plain = play(lever.world)
    off = play({**lever.world, **lever.rest, **lever.off})
    assert differences(plain, off) == {}


@pytest.mark.parametrize("name", LEVERS)
def test_the_same_lever_switched_on_changes_the_members(name):
    lever = LEVERS[name]
    changed = differences(play(lever.world), play({**lever.world, **lever.on}))
    assert changed.get("members"), changed


def test_the_world_is_lively_enough_for_the_levers_to_bite():
    """Otherwise the tables would be equal because nothing happens."""
    community = play({})
    journal = community.journal
    for name in (
        "joins_invite", "joins_spontaneous", "exits", "mutes", "questions", "replies", "complaints",
        "order_shares", "negative", "orders_new", "orders_repeat", "promos_read", "invitations",
    ):  # fmt: skip
        assert journal.total(name).sum() >= 5, name
    assert journal.operator_column("prizes").sum() >= 10
    assert community.open_groups >= 3


@pytest.mark.parametrize("name", ["group.message_life", "read.seconds"])
def test_a_limit_that_nothing_reaches_is_as_good_as_none(name):
    """25 days are less than 1,000, and no session has a billion seconds of reading."""
    value = {"group.message_life": 1000.0, "read.seconds": 1e9}[name]
    assert differences(play({}), play({name: value})) == {}


@pytest.mark.parametrize("element", ELEMENTS)
def test_an_element_switched_off_is_its_levers_at_zero(element):
    """On both sides the levers of all elements are set, and all but those of one stay."""
    levers: dict[str, Any] = {
        "discovery.ad_budget": 20.0,
        "invite.reward": 20.0,
        "invite.gift": 10.0,
        "control.intensity": 0.5,
        "desk.staff": 2.0,
        "desk.follow_up": 0.8,
        "policy.evidence_per_day": 1.0,
        "coupon.value": 20.0,
        "policy.name": "question-and-answer" if element == "maintain" else "prize-campaign",
    }
    zero = dict.fromkeys(ELEMENTS[element], 0.0)
    off = play({**levers, f"elements.{element}": False})
    assert differences(play({**levers, **zero}), off) == {}
    assert differences(play(levers), off)["members"]
    assert differences(play(levers), play({**levers, f"elements.{element}": True})) == {}


@pytest.mark.parametrize("element", ["gather", "order", "guide", "evidence", "follow_up"])
def test_an_element_without_levers_does_nothing(element):
    assert differences(play({}), play({f"elements.{element}": False})) == {}


# Seen from each membership: what share of attention it has, and what the rivals sell.
OF_RIVALS = {"share", "rivals"}
# Stocks that fade outside: with rivals they are brought up to date at every midnight.
FADING = {"awareness": "feel.awareness_half_life", "recognition": "speak.recognition_half_life"}
APART = {"market.attention": 0.0, "buy.rivals": 0.0, "stay.rivals": 0.0}


def test_rivals_that_share_nothing_with_the_operator_change_nothing_of_it():
    """What tells the memberships of a person apart is all that differs, inside.

    Outside two stocks fade; with rivals about they are stored anew each midnight, in single
    precision: brought up to date they are the same to a few roundings of 2^-24.
    """
    alone, beside = play({}), play({"market.rivals": 2, **APART})
    changed = differences(alone, beside)
    assert set(changed) <= {"members"}
    ours, theirs = alone.own_members, beside.own_members
    inside = np.isin(ours["status"], (MEMBER, MUTED))
    assert inside.any()
    assert not inside.all()
    assert set(differing(ours[inside], theirs[inside])) <= OF_RIVALS
    outside = differing(ours[~inside], theirs[~inside])
    assert set(outside) <= OF_RIVALS | {"updated_at", *FADING}
    for stock, path in FADING.items():
        life = flatten(alone.settings.parameters)[path]
        now = [
            rows[stock].astype(float) * 0.5 ** ((DAYS - rows["updated_at"]) / life)
            for rows in (ours[~inside], theirs[~inside])
        ]
        assert np.allclose(*now, rtol=1e-5, atol=1e-30)
    assert beside.operators[2].journal.total("orders_new").sum() > 0


@pytest.mark.parametrize("name", APART)
def test_each_of_the_three_ties_to_rivals_changes_the_operator(name):
    """One of them at 1, the other two off: an ablation of each mechanism of competition."""
    apart = {"market.rivals": 2, **APART}
    changed = differences(play(apart), play({**apart, name: 1.0}))
    assert set(changed["members"]) - OF_RIVALS
