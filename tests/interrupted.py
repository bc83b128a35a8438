"""A sweep in a process of its own, to be killed, signalled or starved, and what it leaves."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import shequn
from shequn.commands import main
from shequn.experiments.runs.archive import SHARDS
from shequn.experiments.runs.store import write_text
from shequn.experiments.runs.tables import CHECKSUMS, NAMES
from tests.files import TINY

# A shard every 0.1 s instead of 2 s: a short sweep has then many moments to be killed at. Signals
# that whoever runs the tests ignores are minded again.
PROGRAM = """
import signal, sys
for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    handler = signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL
    signal.signal(getattr(signal, name), handler)
from shequn import __main__ as program
command = program.main
def main():
    from shequn.experiments.runs import archive; archive._SECONDS = 0.1
    exec({first!r}, globals())
    return command()
program.main = main
sys.exit(program.run())
"""


def sweep(replicates):
    """Words of the command, without workers and folder; twice as many runs."""
    vary = ("--vary", "group.capacity=15,20")
    return ("sweep", "tiny.toml", *vary, "--days", "10", "--replicates", replicates)


def begin(*words, first="", **more):
    """A command in a process of its own, and what is done there before it."""
    root = str(Path(shequn.__file__).parent.parent)
    program = PROGRAM.format(first=first)
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, words)],
        env={**os.environ, "PYTHONPATH": root},
        text=True,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more},
    )


def give(*words):
    return main([str(word) for word in words])


def said(text):
    """What lines of JSON say, by event; of several the last."""
    return {line["event"]: line for line in map(json.loads, text.splitlines())}


def shards(folder):
    return sorted((Path(folder) / SHARDS).glob("*.parquet"))


def kept(folder):
    """Runs in all shards, those that are there twice counted twice."""
    return sum(pq.read_metadata(path).num_rows for path in shards(folder))


def wait_for(process, condition):
    """Wait until something is true of a process that runs."""
    while not condition():
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)


def tables(folder):
    return {name: (Path(folder) / name).read_bytes() for name in (*NAMES, CHECKSUMS)}


def uninterrupted(place, replicates):
    """The folder of the sweep when nothing happens to it."""
    write_text(place / "tiny.toml", TINY)
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(place)
        patched.setattr("shequn.views.sweep_figures.drawings", lambda result: {})
        patched.setattr("shequn.experiments.runs.archive._RUNS", 10)
        patched.setattr("shequn.experiments.runs.archive._SECONDS", math.inf)  # ten in each, then
        assert give(*sweep(replicates), "--workers", "threads:2", "--out", "s") == 0
    return place / "s"
