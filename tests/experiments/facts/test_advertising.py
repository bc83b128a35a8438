"""Attitude by promotions read: the peak of tables with a known answer, and of the scenario."""

import numpy as np
import pandas as pd
import pytest

import shequn as sq
from shequn.experiments.facts import Records, exposures_at_peak
from shequn.experiments.facts.simulated_records import records


def survey(exposures: np.ndarray, attitude: np.ndarray) -> Records:
    table = pd.DataFrame(
        {
            "community": 0,
            "person": np.arange(len(exposures)),
            "exposures": exposures,
            "attitude": attitude,
        }
    )
    return Records(days=1.0, exposures=table)


READ = np.tile(np.arange(25), 40)
NOISE = np.random.Generator(np.random.Philox(key=5)).normal(0.0, 0.05, READ.size)


@pytest.mark.parametrize("top", [7, 10, 16])
def test_the_top_of_a_parabola_is_found(top):
    found = exposures_at_peak(survey(READ, 0.5 - ((READ - top) / 20.0) ** 2))
    assert (found.value, found.n) == (top, READ.size)
    noisy = exposures_at_peak(survey(READ, 0.5 - ((READ - top) / 20.0) ** 2 + NOISE))
    assert noisy.low <= top <= noisy.high
    assert noisy.high - noisy.low <= 3.0


def test_a_lopsided_curve_does_not_move_its_peak():
    """Steep up, slow down: a parabola through all of it would lie too high."""
    attitude = np.where(READ <= 8, READ / 8.0, 1.0 - (READ - 8) / 60.0)
    assert exposures_at_peak(survey(READ, attitude)).value == pytest.approx(8.0, abs=2.0)


@pytest.mark.parametrize("slope", [-0.02, 0.0, 0.02])
def test_what_only_rises_or_falls_has_no_peak(slope):
    assert np.isnan(exposures_at_peak(survey(READ, slope * READ)).value)


def test_without_a_survey_there_is_no_peak():
    assert np.isnan(exposures_at_peak(Records(days=1.0)).value)
    assert np.isnan(exposures_at_peak(survey(np.array([3]), np.array([0.5]))).value)


@pytest.mark.jit
class TestAdvertised:
    """The number at the peak is no parameter: it moves with rates, spacing and forgetting."""

    @staticmethod
    def peak(**values: float) -> float:
        changes = {name.replace("__", "."): value for name, value in values.items()}
        scenario = sq.Scenario.load("advertised").with_values(changes)
        return exposures_at_peak(records(scenario, seed=1)).value

    def test_one_factor_alone_has_no_peak(self):
        assert np.isnan(self.peak(feel__exposure_tedium=0.0))
        assert np.isnan(self.peak(feel__exposure_warmth=0.0))

    def test_spaced_promotions_are_best_at_a_higher_number(self):
        in_a_week = self.peak(run__days=7, policy__promos_per_day=4.0)
        in_a_month = self.peak(run__days=28, policy__promos_per_day=1.0)
        assert in_a_week < self.peak() < in_a_month

    def test_who_forgets_sooner_can_be_shown_more(self):
        assert self.peak(feel__awareness_half_life=28.0) < self.peak()

    def test_everyone_is_surveyed(self):
        noted = records(sq.Scenario.load("advertised").with_values({"run.days": 3}), seed=2)
        survey = noted.exposures
        assert len(survey) == 2000
        assert survey["exposures"].between(0, 6).all()
        assert survey["exposures"].nunique() > 4
        assert (survey["attitude"][survey["exposures"] == 0] == 0.0).all()
        assert (survey["attitude"][survey["exposures"] == 3] > 0.1).all()
