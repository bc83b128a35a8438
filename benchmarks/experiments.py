"""What a sweep costs beyond its runs: overhead, pace, memory, writing; and a comparison."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.table import Row
from benchmarks.timing import Spread, interleaved, ratios, seconds
from shequn.experiments.cases import run_cases
from shequn.experiments.crews import Crew, processes, threads
from shequn.experiments.execute import singly
from shequn.experiments.perform import Effort, folder_of, perform
from shequn.experiments.plan import Plan
from shequn.experiments.run import warm_up
from shequn.experiments.sweep import plan_of
from shequn.experiments.sweep_section import points_of
from shequn.model.scenario import Scenario

VARY = ("policy.promo_share=0:0.3:12", "policy.content_per_day=1,2,4,8")
FULL, QUICK = 32, 2  # replicates of 48 points
COMPARE = ("compare", "wechat-group", "bombardment", "--replicates", "20")
_PEAK = """
import resource, sys
from benchmarks.experiments import swept
swept(int(sys.argv[1]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def plan_of_sweep() -> Plan:
    """48 points of a full group of 500 over 180 days."""
    scenario = Scenario.load("wechat-group").with_values(
        {"group.capacity": 500, "group.seed_fill": 1.0}
    )
    return plan_of(scenario, points_of(scenario, VARY), FULL)


def swept(replicates: int, crew: Crew | None = None) -> float:
    """Compute the sweep into a folder that is then removed; seconds spent on writing."""
    plan = plan_of_sweep()
    scenario = plan.points[0].scenario
    with tempfile.TemporaryDirectory() as out:
        folder = folder_of(plan, scenario, Path(out) / "sweep")
        effort = Effort(crew or threads(1))
        return perform(plan, replicates, effort, outcome=scenario.focus, folder=folder).written


def bare(replicates: int) -> None:
    """The same runs one after the other, nothing kept."""
    for job in singly(case for _, _, case in plan_of_sweep().cases(range(replicates))):
        run_cases(job)


def sweep(quick: bool) -> list[Row]:
    """1,536 runs, 96 when quick."""
    warm_up()
    replicates = QUICK if quick else FULL
    runs = 48 * replicates
    few = QUICK
    times = interleaved(
        {"bare": lambda: seconds(lambda: bare(few)), "sweep": lambda: seconds(lambda: swept(few))},
        5,
    )
    begin = time.perf_counter()
    writing = swept(replicates)
    one = time.perf_counter() - begin
    walls = {
        name: seconds(lambda crew=crew: swept(replicates, crew), time.perf_counter)
        for name, crew in (("2 threads", threads(2)), ("2 processes", processes(2)))
    }
    peaks = [_peak(number) for number in (few, 4 * few)]
    overhead = [100.0 * (ratio - 1.0) for ratio in ratios(times["sweep"], times["bare"])]
    return [
        Row("sweep, processor time beyond that of its runs", Spread(*overhead), "%", at_most=10.0),
        Row("  writing, of the whole", _once(100.0 * writing / one), "%", at_most=5.0),
        Row(f"  {runs:,} runs of 500 members, 180 days: 1 core", _once(runs / one), "runs/s"),
        *(Row(f"    {name}", _once(runs / wall), "runs/s") for name, wall in walls.items()),
        Row(
            f"  peak memory, {48 * 4 * few} runs / {48 * few} runs",
            _once(peaks[1] / peaks[0]), "1", at_most=1.1,
        ),
    ]  # fmt: skip


def _once(value: float) -> Spread:
    return Spread(value, value, value)


def _peak(replicates: int) -> float:
    """Peak memory in MiB of a new process that computes a sweep."""
    words = [sys.executable, "-c", _PEAK, str(replicates)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def comparison(quick: bool) -> list[Row]:
    """20 pairs of the default scenario as a command: start, tables and figure included."""
    took = []
    for _ in range(2 if quick else 5):
        with tempfile.TemporaryDirectory() as folder:
            begin = time.perf_counter()
            words = [sys.executable, "-m", "shequn", *COMPARE]
            subprocess.run(words, cwd=folder, capture_output=True, check=True)
            took.append(time.perf_counter() - begin)
    return [Row(f"shequn {' '.join(COMPARE)}", Spread.of(took), "s", at_most=10.0)]
