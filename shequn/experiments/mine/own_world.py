"""The world of one's own group: what answers put into it, and what is left to be found out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path

from shequn.agents.files import read_lines
from shequn.experiments.designs.plausible import plausible_ranges, ranges_of
from shequn.experiments.designs.ranges import Range
from shequn.experiments.mine.answers import MONTH
from shequn.model.past import Past
from shequn.model.scenario import Scenario

BASE = "wechat-group"
NAME = "mine"
LONGEST = 120  # days of the past that are played at most: older groups stand as after so many
MOST = 1000  # members that are simulated at most; larger businesses are fewer groups (assumed)
OUTSIDE = 10  # people in the market for each member (assumed)
_CAPACITIES = (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 200_000)
_ROOM = 1.1  # of a group whose largest size is not known (assumed)
_WEEK, _YEAR = 7.0, 365.0
_SERVICE = ("desk.service_time", Range(0.5, 240.0, True))  # minutes: assumed, from seconds to hours
_WRITTEN = ("content", "promo")
FILL = "group.seed_fill"


@dataclass(frozen=True)
class OwnWorld:
    """A scenario for a group, what is not known of it, and what was assumed.

    Attributes
    ----------
    scenario : Scenario
        With a past that ends tonight.
    ranges : mapping
        By path what is looked for: every value in a range is equally likely beforehand.
    sought : set of str
        The paths among them that differ from group to group; the others no data settle.
    put : sequence of str
        The paths that answers, or what was assumed instead, put into the scenario.
    factor : float
        Members simulated for each real one, at most 1.
    days : int
        Days from the start of the group to tonight, as simulated.
    assumed : mapping
        Values by question that nobody gave.
    """

    scenario: Scenario
    ranges: Mapping[str, Range]
    sought: Set[str]
    put: Sequence[str]
    factor: float
    days: int
    assumed: Mapping[str, float]


@cache
def own_ranges() -> dict[str, Range]:
    """The ranges of what differs from group to group (`shequn/data/own_group.csv`), by path."""
    path = Path(str(resources.files("shequn") / "data" / "own_group.csv"))
    return ranges_of(read_lines(path), path)


def own_world(answers: Mapping[str, float]) -> OwnWorld:
    """The world that answers describe.

    Parameters
    ----------
    answers : mapping
        Checked (`shequn.experiments.mine.answers.check`).

    Returns
    -------
    OwnWorld
        What they do not say is as usual (assumed), or left to be found out.
    """
    members = answers["members"]
    groups = int(answers.get("groups", 1))
    capacity = int(answers.get("capacity", _capacity(members / groups)))
    count = max(1, round(groups * min(1.0, MOST / members)))
    factor = count / groups
    standing = {
        "groups": 1.0, "capacity": float(capacity), "months": LONGEST / MONTH, "price": 99.0,
        "margin": 0.4, "needs": 7.3, "ads": 3.0, "content": 14.0, "staff": 0.0, "wage": 40.0,
    }  # fmt: skip
    if "answer_minutes" in answers:
        standing["staff"] = 1.0
    known = {key: answers.get(key, value) for key, value in standing.items()}
    days = min(LONGEST, max(MONTH, round(MONTH * known["months"])))
    desk = known["staff"] > 0.0
    need = known["needs"] / _YEAR
    base = replace(Scenario.load(BASE), name=NAME, title="", alternatives={})
    values = {
        "run.days": 90,
        "past.days": days,
        "market.people": max(2000, round(OUTSIDE * members * factor)),
        "group.count": count,
        "group.capacity": capacity,
        "group.placement": "emptiest",
        "policy.promo_share": 0.0,
        "policy.promos_per_day": known["ads"] / _WEEK,
        "policy.content_per_day": known["content"] / _WEEK,
        "product.price": known["price"],
        "product.margin": known["margin"],
        "costs.wage": known["wage"],
        # Posts are written once for all groups, also for those that are not simulated.
        **{f"costs.hours_{what}": base.value(f"costs.hours_{what}") * factor for what in _WRITTEN},
        **{f"tiers.{tier}.need_rate": need for tier in ("high", "middle", "base")},
        **({"desk.staff": known["staff"] * factor} if desk else {}),
    }
    full = members / (groups * capacity)
    ranges = {**plausible_ranges(), **own_ranges()}
    del ranges["reading"]  # group.glance, which it sets, is looked for itself
    ranges[FILL] = Range(0.1 * full, min(1.0, 1.6 * full), True)
    if desk:
        ranges.update([_SERVICE])
    # The past is one's own as well: nothing of the base's policy is kept for it.
    scenario = replace(base.with_values(values), past=Past(days))
    assumed = {key: value for key, value in known.items() if key not in answers}
    sought = {*own_ranges(), FILL, _SERVICE[0]} & set(ranges)
    put = [path for path in values if path not in ("run.days", "past.days")]
    return OwnWorld(scenario, ranges, sought, put, factor, days, assumed)


def _capacity(members: float) -> int:
    """The usual largest size that holds so many with some room."""
    fits = [size for size in _CAPACITIES if size >= _ROOM * members]
    return fits[0] if fits else math.ceil(_ROOM * members)
