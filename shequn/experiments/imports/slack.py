"""Slack: the folder or zip of a workspace's export, a JSON file for each channel and day.

Times are absolute. A reply names its thread (``thread_ts``). Messages by programs and
chats of a few people are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from shequn.experiments.imports import marks
from shequn.experiments.imports.collector import JOINED, LEFT, NOBODY, Collector
from shequn.experiments.imports.json_stream import JsonStream
from shequn.experiments.imports.sources import Source, encoding_of, text_of

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}.*")
_JOINS = {"channel_join": JOINED, "group_join": JOINED, "channel_leave": LEFT, "group_leave": LEFT}
_PRIVATE = re.compile(r"D[A-Z0-9]{7,}|mpdm-.*")  # folders of direct messages
# A message with another subtype is a notice.
_PEOPLE = {"file_share", "me_message", "thread_broadcast", "file_comment"}
_PROGRAMS = {"bot_message", "bot_add", "bot_remove"}
_MICROSECONDS = 1_000_000


def is_it(head: str, source: Source) -> bool:
    """Whether a file is a day of a channel."""
    day = source.ending == ".json" and _DAY.fullmatch(source.stem) is not None
    return day and head.lstrip("\ufeff \r\n\t").startswith("[")


def read(sources: list[Source], collector: Collector, told: Callable[[int], None]) -> None:
    """Take every message of an export; each channel is a group of its own.

    Parameters
    ----------
    sources, collector, told
        As for `shequn.experiments.imports.whatsapp.read`.
    """
    collector.linked = True
    collector.absolute = True
    private: set[str] = set()
    for source in sources:
        if _PRIVATE.fullmatch(PurePosixPath(source.path).parent.name):
            private.add(PurePosixPath(source.path).parent.name)
            continue
        community = collector.community_of(PurePosixPath(source.path).parent.name or "channel")
        stream = JsonStream(text_of(source, encoding_of(source.head()), told), source.place)
        for number, message in enumerate(stream.values(), start=1):
            reason = _take(message, community, collector)
            if reason:
                collector.miss(f"{source.place}, message {number:,}", reason)
        stream.ends()
    collector.private = len(private)


def _take(message: Any, community: int, collector: Collector) -> str:
    """Take one; why not, where it cannot be."""
    if not isinstance(message, dict) or message.get("type") != "message":
        return "no message"
    number = _microseconds(message.get("ts"))
    if number < 0:
        return "no time, or an impossible one"
    second, subtype = number // _MICROSECONDS, message.get("subtype")
    if message.get("bot_id") or subtype in _PROGRAMS:
        collector.programs += 1
        return ""
    user = message.get("user")
    if not isinstance(user, str) or not user:
        return "no author"
    person = collector.person_of(user)
    if subtype is not None and subtype not in _PEOPLE:
        collector.notices += 1
        if subtype in _JOINS:
            inviter = message.get("inviter")
            by = collector.person_of(inviter) if isinstance(inviter, str) and inviter else NOBODY
            collector.event(second, community, person, _JOINS[subtype], by)
        return ""
    text, files = message.get("text"), message.get("files")
    text = text if isinstance(text, str) else ""
    mark = marks.marks_of(text)
    if isinstance(files, list) and files and isinstance(files[0], dict):
        kind = str(files[0].get("filetype") or files[0].get("name") or "")
        mark |= marks.kind_of_file(kind)
    thread = _microseconds(message.get("thread_ts"))
    collector.message(
        second, community, person, mark, len(text), number, -1 if thread == number else thread
    )
    return ""


def _microseconds(text: Any) -> int:
    """A time as Slack writes it, ``1700000000.000100``, which identifies a message; else -1."""
    whole, _, part = text.partition(".") if isinstance(text, str) else ("", "", "")
    if not (whole.isdecimal() and len(whole) < 13 and (part.isdecimal() or not part)):
        return -1
    return int(whole) * _MICROSECONDS + int(part[:6].ljust(6, "0"))
