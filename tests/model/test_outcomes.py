"""Outcomes and the ledger against numbers worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from shequn.agents.tables import (
    CONTENT,
    LEFT,
    MEMBER,
    MEMBER_DTYPE,
    MUTED,
    POST_DTYPE,
    PRIZE,
    PROMO,
    TALLY_INDEX,
    TALLY_NAMES,
    table,
)
from shequn.model.ledger import (
    ITEMS,
    balance_of,
    customer_equity,
    entries_of,
    posts_made,
)
from shequn.model.observation import Journal
from shequn.model.outcomes import (
    DEAD_AFTER,
    OUTCOMES,
    gini,
    outcomes_of,
    survival,
    top_share,
    tree_measures,
)
from shequn.model.parameters import terms_of_day
from shequn.model.scenario import Scenario
from tests.books import posts_by_kind, write_day

PRICES = {
    "product.price": 100.0,
    "product.margin": 0.4,
    "costs.wage": 60.0,
    "costs.hours_content": 0.5,
    "costs.hours_promo": 0.25,
    "costs.hours_moderation": 0.01,
    "costs.post_reuse": 1.0,
    "costs.discount": 0.1,
    "discovery.ad_budget": 7.0,
    "invite.reward": 3.0,
}
NOTHING = dict.fromkeys((*TALLY_NAMES, "orders", "human_messages", "groups", "events"), 0.0)


def parameters(**changes: Any):
    values = {**PRICES, **{key.replace("__", "."): value for key, value in changes.items()}}
    return Scenario.load("blank").with_values(values).parameters


def posts(*rows: tuple[int, int]) -> np.ndarray:
    """A day's posts from (group, kind)."""
    plan = table(len(rows), POST_DTYPE)
    for post, (group, kind) in zip(plan, rows, strict=True):
        post["group"], post["kind"] = group, kind
    return plan


def day_of(journal: Journal, plan: np.ndarray | None = None, q=None, **counts: float) -> None:
    """Write a day of one group into the journal, all counts in the base tier."""
    numbers = np.zeros((1, 3, len(TALLY_NAMES)))
    for name, value in counts.items():
        numbers[0, 2, TALLY_INDEX[name]] = value
    write_day(
        journal, numbers, posts_by_kind(posts() if plan is None else plan, 1), q or parameters()
    )


class TestInequality:
    @pytest.mark.parametrize(
        ("counts", "expected"),
        [([1, 1, 1, 1], 0.0), ([5], 0.0), ([1, 3], 0.25), ([1, 2, 3, 4], 0.25), ([9, 1], 0.4)],
    )
    def test_gini(self, counts, expected):
        assert gini(np.array(counts)) == pytest.approx(expected)

    def test_gini_is_half_the_mean_absolute_difference_over_the_mean(self):
        counts = np.array([1, 7, 2, 2, 30, 4])
        spread = np.abs(counts[:, None] - counts[None, :]).mean()
        assert gini(counts) == pytest.approx(spread / (2.0 * counts.mean()))

    def test_nobody_wrote(self):
        assert math.isnan(gini(np.array([], dtype=int)))
        assert math.isnan(top_share(np.array([], dtype=int), 0.01))

    @pytest.mark.parametrize(
        ("n", "top"), [(1, 1), (50, 1), (100, 1), (101, 2), (200, 2), (700, 7), (2900, 29)]
    )
    def test_the_top_is_rounded_up_to_whole_persons(self, n, top):
        counts = np.ones(n)
        assert top_share(counts, 0.01) == pytest.approx(top / n)

    def test_the_top_are_those_who_wrote_most(self):
        assert top_share(np.array([1, 90, 4, 5]), 0.25) == 0.9


def tree(*inviters: int | None) -> np.ndarray:
    """Persons who all joined; each names the row that invited it, None for nobody."""
    members = table(len(inviters), MEMBER_DTYPE)
    members["joins"] = members["joined_at"] = 1
    members["inviter"] = [-1 if inviter is None else inviter for inviter in inviters]
    return members


class TestTrees:
    @pytest.mark.parametrize(
        ("inviters", "reproduction", "depth"),
        [
            ([None, None], 0.0, 0.0),
            ([None, 0, 0, 0], 0.75, 1.0),
            ([None, 0, 1, 2, None, 4], 4 / 6, 3.0),
            ([3, 0, 1, None], 0.75, 3.0),  # the one who invites stands below in the table
        ],
    )
    def test_by_hand(self, inviters, reproduction, depth):
        assert tree_measures(tree(*inviters)) == pytest.approx((reproduction, depth))

    def test_who_never_joined_does_not_count(self):
        members = tree(None, 0, 0, None)
        members["joins"][2:] = 0
        assert tree_measures(members) == (0.5, 1.0)

    def test_people_who_brought_each_other_back_end_no_chain(self):
        assert tree_measures(tree(1, 0, None, 2)) == (0.75, 1.0)

    def test_nobody_joined(self):
        reproduction, depth = tree_measures(table(3, MEMBER_DTYPE))
        assert math.isnan(reproduction) and depth == 0.0


class TestDeath:
    def test_the_end_of_the_first_long_silence(self):
        journal = Journal()
        for day in range(60):
            day_of(journal, chats=float(day in (0, 27)))  # 26 quiet days between, then silence
        assert survival(journal) == {"dead": 1.0, "days_alive": 28.0 + DEAD_AFTER}

    def test_posts_of_the_operator_are_no_life(self):
        journal = Journal()
        for _ in range(DEAD_AFTER):
            day_of(journal, posts((0, CONTENT)))
        assert survival(journal) == {"dead": 1.0, "days_alive": DEAD_AFTER}

    def test_not_yet(self):
        journal = Journal()
        for _ in range(DEAD_AFTER - 1):
            day_of(journal)
        assert survival(journal) == {"dead": 0.0, "days_alive": DEAD_AFTER - 1}


class TestLedger:
    def test_a_day_by_hand(self):
        plan = posts((0, CONTENT), (0, CONTENT), (0, PROMO), (0, PRIZE))
        q = parameters()
        happened = {"orders": 3.0, "human_messages": 50.0, "joins_invite": 2.0, "groups": 1.0}
        counts = {**NOTHING, **happened}
        kinds = posts_by_kind(plan, 1)
        entries = entries_of([q], kinds, 8.88, counts, terms_of_day(q, 0))
        assert entries == pytest.approx(
            {
                "revenue": 300.0,
                "cost_of_goods": 180.0,
                "content_cost": 60.0,  # 2 posts of half an hour
                "promo_cost": 30.0,  # promotion and prize post, a quarter of an hour each
                "prize_cost": 8.88,
                "moderation_cost": 30.0,  # 50 messages
                "advertising_cost": 7.0,
                "reward_cost": 6.0,
                "coupon_cost": 0.0,
                "desk_cost": 0.0,
                "welcome_cost": 0.0,
                "event_cost": 0.0,
                "compensation_cost": 0.0,
                "hours": 2.0,
            },
            rel=1e-9,
        )
        assert set(entries) == {*ITEMS, "hours"}
        assert balance_of(entries) == pytest.approx(300 - 180 - 60 - 30 - 8.88 - 30 - 7 - 6)

    @pytest.mark.parametrize(("reuse", "contents"), [(1.0, 2.0), (0.0, 5.0), (0.5, 3.5)])
    def test_a_post_to_all_groups_is_written_once_when_reused(self, reuse, contents):
        plan = posts(*((group, CONTENT) for group in (0, 0, 1, 1, 2)), (2, PROMO))
        kinds = posts_by_kind(plan, 3)
        assert kinds.tolist() == [[2, 0, 0], [2, 0, 0], [1, 1, 0]]
        assert posts_made(kinds, reuse).tolist() == [contents, 1.0, 0.0]

    def test_no_group_no_post(self):
        assert posts_made(np.zeros((2, 0, 3), np.int64), 1.0).tolist() == [[0.0, 0.0, 0.0]] * 2

    def test_customer_equity_by_hand(self):
        found = customer_equity(np.array([100.0, 50.0]), 0.21)
        assert found == pytest.approx(100 / 1.21 ** (1 / 365.25) + 50 / 1.21 ** (2 / 365.25))
        assert customer_equity(np.array([100.0, -40.0]), 0.0) == 60.0
        assert customer_equity(np.array([]), 0.1) == 0.0

    def test_a_year_at_the_rate_of_a_year(self):
        balances = np.zeros(1461)
        balances[-1] = 121.0 * 1.21  # four years of 365.25 days
        assert customer_equity(balances, 0.1) == pytest.approx(100.0)


class TestOutcomes:
    @pytest.fixture
    def found(self) -> dict[str, float]:
        journal, q = Journal(), parameters()
        day_of(journal, posts((0, PROMO)), q, joins_seed=4.0, chats=5.0, promos_read=2.0, read=8.0)
        day_of(journal, None, q, joins_invite=2.0, exits=1.0, orders_new=3.0, chats=4.0)
        for _ in range(28):
            day_of(journal, None, q, orders_repeat=1.0 / 28.0)
        members = tree(None, None, None, None, 0, 4, None, None)
        members["joins"][6:] = 0
        members["status"] = [MEMBER, MEMBER, MUTED, LEFT, MEMBER, MEMBER, 0, 0]
        members["posts"] = [6, 3, 0, 0, 0, 0, 0, 0]
        return outcomes_of(journal, members, q, 1)

    def test_counts(self, found):
        expected = {
            "members": 5.0,
            "groups": 1.0,
            "joins": 6.0,
            "exits": 1.0,
            "left_share": 1 / 6,
            "muted_share": 1 / 5,
            "messages": 9.0,
            "posters_share": 2 / 6,
            "reproduction": 2 / 6,
            "tree_depth": 2.0,
            "orders": 4.0,
            "repeat_share": 0.25,
            "promo_share_sent": 0.1,
            "promo_share_seen": 0.25,
            "gini": 1 / 6,
            "top1_share": 6 / 9,
            "dead": 1.0,
            "days_alive": 30.0,
        }
        assert {name: found[name] for name in expected} == pytest.approx(expected)

    def test_readers_are_the_mean_of_the_last_28_days(self):
        journal = Journal()
        for day in range(30):
            day_of(journal, readers=float(day), weekly_readers=2.0 * day, silent=float(day))
        found = outcomes_of(journal, table(0, MEMBER_DTYPE), parameters(), 1)
        lately = sum(range(2, 30)) / 28
        assert (found["readers"], found["weekly_readers"]) == (lately, 2.0 * lately)
        assert found["silent"] == 29.0

    def test_promotions_are_counted_by_week_and_group(self):
        journal, q = Journal(), parameters()
        numbers = np.zeros((2, 3, len(TALLY_NAMES)))
        for plan in (posts((0, PROMO), (1, PROMO), (1, PROMO)), posts((1, CONTENT))):
            write_day(journal, numbers, posts_by_kind(plan, 2), q)
        found = outcomes_of(journal, table(0, MEMBER_DTYPE), q, 2)
        assert found["promos_per_week"] == 7 * 3 / (2 * 2)

    def test_money(self, found):
        costs = 15.0 + 9 * 0.6 + 30 * 7.0 + 6.0  # one promotion, moderation, advertising, rewards
        assert found["revenue"] == pytest.approx(400.0)
        assert found["costs"] == pytest.approx(costs)
        assert found["hours"] == pytest.approx(0.25 + 0.09)
        assert found["acquisition_cost"] == pytest.approx((30 * 7.0 + 6.0) / 2)
        assert 160.0 - costs < found["customer_equity"] < (160.0 - costs) * 0.98
        assert found["customer_equity_30"] == found["customer_equity"]
        assert math.isnan(found["customer_equity_90"])

    def test_every_outcome_is_declared_and_given(self, found):
        assert set(found) == set(OUTCOMES)

    def test_a_world_in_which_nothing_happened(self):
        found = outcomes_of(Journal(), table(0, MEMBER_DTYPE), parameters(), 0)
        assert found["members"] == found["orders"] == found["customer_equity"] == 0.0
        assert math.isnan(found["left_share"]) and math.isnan(found["repeat_share"])
        assert (found["dead"], found["days_alive"]) == (0.0, 0.0)

    def test_what_has_no_value_says_what_it_needs(self):
        """In a run without a day nothing is there: what has no value then, needs something."""
        found = outcomes_of(Journal(), table(0, MEMBER_DTYPE), parameters(), 0)
        undefined = {name for name, value in found.items() if math.isnan(value)}
        assert undefined == {name for name, about in OUTCOMES.items() if about.needs}
        assert OUTCOMES["repeat_share"].whole_meaning.endswith("(no value without orders)")
        assert OUTCOMES["orders"].whole_meaning == OUTCOMES["orders"].meaning
