"""How what a sweep varies is named and where it stands on an axis; promotions as strategists count.

Whoever plans advertising sets promotions a week in each group. So that is what an axis of
promotions shows, whether their number or their share of all messages was varied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.experiments.compare.sweep import Sweep
from shequn.model.parameters import declared
from shequn.model.scenario import declaration_of
from shequn.views.style import percent_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

A_DAY, A_SHARE = "policy.promos_per_day", "policy.promo_share"
WEEKLY = "promotions a week in each group"
_SHORT = 6  # letters: "name", "rate" and "price" need their section


def of_promotions(path: str) -> bool:
    """Whether a parameter says how many promotions there are."""
    return path in (A_DAY, A_SHARE)


def is_scale(path: str, values: list[Any]) -> bool:
    """Whether values can be told apart on an axis: two or more finite numbers."""
    about = declaration_of(path)
    number = about is not None and about.kind in (int, float)
    return number and len(set(values)) > 1 and bool(np.isfinite(values).all())


def name_of(path: str) -> str:
    """Name of a parameter for a reader: its section too where the last word alone says little."""
    section, _, last = path.rpartition(".")
    if not section:
        return last
    alone = len(last) > _SHORT and sum(p.endswith(f".{last}") for p in declared()) == 1
    return (last if alone else f"{section} {last}").replace("_", " ").replace(".", " ")


def setting_of(path: str, value: Any) -> str:
    """What a parameter is set to, for a reader: ``group capacity 200``, ``7 promotions a week``."""
    if path == A_DAY:
        number = f"{7.0 * value:.3g}"
        return f"{number} promotion{'' if number == '1' else 's'} a week"
    return f"{name_of(path)} {value_of(path, value)}"


def value_of(path: str, value: Any) -> str:
    """A value of a parameter for a reader."""
    if path.endswith("share") and isinstance(value, float):
        return f"{100 * value:.3g} %"
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def label_of(path: str) -> str:
    """What stands beside the axis of a parameter, with its unit."""
    if of_promotions(path):
        return WEEKLY
    about = declaration_of(path)
    unit = about.unit if about else ""
    return f"{name_of(path)} [{unit}]" if unit not in ("", "1") else name_of(path)


def places(sweep: Sweep, path: str, points: list[int]) -> np.ndarray:
    """Where points stand on the axis of a parameter.

    Parameters
    ----------
    sweep : Sweep
        The results.
    path : str
        A parameter that is a number.
    points : list of int
        The points.

    Returns
    -------
    numpy.ndarray
        float64, shape (points,): the values; promotions a week in each group, as they came out,
        where their share was varied (nan where no run succeeded).
    """
    values = [sweep.design.rows[point][path] for point in points]
    if path == A_SHARE:
        values = [sweep.interval("promos_per_week", point).mean for point in points]
    return np.array(values, dtype=float) * (7.0 if path == A_DAY else 1.0)


def ticks_of(sweep: Sweep, path: str) -> list[str]:
    """A word for each value of a parameter on an axis without a scale.

    Parameters
    ----------
    sweep : Sweep
        The results.
    path : str
        A parameter that is varied.

    Returns
    -------
    list of str
        In the order of the values; of promotions how many a week in each group, and below it the
        share of all messages, both from the least to the most of the points that have this value.
    """
    values = sweep.vary[path]
    if not of_promotions(path):
        return [value_of(path, value) for value in values]
    words = []
    for value in values:
        points = [k for k, row in enumerate(sweep.design.rows) if row[path] == value]
        weekly = places(sweep, path, points)
        shares = np.array([sweep.interval("promo_share_sent", point).mean for point in points])
        words.append(f"{_range(weekly)}\n({_range(100.0 * shares)} %)")
    return words


def _range(numbers: np.ndarray) -> str:
    known = numbers[np.isfinite(numbers)]
    if not len(known):
        return "-"
    return " to ".join(dict.fromkeys(f"{each:.2g}" for each in (known.min(), known.max())))


def heat_label_of(path: str) -> str:
    """What stands beside an axis with the words of `ticks_of`."""
    return f"{WEEKLY} (as a share of all messages)" if of_promotions(path) else label_of(path)


def show_percent(axes: Axes, path: str) -> None:
    """Make the axis across show percent where the parameter is a share and shown as such."""
    if path.endswith("share") and not of_promotions(path):
        percent_axis(axes, "x")


def few_and_many(axes: Axes, numbers: np.ndarray) -> None:
    """Give few promotions more room than many: an axis by the square root, marked at the numbers.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Its axis across has promotions a week.
    numbers : numpy.ndarray
        Those that were tried, none below 0; a mark that would touch the one before is left out.
    """
    if not len(numbers) or numbers.min() < 0.0 or numbers.max() <= 0.0:
        return
    axes.set_xscale("function", functions=(_root, _square))
    most = np.sqrt(numbers.max())
    marks: list[float] = []
    for number in np.sort(numbers):
        if not marks or np.sqrt(number) - np.sqrt(marks[-1]) > 0.04 * most:
            marks.append(float(number))
    axes.set_xticks(marks, [f"{mark:.3g}" for mark in marks])
    axes.set_xlim(0.0 if numbers.min() > 0.0 else -0.0004 * numbers.max(), 1.05 * numbers.max())


def aside(path: str, x: np.ndarray, line: int) -> np.ndarray:
    """Where the marks of one of several lines stand, so that their intervals do not cover others.

    Parameters
    ----------
    path : str
        What the axis across has.
    x : numpy.ndarray
        Places of all marks: float64, shape (lines, values).
    line : int
        Which of the lines.

    Returns
    -------
    numpy.ndarray
        float64, shape (values,).
    """
    known = x[np.isfinite(x)]
    if not len(known):
        return x[line]
    step = 0.006 * (line - (len(x) - 1) / 2)
    if path == A_DAY and known.min() >= 0.0:
        return _square(_root(x[line]) + step * float(np.sqrt(known.max())))
    return x[line] + step * float(np.ptp(known))


def _square(values: np.ndarray) -> np.ndarray:
    """The inverse of `_root`."""
    return np.sign(values) * np.square(values)


def _root(values: np.ndarray) -> np.ndarray:
    """The square root, and its mirror below 0, so that a margin can be drawn there."""
    return np.sign(values) * np.sqrt(np.abs(values))
