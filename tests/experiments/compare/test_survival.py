"""Pairs with a survivor count, and means that lack values say so."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import shequn as sq
from shequn.commands import main
from shequn.experiments.compare.compare import plan_of
from shequn.experiments.compare.comparison import Comparison
from shequn.experiments.compare.sweep import Sweep
from shequn.experiments.compare.sweep import plan_of as plan_of_sweep
from shequn.experiments.designs.axes import Axis
from shequn.experiments.designs.designs import factorial
from shequn.experiments.expect.expectations import Expectation
from shequn.experiments.expect.statements import Statement
from shequn.experiments.perform.stopping import Stopping, parse_until
from shequn.experiments.runs.at_day import Quantity
from tests.made_up import made_results

DAYS = 100  # of blank


def compared(**arms: Sequence[dict[str, float] | None]) -> Comparison:
    """Arms with made-up outcomes, one for each replicate; None: the run failed."""
    blank = sq.Scenario.load("blank")
    scenarios = {name: blank.with_values({"group.capacity": 50 + k}) for k, name in enumerate(arms)}
    told = {(k, r): each for k, row in enumerate(arms.values()) for r, each in enumerate(row)}
    plan = plan_of(scenarios, 9)
    return Comparison(scenarios, made_results(plan, len(next(iter(arms.values()))), told))


def lives(*deaths: float | None) -> list[dict[str, float]]:
    """Runs that died on a day, or lived on (None)."""
    return [
        {"dead": float(day is not None), "days_alive": float(DAYS if day is None else day)}
        for day in deaths
    ]


class TestDeath:
    def test_an_arm_that_saves_the_early_deaths_is_not_worse_for_it(self) -> None:
        """Of pairs in which both died only two are left, and there the arm dies 10 days earlier."""
        found = compared(base=lives(30, 40, 80, 90), saved=lives(None, None, 70, 80))
        both_died = np.array([70.0 - 80.0, 80.0 - 90.0])
        assert both_died.mean() == -10.0
        gap = found.difference("saved", "days_alive")
        assert (gap.mean, gap.n) == ((70.0 + 60.0 - 10.0 - 10.0) / 4.0, 4)
        dead = found.difference("saved", "dead")
        assert (dead.mean, dead.n) == (-0.5, 4)

    def test_pairs_are_counted_by_who_died(self) -> None:
        found = compared(
            base=lives(30, 40, None, None, 60, 70), arm=lives(None, 50, 60, None, 20, None)
        )
        for line in found.survival().to_dict("records"):
            counts = [line[name] for name in ("n", "both", "only_arm", "only_base", "neither")]
            assert counts == [6, 2, 1, 2, 1]
        (said,) = (words for words in found.sentences() if "dead by day" in words)
        assert said.startswith("arm: dead by day 100 in 50% of runs, with 'base' in 67%,")
        assert said.endswith(
            "of 6 pairs 2 died in both, 1 in this one only, 2 in 'base' only, 1 in neither"
        )

    @pytest.mark.parametrize(
        ("day", "dead", "alive", "counts"),
        [
            (0, (0.0, 0.0), (0.0, 0.0), [0, 0, 0, 3]),
            (39, (1 / 3, -1 / 3), ((30 + 39 + 39) / 3, 9 / 3), [0, 0, 1, 2]),
            (40, (2 / 3, -1 / 3), ((30 + 40 + 40) / 3, 10 / 3), [0, 1, 2, 0]),
            (100, (2 / 3, 0.0), ((30 + 40 + 100) / 3, (70 + 50 - 60) / 3), [1, 1, 1, 0]),
        ],
    )
    def test_by_any_day(
        self, day: int, dead: tuple[float, float], alive: tuple[float, float], counts: list[int]
    ) -> None:
        """Mean of the base, mean difference, and pairs, worked out by hand."""
        found = compared(base=lives(30, 40, None), arm=lives(None, 90, 40))
        first, second = found.survival(day).to_dict("records")
        assert (first["outcome"], first["unit"], first["day"]) == ("dead", "1", day)
        assert (first["base"], first["mean"]) == pytest.approx(dead)
        assert (second["base"], second["mean"]) == pytest.approx(alive)
        assert [first[name] for name in ("both", "only_arm", "only_base", "neither")] == counts

    def test_a_day_beyond_the_run_is_refused(self) -> None:
        with pytest.raises(sq.ScenarioError, match="101 is out of range; allowed: 0 to 100"):
            compared(base=lives(30), arm=lives(None)).survival(101)

    def test_only_failed_runs_leave_their_pair_out(self) -> None:
        found = compared(base=[*lives(30), None, *lives(50)], arm=lives(None, 40, 60))
        line = found.survival().iloc[0]
        assert (line["n"], line["both"], line["only_base"]) == (2, 1, 1)
        assert "(2 of 3 pairs: some runs failed)" in found.verdict("arm", "days_alive")

    def test_where_nobody_died_nothing_is_said(self) -> None:
        found = compared(base=lives(None, None), arm=lives(None, None))
        assert not any("dead" in words for words in found.sentences())


class TestUndefined:
    SHARES = {
        "base": [{"repeat_share": share} for share in (0.5, 0.2, math.nan, 0.4)],
        "arm": [{"repeat_share": share} for share in (0.7, math.nan, 0.9, 0.5)],
    }

    def test_the_sentence_says_how_many_pairs_there_are_and_why(self) -> None:
        found = compared(**self.SHARES)
        said = found.verdict("arm", "repeat_share")
        assert said.endswith("(2 of 4 pairs: no value without orders)")
        assert "repeat share (2 of 4 pairs)" in found.sure_and_undecided("arm", "repeat_share")

    def test_the_base_of_a_row_is_that_of_the_same_pairs(self) -> None:
        line = compared(**self.SHARES).table("repeat_share").iloc[0]
        assert (line["base"], line["mean"], line["n"]) == pytest.approx((0.45, 0.15, 2))

    def test_without_any_pair_nothing_is_compared(self) -> None:
        found = compared(base=[{"gini": math.nan}] * 2, arm=[{"gini": 0.3}, {"gini": math.nan}])
        said = found.verdict("arm", "gini")
        assert said == "arm: gini cannot be compared (0 of 2 pairs: no value without messages)"

    def test_a_rule_that_stops_says_how_many_have_a_value(self) -> None:
        rule = Stopping(parse_until("gini +-1"), 100)
        values = np.where(np.arange(40) % 2, np.nan, 0.5)
        said = rule.reached([values])
        assert "after 40 replicates, 20 of them with a value: no value without messages" in said
        assert "of them" not in rule.reached([np.full(40, 0.5)])

    def test_an_expectation_says_that_runs_without_a_value_do_not_satisfy_it(self) -> None:
        statement = Statement(Quantity("gini"), ">", 0.1, 0.5)
        values = np.where(np.arange(16) < 3, np.nan, 0.5)[:, None]
        found = Expectation(sq.Scenario.load("blank"), [statement], 16, values)
        (hint,) = found.hints
        assert hint == (
            "3 of 16 runs have no value for 'gini > 0.1 with 50 %', for want of messages; "
            "they do not satisfy it"
        )


class TestSeries:
    def test_series_are_paired_by_replicate_when_runs_failed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A run failed in each arm, not the same one: one pair is left."""
        fine: dict[str, float] = {"members": 1.0}
        found = compared(base=[fine, None, fine], arm=[fine, fine, None])
        days = {0: [[1.0] * 3, [100.0] * 3], 1: [[3.0] * 3, [500.0] * 3]}
        monkeypatch.setattr(found.results, "series", lambda name, point: np.array(days[point]))
        assert found.gaps("arm", "members").tolist() == [[2.0, 2.0, 2.0]]


@pytest.mark.jit
class TestCommand:
    def test_survival_is_written_printed_and_said(self, here: Path, capsys) -> None:
        """Nobody writes in `silent`, so all its runs die on day 28."""
        silent = 'extends = "tiny.toml"\ntitle = "silent"\n[group]\npeers_post = false\n'
        (here / "silent.toml").write_text(silent, encoding="utf-8")
        words = ["compare", "tiny.toml", "silent.toml", "--days", "30", "--replicates", "2"]
        assert main([*words, "--out", "a"]) == 0
        out = capsys.readouterr().out
        assert "silent: dead by day 30 in 100% of runs, with 'Tiny' in 0%" in out
        table = pd.read_csv(here / "a" / "survival.csv")
        assert table["mean"].tolist() == [1.0, -2.0]
        assert table["only_arm"].tolist() == [2, 2]
        assert main([*words, "--out", "a", "--json"]) == 0
        last = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert [line["outcome"] for line in last["survival"]] == ["dead", "days_alive"]


def test_a_sweep_says_of_how_many_pairs_the_fewest_comparisons_are() -> None:
    """Each point has three values, and only two replicates have one at both."""
    scenario = sq.Scenario.load("blank").with_values({"run.days": 2})
    scenario = replace(scenario, focus="left_share")
    design = factorial([Axis("group.capacity", (20, 50))])
    rows = [(1.0, 2.0, 3.0, math.nan), (math.nan, 1.0, 0.0, 5.0)]
    told = {
        (k, r): {"left_share": each} for k, row in enumerate(rows) for r, each in enumerate(row)
    }
    results = made_results(plan_of_sweep(scenario, design, 4), 4, told)
    said = Sweep(scenario, design, results).sentence()
    assert "the mean is of 3 of 4 runs: no value without joinings" in said
    assert "the fewest that are compared: 2 of 4 pairs: no value without joinings" in said
