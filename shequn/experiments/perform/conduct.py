"""The one conductor: how every question goes its way, from what is asked to the files it leaves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from shequn.experiments.crews.crews import Crew
from shequn.experiments.perform.effort import Effort
from shequn.experiments.perform.perform import check_numbers, folder_of, perform
from shequn.experiments.perform.preflight import Extent, Preflight, preflight
from shequn.experiments.perform.probe import probe
from shequn.experiments.perform.results import Results
from shequn.experiments.perform.stopping import PILOT
from shequn.experiments.runs import archive
from shequn.experiments.runs.plan import Plan
from shequn.experiments.runs.run import warm_up
from shequn.model.scenario import Scenario

RESULTS = Path("results")


class Answer(Protocol):
    """What a question gives."""

    def save(self, folder: Path) -> None:
        """Write its tables and figures; those that an earlier call wrote are replaced."""
        ...


A = TypeVar("A", bound=Answer)
P = TypeVar("P", bound=Plan)


class Question(ABC, Generic[P, A]):
    """What is asked, checked; nothing has been run yet.

    Attributes
    ----------
    scenario : Scenario
        What is asked about, with its days and its seed.
    replicates : int
        Runs of each point that suit the question.
    notes : sequence of str
        What a user has to be told before it begins.
    facts : mapping
        What the manifest says of the question besides the plan.
    """

    scenario: Scenario
    replicates: int = 16
    notes: Sequence[str] = ()
    facts: Mapping[str, Any] = {}

    @abstractmethod
    def plan(self, replicates: int, worlds: Any) -> P:
        """The runs that are wanted.

        Parameters
        ----------
        replicates : int
            The most that will be run of each point, for drawing worlds.
        worlds : object
            A posterior, its table or path, from which replicates draw; None.

        Raises
        ------
        ScenarioError
            With everything that is wrong.
        """

    @abstractmethod
    def answer(self, results: Results) -> A:
        """What the runs say."""

    def check(self) -> None:
        """Look once more before anything is begun: the model is compiled now."""

    def most_runs(self, plan: P, replicates: int) -> tuple[int, int]:
        """Points and replicates that will be run at most, for saying what is to be expected."""
        return len(plan.points), replicates

    def done(self, plan: P, replicates: int, there: Sequence[archive.Archive]) -> int:
        """Runs that are there already."""
        cases = plan.cases(range(replicates)) if there else ()
        return sum(any(case.key in each for each in there) for _, _, case in cases)

    def carry_out(
        self, plan: P, replicates: int, effort: Effort, folder: Path | None, crew: Crew
    ) -> A:
        """Compute the runs and give the answer."""
        return self.answer(perform(plan, replicates, effort, folder, crew))


def conduct(question: Question[P, A], effort: Effort) -> A:
    """Ask a question: plan, look ahead, compute, keep, answer, write.

    Parameters
    ----------
    question : Question
        Checked.
    effort : Effort
        How much is run, by whom, and where it is kept.

    Returns
    -------
    Answer
        Its files are in the folder, if there is one.

    Raises
    ------
    ScenarioError
        With everything that is wrong with the plan.
    ResultsError
        If the folder cannot be used.
    """
    watcher = effort.watcher
    replicates = effort.most(question.replicates)
    check_numbers(question.scenario.seed, replicates)
    plan = question.plan(replicates, effort.worlds)
    for words in question.notes:
        watcher.note(words)
    with watcher.compiling():
        warm_up(*(point.scenario for point in plan.points))
    question.check()
    crew = effort.crew()
    if watcher.probes or (effort.budget is not None and effort.until is None):
        ahead = _look_ahead(question, plan, replicates, effort, crew)
        watcher.ahead(ahead)
        if effort.budget is not None and effort.until is None:
            replicates = ahead.replicates
            plan = question.plan(replicates, effort.worlds)  # worlds are drawn for each of them
        if not effort.on_cluster:
            python = any(point.scenario.parameters.policy.name == "file" for point in plan.points)
            seconds = ahead.probe.seconds_per_run * (ahead.runs - ahead.done)
            crew = effort.crew(seconds if python else 0.0)
    folder = None
    if effort.out is not None or watcher.keeps:
        until = {"until": effort.until} if effort.until is not None else {}
        folder = folder_of(plan, question.scenario, effort.out, **question.facts, **until)
        watcher.begun(folder)
    found = question.carry_out(plan, replicates, effort, folder, crew)
    if folder is not None:
        found.save(folder)
    return found


def _look_ahead(
    question: Question[P, A], plan: P, replicates: int, effort: Effort, crew: Crew
) -> Preflight:
    """What is to be expected; with ``until`` nobody knows more than the pilot."""
    until = effort.until is not None
    folder = RESULTS if effort.out is None else Path(effort.out)
    places = [folder] if (folder / archive.SHARDS).is_dir() else []
    there = [archive.read(Path(place)) for place in (*places, *effort.reuse)]
    points, each = question.most_runs(plan, min(replicates, PILOT) if until else replicates)
    last = len(plan.points) - 1
    return preflight(
        lambda point, replicate: plan.case(min(point, last), replicate % replicates),
        Extent(
            points,
            each,
            crew.size,
            done=0 if until else question.done(plan, replicates, there),
            cores=crew.size if effort.on_cluster else None,
        ),
        folder,
        None if until else effort.budget,
        effort.watcher.probe([point.scenario for point in plan.points]) or probe,
    )
