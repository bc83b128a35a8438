"""The files of an export: one, those of a folder or of a zip; read as a stream, never unpacked.

What they are called may hold names, so no message has it: files are counted.
"""

from __future__ import annotations

import codecs
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from shequn.agents.errors import ShequnError
from shequn.agents.files import MEGABYTE, check

LARGEST = 64_000 * MEGABYTE  # bytes of an export at most (assumed)
MOST_FILES = 200_000
_DENSEST = (
    250  # bytes from one of a zip: text is packed to a tenth, a bomb to a thousandth (assumed)
)
_LITTLE = 50 * MEGABYTE  # up to which a member may be as dense as it likes (assumed)
_ENDINGS = (".json", ".csv", ".txt")
_CHUNK = 1 << 20
LONGEST_LINE = 1 << 20  # characters: longer than any message (assumed)
_HEAD = 1 << 16


class ExportError(ShequnError):
    """An export that cannot be read."""


class Source(NamedTuple):
    """A file of an export.

    Attributes
    ----------
    place : str
        What messages call it.
    path : str
        Below the folder or in the zip; holds names, so it is never shown or kept.
    size : int
        Bytes.
    open : callable
        Gives a stream of its bytes.
    """

    place: str
    path: str
    size: int
    open: Callable[[], BinaryIO]

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return PurePosixPath(self.path).stem

    @property
    def ending(self) -> str:
        """Of the file's name, in small letters: ``.txt``."""
        return PurePosixPath(self.path).suffix.lower()

    def head(self) -> bytes:
        """Its first bytes."""
        with _told(self.place), self.open() as stream:
            return stream.read(_HEAD)


def sources_of(export: Path) -> list[Source]:
    """The files of an export that can be text.

    Parameters
    ----------
    export : Path
        A file, a folder or a zip.

    Returns
    -------
    list of Source
        In order of their names.

    Raises
    ------
    ExportError
        If there is none, or the zip cannot be trusted.
    OSError
        If there is no such file, or it is none.
    """
    try:
        folder = stat.S_ISDIR(os.stat(export).st_mode)
    except ValueError as error:  # NUL, or half of a character, in the path
        raise ExportError("EXPORT: no file can have this name") from error
    if folder:
        return _of_folder(export)
    check(export, LARGEST)
    with export.open("rb") as stream:
        start = stream.read(64)
    if start[:4] == b"PK\x03\x04" or zipfile.is_zipfile(export) and export.suffix.lower() == ".zip":
        return _of_zip(export)
    if not start:
        raise ExportError("the export: the file is empty")
    path = export.name
    if export.suffix.lower() not in _ENDINGS:  # a name that says nothing
        path += ".json" if start.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"[") else ".txt"
    return [Source("the export", path, export.stat().st_size, lambda: export.open("rb"))]


def _of_folder(folder: Path) -> list[Source]:
    found: list[Source] = []
    for above, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        for name in sorted(names):
            path = Path(above) / name
            place = f"file {len(found) + 1}"
            with _told(place):
                about = path.lstat()
            regular = stat.S_ISREG(about.st_mode)
            if name.startswith(".") or path.suffix.lower() not in _ENDINGS or not regular:
                continue
            inside = path.relative_to(folder).as_posix()
            size = about.st_size
            found.append(Source(place, inside, size, lambda path=path: path.open("rb")))
            if len(found) > MOST_FILES:
                raise ExportError(f"the export: more than {MOST_FILES:,} files")
    return _some(found, "the folder")


def _of_zip(export: Path) -> list[Source]:
    with _told("the zip"):
        archive = zipfile.ZipFile(export)
        members = archive.infolist()
    if len(members) > MOST_FILES:
        raise ExportError(f"the zip: more than {MOST_FILES:,} files")
    found: list[Source] = []
    for member in sorted(members, key=lambda member: member.filename):
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if not path.parts:
            continue
        if path.is_absolute() or ".." in path.parts or path.parts[0][1:2] == ":":
            raise ExportError("the zip: a path leads out of it; no chat program writes such a zip")
        ignored = member.is_dir() or path.parts[0] == "__MACOSX" or path.name.startswith(".")
        if ignored or path.suffix.lower() not in _ENDINGS:
            continue
        place = f"file {len(found) + 1} of the zip"
        if member.flag_bits & 1:
            raise ExportError(f"{place}: it is encrypted; unpack it first")
        packed = max(member.compress_size, 1)
        if member.file_size > max(_LITTLE, packed * _DENSEST):
            raise ExportError(f"{place}: {packed:,} bytes would unpack to {member.file_size:,}")
        opened = lambda member=member: archive.open(member)  # noqa: E731
        found.append(Source(place, path.as_posix(), member.file_size, opened))  # type: ignore[arg-type]
    if sum(source.size for source in found) > LARGEST:
        raise ExportError(f"the zip: would unpack to more than {LARGEST:,} bytes")
    return _some(found, "the zip")


def _some(found: list[Source], what: str) -> list[Source]:
    found = [source for source in found if source.size]
    if not found:
        raise ExportError(f"{what}: holds no text, JSON or CSV with anything in it")
    return [found[0]._replace(place="the export")] if len(found) == 1 else found


class _told:
    """Around the reading of bytes: whatever is wrong with them is an `ExportError`."""

    def __init__(self, place: str) -> None:
        self.place = place

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if isinstance(error, zipfile.BadZipFile | zlib.error | EOFError | NotImplementedError):
            words = "the zip is damaged or of a kind that cannot be read; export it again"
            raise ExportError(f"{self.place}: {words}") from None
        if isinstance(error, OSError):  # its own words have the path
            words = f"cannot be read: {error.strerror or 'the disk does not answer'}"
            raise ExportError(f"{self.place}: {words}") from None
        if isinstance(error, RuntimeError) and not isinstance(error, RecursionError):
            raise ExportError(f"{self.place}: the zip cannot be read") from None


def encoding_of(head: bytes, *, chinese: bool = False) -> str:
    """The encoding of a text, from its beginning.

    Parameters
    ----------
    head : bytes
        Its first bytes.
    chinese : bool
        Whether text that is no UTF-8 may be GB 18030, as programs on Chinese Windows write it.
    """
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(head)
    except UnicodeDecodeError:
        return "gb18030" if chinese else "utf-8-sig"
    return "utf-8-sig"


def text_of(
    source: Source, encoding: str, told: Callable[[int], None] | None = None
) -> Iterator[str]:
    """The text of a file in pieces of about a megabyte.

    Parameters
    ----------
    source : Source
        The file.
    encoding : str
        As `encoding_of` tells it.
    told : callable, optional
        Called with the number of bytes that have been read since the last call.

    Yields
    ------
    str
        A piece; none is empty.

    Raises
    ------
    ExportError
        If it is no text in this encoding.
    """
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    done = 0
    with _told(source.place), source.open() as stream:
        while True:
            chunk = stream.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                place = max(0, done + error.start) + 1
                words = f"not text in UTF-8, about byte {place:,}; save it as UTF-8 and try again"
                raise ExportError(f"{source.place}: {words}") from None
            done += len(chunk)
            if told is not None:
                told(len(chunk))
            if text:
                yield text
            if not chunk:
                return


def lines_of(
    source: Source, encoding: str, told: Callable[[int], None] | None = None
) -> Iterator[list[str | None]]:
    """The lines of a file, many at a time.

    Parameters
    ----------
    source, encoding, told
        As for `text_of`.

    Yields
    ------
    list of str or None
        Without their ends; None in the place of a line longer than `LONGEST_LINE`.
    """
    rest, too_long = "", False
    for text in text_of(source, encoding, told):
        whole = rest + text
        if "\r" in whole:
            whole = whole.replace("\r\n", "\n")
        lines: list[str | None] = list(whole.split("\n"))
        rest = lines.pop() or ""
        if lines and (too_long or len(lines[0] or "") > LONGEST_LINE):  # no other can be so long
            lines[0], too_long = None, False
        if too_long or len(rest) > LONGEST_LINE:
            rest, too_long = "", True
        if lines:
            yield lines
    if rest or too_long:
        yield [None if too_long else rest.removesuffix("\r")]


def csv_lines(pieces: Iterator[str]) -> Iterator[str]:
    """Lines for the csv module, each with its end, from the pieces of a text."""
    rest = ""
    for text in pieces:
        lines = (rest + text).split("\n")
        rest = lines.pop()
        for line in lines:
            yield line + "\n"
        if len(rest) > 16 * LONGEST_LINE:
            raise ExportError("the export: a line of a table that does not end")
    if rest:
        yield rest
