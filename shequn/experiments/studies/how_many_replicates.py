"""When may a difference be believed? What would have been said after 4, 8, 16, ... replicates.

Run by ``python -m shequn.experiments.studies.how_many_replicates``.
"""

from __future__ import annotations

import shequn as sq
from shequn.experiments.perform.statistics import paired_difference

BASE = {"policy.promo_share": 0.05}
OTHER = {"policy.promo_share": 0.15}
OUTCOME, WIDTH = "incremental_equity", 10.0  # CNY: what would change nobody's mind
DAYS, MOST = 60, 256
OUT = "results/how-many-replicates"  # run again, it computes what is missing there


def study(effort: sq.Effort) -> sq.Comparison:
    """Two policies with the same people and luck."""
    scenario = sq.Scenario.load("wechat-group")
    return sq.compare(scenario.with_values(BASE), scenario.with_values(OTHER), effort=effort)


def tell(found: sq.Comparison) -> None:
    """Print the interval of the difference after so many replicates, paired and unpaired."""
    base, other = (found.values(arm, OUTCOME) for arm in found.arms)
    n = 4
    while n <= len(base):
        gap = paired_difference(other[:n], base[:n])
        apart = 2.0 * ((base[:n].var(ddof=1) + other[:n].var(ddof=1)) / n) ** 0.5
        print(f"{n:4} replicates: {gap.mean:6.0f} CNY [{gap.low:.0f}, {gap.high:.0f}]", end="")
        print(f", +-{gap.high - gap.mean:.0f}; with other luck in each arm about +-{apart:.0f}")
        n *= 2
    print(found.sentences(OUTCOME)[0])


if __name__ == "__main__":
    until = f"{OUTCOME} +-{WIDTH}"
    tell(study(sq.Effort(replicates=MOST, until=until, days=DAYS, out=OUT, progress=True)))
