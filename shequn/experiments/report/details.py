"""The parts of a page that only some want: design, defaults, points, terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shequn.agents.errors import readable
from shequn.experiments.report.answer import Answer
from shequn.experiments.report.blocks import Block, Table, Words
from shequn.experiments.report.folder import WHOLE, Mine, Told
from shequn.experiments.report.own import simulated
from shequn.experiments.report.sentences import Language
from shequn.experiments.report.terms import TERMS
from shequn.model.parameters import declared

_ROWS = 60  # of a long table


def design(answer: Answer, words: Language, mine: Mine | None = None) -> list[Block]:
    """Points, seeds, replicates, worlds and versions of one folder; or of a part of one's own."""
    told, say = answer.told, words.say
    past = told.manifest.get("past", {})
    before = past.get("days", 0) if isinstance(past, dict) else 0
    levels = [words.level(name) for name in told.levels if name]
    software = told.manifest.get("software", {})
    versions = software if isinstance(software, dict) else {}
    own = ".own" * (mine is not None)
    drawn = say(f"design.drawn{own}", n=len(told.drawn)) if told.drawn else say("design.one")
    asis = "design.read" if told.reads else "design.asis"
    seeds = f"{told.seed} ... {told.seed + max(told.replicates, 1) - 1}"
    told_ = {
        "design.kind": str(told.manifest["command"]),
        "design.points": f"{len(told.heads):,}",
        "design.levels": say("comma").join(levels) or say(asis),
        "design.worlds": drawn,
        f"design.replicates{own}": f"{told.replicates:,}",
        "design.seeds": say("design.luck") if told.lucky else seeds,
        "design.days": f"{told.days or '?'}, {readable(before, 20)}",
        "design.failed": f"{told.failed:,}",
        "design.outcome": answer.compared,
        "design.model": readable(told.manifest.get("model"), 40),
        "design.software": ", ".join(
            f"{readable(name, 20)} {readable(version, 20)}"
            for name, version in list(versions.items())[:20]
        ),
    }
    if mine and told.folder.name in WHOLE and mine.members == mine.members:
        told_ = {"design.part": simulated(mine, words), **told_}
    rows = [[(say(key), ""), (value, "")] for key, value in told_.items()]
    table = Table([], rows, {0: readable(told.folder.resolve().name, 60)})
    until = [Words(say("method.until"))] if told.manifest.get("until") else []
    return [table, *until]


def differing(told: Told, words: Language) -> list[Block]:
    """Parameters that are not the defaults."""
    about = declared()
    rows = [
        [
            (readable(path, 60), ""),
            (_shown(value), ""),
            (_shown(about[path].default) if path in about else "?", ""),
        ]
        for path, value in told.parameters.items()
        if path not in about or not _same(value, about[path].default)
    ]
    if not rows:
        return [Words(words.say("differing.none"))]
    heads = [words.say(f"table.{name}") for name in ("path", "value", "default")]
    more = len(rows) - _ROWS
    rest = [Words(words.say("differing.more", n=more), "small")] if more > 0 else []
    return [Table(heads, rows[:_ROWS]), *rest]


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else readable(value, 60)


def _same(value: Any, default: Any) -> bool:
    """Whether a value of a manifest is a default: infinity is a word there, tuples are lists."""
    plain = list(default) if isinstance(default, tuple) else default
    return value == plain or (isinstance(plain, float) and str(value) == str(plain))


def points(answer: Answer, words: Language, label: Callable[[int], str]) -> Block:
    """The outcome that points are compared by, at each point and level."""
    rows = [
        [
            (label(k), ""),
            *(words.cell(answer.mean(answer.compared, at, k)) for at in range(len(answer.levels))),
        ]
        for k in list(answer.points)[:_ROWS]
    ]
    heads = [words.level(each) if each else words.say("table.mean") for each in answer.levels]
    rest = len(answer.points) - len(rows)
    name = words.with_unit(answer.main, answer.unit(answer.main))
    name = words.say("axis.each", outcome=name) if answer.each else name
    more = words.say("points.more", n=rest)
    groups = {0: f"{name} {more}" if rest > 0 else name}
    return Table([words.say("table.point"), *heads], rows, groups)


def terms(words: Language) -> Block:
    """What each term means, a line each."""
    rows = [[(words.both(term), ""), (words.both(meaning), "")] for term, meaning in TERMS]
    return Table([], rows)
