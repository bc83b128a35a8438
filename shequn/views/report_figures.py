"""The main figure of a report as SVG for a page: once wide, once for a narrow screen.

Text stays text, which the reader's own fonts show; nothing in it leads anywhere.
"""

from __future__ import annotations

import re
import textwrap
import warnings
from collections.abc import Sequence
from io import StringIO
from itertools import zip_longest
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from shequn.experiments.report.facts import Estimate
from shequn.experiments.report.panels import Line, Panel
from shequn.views.scales import few_and_many
from shequn.views.style import PALETTE, style

_WIDE, _NARROW = 7.2, 3.6  # inches: two of the second fit beside one another
_QUIET = "#6B6B6B"
_COLOURS = ("#7FB2D9", PALETTE[0], PALETTE[1])  # quiet, usual, lively
_MARKS = ("v", "o", "^")  # told apart without colours, too
_DASHES = ("--", "-", "-.")
_TAG = re.compile(r"<[^<>]*>")
_LETTERS, _FEW_LETTERS = 26, 15  # of a word beside an axis, before its line breaks
_TITLE = 30  # letters of a line above a panel
_MOST_ACROSS = 3


def svg_of(panels: Sequence[Sequence[Panel]], *, narrow: bool = False) -> str:
    """The figure.

    Parameters
    ----------
    panels : sequence of sequence of Panel
        For each thing that was varied a panel of each measure.
    narrow : bool
        One panel below the other, instead of two beside one another, or three where three things
        were varied.

    Returns
    -------
    str
        An element ``svg`` without scripts, links and names of its own but those with a prefix;
        empty where there is nothing to draw.
    """
    wide = len(panels) > 2 and not narrow
    chosen = [*zip_longest(*panels)] if wide else panels  # a row for each measure
    across = 1 if narrow else max(map(len, chosen), default=0)
    return _svg([panel for row in chosen for panel in row], across, "n" if narrow else "w")


def _svg(panels: Sequence[Panel | None], across: int, prefix: str) -> str:
    if not panels:
        return ""
    across = min(across, _MOST_ACROSS)
    rows = -(-len(panels) // across)
    letters = _LETTERS if across < _MOST_ACROSS else _FEW_LETTERS
    high = [_height(panel, across, letters) for panel in panels]
    heights = [max(high[k * across : (k + 1) * across]) for k in range(rows)]
    legend = any(line.label for panel in panels if panel for line in panel.lines)
    fonts: Any = {
        "svg.fonttype": "none", "text.parse_math": False, "font.size": 9, "axes.labelsize": 9,
        "xtick.labelsize": 8.5, "ytick.labelsize": 8.5, "legend.fontsize": 9,
    }  # fmt: skip
    with style(), mpl.rc_context(fonts):
        width = _WIDE if across > 1 else _NARROW
        figure = _figure(width, sum(heights) + 0.35 * legend)
        places = figure.subplots(rows, across, squeeze=False, height_ratios=heights).flat
        for axes, panel in zip_longest(places, panels):
            if panel is None:  # what was varied here has no such measure
                axes.axis("off")
            else:
                _draw(axes, panel, letters)
        if legend:
            handles = figure.axes[0].get_legend_handles_labels()
            figure.legend(*handles, loc="outside upper left", ncols=3, frameon=False)
        return _bare(figure, prefix)


def _figure(width: float, height: float) -> Figure:
    """An empty figure whose words stay as they are: its reader's fonts show them, not ours."""
    layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1, wspace=0.03, hspace=0.04)
    figure = Figure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def _height(panel: Panel | None, across: int, letters: int) -> float:
    """Inches."""
    if panel is None:
        return 0.0
    if not panel.words:
        return 2.35 if across < _MOST_ACROSS else 1.95
    words = panel.lines[0].x
    lines = sum(len(textwrap.wrap(str(word), letters)) or 1 for word in words)
    return 0.75 + 0.17 * lines + 0.13 * len(words) * len(panel.lines)


def _draw(axes: Axes, panel: Panel, letters: int) -> None:
    for k, line in enumerate(panel.lines):
        # One level alone is drawn as the middle one of three.
        look = k % 3 if len(panel.lines) > 1 else 1
        aside = (k - (len(panel.lines) - 1) / 2.0) * 0.22
        _line(axes, panel, line, look, aside)
    values = axes.xaxis if panel.words else axes.yaxis
    values.set_major_formatter(lambda value, _: f"{value:,g}".replace("-", "\u2212"))
    if panel.words:
        words = [textwrap.fill(str(word), letters) for word in panel.lines[0].x]
        axes.set_yticks(range(len(words)), words)
        axes.set_ylim(len(words) - 0.5, -0.5)
        axes.grid(visible=False, axis="y")
        axes.axvline(0.0, color=_QUIET, linewidth=0.8)
        axes.set_xlabel(textwrap.fill(panel.y, 2 * letters))
        return
    axes.axhline(0.0, color=_QUIET, linewidth=0.8)
    axes.set_xlabel(panel.x)
    axes.set_title(textwrap.fill(panel.y, _TITLE), fontsize=9, fontweight="bold")
    numbers = np.array(panel.lines[0].x, dtype=float)
    if panel.root:
        few_and_many(axes, np.unique(numbers))
    else:
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")


def _line(axes: Axes, panel: Panel, line: Line, look: int, aside: float) -> None:
    means = np.array([each.mean for each in line.found])
    ends = np.abs(np.array([_ends(each) for each in line.found]).T.reshape(2, -1))
    style_ = {
        "color": _COLOURS[look], "marker": _MARKS[look], "markersize": 4.5, "capsize": 2.0,
        "elinewidth": 1.0, "linewidth": 1.5, "label": line.label or None,
    }  # fmt: skip
    if panel.words:
        places = np.arange(len(means)) + aside
        axes.errorbar(means, places, xerr=ends, linestyle="none", **style_)
        return
    dashes = _DASHES[look] if panel.joined else "none"
    axes.errorbar(np.array(line.x, float), means, yerr=ends, linestyle=dashes, **style_)


def _ends(found: Estimate) -> tuple[float, float]:
    """How far the ends lie from the mean; 0 where there is no interval."""
    if found.n < 2:
        return 0.0, 0.0
    return found.mean - found.low, found.high - found.mean


def _bare(figure: Figure, prefix: str) -> str:
    """The element itself, without declarations, metadata, comments and addresses."""
    stream = StringIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(stream, format="svg", metadata={"Date": None}, facecolor="none")
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    for what in (r"<!--.*?-->", r"<metadata>.*?</metadata>", r"<style.*?</style>"):
        text = re.sub(what, "", text, flags=re.DOTALL)
    return _TAG.sub(lambda tag: _prefixed(tag.group(), prefix), text).strip()


def _prefixed(tag: str, prefix: str) -> str:
    """A tag whose names cannot meet those of another figure on the page."""
    tag = re.sub(r' xmlns(:\w+)?="[^"]*"', "", tag)
    tag = re.sub(r' id="([^"]*)"', rf' id="{prefix}-\1"', tag)
    tag = re.sub(r"url\(#", f"url(#{prefix}-", tag)
    tag = re.sub(r' xlink:href="#', f' href="#{prefix}-', tag)
    if tag.startswith("<svg"):
        tag = re.sub(r' (width|height|version)="[^"]*"', "", tag)
        tag = tag.replace("<svg", '<svg aria-hidden="true"')
    return tag
