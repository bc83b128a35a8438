"""Processes of this machine that compute runs, each talked to by a thread of its own.

A process is a new interpreter that imports this package and nothing of the caller's script: no
``if __name__ == "__main__"`` is needed, and nothing is forked. It reads jobs from its standard
input and writes what they gave to its standard output; when the caller is gone, however it ended,
the input ends and with it the process, after the job that it is at. Signals to end are for the
caller alone, also where a batch system sends them to every process.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import traceback
import weakref
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from itertools import chain, islice
from typing import IO, Any

from shequn.agents.errors import ResultsError
from shequn.experiments.crews.crews import Computing, Job, Work, lost
from shequn.experiments.runs.cases import Result, run_cases
from shequn.experiments.runs.words import counted
from shequn.model.addresses import model_version

_ATTEMPTS = 2
_HEAD = 8  # bytes of the length of a message
_START = (
    "import pickle, signal, sys; "
    "[signal.signal(getattr(signal, name), signal.SIG_IGN) "
    "for name in ('SIGINT', 'SIGTERM', 'SIGHUP') if hasattr(signal, name)]; "
    "sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from shequn.experiments.crews.processes import serve; serve()"
)


class Processes:
    """A crew of processes; they stay until the crew is gone, for the next experiment.

    Parameters
    ----------
    size : int
        How many.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._idle: list[_Worker] = []
        self._warm = False

    @property
    def name(self) -> str:
        """For reports."""
        return counted(self.size, "process")

    def compute(self, jobs: Iterable[Job], work: Work = run_cases) -> Computing:
        """As `Crew.compute`; processes that are busy are killed when the generator is closed.

        A process that dies is replaced, and its job is tried once more; when that kills a process
        again, its runs are failures of stage ``worker``.

        Raises
        ------
        ResultsError
            If processes cannot be started.
        """
        left = iter(jobs)
        first = list(islice(left, self.size))
        self._prepare(first)
        left = chain(first, left)
        shift = _Shift(self._idle, self.size)
        pool = ThreadPoolExecutor(self.size)
        running: set[Future[list[Result]]] = set()
        try:
            for job in islice(left, 2 * self.size):
                running.add(pool.submit(shift.do, job, work))
            while running:
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    running |= {pool.submit(shift.do, job, work) for job in islice(left, 1)}
                    yield future.result()
        finally:
            shift.close()
            pool.shutdown(cancel_futures=True)

    def _prepare(self, first: list[Job]) -> None:
        """Start processes; while they import, compile the kernels that they load from disk."""
        while len(self._idle) < len(first):
            self._idle.append(_Worker())
        if first and not self._warm:
            from shequn.experiments.runs.run import warm_up

            warm_up(*[case.scenario for job in first for case in job])
            self._warm = True


class _Shift:
    """The workers of one call of `Processes.compute`."""

    def __init__(self, idle: list[_Worker], size: int) -> None:
        self._idle = idle
        self._size = size
        self._lock = threading.Lock()
        self._busy: set[_Worker] = set()
        self._closed = False

    def do(self, job: Job, work: Work) -> list[Result]:
        """Let a worker do a job."""
        text = pickle.dumps((work, job), pickle.HIGHEST_PROTOCOL)
        code: int | None = None
        for _ in range(_ATTEMPTS):
            worker = self._take()
            answer = None
            try:
                answer = worker.ask(text)
            finally:
                self._return(worker, answer is not None)
            if answer is not None:
                return _result_of(answer)
            code = worker.code
        return lost(job, f"the process that computed it died {_ATTEMPTS} times{_cause(code)}")

    def _take(self) -> _Worker:
        with self._lock:
            if self._closed:
                raise ResultsError("stopped before the job was done")
            worker = self._idle.pop() if self._idle else _Worker()
            self._busy.add(worker)
            return worker

    def _return(self, worker: _Worker, alive: bool) -> None:
        with self._lock:
            self._busy.discard(worker)
            if alive and not self._closed and len(self._idle) < self._size:
                self._idle.append(worker)
            else:
                worker.close()

    def close(self) -> None:
        """Kill who is busy."""
        with self._lock:
            self._closed = True
            for worker in self._busy:
                worker.kill()


class _Worker:
    """A process as its caller sees it."""

    def __init__(self) -> None:
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START],  # -P: no modules of the folder
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for the caller alone
            )
        except OSError as error:
            raise ResultsError(f"no process can be started: {error.strerror}") from error
        self.close = weakref.finalize(self, _end, self._process)
        self._ready = False

    @property
    def code(self) -> int | None:
        """Exit code of a process that has ended."""
        return self._process.returncode

    def ask(self, text: bytes) -> bytes | None:
        """Send a job and wait for what it gave; None when the process died."""
        try:
            if not self._ready:
                self._greet()
            _write(self._stdin, text)
            answer = _read(self._stdout)
        except OSError:
            answer = None
        if answer is None:
            self._process.wait()
        return answer

    def _greet(self) -> None:
        """Wait until the process has imported the model, and see that it is the same model."""
        with suppress(BrokenPipeError):  # it has ended, as is found next
            pickle.dump(sys.path, self._stdin)
            self._stdin.flush()
        version = _read(self._stdout)
        if version is None:
            code = self._process.wait()
            raise ResultsError(f"a process ended before it could compute{_cause(code)}")
        if version.decode() != model_version():
            raise ResultsError("the sources of shequn have changed since this process began")
        self._ready = True

    def kill(self) -> None:
        """End the process; whoever waits for it is told that it died."""
        self._process.kill()

    @property
    def _stdin(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _stdout(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        try:
            if stream is not None:
                stream.close()
        except OSError:  # what could not be written any more
            pass


def _cause(code: int | None) -> str:
    """Why a process ended, as far as its exit code tells."""
    if code is None:
        return ""
    if code == -9:
        return " (killed by signal 9: out of memory?)"
    return f" (signal {-code})" if code < 0 else f" (exit code {code})"


def _result_of(answer: bytes) -> list[Result]:
    done, value = pickle.loads(answer)
    if not done:
        raise value
    return value


def _write(stream: IO[bytes], text: bytes) -> None:
    stream.write(len(text).to_bytes(_HEAD, "big"))
    stream.write(text)
    stream.flush()


def _read(stream: IO[bytes]) -> bytes | None:
    """The next message, None when the other side is gone."""
    head = stream.read(_HEAD)
    length = int.from_bytes(head, "big")
    text = stream.read(length) if len(head) == _HEAD else b""
    return text if len(head) == _HEAD and len(text) == length else None


def serve() -> None:
    """Do jobs until there are no more: what runs in the processes."""
    jobs = sys.stdin.buffer
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a policy prints is no answer
    sys.stdin = open(os.devnull, encoding="utf-8")
    try:
        _write(answers, model_version().encode())
        while (text := _read(jobs)) is not None:
            _write(answers, _answer(text))
    except BrokenPipeError:
        os._exit(1)  # nobody is left to be told


def _answer(text: bytes) -> bytes:
    """What a job gave, or the exception that it raised."""
    outcome: tuple[bool, Any]
    try:
        work, job = pickle.loads(text)
        outcome = True, work(job)
        return pickle.dumps(outcome, pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001 - raised again where the job came from
        error.add_note(f"In a worker process:\n{traceback.format_exc()}")
        try:
            pickle.loads(found := pickle.dumps((False, error)))
            return found
        except Exception:  # noqa: BLE001 - an exception that cannot be sent
            return pickle.dumps((False, RuntimeError(traceback.format_exc())))
