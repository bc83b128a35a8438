"""Building a world: people with their traits, operators and their groups with first members."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.randomness import exponential, normals, stream, uniforms
from shequn.agents.tables import (
    ANSWER_DTYPE,
    GROUP_DTYPE,
    MEMBER,
    MEMBER_DTYPE,
    MESSAGE_DTYPE,
    NOBODY,
    OPERATOR_DTYPE,
    SEED,
    TALLY_DTYPE,
    Tables,
    table,
)
from shequn.agents.verbs.buy import own_utility
from shequn.agents.verbs.relevance import relevance
from shequn.agents.verbs.speak import FORWARD_CLOCK
from shequn.agents.verbs.stay import EXIT_CLOCK
from shequn.agents.verbs.wait import fading
from shequn.model.care import make_ties
from shequn.model.parameters import Parameters

SEEDING = stream("build.seeding")
TOPIC = stream("trait.topic")
CLOCKS = stream("build.clocks")
JOIN_CLOCK = stream("discovery.clock")
SEGMENT = stream("targeting.segment")
PAST_ORDERS = stream("build.past_orders")
HOME = stream("group.home")
HOME_SIZE = stream("group.home_size")
_MOST_ANSWERS, _MOST_RESPONSES = 1024, 8

_LOGNORMAL = ("budget", "reach", "voice", "capacity")
_TASTES = ("quality_weight", "price_weight", "face_weight", "prize_taste", "social_taste")
_SHARES = ("conformity", "wariness")
_RATES = ("talk", "session_rate", "need_rate", "exit_rate")
_NAMES = (*_LOGNORMAL, *_TASTES, *_SHARES, *_RATES, "habit_half_life")
_TRAITS = {name: stream(f"trait.{name}") for name in _NAMES}


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
    """Draw every trait of every person from the distributions of their tier (eq. 5-2)."""
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
    noise = _normal(seed, "habit_half_life", len(members))
    decay = math.log(2.0) / parameters.feel.habit_half_life
    members["habit_decay"] = decay * np.exp(-spread.habit_half_life * noise)
    for name in _RATES:
        values = _rate(seed, name, getattr(shape, name), medians(name), getattr(spread, name))
        members[name] = _within(name, values)


def _within(name: str, values: np.ndarray) -> np.ndarray:
    """Physical limits: at least one message read, reach in 16 bits, 48 sessions a day."""
    limits = {"capacity": (1.0, 2.0**31), "reach": (0.0, 65535.0), "session_rate": (0.0, 48.0)}
    low, high = limits.get(name, (0.0, np.finfo(np.float32).max))
    return np.clip(values, low, high)


def _topics(counts: np.ndarray, seed: int) -> np.ndarray:
    """Topics of persons ordered by tier and, within a tier, around the circle (eq. 5-1)."""
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
    members = table(int(counts.sum()), MEMBER_DTYPE)
    members["tier"] = np.repeat(np.arange(3), counts)
    members["topic"] = _topics(counts, seed)
    _traits(members, parameters, seed)
    for name in ("joined_at", "left_at", "last_session_at", "last_order_at"):
        members[name] = np.nan
    members["group"] = members["inviter"] = members["lives_near"] = NOBODY
    members["expectation"] = parameters.buy.expectation_start
    members["attitude"] = parameters.feel.attitude_start
    members["share"] = 1.0
    return members


def _wind_clocks(members: np.ndarray, seed: int) -> None:
    """Every row of the members table gets clocks of its own."""
    n = len(members)
    clocks = -np.log(uniforms(seed, CLOCKS, n))
    members["mute_clock"], members["need_clock"] = clocks[0], clocks[1]
    members["talk_clock"], members["invite_clock"] = clocks[2], clocks[3]
    members["membership_clock"] = -np.log(uniforms(seed, JOIN_CLOCK, n)[0])
    members["forward_clock"] = -np.log(uniforms(seed, FORWARD_CLOCK, n)[0])


@compiled
def _propensities(members, p, out):
    for k in range(members.shape[0]):
        member = members[k]
        out[k] = member.need_rate / (1.0 + math.exp(-own_utility(member, member.awareness, p)))


def propensity(members: np.ndarray, rules: np.ndarray) -> np.ndarray:
    """Orders expected of each person without any marketing: need rate x chance to buy, per day.

    Eq. 5-3.

    Parameters
    ----------
    members : numpy.ndarray
        MEMBER_DTYPE, shape (people,).
    rules : numpy.ndarray
        Parameters of the operator, one row.

    Returns
    -------
    numpy.ndarray
        float64, shape (people,), 1/day.
    """
    out = np.empty(len(members))
    _propensities(members, rules[0], out)
    return out


def past_orders(likely: np.ndarray, days: float, seed: int, operator: int) -> np.ndarray:
    """Orders of each person before the start, as the operator's books have them.

    Poisson with mean propensity x days (Ehrenberg 1959: the orders of one person are a Poisson
    process, rates differ between persons): the product was sold as long, without any marketing.

    Parameters
    ----------
    likely : numpy.ndarray
        float64, shape (people,): propensity, 1/day.
    days : float
        group.past_orders, at least 0.
    seed : int
        Seed of the run.
    operator : int
        The operator.

    Returns
    -------
    numpy.ndarray
        float64, shape (people,): whole numbers.
    """
    from scipy import stats

    luck = uniforms(seed, PAST_ORDERS, len(likely), operator)[0]
    return np.asarray(stats.poisson.ppf(luck, likely * days), dtype=float)


def segments(likely: np.ndarray, precision: float, seed: int, operator: int) -> np.ndarray:
    """Rank of each person in the operator's estimate of who buys (eq. 5-4).

    The estimate is precision x z + sqrt(1 - precision^2) x noise, with z the normal score of the
    true rank and standard normal noise: its correlation with z is the precision.

    Parameters
    ----------
    likely : numpy.ndarray
        float64, shape (people,): true propensity.
    precision : float
        targeting.precision, 0 .. 1.
    seed : int
        Seed of the run.
    operator : int
        The operator.

    Returns
    -------
    numpy.ndarray
        float64, shape (people,): 0 the likeliest, below 1.
    """
    from scipy import special

    n = len(likely)
    u = uniforms(seed, SEGMENT, n, operator)
    noise = np.empty(n)
    _standard_normal(u[0], u[1], noise)
    rank = np.argsort(np.argsort(likely, kind="stable"), kind="stable")
    score = special.ndtri((rank + 0.5) / max(1, n))
    estimate = precision * score + math.sqrt(1.0 - precision**2) * noise
    return np.argsort(np.argsort(-estimate, kind="stable"), kind="stable") / max(1, n)


@compiled
def _admit(members, rows, groups, homes, source, time, rules):
    for k in range(rows.shape[0]):
        member, group = members[rows[k]], groups[homes[k]]
        member.source, member.inviter = source, -1
        enter(member, rows[k], group, homes[k], time, rules[group.rules])


@compiled
def enter(member, row, group, group_row, time, p):
    """A person becomes a member; onboarding introduces the newcomer to some members (eq. 7.9-3).

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table, which says how it came and by whom (-1 nobody); changed.
    row : int
        Its number.
    group : record of GROUP_DTYPE
        Row of the groups table; its size is counted up.
    group_row : int
        Its number.
    time : float
        Now, in days.
    p : record
        Parameters, as `kernel_record` gives them.
    """
    if member.joins > 0:
        away = time - member.updated_at
        member.awareness *= fading(p.feel_awareness_decay * away)
        member.recognition *= fading(p.speak_recognition_decay * away)
    member.status = MEMBER
    member.group = group_row
    member.joined_at = time
    member.updated_at = time
    member.habit = p.feel_habit_start
    start = np.float64(p.feel_belonging_start)
    member.belonging = start + p.onboarding_belonging * (1.0 - start)
    member.familiarity = p.feel_familiarity_start
    if p.onboarding_ties > 0.0:
        make_ties(member, p.onboarding_ties, p)
    member.irritation = 0.0
    member.overload = 0.0
    member.replies = 0
    member.answers = 0
    member.fast_answers = 0
    member.incident = 0
    member.passed_on = 0
    member.calmed = 0
    member.forward = 0
    member.inviters = 0
    member.thread = 0
    member.looks = 0
    member.read_upto = group.newest
    member.membership_clock = exponential(p.seed, EXIT_CLOCK, row, member.joins)
    member.joins += 1
    group.n_members += 1


def first_members(parameters: Parameters) -> int:
    """Members of each group at the start: group.seed_members, or seed_fill x capacity if more."""
    group = parameters.group
    return max(group.seed_members, int(group.seed_fill * group.capacity))


@compiled
def _closeness(members, p, out):
    for k in range(members.shape[0]):
        out[k] = relevance(members[k].topic, p.group_topic, p.read_focus)


def seed_order(
    parameters: Parameters, seed: int, operator: int, members: np.ndarray, rules: np.ndarray
) -> np.ndarray:
    """The people in the order in which the operator would start with them (group.seeding).

    Eq. 5-3.

    Parameters
    ----------
    parameters : Parameters
        The operator's tree.
    seed : int
        Seed of the run.
    operator : int
        The operator.
    members : numpy.ndarray
        MEMBER_DTYPE, shape (people,).
    rules : numpy.ndarray
        The operator's parameters for kernels, one row.

    Returns
    -------
    numpy.ndarray
        int64, shape (people,): rows; ties, and all of them for ``random``, in order of luck.
    """
    luck = uniforms(seed, SEEDING, len(members), operator)[0]
    rank = np.zeros(len(members))
    if parameters.group.seeding == "high":
        rank = members["tier"].astype(float)
    elif parameters.group.seeding == "hubs":
        rank = -members["reach"].astype(float)
    elif parameters.group.seeding == "enthusiasts":
        _closeness(members, rules[0], rank)
        rank = -rank
    elif parameters.group.seeding == "loyal":
        rank = -propensity(members, rules)
    elif parameters.group.seeding == "bought":
        days = parameters.group.past_orders
        rank = -past_orders(propensity(members, rules), days, seed, operator)
    return np.lexsort((luck, rank)).astype(np.int64)


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
    operators: Sequence[Sequence[Parameters]], seed: int, rules: np.ndarray, network: tuple
) -> Tables:
    """The world at day 0.

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

    Returns
    -------
    Tables
        The state; memory for groups not yet open is reserved, not used.
    """
    market = people(operators[0][0], seed)
    if len(network[0]) > 1:
        market["reach"] = np.minimum(np.diff(network[0]), 65535)
    members = np.tile(market, len(operators)) if len(operators) > 1 else market
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
        own = tables.operators[k]
        own.quality = channels[0].product.quality
        own.first_group, own.most_groups = first_groups[k], most[k]
        own.open_groups = sum(channel.group.count for channel in channels)
        own.rules, own.copies = first_rules[k], k
        mine = slice(first_groups[k], first_groups[k + 1])
        _set_groups(groups[mine], channels, k, first_rules[k])
        _let_in_first(tables, channels[0], _places(channels), market, seed, k, rules)
    return tables


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
    _standard_normal(u[0], u[1], size)
    size = np.cumsum(np.exp(spread * size))
    luck = uniforms(seed, HOME, people, operator)[0]
    return np.minimum(np.searchsorted(size / size[-1], luck), groups - 1)


def _nearest(order: np.ndarray, live: np.ndarray, wanted: np.ndarray) -> tuple:
    """The first members of each group, from among those who live near it: rows and groups."""
    homes = live[order]
    by_home = np.argsort(homes, kind="stable")
    place = np.arange(len(order)) - np.searchsorted(homes[by_home], homes[by_home])
    inside = by_home[place < wanted[homes[by_home]]]
    return order[inside], homes[inside]


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
    rows = k * len(market) + chosen
    _admit(tables.members, rows, tables.groups, homes, SEED, 0.0, rules)
    np.add.at(tables.tally["joins_seed"], (homes, block["tier"][chosen]), 1.0)
