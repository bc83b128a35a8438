"""The formats that are read, and which of them an export is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from shequn.experiments.imports import discord, qq, slack, tables, telegram, wechat, whatsapp
from shequn.experiments.imports.collector import Collector
from shequn.experiments.imports.sources import ExportError, Source, encoding_of

Told = Callable[[int], None]


class Kind(NamedTuple):
    """A format.

    Attributes
    ----------
    is_it : callable
        Whether a file is of it, by its beginning.
    read : callable
        Gives everything in some files to a collector.
    endings : tuple of str
        Of its files.
    zoned : bool
        Whether it has local and absolute times, so that ``read`` is told which are wanted.
    """

    is_it: Callable[[str, Source], bool]
    read: Callable[..., None]
    endings: tuple[str, ...]
    zoned: bool = False


KINDS = {
    "wechat": Kind(wechat.is_it, wechat.read, (".csv", ".txt"), True),
    "whatsapp": Kind(whatsapp.is_it, whatsapp.read, (".txt",)),
    "telegram": Kind(telegram.is_it, telegram.read, (".json",), True),
    "discord": Kind(discord.is_it, discord.read, (".json", ".csv")),
    "slack": Kind(slack.is_it, slack.read, (".json",)),
    "qq": Kind(qq.is_it, qq.read, (".txt",)),
    "csv": Kind(tables.is_it, tables.read, (".csv",)),
}
_TRIED = ("slack", "discord", "telegram", "qq", "whatsapp", "wechat", "csv")  # the strictest first
# Beginnings of files that are something else, and what to do then.
_FOREIGN = (
    (b"SQLite format 3", "an SQLite database; export a table (CSV) or a text from it first"),
    (b"%PDF", "a PDF; export a text, JSON or CSV instead"),
    (b"\x1f\x8b", "a gzip file; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"),
)
_PAGES = (
    ("mime-version:", "a page in MHT form, as QQ exports it; export it as text (.txt) instead"),
    ("<!doctype html", "a web page; export JSON (Telegram, Discord) or CSV instead"),
    ("<html", "a web page; export JSON (Telegram, Discord) or CSV instead"),
)


def of_kind(sources: Sequence[Source], kind: str | None) -> tuple[str, list[Source]]:
    """The format of an export, and its files of this format.

    Parameters
    ----------
    sources : sequence of Source
        All its files.
    kind : str, optional
        What the user says that it is; found out when None.

    Returns
    -------
    tuple
        The name of the format, and the files; the others are left alone.

    Raises
    ------
    ExportError
        If it is none that is known.
    """
    heads = [_text(source) for source in sources]
    if kind is None:
        told = [_told(head, source) for head, source in zip(heads, sources, strict=True)]
        sizes: Counter[str] = Counter()
        for name, source in zip(told, sources, strict=True):
            if name is not None:
                sizes[name] += source.size
        if not sizes:
            raise ExportError(
                "the export: is of no kind that is known; if you know it, say it with --kind "
                f"{', '.join(KINDS)} (docs/import.md shows what each looks like)"
            )
        kind = sizes.most_common(1)[0][0]
        return kind, [source for name, source in zip(told, sources, strict=True) if name == kind]
    known = KINDS[kind]
    fitting = [
        source for head, source in zip(heads, sources, strict=True) if known.is_it(head, source)
    ]
    ending = [source for source in sources if source.ending in known.endings]
    return kind, fitting or ending or list(sources)


def read(
    kind: str, sources: list[Source], collector: Collector, told: Told, zone: str | None
) -> None:
    """Take everything in some files.

    Parameters
    ----------
    kind : str
        Of `KINDS`.
    sources, collector, told
        As for `shequn.experiments.imports.whatsapp.read`.
    zone : str, optional
        A time zone that is wanted.
    """
    if KINDS[kind].zoned:
        KINDS[kind].read(sources, collector, told, zone is not None)
    else:
        KINDS[kind].read(sources, collector, told)


def _told(head: str, source: Source) -> str | None:
    return next((name for name in _TRIED if KINDS[name].is_it(head, source)), None)


def _text(source: Source) -> str:
    """The beginning of a file as text.

    Raises
    ------
    ExportError
        If it is something else.
    """
    head = source.head()
    for start, words in _FOREIGN:
        if head.startswith(start):
            raise ExportError(f"{source.place}: is {words}")
    encoding = encoding_of(head, chinese=True)
    if encoding != "utf-16" and b"\0" in head:
        raise ExportError(f"{source.place}: is no text (it holds NUL bytes)")
    text = head.decode(encoding, errors="ignore")
    start = text.lstrip("\ufeff \r\n\t")[:2000].lower()
    for begin, words in _PAGES:
        if start.startswith(begin) or (begin.endswith(":") and f"\n{begin}" in start):
            raise ExportError(f"{source.place}: is {words}")
    return text
