"""From the export of a chat program to a folder of records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import numpy as np

from shequn import __version__
from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.experiments.facts.participation import concentration
from shequn.experiments.imports import folder as folders
from shequn.experiments.imports import kinds
from shequn.experiments.imports.collector import Collector, Missed
from shequn.experiments.imports.dates import ORDERS, Dates
from shequn.experiments.imports.finish import Tables, events_told, tables_of
from shequn.experiments.imports.keys import key_file, own_key
from shequn.experiments.imports.sources import sources_of
from shequn.experiments.runs.store import fresh_folder

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Imported:
    """What an import has found.

    Attributes
    ----------
    folder : Path
        Where it is.
    about : mapping
        What ``records.json`` holds.
    missed : sequence of Missed
        The first places that were not understood.
    key_file : Path
        Where the key of names is kept.
    """

    folder: Path
    about: Mapping[str, Any]
    missed: Sequence[Missed]
    key_file: Path


def import_export(
    export: Path, out: Path | None = None, kind: str | None = None, dates: str | None = None,
    zone: str | None = None, progress: Progress | None = None,
) -> Imported:  # fmt: skip
    """Read the export of a chat program and keep who, when and which thread, but no word of it.

    Parameters
    ----------
    export : Path
        A file, a folder or a zip.
    out : Path, optional
        A new folder for the records; the next free one in ``results`` when None.
    kind : str, optional
        One of `kinds.KINDS`; found out when None.
    dates : str, optional
        dmy, mdy or ymd: the order of day, month and year, where the export does not tell.
    zone : str, optional
        The time zone of the group: absolute times are turned into it; local ones are taken to be
        of it, and stay.
    progress : callable, optional
        Called with bytes read and bytes there are.

    Returns
    -------
    Imported
        What was found, and where it is.

    Raises
    ------
    ExportError, Ambiguous, ScenarioError, ResultsError, OSError
        What is wrong with the export, the options or the folder. Nothing is left then.
    """
    _check(kind, dates, zone)
    sources = sources_of(export)
    found, chosen = kinds.of_kind(sources, kind)
    total, done = sum(source.size for source in chosen), 0

    def told(read: int) -> None:
        nonlocal done
        done += read
        if progress is not None:
            progress(done, max(total, done))

    with fresh_folder(f"import-{found}", out) as folder:
        collector = Collector(own_key(), Dates(dates))
        kinds.read(found, chosen, collector, told, zone)
        tables = tables_of(collector, zone)
        about = _about(found, kind is None, len(sources) - len(chosen), collector, tables, zone)
        folders.write(folder, tables, collector.hashes, collector.community_hashes, about)
    return Imported(folder, about, collector.missed, key_file())


def _check(kind: str | None, dates: str | None, zone: str | None) -> None:
    problems = []
    for name, value, allowed in (("--kind", kind, tuple(kinds.KINDS)), ("--dates", dates, ORDERS)):
        if value is not None and value not in allowed:
            words = f"'{value}' is none of {', '.join(allowed)}{nearest(value, allowed)}"
            problems.append(Problem(name, words))
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            words = f"'{zone}' is no time zone, such as Asia/Shanghai"
            problems.append(Problem("--zone", words + nearest(zone, available_timezones())))
    if problems:
        raise ScenarioError(problems)


def _about(
    kind: str, guessed: bool, left_alone: int, collector: Collector, tables: Tables,
    zone: str | None,
) -> dict[str, Any]:  # fmt: skip
    """What the records are: counts and days, no name and no path."""
    messages = tables.messages
    first = date(1970, 1, 1) + timedelta(days=tables.first_day)
    posts = np.bincount(messages["person"])
    posts = posts[posts > 0]
    shares = concentration(np.zeros(len(posts), dtype=np.int64), posts, 1)
    clock = zone or ("UTC" if collector.absolute else "local")
    return {
        "what": "records of an import",
        "shequn": __version__,
        "kind": kind,
        "kind_was_guessed": guessed,
        "groups": int((np.bincount(messages["community"]) > 0).sum()),
        "messages": len(messages["second"]),
        "people": len(posts),
        "members_who_joined": len(tables.members["person"]),
        "first_day": first.isoformat(),
        "last_day": (first + timedelta(days=tables.days - 1)).isoformat(),
        "days": tables.days,
        "weekday": first.weekday(),
        "clock": clock,
        "absolute": collector.absolute,
        "dates": {"order": collector.dates.order, "told_by": collector.dates.told_by},
        "replies_are_told": collector.linked,
        "replies_to_messages_not_there": tables.lost_replies,
        "median_seconds_to_a_reply": tables.reply_seconds,
        "share_by_most_active_tenth": float(shares.top_10_percent[0]),
        "events": events_told(tables),
        "notices": collector.notices,
        "messages_by_programs_left_out": collector.programs,
        "private_chats_left_out": collector.private,
        "other_files_left_alone": left_alone,
        "not_understood": dict(Counter(collector.reasons).most_common()),
    }
