"""The results of a comparison: paired differences, over time and by tier, and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.agents.tables import TIERS
from shequn.experiments.compare.marginal import marginal_costs
from shequn.experiments.compare.survival import survival, survival_sentences
from shequn.experiments.perform.results import Results
from shequn.experiments.perform.statistics import (
    Interval,
    gain_of_pairing,
    mean_interval,
    paired_difference,
)
from shequn.experiments.runs import store
from shequn.experiments.runs.cases import LEVELS
from shequn.experiments.runs.pictures import draw, draw_into
from shequn.experiments.runs.words import be, compared, differ, is_counted
from shequn.model.outcomes import LATELY, OUTCOMES, READERS
from shequn.model.scenario import Scenario
from shequn.model.shown import MAIN, html_table, short, with_unit

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

_ADDED = ("incremental_orders", "incremental_equity")
_OVER_TIME = (*READERS, "messages", "members", "orders", "balance", *_ADDED)
_SERIES_OF = {"customer_equity": "balance"} | {
    name: name
    for name in (*LEVELS, *_ADDED, "messages", "orders", "revenue", "costs", "exits", "joins")
}


@dataclass
class Comparison:
    """The results of a comparison.

    Attributes
    ----------
    arms : dict
        The scenarios by name; the first is what the others are compared with.
    results : Results
        The runs; point k is the k-th arm, replicate r has the same seed in all arms.
    """

    arms: dict[str, Scenario]
    results: Results

    @property
    def base(self) -> Scenario:
        """The arm that the others are compared with."""
        return next(iter(self.arms.values()))

    @property
    def replicates(self) -> int:
        """Runs of each arm."""
        return self.results.replicates

    @property
    def mark(self) -> int:
        """The day up to which the arms are the same; 0 when they differ from the start."""
        return max(point.day for point in self.results.plan.points)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row for each run: arm, replicate, seed, outcomes."""
        return self.results.rows.drop(columns=["point", "key"])

    @property
    def failures(self) -> pd.DataFrame:
        """The runs that failed (`shequn.experiments.perform.results.Results.failures`)."""
        return self.results.failures

    def point(self, arm: str) -> int:
        """The number of an arm."""
        return list(self.arms).index(arm)

    def values(self, arm: str, outcome: str) -> np.ndarray:
        """An outcome of one arm, as `shequn.experiments.perform.results.Results.values`."""
        return self.results.values(outcome, self.point(arm))

    def series(self, arm: str, name: str) -> np.ndarray:
        """A daily series of one arm.

        Parameters
        ----------
        arm : str
            Name of the arm.
        name : str
            As in `perform.results.Results.series`: ``members``, ``weekly_readers`` and ``silent``
            at midnight, else what each day brought.

        Returns
        -------
        numpy.ndarray
            float64, shape (replicates, days), in order of replicate.
        """
        return self.results.series(name, self.point(arm))

    def difference(self, arm: str, outcome: str) -> Interval:
        """Mean paired difference of an outcome to the first arm, with its 95 % interval."""
        return self.results.difference(outcome, self.point(arm))

    def table(self, *outcomes: str) -> pd.DataFrame:
        """Differences of every other arm to the first (in all outcomes when none is named).

        Returns
        -------
        pandas.DataFrame
            One row for each arm and outcome: arm, outcome, unit, base (mean of the first arm in
            the same pairs), mean, low, high of the paired difference, n (pairs in which both have
            a value), and correlation: what pairing gains.
        """
        first = self.values(next(iter(self.arms)), "members")  # the length where no arm is named
        lines = [
            {
                "arm": arm,
                "outcome": outcome,
                "unit": OUTCOMES[outcome].unit,
                **self.pair(self.values(arm, outcome), self.results.values(outcome, 0)),
            }
            for arm in list(self.arms)[1:]
            for outcome in (outcomes or self.results.plan.outcomes if len(first) else ())
        ]
        return _frame(lines, "arm", "outcome", "unit")

    def by_tier(self) -> pd.DataFrame:
        """Differences in readers lately, members at the end, messages and orders in all, by tier.

        Returns
        -------
        pandas.DataFrame
            One row for each arm, outcome and tier; columns as in `table`.
        """
        units = {
            **dict.fromkeys(READERS, "persons"), "messages": "messages", "members": "persons",
            "orders": "orders",
        }  # fmt: skip
        lines = [
            {
                "arm": arm,
                "outcome": name,
                "tier": tier,
                "unit": unit,
                **self.pair(*(_at_end(s, name) for s in self._both(arm, f"{name}_{tier}"))),
            }
            for arm in list(self.arms)[1:]
            for name, unit in units.items()
            for tier in TIERS
        ]
        return _frame(lines, "arm", "outcome", "tier", "unit")

    def pair(self, values: np.ndarray, base: np.ndarray) -> dict[str, float]:
        """What a table says of paired values: base, mean, low, high, n, correlation (`table`).

        Parameters
        ----------
        values, base : numpy.ndarray
            Of an arm and of the first: float64, shape (replicates,), nan where there is none.
        """
        return {
            "base": mean_interval(np.where(np.isnan(values), np.nan, base)).mean,
            **vars(paired_difference(values, base, self.results.interval_of)),
            "correlation": gain_of_pairing(values, base),
        }

    def gaps(self, arm: str, name: str) -> np.ndarray:
        """Paired differences of a series to the first arm, day by day.

        Parameters
        ----------
        arm : str
            Name of the arm.
        name : str
            As in `series`; what each day brought is summed up from day 1 on, persons who read,
            are silent or are members are not.

        Returns
        -------
        numpy.ndarray
            float64, shape (pairs, days): of the replicates that succeeded in both arms.
        """
        series, base = self._both(arm, name)
        gaps = series - base
        return gaps if name.startswith(LEVELS) else np.cumsum(gaps, axis=1)

    def _both(self, arm: str, name: str) -> list[np.ndarray]:
        """A series of an arm and of the first, of the replicates that succeeded in both."""
        return self.results.series_of_pairs(name, self.point(arm), 0)

    def over_time(self, name: str) -> pd.DataFrame:
        """Differences to the first arm day by day, with 95 % intervals for each day by itself.

        Parameters
        ----------
        name : str
            As in `gaps`.

        Returns
        -------
        pandas.DataFrame
            One row for each arm and day: arm, day, mean, low, high, n.
        """
        import pandas as pd

        lines = [
            {"arm": arm, "day": day, **vars(self.results.interval_of(values))}
            for arm in list(self.arms)[1:]
            for day, values in enumerate(self.gaps(arm, name).T, start=1)
        ]
        return pd.DataFrame(lines, columns=["arm", "day", "mean", "low", "high", "n"])

    def sure_from(self, arm: str, outcome: str) -> int | None:
        """The day from which on the interval of a difference lies on the same side of 0.

        Parameters
        ----------
        arm : str
            Name of the arm.
        outcome : str
            ``incremental_orders``, ``incremental_equity``, ``customer_equity`` (margin minus costs
            so far, not discounted), ``readers``,
            ``weekly_readers``, ``members``, ``silent``, ``messages``, ``orders``, ``revenue``,
            ``costs``, ``exits`` or ``joins``.

        Returns
        -------
        int or None
            The first such day; None when the last day is not one, or the outcome has no series.
            Intervals are those of single days: looking at many, the first may come a little early.
        """
        name = _SERIES_OF.get(outcome)
        if name is None or not self.base.days:
            return None
        found = [self.results.interval_of(values) for values in self.gaps(arm, name).T]
        side = (found[-1].low > 0.0) - (found[-1].high < 0.0)
        sure = [side * (each.low if side > 0 else each.high) > 0.0 for each in found]
        return None if not sure[-1] else len(sure) - int(np.argmin([*sure[::-1], False])) + 1

    def survival(self, day: int | None = None) -> pd.DataFrame:
        """Who is dead by a day, and how long each arm lived until then; no pair is left out.

        Parameters
        ----------
        day : int, optional
            0 to the days of a run; the last one when None.

        Returns
        -------
        pandas.DataFrame
            One row for each arm but the first, and for ``dead`` (share of the runs that are dead by
            the end of that day) and ``days_alive`` (days lived until then): arm, outcome, unit,
            day, base, mean, low, high, n, correlation as in `table`; both, only_arm, only_base,
            neither: pairs by who is dead.

        Raises
        ------
        ScenarioError
            If the day is out of range.
        """
        return survival(self, day)

    def verdict(self, arm: str, outcome: str) -> str:
        """What the comparison says of one outcome of one arm: a sentence."""
        found = self.difference(arm, outcome)
        lacking = self.results.without(outcome, found.n)
        if found.n == 0:
            return f"{arm}: {outcome.replace('_', ' ')} cannot be compared ({lacking})"
        said = self._verdict(found, arm, outcome)
        return f"{said} ({lacking})" if lacking else said

    def _verdict(self, found: Interval, arm: str, outcome: str) -> str:
        about = OUTCOMES[outcome]
        first = next(iter(self.arms))
        name, unit = outcome.replace("_", " "), "" if about.unit == "1" else f" {about.unit}"
        verb = differ(outcome)
        if found.n < 2:
            return f"{arm}: {name} {verb} from '{first}' by {short(found.mean)}{unit}"
        if not found.low < found.high:
            if found.mean == 0.0:
                same = f"{be(outcome)} the same as with '{first}' in every replicate"
                return f"{arm}: {name} {same}"
            return f"{arm}: {name} {verb} from '{first}' by {short(found.mean)}{unit}"
        if found.low <= 0.0 <= found.high:
            return (
                f"{arm}: undecided; {name} {verb} from '{first}' by {short(found.low)} to "
                f"{short(found.high)}{unit} (95 %)"
            )
        word = "more" if found.mean > 0.0 else "less"
        good = "" if not about.better else ": better" if word == about.better else ": worse"
        low, high = sorted((abs(found.low), abs(found.high)))
        day = self.sure_from(arm, outcome)
        since = f", sure from day {day} on" if day and day > 1 else ""
        size = f"{short(low)} to {short(high)}"
        how = compared(outcome, found.mean > 0.0)
        said = (
            f"{size} {how}"
            if is_counted(outcome)
            else (f"{name} {be(outcome)} {size}{unit} {how.partition(' ')[0]}")
        )
        return f"{arm}: {said} than with '{first}' (95 %){good}{since}"

    def sure_and_undecided(self, arm: str, *outcomes: str) -> str:
        """Which outcomes of an arm surely differ, from which day on, and which may not: a sentence.

        Parameters
        ----------
        arm : str
            Name of the arm.
        *outcomes : str
            At least one. Each interval is looked at by itself.

        Returns
        -------
        str
            Empty with fewer than two replicates.
        """
        if self.replicates < 2:
            return ""
        said: dict[str, list[str]] = {
            "sure": [],
            "the same in every replicate": [],
            "undecided": [],
        }
        for outcome in outcomes:
            found = self.difference(arm, outcome)
            name = outcome.replace("_", " ")
            if found.n < self.replicates:
                name += f" ({found.n} of {self.replicates} pairs)"
            if found.n > 1 and found.low == found.high == 0.0:
                said["the same in every replicate"].append(name)
            elif found.n < 2 or found.low <= 0.0 <= found.high:
                said["undecided"].append(name)
            else:
                day = self.sure_from(arm, outcome)
                how = compared(outcome, found.mean > 0.0)
                said["sure"].append(how + (f" (from day {day} on)" if day else ""))
        parts = [f"{word}: {', '.join(names)}" for word, names in said.items() if names]
        return f"{arm}: {'; '.join(parts)}"

    def sentences(self, *outcomes: str) -> list[str]:
        """How far the focus differs; what else is sure; what one more costs; what pairing gained.

        Parameters
        ----------
        *outcomes : str
            What to speak of besides the focus of the first scenario.

        Returns
        -------
        list of str
            At least one sentence for each arm.
        """
        others = [outcome for outcome in outcomes if outcome != self.base.focus]
        said = []
        for arm in list(self.arms)[1:]:
            said.append(self.verdict(arm, self.base.focus))
            said += (
                [self.sure_and_undecided(arm, *others)] if others and self.replicates > 1 else []
            )
            costs = marginal_costs(self, arm)
            said += [f"{arm}: at the margin, {'; '.join(costs)} (95 %)"] if costs else []
        stopped = [self.results.stopped] if self.results.stopped else []
        return [*said, *survival_sentences(self), *stopped, *self._pairing()]

    def _pairing(self) -> list[str]:
        focus = self.base.focus
        rows = self.table(focus)["correlation"].dropna()
        if rows.empty:
            return []
        low, high = float(min(rows)), float(max(rows))
        several = " to ".join(dict.fromkeys(f"{each:.2f}" for each in (low, high)))
        words = f"the same luck in all arms: correlation {several} in {focus.replace('_', ' ')}"
        if low <= 0.0:
            return [
                f"{words}; where it is not above 0, pairing narrows nothing: the worlds took "
                "different courses"
            ]
        if high >= 1.0:
            return [words]
        # Var(a - b) = Va + Vb - 2 rho sqrt(Va Vb): with equal variances 1 - rho of that unpaired.
        least, most = (f"{1.0 / (1.0 - each):.1f}" for each in (low, high))
        times = least if least == most else f"{least} to {most}"
        return [f"{words}; unpaired, it would take about {times} times as many runs"]

    def plot(self) -> Figure:
        """The figure of the comparison (`shequn.views.compare_figures`)."""
        return draw("compare", self)

    def save(self, folder: Path) -> None:
        """Write tables, figures and the scenario of each arm.

        Parameters
        ----------
        folder : Path
            Where: scenario-K.toml; and as far as runs succeeded differences.csv, tiers.csv,
            survival.csv, over_time.csv, comparison.png. What an earlier call wrote is replaced.
        """
        for k, scenario in enumerate(self.arms.values()):
            store.write_text(folder / f"scenario-{k}.toml", store.scenario_toml(scenario))
        if not len(self.rows):
            return
        for name, frame in self.frames().items():
            text = frame.to_csv(index=False, lineterminator="\n")
            store.write_text(folder / f"{name}.csv", text)
        draw_into(folder, "compare", self)

    def frames(self) -> dict[str, pd.DataFrame]:
        """The tables that are written, by name: differences, tiers, survival, over_time."""
        frames = {
            "differences": self.table(), "tiers": self.by_tier(), "survival": self.survival(),
        }  # fmt: skip
        if self.base.days:
            import pandas as pd

            days = [self.over_time(name).assign(series=name) for name in _OVER_TIME]
            frames["over_time"] = pd.concat(days, ignore_index=True)
        return frames

    def to_xarray(self) -> xr.Dataset:
        """As `shequn.experiments.perform.results.Results.to_xarray`."""
        return self.results.to_xarray()

    def __repr__(self) -> str:
        """The sentences."""
        return "\n".join(self.sentences())

    def _repr_html_(self) -> str:
        """The focus and the main outcomes of every arm as a table, for notebooks."""
        first, *others = self.arms
        rows = []
        for arm in others:
            for outcome in dict.fromkeys((self.base.focus, *MAIN)):
                found = self.difference(arm, outcome)
                numbers = (found.mean, found.low, found.high)
                rows.append([arm, with_unit(outcome), *map(short, numbers), str(found.n)])
        head = ["arm", f"difference to '{first}'", "mean", "95 %: from", "to", "pairs"]
        return html_table(repr(self), head, rows)


def _at_end(series: np.ndarray, name: str) -> np.ndarray:
    if not series.size:
        return np.zeros(len(series))
    if name in READERS:
        return series[:, -LATELY:].mean(axis=1)
    return series[:, -1] if name in LEVELS else series.sum(axis=1)


def _frame(lines: list[dict[str, Any]], *heads: str) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(lines, columns=[*heads, "base", "mean", "low", "high", "n", "correlation"])
