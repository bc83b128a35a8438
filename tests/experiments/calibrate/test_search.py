"""The search for one good point: loss, evolution, what is found, its folder, the command."""

from __future__ import annotations

import json
import math
import os
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import shequn as sq
from shequn.agents.errors import ResultsError, ScenarioError, ShequnError
from shequn.commands import main
from shequn.experiments.calibrate import search as module
from shequn.experiments.calibrate.calibrate import observe
from shequn.experiments.calibrate.evolution import evolve, points_a_round
from shequn.experiments.calibrate.loss import PULL, distance, loss_of, met, scatter, total
from shequn.experiments.calibrate.search import levels_around, search, searching
from shequn.experiments.calibrate.search_report import sentences
from shequn.experiments.calibrate.sizes import sizes_of
from shequn.experiments.calibrate.targets import Target, load_targets
from shequn.experiments.calibrate.units import Units
from shequn.experiments.crews.crews import threads
from shequn.experiments.designs.ranges import Range, ranges_in
from shequn.experiments.facts.simulated_records import records
from shequn.model.scenario import Scenario
from shequn.views.search_figures import FIGURES

SHARE, ALERT, SEVERITY = "policy.promo_share", "group.alert", "incident.severity"
OVER = {path: (0.0, 1.0) for path in (SHARE, ALERT, SEVERITY)}
NEAR = Target("near", "blank", 0.8, 0.7, 0.9)
SUM = Target("sum", "blank", 1.0, 0.9, 1.1)


def toy(scenario: Scenario, seed: int, facts: Sequence[str]) -> dict[str, float]:
    """Facts of a made-up world: two of three parameters matter, and a little luck."""
    luck = 0.002 * np.random.Generator(np.random.Philox(key=seed)).standard_normal()
    share, alert = scenario.value(SHARE), scenario.value(ALERT)
    found = {"near": share + luck, "sum": share + alert + luck, "far": math.nan}
    return {fact: float(found[fact]) for fact in facts}


def asked(**more: Any) -> dict[str, Any]:
    words = {
        "scenarios": "blank", "to": [NEAR, SUM], "over": OVER, "seeds": 2, "rounds": 8,
        "workers": "threads:1", "how": toy,
    }  # fmt: skip
    return words | more


@pytest.fixture(scope="module")
def found() -> sq.Found:
    return sq.search(**asked(rounds=25))


class TestLoss:
    @pytest.mark.parametrize(
        ("value", "d"), [(2.0, 0.0), (3.0, 1.0), (1.0, 1.0), (4.0, 2.0), (-1.0, 3.0)]
    )
    def test_a_distance_is_in_half_widths(self, value: float, d: float) -> None:
        assert distance(Target("x", "s", 2.0, 1.0, 3.0 - 1e-12), value) == pytest.approx(d)

    def test_a_range_of_factors_is_measured_in_logarithms(self) -> None:
        rate = Target("x", "s", 1.0, 0.5, 2.0)
        assert distance(rate, 1.0) == 0.0
        assert distance(rate, 4.0) == distance(rate, 0.25) == 2.0
        assert distance(rate, 0.0) == math.inf
        assert loss_of(rate, np.zeros(2)) == 1.0

    def test_it_is_smooth_bounded_and_smallest_in_the_middle(self) -> None:
        target = Target("x", "s", 2.0, 1.0, 2.5)
        losses = [loss_of(target, np.array([v])) for v in (1.75, 2.5, 2.5001, 3.25, 1e9, np.nan)]
        assert losses[0] == 0.0
        assert losses[1] == pytest.approx(PULL)
        assert losses[2] == pytest.approx(PULL, abs=1e-3)
        assert losses[3] == pytest.approx(PULL + (1 - PULL) / 2)
        assert losses[4] == pytest.approx(1.0)
        assert losses[5] == 1.0
        assert losses == sorted(losses)

    def test_it_is_of_the_mean_and_of_the_seeds_that_tell(self) -> None:
        target = Target("x", "s", 2.0, 1.0, 2.5)
        assert loss_of(target, np.array([0.0, 3.5])) == 0.0
        assert loss_of(target, np.array([1.75, np.nan])) == 0.5
        assert not met(target, np.array([1.75, np.nan]))
        assert met(target, np.array([0.0, 4.0]))

    def test_weights_and_facts_that_are_shown_only(self) -> None:
        shown = Target("z", "s", 5.0, math.nan, math.nan)
        targets = [Target("x", "s", 0, -1, 1, 3.0), Target("y", "s", 0, -1, 1), shown]
        values = np.array([[0.0, 2.0, 9.0], [0.0, 2.0, 9.0]])
        assert total(targets, values) == pytest.approx((PULL + (1 - PULL) / 2) / 4)
        assert scatter(targets, values) == 0.0
        assert scatter(targets, values[:1]) == 0.0

    def test_the_scatter_is_the_standard_error_over_seeds(self) -> None:
        """Inside the range the loss is PULL x mean^2; about 1 its slope is 2 PULL."""
        draws = 1.0 + 0.01 * np.random.Generator(np.random.Philox(key=3)).standard_normal(50)
        values = (0.5 * draws)[:, None]
        expected = PULL * 2 * values.mean() * values.std(ddof=1) / math.sqrt(50)
        assert scatter([Target("x", "s", 0, -1, 1)], values) == pytest.approx(expected, rel=0.05)


class TestEvolution:
    def test_it_finds_the_least_of_a_narrow_valley(self) -> None:
        """Ten parameters of which some matter thirty times as much as others."""
        weights, place = np.logspace(0, 3, 10), np.linspace(0.2, 0.8, 10)

        def losses(number: int, positions: np.ndarray) -> np.ndarray:
            assert ((positions >= 0) & (positions <= 1)).all()
            return ((positions - place) ** 2 * weights).sum(axis=1)

        points = points_a_round(10)
        _, middle, stopped = evolve(np.full(10, 0.5), points, 200, 1, losses)
        assert middle == pytest.approx(place, abs=0.02)
        again = evolve(np.full(10, 0.5), points, 200, 1, losses)
        assert np.array_equal(again[1], middle)
        assert not np.array_equal(evolve(np.full(10, 0.5), points, 200, 2, losses)[1], middle)
        assert stopped == ""

    def test_one_parameter_an_optimum_at_an_end_and_no_time(self) -> None:
        rounds, middle, _ = evolve(np.array([0.9]), 10, 40, 1, lambda _, x: x[:, 0])
        assert middle[0] < 0.01
        assert len(rounds) == 40
        rounds, middle, stopped = evolve(np.array([0.9]), 10, 40, 1, lambda _, x: x, lambda: False)
        assert (rounds, middle.tolist(), stopped) == ([], [0.9], "the time was up")


class TestFound:
    def test_it_comes_into_the_ranges(self, found: sq.Found) -> None:
        assert found.facts["met"].all()
        assert (found.facts["loss"] < PULL).all()
        assert found.start.loss > 0.5 > found.best.loss
        best = dict(zip(OVER, found.best.values, strict=True))
        assert best[SHARE] == pytest.approx(0.8, abs=0.1)
        assert best[SHARE] + best[ALERT] == pytest.approx(1.0, abs=0.1)
        assert found.facts["lowest"].le(found.facts["best"]).all()

    def test_a_parameter_that_does_not_matter_is_not_identified(self, found: sq.Found) -> None:
        table = found.parameters.set_index("parameter")
        assert table.loc[SEVERITY, "identified"] == "no"
        assert table.loc[SEVERITY, "width"] > 0.5
        assert table.loc[SHARE, "identified"] == table.loc[ALERT, "identified"] == "yes"
        assert any(f"Not identified by these facts: {SEVERITY}" in s for s in sentences(found))
        assert found.tolerance >= 0.05 * found.best.loss

    def test_each_parameter_is_tried_elsewhere(self) -> None:
        around = levels_around(np.array([0.12, 0.5]))
        assert around[:, 0].tolist() == [0.3, 0.5, 0.7, 0.9, *[0.12] * 4]
        assert sorted(around[4:, 1].tolist()) == [0.1, 0.3, 0.7, 0.9]

    def test_seeds_of_the_search_the_choice_and_the_confirmation(self) -> None:
        seen: list[tuple[int, float]] = []

        def watched(scenario: Scenario, seed: int, facts: Sequence[str]) -> dict[str, float]:
            seen.append((seed, scenario.value(SHARE)))
            return toy(scenario, seed, facts)

        what = search(**asked(how=watched, seed=5, rounds=1))
        assert {seed for seed, _ in seen} == {5, 6, 7, 8, 9, 10}
        confirmed = {value for seed, value in seen if seed in (9, 10)}
        assert confirmed == {what.start.values[0], what.best.values[0]}
        assert len([seed for seed, _ in seen if seed == 7]) == 6  # start, four of the best, middle
        assert len(seen) == len(set(what.units.known))  # nothing is simulated twice
        planned = searching("blank", [NEAR], OVER, 2, 1, 5, how=toy).simulations
        assert planned == len(seen)
        assert "At seeds that decided nothing (9 to 10)" in sentences(what)[0]

    def test_the_best_of_lucky_points_need_not_be_chosen(self) -> None:
        """At the seeds of the search a share of 0.3 looks perfect; elsewhere it is not."""

        def lucky(scenario: Scenario, seed: int, facts: Sequence[str]) -> dict[str, float]:
            share = scenario.value(SHARE)
            return {"near": 0.8 if seed <= 2 and share == 0.3 else share}

        what = searching("blank", [NEAR], {SHARE: (0.0, 1.0)}, 2, 1, how=lucky)
        units = Units(what.plan.targets, lucky, threads(1))
        start, *others = what.points(units, np.array([[0.0], [0.3], [0.75], [0.2], [0.76]]), 1)
        assert min(others, key=lambda point: point.loss).values == [0.3]
        assert module._chosen(what, units, [start, *others]).values == [0.76]

    def test_failures_count_as_far_off(self) -> None:
        def fragile(scenario: Scenario, seed: int, facts: Sequence[str]) -> dict[str, float]:
            if scenario.value(ALERT) > 0.2:
                raise ValueError("too much")
            return toy(scenario, seed, facts)

        what = search(**asked(how=fragile, rounds=3))
        losses = {p.values[1] > 0.2: p.loss for p in what.points}
        assert losses[True] == 1.0 > losses[False]
        assert "failed, the first: ValueError: too much" in " ".join(sentences(what))

    def test_values_that_contradict_one_another_count_as_far_off(self) -> None:
        over = {"group.count": (1, 20), "group.seed_members": (1, 100)}
        start = {"market.people": 500, "group.count": 2, "group.seed_members": 5}
        scenario = Scenario.load("blank").with_values(start)
        what = search(**asked(scenarios=scenario, over=over, to=[NEAR], rounds=5))
        too_many = [math.prod(p.values) > 500 for p in [*what.points, *what.scan]]
        assert 0 < sum(too_many) < len(too_many)
        lost = [p.loss == 1.0 for p in [*what.points, *what.scan]]
        assert lost == too_many

    def test_it_prints_and_draws_itself(self, found: sq.Found) -> None:
        lines = repr(found).splitlines()
        assert lines[0].startswith("Search for 3 parameters of blank: loss 0.")
        assert lines[1].startswith(f"  {SHARE}: 0.")
        assert set(FIGURES) == {"convergence", "facts"}
        axes = found.plot().axes[0]
        best = axes.lines[1].get_ydata()
        assert np.all(np.diff(np.asarray(best)) <= 0)
        labels = [text.get_text() for text in found.plot("facts").axes[0].get_yticklabels()]
        assert labels == ["near", "sum"]


def kept(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.suffix in (".csv", ".toml")}


class TestFolder:
    def test_stopped_and_gone_on_is_the_same_as_in_one_go(self, tmp_path: Path) -> None:
        whole, parts = tmp_path / "whole", tmp_path / "parts"
        search(**asked(out=whole))
        done = 0

        def interrupted(scenario: Scenario, seed: int, facts: Sequence[str]) -> dict[str, float]:
            nonlocal done
            done += 1
            if done == 41:
                raise KeyboardInterrupt
            return toy(scenario, seed, facts)

        interrupted.__module__, interrupted.__qualname__ = toy.__module__, toy.__qualname__
        with pytest.raises(KeyboardInterrupt):
            search(**asked(out=parts, how=interrupted))
        lines = parts / "simulations.jsonl"
        assert len(lines.read_text("utf-8").splitlines()) > 30
        with lines.open("ab") as stream:
            stream.truncate(lines.stat().st_size - 30)  # a last line cut short
        before = len(lines.read_bytes())
        search(**asked(out=parts, workers="threads:3"))
        assert kept(parts) == kept(whole)
        assert len(kept(parts)) == 4
        after = lines.read_bytes()
        assert len(after) > before
        search(**asked(out=parts, how=_never))
        assert lines.read_bytes() in (after, after + b"\n")

    def test_more_rounds_go_on(self, tmp_path: Path) -> None:
        short = search(**asked(out=tmp_path, rounds=3))
        longer = search(**asked(out=tmp_path))
        assert longer.rounds == 8 > short.rounds
        straight = search(**asked())
        assert longer.tried.equals(straight.tried)

    @pytest.mark.parametrize(
        ("more", "word"),
        [
            ({"seeds": 3}, "seeds"), ({"seed": 2}, "seed"), ({"over": {SHARE: (0, 1)}}, "over"),
            ({"to": [NEAR]}, "to"), ({"size": 0.5}, "size"),
        ],
    )  # fmt: skip
    def test_another_search_is_refused(self, more: dict, word: str, tmp_path: Path) -> None:
        search(**asked(out=tmp_path, rounds=1))
        before = kept(tmp_path)
        with pytest.raises(ResultsError, match=rf"another search \(differs in .*{word}"):
            search(**asked(out=tmp_path, rounds=1, **more))
        assert kept(tmp_path) == before

    def test_a_calibration_is_no_search(self, tmp_path: Path) -> None:
        sq.calibrate(
            "blank", [NEAR], OVER, particles=10, rounds=1, how=toy, workers=1, out=tmp_path
        )
        with pytest.raises(ResultsError, match="holds no search; nothing is overwritten"):
            search(**asked(out=tmp_path))

    def test_the_time_is_up_after_a_round(self, tmp_path: Path, monkeypatch) -> None:
        ticks = iter(range(10**6))
        with monkeypatch.context() as patch:
            patch.setattr(module.time, "monotonic", lambda: float(next(ticks)))
            short = search(**asked(budget=0.05, out=tmp_path))  # three looks at the clock
        assert short.rounds == 2
        assert sentences(short)[-1] == "Fewer rounds than asked for: the time was up."
        assert search(**asked(out=tmp_path)).tried.equals(search(**asked()).tried)

    def test_the_scenario_runs_as_it_is_written(self, found: sq.Found, tmp_path: Path) -> None:
        found.save(tmp_path)
        text = (tmp_path / "best-blank.toml").read_text("utf-8")
        assert text.startswith('extends = "blank"\n')
        assert len([line for line in text.splitlines() if "=" in line]) == 4
        best = Scenario.load(tmp_path / "best-blank.toml")
        assert [best.value(path) for path in OVER] == found.best.values
        report = (tmp_path / "report.md").read_text("utf-8")
        assert report.startswith("# Search for values of blank\n\n- At seeds that decided nothing")

    def test_a_scenario_of_ones_own_is_written_in_full(self, tmp_path: Path) -> None:
        own = tmp_path / "mine.toml"
        own.write_text('extends = "blank"\n[run]\ndays = 7\n', "utf-8")
        target = Target("near", "mine", 0.8, 0.7, 0.9)
        search(**asked(scenarios=own, to=[target], rounds=1, out=tmp_path / "out"))
        assert Scenario.load(tmp_path / "out" / "best-mine.toml").days == 7


def _never(*_: object) -> dict[str, float]:
    raise AssertionError("nothing is left to do")


_never.__module__, _never.__qualname__ = toy.__module__, toy.__qualname__


class TestInput:
    def test_several_tables_of_facts(self, tmp_path: Path) -> None:
        first, second = tmp_path / "1.csv", tmp_path / "2.csv"
        first.write_text("fact,value,low,high\na,1,0,2\nb,1,0,2\n", "utf-8")
        second.write_text("fact,value,low,high,weight\nb,3,2,4,5\n", "utf-8")
        targets = load_targets([first, second], [Scenario.load("blank")], None)
        assert targets == [Target("a", "blank", 1, 0, 2), Target("b", "blank", 3, 2, 4, 5)]
        second.write_text("fact,value,low\nb,3,2\n", "utf-8")
        with pytest.raises(ScenarioError) as caught:
            load_targets([first, second, tmp_path / "3.csv"], [Scenario.load("blank")], None)
        assert len(caught.value.problems) == 2

    def test_measures_of_runaway_talk_are_targets_by_name(self, tmp_path: Path) -> None:
        table = tmp_path / "1.csv"
        table.write_text(
            "fact,value,low,high,scenario\nlargest_community_share,.16,0,.32,chapters\n"
            "most_messages_a_day,409,0,818,chapters\nmessages_a_day,5,1,9,chapters\n", "utf-8"
        )  # fmt: skip
        what = searching(["chapters"], ["facts", table], {"spread.talk": (1, 3)})
        assert [t.fact for t in what.plan.targets][-3:] == [
            "largest_community_share", "most_messages_a_day", "messages_a_day",
        ]  # fmt: skip

    def test_a_table_of_ranges(self, tmp_path: Path) -> None:
        table = tmp_path / "r.csv"
        table.write_text("path,low,high,log\na.b,1,2,\ns:c.d,0.1,1,yes\ne.f,,,no\n", "utf-8")
        assert list(ranges_in(f"x.y=1:2,{table}")) == [
            ("x.y", ["1", "2"]), ("a.b", ["1", "2"]), ("s:c.d", ["0.1", "1", "log"]), ("e.f", []),
        ]  # fmt: skip
        table.write_text("path,low,hihg\na.b,1,2\n", "utf-8")
        with pytest.raises(ScenarioError) as caught:
            list(ranges_in(str(table)))
        assert "has no column 'high'" in str(caught.value)
        assert "'hihg' is no column of a table of ranges; did you mean 'high'?" in str(caught.value)
        table.write_text("path,low,high,log\na.b,1,2,perhaps\n", "utf-8")
        with pytest.raises(ScenarioError, match="line 2: log: 'perhaps' is neither yes nor no"):
            list(ranges_in(str(table)))
        with pytest.raises(ScenarioError, match="nowhere.csv: cannot be read"):
            list(ranges_in("nowhere.csv"))

    @pytest.mark.parametrize(
        "span", [Range(1.0, 3.0), Range(0.1, 10.0, log=True), Range(2, 9, whole=True),
                 Range(1, 40, log=True, whole=True)],
    )  # fmt: skip
    def test_a_coordinate_gives_its_value_back(self, span: Range) -> None:
        for value in (span.low, 2.0, span.high):
            assert float(span.values(np.array(span.unit(value)))) == pytest.approx(value)
        assert span.unit(1e9) <= 1.0
        assert span.unit(-1.0) >= 0.0

    def test_sizes_by_scenario(self) -> None:
        names = ["a", "b"]
        assert sizes_of(0.5, names) == sizes_of("0.5", names) == {"a": 0.5, "b": 0.5}
        assert sizes_of("b:0.1,0.5", names) == {"a": 0.5, "b": 0.1}
        assert sizes_of({"b": 2}, names) == {"a": 1.0, "b": 2.0}
        with pytest.raises(ScenarioError) as caught:
            sizes_of("0,c:1,b:x", names)
        words = str(caught.value)
        for expected in ("size: 0 is out of range", "'c' is not among", "size b: x is out of"):
            assert expected in words

    def test_everything_wrong_is_told(self) -> None:
        with pytest.raises(ScenarioError, match="no fact has a range"):
            search(**asked(to=[Target("near", "blank", 1.0, math.nan, math.nan)]))
        with pytest.raises(ScenarioError) as caught:
            search(**asked(seeds=0, rounds=0))
        assert "seeds: 0 is not" in str(caught.value)
        assert "rounds: 0 is not" in str(caught.value)
        with pytest.raises(ScenarioError, match="'blnk' is not among"):
            search(**asked(size="blnk:2"))


class TestCommand:
    WORDS = ("calibrate", "blank", "--search", "--to", "t.csv", "--over", "r.csv", "--seeds", "2")

    @pytest.fixture
    def toy_world(self, monkeypatch: pytest.MonkeyPatch, here: Path) -> Path:
        """A folder with tables, and a model that takes no time."""

        def measured(scenario: Scenario, seed: int, facts: Sequence[str], **_: Any) -> dict:
            return {fact: scenario.value(SHARE) + 0.001 * seed for fact in facts}

        for place in ("search", "calibrate"):
            monkeypatch.setattr(f"shequn.experiments.calibrate.{place}.observe", measured)
        monkeypatch.setattr(module, "LONG", 0.0)  # threads
        monkeypatch.setattr(module, "warm_up", lambda *_: None)
        monkeypatch.setattr("shequn.commands.calibrate_command.compile_first", lambda *_: None)
        (here / "t.csv").write_text("fact,value,low,high\nC2_gini,0.8,0.7,0.9\n", "utf-8")
        (here / "r.csv").write_text(f"path,low,high,log\n{SHARE},0,1,no\n", "utf-8")
        return here

    def test_it_writes_everything_and_goes_on(self, toy_world: Path, capsys, monkeypatch) -> None:
        words = [*self.WORDS, "--rounds", "3", "--out", "found"]
        monkeypatch.setattr(
            "shequn.experiments.calibrate.calibrate.Plan.measure",
            property(lambda plan: module.observe),
        )
        assert main(words) == 0
        out = capsys.readouterr().out
        assert "the best point meets 1 of 1 fact" in out
        assert "written to found" in out
        assert sorted(os.listdir("found")) == [
            "best-blank.toml", "convergence.png", "facts.csv", "facts.png", "manifest.json",
            "parameters.csv", "points.csv", "report.md", "simulations.jsonl",
        ]  # fmt: skip
        before = kept(Path("found"))
        assert main(words) == 0
        assert kept(Path("found")) == before
        capsys.readouterr()
        assert main([*words, "--seeds", "3"]) == 2
        assert "differs in seeds" in capsys.readouterr().err

    def test_a_dry_run_writes_nothing(self, toy_world: Path, capsys, monkeypatch) -> None:
        monkeypatch.setattr(
            "shequn.experiments.calibrate.calibrate.Plan.measure",
            property(lambda plan: module.observe),
        )
        before = sorted(toy_world.rglob("*"))
        assert main([*self.WORDS, "--rounds", "4", "--dry-run"]) == 0
        assert sorted(toy_world.rglob("*")) == before
        out = capsys.readouterr().out
        assert "uniform, 0 to 1" in out
        assert "0.7 to 0.9" in out
        assert "4 rounds of 10 points at 2 seeds: about 108 evaluations" in out

    def test_bad_input(self, toy_world: Path, refused: Callable[..., str]) -> None:
        assert "is for a posterior" in refused(*self.WORDS, "--particles", "20")
        without = [word for word in self.WORDS if word != "--search"]
        assert "--seeds: belongs to --search" in refused(*without)
        assert "'blnk' is not among" in refused(*self.WORDS, "--size", "0.5,blnk:1")
        assert "0 is out of range" in refused(*self.WORDS[:-1], "0")
        many = (*self.WORDS[:-1], str(10**12))
        assert "is not a whole number of 1 to 1000" in refused(*many)
        assert "allowed: 1 to 1,000" in refused(*many, "--dry-run")
        assert "leaves no room" in refused(*self.WORDS, "--seed", str(2**64 - 5))
        (toy_world / "r.csv").write_text("path,low,high\ngroup.alrt,0,1\n", "utf-8")
        assert "did you mean 'group.alert'" in refused(*self.WORDS)


@pytest.mark.jit
def test_processes_threads_and_the_real_model_agree(tmp_path: Path) -> None:
    room = Scenario.load("study-room").with_values({"run.days": 20, "group.count": 2})
    words = {"seeds": 1, "rounds": 1, "size": 0.02}
    ends = {"spread.talk": (1.0, 3.0)}
    targets = [Target(f, "study-room", 1.0, 0.0, 2.0) for f in ("gitter_room_median_gini",
               "most_messages_a_day")]  # fmt: skip
    one = search(room, targets, ends, workers="threads:1", out=tmp_path / "1", **words)
    two = search(room, targets, ends, workers="processes:2", out=tmp_path / "2", **words)
    assert kept(tmp_path / "1") == kept(tmp_path / "2")
    assert one.tried.equals(two.tried)
    line = json.loads((tmp_path / "1" / "simulations.jsonl").read_text("utf-8").splitlines()[0])
    assert set(line["facts"]) == {t.fact for t in targets} | {"messages_a_day"}


@pytest.mark.jit
def test_talk_that_runs_away_is_given_up() -> None:
    room = Scenario.load("study-room").with_values({"run.days": 60, "group.count": 2})
    whole = records(room, 1, 0.02)
    limit = len(whole.messages) / 2
    assert limit > 5
    with pytest.raises(ShequnError, match="given up on day .*: more than"):
        records(room, 1, 0.02, most=limit)
    with pytest.raises(ShequnError, match="given up"):
        observe(room, 1, ["messages_a_day"], {"study-room": 0.02}, {"study-room": limit})
    value = observe(room, 1, ["messages_a_day"], {"study-room": 0.02})["messages_a_day"]
    assert value == len(whole.messages) / 60
    assert pickle.loads(pickle.dumps(observe)) is observe
