"""Sizes of the simulated worlds, for each scenario."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Real

from shequn.agents.errors import Problem, ScenarioError, nearest

Size = float | str | Mapping[str, float]


def is_size(value: object) -> bool:
    """Whether something is given as a size."""
    return isinstance(value, str | Mapping) or (
        isinstance(value, Real) and not isinstance(value, bool)
    )


def sizes_of(size: Size, names: Sequence[str]) -> dict[str, float]:
    """The size of each scenario.

    Parameters
    ----------
    size : float, str or mapping
        Relative to the scenarios' own, above 0: of all of them; ``0.5,workspace:1``: of all of them
        but those named; or by name, 1 for those that are not named.
    names : sequence of str
        The scenarios.

    Returns
    -------
    dict
        By name.

    Raises
    ------
    ScenarioError
        With everything that is wrong.
    """
    if isinstance(size, Mapping):
        pairs = [(str(name), value) for name, value in size.items()]
    else:
        words = [word.rpartition(":") for word in str(size).split(",")]
        pairs = [(name.strip(), value) for name, _, value in words]
    found = dict.fromkeys(names, 1.0)
    problems = []
    for name, value in sorted(pairs, key=lambda pair: pair[0] != ""):
        place = f"size {name}".strip()
        number = _number(value)
        if name and name not in names:
            words = f"'{name}' is not among the scenarios {', '.join(names)}{nearest(name, names)}"
            problems.append(Problem("size", words))
        elif not 0.0 < number < math.inf:
            problems.append(Problem(place, f"{value} is out of range; a number above 0"))
        else:
            found.update({name: number} if name else dict.fromkeys(names, number))
    if problems:
        raise ScenarioError(problems)
    return found


def _number(value: object) -> float:
    try:
        return float(value)  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError):
        return math.nan
