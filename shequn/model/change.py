"""Other parameter values in a living community: what can change at a midnight, and how.

People, their traits, and the sizes of tables are settled at the start; everything else is read
anew every day. `check` refuses the former; `put` makes the latter hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from shequn.agents.campaigns import make_policy
from shequn.agents.desk import time_of_work, working_time
from shequn.agents.errors import Problem, ScenarioError
from shequn.agents.maths import exp_of
from shequn.agents.operator import PlainOperator
from shequn.agents.tables import LEFT, NO_SOURCE, NOBODY, OUTSIDE, WAITING, Tables, table
from shequn.model.blocks import BLOCKS
from shequn.model.build import most_groups, waiting_lists
from shequn.model.parameters import Parameters, flatten, kernel_record
from shequn.model.past import PREFIX
from shequn.model.people import people, suit
from shequn.model.scenario import Scenario
from shequn.model.targets import propensity, segments

_PEOPLE = "people and their traits are drawn at the start"
_GROUPS = "the groups at the start, and their first members"
_MARKET = "the market is made at the start"
# Sections and parameters that only shape the start, and why.
FIXED = {
    "tiers": _PEOPLE,
    "spread": _PEOPLE,
    "shape": _PEOPLE,
    "correlation": _PEOPLE,
    "market.match_friends": _PEOPLE,
    "market.match_width": _PEOPLE,
    "feel.habit_half_life": _PEOPLE,
    "feel.willingness_half_life": _PEOPLE,
    "rhythm.minutes": _PEOPLE,
    "buy.expectation_start": _PEOPLE,
    "market.people": _MARKET,
    "market.rivals": _MARKET,
    "market.network": _MARKET,
    "group.count": _GROUPS,
    "group.seed_members": _GROUPS,
    "group.seed_fill": _GROUPS,
    "group.seeding": _GROUPS,
    "group.past_orders": _GROUPS,
    "group.start_orders": _GROUPS,
    "group.home_spread": "where people live is drawn at the start",
    "group.feed_length": "the memory of the feeds is sized at the start",
    "run.days": "the length of a run is no value that changes in it",
    "run.seed": "a run has one seed",
    "past": "the past is over when a run begins",
}


def why_fixed(path: str) -> str:
    """Why a parameter only shapes the start; "" for one that can change during a life.

    Parameters
    ----------
    path : str
        Path of a parameter, without ``channels.N.`` or ``rivals.N.``.
    """
    return FIXED.get(path) or FIXED.get(path.partition(".")[0], "")


def changed(settings: Scenario, values: Mapping[str, Any]) -> Scenario:
    """The settings of a community after a change.

    Parameters
    ----------
    settings : Scenario
        What holds so far.
    values : mapping
        Values by path, as for `Scenario.with_values`.

    Returns
    -------
    Scenario
        Checked; equal to ``settings`` when no value differs.

    Raises
    ------
    ScenarioError
        With every value that is wrong, or that only shapes the start.
    """
    after = settings.with_values(values)
    past = [path for path in values if path.startswith(PREFIX)]
    problems = [Problem(path, _only(why_fixed("past"))) for path in past]
    problems += [Problem(place, _only(why)) for place, why in _differences(settings, after) if why]
    if len(settings.channels) != len(after.channels):
        problems.append(Problem("channels", f"their number only shapes the start: {_MARKET}"))
    if problems:
        raise ScenarioError(problems)
    return after


def _only(why: str) -> str:
    return f"only shapes the start: {why}"


def _differences(before: Scenario, after: Scenario) -> Iterator[tuple[str, str]]:
    """Each value that differs, and why it may not; "" when it may."""
    for name in ("days", "seed"):
        if getattr(before, name) != getattr(after, name):
            yield f"run.{name}", why_fixed(f"run.{name}")
    old, new = flatten(before.parameters), flatten(after.parameters)
    plain = dict(_different(old, new))
    yield from plain.items()
    for name in BLOCKS:
        listed = getattr(before, name) or ({},)  # rivals not listed are as the last one listed
        for k, new_block in enumerate(getattr(after, name)):
            old_block = listed[min(k, len(listed) - 1)]
            for path, why in _different({**old, **old_block}, {**new, **new_block}):
                if path not in plain:
                    yield f"{name}.{k + 1}.{path}", why


def _different(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for path, value in new.items():
        before = old.get(path, value)
        if before != value:
            at_home = path == "group.placement" and "home" in (before, value)
            yield path, why_fixed("group.home_spread" if at_home else path)


def put(community: Any, settings: Scenario) -> None:
    """Make other settings hold from this midnight on.

    Parameters
    ----------
    community : Community
        Between two steps; its rules, tables and operators are changed.
    settings : Scenario
        From `changed`.

    Raises
    ------
    ScenarioError
        If more groups are needed than there is room for, in a market with rivals; nothing is
        changed then.
    """
    before = [operator.channels for operator in community.operators]
    after = settings.operators
    community.tables = _with_room(community.tables, after)
    old_rules = community.rules.copy()
    seed, key = community.seed_of_run, int(old_rules["pair_key"][0])
    every = [channel for channels in after for channel in channels]
    for row, channel in enumerate(every):
        community.rules[row] = kernel_record(channel, seed, key)
    folder = settings.folder
    for operator, name, channels in zip(
        community.operators, settings.operator_names, after, strict=True
    ):
        _new_policy(operator, before, after, folder)
        old = operator.channels
        operator.name, operator.channels, operator.parameters = name, channels, channels[0]
        _change_groups(community.tables, operator, old)
        _change_hours(community.tables, operator, old_rules, community.rules)
        if old[0].product.quality != channels[0].product.quality:
            operator.record["quality"] = channels[0].product.quality
        product, was = channels[0].product, old[0].product
        if (was.topic, was.focus) != (product.topic, product.focus):
            suit(
                _block(community.tables, operator), people(after[0][0], seed)["match"], channels[0]
            )
        if old[0].group.overflow == "wait" != channels[0].group.overflow:
            _send_away(_block(community.tables, operator))
        _estimate(community, operator, old[0])


def _with_room(tables: Tables, operators: Sequence[Sequence[Parameters]]) -> Tables:
    """The tables, with more memory where the new values need it; what is there stays in place."""
    needed = [most_groups(channels) for channels in operators]
    there = tables.operators["most_groups"].tolist()
    more = [wanted - now for wanted, now in zip(needed, there, strict=True)]
    *others, last = more
    if any(extra > 0 for extra in others):
        words = (
            f"up to {max(needed)} groups would be needed, and room for them is set aside at the "
            "start where there are rivals"
        )
        raise ScenarioError([Problem("group.overflow", words)])
    rooms = len(tables.groups) + max(0, last)
    answers, servers = waiting_lists(operators, 1)
    if last > 0:
        tables.operators["most_groups"][-1] += last
    return tables._replace(
        messages=_grown(tables.messages, rooms),
        groups=_new_groups(_grown(tables.groups, rooms), len(tables.groups), tables, operators[-1]),
        tally=_grown(tables.tally, rooms),
        answers=_grown(tables.answers, rooms, answers.shape[1]),
        servers=_grown(tables.servers, rooms, servers.shape[1]),
    )


def _grown(array: np.ndarray, rows: int, columns: int = 0) -> np.ndarray:
    """The array itself, or a larger copy with zeros added."""
    shape = (rows, *array.shape[1:])
    if columns > array.shape[-1] and array.ndim == 2:
        shape = (rows, columns)
    if shape == array.shape:
        return array
    larger = table(shape, array.dtype)
    larger[tuple(slice(0, size) for size in array.shape)] = array
    return larger


def _new_groups(
    groups: np.ndarray, first: int, tables: Tables, channels: Sequence[Parameters]
) -> np.ndarray:
    """Fill in the groups in reserve that the last operator has been given."""
    new = groups[first:]
    new["operator"] = len(tables.operators) - 1
    new["rules"] = tables.operators["rules"][-1]
    new["capacity"], new["topic"] = channels[0].group.capacity, channels[0].group.topic
    new["visible_orders"] = channels[0].group.start_orders
    return groups


def _new_policy(
    operator: PlainOperator, before: Sequence[Sequence[Parameters]],
    after: Sequence[Sequence[Parameters]], folder: Any,
) -> None:  # fmt: skip
    """Take up the posting policy anew if its values changed; a user's own class keeps its notes."""
    number = int(operator.record["copies"])
    old, new = before[number][0], after[number][0]
    class_of = ("name", "file", "class_name")
    own = new.policy.name == "file" and all(
        getattr(old.policy, name) == getattr(new.policy, name) for name in class_of
    )
    if not own and (old.policy, old.listening) != (new.policy, new.listening):
        operator.policy = make_policy(new, folder)


def _change_groups(tables: Tables, operator: PlainOperator, old: Sequence[Parameters]) -> None:
    """The groups' own copies of capacity and topic."""
    record = operator.record
    first, most = int(record["first_group"]), int(record["most_groups"])
    groups = tables.groups[first : first + most]
    for k, (was, now) in enumerate(zip(old, operator.channels, strict=True)):
        here = groups["rules"] == int(record["rules"]) + k
        for name in ("capacity", "topic"):
            if getattr(was.group, name) != getattr(now.group, name):
                groups[name][here] = getattr(now.group, name)


def _change_hours(
    tables: Tables, operator: PlainOperator, old: np.ndarray, new: np.ndarray
) -> None:
    """Work in hand ends when it would have ended: told in the working time of the new hours."""
    for k in range(len(operator.channels)):
        row = int(operator.record["rules"]) + k
        was, now = old[row], new[row]
        same = was.desk_first_hour == now.desk_first_hour
        same = same and was.desk_last_hour == now.desk_last_hour
        if same or was.desk_last_hour <= was.desk_first_hour:
            continue
        for g in np.flatnonzero(tables.groups["rules"] == row):
            for place in np.flatnonzero(tables.servers[g]):
                time = time_of_work(float(tables.servers[g, place]), False, was)
                tables.servers[g, place] = working_time(time, now)


def _block(tables: Tables, operator: PlainOperator) -> np.ndarray:
    """The operator's rows of the members table."""
    people = len(tables.members) // len(tables.operators)
    return tables.members[operator.number * people : (operator.number + 1) * people]


def _send_away(members: np.ndarray) -> None:
    """Nobody waits any more: who was in the queue is outside again."""
    waiting = members["status"] == WAITING
    back = waiting & (members["joins"] > 0)
    new = waiting & ~back
    members["status"][back], members["status"][new] = LEFT, OUTSIDE
    members["joined_at"][new] = np.nan
    members["group"][new] = members["inviter"][new] = NOBODY
    members["source"][new] = NO_SOURCE


def _estimate(community: Any, operator: PlainOperator, old: Parameters) -> None:
    """The operator begins to estimate who buys, or does so with another precision."""
    new = operator.parameters
    began = _targets(new) and not _targets(old)
    if not began and old.targeting.precision == new.targeting.precision:
        return
    if not _targets(new):
        return
    members = _block(community.tables, operator)
    rules = community.rules[int(operator.record["rules"]) :][:1]
    seen = members.copy()
    elapsed = np.maximum(0.0, community.day - seen["updated_at"])
    seen["awareness"] *= exp_of(-float(rules["feel_awareness_decay"][0]) * elapsed)
    precision = new.targeting.precision
    likely = propensity(seen, rules)
    members["segment"] = segments(likely, precision, community.seed_of_run, operator.number)


def _targets(parameters: Parameters) -> bool:
    """Whether promotions may be shown to some of the members only."""
    return parameters.targeting.audience < 1.0 or parameters.policy.name == "file"
