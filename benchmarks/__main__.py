"""Time the engine: ``python -m benchmarks [--quick] [--json] [NAME ...]``.

Every figure is the median of several repetitions, with the lowest and highest beside it; rivals
take turns within one run, so that a noisy machine slows both.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks import engine, evaluation, experiments, layout, levers, scale, startup
from benchmarks.table import Row, as_json, as_text

BENCHMARKS = {
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
    "comparison": experiments.comparison,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Time the engine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, smaller worlds")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in BENCHMARKS]:
        parser.error(f"unknown benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    rows: list[Row] = []
    for name in options.names or BENCHMARKS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        rows += BENCHMARKS[name](options.quick)
    print(as_json(rows) if options.json else as_text(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
