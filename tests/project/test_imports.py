"""The rules of imports refuse what they should: on an empty house with rooms of the same names."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = "import sys; from importlinter.cli import lint_imports_command as c; sys.exit(c())"


def of(room: str) -> str:
    """An import of another room of the experiments."""
    return f"from shequn.experiments import {room}\n"


def lint(folder: Path, files: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Check a package with the rooms of shequn, empty but for some of experiments, by contracts."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    for found in (ROOT / "shequn").rglob("__init__.py"):
        place = folder / found.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    for name, text in files.items():
        place = folder / "shequn" / "experiments" / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(text, encoding="utf-8")
    words = [sys.executable, "-c", LINT, "--no-cache"]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "files",
    [{"why/a.py": of("runs")}, {"studies/__init__.py": of("verify") + of("designs")}],
    ids=["down", "studies"],
)
def test_downwards_is_allowed(files: Mapping[str, str], tmp_path: Path) -> None:
    done = lint(tmp_path, files)
    assert done.returncode == 0, done.stdout
    assert "Contracts: 2 kept, 0 broken." in done.stdout


@pytest.mark.parametrize(
    ("files", "refused"),
    [
        # Of the two arrows of a circle one leads upwards.
        ({"perform/a.py": of("runs"), "runs/b.py": of("perform")}, "runs -> perform"),
        ({"why/a.py": of("expect"), "expect/b.py": of("why")}, "expect -> why"),
        ({"why/a.py": of("expect")}, "why -> expect"),
        ({"facts/a.py": f"def f():\n    {of('runs')}"}, "facts -> runs"),
        ({"attic/__init__.py": ""}, "attic"),
    ],
    ids=["circle", "circle-of-siblings", "siblings", "in-a-function", "room-without-a-place"],
)
def test_the_rest_is_refused(files: Mapping[str, str], refused: str, tmp_path: Path) -> None:
    done = lint(tmp_path, files)
    assert done.returncode == 1, done.stdout
    rooms = [f"shequn.experiments.{room}" for room in refused.split(" -> ")]
    assert " is not allowed to import ".join(rooms) in done.stdout
    assert "Contracts: 1 kept, 1 broken." in done.stdout


@pytest.mark.parametrize(
    ("place", "line", "refused"),
    [
        ("shequn/a.py", "from importlib import import_module", True),
        ("tests/a.py", "import importlib\n\nimportlib.import_module('os')", True),
        ("shequn/__init__.py", "import importlib\n\nimportlib.import_module('os')", False),
        ("shequn/a.py", "import agents", True),
        ("tests/a.py", "from model.day import play_groups", True),
        ("benchmarks/a.py", "import experiments.runs", True),
        ("shequn/a.py", "import shequn.agents", False),
    ],
)
def test_names_that_must_not_be_imported(place: str, line: str, refused: bool) -> None:
    words = [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--stdin-filename", place]
    done = subprocess.run([*words, "-"], input=line, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == refused, done.stdout + done.stderr
    assert ("TID251" in done.stdout) == refused
