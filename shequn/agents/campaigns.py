"""Policies that combine posts over time: bursts, questions, community, conversion, listening."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shequn.agents.errors import PolicyError
from shequn.agents.own_policy import load_class, read_source
from shequn.agents.policies import (
    ROUNDING,
    Bombardment,
    Broadcast,
    Cadence,
    NoMarketing,
    Observation,
    Post,
    PostingPolicy,
    PrizeCampaign,
    Schedule,
    whole_number,
)
from shequn.agents.randomness import draw

_HIGHEST_LOAD = 3.0  # times the usual number of promotions


@dataclass
class Bursts:
    """Content every day; promotions only in the first ``burst_days`` of every ``burst_every``."""

    settings: Any

    def plan(self, day: int, observation: Observation) -> list[Post]:
        """Plan the day (see `PostingPolicy.plan`)."""
        s = self.settings
        cadence = Cadence(s)
        if day % s.burst_every < s.burst_days:
            return cadence.plan(day, observation)
        return cadence.soft(day, observation)


@dataclass
class QuestionAndAnswer:
    """The cadence, and ``asks_per_day`` questions to members, which make them talk."""

    settings: Any

    def plan(self, day: int, observation: Observation) -> list[Post]:
        """Plan the day (see `PostingPolicy.plan`)."""
        cadence = Cadence(self.settings)
        return cadence.plan(day, observation) + cadence.asks(day, observation)


@dataclass
class CommunityBuilding:
    """Content and questions, never a promotion: social marketing 2.0."""

    settings: Any

    def plan(self, day: int, observation: Observation) -> list[Post]:
        """Plan the day (see `PostingPolicy.plan`)."""
        cadence = Cadence(self.settings)
        return cadence.soft(day, observation) + cadence.asks(day, observation)


@dataclass
class ConferenceSelling:
    """Gather and maintain first; evidence and promotions in the last ``burst_days`` of a cycle.

    A cycle has ``burst_every`` days, as a conference has its programme.
    """

    settings: Any

    def plan(self, day: int, observation: Observation) -> list[Post]:
        """Plan the day (see `PostingPolicy.plan`)."""
        s = self.settings
        cadence = Cadence(s)
        if s.burst_every - day % s.burst_every <= s.burst_days:
            return cadence.plan(day, observation)
        warm = [post for post in cadence.soft(day, observation) if post.kind != "evidence"]
        return warm + cadence.asks(day, observation)


@dataclass
class WeeklyLoads:
    """Content every day, and the promotions a day that ``loads`` gives for each of twelve weeks."""

    settings: Any

    def plan(self, day: int, observation: Observation) -> list[Post]:
        """Plan the day (see `PostingPolicy.plan`)."""
        s = self.settings
        cadence = Cadence(s)
        posts = cadence.soft(day, observation)
        load = s.loads[day // 7 % len(s.loads)]
        if promos := whole_number(load, day):
            posts.append(cadence.promo(promos, day, observation))
        return posts


@dataclass
class Listening:
    """Promotions follow the trouble that the operator hears of; content may follow the talk.

    Trouble are exits, mutes and complaints for each 1,000 members and day, mean of a week.

    Parameters
    ----------
    settings : Policy
        The ``policy`` section.
    listening : Listening
        The ``listening`` section.
    proportional : bool
        False, a switch (bang-bang control): promotions as usual while trouble is at most
        ``target``, none above it. True: the number is multiplied by 1 + gain x (target - trouble) /
        target, within 0 to 3.
    """

    settings: Any
    listening: Any
    proportional: bool

    def plan(self, day: int, observation: Observation) -> list[Post]:
        """Plan the day (see `PostingPolicy.plan`)."""
        load = self.load(observation.trouble)
        posts = []
        for post in Cadence(self.settings).plan(day, observation):
            if post.kind == "promo":
                posts += self._scaled(post, load, day, observation)
            elif post.kind == "content":
                posts.append(post._replace(topic=self.topic(post.topic, observation)))
            else:
                posts.append(post)
        return posts

    def load(self, trouble: float) -> float:
        """Promotions, as a multiple of the usual number (eq. 7.17-2)."""
        target = self.listening.target
        if not self.proportional:
            return float(trouble <= target)
        return min(_HIGHEST_LOAD, max(0.0, 1.0 + self.listening.gain * (target - trouble) / target))

    def topic(self, own: float, seen: Observation) -> float:
        """Topic of content: moved by ``topic_gain`` towards what members write about."""
        gain = self.listening.topic_gain
        if gain <= 0.0 or seen.heard_topic < 0.0 or not seen.topics:
            return own
        base = own if own >= 0.0 else seen.topics[0]
        gap = (seen.heard_topic - base + 0.5) % 1.0 - 0.5
        return (base + gain * gap) % 1.0

    @staticmethod
    def _scaled(post: Post, load: float, day: int, seen: Observation) -> list[Post]:
        """As many promotions as the load says, fractions rounded by a keyed draw."""
        luck = draw(np.uint64(seen.seed), ROUNDING, 0, day)[1]
        count = math.floor(load * len(post.hours) + luck)
        if count <= len(post.hours):
            return [post._replace(hours=post.hours[:count])] if count else []
        step = 24.0 / 96.0  # further ones a quarter of an hour after the first, in turn
        extra = [
            (post.hours[k % len(post.hours)] + step * (k // len(post.hours))) % 24.0
            for k in range(count)
        ]
        return [post._replace(hours=tuple(sorted(extra)))]


def check_policy(parameters: Any, folder: Path) -> None:
    """See whether the policy that a scenario names can be used; nothing of it is run.

    Parameters
    ----------
    parameters, folder
        As for `make_policy`.

    Raises
    ------
    PolicyError
        If its file cannot be used.
    """
    s = parameters.policy
    if s.name == "file":
        read_source(folder / s.file, s.class_name)
    elif s.file:
        make_policy(parameters, folder)  # a table, or a file that is not used


def make_policy(parameters: Any, folder: Path) -> PostingPolicy:
    """The policy that a scenario names.

    Parameters
    ----------
    parameters : Parameters
        The operator's tree: sections ``policy`` and ``listening``.
    folder : Path
        Folder to which a relative file path belongs.

    Returns
    -------
    PostingPolicy
        A new object.

    Raises
    ------
    PolicyError
        If its file cannot be used.
    """
    s = parameters.policy
    if s.name == "schedule":
        return Schedule(folder / s.file)
    if s.name == "file":
        kind = load_class(folder / s.file, s.class_name)
        try:
            return kind()
        except (Exception, SystemExit) as error:  # the user's code may raise anything
            raise PolicyError(f"{s.file}: {type(error).__name__}: {error}") from error
    if s.name == "none":
        return NoMarketing()
    if s.name.startswith("listening"):
        return Listening(s, parameters.listening, s.name == "listening-proportional")
    built_in = {
        "cadence": Cadence, "broadcast": Broadcast, "prize-campaign": PrizeCampaign,
        "bombardment": Bombardment, "bursts": Bursts, "question-and-answer": QuestionAndAnswer,
        "community": CommunityBuilding, "conversion": QuestionAndAnswer,
        "conference": ConferenceSelling, "weekly-loads": WeeklyLoads,
    }  # fmt: skip
    return built_in[s.name](s)
