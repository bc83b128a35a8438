"""Building a world: people with their traits, groups with their first members."""

from __future__ import annotations

from typing import Any

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import exponential, normals, stream, uniforms
from shequn.agents.tables import (
    GROUP_DTYPE,
    MEMBER,
    MEMBER_DTYPE,
    MESSAGE_DTYPE,
    NOBODY,
    SEED,
    TALLY_DTYPE,
    Tables,
    table,
)
from shequn.agents.verbs.stay import EXIT_CLOCK
from shequn.agents.verbs.wait import fading
from shequn.model.parameters import Parameters

SEEDING = stream("build.seeding")
TOPIC = stream("trait.topic")
CLOCKS = stream("build.clocks")
JOIN_CLOCK = stream("discovery.clock")

_LOGNORMAL = ("budget", "reach", "voice", "capacity")
_TASTES = ("quality_weight", "price_weight", "face_weight", "prize_taste", "social_taste")
_SHARES = ("conformity", "wariness")
_RATES = ("talk", "session_rate", "need_rate", "exit_rate")
_TRAITS = {name: stream(f"trait.{name}") for name in _LOGNORMAL + _TASTES + _SHARES + _RATES}


@compiled
def _standard_normal(uniform0, uniform1, out):
    for k in range(out.shape[0]):
        out[k] = normals(uniform0[k], uniform1[k])[0]


def _normal(seed: int, name: str, n: int) -> np.ndarray:
    columns = uniforms(seed, _TRAITS[name], n)
    out = np.empty(n)
    _standard_normal(columns[0], columns[1], out)
    return out


def tier_counts(parameters: Parameters) -> np.ndarray:
    """Persons in each tier: the shares of the market, rounded by largest remainder.

    Parameters
    ----------
    parameters : Parameters
        The tree.

    Returns
    -------
    numpy.ndarray
        int64, shape (3,), sums to market.people.
    """
    people = parameters.market.people
    tiers = parameters.tiers
    exact = np.array([tiers.high.share, tiers.middle.share, tiers.base.share]) * people
    counts = np.floor(exact).astype(np.int64)
    order = np.argsort(counts - exact, kind="stable")
    counts[order[: people - counts.sum()]] += 1
    return counts


def _rate(seed: int, name: str, shape: str, value: np.ndarray, spread: float) -> np.ndarray:
    n = value.shape[0]
    if shape == "constant" or n == 0:
        return value
    if shape == "lognormal":
        return value * np.exp(spread * _normal(seed, name, n))
    from scipy import special

    u = uniforms(seed, _TRAITS[name], n)[0]
    if shape == "gamma":
        return value / spread * special.gammaincinv(spread, u)
    mean = np.clip(value, 1e-9, 1.0 - 1e-9)
    probability = special.betaincinv(mean * spread, (1.0 - mean) * spread, u)
    return -np.log1p(-np.minimum(probability, 1.0 - 1e-12))


def _spread_around(seed: int, name: str, value: np.ndarray, spread: float) -> np.ndarray:
    """Values in [0, 1] spread on the logit scale; 0 and 1 stay where they are."""
    inside = (value > 0.0) & (value < 1.0)
    safe = np.where(inside, value, 0.5)
    logit = np.log(safe / (1.0 - safe)) + spread * _normal(seed, name, value.shape[0])
    return np.where(inside, 1.0 / (1.0 + np.exp(-logit)), value)


def _traits(members: np.ndarray, parameters: Parameters, seed: int) -> None:
    """Draw every trait of every person from the distributions of their tier."""
    tiers = parameters.tiers
    spread, shape = parameters.spread, parameters.shape
    tier_of = members["tier"]

    def medians(name: str) -> np.ndarray:
        by_tier = [float(getattr(tier, name)) for tier in (tiers.high, tiers.middle, tiers.base)]
        return np.array(by_tier)[tier_of]

    for name in _LOGNORMAL:
        noise = _normal(seed, name, len(members))
        members[name] = _within(name, medians(name) * np.exp(getattr(spread, name) * noise))
    for name in _TASTES:
        members[name] = medians(name) * np.exp(spread.tastes * _normal(seed, name, len(members)))
    for name in _SHARES:
        members[name] = _spread_around(seed, name, medians(name), getattr(spread, name))
    for name in _RATES:
        values = _rate(seed, name, getattr(shape, name), medians(name), getattr(spread, name))
        members[name] = _within(name, values)


def _within(name: str, values: np.ndarray) -> np.ndarray:
    """Physical limits: at least one message read, reach in 16 bits, 48 sessions a day."""
    limits = {"capacity": (1.0, 2.0**31), "reach": (0.0, 65535.0), "session_rate": (0.0, 48.0)}
    low, high = limits.get(name, (0.0, np.finfo(np.float32).max))
    return np.clip(values, low, high)


def _topics(counts: np.ndarray, seed: int) -> np.ndarray:
    """Topics of persons ordered by tier and, within a tier, around the circle."""
    n = int(counts.sum())
    jitter = uniforms(seed, TOPIC, n)[0]
    position = np.concatenate([np.arange(count) for count in counts]) if n else np.empty(0)
    width = np.repeat(np.maximum(counts, 1), counts)
    return np.minimum((position + jitter) / width, 1.0 - 2.0**-24)


def people(parameters: Parameters, seed: int) -> np.ndarray:
    """Everyone in the market, outside any group.

    Persons are ordered by tier and, within a tier, by topic, so that neighbours in the table are
    alike: homophilous contacts are drawn from the neighbourhood.

    Parameters
    ----------
    parameters : Parameters
        The tree.
    seed : int
        Seed of the run.

    Returns
    -------
    numpy.ndarray
        MEMBER_DTYPE, shape (market.people,).
    """
    counts = tier_counts(parameters)
    n = int(counts.sum())
    members = table(n, MEMBER_DTYPE)
    members["tier"] = np.repeat(np.arange(3), counts)
    members["topic"] = _topics(counts, seed)
    _traits(members, parameters, seed)
    for name in ("joined_at", "left_at", "last_session_at", "last_order_at"):
        members[name] = np.nan
    members["group"] = members["inviter"] = NOBODY
    members["expectation"] = parameters.buy.expectation_start
    members["attitude"] = parameters.feel.attitude_start
    clocks = -np.log(uniforms(seed, CLOCKS, n))
    members["mute_clock"], members["need_clock"] = clocks[0], clocks[1]
    members["talk_clock"], members["invite_clock"] = clocks[2], clocks[3]
    members["membership_clock"] = -np.log(uniforms(seed, JOIN_CLOCK, n)[0])
    return members


@compiled
def _admit(members, rows, groups, homes, source, time, p):
    for k in range(rows.shape[0]):
        enter(members[rows[k]], rows[k], groups[homes[k]], homes[k], source, -1, time, p)


@compiled
def enter(member, row, group, group_row, source, inviter, time, p):
    """A person becomes a member.

    Parameters
    ----------
    member : record
        Row of the members table; changed.
    row : int
        Its number.
    group : record
        Row of the groups table; its size is counted up.
    group_row : int
        Its number.
    source, inviter : int
        How, and by whom (-1 nobody).
    time : float
        Now, in days.
    p : record
        Parameters.
    """
    if member.joins > 0:
        away = time - member.updated_at
        member.awareness *= fading(p.feel_awareness_decay * away)
        member.recognition *= fading(p.speak_recognition_decay * away)
    member.status = MEMBER
    member.group = group_row
    member.source = source
    member.inviter = inviter
    member.joined_at = time
    member.updated_at = time
    member.habit = p.feel_habit_start
    member.belonging = p.feel_belonging_start
    member.familiarity = p.feel_familiarity_start
    member.irritation = 0.0
    member.overload = 0.0
    member.replies = 0
    member.inviters = 0
    member.read_upto = group.newest
    member.membership_clock = exponential(p.seed, EXIT_CLOCK, row, member.joins)
    member.joins += 1
    group.n_members += 1


def first_members(parameters: Parameters) -> int:
    """Members of each group at the start: group.seed_members, or seed_fill x capacity if more."""
    group = parameters.group
    return max(group.seed_members, int(group.seed_fill * group.capacity))


def seed_members(parameters: Parameters, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Who is there at the start, and in which group: drawn evenly from the market.

    Parameters
    ----------
    parameters : Parameters
        The tree.
    seed : int
        Seed of the run.

    Returns
    -------
    rows, homes : numpy.ndarray
        int64, both of the number of first members: person and group.
    """
    count = parameters.group.count
    wanted = min(first_members(parameters) * count, parameters.market.people)
    luck = uniforms(seed, SEEDING, parameters.market.people)[0]
    rows = np.argsort(luck, kind="stable")[:wanted]
    homes = np.arange(wanted) % max(1, count)
    return rows.astype(np.int64), homes.astype(np.int64)


def feed_length(parameters: Parameters) -> int:
    """Length of a group's ring of messages: group.feed_length, rounded up to a power of two."""
    return 1 << (parameters.group.feed_length - 1).bit_length()


def most_groups(parameters: Parameters) -> int:
    """Most groups there can ever be: a new one opens only when all the others are full."""
    group = parameters.group
    if group.overflow != "open" or group.count == 0:
        return group.count
    return group.count + parameters.market.people // group.capacity + 1


def build(parameters: Parameters, seed: int, p: Any) -> tuple[Tables, int]:
    """The world at day 0.

    Parameters
    ----------
    parameters : Parameters
        The tree.
    seed : int
        Seed of the run.
    p : numpy.record
        Its record for the kernels.

    Returns
    -------
    tables : Tables
        The state; memory for groups not yet open is reserved, not used.
    open_groups : int
        Number of open groups.
    """
    members = people(parameters, seed)
    rooms = most_groups(parameters)
    groups = table(rooms, GROUP_DTYPE)
    messages = table((rooms, feed_length(parameters)), MESSAGE_DTYPE)
    tally = table((rooms, 3), TALLY_DTYPE)
    groups["capacity"] = parameters.group.capacity
    groups["topic"] = parameters.group.topic
    tables = Tables(members, messages, groups, tally)
    rows, homes = seed_members(parameters, seed)
    if parameters.group.count:
        _admit(members, rows, groups, homes, SEED, 0.0, p)
        np.add.at(tally["joins_seed"], (homes, members["tier"][rows]), 1.0)
    return tables, parameters.group.count
