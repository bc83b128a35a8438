"""Calibration: parameters fitted to facts, by approximate Bayesian computation, resumable."""

from __future__ import annotations

import dataclasses
import functools
import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypedDict, Unpack

import numpy as np

from shequn.agents.errors import Problem, ResultsError, ScenarioError, ShequnError
from shequn.experiments.calibrate.evaluations import (
    EVALUATIONS,
    Journal,
    load_evaluations,
    open_folder,
)
from shequn.experiments.calibrate.posterior import Calibration
from shequn.experiments.calibrate.priors import Prior, parse_over, scenario_of_values
from shequn.experiments.calibrate.sizes import Size, is_size, sizes_of
from shequn.experiments.calibrate.smc import Evaluation, Sampling, evaluate_in_order, key, sample
from shequn.experiments.calibrate.targets import Target, facts_of, load_targets, target_names
from shequn.experiments.perform.effort import Asked, Effort, effort_and
from shequn.experiments.perform.preflight import parse_budget
from shequn.experiments.runs import store
from shequn.experiments.runs.at_day import read_quantity
from shequn.experiments.runs.cases import case_of, finished
from shequn.experiments.runs.given import Kind, given, of, whole
from shequn.experiments.runs.run import try_policies, warm_up
from shequn.model.scenario import Scenario

FRESH = 40  # runs at draws from the posterior, for the predictive check (at most the particles)
_FRESH_ROUND = 1_000_000  # keys them apart from the rounds
_FAILURES = (ShequnError, ArithmeticError, ValueError)

Observe = Callable[[Scenario, int, Sequence[str]], Mapping[str, float]]


def observe(
    scenario: Scenario,
    seed: int,
    facts: Sequence[str],
    sizes: Mapping[str, float] = MappingProxyType({}),
    most: Mapping[str, float] = MappingProxyType({}),
) -> dict[str, float]:
    """Run a scenario and measure facts on it, as they are measured on real communities.

    Parameters
    ----------
    scenario : Scenario
        What to run.
    seed : int
        Its seed.
    facts : sequence of str
        Ids of facts, or outcomes, perhaps at a day (`shequn.experiments.runs.at_day`).
    sizes : mapping
        Of the world relative to the scenario's, by the scenario's name; 1 when it is not named.
    most : mapping
        Messages of members from which a run is given up, by the scenario's name.

    Returns
    -------
    dict
        Value of each fact, nan where the run does not tell.

    Raises
    ------
    ShequnError
        If the run is given up.
    """
    from shequn.experiments.facts import measure
    from shequn.experiments.facts.simulated_records import played, records, records_of

    size, limit = sizes.get(scenario.name, 1.0), most.get(scenario.name, math.inf)
    asked = {fact: read_quantity(fact, scenario.days)[0] for fact in facts}
    if not any(asked.values()):
        found = records(scenario, seed, size, most=limit)
        return {fact: measure(fact, found, n_resamples=0).value for fact in facts}
    community, activity = played(scenario, seed, size, most=limit)
    found = records_of(community, activity)
    result = finished(case_of(community.settings, seed), community, 0.0)
    return {
        fact: each.value(result) if each else measure(fact, found, n_resamples=0).value
        for fact, each in asked.items()
    }


def evaluate(
    scenarios: Sequence[Scenario], targets: Sequence[Target], seed: int, how: Observe = observe
) -> dict[tuple[str, str], float]:
    """Every fact asked for, of every scenario.

    Parameters
    ----------
    scenarios : sequence of Scenario
        With the values to try.
    targets : sequence of Target
        Which facts to measure on which.
    seed : int
        Seed of all of them.
    how : callable
        Scenario, seed and ids of facts give their values.

    Returns
    -------
    dict
        Value by scenario and fact.
    """
    found = {}
    for scenario in scenarios:
        wanted = [target.fact for target in targets if target.scenario == scenario.name]
        values = how(scenario, seed, wanted) if wanted else {}
        found.update({(scenario.name, fact): float(values[fact]) for fact in wanted})
    return found


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is calibrated, and how.

    Attributes
    ----------
    scenarios : list of Scenario
        Names differ.
    priors : list of Prior
        What varies.
    targets : list of Target
        What they are held to.
    particles, rounds, seed : int
        Of the sampling.
    how : callable
        See `evaluate`.
    sizes : mapping
        Of the worlds relative to the scenarios', by name; only where `observe` measures.
    """

    scenarios: list[Scenario]
    priors: list[Prior]
    targets: list[Target]
    particles: int = 100
    rounds: int = 6
    seed: int = 1
    how: Observe = observe
    sizes: Mapping[str, float] = dataclasses.field(default_factory=dict)

    @property
    def measure(self) -> Observe:
        """What measures facts, on worlds of the size wanted."""
        if self.how is observe:
            return functools.partial(observe, sizes=self.sizes)
        return self.how

    def evaluate(self, scenarios: Sequence[Scenario], seed: int) -> np.ndarray:
        """The facts of these scenarios: float64, shape (targets,)."""
        found = evaluate(scenarios, self.targets, seed, self.measure)
        return np.array([found[target.scenario, target.fact] for target in self.targets])

    def summaries(self, values: np.ndarray, seed: int) -> np.ndarray:
        """The facts of one simulation: float64, shape (targets,)."""
        changed = [scenario_of_values(s, self.priors, values) for s in self.scenarios]
        return self.evaluate(changed, seed)

    def facts(self) -> dict[str, Any]:
        """What identifies the calibration, as plain values; more rounds go on with it."""
        return store.plain(
            {
                "scenarios": [store.as_settings(scenario) for scenario in self.scenarios],
                "over": {p.name: dataclasses.asdict(p.range) for p in self.priors},
                "to": [dataclasses.asdict(target) for target in self.targets],
                "particles": self.particles,
                "seed": self.seed,
                "size": self.sizes,
                "measured_by": f"{self.how.__module__}.{self.how.__qualname__}",
            }
        )

    def sampling(self, **more: Any) -> Sampling:
        """As the algorithm wants it."""
        return Sampling(
            self.summaries,
            [prior.range for prior in self.priors],
            facts_of(self.targets),
            self.particles,
            self.rounds,
            self.seed,
            failures=_FAILURES,
            names=target_names(self.targets),
            **more,
        )

    def probe(self) -> tuple[dict[str, float], float]:
        """The facts at the scenarios' own values, and the seconds it took to find them."""
        start = time.perf_counter()
        values = self.evaluate(self.scenarios, self.seed).tolist()
        seconds = time.perf_counter() - start
        return dict(zip(target_names(self.targets), values, strict=True)), seconds

    def unknown(self) -> dict[str, float]:
        """The facts while nothing has been run: nan."""
        return dict.fromkeys(target_names(self.targets), math.nan)


class Measuring(TypedDict, total=False):
    """How facts are measured on simulated worlds."""

    size: Size
    how: Observe


def plan(
    scenarios: Sequence[Scenario | str | Path] | Scenario | str | Path,
    to: str | Path | Sequence[Target | str | Path],
    over: str | Mapping[str, Any],
    particles: int = 100,
    rounds: int = 6,
    seed: int = 1,
    **measuring: Unpack[Measuring],
) -> Plan:
    """Check everything that a calibration needs.

    Parameters
    ----------
    scenarios, to, over, particles, rounds, seed
        As for `calibrate`.
    **measuring
        ``size`` and ``how``, as for `calibrate`.

    Returns
    -------
    Plan
        Checked.

    Raises
    ------
    ScenarioError
        With everything that is wrong.
    """
    how, size = measuring.get("how", observe), measuring.get("size", 1.0)
    single = isinstance(scenarios, Scenario | str | Path)
    named = [scenarios] if single else list(scenarios)
    problems = [
        Problem(name, f"{value} is out of range; at least {low}")
        for name, value, low in (("particles", particles, 10), ("rounds", rounds, 1))
        if value < low
    ]
    if not 0 <= seed < 2**64:
        problems.append(Problem("seed", f"{seed} is out of range; allowed: 0 to 2**64 - 1"))
    loaded: list[Scenario] = []
    for one in named:
        try:
            loaded.append(one if isinstance(one, Scenario) else Scenario.load(one))
        except ScenarioError as error:
            problems += error.problems
    names = [scenario.name for scenario in loaded]
    twice = sorted({name for name in names if names.count(name) > 1})
    problems += [Problem(name, "is named twice") for name in twice]
    if not named:
        problems.append(Problem("scenarios", "none to calibrate"))
    if problems:
        raise ScenarioError(problems)
    parts: list[Any] = []
    for read in (
        lambda: load_targets(to, loaded, _known(how)),
        lambda: parse_over(over, loaded),
        lambda: sizes_of(size, names),
    ):
        try:
            parts.append(read())
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    targets, priors, sizes = parts
    return Plan(loaded, priors, targets, particles, rounds, seed, how, sizes)


def _known(how: Observe) -> dict[str, Any] | None:
    """The package's facts by id; None when somebody else measures."""
    if how is not observe:
        return None
    from shequn.experiments.facts import facts

    return {fact.id: fact for fact in facts()}


def _are_scenarios(value: Any) -> bool:
    each = value if isinstance(value, list | tuple) else [value]
    return all(isinstance(one, Scenario | str | Path) for one in each)


class Calibrating(Asked, Measuring, total=False):
    """Keywords of `calibrate`: how facts are measured, and fields of an effort."""


KINDS = {
    "scenarios": Kind("a scenario, its name or file, or a list of them", _are_scenarios),
    "to": of("the path of a table, the word facts, or a list of targets", str, Path, list, tuple),
    "over": of("text, or ranges by path", str, Mapping),
    "seed": whole(0, 2**64 - 1, optional=True),
    "size": Kind("a number above 0, such numbers by scenario, or text", is_size),
    "how": Kind("a function", callable),
}


@given(**KINDS)
def calibrate(
    scenarios: Sequence[Scenario | str | Path] | Scenario | str | Path,
    to: str | Path | Sequence[Target | str | Path],
    over: str | Mapping[str, Any],
    particles: int = 100,
    rounds: int = 6,
    *,
    effort: Effort | None = None,
    **asked: Unpack[Calibrating],
) -> Calibration:
    """Fit parameters to facts.

    Parameters
    ----------
    scenarios : Scenario, str or Path, or a sequence of them
        What to calibrate; several are calibrated together, with the same values.
    to : str, Path or sequence
        A table of facts, the word ``facts``, or several of them
        (`shequn.experiments.calibrate.targets.load_targets`).
    over : str or mapping
        What to vary (`shequn.experiments.calibrate.priors.parse_over`).
    particles : int
        Samples of the posterior, at least 10.
    rounds : int
        At most so many, at least 1; each comes about twice as near to the facts.
    effort : Effort, optional
        How much is run, by whom, and where it is kept.
    **asked
        ``how``: scenario, seed and names of facts give their values: facts of your own; `observe`
        measures those of the package. ``size`` of the worlds relative to the scenarios', above 0,
        or ``"0.5,NAME:1"`` (`shequn.experiments.calibrate.sizes.sizes_of`): smaller is quicker and
        noisier; only where `observe` measures. Besides, fields of the effort: ``seed`` of all draws
        (1), ``days``, ``workers`` (threads), ``budget``, after which the rounds end, finished or
        not (the runs of the predictive check come on top), ``out``, where evaluations are written
        as they finish; if it holds the same calibration, only missing ones are computed.

    Returns
    -------
    Calibration
        The posterior, and what it says. With ``out`` its files are in the folder.

    Raises
    ------
    ScenarioError
        If something given is wrong.
    ResultsError
        If the folder cannot be used, or not even one round was finished.

    Examples
    --------
    >>> import shequn as sq
    >>> found = sq.calibrate("study-room", "facts", "spread.talk=1:3")  # doctest: +SKIP
    """
    own: Any
    wanted, own = effort_and(effort, asked, Measuring.__annotations__)
    named = [scenarios] if isinstance(scenarios, Scenario | str | Path) else scenarios
    seed = 1 if wanted.seed is None else wanted.seed
    lengths = dataclasses.replace(wanted, seed=None)
    what = plan([lengths.of(s) for s in named], to, over, particles, rounds, seed, **own)
    return carry_out(what, wanted)


def carry_out(what: Plan, effort: Effort) -> Calibration:
    """Carry out a plan.

    Parameters
    ----------
    what : Plan
        From `plan`.
    effort : Effort
        Who computes, how long, and where it is kept.

    Returns
    -------
    Calibration
        The posterior.
    """
    crew, folder = effort.crew(), None
    if effort.out is not None or effort.watcher.keeps:
        folder = open_folder(what.scenarios[0], what.facts(), effort.out)
        effort.watcher.begun(folder)
    if what.how is observe:
        with effort.watcher.compiling():
            warm_up(*what.scenarios)
    try_policies(what.scenarios)
    effort.tell(0, what.particles * what.rounds)
    seconds = math.inf if effort.budget is None else parse_budget(effort.budget)
    end = time.monotonic() + seconds
    with ExitStack() as stack:
        more: dict[str, Any] = {"workers": crew.size, "progress": effort.tell}
        if folder is not None:
            more["known"] = load_evaluations(folder, len(what.priors), len(what.targets))
            more["keep"] = stack.enter_context(Journal(folder / EVALUATIONS)).write
        sampling = what.sampling(go_on=lambda: time.monotonic() < end, **more)
        rounds, stopped = sample(sampling)
        if not rounds:
            late = folder is not None and time.monotonic() >= end
            hint = f"; the same command with --out {folder} goes on" if late else ""
            raise ResultsError(f"no round was finished: {stopped}{hint}")
        fresh = fresh_runs(sampling, rounds[-1].positions, rounds[-1].weights, len(rounds))
    found = Calibration(what.scenarios, what.priors, what.targets, rounds, fresh, stopped)
    if folder is not None:
        found.save(folder)
    return found


def fresh_runs(
    s: Sampling, positions: np.ndarray, weights: np.ndarray, n_rounds: int
) -> list[Evaluation]:
    """Runs with new luck at draws from the posterior: for the predictive check.

    The particles themselves were chosen for lying near the facts; what the posterior predicts has
    to be simulated anew.

    Parameters
    ----------
    s : Sampling
        What was sampled.
    positions : numpy.ndarray
        Shape (particles, parameters).
    weights : numpy.ndarray
        Shape (particles,), sum 1.
    n_rounds : int
        Rounds done; keys the draws.

    Returns
    -------
    list of Evaluation
        At most `FRESH`.
    """
    number = _FRESH_ROUND + n_rounds
    edges = np.cumsum(weights)
    proposals = []
    for attempt in range(min(FRESH, s.particles)):
        generator = key(s.seed, number, attempt)
        seed = int(generator.integers(2**53))
        place = int(np.searchsorted(edges, generator.random() * edges[-1], side="right"))
        proposals.append((attempt, positions[min(place, len(edges) - 1)], seed))
    return list(evaluate_in_order(s, number, iter(proposals)))
