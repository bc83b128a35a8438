"""The funnel: how many persons got how far, from being reached to buying again.

Five stages that operators speak of (认知、输出、交互、裂变、转化: to know, to put out, to interact,
to bring others, to convert) in seven steps that can be counted. The steps are facts about a person
since day 0, not gates: somebody may buy who brought nobody. So the conversion to a step is the
share of those who took the step before it and took this one as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from shequn.agents.tables import SOURCES, TIERS
from shequn.model.outcomes import of_the_run, since_start
from shequn.model.retention import COHORT_DAYS

if TYPE_CHECKING:
    import pandas as pd

STEPS = {
    "reached": "认知",
    "read": "认知",
    "saw a promotion": "输出",
    "wrote or liked": "交互",
    "brought others": "裂变",
    "bought": "转化",
    "bought again": "转化",
}  # each step, with the stage that it belongs to
WHOLE = "all"
_Z = 1.959964  # of a 95 % interval


def wilson(part: int, whole: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927, J. American Statistical Association 22, 209-212).

    Parameters
    ----------
    part, whole : int
        Counts, part of whole.

    Returns
    -------
    low, high : float
        0 .. 1; nan when the whole is 0.
    """
    if whole == 0:
        return math.nan, math.nan
    share, z2 = part / whole, _Z**2 / whole
    middle = share + z2 / 2.0
    half = _Z * math.sqrt(share * (1.0 - share) / whole + z2 / (4.0 * whole))
    low, high = (middle - half) / (1.0 + z2), (middle + half) / (1.0 + z2)
    return max(0.0, low), min(1.0, high)


def steps_of(members: np.ndarray) -> np.ndarray:
    """Who took which step since day 0.

    Parameters
    ----------
    members : numpy.ndarray
        MEMBER_DTYPE.

    Returns
    -------
    numpy.ndarray
        bool, shape (steps in order of `STEPS`, rows); all False for who was no member in the run.
    """
    reached = of_the_run(members)
    came = reached & (members["inviter"] >= 0) & (members["joined_at"] > 0.0)
    guests = np.bincount(members["inviter"][came], minlength=len(members))
    orders = since_start(members, "orders")
    active = (since_start(members, "posts") > 0) | (since_start(members, "likes") > 0)
    taken = (
        reached,
        members["last_session_at"] >= 0.0,
        since_start(members, "promos_read") > 0,
        active,
        guests > 0,
        orders > 0,
        orders > 1,
    )
    return np.array(taken) & reached


def funnel_frame(members: np.ndarray) -> pd.DataFrame:
    """Persons at each step, and the share of those at the step before who took it.

    Parameters
    ----------
    members : numpy.ndarray
        MEMBER_DTYPE.

    Returns
    -------
    pandas.DataFrame
        One row for each step of everybody, of each tier, of each source and of each cohort (the 30
        days in which a member last joined; ``before`` day 0): by, group, stage (Chinese), step,
        persons, share (of those reached), before (persons at the step before), both (of them, at
        this step), conversion (both / before), low, high (its 95 % interval, `wilson`); nan where
        nobody can be counted.
    """
    import pandas as pd

    steps = steps_of(members)
    lines = []
    for by, group, chosen in _groups(members, steps[0]):
        taken = steps[:, chosen]
        reached = int(taken[0].sum())
        for k, (step, stage) in enumerate(STEPS.items()):
            persons = int(taken[k].sum())
            share = persons / reached if reached else math.nan
            before = int(taken[k - 1].sum()) if k else 0
            both = int((taken[k - 1] & taken[k]).sum()) if k else 0
            conversion = both / before if before else math.nan
            ends = wilson(both, before)
            lines.append((by, group, stage, step, persons, share, before, both, conversion, *ends))
    columns = "by group stage step persons share before both conversion low high"
    return pd.DataFrame(lines, columns=columns.split())


def _groups(members: np.ndarray, reached: np.ndarray) -> Iterator[tuple[str, str, np.ndarray]]:
    """How members are divided, the name of each part, and who is in it."""
    yield WHOLE, WHOLE, np.ones(len(members), bool)
    for code, tier in enumerate(TIERS):
        yield "tier", tier, members["tier"] == code
    for code, source in enumerate(SOURCES[1:], start=1):
        if (reached & (members["source"] == code)).any():
            yield "source", source, members["source"] == code
    first = np.full(len(members), -1)
    since = reached & (members["joined_at"] >= 0.0)
    first[since] = members["joined_at"][since] // COHORT_DAYS * COHORT_DAYS
    for day in np.unique(first[reached]):
        name = "before" if day < 0 else f"day {day} to {day + COHORT_DAYS - 1}"
        yield "cohort", name, reached & (first == day)
