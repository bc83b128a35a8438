"""Compare scenarios, or a scenario with its alternatives: same people, same luck, differences."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from shequn.commands.options import (
    add_length,
    add_out,
    add_worlds,
    compile_first,
    number,
    print_table,
    progress,
)
from shequn.commands.sweep_command import add_replicates

if TYPE_CHECKING:
    from shequn.experiments.compare import Comparison

EXAMPLES = """examples:
  shequn compare crisis
  shequn compare wechat-group bombardment --days 90
  shequn compare base.toml more-ads.toml --replicates 32 --outcome members
  shequn compare crisis --worlds results/fit/posterior.csv
"""
_SHOWN = ("members", "messages", "orders", "customer_equity")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn compare``."""
    parser.add_argument(
        "scenarios", metavar="SCENARIO", nargs="+",
        help="a scenario that names alternatives, or several scenarios; the first is the base",
    )  # fmt: skip
    add_length(parser)
    add_replicates(parser)
    add_worlds(parser)
    parser.add_argument(
        "--outcome", action="append", default=[], metavar="NAME",
        help="outcome to show, repeatable (members, messages, orders, customer_equity, and the "
        "scenario's focus)",
    )  # fmt: skip
    add_out(parser, "results/compare-NAME-001, the next free number")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn compare``."""
    from shequn.experiments.compare import arms_of, check_outcome, compare, draw_worlds
    from shequn.experiments.store import fresh_folder
    from shequn.experiments.worlds import Worlds
    from shequn.model.scenario import Scenario

    scenarios = [Scenario.load(name) for name in options.scenarios]
    values = {f"run.{name}": getattr(options, name) for name in ("days", "seed")}
    values = {path: value for path, value in values.items() if value is not None}
    scenarios = [scenario.with_values(values) for scenario in scenarios]
    arms = arms_of(scenarios)
    for outcome in options.outcome:
        check_outcome(outcome, "--outcome")
    worlds = Worlds.of(options.worlds) if options.worlds else None
    if worlds is not None:
        draw_worlds(
            worlds, arms, options.replicates
        )  # refuses what is wrong before a folder is made
    with fresh_folder(f"compare-{scenarios[0].name}", options.out) as folder:
        compile_first(*arms.values())
        with progress("runs", len(arms) * options.replicates) as show:
            found = compare(
                *scenarios, replicates=options.replicates, worlds=worlds, jobs=options.jobs,
                progress=show,
            )  # fmt: skip
        _write(found, folder)
    focus = scenarios[0].focus
    _show(found, tuple(dict.fromkeys([*(options.outcome or _SHOWN), focus])))
    print(f"written to {folder}")
    return 0


def _write(found: Comparison, folder: object) -> None:
    from pathlib import Path

    from shequn.experiments import store
    from shequn.views.compare_figures import comparison_figure
    from shequn.views.style import save

    target = Path(str(folder))
    facts = store.manifest(
        found.base, "compare", replicates=found.replicates,
        arms={name: store.as_settings(scenario) for name, scenario in found.arms.items()},
        **({"worlds": found.worlds} if found.worlds else {}),
    )  # fmt: skip
    store.write_manifest(target, facts)
    for k, scenario in enumerate(found.arms.values()):
        store.write_text(target / f"scenario-{k}.toml", store.scenario_toml(scenario))
    for name, frame in (("runs", found.rows), ("differences", found.table())):
        store.write_text(target / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
    if found.base.days:
        save(comparison_figure(found), target / "comparison.png")


def _show(found: Comparison, outcomes: tuple[str, ...]) -> None:
    lines = found.table(*outcomes).to_dict("records")
    rows = [
        [
            str(line["arm"]), str(line["outcome"]), number(line["base"]), number(line["mean"]),
            f"{number(line['low'])} to {number(line['high'])}" if line["n"] > 1 else "-",
            str(line["unit"]), number(line["correlation"]),
        ]
        for line in lines
    ]  # fmt: skip
    first, *others = found.arms
    print_table(
        f"Differences to '{first}' after {found.base.days} days, {found.replicates} replicates",
        ["alternative", "outcome", "base", "difference", "95 % interval", "unit", "correlation"],
        rows,
    )
    for arm in others:
        print(found.verdict(arm, found.base.focus))
    if any(line["correlation"] <= 0.0 for line in lines):
        print(
            "Where the correlation is not above 0, the same luck did not narrow the interval: "
            "the two worlds took different courses."
        )
