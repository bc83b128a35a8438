"""Common random numbers: what a change does not reach keeps its people, its days and its luck."""

import numpy as np
import pytest

import shequn as sq
from shequn.agents.tables import MEMBER_DTYPE
from shequn.model.contacts import contact, number_of_contacts
from shequn.model.rhythm import diary, plan_sessions, quantiles_of_day, visitor_of
from tests.levers.steady import STEADY, TIERS

pytestmark = pytest.mark.jit

TRAITS = (
    "tier", "topic", "budget", "voice", "talk", "capacity", "session_rate", "conformity",
    "wariness", "quality_weight", "price_weight", "face_weight", "prize_taste", "social_taste",
    "match", "need_rate", "exit_rate", "reach", "habit_decay", "willingness_decay", "minutes",
)  # fmt: skip
CLEARED_AT_MIDNIGHT = ("pending_invitations", "forward", "rival_orders", "looks", "spent")
OF_THE_PAST = (
    "posts_before", "orders_before", "orders_elsewhere_before", "invitations_before",
    "occasions_before", "likes_before", "promos_read_before",
)  # fmt: skip
# Levers that write to members, and a rival.
LEVERS = {
    "market.rivals": 1, "desk.staff": 1.0, "incident.rate": 0.3, "incident.response": "apology",
    "forward.rate": 0.2, "forward.contacts": 1, "targeting.audience": 0.5,
}  # fmt: skip
POLICIES = [
    {"policy.name": "none", "policy.promo_share": 0.0},
    {"policy.promo_share": 0.5, "policy.overtness": 1.0},
    {"policy.name": "bombardment", "policy.promo_share": 0.0},
    {"policy.name": "broadcast", "policy.content_per_day": 9.0},
    {"policy.name": "prize-campaign", "policy.prizes_per_day": 2.0},
]
# Nobody comes because of what others do, nor stays on.
WORLD = {
    **STEADY, "market.people": 120, "group.capacity": 60, "spread.habit_half_life": 0.3,
    "feel.willingness_half_life": 30.0, "spread.willingness_half_life": 0.3,
    "rhythm.minutes": 1000.0, "spread.minutes": 0.1,
}  # fmt: skip
# Nothing that is read changes when a member comes: then a policy cannot reach the sessions.
UNMOVED = {
    "feel.habit_gain": 0.0, "feel.habit_loss": 0.0, "feel.habit_empty": 0.0,
    "feel.willingness_gain": 0.0, "feel.answered": 0.0, "stay.scale": 0.0, "stay.belonging": 0.0,
    "stay.habit": 0.0, "stay.mute_irritation": 0.0, "stay.mute_rate": 0.0, "invite.accept": 0.0,
    "discovery.rate": 0.0,
}  # fmt: skip


def scenario(*changes: dict) -> sq.Scenario:
    merged = {name: value for change in (WORLD, *changes) for name, value in change.items()}
    return sq.Scenario.load("wechat-group").with_values(merged)


def recorded_sessions(settings: sq.Scenario, days: int) -> dict[int, list[float]]:
    """Times of the sessions of each member, as the agents live them."""
    sessions: dict[int, list[float]] = {}

    def recording(base: type) -> type:
        class Recorded(base):
            def read(self, visit):
                sessions.setdefault(self.row, []).append(float(visit.time))
                super().read(visit)

        return Recorded

    class Watched(sq.Community):
        tier_classes = tuple(recording(base) for base in sq.Community.tier_classes)

    community = Watched(settings, seed=3, engine="agents")
    for _ in range(days):
        community.step()
    return sessions


def played(settings: sq.Scenario, days: int, **options) -> sq.Community:
    return sq.run(settings, days=days, seed=3, **options).community


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_changes_no_trait(policy):
    one, other = sq.Community(scenario(), seed=3), sq.Community(scenario(policy), seed=3)
    assert one.tables.members.tobytes() == other.tables.members.tobytes()
    for community in (one, other):
        for _ in range(10):
            community.step()
    for name in TRAITS:
        assert one.tables.members[name].tobytes() == other.tables.members[name].tobytes(), name


def test_every_trait_is_in_the_list():
    """Fields that no verb writes; a new trait belongs into TRAITS."""
    busy = {
        "invite.rate": 0.2, "discovery.rate": 0.02, "speak.question_share": 0.9,
        **{f"tiers.{tier}.talk": 0.2 for tier in TIERS},
        **{f"tiers.{tier}.need_rate": 0.2 for tier in TIERS},
    }  # fmt: skip
    community = played(scenario(busy, LEVERS, POLICIES[4]), 60)
    start = sq.Community(community.settings, seed=3).tables.members
    end = community.tables.members
    unchanged = {name for name in MEMBER_DTYPE.names if np.array_equal(start[name], end[name])}
    fixed = {*TRAITS, "segment", "lives_near"}  # the operator's estimate of a person, a place
    assert fixed <= unchanged
    assert unchanged <= {*fixed, *CLEARED_AT_MIDNIGHT, *OF_THE_PAST}


def test_a_policy_changes_no_contact():
    one, other = (sq.Community(scenario(policy), seed=3) for policy in POLICIES[:2])
    for row in range(120):
        n = int(number_of_contacts(one.tables.members[row], row, one.network[0]))
        assert n == number_of_contacts(other.tables.members[row], row, other.network[0])
        contacts = [
            [contact(row, k, c.network, c.p) for k in range(min(n, 5))] for c in (one, other)
        ]
        assert contacts[0] == contacts[1]
        assert row not in contacts[0]


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_changes_no_session_of_the_first_day(policy):
    sessions = recorded_sessions(scenario(), 1)
    assert sessions == recorded_sessions(scenario(policy), 1)
    assert sum(len(times) for times in sessions.values()) > 20


def test_sessions_do_not_hang_on_who_else_is_there():
    community = sq.Community(scenario({"feel.habit_start": 1.0}), seed=3)
    starts, rows = community.rosters
    quantiles = quantiles_of_day(community.settings.parameters)
    members, newest = community.tables.members, community.tables.groups["newest"][0]

    def sessions(roster: np.ndarray) -> dict[int, list[float]]:
        pages = diary(5000)
        n = plan_sessions(members, roster, newest, 4, (1.0, quantiles), community.p, pages)
        times = pages.times[:n]
        who = np.array([visitor_of(number) for number in pages.tickets[:n]])
        assert (np.diff(times) >= 0.0).all()
        return {int(row): times[who == row].tolist() for row in roster}

    everyone = sessions(rows[: starts[1]])
    half = sessions(rows[: starts[1]][1::2].copy())
    assert half == {row: everyone[row] for row in half}
    assert sum(len(times) for times in half.values()) > 10


def test_where_reading_moves_nobody_no_session_ever_changes():
    base = recorded_sessions(scenario(UNMOVED), 8)
    assert base == recorded_sessions(scenario(UNMOVED, POLICIES[2]), 8)
    assert sum(len(times) for times in base.values()) > 200


def test_where_reading_moves_nobody_only_what_is_read_changes():
    """Luck does not shift: needs, exits, invitations, and messages by their author's own count."""
    still = {
        **UNMOVED,
        "speak.interest_slope": 0.0, "speak.recognition_gain": 0.0, "speak.reply_share": 0.0,
        "buy.reminder": 0.0, "invite.from_belonging": 0.0, "invite.from_satisfaction": 0.0,
        **{f"tiers.{tier}.talk": 0.05 for tier in TIERS},
        **{f"tiers.{tier}.exit_rate": 0.01 for tier in TIERS},
    }  # fmt: skip
    one = played(scenario(still, POLICIES[0]), 40, keep_messages=True)
    other = played(scenario(still, POLICIES[2]), 40, keep_messages=True)
    for name in ("status", "left_at", "posts", "occasions", "invitations", "last_session_at"):
        assert one.tables.members[name].tobytes() == other.tables.members[name].tobytes(), name
    assert (
        one.tables.members["irritation"].tobytes() != other.tables.members["irritation"].tobytes()
    )
    logs = [c.message_log[c.message_log["author"] >= 0] for c in (one, other)]
    kinds = [log[log["kind"] < 3] for log in logs]  # orders depend on what was read
    assert len(kinds[0]) > 50
    for name in ("time", "author", "kind"):
        assert kinds[0][name].tobytes() == kinds[1][name].tobytes(), name


def test_a_reduced_promo_load_keeps_the_luck_of_first_purchases():
    """A choice is keyed by member and occasion: utility decides, not a shifted draw."""
    sure = {
        "buy.constant": 50.0, "buy.reminder": 0.0, **UNMOVED, "buy.noise": 0.5,
        "speak.order_share": 0.0, **{f"tiers.{tier}.need_rate": 0.05 for tier in TIERS},
    }  # fmt: skip
    one, other = (played(scenario(sure, policy), 40) for policy in (POLICIES[0], POLICIES[2]))
    assert one.tables.members["orders"].sum() > 20
    for name in ("orders", "satisfaction", "expectation", "last_order_at"):
        assert one.tables.members[name].tobytes() == other.tables.members[name].tobytes(), name


def bits(records: np.ndarray) -> dict[str, bytes]:
    """The bits of each field: between fields, the copy of a record may hold anything."""
    return {name: records[name].tobytes() for name in records.dtype.names}


def closed(count: int) -> sq.Scenario:
    """Groups that exchange nobody: no invitation is accepted, nobody comes unasked."""
    return sq.Scenario.load("wechat-group").with_values(
        {
            **STEADY, "market.people": 150, "group.count": count, "group.capacity": 40,
            "group.seed_fill": 0.0, "group.seed_members": 30, "policy.name": "none",
            "policy.promo_share": 0.0, "invite.accept": 0.0, "discovery.rate": 0.0,
            **{f"tiers.{tier}.talk": 0.05 for tier in TIERS},
            **{f"tiers.{tier}.need_rate": 0.05 for tier in TIERS},
        }
    )  # fmt: skip


class OnlyFirst:
    """Bombards group 0 and leaves the others alone."""

    def plan(self, day, observation):
        return [sq.Post("promo", (9.0, 12.0, 18.0), overtness=1.0, group=0)]


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_a_change_in_one_group_leaves_the_others_untouched(engine):
    days = 60 if engine == "compiled" else 5
    quiet = sq.Community(closed(3), seed=5, engine=engine, keep_messages=True)
    loud = sq.Community(closed(3), seed=5, engine=engine, keep_messages=True)
    loud.operator.policy = OnlyFirst()
    for _ in range(days):
        quiet.step()
        loud.step()
    home = quiet.tables.members["group"]
    assert np.array_equal(home, loud.tables.members["group"])
    for group in range(3):
        rows = home == group
        same = bits(quiet.tables.members[rows]) == bits(loud.tables.members[rows])
        feeds = quiet.tables.messages[group].tobytes() == loud.tables.messages[group].tobytes()
        assert (same, feeds) == ((False, False) if group == 0 else (True, True))
    frames = [community.groups.query("group > 0") for community in (quiet, loud)]
    assert frames[0].equals(frames[1])
    assert frames[0]["messages"].sum() > 20


def test_a_member_changed_by_hand_leaves_other_groups_untouched():
    one, other = (sq.Community(closed(2), seed=5) for _ in range(2))
    row = int(np.flatnonzero(other.tables.members["group"] == 0)[0])
    other.tables.members["talk"][row] = 5.0
    for _ in range(30):
        one.step()
        other.step()
    rows = one.tables.members["group"] == 1
    assert bits(one.tables.members[rows]) == bits(other.tables.members[rows])
    assert one.tables.messages[1].tobytes() == other.tables.messages[1].tobytes()
    assert one.tables.messages[0].tobytes() != other.tables.messages[0].tobytes()


def test_another_seed_is_another_world():
    one, other = sq.Community(scenario(), seed=3), sq.Community(scenario(), seed=4)
    for name in set(TRAITS) - {"tier"}:
        assert not np.array_equal(one.tables.members[name], other.tables.members[name]), name
