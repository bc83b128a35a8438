"""Hold a scenario to what its section [expect] says, over luck: pass, fail or undecided.

A scenario file may say what is expected of it:

  [expect]
  replicates = 200     # at most
  statements = [
    "members.base at day 180 > 100 with 95 %",
    "customer_equity > 0 with 90 %",
    "orders at day 30 > 50 with 80 %",
  ]

'X > v with P %' means: the probability that a run satisfies X > v is at least P. Runs are added
until every statement is decided or they are spent. Of statements that do not hold at most 5 in 100
pass, of those that hold at most 5 in 100 fail. > < >= <= are known. Names are outcomes of the whole
run, or with 'at day N' a daily series: members and readers on that day, all else summed up to the
end of that day, with .high, .middle or .base for one tier.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from shequn.commands.effort import Counting
from shequn.commands.layout import print_table, print_text
from shequn.commands.options import (
    add_out,
    add_reading,
    add_scenario,
    add_worlds,
    at_least,
    number,
    scenario_of,
)
from shequn.experiments.runs.words import counted

if TYPE_CHECKING:
    from shequn.experiments.expect.expectations import Expectation

EXAMPLES = """examples:
  shequn expect my-group.toml
  shequn expect my-group.toml --set policy.promo_share=0.2 --replicates 500
  shequn expect my-group.toml --worlds results/fit/posterior.csv --out results/expected

Written, with --out: statements.csv, runs.csv, expectations.png.

exit codes: 0 every statement passes, 1 one fails or more, 3 none fails but some are undecided,
2 the input is wrong
"""
EXIT_CODES = {"pass": 0, "fail": 1, "undecided": 3}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn expect``."""
    add_scenario(parser)
    add_reading(parser)
    parser.add_argument(
        "--replicates", type=at_least(1), metavar="N",
        help="runs, at most (what the section says, else 200)",
    )  # fmt: skip
    add_worlds(parser)
    parser.add_argument(
        "--workers", metavar="W",
        help="N, threads:N, processes:N or tcp://HOST:PORT of a Dask scheduler (a thread for each "
        "core); they change nothing but the time",
    )  # fmt: skip
    add_out(parser, "nothing is written")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn expect``."""
    from shequn.experiments.expect.expectations import expect
    from shequn.experiments.perform.effort import Effort

    scenario = scenario_of(options)
    with Counting("runs, at most", keeps=False) as watcher:
        effort = Effort(
            replicates=options.replicates, worlds=options.worlds, out=options.out,
            workers=options.workers, progress=watcher.progress, watcher=watcher,
        )  # fmt: skip
        found = expect(scenario, effort=effort)
    _show(found)
    if options.out:
        print_text(f"written to {options.out}")
    return EXIT_CODES[found.verdict]


def _show(found: Expectation) -> None:
    rows = [
        [
            line["verdict"], line["statement"], f"{line['share']:.1%}",
            f"{line['low']:.1%} to {line['high']:.1%}", str(line["runs"]), number(line["median"]),
        ]
        for line in found.table.to_dict("records")
    ]  # fmt: skip
    print_table(
        f"{found.scenario.name}: {len(found.values)} of at most {counted(found.replicates, 'run')}",
        ["verdict", "statement", "satisfied by", "95 % bounds", "runs", "median"],
        rows,
    )
    for hint in found.hints:
        print_text(hint)
    print_text(f"{found.scenario.name}: {found.verdict}")
