"""Verdicts of ``shequn expect`` err as rarely as they say. Run by ``make verify``."""

import numpy as np
import pytest

from shequn.experiments.expect.trials import ERROR, judge, lower_bound

TRIALS = 2000
RUNS = 400
# An error rate of 5 % would be seen above this with probability below 2e-4.
HIGHEST = ERROR + 4.0 * np.sqrt(ERROR * (1.0 - ERROR) / TRIALS)


def verdicts(true, demanded, runs=RUNS):
    """Shares of ``pass`` and ``fail`` when a run is satisfied with a known probability."""
    generator = np.random.default_rng(1)
    found = [judge(generator.random(runs) < true, demanded).verdict for _ in range(TRIALS)]
    return found.count("pass") / TRIALS, found.count("fail") / TRIALS


@pytest.mark.parametrize("demanded", [0.1, 0.5, 0.8, 0.95, 0.99])
def test_a_probability_at_the_border_seldom_gets_either_verdict(demanded):
    """The worst case of both errors, looked at after each of 400 runs."""
    passed, failed = verdicts(demanded, demanded)
    assert passed <= HIGHEST
    assert failed <= HIGHEST
    assert passed + failed > 0.002  # the bound is not kept by never deciding


@pytest.mark.parametrize("demanded", [0.5, 0.9])
def test_away_from_the_border_errors_are_rarer_still(demanded):
    """0.03 off: below 2 %; at 5 % each count would be this low with probability below 1e-9."""
    assert verdicts(demanded - 0.03, demanded)[0] < 0.02
    assert verdicts(demanded + 0.03, demanded)[1] < 0.02


@pytest.mark.parametrize(
    ("true", "demanded", "verdict"), [(0.995, 0.95, 0), (0.8, 0.95, 1), (0.65, 0.5, 0)]
)
def test_clear_cases_are_decided_within_200_runs(true, demanded, verdict):
    """Measured 90 % and more; fewer than 85 % would be a loss of power."""
    assert verdicts(true, demanded, 200)[verdict] > 0.85


@pytest.mark.parametrize("true", [0.5, 0.9])
def test_the_lower_bound_holds_at_all_times_together(true):
    """The bound after 10, 20, 40, ... 640 runs: it exceeds the truth at any of them in 5 %."""
    generator = np.random.default_rng(1)
    trials, wrong = 1000, 0
    for _ in range(trials):
        hits = np.cumsum(generator.random(640) < true)
        wrong += any(lower_bound(int(hits[n - 1]), n) > true for n in (10 * 2**k for k in range(7)))
    assert wrong / trials <= ERROR + 4.0 * np.sqrt(ERROR * (1.0 - ERROR) / trials)
