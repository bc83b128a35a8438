"""A table of messages sorted and numbered once, for all the facts that are made of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from shequn.agents.errors import ShequnError

SECONDS_PER_DAY = 86_400


class Windows(NamedTuple):
    """Messages by poster and window, each int64, shape (n_cells,)."""

    poster: np.ndarray
    window: np.ndarray
    messages: np.ndarray


class Log:
    """Messages in order of community and time, people and threads numbered from 0.

    Times are whole seconds, the resolution of real logs, which makes the borders of windows exact.
    Messages of one second stay in the order given.

    Parameters
    ----------
    messages : pandas.DataFrame
        As `shequn.experiments.facts.records.Records.messages`.

    Attributes
    ----------
    communities : numpy.ndarray
        Identifiers of the communities with a message, int64, ascending, shape (n_communities,).
    community : numpy.ndarray
        Of each message, its place in `communities`, int64, shape (n,).
    second : numpy.ndarray
        Of each message, seconds from day 0, int64, shape (n,).
    poster : numpy.ndarray
        Of each message, the number of its (community, person), int64, shape (n,); numbers ascend
        with the community.

    Raises
    ------
    ShequnError
        If a time is not finite, or an identifier is not an integer.
    """

    def __init__(self, messages: pd.DataFrame) -> None:
        self.names = [name for name in ("community", "person", "thread", "to") if name in messages]
        table = {name: _integers(messages, name) for name in self.names}
        second = _seconds(messages)
        community = table["community"]
        if _unsorted(community, second):
            order = np.lexsort((second, community))
            table = {name: column[order] for name, column in table.items()}
            second = second[order]
        self.second = second
        self._windows: dict[tuple[int, bytes], Windows] = {}
        self._table = table
        self.communities, self.community = np.unique(table["community"], return_inverse=True)
        self._keys, first, self.poster, self.posts = np.unique(
            self._key(table["person"]), return_index=True, return_inverse=True, return_counts=True
        )
        self.poster_community = self.community[first]
        self.first_message = first

    def __len__(self) -> int:
        """Messages."""
        return len(self.second)

    @property
    def n_communities(self) -> int:
        """Communities with a message."""
        return len(self.communities)

    @property
    def n_posters(self) -> int:
        """People who wrote, counted in each community they wrote in."""
        return len(self.posts)

    @cached_property
    def first(self) -> np.ndarray:
        """Second of each poster's first message, int64, shape (n_posters,)."""
        return self.second[self.first_message]

    @cached_property
    def last(self) -> np.ndarray:
        """Second of each poster's last message, int64, shape (n_posters,)."""
        last = np.empty(self.n_posters, dtype=np.int64)
        last[self.poster] = self.second  # the latest message is written last
        return last

    @cached_property
    def borders(self) -> np.ndarray:
        """First message of each community and the end, int64, shape (n_communities + 1,)."""
        return np.searchsorted(self.community, np.arange(self.n_communities + 1))

    @cached_property
    def start(self) -> np.ndarray:
        """Second of each community's first message, int64, shape (n_communities,)."""
        return self.second[self.borders[:-1]]

    @cached_property
    def end(self) -> np.ndarray:
        """Second of each community's last message, int64, shape (n_communities,)."""
        return self.second[self.borders[1:] - 1]

    @cached_property
    def by_poster(self) -> np.ndarray:
        """Message numbers in order of poster and time, int64, shape (n,)."""
        return np.argsort(self.poster, kind="stable")

    @cached_property
    def addressed(self) -> np.ndarray | None:
        """Poster addressed by each message, int64, shape (n,); None when it is not known.

        -1: nobody; -2: somebody who never wrote here.
        """
        if "to" not in self._table:
            return None
        to = self._table["to"]
        place = self.posters_of(self.community, to)
        return np.where(to < 0, -1, np.where(place < 0, -2, place))

    @cached_property
    def thread(self) -> np.ndarray:
        """Thread of each message, numbered over all communities, -1: unknown; int64, shape (n,)."""
        raw = self._table["thread"]
        known = raw >= 0
        width = int(raw.max(initial=0)) + 1
        thread = np.full(len(raw), -1, dtype=np.int64)
        thread[known] = np.unique(self.community[known] * width + raw[known], return_inverse=True)[
            1
        ]
        return thread

    def windows(self, seconds: int, origin: np.ndarray | None = None) -> Windows:
        """Messages of each poster in consecutive windows of one length.

        Parameters
        ----------
        seconds : int
            Length of a window.
        origin : numpy.ndarray, optional
            Second at which each community's first window begins, int64, shape (n_communities,);
            its first message when None.

        Returns
        -------
        Windows
            Only windows in which the poster wrote, in order of poster and window.
        """
        start = self.start if origin is None else origin
        key = (seconds, start.tobytes())
        if key not in self._windows:
            window = (self.second - start[self.community]) // seconds
            width = int(window.max(initial=0)) + 1
            cell, messages = np.unique(self.poster * width + window, return_counts=True)
            self._windows[key] = Windows(cell // width, cell % width, messages)
        return self._windows[key]

    def posters_of(self, community: np.ndarray, person: np.ndarray) -> np.ndarray:
        """Numbers of people as posters.

        Parameters
        ----------
        community : numpy.ndarray
            Places in `communities`, int64, shape (m,).
        person : numpy.ndarray
            Identifiers, int64, shape (m,).

        Returns
        -------
        numpy.ndarray
            Poster numbers, int64, shape (m,); -1 for somebody who never wrote there.
        """
        if not self.n_posters:
            return np.full(len(person), -1, dtype=np.int64)
        known = (person >= self._lowest) & (person < self._lowest + self._width)
        key = community * self._width + (person - self._lowest)
        place = np.minimum(np.searchsorted(self._keys, key), self.n_posters - 1)
        return np.where(known & (self._keys[place] == key), place, -1)

    def _key(self, person: np.ndarray) -> np.ndarray:
        """One number for each (community, person), in that order."""
        self._lowest = int(person.min(initial=0))
        self._width = int(person.max(initial=0)) - self._lowest + 1
        return self.community * self._width + (person - self._lowest)


def each_community(
    measure: Callable[..., float], community: np.ndarray, n_communities: int, *columns: np.ndarray
) -> np.ndarray:
    """A measure of the values of each community.

    Parameters
    ----------
    measure : callable
        Given the values of one community, one array for each column, gives a number.
    community : numpy.ndarray
        Community of each value, int64, shape (n,), in any order.
    n_communities : int
        How many there are.
    *columns : numpy.ndarray
        Values, shape (n,) each.

    Returns
    -------
    numpy.ndarray
        float64, shape (n_communities,); NaN for a community without a value.
    """
    order = np.argsort(community, kind="stable")
    borders = np.searchsorted(community[order], np.arange(n_communities + 1))
    values = np.full(n_communities, np.nan)
    for number, (start, end) in enumerate(zip(borders[:-1], borders[1:], strict=True)):
        if end > start:
            rows = order[start:end]
            values[number] = measure(*(column[rows] for column in columns))
    return values


def _integers(messages: pd.DataFrame, name: str) -> np.ndarray:
    """A column of identifiers."""
    column = messages[name]
    if len(messages) and not pd.api.types.is_integer_dtype(column):
        raise ShequnError(f"messages: column {name} must hold integers, not {column.dtype}")
    return column.to_numpy(dtype=np.int64)


def _seconds(messages: pd.DataFrame) -> np.ndarray:
    """Times in whole seconds."""
    numeric = not len(messages) or pd.api.types.is_numeric_dtype(messages["time"])
    time = messages["time"].to_numpy(dtype=np.float64) if numeric else np.array([np.nan])
    if not np.isfinite(time).all():
        raise ShequnError("messages: column time must hold finite numbers, in days")
    return np.rint(time * SECONDS_PER_DAY).astype(np.int64)


def _unsorted(community: np.ndarray, second: np.ndarray) -> bool:
    """Whether a message stands before an earlier one of its community."""
    step = np.diff(community)
    return bool(((step < 0) | ((step == 0) & (np.diff(second) < 0))).any())
