"""The figure of a search for good values: its trials, and what fresh runs say of the best."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shequn.experiments.optimise.optimum import Optimum, value_in_words, values_in_words
from shequn.experiments.runs.words import counted
from shequn.model.outcomes import OUTCOMES
from shequn.model.shown import short
from shequn.views.findings import capital
from shequn.views.fonts import title_of
from shequn.views.page import fit_height, headline, legend_below, rows_tall, wrapped
from shequn.views.style import (
    INK,
    PALETTE,
    QUIET,
    label_axes,
    new_figure,
    number_axis,
    style,
)

_BEST, _OWN, _BROKEN = PALETTE[2], PALETTE[0], PALETTE[1]
_NAMES, _SEARCH = 3.0, 2.8  # inches for the values of a finalist, and of the panel of the search
_LINES = 3  # parameters that have a line of their own


def optimum_figure(found: Optimum) -> Figure:
    """Two panels: the search, and the finalists.

    Parameters
    ----------
    found : Optimum
        The result.

    Returns
    -------
    matplotlib.figure.Figure
        Above: the score of each trial, and the best so far among those that meet the constraints.
        Below: for each finalist the paired difference to the scenario's own values with its 95 %
        interval, from runs that chose nothing.
    """
    with style():
        names = _names(found)
        tall = max(0.8, rows_tall(names, 0.5))
        figure = new_figure()
        above, below = figure.subplots(2, 1, height_ratios=(_SEARCH, tall))
        _search(above, found)
        _finalists(below, found, names)
        legend_below(figure, above.get_legend_handles_labels()[0])
        about = f"{title_of(found.asked)}: {found.question}"
        headline(figure, _finding(found), about)
        fit_height(figure, _SEARCH + tall + 1.8)
        return figure


def _finding(found: Optimum) -> str:
    """What fresh runs say of the best finalist."""
    best = found.table.to_dict("records")[0]
    goal, more = capital(_goal(found)), found.question.more
    if not best["trial"]:
        return f"{goal}: nothing tried is better than the scenario's own values"
    gap, low, high = (best[name] for name in ("difference", "difference_low", "difference_high"))
    if math.isnan(low) or low <= 0.0 <= high:
        return f"{goal}: nothing tried is surely better than the scenario's own values"
    if (gap > 0.0) != more:
        return f"{goal}: the best that was tried is surely worse than the scenario's own values"
    ends = sorted((abs(low), abs(high)))
    unit = f" {_unit(found)}" if _unit(found) else ""
    held = _held(found, best)
    return (
        f"{goal}: the best values tried {'add' if more else 'save'} "
        f"{short(ends[0])} to {short(ends[1])}{unit} (95 %){f', {held}' if held else ''}"
    )


def _held(found: Optimum, line: Mapping[Hashable, Any]) -> str:
    """What is said of a finalist whose constraints do not surely hold."""
    verdicts = [line[str(each)] for each in found.question.constraints]
    if "surely broken" in verdicts:
        return "constraint broken"
    return "constraint not sure to hold" if "undecided" in verdicts else ""


def _goal(found: Optimum) -> str:
    name = found.question.goal.replace("_", " ")
    return name if found.question.risk == "mean" else f"worst tenth of {name}"


def _unit(found: Optimum) -> str:
    unit = OUTCOMES[found.question.goal].unit
    return "" if unit == "1" else unit


def _search(axes: Axes, found: Optimum) -> None:
    """Trials in their order, with the best so far."""
    frame = found.trials
    column = "mean" if found.question.risk == "mean" else "worst_decile"
    scores, met = frame[column].to_numpy(dtype=float), frame["met"].to_numpy(dtype=bool)
    numbers = frame["trial"].to_numpy()
    better = np.fmax if found.question.more else np.fmin
    best = better.accumulate(np.where(met, scores, np.nan))
    axes.step(numbers, best, where="post", color=_BEST, label="best so far")
    ordinary = met & (numbers > 0)
    axes.plot(
        numbers[ordinary], scores[ordinary], "o", color=QUIET, markersize=4.5, label="a trial"
    )
    broken = ~met & (numbers > 0) & ~np.isnan(scores)
    if broken.any():
        axes.plot(
            numbers[broken], scores[broken], "x", color=_BROKEN, markersize=6,
            label="breaks a constraint",
        )  # fmt: skip
    axes.plot(numbers[:1], scores[:1], "D", color=_OWN, markersize=7, label="the scenario's own")
    title = f"Search: {counted(found.question.replicates, 'run')} of each, the same seeds"
    label_axes(axes, title=title, x="trial", y=f"{_goal(found)} in the search", y_unit=_unit(found))
    number_axis(axes)
    number_axis(axes, "x")


def _finalists(axes: Axes, found: Optimum, names: list[str]) -> None:
    """Finalists from the best down, with intervals."""
    table = found.table
    for row, line in enumerate(table.to_dict("records")):
        colour = _OWN if line["trial"] == 0 else _BEST if row == 0 else QUIET
        if line["trial"]:
            ends = [line["difference_low"], line["difference_high"]]
            axes.plot(ends, [row, row], color=colour, linewidth=3.5, solid_capstyle="butt")
        mark = "D" if line["trial"] == 0 else "o"
        axes.plot(line["difference"], row, mark, color=colour, markersize=8)
        if held := _held(found, line):
            axes.annotate(
                held, (line["difference"], row), (0, 9), textcoords="offset points",
                color=_BROKEN, fontsize=9, ha="center",
            )  # fmt: skip
    axes.axvline(0.0, color=INK, linewidth=1.0)
    axes.set_yticks(range(len(table)), names)
    axes.set_ylim(len(table) - 0.4, -0.6)
    number_axis(axes, "x")
    label_axes(
        axes, title=f"Finalists: {found.question.confirm} fresh runs of each",
        x=f"{_goal(found)}: difference to the scenario's own", y="", x_unit=_unit(found),
    )  # fmt: skip


def _names(found: Optimum) -> list[str]:
    """The values of each finalist."""
    paths = [axis.path for axis in found.question.axes]
    names = []
    for trial in found.stages.confirmed:
        if trial.number == 0:
            names.append("the scenario's own")
        elif len(paths) > _LINES:
            names.append(wrapped(values_in_words(trial.values), _NAMES))
        else:
            lines = [f"{path} {value_in_words(trial.values[path])}" for path in paths]
            names.append(wrapped("\n".join(lines), _NAMES))
    return names
