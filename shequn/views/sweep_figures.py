"""Pictures of a sweep: growth by tier, outcome against a parameter, heat map."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.agents.tables import TIERS
from shequn.experiments.compare.sweep import Sweep
from shequn.experiments.runs.words import counted
from shequn.model.outcomes import OUTCOMES, READERS
from shequn.model.scenario import declaration_of
from shequn.views.readers import draw_readers, last_week
from shequn.views.scales import (
    A_DAY,
    WEEKLY,
    aside,
    few_and_many,
    heat_label_of,
    is_scale,
    label_of,
    of_promotions,
    places,
    setting_of,
    show_percent,
    ticks_of,
)
from shequn.views.style import (
    PALETTE,
    TIER_COLOURS,
    band,
    colours_of,
    label_axes,
    new_figure,
    percent_axis,
    style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_EQUITY = {"customer_equity": "equity", "incremental_equity": "equity"}
_MOST_LINES = 7
_MOST_PANELS = 4
_MOST_CLOUDS = 12


def drawings(sweep: Sweep) -> dict[str, Callable[[], Figure]]:
    """How to draw each figure that a sweep of one or two parameters calls for.

    Parameters
    ----------
    sweep : Sweep
        The results.

    Returns
    -------
    dict
        By name, the one that tells most of the focus first: ``equity``, or the scenario's focus,
        when the last parameter is a number and the others have at most 7 combinations; ``heat_map``
        when two parameters have two values or more; ``growth``. Of points that are no grid
        ``points`` alone.
    """
    found: dict[str, Callable[[], Figure]] = {}
    if sweep.rows.empty:
        return found
    vary, focus = sweep.vary, sweep.scenario.focus
    if sweep.design.kind != "factorial":
        return {"points": partial(cloud, sweep, focus)}
    last = list(vary)[-1]
    others = len(sweep.design.rows) // len(vary[last])
    if is_scale(last, vary[last]) and others <= _MOST_LINES:
        found[_EQUITY.get(focus, focus)] = partial(against, sweep, focus)
    if len(vary) == 2 and min(len(values) for values in vary.values()) > 1:
        found["heat_map"] = partial(heat_map, sweep, focus)
    if sweep.scenario.days:
        found["growth"] = partial(growth, sweep)
    return found


def _panels_of_growth(sweep: Sweep) -> list[int]:
    """Points to show: the values of the first parameter, the others at their middle value."""
    vary = sweep.vary
    first, *others = vary
    middle = {path: vary[path][len(vary[path]) // 2] for path in others}
    points = [
        k
        for k, point in enumerate(sweep.design.rows)
        if all(point[path] == value for path, value in middle.items())
    ]
    if len(points) > _MOST_PANELS:
        steps = np.linspace(0, len(points) - 1, _MOST_PANELS).round().astype(int)
        points = [points[k] for k in steps]
    return points


def growth(sweep: Sweep) -> Figure:
    """Readers over time, then messages, members and orders by tier, with bands of the replicates.

    Parameters
    ----------
    sweep : Sweep
        The results; one column for each value of the first parameter (at most 4), other
        parameters at the middle of their values.

    Returns
    -------
    matplotlib.figure.Figure
        Line: mean over replicates. Band: 5 % to 95 % of replicates. Each row has one scale.
    """
    points = _panels_of_growth(sweep)
    with style():
        figure = new_figure(max(7.4, 3.4 * len(points) + 0.6), 11.0)
        panels = figure.subplots(4, len(points), squeeze=False, sharex=True, sharey="row")
        for column, point in zip(panels.T, points, strict=True):
            _growth_of(column, sweep, point)
        for axes in panels[:, 0]:  # of its whole row, as it shares the scale
            axes.autoscale(axis="y")
            axes.set_ylim(bottom=0.0, top=None if axes.get_ylim()[1] > 1.0 else 1.0)
        several = {text: line for axes in (*panels[0], *panels[1]) for line, text in zip(
            *axes.get_legend_handles_labels(), strict=True)}  # fmt: skip
        figure.legend(
            several.values(), several.keys(), loc="outside lower center", ncols=len(several)
        )
        figure.suptitle(_growth_title(sweep, points[0]), x=0.01, ha="left")
        return figure


def _growth_of(column: np.ndarray, sweep: Sweep, point: int) -> None:
    """The panels of one point, one below the other."""
    top, messages, members, orders = column
    read = {name: sweep.results.series(name, point) for name in READERS}
    if len(read["readers"]):
        draw_readers(top, read)
    else:
        _say_nothing_there(top)
        label_axes(top, title="", x="time", x_unit="day", y="readers", y_unit="persons")
    written = last_week(sweep.by_tier("messages", point).swapaxes(1, 2)).swapaxes(1, 2)
    _growth_panel(messages, written, "messages", "in the last 7 days")
    _growth_panel(members, sweep.by_tier("members", point), "members", "persons")
    bought = sweep.by_tier("orders", point).cumsum(axis=1)
    _growth_panel(orders, bought, "orders since day 0", "orders")
    path = next(iter(sweep.vary))
    top.set_title(setting_of(path, sweep.design.rows[point][path]))
    for axes in column:
        if sweep.scenario.days == 1:
            for line in axes.get_lines():
                line.set_marker("o")
            axes.set_xticks([1])
        axes.label_outer()
        axes.set_ylabel(axes.get_ylabel() if axes.get_subplotspec().is_first_col() else "")


def _growth_title(sweep: Sweep, point: int) -> str:
    others = list(sweep.vary)[1:]
    fixed = ", ".join(setting_of(p, sweep.design.rows[point][p]) for p in others)
    n = sweep.replicates
    words = "Readers; messages, members and orders by tier"
    words += "\n" + textwrap.fill(f"at {fixed}", 64) if fixed else ""
    if n == 1:
        return f"{words}\n1 replicate: no bands"
    return f"{words}\nmean of {n} replicates, band: 5 % to 95 % of replicates"


def _growth_panel(axes: Axes, series: np.ndarray, what: str, unit: str) -> None:
    label_axes(axes, title="", x="time", x_unit="day", y=what, y_unit=unit)
    if not len(series):
        _say_nothing_there(axes)
        return
    x = np.arange(1, series.shape[1] + 1)
    for k, tier in enumerate(TIERS):
        values = series[:, :, k]
        limits = np.quantile(values, [0.05, 0.95], axis=0)
        band(
            axes, x, values.mean(axis=0), (limits[0], limits[1]),
            colour=TIER_COLOURS[tier], label=f"{tier} tier",
        )  # fmt: skip


def _say_nothing_there(axes: Axes) -> None:
    axes.text(0.5, 0.5, "no run succeeded", ha="center", transform=axes.transAxes)


def against(sweep: Sweep, outcome: str) -> Figure:
    """An outcome against the last parameter, and its paired difference to the first value.

    Parameters
    ----------
    sweep : Sweep
        The results; one line for each combination of the other parameters.
    outcome : str
        Name of the outcome.

    Returns
    -------
    matplotlib.figure.Figure
        Left: means with 95 % intervals. Right of it: mean paired differences with 95 % intervals:
        the same people and the same luck at both values. Where promotions are varied the axis
        shows how many a week in each group, and a third panel their share of all messages.
    """
    vary = sweep.vary
    last = list(vary)[-1]
    values = vary[last]
    lines = len(sweep.design.rows) // len(values)
    colours = colours_of(vary, lines)
    rising = np.argsort(values, kind="stable")
    grid = np.arange(len(sweep.design.rows)).reshape(lines, len(values))
    x = np.array([places(sweep, last, list(points)) for points in grid])
    with style():
        figure = new_figure(17.0 if of_promotions(last) else 12.5, 5.4)
        left, right, *share = figure.subplots(1, 3 if of_promotions(last) else 2)
        for k, points in enumerate(grid):
            label = ", ".join(
                setting_of(p, sweep.design.rows[points[0]][p]) for p in list(vary)[:-1]
            )
            at = aside(last, x, k)
            drawn = [
                (left, [_level(sweep, outcome, point) for point in points], rising),
                (
                    right,
                    [sweep.difference(outcome, point, points[0]) for point in points],
                    np.array([j for j in rising if j > 0], dtype=int),
                ),
                *((axes, [_level(sweep, "promo_share_sent", point) for point in points], rising)
                  for axes in share),
            ]  # fmt: skip
            for axes, found, order in drawn:
                _error_line(axes, at[order], [found[j] for j in order], colours[k], label)
        for axes in (right, *share):
            axes.set_xlim(left.get_xlim())
        for axes in (left, right, *share) if last == A_DAY else ():
            few_and_many(axes, x[0])
        _label_against(left, right, sweep, outcome, last)
        for axes in share:
            _label_share(axes, sweep)
        if lines > 1:
            handles = left.get_legend_handles_labels()
            figure.legend(*handles, loc="outside lower center", ncols=min(lines, 4))
        return figure


def _label_share(axes: Axes, sweep: Sweep) -> None:
    n = sweep.replicates
    how = f"mean, 95 % interval, {n} replicates" if n > 1 else "1 replicate: no intervals"
    title = f"Promotions as a share of all messages\n{how}"
    label_axes(axes, title=title, x=WEEKLY, y="share of all messages")
    percent_axis(axes)
    axes.set_ylim(bottom=0.0)


def _level(sweep: Sweep, outcome: str, point: int) -> Any:
    return sweep.interval(outcome, point)


def _error_line(axes: Axes, x: np.ndarray, found: list[Any], colour: str, label: str) -> None:
    mean = np.array([interval.mean for interval in found])
    low = np.array([interval.low for interval in found])
    high = np.array([interval.high for interval in found])
    axes.errorbar(
        x, mean, yerr=np.vstack([mean - low, high - mean]), color=colour, label=label,
        marker="o", markersize=4, capsize=2.5, linewidth=1.5, elinewidth=1.0,
    )  # fmt: skip


def _label_against(left: Axes, right: Axes, sweep: Sweep, outcome: str, path: str) -> None:
    name, unit = outcome.replace("_", " "), OUTCOMES[outcome].unit
    days = counted(sweep.scenario.days, "day")
    zero = setting_of(path, sweep.vary[path][0])
    n = sweep.replicates
    titles = (
        f"{name.capitalize()} after {days}\n"
        + (f"mean, 95 % interval, {n} replicates" if n > 1 else "1 replicate: no intervals"),
        textwrap.fill(f"Difference to {zero}, same people, same luck", 60)
        + "\n"
        + ("mean paired difference, 95 % interval" if n > 1 else "1 replicate: no intervals"),
    )
    for axes, title in zip((left, right), titles, strict=True):
        label_axes(
            axes, title=title, x=label_of(path),
            y=name if axes is left else f"difference in {name}", y_unit=unit,
        )  # fmt: skip
        show_percent(axes, path)
        axes.axhline(0.0, color="#6B6B6B", linewidth=0.8)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")


def cloud(sweep: Sweep, outcome: str) -> Figure:
    """An outcome against every parameter: one mark for each point of the design.

    Parameters
    ----------
    sweep : Sweep
        The results.
    outcome : str
        Name of the outcome.

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each parameter (at most 12); marks are means, bars their 95 % intervals.
    """
    paths = sweep.design.paths[:_MOST_CLOUDS]
    found = [_level(sweep, outcome, point) for point in range(len(sweep.design.rows))]
    across = min(3, len(paths))
    down = -(-len(paths) // across)
    name, unit = outcome.replace("_", " "), OUTCOMES[outcome].unit
    with style():
        figure = new_figure(4.2 * across + 0.4, 3.4 * down + 0.9)
        panels = figure.subplots(down, across, squeeze=False, sharey=True).ravel()
        for axes, path in zip(panels, paths, strict=False):
            _cloud_panel(axes, sweep, path, found)
            label_axes(axes, title="", x=label_of(path), y=name, y_unit=unit)
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
        for axes in panels[len(paths) :]:
            axes.set_visible(False)
        n = sweep.replicates
        how = f"mean, 95 % interval, {n} replicates" if n > 1 else "1 replicate: no intervals"
        points = counted(len(found), "point")
        title = f"{name.capitalize()} after {counted(sweep.scenario.days, 'day')}"
        figure.suptitle(f"{title}\n{points} ({sweep.design.kind}); {how}", x=0.01, ha="left")
        return figure


def _cloud_panel(axes: Axes, sweep: Sweep, path: str, found: list[Any]) -> None:
    about = declaration_of(path)
    values: Any = [row[path] for row in sweep.design.rows]
    if about is None or about.kind not in (int, float):
        words = list(dict.fromkeys(str(value) for value in values))
        axes.set_xticks(range(len(words)), words)
        values = [words.index(str(value)) for value in values]
    else:
        values = places(sweep, path, list(range(len(values))))
        show_percent(axes, path)
    mean = np.array([each.mean for each in found])
    ends = np.array([[each.mean - each.low, each.high - each.mean] for each in found]).T
    axes.errorbar(
        np.array(values, dtype=float), mean, yerr=ends, linestyle="none", marker="o",
        markersize=3.5, elinewidth=0.8, color=PALETTE[0],
    )  # fmt: skip


def heat_map(sweep: Sweep, outcome: str) -> Figure:
    """An outcome over two parameters: mean and half-width of the 95 % interval in each cell.

    Parameters
    ----------
    sweep : Sweep
        The results; two parameters, the first down, the second across.
    outcome : str
        Name of the outcome.

    Returns
    -------
    matplotlib.figure.Figure
        The map; the highest cell of each row is framed, dashed where the 95 % interval of the
        paired difference to the second highest reaches down to 0.
    """
    (down, rows), (across, columns) = sweep.vary.items()
    found = [_level(sweep, outcome, point) for point in range(len(sweep.design.rows))]
    mean = np.array([interval.mean for interval in found]).reshape(len(rows), len(columns))
    half = np.array([interval.high - interval.mean for interval in found]).reshape(mean.shape)
    with style():
        figure = new_figure(max(8.0, 1.35 * len(columns) + 3.2), 0.85 * len(rows) + 3.2)
        axes = figure.subplots()
        bound = np.nanmax(np.abs(mean)) or 1.0
        image = axes.imshow(mean, cmap="RdBu", vmin=-bound, vmax=bound, aspect="auto")
        axes.grid(False)
        axes.set_xticks(range(len(columns)), ticks_of(sweep, across))
        axes.set_yticks(range(len(rows)), ticks_of(sweep, down))
        for (i, j), value in np.ndenumerate(mean):
            dark = abs(value) > 0.6 * bound
            axes.text(
                j, i, _cell(float(value), float(half[i, j])),
                ha="center", va="center", fontsize=8.5,
                color="white" if dark else "#222222",
            )  # fmt: skip
            if j == 0:
                _frame_best(axes, sweep, outcome, i, mean[i])
        unit = OUTCOMES[outcome].unit
        name = outcome.replace("_", " ")
        bar = figure.colorbar(image, ax=axes)
        bar.ax.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
        bar.set_label(f"{name} [{unit}]")
        days = counted(sweep.scenario.days, "day")
        figure.suptitle(
            f"{name.capitalize()} [{unit}] after {days}\n"
            "mean ± half-width of the 95 % interval; frame: highest of its row,\n"
            "dashed: not surely above the second (paired difference, 95 % interval)",
            x=0.01, ha="left", fontsize=11,
        )  # fmt: skip
        axes.set_xlabel(heat_label_of(across))
        axes.set_ylabel(heat_label_of(down))
        return figure


def _cell(mean: float, half: float) -> str:
    if np.isnan(mean):
        return "no run\nsucceeded"
    return f"{mean:,.0f}" + ("" if np.isnan(half) else f"\n± {half:,.0f}")


def _frame_best(axes: Axes, sweep: Sweep, outcome: str, row: int, mean: np.ndarray) -> None:
    """Frame the highest cell of a row: dark on white, to be seen on any colour."""
    from matplotlib.patches import Rectangle

    second, best = np.argsort(np.nan_to_num(mean, nan=-np.inf))[-2:]
    if np.isnan(mean[second]) or mean[best] == mean[second]:
        return
    first = row * len(mean)
    sure = sweep.difference(outcome, first + int(best), first + int(second)).low > 0.0
    dashes = "-" if sure else (0, (3, 2))
    for colour, width, line in (("white", 4.5, "-"), ("#222222", 2.0, dashes)):
        axes.add_patch(
            Rectangle(
                (best - 0.47, row - 0.47),
                0.94,
                0.94,
                fill=False,
                edgecolor=colour,
                linewidth=width,
                linestyle=line,
            )  # fmt: skip
        )
