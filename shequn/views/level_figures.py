"""The three levels of reading side by side, at equal axes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shequn.experiments.compare.levels import LevelComparison, LevelSweep
from shequn.experiments.compare.sweep import Sweep
from shequn.experiments.perform.statistics import Interval
from shequn.experiments.runs.words import counted
from shequn.model.outcomes import OUTCOMES
from shequn.views.compare_figures import (
    Arms,
    arms_legend,
    arms_of,
    daily_mean,
    differences,
    line_with_band,
    pairs_told,
)
from shequn.views.findings import (
    best_of_sweeps,
    differences_in_words,
    left_out,
    listed,
    named,
    of_runs,
    settings_of,
)
from shequn.views.fonts import title_of
from shequn.views.page import fit_height, headline, legend_below, note, rows_of, rows_tall, wrapped
from shequn.views.scales import (
    A_DAY,
    aside,
    few_and_many,
    is_scale,
    label_of,
    places,
    show_percent,
)
from shequn.views.style import (
    MOST_LINES,
    PALETTE,
    QUIET,
    Look,
    day_axis,
    label_axes,
    looks_of,
    new_figure,
    number_axis,
    open_up,
    style,
)
from shequn.views.sweep_figures import MOST_DOTS, error_line

_NAMES, _PANEL = 1.6, 2.3  # inches for the names of arms, and of a panel over time
_MONEY, _RESPONSE = "incremental_equity", "incremental_orders_per_member"


def comparison_at_levels(found: LevelComparison) -> Figure:
    """Who reads over time in every arm, and the paired differences in the focus, at each level.

    Parameters
    ----------
    found : LevelComparison
        The results.

    Returns
    -------
    matplotlib.figure.Figure
        A column for each level. Above: readers a day, means over seven days and over replicates
        with 95 % intervals. Below: mean paired differences to the first arm with 95 % intervals.
        Axes of a row are equal. At most 12 arms are drawn besides the first; a note names those
        left out.
    """
    base = found.one.base
    drawn = {level: arms_of(each) for level, each in found.levels.items()}
    arms, left = next(iter(drawn.values()))
    with style():
        below = max(0.8, rows_of(pairs_told(arms, base.focus, _NAMES))[1])
        figure = new_figure()
        panels = figure.subplots(
            2, len(drawn), sharex="row", sharey="row", height_ratios=[_PANEL, below], squeeze=False
        )
        for (upper, lower), (name, (each, _)) in zip(panels.T, drawn.items(), strict=True):
            _readers(upper, each)
            differences(lower, each, base.focus, room=_NAMES)
            first = upper is panels[0, 0]
            label_axes(
                upper, title=f"reading is {name}", x="time", x_unit="day",
                y="readers a day" if first else "", y_unit="persons" if first else "",
            )  # fmt: skip
            label_axes(lower, x=_difference(base.focus), y="")
        panels[0, 0].set_ylim(bottom=0.0)  # the rows are shared: only now is all of it drawn
        number_axis(panels[0, 0], most=5)
        day_axis(panels[0, 0], most=4)
        open_up(panels[1], "x")
        _say_pairs(panels[1], [each for each, _ in drawn.values()], base.focus)
        arms_legend(figure, arms)
        note(figure, left_out(left, "differences.csv"))
        about = (
            f"{title_of(base)}: {of_runs(found.replicates)}; the same people and luck\n"
            "above: readers a day (mean of 7 days); below: paired difference to the first"
        )
        headline(figure, differences_in_words(found.levels, base.focus), about)
        fit_height(figure, _PANEL + below + 1.9)
        return figure


def _difference(outcome: str) -> str:
    unit = OUTCOMES[outcome].unit
    words = f"difference in {named(outcome)}" + ("" if unit == "1" else f" [{unit}]")
    return wrapped(words, 2.3, 9.5)


def _say_pairs(row: Sequence[Axes], arms: Sequence[Arms], outcome: str) -> None:
    """The names of the rows, with the pairs at each level where it is not all of them."""
    told = [pairs_told(each, outcome, _NAMES) for each in arms]
    names = []
    for several in zip(*told, strict=True):
        plain = min(several, key=len)
        few = dict.fromkeys(text.rpartition("\n")[2] for text in several if text != plain)
        names.append(plain if not few or "pairs)" in plain else f"{plain}\nfewer pairs at a level")
    row[0].set_yticks(row[0].get_yticks(), names)


def _readers(axes: Axes, arms: Arms) -> None:
    for arm, look in arms.looks.items():
        line_with_band(axes, daily_mean(arms.found.series(arm, "readers")), look)


def sweep_at_levels(found: LevelSweep) -> Figure:
    """What the group adds, or the focus, at every point, with a panel for each level.

    Parameters
    ----------
    found : LevelSweep
        The results.

    Returns
    -------
    matplotlib.figure.Figure
        Means with 95 % intervals, against the last parameter where that is a number, else dots in
        a row for each point. Where the focus is money, the orders that earn it stand in a row above
        it: response and cost apart. Axes of a row are equal. At most 12 lines or 30 rows are drawn;
        a note names those left out.
    """
    sweep = found.one
    focus = sweep.scenario.focus
    outcomes = (_RESPONSE, focus) if focus == _MONEY else (focus,)
    vary = sweep.vary
    last, values = list(vary.items())[-1]
    scale = sweep.design.kind == "factorial" and is_scale(last, values)
    rows = 0 if scale else min(MOST_DOTS, len(sweep.design.rows))
    with style():
        names = [_point_named(sweep, k) for k in range(rows)]
        each_row = 3.2 if scale else max(0.8, rows_tall(names)) + 0.85
        figure = new_figure()
        panels = figure.subplots(
            len(outcomes), len(found.levels), sharex=True if scale else "row",
            sharey="row" if scale else True, squeeze=False,
        )  # fmt: skip
        left: list[str] = []
        for k, (row, outcome) in enumerate(zip(panels, outcomes, strict=True)):
            for axes, (level, each) in zip(row, found.levels.items(), strict=True):
                left = _against(axes, each, outcome) if scale else _dots(axes, each, outcome, rows)
                axes.set_title("" if k else f"reading is {level}")
            open_up(row, "y" if scale else "x")
            _label_row(row, outcome, scale, last if k == len(outcomes) - 1 else "")
        handles = panels[0, 0].get_legend_handles_labels()
        if len(handles[0]) > 1:
            legend_below(figure, *handles)
        note(figure, left_out(left, "points.csv"))
        after = f"after {counted(sweep.scenario.days, 'day')}: {of_runs(found.replicates)}"
        headline(figure, _finding(found, outcomes), after)
        fit_height(figure, each_row * len(outcomes) + 0.6)
        return figure


def _label_row(row: Sequence[Axes], outcome: str, scale: bool, path: str) -> None:
    name, unit = _named(outcome)
    quantity = wrapped(f"{name} [{unit}]" if unit else name, 2.9, 9.5)
    for axes in row:
        if scale:
            axes.axhline(0.0, color=QUIET, linewidth=0.8)
            axes.set_xlabel(wrapped(label_of(path), 2.6, 9.5) if path else "")
            number_axis(axes)
        else:
            axes.axvline(0.0, color=QUIET, linewidth=0.8)
            axes.set_xlabel(quantity)
            number_axis(axes, "x", most=4)
    row[0].set_ylabel(quantity if scale else "")


def _named(outcome: str) -> tuple[str, str]:
    """What an axis calls an outcome, and its unit."""
    if outcome == _RESPONSE:
        return "orders that the group adds", "per 100 members"
    unit = OUTCOMES[outcome].unit
    return named(outcome), "" if unit == "1" else unit


def _finding(found: LevelSweep, outcomes: Sequence[str]) -> str:
    """Where each outcome is best: one sentence where that is the same, else a line for each."""
    sweeps, names = list(found.levels.values()), [_named(each)[0] for each in outcomes]
    both = listed(names)
    together = {best_of_sweeps(sweeps, each, both) for each in outcomes}
    if len(together) == 1:
        return together.pop()
    return "\n".join(map(partial(best_of_sweeps, sweeps), outcomes, names))


def _against(axes: Axes, sweep: Sweep, outcome: str) -> list[str]:
    """Draw lines against the last parameter; return the names of lines left out."""
    vary = sweep.vary
    *others, last = vary
    values = vary[last]
    found = [_times(sweep.interval(outcome, k), outcome) for k in range(len(sweep.design.rows))]
    lines = len(found) // len(values)
    order = np.argsort(values, kind="stable")
    grid = np.arange(len(found)).reshape(lines, len(values))
    shown = grid[:MOST_LINES]
    x = np.array([places(sweep, last, [int(k) for k in points]) for points in shown])
    for k, (points, look) in enumerate(zip(shown, looks_of(vary, lines), strict=False)):
        label = settings_of(sweep, int(points[0]), others)
        error_line(axes, aside(last, x, k)[order], [found[points[j]] for j in order], look, label)
    if last == A_DAY:
        few_and_many(axes, x[0])
    else:
        number_axis(axes, "x", most=4)
    show_percent(axes, last)
    return [settings_of(sweep, int(points[0]), others) for points in grid[MOST_LINES:]]


def _dots(axes: Axes, sweep: Sweep, outcome: str, rows: int) -> list[str]:
    """Draw a row for each point; return the names of points left out."""
    names = [_point_named(sweep, k) for k in range(len(sweep.design.rows))]
    found = [_times(sweep.interval(outcome, k), outcome) for k in range(rows)]
    error_line(axes, range(rows), found, Look(PALETTE[0]), "", across=False)
    axes.set_yticks(range(rows), names[:rows])
    axes.set_ylim(rows - 0.5, -0.5)
    return [name.replace("\n", " ") for name in names[rows:]]


def _point_named(sweep: Sweep, point: int) -> str:
    varied = [path for path, values in sweep.vary.items() if len(values) > 1]
    return wrapped(settings_of(sweep, point, varied or sweep.design.paths), 2.2)


def _times(found: Interval, outcome: str) -> Interval:
    """The response for 100 members, for which its numbers are easy to read."""
    if outcome != _RESPONSE:
        return found
    return Interval(100.0 * found.mean, 100.0 * found.low, 100.0 * found.high, found.n)
