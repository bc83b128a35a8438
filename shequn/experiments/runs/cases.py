"""A run of an experiment: its scenario, its seed, its address, and what it gives."""

from __future__ import annotations

import hashlib
import json
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from shequn.agents.errors import PolicyError, ScenarioError
from shequn.agents.files import TABLE, read_bytes
from shequn.agents.tables import TALLY_INDEX, TIERS
from shequn.experiments.runs import store
from shequn.experiments.runs.run import Run
from shequn.model.addresses import model_version, with_contents
from shequn.model.ledger import ITEMS, discounted
from shequn.model.observation import human_messages
from shequn.model.outcomes import OUTCOMES
from shequn.model.scenario import Scenario
from shequn.model.world import World

_JOINS = ("joins_seed", "joins_invite", "joins_ad", "joins_spontaneous", "joins_prize")
BY_TIER = {
    "readers": ("persons", "members with at least one session that day", ("readers",)),
    "weekly_readers": (
        "persons", "members with at least one session in the 7 days until midnight",
        ("weekly_readers",),
    ),
    "messages": ("messages", "messages that members wrote that day", ()),
    "members": ("persons", "members at midnight, muted ones included", ("members",)),
    "silent": (
        "persons", "members who did not read, nor join, in the 28 days until midnight", ("silent",)
    ),
    "orders": ("orders", "orders of that day", ("orders_new", "orders_repeat")),
    "joins": ("persons", "joinings of that day, on day 1 those at the start too", _JOINS),
    "exits": ("persons", "leavings of that day", ("exits",)),
}  # fmt: skip
WHOLE = {
    "incident_reach": ("persons", "members who that day first read of an incident"),
    "promos": ("messages", "promotions posted that day"),
    "promos_read": ("messages", "promotions that members read that day"),
    "contents_read": ("messages", "posts with content that members read that day"),
    "likes": ("messages", "messages that members liked that day"),
}
STATES = {
    "attitude_sum": ("1", "attitude, summed over the members at midnight"),
    "belonging_sum": ("1", "belonging, summed over the members at midnight"),
    "awareness_sum": ("exposures", "awareness, summed over the members at midnight"),
}
LEVELS = ("readers", "weekly_readers", "members", "silent", *STATES)  # not summed up over days
MONEY = {
    "incremental_orders": ("orders", "orders that the group adds, by their chances"),
    "incremental_equity": (
        "CNY",
        "margin of the orders that the group adds minus costs of that day, discounted",
    ),
    "revenue": ("CNY", "revenue of that day"),
    "costs": ("CNY", "all costs of that day but that of the goods"),
    "balance": ("CNY", "revenue minus cost of goods minus costs of that day"),
    "customer_equity": ("CNY", "the balance of that day, discounted to day 0"),
}
DAILY: dict[str, tuple[str, str]] = {
    **{
        f"{name}_{tier}": (unit, f"{tier} tier: {meaning}")
        for name, (unit, meaning, _) in BY_TIER.items()
        for tier in TIERS
    },
    **WHOLE,
    **STATES,
    **MONEY,
}


@dataclass(frozen=True)
class Case:
    """One run that is wanted.

    Attributes
    ----------
    scenario : Scenario
        Every value resolved; how long the run is belongs to it.
    seed : int
        Seed, 0 to 2**64 - 1.
    address : str
        Digest of everything but the seed that decides the run (`address_of`).
    day : int
        Midnight at which ``change`` is made (`World.change`).
    change : mapping
        Values by path; empty: nothing changes during the run.
    """

    scenario: Scenario
    seed: int
    address: str
    day: int = 0
    change: Mapping[str, object] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What tells this run from all others: ``address-seed``."""
        return f"{self.address}-{self.seed}"


@dataclass(frozen=True)
class Failure:
    """Why a run gave nothing.

    Attributes
    ----------
    stage : str
        ``scenario`` (its values contradict one another), ``policy`` (it raised, or returned no
        plan), ``run`` (anything else), or ``worker`` (the process that computed it died).
    type, message, traceback : str
        The exception.
    """

    stage: str
    type: str
    message: str
    traceback: str


@dataclass(frozen=True)
class Result:
    """What a run gave.

    Attributes
    ----------
    key : str
        Of its case.
    outcomes : dict
        Every name of `OUTCOMES`, and those of the scenario's own; empty for a failure.
    daily : dict
        For every name of `DAILY`: shape (days,); int32 for counts, float64 for money and states.
    failure : Failure or None
        None when it succeeded.
    seconds : float
        Time that it took.
    """

    key: str
    outcomes: dict[str, float]
    daily: dict[str, np.ndarray]
    failure: Failure | None = None
    seconds: float = 0.0


def address_of(scenario: Scenario, day: int = 0, change: Mapping[str, object] | None = None) -> str:
    """Digest of everything but the seed that decides a run.

    Parameters
    ----------
    scenario : Scenario
        The scenario; its name, title and seed do not matter, the contents of its files do.
    day, change : int and mapping, optional
        A change during the run, as in `Case`.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    facts = [_with_contents(era) for era in _eras(scenario)]
    return _digest([model_version(), *facts, *_changed(day, change)])


def question_of(
    scenario: Scenario, day: int = 0, change: Mapping[str, object] | None = None
) -> str:
    """Digest of what was asked: as `address_of`, but files count by their path, the model not.

    It stays the same when a policy's file is mended, so that the same command goes on.
    """
    return _digest([*_eras(scenario), *_changed(day, change)])


def _eras(scenario: Scenario) -> list[dict[str, Any]]:
    """What is played, in the past, if there is one, and in the run."""
    found = [store.as_settings(era) for era in scenario.eras]
    for settings in found:
        for name in ("name", "seed", "past"):  # what the past says of itself is in its settings
            del settings[name]
    return found


def _with_contents(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings in which the contents of files count, not where they are."""
    blocks = {
        name: [with_contents(block) for block in settings[name]] for name in ("channels", "rivals")
    }
    own = {"outcomes": [_digest_of_own(text) for text in settings.get("outcomes", ())]}
    return {
        **settings,
        "parameters": with_contents(settings["parameters"]),
        **blocks,
        **(own if own["outcomes"] else {}),
    }


def _digest_of_own(text: str) -> str:
    """Digest of the file of an outcome of one's own, with the name of the function."""
    file, _, name = text.rpartition(":")
    try:
        return f"{hashlib.sha256(read_bytes(Path(file), TABLE)).hexdigest()}:{name}"
    except OSError:
        return f"cannot be read:{name}"  # the run itself will say so


def _changed(day: int, change: Mapping[str, object] | None) -> list[Any]:
    return [day, store.plain(change)] if change else []


def _digest(facts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def case_of(scenario: Scenario, seed: int) -> Case:
    """The run of a scenario with a seed."""
    return Case(scenario, seed, address_of(scenario))


def run_cases(cases: Sequence[Case]) -> list[Result]:
    """Compute some runs, one after the other; a run that fails is a result, too.

    Parameters
    ----------
    cases : sequence of Case
        What to compute.

    Returns
    -------
    list of Result
        In the same order.
    """
    return [_run(case) for case in cases]


def _run(case: Case) -> Result:
    begin = time.perf_counter()
    try:
        community = World(case.scenario, case.seed)
        if case.change:
            community.play(min(case.day, case.scenario.days))
            if case.day < case.scenario.days:
                community.change(case.change)
        community.play(case.scenario.days - community.day)
    except Exception as error:  # noqa: BLE001 - whatever went wrong, a failed run is data
        return failed(case, error, time.perf_counter() - begin)
    return finished(case, community, time.perf_counter() - begin)


def finished(case: Case, community: World, seconds: float) -> Result:
    """The result of a community that has been played to its end; the community is closed.

    Raises
    ------
    OutcomeError
        If an outcome of the user's own cannot be had: it would fail in every run.
    """
    outcomes = dict(Run(community).summary)
    result = Result(case.key, outcomes, daily_of(community), None, seconds)
    community.close()
    return result


def failed(case: Case, error: BaseException, seconds: float = 0.0) -> Result:
    """The result of a run that raised."""
    stages = {ScenarioError: "scenario", PolicyError: "policy"}
    stage = next((word for kind, word in stages.items() if isinstance(error, kind)), "run")
    lines = "".join(traceback.format_exception(error))
    failure = Failure(stage, type(error).__name__, str(error), lines)
    return Result(case.key, {}, {}, failure, seconds)


def daily_of(community: World) -> dict[str, np.ndarray]:
    """The daily series of a run.

    Parameters
    ----------
    community : World
        At its end; the operator under study is looked at.

    Returns
    -------
    dict
        As `Result.daily`.
    """
    journal = community.journal
    counts = journal.by_tier()
    found: dict[str, np.ndarray] = {}
    for name, (_, _, parts) in BY_TIER.items():
        numbers = (
            counts[:, :, [TALLY_INDEX[part] for part in parts]].sum(axis=2)
            if parts
            else human_messages(counts)
        )
        for k, tier in enumerate(TIERS):
            found[f"{name}_{tier}"] = numbers[:, k].astype(np.int32)
    for name in (*WHOLE, *STATES):
        if name in TALLY_INDEX:
            kind = np.float64 if name in STATES else np.int32
            found[name] = journal.total(name).astype(kind)
    money = {name: journal.operator_column(name) for name in ("promos", *ITEMS, "balance")}
    found["promos"] = money["promos"].astype(np.int32)
    found["revenue"] = money["revenue"]
    found["costs"] = np.sum([money[item] for item in ITEMS[2:]], axis=0)
    found["balance"] = money["balance"]
    rate = community.settings.parameters.costs.discount
    found["customer_equity"] = discounted(money["balance"], rate)
    _, found["incremental_orders"], balance = community.daily_added
    found["incremental_equity"] = discounted(balance, rate)
    return found


def parts_of(name: str) -> list[str]:
    """The daily columns that add up to a series: ``members`` is that of the three tiers."""
    return [f"{name}_{tier}" for tier in TIERS]


def equal(one: Result, other: Result) -> bool:
    """Whether two results are the same, bit for bit (the time they took apart)."""
    return (
        one.outcomes.keys() >= OUTCOMES.keys() <= other.outcomes.keys()
        and all(_same(one.outcomes[name], other.outcomes[name]) for name in OUTCOMES)
        and all(
            np.array_equal(one.daily[name], other.daily[name], equal_nan=True) for name in DAILY
        )
    )


def _same(one: float, other: float) -> bool:
    return one == other or (one != one and other != other)
