"""Compute some runs of a results folder again, to see that the same bits come out.

Checked are the digests of its shards, the checksums of its tables, and a random sample of its
runs, every outcome and every day. Runs that would run a policy file (Python code) are left out,
and counted, unless --trust is given. Exit code 0: all the same; 1: something differs; 2: no such
folder, or made by another version of the model; 3: nothing differs, but runs were left out.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from shequn.commands.layout import print_text
from shequn.commands.options import add_trust, at_least, compile_first

EXAMPLES = """examples:
  shequn verify results/sweep-wechat-group-001
  shequn verify results/sweep-wechat-group-001 --rows 100 --seed 7
"""
_ROWS = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn verify``."""
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="results folder of a sweep ...")
    parser.add_argument(
        "--rows", metavar="N", type=at_least(1), default=_ROWS,
        help=f"runs that are computed again, one of each point if there are fewer ({_ROWS})",
    )  # fmt: skip
    parser.add_argument(
        "--seed", metavar="S", type=at_least(0), default=1, help="decides which runs (1)"
    )
    add_trust(parser)


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn verify``."""
    from shequn.experiments.verify.record import record_of
    from shequn.experiments.verify.verify import verify

    record_of(options.folder)  # refuses before anything is compiled
    compile_first()
    found = verify(options.folder, options.rows, options.seed, trust=options.trust)
    print_text(found)
    return 1 if not found.same else 3 if found.left_out else 0
