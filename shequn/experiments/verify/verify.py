"""Computing some runs of a results folder again, to see that its files hold what they should."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from shequn.agents.errors import ResultsError, ScenarioError
from shequn.experiments.compare.branch import play_forks
from shequn.experiments.crews.crews import Crew, threads
from shequn.experiments.runs import archive, store
from shequn.experiments.runs.archive import SHARDS, Archive
from shequn.experiments.runs.cases import DAILY, Case, Result, equal, run_cases
from shequn.experiments.runs.given import given, whole
from shequn.experiments.runs.run import warm_up
from shequn.experiments.runs.tables import CHECKSUMS, NAMES, RUNS
from shequn.experiments.runs.words import counted
from shequn.experiments.verify.record import Record, record_of
from shequn.model.change import changed
from shequn.model.outcomes import OUTCOMES
from shequn.model.past_cache import afresh
from shequn.model.scenario import policy_files

ROWS = 10
_STREAM = 3 << 62  # keeps these draws apart from others with the same seed
_DECIDING = ("numba", "numpy")  # software whose version may decide the last bits
_SAID = 3  # outcomes, or columns, that are named when many differ


@dataclass
class Verification:
    """What was checked, and what differs.

    Attributes
    ----------
    folder : Path
        The results folder.
    total : int
        Rows of its run table.
    runs : list of str
        The runs that were computed again: ``point 1, replicate 0, seed 7``.
    shards : int
        Shards whose bytes were checked.
    differences : list of str
        What differs: file, run, columns, first day.
    notes : list of str
        What else there is to know.
    left_out : int
        Runs that were chosen, but not computed again: they would run a policy file.
    """

    folder: Path
    total: int = 0
    runs: list[str] = field(default_factory=list)
    shards: int = 0
    differences: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: int = 0

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    def __repr__(self) -> str:
        """What was checked, what differs."""
        checked = (
            f"{self.folder}: checked {len(NAMES)} tables against {CHECKSUMS}, "
            f"{counted(self.shards, 'shard')} by name, and {len(self.runs):,} of "
            f"{counted(self.total, 'run')} by computing them again"
        )
        differences = counted(len(self.differences), "difference")
        same = "nothing differs in what was checked" if self.left_out else "the same, bit for bit"
        verdict = same if self.same else differences
        return "\n".join([checked, *self.notes, *self.differences, verdict])


@given(seed=whole(0, 2**64 - 1))
def verify(
    folder: str | Path,
    rows: int = ROWS,
    seed: int = 1,
    *,
    crew: Crew | None = None,
    trust: bool = False,
) -> Verification:
    """Check the files of a results folder, and compute some of its runs again.

    Parameters
    ----------
    folder : str or Path
        Of a sweep, a comparison, or whatever else runs points and replicates; nothing in it is
        changed.
    rows : int
        How many runs are computed again, at least 1: one of each point if there are not too many,
        the others at random.
    seed : int
        Decides which, 0 to 2**64 - 1.
    crew : Crew, optional
        Who computes; a thread for each core when None.
    trust : bool
        Compute also runs that run a policy file; they are left out, and counted, without it. What
        the folder says of the bytes of that file is compared first, in any case.

    Returns
    -------
    Verification
        What was checked, and what differs.

    Raises
    ------
    ScenarioError
        If a number is out of range.
    ResultsError
        If there is no such folder, it was interrupted, or another version of the model made it.

    Examples
    --------
    >>> import tempfile, shequn as sq
    >>> out = tempfile.TemporaryDirectory()
    >>> _ = sq.sweep("wechat-group", {"group.capacity": [50]}, 2, days=5, out=out.name)
    >>> sq.verify(out.name).same
    True
    """
    record = record_of(folder)
    found = Verification(record.folder)
    for name in record.changed_files():
        found.differences.append(f"{name}: missing, or not the bytes that {CHECKSUMS} tells")
    kept = _check_shards(record, found)
    found.notes += _software(record)
    try:
        points = record.points()
        chosen = record.rows(sample(points, rows, seed))
        failed = record.failed
    except ResultsError as error:
        found.differences.append(str(error))
        return found
    found.total = len(points)
    if failed:
        found.notes.append(f"{counted(failed, 'run')} that failed: not computed again")
    _compare(record, kept, chosen, crew or threads(), found, trust=trust)
    return found


def sample(points: np.ndarray, rows: int, seed: int) -> list[int]:
    """Choose rows of a run table.

    Parameters
    ----------
    points : numpy.ndarray
        The point of each row, shape (n,).
    rows : int
        How many are wanted, at least 1.
    seed : int
        Key of the draws.

    Returns
    -------
    list of int
        Numbers of rows in order, at most n; at least one of each point if ``rows`` is enough.
    """
    generator = np.random.Generator(np.random.Philox(key=np.array([seed, _STREAM], np.uint64)))
    order = generator.permutation(len(points)).tolist()
    first: dict[int, int] = {}
    for row in order:
        first.setdefault(int(points[row]), row)
    chosen = list(first.values()) if len(first) <= rows else []
    there = set(chosen)
    chosen += [row for row in order if row not in there][: rows - len(chosen)]
    return sorted(chosen)


def _check_shards(record: Record, found: Verification) -> Archive | None:
    try:
        kept = archive.read(record.folder)
    except ResultsError:
        found.notes.append(f"no folder {SHARDS}: runs are compared with the tables alone")
        return None
    found.shards = len(list((record.folder / SHARDS).glob("*.parquet")))
    words = "damaged; to compute its runs anew, give the command of this folder again with --out"
    found.differences += [f"{SHARDS}/{name}: {words} {record.folder}" for name in kept.damaged]
    aside = len(list((record.folder / SHARDS).glob("*.damaged")))
    if aside:
        words = f"{counted(aside, 'damaged shard')} set aside before (*.damaged)"
        found.notes.append(words)
    return kept


def _software(record: Record) -> list[str]:
    now = store.versions()
    then: Mapping[str, Any] = record.manifest.get("software", {})
    return [
        f"made with {name} {then.get(name)}, this is {now[name]}: the last bits may differ"
        for name in _DECIDING
        if then.get(name) != now[name]
    ]


def _compare(
    record: Record,
    kept: Archive | None,
    rows: Sequence[Mapping[str, Any]],
    crew: Crew,
    found: Verification,
    *,
    trust: bool,
) -> None:
    """Compute the runs of some rows, and note what differs, row by row."""
    cases = [_rebuilt(record, row, found) for row in rows]
    if not trust:
        cases = _without_code(cases, found)
    wanted = {case.key: case for case in cases if case is not None}
    warm_up(*(case.scenario for case in wanted.values()))
    again = {
        result.key: result
        for results in crew.compute([(case,) for case in wanted.values()], replay)
        for result in results
    }
    for row, case in zip(rows, cases, strict=True):
        if case is None:
            continue
        found.runs.append(_name(row))
        result = again[case.key]
        if result.failure is not None:
            found.differences.append(f"{_name(row)}: fails now: {result.failure.message}")
            continue
        found.differences += _row_differences(record, kept, row, result)


def _without_code(cases: list[Case | None], found: Verification) -> list[Case | None]:
    """The cases that run no policy file, None in the place of the others, which are noted."""
    files: dict[Path, int] = {}
    kept: list[Case | None] = []
    for case in cases:
        code = [] if case is None else policy_files(case.scenario)
        if case is not None and case.change:
            code += policy_files(changed(case.scenario, case.change))
        files.update((path, files.get(path, 0) + 1) for path in dict.fromkeys(code))
        found.left_out += bool(code)
        kept.append(None if code else case)
    found.notes += [
        f"{counted(runs, 'run')} not computed again: that would run {path}; read it, then give "
        "--trust"
        for path, runs in files.items()
    ]
    return kept


def replay(job: tuple[Case, ...]) -> list[Result]:
    """Compute runs, those that change during their days too."""
    with afresh():  # a past that is kept is no proof
        return [
            result
            for case in job
            for result in (play_forks([case]) if case.change else run_cases([case]))
        ]


def _rebuilt(record: Record, row: Mapping[str, Any], found: Verification) -> Case | None:
    """The run of a row; None, noted, when the folder does not tell the run that it was."""
    try:
        case = record.case(row)
    except (ScenarioError, LookupError, TypeError, ValueError) as error:
        found.differences.append(f"{_name(row)}: cannot be made anew: {error}")
        return None
    if case.key == row["key"] and case.seed == row["seed"]:
        return case
    files = ", ".join(files_of(case)) or "none"
    found.differences.append(
        f"{_name(row)}: is another run than it was (key {case.key}, not {row['key']}): changed are "
        f"the manifest, a scenario file, or a file that it names ({files})"
    )
    return None


def files_of(case: Case) -> list[str]:
    """Files of a user that the scenario of a run names: policies, networks."""
    eras = [store.as_settings(era) for era in case.scenario.eras]
    blocks = [b for era in eras for b in (era["parameters"], *era["channels"], *era["rivals"])]
    named = [block.get(path) for block in blocks for path in ("policy.file", "market.network")]
    return list(dict.fromkeys(str(name) for name in named if name))


def _row_differences(
    record: Record, kept: Archive | None, row: Mapping[str, Any], result: Result
) -> Iterator[str]:
    """What the tables and the shards hold otherwise than a run that was computed again."""
    try:
        held = {"tables": record.result(row)}
    except ResultsError as error:
        yield f"{_name(row)}: {error}"
        held = {}
    if kept is not None:
        if result.key in kept:
            held[f"{SHARDS}/{kept.places[result.key][0].name}"] = kept.get(result.key)
        else:
            yield f"{_name(row)}: is in no whole shard"
    for place, there in held.items():
        if not equal(there, result):
            yield f"{_name(row)}: {place}: {'; '.join(what_differs(there, result))}"


def what_differs(there: Result, again: Result) -> list[str]:
    """In what two results differ.

    Parameters
    ----------
    there, again : Result
        What a file holds, and what was computed.

    Returns
    -------
    list of str
        Outcomes with both values, daily columns with the first day; of many the first three.
    """
    pairs = {name: (there.outcomes[name], again.outcomes[name]) for name in OUTCOMES}
    outcomes = [
        f"{name} {one!r}, computed {other!r}"
        for name, (one, other) in pairs.items()
        if one != other and not (one != one and other != other)
    ]
    days = [
        f"{name} from day {day} on"
        for name in DAILY
        if (day := _first_day(there.daily[name], again.daily[name]))
    ]
    return [*_some(outcomes, "outcomes"), *_some(days, "daily columns")]


def _first_day(one: np.ndarray, other: np.ndarray) -> int:
    """The first day on which two series differ, 0 when they do not."""
    n = min(len(one), len(other))
    days = np.flatnonzero(one[:n] != other[:n])
    return int(days[0]) + 1 if len(days) else (n + 1) * (len(one) != len(other))


def _some(words: list[str], what: str) -> list[str]:
    more = len(words) - _SAID
    return words if more <= 0 else [*words[:_SAID], f"and {more} more {what}"]


def _name(row: Mapping[str, Any]) -> str:
    return f"{RUNS}: point {row['point']}, replicate {row['replicate']}, seed {row['seed']}"
