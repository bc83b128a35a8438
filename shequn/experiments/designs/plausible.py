"""Tables of ranges: in what worlds a question may have to be answered.

A table has the columns path, low, high, log (``log``: uniform in the logarithm) and reason. One
comes with the program, `plausible`: the parameters that no data settle, the level of reading first.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from shequn.agents.errors import Problem, ScenarioError
from shequn.agents.files import read_lines
from shequn.experiments.designs.ranges import Range, range_of
from shequn.model.parameters import declared, flatten, unknown
from shequn.model.reading import paths_of_reading
from shequn.model.scenario import Scenario, declaration_of

PLAUSIBLE = "plausible"
HEAD = ("path", "low", "high", "log", "reason")
Lines = list[tuple[int, list[str]]]


@cache
def plausible_ranges() -> dict[str, Range]:
    """The ranges of the table that comes with the program, by path."""
    path = Path(str(resources.files("shequn") / "data" / f"{PLAUSIBLE}.csv"))
    return ranges_of(read_lines(path), path)


def ranges_of(lines: Lines, place: Path) -> dict[str, Range]:
    """The ranges of a table.

    Parameters
    ----------
    lines : list of (int, list of str)
        Number and cells of each line, the first with the names of the columns.
    place : Path
        The file, for messages.

    Returns
    -------
    dict
        By path, in the order of the table.

    Raises
    ------
    ScenarioError
        With every line that is wrong.
    """
    found: dict[str, Range] = {}
    problems = []
    for number, cells in lines[1:]:
        where = f"{place}: line {number}"
        row = dict(zip(HEAD, (cell.strip() for cell in cells), strict=False))
        path, about = row.get("path", ""), declaration_of(row.get("path", ""))
        if len(cells) != len(HEAD):
            problems.append(Problem(where, f"{len(cells)} columns, not {', '.join(HEAD)}"))
        elif about is None:
            problems.append(unknown(path, declared(), where))
        elif about.kind not in (int, float) or path in found:
            words = "comes twice" if path in found else "is no number and has no range"
            problems.append(Problem(where, f"{path} {words}"))
        else:
            ends = range_of([row["low"], row["high"], row["log"] or "linear"], about)
            if isinstance(ends, Range):
                found[path] = ends
            else:
                problems.append(Problem(where, ends))
    if problems:
        raise ScenarioError(problems)
    return found


def settled(scenario: Scenario) -> set[str]:
    """What a scenario says itself, so that no table of ranges draws it.

    Parameters
    ----------
    scenario : Scenario
        The scenario.

    Returns
    -------
    set of str
        Paths of values that are not the defaults; ``reading`` where a level was chosen, or where
        what it sets is not as usual.
    """
    values: dict[str, Any] = flatten(scenario.parameters)
    found = {path for path, about in declared().items() if values[path] != about.default}
    found -= set(paths_of_reading())
    if scenario.reading is not None or scenario.level != "usual":
        found |= {"reading", *paths_of_reading()}
    return found
