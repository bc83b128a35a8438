"""Sweeps: every point of a design, every replicate on the same seeds, resumable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

import numpy as np

from shequn.agents.errors import Problem, ScenarioError
from shequn.agents.tables import TIERS
from shequn.experiments.compare.levels import LevelsQuestion, LevelSweep
from shequn.experiments.designs.designs import Points
from shequn.experiments.designs.sweep_section import design_of_section, points_of
from shequn.experiments.designs.worlds import Worlds, apart
from shequn.experiments.perform.conduct import Question, conduct
from shequn.experiments.perform.effort import Effort, Further, effort_of
from shequn.experiments.perform.results import Results
from shequn.experiments.perform.statistics import Interval, table_of_points
from shequn.experiments.runs import store
from shequn.experiments.runs.given import given
from shequn.experiments.runs.pictures import draw, draw_into
from shequn.experiments.runs.plan import Plan, Point
from shequn.experiments.runs.words import counted
from shequn.model.outcomes import OUTCOMES
from shequn.model.reading import paths_of_reading
from shequn.model.scenario import Scenario
from shequn.model.shown import html_table, short, with_unit

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure


REPLICATES = 16
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
        varied, wanted = list(self.design.paths), list(outcomes or self.results.plan.outcomes)
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
        close : list of int
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
        return draw("sweep", self, name)

    def save(self, folder: Path) -> None:
        """Write ``points.csv`` and the figures; those that an earlier call wrote are replaced."""
        text = self.table().to_csv(index=False, lineterminator="\n")
        store.write_text(folder / "points.csv", text)
        draw_into(folder, "sweep", self)

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
        best, close = self.best()
        row = ", ".join(f"{path} {_short(value)}" for path, value in self.design.rows[best].items())
        others = _beside(len(close), len(self.design.rows) - 1)
        gaps = (
            self.difference(focus, k, best).n for k in range(len(self.design.rows)) if k != best
        )
        pairs = self.results.without(focus, min(gaps))
        few = f"; at some points the mean is of {lacking}" if lacking else ""
        few += f"; the fewest that are compared: {pairs}" if pairs else ""
        return f"best mean {name}: {row}; {others} (paired, 95 %){few}"


def _beside(close: int, others: int) -> str:
    """How the best point stands beside the others, some of which are not surely worse."""
    if others == 1:
        return "the other point is not surely worse" if close else "surely better than the other"
    if close == 0:
        return "surely better than every other point, each looked at by itself"
    if close == others:
        return f"none of the other {others} points is surely worse"
    verb = "is" if close == 1 else "are"
    return f"{close} of the other {others} points {verb} not surely worse"


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


class SweepQuestion(Question[Plan, Sweep]):
    """Every point of a design, each with the same seeds.

    Parameters
    ----------
    scenario : Scenario
        What all points share, with its days and its seed.
    design : Points
        The points.
    replicates : int
        Runs of each point when nothing else is asked for.
    """

    def __init__(self, scenario: Scenario, design: Points, replicates: int) -> None:
        self.scenario = scenario
        self.design = design
        self.replicates = replicates
        self.notes = design.notes
        self.facts = {"points": design.facts()}

    def plan(self, replicates: int, worlds: Any) -> Plan:
        """Point k is the k-th of the design."""
        return plan_of(self.scenario, self.design, replicates, worlds)

    def answer(self, results: Results) -> Sweep:
        """The sweep."""
        return Sweep(self.scenario, self.design, results)


def plan_of(scenario: Scenario, design: Points, replicates: int, worlds: Any = None) -> Plan:
    """The plan of a sweep.

    Parameters
    ----------
    scenario : Scenario
        What all points share.
    design : Points
        The points.
    replicates : int
        The most that will be run, for drawing worlds.
    worlds : Worlds, Calibration, pandas.DataFrame, str or Path, optional
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
        posterior = apart(Worlds.of(worlds), scenario, dict.fromkeys(design.paths), "--vary")
        own = posterior.draw(scenario, range(scenario.seed, scenario.seed + replicates))
        for values in own:
            scenario.with_values(values)  # refuses what cannot be run, before anything is
        drawn = [own] * len(points)
    return Plan("sweep", scenario.name, points, scenario.seed, drawn)


@overload
def sweep(
    scenario: Scenario | str | Path,
    vary: Mapping[str, Any] | Sequence[str] | str | Path | Points = (),
    replicates: int | None = None,
    *,
    design: str | None = None,
    points: int | None = None,
    reading: Literal["all"],
    effort: Effort | None = None,
    **asked: Unpack[Further],
) -> LevelSweep: ...


@overload
def sweep(
    scenario: Scenario | str | Path,
    vary: Mapping[str, Any] | Sequence[str] | str | Path | Points = (),
    replicates: int | None = None,
    *,
    design: str | None = None,
    points: int | None = None,
    reading: Literal["quiet", "usual", "lively"] | None = None,
    effort: Effort | None = None,
    **asked: Unpack[Further],
) -> Sweep: ...


@given()
def sweep(
    scenario: Scenario | str | Path,
    vary: Mapping[str, Any] | Sequence[str] | str | Path | Points = (),
    replicates: int | None = None,
    *,
    design: str | None = None,
    points: int | None = None,
    reading: str | None = None,
    effort: Effort | None = None,
    **asked: Unpack[Further],
) -> Sweep | LevelSweep:
    """Run every point of a design, each with the same seeds.

    Parameters
    ----------
    scenario : Scenario, str or Path
        What all points share.
    vary : mapping, sequence of str, Path or Points
        Values by path: a list, or text as after ``--vary`` (``"0:0.3:13"``; with ``lhs`` and
        ``sobol`` a range, ``"0:0.3"``); ``PATH=VALUES`` texts; the path of a table of points; or
        points made before (`shequn.experiments.designs.designs`). When nothing is given, what the
        section ``[sweep]`` of the scenario says.
    replicates : int, optional
        Runs of each point, at least 1 (16, or what the section says); with ``until`` the most.
    design : str, optional
        ``factorial``: all combinations; ``lhs``, ``sobol``: so many points, spread over ranges.
    points : int, optional
        Points of ``lhs`` and ``sobol`` (64).
    reading : str, optional
        ``quiet``, ``usual`` or ``lively``: how much people read, instead of as the scenario says.
        ``all``: the three side by side.
    effort : Effort, optional
        How much is run, by whom, and where it is kept.
    **asked
        Fields of the effort: ``days``, ``seed``, ``until``, ``worlds``, ``out``, ``workers``, ...

    Returns
    -------
    Sweep or LevelSweep
        The results, the second with ``reading="all"``; runs that fail are among its ``failures``.
        With ``out`` the folder also has points.csv and the figures.

    Raises
    ------
    ScenarioError
        If a point cannot be run, or a path is both varied and drawn, or set by ``reading``.
    ResultsError
        If the folder cannot be used.

    Examples
    --------
    >>> import shequn as sq
    >>> found = sq.sweep("wechat-group", {"group.capacity": [50, 200]}, replicates=2, days=5)
    >>> len(found.rows)
    4
    """
    given = {"replicates": replicates, "reading": reading}
    more = {name: value for name, value in given.items() if value is not None}
    wanted = effort_of(effort, {**asked, **more})
    asked_at = {
        name: _question(each, scenario, vary, design, points)
        for name, each in wanted.at_levels().items()
    }
    if not asked_at:
        return conduct(_question(wanted, scenario, vary, design, points), wanted)
    varied = next(iter(asked_at.values())).design.paths
    twice = [path for path in varied if path in ("reading", *paths_of_reading())]
    if twice:
        words = "is what reading='all' varies; drop one of the two"
        raise ScenarioError([Problem(f"--vary {path}", words) for path in twice])
    return conduct(LevelsQuestion(asked_at, LevelSweep), wanted)


def _question(
    effort: Effort, scenario: Scenario | str | Path, vary: Any, design: str | None,
    points: int | None,
) -> SweepQuestion:  # fmt: skip
    base = effort.of(scenario)
    made = vary if isinstance(vary, Points) else _points_of(base, vary, design, points)
    own = design_of_section(base).replicates
    return SweepQuestion(base, made, own or REPLICATES)


def _points_of(base: Scenario, vary: Any, design: str | None, points: int | None) -> Points:
    """Points from what was given for ``vary``."""
    if isinstance(vary, Path):
        return points_of(base, (), design, points, vary)
    return points_of(base, [vary] if isinstance(vary, str) else vary, design, points)
