"""Carrying out a plan: folder, archive, crew, replicates until it is precise enough, tables."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from shequn.agents.errors import Problem, ResultsError, ScenarioError
from shequn.experiments.crews.crews import Crew
from shequn.experiments.perform.effort import Effort
from shequn.experiments.perform.execute import State, execute, singly
from shequn.experiments.perform.results import Results
from shequn.experiments.perform.statistics import mean_interval
from shequn.experiments.perform.stopping import Stopping, parse_until
from shequn.experiments.runs import store
from shequn.experiments.runs.archive import SHARDS, Archive, opened, read
from shequn.experiments.runs.cases import Result
from shequn.experiments.runs.plan import Plan
from shequn.experiments.runs.run import try_policies
from shequn.experiments.runs.tables import Row, write_tables
from shequn.model.addresses import model_version
from shequn.model.scenario import Scenario, declaration_of

SCHEMA = 2
SCENARIO = "scenario.toml"
_PAUSE = 0.5  # seconds between two looks at the width: they cost more than they are worth


def check_numbers(seed: int, replicates: int) -> None:
    """Refuse numbers of replicates or seeds that cannot be; every problem at once."""
    problems = []
    if replicates < 1:
        problems.append(Problem("replicates", f"{replicates} is out of range; at least 1"))
    if seed + replicates > 2**64:
        words = f"{replicates} seeds from {seed} on; the last one allowed is 2**64 - 1"
        problems.append(Problem("run.seed", words))
    if problems:
        raise ScenarioError(problems)


def folder_of(plan: Plan, scenario: Scenario, out: str | Path | None, **more: object) -> Path:
    """A new results folder with manifest and scenario, or that of the same plan begun earlier.

    Parameters
    ----------
    plan : Plan
        What will be run.
    scenario : Scenario
        What was asked about; written out whole.
    out : str or Path, optional
        The folder wanted; the next free ``results/KIND-NAME-001`` when None.
    **more
        Further facts for the manifest.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ResultsError
        If it holds something else, or was made by another version of the model.
    """
    facts = plan.facts()
    out = store.path_of(out)
    if out is not None and (out / store.MANIFEST).exists():
        _check_same(out, facts)
        _write_scenarios(out, plan, scenario)
        return out
    if out is not None:
        for part in out.glob(f".{store.MANIFEST}.*.part"):
            part.unlink()  # all that an interruption may leave before there is a manifest
    folder = store.new_folder(f"{plan.kind}-{plan.name}", out)
    manifest = store.manifest(
        scenario, plan.kind, schema=SCHEMA, model=model_version(), design=facts, **more
    )
    store.write_manifest(folder, manifest)
    _write_scenarios(folder, plan, scenario)
    return folder


def _write_scenarios(folder: Path, plan: Plan, scenario: Scenario) -> None:
    """The scenario, and that of each point that its values alone do not tell.

    Points that change during the run all begin as the scenario; the manifest has their changes.
    """
    files = {SCENARIO: scenario}
    if not any(point.change for point in plan.points):
        files |= {
            scenario_of_point(k): point.scenario
            for k, point in enumerate(plan.points)
            if not told_by_values(point.head)
        }
    for name, each in files.items():
        if not (folder / name).exists():
            store.write_text(folder / name, store.scenario_toml(each))


def scenario_of_point(point: int) -> str:
    """The file of a point that its values alone do not tell."""
    return f"scenario-{point}.toml"


def told_by_values(head: Mapping[str, Any]) -> bool:
    """Whether a point is the scenario with the values in its head.

    An arm is a scenario of its own, and a file is found from where the scenario came from.
    """
    return not any(
        declaration_of(path) is None or path.endswith(("policy.file", "market.network"))
        for path in head
    )


def _check_same(folder: Path, facts: dict) -> None:
    there = store.read_manifest(folder)
    check_version(folder, there)
    if there.get("design") != facts:
        raise ResultsError(f"{folder}: holds other results; nothing is overwritten")


def check_version(folder: Path, manifest: Mapping[str, Any], *, any_model: bool = False) -> None:
    """Refuse a folder that another version of this program, or of the model, has made.

    Parameters
    ----------
    folder : Path
        The results folder, for the message.
    manifest : mapping
        What it says of itself.
    any_model : bool
        Whether another version of the model will do.

    Raises
    ------
    ResultsError
        If runs made now cannot be put beside those that it holds.
    """
    schema, model = manifest.get("schema"), manifest.get("model")
    if schema != SCHEMA:
        words = f"made by another version of shequn (schema {schema}, this is {SCHEMA})"
        raise ResultsError(f"{folder}: {words}; its runs cannot be used here")
    if model != model_version() and not any_model:
        words = f"made by another version of the model ({model}, this is {model_version()})"
        raise ResultsError(f"{folder}: {words}; runs of the two cannot be mixed")


def perform(
    plan: Plan,
    replicates: int,
    effort: Effort,
    folder: Path | None = None,
    crew: Crew | None = None,
) -> Results:
    """Run every point of a plan as often as asked, and write the tables.

    Parameters
    ----------
    plan : Plan
        What to run.
    replicates : int
        Runs of each point; the most of them with ``effort.until``.
    effort : Effort
        How much, and what is taken over; its days, seed and worlds are in the plan already.
    folder : Path, optional
        From `folder_of`; a temporary one, gone with the results, when None.
    crew : Crew, optional
        Who computes; that of the effort when None.

    Returns
    -------
    Results
        The tables; runs that failed are among its ``failures``.

    Raises
    ------
    ResultsError
        If a folder cannot be used.
    PolicyError
        If a policy file cannot be run.
    RunFailed
        With ``fail_fast``.
    """
    try_policies(point.scenario for point in plan.points)
    stopping = effort.stopping(replicates, plan.sets)
    keep = None
    if folder is None:
        keep = tempfile.TemporaryDirectory(prefix="shequn-")
        folder = Path(keep.name)
    others = [read(Path(path)) for path in effort.reuse]
    with opened(folder) as archive:
        doing = _Doing(plan, archive, effort, crew or effort.crew(), others)
        stopped = doing.until_enough(stopping) if stopping else ""
        if not stopping:
            doing.batch(range(replicates))
        done = len(doing.rows) // len(plan.points)
        begin = time.perf_counter()
        write_tables(folder, archive, plan, doing.rows)
        written = archive.written + time.perf_counter() - begin
        pilot = stopping.pilot if stopping else 0
        damaged = archive.damaged + [
            str(other.folder / SHARDS / name) for other in others for name in other.damaged
        ]
        return Results(plan, done, folder, stopped, pilot, damaged, written, keep)


class _Doing:
    """A plan that is being carried out, replicates added batch by batch."""

    def __init__(
        self, plan: Plan, archive: Archive, effort: Effort, crew: Crew, others: Sequence[Archive]
    ) -> None:
        self.plan = plan
        self.archive = archive
        self.effort = effort
        self.crew = crew
        self.outcome = parse_until(effort.until).outcome if effort.until else plan.focus
        self.others = others
        self.rows: list[Row] = []
        self.state = State(0, shown=self._say)
        self.known: dict[str, float] = {}  # the main outcome by key
        self.said = 0.0

    def batch(self, replicates: range) -> None:
        """Run some replicates of every point."""
        rows = self.plan.cases(replicates)
        cases = [case for _, _, case in rows]
        for other in self.others:
            self.archive.take([case.key for case in cases], other)
        for case in cases:
            if case.key in self.archive and case.key not in self.known:
                self.known[case.key] = self.archive.get(case.key).outcomes[self.outcome]
        self.rows += rows
        self.state.planned += len(rows)
        n = len(self.plan.points)
        jobs = (
            [tuple(cases[k : k + n]) for k in range(0, len(cases), n)]
            if self.plan.together
            else singly(cases)
        )
        execute(
            jobs, self.archive, self.crew, work=self.plan.work, state=self.state,
            noted=self._note, fail_fast=self.effort.fail_fast,
        )  # fmt: skip

    def _note(self, result: Result) -> None:
        if result.failure is None:
            self.known[result.key] = result.outcomes[self.outcome]

    def _say(self, state: State) -> None:
        if self.effort.shown is None:
            return
        now = time.monotonic()
        if now - self.said > _PAUSE or state.done == state.planned:
            state.width = half_width(self.values(), self.plan)
            self.said = now
        self.effort.shown(state)

    def values(self) -> list[np.ndarray]:
        """The main outcome so far: for each point float64, shape (replicates,), nan if missing."""
        found = np.array([self.known.get(case.key, math.nan) for _, _, case in self.rows])
        return list(found.reshape(-1, len(self.plan.points)).T)

    def until_enough(self, stopping: Stopping) -> str:
        """Add replicates until a rule or the clock says that it is enough; say which."""
        begin, done = time.monotonic(), 0
        while more := stopping.plan(self.values() if done else [np.zeros(0)]):
            if done and time.monotonic() - begin > self.effort.seconds:
                return f"{stopping.reached(self.values())}; the time was up"
            self.batch(range(done, done + more))
            done += more
        return stopping.reached(self.values())


def half_width(values: Sequence[np.ndarray], plan: Plan) -> float | None:
    """Half of the widest 95 % interval among points.

    Parameters
    ----------
    values : sequence of numpy.ndarray
        For each point float64, shape (replicates,), nan where missing.
    plan : Plan
        Where it is paired: of the differences to the base, else of the means.

    Returns
    -------
    float or None
        None while no point has two values.
    """
    n = len(values) // plan.sets
    samples: list[np.ndarray] = []
    for base, *others in (values[k : k + n] for k in range(0, len(values), n)):
        paired = plan.paired and others
        samples += [each - base for each in others] if paired else [base, *others]
    found = [mean_interval(sample) for sample in samples]
    widths = [(each.high - each.low) / 2.0 for each in found if each.n > 1]
    return max(widths) if widths else None
