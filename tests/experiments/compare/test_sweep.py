"""Sweeps: common seeds, order, resuming, failures, pairing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shequn.agents.errors import ScenarioError
from shequn.commands import main
from shequn.experiments.compare.sweep import Sweep, plan_of, sweep
from shequn.experiments.crews.crews import threads
from shequn.experiments.designs.axes import axes_of
from shequn.experiments.designs.designs import factorial
from shequn.experiments.runs.run import run
from shequn.model.outcomes import OUTCOMES
from shequn.model.scenario import Scenario
from tests.made_up import made_results

VARY = {"policy.promo_share": [0.0, 0.3], "group.capacity": [12, 20, 15]}


class TestDesign:
    def test_every_combination_the_last_path_fastest(self):
        assert [tuple(row.values()) for row in factorial(axes_of(VARY)).rows] == [
            (0.0, 12), (0.0, 20), (0.0, 15), (0.3, 12), (0.3, 20), (0.3, 15)
        ]  # fmt: skip

    def test_all_points_are_checked_before_any_runs(self, here, monkeypatch):
        monkeypatch.setattr(
            "shequn.experiments.perform.conduct.perform", lambda *_: pytest.fail("ran")
        )
        vary = {"policy.promo_share": [0.0, 0.1], "group.capacity": [20, 5, 9]}
        with pytest.raises(ScenarioError) as caught:
            sweep("tiny.toml", vary, 2)
        text = str(caught.value)
        assert text.count("below the 10 seed members") == 4
        assert "policy.promo_share=0.1, group.capacity=5" in text

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            ({"replicates": 0}, "replicates: 0"),
            ({"days": -1}, "run.days: -1"),
            ({"seed": 2**64 - 1, "replicates": 2}, "run.seed"),
        ],
    )
    def test_numbers_out_of_range(self, here, arguments, expected):
        with pytest.raises(ScenarioError, match=expected):
            sweep("tiny.toml", {"group.capacity": [15]}, **arguments)
        sweep("tiny.toml", {"group.capacity": [15]}, 1, seed=2**64 - 1, days=0)


class TestRuns:
    def test_every_point_has_the_same_seeds_and_each_run_is_an_ordinary_one(self, here):
        result = sweep("tiny.toml", VARY, 2, seed=40)
        rows = result.rows
        assert rows["point"].tolist() == [*range(6), *range(6)]
        assert rows["seed"].tolist() == [40] * 6 + [41] * 6
        point = result.design.rows[4]
        alone = run(Scenario.load("tiny.toml").with_values(point), seed=41)
        row = rows[(rows["point"] == 4) & (rows["seed"] == 41)].iloc[0]
        for name in OUTCOMES:
            np.testing.assert_equal(row[name], alone.summary[name], name)
        members = alone.daily.pivot(index="day", columns="tier", values="members")
        series = result.by_tier("members", 4)
        assert series.shape == (2, 4, 3)
        assert np.array_equal(series[1], members[["high", "middle", "base"]])

    @pytest.mark.jit
    def test_the_number_of_threads_changes_nothing(self, here):
        one, many = (sweep("tiny.toml", VARY, 2, workers=threads(n)).rows for n in (1, 5))
        assert one.to_csv() == many.to_csv()

    def test_without_a_folder_nothing_is_written(self, here):
        before = sorted(here.iterdir())
        sweep("tiny.toml", {"group.capacity": [15]}, 1)
        assert sorted(here.iterdir()) == before

    def test_no_days(self, here):
        result = sweep("tiny.toml", {"group.capacity": [15, 20]}, 2, days=0)
        assert result.rows["messages"].tolist() == [0.0] * 4
        assert result.by_tier("members", 0).shape == (2, 0, 3)

    def test_it_says_what_is_best_and_what_cannot_be_told_from_it(self):
        wide = {(p, r): {"customer_equity": v[r]} for p, v in enumerate(
            [(10.0, 20.0, 30.0), (11.0, 19.0, 33.0), (1.0, 8.0, 22.0)]
        ) for r in range(3)}  # fmt: skip
        result = made(wide, [50, 60, 70])
        assert result.best() == (1, [0])
        assert "group.capacity 60; 1 of the other 2 points is not surely worse" in result.sentence()


def made(told: dict[tuple[int, int], Any], sizes: Sequence[int] = (50, 60)) -> Sweep:
    """A sweep of some points with outcomes made up, by point and replicate, as they finished."""
    scenario = Scenario.load("blank")
    design = factorial(axes_of({"group.capacity": list(sizes)}))
    replicates = 1 + max(replicate for _, replicate in told)
    return Sweep(scenario, design, made_results(plan_of(scenario, design, 9), replicates, told))


def orders(number: float) -> dict[str, float]:
    return {"orders": number}


class TestDifferences:
    def test_pairs_are_of_the_same_replicate_whatever_finished_first(self):
        found = made(
            {(1, 2): orders(30.0), (0, 0): orders(1.0), (1, 0): orders(2.0), (0, 2): orders(28.0)}
        ).difference("orders", 1, 0)
        assert (found.mean, found.n) == (1.5, 2)
        assert found.high == pytest.approx(1.5 + 12.706205 * 0.5, abs=1e-5)

    def test_a_failed_run_leaves_its_pair_out(self):
        found = made(
            {(0, 0): orders(1.0), (0, 1): orders(500.0), (1, 0): orders(4.0), (1, 1): None}
        ).difference("orders", 1, 0)
        assert (found.mean, found.n) == (3.0, 1)

    def test_a_point_that_never_succeeded(self):
        result = made({(0, 0): orders(1.0), (1, 0): None})
        assert result.difference("orders", 1, 0).n == 0
        assert result.by_tier("members", 1).shape == (0, 100, 3)
        assert result.table("orders")["point"].tolist() == [0]

    def test_failures_come_in_order_of_the_design(self):
        result = made({(1, 1): None, (0, 2): None, (1, 0): None, (0, 0): orders(1.0)})
        places = result.failures[["replicate", "point"]].to_numpy().tolist()
        assert places == [[0, 1], [1, 1], [2, 0]]
        assert set(result.failures["stage"]) == {"policy"}


@pytest.mark.jit
def test_paths_of_rivals_and_platforms_can_be_varied(here: Path) -> None:
    """The command knows such paths when it reads them and when it draws them."""
    (here / "duel.toml").write_text(
        'extends = "tiny.toml"\n[[rivals]]\nproduct.price = 50\n', encoding="utf-8"
    )
    words = ["--vary", "rivals.1.product.price=40,60", "--replicates", "1", "--out", "a"]
    assert main(["sweep", "duel.toml", *words]) == 0
    assert (here / "a" / "equity.png").exists()
    words = ["--vary", "platform=wechat,qq", "--set", "group.seed_fill=0", "--replicates", "1"]
    assert main(["sweep", "tiny.toml", *words, "--out", "b"]) == 0
    assert {path.name for path in (here / "b").glob("*.png")} == {"equity.png", "growth.png"}
    with pytest.raises(ScenarioError, match=r"rivals\.1\.feel\.habit_gain"):
        sweep("duel.toml", {"rivals.1.feel.habit_gain": [0.1, 0.2]}, 1)
