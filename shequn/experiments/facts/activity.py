"""Who reads and who writes in a simulated world, noted at every midnight."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from shequn.agents.tables import CONTENT, INCIDENT, OPERATOR_AUTHOR
from shequn.experiments.facts.records import COLUMNS, empty_table
from shequn.model.world import World

WEEK = 7
LAST_FIRST_DAY = 1  # first members are those inside at the end of this day; days count from 0
_NEVER = -1_000_000
_FROM_LOG = ("messages", "by_operator")
# Columns that a world counts itself, and under what name.
_COUNTED = {name: name for name in ("read_1h", "read_12h", "read_24h")} | {"seen": "posts_read"}
_AT_MIDNIGHT = tuple(name for name in COLUMNS["activity"] if name not in {*_FROM_LOG, *_COUNTED})


class Activity:
    """The table of activity of a world, a row for each day and open group.

    A visit is known at midnight from the time of a member's last session, and that they wrote
    from the count of their messages. It looks at the tables, draws nothing and changes nothing.

    Parameters
    ----------
    community : World
        A world of which no day has passed; the groups looked at are those of the operator under
        study. For the table it must keep its messages.
    """

    def __init__(self, community: World) -> None:
        self._community = community
        people = len(community.own_members)
        self._posts = community.own_members["posts"].copy()
        self._wrote_on = np.full(people, _NEVER)
        self._first_in = np.full(people, -1)  # group of a first member
        self._first = np.zeros(0, np.int64)
        self._days: list[np.ndarray] = []

    def note(self) -> None:
        """Note the day that has just passed; to be called once after each step."""
        day, groups = self._community.day - 1, self._community.open_groups
        starts, rows = self._community.rosters
        rows = rows[: starts[groups]]  # members and muted members, group by group
        sizes = np.diff(starts[: groups + 1])
        if day <= LAST_FIRST_DAY:
            self._first_in[:] = -1
            self._first_in[rows] = np.repeat(np.arange(groups), sizes)
            self._first = sizes
        last = self._community.own_members["last_session_at"][rows]
        at = np.flatnonzero(last >= day - (WEEK - 1))
        readers, group = rows[at], np.searchsorted(starts[1 : groups + 1], at, side="right")
        today = last[at] >= day
        posts = self._community.own_members["posts"][readers]
        self._wrote_on[readers[posts > self._posts[readers]]] = day
        self._posts[readers] = posts
        wrote_on = self._wrote_on[readers]
        wrote = wrote_on >= day - (WEEK - 1)
        first = self._first_in[readers] == group
        first_members = np.zeros(groups, np.int64)
        first_members[: len(self._first)] = self._first

        def count(which: np.ndarray) -> np.ndarray:
            return np.bincount(group[which], minlength=groups)

        self._days.append(
            np.column_stack(
                [
                    np.arange(groups), np.full(groups, day), sizes,
                    count(today), np.bincount(group, minlength=groups),
                    count(wrote_on == day), count(wrote),
                    first_members,
                    count(first), count(first & wrote),
                ]
            )
        )  # fmt: skip

    def table(self) -> pd.DataFrame:
        """What was noted, with the messages of each day and how soon they were read.

        Returns
        -------
        pandas.DataFrame
            As `shequn.experiments.facts.records.Records.activity`.
        """
        if not self._days:
            return empty_table("activity")
        noted = np.concatenate(self._days)
        frame = pd.DataFrame(dict(zip(_AT_MIDNIGHT, noted.T, strict=True)))
        people, operator = self._messages(noted)
        frame["messages"] = people + operator
        frame["by_operator"] = operator
        community, day = noted[:, 0], noted[:, 1]
        for name, count in _COUNTED.items():
            frame[name] = self._community.journal.by_group(count)[day, community]
        return frame.astype(COLUMNS["activity"])

    def _messages(self, noted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Messages of people and of the operator: a number for each row noted."""
        log: Any = self._community.message_log
        author, kind, group = log["author"], log["kind"], log["group"]
        groups = int(noted[:, 0].max()) + 1  # rivals' come after them
        cell = np.floor(log["time"]).astype(np.int64) * groups + group
        place = noted[:, 1] * groups + noted[:, 0]

        def count(which: np.ndarray) -> np.ndarray:
            return np.bincount(cell[which & (group < groups)], minlength=place.max() + 1)[place]

        by_people = (author >= 0) & ((kind < CONTENT) | (kind == INCIDENT))
        return count(by_people), count(author == OPERATOR_AUTHOR)
