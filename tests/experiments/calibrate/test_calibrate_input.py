"""What a calibration is given: ranges of parameters, tables of facts; every error at once."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import shequn as sq
from shequn.agents.errors import ScenarioError
from shequn.experiments.calibrate.calibrate import observe
from shequn.experiments.calibrate.priors import default_range, parse_over
from shequn.experiments.calibrate.targets import Target, load_targets
from shequn.experiments.designs.ranges import Range
from shequn.model.outcomes import OUTCOMES
from shequn.model.scenario import Scenario, declaration_of


class TestOver:
    def test_ranges_scales_and_scenarios(self) -> None:
        both = [Scenario.load("study-room"), Scenario.load("interest-forum")]
        text = "feel.habit_gain=0.01:0.5:log, study-room:spread.talk=1:3,market.people=1000:2000"
        first, second, third = parse_over(text, both)
        assert (first.name, first.range) == ("feel.habit_gain", Range(0.01, 0.5, log=True))
        assert (second.name, second.range) == ("study-room:spread.talk", Range(1.0, 3.0))
        assert third.range == Range(1000.0, 2000.0, whole=True)
        assert second.words == "uniform, 1 to 3"
        mapping = {"feel.habit_gain": (0.01, 0.5, "log"), "study-room:spread.talk": (1, 3)}
        assert parse_over(mapping, both) == [first, second]

    @pytest.mark.parametrize(
        ("path", "value", "expected"),
        [
            ("feel.habit_half_life", 20.0, Range(5.0, 80.0, log=True)),
            ("feel.habit_half_life", 0.02, Range(0.01, 0.08, log=True)),
            ("feel.habit_gain", 0.2, Range(0.05, 0.8)),
            ("feel.habit_gain", 0.6, Range(0.15, 1.0)),
            ("feel.habit_gain", 0.0, Range(0.0, 1.0)),
            ("buy.constant", -2.0, Range(-8.0, -0.5)),
            ("speak.most_posts", 12, Range(3.0, 48.0, log=True, whole=True)),
        ],
    )
    def test_default_priors(self, path: str, value: float, expected: Range) -> None:
        about = declaration_of(path)
        assert about is not None
        assert default_range(value, about) == expected

    def test_every_error_at_once(self) -> None:
        text = (
            "feel.habit_gian=0:1,spread.talk=3:1,spread.talk=1:x,feel.habit_gain=0:2,"
            "policy.name=0:1,study-rom:spread.talk=1:2,feel.habit_loss=0:1:log,"
            "feel.habit_empty=0:1:lgo,read.seconds,market.people=1.5:2,feel.habit_start=1"
        )
        with pytest.raises(ScenarioError) as caught:
            parse_over(text, [Scenario.load("study-room")])
        words = str(caught.value)
        assert len(caught.value.problems) == 11
        for expected in (
            "did you mean 'feel.habit_gain'?", "LOW must be below HIGH", "expected LOW:HIGH",
            "0:2 is out of range; allowed: 0 to 1", "policy.name: is no number",
            "'study-rom' is not among the scenarios study-room; did you mean 'study-room'?",
            "must be above 0", "did you mean 'log'?", "value is inf; give a range",
            "must be whole numbers",
        ):  # fmt: skip
            assert expected in words

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", "nothing to vary"),
            ("feel.habit_gain=0:1,feel.habit_gain=0:0.5", "varied twice"),
            ("feel.habit_gain=0:1,study-room:feel.habit_gain=0:1", "varied twice"),
            (
                "speak.most_posts=1:500",
                "study-room with 500: group.feed_length: 256 messages cannot",
            ),
        ],
    )
    def test_other_errors(self, text: str, expected: str) -> None:
        with pytest.raises(ScenarioError, match=expected):
            parse_over(text, [Scenario.load("study-room")])


class TestTargets:
    def test_a_table(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        path.write_text("fact,value,low,high,weight\nsum,0.8,0.7,0.9,2\n\ntalk,3,,,\n", "utf-8")
        first, second = load_targets(path, [Scenario.load("blank")], None)
        assert first == Target("sum", "blank", 0.8, 0.7, 0.9, 2.0)
        assert first.error == pytest.approx(0.2 / 3.92, rel=1e-4)
        assert (second.value, second.weight, second.error) == (3.0, 1.0, 0.0)

    def test_facts_of_the_package(self) -> None:
        from shequn.experiments.facts import facts

        known = {fact.id: fact for fact in facts()}
        found = load_targets("facts", [Scenario.load("study-room")], known)
        assert {target.scenario for target in found} == {"study-room"}
        assert all(math.isfinite(target.value) for target in found)
        both = [Scenario.load("study-room"), Scenario.load("interest-forum")]
        assert len(load_targets("facts", both, known)) > len(found)
        with pytest.raises(ScenarioError, match="no fact is kept for blank; there are facts for"):
            load_targets("facts", [Scenario.load("blank")], known)

    def test_an_outcome_can_be_a_fact(self, tmp_path: Path) -> None:
        from shequn.experiments.facts import facts

        path = tmp_path / "t.csv"
        wanted = ["left_share", "readers at day 3", "orders per member by day 3"]
        path.write_text(
            "fact,value,low,high\n" + "".join(f"{one},1,,\n" for one in wanted), "utf-8"
        )
        scenario = Scenario.load("study-room").with_values({"run.days": 3})
        known = {fact.id: fact for fact in facts()}
        assert not known.keys() & OUTCOMES.keys()
        assert [t.fact for t in load_targets(path, [scenario], known)] == wanted
        for wrong, expected in (
            ("readers at day 9", "allowed: 1 to 3"), ("members by day 2", "say 'at day 2'"),
            ("left_shar", "no fact and no outcome; did you mean 'left_share'"),
            ("stay_90", "at least 90"),
        ):  # fmt: skip
            path.write_text(f"fact,value,low,high\n{wrong},1,,\n", "utf-8")
            with pytest.raises(ScenarioError, match=expected):
                load_targets(path, [scenario], known)

    @pytest.mark.jit
    def test_and_is_measured_as_in_any_run(self) -> None:
        scenario = Scenario.load("study-room").with_values({"run.days": 3})
        fact = "gitter_room_median_gini"
        found = observe(scenario, 5, ["members", "messages by day 2", "members at day 3", fact])
        result = sq.run(scenario, seed=5)
        assert found["members"] == found["members at day 3"] == result.summary["members"]
        whole = result.daily[(result.daily["tier"] == "all") & (result.daily["day"] <= 2)]
        assert found["messages by day 2"] == whole["messages"].sum()
        assert found[fact] == observe(scenario, 5, [fact])[fact] or math.isnan(found[fact])

    def test_every_error_at_once(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        path.write_text(
            "fact,value,low,high,scenario,weight\nC2_gni,0.9,,,,\nC2_gini,x,0.8,0.9,,\n"
            "C3_month_gini,0.7,0.8,0.7,,\nC2_gini,0.9,0.8,,,0\nC2_gini,0.9,,,study-rom,\n",
            "utf-8",
        )
        from shequn.experiments.facts import facts

        with pytest.raises(ScenarioError) as caught:
            names = [Scenario.load("study-room"), Scenario.load("interest-forum")]
            load_targets(path, names, {fact.id: fact for fact in facts()})
        words = str(caught.value)
        for expected in (
            "line 2: 'C2_gni' is no fact and no outcome; did you mean 'C2_gini'?",
            "line 3: value: 'x' is not a",
            "line 4: 'C3_month_gini': low 0.8 is not below high 0.7", "give both low and high",
            "weight 0 must be above 0", "line 6: 'study-rom' is not among the scenarios",
        ):  # fmt: skip
            assert expected in words

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("fact,value\nsum,1\n", "has no column 'low'"),
            ("fact,value,low,high,wieght\n", "did you mean 'weight'"),
            ("fact,value,low,high\n", "no facts to hold"),
            ("fact,value,low,high\nsum,1,,\nsum,2,,\n", "'sum' is named twice"),
            ("fact,value,low,high\nsum,,,\n", "value: is missing"),
        ],
    )
    def test_tables_that_are_none(self, text: str, expected: str, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        path.write_text(text, "utf-8")
        with pytest.raises(ScenarioError, match=expected):
            load_targets(path, [Scenario.load("blank")], None)

    def test_no_file(self) -> None:
        with pytest.raises(ScenarioError, match="or the word facts"):
            load_targets("nowhere.csv", [Scenario.load("blank")], None)
