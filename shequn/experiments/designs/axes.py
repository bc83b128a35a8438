"""What a design varies: parameters, each with a list of values or a range."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shequn.agents.errors import Problem, ScenarioError
from shequn.experiments.designs.ranges import Range, range_of
from shequn.model.parameters import Declaration, check_value, declared, unknown
from shequn.model.scenario import declaration_of
from shequn.model.toml_text import parse_toml

MOST_VALUES = 10_000
_FORM = "expected LOW:HIGH, LOW:HIGH:log or FROM:TO:HOW_MANY"
_SHOWN = 5  # wrong values of one path that are listed


@dataclass(frozen=True)
class Axis:
    """One parameter that is varied.

    Attributes
    ----------
    path : str
        The parameter.
    values : tuple
        Its values, in the declared type; empty when there is a range.
    range : Range or None
        All values between two ends; only for numbers.
    """

    path: str
    values: tuple[Any, ...] = ()
    range: Range | None = None

    def at(self, units: np.ndarray) -> list[Any]:
        """Values at coordinates.

        Parameters
        ----------
        units : numpy.ndarray
            0 <= u < 1, shape (points,).

        Returns
        -------
        list
            In the declared type, one for each coordinate. A list of k values is cut into k equal
            parts of 0 .. 1; a whole number between two ends is as likely as any other.
        """
        if self.range is None:
            places = np.minimum((units * len(self.values)).astype(int), len(self.values) - 1)
            return [self.values[place] for place in places]
        kind = int if self.range.whole else float
        return [kind(value) for value in self.range.values(units)]

    @property
    def facts(self) -> list[Any] | dict[str, Any]:
        """The values, or the ends and the scale, as plain values."""
        if self.range is None:
            return list(self.values)
        scale = "log" if self.range.log else "linear"
        return {"low": self.range.low, "high": self.range.high, "scale": scale}


def parse_axis(text: str) -> Axis:
    """Read one ``PATH=VALUES``.

    Parameters
    ----------
    text : str
        ``group.capacity=50,100,200``; ``policy.promo_share=0:0.3:8`` (from, to, how many);
        ``policy.promo_share=0:0.3`` or ``feel.habit_half_life=5:100:log`` (a range).

    Returns
    -------
    Axis
        Checked against the declaration.

    Raises
    ------
    ScenarioError
        If the path is no parameter, or values are wrong; every problem at once.
    """
    path, equals, words = text.partition("=")
    place = f"--vary {text}"
    if not equals:
        raise ScenarioError([Problem(place, "expected PATH=VALUES")])
    return axis_of(path.strip(), words, place)


def axes_of(vary: Mapping[str, Any] | Sequence[str]) -> tuple[Axis, ...]:
    """Read everything that is varied.

    Parameters
    ----------
    vary : mapping, or sequence of str
        Values by path, or ``PATH=VALUES`` as in `parse_axis`.

    Returns
    -------
    tuple of Axis
        In the order given.

    Raises
    ------
    ScenarioError
        With every problem, paths that are varied twice among them.
    """
    problems: list[Problem] = []
    axes: list[Axis] = []
    for item in vary:
        try:
            if isinstance(vary, Mapping):
                axes.append(axis_of(item, vary[item], f"vary {item}"))
            else:
                axes.append(parse_axis(item))
        except ScenarioError as error:
            problems += error.problems
    paths = [axis.path for axis in axes]
    twice = dict.fromkeys(path for path in paths if paths.count(path) > 1)
    problems += [Problem("--vary", f"{path} is varied twice") for path in twice]
    if problems:
        raise ScenarioError(problems)
    return tuple(axes)


def parse_value(word: str) -> Any:
    """A number, true, false or a list as in TOML; anything else is text."""
    try:
        return parse_toml(f"x = {word.strip()}")["x"]
    except ValueError:
        return word.strip().strip("\"'")


def cell_value(about: Declaration, word: str) -> tuple[Any, str]:
    """Read one value that was written for a parameter, and check it.

    Parameters
    ----------
    about : Declaration
        The parameter.
    word : str
        ``0.3``, ``TRUE``, ``cadence``, ``[1, 2]``.

    Returns
    -------
    value : object
        In the declared type.
    complaint : str
        What is wrong, "" when nothing is.
    """
    if not word.strip():
        return word, f"no value; allowed: {about.range}"
    value = parse_value(word)
    if about.kind is bool and word.strip().lower() in ("true", "false"):
        value = word.strip().lower() == "true"  # spreadsheets write TRUE and FALSE
    elif about.kind is str and not isinstance(value, str):
        value = word.strip()
    elif about.kind in (int, float) and isinstance(value, str):
        return value, f"'{value}' is not a number; allowed: {about.range}"
    return check_value(about, value)


def axis_of(path: str, given: Any, place: str) -> Axis:
    """An axis from what was given for a path.

    Parameters
    ----------
    path : str
        The parameter.
    given : str, sequence or value
        Text as in `parse_axis`, a sequence of values, or one value.
    place : str
        Where it was given, for messages.

    Returns
    -------
    Axis
        Checked against the declaration.

    Raises
    ------
    ScenarioError
        With every problem.
    """
    about = declaration_of(path)
    if about is None:
        raise ScenarioError([unknown(path, declared(), place)])
    if isinstance(given, str):
        parts = given.split(":") if about.kind in (int, float) else [given]
        if len(parts) > 1:
            return _of_ends(path, about, parts, place)
        words = re.split(r",(?![^\[]*\])", given)  # no comma inside [1, 2]
        found = [cell_value(about, word) for word in words]
    else:
        several = isinstance(given, Sequence | np.ndarray)
        found = [check_value(about, value) for value in (given if several else [given])]
    return _of_values(path, found, place)


def _of_values(path: str, found: list[tuple[Any, str]], place: str) -> Axis:
    if not found:
        raise ScenarioError([Problem(place, "an empty list; at least 1 value")])
    complaints = list(dict.fromkeys(complaint for _, complaint in found if complaint))
    if complaints:
        problems = [Problem(place, complaint) for complaint in complaints[:_SHOWN]]
        if len(complaints) > _SHOWN:
            problems.append(Problem(place, f"and {len(complaints) - _SHOWN:,} more wrong values"))
        raise ScenarioError(problems)
    return Axis(path, tuple(value for value, _ in found))


def _of_ends(path: str, about: Declaration, parts: list[str], place: str) -> Axis:
    if len(parts) == 3 and re.fullmatch(r"\s*[-+]?\d+\s*", parts[2]):
        levels = _levels(parts, place)
        return _of_values(path, [check_value(about, value) for value in levels], place)
    found = range_of(parts, about, _FORM)
    if isinstance(found, str):
        raise ScenarioError([Problem(place, found)])
    return Axis(path, range=found)


def _levels(parts: list[str], place: str) -> list[float]:
    """FROM:TO:HOW_MANY as values at equal distances, 12 digits kept."""
    try:
        low, high, count = float(parts[0]), float(parts[1]), int(parts[2])
    except ValueError as error:
        raise ScenarioError([Problem(place, "expected FROM:TO:HOW_MANY")]) from error
    if count < 1:
        raise ScenarioError([Problem(place, "an empty range; at least 1 value")])
    if count > MOST_VALUES or not (math.isfinite(low) and math.isfinite(high)):
        words = f"FROM and TO must be finite, HOW_MANY at most {MOST_VALUES:,}"
        raise ScenarioError([Problem(place, words)])
    return [float(f"{value:.12g}") for value in np.linspace(low, high, count)]
