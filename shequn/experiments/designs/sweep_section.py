"""What a sweep visits, as asked for by options and by the table ``[sweep]`` of a scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.experiments.designs.axes import Axis, axes_of, axis_of
from shequn.experiments.designs.designs import (
    DESIGNS,
    Points,
    factorial,
    read_points,
    refuse,
    sample,
)
from shequn.model.scenario import Scenario, place_of

_POINTS = 64  # of lhs and sobol when nothing is said
_KEYS = ("replicates", "design", "points", "vary")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Section:
    """The table ``[sweep]`` of a scenario.

    Attributes
    ----------
    axes : tuple of Axis
        What is varied, empty when it does not say.
    design : str
        One of `DESIGNS`.
    points : int or None
        Points of ``lhs`` and ``sobol``.
    replicates : int or None
        Runs of each point.
    """

    axes: tuple[Axis, ...] = ()
    design: str = "factorial"
    points: int | None = None
    replicates: int | None = None


def design_of_section(scenario: Scenario) -> Section:
    """Read the table ``[sweep]`` of a scenario.

    Parameters
    ----------
    scenario : Scenario
        With a table ``sweep``, as it stands in the file.

    Returns
    -------
    Section
        Checked; empty when there is none.

    Raises
    ------
    ScenarioError
        With everything that is wrong: file, line, key, nearest valid name.
    """
    problems: list[Problem] = []
    table = scenario.sweep

    def place(key: str) -> str:
        return place_of(scenario, f"sweep.{key}")

    for key in table:
        if key not in _KEYS:
            words = f"'{key}' is no key of [sweep]{nearest(key, _KEYS)}"
            problems.append(Problem(place(key), words))
    for key in ("replicates", "points"):
        count = table.get(key, 1)
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            problems.append(Problem(place(key), f"{count!r} is no whole number of 1 or more"))
    design = table.get("design", "factorial")
    problems += wrong_design(design, "points" in table, place("design"))
    axes = _axes_of_section(table.get("vary", {}), place, problems)
    refuse(problems)
    return Section(axes, design, table.get("points"), table.get("replicates"))


def _axes_of_section(vary: Any, place: Any, problems: list[Problem]) -> tuple[Axis, ...]:
    if not isinstance(vary, dict):
        problems.append(Problem(place("vary"), f"{vary!r} is no table: [sweep.vary]"))
        return ()
    pairs = list(_leaves(vary))
    axes = []
    for number, (path, given) in enumerate(pairs):
        where = place(f"vary.{path}")
        if path in dict(pairs[:number]):
            problems.append(Problem(where, f"{path} is varied twice"))
        try:
            axes.append(axis_of(path, given, where))
        except ScenarioError as error:
            problems += error.problems
    return tuple(axes)


def _leaves(tree: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    """Paths and values: a path without quotes has become tables in tables."""
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def wrong_design(design: Any, counted: bool, place: str) -> list[Problem]:
    """What is wrong with the name of a design, and with a number of points beside it."""
    if not isinstance(design, str) or design not in DESIGNS:
        words = f"{design!r} is no design; there are {', '.join(DESIGNS)}"
        return [Problem(place, words + nearest(str(design), DESIGNS))]
    if design == "factorial" and counted:
        words = "the values decide how many points; points is for lhs and sobol"
        return [Problem(place, words)]
    return []


def points_of(
    scenario: Scenario,
    vary: Mapping[str, Any] | Sequence[str] = (),
    design: str | None = None,
    points: int | None = None,
    design_file: Path | None = None,
) -> Points:
    """The points that are asked for.

    Parameters
    ----------
    scenario : Scenario
        Its table ``[sweep]`` holds where nothing else is said; its seed is that of the design.
    vary : mapping, or sequence of str
        Values by path, or ``PATH=VALUES`` (`shequn.experiments.designs.axes.parse_axis`).
    design : str, optional
        One of `DESIGNS`.
    points : int, optional
        Points of ``lhs`` and ``sobol`` (64).
    design_file : Path, optional
        A table of points (`read_points`); nothing else may be given beside it.

    Returns
    -------
    Points
        Not yet tried on the scenario: `Points.scenarios_of` does.

    Raises
    ------
    ScenarioError
        With everything that is wrong.

    Notes
    -----
    What is varied and how belong together: with ``vary`` or ``design_file`` the design and the
    points of ``[sweep]`` do not hold either.
    """
    problems: list[Problem] = []
    section = _tried(lambda: design_of_section(scenario), Section(), problems)
    axes = _tried(lambda: axes_of(vary), (), problems)
    if design_file is not None:
        given = {"--vary": vary or None, "--design": design, "--points": points}
        words = "a design file says what every point is; drop one of the two"
        problems += [Problem(name, words) for name in given if given[name] is not None]
        table = _tried(lambda: read_points(design_file), None, problems)
        refuse(problems)
        assert table is not None
        return table
    base = Section(axes) if vary else section
    kind = design or base.design
    problems += wrong_design(kind, points is not None, f"--design {kind}")
    if not vary and not base.axes:
        words = "nothing to vary; give --vary PATH=VALUES, --design-file FILE, or [sweep.vary]"
        problems.append(Problem("--vary", words))
    count = base.points if points is None else points
    refuse(problems)
    if kind == "factorial":
        return factorial(base.axes, "--vary" if vary else place_of(scenario, "sweep.vary"))
    place = place_of(scenario, "sweep.points") if points is None else "--points"
    return sample(kind, base.axes, _POINTS if count is None else count, scenario.seed, place)


def _tried(read: Callable[[], _T], otherwise: _T, problems: list[Problem]) -> _T:
    """What a function gives; its problems are noted when it raises."""
    try:
        return read()
    except ScenarioError as error:
        problems += error.problems
        return otherwise
