"""Facts of chat rooms on logs small enough to count by hand, and on the real rooms."""

import math
from importlib import resources

import numpy as np
import pandas as pd
import pytest

from shequn.agents.errors import ShequnError
from shequn.experiments import facts
from shequn.experiments.facts import Records, real_records, tiers
from shequn.experiments.facts.rooms import real_rooms, room_measures

SECOND = 1 / 86_400


ARCHIVE = tiers.FEWEST_PEOPLE, tiers.FEWEST_MESSAGES


@pytest.fixture(autouse=True)
def every_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs of a few messages are rooms, too: the archive's rule has a test of its own."""
    monkeypatch.setattr(tiers, "FEWEST_PEOPLE", 1)
    monkeypatch.setattr(tiers, "FEWEST_MESSAGES", 1)


def test_the_archive_holds_rooms_of_five_people_and_twenty_messages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tiers, "FEWEST_PEOPLE", ARCHIVE[0])
    monkeypatch.setattr(tiers, "FEWEST_MESSAGES", ARCHIVE[1])
    sizes = {1: (5, 20), 2: (4, 40), 3: (6, 19), 4: (7, 30)}
    rows = [(room, k * 0.1, k % people) for room, (people, n) in sizes.items() for k in range(n)]
    log = pd.DataFrame(rows, columns=["community", "time", "person"]).assign(thread=-1)
    kept = tiers.archived_rooms(facts.Records(days=9.0, messages=log))
    assert sorted(kept.messages["community"].unique()) == [1, 4]
    assert len(kept.messages) == 50


def chat(*rows: tuple, room: int = 1) -> Records:
    """Messages (time, person) or (time, person, addressed)."""
    full = [(room, row[0], row[1], -1, row[2] if len(row) > 2 else -1) for row in rows]
    log = pd.DataFrame(full, columns=["community", "time", "person", "thread", "to"])
    return Records(days=float(log["time"].max()) + 1, messages=log)


def both(first: Records, second: Records) -> Records:
    log = pd.concat([first.messages, second.messages.assign(community=2)])
    return Records(days=max(first.days, second.days), messages=log)


def value(name: str, records: Records) -> float:
    return facts.measure(f"gitter_{name}", records, n_resamples=0).value


@pytest.fixture
def windows() -> Records:
    """A room from day 2 to day 72: two whole windows of 28 days, and a part of one."""
    return chat(
        *[(2.0, 1)] * 20, *[(32.0, 2)] * 3, (29.9, 3), (30.0, 3), *[(57.9, 3)] * 2, (72.0, 2)
    )


@pytest.mark.parametrize(
    ("tier", "of_members", "of_messages"),
    [("high", 1 / 5, 20 / 28), ("middle", 2 / 5, 6 / 28), ("base", 2 / 5, 2 / 28)],
)
def test_tier_shares_count_the_last_window_too(windows, tier, of_members, of_messages):
    # Cells: person 1 20 in window 0; 3 one in 0, three in 1; 2 three in 1, one in the incomplete 2.
    assert value(f"tier_{tier}_share_of_active_members_28d", windows) == pytest.approx(of_members)
    assert value(f"tier_{tier}_share_of_messages_28d", windows) == pytest.approx(of_messages)


def test_moves_use_the_rooms_windows_and_whole_ones_only(windows):
    # 1: high, silent. 3: base, middle. 2 enters in window 1, after which there is no whole one.
    expected = np.zeros((1, 4, 4), dtype=int)
    expected[0, 3, 0] = expected[0, 1, 2] = 1
    assert np.array_equal(tiers.transitions(windows), expected)
    assert value("transition28_high_to_silent", windows) == 1.0
    assert value("transition28_base_to_middle", windows) == 1.0
    assert math.isnan(value("transition28_middle_to_high", windows))


def test_a_silent_window_between_two_counts():
    records = chat((0.0, 1), (60.0, 1), (84.0, 2))
    moves = tiers.transitions(records)[0]
    assert (moves[1, 0], moves[0, 1], moves.sum()) == (1, 1, 2)


def test_rooms_weigh_by_their_cases():
    quiet = chat((0.0, 1), (56.0, 2))  # one move: base to silent
    lively = chat(*((0.0, p) for p in (1, 2, 3)), *((28.0, p) for p in (1, 2, 3)), (56.0, 4))
    estimate = facts.measure("gitter_transition28_base_to_silent", both(quiet, lively))
    assert (estimate.value, estimate.low, estimate.high) == (1 / 4, 0.0, 1.0)
    assert estimate.n == 2


@pytest.fixture
def newcomers() -> Records:
    return chat(
        (0.0, 1),
        (8.0, 2),
        (9.0, 1, 2),  # addressed after exactly 24 hours
        (15.0, 2),  # back on day 7
        (7.0, 3),  # on day 7 exactly: no newcomer
        (7.1, 1, 3),
        (10.0, 4),
        (10.5, 4, 4),  # addresses himself
        (66.0, 4),  # back on day 56: too late
        (12.0, 5),
        (11.9, 1, 5),  # addressed before his first post
        (13.1, 1, 5),  # and too late
        (20.0, 5),  # back
        (45.0, 6),  # followed for 55 days
        (45.1, 1, 6),
        (100.0, 1, 999),  # addressed somebody who never wrote
    )


def test_newcomers_addressed(newcomers):
    assert value("newcomer_addressed_within_24h", newcomers) == pytest.approx(1 / 3)
    assert value("retention_d7_56_if_addressed", newcomers) == 1.0
    assert value("retention_d7_56_if_not_addressed", newcomers) == 0.5
    assert value("share_messages_addressed", newcomers) == pytest.approx(7 / 16)


@pytest.mark.parametrize(
    "name",
    [
        "newcomer_addressed_within_24h",
        "retention_d7_56_if_addressed",
        "retention_d7_56_if_not_addressed",
        "share_messages_addressed",
    ],
)
def test_without_addresses_these_are_unknown(newcomers, name):
    log = newcomers.messages.drop(columns="to")
    assert math.isnan(value(name, Records(days=newcomers.days, messages=log)))


def test_next_message_by_another_person():
    # Of room 1: after 600 s by another (yes), after 601 s (no), by the same person (no), last (no).
    first = chat((0.0, 1), (600 * SECOND, 2), (1201 * SECOND, 1), (1300 * SECOND, 1))
    second = chat((1300 * SECOND, 3))
    assert value("next_message_by_other_within_10min", first) == 1 / 4
    assert value("next_message_by_other_within_10min", both(first, second)) == 1 / 5


def test_returns_pool_people_over_rooms():
    first = chat((0.0, 1), (3.0, 1), (0.0, 2), (60.0, 9))  # persons 1 and 2, not 9
    second = chat((0.0, 1), (56.0, 9))
    short = chat((0.0, 1), (2.0, 1))
    assert value("retention_d1_7", both(first, second)) == pytest.approx(1 / 3)
    assert value("retention_d1_7", both(first, short)) == pytest.approx(1 / 2)


def test_room_medians_and_slopes_take_established_rooms_only():
    rooms = []
    for room, (n_people, each) in enumerate(((20, 5), (40, 10), (80, 20), (19, 50))):
        people = np.repeat(np.arange(n_people), each)
        log = pd.DataFrame({"community": room, "time": 0.0, "person": people, "thread": -1})
        rooms.append(log)
    records = Records(days=1.0, messages=pd.concat(rooms))
    # Messages 100, 400, 1,600 for users 20, 40, 80: slope 2; the room of 19 is left out.
    slope = facts.measure("gitter_elasticity_messages_on_users", records)
    assert (slope.value, slope.n) == (pytest.approx(2.0), 3)
    # Top 10 %: 2 of 20, 4 of 40, 8 of 80 equal users.
    top = facts.measure("gitter_room_median_top10pct_share", records)
    assert (top.value, top.n) == (pytest.approx(0.1), 3)


REAL = [fact for fact in facts.facts("study-room") if fact.id.startswith("gitter_")]


@pytest.mark.parametrize("fact", REAL, ids=lambda fact: fact.id)
def test_real_rooms_give_the_published_facts(fact):
    # Published to five digits; medians and one slope came from columns rounded to four and two.
    half_a_digit = 5.1e-6
    if "room_median" in fact.id:
        half_a_digit = 5.1e-5
    elif "weekly_active" in fact.id:
        half_a_digit = 5e-4
    found = facts.measure(fact.id, real_records("study-room"))
    assert found.value == pytest.approx(fact.value, abs=half_a_digit)
    assert found.n == fact.n
    # Ends of 2,000 resamples, drawn with other numbers than the published ones.
    assert (found.low, found.high) == pytest.approx((fact.low, fact.high), abs=0.02)


def test_real_rooms_give_their_table():
    log = real_records("study-room").messages
    measured = room_measures(log.rename(columns={"community": "room", "person": "author"}))
    published = real_rooms()
    digits = {"span_days": 1, "median_iat_s": 1, "mean_weekly_active": 2}
    for name in measured.columns.intersection(published.columns):
        half_a_digit = 0.5 * 10.0 ** -digits.get(name, 4) + 1e-9
        difference = (measured[name] - published[name]).abs()
        assert (difference <= half_a_digit).sum() + (
            measured[name].isna() & published[name].isna()
        ).sum() == 115, name


def test_real_rooms_give_the_published_moves():
    with resources.files("shequn").joinpath("data/tier_transitions_28d.csv").open() as stream:
        published = pd.read_csv(stream, index_col="from_tier")
    moves = tiers.transitions(real_records("study-room")).sum(axis=0)
    expected = published.loc[list(tiers.TIERS), list(tiers.TIERS)].to_numpy()
    assert np.array_equal(moves, expected)


def test_no_events_for_other_scenarios():
    with pytest.raises(ShequnError, match="no observed events for 'forum'"):
        real_records("forum")
