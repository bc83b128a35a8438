"""Building a world: operators and their groups, with first members."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.maths import exp_of
from shequn.agents.randomness import stream, uniforms
from shequn.agents.tables import (
    ANSWER_DTYPE,
    GROUP_DTYPE,
    MEMBER_DTYPE,
    MESSAGE_DTYPE,
    OPERATOR_DTYPE,
    SEED,
    TALLY_DTYPE,
    Tables,
    table,
)
from shequn.model.entry import enter
from shequn.model.latents import standard_normal
from shequn.model.parameters import Parameters
from shequn.model.people import _wind_clocks, people, suit
from shequn.model.targets import propensity, seed_order, segments

HOME = stream("group.home")
HOME_SIZE = stream("group.home_size")
MIXING = stream("group.mixing")
_MOST_ANSWERS, _MOST_RESPONSES = 1024, 8


@compiled
def _admit(members, rows, groups, homes, source, time, rules):
    for k in range(rows.shape[0]):
        member, group = members[rows[k]], groups[homes[k]]
        member.source, member.inviter = source, -1
        enter(member, rows[k], group, homes[k], time, rules[group.rules])


def first_members(parameters: Parameters) -> int:
    """Members of each group at the start: group.seed_members, or seed_fill x capacity if more."""
    group = parameters.group
    return max(group.seed_members, int(group.seed_fill * group.capacity))


def feed_length(parameters: Parameters) -> int:
    """Length of a group's ring of messages: group.feed_length, rounded up to a power of two."""
    return 1 << (parameters.group.feed_length - 1).bit_length()


def most_groups(channels: Sequence[Parameters]) -> int:
    """Most groups of an operator there can ever be: one opens only when all the others are full."""
    count = sum(channel.group.count for channel in channels)
    if channels[0].group.overflow != "open" or count == 0:
        return count
    smallest = min(channel.group.capacity for channel in channels)
    return count + channels[0].market.people // smallest + 1


def _places(channels: Sequence[Parameters]) -> np.ndarray:
    """Groups of an operator in which its first members are placed: one entry for each."""
    wanted = np.repeat(
        [first_members(channel) for channel in channels],
        [channel.group.count for channel in channels],
    )
    turns = np.concatenate([np.arange(n) for n in wanted]) if len(wanted) else np.zeros(0)
    homes = np.repeat(np.arange(len(wanted)), wanted)
    return homes[np.lexsort((homes, turns))].astype(np.int64)


def _set_groups(
    groups: np.ndarray, channels: Sequence[Parameters], operator: int, first_rules: int
) -> None:
    """Fill the groups of one operator: those of its channels, then those in reserve."""
    count = [channel.group.count for channel in channels]
    which = np.zeros(len(groups), np.int64)
    which[: sum(count)] = np.repeat(np.arange(len(channels)), count)
    groups["operator"] = operator
    groups["rules"] = first_rules + which
    groups["capacity"] = np.array([channel.group.capacity for channel in channels])[which]
    groups["topic"] = np.array([channel.group.topic for channel in channels])[which]
    shown = np.array([channel.group.start_orders for channel in channels])
    groups["visible_orders"] = shown[which]


def waiting_lists(
    operators: Sequence[Sequence[Parameters]], rooms: int
) -> tuple[np.ndarray, np.ndarray]:
    """Room for answers that are due, and for the staff of the desks.

    Parameters
    ----------
    operators : sequence of sequences of Parameters
        For each operator its channels.
    rooms : int
        Groups there can ever be.

    Returns
    -------
    answers : numpy.ndarray
        ANSWER_DTYPE, shape (rooms, most answers due in a group); no columns where nobody answers.
    servers : numpy.ndarray
        float64, shape (rooms, most staff of a desk).
    """
    every = [channel for channels in operators for channel in channels]
    staff = max(math.ceil(channel.desk.staff) for channel in every)
    responds = any(channel.incident.response != "silence" for channel in every)
    columns = _MOST_ANSWERS if staff else _MOST_RESPONSES if responds else 0
    return table((rooms, columns), ANSWER_DTYPE), np.zeros((rooms, staff))


def build(
    operators: Sequence[Sequence[Parameters]],
    seed: int,
    rules: np.ndarray,
    network: tuple,
    first_day: int = 0,
    *,
    empty: bool = False,
) -> Tables:
    """The world on its first day.

    Parameters
    ----------
    operators : sequence of sequences of Parameters
        For each operator its channels; the first operator is the one under study.
    seed : int
        Seed of the run.
    rules : numpy.ndarray
        Their records for the kernels, a row for each channel.
    network : tuple
        Adjacency lists of the contact network, empty when contacts are drawn.
    first_day : int
        The day on which it begins; before day 0 where there is a past.
    empty : bool
        Nobody is drawn and nobody let in: for a saved state that will be put into it.

    Returns
    -------
    Tables
        The state; memory for groups not yet open is reserved, not used.
    """
    first = operators[0][0]
    market = table(first.market.people, MEMBER_DTYPE) if empty else people(first, seed)
    match = market["match"].copy()
    if len(network[0]) > 1:
        market["reach"] = np.minimum(np.diff(network[0]), 65535)
    members = np.tile(market, len(operators)) if len(operators) > 1 else market
    if not empty:
        _wind_clocks(members, seed)
    first_rules = np.cumsum([0, *(len(channels) for channels in operators)])
    most = [most_groups(channels) for channels in operators]
    first_groups = np.cumsum([0, *most])
    rooms = sum(most)
    groups = table(rooms, GROUP_DTYPE)
    length = max(feed_length(channel) for channels in operators for channel in channels)
    answers, servers = waiting_lists(operators, rooms)
    tables = Tables(
        members, table((rooms, length), MESSAGE_DTYPE), groups, table((rooms, 3), TALLY_DTYPE),
        table(len(operators), OPERATOR_DTYPE), answers, servers,
    )  # fmt: skip
    for k, channels in enumerate(operators):
        if not empty:
            suit(members[k * len(market) : (k + 1) * len(market)], match, channels[0])
        own = tables.operators[k]
        own.quality = channels[0].product.quality
        own.first_group, own.most_groups = first_groups[k], most[k]
        own.open_groups = sum(channel.group.count for channel in channels)
        own.rules, own.copies = first_rules[k], k
        mine = slice(first_groups[k], first_groups[k + 1])
        _set_groups(groups[mine], channels, k, first_rules[k])
        if not empty:
            _let_in_first(tables, channels[0], _places(channels), market, seed, k, rules)
    if first_day:
        _date_back(tables, float(first_day))
    return tables


def _date_back(tables: Tables, first_day: float) -> None:
    """Put every time of a world that begins at day 0 before it: nothing has happened earlier."""
    members, groups = tables.members, tables.groups
    members["updated_at"] = first_day
    members["joined_at"][members["joins"] > 0] = first_day
    for name in ("opened_at", "visible_at", "incident_at", "content_day"):
        groups[name] = first_day
    tables.servers[...] = first_day  # as working time it is earlier still: all staff are free


def homes_of(people: int, groups: int, spread: float, seed: int, operator: int) -> np.ndarray:
    """The group near which each person lives; the places differ in size as ln-normal numbers do.

    Parameters
    ----------
    people, groups : int
        How many.
    spread : float
        group.home_spread, SD of ln.
    seed : int
        Seed of the run.
    operator : int
        The operator.

    Returns
    -------
    numpy.ndarray
        int64, shape (people,): 0 .. groups - 1.
    """
    u = uniforms(seed, HOME_SIZE, groups, operator)
    size = np.empty(groups)
    standard_normal(u[0], u[1], size)
    size = np.cumsum(exp_of(spread * size))
    luck = uniforms(seed, HOME, people, operator)[0]
    return np.minimum(np.searchsorted(size / size[-1], luck), groups - 1)


def _nearest(order: np.ndarray, live: np.ndarray, wanted: np.ndarray) -> tuple:
    """The first members of each group, from among those who live near it: rows and groups."""
    homes = live[order]
    by_home = np.argsort(homes, kind="stable")
    place = np.arange(len(order)) - np.searchsorted(homes[by_home], homes[by_home])
    inside = by_home[place < wanted[homes[by_home]]]
    return order[inside], homes[inside]


def _assorted(
    parameters: Parameters, block: np.ndarray, chosen: np.ndarray, homes: np.ndarray, seed: int,
    operator: int,
) -> np.ndarray:  # fmt: skip
    """Groups of the first members: those who are alike together, but for who is mixed (eq. 5-8).

    Parameters
    ----------
    parameters : Parameters
        Of the operator's first channel.
    block : numpy.ndarray
        MEMBER_DTYPE, shape (people,): the operator's rows.
    chosen, homes : numpy.ndarray
        int64, shape (first members,): persons, and their groups as dealt.
    seed : int
        Seed of the run.
    operator : int
        The operator.

    Returns
    -------
    numpy.ndarray
        int64, shape (first members,): the same places, exchanged among them.
    """
    kind = parameters.group.assignment
    if kind == "dealt":
        return homes
    luck = uniforms(seed, MIXING, len(block), operator)[0][chosen]
    alike = np.flatnonzero(luck >= parameters.group.mixing)
    order = np.lexsort((chosen[alike], block[kind][chosen[alike]]))
    placed = homes.copy()
    placed[alike[order]] = np.sort(homes[alike])
    return placed


def _let_in_first(
    tables: Tables, parameters: Parameters, places: np.ndarray, market: np.ndarray, seed: int,
    k: int, rules: np.ndarray,
) -> None:  # fmt: skip
    """The operator's first members enter, dealt to its groups in turn; segments are estimated."""
    own = tables.operators[k]
    mine = rules[own.rules : own.rules + 1]
    block = tables.members[k * len(market) : (k + 1) * len(market)]
    if parameters.targeting.audience < 1.0 or parameters.policy.name == "file":
        likely = propensity(block, mine)
        block["segment"] = segments(likely, parameters.targeting.precision, seed, k)
    order = seed_order(parameters, seed, k, block, mine)
    if parameters.group.placement == "home" and own.open_groups > 0:
        live = homes_of(len(market), int(own.open_groups), parameters.group.home_spread, seed, k)
        block["lives_near"] = own.first_group + live
        chosen, homes = _nearest(order, live, np.bincount(places, minlength=own.open_groups))
        homes = own.first_group + homes
    else:
        homes = own.first_group + places[: len(market)]
        chosen = order[: len(homes)]
        homes = _assorted(parameters, block, chosen, homes, seed, k)
    rows = k * len(market) + chosen
    _admit(tables.members, rows, tables.groups, homes, SEED, 0.0, rules)
    np.add.at(tables.tally["joins_seed"], (homes, block["tier"][chosen]), 1.0)
