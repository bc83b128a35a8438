"""The closed forms that are shown as gauges: worked values, how they are read off, do they move."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from shequn.experiments.formulas.gauges import Claim, Limit, gauges, read_off
from shequn.experiments.formulas.limits import LIMITS
from shequn.experiments.formulas.limits_of_growth import beta_geometric_limit, exponential_limit
from shequn.experiments.formulas.limits_of_talk import (
    coverage_limit,
    dilution_limit,
    posting_limit,
)

# Values worked out by hand from the formulas, each to the digits given; times are whole days.
WORKED = {
    "A1": (0.3312, 0.4605, 0.8128),
    "A3": (0.2592, 0.3111),
    "A5": (2.0, 4.0, 0.6065),
    "A11": (126.61,),
    "A13": (math.exp(-1.0), 0.8507, 0.7469, 0.6698, 0.4889, 0.3780),
    "A15": (250.0, 500.0),
    "A18": (1.0, 0.2212),
    "A19": (0.9895, 0.9293),
    "A23": (0.6190, 0.822),
    "A25": (0.15, 10.10),
}


@pytest.fixture(scope="module")
def limits() -> list[Limit]:
    return [make() for make in LIMITS]


def test_every_closed_form_has_its_worked_values(limits: list[Limit]) -> None:
    """Whole days instead of 6.1926 years, 10 years and 69.31 days: within a third of a %."""
    found: dict[str, list[float]] = {}
    for limit in limits:
        found.setdefault(limit.id, []).extend(claim.value for claim in limit.claims)
    assert set(found) == set(WORKED)
    for name, values in WORKED.items():
        assert found[name] == pytest.approx(list(values), rel=0.0035), name


def test_biases_are_smaller_than_what_luck_allows(limits: list[Limit]) -> None:
    """Where theory gives the error: a gauge that is all bias would show nothing."""
    for limit in limits:
        for claim in limit.claims:
            if claim.spread > 0.0 and limit.title != "Adstock":
                error = claim.spread / math.sqrt(limit.replicates)
                assert abs(claim.bias) < 1.5 * error, (limit.id, claim)


LIMIT = Limit("A0", "Title", "f", {}, (), lambda scenario, seed: None)  # type: ignore[arg-type]


@pytest.mark.parametrize(("value", "inside"), [(10.0, True), (13.7, True), (13.9, False)])
def test_allowed_are_three_errors_and_the_bias(value: float, inside: bool) -> None:
    """Spread 2 over 4 rows: error 1; 3 x 1 + 0.8."""
    claim = Claim("number", 10.0, -0.8, 2.0)
    found = read_off(claim, LIMIT, np.full(4, value), np.ones(4))
    assert (found.standard_error, found.bias, found.allowed) == (1.0, 0.8, pytest.approx(3.8))
    assert found.inside is inside
    assert found.title == "Title: number"


def test_without_a_known_spread_the_error_is_that_of_a_ratio() -> None:
    """Parts of wholes 1, 2, 3 at ratio 2 with residuals -1, 2, -1: SD sqrt(3), mean whole 2."""
    parts, wholes = np.array([1.0, 6.0, 5.0]), np.array([1.0, 2.0, 3.0])
    found = read_off(Claim("number", 2.0), LIMIT, parts, wholes)
    assert found.measured == pytest.approx(2.0)
    assert found.standard_error == pytest.approx(math.sqrt(3.0) / math.sqrt(3.0) / 2.0)


def test_a_gauge_holds_plain_values() -> None:
    """For JSON; formulas and measurements come from NumPy."""
    claim = Claim("number", np.float64(2.0), np.float64(0.1), np.float64(1.0))  # type: ignore[arg-type]
    found = read_off(claim, LIMIT, np.array([2.0]), np.ones(1))
    assert json.loads(json.dumps(vars(found))) == vars(found)


def test_an_error_that_is_not_known_is_no_agreement() -> None:
    assert not read_off(Claim("number", 2.0), LIMIT, np.array([2.0]), np.ones(1)).inside


@pytest.mark.jit
@pytest.mark.parametrize(
    "make", [exponential_limit, beta_geometric_limit, coverage_limit, dilution_limit, posting_limit]
)
def test_the_quick_ones_are_inside(make) -> None:
    """Their own seed; `tests/limits` covers all of them at more settings."""
    for gauge in gauges(make()):
        assert gauge.inside, gauge


@pytest.mark.jit
def test_a_gauge_moves_when_the_model_does() -> None:
    """A hazard of leaving a tenth too high is seen."""
    limit = exponential_limit()
    rate = limit.values["tiers.base.exit_rate"]
    wrong = replace(limit, values={**limit.values, "tiers.base.exit_rate": 1.1 * rate})
    assert not gauges(wrong)[0].inside


@pytest.mark.jit
def test_more_replicates_narrow_a_gauge() -> None:
    one, four = (gauges(exponential_limit(), 1, n)[0] for n in (1, 4))
    assert four.standard_error == pytest.approx(one.standard_error / 2.0)
