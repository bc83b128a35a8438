"""Signals in the middle of a command: a code, a word on how to go on, and nothing left behind."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import time

import pytest

from shequn.experiments.calibrate.evaluations import EVALUATIONS
from shequn.experiments.runs.archive import read
from tests.interrupted import begin, kept, wait_for

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
HOW = "shequn: finished runs are kept; to go on, give the same command with --out {}"


def end(process):
    """What it says on its way; returns when it has ended and no worker of it is left.

    Worker processes share its standard error, so the pipe ends with the last of them.
    """
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    return out, err.splitlines()


@pytest.mark.parametrize("workers", ["threads:2", "processes:2"])
@pytest.mark.parametrize(("number", "code"), SIGNALS, ids=[number.name for number, _ in SIGNALS])
def test_a_sweep(here, words, goes_on, workers, number, code):
    process = begin(*words(workers), "--out", "s")
    wait_for(process, lambda: kept("s") >= 50)
    process.send_signal(number)
    _, err = end(process)
    assert process.returncode == code
    assert err[-2:] == [HOW.format("s"), "shequn: interrupted"]
    assert not list((here / "s").rglob("*.part"))
    goes_on(words(workers), here / "s")


def test_a_batch_system_that_signals_every_process(here, words, goes_on):
    process = begin(*words("processes:2"), "--out", "s")
    wait_for(process, lambda: kept("s") >= 50)
    listed = subprocess.run(["pgrep", "-P", str(process.pid)], stdout=subprocess.PIPE, check=True)
    workers = [int(word) for word in listed.stdout.split()]
    assert len(workers) == 2
    for worker in workers:
        os.kill(worker, signal.SIGTERM)
    after = kept("s")
    wait_for(process, lambda: kept("s") > after + 20)  # they go on
    for pid in (*workers, process.pid):
        os.kill(pid, signal.SIGTERM)
    _, err = end(process)
    assert process.returncode == 143
    assert err[-2:] == [HOW.format("s"), "shequn: interrupted"]
    assert not read(here / "s").failures
    goes_on(words("processes:2"), here / "s")


def test_a_terminal_that_is_closed(here, words, goes_on):
    """It gets SIGHUP, from the system and from the shell, and cannot say a word any more."""
    ours, theirs = pty.openpty()
    process = begin(
        *words("processes:2"), "--out", "s", stdin=theirs, stdout=theirs, stderr=theirs,
        first="import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)",
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    wait_for(process, lambda: kept("s") >= 50)
    os.close(ours)
    process.send_signal(signal.SIGHUP)
    assert process.wait(timeout=60) == 129
    goes_on(words("processes:2"), here / "s")


COMMANDS = {
    "run": (
        ("run", "tiny.toml", "--days", "100000", "--out", "o"),
        [],
    ),
    "optimise": (
        (
            "optimise", "tiny.toml", "--goal", "members", "--over", "group.capacity=10:20",
            "--replicates", "100", "--workers", "processes:2", "--out", "o",
        ),
        [HOW.format("o")],
    ),
    "calibrate": (
        (
            "calibrate", "study-room", "--to", "facts", "--over", "feel.habit_gain=0.01:0.2:log",
            "--size", "0.1", "--out", "o",
        ),
        [HOW.format("o")],
    ),
}  # fmt: skip


def is_at_work(folder):
    """Whether a command has gone so far that there is something to lose."""
    journal = folder / EVALUATIONS
    return kept(folder) >= 20 or (journal.exists() and journal.stat().st_size > 0)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(("number", "code"), SIGNALS, ids=[number.name for number, _ in SIGNALS])
def test_another_command(here, name, number, code):
    words, how = COMMANDS[name]
    process = begin(*words)
    if name == "run":  # which keeps nothing before its end
        wait_for(process, (here / "o").exists)
        time.sleep(1.0)  # loading, compiled or at play: all is one
    else:
        wait_for(process, lambda: is_at_work(here / "o"))
    process.send_signal(number)
    _, err = end(process)
    assert process.returncode == code
    last = [*how, "shequn: interrupted"]
    assert err[-len(last) :] == last
    assert name != "run" or not (here / "o").exists()
