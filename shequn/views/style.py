"""One look for every figure: fonts, colours, labels with units, and a save that never overwrites.

Importing this module changes nothing: settings hold inside `style` only, and figures are built
without pyplot, so no backend is chosen and no window can open.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import matplotlib.style
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from shequn.agents.errors import ResultsError, ShequnError, nearest
from shequn.views.fonts import CHINESE, families
from shequn.views.page import QUIET, Page, PageFigure

Drawing = TypeVar("Drawing")
DPI = 180
SCREEN_DPI = 90  # of a notebook, whose column is some 900 pixels wide
_NOTHING = 1e-12
WIDTH = 10.0  # inches of every figure, at which its words are 9 points or more
INK = "#222222"

# Okabe and Ito (2008), told apart by readers with any of the common colour-vision deficiencies.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
TIER_COLOURS = {"high": "#D55E00", "middle": "#009E73", "base": "#56B4E9"}
SOURCE_COLOURS = {"simulated": "#0072B2", "real": "#4D4D4D"}
# Light to dark, evenly falling in lightness: larger groups are darker, also in greyscale print.
GROUP_SIZE_COLOURS = ("#E3C04A", "#C49A3C", "#9C7B52", "#74636A", "#4A4C73", "#22325E", "#0A1738")

_SETTINGS = {
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 7,
    "axes.labelsize": 9.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(color=PALETTE),
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.7,
    "text.color": INK,
    "text.parse_math": False,  # names may hold a dollar
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.title_fontsize": 9,
    "legend.frameon": True,
    "legend.framealpha": 0.9,
    "legend.edgecolor": "none",
    "lines.linewidth": 1.8,
    "figure.titlesize": 13,
    "figure.titleweight": "bold",
    "figure.facecolor": "white",
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "savefig.facecolor": "white",
    "svg.hashsalt": "shequn",
}
# Fields that would make two equal figures differ in bytes.
_METADATA = {".png": {"Software": None}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}


class Picture(PageFigure):
    """A figure that a notebook shows, with pyplot or without."""

    def _repr_png_(self) -> bytes:
        rendered = BytesIO()
        with style():
            self.savefig(rendered, format="png", dpi=SCREEN_DPI)
        return rendered.getvalue()


@contextmanager
def style() -> Iterator[None]:
    """Apply the project's settings inside the ``with`` block; the reader's own return after it."""
    # The reset keeps a reader's own matplotlibrc out; the backend is no part of a style.
    fonts: dict[str, Any] = {"font.family": list(families())}
    with matplotlib.style.context({**_SETTINGS, **fonts}, after_reset=True):
        yield


def new_figure(width: float = WIDTH, height: float = 6.0, *, fixed: bool = False) -> Picture:
    """Make an empty figure with an Agg canvas and a page on which nothing covers anything else.

    Parameters
    ----------
    width, height : float
        Inches; 180 pixels each when saved. Words are 9 points or more at the common width.
    fixed : bool
        Panels stay where they are put.

    Returns
    -------
    Picture
        Call inside `style`; its words are written by `shequn.views.page`.
    """
    # Inches around each panel, then room between panels as a fraction of their size.
    layout = Page(fixed=fixed, w_pad=0.08, h_pad=0.1, wspace=0.03, hspace=0.04)
    figure = Picture(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def one_of(known: Mapping[str, Drawing], name: str) -> Drawing:
    """What is known by a name.

    Parameters
    ----------
    known : mapping
        By name.
    name : str
        The name.

    Returns
    -------
    object
        What it stands for.

    Raises
    ------
    ResultsError
        With the names that there are.
    """
    if name not in known:
        words = f"'{name}' is no figure of these results; there are {', '.join(known)}"
        raise ResultsError(words + nearest(name, known))
    return known[name]


def save(figure: Figure, path: str | Path) -> Path:
    """Write a figure to a new file; equal figures give equal bytes.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to write.
    path : str or pathlib.Path
        Ends in .png, .svg or .pdf. Missing folders are made.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    ResultsError
        If the file exists already, the ending is another one, or the folder cannot be written.
    """
    path = Path(path)
    if path.suffix not in _METADATA:
        raise ResultsError(f"{path}: a figure must end in {', '.join(_METADATA)}")
    if path.exists():
        raise ResultsError(
            f"{path}: exists already and is not overwritten; choose another name or remove it"
        )
    rendered = BytesIO()
    with style():
        figure.savefig(rendered, format=path.suffix[1:], dpi=DPI, metadata=_METADATA[path.suffix])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as stream:
            stream.write(rendered.getvalue())
    except OSError as error:
        raise ResultsError(f"{path}: cannot be written ({error.strerror})") from error
    if marks := getattr(figure, "marks", {}):
        words = ", ".join(f"{mark} is {word}" for word, mark in marks.items())
        hint = f"no font here has these characters; {CHINESE[0]} or {CHINESE[4]} would"
        print(f"{path.name}: {words} ({hint})", file=sys.stderr)
    return path


def band(
    axes: Axes,
    x: np.ndarray,
    middle: np.ndarray,
    interval: tuple[np.ndarray, np.ndarray],
    *,
    colour: str,
    label: str,
    line_style: str = "-",
) -> None:
    """Draw a line with the band between two bounds.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where.
    x, middle : array_like of float, shape (n,)
        The line.
    interval : pair of array_like of float, each of shape (n,)
        Lower and upper bound.
    colour, label, line_style : str
        Of the line; the band has the same colour, pale, and no entry in the legend.
    """
    low, high = interval
    axes.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0)
    axes.plot(x, middle, color=colour, label=label, linestyle=line_style)


def label_axes(
    axes: Axes, *, title: str = "", x: str, y: str, x_unit: str = "", y_unit: str = ""
) -> None:
    """Set title and axis labels, each label with its unit in brackets.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where.
    title : str
        What is measured.
    x, y : str
        Quantities.
    x_unit, y_unit : str
        Units; empty for a number without one.
    """
    axes.set_title(title)
    axes.set_xlabel(f"{x} [{x_unit}]" if x_unit else x)
    axes.set_ylabel(f"{y} [{y_unit}]" if y_unit else y)


def percent_axis(axes: Axes, which: str = "y") -> None:
    """Show shares between 0 and 1 as percent on the axis `which` (``"x"`` or ``"y"``)."""
    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))


def number_axis(axes: Axes, which: str = "y", most: int = 7) -> None:
    """Show numbers as they are read, 20,000 or 3 M, at few enough places to keep them apart.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where.
    which : str
        ``x`` or ``y``.
    most : int
        Intervals between two marks, at most.
    """
    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_locator(MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))


def open_up(panels: Sequence[Axes], which: str) -> None:
    """Give an axis on which there is nothing but 0 a scale: panels that share it, all drawn."""
    for axes in panels:
        low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
        if max(abs(low), abs(high)) < _NOTHING:
            (axes.set_xlim if which == "x" else axes.set_ylim)(-1.0, 1.0)


def day_axis(axes: Axes, most: int = 6) -> None:
    """Mark whole days on the axis across."""
    axes.xaxis.set_major_locator(MaxNLocator(nbins=most, integer=True))


def number(value: float) -> str:
    """A number as it is read on an axis: 1,500; 20,000; 3 M (million); 1.2 bn (billion)."""
    size = abs(value)
    if size >= 1e9:
        return f"{value / 1e9:,.4g} bn"
    if size >= 1e6:
        return f"{value / 1e6:,.4g} M"
    if size >= 100.0:
        return f"{round(value, 6):,.6g}" if size < 1e5 else f"{value:,.0f}"
    return f"{value:.4g}"


def plain_log_axis(axes: Axes, which: str = "x") -> None:
    """Make the axis `which` logarithmic with labels 1, 2, 5, 10, ... instead of powers."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    set_scale = axes.set_xscale if which == "x" else axes.set_yscale
    set_scale("log")
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.set_minor_formatter(NullFormatter())


@dataclass(frozen=True)
class Look:
    """How one line among several is drawn: no two have the same.

    Attributes
    ----------
    colour, marker : str
        Of the line and its marks.
    dash : str or tuple
        Style of the line.
    """

    colour: str
    dash: Any = "-"
    marker: str = "o"


_DASHES = (("-", "o"), ((0, (4, 1.6)), "s"), ((0, (1.2, 1.4)), "^"))
MOST_LINES = 12  # besides the first: in one panel more can hardly be told apart


def looks(lines: int, first: str | None = None) -> list[Look]:
    """A look for each line.

    Parameters
    ----------
    lines : int
        At most 3 x 6.
    first : str, optional
        Colour of the first line, the one that others are held against.

    Returns
    -------
    list of Look
        Colours in their order, then the same with other dashes and marks.
    """
    colours = PALETTE[:6]
    rest = lines - (first is not None)
    own = [Look(colours[k % 6], *_DASHES[k // 6]) for k in range(rest)]
    return own if first is None else [Look(first), *own]


def looks_of(vary: dict[str, list[Any]], lines: int) -> list[Look]:
    """A look for each line: shades where the lines are group sizes."""
    path, values = next(iter(vary.items()))
    if path == "group.capacity" and len(values) == lines <= len(GROUP_SIZE_COLOURS):
        colours = size_colours(values)
        return [Look(colours[value]) for value in values]
    return looks(lines)


def size_colours(sizes: Iterable[int]) -> dict[int, str]:
    """Give each group size a colour, darker for larger groups.

    Parameters
    ----------
    sizes : iterable of int
        Group sizes, members; at most seven different ones.

    Returns
    -------
    dict of int to str
        Colour of each size, in rising order, spread over the whole sequence.

    Raises
    ------
    ShequnError
        If there are more sizes than colours.
    """
    rising = sorted(set(sizes))
    if len(rising) > len(GROUP_SIZE_COLOURS):
        most = len(GROUP_SIZE_COLOURS)
        raise ShequnError(f"group sizes: {len(rising)} in one figure; {most} can be told apart")
    steps = np.linspace(0, len(GROUP_SIZE_COLOURS) - 1, len(rising)).round().astype(int)
    return {size: GROUP_SIZE_COLOURS[step] for size, step in zip(rising, steps, strict=True)}
