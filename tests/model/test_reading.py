"""Levels of reading: their files, what lies between them, and how they lie over a scenario."""

from __future__ import annotations

from pathlib import Path

import pytest

import shequn as sq
from shequn.model.parameters import check_value, declared, flatten
from shequn.model.reading import LEVELS, level, paths_of_reading, values_at

PATH = paths_of_reading()[0]


class TestFiles:
    @pytest.mark.parametrize("name", LEVELS)
    def test_each_sets_the_same_numbers_that_are_allowed(self, name: str) -> None:
        found = level(name)
        assert tuple(found.values) == paths_of_reading() and found.description
        assert [check_value(declared()[p], v)[1] for p, v in found.values.items()] == [""] * len(
            found.values
        )

    def test_they_rise_from_quiet_to_lively(self) -> None:
        for path in paths_of_reading():
            quiet, usual, lively = (level(name).values[path] for name in LEVELS)
            assert quiet < usual < lively

    def test_a_selling_group_is_usual_as_it_stands(self) -> None:
        scenario = sq.Scenario.load("wechat-group")
        assert scenario.level == "usual" and scenario.reading is None
        assert scenario.with_reading("usual").parameters == scenario.parameters


class TestBetween:
    @pytest.mark.parametrize("name", LEVELS)
    def test_at_a_level_the_numbers_are_its_own_to_the_bit(self, name: str) -> None:
        assert values_at(level(name).place) == level(name).values

    def test_halfway_is_halfway(self) -> None:
        usual, lively = (level(name).values[PATH] for name in ("usual", "lively"))
        assert values_at(0.75)[PATH] == pytest.approx((usual + lively) / 2)


class TestScenario:
    def test_only_what_the_level_sets_changes(self) -> None:
        scenario = sq.Scenario.load("wechat-group")
        quiet = scenario.with_reading("quiet")
        before, after = flatten(scenario.parameters), flatten(quiet.parameters)
        assert {p for p in after if after[p] != before[p]} == set(paths_of_reading())
        assert (quiet.level, quiet.reading) == ("quiet", 0.0) and "reading quiet" in repr(quiet)

    def test_what_is_set_itself_comes_after(self) -> None:
        scenario = sq.Scenario.load("wechat-group")
        own = values_at(0.25)[PATH]
        for found in (
            scenario.with_reading("quiet").with_values({PATH: own}),
            scenario.with_values({"reading": 0.0, PATH: own}),
        ):
            assert found.value(PATH) == own
            assert found.reading is None and found.level == "the scenario's own"

    def test_a_file_may_say_it_and_its_alternatives_go_before(self, here: Path) -> None:
        head = f"reading = 1.0\n{(here / 'tiny.toml').read_text(encoding='utf-8')}"
        own = level("quiet").values[PATH]
        text = f'{head}\n[alternatives."other"]\n{PATH} = {own!r}\n'
        (here / "read.toml").write_text(text, encoding="utf-8")
        scenario = sq.Scenario.load("read.toml")
        assert scenario.level == "lively"
        assert scenario.with_reading("usual").arms["other"].value(PATH) == own

    def test_a_wrong_name_or_place_is_refused(self) -> None:
        scenario = sq.Scenario.load("wechat-group")
        words = "'livly' is none of quiet, usual, lively; did you mean 'lively'"
        with pytest.raises(sq.ScenarioError, match=words):
            scenario.with_reading("livly")
        with pytest.raises(sq.ScenarioError, match="reading: 1.5 is out of range; allowed: 0 to 1"):
            scenario.with_values({"reading": 1.5})

    @pytest.mark.jit
    def test_more_is_read_where_reading_is_livelier(self) -> None:
        scenario = sq.Scenario.load("wechat-group")
        read = []
        for name in LEVELS:
            daily = sq.run(scenario.with_reading(name), days=40).daily
            read.append(daily.loc[daily["tier"] == "all", "readers"].iloc[-20:].mean())
        assert read[0] < read[1] < read[2]
