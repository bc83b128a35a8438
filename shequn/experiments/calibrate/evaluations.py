"""The folder of a calibration: every evaluation is kept as it finishes."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from shequn.agents.errors import ResultsError
from shequn.agents.files import TABLE, read_bytes
from shequn.experiments.calibrate.smc import Evaluation
from shequn.experiments.runs import store
from shequn.model.scenario import Scenario

EVALUATIONS = "evaluations.jsonl"


def open_folder(
    scenario: Scenario, facts: dict[str, Any], out: str | Path | None, kind: str = "calibration"
) -> Path:
    """A new folder, or the folder of the same calibration, begun earlier.

    Parameters
    ----------
    scenario : Scenario
        The first one calibrated.
    facts : dict
        What identifies the calibration, as plain values.
    out : str or Path, optional
        The folder wanted; ``results/calibrate-NAME-001`` or the next free number when None.
    kind : str
        ``calibration`` or ``search``.

    Returns
    -------
    Path
        A folder with its manifest.

    Raises
    ------
    ResultsError
        If it holds something else; the message names what differs.
    """
    out = store.path_of(out)
    if out is not None and (out / store.MANIFEST).exists():
        there = store.read_manifest(out).get(kind)
        if not isinstance(there, dict):
            raise ResultsError(f"{out}: holds no {kind}; nothing is overwritten")
        wanted = json.loads(json.dumps(facts))
        differ = [name for name in wanted if there.get(name) != wanted[name]]
        if differ:
            words = f"{out}: holds another {kind} (differs in {', '.join(differ)})"
            raise ResultsError(f"{words}; nothing is overwritten")
        return out
    folder = store.new_folder(f"calibrate-{scenario.name}", out)
    store.write_manifest(folder, store.manifest(scenario, "calibrate", **{kind: facts}))
    return folder


class Journal:
    """A file to which every evaluation is added as it finishes."""

    def __init__(self, path: Path) -> None:
        self._lines = path.open("a", encoding="utf-8", newline="\n")
        if self._lines.tell():
            self._lines.write("\n")  # ends a line that an interruption cut short

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()

    def write(self, one: Evaluation) -> None:
        """Add one evaluation."""
        facts = dataclasses.asdict(one)
        position, summaries = one.position.tolist(), one.summaries.tolist()
        self.add(facts | {"position": position, "summaries": summaries})

    def add(self, facts: dict[str, Any]) -> None:
        """Add one line: plain values by name."""
        self._lines.write(json.dumps(store.plain(facts), ensure_ascii=False) + "\n")
        self._lines.flush()


def lines_in(path: Path) -> Iterator[Any]:
    """What each line of such a file holds; those cut short are left out, no file is no line.

    Raises
    ------
    ResultsError
        If it cannot be read.
    """
    if not path.exists():
        return
    try:
        lines = read_bytes(path, TABLE).splitlines()
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read: {error.strerror}") from error
    for line in lines:
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            continue


def load_evaluations(
    folder: Path, parameters: int, summaries: int
) -> dict[tuple[int, int], Evaluation]:
    """Finished evaluations of a folder; lines cut short are left out.

    Parameters
    ----------
    folder : Path
        Folder of a calibration.
    parameters, summaries : int
        How many each has; lines that have others are left out, too.

    Returns
    -------
    dict
        By round and attempt.
    """
    found = {}
    for line in lines_in(folder / EVALUATIONS):
        try:
            one = _evaluation(line)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
            continue
        if (len(one.position), len(one.summaries)) == (parameters, summaries):
            found[one.round, one.attempt] = one
    return found


def number_in(value: Any) -> float:
    """A number as `store.plain` writes it; raises KeyError, TypeError or ValueError for others."""
    words = {None: math.nan, "inf": math.inf, "-inf": -math.inf}
    return words[value] if value is None or isinstance(value, str) else float(value)


def _evaluation(row: dict[str, Any]) -> Evaluation:
    summaries = [number_in(value) for value in row["summaries"]]
    return Evaluation(
        int(row["round"]), int(row["attempt"]), np.array(row["position"], dtype=float),
        int(row["seed"]), np.array(summaries, dtype=float), float(row["seconds"]),
        str(row["failure"]),
    )  # fmt: skip
