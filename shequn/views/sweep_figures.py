"""Pictures of a sweep of one or two parameters: an outcome against the last of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.experiments.compare.sweep import Sweep
from shequn.experiments.perform.statistics import Interval
from shequn.experiments.runs.words import counted
from shequn.model.outcomes import OUTCOMES
from shequn.views.findings import best_of_sweeps, capital, left_out, named, of_runs, settings_of
from shequn.views.growth_figures import growth
from shequn.views.heat_figures import cloud, heat_map
from shequn.views.page import fit_height, headline, legend_below, note, rows_tall, wrapped
from shequn.views.scales import (
    A_DAY,
    WEEKLY,
    aside,
    few_and_many,
    is_scale,
    label_of,
    name_of,
    of_promotions,
    places,
    setting_of,
    show_percent,
    value_of,
)
from shequn.views.style import (
    MOST_LINES,
    QUIET,
    Look,
    label_axes,
    looks_of,
    new_figure,
    number_axis,
    open_up,
    percent_axis,
    style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_EQUITY = {"customer_equity": "equity", "incremental_equity": "equity"}
MOST_DOTS = 30  # rows of dots


def drawings(sweep: Sweep) -> dict[str, Callable[[], Figure]]:
    """How to draw each figure that a sweep of one or two parameters calls for.

    Parameters
    ----------
    sweep : Sweep
        The results.

    Returns
    -------
    dict
        By name, the one that tells most of the focus first: ``equity``, or the scenario's focus,
        when the last parameter has two values or more: lines against a number, dots where it is a
        word; ``heat_map`` when two parameters have two values or more; ``growth``. Of points that
        are no grid ``points`` alone.
    """
    found: dict[str, Callable[[], Figure]] = {}
    if sweep.rows.empty:
        return found
    vary, focus = sweep.vary, sweep.scenario.focus
    if sweep.design.kind != "factorial":
        return {"points": partial(cloud, sweep, focus)}
    last = list(vary)[-1]
    if len(vary[last]) > 1:
        how = against if is_scale(last, vary[last]) else dots
        found[_EQUITY.get(focus, focus)] = partial(how, sweep, focus)
    if len(vary) == 2 and min(len(values) for values in vary.values()) > 1:
        found["heat_map"] = partial(heat_map, sweep, focus)
    if sweep.scenario.days:
        found["growth"] = partial(growth, sweep)
    return found


def against(sweep: Sweep, outcome: str) -> Figure:
    """An outcome against the last parameter, and its paired difference to the first value.

    Parameters
    ----------
    sweep : Sweep
        The results; one line for each combination of the other parameters (at most 12, what is left
        out is said).
    outcome : str
        Name of the outcome.

    Returns
    -------
    matplotlib.figure.Figure
        Left: means with 95 % intervals. Right of it: mean paired differences with 95 % intervals:
        the same people and the same luck at both values. Where promotions are varied the axis
        shows how many a week in each group, and a third panel their share of all messages.
    """
    vary = sweep.vary
    *others, last = vary
    values = vary[last]
    lines = len(sweep.design.rows) // len(values)
    rising = np.argsort(values, kind="stable")
    grid = np.arange(len(sweep.design.rows)).reshape(lines, len(values))
    shown = grid[:MOST_LINES]
    x = np.array([places(sweep, last, list(points)) for points in shown])
    with style():
        figure = new_figure()
        left, right, *share = figure.subplots(1, 3 if of_promotions(last) else 2)
        for k, (points, look) in enumerate(zip(shown, looks_of(vary, lines), strict=False)):
            label = settings_of(sweep, points[0], others)
            at = aside(last, x, k)
            later = np.array([j for j in rising if j > 0], dtype=int)
            drawn = [
                (left, [sweep.interval(outcome, point) for point in points], rising),
                (right, [sweep.difference(outcome, point, points[0]) for point in points], later),
                *((axes, [sweep.interval("promo_share_sent", point) for point in points], rising)
                  for axes in share),
            ]  # fmt: skip
            for axes, found, order in drawn:
                error_line(axes, at[order], [found[j] for j in order], look, label)
        for axes in (right, *share):
            axes.set_xlim(left.get_xlim())
        for axes in (left, right, *share) if last == A_DAY else ():
            few_and_many(axes, x[0])
        _label_against(left, right, sweep, outcome, last)
        for axes in share:
            label_axes(axes, title="Share of all messages", x=WEEKLY, y="share of all messages")
            percent_axis(axes)
            axes.set_ylim(bottom=0.0)
        for axes in (left, right, *share):
            axes.set_xlabel(wrapped(axes.get_xlabel(), 2.4 if share else 4.0, 9.5))
        if lines > 1:
            legend_below(figure, *left.get_legend_handles_labels())
        rest = [settings_of(sweep, points[0], others) for points in grid[MOST_LINES:]]
        note(figure, left_out(rest, "points.csv"))
        headline(figure, best_of_sweeps([sweep], outcome), _about(sweep))
        fit_height(figure, 4.2)
        return figure


def _about(sweep: Sweep) -> str:
    return (
        f"after {counted(sweep.scenario.days, 'day')}: {of_runs(sweep.replicates)}; "
        "differences are between the same people with the same luck"
    )


def error_line(
    axes: Axes, x: Any, found: list[Interval], look: Look, label: str, across: bool = True
) -> None:
    """Means with their intervals, joined by a line where they stand on a scale.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where.
    x : array_like of float
        Places, on the axis across or up.
    found : list of Interval
        What is drawn there.
    look : Look
        Of the line.
    label : str
        Of the line.
    across : bool
        False: places are rows, and the means lie on the axis across, without a line.
    """
    mean = np.array([interval.mean for interval in found])
    ends = np.array([[each.mean - each.low, each.high - each.mean] for each in found]).T
    gaps = None if np.isnan(ends).all() else np.nan_to_num(ends)
    more: Any = {"yerr": gaps} if across else {"xerr": gaps, "linestyle": "none"}
    place = (x, mean) if across else (mean, x)
    bars = axes.errorbar(
        *place, color=look.colour, label=label, marker=look.marker, markersize=4.5, capsize=2.5,
        linewidth=1.5, elinewidth=1.0, **more,
    )  # fmt: skip
    if across and bars.lines[0] is not None:
        bars.lines[0].set_linestyle(look.dash)


def _label_against(left: Axes, right: Axes, sweep: Sweep, outcome: str, path: str) -> None:
    name, unit = named(outcome), OUTCOMES[outcome].unit
    unit = "" if unit == "1" else unit
    zero = setting_of(path, sweep.vary[path][0])
    room = 2.7 if of_promotions(path) else 4.2
    titles = (capital(name), f"Difference to {zero}")
    for axes, title in zip((left, right), titles, strict=True):
        label_axes(
            axes, title=wrapped(title, room, 10.5, "bold"), x=label_of(path),
            y=name if axes is left else f"difference in {name}", y_unit=unit,
        )  # fmt: skip
        if path != A_DAY:
            number_axis(axes, "x", most=5)
        show_percent(axes, path)
        axes.axhline(0.0, color=QUIET, linewidth=0.8)
        number_axis(axes)
        open_up([axes], "y")


def dots(sweep: Sweep, outcome: str) -> Figure:
    """An outcome at every value of a parameter that is a word, and its paired difference.

    Parameters
    ----------
    sweep : Sweep
        The results; a row for each value, in it a dot for each combination of the other parameters
        (at most 12 of them and 30 values, what is left out is said).
    outcome : str
        Name of the outcome.

    Returns
    -------
    matplotlib.figure.Figure
        Left: means with 95 % intervals. Right: mean paired differences to the first value.
    """
    vary = sweep.vary
    *others, last = vary
    values = vary[last]
    lines = len(sweep.design.rows) // len(values)
    grid = np.arange(len(sweep.design.rows)).reshape(lines, len(values))
    shown = grid[:MOST_LINES, :MOST_DOTS]
    name, unit = named(outcome), OUTCOMES[outcome].unit
    unit = "" if unit == "1" else unit
    with style():
        rows = shown.shape[1]
        words = [wrapped(value_of(last, value), 1.8) for value in values[:rows]]
        tall = max(0.8, rows_tall(words, max(0.42, 0.14 * len(shown))))
        figure = new_figure()
        left, right = figure.subplots(1, 2, sharey=True)
        for k, (points, look) in enumerate(zip(shown, looks_of(vary, lines), strict=False)):
            at = np.arange(rows) + 0.7 * ((k + 0.5) / len(shown) - 0.5)
            label = settings_of(sweep, points[0], others)
            level = [sweep.interval(outcome, int(point)) for point in points]
            gaps = [sweep.difference(outcome, int(point), int(points[0])) for point in points]
            error_line(left, at, level, look, label, across=False)
            error_line(right, at[1:], gaps[1:], look, label, across=False)
        left.set_yticks(range(rows), words)
        left.set_ylim(rows - 0.5, -0.5)
        zero = setting_of(last, values[0])
        label_axes(left, title=capital(name), x=name, x_unit=unit, y=name_of(last))
        title = wrapped(f"Difference to {zero}", 3.8, 10.5, "bold")
        label_axes(right, title=title, x=f"difference in {name}", x_unit=unit, y="")
        for axes in (left, right):
            number_axis(axes, "x", most=5)
            open_up([axes], "x")
        right.axvline(0.0, color=QUIET, linewidth=0.8)
        if lines > 1:
            legend_below(figure, *left.get_legend_handles_labels())
        rest = [settings_of(sweep, points[0], others) for points in grid[MOST_LINES:]]
        rest += [setting_of(last, value) for value in values[MOST_DOTS:]]
        note(figure, left_out(rest, "points.csv"))
        headline(figure, best_of_sweeps([sweep], outcome), _about(sweep))
        fit_height(figure, tall + 1.2)
        return figure
