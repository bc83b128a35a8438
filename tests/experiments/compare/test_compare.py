"""Comparing scenarios: same seeds in every arm, differences, and how they are said and shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import shequn as sq
from shequn.commands import main
from shequn.experiments.compare.compare import arms_of, plan_of
from shequn.experiments.compare.comparison import Comparison
from shequn.experiments.crews.crews import threads
from shequn.views.compare_figures import comparison_figure
from tests.made_up import made_results

QUIET = """\
extends = "tiny.toml"
title = "Quiet"

[policy]
promo_share = 0.0

[alternatives."loud"]
policy.promo_share = 0.4

[alternatives."the same"]
policy.promo_share = 0.0
"""


@pytest.fixture
def quiet(here: Path) -> Path:
    path = here / "quiet.toml"
    path.write_text(QUIET, encoding="utf-8")
    return path


def made_up(*members: tuple[float, ...]) -> Comparison:
    """A comparison with given numbers of members: one tuple for each arm."""
    scenario = sq.Scenario.load("blank")
    arms = {
        f"arm {k}": scenario.with_values({"group.capacity": 50 + k}) for k in range(len(members))
    }
    told = {
        (k, replicate): {"members": value, "customer_equity": value}
        for k, values in enumerate(members)
        for replicate, value in enumerate(values)
    }
    as_they_end = dict(reversed(told.items()))
    plan = plan_of(arms, len(members[0]))
    return Comparison(arms, made_results(plan, len(members[0]), as_they_end))


@pytest.mark.jit
class TestCompare:
    def test_the_alternatives_run_on_the_same_seeds_as_the_first(self, quiet: Path) -> None:
        found = sq.compare(quiet, replicates=3)
        assert list(found.arms) == ["Quiet", "loud", "the same"]
        assert found.rows.groupby("arm")["seed"].apply(list).to_dict() == dict.fromkeys(
            found.arms, [3, 4, 5]
        )
        assert found.difference("the same", "messages").mean == 0.0
        assert found.difference("loud", "promo_share_sent").low > 0.0

    def test_an_arm_is_the_run_of_its_scenario(self, quiet: Path) -> None:
        found = sq.compare(quiet, replicates=1)
        loud = sq.Scenario.load(quiet).with_values({"policy.promo_share": 0.4})
        alone = sq.run(loud).summary
        row = found.rows.set_index("arm").loc["loud"]
        assert row["messages"] == alone["messages"]
        assert row["customer_equity"] == alone["customer_equity"]
        assert found.series("loud", "members").shape == (1, 4)
        assert found.series("loud", "messages").sum() == alone["messages"]

    def test_threads_change_nothing(self, quiet: Path) -> None:
        one, two = (sq.compare(quiet, replicates=3, workers=threads(n)).rows for n in (1, 2))
        pd.testing.assert_frame_equal(one, two)


class TestDifferences:
    def test_pairs_are_matched_by_replicate(self) -> None:
        found = made_up((1.0, 20.0, 300.0), (2.0, 21.0, 301.0))
        assert found.difference("arm 1", "members").mean == 1.0
        line = found.table("members").iloc[0]
        assert (line["base"], line["mean"], line["low"], line["high"]) == (107.0, 1.0, 1.0, 1.0)
        assert line["correlation"] == pytest.approx(1.0)

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ((12.0, 13.0, 14.0), "more members than with 'arm 0' (95 %): better"),
            ((1.0, 2.0, 0.0), "fewer members than with 'arm 0' (95 %): worse"),
            ((0.0, 10.0, 20.0), "undecided; members differ from 'arm 0' by"),
        ],
    )
    def test_verdicts_say_what_is_sure(self, values: tuple[float, ...], words: str) -> None:
        assert words in made_up((10.0, 10.0, 10.0), values).verdict("arm 1", "members")

    def test_one_replicate_has_no_interval(self) -> None:
        said = made_up((10.0,), (12.0,)).verdict("arm 1", "members")
        assert said == "arm 1: members differ from 'arm 0' by 2 persons"


class TestOverTime:
    @pytest.fixture
    def growing(self, monkeypatch: pytest.MonkeyPatch) -> Comparison:
        """The second arm has r + 1 more orders than the first on days 3 and 4, the third none."""
        found = made_up((1.0, 2.0, 4.0), (3.0, 4.0, 7.0), (1.0, 2.0, 4.0))

        def series(name: str, point: int) -> np.ndarray:
            days = np.array([[0.0, -1.0, 1.0, 1.0], [0.0, 1.0, 2.0, 2.0], [0.0, 0.0, 3.0, 3.0]])
            return 10.0 + (days if point == 1 else 0.0 * days)

        monkeypatch.setattr(found.results, "series", series)
        found.base.__dict__["days"] = 4
        return found

    def test_what_each_day_brought_is_summed_up_and_members_are_not(self, growing: Comparison):
        assert growing.gaps("arm 1", "orders")[0].tolist() == [0.0, -1.0, 0.0, 1.0]
        assert growing.gaps("arm 1", "members")[0].tolist() == [0.0, -1.0, 1.0, 1.0]
        days = growing.over_time("orders")
        assert days["arm"].tolist() == ["arm 1"] * 4 + ["arm 2"] * 4
        assert days["mean"].tolist()[:4] == pytest.approx([0.0, 0.0, 2.0, 4.0])
        assert np.all(days["low"] <= days["mean"])

    def test_the_day_from_which_it_is_sure_is_one_after_which_it_stays_so(self, growing):
        # members: 1, 2, 3 more on day 3 is not sure with three replicates (half-width 2.48)
        assert growing.sure_from("arm 1", "members") is None
        assert growing.sure_from("arm 2", "members") is None
        assert growing.sure_from("arm 1", "gini") is None  # has no series

        def always(name: str, point: int) -> np.ndarray:
            first = np.array([1.0, -5.0, 1.0, 1.0])
            return 10.0 + np.array([first, first * 1.1, first * 1.2]) * (point == 1)

        growing.results.series = always
        assert growing.sure_from("arm 1", "members") == 3

    def test_sentences_say_what_is_sure_what_is_not_and_what_is_the_same(self, growing):
        said = growing.sure_and_undecided("arm 1", "members", "customer_equity")
        assert said == "arm 1: sure: more members, higher customer equity"
        same = growing.sure_and_undecided("arm 2", "members")
        assert same == "arm 2: the same in every replicate: members"
        last = growing.sentences()[-1]
        assert last == "the same luck in all arms: correlation 1.00 in customer equity"

    def test_each_tier_by_itself(self, growing: Comparison) -> None:
        tiers = growing.by_tier().set_index(["arm", "outcome", "tier"])
        assert tiers.loc[("arm 1", "orders", "high"), "mean"] == pytest.approx(4.0)
        assert tiers.loc[("arm 1", "members", "base"), "mean"] == pytest.approx(2.0)
        assert tiers.loc[("arm 2", "messages", "middle"), "mean"] == 0.0


class TestUntil:
    @pytest.mark.jit
    def test_it_adds_pairs_until_they_are_enough_and_says_so(self, quiet: Path) -> None:
        found = sq.compare(quiet, replicates=40, until="messages +-1000000")
        assert found.replicates == 16  # the pilot
        assert "as narrow as asked" in found.results.stopped
        assert found.results.stopped in found.sentences()
        spent = sq.compare(quiet, replicates=20, until="messages +-0.000001")
        assert spent.replicates == 20
        assert "not as narrow as asked" in spent.results.stopped
        # more pairs belong to the same luck
        assert spent.rows[:48].equals(found.rows)

    def test_refused(self, refused: Callable[..., str], quiet: Path) -> None:
        words = refused("compare", "quiet.toml", "--until", "membres +-5", "--budget", "5 days")
        assert "did you mean 'members'" in words
        assert "--budget" in words


class TestArms:
    def test_equal_titles_are_told_apart(self) -> None:
        assert list(arms_of(["wechat-group", "wechat-group"])) == [
            "wechat-group 1", "wechat-group 2",
        ]  # fmt: skip

    def test_equal_titles_are_told_apart_by_what_differs(self) -> None:
        few = sq.Scenario.load("wechat-group")
        many = few.with_values({"policy.promo_share": 0.3, "policy.appeal": "face"})
        assert list(arms_of([few, many])) == [
            'policy.promo_share = 0.05, policy.appeal = "none"',
            'policy.promo_share = 0.3, policy.appeal = "face"',
        ]

    def test_days_must_be_equal(self) -> None:
        with pytest.raises(sq.ScenarioError, match="give --days"):
            arms_of(["wechat-group", "product-club"])

    def test_nothing_to_compare_with(self) -> None:
        with pytest.raises(sq.ScenarioError, match=r"names no \[alternatives\]"):
            arms_of(["wechat-group"])


@pytest.mark.jit
class TestCommand:
    def test_writes_runs_differences_scenarios_and_a_figure(
        self, quiet: Path, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["compare", "quiet.toml", "--replicates", "2"]) == 0
        out = capsys.readouterr().out
        folder = here / "results" / "compare-quiet-001"
        assert f"written to {folder.relative_to(here)}" in out
        assert "loud: " in out
        assert "the same: incremental equity is the same as with 'Quiet' in every replicate" in out
        assert len(pd.read_parquet(folder / "runs.parquet")) == 6
        assert set(pd.read_csv(folder / "differences.csv")["arm"]) == {"loud", "the same"}
        assert (folder / "comparison.png").stat().st_size > 10_000
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        assert manifest["arms"]["loud"]["parameters"]["policy.promo_share"] == 0.4
        again = sq.Scenario.load(folder / "scenario-1.toml")
        assert again.value("policy.promo_share") == 0.4

    def test_refusals(self, quiet: Path, refused: Callable[..., str]) -> None:
        assert "no outcome; did you mean 'members'" in refused(
            "compare", "quiet.toml", "--outcome", "membres"
        )
        assert "names no [alternatives]" in refused("compare", "tiny.toml")
        text = quiet.read_text(encoding="utf-8")
        quiet.write_text(text.replace("promo_share = 0.4", "promo_shar = 4"), encoding="utf-8")
        assert "did you mean 'policy.promo_share'" in refused("compare", "quiet.toml")
        quiet.write_text(f'focus = "equity"\n{text}', encoding="utf-8")
        assert "focus: 'equity' is no outcome" in refused("compare", "quiet.toml")


@pytest.mark.jit
def test_the_figure_shows_every_arm(quiet: Path) -> None:
    figure = comparison_figure(sq.compare(quiet, replicates=2))
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["Quiet", "loud", "the same"]
    readers, money = (axes.get_lines() for axes in figure.axes[3:5])
    for lines in (readers, money):
        assert not np.any(lines[1].get_ydata())  # the same as the first: no difference on any day
    assert np.any(money[0].get_ydata())
    assert [axes.get_xlabel() for axes in figure.axes[:5]] == ["time [day]"] * 5


def test_the_figure_begins_with_readers_then_messages_then_members(quiet: Path) -> None:
    found = sq.compare(quiet, replicates=2)
    readers, messages, members, *_ = comparison_figure(found).axes
    titles = [axes.get_title(loc="left") for axes in (readers, messages, members)]
    assert titles == ["Readers", "Messages of members", "Members"]
    weekly = found.series("Quiet", "weekly_readers").mean(axis=0)
    daily = found.series("Quiet", "readers").mean(axis=0)
    lines = [line.get_ydata() for line in readers.get_lines()]
    assert np.array_equal(lines[0], weekly) and weekly.min() > 0.0
    assert lines[len(found.arms)][-1] == pytest.approx(daily[-7:].mean())  # of the same arm
    words = [text.get_text() for text in readers.get_legend().get_texts()]
    assert words == ["read within 7 days", "on a day (mean of 7)"]


def test_the_line_of_a_change_has_its_name_above_all_lines() -> None:
    found = sq.branch("wechat-group", 3, {"policy.promo_share": 0.3}, replicates=2, days=6)
    for axes in comparison_figure(found).axes[:5]:
        [name] = [text for text in axes.texts if text.get_text() == "change, day 3"]
        highest = max(np.max(line.get_ydata()) for line in axes.get_lines())
        assert name.xy[1] > highest
