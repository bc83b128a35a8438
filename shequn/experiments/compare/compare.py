"""Comparing scenarios on the same people and the same luck: what differs, and how surely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.experiments.compare.comparison import Comparison
from shequn.experiments.designs.worlds import Worlds, refuse_differences
from shequn.experiments.perform.perform import Effort, check_numbers, folder_of, perform
from shequn.experiments.perform.stopping import Stopping, parse_until
from shequn.experiments.runs.given import given
from shequn.experiments.runs.plan import Plan, Point
from shequn.experiments.runs.run import warm_up
from shequn.model.needs import shown
from shequn.model.outcomes import OUTCOMES
from shequn.model.parameters import flatten
from shequn.model.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from shequn.experiments.calibrate.posterior import Calibration


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
    arms = dict(zip(_names(loaded), loaded, strict=True))
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
    first = next(iter(arms.values())).seed
    seeds = range(first, first + replicates)
    drawn = {name: worlds.draw(scenario, seeds) for name, scenario in arms.items()}
    for name, scenario in arms.items():
        for values in drawn[name]:
            scenario.with_values(values)
    return drawn


def check_outcome(outcome: str, place: str) -> None:
    """Refuse what is no outcome, with the nearest one that is."""
    if outcome not in OUTCOMES:
        words = f"'{outcome}' is no outcome{nearest(outcome, OUTCOMES)}"
        raise ScenarioError([Problem(place, words)])


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


@given()
def compare(
    *scenarios: Scenario | str | Path,
    replicates: int = 16,
    days: int | None = None,
    seed: int | None = None,
    worlds: Worlds | Calibration | pd.DataFrame | str | Path | None = None,
    until: str | None = None,
    out: str | Path | None = None,
    effort: Effort | None = None,
) -> Comparison:
    """Run scenarios on the same people with the same luck.

    Parameters
    ----------
    *scenarios : Scenario, str or Path
        One scenario, compared with the alternatives that it names, or several.
    replicates : int
        Runs of each, at least 1; with ``until`` the most, at least 2.
    days, seed : int, optional
        Instead of the scenarios' own.
    worlds : Calibration, pandas.DataFrame, str or Path, optional
        A posterior: each replicate draws its parameters from it, the same in all arms.
    until : str, optional
        ``"customer_equity +-5%"``: run replicates until the paired intervals are that narrow
        (`shequn.experiments.perform.stopping`).
    out : str or Path, optional
        Where results are kept; if it holds the same comparison, only missing runs are computed.
        None: they are gone with the object.
    effort : Effort, optional
        Who computes, what is reused, what is said meanwhile; a thread for each core when None.

    Returns
    -------
    Comparison
        The results.

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
    changes: Mapping[str, Any] = {
        path: value for path, value in (("run.days", days), ("run.seed", seed)) if value is not None
    }
    loaded = [s if isinstance(s, Scenario) else Scenario.load(s) for s in scenarios]
    arms = arms_of([scenario.with_values(changes) for scenario in loaded])
    base = next(iter(arms.values()))
    effort = effort or Effort()
    if until is not None:
        effort = replace(effort, stopping=Stopping(parse_until(until), replicates))
    check_numbers(base.seed, replicates)
    plan = plan_of(arms, replicates, None if worlds is None else Worlds.of(worlds))
    folder = None if out is None else folder_of(plan, base, out)
    warm_up(*arms.values())
    return Comparison(arms, perform(plan, replicates, effort, outcome=base.focus, folder=folder))
