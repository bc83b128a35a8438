"""What decides the bits of a run beside its settings: the model's sources, and a user's files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from shequn.agents.files import TABLE, read_bytes
from shequn.agents.sources import PACKAGE, digest_of_rooms

_FILES = ("policy.file", "market.network")


@cache
def model_version(package: Path = PACKAGE) -> str:
    """Digest of everything but its settings that decides the bits of a run.

    Parameters
    ----------
    package : Path
        The folder of the package.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    return digest_of_rooms("agents", "model", "scenarios", package=package)[:16]


def with_contents(values: Mapping[str, Any], folder: Path = Path()) -> dict[str, Any]:
    """Values in which the digest of a file stands in the place of its path.

    Parameters
    ----------
    values : mapping
        Values by path.
    folder : Path
        Where relative paths of files belong.

    Returns
    -------
    dict
        A copy.
    """
    found = dict(values)
    for path in _FILES:
        if name := found.get(path):
            try:
                found[path] = hashlib.sha256(read_bytes(folder / str(name), TABLE)).hexdigest()
            except OSError:
                found[path] = "cannot be read"  # the run itself will say so
    return found
