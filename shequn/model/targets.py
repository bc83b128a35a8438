"""Whom an operator would choose: the likeliest buyers as it knows them, and whom to start with."""

from __future__ import annotations

import math

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.maths import exp
from shequn.agents.randomness import stream, uniforms
from shequn.agents.verbs.relevance import relevance
from shequn.agents.verbs.utility import own_utility
from shequn.model.latents import standard_normal
from shequn.model.parameters import Parameters

SEEDING = stream("build.seeding")
SEGMENT = stream("targeting.segment")
PAST_ORDERS = stream("build.past_orders")


@compiled
def _propensities(members, p, out):
    for k in range(members.shape[0]):
        member = members[k]
        out[k] = member.need_rate / (1.0 + exp(-own_utility(member, member.awareness, p)))


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
    standard_normal(u[0], u[1], noise)
    rank = np.argsort(np.argsort(likely, kind="stable"), kind="stable")
    score = special.ndtri((rank + 0.5) / max(1, n))
    estimate = precision * score + math.sqrt(1.0 - precision**2) * noise
    return np.argsort(np.argsort(-estimate, kind="stable"), kind="stable") / max(1, n)


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
