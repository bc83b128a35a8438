"""One question at every level of reading, on the same people and luck: where the answer differs.

The levels agree with the measured facts, so that the facts do not choose between them. An answer
that is surely one thing at one level and surely another at another hangs on how much people read;
one that is sure at some levels and undecided at others is no answer yet.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from shequn.experiments.compare.comparison import Comparison
from shequn.experiments.perform.conduct import Question
from shequn.experiments.perform.results import Results
from shequn.experiments.perform.statistics import Interval
from shequn.experiments.runs import store
from shequn.experiments.runs.pictures import draw, draw_into
from shequn.experiments.runs.plan import Plan
from shequn.experiments.runs.words import be, compared, differ, is_counted
from shequn.model.outcomes import OUTCOMES
from shequn.model.reading import level
from shequn.model.shown import html_table, short, with_unit

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

    from shequn.experiments.compare.sweep import Sweep

T = TypeVar("T", Comparison, "Sweep")
HANGS = "it hangs on how much is read, which the facts do not settle"


@dataclass
class _AtLevels(Generic[T]):
    """What a question gives at every level.

    Attributes
    ----------
    levels : dict
        The answer at each level, by its name: from quiet to lively.
    results : Results
        All runs; the run table has a column ``reading``, 0 quiet to 1 lively.
    """

    levels: dict[str, T]
    results: Results

    @property
    def one(self) -> T:
        """The answer at one level, for what is the same at all of them."""
        return next(iter(self.levels.values()))

    @property
    def replicates(self) -> int:
        """Runs of each point at each level."""
        return self.results.replicates

    @property
    def rows(self) -> pd.DataFrame:
        """One row for each run: point, replicate, seed, reading, what is varied, outcomes."""
        return self.results.rows

    @property
    def failures(self) -> pd.DataFrame:
        """The runs that failed (`shequn.experiments.perform.results.Results.failures`)."""
        return self.results.failures

    def table(self, *outcomes: str) -> pd.DataFrame:
        """The tables of all levels, one below the other, each with its level in ``reading``."""
        return self.joined({name: each.table(*outcomes) for name, each in self.levels.items()})

    @staticmethod
    def joined(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Tables by level as one, with the level as first column."""
        import pandas as pd

        whole = pd.concat(dict(frames), names=["reading"]).reset_index("reading")
        return whole.reset_index(drop=True)

    def to_xarray(self) -> xr.Dataset:
        """As `shequn.experiments.perform.results.Results.to_xarray`."""
        return self.results.to_xarray()

    def _write(self, folder: Path, frames: Mapping[str, pd.DataFrame]) -> None:
        for name, frame in frames.items():
            text = frame.to_csv(index=False, lineterminator="\n")
            store.write_text(folder / f"{name}.csv", text)


class LevelComparison(_AtLevels[Comparison]):
    """The results of a comparison at every level of reading."""

    def verdict(self, arm: str, outcome: str) -> str:
        """What all levels together say of one outcome of one arm: a sentence.

        Parameters
        ----------
        arm, outcome : str
            Names.

        Returns
        -------
        str
            Whether the answer is the same at all levels, never more than the intervals say.
        """
        found = {name: each.difference(arm, outcome) for name, each in self.levels.items()}
        sides = {name: _side(interval) for name, interval in found.items()}
        told = {
            name: f"{name} ({_span(found[name], outcome)}{_few(found[name], self.replicates)})"
            for name in found
        }
        first = next(iter(self.one.arms))
        kinds = set(sides.values())
        words = f"{arm}: {_by_side(outcome, sides, told, first)}"
        if len(kinds) == 1:
            same = kinds - {0, None}
            about = OUTCOMES[outcome].better
            more = "more" if same == {1} else "less"
            good = f": {'better' if more == about else 'worse'}" if same and about else ""
            return f"{words}{'' if kinds == {None} else ' (95 %)'}{good}"
        if {1, -1} <= kinds:
            return f"{words} (95 %): {HANGS}"
        return f"{words} (95 %); one answer for all levels is not sure"

    def sentences(self, *outcomes: str) -> list[str]:
        """A verdict on the focus of the first scenario and on each of the outcomes, for each arm.

        Parameters
        ----------
        *outcomes : str
            What to speak of besides the focus.
        """
        names = dict.fromkeys((self.one.base.focus, *outcomes))
        arms = list(self.one.arms)[1:]
        stopped = [self.results.stopped] if self.results.stopped else []
        return [*(self.verdict(arm, name) for arm in arms for name in names), *stopped]

    def plot(self) -> Figure:
        """The levels side by side at equal axes (`shequn.views.level_figures`)."""
        return draw("compare-levels", self)

    def save(self, folder: Path) -> None:
        """Write differences.csv, tiers.csv, survival.csv, over_time.csv, verdicts.txt, levels.png.

        Parameters
        ----------
        folder : Path
            Where. Each table has a column ``reading``; what an earlier call wrote is replaced.
        """
        if self.rows.empty:
            return
        frames = {name: each.frames() for name, each in self.levels.items()}
        tables = next(iter(frames.values()))
        self._write(folder, {
            table: self.joined({name: frames[name][table] for name in frames}) for table in tables
        })  # fmt: skip
        store.write_text(folder / "verdicts.txt", "\n".join(self.sentences()) + "\n")
        draw_into(folder, "compare-levels", self)

    def __repr__(self) -> str:
        """The verdicts."""
        return "\n".join(self.sentences())

    def _repr_html_(self) -> str:
        """The focus of every arm at each level as a table, for notebooks."""
        focus = self.one.base.focus
        rows = [
            [
                arm,
                *(
                    _span(gap, focus) + _few(gap, self.replicates)
                    for each in self.levels.values()
                    for gap in [each.difference(arm, focus)]
                ),
            ]
            for arm in list(self.one.arms)[1:]
        ]
        first = next(iter(self.one.arms))
        head = [f"{with_unit(focus)}: difference to '{first}', 95 %", *self.levels]
        return html_table(repr(self), head, rows)


class LevelSweep(_AtLevels["Sweep"]):
    """The results of a sweep at every level of reading."""

    def close(self) -> dict[str, set[int]]:
        """At each level the best point and those that are not surely worse (`Sweep.best`)."""
        found = {name: each.best() for name, each in self.levels.items()}
        return {name: {best, *close} for name, (best, close) in found.items()}

    def sentence(self) -> str:
        """Which point is best in the scenario's focus at each level, and whether it is the same."""
        sweep = self.one
        focus, rows = sweep.scenario.focus, sweep.design.rows
        if not OUTCOMES[focus].better or len(rows) < 2:
            return ""
        name = focus.replace("_", " ")
        lacking = [
            n for n, each in self.levels.items() if np.isnan(each.rows[focus].to_numpy(float)).all()
        ]
        if lacking:
            return f"best mean {name}: cannot be told when reading is {', '.join(lacking)}"
        bests = {n: each.best()[0] for n, each in self.levels.items()}
        words = "; ".join(f"{n}: {self._point(k)}" for n, k in bests.items())
        if len(set(bests.values())) == 1:
            words = f"{self._point(bests[next(iter(bests))])} at every level of reading"
        both = set.intersection(*self.close().values())
        if not both:
            return (
                f"best mean {name}: {words}; no point is among the best at every level of "
                f"reading (paired, 95 %): {HANGS}"
            )
        if len(both) == 1 and both == set(bests.values()):
            sure = all(len(close) == 1 for close in self.close().values())
            how = "surely better than every other, each looked at by itself" if sure else (
                "the only point that is not surely worse at any level"
            )  # fmt: skip
            return f"best mean {name}: {words}, {how} (paired, 95 %)"
        count = len(both)
        others = f"{count} of {len(rows)} points {'is' if count == 1 else 'are'}"
        return f"best mean {name}: {words}; {others} not surely worse at any level (paired, 95 %)"

    def _point(self, point: int) -> str:
        row = self.one.design.rows[point]
        return ", ".join(
            f"{path} {value:.4g}" if isinstance(value, float) else f"{path} {value}"
            for path, value in row.items()
        )

    def plot(self) -> Figure:
        """The levels side by side at equal axes (`shequn.views.level_figures`)."""
        return draw("sweep-levels", self)

    def save(self, folder: Path) -> None:
        """Write points.csv, with a column ``reading``, and levels.png."""
        self._write(folder, {"points": self.table()})
        draw_into(folder, "sweep-levels", self)

    def __repr__(self) -> str:
        """How much was run, and what is best."""
        first = repr(self.one).splitlines()[0]
        return f"{first}, at each of {', '.join(self.levels)}\n{self.sentence()}"


class LevelsQuestion(Question[Plan, Any]):
    """A question asked at every level of reading.

    Parameters
    ----------
    questions : mapping
        What is asked at each level, by its name.
    answer : type
        `LevelComparison` or `LevelSweep`.
    """

    def __init__(self, questions: Mapping[str, Question[Plan, Any]], answer: type) -> None:
        self.questions, self.kind = dict(questions), answer
        one = next(iter(self.questions.values()))
        self.scenario, self.replicates, self.notes = one.scenario, one.replicates, one.notes
        self.facts = {"levels": {name: dict(q.facts) for name, q in self.questions.items()}}

    def plan(self, replicates: int, worlds: Any) -> Plan:
        """The plans of the levels, one after the other."""
        return joined_plan(
            {name: each.plan(replicates, worlds) for name, each in self.questions.items()}
        )

    def answer(self, results: Results) -> Any:
        """What the runs say at each level."""
        found = {
            name: each.answer(results.part(k))
            for k, (name, each) in enumerate(self.questions.items())
        }
        return self.kind(found, results)


def joined_plan(plans: Mapping[str, Plan]) -> Plan:
    """The plans of all levels as one, whose points begin with their level.

    Parameters
    ----------
    plans : mapping
        With equally many points, by the name of the level.

    Returns
    -------
    Plan
        With as many sets as there are levels.
    """
    points = [
        replace(point, head={"reading": level(name).place, **point.head})
        for name, plan in plans.items()
        for point in plan.points
    ]
    first = next(iter(plans.values()))
    worlds = [drawn for plan in plans.values() for drawn in plan.worlds]
    return replace(first, points=points, worlds=worlds, sets=len(plans))


def _side(found: Interval) -> int | None:
    """1 surely more, -1 surely less, 0 undecided or the same, None: nothing can be said."""
    if found.n < 2:
        return None
    return (found.low > 0.0) - (found.high < 0.0)


def _span(found: Interval, outcome: str) -> str:
    """An interval in words, with the unit of what is not counted."""
    unit = OUTCOMES[outcome].unit
    unit = "" if unit == "1" or is_counted(outcome) else f" {unit}"
    if found.n == 0 or math.isnan(found.mean):
        return "no value"
    if found.n < 2:
        return f"{short(found.mean)}{unit}, 1 pair"
    if found.low == found.high:
        return f"{short(found.mean)}{unit} in every pair" if found.mean else "the same"
    if found.low > 0.0 or found.high < 0.0:
        low, high = sorted((abs(found.low), abs(found.high)))
        return f"{short(low)} to {short(high)}{unit}"
    return f"{short(found.low)} to {short(found.high)}{unit}"


def _few(found: Interval, replicates: int) -> str:
    """Of how many pairs a difference is, where some have no value."""
    return f", {found.n} of {replicates} pairs" if 1 < found.n < replicates else ""


def _by_side(
    outcome: str, sides: Mapping[str, int | None], told: Mapping[str, str], first: str
) -> str:
    """What is the case at which levels: ``more orders than with 'x' when reading is ...``."""
    name = outcome.replace("_", " ")
    than = f"than with '{first}'"
    how = {
        1: f"{compared(outcome, True)} {than}",
        -1: f"{compared(outcome, False)} {than}",
        0: "undecided",
        None: f"{name} cannot be told from '{first}'",
    }
    kinds = set(sides.values())
    if len(kinds) == 1:
        everywhere = f"at every level of reading: {_and(told.values())}"
        if kinds != {0}:
            return f"{how[kinds.pop()]} {everywhere}"
        if all(words.endswith("(the same)") for words in told.values()):
            same = f"{be(outcome)} the same as with '{first}' in every replicate"
            return f"{name} {same}, at every level of reading"
        return f"undecided {everywhere.replace(': ', f': {name} {differ(outcome)} by ', 1)}"
    parts = []
    for side in (1, -1, 0, None):
        names = [told[name] for name in sides if sides[name] == side]
        if names:
            parts.append(f"{how[side]} when reading is {_and(names)}")
    return "; ".join(parts)


def _and(words: Sequence[str] | Any) -> str:
    *some, last = list(words)
    return f"{', '.join(some)} and {last}" if some else last
