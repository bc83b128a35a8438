"""Tell a results folder on one page: the question, one answer no surer than its interval, why.

One HTML file is written, to print on two pages or to send: nothing in it is loaded from elsewhere,
nothing runs. The folder is read and checked; no run is computed and no policy is run.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from shequn.commands.layout import print_text

EXAMPLES = """examples:
  shequn report results/sweep-wechat-group-001
  shequn report results/sweep-wechat-group-001 --lang zh --out answer.html
  shequn report results/compare-bombardment-001 --audience researcher --out method.html

folders: those of sweep and compare, with --reading all and --worlds or without, of demo and of mine
"""
_LANGUAGES, _AUDIENCES = ("en", "zh"), ("strategist", "researcher", "student")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn report``."""
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="results folder of a sweep ...")
    parser.add_argument(
        "--lang", default="en", choices=_LANGUAGES, metavar="LANGUAGE",
        help="language of the page: en (default), or zh (中文)",
    )  # fmt: skip
    parser.add_argument(
        "--audience", default=_AUDIENCES[0], choices=_AUDIENCES, metavar="WHO",
        help="strategist: the answer, in plain words (default); researcher: also design, method "
        "and tables; student: also what the words mean",
    )  # fmt: skip
    parser.add_argument("--out", metavar="FILE", type=Path, help="a new file (FOLDER/report.html)")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn report``."""
    from shequn.agents.errors import ResultsError
    from shequn.experiments.report.folder import open_folder
    from shequn.experiments.report.page import page_of
    from shequn.views.report_page import html_of

    path = options.folder / "report.html" if options.out is None else options.out
    found = open_folder(options.folder)
    _refuse_existing(path)
    text = html_of(page_of(found, options.lang, options.audience))
    try:
        with path.open("x", encoding="utf-8", newline="\n", errors="replace") as file:
            file.write(text)
    except FileExistsError:
        _refuse_existing(path)
    except ValueError as error:  # NUL, or half of a character
        raise ResultsError(f"{str(path)!r}: no file can have this name") from error
    except OSError as error:
        raise ResultsError(f"{path}: cannot be written: {error.strerror}") from error
    print_text(f"written {path}")
    return 0


def _refuse_existing(path: Path) -> None:
    from shequn.agents.errors import ResultsError
    from shequn.agents.files import is_file, is_folder

    if is_file(path) or is_folder(path) or path.is_symlink():
        words = "exists already; nothing is overwritten: name a new file with --out"
        raise ResultsError(f"{path}: {words}")
