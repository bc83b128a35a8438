"""Where does a club live by word of mouth alone? The table of docs/product-club.md.

Run by ``python -m shequn.experiments.studies.product_club``, and by ``make club``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

import shequn as sq

SCENARIO, TIMES = "product-club", (1, 2, 3, 4)  # invitations, in times the default
POSTS = {"policy.name": "cadence", "policy.content_per_day": 2.0}  # no promotion among them
ROWS = {  # who posts, and the spread of acceptance by the match; the default first
    "nobody posts, match 0.5": {},
    "nobody posts, match 1": {"invite.match": 1.0},
    "two posts a day, match 0.5": POSTS,
}
MEMBERS, READERS, FIRST, LATELY = 10_000, 20, 200, 28  # persons, a week, persons, days
OWN = ("brought_by_first", "groups_read", "years_to_members", "messages_lately")
REPLICATES, OUT = 2, "results/product-club"  # run again, it computes what is missing there


def brought_by_first(run: sq.Run) -> float:
    """Persons whom each of the first 200 members brought in, mean."""
    asked: Any = run.invitations
    new = asked[(asked["outcome"] == "joined") & (asked["contact_joins"] == 0)]
    start = set(np.flatnonzero(run.members["joins"] > 0)) - set(new["contact"])
    first = [*start, *new["contact"]][:FIRST]
    return float(new["inviter"].isin(first).sum()) / len(first)


def groups_read(run: Any) -> float:
    """Groups in which 20 members read within a week: mean of the last 28 days."""
    last = run.groups[run.groups["day"] > run.groups["day"].max() - LATELY]
    return float((last.groupby("group")["weekly_readers"].mean() >= READERS).sum())


def years_to_members(run: sq.Run) -> float:
    """Years to the first day with 10,000 members."""
    whole = run.daily[run.daily["tier"] == "all"]
    return float(whole.loc[whole["members"] >= MEMBERS, "day"].min()) / 365.25


def messages_lately(run: sq.Run) -> float:
    """Messages that members wrote in the last 28 days."""
    last = run.groups["day"] > run.groups["day"].max() - LATELY
    return float(run.groups.loc[last, "messages"].sum())


def study(effort: sq.Effort) -> sq.LevelComparison:
    """Every row at every number of invitations, with the same people and luck."""
    club = sq.Scenario.load(SCENARIO).with_outcomes(*(f"{__file__}:{name}" for name in OWN))
    rate = {times: {"invite.rate": times * club.value("invite.rate")} for times in TIMES}
    arms = {f"{row}, x {n}": rate[n] | ROWS[row] for row in ROWS for n in TIMES}
    first = next(iter(arms))
    arms.pop(first)
    return sq.compare(replace(club, title=first, alternatives=arms), reading="all", effort=effort)


def cell(found: sq.Comparison, arm: str) -> str:
    """What came of a club: means over seeds, and what of the five years."""
    names = ("brought_by_first", "members", "groups", "groups_read")
    first, members, groups, read = (found.values(arm, name).mean() for name in names)
    years, written = (found.values(arm, name) for name in OWN[2:])
    years, silent, n = years[~np.isnan(years)], int((written == 0).sum()), len(written)
    words = f"R {first:.2f}; {members:,.0f} in {groups:.0f}, {read:.0f} read"
    words += f"; silent at {silent} of {n}" if silent else ""
    reached = f"; 10,000 in {years.mean():.1f} years at {len(years)} of {n}" if len(years) else ""
    return words + reached


def tell(found: sq.LevelComparison) -> None:
    """Print the table."""
    print("| club | invitations |", *(f"{level} |" for level in found.levels))
    print("|---|---|" + "---|" * len(found.levels))
    for row in ROWS:
        for n in TIMES:
            cells = [cell(each, f"{row}, x {n}") for each in found.levels.values()]
            print(f"| {row} | x {n} |", *(f"{each} |" for each in cells))


if __name__ == "__main__":
    tell(study(sq.Effort(replicates=REPLICATES, out=OUT, progress=True)))
