"""The one decorator through which every kernel is compiled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def _digest_of_kernels() -> str:
    """Digest of the sources that kernels are compiled from: those that use the decorator."""
    package = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for room in ("agents", "model", "experiments"):
        for source in sorted((package / room).rglob("*.py")):
            text = source.read_bytes()
            if b"@compiled" in text or source.name == "tables.py":
                digest.update(text)
    return digest.hexdigest()


_STAMP = _digest_of_kernels()


def compiled(function: Kernel) -> Kernel:
    """Compile a scalar function: cached on disk, without the GIL, without fastmath.

    Numba invalidates a cached kernel only when the kernel's own file changes; a verb edited in
    another file would leave the old code running. The stamp of every kernel is therefore the
    digest of all kernel sources.

    Parameters
    ----------
    function : callable
        A function of scalars, records and arrays that allocates no Python object.

    Returns
    -------
    callable
        The compiled function, or the function itself when JIT is disabled.
    """
    dispatcher: Any = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    cache = getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)
    if cache is not None:
        cache._source_stamp = _STAMP
    return dispatcher
