"""Vary parameters; every point runs on the same people and the same luck."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shequn.commands.options import (
    add_out,
    add_scenario,
    add_worlds,
    at_least,
    compile_first,
    counted,
    number,
    print_table,
    progress,
    scenario_of,
)

if TYPE_CHECKING:
    from shequn.experiments.sweep import Sweep
    from shequn.model.scenario import Scenario

EXAMPLES = """examples:
  shequn sweep wechat-group --vary policy.promo_share=0:0.3:8 --replicates 16
  shequn sweep wechat-group --vary group.capacity=50,100,200,500 --vary policy.promo_share=0,0.04
  shequn sweep my-group.toml --vary policy.content_per_day=0:5:6 --out results/content
  shequn sweep my-group.toml --vary group.capacity=50,500 --worlds results/fit/posterior.csv

An interrupted sweep goes on when the same command is given again with --out and its folder.
"""
_SHOWN = ("members", "messages", "orders", "left_share", "customer_equity")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn sweep``."""
    add_scenario(parser)
    parser.add_argument(
        "--vary", metavar="PATH=VALUES", action="append", default=[],
        help="values of a parameter, repeatable: a,b,c or from:to:how_many",
    )  # fmt: skip
    add_replicates(parser)
    add_worlds(parser)
    add_out(parser, "results/sweep-NAME-001, the next free number")


def add_replicates(parser: argparse.ArgumentParser) -> None:
    """--replicates, --jobs."""
    parser.add_argument(
        "--replicates", type=at_least(1), default=16, metavar="N", help="runs of each point (16)"
    )
    parser.add_argument("--jobs", type=at_least(1), metavar="N", help="threads (one for each core)")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn sweep``."""
    from shequn.agents.errors import Problem, ScenarioError
    from shequn.experiments.sweep import parse_vary

    scenario = scenario_of(options)
    vary: dict[str, list[Any]] = {}
    problems = []
    for text in options.vary:
        try:
            path, values = parse_vary(text)
            if path in vary:
                problems.append(Problem(f"--vary {text}", f"{path} is varied twice"))
            vary[path] = values
        except ScenarioError as error:
            problems += error.problems
    if not options.vary:
        problems.append(Problem("--vary", "nothing to vary; give --vary PATH=VALUES"))
    if problems:
        raise ScenarioError(problems)
    if options.worlds:
        from shequn.experiments.worlds import Worlds, refuse_overlap

        given = {text.partition("=")[0].strip(): text for text in options.values}
        refuse_overlap(Worlds.of(options.worlds), scenario, given, "--set")
    result, folder = compute(scenario, vary, options)
    write(result, folder)
    return 1 if result.failures else 0


def compute(
    scenario: Scenario, vary: dict[str, list[Any]], options: argparse.Namespace
) -> tuple[Sweep, Path]:
    """Run a sweep with a progress bar.

    Parameters
    ----------
    scenario : Scenario
        What all points share.
    vary : dict
        Values by path.
    options : argparse.Namespace
        With replicates, jobs and out; worlds if the command has it.

    Returns
    -------
    result : Sweep
        The results.
    folder : Path
        Where they are kept.
    """
    from shequn.experiments.sweep import sweep

    folders: list[Path] = []

    def begin(folder: Path) -> None:
        folders.append(folder)
        compile_first(scenario)

    with progress("runs", 0) as show:
        result = sweep(
            scenario,
            vary,
            options.replicates,
            worlds=getattr(options, "worlds", None),
            jobs=options.jobs,
            out=options.out,
            keep=begin,
            progress=show,
        )
    return result, folders[0]


def write(result: Sweep, folder: Path) -> None:
    """Write and print the tables and figures of a sweep.

    Parameters
    ----------
    result : Sweep
        The results.
    folder : Path
        Their folder; tables and figures in it are made anew.
    """
    from shequn.experiments import store
    from shequn.views.style import save
    from shequn.views.sweep_figures import sweep_figures

    table = result.table()
    store.write_text(folder / "runs.csv", result.rows.to_csv(index=False, lineterminator="\n"))
    store.write_text(folder / "points.csv", table.to_csv(index=False, lineterminator="\n"))
    (folder / "failures.csv").unlink(missing_ok=True)  # from before the sweep went on
    if result.failures:
        import pandas as pd

        lines = [{**failure, **failure["failure"]} for failure in result.failures]
        frame = pd.DataFrame(lines).drop(columns="failure")
        text = frame.to_csv(index=False, lineterminator="\n")
        store.write_text(folder / "failures.csv", text)
    for name, figure in sweep_figures(result).items():
        path = folder / f"{name}.png"
        path.unlink(missing_ok=True)
        save(figure, path)
    if not result.rows.empty:
        show(result)
    if result.failures:
        first = result.failures[0]["failure"]
        runs = counted(len(result.failures), "run")
        print(f"{runs} failed (failures.csv); the first: {first['message']}")
    print(f"written to {folder}")


def _value(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def show(result: Sweep) -> None:
    """Print mean and 95 % interval of the main outcomes at each point."""
    from shequn.model.outcomes import OUTCOMES

    table = result.table(*_SHOWN)
    varied = list(result.design.vary)
    rows = []
    for _, lines in table.groupby("point", sort=True):
        row = [_value(lines[path].iloc[0]) for path in varied]
        for outcome in _SHOWN:
            line = lines[lines["outcome"] == outcome].iloc[0]
            half = line["high"] - line["mean"]
            row.append(number(line["mean"]) + (f" ± {number(half)}" if half == half else ""))
        rows.append(row)
    units = [f"{name}\n[{OUTCOMES[name].unit}]".replace("\n[1]", "") for name in _SHOWN]
    heads = [path.replace(".", ".\n") for path in varied]
    title = (
        f"{result.design.scenario.name}: mean ± half-width of the 95 % interval over "
        f"{counted(result.design.replicates, 'replicate')}, day {result.design.scenario.days}"
    )
    print_table(title, [*heads, *units], rows)
