"""What a sensitivity analysis varies: parameters, and the range of each.

A range is given (``PATH=LOW:HIGH`` or ``PATH=LOW:HIGH:log``), or, for a bare path, it goes from
half to twice the scenario's value, cut off at what is allowed: uniform in the logarithm, so that
the scenario's value is in the middle; uniform in the value itself for shares (allowed: 0 to 1) and
for negative values; whole numbers stay whole. Half to twice is assumed, as the priors of a
calibration are: who knows better gives ranges.

Two words stand for many parameters: ``world`` (how people are and behave) and ``policy`` (what the
operator decides day by day). Of the world, what no data settle has the range of the table of
plausible worlds (`shequn.experiments.designs.plausible`), and the level of reading is varied
instead of what it sets; all else has these ranges. A parameter is left out of them where half to
twice means nothing: its value is 0 or inf (it is switched off), or it is a clock time, a place on
the circle of topics or a share of a tier, which three have to sum to 1. And where it cannot matter
for certain in this scenario: it belongs to a tier without people, to a distribution that is
constant, to a lever that is off, to rivals that are not there, to a policy that is not the
scenario's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.experiments.designs.axes import Axis
from shequn.experiments.designs.plausible import PLAUSIBLE, plausible_ranges, settled
from shequn.experiments.designs.ranges import Range, range_around, range_of, ranges_in, refused_ends
from shequn.model.parameters import Parameters, declared, flatten, unknown
from shequn.model.parameters.levers import ELEMENTS
from shequn.model.reading import paths_of_reading
from shequn.model.scenario import Scenario, declaration_of

PLACE = "--over"
AROUND_IT = "half to twice"
AROUND = 2.0  # a default range: from the scenario's value divided by this to the value times it
WORLD = (
    "tiers", "spread", "correlation", "rhythm", "read", "feel", "speak", "buy", "invite", "stay",
)  # fmt: skip
POLICY = ("policy", "targeting", "coupon", "desk", "control", "onboarding", "event", "listening")
WORDS = ("world", "policy")
# Levers that stand in sections of the world.
_LEVERS = ("discovery.ad_budget", "invite.reward", "invite.gift", "forward.reward")
_TIMES = ("invite.reward_start", "invite.reward_stop")
_PLACES = ("circle", "hour")  # units of what has no half: a clock time, a topic
_DURATIONS = ("desk.patience",)  # in hours, but not a time of the clock
# What cannot matter while its switch is 0.
_BEHIND = {
    "desk.staff": (
        "feel.answered", "feel.answered_fast", "feel.answer_patience", "feel.crowding",
        "feel.exposure_of_answer", "desk.service_time", "desk.patience", "desk.target",
        "desk.others", "desk.time_share", "desk.quality", "desk.length",
    ),
    "desk.follow_up": ("feel.followed_up",),
    "market.rivals": ("buy.rivals", "stay.rivals"),
    "event.every": (
        "event.notice", "event.pull", "event.turnout", "event.places", "event.ties",
        "event.belonging",
    ),
    "control.intensity": ("control.breadth", "control.reactance", "control.chill"),
    "coupon.value": ("coupon.start", "coupon.stop"),
    "policy.evidence_per_day": ("policy.evidence_valence",),
    "listening.product_gain": ("listening.product_error", "listening.product_ceiling"),
}  # fmt: skip
# What belongs to some posting policies only.
_OWN = {
    "policy.burst_days": ("bursts", "conference"),
    "policy.burst_every": ("bursts", "conference"),
    "policy.prizes_per_day": ("prize-campaign",),
    "policy.prize_value": ("prize-campaign",),
    "policy.prize_stop": ("prize-campaign",),
    "policy.asks_per_day": ("question-and-answer", "community", "conversion", "conference"),
    "listening.target": ("listening-switch", "listening-proportional"),
    "listening.gain": ("listening-proportional",),
}


@dataclass(frozen=True)
class Factor:
    """One parameter that is varied.

    Attributes
    ----------
    name : str
        Its path.
    range : Range
        Where it is varied.
    unit : str
        Its unit; "1" for a pure number.
    origin : str
        Where the range is from: ``given``, ``plausible`` (the table that comes with the program) or
        ``half to twice`` the scenario's value.
    """

    name: str
    range: Range
    unit: str = "1"
    origin: str = "given"

    def at(self, units: np.ndarray) -> list[Any]:
        """Values at coordinates 0 .. 1: a list of numbers, whole where the parameter is."""
        return Axis(self.name, range=self.range).at(units)

    @property
    def words(self) -> str:
        """The range in words: ``0.5 to 2 per day, log``."""
        unit = "" if self.unit == "1" else f" {self.unit}".replace(" 1/", " per ")
        scale = ", log" if self.range.log else ""
        return f"{self.range.low:.4g} to {self.range.high:.4g}{unit}{scale}"


def factors_of(scenario: Scenario, over: str | Sequence[str] | Mapping[str, Any]) -> list[Factor]:
    """Read what is varied.

    Parameters
    ----------
    scenario : Scenario
        Whose values default ranges go around.
    over : str, sequence or mapping
        ``world``, ``policy``, ``PATH``, ``PATH=LOW:HIGH``, ``PATH=LOW:HIGH:log``, with commas
        between them; or a list of such words; or ``(low, high)``, ``(low, high, "log")`` or None
        by path. A range that is given goes before that of a word.

    Returns
    -------
    list of Factor
        In the order given, those of a word in the order of their declaration.

    Raises
    ------
    ScenarioError
        With everything that is wrong.
    """
    problems: list[Problem] = []
    found: dict[str, Factor] = {}
    alone: list[str] = []
    for name, words in ranges_in(over):
        if name in WORDS and not words:
            found = {**{factor.name: factor for factor in of_word(name, scenario)}, **found}
            continue
        if name in alone:
            problems.append(Problem(f"{PLACE} {name}", "is varied twice"))
        alone.append(name)
        factor = _factor(name, words, scenario)
        if isinstance(factor, Problem):
            problems.append(factor)
        else:
            found[name] = factor
    if not found and not problems:
        problems.append(
            Problem(PLACE, "nothing to vary; give world, policy, PATH or PATH=LOW:HIGH")
        )
    for factor in found.values():
        problems += refused_ends(scenario, factor.name, factor.range, f"{PLACE} {factor.name}")
    if problems:
        raise ScenarioError(problems)
    return list(found.values())


def _factor(name: str, words: list[str], scenario: Scenario) -> Factor | Problem:
    """One parameter, or what is wrong with it."""
    place = f"{PLACE} {name}"
    about = declaration_of(name)
    if about is None:
        wrong = unknown(name, declared(), place)
        near = nearest(name, WORDS)
        return Problem(wrong.place, f"{wrong.message}{near}") if near else wrong
    if about.kind not in (int, float):
        return Problem(place, f"is no number and has no range; allowed: {about.range}")
    if words:
        ends = range_of(words, about)
    elif name == "reading":
        ends = Range(about.low, about.high)
    elif name in declared():
        ends = range_around(float(scenario.value(name)), about, AROUND)
    else:
        ends = "give a range: LOW:HIGH"  # of a channel or rival
    if isinstance(ends, str):
        return Problem(place, ends)
    return Factor(name, ends, about.unit, "given" if words else AROUND_IT)


def of_word(word: str, scenario: Scenario) -> list[Factor]:
    """The parameters that ``world`` or ``policy`` stands for in a scenario.

    Parameters
    ----------
    word : str
        One of the two.
    scenario : Scenario
        The scenario.

    Returns
    -------
    list of Factor
        With default ranges, in the order of their declaration; of ``world`` first the level of
        reading instead of what it sets, where the scenario does not say it itself.
    """
    values = flatten(scenario.parameters)
    certain = without_effect(scenario)
    stays = settled(scenario)
    table = {path: ends for path, ends in plausible_ranges().items() if path not in stays}
    found = []
    if word == "world" and "reading" in table:
        found.append(Factor("reading", table["reading"], origin=PLAUSIBLE))
        certain.update(paths_of_reading())
    for path, about in declared().items():
        if about.kind not in (int, float) or not _is_of(word, path) or path in certain:
            continue
        clock = about.unit in _PLACES and path not in _DURATIONS
        if path.startswith("policy.") and clock or path.endswith(("first_hour", "last_hour")):
            continue
        ends = table.get(path) or range_around(float(values[path]), about, AROUND)
        if not isinstance(ends, str):
            origin = PLAUSIBLE if path in table else AROUND_IT
            found.append(Factor(path, ends, about.unit, origin))
    return found


def _is_of(word: str, path: str) -> bool:
    section = path.partition(".")[0]
    lever = path in _LEVERS or section in POLICY
    if word == "policy":
        return lever
    summed = section == "tiers" and path.endswith(".share")
    return section in WORLD and not lever and not summed and path not in _TIMES


def without_effect(scenario: Scenario) -> set[str]:
    """Parameters that cannot matter in a scenario, for certain (see the module).

    Parameters
    ----------
    scenario : Scenario
        The scenario; with channels or rivals of its own, what these may switch on is kept.

    Returns
    -------
    set of str
        Paths.
    """
    parameters = scenario.parameters
    values = flatten(parameters)
    found = {path for path in declared() if _of_nobody(path, parameters)}
    if scenario.channels or parameters.market.rivals:
        return found
    for switch, behind in _BEHIND.items():
        if not values[switch]:
            found.update(behind)
    if not values["invite.reward"]:
        found.update(("invite.from_reward", "invite.motive"))
    if not values["targeting.audience"] < 1.0:
        found.add("targeting.precision")
    for path, names in _OWN.items():
        if parameters.policy.name not in (*names, "file"):
            found.add(path)
    for element, levers in ELEMENTS.items():
        if not values[f"elements.{element}"]:
            found.update(levers)
    return found


def _of_nobody(path: str, parameters: Parameters) -> bool:
    """Whether it is a trait of a tier without people, or the spread of what is constant."""
    section, _, rest = path.partition(".")
    if section == "tiers":
        tier, _, trait = rest.partition(".")
        return trait != "share" and getattr(parameters.tiers, tier).share == 0.0
    return section == "spread" and getattr(parameters.shape, rest, "") == "constant"
