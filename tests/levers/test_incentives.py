"""Incentives: prizes, coupons, rewards and gifts: whom they bring, what they cost, when they end.

Directions are compared on common random numbers: the same seeds in both arms. With 16 seeds the
paired mean must lie at least 3.5 of its standard errors on the right side of 0: if a mechanism did
nothing on average, that would happen once in 600 tries (t, 15 degrees of freedom, one side). Seeds
are fixed; there are about a dozen such comparisons here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

import shequn as sq
from shequn.agents.tables import FOR_PRIZE, JOINED, LEFT, SPONTANEOUS
from shequn.model.ledger import ITEMS, customer_equity
from tests.levers.steady import STEADY, TIERS
from tests.paired import differing, score

pytestmark = pytest.mark.jit

SEEDS, ERRORS = range(16), 3.5
STOP, DAYS = 25, 50  # prizes end, the run ends

MARKET: dict[str, Any] = {
    **STEADY,
    "market.people": 300,
    "group.capacity": 300,
    "group.seed_members": 40,
    "group.seed_fill": 0.0,
    "discovery.rate": 0.01,
    "invite.refractory": math.inf,
    **{f"tiers.{tier}.talk": 0.03 for tier in TIERS},
    **{f"tiers.{tier}.need_rate": 0.05 for tier in TIERS},
    "spread.talk": 0.5,
    "buy.constant": 0.0,
    "stay.scale": 0.005,
    "policy.name": "prize-campaign",
    "policy.promo_share": 0.0,
    "policy.content_per_day": 1.0,
    "policy.prizes_per_day": 1.0,
    "policy.prize_value": 20.0,
    "policy.prize_stop": float(STOP),
}


@cache
def _played(values: tuple[tuple[str, Any], ...], seed: int) -> tuple[sq.Community, np.ndarray]:
    settings = sq.Scenario.load("wechat-group").with_values({**MARKET, **dict(values)})
    community = sq.Community(settings, seed=seed)
    for _ in range(STOP):
        community.step()
    halfway = community.own_members.copy()
    for _ in range(STOP, DAYS):
        community.step()
    return community, halfway


def play(values: Mapping[str, Any], seed: int = 0) -> sq.Community:
    """The market with some values changed; each is played once."""
    return _played(tuple(sorted(values.items())), seed)[0]


def halfway(values: Mapping[str, Any], seed: int = 0) -> np.ndarray:
    """Its members at the midnight at which the prizes end."""
    return _played(tuple(sorted(values.items())), seed)[1]


def surplus(
    measure: Callable[[sq.Community], float], more: Mapping[str, Any], less: Mapping[str, Any]
) -> float:
    """Mean difference of two arms on common seeds, in standard errors of that mean."""
    return score([measure(play(more, s)) - measure(play(less, s)) for s in SEEDS])


def total(*names: str) -> Callable[[sq.Community], float]:
    return lambda community: float(sum(community.journal.total(name).sum() for name in names))


def equity(community: sq.Community) -> float:
    return community.summary["customer_equity"]


ORDERS = total("orders_new", "orders_repeat")
PULL = {"discovery.prize_pull": 0.05}


class TestPrizes:
    @staticmethod
    def gap(measure, seed, values=PULL):
        """What those who came for a prize have more than those who came unasked."""
        end, before = play(values, seed).own_members, halfway(values, seed)
        here = ~np.isnan(before["joined_at"]) & (before["status"] != LEFT)
        means = []
        for source in (FOR_PRIZE, SPONTANEOUS):
            chosen = here & (before["source"] == source)
            assert chosen.sum() >= 10
            means.append(float(measure(end[chosen], before[chosen]).mean()))
        return means[0] - means[1]

    def test_who_comes_for_a_prize_has_more_taste_for_prizes(self):
        """Could be otherwise: with a strong pull everyone comes, and who has come for a prize is
        no choice any more; and those who come unasked come by topic, not by taste.
        """
        gaps = [self.gap(lambda end, _: end["prize_taste"], seed) for seed in SEEDS]
        assert score(gaps) > ERRORS

    def test_ablation_people_who_are_all_of_one_taste(self):
        alike = {**PULL, "spread.tastes": 0.0}
        alike |= {f"tiers.{tier}.prize_taste": 0.02 for tier in TIERS}
        assert self.gap(lambda end, _: end["prize_taste"], 0, alike) == pytest.approx(0.0, abs=1e-7)

    def test_they_have_formed_less_of_a_habit_when_the_prizes_end(self):
        """Could be otherwise: prizes are worth reading to just these, and habit comes of that; but
        others came because it was their topic, and go on reading. It is little: 32 worlds.
        """
        gaps = [self.gap(lambda _, before: before["habit"], seed) for seed in range(32)]
        assert score(gaps) < -ERRORS

    def test_their_habit_is_no_less_where_topics_do_not_count(self):
        """Ablation of what makes the difference: all topics are relevant to everyone."""
        alike = {**PULL, "read.topic_breadth": math.inf}
        gaps = [self.gap(lambda _, before: before["habit"], seed, alike) for seed in SEEDS]
        assert score(gaps) > -ERRORS

    HUNTERS = {
        **PULL,
        "tiers.high.prize_taste": 0.002,
        "tiers.middle.prize_taste": 0.005,
        "tiers.base.prize_taste": 0.05,
        "tiers.high.share": 0.2,
        "tiers.middle.share": 0.4,
        "tiers.base.share": 0.4,
        "buy.constant": -1.0,
        "spread.need_rate": 0.0,
        **{f"tiers.{tier}.need_rate": 0.4 for tier in TIERS},
    }

    @staticmethod
    def later_orders(end, before):
        return end["orders"].astype(float) - before["orders"]

    def test_they_buy_less_afterwards_where_the_taste_for_prizes_goes_with_a_small_budget(self):
        """Could be otherwise: prizes bring who would not have come, and needs are the same."""
        gaps = [self.gap(self.later_orders, seed, self.HUNTERS) for seed in SEEDS]
        assert score(gaps) < -ERRORS

    def test_they_buy_no_less_where_everyone_is_of_one_tier(self):
        """Ablation: the taste for prizes alone says nothing about buying."""
        one = {"tiers.high.share": 0.0, "tiers.middle.share": 0.0, "tiers.base.share": 1.0}
        alike = {**self.HUNTERS, **one, "tiers.base.prize_taste": 0.02}
        gaps = [self.gap(self.later_orders, seed, alike) for seed in SEEDS]
        assert abs(score(gaps)) < ERRORS

    def test_nobody_comes_for_a_prize_where_there_is_none(self):
        joins = play(PULL).journal.total("joins_prize")
        assert joins[:STOP].sum() > 20
        assert joins[STOP:].sum() == 0
        assert play({}).journal.total("joins_prize").sum() == 0
        without = play({**PULL, "policy.name": "cadence"})
        assert without.journal.total("joins_prize").sum() == 0

    def test_without_taste_for_prizes_there_is_no_pull(self):
        tasteless = {f"tiers.{tier}.prize_taste": 0.0 for tier in TIERS}
        pulled, plain = play({**PULL, **tasteless}), play(tasteless)
        assert differing(pulled.own_members, plain.own_members) == set()

    def test_prizes_are_paid_for(self):
        costs = play(PULL).journal.operator_column("prize_cost")
        assert np.array_equal(costs, np.where(np.arange(DAYS) < STOP, 20.0, 0.0))


def coupon(value: float, **values: float) -> dict[str, Any]:
    margin = values.pop("margin", 0.4)
    return {"coupon.value": value, "product.margin": margin, "product.price": 100.0, **values}


class TestCoupons:
    def test_a_coupon_raises_orders(self):
        """Could be otherwise: more orders are more disappointments, which are told and drive
        members away.
        """
        assert surplus(ORDERS, coupon(30.0), coupon(0.0)) > ERRORS

    THRIFTY = {
        **{f"tiers.{tier}.price_weight": 4.0 for tier in TIERS},
        **{f"tiers.{tier}.budget": 100.0 for tier in TIERS},
        "spread.budget": 0.0,
        "buy.constant": 1.0,
    }

    def test_it_earns_money_where_the_margin_is_wide_and_members_mind_the_price(self):
        """Could be otherwise: most orders would have come without it, and are given away."""
        with_it = {**self.THRIFTY, **coupon(20.0, margin=0.95)}
        without = {**self.THRIFTY, **coupon(0.0, margin=0.95)}
        assert surplus(equity, with_it, without) > ERRORS

    def test_it_loses_money_where_the_margin_is_narrow(self):
        """The same coupon and people; as many more orders, each of them worth less."""
        with_it = {**self.THRIFTY, **coupon(20.0, margin=0.3)}
        without = {**self.THRIFTY, **coupon(0.0, margin=0.3)}
        assert surplus(ORDERS, with_it, without) > ERRORS
        assert surplus(equity, without, with_it) > ERRORS

    def test_it_loses_money_where_members_mind_the_price_little(self):
        """A wide margin, and the tastes of the default: orders given away outweigh those won."""
        wide = {"margin": 0.9}
        assert surplus(equity, coupon(0.0, **wide), coupon(20.0, **wide)) > ERRORS

    def test_ablation_members_who_do_not_mind_the_price(self):
        """The coupon is paid and changes nothing else, where nobody is pleased by a low price."""
        careless = {f"tiers.{tier}.price_weight": 0.0 for tier in TIERS} | {"buy.price_felt": 0.0}
        paid, plain = play({**coupon(30.0), **careless}), play({**coupon(0.0), **careless})
        assert differing(paid.own_members, plain.own_members) == set()
        costs = paid.journal.operator_column("coupon_cost")
        orders = paid.journal.total("orders_new") + paid.journal.total("orders_repeat")
        assert np.array_equal(costs, 30.0 * orders)
        assert costs.sum() > 0

    def test_it_holds_from_its_start_to_its_stop(self):
        values = {**coupon(30.0), "coupon.start": 10.0, "coupon.stop": 20.0}
        community, plain = play(values), play(coupon(0.0))
        costs = community.journal.operator_column("coupon_cost")
        orders = community.journal.total("orders_new") + community.journal.total("orders_repeat")
        held = (np.arange(DAYS) >= 10) & (np.arange(DAYS) < 20)
        assert np.array_equal(costs, np.where(held, 30.0 * orders, 0.0))
        assert costs[10] > 0 or costs[11] > 0
        for day in range(10):
            ours, theirs = community.journal.tallies[day], plain.journal.tallies[day]
            assert np.array_equal(ours, theirs), day

    def test_a_coupon_of_the_whole_price_leaves_nothing_to_pay(self):
        values = {**coupon(100.0), "coupon.stop": float(STOP)}
        journal = play(values).journal
        orders = journal.total("orders_new") + journal.total("orders_repeat")
        paid = journal.operator_column("coupon_cost")
        assert np.array_equal(paid[:STOP], 100.0 * orders[:STOP])


class TestRewards:
    def test_rewards_bring_invitations_and_members(self):
        """Could be otherwise: contacts are used up, and friends of friends are in already."""
        assert surplus(total("joins_invite"), {"invite.reward": 10.0}, {}) > ERRORS
        assert surplus(total("invitations"), {"invite.reward": 10.0}, {}) > ERRORS

    def test_ablation_members_whom_a_reward_does_not_move(self):
        """It is paid and changes nothing else."""
        unmoved = {"invite.from_reward": 0.0}
        paid, plain = play({"invite.reward": 10.0, **unmoved}), play(unmoved)
        assert differing(paid.own_members, plain.own_members) == set()
        assert paid.journal.operator_column("reward_cost").sum() > 0

    def test_gifts_bring_members_by_acceptance_not_by_invitations(self):
        """Could be otherwise: each who joins invites in turn, and the market is finite."""
        assert surplus(total("joins_invite"), {"invite.gift": 30.0}, {}) > ERRORS

        def accepted(community):
            log = community.invitation_log
            return float((log["outcome"] == JOINED).mean())

        assert surplus(accepted, {"invite.gift": 30.0}, {}) > ERRORS

    def test_ablation_people_without_taste_for_gifts(self):
        tasteless = {f"tiers.{tier}.prize_taste": 0.0 for tier in TIERS}
        paid, plain = play({"invite.gift": 30.0, **tasteless}), play(tasteless)
        assert differing(paid.own_members, plain.own_members) == set()
        assert paid.journal.operator_column("reward_cost").sum() > 0

    def test_what_is_paid_is_what_was_promised_to_those_who_joined(self):
        """Counted from the invitations, day by day, between the two dates."""
        values = {"invite.reward": 7.0, "invite.gift": 4.0, "invite.accept": 1.0}
        dates = {"invite.reward_start": 5.0, "invite.reward_stop": 30.0, "invite.rate": 0.05}
        community = play({**values, **dates})
        log = community.invitation_log
        days = log["time"][log["outcome"] == JOINED].astype(int) - 1
        joined = np.bincount(days, minlength=DAYS)
        held = (np.arange(DAYS) >= 5) & (np.arange(DAYS) < 30)
        paid = community.journal.operator_column("reward_cost")
        assert np.allclose(paid, np.where(held, 11.0 * joined, 0.0), rtol=0.0, atol=1e-9)
        assert joined[~held].sum() > 0
        assert joined[held].sum() > 10

    def test_before_the_start_nothing_is_different(self):
        late = play({"invite.reward": 7.0, "invite.gift": 4.0, "invite.reward_start": 20.0})
        never = play({})
        for day in range(20):
            assert np.array_equal(late.journal.tallies[day], never.journal.tallies[day]), day
        assert differing(late.own_members, never.own_members)

    def test_once_rewards_have_ended_fewer_invite_than_while_they_last(self):
        """Could be otherwise: who was brought by a reward invites in turn, reward or not."""
        short = {"invite.reward": 10.0, "invite.reward_stop": 10.0}
        long = {"invite.reward": 10.0}

        def later(community):
            return float(community.journal.total("invitations")[10:].sum())

        assert surplus(later, long, short) > ERRORS
        assert (
            surplus(lambda c: float(c.journal.total("invitations")[:10].sum()), short, {}) > ERRORS
        )


GROUPS = {"group.count": 4, "group.capacity": 75, "group.seed_members": 15}
FORWARDED = {**GROUPS, "forward.reward": 8.0, "forward.groups": 1, "forward.friction": 0.0}


class TestForwards:
    def test_rewards_make_members_pass_messages_on(self):
        """Could be otherwise: copies fill the groups with what is read already, and bore."""
        assert surplus(total("forwards_arrived"), FORWARDED, GROUPS) > ERRORS
        assert total("forwards")(play(GROUPS)) == 0

    def test_how_far_good_news_gets_is_counted(self):
        """Copies that arrive are read by several; none is where all are lost, or nobody is told."""
        told = {"forward.contacts": 2}
        journal = play({**FORWARDED, **told}).journal
        arrived, read = (
            journal.total("forwards_arrived").sum(),
            journal.total("forwards_read").sum(),
        )
        assert read > arrived > 20
        assert 20 < journal.total("forward_friends").sum() <= 2 * journal.total("forwards").sum()
        lost = play({**FORWARDED, "forward.friction": 1.0}).journal
        assert lost.total("forwards").sum() > 20
        for name in ("forwards_arrived", "forwards_read", "forward_friends"):
            assert lost.total(name).sum() == 0

    @pytest.mark.parametrize("blocked", [0.0, 0.5, 1.0])
    def test_the_operator_pays_for_what_the_platform_lets_through(self, blocked):
        journal = play({**FORWARDED, "forward.blocked": blocked}).journal
        passed = journal.total("forwards") - journal.total("forwards_blocked")
        paid = journal.operator_column("reward_cost")
        assert np.allclose(paid, 8.0 * passed, rtol=0.0, atol=1e-9)
        assert journal.total("forwards").sum() > 20
        assert (journal.total("forwards_arrived").sum() > 0) == (blocked < 1.0)
        assert (journal.total("forwards_blocked").sum() > 0) == (blocked > 0.0)


class TestBooks:
    def test_the_books_close(self):
        """Every item, every day, and customer equity out of them."""
        values = {
            **PULL,
            **coupon(15.0),
            "invite.reward": 7.0,
            "invite.gift": 4.0,
            "discovery.ad_budget": 10.0,
            "desk.staff": 1.0,
            "onboarding.ties": 2.0,
            "event.every": 10,
        }
        community = play(values)
        journal = community.journal
        columns = {item: journal.operator_column(item) for item in ITEMS}
        for item in (
            "revenue", "cost_of_goods", "prize_cost", "reward_cost", "coupon_cost", "desk_cost",
            "welcome_cost", "event_cost", "advertising_cost",
        ):  # fmt: skip
            assert columns[item].sum() > 0, item
        orders = journal.total("orders_new") + journal.total("orders_repeat")
        assert np.allclose(columns["revenue"], 100.0 * orders, rtol=0.0, atol=1e-9)
        assert np.allclose(columns["cost_of_goods"], 60.0 * orders, rtol=0.0, atol=1e-9)
        balance = columns["revenue"] - sum(columns[item] for item in ITEMS[1:])
        assert np.allclose(journal.operator_column("balance"), balance, rtol=0.0, atol=1e-9)
        rate = community.settings.parameters.costs.discount
        assert equity(community) == pytest.approx(customer_equity(balance, rate), abs=1e-6)
