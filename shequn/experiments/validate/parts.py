"""The parts of a validation's work: what takes long first, and how much of it is done."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

from shequn.experiments.crews.workers import jobs_on_threads
from shequn.experiments.facts import Estimate, Fact, Records
from shequn.experiments.formulas.gauges import Limit, gauges
from shequn.experiments.validate.kept_facts import KeptFacts, kept_key
from shequn.model.scenario import Scenario

Simulate = Callable[[Scenario, int, float], Records]
# Shares of work, for the time left: seconds of each part on one core, about.
_WEIGHTS = {"facts": 1, "baselines": 2, "peers": 10, "limit": 2}
_LONG = {"interest-forum": 40, "chapters": 12, "study-room": 3}


@dataclass(frozen=True)
class Part:
    """A part of the work that can be done beside the others.

    Attributes
    ----------
    kind : str
        ``facts``, ``baselines``, ``limit`` or ``peers``.
    name : str
        Of the scenario or the closed form.
    work : callable
        Does it.
    """

    kind: str
    name: str
    work: Callable[[], Any]

    @property
    def weight(self) -> int:
        """Its share of the work."""
        longer = _LONG.get(self.name, 0) if self.kind == "facts" else 0
        return max(_WEIGHTS[self.kind], longer)


@dataclass(frozen=True)
class How:
    """How communities are simulated.

    Attributes
    ----------
    seeds : sequence of int
        Seeds of every scenario.
    size : float
        Relative to the scenarios' own.
    simulate : callable
        Gives the records of a scenario, a seed and a size.
    kept : KeptFacts or None
        Where what is finished is kept.
    """

    seeds: Sequence[int]
    size: float
    simulate: Simulate
    kept: KeptFacts | None


def measured(wanted: Sequence[Fact], records: Records) -> dict[str, Estimate]:
    """Facts of some records, by name; those that nothing measures are left out."""
    return {fact.id: fact.measure(records) for fact in wanted if fact.measure is not None}


def simulations(
    settings: dict[str, Scenario], wanted: dict[str, list[Fact]], how: How
) -> list[Part]:
    """A part for each community and seed, the long ones first.

    Parameters
    ----------
    settings : dict
        Scenarios by name.
    wanted : dict
        Their facts.
    how : How
        Seeds, size, and what is there already.

    Returns
    -------
    list of Part
        Each gives facts by name; those of one community in the order of the seeds.
    """

    def facts_of(name: str, seed: int) -> dict[str, Estimate]:
        scenario, facts = settings[name], wanted[name]

        def simulated() -> dict[str, Estimate]:
            return measured(facts, how.simulate(scenario, seed, how.size))

        if how.kept is None:
            return simulated()
        key = kept_key(scenario, seed, how.size, [fact.id for fact in facts])
        return how.kept.get(key, simulated)

    return [
        Part("facts", name, partial(facts_of, name, seed))
        for name in sorted(settings, key=lambda name: -_LONG.get(name, 0))
        for seed in how.seeds
    ]


def closed_forms(limits: Sequence[Limit], seed: int, size: float) -> list[Part]:
    """A part for each closed form, with as many of its replicates as the size says."""
    parts = []
    for limit in limits:
        runs = max(2, math.ceil(limit.replicates * size)) if limit.replicates > 1 else 1
        runs = min(runs, limit.replicates)
        parts.append(Part("limit", limit.id, partial(gauges, limit, seed, runs)))
    return parts


def play(
    parts: Sequence[Part], workers: int, progress: Callable[[int, int], None] | None
) -> dict[int, Any]:
    """Do every part.

    Parameters
    ----------
    parts : sequence of Part
        The work.
    workers : int
        Threads.
    progress : callable or None
        Called with the work done and planned.

    Returns
    -------
    dict
        What each part gave, by its place among them.
    """
    planned = sum(part.weight for part in parts)
    done, results = 0, {}
    if progress is not None:
        progress(0, planned)

    def work(place: int) -> tuple[int, Any]:
        return place, parts[place].work()

    with closing(jobs_on_threads(work, range(len(parts)), workers)) as finished:
        for place, result in finished:
            results[place] = result
            done += parts[place].weight
            if progress is not None:
                progress(done, planned)
    return results
