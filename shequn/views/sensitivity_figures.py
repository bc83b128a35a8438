"""The figure of a sensitivity analysis: indices with intervals, the largest on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from shequn.experiments.runs.words import counted
from shequn.experiments.sensitivity.results import Sensitivity
from shequn.views.style import INK, PALETTE, QUIET, label_axes, new_figure, style

if TYPE_CHECKING:
    import pandas as pd

_MOST = 20  # parameters that are shown
_NAMED = 8  # of them with their rank beside their point
_PALE = "#B8B8B8"


def sensitivity_figure(found: Sensitivity, outcome: str) -> Figure:
    """Bars of mu*, with sigma against mu* beside them; or of ST, with S1.

    Parameters
    ----------
    found : Sensitivity
        The results.
    outcome : str
        The outcome.

    Returns
    -------
    matplotlib.figure.Figure
        At most 20 parameters, the largest first, each with its range; grey where it is not shown to
        matter; lines are 95 % intervals.
    """
    table = found.table(outcome)
    shown: pd.DataFrame = table.head(_MOST)
    morris = found.design.method == "morris"
    with style():
        figure = new_figure(13.0 if morris else 9.5, 2.6 + 0.42 * max(4, len(shown)))
        panels = figure.subplots(1, 2 if morris else 1, squeeze=False)[0]
        ranges = {factor.name: factor.words for factor in found.design.factors}
        _bars(panels[0], shown, ranges, found.main)
        if morris:
            _scatter(panels[1], table)
        figure.suptitle(_title(found, outcome, len(table)), x=0.01, ha="left", fontsize=11)
        return figure


def _title(found: Sensitivity, outcome: str, several: int) -> str:
    share, low, high = found.luck(outcome)
    luck = f"luck: {share:.0%} ({low:.0%} to {high:.0%}) of its variance" if share == share else ""
    cut = f"the first {_MOST} of {several} parameters" if several > _MOST else ""
    runs = f"{counted(len(found.design.units), 'point')} x {counted(found.replicates, 'replicate')}"
    head = f"{_words(outcome).capitalize()}, {found.name or 'model'}: what it is sensitive to"
    return head + "\n" + "; ".join(part for part in (runs, luck, cut) if part)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _bars(axes: Axes, table: pd.DataFrame, ranges: dict[str, str], main: str) -> None:
    rows = np.arange(len(table))
    values = table[main].to_numpy(dtype=float)
    morris = main == "mu_star"
    height, shift = (0.62, 0.0) if morris else (0.36, 0.2)
    axes.barh(rows - shift, values, height, color=list(_colours(table)))
    _interval(axes, rows - shift, values, table, "")
    if morris:
        noise = table["noise"].to_numpy(dtype=float)
        axes.scatter(noise, rows, marker="|", s=130, color=PALETTE[1], linewidths=2.0, zorder=4)
    else:
        first = table["S1"].to_numpy(dtype=float)
        axes.barh(rows + shift, first, height, color=PALETTE[5])
        _interval(axes, rows + shift, first, table, "S1_")
        axes.axvline(0.0, color=QUIET, linewidth=0.8)
    if np.isnan(values).all():
        words = "nothing but luck"
        axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", color=QUIET)
    ranked = enumerate(table["parameter"], start=1)
    names = [f"{rank}  {name}\n{ranges[name]}" for rank, name in ranked]
    axes.set_yticks(rows, names, fontsize=8)
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    unit = str(table["unit"].iloc[0])
    kind = "mu*: mean change over the range" if morris else "share of the variance, without luck"
    title = "Size of the effect" if morris else "Shares of the variance"
    label_axes(axes, title=title, x=kind, x_unit="" if unit == "1" else unit, y="")
    _legend(axes, morris, len(table))


def _colours(table: pd.DataFrame) -> np.ndarray:
    return np.where(table["shown"].to_numpy(dtype=bool), PALETTE[0], _PALE)


def _legend(axes: Axes, morris: bool, rows: int) -> None:
    """Below the bars, which may reach anywhere."""
    luck = Line2D(
        [], [], color=PALETTE[1], marker="|", markersize=11, markeredgewidth=2, linestyle="none",
        label="mu* that luck alone would give",
    )  # fmt: skip
    handles: list[Artist] = [luck]
    if not morris:
        handles = [
            Patch(color=PALETTE[0], label="ST: by itself and with others"),
            Patch(color=PALETTE[5], label="S1: by itself"),
        ]
    handles.append(Patch(color=_PALE, label="not shown to matter"))
    place = (0.0, -0.16 * 6.0 / (rows + 3.0))
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=place, ncols=len(handles))


def _interval(
    axes: Axes, rows: np.ndarray, values: np.ndarray, table: pd.DataFrame, index: str
) -> None:
    low, high = (table[f"{index}{end}"].to_numpy(dtype=float) for end in ("low", "high"))
    gaps = np.maximum(0.0, [values - low, high - values])
    axes.errorbar(values, rows, xerr=gaps, fmt="none", ecolor=INK, elinewidth=1.2, capsize=3)


def _scatter(axes: Axes, table: pd.DataFrame) -> None:
    """Sigma against mu*: near the line, the effect hangs on where the others are."""
    axes.scatter(
        table["mu_star"], table["sigma"], c=list(_colours(table)), s=36, zorder=3, clip_on=False
    )
    top = 1.15 * max(float(table["mu_star"].to_numpy().max()), 1e-12)
    axes.plot([0.0, top], [0.0, top], color=QUIET, linewidth=0.8, linestyle="--")
    axes.text(top, top, "sigma = mu*", ha="right", va="bottom", fontsize=8, color=QUIET)
    for rank, row in enumerate(table.head(_NAMED).to_dict("records"), start=1):
        place = (row["mu_star"], row["sigma"])
        if row["shown"]:  # the others crowd in the corner
            axes.annotate(str(rank), place, xytext=(5, 4), textcoords="offset points", fontsize=9)
    axes.set_xlim(left=0.0)
    axes.set_ylim(bottom=0.0)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:,g}")
    unit = str(table["unit"].iloc[0])
    unit = "" if unit == "1" else unit
    title = "Effects that change with the others, or bend"
    label_axes(axes, title=title, x="mu*", x_unit=unit, y="sigma, without luck", y_unit=unit)
