"""The table: one row for each figure, with its aim and whether it is met."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from benchmarks.timing import Spread

HEAD = ("what", "value", "low .. high", "unit", "aim", "")
WIDTHS = (58, 8, 18, 9, 8, 0)
RIGHT = (False, True, False, False, True, False)


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes
    ----------
    what : str
        What was timed.
    figure : Spread or None
        Median and extremes of the repetitions; None when there are none.
    unit : str
        Unit.
    at_most, at_least : float or None
        The aim, if there is one.
    note : str
        Why there is no figure.
    """

    what: str
    figure: Spread | None
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""

    @property
    def aim(self) -> str:
        if self.at_most is not None:
            return f"<= {self.at_most:g}"
        return f">= {self.at_least:g}" if self.at_least is not None else ""

    @property
    def verdict(self) -> str:
        if self.figure is None:
            return self.note
        if not self.aim:
            return ""
        met = (self.at_most is None or self.figure.median <= self.at_most) and (
            self.at_least is None or self.figure.median >= self.at_least
        )
        return "met" if met else "NOT MET"

    def cells(self) -> tuple[str, ...]:
        if self.figure is None:
            return (self.what, "-", "", self.unit, self.aim, self.verdict)
        spread = f"{_short(self.figure.low)} .. {_short(self.figure.high)}"
        if self.figure.low == self.figure.high:
            spread = ""
        return (self.what, _short(self.figure.median), spread, self.unit, self.aim, self.verdict)


def _short(value: float) -> str:
    if abs(value) >= 1000.0:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def head() -> str:
    """The heading of the table; rows follow as they come, so the columns have fixed widths."""
    laid = _laid(HEAD)
    return f"{laid}\n{'-' * len(_laid((*HEAD[:-1], 'NOT MET')))}"


def as_text(row: Row) -> str:
    """A row of the table."""
    return _laid(row.cells())


def _laid(cells: tuple[str, ...]) -> str:
    return "  ".join(
        cell.rjust(width) if to_right else cell.ljust(width)
        for cell, width, to_right in zip(cells, WIDTHS, RIGHT, strict=True)
    ).rstrip()


def as_json(row: Row) -> str:
    """A row as a line of JSON."""
    figure = row.figure._asdict() if row.figure else None
    return json.dumps(asdict(row) | {"figure": figure, "verdict": row.verdict})
