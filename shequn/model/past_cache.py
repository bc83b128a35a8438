"""The eve of a run: a community at day 0, its past behind it, played once and kept by its address.

Everything that decides a past is in its address: the settings that hold in it, the contents of the
files that they name, its days, the seed, the model's own sources and the libraries that do the
arithmetic. So whoever needs the same past takes it from where it is: from memory within a process,
else from a folder of the user's, as a saved community (`shequn.model.snapshot`). What is read
there is checked as any saved community is, and runs no code; what is damaged is played anew.

The folder is ``shequn/pasts`` in the user's cache folder, or ``pasts`` in that which the variable
``SHEQUN_CACHE`` names; set to nothing, it means that pasts are kept in memory only.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from importlib import metadata
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from shequn.agents.errors import ShequnError, SnapshotError
from shequn.agents.files import MEGABYTE
from shequn.agents.tables import Tables
from shequn.model import snapshot
from shequn.model.addresses import model_version, with_contents
from shequn.model.parameters import flatten
from shequn.model.past import of_past
from shequn.model.scenario import Scenario

VARIABLE = "SHEQUN_CACHE"
MOST_IN_MEMORY = 256 * MEGABYTE  # bytes of tables at most (assumed)
MOST_ON_DISK = 1_000 * MEGABYTE  # bytes of files at most (assumed)
_PATIENCE = 600.0  # seconds for which another process may play the same past (assumed)
_LOCKS = 64
_ENDING = ".past"

_seconds = 0.0  # spent on pasts
_afresh = 0  # blocks under way in which every past is played
_kept: OrderedDict[str, Any] = OrderedDict()
_keeping = Lock()
_playing = [Lock() for _ in range(_LOCKS)]


class State(NamedTuple):
    """What a community has come to at a midnight.

    Attributes
    ----------
    day, first_day : int
        Days passed, and the day on which the world began.
    tables : Tables
        The state of everybody and everything.
    rules : numpy.ndarray
        The parameters as the verbs read them.
    invitations : tuple of numpy.ndarray
        Every invitation delivered, those of the past, too.
    operators : tuple of (Journal, PostingPolicy)
        For each operator its record, and its policy with its notes.
    """

    day: int
    first_day: int
    tables: Tables
    rules: np.ndarray
    invitations: tuple[np.ndarray, ...]
    operators: tuple[tuple[Any, Any], ...]

    def copy(self) -> State:
        """The same, in memory of its own."""
        return self._replace(
            tables=Tables(*(array.copy() for array in self.tables)),
            rules=self.rules.copy(),
            operators=tuple(
                (journal.copy(), copy.deepcopy(policy)) for journal, policy in self.operators
            ),
        )

    @property
    def bytes(self) -> int:
        """Bytes of its tables."""
        return sum(array.nbytes for array in self.tables)


@contextmanager
def afresh() -> Iterator[None]:
    """Within this block every past of this process is played: to check what is kept, or to time."""
    global _afresh
    with _keeping:
        _afresh += 1
    try:
        yield
    finally:
        with _keeping:
            _afresh -= 1


def forget() -> None:
    """Empty the memory of pasts; the folder stays as it is."""
    with _keeping:
        _kept.clear()


def address_of_past(scenario: Scenario, seed: int) -> str:
    """Digest of everything that decides a past.

    Parameters
    ----------
    scenario : Scenario
        With a past.
    seed : int
        Seed of the run.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    played = of_past(scenario)
    operators = [
        [with_contents(flatten(channel), scenario.folder) for channel in channels]
        for channels in played.operators
    ]
    facts = [model_version(), _libraries(), seed, played.days, operators]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


@cache
def _libraries() -> list[str]:
    """Versions of what does the arithmetic: another one may round otherwise."""
    return [metadata.version(name) for name in ("numpy", "numba", "scipy")]


def eve_of(scenario: Scenario, seed: int, begin: Callable[[bool], Any], *, shared: bool) -> State:
    """The state of a community at day 0, after its past.

    Parameters
    ----------
    scenario : Scenario
        With a past.
    seed : int
        Seed of the run.
    begin : callable
        Makes the world on its first day, with nobody in it if it is asked to (a saved state is put
        into it then): with ``play_past()``, and what `snapshot` needs.
    shared : bool
        Whether it plays as any other would, so that its past can be taken over and left to others.

    Returns
    -------
    State
        Not to be changed: others take it over, too.
    """
    if not shared or _afresh:
        with _timed():
            return _played(begin(False)).state()
    address = address_of_past(scenario, seed)
    with _playing[int(address[:8], 16) % _LOCKS]:
        state = _recalled(address)
        if state is None:
            folder = _folder()
            with _alone(folder, address), _timed():
                state = _found(folder, address, begin) or _made(folder, address, begin)
            _keep(address, state)
    return state


def seconds_of_pasts() -> float:
    """Seconds that this process has spent on playing, reading and keeping pasts."""
    return _seconds


@contextmanager
def _timed() -> Iterator[None]:
    global _seconds
    begin = time.perf_counter()
    try:
        yield
    finally:
        with _keeping:
            _seconds += time.perf_counter() - begin


def _played(community: Any) -> Any:
    """The community when it has lived through its past."""
    community.play_past()
    return community


def _recalled(address: str) -> State | None:
    with _keeping:
        if address in _kept:
            _kept.move_to_end(address)
        return _kept.get(address)


def _keep(address: str, state: State) -> None:
    """Keep a past in memory; the ones not used for longest go."""
    with _keeping:
        _kept[address] = state
        while sum(each.bytes for each in _kept.values()) > MOST_IN_MEMORY:
            _kept.popitem(last=False)


def _folder() -> Path | None:
    """Where pasts are kept, made if need be; None for nowhere."""
    place = os.environ.get(VARIABLE)
    try:
        if place is None:
            above = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
            place = str(Path(above) / "shequn")
        folder = Path(place) / "pasts" if place else None
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, ValueError, RuntimeError):  # no home, or none that can be written to
        return None
    return folder


@contextmanager
def _alone(folder: Path | None, address: str) -> Iterator[None]:
    """No other process plays the same past meanwhile; where that cannot be, so be it."""
    import filelock

    lock: Any = nullcontext()
    if folder is not None:
        lock = filelock.FileLock(folder / f"{address[:2]}.lock")
        try:
            lock.acquire(timeout=_PATIENCE)
        except (OSError, NotImplementedError):  # filelock.Timeout is an OSError
            lock = nullcontext()
    try:
        yield
    finally:
        if not isinstance(lock, nullcontext):
            lock.release()


def _found(folder: Path | None, address: str, begin: Callable[[bool], Any]) -> State | None:
    """The past as it stands in the folder; None if it does not, or is damaged: it is removed."""
    path = None if folder is None else folder / f"{address}{_ENDING}"
    if path is None or not path.exists():
        return None
    try:
        saved = snapshot.Saved(path)
        if saved.meta["past"] != address:
            raise SnapshotError(f"{path}: is another past than its name says")
        community = begin(True)
        snapshot.restore(community, saved)
        os.utime(path)  # it was used: others go first
    except (ShequnError, OSError):
        with suppress(OSError):
            path.unlink()
        return None
    return community.state()


def _made(folder: Path | None, address: str, begin: Callable[[bool], Any]) -> State:
    """The past, played, and left in the folder if it can be."""
    community = _played(begin(False))
    if folder is not None:
        with suppress(SnapshotError):  # a policy that cannot be saved; a disk that is full
            snapshot.save(community, folder / f"{address}{_ENDING}", past=address)
        _make_room(folder)
    return community.state()


def _make_room(folder: Path) -> None:
    """Remove the files not used for longest, and what interruptions have left, from a full folder.

    A file that another process removes, or reads, meanwhile, is no harm: it is read whole.
    """
    files = []
    with suppress(OSError):
        for entry in os.scandir(folder):
            if not entry.name.endswith(".lock"):
                about = entry.stat()
                files.append((about.st_mtime, about.st_size, entry.path))
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total <= MOST_ON_DISK:
            break
        with suppress(OSError):
            os.unlink(path)
        total -= size
