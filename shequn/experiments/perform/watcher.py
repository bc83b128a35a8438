"""Who is told how a question gets on; light, so that the command line can be read without more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shequn.experiments.perform.preflight import Preflight
    from shequn.model.scenario import Scenario


class Watcher:
    """Who is told how a question gets on: nobody here; the command line has one at the terminal.

    Attributes
    ----------
    keeps : bool
        Whether results are kept in the next free folder of ``./results`` when ``out`` is None.
    probes : float
        Seconds of runs that are tried beforehand, to say what is to be expected; 0: none.
    """

    keeps = False
    probes = 0.0

    def compiling(self) -> AbstractContextManager[Any]:
        """Around the compilation of the model."""
        return nullcontext()

    def probe(self, scenarios: Sequence[Scenario]) -> Callable[..., Any] | None:
        """What tries runs beforehand (`shequn.experiments.perform.probe.probe`); None: as usual."""
        return None

    def note(self, words: str) -> None:
        """What a user has to be told of the question: numbers that were rounded."""

    def ahead(self, found: Preflight) -> None:
        """What is to be expected; may raise, so that nothing is begun."""

    def begun(self, folder: Path) -> None:
        """Runs are kept from now on; after an interruption the folder goes on."""
