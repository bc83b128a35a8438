"""Growth at the points of a sweep: readers, messages, members and orders over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.agents.tables import TIERS
from shequn.experiments.compare.sweep import Sweep
from shequn.model.outcomes import READERS
from shequn.views.findings import left_out, of_runs
from shequn.views.page import fit_height, headline, legend_below, note, wrapped
from shequn.views.readers import draw_readers, last_week
from shequn.views.scales import name_of, setting_of
from shequn.views.style import TIER_COLOURS, band, day_axis, new_figure, number_axis, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ROWS = 8
_ROW = 1.55  # inches
_QUANTITIES = (
    "readers [persons]", "messages in 7 days", "members [persons]", "orders since day 0",
)  # fmt: skip


def growth(sweep: Sweep) -> Figure:
    """Readers over time, then messages, members and orders by tier, with bands of the replicates.

    Parameters
    ----------
    sweep : Sweep
        The results; one row for each value of the first parameter (at most 8, what is left out is
        said), other parameters at the middle of their values.

    Returns
    -------
    matplotlib.figure.Figure
        Line: mean over replicates. Band: 5 % to 95 % of replicates. Each column has one scale.
    """
    points, left = _points_of_growth(sweep)
    path = next(iter(sweep.vary))
    with style():
        figure = new_figure()
        panels = figure.subplots(len(points), 4, squeeze=False, sharex=True, sharey="col")
        for row, point in zip(panels, points, strict=True):
            _growth_of(row, sweep, point)
            name = setting_of(path, sweep.design.rows[point][path])
            row[0].set_ylabel(wrapped(name, _ROW, 9.5, "bold"), fontweight="bold")
        for axes, words in zip(panels[0], _QUANTITIES, strict=True):
            axes.set_title(words)
        for axes in panels[-1]:
            axes.set_xlabel("time [day]")
        for axes in panels[0]:  # of its whole column, as it shares the scale
            axes.autoscale(axis="y")
            axes.set_ylim(bottom=0.0, top=None if axes.get_ylim()[1] > 1.0 else 1.0)
            number_axis(axes, most=4)
            day_axis(axes, most=4)
        several = {text: line for axes in panels.flat for line, text in zip(
            *axes.get_legend_handles_labels(), strict=True)}  # fmt: skip
        legend_below(figure, list(several.values()), list(several))
        names = [setting_of(path, sweep.design.rows[k][path]) for k in left]
        note(figure, left_out(names, "daily.parquet"))
        headline(figure, _title(sweep), _about(sweep, points[0]))
        fit_height(figure, _ROW * max(2, len(points)) + 0.6)
        return figure


def _points_of_growth(sweep: Sweep) -> tuple[list[int], list[int]]:
    """Points to show, and those left out: the first parameter's values, others at the middle."""
    vary = sweep.vary
    first, *others = vary
    middle = {path: vary[path][len(vary[path]) // 2] for path in others}
    points = [
        k
        for k, point in enumerate(sweep.design.rows)
        if all(point[path] == value for path, value in middle.items())
    ]
    if len(points) <= MOST_ROWS:
        return points, []
    steps = np.linspace(0, len(points) - 1, MOST_ROWS).round().astype(int)
    shown = [points[k] for k in steps]
    return shown, [k for k in points if k not in shown]


def _growth_of(row: Any, sweep: Sweep, point: int) -> None:
    """The panels of one point, side by side."""
    readers, messages, members, orders = row
    read = {name: sweep.results.series(name, point) for name in READERS}
    if len(read["readers"]):
        draw_readers(readers, read)
        readers.set(title="", xlabel="", ylabel="")
    else:
        _say_nothing_there(readers)
    written = last_week(sweep.by_tier("messages", point).swapaxes(1, 2)).swapaxes(1, 2)
    _by_tier(messages, written)
    _by_tier(members, sweep.by_tier("members", point))
    _by_tier(orders, sweep.by_tier("orders", point).cumsum(axis=1))
    if sweep.scenario.days == 1:
        for axes in row:
            for line in axes.get_lines():
                line.set_marker("o")
            axes.set_xticks([1])


def _title(sweep: Sweep) -> str:
    path = next(iter(sweep.vary))
    values = len(sweep.vary[path])
    what = "Readers, then messages, members and orders by tier"
    return f"{what}, at {values} values of {name_of(path)}" if values > 1 else what


def _about(sweep: Sweep, point: int) -> str:
    others = list(sweep.vary)[1:]
    fixed = ", ".join(setting_of(p, sweep.design.rows[point][p]) for p in others)
    how = of_runs(sweep.replicates, "line: mean, band: 5 % to 95 % of replicates")
    return f"{how}; {fixed}" if fixed else how


def _by_tier(axes: Axes, series: np.ndarray) -> None:
    if not len(series):
        _say_nothing_there(axes)
        return
    x = np.arange(1, series.shape[1] + 1)
    for k, tier in enumerate(TIERS):
        values = series[:, :, k]
        limits = np.quantile(values, [0.05, 0.95], axis=0)
        band(
            axes, x, values.mean(axis=0), (limits[0], limits[1]),
            colour=TIER_COLOURS[tier], label=f"{tier} tier",
        )  # fmt: skip


def _say_nothing_there(axes: Axes) -> None:
    axes.text(0.5, 0.5, "no run succeeded", ha="center", transform=axes.transAxes)
