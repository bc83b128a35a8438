"""What was known, what was forecast and what came: a small panel for each community."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, NullLocator

from shequn.experiments.forecast.series import Case, Forecast
from shequn.views.style import PALETTE, QUIET, SOURCE_COLOURS, new_figure, style

MODEL, RIVAL = PALETTE[0], PALETTE[1]
REAL = SOURCE_COLOURS["real"]
_COLUMNS = 7
_LOGARITHMIC = ("rooms", "workspace")  # kinds whose values differ by powers of ten


@dataclass(frozen=True, eq=False)
class Panel:
    """One community.

    Attributes
    ----------
    case : Case
        What was known and what came.
    model, rival : Forecast
        Both forecasts.
    """

    case: Case
    model: Forecast
    rival: Forecast


def forecasts_figure(panels: Sequence[Panel], title: str, rivals: str) -> Figure:
    """A panel for each community: its weeks, the model's forecast and a rival's.

    Parameters
    ----------
    panels : sequence of Panel
        In order.
    title : str
        Of the figure.
    rivals : str
        What the rival's line is, in a few words.

    Returns
    -------
    matplotlib.figure.Figure
        Weeks across; the values of rooms and of a workspace as ln(1 + value), members as they are.
    """
    rows = -(-len(panels) // _COLUMNS)
    with style():
        figure = new_figure(14.0, 1.1 + 1.95 * rows)
        grid = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
        for axes, panel in zip(grid, panels, strict=False):
            _draw(axes, panel)
        for axes in grid[len(panels) :]:
            axes.set_axis_off()
        handles = [
            Line2D([], [], color=REAL, linewidth=1.3, label="real, known to the forecasters"),
            Line2D(
                [], [], color=REAL, linestyle="none", marker="o", markersize=3,
                label="real, what came",
            ),
            Line2D([], [], color=MODEL, linewidth=1.6, label="model"),
            Patch(facecolor=MODEL, alpha=0.2, label="its interval of a week, 90 %"),
            Line2D([], [], color=RIVAL, linewidth=1.4, linestyle="--", label=rivals),
        ]  # fmt: skip
        figure.legend(handles=handles, loc="outside lower center", ncols=5)
        figure.suptitle(title, x=0.01, ha="left", fontsize=11)
        return figure


def _draw(axes: Axes, panel: Panel) -> None:
    series, model = panel.case.series, panel.model
    weeks = np.arange(len(series.values))
    later = len(weeks) - 1 + series.ahead
    axes.plot(weeks, series.values, color=REAL, linewidth=1.1)
    axes.plot(later, panel.case.truth, color=REAL, linestyle="none", marker="o", markersize=1.6)
    axes.fill_between(later, model.low, model.high, color=MODEL, alpha=0.2, linewidth=0)
    axes.plot(later, model.middle, color=MODEL, linewidth=1.4)
    axes.plot(later, panel.rival.middle, color=RIVAL, linewidth=1.2, linestyle="--")
    axes.axvline(len(weeks) - 0.5, color=QUIET, linewidth=0.8, linestyle=":")
    if series.kind in _LOGARITHMIC:
        axes.set_yscale("function", functions=(np.log1p, np.expm1))
        top = max(np.nanmax(series.values), panel.case.truth.max(), model.high.max())
        axes.set_yticks([tick for tick in (0, 10, 100, 1_000, 10_000) if tick <= top])
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.tick_params(labelsize=7.5)
    axes.set_title(f"{series.name}: {series.what}", fontsize=8, pad=4)
