"""The table: one row for each figure, with its aim and whether it is met."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from benchmarks.timing import Spread

HEAD = ("what", "value", "low .. high", "unit", "aim", "")


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes
    ----------
    what : str
        What was timed.
    figure : Spread or None
        Median and extremes of the repetitions; None when it could not be had.
    unit : str
        Unit.
    at_most, at_least : float or None
        The aim, if there is one.
    """

    what: str
    figure: Spread | None
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def aim(self) -> str:
        if self.at_most is not None:
            return f"<= {self.at_most:g}"
        return f">= {self.at_least:g}" if self.at_least is not None else ""

    @property
    def verdict(self) -> str:
        if self.figure is None:
            return "not available"
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


def as_text(rows: Iterable[Row]) -> str:
    """The rows in aligned columns."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[k]) for line in lines) for k in range(len(HEAD))]
    right = (False, True, False, False, True, False)
    laid = [
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    ]
    return "\n".join([laid[0], "-" * max(map(len, laid)), *laid[1:]])


def as_json(rows: Iterable[Row]) -> str:
    """The rows as a JSON list."""
    lines = []
    for row in rows:
        figure = row.figure._asdict() if row.figure else None
        lines.append(asdict(row) | {"figure": figure, "verdict": row.verdict})
    return json.dumps(lines, indent=2)
