"""The figure of a comparison: what happens over time, and the paired differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from shequn.experiments.compare.comparison import Comparison
from shequn.model.outcomes import OUTCOMES
from shequn.views.findings import capital, differences_in_words, left_out, named, of_runs
from shequn.views.fonts import title_of
from shequn.views.page import (
    fit_height,
    headline,
    legend_above,
    legend_below,
    note,
    rows_of,
    wrapped,
)
from shequn.views.readers import WEEK, last_week
from shequn.views.style import (
    INK,
    MOST_LINES,
    QUIET,
    Look,
    day_axis,
    label_axes,
    looks,
    new_figure,
    number_axis,
    open_up,
    style,
)

_NAMES, _PANEL = 1.9, 1.55  # inches for the names of arms, and of a panel over time
_LABELS = 0.85  # inches of title and axis of a panel
_DAILY = (0.45, 1.1)  # opacity and width of the line that has the day instead of the week


@dataclass(frozen=True)
class Arms:
    """What is drawn of a comparison: as many arms as can be told apart.

    Attributes
    ----------
    found : Comparison
        The results.
    looks : dict of Look
        By the name of an arm, the first of all in ink.
    """

    found: Comparison
    looks: dict[str, Look]

    @property
    def others(self) -> list[str]:
        """All arms drawn but the first."""
        return list(self.looks)[1:]


def arms_of(found: Comparison) -> tuple[Arms, list[str]]:
    """The arms to draw, at most the first and 12 others, and those left out."""
    names = list(found.arms)
    shown = names[: MOST_LINES + 1]
    return Arms(found, dict(zip(shown, looks(len(shown), INK), strict=True))), names[len(shown) :]


def comparison_figure(comparison: Comparison) -> Figure:
    """Readers, messages, members and money over time in every arm, and the difference in the focus.

    Parameters
    ----------
    comparison : Comparison
        The results.

    Returns
    -------
    matplotlib.figure.Figure
        First means over replicates, bands their 95 % intervals; then mean paired differences to
        the first arm with their 95 % intervals, over time and at the end; where there is an
        incident, who has read of it instead of the difference in readers. At most 12 arms are
        drawn besides the first; a note names those left out.
    """
    base = comparison.base
    focus = base.focus
    arms, left = arms_of(comparison)
    crisis = any(comparison.series(arm, "incident_reach").any() for arm in arms.looks)
    with style():
        rows = max(0.8, rows_of(pairs_told(arms, focus, _NAMES))[1])
        figure = new_figure()
        heights = [3 * (_PANEL + _LABELS) + 0.2, rows + _LABELS]
        above, below = figure.add_gridspec(2, 1, height_ratios=heights)
        grid = above.subgridspec(3, 2)
        panels = [figure.add_subplot(grid[k // 2, k % 2]) for k in range(6)]
        at_the_end = figure.add_subplot(below.subgridspec(1, 1)[0, 0])
        _readers(panels[0], arms)
        words = ("Messages of members", "messages", "in 7 days")
        _lines(panels[1], arms, "messages", words, last_week)
        _lines(panels[2], arms, "members", ("Members", "members", "persons"), _as_is)
        if crisis:
            words = ("Members who have read of the incident", "members", "persons")
            _lines(panels[3], arms, "incident_reach", words, _summed)
        else:
            _gaps(panels[3], arms, "weekly_readers", "Readers within 7 days: difference", "persons")
        if focus == "incremental_equity":
            _gaps(
                panels[4],
                arms,
                "incremental_equity",
                "Money that the group adds: difference",
                "CNY",
            )
            _gaps(
                panels[5],
                arms,
                "incremental_orders",
                "Orders that the group adds: difference",
                "orders",
            )
        else:
            _gaps(panels[4], arms, "balance", "Margin minus costs: difference", "CNY")
            _gaps(panels[5], arms, "orders", "Orders: difference", "orders")
        differences(at_the_end, arms, focus, _NAMES)
        name, unit = named(focus), OUTCOMES[focus].unit
        label_axes(
            at_the_end, title=f"{capital(name)} at the end: paired difference to the first",
            x=f"difference in {name}", x_unit="" if unit == "1" else unit, y="",
        )  # fmt: skip
        open_up([at_the_end], "x")
        for axes in panels:
            _mark_change(axes, comparison.mark)
        _say_lines(panels[0])
        arms_legend(figure, arms)
        note(figure, left_out(left, "differences.csv and over_time.csv"))
        about = f"{title_of(base)}: {of_runs(comparison.replicates)}; the same people and luck"
        headline(figure, differences_in_words({"": comparison}, focus), about)
        fit_height(figure, sum(heights) + 0.2)
        return figure


def arms_legend(figure: Figure, arms: Arms) -> None:
    """Below the panels: which arm is which."""
    lines = [
        Line2D([], [], color=look.colour, linestyle=look.dash, marker=look.marker, markersize=4.5)
        for look in arms.looks.values()
    ]
    legend_below(figure, lines, list(arms.looks))


def _as_is(values: np.ndarray) -> np.ndarray:
    return values


def _summed(values: np.ndarray) -> np.ndarray:
    return np.cumsum(values, axis=1)


def daily_mean(values: np.ndarray) -> np.ndarray:
    """Of the last seven days, so that the days of the week do not show."""
    return last_week(values) / WEEK


def _readers(axes: Axes, arms: Arms) -> None:
    """Readers of the week, and of a day: the mean of seven, without the ups and downs of a week."""
    words = ("Readers", "readers", "persons")
    _lines(axes, arms, "weekly_readers", words, _as_is)
    _lines(axes, arms, "readers", words, daily_mean, thin=True)


def _say_lines(axes: Axes) -> None:
    """Which line of the readers is which."""
    alpha, width = _DAILY
    legend_above(axes, [
        Line2D([], [], color=INK, label="read within 7 days"),
        Line2D([], [], color=INK, alpha=alpha, linewidth=width, label="on a day (mean of 7)"),
    ])  # fmt: skip


def _lines(
    axes: Axes, arms: Arms, name: str, words: tuple[str, str, str],
    change: Callable[[np.ndarray], np.ndarray], thin: bool = False,
) -> None:  # fmt: skip
    """A series in every arm: mean and 95 % interval; words are title, quantity and unit."""
    title, y, unit = words
    for arm, look in arms.looks.items():
        line_with_band(axes, change(arms.found.series(arm, name)), look, thin)
    axes.set_ylim(bottom=0.0)
    _days(axes, arms)
    number_axis(axes, most=5)
    label_axes(axes, title=title, x="time", x_unit="day", y=y, y_unit=unit)


def _days(axes: Axes, arms: Arms) -> None:
    """Whole days; a line through one point cannot be seen: mark it."""
    day_axis(axes)
    if arms.found.base.days == 1:
        for line, look in zip(axes.get_lines(), 2 * list(arms.looks.values()), strict=False):
            line.set_marker(look.marker)
        axes.set_xticks([1])


def line_with_band(axes: Axes, values: np.ndarray, look: Look, thin: bool = False) -> None:
    """Mean of a series over replicates by the day, with its 95 % interval.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where.
    values : numpy.ndarray
        float64, shape (replicates, days).
    look : Look
        Of the line.
    thin : bool
        A second quantity beside the first.
    """
    days = np.arange(1, values.shape[1] + 1)
    if not len(values):
        return
    alpha, width = _DAILY if thin else (1.0, 1.8)
    axes.plot(
        days, values.mean(axis=0), color=look.colour, linestyle=look.dash, alpha=alpha,
        linewidth=width,
    )  # fmt: skip
    if len(values) > 1:
        low, high = _bounds(values)
        axes.fill_between(days, low, high, color=look.colour, alpha=0.07, linewidth=0)


def _bounds(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`mean_interval` of every column at once."""
    from scipy import stats

    n = len(values)
    half = stats.t.ppf(0.975, n - 1) * values.std(axis=0, ddof=1) / np.sqrt(n)
    return values.mean(axis=0) - half, values.mean(axis=0) + half


def _mark_change(axes: Axes, day: int) -> None:
    """A line at the midnight up to which the arms are the same, its name above what is drawn."""
    if day:
        low, high = axes.get_ylim()
        top = high + 0.16 * (high - low)
        axes.set_ylim(low, top)
        axes.vlines(day, low, top, color=QUIET, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1.5)
        first, last = axes.get_xlim()
        late = day > first + 0.7 * (last - first)
        axes.annotate(
            f"change, day {day}", (day, top), (-4 if late else 4, -3), textcoords="offset points",
            va="top", ha="right" if late else "left", color=QUIET, fontsize=9,
        )  # fmt: skip


def _gaps(axes: Axes, arms: Arms, name: str, title: str, unit: str) -> None:
    """Paired difference of a series to the first arm, day by day."""
    for arm in arms.others:
        line_with_band(axes, arms.found.gaps(arm, name), arms.looks[arm])
    axes.axhline(0.0, color=QUIET, linewidth=0.8)
    _days(axes, arms)
    number_axis(axes, most=5)
    label_axes(axes, title=title, x="time", x_unit="day", y="difference", y_unit=unit)


def differences(axes: Axes, arms: Arms, outcome: str, room: float) -> None:
    """Paired differences to the first arm as dots with intervals, a row for each arm.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where; in it the rows are named.
    arms : Arms
        What is drawn.
    outcome : str
        Name of the outcome.
    room : float
        Inches for the names.
    """
    names = pairs_told(arms, outcome, room)
    places, total = rows_of(names)
    for place, arm in zip(places, arms.others, strict=True):
        found, look = arms.found.difference(arm, outcome), arms.looks[arm]
        half = [[found.mean - found.low], [found.high - found.mean]] if found.n > 1 else None
        axes.errorbar(
            [found.mean], [place], xerr=half, color=look.colour, marker=look.marker, markersize=6,
            capsize=3,
        )  # fmt: skip
    axes.axvline(0.0, color=QUIET, linewidth=0.8)
    axes.set_yticks(places, names)
    axes.set_ylim(max(total, 0.3), 0.0)
    number_axis(axes, "x", most=8 if room >= _NAMES else 4)


def pairs_told(arms: Arms, outcome: str, room: float) -> Sequence[str]:
    """Names of the arms, with the number of pairs where it is not all of them."""
    names = []
    for arm in arms.others:
        n = arms.found.difference(arm, outcome).n
        few = "" if n == arms.found.replicates else f"\n({n} of {arms.found.replicates} pairs)"
        names.append(wrapped(arm, room) + few)
    return names
