"""Does talk run away at some seeds? The table of docs/validation.md.

Run by ``python -m shequn.experiments.studies.bounded_talk``, and by ``make bounded``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

import shequn as sq
from shequn.experiments.facts import measure
from shequn.experiments.facts.simulated_records import records
from shequn.model.reading import LEVELS

SEEDS = range(1, 21)
DOUBLED = 2.0  # times as much talk
FACTS = ("largest_community_share", "most_messages_a_day")


@dataclass(frozen=True)
class World:
    """One of the worlds looked at: what to call it, and its scenario."""

    name: str
    scenario: sq.Scenario


def worlds() -> Iterator[World]:
    """Communities of people, and a brand's group at three levels and with talk doubled."""
    for name in ("study-room", "interest-forum", "workspace"):
        yield World(name, sq.Scenario.load(name))
    group = sq.Scenario.load("wechat-group")
    for level in LEVELS:
        yield World(f"wechat-group, {level}", group.with_reading(level))
    talk = {"group.talk": DOUBLED * group.value("group.talk")}
    yield World("wechat-group, talk doubled", group.with_values(talk))


def numbers(world: World, seed: int) -> tuple[float, float, float]:
    """Messages of members, the largest community's share of them, the most of one in a day."""
    found = records(world.scenario, seed)
    share, most = (measure(fact, found, n_resamples=0).value for fact in FACTS)
    return float(len(found.messages)), share, most


def row(world: World, crew: ThreadPoolExecutor) -> str:
    """A line of the table."""
    found = np.array(list(crew.map(lambda seed: numbers(world, seed), SEEDS)))
    total, share, most = found.T
    median = float(np.median(total))
    low, high = total.min() / median, total.max() / median
    several = world.scenario.value("group.count") > 1
    shares = f"{np.median(share):.2f} | {share.max():.2f} | {int((share > 0.32).sum())}"
    cells = f"{median:,.0f} | {low:.2f} | {high:.2f} | {shares if several else '- | - | -'}"
    return f"| {world.name} | {cells} | {most.max():,.0f} |"


def tell() -> None:
    """Print the table."""
    print(
        f"| world, {len(SEEDS)} seeds | messages, median | lowest / median | highest / median | "
        "largest room's share, median | highest | seeds above .32 | most of one person in a day |"
    )
    print("|---|" + "---|" * 7)
    with ThreadPoolExecutor(os.cpu_count()) as crew:
        for world in worlds():
            print(row(world, crew), flush=True)


if __name__ == "__main__":
    tell()
