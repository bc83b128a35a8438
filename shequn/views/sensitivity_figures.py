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
from shequn.views.findings import capital, left_out, listed, named
from shequn.views.page import fit_height, headline, legend_below, note, rows_tall, wrapped
from shequn.views.style import (
    INK,
    PALETTE,
    QUIET,
    label_axes,
    new_figure,
    number_axis,
    style,
)

if TYPE_CHECKING:
    import pandas as pd

_MOST = 20  # parameters that are shown
_SCATTER = 2.8  # inches
_NAMED = 8  # of them with their rank beside their point
_PALE = "#B8B8B8"


def sensitivity_figure(found: Sensitivity, outcome: str) -> Figure:
    """Bars of mu*, with sigma against mu* below them; or of ST, with S1.

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
        matter; lines are 95 % intervals. A note names the parameters left out.
    """
    table = found.table(outcome)
    shown: pd.DataFrame = table.head(_MOST)
    morris = found.design.method == "morris"
    ranges = {factor.name: factor.words for factor in found.design.factors}
    names = [
        wrapped(f"{rank}  {name}\n{ranges[name]}", 2.6)
        for rank, name in enumerate(shown["parameter"], start=1)
    ]
    with style():
        tall = max(0.8, rows_tall(names, 0.4))
        figure = new_figure()
        heights = [tall, _SCATTER] if morris else [tall]
        panels = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
        _bars(panels[0], shown, names, found.main)
        if morris:
            _scatter(panels[1], table)
        legend_below(figure, _handles(morris))
        rest = [str(name) for name in table["parameter"]][_MOST:]
        note(figure, left_out(rest, f"sensitivity-{outcome}.csv"))
        headline(figure, _finding(outcome, table), _about(found, outcome))
        fit_height(figure, tall + 0.9 + (_SCATTER + 0.9 if morris else 0.0))
        return figure


def _finding(outcome: str, table: pd.DataFrame) -> str:
    """Which parameters are shown to matter, the largest first."""
    shown = [str(name) for name in table["parameter"][table["shown"].to_numpy(dtype=bool)]]
    name = capital(named(outcome))
    if not shown:
        return f"{name}: no parameter is shown to matter"
    some = listed(shown[:3])
    matter = "matters" if len(shown) == 1 else "matter"
    if len(shown) <= 3:
        return f"{name}: {some} {matter}, of {len(table)} parameters"
    return f"{name}: {len(shown)} of {len(table)} parameters matter, the largest {some}"


def _about(found: Sensitivity, outcome: str) -> str:
    share, low, high = found.luck(outcome)
    runs = f"{counted(len(found.design.units), 'point')} x {counted(found.replicates, 'replicate')}"
    head = f"{found.name or 'model'}: {runs}; lines are 95 % intervals"
    if share == share:
        head += f"; luck makes {100.0 * share:.0f} % ({100.0 * low:.0f} to "
        head += f"{100.0 * high:.0f} %) of its variance"
    return head


def _bars(axes: Axes, table: pd.DataFrame, names: list[str], main: str) -> None:
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
    axes.set_yticks(rows, names)
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    number_axis(axes, "x")
    unit = str(table["unit"].iloc[0])
    kind = "mu*: mean change over the range" if morris else "share of the variance, without luck"
    title = "Size of the effect" if morris else "Shares of the variance"
    label_axes(axes, title=title, x=kind, x_unit="" if unit == "1" else unit, y="")


def _colours(table: pd.DataFrame) -> np.ndarray:
    return np.where(table["shown"].to_numpy(dtype=bool), PALETTE[0], _PALE)


def _handles(morris: bool) -> list[Artist]:
    luck = Line2D(
        [], [], color=PALETTE[1], marker="|", markersize=11, markeredgewidth=2, linestyle="none",
        label="mu* that luck alone would give",
    )  # fmt: skip
    handles: list[Artist] = [Patch(color=PALETTE[0], label="shown to matter"), luck]
    if not morris:
        handles = [
            Patch(color=PALETTE[0], label="ST: by itself and with others"),
            Patch(color=PALETTE[5], label="S1: by itself"),
        ]
    return [*handles, Patch(color=_PALE, label="not shown to matter")]


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
    axes.annotate(
        "sigma = mu*", (top, top), (4, 0), textcoords="offset points", va="top", color=QUIET,
        fontsize=9,
    )  # fmt: skip
    _name_points(axes, table)
    axes.set_xlim(0.0, 1.14 * top)
    axes.set_ylim(bottom=0.0)
    for which in ("x", "y"):
        number_axis(axes, which)
    unit = str(table["unit"].iloc[0])
    unit = "" if unit == "1" else unit
    title = "Effects that change with the others, or bend"
    label_axes(axes, title=title, x="mu*", x_unit=unit, y="sigma, without luck", y_unit=unit)


def _name_points(axes: Axes, table: pd.DataFrame) -> None:
    """The rank beside each point that is shown to matter, where no other rank stands there yet."""
    rows = [row for row in table.head(_NAMED).to_dict("records")]
    wide = max((row["mu_star"] for row in rows), default=0.0) or 1.0
    tall = max((row["sigma"] for row in rows), default=0.0) or 1.0
    taken: list[tuple[float, float]] = []
    for rank, row in enumerate(rows, start=1):
        place = (row["mu_star"] / wide, row["sigma"] / tall)
        free = all(abs(place[0] - x) > 0.04 or abs(place[1] - y) > 0.09 for x, y in taken)
        if row["shown"] and free:  # the others crowd in the corner
            taken.append(place)
            axes.annotate(
                str(rank), (row["mu_star"], row["sigma"]), xytext=(5, 4),
                textcoords="offset points", fontsize=9,
            )  # fmt: skip
