"""Facts about rhythm: bursts of a poster, hours and weekdays, unrest of the daily volume."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from shequn.experiments.facts.estimate import Estimate, over_communities
from shequn.experiments.facts.log import SECONDS_PER_DAY, each_community
from shequn.experiments.facts.records import Records

BURSTY_POSTS = 50
SECONDS_PER_HOUR = 3_600
WEEKEND = (5, 6)  # from 0, Monday
_FEWEST_DAYS = 14


def burstiness(records: Records) -> Estimate:
    """C11: burstiness of a poster's gaps, (s - m) / (s + m) (Goh and Barabasi 2008).

    m and s are mean and standard deviation (divisor n) of the gaps above 0 s between neighbouring
    messages of one person. -1: as regular as a clock; 0: Poisson; towards 1: in bursts.

    Parameters
    ----------
    records : Records
        Messages.

    Returns
    -------
    Estimate
        Median over posters with at least 50 messages, then mean over communities.
    """
    log = records.log
    order = log.by_poster
    poster, second = log.poster[order], log.second[order]
    gap = np.diff(second)
    kept = (np.diff(poster) == 0) & (gap > 0) & (log.posts[poster[1:]] >= BURSTY_POSTS)
    owner, length = poster[1:][kept], gap[kept].astype(np.float64)
    n = np.bincount(owner, minlength=log.n_posters)
    regular = n > 0
    mean = np.bincount(owner, length, minlength=log.n_posters) / np.maximum(n, 1)
    squares = np.bincount(owner, (length - mean[owner]) ** 2, minlength=log.n_posters)
    deviation = np.sqrt(squares / np.maximum(n, 1))
    values = (deviation[regular] - mean[regular]) / (deviation[regular] + mean[regular])
    community = log.poster_community[regular]
    return over_communities(each_community(np.median, community, log.n_communities, values))


def daily_volume(records: Records) -> np.ndarray:
    """Messages of each whole day.

    Parameters
    ----------
    records : Records
        Messages.

    Returns
    -------
    numpy.ndarray
        int64, shape (n_communities, n_days).
    """
    log, n_days = records.log, int(records.days)
    day = log.second // SECONDS_PER_DAY
    inside = (day >= 0) & (day < n_days)
    cell = log.community[inside] * n_days + day[inside]
    counts = np.bincount(cell, minlength=log.n_communities * n_days)
    return counts.reshape(log.n_communities, n_days)


def weekend_ratio(records: Records) -> Estimate:
    """C12: messages on a day of the weekend for each message on another day.

    Parameters
    ----------
    records : Records
        Messages, and the weekday of day 0; whole days count.

    Returns
    -------
    Estimate
        Ratio of means per day, mean over communities; NaN without both kinds of day.
    """
    volume = records.once(daily_volume)
    weekend = np.isin((np.arange(volume.shape[1]) + records.weekday) % 7, WEEKEND)
    if not weekend.any() or weekend.all():
        return over_communities(np.array([]))
    rest = volume[:, ~weekend].mean(axis=1)
    ratio = np.divide(
        volume[:, weekend].mean(axis=1), rest, out=np.full(len(rest), np.nan), where=rest > 0
    )
    return over_communities(ratio)


def hour_ratio(records: Records) -> Estimate:
    """C12: messages in the busiest hour of the day for each message in the quietest.

    Parameters
    ----------
    records : Records
        Messages.

    Returns
    -------
    Estimate
        Mean over communities in which each hour of the day has a message.
    """
    log = records.log
    hour = log.second % SECONDS_PER_DAY // SECONDS_PER_HOUR
    counts = np.bincount(log.community * 24 + hour, minlength=log.n_communities * 24)
    counts = counts.reshape(log.n_communities, 24)
    quietest = counts.min(axis=1)
    ratio = np.divide(
        counts.max(axis=1), quietest, out=np.full(len(counts), np.nan), where=quietest > 0
    )
    return over_communities(ratio)


def dispersion(records: Records) -> Estimate:
    """C14: variance over mean of the daily volume, weekday and linear trend removed.

    The variance is the residual one of least squares on a mean for each weekday and a slope, the
    sum of squares divided by days - 8. A Poisson process gives 1.

    Parameters
    ----------
    records : Records
        Messages; whole days count.

    Returns
    -------
    Estimate
        Mean over communities; NaN in a record shorter than 14 days.
    """
    volume = records.once(daily_volume).astype(np.float64)
    n_days = volume.shape[1]
    if n_days < _FEWEST_DAYS or not len(volume):
        return over_communities(np.array([]))
    day = np.arange(n_days)
    design = np.column_stack([np.eye(7)[day % 7], day])
    fitted = design @ np.linalg.lstsq(design, volume.T, rcond=None)[0]
    variance = ((volume.T - fitted) ** 2).sum(axis=0) / (n_days - design.shape[1])
    mean = volume.mean(axis=1)
    return over_communities(
        np.divide(variance, mean, out=np.full(len(mean), np.nan), where=mean > 0)
    )


MEASURES: dict[str, Callable[[Records], Estimate]] = {
    "C11_burstiness": burstiness,
    "C12_weekend_to_weekday": weekend_ratio,
    "C12_busiest_to_quietest_hour": hour_ratio,
    "C14_variance_to_mean": dispersion,
}
