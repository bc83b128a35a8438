"""What a page says of one's own group: what is alike, what was simulated, one answer a question."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from shequn.agents.errors import ResultsError, readable
from shequn.agents.files import TEXT, read_table
from shequn.experiments.mine.measures import QUANTITIES
from shequn.experiments.mine.words import name_of
from shequn.experiments.report.answer import GROUP, PROMOTIONS, SEEDS, Answer, Decision
from shequn.experiments.report.blocks import Block, Table, Words
from shequn.experiments.report.facts import ALL, ONE, SOME
from shequn.experiments.report.folder import Mine
from shequn.experiments.report.sentences import Language, short

_YES = ("yes", "true", "1", "missed")
_LARGEST = 1e15  # number that is shown as one (assumed)
_COLUMNS = {
    "looks-like.csv": (
        "quantity", "given", "low", "high", "simulated", "simulated_low", "simulated_high",
        "missed",
    ),
    "parameters.csv": ("parameter", "known"),
}  # fmt: skip


def answered(answer: Answer, decision: Decision, question: str, words: Language) -> str:
    """What holds of one question, as one short sentence without its stop.

    Parameters
    ----------
    answer : Answer
        The answers of one part.
    decision : Decision
        What was varied in it.
    question : str
        What is asked about it.
    words : Language
        The language.

    Returns
    -------
    str
        Promotions are told against the fewest, sizes against one's own, seeds against the first.
        Where what it is told against may be the best itself, the question is not decided.
    """
    choice, key = decision.choice, decision.key
    base = decision.places[0] if answer.told.compares else decision.base
    if choice.kind not in (ALL, ONE, SOME) or (choice.kind == SOME and base is None):
        return words.best([(decision, question)], answer.levels)
    held = choice.everywhere
    if choice.kind == ALL or (choice.kind == SOME and base in held):
        named = words.options(key, choice, held, "and")
        kind = key if key in (PROMOTIONS, GROUP, SEEDS) else "path"
        yours = ""
        if key == GROUP and base is not None:
            yours = words.say("own.among", x=words.option(key, choice.options[base]))
        return words.say(f"own.open.{kind}", options=named, path=decision.path) + yours
    if base is None or base in held:
        return words.best([(decision, question)], answer.levels)
    one = words.is_one(decision)
    best = words.say(
        f"own.best.{choice.kind}", what=words.held(decision),
        is_="is" if one else "are", do_="does" if one else "do",
    )  # fmt: skip
    return best + _gain(answer, decision, base, words)


def _gain(answer: Answer, decision: Decision, base: int, words: Language) -> str:
    """What it adds to what it is told against, with a sign only where the interval has one."""
    first = next(iter(answer.decisions.values()), decision)
    gain = answer.gain(answer.compared)
    if first.path != decision.path or f"own.gain.{gain.side}" not in words.templates:
        return ""
    option = words.option(decision.key, decision.choice.options[base])
    what = words.what(decision.key, decision.path, option)
    against = words.say("own.size", x=option) if decision.key == GROUP else what
    of = words.say("gain.each") if answer.each else ""
    if answer.main not in (answer.money, answer.orders):
        of += words.say("gain.of", outcome=words.outcome(answer.main))
    return words.say(f"own.gain.{gain.side}", base=against, of=of, **words.ends(gain))


def simulated(mine: Mine, words: Language) -> str:
    """How many of the members were simulated."""
    n, m = round(mine.factor * mine.members), round(mine.members)
    key = "own.part" if mine.factor < 1.0 else "own.all"
    return words.say(key, n=f"{n:,}", m=f"{m:,}")


def looks_like(folder: Path, words: Language, most: int) -> list[Block]:
    """What was given of a group beside what is simulated, misses first; so many rows at most."""
    rows = [row for row in _rows(folder / "looks-like.csv") if _tells(row)]
    if not rows:
        return [Words(words.say("mine.none"))]
    given = [bool(_number(row["given"])) for row in rows]
    missed = [known and row["missed"].strip().lower() in _YES
              for known, row in zip(given, rows, strict=True)]  # fmt: skip
    order = sorted(range(len(rows)), key=lambda k: (not missed[k], not given[k]))
    shown = [
        [
            (_named(rows[k], words), words.say("table.missed") if missed[k] else ""),
            _given(rows[k], words) if given[k] else (words.say("own.unknown"), ""),
            _ends(rows[k], ("simulated", "simulated_low", "simulated_high"), words),
        ]
        for k in order[:most]
    ]
    heads = [words.say(f"table.{name}") for name in ("quantity", "given", "simulated")]
    key = "mine.missed" if any(missed) else "mine.met"
    more = len(rows) - len(shown)
    rest = [Words(words.say("mine.more", n=more), "small")] if more > 0 else []
    n, k = sum(given), sum(missed)
    said = [Words(words.say(key, n=n, k=k, met=n - k))] if n else []
    return [*said, Table(heads, shown, compact=True), *rest]


def _tells(row: dict[str, str]) -> bool:
    return any(_number(row[name]) for name in ("given", "simulated"))


def _named(row: dict[str, str], words: Language) -> str:
    """A quantity in words, with its unit where they do not say it."""
    quantity, unit = row["quantity"].strip(), row.get("unit", "").strip()
    known = quantity in QUANTITIES
    name = name_of(quantity, words.name) if known else readable(quantity.replace("_", " "), 60)
    shown = words.unit(readable(unit.partition(" ")[0], 20) or "1").strip()
    return name if not shown or shown in name else words.say("own.unit", name=name, unit=shown)


def _given(row: dict[str, str], words: Language) -> tuple[str, str]:
    """What was given, with its interval where that is more than the number itself."""
    middle, small = _ends(row, ("given", "low", "high"), words)
    alone = {_number(row[name]) for name in ("low", "high")} <= {middle, ""}
    return middle, "" if alone else small


def _ends(row: dict[str, str], names: Sequence[str], words: Language) -> tuple[str, str]:
    middle, low, high = (_number(row[name]) for name in names)
    small = words.say("cell.interval", low=low, high=high) if low and high else ""
    return middle or words.say("cell.nothing"), small


def _number(text: str) -> str:
    """A number of a table, or the text in its place; empty where there is none."""
    try:
        value = float(text)
    except ValueError:
        return readable(text.strip(), 30)
    if value != value:
        return ""
    return short(value) if abs(value) < _LARGEST else readable(text, 30)


def unknown(folder: Path) -> tuple[list[str], int]:
    """Parameters that what was given does not settle, and how many there are in all."""
    rows = _rows(folder / "parameters.csv")
    named = [readable(row["parameter"], 60) for row in rows if row["known"].strip() == "no"]
    return named, len(rows)


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
