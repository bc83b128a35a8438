"""Facts about participation: how many are silent, and how unequally the others post."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from shequn.experiments.facts.estimate import NOTHING, Estimate, over_communities
from shequn.experiments.facts.log import SECONDS_PER_DAY, each_community
from shequn.experiments.facts.records import Records

LURKING_DAYS = 84
MONTH_DAYS = 30
FEWEST_POSTERS = 30
# Wider than any number of windows: keeps (poster, window) in one integer.
_WINDOWS = 1 << 24


class Concentration(NamedTuple):
    """How unequally messages are spread in each group; float64, shape (n_groups,)."""

    posters: np.ndarray
    gini: np.ndarray
    top_1_percent: np.ndarray
    top_10_percent: np.ndarray


def concentration(group: np.ndarray, messages: np.ndarray, n_groups: int) -> Concentration:
    """Gini index and top shares of messages per poster.

    Gini = 2 sum(i c_i) / (n sum c) - (n + 1) / n, with counts c ascending and i from 1. The number
    of posters in a top share is rounded up.

    Parameters
    ----------
    group : numpy.ndarray
        Group of each poster, int64, shape (n_posters,).
    messages : numpy.ndarray
        Messages of each, at least 1, int64, shape (n_posters,).
    n_groups : int
        How many groups there are.

    Returns
    -------
    Concentration
        NaN for a group without posters.
    """
    order = np.lexsort((messages, group))
    group, messages = group[order], messages[order]
    posters = np.bincount(group, minlength=n_groups)
    rank = np.arange(len(group)) - (np.cumsum(posters) - posters)[group] + 1
    sums = np.bincount(group, messages, minlength=n_groups)
    with np.errstate(divide="ignore", invalid="ignore"):
        ranked = np.bincount(group, rank * messages, minlength=n_groups)
        gini = 2.0 * ranked / (posters * sums) - (posters + 1) / posters
        top = []
        for percent in (1, 10):
            inside = rank > (posters + (-posters * percent // 100))[group]
            top.append(np.bincount(group, messages * inside, minlength=n_groups) / sums)
    return Concentration(posters.astype(np.float64), gini, top[0], top[1])


def lurkers(records: Records) -> Estimate:
    """C1: share of members without a post in a window of 84 days, of those present all of it.

    Windows follow each other from day 0; windows and members of a community count together.
    Nonnecke and Preece (2000) counted one window of 12 weeks.

    Parameters
    ----------
    records : Records
        Members and messages.

    Returns
    -------
    Estimate
        Mean over communities; NaN when nobody was present for 84 days.
    """
    members, log = records.members, records.log
    communities, place = np.unique(members["community"].to_numpy(np.int64), return_inverse=True)
    left = members["left_at"].to_numpy(np.float64)
    until = np.fmin(left, records.days)  # fmin passes over NaN: never left
    first = np.ceil(members["joined_at"].to_numpy(np.float64) / LURKING_DAYS).astype(np.int64)
    end = np.maximum(np.floor(until / LURKING_DAYS).astype(np.int64), first)
    cells = log.windows(LURKING_DAYS * SECONDS_PER_DAY, np.zeros(log.n_communities, dtype=np.int64))
    keys = cells.poster * _WINDOWS + cells.window
    poster = _posters(records)  # -1 sorts before every key: no window with a post
    with_post = np.searchsorted(keys, poster * _WINDOWS + end) - np.searchsorted(
        keys, poster * _WINDOWS + first
    )
    present = np.bincount(place, end - first, minlength=len(communities))
    spoke = np.bincount(place, with_post, minlength=len(communities))
    return over_communities(1.0 - _ratio(spoke, present))


def whole_life(records: Records) -> Concentration:
    """Concentration of all messages of each community; see `concentration`."""
    log = records.log
    return concentration(log.poster_community, log.posts, log.n_communities)


def share_or_gini(records: Records, name: str) -> Estimate:
    """C2: inequality of messages per poster over the whole record.

    Parameters
    ----------
    records : Records
        Messages, of a year at least: top shares grow with the length of the record.
    name : str
        gini, top_1_percent or top_10_percent.

    Returns
    -------
    Estimate
        Mean over communities.
    """
    return over_communities(getattr(records.once(whole_life), name))


def months(records: Records) -> tuple[np.ndarray, Concentration]:
    """Concentration in windows of 30 days from day 0, the last incomplete one left out.

    Parameters
    ----------
    records : Records
        Messages.

    Returns
    -------
    tuple
        Community of each window, int64, shape (n_communities * n_months,), and its concentration.
    """
    log = records.log
    n_months = int(records.days // MONTH_DAYS)
    cells = log.windows(MONTH_DAYS * SECONDS_PER_DAY, np.zeros(log.n_communities, dtype=np.int64))
    inside = (cells.window >= 0) & (cells.window < n_months)
    group = log.poster_community[cells.poster[inside]] * n_months + cells.window[inside]
    n_groups = log.n_communities * n_months
    community = np.repeat(np.arange(log.n_communities), n_months)
    return community, concentration(group, cells.messages[inside], n_groups)


def monthly(records: Records, name: str) -> Estimate:
    """C3: inequality of messages among a month's posters.

    Parameters
    ----------
    records : Records
        Messages.
    name : str
        gini, top_1_percent or top_10_percent.

    Returns
    -------
    Estimate
        Mean over windows of 30 days with at least 30 posters, then over communities.
    """
    community, month = records.once(months)
    kept = month.posters >= FEWEST_POSTERS
    values = getattr(month, name)[kept]
    n_communities = records.log.n_communities
    return over_communities(each_community(np.mean, community[kept], n_communities, values))


def posts_per_poster(records: Records, statistic: Callable[[np.ndarray], float]) -> Estimate:
    """C4: a statistic of the number of messages per poster.

    Parameters
    ----------
    records : Records
        Messages.
    statistic : callable
        `sd_of_logarithm`, `single_share` or numpy.median.

    Returns
    -------
    Estimate
        Mean over communities.
    """
    log = records.log
    return over_communities(
        each_community(statistic, log.poster_community, log.n_communities, log.posts)
    )


def sd_of_logarithm(posts: np.ndarray) -> float:
    """Standard deviation (divisor n) of the natural logarithm of the messages per poster."""
    return float(np.log(posts).std())


def single_share(posts: np.ndarray) -> float:
    """Share of posters with a single message."""
    return float((posts == 1).mean())


def largest_community_share(records: Records) -> Estimate:
    """Share of all messages that are written in the community with the most of them.

    Parameters
    ----------
    records : Records
        Messages of several communities.

    Returns
    -------
    Estimate
        0 to 1, without an interval; 1 of a single community, NaN without messages.
    """
    messages = np.diff(records.log.borders)
    if not messages.size:
        return NOTHING
    return Estimate(float(messages.max() / messages.sum()), math.nan, math.nan, len(messages))


def messages_a_day(records: Records) -> Estimate:
    """Messages a day, of all communities together.

    Parameters
    ----------
    records : Records
        Messages.

    Returns
    -------
    Estimate
        Messages a day, without an interval; NaN without messages.
    """
    n = len(records.messages)
    return Estimate(n / records.days, math.nan, math.nan, n) if n else NOTHING


def most_messages_a_day(records: Records) -> Estimate:
    """Most messages that one person writes in one community in one day.

    Parameters
    ----------
    records : Records
        Messages; days are whole days from day 0 of `Records`.

    Returns
    -------
    Estimate
        Messages, without an interval; NaN without messages.
    """
    log = records.log
    if not len(log):
        return NOTHING
    days = log.second // SECONDS_PER_DAY
    _, counts = np.unique(log.poster * _WINDOWS + days, return_counts=True)
    return Estimate(float(counts.max()), math.nan, math.nan, log.n_posters)


def _posters(records: Records) -> np.ndarray:
    """Of each row of members, the number as a poster, -1 for somebody who never wrote."""
    log, community = records.log, records.members["community"].to_numpy(np.int64)
    if not log.n_communities:
        return np.full(len(community), -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(log.communities, community), log.n_communities - 1)
    poster = log.posters_of(place, records.members["person"].to_numpy(np.int64))
    return np.where(log.communities[place] == community, poster, -1)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Quotients, NaN where the divisor is 0."""
    return np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0)


MEASURES: dict[str, Callable[[Records], Estimate]] = {
    "largest_community_share": largest_community_share,
    "messages_a_day": messages_a_day,
    "most_messages_a_day": most_messages_a_day,
    "C1_lurkers": lurkers,
    "C2_top_1_percent": partial(share_or_gini, name="top_1_percent"),
    "C2_top_10_percent": partial(share_or_gini, name="top_10_percent"),
    "C2_gini": partial(share_or_gini, name="gini"),
    "C3_month_gini": partial(monthly, name="gini"),
    "C3_month_top_10_percent": partial(monthly, name="top_10_percent"),
    "C4_sd_ln_posts": partial(posts_per_poster, statistic=sd_of_logarithm),
    "C4_median_posts": partial(posts_per_poster, statistic=np.median),
    "C4_single_post_share": partial(posts_per_poster, statistic=single_share),
}
