"""The command report: what it writes, what it refuses."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from shequn.commands import main

pytestmark = pytest.mark.jit


def test_it_writes_into_the_folder_once(folders, tmp_path, capsys):
    place = folders.copy("levels", tmp_path / "it")
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    assert main(["report", str(place)]) == 0
    assert capsys.readouterr().out == f"written {place / 'report.html'}\n"
    written = (place / "report.html").read_text(encoding="utf-8")
    assert written.startswith("<!DOCTYPE html>")
    assert {path: path.read_bytes() for path in before} == before
    assert main(["report", str(place)]) == 2
    assert "nothing is overwritten: name a new file with --out" in capsys.readouterr().err
    out = tmp_path / "zh.html"
    assert main(["report", str(place), "--lang", "zh", "--out", str(out)]) == 0
    assert '<html lang="zh-CN">' in out.read_text(encoding="utf-8")
    assert main(["report", str(place), "--out", str(out)]) == 2
    assert main(["verify", str(place), "--rows", "1"]) == 0  # still the folder that it was


def test_three_audiences_are_one_page_with_more_or_less_in_it(folders, tmp_path):
    sizes = {}
    for who in ("strategist", "researcher", "student"):
        out = tmp_path / f"{who}.html"
        assert main(["report", str(folders("worlds")), "--audience", who, "--out", str(out)]) == 0
        sizes[who] = len(out.read_text(encoding="utf-8"))
    assert sizes["strategist"] < sizes["student"] and sizes["strategist"] < sizes["researcher"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["report", "nowhere"], "no such folder"),
        (["report", "."], "no manifest of shequn can be read here"),
        (["report", ".", "--lang", "fr"], "is none of en, zh"),
        (["report", ".", "--audience", "students"], "did you mean 'student'?"),
        (["report"], "FOLDER: missing"),
    ],
)
def test_what_is_wrong_is_said(words, said, refused):
    assert said in refused(*words)


def test_a_folder_of_another_kind_is_refused(here, capsys):
    assert main(["run", "tiny.toml", "--out", "run"]) == 0
    capsys.readouterr()
    assert main(["report", "run"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "shequn: run: holds results of shequn run; a report is made of the folders of shequn "
        "sweep, compare, demo and mine\n"
    )


def test_it_needs_no_shards_and_no_figures(folders, tmp_path):
    place = folders.copy("once", tmp_path / "it")
    shutil.rmtree(place / "shards")
    for path in [*place.glob("*.png"), *place.glob("points.csv")]:
        path.unlink()
    assert main(["report", str(place)]) == 0


@pytest.mark.parametrize("out", ["gone/x.html", "it", "\0.html"])
def test_where_it_cannot_write_it_says_so(out, folders, tmp_path, monkeypatch, capsys):
    folders.copy("once", tmp_path / "it")
    monkeypatch.chdir(tmp_path)
    assert main(["report", "it", "--out", out]) == 2
    assert capsys.readouterr().err.startswith("shequn: ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["it"]


def test_help_imports_nothing_heavy():
    program = (
        "import sys\nfrom shequn.commands import main\n"
        "try:\n    main(['report', '--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'numba', 'pandas', 'scipy', 'mesa', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(bool(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0 and "examples:" in done.stdout
