"""Worlds like one's own group: they have lived as it has, the same ones with any workers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import shequn as sq
from shequn.agents.errors import ResultsError, ScenarioError
from shequn.agents.tables import MEMBER, MUTED
from shequn.experiments.calibrate.evaluations import EVALUATIONS
from shequn.experiments.mine import questions
from shequn.experiments.mine.answers import MONTH, check
from shequn.experiments.mine.fit import Fitting, fit
from shequn.experiments.mine.measures import QUANTITIES, alike, measure, scaled
from shequn.experiments.mine.own_world import own_world
from shequn.experiments.mine.questions import WEEK, curve
from shequn.experiments.mine.recovery import coverage_lines, regret_lines, truth
from shequn.experiments.mine.words import decides, gain
from shequn.experiments.perform.statistics import Interval
from shequn.model.world import World
from tests.experiments.mine.conftest import KNOWN, TRIES

LIVELY = {"group.talk": 3.0, "group.glance": 0.6}


def here(world: World) -> int:
    """Members of a world."""
    return int(np.isin(world.own_members["status"], (MEMBER, MUTED)).sum())


def test_what_is_counted_is_what_a_run_begins_with() -> None:
    """Two months: the members of the evening, and every message that was written until then."""
    scenario = own_world(check(KNOWN)).scenario.with_values(LIVELY)
    counted = measure(scenario, 7)
    tonight = World(scenario, 7)
    assert counted["members"] == here(tonight)
    written = MONTH * (counted["messages"] + counted["messages_before"])
    assert written == pytest.approx(tonight.own_members["posts_before"].sum())
    assert 0.0 < counted["top_three"] <= 1.0
    tonight.close()
    young = own_world(check({**KNOWN, "months": 1}))
    assert np.isnan(measure(young.scenario, 7)["messages_before"])


def test_a_part_of_a_business_counts_for_the_whole() -> None:
    scenario = own_world(check(KNOWN)).scenario.with_values(LIVELY)
    one, half = measure(scenario, 7), measure(scenario, 7, 0.5)
    for name in ("members", "readers", "messages", "orders"):
        assert half[name] == 2.0 * one[name]
    assert half["top_three"] == one["top_three"]


def test_distance_is_in_logarithms_but_for_shares() -> None:
    values = {"members": 100.0, "orders": 0.0, "top_three": 0.4}
    found = scaled(values, list(values))
    assert found == pytest.approx([np.log(100.0), np.log(0.5), 0.4])
    assert (alike(list(values)) > 0.0).all()


def test_the_same_worlds_with_one_worker_and_with_two(found: sq.Mined) -> None:
    again = sq.mine(KNOWN, tries=TRIES, workers=1)
    pd.testing.assert_frame_equal(again.worlds, found.worlds)
    assert again.sentences() == found.sentences()


def test_an_interrupted_search_ends_as_another(
    found: sq.Mined, folder: Path, tmp_path: Path
) -> None:
    """The first 100 simulations and a line cut short are there: the rest is simulated."""
    begun = tmp_path / "begun"
    begun.mkdir()
    shutil.copy(folder / "mine.json", begun)
    lines = (folder / EVALUATIONS).read_text().splitlines()
    (begun / EVALUATIONS).write_text("\n".join(lines[:100]) + "\n" + lines[100][:40])
    again = sq.mine(KNOWN, tries=TRIES, out=begun)
    pd.testing.assert_frame_equal(again.worlds, found.worlds)
    for name in ("posterior.csv", "looks-like.csv", "parameters.csv", "mine.toml", "answers.toml"):
        assert (begun / name).read_bytes() == (folder / name).read_bytes()


def test_another_group_is_refused_in_the_same_folder(found: sq.Mined, folder: Path) -> None:
    with pytest.raises(ResultsError, match="differs in answers"):
        sq.mine({**KNOWN, "readers": 10}, tries=TRIES, out=folder)


def test_a_world_goes_on_from_the_evening_that_was_counted(found: sq.Mined) -> None:
    """Every replicate is one of the worlds, with its luck: it begins with the members counted."""
    rows: Any = found.promotions.rows
    paths = list(found.mining.world.ranges)
    first = rows[rows["point"] == 0].iloc[:3]
    for _, row in first.iterrows():
        same = (found.worlds["seed"] == row["seed"]) & np.isclose(
            found.worlds[paths], row[paths].astype(float), rtol=1e-9
        ).all(axis=1)
        (place,) = np.flatnonzero(same)
        drawn = {path: float(row[path]) for path in paths}
        world = World(found.mining.world.scenario.with_values(drawn), int(row["seed"]))
        assert here(world) == found.fit.counted[place, QUANTITIES.index("members")]
        world.close()


def test_nothing_differs_between_points_but_the_promotions(found: sq.Mined) -> None:
    rows: Any = found.promotions.rows
    assert rows.groupby("replicate")["seed"].nunique().max() == 1
    assert found.promotions.design.paths == (WEEK,)
    money = curve(found.promotions, "incremental_equity")
    assert list(money.numbers) == [0, 1, 2, 3, 5, 7, 10, 14]


def test_the_scenario_that_is_written_begins_with_the_same_evenings(
    found: sq.Mined, folder: Path
) -> None:
    """Asked again from mine.toml, the same worlds are the same runs, past and all."""
    written = sq.Scenario.load(folder / "mine.toml")
    again = sq.sweep(written, {WEEK: [3.0 / 7.0]}, replicates=2, worlds=folder / "posterior.csv")
    rows: Any = found.promotions.rows
    there = rows[np.isclose(rows[WEEK], 3.0 / 7.0) & (rows["replicate"] < 2)]
    assert list(again.rows["readers"]) == list(there["readers"])
    assert list(again.rows["incremental_equity"]) == list(there["incremental_equity"])


def test_sizes_fill_the_same_room_with_whole_groups(
    found: sq.Mined, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(questions, "sweep", lambda scenario, design, effort: asked.append(design))
    worlds = found.worlds
    for known, sizes_ in (
        ({"members": 300, "capacity": 500}, [50, 100, 250, 500]),
        ({"members": 500, "capacity": 200, "groups": 3}, [40, 100, 200, 600]),
        ({"members": 330, "capacity": 100, "groups": 4}, [50, 100, 200, 400]),
    ):
        questions.sizes(own_world(check(known)).scenario, worlds, sq.Effort())
        rows = asked.pop().rows
        assert [row["group.capacity"] for row in rows] == sizes_
        assert len({row["group.capacity"] * row["group.count"] for row in rows}) == 1
    assert questions.sizes(own_world(check({"members": 30})).scenario, worlds, sq.Effort()) is None


def test_verify_computes_worlds_with_their_luck_again(found: sq.Mined, folder: Path) -> None:
    assert sq.verify(folder / "promotions", rows=2).same


def test_no_world_is_used_twice(found: sq.Mined) -> None:
    many = len(found.worlds)
    with pytest.raises(ScenarioError, match=f"holds {many} worlds, each with its luck"):
        sq.sweep(found.mining.world.scenario, {WEEK: [0.0, 1.0]}, replicates=many + 1,
                 worlds=found.worlds)  # fmt: skip


def test_more_readers_are_found_in_livelier_groups() -> None:
    """Twice as many readers of the same members: visits are found to be more."""
    middle = []
    for readers in (5, 20):
        known = check({"members": 40, "capacity": 50, "months": 2, "readers": readers})
        middle.append(fit(own_world(known), known, Fitting(tries=360)).medians["group.glance"])
    assert middle[1] > 1.5 * middle[0]


def test_what_was_not_said_is_wide() -> None:
    """Told of all there is, more is known of visits and talk than by the members alone."""
    more = {**KNOWN, "joins": 2, "exits": 1, "top_three": 0.6}
    wide = []
    for told in (("members", "capacity", "months"), tuple(more)):
        known = check({key: more[key] for key in told})
        table = fit(own_world(known), known, Fitting(tries=480)).parameters
        wide.append(table[table["parameter"].isin(["group.glance", "group.talk"])]["width"].mean())
    assert wide[0] > 0.75 and wide[1] < wide[0] - 0.1


def test_what_cannot_be_compared_is_said() -> None:
    known = check({"members": 40, "capacity": 50, "months": 1, "messages_before": 3})
    with pytest.raises(ResultsError, match="only 0 of 60 simulated groups can be compared"):
        fit(own_world(known), known, Fitting(tries=TRIES))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_direction_where_the_interval_has_none(language: str) -> None:
    more = {"en": "more", "zh": "多"}[language]
    less = {"en": "less", "zh": "少"}[language]
    for low, high in ((-3.0, 5.0), (0.0, 5.0), (-5.0, 0.0)):
        words = gain(Interval(1.0, low, high, 9), "CNY", language)
        assert more not in words and less not in words
    assert more in gain(Interval(2.0, 1.0, 3.0, 9), "CNY", language)
    assert less in gain(Interval(-2.0, -3.0, -1.0, 9), "CNY", language)
    assert "±" not in gain(Interval(2.0, np.nan, np.nan, 1), "CNY", language)


def test_a_question_is_decided_only_by_what_tells_what_to_do() -> None:
    """That something else is surely worse does not say whether a third is better."""
    more, less, open_ = (Interval(low + 1.0, low, low + 2.0, 9) for low in (1.0, -4.0, -1.0))
    assert decides([more, open_]) and decides([less, less])
    assert not decides([less, open_]) and not decides([open_, open_])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_told_is_no_surer_than_the_runs(found: sq.Mined, language: str) -> None:
    text = "\n".join(found.sentences(language))
    assert "nan" not in text and "{" not in text
    money = curve(found.promotions, "incremental_equity")
    if len(money.beside) > 1:
        sure = {"en": "every other number tried is surely worse", "zh": "其他条数平均都更差"}
        assert sure[language] not in text
    assert "margin = 0.4" in text  # what nobody said


def test_the_folder_says_what_it_is(found: sq.Mined, folder: Path) -> None:
    about = json.loads((folder / "mine.json").read_text())
    assert about["answers"]["members"] == 40.0 and about["tries"] == TRIES
    for name in ("promotions", "seeds"):
        assert (folder / name / "runs.parquet").exists()
    looks = pd.read_csv(folder / "looks-like.csv")
    assert {"quantity", "given", "simulated_low", "missed"} <= set(looks)
    missed = looks["missed"].to_numpy()
    assert (np.sort(missed)[::-1] == missed).all()  # misses first


def test_a_true_group_is_the_same_every_time_and_alive() -> None:
    one, again = truth(3), truth(3)
    assert one.seed == again.seed and one.values == again.values
    assert one.counted["readers"] >= 5.0 and one.counted["messages"] >= 0.5


def test_coverage_counts_intervals_that_hold_the_truth() -> None:
    """Of two groups with two intervals each three hold: 75 %."""
    rows = [
        (1, "parameter", "a", 1.0, 0.0, 2.0, 0.5), (1, "next", "readers", 1.0, 0.0, 2.0, np.nan),
        (2, "parameter", "a", 3.0, 0.0, 2.0, 0.3), (2, "next", "readers", 1.0, 0.0, 2.0, np.nan),
        (1, "gain", "1 a week", 1.0, 0.0, 2.0, np.nan),
        (2, "gain", "1 a week", 9.0, 0.0, 2.0, np.nan),
        (1, "regret", "recommended", 10.0, np.nan, np.nan, np.nan),
        (2, "regret", "recommended", 30.0, np.nan, np.nan, np.nan),
    ]  # fmt: skip
    more = [(g, "regret", name, 5.0, np.nan, np.nan, np.nan)
            for g in (1, 2) for name in ("as now", "1 a day", "none")]  # fmt: skip
    head = ["group", "kind", "name", "truth", "low", "high", "width"]
    table = pd.DataFrame(rows + more, columns=head)
    text = "\n".join(coverage_lines({"all": table}))
    assert "| all of these | 67 %" in text and "| 40 % |" in text
    assert "| recommended | 20 [0, " in "\n".join(regret_lines({"all": table}))
