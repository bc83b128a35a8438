"""Some runs of an experiment, really played for about a second, to see how long they take."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from shequn.experiments.runs.cases import Case
from shequn.experiments.runs.run import Run
from shequn.model.past_cache import address_of_past, seconds_of_pasts
from shequn.model.world import World

SECONDS = 1.0
_MOST = 50  # runs of a probe: enough for an SD, where a run takes a millisecond


@dataclass(frozen=True)
class Probe:
    """What the runs of a probe told.

    Attributes
    ----------
    seconds_per_run : float
        Of one run on one worker: mean over the points probed. A past that all of them share counts
        once for each seed.
    runs : int
        Runs played to their end.
    extrapolated : bool
        Whether days that were not played are in ``seconds_per_run``.
    values : tuple of float
        The outcome of the runs at one point, with different seeds; nan left out.
    failure : str
        Why a run failed, "" when none did.
    left_out : str
        Why nothing was run, and ``seconds_per_run`` is nan; "" when something was.
    """

    seconds_per_run: float
    runs: int
    extrapolated: bool
    values: tuple[float, ...]
    failure: str = ""
    left_out: str = ""


@dataclass
class _Played:
    """One run of a probe: seconds in all, days played, and how their pace has changed.

    A community may grow, so days to come are not taken to go as all did: the pace, in seconds a
    day, is that at the end, and rises on for as many days as were played, as it did from their
    first half to their second.
    Seconds spent on a past are told apart (``past``), as not every run has to play it.
    """

    point: int
    past: float = 0.0
    pace: float = 0.0
    rise: float = 0.0
    seconds: float = 0.0
    days: int = 0
    whole: bool = False
    value: float = math.nan
    failure: str = ""

    def estimate(self, days: int) -> float:
        """Seconds of the whole run."""
        if self.whole:
            return self.seconds
        to_come = days - self.days
        rising = min(to_come, self.days)
        last = self.pace + self.rise * rising
        return self.seconds + rising * (self.pace + last) / 2.0 + (to_come - rising) * last


def no_probe(why: str) -> Probe:
    """What is known when nothing was run.

    Parameters
    ----------
    why : str
        Why not.

    Returns
    -------
    Probe
        Without runs.
    """
    return Probe(math.nan, 0, False, (), left_out=why)


def probe(
    case_of: Callable[[int, int], Case],
    points: int,
    outcome: str,
    *,
    seconds: float = SECONDS,
    clock: Callable[[], float] = time.perf_counter,
    begin: Callable[[Case], Any] | None = None,
) -> Probe:
    """Run some runs for about a second.

    Parameters
    ----------
    case_of : callable
        Gives the run of a point and a replicate, both from 0. Compile the kernels first.
    points : int
        How many points there are: the middle, the first and the last one are tried.
    outcome : str
        Name of an outcome.
    seconds : float
        When to stop: the run under way is cut short, between doublings of its days.
    clock : callable
        Seconds.
    begin : callable, optional
        Makes what has ``play(days)`` and ``summary`` from a case; a world when None.

    Returns
    -------
    Probe
        Of at least one run, perhaps cut short; runs cut short count only where fewer than two came
        to their end.
    """
    first = case_of(0, 0)
    deadline = clock() + seconds
    played: list[_Played] = []
    for point, replicate in _order(points, 2**64 - first.seed):
        case = case_of(point, replicate)
        played.append(_play(case, point, outcome, deadline, clock, begin or _world))
        if clock() >= deadline:
            break
    found = _summed_up(played, first.scenario.days, points // 2)
    pasts = [run.past for run in played if run.past > 0.0]
    own = float(np.mean(pasts)) * _pasts_of_a_seed(case_of, points) / points if pasts else 0.0
    return replace(found, seconds_per_run=found.seconds_per_run + own)


def _pasts_of_a_seed(case_of: Callable[[int, int], Case], points: int) -> int:
    """How many pasts all points have with one seed: one that is shared, or each its own."""
    tried = [case_of(point, 0).scenario for point in dict.fromkeys((0, points // 2, points - 1))]
    return 1 if len({address_of_past(scenario, 0) for scenario in tried}) == 1 else points


def _world(case: Case) -> World:
    return World(case.scenario, case.seed)


def _order(points: int, seeds: int) -> Iterator[tuple[int, int]]:
    """Point and replicate of the runs of a probe: some of each kind early."""
    middle = points // 2
    yield middle, 0
    yield from ((point, 0) for point in dict.fromkeys((0, points - 1)) if point != middle)
    yield from ((middle, replicate) for replicate in range(1, min(_MOST, seeds)))


def _play(
    case: Case,
    point: int,
    outcome: str,
    deadline: float,
    clock: Callable[[], float],
    begin: Callable[[Case], Any],
) -> _Played:
    """Play a run until it ends, fails, or the deadline has passed."""
    run = _Played(point)
    before, since = seconds_of_pasts(), clock()
    try:
        community = begin(case)
        run.past = seconds_of_pasts() - before
        begun, early = clock(), 0.0
        while run.days < case.scenario.days and (run.days == 0 or clock() < deadline):
            days = min(max(1, run.days), case.scenario.days - run.days)  # 1, 1, 2, 4, 8, ...
            morning = clock()
            community.play(days)
            late = (clock() - morning) / days
            run.rise = max(0.0, late - early) / days if run.days else 0.0
            run.pace = late + run.rise * days / 2.0
            run.days += days
            early = (clock() - begun) / run.days
        run.whole = run.days == case.scenario.days
        run.value = float(Run(community).summary[outcome]) if run.whole else math.nan
    except Exception as error:  # noqa: BLE001 - the sweep will note it as data; its time counts
        run.whole, run.failure = True, str(error)
    run.seconds = clock() - since - run.past
    return run


def _summed_up(played: list[_Played], days: int, middle: int) -> Probe:
    whole = [run for run in played if run.whole]
    used = whole if len(whole) >= 2 else played
    by_point: dict[int, list[float]] = {}
    for run in used:
        by_point.setdefault(run.point, []).append(run.estimate(days))
    values = tuple(run.value for run in whole if run.point == middle and run.value == run.value)
    return Probe(
        seconds_per_run=float(np.mean([np.mean(found) for found in by_point.values()])),
        runs=len(whole),
        extrapolated=not all(run.whole for run in used),
        values=values,
        failure=next((run.failure for run in played if run.failure), ""),
    )
