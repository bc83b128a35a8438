"""The table of benchmarks: what fails is told, and costs no other row."""

import json

import pytest

from benchmarks import __main__ as program
from benchmarks.table import Row, as_text, head
from benchmarks.timing import Spread


def good(quick):
    yield Row("fast", Spread.of([3.0, 1.0, 2.0]), "ns", at_most=2.5)
    yield Row("slow", Spread.of([1234.5]), "times", at_least=2000.0)


def bad(quick):
    yield Row("half of it", Spread.of([1.0 if quick else 2.0]), "s")
    raise KeyError("events")


@pytest.fixture
def told(monkeypatch, capsys):
    monkeypatch.setattr(program, "BENCHMARKS", {"bad": bad, "good": good})

    def tell(*words):
        monkeypatch.setattr("sys.argv", ["benchmarks", *words])
        code = program.main()
        return code, *capsys.readouterr()

    return tell


def test_a_benchmark_that_fails_is_a_row_and_the_others_are_there(told):
    code, out, err = told("--quick")
    assert code == 1
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["half", "bad", "fast", "slow"]
    assert lines[3].endswith("FAILED: KeyError: 'events'")
    assert "Traceback" in err and "KeyError: 'events'" in err


def test_when_all_goes_well(told):
    assert told("good")[::2] == (0, "")


def test_json_is_a_line_for_each_row(told):
    lines = [json.loads(line) for line in told("--json")[1].splitlines()]
    assert [line["what"] for line in lines] == ["half of it", "bad", "fast", "slow"]
    assert lines[2]["figure"] == {"median": 2.0, "low": 1.0, "high": 3.0}
    assert [line["verdict"] for line in lines[2:]] == ["met", "NOT MET"]


def test_columns_stand_below_their_heads():
    row = as_text(next(good(False)))
    title = head().splitlines()[0]
    assert row.index("ns") == title.index("unit")
    assert row.index("2 ") == title.index("value") + len("value") - 1
    assert row[: title.index("aim") + 3].endswith("<= 2.5")
