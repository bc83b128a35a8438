"""Options of every command that computes many runs: how many, who computes, what is said."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shequn.commands.layout import print_text
from shequn.commands.options import (
    add_trust,
    at_least,
    compiling,
    number,
    progress,
)
from shequn.experiments.perform.watcher import Watcher

if TYPE_CHECKING:
    from shequn.experiments.perform.effort import Effort
    from shequn.experiments.perform.execute import State
    from shequn.experiments.perform.preflight import Preflight
    from shequn.experiments.perform.probe import Probe
    from shequn.model.scenario import Scenario

More = Callable[[Any], tuple[list[str], dict[str, Any]]]
REPLICATES = 16
MOST = 1000  # replicates that --until may run when nothing else is said
HANGING = " " * 11  # under the words of a line, beside its name
LONG = 10.0  # seconds from which one wants to know beforehand


def add_effort(parser: argparse.ArgumentParser, *, replicates: int = REPLICATES) -> None:
    """--replicates, --workers, --cluster, --reuse, --fail-fast, --dry-run, --trust, --json."""
    parser.add_argument(
        "--replicates", type=at_least(1), metavar="N", help=f"runs of each point ({replicates})"
    )
    parser.add_argument(
        "--workers", metavar="N",
        help="how many at a time (one for each core); threads:N or processes:N decide the kind",
    )  # fmt: skip
    parser.add_argument(
        "--cluster", metavar="ADDRESS", help="a Dask scheduler: tcp://127.0.0.1:8786"
    )
    parser.add_argument(
        "--reuse", type=Path, action="append", default=[], metavar="FOLDER",
        help="take over runs that another results folder holds, repeatable",
    )  # fmt: skip
    parser.add_argument("--fail-fast", action="store_true", help="stop at the first failing run")
    parser.add_argument(
        "--dry-run", action="store_true", help="show how much there is to do; then stop"
    )
    add_trust(parser)
    parser.add_argument(
        "--json", action="store_true", help="print lines of JSON instead of tables, for machines"
    )


def add_precision(parser: argparse.ArgumentParser) -> None:
    """--until, --budget."""
    parser.add_argument(
        "--until", metavar="WIDTH",
        help="add replicates until the 95 %% interval is narrow enough: 'members +-5', "
        f"'customer_equity +-5%%'; --replicates is then the most ({MOST})",
    )  # fmt: skip
    parser.add_argument(
        "--budget", metavar="TIME",
        help="90s, 5min, 2h: decides the number of replicates; with --until, when to give up",
    )  # fmt: skip


def all_of(*reads: Callable[[], Any]) -> list[Any]:
    """What several readings of the command line give; every problem at once when one fails.

    Parameters
    ----------
    *reads : callable
        Each reads a part of it.

    Returns
    -------
    list
        What they gave, in order.

    Raises
    ------
    ScenarioError
        With the problems of all of them.
    """
    from shequn.agents.errors import ScenarioError

    found, problems = [], []
    for read in reads:
        try:
            found.append(read())
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return found


class _DryRun(Exception):
    """What is to be expected was all that was wanted."""


class Counting(Watcher):
    """Shows how far some work is that is counted, and says how to go on when it is interrupted.

    Parameters
    ----------
    what : str
        What is counted: ``runs``.
    keeps : bool
        Whether results are kept in the next free folder when no other is wanted.
    most : float
        Seconds after which the work ends, finished or not.
    """

    def __init__(self, what: str, *, keeps: bool, most: float = float("inf")) -> None:
        self.what, self.keeps, self.most = what, keeps, most
        self.folder: Path | None = None
        self._open = ExitStack()
        self._show: Callable[[int, int], None] | None = None

    def __enter__(self) -> Counting:
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        self._open.close()
        say_how_to_go_on(kind, self.folder)

    def compiling(self) -> AbstractContextManager[Any]:
        """Say so when it is slow."""
        return compiling()

    def begun(self, folder: Path) -> None:
        """Remember how to go on."""
        self.folder = folder

    def progress(self, state: State) -> None:
        """Show how far it is."""
        if self._show is None:
            bar = progress(self.what, state.planned, most=self.most)
            self._show = self._open.enter_context(bar)
        self._show(state.done, state.planned)


def say_how_to_go_on(kind: type | None, folder: Path | None) -> None:
    """After an interruption: the folder in which finished work is kept."""
    if kind is not None and issubclass(kind, KeyboardInterrupt) and folder is not None:
        words = "finished runs are kept; to go on, give the same command with --out "
        print_text(f"shequn: {words}{folder}", stream=sys.stderr)


class Terminal(Watcher):
    """Says at the terminal how a question gets on; leaves the block quietly after a dry run.

    Parameters
    ----------
    options : argparse.Namespace
        As `add_effort`, `add_precision` and `add_out` make them.
    more : callable
        What to say of a `State` besides: words for people, facts for JSON (`width_of`).
    probes : float
        Seconds of runs that are tried beforehand.
    asked : callable, optional
        Prints what was asked, in a dry run.
    **facts
        Further facts of the question, for JSON.
    """

    keeps = True

    def __init__(
        self, options: argparse.Namespace, more: More, probes: float = 1.0,
        asked: Callable[[], None] | None = None, **facts: Any,
    ) -> None:  # fmt: skip
        self.options, self.more, self.probes = options, more, probes
        self.asked, self.facts = asked, facts
        self.folder: Path | None = None
        self._open = ExitStack()
        self._show: Callable[[Any], None] | None = None

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type | None, error: object, _: object) -> bool:
        self._open.close()
        say_how_to_go_on(kind, self.folder)
        return kind is _DryRun

    def effort(self) -> Effort:
        """What the options ask for.

        Raises
        ------
        ScenarioError
            If options contradict one another, or one of them cannot be read.
        """
        from shequn.agents.errors import Problem, ScenarioError
        from shequn.experiments.perform.effort import Effort

        options = self.options
        if options.cluster and options.workers:
            words = "has its own workers; drop it or --workers"
            raise ScenarioError([Problem("--cluster", words)])
        return Effort(
            replicates=options.replicates, until=getattr(options, "until", None),
            budget=getattr(options, "budget", None), worlds=getattr(options, "worlds", None),
            out=options.out, workers=options.cluster or options.workers, reuse=options.reuse,
            fail_fast=options.fail_fast, progress=self.progress, watcher=self,
        )  # fmt: skip

    def compiling(self) -> AbstractContextManager[Any]:
        """Say so when it is slow."""
        return compiling()

    def note(self, words: str) -> None:
        """Print it."""
        print_text(words)

    def probe(self, scenarios: Sequence[Scenario]) -> Callable[..., Probe]:
        """What measures how long runs take; a dry run runs no policy file that is not trusted."""
        from shequn.experiments.perform.probe import no_probe, probe
        from shequn.model.scenario import policy_files

        code = [str(path) for scenario in scenarios for path in policy_files(scenario)]
        if not (self.options.dry_run and code and not self.options.trust):
            return partial(probe, seconds=self.probes)
        words = f"a dry run does not run {', '.join(dict.fromkeys(code))}; with --trust it does"
        return lambda *_: no_probe(words)

    def ahead(self, found: Preflight) -> None:
        """Print it when it is the answer, or takes more than a moment."""
        if self.options.json:
            say(self.options, "preflight", **self.facts, **found.as_dict())
        elif self.options.dry_run:
            if self.asked is not None:
                self.asked()
            print_text(found, hanging=HANGING)
        elif found.seconds > LONG and not getattr(self.options, "until", None):
            print_text(found, hanging=HANGING, stream=sys.stderr)
        if self.options.dry_run:
            raise _DryRun

    def begun(self, folder: Path) -> None:
        """Remember how to go on; show progress from now on."""
        self.folder = folder
        self._show = self._open.enter_context(showing(self.options, self.more))

    def progress(self, state: State) -> None:
        """Show how far it is."""
        if self._show is not None:
            self._show(state)


def say(options: argparse.Namespace, event: str, **facts: Any) -> None:
    """Print a line of JSON, if JSON is wanted."""
    from shequn.experiments.runs.store import plain

    if options.json:
        print(json.dumps(plain({"event": event, **facts}), ensure_ascii=False), flush=True)


def width_of(outcome: str) -> More:
    """What most experiments say besides how far they are: how well an outcome is known."""
    name = outcome.replace("_", " ")

    def more(state: State) -> tuple[list[str], dict[str, Any]]:
        known = [] if state.width is None else [f"{name} ± {number(state.width)}"]
        return known, {"outcome": outcome, "half_width": state.width}

    return more


@contextmanager
def showing(options: argparse.Namespace, more: More) -> Iterator[Callable[[Any], None]]:
    """Say how far an experiment has come: a bar, plain lines off a terminal, JSON if wanted.

    Parameters
    ----------
    options : argparse.Namespace
        With json.
    more : callable
        What to say of a `State` besides: words for people, facts for JSON (`width_of`).

    Yields
    ------
    callable
        To be called with each `State`.
    """
    if options.json or not sys.stderr.isatty():
        yield _lines(options, more)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from shequn.experiments.perform.progress import rest_in_words

    columns = (
        TextColumn("runs"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda state: bar.update(
            task,
            completed=state.done,
            total=state.planned,
            description=rest_in_words(state, *more(state)[0]),
        )


def _lines(options: argparse.Namespace, more: More) -> Callable[[State], None]:
    from shequn.experiments.perform.progress import rest_in_words

    last = time.monotonic()

    def show(state: State) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < (1.0 if options.json else 5.0) or state.done == state.before:
            return
        last = now
        say(
            options, "progress", done=state.done, planned=state.planned, failed=state.failed,
            seconds_left=state.seconds_left, **more(state)[1],
        )  # fmt: skip
        if not options.json:
            rest = rest_in_words(state, *more(state)[0])
            print_text(f"runs: {state.done} of {state.planned}, {rest}", stream=sys.stderr)

    return show
