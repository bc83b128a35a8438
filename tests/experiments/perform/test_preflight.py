"""What is told before many runs: the probe, time, disk, precision, budget."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shequn.agents.errors import PolicyError, ResultsError, ScenarioError
from shequn.experiments.perform import preflight as module
from shequn.experiments.perform.preflight import (
    MOST_REPLICATES,
    Extent,
    bytes_of_run,
    duration,
    free_space,
    parse_budget,
    preflight,
    replicates_within,
    seconds_of,
    size,
)
from shequn.experiments.perform.probe import Probe, probe
from shequn.experiments.perform.statistics import mean_interval
from shequn.experiments.runs.cases import Case, case_of, run_cases
from shequn.model.scenario import Scenario

BASE = Scenario.load("blank").with_values({"run.days": 10, "run.seed": 40})
MEASURED = Probe(2.0, 5, False, (10.0, 12.0, 14.0))


@dataclass
class Clock:
    """A clock that made-up runs move on; notes what was run."""

    start: float = 0.0
    day: float = 0.01
    now: float = 0.0
    begun: list[tuple[int, int]] = field(default_factory=list)
    steps: int = 0
    fails: bool = False

    def __call__(self) -> float:
        return self.now

    def case(self, point: int, replicate: int) -> Case:
        return Case(BASE, BASE.seed + replicate, str(point))

    def begin(self, case: Case) -> Any:
        self.begun.append((int(case.address), case.seed - BASE.seed))
        self.now += self.start
        return Made(self, case)

    def probe(self, points: int = 3, **options: Any) -> Probe:
        return probe(self.case, points, "orders", clock=self, begin=self.begin, **options)


@dataclass
class Made:
    """A run whose every day takes as long, longer at later points."""

    clock: Clock
    case: Case
    settings = Scenario.load("blank")

    def play(self, days: int) -> None:
        for _ in range(days):
            self.clock.now += self.clock.day * (1 + int(self.case.address))
            self.clock.steps += 1
            if self.clock.fails and self.clock.steps % 10 == 3:
                raise PolicyError("no plan\nat all")

    @property
    def summary(self) -> dict[str, float]:
        return {"orders": 100.0 * int(self.case.address) + self.case.seed}


class TestProbe:
    def test_points_are_spread_and_weigh_the_same(self):
        clock = Clock(start=0.02)
        found = clock.probe(seconds=1.0)
        assert clock.begun == [(1, 0), (0, 0), (2, 0), (1, 1), (1, 2)]  # the last is cut short
        assert (found.runs, found.extrapolated) == (4, False)
        assert found.seconds_per_run == pytest.approx(np.mean([0.12, 0.22, 0.32]))
        assert found.values == (140.0, 141.0)

    def test_fast_runs_give_an_sd(self):
        found = Clock(day=1e-5).probe()
        assert found.values == tuple(140.0 + k for k in range(50))

    def test_a_long_run_is_cut_and_its_days_extrapolated(self):
        """Days are doubled while there is time: 1 and 1, then 2, and the second is over."""
        clock = Clock(start=0.5, day=0.2)
        found = clock.probe(points=1)
        assert clock.steps == 4
        assert (found.runs, found.extrapolated, found.values) == (0, True, ())
        assert found.seconds_per_run == pytest.approx(0.5 + 10 * 0.2)

    def test_one_day_is_played_even_when_time_is_over(self):
        clock = Clock(start=30.0, day=5.0)
        assert clock.probe(points=1).seconds_per_run == pytest.approx(30.0 + 10 * 5.0)
        assert clock.steps == 1

    def test_one_whole_run_and_one_cut_short(self):
        clock = Clock(day=0.07)
        found = clock.probe(points=1)
        assert (found.runs, found.extrapolated) == (1, True)
        assert found.seconds_per_run == pytest.approx(0.7)

    def test_a_run_that_fails_takes_its_time_and_has_no_value(self):
        found = Clock(fails=True).probe(points=1, seconds=0.2)
        assert found.failure == "no plan\nat all"
        assert 0.03 <= found.seconds_per_run < 0.1
        assert len(found.values) < found.runs

    def test_seeds_do_not_run_out(self):
        clock = Clock(day=0.0)
        last = 2**64 - 2
        found = probe(
            lambda point, replicate: Case(BASE, last + replicate, str(point)),
            1, "orders", clock=clock, begin=lambda case: Made(clock, case),
        )  # fmt: skip
        assert found.runs == 2

    def test_real_runs(self, here: Path):
        base = Scenario.load("tiny.toml")
        ticks = iter(np.arange(0.0, 1e6))
        cases = [case_of(base, base.seed + r) for r in range(9)]
        expected = [result.outcomes["messages"] for result in run_cases(cases)]
        found = probe(
            lambda _, replicate: case_of(base, base.seed + replicate),
            1, "messages", seconds=40.5, clock=lambda: float(next(ticks)),
        )  # fmt: skip
        assert list(found.values) == expected[: len(found.values)]
        assert len(found.values) >= 2
        assert len(set(expected)) > 1


class TestTime:
    def test_workers(self):
        assert seconds_of(10, 1, 3.0) == 30.0
        assert seconds_of(10, 4, 3.0) == pytest.approx(3 * 3.0 / 0.9)

    @pytest.mark.parametrize(
        ("text", "seconds"),
        [("90s", 90.0), ("5min", 300.0), (" 1.5h ", 5400.0), ("2 h", 7200.0), ("0.5s", 0.5)],
    )
    def test_budget(self, text, seconds):
        assert parse_budget(text) == seconds

    @pytest.mark.parametrize(
        "text", ["", "5", "min", "0s", "-5min", "5m", "1e3s", "5min 3s", "٣s", f"{'9' * 400}h"]
    )
    def test_no_budget(self, text):
        with pytest.raises(ScenarioError, match="90s, 5min, 1.5h"):
            parse_budget(text)

    @pytest.mark.parametrize(("points", "workers"), [(1, 1), (3, 2), (64, 2), (7, 16)])
    def test_the_largest_number_that_fits(self, points, workers):
        found = replicates_within(1000.0, points, workers, 1.7)
        assert seconds_of(points * found, workers, 1.7) <= 1000.0
        assert seconds_of(points * (found + 1), workers, 1.7) > 1000.0

    def test_bounds(self):
        with pytest.raises(ScenarioError, match=r"--budget 5s: 2 replicates of 3 .* about 12 s"):
            replicates_within(5.0, 3, 1, 2.0, "--budget 5s")
        assert replicates_within(12.0, 3, 1, 2.0) == 2
        assert replicates_within(1e9, 3, 1, 2.0) == MOST_REPLICATES
        assert replicates_within(1.0, 3, 1, 0.0) == MOST_REPLICATES

    @pytest.mark.parametrize(
        ("seconds", "words"),
        [(0.0, "0 ms"), (0.9999, "1,000 ms"), (1.0, "1 s"), (89.0, "89 s"), (90.0, "1.5 min"),
         (5400.0, "1.5 h"), (200_000.0, "2.3 days")],
    )  # fmt: skip
    def test_words(self, seconds, words):
        assert duration(seconds) == words

    @pytest.mark.parametrize(
        ("count", "words"), [(0, "0 B"), (999, "999 B"), (1_500, "1.5 kB"), (2.5e13, "25 TB")]
    )
    def test_sizes(self, count, words):
        assert size(count) == words


class TestPreflight:
    @pytest.fixture
    def expect(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(module, "free_space", lambda _: 10**9)

        def tell(
            points: int = 3,
            replicates: int = 4,
            found: Probe = MEASURED,
            budget: str | None = None,
            **more: Any,
        ):
            extent = Extent(points, replicates, **{"workers": 8, "cores": 2, **more})
            return preflight(Clock().case, extent, tmp_path, budget, lambda *_: found)

        return tell

    def test_numbers(self, expect):
        found = expect()
        assert (found.runs, found.workers, found.days) == (12, 2, 10)
        assert found.seconds == pytest.approx(6 * 2.0 / 0.9)
        assert found.bytes == 12 * bytes_of_run(10)

    def test_half_width_is_that_of_as_many_values(self, expect):
        interval = mean_interval(np.array(MEASURED.values))
        assert expect(replicates=3).half_width == pytest.approx(interval.high - interval.mean)
        assert expect(replicates=48).half_width < expect(replicates=12).half_width / 2

    def test_not_known_yet(self, expect):
        few = Probe(2.0, 2, False, (1.0, 2.0))
        for found in (expect(found=few), expect(replicates=1)):
            assert math.isnan(found.half_width)
            assert found.as_dict()["half_width"] is None
            assert "not known yet" in str(found)

    def test_runs_that_are_there_take_no_time(self, expect):
        found = expect(done=10)
        assert found.seconds == pytest.approx(2.0 / 0.9)
        assert found.bytes == 2 * bytes_of_run(10)
        assert "10 of them done already" in str(found)

    def test_the_budget_decides_the_replicates(self, expect):
        found = expect(budget="2min", replicates=1, done=3)
        assert (found.replicates, found.done, found.budget) == (36, 0, 120.0)
        assert found.seconds <= 120.0
        with pytest.raises(ScenarioError, match="--budget 5s: 2 replicates of 3 points need"):
            expect(budget="5s")

    def test_a_small_disk(self, expect, monkeypatch):
        needed = 12 * bytes_of_run(10)
        monkeypatch.setattr(module, "free_space", lambda _: int(needed * 1.05))
        with pytest.raises(ResultsError, match="12 runs need about 34 kB, 35 kB are free"):
            expect()
        expect(replicates=3)

    def test_lines(self, expect):
        lines = str(expect(budget="2min", found=Probe(2.0, 0, True, (1.0, 2.0, 3.0), "a\nb")))
        names = [line.split()[0] for line in lines.splitlines()]
        assert names == ["runs", "time", "workers", "disk", "precision", "budget", "failed"]
        assert {line[10] for line in lines.splitlines()} == {" "}
        assert "extrapolated" in lines
        assert "assumed" in lines
        assert lines.endswith("in the probe: a")
        assert len(str(expect()).splitlines()) == 5
        assert "customer_equity 12.0 ± 3.2 CNY at a point" in str(expect())

    def test_free_space_of_a_folder_to_be(self, tmp_path):
        assert free_space(tmp_path / "not" / "yet") > 0
        assert free_space(Path("nowhere")) > 0

    def test_a_day_of_a_run_takes_what_is_stored_of_it(self, here: Path):
        base = Scenario.load("tiny.toml")
        result = run_cases([case_of(base, 3)])[0]
        stored = sum(series.nbytes for series in result.daily.values())
        assert bytes_of_run(base.days) - bytes_of_run(0) == stored
