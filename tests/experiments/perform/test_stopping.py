"""As precise as asked: the grammar, the interval, and when to stop."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from shequn.agents.errors import ScenarioError
from shequn.experiments.perform.statistics import mean_interval
from shequn.experiments.perform.stopping import (
    PILOT,
    Precision,
    Stopping,
    narrowing_interval,
    parse_until,
)


@pytest.mark.parametrize("sign", ["+-", "±", "+/-", " +- ", " ± "])
def test_the_width_is_absolute_or_a_share_of_the_mean(sign):
    assert parse_until(f"customer_equity{sign}500") == Precision("customer_equity", 500.0)
    found = parse_until(f"members{sign}5%")
    assert found == Precision("members", 0.05, relative=True)
    assert parse_until(str(found)) == found
    assert parse_until("members +- 5 %") == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("members", "expected OUTCOME"),
        ("", "expected OUTCOME"),
        ("membres +-5", "did you mean 'members'"),
        ("members +-0", "must be above 0"),
        ("members +--3%", "must be above 0"),
        ("members +-inf", "must be above 0"),
        ("members +-nan", "must be above 0"),
        ("members +-few", "'few' is not a number"),
    ],
)
def test_what_cannot_be_asked_is_refused(text, words):
    with pytest.raises(ScenarioError, match=words) as error:
        parse_until(text, "--until")
    assert str(error.value).startswith("--until")


def test_every_problem_is_said_at_once():
    with pytest.raises(ScenarioError) as error:
        parse_until("membres +-0")
    assert len(error.value.problems) == 2


def test_the_pilot_alone_gives_the_usual_interval():
    values = np.random.default_rng(1).normal(5.0, 2.0, PILOT)
    assert vars(narrowing_interval(values)) == pytest.approx(vars(mean_interval(values)))


def test_the_spread_of_the_pilot_is_not_forgotten():
    """Stein's interval, where the pilot varies more than the rest; the wider one otherwise."""
    t = stats.t.ppf(0.975, PILOT - 1)
    calm = np.concatenate([np.resize([-4.0, 4.0], PILOT), np.zeros(48)])
    found = narrowing_interval(calm)
    assert found.high - found.mean == pytest.approx(t * calm[:PILOT].std(ddof=1) / 8.0)
    wild = calm[::-1]
    found = narrowing_interval(wild)
    assert found.high - found.mean == pytest.approx(t * wild.std(ddof=1) / 8.0)


def test_few_values_have_no_interval():
    assert narrowing_interval(np.zeros(0)).n == 0
    assert math.isnan(narrowing_interval(np.array([3.0, np.nan])).low)


def test_it_stops_when_narrow_and_never_before_the_pilot_ends():
    rule = Stopping(Precision("members", 1.0), budget=100)
    values = np.random.default_rng(1).normal(50.0, 0.01, 100)
    assert rule.plan([values[:0]]) == PILOT
    assert rule.plan([values[:5]]) == PILOT - 5
    assert not rule.met([values[:5]])
    assert rule.plan([values[:PILOT]]) == 0
    assert rule.met([values[:PILOT]])


def test_it_never_more_than_doubles_and_never_passes_the_budget():
    rule = Stopping(Precision("members", 1e-6), budget=100)
    values = np.random.default_rng(1).normal(50.0, 10.0, 100)
    sizes, n = [], 0
    while more := rule.plan([values[:n]]):
        n += more
        sizes.append(n)
    assert sizes == [16, 32, 64, 100]
    assert not rule.met([values])
    assert "not as narrow as asked" in rule.reached([values])


def test_it_asks_for_what_seems_to_be_needed():
    """A half-width 1.2 times too wide needs 1.44 times as many."""
    values = np.random.default_rng(1).normal(50.0, 10.0, PILOT)
    half = mean_interval(values).high - values.mean()
    rule = Stopping(Precision("members", half / 1.2), budget=100)
    assert rule.plan([values]) == math.ceil(1.44 * PILOT) - PILOT


def test_a_budget_below_the_pilot_is_the_pilot():
    rule = Stopping(Precision("members", 5.0), budget=4)
    values = np.array([1.0, 2.0, 1.0, 2.0])
    assert rule.plan([values[:0]]) == 4
    assert rule.plan([values]) == 0
    assert rule.met([values])


def test_pairs_need_the_differences_narrow_and_percent_is_of_the_base():
    luck = np.random.default_rng(1).normal(100.0, 30.0, PILOT)
    arms = [luck, luck + 10.0 + np.resize([-1.0, 1.0], PILOT)]
    asked = Precision("members", 0.02, relative=True)  # of about 100: 2
    assert Stopping(asked, 100).met(arms)
    assert not Stopping(asked, 100, paired=False).met(arms)
    assert len(Stopping(asked, 100, paired=False).intervals(arms)) == 2
    assert asked.half_width(arms[0]) == pytest.approx(0.02 * luck.mean())


def test_all_arms_must_be_narrow():
    calm = np.resize([1.0, 2.0], PILOT)
    rule = Stopping(Precision("members", 1.0), 100)
    assert rule.met([calm, calm + 1.0])
    assert not rule.met([calm, calm + 1.0, 50.0 * np.arange(PILOT)])


def test_each_set_is_compared_with_its_own_base_and_the_widest_decides():
    luck = np.random.default_rng(1).normal(100.0, 30.0, PILOT)
    calm = [luck, luck + 1.0]
    wide = [-luck, np.resize([-9.0, 9.0], PILOT) - luck]
    rule = Stopping(Precision("members", 1.0), 100, sets=2)
    assert rule.met(calm + calm) and not rule.met(calm + wide) and not rule.met(wide + calm)
    assert len(rule.intervals(calm + wide)) == 2
    alone = Stopping(Precision("members", 1.0), 100)
    assert rule.reached(wide + calm) == rule.reached(calm + wide) == alone.reached(wide)


def test_runs_without_a_value_do_not_count_for_the_pilot():
    values = np.where(np.arange(20) % 2, np.nan, 5.0)
    rule = Stopping(Precision("answer_minutes", 1.0), 100)
    assert rule.plan([values]) == 20
    assert rule.plan([np.full(20, np.nan)]) == 20
    assert rule.plan([np.resize(values, 40)]) == 0


def test_a_skewed_outcome_is_said_to_be_covered_less():
    rule = Stopping(Precision("members", 1.0), 100)
    even, skewed = np.arange(64.0), np.eye(64)[0]
    assert "skewness" not in rule.reached([even])
    assert "skewness 7.8" in rule.reached([skewed])


@pytest.mark.parametrize(("budget", "pilot"), [(1, 16), (100, 1)])
def test_numbers_that_cannot_be_are_refused(budget, pilot):
    with pytest.raises(ScenarioError, match="at least 2"):
        Stopping(Precision("members", 1.0), budget, pilot=pilot)
