"""Computing runs of a results folder again: what is the same, and every way in which it is not."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shequn.commands import main
from shequn.experiments.compare.branch import branch
from shequn.experiments.compare.compare import compare
from shequn.experiments.compare.sweep import sweep
from shequn.experiments.runs.tables import CHECKSUMS, NAMES
from shequn.experiments.verify.verify import sample
from shequn.experiments.verify.verify import verify as carefully
from shequn.model.scenario import Scenario

pytestmark = pytest.mark.jit
SMALL = {
    "run.days": 4, "market.people": 60, "group.capacity": 20, "group.seed_members": 10,
    "group.seed_fill": 0, "tiers.base.talk": 0.3,
}  # fmt: skip
VARY = {"policy.promo_share": [0.0, 0.1], "group.capacity": [15, 20]}


def small(**values):
    return Scenario.load("wechat-group").with_values({**SMALL, **values})


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    """A sweep of four points and two replicates by a policy of the user's own."""
    place = tmp_path_factory.mktemp("origin")
    (place / "mine.py").write_text(
        "class Quiet:\n    def plan(self, day, seen):\n        return []\n"
    )
    file = {"policy.file": str(place / "mine.py"), "policy.class_name": "Quiet"}
    sweep(small(**{"policy.name": "file", **file}), VARY, 2, out=place / "s")
    return place


@pytest.fixture
def folder(origin, tmp_path):
    """A copy of it somewhere else."""
    return shutil.copytree(origin / "s", tmp_path / "moved")


def verify(*words, **more):
    """Verify and trust: the policy file is the tests' own."""
    return carefully(*words, **more, trust=True)


def give(*words):
    return main(["verify", *map(str, words), "--trust"])


def changed(path, column, row, change):
    """Write a table with one cell changed."""
    table = pq.read_table(path)
    values = table.column(column).to_pylist()
    values[row] = change(values[row])
    place = table.column_names.index(column)
    array = pa.array(values, table.schema.field(column).type)
    pq.write_table(table.set_column(place, column, array), path)


class TestTheSame:
    def test_a_folder_that_was_moved(self, folder, capsys):
        before = {path: path.read_bytes() for path in folder.rglob("*.*")}
        assert give(folder) == 0
        out = capsys.readouterr().out
        assert "4 tables" in out and "8 of 8 runs" in out and "the same, bit for bit" in out
        assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before

    def test_a_sample_of_its_rows(self, folder, capsys):
        assert give(folder, "--rows", 4, "--seed", 5) == 0
        assert "4 of 8 runs" in capsys.readouterr().out
        assert {run.split(",")[0][-1] for run in verify(folder, 4, 9).runs} == set("0123")

    @pytest.mark.parametrize("drawn", [False, True])
    def test_comparisons_branches_and_drawn_worlds(self, tmp_path, drawn):
        posterior = pd.DataFrame(
            {"weight": [1.0, 1.0, 2.0], "discovery.rate": [0.01, 0.123456789, 0.3]}
        )
        worlds = posterior if drawn else None
        arms = small(), replace(small(**{"product.price": 3.25}), title="cheap")
        compare(*arms, replicates=2, worlds=worlds, out=tmp_path / "c")
        branch(small(), 2, {"policy.promo_share": 0.3}, replicates=2, worlds=worlds,
               out=tmp_path / "b")  # fmt: skip
        sweep(small(), {"product.price": [9.0, 10.5]}, 2, worlds=worlds, out=tmp_path / "s")
        for name in "cbs":
            found = verify(tmp_path / name)
            assert (found.same, len(found.runs)) == (True, 4), found

    def test_what_commands_write_beside_is_in_nobody_s_way(self, here, monkeypatch):
        monkeypatch.setattr("shequn.views.style.save", lambda figure, path: None)
        words = ["--set", "product.price=3", "--replicates", "2", "--out", "b"]
        assert main(["branch", "tiny.toml", "--day", "2", *words]) == 0
        assert (
            main(["compare", "tiny.toml", "blank", "--days", "4", *words[2:4], "--out", "c"]) == 0
        )
        for name in "bc":
            assert (here / name / "scenario-1.toml").exists()
            assert give(name) == 0

    def test_values_that_name_files_from_where_the_scenario_is(self, here):
        values = {"policy.name": "file", "policy.class_name": "Quiet"}
        scenario = Scenario.load("tiny.toml").with_values({**values, "policy.file": "policies.py"})
        shutil.copy("policies.py", "others.py")
        files = {"policy.file": ["policies.py", "others.py"]}
        sweep(scenario, files, 1, out=here / "far" / "s")
        assert verify(here / "far" / "s").same
        (here / "others.py").write_text((here / "others.py").read_text() + "# changed\n")
        found = verify(here / "far" / "s")
        assert len(found.differences) == 1
        assert "point 1" in found.differences[0] and "others.py" in found.differences[0]

    def test_without_shards_the_tables_are_checked(self, folder):
        shutil.rmtree(folder / "shards")
        found = verify(folder)
        assert found.same
        assert "no folder shards" in found.notes[0]


class TestDifferent:
    def test_a_number_in_the_run_table(self, folder, capsys):
        changed(folder / "runs.parquet", "messages", 5, lambda x: np.nextafter(x, np.inf))
        assert give(folder) == 1
        found = verify(folder).differences
        assert len(found) == 2
        assert found[0].startswith("runs.parquet: missing, or not the bytes")
        assert "point 1, replicate 1" in found[1] and "tables: messages" in found[1]
        assert "2 differences" in capsys.readouterr().out

    def test_a_number_in_the_table_of_days(self, folder):
        changed(folder / "daily.parquet", "members_base", 4 * 6 + 2, lambda x: x + 1)
        found = verify(folder).differences
        assert "point 2, replicate 1" in found[1]
        assert found[1].endswith("tables: members_base from day 3 on")

    def test_days_that_are_missing(self, folder):
        table = pq.read_table(folder / "daily.parquet")
        pq.write_table(table.slice(0, table.num_rows - 1), folder / "daily.parquet")
        found = verify(folder).differences
        assert "point 3, replicate 1" in found[1] and "from day 4 on" in found[1]
        assert "more daily columns" in found[1]

    def test_a_shard_with_other_bytes(self, folder):
        shard = next((folder / "shards").glob("*.parquet"))
        content = bytearray(shard.read_bytes())
        content[len(content) // 2] ^= 1
        shard.write_bytes(content)
        found = verify(folder).differences
        assert found[0].startswith(f"shards/{shard.name}: damaged")
        assert all("in no whole shard" in words for words in found[1:])
        assert shard.exists()

    def test_a_shard_that_was_rewritten(self, folder):
        shard = next((folder / "shards").glob("*.parquet"))
        row = pq.read_table(shard).column("key").to_pylist().index(
            pq.read_table(folder / "runs.parquet").column("key")[3].as_py()
        )  # fmt: skip
        changed(shard, "orders", row, lambda x: x + 1.0)
        digest = hashlib.sha256(shard.read_bytes()).hexdigest()[:16]
        shard = shard.rename(shard.with_name(f"{shard.name[:7]}{digest}.parquet"))
        found = verify(folder).differences
        assert len(found) == 1
        assert "point 3, replicate 0" in found[0] and f"shards/{shard.name}: orders" in found[0]

    @pytest.mark.parametrize("gone", [False, True])
    def test_a_policy_file(self, origin, folder, gone):
        path = origin / "mine.py"
        before = path.read_text()
        try:
            path.unlink() if gone else path.write_text(before + "# and more\n")
            found = verify(folder, 4)
        finally:
            path.write_text(before)
        assert not found.runs
        assert len(found.differences) == 4
        assert all(str(path) in words for words in found.differences)

    def test_the_scenario(self, folder):
        text = (folder / "scenario.toml").read_text()
        (folder / "scenario.toml").write_text(text.replace("people = 60", "people = 61"))
        assert "is another run than it was" in verify(folder, 4).differences[0]
        (folder / "scenario.toml").write_text(text.replace("people = 60", "people = -1"))
        assert "cannot be made anew" in verify(folder, 4).differences[0]

    @pytest.mark.parametrize("name", ["runs.parquet", "daily.parquet"])
    def test_a_table_that_cannot_be_read(self, folder, name, capsys):
        (folder / name).write_bytes((folder / name).read_bytes()[:-9])
        assert give(folder) == 1
        out = capsys.readouterr().out
        assert f"{name}: cannot be read" in out and f"{name}: missing, or not" in out

    def test_checksums_that_are_gone(self, folder):
        (folder / "checksums.txt").unlink()
        assert verify(folder, 1).differences[0].startswith("checksums.txt: missing")


class TestRefused:
    @pytest.mark.parametrize(
        ("fact", "value", "words"),
        [
            ("model", "0123456789abcdef", "another version of the model (0123456789abcdef, this"),
            ("schema", 1, "another version of shequn (schema 1, this is 2)"),
        ],
    )
    def test_another_version(self, folder, capsys, fact, value, words):
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps(manifest | {fact: value}))
        assert give(folder) == 2
        assert words in capsys.readouterr().err

    def test_what_is_no_results_folder(self, here, folder, refused):
        (here / "empty").mkdir()
        assert "no such folder" in refused("verify", "nowhere")
        assert "no such folder" in refused("verify", "tiny.toml")
        assert "manifest" in refused("verify", "empty")
        (here / "empty" / "manifest.json").write_text('{"schema": 1, "command": "run"}')
        assert "shequn run" in refused("verify", "empty")
        (folder / "runs.parquet").unlink()
        assert "was interrupted" in refused("verify", folder)

    @pytest.mark.parametrize("name", [*NAMES, CHECKSUMS])
    def test_what_can_be_no_table(self, folder, refused, name):
        begin = time.process_time()
        (folder / name).unlink()
        (folder / name).symlink_to("/dev/zero")
        assert f"{name}: is a device, not a regular file" in refused("verify", folder)
        (folder / name).unlink()
        with (folder / name).open("wb") as stream:
            stream.truncate(2**40)
        assert f"{name}: holds 1,099,511,627,776 bytes; at most" in refused("verify", folder)
        assert time.process_time() - begin < 5.0

    def test_numbers_out_of_range(self, folder, refused):
        assert "1 or more" in refused("verify", folder, "--rows", 0)
        assert f"is not a whole number of 0 to {2**64 - 1}" in refused(
            "verify", folder, "--seed", 2**64
        )


class TestDocument:
    text = (Path(__file__).resolve().parents[3] / "docs" / "results.md").read_text("utf-8")

    def test_its_code_runs(self, origin, folder, monkeypatch, capsys):
        folder.rename(folder.with_name("s"))
        monkeypatch.chdir(folder.parent)
        for code in re.findall(r"```python\n(.*?)```", self.text, re.DOTALL):
            exec(code, {})
        members = pd.read_parquet("s/runs.parquet").groupby("group.capacity")["members"].mean()
        out = capsys.readouterr().out
        assert all(f"{value:.3g}"[:3] in out for value in members)

    def test_it_tells_every_file(self, folder):
        told = set(re.findall(r"`([\w.-]+)/?`", self.text.partition("## Reading")[0]))
        assert {path.name for path in folder.iterdir()} <= told


class TestSample:
    def test_one_of_each_point_while_there_are_enough(self):
        points = np.tile(np.arange(7), 30)
        for seed in range(20):
            chosen = sample(points, 10, seed)
            assert len(set(chosen)) == 10 and chosen == sorted(chosen)
            assert set(points[chosen]) == set(range(7))
        assert len(sample(points, 3, 1)) == 3

    def test_the_seed_decides(self):
        points = np.zeros(1000, int)
        assert sample(points, 10, 1) == sample(points, 10, 1) != sample(points, 10, 2)
        assert sample(points[:4], 10, 1) == [0, 1, 2, 3]
        assert sample(points[:0], 10, 1) == []


class TestTrust:
    """A folder may be somebody else's: what it names is not run."""

    def test_a_policy_file_is_not_run(self, origin, folder, capsys):
        trace = origin / "trace"
        mine = (origin / "mine.py").read_text()
        (origin / "mine.py").write_text(mine + f"open({str(trace)!r}, 'w').close()\n")
        try:
            assert main(["verify", str(folder)]) == 1
            out = capsys.readouterr().out
            assert "is another run than it was" in out  # the digest of the file is not the same
            assert not trace.exists()
        finally:
            (origin / "mine.py").write_text(mine)

    def test_what_was_not_run_is_said(self, folder, capsys):
        assert main(["verify", str(folder), "--rows", "4"]) == 3
        out = capsys.readouterr().out
        assert "and 0 of 8 runs by computing them again" in out
        assert "4 runs not computed again: that would run" in out and "mine.py" in out
        assert "nothing differs in what was checked" in out
        found = carefully(folder, 4)
        assert (found.same, found.left_out, found.runs) == (True, 4, [])

    def test_tables_are_compared_all_the_same(self, folder):
        changed(folder / "runs.parquet", "orders", 0, lambda x: x + 1.0)
        assert "runs.parquet: missing, or not" in carefully(folder).differences[0]
