"""Which sentence the numbers allow: from facts to words, in either language.

What the sentences are stands in `shequn.experiments.report.templates`; those about one's own group
in `shequn.experiments.report.own_templates`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shequn.agents.errors import readable
from shequn.experiments.report.answer import GROUP, PROMOTIONS, SEEDS, Decision
from shequn.experiments.report.facts import (
    HANGS,
    LESS,
    NOTHING,
    SINGLE,
    UNDECIDED,
    Choice,
    Estimate,
    Spread,
)
from shequn.experiments.report.own_templates import OWN
from shequn.experiments.report.templates import TEMPLATES, Text
from shequn.experiments.report.terms import LEVELS, OUTCOMES_ZH, SEEDINGS, UNITS_ZH

_LONGEST = 60  # characters of a name (assumed)
_DECIMALS = 5  # that are written
_LISTED = 12  # options that are named one by one
_SENTENCES = {**TEMPLATES, **OWN}


def outward(value: float, up: bool, digits: int = 2) -> str:
    """An end of an interval, rounded away from its middle, so that nothing is claimed too much.

    Parameters
    ----------
    value : float
        The end.
    up : bool
        Whether it is the upper one.
    digits : int
        How many are shown of numbers below 100; of larger ones at least three.

    Returns
    -------
    str
        Its sign is that of the end.
    """
    if value == 0.0:
        return "0"
    power = math.floor(math.log10(abs(value)))
    step = power - (max(digits, 3) if abs(value) >= 100.0 else digits) + 1
    scaled = value / 10.0**step
    whole = math.ceil(scaled) if up else math.floor(scaled)
    return _signed(whole, step)


def number(value: float) -> str:
    """A number by itself: three digits or more."""
    if value == 0.0:
        return "0"
    step = min(0, math.floor(math.log10(abs(value))) - 2)
    return _signed(round(value / 10.0**step), step)


def short(value: float) -> str:
    """A number by itself, without zeros at its end."""
    words = number(value)
    return words if "e" in words or "." not in words else words.rstrip("0").rstrip(".")


def _signed(whole: int, step: int) -> str:
    """``whole`` x 10 ^ ``step``; what has many zeros is written as ``3.1e-7``."""
    if step < -_DECIMALS:
        mantissa, _, power = f"{abs(whole):.{len(str(abs(whole))) - 1}e}".partition("e")
        words = f"{mantissa}e{int(power) + step}"
    else:
        words = f"{abs(whole) * 10.0**step:,.{max(0, -step)}f}"
    return f"\u2212{words}" if whole < 0 else words


@dataclass(frozen=True)
class Language:
    """The words of one language.

    Attributes
    ----------
    name : str
        ``en`` or ``zh``.
    """

    name: str

    def say(self, key: str, **values: Any) -> str:
        """A sentence with its numbers."""
        return getattr(_SENTENCES[key], self.name).format(**values)

    @property
    def templates(self) -> Mapping[str, Text]:
        """Every sentence that there is."""
        return _SENTENCES

    def both(self, pair: Any) -> str:
        """The one of two texts that is of this language."""
        return getattr(pair, self.name)

    def listed(self, words: Sequence[str], last: str = "and") -> str:
        """Words as a list: ``a, b and c``."""
        *some, end = words
        return self.say("comma").join(some) + self.say(last) + end if some else end

    def listed_few(self, words: Sequence[str], most: int) -> str:
        """The first of some words: ``a, b, c and others``."""
        return self.say("comma").join(words[:most]) + self.say("more") * (len(words) > most)

    # Names

    def level(self, name: str) -> str:
        """A level of reading."""
        return self.both(LEVELS[name])

    def outcome(self, name: str) -> str:
        """An outcome, without what it is divided by."""
        bare = name.partition("/")[0]
        return OUTCOMES_ZH.get(bare, bare) if self.name == "zh" else bare.replace("_", " ")

    def with_unit(self, name: str, unit: str) -> str:
        """An outcome with its unit, as above a column or beside an axis."""
        words, shown = self.outcome(name), self.unit(unit).strip()
        if not shown or shown == words:
            return words
        return f"{words}（{shown}）" if self.name == "zh" else f"{words} [{shown}]"

    def unit(self, unit: str) -> str:
        """A unit after its number, with the space between."""
        if self.name == "en":
            return "" if unit == "1" else f" {unit}"
        found = UNITS_ZH.get(unit, unit)
        return f" {found}" if found else ""

    def named(self, option: Any) -> str:
        """A name as it was given, or the word of the glossary for it."""
        if isinstance(option, str) and option in SEEDINGS:
            return self.both(SEEDINGS[option])
        return readable(option, _LONGEST)

    def option(self, key: str, option: Any) -> str:
        """An option by itself: a number or a name; that of an arm is quoted."""
        if isinstance(option, bool) or not isinstance(option, int | float):
            return f"“{self.named(option)}”" if key == "arm" else self.named(option)
        return f"{option:,.0f}" if key == GROUP and option == int(option) else f"{option:.4g}"

    def options(self, key: str, choice: Choice, places: Sequence[int], last: str = "or") -> str:
        """Some options: ``3 to 7``, ``a, b and c``."""
        names = [self.option(key, choice.options[k]) for k in places]
        if not choice.numeric or len(names) == 1:
            return self.listed(names[:_LISTED], last)
        neighbours = list(places) == list(range(places[0], places[-1] + 1))
        if not neighbours and len(names) <= 4:
            return self.listed(names)
        template = "range" if neighbours else "range.broken"
        return self.say(template, low=names[0], high=names[-1])

    def what(self, key: str, path: str, words: str) -> str:
        """What was chosen, as a thing: ``3 to 7 promotions a week``, ``groups of 200``."""
        if key == PROMOTIONS and words in ("0", "1"):
            return self.say(f"what.{key}.{words}")
        kind = key if key in (PROMOTIONS, GROUP, SEEDS, "arm") else "path"
        return self.say(f"what.{kind}", x=words, path=path)

    def question(self, key: str, path: str, **values: Any) -> str:
        """What is asked of one thing."""
        kind = key if key in (PROMOTIONS, GROUP, SEEDS, "arm") else "path"
        return self.say(f"ask.{kind}", path=path, **values)

    def where(self, levels: Sequence[str]) -> str:
        """That something holds at all levels, where there are several."""
        return self.say("where.levels") if len(levels) > 1 else ""

    # Sentences

    def by_level(self, decision: Decision, levels: Sequence[str]) -> str:
        """What holds at each level: ``quiet: 3; usual: 5 to 7``."""
        key, choice = decision.key, decision.choice
        parts = [
            self.level(name) + self.say("colon") + self.options(key, choice, sorted(kept))
            for name, kept in zip(levels, choice.kept, strict=True)
        ]
        return self.say("semicolon").join(parts)

    def best(self, asked: Sequence[tuple[Decision, str]], levels: Sequence[str]) -> str:
        """What holds of all that was varied: the main part of the answer.

        Parameters
        ----------
        asked : sequence of (Decision, str)
            What was varied, and what is asked about it.
        levels : sequence of str
            Levels of reading.

        Returns
        -------
        str
            What can be said alike is said together. An option is called best alone only where
            every other one is surely worse.
        """
        parts = []
        for kind in dict.fromkeys(decision.choice.kind for decision, _ in asked):
            alike = [(d, question) for d, question in asked if d.choice.kind == kind]
            if kind == HANGS:
                parts += [
                    self.say("best.hangs", question=q, by_level=self.by_level(d, levels))
                    for d, q in alike
                ]
                continue
            one = len(alike) == 1 and self.is_one(alike[0][0])
            parts.append(
                self.say(
                    f"best.{kind}",
                    what=self.listed([self.held(decision) for decision, _ in alike]),
                    question=self.listed([question for _, question in alike]),
                    where=self.where(levels),
                    is_="is" if one else "are",
                    do_="does" if one else "do",
                    hold_="holds" if one else "hold",
                )
            )
        return self.say("semicolon").join(parts)

    @staticmethod
    def is_one(decision: Decision) -> bool:
        """Whether what holds is one thing: ``seeding anyone``, ``no promotion``; not groups."""
        choice = decision.choice
        if decision.key not in (PROMOTIONS, GROUP):
            return True
        held = [choice.options[k] for k in choice.everywhere]
        return decision.key == PROMOTIONS and len(held) == 1 and held[0] in (0, 1)

    def held(self, decision: Decision) -> str:
        """What holds at every level, as a thing: ``3 to 7 promotions a week``."""
        choice = decision.choice
        places = choice.everywhere or choice.anywhere
        return self.what(decision.key, decision.path, self.options(decision.key, choice, places))

    def card(self, decision: Decision, levels: Sequence[str]) -> str:
        """The small print of what holds of one thing."""
        key, choice = decision.key, decision.choice
        return self.say(
            f"card.{choice.kind}",
            where=self.where(levels),
            tried=self.tried(key, choice),
            anywhere=self.options(key, choice, choice.anywhere),
            by_level=self.by_level(decision, levels) if choice.kind == HANGS else "",
        )

    def tried(self, key: str, choice: Choice) -> str:
        """What was tried."""
        names = [self.option(key, each) for each in choice.options]
        if len(names) <= _LISTED:
            return self.say("tried.few", all_=self.say("comma").join(names))
        return self.say("tried.many", n=len(names), low=names[0], high=names[-1])

    def range_(self, decision: Decision) -> str:
        """What holds, in large letters on a card."""
        choice = decision.choice
        if choice.kind == SINGLE:
            return "?"
        return self.options(decision.key, choice, choice.everywhere or choice.anywhere)

    def by(self, name: str) -> str:
        """An outcome that options are compared by, in plain words where there are some."""
        return self.say(f"by.{name}") if f"by.{name}" in _SENTENCES else self.outcome(name)

    def gain(self, found: Spread, base: str, levels: Sequence[str] = ("",), of: str = "") -> str:
        """What is added, never with a sign that the interval does not have."""
        if found.side in (SINGLE, NOTHING):
            return ""
        if found.side == UNDECIDED and found.low == found.high == 0.0:
            return self.say("gain.same", base=base)
        several = ".levels" if found.side == UNDECIDED and len(levels) > 1 else ""
        return self.say(f"gain.{found.side}{several}", base=base, of=of, **self.ends(found))

    def ends(self, found: Spread | Estimate) -> dict[str, str]:
        """Both ends of what was found; of what is lost, the least first."""
        low, high = found.low, found.high
        if found.side == LESS:
            low, high = -high, -low
        unit = self.unit(found.unit)
        return {"low": outward(low, False), "high": outward(high, True) + unit}

    def earns(self, found: Spread, levels: Sequence[str]) -> str:
        """Whether it earns its costs."""
        if found.side == NOTHING:
            return ""
        values = {} if found.side == SINGLE else self.ends(found)
        several = ".levels" if found.side == UNDECIDED and len(levels) > 1 else ""
        return self.say(f"earns.{found.side}{several}", where=self.where(levels), **values)

    def part(self, found: Estimate) -> str:
        """What is added, as a part of a sentence."""
        if found.side in (SINGLE, NOTHING):
            return self.say("change.part.single")
        return self.say(f"change.part.{found.side}", **self.ends(found))

    def cell(self, found: Estimate | Spread, mean: bool = True) -> tuple[str, str]:
        """A number for a table: it, and its interval below it."""
        if found.side == NOTHING:
            return self.say("cell.nothing"), ""
        if isinstance(found, Estimate) and mean:
            small = (
                self.say("cell.one")
                if found.side == SINGLE
                else self.say("cell.interval", **self.bare(found))
            )
            return number(found.mean), small
        if found.side == SINGLE:
            value = found.mean if isinstance(found, Estimate) else found.low
            return number(value), self.say("cell.one")
        return self.say("cell.interval", **self.bare(found)), ""

    def bare(self, found: Spread | Estimate) -> dict[str, str]:
        """Both ends, without unit and with their signs."""
        return {"low": outward(found.low, False, 3), "high": outward(found.high, True, 3)}
