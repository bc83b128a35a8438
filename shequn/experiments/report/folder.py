"""Opening a folder to tell what it holds: it is read and checked, and nothing of it is run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.agents.errors import ResultsError, readable
from shequn.agents.files import is_folder, read_text
from shequn.experiments.perform.perform import SCENARIO, scenario_of_point
from shequn.experiments.perform.statistics import Interval, mean_interval, paired_difference
from shequn.experiments.perform.stopping import narrowing_interval
from shequn.experiments.runs.store import MANIFEST, read_json, read_manifest
from shequn.experiments.runs.tables import CHECKSUMS, RUNS
from shequn.experiments.verify.record import Record, record_of
from shequn.model.addresses import model_version
from shequn.model.outcomes import OUTCOMES
from shequn.model.reading import LEVELS, READING, level, paths_of_reading
from shequn.model.toml_text import parse_toml

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("sweep", "compare")
KNOWN = "the folders of shequn sweep, compare, demo and mine"
MINE = "mine.json"
PARTS = ("promotions", "sizes", "seeds")
WHOLE = PARTS[:2]  # of the business; the last is of one more group
_AMOUNTS = ("CNY", "orders", "persons", "messages", "hours", "groups")  # twice the members: twice
_MEANS = ("retention_cost", "acquisition_cost", "reproduction")
_DUST = 1e-9  # below it a number is the rounding of a difference of sums (assumed)
_MANY = 1e12  # members that are shown as a number (assumed)
_MOST_ARMS = 200  # whose scenario is read to see what sets them apart (assumed)


@dataclass(frozen=True)
class Told:
    """The folder of a sweep or a comparison, read back.

    Attributes
    ----------
    folder : Path
        Where.
    manifest : dict
        What it says of itself.
    scenario : dict
        The tables of its scenario file; empty where there is none that can be read.
    heads : tuple of dict
        What each point varies, the level of reading left out; the same at every level.
    paths : tuple of str
        What points vary, in order; ``("arm",)`` for a comparison.
    levels : tuple of str
        Levels of reading; one without a name where they were not asked for.
    frame : pandas.DataFrame
        The run table.
    failed : int
        Runs that failed.
    factor : float
        Members simulated for each real one: totals are divided by it.
    """

    folder: Path
    manifest: Mapping[str, Any]
    scenario: Mapping[str, Any]
    heads: tuple[dict[str, Any], ...]
    paths: tuple[str, ...]
    levels: tuple[str, ...]
    frame: pd.DataFrame
    failed: int
    factor: float = 1.0

    @property
    def compares(self) -> bool:
        """Whether it is a comparison of arms."""
        return self.manifest["command"] == "compare"

    @property
    def title(self) -> str:
        """What its scenario is called."""
        return str(self.scenario.get("title") or self.manifest.get("title") or self.name)

    @property
    def name(self) -> str:
        """The name of its scenario."""
        return str(self.manifest.get("scenario", ""))

    @property
    def focus(self) -> str:
        """The outcome that its scenario looks at first."""
        found = self.scenario.get("focus", "")
        return found if isinstance(found, str) else ""

    @property
    def days(self) -> int:
        """Days of a run; 0 where the scenario file does not tell."""
        run = self.scenario.get("run", {})
        found = run.get("days", 0) if isinstance(run, dict) else 0
        return found if type(found) is int and 0 < found < 10**6 else 0

    @property
    def seed(self) -> int:
        """Seed of the first replicate."""
        return self.manifest["design"]["seed"]

    @property
    def parameters(self) -> dict[str, Any]:
        """Every value that all points share, by path."""
        found = self.manifest.get("parameters", {})
        return found if isinstance(found, dict) else {}

    @property
    def factorial(self) -> bool:
        """Whether points are all combinations of some values."""
        about = self.manifest.get("points", {})
        levels = self.manifest.get("levels")
        if isinstance(levels, dict) and levels:
            first = next(iter(levels.values()))
            about = first.get("points", {}) if isinstance(first, dict) else {}
        return isinstance(about, dict) and about.get("design") == "factorial"

    @property
    def other_model(self) -> bool:
        """Whether another version of the model made it."""
        return self.manifest.get("model") != model_version()

    @cached_property
    def drawn(self) -> tuple[str, ...]:
        """Paths that each replicate draws from worlds; empty where all runs are of one world."""
        worlds = self.manifest["design"].get("worlds")
        first = worlds[0] if isinstance(worlds, list) and worlds else {}
        names = first if isinstance(first, dict) else {}
        return tuple(path for path in names if path in self.frame.columns)

    @property
    def reads(self) -> tuple[str, ...]:
        """Paths among them that say how much is read."""
        return tuple(p for p in self.drawn if p in (READING.path, *paths_of_reading()))

    @property
    def lucky(self) -> bool:
        """Whether worlds come with their luck: a seed of their own."""
        worlds = self.manifest["design"].get("worlds")
        first = worlds[0] if isinstance(worlds, list) and worlds else {}
        return isinstance(first, dict) and "run.seed" in first

    @cached_property
    def replicates(self) -> int:
        """Replicates of which there is at least one run."""
        return len(self._numbers)

    @cached_property
    def _numbers(self) -> np.ndarray:
        return np.unique(self.frame["replicate"].to_numpy())

    @cached_property
    def _values(self) -> dict[str, np.ndarray]:
        return {}

    def values(self, outcome: str, at: int, point: int) -> np.ndarray:
        """An outcome at a point.

        Parameters
        ----------
        outcome : str
            A column of the run table.
        at : int
            The number of the level of reading.
        point : int
            The number of the point.

        Returns
        -------
        numpy.ndarray
            float64, shape (replicates,); nan where there is no number. Totals are those of the
            whole, where fewer members are simulated than there are.
        """
        if outcome not in self._values:
            shape = (len(self.levels) * len(self.heads), self.replicates)
            found = np.full(shape, math.nan)
            if outcome in self.frame.columns:
                place = np.searchsorted(self._numbers, self.frame["replicate"].to_numpy())
                given = self.frame[outcome].to_numpy(dtype=float, na_value=math.nan)
                found[self.frame["point"].to_numpy(), place] = given
            found[~np.isfinite(found)] = math.nan
            found[np.abs(found) < _DUST] = 0.0
            if is_total(outcome):
                found /= self.factor
            self._values[outcome] = found
        return self._values[outcome][at * len(self.heads) + point]

    def interval(self, values: np.ndarray) -> Interval:
        """Mean with its interval; wider where a rule decided how many replicates there are."""
        return (narrowing_interval if self.manifest.get("until") else mean_interval)(values)

    def gap(self, values: np.ndarray, baseline: np.ndarray) -> Interval:
        """Mean paired difference with its interval."""
        return paired_difference(values, baseline, self.interval)

    def arms(self) -> list[dict[str, Any]]:
        """The settings of each arm by path, from the scenario files; empty without all of them."""
        if not self.compares or len(self.heads) > _MOST_ARMS:
            return []
        found = []
        for k in range(len(self.heads)):
            tree = _scenario(self.folder / scenario_of_point(k))
            if not tree:
                return []
            found.append(dict(_flat(tree)))
        return found


@dataclass(frozen=True)
class Mine:
    """The folder of ``shequn mine``.

    Attributes
    ----------
    folder : Path
        Where.
    parts : dict
        The results folders in it, by name: as far as they are there.
    factor : float
        Members simulated for each real one, at most 1.
    members : float
        Real ones; nan where the folder does not tell.
    """

    folder: Path
    parts: dict[str, Told]
    factor: float = 1.0
    members: float = math.nan


def is_total(outcome: str) -> bool:
    """Whether an outcome is a total: of twice as many members it is twice as large."""
    if outcome in _MEANS or outcome.endswith("_per_member"):
        return False
    return outcome in OUTCOMES and OUTCOMES[outcome].unit in _AMOUNTS


def open_folder(folder: str | Path) -> Told | Mine:
    """Open a folder of one of the kinds that can be told.

    Parameters
    ----------
    folder : str or Path
        A results folder.

    Returns
    -------
    Told or Mine
        Checked.

    Raises
    ------
    ResultsError
        If it is of another kind, unfinished or damaged.
    """
    folder = Path(folder)
    if not is_folder(folder):
        raise ResultsError(f"{folder}: no such folder")
    if (folder / MINE).exists():
        parts = {name: told_of(folder / name) for name in PARTS if is_folder(folder / name)}
        if not parts:
            words = f"holds none of {', '.join(PARTS)}: there is nothing to tell yet"
            raise ResultsError(f"{folder}: {words}")
        factor, members = _scale(folder / MINE)
        scaled = {
            name: replace(told, factor=factor) if name in WHOLE else told
            for name, told in parts.items()
        }
        return Mine(folder, scaled, factor, members)
    return told_of(folder)


def _scale(path: Path) -> tuple[float, float]:
    """Members simulated for each real one, and real ones."""
    about = read_json(path, "folder")
    factor, answers = about.get("factor", 1.0), about.get("answers")
    members = answers.get("members") if isinstance(answers, dict) else None
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0.0 < factor <= 1.0:
        raise ResultsError(f"{path}: factor: {readable(factor, 40)} is no number above 0, up to 1")
    if not isinstance(members, int | float) or not 0 < members < _MANY:
        members = math.nan
    return float(factor), float(members)


def told_of(folder: Path) -> Told:
    """The folder of a sweep or a comparison, read back."""
    manifest = read_manifest(folder)
    command = manifest.get("command")
    if command not in KINDS:
        words = f"holds results of shequn {readable(command, 40)}; a report is made of {KNOWN}"
        raise ResultsError(f"{folder}: {words}")
    record = record_of(folder, any_model=True)
    if changed := record.changed_files():
        words = f"damaged: {', '.join(changed)} (see {CHECKSUMS}); give its command again"
        raise ResultsError(f"{folder}: {words} with --out {folder}")
    levels = _levels(record)
    heads = _heads(record, len(levels))
    frame = _frame(record, len(levels) * len(heads))
    if frame.empty:
        raise ResultsError(f"{folder}: no run has succeeded: there is nothing to tell")
    return Told(
        folder, manifest, _scenario(folder / SCENARIO), heads, _paths(record, heads), levels,
        frame, record.failed,
    )  # fmt: skip


def _levels(record: Record) -> tuple[str, ...]:
    told = record.manifest.get("levels")
    if told is None:
        return ("",)
    if not isinstance(told, dict) or not told or not set(told) <= set(LEVELS):
        raise ResultsError(f"{record.folder / MANIFEST}: levels are not {', '.join(LEVELS)}")
    return tuple(told)


def _heads(record: Record, levels: int) -> tuple[dict[str, Any], ...]:
    """What the points of one level vary; those of the others must be the same."""
    points: Sequence[dict[str, Any]] = record.manifest["design"]["points"]
    place = record.folder / MANIFEST
    if not points or len(points) % levels:
        raise ResultsError(f"{place}: design: points are not as many at every level")
    if levels == 1 and "levels" not in record.manifest:
        heads = list(points)
    else:
        each = len(points) // levels
        names = tuple(record.manifest["levels"])
        where = [level(names[k // each]).place for k in range(len(points))]
        if [head.get("reading") for head in points] != where:
            raise ResultsError(f"{place}: design: points do not tell their level of reading")
        bare = [{p: v for p, v in head.items() if p != "reading"} for head in points]
        if any(bare[k] != bare[k % each] for k in range(len(bare))):
            raise ResultsError(f"{place}: design: points are not the same at every level")
        heads = bare[:each]
    for head in heads:
        if set(head) != set(heads[0]) or not all(_plain(v) for v in head.values()):
            raise ResultsError(f"{place}: design: points do not all vary the same")
        if record.command == "compare" and not isinstance(head.get("arm"), str):
            raise ResultsError(f"{place}: design: an arm without a name")
    return tuple(heads)


def _plain(value: Any) -> bool:
    """Whether a value of a point is a word or a number that can be reckoned with."""
    if isinstance(value, list):
        return all(_plain(each) for each in value)
    number = isinstance(value, int | float) and abs(value) < 1e300 and value == value
    return value is None or isinstance(value, str | bool) or number


def _paths(record: Record, heads: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What is varied, as far as more than one value was tried; all of it where nothing is."""
    if record.command == "compare":
        return ("arm",)
    facts: Any = record.manifest.get("points")
    levels: Any = record.manifest.get("levels")
    if isinstance(levels, dict):
        first = next(iter(levels.values()))
        facts = first.get("points") if isinstance(first, dict) else None
    named = facts.get("paths") if isinstance(facts, dict) else None
    whole = isinstance(named, list) and all(isinstance(p, str) and p in heads[0] for p in named)
    paths = [str(path) for path in named] if whole and named else list(heads[0])
    varied = [path for path in paths if len({repr(head[path]) for head in heads}) > 1]
    return tuple(varied or paths)


def _frame(record: Record, points: int) -> pd.DataFrame:
    """The run table, each row in its place."""
    if (record.points() >= points).any():
        raise ResultsError(f"{record.folder / RUNS}: a point that {MANIFEST} does not tell")
    names = [*OUTCOMES, "point", "replicate"]
    worlds = record.manifest["design"].get("worlds")
    first = worlds[0] if isinstance(worlds, list) and worlds else None
    table = record.table(RUNS)
    if isinstance(first, dict):
        numbers = [p for p in first if p in table.column_names and _is_number(table, p)]
        names += [path for path in numbers if path not in names]
    frame = table.select(names).to_pandas()
    return frame.drop_duplicates(["point", "replicate"], keep="last", ignore_index=True)


def _is_number(table: Any, name: str) -> bool:
    import pyarrow as pa

    kind = table.schema.field(name).type
    return pa.types.is_floating(kind) or pa.types.is_integer(kind)


def _scenario(path: Path) -> dict[str, Any]:
    """The tables of a scenario file, which is neither resolved nor run; empty where it is none."""
    try:
        return parse_toml(read_text(path))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ResultsError(f"{path}: cannot be read: {why}") from error


def _flat(tree: Mapping[str, Any], above: str = "") -> list[tuple[str, Any]]:
    found = []
    for key, value in tree.items():
        path = f"{above}{key}"
        found += _flat(value, f"{path}.") if isinstance(value, dict) else [(path, value)]
    return found
