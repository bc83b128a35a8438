"""A digest of the package's own sources, by room: what decides the bits of a run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import shequn

PACKAGE = Path(shequn.__file__).resolve().parent
_SOURCES = (".py", ".toml")


def digest_of_rooms(
    *rooms: str,
    counts: Callable[[Path, bytes], bool] = lambda path, content: True,
    package: Path = PACKAGE,
) -> str:
    """Digest of all Python and TOML files in some rooms of the package.

    Parameters
    ----------
    *rooms : str
        Names of folders of the package.
    counts : callable
        Decides from path and content whether a file counts; all do when nothing is said.
    package : Path
        The folder of the package.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    RuntimeError
        If nothing counts in one of the rooms: the digest of nothing would be the same for every
        version.
    """
    digest = hashlib.sha256()
    for room in rooms:
        chosen = [
            (path, content)
            for path in sorted((package / room).rglob("*"))
            if path.suffix in _SOURCES and counts(path, content := path.read_bytes())
        ]
        if not chosen:
            raise RuntimeError(f"{package / room}: no sources that count")
        for path, content in chosen:
            digest.update(path.relative_to(package).as_posix().encode())
            digest.update(content)
    return digest.hexdigest()
