"""What a run was like at a day: outcomes with ``at day N`` or ``by day N``, read in one place.

    readers at day 30              a level: as it was on that day
    orders per member by day 90    a sum, or what is made of sums: from day 1 to day 90
    members.base at day 180        one tier alone
    left_share                     an outcome of the whole run

Names are those of `OUTCOMES` and of the daily series; blanks in them stand for ``_``. Sums may be
given with ``at day``, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from shequn.agents.errors import nearest
from shequn.agents.tables import TIERS
from shequn.experiments.runs.cases import DAILY, LEVELS, Result
from shequn.model.outcomes import OUTCOMES
from shequn.model.per_member import MEANS, ratio

_QUANTITY = re.compile(r"(\S.*?)(?:\s+(at|by)\s+day\s+(\S+))?")
# Of that day: a part of the members. Of all days to it: a sum for each member.
_SHARES = {"readers_per_member": "readers", "silent_share": "silent"} | {
    name: f"{name}_sum" for name in MEANS
}
_SUMS = {"orders_per_member": "orders", "customer_equity_per_member": "customer_equity"}
_RATES = {"promos_seen_per_member": "promos_read", "contents_seen_per_member": "contents_read"}
_WEEK = 7.0


def _series() -> dict[str, tuple[str, ...]]:
    """Columns of `DAILY` behind each name of a series."""
    found: dict[str, tuple[str, ...]] = {}
    for column in DAILY:
        stem, _, tier = column.rpartition("_")
        if tier in TIERS:
            found[f"{stem}.{tier}"] = (column,)
            found[stem] = (*found.get(stem, ()), column)
        else:
            found[column] = (column,)
    return found


SERIES = _series()
WITH_A_DAY = (*SERIES, *_SHARES, *_SUMS, *_RATES)


def is_level(name: str) -> bool:
    """Whether it is as it was on a day, and not summed up to it."""
    return name in _SHARES or name.partition(".")[0] in LEVELS


def value_at(daily: Mapping[str, np.ndarray], name: str, day: int) -> float:
    """What a run was like at a day.

    Parameters
    ----------
    daily : mapping
        As `Result.daily`.
    name : str
        One of `WITH_A_DAY`.
    day : int
        At the end of which day, 1 to the days of the run.

    Returns
    -------
    float
        A level on that day; all else from day 1 on, what is for each member by the mean number of
        members, what is a week by their weeks. nan where there was no member.
    """

    def total(of: str, first: int) -> float:
        return float(sum(daily[column][first:day].sum() for column in SERIES[of]))

    if name in _SHARES:
        return ratio(total(_SHARES[name], day - 1), total("members", day - 1))
    if name in _SUMS:
        return ratio(total(_SUMS[name], 0), total("members", 0) / day)
    if name in _RATES:
        return _WEEK * ratio(total(_RATES[name], 0), total("members", 0))
    return total(name, day - 1 if is_level(name) else 0)


@dataclass(frozen=True)
class Quantity:
    """Something that can be asked of a run.

    Attributes
    ----------
    name : str
        One of `OUTCOMES`; with a day one of `WITH_A_DAY`.
    day : int
        At the end of which day; 0: the outcome of the whole run.
    when : str
        ``at`` or ``by``.
    """

    name: str
    day: int = 0
    when: str = "at"

    def __str__(self) -> str:
        """As it is written: ``members.base at day 180``."""
        return f"{self.name} {self.when} day {self.day}" if self.day else self.name

    def value(self, result: Result) -> float:
        """What is looked at in one run; nan where it is not defined."""
        if self.day:
            return value_at(result.daily, self.name, self.day)
        return float(result.outcomes[self.name])


def read_quantity(text: str, days: int) -> tuple[Quantity | None, list[str]]:
    """Read the name of an outcome, perhaps with a day.

    Parameters
    ----------
    text : str
        What was given.
    days : int
        Days of a run.

    Returns
    -------
    quantity : Quantity or None
        None if something is wrong.
    wrong : list of str
        What is wrong with it.
    """
    found = _QUANTITY.fullmatch(text.strip())
    if not found:
        return None, ["is empty"]
    words, when, day = found.groups()
    name = "_".join(words.split())
    wrong = [_complaint_of_name(name, when, day), _complaint_of_day(name, day, days)]
    wrong = [complaint for complaint in wrong if complaint]
    return (None if wrong else Quantity(name, int(day or 0), when or "at")), wrong


def _complaint_of_name(name: str, when: str | None, day: str | None) -> str:
    """What is wrong with the name of an outcome, or of a series; empty if nothing is."""
    if when == "by" and is_level(name):
        return f"'{name}' is as it was on a day, no sum: say 'at day {day}'"
    if name in (OUTCOMES if when is None else WITH_A_DAY):
        return ""
    if when is None and name in WITH_A_DAY:
        return f"'{name}' is a daily series: say 'at day N'"
    if name in OUTCOMES:
        return f"'{name}' is known of the whole run only: leave out '{when} day {day}'"
    kind = "outcome or daily series" if when is None else "daily series"
    return f"'{name}' is no {kind}{nearest(name, [*OUTCOMES, *WITH_A_DAY])}"


def _complaint_of_day(name: str, day: str | None, days: int) -> str:
    """What is wrong with the day, or with the days that an outcome needs; empty if nothing is."""
    if day is not None:
        known = day.isascii() and day.isdigit() and 1 <= int(day) <= days
        return (
            "" if known else f"day '{day}' is out of range; allowed: 1 to {days}, the days of a run"
        )
    needed = OUTCOMES[name].days if name in OUTCOMES else 0
    return f"is not defined in a run of {days} days; at least {needed}" if needed > days else ""
