"""What a calibration is held to: facts with their values, from a table or from the package."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.agents.files import read_table
from shequn.experiments.calibrate.distances import Facts
from shequn.experiments.runs.at_day import read_quantity
from shequn.model.outcomes import OUTCOMES
from shequn.model.scenario import Scenario

if TYPE_CHECKING:
    from shequn.experiments.facts import Fact

_COLUMNS = ("fact", "value", "low", "high")
_MORE = ("scenario", "weight")
_WIDTH = 2.0 * 1.959964  # of a 95 % interval in standard errors


@dataclass(frozen=True)
class Target:
    """One fact to come near to.

    Attributes
    ----------
    fact : str
        Its id.
    scenario : str
        Name of the scenario it is measured on.
    value, low, high : float
        Observed, with its 95 % interval or the range accepted; the ends nan where not known.
    weight : float
        What it counts, above 0.
    """

    fact: str
    scenario: str
    value: float
    low: float
    high: float
    weight: float = 1.0

    @property
    def error(self) -> float:
        """Standard error: a fourth of the width of the interval, 0 where there is none.

        A 95 % interval is 2 x 1.96 standard errors wide. A range accepted is read the same way,
        so that its half is two standard errors.
        """
        width = self.high - self.low
        return width / _WIDTH if math.isfinite(width) else 0.0


def facts_of(targets: Sequence[Target]) -> Facts:
    """The targets as arrays: values, errors, weights."""
    columns = [[getattr(t, name) for t in targets] for name in ("value", "error", "weight")]
    return Facts(*(np.array(column, dtype=float) for column in columns))


def target_names(targets: Sequence[Target]) -> list[str]:
    """A name for each: the fact, with its scenario where a fact is measured on several."""
    facts = [target.fact for target in targets]
    return [
        target.fact if facts.count(target.fact) == 1 else f"{target.scenario}:{target.fact}"
        for target in targets
    ]


def load_targets(
    to: str | Path | Sequence[Target | str | Path],
    scenarios: Sequence[Scenario],
    known: Mapping[str, Fact] | None,
) -> list[Target]:
    """Read what the scenarios are held to.

    Parameters
    ----------
    to : str, Path or sequence
        A CSV file with the columns fact (or an outcome, such as ``orders per member by day 90``),
        value, low, high and, if wanted, scenario and weight; or
        the word ``facts``: all facts of the package that these scenarios stand for; or a list of
        these, of which a later one replaces what an earlier one says of the same fact; or a list of
        `Target`.
    scenarios : sequence of Scenario
        What is calibrated.
    known : mapping or None
        The facts that can be measured, by id; None: any name will do.

    Returns
    -------
    list of Target
        At least one.

    Raises
    ------
    ScenarioError
        With everything that is wrong.
    """
    names = {scenario.name: scenario.days for scenario in scenarios}
    if not isinstance(to, str | Path):
        tables = [one for one in to if isinstance(one, str | Path)]
        found = [one for one in to if isinstance(one, Target)]
        merged = {(t.scenario, t.fact): t for t in _of_tables(tables, scenarios, known)}
        return _checked([*merged.values(), *found], names, known)
    if str(to) == "facts":
        return _of_package(names, known or {})
    path = Path(to)
    try:
        columns, rows = read_table(path)
    except OSError as error:
        words = f"cannot be read: {error.strerror} (a file of facts, or the word facts)"
        raise ScenarioError([Problem(str(path), words)]) from error
    _check_columns(path, columns)
    problems: list[Problem] = []
    found = [_target(row, names, known, f"{path}: line {number}", problems) for number, row in rows]
    if problems:
        raise ScenarioError(problems)
    return _checked([target for target in found if target], names, known, str(path))


def _of_tables(
    tables: Sequence[str | Path], scenarios: Sequence[Scenario], known: Mapping[str, Fact] | None
) -> list[Target]:
    """The targets of several tables; what is wrong with any of them is said at once."""
    found: list[Target] = []
    problems: list[Problem] = []
    for table in tables:
        try:
            found += load_targets(table, scenarios, known)
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return found


def _check_columns(path: Path, columns: Sequence[str]) -> None:
    allowed = (*_COLUMNS, *_MORE)
    missing = [name for name in _COLUMNS if name not in columns]
    problems = [Problem(str(path), f"has no column '{name}'") for name in missing]
    for name in columns:
        if name not in allowed:
            words = f"'{name}' is no column of such a table{nearest(name, allowed)}"
            problems.append(Problem(str(path), words))
    if problems:
        raise ScenarioError(problems)


def _target(
    row: dict[str, str],
    names: Mapping[str, int],
    known: Mapping[str, Fact] | None,
    place: str,
    problems: list[Problem],
) -> Target | None:
    """One row; what is wrong is noted."""
    fact = (row["fact"] or "").strip()
    numbers: dict[str, float] = {}
    for name, default in (("value", ""), ("low", "nan"), ("high", "nan"), ("weight", "1")):
        word = (row.get(name) or "").strip() or default
        try:
            numbers[name] = float(word)
        except ValueError:
            words = f"'{word}' is not a number" if word else "is missing"
            problems.append(Problem(f"{place}: {name}", words))
    if len(numbers) < 4:
        return None
    scenario = (row.get("scenario") or "").strip()
    if not scenario:
        scenario = _home(fact, names, known)
    found = Target(fact, scenario, **numbers)
    problems += [Problem(place, words) for words in _wrong(found, names, known)]
    return found


def _home(fact: str, names: Mapping[str, int], known: Mapping[str, Fact] | None) -> str:
    """The scenario a fact is measured on when the table does not say: the only one, or its own."""
    if len(names) == 1:
        return next(iter(names))
    own = known[fact].scenario if known and fact in known else ""
    return own if own in names else ""


def _wrong(target: Target, names: Mapping[str, int], known: Mapping[str, Fact] | None) -> list[str]:
    """What is wrong with a target, in words."""
    found = []
    if known is not None and target.fact not in known:
        found += _wrong_outcome(target, names, known)
    elif known is not None and known[target.fact].measure is None:
        found.append(f"'{target.fact}' is not measured: {known[target.fact].note}")
    if not target.scenario:
        found.append(f"'{target.fact}': say on which of {', '.join(names)} (column scenario)")
    elif target.scenario not in names:
        words = f"'{target.scenario}' is not among the scenarios {', '.join(names)}"
        found.append(words + nearest(target.scenario, names))
    if not math.isfinite(target.value):
        found.append(f"'{target.fact}' has no value")
    if math.isfinite(target.low) != math.isfinite(target.high):
        found.append(f"'{target.fact}': give both low and high, or neither")
    elif not target.low < target.high and math.isfinite(target.low):
        found.append(f"'{target.fact}': low {target.low:g} is not below high {target.high:g}")
    if not 0.0 < target.weight < math.inf:
        found.append(f"'{target.fact}': weight {target.weight:g} must be above 0")
    return found


def _wrong_outcome(
    target: Target, names: Mapping[str, int], known: Mapping[str, Fact]
) -> list[str]:
    """What is wrong with a target that is no fact: it can be an outcome, perhaps at a day."""
    days = names.get(target.scenario, max(names.values(), default=0))
    quantity, wrong = read_quantity(target.fact, days)
    if quantity:
        return []
    if " day " in target.fact or "_".join(target.fact.split()) in OUTCOMES:
        return wrong
    return [f"'{target.fact}' is no fact and no outcome{nearest(target.fact, [*known, *OUTCOMES])}"]


def _checked(
    targets: list[Target],
    names: Mapping[str, int],
    known: Mapping[str, Fact] | None,
    place: str = "--to",
) -> list[Target]:
    """The targets, if nothing is wrong with them."""
    problems = [Problem(place, words) for t in targets for words in _wrong(t, names, known)]
    pairs = [(t.scenario, t.fact) for t in targets]
    twice = {pair for pair in pairs if pairs.count(pair) > 1}
    problems += [Problem(place, f"'{fact}' is named twice") for _, fact in sorted(twice)]
    if not targets:
        problems.append(Problem(place, "no facts to hold the scenarios to"))
    if problems:
        raise ScenarioError(problems)
    return targets


def _of_package(names: Mapping[str, int], known: Mapping[str, Fact]) -> list[Target]:
    """All facts of the package that are measured on one of the scenarios.

    The interval is the range accepted where there is one, else the observed 95 % interval.
    """
    found = []
    for fact in known.values():
        if fact.scenario not in names or fact.measure is None:
            continue
        low, high = fact.accept_low, fact.accept_high
        if not (math.isfinite(low) and math.isfinite(high)):
            low, high = fact.low, fact.high
        value = fact.value if math.isfinite(fact.value) else (low + high) / 2.0
        if not math.isfinite(value):
            continue
        ends = (low, high) if math.isfinite(low) and low < high < math.inf else (math.nan, math.nan)
        found.append(Target(fact.id, fact.scenario, value, *ends))
    if not found:
        homes = sorted({fact.scenario for fact in known.values() if fact.scenario})
        words = f"no fact is kept for {', '.join(names)}; there are facts for {', '.join(homes)}"
        raise ScenarioError([Problem("--to facts", words)])
    return found
