"""How long a sweep takes is what its preflight says, within a factor of 1.5."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import shequn as sq
from shequn.experiments.compare.sweep import plan_of
from shequn.experiments.crews.crews import threads
from shequn.experiments.designs.sweep_section import points_of
from shequn.experiments.perform.effort import Effort
from shequn.experiments.perform.perform import folder_of, perform
from shequn.experiments.perform.preflight import Extent, preflight
from shequn.experiments.runs.run import warm_up
from shequn.model.past_cache import VARIABLE, forget

FACTOR = 1.5


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("name", "vary", "replicates"),
    [
        ("wechat-group", ("policy.content_per_day", (1.0, 2.0, 4.0, 8.0)), 40),
        ("wechat-group", ("feel.habit_gain", (0.1, 0.2, 0.3, 0.4)), 16),  # a past for each
        ("interest-forum", ("policy.content_per_day", (1.0, 4.0)), 20),
        ("study-room", ("policy.content_per_day", (1.0, 4.0)), 10),
        ("workspace", ("group.glance", (0.0, 0.1)), 30),
    ],
)
def test_a_sweep_takes_what_its_preflight_says(
    name, vary, replicates, workers, tmp_path: Path, monkeypatch
):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    forget()
    path, values = vary
    scenario = sq.Scenario.load(name)
    plan = plan_of(scenario, points_of(scenario, {path: list(values)}), replicates)
    warm_up(scenario)
    told = preflight(plan.case, Extent(len(values), replicates, workers), tmp_path)
    forget()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "another"))
    begin = time.perf_counter()
    folder = folder_of(plan, scenario, tmp_path / "sweep")
    perform(plan, replicates, Effort(workers=threads(workers)), folder)
    took = time.perf_counter() - begin
    assert 1.0 / FACTOR < told.seconds / took < FACTOR, (told.seconds, took)
