"""Queues at the reply desk: the formulas of M/M/c, questions in batches, and a desk by itself."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from shequn.agents.desk import ask
from shequn.agents.jit import compiled
from shequn.agents.randomness import exponential, stream
from shequn.agents.tables import ANSWER_DTYPE, GROUP_DTYPE, MESSAGE_DTYPE, table
from shequn.model.parameters import kernel_record
from shequn.model.scenario import Scenario

__all__ = ["chance_of_answer", "chance_of_wait", "erlang_c", "mean_time"]

ARRIVAL = stream("limits.arrival")


def erlang_c(c: int, load: float) -> float:
    """Chance that a question has to wait (Erlang 1917), for a load lambda / mu below c."""
    terms = np.cumprod([1.0, *(load / k for k in range(1, c + 1))])
    last = terms[c] / (1.0 - load / c)
    return float(last / (terms[:c].sum() + last))


def chance_of_wait(c: int, arrivals: float, services: float, time: float) -> float:
    """P(wait <= t) = 1 - C exp(-(c mu - lambda) t), times in 1 / the unit of the rates."""
    spare = c * services - arrivals
    return 1.0 - erlang_c(c, arrivals / services) * math.exp(-spare * time)


def chance_of_answer(c: int, arrivals: float, services: float, time: float) -> float:
    """P(wait + service <= t) in M/M/c: the wait is 0, or exponential at c mu - lambda.

    Gross et al. 2008, Fundamentals of Queueing Theory, section 2.3 (there for rates that differ).
    """
    spare, waits = c * services - arrivals, erlang_c(c, arrivals / services)
    done = math.exp(-services * time)
    if math.isclose(spare, services):
        late = (1.0 + services * time) * done
    else:
        late = (spare * done - services * math.exp(-spare * time)) / (spare - services)
    return 1.0 - (1.0 - waits) * done - waits * late


def mean_time(c: int, arrivals: float, services: float) -> float:
    """Mean of wait and service together in M/M/c; 1 / (mu - lambda) for one person on duty."""
    return erlang_c(c, arrivals / services) / (c * services - arrivals) + 1.0 / services


def batches(
    c: int, arrivals: float, services: float, size: float, time: float, states: int = 500
) -> tuple[float, float]:
    """Mean time to an answer, and P(within t), when questions come in batches.

    Batches are Poisson numbers of mean ``size``, given at least 1. The chain of the number at the
    desk is solved up to ``states``; a question is the k-th of its batch with probability
    P(batch >= k) / mean batch, and has k - 1 more ahead of it than the desk holds.
    """
    from scipy.special import gammainc

    most = 8
    batch = np.array([size**k / math.factorial(k) for k in range(1, most)]) / math.expm1(size)
    mean = batch @ np.arange(1, most)
    held = _held(c, arrivals / mean * batch, services, states)
    place = np.cumsum(batch[::-1])[::-1] / mean
    ahead = np.convolve(held, place)[:states]
    n = np.arange(states)
    queue = np.maximum(0, n - c + 1)
    average = float(ahead @ (queue / (c * services) + 1.0 / services))
    if c == 1:
        soon = gammainc(n + 1, services * time)
    else:
        first = np.where(queue > 0, gammainc(np.maximum(queue, 1), c * services * time), 1.0)
        other = np.where(queue > 0, gammainc(np.maximum(queue, 1), (c - 1) * services * time), 1.0)
        grown = (c / (c - 1.0)) ** np.minimum(queue, 200)
        soon = first - math.exp(-services * time) * grown * other
    return average, float(ahead @ soon)


def _held(c: int, arrivals: np.ndarray, services: float, states: int) -> np.ndarray:
    """Stationary chances of 0 .. states - 1 questions at the desk; ``arrivals`` by batch size."""
    flow = np.zeros((states, states))
    for n in range(states):
        for k, rate in enumerate(arrivals, start=1):
            flow[n, min(n + k, states - 1)] += rate * (n < states - 1)
        if n:
            flow[n, n - 1] += min(n, c) * services
    np.fill_diagonal(flow, flow.diagonal() - flow.sum(axis=1))
    system = np.vstack([flow.T[:-1], np.ones(states)])
    return np.linalg.solve(system, np.append(np.zeros(states - 1), 1.0))


@compiled
def _play(times, message, answers, servers, group, p):
    """Poisson questions at gaps of ``times[0]``, counted from ``times[1]`` until ``times[2]``.

    Gives how many, how many wait not at all, or at most ``times[3]``, and the sums of waits and of
    times to the answer; all times in days.
    """
    gap, first, last, target = times
    free, prompt, waits, taken, n, k = 0.0, 0.0, 0.0, 0.0, 0, 0
    now = 0.0
    while now < last:
        now += gap * exponential(p[0].seed, ARRIVAL, 0, k)
        message[0].time = now
        message[0].author = k % 4096
        wait = max(0.0, servers[: np.int64(p[0].desk_servers)].min() - now)
        group[0].n_pending = 0
        ask(message[0], 1, 1, answers, servers, group[0], p[0])
        k += 1
        if now > first:
            n += 1
            free += wait == 0.0
            prompt += wait <= target
            waits += wait
            taken += answers[0].time - now
    return n, free, prompt, waits, taken


def desk_alone(
    scenario: Scenario, arrivals: float, hours: tuple[float, float], target: float, seed: int
) -> np.ndarray:
    """Play a desk with Poisson questions, one at a time: `shequn.agents.desk.ask` and nothing else.

    Parameters
    ----------
    scenario : Scenario
        With whole persons of ``desk.staff`` and one group.
    arrivals : float
        Questions an hour.
    hours : pair of float
        Left out at the start, and counted after that.
    target : float
        A wait that counts as prompt, hours.
    seed : int
        Of questions and services.

    Returns
    -------
    numpy.ndarray
        float64: questions, of them answered without a wait and promptly, sums of waits and of times
        to the answer in hours.
    """
    staff = int(scenario.parameters.desk.staff)
    p: Any = np.array([kernel_record(scenario.parameters, seed, 1)])
    message, answers = table(1, MESSAGE_DTYPE), table(4, ANSWER_DTYPE)
    group, servers = table(1, GROUP_DTYPE), np.zeros(staff)
    times = (1.0 / arrivals / 24.0, hours[0] / 24.0, sum(hours) / 24.0, target / 24.0)
    found = _play(times, message, answers, servers, group, p)
    return np.array(found) * [1.0, 1.0, 1.0, 24.0, 24.0]
