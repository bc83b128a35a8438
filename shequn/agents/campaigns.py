"""The built-in policies, as objects that plan a day; the plans are made by compiled code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from shequn.agents.errors import PolicyError, nearest
from shequn.agents.files import read_table
from shequn.agents.own_policy import load_class, read_source
from shequn.agents.planning import (
    MOST_PROMOS,
    SCHEDULED_DTYPE,
    View,
    load_of,
    plan_lines,
    policy_record,
    sheet,
)
from shequn.agents.policies import (
    Observation,
    Post,
    PostingPolicy,
    check_post,
    lines_of,
    posts_of,
)

_FIRST_LINES = 64
_NO_LINES = np.zeros(0, SCHEDULED_DTYPE)


def view_of(seen: Observation) -> View:
    """What a built-in policy looks at of what an operator can see."""
    topic = float(seen.topics[0]) if seen.topics else -1.0
    messages = np.asarray(seen.messages, float)
    return View(
        np.uint64(seen.seed), seen.groups, messages, float(seen.trouble), seen.heard_topic, topic
    )


@dataclass
class BuiltIn:
    """A policy that comes with the package.

    Parameters
    ----------
    settings : Policy
        The ``policy`` section; its name does not matter.
    listening : Listening, optional
        The ``listening`` section; only a listening policy needs it.
    """

    settings: Any
    listening: Any = None
    NAME: ClassVar[str] = "cadence"

    @property
    def name(self) -> str:
        """What a scenario calls it."""
        return self.NAME

    def record(self, owner: int = 0) -> np.ndarray:
        """The policy as numbers: see `shequn.agents.planning.policy_record`."""
        return policy_record(self.name, self.settings, self.listening, owner)

    def schedule(self, owner: int = 0) -> np.ndarray:
        """Its table of posts: SCHEDULED_DTYPE, no rows for most policies."""
        return _NO_LINES

    def plan(self, day: int, observation: Observation) -> list[Post]:
        """Plan the day (see `PostingPolicy.plan`)."""
        record, view, rows = self.record()[0], view_of(observation), self.schedule()
        paper = sheet(_FIRST_LINES)
        n = plan_lines(record, day, view, rows, paper)
        if n > len(paper.lines):
            paper = sheet(n)
            plan_lines(record, day, view, rows, paper)
        return posts_of(paper.lines[:n])


class Cadence(BuiltIn):
    """Content at a fixed cadence, and promotions by day or by share of all messages.

    With ``promo_share`` x, promotions make up x of all messages of each group, at most
    ``MOST_PROMOS`` a day. ``evidence_per_day`` posts show what buyers say.
    """

    MOST_PROMOS = MOST_PROMOS


class Broadcast(BuiltIn):
    """One channel, no conversation: the same posts at the same hour every day.

    ``content_per_day`` posts in all, of which the share ``promo_share`` are promotions.
    """

    NAME = "broadcast"


class PrizeCampaign(BuiltIn):
    """The cadence, and prize posts between ``prize_start`` and ``prize_stop``."""

    NAME = "prize-campaign"


class Bombardment(BuiltIn):
    """Nothing but hard-sell promotions around the clock: ``promos_per_day``, 30 when that is 0."""

    NAME = "bombardment"


class Bursts(BuiltIn):
    """Content every day; promotions only in the first ``burst_days`` of every ``burst_every``."""

    NAME = "bursts"


class QuestionAndAnswer(BuiltIn):
    """The cadence, and ``asks_per_day`` questions to members, which make them talk."""

    NAME = "question-and-answer"


class CommunityBuilding(BuiltIn):
    """Content and questions, never a promotion: social marketing 2.0."""

    NAME = "community"


class ConferenceSelling(BuiltIn):
    """Gather and maintain first; evidence and promotions in the last ``burst_days`` of a cycle.

    A cycle has ``burst_every`` days, as a conference has its programme.
    """

    NAME = "conference"


class WeeklyLoads(BuiltIn):
    """Content every day, and the promotions a day that ``loads`` gives for each of twelve weeks."""

    NAME = "weekly-loads"


@dataclass
class NoMarketing(BuiltIn):
    """The operator never posts."""

    settings: Any = None
    NAME = "none"


@dataclass
class Listening(BuiltIn):
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

    proportional: bool = False
    NAME = "listening"

    @property
    def name(self) -> str:
        """What a scenario calls it."""
        return "listening-proportional" if self.proportional else "listening-switch"

    def load(self, trouble: float) -> float:
        """Promotions, as a multiple of the usual number (eq. 7.17-2)."""
        return load_of(self.record()[0], trouble)


class Schedule(BuiltIn):
    """Posts read from a table: a CSV file with the columns day, hour, kind.

    Further columns, all optional: every (repeat after that many days, blank: once), quality,
    overtness, length, prize, group.
    """

    NAME = "schedule"
    _NUMBERS = ("quality", "overtness", "length", "prize")

    def __init__(self, path: Path) -> None:
        super().__init__(None)
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

    def schedule(self, owner: int = 0) -> np.ndarray:
        """Its table of posts: SCHEDULED_DTYPE."""
        posts = [post for _, _, post in self.lines]
        rows = np.zeros(len(posts), SCHEDULED_DTYPE)
        lines = lines_of(posts)
        for name in lines.dtype.names or ():
            rows[name] = lines[name]
        rows["owner"] = owner
        rows["day"] = [day for day, _, _ in self.lines]
        rows["every"] = [every for _, every, _ in self.lines]
        return rows


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
    if s.name.startswith("listening"):
        return Listening(s, parameters.listening, s.name == "listening-proportional")
    kinds: dict[str, Any] = {kind.NAME: kind for kind in BuiltIn.__subclasses__()}
    return kinds["question-and-answer" if s.name == "conversion" else s.name](s)
