"""A report as a page: valid, closed to the outside, escaped, legible on every screen and paper."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import html5lib
import pytest

from shequn.experiments.report.folder import Mine, Told, open_folder
from shequn.experiments.report.page import AUDIENCES, page_of
from shequn.views.report_page import html_of
from tests.browser import browser
from tests.told import KINDS

pytestmark = pytest.mark.jit

NASTY = (
    "</svg><script>alert(1)</script>", "\"><img src=http://x.example/y onerror=z>", "'--><!--",
    "]]>", "社群 $x^{$ \\frac", "\x00\x07\x1b[31m", "x" * 3000, "\u202eabc", "<b>&amp;&lt;", "--!>",
    "{x}",
)  # fmt: skip
CLOSED = ("script", "iframe", "object", "embed", "link", "base", "form", "img", "image", "a")


def told(place: Path) -> Told | Mine:
    return open_folder(place)


def text_of(place: Path, language: str = "en", audience: str = "strategist") -> str:
    return html_of(page_of(told(place), language, audience))


def check(text: str) -> None:
    """What holds of every page."""
    tree = html5lib.HTMLParser(strict=True).parse(text)
    assert len(text.encode()) < 1_000_000
    names, asked = [], []
    for element in tree.iter():
        kind = str(element.tag).rpartition("}")[2].lower()
        assert kind not in CLOSED, kind
        for key, value in element.attrib.items():
            name = key.rpartition("}")[2].lower()
            assert name not in ("src", "srcset", "action", "data") and name[:2] != "on", name
            names += [value] if name == "id" else []
            asked += [value] if name == "href" else []
            asked += re.findall(r"url\(([^)]*)\)", value)
        if kind == "style":
            assert "url(" not in element.text and "@import" not in element.text
    assert all(address.startswith("#") for address in asked)
    assert len(names) == len(set(names))
    assert "<script" not in text.lower() and "default-src &#x27;none&#x27;" in text


PAGES = [(kind, AUDIENCES[0], language) for kind in KINDS for language in ("en", "zh")]
PAGES += [(kind, "researcher", "en") for kind in ("levels", "mine", "arms-levels")]
PAGES += [(kind, "student", "zh") for kind in ("worlds", "mine", "arms")]


@pytest.mark.parametrize(("kind", "audience", "language"), PAGES)
def test_every_kind_of_folder_is_a_sound_page(kind, audience, language, folders):
    text = text_of(folders(kind), language, audience)
    check(text)
    assert f'<html lang="{ {"en": "en", "zh": "zh-CN"}[language] }">' in text
    assert ("Answer" in text) == (language == "en") and ("答案" in text) == (language == "zh")
    extra = {
        "researcher": ("Design and method", "设计和方法"),
        "student": ("What to try", "接着试"),
    }
    for who, words in extra.items():
        assert any(word in text for word in words) == (audience == who)


def test_equal_folders_give_equal_pages(folders):
    assert text_of(folders("levels")) == text_of(folders("levels"))


def test_what_was_not_asked_is_said_with_the_command_that_asks_it(folders):
    text = re.sub(r"<[^>]*>", "", text_of(folders("once")))
    place = folders("once") / "scenario.toml"
    for words in (
        f"shequn sweep {place} --vary group.capacity=50,100,200,500 --reading all",
        f"shequn sweep {place} --vary group.seeding=random,high,hubs,enthusiasts --reading all",
        f"shequn sweep {place} --vary policy.promos_per_day=0,0.5,3 --replicates 2 --reading all",
        "--replicates 2 --worlds plausible",
        f"shequn verify {folders('once')} --rows 3",
    ):
        assert words in text
    assert "nothing is known of it" in text and "there is no interval" in text


def test_levels_and_worlds_that_were_run_are_not_asked_for(folders):
    assert "--reading all</span></pre></li>" not in text_of(folders("levels"))
    assert "--worlds" not in text_of(folders("worlds"))


def test_a_group_of_ones_own_begins_with_what_is_missed(folders):
    text = text_of(folders("mine"))
    assert text.index("messages a day") < text.index("members [persons]")
    assert "the simulated groups meet 1 of them and miss 1" in text
    assert "What you told of your group does not settle 1 of 2 numbers: buy.irritation." in text
    assert "Your own group" in text


def spoilt(place: Path, words: str) -> Path:
    """The same folder, in which a stranger has named everything."""
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    points = manifest["design"]["points"]
    for k, point in enumerate(points):
        if "arm" in point:
            point["arm"] = f"{words}{k}"
    manifest.update(
        title=words, scenario=words, model=words,
        software={words: words}, parameters={**manifest["parameters"], words: words},
    )  # fmt: skip
    (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    named = json.dumps(words)
    lines = [f"title = {named}", f"description = {named}", "[run]", "days = 8"]
    if "\x00" not in words:
        (place / "scenario.toml").write_text("\n".join(lines), encoding="utf-8")
    return place


@pytest.mark.parametrize(
    ("kind", "words"), [*(("arms", words) for words in NASTY), *(("levels", w) for w in NASTY[:3])]
)
def test_names_are_shown_and_never_run(kind, words, folders, tmp_path):
    text = text_of(spoilt(folders.copy(kind, tmp_path / "it"), words), "en", "researcher")
    check(text)
    assert "<img" not in text and "<b>" not in text
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", text)


def test_a_table_of_ones_own_is_escaped(folders, tmp_path):
    place = folders.copy("mine", tmp_path / "it")
    rows = (place / "looks-like.csv").read_text().replace("members,", "</td><script>x,")
    (place / "looks-like.csv").write_text(rows)
    text = text_of(place)
    check(text)
    assert "&lt;/td&gt;&lt;script&gt;x" in text


@pytest.mark.parametrize(
    "content",
    ["quantity,unit\na,b\n", 'a,"b\n', "quantity\n1,2,3\n", "\x00"],
    ids=["columns", "quotes", "cells", "nul"],
)
def test_a_damaged_table_of_ones_own_is_one_message(content, folders, tmp_path):
    from shequn.agents.errors import ResultsError

    place = folders.copy("mine", tmp_path / "it")
    (place / "looks-like.csv").write_text(content)
    with pytest.raises(ResultsError, match="looks-like.csv") as error:
        text_of(place)
    assert len(str(error.value).splitlines()) == 1


def test_chinese_pages_use_the_terms_of_the_glossary(folders):
    text = text_of(folders("mine"), "zh", "student")
    for term in (
        "每周推广条数", "群规模", "种子成员", "增量权益", "增量订单", "漏斗", "认知", "输出",
        "交互", "裂变", "转化", "阅读量：冷清、一般、热闹", "配对差", "区间",
    ):  # fmt: skip
        assert term in text
    assert "incremental equity" not in text


def test_chinese_is_shown_where_the_page_is_made_without_a_font_for_it(folders, monkeypatch):
    monkeypatch.setattr("shequn.views.style.families", lambda: ("DejaVu Sans",))
    text = text_of(folders("seeds"), "zh")
    figure = text[text.index("<figure") : text.index("</figure>")]
    assert "人脉广的" in re.sub("<[^>]*>", "", figure) and "[1]" not in figure


def test_a_page_says_that_another_model_made_it(folders):
    found = told(folders("once"))
    assert isinstance(found, Told)
    other = replace(found, manifest={**found.manifest, "model": "0123abcd"})
    assert "another version of the model (0123abcd)" in html_of(page_of(other))


@pytest.mark.parametrize(("kind", "language"), [
    ("levels", "en"), ("arms", "zh"), ("mine", "en"), ("mine", "zh"), ("shape", "zh"),
    ("mine-full", "en"), ("mine-full", "zh"), ("sizes", "en"),
])  # fmt: skip
def test_it_fits_every_screen_and_two_pages(kind, language, folders, tmp_path):
    page = tmp_path / "report.html"
    page.write_text(text_of(folders(kind), language), encoding="utf-8")
    with browser(tmp_path / "profile") as tab:
        for width in (1280, 390):
            tab.open(page, width)
            assert tab.value("document.documentElement.scrollWidth") == width
            wide = "[...document.querySelectorAll('main *:not(svg *)')]"
            over = f"{wide}.filter(e => e.getBoundingClientRect().right > {width} + 1).length"
            assert tab.value(over) == 0
            assert tab.asked() == [page.resolve().as_uri()]
            assert tab.said() == []
        shown = "[...document.querySelectorAll('figure svg')].filter(e => e.clientWidth > 0).length"
        assert tab.value(shown) == 1
        assert len(re.findall(rb"/Type\s*/Page[^s]", tab.pdf())) == 2
    shutil.rmtree(tmp_path / "profile", ignore_errors=True)
