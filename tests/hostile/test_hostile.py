"""Hostile input: exit code 2, one message, nothing left behind, no code run, no hang.

500 cases here; ``make verify`` sets SHEQUN_HOSTILE_CASES to 10,000. A case that fails is had again
with ``python -m tests.hostile.test_hostile NUMBER``.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import tempfile
import time
import unicodedata
from pathlib import Path

import pytest

from shequn.agents.errors import ShequnError
from shequn.commands import main
from shequn.model.community import Community
from shequn.model.scenario import Scenario
from tests.hostile import cases

CASES = int(os.environ.get("SHEQUN_HOSTILE_CASES", "500"))
BATCH = 10
SECONDS = 5.0  # processor time of a case at most
HANG = 120  # seconds of wall time after which a case is given up
LINES, LETTERS = 24, 1000  # of a message at most: a screen


def make_base(base: Path) -> None:
    """Sound files, of which cases are spoilt copies."""
    base.mkdir()
    os.chdir(base)
    Path("tiny.toml").write_text(cases.TINY)
    Path("mine.py").write_text(cases.CODE)
    Path("own.toml").write_text(f'extends = "tiny.toml"\n{cases.OWN}')
    vary = ("--vary", "policy.promo_share=0,0.2", "--replicates", "2", "--workers", "threads:1")
    for words in (
        ("run", "tiny.toml", "--out", "run", "--save", "day.shequn", "--messages"),
        ("sweep", "tiny.toml", *vary, "--out", "sweep"),
        ("run", "own.toml", "--out", "own-run", "--save", "own.shequn"),
        ("sweep", "own.toml", "--vary", "group.capacity=15,20", *vary[2:], "--out", "own-sweep"),
    ):
        assert main(list(words)) == 0
    values = {
        "market.rivals": 1, "desk.staff": 0.02, "speak.question_share": 0.8,
        "desk.service_time": 60.0, "tiers.base.talk": 3.0, "tiers.middle.talk": 3.0,
        "feel.habit_start": 0.8, "channels.1.group.capacity": 20, "group.overflow": "open",
        "group.placement": "home", "discovery.rate": 0.1, "group.talk": 3.0,
        "feel.willingness_start": 1.0,
    }  # fmt: skip
    own = Scenario.load("tiny.toml").with_values(values)
    community = Community(own.with_values({"past.days": 3}))
    for _ in range(3):
        community.step()
    community.save("levers.shequn")
    assert community.tables.groups["n_pending"].sum() > 0
    (base / cases.MARK).unlink()


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    place = tmp_path_factory.mktemp("hostile")
    before = Path.cwd()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        make_base(place / "base")
    os.chdir(before)
    return place


def listing(folder: Path) -> list[str]:
    return sorted(str(p) for p in folder.rglob("*") if "__pycache__" not in p.parts)


@contextlib.contextmanager
def time_limit():
    def give_up(*_):
        raise TimeoutError("hangs")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(HANG)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def command(words: list[str]) -> tuple[int, str, str]:
    """Exit code and what was printed."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(words)
        except SystemExit as error:
            code = int(error.code or 0)
    return code, out.getvalue(), err.getvalue()


def faults_of_message(text: str) -> list[str]:
    """What is wrong with how something was said."""
    lines = text.splitlines()
    found = []
    if not lines:
        found.append("no message")
    if len(lines) > LINES or any(len(line) > LETTERS for line in lines):
        found.append("a screenful")
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Cf") for line in lines for letter in line):
        found.append("a control character")
    return found


def faults(number: int, place: Path) -> list[str]:
    """What is wrong with the answer to a case; what it was comes first."""
    here = place / f"case-{number}"
    here.mkdir()
    os.chdir(here)
    kind, case = cases.case(number, here)
    before = listing(here)
    what = " ".join(case.words) if case.words else case.what
    found = []
    begin = time.process_time()
    with time_limit():
        if case.call is not None:
            try:
                case.call()
            except ShequnError as error:
                found += faults_of_message(str(error))
        else:
            code, out, err = command(case.words)
            if "Traceback" in out + err:
                found.append("a traceback")
            if code not in ((0, 1, 2, 3) if case.harmless else (2,)):
                found.append(f"exit code {code}")
            if code == 2:
                found += faults_of_message(err)
                if not all(line.startswith("shequn: ") for line in err.splitlines()):
                    found.append("a message of another form")
                if out:
                    found.append("printed something before it")
                if listing(here) != before:
                    left = set(listing(here)) ^ set(before)
                    found.append(f"left something behind: {left}")
    if time.process_time() - begin > SECONDS:
        found.append(f"took {time.process_time() - begin:.1f} s")
    if (here / cases.MARK).exists():
        found.append("its code was run")
    return [f"case {number} ({kind}): {what[:300]!r}", *found] if found else []


@pytest.mark.jit
@pytest.mark.parametrize("first", range(0, CASES, BATCH))
def test_hostile_input_is_refused_in_one_message(first, base, tmp_path, monkeypatch):
    (tmp_path / "base").symlink_to(base / "base")
    monkeypatch.chdir(tmp_path)
    wrong = [faults(number, tmp_path) for number in range(first, min(CASES, first + BATCH))]
    assert [each for each in wrong if each] == []


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            make_base(Path(folder) / "base")
        bad = 0
        for number in map(
            int, sys.argv[1:2] if len(sys.argv) == 2 else range(*map(int, sys.argv[1:3]))
        ):
            try:
                found = faults(number, Path(folder))
            except BaseException as error:  # noqa: BLE001 - shown
                import traceback

                found = [
                    f"case {number}: {type(error).__name__}: {error}",
                    traceback.format_exc()[-1500:],
                ]
            if found:
                bad += 1
                print("\n".join(found), flush=True)
        print(f"{bad} bad")
