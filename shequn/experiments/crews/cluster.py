"""The workers of a Dask scheduler as a crew: computing on other machines."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numba
import numpy as np

from shequn.agents.errors import ResultsError
from shequn.experiments.crews.crews import Computing, Job, Work, lost
from shequn.experiments.runs.cases import Result, address_of, run_cases
from shequn.experiments.runs.words import counted
from shequn.model.addresses import model_version

_ADDRESS = re.compile(r"[a-z]+://\S+:\d{1,5}")
_PATIENCE = 10.0  # seconds that a scheduler has to answer
_AHEAD = 2  # jobs at a time for each thread of a worker: one computed, one waiting
_checked: set[str] = set()


@dataclass(frozen=True)
class Cluster:
    """A crew of Dask workers; made by `connect`.

    Attributes
    ----------
    address : str
        Of the scheduler.
    workers : int
        Workers that were there when it was made.
    size : int
        Their threads.
    """

    address: str
    workers: int
    size: int

    @property
    def name(self) -> str:
        """For reports."""
        return f"cluster {self.address}, {counted(self.workers, 'worker')}"

    def compute(self, jobs: Iterable[Job], work: Work = run_cases) -> Computing:
        """As `Crew.compute`; a job whose worker dies is done again by another one.

        A job that loses more workers than the scheduler allows
        (``distributed.scheduler.allowed-failures``, 3) is done again once nothing else is being
        computed, as it may have waited behind the one that killed them. If it loses as many then,
        it is a failure of stage ``worker``. Workers that come later take part.

        Raises
        ------
        ResultsError
            If the scheduler is gone, or a worker would compute other bits.
        """
        from distributed import as_completed

        with _client(self.address) as client:
            under_way = _UnderWay(client, jobs, work, _AHEAD * self.size)
            running = as_completed(under_way.more(), loop=client.loop)
            for future in running:
                results = under_way.settle(future, self.address)
                running.update(under_way.more())
                if results is not None:
                    yield results


class _UnderWay:
    """The jobs that the scheduler has; it counts a worker's death against all that wait there."""

    def __init__(self, client: Any, jobs: Iterable[Job], work: Work, ahead: int) -> None:
        self._client = client
        self._left = iter(jobs)
        self._work = work
        self._ahead = ahead
        self._sent: dict[str, Job] = {}
        self._in_doubt: list[Job] = []
        self._alone: str | None = None  # key of a job in doubt: nothing else is under way

    def more(self) -> list[Any]:
        """Send what may be sent now: a job in doubt when nothing else is under way."""
        if not self._in_doubt:
            room = self._ahead - len(self._sent)
            return [self._send(job) for job in islice(self._left, room)]
        if self._sent:
            return []
        future = self._send(self._in_doubt.pop(0))
        self._alone = future.key
        return [future]

    def _send(self, job: Job) -> Any:
        future = self._client.submit(_do, pickle.dumps((self._work, job)), pure=False)
        self._sent[future.key] = job
        return future

    def settle(self, future: Any, address: str) -> list[Result] | None:
        """What a job gave; None when it is in doubt from now on."""
        from distributed import CancelledError
        from distributed.scheduler import KilledWorker

        alone, job = future.key == self._alone, self._sent[future.key]
        try:
            return future.result()
        except KilledWorker as error:
            if alone:
                return lost(job, str(error).partition(" Inspecting")[0])
            self._in_doubt.append(job)
            return None
        except CancelledError as error:
            raise ResultsError(f"{address}: the connection to the scheduler was lost") from error
        finally:
            del self._sent[future.key]


def connect(address: str) -> Cluster:
    """Look who is there.

    Parameters
    ----------
    address : str
        Of the scheduler: ``tcp://127.0.0.1:8786``.

    Returns
    -------
    Cluster
        Whose workers have all said that they compute the same bits.

    Raises
    ------
    ResultsError
        If the package is missing, the address is none, nobody answers, there are no workers, or
        one of them has no shequn or other versions.
    """
    with _client(address) as client:
        threads = dict(client.nthreads())
        if not threads:
            raise ResultsError(f"{address}: no workers: start some with dask worker {address}")
        answers = {"the scheduler": _of_scheduler(client)}
        found = client.run(versions, on_error="return")
        answers |= {f"worker {who}": found[who] for who in sorted(found)}
    wrong = [words for who, answer in answers.items() if (words := _differs(who, answer))]
    if wrong:
        raise ResultsError("\n".join(wrong))
    return Cluster(address, len(threads), sum(threads.values()))


def versions() -> dict[str, str]:
    """What decides the bits of a run, on the machine where this is called."""
    return {"model": model_version(), "numba": numba.__version__, "numpy": np.__version__}


def _of_scheduler(client: Any) -> Any:
    """The versions of the scheduler, which unpacks what is sent; or what it raised."""
    try:
        return client.run_on_scheduler(versions)
    except Exception as error:  # noqa: BLE001 - whatever went wrong there, it is said
        return error


def _differs(who: str, found: Any) -> str:
    """What is wrong with a machine, "" when it computes the same bits as we do."""
    if isinstance(found, BaseException):
        return f"{who}: cannot import shequn: {found}"
    ours = versions()
    other = [f"{name} {found.get(name)}, here {ours[name]}" for name in ours]
    other = [text for name, text in zip(ours, other, strict=True) if found.get(name) != ours[name]]
    return f"{who}: other versions: {'; '.join(other)}" if other else ""


@contextmanager
def _client(address: str) -> Iterator[Any]:
    """A connection to the scheduler; what was asked for and is not done is dropped at its end."""
    if not _ADDRESS.fullmatch(address):
        words = "is no address of a scheduler; expected is one like tcp://127.0.0.1:8786"
        raise ResultsError(f"'{address}' {words}")
    try:
        from distributed import Client
    except ImportError as error:
        words = "a cluster needs the package distributed: pip install 'shequn[cluster]'"
        raise ResultsError(words) from error
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:  # TimeoutError is an OSError
        raise ResultsError(f"{address}: no scheduler answers: {error}") from error
    with client:
        yield client


def _do(text: bytes) -> list[Result]:
    """Do a job on a worker, once it is sure that the worker computes what is meant.

    It is sent as bytes, so that the scheduler does not unpack it.

    The address of a case holds the digests of the model and of the files that its scenario names,
    as they are where the case was made.
    """
    work, job = pickle.loads(text)
    for case in job:
        if case.address not in _checked:
            if address_of(case.scenario, case.day, case.change) != case.address:
                words = "its model, or a policy or network file, is another one than here"
                raise ResultsError(f"a worker would compute something else: {words}")
            _checked.add(case.address)
    return work(job)
