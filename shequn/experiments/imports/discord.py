"""Discord: what DiscordChatExporter writes, as JSON or as CSV; a file for each channel.

The JSON says what a message answers and who joined. The CSV does not, and has no identifiers of
messages. Times are absolute.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from shequn.experiments.imports import marks
from shequn.experiments.imports.collector import JOINED, LEFT, REMOVED, Collector
from shequn.experiments.imports.json_stream import JsonStream
from shequn.experiments.imports.sources import ExportError, Source, encoding_of, text_of
from shequn.experiments.imports.tables import Table

HEAD = ["authorid", "author", "date", "content", "attachments", "reactions"]


def is_it(head: str, source: Source) -> bool:
    """Whether a text begins as an export of Discord."""
    if source.ending == ".csv":
        first = head.lstrip("\ufeff").partition("\n")[0].lower().replace('"', "")
        return first.split(",")[:4] == HEAD[:4]
    return source.ending == ".json" and '"guild"' in head and '"channel"' in head


def read(sources: list[Source], collector: Collector, told: Callable[[int], None]) -> None:
    """Take every message of an export; each file is a group of its own.

    Parameters
    ----------
    sources, collector, told
        As for `shequn.experiments.imports.whatsapp.read`.
    """
    collector.linked = all(source.ending == ".json" for source in sources)
    collector.absolute = True
    for source in sources:
        if source.ending == ".json":
            _read_json(source, collector, told)
        else:
            _read_csv(source, collector, told)


def _read_json(source: Source, collector: Collector, told: Callable[[int], None]) -> None:
    stream = JsonStream(text_of(source, encoding_of(source.head()), told), source.place)
    channel: Any = source.stem
    number = 0
    for key in stream.keys():
        if key == "channel":
            about = stream.value()
            channel = about.get("id", channel) if isinstance(about, dict) else channel
        elif key == "messages":
            community = collector.community_of(str(channel))
            for message in stream.values():
                number += 1
                reason = _take(message, community, collector)
                if reason:
                    collector.miss(f"{source.place}, message {number:,}", reason)
        else:
            stream.pass_over()
    stream.ends()


def _take(message: Any, community: int, collector: Collector) -> str:
    """Take one; why not, where it cannot be."""
    author = message.get("author") if isinstance(message, dict) else None
    if not isinstance(author, dict) or not author.get("id"):
        return "no author"
    second = second_of(message.get("timestamp"))
    if second is None:
        return "no time, or an impossible one"
    if author.get("isBot") is True:
        collector.programs += 1
        return ""
    person = collector.person_of(str(author["id"]))
    kind = message.get("type")
    if kind not in ("Default", "Reply"):
        collector.notices += 1
        _notice(message, kind, second, community, person, collector)
        return ""
    text = message.get("content")
    text = text if isinstance(text, str) else ""
    mark, files = marks.marks_of(text), message.get("attachments")
    if isinstance(files, list) and files and isinstance(files[0], dict):
        mark |= marks.kind_of_file(str(files[0].get("fileName", "")))
    elif message.get("stickers"):
        mark |= marks.STICKER
    reference = message.get("reference")
    answers = reference.get("messageId") if isinstance(reference, dict) else None
    answers = answers if kind == "Reply" else None
    number = _snowflake(message.get("id"))
    collector.message(second, community, person, mark, len(text), number, _snowflake(answers))
    return ""


def _notice(
    message: dict[str, Any], kind: Any, second: int, community: int, person: int,
    collector: Collector,
) -> None:  # fmt: skip
    """Who joined or left; of a group of direct messages also by whom."""
    if kind == "GuildMemberJoin":
        collector.event(second, community, person, JOINED)
    if kind in ("RecipientAdd", "RecipientRemove"):
        mentions = message.get("mentions")
        for other in mentions if isinstance(mentions, list) else ():
            if isinstance(other, dict) and other.get("id"):
                who = collector.person_of(str(other["id"]))
                left = LEFT if who == person else REMOVED
                what = JOINED if kind == "RecipientAdd" else left
                collector.event(second, community, who, what, person)


def second_of(text: Any) -> int | None:
    """Seconds since 1970 of a time in ISO 8601; one without a zone is taken for UTC."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


def _snowflake(value: Any) -> int:
    """An identifier; -1 where there is none."""
    text = str(value) if isinstance(value, str | int) else ""
    return int(text) if text.isdecimal() and len(text) < 19 else -1


def _read_csv(source: Source, collector: Collector, told: Callable[[int], None]) -> None:
    community = collector.community_of(source.stem)
    table = Table(source, encoding_of(source.head()), told)
    if not set(HEAD[:4]) <= table.columns.keys():
        raise ExportError(f"{source.place}: line 1 lacks columns of DiscordChatExporter")
    author_at, date_at, text_at = (table.columns[name] for name in (HEAD[0], HEAD[2], HEAD[3]))
    files_at = table.columns.get(HEAD[4])
    for cells in table.rows(collector):
        author, second = cells[author_at], second_of(cells[date_at])
        if not author:
            collector.miss(table.here(), "no author")
        elif second is None:
            collector.miss(table.here(), "no time, or an impossible one")
        else:
            text = cells[text_at]
            mark = marks.marks_of(text)
            if files_at is not None and cells[files_at]:
                first = cells[files_at].partition(",")[0].partition("?")[0]
                mark |= marks.kind_of_file(first)
            collector.message(second, community, collector.person_of(author), mark, len(text))
