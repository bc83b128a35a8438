"""What a calibration varies: parameters, and the ranges in which their values are looked for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.experiments.designs.ranges import Range
from shequn.model.parameters import Declaration, declared, unknown
from shequn.model.scenario import Scenario, declaration_of

_SCALES = ("linear", "log")
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
    for name, words in _parts(text):
        prior = _prior(name, words, scenarios, problems)
        if prior is not None:
            found.append(prior)
    for k, prior in enumerate(found):
        if any(_same(prior, other) for other in found[:k]):
            problems.append(Problem(f"--over {prior.name}", "is varied twice"))
    if not found and not problems:
        problems.append(Problem("--over", "nothing to vary; give PATH=LOW:HIGH"))
    if not problems:
        problems = _refused_bounds(found, scenarios)
    if problems:
        raise ScenarioError(problems)
    return found


def _parts(text: str | Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Name and the words of the range of each."""
    if isinstance(text, str):
        split = [part.partition("=") for part in text.split(",") if part.strip()]
        return [(name.strip(), words.split(":") if eq else []) for name, eq, words in split]
    wrong = {
        name: ends
        for name, ends in text.items()
        if not (ends is None or isinstance(ends, list | tuple))
    }
    if wrong:
        words = "is no range; expected (LOW, HIGH), (LOW, HIGH, 'log') or None"
        raise ScenarioError([Problem(f"over {k}", f"{v!r} {words}") for k, v in wrong.items()])
    return [(name, [str(word) for word in ends or ()]) for name, ends in text.items()]


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
    first = scenarios[names.index(own)] if colon else scenarios[0]
    value = _value(first, path, about)
    ends = _given(words, about) if words else default_range(value, about)
    if isinstance(ends, str):
        problems.append(Problem(place, ends))
        return None
    return Prior(path, own if colon else "", about.unit, ends)


def _value(scenario: Scenario, path: str, about: Declaration) -> float:
    """The scenario's value of a parameter, of one in a block its default or what the block says."""
    if path in declared():
        return float(scenario.value(path))
    kind, number, inside = path.split(".", 2)
    blocks = getattr(scenario, kind, ())
    own = blocks[int(number) - 1] if int(number) <= len(blocks) else {}
    return float(own.get(inside, scenario.value(about.path)))


def _given(words: list[str], about: Declaration) -> Range | str:
    """A range that was given, or what is wrong with it."""
    form = "expected LOW:HIGH, LOW:HIGH:log or LOW:HIGH:linear"
    if len(words) not in (2, 3):
        return form
    try:
        low, high = float(words[0]), float(words[1])
    except ValueError:
        return form
    scale = words[2].strip() if len(words) == 3 else "linear"
    if scale not in _SCALES:
        return f"'{scale}' is no scale; there are linear and log{nearest(scale, _SCALES)}"
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        return f"{low:g}:{high:g} is no range; LOW must be below HIGH, and both finite"
    if low < about.low or high > about.high:
        return f"{low:g}:{high:g} is out of range; allowed: {about.range}"
    whole = about.kind is int
    if whole and (low % 1 or high % 1):
        return f"{low:g}:{high:g} must be whole numbers"
    if scale == "log" and low <= 0.0:
        return f"a logarithmic range must be above 0, not from {low:g}"
    return Range(low, high, scale == "log", whole)


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
    whole = about.kind is int
    if not math.isfinite(value):
        return f"the scenario's value is {value:g}; give a range: LOW:HIGH"
    if value == 0.0:
        if not (math.isfinite(about.low) and math.isfinite(about.high)):
            return "the scenario's value is 0; give a range: LOW:HIGH"
        return Range(about.low, about.high, False, whole)
    ends = sorted((value / _FACTOR, value * _FACTOR))
    low, high = max(ends[0], about.low), min(ends[1], about.high)
    if whole:
        low, high = float(math.ceil(low)), float(math.floor(high))
    if not low < high:
        return f"there is no room around the scenario's value {value:g}; give a range: LOW:HIGH"
    share = (about.low, about.high) == (0, 1)
    return Range(low, high, low > 0.0 and not share, whole)


def _refused_bounds(priors: Sequence[Prior], scenarios: Sequence[Scenario]) -> list[Problem]:
    """Ends of ranges that a scenario cannot take."""
    problems = []
    for prior in priors:
        for scenario in scenarios:
            for end in (prior.range.low, prior.range.high):
                if prior.scenario not in ("", scenario.name):
                    continue
                try:
                    scenario.with_values({prior.path: end})
                except ScenarioError as error:
                    place = f"--over {prior.name}: {scenario.name} with {end:g}"
                    problems += [Problem(place, str(problem)) for problem in error.problems]
    return problems
