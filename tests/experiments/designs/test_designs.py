"""Designs: what is varied, grids, samples of ranges, tables of points, the [sweep] section."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import qmc

from shequn.agents.errors import ScenarioError
from shequn.experiments.designs.axes import Axis, axes_of, parse_axis, parse_value
from shequn.experiments.designs.designs import (
    MOST_POINTS,
    factorial,
    generator_of,
    read_points,
    sample,
)
from shequn.experiments.designs.ranges import Range
from shequn.experiments.designs.sweep_section import Section, design_of_section, points_of
from shequn.model.scenario import Scenario

SHARE = Axis("policy.promo_share", range=Range(0.0, 0.3))
LIFE = Axis("feel.habit_half_life", range=Range(1.0, 100.0, log=True))
PLACES = Axis("group.capacity", range=Range(10, 12, whole=True))
WORDS = Axis("policy.name", ("none", "cadence", "bursts"))


def complaints(function, *arguments, **options) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        function(*arguments, **options)
    return str(caught.value).splitlines()


def column(points, path) -> list:
    return [row[path] for row in points.rows]


class TestWords:
    @pytest.mark.parametrize(
        ("text", "path", "values"),
        [
            ("group.capacity=50,100", "group.capacity", [50, 100]),
            (" group.capacity = 50:100:3", "group.capacity", [50, 75, 100]),
            ("policy.promo_share=0:0.3:4", "policy.promo_share", [0.0, 0.1, 0.2, 0.3]),
            ("policy.promo_share=0.3:0:2", "policy.promo_share", [0.3, 0.0]),
            ("policy.promo_share=0.1:0.1:1", "policy.promo_share", [0.1]),
            ("policy.name=none, 'cadence'", "policy.name", ["none", "cadence"]),
            ("policy.class_name=7,a:b", "policy.class_name", ["7", "a:b"]),
            ("group.peers_post=true,FALSE", "group.peers_post", [True, False]),
            ("feel.habit_half_life=30,inf", "feel.habit_half_life", [30.0, math.inf]),
            ("rhythm.weekdays=[1,1,1,1,1,1,1],[0,0,0,0,0,2,2]", "rhythm.weekdays",
             [(1.0,) * 7, (0.0,) * 5 + (2.0,) * 2]),
        ],
    )  # fmt: skip
    def test_values(self, text, path, values):
        found = parse_axis(text)
        assert found == Axis(path, tuple(values))
        assert [type(value) for value in found.values] == [type(value) for value in values]

    @pytest.mark.parametrize(
        ("word", "value"),
        [("3", 3), ("3.0", 3.0), ("true", True), ("[1, 2]", [1, 2]), ("a b", "a b"), ("", "")],
    )
    def test_value(self, word, value):
        assert parse_value(word) == value
        assert type(parse_value(word)) is type(value)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("policy.promo_share=0:0.3", Range(0.0, 0.3)),
            ("policy.promo_share=0:0.3:linear", Range(0.0, 0.3)),
            ("feel.habit_half_life=5:100:log", Range(5.0, 100.0, log=True)),
            ("group.capacity=50:100", Range(50, 100, whole=True)),
        ],
    )
    def test_ranges(self, text, expected):
        assert parse_axis(text).range == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("policy.promo_share", "expected PATH=VALUES"),
            ("policy.promo_shar=0,1", "did you mean 'policy.promo_share'?"),
            ("rivals.1.feel.habit_gain=0.1", "'rivals.1.feel.habit_gain' is no parameter"),
            ("policy.promo_share=", "no value; allowed: 0 to 1"),
            ("policy.promo_share=0,x", "'x' is not a number; allowed: 0 to 1"),
            ("policy.promo_share=0,2", "2 is out of range; allowed: 0 to 1"),
            ("policy.promo_share=0:1:0", "an empty range"),
            ("policy.promo_share=0:1:10001", "at most 10,000"),
            ("policy.promo_share=0:inf:3", "must be finite"),
            ("policy.promo_share=a:1:3", "expected FROM:TO:HOW_MANY"),
            ("policy.promo_share=0.3:0", "LOW must be below HIGH"),
            ("policy.promo_share=0.3:0.3", "LOW must be below HIGH"),
            ("policy.promo_share=0:2", "0:2 is out of range; allowed: 0 to 1"),
            ("policy.promo_share=0:0.3:log", "must be above 0, not from 0"),
            ("policy.promo_share=0.1:0.3:lgo", "did you mean 'log'?"),
            ("policy.promo_share=0:1:2:3", "expected LOW:HIGH"),
            ("group.capacity=50:100:4", "66.6667 is not a whole number"),
            ("group.capacity=50.5:100", "must be whole numbers"),
            ("policy.name=none,cadense", "did you mean 'cadence'?"),
            ("group.peers_post=0:1", "'0:1' is not true or false"),
        ],
    )
    def test_refused(self, text, expected):
        found = complaints(parse_axis, text)
        assert any(expected in line for line in found)
        assert all(f"--vary {text}: " in line for line in found)

    def test_paths_of_rivals_and_platforms(self):
        assert parse_axis("rivals.1.product.price=40,60").values == (40.0, 60.0)
        assert parse_axis("platform=wechat,qq").values == ("wechat", "qq")

    def test_a_long_list_of_wrong_values_is_cut(self):
        found = complaints(parse_axis, "policy.promo_share=2:3:1000")
        assert len(found) == 6
        assert found[-1].endswith("and 995 more wrong values")

    def test_every_axis_is_looked_at(self):
        given = ["group.capacty=3", "group.capacity=0:1:x", "a.b=1", "group.capacity=20"]
        found = complaints(axes_of, [*given, "group.capacity=30"])
        assert len(found) == 4
        assert found[-1] == "--vary: group.capacity is varied twice"

    def test_a_mapping_takes_values_and_words(self):
        axes = axes_of({"group.capacity": np.array([20, 30]), "policy.promo_share": "0:0.3"})
        assert axes == (Axis("group.capacity", (20, 30)), SHARE)


class TestFactorial:
    def test_every_combination_the_last_path_fastest(self):
        points = factorial(axes_of({"policy.promo_share": [0.0, 0.3], "group.capacity": [2, 9, 5]}))
        assert [tuple(row.values()) for row in points.rows] == [
            (0.0, 2), (0.0, 9), (0.0, 5), (0.3, 2), (0.3, 9), (0.3, 5)
        ]  # fmt: skip
        assert points.facts()["vary"] == {
            "policy.promo_share": [0.0, 0.3],
            "group.capacity": [2, 9, 5],
        }

    def test_too_many_and_ranges_are_refused_at_once(self):
        axes = [*axes_of({"group.capacity": "10:209:200", "policy.promo_share": "0:1:51"}), SHARE]
        found = complaints(factorial, axes[:2])
        assert found == ["--vary: 200 x 51 = 10,200 points; at most 10,000"]
        assert "FROM:TO:HOW_MANY" in complaints(factorial, axes)[0]


class TestSamples:
    @given(n=st.integers(1, 70), paths=st.integers(1, 4), seed=st.integers(0, 2**64 - 1))
    @settings(deadline=None, max_examples=40)
    def test_a_latin_hypercube_has_one_value_in_each_part(self, n, paths, seed):
        axes = [Axis(str(k), range=Range(k, 2.0 * k + 1.0)) for k in range(paths)]
        points = sample("lhs", axes, n, seed)
        for k in range(paths):
            shares = (np.array(column(points, str(k))) - k) / (k + 1.0)
            assert sorted(np.floor(shares * n)) == list(range(n))

    def test_a_logarithmic_range_is_cut_in_parts_of_equal_ratio(self):
        values = column(sample("lhs", [LIFE], 20, 5), LIFE.path)
        parts = np.floor(np.log(values) / np.log(100.0) * 20)
        assert sorted(parts) == list(range(20))

    def test_sobol_is_that_of_scipy(self):
        random = {"seed": generator_of(9)}
        units = qmc.Sobol(2, scramble=True, **random).random_base2(5)
        points = sample("sobol", [SHARE, LIFE], 32, 9)
        np.testing.assert_allclose(column(points, SHARE.path), 0.3 * units[:, 0], rtol=1e-9)
        np.testing.assert_allclose(column(points, LIFE.path), 100.0 ** units[:, 1], rtol=1e-9)

    def test_sobol_is_rounded_up_to_a_power_of_2(self):
        points = sample("sobol", [SHARE], 33, 1)
        assert len(points.rows) == 64
        assert points.notes == ("33 points rounded up to 64: a Sobol sequence needs a power of 2",)
        assert sample("sobol", [SHARE], 32, 1).rows == points.rows[:32]
        assert len(sample("sobol", [SHARE], 1, 1).rows) == 1

    @pytest.mark.parametrize("kind", ["lhs", "sobol"])
    def test_keyed(self, kind):
        one, again, other = (sample(kind, [SHARE, WORDS], 16, seed) for seed in (3, 3, 4))
        assert one == again
        assert one.facts() == again.facts()
        assert one.rows != other.rows
        assert one.facts()["digest"] != other.facts()["digest"]

    @pytest.mark.parametrize("kind", ["lhs", "sobol"])
    def test_lists_and_whole_numbers_are_spread_evenly(self, kind):
        points = sample(kind, [WORDS, PLACES, SHARE], 64, 2)
        for path, kinds in (("policy.name", WORDS.values), ("group.capacity", (10, 11, 12))):
            counts = [column(points, path).count(value) for value in kinds]
            assert sum(counts) == 64
            assert max(counts) - min(counts) <= 2
        assert all(type(value) is int for value in column(points, "group.capacity"))
        words = "group.capacity rounded to whole numbers: 3 different values in 64 points"
        assert points.notes == (words,)

    @pytest.mark.parametrize(
        ("kind", "points", "expected"),
        [
            ("lhs", 0, "0 points"),
            ("lhs", 10_001, "10,001 points; allowed: 1 to 10,000"),
            ("sobol", 9_000, "16,384 points (9,000 rounded up to a power of 2)"),
        ],
    )
    def test_numbers_of_points(self, kind, points, expected):
        assert expected in complaints(sample, kind, [SHARE], points, 1)[0]
        assert len(sample("lhs", [SHARE], MOST_POINTS, 1).rows) == MOST_POINTS


class TestFile:
    def test_rows(self, scenario_file):
        text = "\ufeffpolicy.promo_share, group.peers_post,rhythm.weekdays\n0.1,TRUE,\n"
        text = text.replace("TRUE,", 'TRUE,"[1,1,1,1,1,1,1]"')
        path = scenario_file(text + ",,\n\n" + '0,false,"[1,1,1,1,1,1,2]"\n' * 2, "points.csv")
        points = read_points(path)
        days = [(1.0,) * 7, (1.0,) * 6 + (2.0,), (1.0,) * 6 + (2.0,)]
        assert [tuple(row.values()) for row in points.rows] == [
            (0.1, True, days[0]), (0.0, False, days[1]), (0.0, False, days[2])
        ]  # fmt: skip
        assert points.facts()["file"] == "points.csv"
        assert points.places[1].endswith("points.csv: line 5")

    def test_every_wrong_cell_is_told(self, scenario_file):
        text = "group.capacty,policy.promo_share,policy.name,policy.name,\n"
        rows = "20,2,cadense,none,\n20,,none,none,\n20,x,none\n"
        path = scenario_file(text + rows, "points.csv")
        found = [line.removeprefix(f"{path}: ") for line in complaints(read_points, path)]
        assert found == [
            "line 1: column 1: 'group.capacty' is no parameter; did you mean 'group.capacity'?",
            "line 1: column 4: policy.name is varied twice",
            "line 1: column 5: has no name; expected the path of a parameter",
            "line 2: column policy.promo_share: 2 is out of range; allowed: 0 to 1",
            found[4],
            "line 3: column policy.promo_share: no value; allowed: 0 to 1",
            "line 4: 3 cells, not 5",
        ]
        assert found[4].startswith("line 2: column policy.name: 'cadense' is not one of ")

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", "is empty"),
            ("policy.promo_share\n", "holds no point"),
            ("policy.promo_share\n" + "0\n" * 10_001, "holds 10,001 points; at most 10,000"),
        ],
    )
    def test_sizes(self, scenario_file, text, expected):
        assert expected in complaints(read_points, scenario_file(text, "points.csv"))[0]

    def test_files_that_are_no_tables(self, tmp_path):
        (tmp_path / "points.csv").write_bytes("group.capacity\n5\n".encode("utf-16"))
        assert "not UTF-8 text" in complaints(read_points, tmp_path / "points.csv")[0]
        assert "cannot be read" in complaints(read_points, tmp_path / "none.csv")[0]
        assert "cannot be read" in complaints(read_points, tmp_path)[0]

    def test_a_long_list_of_problems_is_cut(self, scenario_file):
        path = scenario_file("policy.promo_share\n" + "2\n" * 150, "points.csv")
        found = complaints(read_points, path)
        assert len(found) == 21
        assert found[-1] == "and 130 more lines like these"


class TestScenarios:
    def test_points_that_contradict_the_scenario_are_all_told(self, here: Path):
        base = Scenario.load("tiny.toml")
        vary = {"policy.promo_share": [0.0, 0.1], "group.capacity": [20, 5, 9]}
        found = complaints(factorial(axes_of(vary)).scenarios_of, base)
        assert sum("below the 10 seed members" in line for line in found) == 4
        assert any("policy.promo_share=0.1, group.capacity=5: " in line for line in found)
        (here / "points.csv").write_text("group.capacity\n20\n5\n", encoding="utf-8")
        found = complaints(read_points(Path("points.csv")).scenarios_of, base)
        assert all(line.startswith("points.csv: line 3: ") for line in found)

    def test_each_point_has_its_values(self, here: Path):
        found = factorial(axes_of({"group.capacity": [15, 20]})).scenarios_of(
            Scenario.load("tiny.toml")
        )
        assert [one.value("group.capacity") for one in found] == [15, 20]


SECTION = """\
extends = "tiny.toml"
[sweep]
replicates = 32
design = "lhs"
points = 8
[sweep.vary]
"policy.promo_share" = "0:0.3"
group.capacity = [15, 20]
"policy.name" = "none,cadence"
"""


class TestSection:
    @pytest.fixture
    def mine(self, here: Path):
        def load(text: str = SECTION) -> Scenario:
            (here / "mine.toml").write_text(text, encoding="utf-8")
            return Scenario.load("mine.toml")

        return load

    def test_what_it_says(self, mine):
        axes = (SHARE, Axis("group.capacity", (15, 20)), Axis("policy.name", ("none", "cadence")))
        assert design_of_section(mine()) == Section(axes, "lhs", 8, 32)
        assert points_of(mine()) == sample("lhs", axes, 8, 3)
        assert design_of_section(Scenario.load("tiny.toml")) == Section()

    def test_options_come_first(self, mine):
        scenario = mine()
        assert len(points_of(scenario, points=5).rows) == 5
        assert points_of(scenario, design="sobol").kind == "sobol"
        points = points_of(scenario, ["group.capacity=15,17,20"])
        assert (points.kind, len(points.rows)) == ("factorial", 3)
        with pytest.raises(ScenarioError, match=r"line 6: sweep.vary policy.promo_share: a range"):
            points_of(scenario, design="factorial")

    def test_everything_that_is_wrong(self, mine):
        text = """\
extends = "tiny.toml"
[sweep]
replicate = 4
replicates = 0
design = "sobel"
points = 2.5
[sweep.vary]
"policy.promo_shar" = [0.1]
group.capacity = []
"policy.name" = ["cadense"]
"feel.habit_half_life" = "100:5"
policy.promo_share = true
"""
        found = complaints(points_of, mine(text), ["group.capacity=x"], design="lhs", points=3)
        found = [line.removeprefix("mine.toml: ") for line in found]
        assert found == [
            "line 3: sweep.replicate: 'replicate' is no key of [sweep]; did you mean 'replicates'?",
            "line 4: sweep.replicates: 0 is no whole number of 1 or more",
            "line 6: sweep.points: 2.5 is no whole number of 1 or more",
            "line 5: sweep.design: 'sobel' is no design; there are factorial, lhs, sobol; "
            "did you mean 'sobol'?",
            *found[4:9],
            "--vary group.capacity=x: 'x' is not a number; allowed: 1 to 1e+07 persons",
        ]
        rest = "\n".join(found[4:9])
        assert "did you mean 'policy.promo_share'?" in rest
        assert "sweep.vary.group.capacity: an empty list" in rest
        assert "did you mean 'cadence'?" in rest
        assert "100:5 is no range" in rest
        assert "True is not a number; allowed: 0 to 1" in rest

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("[sweep]\npoints = 4\n", "points is for lhs and sobol"),
            ("[sweep]\nvary = 4\n", "is no table: [sweep.vary]"),
            ('[sweep.vary]\n"group.capacity"=[15]\ngroup.capacity=[15]\n', "varied twice"),
        ],
    )
    def test_what_does_not_fit_together(self, mine, text, expected):
        scenario = mine(f'extends = "tiny.toml"\n{text}')
        assert any(expected in line for line in complaints(design_of_section, scenario))

    @pytest.mark.parametrize(
        ("options", "expected"),
        [
            ({}, "nothing to vary"),
            ({"vary": ["group.capacity=15:20"]}, "FROM:TO:HOW_MANY"),
            ({"vary": ["group.capacity=15"], "points": 4}, "points is for lhs and sobol"),
            ({"vary": ["group.capacity=15:20"], "design": "lhs", "points": 0}, "0 points"),
            ({"vary": ["group.capacity=15:20"], "design": "lsh"}, "did you mean 'lhs'?"),
            ({"design_file": Path("no.csv"), "points": 0}, "drop one of the two"),
        ],
    )
    def test_options_that_do_not_fit_together(self, mine, options, expected):
        scenario = mine('extends = "tiny.toml"\n')
        assert any(expected in line for line in complaints(points_of, scenario, **options))

    def test_a_file_stands_alone(self, mine, here: Path):
        (here / "points.csv").write_text("group.capacity\n15\n", encoding="utf-8")
        points = points_of(mine(), design_file=Path("points.csv"))
        assert (points.kind, points.rows) == ("file", ({"group.capacity": 15},))
