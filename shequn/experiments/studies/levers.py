"""What does each lever do, at three levels of reading? The table of docs/scenarios.md.

Run by ``python -m shequn.experiments.studies.levers``, and by ``make levers``.
"""

from __future__ import annotations

from dataclasses import replace

import shequn as sq
from shequn.experiments.perform.statistics import paired_difference

SCENARIO, WITHOUT = "wechat-group", {"policy.promo_share": 0.0}  # the group, every lever off
LEVERS: dict[str, tuple[dict, str]] = {  # how each is pulled; what counts its events, day by day
    "promotions are 15 % of all messages": ({"policy.promo_share": 0.15}, "promos promos_read"),
    "2 promotions a day": ({"policy.promos_per_day": 2.0}, "promos promos_read"),
    "4 pieces of content a day, not 2": ({"policy.content_per_day": 4.0}, "contents read"),
    "a coupon of 20 CNY": ({"coupon.value": 20.0}, "occasions orders_new orders_repeat"),
    "prizes": ({"policy.name": "prize-campaign", "policy.prize_stop": 1e6}, "prizes joins_prize"),
    "a reply desk": ({"desk.staff": 1.0}, "questions answered"),
    "a welcome": (
        {"onboarding.ties": 5.0, "onboarding.belonging": 0.2},
        "joins_spontaneous joins_invite",
    ),
    "a question to members a day": ({"policy.name": "question-and-answer"}, "read replies"),
    "an event every two weeks": ({"event.every": 14.0}, "guests"),
    "moderation": ({"control.intensity": 0.8}, "removed"),
    "@all twice a week": ({"policy.calls_per_week": 2.0}, "calls"),
    "a crisis": ({"incident.day": 30.0}, "incident_reach"),
    "an apology in it": ({"incident.day": 30.0, "incident.response": "apology"}, "responses_read"),
}
AGAINST = {"an apology in it": "a crisis"}  # all others: against the group without any
REPLICATES, OUT = 12, "results/levers"  # run again, it computes what is missing there


def study(effort: sq.Effort) -> sq.LevelComparison:
    """The group with each lever, all with the same people and luck."""
    base = replace(sq.Scenario.load(SCENARIO).with_values(WITHOUT), title="without")
    named = {name: values for name, (values, _) in LEVERS.items()}
    return sq.compare(replace(base, alternatives=named), reading="all", effort=effort)


def effect(found: sq.Comparison, lever: str, name: str) -> str:
    """Mean difference to the group without the lever, its interval; bold where that excludes 0."""
    against = AGAINST.get(lever, next(iter(found.arms)))
    gap = paired_difference(found.values(lever, name), found.values(against, name))
    words = f"{gap.mean:+.1f} [{gap.low:.1f}, {gap.high:.1f}]"
    return f"**{words}**" if gap.low > 0.0 or gap.high < 0.0 else words


def tell(found: sq.LevelComparison) -> None:
    """Print the table; where a lever is undecided everywhere, its events in one run."""
    print("| lever | effect on |", *(f"{level} |" for level in found.levels))
    print("|---|---|" + "---|" * len(found.levels))
    for lever, (_, events) in LEVERS.items():
        rows = {
            name: [effect(each, lever, outcome) for each in found.levels.values()]
            for name, outcome in {
                "readers a day": "readers",
                "orders it adds": "incremental_orders",
                "exits": "exits",
            }.items()
        }
        if "**" not in str(rows):
            runs = [sq.run(each.arms[lever]).daily for each in found.levels.values()]
            counts = [run[run["tier"] == "all"][events.split()].sum().items() for run in runs]
            rows["events"] = [", ".join(f"{n:,.0f} {name}" for name, n in each) for each in counts]
        for name, cells in rows.items():
            print(f"| {lever} | {name} |", *(f"{cell} |" for cell in cells))


if __name__ == "__main__":
    tell(study(sq.Effort(replicates=REPLICATES, out=OUT, progress=True)))
