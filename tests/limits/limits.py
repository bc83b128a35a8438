"""What the tests of closed forms share: scenarios, the tolerance, and the biases it allows for.

Tolerance of every comparison: 3 standard errors, from theory where there is one, plus the bias
that the test names and computes. Biases come from three places: people join at midnight only,
invitations wait for the inviter's next session, and the market is finite.

With normal errors a comparison fails by chance with probability 0.0027. Seeds are fixed and
nothing is retried, so chance enters only when a change moves the draws: about 160 comparisons with
an error of their own are made here, so that about one such change in three meets a failure, at a
deviation barely beyond 3. A failure well beyond that is a defect.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import shequn as sq

ERRORS = 3.0


def blank(values: dict[str, Any]) -> sq.Scenario:
    """The blank scenario with one mechanism switched on."""
    return sq.Scenario.load("blank").with_values(values)


def column_at(result: sq.Run, name: str, days: Sequence[int]) -> np.ndarray:
    """A column of the whole community at some midnights (0 is not among them)."""
    whole = result.daily[result.daily["tier"] == "all"].set_index("day")
    return whole[name].loc[list(days)].to_numpy()


def members_at(scenario: sq.Scenario, days: Sequence[int], seeds: range) -> np.ndarray:
    """Members at some midnights of one run for each seed: shape (runs, midnights)."""
    last = max(days)
    return np.array(
        [column_at(sq.run(scenario, days=last, seed=s), "members", days) for s in seeds]
    )


def within(what: str, measured: float, formula: float, error: float, bias: float = 0.0) -> None:
    """Fail when a measured mean is further from its formula than 3 errors and the bias."""
    allowed = ERRORS * error + abs(bias)
    deviation = measured - formula
    words = (
        f"{what}: measured {measured:.6g}, formula {formula:.6g}, deviation {deviation:+.3g}, "
        f"allowed {allowed:.3g} (error {error:.3g}, bias {abs(bias):.3g})"
    )
    print(words)
    assert abs(deviation) <= allowed, words
