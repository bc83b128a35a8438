"""What an operator knows: answers are checked all at once, and counted where they can be."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shequn.agents.errors import ScenarioError
from shequn.experiments.facts.records import Records
from shequn.experiments.mine.answers import QUESTIONS, check, load, text_of
from shequn.experiments.mine.own_world import FILL, own_ranges, own_world
from shequn.experiments.mine.sources import from_numbers, from_records
from shequn.experiments.mine.written import label_of, scenario_text
from shequn.model.scenario import Scenario


def test_only_members_is_needed() -> None:
    assert check({"members": 200, "readers": "?"}) == {"members": 200.0}
    with pytest.raises(ScenarioError, match="members: is needed"):
        check({"readers": 10})


def test_everything_wrong_is_said_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "answers.toml"
    path.write_text('members = -1\n\nreder = 3\nmargin = 2\ngroups = 1.5\nprice = "dear"\n')
    with pytest.raises(ScenarioError) as error:
        load(path)
    text = str(error.value)
    assert "line 1: members: -1 is out of range; allowed: whole numbers from 5" in text
    assert "line 3: reder: is no question; did you mean 'readers'" in text
    assert "line 4: margin: 2 is out of range; allowed: 0 to 1" in text
    assert "line 5: groups: 1.5 is no whole number" in text
    assert "line 6: price: 'dear' is no number; allowed: 0.01 to 1,000,000 CNY" in text


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"capacity": 20}, "1 groups of at most 20 hold no 50 members"),
        ({"groups": 60}, "60 groups have only 50 members"),
        ({"readers": 51}, "51 a day of 50 members"),
        ({"answer_minutes": 5, "staff": 0}, "staff = 0 says nobody answers"),
    ],
)
def test_what_cannot_be_at_once_is_refused(more: dict, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        check({"members": 50, **more})


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_file_of_answers_is_read_as_it_was_written(tmp_path: Path, language: str) -> None:
    known = check({"members": 900, "groups": 3, "readers": 250, "top_three": 0.3})
    path = tmp_path / "answers.toml"
    path.write_text(text_of(known, language), encoding="utf-8")
    assert load(path) == known
    assert path.read_text(encoding="utf-8").count('"?"') == len(QUESTIONS) - len(known)


def test_series_give_the_last_month_and_the_one_before(tmp_path: Path) -> None:
    """Sixty days: 10 readers a day, then 20; an order on each second day; members at the end."""
    first = date(2026, 1, 1)
    lines = ["date,readers,orders,members,ads"]
    for k in range(60):
        day = first + timedelta(days=k)
        lines.append(f"{day},{10 if k < 30 else 20},{k % 2},{100 + k},{'' if k else 1}")
    path = tmp_path / "numbers.csv"
    path.write_text("\n".join(lines) + "\n")
    found = from_numbers(path)
    assert found["readers"] == 20.0 and found["readers_before"] == 10.0
    assert found["orders"] == found["orders_before"] == 15.0
    assert found["members"] == 159.0 and found["members_before"] == 129.0
    assert "ads" not in found  # one day tells no month


def test_wrong_series_are_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text("date,raeders,orders\n2026-13-01,1,2\n2026-01-02,1,many\n2026-01-02,1,1\n")
    with pytest.raises(ScenarioError) as error:
        from_numbers(path)
    text = str(error.value)
    assert "'raeders' is no column; did you mean 'readers'" in text
    assert "line 2: date: '2026-13-01' is no date" in text
    assert "line 3: orders: 'many' is no number" in text
    assert "line 4: date: 2026-01-02 comes twice" in text


def test_records_tell_messages_and_who_writes_them() -> None:
    """Five people, one of whom writes half; 60 days, twice as many messages in the second month."""
    times = np.concatenate([np.linspace(0.0, 29.9, 60), np.linspace(30.0, 59.9, 120)])
    people = np.where(np.arange(180) % 2, 0, np.arange(180) % 5 + 1)
    messages = pd.DataFrame({"community": 0, "time": times, "person": people, "thread": -1})
    members = pd.DataFrame(
        {"community": 0, "person": [1, 2, 3], "joined_at": [40.0, 50.0, 10.0],
         "left_at": [np.nan, 55.0, np.nan], "inviter": -1}
    )  # fmt: skip
    found = from_records(Records(60.0, messages, members))
    assert found["messages"] == 4.0 and found["messages_before"] == 2.0
    last = people[60:]
    top = np.sort(np.bincount(last))[-3:].sum() / 120.0
    assert found["top_three"] == pytest.approx(top)
    assert (found["joins"], found["exits"], found["joins_before"]) == (2.0, 1.0, 1.0)
    assert found["months"] == 2.0 and found["groups"] == 1.0


def test_what_is_known_is_put_into_the_world() -> None:
    said = {"members": 240, "groups": 2, "capacity": 200, "months": 3, "ads": 7, "content": 21}
    known = check({**said, "price": 50, "margin": 0.3, "needs": 36.5, "wage": 60})
    world = own_world(known)
    value = world.scenario.value
    assert (value("group.count"), value("group.capacity"), world.days) == (2, 200, 90)
    assert (value("policy.promos_per_day"), value("policy.content_per_day")) == (1.0, 3.0)
    assert (value("product.price"), value("product.margin"), value("costs.wage")) == (50, 0.3, 60)
    assert value("tiers.base.need_rate") == pytest.approx(0.1)
    assert world.scenario.past.days == 90 and world.factor == 1.0
    full = 240 / 400
    assert world.ranges[FILL].low == pytest.approx(0.1 * full)
    assert world.ranges[FILL].high == pytest.approx(1.6 * full)
    assert set(world.assumed) == {"staff"}
    assert set(own_ranges()) < world.sought


def test_a_large_business_is_fewer_groups_whose_posts_cost_as_much_a_member() -> None:
    small = own_world(check({"members": 500, "groups": 2}))
    large = own_world(check({"members": 50_000, "groups": 200}))
    assert large.factor == pytest.approx(0.02)
    assert large.scenario.value("group.count") == 4
    cost = small.scenario.value("costs.hours_content")
    assert large.scenario.value("costs.hours_content") == pytest.approx(0.02 * cost)


def test_a_desk_is_looked_for_only_where_somebody_answers() -> None:
    assert "desk.service_time" not in own_world(check({"members": 100})).ranges
    asked = own_world(check({"members": 100, "answer_minutes": 20}))
    assert "desk.service_time" in asked.ranges and asked.assumed["staff"] == 1.0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_scenario_runs_and_says_where_each_value_is_from(tmp_path: Path, language: str) -> None:
    known = check({"members": 100, "price": 50, "staff": 1})
    world = own_world(known)
    middles = {path: (each.low + each.high) / 2.0 for path, each in world.ranges.items()}
    path = tmp_path / "mine.toml"
    path.write_text(scenario_text(world, known, middles, language), encoding="utf-8")
    lines = path.read_text(encoding="utf-8").splitlines()
    said = {"en": "you said so", "zh": "你说的"}[language]
    assumed = {"en": "assumed: nobody said", "zh": "假设：没有人说过"}[language]
    assert [line for line in lines if line.startswith("price = 50.0")][0].endswith(said)
    assert [line for line in lines if line.startswith("margin = 0.4")][0].endswith(assumed)
    read = Scenario.load(path)
    assert read.past.days == world.days
    assert read.value("group.glance") == pytest.approx(middles["group.glance"], rel=1e-3)
    for name in world.put:
        assert read.value(name) == world.scenario.value(name)


def test_every_parameter_that_is_looked_for_has_a_name() -> None:
    for path in own_world(check({"members": 100, "staff": 1})).sought:
        assert label_of(path, "en") != label_of(path, "zh")
