"""A search for values of many parameters with which scenarios come near to facts, at some seeds."""

from __future__ import annotations

import dataclasses
import functools
import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from shequn.agents.errors import Problem, ScenarioError
from shequn.experiments.calibrate.calibrate import KINDS, Measuring, Plan, observe, plan
from shequn.experiments.calibrate.evaluations import Journal, open_folder
from shequn.experiments.calibrate.evolution import evolve, points_a_round
from shequn.experiments.calibrate.found import Found, Point
from shequn.experiments.calibrate.loss import judged, total
from shequn.experiments.calibrate.priors import scenario_of_values, start_of
from shequn.experiments.calibrate.targets import Target
from shequn.experiments.calibrate.units import SIMULATIONS, Units, load_into
from shequn.experiments.crews.crews import LONG
from shequn.experiments.perform.effort import Asked, Effort, effort_and
from shequn.experiments.perform.preflight import parse_budget
from shequn.experiments.runs.given import given, whole
from shequn.experiments.runs.run import try_policies, warm_up
from shequn.model.scenario import Scenario

FINALISTS = 4  # of all points tried; besides the start and the middle of the last distribution
LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)  # of a range, at which a parameter is tried by itself (assumed)
MOST = 10.0  # times as many messages as at the start: such a run is given up (assumed)
MOST_SEEDS = 1000
_DIGITS = 4  # of a value tried: more would suggest what no search can know
_MESSAGES = "messages_a_day"


@dataclasses.dataclass(frozen=True)
class Search:
    """What is looked for, and how.

    Attributes
    ----------
    plan : Plan
        Scenarios, what varies, what they are held to; particles are the points of a round.
    n_seeds : int
        Seeds of every point, from the plan's on.
    """

    plan: Plan
    n_seeds: int

    @property
    def seeds(self) -> range:
        """Of all points that are tried."""
        return range(self.plan.seed, self.plan.seed + self.n_seeds)

    @property
    def choice_seeds(self) -> range:
        """At which the finalists are tried besides."""
        return range(self.seeds.stop, self.seeds.stop + self.n_seeds)

    @property
    def fresh_seeds(self) -> range:
        """That decide nothing: the best point is confirmed at them."""
        return range(self.choice_seeds.stop, self.choice_seeds.stop + self.n_seeds)

    @property
    def evaluations(self) -> int:
        """Runs of all scenarios together: of all rounds, and of what comes before and after."""
        scan = (len(LEVELS) - 1) * len(self.plan.priors)
        others = 1 + 1 + (FINALISTS + 2) + 2  # the start, the middle, the choice, the confirmation
        return (self.plan.rounds * self.plan.particles + scan + others) * self.n_seeds

    @property
    def simulations(self) -> int:
        """Runs of all evaluations."""
        return self.evaluations * len({target.scenario for target in self.plan.targets})

    def values(self, position: np.ndarray) -> list[float]:
        """A value for each parameter, of four digits."""
        found = []
        for prior, unit in zip(self.plan.priors, position, strict=True):
            value = float(f"{float(prior.range.values(np.array(unit))):.{_DIGITS}g}")
            found.append(min(max(value, prior.range.low), prior.range.high))
        return found

    def scenarios(self, values: Sequence[float]) -> list[Scenario] | None:
        """The scenarios with some values; None where these contradict one another."""
        try:
            return [scenario_of_values(s, self.plan.priors, values) for s in self.plan.scenarios]
        except ScenarioError:
            return None

    def facts(self) -> dict[str, Any]:
        """What identifies the search, as plain values; more rounds go on with it."""
        return self.plan.facts() | {"seeds": self.n_seeds}

    def points(self, units: Units, positions: np.ndarray, number: int) -> list[Point]:
        """Try some points of a round."""
        values = [self.values(position) for position in positions]
        found = units.measure([self.scenarios(one) for one in values], self.seeds)
        return [
            Point(number, position, own, facts, total(self.plan.targets, facts))
            for position, own, facts in zip(positions, values, found, strict=True)
        ]


def searching(
    scenarios: Sequence[Scenario | str | Path] | Scenario | str | Path,
    to: str | Path | Sequence[Target | str | Path],
    over: str | Mapping[str, Any],
    seeds: int = 3,
    rounds: int = 100,
    seed: int = 1,
    **measuring: Unpack[Measuring],
) -> Search:
    """Check everything that a search needs; arguments and errors as of `search`."""
    if not 1 <= seeds <= MOST_SEEDS:
        words = f"{seeds:,} is out of range; allowed: 1 to {MOST_SEEDS:,}"
        raise ScenarioError([Problem("seeds", words)])
    if seed + 3 * seeds > 2**64:
        words = f"{seed} leaves no room for three times {seeds} seeds below 2**64"
        raise ScenarioError([Problem("seed", words)])
    what = plan(scenarios, to, over, 10, rounds, seed, **measuring)
    if not any(judged(target) for target in what.targets):
        raise ScenarioError([Problem("to", "no fact has a range (low and high) to come into")])
    points = points_a_round(len(what.priors))
    return Search(dataclasses.replace(what, particles=points), seeds)


class Searching(Asked, Measuring, total=False):
    """Keywords of `search`: how facts are measured, and fields of an effort."""


@given(**KINDS, seeds=whole(1, MOST_SEEDS))
def search(
    scenarios: Sequence[Scenario | str | Path] | Scenario | str | Path,
    to: str | Path | Sequence[Target | str | Path],
    over: str | Mapping[str, Any],
    seeds: int = 3,
    rounds: int = 100,
    *,
    effort: Effort | None = None,
    **asked: Unpack[Searching],
) -> Found:
    """Look for values of many parameters with which scenarios come near to facts.

    Parameters
    ----------
    scenarios, to, over
        As for `shequn.experiments.calibrate.calibrate.calibrate`; facts without a range are shown
        only.
    seeds : int
        Seeds at which every point is tried, at least 1.
    rounds : int
        At most so many, at least 1.
    effort : Effort, optional
        How much is run, by whom, and where it is kept.
    **asked
        As for `shequn.experiments.calibrate.calibrate.calibrate`; ``seed`` is the first seed of
        the simulations, too; ``workers`` are processes unless ``how`` is given; after ``budget`` no
        further round begins (what comes after the rounds comes on top).

    Returns
    -------
    Found
        The best point, and what it gives. With ``out`` its files are in the folder.

    Raises
    ------
    ScenarioError
        If something given is wrong.
    ResultsError
        If the folder cannot be used.

    Examples
    --------
    >>> import shequn as sq
    >>> found = sq.search("study-room", "facts", "spread.talk=1:3", seeds=2)  # doctest: +SKIP
    """
    own: Any
    wanted, own = effort_and(effort, asked, Measuring.__annotations__)
    named = [scenarios] if isinstance(scenarios, Scenario | str | Path) else scenarios
    seed = 1 if wanted.seed is None else wanted.seed
    lengths = dataclasses.replace(wanted, seed=None)
    what = searching([lengths.of(s) for s in named], to, over, seeds, rounds, seed, **own)
    return carry_out(what, wanted)


def carry_out(what: Search, effort: Effort) -> Found:
    """Carry out a search.

    Parameters
    ----------
    what : Search
        From `searching`.
    effort : Effort
        Who computes, how long, and where it is kept.

    Returns
    -------
    Found
        The best point.
    """
    task, ours = what.plan, what.plan.how is observe
    crew, folder = effort.crew(LONG if ours else 0.0), None
    if effort.out is not None or effort.watcher.keeps:
        folder = open_folder(task.scenarios[0], what.facts(), effort.out, "search")
        effort.watcher.begun(folder)
    if ours:
        with effort.watcher.compiling():
            warm_up(*task.scenarios)
    try_policies(task.scenarios)
    end = time.monotonic() + (math.inf if effort.budget is None else parse_budget(effort.budget))
    units = Units(task.targets, task.measure, crew, tell=_counting(what, effort))
    units.besides = [_MESSAGES] if ours else []
    with ExitStack() as stack:
        if folder is not None:
            load_into(units, folder / SIMULATIONS)
            units.journal = stack.enter_context(Journal(folder / SIMULATIONS))
        found = find(what, units, lambda: time.monotonic() < end)
    if folder is not None:
        found.save(folder)
    return found


def _counting(what: Search, effort: Effort) -> Callable[[int], None]:
    """What says how many simulations are done."""
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        effort.tell(done, what.simulations)

    return tell


def find(what: Search, units: Units, go_on: Callable[[], bool] = lambda: True) -> Found:
    """Search, choose, look around the best point, and confirm it at seeds that decided nothing.

    Parameters
    ----------
    what : Search
        What is looked for.
    units : Units
        What simulates.
    go_on : callable
        Asked before each round; False ends the search.

    Returns
    -------
    Found
        The best point.
    """
    task = what.plan
    own = [start_of(prior, task.scenarios) for prior in task.priors]
    place = np.array([p.range.unit(v) for p, v in zip(task.priors, own, strict=True)])
    facts = units.measure([task.scenarios], what.seeds)[0]
    if units.besides:
        limits = _limits(what, units)
        units.how = functools.partial(observe, sizes=task.sizes, most=limits)
    start = Point(0, place, own, facts, total(task.targets, facts))
    tried: list[Point] = []

    def losses(number: int, positions: np.ndarray) -> np.ndarray:
        tried.extend(what.points(units, positions, number))
        return np.array([point.loss for point in tried[-len(positions) :]])

    rounds, middle, stopped = evolve(place, task.particles, task.rounds, task.seed, losses, go_on)
    tried += what.points(units, middle[None, :], len(rounds))
    best = _chosen(what, units, [start, *tried])
    scan = what.points(units, levels_around(best.position), len(rounds))
    both = [task.scenarios, _scenarios(what, best)]
    fresh = units.measure(both, what.fresh_seeds)
    return Found(task, what.seeds, [start, *tried], best, scan, fresh, units, stopped)


def _scenarios(what: Search, point: Point) -> Sequence[Scenario] | None:
    """The scenarios of a point; the start has values of their own."""
    return what.scenarios(point.values) if point.round else what.plan.scenarios


def _chosen(what: Search, units: Units, points: Sequence[Point]) -> Point:
    """The best of some finalists over the seeds of the search and as many others.

    The best of many points has had luck at the seeds of the search; the middle of the last
    distribution is what all points say together.

    Parameters
    ----------
    what : Search
        What is looked for.
    units : Units
        What simulates.
    points : sequence of Point
        The start, those that were tried, the middle.
    """
    start, *tried, middle = points
    best = sorted(tried, key=lambda point: point.loss)[:FINALISTS]
    finalists = [start, *best, middle]
    more = units.measure([_scenarios(what, point) for point in finalists], what.choice_seeds)
    losses = [
        total(what.plan.targets, np.concatenate([point.facts, facts]))
        for point, facts in zip(finalists, more, strict=True)
    ]
    return finalists[int(np.argmin(losses))]


def _limits(what: Search, units: Units) -> dict[str, float]:
    """Messages from which a run of each scenario is given up: talk has run away."""
    found = {}
    for scenario in what.plan.scenarios:
        if scenario.name in units.facts:
            told = units.told(scenario, what.seeds, _MESSAGES)
            a_day = max(filter(math.isfinite, told), default=math.inf)
            found[scenario.name] = MOST * a_day * scenario.days
    return found


def levels_around(position: np.ndarray) -> np.ndarray:
    """A point with each parameter in turn at every level but the nearest one.

    Parameters
    ----------
    position : numpy.ndarray
        float64, shape (parameters,), in the unit cube.

    Returns
    -------
    numpy.ndarray
        float64, shape (parameters x levels less one, parameters).
    """
    points = []
    for k, unit in enumerate(position):
        for level in sorted(LEVELS, key=lambda level: abs(level - unit))[1:]:
            points.append(position.copy())
            points[-1][k] = level
    return np.array(points)
