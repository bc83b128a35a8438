"""Staying: of those who were members, the share still inside so many days later, by source."""

from __future__ import annotations

import numpy as np

from shequn.agents.tables import MEMBER, MUTED, SOURCES, WAITING

STAYS = (90, 365)  # days after joining
JOINERS = SOURCES[1:]


def stay_share(members: np.ndarray, days: int, after: int, source: str = "") -> float:
    """Share of those who joined early enough to be seen so long that were inside so long.

    Nobody is censored before ``after`` among them, so the share is a plain proportion. Who left and
    came back counts from the return, as in `shequn.model.retention`; who was a member on day 0,
    after a past, from day 0.

    Parameters
    ----------
    members : numpy.ndarray
        MEMBER_DTYPE, at the end.
    days : int
        Days of the run.
    after : int
        Days after joining.
    source : str
        One of `SOURCES`; all of them when empty.

    Returns
    -------
    float
        0 .. 1; nan when nobody had joined ``after`` days before the end.
    """
    joined, left = (members[name].astype(float) for name in ("joined_at", "left_at"))
    here = np.isin(members["status"], (MEMBER, MUTED))
    begun = np.maximum(joined, 0.0)
    seen = (members["joins"] > 0) & (members["status"] != WAITING) & (begun <= days - after)
    seen &= here | (left > 0.0) | (joined > 0.0)
    if source:
        seen &= members["source"] == SOURCES.index(source)
    if not seen.any():
        return float("nan")
    stayed = here | (left - begun >= after)
    return float(stayed[seen].mean())


def staying(members: np.ndarray, days: int) -> dict[str, float]:
    """The outcomes ``stay_90``, ``stay_365``, and ``stay_90`` of each source.

    Parameters
    ----------
    members : numpy.ndarray
        MEMBER_DTYPE, at the end.
    days : int
        Days of the run.

    Returns
    -------
    dict
        As `stay_share` gives them.
    """
    whole = {f"stay_{after}": stay_share(members, days, after) for after in STAYS}
    first = STAYS[0]
    parts = {f"stay_{first}_{name}": stay_share(members, days, first, name) for name in JOINERS}
    return {**whole, **parts}
