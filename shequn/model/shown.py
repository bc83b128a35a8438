"""How objects show themselves: short numbers, and small tables for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from shequn.model.outcomes import OUTCOMES

MAIN = (
    "readers", "weekly_readers", "messages", "members", "joins", "exits",
    "incremental_orders", "orders", "costs", "incremental_equity",
)  # fmt: skip
_LEFT, _RIGHT = ' style="text-align: left"', ' style="text-align: right"'


def short(value: float) -> str:
    """A number with thousands apart and three digits or more: ``1,234``, ``0.0568``."""
    return f"{value:,.0f}" if abs(value) >= 100.0 else f"{value:.3g}"


def with_unit(name: str) -> str:
    """An outcome in words, with its unit: ``customer equity [CNY]``."""
    unit = OUTCOMES[name].unit
    words = name.replace("_", " ")
    return words if unit in ("1", words) else f"{words} [{unit}]"


def html_table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table that a notebook shows.

    Parameters
    ----------
    title : str
        Above it; lines stay apart.
    head : sequence of str
        A word above each column.
    rows : iterable of sequence of str
        Of each row the first cell is to the left, the others to the right.

    Returns
    -------
    str
        HTML; whatever is in the texts is shown, never run.
    """
    lines = "<br>".join(escape(line) for line in title.splitlines())
    cells = "".join(_cell("th", k, word) for k, word in enumerate(head))
    body = "".join(
        f"<tr>{''.join(_cell('td', k, word) for k, word in enumerate(row))}</tr>" for row in rows
    )
    return f"<p>{lines}</p><table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"


def _cell(kind: str, column: int, words: str) -> str:
    return f"<{kind}{_RIGHT if column else _LEFT}>{escape(words)}</{kind}>"


def outcomes_table(title: str, outcomes: dict[str, float]) -> str:
    """The main outcomes of a run, for a notebook."""
    rows = [(with_unit(name), short(outcomes[name])) for name in MAIN]
    return html_table(title, ("outcome", "value"), rows)
