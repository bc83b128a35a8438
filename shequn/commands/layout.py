"""Texts and tables at the width of the screen: lines break between words and nowhere else.

A name, a parameter's path or a file's path is one word, so that it can be copied. What is wider
than the screen is left to the terminal, which breaks a line without changing it. Chinese has no
spaces between words: its lines break after its punctuation, too, which is in no name.
"""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TextIO

_OFF_SCREEN = 110  # columns of a table that is written to a file or a pipe
_GAP = "  "
_PROSE = 40  # columns from which a cell is read as a text and not compared with its neighbours
_NARROWEST = 20  # columns that a text is worth reading in
# A number, an interval or both; a dash or nothing where there is none.
_NUMBER = re.compile(r"[-+±\d.,e*%]*( (±|to) -?[\d.,e]+)?( \(-?[\d.,e]+ to -?[\d.,e]+\))?( %)?")
FIXED = "\u00a0"  # a space that no line breaks at
# What a line does not break in, with the spaces after it: a line may end after these marks as well.
_PIECE = re.compile("[^ ，。；：、！？]*(?:[，。；：、！？]+[）」』”’]*|[^ ，。；：、！？]) *")


def screen_width(stream: TextIO | None = None) -> int | None:
    """Columns of the screen: what ``COLUMNS`` says, else the terminal; None where there is none.

    Parameters
    ----------
    stream : text file, optional
        Where it is printed; standard output when None.
    """
    said = os.environ.get("COLUMNS", "")
    if said.isdigit() and int(said) > 0:
        return int(said)
    try:
        return os.get_terminal_size((stream or sys.stdout).fileno()).columns or None
    except (OSError, ValueError, AttributeError):  # no terminal, or no file at all
        return None


def cells(text: str) -> int:
    """Columns that a text takes: two for each Chinese character."""
    return sum(
        0 if unicodedata.combining(mark) else 1 + (unicodedata.east_asian_width(mark) in "WF")
        for mark in text
    )


def fill(text: str, width: int | None, hanging: str = "", end: str = "") -> list[str]:
    """The lines of a text.

    Parameters
    ----------
    text : str
        Its own line breaks and the space before its first word are kept.
    width : int or None
        Columns; None: only its own line breaks.
    hanging : str
        Before each further line, besides the space before the first word.
    end : str
        After each line that goes on.

    Returns
    -------
    list of str
        Each at most ``width`` columns wide unless it is a single word.
    """
    if width is None:
        return text.split("\n")
    return [line for part in text.split("\n") for line in _broken(part, width, hanging, end)]


def _broken(text: str, width: int, hanging: str, end: str) -> list[str]:
    if cells(text) <= width:
        return [text]
    indent = re.match(" *", text)
    margin = indent.group() if indent else ""
    lines, line = [], margin
    for word in _PIECE.findall(text):
        if line.strip() and cells(line) + cells(word.rstrip()) > width - cells(end):
            lines.append(line.rstrip() + end)
            line = margin + hanging
        line += word
    return [*lines, line.rstrip()]


def print_text(text: object, *, hanging: str = "", stream: TextIO | None = None) -> None:
    """Print a text; on a screen its lines are broken between words."""
    where = stream or sys.stdout
    print("\n".join(fill(str(text), screen_width(where), hanging)), file=where, flush=True)


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]],
                keys: int = 1) -> None:  # fmt: skip
    """Print a table; numbers are to be formatted already.

    Parameters
    ----------
    title : str
        Heading.
    columns : sequence of str
        Headings of the columns; a column of numbers is set right.
    rows : sequence of sequence of str
        Cells.
    keys : int
        Columns from the left that say what a row is about: where a table is wider than the screen
        it is cut into several, and each has these.
    """
    width = screen_width() or _OFF_SCREEN
    print("\n".join([*fill(title, width), "", *table_lines(columns, rows, width, keys), ""]))


def table_lines(
    columns: Sequence[str], rows: Sequence[Sequence[str]], width: int, keys: int = 1
) -> list[str]:
    """The lines of a table: side by side where the screen is wide enough.

    Parameters
    ----------
    columns, rows, keys
        As for `print_table`.
    width : int
        Columns of the screen.

    Returns
    -------
    list of str
        What does not fit is cut into tables one below the other or, where cells are texts, set
        as a paragraph for each row.
    """
    parts = [[str(cell) for cell in row] for row in (columns, *rows)]
    numeric = [bool(rows) and all(_NUMBER.fullmatch(row[k]) for row in parts[1:])
               for k in range(len(columns))]  # fmt: skip
    for row in parts[1:]:  # an interval is read as one number
        row[:] = [
            re.sub(" (to|±) ", rf"{FIXED}\1{FIXED}", cell) if number else cell
            for cell, number in zip(row, numeric, strict=True)
        ]
    want = [max(cells(line) for row in parts for line in row[k].split("\n"))
            for k in range(len(columns))]  # fmt: skip
    need = [max(cells(word.rstrip()) for row in parts for word in _pieces(row[k]))
            for k in range(len(columns))]  # fmt: skip
    prose = [wide > max(_PROSE, word) for wide, word in zip(want, need, strict=True)]
    need = [max(n, _NARROWEST) if text else n for n, text in zip(need, prose, strict=True)]
    if any(prose) and _total(need) > width:
        lines = _paragraphs(parts, width)
    else:
        lines = []
        for panel in _panels(need, width, keys):
            lines += [""] * bool(lines) + _panel(parts, panel, numeric, _widths(
                [need[k] for k in panel], [want[k] for k in panel], width))  # fmt: skip
    return [line.replace(FIXED, " ") for line in lines]


def _pieces(text: str) -> list[str]:
    return _PIECE.findall(text.replace("\n", " ")) or [""]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _panels(need: Sequence[int], width: int, keys: int) -> Iterator[list[int]]:
    """Numbers of the columns that stand side by side."""
    panel = list(range(min(keys, len(need))))
    for k in range(len(panel), len(need)):
        if len(panel) > keys and _total([need[i] for i in (*panel, k)]) > width:
            yield panel
            panel = list(range(keys))
        panel.append(k)
    yield panel


def _widths(need: list[int], want: list[int], width: int) -> list[int]:
    """Columns for each: what it needs, and of the room left as much as it wants, in fair shares."""
    room = max(0, width - _total(need))
    found = list(need)
    order = sorted(range(len(need)), key=lambda k: want[k] - need[k])
    for place, k in enumerate(order):
        share = min(max(0, want[k] - need[k]), room // (len(order) - place))
        found[k] += share
        room -= share
    return found


def _panel(parts: list[list[str]], panel: list[int], numeric: list[bool],
           widths: list[int]) -> list[str]:  # fmt: skip
    lines = []
    for number, row in enumerate(parts):
        broken = [fill(row[k], width) for k, width in zip(panel, widths, strict=True)]
        for height in range(max(map(len, broken))):
            words = []
            for k, width, column in zip(panel, widths, broken, strict=True):
                word = column[height] if height < len(column) else ""
                space = " " * max(0, width - cells(word))
                words.append(space + word if numeric[k] else word + space)
            lines.append(_GAP.join(words).rstrip())
        if number == 0:
            lines.append("─" * _total(widths))
    return lines


def _paragraphs(parts: list[list[str]], width: int) -> list[str]:
    """Each row as a paragraph: its first cell, then the others with their headings."""
    heads, *rows = ([cell.replace("\n", " ") for cell in row] for row in parts)
    margin = max(map(cells, heads[1:])) + 2
    lines = []
    for row in rows:
        lines += [""] * bool(lines) + fill(row[0], width)
        for head, cell in zip(heads[1:], row[1:], strict=True):
            if cell:
                space = " " * (margin - cells(head))
                first, *more = fill(cell, max(_NARROWEST, width - margin - 2))
                lines.append(f"  {head}{space}{first}")
                lines += [" " * (margin + 2) + line for line in more]
    return lines
