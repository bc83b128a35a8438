"""How large a group, how many promotions a week? And what cannot be told apart, at three levels.

Run by ``python -m shequn.experiments.studies.group_size_and_promotions``, and by ``shequn demo``.
"""

from __future__ import annotations

import shequn as sq

SCENARIO = "wechat-group"
SIZES = [50, 100, 200, 500]  # the most members of a group
WEEKLY = [0, 1, 2, 4, 7, 14, 21, 28]  # promotions a week in each group
REPLICATES, DAYS = 8, 180
OUT = "results/group-size-and-promotions"  # run again, it computes what is missing there


def study(effort: sq.Effort) -> sq.LevelSweep:
    """Every size with every number of promotions, at every level of reading, with the same luck."""
    scenario = sq.Scenario.load(SCENARIO).with_values({"policy.promo_share": 0.0})
    promotions = [number / 7.0 for number in WEEKLY]
    varied = {"group.capacity": SIZES, "policy.promos_per_day": promotions}
    return sq.sweep(scenario, varied, reading="all", effort=effort)


def tell(found: sq.LevelSweep) -> None:
    """Print what is best for each size at each level."""
    for level, sweep in found.levels.items():
        print(f"When reading is {level}:")
        tell_level(sweep)


def tell_level(found: sq.Sweep) -> None:
    """Print the best number for each size, and the numbers that are not surely worse."""
    outcome = found.scenario.focus
    for size in SIZES:
        points = [k for k, row in enumerate(found.design.rows) if row["group.capacity"] == size]
        best = max(points, key=lambda k: found.interval(outcome, k).mean)
        gaps = {k: found.difference(outcome, k, best) for k in points if k != best}
        beside = sorted([best, *(k for k, gap in gaps.items() if gap.high >= 0.0)])
        weekly = ", ".join(f"{7 * found.design.rows[k]['policy.promos_per_day']:g}" for k in beside)
        mean = found.interval(outcome, best).mean
        print(f"  {size} people: best {mean:,.0f} CNY; promotions a week that cannot be told "
              f"apart (95 %): {weekly}")  # fmt: skip


if __name__ == "__main__":
    tell(study(sq.Effort(replicates=REPLICATES, days=DAYS, out=OUT, progress=True)))
