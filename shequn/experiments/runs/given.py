"""What may be given to the questions: kinds of arguments, by their names, checked all at once."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np

from shequn.agents.errors import Problem, ScenarioError, nearest
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

    return Kind(f"a whole number of {range_of}", fits, optional)


def above_0(most: float = math.inf) -> Kind:
    """A finite number above 0, at most ``most``."""
    words = "a number above 0" + ("" if most == math.inf else f", at most {most:g}")
    return Kind(words, lambda v: _is_number(v) and 0.0 < v <= most and v < math.inf)


def of(words: str, *types: Any, optional: bool = False) -> Kind:
    """One of some types."""
    return Kind(words, lambda value: isinstance(value, types), optional)


def _by_path(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(key, str) for key in value)


def _is_crew(value: Any) -> bool:
    return hasattr(value, "compute")


def _are(value: Any, *types: type) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, types) for item in value)


def _texts(value: Any) -> bool:
    return _are(value, str)


_TEXT = of("text", str)
TEXT_OR_TEXTS = Kind(
    "text, or a list of texts", lambda value: isinstance(value, str) or _texts(value), True
)
_PATH = of("a path", str, Path)
_SCENARIO = of("a scenario, its name, or its file", Scenario, str, Path)
_OVER = Kind(
    "paths of parameters: text, a list of texts, or a mapping",
    lambda value: isinstance(value, str) or _texts(value) or _by_path(value),
)
KINDS: dict[str, Kind] = {
    "scenario": _SCENARIO,
    "scenarios": _SCENARIO,
    "replicates": whole(1, optional=True),
    "days": Kind("a number of days", _is_number, True),
    "seed": Kind("a number", _is_number, True),
    "day": whole(0),
    "points": whole(1, optional=True),
    "trials": whole(1),
    "confirm": whole(1, optional=True),
    "rows": whole(1),
    "particles": whole(10),
    "rounds": whole(1),
    "workers": Kind(
        "a crew: how many at a time, threads:2, processes:2, an address, or a Crew",
        lambda value: isinstance(value, str) or _is_whole(value) and value > 0 or _is_crew(value),
        True,
    ),
    "budget": Kind(
        "a time such as '5min', or a number of minutes above 0",
        lambda value: isinstance(value, str) or _is_number(value) and 0.0 < value < math.inf,
        True,
    ),
    "reuse": Kind("a list of folders", lambda value: _are(value, str, Path)),
    "fail_fast": of("True or False", bool, np.bool_),
    "design": of("text", str, optional=True),
    "method": _TEXT,
    "goal": _TEXT,
    "risk": _TEXT,
    "direction": of("text", str, optional=True),
    "outcome": of("text", str, optional=True),
    "reading": of("a level of reading", str, optional=True),
    "until": of("text such as 'members +-5%'", str, optional=True),
    "subject_to": TEXT_OR_TEXTS,
    "over": _OVER,
    "vary": Kind(
        "values by path, a list of PATH=VALUES, the path of a table, or points",
        lambda value: (
            isinstance(value, Path)
            or _by_path(value)
            or _texts(value)
            or hasattr(value, "scenarios_of")
        ),
    ),
    "changes": Kind("values by path, or such changes by name", _by_path),
    "run": Kind(
        "a run, a results folder, a scenario, its name or its file",
        lambda value: isinstance(value, Scenario | str | Path) or hasattr(value, "community"),
    ),
    "folder": _PATH,
    "out": of("a path", str, Path, optional=True),
    "trust": of("True or False", bool, np.bool_),
    "progress": Kind("a function, or True", lambda v: isinstance(v, bool) or callable(v), True),
    "effort": Kind("an Effort", lambda value: hasattr(value, "fail_fast"), True),
}


def problems_of(values: Mapping[str, Any], kinds: Mapping[str, Kind | None]) -> list[Problem]:
    """What is wrong with some arguments.

    Parameters
    ----------
    values : mapping
        By name.
    kinds : mapping
        What they may be, by name; a name that is not there may be anything.

    Returns
    -------
    list of Problem
        One for each value that is of no kind.
    """
    found = []
    for name, value in values.items():
        kind = kinds.get(name)
        problem = kind.problem(name, value) if kind else None
        found += [problem] if problem else []
    return found


def refuse_unknown(asked: Iterable[str], known: Iterable[str]) -> None:
    """Refuse keywords that nobody takes.

    Parameters
    ----------
    asked, known : iterable of str
        Names of keywords.

    Raises
    ------
    TypeError
        With the nearest name.
    """
    names = list(known)
    wrong = [f"'{name}'{nearest(name, names)}" for name in asked if name not in names]
    if wrong:
        raise TypeError(f"unexpected keyword argument {', '.join(wrong)}")


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
        kinds = {**KINDS, **own}

        @functools.wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            problems = []
            for name, value in signature.bind(*args, **kwargs).arguments.items():
                shape = signature.parameters[name].kind
                if shape is inspect.Parameter.VAR_POSITIONAL:
                    for each in value:
                        problems += problems_of({name: each}, kinds)
                elif shape is inspect.Parameter.VAR_KEYWORD:
                    problems += problems_of(value, kinds)
                else:
                    problems += problems_of({name: value}, kinds)
            if problems:
                raise ScenarioError(problems)
            return function(*args, **kwargs)

        return checked

    return decorate
