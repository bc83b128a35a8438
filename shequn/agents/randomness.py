"""Keyed random draws: each is a pure function of seed, stream, entity and occasion.

The generator is Philox (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as
1, 2, 3", SC'11), a counter-based generator: there is no shared sequence, so neither the order in
which agents act, nor the engine, nor the number of threads can change a draw. ``philox4x32`` (ten
rounds) gives every draw but one; ``philox2x32`` decides for each pair of reader and
author whether they know one another, because that is asked for every message read: seven rounds,
the number that the paper found sufficient (its table 2).

Legend of the kernels: c0..c3 counter words, k0, k1 key words, all 32 bits wide and held in uint64.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.maths import cos_sin, log

__all__ = ["draw", "stream"]

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_M2 = np.uint64(0xD256D193)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_MASK = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_UNIT = 2.0**-32

_streams: dict[str, int] = {}


def stream(name: str) -> np.uint64:
    """Declare a random stream, once.

    Parameters
    ----------
    name : str
        One name for each decision that is drawn.

    Returns
    -------
    numpy.uint64
        The stream's number: the first 32 bits of the SHA-256 digest of its name, so that adding a
        stream changes no other.

    Raises
    ------
    ValueError
        If the name, or its number, is taken: two decisions would share their luck.
    """
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little")
    if name in _streams or number in _streams.values():
        raise ValueError(f"random stream '{name}' is declared twice")
    _streams[name] = number
    return np.uint64(number)


def streams() -> dict[str, int]:
    """Every declared stream and its number, in order of declaration."""
    return dict(_streams)


@compiled
def philox4x32(c0, c1, c2, c3, k0, k1):
    """Philox4x32-10: four 32-bit words for a 128-bit counter and a 64-bit key."""
    for _ in range(10):
        product0 = _M0 * c0
        product1 = _M1 * c2
        c0, c1, c2, c3 = (
            (product1 >> _SHIFT) ^ c1 ^ k0,
            product1 & _MASK,
            (product0 >> _SHIFT) ^ c3 ^ k1,
            product0 & _MASK,
        )
        k0 = (k0 + _W0) & _MASK
        k1 = (k1 + _W1) & _MASK
    return c0, c1, c2, c3


@compiled
def philox2x32(c0, c1, k0):
    """Philox2x32-7: two 32-bit words for a 64-bit counter and a 32-bit key."""
    for _ in range(7):
        product = _M2 * c0
        c0, c1 = (product >> _SHIFT) ^ k0 ^ c1, product & _MASK
        k0 = (k0 + _W0) & _MASK
    return c0, c1


@compiled
def draw(seed, stream_number, entity, occasion):
    """Four uniform numbers for one occasion.

    Parameters
    ----------
    seed : uint64
        Seed of the run.
    stream_number : uint64
        Number of the stream (`stream`).
    entity : int
        Row of the member, number of the group: 0 .. 2**32 - 1.
    occasion : int
        Which time this entity draws from this stream: -2**63 .. 2**63 - 1, for a day may lie
        before day 0.

    Returns
    -------
    tuple of four float
        Each in the open interval (0, 1), on a grid of 2**-32.
    """
    s = np.uint64(seed)
    o = np.uint64(np.int64(occasion))
    words = philox4x32(
        np.uint64(entity) & _MASK, o & _MASK, o >> _SHIFT, stream_number, s & _MASK, s >> _SHIFT
    )
    return (
        (np.float64(words[0]) + 0.5) * _UNIT,
        (np.float64(words[1]) + 0.5) * _UNIT,
        (np.float64(words[2]) + 0.5) * _UNIT,
        (np.float64(words[3]) + 0.5) * _UNIT,
    )


@compiled
def exponential(seed, stream_number, entity, occasion):
    """One draw from the exponential distribution with mean 1."""
    return -log(draw(seed, stream_number, entity, occasion)[0])


@compiled
def normals(u0, u1):
    """Two independent standard normal numbers from two uniform ones (Box & Muller 1958)."""
    radius = math.sqrt(-2.0 * log(u0))
    cosine, sine = cos_sin(u1)
    return radius * cosine, radius * sine


@compiled
def _fill(seed, stream_number, occasion, columns):
    for row in range(columns.shape[1]):
        u = draw(seed, stream_number, row, occasion)
        for k in range(4):
            columns[k, row] = u[k]


def uniforms(seed: int, stream_number: np.uint64, n: int, occasion: int = 0) -> np.ndarray:
    """Four uniform columns for rows 0 .. n-1, the same numbers as `draw` row by row.

    Parameters
    ----------
    seed : int
        Seed of the run, 0 .. 2**64 - 1.
    stream_number : numpy.uint64
        Number of the stream (`stream`).
    n : int
        Number of rows.
    occasion : int
        Which time these rows draw from this stream.

    Returns
    -------
    numpy.ndarray
        float64, shape (4, n), in (0, 1).
    """
    columns = np.empty((4, n))
    _fill(np.uint64(seed), stream_number, occasion, columns)
    return columns
