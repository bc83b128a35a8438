"""What is asked in worlds like one's own group: how many promotions, what size, whom to seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from shequn.experiments.compare.compare import compare
from shequn.experiments.compare.comparison import Comparison
from shequn.experiments.compare.sweep import Sweep, sweep
from shequn.experiments.designs.designs import Points
from shequn.experiments.mine.own_world import FILL
from shequn.experiments.perform.curves import Curve
from shequn.experiments.perform.effort import Effort
from shequn.model.past import Past
from shequn.model.scenario import Scenario

WEEK, SIZE, COUNT = "policy.promos_per_day", "group.capacity", "group.count"
WEEKLY = (0, 1, 2, 3, 5, 7, 10, 14)  # promotions a week
SHARES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # of one's own size of a group: the sizes that are tried
_SMALLEST = 30  # people in a group that is tried (assumed)
SEEDED = {  # whom to start a new group with; the first: anyone
    "high tier": "high", "most contacts": "hubs", "closest to the topic": "enthusiasts",
    "bought most often": "bought",
}  # fmt: skip
_STARTERS = 20  # people that a new group starts with (assumed)
MONEY, ORDERS, READERS = "incremental_equity", "incremental_orders", "readers"


def weekly_of(scenario: Scenario) -> list[float]:
    """Numbers of promotions a week that are tried: the usual ones and one's own."""
    own = round(7.0 * float(scenario.value(WEEK)), 6)
    return sorted({*map(float, WEEKLY), own})


def promotions(scenario: Scenario, worlds: pd.DataFrame, effort: Effort) -> Sweep:
    """How many promotions a week, from tonight on: each world goes on from its own evening."""
    values = {WEEK: [number / 7.0 for number in weekly_of(scenario)]}
    return sweep(scenario, values, effort=replace(effort, worlds=worlds))


def sizes(scenario: Scenario, worlds: pd.DataFrame, effort: Effort) -> Sweep | None:
    """The same room in groups of another size from the start; None where no size fits.

    Only sizes that fill the room with whole groups are tried: others would hold other numbers of
    people, and share the work on posts among these.

    Every size lives through a past of its own, with luck of its own: the luck that made the groups
    like one's own belongs to their size, and would favour it.
    """
    own = int(scenario.value(SIZE))
    room = own * int(scenario.value(COUNT))
    tried = {share * own for share in SHARES} | {float(room)}
    fits = sorted(int(size) for size in tried if size >= _SMALLEST and room % size == 0.0)
    if len(fits) < 2:
        return None
    rows = tuple({SIZE: size, COUNT: room // size} for size in fits)
    design = Points("factorial", (SIZE,), rows, {})
    return sweep(scenario, design, effort=replace(effort, worlds=worlds.drop(columns="seed")))


def seeds(scenario: Scenario, worlds: pd.DataFrame, effort: Effort) -> Comparison:
    """Whom to start another group with: twenty people of each kind, by the same rules."""
    values = {"group.count": 1, "group.seed_members": _STARTERS, FILL: 0.0}
    if float(scenario.value("desk.staff")) > 0.0:
        values["desk.staff"] = float(scenario.value("desk.staff")) / int(scenario.value(COUNT))
    start = replace(scenario, past=Past(), alternatives={}, title="anyone").with_values(values)
    arms = {name: {"group.seeding": kind} for name, kind in SEEDED.items()}
    base = replace(start, alternatives=arms, focus="members")
    drawn = worlds.drop(columns=["seed", FILL])
    return compare(base, effort=replace(effort, worlds=drawn))


def curve(found: Sweep, outcome: str) -> Curve:
    """An outcome against promotions a week, world by world."""
    import numpy as np

    numbers = [round(7.0 * row[WEEK], 6) for row in found.design.rows]
    values = [found.results.values(outcome, k) for k in range(len(numbers))]
    return Curve(numbers, np.column_stack(values))


def shares_of_best(curve: Curve) -> Mapping[float, float]:
    """In what share of the worlds each number is the best one."""
    import numpy as np

    best = np.nanargmax(curve.values, axis=1)
    return {n: float(np.mean(best == k)) for k, n in enumerate(curve.numbers)}
