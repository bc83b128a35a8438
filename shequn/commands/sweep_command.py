"""Vary parameters; every point runs on the same people and the same luck."""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shequn.commands.effort import (
    Terminal,
    add_effort,
    add_precision,
    all_of,
    say,
    width_of,
)
from shequn.commands.layout import print_table, print_text
from shequn.commands.levels import show_sweep
from shequn.commands.options import (
    add_out,
    add_reading,
    add_scenario,
    add_worlds,
    at_all_levels,
    at_least,
    check_outcome,
    number,
    refuse_overlap_of,
    scenario_of,
    with_outcomes,
)
from shequn.commands.report import report
from shequn.experiments.runs.words import counted

if TYPE_CHECKING:
    from shequn.experiments.compare.levels import LevelSweep
    from shequn.experiments.compare.sweep import Sweep

EXAMPLES = """examples:
  shequn sweep wechat-group --vary policy.promo_share=0:0.3:8 --replicates 16
  shequn sweep wechat-group --vary group.capacity=50,100,200,500 --vary policy.promo_share=0,0.04
  shequn sweep wechat-group --vary policy.promo_share=0,0.1 --until "members +-5" --budget 5min
  shequn sweep my-group.toml --design lhs --points 64 --vary policy.promo_share=0:0.3
  shequn sweep my-group.toml --design-file points.csv --dry-run
  shequn sweep my-group.toml --vary group.capacity=50,500 --worlds results/fit/posterior.csv
  shequn sweep my-group.toml --vary policy.promo_share=0:0.3:4 --reading all
  shequn sweep my-group.toml --vary group.capacity=50,500 --outcome mine.py:regulars

What is varied can also stand in the scenario, in a table [sweep]. An interrupted sweep goes on
when the same command is given again with --out and its folder.
"""
_SHOWN = (
    "readers", "weekly_readers", "messages", "members", "incremental_orders", "orders",
    "left_share", "incremental_equity",
)  # fmt: skip
_MOST_LINES = 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn sweep``."""
    add_scenario(parser)
    add_reading(parser, every=True)
    parser.add_argument(
        "--vary", metavar="PATH=VALUES", action="append", default=[],
        help="values of a parameter, repeatable: a,b,c or from:to:how_many; a range, from:to or "
        "from:to:log, with --design lhs or sobol",
    )  # fmt: skip
    parser.add_argument(
        "--design", metavar="NAME",
        help="factorial: all combinations; lhs, sobol: points spread over ranges (factorial)",
    )  # fmt: skip
    parser.add_argument("--points", type=at_least(1), metavar="N", help="points of lhs and sobol")
    parser.add_argument(
        "--design-file", type=Path, metavar="CSV", help="a table of points: a column for each path"
    )
    parser.add_argument(
        "--outcome", action="append", default=[], metavar="NAME",
        help="outcome to show instead of the usual ones, repeatable; the first is drawn; one of "
        "your own: FILE.py:FUNCTION",
    )  # fmt: skip
    add_effort(parser)
    add_precision(parser)
    add_worlds(parser)
    add_out(parser, "results/sweep-NAME-001, the next free number")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn sweep``."""
    from shequn.experiments.compare.sweep import sweep
    from shequn.experiments.designs.sweep_section import points_of

    options.outcome, (scenario,) = with_outcomes(options.outcome, scenario_of(options))
    checks = [partial(check_outcome, name) for name in options.outcome]
    worlds = partial(refuse_overlap_of, options, scenario)
    with Terminal(options, width_of((*options.outcome, scenario.focus)[0])) as terminal:
        design, effort, *_ = all_of(
            lambda: points_of(
                scenario, options.vary, options.design, options.points, options.design_file
            ),
            terminal.effort, worlds, *checks,
        )  # fmt: skip
        if options.outcome:  # the first is drawn, and told in the sentence
            scenario = replace(scenario, focus=options.outcome[0])
        found = sweep(scenario, design, effort=at_all_levels(effort, options))
        show(found, options)
        return 1 if len(found.failures) else 0
    return 0


def show(result: Sweep | LevelSweep, options: argparse.Namespace) -> None:
    """Print what a sweep says.

    Parameters
    ----------
    result : Sweep or LevelSweep
        The results.
    options : argparse.Namespace
        With json.
    """
    from shequn.experiments.compare.levels import LevelSweep

    if isinstance(result, LevelSweep):
        show_sweep(result, tuple(getattr(options, "outcome", ())), options)
        return
    say(
        options, "finished", folder=str(result.results.folder), runs=len(result.rows),
        failed=len(result.failures), stopped=result.results.stopped, sentence=result.sentence(),
    )  # fmt: skip
    if options.json:
        return
    if not result.rows.empty:
        _show_points(result, tuple(getattr(options, "outcome", ())) or _SHOWN)
        print_text(result.sentence())
    report(result.results)


def _value(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _show_points(result: Sweep, outcomes: tuple[str, ...]) -> None:
    """Print mean and 95 % interval of outcomes, and of the scenario's focus, at each point."""
    from shequn.model.outcomes import OUTCOMES

    shown = tuple(dict.fromkeys((*outcomes, result.scenario.focus)))
    table = result.table(*shown)
    varied = list(result.design.paths)
    rows = []
    for _, lines in table.groupby("point", sort=True):
        row = [_value(lines[path].iloc[0]) for path in varied]
        for outcome in shown:
            line = lines[lines["outcome"] == outcome].iloc[0]
            half = line["high"] - line["mean"]
            few = f" ({line['n']} runs)" if line["n"] < result.replicates else ""
            row.append(number(line["mean"]) + (f" ± {number(half)}" if half == half else "") + few)
        rows.append(row)
    units = [f"{name}\n[{OUTCOMES[name].unit}]".replace("\n[1]", "") for name in shown]
    title = (
        f"{result.scenario.name}: mean ± half-width of the 95 % interval over "
        f"{counted(result.replicates, 'replicate')}, day {result.scenario.days}"
    )
    print_table(title, [*varied, *units], rows[:_MOST_LINES], keys=len(varied))
    if len(rows) > _MOST_LINES:
        print_text(f"and {counted(len(rows) - _MOST_LINES, 'point')} more: points.csv")
