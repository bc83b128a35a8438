"""The panel with which every figure over time begins: who reads, by the day and by the week."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shequn.views.page import legend_above
from shequn.views.style import band, label_axes, number_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["READER_COLOURS", "WEEK", "draw_readers", "last_week", "legend_above"]
READER_COLOURS = {"weekly_readers": "#0072B2", "readers": "#CC79A7"}
_WORDS = {"weekly_readers": "read within 7 days", "readers": "read on the day"}
WEEK = 7


def draw_readers(axes: Axes, series: dict[str, np.ndarray]) -> None:
    """Draw how many read within seven days, and how many on each day.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where.
    series : dict of numpy.ndarray
        ``weekly_readers`` and ``readers``: float64, shape (runs, days). Of several runs the mean is
        drawn, with the band from 5 % to 95 % of them.
    """
    for name, colour in READER_COLOURS.items():
        values = series[name]
        days = np.arange(1, values.shape[1] + 1)
        low, high = np.quantile(values, [0.05, 0.95], axis=0)
        band(axes, days, values.mean(axis=0), (low, high), colour=colour, label=_WORDS[name])
    label_axes(axes, title="Readers", x="time", x_unit="day", y="readers", y_unit="persons")
    number_axis(axes)


def last_week(values: np.ndarray) -> np.ndarray:
    """Sum of the last seven days at each day, scaled up while there are fewer.

    Parameters
    ----------
    values : numpy.ndarray
        Days along the last axis.

    Returns
    -------
    numpy.ndarray
        float64, of the same shape.
    """
    total = np.cumsum(np.insert(values.astype(float), 0, 0.0, axis=-1), axis=-1)
    ends = np.arange(1, total.shape[-1])
    starts = np.maximum(0, ends - WEEK)
    return (total[..., ends] - total[..., starts]) * WEEK / (ends - starts)
