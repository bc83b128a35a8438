"""A finished results folder, read back: what its rows hold, and the runs that they came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shequn.agents.errors import ResultsError
from shequn.experiments import store
from shequn.experiments.archive import column_type
from shequn.experiments.axes import parse_value
from shequn.experiments.cases import DAILY, Case, Result, address_of
from shequn.experiments.perform import (
    SCENARIO,
    check_version,
    scenario_of_point,
    told_by_values,
)
from shequn.experiments.tables import CHECKSUMS, DAYS, FAILURES, NAMES, RUNS, digest_of
from shequn.model.outcomes import OUTCOMES
from shequn.model.scenario import Scenario, declaration_of

PLACES = ("point", "replicate", "seed", "key")


@dataclass(frozen=True)
class Record:
    """The folder of an experiment that has come to its end.

    Attributes
    ----------
    folder : Path
        Where.
    manifest : dict
        What it says of itself.
    """

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def command(self) -> str:
        """What made it: ``sweep``."""
        return str(self.manifest["command"])

    def changed_files(self) -> list[str]:
        """Tables whose bytes are not those that ``checksums.txt`` tells, or that are missing."""
        try:
            lines = (self.folder / CHECKSUMS).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return [CHECKSUMS]
        told = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
        paths = {name: self.folder / name for name in NAMES}
        return [
            name
            for name, path in paths.items()
            if not path.is_file() or digest_of(path) != told.get(name)
        ]

    def points(self) -> np.ndarray:
        """The point of each row of the run table: int, shape (rows,).

        Raises
        ------
        ResultsError
            If the table cannot be read.
        """
        return np.asarray(self._table(RUNS, ["point"]).column("point").to_numpy())

    @property
    def failed(self) -> int:
        """Runs in the table of failures."""
        return self._table(FAILURES, ["point"]).num_rows

    def rows(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """Some rows of the run table.

        Parameters
        ----------
        numbers : sequence of int
            Which, from 0 on.

        Returns
        -------
        list of dict
            Every column by name.

        Raises
        ------
        ResultsError
            If the table cannot be read, or lacks columns.
        """
        table = self._table(RUNS)
        lacking = [name for name in (*PLACES, *OUTCOMES) if name not in table.column_names]
        if lacking:
            raise ResultsError(f"{self.folder / RUNS}: lacks the columns {', '.join(lacking)}")
        return table.take(list(numbers)).to_pylist()

    def result(self, row: Mapping[str, Any]) -> Result:
        """What the tables hold of a run.

        Parameters
        ----------
        row : mapping
            From `rows`.

        Returns
        -------
        Result
            As it was when the tables were written.

        Raises
        ------
        ResultsError
            If the table of days cannot be read.
        """
        places = [(name, "=", row[name]) for name in ("point", "replicate")]
        table = self._table(DAYS, list(DAILY), places)
        daily = {
            name: np.asarray(table.column(name).to_numpy(), dtype=column_type(name))
            for name in DAILY
        }
        outcomes = {
            name: float("nan") if row[name] is None else float(row[name]) for name in OUTCOMES
        }
        return Result(str(row["key"]), outcomes, daily)

    def case(self, row: Mapping[str, Any]) -> Case:
        """The run that a row came from, made anew from the manifest and the scenario files.

        Parameters
        ----------
        row : mapping
            From `rows`.

        Returns
        -------
        Case
            Its key is that of the row if nothing was changed since.

        Raises
        ------
        ScenarioError
            If a scenario file, or a value, is not what it was.
        """
        design = self.manifest["design"]
        point, seed = int(row["point"]), int(design["seed"]) + int(row["replicate"])
        heads = design["points"]
        head = heads[point] if point < len(heads) else {}  # a search proposes further points
        turns = design.get("changes", [])
        whole = not turns and not told_by_values(head)  # in a file of its own
        scenario = Scenario.load(self.folder / (scenario_of_point(point) if whole else SCENARIO))
        if told_by_values(head):
            scenario = scenario.with_values(_finite(head))
        own = {
            path: _typed(path, value)
            for path, value in row.items()
            if path not in (*PLACES, *OUTCOMES, *head) and value is not None
        }
        if own:
            scenario = scenario.with_values(own)
        turn = turns[point] if turns else {"day": 0, "values": {}}
        day, change = int(turn["day"]), _finite(turn["values"])
        return Case(scenario, seed, address_of(scenario, day, change), day, change)

    def _table(self, name: str, columns: list[str] | None = None, filters: Any = None) -> Any:
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.folder / name
        try:
            return pq.read_table(path, columns=columns, filters=filters, use_threads=False)
        except (OSError, pa.ArrowException) as error:
            raise ResultsError(f"{path}: cannot be read: {error}") from error


def record_of(folder: str | Path) -> Record:
    """The record that a folder is.

    Parameters
    ----------
    folder : str or Path
        Results folder of a sweep, a comparison, or whatever else runs points and replicates.

    Returns
    -------
    Record
        Made by this version of the model, and come to its end.

    Raises
    ------
    ResultsError
        If it is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ResultsError(f"{folder}: no such folder")
    manifest = store.read_manifest(folder)
    if "design" not in manifest:
        words = f"holds results of shequn {manifest.get('command')}, not points and replicates"
        raise ResultsError(f"{folder}: {words}; give the folder of a sweep or a comparison")
    check_version(folder, manifest)
    if not (folder / RUNS).exists():
        words = f"has no {RUNS}: it was interrupted; give its command again with --out {folder}"
        raise ResultsError(f"{folder}: {words}")
    return Record(folder, manifest)


def _finite(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values from a manifest, where infinity is a word."""
    words = {"inf": float("inf"), "-inf": float("-inf")}
    return {
        path: words.get(value, value) if isinstance(value, str) else value
        for path, value in values.items()
    }


def _typed(path: str, value: Any) -> Any:
    """A value from a table, where lists are text and whole numbers may be fractions."""
    about = declaration_of(path)
    if about is None or about.kind is str:
        return value
    if isinstance(value, str):
        return parse_value(value)
    return int(value) if about.kind is int and float(value).is_integer() else value
