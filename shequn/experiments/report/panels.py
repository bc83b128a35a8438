"""What the main figure shows, as numbers: panels with a line for each level of reading."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shequn.experiments.report.answer import GROUP, PROMOTIONS, Answer, Decision
from shequn.experiments.report.facts import Estimate
from shequn.experiments.report.sentences import Language

_MOST = 12  # words below one another
_MARKS = 120  # of a line; of more, some that lie evenly


@dataclass(frozen=True)
class Line:
    """One line, or set of marks.

    Attributes
    ----------
    label : str
        What it is; empty where there is only one.
    x : sequence
        Numbers, or words.
    found : sequence of Estimate
        For each of them.
    """

    label: str
    x: Sequence[Any]
    found: Sequence[Estimate]


@dataclass(frozen=True)
class Panel:
    """A panel of the figure.

    Attributes
    ----------
    x, y : str
        What stands beside the axes.
    lines : sequence of Line
        One for each level.
    words : bool
        Whether options are words, one below the other, and values lie across.
    joined : bool
        Whether marks are joined by a line.
    root : bool
        Whether few get more room than many, as of promotions.
    """

    x: str
    y: str
    lines: Sequence[Line]
    words: bool
    joined: bool
    root: bool


def panels_of(answer: Answer, decision: Decision, words: Language) -> list[Panel]:
    """The panels of one thing that was varied: orders and money, or what the folder looks at.

    Parameters
    ----------
    answer : Answer
        The answers of a folder.
    decision : Decision
        What was varied.
    words : Language
        The language of the labels.

    Returns
    -------
    list of Panel
        Of sweeps the values, all else as at the reference; of arms the differences to the first.
    """
    money = f"{answer.money}/member" if answer.each else answer.money
    names = ["orders_per_100", money]
    if answer.main not in (answer.money, answer.orders):
        names = [answer.compared]
    return [_panel(answer, decision, name, words) for name in names]


def _panel(answer: Answer, decision: Decision, name: str, words: Language) -> Panel:
    points = answer.slice(decision)
    arms = answer.told.compares and not decision.choice.numeric
    if arms:
        points = [k for k in points if k][:_MOST]
    elif not decision.choice.numeric:
        points = points[:_MOST]
    points = _evenly(points)
    options = decision.choice.options
    x = [options[decision.places[k]] for k in points]
    if not decision.choice.numeric:
        x = [words.named(each) for each in x]
    lines = [
        Line(
            words.level(level) if level else "",
            x,
            [answer.gap(name, at, k, 0) if arms else answer.mean(name, at, k) for k in points],
        )
        for at, level in enumerate(answer.levels)
    ]
    label = _axis(answer, name, words)
    label = words.say("axis.difference", outcome=label) if arms else label
    axes = (PROMOTIONS, GROUP)
    below = words.say(f"axis.{decision.key}") if decision.key in axes else decision.path
    return Panel(
        below, label, lines, not decision.choice.numeric, answer.told.factorial or not arms,
        decision.key == PROMOTIONS and min(map(_size, x), default=0.0) >= 0.0,
    )  # fmt: skip


def _evenly(points: list[int]) -> list[int]:
    """Some of many points, in order."""
    if len(points) <= _MARKS:
        return points
    return [points[k * len(points) // _MARKS] for k in range(_MARKS)]


def _size(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def _axis(answer: Answer, name: str, words: Language) -> str:
    if name == "orders_per_100":
        return words.say("axis.orders")
    if "/member" in name:
        return words.say("axis.each", outcome=words.with_unit(name, answer.unit(name)))
    return words.with_unit(name, answer.unit(name))
