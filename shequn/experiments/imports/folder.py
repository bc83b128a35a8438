"""The folder of imported records: tables in Parquet, and what they are in JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from shequn.agents.errors import ResultsError
from shequn.agents.files import MEGABYTE, check
from shequn.experiments.facts.records import Records
from shequn.experiments.imports.collector import EVENTS
from shequn.experiments.imports.dates import SECONDS_PER_DAY
from shequn.experiments.imports.finish import Tables
from shequn.experiments.imports.marks import KIND, KINDS, LINK, QUESTION
from shequn.experiments.runs.store import plain, read_json, write_text

ABOUT = "records.json"
SCHEMA = 1
_LARGEST = 4_000 * MEGABYTE  # bytes of a table at most (assumed)
_ROWS = 1 << 17
_WORDS = pa.dictionary(pa.int8(), pa.string())
_MESSAGES = (
    ("community", pa.int32(), "1", "number of the group"),
    ("time", pa.float64(), "day", "days since the midnight at which the first day began"),
    ("person", pa.int32(), "1", "number of the author; people.parquet has the keyed hash"),
    ("thread", pa.int64(), "1", "number of the thread, -1: not told"),
    ("to", pa.int32(), "1", "number of the person who is answered, -1: nobody"),
    ("kind", _WORDS, "1", ", ".join(KINDS)),
    ("link", pa.bool_(), "1", "whether it has an address of the web"),
    ("question", pa.bool_(), "1", "whether it has a question mark outside of an address"),
    ("length", pa.int32(), "1", "characters that a person wrote"),
)
_EVENTS = (
    ("community", pa.int32(), "1", "number of the group"),
    ("time", pa.float64(), "day", "days since the midnight at which the first day began"),
    ("person", pa.int32(), "1", "whom it is about"),
    ("event", _WORDS, "1", ", ".join(EVENTS)),
    ("by", pa.int32(), "1", "who did it to them, -1: nobody, or not told"),
)
_MEMBERS = (
    ("community", pa.int32(), "1", "number of the group"),
    ("person", pa.int32(), "1", "number of the person"),
    ("joined_at", pa.float64(), "day", "when they joined"),
    ("left_at", pa.float64(), "day", "when they left; nan: they did not"),
    ("inviter", pa.int32(), "1", "who let them in, -1: nobody, or not told"),
)
_HASHES = (
    ("number", pa.int32(), "1", "as the other tables have it"),
    ("hash", pa.string(), "1", "keyed BLAKE2b of the name or identifier; the key is not here"),
)


def write(
    folder: Path, tables: Tables, people: list[str], communities: list[str],
    about: Mapping[str, Any],
) -> None:  # fmt: skip
    """Write the records of an import; what they are comes last.

    Parameters
    ----------
    folder : Path
        Empty.
    tables : Tables
        What is kept.
    people, communities : list of str
        Hashes, by number.
    about : mapping
        What they are.

    Raises
    ------
    ResultsError
        If it cannot be written; nothing is left then.
    """
    try:
        _write(folder / "messages.parquet", _MESSAGES, _messages(tables))
        events = tables.events | {"event": _words(tables.events["event"], EVENTS)}
        _write(folder / "events.parquet", _EVENTS, iter([events]))
        _write(folder / "members.parquet", _MEMBERS, iter([tables.members]))
        for name, hashes in (("people", people), ("communities", communities)):
            numbers = np.arange(len(hashes))
            _write(folder / f"{name}.parquet", _HASHES, iter([{"number": numbers, "hash": hashes}]))
        text = json.dumps(plain({"schema": SCHEMA, **about}), indent=1, ensure_ascii=False)
        write_text(folder / ABOUT, text + "\n")
    except BaseException:
        for path in folder.iterdir():
            with suppress(OSError):
                path.unlink()
        raise


def _messages(tables: Tables) -> Iterator[dict[str, Any]]:
    """The columns of messages as they are kept, some rows at a time."""
    messages, start_of_days = tables.messages, tables.first_day * SECONDS_PER_DAY
    for start in range(0, len(messages["second"]), _ROWS):
        part = {name: column[start : start + _ROWS] for name, column in messages.items()}
        marks, second = part.pop("marks"), part.pop("second")
        part.setdefault("thread", np.full(len(second), -1))
        yield part | {
            "time": (second - start_of_days) / SECONDS_PER_DAY,
            "kind": _words(marks & KIND, KINDS),
            "link": (marks & LINK) > 0,
            "question": (marks & QUESTION) > 0,
        }


def _words(numbers: np.ndarray, words: tuple[str, ...]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int8)), pa.array(words))


def _write(path: Path, columns: Any, parts: Iterator[Mapping[str, Any]]) -> None:
    """Write a table whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    first = next(parts)
    fields = [
        pa.field(name, kind, metadata={"unit": unit, "meaning": meaning})
        for name, kind, unit, meaning in columns
        if name in first
    ]
    schema = pa.schema(fields)
    try:
        with pq.ParquetWriter(part, schema, compression="zstd") as writer:
            for values in _all(first, parts):
                arrays = [
                    value if isinstance(value := values[field.name], pa.Array)
                    else pa.array(value, type=field.type)
                    for field in fields
                ]  # fmt: skip
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        words = os.strerror(error.errno) if error.errno else "no room, or no right to"
        raise ResultsError(f"{path}: cannot be written: {words}") from error


def _all(
    first: Mapping[str, Any], rest: Iterator[Mapping[str, Any]]
) -> Iterator[Mapping[str, Any]]:
    yield first
    yield from rest


def open_records(folder: str | Path) -> Records:
    """The records that ``shequn import`` has left in a folder, for `facts.measure`.

    Parameters
    ----------
    folder : str or Path
        What ``--out`` named.

    Returns
    -------
    Records
        `messages`, which have ``kind``, ``link``, ``question`` and ``length`` besides, and
        `members`. The other tables are empty: an export does not tell who reads or buys.

    Raises
    ------
    ResultsError
        If there are none, they are damaged, or of another version.
    """
    place = Path(folder)
    about = read_json(place / ABOUT, "records")
    if about.get("schema") != SCHEMA:
        raise ResultsError(f"{place / ABOUT}: no records of this version of shequn")
    days, weekday = (_number(about.get(name)) for name in ("days", "weekday"))
    if not 0 < days < 10**6 or weekday not in range(7):
        raise ResultsError(f"{place / ABOUT}: days or weekday cannot be")
    messages = _read(place / "messages.parquet", _MESSAGES)
    members = _read(place / "members.parquet", _MEMBERS)
    return Records(days=float(days), messages=messages, members=members, weekday=weekday)


def _number(value: Any) -> int:
    """A whole number; -1 in the place of anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


def _read(path: Path, columns: Any) -> pd.DataFrame:
    """A table as it was written."""
    try:
        check(path, _LARGEST)
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        why = getattr(error, "strerror", None) or "damaged"
        raise ResultsError(f"{path}: no table of an import can be read here ({why})") from error
    kinds = {name: kind for name, kind, _, _ in columns}
    optional = {"to"}
    for name, kind in kinds.items():
        found = table.schema.field(name).type if name in table.schema.names else None
        if found != kind and not (found is None and name in optional):
            raise ResultsError(f"{path}: column {name} is missing or of another kind")
    if any(table[name].null_count for name in kinds if name in table.schema.names):
        raise ResultsError(f"{path}: a value is missing")
    frame = table.select([name for name in kinds if name in table.schema.names]).to_pandas()
    times = [name for name in ("time", "joined_at") if name in frame]
    if not all(np.isfinite(frame[name]).all() for name in times):
        raise ResultsError(f"{path}: a time that cannot be")
    whole = {name: "int64" for name, kind in kinds.items() if kind == pa.int32() and name in frame}
    return frame.astype(whole)
