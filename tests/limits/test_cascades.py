"""Cascades on networks given as edge lists: fractional thresholds, and how many a seed share moves.

Seen to fail when the code is changed: threshold off by one, an inviter counted at every invitation.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import binom, hypergeom, poisson

import shequn as sq
from tests.limits.limits import blank, within

pytestmark = pytest.mark.jit

# A member sends rate x ZEAL / ln 2 invitations in the long run, three quarters of them in two
# weeks, to its contacts in turn: so many that every contact is asked.
ZEAL, WEEKS = 7.0, 14


def write_edges(path: Path, edges: list[tuple[int, int]]) -> str:
    rows = [f"{source + 1},{target + 1}" for source, target in edges]
    path.write_text("\n".join(["from,to", *rows]), encoding="utf-8")
    return str(path)


def members_at_the_end(
    path: Path, edges: list[tuple[int, int]], people: int, first: int, threshold: int, rate: float,
    seed: int,
) -> set[int]:  # fmt: skip
    """Who is in two weeks after anybody has joined; persons 0 .. ``first`` - 1 are there first."""
    values = {
        "market.people": people,
        "market.network": write_edges(path, edges),
        "tiers.high.share": first / people,
        "tiers.base.share": 1.0 - first / people,
        "group.seeding": "high",
        "group.seed_members": first,
        "invite.rate": rate,
        "invite.novelty_half_life": ZEAL,
        "invite.threshold": threshold,
        **{f"tiers.{tier}.session_rate": 8.0 for tier in ("high", "base")},
    }
    community = sq.Community(blank(values), seed)
    assert (community.own_members["source"][:first] > 0).all()
    quiet = 0
    while quiet < WEEKS:
        before = community.tables.groups["n_members"][0]
        community.step()
        quiet = quiet + 1 if community.tables.groups["n_members"][0] == before else 0
    return set(np.flatnonzero(community.own_members["joins"] > 0).tolist())


def cascade(needs: dict[int, int], neighbours: list[list[int]], first: set[int]) -> set[int]:
    """Who is in when a person joins once so many neighbours are: by hand, one person at a time."""
    members, new = set(first), list(first)
    heard = [0] * len(neighbours)
    while new:
        for other in neighbours[new.pop()]:
            heard[other] += 1
            if other not in members and heard[other] >= needs[other]:
                members.add(other)
                new.append(other)
    return members


def random_network(people: int, degree: float, rng: np.random.Generator) -> list[list[int]]:
    """An undirected random network: every pair a tie with the same probability."""
    chosen = np.triu(rng.random((people, people)) < degree / (people - 1), k=1)
    return [np.flatnonzero(row).tolist() for row in chosen | chosen.T]


PHI = 0.18


def watts(people: int, degree: float, rng: np.random.Generator):
    """A network, what share PHI of the neighbours is for each person, and a first member."""
    neighbours = random_network(people, degree, rng)
    needs = {k: max(1, math.ceil(PHI * len(ties))) for k, ties in enumerate(neighbours)}
    return neighbours, needs, int(rng.integers(people))


def as_edges(neighbours, needs, seed):
    """The same as edges with one threshold for all: helpers who are members make up for the rest.

    Persons 0, 1, ... are the first members: the seed, then the helpers, K - 1 of them, K = the most
    neighbours that anybody needs. Who needs m neighbours is also asked by K - m helpers.
    """
    most = max(needs.values())
    others = [person for person in range(len(neighbours)) if person != seed]
    number = {seed: 0, **{person: most + k for k, person in enumerate(others)}}
    edges = [(number[a], number[b]) for a, ties in enumerate(neighbours) for b in ties]
    for person in others:
        helpers = most - needs[person] if neighbours[person] else 0
        edges += [(1 + k, number[person]) for k in range(helpers)]
    return edges, number, most


def triggers(degree: float) -> float:
    """Chance that one seed sets off a large cascade (Watts 2002, PNAS 99, 5766), Poisson degrees.

    Vulnerable is who joins for one neighbour: at most 1 / PHI ties. With x the chance that a tie
    does not lead to the large vulnerable cluster: x = 1 - P(vulnerable at its end) + sum over these
    of x^(ties - 1); the seed fails with e^(degree (x - 1)). 0 where degree x P(Poisson(degree) <=
    1 / PHI - 2) < 1: the cascade condition.
    """
    last = math.floor(1.0 / PHI)
    k = np.arange(last)  # further ties of who is at the end of one
    chance = poisson.pmf(k, degree)
    if (chance * k).sum() <= 1.0:
        return 0.0
    x = brentq(lambda x: 1.0 - chance.sum() + chance @ x**k - x, 0.0, 1.0 - 1e-9)
    return -math.expm1(degree * (x - 1.0))


@pytest.mark.parametrize("degree", [0.7, 3.0, 9.0])
def test_watts_cascades(tmp_path, degree):
    """Who joins once a share PHI of the neighbours is in, one seed: exactly the cascade by hand.

    Each run has a random network of 300 persons of its own. There is no
    error; the bias is a contact who is not asked: of 120 x 7 / ln 2 = 1,212 invitations a member
    sends 909 in two weeks, Poisson in number, and has at most 300 contacts: less than e^-200.
    """
    people = 300
    sizes = []
    for seed in range(6):
        rng = np.random.default_rng([int(10 * degree), seed])
        neighbours, needs, first = watts(people, degree, rng)
        edges, number, most = as_edges(neighbours, needs, first)
        path = tmp_path / f"edges{seed}.csv"
        ended = members_at_the_end(path, edges, people + most - 1, most, most, 120.0, seed)
        expected = {number[person] for person in cascade(needs, neighbours, {first})}
        assert ended == expected | set(range(1, most)), f"seed {seed}"
        sizes.append(len(expected) / people)
    large = [size for size in sizes if size > 0.2]
    assert (triggers(degree) > 0.0) == (len(large) > 0)


def test_the_cascade_condition():
    """The cascades by hand, to which the model is held above, are those of Watts' formula.

    100 networks of 600 persons for each number of ties: large cascades are as frequent as the
    formula says, binomial error, and there are none outside of the window.
    """
    assert [triggers(degree) > 0.0 for degree in (0.7, 1.1, 3.0, 5.5, 6.5, 9.0)] == [
        False, True, True, True, False, False,
    ]  # fmt: skip
    for degree in (0.7, 3.0, 9.0):
        rng, runs, large = np.random.default_rng(int(10 * degree)), 100, 0
        for _ in range(runs):
            neighbours, needs, first = watts(600, degree, rng)
            large += len(cascade(needs, neighbours, {first})) > 120
        formula = triggers(degree)
        error = math.sqrt(formula * (1.0 - formula) / runs)
        within(f"Watts degree {degree}: large cascades", large / runs, formula, error)


def share_in(start: float, ties: int, threshold: int) -> float:
    """The least solution of x = x0 + (1 - x0) P(Binomial(ties, x) >= threshold), from below.

    Gleeson & Cahalane 2007, Phys. Rev. E 75, 056103, for a directed network without short loops.
    """
    x = start
    for _ in range(10_000):
        x = start + (1.0 - start) * float(binom.sf(threshold - 1, ties, x))
    return x


def finite(people: int, first: int, ties: int, threshold: int) -> tuple[float, float]:
    """Mean and SD of the final size in a finite network, each person's inviters drawn evenly.

    Members are looked at one by one; somebody joins when the ``threshold``-th of its inviters is
    looked at, independently of the others, so the cascade ends at the first s with first + (number
    joined by s) = s. Drawn 4,000 times: the error of the mean is a sixtieth of the SD.
    """
    looked = np.arange(people)
    by = hypergeom.sf(threshold - 1, people - 1, ties, looked)
    chance = np.append(np.diff(by), 1.0 - by[-1])  # joins at 1, 2, ..., never
    joins = np.random.default_rng(1).multinomial(people - first, chance, 4_000).cumsum(axis=1)
    over = first + joins[:, :-1] <= looked[1:]
    sizes = np.where(over.any(axis=1), 1 + over.argmax(axis=1), people)
    return float(sizes.mean()), float(sizes.std())


@pytest.mark.parametrize(
    ("ties", "threshold", "start"), [(4, 3, 0.2), (4, 3, 0.4), (8, 4, 0.1), (8, 4, 0.25)]
)
def test_a_share_of_first_members(tmp_path, ties, threshold, start):
    """Final share x = x0 + (1 - x0) P(Bin(z, x) >= k): z inviters of everybody, k have to ask.

    invite.threshold = k, a directed network of 600 persons in which everybody is known to z others,
    drawn anew for each of 6 runs; shares x0 on both sides of the jump. Each run is the cascade by
    hand, too. Error: SD of the final size in a finite network. Bias: its mean less the formula, and
    a contact who is not asked (227 invitations in two weeks, at most some 25 contacts).
    """
    people, runs = 600, 6
    first = round(start * people)
    sizes = []
    for seed in range(runs):
        rng = np.random.default_rng([ties, first, seed])
        edges = []
        for person in range(people):
            others = rng.choice(people - 1, ties, replace=False)
            edges += [(int(other + (other >= person)), person) for other in others]
        path = tmp_path / f"edges{seed}.csv"
        ended = members_at_the_end(path, edges, people, first, threshold, 30.0, seed)
        neighbours: list[list[int]] = [[] for _ in range(people)]
        for source, target in edges:
            neighbours[source].append(target)
        needs = dict.fromkeys(range(people), threshold)
        assert ended == cascade(needs, neighbours, set(range(first)))
        sizes.append(len(ended))
    formula = people * share_in(first / people, ties, threshold)
    mean, spread = finite(people, first, ties, threshold)
    what = f"cascade z {ties} k {threshold} x0 {start}"
    within(what, float(np.mean(sizes)), formula, spread / math.sqrt(runs), mean - formula)
