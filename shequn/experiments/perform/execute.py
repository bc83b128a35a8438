"""Computing the runs of an experiment: only those that are missing, by any crew, in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from shequn.agents.errors import ShequnError
from shequn.experiments.crews.crews import Crew
from shequn.experiments.runs.archive import Archive
from shequn.experiments.runs.cases import Case, Result, run_cases
from shequn.experiments.runs.pace import Pace


class RunFailed(ShequnError):
    """A run failed, and it was asked to stop at the first one that does.

    Attributes
    ----------
    exit_code : int
        Of a command that this ends: its input was good, unlike with other errors of its kind.
    """

    exit_code = 1


@dataclass
class State:
    """How far an experiment has come.

    Attributes
    ----------
    planned, done, failed : int
        Runs wanted, finished (with those that were there before), and failed among them.
    before : int
        Runs that were there before.
    pace : Pace
        How fast runs are computed.
    width : float or None
        Half-width of the interval of the main outcome so far; None when it is not known.
    shown : callable or None
        Who is told.
    """

    planned: int
    done: int = 0
    failed: int = 0
    before: int = 0
    pace: Pace = field(default_factory=Pace)
    width: float | None = None
    shown: Progress | None = None

    def tell(self) -> None:
        """Say how far it is."""
        if self.shown is not None:
            self.shown(self)

    @property
    def seconds_left(self) -> float | None:
        """Time that the rest will take; None when nothing is known of it."""
        return self.pace.seconds_left(self.planned - self.before)


Progress = Callable[[State], None]
Work = Callable[[tuple[Case, ...]], list[Result]]


def execute(
    jobs: Sequence[tuple[Case, ...]],
    archive: Archive,
    crew: Crew,
    *,
    work: Work = run_cases,
    state: State | None = None,
    noted: Callable[[Result], None] | None = None,
    fail_fast: bool = False,
) -> State:
    """Compute the runs that an archive lacks.

    Parameters
    ----------
    jobs : sequence of tuple of Case
        Runs that are computed together, one run in most experiments.
    archive : Archive
        Holds what is finished, and receives the rest.
    crew : Crew
        Who computes.
    work : callable
        Computes a job.
    state : State, optional
        Goes on counting from here; says how far it is after each job.
    noted : callable, optional
        Called with each new result, before the state is told after each job.
    fail_fast : bool
        Stop at the first run that fails.

    Returns
    -------
    State
        All planned runs are done, or failed.

    Raises
    ------
    RunFailed
        With ``fail_fast``.
    """
    planned = sum(map(len, jobs))
    state = state or State(planned)
    todo = [job for job in jobs if any(case.key not in archive for case in job)]
    there = planned - sum(map(len, todo))
    state.done += there
    state.before += there
    state.tell()
    computing = crew.compute(todo, work)
    try:
        for results in computing:
            for result in results:
                if result.key not in archive:  # a job may be done again for a run that it lacks
                    archive.add(result)
                state.done += 1
                state.failed += result.failure is not None
                if noted is not None:
                    noted(result)
                if result.failure is not None and fail_fast:
                    words = f"a run failed: {result.failure.message}\nfinished runs are kept in "
                    raise RunFailed(words + str(archive.folder))
            state.pace.note(state.done - state.before)
            state.tell()
    finally:
        computing.close()
    archive.flush()
    return state


def singly(cases: Iterable[Case]) -> list[tuple[Case, ...]]:
    """Each run as a job of its own."""
    return [(case,) for case in cases]
