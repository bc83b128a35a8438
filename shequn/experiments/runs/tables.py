"""The final tables of an experiment, made from its archive: runs, days, failures, dictionary."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.agents.errors import ResultsError
from shequn.experiments.runs import store
from shequn.experiments.runs.archive import Archive, column_type, described
from shequn.experiments.runs.cases import DAILY, Case, Result
from shequn.experiments.runs.plan import Plan
from shequn.model.outcomes import OUTCOMES
from shequn.model.scenario import declaration_of

if TYPE_CHECKING:
    import pyarrow as pa

RUNS, DAYS, FAILURES = "runs.parquet", "daily.parquet", "failures.parquet"
DICTIONARY, CHECKSUMS = "dictionary.csv", "checksums.txt"
NAMES = (RUNS, DAYS, FAILURES, DICTIONARY)
_PART = 64  # runs in a row group: what is in memory at a time
Row = tuple[int, int, Case]


def write_tables(folder: Path, archive: Archive, plan: Plan, rows: Sequence[Row]) -> None:
    """Write the final tables; the same runs give the same bytes, whatever the order of computing.

    Parameters
    ----------
    folder : Path
        Where; tables that are there already are replaced, each in one step.
    archive : Archive
        Holds the runs.
    plan : Plan
        What the points are.
    rows : sequence of (int, int, Case)
        Point, replicate and run of every row, in order.

    Raises
    ------
    ResultsError
        If they cannot be written.
    """
    done = [row for row in rows if row[2].key in archive]
    lost = [row for row in rows if row[2].key in archive.failures]
    heads = [plan.head(point, replicate) for point, replicate, _ in done]
    own = list(dict.fromkeys(path for head in heads for path in head) or plan.points[0].head)
    for part in (part for name in NAMES for part in folder.glob(f".{name}*.part")):
        part.unlink()  # what an interruption left
    schemas = _schemas(own, heads, plan.outcomes)
    for name, rows, make in ((RUNS, done, _runs), (DAYS, done, _days), (FAILURES, lost, _failures)):
        _write(folder / name, schemas[name], _parts(archive, plan, rows, make))
    store.write_text(folder / DICTIONARY, _dictionary(own, plan.outcomes))
    lines = [f"{digest_of(folder / name)}  {name}\n" for name in NAMES]
    store.write_text(folder / CHECKSUMS, "".join(lines))


def digest_of(path: Path) -> str:
    """SHA-256 of a file, as ``sha256sum`` prints it."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _parts(archive: Archive, plan: Plan, rows: Sequence[Row], make: Any) -> Iterator[dict]:
    for start in range(0, len(rows), _PART):
        part = rows[start : start + _PART]
        yield make(part, [archive.get(case.key) for _, _, case in part], plan)


def _places(rows: Sequence[Row]) -> dict[str, list]:
    return {
        "point": [point for point, _, _ in rows],
        "replicate": [replicate for _, replicate, _ in rows],
        "seed": [case.seed for _, _, case in rows],
    }


def _runs(rows: Sequence[Row], results: list[Result], plan: Plan) -> dict:
    heads = [plan.head(point, replicate) for point, replicate, _ in rows]
    paths = dict.fromkeys(path for head in heads for path in head)
    own = {path: [head.get(path) for head in heads] for path in paths}
    outcomes = {
        name: [result.outcomes.get(name, math.nan) for result in results] for name in plan.outcomes
    }
    return {**_places(rows), "key": [case.key for _, _, case in rows], **own, **outcomes}


def _days(rows: Sequence[Row], results: list[Result], _: Plan) -> dict:
    lengths = [len(result.daily["balance"]) for result in results]
    places = {name: np.repeat(_places(rows)[name], lengths) for name in ("point", "replicate")}
    days = np.concatenate([np.arange(1, n + 1) for n in lengths])
    columns = {name: np.concatenate([r.daily[name] for r in results]) for name in DAILY}
    return {**places, "day": days, **columns}


def _failures(rows: Sequence[Row], results: list[Result], _: Plan) -> dict:
    words = {
        name: [getattr(result.failure, name) for result in results]
        for name in ("stage", "type", "message", "traceback")
    }
    return {**_places(rows), "key": [case.key for _, _, case in rows], **words}


def _schemas(paths: list[str], heads: list[dict], outcomes: Iterable[str]) -> dict[str, pa.Schema]:
    """Type, unit and meaning of each column, for each table."""
    import pyarrow as pa

    kinds = {
        "seed": pa.uint64(),
        **dict.fromkeys(("point", "replicate", "day"), pa.int32()),
        **{name: getattr(pa, column_type(name))() for name in DAILY},
    }
    own = {path: _arrow_type(head.get(path) for head in heads) for path in paths}
    kinds_of = {
        RUNS: kinds | dict.fromkeys(outcomes, pa.float64()) | own,
        DAYS: kinds,
        FAILURES: kinds,
    }
    return {
        table: pa.schema(
            described(name, kinds_of[table].get(name, pa.string()), unit, meaning)
            for name, unit, meaning in columns
        )
        for table, columns in _columns(paths, outcomes).items()
    }


def schema_of(name: str) -> pa.Schema:
    """Columns that a table has in every folder: what points vary comes on top.

    Parameters
    ----------
    name : str
        `RUNS`, `DAYS` or `FAILURES`.

    Returns
    -------
    pyarrow.Schema
        Names and types.
    """
    return _schemas([], [], list(OUTCOMES))[name]


def _arrow_type(values: Iterable[Any]) -> pa.DataType:
    """Type of a column of varied values; numbers of both kinds are floats, lists are text.

    Where a point knows nothing of a path it is None.
    """
    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None}
    if kinds <= {bool}:
        return pa.bool_()
    if kinds <= {int}:
        return pa.int64()
    return pa.float64() if kinds <= {int, float} else pa.string()


def _write(path: Path, schema: pa.Schema, parts: Iterator[dict]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    part = path.with_name(f".{path.name}.part")
    try:
        with pq.ParquetWriter(part, schema, compression="zstd") as writer:
            for columns in parts:
                arrays = [
                    _array(columns.get(field.name), field.type, len(columns["point"]))
                    for field in schema
                ]
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        words = os.strerror(error.errno) if error.errno else str(error)
        raise ResultsError(
            f"{path}: cannot be written: {words}; the runs are kept. Make room and give the same "
            f"command with --out {path.parent}"
        ) from error


def _array(values: Any, kind: pa.DataType, rows: int) -> pa.Array:
    """A column; None: no run of this part knows of it."""
    import pyarrow as pa

    if values is None:
        return pa.nulls(rows, kind)
    if pa.types.is_string(kind):
        values = [None if value is None else str(value) for value in values]
    return pa.array(values, kind)


def _columns(paths: list[str], outcomes: Iterable[str]) -> dict[str, list[tuple[str, str, str]]]:
    """Name, unit and meaning of every column, for each table."""
    places = [
        ("point", "1", "which point of the design"),
        ("replicate", "1", "which replicate; the same replicate has the same seed at all points"),
    ]
    seed = ("seed", "1", "seed of the run")
    key = ("key", "1", "address of the run: digest of model, parameters and files, then the seed")
    own = []
    for path in paths:
        about = declaration_of(path)
        meaning = (about.unit, about.meaning) if about else ("1", "which arm")
        own.append((path, *meaning))
    told = [(name, OUTCOMES[name].unit, OUTCOMES[name].whole_meaning) for name in outcomes]
    days = [("day", "day", "day of the run, from 1 on")]
    days += [(name, unit, meaning) for name, (unit, meaning) in DAILY.items()]
    words = [
        ("stage", "1", "scenario, policy, run or worker: where it failed"),
        ("type", "1", "kind of the error"),
        ("message", "1", "what it says"),
        ("traceback", "1", "where in the program"),
    ]
    return {
        RUNS: [*places, seed, key, *own, *told],
        DAYS: [*places, *days],
        FAILURES: [*places, seed, key, *words],
    }


def _dictionary(paths: list[str], outcomes: Iterable[str]) -> str:
    """Every column of every table, with unit and meaning: CSV."""
    return store.csv_text(
        ["table", "column", "unit", "meaning"],
        [[table, *line] for table, lines in _columns(paths, outcomes).items() for line in lines],
    )
