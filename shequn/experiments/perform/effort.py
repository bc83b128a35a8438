"""How much is run, by whom, and where it is kept: what every question is asked with."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypedDict

from shequn.agents.errors import Problem, ScenarioError
from shequn.experiments.crews.crews import Crew, crew_of
from shequn.experiments.perform.execute import Progress, State
from shequn.experiments.perform.preflight import parse_budget
from shequn.experiments.perform.progress import at_stderr
from shequn.experiments.perform.stopping import Stopping, parse_until
from shequn.experiments.perform.watcher import Watcher
from shequn.experiments.runs.given import KINDS, problems_of, refuse_unknown
from shequn.model.reading import ALL, LEVELS, check_level
from shequn.model.scenario import Scenario

MOST = 1000  # replicates that `until` may run when nothing else is said (assumed)


class Further(TypedDict, total=False):
    """The fields of an `Effort` but the replicates and the reading, as keywords of a question."""

    until: str | None
    budget: str | float | None
    worlds: Any
    days: int | None
    seed: int | None
    out: str | Path | None
    workers: int | str | Crew | None
    reuse: Sequence[str | Path]
    fail_fast: bool
    progress: Progress | bool | None


class Repeated(Further, total=False):
    """The fields of an `Effort` but the reading, as keywords of a question."""

    replicates: int | None


class Asked(Repeated, total=False):
    """The fields of an `Effort`, as keywords of a question."""

    reading: str | None


@dataclass(frozen=True)
class Effort:
    """How much is run, by whom, and where it is kept; checked when it is made.

    Attributes
    ----------
    replicates : int, optional
        Runs of each point, at least 1; with ``until`` the most. What suits the question when None.
    until : str, optional
        ``"members +-5%"``: run replicates until the interval is that narrow at every point
        (`shequn.experiments.perform.stopping`), at most ``replicates``, 1000 when None.
    budget : str or float, optional
        ``"5min"``, or a number of minutes: decides the replicates; with ``until``, when to give up.
    worlds : Calibration, pandas.DataFrame, str or Path, optional
        A posterior, or ``"plausible"``, the table of ranges that comes with the program: each
        replicate draws its parameters from it, the same at every point.
    reading : str, optional
        ``quiet``, ``usual`` or ``lively``: how much people read (`shequn.model.reading`), instead
        of as the scenario says. ``all``, of `compare` and `sweep`: the three side by side.
    days, seed : int, optional
        Instead of the scenario's own.
    out : str or Path, optional
        Where results are kept; if it holds the same question, only missing runs are computed. None:
        they are gone with the object.
    workers : int, str or Crew, optional
        Who computes: how many at a time, ``"threads:2"``, ``"processes:2"``, the address of a Dask
        scheduler, or a crew; one for each core when None. They change no bit.
    reuse : sequence of str or Path
        Other results folders: runs that they hold are taken over.
    fail_fast : bool
        Stop at the first run that fails.
    progress : bool or callable, optional
        True: say at stderr how far it is. Or what is called as runs finish, with a
        `shequn.experiments.perform.execute.State`.
    watcher : Watcher
        Who is told what is going on besides.

    Raises
    ------
    ScenarioError
        With every field that is wrong, or contradicts another.
    """

    replicates: int | None = None
    until: str | None = None
    budget: str | float | None = None
    worlds: Any = None
    reading: str | None = None
    days: int | None = None
    seed: int | None = None
    out: str | Path | None = None
    workers: int | str | Crew | None = None
    reuse: Sequence[str | Path] = ()
    fail_fast: bool = False
    progress: Progress | bool | None = None
    watcher: Watcher = field(default_factory=Watcher)

    def __post_init__(self) -> None:
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        problems = problems_of(values, KINDS)
        asked = (
            (self.until, parse_until),
            (self.budget, parse_budget),
            (self.reading, lambda name: check_level(name, ALL)),
        )
        for text, parse in asked:
            try:
                if isinstance(text, str):
                    parse(text)
            except ScenarioError as error:
                problems += error.problems
        if self.budget is not None and self.replicates is not None and self.until is None:
            problems.append(Problem("budget", "decides the replicates; drop it or replicates"))
        if problems:
            raise ScenarioError(problems)

    def most(self, otherwise: int) -> int:
        """Replicates: those asked for, the most of them with ``until``.

        Parameters
        ----------
        otherwise : int
            What suits the question.
        """
        return self.replicates or (MOST if self.until is not None else otherwise)

    def of(self, scenario: Scenario | str | Path) -> Scenario:
        """A scenario with the days, the seed and the level of reading that are asked for.

        Raises
        ------
        ScenarioError
            If it cannot be used, or all levels are asked for.
        """
        if self.reading == ALL:
            words = f"'{ALL}': only compare and sweep tell {', '.join(LEVELS)} side by side"
            raise ScenarioError([Problem("reading", f"{words}; give one of them")])
        base = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
        base = base if self.reading is None else base.with_reading(self.reading)
        asked = {"run.days": self.days, "run.seed": self.seed}
        return base.with_values({path: v for path, v in asked.items() if v is not None})

    def at_levels(self) -> dict[str, Effort]:
        """With ``reading="all"`` the effort of each level, by its name; else empty."""
        return {name: replace(self, reading=name) for name in LEVELS if self.reading == ALL}

    def stopping(self, most: int, sets: int = 1) -> Stopping | None:
        """The rule that decides after how many replicates it is enough; None: all of them."""
        return None if self.until is None else Stopping(parse_until(self.until), most, sets=sets)

    @property
    def seconds(self) -> float:
        """With ``until``: no further batch begins after so much time."""
        both = self.until is not None and self.budget is not None
        return parse_budget(self.budget) if both else math.inf  # pyright: ignore

    @property
    def on_cluster(self) -> bool:
        """Whether a Dask scheduler is named."""
        return isinstance(self.workers, str) and "://" in self.workers

    @cached_property
    def shown(self) -> Progress | None:
        """What is called as runs finish."""
        return at_stderr() if self.progress is True else self.progress or None

    def tell(self, done: int, planned: int) -> None:
        """Say how far work has come that is no plan of runs."""
        State(planned, done, shown=self.shown).tell()

    def crew(self, seconds: float = 0.0) -> Crew:
        """Who computes what takes Python so long on one core, as far as that is known.

        Raises
        ------
        ScenarioError, ResultsError
            As `shequn.experiments.crews.crews.crew_of`.
        """
        if self.workers is None or isinstance(self.workers, int | str):
            return crew_of(self.workers, seconds)
        return self.workers


def effort_of(effort: Effort | None, asked: Mapping[str, Any]) -> Effort:
    """An effort with what was asked for by keywords besides.

    Parameters
    ----------
    effort : Effort, optional
        The defaults when None.
    asked : mapping
        Fields by name.

    Returns
    -------
    Effort
        Checked.

    Raises
    ------
    ScenarioError
        As `Effort`.
    TypeError
        If there is no such field.
    """
    return effort_and(effort, asked, ())[0]


def effort_and(
    effort: Effort | None, asked: Mapping[str, Any], own: Iterable[str]
) -> tuple[Effort, dict[str, Any]]:
    """As `effort_of` for a question that has keywords of its own.

    Parameters
    ----------
    effort, asked
        As for `effort_of`.
    own : iterable of str
        Names of the question's own keywords.

    Returns
    -------
    Effort
        Checked.
    dict
        Those of its own that were given.

    Raises
    ------
    ScenarioError, TypeError
        As `effort_of`.
    """
    names = list(own)
    refuse_unknown(asked, [*names, *(item.name for item in fields(Effort))])
    more = {name: value for name, value in asked.items() if name in names}
    rest = {name: value for name, value in asked.items() if name not in names}
    return replace(effort or Effort(), **rest), more
