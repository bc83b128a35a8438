"""The funnel of one run: how many got how far, and in which tier they go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.agents.tables import TIERS
from shequn.model.scenario import Scenario
from shequn.views.fonts import title_of
from shequn.views.page import headline, legend_above
from shequn.views.style import (
    PALETTE,
    QUIET,
    TIER_COLOURS,
    WIDTH,
    label_axes,
    new_figure,
    number_axis,
    percent_axis,
    style,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_APART = 0.27  # between the tiers of a step


def funnel_figure(funnel: pd.DataFrame, scenario: Scenario) -> Figure:
    """Persons at each step, and the conversion from the step before, by tier.

    Parameters
    ----------
    funnel : pandas.DataFrame
        As `shequn.model.funnel.funnel_frame` gives it.
    scenario : Scenario
        For the heading.

    Returns
    -------
    matplotlib.figure.Figure
        One run; intervals are those of a share among so many persons.
    """
    table: Any = funnel
    whole = table[table["by"] == "all"]
    with style():
        figure = new_figure(WIDTH, 6.4)
        left, right = figure.subplots(1, 2, sharey=True)
        _persons(left, whole)
        _conversions(right, table[table["by"] == "tier"])
        names = [
            f"{step}\n{stage}" for step, stage in zip(whole["step"], whole["stage"], strict=True)
        ]
        left.set_yticks(range(len(names)), names)
        left.set_ylim(len(names) - 0.5, -0.5)
        about = (
            f"{title_of(scenario)}: one run, seed {scenario.seed}; another seed gives other numbers"
        )
        headline(figure, _finding(whole), about)
        return figure


def _finding(whole: Any) -> str:
    """How many of those reached went how far."""
    persons = dict(zip(whole["step"], whole["persons"], strict=True))
    reached = persons["reached"]
    if not reached:
        return "The funnel: nobody was reached"
    far = ", ".join(
        f"{100.0 * persons[step] / reached:.0f} % {words}"
        for step, words in (("read", "read"), ("wrote or liked", "spoke up"), ("bought", "bought"))
    )
    return f"Of {reached:,} persons reached {far}"


def _persons(axes: Axes, whole: Any) -> None:
    persons, shares = whole["persons"].to_numpy(), whole["share"].to_numpy()
    axes.barh(np.arange(len(persons)), persons, 0.62, color=PALETTE[0])
    axes.set_xlim(0.0, max(1.0, 1.42 * persons.max()))
    for k, (count, share) in enumerate(zip(persons, shares, strict=True)):
        words = f" {count:,}" + (f"  ({100.0 * share:.0f} %)" if k and share == share else "")
        axes.text(count, k, words, va="center", fontsize=9)
    number_axis(axes, "x", most=4)
    axes.grid(visible=False, axis="y")
    label_axes(
        axes, title="Persons since day 0, and % of those reached", x="number", x_unit="persons",
        y="",
    )  # fmt: skip


def _conversions(axes: Axes, tiers: Any) -> None:
    for k, tier in enumerate(TIERS):
        lines = tiers[tiers["group"] == tier]
        y = np.arange(len(lines)) + _APART * (k - 1)
        middle, low, high = (lines[name].to_numpy(float) for name in ("conversion", "low", "high"))
        known = np.isfinite(middle)
        colour = TIER_COLOURS[tier]
        axes.hlines(y[known], low[known], high[known], color=colour, linewidth=1.6, alpha=0.6)
        axes.plot(middle[known], y[known], "o", color=colour, label=f"{tier} tier", markersize=6)
        for at, count in zip(y[known], lines["before"].to_numpy()[known], strict=True):
            axes.annotate(
                f"{count:,}", (1.02, at), (6, 0), textcoords="offset points", va="center",
                fontsize=9, color=QUIET, annotation_clip=False,
            )  # fmt: skip
    axes.set_xlim(-0.02, 1.02)
    axes.set_xticks(np.linspace(0.0, 1.0, 6))
    percent_axis(axes, "x")
    axes.grid(visible=False, axis="y")
    label_axes(
        axes, title="Share of those at the step before",
        x="conversion with 95 % interval;\nat the right: those at the step before [persons]", y="",
    )  # fmt: skip
    legend_above(axes)
