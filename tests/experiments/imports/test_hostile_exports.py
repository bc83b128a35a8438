"""Files that mean harm, or are none: one message each, exit code 2, nothing left behind."""

from __future__ import annotations

import io
import json
import os
import struct
import zipfile
from pathlib import Path

import pytest

from shequn.commands import main
from shequn.experiments.imports import sources
from shequn.experiments.imports.kinds import KINDS
from tests.experiments.imports import made

CHAT = "13/01/24, 10:00 - Zorblat: Grelm\n"


def refused(export: str, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """What is said of an export that cannot be read."""
    code = main(["import", export, "--out", "mine", *more])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1 and len(err) < 400
    assert not Path("mine").exists()
    return err


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


BYTES = {
    "empty": (b"", "the file is empty"),
    "only a mark": (b"\xef\xbb\xbf", "is of no kind that is known"),
    "binary": (bytes(range(256)) * 40, "is no text (it holds NUL bytes)"),
    "database": (b"SQLite format 3\0" + b"\0" * 100, "an SQLite database; export a table"),
    "page": (b"<!DOCTYPE html><html>Zorblat</html>", "is a web page; export JSON"),
    "mht": (b"From: Zorblat\r\nMIME-Version: 1.0\r\n", "a page in MHT form"),
    "pdf": (b"%PDF-1.4 Zorblat", "is a PDF"),
    "gzip": (b"\x1f\x8b\x08rest", "is a gzip file; unpack it first"),
    "half of a zip": (b"PK\x03\x04" + b"\0" * 50, "the zip is damaged"),
    "empty JSON": (b"{}", "is of no kind that is known"),
    "deep JSON": (b'{"type":1,"messages":' + b"[" * 99_999, "is nested too deeply"),
    "chat of nobody": (b'{"name":"x","type":"y","id":1,"messages":[]}', "no message in it was"),
    "messages of no kind": (b'{"type":1,"messages":[1,null,{},[]]}', "no message in it was"),
    "no list": (b'{"type":"x","messages":{"Zorblat":1}}', "is no valid JSON, or not laid out"),
    "far away": (b"13/01/1066, 10:00 - Zorblat: Grelm\n", "no message in it was understood"),
    "Latin 1": (CHAT.encode() + b"14/01/24, 10:00 - Zorbl\xe4t: Gr\xe9lm\n", "not text in UTF-8"),
}


@pytest.mark.parametrize("name", BYTES)
def test_files_that_are_no_chat(name: str, capsys) -> None:
    content, words = BYTES[name]
    Path("export").write_bytes(content)
    assert words in refused("export", capsys)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["only a mark", "empty JSON", "Latin 1", "page", "binary"])
def test_files_that_are_not_of_the_kind_said(kind: str, name: str, capsys) -> None:
    Path("export").write_bytes(BYTES[name][0].replace(b":", b""))
    refused("export", capsys, "--kind", kind)


def test_places_that_are_no_file(capsys) -> None:
    assert "No such file" in refused("nowhere", capsys)
    os.mkfifo("pipe")
    assert "is a named pipe" in refused("pipe", capsys)
    Path("empty").mkdir()
    assert "holds no text, JSON or CSV" in refused("empty", capsys)
    refused("a\0b", capsys)


def test_options_that_cannot_be(capsys) -> None:
    Path("chat.txt").write_text(CHAT)
    assert "did you mean 'whatsapp'" in refused("chat.txt", capsys, "--kind", "whatsap")
    assert "'ymm' is none of dmy, mdy, ymd" in refused("chat.txt", capsys, "--dates", "ymm")
    assert "did you mean 'Asia/Shanghai'" in refused("chat.txt", capsys, "--zone", "Asia/Shangai")
    for zone in ("", "/etc/passwd", "../../etc/passwd", "a\0b", "Asia"):
        refused("chat.txt", capsys, "--zone", zone)


def test_nothing_is_overwritten(capsys) -> None:
    Path("chat.txt").write_text(CHAT)
    Path("mine").mkdir()
    Path("mine", "own").write_text("x")
    assert main(["import", "chat.txt", "--out", "mine"]) == 2
    assert "nothing is overwritten" in capsys.readouterr().err
    assert [path.name for path in Path("mine").iterdir()] == ["own"]


def test_a_zip_with_a_path_that_leads_out(capsys) -> None:
    paths = ("../chat.txt", "/tmp/chat.txt", "a/../../chat.txt", "C:\\chat.txt", "..\\chat.txt")
    for path in paths:
        made.zipped(Path("e.zip"), {path: CHAT})
        assert "a path leads out of it" in refused("e.zip", capsys)


def test_a_bomb(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sources, "_LITTLE", 1_000_000)
    made.zipped(Path("e.zip"), {"chat.txt": CHAT + "\n" * 5_000_000})
    assert "would unpack to 5,000,033" in refused("e.zip", capsys)
    made.zipped(Path("e.zip"), {"chat.txt": CHAT + "\n" * 900_000})
    assert main(["import", "e.zip", "--out", "small"]) == 0


def test_a_zip_that_lies_of_its_sizes(capsys) -> None:
    made.zipped(Path("e.zip"), {"chat.txt": CHAT + "x" * 10_000})
    content = bytearray(Path("e.zip").read_bytes())
    at = content.index(b"PK\x01\x02") + 24  # size in the directory
    content[at : at + 4] = struct.pack("<I", 20)
    Path("e.zip").write_bytes(content)
    assert "the zip" in refused("e.zip", capsys)


def test_a_zip_that_is_damaged_or_encrypted(capsys) -> None:
    made.zipped(Path("e.zip"), {"chat.txt": "".join(f"{CHAT}{n}" for n in range(999))})
    content = bytearray(Path("e.zip").read_bytes())
    content[100:120] = b"\0" * 20
    Path("e.zip").write_bytes(content)
    assert "the zip is damaged" in refused("e.zip", capsys)
    with zipfile.ZipFile("f.zip", "w") as archive:
        archive.writestr("chat.txt", CHAT)
    content = bytearray(Path("f.zip").read_bytes())
    for start, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(start) + place] |= 1
    Path("f.zip").write_bytes(content)
    assert "it is encrypted" in refused("f.zip", capsys)


def test_a_zip_within_a_zip_is_not_opened(capsys) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("chat.txt", CHAT)
    with zipfile.ZipFile("e.zip", "w") as archive:
        archive.writestr("inner.zip", inner.getvalue())
    assert "holds no text" in refused("e.zip", capsys)


def test_a_line_of_ten_megabytes(tmp_path) -> None:
    long = "x" * 10_000_000
    stamp = "14/01/24, 10:00 - Wexolin: "
    text = f"{CHAT}{long}\n{stamp}{long}\n{stamp}fontis\n{long}"
    got = made.of_text(tmp_path, text)
    assert got.column("length") == [5, 6]
    places = [missed.place for missed in got.found.missed]
    assert places == [f"the export, line {n}" for n in (2, 3, 5)]


def test_a_cell_of_ten_megabytes(tmp_path) -> None:
    long = '"' + "x" * 10_000_000
    text = f'time,author,text\n2024-01-13,a,b\n2024-01-14,a,{long}"\n2024-01-15,a,b\n'
    assert made.of_text(tmp_path, text, "table.csv").column("length") == [1, 1]
    rest = "\n".join(f"2024-01-15,a,{'y' * 90}" for _ in range(50_000))
    text = f"time,author,text\n2024-01-13,a,b\n2024-01-14,a,{long[:9]}\n{rest}"
    Path("open.csv").write_text(text)
    got = made.result(Path("open.csv"), Path("b"))
    assert got.column("length")[0] == 1 and len(got.messages) > 20_000  # goes on behind the cell


def test_nul_bytes_within_a_text(tmp_path) -> None:
    got = made.of_text(tmp_path, CHAT * 3_000 + "14/01/24, 10:00 - Wex\0olin: a\0b\n")
    assert len(got.messages) == 3_001 and got.column("length")[-1] == 3


def test_dates_that_alternate_and_cannot_be(tmp_path) -> None:
    text = "".join(f"{day}/01/24, 10:00 - Zorblat: a\n" for day in (13, 32, 14, 33, 15, 0))
    got = made.of_text(tmp_path, text)
    assert got.at() == [f"2024-01-{day} 10:00:00" for day in (13, 14, 15)]
    assert got.found.about["not_understood"] == {
        "an impossible date, or one before 1990 or after 2100": 3
    }


def test_numbers_that_are_too_large(tmp_path) -> None:
    chat = made.telegram_chat()
    chat["messages"][2]["id"] = 10**30
    chat["messages"][3]["reply_to_message_id"] = -(10**30)
    chat["messages"][4]["date_unixtime"] = str(10**30)
    got = made.of_json(tmp_path, chat, zone="Asia/Shanghai")
    assert len(got.messages) == 3
    channel = made.discord_channel()
    channel["messages"][1]["id"] = "9" * 40
    channel["messages"][2]["timestamp"] = "9999-12-31T23:59:59+00:00"
    Path("d.json").write_text(json.dumps(channel))
    assert len(made.result(Path("d.json"), Path("d")).messages) == 2


def test_letters_that_are_half(tmp_path) -> None:
    chat = made.telegram_chat()
    chat["messages"][2]["from"] = chat["messages"][2]["text"] = "\ud800Zorblat"
    chat["messages"][2]["from_id"] = "\ud800"
    Path("e.json").write_text(json.dumps(chat))
    assert made.result(Path("e.json"), Path("o")).column("length")[0] == 8


def test_too_many_names(monkeypatch, tmp_path, capsys) -> None:
    from shequn.experiments.imports import collector

    monkeypatch.setattr(collector, "_MOST_PEOPLE", 10)
    Path("chat.txt").write_text("".join(f"13/01/24, 10:00 - Zorblat {n}: a\n" for n in range(20)))
    assert "more than 10 different names" in refused("chat.txt", capsys)


def test_links_out_of_a_folder_are_not_followed(tmp_path, capsys) -> None:
    Path("chat.txt").write_text(CHAT)
    Path("place").mkdir()
    Path("place", "chat.txt").symlink_to(Path("chat.txt").resolve())
    assert "holds no text" in refused("place", capsys)


def test_a_file_of_a_folder_that_cannot_be_read(monkeypatch, capsys) -> None:
    def refuse(path, *_):
        raise PermissionError(13, "Permission denied", str(path))

    Path("place").mkdir()
    Path("place", "Zorblat.txt").write_text(CHAT)
    monkeypatch.setattr(Path, "open", refuse)
    said = refused("place", capsys)
    assert said == "shequn: the export: cannot be read: Permission denied\n"


def test_interrupted(monkeypatch, tmp_path) -> None:
    from shequn.experiments.imports import importing

    def stop(*_):
        raise KeyboardInterrupt

    Path("chat.txt").write_text(CHAT)
    monkeypatch.setattr(importing.folders, "write_text", stop)
    assert main(["import", "chat.txt", "--out", "mine"]) == 130
    assert not Path("mine").exists()
