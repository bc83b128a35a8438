"""Which facts the package says that it meets: ``shequn/data/declared.csv``.

The file is a promise and no measurement: `shequn validate` fails when a fact declared as met is
not. Maintainers write it anew with ``python -m shequn.experiments.declared``, which calls a fact
met only when it is inside at every one of `SEEDS`, at full size; a fact that is inside by the luck
of one seed is not promised.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from shequn.agents.errors import ShequnError
from shequn.experiments.store import write_text

if TYPE_CHECKING:
    from shequn.experiments.validate import Validation

MET, MISSED = "met", "missed"
SEEDS = (1, 2, 3)
_FILE = "data/declared.csv"


def declared(text: str | None = None) -> dict[str, str]:
    """Read the declaration.

    Parameters
    ----------
    text : str, optional
        The content of such a file; that of the package when None.

    Returns
    -------
    dict
        ``met`` or ``missed`` by fact; a fact that is not in the file is not declared.

    Raises
    ------
    ShequnError
        If a line says something else.
    """
    if text is None:
        file = resources.files("shequn").joinpath(_FILE)
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
    found = {}
    for row in csv.DictReader(io.StringIO(text)):
        if row.get("declared") not in (MET, MISSED):
            raise ShequnError(f"{_FILE}: {row.get('fact')}: must be declared met or missed")
        found[row["fact"]] = row["declared"]
    return found


def declare(
    path: Path, seeds: Sequence[int] = SEEDS, run: Callable[[int], Validation] | None = None
) -> dict[str, str]:
    """Measure every fact at several seeds and write which ones are met at all of them.

    Parameters
    ----------
    path : Path
        The file to write.
    seeds : sequence of int
        Seeds; the facts at each are those of one `validate`.
    run : callable, optional
        Gives the validation at a seed; the simulation of every scenario when None.

    Returns
    -------
    dict
        What was written: ``met`` or ``missed`` by fact; what is shown only is left out.
    """
    from shequn.experiments.validate import scenarios_with_facts, validate

    names = scenarios_with_facts()
    play = run or (lambda seed: validate(*names, seed=seed, rivals=False, limits=False))
    met: dict[str, bool] = {}
    for seed in seeds:
        for line in play(seed).checked:
            if line.inside is not None:
                met[line.fact.id] = met.get(line.fact.id, True) and line.inside
    words = {name: MET if inside else MISSED for name, inside in met.items()}
    lines = [f"{name},{word}" for name, word in words.items()]
    write_text(path, "\n".join(["fact,declared", *lines]) + "\n")
    return words


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else f"shequn/{_FILE}")
    found = declare(target)
    print(f"{sum(word == MET for word in found.values())} of {len(found)} met: {target}")
