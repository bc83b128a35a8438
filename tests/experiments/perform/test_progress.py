"""How far a script is, at stderr: one line at a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys

import pytest

import shequn as sq
from shequn.experiments.perform import progress
from shequn.experiments.perform.execute import State


def test_at_a_terminal_one_line_is_written_over_and_gone_at_the_end(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    show = progress.at_stderr()
    show(State(2000, 1000, failed=3))
    assert capsys.readouterr().err == "\r\033[Kruns: 1,000 of 2,000, 3 failed"
    show(State(2000, 2000))
    assert capsys.readouterr().err.endswith("runs: 2,000 of 2,000\r\033[K")


def test_elsewhere_a_line_now_and_then(monkeypatch, capsys) -> None:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    show = progress.at_stderr()
    for seconds, done in ((1.0, 1), (6.0, 2), (7.0, 3), (12.0, 4)):
        now[0] = seconds
        show(State(9, done))
    assert capsys.readouterr().err.splitlines() == ["runs: 2 of 9", "runs: 4 of 9"]


@pytest.mark.parametrize("asked", [True, False])
def test_an_effort_says_it_only_when_asked(monkeypatch, asked) -> None:
    said: list[int] = []
    monkeypatch.setattr(
        "shequn.experiments.perform.effort.at_stderr", lambda: lambda state: said.append(state.done)
    )
    sq.sweep(
        "blank",
        {"group.capacity": [50, 100]},
        days=2,
        replicates=2,
        workers="threads:1",
        progress=asked,
    )
    assert (said[-1:] == [4]) is asked
