"""What a simulated world leaves behind, in the same tables as what is known of real ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from shequn.agents.errors import Problem, ScenarioError, ShequnError
from shequn.agents.tables import CONTENT, INCIDENT, MEMBER, MUTED
from shequn.experiments.facts.activity import WEEK, Activity
from shequn.experiments.facts.frequencies import frequencies_of
from shequn.experiments.facts.records import Records, empty_table
from shequn.model.care import event_days
from shequn.model.outcomes import of_the_run
from shequn.model.scenario import Scenario
from shequn.model.world import World

_UNKNOWN = -1  # thread of a message whose thread is not known


def records(
    scenario: Scenario,
    seed: int,
    size: float = 1.0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
    most: float = math.inf,
) -> Records:
    """Run a scenario and note what an observer of real communities would have noted.

    Each group of the operator is a community of its own. Only what people write is a message;
    times, authors, threads and whom a message answers are kept, and nothing else.

    Parameters
    ----------
    scenario : Scenario
        What to run, for its own number of days.
    seed : int
        Seed of the run.
    size : float
        People, and groups, relative to those of the scenario, > 0. At least one group is left, so
        a small world of few groups has smaller groups. It is quicker, and its facts are noisier.
    threads : int
        Threads of the compiled engine, for worlds of many groups; changes no bit.
    progress : callable, optional
        Called after each day with the numbers done and planned.
    most : float
        Messages of members in all from which the run is given up.

    Returns
    -------
    Records
        Messages, memberships, weekly sizes, gatherings, orders, who has read how many promotions
        with what attitude, and how many read and write each day.

    Raises
    ------
    ScenarioError
        If `size` is not positive.
    ShequnError
        If it is given up.
    """
    community, activity = played(scenario, seed, size, threads, progress, most)
    found = records_of(community, activity)
    community.close()
    return replace(found, frequencies=frequencies_of(_scaled(scenario, size), seed, threads))


def played(
    scenario: Scenario,
    seed: int,
    size: float = 1.0,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
    most: float = math.inf,
) -> tuple[World, Activity]:
    """Run a scenario for `records_of`, which can be asked for other things as well.

    Parameters
    ----------
    scenario, seed, size, threads, progress, most
        As for `records`.

    Returns
    -------
    community : World
        At its end; to be closed.
    activity : Activity
        What was noted at each of its midnights.

    Raises
    ------
    ScenarioError
        If `size` is not positive.
    ShequnError
        If it is given up.
    """
    if not size > 0.0:
        raise ScenarioError([Problem("size", f"{size} is out of range; above 0")])
    scenario = _scaled(scenario, size)
    community = World(scenario, seed, keep_messages=True, threads=threads)
    activity = Activity(community)
    written = 0.0
    for day in range(scenario.days):
        community.step()
        activity.note()
        written += float(community.journal.messages[-1])
        if written > most:
            raise ShequnError(f"given up on day {day}: more than {most:,.0f} messages")
        if progress is not None:
            progress(day + 1, scenario.days)
    return community, activity


def _scaled(scenario: Scenario, size: float) -> Scenario:
    """A smaller or larger world: people by `size`, and groups, of which at least one is left."""
    if size == 1.0:
        return scenario
    count, people = scenario.parameters.group.count, scenario.parameters.market.people
    return scenario.with_values(
        {
            "group.count": count if count < 2 else max(1, round(count * size)),
            "market.people": max(1, round(people * size)),
        }
    )


def records_of(community: World, activity: Activity | None = None) -> Records:
    """What an observer would have noted of a community so far.

    Parameters
    ----------
    community : World
        It must keep its messages.
    activity : Activity, optional
        What was noted at each of its midnights; that table stays empty when None.

    Returns
    -------
    Records
        As `records` gives them.
    """
    sizes, guests = _by_group(community, "members"), _by_group(community, "guests")
    held = _events(community)
    return Records(
        days=float(community.day),
        messages=_messages(community),
        members=_members(community),
        weeks=_weeks(sizes, held),
        gatherings=_gatherings(sizes, guests, held),
        orders=_orders(community),
        exposures=_exposures(community),
        activity=empty_table("activity") if activity is None else activity.table(),
    )


def _by_group(community: World, name: str) -> np.ndarray:
    """A count of each day and group: float64, shape (days, groups)."""
    return community.journal.by_group(name)


def _messages(community: World) -> pd.DataFrame:
    log: Any = community.message_log
    kind = log["kind"]
    log = log[(log["author"] >= 0) & ((kind < CONTENT) | (kind == INCIDENT))]
    # A thread that the operator opened has no opening message among these: it is no thread.
    opened = np.unique(_thread_keys(log)[log["root"] == log["number"]])
    known = np.isin(_thread_keys(log), opened)
    return pd.DataFrame(
        {
            "community": log["group"].astype(np.int64),
            "time": log["time"].copy(),
            "person": log["author"].astype(np.int64),
            "thread": np.where(known, log["root"].astype(np.int64), _UNKNOWN),
            "to": log["to"].astype(np.int64),
        }
    )


def _thread_keys(log: Any) -> np.ndarray:
    """A number for each thread of each group: int64, one for each row."""
    return (log["group"].astype(np.int64) << 32) + log["root"]


def _members(community: World) -> pd.DataFrame:
    rows = community.own_members
    joined = np.flatnonzero(of_the_run(rows))
    own = rows[joined]
    here = (own["status"] == MEMBER) | (own["status"] == MUTED)
    left = np.where(here, np.nan, own["left_at"].astype(float))
    return pd.DataFrame(
        {
            "community": own["group"].astype(np.int64),
            "person": joined.astype(np.int64),
            "joined_at": own["joined_at"].astype(float),
            "left_at": left,
            "inviter": own["inviter"].astype(np.int64),
        }
    )


def _events(community: World) -> np.ndarray:
    """Whether each group held an event on each day: bool, shape (days, groups)."""
    own = community.tables.operators[0]
    groups = community.tables.groups
    held = event_days(community.day, own.first_group, own.open_groups, groups, community.rules)
    opened = groups["opened_at"][own.first_group : own.first_group + own.open_groups]
    return held & (np.arange(1.0, community.day + 1.0)[:, None] > opened)


def _weeks(sizes: np.ndarray, held: np.ndarray) -> pd.DataFrame:
    """Sizes at the end of each whole week, and the events held until then."""
    ends = np.arange(WEEK - 1, len(sizes), WEEK)
    groups = sizes.shape[1]
    return pd.DataFrame(
        {
            "community": np.tile(np.arange(groups), len(ends)),
            "week": np.repeat(np.arange(len(ends)), groups),
            "members": sizes[ends].astype(np.int64).ravel(),
            "events": np.cumsum(held, axis=0)[ends].astype(np.int64).ravel(),
        }
    )


def _gatherings(sizes: np.ndarray, guests: np.ndarray, held: np.ndarray) -> pd.DataFrame:
    day, group = np.nonzero(held)
    return pd.DataFrame(
        {
            "community": group.astype(np.int64),
            "time": day + 1.0,
            "members": sizes[day, group].astype(np.int64),
            "guests": guests[day, group].astype(np.int64),
        }
    )


def _orders(community: World) -> pd.DataFrame:
    orders = community.orders
    return pd.DataFrame(
        {
            "community": orders["group"].astype(np.int64),
            "person": orders["member"].astype(np.int64),
            "time": orders["time"].astype(float),
            "value": community.settings.parameters.product.price,
        }
    )


def _exposures(community: World) -> pd.DataFrame:
    """What each person who ever joined has read and thinks, as a survey at the end would ask."""
    own = community.own_members
    joined = np.flatnonzero(of_the_run(own))
    return pd.DataFrame(
        {
            "community": own["group"][joined].astype(np.int64),
            "person": joined.astype(np.int64),
            "exposures": own["promos_read"][joined].astype(np.int64),
            "attitude": own["attitude"][joined].astype(float),
        }
    )
