"""Which parameters matter for an outcome: screening by Morris, shares of variance by Sobol."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from shequn.agents.errors import Problem, ScenarioError
from shequn.experiments.designs.designs import Points
from shequn.experiments.designs.factors import Factor, factors_of
from shequn.experiments.perform.perform import Effort, check_numbers, folder_of, perform
from shequn.experiments.perform.results import Results
from shequn.experiments.runs.given import given, whole
from shequn.experiments.runs.plan import Plan, Point
from shequn.experiments.runs.run import warm_up
from shequn.experiments.sensitivity.design import Design, design_of
from shequn.experiments.sensitivity.results import Sensitivity, check_outcome
from shequn.model.outcomes import OUTCOMES
from shequn.model.scenario import Scenario

REPLICATES = 4
LEAST_REPLICATES = 3  # with 2 no interval can contain luck that all points share

# Points and replicates give outcomes by name: float64, shape (points, replicates), nan if missing.
Model = Callable[[Points, int], Mapping[str, np.ndarray]]


def examine(design: Design, model: Model, replicates: int = 1, **more: Any) -> Sensitivity:
    """Analyze any model that gives outcomes of points.

    Parameters
    ----------
    design : Design
        From `shequn.experiments.sensitivity.design.design_of`.
    model : callable
        Gets the points and the number of replicates, gives for each outcome an array of shape
        (points, replicates), nan where it is missing.
    replicates : int
        1 for a model without luck.
    **more
        Further attributes of the `Sensitivity`.

    Returns
    -------
    Sensitivity
        The results.
    """
    values = model(design.points, replicates)
    return Sensitivity(design, values, **{"focus": next(iter(values)), **more})


def plan_of(scenario: Scenario, design: Design) -> Plan:
    """The plan of the runs: point k is the k-th of the design.

    Parameters
    ----------
    scenario : Scenario
        What all points share.
    design : Design
        The points.

    Returns
    -------
    Plan
        Of kind ``sensitivity``.

    Raises
    ------
    ScenarioError
        If values of a point contradict one another.
    """
    made = design.points
    pairs = zip(made.rows, made.scenarios_of(scenario), strict=True)
    points = [Point(row, each) for row, each in pairs]
    return Plan("sensitivity", scenario.name, points, scenario.seed)


def prepare(
    scenario: Scenario | str | Path,
    over: str | Sequence[str] | Mapping[str, Any],
    method: str = "morris",
    size: int | None = None,
    replicates: int = REPLICATES,
    days: int | None = None,
    seed: int | None = None,
    outcome: str | None = None,
) -> tuple[Scenario, Design]:
    """Check everything that an analysis needs, and draw its points.

    Parameters
    ----------
    scenario, over, method, size, replicates, days, seed, outcome
        As `sensitivity`.

    Returns
    -------
    scenario : Scenario
        With days, seed and focus.
    design : Design
        The points.

    Raises
    ------
    ScenarioError
        With everything that is wrong.
    """
    base = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    changes = {"run.days": days, "run.seed": seed}
    base = base.with_values({path: value for path, value in changes.items() if value is not None})
    base = replace(base, focus=outcome or base.focus)
    problems: list[Problem] = []
    if replicates < LEAST_REPLICATES:
        words = (
            f"{replicates} is out of range; at least {LEAST_REPLICATES}, to tell luck from effect"
        )
        problems.append(Problem("replicates", words))
    one = Factor("any", factors_of(base, "world")[0].range)
    factors: list[Factor] = []
    checks: list[Callable[[], Any]] = [
        lambda: check_numbers(base.seed, max(1, replicates)),
        lambda: check_outcome(base.focus),
        lambda: factors.extend(factors_of(base, over)),
        lambda: design_of(method, factors or [one], size, base.seed),
    ]
    for check in checks:
        try:
            check()
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return base, design_of(method, factors, size, base.seed)


@given(size=whole(1, optional=True))
def sensitivity(
    scenario: Scenario | str | Path,
    over: str | Sequence[str] | Mapping[str, Any],
    method: str = "morris",
    size: int | None = None,
    replicates: int = REPLICATES,
    days: int | None = None,
    seed: int | None = None,
    *,
    outcome: str | None = None,
    out: str | Path | None = None,
    effort: Effort | None = None,
) -> Sensitivity:
    """Find which parameters matter for outcomes, every point on the same people and luck.

    Parameters
    ----------
    scenario : Scenario, str or Path
        What all points share.
    over : str, sequence or mapping
        What is varied: ``world``, ``policy``, ``PATH``, ``PATH=LOW:HIGH``, ``PATH=LOW:HIGH:log``
        (`shequn.experiments.designs.factors`).
    method : str
        ``morris``: which matter at all, for many parameters. ``sobol``: shares of the variance, for
        few.
    size : int, optional
        Trajectories of ``morris`` (10), rows of ``sobol`` (64, rounded up to a power of 2).
    replicates : int
        Runs of each point, at least 3.
    days, seed : int, optional
        Instead of the scenario's own.
    outcome : str, optional
        The outcome that is meant when none is named; the scenario's focus when None. Every outcome
        can be looked at afterwards.
    out : str or Path, optional
        Where results are kept; if it holds the same analysis, only missing runs are computed. None:
        they are gone with the object.
    effort : Effort, optional
        Who computes, what is reused, what is said meanwhile; a thread for each core when None.

    Returns
    -------
    Sensitivity
        The results; runs that fail are among ``results.failures``.

    Raises
    ------
    ScenarioError
        With everything that is wrong.
    ResultsError
        If the folder cannot be used.

    Examples
    --------
    >>> import shequn as sq
    >>> found = sq.sensitivity(
    ...     "wechat-group", "policy.promo_share,feel.habit_gain", size=4, replicates=3, days=5
    ... )
    >>> sorted(found.table("members")["parameter"])
    ['feel.habit_gain', 'policy.promo_share']
    """
    base, design = prepare(scenario, over, method, size, replicates, days, seed, outcome)
    plan = plan_of(base, design)
    folder = None if out is None else folder_of(plan, base, out, method=design.facts())
    warm_up(base)
    found = perform(plan, replicates, effort or Effort(), outcome=base.focus, folder=folder)
    return Sensitivity(design, values_of(found), base.name, base.focus, found)


def values_of(results: Results) -> dict[str, np.ndarray]:
    """Every outcome: float64, shape (points, replicates), nan where a run failed."""
    rows = results.rows
    places = rows["point"].to_numpy(), rows["replicate"].to_numpy()
    found = {}
    for name in OUTCOMES:
        found[name] = np.full((len(results.plan.points), results.replicates), np.nan)
        found[name][places] = rows[name].to_numpy(dtype=float)
    return found
