"""Talk that begets talk: recognition makes posting a Hawkes process.

Every message answers somebody (speak.reply_share 1). A reply adds 1 to the recognition of whom it
answers, noticed at that member's next session, and recognition fades at the rate
delta = ln 2 / speak.recognition_half_life. Posts in a session: talk x (1 + gain x recognition). So
each message raises the rate of messages by an exponential kernel, in all by

    n = gain x talk x (1 + sessions / delta)

messages, the 1 for the session in which the reply is noticed, at its full force. With Poisson posts
of one's own at the rate mu this is the self-exciting process of Hawkes (1971, Biometrika 58):
mean rate mu / (1 - n), and counts in windows of T days with

    variance / mean = 1/(1-n)^2 + (1 - 1/(1-n)^2) (1 - e^(-kT)) / (kT),  k = delta (1 - n).

Seen to fail when the code is changed: a reply that counts 1.1 times.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import t as student

import shequn as sq
from shequn.agents.tables import HUMAN
from tests.limits.limits import ERRORS, blank, within

pytestmark = pytest.mark.jit

PEOPLE, GROUPS, TALK, SESSIONS, HALF_LIFE = 1_000, 16, 0.05, 12.0, 0.3
FEW = float(student.ppf(0.99865, GROUPS - 1)) / ERRORS  # errors from so few replicates


def fano(ratio: float, fading: float, window: float) -> float:
    """Variance over mean of the counts of a Hawkes process with an exponential kernel."""
    level, speed = 1.0 / (1.0 - ratio) ** 2, fading * (1.0 - ratio) * window
    return level + (1.0 - level) * -math.expm1(-speed) / speed


def fano_with_waits(ratio: float, fading: float, window: float) -> float:
    """The same where a reply has to wait for the next session, and works at once when it is seen.

    From the spectral density mean / |1 - h(w)|^2, h the Fourier transform of the kernel: a wait at
    the rate of sessions, then a jump and an exponential tail.
    """

    def surplus(w: float) -> float:
        kernel = SESSIONS / (SESSIONS + 1j * w) * (1.0 + SESSIONS / (fading + 1j * w))
        density = 1.0 / abs(1.0 - ratio * kernel / (1.0 + SESSIONS / fading)) ** 2
        return (density - 1.0) * window * np.sinc(w * window / (2.0 * math.pi)) ** 2 / math.pi

    pieces = [quad(surplus, a, a + 10.0, limit=200)[0] for a in range(0, 600, 10)]
    return 1.0 + sum(pieces)


def test_the_formula_is_that_of_the_spectrum():
    """Without waits the integral over the spectrum gives the formula: checks one with the other."""
    level = fano(0.5, 2.0, 1e6)
    assert level == pytest.approx(4.0, rel=1e-5)
    assert fano(0.5, 2.0, 1e-9) == pytest.approx(1.0)
    many = quad(
        lambda w: (
            (1.0 / abs(1.0 - 0.5 * 2.0 / (2.0 + 1j * w)) ** 2 - 1.0)
            * np.sinc(w / (2.0 * math.pi)) ** 2
            / math.pi
        ),
        0.0, 400.0, limit=2000,
    )[0]  # fmt: skip
    assert 1.0 + many == pytest.approx(fano(0.5, 2.0, 1.0), abs=1e-3)


@pytest.mark.parametrize(("ratio", "days"), [(0.5, 40), (0.3, 24)])
def test_hawkes(ratio, days):
    """Mean messages of a day, and variance over mean in windows of 1 and 4 days.

    Error of the mean: from the formula. Each group is a replicate: the error of variance over mean
    is that of the spread among the 16, by Student's t. The first days are left out: the start is
    forgotten at the rate k, at least 1.1 a day.

    Bias: in some sessions nothing has been written since the last one, a share s / (s + rate) of
    them, and a message written then answers nobody: n is lower by that share. Replies wait for a
    session. Posts come in sessions, of which each writes a Poisson number of posts: talk / (1 - n)
    more spread, and v / (1 - n)^2 for the spread v of what a reply brings, at most.
    """
    fading, first = math.log(2.0) / HALF_LIFE, 8
    tail = 1.0 + SESSIONS / fading
    values = {
        "market.people": PEOPLE * GROUPS,
        "group.count": GROUPS,
        "group.capacity": PEOPLE,
        "group.seed_members": PEOPLE,
        "tiers.base.talk": TALK,
        "tiers.base.session_rate": SESSIONS,
        "tiers.base.capacity": 2.0,
        "speak.reply_share": 1.0,
        "speak.recognition_gain": ratio / (TALK * tail),
        "speak.recognition_half_life": HALF_LIFE,
    }
    community = sq.Community(blank(values), seed=91)
    for _ in range(first + days):
        community.step()
    written = sum(community.journal.by_group(name) for name in HUMAN)[first:]
    rate = PEOPLE * SESSIONS * TALK / (1.0 - ratio)
    real = ratio * rate / (rate + SESSIONS)
    lower = rate * (1.0 - ratio) / (1.0 - real)
    error = math.sqrt(fano(ratio, fading, days) * rate / (days * GROUPS))
    within(f"Hawkes n {ratio} messages a day", written.mean(), rate, error, lower - rate)
    rest = (ratio / tail) ** 2 * SESSIONS / (2.0 * fading) / (1.0 - ratio) ** 2
    rest += TALK / (1.0 - ratio)
    for window in (1, 4):
        counts = written.reshape(days // window, window, GROUPS).sum(axis=1)
        found = counts.var(axis=0, ddof=1) / counts.mean()
        formula = fano(ratio, fading, window)
        bias = abs(fano_with_waits(real, fading, window) - formula) + rest
        error = FEW * found.std(ddof=1) / math.sqrt(GROUPS)
        within(f"Hawkes n {ratio} Fano of {window} d", found.mean(), formula, error, bias)
