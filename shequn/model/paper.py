"""The paper on which compiled code plays days: it asks for no memory itself, and gets more here."""

from __future__ import annotations

from collections.abc import Sequence
from queue import SimpleQueue
from typing import Any

import numpy as np

from shequn.agents.operator import PlainOperator
from shequn.agents.planning import Board, sheet
from shequn.agents.tables import (
    ARRIVAL_DTYPE,
    HUMAN,
    LOG_DTYPE,
    POST_DTYPE,
    TALLY_NAMES,
    VISIT_DTYPE,
    Tables,
    blank_pages,
    table,
    tally_numbers,
)
from shequn.model.books import blank_books, blank_history, bytes_of_a_day
from shequn.model.day import (
    MORE_ARRIVALS,
    MORE_INVITATIONS,
    MORE_LINES,
    MORE_LOOKS,
    MORE_PAPER,
    MORE_POSTS,
    MORE_VISITS,
    PLACE_DTYPE,
    PLAYED,
    Scratch,
    Today,
    play_groups,
)
from shequn.model.days import CLOCK_DTYPE, Papers, Plan
from shequn.model.ledger import balance_of, entries_of
from shequn.model.looks import no_looks
from shequn.model.midnight import night_paper
from shequn.model.morning import WEEK
from shequn.model.observation import OPERATOR_COLUMNS, Pages
from shequn.model.parameters import terms_of_day
from shequn.model.rhythm import diary

_BOOKS = 16_000_000  # bytes of books at most, of one day at least (assumed)
_WORK = 2_000_000  # days of people in one call, so that Ctrl-C is heard (assumed)
_FIRST_LINES, _FIRST_POSTS, _FIRST_VISITS = 64, 256, 64


def blank_scratch(tables: Tables, keeps_messages: bool) -> Scratch:
    """Paper for the day of a group."""
    largest = int(tables.groups["n_members"].max()) if len(tables.groups) else 0
    return Scratch(
        table(1, PLACE_DTYPE), table(1, VISIT_DTYPE), diary(_FIRST_VISITS + largest),
        no_looks(_FIRST_VISITS + 2 * largest), blank_pages(),
        table(256 if keeps_messages else 0, LOG_DTYPE),
    )  # fmt: skip


def _longer(array: np.ndarray, rows: int) -> np.ndarray:
    """A copy with at least so many rows, twice as many as now."""
    longer = np.zeros(max(rows, 2 * len(array)), array.dtype)
    longer[: len(array)] = array
    return longer


def enlarged(scratch: Scratch, status: int) -> Scratch:
    """Paper with more room for what a kernel says; what is on it stays."""
    needed = int(scratch.places["needed"][0])
    if status == MORE_VISITS:
        return scratch._replace(diary=diary(2 * needed))
    if status == MORE_LOOKS:
        looks = scratch.looks
        more = looks._replace(
            times=_longer(looks.times, 2 * needed), tickets=_longer(looks.tickets, 2 * needed)
        )
        return scratch._replace(looks=more)
    return scratch._replace(lines=_longer(scratch.lines, needed))


def taken_away(scratch: Scratch) -> np.ndarray:
    """The log so far, which begins anew."""
    place = scratch.places[0]
    log = scratch.lines[: place["logged"]].copy()
    place["logged"] = 0
    return log


class Paper:
    """Books, plans and scratch of a world.

    Parameters
    ----------
    tables : Tables
        The state of the world.
    keeps_messages : bool
        Whether messages and orders are logged.

    Attributes
    ----------
    books : Books
        What happens on the days that are played.
    history : History
        What operators remember.
    plan : Plan
        The day's posts, and where the days stand.
    scratch : Scratch
        For the day of a group.
    night : Night
        For midnight.
    """

    def __init__(self, tables: Tables, keeps_messages: bool) -> None:
        self._tables, self._keeps_messages = tables, keeps_messages
        rooms, operators = len(tables.groups), len(tables.operators)
        people = len(tables.members)
        self.most_days = max(
            1, min(_BOOKS // max(1, bytes_of_a_day(rooms)), _WORK // max(1, people))
        )
        self.scratch = blank_scratch(tables, keeps_messages)
        self.night = night_paper(rooms, operators, 64, people // max(1, operators) + 64)
        starts, ends = np.zeros(rooms + 1, np.int64), np.zeros(rooms + 1, np.int64)
        self.plan = Plan(
            table(1, CLOCK_DTYPE), sheet(_FIRST_LINES),
            Board(np.zeros(_FIRST_POSTS, POST_DTYPE), starts, ends), np.zeros(rooms, np.int64),
            np.zeros(operators, np.int64), np.zeros(rooms),
        )  # fmt: skip
        self._spare: SimpleQueue[Scratch] = SimpleQueue()

    @property
    def all(self) -> Papers:
        """Everything, for kernels of whole days."""
        return Papers(self.history, self.books, self.plan, self.scratch, self.night)

    def begin(self, day: int, days: int, operators: Sequence[PlainOperator]) -> None:
        """Open the books for some days, and recall the days before them.

        Parameters
        ----------
        day : int
            The first of them.
        days : int
            How many.
        operators : sequence of Operator
            Those of the world.
        """
        rooms = len(self._tables.groups)
        self.books = blank_books(tally_numbers(self._tables.tally), days, len(operators))
        been = len(operators[0].journal.sums)
        known = min(been, max(_days_remembered(operator) for operator in operators))
        self.history = blank_history(known + days, len(operators), rooms)
        for k, operator in enumerate(operators):
            recall(self.history, k, operator, known)
        clock = self.plan.clocks[0]
        clock["day"] = clock["first_day"] = day
        clock["stage"], clock["remembered"], clock["forgotten"] = 0, known, been - known

    def enlarge(self, status: int) -> None:
        """More room for what a kernel says."""
        if status in (MORE_VISITS, MORE_LOOKS, MORE_LINES):
            self.scratch = enlarged(self.scratch, status)
        elif status == MORE_POSTS:
            needed = int(self.plan.clocks["needed"][0])
            board = self.plan.board._replace(posts=np.zeros(2 * needed, POST_DTYPE))
            self.plan = self.plan._replace(board=board)
        elif status == MORE_PAPER:
            self.plan = self.plan._replace(sheet=sheet(2 * int(self.plan.clocks["needed"][0])))
        elif status == MORE_INVITATIONS:
            needed = int(self.night.places["needed"][0])
            self.night = self.night._replace(invitations=_longer(self.night.invitations, needed))
        elif status == MORE_ARRIVALS:
            needed = 2 * int(self.night.places["needed"][0])
            self.night = self.night._replace(
                arrivals=np.empty(needed, ARRIVAL_DTYPE), order=np.empty(needed, np.int64)
            )

    def play_part(
        self, order: np.ndarray, today: Today, tables: Tables, rules: np.ndarray
    ) -> np.ndarray:
        """One day of some groups, up to midnight, on paper that no other thread uses.

        Parameters
        ----------
        order : numpy.ndarray
            int64: the groups.
        today, tables, rules
            As for `shequn.model.day.play_groups`.

        Returns
        -------
        numpy.ndarray
            LOG_DTYPE: the log of the day.
        """
        scratch = (
            blank_scratch(tables, self._keeps_messages)
            if self._spare.empty()
            else self._spare.get()
        )
        while (status := play_groups(order, today, tables, rules, scratch)) != PLAYED:
            scratch = enlarged(scratch, status)
        log = taken_away(scratch)
        self._spare.put(scratch)
        return log

    def write_down(
        self, operators: Sequence[PlainOperator], day: int, days: int,
        invitations: list[np.ndarray], logs: list[np.ndarray] | None,
    ) -> None:  # fmt: skip
        """Put what has happened into the journals and logs.

        Parameters
        ----------
        operators : sequence of Operator
            Their journals are extended.
        day, days : int
            The first day, and how many there were.
        invitations, logs : list of numpy.ndarray
            What has come in is appended.
        """
        for k, operator in enumerate(operators):
            operator.journal.extend(self._pages(k, operator, day, days))
        place = self.night.places[0]
        invitations.append(self.night.invitations[: place["delivered"]].copy())
        place["delivered"] = 0
        if logs is not None:
            logs.append(taken_away(self.scratch))

    def _pages(self, k: int, operator: PlainOperator, day: int, days: int) -> Pages:
        """What has happened to one operator."""
        books, own = self.books, operator.record
        first, most = int(own["first_group"]), int(own["most_groups"])
        opened = books.opened[:, k].tolist()
        known = len(self.history.totals) - days
        posts = books.posts[:, first : first + most]
        sums = self.history.totals[known:, k].copy()
        return Pages(
            tallies=_by_day(books.tallies[:, first : first + most], opened),
            tiers=list(books.tiers[:, k].copy()),
            posts=_by_day(posts, opened),
            money=list(_money(operator, posts, books.prizes[:, k], books.events[:, k], sums, day)),
            sums=list(sums),
            so_far=_by_day(self.history.written[known + 1 :, first : first + most], opened),
            trouble=list(self.history.trouble[known + 1 :, k].copy()),
        )


def _by_day(numbers: np.ndarray, opened: Sequence[int]) -> list[np.ndarray]:
    """Each day's numbers of the groups that are open."""
    if len(set(opened)) == 1:
        return list(numbers[:, : opened[0]].copy())
    return [numbers[day, :groups].copy() for day, groups in enumerate(opened)]


def _days_remembered(operator: PlainOperator) -> int:
    """Days that an operator looks back on."""
    q: Any = operator.parameters
    return max(q.listening.lag + WEEK, q.policy.imitation + 1)


def recall(history: Any, k: int, operator: PlainOperator, days: int) -> None:
    """Write the last days of an operator's journal into the first rows of a history.

    Parameters
    ----------
    history : History
        Filled.
    k : int
        Row of the operators table.
    operator : Operator
        The operator.
    days : int
        How many.
    """
    journal, first = operator.journal, int(operator.record["first_group"])
    for row in range(days):
        history.totals[row, k] = journal.sums[row - days]
    for row in range(days + 1):
        so_far = journal.so_far[row - days - 1]
        history.written[row, first : first + len(so_far)] = so_far
        history.trouble[row, k] = journal.trouble[row - days - 1]


def _money(
    operator: PlainOperator, posts: np.ndarray, prizes: np.ndarray, events: np.ndarray,
    sums: np.ndarray, day: int,
) -> np.ndarray:  # fmt: skip
    """The columns of an operator on some days: float64, shape (days, columns)."""
    channels: Any = operator.channels
    counts: dict[str, Any] = dict(zip(TALLY_NAMES, sums.T, strict=True))
    counts["orders"] = counts["orders_new"] + counts["orders_repeat"]
    counts["human_messages"] = sum(counts[name] for name in HUMAN)
    counts["events"] = events.astype(float)
    terms = terms_of_day(channels[0], np.arange(day, day + len(sums)))
    entries = entries_of(channels, posts, prizes, counts, terms)
    entries["balance"] = balance_of(entries)
    made = posts.sum(axis=1).astype(float)
    columns = {"contents": made[:, 0], "promos": made[:, 1], "prizes": made[:, 2], **entries}
    return np.stack([columns[name] for name in OPERATOR_COLUMNS], axis=1)
