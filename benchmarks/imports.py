"""Imports of chat exports: megabytes a second, and how much memory a long chat takes."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.table import Row
from benchmarks.timing import Spread

MEGABYTE = 1_000_000
WORDS = ("lorem", "ipsum", "dolor", "sit", "amet", "adipiscing", "elit", "sed", "do", "tempor?")
MEAN_GAP = 20.0  # seconds between two messages
PEOPLE = 300
BATCH = 10_000


def _messages() -> Iterator[tuple[datetime, int, str]]:
    """When, who and what, without end."""
    rng, at = np.random.default_rng(1), datetime(2021, 1, 1)
    while True:
        gaps, people = rng.exponential(MEAN_GAP, BATCH), rng.integers(PEOPLE, size=BATCH)
        lengths = rng.integers(2, 18, size=BATCH)
        words = iter(rng.integers(len(WORDS), size=int(lengths.sum())).tolist())
        for gap, person, length in zip(gaps, people.tolist(), lengths.tolist(), strict=True):
            at += timedelta(seconds=float(gap))
            yield at, person, " ".join(WORDS[next(words)] for _ in range(length))


def _whatsapp(path: Path, size: int) -> None:
    done = 0
    with path.open("w", encoding="utf-8") as stream:
        for at, person, text in _messages():
            done += stream.write(f"{at:%d/%m/%y, %H:%M} - Person {person}: {text}\n")
            if done > size:
                return


def _telegram(path: Path, size: int) -> None:
    done = 0
    with path.open("w", encoding="utf-8") as stream:
        stream.write('{"name": "x", "type": "private_group", "id": 1, "messages": [')
        for number, (at, person, text) in enumerate(_messages(), start=1):
            message = {
                "id": number, "type": "message", "date": at.isoformat(timespec="seconds"),
                "from": f"Person {person}", "from_id": f"user{person}", "text": text,
                "text_entities": [{"type": "plain", "text": text}],
            }  # fmt: skip
            if number % 3 == 0:
                message["reply_to_message_id"] = number - 2
            done += stream.write((", " if number > 1 else "") + json.dumps(message, indent=1))
            if done > size:
                stream.write("]}")
                return


EXPORTS: dict[str, tuple[str, Callable[[Path, int], None]]] = {
    "WhatsApp, text": ("chat.txt", _whatsapp),
    "Telegram, JSON": ("result.json", _telegram),
}


def _import(export: Path, folder: Path) -> tuple[float, float, int]:
    """Megabytes a second of processor time, megabytes that the process grew, messages."""
    os.environ["SHEQUN_STATE"] = str(folder)
    from shequn.experiments.imports.importing import import_export

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    out = folder / f"out-{time.monotonic_ns()}"
    found = import_export(export, out)
    took = time.process_time() - started
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    size = export.stat().st_size
    return size / MEGABYTE / took, grown * 1024 / MEGABYTE, found.about["messages"]


def imports(quick: bool) -> Iterator[Row]:
    """A chat of 200 MB of each of two kinds, each time in a new process (Linux)."""
    size = (20 if quick else 200) * MEGABYTE
    for name, (file, make) in EXPORTS.items():
        with tempfile.TemporaryDirectory() as place:
            export = Path(place) / file
            make(export, size)
            figures = []
            for _ in range(1 if quick else 3):
                with multiprocessing.get_context("spawn").Pool(1) as pool:
                    figures.append(pool.apply(partial(_import, export, Path(place))))
        speed, memory, messages = zip(*figures, strict=True)
        what = f"import of {size // MEGABYTE} MB, {name}"
        yield Row(what, Spread.of(speed), "MB/s", at_least=20.0)
        each = [grown * MEGABYTE / count for grown, count in zip(memory, messages, strict=True)]
        yield Row("  growth of the process", Spread.of(memory), "MB", at_most=400.0)
        yield Row("  growth for each message", Spread.of(each), "bytes")
