"""Facts of finished simulations, kept in a file: an interrupted validation goes on with them."""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from shequn.agents.errors import ResultsError
from shequn.agents.files import TABLE, read_bytes
from shequn.agents.sources import digest_of_rooms
from shequn.experiments.facts import Estimate
from shequn.experiments.runs import store
from shequn.experiments.runs.cases import case_of
from shequn.model.scenario import Scenario

KEPT = "simulated.jsonl"


@cache
def _version_of_facts() -> str:
    """Digest of the sources that measure facts on a simulation: 16 hexadecimal digits."""
    return digest_of_rooms("experiments/facts")[:16]


def kept_key(scenario: Scenario, seed: int, size: float, wanted: Sequence[str]) -> str:
    """What tells the facts of one simulation from all others.

    Parameters
    ----------
    scenario : Scenario
        What is simulated; its values and the sources of the model count.
    seed : int
        Its seed.
    size : float
        Its size.
    wanted : sequence of str
        Names of the facts.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    parts = (case_of(scenario, seed).key, repr(size), _version_of_facts(), *wanted)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


class KeptFacts:
    """A file with a line for each finished simulation.

    Parameters
    ----------
    path : Path
        The file; made when there is something to keep.

    Raises
    ------
    ResultsError
        If it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            lines = read_bytes(path, TABLE).splitlines() if path.exists() else []
        except OSError as error:
            raise ResultsError(f"{path}: cannot be read: {error.strerror}") from error
        self._found = dict(filter(None, map(_read, lines)))

    def get(self, key: str, measure: Callable[[], dict[str, Estimate]]) -> dict[str, Estimate]:
        """The facts of a simulation: kept ones, else measured now and kept.

        Parameters
        ----------
        key : str
            From `kept_key`.
        measure : callable
            Simulates and measures.

        Returns
        -------
        dict
            Estimates by name of the fact.

        Raises
        ------
        ResultsError
            If they cannot be written.
        """
        if key not in self._found:
            self._found[key] = measure()
            self._add(key, self._found[key])
        return self._found[key]

    def _add(self, key: str, facts: dict[str, Estimate]) -> None:
        values = {
            name: [float(each.value), float(each.low), float(each.high), int(each.n)]
            for name, each in facts.items()
        }
        line = json.dumps({"key": key, "facts": store.plain(values)})
        try:
            with self._lock, self._path.open("a", encoding="utf-8", newline="\n") as stream:
                stream.write(f"\n{line}\n")  # a line that an interruption cut short ends here
        except OSError as error:
            raise ResultsError(f"{self._path}: cannot be written: {error.strerror}") from error


def _read(line: bytes) -> tuple[str, dict[str, Estimate]] | None:
    """A line of the file; None for one that is empty or was cut short."""
    words = {None: math.nan, "inf": math.inf, "-inf": -math.inf}

    def number(value: float | str | None) -> float:
        return words[value] if value is None or isinstance(value, str) else float(value)

    try:
        row = json.loads(line)
        return str(row["key"]), {
            name: Estimate(number(value), number(low), number(high), int(n))
            for name, (value, low, high, n) in row["facts"].items()
        }
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
