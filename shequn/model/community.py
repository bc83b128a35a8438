"""The community: a Mesa model with two engines and one set of rules."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from shequn.agents.campaigns import make_policy
from shequn.agents.errors import Problem, ScenarioError, SnapshotError
from shequn.agents.members import BaseTierMember, HighTierMember, Member, MiddleTierMember
from shequn.agents.operator import Operator
from shequn.agents.policies import Observation
from shequn.agents.randomness import philox4x32, stream
from shequn.agents.tables import (
    GONE,
    INVITATION_DTYPE,
    LOG_DTYPE,
    VISIT_DTYPE,
    Tables,
    blank_pages,
    table,
    tally_numbers,
)
from shequn.model import engines, midnight, snapshot
from shequn.model.added import Added, by_day, undefined
from shequn.model.arguments import check_arguments, check_classes, overridden, seed_of
from shequn.model.build import build
from shequn.model.care import events_on
from shequn.model.change import changed, put
from shequn.model.collector import OutcomeCollector
from shequn.model.competition import exchange
from shequn.model.contacts import load_network, no_network
from shequn.model.day import Today
from shequn.model.funnel import funnel_frame
from shequn.model.invitations import askers
from shequn.model.ledger import entries_of_day, posts_by_kind
from shequn.model.memory import refuse_too_large
from shequn.model.morning import follow, observe, plan_day, set_terms
from shequn.model.observation import (
    ADDED_DAILY,
    Journal,
    daily_frame,
    groups_frame,
    invitations_frame,
    market_frame,
    members_frame,
    messages_frame,
    orders_frame,
)
from shequn.model.outcomes import outcomes_of
from shequn.model.parameters import kernel_record
from shequn.model.past import Past, of_past
from shequn.model.past_cache import State, eve_of
from shequn.model.removal import depart
from shequn.model.retention import retention_frame
from shequn.model.rhythm import factors_of_week, quantiles_of_day
from shequn.model.scenario import Scenario, refuse_code
from shequn.model.shown import outcomes_table
from shequn.model.without import added

if TYPE_CHECKING:
    import pandas as pd

PAIR = stream("read.pair")
_WEEK = 7


class Community(mesa.Model):
    """A market of people, the groups they are in, and the operators who post.

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

    Attributes
    ----------
    day : int
        Days passed since day 0.
    first_day : int
        The day on which the world began: 0, or before it where there is a past.
    settings : Scenario
        What it was made from; after `change`, what holds now.
    history : list of (int, Scenario)
        From which day on which settings held; the first is what it was made from.
    tables : Tables
        The state.
    rules : numpy.ndarray
        The parameters as the verbs read them, a row for each channel of each operator.
    operators : list of Operator
        The operator under study, then its rivals.

    Raises
    ------
    ScenarioError
        If the scenario or an argument cannot be used.

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
        self.seed_of_run = seed_of(seed, rng, settings.seed)
        super().__init__(rng=self.seed_of_run % 2**32)
        self.settings = settings
        self.history = [(0, settings)]
        self.engine = engine
        self.threads = threads
        self.first_day = self.day = -settings.past.days
        begun = of_past(settings)
        self._network = no_network()
        market = settings.parameters.market
        if market.network:
            path = settings.folder / market.network
            self._network = load_network(path, market.people, "market.network")
        channels = begun.operators
        refuse_too_large(channels)
        key = _pair_key(self.seed_of_run)
        records = [kernel_record(q, self.seed_of_run, key) for own in channels for q in own]
        self.rules = np.array(records, dtype=records[0].dtype)  # else rows lose their attributes
        self.tables = build(channels, self.seed_of_run, self.rules, self._network, self.day)
        self.operators = [
            Operator(self, make_policy(own[0], settings.folder), k, own, Journal(), name)
            for k, (own, name) in enumerate(zip(channels, begun.operator_names, strict=True))
        ]
        self._logs: list[np.ndarray] | None = [] if keep_messages else None
        self._invitations: list[np.ndarray] = []
        self._members: list[Member] = []
        self._leaving: list[int] = []
        self._playing = False
        self._collector: Any = None
        self.visit = table(1, VISIT_DTYPE)[0]
        self.pages = blank_pages()
        self._prepare()
        self._arrive()
        if engine == "agents":
            self.create_members()

    def _arrive(self) -> None:
        """Day 0 after a past: what was lived through is taken over, and what holds now holds."""
        if not self.day:
            return
        settings, seed, classes = self.settings, self.seed_of_run, self.tier_classes

        def begin() -> Forerunner:
            return Forerunner(settings, seed, self.engine, self.threads, classes)

        shared = not any(overridden(kind) for kind in classes)
        self._take(eve_of(settings, seed, begin, shared=shared))
        put(self, settings)
        self._prepare()

    def _prepare(self) -> None:
        """What follows from parameters, tables and logs and is never saved."""
        q = self.settings.parameters
        self._quantiles = quantiles_of_day(q)
        self._factors = factors_of_week(q)
        self._all_groups = np.arange(len(self.tables.groups) + 1)
        self._starts = np.zeros(len(self.tables.groups) + 1, np.int64)
        self._rows = np.zeros(len(self.tables.members), np.int32)
        threshold = int(self.rules["invite_threshold"].max())
        self._asked = askers(self.tables.members, self._invitations, threshold)
        self._roster()

    def _roster(self) -> None:
        midnight.rosters_of(self.tables, self._starts, self._rows)

    @property
    def operator(self) -> Operator:
        """The operator under study."""
        return self.operators[0]

    @property
    def journal(self) -> Journal:
        """The record of every day so far of the operator under study."""
        return self.operators[0].journal

    @property
    def p(self) -> Any:
        """The parameters of the operator's first channel, as the verbs read them."""
        return self.rules[0]

    @property
    def open_groups(self) -> int:
        """Open groups of the operator under study."""
        return int(self.tables.operators["open_groups"][0])

    @property
    def rosters(self) -> tuple[np.ndarray, np.ndarray]:
        """Who is in which group: rows of group g are ``rows[starts[g]:starts[g + 1]]``."""
        return self._starts, self._rows

    @property
    def network(self) -> tuple[np.ndarray, np.ndarray]:
        """The contact network as adjacency lists; empty when contacts are drawn."""
        return self._network

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

    def remove_person(self, row: int) -> None:
        """Take a person out of the world, for good (see `shequn.agents.members.Member.remove`).

        Parameters
        ----------
        row : int
            A row of the members table; the person's rows for other operators are removed with it.
        """
        self._leaving.append(row % self.settings.parameters.market.people)
        if not self._playing:
            self._let_go()

    def _let_go(self) -> None:
        """Those who were removed leave."""
        if self._leaving:
            for person in self._leaving:
                depart(self.tables, person, self.settings.parameters.market.people)
            self._leaving = []
            self._deregister_gone()
            self._roster()

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

    def group_order(self) -> np.ndarray:
        """Order in which groups are played; changes no bit of the result."""
        rows = [np.arange(o.groups.start, o.groups.stop) for o in self.operators]
        return np.concatenate(rows) if len(rows) > 1 else rows[0]

    def observation(self) -> Observation:
        """What the operator under study can see this morning."""
        return observe(self.operator, self.seed_of_run, self.day)

    def step(self) -> None:
        """One day: operators plan, members hold their sessions, midnight settles the rest."""
        self._play()

    def _play(self) -> None:
        plans = [
            plan_day(operator, self.operators, self.rules, self.seed_of_run, self.day)
            for operator in self.operators
        ]
        whole = self._laid_out(plans)
        timing = (float(self._factors[self.day % _WEEK]), self._quantiles)
        if self.engine == "agents":
            log = self._play_agents(whole, timing)
        else:
            log = self._play_compiled(whole, timing)
        if self._logs is not None:
            self._logs.append(log)
        self._midnight(plans)
        self._let_go()

    def _laid_out(self, plans: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """All posts of the day in order of the groups table, and where each group's begin."""
        plan = plans[0]
        if len(plans) > 1:
            plan = np.concatenate(plans)
            first = [operator.groups.start for operator in self.operators]
            plan["group"] += np.repeat(first, [len(part) for part in plans])
        return np.searchsorted(plan["group"], self._all_groups).astype(np.int64), plan

    def _play_agents(self, plan: tuple, timing: tuple) -> np.ndarray:
        self._playing = True
        try:
            return engines.play_agents(self, plan, timing)
        finally:
            self._playing = False

    def _play_compiled(self, plan: tuple, timing: tuple) -> np.ndarray:
        order = self.group_order()
        keep = self._logs is not None
        today = Today(self.day, self.rosters, plan, *timing)
        arguments = (today, self.tables, self.rules, keep)
        if self.threads == 1 or len(order) < 2:
            return engines.play_compiled(order, *arguments)
        parts = np.array_split(order, min(len(order), 4 * self.threads))
        with ThreadPoolExecutor(self.threads) as pool:
            logs = list(pool.map(lambda part: engines.play_compiled(part, *arguments), parts))
        return np.concatenate(logs)

    def _midnight(self, plans: list[np.ndarray]) -> None:
        for operator in self.operators:
            lines = midnight.night(
                self.day, self.tables, operator.number, self._network, self._asked, self.rosters,
                self.rules,
            )  # fmt: skip
            self._invitations.append(lines)
        if len(self.operators) > 1:
            exchange(self.day + 1.0, self.tables, self.rules)
        self._roster()
        for operator, plan in zip(self.operators, plans, strict=True):
            self._close_books(operator, plan)
        self.day += 1

    def _close_books(self, operator: Operator, plan: np.ndarray) -> None:
        """Write the operator's day into its journal, and clear the day's counts."""
        groups = operator.groups.stop - operator.groups.start
        operator.look()
        numbers = tally_numbers(self.tables.tally[operator.groups])
        totals = operator.journal.count(numbers)
        counts = {
            **totals,
            "orders": totals["orders_new"] + totals["orders_repeat"],
            "groups": float(groups),
            "events": float(
                events_on(self.day, operator.groups.start, groups, self.tables.groups, self.rules)
            ),
            "human_messages": float(operator.journal.written[-1].sum()),
        }
        kinds = posts_by_kind(plan, len(numbers))
        prizes = float(plan["prize"].sum(dtype=float))
        entries = entries_of_day(operator.channels, kinds, prizes, counts, operator.terms)
        operator.journal.add(kinds, entries)
        numbers[...] = 0.0

    def change(self, values: Mapping[str, Any]) -> None:
        """Go on with other parameter values from this midnight on.

        What an operator decides, costs, the rules of groups and platforms, and the coefficients of
        behaviour can change; what only shapes the start cannot: people and their traits, the
        market, the number of groups and their first members, the length of the feeds
        (`shequn.model.change.FIXED`). A value equal to the present one changes nothing, and no bit.

        Stocks, clocks and members stay as they are: a lower ``group.capacity`` sends nobody away,
        ``feel.habit_start`` concerns those who join from now on. Times are days of the run
        (``incident.day``, ``coupon.start``): one that has passed has no effect. A queue is sent
        away when ``group.overflow`` is no longer ``wait``. Who is likely to buy is estimated anew
        when promotions begin to be shown to some members only, and with another
        ``targeting.precision``. ``costs.discount`` values the whole record.

        Parameters
        ----------
        values : mapping
            Values by path, as for `Scenario.with_values`.

        Raises
        ------
        ScenarioError
            With every value that is wrong, or only shapes the start; nothing is changed then.
        """
        settings = changed(self.settings, values)
        if settings != self.settings:
            self._go_on_with(settings)

    def _go_on_with(self, settings: Scenario) -> None:
        put(self, settings)
        self.settings = settings
        self.history.append((self.day, settings))
        self._prepare()

    def copy(self) -> Community:
        """An independent copy in memory: it goes on with the same bits.

        Attributes that Mesa agents of your own keep beside the tables are not copied; what a
        posting policy has noted is.

        Returns
        -------
        Community
            At the same midnight.
        """
        other = type(self)(
            replace(self.settings, past=Past()), self.seed_of_run, self.engine,
            threads=self.threads, keep_messages=self.keeps_messages,
        )  # fmt: skip
        other.settings = self.settings
        other.steps, other.history = self.steps, list(self.history)
        other._take(self.state())
        other._logs = None if self._logs is None else list(self._logs)
        other.random.setstate(self.random.getstate())
        other.rng.bit_generator.state = self.rng.bit_generator.state
        other._prepare()
        other._deregister_gone()
        return other

    def state(self) -> State:
        """What it has come to: a view, which changes as it goes on."""
        books = tuple((own.journal, own.terms, own.policy) for own in self.operators)
        return State(
            self.day, self.first_day, self.tables, self.rules, tuple(self._invitations), books
        )

    def _take(self, state: State) -> None:
        """Go on from what a community of the same scenario has come to; it stays as it is."""
        self.day, self.first_day = state.day, state.first_day
        fresh = [table(array.shape, array.dtype) for array in state.tables]
        fresh[0] = self.tables.members  # Mesa agents look at its rows
        self.tables = Tables(*fresh)
        for its, other in zip(self.tables, state.tables, strict=True):
            its[...] = other
        self.rules[...] = state.rules
        self._invitations = list(state.invitations)
        for operator, (journal, terms, policy) in zip(self.operators, state.operators, strict=True):
            operator.journal, operator.terms = journal.copy(), dict(terms)
            operator.policy = copy.deepcopy(policy)
            operator.look()

    def save(self, path: str | Path) -> None:
        """Save the community to one file, to go on later (`resume`).

        Parameters
        ----------
        path : str or Path
            A file that does not exist yet.

        Raises
        ------
        SnapshotError
            If it exists, cannot be written, or the policy cannot be saved.
        """
        snapshot.save(self, Path(path))

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
        saved = snapshot.Saved(path)
        meta = saved.meta
        if meta["past"]:
            raise SnapshotError(f"{path}: the end of a past that is kept for runs, not one of them")
        settings = snapshot.scenario_of(meta["scenario"], saved.path)
        changes = [(day, snapshot.scenario_of(each, saved.path)) for day, each in meta["changes"]]
        if not trust:
            for scenario in (settings, *(each for _, each in changes)):
                refuse_code(scenario, str(path))
        community = cls(
            of_past(settings),
            int(meta["seed"]),
            engine or meta["engine"],
            threads=meta["threads"],
            keep_messages=meta["keep_messages"],
        )
        community.history = []
        for day, scenario in [(0, settings), *changes]:
            community.day = day
            community._go_on_with(scenario)
        snapshot.restore(community, saved)
        community._prepare()
        community._deregister_gone()
        return community

    def restore_logs(self, invitations: np.ndarray, messages: np.ndarray) -> None:
        """Put back the logs of a saved community, and what its operators do."""
        for operator in self.operators:
            copied = int(operator.record["copies"])
            if copied != operator.number:
                follow(operator, self.operators[copied])
            set_terms(operator, self.rules, self.day)
        self._invitations = [invitations]
        if self._logs is not None:
            self._logs = [messages]

    def close(self) -> None:
        """Let go of all tables and records; the community cannot be used any more.

        Mesa's models refer to themselves, so that Python would free them only when it next collects
        garbage: after some dozen communities, which may be gigabytes.
        """
        vars(self).clear()

    def __repr__(self) -> str:
        """Scenario, day, seed, engine and size, in a line."""
        name = type(self).__name__
        if not hasattr(self, "operators"):
            return f"{name}: closed, or not made yet"
        operator = self.operators[0]
        members = int(self.tables.groups["n_members"][operator.groups].sum())
        groups = self.open_groups
        rivals = f", rivals {len(self.operators) - 1}" if len(self.operators) > 1 else ""
        return (
            f"{name} of {self.settings.name}: day {self.day}, seed {self.seed_of_run}, "
            f"{self.engine} engine, {members:,} members in {groups:,} "
            f"group{'' if groups == 1 else 's'}{rivals}{self.settings.past.words}"
        )

    def _repr_html_(self) -> str | None:
        """Its main outcomes as a table, for notebooks."""
        there = hasattr(self, "operators")
        return outcomes_table(repr(self), self.summary) if there else None

    @property
    def daily(self) -> pd.DataFrame:
        """Each day by tier (see `shequn.model.observation.daily_frame`)."""
        frame = daily_frame(self.journal)
        for name, values in zip(ADDED_DAILY, self.daily_added, strict=True):
            frame[name] = np.nan
            frame.loc[frame["tier"] == "all", name] = values
        return frame

    @property
    def gained(self) -> Added | None:
        """Orders with the group and without (`shequn.model.without`); None where undefined."""
        if undefined(self.settings.parameters):
            return None
        return added(self.own_members, self.rules, self.first_day, self.day)

    @property
    def daily_added(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What the group adds on each day (`shequn.model.added.by_day`)."""
        gained = self.gained
        if gained is None:
            nothing = np.full(self.day, np.nan)
            return nothing, nothing, nothing
        return by_day(gained, self.journal, self.settings.parameters)

    @property
    def groups(self) -> pd.DataFrame:
        """Each day by group (see `shequn.model.observation.groups_frame`)."""
        return groups_frame(self.journal)

    @property
    def market(self) -> pd.DataFrame:
        """Each day by operator (see `shequn.model.observation.market_frame`)."""
        names = [operator.name for operator in self.operators]
        return market_frame([operator.journal for operator in self.operators], names)

    @property
    def own_members(self) -> np.ndarray:
        """The rows of the members table for the operator under study: MEMBER_DTYPE, (people,)."""
        return self.tables.members[: self.settings.parameters.market.people]

    @property
    def people(self) -> pd.DataFrame:
        """Everyone in the market, seen from the operator under study.

        See `shequn.model.observation.members_frame`.
        """
        return members_frame(self.own_members)

    @property
    def invitations(self) -> pd.DataFrame:
        """Every invitation delivered, and what became of it."""
        return invitations_frame(self.invitation_log)

    @property
    def funnel(self) -> pd.DataFrame:
        """Persons at each stage, and how many go on (see `shequn.model.funnel`)."""
        return funnel_frame(self.own_members)

    @property
    def retention(self) -> pd.DataFrame:
        """Who is still there, by cohort and source (see `shequn.model.retention`)."""
        return retention_frame(self.own_members, self.day)

    @property
    def invitation_log(self) -> np.ndarray:
        """Every invitation delivered since day 0: INVITATION_DTYPE, in order of delivery."""
        lines = self.all_invitations
        return lines[lines["time"] > 0.0] if self.first_day else lines

    @property
    def all_invitations(self) -> np.ndarray:
        """Those of the past, too: whom a member has asked is not forgotten at day 0."""
        return np.concatenate(self._invitations or [table(0, INVITATION_DTYPE)])

    @property
    def keeps_messages(self) -> bool:
        """Whether messages and orders are logged."""
        return self._logs is not None

    @property
    def message_log(self) -> np.ndarray | None:
        """Every message and every order: LOG_DTYPE; None when no log is kept."""
        if self._logs is None:
            return None
        return np.concatenate(self._logs or [table(0, LOG_DTYPE)])

    @property
    def messages(self) -> pd.DataFrame:
        """Every message (needs ``keep_messages=True``)."""
        return messages_frame(self._whole_log("messages"))

    @property
    def orders(self) -> pd.DataFrame:
        """Every order (needs ``keep_messages=True``)."""
        return orders_frame(self._whole_log("orders"))

    def _whole_log(self, name: str) -> np.ndarray:
        log = self.message_log
        if log is None:
            raise ScenarioError([Problem(name, "no log; use keep_messages=True")])
        return log

    @property
    def summary(self) -> dict[str, float]:
        """The outcomes so far (see `shequn.model.outcomes.OUTCOMES`)."""
        rivals = [operator.journal for operator in self.operators[1:]]
        q, members = self.settings.parameters, self.own_members
        return outcomes_of(self.journal, members, q, self.open_groups, rivals, self.gained)


class Forerunner(Community):
    """A community that lives through a past, for others to go on from.

    It is played by the rules of those who go on, but nothing that a subclass of `Community` adds
    is called before day 0.

    Parameters
    ----------
    scenario : Scenario
        With a past.
    seed, engine, threads
        As for `Community`.
    classes : tuple of type
        Classes of the members.
    """

    def __init__(
        self, scenario: Scenario, seed: int, engine: str, threads: int,
        classes: tuple[type[Member], type[Member], type[Member]],
    ) -> None:  # fmt: skip
        self.tier_classes = classes
        super().__init__(scenario, seed, engine, threads=threads)
        self.settings = of_past(scenario)
        self.history = [(0, self.settings)]

    def _arrive(self) -> None:
        """It stays at the beginning of its past."""

    def play_past(self) -> None:
        """Play all days before day 0: counts begin anew, and each member keeps its own."""
        while self.day < 0:
            self._play()
        for operator in self.operators:
            operator.journal.begin()
        members = self.tables.members
        for name in (
            "posts", "orders", "orders_elsewhere", "invitations", "likes", "promos_read",
        ):  # fmt: skip
            members[f"{name}_before"] = members[name]
        members["chances"] = np.where(members["last_due"] > 0.0, members["last_chance"], 0.0)


def _pair_key(seed: int) -> int:
    """The key of the generator that decides who knows whom."""
    low, high = np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32)
    zero = np.uint64(0)
    return int(philox4x32(zero, zero, zero, PAIR, low, high)[0])
