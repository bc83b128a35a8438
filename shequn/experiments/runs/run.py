"""One run of one scenario."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from shequn.agents.campaigns import make_policy
from shequn.agents.errors import Problem, ScenarioError
from shequn.experiments.runs.given import refuse_unknown
from shequn.experiments.runs.pictures import draw
from shequn.model.arguments import problems_of
from shequn.model.scenario import Scenario, policy_files
from shequn.model.shown import outcomes_table
from shequn.model.world import World

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from shequn.model.community import Community


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes
    ----------
    community : World
        The world at the end, a `shequn.Community` with the agents engine; it can be played further
        or saved.
    """

    community: World

    @cached_property
    def daily(self) -> pd.DataFrame:
        """Each day by tier, and in all (`shequn.model.observation.daily_frame`)."""
        return self.community.daily

    @cached_property
    def groups(self) -> pd.DataFrame:
        """Each day by group (`shequn.model.observation.groups_frame`)."""
        return self.community.groups

    @cached_property
    def members(self) -> pd.DataFrame:
        """Everyone in the market at the end (`shequn.model.observation.members_frame`)."""
        return self.community.people

    @cached_property
    def invitations(self) -> pd.DataFrame:
        """Every invitation delivered (`shequn.model.observation.invitations_frame`)."""
        return self.community.invitations

    @cached_property
    def retention(self) -> pd.DataFrame:
        """Who is still there, by cohort and source (`shequn.model.retention`)."""
        return self.community.retention

    @cached_property
    def funnel(self) -> pd.DataFrame:
        """Persons at each stage from being reached to buying again (`shequn.model.funnel`)."""
        return self.community.funnel

    @cached_property
    def market(self) -> pd.DataFrame:
        """Each day by operator (`shequn.model.observation.market_frame`)."""
        return self.community.market

    @cached_property
    def messages(self) -> pd.DataFrame:
        """Every message; needs ``keep_messages=True``."""
        return self.community.messages

    @cached_property
    def summary(self) -> Mapping[str, float]:
        """The outcomes (`shequn.model.outcomes.OUTCOMES`), and those of the scenario's own."""
        own = self.community.settings.own_outcomes
        return {**self.community.summary, **{each.name: each.value(self) for each in own}}

    def plot(self, name: str | None = None) -> Figure:
        """Eight panels: readers, messages, members, who is lost, orders, money, stocks, flows.

        Parameters
        ----------
        name : str, optional
            ``overview``, which are those panels (when None), or ``funnel``.

        Returns
        -------
        matplotlib.figure.Figure
            For `shequn.views.style.save`, or a notebook.

        Raises
        ------
        ResultsError
            If no day has passed, or there is no such figure.
        """
        return draw("run", self, name)

    def _repr_html_(self) -> str:
        """The main outcomes as a table, for notebooks."""
        head = f"Run of {self.community.settings.name}"
        where = f"day {self.community.day}, seed {self.community.seed_of_run}"
        where += self.community.settings.past.words
        return outcomes_table(f"{head}: {where}", dict(self.summary))

    @property
    def _money(self) -> str:
        s = self.summary
        if math.isnan(s["incremental_orders"]):
            return f"{s['orders']:,.0f} orders, customer equity {s['customer_equity']:,.0f} CNY"
        return (
            f"{s['incremental_orders']:+,.1f} orders by the group, incremental equity "
            f"{s['incremental_equity']:,.0f} CNY"
        )

    def __repr__(self) -> str:
        """Scenario, days, seed and the main outcomes."""
        s = self.summary
        return (
            f"Run of {self.community.settings.name}: day {self.community.day}, seed "
            f"{self.community.seed_of_run}: {s['readers']:,.0f} readers a day, "
            f"{s['weekly_readers']:,.0f} a week, {s['messages']:,.0f} messages, "
            f"{s['members']:,.0f} members, {self._money}"
            f"{self.community.settings.past.words}"
        )


def warm_up(*scenarios: Scenario) -> None:
    """Compile every kernel, or load it from the cache, before anything is timed or threaded.

    Parameters
    ----------
    *scenarios : Scenario
        What will be run: kernels for several operators are left out unless one has rivals.
    """
    World("blank").play(1)
    if any(scenario.parameters.market.rivals for scenario in scenarios):
        World("blank", values={"market.rivals": 1}).play(1)


def try_policies(scenarios: Iterable[Scenario]) -> None:
    """Make every policy of the user's own once, before many runs would fail for it.

    Parameters
    ----------
    scenarios : iterable of Scenario
        What will be run.

    Raises
    ------
    PolicyError
        If its file cannot be run.
    """
    tried: dict[tuple, None] = {}
    for scenario in scenarios:
        eras = scenario.eras if policy_files(scenario) else ()
        for first, *_ in (channels for era in eras for channels in era.operators):
            own = (scenario.folder, first.policy.file, first.policy.class_name)
            if first.policy.name == "file" and own not in tried:
                make_policy(first, scenario.folder)
                tried[own] = None


class Running(TypedDict, total=False):
    """Keywords of `run`."""

    threads: int
    keep_messages: bool
    community: type[Community]
    progress: Callable[[int], None] | None


def run(
    scenario: Scenario | str | Path,
    days: int | None = None,
    seed: int | None = None,
    engine: str = "compiled",
    **how: Unpack[Running],
) -> Run:
    """Run a scenario.

    Parameters
    ----------
    scenario : Scenario, str or Path
        The scenario, its name, or its file.
    days : int, optional
        Days to run, at least 0; the scenario's own number when None.
    seed : int, optional
        Seed; the scenario's own when None.
    engine : str
        ``compiled`` or ``agents``.
    **how
        ``threads`` of the compiled engine (1), for worlds of many groups; ``keep_messages``
        (False): keep a log of every message; ``community``: a class, `shequn.Community` or a
        subclass, whose overridden verbs need ``engine="agents"``, instead of a `shequn.World`
        without agents; ``progress``: called every now and then with the number of days done.

    Returns
    -------
    Run
        The finished run.

    Raises
    ------
    ScenarioError
        If the scenario or an argument cannot be used.
    PolicyError
        If the policy raises or returns no plan.
    TypeError
        If there is no such keyword.

    Examples
    --------
    >>> import shequn as sq
    >>> result = sq.run("wechat-group", days=30, seed=1)
    >>> int(result.daily["day"].max())
    30
    """
    settings = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    refuse_unknown(how, Running.__annotations__)
    own: dict[str, Any] = {**how}
    kind, progress = own.pop("community", None), own.pop("progress", None)
    problems = problems_of(
        seed, None, engine, own.get("threads", 1), own.get("keep_messages", False)
    )
    if not (kind is None or (isinstance(kind, type) and _is_community(kind))):
        problems.append(Problem("community", f"{kind!r} is no subclass of shequn.Community"))
    if days is not None:
        try:
            settings = settings.with_values({"run.days": days})
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    if kind is None and engine == "compiled":
        world = World(settings, seed, **own)
    else:
        from shequn.model.community import Community

        world = (kind or Community)(settings, seed, engine, **own)
    play_through(world, settings.days, progress)
    return Run(world)


def _is_community(kind: type) -> bool:
    from shequn.model.community import Community

    return issubclass(kind, Community)


def play_through(world: World, days: int, progress: Callable[[int], None] | None = None) -> None:
    """Play some days: at once, or step by step where a class counts steps or has its own.

    Parameters
    ----------
    world : World
        The world, or a community.
    days : int
        How many days.
    progress : callable, optional
        Called every now and then with the number of days done.
    """
    if type(world).step is World.step:
        world.play(days, progress)
        return
    for day in range(days):
        world.step()
        if progress is not None:
            progress(day + 1)
