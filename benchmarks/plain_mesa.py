"""The same rules in plain Mesa: one Python object per person, nothing compiled.

This is the model as one would first write it, and the shortest text that says what a member does.
It is the yardstick of the compiled engine, and an independent check of it: `PlainCommunity` shares
with the package the parameters, the people (their traits and first clocks) and the operator's
policy; everything that happens is written out here, with NumPy's generator for the luck.

One group, which turns people away when it is full; one operator, who posts content, promotions and
prizes, and uses no other lever. People come by habit, each time for a moment: nothing calls them,
nobody stays on, and nobody talks because others do.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from dataclasses import dataclass
from itertools import islice
from typing import Any

import mesa
import numpy as np

from shequn.agents.campaigns import make_policy
from shequn.agents.policies import Observation, Post
from shequn.model.build import build, feed_length, first_members
from shequn.model.contacts import no_network
from shequn.model.parameters import Parameters, kernel_record
from shequn.model.scenario import Scenario
from shequn.model.targets import seed_order

NOT_TRAITS = ("tier", "status", "source", "group", "inviter")
HERE = ("member", "muted")
LEVERS = (
    "targeting", "coupon", "desk", "incident", "control", "onboarding", "event", "forward",
    "listening", "elements",
)  # fmt: skip
# What brings people, or makes them talk, otherwise: none of it is written out here.
OFF = {
    "rhythm.linger": 0.0, "rhythm.need": 0.0, "rhythm.minutes": math.inf,
    "group.glance": 0.0, "group.alert": 0.0, "group.mention": 0.0, "group.call": 0.0,
    "group.found": 0.0, "group.message_life": math.inf, "group.selective": 0.0,
    "read.depth": 0.0, "read.seconds": math.inf, "feel.regularity": 0.0,
    "speak.conversation": 0.0, "speak.call": 0.0, "discovery.in_need": 0.0,
}  # fmt: skip


@dataclass(slots=True)
class Message:
    """What somebody wrote; the operator's messages have no author."""

    number: int
    author: Person | None
    kind: str
    topic: float
    quality: float
    length: float
    overtness: float = 0.0
    prize: float = 0.0
    valence: float = 0.0
    voice: float = 1.0
    opener: Message | None = None  # the message that opened the thread, None for itself


@dataclass(slots=True)
class Visit:
    """What a member meets in one visit."""

    away: float = math.inf  # days since the last one
    part: bool = True  # whether the visitor takes part, or only reads
    unread: int = 0
    read: int = 0
    known: int = 0
    strangers: int = 0
    promos: int = 0
    exposures: float = 0.0
    persuasion: float = 0.0
    utility: float = 0.0
    good: float = 0.0
    bad: float = 0.0
    opinion: float = 0.0
    opinion_weight: float = 0.0
    best: Message | None = None


def fading(half_life: float, elapsed: float) -> float:
    return 0.5 ** (elapsed / half_life)


class Person(mesa.Agent):
    """Someone of the market: outside, member, muted or left."""

    def __init__(self, model: PlainCommunity, row: int, traits: dict[str, Any]) -> None:
        super().__init__(model)
        self.row = row
        for name, value in traits.items():
            setattr(self, name, value)
        self.status = "outside"
        self.luck_with: dict[Person, float] = {}
        self.contacts: list[Person] = []
        self.asked_by: set[Person] = set()
        self.delivered = 0
        self.thread: Message | None = None

    @property
    def is_here(self) -> bool:
        return self.status in HERE

    def enter(self, time: float) -> None:
        feel = self.model.q.feel
        if self.joins:
            away = time - self.updated_at
            self.awareness *= fading(feel.awareness_half_life, away)
            self.recognition *= fading(self.model.q.speak.recognition_half_life, away)
        self.joins += 1
        self.status = "member"
        self.joined_at = self.updated_at = time
        self.habit = feel.habit_start
        self.willingness = feel.willingness_start
        self.belonging = feel.belonging_start
        self.familiarity = feel.familiarity_start
        self.irritation = self.overload = 0.0
        self.replies = 0
        self.thread = None
        if self.model.rng.random() < self.model.q.speak.arrival:
            self.talk_clock = 0.0
        self.asked_by.clear()
        self.read_upto = self.model.newest
        self.membership_clock = self.model.rng.standard_exponential()
        self.model.group.append(self)

    def session(self, time: float, part: bool) -> None:
        if not self.is_here or not self.stay(time):
            return
        self.wait(time)
        came_before = self.last_session_at >= self.joined_at
        visit = Visit(time - self.last_session_at if came_before else math.inf, part)
        self.read(visit)
        self.feel(visit)
        self.speak(visit)
        self.buy(visit, time)
        self.invite()
        self.last_session_at = time
        self.model.today["sessions"] += 1
        self.model.today["read"] += visit.read

    def exit_hazard(self) -> float:
        s = self.model.q.stay
        pressure = (
            s.irritation * self.irritation
            + s.overload * self.overload
            + s.dissatisfaction * max(0.0, -self.satisfaction)
            + s.attitude * max(0.0, -self.attitude)
        )
        if s.shape == "exponential":
            driven = self.exit_rate * math.exp(pressure)
        elif s.shape == "quadratic":
            driven = self.exit_rate + s.scale * pressure * pressure
        else:
            driven = self.exit_rate + s.scale * pressure
        relief = math.exp(-s.belonging * self.belonging - s.habit * self.habit)
        return driven * relief + s.silent * self.lost_interest()

    def lost_interest(self) -> float:
        """1 - 1 / e after ``stay.silence`` days without a visit."""
        seen = max(self.joined_at, self.last_session_at)  # NaN, never: the first is kept
        return 1.0 - math.exp(-max(0.0, self.updated_at - seen) / self.model.q.stay.silence)

    def stay(self, time: float) -> bool:
        """Leave, mute or unmute if a clock has run out since the last time."""
        elapsed, hazard = time - self.updated_at, self.exit_hazard()
        self.membership_clock -= hazard * elapsed
        if self.membership_clock <= 0.0 and hazard > 0.0:
            self.status = "left"
            self.left_at = time + self.membership_clock / hazard
            self.model.group.remove(self)
            self.model.today["exits"] += 1
            return False
        while (rate := self.mute_hazard()) > 0.0 and self.mute_clock <= rate * elapsed:
            elapsed -= self.mute_clock / rate
            self.status = "member" if self.status == "muted" else "muted"
            self.mute_clock = self.model.rng.standard_exponential()
        self.mute_clock -= rate * elapsed
        return True

    def mute_hazard(self) -> float:
        s = self.model.q.stay
        if self.status == "muted":
            return s.unmute_rate
        noise = s.mute_irritation * self.irritation
        return s.mute_rate + noise + s.mute_silent * self.lost_interest()

    def wait(self, time: float) -> None:
        """Stocks fade; the clocks of needs and invitations run."""
        q, elapsed = self.model.q, time - self.updated_at
        self.need_clock -= self.need_rate * elapsed
        self.invite_clock -= self.invitations_expected(self.updated_at, time)
        self.habit *= math.exp(-self.habit_decay * elapsed)
        self.willingness *= math.exp(-self.willingness_decay * elapsed)
        self.belonging *= fading(q.feel.belonging_half_life, elapsed)
        self.awareness *= fading(q.feel.awareness_half_life, elapsed)
        self.irritation *= fading(q.feel.irritation_half_life, elapsed)
        self.recognition *= fading(q.speak.recognition_half_life, elapsed)
        self.updated_at = time

    def invitations_expected(self, start: float, end: float) -> float:
        i = self.model.q.invite
        rate = (
            i.rate
            + i.from_satisfaction * max(0.0, self.satisfaction)
            + i.from_belonging * self.belonging
            + i.from_reward * i.reward * self.prize_taste
        )
        decay = math.log(2.0) / i.novelty_half_life
        if decay == 0.0:
            return rate * (end - start)
        since, until = start - self.joined_at, end - self.joined_at
        return rate * (math.exp(-decay * since) - math.exp(-decay * until)) / decay

    def relevance(self, topic: float) -> float:
        distance = abs(topic - self.topic)
        distance = min(distance, 1.0 - distance) / self.model.q.read.topic_breadth
        return 1.0 / (1.0 + distance * distance)

    def read(self, visit: Visit) -> None:
        """The newest unread messages, as many as fit, newest first; local names for speed."""
        r, feel, model = self.model.q.read, self.model.q.feel, self.model
        interest, wariness = self.topic, self.wariness
        prize_taste, social_taste = r.prize_weight * self.prize_taste, self.social_taste
        known_bonus, cost, breadth = r.known_bonus, r.cost, r.topic_breadth
        share_known, luck_with = self.familiarity / len(model.group), self.luck_with
        visit.unread = model.newest - self.read_upto
        total, best = 0.0, -math.inf
        for message in islice(reversed(model.feed), min(visit.unread, int(self.capacity))):
            author = message.author
            if author is self:
                continue
            distance = abs(message.topic - interest)
            if distance > 0.5:
                distance = 1.0 - distance
            value = message.quality / (1.0 + (distance / breadth) ** 2)
            utility = value - cost * message.length
            if author is None:
                utility += prize_taste * message.prize - wariness * message.overtness
                visit.persuasion += message.overtness
                if message.kind != "content":
                    visit.promos += message.kind == "promo"
                    visit.exposures += 1.0
            else:
                # A pair keeps its luck: the author is known to a share of all readers.
                luck = luck_with.get(author)
                if luck is None:
                    luck = luck_with[author] = model.rng.random()
                if luck < share_known:
                    visit.known += 1
                    utility += known_bonus * value + social_taste
                if message.valence != 0.0:
                    visit.exposures += feel.exposure_of_talk
                    weight = message.voice
                    if message.valence < 0.0:
                        weight *= feel.negative_weight
                    visit.opinion += weight * message.valence
                    visit.opinion_weight += weight
                visit.strangers += luck >= share_known
            visit.read += 1
            total += utility
            visit.good += min(1.0, max(0.0, utility))
            visit.bad += min(1.0, max(0.0, -utility))
            if utility > best:
                best, visit.best = utility, message
        visit.utility = total
        self.read_upto = model.newest

    def learned(self, stock: float, gain: float, weight: float, visit: Visit) -> float:
        """Habit or willingness after a visit."""
        f = self.model.q.feel
        if visit.read == 0:
            return stock * (1.0 - weight * f.habit_empty)
        stock += weight * gain * visit.good / (visit.good + f.enough) * (1.0 - stock)
        return stock * (1.0 - weight * f.habit_loss * visit.bad / (visit.bad + f.enough))

    def feel(self, visit: Visit) -> None:
        """What was read moves the stocks."""
        f, n = self.model.q.feel, visit.read
        taught = 1.0 - math.exp(-visit.away / f.spacing) if f.spacing > 0.0 else 1.0
        self.habit = self.learned(self.habit, min(1.0, f.habit_gain), taught, visit)
        taught *= 1.0 if visit.part else f.willingness_reading
        self.willingness = self.learned(self.willingness, f.willingness_gain, taught, visit)
        self.habit += min(1.0, f.habit_reply * self.replies) * (1.0 - self.habit)
        wooed = min(1.0, f.willingness_reply * self.replies)
        self.willingness += wooed * (1.0 - self.willingness)
        gain = f.belonging_reply * self.replies
        if n > 0:
            gain += f.belonging_known * visit.known / n
        missed = 1.0 - n / visit.unread if visit.unread > 0 else 0.0
        self.belonging += min(1.0, gain) * (1.0 - self.belonging)
        room = max(0.0, 1.0 - self.familiarity / f.familiarity_limit)
        self.familiarity += f.familiarity_gain * visit.strangers * room
        self.awareness += visit.exposures
        self.irritation += f.irritation_gain * self.wariness * visit.persuasion
        self.irritation += f.irritation_overload * missed
        self.overload += f.overload_rate * (missed - self.overload)
        if visit.opinion_weight > 0.0:
            pull = f.attitude_rate * self.conformity
            self.attitude += pull * (visit.opinion / visit.opinion_weight - self.attitude)
        self.recognition += self.replies
        self.replies = 0

    def speak(self, visit: Visit) -> None:
        """Write as many messages as fall due."""
        s, group = self.model.q.speak, self.model.q.group
        if not group.peers_post or not visit.part:
            return
        mean = visit.utility / visit.read if visit.read else 0.0
        interest = 2.0 / (1.0 + math.exp(-s.interest_slope * mean))
        own = group.talk * self.talk * interest * (1.0 + s.recognition_gain * self.recognition)
        if s.recovery > 0.0:
            own *= 1.0 - math.exp(-visit.away / s.recovery)
        if self.talk_clock < 0.0:  # what was left unsaid is forgotten
            self.talk_clock = self.model.rng.standard_exponential()
        self.talk_clock -= own / (1.0 + own / s.saturation)
        written = 0
        while self.talk_clock <= 0.0 and written < s.most_posts:
            self.write(visit.best)
            self.talk_clock += self.model.rng.standard_exponential()
            written += 1

    def write(self, best: Message | None) -> None:
        """Answer the most interesting message read, go on in a thread, or open one."""
        s, rng = self.model.q.speak, self.model.rng
        kind, topic, valence, opener = "chat", self.topic, self.opinion(), None
        answered, luck = best or self.thread_in_feed(), rng.random()
        if answered is not None and luck < s.reply_share:
            kind, topic, opener = "reply", answered.topic, answered.opener or answered
            author = (
                best.author if best is not None and luck < s.reply_share * s.addressed else None
            )
            if author is not None and author.is_here:
                author.replies += 1
        elif rng.random() < s.question_share:
            kind, valence = "question", 0.0
        elif valence < -s.complaint_threshold:
            kind = "complaint"
        quality = max(0.0, rng.normal(s.quality, s.quality_spread))
        self.post(kind, topic, quality, valence, opener)
        self.thread = opener or self.model.feed[-1]

    def thread_in_feed(self) -> Message | None:
        """The message that opened the thread written in last, if the feed still holds it."""
        thread, model = self.thread, self.model
        remembered = thread is not None and model.newest - thread.number < model.feed.maxlen
        return thread if remembered else None

    def opinion(self) -> float:
        s, satisfaction = self.model.q.speak, self.satisfaction
        chance = s.mention + s.mention_extreme * abs(satisfaction)
        return satisfaction if self.orders and self.model.rng.random() < chance else 0.0

    def post(
        self, kind: str, topic: float, quality: float, valence: float, opener: Message | None = None
    ) -> None:
        s = self.model.q.speak
        length = s.length * math.exp(self.model.rng.normal(0.0, s.length_spread))
        more = {"valence": valence, "voice": self.voice, "opener": opener}
        self.model.publish(self, kind, topic, quality, length, **more)
        self.posts += 1
        self.read_upto = self.model.newest

    def buy(self, visit: Visit, time: float) -> None:
        """On each purchase occasion that is due, choose between the product and nothing."""
        b, rng = self.model.q.buy, self.model.rng
        self.need_clock -= self.need_rate * b.reminder * visit.promos
        while self.need_clock <= 0.0:
            chance = 1.0 / (1.0 + math.exp(-self.product_utility(time)))
            if rng.random() < chance:
                self.order()
            self.need_clock += rng.standard_exponential()

    def product_utility(self, time: float) -> float:
        q, b, product = self.model.q, self.model.q.buy, self.model.q.product
        dose = self.awareness / q.feel.awareness_peak
        return (
            b.constant
            + b.awareness * dose * math.exp(1.0 - dose)
            + b.attitude * self.attitude
            + self.quality_weight * product.quality
            + self.face_weight * product.status
            - self.price_weight * product.price / max(1e-9, self.budget)
            + b.herd * self.conformity * math.log(1.0 + self.model.visible_orders(time))
        )

    def order(self) -> None:
        q, model = self.model.q, self.model
        gap = model.rng.normal(q.product.quality, q.buy.noise) - self.expectation
        self.satisfaction = min(1.0, max(-1.0, gap))
        self.expectation += q.buy.expectation_rate * gap
        self.orders += 1
        self.habit += q.feel.habit_order * (1.0 - self.habit)
        model.today["orders"] += 1
        if q.group.peers_post and model.rng.random() < q.speak.order_share:
            model.orders_shown += 1.0
            self.post("order_share", self.topic, q.speak.quality, self.satisfaction)

    def invite(self) -> None:
        """Send the invitations that are due; they arrive at midnight."""
        while self.invite_clock <= 0.0:
            self.pending_invitations += 1
            self.invite_clock += self.model.rng.standard_exponential()

    def next_contact(self) -> Person:
        """Contacts take turns; who they are is drawn when first needed."""
        turn = self.delivered % self.reach
        if turn == len(self.contacts):
            self.contacts.append(self.model.draw_contact(self.row))
        return self.contacts[turn]

    def deliver_invitation(self, time: float) -> Person | None:
        """The contact, if free and persuaded to join."""
        i = self.model.q.invite
        if not self.reach:
            return None
        other = self.next_contact()
        self.delivered += 1
        waited = other.status == "left" and time - other.left_at >= i.refractory
        if other.status != "outside" and not waited:
            return None
        other.asked_by.add(self)
        trust = 1.0 - i.trust + i.trust * 2.0 * self.voice / (1.0 + self.voice)
        chance = i.accept * other.relevance(self.model.q.group.topic) * trust
        chance *= (1.0 - i.friction) ** i.clicks
        persuaded = self.model.rng.random() < chance
        return other if persuaded and len(other.asked_by) >= i.threshold else None


class PlainCommunity(mesa.Model):
    """A market, one group in it, and an operator who posts."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        super().__init__(rng=seed)
        q = scenario.parameters
        if q.group.count != 1 or q.group.overflow != "turn-away" or q.market.network:
            raise ValueError("the plain version has one group, overflow turn-away, no network")
        if q.market.rivals or any(
            getattr(q, name) != getattr(Parameters(), name) for name in LEVERS
        ):
            raise ValueError("the plain version has one operator, who only posts")
        on = [path for path, value in OFF.items() if scenario.value(path) != value]
        on += ["past.days"] if scenario.past.days else []
        if on:
            raise ValueError(f"the plain version has no {', '.join(on)}")
        self.q = q
        self.seed_of_run = seed
        self.policy = make_policy(q, scenario.folder)
        self.day = 0
        self.newest = 0
        self.feed: deque[Message] = deque(maxlen=feed_length(q))
        self.group: list[Person] = []
        self.orders_shown, self.orders_shown_at = 0.0, 0.0
        self.messages_of_week: deque[int] = deque(maxlen=7)
        self.today: Counter[str] = Counter()
        self.prepare_rhythm()
        table, first = self.market(scenario, seed)
        self.people = self.make_people(table)
        for row in first:
            self.people[row].enter(0.0)
        counts = ("sessions", "read", "messages", "exits", "joins", "orders")
        self.record = mesa.DataCollector(
            {name: lambda model, name=name: model.today[name] for name in counts}
            | {"members": lambda model: len(model.group)}
            | {name: lambda model, name=name: model.mean(name) for name in ("habit", "irritation")}
        )

    @staticmethod
    def market(scenario: Scenario, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Everyone, still outside, and the rows of those who are in the group from the start."""
        q = scenario.parameters
        empty = scenario.with_values({"group.seed_members": 0, "group.seed_fill": 0.0}).parameters
        rules = np.array([kernel_record(q, seed, 0)])
        table = build([[empty]], seed, rules, no_network()).members
        return table, seed_order(q, seed, 0, table, rules)[: first_members(q)]

    def make_people(self, table: np.ndarray) -> list[Person]:
        names = [name for name in table.dtype.names if name not in NOT_TRAITS]
        columns = zip(*(table[name].tolist() for name in names), strict=True)
        return [Person(self, row, dict(zip(names, line, strict=True)))
                for row, line in enumerate(columns)]  # fmt: skip

    def prepare_rhythm(self) -> None:
        rhythm = self.q.rhythm
        hours, days = np.array(rhythm.hours), np.array(rhythm.weekdays)
        hourly = rhythm.strength * hours / hours.mean() + 1.0 - rhythm.strength
        self.weekday_factors = rhythm.strength * days / days.mean() + 1.0 - rhythm.strength
        self.share_of_day = np.concatenate([[0.0], np.cumsum(hourly) / hourly.sum()])

    def mean(self, name: str) -> float:
        values = [getattr(person, name) for person in self.group]
        return sum(values) / max(1, len(values))

    def visible_orders(self, time: float) -> float:
        elapsed = time - self.orders_shown_at
        self.orders_shown *= fading(self.q.buy.visible_half_life, elapsed)
        self.orders_shown_at = time
        return self.orders_shown

    def publish(self, author: Person | None, kind: str, *details: float, **more: Any) -> None:
        self.newest += 1
        self.feed.append(Message(self.newest, author, kind, *details, **more))
        self.today["messages"] += author is not None

    def plan_sessions(self) -> list[tuple[float, Person, bool]]:
        factor, muted = self.weekday_factors[self.day % 7], self.q.rhythm.muted
        means = [
            person.session_rate * person.habit * factor * (muted if person.status == "muted" else 1)
            for person in self.group
        ]
        counts = self.rng.poisson(means)
        hours = np.interp(self.rng.random(counts.sum()), self.share_of_day, np.arange(25))
        visitors = [person for person, n in zip(self.group, counts, strict=True) for _ in range(n)]
        part = [
            luck < person.willingness
            for luck, person in zip(self.rng.random(len(visitors)), visitors, strict=True)
        ]
        return list(zip((self.day + hours / 24.0).tolist(), visitors, part, strict=True))

    def plan_posts(self) -> list[tuple[float, Post, bool]]:
        messages = sum(self.messages_of_week) / max(1, len(self.messages_of_week))
        seen = Observation(
            self.seed_of_run, 1, np.array([float(len(self.group))]), np.array([messages]),
            joins=0.0, exits=0.0, mutes=0.0, complaints=0.0, orders=0.0,
        )  # fmt: skip
        posts = self.policy.plan(self.day, seen)
        return [(self.day + hour / 24.0, post, True) for post in posts for hour in post.hours]

    def step(self) -> None:
        """One day: posts and sessions in order of time, then midnight."""
        self.today.clear()
        events = self.plan_posts() + self.plan_sessions()
        for time, who, part in sorted(events, key=lambda event: event[0]):
            if isinstance(who, Person):
                who.session(time, part)
            else:
                topic = self.q.group.topic if who.topic < 0.0 else who.topic
                self.publish(
                    None, who.kind, topic, who.quality, who.length, who.overtness, who.prize
                )
        self.midnight()
        self.messages_of_week.append(self.today["messages"])
        self.record.collect(self)
        self.day += 1

    def midnight(self) -> None:
        time = self.day + 1.0
        for person in list(self.group):
            if person.stay(time):
                person.wait(time)
        for _, person in sorted(self.invited(time) + self.discovered(time), key=lambda a: a[0]):
            if len(self.group) < self.q.group.capacity and not person.is_here:
                person.enter(time)
                self.today["joins"] += 1

    def invited(self, time: float) -> list[tuple[float, Person]]:
        arrivals = []
        for inviter in self.people:
            for _ in range(inviter.pending_invitations):
                if (person := inviter.deliver_invitation(time)) is not None:
                    arrivals.append((inviter.last_session_at, person))
            inviter.pending_invitations = 0
        return arrivals

    def discovered(self, time: float) -> list[tuple[float, Person]]:
        d, arrivals = self.q.discovery, []
        outsiders = [person for person in self.people if person.status == "outside"]
        base = d.rate + d.ad_budget / d.ad_cost * d.ad_response / max(1, len(outsiders))
        for person in outsiders:
            hazard = base * (person.relevance(self.q.group.topic) if d.relevance else 1.0)
            person.membership_clock -= hazard
            if person.membership_clock <= 0.0 < hazard:
                arrivals.append((time + person.membership_clock / hazard, person))
                person.membership_clock = self.rng.standard_exponential()
        return arrivals

    def draw_contact(self, row: int) -> Person:
        """With probability homophily someone nearby in the table, who is alike; else anyone."""
        market, n = self.q.market, len(self.people)
        if self.rng.random() < market.homophily:
            width = min(market.neighbourhood, max(1, (n - 1) // 2))
            step = int(self.rng.integers(1, width, endpoint=True))
            return self.people[(row + step * int(self.rng.choice((-1, 1)))) % n]
        other = int(self.rng.integers(n - 1))
        return self.people[other + (other >= row)]
