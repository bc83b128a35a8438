"""Compare scenarios, or a scenario with its alternatives: same people, same luck, differences."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from shequn.commands.effort import (
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
    add_length,
    add_out,
    add_worlds,
    compile_first,
    number,
    unit_shown,
)
from shequn.commands.sweep_command import report
from shequn.experiments.runs.words import counted

if TYPE_CHECKING:
    import pandas as pd

    from shequn.experiments.compare.comparison import Comparison
    from shequn.model.scenario import Scenario

EXAMPLES = """examples:
  shequn compare crisis
  shequn compare wechat-group bombardment --days 90
  shequn compare base.toml more-ads.toml --replicates 32 --outcome members
  shequn compare wechat-group bombardment --until "customer_equity +-5%" --budget 2min
  shequn compare crisis --worlds results/fit/posterior.csv
"""
_SHOWN = ("members", "messages", "orders", "customer_equity")
_OVER_TIME = ("members", "messages", "orders", "balance")
_PROBE = 0.3  # seconds: a comparison is mostly over in some seconds
TIERS = ("high", "middle", "base")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn compare``."""
    parser.add_argument(
        "scenarios", metavar="SCENARIO", nargs="+",
        help="a scenario that names alternatives, or several scenarios; the first is the base",
    )  # fmt: skip
    add_length(parser)
    add_effort(parser)
    add_precision(parser)
    add_worlds(parser)
    parser.add_argument(
        "--outcome", action="append", default=[], metavar="NAME",
        help="outcome to show, repeatable (members, messages, orders, customer_equity, and the "
        "scenario's focus)",
    )  # fmt: skip
    add_out(parser, "results/compare-NAME-001, the next free number")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn compare``."""
    from shequn.experiments.compare.compare import arms_of, check_outcome, plan_of
    from shequn.experiments.compare.comparison import Comparison
    from shequn.experiments.designs.worlds import Worlds
    from shequn.experiments.perform.perform import check_numbers, folder_of, perform
    from shequn.model.scenario import Scenario

    scenarios = [Scenario.load(name) for name in options.scenarios]
    values = {f"run.{name}": getattr(options, name) for name in ("days", "seed")}
    values = {path: value for path, value in values.items() if value is not None}
    arms = arms_of([scenario.with_values(values) for scenario in scenarios])
    for outcome in options.outcome:
        check_outcome(outcome, "--outcome")
    base = next(iter(arms.values()))
    replicates = replicates_of(options)
    check_numbers(base.seed, replicates)
    worlds = Worlds.of(options.worlds) if options.worlds else None
    plan = plan_of(arms, replicates, worlds)
    compile_first(*arms.values())
    ahead = look_ahead(plan, replicates, options.out or Path("results"), options, _PROBE)
    if options.dry_run:
        return 0
    settings = {name: store_settings(scenario) for name, scenario in arms.items()}
    folder = folder_of(plan, base, options.out, arms=settings)
    with resumable(folder), showing(options, width_of(base.focus)) as show:
        effort = effort_of(options, ahead.replicates, ahead, show)
        results = perform(plan, ahead.replicates, effort, outcome=base.focus, folder=folder)
    found = Comparison(arms, results)
    shown = tuple(dict.fromkeys([*(options.outcome or _SHOWN), base.focus]))
    write(found, shown, options)
    return 1 if len(found.failures) else 0


def store_settings(scenario: Scenario) -> object:
    """What a manifest says of an arm."""
    from shequn.experiments.runs.store import as_settings

    return as_settings(scenario)


def write(found: Comparison, outcomes: tuple[str, ...], options: argparse.Namespace) -> None:
    """Write and print what a comparison says.

    Parameters
    ----------
    found : Comparison
        The results; tables and figures in their folder are made anew.
    outcomes : tuple of str
        What is printed.
    options : argparse.Namespace
        With json.
    """
    from shequn.experiments.runs import store
    from shequn.views.compare_figures import comparison_figure
    from shequn.views.style import save

    target = found.results.folder
    for k, scenario in enumerate(found.arms.values()):
        store.write_text(target / f"scenario-{k}.toml", store.scenario_toml(scenario))
    whole = len(found.rows) > 0
    frames = (
        {"differences": found.table(), "tiers": found.by_tier(), "survival": found.survival()}
        if whole
        else {}
    )
    if whole and found.base.days:
        import pandas as pd

        days = [found.over_time(name).assign(series=name) for name in _OVER_TIME]
        frames["over_time"] = pd.concat(days, ignore_index=True)
    for name, frame in frames.items():
        store.write_text(target / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
    if whole and found.base.days:
        (target / "comparison.png").unlink(missing_ok=True)
        save(comparison_figure(found), target / "comparison.png")
    sentences = found.sentences(*outcomes) if whole else []
    say(
        options, "finished", folder=str(target), runs=len(found.rows), failed=len(found.failures),
        stopped=found.results.stopped, sentences=sentences,
        differences=found.table(*outcomes).to_dict("records") if whole else [],
        survival=found.survival().to_dict("records") if whole else [],
    )  # fmt: skip
    if options.json:
        return
    if whole:
        _show(found, outcomes)
        _show_tiers(found)
        print_text("\n".join(sentences))
    report(found.results, stopped=False)


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
