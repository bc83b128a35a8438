"""Incidents: how bad news spreads, and what each way of responding does.

Directions are compared on common random numbers: the same seeds in both arms. With 16 seeds the
paired mean must lie at least 3.5 of its standard errors on the right side of 0: if a mechanism did
nothing on average, that would happen once in 600 tries (t, 15 degrees of freedom, one side). Seeds
are fixed; there are about twenty such comparisons here.
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
from shequn.agents.desk import give, take_note
from shequn.agents.tables import (
    ANSWER_DTYPE,
    COMPLAINT,
    INCIDENT,
    KINDS,
    LEFT,
    MEMBER,
    MUTED,
    RESPONSE,
    TALLY_DTYPE,
    TALLY_INDEX,
    WORLD_AUTHOR,
    table,
)
from shequn.agents.verbs.noticed import alarm
from shequn.model.ledger import ITEMS
from shequn.model.parameters.levers import RESPONSES
from tests.levers.steady import STEADY, TIERS
from tests.paired import differing, score

jit = pytest.mark.jit

DAYS, SEEDS, ERRORS = 14, range(16), 3.5
PEOPLE = 120
WHEN = 3  # day of the incident

# One busy group whose members read little of what is written; nobody comes.
BUSY: dict[str, Any] = {
    **STEADY,
    "market.people": PEOPLE,
    "group.capacity": PEOPLE,
    "group.seed_members": PEOPLE,
    "group.seed_fill": 0.0,
    "discovery.rate": 0.0,
    "invite.rate": 0.0,
    "invite.from_satisfaction": 0.0,
    "invite.from_belonging": 0.0,
    "invite.refractory": math.inf,
    **{f"tiers.{tier}.talk": 0.3 for tier in TIERS},
    **{f"tiers.{tier}.capacity": 8.0 for tier in TIERS},
    "spread.talk": 0.5,
    "policy.promo_share": 0.0,
    "policy.content_per_day": 1.0,
    "incident.day": WHEN,
    "incident.forward": 0.3,
}


@cache
def _played(values: tuple[tuple[str, Any], ...], seed: int) -> sq.Community:
    settings = sq.Scenario.load("wechat-group").with_values({**BUSY, **dict(values)})
    community = sq.Community(settings, seed=seed, keep_messages=True)
    for _ in range(DAYS):
        community.step()
    return community


def play(values: Mapping[str, Any], seed: int = 0) -> sq.Community:
    """The busy group with some values changed; each is played once."""
    return _played(tuple(sorted(values.items())), seed)


def surplus(
    measure: Callable[[sq.Community], float], more: Mapping[str, Any], less: Mapping[str, Any]
) -> float:
    """Mean difference of two arms on common seeds, in standard errors of that mean."""
    return score([measure(play(more, s)) - measure(play(less, s)) for s in SEEDS])


def total(*names: str) -> Callable[[sq.Community], float]:
    return lambda community: float(sum(community.journal.total(name).sum() for name in names))


def attitude(community: sq.Community) -> float:
    """Mean opinion of the product over members still there."""
    members = community.own_members
    return float(members["attitude"][np.isin(members["status"], (MEMBER, MUTED))].mean())


REACH = total("incident_reach")
PASSED_ON = total("incidents")
ORDERS = total("orders_new", "orders_repeat")


@jit
class TestSpread:
    def test_passing_it_on_spreads_it_in_the_group(self):
        """Could be otherwise: everyone may have read the news itself, and repeats add nothing."""
        assert surplus(REACH, {}, {"incident.forward": 0.0}) > ERRORS

    def test_ablation_nobody_passes_it_on(self):
        quiet = play({"incident.forward": 0.0})
        assert PASSED_ON(quiet) == 0
        assert 0 < REACH(quiet) < PEOPLE
        assert PASSED_ON(play({})) > 10

    def test_the_weight_of_bad_news_at_1_and_0(self):
        """1 is as incident.forward says, 2 is twice of that, and at 0 nobody passes it on."""
        assert (
            differing(play({"forward.bad_news": 1.0}).tables.members, play({}).tables.members)
            == set()
        )
        half = {"incident.forward": 0.15, "forward.bad_news": 2.0}
        assert differing(play(half).tables.members, play({}).tables.members) == set()
        assert PASSED_ON(play({"forward.bad_news": 0.0})) == 0

    def test_bad_news_that_weighs_more_is_passed_on_more(self):
        """Could be otherwise: who has passed it on does not do so again."""
        assert surplus(total("bad_forwards"), {"forward.bad_news": 3.0}, {}) > ERRORS

    def test_how_often_it_is_passed_on_is_counted(self):
        """In one group each passing on is one repeat, and reaches no other group."""
        community = play({})
        assert total("bad_forwards")(community) == PASSED_ON(community) > 10
        assert total("bad_arrived", "forwards", "forwards_arrived")(community) == 0.0

    def test_how_far_it_gets_is_counted(self):
        """Of one copy each, with no loss on the way, all arrive but what is old news there."""
        news = {"incident.day": WHEN, "incident.everywhere": False, "incident.from_complaint": 0.0}
        open_doors = self.in_groups(**{**news, "forward.friction": 0.0})
        sent = [total("bad_forwards")(play(open_doors, seed)) for seed in SEEDS]
        came = [total("bad_arrived")(play(open_doors, seed)) for seed in SEEDS]
        assert all(0 <= c <= s for c, s in zip(came, sent, strict=True)) and sum(came) > 5
        shut = self.in_groups(**{**news, "forward.friction": 1.0})
        assert total("bad_arrived")(play(shut)) == 0.0

    @staticmethod
    def in_groups(**values):
        """Five groups; complaints of poor goods become incidents where they are written."""
        return {
            "incident.day": -1.0,
            "incident.from_complaint": 1.0,
            "group.count": 5,
            "group.capacity": PEOPLE // 5,
            "group.seed_members": PEOPLE // 5,
            "speak.mention": 0.2,
            "product.quality": 0.0,
            "buy.constant": 1.0,
            **{f"tiers.{tier}.need_rate": 0.006 for tier in TIERS},
            **values,
        }

    @staticmethod
    def heard_by_group(community):
        """Members of each group who read of an incident for the first time."""
        tallies = np.sum(community.journal.tallies, axis=0).sum(axis=1)
        return tallies[:, TALLY_INDEX["incident_reach"]]

    def test_it_gets_from_group_to_group(self):
        """Groups in which anyone hears. Could be otherwise: it may die out where it began."""
        open_doors = self.in_groups(**{"forward.friction": 0.0})
        closed = self.in_groups(**{"forward.friction": 1.0})

        def groups(community):
            return float((self.heard_by_group(community) > 0).sum())

        assert surplus(groups, open_doors, closed) > ERRORS

    @pytest.mark.parametrize("friction", [0.0, 1.0])
    def test_groups_without_a_complaint_hear_of_it_by_forwards_alone(self, friction):
        """News of other groups arrives at midnight; what begins in a group begins by day."""
        heard = arrived = spared = 0
        for seed in SEEDS:
            community = play(self.in_groups(**{"forward.friction": friction}), seed)
            log = community.message_log
            begun = (log["kind"] == INCIDENT) & (log["root"] == log["number"])
            begun &= log["time"] % 1.0 > 0.0
            others = np.setdiff1d(np.arange(5), log["group"][begun])
            spared += len(others) * bool(begun.any())
            heard += self.heard_by_group(community)[others].sum()
            arrived += community.journal.total("forwards_arrived").sum()
        assert spared > 5
        assert (heard > 0, arrived > 0) == (friction == 0.0, friction == 0.0)

    @pytest.mark.parametrize("forward", [0.3, 20.0])
    def test_a_member_passes_one_incident_on_at_most_once(self, forward):
        for seed in SEEDS:
            log = play({"incident.forward": forward}, seed).message_log
            copies = log[(log["kind"] == INCIDENT) & (log["root"] != log["number"])]
            assert len(copies) > 5
            assert len(np.unique(copies[["group", "root", "author"]])) == len(copies)
            assert np.all(copies["author"] >= 0)

    def test_of_two_incidents_each_can_be_passed_on_once(self):
        log = play({"incident.forward": 20.0, "incident.rate": 0.3}).message_log
        copies = log[(log["kind"] == INCIDENT) & (log["root"] != log["number"])]
        assert len(np.unique(copies["root"])) > 1
        assert len(np.unique(copies[["root", "author"]])) == len(copies)
        assert len(np.unique(copies["author"])) < len(copies)

    def test_where_members_may_not_post_nothing_is_repeated(self):
        community = play({"group.peers_post": False, "incident.forward": 20.0})
        assert PASSED_ON(community) == 0
        assert REACH(community) > 0

    def test_bad_news_lowers_attitude_and_orders(self):
        """Could be otherwise: news is worth reading, which brings people back, and members of
        little conformity keep their opinion.
        """
        needy = {f"tiers.{tier}.need_rate": 0.3 for tier in TIERS}
        selling = {
            **needy,
            "buy.constant": 0.0,
            "buy.attitude": 5.0,
            "feel.attitude_rate": 0.3,
            "incident.forward": 1.0,
            "policy.content_per_day": 0.0,
        }
        without = {**selling, "incident.day": -1.0}
        assert surplus(attitude, without, selling) > ERRORS
        assert surplus(ORDERS, without, selling) > ERRORS


@jit
class TestNews:
    def test_one_incident_at_noon_of_the_day_in_every_group(self):
        log = play({"group.count": 3, "group.capacity": 40, "group.seed_members": 40}).message_log
        news = log[log["author"] == WORLD_AUTHOR]
        assert np.array_equal(news["time"], np.full(3, WHEN + 0.5))
        assert sorted(news["group"]) == [0, 1, 2]
        assert np.all(news["kind"] == INCIDENT)
        assert news["valence"] == pytest.approx(-0.8)

    def test_incidents_from_outside_come_at_their_rate(self):
        """1 - exp(-0.5) of the days: 16 x 14 days, five standard deviations (6e-7)."""
        quiet = {f"tiers.{tier}.talk": 0.0 for tier in TIERS}
        days = 0
        for seed in SEEDS:
            log = play({"incident.day": -1.0, "incident.rate": 0.5, **quiet}, seed).message_log
            times = log["time"][log["author"] == WORLD_AUTHOR]
            assert len(np.unique(np.floor(times))) == len(times)
            days += len(times)
        chance, n = 1.0 - math.exp(-0.5), len(SEEDS) * DAYS
        assert abs(days - n * chance) < 5 * math.sqrt(n * chance * (1.0 - chance))

    ANGRY = {
        "incident.day": -1.0,
        "incident.forward": 0.0,
        "speak.mention": 1.0,
        "product.quality": 0.0,
        "buy.constant": 2.0,
        "buy.expectation_rate": 0.0,
        **{f"tiers.{tier}.need_rate": 0.3 for tier in TIERS},
    }

    def test_complaints_become_incidents(self):
        """All, none, or about half of them (five standard deviations: 6e-7)."""
        none = play(self.ANGRY)
        complaints = total("complaints")(none)
        assert complaints > 100
        assert PASSED_ON(none) == 0
        every = play({**self.ANGRY, "incident.from_complaint": 1.0})
        assert total("complaints")(every) == 0
        assert PASSED_ON(every) > 100
        half = play({**self.ANGRY, "incident.from_complaint": 0.5})
        n = PASSED_ON(half) + total("complaints")(half)
        assert abs(PASSED_ON(half) - 0.5 * n) < 5 * math.sqrt(0.25 * n)

    def test_an_incident_out_of_a_complaint_has_its_authors_valence(self):
        log = play({**self.ANGRY, "incident.from_complaint": 1.0}).message_log
        mine = log[log["kind"] == INCIDENT]
        assert len(np.unique(mine["valence"])) > 5
        assert np.all(mine["valence"] < -0.3)
        assert np.all(mine["root"] == mine["number"])
        assert COMPLAINT not in log["kind"]


def respond(style: str, delay: float = 1.0, **values: float) -> dict[str, Any]:
    return {"incident.response": style, "incident.delay": delay, **values}


# Members read most of what is written, the response with it, and the news spreads slowly.
ATTENTIVE: dict[str, Any] = {
    **{f"tiers.{tier}.talk": 0.02 for tier in TIERS},
    **{f"tiers.{tier}.capacity": 40.0 for tier in TIERS},
    "incident.forward": 0.03,
}


@jit
class TestResponse:
    @pytest.mark.parametrize("style", RESPONSES)
    def test_when_and_how_each_style_shows(self, style):
        """A word in the thread after the delay; silence and a private settlement show nothing."""
        community = play(respond(style, 30.0))
        log = community.message_log
        shown = log[log["kind"] == RESPONSE]
        if style in ("silence", "private"):
            assert len(shown) == 0
        else:
            assert shown["time"] == pytest.approx([WHEN + 0.5 + 30.0 / 24.0], abs=1e-12)
            news = log[log["author"] == WORLD_AUTHOR]
            assert shown["root"][0] == news["number"][0]
        settled = community.tables.groups["hushed"][0] > 0
        assert settled == (style == "private")
        assert KINDS[RESPONSE] == "response"

    @pytest.mark.parametrize("style", RESPONSES[1:])
    def test_any_response_at_once_calms(self, style):
        """Fewer pass it on than under silence. Could be otherwise: who does not read the response
        is not calmed (in a busy group that is nearly everyone), and it takes up room in which the
        talk would have buried the news.
        """
        calm = {f"incident.{style}_calm": 0.9}
        assert surplus(PASSED_ON, ATTENTIVE, {**ATTENTIVE, **respond(style, 0.5, **calm)}) > ERRORS

    @pytest.mark.parametrize("style", ["empathy", "apology", "compensation", "private"])
    def test_the_earlier_the_response_the_fewer_pass_it_on(self, style):
        """Could be otherwise: what is read early is forgotten under later copies of the news, if
        calm did not last; and who reads the response before the news is calmed as well.
        """
        calm = {**ATTENTIVE, f"incident.{style}_calm": 0.9}
        late, early = {**calm, **respond(style, 48.0)}, {**calm, **respond(style, 0.5)}
        assert surplus(PASSED_ON, late, early) > ERRORS

    def test_a_private_settlement_at_once_keeps_the_news_from_members(self):
        """In a busy group, where the news itself is soon buried and copies make the reach.

        Could be otherwise: most may have read it in the first hours.
        """
        slow = {"incident.forward": 0.2}
        late, early = {**slow, **respond("private", 48.0)}, {**slow, **respond("private", 0.5)}
        assert surplus(REACH, late, early) > ERRORS
        assert surplus(REACH, slow, early) > ERRORS

    @pytest.mark.parametrize("style", RESPONSES[1:])
    def test_ablation_a_response_that_calms_nobody(self, style):
        """As many pass it on as under silence; a private one is silence, bit for bit.

        A word in the group is one message more, which takes the place of another: the means of
        both arms may differ by 3.5 errors, one of 300 times by chance if they are the same.
        """
        void = {**ATTENTIVE, **respond(style, 0.5), f"incident.{style}_calm": 0.0}
        if style == "private":
            community, silent = play(void), play(ATTENTIVE)
            assert np.array_equal(community.message_log, silent.message_log)
            assert community.own_members.tobytes() == silent.own_members.tobytes()
        else:
            assert abs(surplus(PASSED_ON, ATTENTIVE, void)) < ERRORS

    @pytest.mark.parametrize("style", ["empathy", "apology", "compensation"])
    def test_words_repair_attitude(self, style):
        """Could be otherwise: the same response calms, so that fewer are reached, and who reads
        it before an opinion has formed has nothing to be repaired.
        """
        still = {f"incident.{style}_calm": 0.0}
        repaired = respond(style, 12.0, **still)
        unrepaired = respond(style, 12.0, **still, **{f"incident.{style}_repair": 0.0})
        assert surplus(attitude, repaired, unrepaired) > ERRORS

    def test_the_stronger_words_repair_more(self):
        strong, weak = respond("compensation", 12.0), respond("empathy", 12.0)
        assert surplus(attitude, strong, weak) > ERRORS

    def test_words_before_opinions_have_formed_repair_less(self):
        """Not what one may expect: the response is read once, and undoes what is there by then.

        Of an apology that calms nobody, two days late repairs more than one after half an hour;
        what is good about an early one is that it calms.
        """
        still = {"incident.apology_calm": 0.0}
        still |= {f"tiers.{tier}.talk": 0.05 for tier in TIERS}
        still |= {f"tiers.{tier}.capacity": 15.0 for tier in TIERS}
        late, early = respond("apology", 48.0, **still), respond("apology", 0.5, **still)
        assert surplus(attitude, late, early) > ERRORS

    def test_a_private_settlement_repairs_no_opinion_directly(self):
        """Nobody reads of it: whoever has read the news keeps what it did to them."""
        still = {"incident.forward": 0.0}
        silent, private = play(still), play(respond("private", 0.5, **still))
        assert np.array_equal(private.own_members["attitude"], silent.own_members["attitude"])


class TestByHand:
    @staticmethod
    def news(room, values=None, valence=-0.5):
        world = room({"incident.response": "apology", **(values or {})})
        world.post(author=WORLD_AUTHOR, kind=INCIDENT, valence=valence, voice=3.0)
        world.group["incident"] = 1
        return world

    @pytest.mark.parametrize(
        ("style", "calm"),
        [("empathy", 0.3), ("apology", 0.4), ("compensation", 0.5), ("silence", 0.0)],
    )
    def test_who_has_read_the_response_is_less_alarmed(self, room, style, calm):
        world = self.news(room, {"incident.response": style})
        member, message = world.members[0], world.feed[1]
        assert alarm(message, member, world.group, world.p) == 0.5
        member["calmed"] = 1
        assert alarm(message, member, world.group, world.p) == pytest.approx(0.5 * (1.0 - calm))
        member["passed_on"] = 1
        assert alarm(message, member, world.group, world.p) == 0.0

    def test_once_it_is_out_of_the_group_everyone_is_less_alarmed(self, room):
        world = self.news(room, {"incident.response": "private", "incident.private_calm": 0.75})
        world.group["hushed"] = 1
        assert alarm(world.feed[1], world.members[3], world.group, world.p) == 0.125

    def test_good_news_alarms_nobody(self, room):
        world = self.news(room, valence=0.5)
        assert alarm(world.feed[1], world.members[0], world.group, world.p) == 0.0

    def test_the_response_undoes_a_share_of_a_bad_attitude_once(self, room):
        world = self.news(room)
        member = world.members[0]
        member["attitude"] = -0.5
        world.visit["response"] = 1
        for expected in (-0.35, -0.35):
            verbs.feel(member, world.visit, world.p)
            assert member["attitude"] == pytest.approx(expected)
        assert member["calmed"] == 1

    def test_a_good_attitude_is_left_alone(self, room):
        world = self.news(room)
        world.members[0]["attitude"] = 0.5
        world.visit["response"] = 1
        verbs.feel(world.members[0], world.visit, world.p)
        assert world.members[0]["attitude"] == 0.5

    @pytest.mark.parametrize("style", RESPONSES)
    def test_note_is_taken_of_what_begins_and_of_nothing_else(self, room, style):
        """A message passed on in the same thread is no new incident."""
        world = self.news(room, {"incident.response": style, "incident.delay": 6.0})
        world.post(author=2, kind=INCIDENT, valence=-0.5, root=1)
        answers = table(4, ANSWER_DTYPE)
        world.feed[1]["time"] = 5.5
        take_note(1, world.feed, world.group, answers, np.zeros(0), world.p)
        due = answers[: int(world.group["n_pending"])]
        assert len(due) == (style != "silence")
        if style != "silence":
            assert (due[0]["time"], due[0]["root"], due[0]["kind"]) == (5.75, 1, RESPONSE)
            give(world.feed, world.group, 0, world.members, answers, table(3, TALLY_DTYPE), world.p)
            shown = int(world.group["newest"]) - 2
            assert (shown, world.group["hushed"]) == ((0, 1) if style == "private" else (1, 0))


@jit
class TestBooks:
    def test_compensation_is_paid_to_everyone_who_reads_the_offer(self):
        community = play(respond("compensation", 6.0, **{"incident.compensation_value": 35.0}))
        journal = community.journal
        paid, readers = (
            journal.operator_column("compensation_cost"),
            journal.total("responses_read"),
        )
        assert readers.sum() > 10
        assert np.array_equal(paid, 35.0 * readers)

    @pytest.mark.parametrize("style", [s for s in RESPONSES if s != "compensation"])
    def test_no_other_style_pays(self, style):
        community = play(respond(style, 6.0))
        assert community.journal.operator_column("compensation_cost").sum() == 0.0

    def test_the_books_close(self):
        needy = {f"tiers.{tier}.need_rate": 0.1 for tier in TIERS}
        community = play(respond("compensation", 6.0, **needy))
        journal = community.journal
        costs = sum(journal.operator_column(item) for item in ITEMS[1:])
        balance = journal.operator_column("revenue") - costs
        assert journal.operator_column("revenue").sum() > 0
        assert np.allclose(journal.operator_column("balance"), balance, rtol=0.0, atol=1e-9)

    def test_nobody_reads_the_same_news_for_the_first_time_twice(self):
        for seed in SEEDS:
            community = play({}, seed)
            members = community.own_members
            assert REACH(community) == (members["incident"] > 0).sum()
            gone = members["status"] == LEFT
            assert total("exits")(community) == gone.sum()
