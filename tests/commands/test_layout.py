"""Texts and tables at any width: no word is broken, and what is one word can be copied."""

from __future__ import annotations

import argparse
import re

import pytest

from shequn.commands import COMMANDS, main
from shequn.commands.layout import cells, fill, print_table, print_text, table_lines
from shequn.commands.parser import Help, Parser
from shequn.model.outcomes import OUTCOMES
from shequn.model.parameters import declared

WIDTHS = (60, 80, 200)
NAMES = {*declared(), *OUTCOMES}


def words_of(lines: list[str]) -> list[str]:
    return [word for line in lines for word in line.split()]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_table_of_names_and_numbers_keeps_every_word_and_fits(width):
    heads = ["desk.staff", "group.capacity", *(f"{name}\n[CNY]" for name in OUTCOMES)]
    rows = [[f"{k}.5", str(50 * k), *["-1,234 ± 5.6"] * len(OUTCOMES)] for k in range(1, 4)]
    lines = table_lines(heads, rows, width, keys=2)
    assert max(map(cells, lines)) <= width
    assert set(OUTCOMES) <= set(words_of(lines))
    assert "\n".join(lines).count("-1,234 ± 5.6") == 3 * len(OUTCOMES)
    panels = [line for line in lines if "desk.staff" in line]
    assert all("group.capacity" in line for line in panels)
    assert (len(panels) > 1) == (width < 450)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_table_of_texts_keeps_every_word_and_fits(width):
    rows = [[a.path, a.unit, a.range, a.meaning] for a in declared().values()]
    lines = table_lines(["path", "unit", "range", "meaning"], rows, width)
    assert max(map(cells, lines)) <= width
    assert set(words_of(lines)) == {
        *(word for row in rows for cell in row for word in cell.split()),
        *"path unit range meaning".split()[0 if width > 110 else 1 :],
        *(["─" * cells(lines[1])] if width > 110 else []),
    }


def test_a_word_wider_than_the_screen_is_left_whole():
    path = "results/a-very-long-name-of-a-folder/points.csv"
    assert fill(f"written to {path} (again)", 20) == ["written to", path, "(again)"]
    assert path in table_lines(["file", "n"], [[path, "1"]], 20)[2]


def test_chinese_takes_two_columns_each():
    assert cells("群组 a") == 6
    lines = table_lines(["名", "n"], [["多发广告", "1"], ["a", "22"]], 40)
    assert [cells(line) for line in lines[1:]] == [12, 12, 12]


def test_chinese_lines_break_after_punctuation_and_in_no_name():
    path = "results/我的群-春节-推广-001/points.csv"
    text = f"先看 我的群：三个月前开的，有两百人。（多数不说话。）见 {path}"
    assert fill(text, 24) == [
        "先看 我的群：",
        "三个月前开的，有两百人。",
        "（多数不说话。）见",
        path,
    ]
    table = table_lines(["情景", "说明"], [["a", text], ["b", text]], 60)
    assert max(map(cells, table)) <= 60


def test_a_file_or_a_pipe_has_no_width(capsys, monkeypatch):
    text = "word " * 60 + "end"
    monkeypatch.delenv("COLUMNS", raising=False)
    print_text(text)
    assert capsys.readouterr().out == f"{text}\n"
    monkeypatch.setenv("COLUMNS", "50")
    print_text(text)
    assert max(map(len, capsys.readouterr().out.splitlines())) == 49


def test_further_lines_stand_below_the_words_of_the_first():
    assert fill("time  about a minute", 14, hanging="      ") == ["time  about a", "      minute"]


def test_an_empty_table_has_its_headings(capsys):
    print_table("nothing", ["a", "b"], [])
    assert capsys.readouterr().out == "nothing\n\na  b\n────\n\n"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_and_its_examples_can_be_copied(command, width, capsys, monkeypatch):
    """A broken example goes on after a backslash, as a shell reads it."""
    monkeypatch.setenv("COLUMNS", str(width))
    with pytest.raises(SystemExit) as ended:
        main([*([command] if command else []), "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    # An option's value and what is quoted stay whole, though wider than a narrow screen.
    assert max(map(cells, text.splitlines())) <= max(width, 72)
    whole = re.sub(r" \\\n +", " ", text)
    examples = [line for line in whole.splitlines() if line.startswith("  shequn ")]
    assert examples
    assert not [line for line in examples if line.endswith("\\") or line.count('"') % 2]
    assert "results/" not in text or re.search(r"results/[\w-]+(?:\)|,| |\n|/)", text)


class TestWrongWords:
    """What argparse finds is said as everything else: the place, what is wrong, what is meant."""

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            (("rum",), "COMMAND: 'rum' is none of run, sweep,"),
            (("rum",), "did you mean 'run'?"),
            (("run",), "shequn: SCENARIO: missing; see shequn run --help"),
            (("run", "x", "--dayz", "3"), "--dayz: there is no such option; did you mean '--days'"),
            (("run", "x", "--days", "x"), "shequn: --days: 'x' is not a whole number"),
            (("run", "x", "y"), "shequn: y: there is no such place for it"),
            (("run", "x", "--engine", "agent"), "did you mean 'agents'?"),
        ],
    )
    def test_one_message(self, given, expected, capsys):
        with pytest.raises(SystemExit) as ended:
            main(given)
        assert ended.value.code == 2
        message = capsys.readouterr().err
        assert message.startswith("shequn: ")
        assert expected in message
        assert len(message.splitlines()) == 1

    def test_a_parser_of_its_own_without_commands(self, capsys):
        parser = Parser(prog="x", formatter_class=Help)
        parser.add_argument("--kind", choices=("a", "b"))
        assert parser.parse_args(["--kind", "b"]) == argparse.Namespace(kind="b")
        with pytest.raises(SystemExit):
            parser.parse_args(["--kind", "c"])
        assert "--kind: 'c' is none of a, b" in capsys.readouterr().err
