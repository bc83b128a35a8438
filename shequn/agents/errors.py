"""What can be wrong with a user's input, said once and with its place."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_LONGEST = 400  # characters of a line that is shown (assumed)
_LONGEST_PLACE = 200
_MOST = 20  # problems that are shown, lines of a message (assumed)
_CUT = " ... "  # where a long text lacks its middle
_NOT_PRINTED = ("C", "Zl", "Zp")  # Unicode categories: control, format, surrogate, line end ...


def readable(text: object, longest: int = _LONGEST) -> str:
    """One line of text that may hold anything, as it can be shown on a terminal.

    Characters that steer a terminal, break the line or turn the direction of writing are written
    as escapes; a long text is cut in its middle, for its end often tells what is wrong.

    Parameters
    ----------
    text : object
        What is to be shown.
    longest : int
        Characters at most.

    Returns
    -------
    str
        Printable.
    """
    words = str(text)
    if len(words) > 2 * longest:  # more is not shown, and escapes only make it longer
        words = words[:longest] + words[-longest:]
    shown = "".join(
        _escape(letter) if unicodedata.category(letter).startswith(_NOT_PRINTED) else letter
        for letter in words
    )
    part = (longest - len(_CUT)) // 2
    return shown if len(shown) <= longest else f"{shown[:part]}{_CUT}{shown[-part:]}"


def _escape(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")


class ShequnError(Exception):
    """Base of every error that a user's input can cause; the command line exits with 2.

    Parameters
    ----------
    message : str
        Its lines are made `readable`; of many the first are kept.
    """

    def __init__(self, message: str = "") -> None:
        lines = [readable(line, _LONGEST + _LONGEST_PLACE + 2) for line in message.splitlines()]
        more = len(lines) - _MOST
        rest = [f"and {more:,} more lines like these"] if more > 1 else lines[_MOST:]
        super().__init__("\n".join([*lines[:_MOST], *rest]))


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
        """The problem in one line, whatever its parts hold."""
        words = readable(self.message)
        return f"{readable(self.place, _LONGEST_PLACE)}: {words}" if self.place else words


class ScenarioError(ShequnError):
    """A scenario that cannot be used; holds every problem found, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple:
        """Processes send it to one another: it is made anew from its problems."""
        return type(self), (self.problems,)


class PolicyError(ShequnError):
    """A posting policy that cannot be loaded, raises, or returns what is no plan."""


class OutcomeError(ShequnError):
    """An outcome of the user's own whose file cannot be run, that raises, or gives no number."""


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
    if len(name) > _LONGEST:
        return ""  # comparing takes long, and nobody meant it
    tails = {option.rsplit(".", 1)[-1]: option for option in names}
    found = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if not found:
        tail = difflib.get_close_matches(name.rsplit(".", 1)[-1], tails, n=1, cutoff=0.7)
        found = [tails[tail[0]]] if tail else []
    return f"; did you mean '{found[0]}'?" if found else ""
