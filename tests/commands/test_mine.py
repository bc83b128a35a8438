"""`shequn mine` at the command line: wrong input ends with one clear message and leaves nothing."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from shequn.commands import main
from shequn.commands.mine_command import ask

BAD = {
    "binary": (bytes(range(256)), "answers.toml"),
    "no TOML": (b"members = = 3\n", "is no TOML"),
    "deep": (b"members = " + b"[" * 500 + b"]" * 500, "answers.toml"),
    "infinite": (b"members = inf\n", "members: inf is out of range"),
    "not a number": (b"members = nan\n", "members: nan is out of range"),
    "huge": (b"members = 1" + b"0" * 400 + b"\n", "members"),
    "a list": (b"members = [1, 2]\n", "is no number"),
    "true": (b"members = true\n", "True is no number"),
    "a section": (b"[members]\nx = 1\n", "members"),
    "nothing": (b"", "members: is needed"),
    "markup": ("members = 9\n'<b>社群\u202e' = 1\n".encode(), "is no question"),
}


@pytest.mark.parametrize("name", BAD)
def test_wrong_answers(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    text, words = BAD[name]
    Path("answers.toml").write_bytes(text)
    assert main(["mine", "answers.toml"]) == 2
    said = capsys.readouterr().err
    assert words in said and "Traceback" not in said and len(said) < 2000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers.toml"]


def test_everything_wrong_in_two_files_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("answers.toml").write_text("members = \n")
    Path("numbers.csv").write_text("day,readers\n2026-01-01,3\n")
    assert main(["mine", "answers.toml", "--to", "numbers.csv"]) == 2
    said = capsys.readouterr().err
    assert "answers.toml: is no TOML" in said
    assert "'day' is no column" in said and "has no column 'date'" in said


def test_without_a_terminal_there_is_nobody_to_ask(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("200\n"))
    assert main(["mine"]) == 2
    assert "there is no terminal to ask at" in capsys.readouterr().err


class Terminal(io.StringIO):
    """A terminal at which somebody has typed."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("language", ["en", "zh"])
def test_questions_are_asked_until_an_answer_will_do(
    language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """Members are needed; what is no number is asked again; a per cent is a share."""
    typed = ["2", "", "many", "1,200", "", "", "", "", "35%", *[""] * 20]
    monkeypatch.setattr(sys, "stdin", Terminal("\n".join(typed) + "\n"))
    assert ask(language, {"joins": 5.0}) == {"groups": 2.0, "members": 1200.0, "top_three": 0.35}
    said = capsys.readouterr().out
    assert ("多少人" in said) == (language == "zh")
    assert "'many'" in said


def test_who_is_interrupted_keeps_the_answers_so_far(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("2\n300\n"))
    with pytest.raises(KeyboardInterrupt):
        ask("en", {})
    assert "members = 300" in capsys.readouterr().out
