"""Real communities as `Records`, from the tables that ship with the package."""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
import pandas as pd

from shequn.agents.errors import ShequnError
from shequn.experiments.facts.growth import real_chapters
from shequn.experiments.facts.log import SECONDS_PER_DAY
from shequn.experiments.facts.purchases import real_customers
from shequn.experiments.facts.records import Records

_JOINED_WITHIN = 11  # days of slack_daily_r4ds.csv
_MEAN_DAY_OF_JOINING = 2


def real_records(scenario: str) -> Records:
    """What was observed in the communities that a scenario stands for.

    Parameters
    ----------
    scenario : str
        study-room, workspace, chapters or shop. Of the communities behind interest-forum only
        figures were published.

    Returns
    -------
    Records
        The same object for each call; do not change its tables.

    Raises
    ------
    ShequnError
        If no events ship with the package for this name.
    """
    if scenario not in _READERS:
        raise ShequnError(
            f"no observed events for {scenario!r}; there are some for {', '.join(_READERS)}"
        )
    return _READERS[scenario]()


@cache
def real_chat_rooms() -> Records:
    """114,282 messages of 115 chat rooms of a programming school, 2015 to 2016.

    Returns
    -------
    Records
        Days count from each room's first message. Threads are unknown.
    """
    packed = resources.files("shequn").joinpath("data/gitter_messages.csv.gz")
    with resources.as_file(packed) as path:
        table = pd.read_csv(path).fillna({"to": -1})
    second = table["second"].to_numpy(np.int64)
    messages = pd.DataFrame(
        {
            "community": table["room"].to_numpy(np.int64),
            "time": second / SECONDS_PER_DAY,
            "person": table["user"].to_numpy(np.int64),
            "thread": np.full(len(table), -1),
            "to": table["to"].to_numpy(np.int64),
        }
    )
    return Records(days=float(second.max()) / SECONDS_PER_DAY, messages=messages)


@cache
def real_workspace() -> Records:
    """Readers and writers of a Slack workspace that 430 people joined within eleven days.

    Returns
    -------
    Records
        `activity` of one community. Day 0 is the third of the table, 2017-09-03: on average people
        joined at its beginning, and the two days before are left out. Nobody is known by name, so
        first members are the 430 who were there when joining had ended; as nobody came later, those
        who read are some of them. Who reads or writes direct messages only counts, too. How many
        messages there were is not in the table.
    """
    with resources.files("shequn").joinpath("data/slack_daily_r4ds.csv").open("rb") as stream:
        table = pd.read_csv(stream)
    first = float(table["members"].iloc[_JOINED_WITHIN - 1])
    day = np.arange(len(table)) - _MEAN_DAY_OF_JOINING
    activity = pd.DataFrame(
        {
            "community": 0,
            "day": day,
            "members": table["members"].astype(float),
            "read": table["dau"].astype(float),
            "read_7d": table["wau"].astype(float),
            "wrote": table["dpost"].astype(float),
            "wrote_7d": table["wpost"].astype(float),
            "first": first,
            "first_read_7d": table["wau"].astype(float),
            "first_wrote_7d": table["wpost"].astype(float),
            **dict.fromkeys(
                ("messages", "by_operator", "read_1h", "read_12h", "read_24h", "seen"), np.nan
            ),
        }
    ).iloc[_MEAN_DAY_OF_JOINING:]
    return Records(days=float(day[-1] + 1), activity=activity)


_READERS = {
    "study-room": real_chat_rooms,
    "workspace": real_workspace,
    "chapters": real_chapters,
    "shop": real_customers,
}
