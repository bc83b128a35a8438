"""What may be given to the questions: kinds of arguments, by their names, checked all at once."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np

from shequn.agents.errors import Problem, ScenarioError
from shequn.model.scenario import Scenario

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Kind:
    """What an argument may be.

    Attributes
    ----------
    words : str
        What is expected, for messages.
    fits : callable
        Whether a value is of the kind.
    optional : bool
        Whether it may be None.
    """

    words: str
    fits: Callable[[Any], bool]
    optional: bool = False

    def problem(self, name: str, value: Any) -> Problem | None:
        """What is wrong with a value, None when nothing is."""
        if self.fits(value) or (self.optional and value is None):
            return None
        return Problem(name, f"{_shown(value)} is not {self.words}")


def _shown(value: Any) -> str:
    try:
        return repr(value)
    except (ValueError, RecursionError):  # a number of 5,000 digits, a list in itself
        return f"a {type(value).__name__}"


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and not math.isnan(value)


def whole(low: int, high: int | None = None, *, optional: bool = False) -> Kind:
    """A whole number of ``low`` or more, at most ``high``."""
    range_of = f"{low} or more" if high is None else f"{low} to {high}"

    def fits(value: Any) -> bool:
        return _is_whole(value) and low <= value and (high is None or value <= high)

    return Kind(f"a whole number; allowed: {range_of}", fits, optional)


def above_0(unit: str = "", *, optional: bool = False) -> Kind:
    """A finite number above 0."""
    words = f"a number above 0{unit and f' ({unit})'}"
    return Kind(words, lambda v: _is_number(v) and 0.0 < v < math.inf, optional)


def of(words: str, *types: Any, optional: bool = False) -> Kind:
    """One of some types."""
    return Kind(words, lambda value: isinstance(value, types), optional)


def _by_path(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(key, str) for key in value)


def _texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


_TEXT = of("text", str)
_PATH = of("a path", str, Path)
_SCENARIO = of("a scenario, its name, or its file", Scenario, str, Path)
_OVER = Kind(
    "paths of parameters: text, a list of texts, or a mapping",
    lambda value: isinstance(value, str) or _texts(value) or _by_path(value),
)
KINDS: dict[str, Kind] = {
    "scenario": _SCENARIO,
    "scenarios": _SCENARIO,
    "replicates": whole(1),
    "days": Kind("a number of days", _is_number, True),
    "seed": Kind("a number", _is_number, True),
    "day": whole(0),
    "points": whole(1),
    "trials": whole(1),
    "confirm": whole(1, optional=True),
    "rows": whole(1),
    "particles": whole(10),
    "rounds": whole(1),
    "workers": whole(1, optional=True),
    "budget": above_0("minutes", optional=True),
    "design": _TEXT,
    "method": _TEXT,
    "goal": _TEXT,
    "risk": _TEXT,
    "direction": of("text", str, optional=True),
    "outcome": of("text", str, optional=True),
    "until": of("text such as 'members +-5%'", str, optional=True),
    "subject_to": Kind(
        "text, or a list of texts", lambda value: isinstance(value, str) or _texts(value)
    ),
    "over": _OVER,
    "vary": Kind(
        "values by path, a list of PATH=VALUES, or points",
        lambda value: _by_path(value) or _texts(value) or hasattr(value, "scenarios_of"),
    ),
    "changes": Kind("values by path, or such changes by name", _by_path),
    "run": Kind(
        "a run, a results folder, a scenario, its name or its file",
        lambda value: isinstance(value, Scenario | str | Path) or hasattr(value, "community"),
    ),
    "folder": _PATH,
    "out": of("a path", str, Path, optional=True),
    "trust": of("True or False", bool, np.bool_),
    "progress": Kind("a function", callable, True),
    "effort": Kind("an Effort", lambda value: hasattr(value, "fail_fast"), True),
    "crew": Kind("a crew", lambda value: hasattr(value, "compute"), True),
}


def given(**own: Kind) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Check the arguments of a question before it begins.

    Parameters
    ----------
    **own : Kind
        What arguments may be that `KINDS` does not know, or knows otherwise.

    Returns
    -------
    callable
        A decorator: the function raises ScenarioError with every argument that is of no kind.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        kinds = {name: own.get(name, KINDS.get(name)) for name in signature.parameters}

        @functools.wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            problems = []
            for name, value in signature.bind(*args, **kwargs).arguments.items():
                kind = kinds[name]
                several = signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL
                for each in value if several else (value,):
                    problem = kind.problem(name, each) if kind else None
                    problems += [problem] if problem else []
            if problems:
                raise ScenarioError(problems)
            return function(*args, **kwargs)

        return checked

    return decorate
