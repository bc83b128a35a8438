"""Reading the command line: help at the width of the screen, one message for what is wrong."""

from __future__ import annotations

import argparse
import re
import sys
from typing import Any, NoReturn

from shequn.agents.errors import nearest, readable
from shequn.commands.layout import FIXED, fill, print_text, screen_width

_WIDEST = 100


class Help(argparse.HelpFormatter):
    """Help whose lines break between words; an example can be copied whole, broken or not."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=min(screen_width() or 80, _WIDEST))

    def _split_lines(self, text: str, width: int) -> list[str]:
        return fill(" ".join(text.split()), width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        # Lines that begin with a space are examples; those that do not are of one paragraph.
        examples = re.sub(r"\n {3,}", " ", re.sub(r",\n {3,}", ",", text))
        joined = re.sub(r"(?<=[^\n])\n(?=[^\s])", _join, examples)
        return "\n".join(
            indent + line for part in joined.split("\n") for line in _paragraph(part, width)
        )


def _join(found: re.Match[str]) -> str:
    """A space within a paragraph; after an example the line ends."""
    before = found.string[: found.start()].rpartition("\n")[2]
    return "\n" if before.startswith(" ") or before.endswith("examples:") else " "


def _paragraph(text: str, width: int) -> list[str]:
    if not text.startswith("  shequn "):
        return fill(text, width)
    # What is quoted stays together, and so do an option and its value.
    whole = re.sub(r"\"[^\"]*\"|'[^']*'", lambda m: m.group().replace(" ", FIXED), text)
    whole = re.sub(r"(--[a-z-]+) (?=[^-])", rf"\1{FIXED}", whole)
    return [line.replace(FIXED, " ") for line in fill(whole, width, "    ", " \\")]


class Parser(argparse.ArgumentParser):
    """As argparse has it; what is wrong is said as everywhere: ``shequn: place: what``."""

    def parse_known_args(self, *given: Any, **named: Any) -> Any:
        """Refuse what is not known where it is read, with the nearest option there is."""
        try:
            found, unknown = super().parse_known_args(*given, **named)
        except ValueError:  # argparse before Python 3.13 takes -- for the value of an option
            self.error("an option lacks its value")
        if unknown:
            options = [name for name in self._option_string_actions if name.startswith("--")]
            word = unknown[0].partition("=")[0]
            kind = "option" if word.startswith("-") else "place for it"
            self.error(f"{word}: there is no such {kind}{nearest(word, options)}")
        return found, unknown

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            allowed = list(map(str, action.choices))
            words = f"'{value}' is none of {', '.join(allowed)}{nearest(str(value), allowed)}"
            raise argparse.ArgumentError(action, words)

    def error(self, message: str) -> NoReturn:
        """End with exit code 2."""
        required = re.fullmatch("the following arguments are required: (.*)", message)
        if required:
            message = f"{required.group(1)}: missing; see {self.prog} --help"
        words = re.sub("^argument ", "", message)
        print_text(f"shequn: {readable(words)}", stream=sys.stderr)
        raise SystemExit(2)
