"""The life of one member in one picture: what happened, ties, irritation, what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from shequn.model.outcomes import READERS
from shequn.views.fonts import title_of
from shequn.views.page import headline, legend_above, legend_below
from shequn.views.readers import draw_readers, last_week
from shequn.views.style import (
    INK,
    PALETTE,
    QUIET,
    WIDTH,
    day_axis,
    label_axes,
    new_figure,
    number_axis,
    style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from shequn.experiments.why.why import Story

BLUE, RED, GREEN, PINK, ORANGE, SKY, BLACK = PALETTE
# Rows of the strip of events, from above: kind of event, label, marker, colour.
_ROWS = (
    ("invitation received", "was invited", "v", SKY),
    ("session", "came to read", "|", QUIET),
    ("posted", "wrote", "o", BLUE),
    ("reply received", "got a reply", "o", GREEN),
    ("invitation sent", "invited", "^", PINK),
    ("order", "bought", "D", RED),
    ("no order", "did not buy", "x", ORANGE),
)
_COLOUR_OF_MUTED = "#F1ECDD"
_COLOUR_OUTSIDE = "#F2F2F2"
_TURNS = ("joined", "muted", "unmuted", "left")


def life(story: Story) -> Figure:
    """Draw the life of one member.

    Parameters
    ----------
    story : Story
        The member, at least one day.

    Returns
    -------
    matplotlib.figure.Figure
        Six panels on one axis of time, the first two of the community around the member. One run:
        there are no intervals, and the heading says so.
    """
    with style():
        figure = new_figure(WIDTH, 14.5)
        panels = figure.subplots(6, 1, sharex=True, height_ratios=[1.1, 1.1, 1.7, 1.1, 1.1, 1.1])
        _readers(panels[0], story.around)
        _talk(panels[1], story.around)
        _events(panels[2], story)
        _ties(panels[3], story.daily)
        _pressure(panels[4], story.daily)
        _reading(panels[5], story.daily)
        for axes in panels:
            _background(axes, story)
            axes.set_xlabel("")
        panels[-1].set_xlabel("time [day]")
        panels[-1].set_xlim(0.0, float(story.scenario.days))
        _name_turns(panels[2], story)
        s = story.scenario
        day_axis(panels[-1], most=10)
        legend_below(figure, _background_legend())
        about = f"{title_of(s)}: one life in one run, seed {s.seed}: no intervals"
        headline(figure, _finding(story), about)
        return figure


def _finding(story: Story) -> str:
    """What became of the member, in counts."""
    times = {kind: story.of(kind)["time"].to_numpy() for kind in ("joined", "left")}
    turns = [
        f"{kind} on day {found[0]:.0f}" + (f", {len(found)} times" if len(found) > 1 else "")
        for kind, found in times.items()
        if len(found)
    ]
    did = ", ".join(
        f"{words} {len(story.of(kind))} times"
        for kind, words in (("session", "read"), ("posted", "wrote"), ("order", "bought"))
    )
    return f"Member {story.member} ({story.tier} tier): {', '.join([*turns, did])}"


def _background_legend() -> list[Any]:
    return [
        Line2D([], [], color=GREEN, label="joined"),
        Line2D([], [], color=RED, label="left"),
        Patch(color=_COLOUR_OUTSIDE, label="outside"),
        Patch(color=_COLOUR_OF_MUTED, label="group muted"),
    ]


def _spans(story: Story) -> list[tuple[float, float, str]]:
    """Begin, end and colour of the times outside the groups and of those with the group muted."""
    colours = {"muted": _COLOUR_OF_MUTED, "left": _COLOUR_OUTSIDE}
    spans, since, colour = [], 0.0, _COLOUR_OUTSIDE
    turns = story.events[story.events["kind"].isin(_TURNS)]
    for time, kind in zip(turns["time"], turns["kind"], strict=True):
        spans.append((since, float(time), colour))
        since, colour = float(time), colours.get(kind, "none")
    return [*spans, (since, float(story.scenario.days), colour)]


def _background(axes: Axes, story: Story) -> None:
    """Grey where the person is outside, sand where the group is muted, lines at the turns."""
    for first, last, colour in _spans(story):
        if last > first and colour != "none":
            axes.axvspan(first, last, color=colour, linewidth=0, zorder=0)
    for kind, colour in (("joined", GREEN), ("left", RED)):
        for time in story.of(kind)["time"]:
            axes.axvline(time, color=colour, linewidth=1.4, zorder=1.5)


def _name_turns(axes: Axes, story: Story) -> None:
    """Write joined and left above their lines."""
    for kind, colour in (("joined", GREEN), ("left", RED)):
        for time in story.of(kind)["time"]:
            late = time > 0.9 * story.scenario.days
            axes.annotate(
                f"{kind}, day {time:.0f}", (time, 1.0), (-3 if late else 3, 3),
                xycoords=("data", "axes fraction"), textcoords="offset points", color=colour,
                ha="right" if late else "left", va="bottom", fontsize=9, fontweight="bold",
            )  # fmt: skip


def _readers(axes: Axes, around: Any) -> None:
    draw_readers(axes, {name: around[name].to_numpy()[None, :] for name in READERS})
    axes.set_title("The community around: who reads")
    axes.set_ylim(0.0, max(1.0, 1.05 * around["weekly_readers"].max()))
    number_axis(axes, most=4)
    legend_above(axes)


def _talk(axes: Axes, around: Any) -> None:
    """Messages on the left, members on the right."""
    axes.plot(
        around["day"], last_week(around["messages"].to_numpy()), color=BLUE,
        label="messages (left axis)",
    )  # fmt: skip
    axes.set_ylim(0.0, max(1.0, axes.get_ylim()[1]))
    right = axes.twinx()
    right.plot(
        around["day"], around["members"], color=INK, linestyle="--", linewidth=1.4,
        label="members (right axis)",
    )  # fmt: skip
    right.set_ylim(0.0, max(1.0, 1.05 * around["members"].max()))
    right.set_ylabel("members [persons]")
    right.spines["right"].set_visible(True)
    right.grid(False)
    lines = [*axes.get_lines(), *right.get_lines()]
    label_axes(
        axes, title="The community around: messages and members", x="time", x_unit="day",
        y="messages", y_unit="in 7 days",
    )  # fmt: skip
    _both_sides(axes, right, lines)


def _both_sides(axes: Axes, right: Axes, handles: list[Any]) -> None:
    """Numbers on both axes, and one legend for both."""
    for each in (axes, right):
        number_axis(each, most=4)
    legend_above(axes, handles)


def _events(axes: Axes, story: Story) -> None:
    for height, (kind, _, marker, colour) in enumerate(reversed(_ROWS)):
        times = story.of(kind)["time"].to_numpy()
        filled = marker in "oDv^"
        axes.plot(
            times, np.full(len(times), height), linestyle="", marker=marker, markersize=7,
            color=colour, alpha=0.9, zorder=3, markeredgecolor="white" if filled else colour,
            markeredgewidth=0.7 if filled else 1.2,
        )  # fmt: skip
    labels = [f"{label} ({len(story.of(kind))})" for kind, label, *_ in reversed(_ROWS)]
    axes.set_yticks(range(len(_ROWS)), labels)
    axes.set_ylim(-0.6, len(_ROWS) - 0.4)
    axes.grid(False, axis="x")
    label_axes(axes, title="What happened", x="time", x_unit="day", y="")
    axes.set_title("What happened", pad=20)  # room for the words above the lines


def _ties(axes: Axes, daily: Any) -> None:
    stocks = (("habit", BLUE), ("willingness", ORANGE), ("belonging", GREEN), ("attitude", PINK))
    for stock, colour in stocks:
        axes.plot(daily["day"], daily[stock], color=colour, label=stock)
    low = -1.05 if daily["attitude"].min() < -0.05 else -0.05
    axes.set_ylim(low, 1.05)
    unit = "-1 to 1" if low < -1.0 else "0 to 1"
    label_axes(
        axes, title="What ties the member to the group", x="time", x_unit="day", y="stock",
        y_unit=unit,
    )  # fmt: skip
    legend_above(axes)


def _pressure(axes: Axes, daily: Any) -> None:
    """Irritation on the left, the hazard of leaving on the right."""
    axes.plot(daily["day"], daily["irritation"], color=RED, label="irritation (left axis)")
    axes.set_ylim(0.0, max(0.1, 1.05 * np.nan_to_num(daily["irritation"].max())))
    right = axes.twinx()
    hazard = 100.0 * daily["exit_hazard"]
    right.plot(
        daily["day"], hazard, color=INK, linestyle="--", linewidth=1.4,
        label="hazard of leaving (right axis)",
    )  # fmt: skip
    right.set_ylim(0.0, max(0.01, 1.05 * np.nan_to_num(hazard.max())))
    right.set_ylabel("hazard [%/day]")
    right.spines["right"].set_visible(True)
    right.grid(False)
    label_axes(axes, title="What drives the member away", x="time", x_unit="day", y="irritation")
    _both_sides(axes, right, [*axes.get_lines(), *right.get_lines()])


def _reading(axes: Axes, daily: Any) -> None:
    """Messages read by day, promotions apart, and the stock of exposures."""
    days = daily[daily["day"] > 0]
    middle = days["day"] - 0.5
    width = 1.0 if len(days) > 200 else 0.85
    others = days["read"] - days["promos"]
    axes.bar(middle, others, width, color=SKY, label="messages of others and content")
    axes.bar(middle, days["promos"], width, others, color=RED, label="promotions")
    axes.set_ylim(0.0, max(1.0, 1.05 * days["read"].max()))
    right = axes.twinx()
    right.plot(
        daily["day"], daily["awareness"], color=INK, linewidth=1.4,
        label="awareness (right axis)",
    )  # fmt: skip
    right.set_ylim(0.0, max(1.0, 1.05 * np.nan_to_num(daily["awareness"].max())))
    right.set_ylabel("awareness [exposures]")
    right.spines["right"].set_visible(True)
    right.grid(False)
    handles = [*axes.get_legend_handles_labels()[0], *right.get_lines()]
    label_axes(axes, title="What was read", x="time", x_unit="day", y="read", y_unit="messages/day")
    _both_sides(axes, right, handles)
