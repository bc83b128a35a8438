"""What is observed: a table of each day by group and tier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from shequn.agents.tables import (
    HUMAN,
    KINDS,
    ORDER,
    OUTCOMES,
    SOURCES,
    STATUSES,
    TALLY_INDEX,
    TALLY_NAMES,
    TIERS,
)
from shequn.model.ledger import ITEMS

if TYPE_CHECKING:
    import pandas as pd

TROUBLE = ("exits", "mutes", "complaints")
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
    tiers : list of numpy.ndarray
        For each day float64, shape (3, counts): all groups together.
    posts : list of numpy.ndarray
        For each day int64, shape (open groups, 3): contents, promos, prizes posted.
    money : list of numpy.ndarray
        For each day float64: the columns of `OPERATOR_COLUMNS`.
    sums : list of numpy.ndarray
        For each day float64, shape (counts,): all groups and tiers together; those of the past
        first.
    so_far : list of numpy.ndarray
        float64, shape (open groups,): messages that members have written up to the beginning of
        each day, and up to the end of the last one; days of the past first.
    trouble : list of numpy.ndarray
        float64, shape (2,): exits, mutes and complaints, and days of members, likewise.
    """

    def __init__(self) -> None:
        self.tallies: list[np.ndarray] = []
        self.tiers: list[np.ndarray] = []
        self.posts: list[np.ndarray] = []
        self.money: list[np.ndarray] = []
        self.sums: list[np.ndarray] = []
        self.so_far: list[np.ndarray] = [np.zeros(0)]
        self.trouble: list[np.ndarray] = [np.zeros(2)]
        self._stacked: tuple[np.ndarray, np.ndarray] | None = None

    def extend(self, pages: Pages) -> None:
        """Write down some days.

        Parameters
        ----------
        pages : Pages
            Those after the last one written down; they are kept as they are.
        """
        for name, days in zip(Pages._fields, pages, strict=True):
            getattr(self, name).extend(days)

    @property
    def past(self) -> int:
        """Days of the past that are remembered."""
        return len(self.sums) - len(self.tallies)

    @property
    def totals(self) -> list[dict[str, float]]:
        """For each day every count by name, all groups and tiers together; the past first."""
        return [dict(zip(TALLY_NAMES, day.tolist(), strict=True)) for day in self.sums]

    @property
    def messages(self) -> np.ndarray:
        """Messages that members wrote by day: float64, shape (days,)."""
        return human_messages(self.by_tier()).sum(axis=1)

    @property
    def operator(self) -> list[dict[str, float]]:
        """For each day the columns of `OPERATOR_COLUMNS` by name."""
        return [dict(zip(OPERATOR_COLUMNS, day.tolist(), strict=True)) for day in self.money]

    def begin(self) -> None:
        """Day 0: the record begins, and of the days before it only what was seen is remembered."""
        for days in (self.tallies, self.tiers, self.posts, self.money):
            days.clear()
        self._stacked = None

    def memory(self) -> tuple[np.ndarray, list[np.ndarray]]:
        """What is remembered of the past.

        Returns
        -------
        sums : numpy.ndarray
            float64, shape (days, counts): each day's totals.
        written : list of numpy.ndarray
            For each day float64, shape (open groups,): messages that members wrote.
        """
        written = [late.copy() for late in self.so_far[1 : self.past + 1]]
        for day, early in zip(written, self.so_far, strict=False):
            day[: len(early)] -= early
        return np.array(self.sums[: self.past]).reshape(-1, len(TALLY_NAMES)), written

    def recall(self, sums: np.ndarray, written: Sequence[np.ndarray]) -> None:
        """Put what is remembered of the past (`memory`) into a new record."""
        for day, totals in zip(written, sums, strict=True):
            self._remember(day, totals)

    def note(self, numbers: np.ndarray) -> None:
        """Write down the counts of one day, as in `tallies`; posts and money are not among them."""
        self.tallies.append(numbers)
        self.tiers.append(numbers.sum(axis=0))
        self._remember(human_messages(numbers).sum(axis=1), numbers.sum(axis=(0, 1)))

    def _remember(self, written: np.ndarray, sums: np.ndarray) -> None:
        so_far = written.copy()
        so_far[: len(self.so_far[-1])] += self.so_far[-1]
        bad = sum(float(sums[TALLY_INDEX[name]]) for name in TROUBLE)
        more = np.array([bad, sums[TALLY_INDEX["members"]]])
        self.sums.append(sums)
        self.so_far.append(so_far)
        self.trouble.append(self.trouble[-1] + more)

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

    def copy(self) -> Journal:
        """A record that goes on by itself; the days so far are shared, as they never change."""
        return self.until(len(self.tallies))

    def until(self, day: int) -> Journal:
        """The record as it was after so many days."""
        other = Journal()
        for name in ("tallies", "tiers", "posts", "money"):
            setattr(other, name, getattr(self, name)[:day])
        other.sums = self.sums[: self.past + day]
        for name in ("so_far", "trouble"):
            setattr(other, name, getattr(self, name)[: self.past + day + 1])
        return other

    def _stacks(self) -> tuple[np.ndarray, np.ndarray]:
        """All counts by day and tier, and all columns of the operator by day."""
        if self._stacked is None or len(self._stacked[0]) != len(self.tiers):
            tiers = np.array(self.tiers).reshape(-1, 3, len(TALLY_NAMES))
            money = np.array(self.money).reshape(-1, len(OPERATOR_COLUMNS))
            self._stacked = tiers, money
        return self._stacked

    def by_tier(self) -> np.ndarray:
        """All counts by day and tier: float64, shape (days, 3, counts)."""
        return self._stacks()[0]

    def total(self, name: str) -> np.ndarray:
        """One count by day, all groups and tiers together: float64, shape (days,)."""
        return self.by_tier()[:, :, TALLY_INDEX[name]].sum(axis=1)

    def operator_column(self, name: str) -> np.ndarray:
        """One column of the operator by day: float64, shape (days,)."""
        return self._stacks()[1][:, OPERATOR_COLUMNS.index(name)].copy()


class Pages(NamedTuple):
    """Some days of a `Journal`, by the names of what it keeps of each day."""

    tallies: Sequence[np.ndarray]
    tiers: Sequence[np.ndarray]
    posts: Sequence[np.ndarray]
    money: Sequence[np.ndarray]
    sums: Sequence[np.ndarray]
    so_far: Sequence[np.ndarray]
    trouble: Sequence[np.ndarray]


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
            "messages": journal.messages,
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
