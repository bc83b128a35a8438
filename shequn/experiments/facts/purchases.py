"""How customers come back to buy: repeat purchases of a cohort, and the BG/NBD model of them.

The cohort is everybody whose first order falls into the first 12 weeks. It is followed over 39
weeks (calibration) and 39 more (holdout), and a day with several orders counts once, as Fader,
Hardie and Lee (2005, *Marketing Science* 24, 275-284) treat the CDNOW customers. From the 2,357
real customers the model comes out as published there: r 0.243, alpha 4.414, a 0.793, b 2.426, log
likelihood -9582.4.

A cohort is a table with one row per customer; the real data are such a table, not single orders:

==================  ==============================================================
repeat_days         days with an order after the day of the first, calibration
recency_weeks       from the first to the last of these days
observed_weeks      from the first order to the last day of calibration
holdout_days        days with an order in the holdout; NaN when it was not observed
==================  ==============================================================
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from importlib import resources
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from shequn.agents.errors import ShequnError
from shequn.experiments.facts.bgnbd import NORMAL_97_5, BgNbd, fit_bgnbd
from shequn.experiments.facts.estimate import NOTHING, Estimate
from shequn.experiments.facts.records import Records

DAYS_PER_WEEK = 7
COHORT_WEEKS = 12
CALIBRATION_WEEKS = 39
HOLDOUT_WEEKS = 39
WEEKS = CALIBRATION_WEEKS + HOLDOUT_WEEKS
COLUMNS = ("repeat_days", "recency_weeks", "observed_weeks", "holdout_days")
FIRST_COMPARED_WEEK = 13

_fitted: WeakKeyDictionary[Records, BgNbd | None] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class CohortRecords(Records):
    """Records of which a cohort is known by its summary only, without single orders.

    Attributes
    ----------
    cohort : pandas.DataFrame
        One row per customer, columns as in the module's table.
    weekly_repeats : numpy.ndarray
        Repeat days of the whole cohort in each week, float64, shape (78,).

    Raises
    ------
    ShequnError
        If the cohort lacks a column.
    """

    cohort: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=COLUMNS), repr=False)
    weekly_repeats: np.ndarray = field(default_factory=lambda: np.zeros(WEEKS), repr=False)

    def __post_init__(self) -> None:
        """Refuse a cohort that no fact could be made of."""
        missing = [name for name in COLUMNS if name not in self.cohort]
        if missing:
            raise ShequnError(f"records: cohort has no column {', '.join(missing)}")


def real_customers() -> CohortRecords:
    """Customers of an online music shop, 1997-01-01 to 1998-06-30.

    Returns
    -------
    CohortRecords
        2,357 customers; day 0 is 1997-01-01. Other tables are empty.
    """
    folder = resources.files("shequn") / "data"
    with folder.joinpath("customers_cdnow.csv.gz").open("rb") as stream:
        table = pd.read_csv(stream, compression="gzip")
    with folder.joinpath("transactions_weekly_cdnow.csv").open("rb") as stream:
        weekly = pd.read_csv(stream)
    names = ["repeat_days_cal", "recency_wk", "T_wk", "repeat_days_holdout_39wk"]
    cohort: Any = table[names].set_axis(COLUMNS, axis=1)
    for name in ("recency_weeks", "observed_weeks"):  # written to three digits, counted in days
        cohort[name] = (cohort[name] * DAYS_PER_WEEK).round() / DAYS_PER_WEEK
    return CohortRecords(
        days=float(WEEKS * DAYS_PER_WEEK),
        cohort=cohort,
        weekly_repeats=weekly["repeat_transactions"].to_numpy(dtype=np.float64),
    )


def cohort_of(records: Records) -> pd.DataFrame:
    """Summary of the cohort, from single orders unless it is given.

    Parameters
    ----------
    records : Records
        With `orders` of at least 39 weeks; a customer is a person of a community.

    Returns
    -------
    pandas.DataFrame
        Columns as in the module's table; no row when fewer than 39 weeks were observed.
    """
    if isinstance(records, CohortRecords):
        return records.cohort
    if records.days < CALIBRATION_WEEKS * DAYS_PER_WEEK:
        return pd.DataFrame(columns=COLUMNS, dtype=np.float64)
    customer, day, first = _cohort_days(records)
    n_customers = int(customer.max(initial=-1)) + 1
    end = CALIBRATION_WEEKS * DAYS_PER_WEEK
    started, latest = np.zeros(n_customers), np.zeros(n_customers)
    started[customer] = first
    np.maximum.at(latest, customer[day < end], day[day < end])
    n_days = np.bincount(customer[day < end], minlength=n_customers)
    later = customer[(day >= end) & (day < WEEKS * DAYS_PER_WEEK)]
    holdout = np.bincount(later, minlength=n_customers).astype(np.float64)
    if records.days < WEEKS * DAYS_PER_WEEK:
        holdout[:] = np.nan
    recency, observed = (latest - started) / DAYS_PER_WEEK, (end - 1 - started) / DAYS_PER_WEEK
    return pd.DataFrame(dict(zip(COLUMNS, (n_days - 1, recency, observed, holdout), strict=True)))


def weekly_repeats(records: Records) -> np.ndarray:
    """Repeat days of the whole cohort in each week.

    Parameters
    ----------
    records : Records
        As for `cohort_of`.

    Returns
    -------
    numpy.ndarray
        float64, shape (78,); NaN in weeks that were not observed to their end.
    """
    if isinstance(records, CohortRecords):
        return records.weekly_repeats
    _, day, first = _cohort_days(records)
    week = day[day > first] // DAYS_PER_WEEK
    counts = np.bincount(week[week < WEEKS], minlength=WEEKS).astype(np.float64)
    counts[int(records.days // DAYS_PER_WEEK) :] = np.nan
    return counts


def cumulative_repeats(records: Records) -> np.ndarray:
    """Repeat days so far for each customer of the cohort, the curve that the figure shows.

    Parameters
    ----------
    records : Records
        As for `cohort_of`.

    Returns
    -------
    numpy.ndarray
        At the end of each week, float64, shape (78,); all NaN without a cohort.
    """
    n_customers = len(cohort_of(records))
    if not n_customers:
        return np.full(WEEKS, np.nan)
    return np.cumsum(weekly_repeats(records)) / n_customers


def bgnbd_of(records: Records) -> BgNbd | None:
    """The BG/NBD model fitted to the cohort's calibration weeks.

    Parameters
    ----------
    records : Records
        As for `cohort_of`.

    Returns
    -------
    BgNbd or None
        None without repeat purchases. Kept, since six facts are made of it.
    """
    if records not in _fitted:
        cohort = cohort_of(records)
        columns = [cohort[name].to_numpy(dtype=np.float64) for name in COLUMNS[:3]]
        _fitted[records] = fit_bgnbd(*columns) if columns[0].any() else None
    return _fitted[records]


def bgnbd_parameter(records: Records, name: str) -> Estimate:
    """One parameter of the fitted BG/NBD model.

    Parameters
    ----------
    records : Records
        As for `cohort_of`.
    name : str
        r, alpha (weeks), a, b, mean_rate (r / alpha, per week) or mean_dropout (a / (a + b), per
        purchase). a and b alone are loosely determined; their ratio is not.

    Returns
    -------
    Estimate
        Maximum likelihood, with the Wald interval of its logarithm (of its logit for
        mean_dropout); customers are independent in this model, so `n` counts them. Interval NaN
        where the likelihood has no interior maximum.
    """
    model = bgnbd_of(records)
    if model is None:
        return NOTHING
    value, low, high = model.interval(name)
    return Estimate(value, low, high, model.n_customers)


def share_without_repeat(records: Records) -> Estimate:
    """Share of the cohort that did not come back during calibration.

    Parameters
    ----------
    records : Records
        As for `cohort_of`.

    Returns
    -------
    Estimate
        0 to 1; mean -+ 1.96 standard errors over customers, who number too many to resample.
    """
    return _mean(cohort_of(records)["repeat_days"] == 0)


def mean_holdout(records: Records) -> Estimate:
    """Mean number of days with an order in the holdout, all customers of the cohort.

    Parameters
    ----------
    records : Records
        As for `cohort_of`, of 78 weeks.

    Returns
    -------
    Estimate
        Days a customer; interval as for `share_without_repeat`. NaN when the holdout was not
        observed.
    """
    return _mean(cohort_of(records)["holdout_days"])


def curve_deviation(records: Records) -> Estimate:
    """How far the cumulative repeat curve lies from the real shop's.

    Mean over weeks 13 to 78 of |cumulative repeats per customer / real ones - 1|; before week 13
    the cohort is still filling. The real curve itself gives 0.

    Parameters
    ----------
    records : Records
        As for `cohort_of`, of 78 weeks.

    Returns
    -------
    Estimate
        Share, 0 upwards, without an interval.
    """
    compared = slice(FIRST_COMPARED_WEEK - 1, WEEKS)
    ratio = cumulative_repeats(records)[compared] / cumulative_repeats(real_customers())[compared]
    value = float(np.abs(ratio - 1.0).mean())
    return NOTHING if np.isnan(value) else Estimate(value, np.nan, np.nan, len(cohort_of(records)))


def _cohort_days(records: Records) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days on which the cohort bought, each once: customer from 0, day, the customer's first day.

    Three arrays of int64, one entry for each customer and day.
    """
    orders: Any = records.orders
    customer = orders.groupby(["community", "person"]).ngroup().to_numpy(dtype=np.int64)
    day = np.floor(orders["time"].to_numpy(dtype=np.float64)).astype(np.int64)
    customer, day = np.unique(np.stack([customer, day]), axis=1)
    starts = np.flatnonzero(np.diff(customer, prepend=-1))  # sorted, so each one's first day
    first = day[starts][customer]
    early = first < COHORT_WEEKS * DAYS_PER_WEEK
    _, renumbered = np.unique(customer[early], return_inverse=True)
    return renumbered, day[early], first[early]


def _mean(values: Any) -> Estimate:
    """Mean over customers with its normal 95 % interval."""
    kept = np.asarray(values, dtype=np.float64)
    kept = kept[~np.isnan(kept)]
    if not kept.size:
        return NOTHING
    mean = float(kept.mean())
    error = float(kept.std(ddof=1) / np.sqrt(kept.size)) if kept.size > 1 else np.nan
    return Estimate(mean, mean - NORMAL_97_5 * error, mean + NORMAL_97_5 * error, int(kept.size))


MEASURES = {
    f"cdnow_bgnbd_{name}": partial(bgnbd_parameter, name=name)
    for name in ("r", "alpha", "a", "b", "mean_rate", "mean_dropout")
} | {
    "cdnow_share_no_repeat": share_without_repeat,
    "cdnow_mean_holdout": mean_holdout,
    "cdnow_curve_deviation": curve_deviation,
}
