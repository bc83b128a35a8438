"""WhatsApp: Android and iOS, several languages, what is a message and what is none."""

from __future__ import annotations

import pytest

from tests.experiments.imports import made
from tests.experiments.imports.made import of_text


def test_android(tmp_path) -> None:
    got = of_text(tmp_path, made.ANDROID)
    assert got.found.about["kind"] == "whatsapp"
    assert got.at() == [
        "2024-01-12 23:59:00", "2024-01-13 00:01:00", "2024-01-13 00:02:00", "2024-01-13 00:03:00",
    ]  # fmt: skip
    assert got.column("kind") == ["text", "text", "other", "picture"]
    assert got.column("question") == [True, False, False, False]  # that of the address is none
    assert got.column("link") == [False, True, False, False]
    assert got.column("length") == [len("Grelm fontis?\nvordak two"), 39, 0, len("plonker caption")]
    first, second = got.column("person")[:2]
    assert got.column("person") == [first, second, second, got.column("person")[3]]
    assert len(set(got.column("person"))) == 3
    assert "to" not in got.messages and set(got.column("thread")) == {-1}
    assert got.found.about["notices"] == 6 and not got.found.missed
    assert got.events[["event", "person"]].values.tolist()[0] == ["joined", second]
    assert got.events["event"].tolist() == ["joined", "joined", "removed", "left"]
    assert got.events["by"].tolist()[0] == first and got.events["by"].tolist()[2] == first
    assert got.members["person"].tolist()[0] == second
    assert got.members["left_at"].notna().all() and got.members["inviter"].tolist() == [first, -1]


def test_ios(tmp_path) -> None:
    got = of_text(tmp_path, made.IOS)
    assert got.at() == ["2024-01-01 00:00:01", "2024-01-01 00:00:05", "2024-01-01 00:00:06"]
    assert got.column("kind") == ["text", "picture", "picture"]
    assert got.found.about["first_day"] == "2023-12-31"
    assert got.events["event"].tolist() == ["joined", "left"]
    assert got.members["person"].tolist() == [got.column("person")[0]]  # ~ Wexolin is Wexolin
    assert got.found.about["dates"]["told_by"] == "a day above 12"


@pytest.mark.parametrize(
    ("stamp", "time"),
    [
        ("31/12/2023, 23:59 - ", "2023-12-31 23:59:00"),
        ("12/31/23, 11:59 PM - ", "2023-12-31 23:59:00"),
        ("12/31/23, 11:59\u202fPM - ", "2023-12-31 23:59:00"),
        ("12/31/23, 12:05\u202fAM - ", "2023-12-31 00:05:00"),
        ("31/12/23, 11:59 p.\u00a0m. - ", "2023-12-31 23:59:00"),
        ("31.12.23, 23:59 - ", "2023-12-31 23:59:00"),
        ("[31.12.23, 23:59:07] ", "2023-12-31 23:59:07"),
        ("\u200e[31/12/2023, 11:59:07 PM] ", "2023-12-31 23:59:07"),
        ("31.12.2023 klo 23.59 - ", "2023-12-31 23:59:00"),
        ("31/12/2023 à 23:59 - ", "2023-12-31 23:59:00"),
        ("2023/12/31, 23:59 - ", "2023-12-31 23:59:00"),
        ("2023-12-31, 23:59 - ", "2023-12-31 23:59:00"),
        ("2023/12/31 下午11:59 - ", "2023-12-31 23:59:00"),
        ("[2023/12/31 上午12:05:01] ", "2023-12-31 00:05:01"),
        ("[2023/12/31 下午12:05:01] ", "2023-12-31 12:05:01"),
        ("2023. 12. 31. 23:59 - ", "2023-12-31 23:59:00"),
        ("2023/12/31 23:59 - ", "2023-12-31 23:59:00"),
    ],
)
def test_stamps_of_many_places(stamp: str, time: str, tmp_path) -> None:
    got = of_text(tmp_path, f"{stamp}Zorblat: Grelm\n")
    assert got.at() == [time]
    assert got.column("length") == [5]


@pytest.mark.parametrize(
    ("notice", "event"),
    [
        ("Zorblat added Wexolin", "joined"),
        ("Zorblat hat Wexolin hinzugefügt", "joined"),
        ("Zorblat a ajouté Wexolin", "joined"),
        ("Zorblat añadió a Wexolin", "joined"),
        ("Zorblat adicionou Wexolin", "joined"),
        ("Zorblat ha aggiunto Wexolin", "joined"),
        ("Zorblat heeft Wexolin toegevoegd", "joined"),
        ("Zorblat добавил(-а) Wexolin", "joined"),
        ("Zorblat menambahkan Wexolin", "joined"),
        ("Zorblat添加了Wexolin", "joined"),
        ("Wexolin joined from the community", "joined"),
        ("Wexolin ist der Gruppe über einen Einladungslink beigetreten", "joined"),
        ("Wexolin se unió usando el enlace de invitación de este grupo", "joined"),
        ("Wexolin entrou usando um link de convite", "joined"),
        ("Wexolin使用此群组的邀请链接加入了群组", "joined"),
        ("Wexolin left", "left"),
        ("Wexolin hat die Gruppe verlassen", "left"),
        ("Wexolin est parti(e)", "left"),
        ("Wexolin salió del grupo", "left"),
        ("Wexolin saiu", "left"),
        ("Wexolin退出了群组", "left"),
        ("Zorblat removed Wexolin", "removed"),
        ("Zorblat hat Wexolin entfernt", "removed"),
        ("Zorblat removeu Wexolin", "removed"),
    ],
)
def test_notices_in_many_languages(notice: str, event: str, tmp_path) -> None:
    lines = ("Wexolin: a", "Zorblat: b", notice)
    got = of_text(tmp_path, "".join(f"20/01/24, 10:00 - {line}\n" for line in lines))
    wexolin, zorblat = got.column("person")
    assert got.events["event"].tolist() == [event]
    assert got.events["person"].tolist() == [wexolin]
    assert got.events["by"].tolist() == [zorblat if "Zorblat" in notice else -1]


def test_a_notice_is_no_message_and_a_message_no_notice(tmp_path) -> None:
    got = of_text(
        tmp_path,
        "20/01/24, 10:00 - Wexolin: Zorblat left\n"
        '20/01/24, 10:01 - Zorblat changed the subject from "a: b" to "c: d"\n'
        "20/01/24, 10:02 - Wexolin: a: b\n"
        "20/01/24, 10:03 - You added Dramwit and Grubnik\n"
        "20/01/24, 10:04 - Zorblat added you\n"
        "20/01/24, 10:05 - Wexolin:\n",
    )  # fmt: skip
    assert got.column("length") == [12, 4, 0]
    assert len(set(got.column("person"))) == 1
    assert got.events["event"].tolist() == ["joined", "joined"]  # of those who were added by "You"
    assert got.events["by"].tolist() == [-1, -1]


def test_a_zip_with_pictures_and_a_folder_of_several_groups(tmp_path) -> None:
    files = {"_chat.txt": made.IOS, "00000012-PHOTO.jpg": "no picture", "notes.txt": "Grelm\n"}
    got = made.result(made.zipped(tmp_path / "a.zip", files), tmp_path / "a")
    assert got.found.about["messages"] == 3
    assert got.found.about["other_files_left_alone"] == 1
    folder = made.put(tmp_path / "groups", {"one.txt": made.IOS, "two.txt": made.IOS})
    both = made.result(folder, tmp_path / "b")
    assert both.found.about["groups"] == 2
    assert both.column("community") == [0, 0, 0, 1, 1, 1]
    assert both.column("person") == 2 * got.column("person")  # the same people by name


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_ends_of_lines_and_marks_do_not_count(end: str, tmp_path) -> None:
    got = of_text(tmp_path, made.ANDROID.replace("\n", end))
    assert got.column("length") == [24, 39, 0, 15]
    assert got.column("kind") == ["text", "text", "other", "picture"]


def test_what_was_edited_or_deleted(tmp_path) -> None:
    got = of_text(
        tmp_path,
        "20/01/24, 10:00 - Wexolin: Grelm \u200e<This message was edited>\n"
        "20/01/24, 10:01 - Wexolin: This message was deleted\n",
    )  # fmt: skip
    assert got.column("length") == [5, 0]
    assert got.column("kind") == ["text", "deleted"]
