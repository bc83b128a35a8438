"""Does pushing turn people from the product? Orders against promotions a week, without wages.

Run by ``python -m shequn.experiments.studies.persuasion``, and by ``make persuasion``.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import shequn as sq
from shequn.experiments.perform.curves import Curve, span, told

SCENARIO = "wechat-group"
FREE = {"policy.promo_share": 0.0, "costs.hours_promo": 0.0}
WEEKLY = [0, 1, 2, 3, 5, 7, 10, 14, 28]  # promotions a week
IRRITATION = [0.0, 0.175, 0.35]  # buy.irritation: off, half, the default
SHAPES = ["linear", "exponential", "quadratic"]  # of the hazard to leave
OUTCOME, REPLICATES, OUT = "incremental_orders", 12, "results/persuasion"  # run again, it goes on


def study(effort: sq.Effort) -> dict[str, sq.LevelSweep]:
    """For each shape of the hazard: every weight with every number of promotions, at all levels."""
    scenario = replace(sq.Scenario.load(SCENARIO).with_values(FREE), focus=OUTCOME)
    varied = {"buy.irritation": IRRITATION, "policy.promos_per_day": [n / 7.0 for n in WEEKLY]}
    found = {}
    for shape in SHAPES:
        place = None if effort.out is None else f"{effort.out}/{shape}"
        asked = replace(effort, replicates=effort.replicates or REPLICATES, out=place)
        shaped = scenario.with_values({"stay.shape": shape})
        found[shape] = sq.sweep(shaped, varied, reading="all", effort=asked)
    return found


def curve(found: sq.Sweep, weight: float) -> Curve:
    """Orders that the group adds against promotions a week, at one weight of irritation."""
    points = [k for k, row in enumerate(found.design.rows) if row["buy.irritation"] == weight]
    return Curve(WEEKLY, np.column_stack([found.results.values(OUTCOME, k) for k in points]))


def tell(found: dict[str, sq.LevelSweep]) -> None:
    """Print the table: a row for each weight, level and shape."""
    print("| `buy.irritation` | reading | hazard to leave | best number a week (not surely worse) "
          "| orders over none | within 2 % of it (at 95 %) | 14 a week | 28 a week "
          "| less than none from |")  # fmt: skip
    print("|---|---|---|" + "---|" * 6)
    for weight in IRRITATION:
        for level in found[SHAPES[0]].levels:
            for shape, each in found.items():
                line = curve(each.levels[level], weight)
                best, gain, flat, worse = line.cells()
                ends = [told(line.gap(WEEKLY.index(n), 0)) for n in (14, 28)]
                print(f"| {weight:g} | {level} | {shape} | {best} ({span(line.beside)}) | {gain} "
                      f"| {flat} | {ends[0]} | {ends[1]} | {worse} |")  # fmt: skip


if __name__ == "__main__":
    tell(study(sq.Effort(out=OUT, progress=True)))
