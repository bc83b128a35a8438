"""Statements about the outcomes of a run, as the section ``[expect]`` of a scenario has them.

    [expect]
    replicates = 200
    statements = ["members.base at day 180 > 100 with 95 %", "left_share < 0.3 with 80 %"]

What is looked at is an outcome of the whole run, or one with ``at day N`` or ``by day N``
(`shequn.experiments.runs.at_day`). An outcome that is not defined in a run (shares of orders where
there are none) does not satisfy any statement.
"""

from __future__ import annotations

import math
import operator
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.experiments.runs.at_day import Quantity, read_quantity
from shequn.experiments.runs.cases import Result
from shequn.model.scenario import Scenario, place_of

REPLICATES = 200
_MOST = 100_000
_SIGNS = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}
_STATEMENT = re.compile(r"\s*([^<>]*[^<>\s])\s*(>=|<=|>|<)\s*(\S+)\s+with\s+(\S+?)\s*%\s*")
_EXAMPLES = "'members.base at day 180 > 100 with 95 %' or 'left_share < 0.3 with 80 %'"


@dataclass(frozen=True)
class Statement:
    """One expectation.

    Attributes
    ----------
    of : Quantity
        What is looked at.
    sign : str
        ``>``, ``<``, ``>=`` or ``<=``.
    bound : float
        In the unit of the outcome.
    demanded : float
        Probability, 0 < demanded < 1.
    """

    of: Quantity
    sign: str
    bound: float
    demanded: float

    def __str__(self) -> str:
        """As it is written in a scenario file."""
        return f"{self.quantity} {self.sign} {self.bound:g} with {100.0 * self.demanded:g} %"

    @property
    def quantity(self) -> str:
        """What is looked at: ``members.base at day 180``."""
        return str(self.of)

    def value(self, result: Result) -> float:
        """What is looked at in one run; nan where it is not defined."""
        return self.of.value(result)

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
        problems.append(
            Problem(place, f"expected NAME [at|by day N] > VALUE with P %: {_EXAMPLES}")
        )
        return None
    looked_at, sign, bound, share = found.groups()
    quantity, wrong = read_quantity(looked_at, scenario.days)
    limit, percent = _number(bound), _number(share)
    if not math.isfinite(limit):
        wrong.append(f"'{bound}' is no finite number")
    if not 0.0 < percent < 100.0:
        wrong.append(f"'{share} %' is out of range; allowed: above 0, below 100 %")
    problems += [Problem(place, words) for words in wrong]
    if wrong or quantity is None:
        return None
    return Statement(quantity, sign, limit, percent / 100.0)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
