"""Pictures of one run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.agents.tables import TIERS
from shequn.experiments.runs.words import counted
from shequn.model.outcomes import READERS
from shequn.model.scenario import Scenario
from shequn.views.fonts import title_of
from shequn.views.page import headline, legend_above
from shequn.views.readers import draw_readers, last_week
from shequn.views.style import (
    PALETTE,
    QUIET,
    TIER_COLOURS,
    WIDTH,
    day_axis,
    label_axes,
    new_figure,
    number_axis,
    style,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Of the lines of a panel, none the colour of a tier; each panel has a legend of its own.
_THREE = (PALETTE[0], PALETTE[4], PALETTE[6])


def overview(daily: pd.DataFrame, scenario: Scenario) -> Figure:
    """Eight panels of one run: readers, messages, members, who is lost, orders, money, and so on.

    Parameters
    ----------
    daily : pandas.DataFrame
        As `shequn.model.observation.daily_frame` gives it, at least one day.
    scenario : Scenario
        For the heading.

    Returns
    -------
    matplotlib.figure.Figure
        One run: there are no intervals, and the heading says so.
    """
    with style():
        figure = new_figure(WIDTH, 13.2)
        panels = figure.subplots(4, 2)
        whole: Any = daily[daily["tier"] == "all"]
        _readers(panels[0, 0], whole)
        _messages(panels[0, 1], whole)
        _members(panels[1, 0], daily)
        _lost(panels[1, 1], whole)
        _orders(panels[2, 0], daily)
        _money(panels[2, 1], whole)
        _stocks(panels[3, 0], whole)
        _flows(panels[3, 1], whole)
        for axes in panels.flat:
            number_axis(axes, most=5)
            day_axis(axes)
            legend_above(axes)
            if len(whole) == 1:
                _show_single_day(axes)
        about = f"{title_of(scenario)}: one run, seed {scenario.seed}: no intervals"
        headline(figure, _finding(whole), f"{about}; another seed gives other numbers")
        return figure


def _finding(whole: Any) -> str:
    """How it ended: who is there, who reads, what was added."""
    last = whole.iloc[-1]
    words = (
        f"After {counted(len(whole), 'day')}: {counted(last['members'], 'member')}, of whom "
        f"{last['weekly_readers']:,.0f} read within 7 days"
    )
    added = whole["incremental_orders"]
    if added.notna().all():
        orders = added.sum()
        return (
            f"{words}; the group {'adds' if orders >= 0.0 else 'costs'} {abs(orders):,.1f} orders"
        )
    return f"{words}; {counted((whole['orders_new'] + whole['orders_repeat']).sum(), 'order')}"


def _readers(axes: Axes, whole: Any) -> None:
    draw_readers(axes, {name: whole[name].to_numpy()[None, :] for name in READERS})
    axes.set_ylim(0.0, max(1.0, axes.get_ylim()[1]))


def _lost(axes: Axes, whole: Any) -> None:
    """Those who do not read or are not there any more."""
    lines = {
        "left so far": whole["exits"].cumsum(), "muted": whole["muted"], "silent": whole["silent"]
    }  # fmt: skip
    for colour, (label, values) in zip(_THREE, lines.items(), strict=True):
        axes.plot(whole["day"], values, color=colour, label=label)
    axes.set_ylim(0.0, max(1.0, axes.get_ylim()[1]))
    label_axes(
        axes, title="Silent for 28 days, left, muted", x="time", x_unit="day",
        y="persons",
    )  # fmt: skip


def _members(axes: Axes, daily: Any) -> None:
    days = int(daily["day"].max())
    bottom = np.zeros(days)
    for tier in TIERS:
        rows = daily[daily["tier"] == tier]
        top = bottom + rows["members"].to_numpy()
        look = {"color": TIER_COLOURS[tier], "label": f"{tier} tier", "linewidth": 0}
        if days == 1:
            axes.bar(rows["day"], top - bottom, 0.3, bottom, **look)
        else:
            axes.fill_between(rows["day"], bottom, top, **look)
        bottom = top
    axes.set_ylim(bottom=0)
    label_axes(axes, title="Members", x="time", x_unit="day", y="members", y_unit="persons")


def _show_single_day(axes: Axes) -> None:
    """A line through one point cannot be seen: mark it."""
    for line in axes.get_lines():
        if len(line.get_xdata()) == 1:  # type: ignore[arg-type]
            line.set_marker("o")
    axes.set_xlim(0.5, 1.5)
    axes.set_xticks([1])


def _messages(axes: Axes, whole: Any) -> None:
    lines = {"by members": "messages", "content": "contents", "promotions": "promos"}
    for colour, (label, column) in zip(_THREE, lines.items(), strict=True):
        axes.plot(whole["day"], last_week(whole[column].to_numpy()), color=colour, label=label)
    axes.set_ylim(0.0, max(1.0, axes.get_ylim()[1]))
    label_axes(axes, title="Messages", x="time", x_unit="day", y="messages", y_unit="in 7 days")


def _orders(axes: Axes, daily: Any) -> None:
    whole = daily[daily["tier"] == "all"]
    if whole["incremental_orders"].notna().all():
        _orders_added(axes, whole)
    else:
        _orders_placed(axes, daily)
    axes.set_ylim(0.0, max(1.0, axes.get_ylim()[1]))
    label_axes(
        axes, title="Orders since day 0", x="time", x_unit="day", y="orders", y_unit="orders"
    )


def _orders_added(axes: Axes, whole: Any) -> None:
    """With the group and without, by their chances; and those placed in visits to it."""
    added, day = whole["incremental_orders"].cumsum(), whole["day"]
    without = whole["orders_without"].cumsum()
    placed = (whole["orders_new"] + whole["orders_repeat"]).cumsum()
    axes.plot(day, without + added, color=_THREE[0], label="with the group")
    axes.plot(day, without, color=_THREE[2], label="without")
    axes.plot(day, placed, color=_THREE[1], label="in visits")


def _orders_placed(axes: Axes, daily: Any) -> None:
    for tier in TIERS:
        rows = daily[daily["tier"] == tier]
        orders = (rows["orders_new"] + rows["orders_repeat"]).cumsum()
        axes.plot(rows["day"], orders, color=TIER_COLOURS[tier], label=f"{tier} tier")


def _money(axes: Axes, whole: Any) -> None:
    margin = (whole["revenue"] - whole["cost_of_goods"]).cumsum()
    balance, words, gap = whole["balance"].cumsum(), "margin", "margin - costs"
    if whole["incremental_balance"].notna().all():
        costs = margin - balance
        balance, words, gap = whole["incremental_balance"].cumsum(), "margin added", "difference"
        margin = balance + costs
    axes.plot(whole["day"], margin, color=_THREE[0], label=words)
    axes.plot(whole["day"], margin - balance, color=_THREE[1], label="costs")
    axes.plot(whole["day"], balance, color=_THREE[2], label=gap)
    axes.axhline(0.0, color=QUIET, linewidth=0.8)
    label_axes(axes, title="Money since day 0", x="time", x_unit="day", y="sum", y_unit="CNY")


def _stocks(axes: Axes, whole: Any) -> None:
    for colour, stock in zip(_THREE, ("habit", "belonging", "attitude"), strict=True):
        mean, spread = whole[f"{stock}_mean"], whole[f"{stock}_sd"]
        axes.fill_between(
            whole["day"], mean - spread, mean + spread, color=colour, alpha=0.13, lw=0
        )
        axes.plot(whole["day"], mean, color=colour, label=stock)
    axes.set_ylim(-1.0, 1.05)
    label_axes(
        axes,
        title="Members' state: mean and SD",
        x="time",
        x_unit="day",
        y="stock",
        y_unit="-1 to 1",
    )


def _flows(axes: Axes, whole: Any) -> None:
    joins = whole["joins_invite"] + whole["joins_ad"] + whole["joins_spontaneous"]
    for colour, (label, values) in zip(
        (PALETTE[3], *_THREE[:2]),
        {"joined": joins, "left": whole["exits"], "muted": whole["mutes"]}.items(),
        strict=True,
    ):
        axes.plot(whole["day"], last_week(values.to_numpy()), color=colour, label=label)
    axes.set_ylim(0.0, max(1.0, axes.get_ylim()[1]))
    label_axes(
        axes,
        title="Comings and goings",
        x="time",
        x_unit="day",
        y="persons",
        y_unit="in 7 days",
    )
