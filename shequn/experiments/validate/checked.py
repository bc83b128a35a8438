"""A fact of simulated output beside the same fact observed, and whether they agree.

A fact of simulated output is computed by the function that computes it from real data
(`shequn.experiments.facts`), at each of several seeds; what is judged is the mean over seeds. It is
inside

- where a range is accepted, when the simulated value is in it;
- elsewhere, when the 95 % interval of the difference (simulated - observed) holds 0: its half-width
  is the root of the sum of both squared half-widths (Zou and Donner 2008, Statistics in Medicine
  27). That of the simulated mean is Student's t over seeds; of a single seed it is that of its
  bootstrap, and a value without one counts as exact, which makes the test stricter.

A fact with neither a range nor an observed interval is shown only: nothing says how far from it is
too far.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from shequn.experiments.facts import Estimate, Fact
from shequn.experiments.perform.statistics import mean_interval
from shequn.experiments.validate.declared import MET

SHOWN_ONLY = "shown only"
_WORDS = {True: "yes", False: "no", None: SHOWN_ONLY}


@dataclass(frozen=True)
class Checked:
    """A fact, and what the simulation and its baselines give.

    Attributes
    ----------
    fact : Fact
        With what was observed and accepted.
    at_seeds : sequence of Estimate
        From the output of the scenario, one for each seed, at least one.
    baselines : Mapping
        Estimates by name of the simpler models, over the same seeds.
    declared : str
        ``met`` or ``missed``, as the package says of itself; empty when it does not.
    """

    fact: Fact
    at_seeds: Sequence[Estimate]
    baselines: Mapping[str, Estimate] = field(default_factory=dict)
    declared: str = ""

    @cached_property
    def simulated(self) -> Estimate:
        """Mean over seeds with the 95 % interval of that mean (`over_seeds`)."""
        return over_seeds(self.at_seeds)

    @property
    def shown(self) -> Estimate:
        """As in tables and figures: the mean with the lowest and the highest value over seeds.

        Of a single seed the value with its own interval.
        """
        if len(self.at_seeds) == 1:
            return self.simulated
        values = [found.value for found in self.at_seeds]
        low, high = np.min(values), np.max(values)  # nan where one is not defined
        return Estimate(self.simulated.value, float(low), float(high), self.simulated.n)

    @property
    def inside(self) -> bool | None:
        """Whether the mean over seeds agrees with the fact; None where it is shown only."""
        return agrees(self.fact, self.simulated)

    @property
    def inside_at(self) -> list[bool | None]:
        """Whether each seed by itself agrees with the fact."""
        return [agrees(self.fact, found) for found in self.at_seeds]

    @property
    def broken(self) -> bool:
        """Whether it was declared as met and is not."""
        return self.declared == MET and not self.inside


def over_seeds(found: Sequence[Estimate]) -> Estimate:
    """A fact over seeds.

    Parameters
    ----------
    found : sequence of Estimate
        One for each seed, at least one.

    Returns
    -------
    Estimate
        Mean -+ t x SD / sqrt(seeds), nan if it is not defined at a seed; n adds up. Of a single
        seed its own estimate.
    """
    if len(found) == 1:
        return found[0]
    values, n = np.array([each.value for each in found]), sum(each.n for each in found)
    if np.isnan(values).any():
        return Estimate(math.nan, math.nan, math.nan, n)
    over = mean_interval(values)
    return Estimate(over.mean, over.low, over.high, n)


def has_range(fact: Fact) -> bool:
    """Whether a range of values is accepted."""
    return not (math.isnan(fact.accept_low) and math.isnan(fact.accept_high))


def judged(fact: Fact) -> bool:
    """Whether a value can be inside or outside: there is a range, or an observed interval."""
    return has_range(fact) or not any(map(math.isnan, (fact.value, fact.low, fact.high)))


def misses_first(lines: Iterable[Checked]) -> list[Checked]:
    """Facts in the order of every table: what is missed, what is met, what is shown only."""
    return sorted(lines, key=lambda line: (line.inside is None, bool(line.inside)))


def _half(low: float, high: float) -> float:
    """Half-width of an interval; 0 where there is none."""
    return 0.0 if math.isnan(low) or math.isnan(high) else (high - low) / 2.0


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
        The accepted range (an end that is open is infinite), or observed -+ the root of the sum of
        both squared half-widths.
    """
    if has_range(fact):
        low = -math.inf if math.isnan(fact.accept_low) else fact.accept_low
        high = math.inf if math.isnan(fact.accept_high) else fact.accept_high
        return low, high
    half = math.hypot(_half(fact.low, fact.high), _half(found.low, found.high))
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
        The fact, with its baselines.

    Returns
    -------
    dict
        The columns of `shequn.experiments.validate.validate.Validation.table`.
    """
    fact, found, shown = line.fact, line.simulated, line.shown
    columns = {
        "fact": fact.id, "scenario": fact.scenario, "title": fact.title, "unit": fact.unit,
        "observed": fact.value, "observed_low": fact.low, "observed_high": fact.high,
        "n_observed": fact.n, "accept_low": fact.accept_low, "accept_high": fact.accept_high,
        "simulated": found.value, "simulated_low": found.low, "simulated_high": found.high,
        "n_simulated": found.n,
        "lowest": shown.low, "highest": shown.high, "seeds": len(line.at_seeds),
        "seeds_inside": sum(map(bool, line.inside_at)), "inside": _WORDS[line.inside],
        "declared": line.declared, "source": fact.source, "note": fact.note,
    }  # fmt: skip
    for name, estimate in line.baselines.items():
        columns[name] = estimate.value
        known = judged(fact) and not math.isnan(estimate.value)
        columns[f"{name} inside"] = _WORDS[agrees(fact, estimate)] if known else ""
    return columns
