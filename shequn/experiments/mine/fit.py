"""Groups like one's own: simulated ones that come nearer to what is known, round by round.

Approximate Bayesian computation by sequential Monte Carlo (Del Moral, Doucet & Jasra 2012,
Statistics and Computing 22(5)). A world is all that no data settle, and the luck of one run: so
what is found are groups that have lived up to tonight as one's own has, and can be played on. Each
parameter is a normal number that its range is filled from evenly. A move turns these a little
towards new ones, which leaves the prior as it is (Cotter, Roberts, Stuart & White 2013, Statistical
Science 28(3)), or goes along the difference of two other worlds (ter Braak 2006, Statistics and
Computing 16(3)), and keeps the luck or draws another. Every draw is a function of (seed, round,
attempt), and no move waits for another: the number of workers changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from shequn.agents.errors import ResultsError, ShequnError
from shequn.experiments.calibrate.distances import Facts, weighted_quantiles
from shequn.experiments.calibrate.smc import Evaluation, Sampling, evaluate_in_order, key
from shequn.experiments.mine.answers import BEFORE, QUESTIONS
from shequn.experiments.mine.measures import QUANTITIES, alike, measure, scaled
from shequn.experiments.mine.own_world import OwnWorld
from shequn.model.parameters import declared

TRIES = 3000  # simulations at most
_WORLDS = 12  # of the tries are those of one round (assumed)
_FIRST = 3  # rounds' simulations come from the prior, before the first round (assumed)
_NEARER = 0.5  # of the worlds stay after a round, the nearer ones (assumed)
_TIRED = 0.12  # of the moves accepted, below which coming nearer costs too much (assumed)
_STEPS = (0.1, 0.2, 0.4)  # how far a move turns: one of these by chance (assumed)
_ALONG = 0.5  # of the moves go along the difference of two other worlds (assumed) ...
_LEAP, _JITTER = 0.5, 0.02  # ... so far, and a little to the side
_NEW_LUCK = 0.5  # of the moves draw another luck (assumed) ...
_NEW_REST = 0.7  # ... and all parameters that are like those of other groups (assumed)
_NEAR_ENOUGH = 1.0  # of what passes for alike: nearer tells nothing more (assumed)
_FEWEST = 40  # worlds, of which coming nearer must leave so many (assumed)
_CLOSE = 1e-9  # of a coordinate to its ends
ENDS = (0.05, 0.95)  # of the intervals that are told: 90 %
KNOWN, WEAKLY = 0.5, 0.8  # width of what is left of a range, below which it is known (assumed)


@dataclass(frozen=True)
class Fit:
    """Worlds like a group.

    Attributes
    ----------
    world : OwnWorld
        What was looked for.
    answers : mapping
        What they were held to, by name of `QUANTITIES`.
    units : numpy.ndarray
        float64, shape (worlds, parameters): coordinates in the ranges.
    seeds : numpy.ndarray
        int64, shape (worlds,): their luck.
    counted : numpy.ndarray
        float64, shape (worlds, quantities): what was counted in each.
    simulations : int
        How many it took.
    distance : float
        Root mean square of how far the farthest world lies from the answers, each in units of
        `alike`.
    """

    world: OwnWorld
    answers: Mapping[str, float]
    units: np.ndarray
    seeds: np.ndarray
    counted: np.ndarray
    simulations: int
    distance: float

    @cached_property
    def worlds(self) -> pd.DataFrame:
        """The worlds: weight (1), seed, and one column for each parameter."""
        ranges = self.world.ranges
        columns = {path: r.values(self.units[:, k]) for k, (path, r) in enumerate(ranges.items())}
        return pd.DataFrame({"weight": 1, "seed": self.seeds, **columns})

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """What is known of each parameter.

        Columns parameter, unit, median; 90 % interval (low, high); its width relative to the
        range's, on the range's scale; known: ``yes`` below 0.5, ``weakly`` below 0.8, else ``no``.
        """
        about, lines, equal = declared(), [], np.ones(len(self.units))
        for k, path in enumerate(self.world.ranges):
            levels = (ENDS[0], 0.5, ENDS[1])
            low, median, high = weighted_quantiles(self.worlds[path].to_numpy(), equal, levels)
            ends = weighted_quantiles(self.units[:, k], equal, ENDS)
            width = float(ends[1] - ends[0]) / (ENDS[1] - ENDS[0])
            known = "yes" if width < KNOWN else "weakly" if width < WEAKLY else "no"
            lines.append([path, about[path].unit, median, low, high, width, known])
        head = ["parameter", "unit", "median", "low", "high", "width", "known"]
        return pd.DataFrame(lines, columns=head)

    @property
    def medians(self) -> dict[str, float]:
        """Median of each parameter, by path."""
        return dict(zip(self.parameters["parameter"], self.parameters["median"], strict=True))

    @cached_property
    def looks_like(self) -> pd.DataFrame:
        """The group beside the simulated ones, misses first.

        Columns quantity, unit, given (nan: not known), low and high (of what was given: the same),
        simulated (median) and its 90 % interval, missed: given lies outside of it.
        """
        lines = []
        for k, name in enumerate(QUANTITIES):
            base = name.removesuffix(BEFORE)
            if base != name and name not in self.answers:
                continue
            given = self.answers.get(name, math.nan)
            column = self.counted[:, k]
            levels = (ENDS[0], 0.5, ENDS[1])
            low, middle, high = weighted_quantiles(column, np.ones(len(column)), levels)
            missed = bool(given < low or given > high)
            unit = QUESTIONS[base].unit
            lines.append([name, unit, given, given, given, middle, low, high, missed])
        head = ["quantity", "unit", "given", "low", "high", "simulated", "simulated_low",
                "simulated_high", "missed"]  # fmt: skip
        table = pd.DataFrame(lines, columns=head)
        told = table["given"].notna()
        order = np.lexsort((np.arange(len(table)), ~told, ~table["missed"]))
        return table.iloc[order].reset_index(drop=True)


@dataclass
class Fitting:
    """How worlds are looked for.

    Attributes
    ----------
    tries, seed, workers : int
        Simulations at most; seed of all draws; threads.
    known : mapping
        Simulations done before, by round and attempt.
    keep : callable
        Called with each new one.
    progress : callable
        Called with the numbers done and planned.
    """

    tries: int = TRIES
    seed: int = 1
    workers: int = 1
    known: Mapping[tuple[int, int], Evaluation] = field(default_factory=dict)
    keep: Callable[[Evaluation], None] = lambda _: None
    progress: Callable[[int, int], None] = lambda *_: None


@dataclass(frozen=True)
class _Swarm:
    """Worlds of a round, and how far each lies from the answers."""

    found: Sequence[Evaluation]
    distances: np.ndarray

    def __len__(self) -> int:
        return len(self.found)

    def of(self, places: Sequence[int]) -> _Swarm:
        """Some of them."""
        return _Swarm([self.found[k] for k in places], self.distances[list(places)])

    @property
    def distinct(self) -> _Swarm:
        """Each world once."""
        first = {(one.round, one.attempt): k for k, one in enumerate(self.found)}
        return self.of(sorted(first.values()))


def fit(world: OwnWorld, answers: Mapping[str, float], how: Fitting) -> Fit:
    """Look for groups like one's own.

    Parameters
    ----------
    world : OwnWorld
        What is looked for.
    answers : mapping
        Checked answers; those of `QUANTITIES` are what worlds are held to.
    how : Fitting
        How much, by whom, and where it is kept.

    Returns
    -------
    Fit
        The worlds.

    Raises
    ------
    ResultsError
        If hardly any simulation can be compared with the answers.
    """
    given = {name: answers[name] for name in QUANTITIES if name in answers}
    search = _Search(world, given, how)
    many = how.tries // _WORLDS
    swarm, accepted = search.first(_FIRST * many), 1.0
    if len(swarm) < many:
        words = f"only {len(swarm)} of {search.done} simulated groups can be compared with the"
        raise ResultsError(f"{words} answers; leave out what hardly any of them tells")
    swarm = swarm.of(range(many))
    while (
        search.done + many <= how.tries
        and accepted >= _TIRED
        and swarm.distances.max() > _NEAR_ENOUGH
    ):
        closer, accepted = search.nearer(swarm)
        if len(closer.distinct) < min(_FEWEST, many // 2):
            break
        swarm = closer
    how.progress(how.tries, how.tries)
    swarm = swarm.distinct
    return Fit(
        world, given, np.array([one.position for one in swarm.found]),
        np.array([one.seed for one in swarm.found]),
        np.array([one.summaries for one in swarm.found]), search.done,
        float(swarm.distances.max()),
    )  # fmt: skip


class _Search:
    """Simulations of one fit."""

    def __init__(self, world: OwnWorld, given: Mapping[str, float], how: Fitting) -> None:
        self.how, self.done, self.round = how, 0, 0
        self.names = list(given)
        self.goal, self.scale = scaled(given, self.names), alike(self.names)
        self.places = [QUANTITIES.index(name) for name in self.names]
        paths = list(world.ranges)
        self.sought = np.array([path in world.sought for path in paths])

        def simulate(values: np.ndarray, seed: int) -> np.ndarray:
            one = world.scenario.with_values(dict(zip(paths, values.tolist(), strict=True)))
            found = measure(one, seed, world.factor)
            return np.array([found[name] for name in QUANTITIES])

        self.sampling = Sampling(
            simulate, list(world.ranges.values()), Facts.of([0.0] * len(QUANTITIES)),
            seed=how.seed, workers=how.workers, known=how.known, keep=how.keep,
            failures=(ShequnError, ArithmeticError, ValueError), names=QUANTITIES,
        )  # fmt: skip

    def first(self, many: int) -> _Swarm:
        """Worlds of the prior, the nearest first; those that cannot be compared are left out."""

        def proposals() -> Iterator[tuple[int, np.ndarray, int]]:
            for attempt in range(many):
                generator = key(self.how.seed, 0, attempt)
                luck = int(generator.integers(2**53))
                yield attempt, ndtr(generator.standard_normal(len(self.sought))), luck

        swarm = self._simulated(proposals())
        order = np.argsort(swarm.distances, kind="stable")
        return swarm.of([k for k in order if np.isfinite(swarm.distances[k])])

    def nearer(self, swarm: _Swarm) -> tuple[_Swarm, float]:
        """A round: the nearer half stays, is doubled, and each world tries a move.

        Returns
        -------
        swarm : _Swarm
            As many worlds, none farther than the farthest of those that stayed.
        accepted : float
            Share of the moves that were.
        """
        self.round += 1
        order = np.argsort(swarm.distances, kind="stable")
        stay = order[: max(1, int(_NEARER * len(swarm)))]
        farthest = float(swarm.distances[stay[-1]])
        old = swarm.of([stay[k % len(stay)] for k in range(len(swarm))])
        new = self._simulated(self._moves(old))
        moved = new.distances <= farthest
        both = [new.found[k] if moved[k] else old.found[k] for k in range(len(old))]
        distances = np.where(moved, new.distances, old.distances)
        return _Swarm(both, distances), float(moved.mean())

    def _moves(self, swarm: _Swarm) -> Iterator[tuple[int, np.ndarray, int]]:
        """Attempt, position and seed of a move of each world."""
        positions = np.array([one.position for one in swarm.found])
        numbers = ndtri(np.clip(positions, _CLOSE, 1.0 - _CLOSE))
        for attempt, one in enumerate(swarm.found):
            generator = key(self.how.seed, self.round, attempt)
            luck = int(generator.integers(2**53))
            if generator.random() >= _NEW_LUCK:
                luck = one.seed
            step = _STEPS[int(generator.integers(len(_STEPS)))]
            steps = np.where(self.sought | (generator.random() >= _NEW_REST), step, 1.0)
            own, noise = numbers[attempt], generator.standard_normal(numbers.shape[1])
            moved = np.sqrt(1.0 - steps**2) * own + steps * noise
            if generator.random() < _ALONG:
                first, second = generator.integers(len(numbers), size=2)
                leap = own + _LEAP * (numbers[first] - numbers[second]) + _JITTER * noise
                odds = math.exp(min(0.0, 0.5 * float((own**2 - leap**2)[self.sought].sum())))
                leap = leap if generator.random() < odds else own
                moved = np.where(self.sought, leap, moved)
            yield attempt, ndtr(moved), luck

    def _simulated(self, proposals: Iterator[tuple[int, np.ndarray, int]]) -> _Swarm:
        found = []
        for one in evaluate_in_order(self.sampling, self.round, proposals):
            found.append(one)
            self.done += 1
            self.how.progress(min(self.done, self.how.tries), self.how.tries)
        rows = np.array([one.summaries[self.places] for one in found])
        gaps = [scaled(dict(zip(self.names, row, strict=True)), self.names) for row in rows]
        gaps = (np.array(gaps) - self.goal) / self.scale
        far = np.sqrt((gaps**2).mean(axis=1))
        return _Swarm(found, np.where(np.isfinite(far), far, np.inf))
