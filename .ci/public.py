"""Print docs/public.md: the public names by room, each with the first line of its docstring.

Public is what ``shequn`` lists in ``__all__``, and what the modules below list in theirs: those to
which the documents send their readers.
"""

import inspect
from collections.abc import Iterable, Iterator
from itertools import groupby
from pkgutil import resolve_name
from types import ModuleType

MODULES = (
    "shequn.agents.randomness",
    "shequn.experiments.crews.crews",
    "shequn.experiments.facts",
    "shequn.experiments.forecast",
    "shequn.experiments.formulas.desk_forms",
    "shequn.experiments.perform.curves",
)
HEAD = """# Public names

Made by `make docs` from the docstrings. A script that keeps to these names, to methods and fields
of theirs that begin with no underscore, to the command line and to the files it reads and writes
goes on working; a change of them is told in [CHANGELOG.md](../CHANGELOG.md). All else in the
package is internal: read it, learn from it, change it in a copy of yours, but do not count on it.
`help(sq.sweep)` shows the whole docstring.
"""


def first_line(name: str, thing: object) -> str:
    """What a name is, in one line fit for a table; a constant shows its value."""
    documented = callable(thing) or isinstance(thing, ModuleType)
    words = inspect.getdoc(thing) if documented else f"`{thing!r}`"
    if not words:
        raise SystemExit(f"{name} is public and has no docstring")
    return words.splitlines()[0].replace("|", "\\|")


def room(thing: object) -> str:
    """The folder of the package in which a thing lives: ``agents``, ``experiments/compare``."""
    home = thing.__name__ + "." if isinstance(thing, ModuleType) else thing.__module__
    return "/".join(home.split(".")[1:-1])


def table(rows: Iterable[tuple[str, object]]) -> Iterator[str]:
    """Rows of Markdown."""
    yield from ("", "| name | what it is |", "|---|---|")
    yield from (f"| `{name}` | {first_line(name, thing)} |" for name, thing in rows)


def page() -> str:
    """The whole page."""
    lines = [HEAD, "## With `import shequn as sq`"]
    package = resolve_name("shequn")
    names = [name for name in package.__all__ if not name.startswith("__")]
    rows = sorted((room(thing), name, thing) for name in names if (thing := getattr(package, name)))
    for place, things in groupby(rows, key=lambda row: row[0]):
        lines += ["", f"### From `shequn/{place}`"]
        lines += table((f"sq.{name}", thing) for _, name, thing in things)
    for place in MODULES:
        module = resolve_name(place)
        lines += ["", f"## With `from {place} import ...`", "", first_line(place, module)]
        lines += table((name, getattr(module, name)) for name in sorted(module.__all__))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")
