"""As precise as asked: how many replicates until an interval is narrow enough.

Looking at a t interval after every batch, and stopping when it is narrow, stops too often where
the values happened to lie close together: the interval then covers less than it says (Chow and
Robbins 1965 promise 95 % for ever narrower intervals only). Here the interval is

    mean of all n values -+ t(n0 - 1) x max(SD of the first n0, SD of all n) / sqrt(n)

with the first ``n0`` replicates as a pilot whose SD is never forgotten, as in the two-stage
procedure of Stein (1945).

For normal values and an absolute width this covers the mean with 95 % or more, whatever the number
of looks: whether to go on depends on deviations from the mean only, these are independent of the
mean (Robbins 1959, by Helmert's transformation), so the mean of the n values is as good as that of
a fixed n, and t(n0 - 1) x SD of the pilot is Stein's exact interval. The SD of all values can only
widen it: that is for skewed outcomes, whose pilot may have missed the tail. The argument holds for
each of several arms, too, though they stop together.

Widths in percent of a mean, and values that are not normal, are outside the proof; their coverage
is measured by ``python -m benchmarks.coverage`` and listed in docs/precision.md.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.experiments.perform.statistics import Interval
from shequn.experiments.runs.words import counted
from shequn.model.outcomes import OUTCOMES

PILOT = 16
SKEWED = 2.5  # from here on intervals are said to cover less (measured: 92 % at 1.75, 84 % at 6.2)
_UNTIL = re.compile(r"\s*(\S+?)\s*(?:\+-|\+/-|±)\s*(\S+?)\s*(%?)\s*")


@dataclass(frozen=True)
class Precision:
    """How narrow an interval has to be.

    Attributes
    ----------
    outcome : str
        One of `OUTCOMES`.
    width : float
        Half of the interval's width, above 0: in the unit of the outcome, or a share of a mean.
    relative : bool
        Whether the width is a share of the mean of the first arm (0.05: 5 %).
    """

    outcome: str
    width: float
    relative: bool = False

    def __str__(self) -> str:
        """As it is written after ``--until``."""
        asked = f"{100.0 * self.width:g}%" if self.relative else f"{self.width:g}"
        return f"{self.outcome} +-{asked}"

    def half_width(self, base: np.ndarray) -> float:
        """Half of the width that is asked for, in the unit of the outcome.

        Parameters
        ----------
        base : numpy.ndarray
            Values of the first arm, float64, shape (replicates,), nan left out.

        Returns
        -------
        float
            Above 0; nan for a share of the mean of no values.
        """
        if not self.relative:
            return self.width
        kept = _kept(base)
        return self.width * abs(float(kept.mean())) if len(kept) else math.nan


def parse_until(text: str, place: str = "--until") -> Precision:
    """Read ``OUTCOME +-X`` or ``OUTCOME +-X%``.

    Parameters
    ----------
    text : str
        ``customer_equity +-500``, ``members +-5%``; ``±`` and ``+/-`` will do as well.
    place : str
        Where it stands, for messages.

    Returns
    -------
    Precision
        What is asked for.

    Raises
    ------
    ScenarioError
        With everything that is wrong: no such outcome, no number, a width not above 0.
    """
    where = f"{place} {text!r}"
    found = _UNTIL.fullmatch(text)
    if not found:
        words = "expected OUTCOME +-X or OUTCOME +-X%, such as 'members +-5%'"
        raise ScenarioError([Problem(where, words)])
    outcome, number, percent = found.groups()
    problems = []
    if outcome not in OUTCOMES:
        problems.append(Problem(where, f"'{outcome}' is no outcome{nearest(outcome, OUTCOMES)}"))
    try:
        width = float(number)
    except ValueError:
        width = math.nan
        problems.append(Problem(where, f"'{number}' is not a number"))
    else:
        if not 0.0 < width < math.inf:
            problems.append(Problem(where, f"the width {number} must be above 0 and finite"))
    if problems:
        raise ScenarioError(problems)
    return Precision(outcome, width / 100.0 if percent else width, bool(percent))


def narrowing_interval(values: np.ndarray, pilot: int = PILOT, level: float = 0.95) -> Interval:
    """Mean and interval of values whose number was decided while they came in.

    Parameters
    ----------
    values : numpy.ndarray
        One for each replicate, in order of replicate; nan left out.
    pilot : int
        Values of the pilot, at least 2.
    level : float
        Coverage, 0 < level < 1.

    Returns
    -------
    Interval
        mean -+ t(n0 - 1) x max(SD of the first n0, SD of all) / sqrt(n), n0 the smaller of
        ``pilot`` and n (Stein 1945, widened); with no more values than the pilot the interval of
        `shequn.experiments.perform.statistics.mean_interval`.
    """
    from scipy.special import stdtrit

    kept = _kept(values)
    n = len(kept)
    if n < 2:
        return Interval(float(kept[0]) if n else math.nan, math.nan, math.nan, n)
    first = kept[:pilot]
    spread = max(float(first.std(ddof=1)), float(kept.std(ddof=1)))
    half = float(stdtrit(len(first) - 1, 0.5 + level / 2.0)) * spread / math.sqrt(n)
    mean = float(kept.mean())
    return Interval(mean, mean - half, mean + half, n)


@dataclass(frozen=True)
class Stopping:
    """Replicate until every interval is narrow enough, or the budget is spent.

    Values are those of all replicates run so far, arm by arm, in order of replicate, the first arm
    being the base. Ask only when all replicates of a batch are there: the runs that end first are
    not a fair sample of all runs.

    Attributes
    ----------
    precision : Precision
        What is asked for.
    budget : int
        At most so many replicates, at least 2.
    paired : bool
        With several arms: intervals of the paired differences to the first arm, else of each mean.
    pilot : int
        Replicates before the first look, at least 2.
    sets : int
        Sets of arms, equally many in each, one after the other, each with a base of its own; the
        widest interval decides.

    Examples
    --------
    >>> rule = Stopping(parse_until("members +-5"), budget=200)
    >>> rule.plan([np.zeros(0)])
    16
    """

    precision: Precision
    budget: int
    paired: bool = True
    pilot: int = PILOT
    sets: int = 1

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be."""
        problems = [
            Problem(name, f"{value} is out of range; at least 2")
            for name, value in (("replicates", self.budget), ("pilot", self.pilot))
            if value < 2
        ]
        if problems:
            raise ScenarioError(problems)

    def intervals(self, values: Sequence[np.ndarray]) -> list[Interval]:
        """The intervals that have to be narrow.

        Parameters
        ----------
        values : sequence of numpy.ndarray
            For each arm float64, shape (replicates,).

        Returns
        -------
        list of Interval
            Of the mean of each arm; when paired, and there are several arms, of the difference of
            each other arm to the first.
        """
        samples = [sample for part in self._parts(values) for sample in self._samples(part)]
        return [narrowing_interval(sample, self.pilot) for sample in samples]

    def met(self, values: Sequence[np.ndarray]) -> bool:
        """Whether all intervals are as narrow as asked, the pilot being complete."""
        return self._excess(values) <= 1.0

    def plan(self, values: Sequence[np.ndarray]) -> int:
        """How many more replicates to run of every arm before the next look; 0: stop.

        Parameters
        ----------
        values : sequence of numpy.ndarray
            For each arm float64, shape (replicates,); empty arrays before the first run.

        Returns
        -------
        int
            The rest of the pilot; then what the intervals seem to need, no more than there are
            already, so that a pilot of bad luck costs a doubling at most; within the budget.
        """
        n = len(values[0])
        first = min(self.pilot, self.budget)
        if n < first:
            return first - n
        excess = self._excess(values)
        if excess <= 1.0:
            return 0
        needed = math.ceil(n * min(excess, 2.0) ** 2) - n
        return max(0, min(max(needed, 1), n, self.budget - n))

    def reached(self, values: Sequence[np.ndarray]) -> str:
        """What was asked for and what came of it: a sentence, with a warning where it is due."""
        worst = max(self._parts(values), key=self._excess_of)
        return replace(self, sets=1)._reached(worst)

    def _reached(self, values: Sequence[np.ndarray]) -> str:
        about = OUTCOMES[self.precision.outcome]
        intervals = self.intervals(values)
        widest = max((found.high - found.low) / 2.0 for found in intervals)
        asked = self.precision.half_width(values[0])
        word = "as narrow as asked" if self.met(values) else "not as narrow as asked"
        skewness = max((_skewness(sample) for sample in self._samples(values)), key=abs)
        skewed = f"; skewness {skewness:.1f}: the interval covers less than 95 %"
        fewest = min(found.n for found in intervals)
        needs = f": no value without {about.needs}" if about.needs else ""
        lacking = f", {fewest} of them with a value{needs}" if fewest < len(values[0]) else ""
        return (
            f"{self.precision.outcome}: +-{widest:.3g}"
            f"{'' if about.unit == '1' else f' {about.unit}'} after "
            f"{counted(len(values[0]), 'replicate')}{lacking}, {word} (+-{asked:.3g})"
            f"{skewed if abs(skewness) > SKEWED else ''}"
        )

    def _samples(self, values: Sequence[np.ndarray]) -> list[np.ndarray]:
        base, *others = (np.asarray(arm, dtype=float) for arm in values)
        return [arm - base for arm in others] if self.paired and others else [base, *others]

    def _parts(self, values: Sequence[np.ndarray]) -> list[Sequence[np.ndarray]]:
        """The values of each set."""
        n = len(values) // self.sets or 1
        return [values[k : k + n] for k in range(0, len(values), n)]

    def _excess(self, values: Sequence[np.ndarray]) -> float:
        """The widest interval relative to the width asked for; infinite before the pilot ends."""
        return max(map(self._excess_of, self._parts(values)))

    def _excess_of(self, values: Sequence[np.ndarray]) -> float:
        asked = self.precision.half_width(values[0])
        found = [narrowing_interval(sample, self.pilot) for sample in self._samples(values)]
        widest = max((each.high - each.low) / 2.0 for each in found)
        if min(each.n for each in found) < min(self.pilot, self.budget) or not asked > 0.0:
            return math.inf
        return widest / asked


def _kept(values: np.ndarray) -> np.ndarray:
    kept = np.asarray(values, dtype=float)
    return kept[~np.isnan(kept)]


def _skewness(values: np.ndarray) -> float:
    """Third standardised moment, 0 without variation."""
    kept = _kept(values)
    spread = float(kept.std()) if len(kept) else 0.0
    return float(np.mean((kept - kept.mean()) ** 3)) / spread**3 if spread else 0.0
