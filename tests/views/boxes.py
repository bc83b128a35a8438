"""Where the words, legends and data of a figure lie once it is drawn, and what covers what."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox

SLACK = 1.0  # points that two boxes may share: letters leave as much of a box empty
SMALLEST = 9.0  # points, at the common width of figures
_BETWEEN, _ACROSS = 8, 30  # points on a line between two of its ends, and across a bar


def faults(figure: Figure) -> list[str]:
    """What is wrong with how a figure is laid out, in words; empty when nothing is.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        It is drawn first.

    Returns
    -------
    list of str
        Words that lie over others, leave the figure, or are too small; legends that lie over words
        or data.
    """
    figure.draw_without_rendering()  # as drawing, but for the colours of pixels
    words = [(text, box_of(figure, text)) for text in words_of(figure)]
    return [
        *_overlapping(words),
        *_outside(figure, words),
        *_small(words),
        *_covered(figure, words),
    ]


def words_of(figure: Figure) -> list[Text]:
    """Every text that is to be seen, of ticks those within the view."""
    return [text for text in _texts(figure) if text.get_visible() and text.get_text().strip()]


def _texts(figure: Figure) -> Iterator[Text]:
    yield from figure.texts
    if suptitle := getattr(figure, "_suptitle", None):
        yield from [] if suptitle in figure.texts else [suptitle]
    for legend in legends_of(figure):
        yield from legend.get_texts()
        yield legend.get_title()
    for axes in _seen(figure):
        yield from axes.texts
        yield from (axes.title, axes._left_title, axes._right_title)
        for axis in (axes.xaxis, axes.yaxis):
            if axis.get_visible():
                yield axis.label
                yield axis.get_offset_text()
                for tick in axis._update_ticks():
                    yield from (
                        label for label in (tick.label1, tick.label2) if label.get_visible()
                    )


def _seen(figure: Figure) -> list[Any]:
    return [axes for axes in figure.axes if axes.get_visible()]


def legends_of(figure: Figure) -> list[Any]:
    """The legends of the figure and of its panels."""
    own = [axes.get_legend() for axes in _seen(figure)]
    return [*figure.legends, *(legend for legend in own if legend is not None)]


def box_of(figure: Figure, thing: Any) -> Bbox:
    """Where something lies, in points from the lower left."""
    box = thing.get_window_extent()
    return Bbox(box.get_points() * 72.0 / figure.dpi)


def _overlap(one: Bbox, other: Bbox, slack: float = SLACK) -> bool:
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    down = min(one.y1, other.y1) - max(one.y0, other.y0)
    return across > slack and down > slack


def _overlapping(words: list[tuple[Text, Bbox]]) -> list[str]:
    return [
        f"{one.get_text()!r} lies over {other.get_text()!r}"
        for (one, a), (other, b) in combinations(words, 2)
        if _overlap(a, b)
    ]


def _outside(figure: Figure, words: list[tuple[Text, Bbox]]) -> list[str]:
    width, height = 72.0 * figure.get_size_inches()
    return [
        f"{text.get_text()!r} leaves the figure"
        for text, box in words
        if box.x0 < -SLACK or box.y0 < -SLACK or box.x1 > width + SLACK or box.y1 > height + SLACK
    ]


def _small(words: list[tuple[Text, Bbox]]) -> list[str]:
    return [
        f"{text.get_text()!r} has {text.get_fontsize():g} points"
        for text, _ in words
        if text.get_fontsize() < SMALLEST
    ]


def _covered(figure: Figure, words: list[tuple[Text, Bbox]]) -> list[str]:
    found = []
    for legend in legends_of(figure):
        box, own = box_of(figure, legend), {id(text) for text in legend.get_texts()}
        own.add(id(legend.get_title()))
        found += [
            f"a legend lies over {text.get_text()!r}"
            for text, place in words
            if id(text) not in own and _overlap(box, place)
        ]
        for axes in _seen(figure):
            x, y = points_of(figure, axes).T
            inside = (x > box.x0) & (x < box.x1) & (y > box.y0) & (y < box.y1)
            if inside.any():
                found.append(f"a legend lies over {inside.sum()} points of data")
    return found


def points_of(figure: Figure, axes: Axes) -> np.ndarray:
    """Points on everything drawn in a panel: lines, marks, intervals, bars; within its frame.

    Returns
    -------
    numpy.ndarray
        float64, shape (points, 2), in points from the lower left.
    """
    parts = [np.zeros((0, 2))]
    for line in axes.get_lines():
        path = line.get_transform().transform(np.ma.filled(line.get_xydata().astype(float), np.nan))
        parts.append(_along(path) if line.get_linestyle() != "None" else path)
    for collection in axes.collections:
        if isinstance(collection, LineCollection):
            for segment in collection.get_segments():
                parts.append(_along(collection.get_transform().transform(segment)))
        elif isinstance(collection, PathCollection):
            parts.append(collection.get_offset_transform().transform(collection.get_offsets()))
        else:
            for path in collection.get_paths():
                parts.append(collection.get_transform().transform(path.vertices))
    for patch in axes.patches:
        if isinstance(patch, Rectangle):
            grid = np.stack(np.meshgrid(*2 * [np.linspace(0.0, 1.0, _ACROSS)]), axis=-1)
            parts.append(patch.get_transform().transform(grid.reshape(-1, 2)))
    points = np.concatenate([np.ma.filled(part, np.nan).reshape(-1, 2) for part in parts])
    points = points[np.isfinite(points).all(axis=1)]
    frame = axes.bbox.padded(1.0)
    within = (
        (points[:, 0] >= frame.x0) & (points[:, 0] <= frame.x1)
        & (points[:, 1] >= frame.y0) & (points[:, 1] <= frame.y1)
    )  # fmt: skip
    return points[within] * 72.0 / figure.dpi


def _along(ends: np.ndarray) -> np.ndarray:
    """The ends of a line, and points between them."""
    if len(ends) < 2:
        return ends
    steps = np.linspace(0.0, 1.0, _BETWEEN, endpoint=False)[:, None, None]
    between = ends[None, :-1] + steps * (ends[None, 1:] - ends[None, :-1])
    return np.concatenate([between.reshape(-1, 2), ends[-1:]])
