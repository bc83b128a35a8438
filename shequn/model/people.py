"""The people of a market: how many of each tier, and the traits that are drawn for each."""

from __future__ import annotations

import math
from collections import OrderedDict
from threading import Lock
from typing import Any

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.maths import exp_of, log_of
from shequn.agents.randomness import stream, uniforms
from shequn.agents.tables import MEMBER_DTYPE, NOBODY, table
from shequn.agents.verbs.relevance import relevance
from shequn.agents.verbs.speak import FORWARD_CLOCK
from shequn.model.latents import (
    LOGNORMAL,
    RATES,
    SHARES,
    STOCKS,
    TASTES,
    TRAITS,
    latents,
    own_normal,
)
from shequn.model.parameters import Parameters

TOPIC = stream("trait.topic")
CLOCKS = stream("build.clocks")
JOIN_CLOCK = stream("discovery.clock")
MOST_KEPT = 128_000_000  # bytes of people at most (assumed)
_kept: OrderedDict[tuple[Any, ...], np.ndarray] = OrderedDict()
_keeping = Lock()
MOST_MINUTES = 360.0  # a day for one group, unless the median is above it (assumed)


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
        return value * exp_of(spread * own_normal(seed, name, n))
    from scipy import special

    u = uniforms(seed, TRAITS[name], n)[0]
    if shape == "gamma":
        return value / spread * special.gammaincinv(spread, u)
    mean = np.clip(value, 1e-9, 1.0 - 1e-9)
    probability = special.betaincinv(mean * spread, (1.0 - mean) * spread, u)
    left = 1.0 - np.minimum(probability, 1.0 - 1e-12)
    gone = 1.0 - left
    with np.errstate(invalid="ignore", divide="ignore"):  # log(1 - p) as exact as p (Kahan)
        return np.where(gone > 0.0, -log_of(left) * probability / gone, probability)


def _spread_around(seed: int, name: str, value: np.ndarray, spread: float) -> np.ndarray:
    """Values in [0, 1] spread on the logit scale; 0 and 1 stay where they are."""
    inside = (value > 0.0) & (value < 1.0)
    safe = np.where(inside, value, 0.5)
    logit = log_of(safe / (1.0 - safe)) + spread * own_normal(seed, name, value.shape[0])
    return np.where(inside, 1.0 / (1.0 + exp_of(-logit)), value)


def _traits(members: np.ndarray, parameters: Parameters, seed: int) -> None:
    """Draw every trait of every person from the distributions of their tier (eq. 5-2)."""
    tiers = parameters.tiers
    spread, shape = parameters.spread, parameters.shape
    tier_of = members["tier"]

    def medians(name: str) -> np.ndarray:
        by_tier = [float(getattr(tier, name)) for tier in (tiers.high, tiers.middle, tiers.base)]
        return np.array(by_tier)[tier_of]

    together = latents(parameters, seed, tier_counts(parameters))

    def normal(name: str) -> np.ndarray:
        return together[name] if name in together else own_normal(seed, name, len(members))

    for name in LOGNORMAL:
        noise = normal(name)
        members[name] = _within(name, medians(name) * exp_of(getattr(spread, name) * noise))
    for name in TASTES:
        members[name] = medians(name) * exp_of(spread.tastes * normal(name))
    members["match"] = together["match"]
    for name in SHARES:
        members[name] = _spread_around(seed, name, medians(name), getattr(spread, name))
    _pace(members, parameters, seed)
    for name in RATES:
        values = _rate(seed, name, getattr(shape, name), medians(name), getattr(spread, name))
        members[name] = _within(name, values)


def _pace(members: np.ndarray, parameters: Parameters, seed: int) -> None:
    """How fast each person's habit and willingness fade, and the time a person has (eq. 5-2)."""
    feel, spread, n = parameters.feel, parameters.spread, len(members)
    alike = spread.half_lives_alike
    lasting = own_normal(seed, "habit_half_life", n)
    own = own_normal(seed, "willingness_half_life", n)
    noise = {"habit": lasting, "willingness": alike * lasting + math.sqrt(1.0 - alike**2) * own}
    for name in STOCKS:
        half_life = f"{name}_half_life"
        decay = math.log(2.0) / getattr(feel, half_life)
        members[f"{name}_decay"] = decay * exp_of(-getattr(spread, half_life) * noise[name])
    minutes = parameters.rhythm.minutes * exp_of(spread.minutes * own_normal(seed, "minutes", n))
    members["minutes"] = np.minimum(minutes, max(parameters.rhythm.minutes, MOST_MINUTES))


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

    The people of a seed are drawn once for all scenarios that do not change them, and kept within
    this process, as far as `MOST_KEPT` bytes go.

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
    key = (seed, *deciding(parameters))
    with _keeping:
        drawn = _kept.get(key)
        if drawn is not None:
            _kept.move_to_end(key)
    if drawn is None:
        drawn = _drawn(parameters, seed)
        _keep(key, drawn)
    members = table(len(drawn), MEMBER_DTYPE)
    members[...] = drawn
    return members


def deciding(parameters: Parameters) -> tuple[Any, ...]:
    """Everything in the tree that people hang on, beside their seed."""
    q = parameters
    return (
        q.market, q.tiers, q.spread, q.shape, q.correlation, q.rhythm.minutes,
        q.feel.habit_half_life, q.feel.willingness_half_life, q.feel.attitude_start,
        q.buy.expectation_start,
    )  # fmt: skip


def _keep(key: tuple[Any, ...], drawn: np.ndarray) -> None:
    """Keep people; those not used for longest go."""
    with _keeping:
        _kept[key] = drawn
        while sum(each.nbytes for each in _kept.values()) > MOST_KEPT:
            _kept.popitem(last=False)


def _drawn(parameters: Parameters, seed: int) -> np.ndarray:
    """People as they are drawn: see `people`."""
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


@compiled
def _closeness(topics, topic, focus, out):
    for k in range(topics.shape[0]):
        out[k] = relevance(topic, topics[k], focus)


def suit(members: np.ndarray, match: np.ndarray, parameters: Parameters) -> None:
    """Set the match of each person with the product of one operator (eq. 5-7).

    A product that belongs to a topic suits those whose topic it is. The relevance of the topic,
    standardised over the market, is added with the weight ``product.focus``, and the sum is
    brought back to variance 1. Without a topic the match stays as drawn.

    Parameters
    ----------
    members : numpy.ndarray
        MEMBER_DTYPE, shape (people,): the operator's rows; ``match`` is set.
    match : numpy.ndarray
        float32, shape (people,): as drawn for the market.
    parameters : Parameters
        Those of the operator's first channel.
    """
    product, close = parameters.product, np.zeros(len(members))
    if product.topic >= 0.0 and product.focus > 0.0:
        focus = 1.0 / parameters.read.topic_breadth
        _closeness(members["topic"], product.topic, focus, close)
    deviation = close.std() if len(close) else 0.0
    if deviation == 0.0:
        members["match"] = match
        return
    gain = product.focus * (close - close.mean()) / deviation
    members["match"] = (match + gain) / math.sqrt(1.0 + product.focus**2)


def _wind_clocks(members: np.ndarray, seed: int) -> None:
    """Every row of the members table gets clocks of its own."""
    n = len(members)
    clocks = -log_of(uniforms(seed, CLOCKS, n))
    members["mute_clock"], members["need_clock"] = clocks[0], clocks[1]
    members["talk_clock"], members["invite_clock"] = clocks[2], clocks[3]
    members["membership_clock"] = -log_of(uniforms(seed, JOIN_CLOCK, n)[0])
    members["forward_clock"] = -log_of(uniforms(seed, FORWARD_CLOCK, n)[0])
