"""Why: the story of one member, told by playing a run again while this member is watched.

A run is decided by its scenario and its seed, and every draw by its key. So nothing about a member
has to be stored: the run is played once more, bit for bit, and the one life is written down with
its causes, the terms of the model's own formulas at each decision.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.agents.errors import Problem, ResultsError, ScenarioError
from shequn.agents.files import is_folder
from shequn.agents.tables import LEFT, MEMBER, MUTED, NO_SOURCE, NOT_FREE, ORDER, OUTSIDE, TIERS
from shequn.experiments.runs.given import given
from shequn.experiments.runs.pictures import draw
from shequn.experiments.runs.run import Run
from shequn.experiments.runs.store import MANIFEST, plain, read_json, read_manifest
from shequn.experiments.why.text import heading, tell
from shequn.experiments.why.watching import Rehearsal, WatchedCommunity
from shequn.model.community import Community
from shequn.model.outcomes import READERS, of_the_run, since_start
from shequn.model.scenario import Scenario, named_scenarios, refuse_code
from shequn.model.world import World

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_OF_RUNS = ("run", "continue")


@dataclass(frozen=True)
class Source:
    """A run that can be played again.

    Attributes
    ----------
    scenario : Scenario
        With days and seed of the run.
    recorded : mapping, optional
        The outcomes that it had, None when there is nothing to compare with.
    """

    scenario: Scenario
    recorded: Mapping[str, Any] | None = None

    def differences(self, community: Community) -> tuple[str, ...] | None:
        """Outcomes that are not those recorded; None when there is nothing to compare with."""
        if self.recorded is None:
            return None
        found = json.loads(json.dumps(plain(community.summary)))
        return tuple(name for name, value in self.recorded.items() if found.get(name) != value)


@dataclass(frozen=True)
class Story:
    """The life of one member in one run.

    Attributes
    ----------
    member : int
        Number of the person, as in ``members.csv``.
    tier : str
        high, middle or base.
    scenario : Scenario
        What was played, with its days and its seed.
    events : pandas.DataFrame
        One row for each event: time [day], day (1 the first, as in ``daily.csv``), kind, what,
        who (number of the other person, -1 nobody) and value (messages read, number of the message
        written or of the thread answered in, price in CNY, hazard per day, code of the outcome).
    causes : pandas.DataFrame
        One row for each term of a decision: time [day], of (order, no order, exit, membership),
        term, value (`shequn.experiments.why.watching.Notes`).
    daily : pandas.DataFrame
        One row for each midnight, 0 the start: status, stocks and hazard of leaving [1/day] (nan
        outside the groups), and the day's sessions, looks, messages waiting and read, promotions
        read, exposures.
    around : pandas.DataFrame
        One row for each day, 1 the first: readers, weekly_readers, messages and members of the
        whole community.
    differs : tuple of str, optional
        Outcomes of the run that are not those recorded: made by another version. Empty when all
        are the same, None when there is nothing to compare with.
    """

    member: int
    tier: str
    scenario: Scenario
    events: pd.DataFrame
    causes: pd.DataFrame
    daily: pd.DataFrame
    around: pd.DataFrame
    differs: tuple[str, ...] | None = None

    @cached_property
    def text(self) -> str:
        """The story in plain sentences, by week."""
        return tell(self)

    def of(self, kind: str) -> pd.DataFrame:
        """The events of one kind: joined, session, posted, order, left, ..."""
        return self.events.loc[self.events["kind"] == kind]

    def plot(self) -> Figure:
        """The life in one figure (`shequn.views.why_figures`)."""
        return draw("why", self)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Story of {heading(self)}: {len(self.events)} events"


def source_of(
    run: Run | Scenario | str | Path, days: int | None = None, seed: int | None = None,
    *, reading: str | None = None, trust: bool = False,
) -> Source:  # fmt: skip
    """What is to be played again.

    Parameters
    ----------
    run : Run, Scenario, str or Path
        A finished run; the folder that ``shequn run`` wrote; or a scenario, its name, its file.
    days, seed : int, optional
        Another length or seed; there is nothing to compare with then.
    reading : str, optional
        Another level of reading (`shequn.model.reading`); nor then.
    trust : bool
        Run the policy file that a file or folder names, if it names one.

    Returns
    -------
    Source
        The run.

    Raises
    ------
    ScenarioError
        If the scenario, the days or the seed cannot be used, or it is code that is not trusted.
    ResultsError
        If the folder is not that of a run.
    """
    if isinstance(run, Run):
        community = run.community
        if len(community.history) > 1:
            day = community.history[1][0]
            words = (
                f"its parameters were changed on day {day}; only an unchanged run is played again"
            )
            raise ScenarioError([Problem("run", words)])
        given = {"run.days": community.day, "run.seed": community.seed_of_run}
        scenario = community.settings.with_values(given)
        recorded = json.loads(json.dumps(plain(run.summary)))
    elif isinstance(run, Scenario):
        scenario, recorded = run, None
    else:
        scenario, recorded = _read(run)
        if not trust:
            refuse_code(scenario, str(run))
    asked = {"run.days": days, "run.seed": seed}
    asked = {path: value for path, value in asked.items() if value is not None}
    changed = scenario.with_values(asked)
    changed = changed if reading is None else changed.with_reading(reading)
    if any(
        getattr(changed, name) != getattr(scenario, name) for name in ("days", "seed", "parameters")
    ):
        recorded = None
    return Source(changed, recorded)


def _read(run: str | Path) -> tuple[Scenario, dict[str, Any] | None]:
    """A scenario, and the outcomes of its run if it was found in a folder."""
    if str(run) in named_scenarios() or not is_folder(run):
        return Scenario.load(run), None
    folder = Path(run)
    facts = read_manifest(folder)
    command = facts.get("command")
    if command not in _OF_RUNS:
        words = f"holds the results of shequn {command}; a member is looked up in those of a run"
        raise ResultsError(f"{folder}: {words}")
    recorded = read_json(folder / "summary.json", "outcomes of a run")
    missing = [name for name in ("days", "seed", "scenario") if name not in facts]
    if missing:
        raise ResultsError(f"{folder / MANIFEST}: {missing[0]} is missing")
    given = {"run.days": facts["days"], "run.seed": facts["seed"]}
    scenario = Scenario.load(folder / "scenario.toml").with_values(given)
    return dataclasses.replace(scenario, name=str(facts["scenario"])), recorded


def check_member(member: object, scenario: Scenario, place: str = "member") -> None:
    """Refuse a number that no person of the market has.

    Parameters
    ----------
    member : object
        What was given.
    scenario : Scenario
        With its market.
    place : str
        Where it was given.

    Raises
    ------
    ScenarioError
        If it is no whole number from 0 to people - 1.
    """
    people = scenario.parameters.market.people
    if not isinstance(member, Integral) or isinstance(member, bool):
        raise ScenarioError([Problem(place, f"{member!r} is not a whole number")])
    if not 0 <= int(member) < people:
        words = f"{member} is out of range; allowed: 0 to {people - 1}, as in members.csv"
        raise ScenarioError([Problem(place, words)])


def warm_up() -> None:
    """Compile what the agents engine needs, or load it from the cache."""
    small = {"market.people": 100, "group.capacity": 30}
    for engine in ("compiled", "agents"):
        Community("wechat-group", engine=engine, values=small).step()


@given()
def why(
    run: Run | Scenario | str | Path,
    member: int,
    *,
    days: int | None = None,
    seed: int | None = None,
    reading: str | None = None,
    progress: Callable[[int], None] | None = None,
    trust: bool = False,
) -> Story:
    """Tell the story of one member.

    Parameters
    ----------
    run : Run, Scenario, str or Path
        A finished run; the folder that ``shequn run`` wrote; or a scenario, its name, its file.
    member : int
        Number of the person, 0 .. people - 1, as in ``members.csv``.
    days, seed : int, optional
        Another length or seed than that of the run or scenario.
    reading : str, optional
        Another level of reading: ``quiet``, ``usual`` or ``lively``.
    progress : callable, optional
        Called after each day with the number of days done.
    trust : bool
        Run the policy file that a file or folder names, if it names one.

    Returns
    -------
    Story
        The life, with its causes.

    Raises
    ------
    ScenarioError
        If the scenario, the days, the seed or the number cannot be used, or it is code that is not
        trusted.
    ResultsError
        If the folder is not that of a run.

    Examples
    --------
    >>> import shequn as sq
    >>> story = sq.why("wechat-group", 1723, days=10)
    >>> len(story.daily)
    11
    """
    source = source_of(run, days, seed, reading=reading, trust=trust)
    check_member(member, source.scenario)
    return tell_story(source, int(member), progress)


def tell_story(source: Source, member: int, progress: Callable[[int], None] | None = None) -> Story:
    """Play a run again and watch one member: what `why` does with a source already found.

    Parameters
    ----------
    source : Source
        The run.
    member : int
        Number of the person.
    progress : callable, optional
        Called after each day with the number of days done.

    Returns
    -------
    Story
        The life, with its causes.
    """
    import pandas as pd

    community = WatchedCommunity(source.scenario, source.scenario.seed, member)
    for day in range(source.scenario.days):
        community.step()
        if progress is not None:
            progress(day + 1)
    notes = community.notes
    # Invitations first: who accepts one is invited, then joins, at the same midnight.
    events = pd.DataFrame([*community.invitations_of(), *notes.events], columns=_columns(_EVENT))
    events = events.astype(_EVENT).sort_values("time", kind="stable", ignore_index=True)
    return Story(
        member=member,
        tier=TIERS[community.own_members["tier"][member]],
        scenario=source.scenario,
        events=events,
        causes=pd.DataFrame(notes.causes, columns=_columns(_CAUSE)).astype(_CAUSE),
        daily=pd.DataFrame(notes.daily),
        around=_around(community),
        differs=source.differences(community),
    )


def _around(community: Community) -> pd.DataFrame:
    """Who reads, what is written and who is there, day by day (`Story.around`)."""
    whole = community.daily.loc[community.daily["tier"] == "all"]
    return whole[["day", *READERS, "messages", "members"]].reset_index(drop=True)


def work_of_days(source: Source, member: int) -> np.ndarray:
    """How long each day of `tell_story` takes relative to the others: days with sessions take long.

    Parameters
    ----------
    source : Source
        The run; it is played once by the compiled engine.
    member : int
        Number of the person.

    Returns
    -------
    numpy.ndarray
        float64, shape (days,), above 0.
    """
    community = Rehearsal(source.scenario, source.scenario.seed, member)
    for _ in range(source.scenario.days):
        community.step()
    return np.array(community.work)


_EVENT = {
    "time": float, "day": int, "kind": str, "what": str, "who": int, "value": float,
}  # fmt: skip
_CAUSE = {"time": float, "of": str, "term": str, "value": float}


def _columns(types: Mapping[str, type]) -> Any:
    return list(types)


@given()
def people_of_note(
    run: Run | Scenario | str | Path,
    *,
    days: int | None = None,
    seed: int | None = None,
    reading: str | None = None,
    progress: Callable[[int], None] | None = None,
    trust: bool = False,
) -> pd.DataFrame:
    """People of a run who are worth a look.

    Parameters
    ----------
    run, days, seed, progress, trust
        As for `why`.

    Returns
    -------
    pandas.DataFrame
        One row for each role that somebody has, at most ten: role, member, value, unit. Of several
        who share a role the lowest number is named.

    Raises
    ------
    ScenarioError, ResultsError
        As for `why`.
    """
    return find_people(source_of(run, days, seed, reading=reading, trust=trust), progress)


def find_people(source: Source, progress: Callable[[int], None] | None = None) -> pd.DataFrame:
    """What `people_of_note` does with a source already found."""
    import pandas as pd

    settings = source.scenario
    community = World(settings, keep_messages=True)
    community.play(settings.days, progress)
    lines = _roles(community.own_members, community.message_log, community.invitation_log)
    return pd.DataFrame(lines, columns=["role", "member", "value", "unit"])


def _roles(
    members: np.ndarray, log: np.ndarray | None, sent: np.ndarray
) -> list[tuple[str, int, float, str]]:
    assert log is not None
    own = log[(log["author"] < len(members)) & (log["kind"] != ORDER)]
    said = own[own["author"] >= 0]
    replies = np.bincount(own["to"][own["to"] >= 0], minlength=len(members))[: len(members)]
    joined = (members["joins"] > 0) & (members["joined_at"] > 0.0)
    invited = members[joined & (members["inviter"] >= 0)]["inviter"]
    brought = np.bincount(invited, minlength=len(members))[: len(members)]
    left = (members["status"] == LEFT) & of_the_run(members)
    here = np.isin(members["status"], (MEMBER, MUTED))
    never = (members["status"] == OUTSIDE) & (members["source"] == NO_SOURCE)
    asked = sent[(sent["contact"] < len(members)) & (sent["outcome"] != NOT_FREE)]
    # An inviter who asks again counts once.
    pairs = np.unique(asked["contact"].astype(np.int64) * len(members) + asked["inviter"])
    inviters = np.bincount(pairs // len(members), minlength=len(members))
    tenure = np.where(left, members["left_at"] - members["joined_at"], 0.0)
    lines = []
    if len(said):
        first = said[np.argmin(said["time"])]
        lines.append(("wrote first", int(first["author"]), float(first["time"]), "day"))
    for role, values, unit in (
        ("wrote most", since_start(members, "posts"), "messages"),
        ("got most replies", replies, "replies"),
        ("bought most", since_start(members, "orders"), "orders"),
        ("invited most", since_start(members, "invitations"), "invitations"),
        ("brought in most", brought, "persons"),
        ("left after the longest stay", tenure, "days"),
        ("most irritated of those there", np.where(here, members["irritation"], 0.0), "1"),
        ("asked by most, never joined", np.where(never, inviters, 0), "persons"),
    ):
        if values.max(initial=0) > 0:
            lines.append((role, int(np.argmax(values)), float(values.max()), unit))
    if left.any():
        row = int(np.argmin(np.where(left, members["left_at"], np.inf)))
        lines.insert(-1, ("left first", row, float(members["left_at"][row]), "day"))
    return lines
