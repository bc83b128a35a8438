"""JSON as a stream: the same as read whole, however it is cut."""

from __future__ import annotations

import json

import pytest

from shequn.experiments.imports import json_stream
from shequn.experiments.imports.json_stream import JsonStream
from shequn.experiments.imports.sources import ExportError

CONTENT = {
    "a": [1, 23, -4.5e3, "x\\\"]}", None, True, {"deep": [[], {}]}, "\u4e2d\n"],
    "b": {}, "c": [], "d": 12345, "e": "end",
}  # fmt: skip


def pieces(text: str, size: int):
    return (text[start : start + size] for start in range(0, len(text), size))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("indent", [None, 1])
def test_every_cut_gives_the_same(size: int, indent: int | None) -> None:
    stream = JsonStream(pieces(json.dumps(CONTENT, indent=indent), size), "x")
    found = {}
    for key in stream.keys():
        found[key] = list(stream.values()) if key in ("a", "c") else stream.value()
    stream.ends()
    assert found == CONTENT


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_passing_over(size: int) -> None:
    stream = JsonStream(pieces(json.dumps(CONTENT), size), "x")
    assert [key for key in stream.keys() if stream.pass_over() is None] == list(CONTENT)
    stream.ends()


@pytest.mark.parametrize(
    "text", ["", "[1,", "[1", "[1 2]", '["a', "[}", "[1]]", "[" * 100_000, "nul", "[nul]", "{1:2}"]
)
def test_what_is_no_json(text: str) -> None:
    stream = JsonStream(pieces(text, 50), "the export")
    with pytest.raises(ExportError, match="the export: "):
        if text[:1] == "{":
            list(stream.keys())
        else:
            list(stream.values())
        stream.ends()


def test_one_value_without_end(monkeypatch) -> None:
    monkeypatch.setattr(json_stream, "_LARGEST", 1000)
    endless = iter(lambda: "x" * 100, None)

    def text():
        yield '["'
        yield from endless

    with pytest.raises(ExportError, match="too large"):
        list(JsonStream(text(), "the export").values())
