"""Fit parameters to facts: what the facts say of them, what they do not, and which are missed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from shequn.commands.effort import Counting
from shequn.commands.layout import print_table, print_text
from shequn.commands.options import (
    add_out,
    add_trust,
    at_least,
    compile_first,
    number,
    unit_shown,
)
from shequn.experiments.runs.words import counted

if TYPE_CHECKING:
    from shequn.experiments.calibrate.calibrate import Plan
    from shequn.experiments.calibrate.found import Found
    from shequn.experiments.calibrate.posterior import Calibration

EXAMPLES = """examples:
  shequn calibrate study-room --to facts --over spread.talk=1.5:3,feel.habit_gain=0.01:0.5:log
  shequn calibrate my-group.toml --to my-facts.csv --over feel.habit_half_life=5:100 --dry-run
  shequn calibrate study-room interest-forum --to facts --over "spread.talk,
      study-room:discovery.rate=0.0005:0.01:log" --budget 60 --out results/fit
  shequn calibrate study-room workspace --to facts --to mine.csv --over ranges.csv --search
      --seeds 3 --size 0.5,workspace:1 --budget 30 --out results/search

A table of facts has the columns fact,value,low,high and, if wanted, scenario and weight.
A path without a range is looked for between a quarter of its value and four times that.
An interrupted calibration goes on when the same command is given again with --out and its folder.
"""
_SILENT = ("no run that does not is accepted", "a run that does not counts as far off")
_ACCEPTANCE = 0.2  # share of the runs of a round that become particles, for the time expected


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn calibrate``."""
    parser.add_argument(
        "scenarios", metavar="SCENARIO", nargs="+",
        help="what to calibrate; several share the values of all parameters that vary",
    )  # fmt: skip
    parser.add_argument(
        "--to", required=True, action="append", metavar="FACTS",
        help="a table of facts, or the word facts: those of the package for these scenarios; "
        "repeatable, a later one replaces what an earlier one says of the same fact",
    )  # fmt: skip
    parser.add_argument(
        "--over", required=True, metavar="PATHS",
        help="what to vary: PATH=LOW:HIGH[:log], separated by commas, or a table FILE.csv with the "
        "columns path,low,high,log; SCENARIO:PATH varies in that scenario only",
    )  # fmt: skip
    parser.add_argument(
        "--search", action="store_true",
        help="look for one good point among many parameters instead of a posterior",
    )  # fmt: skip
    parser.add_argument(
        "--seeds", type=at_least(1), metavar="N",
        help="with --search: seeds at which every point is tried (3)",
    )  # fmt: skip
    parser.add_argument(
        "--particles", type=at_least(10), metavar="N",
        help="samples of the posterior (100)",
    )  # fmt: skip
    parser.add_argument(
        "--rounds", type=at_least(1), metavar="N", help="at most so many rounds (6; a search: 100)"
    )
    parser.add_argument("--seed", type=at_least(0), default=1, metavar="N", help="seed (1)")
    parser.add_argument(
        "--size", default="1", metavar="X",
        help="size of the worlds relative to the scenarios' (1), 0.5,NAME:0.1 for one by itself; "
        "smaller is quicker and noisier",
    )  # fmt: skip
    parser.add_argument(
        "--workers", type=at_least(1), metavar="N", help="threads (one for each core)"
    )
    parser.add_argument(
        "--budget", type=_positive, metavar="MINUTES", help="end the rounds after so many minutes"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show priors, facts and the time expected; then stop"
    )
    add_trust(parser)
    add_out(parser, "results/calibrate-NAME-001, the next free number")


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number") from error
    if not 0.0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is out of range; allowed: above 0")
    return value


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn calibrate``."""
    from shequn.experiments.calibrate.calibrate import calibrate, plan
    from shequn.experiments.perform.effort import Effort

    if options.search:
        return _search(options)
    _refuse(options.seeds, "--seeds", "belongs to --search; --particles is for a posterior")
    asked = (options.to, options.over, options.particles or 100, options.rounds or 6)
    if options.dry_run:
        what = plan(options.scenarios, *asked, options.seed, size=options.size)
        runs = what.particles * (1.0 + (what.rounds - 1) / _ACCEPTANCE) + min(what.particles, 40)
        words = f"{counted(what.particles, 'sample')} in {counted(what.rounds, 'round')}"
        show_plan(what, runs, words, options)
        return 0
    most = 60.0 * options.budget if options.budget else float("inf")
    with Counting("particles", keeps=True, most=most) as watcher:
        found = calibrate(
            options.scenarios, *asked, size=options.size, seed=options.seed, out=options.out,
            workers=options.workers, budget=options.budget,
            effort=Effort(progress=watcher.progress, watcher=watcher),
        )  # fmt: skip
    show(found, watcher.folder)
    return 0


def _refuse(value: object, option: str, words: str) -> None:
    from shequn.agents.errors import Problem, ScenarioError

    if value is not None:
        raise ScenarioError([Problem(option, words)])


def _search(options: argparse.Namespace) -> int:
    from shequn.experiments.calibrate.search import search, searching
    from shequn.experiments.perform.effort import Effort

    _refuse(options.particles, "--particles", "is for a posterior; with --search there is --seeds")
    asked = (options.to, options.over, options.seeds or 3, options.rounds or 100)
    if options.dry_run:
        what = searching(options.scenarios, *asked, options.seed, size=options.size)
        words = (
            f"{counted(what.plan.rounds, 'round')} of {counted(what.plan.particles, 'point')} at "
            f"{counted(what.n_seeds, 'seed')}"
        )
        show_plan(what.plan, what.evaluations, words, options)
        return 0
    most = 60.0 * options.budget if options.budget else float("inf")
    with Counting("simulations", keeps=True, most=most) as watcher:
        found = search(
            options.scenarios, *asked, size=options.size, seed=options.seed, out=options.out,
            workers=options.workers, budget=options.budget,
            effort=Effort(progress=watcher.progress, watcher=watcher),
        )  # fmt: skip
    show_found(found, watcher.folder)
    return 0


def show_found(found: Found, folder: Path | None) -> None:
    """Print what a search found.

    Parameters
    ----------
    found : Found
        The results.
    folder : Path
        Their folder.
    """
    from shequn.experiments.calibrate.search_report import (
        facts_shown,
        parameters_shown,
        sentences,
    )

    for title, table in (("Parameters", parameters_shown), ("Facts", facts_shown)):
        shown = table(found).drop(columns="over seeds", errors="ignore")  # for want of room
        print_table(title, list(shown.columns), shown.to_numpy().tolist())
    for words in sentences(found):
        print_text(f"- {words}")
    print_text(f"written to {folder} (report.md; best-NAME.toml for shequn run)")


def show(found: Calibration, folder: Path | None) -> None:
    """Print what a calibration found.

    Parameters
    ----------
    found : Calibration
        The results.
    folder : Path
        Their folder.
    """
    from shequn.experiments.calibrate.report import sentences

    rows = [
        [
            row["parameter"], row["prior"], number(row["median"]),
            f"{number(row['low'])} to {number(row['high'])}", number(row["width"]),
        ]
        for row in found.parameters.to_dict("records")
    ]  # fmt: skip
    columns = ["parameter", "prior", "median", "95 % interval", "width / prior"]
    print_table("Posterior", columns, rows)
    for words in sentences(found):
        print_text(f"- {words}")
    print_text(f"written to {folder} (report.md; posterior.csv for --worlds)")


def show_plan(what: Plan, runs: float, words: str, options: argparse.Namespace) -> None:
    """Print priors, facts, one probe of them, and the minutes that a calibration will take.

    Parameters
    ----------
    what : Plan
        What would be calibrated.
    runs : float
        Runs of all scenarios together that it would take, about.
    words : str
        What they are.
    options : argparse.Namespace
        With workers (threads, one for each core when None) and trust, whether policy files of the
        scenarios may be run: there is no probe otherwise.
    """
    import os

    from shequn.model.scenario import policy_files

    code = [str(path) for scenario in what.scenarios for path in policy_files(scenario)]
    probes = options.trust or not code
    if probes:
        compile_first(*what.scenarios)
    values, seconds = what.probe() if probes else (what.unknown(), float("nan"))
    rows = [[p.name, p.words, unit_shown(p.unit)] for p in what.priors]
    print_table("Priors", ["parameter", "prior", "unit"], rows)
    lines = []
    for (name, value), target in zip(values.items(), what.targets, strict=True):
        ends = "-" if target.low != target.low else f"{number(target.low)} to {number(target.high)}"
        lines.append([name, target.scenario, number(target.value), ends, number(value)])
    columns = ["fact", "scenario", "value", "interval", "now"]
    print_table("Facts, and what the scenarios give now", columns, lines)
    if not probes:
        print_text(f"A dry run does not run {', '.join(code)}; with --trust it does.")
        print("Nothing was written.")
        return
    silent = [name for name, value in values.items() if value != value]
    if silent:
        print_text(f"This run does not tell {', '.join(silent)}; {_SILENT[options.search]}.")
    threads = options.workers or os.cpu_count() or 1
    minutes = runs * seconds / threads / 60.0
    print_text(
        f"One evaluation takes {seconds:.2g} s. {words}: about {runs:,.0f} evaluations, "
        f"{minutes:,.1f} minutes on {counted(threads, 'core')}. Nothing was written."
    )
