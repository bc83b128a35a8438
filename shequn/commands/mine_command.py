"""Your own group: from what you know of it to simulated groups like it, and what is best in them.

Asks what an operator knows, each answer may be "don't know"; or reads a file of answers. Then it
looks for simulated groups that have lived as yours has, shows them beside it, and asks in all of
them how many promotions, which size, and whom to seed. docs/mine.md has the questions.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shequn.commands.effort import Counting, all_of
from shequn.commands.layout import print_table, print_text
from shequn.commands.options import add_out, at_least, number

if TYPE_CHECKING:
    from shequn.experiments.mine.answers import Question
    from shequn.experiments.mine.mine import Mined
    from shequn.experiments.perform.effort import Effort

EXAMPLES = """examples:
  shequn mine
  shequn mine --lang zh
  shequn mine answers.toml --out results/mine
  shequn mine answers.toml --to numbers.csv
  shequn mine answers.toml --from mygroup

A file of answers has lines such as members = 900, readers = "?"; only members is needed. What is
asked wins over --to, and that over --from. An interrupted command goes on when it is given again
with --out and its folder.
"""
_ASKING = {
    "en": ("Press Enter where you do not know.", "allowed", "  {words}",
           "Answers so far, for a file of answers:"),
    "zh": ("不知道就直接回车。", "范围", "  {words}", "目前的回答（可存为文件）："),
}  # fmt: skip
_TITLES = {
    "en": ("Your group looks like this: simulated (90 of 100) beside what you said",
           ["", "yours", "simulated", "unit", ""], "missed", "not known"),
    "zh": ("你的群大概是这样：模拟（90%）与你说的对照",
           ["", "你的群", "模拟", "单位", ""], "不符", "不知道"),
}  # fmt: skip


class _Stage(Counting):
    """One of several pieces of work that are kept in one folder."""

    def __init__(self, what: str, folder: Path | None) -> None:
        super().__init__(what, keeps=False)
        self.folder = folder

    def begun(self, folder: Path) -> None:
        """The folder of the whole is what goes on."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn mine``."""
    parser.add_argument(
        "answers", metavar="ANSWERS", nargs="?", type=Path,
        help="a file of answers (TOML); without it you are asked",
    )  # fmt: skip
    parser.add_argument(
        "--to", metavar="NUMBERS", type=Path,
        help="a table of days: date, and any of readers, messages, members, joins, exits, mutes, "
        "orders, ads, content",
    )  # fmt: skip
    parser.add_argument(
        "--from", metavar="FOLDER", type=Path, dest="records", help="a folder of shequn import"
    )
    parser.add_argument(
        "--lang", default="en", choices=("en", "zh"), metavar="LANGUAGE",
        help="language of questions and answers: en (default), or zh (中文)",
    )  # fmt: skip
    parser.add_argument(
        "--tries", type=at_least(240), metavar="N", default=3000,
        help="groups that are simulated at most (3000): more come nearer to yours",
    )  # fmt: skip
    parser.add_argument("--seed", type=at_least(0), default=1, metavar="N", help="seed (1)")
    parser.add_argument(
        "--workers", type=at_least(1), metavar="N", help="threads (one for each core)"
    )
    add_out(parser, "results/mine-001, the next free number")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn mine``."""
    from shequn.experiments.mine.mine import ASKED, Mined, begin
    from shequn.experiments.perform.effort import Effort

    mining = begin(
        _known(options), options.out, keeps=True, tries=options.tries, seed=options.seed,
        language=options.lang,
    )  # fmt: skip

    def stage(what: str, carry_out: Callable[[Effort], Any]) -> Any:
        with _Stage(what, mining.folder) as watcher:
            effort = Effort(workers=options.workers, progress=watcher.progress, watcher=watcher)
            return carry_out(effort)

    found = stage("simulated groups", mining.look)
    answered = {name: stage(f"runs for {name}", partial(mining.ask, name, found)) for name in ASKED}
    show(Mined(mining, found, **answered), options.lang)
    print_text(f"written to {mining.folder} (mine.toml; posterior.csv for --worlds)")
    return 0


def _known(options: argparse.Namespace) -> dict[str, Any]:
    """Answers of all that is given: what is asked wins over counted series, these over records."""
    from shequn.experiments.mine import answers, sources

    found: dict[str, Any] = {}
    if options.records is not None:
        from shequn.experiments.imports.folder import open_records

        found |= sources.from_records(open_records(options.records))
    series, (values, text) = all_of(
        lambda: sources.from_numbers(options.to) if options.to else {},
        lambda: answers.read(options.answers) if options.answers else ({}, ""),
    )
    found |= series
    if options.answers is None:
        return found | ask(options.lang, found)
    said = {key: value for key, value in values.items() if value != "?"}
    return answers.check(found | said, str(options.answers), text)


def ask(language: str, known: dict[str, Any]) -> dict[str, float]:
    """Ask at the terminal, one question after the other.

    Parameters
    ----------
    language : str
        ``en`` or ``zh``.
    known : dict
        What need not be asked.

    Returns
    -------
    dict
        Answers by question; what was not known is left out.
    """
    from shequn.agents.errors import Problem, ScenarioError
    from shequn.experiments.mine.answers import QUESTIONS, text_of

    if not sys.stdin.isatty():
        words = "there is no terminal to ask at; give a file of answers (docs/mine.md)"
        raise ScenarioError([Problem("ANSWERS", words)])
    hint, allowed, line, so_far = _ASKING[language]
    print_text(hint)
    found: dict[str, float] = {}
    try:
        for key, question in QUESTIONS.items():
            if key in known:
                continue
            print_text(f"{question.words(language)} [{allowed}: {question.allowed}]")
            while (text := _typed()) or key == "members":
                value, words = _number_in(text, question, allowed)
                if not words:
                    found[key] = value
                    break
                print_text(line.format(words=words))
    except (KeyboardInterrupt, EOFError):
        print_text(f"\n{so_far}\n")
        print_text(text_of(found, language), stream=sys.stdout)
        raise KeyboardInterrupt from None
    return found


def _typed() -> str:
    return input("> ").strip().replace(",", "").replace("，", "")


def _number_in(text: str, question: Question, allowed: str) -> tuple[float, str]:
    """What was typed as a number, and what is wrong with it: "" when nothing is."""
    try:
        value = float(text.removesuffix("%")) / (100.0 if text.endswith("%") else 1.0)
    except ValueError:
        return 0.0, f"'{text}' is no number; {allowed}: {question.allowed}"
    return value, question.problem(value)


def show(found: Mined, language: str) -> None:
    """Print the group beside the simulated ones, then what was found.

    Parameters
    ----------
    found : Mined
        The answers.
    language : str
        ``en`` or ``zh``.
    """
    from shequn.experiments.mine.words import name_of, unit_of

    title, heads, missed, unknown = _TITLES[language]
    rows = []
    for row in found.looks_like.to_dict("records"):
        given = unknown if row["given"] != row["given"] else number(row["given"])
        told = row["simulated"] == row["simulated"]
        ends = f" ({number(row['simulated_low'])} to {number(row['simulated_high'])})"
        simulated = number(row["simulated"]) + ends if told else "-"
        mark = missed if row["missed"] else ""
        if told or row["given"] == row["given"]:
            name = row["quantity"]
            unit = unit_of(name, language)
            rows.append([name_of(name, language), given, simulated, unit, mark])
    print_table(title, heads, rows)
    for words in found.sentences(language):
        print_text(words, hanging="  ")
