"""Channels and rivals: what they have otherwise than the operator, as blocks of a scenario.

``[[channels]]`` are groups of the operator with a platform and staff of their own; ``[[rivals]]``
are other operators. ``rivals.2.product.price`` is the path of the second rival's price.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from shequn.agents.errors import Problem
from shequn.model.parameters import Parameters, check_value, declared, rebuild, unknown
from shequn.model.parameters.declare import Declaration
from shequn.model.parameters.levers import ELEMENTS
from shequn.model.platforms import PLATFORMS

_NAME = Declaration("name", str, "", "", 0, 0, "name of a rival or channel", "")
PLATFORM = Declaration(
    "platform", str, "", "", 0, 0, "row of numbers of a platform", "see platforms.py",
    choices=tuple(PLATFORMS),
)  # fmt: skip
# What may differ between the channels of an operator, and between operators; the rest is the world.
_OF_A_CHANNEL = ("group", "desk", "invite", "forward")
# What an operator decides once for all its channels.
_SAME_IN_ALL_CHANNELS = (
    "group.overflow", "group.placement", "group.assignment", "group.mixing", "group.home_spread",
    "group.seeding", "invite.reward", "invite.reward_start", "invite.reward_stop", "invite.gift",
    "forward.reward",
)  # fmt: skip
_OF_AN_OPERATOR = (
    *_OF_A_CHANNEL, "product", "discovery", "policy", "targeting", "coupon", "incident", "control",
    "onboarding", "event", "listening", "elements", "costs",
)  # fmt: skip
_WHOM = {"channels": "channels", "rivals": "operators"}
_HINTED = 20  # unknown names for which a near one is looked for: that takes milliseconds
BLOCKS = {"channels": _OF_A_CHANNEL, "rivals": _OF_AN_OPERATOR}

Block = dict[str, Any]


def may_differ(path: str, block: str) -> bool:
    """Whether a parameter may have a value of its own in a block: ``channels`` or ``rivals``."""
    shared = block == "channels" and path in _SAME_IN_ALL_CHANNELS
    return path.partition(".")[0] in BLOCKS[block] and not shared


def numbered(path: str) -> re.Match[str] | None:
    """The kind, the number, and the path inside (None without one) of ``rivals.2.group.topic``."""
    return re.fullmatch(r"(\w+)\.([1-9][0-9]{0,5})(?:\.(.+))?", path)


def variant(parameters: Parameters, changes: Mapping[str, Any]) -> Parameters:
    """The parameters of a channel or rival, levers of elements that are off at zero.

    Parameters
    ----------
    parameters : Parameters
        Those of the operator.
    changes : mapping
        Checked values by path, and ``name``, ``platform``.
    """
    values = {path: value for path, value in changes.items() if "." in path}
    changed = rebuild(parameters, values) if values else parameters
    off = {
        path: check_value(declared()[path], 0)[0]
        for element, paths in ELEMENTS.items()
        if not getattr(changed.elements, element)
        for path in paths
    }
    return rebuild(changed, off) if off else changed


def checked(
    values: Mapping[str, Any], known: Mapping[str, Declaration], prefix: str, place: Any,
    found: list[Problem],
) -> dict[str, Any]:  # fmt: skip
    """The values that are in range; problems with the others are added to ``found``."""
    accepted: dict[str, Any] = {}
    for path, value in values.items():
        declaration = known.get(path)
        if declaration is None and prefix and path in declared():
            kind = prefix.partition(".")[0]
            words = f"'{path}' is the same for all {_WHOM[kind]}; set it outside [[{kind}]]"
            found.append(Problem(place(prefix + path), words))
            continue
        if declaration is None:
            near = dict(known) if len(found) < _HINTED else {}
            found.append(unknown(path, near, place(prefix + path)))
            continue
        checked, complaint = check_value(declaration, value)
        if complaint:
            found.append(Problem(place(prefix + path), complaint))
        else:
            accepted[path] = checked
    return accepted


def blocks_of(
    there: Mapping[str, tuple[Block, ...]],
    values: Mapping[str, Any],
    place: Any,
    found: list[Problem],
) -> tuple[dict[str, tuple[dict[str, Any], ...]], dict[str, Any]]:
    """Split values by place: those of channels and rivals, and the rest.

    Parameters
    ----------
    there : mapping
        The channels and rivals that there are, by kind of block.
    values : mapping
        Values by path; the number after the last one adds a block.
    place : callable
        Gives the place of a path, for messages.
    found : list of Problem
        Problems are added.

    Returns
    -------
    blocks : dict
        What is there, with the values put in.
    plain : dict
        The other values.
    """
    plain: dict[str, Any] = {}
    given: dict[str, dict[int, dict[str, Any]]] = {name: {} for name in BLOCKS}
    for path, value in values.items():
        block = numbered(path)
        kind = path.partition(".")[0]
        if kind in BLOCKS and not block:
            words = f"write one block [[{kind}]] for each of the {kind}"
            more = "; market.rivals is their number" if kind == "rivals" else ""
            found.append(Problem(place(path), words + more))
        elif not block or kind not in BLOCKS:
            plain[path] = value
        elif block.group(3) is None and value == {}:
            given[kind].setdefault(int(block.group(2)), {})
        elif block.group(3) is None:
            words = f"{value!r} is no table of values; write [[{block.group(1)}]] above them"
            found.append(Problem(place(path), words))
        else:
            number = given[block.group(1)].setdefault(int(block.group(2)), {})
            number[block.group(3)] = value
    merged: dict[str, tuple[dict[str, Any], ...]] = {}
    for name in BLOCKS:
        known = {"name": _NAME, "platform": PLATFORM}
        known |= {path: d for path, d in declared().items() if may_differ(path, name)}
        present = list(there[name])
        for number, inside in sorted(given[name].items()):
            if number > len(present) + 1:
                words = f"there are {len(present)} {name}; number {number} is none of them"
                found.append(Problem(place(f"{name}.{number}"), words))
                continue
            prefix = f"{name}.{number}."
            accepted = checked(inside, known, prefix, place, found)
            row = PLATFORMS.get(accepted.get("platform", ""), {})
            before = present[number - 1] if number <= len(present) else {}
            present[number - 1 : number] = [{**before, **row, **accepted}]
        merged[name] = tuple(present)
    return merged, plain
