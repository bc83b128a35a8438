"""The results folder: nothing overwritten, nothing half written, everything to be read again."""

from __future__ import annotations

import json
import math
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shequn.agents.errors import ResultsError
from shequn.experiments.runs import store
from shequn.model.parameters import flatten
from shequn.model.scenario import Scenario, named_scenarios


class TestFolders:
    def test_the_next_free_number(self, here):
        assert store.new_folder("run-x") == Path("results/run-x-001")
        (here / "results" / "run-x-002").write_text("a file takes the number too")
        assert store.new_folder("run-x") == Path("results/run-x-003")
        assert store.new_folder("run-y") == Path("results/run-y-001")

    def test_two_at_once_never_share_a_folder(self, here):
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: store.new_folder("run-x"), range(40)))
        assert len(set(found)) == 40

    def test_a_folder_with_something_in_it_is_refused(self, here):
        with pytest.raises(ResultsError, match="not empty"):
            store.new_folder("x", here)

    def test_an_error_leaves_no_empty_folder_behind(self, here):
        for out, gone in ((None, here / "results"), (Path("a/b/c"), here / "a")):
            with pytest.raises(ZeroDivisionError), store.fresh_folder("x", out) as folder:
                assert folder.is_dir()
                raise ZeroDivisionError
            assert not gone.exists()

    def test_an_error_takes_away_nothing_that_was_there(self, here):
        (here / "mine").mkdir()
        store.new_folder("x")
        for out in (Path("mine"), None, Path("mine/deep")):
            with pytest.raises(ZeroDivisionError), store.fresh_folder("x", out):
                raise ZeroDivisionError
        assert sorted(path.name for path in (here / "results").iterdir()) == ["x-001"]
        assert (here / "mine").is_dir() and not list((here / "mine").iterdir())

    def test_what_was_written_before_an_error_stays(self, here):
        with pytest.raises(ZeroDivisionError), store.fresh_folder("x") as folder:
            (folder / "daily.csv").write_text("day")
            raise ZeroDivisionError
        assert (here / "results" / "x-001" / "daily.csv").exists()


class TestFiles:
    def test_a_file_is_written_whole_or_not_at_all(self, here):
        (here / "taken").mkdir()
        for path in (here / "taken", here / "no" / "x.csv", here / "tiny.toml" / "x.csv"):
            with pytest.raises(ResultsError, match="cannot be written"):
                store.write_text(path, "a,b\n")
        assert not [path for path in here.rglob("*") if "part" in path.name]

    def test_lines_end_the_same_on_every_system(self, here):
        store.write_text(here / "a.txt", "社\n")
        assert (here / "a.txt").read_bytes() == "社\n".encode()

    def test_plain_is_what_json_knows(self):
        value = {"a": (math.nan, math.inf, -math.inf, 1.5), 3: Path("x") / "y", "b": [True, None]}
        found = store.plain(value)
        assert found == {"a": [None, "inf", "-inf", 1.5], "3": str(Path("x/y")), "b": [True, None]}
        json.dumps(found, allow_nan=False)

    @pytest.mark.parametrize("content", [None, b"", b"{", b"\xff\xfe"])
    def test_a_manifest_that_cannot_be_read(self, here, content):
        if content is not None:
            (here / "manifest.json").write_bytes(content)
        with pytest.raises(ResultsError, match="manifest"):
            store.read_manifest(here)

    def test_a_manifest_holds_every_value_in_strict_json(self, here):
        scenario = Scenario.load("tiny.toml").with_values({"feel.habit_half_life": math.inf})
        store.write_manifest(here, store.manifest(scenario, "run", seed=2**64 - 1))

        def refuse(name):
            raise AssertionError(name)

        text = (here / "manifest.json").read_text(encoding="utf-8")
        facts = json.loads(text, parse_constant=refuse)
        assert facts["parameters"] == store.plain(flatten(scenario.parameters))
        assert facts["parameters"]["feel.habit_half_life"] == "inf"
        assert facts["seed"] == 2**64 - 1


class TestScenarioFile:
    @pytest.mark.parametrize("name", named_scenarios())
    def test_every_scenario_comes_back_value_for_value(self, here, name):
        scenario = Scenario.load(name)
        (here / "again.toml").write_text(store.scenario_toml(scenario), encoding="utf-8")
        again = Scenario.load("again.toml")
        assert again.parameters == scenario.parameters
        assert (again.days, again.seed) == (scenario.days, scenario.seed)
        assert (again.title, again.description) == (scenario.title, scenario.description)

    def test_two_commands_are_the_same_however_the_file_is_named(self, here, monkeypatch, use):
        values = dict(word.split("=") for word in use("Quiet")[1::2])
        near = Scenario.load("tiny.toml").with_values(values)
        (here / "far").mkdir()
        monkeypatch.chdir(here / "far")
        far = Scenario.load(here / "tiny.toml").with_values(values)
        (here / "far" / "policies.py").write_bytes((here / "policies.py").read_bytes())
        (here / "far" / "tiny.toml").write_bytes((here / "tiny.toml").read_bytes())
        other = Scenario.load("tiny.toml").with_values(values)
        monkeypatch.chdir(here)
        assert store.as_settings(near) == store.as_settings(far)
        assert near.folder != far.folder
        monkeypatch.chdir(here / "far")
        assert store.as_settings(other) != store.as_settings(far)

    def test_hard_words_and_numbers(self, here):
        title = 'A "quoted" back\\slash, 社群\n\ttab'
        values = {
            "feel.habit_half_life": math.inf,
            "product.price": 1e-7,
            "run.seed": 2**64 - 1,
            "policy.class_name": 'say "hi"',
        }
        text = f"title = {json.dumps(title)}\nextends = 'tiny.toml'\n"
        (here / "odd.toml").write_text(text, encoding="utf-8")
        scenario = Scenario.load("odd.toml").with_values(values)
        again = store.scenario_toml(scenario)
        assert tomllib.loads(again)["title"] == title
        (here / "again.toml").write_text(again, encoding="utf-8")
        assert Scenario.load("again.toml").parameters == scenario.parameters

    def test_files_are_named_so_that_it_runs_from_anywhere(self, here):
        (here / "far").mkdir()
        (here / "far" / "edges.csv").write_text("from,to\n1,2\n")
        (here / "far" / "net.toml").write_text(
            'extends = "blank"\n[market]\nnetwork = "edges.csv"\n'
        )
        text = store.scenario_toml(Scenario.load("far/net.toml"))
        (here / "again.toml").write_text(text, encoding="utf-8")
        found = Scenario.load("again.toml").value("market.network")
        assert Path(found) == here / "far" / "edges.csv"
