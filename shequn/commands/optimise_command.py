"""Search for values of some parameters that are best for an outcome, within constraints.

The scenario's own values are tried first, then what a sampler proposes (Optuna, tree-structured
Parzen estimator); every candidate runs on the same seeds. The best of many noisy trials looks
better than it is, so the best five and the scenario's own values are run again twice: on fresh
seeds that decide which is best, and on fresh seeds that decide nothing. Only the last are reported.

--over says what may be changed: PATH=LOW:HIGH, PATH=LOW:HIGH:log, PATH=a,b,c, or PATH alone, for
every choice of a word or a switch, the allowed range of a number if it is not wider than 24, else
a quarter to four times of the scenario's own value. --subject-to holds for the mean over runs.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shequn.commands.effort import (
    REPLICATES,
    More,
    Terminal,
    add_effort,
    all_of,
    say,
    width_of,
)
from shequn.commands.layout import print_table, print_text
from shequn.commands.options import (
    add_out,
    add_reading,
    add_scenario,
    add_worlds,
    at_least,
    number,
    refuse_overlap_of,
    scenario_of,
    with_outcomes,
)
from shequn.experiments.runs.words import counted

if TYPE_CHECKING:
    from shequn.experiments.designs.constraints import Constraint
    from shequn.experiments.optimise.optimum import Optimum
    from shequn.experiments.optimise.question import Question

EXAMPLES = """examples:
  shequn optimise wechat-group --goal customer_equity --over policy.promo_share=0:0.3,group.capacity
  shequn optimise my-group.toml --over policy.promo_share --subject-to "left_share<0.3" --trials 80
  shequn optimise my-group.toml --over policy.content_per_day=0:6 --worlds results/fit/posterior.csv
      --risk worst-decile --out results/content

Written: best.toml (the scenario with the best values), candidates.csv, trials.csv, summary.txt,
optimum.png, and the tables of all runs. An interrupted search goes on when the same command is
given again with --out and its folder, also with more --trials.

exit codes: 0 done, 1 some runs failed or no candidate met the constraints, 2 the input is wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn optimise``."""
    add_scenario(parser)
    add_reading(parser)
    parser.add_argument(
        "--goal", metavar="OUTCOME",
        help="what is to be good (the scenario's focus); one of your own: FILE.py:FUNCTION",
    )  # fmt: skip
    parser.add_argument(
        "--over", metavar="PATHS", action="append", default=[],
        help="what may be changed, comma-separated or repeated: PATH or PATH=LOW:HIGH",
    )  # fmt: skip
    parser.add_argument(
        "--subject-to", metavar="RULE", action="append", default=[],
        help="what has to hold for the mean over runs, repeatable: 'left_share<0.3'",
    )  # fmt: skip
    sense = parser.add_mutually_exclusive_group()
    for name, value in (("maximise", "more"), ("minimise", "less")):
        sense.add_argument(
            f"--{name}", dest="direction", action="store_const", const=value,
            help=f"{value} of the goal is better, where that is not clear",
        )  # fmt: skip
    parser.add_argument(
        "--risk", default="mean", metavar="RISK",
        help="mean: of all runs; worst-decile: of the worst tenth of them (mean)",
    )  # fmt: skip
    parser.add_argument(
        "--trials", type=at_least(2), default=40, metavar="N", help="candidates (40)"
    )
    parser.add_argument(
        "--confirm", type=at_least(2), metavar="N",
        help="fresh runs of each finalist, for the figures reported (twice the replicates)",
    )  # fmt: skip
    add_effort(parser)
    add_worlds(parser)
    add_out(parser, "results/optimise-NAME-001, the next free number")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn optimise``."""
    from shequn.experiments.optimise.optimise import optimise
    from shequn.experiments.optimise.question import question_of

    scenario = scenario_of(options)
    (goal,), (scenario,) = with_outcomes([options.goal or scenario.focus], scenario)
    replicates = options.replicates or REPLICATES
    search = {name: getattr(options, name) for name in ("direction", "risk", "trials", "confirm")}
    question, *_ = all_of(
        lambda: question_of(
            scenario, goal, options.over, options.subject_to, replicates=replicates, **search
        ),
        lambda: refuse_overlap_of(options, scenario),
        Terminal(options, width_of(goal)).effort,
    )
    with Terminal(
        options, _best_so_far(question), asked=lambda: _show_question(question),
        question=question.facts(),
    ) as terminal:  # fmt: skip
        found = optimise(
            scenario, goal, options.over, options.subject_to, effort=terminal.effort(), **search
        )
        _show_found(found, terminal.folder, options)
        return 1 if found.failed or not found.met else 0
    return 0


def _show_question(question: Question) -> None:
    from shequn.experiments.optimise.optimise import runs_of

    print_text(question)
    for axis in question.axes:
        span = axis.range
        tried = (
            ", ".join(map(str, axis.values))
            if span is None
            else f"{span.low:g} to {span.high:g}"
            + (" (logarithmic)" if span.log else "")
            + (" (whole numbers)" if span.whole else "")
        )
        print_text(f"  {axis.path}: {tried}")
    print_text(
        f"{question.trials} trials of {counted(question.replicates, 'run')}, then the best 5 and "
        f"the scenario's own values: {counted(question.replicates, 'fresh run')} of each to "
        f"choose, {question.confirm} to confirm; {runs_of(question):,} runs at most"
    )


def _best_so_far(question: Question) -> More:
    """What a search says besides how far it is: its stage, and the best so far."""

    def more(state: Any) -> tuple[list[str], dict[str, Any]]:
        searching = state.stage == "search"
        total = f"trial {state.trials + 1} of {question.trials}"
        words = [f"{state.stage}, {total if searching else f'finalist {state.trials + 1}'}"]
        if state.best is not None:
            words.append(f"best {question.goal} so far {number(state.best)}")
        facts = {"stage": state.stage, "trials": state.trials, "outcome": question.goal}
        return words, {**facts, "best": state.best}

    return more


def _show_found(found: Optimum, folder: Path | None, options: argparse.Namespace) -> None:
    """Print what was found."""
    assert folder is not None
    say(
        options, "finished", folder=str(folder), best=found.best, met=found.met,
        failed=found.failed, candidates=found.table.to_dict("records"), sentences=str(found),
    )  # fmt: skip
    if options.json:
        return
    _show(found)
    print_text(found)
    if found.met:
        print_text(f"to run it: shequn run {folder / 'best.toml'}")
    print_text(f"written to {folder}")


def _show(found: Optimum) -> None:
    """Print the finalists."""
    from shequn.experiments.optimise.optimum import value_in_words
    from shequn.model.outcomes import OUTCOMES

    question = found.question
    unit = OUTCOMES[question.goal].unit
    rows = []
    for line in found.table.to_dict("records"):
        ends = f"{number(line['difference_low'])} to {number(line['difference_high'])}"
        rows.append(
            [
                str(line["trial"]) if line["trial"] else "own",
                *(value_in_words(line[axis.path]) for axis in question.axes),
                number(line["mean"]), number(line["worst_decile"]),
                ends if line["trial"] else "-",
                number(line["regret"]), number(line["regret_worst"]),
                *(_kept(line, each) for each in question.constraints),
            ]
        )  # fmt: skip
    paths = [axis.path for axis in question.axes]
    goal = question.goal if unit == "1" else f"{question.goal}\n[{unit}]"
    goals = [goal, "worst\ntenth", "difference,\n95 %"]
    rules = [str(each).replace(" ", "\n", 1) for each in question.constraints]
    print_table(
        f"{found.asked.name}: finalists from the best down, {question.confirm} fresh runs of each",
        ["trial", *paths, *goals, "regret", "worst\nregret", *rules],
        rows,
        keys=1 + len(paths),
    )


def _kept(line: dict[str, Any], rule: Constraint) -> str:
    """Mean of a constrained outcome; a word where it does not surely hold."""
    verdict = line[str(rule)].removeprefix("surely ")
    return number(line[rule.outcome]) + ("" if verdict == "holds" else f", {verdict}")
