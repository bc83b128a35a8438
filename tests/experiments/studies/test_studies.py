"""Studies: each runs, small, and prints what its figures are; the demo is the first of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import shequn as sq
from shequn.commands import main
from shequn.experiments import studies
from shequn.experiments.studies import (
    bounded_talk,
    buyers,
    group_size_and_promotions,
    how_many_replicates,
    levers,
    reply_desk,
    whom_to_seed,
)

STUDIES = {
    each.__name__.rpartition(".")[2]: each
    for each in (
        bounded_talk,
        buyers,
        group_size_and_promotions,
        how_many_replicates,
        levers,
        reply_desk,
        whom_to_seed,
    )
}
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


def test_promotions_that_cannot_be_told_from_the_best_stand_beside_it(told) -> None:
    study = group_size_and_promotions
    found = study.study(SMALL)
    every = told(study, found).splitlines()
    assert len(every) == len(found.levels) * (1 + len(study.SIZES))
    assert [line for line in every if "reading is" in line] == [
        f"When reading is {level}:" for level in ("quiet", "usual", "lively")
    ]
    found, lines = found.levels["usual"], every[6:10]
    assert len(found.design.rows) == len(study.SIZES) * len(study.WEEKLY)
    for size, line in zip(study.SIZES, lines, strict=True):
        points = [k for k, row in enumerate(found.design.rows) if row["group.capacity"] == size]
        means = [found.interval("customer_equity", k).mean for k in points]
        best = points[means.index(max(means))]
        surely_worse = [
            k
            for k in points
            if k != best and found.difference("customer_equity", k, best).high < 0.0
        ]
        assert f"{size} people: best {max(means):,.0f} CNY" in line
        shown = line.partition("(95 %): ")[2].split(", ")
        kept = [n for k, n in zip(points, study.WEEKLY, strict=True) if k not in surely_worse]
        assert shown == [str(number) for number in kept]
        assert {found.scenario.value("policy.promo_share")} == {0.0}


def test_the_demo_is_the_first_study(tmp_path, monkeypatch, capsys) -> None:
    asked = []

    def study(effort: sq.Effort) -> sq.LevelSweep:
        asked.append(effort)
        sizes = {"group.capacity": [50, 100, 200, 500]}
        return sq.sweep("wechat-group", sizes, reading="all", effort=effort)

    monkeypatch.setattr(group_size_and_promotions, "study", study)
    monkeypatch.setattr(
        group_size_and_promotions, "tell", lambda found: print("told", found.levels)
    )
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--replicates", "2", "--days", "4", "--seed", "7"]) == 0
    assert [(each.replicates, each.days, each.seed) for each in asked] == [(2, 4, 7)]
    out = capsys.readouterr().out
    assert "over 2 replicates, day 4, by how much is read" in out
    assert "told" in out
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
    gap = how_many_replicates.study(first).difference(list(found.arms)[1], "customer_equity")
    assert f"{gap.mean:.0f} CNY [{gap.low:.0f}, {gap.high:.0f}]" in lines[1]


def test_every_lever_stands_beside_the_group_without_it(told) -> None:
    found = levers.study(SMALL)
    lines = [line.strip("| ").split(" | ") for line in told(levers, found).splitlines()[2:]]
    assert list(dict.fromkeys(line[0] for line in lines)) == list(levers.LEVERS)
    orders = {line[0]: line[2:] for line in lines if line[1] == "orders"}
    apology, crisis, usual = "an apology in it", "a crisis", found.levels["usual"]
    gap = float((usual.values(apology, "orders") - usual.values(crisis, "orders")).mean())
    assert orders[apology][1].startswith(f"{gap:+.1f} [")
    gap = usual.difference("2 promotions a day", "orders").mean
    assert orders["2 promotions a day"][1].strip("*").startswith(f"{gap:+.1f} [")
    for lever in levers.LEVERS:  # events are told where nothing is decided, and there only
        own = [line for line in lines if line[0] == lever]
        assert ("**" in str(own)) != (own[-1][1] == "events")


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


def test_what_is_no_outcome_is_refused(told) -> None:
    found = sq.sweep("wechat-group", {"group.capacity": [50, 100]}, effort=SMALL)
    with pytest.raises(sq.ScenarioError, match="'order' is no outcome; did you mean 'orders'"):
        found.interval("order", 0)


def test_how_orders_are_spread_over_buyers(told) -> None:
    """Of 100 people 50 buy: 48 once, one twice, one 50 times, who is the top 2 %."""
    orders = np.array([0] * 50 + [1] * 48 + [2, 50])
    found = buyers.shares(orders)
    assert found == pytest.approx([0.5, 0.96, 0.02, 0.02, 2.0, 0.5])
    lines = told(buyers, np.array([found, found])).splitlines()
    assert len(lines) == 2 + len(buyers.ROWS)
    assert "| 0.44 | 0.96 | 0.96 | 0.96 |" in lines[3], "CDNOW: 44 % of its buyers buy once"
