"""Simulated chat rooms laid over real ones: activity, inequality, return of newcomers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shequn.agents.errors import ShequnError
from shequn.experiments.facts.estimate import over_communities
from shequn.experiments.facts.rooms import (
    ESTABLISHED_MESSAGES,
    ESTABLISHED_USERS,
    Elasticity,
    elasticity,
    established_rooms,
)
from shequn.views.page import headline, legend_above, note
from shequn.views.style import (
    SOURCE_COLOURS,
    WIDTH,
    label_axes,
    new_figure,
    percent_axis,
    plain_log_axis,
    style,
)

_WINDOWS = {"ret_d1_7": "days 1-7", "ret_d7_14": "days 7-14", "ret_d28_56": "days 28-56"}
_NEEDED = (
    "users",
    "messages",
    "span_days",
    "mean_weekly_active",
    "gini",
    "top10pct_share",
    "cohort_n",
    *_WINDOWS,
)
_MARKERS = {"real": "o", "simulated": "^"}


def rooms_figure(simulated: pd.DataFrame, real: pd.DataFrame, *, seed: int = 0) -> Figure:
    """Draw simulated rooms over real ones, every room of both tables.

    Parameters
    ----------
    simulated : pandas.DataFrame
        Table of `shequn.experiments.facts.rooms.room_measures`.
    real : pandas.DataFrame
        Table of `shequn.experiments.facts.rooms.real_rooms`.
    seed : int
        Key of the bootstrap over rooms.

    Returns
    -------
    matplotlib.figure.Figure
        Four panels. The lines of the first are fitted to rooms with at least 20 users and 100
        messages; rooms below are drawn pale, and the note at the foot gives the slopes over all
        rooms.

    Raises
    ------
    ShequnError
        If a table has no rows or lacks a column.
    """
    sources = {"real": _checked("real", real), "simulated": _checked("simulated", simulated)}
    with style():
        figure = new_figure(WIDTH, 10.2)
        panels = figure.subplots(2, 2)
        slopes_of_all = _activity_panel(panels[0, 0], sources, seed)
        _share_panel(
            panels[0, 1],
            sources,
            "gini",
            "Inequality of posting",
            "Gini index of messages per user",
        )
        _returns_panel(panels[1, 0], sources, seed)
        _share_panel(
            panels[1, 1],
            sources,
            "top10pct_share",
            "Top 10 % of users",
            "share of messages by the top 10 %",
        )
        percent_axis(panels[1, 1])
        headline(figure, _headline(sources), "every room is drawn; means over rooms and medians")
        note(figure, _foot_note(sources, slopes_of_all))
    return figure


def _checked(source: str, rooms: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in _NEEDED if name not in rooms.columns]
    if missing:
        raise ShequnError(f"{source} rooms: column {', '.join(missing)} is missing")
    if not len(rooms):
        raise ShequnError(f"{source} rooms: the table has no rows")
    return rooms.reset_index(drop=True)


def _activity_panel(
    axes: Axes, sources: dict[str, pd.DataFrame], seed: int
) -> dict[str, Elasticity]:
    """Draw weekly activity against size with fitted lines; return the slopes over all rooms."""
    slopes_of_all = {}
    for source, rooms in sources.items():
        kept = established_rooms(rooms)
        _cloud(axes, source, rooms.drop(kept.index), "mean_weekly_active", pale=True)
        _cloud(axes, source, kept, "mean_weekly_active")
        fit = elasticity(kept["users"], kept["mean_weekly_active"], seed=seed)
        _fitted_line(axes, source, kept["users"].to_numpy(), fit)
        slopes_of_all[source] = elasticity(rooms["users"], rooms["mean_weekly_active"], seed=seed)
    plain_log_axis(axes, "x")
    plain_log_axis(axes, "y")
    label_axes(
        axes,
        title="Weekly activity: slope on logarithms [95 %]",
        x="users who ever posted",
        x_unit="persons",
        y="users active per week, mean",
        y_unit="persons",
    )
    legend_above(axes, columns=2)
    return slopes_of_all


def _cloud(
    axes: Axes, source: str, rooms: pd.DataFrame, column: str, *, pale: bool = False
) -> None:
    """Draw all rooms of a source: real ones as open circles, simulated ones as filled triangles."""
    colour = SOURCE_COLOURS[source]
    face = "none" if source == "real" else colour
    axes.scatter(
        rooms["users"],
        rooms[column],
        s=26,
        marker=_MARKERS[source],
        facecolors=face,
        edgecolors=colour,
        linewidths=0.9,
        alpha=0.25 if pale else 0.65,
        label="_" if pale else f"{source}, {_count(len(rooms))}",
    )


def _fitted_line(axes: Axes, source: str, users: np.ndarray, fit: Elasticity) -> None:
    """Draw the fitted line over the range of its own rooms, slope in the legend."""
    if np.isnan(fit.value):
        axes.plot([], [], " ", label=f"{source}: no line")
        return
    ends = np.array([users.min(), users.max()], dtype=np.float64)
    label = f"{source}: {_slope_text(fit)}"
    heights = np.exp(fit.intercept + fit.value * np.log(ends))
    axes.plot(
        ends,
        heights,
        color=SOURCE_COLOURS[source],
        linestyle="--" if source == "real" else "-",
        label=label,
    )


def _share_panel(
    axes: Axes, sources: dict[str, pd.DataFrame], column: str, title: str, quantity: str
) -> None:
    """Draw a share between 0 and 1 against room size, its median over rooms in the legend."""
    for source, rooms in sources.items():
        _cloud(axes, source, rooms, column)
        axes.collections[-1].set_label(
            f"{source}: {_count(len(rooms))}, median {rooms[column].median():.2f}"
        )
    plain_log_axis(axes, "x")
    axes.set_ylim(0.0, 1.02)
    label_axes(
        axes,
        title=f"{title}, by room size",
        x="users who ever posted",
        x_unit="persons",
        y=quantity,
    )
    legend_above(axes, columns=1)


def _returns_panel(axes: Axes, sources: dict[str, pd.DataFrame], seed: int) -> None:
    """Draw the share of newcomers who post again, per window, simulated beside real."""
    places = np.arange(len(_WINDOWS), dtype=np.float64)
    for source, shift in (("real", -0.12), ("simulated", 0.12)):
        rooms = sources[source]
        means = [over_communities(rooms[name], seed=seed) for name in _WINDOWS]
        middle = np.array([mean.value for mean in means])
        reach = np.array([(mean.value - mean.low, mean.high - mean.value) for mean in means]).T
        colour = SOURCE_COLOURS[source]
        newcomers = rooms["cohort_n"].to_numpy().sum()
        label = f"{source}: {_count(means[0].n)}, {newcomers:,} newcomers"
        axes.errorbar(
            places + shift,
            middle,
            yerr=reach,
            fmt=_MARKERS[source],
            color=colour,
            capsize=4,
            markersize=7,
            label=label,
        )
        _annotate_percent(axes, places + shift, middle, colour, shift < 0.0)
    axes.set_xticks(places, _WINDOWS.values())
    axes.set_xlim(-0.5, len(_WINDOWS) - 0.5)
    axes.set_ylim(0.0, axes.get_ylim()[1] * 1.2)
    axes.grid(axis="x", visible=False)
    percent_axis(axes)
    label_axes(
        axes,
        title="Newcomers who post again",
        x="window after the first message",
        y="share of newcomers, mean over rooms",
    )
    legend_above(axes, columns=1)


def _annotate_percent(
    axes: Axes, places: np.ndarray, shares: np.ndarray, colour: str, left: bool
) -> None:
    """Write each share beside its mark, on the side away from the other source."""
    beside = {"xytext": (-9 if left else 9, 0), "textcoords": "offset points", "va": "center"}
    for place, share in zip(places, shares, strict=True):
        if np.isfinite(share):
            axes.annotate(
                f"{100 * share:.0f} %", (place, share), color=colour,
                ha="right" if left else "left", **beside,
            )  # fmt: skip


def _headline(sources: dict[str, pd.DataFrame]) -> str:
    """What newcomers do and how unequal posting is, simulated and real."""
    back, gini = [], []
    for source in ("simulated", "real"):
        rooms = sources[source]
        back.append(f"{100.0 * rooms['ret_d1_7'].mean():.0f}")
        gini.append(f"{rooms['gini'].median():.2f}")
    return (
        f"Simulated and real chat rooms: {back[0]} and {back[1]} % of newcomers post again within "
        f"a week, Gini index of posting {gini[0]} and {gini[1]}"
    )


def _count(n_rooms: int) -> str:
    return f"{n_rooms} room" if n_rooms == 1 else f"{n_rooms} rooms"


def _slope_text(fit: Elasticity) -> str:
    if np.isnan(fit.value):
        return f"none ({_count(fit.n)})"
    return f"{fit.value:.2f} [{fit.low:.2f}, {fit.high:.2f}]"


def _foot_note(sources: dict[str, pd.DataFrame], slopes_of_all: dict[str, Elasticity]) -> str:
    spans = "; ".join(
        f"{source} {rooms['span_days'].median():.0f} days" for source, rooms in sources.items()
    )
    slopes = "; ".join(f"{source} {_slope_text(fit)}" for source, fit in slopes_of_all.items())
    return (
        f"Lines: rooms with at least {ESTABLISHED_USERS} users and"
        f" {ESTABLISHED_MESSAGES} messages (others pale);"
        f" over all rooms the slopes are {slopes}.\n"
        "Intervals: 95 %, bootstrap over rooms. Newcomers: users followed for at least 56 days"
        " after their first message. Human messages only.\n"
        f"Median span from first to last message: {spans}. Real: public Gitter rooms of"
        " freeCodeCamp, a random half of those with 20 messages and 5 users or more."
    )
