"""Facts about threads: whether and when they are answered, and how long they grow."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from shequn.experiments.facts.estimate import Estimate, over_communities
from shequn.experiments.facts.log import SECONDS_PER_DAY, each_community
from shequn.experiments.facts.records import Records

FOLLOW_UP_DAYS = 90


class Threads(NamedTuple):
    """Threads of a log; each array has shape (n_threads,).

    Attributes
    ----------
    community : numpy.ndarray
        Place of the community, int64.
    first : numpy.ndarray
        Number of the message that opens the thread, int64.
    latency : numpy.ndarray
        Seconds to the first message by somebody else, float64; infinite when there is none, and so
        may be their median (C6).
    messages, participants : numpy.ndarray
        Messages, and people who wrote them, int64.
    """

    community: np.ndarray
    first: np.ndarray
    latency: np.ndarray
    messages: np.ndarray
    participants: np.ndarray


def threads_of(records: Records) -> Threads:
    """All threads, each opened by the first message that carries its number.

    Parameters
    ----------
    records : Records
        Messages; those of an unknown thread are passed over.

    Returns
    -------
    Threads
        In order of community and number.
    """
    log = records.log
    known = np.flatnonzero(log.thread >= 0)
    rows = known[np.argsort(log.thread[known], kind="stable")]
    thread = log.thread[rows]
    _, start, messages = np.unique(thread, return_index=True, return_counts=True)
    first = rows[start]
    other = log.poster[rows] != log.poster[first][thread]
    replied, reply = np.unique(thread[other], return_index=True)
    latency = np.full(len(first), np.inf)
    latency[replied] = log.second[rows[other][reply]] - log.second[first[replied]]
    writers = np.unique(thread * max(log.n_posters, 1) + log.poster[rows])
    participants = np.bincount(writers // max(log.n_posters, 1), minlength=len(first))
    return Threads(log.community[first], first, latency, messages, participants)


def thread_statistic(
    records: Records, column: str, statistic: Callable[[np.ndarray], float]
) -> Estimate:
    """A statistic of the threads of each community.

    Parameters
    ----------
    records : Records
        Messages with threads.
    column : str
        latency, messages or participants, as in `Threads`.
    statistic : callable
        Of an array of them.

    Returns
    -------
    Estimate
        Mean over communities; NaN when no thread is known.
    """
    threads = records.once(threads_of)
    return over_communities(
        each_community(
            statistic, threads.community, records.log.n_communities, getattr(threads, column)
        )
    )


def unanswered(latency: np.ndarray) -> float:
    """C5: share of threads that nobody but their author wrote in, to the end of the record."""
    return float(np.isinf(latency).mean())


def within(latency: np.ndarray, seconds: int) -> float:
    """C6: share of all threads answered within so many seconds, the limit included."""
    return float((latency <= seconds).mean())


def newcomers(records: Records) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """C7: people whose first message opens a thread at least 90 days before the end.

    Parameters
    ----------
    records : Records
        Messages with threads.

    Returns
    -------
    tuple of numpy.ndarray
        Of each: place of the community, int64; whether somebody else wrote in that thread within
        90 days, bool; whether the person wrote again, anywhere, within 90 days, bool.
    """
    log, threads = records.log, records.once(threads_of)
    opener = log.poster[threads.first]
    follow_up = FOLLOW_UP_DAYS * SECONDS_PER_DAY
    end = records.days * SECONDS_PER_DAY
    new = (log.first_message[opener] == threads.first) & (log.first[opener] + follow_up <= end)
    order = log.by_poster
    second_message = np.full(log.n_posters, np.inf)
    start = np.searchsorted(log.poster[order], np.arange(log.n_posters))
    several = log.posts > 1
    second_message[several] = log.second[order[start[several] + 1]]
    again = second_message[opener] - log.first[opener] <= follow_up
    return threads.community[new], (threads.latency <= follow_up)[new], again[new]


def posts_again(records: Records, replied: bool) -> Estimate:
    """C7: share of newcomers who post again within 90 days of a first message that opens a thread.

    Parameters
    ----------
    records : Records
        Messages with threads.
    replied : bool
        Whether of those whose thread was answered, or of the others.

    Returns
    -------
    Estimate
        Mean over communities.
    """
    return over_communities(_again(records, replied))


def gain_of_reply(records: Records) -> Estimate:
    """C7: `posts_again` of newcomers who were answered less that of the others.

    Joyce and Kraut (2006) measured it in Usenet groups; it is not an effect, for a post that is
    answered may differ in other ways.

    Parameters
    ----------
    records : Records
        Messages with threads.

    Returns
    -------
    Estimate
        Mean over communities in which there are both.
    """
    return over_communities(_again(records, True) - _again(records, False))


def _again(records: Records, replied: bool) -> np.ndarray:
    """Share who post again in each community."""
    community, answered, again = records.once(newcomers)
    kept = answered == replied
    return each_community(np.mean, community[kept], records.log.n_communities, again[kept])


MEASURES: dict[str, Callable[[Records], Estimate]] = {
    "C5_unanswered": partial(thread_statistic, column="latency", statistic=unanswered),
    "C6_median_latency": partial(thread_statistic, column="latency", statistic=np.median),
    "C6_within_15_min": partial(
        thread_statistic, column="latency", statistic=partial(within, seconds=900)
    ),
    "C6_within_1_h": partial(
        thread_statistic, column="latency", statistic=partial(within, seconds=3600)
    ),
    "C7_posts_again_replied": partial(posts_again, replied=True),
    "C7_posts_again_not_replied": partial(posts_again, replied=False),
    "C7_difference": gain_of_reply,
    "C13_messages_mean": partial(thread_statistic, column="messages", statistic=np.mean),
    "C13_messages_median": partial(thread_statistic, column="messages", statistic=np.median),
    "C13_messages_q90": partial(
        thread_statistic, column="messages", statistic=partial(np.quantile, q=0.9)
    ),
    "C13_messages_q99": partial(
        thread_statistic, column="messages", statistic=partial(np.quantile, q=0.99)
    ),
    "C13_participants_mean": partial(thread_statistic, column="participants", statistic=np.mean),
}
