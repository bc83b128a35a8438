"""How groups grow, and who comes to what they hold: weekly members and gatherings.

The definitions were found by recomputing the published figures (the rows ``groups`` and
``group_events`` of ``shequn/data/facts.csv``) from the 22,255 weeks of 254 chapters and from
their 2,122 events. Each of the 21 values came out equal to the last digit printed; where another
reading was tried, the docstring says what it gave. Every interval is a bootstrap over groups.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd

from shequn.experiments.facts.estimate import Estimate, of_resampled, pooled_ratio
from shequn.experiments.facts.records import Records

SIZE_CLASSES = {
    "0_100": (0, 100),
    "100_400": (100, 400),
    "400_1600": (400, 1600),
    "1600_up": (1600, np.inf),
}
GAPS = {"0_7d": (-1, 7), "7_14d": (7, 14), "14_30d": (14, 30), "30_60d": (30, 60)}
GAPS["60_120d"] = (60, 120)
LONGEST_STEP_WEEKS = 2
DAYS_PER_WEEK = 7


def real_chapters() -> Records:
    """The chapters of an organisation of volunteers, 2019-05 to 2022-01.

    Returns
    -------
    Records
        `weeks` of 254 groups and `gatherings` of 186 of them; day 0 is Monday 2019-05-27. Weeks in
        which the archive holds nothing are missing. Guests are members who answered yes.
    """
    weeks = _table("group_members_weekly.csv.gz", "week")
    events = _table("group_events.csv.gz", "date")
    start = weeks["week"].min()
    week = (weeks["week"] - start).dt.days // DAYS_PER_WEEK
    day = (events["date"] - start).dt.days
    return Records(
        days=float(max(DAYS_PER_WEEK * (week.max() + 1), day.max() + 1)),
        weeks=pd.DataFrame(
            {
                "community": weeks["group"],
                "week": week,
                "members": weeks["members"],
                "events": weeks["past_events"],
            }
        ),
        gatherings=pd.DataFrame(
            {
                "community": events["group"],
                "time": day.astype(np.float64),
                "members": events["members"],
                "guests": events["rsvp_yes"],
            }
        ),
    )


def net_adds(records: Records, low: float, high: float) -> Estimate:
    """Members gained less members lost, a week, of groups of a size.

    Mean over steps of (members now - members before) / weeks between, where a step leads from one
    row of a group to its next, at most two weeks later, and low < members before <= high. Steps of
    one week only give 1.067 for the smallest class (published: 1.06327), sums of members over sums
    of weeks 1.056, an upper end left out 1.060.

    Parameters
    ----------
    records : Records
        With `weeks`.
    low, high : float
        Size at the start of the step, members.

    Returns
    -------
    Estimate
        Members a week; `n` is the number of groups with such a step.
    """
    steps = weekly_steps(records)
    return _mean_over_steps(steps, "rate", _of_size(steps["before"], low, high))


def shrinking(records: Records, low: float, high: float) -> Estimate:
    """Share of weeks in which a group of a size lost members on balance.

    Parameters
    ----------
    records, low, high
        As for `net_adds`, with the same steps.

    Returns
    -------
    Estimate
        0 to 1.
    """
    steps = weekly_steps(records)
    return _mean_over_steps(steps, "shrank", _of_size(steps["before"], low, high))


def net_adds_by_events(records: Records, fewest: int, most: float) -> Estimate:
    """Members gained less members lost, a week, by the number of events held in it.

    Observed, so not causal: organisers announce when they are active, and announcements bring
    members too.

    Parameters
    ----------
    records : Records
        With `weeks`.
    fewest, most : float
        Events by which the count of past events rose within the step, both ends included.

    Returns
    -------
    Estimate
        Members a week, over the same steps as `net_adds`, whatever the size.
    """
    steps = weekly_steps(records)
    held = steps["held"]
    return _mean_over_steps(steps, "rate", (held >= fewest) & (held <= most))


def elasticity_of_guests(records: Records) -> Estimate:
    """By how many percent guests rise when members rise by one percent.

    Least squares of ln guests on ln members over all gatherings with at least one guest, groups
    pooled.

    Parameters
    ----------
    records : Records
        With `gatherings`.

    Returns
    -------
    Estimate
        Slope; NaN for fewer than three gatherings or a single size.
    """
    held = attended_gatherings(records)
    x, y = np.log(held["members"].to_numpy()), np.log(held["guests"].to_numpy())
    group, names = pd.factorize(held["community"])
    moments = np.stack(
        [_sums(values, group, len(names)) for values in (np.ones_like(x), x, y, x * x, x * y)],
        axis=1,
    )
    return of_resampled(lambda rows: _slope(moments[rows].sum(axis=0)), len(names))


def guests_per_member(records: Records, low: float, high: float) -> Estimate:
    """Median share of the members who come to a gathering, in groups of a size.

    Over gatherings with at least one guest; with the others the published 0.16784 of the smallest
    class would be 0.16667.

    Parameters
    ----------
    records : Records
        With `gatherings`.
    low, high : float
        Members at the time, low < members <= high.

    Returns
    -------
    Estimate
        Guests a member; NaN without such a gathering.
    """
    held = attended_gatherings(records)
    held = held[_of_size(held["members"], low, high)]
    held = held.assign(share=held["guests"] / held["members"]).sort_values("share")
    share = held["share"].to_numpy()
    group, names = pd.factorize(held["community"])

    def median(rows: np.ndarray) -> float:
        times = np.bincount(rows, minlength=len(names))
        drawn = np.repeat(share, times[group])  # sorted, as share is
        return float((drawn[(len(drawn) - 1) // 2] + drawn[len(drawn) // 2]) / 2)

    return of_resampled(median, len(names))


def guests_by_gap(records: Records, low: float, high: float) -> Estimate:
    """Log guests less the group's mean log guests, by days since the group's gathering before.

    Over gatherings with at least one guest, of which the one before is one, too; low < gap <= high
    in whole days. The group's mean is over all of them, its first included.

    Parameters
    ----------
    records : Records
        With `gatherings`.
    low, high : float
        Days between the dates; -1 lets a second gathering on one day in. Without these the
        published -0.21936 for gaps up to 7 days would be -0.20608.

    Returns
    -------
    Estimate
        Natural logarithm of the ratio to the group's own usual (geometric mean) number of guests.
    """
    held = attended_gatherings(records)
    log_guests: Any = np.log(held["guests"])
    usual = log_guests.groupby(held["community"]).transform("mean")
    day: Any = np.floor(held["time"])
    gap = day.groupby(held["community"]).diff()
    inside = held.assign(excess=log_guests - usual)[(gap > low) & (gap <= high)]
    return _pooled_mean(inside["excess"], inside["community"])


def weekly_steps(records: Records) -> Any:
    """Steps from one row of a group's weeks to its next, at most two weeks later.

    Parameters
    ----------
    records : Records
        With `weeks`.

    Returns
    -------
    pandas.DataFrame
        ``community``, ``before`` (members), ``rate`` (members a week), ``shrank`` (bool), ``held``
        (events).
    """
    weeks: Any = records.weeks.sort_values(["community", "week"], kind="stable")
    groups = weeks.groupby("community")
    length, change = groups["week"].diff(), groups["members"].diff()
    steps = pd.DataFrame(
        {
            "community": weeks["community"],
            "before": weeks["members"] - change,
            "rate": change / length,
            "shrank": change < 0,
            "held": groups["events"].diff(),
        }
    )
    return steps[(length >= 1) & (length <= LONGEST_STEP_WEEKS)]


def attended_gatherings(records: Records) -> Any:
    """Gatherings with at least one guest, in order of group and time.

    Parameters
    ----------
    records : Records
        With `gatherings`.

    Returns
    -------
    pandas.DataFrame
        As `Records.gatherings`.
    """
    held: Any = records.gatherings
    held = held[(held["guests"] >= 1) & (held["members"] >= 1)]
    return held.sort_values(["community", "time"], kind="stable")


def _table(name: str, date: str) -> pd.DataFrame:
    """A compressed table that ships with the package."""
    with resources.files("shequn").joinpath(f"data/{name}").open("rb") as stream:
        return pd.read_csv(stream, compression="gzip", parse_dates=[date])


def _of_size(members: Any, low: float, high: float) -> Any:
    """Whether groups are of a size; the upper end belongs to it."""
    return (members > low) & (members <= high)


def _mean_over_steps(steps: Any, column: str, wanted: Any) -> Estimate:
    """Mean of a column over the wanted steps of all groups."""
    kept = steps[wanted]
    return _pooled_mean(kept[column], kept["community"])


def _pooled_mean(values: Any, communities: Any) -> Estimate:
    """Mean over all cases of all groups, resampled by group."""
    group, names = pd.factorize(communities)
    counts = np.bincount(group, minlength=len(names))
    return pooled_ratio(_sums(values.to_numpy(dtype=float), group, len(names)), counts)


def _sums(values: np.ndarray, group: np.ndarray, n_groups: int) -> np.ndarray:
    """Sum of the values of each group, float64, shape (n_groups,)."""
    return np.bincount(group, weights=values, minlength=n_groups)


def _slope(moments: np.ndarray) -> float:
    """Least-squares slope from n, sum x, sum y, sum xx, sum xy."""
    n, x, y, xx, xy = moments
    spread = n * xx - x * x
    return float((n * xy - x * y) / spread) if n >= 3 and spread > 1e-9 * n * n else np.nan


def _measures() -> dict[str, Callable[[Records], Estimate]]:
    """One measure for each fact."""
    measures: dict[str, Callable[[Records], Estimate]] = {}
    for name, (low, high) in SIZE_CLASSES.items():
        measures[f"groups_net_adds_{name}"] = partial(net_adds, low=low, high=high)
    for name, (low, high) in SIZE_CLASSES.items():
        measures[f"groups_shrinking_{name}"] = partial(shrinking, low=low, high=high)
    for name, bounds in {"no_event": (0, 0), "event": (1, np.inf), "2_events": (2, np.inf)}.items():
        measures[f"groups_net_adds_{name}"] = partial(
            net_adds_by_events, fewest=int(bounds[0]), most=bounds[1]
        )
    measures["group_events_elasticity_rsvp"] = elasticity_of_guests
    for name, (low, high) in SIZE_CLASSES.items():
        measures[f"group_events_rsvp_ratio_{name}"] = partial(guests_per_member, low=low, high=high)
    for name, (low, high) in GAPS.items():
        measures[f"group_events_gap_{name}"] = partial(guests_by_gap, low=low, high=high)
    return measures


MEASURES = _measures()
