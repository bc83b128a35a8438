"""How long one evaluation of the target of a calibration takes: four scenarios, all their facts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from benchmarks.table import Row
from benchmarks.timing import Spread
from shequn.experiments.calibrate.calibrate import plan

SCENARIOS = ("interest-forum", "study-room", "chapters", "shop")
SIZE, QUICK_SIZE, CORES = 0.2, 0.02, 2


def evaluation(quick: bool) -> Iterator[Row]:
    """Wall-clock time of an evaluation where two run side by side, as in a calibration."""
    size = QUICK_SIZE if quick else SIZE
    target = plan(SCENARIOS, "facts", "feel.habit_gain=0.01:0.2:log", size=size)
    target.evaluate(target.scenarios, 1)  # compiled code is loaded
    times = []
    with ThreadPoolExecutor(CORES) as pool:
        for repetition in range(1 if quick else 5):
            seeds = range(CORES * repetition, CORES * (repetition + 1))
            start = time.perf_counter()
            list(pool.map(lambda seed: target.evaluate(target.scenarios, seed), seeds))
            times.append((time.perf_counter() - start) / CORES)
    what = f"evaluating four scenarios at size {size}, {CORES} side by side: each"
    yield Row(what, Spread.of(times), "s", at_most=5.0)
