"""Closed streams, readers that go away, full devices, errors that cross processes."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from shequn.agents import files
from shequn.agents.errors import Problem, ResultsError, ScenarioError, readable
from shequn.model.scenario import Scenario

SHEQUN = f"{sys.executable} -m shequn"


def shell(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("word", ["wechat-group", "nowhere", "wechat-group --set x=1"])
def test_closed_streams(word, here):
    for closed in ("2>&-", ">&-", ">&- 2>&-", "<&- >&- 2>&-"):
        found = shell(f"{SHEQUN} check {word} {closed}")
        assert found.returncode == (0 if word == "wechat-group" else 2)
        assert "Traceback" not in found.stdout + found.stderr
    assert sorted(path.name for path in here.iterdir()) == ["policies.py", "tiny.toml"]


def test_a_reader_that_has_seen_enough():
    found = shell(f"{SHEQUN} parameters | head -1")
    assert found.returncode in (0, 141)
    assert found.stderr == "" and len(found.stdout.splitlines()) == 1


def test_a_device_that_is_full():
    found = shell(f"{SHEQUN} parameters > /dev/full")
    assert found.returncode == 2
    assert found.stderr == "shequn: No space left on device\n"


def test_what_is_wrong_with_a_file_survives_a_process():
    problems = [Problem("a.toml: line 3: x", "is wrong"), Problem("y", "is wrong, too")]
    again = pickle.loads(pickle.dumps(ScenarioError(problems)))
    assert again.problems == tuple(problems)
    assert str(again) == "a.toml: line 3: x: is wrong\ny: is wrong, too"
    assert str(pickle.loads(pickle.dumps(ResultsError("gone")))) == "gone"


def test_messages_are_readable():
    assert readable("a\x1b[31mb\nc\u202ed\ud800") == "a\\x1b[31mb\\nc\\u202ed\\ud800"
    assert readable("社群 ± é") == "社群 ± é"
    long = readable("a" * 900 + "z" * 900)
    assert len(long) <= 400 and long.startswith("aaa") and long.endswith("zzz") and " ... " in long
    assert len(readable("\x01" * 300)) <= 400 and len(readable("\x01" * 3000)) <= 400
    whole = str(Problem("p" * 900, "m" * 900))
    assert str(ScenarioError([Problem("p" * 900, "m" * 900)])) == whole
    many = str(ScenarioError([Problem(f"line {k}", "is wrong") for k in range(500)]))
    assert len(many.splitlines()) == 21 and many.endswith("and 480 more lines like these")


@pytest.mark.parametrize("mark", ["1", "[", "\x01"])
@pytest.mark.parametrize(
    "words",
    [
        "run tiny.toml --out",
        "sweep tiny.toml --vary group.capacity=15,20 --reuse",
        "validate --out",
    ],
)
def test_a_path_that_is_too_long_is_cut(refused, words, mark):
    said = refused(*words.split(), mark * 3000)
    assert len(said) < 300 and said.endswith(": File name too long\n")


class TestFiles:
    def test_a_byte_order_mark_is_no_text(self, here):
        (here / "bom.toml").write_bytes(b"\xef\xbb\xbf" + Path("tiny.toml").read_bytes())
        assert Scenario.load("bom.toml").parameters == Scenario.load("tiny.toml").parameters
        (here / "plan.csv").write_bytes(b"\xef\xbb\xbfday,hour,kind\r\n1,2,content\r\n")
        values = {"policy.name": "schedule", "policy.file": "plan.csv", "policy.promo_share": 0.0}
        Scenario.load("tiny.toml").with_values(values)

    def test_the_size_is_told_before_anything_is_read(self, tmp_path):
        path = tmp_path / "giant"
        with path.open("wb") as stream:
            stream.truncate(2**40)
        with pytest.raises(OSError, match="holds 1,099,511,627,776 bytes; at most 10"):
            files.read_bytes(path, 10)
        path.write_bytes(b"0123456789")
        assert files.read_bytes(path, 10) == b"0123456789"
        with pytest.raises(OSError, match="at most 9"):
            files.read_bytes(path, 9)

    def test_a_pipe_does_not_wait_for_a_writer(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(OSError, match="is a named pipe, not a regular file"):
            files.read_bytes(tmp_path / "pipe", 10)

    def test_what_can_be_no_path(self):
        for name in ("a\0b", "\ud800"):
            with pytest.raises(OSError, match="no file can have this name"):
                files.read_bytes(name, 10)
            assert not files.is_file(name) and not files.is_folder(name)

    def test_a_line_with_thousands_of_spaces(self, here):
        (here / "wide.toml").write_text(
            " " * 20_000 + "x\n[group]\n" + " " * 20_000 + "capaciti = 3"
        )
        with pytest.raises(ScenarioError, match="not valid TOML"):
            Scenario.load("wide.toml")
        (here / "wide.toml").write_text("[group]\n" + " " * 20_000 + "capaciti = 3")
        with pytest.raises(ScenarioError, match=r"line 2: group\.capaciti: .* did you mean"):
            Scenario.load("wide.toml")
