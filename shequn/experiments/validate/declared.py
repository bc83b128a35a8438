"""Which facts the package says that it meets: ``shequn/data/declared.csv``.

The file is a promise and no measurement: `shequn validate` fails when a fact declared as met is
not. Maintainers write it anew with ``python -m shequn.experiments.validate.declared``, which calls
a fact met only when it is inside by the mean over the seeds of `validate` and at each of them by
itself, at full size; a fact that is inside by the luck of some seeds is not promised.
"""

from __future__ import annotations

import csv
import io
import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from shequn.agents.errors import ShequnError
from shequn.experiments.runs.store import write_text

if TYPE_CHECKING:
    from shequn.experiments.validate.validate import Validation

MET, MISSED = "met", "missed"
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


def declare(path: Path, found: Validation) -> dict[str, str]:
    """Write which facts are met, by the mean over seeds and at each seed by itself.

    Parameters
    ----------
    path : Path
        The file to write.
    found : Validation
        Every scenario, at several seeds.

    Returns
    -------
    dict
        What was written: ``met`` or ``missed`` by fact; what is shown only is left out.
    """
    words = {
        line.fact.id: MET if line.inside and all(line.inside_at) else MISSED
        for line in found.checked
        if line.inside is not None
    }
    lines = [f"{name},{word}" for name, word in words.items()]
    write_text(path, "\n".join(["fact,declared", *lines]) + "\n")
    return words


if __name__ == "__main__":
    from shequn.experiments.validate.validate import scenarios_with_facts, validate

    target = Path(sys.argv[1] if len(sys.argv) > 1 else f"shequn/{_FILE}")
    words = declare(target, validate(*scenarios_with_facts(), baselines=False, limits=False))
    print(f"{sum(word == MET for word in words.values())} of {len(words)} met: {target}")
