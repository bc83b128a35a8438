"""How large a group, how many promotions a week? Response and money apart, at three levels.

Run by ``python -m shequn.experiments.studies.group_size_and_promotions``, and by ``shequn demo``.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import shequn as sq
from shequn.experiments.designs.designs import Points
from shequn.experiments.perform.curves import Curve, common, lines, span, told
from shequn.experiments.perform.statistics import paired_difference
from shequn.experiments.perform.watcher import Watcher

SCENARIO, MEMBERS = "brand-groups", 2000  # posts are written once for all groups; people in them
SIZES, ONE = [50, 100, 200, 500], 200  # people in a group; the size that is told in words
WEEKLY = [0, 1, 2, 3, 4, 5, 7, 10, 14, 28]  # promotions a week in each group
OTHERWISE = [("buy.irritation", 0.0), ("buy.irritation", 0.175), ("buy.patience", 10.0)]
SIZE, WEEK = "group.capacity", "policy.promos_per_day"
ORDERS, MONEY = "incremental_orders_per_member", "incremental_equity"
REPLICATES, DAYS = 4, 180
OUT = "results/group-size-and-promotions"  # run again, it computes what is missing there


def study(effort: sq.Effort) -> sq.LevelSweep:
    """Every size with every number of promotions, at every level, with the same luck."""
    effort = replace(effort, replicates=effort.replicates or REPLICATES)
    return sq.sweep(SCENARIO, points(SIZES), reading="all", effort=effort)


def points(sizes: list[int]) -> Points:
    """Sizes, each with as many groups as hold all members, and numbers of promotions."""
    rows = [{SIZE: n, WEEK: k / 7.0, "group.count": MEMBERS // n} for n in sizes for k in WEEKLY]
    return Points("factorial", (SIZE, WEEK), tuple(rows), {})


def otherwise(effort: sq.Effort) -> dict[str, Curve]:
    """Orders added in groups of one size, read as usual, where an assumed number is another."""
    asked = replace(effort, replicates=effort.replicates or REPLICATES, out=None, watcher=Watcher())
    worlds = {f"{p} {v:g}": sq.Scenario.load(SCENARIO).with_values({p: v}) for p, v in OTHERWISE}
    return {name: curve(sq.sweep(each, points([ONE]), effort=asked), ONE, ORDERS)
            for name, each in worlds.items()}  # fmt: skip


def curve(found: sq.Sweep, size: int, outcome: str) -> Curve:
    """An outcome against promotions a week in groups of a size; orders per 100 members."""
    at = [k for k, row in enumerate(found.design.rows) if row[SIZE] == size]
    values = np.column_stack([found.results.values(outcome, k) for k in at])
    return Curve(WEEKLY, values * (100.0 if outcome == ORDERS else 1.0))


def tell(found: sq.LevelSweep, others: dict[str, Curve]) -> None:
    """Print what is best, as good, and worse than none; what size adds; what decides it."""
    tops, money = {}, f"MONEY: margin of the orders that {MEMBERS:,} members add, less all work"
    for outcome, unit, digits, words in (
        (ORDERS, "orders", 1, "ORDERS that the group adds per 100 members, whatever work costs"),
        (MONEY, "CNY", 0, money)):  # fmt: skip
        print(f"{words}, by promotions a week")
        pairs = [(n, size) for n in found.levels for size in SIZES]
        curves = {(n, size): curve(found.levels[n], size, outcome) for n, size in pairs}
        print("\n".join(lines(curves, ("reading", "people"), digits)))
        bests = [f"{n} {span([curves[n, size].top for size in SIZES])}" for n in found.levels]
        both = span(common(list(curves.values()))) or "no number"
        print(f"  best when reading is {', '.join(bests)}; within 2 % everywhere: {both}")
        for n in found.levels:
            print(f"  {n}, groups of {ONE}: {curves[n, ONE].words(unit, digits)}")
        tops = tops or {key: each.values[:, each.best] for key, each in curves.items()}
    print(f"SIZE: orders added per 100 members at the best number, against groups of {SIZES[0]}")
    for n in found.levels:
        gaps = [paired_difference(tops[n, size], tops[n, SIZES[0]]) for size in SIZES[1:]]
        print(f"  {n}:", "; ".join(f"{k}: {told(g)}" for k, g in zip(SIZES[1:], gaps, strict=True)))
    print(f"ASSUMED: orders in groups of {ONE}, usual reading, where one number is another")
    for name, each in others.items():
        print(f"  {name}: {each.words('orders')}.")


if __name__ == "__main__":
    EFFORT = sq.Effort(replicates=REPLICATES, days=DAYS, out=OUT, progress=True)
    tell(study(EFFORT), otherwise(EFFORT))
