"""Write a commented scenario file to start from."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from shequn.commands.layout import print_text

EXAMPLES = """examples:
  shequn new my-group
  shequn new my-group --from product-club
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn new``."""
    parser.add_argument("name", metavar="NAME", help="name of the scenario: NAME.toml is written")
    parser.add_argument(
        "--from", default="wechat-group", metavar="SCENARIO", dest="base",
        help="named scenario to build on (wechat-group)",
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
            file.write(template(name, options.base, scenario))
    except FileExistsError as error:
        raise ResultsError(f"{path}: exists already; nothing is overwritten") from error
    except OSError as error:
        raise ResultsError(f"{path}: cannot be written: {error.strerror}") from error
    print_text(f"written {path}; next: shequn check {path}, shequn run {path}")
    return 0


_SECTIONS = (
    ("market", ("people",), "everyone who could ever join"),
    ("group", ("count", "capacity", "seed_fill", "overflow"), "the groups"),
    ("product", ("quality", "price", "margin"), "what is sold"),
    ("policy", ("name", "content_per_day", "promo_share", "overtness"), "what the operator posts"),
    ("discovery", ("rate", "ad_budget"), "how people come in without an invitation"),
    ("invite", ("accept", "reward"), "how members bring others in"),
    ("costs", ("wage",), "what it costs"),
)


def template(name: str, base: str, scenario: object) -> str:
    """Text of a new scenario file.

    Parameters
    ----------
    name : str
        Its name.
    base : str
        The named scenario that it extends.
    scenario : Scenario
        That scenario: its values are the starting point.

    Returns
    -------
    str
        TOML with a comment on every line.
    """
    from shequn.commands.parameters_command import default_of
    from shequn.model.parameters import declared
    from shequn.model.scenario import Scenario

    assert isinstance(scenario, Scenario)
    lines = [
        f'title = "{name}"',
        'description = "What this scenario is about, for a reader."',
        f'extends = "{base}"    # what is not said here is as there',
        "",
        "[run]",
        f"days = {scenario.days}",
        f"seed = {scenario.seed}",
    ]
    about = declared()
    for section, names, meaning in _SECTIONS:
        lines += ["", f"[{section}]    # {meaning}"]
        for key in names:
            item = about[f"{section}.{key}"]
            value = scenario.value(item.path)
            text = f'"{value}"' if isinstance(value, str) else default_of_value(value)
            allowed = f"{item.range}; default {default_of(item)}"
            lines.append(f"{key} = {text}    # {item.meaning}; {allowed}")
    lines += ["", "# All parameters, with unit, range and source: shequn parameters [WORD]"]
    return "\n".join(lines) + "\n"


def default_of_value(value: object) -> str:
    """A value as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)
