"""Answers that are counted instead of asked: from dated series, and from records of a chat."""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.agents.files import read_table
from shequn.experiments.facts.records import Records
from shequn.experiments.mine.answers import BEFORE, MONTH, QUESTIONS

_FEWEST = 5  # days of a month that must be told (assumed)
_TOP = 3
_WEEK = 7.0
# Column of a table of days: the question it answers, and its days in the unit of the question.
COLUMNS = {
    "readers": ("readers", 1.0), "messages": ("messages", 1.0), "members": ("members", 0.0),
    "joins": ("joins", MONTH), "exits": ("exits", MONTH), "mutes": ("mutes", MONTH),
    "orders": ("orders", MONTH), "ads": ("ads", _WEEK), "content": ("content", _WEEK),
}  # fmt: skip


def from_numbers(path: str | Path) -> dict[str, float]:
    """Answers from a table with a row for each day.

    Parameters
    ----------
    path : str or Path
        CSV with the column ``date`` (2026-01-31) and any of `COLUMNS`: members at the end of the
        day, all else of that day; ``ads`` and ``content`` of one group. Empty cells are not known.

    Returns
    -------
    dict
        By question: of the last 30 days and, with ``_before``, of the 30 days before them, where
        at least 5 days of them are told. Not checked yet.

    Raises
    ------
    ScenarioError
        With everything that is wrong.
    """
    try:
        heads, rows = read_table(path)
    except OSError as error:
        raise ScenarioError([Problem(str(path), f"cannot be read: {error.strerror}")]) from error
    problems = [
        Problem(str(path), f"'{head}' is no column{nearest(head, ('date', *COLUMNS))}")
        for head in heads
        if head not in ("date", *COLUMNS)
    ]
    if "date" not in heads:
        problems.append(Problem(str(path), "has no column 'date'"))
    days: dict[date, dict[str, float]] = {}
    for number, row in rows:
        where = f"{path}: line {number}"
        try:
            day = date.fromisoformat(row.get("date", "").strip())
        except ValueError:
            words = f"'{row.get('date', '')}' is no date; expected 2026-01-31"
            problems.append(Problem(f"{where}: date", words))
            continue
        if day in days:
            problems.append(Problem(f"{where}: date", f"{day} comes twice"))
        days[day] = {}
        for head, cell in row.items():
            if head in COLUMNS and cell.strip():
                try:
                    value = float(cell)
                except ValueError:
                    value = math.nan
                if not 0.0 <= value < math.inf:
                    problems.append(Problem(f"{where}: {head}", f"'{cell}' is no number from 0 on"))
                days[day][head] = value
    if not days and not problems:
        problems.append(Problem(str(path), "has no day"))
    if problems:
        raise ScenarioError(problems)
    return _months(days)


def _months(days: dict[date, dict[str, float]]) -> dict[str, float]:
    """The last month and the one before, of each column that tells enough of them."""
    last, found = max(days), {}
    for column, (key, times) in COLUMNS.items():
        for suffix, back in (("", 0), (BEFORE, MONTH)):
            if suffix and not QUESTIONS[key].measured:
                continue
            end = last - timedelta(days=back)
            told = [
                (day, cells[column])
                for day, cells in days.items()
                if end - timedelta(days=MONTH) < day <= end and column in cells
            ]
            if len(told) >= _FEWEST:
                mean = times * float(np.mean([value for _, value in told]))
                found[f"{key}{suffix}"] = mean if times else max(told)[1]
    return found


def from_records(records: Records) -> dict[str, float]:
    """Answers that the messages of a group tell.

    Parameters
    ----------
    records : Records
        From `shequn.experiments.imports.folder.open_records`.

    Returns
    -------
    dict
        By question: groups, months, messages and the share of the top three, of the last 30 days
        and the 30 before; joins and exits where any are told. Not checked yet. Messages of the
        operator are among them: records do not say who that is.
    """
    messages, end = records.messages, float(records.days)
    time = messages["time"].to_numpy()
    joined = records.members["joined_at"].to_numpy()
    left = records.members["left_at"].to_numpy()
    found: dict[str, float] = {
        "groups": float(max(1, len(np.unique(messages["community"])))),
        "months": max(1.0, end / MONTH),
    }
    for suffix, back in (("", 0.0), (BEFORE, float(MONTH))):
        stop, start = end - back, end - back - MONTH
        if start < 0.0:
            continue
        month = messages[(time >= start) & (time < stop)]
        found[f"messages{suffix}"] = len(month) / MONTH
        if len(month):
            each = np.sort(month.groupby(["community", "person"]).size().to_numpy())
            found[f"top_three{suffix}"] = float(each[-_TOP:].sum() / len(month))
        for key, times in (("joins", joined), ("exits", left)):
            if (times > 0.0).any():  # some are told
                found[f"{key}{suffix}"] = float(((times >= start) & (times < stop)).sum())
    return found
