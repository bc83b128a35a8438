"""Sound exports spoilt at random: read as far as can be, or refused in one line."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from shequn.commands import main
from tests.experiments.imports.test_privacy import exports, leaks, words_of

CASES = 12  # of each kind
_PARTS = (
    b"", b"\0", b"\n", b'"', b"{", b"[", b"]", b"}", b",", b":", b"\xff", b"\xe2\x80\x8e", b"99999",
    b"-1", b"null", b"1e999", b"2024-02-30", b"31/02/24, 25:61 - ", b"\xed\xa0\x80", b"A" * 5_000,
)  # fmt: skip


def spoilt(content: bytes, luck: random.Random) -> bytes:
    """With some parts cut out, put in twice or replaced."""
    for _ in range(luck.randint(1, 4)):
        start = luck.randrange(len(content) + 1)
        end = min(len(content), start + luck.choice((0, 1, 5, 40, len(content))))
        part = luck.choice((*_PARTS, content[start:end] * 2))
        content = content[:start] + part + content[end:]
    return content


@pytest.mark.parametrize("name", exports())
@pytest.mark.parametrize("case", range(CASES))
def test_a_spoilt_export(
    name: str, case: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    text, file = exports()[name]
    monkeypatch.chdir(tmp_path)
    Path("place").mkdir()
    Path("place", file).write_bytes(spoilt(text.encode(), random.Random(f"{name} {case}")))
    code = main(["import", "place", "--out", "mine", *(("--dates", "dmy") if case % 2 else ())])
    out, err = capsys.readouterr()
    assert leaks(words_of(text + file), (out + err).encode()) == []
    if code == 0:
        assert err == "" and Path("mine", "records.json").exists()
    else:
        assert code == 2 and out == "" and len(err.splitlines()) == 1
        assert not Path("mine").exists()
