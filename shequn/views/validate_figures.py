"""The figures of a validation: facts on one yardstick, and closed forms as a strip of gauges."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from shequn.experiments.facts import Estimate
from shequn.experiments.formulas.gauges import ERRORS, Gauge
from shequn.experiments.validate.checked import SHOWN_ONLY, Checked, has_range, judged, yardstick
from shequn.experiments.validate.tables import (
    at_single_seeds,
    baseline_names,
    counts,
    of_estimate,
    over_which,
    short,
    span,
)
from shequn.experiments.validate.validate import Validation
from shequn.views.style import INK, PALETTE, QUIET, new_figure, style

INSIDE, OUTSIDE = PALETTE[0], PALETTE[1]
_EDGE = 3.0  # half-widths of the yardstick; what lies further is drawn at the edge
_BAND, _OBSERVED = "#DCE9DF", "#7A8B80"
_RIVAL = "#5E3C99"
_RIVAL_MARKS = ("|", "x", "+", "1", "2", "3")
_TITLE_WIDTH = 62
# Inches: a row, a column of panels, the part of it left of an axis, the axis, columns of numbers
# to the right of its left end, the room above and below.
_ROW, _WIDTH, _LABELS, _AXIS = 0.25, 12.3, 4.15, 2.9
_NUMBERS = (3.05, 4.85, 6.45)
_HEAD, _FOOT = 0.95, 0.75
_GAP = 3.6  # rows between two panels


def facts_figure(found: Validation) -> Figure:
    """Every fact on a yardstick of its own, a panel for each scenario.

    Parameters
    ----------
    found : Validation
        With at least one fact.

    Returns
    -------
    matplotlib.figure.Figure
        The band is what is accepted: the accepted range or, where none was stated, the observed
        value -+ the half-width of the 95 % interval of the difference to it. A value inside has a
        dot in the band; a value outside has a diamond beyond it, or an arrow at the edge.
    """
    groups = {
        name: [line for line in found.checked if line.fact.scenario == name]
        for name in found.scenarios
    }
    columns = _columns({name: rows for name, rows in groups.items() if rows})
    tall = max(sum(len(rows) + _GAP for rows in column.values()) for column in columns)
    with style():
        figure = _page(len(columns), tall)
        for place, column in enumerate(columns):
            row = 0.0
            for name, lines in column.items():
                axes = _panel(figure, place, row, len(lines))
                title = found.scenarios[name].title or name
                _facts_panel(axes, title, lines, baseline_names(found), len(found.seeds))
                row += len(lines) + _GAP
        handles = _facts_legend(baseline_names(found), len(found.seeds))
        _legend(figure, handles, 2 * len(columns))
        met, missed, _ = counts(found.checked)
        size = "" if found.size == 1.0 else f", at {found.size:.0%} of full size"
        words = f"Held to the facts: {met} of {met + missed} inside ({over_which(found)}{size})"
        if alone := at_single_seeds(found):
            words += f"; at a single seed {alone}"
        _headline(figure, words)
        return figure


def _page(columns: int, rows: float) -> Figure:
    """An empty page for columns of panels; places are given in inches, and nothing moves them."""
    figure = new_figure(columns * _WIDTH, _HEAD + _FOOT + _ROW * rows)
    figure.set_layout_engine("none")
    return figure


def _panel(figure: Figure, column: int, row: float, rows: int) -> Axes:
    """A panel of so many rows, ``row`` rows below the top of a column."""
    width, height = figure.get_size_inches()
    left, bottom = column * _WIDTH + _LABELS, height - _HEAD - _ROW * (row + rows)
    return figure.add_axes(
        (left / width, bottom / height, _AXIS / width, _ROW * rows / height),
    )


def _headline(figure: Figure, words: str) -> None:
    height = figure.get_size_inches()[1]
    figure.suptitle(words, x=0.01, y=1.0 - 0.12 / height, ha="left", va="top")


def _legend(figure: Figure, handles: Sequence[Patch | Line2D], columns: int) -> None:
    place = (0.005, 0.05 / figure.get_size_inches()[1])
    figure.legend(handles=handles, loc="lower left", bbox_to_anchor=place, ncols=columns)


def _columns(groups: dict[str, list[Checked]]) -> list[dict[str, list[Checked]]]:
    """The panels in one column, or in two where that is many rows; the order is kept."""
    total = sum(len(rows) + _GAP for rows in groups.values())
    if total <= 44 or len(groups) == 1:
        return [groups]
    names = list(groups)
    sizes = [len(groups[name]) + _GAP for name in names]
    cut = min(range(1, len(names)), key=lambda k: max(sum(sizes[:k]), sum(sizes[k:])))
    return [{name: groups[name] for name in part} for part in (names[:cut], names[cut:])]


def _facts_panel(
    axes: Axes, title: str, lines: list[Checked], baselines: Sequence[str], seeds: int
) -> None:
    met, missed, _ = counts(lines)
    _rows_panel(axes, f"{title}: {met} of {met + missed}", len(lines), _EDGE)
    axes.axvspan(-1.0, 1.0, color=_BAND, linewidth=0, zorder=0)
    for y, line in enumerate(lines):
        _fact_row(axes, y, line, baselines)
    labels = ["\n".join(textwrap.wrap(line.fact.title, _TITLE_WIDTH)[:2]) for line in lines]
    axes.set_yticks(range(len(lines)), labels, fontsize=7.5, linespacing=0.9)
    for label, line in zip(axes.get_yticklabels(), lines, strict=True):
        label.set_color({True: INK, False: OUTSIDE, None: QUIET}[line.inside])
    axes.set_xticks([-1.0, 0.0, 1.0], ["accepted from", "", "to"], fontsize=7.5)
    _heads(axes, (f"simulated [{_ends(seeds)}]", "observed [95 %]", "accepted, unit"))


def _ends(seeds: int) -> str:
    return "lowest, highest" if seeds > 1 else "95 %"


def _rows_panel(axes: Axes, title: str, rows: int, edge: float) -> None:
    axes.set_title(title, fontsize=10, x=0.1 - _LABELS / _AXIS)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_xlim(-edge * 1.06, edge * 1.06)
    axes.grid(False)
    axes.tick_params(length=0)
    axes.spines["left"].set_visible(False)
    for y in range(rows - 1):
        axes.axhline(y + 0.5, color="#EEEEEE", linewidth=0.6, zorder=0.5)
    axes.axvline(0.0, color="#C9C9C9", linewidth=0.6, zorder=0.6)


def _heads(axes: Axes, words: Sequence[str]) -> None:
    for x, head in zip(_NUMBERS, words, strict=True):
        place = axes.transAxes
        axes.text(x / _AXIS, 1.0, head, transform=place, fontsize=7.5, color=QUIET, va="bottom")


def _number(axes: Axes, y: float, column: int, words: str, colour: str = INK) -> None:
    x, place = _NUMBERS[column] / _AXIS, axes.get_yaxis_transform()
    axes.text(x, y, words, transform=place, fontsize=7.5, color=colour, va="center")


def _place(value: float, low: float, high: float) -> float:
    """A value on a yardstick where low is -1 and high is 1; an open end is as far as the value."""
    if math.isinf(low):
        low = min(2.0 * min(value, high) - high, high - 1e-12)
    if math.isinf(high):
        high = max(2.0 * max(value, low) - low, low + 1e-12)
    half = (high - low) / 2.0
    gap = value - (low + high) / 2.0
    if half > 0.0:
        return gap / half
    return 0.0 if gap == 0.0 else math.copysign(math.inf, gap)


def _clipped(value: float) -> float:
    return max(-_EDGE, min(_EDGE, value))


def _shown_row(axes: Axes, y: int, line: Checked) -> None:
    """A fact that has no yardstick: its numbers alone."""
    fact = line.fact
    axes.barh(y, 2.2 * _EDGE, left=-1.1 * _EDGE, height=0.9, color="white", linewidth=0, zorder=0.7)
    axes.text(0.0, y, SHOWN_ONLY, color=QUIET, fontsize=7, ha="center", va="center")
    _number(axes, y, 0, of_estimate(line.shown), QUIET)
    _number(axes, y, 1, span(fact.value, fact.low, fact.high), QUIET)
    _number(axes, y, 2, f"- {fact.unit}", QUIET)


def _fact_row(axes: Axes, y: int, line: Checked, baselines: Sequence[str]) -> None:
    if not judged(line.fact):
        _shown_row(axes, y, line)
        return
    fact, colour = line.fact, INSIDE if line.inside else OUTSIDE
    ends = yardstick(fact, line.simulated)
    seen = Estimate(fact.value, fact.low, fact.high, fact.n)
    _bar(axes, y, seen, ends, _OBSERVED, 4.0)
    if not math.isnan(fact.value):
        x = _clipped(_place(fact.value, *ends))
        axes.plot([x], [y], marker="|", color=_OBSERVED, markersize=9, markeredgewidth=1.6)
    for k, name in enumerate(baselines):
        baseline = line.baselines.get(name)
        if baseline is not None and not math.isnan(baseline.value):
            x = _clipped(_place(baseline.value, *ends))
            axes.plot(
                [x], [y], marker=_RIVAL_MARKS[k % len(_RIVAL_MARKS)], color=_RIVAL,
                markersize=5, markeredgewidth=1.2, zorder=2.5,
            )  # fmt: skip
    if math.isnan(line.simulated.value):
        axes.text(-2.0, y, "no value", color=OUTSIDE, fontsize=7, ha="center", va="center")
    else:
        _bar(axes, y, line.shown, ends, colour, 1.3)
        _mark(axes, y, _place(line.simulated.value, *ends), bool(line.inside))
    _number(axes, y, 0, of_estimate(line.shown), colour)
    _number(axes, y, 1, span(fact.value, fact.low, fact.high))
    unit = f" {fact.unit}"
    _number(
        axes, y, 2, f"{short(ends[0])} to {short(ends[1])}{unit}", INK if has_range(fact) else QUIET
    )


def _bar(
    axes: Axes, y: float, found: Estimate, ends: tuple[float, float], colour: str, width: float
) -> None:
    """The interval of a value on the yardstick, cut at the edges."""
    if math.isnan(found.low) or math.isnan(found.high):
        return
    low, high = (_clipped(_place(value, *ends)) for value in (found.low, found.high))
    axes.plot(
        [low, high], [y, y], color=colour, linewidth=width, solid_capstyle="butt",
        alpha=0.45 if colour == _OBSERVED else 1.0,
    )  # fmt: skip


def _mark(axes: Axes, y: float, x: float, inside: bool) -> None:
    """A dot inside, a diamond outside, an arrow where it lies beyond the edge."""
    colour = INSIDE if inside else OUTSIDE
    marker = "o" if inside else "D"
    if abs(x) > _EDGE:
        marker = "<" if x < 0.0 else ">"
    size = 6.0 if marker in "o<>" else 5.0
    axes.plot([_clipped(x)], [y], marker=marker, color=colour, markersize=size, zorder=3)


def _facts_legend(baselines: Sequence[str], seeds: int) -> list[Patch | Line2D]:
    def mark(marker: str, colour: str, label: str, line: Any = "none") -> Line2D:
        return Line2D(
            [], [], marker=marker, color=colour, linestyle=line, label=label, markersize=6
        )

    over = f": mean over {seeds} seeds, lowest to highest" if seeds > 1 else ""
    return [
        Patch(
            color=_BAND,
            label="accepted: a stated range, or observed -+ 95 % of the difference (grey)",
        ),
        mark("|", _OBSERVED, "observed, with 95 % interval", "-"),
        mark("o", INSIDE, f"simulated, inside{over}", "-"),
        mark("D", OUTSIDE, "simulated, outside (arrow: off the scale)", "-"),
        *(
            mark(_RIVAL_MARKS[k % len(_RIVAL_MARKS)], _RIVAL, f"simpler model: {name}")
            for k, name in enumerate(baselines)
        ),
    ]


def gauges_figure(found: Sequence[Gauge]) -> Figure:
    """Closed forms as a strip of gauges.

    Parameters
    ----------
    found : sequence of Gauge
        At least one.

    Returns
    -------
    matplotlib.figure.Figure
        Each deviation from the formula as a share of what is allowed: 3 standard errors (dark) and
        the bias (pale).
    """
    with style():
        figure = _page(1, len(found) + 1.5)
        axes = _panel(figure, 0, 0.0, len(found))
        out = sum(not gauge.inside for gauge in found)
        _headline(figure, f"Closed forms: {len(found) - out} of {len(found)} kept")
        _rows_panel(axes, "Deviation from the formula", len(found), 1.5)
        for y, gauge in enumerate(found):
            _gauge_row(axes, y, gauge)
        axes.set_yticks(
            range(len(found)), [f"{gauge.id}  {gauge.title}" for gauge in found], fontsize=8
        )  # fmt: skip
        axes.set_xticks([-1.0, 0.0, 1.0], ["most allowed", "formula", "most allowed"], fontsize=7.5)
        axes.axvline(-1.0, color=QUIET, linewidth=0.8)
        axes.axvline(1.0, color=QUIET, linewidth=0.8)
        _heads(axes, ("formula", "measured", "deviation, allowed"))
        handles = [
            Patch(color="#B9D3C0", label="3 standard errors"),
            Patch(color=_BAND, label="bias that is known"),
            Line2D([], [], marker="o", color=INSIDE, linestyle="none", label="measured, inside"),
            Line2D([], [], marker="D", color=OUTSIDE, linestyle="none", label="measured, outside"),
        ]
        _legend(figure, handles, 4)
        return figure


def _gauge_row(axes: Axes, y: int, gauge: Gauge) -> None:
    deviation = gauge.measured - gauge.formula
    luck = ERRORS * gauge.standard_error / gauge.allowed if gauge.allowed > 0.0 else 0.0
    axes.barh([y], [2.0], left=-1.0, height=0.62, color=_BAND, linewidth=0, zorder=1)
    axes.barh([y], [2.0 * luck], left=-luck, height=0.62, color="#B9D3C0", linewidth=0, zorder=1.1)
    share = deviation / gauge.allowed if gauge.allowed > 0.0 else math.copysign(9.0, deviation)
    share = 0.0 if deviation == 0.0 else max(-1.5, min(1.5, share))
    colour, marker = (INSIDE, "o") if gauge.inside else (OUTSIDE, "D")
    axes.plot([share], [y], marker=marker, color=colour, markersize=6, zorder=3)
    _number(axes, y, 0, f"{gauge.formula:.4g}")
    _number(axes, y, 1, f"{gauge.measured:.4g}", colour)
    if gauge.standard_error > 0.0:
        errors = deviation / gauge.standard_error, gauge.allowed / gauge.standard_error
        words = f"{round(errors[0], 1) + 0.0:+.1f} errors of {errors[1]:.1f}"
    else:
        words = f"{deviation:+.1g} of {gauge.allowed:.1g}"
    _number(axes, y, 2, words, INK if gauge.inside else OUTSIDE)
