"""On figures of every kind: no words over others, none cut off or small, no legend on data.

Each is drawn with few and many things to show, long names, Chinese, and numbers of every size.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

import shequn as sq
from shequn.experiments.calibrate.targets import Target
from shequn.experiments.compare.sweep import Sweep
from shequn.views import calibrate_figures, search_figures
from shequn.views.compare_figures import comparison_figure
from shequn.views.expect_figures import expectation_figure
from shequn.views.figures import overview
from shequn.views.funnel_figures import funnel_figure
from shequn.views.heat_figures import cloud
from shequn.views.level_figures import comparison_at_levels, sweep_at_levels
from shequn.views.optimise_figures import optimum_figure
from shequn.views.page import legend_below, wrapped
from shequn.views.peer_figures import peers_figure
from shequn.views.rooms import rooms_figure
from shequn.views.sensitivity_figures import sensitivity_figure
from shequn.views.style import INK, label_axes, looks, new_figure, style
from shequn.views.sweep_figures import drawings
from shequn.views.validate_figures import facts_figure, gauges_figure
from shequn.views.why_figures import life
from tests.experiments.calibrate import test_calibrate, test_search
from tests.views import samples
from tests.views.boxes import faults

ALL = ("common", "tiny", "huge", "zero", "unknown")
SIZES = {"group.capacity": [50, 500]}
NUMBERS = {"group.capacity": [50, 100, 200, 500]}
WEEKLY = {"policy.promos_per_day": [k / 7.0 for k in (0, 1, 2, 3, 4, 5, 7, 10, 14, 28)]}
FEW = {"policy.promos_per_day": [0.0, 1.0, 4.0]}
POLICIES = {"policy.name": ["cadence", "none"]}
REWARDS = {"invite.reward": [float(k) for k in range(14)]}


def drawn(figures: dict[str, Callable[[], Figure]]) -> None:
    """Draw them all: nothing may be wrong with any."""
    for name, draw in figures.items():
        assert (name, faults(draw())) == (name, [])


@pytest.mark.parametrize("others", [1, 2, 5, 9])
def test_comparisons_of_few_and_many_arms(others):
    found = samples.comparison(others)
    drawn({"one": lambda: comparison_figure(found)})
    levels = samples.at_levels(others)
    drawn({"levels": lambda: comparison_at_levels(levels)})


@pytest.mark.parametrize("size", ALL)
def test_comparisons_of_numbers_of_every_size(size):
    drawn({"one": lambda: comparison_figure(samples.comparison(2, size))})
    if size in ("huge", "unknown"):
        drawn({"levels": lambda: comparison_at_levels(samples.at_levels(2, size))})


def test_arms_that_are_not_drawn_are_named_beside_their_table():
    figure = comparison_figure(samples.comparison(14))
    assert faults(figure) == []
    [note] = [text.get_text() for text in figure.texts if "Not drawn" in text.get_text()]
    assert "arm number 13 and arm number 14" in note.replace("\n", " ")
    assert "differences.csv" in note
    assert len(figure.legends[0].get_texts()) == 13
    few = comparison_figure(samples.comparison(9))
    assert not [text for text in few.texts if "Not drawn" in text.get_text()]
    assert len(few.axes[-1].containers) == 9  # nine alternatives, nine intervals


def but_growth(found: Sweep) -> dict[str, Callable[[], Figure]]:
    """The figures of a sweep that hang on its outcomes."""
    return {name: draw for name, draw in drawings(found).items() if name != "growth"}


@pytest.mark.parametrize("size", ALL)
@pytest.mark.parametrize("vary", [SIZES | FEW, POLICIES], ids=["lines", "dots"])
def test_sweeps_of_numbers_of_every_size(vary, size):
    drawn(but_growth(samples.sweep(vary, size)))
    if size in ("huge", "unknown"):
        drawn({"levels": lambda: sweep_at_levels(samples.sweep_at_levels(vary, size))})


@pytest.mark.parametrize(
    "vary",
    [NUMBERS | WEEKLY, REWARDS | FEW, SIZES | REWARDS, REWARDS | POLICIES],
    ids=["the demo", "more lines than colours", "fifteen across", "dots in lines"],
)
def test_sweeps_of_few_and_many_values(vary):
    drawn(but_growth(samples.sweep(vary)))
    drawn({"levels": lambda: sweep_at_levels(samples.sweep_at_levels(vary))})


@pytest.mark.parametrize("size", ["common", "huge", "zero"])
def test_growth_of_few_and_many(size):
    vary = {"common": REWARDS, "huge": SIZES, "zero": POLICIES | NUMBERS}[size]
    drawn({"growth": drawings(samples.sweep(vary, size))["growth"]})


def test_sweeps_of_one_replicate_claim_nothing():
    for vary in (NUMBERS, POLICIES):
        found = samples.sweep(vary, replicates=1)
        drawn(but_growth(found))
        words = drawings(found)["equity"]().words()
        assert "no difference is sure" in words and "no intervals" in words


def test_a_cloud_of_points():
    vary = NUMBERS | POLICIES | {"feel.habit_gain": [0.1, 0.2], "feel.habit_loss": [0.1, 0.2]}
    drawn({"points": lambda: cloud(samples.sweep(vary, "huge"), "incremental_equity")})


@pytest.mark.parametrize(
    ("method", "parameters", "scale"),
    [("morris", 1, 1e-6), ("morris", 25, 1e9), ("morris", 5, 0.0), ("sobol", 1, 1e9),
     ("sobol", 25, 1e-6), ("sobol", 5, 0.0)],
)  # fmt: skip
def test_sensitivity(method, parameters, scale):
    found = samples.sensitivity(method, parameters, scale)
    drawn({method: lambda: sensitivity_figure(found, found.focus)})


@pytest.mark.parametrize(("finalists", "scale"), [(1, 1e-6), (5, 1e9), (3, 0.0)])
def test_searches_for_good_values(finalists, scale):
    drawn({"optimum": lambda: optimum_figure(samples.optimum(finalists, scale))})


@pytest.mark.parametrize("statements", [1, 3, 9])
def test_expectations(statements):
    drawn({"expectations": lambda: expectation_figure(samples.expectation(statements))})


def test_fits_and_searches():
    targets = [Target("sum", "blank", 0.8, 0.7, 0.9), Target("talk", "blank", 4.9, 4.8, 5.0)]
    fit = sq.calibrate(
        "blank", targets, f"{test_calibrate.OVER},spread.talk=1:5,feel.habit_half_life=5:100:log",
        particles=10, rounds=1, how=test_calibrate.toy, workers=1,
    )  # fmt: skip
    drawn({k: lambda draw=draw: draw(fit) for k, draw in calibrate_figures.FIGURES.items()})
    found = sq.search(**test_search.asked(rounds=2))
    drawn({k: lambda draw=draw: draw(found) for k, draw in search_figures.FIGURES.items()})


def test_facts_closed_forms_and_peers():
    drawn({"facts": lambda: facts_figure(samples.validation(3, 0.3))})
    for several in (1, 25):
        drawn({"gauges": lambda several=several: gauges_figure(samples.gauges(several))})
    found, curves = samples.peers()
    for told in (None, curves):
        drawn({"peers": lambda told=told: peers_figure(found, told)})


def test_rooms():
    from shequn.experiments.facts.rooms import real_rooms

    real = real_rooms()
    drawn({"rooms": lambda: rooms_figure(real.iloc[::2], real)})


@pytest.fixture(scope="module")
def ran() -> Any:
    return sq.run(samples.scenario_of(10).with_values({"market.people": 400}))


@pytest.mark.jit
@pytest.mark.parametrize("times", [0.0, 1.0, 1e7])
def test_overviews_and_funnels(ran, times):
    settings = ran.community.settings
    numbers = ran.daily.select_dtypes("number").columns.drop("day")
    daily = ran.daily.copy()
    daily[numbers] = daily[numbers].astype(float) * times
    drawn({"overview": lambda: overview(daily, settings)})
    funnel = ran.funnel.copy()
    for name in ("persons", "before"):
        funnel[name] = (funnel[name] * times).astype(int)
    drawn({"funnel": lambda: funnel_figure(funnel, settings)})


@pytest.mark.jit
def test_the_life_of_a_member(ran):
    story = sq.why(ran, 3)
    scenario = dataclasses.replace(story.scenario, title="群" * 90)
    drawn({"life": lambda: life(dataclasses.replace(story, scenario=scenario))})


class TestTheChecks:
    """They can fail: each fault is made, and found."""

    def plain(self) -> Figure:
        with style():
            figure = new_figure(10.0, 4.0)
            axes = figure.subplots()
            axes.plot([0, 1], [0, 1], label="a line")
            label_axes(axes, title="A title", x="time", x_unit="day", y="members")
        return figure

    def test_nothing_is_wrong_with_a_plain_one(self):
        assert faults(self.plain()) == []

    def test_words_over_words(self):
        figure = self.plain()
        for shift in (0.0, 0.01):
            figure.axes[0].text(0.5, 0.5 + shift, "twice")
        assert faults(figure) == ["'twice' lies over 'twice'"]

    def test_words_that_leave(self):
        figure = self.plain()
        figure.text(0.97, 0.5, "far to the right")
        assert faults(figure) == ["'far to the right' leaves the figure"]

    def test_small_words(self):
        figure = self.plain()
        figure.axes[0].text(0.2, 0.7, "fine print", fontsize=7)
        assert faults(figure) == ["'fine print' has 7 points"]

    def test_a_legend_on_a_line_a_mark_a_bar_and_words(self):
        figure = self.plain()
        figure.axes[0].legend(loc="center")
        assert "a legend lies over" in " ".join(faults(figure))
        for draw in ("plot", "scatter", "bar", "errorbar"):
            with style():
                figure = new_figure(6.0, 4.0)
                axes = figure.subplots()
                more: dict[str, Any] = {"yerr": 1.0} if draw == "errorbar" else {}
                getattr(axes, draw)([0.0, 1.0, 2.0], [1.0, 1.0, 1.0], label="some", **more)
                axes.legend(loc="center")
            assert any("points of data" in each for each in faults(figure)), draw
        figure = self.plain()
        figure.axes[0].text(0.5, 0.02, "under it")
        figure.axes[0].legend(loc="lower center")
        assert any("'under it'" in each for each in faults(figure))


def test_no_two_lines_look_the_same():
    for lines, first in ((18, None), (13, INK)):
        found = looks(lines, first)
        assert len({(each.colour, each.dash, each.marker) for each in found}) == lines


def test_words_are_broken_where_they_fit():
    assert wrapped("one two three", 100.0) == "one two three"
    narrow = wrapped("每天三次促销，只给高层看", 0.7)
    assert narrow.replace("\n", "") == "每天三次促销，只给高层看"
    assert len(narrow.split("\n")) > 1 and not any(
        line.startswith("，") for line in narrow.split("\n")
    )
    assert wrapped("a_name_without_any_blank_in_it", 0.5).replace("\n", "") == (
        "a_name_without_any_blank_in_it"
    )
    assert wrapped("kept\napart", 100.0) == "kept\napart"


def test_a_legend_has_as_many_rows_as_it_needs():
    with style():
        figure = new_figure(10.0, 4.0)
        axes = figure.subplots()
        for k in range(9):
            axes.plot(np.arange(3), np.arange(3) + k, label=f"arm {k} with a name of some length")
        legend_below(figure, *axes.get_legend_handles_labels())
    assert faults(figure) == []
    heights = {text.get_window_extent().y0 for text in figure.legends[0].get_texts()}
    assert 1 < len(heights) < 9
