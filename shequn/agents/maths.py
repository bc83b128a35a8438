"""exp, log, cos, sin and power: our own, so that results hang on no machine and on no libm.

They are plain arithmetic on doubles, without tables and, but for odd arguments, without branches:
loops over them are worked on several numbers at a time, and the bits are the same wherever IEEE 754
arithmetic is. The compiler joins no multiplication and addition (no ``fastmath``).

Sources: range reduction with pi, ln 2 in two parts (Cody & Waite 1980, Software Manual for the
Elementary Functions); log, and sine and cosine on an eighth of a turn, with the polynomials of
FDLIBM (Sun Microsystems 1993, e_log.c, k_sin.c, k_cos.c); exact sums and products in two parts
(Dekker 1971, Numerische Mathematik 18, 224-242); the polynomial of exp is the interpolation of
(exp(r) - 1 - r - r^2 / 2) / r^3 at ten Chebyshev nodes, error 1e-18.
"""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled, inlined

_ROUND = 6755399441055744.0  # 1.5 x 2**52: added and taken away, it rounds to a whole number
_ROUND_BITS = np.int64(0x4338000000000000)
_PER_LN2 = 1.4426950408889634
_LN2_HIGH = 6.93147180369123816490e-01  # 32 bits, so that its multiples are exact
_LN2_LOW = 1.90821492927058770002e-10
_LOWEST, _HIGHEST = -746.0, 710.0  # exp is 0 below, inf above
_SMALLEST = 2.2250738585072014e-308  # normal
_ONE_BITS = np.int64(0x3FF0000000000000)
_MANTISSA = np.int64(0x000FFFFFFFFFFFFF)
_ABOVE_ROOT = np.int64(
    0x00095F6400000000
)  # takes mantissas from the root of 2 on to the next power
_SPLIT = 134217729.0  # 2**27 + 1


@inlined
def _bits(x):
    return np.float64(x).view(np.int64)


@inlined
def _number(bits):
    return np.int64(bits).view(np.float64)


@inlined
def exp(x):
    """e^x; at most 1 ulp off, subnormal results as well.

    Parameters
    ----------
    x : float
        Any.

    Returns
    -------
    float
        0 below -745.2, inf above 709.8, nan for nan.
    """
    x = np.float64(x)
    inside = _LOWEST if x < _LOWEST else x
    inside = _HIGHEST if inside > _HIGHEST else inside
    shifted = inside * _PER_LN2 + _ROUND
    power = shifted - _ROUND
    r = (inside - power * _LN2_HIGH) - power * _LN2_LOW
    r2 = r * r
    low = 0.16666666666666669 + r * 0.041666666666666664
    middle = 0.008333333333330051 + r * 0.0013888888888886545
    high = 0.00019841269863105968 + r * 2.4801587317181886e-05
    higher = 2.7557268378684192e-06 + r * 2.755728291148268e-07
    highest = 2.5100424157005067e-08 + r * 2.0911264239196087e-09
    r4 = r2 * r2
    tail = (low + r2 * middle) + r4 * ((high + r2 * higher) + r4 * highest)
    value = 1.0 + (r + (0.5 * r2 + (r2 * r) * tail))
    # 2^power in two steps: neither of them leaves the range of normal numbers.
    whole = _bits(shifted) - _ROUND_BITS
    half = whole >> np.int64(1)
    one = _number(_ONE_BITS + (half << np.int64(52)))
    other = _number(_ONE_BITS + ((whole - half) << np.int64(52)))
    return value * one * other


@compiled
def _power_and_rest(x):
    """X = 2^power (1 + rest) with 1 + rest around 1, between the roots of 1/2 and 2: both."""
    tiny = x < _SMALLEST
    bits = _bits(x * 18014398509481984.0 if tiny else x)  # 2**54
    mantissa = bits & _MANTISSA
    up = (mantissa + _ABOVE_ROOT) & np.int64(0x0010000000000000)
    rest = _number(mantissa | (up ^ _ONE_BITS)) - 1.0
    whole = (bits >> np.int64(52)) - np.int64(1023) + (up >> np.int64(52))
    whole -= np.int64(54) if tiny else np.int64(0)
    return _number(_ROUND_BITS + whole) - _ROUND, rest


@compiled
def _log_tail(s2):
    """What log(1 + f) has beyond 2 s, over s, of s^2: s = f / (2 + f)."""
    s4 = s2 * s2
    even = s4 * (3.999999999940941908e-01 + s4 * (2.222219843214978396e-01
                 + s4 * 1.531383769920937332e-01))  # fmt: skip
    odd = s2 * (6.666666666666735130e-01 + s4 * (2.857142874366239149e-01
                + s4 * (1.818357216161805012e-01 + s4 * 1.479819860511658591e-01)))  # fmt: skip
    return even + odd


@compiled
def _odd_log(x, value):
    """The logarithm where it is not a number: of 0, of numbers below it, of inf and nan."""
    value = value if x < np.inf else x
    value = value if x > 0.0 else -np.inf
    return value if x >= 0.0 else np.nan


@compiled
def log(x):
    """Natural logarithm; at most 1 ulp off, of subnormal numbers as well.

    Parameters
    ----------
    x : float
        Any.

    Returns
    -------
    float
        -inf for 0, inf for inf, nan below 0 and for nan.
    """
    x = np.float64(x)
    power, f = _power_and_rest(x)
    s = f / (2.0 + f)
    half = 0.5 * f * f
    tail = s * (half + _log_tail(s * s)) + power * _LN2_LOW
    return _odd_log(x, power * _LN2_HIGH - ((half - tail) - f))


@compiled
def cos_sin(turns):
    """Cosine and sine of an angle given in turns: of 2 pi x turns; at most 2 ulp off.

    Parameters
    ----------
    turns : float
        -2**40 .. 2**40: what lies beyond a quarter is taken away exactly.

    Returns
    -------
    cosine, sine : float
        -1 .. 1.
    """
    turns = np.float64(turns)
    shifted = 4.0 * turns + _ROUND
    quarter = (_bits(shifted) - _ROUND_BITS) & np.int64(3)
    x = (turns - 0.25 * (shifted - _ROUND)) * 6.283185307179586
    x2 = x * x
    sine = x + x * x2 * (-1.66666666666666324348e-01 + x2 * (8.33333333332248946124e-03
        + x2 * (-1.98412698298579493134e-04 + x2 * (2.75573137070700676789e-06
        + x2 * (-2.50507602534068634195e-08 + x2 * 1.58969099521155010221e-10)))))  # fmt: skip
    tail = x2 * x2 * (4.16666666666666019037e-02 + x2 * (-1.38888888888741095749e-03
        + x2 * (2.48015872894767294178e-05 + x2 * (-2.75573143513906633035e-07
        + x2 * (2.08757232129817482790e-09 + x2 * -1.13596475577881948265e-11)))))  # fmt: skip
    half = 0.5 * x2
    most = 1.0 - half
    cosine = most + (((1.0 - most) - half) + tail)
    swapped = (quarter & np.int64(1)) != 0
    c, s = (sine, cosine) if swapped else (cosine, sine)
    c = -c if (quarter == 1) | (quarter == 2) else c
    return c, (-s if quarter >= 2 else s)


@compiled
def _product(a, b):
    """A x b in two parts, exactly (Dekker)."""
    big = _SPLIT * a
    a0 = big - (big - a)
    a1 = a - a0
    big = _SPLIT * b
    b0 = big - (big - b)
    b1 = b - b0
    whole = a * b
    return whole, ((a0 * b0 - whole) + a0 * b1 + a1 * b0) + a1 * b1


@compiled
def _log_in_parts(x):
    """The logarithm of a positive number in two parts, their sum 2**-62 of it off or less."""
    power, f = _power_and_rest(x)
    below = 2.0 + f
    below_rest = (2.0 - below) + f
    s = f / below
    back, back_rest = _product(s, below)
    s_rest = (((f - back) - back_rest) - s * below_rest) / below
    # The series after 2 s: small, so that its own rounding does not matter much.
    tail = s * _log_tail(s * s) + 2.0 * s_rest + power * _LN2_LOW
    high = power * _LN2_HIGH
    total = high + 2.0 * s
    rest = (high - total) + 2.0 * s if abs(high) >= abs(2.0 * s) else (2.0 * s - total) + high
    value = total + (rest + tail)
    return value, (total - value) + (rest + tail)


@compiled
def power(base, exponent):
    """base^exponent of a base that is not negative; at most 2 ulp off.

    Parameters
    ----------
    base : float
        At least 0.
    exponent : float
        Any number.

    Returns
    -------
    float
        Up to 4 ulp off where it is beyond e^+-50; 1 for exponent 0 or base 1; base itself for
        exponent 1; nan for a base below 0.
    """
    base, exponent = np.float64(base), np.float64(exponent)
    if exponent == 0.0 or base == 1.0:
        return 1.0
    if exponent == 1.0 and base >= 0.0:
        return base
    if not (base > 0.0 and base < np.inf):
        return exp(exponent * log(base))
    high, low = _log_in_parts(base)
    if not abs(exponent * high) < 800.0:
        return exp(exponent * high)
    whole, rest = _product(exponent, high)
    value = exp(whole)
    return value + value * (rest + exponent * low) if value < np.inf else value


@compiled
def _fill_exp(x, out):
    for k in range(x.shape[0]):
        out[k] = exp(x[k])


@compiled
def _fill_log(x, out):
    for k in range(x.shape[0]):
        out[k] = log(x[k])


def exp_of(x: np.ndarray) -> np.ndarray:
    """e^x of every number of a float64 array."""
    flat = np.ascontiguousarray(x, np.float64)
    out = np.empty(flat.shape)
    _fill_exp(flat.reshape(-1), out.reshape(-1))
    return out


def log_of(x: np.ndarray) -> np.ndarray:
    """The natural logarithm of every number of a float64 array."""
    flat = np.ascontiguousarray(x, np.float64)
    out = np.empty(flat.shape)
    _fill_log(flat.reshape(-1), out.reshape(-1))
    return out
