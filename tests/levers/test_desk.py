"""The reply desk: what an answer does to the asker, to bystanders, to orders and to the books.

Directions are compared on common random numbers: the same seeds in both arms. With 8 seeds (or 16,
where the luck of talk is large) the paired mean must lie at least 3.5 of its standard errors on the
right side of 0: if a mechanism did nothing on average, that would happen once in 200 tries (t, 7
degrees of freedom, one side). Seeds are fixed; there are about a dozen such comparisons here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

import shequn as sq
from shequn.agents import verbs
from shequn.agents.desk import give
from shequn.agents.tables import (
    ANSWER,
    ANSWER_DTYPE,
    LEFT,
    MEMBER,
    MUTED,
    OPERATOR_AUTHOR,
    TALLY_DTYPE,
    table,
)
from tests.levers.steady import INF, STEADY, TIERS
from tests.paired import differing, score

jit = pytest.mark.jit

DAYS, SEEDS, ERRORS = 30, range(8), 3.5
PEOPLE = 120

# One group of talkers who ask much; nobody comes; the desk is free at any hour.
ASKING: dict[str, Any] = {
    **STEADY,
    "market.people": PEOPLE,
    "group.capacity": PEOPLE,
    "group.seed_members": PEOPLE,
    "group.seed_fill": 0.0,
    "discovery.rate": 0.0,
    "invite.rate": 0.0,
    "invite.from_satisfaction": 0.0,
    "invite.from_belonging": 0.0,
    **{f"tiers.{tier}.talk": 0.05 for tier in TIERS},
    "spread.talk": 0.5,
    "speak.question_share": 0.6,
    "speak.reply_share": 0.3,
    "policy.promo_share": 0.0,
    "policy.content_per_day": 1.0,
    "desk.staff": 1.0,
    "desk.service_time": 5.0,
    "desk.first_hour": 0.0,
    "desk.last_hour": 24.0,
    "desk.target": 30.0,
    "desk.public": False,
}
NO_DESK = {"desk.staff": 0.0}
UNMOVED = {"feel.answered": 0.0, "feel.answered_fast": 0.0}


@cache
def _played(values: tuple[tuple[str, Any], ...], seed: int) -> sq.Community:
    settings = sq.Scenario.load("wechat-group").with_values({**ASKING, **dict(values)})
    community = sq.Community(settings, seed=seed)
    for _ in range(DAYS):
        community.step()
    return community


def play(values: Mapping[str, Any], seed: int = 0) -> sq.Community:
    """The world of askers with some values changed; each is played once."""
    return _played(tuple(sorted(values.items())), seed)


def surplus(
    measure: Callable[[sq.Community], float],
    more: Mapping[str, Any],
    less: Mapping[str, Any],
    seeds: range = SEEDS,
) -> float:
    """Mean difference of two arms on common seeds, in standard errors of that mean."""
    return score([measure(play(more, s)) - measure(play(less, s)) for s in seeds])


def total(name: str) -> Callable[[sq.Community], float]:
    return lambda community: float(community.journal.total(name).sum())


def mean_of(name: str, who: str = "here") -> Callable[[sq.Community], float]:
    """Mean of a column over members still there: all, or bystanders, who never wrote."""

    def measure(community: sq.Community) -> float:
        members = community.own_members
        chosen = np.isin(members["status"], (MEMBER, MUTED))
        if who == "bystanders":
            chosen &= members["posts"] == 0
        return float(members[name][chosen].mean())

    return measure


@jit
class TestAsker:
    def test_being_answered_raises_belonging(self):
        """Could be otherwise: who is bound closer comes more often, and reads more that annoys."""
        strong, none = {"feel.answered": 0.3, "feel.answered_fast": 0.0}, UNMOVED
        assert surplus(mean_of("belonging"), strong, none) > ERRORS

    def test_who_is_answered_comes_back(self):
        """Could be otherwise: a further visit finds less that is unread, and empty visits unlearn
        the habit; the gain of habit has to outweigh that.
        """
        strong, none = {"feel.answered": 0.3, "feel.answered_fast": 0.0}, UNMOVED
        assert surplus(total("sessions"), strong, none) > ERRORS

    def test_a_desk_whose_answers_move_nobody_changes_only_what_is_counted(self):
        """Ablation, bit for bit: private answers, no gain of bond, none of talk.

        Recognition counts answers as it counts replies: its own effect is `speak.recognition_gain`.
        """
        still = {**UNMOVED, "speak.recognition_gain": 0.0}
        desk, none = play(still), play({**still, **NO_DESK})
        assert desk.journal.total("answered").sum() > 50
        counted = {"recognition", "answers"}
        assert differing(desk.own_members, none.own_members) == counted
        assert differing(desk.tables.messages, none.tables.messages) == set()
        for name in ("sessions", "questions", "exits", "orders_new", "read"):
            assert np.array_equal(desk.journal.total(name), none.journal.total(name)), name

    def test_being_answered_makes_talkers(self):
        """The one effect left: recognition. Could be otherwise: what talkers write crowds out
        content, which is worth more, and talk follows the utility just read.
        """
        keen = {**UNMOVED, "speak.recognition_gain": 0.05}
        assert surplus(total("questions"), keen, {**keen, **NO_DESK}, range(16)) > ERRORS

    def test_nobody_feels_the_target(self):
        """It is what is reported, and no threshold of what an answer does."""
        near, far = play({"desk.target": 0.0}), play({"desk.target": 1e4})
        assert near.journal.total("answered_fast").sum() == 0
        assert far.journal.total("answered_fast").sum() == far.journal.total("answered").sum() > 50
        assert differing(near.own_members, far.own_members) == set()

    def test_answers_after_a_long_time_are_worth_what_any_is(self):
        """With a patience of 0.01 minutes nothing is left of what speed adds."""
        late = {**UNMOVED, "feel.answered": 0.2, "feel.answer_patience": 0.01}
        fast = play({**late, "feel.answered_fast": 0.9})
        assert fast.journal.total("answered").sum() > 50
        some = play(late).own_members
        assert np.allclose(fast.own_members["habit"], some["habit"], atol=0.05)
        at_once = {**UNMOVED, "feel.answered_fast": 0.2, "feel.answer_patience": INF}
        any_time = {**UNMOVED, "feel.answered": 0.2}
        assert differing(play(at_once).own_members, play(any_time).own_members) == set()

    def test_the_sooner_the_closer(self):
        """The same questions answered by a desk that works ten times as fast."""
        values = {"feel.answered": 0.0, "feel.answered_fast": 0.3, "desk.service_time": 60.0}
        fast = {**values, "desk.service_time": 6.0}
        assert surplus(mean_of("belonging"), fast, values) > ERRORS

    def test_fast_answers_add_to_being_answered_at_all(self):
        """Could be otherwise: the bond is capped at 1, and moves only what is left to it."""
        base = {"feel.answered": 0.1, "feel.answered_fast": 0.0}
        assert surplus(mean_of("belonging"), {**base, "feel.answered_fast": 0.3}, base) > ERRORS

    def test_fast_answers_alone_work_too(self):
        base = dict(UNMOVED)
        assert surplus(mean_of("belonging"), {**base, "feel.answered_fast": 0.3}, base) > ERRORS


class TestGiving:
    @staticmethod
    def given(room, asked_at=1.0, time=1.01, wait=0.0, question=1, values=None, **changes):
        """Give an answer that is due to member 2 of a room."""
        world = room({"desk.staff": 1.0, "desk.target": 15.0, **(values or {})})
        for name, value in changes.items():
            world.members[2][name] = value
        answers, tallies = table(4, ANSWER_DTYPE), table(3, TALLY_DTYPE)
        answers[0] = (time, asked_at, asked_at + wait, 2, 7, 0.25, ANSWER, question)
        answers[1] = (time + 1.0, asked_at, asked_at + wait, 1, 8, 0.75, ANSWER, 1)
        world.group["n_pending"] = 2
        give(world.feed, world.group, 0, world.members, answers, tallies, world.p)
        return world, answers, tallies[0]

    def test_a_public_answer_is_a_message_in_the_thread(self, room):
        values = {"desk.quality": 0.75, "desk.length": 20.0}
        world, answers, _ = self.given(room, values=values)
        message = world.feed[1]
        assert (message["author"], message["kind"], message["root"]) == (OPERATOR_AUTHOR, ANSWER, 7)
        assert (message["time"], message["topic"]) == (1.01, 0.25)
        assert (message["quality"], message["length"], message["overtness"]) == (0.75, 20.0, 0.0)
        assert (int(world.group["n_pending"]), answers[0]["root"]) == (1, 8)

    def test_a_private_answer_is_none(self, room):
        world, _, tally = self.given(room, values={"desk.public": False})
        assert (world.group["newest"], world.members[2]["answers"]) == (0, 1)
        assert tally["answered"] == 1.0

    @pytest.mark.parametrize(("minutes", "fast"), [(14.9, 1), (15.1, 0)])
    def test_fast_is_within_the_target(self, room, minutes, fast):
        world, _, tally = self.given(room, time=1.0 + minutes / 1440.0)
        assert world.members[2]["answers"] == 1
        assert (tally["answered"], tally["answered_fast"]) == (1.0, fast)
        assert tally["answer_days"] == pytest.approx(minutes / 1440.0)

    def test_the_wait_is_told_apart_from_the_work(self, room):
        """An answer after 30 minutes, of which 18 passed before somebody began with it."""
        _, _, tally = self.given(room, time=1.0 + 30.0 / 1440.0, wait=18.0 / 1440.0)
        assert tally["answer_days"] == pytest.approx(30.0 / 1440.0)
        assert tally["wait_days"] == pytest.approx(18.0 / 1440.0)

    @pytest.mark.parametrize("change", [{"status": LEFT}, {"group": 3}])
    def test_who_has_gone_does_not_notice(self, room, change):
        world, _, tally = self.given(room, **change)
        assert world.members[2]["answers"] == 0
        assert (tally["answered"], world.group["newest"]) == (1.0, 1)

    @pytest.mark.parametrize(
        ("minutes", "bond"), [(0.0, 0.3), (30.0, 0.2), (60.0, 0.15), (1e5, 0.1)]
    )
    def test_what_an_answer_binds_by_hand(self, room, minutes, bond):
        """0.1 + 0.2 x 2^(-minutes / 30): the patience of an e-th is 30 / ln 2 minutes."""
        values = {"feel.answered": 0.1, "feel.answered_fast": 0.2, "feel.belonging_reply": 0.0}
        values["feel.answer_patience"] = 30.0 / math.log(2.0)
        world, *_ = self.given(room, time=1.0 + minutes / 1440.0, values=values)
        member = world.members[2]
        assert member["bond"] == pytest.approx(bond, rel=1e-6)
        member["habit"], member["belonging"] = 0.5, 0.25
        verbs.feel(member, world.visit, world.p)
        assert member["habit"] == pytest.approx(0.5 + bond * 0.5, rel=1e-6)
        assert member["belonging"] == pytest.approx(0.25 + bond * 0.75, rel=1e-6)
        assert (member["recognition"], member["answers"], member["bond"]) == (1.0, 0, 0.0)

    @pytest.mark.parametrize(
        ("offer", "felt"),
        [("", 0.5), ("today_prize", 0.2), ("today_reward", 0.2), ("today_gift", 0.2),
         ("forward_reward", 0.2)],
    )  # fmt: skip
    def test_rewards_crowd_out_a_share(self, room, offer, felt):
        """1 - 0.6 of a bond of 0.5 while anything can be had; replies of members bind as before."""
        world = room({"feel.crowding": 0.6, "feel.belonging_reply": 0.1})
        if offer:
            world.p[offer] = 5.0
        member = world.members[0]
        member["belonging"], member["bond"], member["replies"] = 0.0, 0.5, 1
        verbs.feel(member, world.visit, world.p)
        assert member["belonging"] == pytest.approx(felt + 0.1, rel=1e-6)

    def test_another_thread_answered_is_no_question(self, room):
        values = {"desk.pay": "answers", "desk.service_time": 6.0}
        world, _, tally = self.given(room, question=0, values=values)
        assert (tally["answered"], tally["others_answered"], tally["answer_days"]) == (0.0, 1.0, 0)
        assert tally["answer_hours"] == pytest.approx(0.1)
        assert world.members[2]["answers"] == 1

    def test_the_bond_is_capped_at_1(self, room):
        world = room()
        member = world.members[0]
        member["answers"], member["bond"] = 9, 10.8
        verbs.feel(member, world.visit, world.p)
        assert (member["habit"], member["belonging"]) == (1.0, 1.0)

    def test_the_count_of_answers_does_not_overflow(self, room):
        world, *_ = self.given(room, answers=255, bond=9.0)
        assert (world.members[2]["answers"], world.members[2]["bond"]) == (255, 9.0)


# Nothing else speaks of the product: awareness comes from answers alone.
SILENT = {"speak.mention": 0.0, "speak.mention_extreme": 0.0, "speak.order_share": 0.0}
SELLING = {
    **SILENT,
    "desk.public": True,
    "buy.constant": 0.0,
    "feel.awareness_half_life": 5.0,
    **{f"tiers.{tier}.need_rate": 0.2 for tier in TIERS},
}


@jit
class TestBystanders:
    def test_public_answers_reach_those_who_never_wrote(self):
        aware = mean_of("awareness", "bystanders")
        shown = play({**SILENT, "desk.public": True, "feel.exposure_of_answer": 0.5})
        assert aware(shown) > 0.1
        for ablated in ({"desk.public": False}, {"feel.exposure_of_answer": 0.0}, NO_DESK):
            values = {**SILENT, "desk.public": True, "feel.exposure_of_answer": 0.5, **ablated}
            assert aware(play(values)) == 0.0, ablated

    def test_public_answers_sell(self):
        """Could be otherwise: the effect of exposures is an inverted U (see the next test), and
        answers take the place of messages that make members come.
        """
        some, none = {"feel.exposure_of_answer": 0.2}, {"feel.exposure_of_answer": 0.0}
        orders = lambda c: total("orders_new")(c) + total("orders_repeat")(c)  # noqa: E731
        assert surplus(orders, {**SELLING, **some}, {**SELLING, **none}) > ERRORS

    def test_too_many_exposures_sell_less_than_a_few(self):
        """The same mechanism beyond the peak of the inverted U."""
        some, many = {"feel.exposure_of_answer": 0.2}, {"feel.exposure_of_answer": 10.0}
        orders = lambda c: total("orders_new")(c) + total("orders_repeat")(c)  # noqa: E731
        assert surplus(orders, {**SELLING, **some}, {**SELLING, **many}) > ERRORS

    def test_public_answers_crowd_out_other_messages(self):
        """What is left of a session of 5 messages: more is missed. Could be otherwise: who finds
        little of worth comes less often or more often, and with the visits the backlog changes.
        """
        small = {**UNMOVED, **{f"tiers.{tier}.capacity": 5.0 for tier in TIERS}}
        missed = mean_of("overload")
        shown, hidden = {**small, "desk.public": True}, {**small, "desk.public": False}
        assert surplus(missed, shown, hidden) > ERRORS

    def test_with_room_to_read_everything_nothing_is_crowded_out(self):
        large = {f"tiers.{tier}.capacity": 1e6 for tier in TIERS}
        roomy = {**UNMOVED, **large, "spread.capacity": 0.0, "group.feed_length": 4096}
        assert mean_of("overload")(play({**roomy, "desk.public": True})) == 0.0

    @pytest.mark.parametrize(("quality", "length", "sign"), [(0.0, 90.0, -1), (1.5, 5.0, 1)])
    def test_bystanders_pay_attention_for_poor_answers_and_gain_from_good_ones(
        self, quality, length, sign
    ):
        """Could be otherwise: any answer, poor or not, spares a visitor an empty session, which
        is what unlearns habit; and a good one takes the place of content in a full session.
        """
        shown = {"desk.public": True, "desk.quality": quality, "desk.length": length}
        private = {**UNMOVED, "desk.public": False}
        habit = mean_of("habit", "bystanders")
        assert sign * surplus(habit, {**UNMOVED, **shown}, private) > ERRORS


@jit
class TestStaff:
    def test_more_staff_answer_more_and_sooner(self):
        """Could be otherwise: who is answered asks more, so that the queue grows with its staff."""
        busy = {"desk.service_time": 120.0, "desk.patience": 4.0, "feel.answered": 0.3}

        def share(community):
            return total("answered")(community) / total("questions")(community)

        def wait(community):
            return total("answer_days")(community) / total("answered")(community)

        one, three = {**busy, "desk.staff": 1.0}, {**busy, "desk.staff": 3.0}
        assert surplus(share, three, one) > ERRORS
        assert surplus(wait, one, three) > ERRORS
        assert share(play(one)) < 0.9 < share(play(three))

    def test_staff_are_paid_by_the_hour_of_duty_asked_or_not(self):
        values = {"desk.staff": 2.0, "desk.first_hour": 8.0, "desk.last_hour": 20.0}
        quiet = {f"tiers.{tier}.talk": 0.0 for tier in TIERS}
        for extra in ({}, quiet):
            community = play({**values, **extra, "costs.wage": 30.0})
            costs = community.journal.operator_column("desk_cost")
            assert np.array_equal(costs, np.full(DAYS, 2.0 * 12.0 * 30.0))

    def test_staff_are_paid_by_the_answer(self):
        """Nobody asks, nobody is paid; else 5 minutes for each answer, whatever it took."""
        values = {"desk.pay": "answers", "desk.others": 0.5, "costs.wage": 30.0}
        quiet = {"speak.order_share": 0.0, **{f"tiers.{tier}.talk": 0.0 for tier in TIERS}}
        assert not play({**values, **quiet}).journal.operator_column("desk_cost").any()
        journal = play(values).journal
        answers = journal.total("answered") + journal.total("others_answered")
        assert (journal.total("others_answered") > 0).any()
        assert journal.operator_column("desk_cost") == pytest.approx(answers * 30.0 * 5.0 / 60.0)

    def test_staff_that_is_shared_is_charged_in_part(self):
        values = {"desk.staff": 2.0, "desk.pay": "shared", "desk.time_share": 0.25}
        hours = play(values).journal.operator_column("hours")
        alone = play({**values, "desk.pay": "hours"}).journal.operator_column("hours")
        assert alone - hours == pytest.approx(np.full(DAYS, 0.75 * 2.0 * 24.0))

    def test_how_the_desk_is_paid_moves_nobody(self):
        for pay in ("answers", "shared"):
            paid = play({"desk.pay": pay})
            assert differing(paid.own_members, play({}).own_members) == set()

    def test_answers_outlive_midnight_and_a_snapshot(self, tmp_path):
        """Questions that are open when the world is saved are answered at the same time later."""
        values = {**ASKING, "desk.service_time": 600.0, "desk.patience": 1e4}
        values = {**values, "desk.staff": 2.0, "desk.public": True}
        settings = sq.Scenario.load("wechat-group").with_values(values)
        whole = sq.Community(settings, seed=3)
        for _ in range(6):
            whole.step()
        pending = int(whole.tables.groups["n_pending"].sum())
        assert pending > 3
        whole.save(tmp_path / "world.npz")
        again = sq.Community.resume(tmp_path / "world.npz")
        for _ in range(12):
            whole.step()
            again.step()
        assert differing(whole.tables.members, again.tables.members) == set()
        assert differing(whole.tables.messages, again.tables.messages) == set()
        assert np.array_equal(whole.tables.servers, again.tables.servers)
        answered = [c.journal.total("answered") for c in (whole, again)]
        assert np.array_equal(*answered)
        assert answered[0][6:].sum() > pending


@jit
class TestOthers:
    def test_off_no_bit_of_the_run_differs(self):
        assert (
            differing(play({"desk.others": 0.0}).tables.members, play({}).tables.members) == set()
        )

    def test_all_that_opens_a_thread_is_answered(self):
        """Staff without end and no more duty than a day has: what is written gets its answer."""
        free = {**UNMOVED, "desk.others": 1.0, "desk.staff": 50.0, "desk.service_time": 0.01}
        journal = play(free).journal
        opened = ("chats", "complaints", "order_shares")
        threads = sum(journal.total(name).sum() for name in opened)
        assert journal.total("others_answered").sum() == threads > 20
        assert journal.total("answered").sum() == journal.total("questions").sum()

    def test_a_share_is_answered(self):
        """A binomial share: 4 standard errors."""
        free = {**UNMOVED, "desk.others": 0.5, "desk.staff": 50.0, "desk.service_time": 0.01}
        journal = play(free).journal
        threads = sum(journal.total(n).sum() for n in ("chats", "complaints", "order_shares"))
        found = journal.total("others_answered").sum()
        assert abs(found - 0.5 * threads) < 4.0 * math.sqrt(0.25 * threads)

    def test_who_is_answered_belongs_more(self):
        base = {"feel.answered": 0.3, "speak.question_share": 0.05}
        assert surplus(mean_of("belonging"), {**base, "desk.others": 1.0}, base) > ERRORS

    def test_other_work_keeps_questions_waiting(self):
        """Could be otherwise: a desk with time to spare would not be slower."""
        busy = {**UNMOVED, "desk.service_time": 90.0}
        wait = lambda c: total("wait_days")(c) / total("answered")(c)  # noqa: E731
        assert surplus(wait, {**busy, "desk.others": 1.0}, busy) > ERRORS


@jit
class TestCrowding:
    PRIZES = {"policy.name": "prize-campaign", "policy.prizes_per_day": 1.0}

    def test_off_and_without_rewards_nothing_happens(self):
        bound = {"feel.answered": 0.3}
        some = play({**bound, "feel.crowding": 0.9})
        assert differing(some.tables.members, play(bound).tables.members) == set()

    def test_prizes_crowd_bonds_out(self):
        bound = {"feel.answered": 0.3, **self.PRIZES}
        crowded = {**bound, "feel.crowding": 1.0}
        assert surplus(mean_of("belonging"), bound, crowded) > ERRORS


@jit
class TestFollowUp:
    NEEDY = {
        **NO_DESK,
        "buy.constant": 1.0,
        **{f"tiers.{tier}.need_rate": 0.1 for tier in TIERS},
    }

    def test_contact_after_the_order_binds_buyers(self):
        """Could be otherwise: it is one push on a stock that fades, to those who are bound most."""
        contacted = {**self.NEEDY, "desk.follow_up": 0.8}
        assert surplus(mean_of("belonging"), contacted, self.NEEDY) > ERRORS

    def test_ablation_contact_that_moves_nobody(self):
        unmoved = {**self.NEEDY, "feel.followed_up": 0.0}
        contacted = play({**unmoved, "desk.follow_up": 0.8})
        assert differing(contacted.own_members, play(unmoved).own_members) == set()
        calls = contacted.journal.total("followed_up")
        assert calls.sum() > 20
        paid = contacted.journal.operator_column("desk_cost")
        costs = contacted.settings.parameters.costs
        assert paid == pytest.approx(calls * costs.hours_follow_up * costs.wage)
