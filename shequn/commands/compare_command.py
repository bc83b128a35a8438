"""Compare scenarios, or a scenario with its alternatives: same people, same luck, differences."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING

from shequn.commands.effort import (
    Terminal,
    add_effort,
    add_precision,
    all_of,
    say,
    width_of,
)
from shequn.commands.layout import print_table, print_text
from shequn.commands.levels import show_comparison
from shequn.commands.options import (
    add_length,
    add_out,
    add_reading,
    add_worlds,
    check_outcome,
    number,
    unit_shown,
    with_outcomes,
)
from shequn.commands.report import report
from shequn.experiments.runs.words import counted

if TYPE_CHECKING:
    import pandas as pd

    from shequn.experiments.compare.comparison import Comparison
    from shequn.experiments.compare.levels import LevelComparison

EXAMPLES = """examples:
  shequn compare crisis
  shequn compare wechat-group bombardment --days 90
  shequn compare base.toml more-ads.toml --replicates 32 --outcome members
  shequn compare wechat-group bombardment --until "customer_equity +-5%" --budget 2min
  shequn compare crisis --worlds results/fit/posterior.csv
  shequn compare bombardment --reading all
"""
SHOWN = ("readers", "weekly_readers", "messages", "members", "incremental_orders", "orders",
    "incremental_equity",
)  # fmt: skip
PROBE = 0.3  # seconds: a comparison is mostly over in some seconds
TIERS = ("high", "middle", "base")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn compare``."""
    parser.add_argument(
        "scenarios", metavar="SCENARIO", nargs="+",
        help="a scenario that names alternatives, or several scenarios; the first is the base",
    )  # fmt: skip
    add_length(parser)
    add_reading(parser, every=True)
    add_effort(parser)
    add_precision(parser)
    add_worlds(parser)
    parser.add_argument(
        "--outcome", action="append", default=[], metavar="NAME",
        help=f"outcome to show, repeatable ({', '.join(SHOWN)}, and the scenario's focus); one of "
        "your own: FILE.py:FUNCTION",
    )  # fmt: skip
    add_out(parser, "results/compare-NAME-001, the next free number")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn compare``."""
    from shequn.experiments.compare.compare import compare
    from shequn.model.scenario import Scenario

    scenarios = [Scenario.load(name) for name in options.scenarios]
    values = {f"run.{name}": getattr(options, name) for name in ("days", "seed")}
    values = {path: value for path, value in values.items() if value is not None}
    options.outcome, scenarios = with_outcomes(options.outcome, *scenarios)
    checks = [partial(check_outcome, name) for name in options.outcome]
    with Terminal(options, width_of(scenarios[0].focus), PROBE) as terminal:
        effort, *_ = all_of(terminal.effort, *checks)
        found = compare(
            *(each.with_values(values) for each in scenarios),
            reading=options.reading,
            effort=effort,
        )
        return show(found, options)
    return 0


def show(found: Comparison | LevelComparison, options: argparse.Namespace) -> int:
    """Print what a comparison says.

    Parameters
    ----------
    found : Comparison or LevelComparison
        The results.
    options : argparse.Namespace
        With outcome and json.

    Returns
    -------
    int
        The exit code.
    """
    from shequn.experiments.compare.levels import LevelComparison

    names = options.outcome or SHOWN
    if isinstance(found, LevelComparison):
        focus = found.one.base.focus
        return show_comparison(found, tuple(dict.fromkeys([*names, focus])), options)
    outcomes = tuple(dict.fromkeys([*names, found.base.focus]))
    whole = len(found.rows) > 0
    sentences = found.sentences(*outcomes) if whole else []
    say(
        options, "finished", folder=str(found.results.folder), runs=len(found.rows),
        failed=len(found.failures), stopped=found.results.stopped, sentences=sentences,
        differences=found.table(*outcomes).to_dict("records") if whole else [],
        survival=found.survival().to_dict("records") if whole else [],
    )  # fmt: skip
    if not options.json:
        if whole:
            _show(found, outcomes)
            _show_tiers(found)
            print_text("\n".join(sentences))
        report(found.results, stopped=False)
    return 1 if len(found.failures) else 0


def _show(found: Comparison, outcomes: tuple[str, ...]) -> None:
    lines = found.table(*outcomes).to_dict("records")
    some = any(line["n"] < found.replicates for line in lines)  # pairs lack a value
    rows = [
        [
            str(line["arm"]), str(line["outcome"]), number(line["base"]), number(line["mean"]),
            f"{number(line['low'])} to {number(line['high'])}" if line["n"] > 1 else "-",
            unit_shown(str(line["unit"])), number(line["correlation"]), *[str(line["n"])] * some,
        ]
        for line in lines
    ]  # fmt: skip
    heads = ["alternative", "outcome", "base", "difference", "95 % interval", "unit", "correlation"]
    first = next(iter(found.arms))
    print_table(
        f"Differences to '{first}' after {counted(found.base.days, 'day')}, "
        f"{counted(found.replicates, 'replicate')}",
        [*heads, *["pairs"] * some],
        rows,
        keys=2,
    )


def _show_tiers(found: Comparison) -> None:
    frame = found.by_tier()
    if not found.base.days:
        return
    rows = [
        [str(line["arm"]), str(line["outcome"]), *_cells(frame, line)]
        for line in frame.drop_duplicates(["arm", "outcome"]).to_dict("records")
    ]
    heads = ["alternative", "outcome", *(f"{tier} tier" for tier in TIERS), "unit"]
    print_table("The same by tier: difference, 95 % interval", heads, rows, keys=2)


def _cells(frame: pd.DataFrame, line: dict) -> list[str]:
    """The differences of an arm and outcome in the three tiers, and their unit."""
    of_arm = (frame["arm"] == line["arm"]) & (frame["outcome"] == line["outcome"])
    cells = [
        number(each["mean"])
        + (f" ({number(each['low'])} to {number(each['high'])})" if each["n"] > 1 else "")
        for each in frame.loc[of_arm].to_dict("records")
    ]
    return [*cells, str(line["unit"])]
