"""First halves of real communities, and what came after them.

Three kinds: chat rooms (messages and posters a week), chapters of an organisation (members at the
end of a week), a workspace that people joined together (readers and posters of a week). Which rooms
and chapters are taken is a rule on their length and their first half, and a draw; what came after
plays no part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, cast

import numpy as np
import pandas as pd

from shequn.agents.errors import ShequnError
from shequn.experiments.facts.growth import real_chapters
from shequn.experiments.facts.log import SECONDS_PER_DAY
from shequn.experiments.facts.real import real_records
from shequn.experiments.facts.records import Records
from shequn.experiments.facts.rooms import SECONDS_PER_WEEK, real_rooms

CLOSED = "2016-09-17"  # day of the closing notice in the rooms; UTC
ROOM_WEEKS = 26  # whole weeks from a room's first message to that day, at least
ROOM_MESSAGES = 100  # in a room's first half, at least
CHAPTER_WEEKS = 100  # weeks with a number of members, at least
CHOSEN = 20
DRAW = 1  # key of the draw among those that qualify
DAYS_PER_WEEK = 7


@dataclass(frozen=True, eq=False)
class Series:
    """What is known of a community at the end of its first half.

    Attributes
    ----------
    kind : str
        rooms, chapters or workspace.
    name : str
        Of the community, such as ``room 17``; several series can be of one.
    what : str
        What is counted: messages, posters, members or readers.
    values : numpy.ndarray
        One for each step of the first half, float64, shape (n,); NaN where nothing was noted.
    ahead : numpy.ndarray
        Steps asked for, int64: 1 is the first after the first half. Steps of which nothing is known
        are not asked for.
    beside : dict of str to numpy.ndarray
        What else is known of the same steps, such as ``newcomers``, as `values`.
    age : float
        Of the community at the beginning of the first step, days.
    step : int
        Length of a step, days.
    """

    kind: str
    name: str
    what: str
    values: np.ndarray = field(repr=False)
    ahead: np.ndarray = field(repr=False)
    beside: dict[str, np.ndarray] = field(default_factory=dict, repr=False)
    age: float = 0.0
    step: int = DAYS_PER_WEEK


@dataclass(frozen=True, eq=False)
class Case:
    """A series, and what came of it.

    Attributes
    ----------
    series : Series
        All that a forecaster is given.
    truth : numpy.ndarray
        Of each step of `Series.ahead`, float64.
    """

    series: Series
    truth: np.ndarray = field(repr=False)


@dataclass(frozen=True, eq=False)
class Forecast:
    """A forecast with intervals of one coverage.

    Attributes
    ----------
    middle, low, high : numpy.ndarray
        Of each step of `Series.ahead`, float64, in units of the series.
    total, total_low, total_high : float
        Of the sum over these steps.
    """

    middle: np.ndarray = field(repr=False)
    low: np.ndarray = field(repr=False)
    high: np.ndarray = field(repr=False)
    total: float
    total_low: float
    total_high: float


Forecaster = Callable[[Series, float, int], Forecast]


def halved(
    kind: str, name: str, what: tuple[str, ...], weeks: dict[str, np.ndarray], age: float
) -> list[Case]:
    """A case for each thing that is forecast of a community.

    Parameters
    ----------
    kind, name, age
        As of `Series`.
    what : tuple of str
        What is forecast, of the names of `weeks`.
    weeks : dict of str to numpy.ndarray
        What is known of each step, first and second half, float64, shape (n,) each; NaN: unknown.

    Returns
    -------
    list of Case
        The first half has floor(n / 2) steps.
    """
    cases = []
    for each in what:
        values = np.asarray(weeks[each], dtype=np.float64)
        half = len(values) // 2
        known = np.flatnonzero(~np.isnan(values[half:]))
        beside = {other: column[:half] for other, column in weeks.items() if other != each}
        series = Series(kind, name, each, values[:half], known + 1, beside, age)
        cases.append(Case(series, values[half:][known]))
    return cases


def room_weeks() -> pd.DataFrame:
    """Whole weeks of the real chat rooms, from each one's first message to the closing notice.

    Returns
    -------
    pandas.DataFrame
        ``room``, ``week`` (from 0; each week of a room is there), ``messages``, ``posters`` (people
        who wrote in the week), ``newcomers`` (who wrote for the first time in this room); bots are
        left out.
    """
    rooms = real_rooms()
    start = pd.to_datetime(rooms["start_utc"], utc=True)
    seconds = (pd.Timestamp(CLOSED, tz="UTC") - start).dt.total_seconds()
    weeks = dict(zip(rooms["room"], (seconds // SECONDS_PER_WEEK).astype(int), strict=True))
    log = real_records("study-room").messages
    second = np.rint(log["time"].to_numpy() * SECONDS_PER_DAY).astype(np.int64)
    table: Any = pd.DataFrame(
        {"room": log["community"], "person": log["person"], "week": second // SECONDS_PER_WEEK}
    )
    first = table.groupby(["room", "person"])["week"].min().reset_index()
    counts = pd.DataFrame(
        {
            "messages": table.groupby(["room", "week"]).size(),
            "posters": table.drop_duplicates().groupby(["room", "week"]).size(),
            "newcomers": first.groupby(["room", "week"]).size(),
        }
    )
    every = [(room, week) for room, n in weeks.items() for week in range(n)]
    index = pd.MultiIndex.from_tuples(every, names=["room", "week"])
    return counts.reindex(index).fillna(0).astype(np.int64).reset_index()


def room_cases() -> list[Case]:
    """Messages and posters a week of `CHOSEN` rooms.

    A room qualifies with `ROOM_WEEKS` whole weeks and `ROOM_MESSAGES` messages in its first half.

    Returns
    -------
    list of Case
        Two for each room, in order of rooms. The age is 0: a room begins with its first message.
    """
    table: Any = room_weeks()
    rooms = {int(cast(int, room)): each for room, each in table.groupby("room")}
    fit = [
        room
        for room, each in rooms.items()
        if len(each) >= ROOM_WEEKS
        and each["messages"].to_numpy()[: len(each) // 2].sum() >= ROOM_MESSAGES
    ]
    cases = []
    for room in _drawn(fit):
        columns = ("messages", "posters", "newcomers")
        weeks = {name: rooms[room][name].to_numpy(np.float64) for name in columns}
        cases += halved("rooms", f"room {room}", columns[:2], weeks, 0.0)
    return cases


def chapter_cases() -> list[Case]:
    """Members at the end of each week of `CHOSEN` chapters.

    A chapter qualifies with `CHAPTER_WEEKS` weeks in the archive. It begins with its first row and
    ends with its last; weeks that the archive lacks are unknown.

    Returns
    -------
    list of Case
        One for each chapter, with the events held so far beside.
    """
    records = real_chapters()
    found = founded()
    chapters = {int(cast(int, name)): each for name, each in records.weeks.groupby("community")}
    fit = [name for name, each in chapters.items() if len(each) >= CHAPTER_WEEKS]
    cases = []
    for name in _drawn(fit):
        each = chapters[name]
        week = each["week"].to_numpy()
        weeks = {}
        for column in ("members", "events"):
            weeks[column] = np.full(week.max() - week.min() + 1, np.nan)
            weeks[column][week - week.min()] = each[column]
        age = max(0.0, DAYS_PER_WEEK * float(week.min()) - found[name])
        cases += halved("chapters", f"chapter {name}", ("members",), weeks, age)
    return cases


def founded() -> dict[int, float]:
    """When the chapters were founded.

    Returns
    -------
    dict of int to float
        Day of the middle of the month, counted as in `facts.growth.real_chapters`: from 2019-05-27.
    """
    with resources.files("shequn").joinpath("data/group_founded.csv").open("rb") as stream:
        table = pd.read_csv(stream)
    middle = pd.to_datetime(table["founded"] + "-15")
    days = (middle - pd.Timestamp("2019-05-27")).dt.days
    return dict(zip(table["group"].astype(int), days.astype(float), strict=True))


def workspace_cases() -> list[Case]:
    """Readers and posters of each week of a workspace that 430 people joined within eleven days.

    Returns
    -------
    list of Case
        Two. Weeks end with days 6, 13, ... of `facts.real.real_workspace`.
    """
    table: Any = real_records("workspace").activity
    ends = table[table["day"] % DAYS_PER_WEEK == DAYS_PER_WEEK - 1]
    columns = {"readers": "read_7d", "posters": "wrote_7d", "members": "members"}
    weeks = {name: ends[column].to_numpy(np.float64) for name, column in columns.items()}
    return halved("workspace", "workspace", ("readers", "posters"), weeks, 0.0)


def all_cases() -> list[Case]:
    """Every case of the three kinds.

    Returns
    -------
    list of Case
        Rooms, chapters, workspace.
    """
    return [*room_cases(), *chapter_cases(), *workspace_cases()]


def weeks_of(records: Records, community: int | None = None) -> dict[str, np.ndarray]:
    """Whole weeks of a group, from its first message to the end of its records.

    Parameters
    ----------
    records : Records
        Of one's own group (`shequn.open_records`), or simulated ones.
    community : int, optional
        Which of several groups; may be left out where there is one.

    Returns
    -------
    dict of str to numpy.ndarray
        ``messages``, ``posters`` and ``newcomers`` as of `talk_weeks`, shape (weeks,) each.

    Raises
    ------
    ShequnError
        Without a message, or when it is not said which of several groups is meant.
    """
    there = sorted(set(records.messages["community"].tolist()))
    if community is None and len(there) > 1:
        words = ", ".join(map(str, there[:20]))
        raise ShequnError(f"records of {len(there)} groups: say which community, of {words}")
    if not there or (community is not None and community not in there):
        raise ShequnError("no message of this group is in the records")
    own = records.messages[
        records.messages["community"] == (there[0] if community is None else community)
    ]
    second = np.rint(np.asarray(own["time"]) * SECONDS_PER_DAY)
    start = second.min()
    time = (second - start) / SECONDS_PER_DAY
    weeks = int((records.days - start / SECONDS_PER_DAY) // DAYS_PER_WEEK)
    counted = talk_weeks(own.assign(time=time, community=0), 1, weeks)
    return {name: counts[0] for name, counts in counted.items()}


def of_records(
    records: Records, what: str = "messages", ahead: int = 4, community: int | None = None
) -> Series:
    """A group of one's own as a series to be forecast, as a room.

    Parameters
    ----------
    records : Records
        Of one's own group (`shequn.open_records`).
    what : str
        messages or posters.
    ahead : int
        Weeks asked for, >= 1.
    community : int, optional
        Which of several groups.

    Returns
    -------
    Series
        All whole weeks from the first message on; the first week asked for follows the last of
        these.

    Raises
    ------
    ShequnError
        As `weeks_of`, and if something else is asked.
    """
    if what not in ("messages", "posters") or ahead < 1:
        raise ShequnError(f"messages or posters of 1 week or more, not {what!r} of {ahead}")
    beside = weeks_of(records, community)
    values = beside.pop(what)
    return Series("rooms", "group", what, values, np.arange(1, ahead + 1), beside)


def talk_weeks(messages: pd.DataFrame, groups: int, weeks: int) -> dict[str, np.ndarray]:
    """What was written in each week and group.

    Parameters
    ----------
    messages : pandas.DataFrame
        ``community`` (0 to `groups` - 1), ``time`` (days), ``person``; those after `weeks` weeks
        are left out.
    groups, weeks : int
        How many.

    Returns
    -------
    dict of str to numpy.ndarray
        ``messages``, ``posters`` and ``newcomers`` (who wrote there for the first time), float64,
        shape (groups, weeks) each.
    """
    table: Any = pd.DataFrame(
        {
            "community": messages["community"],
            "week": (messages["time"] // DAYS_PER_WEEK).astype(np.int64),
            "person": messages["person"],
        }
    )
    table = table[table["week"] < weeks]
    posted = table.drop_duplicates()
    first = posted.groupby(["community", "person"])["week"].min().reset_index()
    counts = {}
    for name, rows in (("messages", table), ("posters", posted), ("newcomers", first)):
        counts[name] = np.zeros((groups, weeks))
        np.add.at(counts[name], (rows["community"].to_numpy(), rows["week"].to_numpy()), 1.0)
    return counts


def _drawn(names: list[int]) -> list[int]:
    """`CHOSEN` of the names, each equally likely; all if there are not so many."""
    generator = np.random.Generator(np.random.Philox(key=DRAW))
    return sorted(generator.permutation(np.sort(names))[:CHOSEN].tolist())
