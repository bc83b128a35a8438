"""What would change an answer: how much is read, and numbers that nobody has measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shequn.agents.errors import readable
from shequn.experiments.report import asking
from shequn.experiments.report.answer import Answer, Decision
from shequn.experiments.report.facts import ALL, HANGS, HOLDS, ONE, SINGLE, SOME
from shequn.experiments.report.sentences import Language


def of_levels(
    answer: Answer, asked: Sequence[Decision], words: Language, base: str, own: bool = False
) -> tuple[str, str]:
    """Whether the answer hangs on how much is read.

    Parameters
    ----------
    answer : Answer
        The answers of a folder.
    asked : sequence of Decision
        What was varied in it.
    words : Language
        The language.
    base : str
        What the reference is told against; empty where there is no such thing.
    own : bool
        Whether worlds are simulated groups like one's own.

    Returns
    -------
    str, str
        Words, and the command that asks it where it was not asked.
    """
    say = words.say
    if len(answer.levels) == 1:
        if answer.told.reads:
            return _of_drawn(answer, words, base, own), ""
        return say("change.level.not"), asking.anew(answer.told, "--reading", "all")
    levels = words.listed([words.level(name) for name in answer.levels])
    if asked[0].choice.kind == SINGLE:
        return say("change.level.single", levels=levels), ""
    said = []
    known = [each for each in asked if each.choice.kind in (ONE, SOME, HOLDS)]
    if known:
        holds = words.listed([words.held(decision) for decision in known])
        said.append(say("change.level.same", levels=levels, holds=holds))
    elif all(decision.choice.kind == ALL for decision in asked):
        said.append(say("change.level.all", levels=levels))
    for decision in asked:
        if decision.choice.kind == HANGS:
            text = words.by_level(decision, answer.levels)
            said.append(say("change.level.hangs", by_level=text))
    if base:
        parts = [
            words.level(name) + say("colon") + words.part(gap)
            for at, name in enumerate(answer.levels)
            for gap in [answer.gain_at(at)]
        ]
        text = say("semicolon").join(parts)
        said.append(say("change.level.gain", base=base, by_level=text))
    return say("space").join(said), ""


def _of_drawn(answer: Answer, words: Language, base: str, own: bool) -> str:
    """How the answer moves with how much is read, where that was drawn with the worlds."""
    say, path = words.say, answer.told.reads[0]
    drawn = answer.drawn(path)
    ends = [f"{value:.2g}" for value in (np.nanmin(drawn), np.nanmax(drawn))]
    said = [say("change.level.drawn", path=path, low=ends[0], high=ends[1])]
    half = answer.read_half
    if half and base:
        parts = {"small": words.part(half.small), "large": words.part(half.large)}
        middle = f"{half.middle:.2g}"
        said.append(say("change.level.half", path=path, base=base, middle=middle, **parts))
        n = half.small.n + half.large.n
        open_ = "change.own.open" if own else "change.level.open"
        said.append(say("change.level.moves") if half.surely else say(open_, n=n))
    return say("space").join(said)


def of_worlds(answer: Answer, words: Language, own: bool = False) -> tuple[str, str]:
    """Whether the answer hangs on numbers that nobody has measured.

    Parameters
    ----------
    answer : Answer
        The answers of a folder.
    words : Language
        The language.
    own : bool
        Whether worlds are simulated groups like one's own.

    Returns
    -------
    str, str
        Words, and the command that asks it where it was not asked.
    """
    say, told = words.say, answer.told
    kind = "own" if own else "world"
    if answer.worlds is None:
        command = asking.anew(told, *asking.levels(told), "--worlds", "plausible")
        return say("change.world.not"), command
    held, among = answer.worlds
    said = [say(f"change.{kind}.share", n=among, k=held)] if among else []
    half = answer.half
    if half and half.path not in told.reads:  # which is told by itself
        small, large = words.part(half.small), words.part(half.large)
        path, middle = readable(half.path, 60), f"{half.middle:.3g}"
        said.append(say("change.world.half", path=path, middle=middle, small=small, large=large))
    elif answer.against is not None and not half:
        said.append(say(f"change.{kind}.none", n=told.replicates, k=len(told.drawn)))
    return say("space").join(said), ""
