"""Play a run up to a day, then go on as before and, from the same midnight, with a change."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shequn.commands.compare_command import write
from shequn.commands.effort import (
    add_effort,
    add_precision,
    effort_of,
    look_ahead,
    replicates_of,
    resumable,
    showing,
    width_of,
)
from shequn.commands.options import add_length, add_out, add_worlds, at_least, compile_first

if TYPE_CHECKING:
    from shequn.model.scenario import Scenario

EXAMPLES = """examples:
  shequn branch wechat-group --day 90 --set policy.promo_share=0.02
  shequn branch results/run-wechat-group-001 --day 90 --set policy.promo_share=0.02
  shequn branch crisis --day 61 --set incident.response=apology --outcome members
  shequn branch shop --day 60 --days 365 --set desk.staff=2 --set costs.wage=50
"""
_SHOWN = ("members", "messages", "orders", "customer_equity")
_PROBE = 0.3  # seconds, as for a comparison


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn branch``."""
    parser.add_argument(
        "run", metavar="RUN",
        help="results folder of shequn run (replicate 0 is that run), or a scenario",
    )  # fmt: skip
    parser.add_argument(
        "--day", type=at_least(0), required=True, metavar="N",
        help="the midnight at which it branches: the first N days are shared",
    )  # fmt: skip
    parser.add_argument(
        "--set", metavar="PATH=VALUE", action="append", default=[], dest="values",
        help="what is changed on that day, repeatable: --set policy.promo_share=0.02",
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
    add_out(parser, "results/branch-NAME-001, the next free number")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn branch``."""
    from shequn.experiments.compare import branch
    from shequn.experiments.compare.compare import check_outcome
    from shequn.experiments.perform.perform import check_numbers, folder_of

    scenario, source = branch.run_of(options.run, trust=options.trust)
    scenario = _of_length(scenario, options)
    arms, points = branch.arms_of_branch(scenario, options.day, values_of(options.values))
    for outcome in options.outcome:
        check_outcome(outcome, "--outcome")
    replicates = replicates_of(options)
    check_numbers(scenario.seed, replicates)
    plan = branch.plan_of_branch(scenario, points, replicates, options.worlds)
    compile_first(scenario)
    if source is not None and options.seed is None:
        branch.check_replayed(source, scenario, options.day)
    ahead = look_ahead(plan, replicates, options.out or Path("results"), options, _PROBE)
    if options.dry_run:
        return 0
    folder = folder_of(plan, scenario, options.out, **branch.facts_of(points))
    with resumable(folder), showing(options, width_of(scenario.focus)) as show:
        effort = effort_of(options, ahead.replicates, ahead, show)
        found = branch.perform_branch(plan, arms, ahead.replicates, effort, folder)
    shown = tuple(dict.fromkeys([*(options.outcome or _SHOWN), scenario.focus]))
    write(found, shown, options)
    return 1 if len(found.failures) else 0


def _of_length(scenario: Scenario, options: argparse.Namespace) -> Scenario:
    given = {f"run.{name}": getattr(options, name) for name in ("days", "seed")}
    return scenario.with_values({path: v for path, v in given.items() if v is not None})


def values_of(texts: list[str]) -> dict[str, Any]:
    """The values of several ``--set PATH=VALUE``.

    Parameters
    ----------
    texts : list of str
        As they were given.

    Returns
    -------
    dict
        Values by path.

    Raises
    ------
    ScenarioError
        With every text that is no PATH=VALUE, or names a path again.
    """
    from shequn.agents.errors import Problem, ScenarioError
    from shequn.experiments.designs.axes import parse_value

    values: dict[str, Any] = {}
    problems = []
    for text in texts:
        path, equals, word = (part.strip() for part in text.partition("="))
        if not equals:
            problems.append(Problem(f"--set {text}", "expected PATH=VALUE"))
        elif path in values:
            problems.append(Problem(f"--set {text}", f"{path} is set twice"))
        else:
            values[path] = parse_value(word)
    if problems:
        raise ScenarioError(problems)
    return values
