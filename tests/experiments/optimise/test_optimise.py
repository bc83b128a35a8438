"""Searching for good values: what is asked, what is found, and which runs are reported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import shequn as sq
from shequn.agents.errors import Problem, ScenarioError, ShequnError
from shequn.commands import main
from shequn.experiments.designs.constraints import Constraint
from shequn.experiments.optimise.candidates import FINALISTS, Trial, finalists, find
from shequn.experiments.optimise.optimise import optimise
from shequn.experiments.optimise.optimum import Optimum, regret
from shequn.experiments.optimise.question import question_of, worst_decile
from shequn.experiments.perform.perform import Effort
from shequn.model.scenario import Scenario

SHARE = "policy.promo_share"
CLUB = Scenario.load("wechat-group")
OWN = {SHARE: 0.05}


def ask(over=f"{SHARE}=0:0.3", rules=(), goal="customer_equity", **more):
    """A question about the named group, small unless said otherwise."""
    return question_of(CLUB, goal, over, rules, **{"trials": 25, "replicates": 8, **more})


def noisy(peak, spread=1.0):
    """A model: best at ``peak``, luck shared by all candidates and luck of their own."""

    def evaluate(values, replicates):
        x = values[SHARE]
        goals, kept_values = [], []
        for r in replicates:
            own = np.random.default_rng([r, round(x * 1e6)])
            shared = np.random.default_rng(r).normal()
            goals.append(-100.0 * (x - peak) ** 2 + shared + spread * own.normal())
            kept_values.append(x)
        return {"customer_equity": np.array(goals), "left_share": np.array(kept_values)}

    return evaluate


def found(question, evaluate, seed=1, own=OWN):
    """A search on an invented model."""
    return Optimum(CLUB, question, find(question, own, evaluate, seed))


def test_what_may_be_changed_is_read():
    over = ["policy.promo_share=0:0.3,group.capacity,group.overflow=wait,open", "group.peers_post"]
    axes = {axis.path: axis for axis in ask(over, goal="members").axes}
    assert list(axes) == [SHARE, "group.capacity", "group.overflow", "group.peers_post"]
    assert axes[SHARE].range.high == 0.3
    assert axes["group.overflow"].values == ("wait", "open")
    assert axes["group.peers_post"].values == (False, True)
    capacity = axes["group.capacity"].range
    assert (capacity.low, capacity.high, capacity.log, capacity.whole) == (50, 800, True, True)


def test_a_path_alone_takes_its_default_range():
    share, words, pieces = ask(
        {SHARE: None, "group.overflow": None, "policy.content_per_day": None}
    ).axes
    assert (share.range.low, share.range.high, share.range.log) == (0.0, 1.0, False)
    assert words.values == ("turn-away", "wait", "open")
    assert (pieces.range.low, pieces.range.high, pieces.range.log) == (0.5, 8.0, True)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"goal": "custmer_equity"}, "did you mean 'customer_equity'"),
        ({"goal": "groups"}, "say --maximise or --minimise"),
        ({"goal": "members", "direction": "less"}, "more of it is better"),
        ({"goal": "members", "direction": "up"}, "none of more, less"),
        ({"goal": "customer_equity_365"}, "give --days 365 or more"),
        ({"rules": "left_share=0.3"}, "expected OUTCOME<VALUE"),
        ({"rules": "left_shar<0.3"}, "did you mean 'left_share'"),
        ({"rules": "left_share<many"}, "no finite number"),
        ({"rules": "left_share<nan"}, "no finite number"),
        ({"rules": ["members<1", "members>2"]}, "contradicts 'members > 2'"),
        ({"rules": ["members>=2", "members<2"]}, "no value meets both"),
        ({"over": "policy.promo_shre"}, "did you mean 'policy.promo_share'"),
        ({"over": f"{SHARE}=0.3:0"}, "LOW must be below HIGH"),
        ({"over": f"{SHARE}=0:2"}, "out of range"),
        ({"over": f"{SHARE}=0.1"}, "a single value"),
        ({"over": f"{SHARE},{SHARE}"}, "given twice"),
        ({"over": "desk.staff"}, "what may be tried"),
        ({"over": "group.message_life"}, "what may be tried"),
        ({"over": ""}, "nothing to change"),
        ({"risk": "worst-decil"}, "did you mean 'worst-decile'"),
        ({"trials": 1}, "--trials: 1 is out of range"),
        ({"replicates": 1}, "--replicates: 1 is out of range"),
    ],
)
def test_what_cannot_be_asked_is_refused(more, words):
    with pytest.raises(ScenarioError) as error:
        ask(**more)
    assert words in str(error.value)


def test_every_problem_is_said_at_once():
    with pytest.raises(ScenarioError) as error:
        ask("group.capcity,policy.promo_share=1:0", ["x<1", "members"], goal="y", risk="z")
    assert len(error.value.problems) == 6


def test_bounds_that_touch_are_no_contradiction():
    assert len(ask(rules=["members>=2", "members<=2"]).constraints) == 2


def test_a_constraint_looks_at_the_mean_and_is_sure_only_with_its_interval():
    rule = Constraint("left_share", "<", 0.3)
    assert rule.met(0.29) and not rule.met(0.3) and not rule.met(np.nan)
    assert rule.excess(0.29) == 0.0 and rule.excess(0.3) > 0.0
    assert rule.excess(0.6) == pytest.approx(1.0) and rule.excess(np.nan) == np.inf
    assert rule.verdict(0.1, 0.2) == "surely holds"
    assert rule.verdict(0.2, 0.4) == "undecided"
    assert rule.verdict(0.4, 0.5) == "surely broken"
    assert rule.verdict(np.nan, np.nan) == "undecided"


def test_the_worst_tenth_by_hand():
    assert worst_decile(np.arange(20.0), more=True) == pytest.approx(0.5)
    assert worst_decile(np.arange(20.0), more=False) == pytest.approx(18.5)
    assert worst_decile(np.arange(15.0), more=True) == pytest.approx((0.0 + 0.5 * 1.0) / 1.5)
    assert worst_decile(np.array([3.0, np.nan, 1.0]), more=True) == 1.0
    assert np.isnan(worst_decile(np.array([np.nan]), more=True))


def test_a_known_optimum_is_found():
    result = found(ask(trials=40), noisy(0.2, spread=0.1))
    assert result.best[SHARE] == pytest.approx(0.2, abs=0.05)
    # own values are at 0.05: 100 * 0.15 ** 2 below the peak
    gap = result.difference(0)
    assert gap.mean == pytest.approx(2.25, abs=0.4)
    assert gap.low > 0.0
    assert "surely better" in str(result)
    assert list(result.trials["trial"]) == list(range(40))
    assert result.trials[SHARE][0] == 0.05


def test_the_reported_mean_is_that_of_fresh_runs_and_not_too_good():
    """All candidates are equally good: the best of the search is luck, the report knows it."""
    question = ask(trials=12, replicates=4, confirm=8)

    def luck(values, replicates):
        keys = [[round(values[SHARE] * 1e6), r] for r in replicates]
        return {"customer_equity": np.array([np.random.default_rng(k).normal() for k in keys])}

    searched, reported = [], []
    for seed in range(25):
        result = found(question, luck, seed)
        winner = result.stages.confirmed[0]
        searched.append(result.trials["mean"].max())
        reported.append(result.table["mean"][0])
        fresh = luck(winner.values, range(8, 16))["customer_equity"]
        assert result.table["mean"][0] == pytest.approx(fresh.mean())
        assert f"{result.question.confirm} runs of each finalist on fresh seeds" in str(result)
    error = 1.0 / np.sqrt(8 * 25)
    assert np.mean(searched) > 0.5  # the winner's curse: the largest of 12 means of 4
    assert abs(np.mean(reported)) < 4.0 * error


def test_each_stage_has_seeds_of_its_own():
    asked = []

    def watch(values, replicates):
        asked.append(replicates)
        return noisy(0.1)(values, replicates)

    found(ask(trials=10, replicates=4, confirm=6), watch)
    assert asked[:10] == [range(0, 4)] * 10
    assert asked[10 : 10 + FINALISTS + 1] == [range(4, 8)] * (FINALISTS + 1)
    assert asked[10 + FINALISTS + 1 :] == [range(8, 14)] * (FINALISTS + 1)


def test_a_constraint_is_respected():
    """The optimum at 0.2 is not allowed: left_share is the promo share itself."""
    result = found(ask(rules="left_share<0.1", trials=40), noisy(0.2, spread=0.1))
    assert 0.07 < result.best[SHARE] < 0.1
    assert result.met
    assert result.table["left_share < 0.1"][0] == "surely holds"
    assert (~result.trials["met"]).any()


def test_a_constraint_that_nothing_meets_is_told(tmp_path):
    result = found(ask(rules="left_share>0.9", trials=12), noisy(0.2))
    assert not result.met
    assert "no candidate met the constraints" in str(result)
    assert result.best[SHARE] > 0.2  # the nearest
    result.save(tmp_path)
    assert not (tmp_path / "best.toml").exists()


def test_less_can_be_better():
    def evaluate(values, replicates):
        return {"costs": np.array([(values[SHARE] - 0.25) ** 2 for _ in replicates])}

    result = found(ask(goal="costs"), evaluate)
    assert result.best[SHARE] == pytest.approx(0.25, abs=0.03)
    assert result.difference(0).mean < 0.0
    assert "surely better" in str(result)


def test_the_scenario_s_own_values_may_be_the_best():
    result = found(ask(), noisy(0.05, spread=0.0))
    assert result.best == OWN
    assert result.scenario.value(SHARE) == 0.05
    assert "nothing better than the scenario's own values" in str(result)


def test_own_values_outside_of_the_range_are_compared_all_the_same():
    result = found(ask(f"{SHARE}=0.1:0.3"), noisy(0.2, spread=0.1))
    assert result.stages.trials[0].values == OWN
    assert (result.trials[SHARE][1:] >= 0.1).all()
    assert (result.table["trial"] == 0).sum() == 1


def test_risk_prefers_what_is_good_in_bad_luck():
    """Large shares are better in the mean and dreadful in one run of five."""

    def evaluate(values, replicates):
        x = values[SHARE]
        return {"customer_equity": np.array([-20.0 * x if r % 5 == 0 else 10 * x
                                             for r in replicates])}  # fmt: skip

    bold = found(ask(replicates=10), evaluate)
    careful = found(ask(replicates=10, risk="worst-decile"), evaluate)
    assert bold.best[SHARE] > 0.2
    assert careful.best[SHARE] < 0.05
    assert careful.difference(0).low > 0.0
    assert "worst tenth" in str(careful)


def test_values_at_an_end_of_the_range_are_told():
    assert "near an end of what was tried (0 to 0.3)" in str(found(ask(trials=40), noisy(0.4)))
    assert "near an end" not in str(found(ask(trials=40), noisy(0.2, spread=0.1)))


def test_regret_by_hand():
    question = ask(rules="left_share<0.5")
    values = ([1.0, 5.0], [2.0, 2.0], [9.0, np.nan])
    kept = ([0.1, 0.1], [0.1, 0.1], [0.9, 0.9])  # the last breaks the constraint
    trials = [
        Trial(k, OWN, {"customer_equity": np.array(v), "left_share": np.array(s)})
        for k, (v, s) in enumerate(zip(values, kept, strict=True))
    ]
    expected = [[1.0, 0.0], [0.0, 3.0], [-7.0, np.nan]]
    np.testing.assert_array_equal(regret(question, trials), expected)


def test_a_trial_that_gives_nothing_is_passed_over():
    def evaluate(values, replicates):
        if values[SHARE] > 0.2:
            raise ScenarioError([Problem(SHARE, "contradicts everything")])
        if values[SHARE] > 0.15:
            return {"customer_equity": np.full(len(replicates), np.nan)}
        return noisy(0.3)(values, replicates)

    result = found(ask(), evaluate)
    complaints = set(result.trials["complaint"])
    assert f"{SHARE}: contradicts everything" in complaints
    assert "no run gave customer_equity" in complaints
    assert result.best[SHARE] <= 0.15
    assert not result.table["mean"].isna().any()


def test_a_run_that_failed_is_left_out_of_pairs():
    def evaluate(values, replicates):
        given = dict(noisy(0.2, spread=0.1)(values, replicates))
        given["customer_equity"][0] = np.nan
        return given

    result = found(ask(confirm=10), evaluate)
    assert result.difference(0).n == 9
    assert (result.trials["runs"] == 7).all()


def test_the_same_values_are_one_finalist():
    question = ask("group.overflow", trials=12)
    sizes = {"turn-away": 1.0, "wait": 2.0, "open": 3.0}

    def evaluate(values, replicates):
        return {"customer_equity": np.full(len(replicates), sizes[values["group.overflow"]])}

    stages = find(question, {"group.overflow": "turn-away"}, evaluate, 1)
    final = finalists(question, stages.trials)
    words = [trial.values["group.overflow"] for trial in final]
    assert words[:2] == ["turn-away", "open"] and len(set(words)) == len(words)


def test_the_same_seed_proposes_the_same():
    one, other = (found(ask(), noisy(0.2)).trials for _ in range(2))
    pd.testing.assert_frame_equal(one, other)
    assert not found(ask(), noisy(0.2), seed=2).trials.equals(one)


def test_the_figure_is_drawn_for_every_kind_of_result():
    for rules, risk in (((), "mean"), ("left_share>0.9", "worst-decile")):
        figure = found(ask(rules=rules, trials=12, risk=risk), noisy(0.2)).plot()
        left, right = figure.axes
        assert len(right.get_yticklabels()) == FINALISTS + 1
        assert "[CNY]" in left.get_ylabel() and "[CNY]" in right.get_xlabel()


def test_the_command_refuses_everything_at_once(refused):
    said = refused(
        "optimise", "tiny.toml", "--goal", "joy", "--over", "group.capcity", "--subject-to", "x<1",
        "--subject-to", "members<1", "--subject-to", "members>3", "--risk", "none",
    )  # fmt: skip
    assert len(said.splitlines()) == 5


def test_the_command_refuses_what_is_drawn_and_changed(refused, here):
    (here / "w.csv").write_text(f"weight,{SHARE}\n1,0.1\n", encoding="utf-8")
    for how in (["--over", SHARE], ["--over", "group.capacity", "--set", f"{SHARE}=0.2"]):
        assert "posterior" in refused("optimise", "tiny.toml", *how, "--worlds", "w.csv")


REAL = {
    "goal": "messages",
    "over": "policy.content_per_day=0:6,group.overflow",
    "subject_to": "left_share<0.9",
    "trials": 6,
    "replicates": 3,
    "confirm": 4,
}
FILES = ("candidates.csv", "trials.csv", "best.toml", "runs.parquet", "summary.txt")
SCRIPT = """
import json, os, sys
from pathlib import Path
from shequn.experiments.designs.constraints import Constraint
from shequn.experiments.optimise.optimise import optimise
from shequn.experiments.perform.perform import Effort

def die(state):
    if state.done >= 14:
        os.kill(os.getpid(), 9)

optimise("tiny.toml", out=Path("cut"), effort=Effort(progress=die), **json.loads(sys.argv[1]))
"""


@pytest.mark.jit
def test_a_killed_search_goes_on_to_the_same_result(here):
    whole = optimise("tiny.toml", out=Path("whole"), **REAL)
    died = subprocess.run([sys.executable, "-c", SCRIPT, json.dumps(REAL)], check=False)
    assert died.returncode == -9
    last = sorted(Path("cut/shards").glob("*.parquet"))[-1]
    last.write_bytes(last.read_bytes()[:-7])  # cut in the middle
    computed = []

    def count(state):
        computed.append(state.done - state.before)

    again = optimise("tiny.toml", out=Path("cut"), effort=Effort(progress=count), **REAL)
    assert 0 < max(computed) < 6 * 3 + 6 * 7
    assert again.best == whole.best
    for name in FILES:
        assert Path("cut", name).read_bytes() == Path("whole", name).read_bytes(), name
    best = Scenario.load("whole/best.toml")
    assert {path: best.value(path) for path in whole.best} == whole.best
    assert sq.run(best).summary["messages"] == sq.run(whole.scenario).summary["messages"]


@pytest.mark.jit
def test_more_trials_go_on_and_another_question_is_refused(here):
    first = optimise("tiny.toml", out=Path("one"), **REAL)
    more = optimise("tiny.toml", out=Path("one"), **{**REAL, "trials": 9})
    pd.testing.assert_frame_equal(
        more.trials[["trial", "mean"]][:6], first.trials[["trial", "mean"]]
    )
    with pytest.raises(ShequnError, match="holds other results"):
        optimise("tiny.toml", out=Path("one"), **{**REAL, "goal": "members"})


@pytest.mark.jit
def test_every_candidate_draws_the_same_worlds(here):
    text = "weight,invite.rate\n1,0.0\n1,0.1\n1,0.2\n1,0.3\n"
    Path("w.csv").write_text(text, encoding="utf-8")
    optimise("tiny.toml", out=Path("one"), worlds=Path("w.csv"), **REAL)
    runs = pd.read_parquet("one/runs.parquet")
    assert (runs.groupby("replicate")["invite.rate"].nunique() == 1).all()
    assert runs["invite.rate"].nunique() > 1
    assert (runs["seed"] == 3 + runs["replicate"]).all()
    assert set(runs["replicate"]) == set(range(3 + 3 + 4))


@pytest.mark.jit
def test_every_run_fails(here, use):
    policy = {"policy.name": "file", "policy.file": "policies.py", "policy.class_name": "Raising"}
    scenario = Scenario.load("tiny.toml").with_values(policy)
    question = {**REAL, "over": "group.capacity=10:30"}
    with pytest.raises(ShequnError, match="no candidate gave messages"):
        optimise(scenario, **question)


@pytest.mark.jit
def test_the_command(here, capsys):
    words = ["optimise", "tiny.toml", "--goal", "messages", "--over", "policy.content_per_day=0:6",
             "--subject-to", "left_share<0.9", "--trials", "4", "--replicates", "3"]  # fmt: skip
    assert main([*words, "--dry-run"]) == 0
    # 4 x 3 for the search, 6 x (3 + 6) for the finalists
    assert "66 runs at most" in capsys.readouterr().out
    assert not Path("results").exists()
    assert main([*words, "--out", "one"]) == 0
    out = capsys.readouterr().out
    assert "finalists from the best down, 6 fresh runs of each" in out
    assert "shequn run one/best.toml" in out
    assert Path("one/optimum.png").stat().st_size > 10_000
    assert main([*words, "--out", "one", "--json"]) == 0
    *_, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert last["event"] == "finished" and last["met"] and "policy.content_per_day" in last["best"]
