"""No name and no word of an export is written or printed: each is looked for in every byte."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path

import pytest

from shequn.commands import main
from shequn.experiments.imports.keys import hashed, key_file, own_key
from tests.experiments.imports import made

# Words of the formats: what programs write in every export, of anybody.
FORMAT = set(
    """
    messages and calls are end encrypted tap learn more created group added media omitted img file
    attached joined using this invite link removed left nachrichten anrufe sind ende zu
    verschlüsselt hat hinzugefügt bild weggelassen anhang photo die gruppe verlassen
    jpg https example http www
    消息记录 此消息记录为文本格式 不支持重新导入 消息分组 消息对象 我的群聊 系统消息
    管理员 图片 加入本群 邀请 加入了群聊
    将 移出了群聊 name type private supergroup id service date unixtime actor action title members
    create invite message from user text reply not included join link inviter remove entities
    guild channel guildtextchat daterange after before null guildmemberjoin timestamp content author
    nickname isbot false true attachments stickers default reference messageid channelid guildid url
    filename png messagecount users channels json subtype channel_join channel_leave thread parent
    user_id files filetype bot_message bot_id time group kind picture unix localid talkerid status
    subtype issender createtime strcontent strtime remark sender msg msg hyperlink mycsv wxid line
    authorid reactions thread_ts parent_user_id bot date_unixtime from_id reply_to_message_id
    private_supergroup create_group invite_members join_group_by_link remove_members actor_id
    reply_to joins beep joined two chat caption text_entities msg number whatsapp
    with und result csv txt
    """.split()
)


def words_of(text: str) -> set[str]:
    """Words of three letters or more (two in Chinese) that are no words of a format."""
    found = {word.lower() for word in re.findall(r"[^\W\d_]{3,}", text)}
    found |= set(re.findall(r"[\u4e00-\u9fff]{2,}", text))
    found |= set(re.findall(r"\d{5,}", text)) - {"00000012"}
    plain = set(re.findall(r"[^\W\d_]+", " ".join(FORMAT)))
    return {word for word in found if word not in FORMAT and word not in plain}


def exports() -> dict[str, tuple[str, str]]:
    """A file for each kind, and its name."""
    slack = json.dumps(json.loads(made.slack_files()["quimfrey/2024-01-12.json"]))
    return {
        "android": (made.ANDROID, "WhatsApp Chat with Quimfrey.txt"),
        "ios": (made.IOS, "_chat.txt"),
        "qq": (made.QQ, "群霍布.txt"),
        "wechat-text": (made.WECHAT_TEXT, "群霍布.txt"),
        "wechat-table": (made.WECHAT_CSV, "群霍布.csv"),
        "telegram": (json.dumps(made.telegram_chat()), "result.json"),
        "discord": (json.dumps(made.discord_channel()), "Quimfrey [4712].json"),
        "discord-table": (made.DISCORD_CSV, "Quimfrey.csv"),
        "slack": (slack, "2024-01-12.json"),
        "table": (made.TABLE, "Quimfrey.csv"),
    }


def leaks(words: set[str], content: bytes) -> list[str]:
    """Which words are in some bytes, in any of the encodings that a file may have."""
    low = content.lower()
    return [
        word for word in sorted(words)
        if any(word.encode(code) in low for code in ("utf-8", "utf-16-le", "gb18030"))
    ]  # fmt: skip


def written(folder: Path) -> bytes:
    return b"\n".join(
        str(path.relative_to(folder)).encode() + b"\n" + path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )  # fmt: skip


def tables(folder: Path) -> bytes:
    """All tables as text: Parquet may pack its pages."""
    import pandas as pd

    return "\n".join(
        pd.read_parquet(path).to_csv() for path in sorted(folder.glob("*.parquet"))
    ).encode()


@pytest.mark.parametrize("name", exports())
@pytest.mark.parametrize("as_zip", [False, True])
def test_nothing_of_an_export_is_kept(
    name: str, as_zip: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    text, file = exports()[name]
    words = words_of(text + file)
    assert len(words) >= 4
    monkeypatch.chdir(tmp_path)
    Path("place").mkdir()
    export = made.zipped(Path("e.zip"), {file: text}) if as_zip else Path("place") / file
    if not as_zip:
        export.write_text(text, encoding="utf-8")
    shown = str(export) if as_zip else "place"
    assert main(["import", shown, "--out", "mine"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    key = own_key().hex()
    for content in (written(Path("mine")), tables(Path("mine")), out.encode()):
        assert leaks(words, content) == []
        assert key.encode() not in content and bytes.fromhex(key) not in content


def test_the_search_finds_what_is_there() -> None:
    assert leaks({"zorblat"}, b"xZorblaty") == ["zorblat"]
    assert leaks({"佐布拉"}, "a佐布拉".encode("gb18030")) == ["佐布拉"]
    assert {"zorblat", "fontis", "plonker"} <= words_of(made.ANDROID)
    assert "佐布拉" in words_of(made.QQ) and "123456" in words_of(made.QQ)


SPOILT = {
    "cut JSON": ("result.json", json.dumps(made.telegram_chat())[:900], "telegram"),
    "no JSON": ("result.json", '{"messages": [Grelm Fontis Zorblat', "telegram"),
    "no dates": ("a.txt", "99/99/24, 10:00 - Zorblat: Grelm fontis\n" * 9, "whatsapp"),
    "words only": ("a.txt", "Grelm fontis Zorblat\n" * 9, "whatsapp"),
    "words only, guessed": ("a.txt", "Grelm fontis Zorblat\n" * 9, None),
    "ambiguous": ("a.txt", "3/4/24, 10:00 - Zorblat: Grelm fontis\n", None),
    "no columns": ("Quimfrey.csv", "Zorblat,Grelm\nfontis,vordak\n", "csv"),
    "no columns of WeChat": ("Quimfrey.csv", "Zorblat,Grelm\nfontis,vordak\n", "wechat"),
    "no columns of Discord": ("Quimfrey.csv", "Zorblat,Grelm\nfontis,vordak\n", "discord"),
    "no times": ("Quimfrey.csv", "time,author\nGrelm,Zorblat\n", None),
    "QQ without a header": ("a.txt", "消息对象:佐布拉\nGrelm fontis\n", "qq"),
    "long": ("a.txt", "Grelm fontis " * 100_000, "whatsapp"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_nothing_of_an_export_is_in_an_error(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, text, kind = SPOILT[name]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / file).write_text(text, encoding="utf-8")
    code = main(["import", "place", "--out", "mine", *(("--kind", kind) if kind else ())])
    out, err = capsys.readouterr()
    assert code == 2 and len(err.splitlines()) == 1
    assert leaks(words_of(text + file), (out + err).encode()) == []
    assert not Path("mine").exists()


def test_what_was_not_understood_is_told_without_its_words(tmp_path, monkeypatch, capsys) -> None:
    lines = (
        "Grelm before", "13/01/24, 10:00 - Zorblat: vordak", "13/01/24, 99:00 - Wexolin: fontis",
    )  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("chat.txt").write_text("\n".join(lines) + "\n99/99/24, 10:00 - Dramwit: plonker\n")
    assert main(["import", "chat.txt", "--out", "mine"]) == 0
    out = capsys.readouterr().out
    assert "the export, line 1: words before the first message" in out
    assert "the export, line 3: an impossible time of day" in out
    assert "the export, line 4: an impossible date" in out
    assert leaks(words_of(" ".join(lines)) - {"before"}, out.encode()) == []


def test_the_key(state: Path, tmp_path: Path) -> None:
    key = own_key()
    assert key_file() == state / "import.key" and len(key) == 32
    assert own_key() == key
    if os.name == "posix":
        assert stat.S_IMODE(key_file().stat().st_mode) == 0o600
    name = hashed(key, "Zorblat")
    assert re.fullmatch("[0-9a-f]{16}", name) and hashed(key, "Zorblat") == name
    key_file().unlink()
    assert own_key() != key and hashed(own_key(), "Zorblat") != name


def test_people_are_the_same_in_a_later_import(tmp_path: Path) -> None:
    import pandas as pd

    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        made.of_text(folder, made.ANDROID)
    one, other = (pd.read_parquet(tmp_path / name / "out" / "people.parquet") for name in "ab")
    assert one.equals(other)
    own = hashed(own_key(), "Zorblat")
    assert one["hash"].tolist()[0] == own


@pytest.mark.parametrize("content", ["", "Grelm", "00" * 31, "\0", "zz" * 32])
def test_a_key_that_is_none(content: str, state: Path, tmp_path: Path) -> None:
    from shequn.agents.errors import ShequnError

    state.mkdir()
    (state / "import.key").write_text(content)
    with pytest.raises(ShequnError, match="is no key of shequn; delete it"):
        made.of_text(tmp_path, made.ANDROID)
    assert not (tmp_path / "out").exists()


def test_no_place_for_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from shequn.agents.errors import ShequnError

    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("SHEQUN_STATE", str(tmp_path / "file" / "below"))
    with pytest.raises(ShequnError, match="the key of names cannot be kept here"):
        made.of_text(tmp_path, made.ANDROID)


def test_the_users_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHEQUN_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "x"))
    assert key_file() == tmp_path / "x" / "shequn" / "import.key"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert key_file() == tmp_path / "home" / ".local" / "state" / "shequn" / "import.key"
