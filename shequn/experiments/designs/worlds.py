"""Sampled worlds: a posterior or a table of ranges, from which each replicate draws parameters.

Of a posterior a replicate draws a sample by its seed. Ranges are filled evenly: the points of a
scrambled Sobol sequence are taken in turn, so that few replicates see the whole of each range, and
what a scenario says itself is not drawn (`shequn.experiments.designs.plausible.settled`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.agents.errors import Problem, ScenarioError
from shequn.agents.files import read_lines
from shequn.experiments.designs.designs import generator_of
from shequn.experiments.designs.plausible import (
    HEAD,
    PLAUSIBLE,
    Lines,
    plausible_ranges,
    ranges_of,
    settled,
)
from shequn.experiments.designs.ranges import Range
from shequn.experiments.runs.plan import LUCK
from shequn.model.parameters import declared, unknown
from shequn.model.reading import paths_of_reading
from shequn.model.scenario import Scenario, declaration_of

if TYPE_CHECKING:
    import pandas as pd

    from shequn.experiments.calibrate.posterior import Calibration

_STREAM = 1 << 63  # keeps these draws apart from those of a calibration with the same seed
_PLACE = "--worlds"
_SEED = "seed"  # column of a table
_TURNS = 4096  # points of a table of ranges; the seeds after them begin anew


@dataclass(frozen=True)
class Worlds:
    """Weighted samples of parameters.

    Attributes
    ----------
    names : list of str
        Paths; ``study-room:discovery.rate`` holds for the scenario of that name only.
    values : numpy.ndarray
        float64, shape (samples, parameters).
    weights : numpy.ndarray
        float64, shape (samples,), not negative, sum above 0.
    ranges : bool
        Whether they fill ranges: samples are taken in turn, and what a scenario says itself stays.
    lucks : numpy.ndarray or None
        A seed for each sample, int64, shape (samples,): it is the group that lived with this luck
        (`shequn.experiments.mine`). Samples are taken in turn, each once.
    """

    names: list[str]
    values: np.ndarray
    weights: np.ndarray
    ranges: bool = False
    lucks: np.ndarray | None = None

    @classmethod
    def of(cls, source: Worlds | Calibration | pd.DataFrame | str | Path) -> Worlds:
        """Worlds from a calibration, its samples, its posterior.csv, or a table of ranges.

        Parameters
        ----------
        source : Worlds, Calibration, pandas.DataFrame, str or Path
            The table of a posterior has the column weight, one column for each parameter and, where
            each sample is a world with its luck, seed; one of
            ranges the columns path, low, high, log and reason; ``plausible``: that of the program.

        Returns
        -------
        Worlds
            Checked.

        Raises
        ------
        ScenarioError
            With everything that is wrong.
        """
        if isinstance(source, Worlds):
            return source
        if str(source) == PLAUSIBLE:
            return _filling(plausible_ranges())
        if isinstance(source, str | Path):
            lines = _lines_of(Path(source))
            if lines and tuple(map(str.strip, lines[0][1])) == HEAD:
                return _filling(ranges_of(lines, Path(source)))
            return _checked(*_numbers(lines, Path(source)), str(source))
        frame: Any = getattr(source, "samples", source)
        try:
            rows, names = frame.to_numpy(dtype=float), [str(name) for name in frame.columns]
        except (AttributeError, TypeError, ValueError) as error:
            words = "is neither a posterior, nor its table of numbers, nor the path of that table"
            raise ScenarioError([Problem(_PLACE, words)]) from error
        return _checked(names, rows, _PLACE)

    def draw(self, scenario: Scenario, seeds: Sequence[int]) -> list[dict[str, Any]]:
        """The world of each run.

        Parameters
        ----------
        scenario : Scenario
            What is run; decides which parameters concern it.
        seeds : sequence of int
            Seeds of the runs. The same seed gives the same sample, whatever the scenario.

        Returns
        -------
        list of dict
            Values by path, one for each seed; with ``run.seed`` where a sample has its luck.

        Raises
        ------
        ScenarioError
            If no parameter concerns the scenario, or there are not so many samples with their luck.
        """
        columns = self.columns(scenario)
        if not columns:
            words = f"none of the parameters concerns {scenario.name}: {', '.join(self.names)}"
            raise ScenarioError([Problem(_PLACE, words)])
        if self.lucks is not None and len(seeds) > len(self.lucks):
            words = (
                f"holds {len(self.lucks)} worlds, each with its luck: at most so many replicates"
            )
            raise ScenarioError([Problem(_PLACE, words)])
        found = []
        for place in map(self._place, seeds):
            luck = {} if self.lucks is None else {LUCK: int(self.lucks[place])}
            row = self.values[place]
            found.append({path: _typed(path, row[k]) for path, k in columns.items()} | luck)
        return found

    def columns(self, scenario: Scenario) -> dict[str, int]:
        """The column of each path that concerns a scenario."""
        if self.ranges:
            stays = settled(scenario)
            return {path: k for k, path in enumerate(self.names) if path not in stays}
        found = {}
        for k, name in enumerate(self.names):
            own, _, path = name.rpartition(":")
            if own in ("", scenario.name) or scenario.name == f"median-{own}":
                found[path] = k
        return found

    def without(self, paths: Iterable[str]) -> Worlds:
        """The same without some paths, and without the reading that would set one of them."""
        left_out = set(paths)
        if left_out & set(paths_of_reading()):
            left_out.add("reading")
        kept = [k for k, name in enumerate(self.names) if name not in left_out]
        return replace(self, names=[self.names[k] for k in kept], values=self.values[:, kept])

    def shared(self, scenarios: Iterable[Scenario]) -> Worlds:
        """Of ranges those that are drawn in all of some scenarios: what one of them says stays."""
        if not self.ranges:
            return self
        columns = [self.columns(scenario) for scenario in scenarios]
        return self.without(name for name in self.names if any(name not in c for c in columns))

    def _place(self, seed: int) -> int:
        if self.ranges or self.lucks is not None:
            return seed % len(self.values)
        generator = np.random.Generator(np.random.Philox(key=np.array([seed, _STREAM], np.uint64)))
        edges = np.cumsum(self.weights)
        place = int(np.searchsorted(edges, generator.random() * edges[-1], side="right"))
        return min(place, len(edges) - 1)


def _typed(path: str, value: float) -> Any:
    about = declaration_of(path)
    return int(value) if about is not None and about.kind is int else float(value)


def _filling(ranges: Mapping[str, Range]) -> Worlds:
    """Points that fill some ranges evenly."""
    units = _sobol(len(ranges))
    columns = [ends.values(units[:, k]) for k, ends in enumerate(ranges.values())]
    return Worlds(list(ranges), np.stack(columns, axis=1), np.ones(len(units)), ranges=True)


@cache
def _sobol(dimensions: int) -> np.ndarray:
    """Coordinates 0 <= u < 1, the same always: float64, shape (points, dimensions)."""
    from scipy.stats import qmc

    random: Any = {"seed": generator_of(_STREAM)}  # scipy before 1.15 does not know it as rng
    return qmc.Sobol(dimensions, scramble=True, **random).random(_TURNS)


def apart(worlds: Worlds, scenario: Scenario, paths: Mapping[str, Any], how: str) -> Worlds:
    """Worlds that draw nothing that is set otherwise: of ranges it is left out, else refused.

    Parameters
    ----------
    worlds, scenario, paths, how
        As for `refuse_overlap`.
    """
    if worlds.ranges:
        return worlds.without(paths)
    refuse_overlap(worlds, scenario, paths, how)
    return worlds


def refuse_overlap(worlds: Worlds, scenario: Scenario, paths: Mapping[str, Any], how: str) -> None:
    """Refuse parameters that are set and drawn at once.

    Parameters
    ----------
    worlds : Worlds
        What is drawn.
    scenario : Scenario
        What is run.
    paths : mapping
        What is set otherwise, by path.
    how : str
        How: ``--vary``.
    """
    twice = [path for path in worlds.columns(scenario) if path in paths]
    if twice:
        source = "ranges" if worlds.ranges else "posterior"
        words = f"comes from the {source} ({_PLACE}) already; drop one of the two"
        raise ScenarioError([Problem(f"{how} {path}", words) for path in twice])


def refuse_differences(worlds: Worlds, arms: Mapping[str, Scenario]) -> None:
    """Refuse parameters in which arms differ: the posterior would make them alike."""
    problems = []
    for path in dict.fromkeys(p for scenario in arms.values() for p in worlds.columns(scenario)):
        if path not in declared():
            continue
        values = {
            name: scenario.value(path)
            for name, scenario in arms.items()
            if path in worlds.columns(scenario)
        }
        if len(set(values.values())) > 1:
            listed = ", ".join(f"{value:g} in '{name}'" for name, value in values.items())
            words = f"{path} differs between the arms ({listed}) and comes from the posterior"
            problems.append(Problem(_PLACE, words))
    if problems:
        raise ScenarioError(problems)


def _lines_of(path: Path) -> Lines:
    try:
        return read_lines(path)
    except OSError as error:
        raise ScenarioError([Problem(str(path), f"cannot be read: {error.strerror}")]) from error


def _numbers(lines: Lines, path: Path) -> tuple[list[str], np.ndarray]:
    """The head of a table, and the numbers below it."""
    head = lines[0][1] if lines else []
    problems, rows = [], []
    for number, line in lines[1:]:
        try:
            rows.append([float(word) for word in line])
        except ValueError:
            problems.append(Problem(f"{path}: line {number}", "holds what is not a number"))
        else:
            if len(line) != len(head):
                words = f"{len(line)} columns, not {len(head)}"
                problems.append(Problem(f"{path}: line {number}", words))
    if problems:
        raise ScenarioError(problems)
    return head, np.array(rows, dtype=float).reshape(len(rows), len(head))


def _checked(head: list[str], rows: np.ndarray, place: str) -> Worlds:
    """The worlds of a table, if nothing is wrong with it."""
    names = [name.strip() for name in head]
    lucks = None
    if _SEED in names:
        lucks = rows[:, names.index(_SEED)]
        kept = [k for k, name in enumerate(names) if name != _SEED]
        names, rows = [names[k] for k in kept], rows[:, kept]
        if not ((lucks >= 0) & (lucks <= 2**53) & (lucks % 1 == 0)).all():
            raise ScenarioError([Problem(place, "seed must be whole numbers from 0 to 2**53")])
        lucks = lucks.astype(np.int64)
    if "weight" not in names or len(names) < 2:
        words = "needs the column weight and one for each parameter: the posterior.csv of calibrate"
        raise ScenarioError([Problem(place, words)])
    problems = []
    parameters = [name for name in names if name != "weight"]
    for name in parameters:
        if declaration_of(name.rpartition(":")[2]) is None:
            problems.append(unknown(name.rpartition(":")[2], declared(), place))
    problems += [
        Problem(place, f"names {name} twice")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    weights = rows[:, names.index("weight")]
    total = float(weights.sum()) if len(weights) else 0.0
    if not (np.all(weights >= 0.0) and 0.0 < total < math.inf):
        problems.append(Problem(place, "weights must not be negative, and some above 0"))
    if not np.isfinite(rows).all():
        problems.append(Problem(place, "holds values that are not finite"))
    if problems:
        raise ScenarioError(problems)
    kept = [k for k, name in enumerate(names) if name != "weight"]
    return Worlds(parameters, rows[:, kept], weights, lucks=lucks)
