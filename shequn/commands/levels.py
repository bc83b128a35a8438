"""What a question says at every level of reading: the levels side by side, then the verdict."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from shequn.commands.effort import say
from shequn.commands.layout import print_table, print_text
from shequn.commands.options import number, unit_shown
from shequn.commands.report import report
from shequn.experiments.runs.words import counted

if TYPE_CHECKING:
    from shequn.experiments.compare.levels import LevelComparison, LevelSweep

_MOST_LINES = 40


def show_comparison(
    found: LevelComparison, outcomes: tuple[str, ...], options: argparse.Namespace
) -> int:
    """Print the differences at each level, and what they say together.

    Parameters
    ----------
    found : LevelComparison
        The results.
    outcomes : tuple of str
        What to show.
    options : argparse.Namespace
        With json.

    Returns
    -------
    int
        The exit code.
    """
    whole = not found.rows.empty
    sentences = found.sentences(*outcomes) if whole else []
    say(
        options, "finished", folder=str(found.results.folder), runs=len(found.rows),
        failed=len(found.failures), stopped=found.results.stopped, sentences=sentences,
        differences=found.table(*outcomes).to_dict("records") if whole else [],
    )  # fmt: skip
    if not options.json:
        if whole:
            _differences(found, outcomes)
            print_text("\n".join(sentences))
        report(found.results, stopped=False)
    return 1 if len(found.failures) else 0


def _differences(found: LevelComparison, outcomes: tuple[str, ...]) -> None:
    from shequn.model.outcomes import OUTCOMES

    first, *arms = found.one.arms
    rows = [
        [arm, outcome, *_cells(found, arm, outcome), unit_shown(OUTCOMES[outcome].unit)]
        for arm in arms
        for outcome in outcomes
    ]
    title = (
        f"Differences to '{first}' after {counted(found.one.base.days, 'day')}, 95 % interval, "
        f"{counted(found.replicates, 'replicate')}, by how much is read"
    )
    print_table(title, ["alternative", "outcome", *found.levels, "unit"], rows, keys=2)


def _cells(found: LevelComparison, arm: str, outcome: str) -> list[str]:
    cells = []
    for each in found.levels.values():
        gap = each.difference(arm, outcome)
        ends = f"\n({number(gap.low)} to {number(gap.high)})" if gap.n > 1 else ""
        few = f"\n{counted(gap.n, 'pair')}" if gap.n < found.replicates else ""
        cells.append(f"{number(gap.mean)}{ends}{few}")
    return cells


def show_sweep(found: LevelSweep, outcomes: tuple[str, ...], options: argparse.Namespace) -> None:
    """Print outcomes at each point and level, and where the best points lie.

    Parameters
    ----------
    found : LevelSweep
        The results.
    outcomes : tuple of str
        What to show; the scenario's focus besides.
    options : argparse.Namespace
        With json.
    """
    whole = not found.rows.empty
    sentence = found.sentence() if whole else ""
    say(
        options, "finished", folder=str(found.results.folder), runs=len(found.rows),
        failed=len(found.failures), stopped=found.results.stopped, sentence=sentence,
    )  # fmt: skip
    if options.json:
        return
    if whole:
        _points(found, outcomes)
        print_text(sentence)
    report(found.results)


def _points(found: LevelSweep, outcomes: tuple[str, ...]) -> None:
    from shequn.model.outcomes import OUTCOMES

    sweep = found.one
    shown = dict.fromkeys((*outcomes, sweep.scenario.focus))
    rows = []
    for point, values in enumerate(sweep.design.rows):
        shown_values = [values[path] for path in sweep.design.paths]
        told = [f"{v:.4g}" if isinstance(v, float) else str(v) for v in shown_values]
        for outcome in shown:
            cells = []
            for each in found.levels.values():
                mean = each.interval(outcome, point)
                half = f" ± {number(mean.high - mean.mean)}" if mean.n > 1 else ""
                cells.append(f"{number(mean.mean)}{half}")
            rows.append([*told, outcome, *cells, unit_shown(OUTCOMES[outcome].unit)])
    title = (
        f"{sweep.scenario.name}: mean ± half-width of the 95 % interval over "
        f"{counted(found.replicates, 'replicate')}, day {sweep.scenario.days}, by how much is read"
    )
    heads = [*sweep.design.paths, "outcome", *found.levels, "unit"]
    print_table(title, heads, rows[:_MOST_LINES], keys=len(heads) - 1 - len(found.levels))
    if len(rows) > _MOST_LINES:
        print_text(f"and {counted(len(rows) - _MOST_LINES, 'line')} more: points.csv")
