"""Look up parameters by words in their path, meaning or source: unit, range, default, source."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from shequn.commands.layout import print_table
from shequn.commands.options import unit_shown
from shequn.experiments.runs.words import counted

if TYPE_CHECKING:
    from shequn.model.parameters import Declaration

EXAMPLES = """examples:
  shequn parameters
  shequn parameters irritation
  shequn parameters half life
  shequn parameters policy.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn parameters``."""
    parser.add_argument(
        "words", nargs="*", metavar="WORD", help="parts of a path, meaning or source: all of them"
    )
    parser.add_argument("--markdown", action="store_true", help="the whole reference as Markdown")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn parameters``."""
    from shequn.agents.errors import Problem, ScenarioError, nearest
    from shequn.model.parameters import declared
    from shequn.model.platforms import PLATFORMS
    from shequn.model.reading import LEVELS
    from shequn.model.scenario import OF_A_RUN

    known = {**OF_A_RUN, **declared()}
    if options.markdown:
        print(reference(list(known.values())), end="")
        return 0
    asked = " ".join(options.words).lower().replace("-", " ")
    found = [about for about in known.values() if _speaks_of(about, asked.split())]
    platforms = not asked or asked in ("platform", "platforms", *PLATFORMS)
    levels = not asked or asked in ("reading", "levels", *LEVELS)
    if not found and not platforms and not levels:
        words = "no parameter has all of this in its path, meaning or source"
        raise ScenarioError([Problem(f"WORD: {asked}", words + nearest(asked, known))])
    rows = [
        [
            a.path,
            default_of(a),
            unit_shown(a.unit),
            a.range,
            f"{a.meaning} ({a.source})",
        ]
        for a in found
    ]
    if rows:
        columns = ["path", "default", "unit", "range", "meaning"]
        print_table(counted(len(rows), "parameter"), columns, rows)
    if platforms:
        print_table("platforms", ["path", *PLATFORMS], platform_rows())
    if levels:
        print_table("levels of reading (--reading)", ["path", *LEVELS], level_rows())
    return 0


def _speaks_of(about: Declaration, words: list[str]) -> bool:
    text = f"{about.path} {about.meaning} {about.source}".lower()
    return all(word in text or word in text.replace("-", " ") for word in words)


def platform_rows() -> list[list[str]]:
    """What each platform sets: one row for each parameter, one column for each platform."""
    from shequn.model.platforms import PLATFORMS

    paths = next(iter(PLATFORMS.values()))
    return [[path, *(_word(row[path]) for row in PLATFORMS.values())] for path in paths]


def level_rows() -> list[list[str]]:
    """What each level of reading sets: a row for each parameter, a column for each level."""
    from shequn.model.reading import LEVELS, level, paths_of_reading

    values = [level(name).values for name in LEVELS]
    return [[path, *(_word(each[path]) for each in values)] for path in paths_of_reading()]


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"


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


def _platforms_in_markdown() -> list[str]:
    from shequn.model.platforms import MEANINGS, PLATFORMS

    rows = [["parameter", *PLATFORMS], ["---"] * (len(PLATFORMS) + 1)]
    rows += [[f"`{row[0]}`", *row[1:]] for row in platform_rows()]
    return [
        "",
        "## Platforms",
        "",
        'A scenario, a channel or a rival takes a column over with `platform = "wechat"`; what it',
        "says itself comes after. The capacities of WeChat and QQ groups are those of the",
        "services; every other number is assumed.",
        "",
        *(f"- `{name}`: {meaning}" for name, meaning in MEANINGS.items()),
        "",
        *("| " + " | ".join(row) + " |" for row in rows),
    ]


def _levels_in_markdown() -> list[str]:
    from shequn.model.reading import LEVELS, level

    rows = [["parameter", *LEVELS], ["---"] * (len(LEVELS) + 1)]
    rows += [[f"`{row[0]}`", *row[1:]] for row in level_rows()]
    return [
        "",
        "## Levels of reading",
        "",
        "`--reading LEVEL`, `Scenario.with_reading` or `reading = 0.25` in a scenario (0 quiet,",
        "0.5 usual, 1 lively, in between interpolated) takes a column over; what the scenario says",
        "itself comes after. Where nothing is said, the values are the scenario's own.",
        "",
        *(f"- `{name}`: {level(name).description}" for name in LEVELS),
        "",
        *("| " + " | ".join(row) + " |" for row in rows),
    ]


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
        allowed = about.range.replace("|", "\\|")
        unit = unit_shown(about.unit)
        cells = [f"`{name}`", default_of(about), unit, allowed, about.meaning, about.source]
        lines.append("| " + " | ".join(cells) + " |")
    lines += _platforms_in_markdown()
    lines += _levels_in_markdown()
    return "\n".join(lines) + "\n"
