"""Where results land: a new folder each time, with a manifest; nothing is overwritten."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import platform
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from shequn.agents.errors import Problem, ResultsError, ScenarioError
from shequn.agents.files import read_text
from shequn.model.parameters import flatten
from shequn.model.scenario import Scenario

_SOFTWARE = (
    "shequn", "mesa", "numba", "numpy", "pandas", "scipy", "matplotlib", "pyarrow", "SALib",
    "cmaes", "optuna",
)  # fmt: skip
MANIFEST = "manifest.json"


def path_of(out: object) -> Path | None:
    """Where results are to be kept, as it was given.

    Parameters
    ----------
    out : object
        A str or Path; None for nowhere.

    Returns
    -------
    Path or None
        The same.

    Raises
    ------
    ScenarioError
        If it is something else.
    """
    if out is None or isinstance(out, Path):
        return out
    if not isinstance(out, str):
        raise ScenarioError([Problem("out", f"{out!r} is no folder; give its path")])
    return Path(out)


def new_folder(name: str, out: Path | None = None, begun: str = "") -> Path:
    """Make the folder of a new result.

    Parameters
    ----------
    name : str
        What the result is of: ``run-wechat-group``.
    out : Path, optional
        The folder wanted; ``results/NAME-001`` or the next free number when None.
    begun : str
        A file that may be there: what an interruption of the same work has left.

    Returns
    -------
    Path
        A writable folder, empty but for that file.

    Raises
    ------
    ResultsError
        If it cannot be made or written to, or holds files already.
    """
    try:
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            if any(path.name != begun for path in out.iterdir()):
                raise ResultsError(f"{out}: the folder is not empty; nothing is overwritten")
            return _writable(out)
        number = 1
        while True:
            folder = Path("results") / f"{name}-{number:03d}"
            try:
                folder.mkdir(parents=True)
            except FileExistsError:
                number += 1
                continue
            return _writable(folder)
    except OSError as error:
        raise ResultsError(
            f"{out or Path('results')}: cannot be written: {error.strerror}"
        ) from error
    except ValueError as error:  # NUL, or half of a character
        raise ResultsError(f"{str(out)!r}: no folder can have this name") from error


@contextmanager
def fresh_folder(name: str, out: Path | None = None, begun: str = "") -> Iterator[Path]:
    """A new folder that is gone again if nothing was written before an error ends the block.

    Parameters
    ----------
    name, out, begun
        As for `new_folder`.

    Yields
    ------
    Path
        A writable folder.
    """
    above = (out, *out.parents) if out is not None else (Path("results"),)
    made = [path for path in above if not path.exists()]
    folder = new_folder(name, out, begun)
    if out is None:
        made.insert(0, folder)
    try:
        yield folder
    except BaseException:
        with suppress(OSError):  # a folder with something in it stays
            for path in made:
                path.rmdir()
        raise


def _writable(folder: Path) -> Path:
    with tempfile.TemporaryFile(dir=folder):
        return folder


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all: a temporary file is renamed when it is complete.

    Parameters
    ----------
    path : Path
        The file.
    text : str
        Its content.

    Raises
    ------
    ResultsError
        If it cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise ResultsError(f"{path}: cannot be written: {error.strerror}") from error


def csv_text(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table as CSV text, lines ended by a line feed."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return stream.getvalue()


def plain(value: Any) -> Any:
    """A value that JSON knows: nan becomes null, infinity a word, paths text."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("inf" if value > 0 else "-inf")
    if isinstance(value, Path):
        return str(value)
    return value


def versions() -> dict[str, str]:
    """Versions of the software that results depend on, by name."""
    found = {}
    for name in _SOFTWARE:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def manifest(scenario: Scenario, command: str, **more: Any) -> dict[str, Any]:
    """What produced a result: software, resolved parameters, environment.

    Parameters
    ----------
    scenario : Scenario
        With every value resolved.
    command : str
        What was asked for.
    **more
        Further facts: seed, days, design.

    Returns
    -------
    dict
        For `write_manifest`.
    """
    return {
        "schema": 1,
        "command": command,
        "scenario": scenario.name,
        "title": scenario.title,
        **more,
        "platform": scenario.platform,
        "parameters": flatten(scenario.parameters),
        "channels": scenario.channels,
        "rivals": scenario.rivals,
        "past": past_of(scenario),
        "software": versions(),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
    }


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write the manifest of a folder."""
    write_text(folder / MANIFEST, json.dumps(plain(facts), indent=1, ensure_ascii=False) + "\n")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a folder.

    Parameters
    ----------
    folder : Path
        A results folder.

    Returns
    -------
    dict
        The manifest.

    Raises
    ------
    ResultsError
        If there is none, or it cannot be read.
    """
    return read_json(folder / MANIFEST, "manifest")


def read_json(path: Path, what: str) -> dict[str, Any]:
    """A table from a JSON file of a results folder.

    Parameters
    ----------
    path : Path
        The file.
    what : str
        What it should hold, for messages.

    Returns
    -------
    dict
        By key.

    Raises
    ------
    ResultsError
        If it cannot be read, or holds no table.
    """
    try:
        found = json.loads(read_text(path))
    except (OSError, ValueError, RecursionError) as error:
        why = getattr(error, "strerror", None) or "no JSON"
        raise ResultsError(f"{path}: no {what} of shequn can be read here ({why})") from error
    if not isinstance(found, dict):
        raise ResultsError(f"{path}: no {what} of shequn can be read here (no table)")
    return found


def scenario_toml(scenario: Scenario) -> str:
    """The resolved scenario as a TOML file that runs again: every value is written out.

    Parameters
    ----------
    scenario : Scenario
        The scenario; files it names are written with their absolute path.

    Returns
    -------
    str
        TOML.
    """
    values = _with_whole_paths(scenario)
    lines = [
        f"{name} = {_toml(getattr(scenario, name))}" for name in ("title", "description", "focus")
    ]
    if scenario.outcomes:
        lines.append(f"outcomes = [{', '.join(map(_toml, scenario.outcomes))}]")
    lines += ["", "[run]", f"days = {scenario.days}", f"seed = {scenario.seed}"]
    lines += ["", "[past]"]
    for path, value in past_of(scenario).items():
        lines.append(f"{_toml(path) if '.' in path else path} = {_toml(value)}")
    section = ""
    for path, value in values.items():
        head, _, name = path.rpartition(".")
        if head != section:
            lines += ["", f"[{head}]"]
            section = head
        lines.append(f"{name} = {_toml(value)}")
    for name in ("channels", "rivals"):
        for block in _blocks_with_whole_paths(scenario, name):
            lines += ["", f"[[{name}]]"]
            lines += [f"{path} = {_toml(value)}" for path, value in block.items()]
    return "\n".join(lines) + "\n"


def _blocks_with_whole_paths(scenario: Scenario, name: str) -> list[dict[str, Any]]:
    """Channels or rivals; the numbers of a platform are among the values already."""
    blocks = []
    for block in getattr(scenario, name):
        values = {path: value for path, value in block.items() if path != "platform"}
        if values.get("policy.file"):
            values["policy.file"] = str((scenario.folder / values["policy.file"]).resolve())
        blocks.append(values)
    return blocks


def _with_whole_paths(scenario: Scenario) -> dict[str, Any]:
    values = flatten(scenario.parameters)
    for path in ("policy.file", "market.network"):
        if values[path]:
            values[path] = str((scenario.folder / values[path]).resolve())
    return values


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)


def as_settings(scenario: Scenario) -> dict[str, Any]:
    """Everything that decides a run, as plain values: to compare two commands."""
    return plain(
        {
            "name": scenario.name,
            "days": scenario.days,
            "seed": scenario.seed,
            "parameters": _with_whole_paths(scenario),
            "channels": _blocks_with_whole_paths(scenario, "channels"),
            "rivals": _blocks_with_whole_paths(scenario, "rivals"),
            "past": past_of(scenario),
            **({"outcomes": scenario.outcomes} if scenario.outcomes else {}),
        }
    )


def past_of(scenario: Scenario) -> dict[str, Any]:
    """The days of a past, and what was decided otherwise in it; files with whole paths."""
    values = dict(scenario.past.values)
    for path, value in values.items():
        if path.endswith("policy.file") and value:
            values[path] = str((scenario.folder / value).resolve())
    return {"days": scenario.past.days, **values}
