"""Time the engine: ``python -m benchmarks [--quick] [--json] [NAME ...]``.

Every figure is the median of several repetitions, with the lowest and highest beside it; rivals
take turns within one run, so that a noisy machine slows both. Each row is printed when it is
known; a benchmark that fails is one failed row, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator

from benchmarks import (
    before,
    engine,
    evaluation,
    experiments,
    imports,
    layout,
    levers,
    pasts,
    scale,
    startup,
)
from benchmarks.table import Row, as_json, as_text, head

FAILED = "FAILED"
BENCHMARKS: dict[str, Callable[[bool], Iterable[Row]]] = {
    "session": engine.session,
    "levers": levers.levers,
    "agents": engine.agents,
    "plain": engine.plain,
    "observing": engine.observing,
    "size": scale.size,
    "memory": scale.memory,
    "build": scale.build,
    "threads": scale.threads,
    "startup": startup.startup,
    "layout": layout.layout,
    "evaluation": evaluation.evaluation,
    "sweep": experiments.sweep,
    "pasts": pasts.pasts,
    "comparison": experiments.comparison,
    "before": before.before,
    "import": imports.imports,
}


ASKED = ("before",)  # only when named: it needs the history of the repository, and minutes


def rows(name: str, quick: bool) -> Iterator[Row]:
    """The rows of a benchmark as they come, the last one without a figure if it fails."""
    try:
        yield from BENCHMARKS[name](quick)
    except Exception as error:  # noqa: BLE001 - the other benchmarks are wanted all the same
        traceback.print_exc()
        yield Row(name, None, "", note=f"{FAILED}: {type(error).__name__}: {error}")


def main() -> int:
    """Print the table; 1 if a row failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Time the engine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, smaller worlds")
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each row")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in BENCHMARKS]:
        parser.error(f"unknown benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    if not options.json:
        print(head(), flush=True)
    failed = 0
    for name in options.names or [name for name in BENCHMARKS if name not in ASKED]:
        for row in rows(name, options.quick):
            print(as_json(row) if options.json else as_text(row), flush=True)
            failed += row.note.startswith(FAILED)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
