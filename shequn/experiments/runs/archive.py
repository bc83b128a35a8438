"""The results folder of an experiment: runs by their address, kept whatever happens.

Finished runs are written to ``shards/``: Parquet files (zstd) that hold some dozen runs each and
carry the digest of their own bytes in their name. A shard appears whole or not at all, so that a
computer may be switched off at any moment; one that was damaged later is found, set aside and its
runs are computed again. The final tables are made from the shards.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.agents.errors import ResultsError
from shequn.agents.files import MEGABYTE, read_bytes
from shequn.experiments.runs.cases import DAILY, MONEY, STATES, Failure, Result
from shequn.model.outcomes import OUTCOMES

if TYPE_CHECKING:
    import pyarrow as pa

SHARDS = "shards"
LOCK = ".lock"
_RUNS = 256  # in a shard at most
MOST = 2_000 * MEGABYTE  # bytes of a shard or of a table in memory at most (assumed)
_MOST_VALUES = 1_000_000_000  # numbers in it
_SECONDS = 2.0  # between two shards at least
_FAILURE = ("stage", "type", "message", "traceback")
_OWN = "own_outcomes"
_INTEGER = ("int32", "float64")


def column_type(name: str) -> str:
    """Type of a daily column: counts are whole numbers, money and states are not."""
    return _INTEGER[name in MONEY or name in STATES]


def described(name: str, kind: pa.DataType, unit: str, meaning: str) -> pa.Field:
    """A column of a Parquet file that says its unit and meaning in its metadata."""
    import pyarrow as pa

    return pa.field(name, kind, metadata={"unit": unit, "meaning": meaning})


@dataclass
class Archive:
    """The shards of a folder; use `opened` to write to one.

    Attributes
    ----------
    folder : Path
        The results folder.
    places : dict
        For each key the shard and the row of its newest result that did not fail.
    failures : dict
        For each key of a run that failed, and has not succeeded since, shard and row.
    damaged : list of str
        Names of shards that were set aside because their bytes had changed.
    written : float
        Seconds spent on writing.
    """

    folder: Path
    places: dict[str, tuple[Path, int]] = field(default_factory=dict)
    failures: dict[str, tuple[Path, int]] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)
    written: float = 0.0
    _waiting: list[Result] = field(default_factory=list)
    _last: float = field(default_factory=time.monotonic)
    _tables: dict[Path, pa.Table] = field(default_factory=dict)

    def __contains__(self, key: str) -> bool:
        """Whether a run is there that did not fail."""
        return key in self.places

    def look(self, *, mend: bool) -> None:
        """Read which runs are there.

        Parameters
        ----------
        mend : bool
            Rename damaged shards, and remove what an interruption left half written; without it
            the folder is only read.
        """
        shards = self.folder / SHARDS
        if mend:
            shards.mkdir(exist_ok=True)
            for part in shards.glob(".*.part"):
                part.unlink()
        for shard in sorted(shards.glob("*.parquet")):
            try:
                content = read_bytes(shard, MOST)
                if _digest(content) != shard.stem.rpartition("-")[2]:
                    raise ResultsError(f"{shard}: its bytes have changed")
                self._index(shard, content)
            except (OSError, ResultsError):
                self.damaged.append(shard.name)
                if mend:
                    shard.rename(shard.with_name(shard.name + ".damaged"))

    def _index(self, shard: Path, content: bytes) -> None:
        heads = read_parquet(
            _source(content), _schema(), shard, columns=["key", "stage"]
        ).to_pydict()
        if None in heads["key"]:
            raise ResultsError(f"{shard}: a run without a key")
        for row, (key, stage) in enumerate(zip(heads["key"], heads["stage"], strict=True)):
            if stage is None:
                self.places[key] = shard, row
                self.failures.pop(key, None)
            elif key not in self.places:
                self.failures[key] = shard, row

    def add(self, result: Result) -> None:
        """Keep a result; it is on the disk after some seconds, at the latest after `flush`."""
        self._waiting.append(result)
        if len(self._waiting) >= _RUNS or time.monotonic() - self._last >= _SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting.

        Raises
        ------
        ResultsError
            If it cannot be written; what was written before is whole.
        """
        if not self._waiting:
            return
        import pyarrow.parquet as pq

        begin = time.perf_counter()
        buffer = io.BytesIO()
        pq.write_table(_as_table(self._waiting), buffer, compression="zstd")
        content = buffer.getvalue()
        shards = self.folder / SHARDS
        # An interruption may have come when the shard was written, but not yet taken notice of.
        shard = next(shards.glob(f"*-{_digest(content)}.parquet"), None)
        if shard is None:
            names = [path.name.partition("-")[0] for path in shards.glob("*.parquet*")]
            number = 1 + max((int(name) for name in names if name.isdecimal()), default=0)
            shard = shards / f"{number:06d}-{_digest(content)}.parquet"
            self._write(shard, content)
        self._index(shard, content)
        self._waiting.clear()
        self._last = time.monotonic()
        self.written += time.perf_counter() - begin

    def _write(self, path: Path, content: bytes) -> None:
        part = path.with_name(f".{path.name}.part")
        try:
            with part.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            raise ResultsError(
                f"{path.parent}: cannot be written: {error.strerror}; {len(self.places):,} runs "
                f"are kept. Make room and give the same command with --out {self.folder}: only "
                "missing runs are computed"
            ) from error

    def get(self, key: str) -> Result:
        """The result of a run.

        Parameters
        ----------
        key : str
            In `places` or `failures`.

        Returns
        -------
        Result
            As it was added.

        Raises
        ------
        ResultsError
            If the shard was changed meanwhile, or holds no whole run there.
        """
        shard, row = self.places.get(key) or self.failures[key]
        return _result(self._table(shard), row, shard)

    def _table(self, shard: Path) -> pa.Table:
        """A shard in memory; of those read last a few are kept."""
        if shard not in self._tables:
            while len(self._tables) >= 8:
                del self._tables[next(iter(self._tables))]
            try:
                content = read_bytes(shard, MOST)
            except OSError as error:
                raise ResultsError(f"{shard}: cannot be read: {error.strerror}") from error
            self._tables[shard] = read_parquet(_source(content), _schema(), shard)
        return self._tables[shard]

    def take(self, keys: Iterable[str], other: Archive) -> int:
        """Take over runs that another folder has and this one lacks.

        Parameters
        ----------
        keys : iterable of str
            What is wanted.
        other : Archive
            Where it may be.

        Returns
        -------
        int
            How many were taken.
        """
        taken = 0
        for key in [key for key in keys if key not in self and key in other]:
            with suppress(ResultsError):  # what is not whole there is computed here
                self.add(other.get(key))
                taken += 1
        self.flush()
        return taken


@contextmanager
def opened(folder: Path) -> Iterator[Archive]:
    """The archive of a folder, for writing: one command at a time.

    Parameters
    ----------
    folder : Path
        An existing folder.

    Yields
    ------
    Archive
        What it holds is known; what is still waiting at the end of the block is written, also when
        the block is left by an error or an interruption.

    Raises
    ------
    ResultsError
        If another command is writing to the folder, or it cannot be written to.
    """
    import filelock

    lock = filelock.FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        words = "another command is writing to this folder; wait for it, or give another --out"
        raise ResultsError(f"{folder}: {words}") from error
    except OSError as error:
        raise ResultsError(f"{folder}: cannot be written: {error.strerror}") from error
    try:
        archive = Archive(folder)
        archive.look(mend=True)
        try:
            yield archive
        except BaseException:
            with suppress(ResultsError):  # says nothing new when the disk is full
                archive.flush()
            raise
        archive.flush()
    finally:
        lock.release()


def read(folder: Path) -> Archive:
    """The archive of a folder, for reading only; damaged shards count as missing.

    Parameters
    ----------
    folder : Path
        A results folder.

    Returns
    -------
    Archive
        What it holds.

    Raises
    ------
    ResultsError
        If it holds no shards.
    """
    if not (folder / SHARDS).is_dir():
        raise ResultsError(f"{folder}: holds no runs (no folder {SHARDS})")
    archive = Archive(folder)
    archive.look(mend=False)
    return archive


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _source(content: bytes) -> pa.BufferReader:
    """A file in memory that threads of Arrow read without asking for the interpreter.

    One that asks for it when it is taken down, at the end of a script, aborts the process.
    """
    import pyarrow as pa

    return pa.BufferReader(content)


def read_parquet(
    source: Path | pa.BufferReader, needed: pa.Schema, place: Path, **how: Any
) -> pa.Table:
    """A Parquet table, once its columns and its size are seen to be what they must be.

    Parameters
    ----------
    source : Path or pyarrow.BufferReader
        A regular file, or its content.
    needed : pyarrow.Schema
        Columns that it must have, with their types; it may have others.
    place : Path
        Where it came from, for messages.
    **how
        For `pyarrow.parquet.read_table`: columns, filters.

    Returns
    -------
    pyarrow.Table
        What was asked for.

    Raises
    ------
    ResultsError
        If it is no such table, or would be too large in memory.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        about = pq.ParquetFile(source)
        found = {field.name: field.type for field in about.schema_arrow}
        wrong = [field.name for field in needed if found.get(field.name) != field.type]
        if wrong:
            words = f"lacks the columns {', '.join(wrong)}, or they are of another type"
            raise ResultsError(f"{place}: {words}")
        groups = [about.metadata.row_group(k) for k in range(about.num_row_groups)]
        values = sum(g.column(k).num_values for g in groups for k in range(g.num_columns))
        if sum(group.total_byte_size for group in groups) > MOST or values > _MOST_VALUES:
            raise ResultsError(f"{place}: would be too large in memory")
        return pq.read_table(source, use_threads=False, **how)
    except (OSError, ValueError, TypeError, pa.ArrowException) as error:
        raise ResultsError(f"{place}: cannot be read: {error}") from error


@cache
def _schema() -> pa.Schema:
    """Type, unit and meaning of each column of a shard."""
    import pyarrow as pa

    kinds = {name: pa.list_(getattr(pa, column_type(name))()) for name in DAILY}
    return pa.schema(
        [
            described("key", pa.string(), "1", "address of the run"),
            described("seconds", pa.float64(), "second", "time that the run took"),
            *(described(name, pa.string(), "1", "of a run that failed") for name in _FAILURE),
            *(described(n, pa.float64(), o.unit, o.meaning) for n, o in OUTCOMES.items()),
            described(_OWN, pa.string(), "1", "outcomes of the user's own, as JSON"),
            *(described(f"daily_{n}", kinds[n], *about) for n, about in DAILY.items()),
        ]
    )


def _as_table(results: list[Result]) -> pa.Table:
    import pyarrow as pa

    columns: dict[str, list] = {
        "key": [r.key for r in results],
        "seconds": [r.seconds for r in results],
    }
    for name in _FAILURE:
        columns[name] = [None if r.failure is None else getattr(r.failure, name) for r in results]
    for name in OUTCOMES:
        columns[name] = [r.outcomes.get(name) for r in results]
    columns[_OWN] = [
        json.dumps({n: v for n, v in r.outcomes.items() if not dict.__contains__(OUTCOMES, n)})
        for r in results
    ]
    for name in DAILY:
        columns[f"daily_{name}"] = [r.daily.get(name) for r in results]
    return pa.table(columns, schema=_schema())


def _result(table: pa.Table, row: int, shard: Path) -> Result:
    def value(name: str) -> Any:
        return table.column(name)[row].as_py()

    key, seconds = str(value("key")), float(value("seconds") or 0.0)
    if value("stage") is not None:
        failure = Failure(*(str(value(name)) for name in _FAILURE))
        return Result(key, {}, {}, failure, seconds)
    outcomes = {name: value(name) for name in OUTCOMES}
    days = {name: table.column(f"daily_{name}")[row].values for name in DAILY}
    lengths = {
        -1 if series is None or series.null_count else len(series) for series in days.values()
    }
    if None in outcomes.values() or len(lengths) != 1 or -1 in lengths:
        raise ResultsError(f"{shard}: run {key} is not whole")
    daily = {name: np.asarray(series, dtype=column_type(name)) for name, series in days.items()}
    outcomes |= {str(n): float(v) for n, v in json.loads(value(_OWN) or "{}").items()}
    return Result(key, outcomes, daily, None, seconds)
