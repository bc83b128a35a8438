"""``shequn new``: a file that loads and runs, in English or Chinese, on a screen of 80 columns."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from shequn.commands import main
from shequn.commands.layout import cells
from shequn.commands.new_words import LANGUAGES
from shequn.model.parameters import declared
from shequn.model.scenario import Scenario

pytestmark = pytest.mark.usefixtures("here")


def new(name: str, *words: str) -> str:
    """Text of the file that the command writes."""
    assert main(["new", name, *words]) == 0
    return Path(f"{name}.toml").read_text(encoding="utf-8")


def sections(text: str) -> dict[str, dict]:
    """The sections that a user is to look at."""
    tables = {name: keys for name, keys in tomllib.loads(text).items() if isinstance(keys, dict)}
    del tables["run"]
    return tables


@pytest.mark.jit
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_scenario_checks_and_is_the_one_it_builds_on(language):
    new("mine", "--from", "product-club", "--lang", language)
    assert main(["check", "mine.toml"]) == 0
    assert main(["run", "mine.toml", "--days", "0", "--out", "a"]) == 0
    assert main(["run", "product-club", "--days", "0", "--out", "b"]) == 0
    for name in ("summary.json", "members.csv", "daily.csv"):
        assert Path("a", name).read_bytes() == Path("b", name).read_bytes()


def test_a_new_scenario_overwrites_none(here, refused):
    before = (here / "tiny.toml").read_text()
    assert "tiny.toml: exists already" in refused("new", "tiny")
    assert (here / "tiny.toml").read_text() == before


def test_a_new_scenario_is_the_same_in_every_language(here):
    english, chinese = new("english"), new("chinese", "--lang", "zh")
    one, other = Scenario.load("english.toml"), Scenario.load("chinese.toml")
    assert one.description != other.description
    said = {"name": "", "title": "", "description": ""}
    assert replace(one, **said) == replace(other, **said)
    keys = [re.findall(r"^[\w\[.]+", text, re.MULTILINE) for text in (english, chinese)]
    assert keys[0] == keys[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_parameter_has_a_comment_above_it_that_fits(language, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = new("我的群", "--lang", language)
    assert max(map(cells, capsys.readouterr().out.splitlines())) <= 80
    lines = text.splitlines()
    assert max(map(cells, lines)) <= 80
    _, _, parameters = text.partition("[market]")
    assert re.findall(r"\n(?!#).*\n\w+ = ", parameters) == []
    comments = "".join(re.findall("#.*", parameters))
    assert bool(re.search("[\u4e00-\u9fff]", comments)) == (language == "zh")
    assert main(["check", "我的群.toml"]) == 0
    assert max(map(cells, capsys.readouterr().out.splitlines())) <= 80


def test_chinese_has_a_word_for_all_that_the_file_names_and_for_nothing_else():
    tables = sections(new("mine"))
    paths = {f"{section}.{key}" for section, keys in tables.items() for key in keys}
    chinese = LANGUAGES["zh"]
    assert set(chinese.meanings) == paths
    assert set(chinese.sections) == set(LANGUAGES["en"].sections) == set(tables)
    assert set(chinese.ranges) == {declared()[path].unit for path in paths} - {"", "1"} | {"to"}
