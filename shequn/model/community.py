"""The community: the world as a Mesa model, with two engines and one set of rules."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mesa
import numpy as np

from shequn.agents.errors import Problem, ScenarioError
from shequn.agents.members import (
    BaseTierMember,
    HighTierMember,
    Member,
    MiddleTierMember,
    Operator,
)
from shequn.agents.tables import GONE
from shequn.model import engines
from shequn.model.arguments import check_arguments, seed_of
from shequn.model.collector import OutcomeCollector
from shequn.model.day import Today
from shequn.model.past import of_past
from shequn.model.past_cache import State, eve_of
from shequn.model.scenario import Scenario
from shequn.model.world import World, live_through

_VERBS = ("stay", "wait", "read", "feel", "speak", "buy", "invite")


class Community(World, mesa.Model):
    """A world as a Mesa model: its members and operators are agents.

    It is at day 0 when it is made: a past that its scenario has (``past.days``) is played then, or
    taken from where the same past is kept (`shequn.model.past_cache`).

    Parameters
    ----------
    scenario : Scenario, str or Path
        The scenario, its name, or its file.
    seed : int, optional
        Seed, 0 to 2**64 - 1; the scenario's own when None.
    engine : str
        ``compiled`` loops the verbs in compiled code; ``agents`` steps Mesa agents one by one. The
        tables are equal bit for bit.
    threads : int
        Threads of the compiled engine, for worlds of many groups; changes no bit.
    keep_messages : bool
        Keep a log of every message (who, when, which thread; there is no text).
    values : mapping, optional
        Parameters to change in the scenario, by path; for Mesa's ``batch_run``, which takes what it
        is given one by one: ``{"values": [{"group.capacity": 50}]}``, also for a single mapping.
    rng : int or numpy.random.Generator, optional
        Mesa's newer name for the seed; a generator is asked once for a seed, a whole number of 64
        bits, so that the same state of it makes the same community.

    Raises
    ------
    ScenarioError
        If the scenario or an argument cannot be used.

    See Also
    --------
    World : All that it has beside its agents.

    Examples
    --------
    >>> import shequn as sq
    >>> community = sq.Community("blank", seed=1)
    >>> community.step()
    >>> community
    Community of blank: day 1, seed 1, compiled engine, 0 members in 1 group
    """

    tier_classes: tuple[type[Member], type[Member], type[Member]] = (
        HighTierMember,
        MiddleTierMember,
        BaseTierMember,
    )
    _operator_class = Operator

    def __init__(
        self,
        scenario: Scenario | str | Path,
        seed: int | None = None,
        engine: str = "compiled",
        *,
        threads: int = 1,
        keep_messages: bool = False,
        values: Mapping[str, Any] | None = None,
        rng: int | np.random.Generator | None = None,
    ) -> None:
        check_arguments(seed, rng, engine, threads, keep_messages, values)
        settings = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
        settings = settings.with_values(values) if values else settings
        check_classes(self.tier_classes, engine)
        seed = seed_of(seed, rng, settings.seed)
        mesa.Model.__init__(self, rng=seed % 2**32)
        self.engine = engine
        self._members: list[Member] = []
        self._collector: Any = None
        self._build(settings, seed, threads, keep_messages)
        if engine == "agents":
            self.create_members()

    def _eve(self) -> State | None:
        """What was lived through before day 0: by agents of its classes, where these play."""
        if not self.day or self.engine == "compiled":
            return super()._eve()
        settings, seed, classes = self.settings, self.seed_of_run, self.tier_classes

        def begin(empty: bool) -> _Forerunner:
            return _Forerunner(settings, seed, classes, empty=empty)

        return eve_of(settings, seed, begin, shared=not any(map(overridden, classes)))

    @property
    def members(self) -> list[Member]:
        """The people as Mesa agents, by row of the members table; made when first asked for.

        Those who were removed are here, too, so that every row has its agent.
        """
        self.create_members()
        return self._members

    @property
    def agents(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Mesa's AgentSet of all agents: operators, and every person once for each operator."""
        if hasattr(self, "_members"):
            self.create_members()
        return self._all_agents

    @property
    def agents_by_type(self) -> Any:
        """Mesa's AgentSet of each class of agents."""
        if hasattr(self, "_members"):
            self.create_members()
        return self._agents_by_type

    @property
    def agent_types(self) -> list[type]:
        """The classes of agents."""
        return list(self.agents_by_type)

    def create_members(self) -> None:
        """Make the Mesa agents, once: the compiled engine does without them."""
        if not self._members and len(self.tables.members):
            tiers = self.tables.members["tier"]
            self._members = [self.tier_classes[tiers[row]](self, row) for row in range(len(tiers))]
            self._deregister_gone()

    def _deregister_gone(self) -> None:
        """Mesa's sets hold nobody who was removed."""
        if self._members:
            for row in np.flatnonzero(self.tables.members["status"] == GONE):
                mesa.Agent.remove(self._members[row])

    def _let_go(self) -> None:
        """Those who were removed leave."""
        gone = bool(self._leaving)
        super()._let_go()
        if gone:
            self._deregister_gone()

    @property
    def datacollector(self) -> Any:
        """Mesa's data collector: yours if you set one, else the outcomes at every midnight.

        See `shequn.model.collector.OutcomeCollector`; it is made when first asked for.
        """
        if self._collector is None:
            self._collector = OutcomeCollector(self)
        if isinstance(self._collector, OutcomeCollector):
            self._collector.collect(self)
        return self._collector

    @datacollector.setter
    def datacollector(self, collector: mesa.DataCollector) -> None:
        self._collector = collector

    def step(self) -> None:
        """One day: operators plan, members hold their sessions, midnight settles the rest."""
        self.play(1)

    def _by_steps(self) -> bool:
        """Whether Python has to look each day: agents are stepped there."""
        return self.engine == "agents" or super()._by_steps()

    def _play_groups(self, today: Today) -> np.ndarray:
        """One day of all groups, up to midnight; returns the log of the day."""
        if self.engine == "compiled":
            return super()._play_groups(today)
        self._playing = True
        try:
            return engines.play_agents(self, today)
        finally:
            self._playing = False

    def copy(self) -> Community:
        """An independent copy in memory: it goes on with the same bits.

        Attributes that Mesa agents of your own keep beside the tables are not copied; what a
        posting policy has noted is.

        Returns
        -------
        Community
            At the same midnight.
        """
        other: Any = super().copy()
        other.steps = self.steps
        other.random.setstate(self.random.getstate())
        other.rng.bit_generator.state = self.rng.bit_generator.state
        other._begin_anew()
        return other

    def _another(self, settings: Scenario) -> Community:
        """A community of the same kind."""
        return type(self)(
            settings, self.seed_of_run, self.engine, threads=self.threads,
            keep_messages=self.keeps_messages,
        )  # fmt: skip

    def _begin_anew(self) -> None:
        """Agents look at the tables as they are now."""
        for member in self._members:
            member.record = self.tables.members[member.row]
        self._deregister_gone()

    @classmethod
    def resume(
        cls, path: str | Path, engine: str | None = None, *, trust: bool = False
    ) -> Community:
        """Go on from a saved community: the same bits as an uninterrupted run.

        Parameters
        ----------
        path : str or Path
            A file that `save` wrote.
        engine : str, optional
            ``compiled`` or ``agents``; the one it was saved with when None.
        trust : bool
            Run the policy file that it names, if it names one: whoever made the file decides which
            code that is.

        Returns
        -------
        Community
            At the midnight at which it was saved.

        Raises
        ------
        SnapshotError
            If the file is damaged, foreign, or of another version.
        ScenarioError
            If a file that its scenario names is gone; or is a policy, and not trusted.
        """
        community = cls._resumed(path, trust, lambda meta: {"engine": engine or meta["engine"]})
        community._begin_anew()
        return community


class _Forerunner(Community):
    """A community that lives through a past, for others with the same classes to go on from.

    Nothing that a subclass of `Community` adds is called before day 0.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        classes: tuple[type[Member], type[Member], type[Member]],
        *,
        empty: bool,
    ) -> None:
        self.tier_classes, self._empty = classes, empty
        super().__init__(scenario, seed, "agents")
        self.settings = of_past(scenario)
        self.history = [(0, self.settings)]
        self._prepare()

    def _eve(self) -> None:
        """It begins at the beginning of its past."""
        return

    def play_past(self) -> None:
        """Play all days before day 0: counts begin anew, and each member keeps its own."""
        live_through(self)


def check_classes(classes: tuple[type[Member], ...], engine: str) -> None:
    """The compiled engine plays no method of an agent: an overridden verb would have no effect."""
    for kind in classes if engine == "compiled" else ():
        if verbs := overridden(kind):
            words = f"{kind.__name__} overrides {', '.join(verbs)}; that needs engine 'agents'"
            raise ScenarioError([Problem("engine", words)])


def overridden(kind: type[Member]) -> list[str]:
    """The verbs that a class of members plays in its own way."""
    return [verb for verb in _VERBS if getattr(kind, verb) is not getattr(Member, verb)]
