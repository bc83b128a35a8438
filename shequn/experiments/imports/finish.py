"""The tables of an export, made of what was collected: sorted, threads told, days counted."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from shequn.experiments.imports.collector import EVENTS, JOINED, NOBODY, Collector
from shequn.experiments.imports.dates import FIRST_YEAR, LAST_YEAR, SECONDS_PER_DAY
from shequn.experiments.imports.sources import ExportError

_FIRST = int(np.datetime64(f"{FIRST_YEAR}-01-01", "s").astype(np.int64))
_END = int(np.datetime64(f"{LAST_YEAR + 1}-01-01", "s").astype(np.int64))
_NO_DATE = f"an impossible date, or one before {FIRST_YEAR} or after {LAST_YEAR}"
_AT_A_TIME = 1 << 20
_SHOWN = 5
Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Tables:
    """What is kept of an export.

    Attributes
    ----------
    messages : dict of numpy.ndarray
        ``community``, ``second`` (since 1970), ``person``, ``marks`` and ``length``, in order of
        community and time; where replies are told also ``thread`` and ``to``.
    events : dict of numpy.ndarray
        ``community``, ``time``, ``person``, ``event`` (place in `EVENTS`), ``by``, in that order.
    members : dict of numpy.ndarray
        ``community``, ``person``, ``joined_at``, ``left_at``, ``inviter``: everybody whose joining
        the export tells.
    first_day : int
        Days from 1970-01-01 to day 0.
    days : int
        From day 0 to the end of the last day.
    reply_seconds : float
        Median time to a reply; NaN where replies are not told or there is none.
    lost_replies : int
        Replies to messages that are not in the export.
    """

    messages: Columns
    events: Columns
    members: Columns
    first_day: int
    days: int
    reply_seconds: float
    lost_replies: int


def tables_of(collector: Collector, zone: str | None) -> Tables:
    """Make the tables.

    Parameters
    ----------
    collector : Collector
        With everything that was read; its columns are used up.
    zone : str, optional
        Into which absolute times are turned; UTC when None.

    Returns
    -------
    Tables
        All of the same days.

    Raises
    ------
    ExportError
        If no message was understood.
    Ambiguous
        If day and month cannot be told apart.
    """
    codes = _array(collector.second, np.int64)
    dates = None if collector.absolute else _dates_of(codes)
    collector.to_clock(codes, zone)
    second = codes
    kept = (second >= _FIRST) & (second < _END)
    if not kept.all():
        _miss(collector, dates, kept)
    if not kept.any():
        most = collector.reasons.most_common(1)
        why = f"; most often: {most[0][0]}" if most else ""
        raise ExportError(f"the export: no message in it was understood{why}")
    community = _array(collector.community, np.int32)
    # An export of one chat stands in order; then its columns are used as they are.
    order: Any = slice(None)
    if not kept.all() or _unsorted(community, second):
        order = np.flatnonzero(kept)
        order = order[np.lexsort((second[order], community[order]))]
    second, community = second[order], community[order]
    person = _array(collector.person, np.int32)[order]
    events = _events(collector, zone)
    first = min(int(second.min()), int(events["second"].min(initial=_END))) // SECONDS_PER_DAY
    last = max(int(second.max()), int(events["second"].max(initial=0)))
    start = first * SECONDS_PER_DAY
    messages = {
        "community": community,
        "second": second,
        "person": person,
        "marks": _array(collector.marks, np.uint8)[order],
        "length": _array(collector.length, np.int32)[order],
    }
    wait, lost = np.zeros(0), 0
    if collector.linked:
        number = _array(collector.number, np.int64)[order]
        answers = _array(collector.answers, np.int64)[order]
        parent = _parents(community, number, answers)
        unknown = (answers >= 0) & (parent < 0)
        root = _roots(parent)
        messages["thread"] = np.where(unknown[root], NOBODY, root)
        messages["to"] = np.where(parent >= 0, person[parent], NOBODY)
        answered = parent >= 0
        wait, lost = second[answered] - second[parent[answered]], int(unknown.sum())
    events["time"] = (events.pop("second") - start) / SECONDS_PER_DAY
    return Tables(
        messages=messages,
        events=events,
        members=_members(events),
        first_day=first,
        days=last // SECONDS_PER_DAY - first + 1,
        reply_seconds=float(np.median(wait)) if len(wait) else np.nan,
        lost_replies=lost,
    )


def _array(column: array, kind: type) -> np.ndarray:
    return np.frombuffer(column, dtype=kind) if len(column) else np.zeros(0, dtype=kind)


def _dates_of(codes: np.ndarray) -> np.ndarray:
    """The number of the date of each message, before times are written over."""
    dates = np.empty(len(codes), dtype=np.int32)
    np.floor_divide(codes, SECONDS_PER_DAY, out=dates, casting="unsafe")
    return dates


def _unsorted(community: np.ndarray, second: np.ndarray) -> bool:
    """Whether a message stands before an earlier one of its community."""
    for start in range(0, len(second), _AT_A_TIME):
        part = slice(start, start + _AT_A_TIME + 1)
        step, wait = np.diff(community[part]), np.diff(second[part])
        if ((step < 0) | ((step == 0) & (wait < 0))).any():
            return True
    return False


def _miss(collector: Collector, dates: np.ndarray | None, kept: np.ndarray) -> None:
    """Note the messages whose date cannot be: where each such date stands first."""
    lost = np.flatnonzero(~kept)
    if dates is None:
        for message in lost[:_SHOWN]:
            collector.miss(f"message {message + 1:,} of those read", _NO_DATE)
        collector.reasons[_NO_DATE] += max(0, len(lost) - _SHOWN)
        return
    counts = Counter(dates[lost].tolist())
    for code, count in sorted(counts.items()):
        collector.miss(collector.first_seen.get(code, "the export"), _NO_DATE)
        collector.reasons[_NO_DATE] += count - 1


def _parents(community: np.ndarray, number: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """The place of the message that each answers; -1: none, or none that stands before it."""
    parent = np.full(len(number), -1, dtype=np.int64)
    borders = np.flatnonzero(np.diff(community, prepend=-1, append=-1))
    for start, end in zip(borders[:-1], borders[1:], strict=True):
        here, wanted = number[start:end], answers[start:end]
        order = np.argsort(here, kind="stable")
        asking = np.flatnonzero(wanted >= 0)
        at = np.minimum(np.searchsorted(here[order], wanted[asking]), len(here) - 1)
        found = order[at]
        good = (here[found] == wanted[asking]) & (found < asking)
        parent[start + asking[good]] = start + found[good]
    return parent


def _roots(parent: np.ndarray) -> np.ndarray:
    """The place of the message that begins each one's thread."""
    root = np.where(parent >= 0, parent, np.arange(len(parent)))
    while True:  # a parent stands before its child, so this ends: steps double
        further = root[root]
        if (further == root).all():
            return root
        root = further


def _events(collector: Collector, zone: str | None) -> Columns:
    rows = [
        (second, community, collector.resolved(community, who), what,
         NOBODY if by == NOBODY else collector.resolved(community, by))
        for second, community, who, what, by in collector.events
    ]  # fmt: skip
    table = np.array([row for row in rows if row[2] != NOBODY], dtype=np.int64).reshape(-1, 5)
    second = table[:, 0].copy()
    collector.to_clock(second, zone)
    kept = (second >= _FIRST) & (second < _END)
    second, table = second[kept], table[kept]
    order = np.lexsort((second, table[:, 1]))
    table = table[order]
    by = np.where(table[:, 4] == table[:, 2], NOBODY, table[:, 4])
    names = ("community", "person", "event", "by")
    return {"second": second[order]} | dict(
        zip(names, (table[:, 1], table[:, 2], table[:, 3], by), strict=True)
    )


def _members(events: Columns) -> Columns:
    """A row for each stay of a person whose beginning is known."""
    rows: list[list[float]] = []
    inside: dict[tuple[int, int], int] = {}
    table = zip(
        *(events[name] for name in ("community", "person", "event", "by", "time")), strict=True
    )
    for community, person, event, by, time in table:
        place = (int(community), int(person))
        if event == JOINED and place not in inside:
            inside[place] = len(rows)
            rows.append([community, person, time, np.nan, by])
        elif event != JOINED and place in inside:
            rows[inside.pop(place)][3] = time
    columns = np.array(rows, dtype=np.float64).reshape(-1, 5).T
    whole = {name: columns[at].astype(np.int64) for name, at in (("community", 0), ("person", 1))}
    return whole | {
        "joined_at": columns[2], "left_at": columns[3], "inviter": columns[4].astype(np.int64),
    }  # fmt: skip


def events_told(tables: Tables) -> dict[str, int]:
    """How many people joined, left and were taken out."""
    counts = np.bincount(tables.events["event"], minlength=len(EVENTS))
    return dict(zip(EVENTS, map(int, counts), strict=True))
