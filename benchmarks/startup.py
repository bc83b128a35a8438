"""How long a command takes to start: wall-clock time of a new process."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

from benchmarks.table import Row
from benchmarks.timing import Spread

HELP = ("-m", "shequn", "--help")
RUN = ("-m", "shequn", "run", "wechat-group", "--days", "1")
FIRST_DAY = ("-c", "import shequn; shequn.run('wechat-group', days=1)")


def _seconds_of(words: Sequence[str]) -> float | None:
    """Seconds of a new Python with these arguments, None if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, *words], cwd=folder, capture_output=True, check=False
        )
        took = time.perf_counter() - started
    return took if done.returncode == 0 else None


def _row(what: str, words: Sequence[str], repetitions: int, at_most: float | None = None) -> Row:
    _seconds_of(words)
    took = [_seconds_of(words) for _ in range(repetitions)]
    times = [seconds for seconds in took if seconds is not None]
    figure = Spread.of(times) if len(times) == repetitions else None
    return Row(what, figure, "s", at_most=at_most)


def startup(quick: bool) -> list[Row]:
    """Help; the first simulated day; a whole command. Compiled code is in the cache."""
    repetitions = 3 if quick else 7
    return [
        _row("shequn --help", HELP, repetitions, 0.5),
        _row("from a new process to the first simulated day", FIRST_DAY, repetitions, 2.0),
        _row("  shequn run --days 1, results and figures written", RUN, repetitions),
    ]
