"""A fact of simulated output beside the same fact observed, and whether they agree.

A fact of simulated output is computed by the function that computes it from real data
(`shequn.experiments.facts`). It is inside

- where a range is accepted, when the simulated value is in it;
- elsewhere, when the 95 % interval of the difference (simulated - observed) holds 0: normal, with
  the variances of both taken from their own intervals. A simulated value without an interval counts
  as exact, which makes the test stricter.

A fact with neither a range nor an observed interval is shown only: nothing says how far from it is
too far.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shequn.experiments.declared import MET
from shequn.experiments.facts import Estimate, Fact

SHOWN_ONLY = "shown only"
_NORMAL = 1.959963984540054  # 97.5 % quantile of the normal distribution
_WORDS = {True: "yes", False: "no", None: SHOWN_ONLY}


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
    def inside(self) -> bool | None:
        """Whether the simulated value agrees with the fact; None where it is shown only."""
        return agrees(self.fact, self.simulated)

    @property
    def broken(self) -> bool:
        """Whether it was declared as met and is not."""
        return self.declared == MET and not self.inside


def has_range(fact: Fact) -> bool:
    """Whether a range of values is accepted."""
    return not (math.isnan(fact.accept_low) and math.isnan(fact.accept_high))


def judged(fact: Fact) -> bool:
    """Whether a value can be inside or outside: there is a range, or an observed interval."""
    return has_range(fact) or not any(map(math.isnan, (fact.value, fact.low, fact.high)))


def misses_first(lines: Iterable[Checked]) -> list[Checked]:
    """Facts in the order of every table: what is missed, what is met, what is shown only."""
    return sorted(lines, key=lambda line: (line.inside is None, bool(line.inside)))


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


def agrees(fact: Fact, found: Estimate) -> bool | None:
    """Whether a simulated value agrees with a fact (nan: no); None where the fact is shown only."""
    if not judged(fact):
        return None
    low, high = yardstick(fact, found)
    return bool(low <= found.value <= high)


def row(line: Checked) -> dict[str, Any]:
    """A fact as one row of the table of a validation.

    Parameters
    ----------
    line : Checked
        The fact, with its rivals.

    Returns
    -------
    dict
        The columns of `shequn.experiments.validate.Validation.table`.
    """
    fact, found = line.fact, line.simulated
    columns = {
        "fact": fact.id, "scenario": fact.scenario, "title": fact.title, "unit": fact.unit,
        "observed": fact.value, "observed_low": fact.low, "observed_high": fact.high,
        "n_observed": fact.n, "accept_low": fact.accept_low, "accept_high": fact.accept_high,
        "simulated": found.value, "simulated_low": found.low, "simulated_high": found.high,
        "n_simulated": found.n, "inside": _WORDS[line.inside],
        "declared": line.declared, "source": fact.source, "note": fact.note,
    }  # fmt: skip
    for name, estimate in line.rivals.items():
        columns[name] = estimate.value
        known = judged(fact) and not math.isnan(estimate.value)
        columns[f"{name} inside"] = _WORDS[agrees(fact, estimate)] if known else ""
    return columns
