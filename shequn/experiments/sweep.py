"""Sweeps: every point of a design, every replicate on the same seeds, resumable."""

from __future__ import annotations

import itertools
import json
import math
import os
import tomllib
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.agents.errors import Problem, ResultsError, ScenarioError, ShequnError
from shequn.agents.tables import TALLY_INDEX
from shequn.experiments import store
from shequn.experiments.run import warm_up
from shequn.experiments.statistics import paired_difference, table_of_points
from shequn.experiments.workers import jobs_on_threads
from shequn.experiments.worlds import Worlds, refuse_overlap
from shequn.model.community import Community
from shequn.model.outcomes import OUTCOMES
from shequn.model.parameters import check_value, declared, unknown
from shequn.model.scenario import Scenario, declaration_of

if TYPE_CHECKING:
    import pandas as pd

    from shequn.experiments.posterior import Calibration

RUNS = "runs.jsonl"
_MOST_VALUES = 10_000


def parse_vary(text: str) -> tuple[str, list[Any]]:
    """Read one ``PATH=VALUES``.

    Parameters
    ----------
    text : str
        ``group.capacity=50,100,200`` or ``policy.promo_share=0:0.3:8`` (from, to, how many).

    Returns
    -------
    path : str
        The parameter.
    values : list
        Its values, checked against the declaration.

    Raises
    ------
    ScenarioError
        If the path is no parameter, or a value is wrong; every problem at once.
    """
    path, equals, words = text.partition("=")
    path = path.strip()
    declaration = declaration_of(path)
    if not equals:
        raise ScenarioError([Problem(f"--vary {text}", "expected PATH=VALUES")])
    if declaration is None:
        raise ScenarioError([unknown(path, declared(), f"--vary {text}")])
    found = [check_value(declaration, value) for value in _values(words, text)]
    problems = [Problem(f"--vary {text}", complaint) for _, complaint in found if complaint]
    if problems:
        raise ScenarioError(problems)
    return path, [value for value, _ in found]


def _values(words: str, text: str) -> list[Any]:
    parts = words.split(":")
    if len(parts) == 3:
        try:
            low, high, count = float(parts[0]), float(parts[1]), int(parts[2])
        except ValueError as error:
            place = f"--vary {text}"
            raise ScenarioError([Problem(place, "expected FROM:TO:HOW_MANY")]) from error
        if count < 1:
            raise ScenarioError([Problem(f"--vary {text}", "an empty range; at least 1 value")])
        if count > _MOST_VALUES or not math.isfinite(low) or not math.isfinite(high):
            words = f"FROM and TO must be finite, HOW_MANY at most {_MOST_VALUES:,}"
            raise ScenarioError([Problem(f"--vary {text}", words)])
        return [float(f"{value:.12g}") for value in np.linspace(low, high, count)]
    if not words.strip():
        raise ScenarioError([Problem(f"--vary {text}", "no values")])
    return [parse_value(word) for word in words.split(",")]


def parse_value(word: str) -> Any:
    """A number, true, false or a list as in TOML; anything else is text."""
    try:
        return tomllib.loads(f"x = {word.strip()}")["x"]
    except tomllib.TOMLDecodeError:
        return word.strip().strip("\"'")


@dataclass(frozen=True)
class Design:
    """What is run: the scenario, its points, and the replicates.

    Attributes
    ----------
    scenario : Scenario
        What all points share.
    vary : dict
        Values by path; the points are all their combinations, the last path fastest.
    replicates : int
        Runs of each point; replicate r has seed ``scenario.seed + r`` at every point.
    worlds : list of dict
        Values by path that replicate r has at every point (`shequn.experiments.worlds`); empty:
        all replicates have the scenario's own.
    """

    scenario: Scenario
    vary: dict[str, list[Any]]
    replicates: int
    worlds: list[dict[str, Any]] = field(default_factory=list)

    @cached_property
    def points(self) -> list[dict[str, Any]]:
        """The varied values of each point."""
        return [
            dict(zip(self.vary, values, strict=True))
            for values in itertools.product(*self.vary.values())
        ]

    @cached_property
    def scenarios(self) -> list[Scenario]:
        """The scenario of each point, checked."""
        problems: list[Problem] = []
        found = []
        for point in self.points:
            try:
                found.append(self.scenario.with_values(point))
            except ScenarioError as error:
                where = ", ".join(f"{path}={value}" for path, value in point.items())
                problems += [Problem(where, str(problem)) for problem in error.problems]
        if problems:
            raise ScenarioError(problems[:20])
        return found

    def scenario_of(self, point: int, replicate: int) -> Scenario:
        """The scenario of one run: that of its point, in the world of its replicate."""
        if not self.worlds:
            return self.scenarios[point]
        return self.scenario.with_values({**self.worlds[replicate], **self.points[point]})

    def facts(self) -> dict[str, Any]:
        """What identifies this design, as plain values."""
        facts = {
            "vary": self.vary,
            "replicates": self.replicates,
            "settings": store.as_settings(self.scenario),
        }
        return store.plain(facts | ({"worlds": self.worlds} if self.worlds else {}))

    def jobs(self) -> Iterator[tuple[int, int]]:
        """Point and replicate of every run, replicate by replicate."""
        for replicate in range(self.replicates):
            for point in range(len(self.points)):
                yield point, replicate


def _place_in_design(result: dict[str, Any]) -> tuple[int, int]:
    return result["point"], result["replicate"]


@dataclass
class Sweep:
    """The results of a sweep.

    Attributes
    ----------
    design : Design
        What was run.
    results : list of dict
        For each run: point, replicate, seed, outcomes, and members and orders by day and tier; or
        a failure.
    """

    design: Design
    results: list[dict[str, Any]] = field(default_factory=list)

    @property
    def failures(self) -> list[dict[str, Any]]:
        """The runs that failed: point, replicate, seed, type, message, traceback."""
        failed = [result for result in self.results if "failure" in result]
        return sorted(failed, key=_place_in_design)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row for each run that succeeded: point, replicate, seed, varied values, outcomes."""
        import pandas as pd

        lines = [
            {
                **{key: result[key] for key in ("point", "replicate", "seed")},
                **self.design.points[result["point"]],
                **{name: result["outcomes"][name] for name in OUTCOMES},
            }
            for result in self._succeeded()
        ]
        columns = ["point", "replicate", "seed", *self.design.vary, *OUTCOMES]
        return pd.DataFrame(lines, columns=columns).astype(dict.fromkeys(OUTCOMES, float))

    def _succeeded(self) -> list[dict[str, Any]]:
        done = [result for result in self.results if "outcomes" in result]
        return sorted(done, key=_place_in_design)

    def table(self, *outcomes: str) -> pd.DataFrame:
        """Mean and 95 % interval of outcomes at each point (all of them when none is named)."""
        return table_of_points(self.rows, list(self.design.vary), list(outcomes or OUTCOMES))

    def series(self, name: str, point: int) -> np.ndarray:
        """A daily series of one point: float64, shape (replicates, days, 3 tiers).

        Parameters
        ----------
        name : str
            ``members`` or ``orders``.
        point : int
            The point.

        Returns
        -------
        numpy.ndarray
            In order of replicate.
        """
        found = [r[name] for r in self._succeeded() if r["point"] == point]
        return np.array(found, dtype=float).reshape(len(found), self.design.scenario.days, 3)

    def difference(self, outcome: str, point: int, baseline: int) -> Any:
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
            Of the outcome at ``point`` minus that at ``baseline``, over common replicates.
        """
        rows = self.rows.set_index("replicate")
        sides = [rows.loc[rows["point"] == number, outcome] for number in (point, baseline)]
        pairs = sides[0].align(sides[1], join="inner")
        return paired_difference(pairs[0].to_numpy(), pairs[1].to_numpy())


def run_once(scenario: Scenario, seed: int) -> dict[str, Any]:
    """One run of a sweep.

    Parameters
    ----------
    scenario : Scenario
        The scenario of the point.
    seed : int
        Seed of the replicate.

    Returns
    -------
    dict
        Outcomes, and members and orders by day and tier.
    """
    community = Community(scenario, seed)
    for _ in range(scenario.days):
        community.step()
    counts = community.journal.by_tier()
    new, repeat = TALLY_INDEX["orders_new"], TALLY_INDEX["orders_repeat"]
    return {
        "outcomes": community.summary,
        "members": counts[:, :, TALLY_INDEX["members"]].astype(int).tolist(),
        "orders": (counts[:, :, new] + counts[:, :, repeat]).astype(int).tolist(),
    }


def _job(design: Design, point: int, replicate: int) -> dict[str, Any]:
    seed = design.scenario.seed + replicate
    head = {"point": point, "replicate": replicate, "seed": seed}
    try:
        return {**head, **run_once(design.scenario_of(point, replicate), seed)}
    except ShequnError as error:
        failure = {
            "type": type(error).__name__,
            "message": str(error),
            "traceback": traceback.format_exc(),
        }
        return {**head, "failure": failure}


def load_results(folder: Path) -> list[dict[str, Any]]:
    """Finished runs of a folder; a last line cut short is left out.

    Parameters
    ----------
    folder : Path
        Folder of a sweep.

    Returns
    -------
    list of dict
        As in `Sweep.results`.
    """
    path = folder / RUNS
    if not path.exists():
        return []
    results = []
    for line in path.read_bytes().splitlines():
        try:
            result = json.loads(line)
        except (json.JSONDecodeError, UnicodeDecodeError):
            continue
        if isinstance(result, dict):
            results.append(result)
    return results


def _open_folder(design: Design, name: str, out: Path | None) -> Path:
    """A new folder, or the folder of the same sweep, begun earlier."""
    if out is not None and (out / store.MANIFEST).exists():
        if store.read_manifest(out).get("design") != design.facts():
            raise ResultsError(f"{out}: holds the results of another sweep; nothing is overwritten")
        return out
    folder = store.new_folder(name, out)
    facts = store.manifest(design.scenario, "sweep", design=design.facts())
    store.write_manifest(folder, facts)
    store.write_text(folder / "scenario.toml", store.scenario_toml(design.scenario))
    return folder


def sweep(
    scenario: Scenario | str | Path,
    vary: Mapping[str, Sequence[Any]],
    replicates: int = 16,
    days: int | None = None,
    seed: int | None = None,
    *,
    worlds: Worlds | Calibration | pd.DataFrame | str | Path | None = None,
    jobs: int | None = None,
    out: Path | None = None,
    keep: Callable[[Path], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Sweep:
    """Run every combination of values, each with the same seeds.

    Parameters
    ----------
    scenario : Scenario, str or Path
        What all points share.
    vary : mapping
        Values by path.
    replicates : int
        Runs of each point, at least 1.
    days, seed : int, optional
        Instead of the scenario's own.
    worlds : Calibration, pandas.DataFrame, str or Path, optional
        A posterior: each replicate draws its parameters from it, the same at every point.
    jobs : int, optional
        Threads; one for each core when None.
    out : Path, optional
        Where runs are written as they finish; if it holds the same sweep, only missing runs are
        computed. Nothing is written when both ``out`` and ``keep`` are None.
    keep : callable, optional
        Called with the folder before the first run; asks for ``results/sweep-NAME-001`` when
        ``out`` is None.
    progress : callable, optional
        Called after each run with the numbers of runs done and planned.

    Returns
    -------
    Sweep
        The results; runs that fail are among its ``failures``.

    Raises
    ------
    ScenarioError
        If a point cannot be run, or a path is both varied and drawn from the posterior.
    ResultsError
        If the folder cannot be used.
    """
    base = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    changes = {"run.days": days, "run.seed": seed}
    base = base.with_values({path: value for path, value in changes.items() if value is not None})
    check_numbers(base.seed, replicates, jobs)
    drawn = _draw_worlds(worlds, base, vary, replicates)
    design = Design(base, {path: list(values) for path, values in vary.items()}, replicates, drawn)
    total = len(design.scenarios) * replicates
    result = Sweep(design)
    folder = None
    if out is not None or keep is not None:
        folder = _open_folder(design, f"sweep-{base.name}", out)
        result.results = [r for r in load_results(folder) if "outcomes" in r]
        if keep is not None:
            keep(folder)
    warm_up(*design.scenarios)
    _compute(result, total, jobs or os.cpu_count() or 1, folder, progress)
    return result


def _draw_worlds(
    source: Any, base: Scenario, vary: Mapping[str, Any], replicates: int
) -> list[dict[str, Any]]:
    """The world of each replicate, each tried on the scenario; none without a posterior."""
    if source is None:
        return []
    worlds = Worlds.of(source)
    refuse_overlap(worlds, base, vary, "--vary")
    drawn = worlds.draw(base, range(base.seed, base.seed + replicates))
    for values in drawn:
        base.with_values(values)
    return drawn


def check_numbers(seed: int, replicates: int, jobs: int | None) -> None:
    """Refuse numbers of replicates, seeds or threads that cannot be; every problem at once."""
    problems = []
    if replicates < 1:
        problems.append(Problem("replicates", f"{replicates} is out of range; at least 1"))
    if seed + replicates > 2**64:
        words = f"{replicates} seeds from {seed} on; the last one allowed is 2**64 - 1"
        problems.append(Problem("run.seed", words))
    if jobs is not None and jobs < 1:
        problems.append(Problem("jobs", f"{jobs} is out of range; at least 1"))
    if problems:
        raise ScenarioError(problems)


def _compute(
    result: Sweep,
    total: int,
    jobs: int,
    folder: Path | None,
    progress: Callable[[int, int], None] | None,
) -> None:
    done = {(r["point"], r["replicate"]) for r in result.results}
    if progress is not None:
        progress(len(result.results), total)
    lines = (folder / RUNS).open("a", encoding="utf-8") if folder else None
    try:
        if lines is not None and lines.tell():
            lines.write("\n")  # ends a line that an interruption cut short
        todo = [job for job in result.design.jobs() if job not in done]
        for one in jobs_on_threads(lambda job: _job(result.design, *job), todo, jobs):
            result.results.append(store.plain(one))
            if lines is not None:
                lines.write(json.dumps(store.plain(one), ensure_ascii=False) + "\n")
                lines.flush()
            if progress is not None:
                progress(len(result.results), total)
    finally:
        if lines is not None:
            lines.close()
