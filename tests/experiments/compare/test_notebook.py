"""Results in a notebook: figures by name, small tables, units that travel with the data."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from matplotlib.figure import Figure

import shequn as sq
from shequn.experiments.compare.compare import plan_of as plan_of_arms
from shequn.experiments.compare.comparison import Comparison
from shequn.experiments.compare.sweep import Sweep, plan_of
from shequn.experiments.designs.axes import Axis
from shequn.experiments.designs.designs import factorial
from shequn.experiments.runs.cases import DAILY
from shequn.experiments.why.why import Story
from shequn.model.outcomes import OUTCOMES
from tests.made_up import made_results

HOSTILE = "<script>alert(1)</script>"
TWO = {"group.capacity": [50, 200], "policy.promo_share": [0.0, 0.1, 0.3]}


def swept(
    vary: dict[str, list[Any]], days: int = 4, replicates: int = 2, fail: tuple[int, ...] = ()
) -> Sweep:
    """Equity of point p, replicate r is 1,000 p + r; members of the base tier 7 + day + r."""
    scenario = sq.Scenario.load("blank").with_values({"run.days": days})
    design = factorial([Axis(path, tuple(values)) for path, values in vary.items()])
    told = {
        (point, replicate): None
        if point in fail
        else {"customer_equity": 1000.0 * point + replicate}
        for point in range(len(design.rows))
        for replicate in range(replicates)
    }
    series = {"members_base": 7.0, "members_high": 1.0, "balance": 5.0}
    results = made_results(plan_of(scenario, design, replicates), replicates, told, series)
    return Sweep(scenario, design, results)


class TestFiguresOfASweep:
    @pytest.mark.parametrize(
        ("vary", "days", "title"),
        [
            (TWO, 4, "after 4 days"),
            ({"policy.name": ["cadence"]}, 4, "Readers, then messages"),
            (
                {"policy.name": ["cadence", "none"]},
                0,
                "Customer equity is highest at policy name none",
            ),
        ],
        ids=["focus", "growth", "words"],
    )
    def test_without_a_name_it_is_the_one_that_tells_most(self, vary, days, title):
        figure = swept(vary, days).plot()
        assert isinstance(figure, Figure)
        assert title in figure.words()

    def test_each_by_its_name(self):
        found = swept(TWO)
        assert "Readers, then messages, members" in found.plot("growth").get_suptitle()
        assert "Customer equity [CNY]" in found.plot("heat_map").words()

    def test_another_name_is_refused_with_those_that_there_are(self):
        with pytest.raises(sq.ResultsError) as caught:
            swept(TWO).plot("heatmap")
        assert str(caught.value) == (
            "'heatmap' is no figure of these results; there are equity, heat_map, growth; did you "
            "mean 'heat_map'?"
        )

    def test_nothing_to_draw_is_said(self):
        with pytest.raises(sq.ResultsError, match="nothing to draw: no run succeeded"):
            swept(TWO, fail=tuple(range(6))).plot()

    def test_every_figure_shows_itself_as_a_picture(self):
        assert swept(TWO).plot()._repr_png_()[:4] == b"\x89PNG"


def test_everything_that_has_a_plot_returns_one_figure() -> None:
    kinds = (
        sq.Calibration, sq.Comparison, sq.Expectation, sq.Optimum, sq.Run, sq.Sensitivity, sq.Sweep,
        sq.Validation, Story,
    )  # fmt: skip
    for kind in kinds:
        assert kind.plot.__annotations__["return"] == "Figure", kind


class TestTables:
    def test_of_a_sweep(self):
        found = swept(TWO, fail=(2,))
        page = found._repr_html_()
        assert page.count("<tr>") == 1 + 6
        assert '<th style="text-align: right">customer equity [CNY]</th>' in page
        cells = '</td><td style="text-align: right">'
        assert cells.join((">200", "0.3", "5,000")) in page
        assert repr(found).splitlines()[0] in page

    def test_of_a_long_sweep(self):
        page = swept({"policy.promo_share": [k / 100 for k in range(45)]})._repr_html_()
        assert page.count("<tr>") == 1 + 20 + 1
        assert "... and 25 more points" in page

    def test_of_a_comparison_with_names_that_are_shown_and_not_run(self):
        base = sq.Scenario.load("blank")
        arms = {"a & b": base, HOSTILE: base.with_values({"group.capacity": 50})}
        told = {
            (k, r): {"members": 10.0 * k + r, "customer_equity": k + k * r}
            for k in range(2)
            for r in range(4)
        }
        found = Comparison(arms, made_results(plan_of_arms(arms, 4), 4, told))
        page = found._repr_html_()
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "difference to &#x27;a &amp; b&#x27;" in page
        assert 'customer equity [CNY]</td><td style="text-align: right">2.5</td>' in page
        assert 'members [persons]</td><td style="text-align: right">10</td>' in page


class TestUnits:
    def test_every_column_of_every_file_says_its_unit_and_meaning(self):
        found = swept(TWO, fail=(0,))
        folder = found.results.folder
        paths = [*folder.glob("*.parquet"), *folder.glob("shards/*.parquet")]
        assert len(paths) == 4
        for path in paths:
            for field in pq.read_schema(path):
                about = {key.decode(): value.decode() for key, value in field.metadata.items()}
                assert about.keys() >= {"unit", "meaning"}, (path, field.name)
                assert about["unit"] and about["meaning"], (path, field.name)

    def test_they_are_those_of_the_declarations_and_of_the_dictionary(self):
        found = swept(TWO)
        folder = found.results.folder
        runs, days = (pq.read_schema(folder / f"{name}.parquet") for name in ("runs", "daily"))
        assert runs.field("customer_equity").metadata[b"unit"] == b"CNY"
        assert runs.field("group.capacity").metadata[b"unit"] == b"persons"
        assert days.field("balance").metadata[b"meaning"].decode() == DAILY["balance"][1]
        lines = (folder / "dictionary.csv").read_text(encoding="utf-8").splitlines()
        assert f"runs.parquet,members,{OUTCOMES['members'].unit}" in "\n".join(lines)
        named = [line.split(",")[1] for line in lines if line.startswith("runs.parquet,")]
        assert named == runs.names

    def test_what_is_read_is_the_same_with_pandas(self):
        found = swept(TWO)
        assert found.rows["customer_equity"].tolist()[:2] == [0.0, 1000.0]
        assert found.results.daily("balance")["balance"].tolist()[:4] == [5.0, 6.0, 7.0, 8.0]


class TestDaysInADataSet:
    def test_days_and_tiers_are_dimensions_with_units(self):
        data = swept(TWO, fail=(2,)).to_xarray()
        assert data["daily_members"].dims == ("point", "replicate", "day", "tier")
        assert data["daily_balance"].dims == ("point", "replicate", "day")
        assert data["daily_balance"].attrs["units"] == "CNY"
        assert data["day"].attrs["units"] == "day"
        assert data["day"].values.tolist() == [1, 2, 3, 4]
        members = data["daily_members"].sel(point=4, replicate=1)
        assert members.sel(tier="base").values.tolist() == [8.0, 9.0, 10.0, 11.0]
        assert members.sel(tier="high").values.tolist() == [2.0, 3.0, 4.0, 5.0]
        assert (members.sel(tier="middle") == 0.0).all()
        assert data["daily_balance"].sel(point=1, replicate=0).values.tolist() == [5, 6, 7, 8]
        assert np.isnan(data["daily_members"].sel(point=2)).all()
        assert all(each.attrs["units"] for each in data.data_vars.values())
        assert data["customer_equity"].sel(point=3, replicate=1) == 3001.0

    def test_points_of_different_lengths(self):
        data = swept({"run.days": [2, 4]}).to_xarray()
        balance = data["daily_balance"].sel(replicate=0).values
        np.testing.assert_array_equal(balance, [[5.0, 6.0, math.nan, math.nan], [5, 6, 7, 8]])
