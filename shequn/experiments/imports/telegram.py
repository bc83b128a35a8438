"""Telegram Desktop: ``result.json``, of one chat or of a whole account.

Of an account only groups and channels are read; chats between two, with bots and with oneself are
counted and left out. Times are those of the computer that exported (``date``); with a time zone the
absolute ones (``date_unixtime``) are taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shequn.experiments.imports import marks
from shequn.experiments.imports.collector import (
    JOINED,
    LEFT,
    NOBODY,
    REMOVED,
    Collector,
    clean_name,
)
from shequn.experiments.imports.dates import SECONDS_PER_DAY
from shequn.experiments.imports.json_stream import JsonStream
from shequn.experiments.imports.sources import Source, encoding_of, text_of

_GROUPS = ("group", "channel")
_KINDS = {
    "sticker": marks.STICKER, "video_file": marks.VIDEO, "video_message": marks.VIDEO,
    "animation": marks.PICTURE, "voice_message": marks.VOICE, "audio_file": marks.VOICE,
}  # fmt: skip
_OTHERS = (
    "poll",
    "location_information",
    "contact_information",
    "game_title",
    "invoice_information",
)
_JOINS = {
    "join_group_by_link", "join_group_by_request", "join_group_via_community", "joined_group",
}  # fmt: skip
_LINKS = {"link", "text_link"}


def is_it(head: str, source: Source) -> bool:
    """Whether a text begins as an export of Telegram."""
    if source.ending != ".json" or not head.lstrip("\ufeff \r\n\t").startswith("{"):
        return False
    account = '"chats"' in head or '"personal_information"' in head
    return account or ('"messages"' in head and '"type"' in head and '"guild"' not in head)


def read(
    sources: list[Source], collector: Collector, told: Callable[[int], None], zone: bool = False
) -> None:
    """Take every message of an export.

    Parameters
    ----------
    sources : list of Source
        Its JSON files.
    collector : Collector
        Takes them.
    told : callable
        Called with the number of bytes that have been read since the last call.
    zone : bool
        Whether absolute times are wanted.
    """
    collector.linked = True
    collector.absolute = zone
    for source in sources:
        stream = JsonStream(text_of(source, encoding_of(source.head()), told), source.place)
        reader = _Reader(collector, source.place)
        about: dict[str, Any] = {}
        for key in stream.keys():
            if key == "chats":
                for inner in stream.keys():
                    if inner == "list":
                        for _ in stream.elements():
                            reader.chat(stream, account=True)
                    else:
                        stream.pass_over()
            elif key == "messages":
                reader.messages(stream, about, account=False)
            elif key in ("type", "id", "name"):
                about[key] = stream.value()
            else:
                stream.pass_over()
        stream.ends()


class _Reader:
    def __init__(self, collector: Collector, place: str) -> None:
        self.collector, self.place = collector, place
        self.number = 0
        self.shown: dict[tuple[int, str], str] = {}

    def chat(self, stream: JsonStream, account: bool) -> None:
        """One of several chats; what it is stands before its messages."""
        about: dict[str, Any] = {}
        for key in stream.keys():
            if key == "messages":
                self.messages(stream, about, account)
            elif key in ("type", "id", "name"):
                about[key] = stream.value()
            else:
                stream.pass_over()

    def messages(self, stream: JsonStream, about: dict[str, Any], account: bool) -> None:
        collector = self.collector
        if account and not str(about.get("type", "")).endswith(_GROUPS):
            collector.private += 1
            stream.pass_over()
            return
        community = collector.community_of(str(about.get("id", about.get("name", self.place))))
        for message in stream.values():
            self.number += 1
            reason = self.take(message, community)
            if reason:
                collector.miss(f"{self.place}, message {self.number:,}", reason)

    def take(self, message: Any, community: int) -> str:
        """Take one; why not, where it cannot be."""
        if not isinstance(message, dict):
            return "no message"
        kind = message.get("type")
        if kind == "unsupported":
            return "a message that Telegram could not export"
        second = self.time(message)
        if second is None:
            return "no date, or an impossible one"
        if kind == "service":
            self.service(message, second, community)
            return ""
        if kind != "message":
            return "neither a message nor a notice"
        author, collector = message.get("from_id"), self.collector
        name = message.get("from")
        if not isinstance(author, str | int) or isinstance(author, bool):
            author = name if isinstance(name, str) else None
        if not author:
            return "no author"
        author = str(author)
        person = collector.person_of(author)
        if isinstance(name, str) and self.shown.get((community, author)) != name:
            self.shown[community, author] = name
            collector.alias(community, clean_name(name), person)
        mark, length = _marked(message)
        number, answers = message.get("id"), message.get("reply_to_message_id")
        collector.message(second, community, person, mark, length, _whole(number), _whole(answers))
        return ""

    def time(self, message: dict[str, Any]) -> int | None:
        """As `Collector.second` has it."""
        if self.collector.absolute:
            text = str(message.get("date_unixtime", ""))
            return int(text) if text.isdecimal() and len(text) < 13 else None
        text = message.get("date")
        if not isinstance(text, str) or len(text) < 19 or text[4] != "-" or text[7] != "-":
            return None
        second = self.collector.dates.clock(text[11:19])
        if second < 0 or not (text[:4] + text[5:7] + text[8:10]).isdecimal():
            return None
        code = self.collector.dates.number(text[:10])
        self.collector.first_seen.setdefault(code, f"{self.place}, message {self.number:,}")
        return code * SECONDS_PER_DAY + second

    def service(self, message: dict[str, Any], second: int, community: int) -> None:
        """A notice: who joined, left, or was taken out."""
        collector, action = self.collector, message.get("action")
        collector.notices += 1
        actor = message.get("actor_id")
        by: Any = collector.person_of(str(actor)) if isinstance(actor, str | int) else NOBODY
        shown = message.get("actor")
        shown = shown if isinstance(shown, str) else ""
        if by != NOBODY and shown:
            collector.alias(community, clean_name(shown), by)
        if action in _JOINS:
            inviter = message.get("inviter")
            known = clean_name(inviter) if isinstance(inviter, str) and inviter != "Group" else ""
            if by != NOBODY:
                collector.event(second, community, by, JOINED, known or NOBODY)
            return
        members = message.get("members")
        for name in members if isinstance(members, list) else ():
            if not isinstance(name, str) or not clean_name(name):
                continue
            own = name == shown
            who: Any = by if own and by != NOBODY else clean_name(name)
            if action in ("invite_members", "create_group"):
                collector.event(second, community, who, JOINED, NOBODY if own else by)
            elif action == "remove_members":
                collector.event(second, community, who, LEFT if own else REMOVED, by)


def _whole(value: Any) -> int:
    """An identifier; -1 where there is none."""
    known = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**62
    return value if known else -1


def _marked(message: dict[str, Any]) -> tuple[int, int]:
    """Kind, marks and length of a message; its text is one or a list of parts."""
    text, mark, length = message.get("text", ""), 0, 0
    for part in text if isinstance(text, list) else (text,):
        if isinstance(part, dict):
            mark |= marks.LINK if part.get("type") in _LINKS else 0
            part = part.get("text", "")
        if isinstance(part, str):
            mark |= marks.marks_of(part)
            length += len(part)
    media = message.get("media_type")
    if isinstance(media, str):
        return mark | _KINDS.get(media, marks.FILE), length
    if "photo" in message:
        return mark | marks.PICTURE, length
    if "file" in message:
        return mark | marks.FILE, length
    return (mark | marks.OTHER if any(name in message for name in _OTHERS) else mark), length
