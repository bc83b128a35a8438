"""Options of every command that computes many runs: how many, who computes, what is said."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shequn.commands.layout import print_text
from shequn.commands.options import add_trust, at_least, left_in_words, number

if TYPE_CHECKING:
    from shequn.experiments.crews.crews import Crew
    from shequn.experiments.perform.execute import State
    from shequn.experiments.perform.perform import Effort
    from shequn.experiments.perform.preflight import Preflight
    from shequn.experiments.perform.probe import Probe
    from shequn.experiments.runs.plan import Plan
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


def replicates_of(options: argparse.Namespace, otherwise: int = REPLICATES) -> int:
    """Replicates that are asked for, the most of them with ``--until``.

    Raises
    ------
    ScenarioError
        If options contradict one another, or one of them cannot be read.
    """
    from shequn.agents.errors import Problem, ScenarioError
    from shequn.experiments.perform.preflight import parse_budget
    from shequn.experiments.perform.stopping import parse_until

    problems: list[Problem] = []
    for text, parse in (
        (getattr(options, "until", None), parse_until),
        (getattr(options, "budget", None), parse_budget),
    ):
        try:
            if text is not None:
                parse(text)
        except ScenarioError as error:
            problems += error.problems
    until, budget = getattr(options, "until", None), getattr(options, "budget", None)
    if budget and options.replicates and not until:
        problems.append(Problem("--budget", "decides the replicates; drop it or --replicates"))
    if options.cluster and options.workers:
        problems.append(Problem("--cluster", "has its own workers; drop it or --workers"))
    if problems:
        raise ScenarioError(problems)
    return options.replicates or (MOST if until else otherwise)


def look_ahead(
    plan: Plan, replicates: int, folder: Path, options: argparse.Namespace, seconds: float = 1.0
) -> Preflight:
    """What is to be expected; it is printed when it is the answer, or takes more than a moment.

    Parameters
    ----------
    plan : Plan
        What will be run; its kernels are compiled.
    replicates : int
        Runs of each point.
    folder : Path
        Where results will be.
    options : argparse.Namespace
        With cluster, workers, budget, until, dry_run, json.
    seconds : float
        How long to probe.

    Returns
    -------
    Preflight
        With the replicates that a budget allows.
    """
    from shequn.experiments.perform.preflight import preflight
    from shequn.experiments.perform.stopping import PILOT
    from shequn.experiments.runs import archive

    until = getattr(options, "until", None)
    crew = crew_at_hand(options)
    places = [folder] if (folder / archive.SHARDS).is_dir() else []
    there = [archive.read(place) for place in (*places, *options.reuse)]
    done = sum(
        any(case.key in each for each in there)
        for _, _, case in (plan.cases(range(replicates)) if there else ())
    )
    found = preflight(
        lambda point, replicate: plan.case(point, replicate % replicates),
        len(plan.points),
        min(replicates, PILOT) if until else replicates,  # how many follow nobody knows
        folder,
        workers=crew.size,
        cores=crew.size if options.cluster else None,
        done=0 if until else done,
        budget=None if until else getattr(options, "budget", None),
        run_probe=probe_of(options, [point.scenario for point in plan.points], seconds),
    )
    if options.json:
        say(options, "preflight", **found.as_dict())
    elif options.dry_run:
        print_text(found, hanging=HANGING)
    elif found.seconds > LONG and not until:
        print_text(found, hanging=HANGING, stream=sys.stderr)
    return replace(found, replicates=replicates) if until else found


def probe_of(
    options: argparse.Namespace, scenarios: Sequence[Scenario], seconds: float = 1.0
) -> Callable[..., Probe]:
    """What measures how long runs take; a dry run runs no policy file that is not trusted.

    Parameters
    ----------
    options : argparse.Namespace
        With dry_run and trust.
    scenarios : sequence of Scenario
        What would be run.
    seconds : float
        How long to probe.

    Returns
    -------
    callable
        `shequn.experiments.perform.probe.probe`, or one that runs nothing.
    """
    from shequn.experiments.perform.probe import no_probe, probe
    from shequn.model.scenario import policy_files

    code = [str(path) for scenario in scenarios for path in policy_files(scenario)]
    if not (options.dry_run and code and not options.trust):
        return partial(probe, seconds=seconds)
    words = f"a dry run does not run {', '.join(dict.fromkeys(code))}; with --trust it does"
    return lambda *_: no_probe(words)


def crew_at_hand(options: argparse.Namespace, seconds: float = 0.0) -> Crew:
    """Who computes what takes so long on one core; a cluster is connected to once."""
    from shequn.experiments.crews.crews import crew_of

    if not options.cluster:
        return crew_of(options.workers, seconds)
    if not hasattr(options, "connected"):
        options.connected = crew_of(options.cluster)
    return options.connected


def effort_of(
    options: argparse.Namespace, replicates: int, ahead: Preflight, progress: Any
) -> Effort:
    """Who computes, and how much, as the options say."""
    from shequn.experiments.perform.perform import Effort
    from shequn.experiments.perform.preflight import parse_budget
    from shequn.experiments.perform.stopping import PILOT, Stopping, parse_until

    until, budget = getattr(options, "until", None), getattr(options, "budget", None)
    stopping = Stopping(parse_until(until), replicates) if until else None
    runs = ahead.points * min(ahead.replicates, PILOT) if until else ahead.runs - ahead.done
    return Effort(
        crew=crew_at_hand(options, ahead.probe.seconds_per_run * runs),
        reuse=options.reuse,
        stopping=stopping,
        seconds=parse_budget(budget) if until and budget else float("inf"),
        fail_fast=options.fail_fast,
        progress=progress,
    )


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
            task, completed=state.done, total=state.planned, description=_rest(state, more)
        )


def _rest(state: State, more: More) -> str:
    """Time left, what else there is to say, failures: as far as known."""
    parts = [
        left_in_words(state.seconds_left),
        *more(state)[0],
        f"{state.failed} failed" if state.failed else "",
    ]
    return ", ".join(part for part in parts if part)


def _lines(options: argparse.Namespace, more: More) -> Callable[[State], None]:
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
            words = f"runs: {state.done} of {state.planned}, {_rest(state, more)}"
            print_text(words, stream=sys.stderr)

    return show


@contextmanager
def resumable(folder: Path) -> Iterator[None]:
    """Say how to go on when a computation is interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        words = f"finished runs are kept; to go on, give the same command with --out {folder}"
        print_text(f"shequn: {words}", stream=sys.stderr)
        raise
