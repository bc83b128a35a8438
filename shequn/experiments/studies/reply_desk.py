"""How many people answer, and how fast? A queue by the book beside the simulated desk.

Run by ``python -m shequn.experiments.studies.reply_desk``.
"""

from __future__ import annotations

import shequn as sq
from shequn.experiments.formulas.desk_forms import chance_of_answer, mean_time

STAFF = [3, 4, 5, 6]
PEOPLE, LOOKS, TALK, MINUTES, TARGET = (
    300,
    24.0,
    0.04,
    10.0,
    15.0,
)  # looks a day; minutes a question
DESK = {
    "run.days": 20, "market.people": PEOPLE, "group.seed_members": PEOPLE,
    "speak.question_share": 0.99, "speak.most_posts": 15, "feel.answered": 0.0,
    "feel.answered_fast": 0.0, "costs.wage": 40.0, "tiers.base.session_rate": LOOKS,
    "tiers.base.talk": TALK, "tiers.base.capacity": 1.0, "desk.staff": 3.0,
    "desk.service_time": MINUTES, "desk.target": TARGET, "desk.first_hour": 0.0,
    "desk.last_hour": 24.0, "desk.patience": float("inf"), "desk.public": False,
}  # fmt: skip
REPLICATES = 4
OUT = "results/reply-desk"  # run again, it computes what is missing there


def study(effort: sq.Effort) -> sq.Sweep:
    """Each number of people at the desk; all else is off, as in the formula."""
    return sq.sweep(
        sq.Scenario.load("blank").with_values(DESK), {"desk.staff": STAFF}, effort=effort
    )


def tell(found: sq.Sweep) -> None:
    """Print minutes and fast answers by the formula (M/M/c) and as simulated, and what it costs."""
    asked, answers = PEOPLE * LOOKS * TALK * 0.99 / 24.0, 60.0 / MINUTES  # an hour; by one person
    print("people   minutes: formula, simulated    fast: formula, simulated       CNY a day")
    for k, c in enumerate(STAFF):
        time, fast = found.interval("answer_minutes", k), found.interval("fast_share", k)
        print(
            f"{c:6}{60 * mean_time(c, asked, answers):11.1f}"
            f"  {time.mean:5.1f} ({time.low:.1f} to {time.high:.1f})"
            f"{chance_of_answer(c, asked, answers, TARGET / 60):9.1%}"
            f"  {fast.mean:.1%} ({fast.low:.1%} to {fast.high:.1%})"
            f"{found.interval('costs', k).mean / found.scenario.days:9,.0f}"
        )


if __name__ == "__main__":
    tell(study(sq.Effort(replicates=REPLICATES, out=OUT, progress=True)))
