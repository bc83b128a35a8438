"""The equations of docs/odd.md have numbers, and the code that computes them names these."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINES = (ROOT / "docs" / "odd.md").read_text(encoding="utf-8").splitlines()
NUMBER = r"\d+(?:\.\d+)?-\d+"
LABEL = re.compile(rf"\*\*\(eq\. ({NUMBER})\)\*\*")


def numbered() -> dict[str, str]:
    """The number of each equation, and that of the section in which it stands, in order."""
    found, section = {}, ""
    for line in LINES:
        if heading := re.match(r"#+ (\d+(?:\.\d+)?)[. ]", line):
            section = heading[1]
        if label := LABEL.fullmatch(line):
            assert label[1] not in found, f"eq. {label[1]} twice"
            found[label[1]] = section
    return found


def named_in_docstrings() -> Iterator[tuple[str, str]]:
    """Number and place of every equation that a docstring of the package names."""
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef
    for path in sorted((ROOT / "shequn").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            words = ast.get_docstring(node) or "" if isinstance(node, kinds) else ""
            for number in re.findall(rf"\b[Ee]q\.\s+({NUMBER})", words):
                yield number, f"{path.relative_to(ROOT)}: {getattr(node, 'name', 'module')}"


def test_a_number_begins_with_that_of_its_section() -> None:
    found = numbered()
    assert len(found) > 40
    assert [n for n, section in found.items() if n.rpartition("-")[0] != section] == []


def test_every_equation_has_a_number() -> None:
    """An equation is a block of its own, set in by four spaces; its number stands before it."""
    blocks = [
        k
        for k, line in enumerate(LINES)
        if line.startswith("    ") and not LINES[k - 1].strip() and not line.startswith("     ")
    ]
    assert [LINES[k] for k in blocks if not LABEL.fullmatch(LINES[k - 2])] == []
    assert len(blocks) == len(numbered())


def test_every_number_that_a_docstring_names_exists() -> None:
    known = numbered()
    assert [each for each in named_in_docstrings() if each[0] not in known] == []


def test_every_equation_is_named_by_a_docstring() -> None:
    assert set(numbered()) - {number for number, _ in named_in_docstrings()} == set()


def test_numbers_named_in_the_document_exist() -> None:
    named = set(re.findall(rf"eq\. ({NUMBER})", "\n".join(LINES)))
    assert named == set(numbered())
