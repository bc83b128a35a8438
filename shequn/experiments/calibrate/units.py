"""Simulations of a search: each scenario at each seed by itself, kept as it finishes."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from shequn.agents.errors import ShequnError
from shequn.experiments.calibrate.evaluations import Journal, lines_in, number_in
from shequn.experiments.calibrate.targets import Target
from shequn.experiments.crews.crews import Crew
from shequn.experiments.runs.cases import Case, Result, case_of, failed
from shequn.model.scenario import Scenario

SIMULATIONS = "simulations.jsonl"
_FAILURES = (ShequnError, ArithmeticError, ValueError)


def measured(
    job: Sequence[Case],
    how: Callable[[Scenario, int, Sequence[str]], Mapping[str, float]],
    facts: Mapping[str, Sequence[str]],
) -> list[Result]:
    """Measure facts on some runs; one that fails is a result, too.

    Parameters
    ----------
    job : sequence of Case
        What to run.
    how : callable
        Scenario, seed and ids of facts give their values.
    facts : mapping
        Ids of the facts wanted, by the name of the scenario.

    Returns
    -------
    list of Result
        In the same order; outcomes are the facts.
    """
    found = []
    for case in job:
        begin = time.perf_counter()
        wanted = facts[case.scenario.name]
        try:
            values = how(case.scenario, case.seed, wanted)
            told = {fact: float(values[fact]) for fact in wanted}
            found.append(Result(case.key, told, {}, None, time.perf_counter() - begin))
        except _FAILURES as error:
            found.append(failed(case, error, time.perf_counter() - begin))
    return found


@dataclass
class Units:
    """Facts of scenarios at some seeds: what is known is not simulated again.

    Attributes
    ----------
    targets : sequence of Target
        Which facts to measure on which scenario.
    how : callable
        As for `measured`; can be sent to another process if the crew is one of processes.
    crew : Crew
        Who computes.
    besides : sequence of str
        Facts to measure on every scenario besides.
    journal : Journal, optional
        Where each simulation is added as it finishes.
    known : dict
        Facts by the key of the run; None where it failed.
    tell : callable
        Called with the number of simulations finished since the last call.
    seconds : float
        Of computing, added up.
    failures : list of str
        Why simulations failed.
    """

    targets: Sequence[Target]
    how: Callable[[Scenario, int, Sequence[str]], Mapping[str, float]]
    crew: Crew
    besides: Sequence[str] = ()
    journal: Journal | None = None
    known: dict[str, dict[str, float] | None] = field(default_factory=dict)
    tell: Callable[[int], None] = lambda _: None
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)

    @functools.cached_property
    def facts(self) -> dict[str, list[str]]:
        """Ids of the facts wanted, by the name of the scenario."""
        found: dict[str, list[str]] = {}
        for target in self.targets:
            found.setdefault(target.scenario, [*self.besides]).append(target.fact)
        return {name: list(dict.fromkeys(facts)) for name, facts in found.items()}

    def measure(
        self, points: Sequence[Sequence[Scenario] | None], seeds: Sequence[int]
    ) -> np.ndarray:
        """Every fact at every seed.

        Parameters
        ----------
        points : sequence of sequence of Scenario
            The scenarios of each point; None where values contradict one another.
        seeds : sequence of int
            The same for all points.

        Returns
        -------
        numpy.ndarray
            float64, shape (points, seeds, targets); nan where a run does not tell or failed.
        """
        cases = [self._cases(scenarios or (), seeds) for scenarios in points]
        wanted = {case.key: case for each in cases for row in each for case in row.values()}
        missing = [case for key, case in wanted.items() if key not in self.known]
        self.tell(len(points) * len(seeds) * len(self.facts) - len(missing))
        work = functools.partial(measured, how=self.how, facts=self.facts)
        for results in self.crew.compute(((case,) for case in missing), work):
            for result in results:
                self._keep(result, wanted[result.key])
        found = np.full((len(points), len(seeds), len(self.targets)), math.nan)
        for at, rows in enumerate(cases):
            for seed, row in enumerate(rows):
                for k, target in enumerate(self.targets):
                    told = self.known[row[target.scenario].key]
                    found[at, seed, k] = math.nan if told is None else told[target.fact]
        return found

    def told(self, scenario: Scenario, seeds: Sequence[int], fact: str) -> list[float]:
        """A fact of runs that are known already; those that failed are left out."""
        runs = [self.known[case_of(scenario, seed).key] for seed in seeds]
        return [run[fact] for run in runs if run is not None]

    def _cases(self, scenarios: Sequence[Scenario], seeds: Sequence[int]) -> list[dict[str, Case]]:
        """For each seed the run of each scenario that is held to something, by its name."""
        held = [case_of(one, seeds[0]) for one in scenarios if one.name in self.facts]
        return [
            {case.scenario.name: Case(case.scenario, seed, case.address) for case in held}
            for seed in (seeds if held else ())
        ]

    def _keep(self, result: Result, case: Case) -> None:
        failure = result.failure
        words = f"{failure.type}: {failure.message}" if failure else ""
        line = {
            "key": result.key,
            "scenario": case.scenario.name,
            "seed": case.seed,
            "facts": None if failure else result.outcomes,
            "seconds": round(result.seconds, 4),
            "failure": words,
        }
        if self.journal is not None:
            self.journal.add(line)
        self.add(line)
        self.tell(1)

    def add(self, line: dict[str, Any]) -> None:
        """Take over a finished simulation."""
        facts = line["facts"]
        if facts is not None:
            facts = {name: number_in(facts[name]) for name in self.facts[line["scenario"]]}
        self.known[str(line["key"])] = facts
        self.seconds += float(line["seconds"])
        if line["failure"]:
            self.failures.append(str(line["failure"]))


def load_into(units: Units, path: Path) -> None:
    """Take over the finished simulations of a file; what is no such line is left out.

    Raises
    ------
    ResultsError
        If the file cannot be read.
    """
    for line in lines_in(path):
        try:
            units.add(line)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
            continue
