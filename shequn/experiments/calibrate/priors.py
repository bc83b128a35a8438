"""What a calibration varies: parameters, and the ranges in which their values are looked for."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.experiments.designs.ranges import Range, range_around, range_of, ranges_in, refused_ends
from shequn.model.parameters import Declaration, declared, unknown
from shequn.model.scenario import Scenario, declaration_of

_FACTOR = 4.0  # a default prior: from a quarter to four times the scenario's value (assumed)


@dataclass(frozen=True)
class Prior:
    """One parameter that is looked for.

    Attributes
    ----------
    path : str
        The parameter.
    scenario : str
        The only scenario in which it varies; "": in all of them, with one value for all.
    unit : str
        Its unit; "1" for a pure number.
    range : Range
        Uniform prior.
    """

    path: str
    scenario: str
    unit: str
    range: Range

    @property
    def name(self) -> str:
        """As it was asked for: ``feel.habit_gain`` or ``study-room:discovery.rate``."""
        return f"{self.scenario}:{self.path}" if self.scenario else self.path

    @property
    def words(self) -> str:
        """The prior in words."""
        r = self.range
        kind = "log-uniform" if r.log else "uniform"
        whole = ", whole numbers" if r.whole else ""
        return f"{kind}, {r.low:g} to {r.high:g}{whole}"


def scenario_of_values(
    scenario: Scenario, priors: Sequence[Prior], values: Iterable[float]
) -> Scenario:
    """A scenario with the values that concern it.

    Parameters
    ----------
    scenario : Scenario
        One of the scenarios calibrated.
    priors : sequence of Prior
        The parameters.
    values : iterable of float
        A value for each.

    Returns
    -------
    Scenario
        Checked; raises ScenarioError if the values contradict one another.
    """
    pairs = zip(priors, values, strict=True)
    return scenario.with_values(
        {p.path: float(value) for p, value in pairs if p.scenario in ("", scenario.name)}
    )


def parse_over(text: str | Mapping[str, Any], scenarios: Sequence[Scenario]) -> list[Prior]:
    """Read what to vary.

    Parameters
    ----------
    text : str or mapping
        ``feel.habit_half_life=5:100,study-room:feel.habit_gain=0.01:0.5:log,spread.talk``; a path
        without a range gets a prior around the first scenario's value (`default_range`). A
        mapping gives ``(low, high)``, ``(low, high, "log")`` or None for each path.
    scenarios : sequence of Scenario
        What is calibrated.

    Returns
    -------
    list of Prior
        In the order given.

    Raises
    ------
    ScenarioError
        With everything that is wrong.
    """
    problems: list[Problem] = []
    found: list[Prior] = []
    for name, words in ranges_in(text):
        prior = _prior(name, words, scenarios, problems)
        if prior is not None:
            found.append(prior)
    for k, prior in enumerate(found):
        if any(_same(prior, other) for other in found[:k]):
            problems.append(Problem(f"--over {prior.name}", "is varied twice"))
    if not found and not problems:
        problems.append(Problem("--over", "nothing to vary; give PATH=LOW:HIGH"))
    if not problems:
        for prior, scenario in itertools.product(found, scenarios):
            if prior.scenario in ("", scenario.name):
                place = f"--over {prior.name}"
                problems += refused_ends(scenario, prior.path, prior.range, place)
    if problems:
        raise ScenarioError(problems)
    return found


def _same(one: Prior, other: Prior) -> bool:
    return one.path == other.path and ("" in (one.scenario, other.scenario) or one == other)


def _prior(
    name: str, words: list[str], scenarios: Sequence[Scenario], problems: list[Problem]
) -> Prior | None:
    """One parameter; None with a problem noted when something is wrong."""
    place = f"--over {name}"
    own, colon, path = name.rpartition(":")
    path = path.strip()
    names = [scenario.name for scenario in scenarios]
    if colon and own not in names:
        message = f"'{own}' is not among the scenarios {', '.join(names)}{nearest(own, names)}"
        problems.append(Problem(place, message))
        return None
    about = declaration_of(path)
    if about is None or about.path != path and "." not in path:
        problems.append(unknown(path, declared(), place))
        return None
    if about.kind not in (int, float):
        problems.append(Problem(place, f"is no number; allowed: {about.range}"))
        return None
    value = _value(_first_of(own if colon else "", scenarios), path, about)
    ends = range_of(words, about) if words else default_range(value, about)
    if isinstance(ends, str):
        problems.append(Problem(place, ends))
        return None
    return Prior(path, own if colon else "", about.unit, ends)


def _first_of(own: str, scenarios: Sequence[Scenario]) -> Scenario:
    """The scenario of a name; the first one without a name."""
    return next(one for one in scenarios if own in ("", one.name))


def start_of(prior: Prior, scenarios: Sequence[Scenario]) -> float:
    """The value of a parameter in the scenario that varies it, in the first one if all do."""
    about = declaration_of(prior.path)
    assert about is not None  # as `parse_over` has seen
    return _value(_first_of(prior.scenario, scenarios), prior.path, about)


def _value(scenario: Scenario, path: str, about: Declaration) -> float:
    """The scenario's value of a parameter, of one in a block its default or what the block says."""
    if path in declared():
        return float(scenario.value(path))
    kind, number, inside = path.split(".", 2)
    blocks = getattr(scenario, kind, ())
    own = blocks[int(number) - 1] if int(number) <= len(blocks) else {}
    return float(own.get(inside, scenario.value(about.path)))


def default_range(value: float, about: Declaration) -> Range | str:
    """The prior of a parameter for which none is given.

    Parameters
    ----------
    value : float
        The scenario's value.
    about : Declaration
        What is allowed.

    Returns
    -------
    Range or str
        Log-uniform from a quarter to four times the value, cut off at what is allowed. Uniform
        over the same where the parameter is a share (allowed: 0 to 1) or the value is negative;
        uniform over all that is allowed where the value is 0. Words where there is no such range:
        an infinite value, or 0 without an upper bound.
    """
    if value == 0.0 and math.isfinite(about.low) and math.isfinite(about.high):
        return Range(about.low, about.high, False, about.kind is int)
    return range_around(value, about, _FACTOR)
