"""What a sweep costs beyond its runs: overhead, pace, memory, writing; and a comparison."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.table import Row
from benchmarks.timing import Spread, interleaved, ratios, seconds
from shequn.experiments.compare.sweep import plan_of
from shequn.experiments.crews.crews import Crew, processes, threads
from shequn.experiments.designs.sweep_section import points_of
from shequn.experiments.perform.effort import Effort
from shequn.experiments.perform.execute import singly
from shequn.experiments.perform.perform import folder_of, perform
from shequn.experiments.runs.cases import run_cases
from shequn.experiments.runs.plan import Plan
from shequn.experiments.runs.run import warm_up
from shequn.model.scenario import Scenario

VARY = ("policy.promo_share=0:0.3:12", "policy.content_per_day=1,2,4,8")
FULL, FEW, QUICK = 32, 2, 1  # replicates of 48 points
DAYS, QUICK_DAYS = 180, 20
COMPARE = ("compare", "wechat-group", "bombardment", "--replicates", "20")
_PEAK = """
import resource, sys
from benchmarks.experiments import swept
swept(*map(int, sys.argv[1:]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def plan_of_sweep(days: int) -> Plan:
    """48 points of a full group of 500."""
    scenario = Scenario.load("wechat-group").with_values(
        {"group.capacity": 500, "group.seed_fill": 1.0, "run.days": days}
    )
    return plan_of(scenario, points_of(scenario, VARY), FULL)


def swept(replicates: int, days: int, crew: Crew | None = None) -> float:
    """Compute the sweep into a folder that is then removed; seconds spent on writing."""
    plan = plan_of_sweep(days)
    scenario = plan.points[0].scenario
    with tempfile.TemporaryDirectory() as out:
        folder = folder_of(plan, scenario, Path(out) / "sweep")
        return perform(plan, replicates, Effort(workers=crew or threads(1)), folder).written


def bare(replicates: int, days: int) -> None:
    """The same runs one after the other, nothing kept."""
    for job in singly(case for _, _, case in plan_of_sweep(days).cases(range(replicates))):
        run_cases(job)


BOTH = {"bare": bare, "sweep": swept}


def sweep(quick: bool) -> Iterator[Row]:
    """1,536 runs of 180 days; when quick 48 of 20 days."""
    warm_up()
    replicates, few, days = (QUICK, QUICK, QUICK_DAYS) if quick else (FULL, FEW, DAYS)
    turns = {name: partial(seconds, partial(do, few, days)) for name, do in BOTH.items()}
    times = interleaved(turns, 1 if quick else 5)
    overhead = [100.0 * (ratio - 1.0) for ratio in ratios(times["sweep"], times["bare"])]
    what = "sweep, processor time beyond that of its runs"
    yield Row(what, Spread(*overhead), "%", at_most=10.0)
    runs = 48 * replicates
    begin = time.perf_counter()
    writing = swept(replicates, days)
    one = time.perf_counter() - begin
    yield Row("  writing, of the whole", Spread.of([100.0 * writing / one]), "%", at_most=5.0)
    what = f"  {runs:,} runs, 500 members, {days} days: 1 core"
    yield Row(what, Spread.of([runs / one]), "runs/s")
    for name, crew in (("2 threads", threads(2)), ("2 processes", processes(2))):
        wall = seconds(partial(swept, replicates, days, crew), time.perf_counter)
        yield Row(f"    {name}", Spread.of([runs / wall]), "runs/s")
    growth = _peak(4 * few, days) / _peak(few, days)
    what = f"  peak memory, {48 * 4 * few} runs / {48 * few} runs"
    yield Row(what, Spread.of([growth]), "times", at_most=1.1)


def _peak(replicates: int, days: int) -> float:
    """Peak memory in MiB of a new process that computes a sweep."""
    words = [sys.executable, "-c", _PEAK, str(replicates), str(days)]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout.split()[-1])


def comparison(quick: bool) -> Iterator[Row]:
    """20 pairs of the default scenario as a command: start, tables and figure included."""
    took = []
    for _ in range(1 if quick else 5):
        with tempfile.TemporaryDirectory() as folder:
            begin = time.perf_counter()
            words = [sys.executable, "-m", "shequn", *COMPARE]
            subprocess.run(words, cwd=folder, stdout=subprocess.DEVNULL, check=True)
            took.append(time.perf_counter() - begin)
    yield Row(f"shequn {' '.join(COMPARE)}", Spread.of(took), "s", at_most=10.0)
