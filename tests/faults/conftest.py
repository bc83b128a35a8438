"""A sweep long enough to be struck many times, and the same one left in peace."""

from __future__ import annotations

import pytest

from shequn.experiments.runs.archive import read
from shequn.experiments.runs.tables import CHECKSUMS
from tests.interrupted import give, kept, sweep, tables, uninterrupted

REPLICATES = 300


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    """Leave out what takes longest."""
    monkeypatch.setattr("shequn.views.sweep_figures.drawings", lambda result: {})


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """The sweep, never interrupted: its folder."""
    return uninterrupted(tmp_path_factory.mktemp("whole"), REPLICATES)


@pytest.fixture
def words():
    """The command, without folder."""
    return lambda workers="threads:2": (*sweep(REPLICATES), "--workers", workers)


@pytest.fixture
def goes_on(whole):
    """Whether a folder that was struck is whole so far, and ends as if nothing had happened."""

    def go_on(command, folder):
        assert not (folder / CHECKSUMS).exists(), "the sweep had ended already"
        assert not read(folder).damaged
        done = kept(folder)
        assert give(*command, "--out", folder) == 0
        assert kept(folder) == len(read(folder).places) == 2 * REPLICATES  # none twice
        assert 0 < done < 2 * REPLICATES
        assert tables(folder) == tables(whole)
        assert not list(folder.rglob("*.part"))

    return go_on
