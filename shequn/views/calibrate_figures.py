"""Figures of a calibration: posterior against prior, prediction against facts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shequn.experiments.calibrate.distances import weighted_quantiles
from shequn.experiments.calibrate.posterior import Calibration
from shequn.experiments.calibrate.priors import Prior
from shequn.views.fonts import title_of
from shequn.views.page import fit_height, headline, legend_below, rows_tall, wrapped
from shequn.views.style import (
    PALETTE,
    QUIET,
    label_axes,
    new_figure,
    number_axis,
    plain_log_axis,
    style,
)

_BINS = 12
_COLUMNS = 3
_FAR = 6.0  # half widths of an interval, where the predictive figure ends


def posterior_figure(found: Calibration) -> Figure:
    """One panel for each parameter: the posterior as a histogram, the prior as a line.

    Parameters
    ----------
    found : Calibration
        The results.

    Returns
    -------
    matplotlib.figure.Figure
        Densities on the scale of the prior, relative to it: the prior is 1 everywhere.
    """
    n = len(found.priors)
    columns = min(n, _COLUMNS)
    rows = math.ceil(n / columns)
    with style():
        figure = new_figure()
        panels = np.ravel(figure.subplots(rows, columns, squeeze=False))
        for k, prior in enumerate(found.priors):
            _posterior(panels[k], found, prior, found.units[:, k])
        for spare in panels[n:]:
            spare.set_visible(False)
        legend_below(figure, *panels[0].get_legend_handles_labels())
        names = ", ".join(title_of(scenario) for scenario in found.scenarios)
        about = f"{names}: density relative to the prior, which is 1 everywhere"
        headline(figure, _finding(found), about)
        fit_height(figure, 2.75 * rows)
        return figure


def _finding(found: Calibration) -> str:
    """How far the facts narrow each parameter: its 95 % interval beside that of the prior."""
    parts = [
        (float(np.ptp(weighted_quantiles(found.units[:, k], found.weights, (0.025, 0.975)))) / 0.95,
         prior.name)
        for k, prior in enumerate(found.priors)
    ]  # fmt: skip
    share, name = min(parts)
    if share > 0.9:
        return "The facts hardly narrow any of the parameters"
    several = (
        f"Of {len(parts)} parameters the facts narrow" if len(parts) > 1 else "The facts narrow"
    )
    return f"{several} {name} most: to {100.0 * share:.0f} % of its range"


def _posterior(axes: Axes, found: Calibration, prior: Prior, units: np.ndarray) -> None:
    r = prior.range
    bins = int(min(_BINS, r.high - r.low + 1)) if r.whole and not r.log else _BINS
    heights, edges = np.histogram(units, bins=bins, range=(0.0, 1.0), weights=found.weights)
    ends = _ends(prior, edges)
    axes.stairs(heights * bins, ends, fill=True, color=PALETTE[0], alpha=0.35, label="posterior")
    axes.stairs(heights * bins, ends, color=PALETTE[0], linewidth=1.0)
    axes.plot([ends[0], ends[-1]], [1.0, 1.0], color=QUIET, linestyle="--", label="prior")
    values = found.samples[prior.name].to_numpy()
    low, median, high = weighted_quantiles(values, found.weights, (0.025, 0.5, 0.975))
    axes.axvline(median, color=PALETTE[1], label="median")
    top = float(max(heights.max() * bins, 1.0))
    axes.plot(
        [low, high], [-0.04 * top] * 2, color=PALETTE[1], linewidth=4.0, label="95 % interval",
        solid_capstyle="butt",
    )  # fmt: skip
    if r.log:
        plain_log_axis(axes)
    else:
        number_axis(axes, "x", most=4)
    axes.set_xlim(ends[0], ends[-1])
    axes.set_ylim(-0.08 * top, 1.08 * top)
    unit = "" if prior.unit == "1" else prior.unit
    label_axes(
        axes, title=wrapped(prior.name, 2.6, 10.5, "bold"),
        x=prior.path.rpartition(".")[2].replace("_", " "), x_unit=unit, y="density",
    )  # fmt: skip


def _ends(prior: Prior, units: np.ndarray) -> np.ndarray:
    """Edges of the bins as values; whole numbers lie in the middle of theirs."""
    r = prior.range
    low, high = (r.low - 0.5, r.high + 0.5) if r.whole and not r.log else (r.low, r.high)
    if r.log:
        return np.exp(np.log(low) + units * (np.log(high) - np.log(low)))
    return low + units * (high - low)


def predictive_figure(found: Calibration) -> Figure:
    """One row for each fact: what was observed, and what the posterior predicts.

    Parameters
    ----------
    found : Calibration
        The results.

    Returns
    -------
    matplotlib.figure.Figure
        Deviations from the observed value in units of half its interval (of half the predicted
        one where the fact has none); facts that are missed in another colour.
    """
    rows = found.predictive.to_dict("records")
    with style():
        labels = [wrapped(f"{row['fact']}  {_short(row['observed'])}", 3.4) for row in rows]
        figure = new_figure()
        axes = figure.subplots()
        for k, row in enumerate(rows):
            _predicted(axes, k, row)
        axes.axvline(0.0, color=QUIET, linewidth=0.8)
        axes.set_yticks(range(len(rows)), labels)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(-_FAR, _FAR)
        axes.set_axisbelow(True)
        label_axes(
            axes, x=f"deviation from the observed value, cut off at {_FAR:g}",
            x_unit="half widths of its interval", y="",
        )  # fmt: skip
        _legend(figure)
        told = [row for row in rows if row["median"] == row["median"]]
        inside = sum(bool(row["inside"]) for row in told)
        finding = f"{inside} of {len(rows)} facts lie within what the posterior predicts"
        headline(figure, finding, "runs with new luck at draws from the posterior")
        fit_height(figure, max(0.8, rows_tall(labels, 0.36)) + 0.75)
        return figure


def _predicted(axes: Axes, k: int, row: dict[Any, Any]) -> None:
    known = row["low"] == row["low"]
    if known:
        half = (row["high"] - row["low"]) / 2.0
    else:
        half = (row["predicted_high"] - row["predicted_low"]) / 2.0
    half = half if half > 0.0 else 1.0

    def place(value: float) -> float:
        return float(np.clip((value - row["observed"]) / half, -_FAR, _FAR))

    if known:
        ends = place(row["low"]), place(row["high"])
        axes.barh(k, ends[1] - ends[0], left=ends[0], height=0.7, color="#DDDDDD")
    if row["median"] != row["median"]:
        axes.text(0.1, k, "no run tells", va="center", color=PALETTE[1])
        return
    colour = PALETTE[0] if row["inside"] else PALETTE[1]
    low, middle, high = (place(row[n]) for n in ("predicted_low", "median", "predicted_high"))
    axes.plot([low, high], [k, k], color=colour, linewidth=2.2, clip_on=False)
    far = abs(middle) >= _FAR
    marker = "o" if not far else "<" if middle < 0.0 else ">"
    axes.plot([middle], [k], color=colour, marker=marker, markersize=6, clip_on=False)


def _legend(figure: Figure) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles = [
        Patch(color="#DDDDDD", label="observed: 95 % interval, or range accepted"),
        Line2D([], [], color=PALETTE[0], marker="o", label="predicted: median and 95 % interval"),
        Line2D([], [], color=PALETTE[1], marker="o", label="missed"),
    ]
    legend_below(figure, handles)


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:.3g}"


FIGURES: dict[str, Callable[[Calibration], Figure]] = {
    "posterior": posterior_figure,
    "predictive": predictive_figure,
}
