"""TOML texts: what they hold, and in which line a key stands."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

_DEEPEST = 50  # tables and lists inside one another (assumed)


def parse_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    dict
        By key.

    Raises
    ------
    ValueError
        If it is not valid, is nested too deeply, or holds a number of thousands of digits.
    """
    try:
        tree = tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    waiting: list[tuple[Any, int]] = [(tree, 0)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, dict | list):
            inside = item.values() if isinstance(item, dict) else item
            waiting += [(each, depth + 1) for each in inside]
        elif isinstance(item, int) and abs(item) > 10**4000:  # Python would not print it
            raise ValueError("holds a number of more than 4,000 digits")
        if depth > _DEEPEST:
            raise ValueError("nested too deeply")
    return tree


def lines_of(text: str) -> dict[str, tuple[int, str]]:
    """Number and text of the line of each key of a TOML text: the parser does not keep them."""
    found: dict[str, tuple[int, str]] = {}
    current = ""
    blocks: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        head, equals, rest = line.partition("=")
        words = head.strip()
        if words.startswith("[") and "]" in words:
            current = _section_of(words, blocks)
            found.setdefault(current, (number, ""))
        elif equals:
            key = words.strip("\"'")
            found.setdefault(f"{current}.{key}" if current else key, (number, rest))
    return found


def line_of(lines: Mapping[str, tuple[int, str]], path: str) -> int:
    """The line of a key, 0 when it cannot be found; a key of an inline table is in its line."""
    section, _, name = path.rpartition(".")
    number, _ = lines.get(path, (0, ""))
    around, rest = lines.get(section, (0, ""))
    return number or (around if f"{name} " in rest.replace("=", " ") else 0)


def _section_of(words: str, blocks: dict[str, int]) -> str:
    """The path of a line ``[section]`` or ``[[block]]``; blocks are counted."""
    inside = words.lstrip("[").partition("]")[0]
    current = inside.replace('"', "").replace(" ", "")
    if words.startswith("[["):
        blocks[current] = blocks.get(current, 0) + 1
    first, dot, rest = current.partition(".")
    return f"{first}.{blocks[first]}{dot}{rest}" if first in blocks else current
