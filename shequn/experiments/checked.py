"""A fact of simulated output beside the same fact observed, and whether they agree.

A fact of simulated output is computed by the function that computes it from real data
(`shequn.experiments.facts`). It is inside

- where a range is accepted, when the simulated value is in it;
- elsewhere, when the 95 % interval of the difference (simulated - observed) holds 0: normal, with
  the variances of both taken from their own intervals. A value without an interval counts as exact,
  which makes the test stricter.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from shequn.experiments.declared import MET
from shequn.experiments.facts import Estimate, Fact

_NORMAL = 1.959963984540054  # 97.5 % quantile of the normal distribution


@dataclass(frozen=True)
class Checked:
    """A fact, and what the simulation and its rivals give.

    Attributes
    ----------
    fact : Fact
        With what was observed and accepted.
    simulated : Estimate
        From the output of the scenario.
    rivals : Mapping
        Estimates by name of the simpler models.
    declared : str
        ``met`` or ``missed``, as the package says of itself; empty when it does not.
    """

    fact: Fact
    simulated: Estimate
    rivals: Mapping[str, Estimate] = field(default_factory=dict)
    declared: str = ""

    @property
    def inside(self) -> bool:
        """Whether the simulated value agrees with the fact."""
        return agrees(self.fact, self.simulated)

    @property
    def broken(self) -> bool:
        """Whether it was declared as met and is not."""
        return self.declared == MET and not self.inside


def has_range(fact: Fact) -> bool:
    """Whether a range of values is accepted."""
    return not (math.isnan(fact.accept_low) and math.isnan(fact.accept_high))


def _error(low: float, high: float) -> float:
    """Standard error behind a 95 % interval; 0 where there is none."""
    return 0.0 if math.isnan(low) or math.isnan(high) else (high - low) / (2.0 * _NORMAL)


def yardstick(fact: Fact, found: Estimate) -> tuple[float, float]:
    """The values at which a fact is just met: what is between is inside.

    Parameters
    ----------
    fact : Fact
        With an accepted range, or an observed value.
    found : Estimate
        Simulated; its interval counts where no range is accepted.

    Returns
    -------
    low, high : float
        The accepted range (an end that is open is infinite), or observed -+ 1.96 x root of the sum
        of both squared standard errors.
    """
    if has_range(fact):
        low = -math.inf if math.isnan(fact.accept_low) else fact.accept_low
        high = math.inf if math.isnan(fact.accept_high) else fact.accept_high
        return low, high
    half = _NORMAL * math.hypot(_error(fact.low, fact.high), _error(found.low, found.high))
    return fact.value - half, fact.value + half


def agrees(fact: Fact, found: Estimate) -> bool:
    """Whether a simulated value agrees with a fact; nan agrees with nothing."""
    low, high = yardstick(fact, found)
    return bool(low <= found.value <= high)
