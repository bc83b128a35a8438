"""Comparing scenarios on the same people and the same luck: what differs, and how surely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Unpack, overload

from shequn.agents.errors import Problem, ScenarioError
from shequn.experiments.compare.comparison import Comparison
from shequn.experiments.compare.levels import LevelComparison, LevelsQuestion
from shequn.experiments.designs.worlds import Worlds, refuse_differences
from shequn.experiments.perform.conduct import Question, conduct
from shequn.experiments.perform.effort import Effort, Repeated, effort_of
from shequn.experiments.perform.results import Results
from shequn.experiments.runs.given import given
from shequn.experiments.runs.plan import Plan, Point
from shequn.experiments.runs.store import as_settings
from shequn.model.needs import shown
from shequn.model.parameters import flatten
from shequn.model.past import with_past_of
from shequn.model.scenario import Scenario

_MOST_NAMED = 3  # parameters that tell arms apart in their names


def arms_of(scenarios: Sequence[Scenario | str | Path]) -> dict[str, Scenario]:
    """The arms of a comparison, by name.

    Parameters
    ----------
    scenarios : sequence of Scenario, str or Path
        One scenario with alternatives, or several scenarios.

    Returns
    -------
    dict
        At least two scenarios of equal length.

    Raises
    ------
    ScenarioError
        If there is nothing to compare, or the scenarios differ in their number of days.
    """
    loaded = [s if isinstance(s, Scenario) else Scenario.load(s) for s in scenarios]
    if len(loaded) == 1:
        arms = loaded[0].arms
        if len(arms) < 2:
            words = "names no [alternatives]; give a second scenario to compare it with"
            raise ScenarioError([Problem(loaded[0].name, words)])
        return arms
    base, *others = loaded
    together = [base, *(with_past_of(base, other) for other in others)]
    arms = dict(zip(_names(loaded), together, strict=True))
    days = {name: scenario.days for name, scenario in arms.items()}
    if len(set(days.values())) > 1:
        words = ", ".join(f"{name} {n}" for name, n in days.items())
        raise ScenarioError([Problem("run.days", f"differ ({words}); give --days")])
    return arms


def _names(loaded: Sequence[Scenario]) -> list[str]:
    """A name for each arm: title, name, or in what they differ; the first that tells them apart."""
    values = [flatten(scenario.parameters) for scenario in loaded]
    differing = [path for path in values[0] if len({repr(each[path]) for each in values}) > 1]
    kinds = [
        [scenario.title or scenario.name for scenario in loaded],
        [scenario.name for scenario in loaded],
    ]
    if len(differing) <= _MOST_NAMED:
        kinds.append(
            [", ".join(f"{path} = {shown(each[path])}" for path in differing) for each in values]
        )
    kinds.append([f"{scenario.name} {k}" for k, scenario in enumerate(loaded, start=1)])
    return next(names for names in kinds if len(set(names)) == len(names))


def draw_worlds(
    worlds: Worlds, arms: Mapping[str, Scenario], replicates: int
) -> dict[str, list[dict[str, Any]]]:
    """The world of each replicate in every arm, each tried on its scenario.

    Parameters
    ----------
    worlds : Worlds
        What is drawn from.
    arms : mapping
        Scenarios by name.
    replicates : int
        How many; replicate r draws with the seed of the first arm + r.

    Returns
    -------
    dict
        Values by path, for each arm and replicate.

    Raises
    ------
    ScenarioError
        If arms differ in a parameter that is drawn.
    """
    refuse_differences(worlds, arms)
    worlds = worlds.shared(arms.values())
    first = next(iter(arms.values())).seed
    seeds = range(first, first + replicates)
    drawn = {name: worlds.draw(scenario, seeds) for name, scenario in arms.items()}
    for name, scenario in arms.items():
        for values in drawn[name]:
            scenario.with_values(values)
    return drawn


class CompareQuestion(Question[Plan, Comparison]):
    """Scenarios on the same people with the same luck.

    Parameters
    ----------
    arms : dict
        From `arms_of`, with their days and seeds.
    """

    def __init__(self, arms: dict[str, Scenario]) -> None:
        self.arms = arms
        self.scenario = next(iter(arms.values()))
        self.facts = {"arms": {name: as_settings(arm) for name, arm in arms.items()}}

    def plan(self, replicates: int, worlds: Any) -> Plan:
        """Point k is the k-th arm."""
        return plan_of(self.arms, replicates, None if worlds is None else Worlds.of(worlds))

    def answer(self, results: Results) -> Comparison:
        """The comparison."""
        return Comparison(self.arms, results)


def plan_of(arms: Mapping[str, Scenario], replicates: int, worlds: Worlds | None = None) -> Plan:
    """The plan of a comparison.

    Parameters
    ----------
    arms : mapping
        Scenarios by name, the base first.
    replicates : int
        The most that will be run, for drawing worlds.
    worlds : Worlds, optional
        Each replicate draws its parameters from them, the same in all arms.

    Returns
    -------
    Plan
        Point k is the k-th arm.

    Raises
    ------
    ScenarioError
        If arms differ in a parameter that is drawn.
    """
    base = next(iter(arms.values()))
    points = [Point({"arm": name}, scenario) for name, scenario in arms.items()]
    drawn = list(draw_worlds(worlds, arms, replicates).values()) if worlds is not None else ()
    return Plan("compare", base.name, points, base.seed, drawn)


@overload
def compare(
    *scenarios: Scenario | str | Path,
    reading: Literal["all"],
    effort: Effort | None = None,
    **asked: Unpack[Repeated],
) -> LevelComparison: ...


@overload
def compare(
    *scenarios: Scenario | str | Path,
    reading: Literal["quiet", "usual", "lively"] | None = None,
    effort: Effort | None = None,
    **asked: Unpack[Repeated],
) -> Comparison: ...


@given()
def compare(
    *scenarios: Scenario | str | Path,
    reading: str | None = None,
    effort: Effort | None = None,
    **asked: Unpack[Repeated],
) -> Comparison | LevelComparison:
    """Run scenarios on the same people with the same luck.

    Parameters
    ----------
    *scenarios : Scenario, str or Path
        One scenario, compared with the alternatives that it names, or several.
    reading : str, optional
        ``quiet``, ``usual`` or ``lively``: how much people read, instead of as the scenarios say.
        ``all``: the three side by side.
    effort : Effort, optional
        How much is run, by whom, and where it is kept.
    **asked
        Fields of the effort: ``replicates`` (16), ``days``, ``seed``, ``until``, ``worlds``,
        ``out``, ``workers``, ...

    Returns
    -------
    Comparison or LevelComparison
        The results; the second with ``reading="all"``. With ``out`` the folder also has their
        tables and the figure.

    Raises
    ------
    ScenarioError
        If a scenario cannot be used, there is nothing to compare, or arms differ in a parameter
        that is drawn from the posterior.
    ResultsError
        If the folder cannot be used.

    Examples
    --------
    >>> import shequn as sq
    >>> found = sq.compare("wechat-group", "bombardment", replicates=2, days=10)
    >>> len(found.rows)
    4
    """
    more = {} if reading is None else {"reading": reading}
    wanted = effort_of(effort, {**asked, **more})
    asked_at = {
        name: CompareQuestion(arms_of([each.of(scenario) for scenario in scenarios]))
        for name, each in wanted.at_levels().items()
    }
    if asked_at:
        return conduct(LevelsQuestion(asked_at, LevelComparison), wanted)
    return conduct(CompareQuestion(arms_of([wanted.of(each) for each in scenarios])), wanted)
