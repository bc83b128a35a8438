"""What is known of communities, real or simulated: tables of events that all facts are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import pandas as pd

from shequn.agents.errors import ShequnError
from shequn.experiments.facts.log import Log

Made = TypeVar("Made")

COLUMNS: dict[str, dict[str, str]] = {
    "messages": {"community": "int64", "time": "float64", "person": "int64", "thread": "int64"},
    "members": {
        "community": "int64",
        "person": "int64",
        "joined_at": "float64",
        "left_at": "float64",
        "inviter": "int64",
    },
    "weeks": {"community": "int64", "week": "int64", "members": "int64", "events": "int64"},
    "gatherings": {"community": "int64", "time": "float64", "members": "int64", "guests": "int64"},
    "orders": {"community": "int64", "person": "int64", "time": "float64", "value": "float64"},
    "exposures": {
        "community": "int64",
        "person": "int64",
        "exposures": "int64",
        "attitude": "float64",
    },
    "frequencies": {
        "per_week": "float64",
        "days": "float64",
        **dict.fromkeys(("members", "orders", "without", "seen", "lost"), "float64"),
    },
    "activity": {
        "community": "int64",
        "day": "int64",
        **dict.fromkeys(
            (
                "members",
                "read",
                "read_7d",
                "wrote",
                "wrote_7d",
                "first",
                "first_read_7d",
                "first_wrote_7d",
                "messages",
                "by_operator",
                "read_1h",
                "read_12h",
                "read_24h",
                "seen",
            ),
            "float64",
        ),
    },
}


def empty_table(name: str) -> pd.DataFrame:
    """One of the tables of `Records` without a row.

    Parameters
    ----------
    name : str
        messages, members, weeks, gatherings, orders, exposures, frequencies or activity.

    Returns
    -------
    pandas.DataFrame
        Its columns, each of its type.
    """
    return pd.DataFrame(
        {column: pd.Series(dtype=kind) for column, kind in COLUMNS[name].items()}  # type: ignore[arg-type]
    )


@dataclass(frozen=True, eq=False)
class Records:
    """What is known of one or of several communities.

    A table that is not known stays empty, and facts made of it are NaN. Do not change a table
    after a fact was measured: groupings that facts share are kept.

    Attributes
    ----------
    days : float
        Length of observation, in days from 0.
    messages : pandas.DataFrame
        Messages by people, none by programs: ``community``, ``time`` (days), ``person``,
        ``thread`` (-1: unknown), and, where known, ``to`` (the person addressed, -1: none).
    members : pandas.DataFrame
        ``community``, ``person``, ``joined_at``, ``left_at`` (days; NaN: never left), ``inviter``
        (a person of the community, -1: nobody).
    weeks : pandas.DataFrame
        ``community``, ``week`` (from 0), ``members`` at its end, ``events`` held so far.
    gatherings : pandas.DataFrame
        ``community``, ``time`` (days), ``members`` at that time, ``guests`` who came or said yes.
    orders : pandas.DataFrame
        ``community``, ``person``, ``time`` (days), ``value`` (CNY).
    exposures : pandas.DataFrame
        ``community``, ``person``, ``exposures`` (promotions read), ``attitude`` to the product at
        the end (-1 .. 1).
    frequencies : pandas.DataFrame
        One row for each number of promotions a week that was tried on the same people:
        ``per_week``, ``days`` of the trial, ``members`` at its start, and of these, wherever they
        are later:
        ``orders`` of the second half of the trial, wherever they were placed, ``without`` those of
        the same people without any group (NaN: not known), ``seen`` promotions seen, ``lost``
        persons who have left or muted at its end.
    activity : pandas.DataFrame
        ``community``, ``day`` (whole days from 0), and of each day: ``members`` at its end;
        ``read``, those of them with a visit that day, ``read_7d`` in the seven days that end with
        it; ``wrote``, ``wrote_7d`` the same of a message of one's own; ``first``, members inside at
        the end of day 1, ``first_read_7d`` and ``first_wrote_7d``, those of them who read and who
        wrote in the seven days (who left does not); ``messages`` of the day by anyone,
        ``by_operator`` those of the operator; ``read_1h``, ``read_12h`` and ``read_24h``, how often
        a member read a message that was at most so old, for the first time, and ``seen``, how often
        one read a message of the operator. NaN where a count is not known.
    weekday : int
        Of day 0, from 0 (Monday) to 6; simulated records begin on a Monday.

    Raises
    ------
    ShequnError
        If a table lacks a column, `days` is not a positive number, or `weekday` is none.
    """

    days: float
    messages: pd.DataFrame = field(default_factory=lambda: empty_table("messages"), repr=False)
    members: pd.DataFrame = field(default_factory=lambda: empty_table("members"), repr=False)
    weeks: pd.DataFrame = field(default_factory=lambda: empty_table("weeks"), repr=False)
    gatherings: pd.DataFrame = field(default_factory=lambda: empty_table("gatherings"), repr=False)
    orders: pd.DataFrame = field(default_factory=lambda: empty_table("orders"), repr=False)
    exposures: pd.DataFrame = field(default_factory=lambda: empty_table("exposures"), repr=False)
    frequencies: pd.DataFrame = field(
        default_factory=lambda: empty_table("frequencies"), repr=False
    )
    activity: pd.DataFrame = field(default_factory=lambda: empty_table("activity"), repr=False)
    weekday: int = 0

    def __post_init__(self) -> None:
        """Refuse tables that no fact could be made of."""
        if not 0.0 < self.days < float("inf"):
            raise ShequnError(f"records: days must be a positive number, not {self.days}")
        if self.weekday not in range(7):
            raise ShequnError(f"records: weekday must be 0 to 6, not {self.weekday}")
        for table, columns in COLUMNS.items():
            missing = [name for name in columns if name not in getattr(self, table)]
            if missing:
                raise ShequnError(f"records: {table} has no column {', '.join(missing)}")

    @cached_property
    def log(self) -> Log:
        """The messages sorted, numbered and counted, made once."""
        return Log(self.messages)

    @cached_property
    def _made(self) -> dict[Callable[[Records], Any], Any]:
        """What `once` has made."""
        return {}

    def once(self, make: Callable[[Records], Made]) -> Made:
        """What several facts share, made at the first call and kept.

        Parameters
        ----------
        make : callable
            A function of records, at the top level of its module.

        Returns
        -------
        object
            What it gives for these records; do not change it.
        """
        if make not in self._made:
            self._made[make] = make(self)
        return self._made[make]
