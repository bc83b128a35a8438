"""The figure of a comparison: what happens over time, and the paired differences."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from shequn.experiments.compare.comparison import Comparison
from shequn.experiments.perform.statistics import mean_interval
from shequn.model.outcomes import OUTCOMES
from shequn.views.fonts import title_of
from shequn.views.readers import WEEK, last_week, legend_above
from shequn.views.style import INK, PALETTE, QUIET, label_axes, new_figure, style

_DAILY = (0, (2, 1.5))


def comparison_figure(comparison: Comparison) -> Figure:
    """Readers, messages, members and money over time in every arm, and the difference in the focus.

    Parameters
    ----------
    comparison : Comparison
        The results.

    Returns
    -------
    matplotlib.figure.Figure
        Above: means over replicates, bands their 95 % intervals. Below: mean paired differences to
        the first arm with their 95 % intervals, over time and at the end; where there is an
        incident, who has read of it instead of the difference in readers.
    """
    base = comparison.base
    focus = base.focus
    crisis = any(comparison.series(arm, "incident_reach").any() for arm in comparison.arms)
    with style():
        figure = new_figure(17.0, 8.5)
        panels = figure.subplots(2, 3)
        _readers(panels[0, 0], comparison)
        words = ("Messages of members", "messages", "in the last 7 days")
        _lines(panels[0, 1], comparison, "messages", words, last_week)
        _lines(panels[0, 2], comparison, "members", ("Members", "members", "persons"), _as_is)
        if crisis:
            words = ("Members who have read of the incident", "members", "persons")
            _lines(panels[1, 0], comparison, "incident_reach", words, _summed)
        else:
            title = "Members who read within 7 days"
            _gaps(panels[1, 0], comparison, "weekly_readers", title, "persons")
        if focus == "incremental_equity":
            title = "What the group adds since day 0, costs taken off"
            _gaps(panels[1, 1], comparison, "incremental_equity", title, "CNY")
        else:
            _gaps(panels[1, 1], comparison, "balance", "Margin minus costs since day 0", "CNY")
        _differences(panels[1, 2], comparison, focus)
        for axes in panels.flat[:5]:
            _mark_change(axes, comparison.mark)
        _say_lines(panels[0, 0])
        handles = panels[0, 1].get_legend_handles_labels()
        figure.legend(*handles, loc="outside lower center", ncols=min(4, len(comparison.arms)))
        n = comparison.replicates
        how = f"{n} replicates, mean and 95 % interval" if n > 1 else "1 replicate, no intervals"
        figure.suptitle(f"{title_of(base)}: {how}", x=0.01, ha="left")
        return figure


def _as_is(values: np.ndarray) -> np.ndarray:
    return values


def _summed(values: np.ndarray) -> np.ndarray:
    return np.cumsum(values, axis=1)


def _daily_mean(values: np.ndarray) -> np.ndarray:
    return last_week(values) / WEEK


def _readers(axes: Axes, comparison: Comparison) -> None:
    """Readers of the week, and of a day: the mean of seven, without the ups and downs of a week."""
    words = ("Readers", "readers", "persons")
    _lines(axes, comparison, "weekly_readers", words, _as_is)
    _lines(axes, comparison, "readers", words, _daily_mean, line_style=_DAILY)


def _say_lines(axes: Axes) -> None:
    """Which line of the readers is which: the legend above them."""
    legend_above(axes, [
        Line2D([], [], color=QUIET, label="read within 7 days"),
        Line2D([], [], color=QUIET, linestyle=_DAILY, label="read on a day (mean of 7)"),
    ])  # fmt: skip


def _lines(
    axes: Axes, comparison: Comparison, name: str, words: tuple[str, str, str], change: Any,
    line_style: Any = "-",
) -> None:  # fmt: skip
    """A series in every arm: mean and 95 % interval; words are title, quantity and unit."""
    title, y, unit = words
    for arm, colour in zip(comparison.arms, _colours(comparison), strict=True):
        values = change(comparison.series(arm, name))
        days = np.arange(1, values.shape[1] + 1)
        axes.plot(
            days, values.mean(axis=0), color=colour, label=_wrapped(arm, 44), linestyle=line_style
        )
        if len(values) > 1:
            found = [mean_interval(values[:, k]) for k in range(values.shape[1])]
            low, high = [f.low for f in found], [f.high for f in found]
            axes.fill_between(days, low, high, color=colour, alpha=0.08, linewidth=0)
    axes.set_ylim(bottom=0.0)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    label_axes(axes, title=title, x="time", x_unit="day", y=y, y_unit=unit)


def _mark_change(axes: Axes, day: int) -> None:
    """A line at the midnight up to which the arms are the same, its name above what is drawn."""
    if day:
        low, high = axes.get_ylim()
        top = high + 0.12 * (high - low)
        axes.set_ylim(low, top)
        axes.vlines(day, low, top, color=QUIET, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1.5)
        axes.annotate(
            f"change, day {day}", (day, top), (4, -4), textcoords="offset points", va="top",
            color=QUIET, fontsize=9,
        )  # fmt: skip


def _gaps(axes: Axes, comparison: Comparison, name: str, title: str, unit: str) -> None:
    """Paired difference of a series to the first arm, day by day."""
    others = list(comparison.arms)[1:]
    for arm, colour in zip(others, _colours(comparison)[1:], strict=True):
        gaps = comparison.gaps(arm, name)
        days = np.arange(1, gaps.shape[1] + 1)
        axes.plot(days, gaps.mean(axis=0), color=colour)
        if len(gaps) > 1:
            found = [mean_interval(gaps[:, k]) for k in range(gaps.shape[1])]
            low, high = [f.low for f in found], [f.high for f in found]
            axes.fill_between(days, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.axhline(0.0, color=QUIET, linewidth=0.8)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    label_axes(
        axes, title=f"{title}:\npaired difference to the first", x="time", x_unit="day",
        y="difference", y_unit=unit,
    )  # fmt: skip


def _differences(axes: Axes, comparison: Comparison, outcome: str) -> None:
    others = list(comparison.arms)[1:]
    colours = _colours(comparison)[1:]
    names = []
    for k, (arm, colour) in enumerate(zip(others, colours, strict=True)):
        found = comparison.difference(arm, outcome)
        whole = found.n == comparison.replicates
        names.append(_wrapped(arm, 18) + ("" if whole else f"\n({found.n} pairs)"))
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
