"""Words for numbers: one thing or several, more of them or fewer, higher or lower."""

from __future__ import annotations

from collections.abc import Iterable

from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.model.outcomes import OUTCOMES

_OF_THINGS = ("persons", "groups", "messages", "orders", "hours")


def counted(count: float, thing: str) -> str:
    """A number with its noun: 1 run, 2 runs, 1,000 replies, 2 processes.

    Parameters
    ----------
    count : float
        A whole number.
    thing : str
        Of one.
    """
    if count == 1:
        return f"1 {thing}"
    if thing.endswith("ly"):
        return f"{count:,.0f} {thing[:-1]}ies"
    return f"{count:,.0f} {thing}{'es' if thing.endswith('s') else 's'}"


def is_counted(outcome: str) -> bool:
    """Whether there can be more or fewer of an outcome: members, orders; not costs, not shares."""
    return _is_plural(outcome) and OUTCOMES[outcome].unit in _OF_THINGS


def _is_plural(outcome: str) -> bool:
    return outcome.endswith("s") and not outcome.endswith("ss")


def compared(outcome: str, more: bool) -> str:
    """How an outcome differs: ``more orders``, ``fewer orders``, ``lower customer equity``."""
    words = ("fewer", "more") if is_counted(outcome) else ("lower", "higher")
    return f"{words[more]} {outcome.replace('_', ' ')}"


def differ(outcome: str) -> str:
    """The verb that goes with an outcome: members differ, customer equity differs."""
    return "differ" if _is_plural(outcome) else "differs"


def be(outcome: str) -> str:
    """The verb that goes with an outcome: costs are, customer equity is."""
    return "are" if _is_plural(outcome) else "is"


def check_outcome(name: str, known: Iterable[str] = OUTCOMES, place: str = "outcome") -> None:
    """Refuse a name that is no outcome.

    Parameters
    ----------
    name : str
        What was given.
    known : iterable of str
        Names that will do.
    place : str
        The argument, for the message.

    Raises
    ------
    ScenarioError
        With the nearest name.
    """
    if name not in known:
        words = f"'{name}' is no outcome{nearest(name, known)}"
        raise ScenarioError([Problem(place, words)])
