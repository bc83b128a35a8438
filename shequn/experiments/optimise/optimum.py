"""What a search for good values found, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.experiments.optimise.candidates import Stages, Trial
from shequn.experiments.optimise.question import Question, mean_of, worst_decile, worst_deciles
from shequn.experiments.perform.statistics import Interval, mean_interval
from shequn.experiments.runs import store
from shequn.experiments.runs.pictures import draw, draw_into
from shequn.experiments.runs.words import counted
from shequn.model.outcomes import OUTCOMES
from shequn.model.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_RESAMPLES = 4000
_NEAR = 0.05  # of a range: a value that is so near to an end is worth a word
_STREAM = 0x0B57  # keeps these draws apart from others


@dataclass
class Optimum:
    """What a search for good values found.

    Attributes
    ----------
    asked : Scenario
        The scenario that was asked about.
    question : Question
        What was wanted.
    stages : Stages
        The search, the choice and the confirmation, each on seeds of its own.
    failed : int
        Runs that failed, in all stages.
    """

    asked: Scenario
    question: Question
    stages: Stages
    failed: int = 0

    @property
    def best(self) -> dict[str, Any]:
        """The best values by path; the scenario's own ones where nothing was better."""
        return dict(self._winner.values)

    @property
    def met(self) -> bool:
        """Whether the best values met every constraint where they were chosen."""
        return self.question.excess(self.stages.chosen[0].samples) == 0.0

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario with the best values."""
        changed = self.asked.with_values(self.best) if self._winner.number else self.asked
        title = self.asked.title or self.asked.name
        words = f"{title} with values found by shequn optimise: {self.question}."
        return replace(changed, title=f"{title}, optimised", description=words)

    @property
    def _winner(self) -> Trial:
        return self.stages.confirmed[0]

    @property
    def _own(self) -> Trial:
        return next(trial for trial in self.stages.confirmed if trial.number == 0)

    def difference(self, candidate: int, baseline: int | None = None) -> Interval:
        """Paired difference of what is optimised, on the seeds of the confirmation.

        Parameters
        ----------
        candidate, baseline : int
            Rows of `table`, 0 the best; the scenario's own values when None.

        Returns
        -------
        Interval
            Of candidate - baseline in the unit of the goal, 95 %. Of means by Student's t; of the
            worst tenths by resampling pairs (percentile bootstrap; Efron & Tibshirani 1993), which
            is rough with fewer than some 50 runs.
        """
        other = self._own if baseline is None else self.stages.confirmed[baseline]
        one = self.stages.confirmed[candidate].samples[self.question.goal]
        return self._difference(one, other.samples[self.question.goal])

    def _difference(self, one: np.ndarray, other: np.ndarray) -> Interval:
        if self.question.risk == "mean":
            return mean_interval(one - other)
        both = ~np.isnan(one - other)
        pairs = np.stack([one[both], other[both]])
        more, n = self.question.more, int(both.sum())
        tails = [worst_decile(values, more) for values in pairs]
        if n < 2:
            return Interval(tails[0] - tails[1], np.nan, np.nan, n)
        generator = np.random.Generator(np.random.Philox(key=_STREAM))
        rows = generator.integers(0, n, (_RESAMPLES, n))
        found = worst_deciles(pairs[:, rows], more)
        low, high = np.quantile(found[0] - found[1], [0.025, 0.975])
        return Interval(tails[0] - tails[1], float(low), float(high), n)

    @cached_property
    def table(self) -> pd.DataFrame:
        """The finalists on the seeds of the confirmation, in the order of the choice.

        Returns
        -------
        pandas.DataFrame
            One row for each: trial (0: the scenario's own values), the values, mean of the goal
            with low and high (95 %), worst_decile, difference with its low and high (paired, to the
            scenario's own values), regret with its low and high and regret_worst (`regret`), and
            for each constraint the mean of its outcome with low and high, and a verdict.
        """
        import pandas as pd

        lost = regret(self.question, self.stages.confirmed)
        return pd.DataFrame(
            [self._line(k, trial, lost[k]) for k, trial in enumerate(self.stages.confirmed)]
        )

    def _line(self, row: int, trial: Trial, lost: np.ndarray) -> dict[str, Any]:
        goal = trial.samples[self.question.goal]
        line: dict[str, Any] = {"trial": trial.number, **trial.values}
        line |= _ends("", mean_interval(goal))
        line["worst_decile"] = worst_decile(goal, self.question.more)
        line |= _ends("difference", self.difference(row))
        line |= _ends("regret", mean_interval(lost))
        line["regret_worst"] = float(np.nanmax(lost)) if not np.isnan(lost).all() else np.nan
        for each in self.question.constraints:
            found = mean_interval(trial.samples[each.outcome])
            line |= _ends(each.outcome, found)
            line[str(each)] = each.verdict(found.low, found.high)
        return line

    @cached_property
    def trials(self) -> pd.DataFrame:
        """The search: what led to the finalists, no result (the best of many looks too good).

        Returns
        -------
        pandas.DataFrame
            One row for each trial: trial (0: the scenario's own values), the values, mean and
            worst_decile of the goal, the mean of each constrained outcome, met (all constraints,
            by the means), regret and regret_worst (`regret`), runs that gave the goal, complaint.
        """
        import pandas as pd

        lost = regret(self.question, self.stages.trials)
        return pd.DataFrame(
            [self._row(trial, lost[k]) for k, trial in enumerate(self.stages.trials)]
        )

    def _row(self, trial: Trial, lost: np.ndarray) -> dict[str, Any]:
        goal = trial.samples[self.question.goal]
        rules = self.question.constraints
        means = {each.outcome: mean_of(trial.samples[each.outcome]) for each in rules}
        return {
            "trial": trial.number,
            **trial.values,
            "mean": mean_of(goal),
            "worst_decile": worst_decile(goal, self.question.more),
            **means,
            "met": not trial.complaint and self.question.excess(trial.samples) == 0.0,
            "regret": mean_of(lost),
            "regret_worst": float(np.nanmax(lost)) if not np.isnan(lost).all() else np.nan,
            "runs": int((~np.isnan(goal)).sum()),
            "complaint": trial.complaint,
        }

    def plot(self) -> Figure:
        """The search, and the finalists with their intervals."""
        # By name: a figure is made one layer above, and only when somebody asks for it.
        return draw("optimise", self)

    def save(self, folder: Path) -> None:
        """Write candidates.csv (`table`), trials.csv, summary.txt, best.toml and the figure.

        Parameters
        ----------
        folder : Path
            Where; files of these names are made anew. Where no candidate met the constraints there
            is no ``best.toml``.
        """
        for name, frame in (("candidates", self.table), ("trials", self.trials)):
            text = frame.to_csv(index=False, lineterminator="\n")
            store.write_text(folder / f"{name}.csv", text)
        store.write_text(folder / "summary.txt", f"{self}\n")
        if self.met:
            store.write_text(folder / "best.toml", store.scenario_toml(self.scenario))
        else:
            (folder / "best.toml").unlink(missing_ok=True)
        draw_into(folder, "optimise", self)

    def __str__(self) -> str:
        """What was asked, what was found, how sure that is."""
        return "\n".join(sentences(self))

    __repr__ = __str__


def _ends(name: str, found: Interval) -> dict[str, float]:
    mean, low, high = (name, f"{name}_low", f"{name}_high") if name else ("mean", "low", "high")
    return {mean: found.mean, low: found.low, high: found.high}


def regret(question: Question, trials: Sequence[Trial]) -> np.ndarray:
    """What each candidate misses in each replicate by not being the best one there.

    Parameters
    ----------
    question : Question
        With the goal and the constraints.
    trials : sequence of Trial
        Candidates on the same seeds.

    Returns
    -------
    numpy.ndarray
        float64, shape (trials, replicates), in the unit of the goal: the best among candidates
        that meet the constraints (by their means; among all if none does) minus this one; nan where
        a run failed. Below 0 where a candidate gains by breaking a constraint. The best one of a
        replicate is found with its luck known, so that even the best values regret something.
    """
    sign = 1.0 if question.more else -1.0
    goals = sign * np.array([trial.samples[question.goal] for trial in trials])
    met = np.array([question.excess(trial.samples) == 0.0 for trial in trials])
    rivals = goals[met] if met.any() else goals
    best = np.where(np.isnan(rivals), -np.inf, rivals).max(axis=0)
    return np.where(np.isfinite(best), best, np.nan) - goals


def sentences(found: Optimum) -> list[str]:
    """A result in words.

    Parameters
    ----------
    found : Optimum
        The result.

    Returns
    -------
    list of str
        Sentences, one a line.
    """
    question, table = found.question, found.table
    lines = [f"{found.asked.name}: {question}; {question.trials} trials of "
             f"{counted(question.replicates, 'run')}"]  # fmt: skip
    if not found.met:
        lines.append("no candidate met the constraints; the nearest one follows")
    lines.append(_of_values(found))
    if found.stages.confirmed[0].number:
        lines.append(_of_difference(found))
    lines += _of_second(found)
    for each in question.constraints:
        line = table.iloc[0]
        ends = f"{short(line[f'{each.outcome}_low'])} to {short(line[f'{each.outcome}_high'])}"
        lines.append(f"{each}: mean {short(line[each.outcome])} ({ends}): {line[str(each)]}")
    lines += _of_ends(found)
    if found.failed:
        lines.append(f"{counted(found.failed, 'run')} failed (failures.parquet)")
    return [*lines, _of_search(found)]


def values_in_words(values: Mapping[str, Any]) -> str:
    """``policy.promo_share 0.08, group.capacity 431``."""
    return ", ".join(f"{path} {value_in_words(value)}" for path, value in values.items())


def value_in_words(value: Any) -> str:
    """A value of a parameter: numbers with four digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def short(value: float) -> str:
    """A number for a sentence: thousands apart, three digits or more."""
    if value != value:
        return "unknown"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _of_values(found: Optimum) -> str:
    values = values_in_words(found.best)
    if found.stages.confirmed[0].number == 0:
        return f"nothing better than the scenario's own values was found: {values}"
    own = values_in_words({path: found.asked.value(path) for path in found.best})
    sure = _sure(found.difference(0), found.question.more) == "surely better"
    head = "best values" if sure else "nothing surely better was found; the best guess"
    return f"{head}: {values} (the scenario's own: {own})"


def _goal(found: Optimum) -> str:
    unit = OUTCOMES[found.question.goal].unit
    name = found.question.goal.replace("_", " ")
    name = name if found.question.risk == "mean" else f"worst tenth of {name}"
    return name if unit in ("1", found.question.goal) else f"{name} [{unit}]"


def _of_difference(found: Optimum) -> str:
    own = next(trial for trial in found.stages.confirmed if trial.number == 0)
    score = found.question.score
    values = [
        score(trial.samples[found.question.goal]) for trial in (found.stages.confirmed[0], own)
    ]
    gap = found.difference(0)
    return (
        f"{_goal(found)}: {short(values[0])} instead of {short(values[1])}; paired difference "
        f"{_interval(gap)}, {_pairs(found, gap)} of fresh runs: {_sure(gap, found.question.more)}"
    )


def _pairs(found: Optimum, gap: Interval) -> str:
    """How many pairs there are, or have a value."""
    asked = found.question.confirm
    return f"{gap.n} pairs" if gap.n == asked else f"{gap.n} of {asked} pairs, those with a value,"


def _of_second(found: Optimum) -> list[str]:
    if len(found.stages.confirmed) < 2:
        return []
    second, gap = found.stages.confirmed[1], found.difference(0, 1)
    name = values_in_words(second.values) if second.number else "the scenario's own values"
    word = _sure(gap, found.question.more)
    return [f"second: {name}; the best minus it {_interval(gap)}: {word}"]


def _interval(gap: Interval) -> str:
    signed = f"{'+' if gap.mean > 0 else ''}{short(gap.mean)}"
    return f"{signed} ({short(gap.low)} to {short(gap.high)}, 95 %)"


def _sure(gap: Interval, more: bool) -> str:
    low, high = (gap.low, gap.high) if more else (-gap.high, -gap.low)
    return "surely better" if low > 0.0 else "surely worse" if high < 0.0 else "undecided"


def _of_ends(found: Optimum) -> list[str]:
    """Which of the best values are at an end of what was tried."""
    lines = []
    for axis in found.question.axes:
        span, value = axis.range, found.best[axis.path]
        if span is None or not span.low <= value <= span.high:
            continue
        low, high, here = (
            math.log(each) if span.log else each for each in (span.low, span.high, value)
        )
        share = (here - low) / (high - low)
        if min(share, 1.0 - share) < _NEAR:
            ends = f"{short(span.low)} to {short(span.high)}"
            words = "there may be better values beyond"
            lines.append(f"{axis.path} is near an end of what was tried ({ends}): {words}")
    return lines


def _of_search(found: Optimum) -> str:
    winner = found.stages.confirmed[0]
    goal = found.question.goal
    searched = found.stages.trials[winner.number].samples[goal]
    then, now = (found.question.score(each) for each in (searched, winner.samples[goal]))
    return (
        f"figures of the search do not count (these values had {short(then)} there, {short(now)} "
        "now): the best of many noisy trials tends to look better than it is; what is reported are "
        f"{found.question.confirm} runs of each finalist on fresh seeds that chose nothing"
    )
