"""Look up parameters by a word in their path or meaning: unit, range, default, source."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from shequn.commands.options import print_table

if TYPE_CHECKING:
    from shequn.model.parameters import Declaration

EXAMPLES = """examples:
  shequn parameters
  shequn parameters irritation
  shequn parameters policy.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn parameters``."""
    parser.add_argument("word", nargs="?", default="", metavar="WORD", help="part of a name")
    parser.add_argument("--markdown", action="store_true", help="the whole reference as Markdown")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn parameters``."""
    from shequn.agents.errors import Problem, ScenarioError, nearest
    from shequn.model.parameters import declared

    if options.markdown:
        print(reference(list(declared().values())), end="")
        return 0
    word = options.word.lower()
    found = [a for a in declared().values() if word in a.path or word in a.meaning.lower()]
    if not found:
        words = f"no parameter has '{options.word}' in its name or meaning"
        raise ScenarioError([Problem("", words + nearest(options.word, declared()))])
    rows = [
        [
            a.path,
            default_of(a),
            a.unit if a.unit != "1" else "",
            a.range,
            f"{a.meaning} ({a.source})",
        ]
        for a in found
    ]
    print_table(f"{len(rows)} parameters", ["path", "default", "unit", "range", "meaning"], rows)
    return 0


def default_of(about: Declaration) -> str:
    """The default in words; long lists cut short."""
    value: Any = about.default
    if isinstance(value, tuple):
        return "[" + ", ".join(f"{item:g}" for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if value != "" else '""'


def reference(items: list[Declaration]) -> str:
    """The parameter reference as Markdown.

    Parameters
    ----------
    items : list of Declaration
        Every parameter.

    Returns
    -------
    str
        One table for each section.
    """
    lines = [
        "# Parameters",
        "",
        'Made by `shequn parameters --markdown`. A source of "assumed" means: no measurement',
        "stands behind the default. Every half-life may be `inf` (nothing fades).",
    ]
    section = ""
    for about in items:
        head, _, name = about.path.rpartition(".")
        if head != section:
            section = head
            lines += ["", f"## {head}", "", "| name | default | unit | range | meaning | source |"]
            lines.append("|---|---|---|---|---|---|")
        unit = "" if about.unit == "1" else about.unit
        allowed = about.range.replace("|", "\\|")
        cells = [f"`{name}`", default_of(about), unit, allowed, about.meaning, about.source]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
