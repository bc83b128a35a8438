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
from typing import Any, Unpack

import numpy as np

from shequn.agents.errors import Problem, ScenarioError, ShequnError
from shequn.experiments.crews.crews import Crew
from shequn.experiments.designs.worlds import Worlds, apart
from shequn.experiments.optimise.candidates import FINALISTS, Samples, Trial, Values, find
from shequn.experiments.optimise.optimum import Optimum
from shequn.experiments.optimise.question import Over, Question, Searched, question_of
from shequn.experiments.perform.conduct import Question as AnyQuestion
from shequn.experiments.perform.conduct import conduct
from shequn.experiments.perform.effort import Asked, Effort, effort_and
from shequn.experiments.perform.execute import State, execute, singly
from shequn.experiments.perform.perform import check_numbers
from shequn.experiments.runs import store
from shequn.experiments.runs.archive import Archive, opened, read
from shequn.experiments.runs.cases import Case
from shequn.experiments.runs.given import given
from shequn.experiments.runs.plan import Plan, Point
from shequn.experiments.runs.run import try_policies
from shequn.experiments.runs.tables import write_tables
from shequn.model.scenario import Scenario

REPLICATES = 16


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
        worlds = apart(worlds, scenario, own, "--over")
        drawn = [worlds.draw(scenario, range(scenario.seed, scenario.seed + replicates))]
        for values in drawn[0]:
            scenario.with_values(values)  # refuses what cannot be run, before anything is
    points = [Point(own, scenario)]
    name, seed = scenario.name, scenario.seed
    return Inquiry("optimise", name, points, seed, drawn, question=question.facts())


class SearchAsked(Asked, Searched, total=False):
    """Keywords of `optimise`: those of a search, and the fields of an effort."""


class OptimiseQuestion(AnyQuestion[Inquiry, Optimum]):
    """A search for good values.

    Parameters
    ----------
    scenario : Scenario
        As it stands, with its days and its seed.
    question : Question
        What is wanted.
    """

    def __init__(self, scenario: Scenario, question: Question) -> None:
        self.scenario, self.question = scenario, question
        self.replicates = question.replicates

    def plan(self, replicates: int, worlds: Any) -> Inquiry:
        """The scenario is its only point; further ones are proposed as the search goes on."""
        return plan_of(self.scenario, self.question, None if worlds is None else Worlds.of(worlds))

    def most_runs(self, plan: Inquiry, replicates: int) -> tuple[int, int]:
        """As many as the trials, the finalists and their confirmation need."""
        return -(-runs_of(self.question) // replicates), replicates

    def done(self, plan: Inquiry, replicates: int, there: Sequence[Archive]) -> int:
        """Runs of this folder; which of them will be asked for again is not known yet."""
        return min(sum(len(each.places) for each in there), runs_of(self.question))

    def answer(self, results: Any) -> Optimum:
        """Not asked for: the search looks at its runs while it goes on."""
        raise NotImplementedError

    def carry_out(
        self, plan: Inquiry, replicates: int, effort: Effort, folder: Path | None, crew: Crew
    ) -> Optimum:
        """Search, choose, confirm; the tables of all runs are in the folder."""
        others = [read(Path(path)) for path in effort.reuse]
        place = (
            tempfile.TemporaryDirectory(prefix="shequn-") if folder is None else nullcontext(folder)
        )
        try_policies([self.scenario])
        with place as kept, opened(Path(kept)) as archive:
            bench = _Bench(plan, self.question, archive, effort, crew, others)
            own = dict(plan.points[0].head)
            stages = find(self.question, own, bench, plan.seed, bench.note)
            if all(trial.complaint for trial in stages.trials):
                words = f"no candidate gave {self.question.goal}: {stages.trials[0].complaint}"
                raise ShequnError(words)
            if folder is not None:
                bench.write(folder)
        return Optimum(self.scenario, self.question, stages, bench.failed)


@given()
def optimise(
    scenario: Scenario | str | Path,
    goal: str,
    over: Over,
    subject_to: str | Sequence[str] = (),
    *,
    effort: Effort | None = None,
    **asked: Unpack[SearchAsked],
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
    effort : Effort, optional
        How much is run, by whom, and where it is kept.
    **asked
        ``direction``: ``more`` or ``less`` is better, for a goal of which that is not clear.
        ``risk``: ``mean`` of the goal is optimised, or ``worst-decile``, that of its worst tenth.
        ``trials``: candidates, at least 2 (40). ``confirm``: fresh runs of each finalist, for the
        figures that are reported (twice the replicates). Besides, fields of the effort:
        ``replicates`` (16, at least 2, on the same seeds for all), ``days``, ``seed`` (that of the
        proposals, too), ``worlds``, ``out``, ``workers``, ...; more trials than before may be asked
        of a folder.

    Returns
    -------
    Optimum
        What was found; ``scenario`` is the scenario with the best values. With ``out`` the folder
        also has candidates.csv, trials.csv, summary.txt, best.toml and the figure.

    Raises
    ------
    ScenarioError
        With everything that is wrong with the question.
    ResultsError
        If the folder cannot be used.
    ShequnError
        If no run of any candidate gave the goal.
    """
    search: Any
    wanted, search = effort_and(effort, asked, Searched.__annotations__)
    base = wanted.of(scenario)
    question = question_of(
        base, goal, over, subject_to, replicates=wanted.most(REPLICATES), **search
    )
    return conduct(OptimiseQuestion(base, question), wanted)


class _Bench:
    """Runs candidates: what `shequn.experiments.optimise.candidates.find` calls ``evaluate``."""

    def __init__(
        self,
        plan: Inquiry,
        question: Question,
        archive: Archive,
        effort: Effort,
        crew: Crew,
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
        self.state = Searching(runs_of(question), shown=effort.shown)
        self.crew = crew

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
            fail_fast=self.effort.fail_fast,
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
