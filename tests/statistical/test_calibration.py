"""Calibration keeps its promises over many simulated truths. Run by ``make verify``."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from shequn.experiments.calibrate.coverage import LEVELS, coverage
from shequn.experiments.calibrate.distances import Facts, effective_number, weighted_quantiles
from shequn.experiments.calibrate.smc import Round, Sampling, sample
from shequn.experiments.designs.ranges import Range

TRUTHS = 80
SIGMA = 0.5
RANGE = Range(-3.0, 3.0)


def normal(seed: int, n: int) -> np.ndarray:
    return np.random.Generator(np.random.Philox(key=seed)).standard_normal(n)


def gaussian(values: np.ndarray, seed: int) -> np.ndarray:
    return values[:1] + SIGMA * normal(seed, 1)


def half_width(last: Round) -> float:
    """Greatest deviation of an accepted summary, where there is but one."""
    assert last.scale is not None
    return math.sqrt(math.expm1(last.tolerance**2)) * float(last.scale[0])


@pytest.fixture(scope="module")
def fits() -> list[tuple[float, list[Round], Facts]]:
    """A truth from the prior, and what its own summary gives, ``TRUTHS`` times."""
    found = []
    for number in range(TRUTHS):
        truth = float(RANGE.values(np.random.default_rng([5, number]).random()))
        facts = Facts.of(gaussian(np.array([truth]), 10**6 + number).tolist())
        rounds, _ = sample(Sampling(gaussian, [RANGE], facts, 60, 4, seed=number))
        found.append((truth, rounds, facts))
    return found


@pytest.mark.parametrize("level", LEVELS)
def test_intervals_hold_the_truth_as_often_as_they_say(fits, level: float) -> None:
    """Truths are drawn from the prior, so a right posterior holds them with its nominal rate.

    Accepting within h widens the posterior by at most sqrt(1 + h^2 / (3 sigma^2)), which gives the
    most that may be reached. Quantiles of 60 weighted samples are off by their own sampling error:
    it moves the rate by level x 2 / n_eff at most, in either direction. The count is binomial: 4
    standard errors (false alarm probability 6e-5 for each level).
    """
    held, widest, fuzz = 0, 0.0, 0.0
    for truth, rounds, _ in fits:
        last = rounds[-1]
        values = RANGE.values(last.positions[:, 0])
        ends = (0.5 - level / 2.0, 0.5 + level / 2.0)
        low, high = weighted_quantiles(values, last.weights, ends)
        held += low <= truth <= high
        wide = math.sqrt(1.0 + half_width(last) ** 2 / (3.0 * SIGMA**2))
        widest += 1.0 - 2.0 * stats.norm.sf(stats.norm.ppf(0.5 + level / 2.0) * wide)
        fuzz += 2.0 * level / effective_number(last.weights)
    error = 4.0 * math.sqrt(level * (1.0 - level) / TRUTHS)
    most, fuzz = widest / TRUTHS, fuzz / TRUTHS
    assert level - error - fuzz < held / TRUTHS < most + error + fuzz


def test_the_built_in_check_says_the_same(fits) -> None:
    """Its mean over many calibrations agrees with what the truths themselves show.

    Both are means over ``TRUTHS`` calibrations; within one, the pretended truths share their
    neighbours, so each calibration counts once: 4 standard errors of the paired difference, plus
    the sampling error of the quantiles in the direct count, as above.
    """
    for level in LEVELS:
        built_in, direct, fuzz = [], [], 0.0
        for truth, rounds, facts in fits:
            table = coverage(rounds, facts, ["mean"]).set_index("nominal")
            built_in.append(table.loc[level, "reached"])
            last = rounds[-1]
            values = RANGE.values(last.positions[:, 0])
            ends = (0.5 - level / 2.0, 0.5 + level / 2.0)
            low, high = weighted_quantiles(values, last.weights, ends)
            direct.append(low <= truth <= high)
            fuzz += 2.0 * level / effective_number(last.weights) / TRUTHS
        gap = np.array(built_in, dtype=float) - np.array(direct, dtype=float)
        assert abs(gap.mean()) < 4.0 * gap.std(ddof=1) / math.sqrt(TRUTHS) + fuzz


def test_two_parameters_with_a_known_posterior() -> None:
    """A linear normal model with two summaries, against its exact posterior.

    Summaries a + b and a - b with SD 0.3: the posterior of (a, b) is normal around (0.4, 0.1) with
    SD 0.3 / sqrt(2) each and no correlation. The tolerance ball of radius r in the two summaries
    adds at most r^2 / 3 to the variance of each summary. Allowed: 4 standard errors.
    """
    sd = 0.3

    def simulate(values: np.ndarray, seed: int) -> np.ndarray:
        a, b = values
        return np.array([a + b, a - b]) + sd * normal(seed, 2)

    ranges = [Range(-2.0, 2.0), Range(-2.0, 2.0)]
    facts = Facts.of([0.5, 0.3])
    rounds, _ = sample(Sampling(simulate, ranges, facts, 400, 6, seed=3))
    last = rounds[-1]
    assert last.scale is not None
    # The greatest deviation of a summary within the tolerance, the other one being met exactly.
    r = math.sqrt(math.expm1(2.0 * last.tolerance**2)) * float(last.scale.max())
    exact, most = sd / math.sqrt(2.0), math.sqrt((sd**2 + r**2 / 3.0) / 2.0)
    n = effective_number(last.weights)
    values = np.column_stack([q.values(last.positions[:, k]) for k, q in enumerate(ranges)])
    means = last.weights @ values
    spread = np.sqrt(last.weights @ (values - means) ** 2)
    for k, centre in enumerate((0.4, 0.1)):
        assert abs(means[k] - centre) < 4.0 * most / math.sqrt(n)
        assert exact * (1.0 - 4.0 / math.sqrt(2 * n)) < spread[k]
        assert spread[k] < most * (1.0 + 4.0 / math.sqrt(2 * n))
    products = last.weights @ np.prod(values - means, axis=1)
    assert abs(products / np.prod(spread)) < 4.0 / math.sqrt(n)
