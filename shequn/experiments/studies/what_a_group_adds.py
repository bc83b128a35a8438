"""What a group adds: by when, by what, and without any promotion.

Run by ``python -m shequn.experiments.studies.what_a_group_adds``, and by ``make persuasion``.
"""

from __future__ import annotations

from dataclasses import replace

import shequn as sq
from shequn.experiments.perform.curves import told
from shequn.experiments.perform.statistics import mean_interval

SCENARIO, WEEKLY = "brand-groups", [0, 1, 3, 7, 14]  # promotions a week; first: none
HORIZONS = {"8 weeks": 56, "half a year": 182, "a year": 365}
GAINS = {"orders per 100 members": ("incremental_orders_per_member", 100.0, 1),
         "incremental equity, CNY": ("incremental_equity", 1.0, 0)}  # fmt: skip
BOTH, NONE = "3 a week and content", {"policy.promos_per_day": 0.0}  # BOTH: the scenario as it is
EMPTY, DEAF = {"policy.content_per_day": 0.0}, {"buy.word": 0.0}
KINDS = {"no posts": NONE | EMPTY, "content": NONE, "content, deaf": NONE | DEAF, "3 a week": EMPTY,
         "and more content": {"policy.content_per_day": 4.0}, "deaf": DEAF}  # fmt: skip
SHARES = {  # a share of the orders without the group, or the difference of two
    "no posts at all": ("no posts", ""),
    "content (2 a day), no promotion": ("content", ""),
    "- by content": ("content", "no posts"),
    "- by word of mouth": ("content", "content, deaf"),
    "3 promotions a week, no content": ("3 a week", ""),
    "3 promotions a week, content (2 a day)": (BOTH, ""),
    "- by that content": (BOTH, "3 a week"),
    "- by word of mouth then": (BOTH, "deaf"),
    "- what 4 pieces of content a day add to 2": ("and more content", BOTH),
}
REPLICATES, OUT = 4, "results/what-a-group-adds"  # run again, it computes what is missing there


def horizons(effort: sq.Effort) -> dict[str, sq.LevelSweep]:
    """Every number of promotions, at every level of reading, for each length of time."""
    weekly = {"policy.promos_per_day": [number / 7.0 for number in WEEKLY]}
    each = {name: asked(effort, name, days) for name, days in HORIZONS.items()}
    return {n: sq.sweep(SCENARIO, weekly, reading="all", effort=e) for n, e in each.items()}


def kinds(effort: sq.Effort) -> sq.LevelComparison:
    """What people of a group get, of each kind, at every level of reading."""
    base = replace(sq.Scenario.load(SCENARIO), title=BOTH, alternatives=KINDS)
    return sq.compare(base, reading="all", effort=asked(effort, "kinds"))


def asked(effort: sq.Effort, name: str, days: int | None = None) -> sq.Effort:
    """The effort with a folder of its own, and with so many days."""
    place = None if effort.out is None else f"{effort.out}/{name.replace(' ', '-')}"
    many = effort.replicates or REPLICATES
    return replace(effort, replicates=many, days=effort.days or days, out=place)


def tell(found: dict[str, sq.LevelSweep], shared: sq.LevelComparison) -> None:
    """Print both tables."""
    levels = list(shared.levels)
    print("| what promotions add to none | a week | reading |", *(f"{name} |" for name in found))
    print("|---|---|---|" + "---|" * len(found))
    for words, (outcome, times, digits) in GAINS.items():
        for k, weekly in list(enumerate(WEEKLY))[1:]:
            for level in levels:
                gaps = [each.levels[level].results for each in found.values()]
                more = [one.values(outcome, k) - one.values(outcome, 0) for one in gaps]
                cells = [told(mean_interval(times * gap), digits) for gap in more]
                print(f"| {words} | {weekly} | {level} |", *(f"{cell} |" for cell in cells))
    print("\n| orders that the group adds, % of those without it |", *(f"{x} |" for x in levels))
    print("|---|" + "---|" * len(levels))
    for words, (kind, less) in SHARES.items():
        row = []
        for each in shared.levels.values():
            share, *others = (each.values(n, "incremental_share") for n in (kind, less) if n)
            row.append(told(mean_interval(100.0 * (share - sum(others)))))
        print(f"| {words} |", *(f"{cell} |" for cell in row))


if __name__ == "__main__":
    EFFORT = sq.Effort(out=OUT, progress=True)
    tell(horizons(EFFORT), kinds(EFFORT))
