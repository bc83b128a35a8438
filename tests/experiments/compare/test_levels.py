"""A question at every level of reading: same luck, verdicts, tables, files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import shequn as sq
from shequn.commands import main
from shequn.experiments.compare.compare import plan_of
from shequn.experiments.compare.comparison import Comparison
from shequn.experiments.compare.levels import HANGS, joined_plan
from shequn.experiments.compare.sweep import Sweep
from shequn.experiments.compare.sweep import plan_of as plan_of_sweep
from shequn.experiments.designs.sweep_section import points_of
from shequn.model.reading import LEVELS, paths_of_reading, values_at
from tests.made_up import made_results

SURE, NOT = (10.0, 11.0, 12.0), (-9.0, 1.0, 10.0)
LESS = (-10.0, -11.0, -12.0)
ZERO = (0.0, 0.0, 0.0)


def compared(*gaps: tuple[float, ...], outcome: str = "orders") -> sq.LevelComparison:
    """Two arms at each level; the second has so many more orders in each replicate."""
    base = sq.Scenario.load("blank")
    plans, arms = {}, {}
    for name in LEVELS:
        one = base.with_reading(name)
        arms[name] = {"one": one, "two": one.with_values({"group.capacity": 51})}
        plans[name] = plan_of(arms[name], 3)
    plan = joined_plan(plans)
    told = {}
    for k, gap in enumerate(gaps):
        for r, value in enumerate(gap):
            told[2 * k, r] = {outcome: 20.0, "customer_equity": 0.0}
            told[2 * k + 1, r] = {outcome: 20.0 + value, "customer_equity": value}
    results = made_results(plan, 3, told)
    found = {name: Comparison(arms[name], results.part(k)) for k, name in enumerate(LEVELS)}
    return sq.LevelComparison(found, results)


def swept(*means: tuple[float, float]) -> sq.LevelSweep:
    """Two points at each level, with a customer equity that differs by luck of 1."""
    base = sq.Scenario.load("blank")
    points = points_of(base, ["group.capacity=50,60"], None, None, None)
    bases = {name: base.with_reading(name) for name in LEVELS}
    plan = joined_plan({name: plan_of_sweep(each, points, 3) for name, each in bases.items()})
    told = {
        (2 * k + j, r): {"customer_equity": mean + luck}
        for k, pair in enumerate(means)
        for j, mean in enumerate(pair)
        for r, luck in enumerate((0.0, 1.0, 1.5 + j))
    }
    results = made_results(plan, 3, told)
    found = {n: Sweep(bases[n], points, results.part(k)) for k, n in enumerate(LEVELS)}
    return sq.LevelSweep(found, results)


class TestVerdicts:
    def test_the_same_at_all_levels(self) -> None:
        said = compared(SURE, SURE, SURE).verdict("two", "orders")
        assert said.startswith(
            "two: more orders than with 'one' at every level of reading: quiet ("
        )
        assert said.endswith("(95 %): better") and HANGS not in said
        assert compared(LESS, LESS, LESS).verdict("two", "orders").endswith("(95 %): worse")

    def test_surely_more_and_surely_fewer_hangs_on_reading(self) -> None:
        said = compared(LESS, NOT, SURE).verdict("two", "orders")
        assert said.startswith("two: more orders than with 'one' when reading is lively (8.52 to")
        assert "fewer orders than with 'one' when reading is quiet (8.52 to 13.5)" in said
        assert "undecided when reading is usual (-" in said and said.endswith(HANGS)

    @pytest.mark.parametrize("gaps", [(NOT, SURE, SURE), (NOT, NOT, LESS), (SURE, NOT, ZERO)])
    def test_sure_at_some_levels_only_is_no_answer_and_no_difference(self, gaps) -> None:
        said = compared(*gaps).verdict("two", "orders")
        assert said.endswith("one answer for all levels is not sure")
        assert HANGS not in said and "every level" not in said

    def test_undecided_and_the_same_are_two_things(self) -> None:
        said = compared(NOT, NOT, NOT).verdict("two", "orders")
        assert said.startswith(
            "two: undecided at every level of reading: orders differ by quiet (-"
        )
        said = compared(ZERO, ZERO, ZERO).verdict("two", "orders")
        assert "the same as with 'one' in every replicate, at every level of reading" in said

    def test_one_replicate_says_nothing_sure(self) -> None:
        said = compared(SURE[:1], SURE[:1], LESS[:1]).verdict("two", "orders")
        assert "orders cannot be told from 'one' at every level" in said and "95 %" not in said


class TestTables:
    def test_each_level_has_its_own_pairs(self) -> None:
        table = compared(LESS, ZERO, SURE).table("orders").set_index("reading")
        assert list(table["mean"]) == [-11.0, 0.0, 11.0]
        assert list(table.index) == list(LEVELS)

    def test_the_run_table_has_a_column_reading(self) -> None:
        found = compared(LESS, ZERO, SURE)
        assert found.rows.groupby("reading").size().to_dict() == {0.0: 6, 0.5: 6, 1.0: 6}
        assert found.levels["lively"].rows["reading"].unique().tolist() == [1.0]


class TestSweep:
    def test_the_same_point_everywhere(self) -> None:
        said = swept((0.0, 9.0), (0.0, 9.0), (0.0, 9.0)).sentence()
        assert "group.capacity 60 at every level of reading, surely better" in said

    def test_surely_different_points(self) -> None:
        said = swept((9.0, 0.0), (0.0, 9.0), (0.0, 9.0)).sentence()
        assert "quiet: group.capacity 50; usual: group.capacity 60" in said and HANGS in said

    def test_different_points_none_of_them_surely(self) -> None:
        said = swept((1.0, 0.0), (0.0, 9.0), (0.0, 9.0)).sentence()
        assert HANGS not in said
        assert "1 of 2 points is not surely worse at any level" in said


@pytest.mark.jit
class TestRuns:
    def test_a_level_is_the_comparison_at_that_level_alone(self, here: Path) -> None:
        arms = ("tiny.toml", sq.Scenario.load("tiny.toml").with_values({"group.capacity": 15}))
        found = sq.compare(*arms, reading="all", replicates=2)
        alone = sq.compare(*arms, reading="lively", replicates=2)
        own = found.levels["lively"]
        assert list(own.rows["messages"]) == list(alone.rows["messages"])
        for arm in own.arms:
            assert (own.series(arm, "members") == alone.series(arm, "members")).all()
        assert len(found.rows) == 3 * len(alone.rows)

    def test_the_folder_goes_on_is_verified_and_lends_its_runs(self, here: Path) -> None:
        asked = ("tiny.toml", {"policy.content_per_day": [0.0, 2.0]})
        first = sq.sweep(*asked, 1, reading="all", out="s")
        more = sq.sweep(*asked, 2, reading="all", out="s")
        assert more.rows.iloc[: len(first.rows)].equals(first.rows)
        assert sq.verify("s", 6).same
        assert {"points.csv", "levels.png"} <= {path.name for path in Path("s").iterdir()}

        def computed(**more: Any) -> bool:
            """Whether any run had to be computed."""
            told: list[int] = []
            sq.sweep(
                *asked, 2, reading="usual",
                progress=lambda state: told.append(state.done - state.before), **more,
            )  # fmt: skip
            return any(told)

        assert computed() and not computed(reuse=["s"])

    def test_the_widest_level_decides(self, here: Path) -> None:
        """A level in which nothing varies does not end it."""
        asked = ("tiny.toml", {"policy.content_per_day": [0.0, 2.0]})
        found = sq.sweep(*asked, reading="all", until="messages +-0.001", replicates=18)
        assert found.replicates == 18 and "not as narrow as asked" in found.results.stopped

    def test_the_command_leaves_the_files_of_the_function(self, here: Path, capsys) -> None:
        words = ["sweep", "tiny.toml", "--vary", "policy.content_per_day=0,2", "--reading", "all"]
        assert main([*words, "--replicates", "2", "--out", "c"]) == 0
        printed = capsys.readouterr().out
        assert all(name in printed for name in LEVELS) and "best mean" in printed
        sq.sweep("tiny.toml", {"policy.content_per_day": [0, 2]}, 2, reading="all", out="p")
        for name in ("runs.parquet", "points.csv", "levels.png"):
            assert Path("c", name).read_bytes() == Path("p", name).read_bytes()

    def test_a_comparison_says_its_verdicts_as_json(self, here: Path, capsys) -> None:
        text = 'extends = "tiny.toml"\ntitle = "Loud"\n[policy]\npromo_share = 0.4\n'
        Path("loud.toml").write_text(text, encoding="utf-8")
        words = ["compare", "tiny.toml", "loud.toml", "--reading", "all", "--replicates", "2"]
        assert main([*words, "--json", "--out", "c"]) == 0
        told = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert {line["reading"] for line in told["differences"]} == set(LEVELS)
        assert any("reading" in sentence for sentence in told["sentences"])
        frame = pd.read_csv("c/over_time.csv")
        assert list(frame.columns[:3]) == ["reading", "arm", "day"]

    def test_one_level_lies_under_set(self, here: Path) -> None:
        path = paths_of_reading()[0]
        own = values_at(0.25)[path]
        words = ["run", "tiny.toml", "--reading", "lively", "--out"]
        assert main([*words, "a"]) == 0
        assert main([*words, "b", "--set", f"{path}={own!r}"]) == 0
        found = [sq.Scenario.load(f"{name}/scenario.toml") for name in "ab"]
        assert found[0].level == "lively" and found[1].value(path) == own

    def test_a_run_says_its_level(self, here: Path, capsys) -> None:
        assert main(["run", "wechat-group", "--days", "1"]) == 0
        assert "reading: usual" in capsys.readouterr().out


class TestRefused:
    @pytest.mark.parametrize(
        ("words", "complaint"),
        [
            (("sweep", "tiny.toml", "--reading", "qiet"), "did you mean 'quiet'"),
            (("run", "tiny.toml", "--reading", "all"), "'all' is none of quiet, usual, lively"),
            (("sweep", "tiny.toml", "--reading", "all", "--vary", "reading=0,1"), "drop one"),
            (
                ("sweep", "tiny.toml", "--reading", "all", "--set", f"{paths_of_reading()[0]}=1"),
                "is what --reading all varies",
            ),
        ],
    )
    def test_on_the_command_line(self, refused, words, complaint) -> None:
        assert complaint in refused(*words)

    def test_in_python(self, here: Path) -> None:
        with pytest.raises(sq.ScenarioError, match="only compare and sweep tell quiet, usual"):
            sq.sensitivity("tiny.toml", "world", reading="all")
        with pytest.raises(sq.ScenarioError, match="did you mean 'quiet'"):
            sq.Effort(reading="quite")


@pytest.mark.jit
def test_the_figure_shows_who_reads_at_every_level() -> None:
    """The level with most readers is not cut off by the axis of another."""
    group = sq.Scenario.load("wechat-group").with_values({"past.days": 0, "run.days": 12})
    found = sq.compare(
        group, group.with_values({"group.capacity": 100}), replicates=2, reading="all"
    )
    upper = found.plot().axes[: len(LEVELS)]
    most = max(line.get_ydata().max() for axes in upper for line in axes.lines)
    assert {axes.get_ylim()[0] for axes in upper} == {0.0}
    assert all(axes.get_ylim()[1] >= most for axes in upper)
