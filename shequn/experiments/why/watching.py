"""Watch one member while a run is played again: the same bits, with notes on this one life.

Nothing is read from stored logs. Every day is played by the compiled engine. On a day on which the
member had a session, the member's group is put back to the morning and played once more by the
agents engine, which gives the same tables bit for bit (this is checked each time). There the
watched agent has the verbs of every other member, and takes notes before and after each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shequn.agents.members import Member
from shequn.agents.randomness import draw, exponential
from shequn.agents.tables import (
    KINDS,
    LEFT,
    MEMBER,
    MUTED,
    OUTCOMES,
    SOURCES,
    STATUSES,
    STAYING,
    WAITING,
)
from shequn.agents.verbs.buy import CHOICE, days_overdue, experience, is_past, next_need
from shequn.agents.verbs.stay import MUTE_CLOCK, exit_hazard, lost_interest, mute_hazard
from shequn.agents.verbs.utility import (
    ad_effect,
    own_utility,
    product_utility,
    utility_elsewhere,
)
from shequn.agents.verbs.wait import need_rate
from shequn.experiments.runs.words import counted
from shequn.model import engines
from shequn.model.community import Community
from shequn.model.day import Today
from shequn.model.former import pass_days
from shequn.model.scenario import Scenario

BASE_RATE = "own base rate"
HOW = {
    "seed": "one of those it began with",
    "invite": "on the invitation of member {}",
    "ad": "by an advertisement",
    "spontaneous": "unasked",
    "prize": "for a prize on offer",
}
# Why a visit takes place, in the order of `shequn.agents.tables`.
CAUSES = (
    "planned", "at a glance", "for a need", "by a search", "staying on", "to a broken silence",
    "to an answer", "to a call",
)  # fmt: skip
ONLY_READ = "only reading"
STOCKS = (
    "habit", "willingness", "belonging", "irritation", "attitude", "awareness", "satisfaction",
    "overload",
)  # fmt: skip


@dataclass
class Notes:
    """What was noted of one member.

    Attributes
    ----------
    row : int
        The member.
    day : int
        Day that is being played, 1 the first, as in ``daily.csv``.
    events : list of dict
        time [day], day, kind, what, who (-1 nobody), value.
    causes : list of dict
        time [day], of, term, value. Of an order, or of a need without one: the terms of the
        utility, the chance, and the uniform number that was drawn. Of an exit: the hazard ``whole``
        [1/day] and its terms (`exit_terms`). Of a membership that ended: `risk` as it stood at the
        end.
    daily : list of dict
        The member at each midnight.
    risk : dict
        Integral of the hazard of leaving since the last joining (1): ``whole``, and by term.
    today : dict
        Counts of the day: sessions, read, waiting, promos.
    needs : int
        Purchase occasions of the member that have been told of.
    """

    row: int
    day: int = 0
    needs: int = 0
    events: list[dict] = field(default_factory=list)
    causes: list[dict] = field(default_factory=list)
    daily: list[dict] = field(default_factory=list)
    risk: dict[str, float] = field(default_factory=dict)
    today: dict[str, float] = field(default_factory=dict)

    def note(self, time: float, kind: str, what: str, who: int = -1, value: float = np.nan) -> None:
        """Add an event of the day that is being played."""
        self.events.append(
            {
                "time": float(time), "day": self.day, "kind": kind, "what": what,
                "who": int(who), "value": float(value),
            }
        )  # fmt: skip

    def note_order(self, time: float, number: int, p: Any, words: str) -> None:
        """Add an order: which of this member's it is, at what price (CNY), and more words."""
        price = max(0.0, float(p.product_price) - float(p.today_coupon))
        which = "first order" if number == 1 else f"order number {number}"
        self.note(time, "order", f"{which} at {price:g} CNY; {words}", value=price)
        self.count(orders=1)

    def explain(self, time: float, of: str, terms: dict[str, float]) -> None:
        """Add the terms of a decision."""
        self.causes += [
            {"time": float(time), "of": of, "term": term, "value": float(value)}
            for term, value in terms.items()
        ]

    def count(self, **amounts: float) -> None:
        """Add to the counts of the day."""
        for name, amount in amounts.items():
            self.today[name] = self.today.get(name, 0.0) + float(amount)


def pressures(member: Any, p: Any) -> dict[str, float]:
    """The terms of the pressure to leave, each times its weight: see `exit_hazard`.

    Parameters
    ----------
    member : record
        Row of the members table.
    p : record
        Parameters.

    Returns
    -------
    dict of str to float
        Their sum is the pressure z of `shequn.agents.verbs.stay.exit_hazard`.
    """
    return {
        "irritation": float(p.stay_irritation * member.irritation),
        "overload": float(p.stay_overload * member.overload),
        "dissatisfaction": float(p.stay_dissatisfaction * max(0.0, -float(member.satisfaction))),
        "bad opinion": float(p.stay_attitude * max(0.0, -float(member.attitude))),
        "rivals": float(p.stay_rivals * (1.0 - float(member.share))),
    }


def exit_terms(member: Any, p: Any) -> dict[str, float]:
    """The terms of the hazard of leaving, per day: see `exit_hazard`.

    What the pressure adds to the base rate is divided among its terms in proportion; what belonging
    and habit take off the whole, which they do by a factor, in proportion to their exponents.

    Parameters
    ----------
    member : record
        Row of the members table.
    p : record
        Parameters.

    Returns
    -------
    dict of str to float
        Their sum is `shequn.agents.verbs.stay.exit_hazard`.
    """
    weights = pressures(member, p)
    ties = {
        "belonging": float(p.stay_belonging * member.belonging),
        "habit": float(p.stay_habit * member.habit),
    }
    pressure, tie = sum(weights.values()), sum(ties.values())
    silence = float(p.stay_silent * lost_interest(member, p))
    base, relief = float(member.exit_rate), float(np.exp(-tie))
    driven = (float(exit_hazard(member, p)) - silence) / relief
    added = (driven - base) / pressure if pressure > 0.0 else 0.0
    spared = driven * (1.0 - relief) / tie if tie > 0.0 else 0.0
    return {
        BASE_RATE: base,
        **{name: added * weight for name, weight in weights.items()},
        "silence": silence,
        **{name: -spared * weight for name, weight in ties.items()},
    }


def utility_terms(member: Any, group: Any, visit: Any, p: Any) -> dict[str, float]:
    """The terms of the utility of the product over buying nothing.

    Parameters
    ----------
    member, group : record
        Rows of the tables; the group's count of visible orders is current.
    visit : record
        What promotions were read.
    p : record
        Parameters.

    Returns
    -------
    dict of str to float
        Their sum is `shequn.agents.verbs.utility.product_utility`.
    """
    price = max(0.0, float(p.product_price) - float(p.today_coupon))
    herd = p.buy_herd * member.conformity * np.log(1.0 + float(group.visible_orders))
    word, doubt = float(member.word), float(p.buy_disbelief * member.irritation)
    exposures = p.buy_awareness * ad_effect(member.awareness, p.feel_awareness_peak)
    terms = {
        "constant": float(p.buy_constant),
        "exposures": float(exposures) * float(np.exp(-doubt)),
        "attitude": float(p.buy_attitude * member.attitude),
        "word of mouth": float(p.buy_word) * word / (1.0 + abs(word)),
        "irritation": -float(p.buy_irritation * member.irritation),
        "quality": float(member.quality_weight * p.today_quality),
        "match": float(p.buy_match * member.match),
        "status": float(member.face_weight * p.product_status),
        "price": -float(member.price_weight) * price / max(1e-9, float(member.budget)),
    }
    known = sum(terms.values())
    other = float(own_utility(member, member.awareness, p)) - known
    # What a later version of the model adds is shown as such rather than left out.
    more = {"other": other} if abs(other) > 1e-4 else {}
    news = float(p.buy_news) if visit.promos > 0 else 0.0
    return terms | more | {"promotion just read": news, "visible orders": float(herd)}


class WatchedVerbs(Member):
    """Mixed into a class of members: takes notes before and after each verb."""

    notes: Notes

    @property
    def rules_here(self) -> Any:
        """The parameters that hold in this member's group."""
        return self._p

    def stay(self, time: float) -> bool:
        """As the model has it; notes leaving, muting and the hazard."""
        before = self.record.copy()
        here = super().stay(time)
        self.note_stay(before, time, here)
        return here

    def note_stay(self, before: Any, time: float, here: bool) -> None:
        """Note what happened since stocks and clocks were current.

        Parameters
        ----------
        before : record
            The member's row as it was before `stay`.
        time : float
            When `stay` was asked, in days.
        here : bool
            Whether the member is still there.
        """
        self._weigh(before, time, here)
        if here:
            self._note_switches(before, time)

    def _weigh(self, before: Any, time: float, here: bool) -> None:
        """Add up the hazard of the time that passed; give the reasons when it has struck."""
        notes, p = self.notes, self.rules_here
        hazard = float(exit_hazard(before, p))
        if hazard <= 0.0:
            return
        elapsed = time - float(before.updated_at)
        elapsed = elapsed if here else min(elapsed, float(before.membership_clock) / hazard)
        parts = {"whole": hazard, **exit_terms(before, p)}
        for name, value in parts.items():
            notes.risk[name] = notes.risk.get(name, 0.0) + value * elapsed
        if not here:
            left = float(before.updated_at) + elapsed
            notes.note(left, "left", f"left; the hazard was {hazard:.3g} a day", value=hazard)
            notes.explain(left, "exit", parts)
            notes.explain(left, "membership", notes.risk)

    def _note_switches(self, before: Any, time: float) -> None:
        """Times of muting and unmuting within the interval, as the verb finds them."""
        at, clock, old = float(before.updated_at), float(before.mute_clock), before.copy()
        p = self.rules_here
        while int(old.switches) != int(self.record.switches):
            rate = float(mute_hazard(old, p))
            at += clock / rate
            muting = old.status == MEMBER
            old.status = MUTED if muting else MEMBER
            old.switches = (int(old.switches) + 1) % 256
            clock = exponential(p.seed, MUTE_CLOCK, self.row, old.switches)
            words = "muted the group" if muting else "unmuted the group"
            self.notes.note(min(at, time), "muted" if muting else "unmuted", words, value=rate)

    def feel(self, visit: Any) -> None:
        """As the model has it; notes what was read and what it did."""
        before = self.record.copy()
        super().feel(visit)
        stayed = int(visit.cause) == STAYING
        kind = "looked again" if stayed else "session"
        why = CAUSES[int(visit.cause)] + ("" if visit.part else f", {ONLY_READ}")
        waiting, read, promos = int(visit.unread), int(visit.read), int(visit.promos)
        change = float(self.record.irritation) - float(before.irritation)
        self.notes.note(
            visit.time, kind, f"{why}: {read} of {counted(waiting, 'message')} read, "
            f"{counted(promos, 'promotion')} among them; irritation {change:+.3f}", value=read,
        )  # fmt: skip
        self.notes.count(
            sessions=not stayed, looks=stayed, waiting=waiting, read=read, promos=promos,
            known=visit.known, exposures=visit.exposures,
        )  # fmt: skip

    def speak(self, visit: Any) -> None:
        """As the model has it; notes what was written, removed and passed on."""
        first, removed = int(self.home.newest) + 1, int(visit.removed)
        passed = int(self.record.forward)
        super().speak(visit)
        self._note_messages(first, bool(visit.talking))
        for _ in range(int(visit.removed) - removed):
            self.notes.note(visit.time, "removed", "a message was removed by moderation")
        if int(self.record.forward) not in (0, passed):
            number = int(self.record.forward)
            self.notes.note(visit.time, "passed on", f"passed message {number} on", value=number)

    def _note_messages(self, first: int, talking: bool) -> None:
        for number in range(first, int(self.home.newest) + 1):
            message = self.feed[number & (len(self.feed) - 1)]
            kind, root, to = KINDS[message.kind].replace("_", " "), int(message.root), message.to
            thread = "opened a thread" if root == number else f"in thread {root}"
            words = f"{kind}, {thread}"
            words += f", to member {int(to)}" if to >= 0 else ""
            words += "; others had gone on in this thread" if talking and root != number else ""
            self.notes.note(message.time, "posted", words, int(to), number)

    def buy(self, visit: Any) -> None:
        """As the model has it; notes each purchase occasion, and why it ended as it did."""
        before, group, first = self.record.copy(), self.home.copy(), int(self.home.newest) + 1
        super().buy(visit)
        p, orders = self.rules_here, int(before.orders)
        pushed = float(need_rate(before, p) * p.buy_reminder * visit.reminders)
        clock, reminded = float(before.need_clock) - pushed, before.need_clock > 0.0
        before.advanced += pushed
        while before.occasions < self.record.occasions:
            occasion = int(before.occasions)
            luck, u_met, u_felt, u_share = draw(p.seed, CHOICE, self.row, occasion)
            late = is_past(float(days_overdue(clock + pushed, before, p)), self.row, occasion, p)
            clock = float(next_need(before, clock, self.row, p))
            if late:
                note_elsewhere(self.notes, before, luck, p)
                continue
            utility = product_utility(before, group, visit, p)
            rivals = float(p.buy_rivals * np.float64(before.rivals))
            other = float(np.exp(-utility))
            chance = 1.0 / (1.0 + (1.0 + rivals) * other)
            bought = luck < chance
            orders += int(bought)
            words = f"the chance was {100 * chance:.1f} %"
            words += "; a promotion read brought the need forward" if reminded else ""
            if bought:
                paid = float(p.product_price) - float(p.today_coupon)
                experience(before, u_met, u_felt, paid, p)
                self.notes.note_order(visit.time, orders, p, words)
            else:
                rest = luck * (1.0 + (1.0 + rivals) * other) - 1.0
                what = "the product of a rival" if rest < rivals * other else "no order"
                self.notes.note(visit.time, "no order", f"a need, but {what}; {words}", value=0.0)
            self.notes.explain(
                visit.time, "order" if bought else "no order",
                utility_terms(before, group, visit, p)
                | {"chance": float(chance), "luck": float(luck)},
            )  # fmt: skip
            shown = p.speak_order_share * (1.0 + p.speak_order_share_slope * before.satisfaction)
            if bought and p.group_peers_post != 0.0 and u_share < shown:
                group.visible_orders += 1.0
            reminded = False
        if orders != int(self.record.orders):
            raise RuntimeError("the purchases explained are not those of the model")
        self.notes.needs = int(self.record.occasions)
        self._note_messages(first, False)


def note_errands(notes: Notes, member: Any, p: Any) -> None:
    """Note the needs up to now that have not been told of: no visit came for them in time.

    Parameters
    ----------
    notes : Notes
        Of the member.
    member : record
        The member's row at a midnight.
    p : record
        Parameters.
    """
    for occasion in range(notes.needs, int(member.occasions)):
        note_elsewhere(notes, member, draw(p.seed, CHOICE, notes.row, occasion)[0], p)
    notes.needs = int(member.occasions)


def note_elsewhere(notes: Notes, member: Any, luck: float, p: Any) -> None:
    """Note a need that no visit came for in time."""
    others = 1.0 + float(p.buy_rivals) * float(member.rivals)
    chance = 1.0 / (1.0 + others * float(np.exp(-utility_elsewhere(member, p))))
    what = "bought elsewhere" if luck < chance else "no order elsewhere"
    words = f"a need that did not wait for a visit; the chance was {100 * chance:.1f} %"
    notes.note(float(member.updated_at), what, words, value=0.0)


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two parts of a table hold the same values; nan is the same as nan."""
    if one.dtype.names is None:
        return np.array_equal(one, other, equal_nan=True)
    return all(
        np.array_equal(one[name], other[name], equal_nan=one[name].dtype.kind == "f")
        for name in one.dtype.names
    )


class _Cast(dict):
    """The agents of one group, made when they are first asked for; one of them is watched."""

    def __init__(self, community: Any, notes: Notes) -> None:
        super().__init__()
        self.community, self.notes = community, notes

    def __missing__(self, row: int) -> Any:
        kind: Any = self.community.tier_classes[self.community.tables.members["tier"][row]]
        if row == self.notes.row:
            kind = type("Watched", (WatchedVerbs, kind), {"notes": self.notes})
        self[row] = kind(self.community, int(row))
        return self[row]


class _OneGroup:
    """What the agents engine asks of a community, for one group only."""

    keeps_messages = False

    def __init__(self, community: Any, group: int, members: _Cast) -> None:
        self.members = members
        self.tables, self.rules = community.tables, community.rules
        self.visit = community.visit
        self._order = np.array([group])

    def group_order(self) -> np.ndarray:
        """The group."""
        return self._order


class Rehearsal(Community):
    """A community that plays as any other, and tells how much there is to watch on each day.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    seed : int
        Seed.
    member : int
        Row of the member who will be watched.

    Attributes
    ----------
    work : list of float
        For each day how long `WatchedCommunity` takes for it, relative to one update of one member
        by the agents engine (measured: a session takes about three times as long, and the compiled
        engine updates about 500 members in that time).
    """

    def __init__(self, scenario: Scenario, seed: int, member: int) -> None:
        super().__init__(scenario, seed)
        self.work: list[float] = []
        self._member = member

    def _play_groups(self, today: Today) -> np.ndarray:
        member = self.tables.members[self._member]
        home, last = int(member.group), float(member.last_session_at)
        there = member.status in (MEMBER, MUTED)
        log = super()._play_groups(today)
        work = len(self.tables.members) / 500.0
        if there and not np.array_equal(member.last_session_at, last, equal_nan=True):
            starts, _ = self.rosters
            tally = self.tables.tally[home]
            sessions = float((tally["sessions"] + tally["looks"]).sum())
            work += float(starts[home + 1] - starts[home]) + 3.0 * sessions
        self.work.append(work)
        return log


class WatchedCommunity(Community):
    """A community that plays as any other, and takes notes of one member.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    seed : int
        Seed.
    member : int
        Row of the member, 0 .. people - 1.
    """

    def __init__(self, scenario: Scenario, seed: int, member: int) -> None:
        super().__init__(scenario, seed, keep_messages=True)
        self.notes = Notes(member)
        self._cast = _Cast(self, self.notes)
        self.notes.needs = int(self._row().occasions)
        self._look(self._row().copy(), start=True)

    def _row(self) -> Any:
        return self.tables.members[self.notes.row]

    def _play_groups(self, today: Today) -> np.ndarray:
        member = self._row()
        if member.status not in (MEMBER, MUTED):
            return super()._play_groups(today)
        home, before = int(member.group), member.copy()
        starts, rows = self.rosters
        roster = rows[starts[home] : starts[home + 1]].copy()
        morning = [part.copy() for part in self._parts(home, roster)]
        log = super()._play_groups(today)
        if np.array_equal(member.last_session_at, before.last_session_at, equal_nan=True):
            here = member.status in (MEMBER, MUTED)
            self._cast[self.notes.row].note_stay(before, self.day + 1.0, here)
        else:
            self._play_again(home, roster, morning, today)
        self._note_replies(log[log["to"] == self.notes.row])
        return log

    def _parts(self, home: int, roster: np.ndarray) -> list[np.ndarray]:
        """The parts of the tables that a day of one group changes."""
        t = self.tables
        by_group = (t.messages, t.groups, t.tally, t.answers, t.servers)
        return [t.members[roster], *(part[home : home + 1] for part in by_group)]

    def _play_again(self, home: int, roster: np.ndarray, morning: list, today: Today) -> None:
        """Put a group back to the morning and play its day by agents, one of them watched."""
        evening = [part.copy() for part in self._parts(home, roster)]
        self.tables.members[roster] = morning[0]
        for part, was in zip(self._parts(home, roster)[1:], morning[1:], strict=True):
            part[...] = was
        engines.play_agents(_OneGroup(self, home, self._cast), today)
        again = self._parts(home, roster)
        if not all(_same(*pair) for pair in zip(evening, again, strict=True)):
            raise RuntimeError("the two engines did not play the same day")

    def _note_replies(self, log: np.ndarray) -> None:
        for line in log:
            who, thread = int(line["author"]), int(line["root"])
            name = f"member {who}" if who >= 0 else "the operator"
            words = f"{name} answered in thread {thread}"
            self.notes.note(line["time"], "reply received", words, who, thread)

    def step(self) -> None:
        """One day, as in every community."""
        self.notes.day, self.notes.today = self.day + 1, {}
        row = self.notes.row
        block = self.tables.members[row : row + 1].copy()
        before = block[0].copy()
        super().step()
        self._tell_errands(block)
        self._look(before)

    def _tell_errands(self, block: np.ndarray) -> None:
        """Note what was bought elsewhere up to this midnight, given the row of the morning."""
        notes, rules, now = self.notes, self.rules[0], self._row().copy()
        now["rivals"] = block["rivals"][0]
        if block["joins"][0] == 0:  # needs from before joining are none of the story
            notes.needs = int(now.occasions)
            return
        if block["status"][0] == LEFT:  # who returns at this midnight has forgotten some of it
            tables = self.tables._replace(tally=self.tables.tally.copy())
            pass_days(float(self.day), block, notes.row, tables, rules)
            now = block[0]
        note_errands(notes, now, rules)

    def _look(self, before: Any, start: bool = False) -> None:
        """What midnight brought: joining, the queue, and the state of the member."""
        now, notes = self._row(), self.notes
        here = now.status in (MEMBER, MUTED)
        if here and int(now.joins) != (0 if start else int(before.joins)):
            how = HOW[SOURCES[now.source]].format(int(now.inviter))
            words = f"joined group {int(now.group)}, {how}"
            when = float(now.joined_at) if start else self.day  # before day 0 where there is a past
            notes.note(when, "joined", words, now.inviter, now.group)
            notes.risk = {}
        elif now.status == WAITING and (start or before.status != WAITING):
            notes.note(self.day, "waiting", "asked to be let in; the group was full", now.inviter)
        noted = int(before.orders) + int(notes.today.get("orders", 0))
        for number in range(noted + 1, int(now.orders) + 1):
            notes.note_order(self.day, number, self.rules[0], "the need arose with a rival")
        stocks = {name: float(now[name]) if here else np.nan for name in STOCKS}
        hazard = np.nan
        if here:
            rules = self.rules[self.tables.groups["rules"][now.group]]
            hazard = float(exit_hazard(now, rules))
        counts = ("sessions", "looks", "waiting", "read", "promos", "exposures")
        self.notes.daily.append(
            {
                "day": self.day, "status": STATUSES[now.status], **stocks, "exit_hazard": hazard,
                **{name: notes.today.get(name, 0.0) for name in counts},
            }
        )  # fmt: skip

    def invitations_of(self) -> list[dict]:
        """The events of invitations sent and received so far."""
        log, notes = self.invitation_log, Notes(self.notes.row)
        for line in log[(log["inviter"] == notes.row) | (log["contact"] == notes.row)]:
            notes.day = int(line["time"])
            result = OUTCOMES[line["outcome"]].replace("_", " ")
            who, other = int(line["inviter"]), int(line["contact"])
            code = float(line["outcome"])
            if who == other:  # without contacts the line names the inviter twice
                notes.note(line["time"], "invitation sent", "invited, but knows nobody", -1, code)
            elif who == notes.row:
                words = f"invited person {other}: {result}"
                notes.note(line["time"], "invitation sent", words, other, code)
            else:
                words = f"was invited by member {who}: {result}"
                notes.note(line["time"], "invitation received", words, who, code)
        return notes.events
