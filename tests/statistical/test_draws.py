"""Every stream is uniform, and streams are independent. Run by ``make verify``."""

import numpy as np
import pytest
from scipy import stats

import shequn.model.community  # noqa: F401  declares every stream
from shequn.agents.randomness import streams, uniforms

N = 200_000
# 0.001 shared among all tests of a kind (Bonferroni).
ALARM = 1e-3


@pytest.mark.parametrize("name", sorted(streams()))
def test_a_stream_is_uniform(name):
    """Kolmogorov-Smirnov over 200,000 rows and 4 lanes; false alarm 0.001 over all streams."""
    columns = uniforms(12345, np.uint64(streams()[name]), N)
    limit = ALARM / (4 * len(streams()))
    assert all(stats.kstest(lane, "uniform").pvalue > limit for lane in columns)


def test_streams_are_uncorrelated():
    """Correlations of all pairs of streams: largest |z| within its Bonferroni limit."""
    lanes = np.array([uniforms(7, np.uint64(number), N)[0] for number in streams().values()])
    z = np.corrcoef(lanes)[np.triu_indices(len(lanes), 1)] * np.sqrt(N)
    assert np.abs(z).max() < stats.norm.isf(ALARM / (2 * len(z)))


def test_neighbours_in_row_and_occasion_are_uncorrelated():
    """Lag-1 correlations along rows and along occasions, false alarm 0.001."""
    number = np.uint64(streams()["trait.talk"])
    table = np.array([uniforms(3, number, 2000, occasion)[0] for occasion in range(100)])
    rows = np.corrcoef(table[:, :-1].ravel(), table[:, 1:].ravel())[0, 1] * np.sqrt(table.size)
    turns = np.corrcoef(table[:-1].ravel(), table[1:].ravel())[0, 1] * np.sqrt(table.size)
    assert max(abs(rows), abs(turns)) < stats.norm.isf(ALARM / 4)
