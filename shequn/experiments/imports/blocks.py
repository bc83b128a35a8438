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
        self._community = -1
        self._people: dict[tuple[int, str, str], int] = {}

    def read(self, source: Source, told: Callable[[int], None]) -> None:
        """Take every message of a file, which is a group unless it names others."""
        collector, header, marks, number = self.collector, self.header, self.marks, 0
        dates, first_seen = collector.dates, collector.first_seen
        dates.begin_file()
        self._community = -1
        head: Header | None = None
        text: list[str] = []
        last_date, midnight, second = "", 0, 0
        for batch in lines_of(source, encoding_of(source.head(), chinese=True), told):
            for line in batch:
                number += 1
                if line is None:
                    place = f"{source.place}, line {number:,}"
                    collector.miss(place, "a line longer than any message")
                    continue
                first = line[:1]
                begins = header(line) if first.isdecimal() or number == 1 else None
                if begins is not None:
                    if head is not None:
                        self._take(head, second, text, source)
                    head, text = begins, []
                    if head[0] != last_date:
                        last_date = head[0]
                        code = dates.number(last_date)
                        first_seen.setdefault(code, f"{source.place}, line {number:,}")
                        midnight = code * SECONDS_PER_DAY
                    second = dates.clock(head[1])
                    if second < 0:
                        place = f"{source.place}, line {number:,}"
                        collector.miss(place, "an impossible time of day")
                        head = None
                    second += midnight
                elif first and first in marks and (name := self.group(line)):
                    if head is not None:
                        self._take(head, second, text, source)
                        head = None
                    self._community = collector.community_of(name)
                elif head is not None:
                    text.append(line)
                elif line.strip(" \ufeff") and not self._is_between(line):
                    place = f"{source.place}, line {number:,}"
                    collector.miss(place, "words that belong to nobody")
        if head is not None:
            self._take(head, second, text, source)

    def _is_between(self, line: str) -> bool:
        return line[:1] in self.marks and self.between(line)

    def _take(self, head: Header, second: int, lines: list[str], source: Source) -> None:
        """Take the message that has been read."""
        collector = self.collector
        while lines and (not (last := lines[-1]) or last.isspace() or self._is_between(last)):
            lines.pop()
        text = lines[0] if len(lines) == 1 else "\n".join(lines)
        if self._community < 0:
            self._community = collector.community_of(source.stem)
        _, _, author, shown, program = head
        if program:
            collector.notices += 1
            notice = notice_of(text, self.rules)
            if notice is not None:
                take(collector, second, self._community, notice)
            return
        key = (self._community, author, shown)
        person = self._people.get(key, -1)
        if person < 0:
            person = self._people[key] = collector.person_of(author)
            if name := clean_name(shown):
                collector.alias(self._community, name, person)
        mark, length = marked(text)
        collector.message(second, self._community, person, mark, length)
