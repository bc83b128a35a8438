"""Jobs on threads."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import TypeVar

Job = TypeVar("Job")
Given = TypeVar("Given")


def jobs_on_threads(
    work: Callable[[Job], Given], todo: Iterable[Job], threads: int
) -> Generator[Given, None, None]:
    """Do every job on threads: the compiled engine releases the interpreter's lock.

    Parameters
    ----------
    work : callable
        Does one job.
    todo : iterable
        The jobs; taken one by one, so that it may be without end.
    threads : int
        How many.

    Yields
    ------
    object
        What each job returned, in order of completion; jobs not begun are dropped when the
        generator is closed.
    """
    left = iter(todo)
    with ThreadPoolExecutor(threads) as pool:
        running = {pool.submit(work, job) for job in itertools.islice(left, 2 * threads)}
        try:
            while running:
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    running |= {pool.submit(work, job) for job in itertools.islice(left, 1)}
                    yield future.result()
        finally:
            for future in running:
                future.cancel()
