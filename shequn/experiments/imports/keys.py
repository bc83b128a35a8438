"""The key that turns names into numbers: made at random, kept on this computer, sent nowhere.

It is a file of the user's, ``shequn/import.key`` in the folder for the state of programs
(``XDG_STATE_HOME``, else ``~/.local/state``), or in that which the variable ``SHEQUN_STATE`` names.
Nobody without it can try names against the numbers. With it the same name gets the same number in
every import; once it is deleted, no number can be led back to a name, or to that of a later import.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from shequn.agents.errors import ShequnError
from shequn.agents.files import read_text

VARIABLE = "SHEQUN_STATE"
FILE = "import.key"
_BYTES = 32
_DIGEST = 8  # bytes: two of a million names are alike once in 37 million imports


def key_file() -> Path:
    """Where the key is kept.

    Raises
    ------
    ShequnError
        If there is no folder for it.
    """
    place = os.environ.get(VARIABLE)
    if place:
        return Path(place) / FILE
    try:
        above = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    except RuntimeError as error:  # no home
        raise ShequnError(f"no folder for the key of names; name one in {VARIABLE}") from error
    return Path(above) / "shequn" / FILE


def own_key() -> bytes:
    """The user's key, made if there is none.

    Returns
    -------
    bytes
        32 of them.

    Raises
    ------
    ShequnError
        If it cannot be read or made, or is none.
    """
    path = key_file()
    try:
        if not path.exists():
            _make(path)
        text = read_text(path, 1_000).strip()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no file can have this name"
        words = f"{path}: the key of names cannot be kept here ({why})"
        raise ShequnError(f"{words}; name another folder in {VARIABLE}") from error
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise ShequnError(f"{path}: is no key of shequn; delete it, and a new one is made")
    return key


def _make(path: Path) -> None:
    """Write a new key, for its owner only; one that another process has made meanwhile stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{FILE}.{os.getpid()}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(_BYTES) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(part, path)
        except FileExistsError:
            pass
        except OSError:  # a disk without links
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def hashed(key: bytes, name: str) -> str:
    """The number of a name: keyed BLAKE2b, 16 hexadecimal digits.

    Parameters
    ----------
    key : bytes
        As `own_key` gives it.
    name : str
        A name or an identifier.
    """
    content = name.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(content, digest_size=_DIGEST, key=key).hexdigest()
