"""Vary parameters; every point runs on the same people and the same luck."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shequn.commands.effort import (
    REPLICATES,
    add_effort,
    add_precision,
    effort_of,
    look_ahead,
    replicates_of,
    resumable,
    say,
    showing,
    width_of,
)
from shequn.commands.layout import print_table, print_text
from shequn.commands.options import (
    add_out,
    add_scenario,
    add_worlds,
    at_least,
    compile_first,
    number,
    scenario_of,
)
from shequn.experiments.runs.words import counted

if TYPE_CHECKING:
    from shequn.experiments.compare.sweep import Sweep
    from shequn.experiments.designs.designs import Points
    from shequn.experiments.designs.worlds import Worlds
    from shequn.experiments.perform.results import Results
    from shequn.model.scenario import Scenario

EXAMPLES = """examples:
  shequn sweep wechat-group --vary policy.promo_share=0:0.3:8 --replicates 16
  shequn sweep wechat-group --vary group.capacity=50,100,200,500 --vary policy.promo_share=0,0.04
  shequn sweep wechat-group --vary policy.promo_share=0,0.1 --until "members +-5" --budget 5min
  shequn sweep my-group.toml --design lhs --points 64 --vary policy.promo_share=0:0.3
  shequn sweep my-group.toml --design-file points.csv --dry-run
  shequn sweep my-group.toml --vary group.capacity=50,500 --worlds results/fit/posterior.csv

What is varied can also stand in the scenario, in a table [sweep]. An interrupted sweep goes on
when the same command is given again with --out and its folder.
"""
_SHOWN = ("members", "messages", "orders", "left_share", "customer_equity")
_MOST_LINES = 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn sweep``."""
    add_scenario(parser)
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
        help="outcome to show instead of the usual ones, repeatable; the first is drawn",
    )  # fmt: skip
    add_effort(parser)
    add_precision(parser)
    add_worlds(parser)
    add_out(parser, "results/sweep-NAME-001, the next free number")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn sweep``."""
    from shequn.agents.errors import ScenarioError
    from shequn.experiments.compare.compare import check_outcome
    from shequn.experiments.designs.designs import refuse
    from shequn.experiments.designs.sweep_section import design_of_section, points_of
    from shequn.experiments.designs.worlds import Worlds, refuse_overlap

    scenario = scenario_of(options)
    for outcome in options.outcome:
        check_outcome(outcome, "--outcome")
    if options.outcome:
        scenario = replace(scenario, focus=options.outcome[0])
    problems = []
    design, replicates = None, REPLICATES
    try:
        design = points_of(
            scenario, options.vary, options.design, options.points, options.design_file
        )
    except ScenarioError as error:
        problems += error.problems
    try:
        replicates = replicates_of(options)
    except ScenarioError as error:
        problems += error.problems
    refuse(problems)
    assert design is not None
    if not (options.replicates or options.until):
        replicates = design_of_section(scenario).replicates or replicates
    worlds = Worlds.of(options.worlds) if options.worlds else None
    if worlds is not None:
        given = {text.partition("=")[0].strip(): text for text in options.values}
        refuse_overlap(worlds, scenario, given, "--set")
    found = compute(scenario, design, replicates, options, worlds)
    if found is None:
        return 0
    write(found, options)
    return 1 if len(found.failures) else 0


def compute(
    scenario: Scenario,
    design: Points,
    replicates: int,
    options: argparse.Namespace,
    worlds: Worlds | None = None,
) -> Sweep | None:
    """Look ahead, then run a sweep with a progress bar.

    Parameters
    ----------
    scenario : Scenario
        What all points share.
    design : Points
        The points.
    replicates : int
        Runs of each point.
    options : argparse.Namespace
        As `add_effort` and `add_out` make them.
    worlds : Worlds, optional
        What replicates draw their parameters from.

    Returns
    -------
    Sweep or None
        The results, their tables in the folder; None after a dry run.
    """
    from shequn.experiments.compare.sweep import Sweep, plan_of
    from shequn.experiments.perform.perform import check_numbers, folder_of, perform

    check_numbers(scenario.seed, replicates)
    plan = plan_of(scenario, design, replicates, worlds)
    for note in design.notes:
        print_text(note)
    compile_first(scenario)
    ahead = look_ahead(plan, replicates, options.out or Path("results"), options)
    if options.dry_run:
        return None
    folder = folder_of(plan, scenario, options.out, points=design.facts())
    with resumable(folder), showing(options, width_of(scenario.focus)) as show:
        effort = effort_of(options, ahead.replicates, ahead, show)
        found = perform(plan, ahead.replicates, effort, outcome=scenario.focus, folder=folder)
    return Sweep(scenario, design, found)


def write(result: Sweep, options: argparse.Namespace) -> None:
    """Write and print what a sweep says.

    Parameters
    ----------
    result : Sweep
        The results; tables and figures in their folder are made anew.
    options : argparse.Namespace
        With json.
    """
    from shequn.experiments.runs import store
    from shequn.views.style import save
    from shequn.views.sweep_figures import sweep_figures

    folder = result.results.folder
    table = result.table()
    store.write_text(folder / "points.csv", table.to_csv(index=False, lineterminator="\n"))
    for name, figure in sweep_figures(result).items():
        path = folder / f"{name}.png"
        path.unlink(missing_ok=True)
        save(figure, path)
    say(
        options, "finished", folder=str(folder), runs=len(result.rows),
        failed=len(result.failures), stopped=result.results.stopped, sentence=result.sentence(),
    )  # fmt: skip
    if options.json:
        return
    if not result.rows.empty:
        show(result, tuple(getattr(options, "outcome", ())) or _SHOWN)
        print_text(result.sentence())
    report(result.results)


def report(results: Results, *, stopped: bool = True) -> None:
    """Print what else there is to know of some results: why it stopped, damage, failures, where."""
    if stopped and results.stopped:
        print_text(results.stopped)
    if results.damaged:
        print_text(f"damaged, its runs were computed again: {', '.join(results.damaged)}")
    if len(results.failures):
        first = results.failures.iloc[0]["message"]
        runs = counted(len(results.failures), "run")
        print_text(f"{runs} failed (failures.parquet); the first: {first}")
    print_text(f"written to {results.folder}")


def _value(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def show(result: Sweep, outcomes: tuple[str, ...]) -> None:
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
