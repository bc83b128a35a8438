"""What a page is made of: sections of paragraphs, lists, commands, cards, tables, a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from shequn.experiments.report.panels import Panel


@dataclass(frozen=True)
class Words:
    """A paragraph."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Command:
    """A command to copy."""

    text: str


@dataclass(frozen=True)
class Points:
    """A list, each with a command or without."""

    items: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Card:
    """A thing to decide: what it is, what holds, the small print, a command that asks it."""

    head: str
    large: str
    small: Sequence[str]
    command: str = ""


@dataclass(frozen=True)
class Cards:
    """Cards side by side."""

    cards: Sequence[Card]


@dataclass(frozen=True)
class Table:
    """A table; a cell is its text and what stands small below it."""

    head: Sequence[str]
    rows: Sequence[Sequence[tuple[str, str]]]
    groups: dict[int, str] = field(default_factory=dict)  # a heading above the row of this number
    compact: bool = False  # what stands small stands beside the text instead


@dataclass(frozen=True)
class Picture:
    """The main figure: for each thing that was varied a panel of each measure."""

    panels: Sequence[Sequence[Panel]]
    caption: str


Block = Words | Command | Points | Cards | Table | Picture


@dataclass(frozen=True)
class Section:
    """A part of the page; two that need half of its width stand beside one another."""

    head: str
    blocks: Sequence[Block]
    half: bool = False


@dataclass(frozen=True)
class Page:
    """What a report says, in order.

    Attributes
    ----------
    language : str
        ``en`` or ``zh``.
    title : str
        The question.
    above, lead : str
        What it is about; how it was compared.
    answer_head, answer : str
        One sentence; of one's own group one for each question.
    sections : sequence of Section
        The rest.
    foot : str
        Who made it.
    """

    language: str
    title: str
    above: str
    lead: str
    answer_head: str
    answer: str
    sections: Sequence[Section]
    foot: str
