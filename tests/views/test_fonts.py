"""Chinese in figures: from a font where there is one, else as marks that are told."""

from __future__ import annotations

import logging
import warnings

import pytest
from matplotlib import font_manager

import shequn as sq
from shequn.views import fonts, style
from shequn.views.compare_figures import comparison_figure
from shequn.views.figures import overview

TITLE = "微信群：品牌"
FILE = f"""
title = "{TITLE}"
extends = "wechat-group"
[market]
people = 80
[group]
capacity = 30
[[rivals]]
name = "对手"
[alternatives."多发广告"]
policy.promo_share = 0.3
[alternatives."no promotions"]
policy.promo_share = 0.0
"""


@pytest.fixture
def fonts_are(monkeypatch):
    """Only these families are there, in place of Chinese ones."""

    def be(*names: str) -> None:
        monkeypatch.setattr(fonts, "CHINESE", names)
        monkeypatch.setattr(fonts, "_OWN", "a font of a test")  # matplotlib remembers lookups
        monkeypatch.setattr(fonts, "_look_for_new_fonts", lambda: None)
        fonts.families.cache_clear()

    before = list(font_manager.fontManager.ttflist)
    yield be
    font_manager.fontManager.ttflist[:] = before
    fonts.families.cache_clear()


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "群" / "品牌群.toml"
    path.parent.mkdir()
    path.write_text(FILE, encoding="utf-8")
    return sq.Scenario.load(path)


@pytest.mark.jit
def test_without_a_font_words_become_marks_that_are_told(
    fonts_are, scenario, tmp_path, capsys, caplog
):
    fonts_are()
    found = sq.compare(scenario, replicates=2, days=3)
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.simplefilter("error")
        figure = comparison_figure(found)
        style.save(figure, tmp_path / "图" / "比较.png")
    assert caplog.records == []
    assert set(figure.marks) == {"品牌群", TITLE, "多发广告"}
    assert len(set(figure.marks.values())) == 3
    labels = [text.get_text() for text in figure.axes[-1].get_yticklabels()]
    assert labels == [figure.marks["多发广告"], "no promotions"]
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1
    assert f"{figure.marks['多发广告']} is 多发广告" in told


@pytest.mark.jit
def test_a_title_that_no_font_has_gives_way_to_the_name(fonts_are, scenario, tmp_path, capsys):
    fonts_are()
    run = sq.run(scenario, days=3)
    figure = overview(run.daily, sq.Scenario.load("wechat-group"))
    assert fonts.title_of(scenario) == "品牌群"
    style.save(figure, tmp_path / "latin.png")
    assert figure.marks == {}
    assert capsys.readouterr().err == ""


def test_a_font_that_is_there_is_used_without_a_word(fonts_are, caplog):
    """DejaVu Sans Mono stands for a Chinese font: it comes with matplotlib."""
    fonts_are("no such font", "DejaVu Sans Mono")
    names = fonts.families()
    assert len(names) == 2
    assert names[0] == fonts.LATIN
    with caplog.at_level(logging.WARNING):
        for weight in ("normal", "bold"):
            wanted = font_manager.FontProperties(family=names[1:], weight=weight)
            path = font_manager.findfont(wanted, fallback_to_default=False)
            assert "DejaVuSansMono" in path
            assert ("Bold" in path) == (weight == "bold")
    assert caplog.records == []
    with style.style():
        from matplotlib import rcParams

        assert rcParams["font.family"] == list(names)


def test_what_no_font_has_is_found(fonts_are):
    fonts_are()
    assert fonts.illegible("a 群 b 群组\n±") == "群组"
    assert fonts.illegible("plain ± text") == ""


def test_fonts_installed_later_are_looked_for(monkeypatch):
    """Only files that matplotlib does not know yet are read; what is no font is passed over."""
    known = font_manager.fontManager.ttflist[0].fname
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [known, "/x/New.ttf", "/x/bad"])
    read = []

    def addfont(path):
        read.append(path)
        if path.endswith("bad"):
            raise RuntimeError("no font")

    monkeypatch.setattr(font_manager.fontManager, "addfont", addfont)
    fonts._look_for_new_fonts()
    assert read == ["/x/New.ttf", "/x/bad"]
