"""One small group that was looked for once, for all tests here."""

from __future__ import annotations

from pathlib import Path

import pytest

import shequn as sq

KNOWN = {"members": 40, "capacity": 50, "months": 2, "readers": 9, "messages": 4, "orders": 3,
         "ads": 3, "content": 7}  # fmt: skip
TRIES = 240


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where it is kept."""
    return tmp_path_factory.mktemp("mine") / "found"


@pytest.fixture(scope="session")
def found(folder: Path) -> sq.Mined:
    """What was found."""
    return sq.mine(KNOWN, tries=TRIES, out=folder, workers=2)
