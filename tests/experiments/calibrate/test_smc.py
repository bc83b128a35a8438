"""The sampler alone, on models with a known posterior; its coverage check; weighted quantiles."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from shequn.experiments.calibrate.coverage import (
    binomial_interval,
    coverage,
    prior_weights,
    truth_ranks,
)
from shequn.experiments.calibrate.distances import Facts, effective_number, weighted_quantiles
from shequn.experiments.calibrate.smc import Round, Sampling, sample
from shequn.experiments.designs.ranges import Range

SIGMA = 0.5
NAN = math.nan


def normal(seed: int, n: int) -> np.ndarray:
    return np.random.Generator(np.random.Philox(key=seed)).standard_normal(n)


def gaussian(values: np.ndarray, seed: int) -> np.ndarray:
    return values[:1] + SIGMA * normal(seed, 1)


def run(simulate: Callable, ranges: list[Range], observed: list[float], **more: object) -> Round:
    rounds, stopped = sample(Sampling(simulate, ranges, Facts.of(observed), **more))  # type: ignore[arg-type]
    assert stopped == ""
    return rounds[-1]


class TestSampler:
    def test_a_normal_mean_is_recovered(self) -> None:
        """Known posterior: normal around 1 with SD 0.5, times what the tolerance h adds.

        Accepting within h of the observed value adds less than h^2 / 3 to the variance. The mean of
        n effective samples is off by SD / sqrt(n), the SD by SD / sqrt(2 n): 4 of these allowed.
        """
        last = run(gaussian, [Range(-10.0, 10.0)], [1.0], particles=200, rounds=5)
        values = Range(-10.0, 10.0).values(last.positions[:, 0])
        assert last.scale is not None
        h = math.sqrt(math.expm1(last.tolerance**2)) * last.scale[0]
        most = math.sqrt(SIGMA**2 + h**2 / 3.0)
        n = effective_number(last.weights)
        mean = last.weights @ values
        sd = math.sqrt(last.weights @ (values - mean) ** 2)
        assert h < SIGMA
        assert abs(mean - 1.0) < 4.0 * most / math.sqrt(n)
        assert SIGMA * (1.0 - 4.0 / math.sqrt(2 * n)) < sd < most * (1.0 + 4.0 / math.sqrt(2 * n))

    def test_the_number_of_workers_changes_no_bit(self) -> None:
        found = [
            run(gaussian, [Range(-5.0, 5.0)], [1.0], particles=30, rounds=3, workers=workers)
            for workers in (1, 2, 5)
        ]
        for other in found[1:]:
            assert other.positions.tobytes() == found[0].positions.tobytes()
            assert other.weights.tobytes() == found[0].weights.tobytes()
            assert other.tolerance == found[0].tolerance
            assert [e.seed for e in other.evaluations] == [e.seed for e in found[0].evaluations]

    def test_proposals_outside_the_prior_are_not_simulated(self) -> None:
        seen = []

        def simulate(values: np.ndarray, seed: int) -> np.ndarray:
            seen.append(values[0])
            return values[:1]

        last = run(simulate, [Range(2.0, 3.0)], [2.0], particles=30, rounds=3)
        assert 2.0 <= min(seen) <= max(seen) <= 3.0
        assert last.attempts > len(last.evaluations)  # near the bound, some were left out

    def test_seeds_and_rounds_have_draws_of_their_own(self) -> None:
        one = run(gaussian, [Range(0.0, 1.0)], [0.5], particles=10, rounds=2, seed=1)
        two = run(gaussian, [Range(0.0, 1.0)], [0.5], particles=10, rounds=2, seed=2)
        seeds = {e.seed for found in (one, two) for e in found.evaluations}
        assert len(seeds) == len(one.evaluations) + len(two.evaluations)

    def test_a_summary_without_a_value_is_infinitely_far_unless_it_is_not_observed(self) -> None:
        facts = Facts.of([1.0, NAN])
        simulated = np.array([[1.0, 5.0], [NAN, 5.0], [2.0, NAN]])
        found = facts.distances(simulated, np.ones(2))
        assert found.tolist() == [0.0, math.inf, math.sqrt(math.log(2.0))]

    def test_what_never_changes_is_left_out_unless_its_error_is_known(self) -> None:
        simulated = np.array([[1.0, 5.0, 0.0], [3.0, 5.0, 0.0], [2.0, 5.0, 9.0], [2.0, 5.0, 0.0]])
        scale = Facts.of([0.0, 0.0, 0.0], [3.0, 0.0, 0.0]).scale(simulated)
        assert scale[0] == pytest.approx(math.hypot(3.0, 1.4826 * 0.5))
        assert scale[1] == 0.0
        assert scale[2] == pytest.approx(np.std([0.0, 0.0, 9.0, 0.0]))  # more than half are equal
        far = Facts.of([0.0, 4.0, 0.0]).distances(simulated, np.array([1.0, 0.0, 1.0]))
        assert np.isfinite(far).all()

    def test_a_fact_out_of_reach_does_not_hide_the_others(self) -> None:
        def simulate(values: np.ndarray, seed: int) -> np.ndarray:
            noise = normal(seed, 2)
            return np.array([values[0] + 0.05 * noise[0], noise[1]])

        last = run(simulate, [Range(0.0, 1.0)], [0.5, 30.0], particles=60, rounds=4)
        low, high = weighted_quantiles(last.positions[:, 0], last.weights, (0.025, 0.975))
        assert 0.2 < low < 0.5 < high < 0.8

    def test_a_prior_without_any_defined_run_is_given_up_early(self) -> None:
        def nothing(values: np.ndarray, seed: int) -> np.ndarray:
            return np.array([NAN, 1.0])

        facts = Facts.of([1.0, 1.0])
        s = Sampling(nothing, [Range(0.0, 1.0)], facts, 10, 3, names=["mute", "told"])
        rounds, stopped = sample(s)
        assert rounds == []
        assert stopped.endswith("10 runs gave 0 particles; most runs do not tell mute")

    def test_whole_numbers_and_logarithms(self) -> None:
        units = np.array([0.0, 0.2, 0.5, 0.99, 1.0])
        assert Range(1.0, 3.0, whole=True).values(units).tolist() == [1, 1, 2, 3, 3]
        assert Range(1.0, 100.0, log=True).values(units)[2] == 10.0
        counts = np.bincount(Range(0.0, 4.0, whole=True).values(np.arange(1000) / 1000).astype(int))
        assert counts.tolist() == [200] * 5


class TestCoverage:
    def test_of_a_normal_mean(self) -> None:
        """Intervals of a right posterior hold the truth as often as they say, or a little more.

        The tolerance makes them too wide by less than sqrt(1 + h^2 / (3 sigma^2)); the binomial
        interval of the reached share must reach from the nominal one to that.
        """
        from scipy import stats

        ranges, facts = [Range(-3.0, 3.0)], Facts.of([0.5])
        rounds, _ = sample(Sampling(gaussian, ranges, facts, particles=100, rounds=4))
        table = coverage(rounds, facts, ["mean"])
        assert rounds[-1].scale is not None
        h = math.sqrt(math.expm1(rounds[-1].tolerance ** 2)) * rounds[-1].scale[0]
        wide = math.sqrt(1.0 + h**2 / (3.0 * SIGMA**2))
        for row in table.to_dict("records"):
            widest = 1.0 - 2.0 * stats.norm.sf(stats.norm.ppf(0.5 + row["nominal"] / 2) * wide)
            low, high = binomial_interval(row["reached"], row["n"], 1.0 - 6e-5)
            assert low <= widest
            assert high >= row["nominal"]

    def test_a_posterior_without_facts_is_the_prior(self) -> None:
        def deaf(values: np.ndarray, seed: int) -> np.ndarray:
            return normal(seed, 1)

        facts = Facts.of([0.0])
        rounds, _ = sample(Sampling(deaf, [Range(0.0, 1.0)], facts, particles=200, rounds=1))
        ranks, weights = truth_ranks(rounds, facts)
        assert weights @ ranks[:, 0] == pytest.approx(0.5, abs=4.0 / math.sqrt(12 * 200))

    def test_all_rounds_together_are_a_sample_of_the_prior(self) -> None:
        facts = Facts.of([0.8])
        s = Sampling(gaussian, [Range(0.0, 1.0)], facts, particles=100, rounds=3)
        rounds, _ = sample(s)
        positions = np.array([e.position for done in rounds for e in done.evaluations])
        weights = prior_weights(rounds, positions)
        n = effective_number(weights)
        mean = weights @ positions[:, 0] / weights.sum()
        assert mean == pytest.approx(0.5, abs=4.0 / math.sqrt(12 * n))
        # Number of proposals times the mean density of the prior in their mixture is 1.
        assert weights.sum() == pytest.approx(1.0, abs=0.1)

    def test_binomial_interval(self) -> None:
        assert binomial_interval(0.0, 10) == (0.0, pytest.approx(1 - 0.025 ** (1 / 10)))
        assert binomial_interval(1.0, 10) == (pytest.approx(0.025 ** (1 / 10)), 1.0)


def test_weighted_quantiles() -> None:
    values = np.array([3.0, 1.0, 2.0, NAN])
    found = weighted_quantiles(values, np.ones(4), (0.5, 1 / 3, 0.0))
    assert found.tolist() == pytest.approx([2.0, 1.5, 1.0])
    heavy = weighted_quantiles(values, np.array([1.0, 1.0, 1e9, 1.0]), (0.1, 0.5, 0.9))
    assert heavy == pytest.approx(2.0, abs=0.81)
    assert np.isnan(weighted_quantiles(np.array([NAN]), np.ones(1), (0.5,))).all()
