"""An outcome of the user's own: a function of a finished run, in a file that the user names.

    def mine(run):
        \"\"\"Members who bought and are still there.\"\"\"
        ...
    mine.unit = "persons"
    mine.better = "more"

It is given as ``mine.py:mine``. What it is called, and its unit, are read from the file without
running it; it is run where a run has been computed, as a policy of the user's own is.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import FunctionType
from typing import Any

from shequn.agents.errors import OutcomeError, Problem, ScenarioError, nearest
from shequn.agents.files import read_text
from shequn.agents.own_policy import module_of, parsed
from shequn.model.outcomes import OUTCOMES, OWN, Outcome

_BETTER = ("more", "less", "")


@dataclass(frozen=True)
class OwnOutcome:
    """A function in a file.

    Attributes
    ----------
    path : Path
        The file, from the root on.
    name : str
        Of the function, and of the outcome.
    """

    path: Path
    name: str

    def __str__(self) -> str:
        """As it is given: ``/home/me/mine.py:mine``."""
        return f"{self.path}:{self.name}"

    def value(self, run: Any) -> float:
        """What it is in a finished run.

        Parameters
        ----------
        run : Run
            What `shequn.run` returns.

        Returns
        -------
        float
            nan where it has no value.

        Raises
        ------
        OutcomeError
            If the file cannot be run, or the function raises or gives no number.
        """
        function = _loaded(self, read_text(self.path))
        try:
            found = function(run)
        except (Exception, SystemExit) as error:  # the user's code may raise anything
            raise OutcomeError(f"{self}: {type(error).__name__}: {error}") from error
        try:
            number = math.nan if isinstance(found, str | bytes) else float(found)
        except (TypeError, ValueError):
            number = math.nan
        if isinstance(found, str | bytes) or (number != number and not _is_nan(found)):
            raise OutcomeError(f"{self}: gave {found!r}, which is no number")
        return number


def _is_nan(value: Any) -> bool:
    return bool(value != value)


@lru_cache(maxsize=32)
def _loaded(own: OwnOutcome, source: str) -> Callable[[Any], Any]:
    """The function, once for each text of its file."""
    try:
        module = module_of(own.path, source)
    except (Exception, SystemExit) as error:  # the user's code may raise anything
        raise OutcomeError(f"{own.path}: {type(error).__name__}: {error}") from error
    found = getattr(module, own.name, None)
    if not isinstance(found, FunctionType):
        raise OutcomeError(f"{own.path}: '{own.name}' is no function")
    return found


def read_own(text: str, folder: Path = Path()) -> OwnOutcome:
    """Find an outcome of one's own, and declare it; nothing of its file is run.

    Parameters
    ----------
    text : str
        ``FILE.py:FUNCTION``.
    folder : Path
        Where relative paths belong.

    Returns
    -------
    OwnOutcome
        From then on `OUTCOMES` knows its unit and meaning.

    Raises
    ------
    ScenarioError
        If the file cannot be read, is no Python or has no such function, or its name is taken.
    """
    file, _, name = text.rpartition(":")
    path = (folder / file).resolve()
    own = OwnOutcome(path, name)
    try:
        found = _declaration(path, name)
    except OSError as error:
        raise _wrong(text, f"cannot read {path}: {error.strerror}") from error
    except SyntaxError as error:
        raise _wrong(text, f"{path}: line {error.lineno}: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise _wrong(text, f"{path}: {error}") from error
    if dict.__contains__(OUTCOMES, name):
        raise _wrong(text, f"'{name}' is an outcome already; give the function another name")
    OWN[name] = found
    return own


def is_own(text: str) -> bool:
    """Whether a text names a function in a file, and no outcome."""
    return ":" in text


def _wrong(text: str, words: str) -> ScenarioError:
    return ScenarioError([Problem(f"outcome {text}", words)])


def _declaration(path: Path, name: str) -> Outcome:
    """What the file says of a function: its docstring's first line, ``unit`` and ``better``."""
    tree = parsed(read_text(path))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    if name not in functions:
        raise ValueError(f"no function '{name}'{nearest(name, functions)}")
    said = {"unit": "1", "better": ""}
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Constant):
            continue
        for target in node.targets:
            if isinstance(target, ast.Attribute) and ast.unparse(target.value) == name:
                said[target.attr] = str(node.value.value)
    if said["better"] not in _BETTER:
        raise ValueError(f"{name}.better is '{said['better']}'; allowed: more, less or nothing")
    words = (ast.get_docstring(functions[name]) or f"{name} of {path.name}").splitlines()[0]
    return Outcome(said["unit"], said["better"], words.rstrip("."))
