"""What is observed: a table of each day by group and tier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from shequn.agents.tables import (
    KINDS,
    ORDER,
    OUTCOMES,
    SOURCES,
    STATUSES,
    TALLY_INDEX,
    TALLY_NAMES,
    TIERS,
)
from shequn.model.ledger import ITEMS, balance_of

if TYPE_CHECKING:
    import pandas as pd

HUMAN = ("chats", "questions", "replies", "order_shares", "complaints", "incidents")
STOCKS = ("habit", "willingness", "belonging", "irritation", "attitude", "awareness")
# What `shequn.model.added.by_day` tells.
ADDED_DAILY = ("orders_without", "incremental_orders", "incremental_balance")
MINUTES = 1440.0  # of a day
OPERATOR_COLUMNS = ("contents", "promos", "prizes", *ITEMS, "hours", "balance")
_COUNTS = tuple(name for name in TALLY_NAMES if not name.endswith(("_sum", "_squares")))
_HUMAN = [TALLY_INDEX[name] for name in HUMAN]


def human_messages(numbers: np.ndarray) -> np.ndarray:
    """Messages that members wrote: the sum over their kinds (the last axis)."""
    return numbers[..., _HUMAN].sum(axis=-1)


class Journal:
    """The record of a run, a day at a time; of a past, what an operator remembers.

    Attributes
    ----------
    tallies : list of numpy.ndarray
        For each day float64, shape (open groups, 3 tiers, counts in order of TALLY_NAMES).
    posts : list of numpy.ndarray
        For each day int64, shape (open groups, 3): contents, promos, prizes posted.
    operator : list of dict
        For each day the columns of `OPERATOR_COLUMNS`.
    written : list of numpy.ndarray
        For each day float64, shape (open groups,): messages that members wrote.
    totals : list of dict
        For each day every count by name, all groups and tiers together; those of the past first.
    """

    def __init__(self) -> None:
        self.written: list[np.ndarray] = []
        self.totals: list[dict[str, float]] = []
        self._sums: list[tuple[np.ndarray, float, float]] = [(np.zeros(0), 0.0, 0.0)]
        self.tallies: list[np.ndarray] = []
        self._tiers: list[np.ndarray] = []  # of `tallies`, as far as anyone has asked
        self.posts: list[np.ndarray] = []
        self.operator: list[dict[str, float]] = []

    def count(self, numbers: np.ndarray) -> dict[str, float]:
        """Write down the counts of a day; its money follows (`add`).

        Parameters
        ----------
        numbers : numpy.ndarray
            The day's tally, as in `tallies`; copied.

        Returns
        -------
        dict
            The day's totals.
        """
        self.tallies.append(numbers.copy())
        return self._derive(self.tallies[-1])

    def _derive(self, numbers: np.ndarray) -> dict[str, float]:
        self._remember(human_messages(numbers).sum(axis=1), numbers.sum(axis=(0, 1)))
        return self.totals[-1]

    def _remember(self, written: np.ndarray, sums: np.ndarray) -> None:
        totals = dict(zip(TALLY_NAMES, sums.tolist(), strict=True))
        before, bad, member_days = self._sums[-1]
        so_far = written.copy()
        so_far[: len(before)] += before
        bad += totals["exits"] + totals["mutes"] + totals["complaints"]
        self._sums.append((so_far, bad, member_days + totals["members"]))
        self.written.append(written)
        self.totals.append(totals)

    @property
    def past(self) -> int:
        """Days of the past that are remembered."""
        return len(self.totals) - len(self.tallies)

    def begin(self) -> None:
        """Day 0: the record begins, and of the days before it only what was seen is remembered."""
        for days in (self.tallies, self._tiers, self.posts, self.operator, self.written):
            days.clear()

    def memory(self) -> tuple[np.ndarray, list[np.ndarray]]:
        """What is remembered of the past.

        Returns
        -------
        sums : numpy.ndarray
            float64, shape (days, counts): each day's totals.
        written : list of numpy.ndarray
            For each day float64, shape (open groups,): messages that members wrote.
        """
        sums = np.array([list(day.values()) for day in self.totals[: self.past]])
        so_far = [sums_of_day[0] for sums_of_day in self._sums[: self.past + 1]]
        written = [late.copy() for late in so_far[1:]]
        for day, early in zip(written, so_far, strict=False):
            day[: len(early)] -= early
        return sums.reshape(-1, len(TALLY_NAMES)), written

    def recall(self, sums: np.ndarray, written: Sequence[np.ndarray]) -> None:
        """Put what is remembered of the past (`memory`) into a new record."""
        for day, totals in zip(written, sums, strict=True):
            self._remember(day, totals)
        self.begin()

    def recent(self, last: int, days: int) -> tuple[np.ndarray, float, int]:
        """The days before a day: what members wrote, and how much trouble there was (eq. 7.17-1).

        Parameters
        ----------
        last : int
            The first day that is not looked at any more, counted from the first one remembered.
        days : int
            How many days before it, as far as there are.

        Returns
        -------
        written : numpy.ndarray
            float64, shape (groups open on the last of them,): messages in all.
        trouble : float
            Exits, mutes and complaints for each 1,000 members and day; 0 without members.
        days : int
            Days looked at.
        """
        first = max(0, last - days)
        early, late = self._sums[first], self._sums[last]
        written = late[0].copy()
        written[: len(early[0])] -= early[0]
        member_days = late[2] - early[2]
        trouble = 1000.0 * (late[1] - early[1]) / member_days if member_days else 0.0
        return written, trouble, last - first

    def by_group(self, name: str) -> np.ndarray:
        """A count of each day and group, all tiers together.

        Parameters
        ----------
        name : str
            A field of the tally, e.g. ``members``.

        Returns
        -------
        numpy.ndarray
            float64, shape (days, groups): 0 for a group not yet open.
        """
        index = TALLY_INDEX[name]
        groups = max((len(numbers) for numbers in self.tallies), default=0)
        counts = np.zeros((len(self.tallies), groups))
        for day, numbers in enumerate(self.tallies):
            counts[day, : len(numbers)] = numbers[:, :, index].sum(axis=1)
        return counts

    def add(self, kinds: np.ndarray, entries: dict[str, float]) -> None:
        """Write down what a day brought and cost.

        Parameters
        ----------
        kinds : numpy.ndarray
            The day's posts, as in `posts`.
        entries : dict
            The ledger's entries of the day.
        """
        contents, promos, prizes = (float(number) for number in kinds.sum(axis=0))
        self.posts.append(kinds)
        self.operator.append(
            {
                "contents": contents,
                "promos": promos,
                "prizes": prizes,
                **entries,
                "balance": balance_of(entries),
            }
        )

    def derive(self) -> None:
        """Make `written` and `totals` anew from `tallies`; nothing else may be there but a past."""
        for numbers in self.tallies:
            self._derive(numbers)

    def copy(self) -> Journal:
        """A record that goes on by itself; the days so far are shared, as they never change."""
        other = Journal()
        for name, days in vars(self).items():
            setattr(other, name, list(days))
        return other

    def until(self, day: int) -> Journal:
        """The record as it was after so many days."""
        other = Journal()
        for name, days in vars(self).items():
            setattr(other, name, days[:day])
        other.totals = self.totals[: self.past + day]
        other._sums = self._sums[: self.past + day + 1]
        return other

    def by_tier(self) -> np.ndarray:
        """All counts by day and tier: float64, shape (days, 3, counts)."""
        self._tiers += [numbers.sum(axis=0) for numbers in self.tallies[len(self._tiers) :]]
        return np.array(self._tiers) if self._tiers else np.zeros((0, 3, len(TALLY_NAMES)))

    def total(self, name: str) -> np.ndarray:
        """One count by day, all groups and tiers together: float64, shape (days,)."""
        return self.by_tier()[:, :, TALLY_INDEX[name]].sum(axis=1)

    def operator_column(self, name: str) -> np.ndarray:
        """One column of the operator by day: float64, shape (days,)."""
        return np.array([row[name] for row in self.operator])


def _columns_of(numbers: np.ndarray) -> dict[str, np.ndarray]:
    """Counts, mean times of the desk, and mean and SD of each stock, from rows of numbers."""
    columns = {name: numbers[:, TALLY_INDEX[name]] for name in _COUNTS}
    members = columns["members"]
    with np.errstate(invalid="ignore", divide="ignore"):
        for name in ("answer", "wait"):
            days = numbers[:, TALLY_INDEX[f"{name}_days"]] / columns["answered"]
            columns[f"{name}_minutes"] = MINUTES * days
        for stock in STOCKS:
            mean = numbers[:, TALLY_INDEX[f"{stock}_sum"]] / members
            spread = numbers[:, TALLY_INDEX[f"{stock}_squares"]] / members - mean**2
            columns[f"{stock}_mean"] = mean
            columns[f"{stock}_sd"] = np.sqrt(np.maximum(spread, 0.0))
    columns["messages"] = human_messages(numbers)
    return columns


def daily_frame(journal: Journal) -> pd.DataFrame:
    """One row for each day and tier, and one for each day in all (tier ``all``).

    Parameters
    ----------
    journal : Journal
        The record.

    Returns
    -------
    pandas.DataFrame
        Columns: day (1 = the first midnight), tier, the counts of the day, members and muted at
        midnight, mean time to an answer of the desk and, part of it, mean wait until the desk began
        (``answer_minutes`` and ``wait_minutes``, of the questions answered that day; nan when there
        are none), mean and SD of each stock, messages written by members; on the rows ``all`` also
        what the operator posted, earned and spent (CNY, hours) and the promo share sent and seen.
    """
    import pandas as pd

    days = np.arange(1, len(journal.tallies) + 1)
    tiers = journal.by_tier()
    parts = [
        pd.DataFrame({"day": days, "tier": TIERS[k], **_columns_of(tiers[:, k])}) for k in range(3)
    ]
    whole = pd.DataFrame({"day": days, "tier": "all", **_columns_of(tiers.sum(axis=1))})
    for name in OPERATOR_COLUMNS:
        whole[name] = journal.operator_column(name)
    sent = whole["messages"] + whole["contents"] + whole["promos"] + whole["prizes"]
    whole["promo_share_sent"] = whole["promos"] / sent.where(sent > 0)
    whole["promo_share_seen"] = whole["promos_read"] / whole["read"].where(whole["read"] > 0)
    frame = pd.concat([*parts, whole], ignore_index=True)
    frame["tier"] = pd.Categorical(frame["tier"], [*TIERS, "all"])
    return frame.sort_values(["day", "tier"], ignore_index=True)


def market_frame(journals: Sequence[Journal], names: Sequence[str]) -> pd.DataFrame:
    """One row for each day and operator: who has the members, the talk and the orders.

    Parameters
    ----------
    journals : sequence of Journal
        The record of each operator.
    names : sequence of str
        Their names.

    Returns
    -------
    pandas.DataFrame
        Columns: day, operator, readers of the day and of the week (weekly_readers), messages,
        members at midnight, orders, revenue and balance (CNY), order_share (share of the day's
        orders, nan when there are none).
    """
    import pandas as pd

    parts = []
    for journal, name in zip(journals, names, strict=True):
        orders = journal.total("orders_new") + journal.total("orders_repeat")
        columns = {
            "day": np.arange(1, len(journal.tallies) + 1),
            "operator": name,
            "readers": journal.total("readers"),
            "weekly_readers": journal.total("weekly_readers"),
            "messages": np.array([written.sum() for written in journal.written]),
            "members": journal.total("members"),
            "orders": orders,
            "revenue": journal.operator_column("revenue"),
            "balance": journal.operator_column("balance"),
        }
        parts.append(pd.DataFrame(columns))
    frame = pd.concat(parts, ignore_index=True)
    whole = frame.groupby("day")["orders"].transform("sum").to_numpy(dtype=float)
    frame["order_share"] = frame["orders"] / np.where(whole > 0.0, whole, np.nan)
    return frame.sort_values(["day"], kind="stable", ignore_index=True)


def groups_frame(journal: Journal) -> pd.DataFrame:
    """One row for each day and group, all tiers together.

    Parameters
    ----------
    journal : Journal
        The record.

    Returns
    -------
    pandas.DataFrame
        Columns: day, group, the counts, times of the desk, stocks and messages as in `daily_frame`,
        and the posts of the operator in this group.
    """
    import pandas as pd

    sizes = [len(numbers) for numbers in journal.tallies]
    by_group = [np.zeros((0, len(TALLY_NAMES)))]
    by_group += [numbers.sum(axis=1) for numbers in journal.tallies]
    frame = pd.DataFrame(
        {
            "day": np.repeat(np.arange(1, len(sizes) + 1), sizes),
            "group": np.concatenate([np.arange(n) for n in sizes]) if sizes else [],
            **_columns_of(np.concatenate(by_group)),
        }
    )
    posts = np.concatenate(journal.posts) if journal.posts else np.zeros((0, 3))
    frame["contents"], frame["promos"], frame["prizes"] = posts.T
    return frame


def members_frame(members: np.ndarray) -> pd.DataFrame:
    """The members table as a data frame, one row for each person of the market.

    Parameters
    ----------
    members : numpy.ndarray
        MEMBER_DTYPE.

    Returns
    -------
    pandas.DataFrame
        All fields but the clocks; tier, status and source in words.
    """
    import pandas as pd

    names = [name for name in members.dtype.names or () if not name.endswith("_clock")]
    frame = pd.DataFrame({name: np.array(members[name]) for name in names})
    for column, words in (("tier", TIERS), ("status", STATUSES), ("source", SOURCES)):
        frame[column] = pd.Categorical.from_codes(frame[column], list(words))
    frame.insert(0, "person", np.arange(len(frame)))
    return frame


def messages_frame(log: np.ndarray) -> pd.DataFrame:
    """The message log as a data frame, one row for each message (kinds in words)."""
    import pandas as pd

    said = log[log["kind"] != ORDER]
    frame = pd.DataFrame({name: np.array(said[name]) for name in said.dtype.names or ()})
    frame["kind"] = pd.Categorical.from_codes(frame["kind"], list(KINDS))
    return frame.sort_values(["group", "number"], ignore_index=True)


def orders_frame(log: np.ndarray) -> pd.DataFrame:
    """The orders in a log, one row for each: time (day), group, member, which of theirs it is."""
    import pandas as pd

    orders = log[log["kind"] == ORDER]
    frame = pd.DataFrame({name: np.array(orders[name]) for name in ("time", "group")})
    frame["member"], frame["number"] = np.array(orders["author"]), np.array(orders["number"])
    return frame.sort_values(["time", "member"], ignore_index=True)


def invitations_frame(lines: np.ndarray) -> pd.DataFrame:
    """Invitations as a data frame, one row for each one delivered (outcome in words)."""
    import pandas as pd

    frame = pd.DataFrame({name: np.array(lines[name]) for name in lines.dtype.names or ()})
    frame["outcome"] = pd.Categorical.from_codes(frame["outcome"], list(OUTCOMES))
    return frame
