"""Figures of a search: how the loss fell, and the facts at the start and at the best point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shequn.experiments.calibrate.found import Found
from shequn.views.findings import left_out
from shequn.views.page import fit_height, headline, legend_below, note, rows_tall, wrapped
from shequn.views.style import (
    PALETTE,
    QUIET,
    WIDTH,
    label_axes,
    new_figure,
    number_axis,
    style,
)

_FAR = 4.0  # half-widths of a range, where the figure of facts ends


def convergence_figure(found: Found) -> Figure:
    """The loss of every point, and of the best so far.

    Parameters
    ----------
    found : Found
        The results.

    Returns
    -------
    matplotlib.figure.Figure
        Over rounds; the scenarios' own values are round 0.
    """
    rounds = np.array([point.round for point in found.points])
    losses = np.array([point.loss for point in found.points])
    with style():
        figure = new_figure(WIDTH, 5.0)
        axes = figure.subplots()
        axes.plot(rounds, losses, "o", color=PALETTE[0], alpha=0.3, markersize=4, label="points")
        axes.step(
            rounds, np.minimum.accumulate(losses), where="post", color=PALETTE[1],
            label="best so far",
        )  # fmt: skip
        axes.axhline(
            found.loss(found.fresh[1]), color=QUIET, linestyle="--",
            label="best, at seeds that decided nothing",
        )  # fmt: skip
        axes.set_ylim(0.0, None)
        names = ", ".join(scenario.name for scenario in found.plan.scenarios)
        label_axes(axes, x="round", y="mean loss of facts")
        number_axis(axes)
        number_axis(axes, "x")
        legend_below(figure, axes.get_legend_handles_labels()[0])
        start, best = (found.loss(each) for each in found.fresh)
        finding = f"Mean loss of facts {start:.3g} at the start, {best:.3g} at the best point"
        about = f"{names}: at seeds that decided nothing; points of the search are at other seeds"
        headline(figure, finding, about)
        return figure


def facts_figure(found: Found) -> Figure:
    """One row for each fact: the range accepted, the start, and the best point over seeds.

    Parameters
    ----------
    found : Found
        The results.

    Returns
    -------
    matplotlib.figure.Figure
        Deviations from the middle of the range in half-widths; facts without a range are left out,
        and named in a note.
    """
    every = found.facts.to_dict("records")
    rows = [row for row in every if row["met"] is not None]
    with style():
        names = [wrapped(str(row["fact"]), 3.4) for row in rows]
        figure = new_figure()
        axes = figure.subplots()
        axes.axvspan(-1.0, 1.0, color="#DDDDDD", label="accepted")
        for k, row in enumerate(rows):
            _fact(axes, k, row)
        axes.set_yticks(range(len(rows)), names)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(-_FAR, _FAR)
        axes.set_axisbelow(True)
        label_axes(
            axes, x=f"deviation from the middle of the range accepted, cut off at {_FAR:g}",
            x_unit="half-widths", y="",
        )  # fmt: skip
        handles, labels = axes.get_legend_handles_labels()
        unique = dict(zip(labels, handles, strict=True))
        legend_below(figure, list(unique.values()), list(unique))
        rest = [str(row["fact"]) for row in every if row["met"] is None]
        note(figure, left_out(rest, "facts.csv"))
        met = sum(bool(row["met"]) for row in rows)
        finding = f"The best point meets {met} of {len(rows)} facts"
        about = "at the start and at the best point, at seeds that decided nothing"
        headline(figure, finding, about)
        fit_height(figure, max(0.8, rows_tall(names, 0.3)) + 0.75)
        return figure


def _fact(axes: Axes, k: int, row: dict[Any, Any]) -> None:
    middle, half = (row["low"] + row["high"]) / 2.0, (row["high"] - row["low"]) / 2.0

    def place(value: float) -> float:
        return float(np.clip((value - middle) / half, -_FAR, _FAR))

    start, best = place(row["fresh_start"]), place(row["fresh"])
    axes.plot([start, best], [k, k], color=QUIET, linewidth=0.8)
    axes.plot([start], [k], "o", color=QUIET, markersize=4, clip_on=False, label="start")
    met = bool(row["met"])
    axes.plot(
        [best], [k], "o", color=PALETTE[0 if met else 1], markersize=6, clip_on=False,
        label="best" if met else "best, missed",
    )  # fmt: skip


FIGURES: dict[str, Callable[[Found], Figure]] = {
    "convergence": convergence_figure,
    "facts": facts_figure,
}
