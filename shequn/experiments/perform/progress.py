"""How far an experiment has come, in words."""

from __future__ import annotations

import sys
import time

from shequn.experiments.perform.execute import Progress, State
from shequn.experiments.perform.preflight import duration

_EVERY = 5.0  # seconds between two lines (assumed)


def left_in_words(seconds: float | None) -> str:
    """About how much time is left; empty when it is not known."""
    return f"about {duration(seconds)} left" if seconds else ""


def rest_in_words(state: State, *more: str) -> str:
    """Time left, what else there is to say, failures: as far as known."""
    failed = f"{state.failed} failed" if state.failed else ""
    return ", ".join(part for part in (left_in_words(state.seconds_left), *more, failed) if part)


def at_stderr() -> Progress:
    """What tells a script's user how far it is: one line that is written over, at a terminal.

    Returns
    -------
    callable
        To be called with each `State`; off a terminal it prints a line every five seconds.
    """
    there, last = sys.stderr.isatty(), time.monotonic()

    def show(state: State) -> None:
        nonlocal last
        words = f"runs: {state.done:,} of {state.planned:,}, {rest_in_words(state)}".rstrip(", ")
        if there:
            end = "\r\033[K" if state.done == state.planned else ""
            print(f"\r\033[K{words}{end}", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - last > _EVERY and state.done > state.before:
            last = time.monotonic()
            print(words, file=sys.stderr, flush=True)

    return show
