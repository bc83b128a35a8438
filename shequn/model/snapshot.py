"""Saving a community at a midnight to one file, and going on from it with the same bits.

The file is a zip archive of NumPy arrays (``numpy.savez``) and one JSON text. Nothing in it is
ever run: arrays are plain bytes, and a digest over all of them shows damage.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import struct
import tempfile
import tokenize
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from shequn.agents.errors import SnapshotError
from shequn.agents.tables import (
    ANSWER_DTYPE,
    GROUP_DTYPE,
    INVITATION_DTYPE,
    LOG_DTYPE,
    MEMBER_DTYPE,
    MESSAGE_DTYPE,
    OPERATOR_DTYPE,
    TALLY_NAMES,
)
from shequn.model.parameters import flatten
from shequn.model.scenario import Scenario

FORMAT = "shequn community 5"
# What reading a damaged or foreign archive can raise, by the part that is damaged.
_UNREADABLE = (
    ValueError, TypeError, AttributeError, KeyError, EOFError, OSError, MemoryError, RuntimeError,
    SyntaxError, tokenize.TokenError, struct.error, zlib.error, zipfile.BadZipFile,
    zipfile.LargeZipFile,
)  # fmt: skip
_DTYPES = {
    "members": MEMBER_DTYPE,
    "messages": MESSAGE_DTYPE,
    "groups": GROUP_DTYPE,
    "operators": OPERATOR_DTYPE,
    "answers": ANSWER_DTYPE,
    "invitations": INVITATION_DTYPE,
    "log": LOG_DTYPE,
}


def _layout(dtype: np.dtype) -> str:
    return str(np.dtype(dtype).descr)


def _digest(arrays: dict[str, np.ndarray], meta: str) -> str:
    digest = hashlib.sha256(meta.encode())
    for name in sorted(arrays):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()


def _as_bytes(array: np.ndarray) -> np.ndarray:
    return np.frombuffer(np.ascontiguousarray(array).tobytes(), np.uint8)


def _arrays_of(community: Any) -> dict[str, np.ndarray]:
    """Every table as plain bytes or numbers; the books of operator k have names that end in k."""
    tables = community.tables
    log = community.message_log
    open_rows = np.sort(community.group_order())
    arrays = {
        "members": _as_bytes(tables.members),
        "messages": _as_bytes(tables.messages[open_rows]),
        "groups": _as_bytes(tables.groups),
        "operators": _as_bytes(tables.operators),
        "answers": _as_bytes(tables.answers),
        "servers": tables.servers,
        "invitations": _as_bytes(community.invitation_log),
        "log": _as_bytes(np.zeros(0, LOG_DTYPE) if log is None else log),
        "pending": np.array(tables.tally[open_rows]["joins_seed"]),
    }
    for k, operator in enumerate(community.operators):
        journal = operator.journal
        shape = (0, 3, len(TALLY_NAMES))
        arrays[f"tallies_{k}"] = np.concatenate([np.zeros(shape), *journal.tallies])
        arrays[f"posts_{k}"] = np.concatenate([np.zeros((0, 3), np.int64), *journal.posts])
        days = [len(numbers) for numbers in journal.tallies]
        arrays[f"groups_by_day_{k}"] = np.array(days, np.int64)
    return arrays


def _policy_state(operator: Any) -> dict[str, Any]:
    """What a policy of the user's own has noted; built-in policies keep nothing."""
    policy = operator.policy
    if type(policy).__module__.startswith("shequn."):
        return {}
    state = dict(getattr(policy, "__dict__", {}))
    for name, value in state.items():
        if not _is_plain(value):
            raise SnapshotError(
                f"policy {type(policy).__name__} cannot be saved: {name} = {value!r}; keep "
                "numbers, texts, lists, and dicts of these by text"
            )
    return state


def _is_plain(value: Any) -> bool:
    """Whether JSON gives back the same value: a tuple would come back as a list."""
    if type(value) is list:
        return all(_is_plain(item) for item in value)
    if type(value) is dict:
        return all(type(key) is str and _is_plain(item) for key, item in value.items())
    return value is None or type(value) in (bool, int, float, str)


def _settings(scenario: Scenario) -> dict[str, Any]:
    """A scenario as JSON can hold it: see `scenario_of`."""
    return {
        "name": scenario.name,
        "title": scenario.title,
        "description": scenario.description,
        "days": scenario.days,
        "seed": str(scenario.seed),
        "folder": str(scenario.folder.resolve()),
        "platform": scenario.platform,
        "parameters": flatten(scenario.parameters),
        "channels": scenario.channels,
        "rivals": scenario.rivals,
    }


def _meta_of(community: Any) -> str:
    (_, start), *changes = community.history
    return json.dumps(
        {
            "format": FORMAT,
            "layouts": {name: _layout(dtype) for name, dtype in _DTYPES.items()},
            "tally": list(TALLY_NAMES),
            "day": community.day,
            "seed": str(community.seed_of_run),
            "engine": community.engine,
            "threads": community.threads,
            "keep_messages": community.keeps_messages,
            "operators": [operator.journal.operator for operator in community.operators],
            "policy_states": [_policy_state(operator) for operator in community.operators],
            "scenario": _settings(start),
            "changes": [[day, _settings(settings)] for day, settings in changes],
        }
    )


def check_new(path: Path) -> None:
    """Refuse a file that exists or cannot be written: before a long run, not after it.

    Parameters
    ----------
    path : Path
        Where a community is to be saved.

    Raises
    ------
    SnapshotError
        With the reason.
    """
    try:
        if path.exists():
            raise SnapshotError(f"{path}: exists already; nothing is overwritten")
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise SnapshotError(f"{path}: cannot be written: {error.strerror}") from error


def save(community: Any, path: Path) -> None:
    """Save a community to one file.

    Parameters
    ----------
    community : Community
        Between two steps.
    path : Path
        A file that does not exist yet; written whole or not at all.

    Raises
    ------
    SnapshotError
        If the file exists, cannot be written, or the policy cannot be saved.
    """
    check_new(path)
    meta, arrays = _meta_of(community), _arrays_of(community)
    texts = {"meta": meta, "digest": _digest(arrays, meta)}
    encoded = {name: np.frombuffer(text.encode(), np.uint8) for name, text in texts.items()}
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays, **encoded)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise SnapshotError(f"{path}: cannot be written: {error.strerror}") from error


def load(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read and check a saved community.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    meta : dict
        What was saved beside the tables.
    arrays : dict
        The tables.

    Raises
    ------
    SnapshotError
        If the file cannot be read, is damaged, is no community, or is of another version.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SnapshotError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        meta_text = arrays.pop("meta").tobytes().decode()
        digest = arrays.pop("digest").tobytes().decode()
        meta = json.loads(meta_text)
    except _UNREADABLE as error:
        raise SnapshotError(f"{path}: damaged, or no saved community of shequn") from error
    if digest != _digest(arrays, meta_text):
        raise SnapshotError(f"{path}: damaged: its digest does not match its content")
    layouts = {name: _layout(dtype) for name, dtype in _DTYPES.items()}
    if not isinstance(meta, dict):
        raise SnapshotError(f"{path}: no saved community of shequn")
    if meta.get("format") != FORMAT or meta.get("layouts") != layouts:
        raise SnapshotError(f"{path}: saved by another version of shequn ({meta.get('format')})")
    if meta["tally"] != list(TALLY_NAMES):
        raise SnapshotError(f"{path}: saved by another version of shequn (other counts)")
    return meta, arrays


def scenario_of(meta: dict[str, Any]) -> Scenario:
    """The scenario that a community was made from."""
    saved = meta["scenario"]
    scenario = Scenario(
        name=saved["name"],
        title=saved["title"],
        description=saved["description"],
        folder=Path(saved["folder"]),
        platform=saved["platform"],
    )
    blocks = {
        f"{name}.{number}.{path}": value
        for name in ("channels", "rivals")
        for number, block in enumerate(saved[name], start=1)
        for path, value in block.items()
        if path != "platform"  # its numbers are among the values
    }
    values = {
        **blocks,
        **saved["parameters"],
        "run.days": saved["days"],
        "run.seed": int(saved["seed"]),
    }
    return scenario.with_values(values)


def changes_of(meta: dict[str, Any]) -> list[tuple[int, Scenario]]:
    """What has held since which day, after the start."""
    return [(int(day), scenario_of({"scenario": saved})) for day, saved in meta["changes"]]


def restore(community: Any, meta: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Put a saved state into a community freshly made from the same scenario.

    Parameters
    ----------
    community : Community
        At day 0; changed.
    meta, arrays : dict
        As `load` returns them.
    """
    tables = community.tables
    community.day = meta["day"]
    for name in ("members", "groups", "operators"):
        getattr(tables, name)[...] = arrays[name].view(_DTYPES[name])
    tables.answers[...] = arrays["answers"].view(ANSWER_DTYPE).reshape(tables.answers.shape)
    tables.servers[...] = arrays["servers"]
    for operator in community.operators:
        operator.look()
    open_rows = np.sort(community.group_order())
    rings = arrays["messages"].view(MESSAGE_DTYPE)
    tables.messages[open_rows] = rings.reshape(-1, tables.messages.shape[1])
    tables.tally[...] = np.zeros((), tables.tally.dtype)
    tables.tally["joins_seed"][open_rows] = arrays["pending"]
    for k, operator in enumerate(community.operators):
        journal = operator.journal
        ends = np.cumsum(arrays[f"groups_by_day_{k}"])[:-1]
        days = len(arrays[f"groups_by_day_{k}"])
        journal.tallies = np.split(arrays[f"tallies_{k}"], ends) if days else []
        journal.posts = np.split(arrays[f"posts_{k}"], ends) if days else []
        journal.operator = meta["operators"][k]
        journal.derive()
    community.restore_logs(
        arrays["invitations"].view(INVITATION_DTYPE), arrays["log"].view(LOG_DTYPE)
    )
    for operator, state in zip(community.operators, meta["policy_states"], strict=True):
        if state:
            vars(operator.policy).update(state)
