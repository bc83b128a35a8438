"""Tables in CSV: a reader that streams, and the table of one's own making (``--kind csv``)."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import datetime

from shequn.experiments.imports import marks
from shequn.experiments.imports.collector import Collector, clean_name
from shequn.experiments.imports.dates import SECONDS_PER_DAY, split_time
from shequn.experiments.imports.sources import (
    ExportError,
    Source,
    csv_lines,
    encoding_of,
    text_of,
)

NEEDED = ("time", "author")
KNOWN = (*NEEDED, "group", "id", "reply_to", "text", "length", "kind")
_CELL = 2_000_000  # characters of a cell at most (assumed)
_MILLISECONDS = 10**11  # seconds since 1970 from which a number counts milliseconds
_LONGEST_MESSAGE = 10**7


class Table:
    """A table in CSV, read as a stream.

    Parameters
    ----------
    source : Source
        The file.
    encoding : str
        Of it.
    told : callable
        Called with the number of bytes that have been read since the last call.

    Attributes
    ----------
    columns : dict
        The place of each column, by its name in small letters.
    """

    def __init__(self, source: Source, encoding: str, told: Callable[[int], None]) -> None:
        csv.field_size_limit(_CELL)
        self.place = source.place
        self._lines = csv_lines(text_of(source, encoding, told))
        first = next(self._lines, "")
        self._reader = csv.reader(self._lines, delimiter=_delimiter(first))
        head = next(csv.reader([first], delimiter=_delimiter(first)), [])
        names = [name.strip(" \ufeff").lower() for name in head]
        self.columns = {name: place for place, name in enumerate(names) if name}
        self.width = len(head)

    def rows(self, collector: Collector) -> Iterator[list[str]]:
        """Each row that has as many cells as the first line; `here` tells where it is.

        Parameters
        ----------
        collector : Collector
            Is told of the others.
        """
        reader, width = self._reader, self.width
        while True:
            try:
                for cells in reader:
                    if len(cells) == width:
                        yield cells
                    elif cells:
                        collector.miss(self.here(), f"{len(cells):,} cells instead of {width:,}")
                return
            except csv.Error:
                collector.miss(self.here(), "a cell that is too large, or no cell")

    def here(self) -> str:
        """Where the row at hand ends."""
        return f"{self.place}, line {self._reader.line_num + 1:,}"


def _delimiter(line: str) -> str:
    """What stands most often between the names of the columns."""
    return max(",;\t", key=line.count)


def is_it(head: str, source: Source) -> bool:
    """Whether a text begins as a table with the columns that are needed."""
    if source.ending != ".csv":
        return False
    first = head.lstrip("\ufeff").partition("\n")[0].strip().lower()
    names = [name.strip(' "') for name in first.split(_delimiter(first))]
    return all(name in names for name in NEEDED)


def read(sources: list[Source], collector: Collector, told: Callable[[int], None]) -> None:
    """Take every row of a table.

    Parameters
    ----------
    sources, collector, told
        As for `shequn.experiments.imports.whatsapp.read`.

    Raises
    ------
    ExportError
        If a column is missing, or two say the same.
    """
    tables = [Table(source, encoding_of(source.head(), chinese=True), told) for source in sources]
    for table in tables:
        _check(table)
    collector.linked = all("id" in table.columns for table in tables)
    collector.dates.in_order = False
    clock = _Clock(collector)
    for table, source in zip(tables, sources, strict=True):
        _read_one(table, source, collector, clock)


def _check(table: Table) -> None:
    columns = table.columns
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise ExportError(
            f"{table.place}: line 1 has no column {' and no column '.join(missing)}; a table "
            f"needs time and author, and may have {', '.join(KNOWN[2:])}"
        )
    if "reply_to" in columns and "id" not in columns:
        raise ExportError(f"{table.place}: line 1 has a column reply_to, and none called id")


def _read_one(table: Table, source: Source, collector: Collector, clock: _Clock) -> None:
    at = table.columns.get
    time_at, author_at = table.columns["time"], table.columns["author"]
    group_at, text_at, length_at, kind_at = at("group"), at("text"), at("length"), at("kind")
    id_at, reply_at = at("id"), at("reply_to")
    whole = source.stem
    people: dict[str, int] = {}
    for cells in table.rows(collector):
        person = people.get(cells[author_at], -1)
        if person < 0:
            author = clean_name(cells[author_at])
            if not author:
                collector.miss(table.here(), "no author, or one that is too long")
                continue
            person = people[cells[author_at]] = collector.person_of(author)
        second = clock.second(cells[time_at].strip(), table)
        if isinstance(second, str):
            collector.miss(table.here(), second)
            continue
        group = cells[group_at].strip() if group_at is not None else ""
        community = collector.community_of(group or whole)
        mark, length = marks.marked(cells[text_at]) if text_at is not None else (0, 0)
        if length_at is not None and cells[length_at].strip():
            length = _length(cells[length_at])
            if length < 0:
                collector.miss(table.here(), "a length that is no whole number")
                continue
        if kind_at is not None and (word := cells[kind_at].strip().lower()):
            kind = marks.KINDS.index(word) if word in marks.KINDS else marks.OTHER
            mark = (mark & ~marks.KIND) | kind
        number = _number(cells[id_at]) if id_at is not None else -1
        answers = _number(cells[reply_at]) if reply_at is not None else -1
        collector.message(second, community, person, mark, length, number, answers)


def _number(identifier: str) -> int:
    """A number for an identifier of a message, of this run only; -1: there is none."""
    return hash(identifier) & (2**62 - 1) if identifier else -1


def _length(text: str) -> int:
    text = text.strip()
    length = int(text) if text.isdecimal() and len(text) < 9 else -1
    return length if length <= _LONGEST_MESSAGE else -1


class _Clock:
    """Times of a table: all absolute, or all on the clock of the place."""

    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self.known = False

    def second(self, text: str, table: Table) -> int | str:
        """As `Collector.second` has it; why not, where it cannot be."""
        if not self.known:
            self.known, self.collector.absolute = True, _absolute(text) is not None
        if self.collector.absolute:
            absolute = _absolute(text)
            return "a time of another kind than the first" if absolute is None else absolute
        second = local_second(text, self.collector, table)
        if isinstance(second, str) and _absolute(text) is not None:
            return "a time of another kind than the first"
        return second


def local_second(text: str, collector: Collector, table: Table) -> int | str:
    """A date and a time of day as `Collector.second` has it; why not, where it cannot be."""
    dates = collector.dates
    date, clock = text[:10], text[11:]
    if not (len(text) == 19 and text[10] in " T" and dates.has(date)):
        parts = split_time(text)
        if parts is None:
            return "no time that can be read"
        date, clock = parts
    second = dates.clock(clock)
    if second < 0:
        return "an impossible time of day"
    known = dates.has(date)
    code = dates.number(date)
    if not known:
        collector.first_seen[code] = table.here()
    return code * SECONDS_PER_DAY + second


def _absolute(text: str) -> int | None:
    """Seconds since 1970 of a number or of a time in ISO 8601 with a zone; None for any other."""
    if text[:1].isdecimal() and text.replace(".", "", 1).isdecimal() and len(text) < 21:
        if len(text.partition(".")[0]) < 9:
            return None
        value = float(text)
        return int(value / 1000.0 if value >= _MILLISECONDS else value)
    if len(text) > 19 and (text[-1] in "Zz" or "+" in text[19:] or "-" in text[19:]):
        try:
            return int(datetime.fromisoformat(text).timestamp())
        except (ValueError, OverflowError):
            return None
    return None
