"""How long a command takes to start: wall-clock time of a new process."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence

from benchmarks.table import Row
from benchmarks.timing import Spread

HELP = ("-m", "shequn", "--help")
RUN = ("-m", "shequn", "run", "wechat-group", "--days", "1")
FIRST_DAY = ("-c", "import shequn; shequn.run('wechat-group', days=1)")


def _seconds_of(words: Sequence[str]) -> float:
    """Seconds of a new Python with these arguments."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        command = [sys.executable, *words]
        subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)
        return time.perf_counter() - started


def _row(what: str, words: Sequence[str], repetitions: int, at_most: float | None = None) -> Row:
    _seconds_of(words)
    took = [_seconds_of(words) for _ in range(repetitions)]
    return Row(what, Spread.of(took), "s", at_most=at_most)


def startup(quick: bool) -> Iterator[Row]:
    """Help; the first simulated day; a whole command. Compiled code is in the cache."""
    repetitions = 1 if quick else 7
    yield _row("shequn --help", HELP, repetitions, 0.5)
    yield _row("from a new process to the first simulated day", FIRST_DAY, repetitions, 2.0)
    yield _row("  shequn run --days 1, results and figures written", RUN, repetitions)
