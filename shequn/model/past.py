"""A past: days played before day 0, and what an operator decided otherwise in them.

Whatever is compared should start from the same evening. So the people, the groups and the market
of a past are those of the run, but an operator's decisions are those of the scenario's own file:
a sweep over a policy changes what happens from day 0 on, and not what its community has lived
through. A value that makes another world (how people are, how large groups are) makes another
past as well.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shequn.agents.errors import Problem
from shequn.model.blocks import BLOCKS, Block, may_differ, numbered
from shequn.model.parameters import check_value, declared, flatten, rebuild, unknown
from shequn.model.parameters.declare import Declaration

if TYPE_CHECKING:
    from shequn.model.scenario import Scenario

PREFIX = "past."
DAYS = Declaration(
    "past.days", int, 0, "day", 0, 100_000,
    "days played before day 0, from which counts and money begin; 0: no past", "assumed",
)  # fmt: skip
# Sections of what an operator decides day by day: all of it can change at a midnight
# (`shequn.model.change`). Incidents are here because they are what happens in the run that is
# looked at; what they cost, and what anything costs, moves nobody before day 0.
_DECIDED = (
    "policy", "targeting", "coupon", "desk", "incident", "control", "onboarding", "event",
    "listening", "elements", "product", "costs",
)  # fmt: skip
# Decisions in sections of the world. Sizes and rules of groups are no such: a group of another
# size has another past.
_LEVERS = (
    "discovery.ad_budget", "invite.reward", "invite.reward_start", "invite.reward_stop",
    "invite.gift", "forward.reward",
)  # fmt: skip


def is_decided(path: str) -> bool:
    """Whether an operator decides a parameter, so that it can be otherwise before day 0.

    Parameters
    ----------
    path : str
        Path of a parameter, without ``channels.N.`` or ``rivals.N.``.
    """
    return path.partition(".")[0] in _DECIDED or path in _LEVERS


@dataclass(frozen=True)
class Past:
    """What comes before day 0.

    Attributes
    ----------
    days : int
        Days that are played before day 0; 0: none.
    values : mapping
        By path what an operator, a channel or a rival decided otherwise than from day 0 on.
    """

    days: int = 0
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """As the end of a sentence: ``, after a past of 30 days``; "" without one."""
        return f", after a past of {self.days} day{'' if self.days == 1 else 's'}" * bool(self.days)


def of_past(scenario: Scenario) -> Scenario:
    """The scenario that is played before day 0.

    Parameters
    ----------
    scenario : Scenario
        What is run.

    Returns
    -------
    Scenario
        With what operators decided before day 0, as long as the past is, and without a past of
        its own; the scenario itself if it has none.
    """
    past = scenario.past
    if not past.days:
        return scenario
    blocks = {name: [dict(block) for block in getattr(scenario, name)] for name in BLOCKS}
    plain: dict[str, Any] = {}
    for path, value in past.values.items():
        block = numbered(path)
        if block and block.group(1) in BLOCKS:
            blocks[block.group(1)][int(block.group(2)) - 1][block.group(3)] = value
        else:
            plain[path] = value
    return dataclasses.replace(
        scenario,
        parameters=rebuild(scenario.parameters, plain),
        days=past.days,
        past=Past(),
        **{name: tuple(found) for name, found in blocks.items()},
    )


def remembered(before: Scenario, after: Scenario) -> Past:
    """The past of a scenario whose values were changed: what was decided before day 0 stays.

    Parameters
    ----------
    before, after : Scenario
        Before the change, and after it; what was said of the past itself is in ``after.past``.

    Returns
    -------
    Past
        With every decision that is otherwise now.
    """
    values = dict(after.past.values)
    old, new = flatten(before.parameters), flatten(after.parameters)
    for path, value in old.items():
        if value != new[path] and is_decided(path):
            values.setdefault(path, value)
    for name in BLOCKS:
        pairs = zip(getattr(before, name), getattr(after, name), strict=False)
        for number, (was, now) in enumerate(pairs, start=1):
            for path in now:
                if now[path] != was.get(path) and is_decided(path):
                    # What a block does not say itself is as the operator has it.
                    value = was.get(path, values.get(path, old[path]))
                    values.setdefault(f"{name}.{number}.{path}", value)
    return dataclasses.replace(after.past, values=values)


def with_past_of(first: Scenario, other: Scenario) -> Scenario:
    """Another scenario, on the evening of the first: what was decided before day 0 is the same.

    Parameters
    ----------
    first, other : Scenario
        Two files that are compared.

    Returns
    -------
    Scenario
        The other; as it is where their pasts are not of the same length, and in what it says of its
        past itself.
    """
    if not first.past.days or first.past.days != other.past.days:
        return other
    past = of_past(first)
    found = {path: v for path, v in flatten(past.parameters).items() if is_decided(path)}
    for name in BLOCKS:
        pairs = zip(getattr(past, name), getattr(other, name), strict=False)
        for number, (block, _) in enumerate(pairs, start=1):
            own = {path: value for path, value in block.items() if is_decided(path)}
            found |= {f"{name}.{number}.{path}": value for path, value in own.items()}
    for path, value in found.items():
        if path.endswith("policy.file") and value:
            found[path] = str((first.folder / value).resolve())
    values = dict(found) | dict(other.past.values)
    return dataclasses.replace(other, past=Past(other.past.days, values))


def checked_past(
    values: Mapping[str, Any], blocks: Mapping[str, tuple[Block, ...]], place: Any,
    found: list[Problem],
) -> dict[str, Any]:  # fmt: skip
    """What is said of the past, checked.

    Parameters
    ----------
    values : mapping
        Values by path, without ``past.``.
    blocks : mapping
        The channels and rivals that there are, by kind of block.
    place : callable
        Gives the place of a path, for messages.
    found : list of Problem
        Problems are added.

    Returns
    -------
    dict
        The values that are in range.
    """
    accepted = {}
    for path, value in values.items():
        about, complaint = _declared(path, blocks)
        if about is not None:
            checked, complaint = check_value(about, value)
            accepted[path] = checked
        if complaint:
            accepted.pop(path, None)
            found.append(Problem(place(PREFIX + path), complaint))
    return accepted


def declared_in_past(path: str) -> Declaration | None:
    """What is known of a path that begins with ``past.``; None if there is no such."""
    if path == DAYS.path:
        return DAYS
    inside = path.removeprefix(PREFIX)
    block = numbered(inside)
    if block and block.group(1) in BLOCKS:
        inside = block.group(3) or ""
        if not may_differ(inside, block.group(1)):
            return None
    return declared().get(inside) if path.startswith(PREFIX) and is_decided(inside) else None


def _declared(path: str, blocks: Mapping[str, tuple[Block, ...]]) -> tuple[Any, str]:
    """The declaration of a path of the past, or None and what is wrong with it."""
    about = declared_in_past(PREFIX + path)
    block = numbered(path)
    inside = path
    if block and block.group(1) in BLOCKS:
        kind, number, inside = block.group(1), int(block.group(2)), block.group(3) or ""
        if number > len(blocks[kind]):
            return None, f"there are {len(blocks[kind])} {kind}; number {number} is none of them"
    if about is not None:
        return about, ""
    if inside in declared() and not is_decided(inside):
        words = f"'{inside}' is the same in the past as in the run; what an operator decides"
        return None, f"{words} may be otherwise: {', '.join(_DECIDED)}"
    decided = {PREFIX + name: about for name, about in declared().items() if is_decided(name)}
    return None, unknown(PREFIX + path, {DAYS.path: DAYS, **decided}, "").message
