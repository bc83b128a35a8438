"""A range of values between two ends, from which designs and priors take theirs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.agents.files import read_table
from shequn.model.parameters import Declaration
from shequn.model.scenario import Scenario

_SCALES = ("linear", "log")
_COLUMNS = ("path", "low", "high", "log")
_YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}
_FORM = "expected LOW:HIGH, LOW:HIGH:log or LOW:HIGH:linear"


@dataclass(frozen=True)
class Range:
    """All values between two ends, equally likely on a scale.

    Attributes
    ----------
    low, high : float
        Ends, low < high; above 0 on a logarithmic scale.
    log : bool
        Uniform in the logarithm.
    whole : bool
        Whole numbers only, both ends included.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def values(self, units: np.ndarray) -> np.ndarray:
        """Values at coordinates 0 .. 1: float64, the shape of ``units``, 10 digits kept."""
        low, high = self.low, self.high + (1.0 if self.whole else 0.0)
        if self.log:
            found = np.exp(np.log(low) + np.asarray(units) * (np.log(high) - np.log(low)))
        else:
            found = low + np.asarray(units) * (high - low)
        if self.whole:
            found = np.floor(found)
        short = [float(f"{value:.10g}") for value in np.ravel(found)]
        return np.clip(np.reshape(short, np.shape(found)), self.low, self.high)

    def unit(self, value: float) -> float:
        """The coordinate of a value: that of its middle for whole numbers; cut off at 0 and 1."""
        low, high = self.low, self.high
        value = min(max(value, low), high)
        if self.whole:
            value, high = value + 0.5, high + 1.0
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(value)
        return (value - low) / (high - low)


def range_of(parts: Sequence[str], about: Declaration, form: str = _FORM) -> Range | str:
    """A range from its words, or what is wrong with it.

    Parameters
    ----------
    parts : sequence of str
        ``LOW``, ``HIGH``, and perhaps ``log`` or ``linear``.
    about : Declaration
        The parameter: a number.
    form : str
        What may be given here, for messages.

    Returns
    -------
    Range or str
        LOW < HIGH, both finite and allowed; whole where the parameter is; LOW > 0 where the scale
        is logarithmic.
    """
    if len(parts) not in (2, 3):
        return form
    scale = parts[2].strip() if len(parts) == 3 else "linear"
    if scale not in _SCALES:
        return f"'{scale}' is no scale{nearest(scale, _SCALES)}; {form}"
    try:
        low, high = float(parts[0]), float(parts[1])
    except ValueError:
        return form
    ends = f"{low:g}:{high:g}"
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        return f"{ends} is no range; LOW must be below HIGH, and both finite"
    if low < about.low or high > about.high:
        return f"{ends} is out of range; allowed: {about.range}"
    if about.kind is int and (low % 1 or high % 1):
        return f"{ends} must be whole numbers; allowed: {about.range}"
    if scale == "log" and low <= 0.0:
        return f"a logarithmic range must be above 0, not from {low:g}"
    return Range(low, high, scale == "log", about.kind is int)


def range_around(value: float, about: Declaration, factor: float) -> Range | str:
    """The range of a parameter for which none is given, or why there is none.

    Parameters
    ----------
    value : float
        The scenario's value.
    about : Declaration
        What is allowed.
    factor : float
        Above 1.

    Returns
    -------
    Range or str
        From the value divided by the factor to the value times it, cut off at what is allowed:
        uniform in the logarithm, but for shares (allowed: 0 to 1) and negative values.
    """
    if value == 0.0 or not math.isfinite(value):
        return f"the scenario's value is {value:g}; give a range: LOW:HIGH"
    low, high = sorted((value / factor, value * factor))
    low, high = max(low, about.low), min(high, about.high)
    whole = about.kind is int
    if whole:
        low, high = float(math.ceil(low)), float(math.floor(high))
    if not low < high:
        return f"there is no room around the scenario's value {value:g}; give a range: LOW:HIGH"
    share = (about.low, about.high) == (0, 1)
    return Range(low, high, low > 0.0 and not share, whole)


def ranges_in(over: str | Sequence[str] | Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """What is named in ``--over``, each with the words of its range.

    Parameters
    ----------
    over : str, sequence of str or mapping
        ``PATH``, ``PATH=LOW:HIGH``, ``PATH=LOW:HIGH:log``, or the name of a table of ranges that
        ends with ``.csv``, with commas between them; a list of such words; or ``(low, high)``,
        ``(low, high, "log")``, such text or None by path. A table has the columns path, low, high
        and, if wanted, log (yes or no); without low and high it names the path alone.

    Yields
    ------
    name : str
        What is varied.
    words : list of str
        Empty when no range is given.

    Raises
    ------
    ScenarioError
        If something given by path is no range, or a table cannot be used.
    """
    if isinstance(over, Mapping):
        words = "is no range; expected (LOW, HIGH), (LOW, HIGH, 'log') or None"
        wrong = [
            Problem(f"over {name}", f"{ends!r} {words}")
            for name, ends in over.items()
            if not (ends is None or isinstance(ends, str | list | tuple))
        ]
        if wrong:
            raise ScenarioError(wrong)
        for name, ends in over.items():
            several = ends.split(":") if isinstance(ends, str) else ends or ()
            yield name, [str(word) for word in several]
        return
    for text in [over] if isinstance(over, str) else over:
        for part in text.split(","):
            name, equals, words = part.partition("=")
            if name.strip().endswith(".csv") and not equals:
                yield from _ranges_of_table(name.strip())
            elif part.strip():
                yield name.strip(), words.split(":") if equals else []


def _ranges_of_table(path: str) -> list[tuple[str, list[str]]]:
    """What a table of ranges names, each with the words of its range."""
    try:
        columns, rows = read_table(path)
    except OSError as error:
        raise ScenarioError([Problem(path, f"cannot be read: {error.strerror}")]) from error
    problems = [
        Problem(path, f"has no column '{name}'") for name in _COLUMNS[:3] if name not in columns
    ]
    for name in columns:
        if name not in _COLUMNS:
            words = f"'{name}' is no column of a table of ranges{nearest(name, _COLUMNS)}"
            problems.append(Problem(path, words))
    for number, row in rows:
        if row.get("log", "").strip() not in _YES:
            words = f"'{row['log']}' is neither yes nor no"
            problems.append(Problem(f"{path}: line {number}: log", words))
    if problems:
        raise ScenarioError(problems)
    found = []
    for _, row in rows:
        ends = [row["low"].strip(), row["high"].strip()]
        log = _YES[row.get("log", "").strip()]
        words = [*ends, "log"] if log else ends
        found.append((row["path"].strip(), words if any(ends) else []))
    return found


def refused_ends(scenario: Scenario, path: str, ends: Range, place: str) -> list[Problem]:
    """What is wrong with the ends of a range in a scenario, everything else as it is.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    path : str
        The parameter.
    ends : Range
        Its range.
    place : str
        Where it was given, for messages.
    """
    problems = []
    for end in (ends.low, ends.high):
        try:
            scenario.with_values({path: int(end) if ends.whole else end})
        except ScenarioError as error:
            where = f"{place}: {scenario.name} with {end:g}"
            problems += [Problem(where, str(problem)) for problem in error.problems]
    return problems
