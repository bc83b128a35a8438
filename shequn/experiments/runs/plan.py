"""What an experiment wants to know: its points, each with the same seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from shequn.experiments.runs import store
from shequn.experiments.runs.cases import Case, Result, address_of, question_of, run_cases
from shequn.model.outcomes import OUTCOMES
from shequn.model.scenario import Scenario

LUCK = "run.seed"  # the path under which a replicate draws its seed


@dataclass(frozen=True)
class Point:
    """One thing that is tried: a scenario, and how it is called in tables.

    Attributes
    ----------
    head : dict
        Values that tell it from other points: those varied by path, or ``{"arm": name}``.
    scenario : Scenario
        With these values.
    day, change : int and mapping
        A change during the run, as in `Case`.
    """

    head: Mapping[str, Any]
    scenario: Scenario
    day: int = 0
    change: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def address(self) -> str:
        """What all its runs share (`shequn.experiments.runs.cases.address_of`)."""
        return address_of(self.scenario, self.day, self.change)


@dataclass(frozen=True)
class Plan:
    """The points of an experiment; replicate r has the same seed at each of them.

    Attributes
    ----------
    kind : str
        The command: ``sweep``, ``compare``.
    name : str
        Of the scenario that was asked about.
    points : sequence of Point
        What is tried; for a comparison the first is the base.
    seed : int
        Seed of replicate 0; that of replicate r is larger by r.
    worlds : sequence of sequence of dict
        For each point the values by path that each replicate draws from a posterior
        (`shequn.experiments.designs.worlds`), among them perhaps its seed, `LUCK`; empty: none.
    work : callable
        Computes a job.
    together : bool
        Whether all points of a replicate make one job, or each run makes its own.
    sets : int
        The same question asked so many times, as at each level of reading: equally many points for
        each, one set after the other, the first point of each being its base.
    """

    kind: str
    name: str
    points: Sequence[Point]
    seed: int
    worlds: Sequence[Sequence[Mapping[str, Any]]] = ()
    work: Callable[[Sequence[Case]], list[Result]] = run_cases
    together: bool = False
    sets: int = 1

    @property
    def focus(self) -> str:
        """The outcome that is looked at first: that of the first point's scenario."""
        return self.points[0].scenario.focus

    @property
    def outcomes(self) -> list[str]:
        """Names of the outcomes that its runs give, those of the user's own last."""
        own = [text for point in self.points[:1] for text in point.scenario.outcomes]
        return [*OUTCOMES, *(text.rpartition(":")[2] for text in own)]

    @property
    def paired(self) -> bool:
        """Whether the question is how far other points differ from the first."""
        return self.kind in ("compare", "branch")

    def part(self, number: int) -> Plan:
        """One of the sets, as a plan of its own."""
        n = len(self.points) // self.sets
        chosen = slice(number * n, (number + 1) * n)
        worlds = self.worlds[chosen] if self.worlds else ()
        return replace(self, points=self.points[chosen], worlds=worlds, sets=1)

    @property
    def days(self) -> int:
        """Length of the longest run."""
        return max((point.scenario.days for point in self.points), default=0)

    def case(self, point: int, replicate: int) -> Case:
        """One run of the plan."""
        one = self.points[point]
        seed = self.seed + replicate
        if not self.worlds:
            return Case(one.scenario, seed, one.address, one.day, one.change)
        # What a point sets goes before what a replicate draws.
        drawn = {p: v for p, v in self.worlds[point][replicate].items() if p not in one.head}
        seed = drawn.pop(LUCK, seed)
        scenario = one.scenario.with_values(drawn)
        address = address_of(scenario, one.day, one.change)
        return Case(scenario, seed, address, one.day, one.change)

    def cases(self, replicates: range) -> list[tuple[int, int, Case]]:
        """Runs with their point and replicate, replicate by replicate."""
        return [
            (point, replicate, self.case(point, replicate))
            for replicate in replicates
            for point in range(len(self.points))
        ]

    def facts(self) -> dict[str, Any]:
        """What identifies the plan, as plain values; the number of replicates does not."""
        facts: dict[str, Any] = {
            "seed": self.seed,
            "points": [dict(point.head) for point in self.points],
            "asked": [question_of(p.scenario, p.day, p.change) for p in self.points],
        }
        first = {"worlds": [dict(drawn[0]) for drawn in self.worlds]} if self.worlds else {}
        turns = [{"day": point.day, "values": dict(point.change)} for point in self.points]
        changes = {"changes": turns} if any(point.change for point in self.points) else {}
        return store.plain(facts | first | changes)

    def head(self, point: int, replicate: int) -> dict[str, Any]:
        """What the run tables say of a run: what its point varies, what its replicate draws."""
        drawn = self.worlds[point][replicate] if self.worlds else {}
        drawn = {path: value for path, value in drawn.items() if path != LUCK}
        return {**drawn, **self.points[point].head}
