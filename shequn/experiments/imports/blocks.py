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
    marks : str
        First letters of lines that ``group`` and ``between`` are asked about.
    group : callable, optional
        The name of the group that a line begins, or "".
    between : callable, optional
        Whether a line belongs to no message.
    """

    def __init__(
        self, collector: Collector, header: Callable[[str], Header | None],
        rules: list[tuple[int, re.Pattern[str]]], marks: str = "",
        group: Callable[[str], str] = lambda line: "",
        between: Callable[[str], bool] = lambda line: False,
    ) -> None:  # fmt: skip
        self.collector, self.header, self.rules = collector, header, rules
        self.marks, self.group, self.between = marks, group, between
        self._text: list[str] = []
        self._head: Header | None = None
        self._second = self._midnight = self._community = 0
        self._date = ""
        self._people: dict[tuple[int, str, str], int] = {}

    def read(self, source: Source, told: Callable[[int], None]) -> None:
        """Take every message of a file, which is a group unless it names others."""
        collector, header, marks, number = self.collector, self.header, self.marks, 0
        self._community, self._head, self._date = -1, None, ""
        collector.dates.begin_file()
        for batch in lines_of(source, encoding_of(source.head(), chinese=True), told):
            for line in batch:
                number += 1
                if line is None:
                    place = f"{source.place}, line {number:,}"
                    collector.miss(place, "a line longer than any message")
                    continue
                first = line[:1]
                head = header(line) if first.isdecimal() or number == 1 else None
                if head is not None:
                    self._finish(source)
                    self._begin(head, source, number)
                elif first in marks and first and (name := self.group(line)):
                    self._finish(source)
                    self._community = collector.community_of(name)
                elif self._head is not None:
                    self._text.append(line)
                elif line.strip(" \ufeff") and not self._is_between(line):
                    place = f"{source.place}, line {number:,}"
                    collector.miss(place, "words that belong to nobody")
        self._finish(source)

    def _is_between(self, line: str) -> bool:
        return line[:1] in self.marks and self.between(line)

    def _begin(self, head: Header, source: Source, number: int) -> None:
        collector = self.collector
        second = collector.dates.clock(head.clock)
        if second < 0:
            collector.miss(f"{source.place}, line {number:,}", "an impossible time of day")
            return
        if head.date != self._date:
            self._date = head.date
            code = collector.dates.number(head.date)
            collector.first_seen.setdefault(code, f"{source.place}, line {number:,}")
            self._midnight = code * SECONDS_PER_DAY
        self._head, self._second = head, self._midnight + second

    def _finish(self, source: Source) -> None:
        """Take the message that has been read."""
        head, lines, collector = self._head, self._text, self.collector
        if head is None:
            return
        self._head, self._text = None, []
        while lines and (not (last := lines[-1]) or last.isspace() or self._is_between(last)):
            lines.pop()
        text = lines[0] if len(lines) == 1 else "\n".join(lines)
        if self._community < 0:
            self._community = collector.community_of(source.stem)
        if head.program:
            collector.notices += 1
            notice = notice_of(text, self.rules)
            if notice is not None:
                take(collector, self._second, self._community, notice)
            return
        key = (self._community, head.author, head.shown)
        person = self._people.get(key, -1)
        if person < 0:
            person = self._people[key] = collector.person_of(head.author)
            if shown := clean_name(head.shown):
                collector.alias(self._community, shown, person)
        mark, length = marked(text)
        collector.message(self._second, self._community, person, mark, length)
