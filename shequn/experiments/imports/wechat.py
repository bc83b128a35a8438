"""WeChat has no export of its own: the CSV and the text file that tools for it write.

CSV: columns ``Type``, ``IsSender``, ``CreateTime`` or ``StrTime``, ``StrContent``, ``NickName`` and
``Sender`` among others (WeChatMsg/留痕, MemoTrace). Text: a line ``2023-01-02 12:34[:56] NAME``,
then the lines of the message. Neither says which message an answer is to.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from shequn.experiments.imports import marks
from shequn.experiments.imports.blocks import Blocks, Header
from shequn.experiments.imports.collector import Collector, clean_name
from shequn.experiments.imports.dates import CLOCK
from shequn.experiments.imports.notices import CHINESE, notice_of, take
from shequn.experiments.imports.sources import ExportError, Source, encoding_of
from shequn.experiments.imports.tables import Table, local_second

_DATE = r"\d{4}(?:[-/.]\d{1,2}[-/.]\d{1,2}|年\d{1,2}月\d{1,2}日)"
_HEADER = re.compile(rf"[\ufeff]?({_DATE})[ T]({CLOCK})\s+(\S.{{0,63}}?)\s*[:：]?")
_COLUMNS = ("type", "strcontent")
_TIMES = ("strtime", "createtime")
_NAMES = ("sender", "nickname", "remark")
_TEXT, _APP, _NOTICE = 1, 49, (10000, 10002)
_KINDS = {
    3: marks.PICTURE, 34: marks.VOICE, 42: marks.OTHER, 43: marks.VIDEO, 47: marks.STICKER,
    48: marks.OTHER, 50: marks.OTHER, 62: marks.VIDEO,
}  # fmt: skip
_QUOTE, _FILE, _LINKS = 57, 6, (4, 5, 33, 36, 51)  # subtypes of _APP
_PROGRAMS_NAMES = ("系统消息", "系统提示", "微信团队")
_ME = "IsSender"  # who exported, where the table has no name for it


def is_it(head: str, source: Source) -> bool:
    """Whether a text begins as what tools for WeChat write."""
    first, _, rest = head.lstrip("\ufeff").partition("\n")
    if source.ending == ".csv":
        names = {name.strip(' "\r') for name in first.lower().split(",")}
        return names.issuperset(_COLUMNS) and any(name in names for name in _TIMES)
    lines = (first, *rest.split("\n", 60)[:60])
    return source.ending == ".txt" and any(_HEADER.fullmatch(line.rstrip("\r")) for line in lines)


def read(
    sources: list[Source], collector: Collector, told: Callable[[int], None], zone: bool = False
) -> None:
    """Take every message of an export.

    Parameters
    ----------
    sources, collector, told
        As for `shequn.experiments.imports.whatsapp.read`.
    zone : bool
        Whether absolute times are wanted (CSV alone has them).
    """
    blocks = Blocks(collector, _header, CHINESE)
    tables = [source for source in sources if source.ending == ".csv"]
    if tables and len(tables) < len(sources):
        raise ExportError("the export: tables and texts together; import one kind at a time")
    for source in sources:
        if source.ending == ".csv":
            _read_csv(source, collector, told, zone)
        else:
            blocks.read(source, told)


def _header(line: str) -> Header | None:
    found = _HEADER.fullmatch(line)
    if found is None:
        return None
    date, clock, name = found.groups()
    return Header(date, clock, clean_name(name), name, name in _PROGRAMS_NAMES)


def _read_csv(
    source: Source, collector: Collector, told: Callable[[int], None], zone: bool
) -> None:
    table = Table(source, encoding_of(source.head(), chinese=True), told)
    columns = table.columns
    times = [name for name in _TIMES if name in columns]
    names = [name for name in _NAMES if name in columns]
    if not names or not times or not columns.keys() >= set(_COLUMNS):
        raise ExportError(
            f"{source.place}: line 1 lacks columns of a WeChat table: Type, StrContent, StrTime or "
            "CreateTime, and Sender, NickName or Remark"
        )
    absolute = "createtime" in columns and (zone or "strtime" not in columns)
    if len(collector) and collector.absolute != absolute:
        raise ExportError(f"{source.place}: its times are of another kind than those before")
    collector.absolute = absolute
    time_at = columns["createtime" if absolute else "strtime"]
    type_at, text_at = columns["type"], columns["strcontent"]
    subtype_at, own_at, room_at = map(columns.get, ("subtype", "issender", "talkerid"))
    name_at = [columns[name] for name in names]
    people: dict[tuple[str, ...], int] = {}
    communities: dict[str, int] = {}
    for cells in table.rows(collector):
        kind, time = cells[type_at], cells[time_at]
        if not kind.lstrip("-").isdecimal() or len(kind) > 12:
            collector.miss(table.here(), "no type of message")
            continue
        if not absolute:
            second = local_second(time, collector, table)
        else:
            second = int(time) if time.isdecimal() and len(time) < 12 else "no time"
        if isinstance(second, str):
            collector.miss(table.here(), second)
            continue
        room = cells[room_at] if room_at is not None else ""
        community = communities.get(room, -1)
        if community < 0:
            community = communities[room] = collector.community_of(f"{source.stem} {room}".strip())
        if int(kind) in _NOTICE:
            collector.notices += 1
            notice = notice_of(cells[text_at], CHINESE)
            if notice is not None:
                take(collector, second, community, notice)
            continue
        shown = tuple(cells[at] for at in name_at)
        person = people.get(shown)
        if person is None:
            own = own_at is not None and cells[own_at] == "1"
            person = people[shown] = _author(collector, community, shown, own)
        if person < 0:
            collector.miss(table.here(), "no author")
            continue
        subtype = cells[subtype_at] if subtype_at is not None else "0"
        mark, length = _marked(int(kind), subtype, cells[text_at])
        collector.message(second, community, person, mark, length)


def _author(collector: Collector, community: int, shown: tuple[str, ...], own: bool) -> int:
    """The person of a row: the identifier where there is one, else a name; -1: nobody."""
    names = [name for name in map(clean_name, shown) if name]
    if not names and not own:
        return -1
    person = collector.person_of(names[0] if names else _ME)
    for name in dict.fromkeys(names[1:]):
        collector.alias(community, name, person)
    return person


def _marked(kind: int, subtype: str, text: str) -> tuple[int, int]:
    """Marks and length: what is no text holds XML, or words of the program."""
    if kind == _TEXT:
        return marks.marked(text)
    if kind != _APP:
        return _KINDS.get(kind, marks.OTHER), 0
    number = int(subtype) if subtype.isdecimal() and len(subtype) < 9 else 0
    if number == _QUOTE:
        return marks.marked(text) if not text.lstrip().startswith("<") else (marks.TEXT, 0)
    if number == _FILE:
        return marks.FILE, 0
    return marks.OTHER | (marks.LINK if number in _LINKS else 0), 0
