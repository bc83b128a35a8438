"""JSON of any size, read as a stream: one message after the other is in memory, never the whole.

The decoder of the standard library reads each element of an array; this module finds where they
begin.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from shequn.experiments.imports.sources import ExportError

_SPACE = re.compile(r"[ \t\r\n]*")
_BEHIND = set(" \t\r\n,]}:")  # what may stand behind a value
_LARGEST = 32 << 20  # characters of one message, with all that belongs to it (assumed)
_decode = json.JSONDecoder().raw_decode


class JsonStream:
    """A place in a JSON text.

    Parameters
    ----------
    pieces : iterator of str
        The text.
    place : str
        What messages call it.
    """

    def __init__(self, pieces: Iterator[str], place: str) -> None:
        self._pieces, self._place = pieces, place
        self._text, self._at = "", 0
        self._passed = 0  # characters before the text at hand
        self._ended = self._grown = False

    def next_mark(self) -> str:
        """The next character that is no space, which stays where it is.

        Raises
        ------
        ExportError
            If there is none.
        """
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                self._fail("ends in the middle")

    def value(self) -> Any:
        """The value that begins here, whole.

        Raises
        ------
        ExportError
            If it is no JSON, nested too deeply, or too large.
        """
        self.next_mark()
        while True:
            try:
                found, end = _decode(self._text, self._at)
            except RecursionError:
                self._fail("is nested too deeply")
            except ValueError:
                found, end = None, -1
            # A number may go on behind the end of what is there.
            whole = end >= 0 and (
                self._text[end - 1] in '"]}' or self._text[end : end + 1] in _BEHIND
            )
            if whole or (not self._grow() and end >= 0):
                self._at = end
                return found
            if self._ended and end < 0 and not self._grown:
                self._fail("is no valid JSON, or ends in the middle")
            if len(self._text) - self._at > _LARGEST:
                self._fail("has a message that is too large, or is no valid JSON")

    def keys(self) -> Iterator[str]:
        """The keys of the object that begins here; each value is to be read or passed over."""
        self._take("{")
        if self.next_mark() == "}":
            self._at += 1
            return
        while True:
            key = self.value()
            if not isinstance(key, str):
                self._fail("has a key that is no text")
            self._take(":")
            yield key
            if not self._goes_on("}"):
                return

    def elements(self) -> Iterator[None]:
        """The elements of the array that begins here; each is to be read or passed over."""
        self._take("[")
        if self.next_mark() == "]":
            self._at += 1
            return
        while True:
            yield None
            if not self._goes_on("]"):
                return

    def values(self) -> Iterator[Any]:
        """The elements of the array that begins here, each whole."""
        for _ in self.elements():
            yield self.value()

    def pass_over(self) -> None:
        """Go behind the value that begins here, however large it is."""
        mark = self.next_mark()
        if mark == "[":
            for _ in self.elements():
                self.value()
        elif mark == "{":
            for _ in self.keys():
                self.value()
        else:
            self.value()

    def ends(self) -> None:
        """Refuse anything that comes after."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                self._fail("goes on behind its end")
            if not self._more():
                return

    def _take(self, mark: str) -> None:
        if self.next_mark() != mark:
            self._fail("is no valid JSON, or not laid out as such an export is")
        self._at += 1

    def _goes_on(self, end: str) -> bool:
        mark = self.next_mark()
        if mark not in (",", end):
            self._fail("is no valid JSON")
        self._at += 1
        return mark == ","

    def _more(self) -> bool:
        """Read on; False at the end."""
        piece = next(self._pieces, None)
        if piece is None:
            self._ended = True
            return False
        self._passed += self._at
        self._text, self._at = self._text[self._at :] + piece, 0
        return True

    def _grow(self) -> bool:
        """Read as much again as there is, so that a long value is not tried too often."""
        want = 2 * (len(self._text) - self._at)
        self._grown = False
        while self._more():
            self._grown = True
            if len(self._text) >= want:
                break
        return self._grown

    def _fail(self, words: str) -> NoReturn:
        place = self._passed + self._at + 1
        raise ExportError(
            f"{self._place}: {words}, about character {place:,}; export it again"
        ) from None
