"""Whom to invite first? Five starts with twenty people, and who came without being invited by us.

Run by ``python -m shequn.experiments.studies.whom_to_seed``.
"""

from __future__ import annotations

import shequn as sq

SCENARIO = "cold-start"  # its alternatives are the arms; more of them: a scenario that extends it
DAYS = 60
UNTIL, MOST = "members +-3", 64  # replicates are added until then, at most so many
OUT = "results/whom-to-seed"  # run again, it computes what is missing there


def study(effort: sq.Effort) -> sq.Comparison:
    """Every start with the same people and luck."""
    return sq.compare(SCENARIO, effort=effort)


def tell(found: sq.Comparison) -> None:
    """Print what each start gains over the first, for every outcome that matters here."""
    print(f"{found.replicates} replicates; differences to '{found.base.title}':")
    for arm in list(found.arms)[1:]:
        for outcome in ("members", "orders", "incremental_equity"):
            gap = found.difference(arm, outcome)
            decided = "decided" if gap.low > 0.0 or gap.high < 0.0 else "undecided"
            print(f"{arm:28}{outcome:19}{gap.mean:8.1f} [{gap.low:.1f}, {gap.high:.1f}] {decided}")


if __name__ == "__main__":
    tell(study(sq.Effort(replicates=MOST, until=UNTIL, days=DAYS, out=OUT, progress=True)))
