"""Studies: each runs, small, and prints what its figures are; the demo is the first of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import shequn as sq
from shequn.commands import main
from shequn.experiments import studies
from shequn.experiments.studies import (
    bounded_talk,
    buyers,
    forecast,
    group_size_and_promotions,
    how_many_replicates,
    levers,
    persuasion,
    product_club,
    recovery,
    reply_desk,
    what_a_group_adds,
    whom_to_seed,
)

STUDIES = {
    each.__name__.rpartition(".")[2]: each
    for each in (
        bounded_talk,
        buyers,
        forecast,
        group_size_and_promotions,
        how_many_replicates,
        levers,
        persuasion,
        product_club,
        recovery,
        reply_desk,
        what_a_group_adds,
        whom_to_seed,
    )
}
ADDED = "incremental_orders"
SMALL = sq.Effort(replicates=2, days=4, workers="threads:2")


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[[ModuleType, Any], str]:
    """What a study prints of its answer."""

    def tell(study: ModuleType, found: Any) -> str:
        capsys.readouterr()
        study.tell(found)
        return capsys.readouterr().out

    return tell


def test_every_study_is_tried_here_and_told_in_a_tutorial() -> None:
    files = {path.stem for path in Path(studies.__path__[0]).glob("*.py")} - {"__init__"}
    assert files == set(STUDIES)
    tutorials = Path(__file__).parents[3] / "docs" / "tutorials"
    text = "".join(path.read_text(encoding="utf-8") for path in tutorials.glob("*.md"))
    assert [name for name in files if f"shequn.experiments.studies.{name}" not in text] == []


@pytest.mark.parametrize("name", STUDIES)
def test_a_script_is_short_and_says_how_it_is_run(name: str) -> None:
    text = Path(STUDIES[name].__file__ or "").read_text(encoding="utf-8")
    assert f"python -m shequn.experiments.studies.{name}`" in text
    assert len([line for line in text.splitlines() if line.strip()]) <= 65
    assert re.findall(r"^(?:from|import) (shequn\S*)", text, re.MULTILINE)[0] == "shequn"


@pytest.fixture
def small_groups(monkeypatch: pytest.MonkeyPatch) -> sq.LevelSweep:
    """The first study with two sizes of few people, and three numbers of promotions."""
    study = group_size_and_promotions
    for name, value in {"SIZES": [20, 40], "ONE": 20, "MEMBERS": 80, "WEEKLY": [0, 7, 28]}.items():
        monkeypatch.setattr(study, name, value)
    return study.study(SMALL)


def test_response_and_money_are_told_apart_for_each_size(small_groups, capsys) -> None:
    study, found = group_size_and_promotions, small_groups
    rows = found.one.design.rows
    assert [row["group.capacity"] for row in rows] == [20] * 3 + [40] * 3
    assert {row["group.capacity"] * row["group.count"] for row in rows} == {80}
    usual = found.levels["usual"]
    orders = study.curve(usual, 40, study.ORDERS)
    gap = usual.difference("incremental_orders_per_member", 4, 3)
    assert orders.gap(1, 0).mean == pytest.approx(100.0 * gap.mean)
    money = study.curve(usual, 20, study.MONEY)
    assert money.gap(2, 0) == usual.difference("incremental_equity", 2, 0)
    others = study.otherwise(SMALL)
    assert list(others) == ["buy.irritation 0", "buy.irritation 0.175", "buy.patience 10"]
    capsys.readouterr()
    study.tell(found, others)
    out = capsys.readouterr().out
    assert f"  usual, groups of 20: {money.words('CNY', 0)}\n" in out
    assert f"  buy.irritation 0: {others['buy.irritation 0'].words('orders')}.\n" in out
    words = [line.split() for line in out.splitlines()]
    for each, digits in ((orders, 1), (money, 0)):
        size = "40" if each is orders else "20"
        cells = " ".join(each.cells(digits)).split()
        assert ["usual", size, *cells] in words
    tops = [study.curve(usual, size, study.ORDERS) for size in (20, 40)]
    more = [each.values[:, each.best].mean() for each in tops]
    size = out.partition("SIZE")[2]
    assert f"usual: 40: {more[1] - more[0]:+,.1f} [" in size


def test_the_demo_is_the_first_study(tmp_path, monkeypatch, capsys) -> None:
    asked = []

    def study(effort: sq.Effort) -> sq.LevelSweep:
        asked.append(effort)
        sizes = {"group.capacity": [50, 100, 200, 500]}
        return sq.sweep("wechat-group", sizes, reading="all", effort=effort)

    first = group_size_and_promotions
    monkeypatch.setattr(first, "study", study)
    monkeypatch.setattr(first, "otherwise", lambda effort: {"asked": effort.days})
    monkeypatch.setattr(first, "tell", lambda found, others: print("told", *found.levels, others))
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--replicates", "2", "--days", "4", "--seed", "7"]) == 0
    assert [(each.replicates, each.days, each.seed) for each in asked] == [(2, 4, 7)]
    out = capsys.readouterr().out
    assert "told quiet usual lively {'asked': 4}" in out
    assert "written to results/sweep-wechat-group-001" in out
    assert (tmp_path / "results" / "sweep-wechat-group-001" / "rooms.png").stat().st_size > 0


def test_starts_are_compared_with_the_first(told) -> None:
    found = whom_to_seed.study(SMALL)
    text = told(whom_to_seed, found)
    assert text.startswith("2 replicates; differences to 'Cold start")
    gap = found.difference("likeliest buyers first", "orders")
    assert f"{gap.mean:.1f} [{gap.low:.1f}, {gap.high:.1f}]" in text
    assert text.count("decided") == 3 * (len(found.arms) - 1)


def test_the_desk_stands_beside_its_formula(told) -> None:
    found = reply_desk.study(SMALL)
    lines = told(reply_desk, found).splitlines()[1:]
    assert [int(line.split()[0]) for line in lines] == reply_desk.STAFF
    minutes = [float(line.split()[1]) for line in lines]
    assert minutes == sorted(minutes, reverse=True) and minutes[-1] >= reply_desk.MINUTES
    for k, line in enumerate(lines):
        assert f"{found.interval('answer_minutes', k).mean:.1f} (" in line


def test_the_difference_is_told_after_more_and_more_replicates(told) -> None:
    found = how_many_replicates.study(sq.Effort(replicates=9, days=4, workers="threads:2"))
    lines = told(how_many_replicates, found).splitlines()
    assert [int(line.split()[0]) for line in lines[:-1]] == [4, 8]
    first = sq.Effort(replicates=8, days=4, workers="threads:2")
    gap = how_many_replicates.study(first).difference(
        list(found.arms)[1], how_many_replicates.OUTCOME
    )
    assert f"{gap.mean:.0f} CNY [{gap.low:.0f}, {gap.high:.0f}]" in lines[1]


def test_every_lever_stands_beside_the_group_without_it(told) -> None:
    found = levers.study(SMALL)
    lines = [line.strip("| ").split(" | ") for line in told(levers, found).splitlines()[2:]]
    assert list(dict.fromkeys(line[0] for line in lines)) == list(levers.LEVERS)
    orders = {line[0]: line[2:] for line in lines if line[1] == "orders it adds"}
    apology, crisis, usual = "an apology in it", "a crisis", found.levels["usual"]
    gap = float(np.subtract(*(usual.values(each, ADDED) for each in (apology, crisis))).mean())
    assert orders[apology][1].startswith(f"{gap:+.1f} [")
    gap = usual.difference("2 promotions a day", ADDED).mean
    assert orders["2 promotions a day"][1].strip("*").startswith(f"{gap:+.1f} [")
    for lever in levers.LEVERS:  # events are told where nothing is decided, and there only
        own = [line for line in lines if line[0] == lever]
        assert ("**" in str(own)) != (own[-1][1] == "events")


def test_every_weight_level_and_shape_has_a_row(told, monkeypatch) -> None:
    monkeypatch.setattr(persuasion, "WEEKLY", [0, 14, 28])
    found = persuasion.study(SMALL)
    lines = [line.strip("| ").split(" | ") for line in told(persuasion, found).splitlines()[2:]]
    assert len(lines) == 27 and len({tuple(line[:3]) for line in lines}) == 27
    each = found["quadratic"].levels["lively"]
    assert each.scenario.value("costs.hours_promo") == 0.0
    row = next(line for line in lines if line[:3] == ["0.35", "lively", "quadratic"])
    gap = each.difference("incremental_orders", 8, 6)  # 28 a week and none, the third weight
    assert row[7] == f"{gap.mean:+,.1f} [{gap.low:,.1f}, {gap.high:,.1f}]"


def test_what_a_group_adds_is_told_by_horizon_and_by_kind(tmp_path, monkeypatch, capsys) -> None:
    study, small = what_a_group_adds, tmp_path / "small.toml"
    small.write_text('extends = "brand-groups"\ngroup.count = 2\nmarket.people = 500\n')
    monkeypatch.setattr(study, "SCENARIO", str(small))
    monkeypatch.setattr(study, "HORIZONS", {"short": 4, "long": 8})
    effort = sq.Effort(replicates=2, workers="threads:2")
    found, shared = study.horizons(effort), study.kinds(SMALL)
    study.tell(found, shared)
    first, second = capsys.readouterr().out.split("\n\n")
    rows = [line.strip("| ").split(" | ") for line in first.splitlines()[2:]]
    assert len(rows) == 2 * 4 * 3
    gap = found["long"].levels["usual"].difference("incremental_equity", 4, 0)
    assert [each.one.scenario.days for each in found.values()] == [4, 8]
    row = next(r for r in rows if r[:3] == ["incremental equity, CNY", "14", "usual"])
    assert row[4] == f"{gap.mean:+,.0f} [{gap.low:,.0f}, {gap.high:,.0f}]"
    lines = [line.strip("| ").split(" | ") for line in second.splitlines()[2:]]
    assert [line[0] for line in lines] == list(study.SHARES)
    lively = shared.levels["lively"]
    word = 100.0 * (
        lively.values("content", "incremental_share")
        - lively.values("content, deaf", "incremental_share")
    )
    assert lines[3][3].startswith(f"{word.mean():+.1f} [")


def test_talk_is_counted_at_each_seed(monkeypatch, capsys) -> None:
    small = {"run.days": 20, "market.people": 300, "past.days": 0}
    group = sq.Scenario.load("wechat-group").with_values(small)
    rooms = sq.Scenario.load("study-room").with_values({**small, "group.count": 3})
    monkeypatch.setattr(bounded_talk, "SEEDS", range(1, 4))
    named = [bounded_talk.World("one", group), bounded_talk.World("three", rooms)]
    monkeypatch.setattr(bounded_talk, "worlds", lambda: iter(named))
    bounded_talk.tell()
    one, three = (
        line.strip("| ").split(" | ") for line in capsys.readouterr().out.split("\n")[2:4]
    )
    totals = [bounded_talk.numbers(named[0], seed)[0] for seed in (1, 2, 3)]
    assert one[:2] == ["one", f"{sorted(totals)[1]:,.0f}"]
    assert one[4:7] == ["-"] * 3  # of a single group the share says nothing
    shares = [bounded_talk.numbers(named[1], seed)[1] for seed in (1, 2, 3)]
    assert three[5] == f"{max(shares):.2f}" and 1 / 3 <= max(shares) <= 1.0


class TestProductClub:
    """Five people: 0 and 1 begin, 0 brings in 2, 2 brings in 3 and, once more, 2 comes back."""

    run: Any = SimpleNamespace(
        members=pd.DataFrame({"joins": [1, 1, 2, 1, 0]}),
        invitations=pd.DataFrame(
            {
                "inviter": [0, 0, 2, 0],
                "contact": [2, 4, 3, 2],
                "outcome": ["joined", "declined", "joined", "joined"],
                "contact_joins": [0, 0, 0, 1],
            }
        ),
        groups=pd.DataFrame(
            {
                "day": [1, 29, 30, 29, 30],
                "group": [0, 0, 0, 1, 1],
                "weekly_readers": [90.0, 21.0, 18.0, 19.0, 21.0],
                "messages": [9, 2, 1, 0, 4],
            }
        ),
        daily=pd.DataFrame({"day": [1, 2, 2], "tier": ["all", "all", "high"],
                            "members": [9_999, 10_001, 20_000]}),
    )  # fmt: skip

    def test_who_comes_back_was_not_brought_in(self) -> None:
        assert product_club.brought_by_first(self.run) == 2 / 4

    def test_only_what_the_first_bring_in_counts(self, monkeypatch) -> None:
        monkeypatch.setattr(product_club, "FIRST", 2)
        assert product_club.brought_by_first(self.run) == 1 / 2

    def test_a_group_is_read_where_twenty_read_a_week_in_the_last_weeks(self) -> None:
        assert product_club.groups_read(self.run) == 1  # means 19.5 and 20; day 1 is past
        assert product_club.messages_lately(self.run) == 7

    def test_years_are_counted_to_the_first_day_with_so_many(self) -> None:
        assert product_club.years_to_members(self.run) == 2 / 365.25

    def test_a_number_never_reached_has_no_value(self, monkeypatch) -> None:
        monkeypatch.setattr(product_club, "MEMBERS", 10_002)
        assert product_club.years_to_members(self.run) != product_club.years_to_members(self.run)

    def test_the_default_is_the_scenario_as_it_stands(self, told) -> None:
        found = product_club.study(SMALL)
        rows = [line.strip("| ").split(" | ") for line in told(product_club, found).splitlines()]
        assert [tuple(row[:2]) for row in rows[2:]] == [
            (row, f"x {times}") for row in product_club.ROWS for times in product_club.TIMES
        ]
        usual, scenario = found.levels["usual"], sq.Scenario.load("product-club")
        first = next(iter(usual.arms))
        for path in ("invite.rate", "invite.match", "policy.name"):
            assert usual.arms[first].value(path) == scenario.value(path)
        assert f"; {usual.values(first, 'members').mean():,.0f} in 1, 0 read" in rows[2][3]
        assert rows[2][3].endswith("at 2 of 2") == (usual.values(first, "messages") == 0).all()


def test_what_is_no_outcome_is_refused(told) -> None:
    found = sq.sweep("wechat-group", {"group.capacity": [50, 100]}, effort=SMALL)
    with pytest.raises(sq.ScenarioError, match="'order' is no outcome; did you mean 'orders'"):
        found.interval("order", 0)


def test_the_forecasts_of_a_few_communities(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    few = {"rooms": {"group.count": 3, "market.people": 900}, "workspace": {}}
    kinds = {
        name: replace(forecast.KINDS[name], fixed=fixed, ranges={}, worlds=4)
        for name, fixed in few.items()
    }
    monkeypatch.setattr(forecast, "KINDS", kinds)
    monkeypatch.setattr(forecast, "BENCH", replace(forecast.BENCH, folder=tmp_path, shown=None))
    cases = forecast.all_cases()
    cases = [*cases[:4], *cases[-1:]]  # two rooms, the posters of the workspace
    forecast.tell(cases, forecast.study(cases))
    out = capsys.readouterr().out
    assert "| 2 rooms | 4 | " in out and "| 1 workspace | 1 | 8 to 8 | 8 to 8 |" in out
    lines = [line for line in out.splitlines() if line.startswith("| messages of rooms |")]
    assert [line.split(" | ")[2] for line in lines] == list(forecast.forecasters(cases))
    assert "- posters of workspace, error of a step: one community tells nobody apart" in out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rooms.jsonl", "workspace.jsonl"]


def test_what_is_found_of_a_true_group(
    told: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "WHAT", {"little": (recovery.LITTLE, 240)})
    out = told(recovery, recovery.study(1, sq.Effort(out=tmp_path)))
    assert "| the next 90 days, as now | " in out and "| `group.talk` | " in out
    lost = [line.split("|")[1].strip() for line in out.splitlines() if " [" in line]
    assert lost == [] or set(lost) <= {"recommended", "as now", "1 a day", "none"}
    assert sorted(path.name for path in (tmp_path / "0").iterdir()) == ["found-1", "true-1"]


def test_how_orders_are_spread_over_buyers(told) -> None:
    """Of 100 people 50 buy: 48 once, one twice, one 50 times, who is the top 2 %."""
    orders = np.array([0] * 50 + [1] * 48 + [2, 50])
    found = buyers.shares(orders)
    assert found == pytest.approx([0.5, 0.96, 0.02, 0.02, 2.0, 0.5])
    lines = told(buyers, np.array([found, found])).splitlines()
    assert len(lines) == 2 + len(buyers.ROWS)
    assert "| 0.44 | 0.96 | 0.96 | 0.96 |" in lines[3], "CDNOW: 44 % of its buyers buy once"
