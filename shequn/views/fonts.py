"""Fonts: Chinese where the system has a font for it, marks instead of boxes where it has none."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.text import Text

LATIN = "DejaVu Sans"  # comes with matplotlib
_OWN = "Chinese of shequn"
# Fonts with Chinese characters, those of Linux, Windows and macOS; the first that is there is used.
CHINESE = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN",
    "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Microsoft YaHei", "PingFang SC",
    "Hiragino Sans GB", "Heiti SC", "STHeiti", "SimHei", "SimSun", "Noto Sans CJK TC",
    "Noto Sans CJK JP", "Microsoft JhengHei", "PingFang TC", "Heiti TC", "Arial Unicode MS",
    "Droid Sans Fallback", "AR PL UMing CN",
)  # fmt: skip


@cache
def families() -> tuple[str, ...]:
    """Fonts in the order in which a character is looked for."""
    found = _chinese()
    if not found:
        _look_for_new_fonts()
        found = _chinese()
    if not found:
        return (LATIN,)
    # Under a name of its own in the two weights in use: matplotlib warns of a weight that is not
    # there, and takes the nearest.
    for weight in (400, 700):
        best = min(found, key=lambda font: abs(weight - _weight(font)))
        entry = replace(best, name=_OWN, weight=weight, style="normal", stretch="normal")
        font_manager.fontManager.ttflist.append(entry)
    return (LATIN, _OWN)


def _chinese() -> list[Any]:
    """The fonts of the first family that is there."""
    there: dict[str, list[Any]] = {}
    for font in font_manager.fontManager.ttflist:
        there.setdefault(font.name, []).append(font)
    return next((there[name] for name in CHINESE if name in there), [])


def _weight(font: Any) -> int:
    named: Any = font_manager.weight_dict
    return named.get(font.weight, font.weight)


def _look_for_new_fonts() -> None:
    """Fonts installed after matplotlib made its list."""
    known = {Path(font.fname).name for font in font_manager.fontManager.ttflist}
    for path in font_manager.findSystemFonts():
        if Path(path).name not in known:
            try:
                font_manager.fontManager.addfont(path)
            except (OSError, RuntimeError):  # no font after all
                continue


@cache
def _characters(names: tuple[str, ...]) -> frozenset[int]:
    paths = (font_manager.findfont(name, fallback_to_default=False) for name in names)
    return frozenset().union(*(font_manager.get_font(path).get_charmap() for path in paths))


def illegible(text: str) -> str:
    """A pattern's character class of what no font has; empty when every character can be shown.

    Parameters
    ----------
    text : str
        What is to be drawn.

    Returns
    -------
    str
        The characters, each once.
    """
    known = _characters(families())
    return "".join(
        dict.fromkeys(mark for mark in text if ord(mark) >= 32 and ord(mark) not in known)
    )


def title_of(scenario: Any) -> str:
    """What a figure calls a scenario: its title, or its name where no font has the title."""
    title = scenario.title or scenario.name
    return scenario.name if illegible(title) else title


class LegibleFigure(Figure):
    """A figure without boxes: words that no font can show stand as [1], [2], ...

    Attributes
    ----------
    marks : dict
        The mark of each word that was replaced.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.marks: dict[str, str] = {}

    def draw(self, renderer: Any) -> None:
        """As every figure, with texts that can be read."""
        for axes in self.axes:
            for axis in (axes.xaxis, axes.yaxis):
                self._see_to(axis.get_major_formatter())
        for text in self.findobj(Text):
            if (legible := self.legible(text.get_text())) != text.get_text():
                text.set_text(legible)
        super().draw(renderer)

    def _see_to(self, formatter: Any) -> None:
        """Labels at ticks are made when they are drawn: change them there."""
        if "format_ticks" not in vars(formatter):
            made = formatter.format_ticks
            formatter.format_ticks = lambda places: [self.legible(text) for text in made(places)]

    def legible(self, text: str) -> str:
        """A text with a mark for each word that no font can show."""
        unknown = illegible(text)
        if not unknown:
            return text
        word = f"[{re.escape(unknown)}]+"
        return re.sub(word, lambda found: self._mark(found.group()), text)

    def _mark(self, word: str) -> str:
        return self.marks.setdefault(word, f"[{len(self.marks) + 1}]")
