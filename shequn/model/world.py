"""The world: tables of people and groups, and the days that are played on them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.agents.campaigns import make_policy
from shequn.agents.errors import Problem, ScenarioError, SnapshotError
from shequn.agents.operator import PlainOperator
from shequn.agents.policies import Observation
from shequn.agents.randomness import philox4x32, stream
from shequn.agents.tables import INVITATION_DTYPE, LOG_DTYPE, Tables, table
from shequn.model import snapshot
from shequn.model.added import Added, by_day, undefined
from shequn.model.arguments import check_arguments
from shequn.model.build import build
from shequn.model.change import changed, put
from shequn.model.contacts import load_network, no_network
from shequn.model.day import PLAYED, Today
from shequn.model.days import Going, Rhythm, begin_day, end_day, play_days
from shequn.model.discovery import selections
from shequn.model.funnel import funnel_frame
from shequn.model.invitations import askers
from shequn.model.memory import refuse_too_large
from shequn.model.midnight import Ties, play_night, rosters_of
from shequn.model.morning import set_terms
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
from shequn.model.paper import Paper
from shequn.model.parameters import kernel_record
from shequn.model.past import Past, of_past
from shequn.model.past_cache import State, eve_of
from shequn.model.planners import follow, observe, orders_of, plan_morning, up_to_date
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


class World:
    """A market of people, the groups they are in, and the operators who post.

    It is at day 0 when it is made: a past that its scenario has (``past.days``) is played then, or
    taken from where the same past is kept (`shequn.model.past_cache`). Days are played by compiled
    code; `shequn.Community` is the same world as a Mesa model.

    Parameters
    ----------
    scenario : Scenario, str or Path
        The scenario, its name, or its file.
    seed : int, optional
        Seed, 0 to 2**64 - 1; the scenario's own when None.
    threads : int
        Threads, for worlds of many groups; changes no bit.
    keep_messages : bool
        Keep a log of every message (who, when, which thread; there is no text).
    values : mapping, optional
        Parameters to change in the scenario, by path.

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
    >>> world = sq.World("blank", seed=1)
    >>> world.play(30)
    >>> world
    World of blank: day 30, seed 1, compiled engine, 0 members in 1 group
    """

    engine = "compiled"
    _empty = False  # nobody is there: for a saved state
    _operator_class: type[PlainOperator] = PlainOperator

    def __init__(
        self,
        scenario: Scenario | str | Path,
        seed: int | None = None,
        *,
        threads: int = 1,
        keep_messages: bool = False,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        check_arguments(seed, None, self.engine, threads, keep_messages, values)
        settings = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
        settings = settings.with_values(values) if values else settings
        self._build(settings, settings.seed if seed is None else int(seed), threads, keep_messages)

    def _build(self, settings: Scenario, seed: int, threads: int, keep_messages: bool) -> None:
        self.settings = settings
        self.seed_of_run = seed
        self.history = [(0, settings)]
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
        key = _pair_key(seed)
        records = [kernel_record(q, seed, key) for own in channels for q in own]
        self.rules = np.array(records, dtype=records[0].dtype)  # else rows lose their attributes
        eve = self._eve()
        if eve is None:
            self.tables = build(
                channels, seed, self.rules, self._network, self.day, empty=self._empty
            )
        else:
            self.tables = eve.tables  # until it is taken over
        self.operators = [
            self._operator_class(
                self, make_policy(own[0], settings.folder), k, own, Journal(), name
            )
            for k, (own, name) in enumerate(zip(channels, begun.operator_names, strict=True))
        ]
        self._logs: list[np.ndarray] | None = [] if keep_messages else None
        self._invitations: list[np.ndarray] = []
        self._leaving: list[int] = []
        self._playing = False
        if eve is not None:
            self._take(eve)
            put(self, settings)
        self._prepare()

    def _eve(self) -> State | None:
        """What was lived through before day 0, if anything was."""
        if not self.day:
            return None
        settings, seed, threads = self.settings, self.seed_of_run, self.threads

        def begin(empty: bool) -> Forerunner:
            return Forerunner(settings, seed, threads, empty=empty)

        return eve_of(settings, seed, begin, shared=True)

    def _prepare(self) -> None:
        """What follows from parameters, tables and logs and is never saved."""
        q = self.settings.parameters
        self._rhythm = Rhythm(factors_of_week(q), quantiles_of_day(q))
        threshold = int(self.rules["invite_threshold"].max())
        asked = askers(self.tables.members, self._invitations, threshold)
        self._ties = Ties(self._network, asked, selections(self.tables, self.rules))
        self._orders = orders_of(self.operators)
        people = len(self.tables.members)
        self._rosters = np.zeros(len(self.tables.groups) + 1, np.int64), np.zeros(people, np.int32)
        self._paper = Paper(self.tables, self.keeps_messages)
        self._roster()

    def _roster(self) -> None:
        rosters_of(self.tables, *self._rosters, self._paper.night.ends)

    @property
    def operator(self) -> PlainOperator:
        """The operator under study."""
        return self.operators[0]

    @property
    def journal(self) -> Journal:
        """The record of every day so far of the operator under study."""
        return self.operators[0].journal

    @property
    def visit(self) -> Any:
        """The visit under way: record of VISIT_DTYPE."""
        return self._paper.scratch.visits[0]

    @property
    def pages(self) -> np.ndarray:
        """Scratch for reading: array of PAGE_DTYPE, two rows."""
        return self._paper.scratch.pages

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
        return self._rosters

    @property
    def network(self) -> tuple[np.ndarray, np.ndarray]:
        """The contact network as adjacency lists; empty when contacts are drawn."""
        return self._network

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
            self._roster()

    def group_order(self) -> np.ndarray:
        """Order in which groups are played; changes no bit of the result."""
        rows = [np.arange(o.groups.start, o.groups.stop) for o in self.operators]
        return np.concatenate(rows) if len(rows) > 1 else rows[0]

    def observation(self) -> Observation:
        """What the operator under study can see this morning."""
        return observe(self.operator, self.operators, self.seed_of_run, self.day)

    def step(self) -> None:
        """One day: operators plan, members hold their sessions, midnight settles the rest."""
        self.play(1)

    def play(self, days: int, progress: Callable[[int], None] | None = None) -> None:
        """Play some days.

        Parameters
        ----------
        days : int
            How many, at least 0.
        progress : callable, optional
            Called every now and then with the number of these days done, and at the end.

        Raises
        ------
        PolicyError
            If a policy of the user's own raises, or returns no plan.
        """
        done = 0
        while done < days:
            done += self._play_some(days - done)
            if progress is not None:
                progress(done)

    def _play_some(self, days: int) -> int:
        """Play a day by steps, or as many at once as there is room for: how many."""
        if not up_to_date(self._orders, self.operators):
            self._orders = orders_of(self.operators)
        if self._by_steps():
            self._play_day()
            return 1
        days = min(days, self._paper.most_days)
        self._begin(days)
        going = Going(
            self.tables, self.rules, self._rosters, self._ties, self._rhythm, self._orders.kernel
        )
        self.in_full(lambda paper: play_days(self.day + days, going, paper.all))
        self._end(days)
        return days

    def _by_steps(self) -> bool:
        """Whether Python has to look each day."""
        kind = type(self)
        return (
            (self.threads > 1 and len(self.tables.groups) > 1)
            or self._orders.needs_python
            or kind._play_groups is not World._play_groups
            or kind.group_order is not World.group_order
        )

    def _begin(self, days: int) -> None:
        """Open the books for some days."""
        self._paper.begin(self.day, days, self.operators)

    def in_full(self, kernel: Callable[[Paper], int]) -> None:
        """Call compiled code until it has played all; where it lacks room it gets more."""
        while (status := kernel(self._paper)) != PLAYED:
            self._paper.enlarge(status)

    def _end(self, days: int) -> None:
        """Close the books: what happened goes into journals and logs."""
        self._paper.write_down(self.operators, self.day, days, self._invitations, self._logs)
        self.day += days
        for operator in self.operators:
            operator.look()
        self._orders.keep_up(self.operators)

    def _play_day(self) -> None:
        """One day in steps: Python plans where it has to, and plays the groups as it wants."""
        self._begin(1)
        paper, orders = self._paper, self._orders
        plan_morning(self, orders, paper)
        begin_day(self.tables, self.rules, orders.kernel, paper.history, paper.books, paper.plan)
        weekday = float(self._rhythm.factors[self.day % _WEEK])
        board, rhythm = paper.plan.board, self._rhythm
        plan = (board.starts, board.posts)
        today = Today(self.day, self._rosters, plan, weekday, rhythm.quantiles)
        log = self._play_groups(today)
        if self._logs is not None:
            self._logs.append(log)
        self.in_full(
            lambda paper: play_night(
                self.day, self.tables, self._ties, self._rosters, self.rules, paper.night
            )
        )
        end_day(self.tables, self.rules, paper.books, paper.history, paper.plan)
        self._end(1)
        self._let_go()

    def _play_groups(self, today: Today) -> np.ndarray:
        """One day of all groups, up to midnight; returns the log of the day."""
        order = self.group_order()
        parts = [order]
        if self.threads > 1 and len(order) > 1:
            parts = np.array_split(order, min(len(order), 4 * self.threads))
        work = [(part, today, self.tables, self.rules) for part in parts]
        if len(parts) == 1:
            return self._paper.play_part(*work[0])
        with ThreadPoolExecutor(self.threads) as pool:
            logs = list(pool.map(lambda each: self._paper.play_part(*each), work))
        return np.concatenate(logs)

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

    def copy(self) -> World:
        """An independent copy in memory: it goes on with the same bits.

        Attributes that Mesa agents of your own keep beside the tables are not copied; what a
        posting policy has noted is.

        Returns
        -------
        World
            At the same midnight.
        """
        other = self._another(replace(self.settings, past=Past()))
        other.settings = self.settings
        other.history = list(self.history)
        other._take(self.state())
        other._logs = None if self._logs is None else list(self._logs)
        other._prepare()
        return other

    def _another(self, settings: Scenario) -> World:
        """A world of the same kind."""
        return type(self)(
            settings, self.seed_of_run, threads=self.threads, keep_messages=self.keeps_messages
        )

    def state(self) -> State:
        """What it has come to: a view, which changes as it goes on."""
        books = tuple((own.journal, own.policy) for own in self.operators)
        return State(
            self.day, self.first_day, self.tables, self.rules, tuple(self._invitations), books
        )

    def _take(self, state: State) -> None:
        """Go on from what a world of the same scenario has come to; it stays as it is."""
        self.day, self.first_day = state.day, state.first_day
        self.tables = Tables(*(table(array.shape, array.dtype) for array in state.tables))
        for its, other in zip(self.tables, state.tables, strict=True):
            its[...] = other  # between the columns all bytes are 0, as in a table that was built
        self.rules[...] = state.rules
        self._invitations = list(state.invitations)
        for operator, (journal, policy) in zip(self.operators, state.operators, strict=True):
            operator.journal = journal.copy()
            operator.policy = copy.deepcopy(policy)
            operator.look()

    def save(self, path: str | Path) -> None:
        """Save the world to one file, to go on later (`resume`).

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
    def resume(cls, path: str | Path, *, trust: bool = False) -> World:
        """Go on from a saved world: the same bits as an uninterrupted run.

        Parameters
        ----------
        path : str or Path
            A file that `save` wrote.
        trust : bool
            Run the policy file that it names, if it names one: whoever made the file decides which
            code that is.

        Returns
        -------
        World
            At the midnight at which it was saved.

        Raises
        ------
        SnapshotError
            If the file is damaged, foreign, or of another version.
        ScenarioError
            If a file that its scenario names is gone; or is a policy, and not trusted.
        """
        return cls._resumed(path, trust)

    @classmethod
    def _resumed(
        cls, path: str | Path, trust: bool, how: Callable[[Any], Mapping[str, Any]] | None = None
    ) -> Any:
        saved = snapshot.Saved(path)
        meta = saved.meta
        if meta["past"]:
            raise SnapshotError(f"{path}: the end of a past that is kept for runs, not one of them")
        settings = snapshot.scenario_of(meta["scenario"], saved.path)
        changes = [(day, snapshot.scenario_of(each, saved.path)) for day, each in meta["changes"]]
        if not trust:
            for scenario in (settings, *(each for _, each in changes)):
                refuse_code(scenario, str(path))
        world = cls(
            of_past(settings), int(meta["seed"]), threads=meta["threads"],
            keep_messages=meta["keep_messages"], **({} if how is None else how(meta)),
        )  # fmt: skip
        world.history = []
        for day, scenario in [(0, settings), *changes]:
            world.day = day
            world._go_on_with(scenario)
        snapshot.restore(world, saved)
        world._prepare()
        return world

    def restore_logs(self, invitations: np.ndarray, messages: np.ndarray) -> None:
        """Put back the logs of a saved world, and what its operators do."""
        for operator in self.operators:
            copied = int(operator.record["copies"])
            if copied != operator.number:
                follow(operator, self.operators[copied])
        terms = orders_of(self.operators).kernel.terms
        for operator in self.operators:
            set_terms(self.day, operator.number, self.tables, terms, self.rules)
        self._invitations = [invitations]
        if self._logs is not None:
            self._logs = [messages]

    def close(self) -> None:
        """Let go of all tables and records; the world cannot be used any more.

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


class Forerunner(World):
    """A world that lives through a past, for others to go on from.

    It is played by the rules of those who go on.

    Parameters
    ----------
    scenario : Scenario
        With a past.
    seed, threads
        As for `World`.
    empty : bool
        Nobody is there yet: a saved state will be put into it.
    """

    def __init__(self, scenario: Scenario, seed: int, threads: int, *, empty: bool = False) -> None:
        self._empty = empty
        super().__init__(scenario, seed, threads=threads)
        self.settings = of_past(scenario)
        self.history = [(0, self.settings)]
        self._prepare()

    def _eve(self) -> None:
        """It begins at the beginning of its past."""
        return

    def play_past(self) -> None:
        """Play all days before day 0: counts begin anew, and each member keeps its own."""
        live_through(self)


def live_through(world: World) -> None:
    """Play all days before day 0 of a world: counts begin anew, and each member keeps its own."""
    world.play(-world.day)
    for operator in world.operators:
        operator.journal.begin()
    members = world.tables.members
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
