"""Find which parameters matter for an outcome, every point on the same people and the same luck.

--over says what is varied: PATH=LOW:HIGH, PATH=LOW:HIGH:log, or PATH alone, from half to twice the
scenario's value; 'world' stands for how people are and behave, 'policy' for what the operator
decides, both with these ranges. --dry-run lists them.

--method morris asks which of many parameters matter at all; mu* ranks them. --method sobol says
what share of the variance of the expected outcome each of a few has, by itself (S1) and together
with others (ST). Luck is subtracted, and its own share of the variance is told.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shequn.commands.effort import (
    add_effort,
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
    at_least,
    compile_first,
    number,
    scenario_of,
)
from shequn.experiments.runs.words import counted

if TYPE_CHECKING:
    from shequn.experiments.sensitivity.design import Design
    from shequn.experiments.sensitivity.sensitivity import Sensitivity
    from shequn.model.scenario import Scenario

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
        help="outcome to show, repeatable (the scenario's focus)",
    )  # fmt: skip
    add_effort(parser, replicates=_REPLICATES)
    add_out(parser, "results/sensitivity-NAME-001, the next free number")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn sensitivity``."""
    from shequn.experiments.perform.perform import folder_of, perform
    from shequn.experiments.sensitivity.sensitivity import Sensitivity, plan_of, values_of

    scenario, design = _prepare(scenario_of(options), options)
    plan = plan_of(scenario, design)
    if design.note:
        print_text(design.note)
    compile_first(scenario)
    if options.dry_run:
        _show_factors(design, options)
    replicates = options.replicates or _REPLICATES
    ahead = look_ahead(plan, replicates, options.out or Path("results"), options)
    if options.dry_run:
        return 0
    folder = folder_of(plan, scenario, options.out, method=design.facts())
    with resumable(folder), showing(options, width_of(scenario.focus)) as show:
        effort = effort_of(options, replicates, ahead, show)
        runs = perform(plan, replicates, effort, outcome=scenario.focus, folder=folder)
    found = Sensitivity(design, values_of(runs), scenario.name, scenario.focus, runs)
    wrong = [_write(found, outcome, options) for outcome in options.outcome or [scenario.focus]]
    _finish(found, options)
    return 1 if len(runs.failures) or any(wrong) else 0


def _prepare(scenario: Scenario, options: argparse.Namespace) -> tuple[Scenario, Design]:
    """What the options ask; every problem at once."""
    from dataclasses import replace

    from shequn.agents.errors import Problem, ScenarioError
    from shequn.experiments.designs.designs import refuse
    from shequn.experiments.sensitivity.design import OPTIONS
    from shequn.experiments.sensitivity.results import check_outcome
    from shequn.experiments.sensitivity.sensitivity import prepare

    problems: list[Problem] = []
    for method, option in OPTIONS.items():
        if getattr(options, option[2:]) is not None and options.method != method:
            words = f"belongs to --method {method}, not to {options.method}"
            problems.append(Problem(option, words))
    checks: list[Any] = [lambda: replicates_of(options)]
    checks += [lambda name=name: check_outcome(name, place="--outcome") for name in options.outcome]
    found = None
    size = options.trajectories if options.method == "morris" else options.points
    replicates = options.replicates or _REPLICATES
    checks += [lambda: prepare(scenario, options.over, options.method, size, replicates)]
    for check in checks:
        try:
            found = check()
        except ScenarioError as error:
            problems += error.problems
    refuse(problems)
    assert found is not None
    base, design = found
    return replace(base, focus=(options.outcome or [base.focus])[0]), design


def _show_factors(design: Design, options: argparse.Namespace) -> None:
    """What is varied, and where."""
    if options.json:
        say(options, "design", **design.facts())
        return
    rows = [
        [factor.name, factor.words, "given" if factor.given else "half to twice"]
        for factor in design.factors
    ]
    count = {"morris": "trajectories", "sobol": "rows"}[design.method]
    size = f"{design.size} {count} of {counted(design.block, 'point')}"
    title = f"{design.method}: {counted(len(rows), 'parameter')}, {size}"
    print_table(title, ["parameter", "range", "range is"], rows)


def _write(found: Sensitivity, outcome: str, options: argparse.Namespace) -> bool:
    """Write and print the indices of an outcome; whether they cannot be told."""
    from shequn.agents.errors import ResultsError
    from shequn.experiments.runs import store
    from shequn.views.style import save

    assert found.results is not None
    folder = found.results.folder
    try:
        table = found.table(outcome)
    except ResultsError as error:
        say(options, "outcome", outcome=outcome, problem=str(error))
        if not options.json:
            print_text(f"{outcome}: {error}")
        return True
    text = table.to_csv(index=False, lineterminator="\n")
    store.write_text(folder / f"sensitivity-{outcome}.csv", text)
    picture = folder / f"sensitivity-{outcome}.png"
    picture.unlink(missing_ok=True)
    save(found.plot(outcome), picture)
    share, low, high = found.luck(outcome)
    say(
        options, "outcome", outcome=outcome, luck=share, luck_low=low, luck_high=high,
        indices=table.to_dict("records"), sentence=found.sentence(outcome),
    )  # fmt: skip
    if not options.json:
        _show(found, outcome)
    return False


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


def _finish(found: Sensitivity, options: argparse.Namespace) -> None:
    from shequn.commands.sweep_command import report

    assert found.results is not None
    failed = len(found.results.failures)
    say(options, "finished", folder=str(found.results.folder), failed=failed, caveat=found.caveat)
    if not options.json:
        print_text(found.caveat)
        report(found.results)
