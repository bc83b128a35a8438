"""The books of a day as compiled code keeps them, before they go into the journals in bulk."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.tables import (
    ASK,
    CONTENT,
    EVIDENCE,
    HUMAN,
    PRIZE,
    PROMO,
    TALLY_INDEX,
    TALLY_NAMES,
)
from shequn.model.care import events_on
from shequn.model.morning import History

_EXITS, _MUTES, _COMPLAINTS = (TALLY_INDEX[name] for name in ("exits", "mutes", "complaints"))
_MEMBERS = TALLY_INDEX["members"]
_HUMAN = tuple(TALLY_INDEX[name] for name in HUMAN)
COUNTS = len(TALLY_NAMES)


class Books(NamedTuple):
    """Some days of all operators, a row for each day.

    Attributes
    ----------
    numbers : numpy.ndarray
        float64, shape (groups, 3, counts): the day's tally, a view.
    tallies : numpy.ndarray
        float64, shape (days, groups, 3, counts).
    tiers : numpy.ndarray
        float64, shape (days, operators, 3, counts): all groups together.
    posts : numpy.ndarray
        int64, shape (days, groups, 3): contents (with questions and evidence), promos, prizes.
    opened : numpy.ndarray
        int64, shape (days, operators): open groups after midnight.
    events : numpy.ndarray
        int64, shape (days, operators): events held.
    prizes : numpy.ndarray
        float64, shape (days, operators): value of the prizes offered, in CNY.
    """

    numbers: np.ndarray
    tallies: np.ndarray
    tiers: np.ndarray
    posts: np.ndarray
    opened: np.ndarray
    events: np.ndarray
    prizes: np.ndarray


def blank_books(numbers: np.ndarray, days: int, operators: int) -> Books:
    """Books for so many days."""
    groups = len(numbers)
    return Books(
        numbers, np.zeros((days, groups, 3, COUNTS)), np.zeros((days, operators, 3, COUNTS)),
        np.zeros((days, groups, 3), np.int64), np.zeros((days, operators), np.int64),
        np.zeros((days, operators), np.int64), np.zeros((days, operators)),
    )  # fmt: skip


def bytes_of_a_day(groups: int) -> int:
    """Bytes that the books of a day take up."""
    return groups * (3 * COUNTS + 3) * 8


@compiled
def column_of(kind):
    """Column of a kind of post: contents 0, promos 1, prizes 2; -1 for news from outside."""
    if kind == CONTENT or kind == ASK or kind == EVIDENCE:
        return 0
    if kind == PROMO:
        return 1
    return 2 if kind == PRIZE else -1


@compiled
def count_posts(posts, used, counts):
    """Count the posts of each kind that each group got; news from outside is no post.

    Parameters
    ----------
    posts : array of POST_DTYPE
        The day's posts.
    used : int
        Rows in use.
    counts : numpy.ndarray
        int64, shape (groups, 3); filled.
    """
    for g in range(counts.shape[0]):
        counts[g, 0] = counts[g, 1] = counts[g, 2] = 0
    for k in range(used):
        column = column_of(posts[k].kind)
        if column >= 0:
            counts[posts[k].group, column] += 1


@compiled
def close_day(clock, open_groups, tables, rules, books, history):
    """Write down a day of an operator, and clear its counts.

    Parameters
    ----------
    clock : record of CLOCK_DTYPE
        The day that ends, the first one in these books, and days in the history so far.
    open_groups : numpy.ndarray
        int64, shape (operators,): groups that were open in the morning.
    tables : Tables
        The state, after midnight.
    rules : record array
        Parameters, as `kernel_record` gives them, a row for each channel of each operator.
    books : Books
        Filled.
    history : History
        Filled.
    """
    day, remembered = clock.day, clock.remembered
    row = day - clock.first_day
    written, trouble = history.written, history.trouble
    for g in range(written.shape[1]):
        written[remembered + 1, g] = written[remembered, g]
    for k in range(tables.operators.shape[0]):
        own = tables.operators[k]
        first, last = np.int64(own.first_group), np.int64(own.first_group + own.open_groups)
        books.opened[row, k] = own.open_groups
        books.events[row, k] = events_on(day, first, open_groups[k], tables.groups, rules)
        totals, tiers = history.totals[remembered, k], books.tiers[row, k]
        for index in range(COUNTS):
            totals[index] = 0.0
            for tier in range(3):
                tiers[tier, index] = 0.0
        for g in range(first, last):
            for tier in range(3):
                numbers, kept = books.numbers[g, tier], books.tallies[row, g, tier]
                for index in range(COUNTS):
                    value = numbers[index]
                    kept[index] = value
                    tiers[tier, index] += value
                    totals[index] += value
                    numbers[index] = 0.0
                for index in _HUMAN:
                    written[remembered + 1, g] += kept[index]
        bad = totals[_EXITS] + totals[_MUTES] + totals[_COMPLAINTS]
        trouble[remembered + 1, k, 0] = trouble[remembered, k, 0] + bad
        trouble[remembered + 1, k, 1] = trouble[remembered, k, 1] + totals[_MEMBERS]


def blank_history(days: int, operators: int, groups: int) -> History:
    """A history of so many days."""
    return History(
        np.zeros((days, operators, COUNTS)), np.zeros((days + 1, groups)),
        np.zeros((days + 1, operators, 2)),
    )  # fmt: skip
