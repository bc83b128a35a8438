"""The one decorator through which every kernel is compiled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.extending import intrinsic

from shequn.agents.sources import PACKAGE, digest_of_rooms

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def _decides(path: Path, content: bytes) -> bool:
    """Whether kernels are compiled from a file, or take their types from it."""
    marked = b"@compiled" in content or b"@inlined" in content
    return marked or path.parts[-2:] == ("agents", "tables.py")


def stamp_of_kernels(package: Path = PACKAGE) -> str:
    """Digest of the sources that kernels are compiled from.

    Parameters
    ----------
    package : Path
        The folder of the package.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return digest_of_rooms("agents", "model", "experiments", counts=_decides, package=package)


_STAMP = stamp_of_kernels()
_UNCOMPILED = bool(vars(numba)["config"].DISABLE_JIT)


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
    return _dispatcher(function)


def inlined(function: Kernel) -> Kernel:
    """Compile a part of a kernel, as `compiled` does, into the code of who calls it.

    For what is called once, or hands on a structure of numbers: it then stays in registers.

    Parameters
    ----------
    function : callable
        As for `compiled`.

    Returns
    -------
    callable
        As for `compiled`.
    """
    return _dispatcher(function, forceinline=True)


def _dispatcher(function: Any, **options: Any) -> Any:
    dispatcher: Any = numba.njit(cache=True, nogil=True, error_model="numpy", **options)(function)
    cache = getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)
    if cache is not None:
        cache._source_stamp = _STAMP
    return dispatcher


@intrinsic
def _without_owner(typing: Any, array: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        lent = context.make_array(signature.args[0])(context, builder, values[0])
        lent.meminfo = lent.meminfo.type(None)
        return lent._getvalue()

    return array(array), generate


@inlined
def borrowed(array: Any) -> Any:
    """The same array without its owner: a kernel that is handed it counts no references.

    Numba counts them at every call, with an atomic instruction each, which in a visit comes to a
    third of its time. Only for arrays that a caller in Python holds until the kernel returns, and
    never for what a kernel gives back.

    Parameters
    ----------
    array : numpy.ndarray
        An array.

    Returns
    -------
    numpy.ndarray
        A view on all of it.
    """
    return array if _UNCOMPILED else _without_owner(array)  # pyright: ignore[reportCallIssue]
