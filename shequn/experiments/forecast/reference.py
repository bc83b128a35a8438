"""Worlds that the model plays once for each kind of community: what their groups did, by week.

Each world has values drawn from the ranges of its kind; each of its groups is one particle, to be
compared with a real first half (`shequn.experiments.forecast.model`).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from shequn.agents.errors import ShequnError
from shequn.agents.randomness import draw, stream
from shequn.experiments.calibrate.evaluations import Journal, lines_in
from shequn.experiments.crews.workers import jobs_on_threads
from shequn.experiments.facts.records import Records
from shequn.experiments.facts.simulated_records import played, records_of
from shequn.experiments.forecast.series import DAYS_PER_WEEK, talk_weeks
from shequn.experiments.perform.execute import Progress, State
from shequn.experiments.runs.cases import Case, case_of
from shequn.model.scenario import Scenario

MESSAGES = 600_000  # from which a world is given up
_VALUES = stream("forecast.values")  # entity: the world; occasion 0: its values, 1: its seed

Weeks = dict[str, np.ndarray]  # what is counted: float64, shape (groups, weeks)


@dataclass(frozen=True)
class Kind:
    """How a kind of community is simulated.

    Attributes
    ----------
    scenario : str
        Scenario that stands for it.
    fixed : dict
        Values by path that differ from it in every world.
    ranges : dict of str to (low, high)
        Parameters that differ from world to world, at most four: log-uniform; rounded where both
        ends are integers.
    days : int
        Length of a world.
    worlds : int
        How many.
    share : float
        Of the particles, the nearest of which make a forecast, 0 to 1.
    """

    scenario: str
    fixed: Mapping[str, object]
    ranges: Mapping[str, tuple[float, float]]
    days: int
    worlds: int
    share: float

    def case(self, world: int, seed: int) -> Case:
        """One world: its values and seed are functions of its number and the seed given."""
        given = draw(np.uint64(seed), _VALUES, world, 0)
        values: dict[str, object] = {**self.fixed, "run.days": self.days}
        for (name, (low, high)), u in zip(self.ranges.items(), given, strict=False):
            value = low * (high / low) ** float(u)
            whole = isinstance(low, int) and isinstance(high, int)
            values[name] = round(value) if whole else value
        own = int(draw(np.uint64(seed), _VALUES, world, 1)[0] * 2**32)
        return case_of(Scenario.load(self.scenario).with_values(values), own)


# Ranges and numbers were settled on rooms and chapters that qualify and were not drawn
# (docs/forecast.md); 12 rooms and 6 chapters have 40 to 3,000 and 60 to 6,000 people each.
KINDS: dict[str, Kind] = {
    "rooms": Kind(
        "study-room", {"group.count": 12},
        {
            "market.people": (12 * 40, 12 * 3000),
            "discovery.rate": (0.0005, 0.02),
            "group.talk": (0.3, 4.0),
            "feel.habit_half_life": (1.5, 10.0),
        },
        days=581, worlds=60, share=0.1,
    ),
    "chapters": Kind(
        "chapters", {"group.count": 6},
        {
            "market.people": (6 * 60, 6 * 6000),
            "discovery.rate": (0.0001, 0.003),
            "event.every": (30, 500),
            "event.pull": (3.0, 40.0),
        },
        days=2400, worlds=45, share=2.0 / 9.0,
    ),
    "workspace": Kind(
        "workspace", {},
        {
            "feel.habit_half_life": (1.2, 9.0),
            "group.talk": (0.8, 8.0),
            "group.glance": (0.005, 0.25),
        },
        days=120, worlds=600, share=0.2,
    ),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Workbench:
    """Where and how worlds are played.

    Attributes
    ----------
    folder : Path, optional
        Where worlds are kept as they finish, and looked for first; none is kept when None.
    workers : int
        Threads.
    shown : callable, optional
        Told how far it is.
    """

    folder: Path | None = None
    workers: int = 1
    shown: Progress | None = field(default=None, repr=False)


def reference(name: str, kind: Kind, seed: int, bench: Workbench) -> Weeks:
    """The weeks of all groups of all worlds of a kind.

    Parameters
    ----------
    name : str
        rooms, chapters or workspace.
    kind : Kind
        How it is simulated.
    seed : int
        Decides values and luck of every world.
    bench : Workbench
        Who plays them; changes no bit.

    Returns
    -------
    dict of str to numpy.ndarray
        In order of worlds and groups, float64, shape (particles, weeks): ``messages``, ``posters``
        and ``newcomers`` of rooms, ``members`` of chapters, ``readers`` and ``posters`` of
        workspaces. Worlds of more than `MESSAGES` messages are left out.

    Raises
    ------
    ShequnError
        If no world is left.
    """
    cases = [kind.case(world, seed) for world in range(kind.worlds)]
    done = {} if bench.folder is None else _kept(bench.folder / f"{name}.jsonl", kind)
    todo = [case for case in cases if case.key not in done]
    before = len(cases) - len(todo)
    failed = sum(not done[case.key] for case in cases if case.key in done)
    state = State(len(cases), before, failed, before, shown=bench.shown)
    with ExitStack() as stack:
        journal = _journal(bench.folder, name, stack) if todo else None
        work = jobs_on_threads(lambda case: _play(name, case), todo, bench.workers)
        for case, weeks in stack.enter_context(closing(work)):
            done[case.key] = weeks
            if journal is not None:
                rows = {each: counts.tolist() for each, counts in weeks.items()}
                journal.add({"case": case.key, "weeks": rows})
            state.done += 1
            state.failed += not weeks
            state.pace.note(state.done - state.before)
            state.tell()
    there = [done[case.key] for case in cases if done[case.key]]
    if not there:
        raise ShequnError(f"{name}: every world was given up at {MESSAGES:,} messages")
    return {each: np.concatenate([weeks[each] for weeks in there]) for each in there[0]}


def _journal(folder: Path | None, name: str, stack: ExitStack) -> Journal | None:
    """The file to which worlds are added, if they are kept."""
    if folder is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    return stack.enter_context(Journal(folder / f"{name}.jsonl"))


def _kept(path: Path, kind: Kind) -> dict[str, Weeks]:
    """Worlds of a file by key, those given up without weeks; what is no such line is left out."""
    found: dict[str, Weeks] = {}
    for line in lines_in(path):
        try:
            weeks = {str(k): np.array(v, dtype=np.float64) for k, v in line["weeks"].items()}
            key = str(line["case"])
        except (TypeError, KeyError, ValueError, AttributeError):
            continue
        wanted = kind.days // DAYS_PER_WEEK
        if all(each.ndim == 2 and each.shape[1] == wanted for each in weeks.values()):
            found[key] = weeks
    return found


def _play(name: str, case: Case) -> tuple[Case, Weeks]:
    """A world played to its end, without weeks when it is given up."""
    try:
        world, activity = played(case.scenario, case.seed, most=MESSAGES)
    except ShequnError:
        return case, {}
    weeks = _WEEKS[name](records_of(world, activity), case.scenario)
    world.close()
    return case, weeks


def _of_rooms(records: Records, scenario: Scenario) -> Weeks:
    groups = scenario.parameters.group.count
    return talk_weeks(records.messages, groups, scenario.days // DAYS_PER_WEEK)


def _of_chapters(records: Records, scenario: Scenario) -> Weeks:
    table: Any = records.weeks.pivot(index="community", columns="week", values="members")
    return {"members": table.to_numpy(np.float64)}


def _of_workspace(records: Records, scenario: Scenario) -> Weeks:
    table: Any = records.activity
    ends = table[table["day"] % DAYS_PER_WEEK == DAYS_PER_WEEK - 1]
    columns = {"readers": "read_7d", "posters": "wrote_7d"}
    return {name: ends[column].to_numpy(np.float64)[None] for name, column in columns.items()}


_WEEKS = {"rooms": _of_rooms, "chapters": _of_chapters, "workspace": _of_workspace}
