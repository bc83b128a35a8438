"""The figure of expectations: each probability with its bounds, beside what is demanded."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from shequn.experiments.expect.expectations import Expectation
from shequn.experiments.runs.words import counted
from shequn.views.fonts import title_of
from shequn.views.page import fit_height, headline, legend_below, rows_tall, wrapped
from shequn.views.style import (
    INK,
    PALETTE,
    QUIET,
    label_axes,
    new_figure,
    percent_axis,
    style,
)

_COLOURS = {"pass": PALETTE[2], "fail": PALETTE[1], "undecided": QUIET}
_MARKS = {"pass": "o", "fail": "X", "undecided": "s"}
_NAMES = 3.4  # inches for a statement


def expectation_figure(found: Expectation) -> Figure:
    """A row for each statement, in the order of the scenario.

    Parameters
    ----------
    found : Expectation
        With at least one run.

    Returns
    -------
    matplotlib.figure.Figure
        Mark: share of runs that satisfied the statement; line: its bounds; upright bar: what is
        demanded.
    """
    table = found.table
    rows = range(len(table))
    with style():
        names = [wrapped(text, _NAMES) for text in table["statement"]]
        figure = new_figure()
        axes = figure.subplots()
        for row, line in zip(rows, table.to_dict("records"), strict=True):
            colour = _COLOURS[line["verdict"]]
            ends = [line["low"], line["high"]]
            axes.plot(ends, [row, row], color=colour, linewidth=3.5, solid_capstyle="butt")
            axes.plot(line["share"], row, _MARKS[line["verdict"]], color=colour, markersize=8)
            axes.plot([line["demanded"]] * 2, [row - 0.3, row + 0.3], color=INK, linewidth=2.0)
            words = f"{line['verdict']}, {counted(line['runs'], 'run')}"
            axes.annotate(
                words, (1.0, row), (8, 0), ("axes fraction", "data"), "offset points",
                va="center", color=colour, annotation_clip=False,
            )  # fmt: skip
        axes.set_yticks(list(rows), names)
        axes.set_ylim(len(table) - 0.5, -0.5)
        axes.set_xlim(-0.02, 1.02)
        percent_axis(axes, "x")
        label_axes(axes, x="probability that a run satisfies it", y="")
        handles = [
            Line2D([], [], color=_COLOURS[word], marker=_MARKS[word], linewidth=3.5, label=word)
            for word in dict.fromkeys(table["verdict"])
        ]
        handles.append(Line2D([], [], color=INK, linewidth=2.0, label="demanded"))
        legend_below(figure, handles)
        about = f"{title_of(found.scenario)}: share of runs, and how surely it is known"
        headline(figure, _finding(found), about)
        fit_height(figure, max(0.6, rows_tall(names, 0.42)) + 0.75)
        return figure


def _finding(found: Expectation) -> str:
    """How many statements hold, how many do not, and how many cannot be told."""
    verdicts = list(found.table["verdict"])
    several = len(verdicts)
    parts = [
        f"{verdicts.count(word)} of {several} {words}"
        for word, words in (("pass", "hold"), ("fail", "fail"), ("undecided", "undecided"))
        if word in verdicts
    ]
    return f"What is expected: {', '.join(parts)}"
