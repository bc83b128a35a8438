"""Made-up exports in the shape of each program, and how a test imports them.

No chat was ever held in these words. Names and texts are of no language, so that none of them can
be found in what is written or printed by chance.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from shequn.experiments.imports.importing import Imported, import_export

ANDROID = """\
12/01/24, 23:58 - Messages and calls are end-to-end encrypted. Tap to learn more.
12/01/24, 23:58 - Zorblat created group "Quimfrey"
12/01/24, 23:59 - Zorblat added Wexolin
12/01/24, 23:59 - Zorblat: Grelm fontis?
vordak two
13/01/24, 00:01 - Wexolin: https://frell.example/grint?q=1 snazzle
13/01/24, 00:02 - Wexolin: <Media omitted>
13/01/24, 00:03 - +49 170 5550199: IMG-20240113-WA0001.jpg (file attached)
plonker caption
13/01/24, 00:04 - Dramwit joined using this group's invite link
13/01/24, 09:00 - Zorblat removed Dramwit
13/01/24, 10:00 - Wexolin left
"""
IOS = """\
\ufeff[31.12.23, 23:59:58] Quimfrey: \u200eNachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt.
[31.12.23, 23:59:59] Zorblat: \u200eZorblat hat Wexolin hinzugefügt
[01.01.24, 00:00:01] ~\u202fWexolin: Grelm fontis
\u200e[01.01.24, 00:00:05] Zorblat: \u200eBild weggelassen
\u200e[01.01.24, 00:00:06] Zorblat: \u200e<Anhang: 00000012-PHOTO-2024-01-01-00-00-06.jpg>
[01.01.24, 10:00:00] Wexolin: \u200eWexolin hat die Gruppe verlassen
"""
QQ = """\
消息记录（此消息记录为文本格式，不支持重新导入）

================================================================
消息分组:我的群聊
================================================================
消息对象:群霍布
================================================================

2023-01-02 12:34:56 【管理员】佐布拉(123456)
格雷姆冯提斯？

2023-01-02 8:35:00 韦索林<wexolin@grelm.example>
[图片]

2023-01-02 12:36:00 系统消息(10000)
德拉姆加入本群。

2023-01-02 12:37:00 德拉姆(654321)
https://frell.example/grint

"""
WECHAT_TEXT = """\
2023-01-02 12:34 佐布拉
格雷姆冯提斯？
第二行哦

2023-01-02 12:35:10 韦索林
[图片]
"""
WECHAT_HEAD = (
    "localId,TalkerId,Type,SubType,IsSender,CreateTime,Status,StrContent,StrTime,Remark,"
    "NickName,Sender\n"
)
WECHAT_CSV = WECHAT_HEAD + (
    "1,7,1,0,0,1672634096,,格雷姆冯提斯？,2023-01-02 12:34:56,,佐布拉,wxid_zorblat\n"
    "2,7,3,0,1,1672634100,,<msg><img/></msg>,2023-01-02 12:35:00,,韦索林,wxid_wexolin\n"
    '3,7,10000,0,0,1672634160,,"""佐布拉""邀请""德拉姆""加入了群聊",2023-01-02 12:36:00,,,\n'
    "4,7,1,0,0,1672634220,,冯提斯,2023-01-02 12:37:00,,德拉姆,wxid_dramwit\n"
    '5,7,10000,0,0,1672634280,,"你将""德拉姆""移出了群聊",2023-01-02 12:38:00,,,\n'
    "6,7,49,57,0,1672634340,,冯提斯格,2023-01-02 12:39:00,,佐布拉,wxid_zorblat\n"
)
TABLE = """\
time,author,group,id,reply_to,text,kind
2024-01-12 23:59:00,Zorblat,Quimfrey,a1,,Grelm fontis?,
2024-01-13 00:01:00,Wexolin,Quimfrey,a2,a1,snazzle www.frell.example,
2024-01-13 00:02:30,Zorblat,Quimfrey,a3,a2,,picture
2024-01-13 00:03:00,Dramwit,Plonker,b1,,=HYPERLINK("Grelm"),text
"""


def telegram_chat(number: int = 777, kind: str = "private_supergroup") -> dict[str, Any]:
    def message(number: int, at: str, unix: int, who: str, text: Any, **more: Any) -> dict:
        about = {"id": number, "type": "message", "date": at, "date_unixtime": str(unix)}
        return {**about, "from": who, "from_id": f"user{NUMBERS[who]}", "text": text, **more}

    def service(number: int, at: str, unix: int, who: str, action: str, **more: Any) -> dict:
        about = {"id": number, "type": "service", "date": at, "date_unixtime": str(unix)}
        return {**about, "actor": who, "actor_id": f"user{NUMBERS[who]}", "action": action, **more}

    link = [{"type": "link", "text": "frell.example"}, " snazzle"]
    return {
        "name": "Quimfrey", "type": kind, "id": number,
        "messages": [
            service(1, "2024-01-12T23:00:00", 1705071600, "Zorblat", "create_group",
                    title="Quimfrey", members=["Zorblat"]),
            service(2, "2024-01-12T23:30:00", 1705073400, "Zorblat", "invite_members",
                    members=["Wexolin"]),
            message(3, "2024-01-12T23:59:00", 1705075140, "Zorblat", "Grelm fontis?"),
            message(4, "2024-01-13T00:01:00", 1705075260, "Wexolin", link, reply_to_message_id=3),
            message(5, "2024-01-13T00:02:30", 1705075350, "Zorblat", "", reply_to_message_id=4,
                    photo="(File not included.)"),
            message(6, "2024-01-13T00:04:00", 1705075440, "Wexolin", "plonker",
                    reply_to_message_id=999),
            service(7, "2024-01-13T09:00:00", 1705107600, "Dramwit", "join_group_by_link",
                    inviter="Zorblat"),
            service(8, "2024-01-13T10:00:00", 1705111200, "Wexolin", "remove_members",
                    members=["Wexolin"]),
        ],
    }  # fmt: skip


NUMBERS = {"Zorblat": 111222, "Wexolin": 333444, "Dramwit": 555666}


def discord_channel() -> dict[str, Any]:
    def message(number: int, kind: str, at: str, who: str, text: str, **more: Any) -> dict:
        author = {"id": str(NUMBERS[who]), "name": who, "nickname": who, "isBot": False}
        about = {"id": f"99{number}", "type": kind, "timestamp": at, "content": text}
        about["author"] = author
        return {**about, "attachments": [], "stickers": [], **more}

    bot = {"id": "888", "name": "Blorpbot", "isBot": True}
    picture = [{"id": "1", "url": "https://frell.example/p.png", "fileName": "grint.png"}]
    return {
        "guild": {"id": "4711", "name": "Quimfrey"},
        "channel": {"id": "4712", "type": "GuildTextChat", "name": "plonker"},
        "dateRange": {"after": None, "before": None},
        "messages": [
            message(0, "GuildMemberJoin", "2024-01-12T21:00:00+00:00", "Dramwit", "Joined."),
            message(1, "Default", "2024-01-12T22:59:00.123+00:00", "Zorblat", "Grelm fontis?"),
            message(2, "Reply", "2024-01-13T00:01:00+01:00", "Wexolin", "www.frell.example snazzle",
                    reference={"messageId": "991", "channelId": "4712", "guildId": "4711"}),
            message(3, "Default", "2024-01-12T23:02:30+00:00", "Zorblat", "", attachments=picture),
            message(4, "Default", "2024-01-12T23:03:00+00:00", "Zorblat", "beep", author=bot),
        ],
        "messageCount": 5,
    }  # fmt: skip


DISCORD_CSV = (
    "AuthorID,Author,Date,Content,Attachments,Reactions\n"
    '"111222","Zorblat","2024-01-12T22:59:00.0000000+00:00","Grelm fontis?","",""\n'
    '"333444","Wexolin","2024-01-12T23:01:00.0000000+00:00","",'
    '"https://frell.example/grint.png","+ (1)"\n'
)


def slack_files() -> dict[str, str]:
    def day(*messages: dict[str, Any]) -> str:
        return json.dumps([{"type": "message", **message} for message in messages])

    return {
        "users.json": json.dumps([{"id": "U111", "name": "Zorblat"}]),
        "channels.json": json.dumps([{"id": "C1", "name": "quimfrey"}]),
        "quimfrey/2024-01-12.json": day(
            {"subtype": "channel_join", "user": "U111", "ts": "1705071600.000100", "text": "joins"},
            {"user": "U111", "ts": "1705100340.000200", "text": "Grelm fontis?",
             "thread_ts": "1705100340.000200"},
            {"user": "U333", "ts": "1705100400.000300", "text": "<https://frell.example|snazzle>",
             "thread_ts": "1705100340.000200", "parent_user_id": "U111"},
        ),
        "quimfrey/2024-01-13.json": day(
            {"user": "U111", "ts": "1705104150.000400", "text": "",
             "files": [{"name": "grint.png", "filetype": "png"}]},
            {"subtype": "bot_message", "bot_id": "B1", "ts": "1705104200.000500", "text": "beep"},
            {"subtype": "channel_leave", "user": "U111", "ts": "1705110000.000600", "text": "left"},
        ),
        "plonker/2024-01-12.json": day({"user": "U333", "ts": "1705100000.000100", "text": "Gorm"}),
    }  # fmt: skip


class Result(NamedTuple):
    """What an import has left."""

    found: Imported
    messages: pd.DataFrame
    events: pd.DataFrame
    members: pd.DataFrame

    def at(self) -> list[str]:
        """When each message was written."""
        start = pd.Timestamp(self.found.about["first_day"])
        times = start + pd.to_timedelta((self.messages["time"] * 86_400).round(), unit="s")
        return [str(time) for time in times]

    def column(self, name: str) -> list[Any]:
        return self.messages[name].tolist()


def result(export: Path, out: Path, **options: Any) -> Result:
    """Import and read what was written."""
    found = import_export(export, out, **options)
    names = ("messages", "events", "members")
    return Result(found, *(pd.read_parquet(out / f"{name}.parquet") for name in names))


def of_text(folder: Path, text: str, name: str = "chat.txt", **options: Any) -> Result:
    """Import a text."""
    export = folder / name
    export.write_text(text, encoding="utf-8", newline="")
    return result(export, folder / "out", **options)


def of_json(folder: Path, content: Any, **options: Any) -> Result:
    """Import a JSON file."""
    return of_text(folder, json.dumps(content, ensure_ascii=False), "result.json", **options)


def zipped(place: Path, files: dict[str, str]) -> Path:
    """A zip with some files."""
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return place


def put(folder: Path, files: dict[str, str]) -> Path:
    """A folder with some files."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder
