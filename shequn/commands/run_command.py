"""Run one scenario; write its daily table, members, invitations, outcomes, funnel and figures."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from shequn.commands.funnel import show_funnel
from shequn.commands.layout import print_table, print_text
from shequn.commands.money import print_money
from shequn.commands.options import (
    add_out,
    add_reading,
    add_scenario,
    at_least,
    compile_first,
    number,
    progress,
    scenario_of,
    unit_shown,
    with_outcomes,
)

if TYPE_CHECKING:
    from shequn.experiments.runs.run import Run

EXAMPLES = """examples:
  shequn run wechat-group
  shequn run wechat-group --days 365 --set policy.promo_share=0.1 --seed 7
  shequn run my-group.toml --out results/first-try --messages
  shequn run wechat-group --explain money
  shequn run product-club --threads 2 --save year5.shequn
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn run``."""
    add_scenario(parser)
    add_reading(parser)
    parser.add_argument(
        "--engine", default="compiled", choices=("compiled", "agents"), metavar="E",
        help="compiled (default), or agents: Mesa agents one by one, slow, same bits",
    )  # fmt: skip
    parser.add_argument(
        "--outcome", action="append", default=[], metavar="FILE.py:FUNCTION",
        help="an outcome of your own besides, repeatable: a function of the run",
    )  # fmt: skip
    add_outputs(parser)
    parser.add_argument(
        "--explain", choices=("money",), metavar="WHAT",
        help="money: also print what an order, a post, a member brings and costs, and how many "
        "members the community needs to break even",
    )  # fmt: skip
    add_out(parser, "results/run-NAME-001, the next free number")


def add_outputs(parser: argparse.ArgumentParser) -> None:
    """--threads, --messages, --save."""
    parser.add_argument(
        "--threads",
        type=at_least(1),
        default=1,
        metavar="N",
        help="threads, for worlds of many groups",
    )
    parser.add_argument("--messages", action="store_true", help="also write every message")
    parser.add_argument("--save", type=Path, metavar="FILE", help="save the community at the end")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn run``."""
    from shequn.experiments.runs.run import run
    from shequn.experiments.runs.store import fresh_folder
    from shequn.model.snapshot import check_new

    _, (scenario,) = with_outcomes(options.outcome, scenario_of(options))
    with fresh_folder(f"run-{scenario.name}", options.out) as folder:
        if options.save:
            check_new(options.save)
        compile_first(scenario)
        with progress("days", scenario.days) as show:
            result = run(
                scenario,
                engine=options.engine,
                threads=options.threads,
                keep_messages=options.messages,
                progress=lambda day: show(day, scenario.days),
            )
        write(result, folder, options)
        if options.explain:
            print_money(result)
    return 0


def write(result: Run, folder: Path, options: argparse.Namespace) -> None:
    """Write and print the results of a run.

    Parameters
    ----------
    result : Run
        The run.
    folder : Path
        An empty folder.
    options : argparse.Namespace
        With command, messages and save.
    """
    from shequn.experiments.runs import store
    from shequn.model.needs import remarks
    from shequn.model.outcomes import OUTCOMES
    from shequn.views.figures import overview
    from shequn.views.funnel_figures import funnel_figure
    from shequn.views.style import save

    community = result.community
    settings = replace(community.settings, days=community.day, seed=community.seed_of_run)
    facts = store.manifest(
        settings, options.command, seed=community.seed_of_run, days=community.day,
        engine=community.engine,
    )  # fmt: skip
    store.write_manifest(folder, facts)
    store.write_text(folder / "scenario.toml", store.scenario_toml(settings))
    outcomes = json.dumps(store.plain(result.summary), indent=1)
    store.write_text(folder / "summary.json", outcomes + "\n")
    tables = {
        "daily": result.daily,
        "groups": result.groups,
        "members": result.members,
        "invitations": result.invitations,
        "retention": result.retention,
        "funnel": result.funnel,
    }
    if community.settings.parameters.market.rivals:
        tables["market"] = result.market
    if options.messages:
        tables["messages"] = result.messages
    for name, frame in tables.items():
        store.write_text(folder / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
    if community.day:
        save(overview(result.daily, community.settings), folder / "overview.png")
        save(funnel_figure(result.funnel, community.settings), folder / "funnel.png")
    rows = []
    for name, value in result.summary.items():
        about = OUTCOMES[name]
        meaning = about.meaning if value == value else about.whole_meaning
        rows.append([name, number(value), unit_shown(about.unit), meaning])
    title = f"{community.settings.name}: day {community.day}, seed {community.seed_of_run}"
    title += settings.past.words
    print_table(title, ["outcome", "value", "unit", "meaning"], rows)
    show_funnel(result.funnel)
    print_text(f"reading: {community.settings.level}")
    for remark in remarks(community.settings):
        print_text(f"note: {remark}")
    print_text(f"written to {folder}")
    if options.save:
        community.save(options.save)
        print_text(f"saved as {options.save}")
