"""Facts about tenure: how long people go on posting.

A poster's tenure is the time from the first post to the last. Who posted in the last 84 days of the
record counts as still active. So the end of a tenure can be seen up to 84 days before the end of
the record, and no later: up to there everyone is followed, and whoever posts after it is censored
there. Posters who came after it are left out. Nobody is then counted as gone who could still be
there, and nobody as there only because the end could not be seen.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from shequn.experiments.facts.estimate import Estimate, of_resampled, over_communities
from shequn.experiments.facts.log import SECONDS_PER_DAY, each_community
from shequn.experiments.facts.records import Records

ACTIVE_DAYS = 84
MONTH_SECONDS = 2_630_016  # 30.44 days
SURVIVAL_DAYS = (1, 7, 30, 90, 365, 730)
TENURE_BORDERS = (0, 1, 7, 30, 90, 180, 365, 730)


def tenures(records: Records) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tenure of every poster, or as much of it as can be seen.

    Parameters
    ----------
    records : Records
        Messages.

    Returns
    -------
    tuple of numpy.ndarray
        Of each poster followed: place of the community, int64; days of tenure or, for somebody
        still active, days followed, float64; whether the tenure ended, bool.
    """
    log = records.log
    horizon = (records.days - ACTIVE_DAYS) * SECONDS_PER_DAY
    followed = log.first <= horizon
    first, last = log.first[followed], log.last[followed]
    ended = last <= horizon
    length = (np.where(ended, last, horizon) - first) / SECONDS_PER_DAY
    return log.poster_community[followed], length, ended


def kaplan_meier(length: np.ndarray, ended: np.ndarray, days: float) -> float:
    """Probability of a tenure longer than so many days (Kaplan and Meier 1958).

    S(t) = product over tenures u <= t that ended of 1 - (ended at u) / (followed for u or longer).

    Parameters
    ----------
    length, ended : numpy.ndarray
        As `tenures` gives them, for one community.
    days : float
        t, days.

    Returns
    -------
    float
        0 to 1; NaN when nobody could be followed for so long.
    """
    ends = np.sort(length[ended & (length <= days)])
    times, number = np.unique(ends, return_counts=True)
    at_risk = len(length) - np.searchsorted(np.sort(length), times)
    survival = float(np.prod(1.0 - number / at_risk))
    longest = length.max(initial=-np.inf)
    return np.nan if longest < days and survival > 0.0 else survival


def tenure_survival(records: Records, days: float) -> Estimate:
    """C9: share of posters whose last post is more than so many days after the first.

    In a record that follows everyone for so long this is the plain share; in a shorter one the
    censoring is handled as Kaplan and Meier do.

    Parameters
    ----------
    records : Records
        Messages.
    days : float
        Tenure, days.

    Returns
    -------
    Estimate
        Mean over communities; NaN in a record shorter than 84 days more than that.
    """
    community, length, ended = records.once(tenures)
    return over_communities(
        each_community(
            partial(kaplan_meier, days=days), community, records.log.n_communities, length, ended
        )
    )


def hazards(records: Records) -> np.ndarray:
    """C10: tenures that end, for each day that somebody of this tenure is followed.

    Parameters
    ----------
    records : Records
        Messages.

    Returns
    -------
    numpy.ndarray
        Per day, float64, shape (n_communities, 7), for the spans of `TENURE_BORDERS`; the border
        belongs to the later span. NaN where nobody was followed.
    """
    community, length, ended = records.once(tenures)
    n_communities = records.log.n_communities
    rates = np.full((n_communities, len(TENURE_BORDERS) - 1), np.nan)
    for span, (start, end) in enumerate(zip(TENURE_BORDERS[:-1], TENURE_BORDERS[1:], strict=True)):
        inside = ended & (length >= start) & (length < end)
        events = np.bincount(community, inside, minlength=n_communities)
        exposure = np.clip(length - start, 0.0, end - start)
        exposed = np.bincount(community, exposure, minlength=n_communities)
        np.divide(events, exposed, out=rates[:, span], where=exposed > 0)
    return rates


def exit_hazard(records: Records, span: int) -> Estimate:
    """C10: hazard of the end of a tenure in one of the spans of `TENURE_BORDERS`.

    Parameters
    ----------
    records : Records
        Messages.
    span : int
        0 (the first day) to 6.

    Returns
    -------
    Estimate
        Per day, mean over communities.
    """
    return over_communities(records.once(hazards)[:, span])


def largest_step(records: Records) -> Estimate:
    """C10: largest ratio of a span's hazard to that of the span before; below 1, hazards fall.

    Parameters
    ----------
    records : Records
        Messages.

    Returns
    -------
    Estimate
        Of the mean hazards over communities, with spans nobody reached left out.
    """
    rates = records.once(hazards)
    return of_resampled(lambda rows: _largest_step(rates[rows]), len(rates))


def _largest_step(rates: np.ndarray) -> float:
    """Largest ratio of neighbouring mean hazards."""
    reached = ~np.isnan(rates)
    sums = np.where(reached, rates, 0.0).sum(axis=0)
    mean = sums[reached.any(axis=0)] / reached.sum(axis=0)[reached.any(axis=0)]
    if len(mean) < 2 or (mean[:-1] == 0.0).any():
        return np.nan
    return float((mean[1:] / mean[:-1]).max())


def monthly_retention(records: Records) -> Estimate:
    """C8: share of a month's posters who post in the next month.

    Parameters
    ----------
    records : Records
        Messages. Months are 30.44 days from day 0; the last, incomplete one is left out.

    Returns
    -------
    Estimate
        Mean over months with a poster, then over communities.
    """
    log = records.log
    n_months = int(records.days * SECONDS_PER_DAY // MONTH_SECONDS)
    cells = log.windows(MONTH_SECONDS, np.zeros(log.n_communities, dtype=np.int64))
    stays = np.zeros(len(cells.poster), dtype=bool)
    stays[:-1] = (np.diff(cells.poster) == 0) & (np.diff(cells.window) == 1)
    earlier = (cells.window >= 0) & (cells.window < n_months - 1)
    group = log.poster_community[cells.poster] * max(n_months, 1) + cells.window
    size = log.n_communities * max(n_months, 1)
    posters = np.bincount(group[earlier], minlength=size)
    stayed = np.bincount(group[earlier], stays[earlier], minlength=size)
    month = np.flatnonzero(posters)
    shares = stayed[month] / posters[month]
    return over_communities(
        each_community(np.mean, month // max(n_months, 1), log.n_communities, shares)
    )


MEASURES: dict[str, Callable[[Records], Estimate]] = {
    "C8_monthly_retention": monthly_retention,
    **{f"C9_survival_{days}d": partial(tenure_survival, days=days) for days in SURVIVAL_DAYS},
    **{
        f"C10_hazard_{start}_{end}d": partial(exit_hazard, span=span)
        for span, (start, end) in enumerate(
            zip(TENURE_BORDERS[:-1], TENURE_BORDERS[1:], strict=True)
        )
    },
    "C10_largest_step": largest_step,
}
