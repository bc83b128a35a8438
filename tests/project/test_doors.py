"""The doors at the top of the repository: links to rooms of the package, and used by nobody."""

from __future__ import annotations

import runpy
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOORS = ("agents", "experiments", "model")


@pytest.mark.parametrize("name", DOORS)
def test_a_door_leads_into_the_room_of_its_name(name: str) -> None:
    """Without links git writes where they lead into a file; and nothing needs them to be there."""
    door = ROOT / name
    if door.is_symlink():
        assert door.resolve() == ROOT / "shequn" / name
    elif door.exists():
        assert door.read_text(encoding="utf-8") == f"shequn/{name}"


def test_every_tool_that_must_leave_them_alone_knows_all() -> None:
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    banned = tool["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]
    left_out = tool["hatch"]["build"]["targets"]["sdist"]["exclude"]
    assert set(DOORS) <= set(banned)
    assert {f"/{name}" for name in DOORS} <= set(left_out)
    assert runpy.run_path(str(ROOT / ".ci" / "packages.py"))["DOORS"] == set(DOORS)
