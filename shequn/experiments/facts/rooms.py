"""Measures of chat rooms: the same functions for real and for simulated logs.

The definitions were found by recomputing the 115 rooms of ``shequn/data/gitter_rooms.csv`` from
their 114,282 human messages. Each column came out equal, to the last digit printed in the file, in
115 of 115 rooms; where another reading of the column was tried and failed, the docstring of the
measure says in how many rooms it failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from shequn.agents.errors import ShequnError
from shequn.experiments.facts.estimate import Estimate, resampled_rows, with_interval

SECONDS_PER_DAY = 86_400
SECONDS_PER_WEEK = 7 * SECONDS_PER_DAY
FOLLOW_UP_DAYS = 56
RETURN_WINDOWS = {
    "ret_d1_7": (1, 7),
    "ret_d7_14": (7, 14),
    "ret_d14_28": (14, 28),
    "ret_d28_56": (28, 56),
}
ESTABLISHED_USERS = 20
ESTABLISHED_MESSAGES = 100

_LOG_COLUMNS = ("room", "time", "author")


@dataclass(frozen=True)
class Elasticity(Estimate):
    """Slope of log y on log x; `value` is the slope.

    Attributes
    ----------
    intercept : float
        Natural logarithm of the fitted y at x = 1.
    """

    intercept: float


def real_rooms() -> pd.DataFrame:
    """Read the 115 real rooms that ship with the package.

    Returns
    -------
    pandas.DataFrame
        The columns of ``gitter_rooms.csv``: those of `room_measures` (without ``ret_d14_28``) and a
        few more.
    """
    table = resources.files("shequn").joinpath("data/gitter_rooms.csv")
    with table.open("r", encoding="utf-8") as stream:
        return pd.read_csv(stream)


def established_rooms(rooms: pd.DataFrame) -> pd.DataFrame:
    """Keep the rooms with at least 20 users and 100 messages.

    Below that size the mean of weekly active users rests on its floor of one, which flattens
    slopes. 54 of the 115 real rooms stay, and over them `elasticity` gives the published slopes:
    0.612 for mean weekly active users on users, 1.289 for messages on users.

    Parameters
    ----------
    rooms : pandas.DataFrame
        A table of `room_measures` or `real_rooms`.

    Returns
    -------
    pandas.DataFrame
        The rows that qualify.
    """
    enough = (rooms["users"] >= ESTABLISHED_USERS) & (rooms["messages"] >= ESTABLISHED_MESSAGES)
    return rooms.loc[enough]


def room_measures(messages: pd.DataFrame) -> pd.DataFrame:
    """Measure every room of a log of human messages.

    Times are rounded to whole seconds first, the resolution of the real log. A log whose times are
    whole days gives every column, but gaps (``burstiness_B``, ``median_iat_s``) then mean gaps
    between days with messages.

    Parameters
    ----------
    messages : pandas.DataFrame
        One row per message, in any order: ``room`` (integer), ``time`` (days from any origin),
        ``author`` (integer). Leave out bots and the operator.

    Returns
    -------
    pandas.DataFrame
        One row per room, sorted by ``room``, not rounded.

        ==================  ======================================================================
        room                as given
        span_days           days from the first to the last message
        messages, users     number of messages, and of authors who posted at least once
        share_one_message   share of the users who posted exactly once
        gini                Gini index of messages per user
        top1pct_share       share of the messages written by the top 1 % of users, rounded up
        top10pct_share      the same for 10 %
        burstiness_B        (sd - mean) / (sd + mean) of the positive gaps, -1 to 1
        median_iat_s        median positive gap, seconds
        mean_weekly_active  users active in a week, mean over the weeks with a message
        max_weekly_active   the largest of these weeks
        cohort_n            users followed for at least 56 days
        ret_d1_7 ...        share of them who post again in days 1-7 after their first message;
                            also d7_14, d14_28, d28_56; NaN without a cohort
        ==================  ======================================================================

    Raises
    ------
    ShequnError
        If a column is missing, a time is not finite, or a room or author is not an integer.
    """
    log = _log_in_seconds(messages)
    parts = (_size(log), _concentration(log), _rhythm(log), _weekly(log), _returns(log))
    return pd.concat(parts, axis=1).rename_axis("room").reset_index()


def elasticity(x: ArrayLike, y: ArrayLike, *, seed: int = 0, n_resamples: int = 2000) -> Elasticity:
    """Fit ln y = intercept + slope ln x by least squares over rooms.

    Parameters
    ----------
    x, y : array_like of float, shape (n_rooms,)
        Positive values, one pair per room. Pairs with a NaN are left out.
    seed : int
        Key of the Philox generator that resamples rooms.
    n_resamples : int
        Bootstrap resamples of rooms, with replacement.

    Returns
    -------
    Elasticity
        Slope with its 95 % percentile interval. All NaN when fewer than three rooms or one single x
        are left.

    Raises
    ------
    ShequnError
        If lengths differ or a value is not positive.
    """
    log_x, log_y = _log_pairs(x, y)
    if log_x.size < 3 or np.ptp(log_x) == 0.0:
        return Elasticity(np.nan, np.nan, np.nan, int(log_x.size), np.nan)
    slope = float(_slopes(log_x[None, :], log_y[None, :])[0])
    rows = resampled_rows(log_x.size, n_resamples, seed)
    spread = with_interval(slope, _slopes(log_x[rows], log_y[rows]), int(log_x.size))
    intercept = float(log_y.mean() - slope * log_x.mean())
    return Elasticity(slope, spread.low, spread.high, spread.n, intercept)


def _log_in_seconds(messages: pd.DataFrame) -> pd.DataFrame:
    """Check the log; return it in whole seconds, sorted by room and second."""
    missing = [name for name in _LOG_COLUMNS if name not in messages.columns]
    if missing:
        raise ShequnError(
            f"messages: column {', '.join(missing)} is missing; need {', '.join(_LOG_COLUMNS)}"
        )
    for name in ("room", "author"):
        if len(messages) and not pd.api.types.is_integer_dtype(messages[name]):
            raise ShequnError(
                f"messages: column {name} must hold integers, not {messages[name].dtype}"
            )
    numeric = not len(messages) or pd.api.types.is_numeric_dtype(messages["time"])
    time = messages["time"].to_numpy(dtype=np.float64) if numeric else np.array([np.nan])
    if not np.isfinite(time).all():
        raise ShequnError("messages: column time must hold finite numbers, in days")
    # Whole seconds make window and week borders exact; a day as a float would not be.
    second = np.rint(time * SECONDS_PER_DAY).astype(np.int64)
    log = pd.DataFrame(
        {
            "room": messages["room"].to_numpy(),
            "second": second,
            "author": messages["author"].to_numpy(),
        }
    )
    return log.iloc[np.lexsort((second, log["room"]))].reset_index(drop=True)


def _size(log: pd.DataFrame) -> pd.DataFrame:
    """Span and counts. 115 of 115 rooms."""
    rooms = log.groupby("room")
    span = (rooms["second"].last() - rooms["second"].first()) / SECONDS_PER_DAY
    return pd.DataFrame(
        {"span_days": span, "messages": rooms.size(), "users": rooms["author"].nunique()}
    )


def _concentration(log: pd.DataFrame) -> pd.DataFrame:
    """How unequally users post. 115 of 115 rooms.

    Gini = 2 sum(i c_i) / (n sum c) - (n + 1) / n with counts c ascending and i from 1. The version
    for small samples, times n / (n - 1), fails in all 115 rooms. Top shares round the number of
    users up; rounding down (at least one user) fails in 11 rooms for 1 % and 83 for 10 %, rounding
    to the nearest in 5 and 45.
    """
    counts = log.value_counts(["room", "author"]).reset_index(name="count")
    counts = counts.sort_values(["room", "count"], kind="stable")
    count = counts["count"].to_numpy()
    n_users = counts.groupby("room")["count"].transform("size").to_numpy()
    rank = counts.groupby("room")["count"].cumcount().to_numpy() + 1
    counts = counts.assign(users=1, once=count == 1, ranked=rank * count)
    for percent in (1, 10):
        n_top = -(-n_users * percent // 100)
        counts[f"top{percent}"] = np.where(rank > n_users - n_top, count, 0)
    total = pd.DataFrame(counts.groupby("room").sum())
    users, messages = total["users"], total["count"]
    return pd.DataFrame(
        {
            "share_one_message": total["once"] / users,
            "gini": 2 * total["ranked"] / (users * messages) - (users + 1) / users,
            "top1pct_share": total["top1"] / messages,
            "top10pct_share": total["top10"] / messages,
        }
    )


def _rhythm(log: pd.DataFrame) -> pd.DataFrame:
    """Gaps between neighbouring messages of a room. 115 of 115 rooms.

    Gaps of zero seconds are left out and the standard deviation divides by n. With zero gaps kept,
    burstiness fails in 50 rooms and the median in 36; with a divisor of n - 1 burstiness fails in
    103.
    """
    gap = log.groupby("room")["second"].diff()
    gaps = gap.where(gap > 0).groupby(log["room"])
    mean, deviation = gaps.mean(), gaps.std(ddof=0)
    return pd.DataFrame(
        {"burstiness_B": (deviation - mean) / (deviation + mean), "median_iat_s": gaps.median()}
    )


def _weekly(log: pd.DataFrame) -> pd.DataFrame:
    """Users active per week. 115 of 115 rooms.

    Weeks count from the room's first message, and the mean is over weeks with at least one message.
    Calendar weeks fail in 100 rooms for the mean and 54 for the maximum; silent weeks counted as
    zero fail in 113 for the mean.
    """
    start = log.groupby("room")["second"].transform("first").to_numpy()
    week = (log["second"].to_numpy() - start) // SECONDS_PER_WEEK
    seen = log.assign(week=week).drop_duplicates(["room", "week", "author"])
    active = seen.value_counts(["room", "week"]).groupby("room")
    return pd.DataFrame({"mean_weekly_active": active.mean(), "max_weekly_active": active.max()})


def _returns(log: pd.DataFrame) -> pd.DataFrame:
    """Newcomers who post again. 115 of 115 rooms.

    The cohort holds users whose first message is at least 56 days before the room's last one. A
    window from day a to day b takes messages with a <= age < b; on the real log a closed upper end
    gives the same table. ``ret_d14_28`` is not in that table; pooled over the cohort it is the
    published 0.1487.
    """
    first = log.groupby(["room", "author"])["second"].transform("min").to_numpy()
    last = log.groupby("room")["second"].transform("last").to_numpy()
    age = log["second"].to_numpy() - first
    inside = {
        name: (age >= start * SECONDS_PER_DAY) & (age < end * SECONDS_PER_DAY)
        for name, (start, end) in RETURN_WINDOWS.items()
    }
    followed = log.assign(**inside).loc[last - first >= FOLLOW_UP_DAYS * SECONDS_PER_DAY]
    returned = followed.groupby(["room", "author"])[list(inside)].any()
    rooms = pd.Index(log["room"].unique(), name="room")
    cohort = returned.groupby("room").size().reindex(rooms, fill_value=0)
    shares = returned.astype(np.float64).groupby("room").mean().reindex(rooms)
    shares.insert(0, "cohort_n", cohort)
    return shares


def _log_pairs(x: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Natural logarithms of the complete pairs."""
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape:
        raise ShequnError(
            f"elasticity: x and y must be vectors of one length, not {x.shape} and {y.shape}"
        )
    complete = ~(np.isnan(x) | np.isnan(y))
    x, y = x[complete], y[complete]
    if (x <= 0).any() or (y <= 0).any():
        raise ShequnError("elasticity: x and y must be positive")
    return np.log(x), np.log(y)


def _slopes(log_x: np.ndarray, log_y: np.ndarray) -> np.ndarray:
    """Least-squares slope of every row; NaN where x does not vary."""
    dx = log_x - log_x.mean(axis=1, keepdims=True)
    dy = log_y - log_y.mean(axis=1, keepdims=True)
    spread = (dx * dx).sum(axis=1)
    return np.divide(
        (dx * dy).sum(axis=1), spread, out=np.full(spread.size, np.nan), where=spread > 1e-12
    )
