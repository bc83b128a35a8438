"""Titles: what they say, and that they are never more certain than the intervals."""

from __future__ import annotations

import pytest

from shequn.views.compare_figures import comparison_figure
from shequn.views.findings import (
    best_of_sweeps,
    differences_in_words,
    left_out,
    shortened,
    values_in_words,
)
from shequn.views.level_figures import comparison_at_levels, sweep_at_levels
from shequn.views.optimise_figures import optimum_figure
from shequn.views.sweep_figures import drawings
from tests.views import samples

EQUITY = "incremental_equity"
WEEK = "policy.promos_per_day"


class TestComparisons:
    def test_what_is_sure_is_told_apart_from_what_is_not(self):
        found = samples.comparison(4, "mixed", replicates=4)
        words = differences_in_words({"": found}, EQUITY)
        assert words == (
            "Incremental equity: surely higher with 'no promotions'; surely lower with "
            f"'{shortened(samples.NAMES[1])}'; not sure with '{shortened(samples.NAMES[2])}' and "
            "'$5 off and $3 for a friend'"
        )

    def test_where_every_interval_reaches_0_no_difference_is_sure(self):
        found = samples.comparison(3, "zero")
        assert differences_in_words({"": found}, EQUITY).endswith("no difference is sure")

    def test_one_replicate_is_never_sure(self):
        found = samples.comparison(3, "mixed", replicates=1)
        assert "one replicate, no difference is sure" in differences_in_words({"": found}, EQUITY)

    def test_nothing_is_sure_without_values(self):
        words = differences_in_words({"": samples.comparison(1, "unknown")}, EQUITY)
        assert words.endswith("no difference is sure")

    def test_of_many_it_is_said_how_many(self):
        words = differences_in_words({"": samples.comparison(9)}, EQUITY)
        assert "surely higher with 7 of 9" in words

    def test_at_all_levels_only_what_is_sure_at_each(self):
        sure, mixed = samples.comparison(1, "tiny"), samples.comparison(1, "zero")
        assert "surely higher at every level of reading with 'no promotions'" in (
            differences_in_words({"quiet": sure, "lively": sure}, EQUITY)
        )
        assert differences_in_words({"quiet": sure, "lively": mixed}, EQUITY) == (
            "Incremental equity: not sure at every level with 'no promotions'"
        )


class TestSweeps:
    def test_a_best_value_that_is_sure_and_those_beside_it(self):
        """Point 1 is surely best; then the last is as good."""
        found = samples.sweep({"group.capacity": [50, 100, 200]}, "mixed", 4)
        assert best_of_sweeps([found], EQUITY) == (
            "Incremental equity is highest at group capacity 100, surely better than the rest"
        )
        beside = samples.sweep({"group.capacity": [50, 100, 200, 500]}, "mixed", 4)
        assert best_of_sweeps([beside], EQUITY).endswith(
            "at group capacity 100; 500 cannot be told from it"
        )

    def test_no_value_is_better_where_all_are_the_same(self):
        found = samples.sweep({"group.capacity": [50, 100, 200]}, "zero")
        assert best_of_sweeps([found], EQUITY) == (
            "Incremental equity: no group capacity tried is surely better than another"
        )

    def test_what_has_no_value_is_only_shown(self):
        found = samples.sweep({"group.capacity": [50, 100]}, "common")
        found.rows[EQUITY] = float("nan")
        assert best_of_sweeps([found], EQUITY) == "Incremental equity by group capacity"

    @pytest.mark.parametrize(
        ("chosen", "words"),
        [
            ([1.0], "7 promotions a week"),
            ([1 / 7], "1 promotion a week"),
            ([0.0, 1 / 7, 1.0], "0 to 7 promotions a week"),
            ([0.0, 1.0], "0 and 7 promotions a week"),
        ],
    )
    def test_values_are_a_range_only_where_none_between_is_missing(self, chosen, words):
        assert values_in_words(WEEK, [0.0, 1 / 7, 1.0, 4.0], chosen) == words


def test_what_is_left_out_is_named_with_its_table():
    assert left_out([], "points.csv") == ""
    assert left_out(["a", "b"], "points.csv") == (
        "Not drawn, 2 lines: a and b. The numbers are in points.csv."
    )
    assert "and 3 more" in left_out([str(k) for k in range(15)], "points.csv")


class TestWhatIsDrawn:
    def test_words_have_dots_with_intervals_and_paired_differences(self):
        found = samples.sweep({"policy.name": ["cadence", "none"]}, "common", 4)
        left, right = drawings(found)["equity"]().axes
        assert left.containers[0].lines[0].get_xdata().tolist() == [15.0, 115.0]
        assert right.containers[0].lines[0].get_xdata().tolist() == [100.0]
        assert [text.get_text() for text in left.get_yticklabels()] == ["cadence", "none"]
        assert right.get_xlabel() == "difference in incremental equity [CNY]"

    def test_every_arm_has_a_line_of_its_own_look_in_every_panel(self):
        figure = comparison_figure(samples.comparison(12))
        for axes in figure.axes[1:3]:
            looks = {(line.get_color(), str(line._dash_pattern)) for line in axes.get_lines()}
            assert len(looks) == 13

    def test_levels_are_named_on_equal_scales(self):
        of_arms = comparison_at_levels(samples.at_levels(2, "mixed"))
        of_values = sweep_at_levels(samples.sweep_at_levels({"group.capacity": [50, 100]}, "mixed"))
        for figure in (of_arms, of_values):
            upper = figure.axes[:3]
            titles = [axes.get_title(loc="left") for axes in upper]
            assert titles == ["reading is quiet", "reading is usual", "reading is lively"]
            for row in (upper, figure.axes[3:6]):
                assert len({axes.get_ylim() for axes in row}) == 1
                assert len({axes.get_xlim() for axes in row}) == 1


def test_a_search_whose_constraint_is_broken_says_so_in_its_title():
    words = optimum_figure(samples.optimum(1, 100.0)).get_suptitle()
    assert "the best values tried add" in words and words.replace("\n", " ").endswith(
        "constraint broken"
    )
    assert (
        "surely better than the scenario's own"
        in optimum_figure(samples.optimum(2, 0.0)).get_suptitle()
    )
