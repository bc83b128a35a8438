"""Posting policies: small objects that plan the operator's day.

A policy has one method, ``plan(day, observation)``, and returns posts. It sees only what an
operator can see: counts, never the members' hidden states. Built-in policies keep no state, so a
world can be saved at any midnight; a policy of a user's own may keep plain attributes (numbers,
texts, lists), which are saved with the world.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from shequn.agents.errors import PolicyError, nearest
from shequn.agents.files import read_table
from shequn.agents.randomness import draw, stream

ROUNDING = stream("policy.rounding")
HOURS = stream("policy.hours")
POST_KINDS = ("content", "promo", "prize", "ask", "evidence")
APPEALS = ("none", "quality", "value", "face")
_LAST_MOMENT = 24.0 - 1e-6  # hour 24 is hour 0 of the next day


class Post(NamedTuple):
    """One post, or the same post at several hours.

    Attributes
    ----------
    kind : str
        ``content``, ``promo``, ``prize``, ``ask`` (a question to members) or ``evidence`` (what
        buyers say).
    hours : tuple of float
        Hours of the day at which it is posted, each 0 <= hour < 24.
    quality : float
        Value to a reader whose topic it is, 0 to 10.
    overtness : float
        0 soft placement to 1 hard sell; 0 is no persuasion.
    length : float
        Reading time in seconds, 0 to 3600.
    prize : float
        Value of a prize offered, in CNY.
    group : int
        Row of the group, -1 all groups.
    topic : float
        Position on the circle of topics, -1 the group's own.
    valence : float
        Opinion of the product expressed, -1 to 1; 0 none.
    audience : float
        Share of the members to whom a promotion is shown, 0 to 1; -1 what the scenario says
        (``targeting.audience``).
    appeal : str
        What a promotion appeals to: ``none``, ``quality``, ``value`` or ``face``.
    call : float
        How far it calls everyone (@all), 0 not at all to 1 (``group.call`` is the chance to come).
    """

    kind: str
    hours: tuple[float, ...]
    quality: float = 0.5
    overtness: float = 0.0
    length: float = 10.0
    prize: float = 0.0
    group: int = -1
    topic: float = -1.0
    valence: float = 0.0
    audience: float = -1.0
    appeal: str = "none"
    call: float = 0.0


@dataclass(frozen=True)
class Observation:
    """What an operator can see in the morning.

    Attributes
    ----------
    seed : int
        Seed of the run, for keyed draws.
    groups : int
        Open groups.
    members : numpy.ndarray
        float64, shape (groups,): members of each group.
    messages : numpy.ndarray
        float64, shape (groups,): messages that members wrote, per day, mean of the last 7 days.
    joins, exits, mutes, complaints, orders : float
        Yesterday's numbers, all groups together; older by ``listening.lag`` days, and off by
        ``listening.error``, when the scenario says so.
    questions, negative : float
        The same: questions asked, messages with a bad opinion of the product.
    trouble : float
        Exits, mutes and complaints for each 1,000 members and day, mean of 7 days.
    heard_topic : float
        Mean topic of what members wrote lately, -1 when not listened to.
    topics : tuple of float
        Topic centre of each group.
    """

    seed: int
    groups: int
    members: np.ndarray
    messages: np.ndarray
    joins: float
    exits: float
    mutes: float
    complaints: float
    orders: float
    questions: float = 0.0
    negative: float = 0.0
    trouble: float = 0.0
    heard_topic: float = -1.0
    topics: tuple[float, ...] = ()


@runtime_checkable
class PostingPolicy(Protocol):
    """Anything that plans a day's posts."""

    def plan(self, day: int, observation: Observation) -> Sequence[Post]:
        """Plan the posts of one day.

        Parameters
        ----------
        day : int
            Day of the run, from 0.
        observation : Observation
            What an operator can see this morning.

        Returns
        -------
        sequence of Post
            In any order.
        """
        ...


def spread_hours(count: int, first: float, last: float) -> tuple[float, ...]:
    """Evenly spread hours: the middles of ``count`` equal parts of the time from first to last.

    Parameters
    ----------
    count : int
        How many.
    first, last : float
        Hours of the day.

    Returns
    -------
    tuple of float
        Ascending.
    """
    step = (last - first) / max(1, count)
    return tuple(min(first + (k + 0.5) * step, _LAST_MOMENT) for k in range(count))


def hours_of(settings: Any, count: int, day: int, seed: int, kind: int = 0) -> tuple[float, ...]:
    """Hours of the day's posts of one kind: evenly spread and fixed, or drawn anew each day.

    Parameters
    ----------
    settings : Policy
        The ``policy`` section: hours, first_hour, last_hour.
    count : int
        How many.
    day : int
        The day.
    seed : int
        Seed of the run.
    kind : int
        Tells kinds of posts apart.

    Returns
    -------
    tuple of float
        Ascending.
    """
    first, last = settings.first_hour, settings.last_hour
    if settings.hours == "fixed":
        return spread_hours(count, first, last)
    luck = [draw(np.uint64(seed), HOURS, kind, day * 1024 + k)[0] for k in range(count)]
    return tuple(sorted(min(first + u * (last - first), _LAST_MOMENT) for u in luck))


def whole_number(rate: float, day: int) -> int:
    """Posts due on a day at a constant rate per day: no rounding loss over many days."""
    return math.floor(rate * (day + 1) + 1e-9) - math.floor(rate * day + 1e-9)


@dataclass
class Cadence:
    """Content at a fixed cadence, and promotions by day or by share of all messages.

    With ``promo_share`` x, promotions make up x of all messages of each group: x / (1 - x) times
    what members wrote (mean of the last week) and the operator's other posts, at most
    ``MOST_PROMOS`` a day; fractions are rounded by a keyed draw, one for all groups, so that groups
    alike get the same promotions on the same days, and one piece of work serves them all. With
    ``promo_share`` 1 all ``content_per_day`` posts are promotions. ``evidence_per_day`` posts show
    what buyers say.
    """

    settings: Any
    MOST_PROMOS = 200

    def plan(self, day: int, observation: Observation) -> list[Post]:
        """Plan the day (see `PostingPolicy.plan`)."""
        s = self.settings
        contents = whole_number(s.content_per_day, day)
        if s.promo_share >= 1.0:
            return [self.promo(contents, day, observation)] if contents else []
        posts = self.soft(day, observation)
        if s.promo_share > 0.0:
            posts += self._promos_by_share(day, contents, observation)
        elif promos := whole_number(s.promos_per_day, day):
            posts.append(self.promo(promos, day, observation))
        return posts

    def soft(self, day: int, seen: Observation) -> list[Post]:
        """The day's content, and evidence."""
        s = self.settings
        posts = []
        if contents := whole_number(s.content_per_day, day):
            hours = hours_of(s, contents, day, seen.seed)
            posts.append(
                Post("content", hours, s.content_quality, 0.0, s.content_length, topic=s.topic)
            )
        if proofs := whole_number(s.evidence_per_day, day):
            hours = hours_of(s, proofs, day, seen.seed, 1)
            posts.append(
                Post(
                    "evidence",
                    hours,
                    s.promo_quality,
                    s.overtness,
                    s.promo_length,
                    valence=s.evidence_valence,
                )  # fmt: skip
            )
        return posts

    def asks(self, day: int, seen: Observation) -> list[Post]:
        """The day's questions to members."""
        s = self.settings
        count = whole_number(s.asks_per_day, day)
        hours = hours_of(s, count, day, seen.seed, 2)
        post = Post("ask", hours, s.content_quality, 0.0, s.promo_length, topic=s.topic)
        return [post] if count else []

    def promo(self, count: int, day: int, seen: Observation, group: int = -1) -> Post:
        """Promotions of one day, in one group or in all of them."""
        s = self.settings
        hours = hours_of(s, count, day, seen.seed, 3)
        return Post(
            "promo", hours, s.promo_quality, s.overtness, s.promo_length, group=group,
            appeal=s.appeal,
        )  # fmt: skip

    def _promos_by_share(self, day: int, contents: int, seen: Observation) -> list[Post]:
        share = self.settings.promo_share
        odds = share / (1.0 - share)
        posts = []
        luck = draw(np.uint64(seen.seed), ROUNDING, 0, day)[0]
        for group in range(seen.groups):
            others = float(seen.messages[group]) + contents
            wanted = min(self.MOST_PROMOS, odds * others)
            count = math.floor(wanted + luck)
            if count:
                posts.append(self.promo(count, day, seen, group))
        return posts


@dataclass
class Broadcast:
    """One channel, no conversation: the same posts at the same hour every day.

    ``content_per_day`` posts in all, of which the share ``promo_share`` are promotions.
    """

    settings: Any

    def plan(self, day: int, observation: Observation) -> list[Post]:
        """Plan the day (see `PostingPolicy.plan`)."""
        s = self.settings
        promos = whole_number(s.content_per_day * s.promo_share, day)
        contents = max(0, whole_number(s.content_per_day, day) - promos)
        last = min(24.0, s.first_hour + 1.0)
        posts = []
        if contents:
            hours = spread_hours(contents, s.first_hour, last)
            posts.append(Post("content", hours, s.content_quality, 0.0, s.content_length))
        if promos:
            hours = spread_hours(promos, s.first_hour, last)
            posts.append(Post("promo", hours, s.promo_quality, s.overtness, s.promo_length))
        return posts


@dataclass
class PrizeCampaign:
    """The cadence, and prize posts between ``prize_start`` and ``prize_stop``."""

    settings: Any

    def plan(self, day: int, observation: Observation) -> list[Post]:
        """Plan the day (see `PostingPolicy.plan`)."""
        s = self.settings
        posts = Cadence(s).plan(day, observation)
        if s.prize_start <= day < s.prize_stop:
            count = whole_number(s.prizes_per_day, day)
            hours = hours_of(s, count, day, observation.seed, 4)
            if count:
                posts.append(
                    Post(
                        "prize", hours, s.promo_quality, s.overtness, s.promo_length, s.prize_value
                    )
                )
        return posts


@dataclass
class NoMarketing:
    """The operator never posts."""

    def plan(self, day: int, observation: Observation) -> list[Post]:
        """Plan the day: nothing (see `PostingPolicy.plan`)."""
        return []


@dataclass
class Bombardment:
    """Nothing but hard-sell promotions around the clock: ``promos_per_day``, 30 when that is 0."""

    settings: Any

    def plan(self, day: int, observation: Observation) -> list[Post]:
        """Plan the day (see `PostingPolicy.plan`)."""
        s = self.settings
        count = whole_number(s.promos_per_day or 30.0, day)
        if not count:
            return []
        hours = spread_hours(count, 0.0, 24.0)
        return [Post("promo", hours, s.promo_quality, 1.0, s.promo_length)]


class Schedule:
    """Posts read from a table: a CSV file with the columns day, hour, kind.

    Further columns, all optional: every (repeat after that many days, blank: once), quality,
    overtness, length, prize, group.
    """

    _NUMBERS = ("quality", "overtness", "length", "prize")

    def __init__(self, path: Path) -> None:
        self.lines = [self._line(path, number, row) for number, row in _rows(path)]

    def _line(self, path: Path, number: int, row: dict[str, str]) -> tuple[int, int, Post]:
        try:
            day, hour = int(row["day"]), float(row["hour"])
            every = int(row.get("every") or 0)
            given: dict[str, Any] = {
                name: float(row[name]) for name in self._NUMBERS if row.get(name)
            }
            if row.get("group"):
                given["group"] = int(row["group"])
        except (TypeError, ValueError) as error:
            raise PolicyError(f"{path}: line {number}: not a number: {error}") from error
        if day < 0 or every < 0:
            raise PolicyError(f"{path}: line {number}: day and every must be 0 or more")
        post = Post(row["kind"], (hour,), **given)
        check_post(post, f"{path}: line {number}")
        return day, every, post

    def plan(self, day: int, observation: Observation) -> list[Post]:
        """Plan the day (see `PostingPolicy.plan`)."""
        return [
            post
            for first, every, post in self.lines
            if day == first or (every > 0 and day > first and (day - first) % every == 0)
        ]


_NEEDED = ("day", "hour", "kind")
_OPTIONAL = ("every", "quality", "overtness", "length", "prize", "group")


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        head, rows = read_table(path)
    except OSError as error:
        raise PolicyError(f"cannot read schedule {path}: {error.strerror}") from error
    _check_columns(path, head)
    return rows


def _check_columns(path: Path, names: Sequence[str]) -> None:
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise PolicyError(f"{path}: line 1: no column {', '.join(missing)}")
    for name in names:
        if name not in _NEEDED + _OPTIONAL:
            hint = nearest(name, _NEEDED + _OPTIONAL)
            raise PolicyError(f"{path}: line 1: '{name}' is no column of a schedule{hint}")


def check_post(post: Any, place: str) -> None:
    """Refuse what is no post.

    Parameters
    ----------
    post : object
        What a policy returned.
    place : str
        Where, for the message.

    Raises
    ------
    PolicyError
        With the rule that is broken.
    """
    if not isinstance(post, Post):
        raise PolicyError(f"{place}: {post!r} is no Post")
    if post.kind not in POST_KINDS:
        kinds = ", ".join(POST_KINDS)
        hint = nearest(str(post.kind), POST_KINDS)
        raise PolicyError(f"{place}: kind {post.kind!r} is not one of {kinds}{hint}")
    if post.appeal not in APPEALS:
        words = ", ".join(APPEALS)
        hint = nearest(str(post.appeal), APPEALS)
        raise PolicyError(f"{place}: appeal {post.appeal!r} is not one of {words}{hint}")
    if not isinstance(post.hours, tuple | list):
        raise PolicyError(f"{place}: hours {post.hours!r} is no tuple of hours")
    if not isinstance(post.group, int | np.integer) or post.group < -1:
        raise PolicyError(f"{place}: group {post.group!r} is no row of a group; -1: all groups")
    limits = {
        "quality": (0.0, 10.0), "overtness": (0.0, 1.0), "length": (0.0, 3600.0),
        "prize": (0.0, 1e6), "topic": (-1.0, 1.0), "valence": (-1.0, 1.0), "audience": (-1.0, 1.0),
        "call": (0.0, 1.0),
    }  # fmt: skip
    checks = [("hour", hour, 0.0, 24.0) for hour in post.hours]
    checks += [(name, getattr(post, name), low, high) for name, (low, high) in limits.items()]
    for name, value, low, high in checks:
        fine = isinstance(value, int | float | np.number) and low <= value <= high
        if not fine or (name == "hour" and value >= high):
            raise PolicyError(
                f"{place}: {name} {value!r} is out of range; allowed: {low:g} to {high:g}"
            )
