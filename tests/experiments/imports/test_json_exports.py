"""Telegram, Discord and Slack: replies, events, kinds, zones."""

from __future__ import annotations

import json

import pytest

from shequn.experiments.imports.sources import ExportError
from tests.experiments.imports import made
from tests.experiments.imports.made import of_json, of_text


def test_telegram_of_one_chat(tmp_path) -> None:
    got = of_json(tmp_path, made.telegram_chat())
    about = got.found.about
    assert about["kind"] == "telegram" and about["kind_was_guessed"]
    assert got.at() == [
        "2024-01-12 23:59:00", "2024-01-13 00:01:00", "2024-01-13 00:02:30", "2024-01-13 00:04:00",
    ]  # fmt: skip
    zorblat, wexolin = got.column("person")[:2]
    assert got.column("person") == [zorblat, wexolin, zorblat, wexolin]
    assert got.column("to") == [-1, zorblat, wexolin, -1]
    assert got.column("thread") == [0, 0, 0, -1]  # what the last one answers is not there
    assert about["replies_to_messages_not_there"] == 1
    assert about["median_seconds_to_a_reply"] == 105.0  # of 120 and 90
    assert got.column("kind") == ["text", "text", "picture", "text"]
    assert got.column("link") == [False, True, False, False]
    assert got.column("question") == [True, False, False, False]
    assert got.column("length") == [13, len("frell.example snazzle"), 0, 7]
    assert got.events["event"].tolist() == ["joined", "joined", "joined", "left"]
    assert got.events["by"].tolist() == [-1, zorblat, zorblat, -1]
    assert got.members["person"].tolist()[:2] == [zorblat, wexolin]  # names led to identifiers
    assert about["clock"] == "local"


def test_telegram_with_a_zone_takes_the_absolute_times(tmp_path) -> None:
    got = of_json(tmp_path, made.telegram_chat(), zone="Asia/Shanghai")
    assert got.at()[0] == "2024-01-12 23:59:00"  # 1705075140 in UTC+8
    assert of_zone(tmp_path, "America/New_York").at()[0] == "2024-01-12 10:59:00"


def of_zone(folder, zone):
    return made.result(folder / "result.json", folder / zone.replace("/", "-"), zone=zone)


def test_a_whole_account_gives_its_groups_and_no_private_chat(tmp_path) -> None:
    chats = [
        made.telegram_chat(1, "personal_chat"), made.telegram_chat(2, "private_group"),
        made.telegram_chat(3, "public_channel"), made.telegram_chat(4, "saved_messages"),
        made.telegram_chat(5, "bot_chat"),
    ]  # fmt: skip
    account = {
        "about": "x", "personal_information": {"user_id": 1, "first_name": "Zorblat"},
        "contacts": {"list": [{"first_name": "Grubnik"}]}, "chats": {"about": "x", "list": chats},
    }  # fmt: skip
    got = of_json(tmp_path, account)
    assert got.found.about["groups"] == 2
    assert got.found.about["private_chats_left_out"] == 3
    assert got.column("community") == [0] * 4 + [1] * 4
    assert got.column("thread") == [0, 0, 0, -1, 4, 4, 4, -1]  # replies stay in their chat


def test_two_people_of_one_name_make_no_member(tmp_path) -> None:
    chat = made.telegram_chat()
    chat["messages"][4]["from"] = "Wexolin"  # user 111222 is called so, too
    got = of_json(tmp_path, chat)
    assert got.column("person")[2] == got.column("person")[0]
    wexolin = got.column("person")[1]
    assert wexolin not in got.members["person"].tolist()


def test_a_reply_to_itself_or_to_a_later_message_is_none(tmp_path) -> None:
    chat = made.telegram_chat()
    first, second = chat["messages"][2:4]
    first["reply_to_message_id"], second["reply_to_message_id"] = 4, 4
    got = of_json(tmp_path, chat)
    assert got.column("to")[:2] == [-1, -1]
    assert got.found.about["replies_to_messages_not_there"] == 3


def test_discord(tmp_path) -> None:
    got = of_json(tmp_path, made.discord_channel())
    about = got.found.about
    assert about["kind"] == "discord" and about["clock"] == "UTC"
    assert got.at() == ["2024-01-12 22:59:00", "2024-01-12 23:01:00", "2024-01-12 23:02:30"]
    zorblat, wexolin = got.column("person")[:2]
    assert got.column("to") == [-1, zorblat, -1]
    assert got.column("thread") == [0, 0, 2]
    assert got.column("kind") == ["text", "text", "picture"]
    assert got.column("link") == [False, True, False]
    assert about["messages_by_programs_left_out"] == 1 and about["notices"] == 1
    assert got.events["event"].tolist() == ["joined"]
    assert got.events["person"].tolist()[0] not in (zorblat, wexolin)


def test_discord_as_a_table(tmp_path) -> None:
    got = of_text(tmp_path, made.DISCORD_CSV, "channel.csv", zone="Europe/Berlin")
    assert got.found.about["kind"] == "discord"
    assert got.at() == ["2024-01-12 23:59:00", "2024-01-13 00:01:00"]
    assert got.column("kind") == ["text", "picture"]
    assert "to" not in got.messages


@pytest.mark.parametrize("as_zip", [True, False])
def test_slack(as_zip: bool, tmp_path) -> None:
    files = made.slack_files()
    files["D0123456789/2024-01-12.json"] = files["plonker/2024-01-12.json"]
    export = made.zipped(tmp_path / "a.zip", files) if as_zip else made.put(tmp_path / "a", files)
    got = made.result(export, tmp_path / "out")
    about = got.found.about
    assert about["kind"] == "slack" and about["groups"] == 2
    assert about["other_files_left_alone"] == 2  # users and channels
    rows = got.messages[got.messages["community"] == got.column("community")[-1]]
    zorblat, wexolin = rows["person"].tolist()[:2]
    assert rows["person"].tolist() == [zorblat, wexolin, zorblat]
    assert rows["to"].tolist() == [-1, zorblat, -1]
    start = rows["thread"].tolist()[0]
    assert rows["thread"].tolist() == [start, start, start + 2]
    assert rows["kind"].tolist() == ["text", "text", "picture"]
    assert rows["link"].tolist() == [False, True, False]
    assert about["messages_by_programs_left_out"] == 1 and about["private_chats_left_out"] == 1
    assert got.events["event"].tolist() == ["joined", "left"]
    assert got.members["person"].tolist() == [zorblat]
    assert got.members["left_at"].notna().tolist() == [True]


def test_places_of_what_was_not_understood(tmp_path) -> None:
    chat = made.telegram_chat()
    chat["messages"][3].pop("from_id")
    chat["messages"][3]["from"] = None
    chat["messages"][4]["date"] = "yesterday"
    chat["messages"].append(7)
    found = of_json(tmp_path, chat).found
    assert [tuple(missed) for missed in found.missed] == [
        ("the export, message 4", "no author"),
        ("the export, message 5", "no date, or an impossible one"),
        ("the export, message 9", "no message"),
    ]


def test_a_truncated_export(tmp_path) -> None:
    text = json.dumps(made.telegram_chat())
    for length in (30, len(text) // 2, len(text) - 1):
        (tmp_path / "cut.json").write_text(text[:length])
        with pytest.raises(ExportError, match="the export: .*export it again"):
            made.result(tmp_path / "cut.json", tmp_path / "out", kind="telegram")
        assert not (tmp_path / "out").exists()
