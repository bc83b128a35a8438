"""QQ, WeChat and tables of one's own."""

from __future__ import annotations

import pytest

from shequn.experiments.imports.sources import ExportError
from tests.experiments.imports import made
from tests.experiments.imports.made import of_text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_qq(encoding: str, tmp_path) -> None:
    export = tmp_path / "chat.txt"
    export.write_bytes(made.QQ.replace("\n", "\r\n").encode(encoding))
    got = made.result(export, tmp_path / "out")
    assert got.found.about["kind"] == "qq"
    assert got.at() == ["2023-01-02 08:35:00", "2023-01-02 12:34:56", "2023-01-02 12:37:00"]
    assert len(set(got.column("person"))) == 3
    assert got.column("kind") == ["picture", "text", "text"]
    assert got.column("question") == [False, True, False]
    assert got.column("length") == [0, 7, 27]
    assert got.found.about["notices"] == 1
    assert got.events["event"].tolist() == ["joined"]
    assert got.events["person"].tolist() == got.column("person")[2:]
    assert not got.found.missed


def test_qq_with_several_groups_in_a_file(tmp_path) -> None:
    other = made.QQ.replace("群霍布", "群卡姆").replace("123456", "99999")
    got = of_text(tmp_path, made.QQ + "\n" + other)
    assert got.found.about["groups"] == 2
    assert got.column("community") == [0, 0, 0, 1, 1, 1]
    assert got.column("person")[0] == got.column("person")[3]
    assert got.column("person")[1] != got.column("person")[4]


def test_qq_of_tim_with_twelve_hours(tmp_path) -> None:
    text = "消息对象:卡姆\n2026-09-15 下午 08:00:01 佐布拉(1234567)\n格雷姆\n"
    assert of_text(tmp_path, text).at() == ["2026-09-15 20:00:01"]


def test_wechat_as_text(tmp_path) -> None:
    got = of_text(tmp_path, made.WECHAT_TEXT)
    assert got.found.about["kind"] == "wechat"
    assert got.at() == ["2023-01-02 12:34:00", "2023-01-02 12:35:10"]
    assert got.column("kind") == ["text", "picture"]
    assert got.column("question") == [True, False]
    assert got.column("length") == [12, 0]


def test_wechat_as_a_table(tmp_path) -> None:
    got = of_text(tmp_path, made.WECHAT_CSV, "table.csv")
    assert got.found.about["kind"] == "wechat" and got.found.about["clock"] == "local"
    assert got.at() == [
        "2023-01-02 12:34:56", "2023-01-02 12:35:00", "2023-01-02 12:37:00", "2023-01-02 12:39:00",
    ]  # fmt: skip
    zorblat, _, dramwit, again = got.column("person")
    assert again == zorblat
    assert got.column("kind") == ["text", "picture", "text", "text"]
    assert got.column("length") == [7, 0, 3, 4]
    assert got.events["event"].tolist() == ["joined", "removed"]
    assert got.events["person"].tolist() == [dramwit, dramwit]  # named, and known by identifier
    assert got.events["by"].tolist() == [zorblat, -1]
    assert got.members["inviter"].tolist() == [zorblat]


def test_wechat_with_a_zone_takes_the_absolute_times(tmp_path) -> None:
    got = of_text(tmp_path, made.WECHAT_CSV, "table.csv", zone="Asia/Tokyo")
    assert got.at()[0] == "2023-01-02 13:34:56"


def test_wechat_without_local_times(tmp_path) -> None:
    lines = [line.split(",") for line in made.WECHAT_CSV.replace('""', "").split("\n")[:3]]
    table = "\n".join(",".join(cells[:8] + cells[9:]) for cells in lines)
    got = of_text(tmp_path, table, "table.csv")
    assert got.found.about["clock"] == "UTC"
    assert got.at() == ["2023-01-02 04:34:56", "2023-01-02 04:35:00"]


def test_a_table_of_ones_own(tmp_path) -> None:
    got = of_text(tmp_path, made.TABLE, "table.csv")
    assert got.found.about["kind"] == "csv" and got.found.about["groups"] == 2
    zorblat, wexolin = got.column("person")[:2]
    assert got.column("to") == [-1, zorblat, wexolin, -1]
    assert got.column("thread") == [0, 0, 0, 3]
    assert got.column("kind") == ["text", "text", "picture", "text"]
    assert got.column("link") == [False, True, False, False]
    assert got.column("length")[:3] == [13, 25, 0]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-01-13T00:01:02", "2024-01-13 00:01:02"),
        ("2024-01-13", "2024-01-13 00:00:00"),
        ("13/01/2024 00:01", "2024-01-13 00:01:00"),
        ("1/13/24 12:01 AM", "2024-01-13 00:01:00"),
        ("13.1.2024, 00:01:02", "2024-01-13 00:01:02"),
        ("1705104062", "2024-01-13 00:01:02"),
        ("1705104062000", "2024-01-13 00:01:02"),
        ("2024-01-13T00:01:02Z", "2024-01-13 00:01:02"),
        ("2024-01-13T01:01:02+01:00", "2024-01-13 00:01:02"),
        ("2024-01-13 00:01:02.123", "2024-01-13 00:01:02"),
    ],
)
@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_times_of_a_table(text: str, time: str, between: str, tmp_path) -> None:
    cell = f'"{text}"'
    table = f"Time{between}Author{between}Length\n{cell}{between}Zorblat{between}7\n"
    got = of_text(tmp_path, table, "table.csv", kind="csv")
    assert got.at() == [time] and got.column("length") == [7]


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("time,text", "line 1 has no column author; a table needs time and author"),
        ("tiem,author", "line 1 has no column time; a table"),
        ("Grelm,Fontis", "no column time and no column author; a table"),
        ("time,author,reply_to", "has a column reply_to, and none called id"),
    ],
)
def test_columns_that_are_missing(head: str, words: str, tmp_path) -> None:
    with pytest.raises(ExportError, match=words) as raised:
        of_text(tmp_path, head + "\n1,2,3\n", "table.csv", kind="csv")
    assert "Grelm" not in str(raised.value)


def test_rows_that_are_no_messages(tmp_path) -> None:
    rows = (
        "2024-01-13 10:00,Zorblat,5", "2024-01-13 10:01,,5", "yesterday,Zorblat,5",
        "2024-01-13 25:01,Zorblat,5", "2024-01-13 10:02,Zorblat,-5", "1705104062,Zorblat,5",
        "2024-01-13 10:03,Zorblat", "2024-02-30 10:03,Zorblat,5", "1066-10-14 10:00,Zorblat,5",
        '"2024-01-13\n10:04",Zorblat,5',
    )  # fmt: skip
    got = of_text(tmp_path, "time,author,length\n" + "\n".join(rows), "table.csv")
    assert len(got.messages) == 2
    assert got.found.about["not_understood"] == {
        "an impossible date, or one before 1990 or after 2100": 2,
        "no author, or one that is too long": 1,
        "no time that can be read": 1,
        "an impossible time of day": 1,
        "a length that is no whole number": 1,
        "a time of another kind than the first": 1,
        "2 cells instead of 3": 1,
    }
    places = [missed.place for missed in got.found.missed]
    assert places == [f"the export, line {n}" for n in (3, 4, 5, 6, 7)]
