"""Find which parameters matter for an outcome, every point on the same people and the same luck.

--over says what is varied: PATH=LOW:HIGH, PATH=LOW:HIGH:log, or PATH alone, from half to twice the
scenario's value; 'world' stands for how people are and behave, 'policy' for what the operator
decides. Of the world, what no data settle, the level of reading ('reading') first, has the range of
the table of plausible worlds; all else has these ranges. --dry-run lists them.

--method morris asks which of many parameters matter at all; mu* ranks them. --method sobol says
what share of the variance of the expected outcome each of a few has, by itself (S1) and together
with others (ST). Luck is subtracted, and its own share of the variance is told.
"""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING, Any

from shequn.commands.effort import Terminal, add_effort, all_of, say, width_of
from shequn.commands.layout import print_table, print_text
from shequn.commands.options import (
    add_out,
    add_reading,
    add_scenario,
    at_least,
    check_outcome,
    number,
    scenario_of,
    with_outcomes,
)
from shequn.commands.report import report
from shequn.experiments.runs.words import counted

if TYPE_CHECKING:
    from shequn.experiments.sensitivity.design import Design
    from shequn.experiments.sensitivity.sensitivity import Sensitivity

EXAMPLES = """examples:
  shequn sensitivity wechat-group --over world --dry-run
  shequn sensitivity wechat-group --over policy --outcome members
  shequn sensitivity my-group.toml --method sobol --over policy.promo_share=0:0.3,feel.habit_gain
  shequn sensitivity my-group.toml --over world --out results/world

Written: a table of indices for each outcome asked for, its figure, and the tables of all runs. An
interrupted analysis goes on when the same command is given again with --out and its folder, also
with more --replicates.

exit codes: 0 done, 1 some runs failed, 2 the input is wrong
"""
_REPLICATES = 4
_MOST_LINES = 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn sensitivity``."""
    add_scenario(parser)
    add_reading(parser)
    parser.add_argument(
        "--over", metavar="PATHS", action="append", default=[],
        help="what is varied, comma-separated or repeated: world, policy, PATH or PATH=LOW:HIGH",
    )  # fmt: skip
    parser.add_argument("--method", default="morris", help="morris or sobol (morris)")
    parser.add_argument(
        "--trajectories", type=at_least(1), metavar="N",
        help="of morris: so many points for each parameter, and one more (10)",
    )  # fmt: skip
    parser.add_argument(
        "--points", type=at_least(1), metavar="N",
        help="of sobol: so many for each parameter, and two more; a power of 2 (64)",
    )  # fmt: skip
    parser.add_argument(
        "--outcome", action="append", default=[], metavar="NAME",
        help="outcome to show, repeatable (the scenario's focus); one of your own: "
        "FILE.py:FUNCTION",
    )  # fmt: skip
    add_effort(parser, replicates=_REPLICATES)
    add_out(parser, "results/sensitivity-NAME-001, the next free number")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn sensitivity``."""
    from shequn.experiments.sensitivity.sensitivity import REPLICATES, prepare, sensitivity

    options.outcome, (scenario,) = with_outcomes(options.outcome, scenario_of(options))
    size = options.trajectories if options.method == "morris" else options.points
    replicates = options.replicates or REPLICATES
    checks = [partial(check_outcome, name) for name in options.outcome]
    more: dict[str, Any] = {}
    with Terminal(
        options, width_of((*options.outcome, scenario.focus)[0]), asked=lambda: _asked(more)
    ) as terminal:
        effort, prepared, *_ = all_of(
            terminal.effort,
            lambda: prepare(
                scenario, options.over, options.method, size, replicates, options.outcome
            ),
            lambda: _check_size(options), *checks,
        )  # fmt: skip
        more["design"] = prepared[1]
        if options.dry_run and options.json:
            say(options, "design", **prepared[1].facts())
        found = sensitivity(
            scenario, options.over, options.method, size, outcome=options.outcome, effort=effort
        )
        return _show_all(found, options)
    return 0


def _check_size(options: argparse.Namespace) -> None:
    from shequn.agents.errors import Problem, ScenarioError
    from shequn.experiments.sensitivity.design import OPTIONS

    problems = [
        Problem(option, f"belongs to --method {method}, not to {options.method}")
        for method, option in OPTIONS.items()
        if getattr(options, option[2:]) is not None and options.method != method
    ]
    if problems:
        raise ScenarioError(problems)


def _asked(more: dict[str, Any]) -> None:
    """What is varied, and where."""
    design: Design = more["design"]
    rows = [[factor.name, factor.words, factor.origin] for factor in design.factors]
    count = {"morris": "trajectories", "sobol": "rows"}[design.method]
    size = f"{design.size} {count} of {counted(design.block, 'point')}"
    title = f"{design.method}: {counted(len(rows), 'parameter')}, {size}"
    print_table(title, ["parameter", "range", "range is"], rows)


def _show_all(found: Sensitivity, options: argparse.Namespace) -> int:
    """Print the indices of each outcome that was named, or the focus; give the exit code."""
    assert found.results is not None
    names = found.outcomes or (found.focus,)
    for outcome in names:
        if outcome not in found.told:
            say(options, "outcome", outcome=outcome, problem=found.problem(outcome))
            if not options.json:
                print_text(f"{outcome}: {found.problem(outcome)}")
            continue
        share, low, high = found.luck(outcome)
        say(
            options, "outcome", outcome=outcome, luck=share, luck_low=low, luck_high=high,
            indices=found.table(outcome).to_dict("records"), sentence=found.sentence(outcome),
        )  # fmt: skip
        if not options.json:
            _show(found, outcome)
    failed = len(found.results.failures)
    say(options, "finished", folder=str(found.results.folder), failed=failed, caveat=found.caveat)
    if not options.json:
        print_text(found.caveat)
        report(found.results)
    return 1 if failed or len(found.told) < len(names) else 0


def _show(found: Sensitivity, outcome: str) -> None:
    table = found.table(outcome)
    morris = found.design.method == "morris"
    first, second = ("mu_star", "mu") if morris else ("ST", "S1")
    more = ["sigma", "noise"] if morris else []
    rows = []
    for row in table.head(_MOST_LINES).to_dict("records"):
        cells = [str(row["parameter"]), number(row[first]), _ends(row["low"], row["high"])]
        cells += [number(row[name]) for name in (second, *more)]
        cells += [] if morris else [_ends(row["S1_low"], row["S1_high"])]
        rows.append([*cells, "yes" if row["shown"] else "not shown"])
    columns = ["parameter", "mu*" if morris else first, "95 %", second]
    columns += ["sigma", "mu* of luck"] if morris else ["95 %"]
    unit = str(table["unit"].iloc[0])
    title = f"{outcome.replace('_', ' ')}{'' if unit == '1' else f' [{unit}]'}: sensitivity"
    print_table(title, [*columns, "matters"], rows)
    if len(table) > _MOST_LINES:
        print_text(
            f"and {counted(len(table) - _MOST_LINES, 'parameter')} more: sensitivity-{outcome}.csv"
        )
    print_text(found.sentence(outcome))


def _ends(low: float, high: float) -> str:
    return f"{number(low)} to {number(high)}" if low == low else "-"
