"""What has been read of an export so far: numbers only, a few dozen bytes for each message."""

from __future__ import annotations

from array import array
from collections import Counter
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from shequn.agents.errors import ShequnError
from shequn.experiments.imports.dates import SECONDS_PER_DAY, Dates
from shequn.experiments.imports.keys import hashed
from shequn.experiments.imports.marks import STEERING

JOINED, LEFT, REMOVED = range(3)
EVENTS = ("joined", "left", "removed")
NOBODY = -1
_SHOWN = 5  # places of what was not understood (assumed)
_MOST_PEOPLE = 2_000_000  # different names: more are lines taken for names (assumed)
_LONGEST_NAME = 500  # characters
_AT_A_TIME = 1 << 20
_LATEST = 2**32  # seconds: after the last year of a chat


class Missed(NamedTuple):
    """Something that was not understood: where, and why. Never what it says."""

    place: str
    reason: str


class Collector:
    """Takes messages and events from the reader of a format.

    Parameters
    ----------
    key : bytes
        With which names are hashed.
    dates : Dates
        Numbers and clocks of dates.

    Attributes
    ----------
    absolute : bool
        Whether times are seconds since 1970 in UTC; else they are the number of a date times 86,400
        and seconds since midnight.
    linked : bool
        Whether messages have identifiers and say what they answer.
    second, community, person, length, marks : array
        Of each message.
    number, answers : array
        Identifier of a message, and of the one that it answers (-1: of none); filled if `linked`.
    events : list of tuple
        Time, community, person or name, what, by whom: person, name or `NOBODY`.
    notices, programs, private : int
        Messages of the program itself; those by programs; chats between two that were left out.
    """

    def __init__(self, key: bytes, dates: Dates) -> None:
        self.key, self.dates = key, dates
        self.absolute = False
        self.linked = False
        self.second, self.number, self.answers = array("q"), array("q"), array("q")
        self.community, self.person, self.length = array("i"), array("i"), array("i")
        self.marks = array("B")
        self.events: list[tuple[int, int, Any, int, Any]] = []
        self.people: dict[str, int] = {}
        self.communities: dict[str, int] = {}
        self.hashes: list[str] = []
        self.community_hashes: list[str] = []
        self.notices = self.programs = self.private = 0
        self.missed: list[Missed] = []
        self.reasons: Counter[str] = Counter()
        self.first_seen: dict[int, str] = {}
        self._aliases: dict[tuple[int, str], int] = {}

    def __len__(self) -> int:
        """Messages."""
        return len(self.second)

    def community_of(self, name: str) -> int:
        """The number of a group, by its name or identifier; from 0."""
        if name not in self.communities:
            self.communities[name] = len(self.communities)
            self.community_hashes.append(hashed(self.key, name))
        return self.communities[name]

    def person_of(self, name: str) -> int:
        """The number of a person, by name or identifier; from 0, in the order of first mention."""
        person = self.people.get(name)
        if person is None:
            person = self.people[name] = len(self.hashes)
            if person > _MOST_PEOPLE:
                raise ShequnError(
                    f"the export: more than {_MOST_PEOPLE:,} different names; is it of this kind?"
                )
            self.hashes.append(hashed(self.key, name))
        return person

    def alias(self, community: int, name: str, person: int) -> None:
        """Say that a person is shown by a name in a group; a name of two people is nobody's."""
        place = (community, hashed(self.key, name))
        if self._aliases.setdefault(place, person) != person:
            self._aliases[place] = NOBODY

    def message(
        self, second: int, community: int, person: int, marks: int, length: int,
        number: int = -1, answers: int = -1,
    ) -> None:  # fmt: skip
        """Take a message.

        Parameters
        ----------
        second : int
            As `absolute` says.
        community, person : int
            As `community_of` and `person_of` number them.
        marks, length : int
            As `shequn.experiments.imports.marks.marked` tells them.
        number, answers : int
            Identifiers in the group; -1: none.
        """
        self.second.append(second)
        self.community.append(community)
        self.person.append(person)
        self.marks.append(marks)
        self.length.append(length)
        if self.linked:
            self.number.append(number)
            self.answers.append(answers)

    def event(self, second: int, community: int, who: Any, what: int, by: Any = NOBODY) -> None:
        """Take a join or an exit; ``who`` and ``by`` are a person's number or a name as shown."""
        self.events.append((second, community, who, what, by))

    def miss(self, place: str, reason: str) -> None:
        """Note what was not understood."""
        self.reasons[reason] += 1
        if len(self.missed) < _SHOWN:
            self.missed.append(Missed(place, reason))

    def resolved(self, community: int, who: Any) -> int:
        """The person that an event speaks of; `NOBODY` when two have the name."""
        if isinstance(who, int):
            return who
        person = self._aliases.get((community, hashed(self.key, who)))
        return self.person_of(who) if person is None else person

    def to_clock(self, second: np.ndarray, zone: str | None) -> None:
        """Turn times as they were taken into seconds since 1970 on the clock of the place.

        Parameters
        ----------
        second : numpy.ndarray
            int64; written over. What has no possible date is before year 0.
        zone : str, optional
            Into which absolute times are turned; UTC when None.
        """
        if self.absolute and zone is None:
            return
        days = None if self.absolute else self.dates.days()
        for start in range(0, len(second), _AT_A_TIME):
            part = second[start : start + _AT_A_TIME]
            if days is None:
                part[:] = _at(str(zone), part)
            else:
                part[:] = days[part // SECONDS_PER_DAY] * SECONDS_PER_DAY + part % SECONDS_PER_DAY


def _at(zone: str, second: np.ndarray) -> np.ndarray:
    """Local time of times in UTC; the difference changes at quarters of an hour only."""
    place = ZoneInfo(zone)
    quarters, which = np.unique(np.clip(second, 0, _LATEST) // 900, return_inverse=True)
    differences = [datetime.fromtimestamp(int(q) * 900, place).utcoffset() for q in quarters]
    shift = np.array([d.total_seconds() if d else 0.0 for d in differences], dtype=np.int64)
    return second + shift[which]


def clean_name(name: str) -> str:
    """A name without marks that steer the direction of writing and the sign of an unsaved contact.

    Returns
    -------
    str
        Empty when nothing is left, or it is too long for a name.
    """
    name = name.strip(STEERING + " \t\r\n\u00a0\u202f").removeprefix("~")
    name = name.strip(STEERING + " \t\u00a0\u202f")
    return name if len(name) <= _LONGEST_NAME else ""
