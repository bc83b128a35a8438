"""Estimates with intervals, and the table of facts."""

import math
from importlib import resources

import numpy as np
import pytest

from shequn.agents.errors import ShequnError
from shequn.experiments import facts
from shequn.experiments.facts import (
    Records,
    no_intervals,
    of_resampled,
    over_communities,
    pooled_ratio,
    resamples,
)

FACTS = facts.facts()


def test_mean_over_communities():
    mean = over_communities([0.0, 1.0, np.nan], n_resamples=4000)
    # Resamples of two communities have mean 0, 0.5 or 1 with probability 1/4, 1/2, 1/4.
    assert (mean.value, mean.low, mean.high, mean.n) == (0.5, 0.0, 1.0, 2)


def test_median_over_communities():
    median = over_communities([1.0, 2.0, 9.0], "median")
    assert (median.value, median.low, median.high, median.n) == (2.0, 1.0, 9.0, 3)


@pytest.mark.parametrize(("values", "value", "n"), [([0.3], 0.3, 1), ([], math.nan, 0)])
def test_one_community_has_no_interval(values, value, n):
    estimate = over_communities(values)
    assert estimate.value == pytest.approx(value, nan_ok=True)
    assert math.isnan(estimate.low) and math.isnan(estimate.high) and estimate.n == n


def test_pooled_ratio_weighs_by_denominator():
    ratio = pooled_ratio([1, 0, np.nan], [1, 3, 5], n_resamples=4000)
    assert (ratio.value, ratio.low, ratio.high, ratio.n) == (0.25, 0.0, 1.0, 2)
    assert math.isnan(pooled_ratio([0, 0], [0, 0]).value)


def test_an_infinite_value_stays_infinite():
    estimate = over_communities([1.0, math.inf])
    assert (estimate.value, estimate.low, estimate.n) == (math.inf, 1.0, 2)


def test_a_resample_without_a_case_is_left_out():
    ratio = pooled_ratio([2, 0], [4, 0])
    assert (ratio.value, ratio.low, ratio.high, ratio.n) == (0.5, 0.5, 0.5, 2)


def test_any_statistic_can_be_resampled():
    values = np.array([3.0, 5.0, 10.0])
    estimate = of_resampled(lambda rows: values[rows].max(), 3, seed=1)
    assert (estimate.value, estimate.low, estimate.high, estimate.n) == (10.0, 3.0, 10.0, 3)
    mean = of_resampled(lambda rows: values[rows].mean(), 3, seed=1)
    assert mean == over_communities(values, seed=1)
    assert of_resampled(lambda rows: 1.0, 0).n == 0


def test_the_interval_of_a_mean_is_as_wide_as_theory_says():
    # Percentile bootstrap of 400 normal values: mean -+ 1.96 sd / 20, within the error of its ends.
    values = np.random.Generator(np.random.Philox(key=2)).normal(size=400)
    estimate = over_communities(values)
    half = 1.96 * values.std() / 20
    assert estimate.high - estimate.value == pytest.approx(half, rel=0.1)
    assert estimate.value - estimate.low == pytest.approx(half, rel=0.1)


def test_intervals_repeat_with_their_seed():
    values = np.random.Generator(np.random.Philox(key=2)).normal(size=40)
    assert over_communities(values, seed=3) == over_communities(values, seed=3)
    assert over_communities(values, seed=3).low != over_communities(values, seed=4).low


def test_no_intervals_draws_nothing_and_ends_with_its_block():
    values = [1.0, 2.0, 4.0]
    full = over_communities(values)
    with no_intervals():
        bare = over_communities(values)
        with resamples(10):
            some = over_communities(values)
        assert math.isnan(over_communities(values).high)
    assert bare.value == full.value and math.isnan(bare.low) and bare.n == 3
    assert some.low != full.low or some.high != full.high
    assert over_communities(values) == full


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: over_communities([1.0], "mode"), "'mode' is neither mean nor median"),  # type: ignore
        (lambda: pooled_ratio([1.0], [1.0, 2.0]), "1.* numerators for .*2"),
        (lambda: resamples(-1).__enter__(), "-1 is less than 0"),
        (lambda: facts.fact("C2_ginny"), "the nearest is 'C2_gini'"),
        (
            lambda: facts.measure("ad_dose_conversion_ad", Records(days=1.0)),
            "nothing measures ad_dose_conversion_ad: no scenario",
        ),
    ],
)
def test_bad_calls_are_refused(call, message):
    with pytest.raises(ShequnError, match=message):
        call()


def test_every_fact_has_one_row():
    names = [fact.id for fact in FACTS]
    assert len(names) == len(set(names))
    assert {fact.scenario for fact in FACTS} >= {"", "interest-forum", "study-room"}
    assert facts.facts("study-room") == [fact for fact in FACTS if fact.scenario == "study-room"]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.id)
def test_rows_are_whole(fact):
    assert fact.title and fact.unit and fact.source
    assert not fact.value < fact.low and not fact.value > fact.high
    assert math.isnan(fact.low) == math.isnan(fact.high)
    assert math.isnan(fact.accept_low) == math.isnan(fact.accept_high)
    assert not fact.accept_low >= fact.accept_high
    assert not (fact.value < fact.accept_low or fact.value > fact.accept_high)
    if fact.scenario:
        assert fact.measure is not None
    else:
        assert fact.measure is None and fact.note.startswith("no scenario: ")


def test_data_files_are_small_described_and_packed():
    folder = resources.files("shequn").joinpath("data")
    readme = folder.joinpath("README.md").read_text(encoding="utf-8")
    for path in folder.iterdir():
        if path.name == "README.md":
            continue
        assert f"`{path.name}`" in readme, path.name
        assert len(path.read_bytes()) < 2 * 2**20, path.name
