"""A finished results folder, read back: what its rows hold, and the runs that they came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shequn.agents.errors import ResultsError
from shequn.agents.files import check, is_folder, read_text
from shequn.experiments.designs.axes import parse_value
from shequn.experiments.perform.perform import (
    SCENARIO,
    check_version,
    scenario_of_point,
    told_by_values,
)
from shequn.experiments.runs import store
from shequn.experiments.runs.archive import MOST, column_type, read_parquet
from shequn.experiments.runs.cases import DAILY, Case, Result, address_of
from shequn.experiments.runs.tables import (
    CHECKSUMS,
    DAYS,
    FAILURES,
    NAMES,
    RUNS,
    digest_of,
    schema_of,
)
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
        """Tables whose bytes are not those that ``checksums.txt`` tells, or that are missing.

        Raises
        ------
        ResultsError
            If there is something in the place of a table that cannot be one.
        """
        there = [name for name in (*NAMES, CHECKSUMS) if self._has(name)]
        try:
            lines = read_text(self.folder / CHECKSUMS).splitlines()
        except OSError:
            return [CHECKSUMS]
        told = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
        return [
            name
            for name in NAMES
            if name not in there or digest_of(self.folder / name) != told.get(name)
        ]

    def points(self) -> np.ndarray:
        """The point of each row of the run table: int, shape (rows,).

        Raises
        ------
        ResultsError
            If the table cannot be read.
        """
        table = self.table(RUNS, columns=["point", "replicate"])
        points, replicates = (table.column(name) for name in ("point", "replicate"))
        if points.null_count or replicates.null_count:
            raise ResultsError(f"{self.folder / RUNS}: a run without a point or a replicate")
        found = np.asarray(points.to_numpy())
        if len(found) and not (found.min() >= 0 and replicates.to_numpy().min() >= 0):
            raise ResultsError(f"{self.folder / RUNS}: a point or a replicate is below 0")
        return found

    @property
    def failed(self) -> int:
        """Runs in the table of failures."""
        return self.table(FAILURES, columns=["point"]).num_rows

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
        table = self.table(RUNS)
        if any(table.column(name).null_count for name in PLACES):
            raise ResultsError(f"{self.folder / RUNS}: a run without {', '.join(PLACES)}")
        return table.take(np.asarray(numbers, np.int64)).to_pylist()

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
        table = self.table(DAYS, columns=list(DAILY), filters=places)
        if any(table.column(name).null_count for name in DAILY):
            raise ResultsError(f"{self.folder / DAYS}: a day without a number")
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
        point, seed = int(row["point"]), int(row["seed"])
        heads = design["points"]
        head = heads[point] if point < len(heads) else {}  # a search proposes further points
        turns = design.get("changes", [])
        whole = not turns and not told_by_values(head)  # in a file of its own
        scenario = Scenario.load(self.folder / (scenario_of_point(point) if whole else SCENARIO))
        if told_by_values(head):
            scenario = scenario.with_values(_finite(head))
        mine = [text.rpartition(":")[2] for text in scenario.outcomes]
        own = {
            path: _typed(path, value)
            for path, value in row.items()
            if path not in (*PLACES, *OUTCOMES, *mine, *head) and value is not None
        }
        if own:
            scenario = scenario.with_values(own)
        turn = turns[point] if turns else {"day": 0, "values": {}}
        day, change = int(turn["day"]), _finite(turn["values"])
        return Case(scenario, seed, address_of(scenario, day, change), day, change)

    def table(self, name: str, **how: Any) -> Any:
        """A table of the folder, or the part of it that is asked for.

        Parameters
        ----------
        name : str
            `RUNS`, `DAYS` or `FAILURES`.
        **how
            For `shequn.experiments.runs.archive.read_parquet`.

        Returns
        -------
        pyarrow.Table
            Its columns are those that every such table has, and more.

        Raises
        ------
        ResultsError
            If it is missing or cannot be read.
        """
        path = self.folder / name
        if not self._has(name):
            raise ResultsError(f"{path}: missing")
        return read_parquet(path, schema_of(name), path, **how)

    def _has(self, name: str) -> bool:
        """Whether a file is there; pipes, devices and giants are refused before they are read."""
        try:
            check(self.folder / name, MOST)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise ResultsError(f"{self.folder / name}: {error.strerror}") from error
        return True


def record_of(folder: str | Path, *, any_model: bool = False) -> Record:
    """The record that a folder is.

    Parameters
    ----------
    folder : str or Path
        Results folder of a sweep, a comparison, or whatever else runs points and replicates.
    any_model : bool
        Another version of the model will do: for who only reads its tables.

    Returns
    -------
    Record
        Made by this version of the model unless any will do, and come to its end.

    Raises
    ------
    ResultsError
        If it is no such folder.
    """
    folder = Path(folder)
    if not is_folder(folder):
        raise ResultsError(f"{folder}: no such folder")
    manifest = store.read_manifest(folder)
    if "design" not in manifest:
        words = f"holds results of shequn {manifest.get('command')}, not points and replicates"
        raise ResultsError(f"{folder}: {words}; give the folder of a sweep or a comparison")
    check_version(folder, manifest, any_model=any_model)
    problem = _problem_of_design(manifest["design"])
    if problem:
        raise ResultsError(f"{folder / store.MANIFEST}: {problem}")
    if not (folder / RUNS).exists():
        words = f"has no {RUNS}: it was interrupted; give its command again with --out {folder}"
        raise ResultsError(f"{folder}: {words}")
    return Record(folder, manifest)


def _problem_of_design(design: Any) -> str:
    """What is wrong with the points that a manifest tells, "" when nothing is."""
    if not isinstance(design, dict):
        return "design is no table"
    seed, points = design.get("seed"), design.get("points")
    if type(seed) is not int or not 0 <= seed < 2**64:
        return "design: seed is no number of 0 to 2**64 - 1"
    if not isinstance(points, list) or not all(isinstance(head, dict) for head in points):
        return "design: points are no list of tables"
    turns = design.get("changes", [])
    if not isinstance(turns, list) or len(turns) not in (0, len(points)):
        return "design: changes are not one for each point"
    for turn in turns:
        fine = isinstance(turn, dict) and type(turn.get("day")) is int
        if not fine or not isinstance(turn.get("values"), dict):
            return "design: a change is no day and its values"
    return ""


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
