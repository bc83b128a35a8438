"""Levels of reading: how much members look in who have nothing to say; named, and in between.

Writing leaves traces, reading does not: the facts that the model is held to do not settle how many
members of a seller's group read. So there are three settings that agree with them, each a short
file of `scenarios/reading`, and every question can be asked at each. A scenario's value ``reading``
takes them over: 0 is quiet, 0.5 usual, 1 lively; between two of them every number lies where
``reading`` lies. What the scenario says itself comes after. Where nothing is said the values are
the scenario's own; those of groups in which something is sold are the usual ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.model.parameters.declare import Declaration
from shequn.model.toml_text import parse_toml

LEVELS = ("quiet", "usual", "lively")
ALL = "all"  # each of them, side by side
READING = Declaration(
    "reading", float, 0.5, "1", 0, 1,
    "level of reading: 0 quiet, 0.5 usual, 1 lively; sets what the files of scenarios/reading set",
    "assumed",
)  # fmt: skip


@dataclass(frozen=True)
class Level:
    """One level.

    Attributes
    ----------
    name : str
        One of `LEVELS`.
    place : float
        Where it lies: 0 quiet to 1 lively.
    description : str
        For readers.
    values : mapping
        Numbers by path.
    """

    name: str
    place: float
    description: str
    values: Mapping[str, float]


@cache
def level(name: str) -> Level:
    """The level of a name, from its file."""
    path = resources.files("shequn") / "scenarios" / "reading" / f"{name}.toml"
    tree = parse_toml(path.read_text(encoding="utf-8"))
    description = str(tree.pop("description"))
    tree.pop("title")
    place = LEVELS.index(name) / (len(LEVELS) - 1)
    return Level(name, place, description, dict(_numbers(tree)))


def _numbers(tree: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, float]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", float(value)


def check_level(name: str, *more: str, place: str = "reading") -> None:
    """Refuse what is no level.

    Parameters
    ----------
    name : str
        What was given.
    *more : str
        What else will do.
    place : str
        Where it was given, for the message.

    Raises
    ------
    ScenarioError
        With the nearest name.
    """
    known = (*LEVELS, *more)
    if name not in known:
        words = f"'{name}' is none of {', '.join(known)}{nearest(str(name), known)}"
        raise ScenarioError([Problem(place, words)])


def paths_of_reading() -> tuple[str, ...]:
    """What the levels set."""
    return tuple(level(LEVELS[0]).values)


def values_at(place: float) -> dict[str, float]:
    """What ``reading`` sets.

    Parameters
    ----------
    place : float
        0 to 1.

    Returns
    -------
    dict
        Numbers by path: those of the two levels beside it, in proportion.
    """
    levels = [level(name) for name in LEVELS]
    k = min(int(place * (len(levels) - 1)), len(levels) - 2)
    low, high = levels[k], levels[k + 1]
    share = (place - low.place) / (high.place - low.place)
    if share in (0.0, 1.0):  # to the bit, not nearly
        return dict((high if share else low).values)
    return {p: (1.0 - share) * low.values[p] + share * high.values[p] for p in low.values}


def with_reading(values: Mapping[str, Any]) -> tuple[float | None, dict[str, Any]]:
    """Values by path with what their ``reading`` sets, as far as they do not set it themselves.

    Parameters
    ----------
    values : mapping
        Checked values by path; ``reading`` among them or not.

    Returns
    -------
    reading : float or None
        None when some of it is set otherwise.
    values : dict
        Without ``reading``.
    """
    plain = {path: value for path, value in values.items() if path != "reading"}
    if "reading" not in values:
        return None, plain
    own = any(path in plain for path in paths_of_reading())
    return (None if own else values["reading"]), {**values_at(values["reading"]), **plain}


def level_of(values: Mapping[str, Any]) -> str:
    """The level whose numbers a scenario has, "" when it has those of none.

    Parameters
    ----------
    values : mapping
        Values by path, all of them.
    """
    own = {path: values[path] for path in paths_of_reading()}
    return next((name for name in LEVELS if level(name).values == own), "")
