"""Read the chat export of a group of your own: who, when and which thread; no text, no name.

Written are tables of numbers, for the functions that measure facts. Authors are numbers; the key
that leads from names to them stays on this computer. docs/import.md says how to export from each
program, docs/privacy.md what is kept where, and how to delete it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shequn.commands.layout import print_text
from shequn.commands.options import add_out, number, progress

if TYPE_CHECKING:
    from shequn.experiments.imports.importing import Imported

EXAMPLES = """examples:
  shequn import chat.zip --out mygroup
  shequn import chat.txt --kind whatsapp --dates dmy --out mygroup
  shequn import result.json --kind telegram --zone Asia/Shanghai
  shequn import table.csv --kind csv --out mygroup

kinds: wechat, whatsapp, telegram, discord, slack, qq, csv; told from the file when left out
"""
_QUIET = 2.0  # seconds for which nothing is shown (assumed)
_MEGABYTE = 1_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn import``."""
    parser.add_argument("export", metavar="EXPORT", type=Path, help="a file, a folder or a zip")
    parser.add_argument(
        "--kind", metavar="KIND", help="the program that wrote it (told from the file)"
    )
    parser.add_argument(
        "--dates", metavar="ORDER",
        help="dmy, mdy or ymd: order of day, month and year (told from the file where it can be)",
    )  # fmt: skip
    parser.add_argument(
        "--zone", metavar="ZONE",
        help="time zone of the group, such as Asia/Shanghai (local times stay, others are UTC)",
    )  # fmt: skip
    add_out(parser, "results/import-KIND-NNN")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn import``."""
    from shequn.experiments.imports.importing import import_export

    with _after_a_while() as show:
        found = import_export(
            options.export, options.out, options.kind, options.dates, options.zone, show
        )
    _print(found)
    return 0


@contextmanager
def _after_a_while() -> Iterator[Callable[[int, int], None]]:
    """Show progress in megabytes, from two seconds on."""
    begun = time.monotonic()
    with ExitStack() as stack:
        bar: list[Callable[[int, int], None]] = []

        def show(done: int, total: int) -> None:
            if not bar and time.monotonic() - begun > _QUIET:
                bar.append(stack.enter_context(progress("MB", max(1, total // _MEGABYTE))))
            if bar:
                bar[0](done // _MEGABYTE, max(1, total // _MEGABYTE))

        yield show


def _print(found: Imported) -> None:
    about = found.about
    guessed = " (told from the file; --kind says otherwise)" if about["kind_was_guessed"] else ""
    print_text(f"kind: {about['kind']}{guessed}")
    told = about["dates"]["told_by"]
    if told:
        print_text(f"dates: {about['dates']['order']}, known by: {told}")
    print_text(_understood(about))
    for place, reason in found.missed:
        print_text(f"  not understood: {place}: {reason}")
    days = "1 day" if about["days"] == 1 else f"{about['days']:,} days"
    rows = [
        ("groups", f"{about['groups']:,}"),
        ("messages", f"{about['messages']:,}"),
        ("people who wrote", f"{about['people']:,}"),
        ("period", f"{about['first_day']} to {about['last_day']}, {days}"),
        ("clock", _clock(about)),
        ("messages a day", number(about["messages"] / about["days"])),
        ("written by the most active tenth", f"{about['share_by_most_active_tenth']:.0%}"),
        ("median time to a reply", _reply(about)),
        ("joined, left, taken out", ", ".join(f"{n:,}" for n in about["events"].values())),
    ]
    for name, value in rows:
        print_text(f"{name}: {value}")
    print_text(f"not in it: {'; '.join(_not_told(about))}", hanging="  ")
    print_text(f"names: keyed hashes; the key is in {found.key_file} and stays there")
    print_text(f"results: {found.folder}")


def _understood(about: dict[str, Any] | Any) -> str:
    missed = sum(about["not_understood"].values())
    parts = [f"understood: {about['messages']:,} messages and {about['notices']:,} notices"]
    others = (
        (missed, "not understood"),
        (about["messages_by_programs_left_out"], "by programs, left out"),
        (about["private_chats_left_out"], "private chats, left out"),
        (about["other_files_left_alone"], "other files, left alone"),
    )
    return ", ".join([*parts, *(f"{count:,} {words}" for count, words in others if count)])


def _clock(about: Any) -> str:
    if about["clock"] == "local":
        return "as in the export, of which no time zone is known (--zone names it)"
    if about["clock"] == "UTC":
        return "UTC (--zone turns it into the time of the place)"
    return about["clock"] if about["absolute"] else f"{about['clock']}, as you said"


def _reply(about: Any) -> str:
    if not about["replies_are_told"]:
        return "not known: the export does not tell which message answers which"
    seconds = about["median_seconds_to_a_reply"]
    if seconds != seconds:
        return "no reply in it"
    return f"{number(seconds / 60)} min" if seconds >= 90 else f"{number(seconds)} s"


def _not_told(about: Any) -> list[str]:
    """What no export, or not this one, can tell."""
    missing = ["who reads", "who only looks", "what is bought"]
    if not about["replies_are_told"]:
        missing.append("who answers whom")
    elif about["replies_to_messages_not_there"]:
        count = about["replies_to_messages_not_there"]
        missing.append(f"what {count:,} replies answer")
    if not any(about["events"].values()):
        missing.append("who came and left")
    else:
        missing.append("who was there before it begins")
    return missing
