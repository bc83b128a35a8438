"""Sensitivity: known indices come back, luck does not look like effect, bad input is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shequn.agents.errors import ResultsError, ScenarioError
from shequn.commands import main
from shequn.experiments.designs.designs import Points
from shequn.experiments.designs.factors import Factor, factors_of, of_word, without_effect
from shequn.experiments.designs.ranges import Range
from shequn.experiments.runs.run import run
from shequn.experiments.sensitivity.design import Design, design_of
from shequn.experiments.sensitivity.sensitivity import Sensitivity, examine, sensitivity
from shequn.model.parameters import declared
from shequn.model.scenario import Scenario

PI = math.pi
# Ishigami & Homma 1990, a = 7, b = 0.1; the fourth parameter does nothing.
FIRST = np.array([0.3139, 0.4424, 0.0, 0.0])
TOTAL = np.array([0.5576, 0.4424, 0.2437, 0.0])
VARIANCE = 49.0 / 8.0 + PI**4 / 50.0 + PI**8 / 1800.0 + 0.5


def factors(count: int, low: float, high: float) -> list[Factor]:
    return [Factor(f"x{k}", Range(low, high)) for k in range(count)]


def table_of(points: Points) -> np.ndarray:
    return np.array([[row[path] for path in points.paths] for row in points.rows])


def ishigami(points: Points, replicates: int) -> dict[str, np.ndarray]:
    x = table_of(points)
    y = np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    return {"y": np.repeat(y[:, None], replicates, axis=1)}


def linear(points: Points, replicates: int) -> dict[str, np.ndarray]:
    y = table_of(points) @ np.array([1.0, -3.0, 0.5, 0.0])
    return {"y": np.repeat(y[:, None], replicates, axis=1)}


def lucky(model: Callable, own: float, shared: float, seed: int = 1) -> Callable:
    """A model with luck of each run and luck that all points of a replicate share."""
    random = np.random.default_rng(seed)

    def drawn(points: Points, replicates: int) -> dict[str, np.ndarray]:
        y = model(points, replicates)["y"]
        return {
            "y": y + own * random.normal(size=y.shape) + shared * random.normal(size=y.shape[1])
        }

    return drawn


def sobol(size: int, seed: int = 1) -> Design:
    return design_of("sobol", factors(4, -PI, PI), size, seed)


def assert_contains(found: Sensitivity, name: str, truth: np.ndarray, width: float) -> None:
    known = found.indices()
    assert np.all(known.low[name] <= truth + 1e-9)
    assert np.all(truth - 1e-9 <= known.high[name])
    assert np.all(known.high[name] - known.low[name] < width)


class TestKnownFunctions:
    def test_the_shares_of_ishigami_lie_in_the_intervals(self):
        found = examine(sobol(1024), ishigami)
        assert_contains(found, "S1", FIRST, 0.25)
        assert_contains(found, "ST", TOTAL, 0.25)
        assert found.indices().values["ST"] == pytest.approx(TOTAL, abs=0.05)
        assert found.indices().values["S1"] == pytest.approx(FIRST, abs=0.05)
        assert list(found.shown()) == [True, True, True, False]

    def test_the_same_with_luck_which_is_told_apart(self):
        found = examine(sobol(256), lucky(ishigami, own=2.0, shared=3.0), 8)
        assert_contains(found, "S1", FIRST, 0.6)
        assert_contains(found, "ST", TOTAL, 0.6)
        assert list(found.shown()) == [True, True, True, False]
        share, low, high = found.luck()
        truth = 13.0 / (13.0 + VARIANCE)
        assert low < truth < high
        assert share == pytest.approx(truth, abs=0.2)

    def test_luck_left_in_the_means_would_look_like_effect(self):
        from SALib.analyze import sobol as salib

        design, model = sobol(256), lucky(ishigami, own=4.0, shared=0.0)
        found = examine(design, model, 4)
        problem = {"num_vars": 4, "names": list("abcd"), "bounds": [[0, 1]] * 4}
        means = found.values["y"].mean(axis=1)
        plain = salib.analyze(problem, means, calc_second_order=False, seed=1)
        assert plain["ST"][3] - plain["ST_conf"][3] > 0.1  # of a parameter that does nothing
        assert found.indices().low["ST"][3] < 0.0 < found.indices().high["ST"][3]
        assert not found.shown()[3]

    @pytest.mark.parametrize("method", ["morris", "sobol"])
    def test_without_luck_the_indices_are_those_of_salib(self, method):
        from SALib.analyze import morris as morris_of
        from SALib.analyze import sobol as sobol_of

        design = design_of(method, factors(4, -PI, PI), 16, 3)
        found = examine(design, ishigami, 3)
        problem = {"num_vars": 4, "names": list("abcd"), "bounds": [[0, 1]] * 4}
        y = found.values["y"][:, 0]
        if method == "morris":
            plain, names = morris_of.analyze(problem, design.units, y), ("mu", "mu_star", "sigma")
        else:
            plain = sobol_of.analyze(problem, y, calc_second_order=False, seed=1)
            names = ("S1", "ST")
        for name in names:
            ours = found.indices().values[name]
            assert ours == pytest.approx(np.asarray(plain[name]), abs=1e-9)

    def test_effects_of_a_linear_function_are_its_slopes(self):
        found = examine(design_of("morris", factors(4, 0.0, 2.0), 5, 1), linear)
        known = found.indices()
        assert known.values["mu"] == pytest.approx([2.0, -6.0, 1.0, 0.0])
        assert known.values["mu_star"] == pytest.approx([2.0, 6.0, 1.0, 0.0])
        assert known.values["sigma"] == pytest.approx(0.0, abs=1e-6)
        assert known.low["mu"] == pytest.approx(known.high["mu"])
        assert list(found.table()["parameter"]) == ["x1", "x0", "x2", "x3"]

    def test_the_same_with_luck(self):
        design = design_of("morris", factors(4, 0.0, 2.0), 20, 1)
        found = examine(design, lucky(linear, own=1.0, shared=5.0), 8)
        assert_contains(found, "mu", np.array([2.0, -6.0, 1.0, 0.0]), 2.0)
        assert list(found.shown()) == [True, True, True, False]
        noise = found.indices().values["noise"]  # two runs, two thirds of the range apart
        expected = math.sqrt(2.0 / PI) * math.sqrt(2.0) / (2.0 / 3.0) / math.sqrt(8.0)
        assert noise == pytest.approx(expected, rel=0.15)

    def test_parameters_that_do_nothing_are_rarely_shown_to_matter(self):
        def nothing(points: Points, replicates: int) -> dict[str, np.ndarray]:
            return {"y": np.zeros((len(points.rows), replicates))}

        design = design_of("morris", factors(40, 0.0, 1.0), 10, 1)
        assert examine(design, lucky(nothing, 1.0, 1.0), 4).shown().sum() <= 5

    def test_same_seed_same_bits_another_seed_other_points(self):
        one, same, other = (examine(sobol(16, seed), ishigami) for seed in (1, 1, 2))
        pd.testing.assert_frame_equal(one.table(), same.table())
        assert not np.array_equal(one.design.units, other.design.units)


class TestMissing:
    def test_morris_leaves_out_the_trajectory(self):
        def failing(points: Points, replicates: int) -> dict[str, np.ndarray]:
            y = linear(points, replicates)["y"]
            y[3, 1] = math.nan  # of the first trajectory
            return {"y": y}

        design = design_of("morris", factors(4, 0.0, 2.0), 6, 1)
        found = examine(design, failing, 3)
        assert (found.indices().blocks, found.indices().dropped) == (5, 1)
        assert "1 of 6 trajectories left out" in found.sentence()

    @pytest.mark.parametrize("method", ["morris", "sobol"])
    def test_too_few_are_refused_with_their_number(self, method):
        def failing(points: Points, replicates: int) -> dict[str, np.ndarray]:
            y = linear(points, replicates)["y"]
            y[:, 1] = math.nan
            return {"y": y}

        design = design_of(method, factors(4, 0.0, 2.0), 8, 1)
        count = len(design.units)
        with pytest.raises(ResultsError, match=f"{count} of {3 * count} runs have no value of y"):
            examine(design, failing, 3).table()

    def test_an_outcome_that_never_varies_has_no_shares(self):
        found = examine(sobol(8), lambda points, _: {"y": np.ones((len(points.rows), 3))}, 3)
        assert np.isnan(found.indices().values["ST"]).all()
        assert "none of 4 parameters is shown to matter" in found.sentence()


class TestFactors:
    def test_ranges(self):
        scenario = Scenario.load("wechat-group")
        found = factors_of(
            scenario,
            "policy.promo_share=0:0.3,feel.habit_half_life=1:9:log,feel.habit_start,group.capacity,"
            "buy.constant,invite.threshold",
        )
        ranges = {factor.name: factor.range for factor in found}
        assert ranges["policy.promo_share"] == Range(0.0, 0.3)
        assert ranges["feel.habit_half_life"] == Range(1.0, 9.0, log=True)
        start = declared()["feel.habit_start"].default
        assert ranges["feel.habit_start"] == Range(start / 2.0, 1.0)  # a share
        assert ranges["group.capacity"] == Range(100.0, 400.0, log=True, whole=True)
        assert ranges["buy.constant"] == Range(-5.0, -1.25)
        assert ranges["invite.threshold"] == Range(1.0, 2.0, log=True, whole=True)
        assert found[0].words == "0 to 0.3"

    def test_a_range_that_is_given_goes_before_that_of_a_word(self):
        scenario = Scenario.load("wechat-group")
        for over in ("policy,policy.promo_share=0:0.5", "policy.promo_share=0:0.5,policy"):
            found = {factor.name: factor for factor in factors_of(scenario, over)}
            assert found["policy.promo_share"].range == Range(0.0, 0.5)
            assert found["policy.promo_share"].origin == "given"
            assert found["policy.content_per_day"].origin == "half to twice"

    def test_world_and_policy_share_nothing_and_hold_no_costs(self):
        scenario = Scenario.load("wechat-group")
        world = {factor.name for factor in of_word("world", scenario)}
        policy = {factor.name for factor in of_word("policy", scenario)}
        assert not world & policy
        assert {"feel.habit_gain", "tiers.base.exit_rate", "spread.talk"} <= world
        assert {"policy.promo_share", "policy.overtness"} <= policy
        assert not {"tiers.base.share", "policy.first_hour", "costs.wage"} & (world | policy)

    @pytest.mark.jit
    def test_what_is_left_out_as_without_effect_changes_no_bit(self, here: Path):
        scenario = Scenario.load("tiny.toml").with_values({"shape.talk": "constant"})
        certain = sorted(without_effect(scenario))
        assert {"spread.talk", "feel.answered", "policy.burst_days", "buy.rivals"} <= set(certain)
        values = {}
        for path in certain:
            about, value = declared()[path], scenario.value(path)
            moved = value * 2 or 1
            if about.kind in (int, float) and math.isfinite(value) and moved <= about.high:
                values[path] = about.kind(moved)
        lever = {"invite.reward", "coupon.value", "desk.staff"}
        assert not lever & set(values)  # a lever can be switched on
        assert len(values) > 20
        before, after = run(scenario), run(scenario.with_values(values))
        pd.testing.assert_frame_equal(before.daily, after.daily)

    def test_everything_that_is_wrong_is_said_at_once(self):
        scenario = Scenario.load("wechat-group")
        over = "wrld,feel.habit_gian,policy.name,policy.promo_share=0.3:0.1,invite.reward"
        with pytest.raises(ScenarioError) as caught:
            factors_of(scenario, f"{over},feel.habit_gain,feel.habit_gain")
        text = str(caught.value)
        for words in (
            "did you mean 'world'", "did you mean 'feel.habit_gain'", "policy.name: is no number",
            "0.3:0.1 is no range", "value is 0; give a range", "feel.habit_gain: is varied twice",
        ):  # fmt: skip
            assert words in text
        with pytest.raises(ScenarioError, match="nothing to vary"):
            factors_of(scenario, "")

    def test_a_word_in_a_scenario_without_behaviour(self):
        names = {factor.name for factor in of_word("world", Scenario.load("blank"))}
        assert not any(name.startswith(("tiers.high", "tiers.middle", "spread")) for name in names)


class TestDesign:
    def test_sizes(self):
        assert len(design_of("morris", factors(5, 0.0, 1.0), None, 1).units) == 60
        found = design_of("sobol", factors(5, 0.0, 1.0), 100, 1)
        assert (found.size, len(found.units)) == (128, 128 * 7)
        assert "rounded up to 128" in found.note

    @pytest.mark.parametrize(
        ("method", "size", "words"),
        [
            ("moris", 10, "did you mean 'morris'"),
            ("morris", 3, "at least 4"),
            ("sobol", 4, "at least 8"),
            ("sobol", 4096, "at most 10,000; find those that matter with --method morris"),
        ],
    )
    def test_refused(self, method, size, words):
        with pytest.raises(ScenarioError, match=words):
            design_of(method, factors(5, 0.0, 1.0), size, 1)


OVER = "policy.promo_share=0:0.5,feel.habit_gain,group.capacity=12:30"


class TestRuns:
    @pytest.mark.jit
    def test_runs_are_kept_and_gone_on_with(self, here: Path):
        arguments = {"over": OVER, "size": 4, "outcome": "messages"}
        first = sensitivity("tiny.toml", replicates=3, out=here / "a", **arguments)
        seen = []
        from shequn.experiments.perform.perform import Effort

        effort = Effort(progress=lambda state: seen.append((state.before, state.planned)))
        more = sensitivity("tiny.toml", replicates=4, out=here / "a", effort=effort, **arguments)
        assert seen[-1] == (48, 64)
        assert np.array_equal(more.values["messages"][:, :3], first.values["messages"])
        again = sensitivity("tiny.toml", replicates=3, **arguments)
        pd.testing.assert_frame_equal(again.table(), first.table())
        assert first.results is not None
        assert set(first.results.rows["group.capacity"]) <= set(range(12, 31))
        assert "Sensitivity of tiny (morris): 16 points x 3 replicates" in repr(first)
        assert first.plot("members").axes

    @pytest.mark.jit
    def test_the_command(self, here: Path, capsys):
        words = ["sensitivity", "tiny.toml", "--method", "sobol", "--points", "8", "--over", OVER]
        words += ["--replicates", "3", "--outcome", "messages"]
        assert main([*words, "--dry-run"]) == 0
        out = capsys.readouterr().out
        assert "40 points x 3 replicates" in out
        assert "policy.promo_share" in out
        assert not (here / "results").exists()
        assert main([*words, "--out", "a", "--outcome", "answer_minutes"]) == 1
        out = capsys.readouterr().out
        said = "120 of 120 runs have no value of answer_minutes: it is not defined without answers"
        assert said in out
        assert "luck is" in out
        assert (here / "a" / "sensitivity-messages.png").stat().st_size > 10_000
        assert len(pd.read_csv(here / "a" / "sensitivity-messages.csv")) == 3
        assert main([*words, "--out", "a", "--json"]) == 0
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [line["event"] for line in lines] == ["preflight", "outcome", "finished"]
        assert lines[0]["done"] == 120

    def test_bad_input_is_refused_at_once(self, refused):
        err = refused(
            "sensitivity", "tiny.toml", "--over", "policy.promo_shar,policy.name", "--method",
            "sobol", "--trajectories", "5", "--outcome", "membres", "--replicates", "2",
        )  # fmt: skip
        for words in (
            "policy.promo_share", "policy.name: is no number", "belongs to --method morris",
            "did you mean 'members'", "2 is out of range; at least 3",
        ):  # fmt: skip
            assert words in err
        assert "nothing to vary" in refused("sensitivity", "tiny.toml")

    def test_points_that_contradict_the_scenario(self, refused):
        over = "group.capacity=5:30,policy.promo_share=0:0.5"
        assert "below the 10 seed members" in refused("sensitivity", "tiny.toml", "--over", over)
