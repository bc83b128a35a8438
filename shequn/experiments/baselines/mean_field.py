"""The package's own model without people: everybody is alike, and only means matter.

A baseline that knows every mechanism of growth, habit and talk, but no differences between people
and no chance, except that joins, stays and messages are drawn from their expected numbers at the
end.
What it misses is what heterogeneity and randomness add. Everybody has the mean session rate and
talk of the scenario's people, the exit rate at which the mean stay within the run is theirs (the
mean of the rates themselves belongs to those who leave at once), and the median half-lives. State
of one group on day t: O outside, M members, h their mean habit, w their mean willingness, z their
mean zeal to invite. With the scenario's parameters named in brackets and relevance averaged over
the circle of topics,

    v     = [session_rate] h + [group.glance] b N / (N + 1)     visits of a member a day
    N     = P / v                                               messages new at a visit, before it
    u     = [speak.quality] r - [read.cost] l                   worth of a message to a reader
    y     = [group.talk] [talk]                                 on the tongue, at no interest
    y'    = 2 y / (1 + e^(-[interest_slope] u)) / (1 + v [recovery])
    k     = [conversation] y / (y + [reserve]) S                messages that follow upon one
    S     = [follow_up] + (1 - [follow_up]) sum of P(R >= i) i^-[sharing] / zeta([sharing])
    R     ~ Poisson(M w (v [lively] + [alert] h))               who reads it while fresh
    P     = (M v w y' / (1 + y' / [saturation]) + [arrival] J) / (1 - k)      messages a day
    e     = exp(-N)                                             chance that nothing is new
    dh/dt = v q ((1 - e) g(u, h) - e [habit_empty] h) - ln 2 / [habit_half_life] h
    q     = 1 / (1 + v [spacing])                               how much a visit teaches
    g     = [habit_gain] c (1 - h) if u >= 0, else -[habit_loss] c h;  c = G / (G + [enough])
    G     = N min(1, |u|) / (1 - e)                             what was good, or bad, about it
    dw/dt = the same of w, with [willingness_gain], and with q (w + (1 - w) [willingness_reading])
    x     = [exit_rate] e^(-[stay.belonging] b - [stay.habit] h) + [stay.silent] / (1 + v [silence])
    i     = ([invite.rate] + [from_belonging] b) z
    J     = O (1 - exp(-[discovery.rate] r - i a M / n))
    a     = [accept] r (1 - [trust] (1 - 2 v' / (1 + v'))) (1 - [friction])^[clicks]
    dz/dt = -ln 2 / [novelty_half_life] z

a day; b = [belonging_start], r = 2 atan(f / 2) / f with f = 1 / [topic_breadth], l the mean reading
time, n the market of the group, v' the mean [voice]; r is left out of J without
[discovery.relevance]. Where a time between two visits matters it is exponential with mean 1 / v.
[follow_up] is left out of S where nobody stays on ([linger] 0). J people move from outside to
members each midnight, with habit [habit_start], willingness [willingness_start] and zeal 1, which
enter the means; M (1 - e^-x) leave for good. Groups do not touch each other. Left out: what an
operator posts, purchases, events, muting, replies, mentions, calls, needs, search, familiarity,
irritation, the end of a day, the hours of a day.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import betaincinv, gammainc, gammaincinv, ndtri, zeta

from shequn.agents.errors import Problem, ScenarioError
from shequn.experiments.facts.records import Records
from shequn.model.scenario import Scenario

_LN2 = math.log(2.0)
_QUANTILES = 2000
_READERS = 1000  # further readers of a fresh message add nothing to speak of


@dataclass(frozen=True)
class MeanPerson:
    """The traits that everybody has.

    Attributes
    ----------
    session_rate, exit_rate : float
        Per day.
    talk : float
        Messages on the tongue in a visit, at no interest.
    voice : float
        Weight that others give to this person.
    """

    session_rate: float
    exit_rate: float
    talk: float
    voice: float


@dataclass(frozen=True, eq=False)
class Course:
    """What is expected of each group on each day.

    Attributes
    ----------
    joins, invited, exits, posts : numpy.ndarray
        People who join at the midnight that ends the day, the share of these who were invited,
        hazard of leaving during the day, and messages of the day: float64, shape (days, groups).
    members : numpy.ndarray
        After each midnight, float64, shape (days + 1, groups).
    """

    joins: np.ndarray
    invited: np.ndarray
    exits: np.ndarray
    posts: np.ndarray
    members: np.ndarray


@dataclass(frozen=True, eq=False)
class MeanField:
    """The baseline.

    Attributes
    ----------
    scenario : Scenario
        Whose parameters it takes; it is fitted to nothing else.
    """

    scenario: Scenario = field(repr=False)
    name: str = "mean field"

    @classmethod
    def fit(cls, scenario: Scenario) -> MeanField:
        """Take the parameters of a scenario, as calibrated or written.

        Parameters
        ----------
        scenario : Scenario
            The scenario.

        Returns
        -------
        MeanField
            The baseline.

        Raises
        ------
        ScenarioError
            If the scenario has a past: the equations begin with newcomers.
        """
        if scenario.past.days:
            words = f"{scenario.past.days}: the mean field begins at day 0; set it to 0"
            raise ScenarioError([Problem("past.days", words)])
        return cls(scenario)

    def person(self) -> MeanPerson:
        """The person that everybody is.

        Returns
        -------
        MeanPerson
            Means over the tiers, by share.
        """
        tree, days = self.scenario.parameters, self.scenario.days
        tiers = (tree.tiers.high, tree.tiers.middle, tree.tiers.base)
        shares = np.array([tier.share for tier in tiers])
        shares = shares / shares.sum()

        def mean(name: str) -> float:
            shape, spread = getattr(tree.shape, name, "constant"), getattr(tree.spread, name)
            # Of the shapes that talk and sessions can have, only the lognormal's value is no mean.
            raised = math.exp(spread**2 / 2.0) if shape == "lognormal" else 1.0
            return float(shares @ [getattr(tier, name) * raised for tier in tiers])

        rates = [
            _quantiles(t.exit_rate, tree.shape.exit_rate, tree.spread.exit_rate) for t in tiers
        ]
        stay = float(shares @ [_mean_stay(of_tier, days).mean() for of_tier in rates])
        return MeanPerson(
            session_rate=min(mean("session_rate"), 48.0),
            exit_rate=_rate_of_stay(stay, days),
            talk=tree.group.talk * mean("talk"),
            voice=float(shares @ [tier.voice for tier in tiers]),
        )

    def markets(self) -> np.ndarray:
        """People who live near each group.

        Returns
        -------
        numpy.ndarray
            float64, shape (groups,): the market, divided in proportion to the quantiles of the
            lognormal distribution with spread ``group.home_spread``.
        """
        group, people = self.scenario.parameters.group, self.scenario.parameters.market.people
        place = (np.arange(group.count) + 0.5) / group.count
        size = np.exp(group.home_spread * ndtri(place))
        return people * size / size.sum()

    def course(self) -> Course:
        """Solve the equations, a day at a time.

        Returns
        -------
        Course
            Expected numbers, for the scenario's days.
        """
        tree, person, markets = self.scenario.parameters, self.person(), self.markets()
        days, worth = self.scenario.days, self.worth()
        shape = (days, len(markets))
        joins, invited, exits, posts = (np.zeros(shape) for _ in range(4))
        members = np.zeros((days + 1, len(markets)))
        members[0] = np.minimum(tree.group.seed_members, markets)
        outside = markets - members[0]
        habit = np.full(len(markets), tree.feel.habit_start)
        willing = np.full(len(markets), tree.feel.willingness_start)
        new, came = np.zeros(len(markets)), members[0]
        zeal = np.ones(len(markets))
        trusted = 1.0 - tree.invite.trust * (1.0 - 2.0 * person.voice / (1.0 + person.voice))
        passes = (1.0 - tree.invite.friction) ** tree.invite.clicks
        passes *= min(1.0, tree.invite.accept * self.relevance() * trusted)
        found = tree.discovery.rate * (self.relevance() if tree.discovery.relevance else 1.0)
        room = np.inf if tree.group.overflow == "open" else tree.group.capacity
        for day in range(days):
            here = members[day]
            glances = tree.group.glance * tree.feel.belonging_start * new / (new + 1.0)
            visits = np.maximum(person.session_rate * habit + glances, 1e-300)
            begun = here * visits * willing * self.own_talk(visits, person.talk, worth)
            begun += tree.speak.arrival * came
            follow = self.successors(here * willing, visits, habit, person.talk)
            posts[day] = begun / (1.0 - follow)
            new = posts[day] / visits
            habit, willing = self._learned(habit, willing, visits, new, worth)
            exits[day] = self.hazard(habit, visits, person.exit_rate)
            rate = tree.invite.rate + tree.invite.from_belonging * tree.feel.belonging_start
            asked = rate * zeal * passes * here / np.maximum(markets, 1.0)
            joins[day] = outside * -np.expm1(-found - asked)
            came = joins[day] = np.minimum(joins[day], np.maximum(room - here, 0.0))
            invited[day] = asked / np.maximum(found + asked, 1e-300)
            outside = outside - joins[day]
            stay = here * np.exp(-exits[day])
            members[day + 1] = stay + joins[day]
            total = np.maximum(members[day + 1], 1e-300)
            habit = (stay * habit + came * tree.feel.habit_start) / total
            willing = (stay * willing + came * tree.feel.willingness_start) / total
            faded = zeal * math.exp(-_LN2 / tree.invite.novelty_half_life)
            zeal = (stay * faded + joins[day]) / total
        return Course(joins, invited, exits, posts, members)

    def worth(self) -> float:
        """Mean worth of a message to a reader, u of the equations.

        Returns
        -------
        float
            In units of quality.
        """
        tree = self.scenario.parameters
        length = tree.speak.length * math.exp(tree.speak.length_spread**2 / 2.0)
        return tree.speak.quality * self.relevance() - tree.read.cost * length

    def relevance(self) -> float:
        """Mean relevance of a topic to an interest, both anywhere on the circle.

        Returns
        -------
        float
            Mean of 1 / (1 + (f x)^2) over x from 0 to 1/2.
        """
        focus = 1.0 / self.scenario.parameters.read.topic_breadth
        return 2.0 * math.atan(focus / 2.0) / focus if focus > 0.0 else 1.0

    def own_talk(self, visits: np.ndarray, talk: float, worth: float) -> np.ndarray:
        """Messages of one's own in a visit that takes part, y' / (1 + y' / saturation).

        Parameters
        ----------
        visits : numpy.ndarray
            Visits of a member a day, above 0.
        talk : float
            On the tongue in a visit, at no interest.
        worth : float
            As `worth` gives it.

        Returns
        -------
        numpy.ndarray
            Same shape as ``visits``.
        """
        speak = self.scenario.parameters.speak
        interest = 2.0 / (1.0 + math.exp(-speak.interest_slope * worth))
        own = talk * interest / (1.0 + visits * speak.recovery)
        return own / (1.0 + own / speak.saturation)

    def successors(
        self, willing: np.ndarray, visits: np.ndarray, habit: np.ndarray, talk: float
    ) -> np.ndarray:
        """Messages that follow upon one because of it, k of the equations: below 1.

        Parameters
        ----------
        willing : numpy.ndarray
            Members who take part, by group: M w.
        visits, habit : numpy.ndarray
            Of a member a day, and the mean, same shape.
        talk : float
            On the tongue in a visit, at no interest.

        Returns
        -------
        numpy.ndarray
            Same shape.
        """
        tree = self.scenario.parameters
        speak, rhythm = tree.speak, tree.rhythm
        if speak.conversation == 0.0 or talk == 0.0:
            return np.zeros_like(visits)
        readers = willing * (visits * rhythm.lively / 1440.0 + tree.group.alert * habit)
        rank = np.arange(1.0, _READERS + 1.0)
        there = gammainc(rank, readers[:, None])  # P(Poisson >= rank)
        share = there @ rank**-speak.sharing / zeta(speak.sharing)
        others = (1.0 - speak.follow_up) * share
        author = speak.follow_up if rhythm.linger > 0.0 else 0.0
        return speak.conversation * talk / (talk + speak.reserve) * (author + others)

    def hazard(self, habit: np.ndarray, visits: np.ndarray, base: float) -> np.ndarray:
        """Hazard of leaving, x of the equations: a tie relieves it, silence adds to it.

        Parameters
        ----------
        habit, visits : numpy.ndarray
            Mean habit of the members of each group, 0 to 1, and their visits a day.
        base : float
            The person's exit rate, per day.

        Returns
        -------
        numpy.ndarray
            Per day, same shape.
        """
        stay = self.scenario.parameters.stay
        belonging = self.scenario.parameters.feel.belonging_start
        relief = np.exp(-stay.belonging * belonging - stay.habit * habit)
        return base * relief + stay.silent / (1.0 + visits * stay.silence)

    def records(self, seed: int) -> Records:
        """Draw people and messages from the expected numbers.

        Parameters
        ----------
        seed : int
            Key of the Philox generator.

        Returns
        -------
        Records
            `members`, `weeks` (events NaN) and `messages` without threads. Joins of a day are
            Poisson, stays end at the hazard of each day, every member writes as a Poisson process
            of the same rate, and an invited person was asked by any member.
        """
        generator = np.random.Generator(np.random.Philox(key=seed))
        course = self.course()
        parts = [_group(group, column, generator) for group, column in enumerate(_columns(course))]
        members, messages, weeks = (
            pd.concat(tables, ignore_index=True) for tables in zip(*parts, strict=True)
        )
        return Records(
            days=float(self.scenario.days), messages=messages, members=members, weeks=weeks
        )

    def _learned(
        self,
        habit: np.ndarray,
        willing: np.ndarray,
        visits: np.ndarray,
        new: np.ndarray,
        worth: float,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Habit and willingness after a day: exact with coefficients held over the day."""
        feel = self.scenario.parameters.feel
        taught = visits / (1.0 + visits * feel.spacing)
        something = -np.expm1(-new)
        sum_of = new * min(1.0, abs(worth)) / np.maximum(something, 1e-300)
        enough = something * sum_of / (sum_of + feel.enough)
        good, bad = (enough, 0.0) if worth >= 0.0 else (0.0, enough)
        fall = bad * feel.habit_loss + (1.0 - something) * feel.habit_empty

        def after(stock: np.ndarray, gain: float, weight: np.ndarray, fade: float) -> np.ndarray:
            up = weight * good * gain
            pull = up + weight * fall + fade
            rest = up / np.maximum(pull, 1e-300)
            return rest + (stock - rest) * np.exp(-pull)

        part = willing + (1.0 - willing) * feel.willingness_reading
        return (
            after(habit, feel.habit_gain, taught, _LN2 / feel.habit_half_life),
            after(willing, feel.willingness_gain, taught * part, _LN2 / feel.willingness_half_life),
        )


def _quantiles(value: float, shape: str, spread: float) -> np.ndarray:
    """Evenly spaced quantiles of a rate, as `shequn.model.parameters.people.Shape` has it."""
    u = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    if shape == "lognormal":
        return value * np.exp(spread * ndtri(u))
    if shape == "gamma":
        return value / spread * gammaincinv(spread, u)
    if shape == "beta-geometric":
        mean = min(max(value, 1e-9), 1.0 - 1e-9)
        return -np.log1p(
            -np.minimum(betaincinv(mean * spread, (1.0 - mean) * spread, u), 1 - 1e-12)
        )
    return np.full(_QUANTILES, value)


def _mean_stay(rate: np.ndarray, days: float) -> np.ndarray:
    """Expected days of a stay that ends at the rate or after so many days."""
    rate = np.maximum(rate, 1e-12)
    return -np.expm1(-rate * days) / rate


def _rate_of_stay(stay: float, days: float) -> float:
    """The rate at which a stay lasts so long."""
    if stay >= days * (1.0 - 1e-9):
        return 0.0
    low, high = math.log(1e-12), math.log(1e6)
    found: Any = brentq(lambda at: float(_mean_stay(np.exp(at), days)) - stay, low, high)
    return math.exp(float(found))


def _columns(course: Course) -> list[tuple[np.ndarray, ...]]:
    """The course of each group: joins, invited, exits, posts, members at the start."""
    parts = (course.joins, course.invited, course.exits, course.posts, course.members)
    return [tuple(part[:, group] for part in parts) for group in range(course.joins.shape[1])]


def _group(
    group: int, course: tuple[np.ndarray, ...], generator: np.random.Generator
) -> tuple[pd.DataFrame, ...]:
    """Members, messages and weeks of one group."""
    joins, invited, exits, posts, members = course
    days = len(joins)
    n_seeds = int(round(float(members[0])))
    joined = np.concatenate(
        [np.zeros(n_seeds), np.repeat(np.arange(1.0, days + 1.0), generator.poisson(joins))]
    )
    # The day's hazard is spent on a unit exponential clock, as in the model.
    spent = np.concatenate([[0.0], np.cumsum(exits)])
    clock = spent[joined.astype(int)] + generator.exponential(size=len(joined))
    left = np.interp(clock, spent, np.arange(days + 1.0), right=np.nan)
    end = np.where(np.isnan(left), days, left)
    new = np.flatnonzero(joined > 0.0)
    asked = new[generator.random(len(new)) < invited[joined[new].astype(int) - 1]]
    inviter = np.full(len(joined), -1)
    for person in asked:
        there = np.flatnonzero((joined < joined[person]) & (end > joined[person] - 1.0))
        if len(there):
            inviter[person] = generator.choice(there)
    table: dict[str, Any] = {"person": np.arange(len(joined)), "joined_at": joined}
    people = pd.DataFrame({"community": group, **table, "left_at": left, "inviter": inviter})
    ends = np.arange(7, days + 1, 7)
    present = [int(((joined <= at) & ((end > at) | np.isnan(left))).sum()) for at in ends]
    weeks = pd.DataFrame(
        {"community": group, "week": np.arange(len(ends)), "members": present, "events": np.nan}
    )
    return (
        people,
        _messages(group, joined, end, posts / np.maximum(members[:-1], 1e-300), generator),
        weeks,
    )


def _messages(
    group: int,
    joined: np.ndarray,
    end: np.ndarray,
    rate: np.ndarray,
    generator: np.random.Generator,
) -> pd.DataFrame:
    """Messages of each member, Poisson with the rate of each day, while there.

    `joined` and `end`: days, float64, shape (people,); `rate`: messages a member and day, float64,
    shape (days,).
    """
    days = np.arange(len(rate) + 1.0)
    so_far = np.concatenate([[0.0], np.cumsum(rate)])
    start, stop = np.interp(joined, days, so_far), np.interp(end, days, so_far)
    counts = generator.poisson(np.maximum(stop - start, 0.0))
    author = np.repeat(np.arange(len(joined)), counts)
    at = start[author] + generator.random(len(author)) * (stop - start)[author]
    time = np.interp(at, so_far, days)
    order = np.argsort(time, kind="stable")
    return pd.DataFrame(
        {
            "community": np.full(len(author), group),
            "time": time[order],
            "person": author[order],
            "thread": np.full(len(author), -1),
        }
    )
