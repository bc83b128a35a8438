"""Which parameters matter for an outcome: screening by Morris, shares of variance by Sobol."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from shequn.agents.errors import Problem, ScenarioError
from shequn.experiments.designs.designs import Points
from shequn.experiments.designs.factors import Factor, factors_of
from shequn.experiments.perform.conduct import Question, conduct
from shequn.experiments.perform.effort import Asked, Effort, effort_of
from shequn.experiments.perform.perform import check_numbers
from shequn.experiments.perform.results import Results
from shequn.experiments.runs.given import TEXT_OR_TEXTS, given, whole
from shequn.experiments.runs.plan import Plan, Point
from shequn.experiments.runs.words import check_outcome
from shequn.experiments.sensitivity.design import Design, design_of
from shequn.experiments.sensitivity.results import Sensitivity
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
    scenario: Scenario,
    over: str | Sequence[str] | Mapping[str, Any],
    method: str,
    size: int | None,
    replicates: int,
    outcomes: Sequence[str] = (),
) -> tuple[Scenario, Design]:
    """Check everything that an analysis needs, and draw its points.

    Parameters
    ----------
    scenario : Scenario
        With its days and its seed.
    over, method, size
        As for `sensitivity`.
    replicates : int
        Runs of each point.
    outcomes : sequence of str
        Outcomes that are named; the first becomes the focus.

    Returns
    -------
    scenario : Scenario
        With its focus.
    design : Design
        The points.

    Raises
    ------
    ScenarioError
        With everything that is wrong.
    """
    base = replace(scenario, focus=(*outcomes, scenario.focus)[0])
    problems: list[Problem] = []
    if replicates < LEAST_REPLICATES:
        words = (
            f"{replicates} is out of range; at least {LEAST_REPLICATES}, to tell luck from effect"
        )
        problems.append(Problem("replicates", words))
    factors: list[Factor] = []
    checks: list[Callable[[], Any]] = [
        lambda: check_numbers(base.seed, max(1, replicates)),
        *(partial(check_outcome, name) for name in outcomes or [base.focus]),
        lambda: factors.extend(factors_of(base, over)),
        lambda: design_of(method, factors or [_any(base)], size, base.seed),
    ]
    for check in checks:
        try:
            check()
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return base, design_of(method, factors, size, base.seed)


def _any(base: Scenario) -> Factor:
    """Some factor, to see whether method and size are right where what is varied is not."""
    return Factor("any", factors_of(base, "world")[0].range)


class SensitivityQuestion(Question[Plan, Sensitivity]):
    """Which parameters matter.

    Parameters
    ----------
    scenario : Scenario
        With days, seed and focus.
    design : Design
        The points.
    outcomes : sequence of str
        Outcomes whose tables and figures are written; the focus when empty.
    """

    replicates = REPLICATES

    def __init__(self, scenario: Scenario, design: Design, outcomes: Sequence[str]) -> None:
        self.scenario, self.design, self.outcomes = scenario, design, outcomes
        self.notes = [design.note] if design.note else []
        self.facts = {"method": design.facts()}

    def plan(self, replicates: int, worlds: Any) -> Plan:
        """Point k is the k-th of the design."""
        if worlds is not None:
            words = "sensitivity varies the world itself; give --over world with its ranges"
            raise ScenarioError([Problem("worlds", words)])
        return plan_of(self.scenario, self.design)

    def answer(self, results: Results) -> Sensitivity:
        """The indices."""
        return Sensitivity(
            self.design, values_of(results), self.scenario.name, self.scenario.focus, results,
            tuple(self.outcomes),
        )  # fmt: skip


@given(size=whole(1, optional=True), outcome=TEXT_OR_TEXTS)
def sensitivity(
    scenario: Scenario | str | Path,
    over: str | Sequence[str] | Mapping[str, Any],
    method: str = "morris",
    size: int | None = None,
    *,
    outcome: str | Sequence[str] | None = None,
    effort: Effort | None = None,
    **asked: Unpack[Asked],
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
    outcome : str or sequence of str, optional
        The outcome that is meant when none is named, and others whose tables are written; the
        scenario's focus when None. Every outcome can be looked at afterwards.
    effort : Effort, optional
        How much is run, by whom, and where it is kept.
    **asked
        Fields of the effort: ``replicates`` (4, at least 3), ``days``, ``seed``, ``out``,
        ``workers``, ...

    Returns
    -------
    Sensitivity
        The results; runs that fail are among ``results.failures``. With ``out`` the folder also has
        a table and a figure for each outcome named.

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
    wanted = effort_of(effort, asked)
    names = [outcome] if isinstance(outcome, str) else list(outcome or ())
    base, design = prepare(wanted.of(scenario), over, method, size, wanted.most(REPLICATES), names)
    return conduct(SensitivityQuestion(base, design, names), wanted)


def values_of(results: Results) -> dict[str, np.ndarray]:
    """Every outcome: float64, shape (points, replicates), nan where a run failed."""
    rows = results.rows
    places = rows["point"].to_numpy(), rows["replicate"].to_numpy()
    found = {}
    for name in results.plan.outcomes:
        found[name] = np.full((len(results.plan.points), results.replicates), np.nan)
        found[name][places] = rows[name].to_numpy(dtype=float)
    return found
