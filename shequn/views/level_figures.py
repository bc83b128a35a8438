"""The three levels of reading side by side, at equal axes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shequn.experiments.compare.comparison import Comparison
from shequn.experiments.compare.levels import LevelComparison, LevelSweep
from shequn.experiments.runs.words import counted
from shequn.model.outcomes import OUTCOMES
from shequn.views.compare_figures import colours_of, differences, lines_over_time
from shequn.views.fonts import title_of
from shequn.views.style import label_axes, new_figure, style
from shequn.views.sweep_figures import name_and_unit, points_against


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
    base = found.one.base
    arms = len(found.one.arms)
    with style():
        figure = new_figure(13.5, 4.4 + 0.45 * arms + 1.6)
        panels = figure.subplots(
            2, len(found.levels), sharex="row", sharey="row",
            height_ratios=[3.0, max(1.6, 0.5 * arms)],
        )  # fmt: skip
        for k, (name, each) in enumerate(found.levels.items()):
            _readers(panels[0, k], each, name)
            differences(panels[1, k], each, base.focus)
            panels[1, k].set_title("")
            if k:
                panels[0, k].set_ylabel("")
        handles = panels[0, 0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside lower center", ncols=min(3, arms))
        n = found.replicates
        how = f"{n} replicates, mean and 95 % interval" if n > 1 else "1 replicate, no intervals"
        title = f"{title_of(base)}: {how}\nabove: readers; below: paired difference to the first"
        figure.suptitle(title, x=0.01, ha="left")
        return figure


def _readers(axes: Axes, comparison: Comparison, name: str) -> None:
    words = (f"reading is {name}", "readers", "persons a day")
    lines_over_time(axes, comparison, "readers", *words, lambda values: values)


def sweep_at_levels(found: LevelSweep) -> Figure:
    """The focus at every point, with a panel for each level.

    Parameters
    ----------
    found : LevelSweep
        The results.

    Returns
    -------
    matplotlib.figure.Figure
        Means with 95 % intervals, against the last parameter where that is a number and the others
        have few combinations, else point by point. Axes are equal.
    """
    sweep = found.one
    focus = sweep.scenario.focus
    name, unit = focus.replace("_", " "), OUTCOMES[focus].unit
    with style():
        figure = new_figure(13.5, 5.4)
        panels = figure.subplots(1, len(found.levels), sharex=True, sharey=True)
        for axes, (level, each) in zip(panels, found.levels.items(), strict=True):
            path = points_against(axes, each, focus)
            if path is None:
                _point_by_point(axes, each, focus)
            x = "point of the design" if path is None else name_and_unit(path)
            y, y_unit = (name, unit) if axes is panels[0] else ("", "")
            label_axes(axes, title=f"reading is {level}", x=x, y=y, y_unit=y_unit)
            axes.axhline(0.0, color="#6B6B6B", linewidth=0.8)
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
        handles = panels[0].get_legend_handles_labels()
        if len(handles[0]) > 1:
            figure.legend(*handles, loc="outside lower center", ncols=min(4, len(handles[0])))
        n = found.replicates
        how = f"mean, 95 % interval, {n} replicates" if n > 1 else "1 replicate: no intervals"
        title = f"{name.capitalize()} after {counted(sweep.scenario.days, 'day')}\n{how}"
        figure.suptitle(title, x=0.01, ha="left")
        return figure


def _point_by_point(axes: Axes, sweep: Any, outcome: str) -> None:
    found = [sweep.interval(outcome, point) for point in range(len(sweep.design.rows))]
    mean = np.array([each.mean for each in found])
    half = [0.0 if math.isnan(each.high) else each.high - each.mean for each in found]
    axes.errorbar(
        range(len(found)), mean, yerr=half, linestyle="none", marker="o", markersize=3.5,
        color=colours_of(2)[1],
    )  # fmt: skip
