"""Lines that a program writes itself: who came, who left, who was taken out, in several languages.

Only these are told apart; any other notice (a new subject, encryption) is counted and no more.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from shequn.experiments.imports.collector import (
    JOINED,
    LEFT,
    NOBODY,
    REMOVED,
    Collector,
    clean_name,
)

# Whom a program calls "you": the person who exported, whose name in the same export is not told.
YOU = frozenset(
    ("you", "du", "sie", "vous", "tu", "tú", "usted", "você", "voce", "hai", "je", "jij", "вы",
     "sen", "anda", "kamu", "你", "您", "あなた", "나", "आप")
)  # fmt: skip
_AND = re.compile(r", | and | und | et | y | e | en | и | dan |、|，")
_QUOTES = "\"'“”„«»「」"

_WHATSAPP = (
    # English
    (JOINED, r"(?P<by>.+?) added (?P<who>.+)"),
    (JOINED, r"(?P<who>.+?) (?:was|were) added"),
    (JOINED, r"(?P<who>.+?) joined(?: using| via| from|\b).*"),
    (LEFT, r"(?P<who>.+?) left(?: the group)?"),
    (REMOVED, r"(?P<by>.+?) removed (?P<who>.+)"),
    (REMOVED, r"(?P<who>.+?) was removed"),
    # German
    (JOINED, r"(?P<by>.+?) (?:hat|hast|haben) (?P<who>.+) hinzugefügt"),
    (JOINED, r"(?P<who>.+?) wurden? hinzugefügt"),
    (JOINED, r"(?P<who>.+?) (?:ist|bist|sind) .*beigetreten"),
    (LEFT, r"(?P<who>.+?) (?:hat|hast|haben) die Gruppe verlassen"),
    (REMOVED, r"(?P<by>.+?) (?:hat|hast|haben) (?P<who>.+) entfernt"),
    # French
    (JOINED, r"(?P<by>.+?) (?:a|avez) ajouté (?P<who>.+)"),
    (JOINED, r"(?P<who>.+?) (?:a|avez) rejoint .*"),
    (LEFT, r"(?P<who>.+?) (?:est parti(?:e|\(e\))?|a quitté(?: le groupe)?)"),
    (REMOVED, r"(?P<by>.+?) (?:a|avez) (?:retiré|supprimé|exclu) (?P<who>.+)"),
    # Spanish
    (JOINED, r"(?P<by>.+?) (?:añadió|agregó) a (?P<who>.+)"),
    (JOINED, r"(?P<who>.+?) se (?:ha unido|unió) .*"),
    (LEFT, r"(?P<who>.+?) (?:salió|ha salido)(?: del grupo)?"),
    (REMOVED, r"(?P<by>.+?) (?:eliminó|sacó) a (?P<who>.+)"),
    # Portuguese
    (JOINED, r"(?P<by>.+?) adicionou (?P<who>.+)"),
    (JOINED, r"(?P<who>.+?) entrou usando .*"),
    (LEFT, r"(?P<who>.+?) saiu(?: do grupo)?"),
    (REMOVED, r"(?P<by>.+?) removeu (?P<who>.+)"),
    # Italian
    (JOINED, r"(?P<by>.+?) ha aggiunto (?P<who>.+)"),
    (JOINED, r"(?P<who>.+?) (?:si è unit[oa]|è entrat[oa]) .*"),
    (LEFT, r"(?P<who>.+?) (?:ha abbandonato|è uscit[oa])(?: dal gruppo| il gruppo)?"),
    (REMOVED, r"(?P<by>.+?) ha rimosso (?P<who>.+)"),
    # Dutch
    (JOINED, r"(?P<by>.+?) heeft (?P<who>.+) toegevoegd"),
    (LEFT, r"(?P<who>.+?) heeft de groep verlaten"),
    (REMOVED, r"(?P<by>.+?) heeft (?P<who>.+) verwijderd"),
    # Russian
    (JOINED, r"(?P<by>.+?) добавила?(?:\(-а\))? (?P<who>.+)"),
    (JOINED, r"(?P<who>.+?) (?:вступила?(?:\(-а\))?|присоединил(?:ся|ась)(?:\(-ась\))?) .*"),
    (
        LEFT,
        r"(?P<who>.+?) (?:вышел(?:\(-шла\))?|вышла|покинула?(?:\(-а\))?)(?: из группы| группу)?",
    ),
    (REMOVED, r"(?P<by>.+?) удалила?(?:\(-а\))? (?P<who>.+)"),
    # Indonesian
    (JOINED, r"(?P<by>.+?) menambahkan (?P<who>.+)"),
    (JOINED, r"(?P<who>.+?) bergabung .*"),
    (LEFT, r"(?P<who>.+?) keluar"),
    (REMOVED, r"(?P<by>.+?) mengeluarkan (?P<who>.+)"),
    # Chinese
    (JOINED, r"(?P<by>.+?) ?(?:添加了|已添加|新增了|已新增) ?(?P<who>.+)"),
    (JOINED, r"(?P<who>.+?) ?(?:使用|通过|透過|經由).*(?:加入|加入了).*"),
    (LEFT, r"(?P<who>.+?) ?(?:退出了|已退出|離開了|离开了|已離開)(?:群组|群組|群聊)?"),
    (REMOVED, r"(?P<by>.+?) ?(?:移除了|已移除|删除了|已刪除) ?(?P<who>.+)"),
)
_CHINESE = (
    (JOINED, r"(?P<by>.+?)邀请(?P<who>.+?)加入了?群聊.*"),
    (JOINED, r"(?P<who>.+?)通过扫描(?P<by>.+?)分享的二维码加入了?群聊.*"),
    (JOINED, r"(?P<who>.+?)通过.*加入了?群聊.*"),
    (JOINED, r"(?P<who>.+?) ?(?:已?加入了?(?:本群|群聊|该群)|进入本群).*"),
    (REMOVED, r"(?P<by>.+?)将(?P<who>.+?)移出了?(?:群聊|本群).*"),
    (REMOVED, r"(?P<who>.+?) ?被.*(?:移出|请出|踢出)了?(?:群聊|本群|该群).*"),
    (LEFT, r"(?P<who>.+?) ?(?:已?退出了?|离开了?)(?:群聊|本群|该群).*"),
)
# Beginnings of a notice with a colon in it, which would read as the name of somebody who wrote.
NO_NAME = re.compile(
    r"[\"“”„«]| changed | created | joined | added | pinned | turned | hat den | hat die | hat das "
    r"| a changé | a modifié | cambió | mudou | alterou | ha cambiato | изменил| mengubah "
    r"|更改了|变更了|創建了|创建了|建立了"
)


class Notice(NamedTuple):
    """What a line says: one of the events, whom it is about and by whom, as shown."""

    what: int
    who: list[str]
    by: str


def _compiled(rules: tuple[tuple[int, str], ...]) -> list[tuple[int, re.Pattern[str]]]:
    return [(what, re.compile(pattern + r"[.。！!]?")) for what, pattern in rules]


WHATSAPP = _compiled(_WHATSAPP)
CHINESE = _compiled(_CHINESE)


def notice_of(text: str, rules: list[tuple[int, re.Pattern[str]]]) -> Notice | None:
    """What a program's own line says; None for any other notice.

    Parameters
    ----------
    text : str
        The line, without time.
    rules : list
        `WHATSAPP` or `CHINESE`.
    """
    line = clean_name(text.replace("\u200e", "").replace("\u2068", "").replace("\u2069", ""))
    if not line:
        return None
    for what, pattern in rules:
        found = pattern.fullmatch(line)
        if found is None:
            continue
        names = found.groupdict()
        return Notice(what, [_name(part) for part in _AND.split(names["who"])],
                      _name(names.get("by") or ""))  # fmt: skip
    return None


def take(collector: Collector, second: int, community: int, notice: Notice) -> None:
    """Note an event for each person that a notice speaks of; ``you`` is nobody who is known."""
    by = notice.by if notice.by and notice.by.lower() not in YOU else NOBODY
    for name in notice.who:
        if name and name.lower() not in YOU:
            collector.event(second, community, name, notice.what, by)


def _name(text: str) -> str:
    return clean_name(text.strip(_QUOTES + " ")).strip(_QUOTES)
