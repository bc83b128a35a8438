"""The page of a figure: heading, what it is of, panels, legend and notes, one below the other.

Nothing on a page covers anything else: room for the words above and below is measured first, and
the panels get what is left.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine

from shequn.views.fonts import LegibleFigure, families, illegible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend
    from matplotlib.text import Text

HEADING, BODY = 13.0, 9.5  # points
QUIET = "#5A5A5A"
_EDGE = 0.12  # inches
_HINTS = 1.03  # letters are set on whole pixels: how much wider that may make them
_APART = 0.07  # inches between two blocks of words
# Points between a panel and its title, and what a row of a legend adds between them.
_TITLE_PAD, _LEGEND_ROW = 8.0, 14.0


class PageFigure(LegibleFigure):
    """A figure with words above and below its panels.

    Attributes
    ----------
    above : list of matplotlib.text.Text
        From the top down.
    below : list of matplotlib.artist.Artist
        Legends and notes, from the top down.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.above: list[Text] = []
        self.below: list[Legend | Text] = []

    def words(self) -> str:
        """What stands above the panels."""
        return "\n".join(text.get_text() for text in self.above)


class Page(ConstrainedLayoutEngine):
    """Panels between the words above and below; ``fixed`` leaves the panels where they are."""

    def __init__(self, *, fixed: bool = False, **named: Any) -> None:
        super().__init__(**named)
        self._fixed = fixed

    def execute(self, fig: Figure) -> None:
        """Place everything."""
        top, bottom = place_words(fig)
        if not self._fixed:
            self.set(rect=(0.0, bottom, 1.0, max(0.1, top - bottom)))
            super().execute(fig)


def place_words(figure: Figure) -> tuple[float, float]:
    """Place what stands above and below the panels.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Whose words are placed, if it has any.

    Returns
    -------
    top, bottom : float
        Between them there is room for panels, as shares of the height.
    """
    width, height = figure.get_size_inches()
    renderer: Any = figure._get_renderer()  # pyright: ignore[reportAttributeAccessIssue]
    left, top, bottom = _EDGE / width, 1.0, 0.0
    for text in getattr(figure, "above", []):
        top -= (_EDGE if top == 1.0 else _APART) / height
        text.set_position((left, top))
        top -= text.get_window_extent(renderer).height / (figure.dpi * height)
    for thing in reversed(getattr(figure, "below", [])):
        bottom += (_EDGE if bottom == 0.0 else _APART) / height
        if hasattr(thing, "set_bbox_to_anchor"):
            thing.set_bbox_to_anchor((left, bottom), figure.transFigure)
        else:
            thing.set_position((left, bottom))
        bottom += thing.get_window_extent(renderer).height / (figure.dpi * height)
    return top, bottom


def fit_height(figure: Figure, inches: float) -> None:
    """Make the page as tall as its words and so many inches of panels, with their own labels."""
    width, height = figure.get_size_inches()
    top, bottom = place_words(figure)
    figure.set_size_inches(width, height * (1.0 - top + bottom) + inches)


def headline(figure: Any, finding: str, about: str = "") -> None:
    """Write the heading of a figure.

    Parameters
    ----------
    figure : PageFigure
        Where; call inside `shequn.views.style.style`.
    finding : str
        What the figure shows, never more certain than its intervals.
    about : str
        Below it, smaller: of what, of how many runs, what intervals are. Lines stay apart.
    """
    room = figure.get_size_inches()[0] - 2 * _EDGE
    heading = figure.suptitle(
        wrapped(figure.legible(finding), room, HEADING, "bold"),
        ha="left",
        va="top",
        fontsize=HEADING,
    )
    _add_above(figure, heading)
    if about:
        words = wrapped(figure.legible(about), room, BODY)
        _add_above(figure, figure.text(0.0, 1.0, words, va="top", fontsize=BODY, color=QUIET))


def _add_above(figure: Any, text: Text) -> None:
    text.set_in_layout(False)
    figure.above.append(text)


def note(figure: Any, words: str) -> None:
    """Write a note at the foot; nothing where there are no words."""
    if words:
        room = figure.get_size_inches()[0] - 2 * _EDGE
        text = figure.text(
            0.0, 0.0, wrapped(figure.legible(words), room, 9.0), va="bottom", color=QUIET
        )
        text.set(in_layout=False, fontsize=9.0)
        figure.below.append(text)


def legend_below(figure: Any, handles: Sequence[Any], labels: Sequence[str] | None = None) -> None:
    """A legend below the panels, with as many columns as the page has room for.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Where.
    handles : sequence
        What is explained; nothing is drawn where there is none.
    labels : sequence of str, optional
        A word for each; its own where none is given.
    """
    if not handles:
        return
    room = figure.get_size_inches()[0] - 2 * _EDGE
    words = [str(h.get_label()) for h in handles] if labels is None else list(labels)
    words = [wrapped(figure.legible(each), min(room - 1.0, 4.4), 9.0) for each in words]
    legend = None
    for columns in range(len(handles), 0, -1):
        if legend is not None:
            legend.remove()
        legend = figure.legend(
            handles, words, loc="lower left", ncols=columns, borderaxespad=0.0, borderpad=0.1,
            frameon=False, bbox_to_anchor=(0.0, 0.0), columnspacing=1.6, handlelength=2.2,
        )  # fmt: skip
        legend.set_in_layout(False)
        if legend.get_window_extent(figure._get_renderer()).width / figure.dpi <= room:
            break
    figure.below.append(legend)


def legend_above(axes: Axes, handles: Sequence[Any] | None = None, columns: int = 0) -> None:
    """A legend between a panel and its title, where it covers nothing.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        With its title set.
    handles : sequence, optional
        What is explained: the lines drawn where none are given.
    columns : int
        0: all in one row.
    """
    found = list(handles) if handles is not None else axes.get_legend_handles_labels()[0]
    columns = columns or len(found)
    axes.legend(
        handles=found, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=columns, frameon=False,
        borderaxespad=0.15, borderpad=0.1, columnspacing=1.2, handlelength=1.6, handletextpad=0.5,
        labelspacing=0.3,
    )  # fmt: skip
    rows = -(-len(found) // columns)
    axes.set_title(axes.get_title(loc="left"), pad=_TITLE_PAD + _LEGEND_ROW * rows)


def wrapped(words: str, inches: float, size: float = 9.0, weight: str = "normal") -> str:
    """Words broken into lines that fit; Chinese is broken between any two characters.

    Parameters
    ----------
    words : str
        Lines stay apart.
    inches : float
        Room.
    size : float
        Points.
    weight : str
        ``normal`` or ``bold``.

    Returns
    -------
    str
        The lines; a single word that is longer than the room is broken, too.
    """
    lines = []
    for line in words.split("\n"):
        row = ""
        for part in _parts(line):
            if row and width_of(row + part.rstrip(), size, weight) > inches:
                lines.append(row.rstrip())
                row = ""
            row += part if row else part.lstrip()
            while width_of(row.rstrip(), size, weight) > inches and len(row) > 1:
                cut = _fitting(row, inches, size, weight)
                lines.append(row[:cut])
                row = row[cut:]
        lines.append(row.rstrip())
    return "\n".join(lines)


def rows_tall(names: Sequence[str], least: float = 0.34) -> float:
    """Inches that rows take whose names have as many lines as these, so that no two touch."""
    lines = max((name.count("\n") + 1 for name in names), default=1)
    return max(1, len(names)) * max(least, 0.155 * lines + 0.12)


def rows_of(names: Sequence[str], least: float = 0.32) -> tuple[list[float], float]:
    """Where rows lie, each as tall as its own name needs.

    Returns
    -------
    middles : list of float
        Inches from the top.
    total : float
        Inches.
    """
    middles, down = [], 0.0
    for name in names:
        tall = max(least, 0.155 * (name.count("\n") + 1) + 0.1)
        middles.append(down + tall / 2)
        down += tall
    return middles, down


def _fitting(row: str, inches: float, size: float, weight: str) -> int:
    """How many characters of a row fit, at least 1."""
    cut = 1
    while cut < len(row) and width_of(row[: cut + 1], size, weight) <= inches:
        cut += 1
    return cut


def _parts(line: str) -> list[str]:
    """Pieces between which a line may be broken: words with the space behind, Chinese characters.

    A closing mark stays with the character before it, a per cent with its number.
    """
    parts: list[str] = []
    new = True
    for mark in line:
        wide = unicodedata.east_asian_width(mark) in "WF"
        closing = wide and unicodedata.category(mark) in ("Po", "Pe", "Pf")
        stays = closing or mark in " %"
        if not parts or ((new or wide) and not stays):
            parts.append(mark)
        else:
            parts[-1] += mark
        new = wide or mark == " "
    return parts


@lru_cache(maxsize=20_000)
def width_of(words: str, size: float, weight: str = "normal") -> float:
    """Width of a line of words, in inches."""
    font = FontProperties(family=list(families()), size=size, weight=weight)
    if unknown := illegible(words):
        words = re.sub(f"[{re.escape(unknown)}]", "M", words)  # what stands there instead
    width, _, _ = _measure().get_text_width_height_descent(words, font, False)
    return _HINTS * width / 144.0


@lru_cache(maxsize=1)
def _measure() -> RendererAgg:
    return RendererAgg(1, 1, 144)
