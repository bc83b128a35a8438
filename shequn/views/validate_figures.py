"""The figures of a validation: facts on one yardstick, and closed forms as a strip of gauges."""

from __future__ import annotations

import math
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
)
from shequn.experiments.validate.validate import Validation
from shequn.views.page import (
    Page,
    headline,
    legend_below,
    note,
    place_words,
    width_of,
    wrapped,
)
from shequn.views.style import INK, PALETTE, QUIET, new_figure, style

INSIDE, OUTSIDE = PALETTE[0], PALETTE[1]
_EDGE = 3.0  # half-widths of the yardstick; what lies further is drawn at the edge
_BAND, _OBSERVED = "#DCE9DF", "#7A8B80"
_RIVAL = "#5E3C99"
_RIVAL_MARKS = ("|", "x", "+", "1", "2", "3")
# Inches: a row, the part of the page left of an axis, the axis, columns of numbers to the right of
# its left end, the title and the ends of a panel.
_ROW, _LABELS, _AXIS = 0.31, 3.4, 2.1
_NUMBERS = (2.25, 4.4)
_GAUGES = (2.3, 3.35, 4.4)
_TITLE, _ENDS = 0.42, 0.45


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
    groups = {name: lines for name, lines in groups.items() if lines}
    with style():
        met, missed, _ = counts(found.checked)
        size = "" if found.size == 1.0 else f", at {found.size:.0%} of full size"
        about = f"{over_which(found)}{size}"
        if alone := at_single_seeds(found):
            about += f"; at a single seed {alone}"
        figure = new_figure()
        headline(figure, f"{met} of {met + missed} facts are met", about)
        legend_below(figure, _facts_legend(baseline_names(found), len(found.seeds)))
        note(figure, "The observed values and their intervals are in facts.md and facts.csv.")
        panels = _panels(figure, [len(lines) for lines in groups.values()])
        for axes, (name, lines) in zip(panels, groups.items(), strict=True):
            title = found.scenarios[name].title or name
            _facts_panel(axes, title, lines, baseline_names(found), len(found.seeds))
        return figure


def _panels(figure: Figure, rows: Sequence[int]) -> list[Axes]:
    """Panels with so many rows below one another; the page is made as long as that takes.

    Places are given in inches, and nothing moves them.
    """
    width, height = figure.get_size_inches()
    top, bottom = place_words(figure)
    head, foot = (1.0 - top) * height + 0.08, bottom * height
    height = head + foot + sum(_TITLE + _ROW * each + _ENDS for each in rows)
    figure.set_layout_engine(Page(fixed=True))
    figure.set_size_inches(width, height)
    panels, down = [], head
    for each in rows:
        down += _TITLE + _ROW * each
        place = (_LABELS / width, 1.0 - down / height, _AXIS / width, _ROW * each / height)
        panels.append(figure.add_axes(place))
        down += _ENDS
    return panels


def _facts_panel(
    axes: Axes, title: str, lines: list[Checked], baselines: Sequence[str], seeds: int
) -> None:
    met, missed, _ = counts(lines)
    _rows_panel(axes, f"{title}: {met} of {met + missed}", len(lines), _EDGE)
    axes.axvspan(-1.0, 1.0, color=_BAND, linewidth=0, zorder=0)
    for y, line in enumerate(lines):
        _fact_row(axes, y, line, baselines)
    labels = [_in_two_lines(line.fact.title) for line in lines]
    axes.set_yticks(range(len(lines)), labels, linespacing=0.9)
    for label, line in zip(axes.get_yticklabels(), lines, strict=True):
        label.set_color({True: INK, False: OUTSIDE, None: QUIET}[line.inside])
    axes.set_xticks([-1.0, 0.0, 1.0], ["accepted from", "", "to"])
    _heads(axes, _NUMBERS, (f"simulated [{_ends(seeds)}]", "accepted, unit"))


def _in_two_lines(words: str) -> str:
    """A title in two lines at most; what does not fit is told by three dots."""
    first, *rest = wrapped(words, _LABELS - 0.25).split("\n")
    if not rest:
        return first
    second = " ".join(rest)
    while len(rest) > 1 and width_of(f"{second}…", 9.0) > _LABELS - 0.25:
        second = second[:-1]
    return f"{first}\n{second}{'…' if len(second) < len(' '.join(rest)) else ''}"


def _ends(seeds: int) -> str:
    return "lowest, highest" if seeds > 1 else "95 %"


def _rows_panel(axes: Axes, title: str, rows: int, edge: float) -> None:
    axes.set_title(title, x=0.12 / _AXIS - _LABELS / _AXIS, pad=16)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_xlim(-edge * 1.06, edge * 1.06)
    axes.grid(False)
    axes.tick_params(length=0)
    axes.spines["left"].set_visible(False)
    for y in range(rows - 1):
        axes.axhline(y + 0.5, color="#EEEEEE", linewidth=0.6, zorder=0.5)
    axes.axvline(0.0, color="#C9C9C9", linewidth=0.6, zorder=0.6)


def _heads(axes: Axes, places: Sequence[float], words: Sequence[str]) -> None:
    for x, head in zip(places, words, strict=True):
        place = axes.transAxes
        axes.text(x / _AXIS, 1.0, head, transform=place, fontsize=9, color=QUIET, va="bottom")


def _number(axes: Axes, y: float, place: float, words: str, colour: str = INK) -> None:
    x, transform = place / _AXIS, axes.get_yaxis_transform()
    axes.text(x, y, words, transform=transform, fontsize=9, color=colour, va="center")


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
    axes.text(0.0, y, SHOWN_ONLY, color=QUIET, fontsize=9, ha="center", va="center")
    _number(axes, y, _NUMBERS[0], of_estimate(line.shown), QUIET)
    _number(axes, y, _NUMBERS[1], fact.unit, QUIET)


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
        axes.text(-2.0, y, "no value", color=OUTSIDE, fontsize=9, ha="center", va="center")
    else:
        _bar(axes, y, line.shown, ends, colour, 1.3)
        _mark(axes, y, _place(line.simulated.value, *ends), bool(line.inside))
    _number(axes, y, _NUMBERS[0], of_estimate(line.shown), colour)
    accepted = f"{short(ends[0])} to {short(ends[1])} {fact.unit}"
    _number(axes, y, _NUMBERS[1], accepted, INK if has_range(fact) else QUIET)


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
        figure = new_figure()
        out = sum(not gauge.inside for gauge in found)
        finding = f"{len(found) - out} of {len(found)} closed forms are kept"
        headline(figure, finding, "the model switched down to cases whose answer is a formula")
        handles = [
            Patch(color="#B9D3C0", label="3 standard errors"),
            Patch(color=_BAND, label="bias that is known"),
            Line2D([], [], marker="o", color=INSIDE, linestyle="none", label="measured, inside"),
            Line2D([], [], marker="D", color=OUTSIDE, linestyle="none", label="measured, outside"),
        ]
        legend_below(figure, handles)
        [axes] = _panels(figure, [len(found)])
        _rows_panel(axes, "Deviation from the formula", len(found), 1.5)
        for y, gauge in enumerate(found):
            _gauge_row(axes, y, gauge)
        axes.set_yticks(
            range(len(found)), [_in_two_lines(f"{each.id}  {each.title}") for each in found],
            linespacing=0.9,
        )  # fmt: skip
        axes.set_xticks([-1.0, 0.0, 1.0], ["most\nallowed", "formula", "most\nallowed"])
        axes.axvline(-1.0, color=QUIET, linewidth=0.8)
        axes.axvline(1.0, color=QUIET, linewidth=0.8)
        _heads(axes, _GAUGES, ("formula", "measured", "deviation, allowed"))
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
    _number(axes, y, _GAUGES[0], f"{gauge.formula:.4g}")
    _number(axes, y, _GAUGES[1], f"{gauge.measured:.4g}", colour)
    if gauge.standard_error > 0.0:
        errors = deviation / gauge.standard_error, gauge.allowed / gauge.standard_error
        words = f"{round(errors[0], 1) + 0.0:+.1f} errors of {errors[1]:.1f}"
    else:
        words = f"{deviation:+.1g} of {gauge.allowed:.1g}"
    _number(axes, y, _GAUGES[2], words, INK if gauge.inside else OUTSIDE)
