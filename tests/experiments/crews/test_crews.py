"""Every crew computes the same runs, each once, whatever happens to its workers."""

import itertools
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from shequn.agents.errors import ResultsError, ScenarioError
from shequn.experiments.crews import crews, processes
from shequn.experiments.runs.cases import case_of, equal, run_cases
from shequn.model.scenario import Scenario

pytestmark = pytest.mark.jit


def scenario(**values):
    small = {"market.people": 80, "group.capacity": 20, "group.seed_members": 8, "run.days": 3}
    return Scenario.load("wechat-group").with_values({"group.seed_fill": 0, **small, **values})


TINY = scenario()


def raising(folder):
    """A scenario whose policy raises."""
    (folder / "mine.py").write_text(
        "class Raising:\n    def plan(self, day, seen):\n        1 / 0\n"
    )
    file = {"policy.file": str(folder / "mine.py"), "policy.class_name": "Raising"}
    return scenario(**{"policy.name": "file", **file})


def jobs_of(number):
    return [(case_of(TINY, seed),) for seed in range(number)]


def die_once(job):
    """Kill the process when the marker that the scenario's title names is not there yet."""
    marker = Path(job[0].scenario.title)
    if job[0].seed == 2 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return run_cases(job)


def always_die(job):
    """Kill the process that works on seed 2, and leave a line for each attempt."""
    if job[0].seed == 2:
        with Path(job[0].scenario.title).open("a") as log:
            log.write("once more\n")
        os.kill(os.getpid(), signal.SIGKILL)
    return run_cases(job)


def die_while_others_wait(job):
    """As `always_die`, so slowly that other jobs have been given to the same worker meanwhile."""
    time.sleep(0.5)
    return always_die(job)


def raise_error(job):
    raise LookupError(f"no such thing: {job[0].seed}")


def print_much(job):
    print("x" * 100_000)
    sys.stdout.flush()
    return run_cases(job)


def sleep_long(job):
    Path(job[0].scenario.title).touch()
    time.sleep(600)
    return []


@pytest.fixture(scope="module")
def two_processes():
    return crews.processes(2)


@pytest.fixture(params=["1 thread", "2 threads", "2 processes"])
def crew(request, two_processes):
    found = {"1 thread": crews.threads(1), "2 threads": crews.threads(2)}
    found["2 processes"] = two_processes
    assert found[request.param].name == request.param
    return found[request.param]


class TestEveryCrew:
    def test_every_job_once_and_the_same_bits(self, crew):
        jobs = [*jobs_of(5), tuple(case_of(TINY, seed) for seed in (7, 8))]
        wanted = {r.key: r for job in jobs for r in run_cases(job)}
        found = list(crew.compute(jobs))
        assert sorted(len(results) for results in found) == [1, 1, 1, 1, 1, 2]
        keys = [result.key for results in found for result in results]
        assert sorted(keys) == sorted(wanted)
        assert all(equal(result, wanted[result.key]) for results in found for result in results)

    def test_jobs_without_end_are_taken_little_by_little(self, crew):
        taken = []

        def endless():
            for seed in itertools.count():
                taken.append(seed)
                yield (case_of(TINY, seed),)

        computing = crew.compute(endless())
        got = [next(computing) for _ in range(3)]
        computing.close()
        assert len({results[0].key for results in got}) == 3
        assert len(taken) <= 3 + 3 * crew.size

    def test_a_run_that_fails_is_a_result(self, crew, tmp_path):
        jobs = [(case_of(raising(tmp_path), 1),), *jobs_of(2)]
        found = {r.key: r.failure for results in crew.compute(jobs) for r in results}
        stages = [found[job[0].key] and found[job[0].key].stage for job in jobs]
        assert stages == ["policy", None, None]

    def test_no_jobs(self, crew):
        assert list(crew.compute([])) == []

    def test_what_work_itself_raises_is_raised(self, crew):
        with pytest.raises(LookupError, match="no such thing"):
            list(crew.compute(jobs_of(3), raise_error))


class TestProcesses:
    def test_a_killed_worker_is_survived(self, two_processes, tmp_path):
        marker = tmp_path / "marker"
        jobs = [(case_of(replace(TINY, title=str(marker)), seed),) for seed in range(6)]
        found = [r for results in two_processes.compute(jobs, die_once) for r in results]
        assert marker.exists()
        assert len(found) == 6
        wanted = {r.key: r for job in jobs for r in run_cases(job)}
        assert all(equal(result, wanted[result.key]) for result in found)

    def test_a_job_that_always_kills_is_a_failure_and_the_rest_goes_on(
        self, two_processes, tmp_path
    ):
        log = tmp_path / "log"
        jobs = [(case_of(replace(TINY, title=str(log)), seed),) for seed in range(6)]
        found = {r.key: r for rs in two_processes.compute(jobs, always_die) for r in rs}
        assert len(found) == 6
        failure = found.pop(jobs[2][0].key).failure
        assert failure.stage == "worker"
        assert "signal 9" in failure.message
        assert not any(result.failure for result in found.values())
        assert log.read_text() == "once more\n" * 2

    def test_closing_does_not_wait_for_long_jobs(self, two_processes, tmp_path):
        marker = tmp_path / "marker"
        slow = (case_of(replace(TINY, title=str(marker)), 1),)
        computing = two_processes.compute([jobs_of(1)[0], slow], one_is_long)
        assert next(computing)[0].failure is None
        while not marker.exists():
            time.sleep(0.01)
        computing.close()  # the job sleeps for ten minutes

    def test_what_a_policy_prints_is_no_answer(self, two_processes, capfd):
        found = [r for results in two_processes.compute(jobs_of(1), print_much) for r in results]
        assert found[0].failure is None
        out, err = capfd.readouterr()
        assert out == ""
        assert "xxx" in err or err == ""  # of a process that began in another test

    @pytest.mark.parametrize("ended", [False, True], ids=["at once", "before they are greeted"])
    def test_processes_that_cannot_begin(self, monkeypatch, ended):
        monkeypatch.setattr(processes, "_START", "raise SystemExit(3)")
        start = processes._Worker.__init__

        def start_and_end(worker):
            start(worker)
            worker._process.wait()

        if ended:
            monkeypatch.setattr(processes._Worker, "__init__", start_and_end)
        with pytest.raises(ResultsError, match="ended before it could compute .exit code 3."):
            list(crews.processes(1).compute(jobs_of(1)))

    def test_another_version_of_the_model(self, monkeypatch):
        words = "import sys; sys.stdout.buffer.write((3).to_bytes(8, 'big') + b'old')"
        monkeypatch.setattr(processes, "_START", words)
        with pytest.raises(ResultsError, match="sources of shequn have changed"):
            list(crews.processes(1).compute(jobs_of(1)))


def one_is_long(job):
    return sleep_long(job) if job[0].scenario.title != TINY.title else run_cases(job)


class TestCrewOf:
    @pytest.mark.parametrize(
        ("wanted", "seconds", "name"),
        [
            (3, 0.0, "3 threads"),
            ("3", 0.0, "3 threads"),
            (3, 60.0, "3 processes"),
            (1, 60.0, "1 thread"),
            ("threads:2", 60.0, "2 threads"),
            ("processes:1", 0.0, "1 process"),
        ],
    )
    def test_meaning(self, wanted, seconds, name):
        assert crews.crew_of(wanted, seconds).name == name

    def test_one_for_each_core(self):
        for wanted in (None, "", "threads", "processes"):
            assert crews.crew_of(wanted).size == crews.cores()

    @pytest.mark.parametrize("wanted", ["0", 0, -1, "x", "threads:", "processes:0", "process:2"])
    def test_nonsense(self, wanted):
        with pytest.raises(ScenarioError, match="workers: .*is no crew; allowed") as error:
            crews.crew_of(wanted)
        assert wanted != "process:2" or "did you mean 'processes'" in str(error.value)
