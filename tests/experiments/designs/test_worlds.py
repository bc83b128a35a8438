"""Sampled worlds: the same draws in all points and arms, kept with the results; no overlaps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import shequn as sq
from shequn.agents.errors import ResultsError, ScenarioError
from shequn.commands import main
from shequn.experiments.compare.compare import draw_worlds
from shequn.experiments.compare.sweep import sweep
from shequn.experiments.designs.worlds import Worlds
from shequn.model.scenario import Scenario

POSTERIOR = """\
weight,feel.habit_gain,tiny:spread.talk,blank:spread.need_rate,speak.most_posts
0.5,0.1,1.0,0.1,3
0.25,0.2,1.5,0.2,4
0.25,0.3,2.0,0.3,5
"""
NAMES = ["feel.habit_gain", "tiny:spread.talk", "blank:spread.need_rate", "speak.most_posts"]
VARY = {"policy.content_per_day": [0.0, 2.0]}


@pytest.fixture
def posterior(here: Path) -> Path:
    path = here / "posterior.csv"
    path.write_text(POSTERIOR, encoding="utf-8")
    return path


class TestDraws:
    def test_the_seed_decides_and_the_scenario_does_not(self, posterior: Path) -> None:
        worlds = Worlds.of(posterior)
        assert worlds.names == NAMES
        tiny, other = Scenario.load("tiny.toml"), Scenario.load("study-room")
        drawn = worlds.draw(tiny, range(50))
        assert drawn == worlds.draw(tiny, range(50))
        assert drawn[7:9] == worlds.draw(tiny, [7, 8])
        assert list(drawn[0]) == ["feel.habit_gain", "spread.talk", "speak.most_posts"]
        assert type(drawn[0]["speak.most_posts"]) is int
        elsewhere = worlds.draw(other, range(50))
        assert list(elsewhere[0]) == ["feel.habit_gain", "speak.most_posts"]
        for one, two in zip(drawn, elsewhere, strict=True):
            assert one["feel.habit_gain"] == two["feel.habit_gain"]

    def test_samples_come_as_often_as_they_weigh(self, posterior: Path) -> None:
        """Shares of 4,000 draws: 4 standard errors allowed (false alarm probability 2e-4)."""
        drawn = Worlds.of(posterior).draw(Scenario.load("tiny.toml"), range(4000))
        gains = np.array([world["feel.habit_gain"] for world in drawn])
        for gain, weight in ((0.1, 0.5), (0.2, 0.25), (0.3, 0.25)):
            error = np.sqrt(weight * (1.0 - weight) / 4000)
            assert np.mean(gains == gain) == pytest.approx(weight, abs=4.0 * error)

    def test_a_sample_without_weight_never_comes(self) -> None:
        frame = pd.DataFrame({"weight": [0.0, 1.0, 0.0], "feel.habit_gain": [0.1, 0.2, 0.3]})
        drawn = Worlds.of(frame).draw(Scenario.load("blank"), range(200))
        assert {world["feel.habit_gain"] for world in drawn} == {0.2}

    def test_the_scenario_of_the_median_keeps_its_own_columns(self, posterior: Path) -> None:
        text = Path("tiny.toml").read_text(encoding="utf-8")
        Path("median-tiny.toml").write_text(text, encoding="utf-8")
        worlds = Worlds.of(posterior)
        assert "spread.talk" in worlds.columns(Scenario.load("median-tiny.toml"))

    def test_a_calibration_is_as_good_as_its_table(self, tmp_path: Path) -> None:
        from shequn.experiments.calibrate.targets import Target

        found = sq.calibrate(
            "blank", [Target("gain", "blank", 0.5, 0.4, 0.6)], "feel.habit_gain=0:1",
            particles=10, rounds=1, workers=1,
            how=lambda scenario, seed, facts: {"gain": scenario.value("feel.habit_gain")},
        )  # fmt: skip
        found.save(tmp_path)
        blank = Scenario.load("blank")
        one, two, three = (
            Worlds.of(source).draw(blank, range(20))
            for source in (found, found.samples, tmp_path / "posterior.csv")
        )
        assert one == two == three

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", "needs the column weight"),
            ("weight\n1\n", "one for each parameter"),
            ("weight,feel.habit_gian\n1,0.1\n", "did you mean 'feel.habit_gain'"),
            ("weight,feel.habit_gain\n-1,0.1\n2,0.1\n", "weights must not be negative"),
            ("weight,feel.habit_gain\n0,0.1\n", "some above 0"),
            ("weight,feel.habit_gain\n", "some above 0"),
            ("weight,feel.habit_gain\n1,x\n", "line 2: holds what is not a number"),
            ("weight,feel.habit_gain\n1,0.1\n1\n", "line 3: 1 columns, not 2"),
            ("weight,feel.habit_gain\n1,nan\n", "not finite"),
            ("weight,feel.habit_gain,feel.habit_gain\n1,0.1,0.2\n", "twice"),
        ],
    )
    def test_tables_that_are_none(self, text: str, expected: str, tmp_path: Path) -> None:
        path = tmp_path / "p.csv"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ScenarioError, match=expected):
            Worlds.of(path)

    def test_a_world_that_concerns_nothing(self) -> None:
        frame = pd.DataFrame({"weight": [1.0], "study-room:spread.talk": [1.0]})
        with pytest.raises(ScenarioError, match="none of the parameters concerns blank"):
            Worlds.of(frame).draw(Scenario.load("blank"), [1])


class TestSweep:
    @pytest.mark.jit
    def test_each_replicate_has_its_world_at_every_point(self, posterior: Path) -> None:
        tiny = Scenario.load("tiny.toml")
        result = sweep(tiny, VARY, 3, worlds=posterior)
        drawn = Worlds.of(posterior).draw(tiny, range(tiny.seed, tiny.seed + 3))
        assert list(result.results.plan.worlds[0]) == drawn
        rows = result.rows.set_index(["point", "replicate"])
        for point, values in enumerate(result.design.rows):
            for replicate, world in enumerate(drawn):
                alone = sq.run(tiny.with_values({**world, **values}), seed=tiny.seed + replicate)
                row = rows.loc[(point, replicate)]
                assert row["messages"] == alone.summary["messages"]
                assert {path: row[path] for path in world} == world

    @pytest.mark.jit
    def test_it_is_kept_and_goes_on(self, posterior: Path) -> None:
        out = posterior.parent / "s"
        whole = sweep("tiny.toml", VARY, 3, worlds=posterior, out=out).rows
        again = sweep("tiny.toml", VARY, 2, worlds=posterior, out=out).rows
        assert again.equals(whole[whole["replicate"] < 2])
        with pytest.raises(ResultsError, match="holds other results"):
            sweep("tiny.toml", VARY, 3, out=out)

    def test_what_is_varied_or_set_cannot_be_drawn(
        self, posterior: Path, refused: Callable[..., str]
    ) -> None:
        words = ("sweep", "tiny.toml", "--worlds", "posterior.csv", "--replicates", "1")
        text = refused(*words, "--vary", "feel.habit_gain=0,0.1")
        assert "--vary feel.habit_gain: comes from the posterior (--worlds) already" in text
        text = refused(*words, "--vary", "group.capacity=15", "--set", "spread.talk=1")
        assert "--set spread.talk: comes from the posterior" in text
        assert "cannot be read" in refused(
            "sweep", "tiny.toml", "--vary", "group.capacity=15", "--worlds", "nowhere.csv"
        )

    def test_a_world_that_contradicts_the_scenario(self, here: Path) -> None:
        frame = pd.DataFrame({"weight": [1.0], "speak.most_posts": [900.0]})
        with pytest.raises(ScenarioError, match="cannot hold the 900"):
            sweep("tiny.toml", VARY, 1, worlds=frame)


class TestCompare:
    @pytest.mark.jit
    def test_arms_share_the_world_of_a_replicate(self, posterior: Path) -> None:
        tiny = Scenario.load("tiny.toml")
        loud = tiny.with_values({"policy.promo_share": 0.4})
        found = sq.compare(tiny, loud, replicates=3, worlds=posterior)
        first, second = found.results.plan.worlds
        assert first == second
        rows = found.rows.set_index(["arm", "replicate"])
        for arm, scenario in found.arms.items():
            for replicate, world in enumerate(first):
                alone = sq.run(scenario.with_values(world), seed=tiny.seed + replicate)
                assert rows.loc[(arm, replicate), "messages"] == alone.summary["messages"]

    @pytest.mark.jit
    def test_the_command_keeps_them(self, posterior: Path) -> None:
        (posterior.parent / "loud.toml").write_text(
            'extends = "tiny.toml"\ntitle = "Loud"\n[policy]\npromo_share = 0.4\n', encoding="utf-8"
        )
        words = ["compare", "tiny.toml", "loud.toml", "--replicates", "2", "--out", "c"]
        assert main([*words, "--worlds", "posterior.csv"]) == 0
        runs = pd.read_parquet(posterior.parent / "c" / "runs.parquet").set_index("arm")
        assert runs.loc["Tiny", "spread.talk"].notna().all()  # of that scenario only
        assert runs.loc["Loud", "spread.talk"].isna().all()

    def test_arms_must_not_differ_in_what_is_drawn(
        self, posterior: Path, refused: Callable[..., str]
    ) -> None:
        (posterior.parent / "eager.toml").write_text(
            'extends = "tiny.toml"\ntitle = "Eager"\n[feel]\nhabit_gain = 0.5\n', encoding="utf-8"
        )
        tiny = (posterior.parent / "tiny.toml").read_text(encoding="utf-8")
        calm = tiny + "\n[feel]\nhabit_gain = 0.3\n"
        (posterior.parent / "tiny.toml").write_text(calm, encoding="utf-8")
        words = refused("compare", "tiny.toml", "eager.toml", "--worlds", "posterior.csv")
        assert "feel.habit_gain differs between the arms (0.3 in 'Tiny', 0.5 in 'Eager')" in words

    def test_a_parameter_of_one_arm_alone_may_differ(self, posterior: Path) -> None:
        tiny, blank = Scenario.load("tiny.toml"), Scenario.load("blank")
        blank = blank.with_values({"speak.most_posts": tiny.value("speak.most_posts")})
        blank = blank.with_values({"feel.habit_gain": tiny.value("feel.habit_gain")})
        drawn = draw_worlds(Worlds.of(posterior), {"one": tiny, "two": blank}, 2)
        assert set(drawn["two"][0]) == {"feel.habit_gain", "spread.need_rate", "speak.most_posts"}
