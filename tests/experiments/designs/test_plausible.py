"""Plausible worlds: the table, how evenly it is drawn, and what a scenario says itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import shequn as sq
from shequn.agents.files import read_lines
from shequn.experiments.designs.factors import of_word
from shequn.experiments.designs.plausible import plausible_ranges
from shequn.experiments.designs.worlds import Worlds
from shequn.model.parameters import declared
from shequn.model.reading import paths_of_reading, values_at

TABLE = Path(sq.__file__).parent / "data" / "plausible.csv"
HEAD = "path,low,high,log,reason\n"


class TestTable:
    def test_what_a_chat_group_has_lies_inside_and_no_level_sets_it(self) -> None:
        chat = sq.Scenario.load("wechat-group")
        for path, ends in plausible_ranges().items():
            if path != "reading":
                assert ends.low <= chat.value(path) <= ends.high
                assert path not in paths_of_reading()

    def test_every_line_has_its_reason_and_nothing_fitted_is_there(self) -> None:
        for _, (path, *_, reason) in read_lines(TABLE)[1:]:
            assert len(reason.split()) > 5
            if path != "reading":
                assert not declared()[path].source.startswith("fitted")

    @pytest.mark.parametrize(
        ("line", "complaint"),
        [
            ("stay.scal,0,1,,x", "did you mean 'stay.scale'"),
            ("stay.scale,1,0,,x", "is no range"),
            ("stay.scale,0,1,log,x", "must be above 0"),
            ("stay.scale,0,1", "3 columns"),
            ("policy.name,0,1,,x", "is no number"),
            ("stay.scale,0,1,,x\nstay.scale,0,1,,x", "comes twice"),
        ],
    )
    def test_a_wrong_table_is_refused_by_line(self, tmp_path, line: str, complaint: str) -> None:
        path = tmp_path / "mine.csv"
        path.write_text(HEAD + line + "\n", encoding="utf-8")
        with pytest.raises(sq.ScenarioError, match=complaint) as caught:
            Worlds.of(path)
        assert f"{path}: line " in str(caught.value)


class TestDraws:
    def test_sixteen_replicates_see_the_whole_of_each_range(self) -> None:
        """Each quarter of each range holds 3 to 5 of 16; drawn at random hardly ever."""
        drawn = Worlds.of("plausible").draw(sq.Scenario.load("wechat-group"), range(1, 17))
        ranges = {path: ends for path, ends in plausible_ranges().items() if path in drawn[0]}
        assert len(ranges) > 20
        for path, ends in ranges.items():
            values = np.array([world[path] for world in drawn])
            low, high = ends.low, ends.high
            if ends.log:
                values, low, high = np.log(values), np.log(low), np.log(high)
            quarters = np.histogram(values, np.linspace(low, high, 5))[0]
            assert quarters.min() >= 3 and quarters.max() <= 5

    def test_the_seed_decides(self) -> None:
        scenario = sq.Scenario.load("wechat-group")
        worlds = Worlds.of("plausible")
        assert worlds.draw(scenario, range(8))[5] == Worlds.of("plausible").draw(scenario, [5])[0]

    def test_what_a_scenario_says_itself_stays(self) -> None:
        worlds, scenario = Worlds.of("plausible"), sq.Scenario.load("wechat-group")
        columns = worlds.columns(scenario).keys()
        own = worlds.columns(scenario.with_values({"stay.scale": 0.002})).keys()
        assert columns - own == {"stay.scale"}
        assert columns - worlds.columns(scenario.with_reading("usual")).keys() == {"reading"}
        value = values_at(0.25)[paths_of_reading()[0]]
        other = scenario.with_values({paths_of_reading()[0]: value})
        assert columns - worlds.columns(other).keys() == {"reading"}

    def test_arms_share_what_none_of_them_says(self) -> None:
        scenario = sq.Scenario.load("wechat-group")
        worlds = Worlds.of("plausible")
        said = set(worlds.names) - worlds.columns(scenario).keys()
        shared = worlds.shared([scenario, scenario.with_values({"buy.herd": 0.5})])
        assert set(worlds.names) - set(shared.names) == {"buy.herd", *said}

    def test_what_is_varied_is_not_drawn_nor_is_its_cause(self) -> None:
        worlds = Worlds.of("plausible")
        assert set(worlds.names) - set(worlds.without([paths_of_reading()[0]]).names) == {"reading"}

    @pytest.mark.jit
    def test_a_sweep_holds_what_it_varies_and_a_run_comes_out_again(self, here: Path) -> None:
        found = sq.sweep("tiny.toml", {"buy.herd": [0.2, 0.8]}, 2, worlds="plausible", out="s")
        assert sorted(set(found.rows["buy.herd"])) == [0.2, 0.8]
        by_replicate = found.rows.groupby("replicate")["stay.scale"].nunique()
        assert (by_replicate == 1).all() and found.rows["stay.scale"].nunique() == 2
        assert sq.verify("s", 4).same

    @pytest.mark.jit
    def test_every_question_takes_them(self, here: Path) -> None:
        from dataclasses import replace

        tiny = sq.Scenario.load("tiny.toml")
        asked = {"worlds": "plausible", "replicates": 2}
        assert (
            sq.branch(tiny, 1, {"policy.promo_share": 0.3}, **asked).rows["reading"].nunique() > 1
        )
        stated = replace(tiny, expect={"statements": ["members > 0 with 50 %"]})
        assert sq.expect(stated, worlds="plausible").verdict in ("pass", "fail", "undecided")
        found = sq.optimise(tiny, "messages", "policy.content_per_day=0:2", trials=2, confirm=2,
                            **asked)  # fmt: skip
        assert found.failed == 0


class TestSensitivity:
    def test_world_begins_with_reading_instead_of_what_it_sets(self) -> None:
        factors = of_word("world", sq.Scenario.load("wechat-group"))
        names = [factor.name for factor in factors]
        assert names[0] == "reading" and not set(paths_of_reading()) & set(names)
        found = {factor.name: factor for factor in factors}
        assert found["stay.scale"].range == plausible_ranges()["stay.scale"]
        assert found["stay.scale"].origin == found["reading"].origin == "plausible"

    def test_where_the_level_is_said_its_parameters_stay_out(self) -> None:
        names = {
            f.name for f in of_word("world", sq.Scenario.load("wechat-group").with_reading("quiet"))
        }
        assert "reading" not in names
