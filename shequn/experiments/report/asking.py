"""Commands that a report prints: what asks what was not asked, and what asks it all anew."""

from __future__ import annotations

import shlex
from typing import Any

from shequn.experiments.report.answer import (
    A_DAY,
    COUNT,
    GROUP,
    PROMOTIONS,
    SEEDING,
    SEEDS,
    SIZE,
)
from shequn.experiments.report.folder import Told

VALUES = {
    PROMOTIONS: f"{A_DAY}=0,0.142857,0.285714,0.428571,0.714286,1,2",
    GROUP: f"{SIZE}=50,100,200,500",
    SEEDS: f"{SEEDING}=random,high,hubs,enthusiasts",
}
_ARMS, _VALUES = 12, 16  # of a command


def _file(told: Told) -> str:
    return str(told.folder / "scenario.toml")


def _line(*words: str) -> str:
    return " ".join(map(shlex.quote, words))


def sweep(told: Told, key: str, *more: str) -> str:
    """A command that varies one thing in the scenario of a folder."""
    return _line("shequn", "sweep", _file(told), "--vary", VALUES[key], *more)


def run(told: Told) -> str:
    """A command that runs the scenario of a folder once; its file is of the first level."""
    level = ["--reading", "usual"] if "usual" in told.levels else []
    return _line("shequn", "run", _file(told), *level)


def why(told: Told) -> str:
    """A command that tells the story of one member."""
    return _line("shequn", "why", _file(told), "--member", "0")


def verify(told: Told) -> str:
    """A command that computes all runs of a folder anew."""
    return _line("shequn", "verify", str(told.folder), "--rows", str(len(told.frame)))


def levels(told: Told) -> list[str]:
    """What a command needs to ask at the levels of a folder."""
    return ["--reading", "all"] if len(told.levels) > 1 else []


def anew(told: Told, *more: str) -> str:
    """The question of a folder, asked once more with something added.

    Parameters
    ----------
    told : Told
        The folder.
    *more : str
        Options.

    Returns
    -------
    str
        Empty where the scenarios of its arms are not all there.
    """
    if told.compares:
        files = [told.folder / f"scenario-{k}.toml" for k in range(min(len(told.heads), _ARMS))]
        if not all(path.exists() for path in files):
            return ""
        words = ["shequn", "compare", *map(str, files)]
    else:
        words = ["shequn", "sweep", _file(told)]
        for path in told.paths:
            if path != COUNT or SIZE not in told.paths:
                values = list(dict.fromkeys(_cell(head[path]) for head in told.heads))
                words += ["--vary", f"{path}={','.join(values[:_VALUES])}"]
    return _line(*words, "--replicates", str(max(told.replicates, 2)), *more)


def _cell(value: Any) -> str:
    """A value of a point as a command takes it."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
