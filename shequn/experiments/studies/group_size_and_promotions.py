"""How large a group, how many promotions? Sizes and shares, and what cannot be told apart.

Run by ``python -m shequn.experiments.studies.group_size_and_promotions``, and by ``shequn demo``.
"""

from __future__ import annotations

import shequn as sq

SCENARIO = "wechat-group"
SIZES = [50, 100, 200, 500]  # the most members of a group
SHARES = "0:0.3:8"  # of the operator's messages: eight from none to 30 %
REPLICATES, DAYS = 16, 180
OUT = "results/group-size-and-promotions"  # run again, it computes what is missing there


def study(effort: sq.Effort) -> sq.Sweep:
    """Every size with every share, all with the same people and luck."""
    return sq.sweep(
        SCENARIO, {"group.capacity": SIZES, "policy.promo_share": SHARES}, effort=effort
    )


def tell(found: sq.Sweep) -> None:
    """Print the best share for each size, and the shares that are not surely worse."""
    outcome = found.scenario.focus
    for size in SIZES:
        points = [k for k, row in enumerate(found.design.rows) if row["group.capacity"] == size]
        best = max(points, key=lambda k: found.interval(outcome, k).mean)
        gaps = {k: found.difference(outcome, k, best) for k in points if k != best}
        beside = sorted([best, *(k for k, gap in gaps.items() if gap.high >= 0.0)])
        shares = ", ".join(f"{found.design.rows[k]['policy.promo_share']:.1%}" for k in beside)
        mean = found.interval(outcome, best).mean
        print(f"{size} people: best {mean:,.0f} CNY; not to be told apart (95 %): {shares}")


if __name__ == "__main__":
    tell(study(sq.Effort(replicates=REPLICATES, days=DAYS, out=OUT, progress=True)))
