"""Adoption on a network: exposures by hand, fits to simulated truth, and the physicians."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from shequn.agents.errors import ShequnError
from shequn.experiments.facts.networks import exposures, fit_peers, history
from shequn.experiments.validate.physicians import (
    MONTHS,
    Physicians,
    observed_curve,
    peer_curves,
    peer_influence,
    physicians,
    simulate_peers,
)

# 0 named 1 and 2, 1 named 2, 3 named 2; 1 adopts in period 0, 2 in period 1, 0 in 2, 3 never.
EDGES = np.array([(0, 1), (0, 2), (1, 2), (3, 2)])
PERIOD = np.array([2, 0, 1, 9])


@pytest.mark.parametrize(
    ("kind", "of_0", "of_3"),
    [
        ("share", [0, 0.5, 1.0], [0, 0, 1.0]),
        ("number", [0, 1, 2], [0, 0, 1]),
        ("effort", [0, 1, 4 / 3], [0, 0, 1 / 3]),  # three people listen to 2, one to 1
    ],
)
def test_exposures(kind, of_0, of_3):
    x = exposures(EDGES, PERIOD, 3, kind)
    assert x[0] == pytest.approx(of_0)
    assert x[3] == pytest.approx(of_3)
    assert not x[2].any()  # who named nobody is exposed to nobody


def test_unknown_words_are_refused():
    with pytest.raises(ShequnError, match="share, number, effort"):
        exposures(EDGES, PERIOD, 3, "loudness")  # type: ignore[arg-type]
    at_risk = history(exposures(EDGES, PERIOD, 3), PERIOD, np.zeros(4, dtype=int))
    with pytest.raises(ShequnError, match="constant, trend"):
        fit_peers(at_risk, "weekly")  # type: ignore[arg-type]
    never = np.full(4, 9)
    with pytest.raises(ShequnError, match="nobody adopts"):
        fit_peers(history(exposures(EDGES, never, 3), never, np.zeros(4, dtype=int)))


def test_history_ends_with_adoption():
    at_risk = history(exposures(EDGES, PERIOD, 3), PERIOD, np.array([0, 0, 1, 1]))
    assert list(np.bincount(at_risk.person)) == [3, 1, 2, 3]
    assert list(at_risk.person[at_risk.adopted]) == [0, 1, 2]
    alone = at_risk.of_people(np.array([False, False, True, True]))
    assert set(alone.person) == {2, 3} and set(alone.city) == {1}


def test_without_peers_the_hazard_has_a_closed_form():
    # Three adoptions in nine periods at risk: 1 - e^-b = 1/3, log likelihood 3 ln 1/3 + 6 ln 2/3.
    at_risk = history(exposures(EDGES, PERIOD, 3), PERIOD, np.zeros(4, dtype=int))
    fit = fit_peers(at_risk)
    assert fit.baseline_alone[0] == pytest.approx(-math.log(2 / 3), rel=1e-9)
    closed = 3 * math.log(1 / 3) + 6 * math.log(2 / 3)
    assert fit.log_likelihood_alone == pytest.approx(closed, rel=1e-9)


def adoption(edges, n_people, p, q, n_periods, generator):
    """Period of adoption of each person, by the definition of the model."""
    period = np.full(n_people, n_periods)
    weight = 1.0 / np.bincount(edges[:, 1], minlength=n_people)[edges[:, 1]]
    for now in range(n_periods):
        heard = weight * (period[edges[:, 1]] < now)
        x = np.bincount(edges[:, 0], weights=heard, minlength=n_people)
        adopts = (period == n_periods) & (generator.random(n_people) < -np.expm1(-(p + q * x)))
        period[adopts] = now
    return period


def ring(n_people):
    """Everybody names the next two persons."""
    return np.array([(i, (i + step) % n_people) for i in range(n_people) for step in (1, 2)])


def test_the_fit_finds_what_the_data_were_made_with():
    # One interval of 95 % each for q present and q absent; seeds fixed.
    edges, n = ring(600), 600
    generator = np.random.Generator(np.random.Philox(key=3))
    for q in (0.3, 0.0):
        period = adoption(edges, n, 0.03, q, 15, generator)
        at_risk = history(exposures(edges, period, 15, "effort"), period, np.arange(n) % 2)
        fit = fit_peers(at_risk)
        assert fit.low <= q <= fit.high
        assert (fit.p_value < 1e-6) == (q > 0.0)
        assert fit.baseline[0] == pytest.approx(0.03, abs=0.012)
        # Nested baselines: each finer one fits no worse.
        ladder = [fit_peers(at_risk, b, interval=False) for b in ("period", "city_period")]
        values = [fit.log_likelihood, *(finer.log_likelihood for finer in ladder)]
        assert values == sorted(values)


def test_the_maximum_is_that_of_a_general_search():
    edges, generator = ring(60), np.random.Generator(np.random.Philox(key=4))
    period = adoption(edges, 60, 0.05, 0.2, 10, generator)
    at_risk = history(exposures(edges, period, 10), period, np.zeros(60, dtype=int))

    def cost(values):
        b, q, growth = np.exp(values[0]), np.exp(values[1]), values[2]
        hazard = b * np.exp(growth * at_risk.period) + q * at_risk.exposure
        chance = np.where(at_risk.adopted, np.log(-np.expm1(-hazard)), -hazard)
        return -chance.sum()

    found = minimize(cost, [-3.0, -2.0, 0.0], method="Nelder-Mead", options={"maxiter": 4000})
    fit = fit_peers(at_risk, "trend")
    assert fit.log_likelihood == pytest.approx(-found.fun, abs=1e-4)
    assert fit.q == pytest.approx(math.exp(found.x[1]), rel=0.02)


def test_the_data():
    data = physicians()
    assert (len(data.city), len(data.edges)) == (125, 294)
    assert list(np.bincount(data.city)) == [62, 24, 21, 18]
    assert observed_curve(data)[-1] == 109  # 0.872 of 125
    assert (data.city[data.edges[:, 0]] == data.city[data.edges[:, 1]]).all()
    assert len(data.exposed_to("either")) > len(data.exposed_to("named"))


@pytest.fixture(scope="module")
def influence():
    return peer_influence(n_resamples=40)


def test_peers_are_hard_to_tell_from_none_among_the_physicians(influence):
    """With one hazard for all months peers seem to matter a little; with one for each, no more."""
    fits = influence.fits.set_index(["exposure", "direction", "baseline"]).sort_index()
    assert len(fits) == 24
    share = fits.loc[("share", "named", "constant")]
    assert share["q"] == pytest.approx(0.0190, abs=2e-4)
    assert (share["low"], share["high"]) == pytest.approx((0.0, 0.0745), abs=5e-4)
    assert share["likelihood_ratio"] == pytest.approx(0.494, abs=2e-3)
    assert share["aic_gain"] < 0.0
    effort = fits.loc[("effort", "named"), "likelihood_ratio"]
    effort = effort[["constant", "trend", "period", "city_period"]]
    assert effort["constant"] == pytest.approx(3.856, abs=5e-3)
    assert list(effort) == sorted(effort, reverse=True)
    fine = fits.xs("city_period", level="baseline")
    assert (fine["likelihood_ratio"] < 0.01).all() and (fine["q"] < 1e-3).all()
    alone = influence.fits["log_likelihood"] - influence.fits["likelihood_ratio"] / 2.0
    assert influence.fits["log_likelihood_alone"].to_numpy() == pytest.approx(alone.to_numpy())
    assert influence.fits["outside_alone"].iloc[0] == influence.without_peers
    assert (influence.fits["low"] <= influence.fits["q"]).all()
    assert (influence.fits["q"] <= influence.fits["high"]).all()


def test_towns_resamples_and_text(influence):
    assert list(influence.towns["physicians"]) == [62, 24, 21, 18]
    assert (influence.towns["p_value"] > 0.05).all()
    resampled = influence.resampled.set_index("exposure")
    assert (resampled["low"] <= resampled["q"]).all()
    assert "likelihood_ratio" in str(influence)


def adoption_by_turns(edges, n_people, p, q, n_periods, generator):
    """The same, but who adopted asks its listeners in turn, Poisson(q) of them a period."""
    listeners = [edges[edges[:, 1] == person, 0] for person in range(n_people)]
    turn = [int(generator.integers(max(1, len(who)))) for who in listeners]
    period = np.full(n_people, n_periods)
    for now in range(n_periods):
        adopts = generator.random(n_people) < -np.expm1(-p)
        for source in np.flatnonzero(period < now):
            who = listeners[source]
            for _ in range(int(generator.poisson(q)) if len(who) else 0):
                adopts[who[turn[source] % len(who)]] = True
                turn[source] += 1
        period[adopts & (period == n_periods)] = now
    return period


@pytest.mark.jit
@pytest.mark.parametrize(
    ("p", "q", "reference"), [(0.1028, 0.0628, adoption), (0.05, 0.3, adoption_by_turns)]
)
def test_the_simulation_is_the_model_that_was_fitted(p, q, reference):
    """The package's own parameters give the curve of the fitted model.

    Reference: 300 runs by the definition of the hazard; for a q at which turns matter, with turns.
    Error: both means' standard errors. Bias: an invitation waits for the next session, 1/48 of a
    month, which moves the part of the curve that is due to peers by as much: below 0.2 physicians.
    """
    data, runs = physicians(), 40
    generator = np.random.Generator(np.random.Philox(key=9))
    made = [reference(data.edges, 125, p, q, MONTHS, generator) for _ in range(300)]
    expected = np.array([[(run < month).sum() for month in (6, 12, 17)] for run in made])
    simulated = simulate_peers(p, q, data, runs=runs)[:, [6, 12, 17]]
    error = np.sqrt(simulated.var(axis=0) / runs + expected.var(axis=0) / len(made))
    off = np.abs(simulated.mean(axis=0) - expected.mean(axis=0))
    assert (off < 3.0 * error + 0.2).all(), (off, error)


@pytest.mark.jit
def test_curves(influence):
    curves = peer_curves(influence, runs=10)
    assert list(curves["month"]) == list(range(18))
    assert curves["observed"].iloc[-1] == 109
    for name in ("with_peers", "without_peers"):
        assert (curves[f"{name}_low"] <= curves[name]).all()
        assert (np.diff(curves[name]) >= 0.0).all()


def test_other_data_can_be_given():
    data = Physicians(np.zeros(60, dtype=int), np.arange(60) % 20, ring(60))
    found = peer_influence(data, n_resamples=0)
    assert len(found.towns) == 1 and math.isnan(found.resampled["low"].iloc[0])
