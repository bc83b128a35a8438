"""Outcomes for each member, and who stays, against numbers worked out by hand."""

import math

import numpy as np
import pytest

import shequn as sq
from shequn.agents.tables import (
    INVITE,
    LEFT,
    MEMBER,
    MEMBER_DTYPE,
    MUTED,
    SEED,
    SOURCES,
    TALLY_INDEX,
    TALLY_NAMES,
    WAITING,
    table,
)
from shequn.model.observation import Journal
from shequn.model.outcomes import OUTCOMES
from shequn.model.per_member import per_member
from shequn.model.staying import JOINERS, stay_share, staying


def journal_of(*days: dict[str, float]) -> Journal:
    """A record of some days of one group, all in the base tier."""
    journal = Journal()
    for counts in days:
        numbers = np.zeros((1, 3, len(TALLY_NAMES)))
        for name, value in counts.items():
            numbers[0, 2, TALLY_INDEX[name]] = value
        journal.note(numbers)
    return journal


class TestPerMember:
    def test_by_hand(self):
        """4 and 6 members: 5 on average, 10 member-days."""
        journal = journal_of(
            {"members": 4, "readers": 1, "orders_new": 2, "promos_read": 3, "silent": 4},
            {
                "members": 6, "readers": 2, "orders_repeat": 3, "contents_read": 5, "silent": 3,
                "attitude_sum": 1.5, "belonging_sum": 3.0, "awareness_sum": 12.0,
            },
        )  # fmt: skip
        assert per_member(journal, -40.0, 28) == pytest.approx(
            {
                "readers_per_member": 0.3,
                "silent_share": 0.5,
                "orders_per_member": 1.0,
                "customer_equity_per_member": -8.0,
                "promos_seen_per_member": 2.1,
                "contents_seen_per_member": 3.5,
                "attitude": 0.25,
                "belonging": 0.5,
                "awareness": 2.0,
            }
        )
        assert per_member(journal, 0.0, 1)["readers_per_member"] == pytest.approx(2 / 6)

    def test_nobody_there(self):
        for journal in (Journal(), journal_of({"members": 0})):
            assert all(math.isnan(value) for value in per_member(journal, 5.0, 28).values())


def people(*rows: tuple[float, int, float, int]) -> np.ndarray:
    """Members from (joined at, status, left at, source)."""
    members = table(len(rows), MEMBER_DTYPE)
    for member, (joined, status, left, source) in zip(members, rows, strict=True):
        member["joins"], member["joined_at"], member["status"] = 1, joined, status
        member["left_at"], member["source"] = left, source
    return members


class TestStaying:
    def test_by_hand(self):
        """A run of 100 days: who joined after day 10, left before day 0, or waits, is left out."""
        members = people(
            (0.0, MEMBER, 0.0, SEED),
            (0.0, LEFT, 89.0, SEED),
            (5.0, LEFT, 95.0, INVITE),  # on the very day
            (10.0, MUTED, 2.0, INVITE),  # left and came back
            (10.0, LEFT, 11.0, INVITE),
            (10.5, LEFT, 12.0, INVITE),
            (-30.0, LEFT, -2.0, SEED),
            (-30.0, LEFT, 70.0, SEED),  # 70 days from day 0
            (4.0, WAITING, 3.0, SEED),
            (1.0, MEMBER, 0.0, SEED),
        )
        members[-1]["joins"] = 0
        assert stay_share(members, 100, 90) == pytest.approx(3 / 6)
        assert stay_share(members, 100, 90, "seed") == pytest.approx(1 / 3)
        assert stay_share(members, 100, 90, "invite") == pytest.approx(2 / 3)
        found = staying(members, 100)
        assert math.isnan(found["stay_365"]) and math.isnan(found["stay_90_ad"])
        assert set(found) == {name for name in OUTCOMES if name.startswith("stay_")}

    def test_every_source_has_one(self):
        assert JOINERS == tuple(name for name in SOURCES if name != "none")

    def test_nobody_joined(self):
        assert math.isnan(stay_share(table(3, MEMBER_DTYPE), 400, 90))


@pytest.mark.jit
class TestDirections:
    """In whole runs, paired on common seeds."""

    @staticmethod
    def summary(**values: float) -> dict[str, float]:
        named = {path.replace("__", "."): value for path, value in values.items()}
        scenario = sq.Scenario.load("wechat-group").with_values({"run.days": 100, **named})
        return dict(sq.run(scenario, seed=3).summary)

    def test_who_leaves_sooner_stays_less(self):
        calm, restless = self.summary(stay__scale=0.01), self.summary(stay__scale=0.5)
        for name in ("stay_90", "stay_90_seed"):
            assert 0.0 < restless[name] < calm[name], name

    def test_more_promotions_are_seen_by_each_member(self):
        few = self.summary(policy__promo_share=0.0, policy__promos_per_day=0.5)
        many = self.summary(policy__promo_share=0.0, policy__promos_per_day=3.0)
        assert many["promos_seen_per_member"] > 3.0 * few["promos_seen_per_member"] > 0.0
        assert many["awareness"] > few["awareness"]
        assert few["contents_seen_per_member"] > 0.0
