"""Calibration: what it says, its folder and how it goes on, joint calibration, the command."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import shequn as sq
from shequn.agents.errors import ResultsError, ScenarioError
from shequn.commands import main
from shequn.experiments.calibrate import calibrate as module
from shequn.experiments.calibrate.calibrate import calibrate, plan
from shequn.experiments.calibrate.report import sentences
from shequn.experiments.calibrate.targets import Target
from shequn.model.scenario import Scenario
from shequn.views.calibrate_figures import FIGURES

OVER = "feel.habit_gain=0:1,feel.habit_loss=0:1"


def normal(seed: int, n: int) -> np.ndarray:
    return np.random.Generator(np.random.Philox(key=seed)).standard_normal(n)


def toy(scenario: Scenario, seed: int, facts: Sequence[str]) -> dict[str, float]:
    """Facts of a made-up world: the noisy sum of two parameters, and a third one."""
    gain, loss = scenario.value("feel.habit_gain"), scenario.value("feel.habit_loss")
    found = {"sum": gain + loss + 0.02 * normal(seed, 1)[0], "talk": scenario.value("spread.talk")}
    return {fact: float(found[fact]) for fact in facts}


def toy_plan(**more: object) -> dict[str, object]:
    targets = [Target("sum", "blank", 0.8, 0.7, 0.9)]
    return {
        "scenarios": "blank", "to": targets, "over": OVER, "particles": 10, "rounds": 2,
        "workers": 1, "how": toy, **more,
    }  # fmt: skip


@pytest.fixture(scope="module")
def found() -> sq.Calibration:
    return sq.calibrate(
        "blank",
        [Target("sum", "blank", 0.8, 0.7, 0.9), Target("talk", "blank", 4.9, 4.8, 5.0)],
        f"{OVER},spread.talk=1:5,feel.habit_half_life=5:100:log",
        particles=40, rounds=4, how=toy, workers=1,
    )  # fmt: skip


class TestCalibration:
    def test_a_pair_that_the_facts_cannot_tell_apart_is_named(self, found: sq.Calibration) -> None:
        row = found.correlations.iloc[0]
        assert (row["first"], row["second"]) == ("feel.habit_gain", "feel.habit_loss")
        assert row["correlation"] < -0.8
        named = [line for line in sentences(found) if "cannot tell" in line]
        assert len(named) == 1
        assert "feel.habit_gain and feel.habit_loss apart" in named[0]

    def test_a_posterior_at_a_bound_and_one_that_learned_nothing(self, found) -> None:
        words = "\n".join(sentences(found))
        assert "spread.talk presses against its upper bound 5" in words
        assert "presses against its lower bound" not in words
        assert re.search("next to nothing of feel.habit_half_life", words)
        table = found.parameters.set_index("parameter")
        assert table.loc["feel.habit_half_life", "width"] > 0.8 > table.loc["spread.talk", "width"]
        assert table.loc["spread.talk", "at_high"] > 0.2

    def test_what_it_predicts(self, found: sq.Calibration) -> None:
        table = found.predictive
        assert table["fact"].tolist() == ["sum", "talk"]
        assert table["inside"].all()
        assert (table["predicted_low"] <= table["median"]).all()
        assert sentences(found)[0].startswith("No fact is missed")
        seeds = {one.seed for done in found.rounds for one in done.evaluations}
        assert len(found.fresh) == 40
        assert not seeds & {one.seed for one in found.fresh}

    def test_a_fact_that_is_missed_comes_first(self) -> None:
        targets = [Target("sum", "blank", 0.8, 0.7, 0.9), Target("talk", "blank", 9.0, 8.0, 10.0)]
        missed = calibrate(**toy_plan(to=targets, over=f"{OVER},spread.talk=1:2", rounds=1))
        first, second, *_ = sentences(missed)
        assert first == "1 of 2 facts is missed:"
        assert second.startswith("talk: observed 9 [8, 10], predicted 1.")
        assert "(1 missed)" in repr(missed)

    def test_a_prediction_that_says_little(self) -> None:
        targets = [Target("sum", "blank", 0.8, 0.799, 0.801)]
        words = "\n".join(sentences(calibrate(**toy_plan(to=targets, rounds=1))))
        assert "Predictions of sum are more than 4 times as wide as what is known" in words

    def test_it_prints_and_draws_itself(self, found: sq.Calibration) -> None:
        lines = repr(found).splitlines()
        assert lines[0] == (
            "Calibration of blank: 4 parameters to 2 facts (0 missed), 40 samples after 4 rounds"
        )
        assert lines[3].startswith("  spread.talk: 4.")
        titles = [axes.get_title(loc="left") for axes in found.plot().axes[:4]]
        assert titles == found.names
        labels = [text.get_text() for text in found.plot("predictive").axes[0].get_yticklabels()]
        assert labels == ["sum  0.8", "talk  4.9"]
        assert set(FIGURES) == {"posterior", "predictive"}

    def test_the_scenario_of_the_median_runs_as_written(self, found, tmp_path: Path) -> None:
        found.save(tmp_path)
        median = Scenario.load(tmp_path / "median-blank.toml")
        for path, value in found.medians.items():
            assert median.value(path) == value
        table = pd.read_csv(tmp_path / "posterior.csv")
        assert table["weight"].sum() == pytest.approx(1.0)
        assert table.columns.tolist() == ["weight", *found.names]
        assert np.array_equal(table.to_numpy(), found.samples.to_numpy())
        text = (tmp_path / "report.md").read_text("utf-8")
        assert text.startswith("# Calibration of blank\n\n- No fact is missed")

    def test_the_table_of_evaluations(self, found: sq.Calibration) -> None:
        table = found.evaluations
        assert len(table) == found.n_evaluations
        assert table.loc[table["round"] == 0, "spread.talk"].between(1.0, 5.0).all()
        assert np.array_equal(table["talk"], table["spread.talk"])  # that fact is the parameter


def tables_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.csv")}


class TestFolder:
    def test_stopped_and_gone_on_is_the_same_as_in_one_go(
        self, tmp_path: Path, monkeypatch
    ) -> None:
        whole, parts = tmp_path / "whole", tmp_path / "parts"
        calibrate(**toy_plan(out=whole)).save(whole)
        done = 0

        def interrupted(scenario: Scenario, seed: int, facts: Sequence[str]) -> dict[str, float]:
            nonlocal done
            done += 1
            if done == 17:
                raise KeyboardInterrupt
            return toy(scenario, seed, facts)

        interrupted.__module__, interrupted.__qualname__ = toy.__module__, toy.__qualname__
        with pytest.raises(KeyboardInterrupt):
            calibrate(**toy_plan(out=parts, how=interrupted))
        lines = parts / "evaluations.jsonl"
        n_before = len(lines.read_text("utf-8").splitlines())
        assert n_before > 10
        with lines.open("ab") as stream:
            stream.truncate(lines.stat().st_size - 40)  # a last line cut short
        again = calibrate(**toy_plan(out=parts, workers=3))
        again.save(parts)
        assert tables_of(parts) == tables_of(whole)
        assert (parts / "median-blank.toml").read_bytes() == (
            whole / "median-blank.toml"
        ).read_bytes()
        monkeypatch.setattr(module, "evaluate", lambda *_: pytest.fail("nothing is left to do"))
        assert calibrate(**toy_plan(out=parts)).samples.equals(again.samples)

    def test_more_rounds_go_on(self, tmp_path: Path) -> None:
        calibrate(**toy_plan(out=tmp_path, rounds=1))
        longer = calibrate(**toy_plan(out=tmp_path))
        assert longer.samples.equals(calibrate(**toy_plan()).samples)

    @pytest.mark.parametrize(
        ("more", "word"),
        [
            ({"particles": 11}, "particles"),
            ({"seed": 2}, "seed"),
            ({"over": "feel.habit_gain=0:1"}, "over"),
            ({"to": [Target("sum", "blank", 0.9, 0.7, 1.0)]}, "to"),
            ({"scenarios": Scenario.load("blank").with_values({"run.days": 3})}, "scenarios"),
        ],
    )
    def test_another_calibration_is_refused(self, more, word: str, tmp_path: Path) -> None:
        calibrate(**toy_plan(out=tmp_path, rounds=1))
        before = (tmp_path / "evaluations.jsonl").read_bytes()
        with pytest.raises(ResultsError, match=rf"another calibration \(differs in {word}\)"):
            calibrate(**toy_plan(out=tmp_path, rounds=1, **more))
        assert (tmp_path / "evaluations.jsonl").read_bytes() == before

    def test_another_kind_of_folder_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "manifest.json").write_text('{"design": {}}', "utf-8")
        with pytest.raises(ResultsError, match="holds no calibration"):
            calibrate(**toy_plan(out=tmp_path))
        (tmp_path / "manifest.json").rename(tmp_path / "notes.txt")
        with pytest.raises(ResultsError, match="not empty"):
            calibrate(**toy_plan(out=tmp_path))

    def test_a_run_that_fails_is_kept_as_a_failure(self, tmp_path: Path) -> None:
        def fragile(scenario: Scenario, seed: int, facts: Sequence[str]) -> dict[str, float]:
            if scenario.value("feel.habit_gain") > 0.5:
                raise ValueError("too much")
            return toy(scenario, seed, facts)

        found = calibrate(**toy_plan(how=fragile, out=tmp_path, rounds=2))
        assert found.samples["feel.habit_gain"].max() <= 0.5
        assert found.failures[0].failure == "ValueError: too much"
        assert any("failed, the first: ValueError: too much" in line for line in sentences(found))
        lines = (tmp_path / "evaluations.jsonl").read_text("utf-8").splitlines()
        failures = {json.loads(line)["failure"] for line in lines}
        assert failures == {"", "ValueError: too much"}

    def test_the_time_is_up(self, tmp_path: Path) -> None:
        with pytest.raises(ResultsError, match="no round was finished: the time was up in round 1"):
            calibrate(**toy_plan(budget=1e-9, out=tmp_path))
        ticks = iter(range(10**6))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module.time, "monotonic", lambda: float(next(ticks)))
            short = calibrate(**toy_plan(budget=0.2, out=tmp_path))  # 12 looks at the clock
        assert len(short.rounds) == 1
        assert "Fewer rounds than asked for: the time was up in round 2" in sentences(short)[-1]
        assert calibrate(**toy_plan(out=tmp_path)).samples.equals(calibrate(**toy_plan()).samples)


class TestJoint:
    def test_shared_and_own_parameters(self) -> None:
        def seen(scenario: Scenario, seed: int, facts: Sequence[str]) -> dict[str, float]:
            return {fact: scenario.value(fact) for fact in facts}

        both = [Scenario.load("blank"), Scenario.load("wechat-group")]
        targets = [
            Target(fact, scenario.name, 0.5, 0.4, 0.6)
            for fact in ("feel.habit_gain", "feel.habit_loss")
            for scenario in both
        ]
        found = calibrate(
            both, targets, "feel.habit_gain=0:1,wechat-group:feel.habit_loss=0:1",
            particles=10, rounds=1, how=seen, workers=1,
        )  # fmt: skip
        table = found.evaluations
        for name in ("blank", "wechat-group"):
            assert table[f"{name}:feel.habit_gain"].equals(table["feel.habit_gain"].rename(None))
        own = table["wechat-group:feel.habit_loss"]
        assert own.shape[1] == 2  # the parameter, and the fact of the same name
        assert own.iloc[:, 0].equals(own.iloc[:, 1])
        assert table["blank:feel.habit_loss"].nunique() == 1
        first, second = found.median_scenarios
        assert second.value("feel.habit_loss") == found.medians["wechat-group:feel.habit_loss"]
        assert first.value("feel.habit_loss") == both[0].value("feel.habit_loss")

    def test_numbers_and_scenarios_out_of_range(self) -> None:
        with pytest.raises(ScenarioError) as caught:
            plan(["blank", "blank", "blnk"], "facts", OVER, particles=3, rounds=0, seed=-1)
        words = str(caught.value)
        for expected in ("particles: 3", "rounds: 0", "seed: -1", "blank: is named twice", "blnk"):
            assert expected in words
        with pytest.raises(ScenarioError, match="workers: 0"):
            calibrate(**toy_plan(workers=0))
        with pytest.raises(ScenarioError, match="budget: 0.0 is not a time"):
            calibrate(**toy_plan(budget=0.0))

    def test_tables_and_ranges_are_checked_together(self) -> None:
        with pytest.raises(ScenarioError) as caught:
            plan("blank", "nowhere.csv", "feel.habit_gian=0:1")
        assert "nowhere.csv" in str(caught.value)
        assert "feel.habit_gian" in str(caught.value)


class TestCommand:
    @pytest.fixture
    def facts_of_toy(self, monkeypatch: pytest.MonkeyPatch, here: Path) -> Path:
        """A folder with a table of two facts, and a model that takes no time."""

        def measured(scenario: Scenario, seed: int, facts: Sequence[str]) -> dict[str, float]:
            gain, loss = scenario.value("feel.habit_gain"), scenario.value("feel.habit_loss")
            return {fact: gain + loss + 0.02 * normal(seed, 1)[0] for fact in facts}

        monkeypatch.setattr(module, "evaluate", _with(measured))
        monkeypatch.setattr(module, "warm_up", lambda *_: None)
        monkeypatch.setattr("shequn.commands.calibrate_command.compile_first", lambda *_: None)
        (here / "t.csv").write_text("fact,value,low,high\nC2_gini,0.8,0.7,0.9\n", "utf-8")
        return here

    WORDS = ("calibrate", "blank", "--to", "t.csv", "--over", OVER, "--particles", "20")

    def test_it_writes_everything_and_goes_on(self, facts_of_toy: Path, capsys) -> None:
        words = [*self.WORDS, "--rounds", "2", "--workers", "1", "--out", "fit"]
        assert main(words) == 0
        out = capsys.readouterr().out
        assert "No fact is missed" in out
        assert "written to fit" in out
        assert sorted(os.listdir("fit")) == [
            "correlations.csv", "coverage.csv", "evaluations.jsonl", "manifest.json",
            "median-blank.toml", "parameters.csv", "posterior.csv", "posterior.png",
            "predictive.csv", "predictive.png", "report.md",
        ]  # fmt: skip
        before = tables_of(Path("fit"))
        assert main(words) == 0
        assert tables_of(Path("fit")) == before
        assert main([*words, "--seed", "7"]) == 2
        assert "differs in seed" in capsys.readouterr().err

    def test_a_dry_run_writes_nothing(self, facts_of_toy: Path, capsys) -> None:
        before = sorted(facts_of_toy.rglob("*"))
        assert main([*self.WORDS, "--dry-run"]) == 0
        assert sorted(facts_of_toy.rglob("*")) == before
        out = capsys.readouterr().out
        assert "uniform, 0 to 1" in out
        assert "C2_gini" in out
        assert "about 540 evaluations" in out

    def test_bad_input(self, facts_of_toy: Path, refused: Callable[..., str]) -> None:
        words = refused(*self.WORDS[:4], "--over", "feel.habit_gian=0:1,feel.habit_loss=1:0")
        assert "did you mean 'feel.habit_gain'" in words
        assert "LOW must be below HIGH" in words
        assert "5 is out of range; allowed: 10 or more" in refused(*self.WORDS[:-1], "5")
        assert "out of range" in refused(*self.WORDS, "--budget", "-1")
        assert "nowhere.csv" in refused("calibrate", "blank", "--to", "nowhere.csv", "--over", OVER)


def _with(measured: Callable) -> Callable:
    """Measure with this function, whatever else was asked for."""

    def evaluate(scenarios: Sequence[Scenario], targets: Sequence[Target], seed: int, _: object):
        pairs = [(s, t.fact) for s in scenarios for t in targets if t.scenario == s.name]
        return {(s.name, fact): measured(s, seed, [fact])[fact] for s, fact in pairs}

    return evaluate


@pytest.mark.jit
def test_the_real_model_is_run_and_measured(here: Path) -> None:
    """A tiny world: the facts of the package are those of its records, whatever the thread."""
    from shequn.experiments.facts import measure
    from shequn.experiments.facts.simulated_records import records

    tiny = Scenario.load("tiny.toml").with_values({"run.days": 40})
    target = Target("C2_top_10_percent", "tiny", 0.5, 0.2, 0.8)
    found = calibrate(tiny, [target], "spread.talk=0.5:1.5", particles=10, rounds=1, workers=2)
    one = found.rounds[0].evaluations[0]
    talk = float(found.priors[0].range.values(one.position)[0])
    again = records(tiny.with_values({"spread.talk": talk}), one.seed)
    assert one.summaries[0] == measure("C2_top_10_percent", again).value
