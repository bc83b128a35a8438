"""Expectations: what can be stated, what runs say of it, and the command."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import shequn as sq
from shequn.agents.errors import ScenarioError, ShequnError
from shequn.commands import main
from shequn.experiments.crews.crews import threads
from shequn.experiments.expect.expectations import Expectation, expect
from shequn.experiments.expect.statements import Statement, read_expectations
from shequn.experiments.expect.trials import (
    FEWEST,
    judge,
    least_trials,
    log_evidence_above,
    lower_bound,
)
from shequn.experiments.runs.at_day import SERIES, Quantity
from shequn.experiments.runs.cases import DAILY, Result, case_of, run_cases
from shequn.model.scenario import Scenario

SURE = "members > 0 with 80 %"
NEVER = "members > 1e9 with 50 %"


@pytest.fixture
def stating(here):
    """A file of the tiny world that states something."""

    def write(*statements: str, more: str = "") -> Scenario:
        listed = "".join(f'  "{text}",\n' for text in statements)
        text = f'extends = "tiny.toml"\n[expect]\n{more}statements = [\n{listed}]\n'
        (here / "mine.toml").write_text(text, encoding="utf-8")
        return Scenario.load("mine.toml")

    return write


def test_a_statement_is_read(stating):
    found, replicates = read_expectations(
        stating("members.base at day 3 >= 1_000 with 97.5%", "left_share<0.3 with 80 %")
    )
    assert found == [
        Statement(Quantity("members.base", 3), ">=", 1000.0, 0.975),
        Statement(Quantity("left_share"), "<", 0.3, 0.8),
    ]
    assert replicates == 200
    assert str(found[0]) == "members.base at day 3 >= 1000 with 97.5 %"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("members", "expected NAME"),
        ("members = 3 with 5 %", "expected NAME"),
        ("membres > 3 with 95 %", "did you mean 'members'"),
        ("members.bas at day 2 > 3 with 95 %", "did you mean 'members.base'"),
        ("members.base > 3 with 95 %", "say 'at day N'"),
        ("gini at day 2 > 0.3 with 95 %", "leave out 'at day 2'"),
        ("members by day 2 > 3 with 95 %", "say 'at day 2'"),
        ("readers per membr at day 2 > 3 with 95 %", "did you mean 'readers_per_member'"),
        ("members at day 5 > 3 with 95 %", "allowed: 1 to 4"),
        ("members at day 0 > 3 with 95 %", "allowed: 1 to 4"),
        ("members at day ² > 3 with 95 %", "allowed: 1 to 4"),
        ("customer_equity_30 > 3 with 95 %", "at least 30"),
        ("members > many with 95 %", "no finite number"),
        ("members > 3 with 100 %", "below 100 %"),
        ("members > 3 with 0 %", "above 0"),
        ("members > 3 with most %", "above 0"),
    ],
)
def test_what_cannot_be_stated_is_refused_at_its_line(stating, text, words):
    with pytest.raises(ScenarioError) as error:
        read_expectations(stating(SURE, text))
    assert words in str(error.value)
    assert "mine.toml: line 5: expect.statements" in str(error.value)


def test_every_problem_is_said_at_once(stating):
    with pytest.raises(ScenarioError) as error:
        read_expectations(stating("membres > x with 0 %", "a", more="replicate = 3\n"))
    assert len(error.value.problems) == 5
    assert "line 3: expect.replicate: no such key; did you mean 'replicates'" in str(error.value)


@pytest.mark.parametrize("number", ["0", "1.5", "true", "'7'"])
def test_replicates_are_a_number_above_0(stating, number):
    with pytest.raises(ScenarioError, match="whole number"):
        read_expectations(stating(SURE, more=f"replicates = {number}\n"))


def test_nothing_stated_is_refused(here):
    with pytest.raises(ScenarioError, match="needs a list of statements"):
        expect("tiny.toml")


def test_sections_must_be_tables(here):
    (here / "mine.toml").write_text('title = "x"\nexpect = 3\n', encoding="utf-8")
    with pytest.raises(ScenarioError, match="line 2: expect: 3 is no table"):
        Scenario.load("mine.toml")


def test_series_are_levels_or_sums_up_to_a_day(here):
    scenario = Scenario.load("tiny.toml")
    result = run_cases([case_of(scenario, 3)])[0]
    run = sq.run(scenario, seed=3)
    daily = run.daily.set_index(["tier", "day"])

    def value(name: str, day: int) -> float:
        return Statement(Quantity(name, day), ">", 0.0, 0.5).value(result)

    assert value("members.base", 3) == daily.loc[("base", 3), "members"]
    assert value("members", 4) == run.summary["members"]
    assert value("messages", 4) == run.summary["messages"] > value("messages", 2) > 0
    assert value("revenue", 4) == pytest.approx(run.summary["revenue"])
    assert {"orders.high", "orders", "balance", "readers.middle"} <= set(SERIES)


def test_an_outcome_by_the_last_day_is_that_of_the_run(here):
    """Where both are defined, and the outcome is not a mean over weeks."""
    result = run_cases([case_of(Scenario.load("tiny.toml"), 3)])[0]
    whole = (
        "messages", "orders", "joins", "exits", "likes", "revenue", "costs", "customer_equity",
        "incident_reach", "orders_per_member", "customer_equity_per_member", "silent_share",
        "promos_seen_per_member", "contents_seen_per_member", "attitude", "belonging", "awareness",
    )  # fmt: skip
    for name in whole:
        assert Quantity(name, 4).value(result) == pytest.approx(result.outcomes[name]), name
        assert Quantity(name).value(result) == result.outcomes[name]


def test_an_outcome_at_a_day_by_hand(stating):
    """Of 10 members on each day: 2 orders by day 2; 3 promotions read in 20 member-days."""
    none = np.zeros(3)
    daily = dict.fromkeys(DAILY, none) | {
        "members_base": np.full(3, 10.0), "orders_base": np.array([0.0, 2.0, 5.0]),
        "readers_base": np.array([1.0, 4.0, 9.0]), "promos_read": np.array([1.0, 2.0, 7.0]),
        "attitude_sum": np.array([1.0, -3.0, 0.0]),
    }  # fmt: skip
    result = Result("", {}, daily)
    stated = [
        "readers at day 2 > 0 with 50 %", "readers per member at day 2 > 0 with 50 %",
        "orders per member by day 2 > 0 with 50 %", "orders.base by day 3 > 0 with 50 %",
        "promos_seen_per_member by day 2 > 0 with 50 %", "attitude at day 2 < 0 with 50 %",
        "orders at day 2 > 0 with 50 %",
    ]  # fmt: skip
    found, _ = read_expectations(stating(*stated))
    values = [statement.value(result) for statement in found]
    assert values == pytest.approx([4.0, 0.4, 0.2, 7.0, 7.0 * 3 / 20, -0.3, 2.0])
    assert [str(statement) for statement in found][2] == (
        "orders_per_member by day 2 > 0 with 50 %"
    )
    nobody = Result("", {}, dict.fromkeys(DAILY, none))
    assert np.isnan(found[2].value(nobody)) and np.isnan(found[5].value(nobody))


def test_what_is_not_defined_satisfies_nothing():
    for sign in ("<", ">", "<=", ">="):
        assert not Statement(Quantity("gini"), sign, 5.0, 0.5).satisfied(np.array([np.nan]))[0]


def test_evidence_is_the_mean_likelihood_ratio():
    """Against a sum over a fine grid of probabilities."""
    grid = 0.8 + 0.2 * (np.arange(200_000) + 0.5) / 200_000
    ratio = (grid / 0.8) ** 27 * ((1.0 - grid) / 0.2) ** 3
    assert float(log_evidence_above(27, 30, 0.8)) == pytest.approx(np.log(ratio.mean()), rel=1e-6)


@pytest.mark.parametrize("demanded", [0.5, 0.8, 0.95, 0.99])
def test_the_fewest_runs_that_can_pass(demanded):
    n = least_trials(demanded)
    assert judge(np.ones(n, dtype=bool), demanded).verdict == "pass"
    assert n == FEWEST or judge(np.ones(n - 1, dtype=bool), demanded).verdict == "undecided"


def test_a_judgement_stays_as_the_deciding_run_left_it():
    runs = np.concatenate([np.ones(40), np.zeros(500)]).astype(bool)
    found = judge(runs, 0.8)
    assert found.verdict == "pass"
    assert found == judge(runs[: found.trials], 0.8)
    assert judge(~runs, 0.2).verdict == "fail"
    assert judge(~runs, 0.2).trials == found.trials


@pytest.mark.parametrize("satisfied", [3, 50, 92, 100])
def test_bounds_agree_with_the_verdict(satisfied):
    low = lower_bound(satisfied, 100)
    assert 0.0 < low < satisfied / 100.0
    assert float(log_evidence_above(satisfied, 100, low - 1e-6)) > np.log(20.0)
    assert float(log_evidence_above(satisfied, 100, low + 1e-6)) < np.log(20.0)
    assert lower_bound(0, 100) == 0.0


def test_no_run_says_nothing():
    found = judge(np.zeros(0, dtype=bool), 0.5)
    assert (found.verdict, found.trials, found.low, found.high) == ("undecided", 0, 0.0, 1.0)


def test_verdicts_of_runs(stating):
    found = sq.expect(stating(SURE, NEVER, "members at day 4 > 0 with 95 %"), replicates=32)
    assert isinstance(found, Expectation)
    table = found.table.set_index("verdict")
    assert table.loc["pass", "statement"] == SURE
    assert table.loc["fail", "share"] == 0.0
    assert found.verdict == "fail"
    assert found.hints == [
        f"'members at day 4 > 0 with 95 %' cannot pass with fewer than {least_trials(0.95)} runs, "
        "even if every run satisfies it"
    ]
    assert list(found.rows["seed"]) == list(range(3, 35))
    assert "undecided: members at day 4 > 0 with 95 %: 100.0% of 32 runs" in repr(found)
    assert len(found.plot().axes) == 1


def test_threads_change_nothing(stating):
    scenario = stating("messages > 20 with 50 %", "orders at day 4 > 1 with 30 %")
    one, four = (expect(scenario, replicates=20, workers=threads(n)) for n in (1, 4))
    pd.testing.assert_frame_equal(one.rows, four.rows)


def test_worlds_are_drawn_for_every_run(stating):
    scenario = stating("messages > 0 with 50 %")
    wide = pd.DataFrame({"weight": [1.0, 1.0], "spread.talk": [1.0, 5.0]})
    plain, drawn = expect(scenario, replicates=16), expect(scenario, replicates=16, worlds=wide)
    assert plain.rows["messages"].tolist() != drawn.rows["messages"].tolist()


def test_a_run_that_fails_is_said(stating, here):
    scenario = stating(SURE).with_values(
        {"policy.name": "file", "policy.file": "policies.py", "policy.class_name": "Raising"}
    )
    with pytest.raises(ShequnError, match="the run with seed 3 failed: .*no idea what to post"):
        expect(scenario)


@pytest.mark.parametrize(
    ("statement", "code", "words"),
    [
        (SURE, 0, "mine: pass"),
        (NEVER, 1, "mine: fail"),
        ("members > 0 with 99.9 %", 3, "cannot pass with fewer than"),
    ],
)
def test_the_command_tells_by_its_exit_code(stating, capsys, statement, code, words):
    stating(statement, more="replicates = 24\n")
    assert main(["expect", "mine.toml", "--workers", "1"]) == code
    assert words in capsys.readouterr().out


def test_the_command_writes_only_when_asked(stating, here, capsys):
    stating(SURE)
    before = sorted(here.iterdir())
    assert main(["expect", "mine.toml"]) == 0
    assert sorted(here.iterdir()) == before
    assert main(["expect", "mine.toml", "--out", "found"]) == 0
    names = {path.name for path in (here / "found").iterdir()}
    assert {"manifest.json", "statements.csv", "runs.csv", "expectations.png"} <= names


def test_the_command_refuses_bad_input(stating, refused):
    stating("membres > 3 with 95 %")
    assert "line 4: expect.statements" in refused("expect", "mine.toml")
    assert "needs a list of statements" in refused("expect", "tiny.toml")
