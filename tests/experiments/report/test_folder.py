"""Folders that are told, and those that are refused."""

from __future__ import annotations

import json
import shutil
from typing import Any

import numpy as np
import pytest

import shequn as sq
from shequn.agents.errors import ResultsError
from shequn.experiments.report.answer import GROUP, PROMOTIONS, SEEDS, Answer
from shequn.experiments.report.blocks import Cards
from shequn.experiments.report.folder import Mine, Told, open_folder
from shequn.experiments.report.page import page_of
from shequn.views.report_page import html_of

pytestmark = pytest.mark.jit


def opened(place) -> Answer:
    found = open_folder(place)
    assert isinstance(found, Told)
    return Answer(found)


def test_a_sweep_at_three_levels(folders):
    answer = opened(folders("levels"))
    assert answer.levels == ("quiet", "usual", "lively")
    assert (answer.told.replicates, answer.told.days, len(answer.points)) == (3, 8, 3)
    assert list(answer.decisions) == [PROMOTIONS]
    assert answer.decisions[PROMOTIONS].choice.options == (0.0, 3.5, 21.0)
    assert answer.worlds is None


def test_a_sweep_in_worlds(folders):
    answer = opened(folders("worlds"))
    assert answer.levels == ("",) and "buy.irritation" in answer.told.drawn
    assert answer.worlds is not None
    held, among = answer.worlds
    assert 0 < held <= among == 9


def test_sizes_are_compared_for_each_member(folders):
    answer = opened(folders("shape"))
    assert set(answer.decisions) == {PROMOTIONS, GROUP}
    assert answer.each and answer.compared == "incremental_equity/member"
    assert answer.decisions[GROUP].choice.options == (15, 30)
    assert len(answer.slice(answer.decisions[PROMOTIONS])) == 2


def test_arms_that_differ_in_promotions_alone_speak_of_promotions(folders):
    answer = opened(folders("arms-levels"))
    assert answer.decisions[PROMOTIONS].choice.options == (0.0, 3.0, 7.0)
    assert answer.base == {0: 0, 1: 0, 2: 0}


def test_arms_that_differ_in_whom_they_seed_with_speak_of_that(folders):
    assert opened(folders("seeds")).decisions[SEEDS].choice.options == ("random", "hubs")


def test_arms_that_differ_in_much_speak_of_nothing_alone(folders):
    assert opened(folders("arms")).decisions == {}


def test_numbers_are_those_of_the_tables(folders):
    answer = opened(folders("levels"))
    frame: Any = answer.told.frame
    mine = frame[frame["point"] == 4].sort_values("replicate")
    assert list(answer.values("orders", 1, 1)) == list(mine["orders"])
    found = answer.mean("incremental_equity", 1, 1)
    assert found.mean == pytest.approx(mine["incremental_equity"].mean())
    mean = mine["incremental_orders"] / mine["incremental_orders_per_member"]
    each = mine["costs"] / mean / 8 * 365.25 / 12
    assert answer.mean("costs/month", 1, 1).mean == pytest.approx(each.mean())


def test_a_group_of_ones_own(folders, tmp_path):
    found = open_folder(folders("mine"))
    assert isinstance(found, Mine) and list(found.parts) == ["promotions", "sizes", "seeds"]
    place = folders.copy("mine", tmp_path / "mine")
    shutil.rmtree(place / "sizes")
    less = open_folder(place)
    assert isinstance(less, Mine) and list(less.parts) == ["promotions", "seeds"]
    shutil.rmtree(place / "promotions")
    shutil.rmtree(place / "seeds")
    with pytest.raises(ResultsError, match="nothing to tell yet"):
        open_folder(place)


@pytest.mark.parametrize("command", ["run", "branch", "sensitivity", "calibrate", "\x1b[31m", 3])
def test_other_folders_are_refused_with_the_kinds_that_are_known(command, folders, tmp_path):
    place = folders.copy("once", tmp_path / "it")
    manifest = json.loads((place / "manifest.json").read_text())
    (place / "manifest.json").write_text(json.dumps({**manifest, "command": command}))
    with pytest.raises(ResultsError, match="shequn sweep, compare, demo and mine") as error:
        open_folder(place)
    assert "\x1b" not in str(error.value) and len(str(error.value).splitlines()) == 1


def test_another_version_of_the_model_is_told_and_not_refused(folders, tmp_path):
    place = folders.copy("once", tmp_path / "it")
    manifest = json.loads((place / "manifest.json").read_text())
    (place / "manifest.json").write_text(json.dumps({**manifest, "model": "older"}))
    assert opened(place).told.other_model
    assert not opened(folders("once")).told.other_model


@pytest.mark.parametrize("name", ["runs.parquet", "failures.parquet", "checksums.txt"])
def test_damage_is_refused(name, folders, tmp_path):
    place = folders.copy("once", tmp_path / "it")
    content = bytearray((place / name).read_bytes())
    content[len(content) // 2] ^= 1
    (place / name).write_bytes(bytes(content))
    with pytest.raises(ResultsError, match="damaged|cannot be read|no such"):
        open_folder(place)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"levels": {"loud": {}}}, "levels are not"),
        ({"levels": {"quiet": {}, "usual": {}}}, "design: points"),
        ({"schema": 1}, "another version of shequn"),
        ({"design": 3}, "design is no table"),
    ],
)
def test_a_manifest_that_cannot_be_is_refused(change, words, folders, tmp_path):
    place = folders.copy("once", tmp_path / "it")
    manifest = json.loads((place / "manifest.json").read_text())
    (place / "manifest.json").write_text(json.dumps({**manifest, **change}))
    with pytest.raises(ResultsError, match=words):
        open_folder(place)


def test_intervals_are_wider_where_a_rule_decided_how_many_replicates(folders, tmp_path):
    answer = opened(folders("worlds"))
    place = folders.copy("worlds", tmp_path / "it")
    manifest = json.loads((place / "manifest.json").read_text())
    (place / "manifest.json").write_text(json.dumps({**manifest, "until": "orders +-5%"}))
    ruled = opened(place)
    values = np.random.Generator(np.random.Philox(3)).normal(size=40)
    plain, wider = answer.told.interval(values), ruled.told.interval(values)
    assert wider.high - wider.low > plain.high - plain.low


@pytest.mark.parametrize("part", ["promotions", "sizes", "seeds"])
@pytest.mark.parametrize(("language", "audience"), [("en", "researcher"), ("zh", "student")])
def test_each_part_of_ones_own_group_can_stand_alone(part, language, audience, folders, tmp_path):
    place = folders.copy("mine", tmp_path / "mine")
    for other in {"promotions", "sizes", "seeds"} - {part}:
        shutil.rmtree(place / other)
    for table in place.glob("*.csv"):
        table.unlink()
    page = page_of(open_folder(place), language, audience)
    blocks = [block for section in page.sections for block in section.blocks]
    (cards,) = (block for block in blocks if isinstance(block, Cards))
    told = [card for card in cards.cards[:3] if card.large not in ("not asked", "没有问")]
    assert len(told) == 1


@pytest.mark.parametrize(
    "value",
    ["nan", "inf", "1" + "0" * 3000, "1e300", '"x"', "[1, 2]", "1979-05-27", "{a = 1}"],
    ids=["nan", "inf", "long", "large", "word", "list", "day", "table"],
)
def test_a_setting_of_an_arm_that_cannot_be_is_shown_as_a_word(value, folders, tmp_path):
    place = folders.copy("arms-levels", tmp_path / "it")
    path = place / "scenario-1.toml"
    text = path.read_text()
    (told,) = (line for line in text.splitlines() if line.startswith("promos_per_day"))
    path.write_text(text.replace(told, f"promos_per_day = {value}"))
    page_of(open_folder(place))


def test_a_large_design_gives_a_small_page(folders, tmp_path):
    """A thousand points are drawn as some of them."""
    place = tmp_path / "many"
    base = folders.base.with_values({"market.people": 60})
    sq.sweep(base, {"policy.promos_per_day": "0:3"}, 1, days=1, design="lhs", points=400, out=place)
    text = html_of(page_of(open_folder(place), "en", "researcher"))
    assert len(text.encode()) < 1_000_000
    assert "120 of 400 points" in text
