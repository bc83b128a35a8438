"""The parts of a page that only some want: design, defaults, points, terms, one's own group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from shequn.agents.errors import ResultsError, readable
from shequn.agents.files import TEXT, read_table
from shequn.experiments.report.answer import Answer
from shequn.experiments.report.blocks import Block, Table, Words
from shequn.experiments.report.folder import Told
from shequn.experiments.report.sentences import Language, number
from shequn.experiments.report.terms import TERMS
from shequn.model.parameters import declared

_ROWS = 60  # of a long table
_YES = ("yes", "true", "1", "missed")


def design(answer: Answer, words: Language) -> list[Block]:
    """Points, seeds, replicates, worlds and versions of one folder."""
    told, say = answer.told, words.say
    past = told.manifest.get("past", {})
    before = past.get("days", 0) if isinstance(past, dict) else 0
    levels = [words.level(name) for name in told.levels if name]
    software = told.manifest.get("software", {})
    versions = software if isinstance(software, dict) else {}
    drawn = say("design.drawn", n=len(told.drawn)) if told.drawn else say("design.one")
    told_ = {
        "design.kind": str(told.manifest["command"]),
        "design.points": f"{len(told.heads):,}",
        "design.levels": words.say("comma").join(levels) or say("design.asis"),
        "design.worlds": drawn,
        "design.replicates": f"{told.replicates:,}",
        "design.seeds": f"{told.seed} ... {told.seed + max(told.replicates, 1) - 1}",
        "design.days": f"{told.days or '?'}, {readable(before, 20)}",
        "design.failed": f"{told.failed:,}",
        "design.outcome": answer.compared,
        "design.model": readable(told.manifest.get("model"), 40),
        "design.software": ", ".join(
            f"{readable(name, 20)} {readable(version, 20)}"
            for name, version in list(versions.items())[:20]
        ),
    }
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
    more = words.say("points.more", n=rest)
    groups = {0: f"{name} {more}" if rest > 0 else name}
    return Table([words.say("table.point"), *heads], rows, groups)


def terms(words: Language) -> Block:
    """What each term means, a line each."""
    rows = [[(words.both(term), ""), (words.both(meaning), "")] for term, meaning in TERMS]
    return Table([], rows)


def looks_like(folder: Path, words: Language, most: int) -> list[Block]:
    """What was given of a group beside what is simulated, misses first; so many rows at most."""
    rows = _rows(folder / "looks-like.csv")
    if not rows:
        return [Words(words.say("mine.none"))]
    missed = [row["missed"].strip().lower() in _YES for row in rows]
    order = sorted(range(len(rows)), key=lambda k: not missed[k])
    shown = [
        [
            (_named(rows[k]), words.say("table.missed") if missed[k] else ""),
            _ends(rows[k], ("given", "low", "high"), words),
            _ends(rows[k], ("simulated", "simulated_low", "simulated_high"), words),
        ]
        for k in order[:most]
    ]
    heads = [words.say(f"table.{name}") for name in ("quantity", "given", "simulated")]
    key = "mine.missed" if any(missed) else "mine.met"
    more = len(rows) - len(shown)
    rest = [Words(words.say("mine.more", n=more), "small")] if more > 0 else []
    said = Words(words.say(key, k=sum(missed), n=len(rows)))
    return [said, Table(heads, shown), *rest]


def _named(row: dict[str, str]) -> str:
    unit = row.get("unit", "").strip()
    name = readable(row["quantity"].replace("_", " "), 60)
    return name if unit in ("", "1") else f"{name} [{readable(unit, 20)}]"


def _ends(row: dict[str, str], names: Sequence[str], words: Language) -> tuple[str, str]:
    middle, low, high = (_number(row[name]) for name in names)
    return middle, words.say("cell.interval", low=low, high=high) if low and high else ""


def _number(text: str) -> str:
    """A number of a table, or the text in its place."""
    try:
        value = float(text)
    except ValueError:
        return readable(text.strip(), 30)
    return number(value) if abs(value) < 1e15 else readable(text, 30) if value == value else ""


def unknown(folder: Path) -> list[str]:
    """Parameters that what was given does not settle."""
    rows = _rows(folder / "parameters.csv")
    return [readable(row["parameter"], 60) for row in rows if row["known"].strip() == "no"]


_COLUMNS = {
    "looks-like.csv": (
        "quantity", "given", "low", "high", "simulated", "simulated_low", "simulated_high",
        "missed",
    ),
    "parameters.csv": ("parameter", "known"),
}  # fmt: skip


def _rows(path: Path) -> list[dict[str, str]]:
    """The rows of a table of ``shequn mine``; none where there is no such table."""
    try:
        head, lines = read_table(path, TEXT)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read: {error.strerror}") from error
    if lacking := [name for name in _COLUMNS[path.name] if name not in head]:
        raise ResultsError(f"{path}: lacks the columns {', '.join(lacking)}")
    return [row for _, row in lines]
