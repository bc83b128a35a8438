"""Does `shequn mine` find a truth that is known? Twenty simulated groups, told as operators would.

Run by ``python -m shequn.experiments.studies.recovery``, and by ``make recovery``.
"""

from __future__ import annotations

from pathlib import Path

import shequn as sq
from shequn.experiments.mine.recovery import (
    LITTLE,
    TOLD,
    by_name_lines,
    coverage_lines,
    regret_lines,
    study_one,
    together,
)

GROUPS = 20
WHAT = {"all that an operator counts": (TOLD, 1200), "members and messages only": (LITTLE, 600)}
OUT = "results/recovery"  # run again, it computes what is missing there


def study(groups: int, effort: sq.Effort) -> dict:
    """What is found of each true group, by what is told of it."""
    tables, whole = {}, Path(effort.out or OUT)
    for number, (words, (told, tries)) in enumerate(WHAT.items()):
        parts = []
        for group in range(1, groups + 1):
            parts.append(study_one(group, told, tries, whole / str(number)))
            effort.tell(number * groups + group, len(WHAT) * groups)
        tables[words] = together(parts)
    return tables


def tell(tables: dict) -> None:
    """Print how often the truth is held, and what the advice is worth."""
    print("\n".join([*coverage_lines(tables), "", *regret_lines(tables), ""]))
    print("\n".join(by_name_lines(next(iter(tables.values())))))


if __name__ == "__main__":
    tell(study(GROUPS, sq.Effort(out=OUT, progress=True)))
