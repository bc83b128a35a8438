"""A disk that is full, folders that may not be written to, a clock that goes back."""

from __future__ import annotations

import os
import resource
import shutil
from pathlib import Path

import pytest

from shequn.experiments.runs.archive import read
from tests.interrupted import begin, kept, said, tables, wait_for

# Permissions do not bind root; they do without its capabilities (Linux: capset, version 3).
WITHOUT_PRIVILEGES = """
import ctypes, os
if os.geteuid() == 0:
    head = (ctypes.c_uint32 * 2)(0x20080522, 0)
    assert ctypes.CDLL(None, use_errno=True).capset(head, (ctypes.c_uint32 * 6)()) == 0
"""
CLOCK_GOES_BACK = """
import time
from shequn.experiments.runs import archive as changed
real, keep, hours = time.time, changed.Archive.add, []
time.time = lambda: real() - 3600.0 * len(hours)
def add(self, result):
    if len(self.places) >= 50 and not hours:
        hours.append(1)
    keep(self, result)
changed.Archive.add = add
"""


def begun(words, folder):
    """A folder with some runs, of a command that was killed."""
    process = begin(*words, "--out", folder)
    wait_for(process, lambda: kept(folder) >= 50)
    process.kill()
    process.communicate()
    return folder


def ended(*words, **more):
    """Exit code and last words of a command in a process of its own."""
    process = begin(*words, **more)
    out, err = process.communicate(timeout=300)
    assert "Traceback" not in err
    return process.returncode, out, err


@pytest.mark.parametrize("workers", ["threads:2", "processes:2"])
def test_a_full_disk(here, words, goes_on, workers):
    """No file may grow any more, by a limit that needs no privilege and no disk of its own."""
    process = begin(*words(workers), "--out", "s")
    wait_for(process, lambda: kept("s") >= 50)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1000, 1000))
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "Traceback" not in err
    assert f"; {kept('s')} runs are kept. Make room and" in err and "--out s" in err
    assert not list((here / "s").rglob("*.part"))
    goes_on(words(workers), here / "s")


@pytest.fixture
def of_someone_else(tmp_path):
    """A folder that another user owns."""
    if os.geteuid():
        return Path("/")
    place = tmp_path / "theirs"
    place.mkdir(mode=0o755)
    os.chown(place, 65534, 65534)
    return place


def protect(folder, owner):
    """Take away the right to write, by its permissions or by giving it to another user."""
    for path in (folder, *folder.rglob("*")):
        if owner == "me":
            path.chmod(0o555 if path.is_dir() else 0o444)
        else:
            os.chown(path, 65534, 65534)


def everything(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_new_folder_where_someone_else_decides(here, words, of_someone_else):
    out = of_someone_else / "s"
    code, _, err = ended(*words(), "--out", out, first=WITHOUT_PRIVILEGES)
    assert code == 2
    assert err.splitlines()[-1] == f"shequn: {out}: cannot be written: Permission denied"
    assert not out.exists()


@pytest.mark.parametrize("owner", ["me"] if os.geteuid() else ["me", "someone else"])
def test_a_folder_that_may_only_be_read(here, words, whole, owner):
    """It is not gone on in, nor harmed; it can be verified, and its runs reused elsewhere."""
    half, done = begun(words(), here / "half"), shutil.copytree(whole, here / "done")
    for folder in (half, done):
        protect(folder, owner)
    before = everything(half) | everything(done)
    code, _, err = ended(*words(), "--out", half, first=WITHOUT_PRIVILEGES)
    assert code == 2
    assert err.splitlines()[-1] == f"shequn: {half}: cannot be written: Permission denied"
    code, out, err = ended("verify", done, "--rows", 2, first=WITHOUT_PRIVILEGES)
    assert code == 0, out + err
    code, out, err = ended(
        *words(), "--reuse", half, "--out", "t", "--json", first=WITHOUT_PRIVILEGES
    )
    assert code == 0, err
    assert said(out)["preflight"]["done"] == len(read(half).places)
    assert everything(half) | everything(done) == before


@pytest.mark.parametrize("workers", ["threads:2", "processes:2"])
def test_a_clock_that_goes_back(here, words, whole, goes_on, workers):
    """By an hour, in the middle: of one that ends, and of one that is then killed."""
    code, out, err = ended(*words(workers), "--json", "--out", "s", first=CLOCK_GOES_BACK)
    assert code == 0, err
    assert tables("s") == tables(whole)
    process = begin(*words(workers), "--out", "t", first=CLOCK_GOES_BACK)
    wait_for(process, lambda: kept("t") >= 100)
    process.kill()
    process.communicate()
    goes_on(words(workers), here / "t")
