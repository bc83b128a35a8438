"""Dates and clocks as programs of many languages write them; the order told from a whole file."""

from __future__ import annotations

import re
from datetime import date

import numpy as np

from shequn.agents.errors import ShequnError

FIRST_YEAR, LAST_YEAR = 1990, 2100  # outside of them a date is no date of a chat (assumed)
ORDERS = ("dmy", "mdy", "ymd")
SECONDS_PER_DAY = 86_400
_APART = 4  # times as far apart as they would be with the year in front (assumed)
NO_DAY = -(10**9)
_EPOCH = date(1970, 1, 1).toordinal()
_MOST_CLOCKS = 300_000
_MOST_DATES = 200_000  # different dates of an export: more than there are days (assumed)
_FILE = -1  # stands where a file begins
_BACK = 1  # days by which the next message may lie before the one above it (assumed)

DATE = r"\d{1,4}(?:[./-]\s?|年\s?)\d{1,2}(?:[./-]\s?|月\s?)\d{1,4}(?:\.|日)?"
_HALF = "上午|下午|凌晨|早上|清晨|中午|晚上|傍晚|午前|午後|오전|오후"
CLOCK = (
    rf"(?:(?:{_HALF})\s?)?\d{{1,2}}[:.]\d{{2}}(?:[:.]\d{{2}})?"
    r"(?:\s?[AaPp]\.?\s?[Mm]\.?)?"
)
_CLOCK = re.compile(
    rf"({_HALF})?\s?(\d{{1,2}})[:.](\d{{2}})(?:[:.](\d{{2}}))?\s?(?:([AaPp])\.?\s?[Mm]\.?)?"
)
_NUMBERS = re.compile(r"\d+")
_LATE = {"下午", "晚上", "傍晚", "午後", "오후"}
_NOON = {"中午"}
_EARLY = {"上午", "凌晨", "早上", "清晨", "午前", "오전"}


class Ambiguous(ShequnError):
    """Dates of which nobody can say which number is the day."""


class Dates:
    """The different dates of an export, numbered as they come; their order is told at the end.

    Parameters
    ----------
    order : str, optional
        dmy, mdy or ymd: what the user says of it.

    Attributes
    ----------
    in_order : bool
        Whether messages stand in the order of time in each file.
    told_by : str
        How the order is known, once `days` was asked.
    """

    def __init__(self, order: str | None = None) -> None:
        self.order = order
        self.in_order = True
        self.told_by = ""
        self._numbers: dict[str, int] = {}
        self._runs: list[int] = []  # each date where it begins in the export
        self._parts: list[tuple[int, int, int]] = []
        self._year_first: list[bool] = []
        self._dotted = True
        self._clocks: dict[str, int] = {}

    def number(self, text: str) -> int:
        """The number of a date.

        Parameters
        ----------
        text : str
            As it is written: three numbers.

        Returns
        -------
        int
            From 0; the same for the same text.

        Raises
        ------
        ShequnError
            If there are more different dates than days.
        """
        number = self._numbers.get(text)
        if number is None:
            first, second, third = _NUMBERS.findall(text)
            number = self._numbers[text] = len(self._parts)
            if number > _MOST_DATES:
                raise ShequnError("the export: more different dates than a chat can have")
            self._parts.append((int(first), int(second), int(third)))
            self._year_first.append(len(first) > 2)
            self._dotted = self._dotted and "." in text
        if not self._runs or self._runs[-1] != number:
            self._runs.append(number)
        return number

    def begin_file(self) -> None:
        """Say that what follows is another file, which may begin before the last one ends."""
        self._runs.append(_FILE)

    def has(self, text: str) -> bool:
        """Whether a date was numbered before."""
        return text in self._numbers

    def clock(self, text: str) -> int:
        """Seconds since midnight of a time of day, -1 of an impossible one.

        Parameters
        ----------
        text : str
            With 12 or 24 hours, with or without seconds; AM and PM before or after.
        """
        seconds = self._clocks.get(text)
        if seconds is None:
            if len(self._clocks) > _MOST_CLOCKS:
                self._clocks.clear()
            seconds = self._clocks[text] = _seconds(text)
        return seconds

    def days(self) -> np.ndarray:
        """The day that each date stands for; told from all dates in the order of the export.

        Returns
        -------
        numpy.ndarray
            Days since 1970-01-01, for each number that `number` gave out; `NO_DAY` of a date that
            cannot be, or lies before 1990 or after 2100. int64.

        Raises
        ------
        Ambiguous
            If day and month cannot be told apart.
        """
        year_first = np.array(self._year_first, dtype=bool)
        found = self._in_order("ymd")
        if year_first.all():
            return found
        if self.order is not None:
            self.told_by = self.told_by or "what you said"
            return np.where(year_first, found, self._in_order(self.order))
        self.order = self._told(~year_first)
        return np.where(year_first, found, self._in_order(self.order))

    def _told(self, asked: np.ndarray) -> str:
        """The order of the dates, from all of them."""
        latest = date.today().toordinal() - _EPOCH + 2  # no chat lies in the future
        days = {order: self._in_order(order) for order in ORDERS}
        wrong = {order: (found == NO_DAY) | (found > latest) for order, found in days.items()}
        either = asked & ~(wrong["dmy"] & wrong["mdy"])
        asked = asked & ~(wrong["dmy"] & wrong["mdy"] & wrong["ymd"])
        if 2 * either.sum() >= asked.sum():  # the year is behind: the others are spoilt
            asked = either
        if not asked.any():
            return "dmy"
        few = int(asked.sum()) // 20  # of spoilt lines, one in twenty at most (assumed)
        bad = {order: int(found[asked].sum()) for order, found in wrong.items()}
        back = {order: self._steps_back(days[order], asked) for order in ORDERS}
        span = {order: _span(found[asked]) for order, found in days.items()}
        year_first = bad["ymd"] <= few and back["ymd"] == 0 and self.in_order
        left = [order for order in ("dmy", "mdy") if bad[order] <= few]
        left = [order for order in left if bad[order] == min(bad[name] for name in left)]
        # Read with the year behind, days that follow one another lie years apart.
        year_first = year_first and all(_APART * span["ymd"] < span[order] for order in left)
        if len(left) == 1 and not year_first:
            self.told_by = "a day above 12"
            return left[0]
        ordered = [order for order in left if back[order] == 0 and self.in_order]
        if year_first or (not left and bad["ymd"] <= few):
            ordered = ["ymd"]
        if len(ordered) == 1:
            self.told_by = "the order in which messages stand"
            return ordered[0]
        if self._dotted and "dmy" in left:
            self.told_by = "dots between the numbers"
            return "dmy"
        raise Ambiguous(
            "the export: its dates do not tell which number is the day (none is above 12): say it "
            "with --dates dmy (day first), --dates mdy (month first) or --dates ymd (year first)"
        )

    def _steps_back(self, days: np.ndarray, asked: np.ndarray) -> int:
        """How often a date stands below a later one in the same file."""
        runs = np.array(self._runs)
        files = np.split(runs, np.flatnonzero(runs == _FILE))
        count = 0
        for file in files:
            known = file[(file != _FILE) & asked[file]]
            found = days[known]
            count += int((np.diff(found[found != NO_DAY]) < -_BACK).sum())
        return count

    def _in_order(self, order: str) -> np.ndarray:
        places = [order.index(letter) for letter in "ymd"]
        return np.array(
            [_day(*(parts[place] for place in places)) for parts in self._parts], dtype=np.int64
        )


def _span(days: np.ndarray) -> int:
    """Days from the first to the last."""
    days = days[days != NO_DAY]
    return int(days.max() - days.min()) if len(days) else 0


def _day(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01."""
    year += 2000 if year < 100 else 0
    try:
        found = date(year, month, day).toordinal() - _EPOCH
    except (ValueError, OverflowError):
        return NO_DAY
    return found if FIRST_YEAR <= year <= LAST_YEAR else NO_DAY


def _seconds(text: str) -> int:
    """Seconds since midnight."""
    word, letter = None, ""
    plain = text[:2] + text[3:5] + text[6:]
    if len(text) == 8 and text[2] == text[5] == ":" and plain.isdecimal():
        hour, minute, second = int(plain[:2]), int(plain[2:4]), int(plain[4:])
    else:
        found = _CLOCK.fullmatch(text.strip())
        if found is None:
            return -1
        word, letter = found.group(1), (found.group(5) or "").lower()
        hour, minute, second = int(found.group(2)), int(found.group(3)), int(found.group(4) or 0)
    if hour > 23 or minute > 59 or second > 59:
        return -1
    if word in _LATE or letter == "p" or (word in _NOON and hour < 11):
        hour = hour % 12 + 12 if hour <= 12 else hour
    elif (word in _EARLY or letter == "a") and hour == 12:
        hour = 0
    return (hour * 60 + minute) * 60 + second


_BOTH = re.compile(rf"({DATE})(?:[T,]?\s*)(?:({CLOCK})(?:[.,]\d+)?)?")


def split_time(text: str) -> tuple[str, str] | None:
    """The date and the time of day in a text; midnight where it has a date alone.

    Parameters
    ----------
    text : str
        ``2024-01-31 23:59:59``, ``31.1.2024, 23:59``, ``1/31/24 11:59 PM``.

    Returns
    -------
    tuple of str or None
        None for any other text.
    """
    found = _BOTH.fullmatch(text)
    return None if found is None else (found.group(1), found.group(2) or "0:00")
