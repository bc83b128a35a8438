"""Branching a run: shared days, differences by the change alone, the same bits without a fork."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import shequn as sq
from shequn.agents.errors import ResultsError, ScenarioError
from shequn.commands import main
from shequn.experiments.compare.branch import BEFORE, arms_of_branch, play_forks, run_of
from shequn.experiments.runs.cases import Case, address_of, case_of, equal, finished, run_cases
from shequn.model.community import Community
from shequn.model.scenario import Scenario

DAY, DAYS = 3, 7
LOUD = {"policy.promo_share": 0.5}


def played(community: Community, days: int) -> Community:
    for _ in range(days):
        community.step()
    return community


def case(scenario: Scenario, change: dict[str, Any], seed: int = 3) -> Case:
    return Case(scenario, seed, address_of(scenario, DAY, change), DAY, change)


@pytest.fixture
def tiny(here: Path) -> Scenario:
    return Scenario.load("tiny.toml").with_values({"run.days": DAYS})


@pytest.mark.jit
class TestForks:
    def test_a_fork_is_the_run_in_which_the_change_is_made(self, tiny: Scenario) -> None:
        [_, loud] = play_forks([case(tiny, {}), case(tiny, LOUD)])
        community = played(Community(tiny, 3), DAY)
        community.change(LOUD)
        alone = finished(case(tiny, LOUD), played(community, DAYS - DAY), 0.0)
        assert equal(loud, alone)

    def test_without_a_change_it_is_the_plain_run(self, tiny: Scenario) -> None:
        [plain] = run_cases([case_of(tiny, 3)])
        same, loud, again = play_forks([case(tiny, {}), case(tiny, LOUD), case(tiny, {})])
        assert same.key == plain.key != loud.key
        assert equal(same, plain)
        assert equal(again, plain)
        assert not equal(loud, plain)

    def test_a_fork_that_fails_leaves_the_others(self, tiny: Scenario) -> None:
        same, wrong = play_forks([case(tiny, {}), case(tiny, {"market.people": 9})])
        assert same.failure is None
        assert wrong.failure is not None
        assert wrong.failure.stage == "scenario"

    def test_shared_days_that_fail_fail_all(self, tiny: Scenario) -> None:
        own = {"name": "file", "file": "policies.py", "class_name": "Raising"}
        values = {f"policy.{name}": word for name, word in own.items()}
        scenario = tiny.with_values({**values, "policy.promo_share": 0.0})
        late = [Case(scenario, 3, "x", 5, change) for change in ({}, {"costs.wage": 1.0})]
        assert [r.failure.stage for r in play_forks(late) if r.failure] == ["policy"] * 2


@pytest.mark.jit
class TestBranch:
    def test_nothing_differs_before_the_day(self, tiny: Scenario) -> None:
        found = sq.branch(tiny, DAY, LOUD, replicates=3)
        arm = "policy.promo_share = 0.5"
        assert list(found.arms) == [BEFORE, arm]
        assert found.mark == DAY
        for name in ("members", "messages", "orders", "balance", "promos"):
            gaps = found.series(arm, name) - found.series(BEFORE, name)
            assert gaps.shape == (3, DAYS)
            assert (gaps[:, :DAY] == 0.0).all()
        promos = found.series(arm, "promos") - found.series(BEFORE, "promos")
        assert (promos[:, DAY] > 0).all()
        assert found.rows["seed"].tolist() == [3, 3, 4, 4, 5, 5]

    def test_several_changes_and_one_that_changes_nothing(self, tiny: Scenario) -> None:
        own = {"policy.promo_share": tiny.value("policy.promo_share")}
        changes = {"more": LOUD, "none": {"policy.promo_share": 0.0}, "its own": own}
        found = sq.branch(tiny, DAY, changes, replicates=2)
        assert list(found.arms) == [BEFORE, "more", "none", "its own"]
        assert found.arms["more"].value("policy.promo_share") == 0.5
        assert found.difference("its own", "messages").mean == 0.0
        assert (found.gaps("its own", "balance") == 0.0).all()
        assert found.series("none", "promos")[:, DAY:].sum() == 0
        plain = sq.run(tiny, seed=4).summary
        assert found.values(BEFORE, "customer_equity")[1] == plain["customer_equity"]

    def test_a_branch_on_the_first_day_compares_scenarios(self, tiny: Scenario) -> None:
        changed = tiny.with_values(LOUD)
        branched = sq.branch(tiny, 0, {"loud": LOUD}, replicates=2)
        compared = sq.compare(tiny, changed, replicates=2)
        assert branched.values("loud", "messages").tolist() == (
            compared.values(list(compared.arms)[1], "messages").tolist()
        )

    @pytest.mark.parametrize(
        ("day", "changes", "words"),
        [
            (DAYS, LOUD, "day: 7 is out of range; allowed: 0 to 6"),
            (-1, LOUD, "out of range"),
            (DAY, {}, "nothing is changed"),
            (DAY, {"a": {}}, "nothing is changed"),
            (DAY, {"tiers.high.talk": 0.5}, "tiers.high.talk: only shapes the start"),
            (DAY, {BEFORE: LOUD}, "is the name of the arm without a change"),
            (99, {"policy.promo_shar": 0.5, "group.count": 3}, "did you mean"),
        ],
    )
    def test_what_is_wrong_is_said(
        self, tiny: Scenario, day: int, changes: dict[str, Any], words: str
    ) -> None:
        with pytest.raises(ScenarioError, match=words):
            arms_of_branch(tiny, day, changes)


@pytest.mark.jit
class TestCommand:
    def test_a_run_is_branched(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        main(["run", "tiny.toml", "--days", "6", "--seed", "8", "--out", "first"])
        words = ["branch", "first", "--day", "2", "--set", "policy.promo_share=0.5"]
        words += ["--set", "costs.wage=50", "--replicates", "2", "--workers", "threads:1"]
        assert main([*words, "--out", "b"]) == 0
        out = capsys.readouterr().out
        assert "policy.promo_share = 0.5, costs.wage = 50" in out.replace("\n", " ")
        facts = json.loads(Path("b/manifest.json").read_text("utf-8"))
        assert facts["command"] == "branch"
        assert facts["day"] == 2
        assert list(facts["changes"].values()) == [
            {},
            {"policy.promo_share": 0.5, "costs.wage": 50},
        ]
        runs = pd.read_parquet("b/runs.parquet")
        recorded = json.loads(Path("first/summary.json").read_text("utf-8"))
        same = runs[runs["arm"] == BEFORE].iloc[0]
        assert same["seed"] == 8
        assert same["messages"] == recorded["messages"]
        assert same["customer_equity"] == recorded["customer_equity"]
        assert Path("b/comparison.png").is_file()
        assert main([*words[:-4], "--replicates", "1", "--day", "3", "--out", "b"]) == 2

    def test_a_run_that_does_not_come_out_again_is_refused(self, here: Path) -> None:
        main(["run", "tiny.toml", "--days", "4", "--out", "first"])
        text = Path("first/scenario.toml").read_text("utf-8")
        Path("first/scenario.toml").write_text(text.replace("seed = 3", "seed = 4"), "utf-8")
        with pytest.raises(ResultsError, match="do not come out again"):
            sq.branch("first", 2, LOUD, replicates=1)
        Path("first/daily.csv").unlink()
        with pytest.raises(ResultsError, match="cannot be read"):
            sq.branch("first", 2, LOUD, replicates=1)

    def test_what_is_no_run_is_refused(self, here: Path) -> None:
        Path("empty").mkdir()
        with pytest.raises(ResultsError, match="no manifest"):
            run_of("empty", trust=False)
        Path("empty/manifest.json").write_text('{"command": "sweep"}', "utf-8")
        with pytest.raises(ResultsError, match="only a run can be branched"):
            run_of("empty", trust=False)

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            ("--day 2 --set costs.wage", "expected PATH=VALUE"),
            ("--day 2 --set costs.wage=1 --set costs.wage=2", "costs.wage is set twice"),
            ("--day 4 --set costs.wage=1", "day: 4 is out of range"),
            ("--day 2", "nothing is changed"),
            ("--day 2 --set market.people=99", "only shapes the start"),
            ("--day 2 --set costs.wage=1 --outcome member", "did you mean 'members'"),
        ],
    )
    def test_bad_input(self, refused: Callable[..., str], words: str, said: str) -> None:
        assert said in refused("branch", "tiny.toml", *words.split())


@pytest.mark.jit
def test_each_replicate_has_a_world_of_its_own(tiny: Scenario) -> None:
    worlds = pd.DataFrame({"weight": [1.0] * 5, "costs.wage": [10.0, 20.0, 30.0, 40.0, 50.0]})
    found = sq.branch(tiny, DAY, {"loud": LOUD}, replicates=3, worlds=worlds)
    costs = found.series(BEFORE, "costs")
    assert len(set(costs[:, 0])) > 1
    assert (found.series("loud", "costs")[:, :DAY] == costs[:, :DAY]).all()
