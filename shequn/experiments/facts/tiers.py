"""Facts about chat rooms: who stays, who talks how much, who is spoken to.

Measured on the real rooms (`shequn.experiments.facts.real.real_chat_rooms`), each function here
gives the published value to all five digits printed, unless its docstring says otherwise. The
published intervals are bootstraps over the same rooms with other resamples; ends differ by up to
0.02.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from shequn.experiments.facts.estimate import NOTHING, Estimate, over_communities, pooled_ratio
from shequn.experiments.facts.log import SECONDS_PER_DAY, Log
from shequn.experiments.facts.records import Records
from shequn.experiments.facts.rooms import (
    FOLLOW_UP_DAYS,
    elasticity,
    established_rooms,
    room_measures,
)

TIERS = ("silent", "base", "middle", "high")
_TIER_BORDERS = (1, 3, 20)
WINDOW_DAYS = 28
FEWEST_PEOPLE, FEWEST_MESSAGES = 5, 20
NEWCOMER_AFTER_DAYS = 7
ANSWER_SECONDS = 600


def archived_rooms(records: Records) -> Records:
    """The rooms that the archive would hold: at least 5 people and 20 messages.

    The real rooms were chosen by this rule, so it is applied to simulated ones, too, and changes
    nothing for the real ones.

    Parameters
    ----------
    records : Records
        Messages; a community is a room.

    Returns
    -------
    Records
        The messages of these rooms.
    """
    messages: Any = records.messages
    rooms = messages.groupby("community")["person"]
    chosen = (rooms.nunique() >= FEWEST_PEOPLE) & (rooms.size() >= FEWEST_MESSAGES)
    inside = messages["community"].isin(chosen.index[chosen])
    return Records(days=records.days, messages=messages[inside].reset_index(drop=True))


def rooms_of(records: Records) -> pd.DataFrame:
    """The communities measured as chat rooms.

    Parameters
    ----------
    records : Records
        Messages; a community is a room.

    Returns
    -------
    pandas.DataFrame
        As `shequn.experiments.facts.rooms.room_measures`.
    """
    messages = records.messages
    return room_measures(
        pd.DataFrame(
            {
                "room": messages["community"],
                "time": messages["time"],
                "author": messages["person"],
            }
        )
    )


def room_median(records: Records, column: str) -> Estimate:
    """Median over rooms with at least 20 users and 100 messages.

    The published medians were taken of the table of rooms, whose columns are rounded: they agree to
    four digits.

    Parameters
    ----------
    records : Records
        Messages; a community is a room.
    column : str
        Column of `shequn.experiments.facts.rooms.room_measures`.

    Returns
    -------
    Estimate
        In the unit of the column.
    """
    return over_communities(established_rooms(records.once(rooms_of))[column], "median")


def room_elasticity(records: Records, column: str) -> Estimate:
    """Slope of the logarithm of a measure on the logarithm of the number of users, over rooms.

    The slope of messages agrees to five digits; that of mean weekly active users is 0.6120, and
    the published 0.6123 with the means rounded to two digits as in the table of rooms.

    Parameters
    ----------
    records, column
        As in `room_median`, with the same rooms.

    Returns
    -------
    Estimate
        Slope of the least-squares line.
    """
    rooms = established_rooms(records.once(rooms_of))
    return elasticity(rooms["users"], rooms[column])


def returns(records: Records, window: str) -> Estimate:
    """Share of people who post again in a window of days after their first post.

    Parameters
    ----------
    records : Records
        Messages. People of one room who also post in another count in each.
    window : str
        d1_7, d7_14, d14_28 or d28_56; the later end is left out.

    Returns
    -------
    Estimate
        Share of those whose first post is at least 56 days before their room's last message.
    """
    rooms = records.once(rooms_of)
    cohort = rooms["cohort_n"].to_numpy(dtype=np.float64)
    returned = np.where(cohort > 0, rooms[f"ret_{window}"].fillna(0.0) * cohort, 0.0)
    return pooled_ratio(returned, cohort)


def tier_share(records: Records, tier: str, of: str) -> Estimate:
    """Share of a tier among the people who post in a window of 28 days, or of their messages.

    Windows count from the room's first message, and the last, incomplete one counts too; with
    windows from each person's first post the shares differ in the second digit.

    Parameters
    ----------
    records : Records
        Messages.
    tier : str
        base, middle or high: 1-2, 3-19, 20 or more messages in the window.
    of : str
        members: of the pairs of a person and a window; messages: of their messages.

    Returns
    -------
    Estimate
        Share, over all rooms together.
    """
    log = records.log
    table = log.windows(WINDOW_DAYS * SECONDS_PER_DAY)
    weight = table.messages if of == "messages" else np.ones(len(table.messages))
    inside = np.digitize(table.messages, _TIER_BORDERS) == TIERS.index(tier)
    community = log.poster_community[table.poster]
    return pooled_ratio(
        np.bincount(community, weight * inside, minlength=log.n_communities),
        np.bincount(community, weight, minlength=log.n_communities),
    )


def transitions(records: Records) -> np.ndarray:
    """Moves of people between tiers from one window of 28 days to the next.

    Windows count from the room's first message; a person's begin with the one of the first post,
    and the room's last, incomplete one is left out. On the real rooms the sum over rooms is the
    published table of 52,000 moves, count by count; with windows from each person's first post it
    is not.

    Parameters
    ----------
    records : Records
        Messages.

    Returns
    -------
    numpy.ndarray
        Counts, int64, shape (n_communities, 4, 4): room, earlier tier, later tier, in the order of
        `TIERS`.
    """
    log = records.log
    length = WINDOW_DAYS * SECONDS_PER_DAY
    room = log.poster_community
    entry = (log.first - log.start[room]) // length
    n_windows = np.maximum(((log.end - log.start) // length)[room] - entry, 0)
    offset = np.concatenate([[0], np.cumsum(n_windows)])
    table = log.windows(length)
    place = table.window - entry[table.poster]
    whole = place < n_windows[table.poster]
    tier = np.zeros(int(offset[-1]), dtype=np.int64)
    cells = (offset[table.poster] + place)[whole]
    tier[cells] = np.digitize(table.messages[whole], _TIER_BORDERS)
    poster = np.repeat(np.arange(log.n_posters), n_windows)
    same = poster[1:] == poster[:-1]
    n_tiers = len(TIERS)
    cell = (room[poster[1:]] * n_tiers + tier[:-1]) * n_tiers + tier[1:]
    counts = np.bincount(cell[same], minlength=log.n_communities * n_tiers**2)
    return counts.reshape(log.n_communities, n_tiers, n_tiers)


def transition(records: Records, earlier: str, later: str) -> Estimate:
    """Probability that a person of one tier is in another in the next window of 28 days.

    Parameters
    ----------
    records : Records
        Messages.
    earlier, later : str
        Of `TIERS`.

    Returns
    -------
    Estimate
        Share of the moves from the earlier tier, over all rooms together; windows as in
        `transitions`.
    """
    moves = records.once(transitions)[:, TIERS.index(earlier), :]
    return pooled_ratio(moves[:, TIERS.index(later)], moves.sum(axis=1))


def messages_addressed(records: Records) -> Estimate:
    """Share of messages that name a person.

    Parameters
    ----------
    records : Records
        Messages with the column ``to``.

    Returns
    -------
    Estimate
        Over all rooms together; NaN when it is not known who is addressed.
    """
    log = records.log
    if log.addressed is None:
        return NOTHING
    n_messages = np.diff(log.borders)
    named = np.bincount(log.community, log.addressed != -1, minlength=log.n_communities)
    return pooled_ratio(named, n_messages)


def newcomer_addressed(records: Records) -> Estimate:
    """Share of newcomers whom another person addresses within 24 hours after their first post.

    A newcomer's first post is more than 7 days after the room's first message and at least 56 days
    before its last one. Other readings miss the published value in the third digit: without the
    follow-up, or with people who address themselves.

    Parameters
    ----------
    records : Records
        Messages with the column ``to``.

    Returns
    -------
    Estimate
        Over all rooms together; NaN when it is not known who is addressed.
    """
    log = records.log
    if log.addressed is None:
        return NOTHING
    newcomer = _newcomer(log)
    return _share(log, _welcomed(log), newcomer)


def returns_if_addressed(records: Records, addressed: bool) -> Estimate:
    """Share of newcomers who post again 7 to 56 days after their first post.

    Who is addressed is not left to chance, so the difference of the two is not an effect.

    Parameters
    ----------
    records : Records
        Messages with the column ``to``.
    addressed : bool
        Whether of those addressed within 24 hours, as in `newcomer_addressed`, or of the others.

    Returns
    -------
    Estimate
        Over all rooms together; NaN when it is not known who is addressed.
    """
    log = records.log
    if log.addressed is None:
        return NOTHING
    age = log.second - log.first[log.poster]
    inside = (age >= 7 * SECONDS_PER_DAY) & (age < FOLLOW_UP_DAYS * SECONDS_PER_DAY)
    again = np.zeros(log.n_posters, dtype=bool)
    again[log.poster[inside]] = True
    return _share(log, again, _newcomer(log) & (_welcomed(log) == addressed))


def answered_by_next(records: Records) -> Estimate:
    """Share of messages that another person's message follows, as the next one, within 10 minutes.

    Parameters
    ----------
    records : Records
        Messages.

    Returns
    -------
    Estimate
        Over all rooms together; a room's last message counts as not followed.
    """
    log = records.log
    soon = np.diff(log.second) <= ANSWER_SECONDS
    followed = soon & (np.diff(log.poster) != 0) & (np.diff(log.community) == 0)
    room = log.community[:-1]
    return pooled_ratio(
        np.bincount(room, followed, minlength=log.n_communities), np.diff(log.borders)
    )


def _newcomer(log: Log) -> np.ndarray:
    """Which posters came after the room's first week and are followed, bool, (n_posters,)."""
    since_start = log.first - log.start[log.poster_community]
    to_end = log.end[log.poster_community] - log.first
    return (since_start > NEWCOMER_AFTER_DAYS * SECONDS_PER_DAY) & (
        to_end >= FOLLOW_UP_DAYS * SECONDS_PER_DAY
    )


def _welcomed(log: Log) -> np.ndarray:
    """Whom another person addressed in the 24 hours after the first post, bool, (n_posters,)."""
    welcomed = np.zeros(log.n_posters, dtype=bool)
    if log.addressed is not None:
        known = (log.addressed >= 0) & (log.addressed != log.poster)
        named = log.addressed[known]
        age = log.second[known] - log.first[named]
        welcomed[named[(age >= 0) & (age <= SECONDS_PER_DAY)]] = True
    return welcomed


def _share(log: Log, have: np.ndarray, among: np.ndarray) -> Estimate:
    """Share of some posters who have a property, over all rooms together."""
    room, n_rooms = log.poster_community, log.n_communities
    return pooled_ratio(
        np.bincount(room[among], have[among], minlength=n_rooms),
        np.bincount(room[among], minlength=n_rooms),
    )


_OF_ROOMS: dict[str, Callable[[Records], Estimate]] = {
    **{
        f"gitter_room_median_{column}": partial(room_median, column=column)
        for column in ("gini", "top10pct_share", "top1pct_share", "share_one_message")
    },
    "gitter_room_median_burstiness_B": partial(room_median, column="burstiness_B"),
    "gitter_elasticity_mean_weekly_active_on_users": partial(
        room_elasticity, column="mean_weekly_active"
    ),
    "gitter_elasticity_messages_on_users": partial(room_elasticity, column="messages"),
    **{
        f"gitter_retention_{window}": partial(returns, window=window)
        for window in ("d1_7", "d7_14", "d14_28", "d28_56")
    },
    **{
        f"gitter_tier_{tier}_share_of_{name}_28d": partial(tier_share, tier=tier, of=of)
        for tier in ("high", "middle", "base")
        for name, of in (("active_members", "members"), ("messages", "messages"))
    },
    **{
        f"gitter_transition28_{earlier}_to_{later}": partial(
            transition, earlier=earlier, later=later
        )
        for earlier, later in (
            ("high", "high"),
            ("high", "silent"),
            ("middle", "middle"),
            ("middle", "silent"),
            ("middle", "high"),
            ("base", "base"),
            ("base", "silent"),
            ("base", "middle"),
            ("silent", "silent"),
        )
    },
    "gitter_newcomer_addressed_within_24h": newcomer_addressed,
    "gitter_retention_d7_56_if_addressed": partial(returns_if_addressed, addressed=True),
    "gitter_retention_d7_56_if_not_addressed": partial(returns_if_addressed, addressed=False),
    "gitter_next_message_by_other_within_10min": answered_by_next,
    "gitter_share_messages_addressed": messages_addressed,
}


def _in_archive(records: Records, fact: Callable[[Records], Estimate]) -> Estimate:
    return fact(records.once(archived_rooms))


MEASURES: dict[str, Callable[[Records], Estimate]] = {
    name: partial(_in_archive, fact=fact) for name, fact in _OF_ROOMS.items()
}
