"""Verbs done by a member of a room that a test has set up by hand."""

import numpy as np
import pytest

from shequn.agents import verbs
from shequn.agents.randomness import exponential
from shequn.agents.tables import blank_pages
from shequn.agents.verbs.speak import TALK_CLOCK
from shequn.agents.verbs.utility import product_utility

SEED = np.uint64(1)  # of a room
CLOSE = 1e-6  # a few roundings of single precision, in which stocks are stored


def close(value: float, rel: float = CLOSE) -> object:
    """A number worked out by hand."""
    return pytest.approx(value, rel=rel, abs=1e-7)


def visit_of(world, **visit: float) -> None:
    """Set what the visit is like."""
    for name, value in visit.items():
        world.visit[name] = value


def read(world, row: int = 0, **visit: float) -> np.void:
    """Let a member read, and give the visit."""
    visit_of(world, **visit)
    verbs.read(
        world.members[row], row, world.feed, world.group, world.visit, blank_pages(), world.p
    )
    return world.visit


def feel(world, **visit: float) -> np.void:
    """Let member 0 feel, and give its row."""
    visit_of(world, **visit)
    verbs.feel(world.members[0], world.visit, world.p)
    return world.members[0]


def speak(world, row: int = 0, time: float = 1.0, **visit: float) -> np.void:
    """Let a member speak, and give its row."""
    visit_of(world, time=time, **visit)
    verbs.speak(
        world.members[row], row, world.members, world.feed, world.group, world.visit, world.p
    )
    return world.members[row]


def buy(world, row: int = 0, time: float = 1.0, **visit: float) -> np.void:
    """Let a member buy, and give its row."""
    visit_of(world, time=time, **visit)
    verbs.buy(world.members[row], row, world.feed, world.group, world.visit, world.p)
    return world.members[row]


def utility_at(time: float, world, **visit: float) -> float:
    """Utility of the product to member 0 in a visit at that time."""
    visit_of(world, time=time, **visit)
    return product_utility(world.members[0], world.group, world.visit, world.p)


def newest(world) -> np.void:
    """The newest message."""
    return world.feed[int(world.group["newest"]) % len(world.feed)]


def due(world, row: int = 0, posts: int = 1) -> None:
    """Have exactly this many posts fall due in the next visit: the clock stands at zero."""
    debt = sum(exponential(SEED, TALK_CLOCK, row, k) for k in range(1, posts))
    world.members[row]["talk_clock"] = 0.0
    world.members[row]["talk"] = debt * (1.0 + 1e-6)


def write_one(world, row: int = 0, **visit: float) -> np.void:
    """Have one message fall due, and give it."""
    member, before = world.members[row], int(world.group["newest"])
    member["talk_clock"], world.p.speak_most_posts = 0.0, 1.0
    speak(world, row, **visit)
    assert world.group["newest"] == before + 1
    return newest(world)
