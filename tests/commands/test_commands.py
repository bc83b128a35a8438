"""The commands as a user gives them: what lands where, and what can be done with it."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import shequn
from shequn.commands import COMMANDS, main
from shequn.experiments.runs.run import run
from shequn.model.arguments import ENGINES
from shequn.model.parameters import declared
from shequn.model.scenario import Scenario
from shequn.model.world import World

TABLES = (
    "daily.csv",
    "groups.csv",
    "members.csv",
    "invitations.csv",
    "retention.csv",
    "funnel.csv",
)
PICTURES = {"overview.png", "funnel.png"}
OF_A_RUN = {*TABLES, "summary.json", "manifest.json", "scenario.toml", *PICTURES}


def give(*words: object) -> int:
    return main([str(word) for word in words])


@pytest.fixture
def no_pictures(monkeypatch):
    """Leave out what takes longest; two tests draw."""

    def save(figure, path):
        path.write_bytes(b"a picture")

    def drawings(result):
        if result.rows.empty:
            return {}
        return dict.fromkeys(("growth", "equity", "heat_map"), lambda: None)

    monkeypatch.setattr("shequn.views.pictures.save", save)
    monkeypatch.setattr("shequn.views.style.save", save)
    monkeypatch.setattr("shequn.views.figures.overview", lambda daily, scenario: None)
    monkeypatch.setattr("shequn.views.funnel_figures.funnel_figure", lambda funnel, scenario: None)
    monkeypatch.setattr("shequn.views.sweep_figures.drawings", drawings)


quick = pytest.mark.usefixtures("no_pictures")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def same(one: Path, other: Path, files: tuple[str, ...] = (*TABLES, "summary.json")) -> bool:
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in files)


def process(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own."""
    root = str(Path(shequn.__file__).parent.parent)
    return subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": root, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


class TestRun:
    def test_it_writes_everything_and_overwrites_nothing(self, here, capsys):
        assert give("run", "tiny.toml") == 0
        first = here / "results" / "run-tiny-001"
        assert names(first) == OF_A_RUN
        before = {path: path.read_bytes() for path in first.iterdir()}
        assert give("run", "tiny.toml") == 0
        second = here / "results" / "run-tiny-002"
        assert {path: path.read_bytes() for path in first.iterdir()} == before
        assert same(first, second)
        assert (second / "overview.png").read_bytes() == before[first / "overview.png"]
        assert "written to results/run-tiny-002" in capsys.readouterr().out

    @quick
    def test_the_tables_are_those_of_the_library(self, here):
        give("run", "tiny.toml", "--out", "a", "--seed", 8, "--days", 3, "--messages")
        result = run("tiny.toml", days=3, seed=8, keep_messages=True)
        assert result.summary["messages"] > 0
        for name in ("daily", "groups", "members", "invitations", "messages"):
            text = getattr(result, name).to_csv(index=False, lineterminator="\n")
            assert (here / "a" / f"{name}.csv").read_text() == text
        written = json.loads((here / "a" / "summary.json").read_text())
        expected = {k: None if v != v else v for k, v in result.summary.items()}
        assert written == expected

    @pytest.mark.jit
    def test_a_market_of_two_runs_again_to_the_same_bits(self, here):
        (here / "duel.toml").write_text(
            'extends = "tiny.toml"\nplatform = "qq"\n'
            "[group]\ncapacity = 20\n"
            '[[channels]]\ngroup.capacity = 12\n[[channels]]\nplatform = "tieba"\n'
            "group.capacity = 15\ndesk.staff = 1\n"
            '[[rivals]]\nname = "other"\nproduct.price = 50\npolicy.name = "none"\n'
            "policy.promo_share = 0.0\n"
        )
        give("run", "duel.toml", "--out", "a")
        assert "market.csv" in names(here / "a")
        market = (here / "a" / "market.csv").read_text().splitlines()
        assert [line.split(",")[1] for line in market[1:3]] == ["operator", "other"]
        give("run", "a/scenario.toml", "--out", "b")
        assert same(here / "a", here / "b")

    @quick
    def test_the_resolved_scenario_runs_again_to_the_same_bits(self, here):
        give("run", "tiny.toml", "--out", "a", "--seed", 5, "--set", "policy.overtness=0.7")
        give("run", "a/scenario.toml", "--out", "b")
        assert same(here / "a", here / "b")

    @quick
    def test_a_run_is_rebuilt_from_its_manifest(self, here):
        changes = ("--seed", 2**64 - 1, "--set", "feel.habit_half_life=inf")
        give("run", "tiny.toml", "--out", "a", *changes)
        facts = json.loads((here / "a" / "manifest.json").read_text())
        values = {k: float(v) if v == "inf" else v for k, v in facts["parameters"].items()}
        scenario = Scenario.load("blank").with_values(values)
        again = run(scenario, facts["days"], facts["seed"], facts["engine"])
        assert again.daily.to_csv(index=False) == (here / "a" / "daily.csv").read_text()
        assert facts["software"]["numpy"] and facts["python"]

    @quick
    def test_both_engines_write_the_same(self, here):
        give("run", "tiny.toml", "--out", "a", "--engine", "compiled")
        give("run", "tiny.toml", "--out", "b", "--engine", "agents")
        assert same(here / "a", here / "b")

    def test_engines_on_offer_are_those_of_the_model(self, capsys):
        with pytest.raises(SystemExit):
            main(["run", "blank", "--engine", "?"])
        err = capsys.readouterr().err
        assert all(engine in err for engine in ENGINES)

    @quick
    def test_no_day_at_all(self, here):
        assert give("run", "tiny.toml", "--days", 0, "--out", "a") == 0
        assert names(here / "a") == OF_A_RUN - PICTURES
        assert pd.read_csv(here / "a" / "daily.csv").empty

    @quick
    @pytest.mark.parametrize("within", [False, True])
    @pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
    def test_interrupted_before_anything_is_written_it_leaves_nothing(
        self, here, monkeypatch, capsys, name, code, within
    ):
        number = getattr(signal, name)

        def interrupt(world, days, progress=None):
            if world.settings.name != "tiny":
                return
            try:
                signal.raise_signal(number)
            except KeyboardInterrupt:
                if within:  # so it comes out of compiled code
                    raise SystemError("a result with an exception set") from None
                raise

        monkeypatch.setattr(World, "play", interrupt)
        # Tests that run in the background of a shell are told to ignore SIGINT.
        before = signal.signal(number, signal.default_int_handler)
        try:
            assert give("run", "tiny.toml") == code
            assert signal.getsignal(number) is signal.default_int_handler
        finally:
            signal.signal(number, before)
        assert capsys.readouterr().err == "shequn: interrupted\n"
        assert not (here / "results").exists()

    @quick
    def test_a_signal_that_is_ignored_stays_so(self, here, monkeypatch):
        play = World.play

        def hung_up(world, days, progress=None):
            signal.raise_signal(signal.SIGHUP)
            play(world, days, progress)

        monkeypatch.setattr(World, "play", hung_up)
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
        try:
            assert give("run", "tiny.toml") == 0
        finally:
            signal.signal(signal.SIGHUP, before)


class TestContinue:
    @quick
    def test_in_another_process_it_equals_an_uninterrupted_run(self, here):
        give("run", "tiny.toml", "--days", 7, "--messages", "--out", "whole")
        give(
            "run", "tiny.toml", "--days", 4, "--messages", "--out", "half",
            "--save", "day4.shequn",
        )  # fmt: skip
        words = ("-m", "shequn", "continue", "day4.shequn", "--days", "3", "--messages")
        done = process(*words, cwd=here)
        assert done.returncode == 0, done.stderr
        rest = here / "results" / "continue-tiny-001"
        assert names(rest) == OF_A_RUN | {"messages.csv"}
        assert same(here / "whole", rest, (*TABLES, "messages.csv", "summary.json"))
        assert not same(here / "whole", here / "half", ("daily.csv",))

    @quick
    def test_its_scenario_runs_to_the_same_end(self, here):
        give("run", "tiny.toml", "--days", 2, "--seed", 9, "--out", "a", "--save", "s.shequn")
        give("continue", "s.shequn", "--days", 3, "--out", "b")
        give("run", "b/scenario.toml", "--out", "c")
        assert same(here / "b", here / "c")
        facts = json.loads((here / "b" / "manifest.json").read_text())
        assert (facts["command"], facts["days"], facts["seed"]) == ("continue", 5, 9)


VARY = ("--vary", "group.capacity=15,20", "--vary", "policy.promo_share=0:0.2:2")


class TestSweep:
    @quick
    def test_two_parameters(self, here, capsys):
        assert give("sweep", "tiny.toml", *VARY, "--replicates", 2, "--workers", 2) == 0
        folder = here / "results" / "sweep-tiny-001"
        assert names(folder) == {
            "manifest.json", "scenario.toml", "shards", "runs.parquet", "daily.parquet",
            "failures.parquet", "dictionary.csv", "checksums.txt", "points.csv",
            "growth.png", "equity.png", "heat_map.png", ".lock",
        }  # fmt: skip
        runs = pd.read_parquet(folder / "runs.parquet")
        design = [(15, 0.0), (15, 0.2), (20, 0.0), (20, 0.2)]
        found = runs[["group.capacity", "policy.promo_share", "seed"]].apply(tuple, axis=1)
        assert list(found) == [(c, s, seed) for seed in (3, 4) for c, s in design]
        points = pd.read_csv(folder / "points.csv").set_index(["point", "outcome"])["mean"]
        expected = runs.groupby("point")["messages"].mean()
        assert points.xs("messages", level=1).tolist() == pytest.approx(expected.tolist())
        out = capsys.readouterr().out
        assert "[persons]" in out
        assert "[CNY]" in out

    @quick
    def test_one_run_of_it_is_the_same_run_on_its_own(self, here):
        give("sweep", "tiny.toml", *VARY, "--replicates", 2, "--out", "s")
        give(
            "run", "tiny.toml", "--seed", 4, "--out", "r",
            "--set", "group.capacity=20", "--set", "policy.promo_share=0.2",
        )  # fmt: skip
        runs = pd.read_parquet(here / "s" / "runs.parquet")
        summary = json.loads((here / "r" / "summary.json").read_text())
        row = runs[(runs["point"] == 3) & (runs["seed"] == 4)].iloc[0]
        for name, value in summary.items():
            assert row[name] == value or (value is None and row[name] != row[name]), name

    @quick
    def test_more_replicates_go_on_from_there(self, here, monkeypatch):
        command = ("sweep", "tiny.toml", *VARY, "--out", "s", "--replicates")
        give(*command, 1)
        runs = pd.read_parquet(here / "s" / "runs.parquet")
        give(*command, 2)
        more = pd.read_parquet(here / "s" / "runs.parquet")
        assert more[: len(runs)].equals(runs)
        assert len(more) == 2 * len(runs)

        def refuse(*_):
            raise AssertionError("a run was computed again")

        monkeypatch.setattr("shequn.experiments.runs.cases._run", refuse)
        assert give(*command, 2) == 0
        assert pd.read_parquet(here / "s" / "runs.parquet").equals(more)

    @quick
    @pytest.mark.parametrize(
        "change",
        [
            ("--seed", "4"),
            ("--days", "3"),
            ("--set", "product.price=98"),
            ("--vary", "product.price=98,99"),
        ],
    )
    def test_another_design_in_its_folder_is_refused(self, here, refused, change):
        command = ["sweep", "tiny.toml", *VARY, "--replicates", "1", "--out", "s"]
        give(*command)
        before = {path: path.read_bytes() for path in (here / "s").rglob("*.*")}
        assert "holds other results" in refused(*command, *change)
        assert {path: path.read_bytes() for path in (here / "s").rglob("*.*")} == before

    @pytest.mark.jit
    def test_points_that_fail_are_reported_and_the_others_kept(self, here, use, capsys):
        classes = "policy.class_name=Raising,Quiet"
        command = (
            "sweep", "tiny.toml", *use("Quiet"), "--vary", classes,
            "--vary", "policy.overtness=0,0.5", "--replicates", 2, "--out", "s",
        )  # fmt: skip
        assert give(*command) == 1
        failures = pd.read_parquet(here / "s" / "failures.parquet")
        assert failures[["point", "seed"]].values.tolist() == [[0, 3], [1, 3], [0, 4], [1, 4]]
        assert set(failures["type"]) == {"PolicyError"}
        assert failures["message"].str.contains("day 3: RuntimeError: no idea").all()
        assert failures["traceback"].str.contains("policies.py").all()
        assert pd.read_parquet(here / "s" / "runs.parquet")["point"].tolist() == [2, 3, 2, 3]
        assert {"growth.png", "equity.png", "heat_map.png"} <= names(here / "s")
        assert "4 runs failed" in capsys.readouterr().out

        text = (here / "policies.py").read_text()
        text = text.replace('raise RuntimeError("no idea what to post, 社")', "return []")
        (here / "policies.py").write_text(text)
        assert give(*command) == 0
        assert pd.read_parquet(here / "s" / "failures.parquet").empty
        assert len(pd.read_parquet(here / "s" / "runs.parquet")) == 8

    @quick
    def test_when_every_run_fails(self, here, use, capsys):
        words = (*use("Raising"), "--vary", "policy.overtness=0,1", "--replicates", 2)
        assert give("sweep", "tiny.toml", *words) == 1
        assert "4 runs failed" in capsys.readouterr().out
        folder = here / "results" / "sweep-tiny-001"
        assert len(pd.read_parquet(folder / "failures.parquet")) == 4
        assert pd.read_parquet(folder / "runs.parquet").empty


class TestOthers:
    @quick
    def test_check_shows_what_differs_and_nothing_else(self, here, capsys):
        price = declared()["product.price"].default + 1
        (here / "dear.toml").write_text(f"title = 'Dear [red]'\n[product]\nprice = {price}\n")
        assert give("check", "dear.toml") == 0
        out = capsys.readouterr().out
        assert "dear: Dear [red]" in out
        rows = [line.split() for line in out.splitlines() if line.strip()[:1].isalpha()]
        assert ["product.price", str(price), str(price - 1), "CNY"] in rows
        assert sum("." in row[0] and row[0] in declared() for row in rows) == 1

    @quick
    def test_check_shows_platform_rivals_and_alternatives(self, here, capsys):
        assert give("check", "two-brands") == 0
        out = capsys.readouterr().out
        assert "rivals 1: the cheaper brand" in out
        assert ["product.price", "79.0"] in [line.split() for line in out.splitlines()]
        assert "alternatives: no rival, a rival who copies, price war" in out
        assert give("check", "stage-1-media") == 0
        assert "platform: weibo" in capsys.readouterr().out

    def test_parameters_by_a_word(self, capsys):
        assert give("parameters", "promo_share") == 0
        out = capsys.readouterr().out
        assert "policy.promo_share" in out
        assert "policy.overtness" not in out

    @quick
    def test_platforms_are_among_the_parameters(self, capsys):
        assert give("parameters", "half", "life") == 0
        shown = capsys.readouterr().out
        assert all(path in shown for path in declared() if path.endswith("half_life"))
        assert "policy.promo_share" not in shown
        assert give("parameters", "half-life", "orders") == 0
        assert capsys.readouterr().out.startswith("1 parameter\n")
        assert give("parameters", "tieba") == 0
        rows = [line.split() for line in capsys.readouterr().out.splitlines()]
        assert ["path", "wechat", "qq", "weibo", "tieba", "app", "live"] in rows
        assert ["group.peers_post", "true", "true", "false", "true", "true", "true"] in rows

    def test_the_reference_holds_every_parameter_once(self, capsys):
        assert give("parameters", "--markdown") == 0
        lines = capsys.readouterr().out.partition("## Platforms")[0].splitlines()
        section, found = "", []
        for line in lines:
            if line.startswith("## "):
                section = line[3:]
            elif line.startswith("| `"):
                cells = [cell.strip() for cell in line.replace("\\|", "/").split("|")[1:-1]]
                assert len(cells) == 6
                assert cells[4] and cells[5]
                found.append(f"{section}.{cells[0].strip('`')}")
        assert found == ["run.days", "run.seed", "past.days", *declared()]


class TestHelp:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_has_examples_that_parse(self, command, capsys, monkeypatch):
        with pytest.raises(SystemExit) as end:
            main([command, "--help"])
        assert end.value.code == 0
        text = capsys.readouterr().out
        examples = [
            shlex.split(part)[1:]
            for line in re.sub(r" \\\n +", " ", text[text.index("examples:") :]).splitlines()
            for part in line.split("&&")
            if part.strip().startswith("shequn ")
        ]
        assert any(example[0] == command for example in examples)
        called = []
        module = sys.modules[f"shequn.commands.{command}_command"]
        monkeypatch.setattr(module, "execute", lambda options: called.append(options) or 0)
        for example in examples:
            if example[0] == command:
                assert main(example) == 0
        assert called

    def test_no_command_prints_the_help(self, capsys):
        assert main([]) == 0
        out = capsys.readouterr().out
        assert all(command in out for command in COMMANDS)

    def test_the_process_ends_after_its_hooks_and_before_the_interpreter_is_taken_down(
        self, tmp_path
    ):
        program = (
            "import atexit, builtins, os, sys, threading, time\n"
            "from shequn import __main__ as program\n"
            "class Kept:\n"
            "    def __del__(self): os.abort()\n"
            "builtins.kept = Kept()\n"
            "def late(): time.sleep(0.2); print('thread')\n"
            "def main():\n"
            "    atexit.register(print, 'hook')\n"
            "    threading.Thread(target=late).start()\n"
            "    return 143\n"
            "program.main = main\n"
            "sys.exit(program.run())"
        )
        done = process("-c", program, cwd=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (143, "thread\nhook\n", "")

    def test_nothing_has_registered_a_hook_before_a_command_begins(self, tmp_path):
        program = (
            "import atexit; before = atexit._ncallbacks()\n"
            "import shequn.__main__; print(atexit._ncallbacks() - before)"
        )
        assert process("-c", program, cwd=tmp_path).stdout == "0\n"

    def test_help_imports_nothing_heavy_and_prints_on_any_terminal(self, tmp_path):
        program = (
            "import sys; from shequn.commands import main\n"
            "try: main(['sweep', '--help'])\n"
            "except SystemExit: pass\n"
            "heavy = {'numba', 'matplotlib', 'pandas', 'mesa', 'scipy', 'rich'}\n"
            "print('heavy', sorted(heavy & set(sys.modules)))"
        )
        done = process("-c", program, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1] == "heavy []"
        done = process("-m", "shequn", "--help", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "examples:" in done.stdout
