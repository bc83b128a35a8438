"""Our own exp, log, cos, sin and power: how far off they are, and the bits they give anywhere."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal, localcontext

import numpy as np
import pytest

from shequn.agents.maths import cos_sin, exp, exp_of, log, log_of, power

TWO_PI = Decimal("6.283185307179586476925286766559005768394")
INF, NAN, TINY = math.inf, math.nan, 5e-324

# Worked out on one machine: the same bits must come on every other.
BITS = {
    "exp": (
        exp,
        {
            -744.5: "0x0.0000000000001p-1022",
            -708.1: "0x1.585414cfbd2a1p-1022",
            -37.3: "0x1.23865b7f2b6fep-54",
            -3.0: "0x1.97db0ccceb0afp-5",
            -0.7: "0x1.fc80db9dd5542p-2",
            -0.1: "0x1.cf46d99d52b3ap-1",
            -1e-09: "0x1.fffffff768fa1p-1",
            1e-05: "0x1.0000a7c5e340ep+0",
            0.3466: "0x1.6a0c5906bc779p+0",
            1.0: "0x1.5bf0a8b14576ap+1",
            2.5: "0x1.85d6fd931e0bbp+3",
            19.7: "0x1.56c4d50ccd880p+28",
            709.5: "0x1.81e9b4b52d0c9p+1023",
        },
    ),
    "log": (
        log,
        {
            4e-320: "-0x1.6fb870ef96810p+9",
            1e-300: "-0x1.5963447f87fb5p+9",
            1.1641532182693481e-10: "-0x1.6dfb516f20bbfp+4",
            0.1: "-0x1.26bb1bbb55515p+1",
            0.7071: "-0x1.62e6b3842a25ep-2",
            0.9999: "-0x1.a3738d2cf1cc2p-14",
            1.0001: "0x1.a368d0657fcd4p-14",
            1.4143: "0x1.62f4358c03e8ap-2",
            2.0: "0x1.62e42fefa39efp-1",
            10.0: "0x1.26bb1bbb55516p+1",
            65535.0: "0x1.62e40fef939efp+3",
            1e300: "0x1.5963447f87fb5p+9",
        },
    ),
    "cosine": (
        lambda turns: cos_sin(turns)[0],
        {
            1.1641532182693481e-10: "0x1.0000000000000p+0",
            0.1: "0x1.9e3779b97f4a8p-1",
            0.125: "0x1.6a09e667f3bcdp-1",
            0.2: "0x1.3c6ef372fe94ep-2",
            0.3: "-0x1.3c6ef372fe94ep-2",
            0.375: "-0x1.6a09e667f3bcdp-1",
            0.49: "-0x1.fefd5bfe443fep-1",
            0.6: "-0x1.9e3779b97f4a8p-1",
            0.77: "0x1.00aeb5da15be4p-3",
            0.9: "0x1.9e3779b97f4a8p-1",
            0.9999999998835847: "0x1.0000000000000p+0",
        },
    ),
    "sine": (
        lambda turns: cos_sin(turns)[1],
        {
            1.1641532182693481e-10: "0x1.921fb54442d18p-31",
            0.1: "0x1.2cf2304755a5ep-1",
            0.125: "0x1.6a09e667f3bccp-1",
            0.2: "0x1.e6f0e13445500p-1",
            0.3: "0x1.e6f0e13445500p-1",
            0.375: "0x1.6a09e667f3bccp-1",
            0.49: "0x1.0130a1be0937dp-4",
            0.6: "-0x1.2cf2304755a5dp-1",
            0.77: "-0x1.fbf675480d902p-1",
            0.9: "-0x1.2cf2304755a5dp-1",
            0.9999999998835847: "-0x1.921fb54442d18p-31",
        },
    ),
    "power": (
        lambda pair: power(*pair),
        {
            (2.0, -0.5): "0x1.6a09e667f3bccp-1",
            (3.0, -0.7): "0x1.da960f3ef58e9p-2",
            (65535.0, -0.7): "0x1.bdba05b0240e0p-12",
            (0.3, 0.6): "0x1.f13f63c03331ep-2",
            (1.7, 12.5): "0x1.7bd2bf233549ap+9",
            (0.9, 3.0): "0x1.753f7ced91688p-1",
            (10.0, -300.5): "0x1.b1b75833790cbp-999",
        },
    ),
}


def ulps(found: float, exact: Decimal) -> float:
    """Distance from the exact number, in units of its last place."""
    return float(abs(Decimal(float(found)) - exact) / Decimal(math.ulp(float(exact))))


def worst(function: Callable, exact: Callable, values: list) -> float:
    with localcontext() as context:
        context.prec = 45
        return max(ulps(function(*value), exact(*map(Decimal, value))) for value in values)


def _sine(x: Decimal) -> Decimal:
    term = total = x
    for k in range(2, 60, 2):
        term = -term * x * x / (k * (k + 1))
        total += term
    return total


def _between(low: float, high: float, n: int = 400, seed: int = 1) -> list:
    return np.random.default_rng(seed).uniform(low, high, n).tolist()


class TestAccuracy:
    @pytest.mark.parametrize("reach", [(-1, 1), (-40, 40), (-708, 709), (-745, -708)])
    def test_exp_is_at_most_1_ulp_off(self, reach):
        values = [(x,) for x in _between(*reach)]
        assert worst(exp, lambda x: x.exp(), values) <= 1.0

    @pytest.mark.parametrize("reach", [(0.5, 2), (0.99, 1.01), (0, 1e6), (0, 4e-308)])
    def test_log_is_at_most_1_ulp_off(self, reach):
        values = [(x,) for x in _between(*reach)]
        assert worst(log, lambda x: x.ln(), values) <= 1.0

    def test_cosine_and_sine_are_at_most_2_ulp_off(self):
        values = [(u,) for u in _between(0, 1)]
        quarter = Decimal("0.25")
        sine = worst(lambda u: cos_sin(u)[1], lambda u: _sine(TWO_PI * u), values)
        cosine = worst(lambda u: cos_sin(u)[0], lambda u: _sine(TWO_PI * (quarter - u)), values)
        assert max(sine, cosine) <= 2.0

    @pytest.mark.parametrize(
        ("bases", "exponents", "most"),
        [((1, 65535), (-2, 0), 2), ((0, 1), (0, 9), 2), ((0.9, 1.1), (-400, 400), 2),
         ((0, 100), (-140, 140), 4)],
    )  # fmt: skip
    def test_power_is_at_most_2_ulp_off(self, bases, exponents, most):
        values = list(zip(_between(*bases), _between(*exponents, seed=2), strict=True))
        assert worst(power, lambda x, y: x**y, values) <= most


class TestOddArguments:
    @pytest.fixture(autouse=True)
    def quiet(self):
        """Uncompiled, an overflow would warn."""
        with np.errstate(all="ignore"):
            yield

    def test_exp(self):
        odd = [0.0, -0.0, TINY, 710.0, INF, -746.0, -INF, -1e308]
        assert [exp(x) for x in odd] == [1.0, 1.0, 1.0, INF, INF, 0.0, 0.0, 0.0]
        assert exp(-745.13) == TINY
        assert math.isnan(exp(NAN))

    def test_log(self):
        assert [log(x) for x in (1.0, 0.0, -0.0, INF)] == [0.0, -INF, -INF, INF]
        assert all(math.isnan(log(x)) for x in (-1.0, -INF, NAN))
        assert log(TINY) == pytest.approx(math.log(TINY), rel=1e-15)

    def test_whole_quarters_are_exact(self):
        turns = [0.0, 0.25, 0.5, 0.75, 1.0, -0.25]
        found = [cos_sin(u) for u in turns]
        assert found == [(1, 0), (0, 1), (-1, 0), (0, -1), (1, 0), (0, -1)]

    def test_power(self):
        cases = {
            (7.3, 0.0): 1.0, (1.0, INF): 1.0, (7.3, 1.0): 7.3, (0.0, 2.0): 0.0,
            (0.0, -2.0): INF, (INF, 2.0): INF, (INF, -2.0): 0.0, (10.0, 400.0): INF,
            (10.0, -400.0): 0.0, (0.5, 3.0): 0.125, (4.0, 0.5): 2.0,
        }  # fmt: skip
        assert {pair: power(*pair) for pair in cases} == cases
        assert math.isnan(power(-1.0, 2.0))


class TestBits:
    @pytest.mark.parametrize("name", list(BITS))
    def test_the_bits_are_those_of_every_machine(self, name):
        function, expected = BITS[name]
        found = {argument: float(function(argument)).hex() for argument in expected}
        assert found == expected

    def test_a_loop_gives_the_bits_of_one_number_after_the_other(self):
        x = np.array(_between(-40, 40, 1000))
        assert exp_of(x).tobytes() == np.array([float(exp(v)) for v in x]).tobytes()
        assert log_of(abs(x)).tobytes() == np.array([float(log(abs(v))) for v in x]).tobytes()

    def test_arrays_of_any_shape_keep_it(self):
        x = np.arange(12.0).reshape(3, 4)[:, ::2]
        assert exp_of(x).shape == x.shape
        assert np.allclose(exp_of(x), np.exp(x), rtol=1e-15)
        assert log_of(np.empty(0)).shape == (0,)
