"""Which points an experiment visits: a grid, a sample of ranges, or a table of the user's own.

- ``factorial``: all combinations of lists of values, the last path fastest.
- ``lhs``: a Latin hypercube (McKay, Beckman & Conover 1979, "A comparison of three methods for
  selecting values of input variables", Technometrics 21(2)): each of n equal parts of each range
  holds one of n points. It is not optimized further: that takes seconds and not one run less.
- ``sobol``: a Sobol sequence, scrambled (Sobol' 1967; Owen 1998, "Scrambling Sobol' and
  Niederreiter-Xing points", Journal of Complexity 14(4)). It is balanced for powers of 2 only, so
  that other numbers of points are rounded up.
- ``file``: one point in each row of a CSV table.

A design depends on its seed and on nothing else.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shequn.agents.errors import Problem, ScenarioError
from shequn.agents.files import read_lines
from shequn.experiments.designs.axes import Axis, cell_value
from shequn.experiments.runs import store
from shequn.model.parameters import Declaration, declared, unknown
from shequn.model.scenario import Scenario, declaration_of

DESIGNS = ("factorial", "lhs", "sobol")
MOST_POINTS = 10_000
_STREAM = 0xDE51  # keeps these draws apart from others with the same seed


@dataclass(frozen=True)
class Points:
    """The points of a design.

    Attributes
    ----------
    kind : str
        ``factorial``, ``lhs``, ``sobol`` or ``file``.
    paths : tuple of str
        What is varied.
    rows : tuple of dict
        For each point its values by path.
    origin : Mapping
        What it was made from, as plain values: values or ranges, seed, file.
    notes : tuple of str
        What a user has to be told: numbers that were rounded.
    places : tuple of str
        Where each point was given, for messages; empty: its values say it.
    """

    kind: str
    paths: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    origin: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    places: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """What identifies the design, as plain values; ``digest`` is that of all its rows."""
        rows = [[row[path] for path in self.paths] for row in self.rows]
        text = json.dumps(store.plain(rows))
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        head = {"design": self.kind, "points": len(self.rows), "paths": self.paths}
        return store.plain({**head, **self.origin, "digest": digest})

    def scenarios_of(self, base: Scenario) -> list[Scenario]:
        """The scenario of each point.

        Parameters
        ----------
        base : Scenario
            What all points share.

        Returns
        -------
        list of Scenario
            Checked.

        Raises
        ------
        ScenarioError
            With the points that contradict the scenario.
        """
        problems: list[Problem] = []
        found = []
        for number, row in enumerate(self.rows):
            try:
                found.append(base.with_values(row))
            except ScenarioError as error:
                place = self._place(number)
                problems += [Problem(place, str(problem)) for problem in error.problems]
        refuse(problems)
        return found

    def _place(self, number: int) -> str:
        if self.places:
            return self.places[number]
        return ", ".join(f"{path}={value}" for path, value in self.rows[number].items())


def refuse(problems: Sequence[Problem]) -> None:
    """Raise ScenarioError when something is wrong."""
    if problems:
        raise ScenarioError(problems)


def factorial(axes: Sequence[Axis], place: str = "--vary") -> Points:
    """All combinations of values, the last path fastest.

    Parameters
    ----------
    axes : sequence of Axis
        With lists of values.
    place : str
        Where they were given, for messages.

    Returns
    -------
    Points
        At most 10,000.

    Raises
    ------
    ScenarioError
        If an axis is a range, or there are more points.
    """
    words = "a range without a number of values; FROM:TO:HOW_MANY, or a design lhs or sobol"
    problems = [Problem(f"{place} {axis.path}", words) for axis in axes if axis.range is not None]
    count = math.prod(len(axis.values) for axis in axes)
    if count > MOST_POINTS:
        sizes = " x ".join(str(len(axis.values)) for axis in axes)
        problems.append(Problem(place, f"{sizes} = {count:,} points; at most {MOST_POINTS:,}"))
    refuse(problems)
    paths = tuple(axis.path for axis in axes)
    combinations = itertools.product(*(axis.values for axis in axes))
    rows = tuple(dict(zip(paths, values, strict=True)) for values in combinations)
    return Points("factorial", paths, rows, {"vary": {axis.path: axis.facts for axis in axes}})


def generator_of(seed: int) -> np.random.Generator:
    """The generator from which a design with this seed is drawn: Philox."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, _STREAM])))


def sample(
    kind: str, axes: Sequence[Axis], points: int, seed: int, place: str = "--points"
) -> Points:
    """Points spread over ranges and lists.

    Parameters
    ----------
    kind : str
        ``lhs`` or ``sobol``.
    axes : sequence of Axis
        Ranges; lists of values are spread evenly.
    points : int
        How many, at least 1; rounded up to a power of 2 for ``sobol``.
    seed : int
        Seed of the design.
    place : str
        Where the number was given, for messages.

    Returns
    -------
    Points
        At most 10,000. Whole-number parameters have whole numbers; ``notes`` says so.

    Raises
    ------
    ScenarioError
        If there would be none, or more.
    """
    count = 1 << (points - 1).bit_length() if kind == "sobol" and points > 0 else points
    if not 1 <= count <= MOST_POINTS:
        rounded = f" ({points:,} rounded up to a power of 2)" if count != points else ""
        words = f"{count:,} points{rounded}; allowed: 1 to {MOST_POINTS:,}"
        raise ScenarioError([Problem(place, words)])
    units = _units(kind, len(axes), count, seed)
    columns = [axis.at(units[:, k]) for k, axis in enumerate(axes)]
    paths = tuple(axis.path for axis in axes)
    rows = tuple(dict(zip(paths, row, strict=True)) for row in zip(*columns, strict=True))
    origin = {"seed": seed, "vary": {axis.path: axis.facts for axis in axes}}
    return Points(kind, paths, rows, origin, tuple(_notes(axes, columns, points, count)))


def _units(kind: str, paths: int, count: int, seed: int) -> np.ndarray:
    """Coordinates 0 <= u < 1: float64, shape (count, paths)."""
    from scipy.stats import qmc

    random: Any = {"seed": generator_of(seed)}  # scipy before 1.15 does not know it as rng
    if kind == "sobol":
        return qmc.Sobol(paths, scramble=True, **random).random_base2(count.bit_length() - 1)
    return qmc.LatinHypercube(paths, **random).random(count)


def _notes(
    axes: Sequence[Axis], columns: Sequence[list[Any]], points: int, count: int
) -> Iterable[str]:
    if count != points:
        yield f"{points:,} points rounded up to {count:,}: a Sobol sequence needs a power of 2"
    for axis, column in zip(axes, columns, strict=True):
        if axis.range is not None and axis.range.whole:
            several = f"{len(set(column)):,} different values in {count:,} points"
            yield f"{axis.path} rounded to whole numbers: {several}"


def read_points(path: Path) -> Points:
    """Points from a CSV table.

    Parameters
    ----------
    path : Path
        Comma-separated, UTF-8: a first line with paths of parameters, then one line for each
        point. Empty lines are left out; a point may come twice.

    Returns
    -------
    Points
        In the order of the file, at least 1 and at most 10,000.

    Raises
    ------
    ScenarioError
        With every cell that is wrong: file, line, column, allowed range.
    """
    lines = _lines_of(path)
    if not lines:
        raise ScenarioError([Problem(str(path), "is empty; the first line holds paths")])
    head = [name.strip() for name in lines[0][1]]
    place = f"{path}: line {lines[0][0]}"
    abouts, problems = _columns_of(head, place)
    if len(lines) == 1:
        problems.append(Problem(str(path), "holds no point; at least 1 line below the paths"))
    if len(lines) - 1 > MOST_POINTS:
        words = f"holds {len(lines) - 1:,} points; at most {MOST_POINTS:,}"
        problems.append(Problem(str(path), words))
    rows = []
    for number, cells in lines[1:]:
        rows.append(_row_of(cells, head, abouts, f"{path}: line {number}", problems))
    refuse(problems)
    places = tuple(f"{path}: line {number}" for number, _ in lines[1:])
    return Points("file", tuple(head), tuple(rows), {"file": path.name}, (), places)


def _lines_of(path: Path) -> list[tuple[int, list[str]]]:
    """Number and cells of each line that is not empty."""
    try:
        return read_lines(path)
    except OSError as error:
        raise ScenarioError([Problem(str(path), f"cannot be read: {error.strerror}")]) from error


def _columns_of(head: list[str], place: str) -> tuple[list[Declaration | None], list[Problem]]:
    """What is known of each column, and what is wrong with their names."""
    found = [declaration_of(name) for name in head]
    problems = []
    for number, (name, about) in enumerate(zip(head, found, strict=True), start=1):
        where = f"{place}: column {number}"
        if not name:
            problems.append(Problem(where, "has no name; expected the path of a parameter"))
        elif about is None:
            problems.append(unknown(name, declared(), where))
        elif name in head[: number - 1]:
            problems.append(Problem(where, f"{name} is varied twice"))
    return found, problems


def _row_of(
    cells: list[str],
    head: list[str],
    abouts: list[Declaration | None],
    place: str,
    problems: list[Problem],
) -> dict[str, Any]:
    """The values of one line; what is wrong with it is added to ``problems``."""
    if len(cells) != len(head):
        problems.append(Problem(place, f"{len(cells)} cells, not {len(head)}"))
        return {}
    row = {}
    for name, about, word in zip(head, abouts, cells, strict=True):
        if about is None:
            continue
        row[name], complaint = cell_value(about, word)
        if complaint:
            problems.append(Problem(f"{place}: column {name}", complaint))
    return row
