"""Who computes the runs of an experiment: threads, processes of this machine, or a cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Protocol

from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.experiments.crews.workers import jobs_on_threads
from shequn.experiments.runs.cases import Case, Failure, Result, run_cases
from shequn.experiments.runs.words import counted

__all__ = ["Crew", "cluster", "crew_of", "processes", "threads"]

Job = tuple[Case, ...]
Work = Callable[[Job], list[Result]]
Computing = Generator[list[Result], None, None]
LONG = 10.0  # seconds of computing from which processes repay their start (measured: crew_of)
_KINDS = ("threads", "processes")


class Crew(Protocol):
    """Who computes; every crew gives the same results, bit for bit."""

    @property
    def name(self) -> str:
        """For reports: ``2 processes``."""
        ...

    @property
    def size(self) -> int:
        """Jobs at a time."""
        ...

    def compute(self, jobs: Iterable[Job], work: Work = run_cases) -> Computing:
        """Do every job.

        Parameters
        ----------
        jobs : iterable of tuple of Case
            Runs that are computed together; taken little by little, so that it may be without end.
        work : callable
            Does one job; a function of a module, so that other processes find it.

        Yields
        ------
        list of Result
            What each job gave, in order of completion; jobs not begun are dropped when the
            generator is closed.
        """
        ...


@dataclass(frozen=True)
class Threads:
    """Threads of this process.

    Only compiled code runs side by side: nearly all of a run, unless its policy is a class of the
    user's own. Threads share the people and the past of a seed.

    Attributes
    ----------
    size : int
        How many.
    """

    size: int

    @property
    def name(self) -> str:
        """For reports."""
        return counted(self.size, "thread")

    def compute(self, jobs: Iterable[Job], work: Work = run_cases) -> Computing:
        """As `Crew.compute`; jobs that have begun are finished when the generator is closed."""
        return jobs_on_threads(work, jobs, self.size)


def threads(number: int | None = None) -> Crew:
    """Threads of this process, one for each core unless said otherwise."""
    return Threads(number or cores())


def processes(number: int | None = None) -> Crew:
    """Processes of this machine, one for each core unless said otherwise."""
    from shequn.experiments.crews.processes import Processes

    return Processes(number or cores())


def cluster(address: str) -> Crew:
    """The workers of a Dask scheduler.

    Parameters
    ----------
    address : str
        Of the scheduler: ``tcp://127.0.0.1:8786``.

    Returns
    -------
    Crew
        All workers that are there.

    Raises
    ------
    ResultsError
        If the package is missing, nobody answers, or a worker would compute other bits.
    """
    from shequn.experiments.crews.cluster import connect

    return connect(address)


def crew_of(wanted: str | int | None = None, seconds: float = 0.0) -> Crew:
    """The crew that an option means.

    Threads share compiled code, people and pasts; processes have their start to repay and are for
    work in Python.

    Parameters
    ----------
    wanted : str, int or None
        ``threads``, ``processes``, ``threads:4``, ``processes:4``, the address of a Dask
        scheduler, or how many at a time (None: one for each core), of what suits.
    seconds : float
        Time for which work that runs in Python, one thread at a time, would keep one core busy, as
        far as known: with `LONG` or more a number means processes.

    Returns
    -------
    Crew
        Threads unless there is a reason for something else.

    Raises
    ------
    ScenarioError
        If the text means nothing.
    ResultsError
        As `cluster`.
    """
    text = "" if wanted is None else str(wanted).strip()
    kind, colon, number = text.partition(":")
    if "://" in text:
        return cluster(text)
    if kind in _KINDS:
        count = _number(number, text) if colon else None
        return processes(count) if kind == "processes" else threads(count)
    count = _number(text, text) if text else cores()
    return processes(count) if count > 1 and seconds >= LONG else threads(count)


def _number(word: str, text: str) -> int:
    if word.isdecimal() and int(word) > 0:
        return int(word)
    kind = text.partition(":")[0]
    words = f"'{text}' is no crew; allowed: a number of 1 or more, threads, processes, threads:4, "
    words += "processes:4, or the address of a Dask scheduler, tcp://127.0.0.1:8786"
    raise ScenarioError([Problem("workers", words + nearest(kind, _KINDS))])


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def lost(job: Job, message: str) -> list[Result]:
    """The results of a job whose worker died each time that it was tried."""
    failure = Failure("worker", "WorkerDied", message, "")
    return [Result(case.key, {}, {}, failure) for case in job]
