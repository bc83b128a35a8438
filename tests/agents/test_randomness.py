"""The generators against their published vectors, and draws against what they promise.

The vectors are those of Random123 (``kat_vectors``), the authors' own implementation.
Statistical checks use one fixed seed; the stated false-alarm probability is that of a generator
without fault for a seed picked at random.
"""

import hashlib
import itertools

import numpy as np
import pytest
from scipy import stats

from shequn.agents import randomness
from shequn.agents.randomness import (
    draw,
    exponential,
    normals,
    philox2x32,
    philox4x32,
    stream,
    streams,
    uniforms,
)


def words(*hexadecimal: str) -> tuple[np.uint64, ...]:
    return tuple(np.uint64(int(word, 16)) for text in hexadecimal for word in text.split())


@pytest.mark.parametrize(
    ("counter_and_key", "expected"),
    [
        ("0 0 0 0 0 0", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ("ffffffff " * 6, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            "243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0",
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_philox4x32_gives_the_published_vectors(counter_and_key, expected):
    assert tuple(philox4x32(*words(counter_and_key))) == words(expected)


@pytest.mark.parametrize(
    ("counter_and_key", "expected"),
    [
        ("0 0 0", "257a3673 cd26be2a"),
        ("ffffffff " * 3, "ab302c4d 3dc9d239"),
        ("243f6a88 85a308d3 13198a2e", "bedbbe6b e4c770b3"),
    ],
)
def test_philox2x32_gives_the_published_vectors(counter_and_key, expected):
    assert tuple(philox2x32(*words(counter_and_key))) == words(expected)


def test_a_draw_is_the_generator_on_entity_occasion_stream_and_seed():
    seed, entity, occasion = 0x0123456789ABCDEF, 77, (5 << 32) + 9
    number = stream("test.layout")
    expected = philox4x32(*words("4d 9 5"), number, np.uint64(0x89ABCDEF), np.uint64(0x01234567))
    assert draw(np.uint64(seed), number, entity, occasion) == tuple(
        (float(word) + 0.5) / 2**32 for word in expected
    )


def test_a_stream_name_is_declared_once():
    stream("test.once")
    with pytest.raises(ValueError, match=r"'test\.once' is declared twice"):
        stream("test.once")


def test_a_stream_whose_number_is_taken_is_refused(monkeypatch):
    number = int(stream("test.number"))
    monkeypatch.setattr(randomness, "_streams", {"another name": number})
    with pytest.raises(ValueError, match="declared twice"):
        stream("test.number")


def test_the_number_of_a_stream_depends_on_its_name_alone():
    digest = hashlib.sha256(b"test.name").digest()
    assert int(stream("test.name")) == sum(digest[k] << (8 * k) for k in range(4))
    assert len(set(streams().values())) == len(streams())


def test_uniforms_are_the_draws_row_by_row():
    number = stream("test.rows")
    columns = uniforms(2**64 - 1, number, 5, occasion=3)
    rows = [draw(np.uint64(2**64 - 1), number, row, 3) for row in range(5)]
    assert columns.T.tolist() == [list(row) for row in rows]


def test_no_rows_give_no_numbers():
    assert uniforms(1, stream("test.none"), 0).shape == (4, 0)


def test_numbers_are_uniform():
    """Chi-squared over 64 bins, one test for each of the four lanes: false alarm 4e-6."""
    columns = uniforms(11, stream("test.uniform"), 20_000)
    for lane in columns:
        counts = np.bincount((lane * 64).astype(int), minlength=64)
        assert stats.chisquare(counts).pvalue > 1e-6


def test_draws_of_different_keys_are_independent():
    """Pairs of draws that differ in one part of the key fill a 16 x 16 grid evenly.

    Chi-squared for every pair of the 9 columns (4 lanes; next occasion, entity, stream, seed; an
    occasion beyond 32 bits): 36 tests at 1e-6 each, false alarm 4e-5.
    """
    number, other = stream("test.independent"), stream("test.independent.too")
    n = 10_000
    base = uniforms(5, number, n + 1)
    columns = [
        *base[:, :n],
        uniforms(5, number, n, occasion=1)[0],
        base[0, 1:],
        uniforms(5, other, n)[0],
        uniforms(6, number, n)[0],
        uniforms(5, number, n, occasion=2**32)[0],
    ]
    for a, b in itertools.combinations(columns, 2):
        cells = (a * 16).astype(int) * 16 + (b * 16).astype(int)
        assert stats.chisquare(np.bincount(cells, minlength=256)).pvalue > 1e-6


def test_seeds_differ_in_all_64_bits():
    number = stream("test.seeds")
    seeds = [np.uint64(1) << np.uint64(bit) for bit in range(64)]
    assert len({draw(seed, number, 0, 0) for seed in seeds}) == 64


def test_exponential_numbers():
    """Kolmogorov-Smirnov against the unit exponential: false alarm 1e-6."""
    number = stream("test.exponential")
    sample = [exponential(np.uint64(1), number, row, 0) for row in range(3000)]
    assert stats.kstest(sample, "expon").pvalue > 1e-6
    assert sample[7] == -np.log(draw(np.uint64(1), number, 7, 0)[0])


def test_normal_numbers():
    """Kolmogorov-Smirnov against the standard normal for both of the pair: false alarm 2e-6."""
    u = uniforms(1, stream("test.normal"), 3000)
    pairs = np.array([normals(u[0, k], u[1, k]) for k in range(3000)])
    for k in range(2):
        assert stats.kstest(pairs[:, k], "norm").pvalue > 1e-6
    assert abs(np.corrcoef(pairs.T)[0, 1]) < 5.0 / np.sqrt(3000)  # 6e-7


def test_normals_by_hand():
    # Box and Muller: radius sqrt(-2 ln u0), angle 2 pi u1.
    first, second = normals(np.exp(-2.0), 0.25)
    assert first == pytest.approx(0.0, abs=1e-15)
    assert second == pytest.approx(2.0, rel=1e-15)
