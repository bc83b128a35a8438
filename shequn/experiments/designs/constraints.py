"""Bounds that the mean of an outcome has to keep."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Sequence
from dataclasses import dataclass

from shequn.agents.errors import Problem, nearest
from shequn.model.outcomes import OUTCOMES

_SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_CONSTRAINT = re.compile(r"\s*([^\s<>=]+)\s*(<=|>=|<|>)\s*(\S+)\s*")


@dataclass(frozen=True)
class Constraint:
    """A bound that the mean of an outcome has to keep.

    Attributes
    ----------
    outcome : str
        One of `OUTCOMES`.
    sign : str
        ``<``, ``<=``, ``>`` or ``>=``.
    bound : float
        In the unit of the outcome.
    """

    outcome: str
    sign: str
    bound: float

    def __str__(self) -> str:
        """As it is written: ``left_share < 0.3``."""
        return f"{self.outcome} {self.sign} {self.bound:g}"

    def met(self, mean: float) -> bool:
        """Whether a mean keeps the bound; nan does not."""
        return bool(_SIGNS[self.sign](mean, self.bound))

    def excess(self, mean: float) -> float:
        """How far a mean is on the wrong side, as a share of the bound; 0 when it is not.

        Parameters
        ----------
        mean : float
            Mean of the outcome.

        Returns
        -------
        float
            0 or more; infinite where the mean is not defined.
        """
        if self.met(mean):
            return 0.0
        distance = abs(mean - self.bound) / (abs(self.bound) or 1.0)
        return math.inf if math.isnan(distance) else max(distance, 1e-12)

    def verdict(self, low: float, high: float) -> str:
        """What an interval of the mean says: ``surely holds``, ``surely broken``, ``undecided``."""
        if math.isnan(low) or math.isnan(high):
            return "undecided"
        kept = self.met(low), self.met(high)
        return "surely holds" if all(kept) else "undecided" if any(kept) else "surely broken"


def constraints_of(texts: Sequence[str], days: int, problems: list[Problem]) -> list[Constraint]:
    """Read constraints, such as ``left_share < 0.3``.

    Parameters
    ----------
    texts : sequence of str
        One each.
    days : int
        Length of the runs.
    problems : list of Problem
        What is wrong is added to it, constraints that contradict one another among it.

    Returns
    -------
    list of Constraint
        Those that can be read.
    """
    found = [each for text in texts if (each := _constraint(text, days, problems))]
    problems += _contradictions(found)
    return found


def complaint_of_outcome(name: str, days: int) -> str:
    """What is wrong with the name of an outcome in runs of so many days, "" when nothing is."""
    if name not in OUTCOMES:
        return f"'{name}' is no outcome{nearest(name, OUTCOMES)}; there are {', '.join(OUTCOMES)}"
    horizon = OUTCOMES[name].days
    if horizon > days:
        return f"looks at {horizon} days, runs have {days}; give --days {horizon} or more"
    return ""


def _constraint(text: str, days: int, problems: list[Problem]) -> Constraint | None:
    """Read one constraint; what is wrong with it is noted."""
    place = f"--subject-to {text}"
    found = _CONSTRAINT.fullmatch(text)
    if not found:
        words = "expected OUTCOME<VALUE or OUTCOME>VALUE, such as 'left_share<0.3'"
        problems.append(Problem(place, words))
        return None
    name, sign, word = found.groups()
    complaints = [complaint_of_outcome(name, days)]
    try:
        bound = float(word)
    except ValueError:
        bound = math.nan
    if not math.isfinite(bound):
        complaints.append(f"'{word}' is no finite number")
    wrong = [Problem(place, words) for words in complaints if words]
    problems += wrong
    return None if wrong else Constraint(name, sign, bound)


def _contradictions(constraints: Sequence[Constraint]) -> list[Problem]:
    """Pairs of constraints that no value can meet."""
    found = []
    for k, one in enumerate(constraints):
        for other in constraints[k + 1 :]:
            sides = {one.sign[0], other.sign[0]}
            if one.outcome != other.outcome or len(sides) == 1:
                continue
            upper, lower = (one, other) if one.sign[0] == "<" else (other, one)
            touching = upper.bound == lower.bound and "=" in upper.sign and "=" in lower.sign
            if upper.bound <= lower.bound and not touching:
                words = f"contradicts '{lower}'; no value meets both"
                found.append(Problem(f"--subject-to {upper}", words))
    return found
