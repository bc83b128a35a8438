"""Statements about the outcomes of a run, as the section ``[expect]`` of a scenario has them.

    [expect]
    replicates = 200
    statements = ["members.base at day 180 > 100 with 95 %", "left_share < 0.3 with 80 %"]

Names are outcomes of the whole run (`OUTCOMES`), or a daily series with ``at day N``: members and
readers as they are on that day, all else summed from day 1 to day N; ``.high``, ``.middle`` or
``.base`` for one tier. An outcome that is not defined in a run (the day of death of a community
that lives) does not satisfy any statement.
"""

from __future__ import annotations

import math
import operator
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.agents.tables import TIERS
from shequn.experiments.runs.cases import DAILY, LEVELS, Result
from shequn.model.outcomes import HORIZONS, OUTCOMES
from shequn.model.scenario import Scenario, place_of

REPLICATES = 200
_MOST = 100_000
_SIGNS = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}
_STATEMENT = re.compile(
    r"\s*(\S+?)(?:\s+at\s+day\s+(\S+?))?\s*(>=|<=|>|<)\s*(\S+)\s+with\s+(\S+?)\s*%\s*"
)
_EXAMPLES = "'members.base at day 180 > 100 with 95 %' or 'left_share < 0.3 with 80 %'"


def _series() -> dict[str, tuple[str, ...]]:
    """Columns of `DAILY` behind each name of a series."""
    found: dict[str, tuple[str, ...]] = {}
    for column in DAILY:
        stem, _, tier = column.rpartition("_")
        if tier in TIERS:
            found[f"{stem}.{tier}"] = (column,)
            found[stem] = (*found.get(stem, ()), column)
        else:
            found[column] = (column,)
    return found


SERIES = _series()


@dataclass(frozen=True)
class Statement:
    """One expectation.

    Attributes
    ----------
    name : str
        One of `OUTCOMES`; with a day one of `SERIES`.
    day : int
        At the end of which day; 0: the outcome of the whole run.
    sign : str
        ``>``, ``<``, ``>=`` or ``<=``.
    bound : float
        In the unit of the outcome.
    demanded : float
        Probability, 0 < demanded < 1.
    """

    name: str
    day: int
    sign: str
    bound: float
    demanded: float

    def __str__(self) -> str:
        """As it is written in a scenario file."""
        return f"{self.quantity} {self.sign} {self.bound:g} with {100.0 * self.demanded:g} %"

    @property
    def quantity(self) -> str:
        """What is looked at: ``members.base at day 180``."""
        return f"{self.name} at day {self.day}" if self.day else self.name

    def value(self, result: Result) -> float:
        """What is looked at in one run; nan where it is not defined."""
        if not self.day:
            return float(result.outcomes[self.name])
        first = self.day - 1 if self.name.partition(".")[0] in LEVELS else 0
        days = slice(first, self.day)
        return float(sum(result.daily[column][days].sum() for column in SERIES[self.name]))

    def satisfied(self, values: np.ndarray) -> np.ndarray:
        """Which values satisfy it: bool, in the shape of ``values``; nan does not."""
        return _SIGNS[self.sign](values, self.bound)


def read_expectations(scenario: Scenario) -> tuple[list[Statement], int]:
    """The section ``[expect]`` of a scenario, checked.

    Parameters
    ----------
    scenario : Scenario
        With the section, and as many days as it will be run.

    Returns
    -------
    statements : list of Statement
        At least one.
    replicates : int
        At most so many runs.

    Raises
    ------
    ScenarioError
        With everything that is wrong.
    """
    table = scenario.expect
    problems = [
        Problem(
            place_of(scenario, f"expect.{key}"),
            f"no such key{nearest(key, ('replicates', 'statements'))}; there are replicates, "
            "statements",
        )
        for key in table
        if key not in ("replicates", "statements")
    ]
    replicates = table.get("replicates", REPLICATES)
    if type(replicates) is not int or not 1 <= replicates <= _MOST:
        words = f"{replicates!r} must be a whole number, 1 to {_MOST:,}"
        problems.append(Problem(place_of(scenario, "expect.replicates"), words))
    texts = table.get("statements", [])
    if not isinstance(texts, list) or not texts:
        words = f"needs a list of statements, such as {_EXAMPLES}"
        place = place_of(scenario, "expect.statements" if "statements" in table else "expect")
        raise ScenarioError([*problems, Problem(place, words)])
    statements = [_statement(text, scenario, problems) for text in texts]
    if problems:
        raise ScenarioError(problems)
    return [statement for statement in statements if statement], replicates


def _statement(text: Any, scenario: Scenario, problems: list[Problem]) -> Statement | None:
    """Read one statement; what is wrong with it is noted."""
    place = f"{place_of(scenario, 'expect.statements', str(text))}: {text!r}"
    found = _STATEMENT.fullmatch(text) if isinstance(text, str) else None
    if not found:
        problems.append(Problem(place, f"expected NAME [at day N] > VALUE with P %: {_EXAMPLES}"))
        return None
    name, when, sign, bound, share = found.groups()
    wrong = [_complaint_of_name(name, when), *_complaints_of_days(name, when, scenario.days)]
    limit, percent = _number(bound), _number(share)
    if not math.isfinite(limit):
        wrong.append(f"'{bound}' is no finite number")
    if not 0.0 < percent < 100.0:
        wrong.append(f"'{share} %' is out of range; allowed: above 0, below 100 %")
    wrong = [words for words in wrong if words]
    problems += [Problem(place, words) for words in wrong]
    return None if wrong else Statement(name, int(when or 0), sign, limit, percent / 100.0)


def _complaint_of_name(name: str, when: str | None) -> str:
    """What is wrong with the name of an outcome, or of a series; empty if nothing is."""
    if name in (OUTCOMES if when is None else SERIES):
        return ""
    if when is None and name in SERIES:
        return f"'{name}' is a daily series: say 'at day N'"
    if when is not None and name in OUTCOMES:
        return f"'{name}' is known of the whole run only: leave out 'at day {when}'"
    kind = "outcome or daily series" if when is None else "daily series"
    return f"'{name}' is no {kind}{nearest(name, [*OUTCOMES, *SERIES])}"


def _complaints_of_days(name: str, when: str | None, days: int) -> list[str]:
    """What is wrong with the day, or with the horizon of an outcome."""
    if when is not None and not (when.isascii() and when.isdigit() and 1 <= int(when) <= days):
        return [f"day '{when}' is out of range; allowed: 1 to {days}, the days of a run"]
    needed = name.rpartition("_")[2]
    if when is None and name in OUTCOMES and needed in map(str, HORIZONS) and int(needed) > days:
        return [f"is not defined in a run of {days} days; at least {needed}"]
    return []


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
