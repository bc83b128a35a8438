"""Comparing scenarios on the same people and the same luck: what differs, and how surely."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.experiments.run import warm_up
from shequn.experiments.statistics import Interval, gain_of_pairing, paired_difference
from shequn.experiments.sweep import check_numbers
from shequn.experiments.workers import jobs_on_threads
from shequn.experiments.worlds import Worlds, refuse_differences
from shequn.model.community import Community
from shequn.model.outcomes import OUTCOMES
from shequn.model.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from shequn.experiments.posterior import Calibration

SERIES = ("members", "messages", "orders", "balance", "incident_reach")


@dataclass
class Comparison:
    """The results of a comparison.

    Attributes
    ----------
    arms : dict
        The scenarios by name; the first is what the others are compared with.
    replicates : int
        Runs of each arm; replicate r has the seed of the first arm + r in every arm.
    results : list of dict
        For each run: arm, replicate, seed, outcomes, and daily series by name.
    worlds : dict
        For each arm the values by path of every replicate (`shequn.experiments.worlds`), replicate
        r from the same sample in all arms; empty: every replicate has the arm's own.
    """

    arms: dict[str, Scenario]
    replicates: int
    results: list[dict[str, Any]] = field(default_factory=list)
    worlds: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def base(self) -> Scenario:
        """The arm that the others are compared with."""
        return next(iter(self.arms.values()))

    def jobs(self) -> Iterator[tuple[str, int]]:
        """Arm and replicate of every run, replicate by replicate."""
        for replicate in range(self.replicates):
            for name in self.arms:
                yield name, replicate

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row for each run: arm, replicate, seed, outcomes."""
        import pandas as pd

        order = {name: place for place, name in enumerate(self.arms)}
        ordered = sorted(self.results, key=lambda r: (r["replicate"], order[r["arm"]]))
        lines = [
            {**{key: r[key] for key in ("arm", "replicate", "seed")}, **r["outcomes"]}
            for r in ordered
        ]
        return pd.DataFrame(lines, columns=["arm", "replicate", "seed", *OUTCOMES])

    def values(self, arm: str, outcome: str) -> np.ndarray:
        """An outcome of one arm: float64, shape (replicates,), in order of replicate."""
        return self.rows.loc[self.rows["arm"] == arm, outcome].to_numpy(dtype=float)

    def series(self, arm: str, name: str) -> np.ndarray:
        """A daily series of one arm.

        Parameters
        ----------
        arm : str
            Name of the arm.
        name : str
            One of `SERIES`; the members at midnight, else what each day brought.

        Returns
        -------
        numpy.ndarray
            float64, shape (replicates, days), in order of replicate.
        """
        found = sorted((r for r in self.results if r["arm"] == arm), key=lambda r: r["replicate"])
        return np.array([r["series"][name] for r in found])

    def difference(self, arm: str, outcome: str) -> Interval:
        """Mean paired difference of an outcome to the first arm, with its 95 % interval."""
        first = next(iter(self.arms))
        return paired_difference(self.values(arm, outcome), self.values(first, outcome))

    def table(self, *outcomes: str) -> pd.DataFrame:
        """Differences of every other arm to the first (in all outcomes when none is named).

        Returns
        -------
        pandas.DataFrame
            One row for each arm and outcome: arm, outcome, unit, base (mean of the first arm),
            mean, low, high, n of the paired difference, and correlation: what pairing gains.
        """
        import pandas as pd

        first, *others = self.arms
        lines = []
        for arm in others:
            for outcome in outcomes or tuple(OUTCOMES):
                pair = self.values(arm, outcome), self.values(first, outcome)
                lines.append(
                    {
                        "arm": arm,
                        "outcome": outcome,
                        "unit": OUTCOMES[outcome].unit,
                        "base": float(np.mean(pair[1])),
                        **vars(paired_difference(*pair)),
                        "correlation": gain_of_pairing(*pair),
                    }
                )
        columns = ["arm", "outcome", "unit", "base", "mean", "low", "high", "n", "correlation"]
        return pd.DataFrame(lines, columns=columns)

    def verdict(self, arm: str, outcome: str) -> str:
        """What the comparison says of one outcome of one arm: a sentence."""
        found = self.difference(arm, outcome)
        about = OUTCOMES[outcome]
        first = next(iter(self.arms))
        name, unit = outcome.replace("_", " "), "" if about.unit == "1" else f" {about.unit}"
        if found.n < 2 or not found.low < found.high:
            return f"{arm}: {name} differs from '{first}' by {_short(found.mean)}{unit}"
        if found.low <= 0.0 <= found.high:
            return (
                f"{arm}: undecided; {name} differs from '{first}' by {_short(found.low)} to "
                f"{_short(found.high)}{unit} (95 %)"
            )
        word = "more" if found.mean > 0.0 else "less"
        good = "" if not about.better else ": better" if word == about.better else ": worse"
        low, high = sorted((abs(found.low), abs(found.high)))
        return (
            f"{arm}: {name} is {_short(low)} to {_short(high)}{unit} {word} than with '{first}' "
            f"(95 %){good}"
        )


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100.0 else f"{value:.3g}"


def _one(comparison: Comparison, arm: str, replicate: int) -> dict[str, Any]:
    scenario = comparison.arms[arm]
    if comparison.worlds:
        scenario = scenario.with_values(comparison.worlds[arm][replicate])
    seed = comparison.base.seed + replicate
    community = Community(scenario, seed)
    for _ in range(scenario.days):
        community.step()
    journal = community.journal
    series = {
        "members": journal.total("members"),
        "messages": np.array([written.sum() for written in journal.written]),
        "orders": journal.total("orders_new") + journal.total("orders_repeat"),
        "balance": journal.operator_column("balance"),
        "incident_reach": journal.total("incident_reach"),
    }
    head = {"arm": arm, "replicate": replicate, "seed": seed}
    return {**head, "outcomes": community.summary, "series": series}


def arms_of(scenarios: Sequence[Scenario | str | Path]) -> dict[str, Scenario]:
    """The arms of a comparison, by name.

    Parameters
    ----------
    scenarios : sequence of Scenario, str or Path
        One scenario with alternatives, or several scenarios.

    Returns
    -------
    dict
        At least two scenarios of equal length.

    Raises
    ------
    ScenarioError
        If there is nothing to compare, or the scenarios differ in their number of days.
    """
    loaded = [s if isinstance(s, Scenario) else Scenario.load(s) for s in scenarios]
    if len(loaded) == 1:
        arms = loaded[0].arms
        if len(arms) < 2:
            words = "names no [alternatives]; give a second scenario to compare it with"
            raise ScenarioError([Problem(loaded[0].name, words)])
        return arms
    titles = [scenario.title or scenario.name for scenario in loaded]
    names = titles if len(set(titles)) == len(titles) else [s.name for s in loaded]
    if len(set(names)) < len(names):
        names = [f"{name} ({k + 1})" for k, name in enumerate(names)]
    arms = dict(zip(names, loaded, strict=True))
    days = {name: scenario.days for name, scenario in arms.items()}
    if len(set(days.values())) > 1:
        words = ", ".join(f"{name} {n}" for name, n in days.items())
        raise ScenarioError([Problem("run.days", f"differ ({words}); give --days")])
    return arms


def draw_worlds(
    worlds: Worlds, arms: Mapping[str, Scenario], replicates: int
) -> dict[str, list[dict[str, Any]]]:
    """The world of each replicate in every arm, each tried on its scenario.

    Parameters
    ----------
    worlds : Worlds
        What is drawn from.
    arms : mapping
        Scenarios by name.
    replicates : int
        How many; replicate r draws with the seed of the first arm + r.

    Returns
    -------
    dict
        Values by path, for each arm and replicate.

    Raises
    ------
    ScenarioError
        If arms differ in a parameter that is drawn.
    """
    refuse_differences(worlds, arms)
    first = next(iter(arms.values())).seed
    seeds = range(first, first + replicates)
    drawn = {name: worlds.draw(scenario, seeds) for name, scenario in arms.items()}
    for name, scenario in arms.items():
        for values in drawn[name]:
            scenario.with_values(values)
    return drawn


def check_outcome(outcome: str, place: str) -> None:
    """Refuse what is no outcome, with the nearest one that is."""
    if outcome not in OUTCOMES:
        words = f"'{outcome}' is no outcome{nearest(outcome, OUTCOMES)}"
        raise ScenarioError([Problem(place, words)])


def compare(
    *scenarios: Scenario | str | Path,
    replicates: int = 16,
    days: int | None = None,
    seed: int | None = None,
    worlds: Worlds | Calibration | pd.DataFrame | str | Path | None = None,
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Run scenarios on the same people with the same luck.

    Parameters
    ----------
    *scenarios : Scenario, str or Path
        One scenario, compared with the alternatives that it names, or several.
    replicates : int
        Runs of each, at least 1.
    days, seed : int, optional
        Instead of the scenarios' own.
    worlds : Calibration, pandas.DataFrame, str or Path, optional
        A posterior: each replicate draws its parameters from it, the same in all arms.
    jobs : int, optional
        Threads; one for each core when None.
    progress : callable, optional
        Called after each run with the numbers of runs done and planned.

    Returns
    -------
    Comparison
        The results.

    Raises
    ------
    ScenarioError
        If a scenario cannot be used, there is nothing to compare, or arms differ in a parameter
        that is drawn from the posterior.
    PolicyError
        If a policy raises or returns no plan.

    Examples
    --------
    >>> import shequn as sq
    >>> found = sq.compare("wechat-group", "bombardment", replicates=2, days=10)
    >>> len(found.rows)
    4
    """
    changes: Mapping[str, Any] = {
        path: value for path, value in (("run.days", days), ("run.seed", seed)) if value is not None
    }
    loaded = [s if isinstance(s, Scenario) else Scenario.load(s) for s in scenarios]
    arms = arms_of([scenario.with_values(changes) for scenario in loaded])
    result = Comparison(arms, replicates)
    check_numbers(result.base.seed, replicates, jobs)
    if worlds is not None:
        result.worlds = draw_worlds(Worlds.of(worlds), arms, replicates)
    warm_up(*arms.values())
    total = len(arms) * replicates
    todo = list(result.jobs())
    threads = jobs or os.cpu_count() or 1
    for one in jobs_on_threads(lambda job: _one(result, *job), todo, threads):
        result.results.append(one)
        if progress is not None:
            progress(len(result.results), total)
    return result
