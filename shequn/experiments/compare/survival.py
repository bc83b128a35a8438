"""Who dies, and when: every pair counts, those in which one or both live on among them.

A day of death exists only where a community dies. Differences of it would leave out every pair with
a survivor, which are the best ones: an arm that saves the early deaths would look worse for it. So
what is compared is the share of runs that are dead by a day, and the days lived until then: the
restricted mean survival time (Irwin 1949, J. Hygiene 47; Royston and Parmar 2013, BMC Medical
Research Methodology 13).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.agents.errors import Problem, ScenarioError
from shequn.model.outcomes import OUTCOMES

if TYPE_CHECKING:
    import pandas as pd

    from shequn.experiments.compare.comparison import Comparison

PAIRS = {"both": 3.0, "only_arm": 1.0, "only_base": 2.0, "neither": 0.0}  # who of a pair is dead


def survival(found: Comparison, day: int | None = None) -> pd.DataFrame:
    """Who is dead by a day, and how long each arm lived until then.

    Parameters
    ----------
    found : Comparison
        The comparison.
    day : int, optional
        0 to the days of a run; the last one when None.

    Returns
    -------
    pandas.DataFrame
        As `shequn.experiments.compare.comparison.Comparison.survival`.

    Raises
    ------
    ScenarioError
        If the day is out of range.
    """
    import pandas as pd

    days = found.base.days
    last = days if day is None else day
    if not 0 <= last <= days:
        words = f"{last} is out of range; allowed: 0 to {days}, the days of a run"
        raise ScenarioError([Problem("day", words)])
    first, *others = found.arms
    base = _lived(found, first, last)
    lines = [
        {
            "arm": arm, "outcome": name, "unit": OUTCOMES[name].unit, "day": last,
            **found.pair(one[name], base[name]), **_pairs(one["dead"], base["dead"]),
        }
        for arm in others
        for one in [_lived(found, arm, last)]
        for name in base
    ]  # fmt: skip
    statistics = ("base", "mean", "low", "high", "n", "correlation")
    return pd.DataFrame(lines, columns=["arm", "outcome", "unit", "day", *statistics, *PAIRS])


def _lived(found: Comparison, arm: str, day: int) -> dict[str, np.ndarray]:
    """Whether each run is dead by the end of a day, and days lived until then; nan: it failed."""
    dead, alive = found.values(arm, "dead"), found.values(arm, "days_alive")
    by_then = np.where(alive <= day, dead, 0.0 * dead)
    return {"dead": by_then, "days_alive": np.minimum(alive, day)}


def _pairs(dead: np.ndarray, base: np.ndarray) -> dict[str, int]:
    kinds = dead + 2.0 * base  # nan is none of them
    return {name: int((kinds == kind).sum()) for name, kind in PAIRS.items()}


def survival_sentences(found: Comparison) -> list[str]:
    """For each arm who died and how long it lived: sentences, none where nobody ever died."""
    if not any((found.values(arm, "dead") == 1.0).any() for arm in found.arms):
        return []
    table, first = survival(found), next(iter(found.arms))
    said = []
    for arm in list(found.arms)[1:]:
        dead, alive = table.loc[table["arm"] == arm].to_dict("records")
        said.append(
            f"{arm}: dead by day {dead['day']} in {dead['base'] + dead['mean']:.0%} of runs, with "
            f"'{first}' in {dead['base']:.0%}, difference {_ends(dead)}; days alive, at most "
            f"{dead['day']}: difference {_ends(alive)}; of {dead['n']} pairs {dead['both']} died "
            f"in both, {dead['only_arm']} in this one only, {dead['only_base']} in '{first}' only, "
            f"{dead['neither']} in neither"
        )
    return said


def _ends(line: dict[str, Any]) -> str:
    """A difference with its interval, where it has one."""
    mean = f"{line['mean']:+.3g}"
    return mean if line["n"] < 2 else f"{mean} [{line['low']:.3g}, {line['high']:.3g}]"
