"""Real communities as `Records`, from the tables that ship with the package."""

from __future__ import annotations

from functools import cache
from importlib import import_module, resources

import numpy as np
import pandas as pd

from shequn.agents.errors import ShequnError
from shequn.experiments.facts.log import SECONDS_PER_DAY
from shequn.experiments.facts.records import Records

# Where the reader of each scenario's real counterpart is: module and function.
_READERS = {
    "study-room": ("real", "real_chat_rooms"),
    "chapters": ("growth", "real_chapters"),
    "shop": ("purchases", "real_customers"),
}


def real_records(scenario: str) -> Records:
    """What was observed in the communities that a scenario stands for.

    Parameters
    ----------
    scenario : str
        study-room, chapters or shop. Of the communities behind interest-forum only figures were
        published.

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
    module, reader = _READERS[scenario]
    return getattr(import_module(f"shequn.experiments.facts.{module}"), reader)()


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
        table = pd.read_csv(path)
    messages = pd.DataFrame(
        {
            "community": table["room"],
            "time": table["second"] / SECONDS_PER_DAY,
            "person": table["user"],
            "thread": np.int64(-1),
            "to": table["to"].fillna(-1).astype(np.int64),
        }
    )
    return Records(days=float(messages["time"].max()), messages=messages)
