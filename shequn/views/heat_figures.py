"""An outcome over several parameters at once: a heat map, or a cloud of points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

from shequn.experiments.compare.sweep import Sweep
from shequn.experiments.runs.words import counted
from shequn.model.outcomes import OUTCOMES
from shequn.model.scenario import declaration_of
from shequn.views.findings import best_of_sweeps, capital, left_out, named, of_runs
from shequn.views.page import fit_height, headline, note, width_of, wrapped
from shequn.views.scales import heat_label_of, label_of, name_of, places, show_percent, ticks_of
from shequn.views.style import (
    INK,
    PALETTE,
    label_axes,
    new_figure,
    number,
    number_axis,
    style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_CLOUDS = 12
_CELLS = 7.3  # inches of a heat map that its cells take across
_CELL, _LINE = 9.0, 0.17  # points of a number in a cell, inches of a line of them


def cloud(sweep: Sweep, outcome: str) -> Figure:
    """An outcome against every parameter: one mark for each point of the design.

    Parameters
    ----------
    sweep : Sweep
        The results.
    outcome : str
        Name of the outcome.

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each parameter (at most 12); marks are means, bars their 95 % intervals.
    """
    paths = sweep.design.paths[:_MOST_CLOUDS]
    found = [sweep.interval(outcome, point) for point in range(len(sweep.design.rows))]
    across = min(3, len(paths))
    down = -(-len(paths) // across)
    name, unit = named(outcome), OUTCOMES[outcome].unit
    with style():
        figure = new_figure()
        panels = figure.subplots(down, across, squeeze=False, sharey=True)
        for k, (axes, path) in enumerate(zip(panels.flat, paths, strict=False)):
            _cloud_panel(axes, sweep, path, found)
            y = name if k % across == 0 else ""
            label_axes(axes, x=label_of(path), y=y, y_unit=_shown_unit(unit) if y else "")
        number_axis(panels[0, 0])
        for axes in panels.flat[len(paths) :]:
            axes.set_visible(False)
        title = f"{capital(name)} after {counted(sweep.scenario.days, 'day')}"
        points = counted(len(found), "point")
        headline(
            figure, f"{title}, by {counted(len(paths), 'parameter')}",
            f"{points} ({sweep.design.kind}): {of_runs(sweep.replicates)}",
        )  # fmt: skip
        rest = [name_of(path) for path in sweep.design.paths[_MOST_CLOUDS:]]
        note(figure, left_out(rest, "points.csv"))
        fit_height(figure, 2.6 * down)
        return figure


def _cloud_panel(axes: Axes, sweep: Sweep, path: str, found: list[Any]) -> None:
    about = declaration_of(path)
    values: Any = [row[path] for row in sweep.design.rows]
    if about is None or about.kind not in (int, float):
        words = list(dict.fromkeys(str(value) for value in values))
        axes.set_xticks(range(len(words)), [wrapped(word, 2.4 / len(words)) for word in words])
        values = [words.index(str(value)) for value in values]
    else:
        values = places(sweep, path, list(range(len(values))))
        number_axis(axes, "x", most=4)
        show_percent(axes, path)
    mean = np.array([each.mean for each in found])
    ends = np.array([[each.mean - each.low, each.high - each.mean] for each in found]).T
    axes.errorbar(
        np.array(values, dtype=float), mean, yerr=ends, linestyle="none", marker="o",
        markersize=3.5, elinewidth=0.8, color=PALETTE[0],
    )  # fmt: skip


def heat_map(sweep: Sweep, outcome: str) -> Figure:
    """An outcome over two parameters: mean and half-width of the 95 % interval in each cell.

    Parameters
    ----------
    sweep : Sweep
        The results; two parameters, the first down, the second across.
    outcome : str
        Name of the outcome.

    Returns
    -------
    matplotlib.figure.Figure
        The map; the best cell of each row is framed, dashed where the 95 % interval of the paired
        difference to the second best reaches 0. Where the cells are too narrow for their numbers,
        these are left to the table, and a note says so.
    """
    (down, rows), (across, columns) = sweep.vary.items()
    found = [sweep.interval(outcome, point) for point in range(len(sweep.design.rows))]
    mean = np.array([interval.mean for interval in found]).reshape(len(rows), len(columns))
    half = np.array([interval.high - interval.mean for interval in found]).reshape(mean.shape)
    cells = [_cell(float(m), float(h)) for m, h in zip(mean.flat, half.flat, strict=True)]
    room = _CELLS / len(columns)
    fits = all(width_of(line, _CELL) < 0.94 * room for cell in cells for line in cell.split("\n"))
    with style():
        tall = max(1.4, max(0.55 if fits else 0.3, 6.0 / max(len(rows), 9)) * len(rows))
        figure = new_figure()
        axes = figure.subplots()
        known = np.abs(mean[~np.isnan(mean)])
        bound = known.max(initial=0.0) or 1.0
        image = axes.imshow(mean, cmap="RdBu", vmin=-bound, vmax=bound, aspect="auto")
        axes.grid(False)
        _mark(axes, "x", ticks_of(sweep, across), room)
        _mark(axes, "y", ticks_of(sweep, down), 1.4)
        for ((i, j), value), words in zip(np.ndenumerate(mean), cells, strict=True):
            if fits:
                colour = "white" if abs(value) > 0.6 * bound else INK
                axes.text(j, i, words, ha="center", va="center", fontsize=_CELL, color=colour)
            if j == 0:
                _frame_best(axes, sweep, outcome, i, mean[i])
        name, unit = named(outcome), _shown_unit(OUTCOMES[outcome].unit)
        bar = figure.colorbar(image, ax=axes)
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
        bar.set_label(f"{name} [{unit}]" if unit else name)
        days = counted(sweep.scenario.days, "day")
        headline(
            figure, best_of_sweeps([sweep], outcome),
            f"{capital(name)}{f' [{unit}]' if unit else ''} after {days}: "
            f"{of_runs(sweep.replicates, 'mean ± half-width of the 95 % interval')}\n"
            "frame: best of its row; dashed: not surely better than the second (paired, 95 %)",
        )  # fmt: skip
        if not fits:
            note(figure, "The cells are too many for numbers, which are in points.csv.")
        fit_height(figure, tall + 1.1)
        axes.set_xlabel(heat_label_of(across))
        axes.set_ylabel(wrapped(heat_label_of(down), tall, 9.5))
        return figure


def _shown_unit(unit: str) -> str:
    return "" if unit == "1" else unit


def _mark(axes: Axes, which: str, ticks: list[str], room: float) -> None:
    """Words at the cells, in lines that fit; where there is no room for all, at some of them."""
    words = [wrapped(tick, max(0.45, 0.94 * room)) for tick in ticks]
    every = 1 if which == "y" or room > 0.45 else int(np.ceil(0.45 / room))
    at = range(0, len(words), every)
    set_ticks = axes.set_xticks if which == "x" else axes.set_yticks
    set_ticks(at, [words[k] for k in at])


def _cell(mean: float, half: float) -> str:
    """A mean, and below it its half-width, to two digits of the half-width."""
    if np.isnan(mean):
        return "no run\nsucceeded"
    size = half if half > 0.0 else abs(mean) / 10.0
    digits = int(np.clip(1 - np.floor(np.log10(size)), 0, 12)) if size > 0.0 else 0
    words = number(round(mean, digits))
    return words if np.isnan(half) else f"{words}\n± {number(round(half, digits))}"


def _frame_best(axes: Axes, sweep: Sweep, outcome: str, row: int, mean: np.ndarray) -> None:
    """Frame the best cell of a row: dark on white, to be seen on any colour."""
    sign = -1.0 if OUTCOMES[outcome].better == "less" else 1.0
    second, best = np.argsort(np.nan_to_num(sign * mean, nan=-np.inf))[-2:]
    if np.isnan(mean[second]) or mean[best] == mean[second]:
        return
    first = row * len(mean)
    gap = sweep.difference(outcome, first + int(best), first + int(second))
    sure = gap.low > 0.0 if sign > 0.0 else gap.high < 0.0
    dashes = "-" if sure else (0, (3, 2))
    for colour, width, line in (("white", 4.5, "-"), (INK, 2.0, dashes)):
        axes.add_patch(
            Rectangle(
                (best - 0.47, row - 0.47),
                0.94,
                0.94,
                fill=False,
                edgecolor=colour,
                linewidth=width,
                linestyle=line,
            )  # fmt: skip
        )
