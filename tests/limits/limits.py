"""What the tests of closed forms share: scenarios, the tolerance, and the biases it allows for.

Tolerance of every comparison: 3 standard errors, from theory where there is one, plus the bias
that the test names and computes. Biases come from three places: people join at midnight only,
invitations wait for the inviter's next session, and the market is finite.

With normal errors a comparison fails by chance with probability 0.0027. Seeds are fixed and
nothing is retried, so chance enters only when a change moves the draws: about 110 comparisons with
an error of their own are made here, so that at most one such change in four meets a failure, at a
deviation barely beyond 3. A failure well beyond that is a defect.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import shequn as sq

ERRORS = 3.0


def blank(values: dict[str, Any]) -> sq.Scenario:
    """The blank scenario with one mechanism switched on."""
    return sq.Scenario.load("blank").with_values(values)


def column_at(result: sq.Run, name: str, days: Sequence[int]) -> np.ndarray:
    """A column of the whole community at some midnights (0 is not among them)."""
    whole = result.daily[result.daily["tier"] == "all"].set_index("day")
    return whole[name].loc[list(days)].to_numpy()


def members_at(scenario: sq.Scenario, days: Sequence[int], seeds: range) -> np.ndarray:
    """Members at some midnights of one run for each seed: shape (runs, midnights)."""
    last = max(days)
    return np.array(
        [column_at(sq.run(scenario, days=last, seed=s), "members", days) for s in seeds]
    )


def within(what: str, measured: float, formula: float, error: float, bias: float = 0.0) -> None:
    """Fail when a measured mean is further from its formula than 3 errors and the bias."""
    allowed = ERRORS * error + abs(bias)
    deviation = measured - formula
    words = (
        f"{what}: measured {measured:.6g}, formula {formula:.6g}, deviation {deviation:+.3g}, "
        f"allowed {allowed:.3g} (error {error:.3g}, bias {abs(bias):.3g})"
    )
    print(words)
    assert abs(deviation) <= allowed, words


def mean_length(rate: float) -> float:
    """Integral of exp(-rate u) over a day."""
    return -math.expm1(-rate) / rate if rate > 0.0 else 1.0


def midnights(
    days: int,
    people: float,
    seeds: float,
    invite: float = 0.0,
    sessions: float = 1.0,
    discovery: float = 0.0,
    leave: float = 0.0,
    back: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Expected outsiders and members at each midnight in a large market, delays included.

    A member who joined at midnight j sends the invitations that fall due at rate ``invite`` at
    its next session (rate ``sessions``), if it is still there, and they arrive at the midnight
    after: between the (k-1)-th and the k-th midnight of its membership that is invite x integral
    of exp(-leave u) (1 - exp(-sessions u)). With ``back`` who has left can be invited at once.
    """
    outside, members = np.empty(days + 1), np.empty(days + 1)
    outside[0], members[0] = people - seeds, seeds
    alive = unsent = seeds  # sums of exp(-leave age), exp(-(leave + sessions) age)
    for n in range(1, days + 1):
        sent = alive * mean_length(leave) - unsent * mean_length(leave + sessions)
        missed = math.exp(-discovery + invite * sent * math.log1p(-1.0 / (people - 1.0)))
        joined = outside[n - 1] * (1.0 - missed)
        alive = alive * math.exp(-leave) + joined
        unsent = unsent * math.exp(-leave - sessions) + joined
        members[n] = alive
        outside[n] = people - alive if back else outside[n - 1] - joined
    return outside, members


def pure_birth(
    rates: np.ndarray, start: int, times: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and SD of a birth chain with these rates in states 0 .. len - 1, at ascending times.

    The master equation by the Runge-Kutta method, a step of at most 1 / the highest rate.
    """
    states = np.arange(len(rates))
    chance = np.zeros(len(rates))
    chance[start] = 1.0
    means, spreads, now = [], [], 0.0
    for time in times:
        steps = max(1, math.ceil((time - now) * rates.max()))
        for _ in range(steps):
            chance = _step(chance, rates, (time - now) / steps)
        now = time
        mean = float(chance @ states)
        means.append(mean)
        spreads.append(math.sqrt(chance @ (states - mean) ** 2))
    return np.array(means), np.array(spreads)


def _step(chance: np.ndarray, rates: np.ndarray, width: float) -> np.ndarray:
    def slope(now: np.ndarray) -> np.ndarray:
        flow = rates * now
        change = -flow
        change[1:] += flow[:-1]
        return change

    k1 = slope(chance)
    k2 = slope(chance + 0.5 * width * k1)
    k3 = slope(chance + 0.5 * width * k2)
    k4 = slope(chance + width * k3)
    return chance + width / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)


def moments(values: np.ndarray, chance: np.ndarray) -> tuple[float, float, float]:
    """Mean, variance and fourth central moment of a distribution on whole numbers."""
    mean = float(chance @ values)
    gap = values - mean
    return mean, float(chance @ gap**2), float(chance @ gap**4)


def from_generating_function(function: Callable[[np.ndarray], np.ndarray], size: int) -> np.ndarray:
    """Probabilities of 0 .. size - 1 from a generating function, by the fast Fourier transform."""
    circle = np.exp(-2j * np.pi * np.arange(size) / size)
    return np.maximum(0.0, np.fft.ifft(function(circle)).real)
