"""Commands that are killed, interrupted, run out of disk, or find damage: nothing is lost."""

from __future__ import annotations

import json
import random
import shutil
import signal
import time
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from shequn.experiments.runs import cases
from shequn.experiments.runs.archive import SHARDS, read
from shequn.experiments.runs.tables import CHECKSUMS, NAMES
from tests.interrupted import (
    begin,
    give,
    kept,
    said,
    shards,
    sweep,
    tables,
    uninterrupted,
    wait_for,
)

pytestmark = pytest.mark.jit
REPLICATES = 160  # so many that a kill on a busy machine still finds some to do
RUNS = 2 * REPLICATES
SWEEP = sweep(REPLICATES)


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    """Leave out what takes longest."""
    monkeypatch.setattr("shequn.views.sweep_figures.drawings", lambda result: {})


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The same sweep, never interrupted: its folder."""
    return uninterrupted(tmp_path_factory.mktemp("whole"), REPLICATES)


@pytest.mark.parametrize(
    ("workers", "kills"), [("threads:2", 2), ("processes:2", 1)], ids=["threads", "processes"]
)
def test_killed_at_any_moment_it_goes_on_and_ends_the_same(here, capsys, whole, workers, kills):
    draws = random.Random(f"{workers} 1")
    command = (*SWEEP, "--workers", workers, "--json", "--out", "s")
    before = {}
    for k in range(kills):
        process = begin(*command)
        enough = kept("s") + draws.randrange(20, RUNS // (kills + 1))
        wait_for(process, lambda enough=enough: kept("s") >= enough)
        time.sleep(draws.uniform(0.0, 0.1))
        process.kill()
        process.communicate()
        assert process.returncode == -9
        assert not (here / "s" / CHECKSUMS).exists()
        assert {name: (here / "s" / SHARDS / name).read_bytes() for name in before} == before
        before = {path.name: path.read_bytes() for path in shards("s")}
        assert not read(Path("s")).damaged, k
    done = kept("s")
    assert 20 <= done < RUNS
    capsys.readouterr()
    assert give(*command) == 0
    lines = said(capsys.readouterr().out)
    assert lines["preflight"]["done"] == done
    assert (lines["finished"]["runs"], lines["finished"]["failed"]) == (RUNS, 0)
    assert kept("s") == len(read(Path("s")).places) == RUNS  # none twice
    assert {name: (here / "s" / SHARDS / name).read_bytes() for name in before} == before
    assert tables("s") == tables(whole)
    assert give("verify", "s", "--rows", 4) == 0


def test_interrupted_it_says_how_to_go_on(here, capsys, whole):
    process = begin(*SWEEP, "--workers", "threads:2", "--out", "s")
    wait_for(process, lambda: kept("s") >= 30)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.splitlines()[-2:] == [
        "shequn: finished runs are kept; to go on, give the same command with --out s",
        "shequn: interrupted",
    ]
    done = kept("s")
    assert 30 <= done < RUNS
    assert not list((here / "s").rglob("*.part"))
    assert give(*SWEEP, "--workers", "threads:2", "--json", "--out", "s") == 0
    assert said(capsys.readouterr().out)["preflight"]["done"] == done
    assert kept("s") == RUNS
    assert tables("s") == tables(whole)


def test_a_second_command_on_the_folder_is_refused_and_harms_nothing(here, capsys, whole):
    words = (*SWEEP, "--workers", "threads:2", "--out", "s")
    process = begin(*words)
    wait_for(process, lambda: kept("s") >= 10)
    process.send_signal(signal.SIGSTOP)  # or it might be done before the second one looks
    assert give(*words) == 2
    process.send_signal(signal.SIGCONT)
    assert process.poll() is None, "the first had ended already"
    assert "s: another command is writing to this folder" in capsys.readouterr().err
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert tables("s") == tables(whole)


@pytest.fixture
def finished(here, whole):
    """A copy of the sweep beside the scenario."""
    return shutil.copytree(whole, here / "s")


@pytest.mark.parametrize("damage", ["flip", "truncate"])
def test_a_damaged_shard_is_told_and_computed_again(here, finished, capsys, whole, damage):
    victim = shards(finished)[0]
    lost = pq.read_metadata(victim).num_rows
    content = victim.read_bytes()
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    victim.write_bytes(flipped if damage == "flip" else content[:middle])
    for name in (*NAMES, CHECKSUMS):
        (finished / name).unlink()
    assert give(*SWEEP, "--workers", "threads:2", "--out", "s") == 0
    assert f"damaged, its runs were computed again: {victim.name}" in capsys.readouterr().out
    assert victim.with_name(f"{victim.name}.damaged").read_bytes() != content
    new = max(shards(finished))
    assert kept(finished) == RUNS and lost >= pq.read_metadata(new).num_rows > 0
    assert tables(finished) == tables(whole)
    assert give(*SWEEP, "--out", "s") == 0
    assert "damaged" not in capsys.readouterr().out


class TestReuse:
    command = (
        "sweep", "tiny.toml", "--vary", "group.capacity=20,18", "--days", "10",
        "--replicates", 12, "--workers", "threads:2", "--json",
    )  # fmt: skip

    def test_what_another_folder_holds_is_taken_over(self, here, finished, capsys, monkeypatch):
        computed, compute = [], cases._run
        monkeypatch.setattr(cases, "_run", lambda case: computed.append(case.key) or compute(case))
        assert give(*self.command, "--reuse", "s", "--out", "t") == 0
        assert said(capsys.readouterr().out)["preflight"]["done"] == 12
        rows = pd.read_parquet(here / "t" / "runs.parquet")
        assert sorted(computed) == sorted(rows.loc[rows["point"] == 1, "key"])
        assert len(rows) == 24
        assert give(*self.command, "--out", "u") == 0
        assert tables("t") == tables("u")

    def test_also_from_a_folder_with_damage(self, here, finished, capsys):
        victim = shards(finished)[0]
        victim.write_bytes(victim.read_bytes()[:-1])
        before = {path: path.read_bytes() for path in finished.rglob("*.*")}
        there = read(finished)
        words = [word for word in self.command if word != "--json"]
        assert give(*words, "--reuse", "s", "--out", "t") == 0
        assert f"s/{SHARDS}/{victim.name}" in capsys.readouterr().out
        assert {path: path.read_bytes() for path in finished.rglob("*.*")} == before
        rows = pd.read_parquet(here / "t" / "runs.parquet")
        assert len(rows) == 24
        assert any(key in there for key in rows["key"])
        assert any(key not in there for key in rows.loc[rows["point"] == 0, "key"])

    def test_a_folder_that_is_missing(self, refused):
        assert "nowhere: holds no runs" in refused(*self.command, "--reuse", "nowhere")


class TestFailures:
    def words(self, use, *more):
        return (
            "sweep", "tiny.toml", *use("Quiet"), "--vary", "policy.class_name=Quiet,Raising",
            "--replicates", 20, "--workers", "threads:1", "--out", "s", *more,
        )  # fmt: skip

    def test_the_others_go_on_and_the_table_tells_all(self, here, use, capsys):
        assert give(*self.words(use)) == 1
        assert "20 runs failed (failures.parquet); the first: " in capsys.readouterr().out
        failures = pd.read_parquet(here / "s" / "failures.parquet")
        assert len(failures) == 20 and set(failures["point"]) == {1}
        assert set(failures["stage"]) == {"policy"} and set(failures["type"]) == {"PolicyError"}
        assert failures["message"].str.contains("no idea what to post, 社").all()
        assert failures["traceback"].str.contains('raise RuntimeError("no', regex=False).all()
        assert len(pd.read_parquet(here / "s" / "runs.parquet")) == 20
        assert give("verify", "s", "--rows", 2, "--trust") == 0
        assert "20 runs that failed: not computed again" in capsys.readouterr().out

    def test_or_it_stops_at_the_first_and_what_is_finished_stays(self, here, use, capsys):
        assert give(*self.words(use, "--fail-fast")) == 1
        err = capsys.readouterr().err
        assert "a run failed: " in err and "finished runs are kept in s" in err
        there = read(here / "s")
        assert len(there.places) <= 3 and len(there.failures) == 1
        assert not (here / "s" / "runs.parquet").exists()
        assert give(*self.words(use)) == 1
        assert len(pd.read_parquet(here / "s" / "runs.parquet")) == 20


@pytest.mark.parametrize(
    ("fact", "words"),
    [("model", "another version of the model (old, this"), ("schema", "another version of shequn")],
)
def test_a_folder_of_another_version_is_refused(here, finished, refused, fact, words):
    manifest = json.loads((finished / "manifest.json").read_text())
    (finished / "manifest.json").write_text(json.dumps(manifest | {fact: "old"}))
    assert words in refused(*SWEEP, "--workers", "threads:1", "--out", "s")
