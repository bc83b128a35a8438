"""Fifty times kill -9 at random moments, commands that meet in one folder, and a folder moved."""

from __future__ import annotations

import random
import time

import pytest

from shequn.experiments.runs.archive import SHARDS, read
from tests.interrupted import begin, kept, tables, wait_for

SWEEPS, KILLS = 5, 5


def strike(process, folder, draws):
    """Kill a command: soon after its start one time in four, else some runs later."""
    if draws.random() < 0.25:
        time.sleep(draws.uniform(0.0, 3.0))
    else:
        enough = kept(folder) + draws.randint(1, 60)
        wait_for(process, lambda: kept(folder) >= enough)
        time.sleep(draws.uniform(0.0, 0.1))
    process.kill()
    process.communicate()  # ends when no process of its own is left that could write there
    assert process.returncode == -9, "it had ended already"


@pytest.mark.parametrize("workers", ["threads:2", "processes:2"])
@pytest.mark.parametrize("seed", range(SWEEPS))
def test_killed_at_random_moments(here, words, goes_on, workers, seed):
    draws = random.Random(f"{workers} {seed}")
    folder, before = here / "s", {}
    for _ in range(KILLS):
        strike(begin(*words(workers), "--out", folder), folder, draws)
        if (folder / SHARDS).is_dir():
            assert not read(folder).damaged
            now = {path.name: path.read_bytes() for path in (folder / SHARDS).glob("*.parquet")}
            assert {name: now.get(name) for name in before} == before
            before = now
    goes_on(words(workers), folder)


@pytest.mark.parametrize("workers", ["threads:2", "processes:2"])
def test_a_folder_moved_between_interruption_and_going_on(here, words, goes_on, workers):
    process = begin(*words(workers), "--out", "s")
    wait_for(process, lambda: kept("s") >= 50)
    process.kill()
    process.communicate()
    (here / "elsewhere").mkdir()
    goes_on(words(workers), (here / "s").rename(here / "elsewhere" / "t"))


@pytest.mark.parametrize("attempt", range(3))
def test_two_commands_at_once_in_a_new_folder(here, words, whole, attempt):
    both = [begin(*words(kind), "--out", "s") for kind in ("threads:2", "processes:2")]
    told = [process.communicate(timeout=300)[1] for process in both]
    codes = [process.returncode for process in both]
    assert sorted(codes) == [0, 2], told
    (refused,) = [err for err, code in zip(told, codes, strict=True) if code == 2]
    assert refused.splitlines()[-1].startswith("shequn: s: ") and "Traceback" not in refused
    assert tables("s") == tables(whole)


def test_two_commands_at_once_in_a_folder_to_go_on_in(here, words, whole):
    process = begin(*words(), "--out", "s")
    wait_for(process, lambda: kept("s") >= 50)
    process.kill()
    process.communicate()
    test_two_commands_at_once_in_a_new_folder(here, words, whole, 0)
