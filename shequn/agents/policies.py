"""Posting policies: small objects that plan the operator's day, and the posts that they plan.

A policy has one method, ``plan(day, observation)``, and returns posts. It sees only what an
operator can see: counts, never the members' hidden states. Built-in policies
(`shequn.agents.campaigns`) keep no state, so a world can be saved at any midnight; a policy of a
user's own may keep plain attributes (numbers, texts, lists), which are saved with the world.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from shequn.agents.errors import PolicyError, nearest
from shequn.agents.planning import LINE_DTYPE
from shequn.agents.tables import APPEALS, ASK, CONTENT, EVIDENCE, PRIZE, PROMO

POST_KINDS = ("content", "promo", "prize", "ask", "evidence")

_NUMBERS = {"content": CONTENT, "promo": PROMO, "prize": PRIZE, "ask": ASK, "evidence": EVIDENCE}
_WORDS = {number: word for word, number in _NUMBERS.items()}


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


def lines_of(posts: Sequence[Post]) -> np.ndarray:
    """Posts as lines of a plan, one for each hour.

    Parameters
    ----------
    posts : sequence of Post
        Checked posts.

    Returns
    -------
    numpy.ndarray
        LINE_DTYPE (`shequn.agents.planning`).
    """
    lines = [
        (
            hour, post.group, _NUMBERS[post.kind], APPEALS.index(post.appeal), *post[2:6],
            post.topic, post.valence, post.audience, post.call,
        )
        for post in posts
        for hour in post.hours
    ]  # fmt: skip
    return np.array(lines, LINE_DTYPE)


def posts_of(lines: np.ndarray) -> list[Post]:
    """Lines of a plan as posts: those that follow each other and differ by their hour are one.

    Parameters
    ----------
    lines : numpy.ndarray
        LINE_DTYPE.

    Returns
    -------
    list of Post
        In the same order.
    """
    posts = []
    for _, alike in groupby(lines.tolist(), key=lambda line: line[1:]):
        same = list(alike)
        (_, group, kind, appeal, quality, overtness, length, prize, topic, valence, audience,
         call) = same[0]  # fmt: skip
        hours = tuple(line[0] for line in same)
        posts.append(
            Post(
                _WORDS[kind],
                hours,
                quality,
                overtness,
                length,
                prize,
                group,
                topic,
                valence,
                audience,
                APPEALS[appeal],
                call,
            )  # fmt: skip
        )
    return posts
