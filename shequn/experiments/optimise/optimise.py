"""Searching for good values of some parameters, and saying how good they really are.

`optimise.question` reads what is asked, `optimise.candidates` searches, chooses
and confirms, `optimise.optimum` tells what was found. This module runs the model for
them: each candidate is a point, each run is kept in the archive by its address, so that a search
that was interrupted goes on where it was. (Optuna keeps its studies in memory here: its journal on
disk cannot be read again after a line was cut in the middle, and its samplers would go on with
other numbers; the archive survives both, and the same trials are proposed again.)
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.agents.errors import Problem, ScenarioError, ShequnError
from shequn.experiments.crews.crews import threads
from shequn.experiments.designs.worlds import Worlds, refuse_overlap
from shequn.experiments.optimise.candidates import FINALISTS, Samples, Trial, Values, find
from shequn.experiments.optimise.optimum import Optimum
from shequn.experiments.optimise.question import Over, Question, question_of
from shequn.experiments.perform.execute import State, execute, singly
from shequn.experiments.perform.perform import Effort, check_numbers, folder_of
from shequn.experiments.runs import store
from shequn.experiments.runs.archive import Archive, opened, read
from shequn.experiments.runs.cases import Case
from shequn.experiments.runs.given import given
from shequn.experiments.runs.plan import Plan, Point
from shequn.experiments.runs.run import warm_up
from shequn.experiments.runs.tables import write_tables
from shequn.model.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from shequn.experiments.calibrate.posterior import Calibration


@dataclass
class Searching(State):
    """How far a search has come.

    Attributes
    ----------
    stage : str
        ``search``, ``choice`` or ``confirmation``.
    trials : int
        Trials of this stage that are done.
    best : float or None
        The best score so far in this stage, in the unit of the goal, of those that meet the
        constraints; in the search it looks better than it is.
    """

    stage: str = "search"
    trials: int = 0
    best: float | None = None


@dataclass(frozen=True)
class Inquiry(Plan):
    """A plan whose points are not known beforehand: the first is the scenario as it stands.

    Attributes
    ----------
    question : mapping
        `Question.facts`: with them the plan is the same, whatever was tried so far.
    """

    question: Mapping[str, Any] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """As `Plan.facts`, with the question."""
        return super().facts() | {"question": store.plain(self.question)}


def runs_of(question: Question) -> int:
    """Runs that a search needs at most."""
    again = (FINALISTS + 1) * (question.replicates + question.confirm)
    return question.trials * question.replicates + again


def plan_of(scenario: Scenario, question: Question, worlds: Worlds | None = None) -> Inquiry:
    """The plan of a search.

    Parameters
    ----------
    scenario : Scenario
        As it stands.
    question : Question
        What is wanted.
    worlds : Worlds, optional
        Each replicate draws its parameters from them, the same for every candidate.

    Returns
    -------
    Inquiry
        With the scenario as its only point.

    Raises
    ------
    ScenarioError
        If there are too many seeds, a parameter is both changed and drawn, or a world that is
        drawn contradicts the scenario.
    """
    replicates = 2 * question.replicates + question.confirm
    check_numbers(scenario.seed, replicates)
    own = {axis.path: scenario.value(axis.path) for axis in question.axes}
    drawn: list[list[dict[str, Any]]] = []
    if worlds is not None:
        refuse_overlap(worlds, scenario, own, "--over")
        drawn = [worlds.draw(scenario, range(scenario.seed, scenario.seed + replicates))]
        for values in drawn[0]:
            scenario.with_values(values)  # refuses what cannot be run, before anything is
    points = [Point(own, scenario)]
    name, seed = scenario.name, scenario.seed
    return Inquiry("optimise", name, points, seed, drawn, question.facts())


@given()
def optimise(
    scenario: Scenario | str | Path,
    goal: str,
    over: Over,
    subject_to: str | Sequence[str] = (),
    *,
    direction: str | None = None,
    risk: str = "mean",
    trials: int = 40,
    replicates: int = 16,
    confirm: int | None = None,
    days: int | None = None,
    seed: int | None = None,
    worlds: Worlds | Calibration | pd.DataFrame | str | Path | None = None,
    out: str | Path | None = None,
    effort: Effort | None = None,
) -> Optimum:
    """Search for values of some parameters that are best for an outcome.

    Parameters
    ----------
    scenario : Scenario, str or Path
        Its own values are the first trial, and what others are compared with.
    goal : str
        An outcome (`shequn.model.outcomes.OUTCOMES`).
    over : str, sequence of str or mapping
        What may be changed: ``"policy.promo_share=0:0.3,group.capacity"``, or by path a range
        ``"LOW:HIGH"`` or ``"LOW:HIGH:log"``, a list of values, or None for a range by default
        (`shequn.experiments.optimise.question.axis_over`).
    subject_to : str or sequence of str
        What has to hold for the mean over runs: ``"left_share < 0.3"``.
    direction : str, optional
        ``more`` or ``less`` is better, for a goal of which that is not clear.
    risk : str
        ``mean``: the mean of the goal is optimised; ``worst-decile``: that of its worst tenth.
    trials, replicates : int
        Candidates, at least 2, and runs of each, at least 2, on the same seeds for all.
    confirm : int, optional
        Fresh runs of each finalist, for the figures that are reported; twice the replicates when
        None.
    days, seed : int, optional
        Instead of the scenario's own; the seed is that of the proposals, too.
    worlds : Calibration, pandas.DataFrame, str or Path, optional
        A posterior: each replicate draws its parameters from it, the same for every candidate.
    out : str or Path, optional
        Where results are kept; if it holds the same search, only missing runs are computed. More
        trials than before may be asked for.
    effort : Effort, optional
        Who computes, what is reused, what is said meanwhile (`Searching`).

    Returns
    -------
    Optimum
        What was found; ``scenario`` is the scenario with the best values.

    Raises
    ------
    ScenarioError
        With everything that is wrong with the question.
    ResultsError
        If the folder cannot be used.
    ShequnError
        If no run of any candidate gave the goal.
    """
    base = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    changes = {"run.days": days, "run.seed": seed}
    base = base.with_values({path: value for path, value in changes.items() if value is not None})
    question = question_of(
        base, goal, over, subject_to, direction=direction, risk=risk, trials=trials,
        replicates=replicates, confirm=confirm,
    )  # fmt: skip
    plan = plan_of(base, question, None if worlds is None else Worlds.of(worlds))
    folder = None if out is None else folder_of(plan, base, out)
    return answer(base, question, plan, effort or Effort(), folder)


def answer(
    scenario: Scenario, question: Question, plan: Inquiry, effort: Effort, folder: Path | None
) -> Optimum:
    """Carry out a search.

    Parameters
    ----------
    scenario : Scenario
        As it stands.
    question : Question
        What is wanted.
    plan : Inquiry
        From `plan_of`.
    effort : Effort
        Who computes; no rule of stopping is looked at.
    folder : Path or None
        From `shequn.experiments.perform.perform.folder_of`; None: runs are forgotten in the end.

    Returns
    -------
    Optimum
        What was found; written to the folder (`Optimum.write`) with the tables of all runs.
    """
    warm_up(scenario)
    others = [read(path) for path in effort.reuse]
    place = tempfile.TemporaryDirectory(prefix="shequn-") if folder is None else nullcontext(folder)
    with place as kept, opened(Path(kept)) as archive:
        bench = _Bench(plan, question, archive, effort, others)
        own = dict(plan.points[0].head)
        stages = find(question, own, bench, plan.seed, bench.note)
        if all(trial.complaint for trial in stages.trials):
            raise ShequnError(f"no candidate gave {question.goal}: {stages.trials[0].complaint}")
        if folder is not None:
            bench.write(folder)
    found = Optimum(scenario, question, stages, bench.failed)
    if folder is not None:
        found.write(folder)
    return found


class _Bench:
    """Runs candidates: what `shequn.experiments.optimise.candidates.find` calls ``evaluate``."""

    def __init__(
        self,
        plan: Inquiry,
        question: Question,
        archive: Archive,
        effort: Effort,
        others: Sequence[Archive],
    ) -> None:
        self.plan = plan
        self.question = question
        self.archive = archive
        self.effort = effort
        self.others = others
        self.points = list(plan.points)
        self.places = {_key(plan.points[0].head): 0}
        self.rows: dict[tuple[int, int], Case] = {}
        self.state = Searching(runs_of(question))
        self.crew = effort.crew or threads(None)

    def __call__(self, values: Values, replicates: range) -> Samples:
        """Run one candidate."""
        try:
            point = self._point(values)
            cases = [self._case(point, replicate) for replicate in replicates]
        except ScenarioError:
            self.state.planned -= len(replicates)
            raise
        self.rows |= {(point, r): case for r, case in zip(replicates, cases, strict=True)}
        for other in self.others:
            self.archive.take([case.key for case in cases], other)
        execute(
            singly(cases), self.archive, self.crew, state=self.state,
            progress=self.effort.progress, fail_fast=self.effort.fail_fast,
        )  # fmt: skip
        return self._samples(cases)

    def _point(self, values: Values) -> int:
        """The number of a candidate; the same values are one point, however often they are tried.

        Raises ScenarioError where they contradict one another.
        """
        key = _key(values)
        if key not in self.places:
            scenario = self.plan.points[0].scenario.with_values(values)
            self.places[key] = len(self.points)
            self.points.append(Point(dict(values), scenario))
        return self.places[key]

    def _case(self, point: int, replicate: int) -> Case:
        """A run; every candidate draws the same world in the same replicate."""
        one = self.points[point]
        alone = Plan(self.plan.kind, self.plan.name, [one], self.plan.seed, self.plan.worlds)
        try:
            return alone.case(0, replicate)
        except ScenarioError as error:
            words = f"in the world of seed {self.plan.seed + replicate}"
            raise ScenarioError([Problem(words, str(p)) for p in error.problems]) from error

    def _samples(self, cases: Sequence[Case]) -> Samples:
        found = {name: np.full(len(cases), np.nan) for name in self.question.outcomes}
        for row, case in enumerate(cases):
            if case.key in self.archive:
                outcomes = self.archive.get(case.key).outcomes
                for name, values in found.items():
                    values[row] = outcomes[name]
        return found

    def note(self, stage: str, trials: Sequence[Trial]) -> None:
        """Remember how far the search has come."""
        if stage == "choice" and not trials:
            again = self.question.replicates + self.question.confirm
            finalists = min(FINALISTS + 1, len(self.points))
            self.state.planned = self.state.done + finalists * again
        ranks = [self.question.rank(trial.samples) for trial in trials]
        scores = [score for excess, score in ranks if excess == 0.0]
        sign = -1.0 if self.question.more else 1.0
        self.state.stage, self.state.trials = stage, len(trials)
        self.state.best = sign * min(scores) if scores else None

    @property
    def failed(self) -> int:
        """Runs that failed."""
        return sum(case.key in self.archive.failures for case in self.rows.values())

    def write(self, folder: Path) -> None:
        """Write the tables of all runs; the points are the candidates in order of proposal."""
        rows = [(point, r, self.rows[point, r]) for point, r in sorted(self.rows)]
        worlds = list(self.plan.worlds) * len(self.points)
        plan = replace(self.plan, points=self.points, worlds=worlds)
        write_tables(folder, self.archive, plan, rows)


def _key(values: Values) -> tuple[str, ...]:
    return tuple(repr(value) for value in values.values())
