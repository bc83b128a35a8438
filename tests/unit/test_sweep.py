"""Sweeps: common seeds, order, resuming, failures, pairing."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shequn.agents.errors import ScenarioError
from shequn.commands import main
from shequn.experiments.run import run
from shequn.experiments.store import plain
from shequn.experiments.sweep import (
    Design,
    Sweep,
    load_results,
    parse_value,
    parse_vary,
    run_once,
    sweep,
)
from shequn.model.outcomes import OUTCOMES
from shequn.model.scenario import Scenario

VARY = {"policy.promo_share": [0.0, 0.3], "group.capacity": [12, 20, 15]}


class TestValues:
    @pytest.mark.parametrize(
        ("text", "path", "values"),
        [
            ("group.capacity=50,100", "group.capacity", [50, 100]),
            (" group.capacity = 50:100:3", "group.capacity", [50, 75, 100]),
            ("policy.promo_share=0:0.3:4", "policy.promo_share", [0.0, 0.1, 0.2, 0.3]),
            ("policy.promo_share=0.3:0:2", "policy.promo_share", [0.3, 0.0]),
            ("policy.promo_share=0.1:0.1:1", "policy.promo_share", [0.1]),
            ("policy.name=none, 'cadence'", "policy.name", ["none", "cadence"]),
            ("feel.habit_half_life=30,inf", "feel.habit_half_life", [30.0, math.inf]),
        ],
    )
    def test_vary(self, text, path, values):
        found = parse_vary(text)
        assert found == (path, values)
        assert [type(value) for value in found[1]] == [type(value) for value in values]

    @pytest.mark.parametrize(
        ("word", "value"),
        [("3", 3), ("3.0", 3.0), ("true", True), ("[1, 2]", [1, 2]), ("a b", "a b"), ("", "")],
    )
    def test_value(self, word, value):
        assert parse_value(word) == value
        assert type(parse_value(word)) is type(value)


class TestDesign:
    def test_every_combination_the_last_path_fastest(self):
        points = Design(Scenario.load("blank"), VARY, 1).points
        assert [tuple(point.values()) for point in points] == [
            (0.0, 12), (0.0, 20), (0.0, 15), (0.3, 12), (0.3, 20), (0.3, 15)
        ]  # fmt: skip

    def test_all_points_are_checked_before_any_runs(self, here, monkeypatch):
        monkeypatch.setattr("shequn.experiments.sweep.run_once", lambda *_: pytest.fail("ran"))
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
            ({"jobs": 0}, "jobs: 0"),
            ({"jobs": -1}, "jobs: -1"),
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
        assert rows["point"].tolist() == [p for p in range(6) for _ in range(2)]
        assert rows["seed"].tolist() == [40, 41] * 6
        point = result.design.points[4]
        alone = run(Scenario.load("tiny.toml").with_values(point), seed=41)
        row = rows[(rows["point"] == 4) & (rows["seed"] == 41)].iloc[0]
        for name in OUTCOMES:
            np.testing.assert_equal(row[name], alone.summary[name], name)
        members = alone.daily.pivot(index="day", columns="tier", values="members")
        series = result.series("members", 4)
        assert series.shape == (2, 4, 3)
        assert np.array_equal(series[1], members[["high", "middle", "base"]])

    @pytest.mark.jit
    def test_the_number_of_threads_changes_nothing(self, here):
        one, many = (sweep("tiny.toml", VARY, 2, jobs=jobs).rows for jobs in (1, 5))
        assert one.to_csv() == many.to_csv()

    def test_without_a_folder_nothing_is_written(self, here):
        before = sorted(here.iterdir())
        sweep("tiny.toml", {"group.capacity": [15]}, 1)
        assert sorted(here.iterdir()) == before

    def test_a_run_survives_its_line_bit_for_bit(self, here):
        result = run_once(Scenario.load("tiny.toml"), 3)
        again = json.loads(json.dumps(plain(result)))
        for name, value in result["outcomes"].items():
            back = math.nan if again["outcomes"][name] is None else again["outcomes"][name]
            np.testing.assert_equal(back, value)

    def test_no_days(self, here):
        result = sweep("tiny.toml", {"group.capacity": [15, 20]}, 2, days=0)
        assert result.rows["messages"].tolist() == [0.0] * 4
        assert result.series("members", 0).shape == (2, 0, 3)


def made(results: list[dict[str, Any]]) -> Sweep:
    """A sweep of two points with results made up."""
    return Sweep(Design(Scenario.load("blank"), {"group.capacity": [50, 60]}, 4), results)


def line(point: int, replicate: int, orders: float) -> dict[str, Any]:
    outcomes = {**dict.fromkeys(OUTCOMES, 0.0), "orders": orders}
    return {"point": point, "replicate": replicate, "seed": replicate, "outcomes": outcomes}


def failed(point: int, replicate: int) -> dict[str, Any]:
    failure = {"type": "PolicyError", "message": "no", "traceback": ""}
    return {"point": point, "replicate": replicate, "seed": replicate, "failure": failure}


class TestDifferences:
    def test_pairs_are_of_the_same_replicate_whatever_finished_first(self):
        found = made(
            [line(1, 2, 30.0), line(0, 0, 1.0), line(1, 0, 2.0), line(0, 2, 28.0)]
        ).difference("orders", 1, 0)
        assert (found.mean, found.n) == (1.5, 2)
        assert found.high == pytest.approx(1.5 + 12.706205 * 0.5, abs=1e-5)

    def test_a_failed_run_leaves_its_pair_out(self):
        found = made(
            [line(0, 0, 1.0), line(0, 1, 500.0), line(1, 0, 4.0), failed(1, 1)]
        ).difference("orders", 1, 0)
        assert (found.mean, found.n) == (3.0, 1)

    def test_a_point_that_never_succeeded(self):
        result = made([line(0, 0, 1.0), failed(1, 0)])
        assert result.difference("orders", 1, 0).n == 0
        assert result.series("members", 1).shape == (0, 100, 3)
        assert result.table("orders")["point"].tolist() == [0]

    def test_failures_come_in_order_of_the_design(self):
        result = made([failed(1, 1), failed(0, 2), failed(1, 0), line(0, 0, 1.0)])
        places = [(f["point"], f["replicate"]) for f in result.failures]
        assert places == [(0, 2), (1, 0), (1, 1)]


def test_lines_that_were_cut_or_overwritten_are_left_out(tmp_path):
    whole = json.dumps(line(0, 0, 1.0)).encode()
    torn = '{"message": "社'.encode()[:-1]
    parts = [whole, torn, b"", b"\x00\x00\x00", b"17", whole[:30], b"\xff\xfe", whole]
    (tmp_path / "runs.jsonl").write_bytes(b"\n".join(parts))
    assert load_results(tmp_path) == [line(0, 0, 1.0)] * 2
    assert load_results(tmp_path / "nowhere") == []


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
    assert {path.name for path in (here / "b").glob("*.png")} == {"growth.png"}
    with pytest.raises(ScenarioError, match=r"rivals\.1\.feel\.habit_gain"):
        parse_vary("rivals.1.feel.habit_gain=0.1,0.2")
