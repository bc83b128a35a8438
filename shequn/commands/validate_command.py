"""Hold the named scenarios to what was measured in communities, and the model to closed forms.

Every fact is computed from the simulated output by the function that computes it from real data, at
each of five seeds. It is inside when the mean over seeds is in the accepted range or, where none
was stated, when the 95 % interval of its difference to the observed value holds 0; with neither a
range nor an observed interval it is shown only. The last table says how many facts are met.
`physicians` is adoption on a real network, fitted and simulated with influence of peers and
without; it is a finding and no test.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from shequn.commands.effort import Counting
from shequn.commands.layout import print_table, print_text
from shequn.commands.options import add_out, add_reading, at_least

if TYPE_CHECKING:
    from shequn.experiments.validate.validate import Validation
    from shequn.model.scenario import Scenario

EXAMPLES = """examples:
  shequn validate
  shequn validate study-room chapters --seed 7 --replicates 10
  shequn validate --quick
  shequn validate shop --no-limits --json
  shequn validate wechat-group --reading lively
  shequn validate physicians

physicians, among the names, is the network on which the influence of peers is fitted. Without names
it is included; with names only when it is one of them; alone it leaves out the closed forms.
Exposure is to colleagues who adopted: their share or number among those that a physician named (or
was named by), or their effort, which each of them divides among those exposed to him.

Written: facts.csv, validation.json, facts.md, facts.png; gauges.csv and gauges.png; peers.csv and
peers.png.

exit codes: 0 done, 1 a fact that is declared as met (shequn/data/declared.csv) is not, or a closed
form is not kept, 2 the input is wrong. With --size below 1 the simulated values are less sure, and
with one seed luck decides. After an interruption the same command with --out and its folder goes
on.
"""
_SOME, _MOST = 0.05, 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn validate``."""
    parser.add_argument(
        "scenarios", metavar="SCENARIO", nargs="*",
        help="a named scenario that facts are known of, or physicians (all of them)",
    )  # fmt: skip
    parser.add_argument("--seed", type=at_least(0), default=1, metavar="N", help="first seed (1)")
    parser.add_argument(
        "--replicates", type=at_least(1), metavar="N",
        help="seeds: the first and those after it (5, with --quick 1)",
    )  # fmt: skip
    parser.add_argument(
        "--size", type=_share, default=1.0, metavar="X",
        help="size of the simulated communities and number of replicates of the closed forms, "
        f"{_SOME} to {_MOST:g} of the full one (1)",
    )  # fmt: skip
    parser.add_argument(
        "--workers", "--jobs", type=at_least(1), dest="workers", metavar="N",
        help="threads (one for each core); they change no number",
    )  # fmt: skip
    add_reading(parser)
    parser.add_argument("--no-baselines", action="store_true", help="leave out the simpler models")
    parser.add_argument("--no-limits", action="store_true", help="leave out the closed forms")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="a first look: --size 0.25 --replicates 1 --no-baselines",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    add_out(parser, "results/validate-001, the next free number")


def _share(text: str) -> float:
    """The type of --size."""
    try:
        value = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number") from error
    if not _SOME <= value <= _MOST:
        words = f"{value:g} is out of range; allowed: {_SOME} to {_MOST:g}"
        raise argparse.ArgumentTypeError(words)
    return value


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn validate``."""
    from shequn.experiments.perform.effort import Effort
    from shequn.experiments.validate.validate import QUICK_SIZE, SEEDS, validate

    with Counting("parts of the work", keeps=True) as watcher:
        effort = Effort(
            seed=options.seed, replicates=options.replicates or (1 if options.quick else SEEDS),
            workers=options.workers, out=options.out, progress=watcher.progress, watcher=watcher,
        )  # fmt: skip
        found = validate(
            *_at_level(options.scenarios, options.reading),
            size=min(options.size, QUICK_SIZE) if options.quick else options.size,
            baselines=not (options.no_baselines or options.quick),
            limits=not options.no_limits,
            effort=effort,
        )
    _show(found, options.json)
    if not options.json:
        print_text(f"written to {watcher.folder}")
    return 0 if found.holds else 1


def _at_level(names: list[str], level: str | None) -> list[Scenario | str]:
    """The scenarios at a level of reading, which is for those of a seller only."""
    from shequn.agents.errors import Problem, ScenarioError
    from shequn.experiments.validate.validate import chosen

    if level is None:
        return list(names)
    settings = chosen(names)
    wrong = [name for name, one in settings.items() if one.value("group.glance") == 0.0]
    if wrong:
        words = f"in {', '.join(wrong)} nobody sells: how much is read there is measured"
        raise ScenarioError([Problem("--reading", f"{words}; name scenarios such as wechat-group")])
    return [one.with_reading(level) for one in settings.values()]


def _show(found: Validation, as_json: bool) -> None:
    from shequn.experiments.validate.tables import as_plain, summary, tables

    if as_json:
        print(json.dumps(as_plain(found), indent=1, ensure_ascii=False))
        return
    if not sys.stdout.isatty():
        print(found)  # a file has no width that the tables would have to be folded to
        return
    for title, columns, rows in tables(found):
        print_table(title, columns, rows)
    for line in summary(found):
        print_text(line)
