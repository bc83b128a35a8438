"""Options that several commands share, and how results are shown."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from shequn.model.scenario import Scenario


def add_scenario(parser: argparse.ArgumentParser) -> None:
    """SCENARIO, --set, --days, --seed."""
    parser.add_argument("scenario", metavar="SCENARIO", help="name of a scenario, or a TOML file")
    parser.add_argument(
        "--set",
        metavar="PATH=VALUE",
        action="append",
        default=[],
        dest="values",
        help="change a parameter, repeatable: --set group.capacity=500",
    )
    add_length(parser)


def add_length(parser: argparse.ArgumentParser) -> None:
    """--days, --seed."""
    parser.add_argument("--days", type=int, metavar="N", help="days to run (the scenario's own)")
    parser.add_argument("--seed", type=int, metavar="N", help="seed (the scenario's own)")


def at_least(low: int) -> Callable[[str], int]:
    """The type of an option that is a whole number, ``low`` or more."""

    def whole_number(text: str) -> int:
        try:
            value = int(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"'{text}' is not a whole number") from error
        if value < low:
            raise argparse.ArgumentTypeError(f"{value} is out of range; allowed: {low} or more")
        return value

    return whole_number


def add_out(parser: argparse.ArgumentParser, default: str) -> None:
    """--out."""
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help=f"where results land ({default})"
    )


def add_trust(parser: argparse.ArgumentParser) -> None:
    """--trust."""
    parser.add_argument(
        "--trust",
        action="store_true",
        help="run the policy file (Python code) that the file or folder names; read it first",
    )


def add_worlds(parser: argparse.ArgumentParser) -> None:
    """--worlds."""
    parser.add_argument(
        "--worlds",
        type=Path,
        metavar="FILE",
        help="posterior.csv of shequn calibrate: each replicate draws its parameters from it",
    )


def scenario_of(options: argparse.Namespace) -> Scenario:
    """The scenario that the options describe.

    Parameters
    ----------
    options : argparse.Namespace
        With scenario, values, days and seed.

    Returns
    -------
    Scenario
        Checked.

    Raises
    ------
    ScenarioError
        With everything that is wrong.
    """
    from shequn.agents.errors import Problem, ScenarioError
    from shequn.experiments.axes import parse_value
    from shequn.model.scenario import Scenario

    scenario = Scenario.load(options.scenario)
    values: dict[str, Any] = {}
    problems = []
    for text in options.values:
        path, equals, word = text.partition("=")
        if equals:
            values[path.strip()] = parse_value(word)
        else:
            problems.append(Problem(f"--set {text}", "expected PATH=VALUE"))
    for name in ("days", "seed"):
        if getattr(options, name) is not None:
            values[f"run.{name}"] = getattr(options, name)
    try:
        changed = scenario.with_values(values)
    except ScenarioError as error:
        raise ScenarioError([*problems, *error.problems]) from error
    if problems:
        raise ScenarioError(problems)
    return changed


def compile_first(*scenarios: Scenario) -> None:
    """Compile the kernels for some scenarios before anything is timed; say so when it is slow."""
    import threading

    from shequn.experiments.run import warm_up

    words = "shequn: compiling the model, once for this version: about half a minute ..."
    timer = threading.Timer(2.5, lambda: print(words, file=sys.stderr, flush=True))
    timer.daemon = True
    timer.start()
    try:
        warm_up(*scenarios)
    finally:
        timer.cancel()


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int, int], None]]:
    """A progress bar with time left; plain lines when not on a terminal.

    Parameters
    ----------
    what : str
        What is counted: ``days``, ``runs``.
    total : int
        How many.

    Yields
    ------
    callable
        To be called with the numbers done and planned.
    """
    if not sys.stderr.isatty():
        yield _plain_progress(what)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("elapsed"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done, planned: bar.update(task, completed=done, total=planned)


def _plain_progress(what: str) -> Callable[[int, int], None]:
    import time

    start = last = time.monotonic()

    def show(done: int, planned: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < 5.0 or done == 0:
            return
        last = now
        left = (now - start) / done * (planned - done)
        print(f"{what}: {done} of {planned}, about {left:.0f} s left", file=sys.stderr, flush=True)

    return show


def print_table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Print a table; numbers are to be formatted already.

    Parameters
    ----------
    title : str
        Heading.
    columns : list of str
        Headings of the columns; a column of numbers is set right.
    rows : list of list of str
        Cells.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    for k, name in enumerate(columns):
        numbers = all(row[k][:1] in "-+0123456789" for row in rows)
        table.add_column(name, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    width = None if sys.stdout.isatty() else 110
    Console(width=width, highlight=False, markup=False, emoji=False).print(table)


def counted(count: int, thing: str) -> str:
    """A number of things: 1 run, 2 runs."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def number(value: float) -> str:
    """A number for a table: thousands apart, three digits, a dash for nan."""
    if value != value:
        return "-"
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"
