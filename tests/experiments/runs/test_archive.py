"""The results folder: each run kept once, whole or not at all, whatever happens to the disk."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shequn.agents.errors import ResultsError
from shequn.experiments.crews.crews import threads
from shequn.experiments.perform.execute import RunFailed, State, execute, singly
from shequn.experiments.perform.perform import folder_of
from shequn.experiments.runs import archive, store
from shequn.experiments.runs.archive import SHARDS, Archive, column_type, opened, read
from shequn.experiments.runs.cases import DAILY, Case, Failure, Result, equal
from shequn.experiments.runs.pace import Pace
from shequn.experiments.runs.plan import Plan, Point
from shequn.experiments.runs.tables import CHECKSUMS, NAMES, write_tables
from shequn.model.outcomes import OUTCOMES
from shequn.model.scenario import Scenario

DAYS = 3


def result_of(key, value=0.5):
    """A result that a key and a number tell."""
    outcomes = {name: value + k for k, name in enumerate(OUTCOMES)}
    outcomes["orders"] = float("nan")
    daily = {name: np.arange(k, k + DAYS).astype(column_type(name)) for k, name in enumerate(DAILY)}
    return Result(key, outcomes, daily, None, 0.25)


def failure_of(key):
    return Result(key, {}, {}, Failure("policy", "PolicyError", "no idea, 社", "line 3"))


def shards(folder):
    return sorted((folder / SHARDS).glob("*.parquet"))


def fill(folder, *batches):
    """Write a shard for each batch of keys."""
    with opened(folder) as kept:
        for keys in batches:
            for key in keys:
                kept.add(result_of(key))
            kept.flush()


class TestKeeping:
    def test_what_is_added_comes_back_bit_for_bit(self, tmp_path):
        there = [result_of("a-1", 1 / 3), failure_of("a-2"), result_of("a-3", -0.0)]
        with opened(tmp_path) as kept:
            for result in there:
                kept.add(result)
        again = read(tmp_path)
        assert equal(again.get("a-1"), there[0]) and equal(again.get("a-3"), there[2])
        assert again.get("a-1").seconds == 0.25
        assert {str(v.dtype) for v in again.get("a-1").daily.values()} == {"int32", "float64"}
        assert again.get("a-2") == there[1]
        assert "a-2" not in again and list(again.failures) == ["a-2"]

    def test_no_thread_of_arrow_reads_through_the_interpreter(self, tmp_path, monkeypatch):
        """Such a thread, met at the end of a script, aborts it: about once in 50 short ones."""
        sources, opening = [], pq.ParquetFile
        monkeypatch.setattr(pq, "ParquetFile", lambda it: sources.append(it) or opening(it))
        fill(tmp_path, ["a-1"])
        read(tmp_path).get("a-1")
        assert len(sources) == 3 and all(isinstance(it, pa.BufferReader) for it in sources)

    def test_a_run_that_succeeds_at_last_is_no_failure(self, tmp_path):
        for result in (failure_of("a-1"), result_of("a-1"), failure_of("a-1")):
            with opened(tmp_path) as kept:
                kept.add(result)
        assert "a-1" in read(tmp_path)
        assert not read(tmp_path).failures

    def test_shards_hold_many_runs_or_those_of_some_seconds(self, tmp_path, monkeypatch):
        monkeypatch.setattr(archive, "_RUNS", 10)
        monkeypatch.setattr(archive, "_SECONDS", 1e9)
        fill(tmp_path, [f"a-{k}" for k in range(25)])
        assert [pq.read_metadata(path).num_rows for path in shards(tmp_path)] == [10, 10, 5]
        monkeypatch.setattr(archive, "_SECONDS", 0.0)
        with opened(tmp_path) as kept:
            kept.add(result_of("b-1"))
            assert len(shards(tmp_path)) == 4

    def test_the_name_of_a_shard_tells_its_bytes(self, tmp_path):
        fill(tmp_path, ["a-1"], ["a-2"])
        for number, path in enumerate(shards(tmp_path), start=1):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            assert path.stem == f"{number:06d}-{digest[:16]}"

    def test_a_block_left_by_an_error_or_an_interruption_keeps_what_waits(self, tmp_path):
        for key, error in (("a-1", ValueError), ("a-2", KeyboardInterrupt)):
            with pytest.raises(error), opened(tmp_path) as kept:
                kept.add(result_of(key))
                raise error
        assert set(read(tmp_path).places) == {"a-1", "a-2"}

    @pytest.mark.parametrize("place", ["_write", "_index"])
    def test_an_interruption_while_writing_keeps_each_run_once(self, tmp_path, monkeypatch, place):
        whole = getattr(Archive, place)

        def interrupted(*words):
            whole(*words)
            monkeypatch.setattr(Archive, place, whole)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt), opened(tmp_path) as kept:
            kept.add(result_of("a-1"))
            monkeypatch.setattr(Archive, place, interrupted)
            kept.flush()
        assert len(shards(tmp_path)) == 1 and "a-1" in read(tmp_path)

    def test_only_what_is_missing_is_taken_over(self, tmp_path):
        for name in "ab":
            (tmp_path / name).mkdir()
        fill(tmp_path / "a", ["x-1", "x-2", "x-3"])
        fill(tmp_path / "b", ["x-2"])
        with opened(tmp_path / "b") as kept:
            assert kept.take(["x-1", "x-2", "x-9"], read(tmp_path / "a")) == 1
        assert set(read(tmp_path / "b").places) == {"x-1", "x-2"}

    def test_what_is_no_shard_is_in_nobody_s_way(self, tmp_path):
        (tmp_path / SHARDS).mkdir()
        (tmp_path / SHARDS / "mine.parquet").write_bytes(b"something")
        fill(tmp_path, ["a-1"])
        assert [path.name[:7] for path in shards(tmp_path)] == ["000001-"]
        assert (tmp_path / SHARDS / "mine.parquet.damaged").exists()


class TestDamage:
    @pytest.mark.parametrize("damage", ["flip", "truncate", "empty"])
    def test_a_damaged_shard_is_set_aside_and_the_others_used(self, tmp_path, damage):
        fill(tmp_path, ["a-1", "a-2"], ["a-3"])
        victim = shards(tmp_path)[0]
        content = victim.read_bytes()
        flipped = content[:100] + bytes([content[100] ^ 4]) + content[101:]
        victim.write_bytes({"flip": flipped, "truncate": content[:-1], "empty": b""}[damage])
        looked = read(tmp_path)
        assert looked.damaged == [victim.name] and victim.exists()
        assert set(looked.places) == {"a-3"}
        with opened(tmp_path) as kept:
            assert kept.damaged == [victim.name] and set(kept.places) == {"a-3"}
            kept.add(result_of("a-1"))
        assert not victim.exists()
        assert victim.with_name(victim.name + ".damaged").exists()
        assert [path.name[:6] for path in shards(tmp_path)] == ["000002", "000003"]
        assert not read(tmp_path).damaged

    def test_what_was_half_written_is_removed(self, tmp_path):
        fill(tmp_path, ["a-1"])
        part = tmp_path / SHARDS / ".000002-0123.parquet.part"
        part.write_bytes(b"PAR1")
        assert set(read(tmp_path).places) == {"a-1"} and part.exists()
        fill(tmp_path, ["a-2"])
        assert not part.exists() and len(read(tmp_path).places) == 2

    def test_a_folder_without_runs(self, tmp_path):
        with pytest.raises(ResultsError, match="holds no runs"):
            read(tmp_path)


class TestFullDisk:
    @pytest.mark.parametrize("place", ["write", "fsync", "replace"])
    def test_nothing_half_written_what_waits_is_written_later(self, tmp_path, monkeypatch, place):
        fill(tmp_path, ["a-1"])
        full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        def refuse(*_):
            raise full

        class Full:
            def __init__(self, stream):
                self.stream = stream

            def __enter__(self):
                return self

            def __exit__(self, *_):
                self.stream.close()

            def write(self, content):
                self.stream.write(content[: len(content) // 2])
                raise full

        whole = Path.open
        patches = {
            "write": lambda m: m.setattr(Path, "open", lambda self, mode: Full(whole(self, mode))),
            "fsync": lambda m: m.setattr(os, "fsync", refuse),
            "replace": lambda m: m.setattr(Path, "replace", refuse),
        }
        with opened(tmp_path) as kept:
            kept.add(result_of("a-2"))
            with monkeypatch.context() as patched:
                patches[place](patched)
                with pytest.raises(ResultsError) as caught:
                    kept.flush()
            text = str(caught.value)
            assert "No space left on device; 1 runs are kept" in text
            assert f"--out {tmp_path}" in text
            assert [path.suffix for path in (tmp_path / SHARDS).iterdir()] == [".parquet"]
        assert set(read(tmp_path).places) == {"a-1", "a-2"}

    def test_an_error_is_told_not_that_the_rest_could_not_be_written(self, tmp_path, monkeypatch):
        def refuse(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        with pytest.raises(KeyboardInterrupt), opened(tmp_path) as kept:
            kept.add(result_of("a-1"))
            monkeypatch.setattr(os, "fsync", refuse)
            raise KeyboardInterrupt
        assert not list((tmp_path / SHARDS).iterdir())


class TestLock:
    def test_two_cannot_write_to_one_folder(self, tmp_path):
        with opened(tmp_path) as kept:
            with pytest.raises(ResultsError, match="another command is writing"), opened(tmp_path):
                pytest.fail("both were let in")
            kept.add(result_of("a-1"))
            assert read(tmp_path).places == {}  # reading is for everybody
        fill(tmp_path, ["a-2"])
        assert len(read(tmp_path).places) == 2

    def test_a_process_that_is_killed_leaves_no_lock(self, tmp_path):
        program = (
            "import os, sys; from pathlib import Path\n"
            "from shequn.experiments.runs.archive import opened\n"
            f"with opened(Path({str(tmp_path)!r})): os.kill(os.getpid(), 9)"
        )
        done = subprocess.run([sys.executable, "-c", program], check=False)
        assert done.returncode == -9
        assert (tmp_path / ".lock").exists()
        fill(tmp_path, ["a-1"])


def plan_of(points=2, **values):
    small = {"run.days": DAYS, "market.people": 30, "group.capacity": 20, "group.seed_members": 5}
    base = Scenario.load("blank").with_values({"group.seed_fill": 0, **small, **values})
    prices = [9.0 + k for k in range(points)]
    made = [Point({"product.price": p}, base.with_values({"product.price": p})) for p in prices]
    return Plan("sweep", "blank", made, base.seed)


class TestTables:
    def write(self, folder, plan, order):
        rows = plan.cases(range(80))
        with opened(folder) as kept:
            for k in order:
                _, _, case = rows[k]
                made = failure_of(case.key) if k == 7 else result_of(case.key, float(k))
                kept.add(made)
                if k % 50 == 0:
                    kept.flush()
            kept.flush()
            write_tables(folder, kept, plan, rows)
        return [(folder / name).read_bytes() for name in (*NAMES, CHECKSUMS)]

    def test_the_order_of_computing_changes_no_byte(self, tmp_path):
        plan = plan_of()
        for name in "ab":
            (tmp_path / name).mkdir()
        order = np.random.default_rng(1).permutation(160)
        assert self.write(tmp_path / "a", plan, range(160)) == self.write(
            tmp_path / "b", plan, order
        )
        found = pq.read_table(tmp_path / "b" / "runs.parquet")
        assert found.num_rows == 159
        assert found.column("replicate").to_pylist() == sorted(
            found.column("replicate").to_pylist()
        )
        days = pq.read_table(tmp_path / "b" / "daily.parquet")
        assert days.column("day").to_pylist() == [1, 2, 3] * 159
        lines = [line.split("  ") for line in (tmp_path / "b" / CHECKSUMS).read_text().splitlines()]
        told = {name: digest for digest, name in lines}
        assert told == {
            name: hashlib.sha256((tmp_path / "b" / name).read_bytes()).hexdigest() for name in NAMES
        }

    def test_an_interrupted_writing_leaves_nothing_behind(self, tmp_path):
        for name in (".runs.parquet.part", ".dictionary.csv.123.part"):
            (tmp_path / name).write_bytes(b"half")
        self.write(tmp_path, plan_of(), range(160))
        assert not list(tmp_path.glob("*.part")) and not list(tmp_path.glob(".*.part"))

    def test_a_full_disk_leaves_the_tables_as_they_were(self, tmp_path, monkeypatch):
        plan = plan_of()
        before = self.write(tmp_path, plan, range(160))

        def refuse(*_):
            raise OSError(errno.ENOSPC, "some words of a library")

        monkeypatch.setattr(pq.ParquetWriter, "write_table", refuse)
        with pytest.raises(ResultsError) as caught:
            write_tables(tmp_path, read(tmp_path), plan, plan.cases(range(80)))
        assert "runs.parquet: cannot be written: No space left on device" in str(caught.value)
        assert f"--out {tmp_path}" in str(caught.value)
        assert not list(tmp_path.glob(".*.part"))
        assert [(tmp_path / name).read_bytes() for name in (*NAMES, CHECKSUMS)] == before

    def test_arms_that_draw_different_parameters(self, tmp_path):
        plan = plan_of()
        arms = [
            replace(point, head={"arm": name})
            for point, name in zip(plan.points, "xy", strict=True)
        ]
        drawn = [[{"discovery.rate": 0.1}], [{"invite.rate": 0.2, "run.days": DAYS}]]
        plan = replace(plan, kind="compare", points=arms, worlds=drawn)
        keys = [f"{k}-3" for k in range(2)]
        fill(tmp_path, keys)
        cases = [Case(point.scenario, 3, str(k)) for k, point in enumerate(arms)]
        rows = [(k, 0, case) for k, case in enumerate(cases)]
        write_tables(tmp_path, read(tmp_path), plan, rows)
        table = pq.read_table(tmp_path / "runs.parquet")
        assert table.column("arm").to_pylist() == ["x", "y"]
        assert table.column("discovery.rate").to_pylist() == [0.1, None]
        assert table.column("run.days").to_pylist() == [None, DAYS]


class TestExecuting:
    def work(self, computed, bad=()):
        def compute(job):
            computed.extend(case.key for case in job)
            return [
                failure_of(case.key) if case.seed in bad else result_of(case.key) for case in job
            ]

        return compute

    def test_only_what_is_missing_is_computed(self, tmp_path):
        plan, computed = plan_of(), []
        cases = [case for _, _, case in plan.cases(range(6))]
        states = []
        for wanted, expected in ((cases[:5], 5), (cases, 7), (cases, 0)):
            computed.clear()
            with opened(tmp_path) as kept:
                counted = State(
                    len(wanted), shown=lambda state: states.append((state.before, state.done))
                )
                state = execute(
                    singly(wanted), kept, threads(2), work=self.work(computed), state=counted
                )
            assert len(computed) == len(set(computed)) == expected
            assert (state.done, state.planned) == (len(wanted), len(wanted))
        assert states[-1] == (12, 12) and (5, 5) in states

    def test_a_job_that_lacks_a_run_is_done_again_and_each_run_kept_once(self, tmp_path):
        plan, computed = plan_of(), []
        cases = [case for _, _, case in plan.cases(range(1))]
        fill(tmp_path, [cases[0].key])
        with opened(tmp_path) as kept:
            state = execute([tuple(cases)], kept, threads(1), work=self.work(computed))
        assert (len(computed), state.done) == (2, 2)
        assert sum(pq.read_metadata(path).num_rows for path in shards(tmp_path)) == 2

    def test_failures_are_tried_again(self, tmp_path):
        plan, computed = plan_of(1), []
        cases = [case for _, _, case in plan.cases(range(5))]
        bad = {cases[2].seed}
        for wrong, failed in ((bad, 1), ((), 0)):
            with opened(tmp_path) as kept:
                work = self.work(computed, wrong)
                assert execute(singly(cases), kept, threads(1), work=work).failed == failed
                assert len(kept.failures) == failed
        assert len(computed) == 6

    def test_stopping_at_the_first_failure_keeps_what_is_finished(self, tmp_path):
        plan, computed = plan_of(1), []
        cases = [case for _, _, case in plan.cases(range(50))]
        with pytest.raises(RunFailed, match="no idea") as caught, opened(tmp_path) as kept:
            work = self.work(computed, {cases[3].seed})
            execute(singly(cases), kept, threads(1), work=work, fail_fast=True)
        assert str(tmp_path) in str(caught.value)
        there = read(tmp_path)
        assert {cases[0].key} < {*there.places, *there.failures} <= set(computed)
        assert list(there.failures) == [cases[3].key]
        assert len(computed) - len(there.places) <= 3 and len(computed) < 10

    def test_time_left_is_not_known_before_something_was_computed(self):
        assert State(10, done=4, before=4).seconds_left is None

    def test_time_left_is_told_by_the_second_half_of_what_was_done(self):
        """By hand: a slow start of 10 s for 1 run, then 2 s each."""
        now = [0.0]
        pace = Pace(clock=lambda: now[0])
        for done, time in enumerate((10.0, 12.0, 14.0, 16.0), start=1):
            now[0] = time
            pace.note(done)
        assert pace.seconds_left(14) == pytest.approx(2.0 * 10)
        now[0] += 3.0
        assert pace.seconds_left(14) == pytest.approx(17.0)
        now[0] += 99.0
        assert pace.seconds_left(14) == 0.0

    def test_a_budget_is_the_most_that_can_be_left(self):
        now = [0.0]
        pace = Pace(30.0, lambda: now[0])
        now[0] = 10.0
        pace.note(1)
        assert pace.seconds_left(2) == pytest.approx(10.0)
        assert pace.seconds_left(100) == pytest.approx(20.0)


class TestFolder:
    def test_a_folder_cut_off_at_its_making_is_used_again(self, tmp_path):
        plan = plan_of()
        base = plan.points[0].scenario
        out = tmp_path / "s"
        out.mkdir()
        (out / ".manifest.json.77.part").write_text("{")
        assert folder_of(plan, base, out) == out
        (out / "scenario.toml").unlink()
        folder_of(plan, base, out)
        assert {path.name for path in out.iterdir()} == {"manifest.json", "scenario.toml"}
        text = (out / "scenario.toml").read_text()
        assert text == store.scenario_toml(base)

    def test_arms_are_written_out_changes_are_in_the_manifest(self, tmp_path):
        plan = plan_of()
        arms = [
            replace(point, head={"arm": name})
            for point, name in zip(plan.points, "xy", strict=True)
        ]
        arms[1] = replace(arms[1], day=2, change={"product.price": 3.0})
        plan = replace(plan, kind="branch", points=arms)
        folder_of(replace(plan, points=[*arms[:1], replace(arms[1], change={})]),
                  arms[0].scenario, tmp_path / "c")  # fmt: skip
        assert (tmp_path / "c" / "scenario-1.toml").exists()
        folder_of(plan, arms[0].scenario, tmp_path / "b")
        assert not (tmp_path / "b" / "scenario-1.toml").exists()
        design = store.read_manifest(tmp_path / "b")["design"]
        assert design["changes"] == [
            {"day": 0, "values": {}}, {"day": 2, "values": {"product.price": 3.0}}
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("fact", "words"),
        [("model", "another version of the model"), ("schema", "another version of shequn")],
    )
    def test_what_another_version_made_is_refused(self, tmp_path, fact, words):
        plan = plan_of()
        base = plan.points[0].scenario
        folder = folder_of(plan, base, tmp_path / "s")
        store.write_manifest(folder, store.read_manifest(folder) | {fact: "other"})
        before = {path: path.read_bytes() for path in folder.iterdir()}
        with pytest.raises(ResultsError, match=words):
            folder_of(plan, base, folder)
        assert {path: path.read_bytes() for path in folder.iterdir()} == before

    def test_another_question_is_refused(self, tmp_path):
        folder = folder_of(plan_of(2), plan_of().points[0].scenario, tmp_path / "s")
        with pytest.raises(ResultsError, match="holds other results"):
            folder_of(plan_of(3), plan_of().points[0].scenario, folder)


def test_an_archive_remembers_little_of_what_it_read(tmp_path):
    for k in range(12):
        fill(tmp_path, [f"a-{k}"])
    kept: Archive = read(tmp_path)
    for k in range(12):
        assert kept.get(f"a-{k}").key == f"a-{k}"
    assert len(kept._tables) == 8


def test_a_folder_can_be_copied_to_object_storage_and_read_there(tmp_path):
    """As docs/cluster.md says; the file system in memory stands for one on a network."""
    fsspec = pytest.importorskip("fsspec")
    pandas = pytest.importorskip("pandas")
    case = Case(Scenario.load("blank").with_values({"run.days": DAYS}), 1, "a" * 32)
    plan = Plan("sweep", "x", [Point({"group.capacity": 50}, case.scenario)], 1)
    with opened(tmp_path) as kept:
        kept.add(result_of(case.key))
        kept.flush()
        write_tables(tmp_path, kept, plan, [(0, 0, case)])
    fsspec.filesystem("memory").put(str(tmp_path), "/bucket/shares", recursive=True)
    there = pandas.read_parquet("memory://bucket/shares/runs.parquet")
    assert there.equals(pandas.read_parquet(tmp_path / "runs.parquet"))
