"""Facts about reading: how many look in, how long, and how few of them write.

A reader of a day is a member with at least one visit that day; a week is the seven days that end
with the day named. All are made of `Records.activity`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from shequn.experiments.facts.estimate import Estimate, pooled_ratio
from shequn.experiments.facts.records import Records

DAYS = (14, 28, 56, 84)
OLD = 60  # days from which on a community counts as old
MONTHS_2_TO_6 = (30, 179)  # first and last day


def of_first_members(records: Records, day: int, column: str) -> Estimate:
    """R1, R2: readers, or writers, of a week among the first members.

    First members are those inside at the end of day 1; who left counts as not reading and not
    writing. Measured by R for Data Science (2017) on a Slack workspace that people joined within
    eleven days and nobody after.

    Parameters
    ----------
    records : Records
        With `activity`.
    day : int
        Last day of the week; days count from 0.
    column : str
        ``first_read_7d`` for readers, ``first_wrote_7d`` for writers.

    Returns
    -------
    Estimate
        Share, 0 to 1, of the first members of all communities; NaN where the day was not observed.
    """
    table = records.activity[records.activity["day"] == day]
    return pooled_ratio(table[column], table["first"])


def readers_per_writer(records: Records) -> Estimate:
    """R3: weekly readers for each weekly writer, in communities older than 60 days.

    Sum of the readers of the week that ends with each day, over the sum of the writers. Measured
    on exports of Slack workspaces (2017 to 2024) and on the forum meta.discourse.org.

    Parameters
    ----------
    records : Records
        With `activity`.

    Returns
    -------
    Estimate
        Readers per writer, at least 1, of all communities; NaN where nobody wrote.
    """
    return _of_old(records, "read_7d", "wrote_7d")


def writing_among_reading(records: Records) -> Estimate:
    """R4: days of reading on which one writes, too, in communities older than 60 days.

    Measured on the communities of `readers_per_writer`.

    Parameters
    ----------
    records : Records
        With `activity`.

    Returns
    -------
    Estimate
        Share, 0 to 1, of all days of all members with a visit; NaN where nobody read.
    """
    return _of_old(records, "wrote", "read")


def daily_of_weekly(records: Records) -> Estimate:
    """R5: daily readers for each weekly reader, in communities older than 60 days.

    Measured on the communities of `readers_per_writer`.

    Parameters
    ----------
    records : Records
        With `activity`.

    Returns
    -------
    Estimate
        Share, 1/7 to 1 in a community that does not change; NaN where nobody read.
    """
    return _of_old(records, "read", "read_7d")


def read_within(records: Records, hours: int) -> Estimate:
    """R7: readings of a message within some hours, of those within 24 hours, after day 60.

    Each member reads a message for the first time once. Measured on 1,207 messages of a forum on
    Discourse (2022 to 2026).

    Parameters
    ----------
    records : Records
        With `activity`.
    hours : int
        1 or 12.

    Returns
    -------
    Estimate
        Share, 0 to 1, of all communities; NaN where nobody read a message of the day.
    """
    return _of_old(records, f"read_{hours}h", "read_24h")


def reach_of_operator(records: Records) -> Estimate:
    """R10: members who see a message of the operator, of all members, in months 2 to 6.

    How often one of them was seen, over what it would be if each were seen by every member.
    Glossaries of people who run channels on Telegram call 0.10 to 0.40 healthy.

    Parameters
    ----------
    records : Records
        With `activity`.

    Returns
    -------
    Estimate
        Share, 0 to 1, of all communities; NaN where the operator wrote nothing.
    """
    table: Any = records.activity
    could = table["by_operator"] * table["members"]
    known = Records(records.days, activity=table.assign(could_see=could))
    return _of_old(known, "seen", "could_see", *MONTHS_2_TO_6)


def operator_share(records: Records) -> Estimate:
    """R12: the operator's share of all messages, in communities older than 60 days.

    Reported of 67 marketing groups on WeChat with 510,000 messages (2021 to 2023).

    Parameters
    ----------
    records : Records
        With `activity`.

    Returns
    -------
    Estimate
        Share, 0 to 1, of all messages of all communities; NaN where there are none.
    """
    return _of_old(records, "by_operator", "messages")


def _of_old(
    records: Records, above: str, below: str, first: int = OLD, last: float = math.inf
) -> Estimate:
    """One column over another, each summed over the days of each community, from day 60 of its own.

    A community's own day 0 is the first that was noted; so are ``first`` and ``last``, both
    included.
    """
    table: Any = records.activity
    begun = table.groupby("community")["day"].transform("min")
    old = table[(table["day"] - begun).between(first, last)]
    sums = old.groupby("community")[[above, below]].sum(min_count=1)
    return pooled_ratio(sums[above], sums[below])


def _measures() -> dict[str, Callable[[Records], Estimate]]:
    """One measure for each fact."""
    measures: dict[str, Callable[[Records], Estimate]] = {}
    for name, column in {"R1_readers": "first_read_7d", "R2_writers": "first_wrote_7d"}.items():
        for day in DAYS:
            measures[f"{name}_day_{day}"] = partial(of_first_members, day=day, column=column)
    open_ones = ("rooms", "forum", "workspace")
    for name, where, measure in (
        ("R3_readers_per_writer", open_ones, readers_per_writer),
        ("R4_writing_among_reading", open_ones, writing_among_reading),
        ("R5_daily_of_weekly", (*open_ones, "brand"), daily_of_weekly),
    ):
        measures |= {f"{name}_{community}": measure for community in where}
    for hours in (1, 12):
        measures[f"R7_read_within_{hours}h"] = partial(read_within, hours=hours)
    measures["R10_reach_of_operator"] = reach_of_operator
    measures["R12_operator_share"] = operator_share
    return measures


MEASURES = _measures()
