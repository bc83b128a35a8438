"""Figures: the ones that are called for, labelled with units, whatever the numbers look like."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from shequn.agents.errors import ResultsError
from shequn.agents.tables import TIERS
from shequn.experiments.compare.sweep import Sweep, plan_of
from shequn.experiments.designs.axes import Axis
from shequn.experiments.designs.designs import factorial
from shequn.experiments.runs.run import run
from shequn.model.scenario import Scenario
from shequn.views.figures import overview
from shequn.views.style import save
from shequn.views.sweep_figures import against, drawings, heat_map
from tests.made_up import made_results
from tests.views.boxes import faults

SHARES = {"policy.promo_share": [0.0, 0.1, 0.3]}
SIZES = {"group.capacity": [50, 200]}


def made(vary: dict[str, list[Any]], replicates: int = 3, days: int = 5, fail=()) -> Sweep:
    """A sweep with results made up: equity of point p, replicate r is 100 p + 10 r."""
    scenario = Scenario.load("blank").with_values({"run.days": days})
    axes = [Axis(path, tuple(values)) for path, values in vary.items()]
    design = factorial(axes)
    told = {
        (point, replicate): None
        if point in fail
        else {
            "customer_equity": 100.0 * point + 10.0 * replicate,
            "promos_per_week": 4.0 * point,
            "promo_share_sent": 0.01 * point,
        }
        for point in range(len(design.rows))
        for replicate in range(replicates)
    }
    names = ("readers", "weekly_readers", "messages", "members", "orders")
    series = {f"{name}_{tier}": k for name in names for k, tier in enumerate(TIERS)}
    plan = plan_of(scenario, design, replicates)
    return Sweep(scenario, design, made_results(plan, replicates, told, series))


def panels(figure: Figure) -> list[Any]:
    return [axes for axes in figure.axes if axes.get_label() != "<colorbar>"]


SWEEPS = {
    "two parameters": (made(SIZES | SHARES), {"growth", "equity", "heat_map"}),
    "one parameter": (made(SHARES), {"growth", "equity"}),
    "one value": (made({"policy.promo_share": [0.1]}), {"growth"}),
    "one value twice": (made({"policy.promo_share": [0.1, 0.1]}), {"growth"}),
    "an endless value": (
        made({"feel.habit_half_life": [9.0, math.inf]}),
        {"growth", "equity"},
    ),
    "a word": (made({"policy.name": ["cadence", "none"]}), {"growth", "equity"}),
    "a number, then a word": (
        made(SHARES | {"policy.name": ["cadence", "none"]}, days=0),
        {"equity", "heat_map"},
    ),
    "a switch": (
        made({"policy.name": ["cadence", "none"]} | SIZES, days=0),
        {"equity", "heat_map"},
    ),
    "three parameters": (
        made({"policy.overtness": [0.0, 1.0]} | SIZES | SHARES, days=0),
        {"equity"},
    ),
    "one replicate": (made(SIZES | SHARES, 1), {"growth", "equity", "heat_map"}),
    "no days": (made(SIZES | SHARES, days=0), {"equity", "heat_map"}),
    "one day": (made(SIZES | SHARES, days=1), {"growth", "equity", "heat_map"}),
    "failed points": (made(SIZES | SHARES, fail=(0, 4)), {"growth", "equity", "heat_map"}),
    "a failed row": (made(SIZES | SHARES, fail=(0, 1, 2)), {"growth", "equity", "heat_map"}),
    "nothing but failures": (made(SHARES, fail=(0, 1, 2)), set()),
    "nine lines": (
        made({"invite.reward": list(range(9))} | SHARES, days=0),
        {"equity", "heat_map"},
    ),
}


@pytest.mark.parametrize("name", SWEEPS)
def test_the_figures_that_are_called_for_and_all_their_words_inside(name):
    result, expected = SWEEPS[name]
    figures = {name: draw() for name, draw in drawings(result).items()}
    assert set(figures) == expected
    for figure in figures.values():
        assert faults(figure) == []
        for axes in panels(figure):  # of growth, the quantity stands above its column
            shared = axes.get_shared_y_axes().get_siblings(axes)
            above = any(each.get_title(loc="left") for each in shared)
            assert axes.get_ylabel() or any(each.get_ylabel() for each in shared) or above


class TestGrowth:
    def test_means_and_bands_of_the_replicates(self):
        figure = drawings(made(SIZES | SHARES))["growth"]()
        readers, messages, members, _, other, *_ = panels(figure)
        assert readers.get_ylim() == other.get_ylim()  # sizes are compared on one scale
        for line in readers.get_lines():  # of all tiers
            assert line.get_ydata().tolist() == [3.0 * day + 6.0 for day in range(5)]
        assert messages.get_lines()[0].get_ydata()[-1] == pytest.approx((1 + 2 + 3 + 4 + 5) * 7 / 5)
        for tier, line in zip(range(3), members.get_lines(), strict=True):
            assert line.get_xdata().tolist() == [1, 2, 3, 4, 5]
            assert line.get_ydata().tolist() == [day + tier + 1.0 for day in range(5)]
        band = members.collections[0].get_paths()[0].vertices
        assert band[:, 1].min() == pytest.approx(0.1)  # the 5 % quantile of 0, 1, 2
        assert [each.get_ylabel() for each in (readers, other)] == [
            "group capacity 50", "group capacity 200"
        ]  # fmt: skip
        assert readers.get_title(loc="left") == "readers [persons]"
        assert "promo share 10 %" in figure.words()
        labels = [text.get_text() for text in figure.legends[0].get_texts()]
        tiers = [f"{tier} tier" for tier in TIERS]
        assert labels == ["read within 7 days", "read on the day", *tiers]

    def test_orders_are_summed_over_the_days(self):
        orders = panels(drawings(made(SHARES, 1))["growth"]())[3]
        assert orders.get_lines()[0].get_ydata().tolist() == [0.0, 1.0, 3.0, 6.0, 10.0]
        assert orders.get_title(loc="left") == "orders since day 0"

    def test_a_point_without_a_run_says_so(self):
        figure = drawings(made(SHARES, fail=(0,)))["growth"]()
        assert [text.get_text() for text in panels(figure)[0].texts] == ["no run succeeded"]
        assert len(figure.legends[0].get_texts()) == 5

    def test_what_is_highest_is_within_the_scale_of_its_column(self):
        figure = drawings(made(SIZES | SHARES))["growth"]()
        for axes in panels(figure):
            highest = max(line.get_ydata().max() for line in axes.get_lines())
            assert axes.get_ylim()[0] == 0.0 < highest < axes.get_ylim()[1]


class TestAgainst:
    def test_means_and_paired_differences(self):
        left, right, share = panels(against(made(SIZES | SHARES), "customer_equity"))
        lines = [bars.lines[0] for bars in left.containers]
        assert [line.get_ydata().tolist() for line in lines] == [[10, 110, 210], [310, 410, 510]]
        lines = [bars.lines[0] for bars in right.containers]
        assert [line.get_ydata().tolist() for line in lines] == [[100, 200], [100, 200]]
        assert left.get_xlim() == right.get_xlim() == share.get_xlim()
        assert left.get_ylabel() == "customer equity [CNY]"

    @pytest.mark.parametrize(
        ("path", "values", "weekly", "zero"),
        [
            ("policy.promo_share", [0.0, 0.1, 0.3], [0.0, 4.0, 8.0], "promo share 0 %"),
            ("policy.promos_per_day", [1 / 7, 1.0, 3.0], [1, 7, 21], "1 promotion a week"),
        ],
    )
    def test_promotions_are_drawn_by_the_week_beside_their_share(self, path, values, weekly, zero):
        """As many as came out where their share was varied, as many as were set where they were."""
        left, right, share = panels(against(made({path: values}), "customer_equity"))
        assert left.containers[0].lines[0].get_xdata() == pytest.approx(weekly)
        assert right.containers[0].lines[0].get_xdata() == pytest.approx(weekly[1:])
        assert share.containers[0].lines[0].get_ydata() == pytest.approx([0.0, 0.01, 0.02])
        for axes in (left, right, share):
            assert axes.get_xlabel() == "promotions a week in each group"
        assert f"Difference to {zero}" == right.get_title(loc="left").replace("\n", " ")

    def test_values_in_any_order_are_drawn_from_left_to_right(self):
        sizes = {"group.capacity": [200, 50, 100]}
        left, right = panels(against(made(sizes), "customer_equity"))
        line = left.containers[0].lines[0]
        assert line.get_xdata().tolist() == [50, 100, 200]
        assert line.get_ydata().tolist() == [110, 210, 10]
        line = right.containers[0].lines[0]
        assert line.get_xdata().tolist() == [50, 100]
        assert "Difference to group capacity 200" in right.get_title(loc="left")
        assert left.get_xlabel() == "group capacity [persons]"

    def test_one_replicate_claims_no_interval(self):
        figure = against(made(SHARES, 1), "customer_equity")
        assert "no intervals" in figure.words()
        assert "no difference is sure" in figure.get_suptitle()


class TestHeatMap:
    def test_cells_and_axes(self):
        axes = panels(heat_map(made(SIZES | SHARES), "customer_equity"))[0]
        # SD 10, three replicates: t(0.975, 2) = 4.302653 times 10 / sqrt(3)
        assert [text.get_text() for text in axes.texts] == [
            f"{mean}\n± 25" for mean in (10, 110, 210, 310, 410, 510)
        ]
        assert np.array_equal(axes.images[0].get_array(), [[10, 110, 210], [310, 410, 510]])
        assert axes.get_xlabel() == "promotions a week in each group (as a share of all messages)"
        assert axes.get_ylabel().replace("\n", " ") == "group capacity [persons]"
        ticks = ["0 to 12\n(0 to 3 %)", "4 to 16\n(1 to 4 %)", "8 to 20\n(2 to 5 %)"]
        assert [text.get_text() for text in axes.get_xticklabels()] == ticks

    def framed(self, result: Sweep) -> list[tuple[float, float, bool]]:
        """Column and row of every framed cell, and whether its line is whole."""
        axes = panels(heat_map(result, "customer_equity"))[0]
        dark = [patch for patch in axes.patches if patch.get_edgecolor()[0] < 0.5]
        return [
            (round(p.get_x() + 0.47), round(p.get_y() + 0.47), p.get_linestyle() in ("-", "solid"))
            for p in dark
        ]

    def test_the_best_of_a_row_is_framed_surely_when_pairs_agree(self):
        assert self.framed(made(SIZES | SHARES)) == [(2, 0, True), (2, 1, True)]

    def test_and_dashed_when_they_do_not(self):
        result = made(SIZES | SHARES)
        rows = result.rows
        one = (rows["point"] == 2) & (rows["replicate"] == 0)
        rows.loc[one, "customer_equity"] = -50.0
        assert self.framed(result) == [(2, 0, False), (2, 1, True)]

    def test_one_replicate_is_never_sure(self):
        assert self.framed(made(SIZES | SHARES, 1)) == [(2, 0, False), (2, 1, False)]

    def test_failed_points_are_said_and_never_the_best(self):
        result = made(SIZES | SHARES, fail=(2, 3, 4, 5))
        assert self.framed(result) == [(1, 0, True)]
        texts = panels(heat_map(result, "customer_equity"))[0].texts
        assert [t.get_text() for t in texts].count("no run\nsucceeded") == 4


class TestOverview:
    @pytest.mark.parametrize("days", [1, 10])
    def test_eight_panels_of_what_the_tables_say(self, here, days):
        result = run("tiny.toml", days=days)
        scenario = result.community.settings
        figure = overview(result.daily, scenario)
        axes = panels(figure)
        assert [one.get_title(loc="left") for one in axes[:3]] == ["Readers", "Messages", "Members"]
        assert len(axes) == 8
        for one in axes:
            assert one.get_title(loc="left") and one.get_ylabel()
            assert one.get_xlabel() == "time [day]"
            assert one.get_legend() is not None
        assert faults(figure) == []
        whole = result.daily[result.daily["tier"] == "all"]
        told = {line.get_label(): line.get_ydata()[-1] for line in axes[4].get_lines()}
        assert told["in visits"] == result.summary["orders"]
        added = result.summary["incremental_orders"]
        assert told["with the group"] - told["without"] == pytest.approx(added)
        balance = axes[5].get_lines()[2].get_ydata()
        assert balance[-1] == pytest.approx(whole["incremental_balance"].sum())
        written = axes[1].get_lines()[0].get_ydata()
        last = whole["messages"].tail(7)
        assert written[-1] == pytest.approx(7.0 * last.mean())
        for line, name in zip(axes[0].get_lines(), ("weekly_readers", "readers"), strict=True):
            assert line.get_ydata().tolist() == whole[name].tolist()
        assert axes[3].get_lines()[2].get_ydata()[-1] == result.summary["silent"]
        assert "no intervals" in figure.words()


class TestFunnel:
    @pytest.mark.parametrize("days", [1, 10])
    def test_it_shows_the_counts_and_cuts_nothing_off(self, here, days):
        result = run("tiny.toml", days=days)
        figure = result.plot("funnel")
        bars, dots = panels(figure)
        whole = result.funnel[result.funnel["by"] == "all"]
        assert [patch.get_width() for patch in bars.patches] == whole["persons"].tolist()
        assert [text.get_text() for text in bars.get_yticklabels()][0] == "reached\n认知"
        tiers = result.funnel[(result.funnel["by"] == "tier") & (result.funnel["before"] > 0)]
        assert sum(len(line.get_xdata()) for line in dots.get_lines()) == len(tiers)
        assert faults(figure) == []


class TestSave:
    def test_equal_figures_are_equal_files_and_none_is_overwritten(self, tmp_path):
        first, second = (heat_map(made(SIZES | SHARES), "customer_equity") for _ in range(2))
        for ending in ("png", "svg"):
            one = save(first, tmp_path / f"a.{ending}")
            other = save(second, tmp_path / f"b.{ending}")
            assert one.read_bytes() == other.read_bytes()
        before = (tmp_path / "a.png").read_bytes()
        with pytest.raises(ResultsError, match="exists already"):
            save(second, tmp_path / "a.png")
        assert (tmp_path / "a.png").read_bytes() == before

    def test_where_it_cannot_be_written(self, tmp_path):
        figure = heat_map(made(SIZES | SHARES, 1), "customer_equity")
        (tmp_path / "file").write_text("")
        with pytest.raises(ResultsError, match="cannot be written"):
            save(figure, tmp_path / "file" / "a.png")
        with pytest.raises(ResultsError, match="must end in"):
            save(figure, tmp_path / "a.jpg")
