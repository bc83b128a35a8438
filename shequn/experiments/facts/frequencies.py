"""The same groups with few and with many promotions a week: a trial on the same people and luck."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shequn.agents.tables import MEMBER, MUTED
from shequn.experiments.facts.records import COLUMNS, empty_table
from shequn.model.added import Added
from shequn.model.scenario import Scenario
from shequn.model.without import added
from shequn.model.world import World

LEVER = "policy.promos_per_day"
WEEK = 7.0


def frequencies_of(scenario: Scenario, seed: int, threads: int = 1) -> pd.DataFrame:
    """Play a scenario once for each number of promotions that its alternatives name.

    Parameters
    ----------
    scenario : Scenario
        With alternatives that change the promotions a day and nothing else; any other has no trial.
    seed : int
        Seed of all runs: people, past and luck are the same.
    threads : int
        Threads of the compiled engine; changes no bit.

    Returns
    -------
    pandas.DataFrame
        The table ``frequencies`` of `shequn.experiments.facts.records.Records`; without a row where
        there is no trial. Orders are sums of chances: their mean without the luck of a draw.
    """
    arms = scenario.alternatives.values()
    if not arms or any(set(values) != {LEVER} for values in arms):
        return empty_table("frequencies")
    tried = sorted({scenario.value(LEVER), *(float(values[LEVER]) for values in arms)})
    rows = [_trial(scenario.with_values({LEVER: each}), seed, threads) for each in tried]
    return pd.DataFrame(rows, columns=list(COLUMNS["frequencies"]))


def _trial(scenario: Scenario, seed: int, threads: int) -> dict[str, float]:
    """One number of promotions a week: what became of those who were members at the start."""
    community = World(scenario, seed, threads=threads)
    first = np.isin(community.own_members["status"], (MEMBER, MUTED))
    community.play(scenario.days // 2)
    half = _gained(community)
    community.play(scenario.days - scenario.days // 2)
    whole = _gained(community)
    row = {
        "per_week": WEEK * scenario.value(LEVER),
        "days": float(scenario.days),
        "members": float(first.sum()),
        "orders": whole.expected - half.expected,
        "without": whole.without - half.without,
        "seen": float(community.journal.total("promos_read").sum()),
        "lost": float((community.own_members["status"][first] != MEMBER).sum()),
    }
    community.close()
    return row


def _gained(community: World) -> Added:
    """Orders since day 0, with the groups and without."""
    members, rules = community.own_members, community.rules
    return added(members, rules, community.first_day, community.day)
