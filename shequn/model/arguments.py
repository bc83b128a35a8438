"""What a community is given in Python beside its scenario: all that is wrong with it, at once."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any

import numpy as np

from shequn.agents.errors import Problem, ScenarioError, nearest

ENGINES = ("compiled", "agents")
_MOST_SEEDS = 2**64


def check_arguments(
    seed: Any, rng: Any, engine: Any, threads: Any, keep_messages: Any, values: Any = None
) -> None:
    """Refuse what a community cannot be made with.

    Parameters
    ----------
    seed, rng, engine, threads, keep_messages, values : object
        As given to `shequn.model.community.Community`.

    Raises
    ------
    ScenarioError
        With everything that is wrong.
    """
    problems = problems_of(seed, rng, engine, threads, keep_messages, values)
    if problems:
        raise ScenarioError(problems)


def problems_of(
    seed: Any, rng: Any, engine: Any, threads: Any, keep_messages: Any, values: Any = None
) -> list[Problem]:
    """What is wrong with the arguments of a community, as `check_arguments` takes them."""
    found = []
    if seed is not None and rng is not None:
        found.append(("seed", "give seed or rng, not both"))
    found.append(("seed", _of_seed(seed)))
    if not isinstance(rng, np.random.Generator):
        more = "; a numpy.random.Generator will do, too"
        found.append(("rng", _of_seed(rng, more)))
    found.append(("engine", _of_engine(engine)))
    if not _is_whole(threads):
        found.append(("threads", f"{threads!r} is not a whole number; at least 1"))
    elif threads < 1:
        found.append(("threads", f"{threads} is out of range; at least 1"))
    if not isinstance(keep_messages, bool | np.bool_):
        found.append(("keep_messages", f"{keep_messages!r} is not True or False"))
    if values is not None and not isinstance(values, Mapping):
        words = (
            f"{values!r} is no mapping of values by path; batch_run takes its values one by one "
            "from what it is given: put a single mapping into a list"
        )
        found.append(("values", words))
    return [Problem(place, words) for place, words in found if words]


def seed_of(seed: Any, rng: Any, otherwise: int) -> int:
    """The seed that the arguments mean.

    Parameters
    ----------
    seed : int or None
        A seed.
    rng : int, numpy.random.Generator or None
        A seed, or what one is drawn from: a whole number of 64 bits, all equally likely.
    otherwise : int
        The seed when nothing is given.

    Returns
    -------
    int
        0 to 2**64 - 1.
    """
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(_MOST_SEEDS, dtype=np.uint64))
    given = rng if seed is None else seed
    return otherwise if given is None else int(given)


def _is_whole(value: Any) -> bool:
    """Whether it is a whole number of Python or NumPy; True and False are none."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def _of_seed(value: Any, more: str = "") -> str:
    if value is None:
        return ""
    if not _is_whole(value):
        return f"{value!r} is not a whole number{more}"
    in_range = 0 <= int(value) < _MOST_SEEDS
    return "" if in_range else f"{value} is out of range; allowed: 0 to 2**64 - 1"


def _of_engine(value: Any) -> str:
    if isinstance(value, str) and value in ENGINES:
        return ""
    hint = nearest(value, ENGINES) if isinstance(value, str) else ""
    return f"{value!r} is not one of {' | '.join(ENGINES)}{hint}"
