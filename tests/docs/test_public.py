"""The page of public names: up to date, and enough for every script that the documents show."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import shequn as sq

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "public.md").read_text(encoding="utf-8")
SHOWN = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def listed() -> dict[str, set[str]]:
    """Public names by the module to import them from."""
    found = {"shequn": set(re.findall(r"^\| `sq\.(\w+)` ", PAGE, re.MULTILINE))}
    for part in PAGE.split("\n## ")[1:]:
        if home := re.match(r"With `from ([\w.]+) import", part):
            found[home[1]] = set(re.findall(r"^\| `(\w+)` ", part, re.MULTILINE))
    return found


def used(text: str) -> set[tuple[str, str]]:
    """Module and name of each import from the package in a text, and of each name after ``sq.``."""
    found = {("shequn", name) for name in re.findall(r"\bsq\.([A-Za-z_]\w*)", text)}
    for home, names in re.findall(r"^ *from (shequn[\w.]*) import ([\w, ]+)$", text, re.MULTILINE):
        found |= {(home, name.strip()) for name in names.split(",")}
    return found


def test_the_page_is_what_make_docs_writes() -> None:
    words = [sys.executable, str(ROOT / ".ci" / "public.py")]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == PAGE, "run make docs"


def test_the_page_has_every_name_of_the_package() -> None:
    assert listed()["shequn"] == {name for name in sq.__all__ if not name.startswith("__")}


@pytest.mark.parametrize("place", SHOWN, ids=lambda place: str(place.relative_to(ROOT)))
def test_what_documents_import_is_public(place: Path) -> None:
    public = {(home, name) for home, names in listed().items() for name in names}
    assert used(place.read_text(encoding="utf-8")) - public == set()


def test_names_in_documents_are_found() -> None:
    words = "found = sq.sweep(x)\nfrom shequn.agents.randomness import draw, stream\n"
    random = "shequn.agents.randomness"
    assert used(words) == {("shequn", "sweep"), (random, "draw"), (random, "stream")}
    cluster = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    assert ("shequn.experiments.crews.crews", "crew_of") in used(cluster)
