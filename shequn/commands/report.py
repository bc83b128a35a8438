"""What else there is to know of results, at the end of what a command prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shequn.commands.layout import print_text
from shequn.experiments.runs.words import counted

if TYPE_CHECKING:
    from shequn.experiments.perform.results import Results


def report(results: Results, *, stopped: bool = True) -> None:
    """Print what else there is to know of some results: why it stopped, damage, failures, where."""
    if stopped and results.stopped:
        print_text(results.stopped)
    if results.damaged:
        print_text(f"damaged, its runs were computed again: {', '.join(results.damaged)}")
    if len(results.failures):
        first = results.failures.iloc[0]["message"]
        runs = counted(len(results.failures), "run")
        print_text(f"{runs} failed (failures.parquet); the first: {first}")
    print_text(f"written to {results.folder}")
