"""The results of an experiment: its tables, read back from its folder."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.agents.tables import TIERS
from shequn.experiments.perform.statistics import Interval, mean_interval, paired_difference
from shequn.experiments.perform.stopping import narrowing_interval
from shequn.experiments.runs.cases import BY_TIER, DAILY, MONEY, STATES, WHOLE, parts_of
from shequn.experiments.runs.plan import Plan
from shequn.experiments.runs.tables import DAYS, FAILURES, RUNS
from shequn.experiments.runs.words import check_outcome
from shequn.model.outcomes import OUTCOMES

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@dataclass
class Results:
    """What the runs of a plan gave.

    Attributes
    ----------
    plan : Plan
        What was asked.
    replicates : int
        Runs of each point.
    folder : Path
        Where the tables are.
    stopped : str
        Why no more replicates were run, when that was left to a rule; else empty.
    pilot : int
        Replicates before such a rule first looked (`perform.stopping`); 0: no rule.
    damaged : list of str
        Files whose content had changed; their runs were computed again.
    written : float
        Seconds spent on writing.
    keep : object
        Keeps a temporary folder alive.
    first : int
        The row of the plan's first point in the tables, where it is a part of a larger plan.
    """

    plan: Plan
    replicates: int
    folder: Path
    stopped: str = ""
    pilot: int = 0
    damaged: list[str] = field(default_factory=list)
    written: float = 0.0
    keep: Any = None
    first: int = 0

    def part(self, number: int) -> Results:
        """The results of one set of points (`Plan.sets`), as if it had been run alone."""
        plan = self.plan.part(number)
        return replace(self, plan=plan, first=self.first + number * len(plan.points))

    def _own(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table that are of the plan's points, which are numbered from 0 on."""
        points = frame["point"].to_numpy() - np.int32(self.first)
        rows = np.flatnonzero((points >= 0) & (points < len(self.plan.points)))
        if len(rows) == len(frame):
            return frame
        return frame.take(rows).assign(point=points[rows]).reset_index(drop=True)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row for each run that succeeded, by replicate and point.

        Columns point, replicate, seed, key, what the point varies, and every outcome (units:
        `shequn.model.outcomes.OUTCOMES`).
        """
        import pandas as pd

        return self._own(pd.read_parquet(self.folder / RUNS))

    @cached_property
    def failures(self) -> pd.DataFrame:
        """One row for each run that failed: point, replicate, seed, key, stage, type, message..."""
        import pandas as pd

        return self._own(pd.read_parquet(self.folder / FAILURES))

    def daily(self, *names: str) -> pd.DataFrame:
        """Daily series of every run, in memory.

        Parameters
        ----------
        *names : str
            Columns (`shequn.experiments.runs.cases.DAILY`); all when none is named.

        Returns
        -------
        pandas.DataFrame
            One row for each run and day: point, replicate, day, the columns.
        """
        import pandas as pd

        columns = ["point", "replicate", "day", *names] if names else None
        return self._own(pd.read_parquet(self.folder / DAYS, columns=columns))

    def series(self, name: str, point: int) -> np.ndarray:
        """A daily series of one point.

        Parameters
        ----------
        name : str
            A column of `runs.cases.DAILY`, or its part before the tier: all tiers
            together.
        point : int
            The point.

        Returns
        -------
        numpy.ndarray
            float64, shape (replicates that succeeded, days), in order of replicate.
        """
        import pyarrow.parquet as pq

        wanted = [name] if name in DAILY else parts_of(name)
        of_point = [("point", "=", self.first + point)]
        table = pq.read_table(
            self.folder / DAYS, columns=wanted, filters=of_point, use_threads=False
        )
        total = sum(table.column(part).to_numpy().astype(float) for part in wanted)
        days = self.plan.points[point].scenario.days
        runs = int(np.count_nonzero(self.rows["point"].to_numpy() == point))
        return np.asarray(total).reshape(runs, days)

    def values(self, outcome: str, point: int) -> np.ndarray:
        """An outcome at one point.

        Parameters
        ----------
        outcome : str
            Name of the outcome.
        point : int
            The point.

        Returns
        -------
        numpy.ndarray
            float64, shape (replicates,); nan where a run failed, or where the outcome is not
            defined (`shequn.model.outcomes.Outcome.needs`).

        Raises
        ------
        ScenarioError
            If there is no such outcome.
        """
        check_outcome(outcome, self.rows)
        rows = self.rows.loc[self.rows["point"] == point]
        found = np.full(self.replicates, np.nan)
        found[rows["replicate"].to_numpy()] = rows[outcome].to_numpy(dtype=float)
        return found

    def succeeded(self, point: int) -> np.ndarray:
        """Replicates of a point that did not fail, in the order of the rows of `series`: int."""
        return self.rows.loc[self.rows["point"] == point, "replicate"].to_numpy()

    def series_of_pairs(self, name: str, point: int, baseline: int) -> list[np.ndarray]:
        """A daily series at two points, of the replicates that succeeded at both.

        Parameters
        ----------
        name : str
            As in `series`.
        point, baseline : int
            The points.

        Returns
        -------
        list of numpy.ndarray
            At ``point`` and at ``baseline``: float64, shape (pairs, days), in order of replicate.
        """
        return [
            self.series(name, one)[np.isin(self.succeeded(one), self.succeeded(other))]
            for one, other in ((point, baseline), (baseline, point))
        ]

    def interval(self, outcome: str, point: int) -> Interval:
        """Mean of an outcome at a point, with its 95 % interval."""
        return self.interval_of(self.values(outcome, point))

    def interval_of(self, values: np.ndarray) -> Interval:
        """Mean of one value for each replicate; wider where a rule decided how many there are."""
        return narrowing_interval(values, self.pilot) if self.pilot else mean_interval(values)

    def difference(self, outcome: str, point: int, baseline: int = 0) -> Interval:
        """Paired difference of an outcome between two points, with its 95 % interval.

        Parameters
        ----------
        outcome : str
            Name of the outcome.
        point, baseline : int
            The points.

        Returns
        -------
        Interval
            Of the outcome at ``point`` minus that at ``baseline``, over replicates that have a
            value at both; n says how many.
        """
        pair = self.values(outcome, point), self.values(outcome, baseline)
        return paired_difference(*pair, self.interval_of)

    def without(self, outcome: str, n: int, what: str = "pairs") -> str:
        """How many values a mean lacks, and why: ``12 of 16 pairs: no value without orders``.

        Parameters
        ----------
        outcome : str
            Name of the outcome.
        n : int
            Values of the mean.
        what : str
            What they are.

        Returns
        -------
        str
            Empty when none is lacking.
        """
        if n >= self.replicates:
            return ""
        needs = OUTCOMES[outcome].needs
        causes = [f"no value without {needs}"] if needs else []
        causes += ["some runs failed"] if len(self.failures) else []
        return ": ".join([f"{n} of {self.replicates} {what}", *[", ".join(causes)] * bool(causes)])

    def to_xarray(self) -> xr.Dataset:
        """Outcomes and days as a data set (needs xarray).

        Returns
        -------
        xarray.Dataset
            One variable for each outcome, with the dimensions point and replicate; what points vary
            are coordinates. ``daily_members``, ``daily_balance``, ... hold the daily series
            (`shequn.experiments.runs.cases.DAILY`), with the dimension day and, of what is known by
            tier, tier. Each has its unit and meaning in ``attrs``; nan where a run failed, and
            after the last day of a point that is shorter than others.

        Raises
        ------
        ResultsError
            If xarray is not installed.
        """
        try:
            import xarray as xr
        except ImportError as error:
            from shequn.agents.errors import ResultsError

            words = "xarray is not installed; pip install 'shequn[xarray]'"
            raise ResultsError(words) from error

        points = range(len(self.plan.points))
        variables = {
            name: (
                ("point", "replicate"),
                np.array([self.values(name, point) for point in points]),
                {"units": about.unit, "long_name": about.whole_meaning},
            )
            for name in self.plan.outcomes
            for about in [OUTCOMES[name]]
        }
        heads = [point.head for point in self.plan.points]
        varied = {path: ("point", [head[path] for head in heads]) for path in heads[0]}
        most = max(point.scenario.days for point in self.plan.points)
        about = {"units": "day", "long_name": "day of the run, from 1 on"}
        return xr.Dataset(
            {**variables, **self._days(most)},
            {
                "point": list(points),
                "replicate": list(range(self.replicates)),
                "day": ("day", np.arange(1, most + 1), about),
                "tier": list(TIERS),
                **varied,
            },
        )

    def _days(self, most: int) -> dict[str, Any]:
        """The daily series for `to_xarray`, with as many days as the longest run."""
        daily = self.daily()
        place = tuple(daily[name].to_numpy() for name in ("point", "replicate", "day"))
        place = (*place[:2], place[2] - 1)

        def laid_out(column: str) -> np.ndarray:
            found = np.full((len(self.plan.points), self.replicates, most), np.nan)
            found[place] = daily[column]
            return found

        axes = ("point", "replicate", "day")
        by_tier = {
            f"daily_{name}": (
                (*axes, "tier"),
                np.stack([laid_out(part) for part in parts_of(name)], axis=-1),
                {"units": unit, "long_name": meaning},
            )
            for name, (unit, meaning, _) in BY_TIER.items()
        }
        whole = {
            f"daily_{name}": (axes, laid_out(name), {"units": unit, "long_name": meaning})
            for name, (unit, meaning) in (WHOLE | STATES | MONEY).items()
        }
        return by_tier | whole
