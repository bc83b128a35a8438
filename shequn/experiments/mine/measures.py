"""What an operator could count of a simulated group: the last month, and the month before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from shequn.agents.tables import MEMBER, MUTED
from shequn.experiments.mine.answers import BEFORE, MEASURED, MONTH
from shequn.model.scenario import Scenario
from shequn.model.world import Forerunner, World

QUANTITIES = (*MEASURED, *(f"{key}{BEFORE}" for key in MEASURED))
_TOP = 3
_JOINS = ("joins_invite", "joins_ad", "joins_spontaneous", "joins_prize")
_MINUTES = 24.0 * 60.0
# Added before a logarithm is taken, so that nothing at all is a number as well: half a person or
# order a month; a message or reader a month.
_LEAST = {"joins": 0.5, "exits": 0.5, "mutes": 0.5, "orders": 0.5, "readers": 1.0 / MONTH,
          "messages": 1.0 / MONTH}  # fmt: skip
_SHARES = ("top_three",)
# How far a group may be from one's own and still be much like it, in what `scaled` gives: a tenth
# of the members, a fifth of the readers, half of the messages, ... (assumed).
_ALIKE = {"members": 0.1, "readers": 0.2, "messages": 0.5, "top_three": 0.1, "joins": 0.4,
          "exits": 0.4, "mutes": 0.4, "orders": 0.3, "answer_minutes": 0.4}  # fmt: skip


def measure(scenario: Scenario, seed: int, factor: float = 1.0) -> dict[str, float]:
    """Play a group up to tonight and count what its operator could have counted.

    Parameters
    ----------
    scenario : Scenario
        With a past that ends tonight: a run with this seed begins with this very group.
    seed : int
        Seed of the run.
    factor : float
        Members simulated for each real one: counts are divided by it.

    Returns
    -------
    dict
        By name of `QUANTITIES`, with the units of the questions; nan where there is nothing to
        tell: no messages, no answers, no month before.
    """
    world = Forerunner(scenario, seed, 1)
    days = scenario.past.days
    found, ends = {}, [days - MONTH, days]
    if days >= 2 * MONTH:
        ends.insert(0, days - 2 * MONTH)
    written = [_posts_after(world, end) for end in ends]
    for suffix, k in ((BEFORE, -2), ("", -1)):
        if len(ends) + k >= 1:
            month = slice(ends[k - 1], ends[k])
            posts = written[k].copy()
            posts[: len(written[k - 1])] -= written[k - 1]
            found.update({f"{n}{suffix}": v for n, v in _month(world, month, posts).items()})
    here = np.isin(world.own_members["status"], (MEMBER, MUTED)).sum()
    found["members"] = float(here)
    world.close()
    counts = set(MEASURED) - {*_SHARES, "answer_minutes"}
    return {
        name: found.get(name, np.nan) / (factor if name.removesuffix(BEFORE) in counts else 1.0)
        for name in QUANTITIES
    }


def _posts_after(world: World, day: int) -> np.ndarray:
    """Messages of each member up to a day, which is played: int64, one for each row."""
    world.play(day - len(world.journal.tallies))
    return world.own_members["posts"].astype(np.int64)


def _month(world: World, month: slice, posts: np.ndarray) -> dict[str, float]:
    journal = world.journal

    def total(*names: str) -> float:
        return float(sum(journal.total(name)[month].sum() for name in names))

    written, answered = float(journal.messages[month].sum()), total("answered")
    return {
        "members": float(journal.total("members")[month][-1]),
        "readers": total("readers") / MONTH,
        "messages": written / MONTH,
        "top_three": float(np.sort(posts)[-_TOP:].sum()) / written if written else np.nan,
        "joins": total(*_JOINS),
        "exits": total("exits"),
        "mutes": total("mutes"),
        "orders": total("orders_new", "orders_repeat"),
        "answer_minutes": _MINUTES * total("answer_days") / answered if answered else np.nan,
    }


def scaled(values: Mapping[str, float], names: Sequence[str]) -> np.ndarray:
    """Quantities as they are compared: shares as they are, all else in logarithms.

    Parameters
    ----------
    values : mapping
        By name.
    names : sequence of str
        Which of them.

    Returns
    -------
    numpy.ndarray
        float64, shape (names,).
    """
    found = []
    for name in names:
        base = name.removesuffix(BEFORE)
        value = float(values[name])
        found.append(value if base in _SHARES else np.log(value + _LEAST.get(base, 0.0)))
    return np.array(found)


def alike(names: Sequence[str]) -> np.ndarray:
    """How far a group may be from one's own and still be much like it: float64, shape (names,)."""
    return np.array([_ALIKE[name.removesuffix(BEFORE)] for name in names])
