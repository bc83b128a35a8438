"""Retention: who of those who joined is still there, by cohort and by source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shequn.agents.tables import GONE, LEFT, SOURCES

if TYPE_CHECKING:
    import pandas as pd

TENURES = (1, 7, 30, 90, 180, 365)
COHORT_DAYS = 30


def survival(tenure: np.ndarray, left: np.ndarray, at: float) -> float:
    """Share still there after a time (Kaplan & Meier 1958).

    Parameters
    ----------
    tenure : numpy.ndarray
        Time from joining to leaving, or to now, in days.
    left : numpy.ndarray
        Whether it ended by leaving.
    at : float
        Time after joining, in days.

    Returns
    -------
    float
        0 .. 1; nan when nobody has been observed that long.
    """
    if len(tenure) == 0 or tenure.max() < at:
        return float("nan")
    times, leavers = np.unique(tenure[left & (tenure <= at)], return_counts=True)
    at_risk = len(tenure) - np.searchsorted(np.sort(tenure), times, side="left")
    return float(np.prod(1.0 - leavers / at_risk))


def retention_frame(members: np.ndarray, day: int) -> pd.DataFrame:
    """Share still there 1, 7, 30, 90, 180, 365 days after the last joining.

    Parameters
    ----------
    members : numpy.ndarray
        MEMBER_DTYPE.
    day : int
        Days passed.

    Returns
    -------
    pandas.DataFrame
        One row for each source, cohort (first day of its 30 days of joining; -1 all cohorts
        together) and tenure: source, cohort, joined (persons), tenure (day), share (0 .. 1, nan
        when nobody has been observed that long). Leavers who came back count from their return.
    """
    import pandas as pd

    joined = members[(members["joins"] > 0)]
    start = joined["joined_at"].astype(float)
    left = np.isin(joined["status"], (LEFT, GONE))
    tenure = np.where(left, joined["left_at"].astype(float), float(day)) - start
    cohort = (start // COHORT_DAYS * COHORT_DAYS).astype(int)
    lines = []
    for code, source in enumerate(SOURCES):
        of_source = joined["source"] == code
        for first in (-1, *np.unique(cohort[of_source])):
            chosen = of_source & ((cohort == first) | (first == -1))
            if not chosen.any():
                continue
            for at in TENURES:
                share = survival(tenure[chosen], left[chosen], at)
                lines.append((source, int(first), int(chosen.sum()), at, share))
    return pd.DataFrame(lines, columns=["source", "cohort", "joined", "tenure", "share"])
