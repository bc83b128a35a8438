"""What is built: compared with what git tracks, by the program that the checks run."""

from __future__ import annotations

import io
import runpy
import tarfile
import zipfile
from pathlib import Path

import pytest

PROGRAM = runpy.run_path(str(Path(__file__).resolve().parents[2] / ".ci" / "packages.py"))
TRACKED = {"shequn/__init__.py", "shequn/data/facts.csv"}
SDIST = (*sorted(TRACKED), "pyproject.toml")
WHEEL = (*sorted(TRACKED), "shequn-1.dist-info/METADATA")


def sdist(folder: Path, names: tuple[str, ...], links: tuple[str, ...] = ()) -> str:
    place = folder / "sdist.tar.gz"
    with tarfile.open(place, "w:gz") as archive:
        for name in (*names, *links):
            member = tarfile.TarInfo(f"shequn-1/{name}")
            if name in links:
                member.type, member.linkname = tarfile.SYMTYPE, "elsewhere"
            archive.addfile(member, io.BytesIO())
    return str(place)


def wheel(folder: Path, names: tuple[str, ...], links: tuple[str, ...] = ()) -> str:
    place = folder / "one.whl"
    with zipfile.ZipFile(place, "w") as archive:
        for name in (*names, *links):
            member = zipfile.ZipInfo(name)
            member.external_attr = (0o120777 if name in links else 0o100644) << 16
            archive.writestr(member, "")
    return str(place)


def said(folder: Path, in_sdist: tuple, in_wheel: tuple) -> list[str]:
    found = PROGRAM["faults"](TRACKED, sdist(folder, *in_sdist), wheel(folder, *in_wheel))
    return [line.replace(f"{folder}/", "") for line in found]


def test_the_same_files_and_what_belongs_to_each(tmp_path: Path) -> None:
    assert said(tmp_path, (SDIST,), (WHEEL,)) == []


@pytest.mark.parametrize(
    ("in_sdist", "in_wheel", "line"),
    [
        ((SDIST[1:],), (WHEEL,), "sdist.tar.gz: lacks shequn/__init__.py"),
        ((SDIST,), (WHEEL[1:],), "one.whl: lacks shequn/__init__.py"),
        ((SDIST,), ((*WHEEL, "shequn/b.py"),), "one.whl: shequn/b.py is not tracked by git"),
        ((SDIST,), ((*WHEEL, "tests/a.py"),), "one.whl: tests/a.py is no part of shequn"),
        (((*SDIST, "model/day.py"),), (WHEEL,), "sdist.tar.gz: model/day.py is a door"),
        ((SDIST, ("docs",)), (WHEEL,), "sdist.tar.gz: docs is a link"),
        ((SDIST,), (WHEEL[1:], WHEEL[:1]), "one.whl: shequn/__init__.py is a link"),
    ],
)
def test_each_fault_is_told_once(
    in_sdist: tuple, in_wheel: tuple, line: str, tmp_path: Path
) -> None:
    assert said(tmp_path, in_sdist, in_wheel) == [line]


def test_nothing_tracked_is_no_success(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(SystemExit, match="git tracks no file"):
        PROGRAM["main"](sdist(tmp_path, SDIST), wheel(tmp_path, WHEEL))
