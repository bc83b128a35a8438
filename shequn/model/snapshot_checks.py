"""What a saved community may hold: kinds, sizes and ranges, checked before anything is used.

Kernels index tables by the numbers in them and trust these numbers, for checking them in every
session would cost more than the session. So a file is checked once, when it is opened.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from shequn.agents.tables import (
    ANSWER,
    ANSWER_FIELDS,
    GROUP_FIELDS,
    INVITATION_FIELDS,
    KINDS,
    LOG_FIELDS,
    MEMBER,
    MEMBER_FIELDS,
    MESSAGE_FIELDS,
    MUTED,
    OPERATOR_FIELDS,
    ORDER,
    OUTCOMES,
    RESPONSE,
    SOURCES,
    STATUSES,
    TIERS,
    WAITING,
    WORLD_AUTHOR,
)
from shequn.model.observation import OPERATOR_COLUMNS
from shequn.model.parameters import declared

_HUGE = 1e12  # no number of a run comes near it (assumed)
_MOST_MESSAGES = 2**30  # numbers of messages stay far below what 32 bits hold
_MOST_THREADS = 1024
_DAYS = 100_000
_SCENARIO = {
    "name": str, "title": str, "description": str, "days": int, "seed": str, "folder": str,
    "platform": str, "parameters": dict, "channels": list, "rivals": list,
    "past": dict,
}  # fmt: skip
_PAST = {"days": int, "values": dict}
_META = {
    "format": str, "layouts": dict, "tally": list, "day": int, "first_day": int, "past": str,
    "seed": str, "engine": str, "threads": int, "keep_messages": bool, "operators": list,
    "policy_states": list, "scenario": dict, "changes": list,
}  # fmt: skip


def problem_of_meta(meta: Any) -> str:
    """What is wrong with the text that is saved beside the tables.

    Parameters
    ----------
    meta : object
        As JSON gives it.

    Returns
    -------
    str
        The first thing that is wrong, "" when nothing is.
    """
    found = _problem_of_keys(meta, _META, "its text")
    if found:
        return found
    if not (0 <= meta["day"] <= _DAYS and 1 <= meta["threads"] <= _MOST_THREADS):
        return f"day {meta['day']} or threads {meta['threads']} is out of range"
    if not _is_seed(meta["seed"]):
        return "its seed is no number of 0 to 2**64 - 1"
    if not -_DAYS <= meta["first_day"] <= 0:
        return f"day {meta['first_day']}, its first, is out of range"
    last = 0
    for change in meta["changes"]:
        if not (isinstance(change, list) and len(change) == 2 and _is_count(change[0])):
            return "a change is no day and its settings"
        if not last <= change[0] <= meta["day"]:
            return f"a change on day {change[0]} is out of order"
        last = change[0]
    for scenario in (meta["scenario"], *(settings for _, settings in meta["changes"])):
        found = _problem_of_scenario(scenario)
        if found:
            return found
    if not meta["past"] and meta["first_day"] != -meta["scenario"]["past"]["days"]:
        return "its first day is not that of its scenario"
    return _problem_of_books(meta)


def _problem_of_scenario(scenario: Any) -> str:
    found = _problem_of_keys(scenario, _SCENARIO, "its scenario")
    if found:
        return found
    if not _is_seed(scenario["seed"]):
        return "the seed of its scenario is no number of 0 to 2**64 - 1"
    if set(scenario["parameters"]) != set(declared()):
        return "its parameters are not those of this version"
    found = _problem_of_keys(scenario["past"], _PAST, "its past")
    if found:
        return found
    blocks = [*scenario["channels"], *scenario["rivals"]]
    return "" if all(isinstance(block, dict) for block in blocks) else "a block is no table"


def _problem_of_books(meta: Mapping[str, Any]) -> str:
    """The operators' books and the notes of their policies: one for each operator."""
    books, notes = meta["operators"], meta["policy_states"]
    if len(books) != len(notes) or not all(isinstance(state, dict) for state in notes):
        return "the notes of its policies are not one table for each operator"
    for book in books:
        days = isinstance(book, list) and len(book) == meta["day"]
        if not days or any(_is_no_entry(entry) for entry in book):
            return "its books do not hold every day"
    return ""


def _is_no_entry(entry: Any) -> bool:
    return (
        not isinstance(entry, dict)
        or set(entry) != set(OPERATOR_COLUMNS)
        or not all(_is_number(value) for value in entry.values())
    )


def _problem_of_keys(value: Any, kinds: Mapping[str, type], what: str) -> str:
    if not isinstance(value, dict) or set(value) != set(kinds):
        return f"{what} lacks keys, or has unknown ones"
    wrong = [key for key, kind in kinds.items() if type(value[key]) is not kind]
    return f"{what}: {wrong[0]} is of another kind" if wrong else ""


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_seed(text: str) -> bool:
    return len(text) <= 20 and text.isascii() and text.isdecimal() and int(text) < 2**64


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < _HUGE * _HUGE


Ranges = dict[str, tuple[float, float]]


def ranges_of(fields: Sequence[tuple], days: tuple[float, float], own: Ranges) -> Ranges:
    """The range of every field of a table.

    Parameters
    ----------
    fields : sequence of tuple
        Name, type, meaning and unit, as in `shequn.agents.tables`.
    days : tuple of float
        The first day, and days passed: no time in a table is earlier or later.
    own : dict
        Ranges that units do not tell.

    Returns
    -------
    dict
        Lowest and highest value by name.
    """
    units: dict[str, tuple[float, float]] = {
        "0..1": (0.0, 1.0),
        "-1..1": (-1.0, 1.0),
        "[0,1)": (0.0, 1.0),
        "sequence": (0.0, _MOST_MESSAGES),
        "count": (0.0, _HUGE),
        "persons": (0.0, _HUGE),
        "messages": (0.0, _HUGE),
        "1/visit": (0.0, _HUGE),
        "exposures": (0.0, _HUGE),
        "bits": (-(2.0**63), 2.0**63),
        "day": days,
    }
    return {name: own.get(name, units.get(unit, (-_HUGE, _HUGE))) for name, _, _, unit in fields}


# Times that may be unknown: NaN.
_UNKNOWN = ("joined_at", "left_at", "last_session_at", "last_order_at")


def outside(table: np.ndarray, ranges: Ranges) -> Iterator[str]:
    """The fields of a table that hold a value out of range.

    Parameters
    ----------
    table : numpy.ndarray
        Records, any shape.
    ranges : dict
        From `ranges_of`; both ends are allowed.

    Yields
    ------
    str
        Name of the field.
    """
    for name, (low, high) in ranges.items():
        values = table[name]
        fine = (values >= low) & (values <= high)
        if name in _UNKNOWN:
            fine |= np.isnan(values)
        if not fine.all():
            yield name


def problem_of_state(community: Any, day: int) -> str:
    """What is wrong with the tables of a community that have just been read from a file.

    Parameters
    ----------
    community : Community
        Made from the saved scenario, the saved tables put into it.
    day : int
        Days that it has passed.

    Returns
    -------
    str
        The first table and field that are out of range, "" when none is.
    """
    tables, first = community.tables, float(community.first_day)
    rows, rooms = len(tables.members), len(tables.groups)
    person, room = (-1.0, rows - 1.0), (-1.0, rooms - 1.0)
    kind, author = (0.0, len(KINDS) - 1.0), (float(WORLD_AUTHOR), rows - 1.0)
    open_rows = np.sort(community.group_order())
    due = np.arange(tables.answers.shape[1]) < tables.groups["n_pending"][:, None]
    checks = (
        ("operators", tables.operators, OPERATOR_FIELDS, {
            "copies": (0.0, len(tables.operators) - 1.0), "first_group": (0.0, rooms),
            "rules": (0.0, len(community.rules) - 1.0),
        }),
        ("groups", tables.groups, GROUP_FIELDS, {
            "operator": (0.0, len(tables.operators) - 1.0),
            "rules": (0.0, len(community.rules) - 1.0),
            "n_pending": (0.0, tables.answers.shape[1]), "content_day": (-_HUGE, day),
            "incident_at": (-_HUGE, day), "regularity": (0.0, 1.0), "calls": (0.0, _HUGE),
        }),
        ("members", tables.members, MEMBER_FIELDS, {
            "group": room, "lives_near": room, "inviter": person,
            "tier": (0.0, len(TIERS) - 1.0), "status": (0.0, len(STATUSES) - 1.0),
            "source": (0.0, len(SOURCES) - 1.0), "session_rate": (0.0, _HUGE),
            "minutes": (0.0, math.inf), "spent": (0.0, _HUGE), "last_due": (-_HUGE, _HUGE),
            "bond": (0.0, 510.0),
        }),
        ("messages", tables.messages[open_rows], MESSAGE_FIELDS, {
            "author": author, "to": person, "kind": kind, "appeal": (0.0, 3.0),
        }),
        ("answers", tables.answers[due], ANSWER_FIELDS, {
            "asker": person, "kind": (float(ANSWER), float(RESPONSE)), "time": (first, _HUGE),
            "begun_at": (first, _HUGE), "question": (0.0, 1.0),
        }),
        ("invitations", community.invitation_log, INVITATION_FIELDS, {
            "inviter": person, "contact": person, "group": room,
            "outcome": (0.0, len(OUTCOMES) - 1.0),
        }),
    )  # fmt: skip
    log = community.message_log
    if log is not None:
        own = {"author": author, "to": person, "group": room, "kind": (0.0, float(ORDER))}
        checks = (*checks, ("log", log, LOG_FIELDS, own))
    for what, table, fields, own in checks:
        for name in outside(table, ranges_of(fields, (first, day), own)):
            return f"{what}: {name} is out of range"
    if not np.isfinite(tables.servers).all():
        return "servers: a time is out of range"
    return _problem_of_homes(community) or _problem_of_clocks(tables.members, day - first)


def _problem_of_homes(community: Any) -> str:
    """Members must be in open groups of their own operator, and be counted there."""
    tables = community.tables
    people = len(tables.members) // len(tables.operators)
    first = np.repeat(tables.operators["first_group"], people)
    opened = np.repeat(tables.operators["open_groups"], people)
    group, status = tables.members["group"], tables.members["status"]
    here = (status == MEMBER) | (status == MUTED)
    asked = (status == WAITING) & (group >= 0)
    if ((group < first) | (group >= first + opened))[here | asked].any():
        return "members: somebody is in a group that is not open"
    counts = np.bincount(group[here], minlength=len(tables.groups))
    if not np.array_equal(counts, tables.groups["n_members"]):
        return "groups: n_members is not the number of those who are in it"
    near = tables.members["lives_near"]
    if ((near >= 0) & ((near < first) | (near >= first + opened))).any():
        return "members: somebody lives near a group that is not open"
    return ""


def _problem_of_clocks(members: np.ndarray, days: float) -> str:
    """Needs wait for the next session, but no more of them than there can have been."""
    needs = np.float64(members["need_rate"]) * (days + 1.0)
    if (members["need_clock"] < -needs - 1.0).any():
        return "members: need_clock is out of range"
    return ""
