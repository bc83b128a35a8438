"""The tutorials point at what exists, and the program that runs them sees when they are stale."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))


@pytest.fixture(scope="module")
def runner() -> ModuleType:
    """``.ci/readme.py``, which lies in no package."""
    spec = importlib.util.spec_from_file_location("readme_runner", ROOT / ".ci" / "readme.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_are_six_and_a_contents() -> None:
    assert len(TUTORIALS) == 7


@pytest.mark.parametrize("place", TUTORIALS, ids=lambda place: place.stem)
def test_links_and_pictures_exist(place: Path) -> None:
    targets = re.findall(r"\]\(((?!http)[\w./-]+)\)", place.read_text(encoding="utf-8"))
    assert targets
    assert [target for target in targets if not (place.parent / target).exists()] == []


@pytest.mark.parametrize("place", TUTORIALS, ids=lambda place: place.stem)
def test_what_is_shown_comes_after_what_is_run(place: Path, runner: ModuleType) -> None:
    kinds = [kind for kind, _ in runner.blocks(place.read_text(encoding="utf-8"))]
    assert kinds[0] == "sh"
    assert place.stem == "README" or "output" in kinds


def test_a_number_that_is_not_printed_is_found(runner: ModuleType) -> None:
    printed = "members  1,234 ± 5.5\norders  7 (-3 to 17)\n"
    runner.check("members 1,234\n...\norders 7 (-3", printed, Path("right.md"))
    with pytest.raises(SystemExit, match=r"stale\.md.*: 1,235"):
        runner.check("members 1,235", printed, Path("stale.md"))


def test_a_file_is_followed_in_its_folder(tmp_path: Path, runner: ModuleType) -> None:
    """Blocks share the folder; a wrong number, a failing block and no block end it."""
    text = "```sh\necho 41 > n\n```\n```python\nprint(1 + int(open('n').read()))\n```\n"
    place = tmp_path / "tutorial.md"
    kinds = ("sh", "python", "output")
    place.write_text(f"{text}```output\n42\n```\n", encoding="utf-8")
    runner.follow(place, tmp_path, kinds)
    for wrong, words in (
        (f"{text}```output\n43\n```\n", "not printed any more: 43"),
        ("```sh\nfalse\necho on\n```\n", "exit status 1"),
        ("```text\nls\n```\n", "no block is fenced as sh"),
    ):
        place.write_text(wrong, encoding="utf-8")
        with pytest.raises(SystemExit, match=words):
            runner.follow(place, tmp_path, kinds)


def test_long_commands_of_the_readme_are_replaced(runner: ModuleType) -> None:
    assert runner.blocks("```sh\nmake demo\n```\n") == [("sh", f"{runner.SMALL['make demo']}\n")]
