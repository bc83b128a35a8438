"""Options that several commands share, and how results are shown."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shequn.commands.layout import print_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from shequn.experiments.perform.effort import Effort
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
    for name, words in (("days", "days to run"), ("seed", "seed")):
        parser.add_argument(
            f"--{name}", type=whole_number, metavar="N", help=f"{words} (the scenario's own)"
        )


def whole_number(text: str) -> int:
    """The type of an option whose range is checked later, with everything else."""
    try:
        return int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number") from error


def at_least(low: int) -> Callable[[str], int]:
    """The type of an option that is a whole number, ``low`` or more."""

    def large_enough(text: str) -> int:
        value = whole_number(text)
        if value < low:
            raise argparse.ArgumentTypeError(f"{value} is out of range; allowed: {low} or more")
        return value

    return large_enough


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


def add_reading(parser: argparse.ArgumentParser, *, every: bool = False) -> None:
    """--reading; with ``every`` also all levels side by side."""
    more = ", or all: the three side by side" if every else ""
    parser.add_argument(
        "--reading", type=_level_or_all if every else _level, metavar="LEVEL",
        help=f"how much members read: quiet, usual or lively{more} (what the scenario has)",
    )  # fmt: skip


def _level(name: str, *more: str) -> str:
    from shequn.agents.errors import ScenarioError
    from shequn.model.reading import check_level

    try:
        check_level(name, *more)
    except ScenarioError as error:
        raise argparse.ArgumentTypeError(error.problems[0].message) from error
    return name


def _level_or_all(name: str) -> str:
    return _level(name, "all")


def add_worlds(parser: argparse.ArgumentParser) -> None:
    """--worlds."""
    parser.add_argument(
        "--worlds",
        type=Path,
        metavar="FILE",
        help="what each replicate draws its parameters from: posterior.csv of shequn calibrate, or "
        "plausible: the table of ranges that comes with the program",
    )


def scenario_of(options: argparse.Namespace) -> Scenario:
    """The scenario that the options describe.

    Parameters
    ----------
    options : argparse.Namespace
        With scenario, values, days, seed and, where there is one, reading.

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
    from shequn.experiments.designs.axes import parse_value
    from shequn.model.reading import ALL, paths_of_reading
    from shequn.model.scenario import Scenario

    scenario = Scenario.load(options.scenario)
    values: dict[str, Any] = {}
    problems = []
    reading = getattr(options, "reading", None)
    if reading not in (None, ALL):
        scenario = scenario.with_reading(reading)
    for text in options.values:
        path, equals, word = text.partition("=")
        if equals:
            values[path.strip()] = parse_value(word)
            if reading == ALL and path.strip() in ("reading", *paths_of_reading()):
                problems.append(Problem(f"--set {text}", "is what --reading all varies"))
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


def at_all_levels(effort: Effort, options: argparse.Namespace) -> Effort:
    """An effort for ``--reading all``; one level is in the scenario already (`scenario_of`)."""
    from shequn.model.reading import ALL

    return replace(effort, reading=ALL) if options.reading == ALL else effort


def with_outcomes(names: Sequence[str], *scenarios: Scenario) -> tuple[list[str], list[Scenario]]:
    """Outcomes that were named, FILE.py:FUNCTION among them, and scenarios that give them.

    Parameters
    ----------
    names : sequence of str
        As they were given.
    *scenarios : Scenario
        What will be run.

    Returns
    -------
    names : list of str
        One's own by the name of the function.
    scenarios : list of Scenario
        With one's own outcomes.

    Raises
    ------
    ScenarioError
        If there is no such function.
    """
    from shequn.model.own_outcome import is_own

    own = [name for name in names if is_own(name)]
    short = [name.rpartition(":")[2] if is_own(name) else name for name in names]
    return short, [scenario.with_outcomes(*own) for scenario in scenarios]


def check_outcome(name: str) -> None:
    """Refuse what is no outcome.

    Raises
    ------
    ScenarioError
        With the nearest name.
    """
    from shequn.experiments.runs.words import check_outcome as check

    check(name, place="--outcome")


def refuse_overlap_of(options: argparse.Namespace, scenario: Scenario) -> None:
    """Refuse parameters that ``--set`` gives and ``--worlds`` draws.

    Raises
    ------
    ScenarioError
        With each of them; or with what is wrong with the table of worlds.
    """
    from shequn.experiments.designs.worlds import Worlds, refuse_overlap

    if options.worlds:
        given = {text.partition("=")[0].strip(): text for text in options.values}
        refuse_overlap(Worlds.of(options.worlds), scenario, given, "--set")


@contextmanager
def compiling(what: str = "the model") -> Iterator[None]:
    """Around a compilation: say so when it is slow."""
    import threading

    words = f"shequn: compiling {what}, once for this version: about half a minute ..."
    timer = threading.Timer(2.5, lambda: print_text(words, stream=sys.stderr))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def compile_first(*scenarios: Scenario) -> None:
    """Compile the kernels for some scenarios before anything is timed; say so when it is slow."""
    from shequn.experiments.runs.run import warm_up

    with compiling():
        warm_up(*scenarios)


@contextmanager
def progress(
    what: str, total: int, work: Sequence[float] | None = None, most: float = float("inf")
) -> Iterator[Callable[[int, int], None]]:
    """A progress bar with time left; plain lines when not on a terminal.

    Parameters
    ----------
    what : str
        What is counted: ``days``, ``runs``.
    total : int
        How many.
    work : sequence of float, optional
        How long each of them takes relative to the others; all the same when None.
    most : float
        Seconds after which it ends, finished or not.

    Yields
    ------
    callable
        To be called with the numbers done and planned.
    """
    from itertools import accumulate

    from shequn.experiments.perform.progress import left_in_words
    from shequn.experiments.runs.pace import Pace

    pace, sums = Pace(most), None if work is None else [0.0, *accumulate(work)]

    def time_left(done: int, planned: int) -> str:
        """In words; empty when it is not known."""
        parts = (done, planned) if sums is None else (sums[done], sums[planned])
        if done:
            pace.note(parts[0])
        return left_in_words(pace.seconds_left(parts[1]))

    if not sys.stderr.isatty():
        yield _plain_progress(what, time_left)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done, planned: bar.update(
            task, completed=done, total=planned, description=time_left(done, planned)
        )


def _plain_progress(what: str, time_left: Callable[[int, int], str]) -> Callable[[int, int], None]:
    import time

    last = time.monotonic()

    def show(done: int, planned: int) -> None:
        nonlocal last
        left = time_left(done, planned)
        if time.monotonic() - last < 5.0 or not left:
            return
        last = time.monotonic()
        print_text(f"{what}: {done} of {planned}, {left}", stream=sys.stderr)

    return show


def unit_shown(unit: str) -> str:
    """A unit for a table: nothing for a pure number."""
    return "" if unit == "1" else unit


def number(value: float) -> str:
    """A number for a table: thousands apart, three digits, a dash for nan."""
    if value != value:
        return "-"
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"
