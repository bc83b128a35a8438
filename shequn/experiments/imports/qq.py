"""QQ: the text file of the message manager (消息管理器).

Shape: a line ``2023-01-02 12:34:56 NAME(12345)``, then the lines of the message; groups begin with
``消息对象:NAME``. The program itself writes as number 10000. A title before the name, as
【管理员】, is no part of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from shequn.experiments.imports.blocks import Blocks, Header
from shequn.experiments.imports.collector import Collector
from shequn.experiments.imports.dates import CLOCK
from shequn.experiments.imports.notices import CHINESE
from shequn.experiments.imports.sources import Source

_HEADER = re.compile(
    rf"(\d{{4}}[-/]\d{{1,2}}[-/]\d{{1,2}}) ({CLOCK}) (.*)"
    r"(?:\((\d{4,12})\)|<([^<>\s]+@[^<>\s]+)>)\s*"
)
_GROUP = re.compile(r"消息对象[:：](.+)")
_FIRST = "=消"  # first letters of lines that are of no message
_AROUND = re.compile(r"=+|消息分组[:：].*|消息记录（.*）")
_TITLE = re.compile(r"【[^】]{0,20}】")
_PROGRAM = {"10000", "1000000"}


def is_it(head: str, source: Source) -> bool:
    """Whether a text begins as an export of QQ."""
    lines = head.lstrip("\ufeff").split("\n", 60)[:60]
    return source.ending == ".txt" and any(_HEADER.fullmatch(line.rstrip("\r")) for line in lines)


def read(sources: list[Source], collector: Collector, told: Callable[[int], None]) -> None:
    """Take every message of an export.

    Parameters
    ----------
    sources, collector, told
        As for `shequn.experiments.imports.whatsapp.read`.
    """
    blocks = Blocks(collector, _header, CHINESE, _FIRST, _group, _between)
    for source in sources:
        blocks.read(source, told)


def _header(line: str) -> Header | None:
    found = _HEADER.fullmatch(line)
    if found is None:
        return None
    date, clock, name, number, address = found.groups()
    name = _TITLE.sub("", name) if "【" in name else name
    return Header(date, clock, number or address, name, number in _PROGRAM)


def _group(line: str) -> str:
    found = _GROUP.fullmatch(line)
    return found.group(1) if found else ""


def _between(line: str) -> bool:
    return _AROUND.fullmatch(line) is not None
