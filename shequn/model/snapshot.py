"""Saving a community at a midnight to one file, and going on from it with the same bits.

The file is a zip archive of NumPy arrays (``numpy.savez``) and one JSON text. Nothing in it is
ever run or unpickled: arrays are plain bytes. A digest over all of them shows damage; it does not
show intent, so every size is checked before it is unpacked, and every number before it is used
(`shequn.model.snapshot_checks`).
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import zipfile
import zlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from shequn.agents.errors import ScenarioError, SnapshotError
from shequn.agents.files import MEGABYTE, read_bytes
from shequn.agents.tables import (
    ANSWER_DTYPE,
    GROUP_DTYPE,
    INVITATION_DTYPE,
    LOG_DTYPE,
    MEMBER_DTYPE,
    MESSAGE_DTYPE,
    OPERATOR_DTYPE,
    TALLY_NAMES,
    tally_numbers,
)
from shequn.model.observation import OPERATOR_COLUMNS, Journal
from shequn.model.parameters import flatten
from shequn.model.past import PREFIX
from shequn.model.scenario import Scenario, as_written
from shequn.model.snapshot_checks import problem_of_meta, problem_of_state

FORMAT = "shequn community 6"
_MOST = 4_000 * MEGABYTE  # bytes of a file at most (assumed)
_MOST_TEXT = 256 * MEGABYTE  # of its text
_DIGITS = 64  # of a digest
_HEAD = 10_000  # bytes before the numbers of an array at most
_PACKED = 100  # times that logs may shrink when packed; real ones shrink tenfold (assumed)
# What reading a damaged or foreign archive can raise.
_UNREADABLE = (
    ValueError, KeyError, EOFError, OSError, RuntimeError, SyntaxError, NotImplementedError,
    zlib.error, zipfile.BadZipFile, zipfile.LargeZipFile,
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


def _digest_of_text(meta: str) -> str:
    return hashlib.sha256(meta.encode()).hexdigest()


def _digest_of_arrays(arrays: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()


def _as_bytes(array: np.ndarray) -> np.ndarray:
    """The bytes of a table; those between fields, which hold anything, are 0."""
    fields, size = array.dtype.fields or {}, array.dtype.itemsize
    within = np.zeros(size, bool)
    for kind, offset, *_ in fields.values():
        within[offset : offset + kind.itemsize] = True
    rows = np.array(array).reshape(-1).view(np.uint8).reshape(-1, size)
    if fields and not within.all():
        rows[:, ~within] = 0
    return rows.reshape(-1)


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
        "invitations": _as_bytes(community.all_invitations),
        "log": _as_bytes(np.zeros(0, LOG_DTYPE) if log is None else log),
        "tally": tally_numbers(tables.tally)[open_rows],
    }
    for k, operator in enumerate(community.operators):
        journal = operator.journal
        shape = (0, 3, len(TALLY_NAMES))
        arrays[f"tallies_{k}"] = np.concatenate([np.zeros(shape), *journal.tallies])
        arrays[f"posts_{k}"] = np.concatenate([np.zeros((0, 3), np.int64), *journal.posts])
        days = [len(numbers) for numbers in journal.tallies]
        arrays[f"groups_by_day_{k}"] = np.array(days, np.int64)
        sums, written = journal.memory()
        arrays[f"past_{k}"] = sums
        arrays[f"past_written_{k}"] = np.concatenate([np.zeros(0), *written])
        arrays[f"past_groups_{k}"] = np.array([len(day) for day in written], np.int64)
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
        "past": {"days": scenario.past.days, "values": dict(scenario.past.values)},
    }


def _meta_of(community: Any, past: str) -> str:
    (_, start), *changes = community.history
    return json.dumps(
        {
            "format": FORMAT,
            "layouts": {name: _layout(dtype) for name, dtype in _DTYPES.items()},
            "tally": list(TALLY_NAMES),
            "day": community.day,
            "first_day": community.first_day,
            "past": past,
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


def save(community: Any, path: Path, past: str = "") -> None:
    """Save a community to one file.

    Parameters
    ----------
    community : Community
        Between two steps.
    path : Path
        A file that does not exist yet; written whole or not at all.
    past : str
        Address of the past at whose end it is saved (`shequn.model.past_cache`), where that is
        all that it holds; such a file is read more often than it is kept, and not packed.

    Raises
    ------
    SnapshotError
        If the file exists, cannot be written, or the policy cannot be saved.
    """
    check_new(path)
    meta, arrays = _meta_of(community, past), _arrays_of(community)
    texts = {"meta": meta, "digest": _digest_of_text(meta) + _digest_of_arrays(arrays)}
    encoded = {name: np.frombuffer(text.encode(), np.uint8) for name, text in texts.items()}
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            write = np.savez if past else np.savez_compressed
            write(file, allow_pickle=False, **arrays, **encoded)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise SnapshotError(f"{path}: cannot be written: {error.strerror}") from error


class Saved:
    """A saved community, opened: its text is read and checked, its arrays are not read yet.

    Parameters
    ----------
    path : str or Path
        The file.

    Attributes
    ----------
    meta : dict
        What was saved beside the tables.

    Raises
    ------
    SnapshotError
        If the file cannot be read, is damaged, is no community, or is of another version.
    """

    def __init__(self, path: str | Path) -> None:
        if not isinstance(path, str | Path):
            raise SnapshotError(f"{path!r} is not the path of a saved community")
        self.path = Path(path)
        try:
            content = read_bytes(self.path, _MOST)
        except OSError as error:
            raise SnapshotError(f"{path}: cannot be read: {error.strerror}") from error
        try:
            self._file = zipfile.ZipFile(io.BytesIO(content))
        except _UNREADABLE as error:
            raise self._damaged() from error
        self._sizes = self._read_sizes()
        try:
            text = self._unpacked("meta", _MOST_TEXT, np.uint8).tobytes().decode()
            digests = self._unpacked("digest", 2 * _DIGITS, np.uint8).tobytes().decode()
            self.meta = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self._damaged() from error
        self._check_digest(digests[:_DIGITS], _digest_of_text(text))
        self._digest = digests[_DIGITS:]
        self._check_version()
        problem = problem_of_meta(self.meta)
        if problem:
            raise SnapshotError(f"{path}: {problem}")

    def _damaged(self, why: str = "") -> SnapshotError:
        words = f"{self.path}: damaged, or no saved community of shequn"
        return SnapshotError(f"{words}: {why}" if why else words)

    def _read_sizes(self) -> dict[str, zipfile.ZipInfo]:
        """Every part by name; a part that comes twice, or is packed in another way, is refused."""
        parts = self._file.infolist()
        sizes = {part.filename.removesuffix(".npy"): part for part in parts}
        kinds = {part.compress_type for part in parts}
        if len(sizes) != len(parts) or kinds - {zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED}:
            raise self._damaged()
        return sizes

    def _unpacked(self, name: str, most: int, dtype: Any) -> np.ndarray:
        """One array as a row of numbers; nothing larger than ``most`` bytes is unpacked."""
        part = self._sizes.get(name)
        if part is None:
            raise self._damaged(f"it has no {name}")
        if part.file_size > most + _HEAD:
            raise self._damaged(f"{name} would be larger than it can be")
        try:
            content = self._file.read(part)
            stream = io.BytesIO(content)
            version = np.lib.format.read_magic(stream)
            if version != (1, 0):
                raise ValueError("another version of the format")
            shape, by_columns, found = np.lib.format.read_array_header_1_0(stream)
            start, size = stream.tell(), int(np.prod(shape, dtype=object)) * found.itemsize
            if found != dtype or by_columns or size != len(content) - start:
                raise ValueError("another kind of array")
            return np.frombuffer(content, dtype, offset=start)
        except _UNREADABLE as error:
            raise self._damaged(f"{name} cannot be read") from error

    def _check_version(self) -> None:
        layouts = {name: _layout(dtype) for name, dtype in _DTYPES.items()}
        meta = self.meta
        if not isinstance(meta, dict):
            raise SnapshotError(f"{self.path}: no saved community of shequn")
        if meta.get("format") != FORMAT or meta.get("layouts") != layouts:
            words = f"saved by another version of shequn ({meta.get('format')})"
            raise SnapshotError(f"{self.path}: {words}")
        if meta.get("tally") != list(TALLY_NAMES):
            raise SnapshotError(f"{self.path}: saved by another version of shequn (other counts)")

    def arrays(self, community: Any) -> dict[str, np.ndarray]:
        """The tables, each of the size that it must have in this world.

        Parameters
        ----------
        community : Community
            Freshly made from the saved scenario.

        Returns
        -------
        dict
            As they were saved.

        Raises
        ------
        SnapshotError
            If one is missing or of another size, or the digest is not theirs.
        """
        tables, day = community.tables, self.meta["day"]
        whole = ("members", "groups", "operators", "answers")
        found = {name: self._exactly(name, getattr(tables, name).nbytes) for name in whole}
        found["servers"] = self._exactly("servers", tables.servers.nbytes, np.float64)
        open_groups = found["operators"].view(OPERATOR_DTYPE)["open_groups"]
        if not ((open_groups >= 0) & (open_groups <= tables.operators["most_groups"])).all():
            raise self._damaged("open_groups is out of range")
        opened = int(open_groups.sum())
        ring = tables.messages.shape[1] * MESSAGE_DTYPE.itemsize
        found["messages"] = self._exactly("messages", opened * ring)
        size = opened * 3 * len(TALLY_NAMES) * 8
        found["tally"] = self._exactly("tally", size, np.float64)
        for name in ("invitations", "log"):
            most = _PACKED * self._sizes[name].compress_size if name in self._sizes else 0
            found[name] = self._unpacked(name, most, np.uint8)
            if len(found[name]) % _DTYPES[name].itemsize:
                raise self._damaged(f"{name} holds no whole lines")
        for k, most in enumerate(tables.operators["most_groups"]):
            groups = self._exactly(f"groups_by_day_{k}", day * 8, np.int64)
            if not ((groups >= 0) & (groups <= most)).all():
                raise self._damaged(f"groups_by_day_{k} is out of range")
            days = int(groups.sum())
            found[f"groups_by_day_{k}"] = groups
            size = days * 3 * len(TALLY_NAMES) * 8
            found[f"tallies_{k}"] = self._exactly(f"tallies_{k}", size, np.float64)
            found[f"posts_{k}"] = self._exactly(f"posts_{k}", days * 3 * 8, np.int64)
            found |= self._past_of(k, most)
        if set(self._sizes) != {*found, "meta", "digest"}:
            raise self._damaged("it has parts that it should not have")
        self._check_digest(self._digest, _digest_of_arrays(found))
        return found

    def _past_of(self, k: int, most: int) -> dict[str, np.ndarray]:
        """What operator k remembers of a past, its groups at most so many and never fewer."""
        past, names = -self.meta["first_day"], (f"past_{k}", f"past_written_{k}")
        groups = self._exactly(f"past_groups_{k}", past * 8, np.int64)
        if not ((groups >= 0) & (groups <= most)).all() or (np.diff(groups) < 0).any():
            raise self._damaged(f"past_groups_{k} is out of range")
        sizes = (past * len(TALLY_NAMES) * 8, int(groups.sum()) * 8)
        found = {
            name: self._exactly(name, size, np.float64)
            for name, size in zip(names, sizes, strict=True)
        }
        return {f"past_groups_{k}": groups, **found}

    def _check_digest(self, told: str, found: str) -> None:
        if told != found:
            words = "damaged: its digest does not match its content"
            raise SnapshotError(f"{self.path}: {words}")

    def _exactly(self, name: str, size: int, dtype: Any = np.uint8) -> np.ndarray:
        array = self._unpacked(name, size, dtype)
        if array.nbytes != size:
            raise self._damaged(f"{name} is not as large as it must be")
        return array


def scenario_of(saved: dict[str, Any], path: Path) -> Scenario:
    """The scenario that a community was made from.

    Parameters
    ----------
    saved : dict
        From the text of the file: `Saved.meta`.
    path : Path
        The file, for messages.

    Returns
    -------
    Scenario
        Checked.

    Raises
    ------
    SnapshotError
        If a value is out of range, or a file that it names cannot be used.
    """
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
        **{PREFIX + path: value for path, value in saved["past"]["values"].items()},
        "past.days": saved["past"]["days"],
        "run.days": saved["days"],
        "run.seed": int(saved["seed"]),
    }
    try:
        return as_written(scenario, values)
    except ScenarioError as error:
        problems = [
            replace(problem, place=f"{path}: {problem.place}") for problem in error.problems
        ]
        raise ScenarioError(problems) from error


def restore(community: Any, saved: Saved) -> None:
    """Put a saved state into a community freshly made from the same scenario.

    Parameters
    ----------
    community : Community
        As it was made; changed.
    saved : Saved
        The file.

    Raises
    ------
    SnapshotError
        If a table is not as it must be: nothing can be done with the community then.
    """
    meta, arrays = saved.meta, saved.arrays(community)
    tables = community.tables
    layout = tables.operators.copy()
    community.day, community.first_day = meta["day"], meta["first_day"]
    for name in ("members", "groups", "operators"):
        getattr(tables, name)[...] = arrays[name].view(_DTYPES[name])
    _check_layout(saved, layout, tables)
    tables.answers[...] = arrays["answers"].view(ANSWER_DTYPE).reshape(tables.answers.shape)
    tables.servers[...] = arrays["servers"].reshape(tables.servers.shape)
    for operator in community.operators:
        operator.look()
    open_rows = np.sort(community.group_order())
    rings = arrays["messages"].view(MESSAGE_DTYPE)
    tables.messages[open_rows] = rings.reshape(-1, tables.messages.shape[1])
    tables.tally[...] = np.zeros((), tables.tally.dtype)
    tally_numbers(tables.tally)[open_rows] = arrays["tally"].reshape(-1, 3, len(TALLY_NAMES))
    for k, operator in enumerate(community.operators):
        journal = operator.journal = Journal()
        past = arrays[f"past_{k}"].reshape(-1, len(TALLY_NAMES))
        until = np.cumsum(arrays[f"past_groups_{k}"])[:-1]
        journal.recall(past, np.split(arrays[f"past_written_{k}"], until) if len(past) else [])
        ends = np.cumsum(arrays[f"groups_by_day_{k}"])[:-1]
        days = len(arrays[f"groups_by_day_{k}"])
        tallies = arrays[f"tallies_{k}"].reshape(-1, 3, len(TALLY_NAMES))
        for numbers in np.split(tallies, ends) if days else []:
            journal.note(numbers)
        journal.posts = np.split(arrays[f"posts_{k}"].reshape(-1, 3), ends) if days else []
        journal.money = [
            np.array([row[name] for name in OPERATOR_COLUMNS]) for row in meta["operators"][k]
        ]
    community.restore_logs(
        arrays["invitations"].view(INVITATION_DTYPE), arrays["log"].view(LOG_DTYPE)
    )
    problem = problem_of_state(community, meta["day"])
    if problem:
        raise SnapshotError(f"{saved.path}: {problem}")
    for operator, state in zip(community.operators, meta["policy_states"], strict=True):
        if state:
            vars(operator.policy).update(state)


def _check_layout(saved: Saved, before: np.ndarray, tables: Any) -> None:
    """Which groups and rules are whose follows from the scenario; a file cannot say otherwise."""
    for name in ("first_group", "most_groups", "rules"):
        if not np.array_equal(before[name], tables.operators[name]):
            raise SnapshotError(f"{saved.path}: operators: {name} is not that of its scenario")
    copies = tables.operators["copies"]
    if not ((copies >= 0) & (copies < len(copies))).all():
        raise SnapshotError(f"{saved.path}: operators: copies is out of range")
