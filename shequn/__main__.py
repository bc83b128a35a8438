"""The command line, as ``shequn`` and as ``python -m shequn``, and the end of its process."""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import suppress

from shequn.commands import main


def run() -> int:
    """Run one command; when it has returned, the process ends with its exit code and no other.

    Returns
    -------
    int
        As `shequn.commands.main`.
    """
    code: int | None = None

    def leave() -> None:
        if code is None:  # bad words on the command line, or an error nobody expected
            return
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)

    # Libraries in C++ (Arrow) have threads of their own. One that asks for the interpreter while it
    # is taken down is ended where it stands, and C++ may answer that with an abort of the process.
    # So it is not taken down: threads are joined, hooks and finalizers run, and this hook, the
    # first and therefore the last to be called, ends the process.
    atexit.register(leave)
    code = main()
    return code


if __name__ == "__main__":
    sys.exit(run())
