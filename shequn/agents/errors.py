"""What can be wrong with a user's input, said once and with its place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


class ShequnError(Exception):
    """Base of every error that a user's input can cause; the command line exits with 2."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes
    ----------
    place : str
        Where: ``file.toml: line 12: group.capacity``, or the option or key alone.
    message : str
        What is wrong, the allowed range with its unit, the nearest valid name.
    """

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class ScenarioError(ShequnError):
    """A scenario that cannot be used; holds every problem found, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class PolicyError(ShequnError):
    """A posting policy that cannot be loaded, raises, or returns what is no plan."""


class SnapshotError(ShequnError):
    """A saved community that is damaged, foreign, or of another version."""


class ResultsError(ShequnError):
    """A results folder that cannot be written or does not belong to this command."""


def nearest(name: str, valid: Iterable[str]) -> str:
    """Say which valid name was probably meant.

    Parameters
    ----------
    name : str
        The name that is not valid.
    valid : iterable of str
        The names that are.

    Returns
    -------
    str
        ``"; did you mean 'x'?"``, or ``""`` when nothing is near.
    """
    names = list(valid)
    tails = {option.rsplit(".", 1)[-1]: option for option in names}
    found = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if not found:
        tail = difflib.get_close_matches(name.rsplit(".", 1)[-1], tails, n=1, cutoff=0.7)
        found = [tails[tail[0]]] if tail else []
    return f"; did you mean '{found[0]}'?" if found else ""
