"""Sweeps: every point of a design, every replicate on the same seeds, resumable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.agents.tables import TIERS
from shequn.experiments.designs.axes import axes_of
from shequn.experiments.designs.designs import Points, factorial, refuse, sample
from shequn.experiments.designs.sweep_section import wrong_design
from shequn.experiments.designs.worlds import Worlds, refuse_overlap
from shequn.experiments.perform.perform import Effort, check_numbers, folder_of, perform
from shequn.experiments.perform.results import Results
from shequn.experiments.perform.statistics import Interval, table_of_points
from shequn.experiments.perform.stopping import Stopping, parse_until
from shequn.experiments.runs.given import given
from shequn.experiments.runs.plan import Plan, Point
from shequn.experiments.runs.run import warm_up
from shequn.experiments.runs.words import counted
from shequn.model.outcomes import OUTCOMES
from shequn.model.scenario import Scenario
from shequn.model.shown import html_table, short, with_unit

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

    from shequn.experiments.calibrate.posterior import Calibration


_SHOWN = 20  # points in a notebook


@dataclass
class Sweep:
    """The results of a sweep.

    Attributes
    ----------
    scenario : Scenario
        What all points share.
    design : Points
        The points.
    results : Results
        The runs.
    """

    scenario: Scenario
    design: Points
    results: Results

    @property
    def replicates(self) -> int:
        """Runs of each point."""
        return self.results.replicates

    @property
    def vary(self) -> dict[str, list[Any]]:
        """The values of each path, in order; points of a grid are all their combinations."""
        return {
            path: list(dict.fromkeys(row[path] for row in self.design.rows))
            for path in self.design.paths
        }

    @property
    def rows(self) -> pd.DataFrame:
        """One row for each run that succeeded: point, replicate, seed, varied values, outcomes."""
        return self.results.rows

    @property
    def failures(self) -> pd.DataFrame:
        """The runs that failed: point, replicate, seed, stage, type, message, traceback."""
        return self.results.failures

    def table(self, *outcomes: str) -> pd.DataFrame:
        """Mean and 95 % interval of outcomes at each point (all of them when none is named).

        Returns
        -------
        pandas.DataFrame
            One row for each point and outcome: point, the varied values, outcome, mean, low, high,
            n.
        """
        varied, wanted = list(self.design.paths), list(outcomes or OUTCOMES)
        return table_of_points(self.rows, varied, wanted, self.results.interval_of)

    def by_tier(self, name: str, point: int) -> np.ndarray:
        """A daily series of one point by tier: float64, shape (replicates, days, 3 tiers).

        Parameters
        ----------
        name : str
            ``members``, ``messages``, ``orders``, ``readers``, ``joins`` or ``exits``.
        point : int
            The point.

        Returns
        -------
        numpy.ndarray
            In order of replicate.
        """
        parts = [self.results.series(f"{name}_{tier}", point) for tier in TIERS]
        return np.stack(parts, axis=2)

    def interval(self, outcome: str, point: int) -> Interval:
        """Mean of an outcome at a point, with its 95 % interval."""
        return self.results.interval(outcome, point)

    def difference(self, outcome: str, point: int, baseline: int) -> Interval:
        """Paired difference of an outcome between two points (`Results.difference`)."""
        return self.results.difference(outcome, point, baseline)

    def best(self, outcome: str | None = None) -> tuple[int, list[int]]:
        """The point with the best mean, and those that are not surely worse.

        Parameters
        ----------
        outcome : str, optional
            An outcome with a good direction; the scenario's focus when None.

        Returns
        -------
        best : int
            The point whose mean is best.
        rivals : list of int
            Points whose paired difference to it has an interval that reaches 0, each looked at by
            itself: of many points that are equally good some will look worse.
        """
        name = outcome or self.scenario.focus
        sign = -1.0 if OUTCOMES[name].better == "less" else 1.0
        means = [sign * self.interval(name, k).mean for k in range(len(self.design.rows))]
        best = int(np.nanargmax(means))
        others = [k for k in range(len(means)) if k != best]
        found = {k: self.difference(name, k, best) for k in others}
        return best, [k for k, gap in found.items() if not (gap.high < 0.0 or gap.low > 0.0)]

    def plot(self, name: str | None = None) -> Figure:
        """One of the figures of the sweep (`shequn.views.sweep_figures`).

        Parameters
        ----------
        name : str, optional
            ``growth``, ``equity`` (or the scenario's focus), ``heat_map`` or ``points``, as far as
            the sweep calls for it; when None the one that tells most of the focus.

        Returns
        -------
        matplotlib.figure.Figure
            For `shequn.views.style.save`, or a notebook.

        Raises
        ------
        ResultsError
            If there is no such figure.
        """
        from importlib import import_module

        # By name: a figure is made one layer above, and only when somebody asks for it.
        return import_module("shequn.views.sweep_figures").sweep_figure(self, name)

    def to_xarray(self) -> xr.Dataset:
        """As `shequn.experiments.perform.results.Results.to_xarray`."""
        return self.results.to_xarray()

    def __repr__(self) -> str:
        """How much was run, and what is best."""
        runs = f"{counted(len(self.rows), 'run')} of {counted(len(self.design.rows), 'point')}"
        lost = f", {len(self.failures):,} failed" if len(self.failures) else ""
        return f"Sweep of {self.scenario.name}: {runs}{lost}\n{self.sentence()}"

    def _repr_html_(self) -> str:
        """The focus at each point as a table, for notebooks."""
        focus = self.scenario.focus
        rows = []
        for point, values in enumerate(self.design.rows[:_SHOWN]):
            found = self.interval(focus, point)
            numbers = (found.mean, found.low, found.high)
            rows.append([*map(_short, values.values()), *map(short, numbers), str(found.n)])
        head = [*self.design.paths, with_unit(focus), "95 %: from", "to", "runs"]
        more = len(self.design.rows) - len(rows)
        rows += [[f"... and {more:,} more points"]] if more else []
        return html_table(repr(self), head, rows)

    def sentence(self) -> str:
        """Which point is best in the scenario's focus, and which cannot be told from it."""
        focus = self.scenario.focus
        if self.rows.empty or not OUTCOMES[focus].better or len(self.design.rows) < 2:
            return ""
        name = focus.replace("_", " ")
        fewest = min(self.interval(focus, point).n for point in range(len(self.design.rows)))
        lacking = self.results.without(focus, fewest, "runs")
        if np.isnan(self.rows[focus].to_numpy(dtype=float)).all():
            return f"best mean {name}: cannot be told ({lacking})"
        best, rivals = self.best()
        row = ", ".join(f"{path} {_short(value)}" for path, value in self.design.rows[best].items())
        others = _beside(len(rivals), len(self.design.rows) - 1)
        few = f"; at some points the mean is of {lacking}" if lacking else ""
        return f"best mean {name}: {row}; {others} (paired, 95 %){few}"


def _beside(rivals: int, others: int) -> str:
    """How the best point stands beside the others, some of which are not surely worse."""
    if others == 1:
        return "the other point is not surely worse" if rivals else "surely better than the other"
    if rivals == 0:
        return "surely better than every other point, each looked at by itself"
    if rivals == others:
        return f"none of the other {others} points is surely worse"
    verb = "is" if rivals == 1 else "are"
    return f"{rivals} of the other {others} points {verb} not surely worse"


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def plan_of(
    scenario: Scenario, design: Points, replicates: int, worlds: Worlds | None = None
) -> Plan:
    """The plan of a sweep.

    Parameters
    ----------
    scenario : Scenario
        What all points share.
    design : Points
        The points.
    replicates : int
        The most that will be run, for drawing worlds.
    worlds : Worlds, optional
        Each replicate draws its parameters from them, the same at every point.

    Returns
    -------
    Plan
        Point k is the k-th of the design.

    Raises
    ------
    ScenarioError
        If a point cannot be run, or a path is both varied and drawn.
    """
    scenarios = design.scenarios_of(scenario)
    points = [Point(row, each) for row, each in zip(design.rows, scenarios, strict=True)]
    drawn: list[list[dict[str, Any]]] = []
    if worlds is not None:
        refuse_overlap(worlds, scenario, dict.fromkeys(design.paths), "--vary")
        own = worlds.draw(scenario, range(scenario.seed, scenario.seed + replicates))
        for values in own:
            scenario.with_values(values)  # refuses what cannot be run, before anything is
        drawn = [own] * len(points)
    return Plan("sweep", scenario.name, points, scenario.seed, drawn)


@given()
def sweep(
    scenario: Scenario | str | Path,
    vary: Mapping[str, Sequence[Any] | str] | Points,
    replicates: int = 16,
    days: int | None = None,
    seed: int | None = None,
    *,
    design: str = "factorial",
    points: int = 64,
    worlds: Worlds | Calibration | pd.DataFrame | str | Path | None = None,
    until: str | None = None,
    out: str | Path | None = None,
    effort: Effort | None = None,
) -> Sweep:
    """Run every point of a design, each with the same seeds.

    Parameters
    ----------
    scenario : Scenario, str or Path
        What all points share.
    vary : mapping or Points
        Values by path: a list, or text as after ``--vary`` (``"0:0.3:13"``; with ``lhs`` and
        ``sobol`` a range, ``"0:0.3"``); or points made before (`designs.designs`).
    replicates : int
        Runs of each point, at least 1; with ``until`` the most, at least 2.
    days, seed : int, optional
        Instead of the scenario's own.
    design : str
        ``factorial``: all combinations; ``lhs``, ``sobol``: so many points, spread over ranges.
    points : int
        Points of ``lhs`` and ``sobol``.
    worlds : Calibration, pandas.DataFrame, str or Path, optional
        A posterior: each replicate draws its parameters from it, the same at every point.
    until : str, optional
        ``"members +-5"``: run replicates until the interval is that narrow at every point.
    out : str or Path, optional
        Where results are kept; if it holds the same sweep, only missing runs are computed. None:
        they are gone with the object.
    effort : Effort, optional
        Who computes, what is reused, what is said meanwhile; a thread for each core when None.

    Returns
    -------
    Sweep
        The results; runs that fail are among its ``failures``.

    Raises
    ------
    ScenarioError
        If a point cannot be run, or a path is both varied and drawn from the posterior.
    ResultsError
        If the folder cannot be used.

    Examples
    --------
    >>> import shequn as sq
    >>> found = sq.sweep("wechat-group", {"group.capacity": [50, 200]}, replicates=2, days=5)
    >>> len(found.rows)
    4
    """
    base = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    changes = {"run.days": days, "run.seed": seed}
    base = base.with_values({path: value for path, value in changes.items() if value is not None})
    check_numbers(base.seed, replicates)
    made = _points_of(vary, design, points, base.seed)
    effort = effort or Effort()
    if until is not None:
        effort = replace(effort, stopping=Stopping(parse_until(until), replicates))
    drawn = None if worlds is None else Worlds.of(worlds)
    plan = plan_of(base, made, replicates, drawn)
    folder = None if out is None else folder_of(plan, base, out)
    warm_up(*(point.scenario for point in plan.points))
    found = perform(plan, replicates, effort, outcome=base.focus, folder=folder)
    return Sweep(base, made, found)


def _points_of(vary: Any, design: str, points: int, seed: int) -> Points:
    if isinstance(vary, Points):
        return vary
    refuse(wrong_design(design, False, "design"))
    axes = axes_of(vary)
    return factorial(axes) if design == "factorial" else sample(design, axes, points, seed)
