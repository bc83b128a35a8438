"""An outcome of one's own: wherever outcomes are, run only where runs are, refused in one line."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import shequn as sq
from shequn.agents.errors import OutcomeError, ScenarioError
from shequn.commands import main
from shequn.model.outcomes import OUTCOMES
from shequn.model.outcomes import OWN as OWN_KNOWN

pytestmark = pytest.mark.jit

MINE = '''
from pathlib import Path

with Path("ran.txt").open("a") as file:
    file.write("x")


def regulars(run):
    """Persons who read in the last 3 days.

    Muted ones, too.
    """
    return int((run.members["last_session_at"] >= run.community.day - 3.0).sum())


regulars.unit = "persons"
regulars.better = "more"


def unsaid(run):
    return float("nan")


def broken(run):
    return 1 / 0


def worded(run):
    return "many"


def members(run):
    return 1.0
'''
OWN = "mine.py:regulars"


@pytest.fixture
def mine(here: Path) -> Iterator[Path]:
    """A folder with outcomes of one's own, which are forgotten afterwards."""
    (here / "mine.py").write_text(MINE, encoding="utf-8")
    yield here
    OWN_KNOWN.clear()


def give(*words: object) -> int:
    return main([str(word) for word in words])


def ran(folder: Path) -> bool:
    return (folder / "ran.txt").exists()


def test_it_is_declared_without_being_run(mine):
    scenario = sq.Scenario.load("tiny.toml").with_outcomes(OWN)
    about = OUTCOMES["regulars"]
    words = (about.unit, about.better, about.meaning)
    assert words == ("persons", "more", "Persons who read in the last 3 days")
    assert scenario.outcomes == (f"{mine / 'mine.py'}:regulars",)
    assert "regulars" not in list(OUTCOMES)
    assert not ran(mine)


def test_it_is_given_by_a_run(mine):
    result = sq.run(sq.Scenario.load("tiny.toml").with_outcomes(OWN, "mine.py:unsaid"))
    people, day = result.members, result.community.day
    assert result.summary["regulars"] == (people["last_session_at"] >= day - 3.0).sum() > 0
    assert math.isnan(result.summary["unsaid"])
    assert ran(mine)


def test_in_a_scenario_file_it_is_found_beside_it(mine):
    (mine / "deep").mkdir()
    (mine / "mine.py").rename(mine / "deep" / "mine.py")
    text = f'extends = "../tiny.toml"\nfocus = "regulars"\noutcomes = ["{OWN}"]\n'
    (mine / "deep" / "own.toml").write_text(text, encoding="utf-8")
    scenario = sq.Scenario.load("deep/own.toml")
    assert scenario.focus == "regulars"
    assert sq.run(scenario).summary["regulars"] > 0


@pytest.mark.parametrize("workers", ["threads:1", "processes:2"])
def test_a_sweep_keeps_it_and_reading_it_again_runs_nothing(mine, workers, capsys):
    words = ("sweep", "tiny.toml", "--vary", "policy.promo_share=0,0.2", "--replicates", 2,
             "--outcome", OWN, "--out", "a", "--workers", workers)  # fmt: skip
    assert give(*words) == 0
    assert "regulars" in capsys.readouterr().out
    rows = pd.read_parquet(mine / "a" / "runs.parquet")
    expected = sq.run(sq.Scenario.load("tiny.toml").with_values({"policy.promo_share": 0.2}))
    share = rows["policy.promo_share"] == 0.2
    of_seed = rows[share & (rows["seed"] == expected.community.seed_of_run)]
    last = expected.members["last_session_at"] >= expected.community.day - 3.0
    assert of_seed["regulars"].tolist() == [last.sum()]
    (mine / "ran.txt").unlink()
    assert give(*words) == 0
    assert give("verify", "a") == 3  # nothing computed again, as that would run it
    assert not ran(mine)


def test_another_text_of_the_file_is_another_run(mine):
    words = ("sweep", "tiny.toml", "--vary", "policy.promo_share=0,0.2", "--replicates", 2)
    assert give(*words, "--outcome", OWN, "--out", "a") == 0
    before = pd.read_parquet(mine / "a" / "runs.parquet")
    text = MINE.replace("return int(", "return 1000 + int(")
    (mine / "mine.py").write_text(text, encoding="utf-8")
    assert give(*words, "--outcome", OWN, "--out", "a") == 0
    after = pd.read_parquet(mine / "a" / "runs.parquet")
    assert (after["regulars"] - before["regulars"]).tolist() == [1000.0] * 4
    assert (after["members"] == before["members"]).all()


def test_wherever_outcomes_are(mine, capsys):
    assert give("run", "tiny.toml", "--outcome", OWN, "--out", "r") == 0
    arm = 'extends = "tiny.toml"\n[policy]\npromo_share = 0.2\n'
    (mine / "other.toml").write_text(arm, encoding="utf-8")
    few = ("--replicates", 2)
    assert give("compare", "tiny.toml", "other.toml", *few, "--outcome", OWN, "--out", "c") == 0
    over = ("--over", "policy.promo_share=0:0.3")
    assert give(
        "optimise", "tiny.toml", *over, *few, "--trials", 2, "--goal", OWN, "--out", "o",
        "--subject-to", "regulars>0",
    ) == 0  # fmt: skip
    assert give(
        "sensitivity", "tiny.toml", *over, "--replicates", 3, "--trajectories", 4,
        "--outcome", OWN, "--out", "s",
    ) in (0, 1)  # fmt: skip
    assert capsys.readouterr().out.count("regulars") >= 4
    assert give("run", "o/best.toml", "--out", "b") == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mine.py:broken", "mine.py:broken: ZeroDivisionError"),
        ("mine.py:worded", "gave 'many', which is no number"),
        ("mine.py:regular", "no function 'regular'; did you mean 'regulars'"),
        ("mine.py:members", "'members' is an outcome already"),
        ("nobody.py:regulars", "No such file"),
        ("tiny.toml:regulars", "no function"),
        ("regular", "is no outcome"),
    ],
)
def test_what_is_none_is_refused_in_one_line(mine, text, words, capsys):
    asked = ("sweep", "tiny.toml", "--vary", "policy.promo_share=0,0.2", "--replicates", 2)
    assert give(*asked, "--outcome", text, "--out", "a") == 2
    err = [line for line in capsys.readouterr().err.splitlines() if line.startswith("shequn: ")]
    assert words in err[-1]
    assert "Traceback" not in "".join(err)


def test_from_python(mine):
    with pytest.raises(ScenarioError, match="no function"):
        sq.Scenario.load("tiny.toml").with_outcomes("mine.py:nothing")
    wrong = sq.Scenario.load("tiny.toml").with_outcomes("mine.py:broken")
    with pytest.raises(OutcomeError, match="division"):
        sq.run(wrong).summary  # noqa: B018
    (mine / "mine.py").write_text("def regulars(run):\n    return 1\nregulars.better = 'most'\n")
    with pytest.raises(ScenarioError, match="allowed: more, less or nothing"):
        sq.Scenario.load("tiny.toml").with_outcomes(OWN)


def test_a_saved_community_with_it_is_code(mine):
    assert give("run", "tiny.toml", "--outcome", OWN, "--out", "r", "--save", "c.shequn") == 0
    assert give("continue", "c.shequn", "--days", 1, "--out", "d") in (0, 2)
