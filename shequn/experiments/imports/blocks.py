"""Texts in which a line says when and who, and those below it what: QQ, and tools for WeChat."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from shequn.experiments.imports.collector import Collector, clean_name
from shequn.experiments.imports.dates import SECONDS_PER_DAY
from shequn.experiments.imports.marks import marked
from shequn.experiments.imports.notices import notice_of, take
from shequn.experiments.imports.sources import Source, encoding_of, lines_of


class Header(NamedTuple):
    """The line above a message.

    Attributes
    ----------
    date, clock : str
        As they are written.
    author : str
        Identifier, or the name where there is none.
    shown : str
        Name.
    program : bool
        Whether the program itself writes.
    """

    date: str
    clock: str
    author: str
    shown: str
    program: bool


class Blocks:
    """Reads such texts.

    Parameters
    ----------
    collector : Collector
        Takes the messages.
    header : callable
        The header that a line is, or None.
    rules : list
        Of notices.
    group : callable, optional
        The name of the group that a line begins, or "".
    around : re.Pattern, optional
        Lines that belong to no message.
    """

    def __init__(
        self, collector: Collector, header: Callable[[str], Header | None],
        rules: list[tuple[int, re.Pattern[str]]], group: Callable[[str], str] = lambda line: "",
        around: re.Pattern[str] | None = None,
    ) -> None:  # fmt: skip
        self.collector, self.header, self.rules = collector, header, rules
        self.group, self.around = group, around
        self._text: list[str] = []
        self._head: Header | None = None
        self._second = self._community = 0
        self._people: dict[tuple[str, str], int] = {}

    def read(self, source: Source, told: Callable[[int], None]) -> None:
        """Take every message of a file, which is a group unless it names others."""
        collector, header, number = self.collector, self.header, 0
        self._community, self._head = -1, None
        for batch in lines_of(source, encoding_of(source.head(), chinese=True), told):
            for line in batch:
                number += 1
                if line is None:
                    place = f"{source.place}, line {number:,}"
                    collector.miss(place, "a line longer than any message")
                    continue
                head = header(line)
                if head is not None:
                    self._finish(source)
                    self._begin(head, f"{source.place}, line {number:,}")
                    continue
                name = self.group(line)
                if name:
                    self._finish(source)
                    self._community = collector.community_of(name)
                elif self._head is not None:
                    self._text.append(line)
                elif line.strip(" \ufeff") and not (
                    self.around and self.around.fullmatch(line.strip())
                ):
                    collector.miss(
                        f"{source.place}, line {number:,}", "words that belong to nobody"
                    )
        self._finish(source)

    def _empty(self, line: str) -> bool:
        """Whether a line says nothing, or belongs to no message."""
        return not line or (self.around is not None and self.around.fullmatch(line) is not None)

    def _begin(self, head: Header, place: str) -> None:
        collector = self.collector
        second = collector.dates.clock(head.clock)
        if second < 0:
            collector.miss(place, "an impossible time of day")
            return
        code = collector.dates.number(head.date)
        collector.first_seen.setdefault(code, place)
        self._head, self._second = head, code * SECONDS_PER_DAY + second

    def _finish(self, source: Source) -> None:
        """Take the message that has been read."""
        head, lines, collector = self._head, self._text, self.collector
        self._head, self._text = None, []
        if head is None:
            return
        while lines and (
            not lines[-1].strip() or (self.around and self.around.fullmatch(lines[-1]))
        ):
            lines.pop()
        text = "\n".join(lines)
        if self._community < 0:
            self._community = collector.community_of(source.stem)
        if head.program:
            collector.notices += 1
            notice = notice_of(text, self.rules)
            if notice is not None:
                take(collector, self._second, self._community, notice)
            return
        key = (head.author, head.shown)
        if key not in self._people:
            self._people[key] = collector.person_of(head.author)
        person = self._people[key]
        if shown := clean_name(head.shown):
            collector.alias(self._community, shown, person)
        mark, length = marked(text)
        collector.message(self._second, self._community, person, mark, length)
