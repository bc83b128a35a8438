"""The physicians' network: adoption simulated with peers and without, and the influence fitted."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from shequn.experiments.validate.peer_tables import BASELINE_WORDS, DIRECTION_WORDS
from shequn.experiments.validate.physicians import SIMULATED_EXPOSURE, PeerInfluence
from shequn.views.page import fit_height, headline, legend_above, legend_below
from shequn.views.style import (
    INK,
    PALETTE,
    QUIET,
    SOURCE_COLOURS,
    band,
    label_axes,
    new_figure,
    style,
)

WITH, WITHOUT = PALETTE[4], PALETTE[5]
_BASELINE_MARKS = {"constant": "o", "trend": "s", "period": "^", "city_period": "D"}
_BASELINE_COLOURS = {
    "constant": PALETTE[0],
    "trend": PALETTE[1],
    "period": PALETTE[2],
    "city_period": PALETTE[3],
}
_STEP = 0.19  # between two baselines, of the room of an exposure


def peers_figure(found: PeerInfluence, curves: pd.DataFrame | None) -> Figure:
    """Adoption over the months, and the influence of peers under every model.

    Parameters
    ----------
    found : PeerInfluence
        The fits.
    curves : pandas.DataFrame or None
        Of `shequn.experiments.validate.physicians.peer_curves`; its panel is left out when None.

    Returns
    -------
    matplotlib.figure.Figure
        Above: observed adopters, and means and 95 % bands of runs with peers and without. Below: q
        with its 95 % interval for each exposure and baseline, and a line at no influence.
    """
    with style():
        groups = len(set(zip(found.fits["exposure"], found.fits["direction"], strict=True)))
        tall = max(1.6, 0.75 * groups)
        figure = new_figure()
        left, right = figure.subplots(2, 1, height_ratios=(3.0, tall))
        if curves is None:
            figure.clear()
            left, right = figure.subplots(2, 1, height_ratios=(0.01, 1.0))
            left.set_visible(False)
        else:
            _curves(left, found, curves)
        _influence(right, found.fits)
        kept = sum(row["low"] > 0.0 for row in found.fits.to_dict("records"))
        words = f"Influence of peers is surely above 0 in {kept} of {len(found.fits)} fits"
        legend_below(figure, _legend(list(dict.fromkeys(found.fits["baseline"]))))
        headline(figure, words, "physicians who adopted a drug; a colour for each baseline hazard")
        fit_height(figure, tall + 0.9 + (0.0 if curves is None else 3.9))
        return figure


def _curves(axes: Axes, found: PeerInfluence, curves: pd.DataFrame) -> None:
    month = curves["month"].to_numpy()
    p, q = found.with_peers
    lines = (
        ("without_peers", WITHOUT, "--", f"without peers: p = {found.without_peers:.3f}"),
        ("with_peers", WITH, "-", f"with peers: p = {p:.3f}, q = {q:.3f}"),
    )
    for name, colour, dash, label in lines:
        interval = curves[f"{name}_low"].to_numpy(), curves[f"{name}_high"].to_numpy()
        band(
            axes, month, curves[name].to_numpy(), interval,
            colour=colour, label=label, line_style=dash,
        )  # fmt: skip
    axes.plot(
        month, curves["observed"], color=SOURCE_COLOURS["real"], marker="o", markersize=4,
        linewidth=0.8, label="observed",
    )  # fmt: skip
    axes.set_xlim(0, month[-1] + 0.3)
    axes.set_ylim(bottom=0)
    axes.set_xticks(range(0, int(month[-1]) + 1, 2))
    label_axes(
        axes, title=f"Adoption: mean and 95 % of runs ({SIMULATED_EXPOSURE}, one hazard)",
        x="time", x_unit="months", y="prescribed the drug", y_unit="persons",
    )  # fmt: skip
    legend_above(axes)


def _influence(axes: Axes, fits: pd.DataFrame) -> None:
    groups: list[tuple[str, str]] = list(
        dict.fromkeys(zip(fits["exposure"], fits["direction"], strict=True))
    )
    for row in fits.to_dict("records"):
        _interval(axes, groups.index((row["exposure"], row["direction"])), row)
    for y in range(len(groups) - 1):
        axes.axhline(y + 0.5, color="#EEEEEE", linewidth=0.8)
    axes.axvline(0.0, color=INK, linewidth=1.2)
    labels = [f"{exposure} of\n{DIRECTION_WORDS[direction]}" for exposure, direction in groups]
    axes.set_yticks(range(len(groups)), labels)
    axes.set_ylim(len(groups) - 0.5, -0.5)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(left=-0.004)
    label_axes(
        axes, title="Influence of peers who adopted, 95 % interval",
        x="q", x_unit="per month and unit of exposure", y="",
    )  # fmt: skip


def _interval(axes: Axes, group: int, row: dict[Any, Any]) -> None:
    """A fit: a mark filled where the interval leaves out 0."""
    name = row["baseline"]
    place = list(_BASELINE_MARKS).index(name) - (len(_BASELINE_MARKS) - 1) / 2.0
    y, colour = group + _STEP * place, _BASELINE_COLOURS[name]
    axes.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=1.6)
    axes.plot(
        [row["q"]], [y], marker=_BASELINE_MARKS[name], color=colour, markersize=5.5,
        markerfacecolor=colour if row["low"] > 0.0 else "white", linestyle="none", zorder=3,
    )  # fmt: skip


def _legend(baselines: list[str]) -> list[Line2D]:
    marks = [
        Line2D(
            [], [], color=_BASELINE_COLOURS[name], marker=_BASELINE_MARKS[name], markersize=5.5,
            markerfacecolor="white", label=BASELINE_WORDS[name],
        )
        for name in baselines
    ]  # fmt: skip
    filled = Line2D(
        [], [], color=QUIET, marker="o", linestyle="none", markersize=5.5,
        label="filled: 0 left out",
    )  # fmt: skip
    return [*marks, filled, Line2D([], [], color=INK, linewidth=1.2, label="no influence")]
