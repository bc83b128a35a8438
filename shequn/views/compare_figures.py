"""The figure of a comparison: what happens over time, and the paired differences."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shequn.experiments.compare.comparison import Comparison
from shequn.experiments.perform.statistics import mean_interval
from shequn.model.outcomes import OUTCOMES
from shequn.views.fonts import title_of
from shequn.views.style import INK, PALETTE, QUIET, label_axes, new_figure, style

_WEEK = 7


def comparison_figure(comparison: Comparison) -> Figure:
    """Members, messages and money over time in every arm, and the difference in the focus.

    Parameters
    ----------
    comparison : Comparison
        The results.

    Returns
    -------
    matplotlib.figure.Figure
        Above: means over replicates, bands their 95 % intervals. Below: mean paired differences to
        the first arm with their 95 % intervals, over time and at the end.
    """
    base = comparison.base
    focus = base.focus
    crisis = any(comparison.series(arm, "incident_reach").any() for arm in comparison.arms)
    with style():
        figure = new_figure(12.5, 8.0)
        panels = figure.subplots(2, 2)
        _lines(panels[0, 0], comparison, "members", "Members", "members", "persons", _as_is)
        if crisis:
            words = ("Members who have read of the incident", "members", "persons")
            _lines(panels[0, 1], comparison, "incident_reach", *words, _summed)
        else:
            words = ("Messages of members", "messages", "in the last 7 days")
            _lines(panels[0, 1], comparison, "messages", *words, _last_week)
        _money(panels[1, 0], comparison)
        _differences(panels[1, 1], comparison, focus)
        handles = panels[0, 0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside lower center", ncols=min(3, len(comparison.arms)))
        n = comparison.replicates
        how = f"{n} replicates, mean and 95 % interval" if n > 1 else "1 replicate, no intervals"
        figure.suptitle(f"{title_of(base)}: {how}", x=0.01, ha="left")
        return figure


def _as_is(values: np.ndarray) -> np.ndarray:
    return values


def _summed(values: np.ndarray) -> np.ndarray:
    return np.cumsum(values, axis=1)


def _last_week(values: np.ndarray) -> np.ndarray:
    total = np.cumsum(np.pad(values, ((0, 0), (1, 0))), axis=1)
    ends = np.arange(1, total.shape[1])
    starts = np.maximum(0, ends - _WEEK)
    return (total[:, ends] - total[:, starts]) * _WEEK / (ends - starts)


def _lines(
    axes: Axes, comparison: Comparison, name: str, title: str, y: str, unit: str, change: Any
) -> None:
    for arm, colour in zip(comparison.arms, _colours(comparison), strict=True):
        values = change(comparison.series(arm, name))
        days = np.arange(1, values.shape[1] + 1)
        axes.plot(days, values.mean(axis=0), color=colour, label=_wrapped(arm, 44))
        if len(values) > 1:
            found = [mean_interval(values[:, k]) for k in range(values.shape[1])]
            low, high = [f.low for f in found], [f.high for f in found]
            axes.fill_between(days, low, high, color=colour, alpha=0.08, linewidth=0)
    axes.set_ylim(bottom=0.0)
    _mark_change(axes, comparison.mark)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    label_axes(axes, title=title, x="time", x_unit="day", y=y, y_unit=unit)


def _mark_change(axes: Axes, day: int) -> None:
    """A line at the midnight up to which the arms are the same."""
    if day:
        axes.axvline(day, color=QUIET, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1.5)
        axes.annotate(
            f"change, day {day}", (day, 1.0), (4, -4), xycoords=("data", "axes fraction"),
            textcoords="offset points", va="top", color=QUIET, fontsize=9,
        )  # fmt: skip


def _money(axes: Axes, comparison: Comparison) -> None:
    """Margin minus costs since day 0: paired difference to the first arm, day by day."""
    others = list(comparison.arms)[1:]
    for arm, colour in zip(others, _colours(comparison)[1:], strict=True):
        gaps = comparison.gaps(arm, "balance")
        days = np.arange(1, gaps.shape[1] + 1)
        axes.plot(days, gaps.mean(axis=0), color=colour)
        if len(gaps) > 1:
            found = [mean_interval(gaps[:, k]) for k in range(gaps.shape[1])]
            low, high = [f.low for f in found], [f.high for f in found]
            axes.fill_between(days, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.axhline(0.0, color=QUIET, linewidth=0.8)
    _mark_change(axes, comparison.mark)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    label_axes(
        axes, title="Margin minus costs since day 0:\npaired difference to the first",
        x="time", x_unit="day", y="difference", y_unit="CNY",
    )  # fmt: skip


def _differences(axes: Axes, comparison: Comparison, outcome: str) -> None:
    others = list(comparison.arms)[1:]
    colours = _colours(comparison)[1:]
    names = []
    for k, (arm, colour) in enumerate(zip(others, colours, strict=True)):
        found = comparison.difference(arm, outcome)
        whole = found.n == comparison.replicates
        names.append(_wrapped(arm, 24) + ("" if whole else f"\n({found.n} pairs)"))
        half = [[found.mean - found.low], [found.high - found.mean]] if found.n > 1 else None
        axes.errorbar([found.mean], [k], xerr=half, color=colour, marker="o", capsize=3)
    axes.axvline(0.0, color=QUIET, linewidth=0.8)
    axes.set_yticks(range(len(others)), names)
    axes.set_ylim(len(others) - 0.5, -0.5)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    name, unit = outcome.replace("_", " "), OUTCOMES[outcome].unit
    label_axes(
        axes, title=f"{name.capitalize()} at the end:\npaired difference to the first",
        x=f"difference in {name}", x_unit="" if unit == "1" else unit, y="",
    )  # fmt: skip


def _colours(comparison: Comparison) -> list[str]:
    others = (*PALETTE[:-1], "#8B5E3C", QUIET)
    return [INK, *(others[k % len(others)] for k in range(len(comparison.arms) - 1))]


def _wrapped(words: str, width: int) -> str:
    return "\n".join(textwrap.wrap(words, width))
