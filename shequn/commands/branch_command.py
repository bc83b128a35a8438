"""Play a run up to a day, then go on as before and, from the same midnight, with a change."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from shequn.commands.compare_command import PROBE, SHOWN, show
from shequn.commands.effort import (
    Terminal,
    add_effort,
    add_precision,
    all_of,
    width_of,
)
from shequn.commands.options import (
    add_length,
    add_out,
    add_reading,
    add_worlds,
    at_least,
    check_outcome,
)

EXAMPLES = """examples:
  shequn branch wechat-group --day 90 --set policy.promo_share=0.02
  shequn branch results/run-wechat-group-001 --day 90 --set policy.promo_share=0.02
  shequn branch crisis --day 61 --set incident.response=apology --outcome members
  shequn branch shop --day 60 --days 365 --set desk.staff=2 --set costs.wage=50
"""


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
    add_reading(parser)
    add_effort(parser)
    add_precision(parser)
    add_worlds(parser)
    parser.add_argument(
        "--outcome", action="append", default=[], metavar="NAME",
        help=f"outcome to show, repeatable ({', '.join(SHOWN)}, and the scenario's focus)",
    )  # fmt: skip
    add_out(parser, "results/branch-NAME-001, the next free number")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn branch``."""
    from shequn.experiments.compare import branch

    scenario, _ = branch.run_of(options.run, trust=options.trust)
    checks = [partial(check_outcome, name) for name in options.outcome]
    with Terminal(options, width_of(scenario.focus), PROBE) as terminal:
        effort, changes, *_ = all_of(terminal.effort, lambda: values_of(options.values), *checks)
        more = {name: getattr(options, name) for name in ("days", "seed", "reading")}
        found = branch.branch(
            options.run, options.day, changes, trust=options.trust, effort=effort, **more
        )
        return show(found, options)
    return 0


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
