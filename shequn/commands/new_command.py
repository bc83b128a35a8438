"""Write a commented scenario file to start from."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from shequn.commands.layout import FIXED, fill, print_text
from shequn.commands.new_words import LANGUAGES, Words

if TYPE_CHECKING:
    from shequn.model.scenario import Scenario

EXAMPLES = """examples:
  shequn new my-group
  shequn new my-group --from product-club
  shequn new my-group --lang zh
"""

_WIDTH = 80  # columns of a written line, two for each Chinese character


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn new``."""
    parser.add_argument("name", metavar="NAME", help="name of the scenario: NAME.toml is written")
    parser.add_argument(
        "--from", default="wechat-group", metavar="SCENARIO", dest="base",
        help="named scenario to build on (wechat-group)",
    )  # fmt: skip
    parser.add_argument(
        "--lang", default="en", choices=tuple(LANGUAGES), metavar="LANGUAGE",
        help="language of the comments: en (default), or zh (中文); the keys are the same",
    )  # fmt: skip


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn new``."""
    from shequn.agents.errors import Problem, ResultsError, ScenarioError
    from shequn.model.scenario import Scenario

    name = options.name.removesuffix(".toml")
    if not re.fullmatch(r"[\w-]+", name):
        words = f"'{options.name}' is no name; use letters, digits, - and _"
        raise ScenarioError([Problem("NAME", words)])
    scenario = Scenario.load(options.base)
    path = Path(f"{name}.toml")
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(template(name, options.base, scenario, LANGUAGES[options.lang]))
    except FileExistsError as error:
        raise ResultsError(f"{path}: exists already; nothing is overwritten") from error
    except OSError as error:
        raise ResultsError(f"{path}: cannot be written: {error.strerror}") from error
    print_text(f"written {path}; next: shequn check {path}, shequn run {path}")
    return 0


_SECTIONS = {
    "market": ("people",),
    "group": ("count", "capacity", "seed_fill", "overflow"),
    "product": ("quality", "price", "margin"),
    "policy": ("name", "content_per_day", "promo_share", "overtness"),
    "discovery": ("rate", "ad_budget"),
    "invite": ("accept", "reward"),
    "costs": ("wage",),
}


def template(name: str, base: str, scenario: Scenario, words: Words) -> str:
    """Text of a new scenario file.

    Parameters
    ----------
    name : str
        Its name.
    base : str
        The named scenario that it extends.
    scenario : Scenario
        That scenario: its values are the starting point.
    words : Words
        The language of its comments and of its description.

    Returns
    -------
    str
        TOML with a comment above every parameter.
    """
    from shequn.commands.parameters_command import default_of
    from shequn.model.parameters import declared

    lines = [
        f'title = "{name}"',
        f'description = "{words.description}"',
        f'extends = "{base}"    # {words.extends}',
        "",
        "[run]",
        f"days = {scenario.days}",
        f"seed = {scenario.seed}",
    ]
    about = declared()
    for section, names in _SECTIONS.items():
        lines += ["", f"[{section}]    # {words.sections[section]}"]
        for key in names:
            item = about[f"{section}.{key}"]
            value = scenario.value(item.path)
            text = f'"{value}"' if isinstance(value, str) else default_of_value(value)
            comment = fill(words.comment(item, default_of(item)), _WIDTH - len("# "))
            lines += [f"# {line}".replace(FIXED, " ") for line in comment]
            lines.append(f"{key} = {text}")
    lines += ["", f"# {words.more}: shequn parameters [WORD]"]
    return "\n".join(lines) + "\n"


def default_of_value(value: object) -> str:
    """A value as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)
