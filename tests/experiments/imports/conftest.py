"""Every test has a key of its own, in a folder of its own."""

import pytest


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("SHEQUN_STATE", str(tmp_path / "state"))
    return tmp_path / "state"
