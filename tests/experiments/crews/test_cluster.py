"""A real Dask scheduler with two workers on loopback as a crew, one of them killed at work."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import shequn
from shequn.agents.errors import ResultsError
from shequn.experiments.crews import crews
from shequn.experiments.runs.cases import case_of, equal, run_cases
from tests.experiments.crews.test_crews import (
    TINY,
    die_once,
    die_while_others_wait,
    jobs_of,
    raise_error,
    raising,
)

ROOT = Path(shequn.__file__).parents[1]
pytest.importorskip("distributed")
pytestmark = pytest.mark.jit
# No failure allowed: whoever waits behind a job that kills is suspected with it at once.
STRICT = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0", "DASK_LOGGING__DISTRIBUTED": "50"}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def start(words, folder, path=ROOT):
    environment = {**os.environ, **STRICT, "PYTHONPATH": f"{path}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "dask", *words, "--host", "127.0.0.1", "--no-dashboard"]
    with (folder / "log.txt").open("a") as log:
        return subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )


def stop(process):
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def start_worker(address, folder, path=ROOT):
    words = ("worker", address, "--nworkers", "1", "--nthreads", "1", "--memory-limit", "0")
    return start(words, folder, path)


def write(package, modules):
    """A package named shequn that is another one."""
    crews = package / "experiments" / "crews"
    crews.mkdir(parents=True)
    for folder in (package, crews.parent, crews):
        (folder / "__init__.py").touch()
    for name, text in modules.items():
        (crews / f"{name}.py").write_text(text)


def wait_for(address, wanted):
    """What is said of a cluster that cannot be used, once it is what is wanted."""
    while True:
        with pytest.raises(ResultsError) as error:
            crews.cluster(address)
        if wanted(str(error.value)):
            return str(error.value)
        time.sleep(0.1)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scheduler")
    port = free_port()
    process = start(("scheduler", "--port", str(port)), folder)
    yield f"tcp://127.0.0.1:{port}"
    stop(process)


@pytest.fixture(scope="module")
def crew(scheduler, tmp_path_factory):
    from distributed import Client

    folder = tmp_path_factory.mktemp("workers")
    workers = [start_worker(scheduler, folder) for _ in range(2)]
    with Client(scheduler, timeout=30, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=30)
    yield crews.cluster(scheduler)
    for worker in workers:
        stop(worker)


class TestRefused:
    @pytest.mark.parametrize("address", ["127.0.0.1:8786", "tcp://", "tcp://host", "x"])
    def test_no_address(self, address):
        with pytest.raises(ResultsError, match=r"is no address .* tcp://127.0.0.1:8786"):
            crews.cluster(address)

    def test_nobody_answers(self, monkeypatch):
        monkeypatch.setattr("shequn.experiments.crews.cluster._PATIENCE", 0.5)
        with pytest.raises(ResultsError, match="no scheduler answers"):
            crews.cluster(f"tcp://127.0.0.1:{free_port()}")

    def test_package_missing(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "distributed", None)
        with pytest.raises(ResultsError, match=r"pip install 'shequn\[cluster\]'"):
            crews.cluster("tcp://127.0.0.1:8786")

    def test_no_workers_then_one_of_another_version_and_one_without_shequn(
        self, scheduler, tmp_path
    ):
        with pytest.raises(ResultsError, match="no workers: start some"):
            crews.cluster(scheduler)
        other, empty = tmp_path / "other", tmp_path / "empty"
        write(other / "shequn", {"cluster": "def versions():\n    return {'model': 'old'}\n"})
        write(empty / "shequn", {})
        running = [start_worker(scheduler, tmp_path, path) for path in (other, empty)]
        words = wait_for(scheduler, lambda words: words.count("worker tcp") == 2)
        for process in running:
            stop(process)
        assert "other versions: model old, here" in words
        assert "cannot import shequn: " in words
        wait_for(scheduler, lambda words: "no workers" in words)


class TestCluster:
    def test_name_and_size(self, crew, scheduler):
        assert crew.name == f"cluster {scheduler}, 2 workers"
        assert crew.size == 2
        assert crews.crew_of(scheduler) == crew

    def test_every_job_once_and_the_same_bits(self, crew):
        jobs = [*jobs_of(5), tuple(case_of(TINY, seed) for seed in (7, 8))]
        wanted = {r.key: r for job in jobs for r in run_cases(job)}
        found = [result for results in crew.compute(jobs) for result in results]
        assert sorted(result.key for result in found) == sorted(wanted)
        assert all(equal(result, wanted[result.key]) for result in found)

    def test_jobs_without_end_are_taken_little_by_little(self, crew):
        taken = []

        def endless():
            while True:
                taken.append(len(taken))
                yield (case_of(TINY, taken[-1]),)

        computing = crew.compute(endless())
        assert len({next(computing)[0].key for _ in range(3)}) == 3
        computing.close()
        assert len(taken) <= 3 + 3 * crew.size

    def test_a_run_that_fails_is_a_result(self, crew, tmp_path):
        (results,) = crew.compute([(case_of(raising(tmp_path), 1),)])
        assert results[0].failure.stage == "policy"

    def test_what_work_itself_raises_is_raised(self, crew):
        with pytest.raises(LookupError, match="no such thing"):
            list(crew.compute(jobs_of(3), raise_error))

    def test_another_policy_file_on_a_worker_is_refused(self, crew):
        (job,) = jobs_of(1)
        with pytest.raises(ResultsError, match="a worker would compute something else"):
            list(crew.compute([(replace(job[0], address="0" * 32),)]))

    def test_a_killed_worker_is_survived(self, crew, tmp_path):
        marker = tmp_path / "marker"
        jobs = [(case_of(replace(TINY, title=str(marker)), seed),) for seed in range(6)]
        found = [r for results in crew.compute(jobs, die_once) for r in results]
        assert marker.exists()
        assert len(found) == 6
        wanted = {r.key: r for job in jobs for r in run_cases(job)}
        assert all(equal(result, wanted[result.key]) for result in found)

    def test_only_the_job_that_kills_alone_is_a_failure(self, crew, tmp_path):
        log = tmp_path / "log"
        jobs = [(case_of(replace(TINY, title=str(log)), seed),) for seed in range(8)]
        found = {r.key: r for results in crew.compute(jobs, die_while_others_wait) for r in results}
        assert len(found) == 8
        assert found.pop(jobs[2][0].key).failure.stage == "worker"
        assert not any(result.failure for result in found.values())
        assert log.read_text() == "once more\n" * 2  # with others, then alone
