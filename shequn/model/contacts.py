"""Whom a member can invite: contacts drawn with homophily, or a network from a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from shequn.agents.errors import Problem, ScenarioError
from shequn.agents.files import read_table
from shequn.agents.jit import compiled
from shequn.agents.randomness import draw, stream

CONTACT = stream("contact.person")
ORDER = stream("contact.order")


@compiled
def number_of_contacts(member, row, starts):
    """How many contacts a person has: degree in the network, or ``reach`` without one."""
    if starts.shape[0] > 1:
        return starts[row + 1] - starts[row]
    return np.int64(member.reach)


@compiled
def contact(row, index, network, p):
    """The index-th contact of a person.

    Without a network a contact is a pure function of seed, person and index: with probability
    ``market.homophily`` one of the ``market.neighbourhood`` persons to either side in the table
    (same tier, near topic), else anyone. Nothing is stored.

    Parameters
    ----------
    row : int
        The person.
    index : int
        Which contact, 0 .. number of contacts - 1.
    network : tuple
        Adjacency lists (int64), starts and neighbours; of length 1 and 0 without a network.
    p : record
        Parameters, as `kernel_record` gives them; ``market.people`` is at least 2.

    Returns
    -------
    int
        Row of the contact.
    """
    starts, neighbours = network
    if starts.shape[0] > 1:
        degree = starts[row + 1] - starts[row]
        shift = np.int64(draw(p.seed, ORDER, row, 0)[0] * degree)
        return neighbours[starts[row] + (index + shift) % degree]
    people = np.int64(p.market_people)
    u_kind, u_who, u_side, _ = draw(p.seed, CONTACT, row, index)
    if u_kind < p.market_homophily:
        width = min(np.int64(p.market_neighbourhood), max(1, (people - 1) // 2))
        step = 1 + np.int64(u_who * width)
        return (row + step) % people if u_side < 0.5 else (row - step + people) % people
    other = np.int64(u_who * (people - 1))
    return other + 1 if other >= row else other


def no_network() -> tuple[np.ndarray, np.ndarray]:
    """The empty adjacency lists that mean: contacts are drawn."""
    return np.zeros(1, np.int64), np.zeros(0, np.int64)


def load_network(path: Path, people: int, place: str) -> tuple[np.ndarray, np.ndarray]:
    """Read an edge list: who can invite whom.

    Parameters
    ----------
    path : Path
        CSV file with a header naming the columns ``from`` and ``to``; other columns are ignored.
        Ids are whole numbers 1 .. people; repeated edges count once; loops are ignored.
    people : int
        Persons in the market.
    place : str
        Where the file was named, for messages.

    Returns
    -------
    starts, neighbours : numpy.ndarray
        int64: neighbours of row i are ``neighbours[starts[i]:starts[i + 1]]``, in file order.

    Raises
    ------
    ScenarioError
        If the file cannot be read, lacks a column, or names an unknown person; all at once.
    """
    problems: list[Problem] = []
    edges: dict[tuple[int, int], None] = {}
    for line, words in _edges(path, place):
        ids = [_row_of(word, people) for word in words]
        problems += [
            Problem(f"{path}: line {line}", f"unknown member {word!r}; ids: 1 to {people}")
            for word, row in zip(words, ids, strict=True)
            if row < 0
        ]
        if min(ids) >= 0 and ids[0] != ids[1]:
            edges[ids[0], ids[1]] = None
    if problems:
        raise ScenarioError(problems)
    pairs = np.array(list(edges), dtype=np.int64).reshape(-1, 2)
    order = np.argsort(pairs[:, 0], kind="stable")
    degrees = np.bincount(pairs[:, 0], minlength=people)
    starts = np.concatenate([[0], np.cumsum(degrees)]).astype(np.int64)
    return starts, pairs[order, 1].copy()


def _row_of(word: str, people: int) -> int:
    """The row of the person with this id, -1 when nobody has it."""
    digits = word.strip()
    known = digits.isdecimal() and len(digits) < 20 and 1 <= int(digits) <= people
    return int(digits) - 1 if known else -1


def _edges(path: Path, place: str) -> list[tuple[int, tuple[str, str]]]:
    try:
        head, rows = read_table(path)
    except OSError as error:
        words = f"cannot read network {path}: {error.strerror}"
        raise ScenarioError([Problem(place, words)]) from error
    missing = {"from", "to"} - set(head)
    if missing:
        columns = ", ".join(sorted(missing))
        raise ScenarioError([Problem(f"{path}: line 1", f"no column {columns}")])
    return [(number, (row["from"], row["to"])) for number, row in rows]
