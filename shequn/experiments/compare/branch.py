"""Branching a run: the first days are shared, then the same world goes on in several ways.

Each replicate plays the days up to the branch once; every arm goes on from a copy of that very
community, so that until then the arms are the same bit for bit, and afterwards they differ by the
change alone. A community keeps its members, their habits and opinions, its open questions and the
messages in its feeds; only what was changed is different (`shequn.model.community`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack, cast

import numpy as np

from shequn.agents.errors import Problem, ResultsError, ScenarioError
from shequn.agents.files import is_folder, read_table
from shequn.experiments.compare.compare import draw_worlds
from shequn.experiments.compare.comparison import Comparison
from shequn.experiments.designs.worlds import Worlds
from shequn.experiments.perform.conduct import Question, conduct
from shequn.experiments.perform.effort import Asked, Effort, effort_of
from shequn.experiments.perform.results import Results
from shequn.experiments.runs import store
from shequn.experiments.runs.cases import Case, Result, failed, finished
from shequn.experiments.runs.given import given
from shequn.experiments.runs.plan import Plan, Point
from shequn.model.change import changed
from shequn.model.observation import ADDED_DAILY
from shequn.model.scenario import Scenario, named_scenarios, refuse_code
from shequn.model.world import World

BEFORE = "as before"
Values = Mapping[str, Any]


def play_forks(cases: Sequence[Case]) -> list[Result]:
    """Compute runs that are the same up to a day: that part is played once.

    Parameters
    ----------
    cases : sequence of Case
        With the same scenario, seed and day; they differ in their change.

    Returns
    -------
    list of Result
        In the same order, bit for bit as when each run is played from the start.
    """
    begin = time.perf_counter()
    first = cases[0]
    try:
        trunk = _played(World(first.scenario, first.seed), first.day)
    except Exception as error:  # noqa: BLE001 - whatever went wrong, a failed run is data
        return [failed(case, error, time.perf_counter() - begin) for case in cases]
    results = [_fork(trunk, case) for case in cases]
    trunk.close()
    return results


def _fork(trunk: World, case: Case) -> Result:
    begin = time.perf_counter()
    try:
        community = trunk.copy()
        if case.change:
            community.change(case.change)
        _played(community, case.scenario.days - case.day)
    except Exception as error:  # noqa: BLE001 - as above
        return failed(case, error, time.perf_counter() - begin)
    return finished(case, community, time.perf_counter() - begin)


def _played(community: World, days: int) -> World:
    community.play(days)
    return community


def run_of(source: Scenario | str | Path, *, trust: bool) -> tuple[Scenario, Path | None]:
    """What is branched: a scenario, or the run in a results folder of ``shequn run``.

    Parameters
    ----------
    source : Scenario, str or Path
        A scenario, its name, its file, or the folder.
    trust : bool
        Whether the policy file that a file or folder names may be run.

    Returns
    -------
    scenario : Scenario
        With the seed and the days of the run.
    folder : Path or None
        The folder; None for a scenario.

    Raises
    ------
    ScenarioError
        If the scenario cannot be used, or is code that is not trusted.
    ResultsError
        If the folder holds no run.
    """
    if isinstance(source, Scenario):
        return source, None
    scenario, folder = _load(source)
    if not trust:
        refuse_code(scenario, str(source))
    return scenario, folder


def _load(source: str | Path) -> tuple[Scenario, Path | None]:
    folder = Path(source)
    if str(source) in named_scenarios() or not is_folder(folder):
        return Scenario.load(source), None
    facts = store.read_manifest(folder)
    if facts.get("command") != "run":
        words = f"holds results of shequn {facts.get('command')}; only a run can be branched"
        raise ResultsError(f"{folder}: {words}")
    scenario = Scenario.load(folder / "scenario.toml")
    return replace(scenario, name=str(facts.get("scenario"))), folder


def check_replayed(folder: Path, scenario: Scenario, day: int) -> None:
    """Refuse a run whose days do not come out again: another version of the model made it.

    Parameters
    ----------
    folder : Path
        The results folder of the run.
    scenario : Scenario
        As `run_of` gives it.
    day : int
        Days that are played again, as far as the run has them.

    Raises
    ------
    ResultsError
        If a number differs, or the table of the run cannot be read.
    """
    path = folder / "daily.csv"
    try:
        head, recorded = read_table(path)
        days = min(day, len(recorded) // 4)  # a line for each tier, and one for all
        again = _played(World(scenario), days).daily
        if set(again.columns) - set(head):
            raise ValueError("a column is missing")
        # What a group adds is settled at the end of a run, and hangs on its length.
        for name in again.columns.difference(["tier", *ADDED_DAILY]):
            there = [float(row.get(name) or "nan") for _, row in recorded[: 4 * days]]
            if not np.array_equal(there, np.asarray(again[name], float), equal_nan=True):
                raise ResultsError(
                    f"{folder}: its first days do not come out again ({name} differs): it was "
                    "made by another version of the model; run it anew"
                )
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path}: the days of the run cannot be read here") from error


def changes_by_name(changes: Values | Mapping[str, Values]) -> dict[str, dict[str, Any]]:
    """The changes by the name of their arm; a single change is named by its values."""
    if changes and all(isinstance(values, Mapping) for values in changes.values()):
        named = cast("Mapping[str, Values]", changes)
        return {name: dict(values) for name, values in named.items()}
    return {", ".join(f"{path} = {_word(value)}" for path, value in changes.items()): dict(changes)}


def _word(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def arms_of_branch(
    scenario: Scenario, day: int, changes: Values | Mapping[str, Values]
) -> tuple[dict[str, Scenario], list[Point]]:
    """The arms of a branched run, checked: nothing has been played yet.

    Parameters
    ----------
    scenario : Scenario
        What is run.
    day : int
        The midnight at which it branches: the days before it are shared.
    changes : mapping
        Values by path; or several such changes by name.

    Returns
    -------
    arms : dict
        What holds in the end in each arm, by name; `BEFORE` first.
    points : list of Point
        In the same order.

    Raises
    ------
    ScenarioError
        With everything that is wrong: the day, a value, what only shapes the start.
    """
    problems = []
    if not 0 <= day < scenario.days:
        words = f"{day} is out of range; allowed: 0 to {scenario.days - 1}, before the last day"
        problems.append(Problem("day", words))
    named = changes_by_name(changes)
    if not any(named.values()):
        problems.append(Problem("change", "nothing is changed; give values: PATH=VALUE"))
    arms, points = {BEFORE: scenario}, [Point({"arm": BEFORE}, scenario, day)]
    for name, values in named.items():
        try:
            after = changed(scenario, values)
        except ScenarioError as error:
            problems += error.problems
            continue
        arms[name] = replace(after, title=name)
        points.append(Point({"arm": name}, scenario, day, values))
    if BEFORE in named:
        problems.append(Problem(BEFORE, "is the name of the arm without a change"))
    if problems:
        raise ScenarioError(dict.fromkeys(problems))
    return arms, points


class BranchQuestion(Question[Plan, Comparison]):
    """A run that goes on in several ways from one midnight.

    Parameters
    ----------
    scenario : Scenario
        What is run, with its days and its seed.
    day : int
        The midnight.
    changes : mapping
        As for `arms_of_branch`.
    folder : Path, optional
        The results folder of the run, whose days are to come out again.
    """

    def __init__(
        self, scenario: Scenario, day: int, changes: Values | Mapping[str, Values],
        folder: Path | None = None,
    ) -> None:  # fmt: skip
        self.scenario, self.day, self.folder = scenario, day, folder
        self.arms, self.points = arms_of_branch(scenario, day, changes)
        self.facts = facts_of(self.points)

    def plan(self, replicates: int, worlds: Any) -> Plan:
        """Point k is the k-th arm; each replicate is one job, its first days are played once."""
        scenario, drawn = self.scenario, []
        if worlds is not None:
            same = {str(point.head["arm"]): scenario for point in self.points}
            drawn = list(draw_worlds(Worlds.of(worlds), same, replicates).values())
        return Plan(
            "branch", scenario.name, self.points, scenario.seed, drawn, play_forks, together=True
        )

    def check(self) -> None:
        """Play the days of the run in the folder again."""
        if self.folder is not None:
            check_replayed(self.folder, self.scenario, self.day)

    def answer(self, results: Results) -> Comparison:
        """The comparison; the first arm is `BEFORE`."""
        return Comparison(self.arms, results)


@given()
def branch(
    run: Scenario | str | Path,
    day: int,
    changes: Values | Mapping[str, Values],
    *,
    trust: bool = False,
    effort: Effort | None = None,
    **asked: Unpack[Asked],
) -> Comparison:
    """Play a run up to a day, then go on as before and, from the same midnight, with changes.

    Parameters
    ----------
    run : Scenario, str or Path
        A scenario, its name, its file, or a results folder of ``shequn run``: replicate 0 is that
        very run.
    day : int
        The midnight at which it branches: days before it are shared, 0 to days - 1.
    changes : mapping
        Values by path: ``{"policy.promo_share": 0.02}``; or several changes by name:
        ``{"fewer": {"policy.promo_share": 0.02}, "more": {...}}``.
    trust : bool
        Run the policy file that the file or folder ``run`` names, if it names one.
    effort : Effort, optional
        How much is run, by whom, and where it is kept.
    **asked
        Fields of the effort: ``replicates`` (16; replicate r has the seed of the run + r),
        ``days``, ``seed``, ``until``, ``worlds``, ``out``, ``workers``, ...

    Returns
    -------
    Comparison
        The first arm is `BEFORE`; differences before the day are exactly 0.

    Raises
    ------
    ScenarioError
        With everything that is wrong, or only shapes the start.
    ResultsError
        If a folder cannot be used.

    Examples
    --------
    >>> import shequn as sq
    >>> found = sq.branch("wechat-group", 5, {"policy.promo_share": 0.3}, replicates=2, days=10)
    >>> bool((found.gaps("policy.promo_share = 0.3", "members")[:, :5] == 0.0).all())
    True
    """
    wanted = effort_of(effort, asked)
    scenario, folder = run_of(run, trust=trust)
    again = folder if wanted.seed is None and wanted.reading is None else None
    return conduct(BranchQuestion(wanted.of(scenario), day, changes, again), wanted)


def facts_of(points: Sequence[Point]) -> dict[str, Any]:
    """What the manifest of a branched run says besides the scenario: the day, the changes."""
    changes = {str(point.head["arm"]): dict(point.change) for point in points}
    return {"day": points[0].day, "changes": changes}
