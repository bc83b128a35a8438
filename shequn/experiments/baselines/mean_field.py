"""The package's own model without people: everybody is alike, and only means matter.

A baseline that knows every mechanism of growth, habit and talk, but no differences between people
and no chance, except that joins, stays and messages are drawn from their expected numbers at the
end.
What it misses is what heterogeneity and randomness add. Everybody has the mean session rate and
talk of the scenario's people, and the exit rate at which the mean stay within the run is theirs
(the mean of the rates themselves belongs to those who leave at once). State of one group on day t:
O outside, M members, h their mean habit, z their mean zeal to invite. With the scenario's
parameters named in brackets and relevance averaged over the circle of topics,

    s     = [session_rate] h                                   sessions of a member a day
    u     = [speak.quality] r - [read.cost] l                   worth of a message to a reader
    P     = M s [talk] 2 / (1 + e^(-[interest_slope] u))        messages a day
    e     = exp(-P / s)                                         chance that nothing is new
    dh/dt = s ((1 - e) g(u, h) - e [habit_empty] h) - ln 2 / [habit_half_life] h
    g     = [habit_gain] min(1, u) (1 - h) if u >= 0, else -[habit_loss] min(1, -u) h
    x     = hazard of leaving: [exit_rate] with the pressure -[stay.habit] h - [stay.belonging] b
    i     = ([invite.rate] + [from_belonging] b) z
    J     = O (1 - exp(-[discovery.rate] r - i a M / n))
    a     = [accept] r (1 - [trust] (1 - 2 v / (1 + v))) (1 - [friction])^[clicks]
    dz/dt = -ln 2 / [novelty_half_life] z

a day; b = [belonging_start], r = 2 atan(f / 2) / f with f = 1 / [topic_breadth], l the mean reading
time, n the market of the group, v the mean [voice]; r is left out of J without
[discovery.relevance]. J people move from outside to members each midnight, with habit
[habit_start] and zeal 1, which enter the means; M (1 - e^-x) leave for good. Groups do not touch
each other. Left out: what an operator posts, purchases, events, muting, replies, familiarity,
irritation, looking again, hours of the day.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import betaincinv, gammaincinv, ndtri

from shequn.agents.errors import Problem, ScenarioError
from shequn.experiments.facts.records import Records
from shequn.model.scenario import Scenario

_LN2 = math.log(2.0)
_QUANTILES = 2000


@dataclass(frozen=True)
class MeanPerson:
    """The traits that everybody has.

    Attributes
    ----------
    session_rate, exit_rate : float
        Per day.
    talk : float
        Messages expected in a session, at no interest.
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
            talk=mean("talk"),
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
        zeal = np.ones(len(markets))
        trusted = 1.0 - tree.invite.trust * (1.0 - 2.0 * person.voice / (1.0 + person.voice))
        passes = (1.0 - tree.invite.friction) ** tree.invite.clicks
        passes *= min(1.0, tree.invite.accept * self.relevance() * trusted)
        found = tree.discovery.rate * (self.relevance() if tree.discovery.relevance else 1.0)
        room = np.inf if tree.group.overflow == "open" else tree.group.capacity
        for day in range(days):
            here = members[day]
            sessions = person.session_rate * habit
            interest = 2.0 / (1.0 + math.exp(-tree.speak.interest_slope * worth))
            posts[day] = here * sessions * person.talk * interest
            habit = self._habit(habit, sessions, posts[day], worth)
            exits[day] = self.hazard(habit, person.exit_rate)
            rate = tree.invite.rate + tree.invite.from_belonging * tree.feel.belonging_start
            asked = rate * zeal * passes * here / np.maximum(markets, 1.0)
            joins[day] = outside * -np.expm1(-found - asked)
            joins[day] = np.minimum(joins[day], np.maximum(room - here, 0.0))
            invited[day] = asked / np.maximum(found + asked, 1e-300)
            outside = outside - joins[day]
            stay = here * np.exp(-exits[day])
            members[day + 1] = stay + joins[day]
            total = np.maximum(members[day + 1], 1e-300)
            habit = (stay * habit + joins[day] * tree.feel.habit_start) / total
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

    def hazard(self, habit: np.ndarray, base: float) -> np.ndarray:
        """Hazard of leaving, by the shape that the scenario names.

        Parameters
        ----------
        habit : numpy.ndarray
            Mean habit of the members of each group, 0 to 1.
        base : float
            The person's exit rate, per day.

        Returns
        -------
        numpy.ndarray
            Per day, same shape.
        """
        stay = self.scenario.parameters.stay
        belonging = self.scenario.parameters.feel.belonging_start
        pressure = -stay.habit * habit - stay.belonging * belonging
        if stay.shape == "exponential":
            return base * np.exp(pressure)
        push = pressure * np.abs(pressure) if stay.shape == "quadratic" else pressure
        return np.maximum(0.0, base + stay.scale * push)

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

    def _habit(
        self, habit: np.ndarray, sessions: np.ndarray, posts: np.ndarray, worth: float
    ) -> np.ndarray:
        """Habit after a day: exact for the equation with coefficients held over the day."""
        feel = self.scenario.parameters.feel
        nothing = np.exp(-posts / np.maximum(sessions, 1e-300))
        gain = feel.habit_gain * min(1.0, max(0.0, worth))
        loss = feel.habit_loss * min(1.0, max(0.0, -worth))
        up = sessions * (1.0 - nothing) * gain
        down = sessions * ((1.0 - nothing) * loss + nothing * feel.habit_empty)
        pull = up + down + _LN2 / feel.habit_half_life
        rest = up / np.maximum(pull, 1e-300)
        return rest + (habit - rest) * np.exp(-pull)


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
