"""Simulated chat rooms of many sizes, measured exactly as the real ones are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from shequn.agents.tables import CONTENT
from shequn.experiments.facts.rooms import room_measures
from shequn.model.community import Community
from shequn.model.scenario import Scenario

SMALLEST, LARGEST = 60, 12_000


def simulated_rooms(
    rooms: int,
    scenario: Scenario | None = None,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Run one room for each market size and measure them.

    Parameters
    ----------
    rooms : int
        How many; their markets are spaced evenly in the logarithm from 60 to 12,000 persons.
    scenario : Scenario, optional
        What all rooms share; ``study-room`` when None.
    seed : int
        Seed of the first room; the next room has the next seed.
    progress : callable, optional
        Called after each room with the numbers done and planned.

    Returns
    -------
    pandas.DataFrame
        As `shequn.experiments.facts.rooms.room_measures`, for rooms with at least 5 users and 20
        messages: the rule by which the real rooms were chosen.
    """
    base = scenario or Scenario.load("study-room")
    sizes = np.geomspace(SMALLEST, LARGEST, rooms).astype(int)
    logs = []
    for room, people in enumerate(sizes):
        settings = base.with_values({"market.people": int(people)})
        community = Community(settings, seed + room, keep_messages=True)
        for _ in range(settings.days):
            community.step()
        frame = community.messages
        human = frame[(frame["author"] >= 0) & (frame["kind"].cat.codes < CONTENT)]
        logs.append(pd.DataFrame({"room": room, "time": human["time"], "author": human["author"]}))
        if progress is not None:
            progress(room + 1, rooms)
    measured: Any = room_measures(pd.concat(logs, ignore_index=True))
    return measured[(measured["users"] >= 5) & (measured["messages"] >= 20)]
