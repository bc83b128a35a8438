"""A posting policy of the user's own: its file is read, and run when the user says so."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock
from types import ModuleType

from shequn.agents.errors import PolicyError, nearest
from shequn.agents.files import read_text
from shequn.agents.policies import PostingPolicy

# Python 3.11 counts the depth of a tree for all threads together: where one gives way to another in
# the middle of it (the garbage collector may run a finalizer there), both end in a SystemError.
_PARSING = Lock()


def read_source(path: Path, class_name: str) -> str:
    """The text of a user's policy file, once it is seen to hold the class; nothing of it is run.

    Parameters
    ----------
    path : Path
        Python file.
    class_name : str
        Name of the class in it.

    Returns
    -------
    str
        The source.

    Raises
    ------
    PolicyError
        If the file cannot be read, is no Python, or has no such class. A class that inherits, is
        imported or is made by a call may get its method ``plan`` from elsewhere: that is seen when
        it is run.
    """
    try:
        source = read_text(path)
    except OSError as error:
        raise PolicyError(f"cannot read policy file {path}: {error.strerror}") from error
    try:
        tree = parsed(source)
    except SyntaxError as error:
        raise PolicyError(f"{path}: line {error.lineno}: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise PolicyError(f"{path}: is no Python that can be read: {error}") from error
    classes = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    found = classes.get(class_name)
    if found is None and class_name in _bound_otherwise(tree):
        return source
    plans = found is not None and any(
        isinstance(node, ast.FunctionDef) and node.name == "plan" for node in found.body
    )
    if found is None or not (plans or found.bases):
        raise _no_class(path, class_name, classes)
    return source


def parsed(source: str) -> ast.Module:
    """The tree of a Python source; nothing of it is run."""
    with _PARSING:
        return ast.parse(source)


def module_of(path: Path, source: str) -> ModuleType:
    """Run the text of a user's file, and give the module.

    Parameters
    ----------
    path : Path
        Where it stands.
    source : str
        The text.

    Returns
    -------
    ModuleType
        After whatever the file does; it may raise anything.
    """
    module = ModuleType(f"shequn_own_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses and the like look for it there
    exec(compile(source, str(path), "exec"), module.__dict__)
    return module


def _bound_otherwise(tree: ast.Module) -> set[str]:
    """Names that a module imports or assigns."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom | ast.Import):
            found.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def _no_class(path: Path, class_name: str, names: Iterable[str]) -> PolicyError:
    hint = "" if class_name in names else nearest(class_name, names)
    return PolicyError(f"{path}: no class '{class_name}' with a method plan{hint}")


def load_class(path: Path, class_name: str) -> Callable[[], PostingPolicy]:
    """Load a policy class from a user's own file.

    Parameters
    ----------
    path : Path
        Python file.
    class_name : str
        Name of the class in it.

    Returns
    -------
    callable
        The class.

    Raises
    ------
    PolicyError
        If the file cannot be read or run, or has no such class.
    """
    source = read_source(path, class_name)
    try:
        module = module_of(path, source)
    except (Exception, SystemExit) as error:  # the user's code may raise anything
        raise PolicyError(f"{path}: {type(error).__name__}: {error}") from error
    found = getattr(module, class_name, None)
    if not isinstance(found, type) or not callable(getattr(found, "plan", None)):
        raise _no_class(path, class_name, [])
    return found
