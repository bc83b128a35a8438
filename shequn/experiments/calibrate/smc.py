"""Approximate Bayesian computation by sequential Monte Carlo: the algorithm alone.

Population Monte Carlo (Beaumont, Cornuet, Marin & Robert 2009, "Adaptive approximate Bayesian
computation", Biometrika 96(4)) with a distance whose scales follow the summaries simulated
(Prangle 2017, "Adapting the ABC distance function", Bayesian Analysis 12(1)). Round 0 draws from
the prior. Each later round proposes from a normal mixture around the particles of the round before,
with twice their weighted covariance, and accepts what comes nearer to the facts than half of them
did. A particle's weight is prior density over density of its proposal.

Everything works on positions in the unit cube, in which the prior is uniform; `Range` turns a
coordinate into a value. Every draw is a function of (seed, round, attempt), and attempts are judged
in order of their number: the number of workers changes nothing.
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shequn.experiments.calibrate.distances import Facts
from shequn.experiments.crews.workers import jobs_on_threads
from shequn.experiments.designs.ranges import Range

QUANTILE = 0.5  # of the last round's distances: the next tolerance (assumed)
MOST_TRIES = 20  # evaluations for each particle, after which a round is given up (assumed)
_JITTER = 1e-10  # on the diagonal of a covariance: keeps it regular

Simulate = Callable[[np.ndarray, int], np.ndarray]


@dataclass(frozen=True)
class Evaluation:
    """One simulation.

    Attributes
    ----------
    round, attempt : int
        What keyed its draws.
    position : numpy.ndarray
        float64, shape (parameters,), in the unit cube.
    seed : int
        Seed of the simulation.
    summaries : numpy.ndarray
        float64, shape (summaries,); nan where one is not defined.
    seconds : float
        Time it took.
    failure : str
        Why there are no summaries, "" when there are.
    """

    round: int
    attempt: int
    position: np.ndarray
    seed: int
    summaries: np.ndarray
    seconds: float = 0.0
    failure: str = ""


@dataclass(frozen=True)
class Kernel:
    """A normal mixture around weighted particles.

    Attributes
    ----------
    positions : numpy.ndarray
        float64, shape (particles, parameters).
    weights : numpy.ndarray
        float64, shape (particles,), sum 1.
    factor : numpy.ndarray
        Lower Cholesky factor of the covariance, shape (parameters, parameters).
    """

    positions: np.ndarray
    weights: np.ndarray
    factor: np.ndarray

    @classmethod
    def around(cls, positions: np.ndarray, weights: np.ndarray) -> Kernel:
        """With twice the weighted covariance (Beaumont et al. 2009, section 3)."""
        centred = positions - weights @ positions
        covariance = 2.0 * (centred * weights[:, None]).T @ centred
        covariance += _JITTER * np.eye(positions.shape[1])
        return cls(positions, weights, np.linalg.cholesky(covariance))

    def draw(self, generator: np.random.Generator) -> np.ndarray:
        """One point: float64, shape (parameters,), perhaps outside the unit cube."""
        edges = np.cumsum(self.weights)
        parent = int(np.searchsorted(edges, generator.random() * edges[-1], side="right"))
        parent = min(parent, len(edges) - 1)
        noise = generator.standard_normal(self.positions.shape[1])
        return self.positions[parent] + self.factor @ noise

    def density(self, points: np.ndarray) -> np.ndarray:
        """Density of the mixture: float64, shape (points,)."""
        gaps = points[:, None, :] - self.positions[None, :, :]
        inverse = np.linalg.inv(self.factor)
        scaled = np.einsum("ij,abj->abi", inverse, gaps)
        logs = -0.5 * np.sum(scaled**2, axis=2)
        norm = np.prod(np.diag(self.factor)) * (2.0 * math.pi) ** (self.factor.shape[0] / 2.0)
        return np.exp(logs) @ self.weights / norm


@dataclass(frozen=True)
class Round:
    """A finished round.

    Attributes
    ----------
    number : int
        0 is drawn from the prior.
    attempts : int
        Proposals made, those outside the prior included.
    evaluations : list of Evaluation
        Proposals simulated, in order.
    accepted : numpy.ndarray
        Places of the particles in ``evaluations``, int64, shape (particles,).
    weights : numpy.ndarray
        Of the particles, sum 1.
    kernel : Kernel or None
        What proposed them; None for the prior.
    scale : numpy.ndarray or None
        Scales of the distance in use; None in round 0.
    tolerance : float
        Greatest distance accepted.
    """

    number: int
    attempts: int
    evaluations: list[Evaluation]
    accepted: np.ndarray
    weights: np.ndarray
    kernel: Kernel | None
    scale: np.ndarray | None
    tolerance: float

    @property
    def positions(self) -> np.ndarray:
        """The particles: float64, shape (particles, parameters), in the unit cube."""
        return np.array([self.evaluations[k].position for k in self.accepted])

    @property
    def summaries(self) -> np.ndarray:
        """Summaries of everything simulated: float64, shape (evaluations, summaries)."""
        return np.array([one.summaries for one in self.evaluations])


@dataclass
class Sampling:
    """What to sample and how.

    Attributes
    ----------
    simulate : callable
        Values (one for each range) and a seed give the summaries; a pure function.
    ranges : sequence of Range
        The prior.
    facts : Facts
        What the summaries are held to.
    particles, rounds, seed, workers : int
        At least 2, 1, 0 and 1.
    known : mapping
        Evaluations done before, by round and attempt.
    keep : callable
        Called with each new evaluation.
    go_on : callable
        Asked after each evaluation; False ends the sampling. A round also ends without a result
        after `MOST_TRIES` evaluations for each particle, the first one after as many as particles
        if none of them has a distance.
    progress : callable
        Called with the numbers of particles found and wanted, over all rounds.
    failures : tuple of type
        Exceptions of ``simulate`` that are kept as a failure; others end the sampling.
    names : sequence of str
        Of the summaries, for messages.
    """

    simulate: Simulate
    ranges: Sequence[Range]
    facts: Facts
    particles: int = 100
    rounds: int = 6
    seed: int = 1
    workers: int = 1
    known: Mapping[tuple[int, int], Evaluation] = field(default_factory=dict)
    keep: Callable[[Evaluation], None] = lambda _: None
    go_on: Callable[[], bool] = lambda: True
    progress: Callable[[int, int], None] = lambda *_: None
    failures: tuple[type[Exception], ...] = ()
    names: Sequence[str] = ()

    def values(self, position: np.ndarray) -> np.ndarray:
        """Values of the parameters at a position: float64, shape (parameters,)."""
        return np.array([r.values(u) for r, u in zip(self.ranges, position, strict=True)])


def key(seed: int, number: int, attempt: int) -> np.random.Generator:
    """The generator of one attempt: Philox with the key (seed, round, attempt)."""
    words = np.array([seed, (number << 40) | attempt], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=words))


def sample(s: Sampling) -> tuple[list[Round], str]:
    """Sample the posterior.

    Parameters
    ----------
    s : Sampling
        What and how.

    Returns
    -------
    rounds : list of Round
        The finished ones; the particles of the last are the posterior. Fewer than asked for, none
        even, when ``go_on`` ended it or a round found no more particles.
    stopped : str
        Why there are fewer, "" when there are not.
    """
    rounds: list[Round] = []
    for number in range(s.rounds):
        found = _round(s, number, rounds[-1] if rounds else None)
        if isinstance(found, str):
            return rounds, found
        rounds.append(found)
    return rounds, ""


def _round(s: Sampling, number: int, before: Round | None) -> Round | str:
    """One round, or why there is none."""
    kernel, scale, tolerance = None, None, math.inf
    if before is not None:
        kernel = Kernel.around(before.positions, before.weights)
        scale = s.facts.scale(before.summaries)
        last = before.summaries[before.accepted]
        tolerance = float(np.quantile(s.facts.distances(last, scale), QUANTILE))
    ones = np.ones(len(s.facts.values))
    evaluations: list[Evaluation] = []
    accepted: list[int] = []
    proposals = _proposals(s, number, kernel)
    with closing(evaluate_in_order(s, number, proposals)) as results:
        for one in results:
            evaluations.append(one)
            distance = s.facts.distances(one.summaries[None, :], ones if scale is None else scale)
            if np.isfinite(distance[0]) and distance[0] <= tolerance:
                accepted.append(len(evaluations) - 1)
                s.progress(number * s.particles + len(accepted), s.rounds * s.particles)
            if len(accepted) == s.particles:
                break
            hopeless = not accepted and number == 0 and len(evaluations) >= s.particles
            if hopeless or len(evaluations) >= MOST_TRIES * s.particles:
                return _given_up(s, number, len(accepted), evaluations)
            if not s.go_on():
                words = f"the time was up in round {number + 1} with {len(accepted)} of"
                return f"{words} {s.particles} particles"
    places = np.array(accepted)
    positions = np.array([evaluations[k].position for k in places])
    raw = np.ones(len(places)) if kernel is None else 1.0 / kernel.density(positions)
    attempts = evaluations[-1].attempt + 1
    weights = raw / raw.sum()
    return Round(number, attempts, evaluations, places, weights, kernel, scale, tolerance)


def _given_up(s: Sampling, number: int, found: int, evaluations: Sequence[Evaluation]) -> str:
    """Why a round was given up: what failed, and which facts the runs do not tell."""
    total = len(evaluations)
    words = f"round {number + 1} was given up: {total:,} runs gave {found} particles"
    failed = [one.failure for one in evaluations if one.failure]
    if failed:
        words += f"; {len(failed):,} failed, the first: {failed[0]}"
    missing = np.isnan([one.summaries for one in evaluations if not one.failure])
    if missing.size:
        shares = missing.mean(axis=0)
        silent = [name for name, share in zip(s.names, shares, strict=False) if share > 0.5]
        words += f"; most runs do not tell {', '.join(silent)}" if silent else ""
    return words


def _proposals(
    s: Sampling, number: int, kernel: Kernel | None
) -> Iterator[tuple[int, np.ndarray, int]]:
    """Attempt, position and seed of every proposal inside the prior, without end."""
    for attempt in itertools.count():
        generator = key(s.seed, number, attempt)
        seed = int(generator.integers(2**53))
        if kernel is None:
            position = generator.random(len(s.ranges))
        else:
            position = kernel.draw(generator)
        if ((position >= 0.0) & (position <= 1.0)).all():
            yield attempt, position, seed


def evaluate_in_order(
    s: Sampling, number: int, proposals: Iterator[tuple[int, np.ndarray, int]]
) -> Generator[Evaluation, None, None]:
    """Simulate proposals on threads; those known already are not simulated again.

    Parameters
    ----------
    s : Sampling
        What and how.
    number : int
        Round that keys the attempts.
    proposals : iterator
        Attempt, position and seed of each.

    Yields
    ------
    Evaluation
        In order of the proposals, whatever finished first.
    """
    order: deque[int] = deque()
    finished: dict[int, Evaluation] = {}

    def done_before(job: tuple[int, np.ndarray, int]) -> Evaluation | None:
        old = s.known.get((number, job[0]))
        same = old is not None and old.seed == job[2] and np.array_equal(old.position, job[1])
        return old if same else None

    def jobs() -> Iterator[tuple[int, np.ndarray, int]]:
        for proposal in rest:
            order.append(proposal[0])
            yield proposal

    def work(job: tuple[int, np.ndarray, int]) -> dict[str, Any]:
        old = done_before(job)
        return {"new": old is None, "one": old or _simulate(s, number, *job)}

    rest = proposals
    for proposal in proposals:  # without threads, which would look ahead to what is not needed
        old = done_before(proposal)
        if old is None:
            rest = itertools.chain([proposal], proposals)
            break
        yield old
    with closing(jobs_on_threads(work, jobs(), s.workers)) as results:
        for result in results:
            one: Evaluation = result["one"]
            if result["new"]:
                s.keep(one)
            finished[one.attempt] = one
            while order and order[0] in finished:
                yield finished.pop(order.popleft())


def _simulate(
    s: Sampling, number: int, attempt: int, position: np.ndarray, seed: int
) -> Evaluation:
    import time

    start = time.perf_counter()
    failure = ""
    try:
        summaries = np.asarray(s.simulate(s.values(position), seed), dtype=float)
    except s.failures as error:
        summaries = np.full(len(s.facts.values), np.nan)
        failure = f"{type(error).__name__}: {error}"
    seconds = round(time.perf_counter() - start, 4)
    return Evaluation(number, attempt, position, seed, summaries, seconds, failure)
