"""The three levels of reading side by side, at equal axes."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shequn.experiments.compare.comparison import Comparison
from shequn.experiments.compare.levels import LevelComparison, LevelSweep
from shequn.experiments.compare.sweep import Sweep
from shequn.experiments.perform.statistics import Interval, mean_interval
from shequn.experiments.runs.words import counted
from shequn.model.outcomes import OUTCOMES
from shequn.views.fonts import title_of
from shequn.views.scales import (
    A_DAY,
    aside,
    few_and_many,
    is_scale,
    label_of,
    of_promotions,
    places,
    setting_of,
)
from shequn.views.style import (
    INK,
    PALETTE,
    QUIET,
    colours_of,
    label_axes,
    new_figure,
    percent_axis,
    style,
)

_MOST_LINES = 7
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
        A column for each level. Above: readers a day, means and 95 % intervals. Below: mean paired
        differences to the first arm with 95 % intervals. Axes of a row are equal.
    """
    base, arms = found.one.base, list(found.one.arms)
    n = found.replicates
    with style():
        figure = new_figure(13.5, 6.0 + 0.45 * len(arms))
        panels = figure.subplots(
            2, len(found.levels), sharex="row", sharey="row",
            height_ratios=[3.0, max(1.6, 0.5 * len(arms))],
        )  # fmt: skip
        for (upper, lower), (name, each) in zip(panels.T, found.levels.items(), strict=True):
            _readers(upper, each)
            _differences(lower, each, base.focus)
            y = "readers" if upper is panels[0, 0] else ""
            label_axes(
                upper, title=f"reading is {name}", x="time", x_unit="day", y=y,
                y_unit="persons" if y else "",
            )  # fmt: skip
        panels[0, 0].set_ylim(bottom=0.0)  # the rows are shared: only now is all of it drawn
        handles = panels[0, 0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside lower center", ncols=min(3, len(arms)))
        how = f"{n} replicates, mean and 95 % interval" if n > 1 else "1 replicate, no intervals"
        title = f"{title_of(base)}: {how}\nabove: readers; below: paired difference to the first"
        figure.suptitle(title, x=0.01, ha="left")
        return figure


def _readers(axes: Axes, comparison: Comparison) -> None:
    for arm, colour in zip(comparison.arms, _colours(len(comparison.arms)), strict=True):
        values = comparison.series(arm, "readers")
        found = [mean_interval(day) for day in values.T]
        days = range(1, len(found) + 1)
        label = textwrap.fill(arm, 44)
        axes.plot(days, [each.mean for each in found], color=colour, label=label)
        if len(values) > 1:
            low, high = [each.low for each in found], [each.high for each in found]
            axes.fill_between(days, low, high, color=colour, alpha=0.08, linewidth=0)


def _differences(axes: Axes, comparison: Comparison, outcome: str) -> None:
    others = list(comparison.arms)[1:]
    for k, (arm, colour) in enumerate(zip(others, _colours(len(others) + 1)[1:], strict=True)):
        found = comparison.difference(arm, outcome)
        axes.errorbar([found.mean], [k], xerr=_ends([found]), color=colour, marker="o", capsize=3)
        if found.n < comparison.replicates:
            axes.annotate(
                f"{found.n} pairs", (found.mean if found.n else 0.0, k), (0, 7),
                textcoords="offset points", ha="center", fontsize=8, color=QUIET,
            )  # fmt: skip
    axes.axvline(0.0, color=QUIET, linewidth=0.8)
    axes.set_yticks(range(len(others)), [textwrap.fill(arm, 24) for arm in others])
    axes.set_ylim(len(others) - 0.5, -0.5)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    name, unit = outcome.replace("_", " "), OUTCOMES[outcome].unit
    label_axes(
        axes, title="", x=f"difference in {name}", x_unit="" if unit == "1" else unit, y=""
    )  # fmt: skip


def sweep_at_levels(found: LevelSweep) -> Figure:
    """What the group adds, or the focus, at every point, with a panel for each level.

    Parameters
    ----------
    found : LevelSweep
        The results.

    Returns
    -------
    matplotlib.figure.Figure
        Means with 95 % intervals, against the last parameter where that is a number and the others
        have at most 7 combinations, else point by point. Where the focus is money, the orders that
        earn it stand in a row above it: response and cost apart. Axes of a row are equal.
    """
    sweep = found.one
    focus = sweep.scenario.focus
    rows = (_RESPONSE, focus) if focus == _MONEY else (focus,)
    with style():
        figure = new_figure(13.5, 1.2 + 4.2 * len(rows))
        panels = figure.subplots(
            len(rows), len(found.levels), sharex=True, sharey="row", squeeze=False
        )
        for place, (row, outcome) in enumerate(zip(panels, rows, strict=True)):
            name, unit = _named(outcome)
            for axes, (level, each) in zip(row, found.levels.items(), strict=True):
                x = _points(axes, each, outcome)
                y, y_unit = (name, unit) if axes is row[0] else ("", "")
                title = f"reading is {level}" if place == 0 else ""
                below = x if place == len(rows) - 1 else ""
                label_axes(axes, title=title, x=below, y=y, y_unit=y_unit)
                axes.axhline(0.0, color=QUIET, linewidth=0.8)
                axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
        handles = panels[0, 0].get_legend_handles_labels()
        if len(handles[0]) > 1:
            figure.legend(*handles, loc="outside lower center", ncols=min(4, len(handles[0])))
        n = found.replicates
        how = f"mean, 95 % interval, {n} replicates" if n > 1 else "1 replicate: no intervals"
        after = f"after {counted(sweep.scenario.days, 'day')}"
        figure.suptitle(f"{_finding(found, rows)}\n{after}; {how}", x=0.01, ha="left")
        return figure


def _named(outcome: str) -> tuple[str, str]:
    """What an axis calls an outcome, and its unit."""
    if outcome == _RESPONSE:
        return "orders that the group adds", "per 100 members"
    unit = OUTCOMES[outcome].unit
    return outcome.replace("_", " "), "" if unit == "1" else unit


def _finding(found: LevelSweep, outcomes: Sequence[str]) -> str:
    """Between which promotions a week each outcome is best; else what is shown."""
    names = [_named(outcome)[0] for outcome in outcomes]
    shown = " and ".join(names)
    last = found.one.design.paths[-1]
    if last != A_DAY or not all(OUTCOMES[outcome].better for outcome in outcomes):
        return shown[:1].upper() + shown[1:]
    words = []
    for outcome, name in zip(outcomes, names, strict=True):
        best = [k for each in found.levels.values() for k in _bests(each, outcome)]
        at = sorted({7.0 * found.one.design.rows[k][last] for k in best})
        range_ = " to ".join(dict.fromkeys(f"{x:.3g}" for x in (at[0], at[-1]))) if at else "?"
        words.append(f"{name}: best at {range_} promotions a week")
    text = "; ".join(words)
    return text[:1].upper() + text[1:]


def _bests(sweep: Sweep, outcome: str) -> list[int]:
    """The best point for each combination of all parameters but the last."""
    *others, _ = sweep.design.paths
    sign = -1.0 if OUTCOMES[outcome].better == "less" else 1.0
    best: dict[tuple, tuple[float, int]] = {}
    for k, row in enumerate(sweep.design.rows):
        key, mean = tuple(row[path] for path in others), sign * sweep.interval(outcome, k).mean
        if mean == mean and (key not in best or mean > best[key][0]):
            best[key] = mean, k
    return [k for _, k in best.values()]


def _points(axes: Axes, sweep: Sweep, outcome: str) -> str:
    """Draw every point; say what is below the axis."""
    found = [_times(sweep.interval(outcome, k), outcome) for k in range(len(sweep.design.rows))]
    vary = sweep.vary
    last, values = list(vary.items())[-1]
    lines = len(found) // len(values)
    if sweep.design.kind != "factorial" or lines > _MOST_LINES or not is_scale(last, values):
        _line(axes, range(len(found)), found, PALETTE[0], "", linestyle="none")
        return "point of the design"
    order = np.argsort(values, kind="stable")
    grid = np.arange(len(found)).reshape(lines, len(values))
    x = np.array([places(sweep, last, [int(k) for k in points]) for points in grid])
    for k, colour in enumerate(colours_of(vary, lines)):
        row = sweep.design.rows[k * len(values)]
        label = ", ".join(setting_of(path, row[path]) for path in list(vary)[:-1])
        chosen = [found[grid[k, j]] for j in order]
        _line(axes, aside(last, x, k)[order], chosen, colour, label)
    if last.endswith("share") and not of_promotions(last):
        percent_axis(axes, "x")
    if last == A_DAY:
        few_and_many(axes, x[0])
    return label_of(last)


def _times(found: Interval, outcome: str) -> Interval:
    """The response for 100 members, for which its numbers are easy to read."""
    if outcome != _RESPONSE:
        return found
    return Interval(100.0 * found.mean, 100.0 * found.low, 100.0 * found.high, found.n)


def _line(
    axes: Axes, x: Any, found: Sequence[Interval], colour: str, label: str, linestyle: str = "-"
) -> None:
    axes.errorbar(
        x, [each.mean for each in found], yerr=_ends(found), color=colour, label=label,
        linestyle=linestyle, marker="o", markersize=4, capsize=2.5, linewidth=1.5, elinewidth=1.0,
    )  # fmt: skip


def _ends(found: Sequence[Interval]) -> np.ndarray | None:
    """How far the ends of intervals lie from their means; None where there are none."""
    ends = np.array([[each.mean - each.low, each.high - each.mean] for each in found]).T
    return None if np.isnan(ends).all() else np.nan_to_num(ends)


def _colours(arms: int) -> list[str]:
    others = (*PALETTE[:-1], "#8B5E3C", QUIET)
    return [INK, *(others[k % len(others)] for k in range(arms - 1))]
