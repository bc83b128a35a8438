"""Reading a user's files: regular ones only, of a size that can be, as bytes or as text.

A path that somebody sent may lead to a pipe that never ends, to a device, or to a sparse file of a
terabyte. All of these are told from a file before anything is read.
"""

from __future__ import annotations

import csv
import errno
import io
import os
import stat
from pathlib import Path

MEGABYTE = 1_000_000
TEXT = 16 * MEGABYTE  # most bytes of a scenario, a policy, a manifest (assumed)
TABLE = 256 * MEGABYTE  # most bytes of a table (assumed)
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def check(path: str | Path, most: int) -> None:
    """Refuse what `read_bytes` would refuse, where something else is to read the file.

    Parameters
    ----------
    path, most
        As for `read_bytes`.

    Raises
    ------
    OSError
        As `read_bytes`.
    """
    try:
        _refuse(os.stat(path), most)
    except ValueError as error:  # NUL, or half of a character, in the path
        raise OSError(errno.EINVAL, "no file can have this name") from error


def read_bytes(path: str | Path, most: int) -> bytes:
    """The content of a regular file.

    Parameters
    ----------
    path : str or Path
        The file; symbolic links are followed.
    most : int
        Bytes that it may hold at most.

    Returns
    -------
    bytes
        All of it.

    Raises
    ------
    OSError
        If there is no such file, it is no regular file, or it is larger; ``strerror`` says which.
    """
    check(path, most)  # before it is opened: opening a device may do something
    # A pipe that has taken the file's place meanwhile must not make this wait.
    wait_for_nobody = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, os.O_RDONLY | wait_for_nobody)
    with os.fdopen(handle, "rb") as stream:
        _refuse(os.fstat(handle), most)
        content = stream.read(most + 1)
    if len(content) > most:
        raise _too_large(f"more than {most:,}", most)
    return content


def read_text(path: str | Path, most: int = TEXT) -> str:
    """The text of a regular file: UTF-8, with or without a byte order mark.

    Parameters
    ----------
    path, most
        As for `read_bytes`.

    Returns
    -------
    str
        All of it; every kind of line end as it stands there.

    Raises
    ------
    OSError
        As `read_bytes`; also if the bytes are not UTF-8.
    """
    try:
        return read_bytes(path, most).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        words = f"not UTF-8 text: byte {error.start + 1:,}: {error.reason}"
        raise OSError(errno.EILSEQ, words) from error


def read_lines(path: str | Path, most: int = TABLE) -> list[tuple[int, list[str]]]:
    """The lines of a comma-separated table.

    Parameters
    ----------
    path, most
        As for `read_bytes`.

    Returns
    -------
    list of (int, list of str)
        Number and cells of each line that is not empty.

    Raises
    ------
    OSError
        As `read_text`; also if it is no such table.
    """
    reader = csv.reader(io.StringIO(read_text(path, most), newline=""))
    try:
        return [(reader.line_num, cells) for cells in reader if "".join(cells).strip()]
    except csv.Error as error:
        raise OSError(errno.EINVAL, f"no CSV table: line {reader.line_num}: {error}") from error


def read_table(
    path: str | Path, most: int = TABLE
) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """A comma-separated table whose first line names its columns.

    Parameters
    ----------
    path, most
        As for `read_bytes`.

    Returns
    -------
    head : list of str
        Names of the columns; empty for an empty file.
    rows : list of (int, dict)
        Number of each further line, and its cells by name; a cell that is missing is "".

    Raises
    ------
    OSError
        As `read_lines`; also if a line has more cells than the first.
    """
    lines = read_lines(path, most)
    head = [name.strip() for name in lines[0][1]] if lines else []
    for number, cells in lines[1:]:
        if len(cells) > len(head):
            words = f"line {number}: {len(cells)} cells, not {len(head)}"
            raise OSError(errno.EINVAL, words)
    empty = dict.fromkeys(head, "")
    return head, [
        (number, {**empty, **dict(zip(head, cells, strict=False))}) for number, cells in lines[1:]
    ]


def is_file(path: str | Path) -> bool:
    """Whether a path leads to a regular file; False also for what can be no path."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def is_folder(path: str | Path) -> bool:
    """Whether a path leads to a folder; False also for what can be no path."""
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def _refuse(found: os.stat_result, most: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = next((word for test, word in _KINDS if test(found.st_mode)), "something else")
        raise OSError(errno.EINVAL, f"is {kind}, not a regular file")
    if found.st_size > most:
        raise _too_large(f"{found.st_size:,}", most)


def _too_large(size: str, most: int) -> OSError:
    return OSError(errno.EFBIG, f"holds {size} bytes; at most {most:,}")
