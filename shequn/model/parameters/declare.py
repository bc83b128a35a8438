"""How a parameter is declared: once, with meaning, unit, range, default and source.

The same declaration feeds validation, help, the parameter reference and the record that the
compiled verbs read.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from shequn.agents.errors import Problem, nearest

_HUGE = 10**300  # beyond it no whole number has a place among the floating ones
# Where a default comes from that no source gives; "fitted" would say that the facts identify it.
CHOSEN = "chosen by a search with the facts, which leave it open (docs/validation.md)"
BY_HAND = "set by hand to the facts of one community, all else held (docs/validation.md)"
EARLIER = "taken over from an earlier fit to chat rooms and forum, not searched again"


@dataclass(frozen=True)
class Declaration:
    """What is known of one parameter.

    Attributes
    ----------
    path : str
        Its place in the tree: ``group.capacity``.
    kind : type
        int, float, bool, str, or tuple (of floats).
    default : object
        Value when a scenario says nothing.
    unit : str
        Unit; "1" for a pure number.
    low, high : float
        Allowed range, both ends included.
    meaning, source : str
        What it does; where its default comes from ("assumed" where there is none).
    choices : tuple of str
        Allowed words of a str parameter, empty when any will do.
    length : int
        Number of elements of a tuple parameter.
    """

    path: str
    kind: type
    default: Any
    unit: str
    low: float
    high: float
    meaning: str
    source: str
    choices: tuple[str, ...] = ()
    length: int = 0

    @property
    def is_half_life(self) -> bool:
        """Whether the kernels want ln 2 / value instead of the value."""
        return self.path.endswith("_half_life")

    @property
    def range(self) -> str:
        """Allowed values in words, with the unit."""
        if self.choices:
            return " | ".join(self.choices)
        if self.kind is bool:
            return "true | false"
        if self.kind is str:
            return "text"
        unit = "" if self.unit == "1" else f" {self.unit}"
        words = f"{self.low:g} to {self.high:g}{unit}"
        return f"{self.length} numbers, each {words}" if self.kind is tuple else words


def parameter(
    default: Any,
    unit: str,
    low: float,
    high: float,
    meaning: str,
    source: str = "assumed",
) -> Any:
    """Declare a numeric parameter as a field of a frozen dataclass."""
    about = {"unit": unit, "low": low, "high": high, "meaning": meaning, "source": source}
    return dataclasses.field(default=default, metadata=about)


def switch(default: bool, meaning: str, source: str = "assumed") -> Any:
    """Declare a yes-or-no parameter."""
    return parameter(default, "1", 0, 1, meaning, source)


def word(default: str, choices: tuple[str, ...], meaning: str, source: str = "assumed") -> Any:
    """Declare a parameter that is one of a few words; no choices: any text."""
    about = {"unit": "", "low": 0, "high": 0, "meaning": meaning, "source": source}
    return dataclasses.field(default=default, metadata={**about, "choices": choices})


def declarations(tree: Any, prefix: str = "") -> Iterator[Declaration]:
    """Every parameter below a tree of dataclasses, defaults taken from that tree.

    Parameters
    ----------
    tree : dataclass instance
        The tree or a branch of it.
    prefix : str
        Path of that branch.

    Yields
    ------
    Declaration
        In order of declaration.
    """
    for field in dataclasses.fields(tree):
        value = getattr(tree, field.name)
        path = f"{prefix}.{field.name}" if prefix else field.name
        if dataclasses.is_dataclass(value):
            yield from declarations(value, path)
        elif "unit" in field.metadata:
            length = len(value) if isinstance(value, tuple) else 0
            yield Declaration(path, type(value), value, length=length, **field.metadata)


def check_value(declared: Declaration, value: Any) -> tuple[Any, str]:
    """Check one value against its declaration.

    Parameters
    ----------
    declared : Declaration
        What is allowed.
    value : object
        What was given.

    Returns
    -------
    value : object
        The value in the declared type.
    complaint : str
        What is wrong, "" when nothing is.
    """
    if declared.kind is bool:
        words = "" if isinstance(value, bool | np.bool_) else f"{value!r} is not true or false"
        return value if words else bool(value), words
    if declared.kind is str:
        return value, _complaint_of_word(declared, value)
    if declared.kind is tuple:
        return _check_tuple(declared, value)
    return _check_number(declared, value)


def _complaint_of_word(declared: Declaration, value: Any) -> str:
    if not isinstance(value, str):
        return f"{value!r} is not text"
    if declared.choices and value not in declared.choices:
        return f"'{value}' is not one of {declared.range}{nearest(value, declared.choices)}"
    return ""


def _check_number(declared: Declaration, given: Any) -> tuple[Any, str]:
    value: Any = given
    if isinstance(value, bool) or not isinstance(given, Real):
        return value, f"{value!r} is not a number; allowed: {declared.range}"
    if isinstance(value, int) and abs(value) > _HUGE:
        return value, f"a number that large is out of range; allowed: {declared.range}"
    if value != value:
        return value, f"nan is not a value; allowed: {declared.range}"
    if not declared.low <= value <= declared.high:
        return value, f"{value:g} is out of range; allowed: {declared.range}"
    if declared.kind is int:
        if value != int(value):
            return value, f"{value:g} is not a whole number; allowed: {declared.range}"
        return int(value), ""
    return float(value), ""


def _check_tuple(declared: Declaration, value: Any) -> tuple[Any, str]:
    if not isinstance(value, list | tuple) or len(value) != declared.length:
        return value, f"{value!r} is not a list of {declared.range}"
    one = dataclasses.replace(declared, kind=float, length=0)
    checked = [_check_number(one, element) for element in value]
    complaints = [complaint for _, complaint in checked if complaint]
    return tuple(element for element, _ in checked), complaints[0] if complaints else ""


def rebuild(tree: Any, values: dict[str, Any], prefix: str = "") -> Any:
    """A copy of a tree of frozen dataclasses with some leaves replaced.

    Parameters
    ----------
    tree : dataclass instance
        The tree.
    values : dict
        Checked values by path.
    prefix : str
        Path of this branch.

    Returns
    -------
    dataclass instance
        The new tree.
    """
    changes: dict[str, Any] = {}
    for field in dataclasses.fields(tree):
        value = getattr(tree, field.name)
        path = f"{prefix}.{field.name}" if prefix else field.name
        if dataclasses.is_dataclass(value):
            if any(other.startswith(f"{path}.") for other in values):
                changes[field.name] = rebuild(value, values, path)
        elif path in values:
            changes[field.name] = values[path]
    return dataclasses.replace(tree, **changes) if changes else tree


def unknown(path: str, valid: dict[str, Declaration], place: str) -> Problem:
    """The problem of a path that is no parameter."""
    return Problem(place, f"'{path}' is no parameter{nearest(path, valid)}")
