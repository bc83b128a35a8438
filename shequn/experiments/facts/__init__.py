"""Facts about communities: one set of functions for real data and for simulated output.

>>> from shequn.experiments import facts
>>> [fact.id for fact in facts.facts("interest-forum")][:2]
['C1_lurkers', 'C2_top_1_percent']
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module, resources

from shequn.agents.errors import ShequnError
from shequn.experiments.facts.estimate import (
    RESAMPLES,
    Estimate,
    no_intervals,
    of_resampled,
    over_communities,
    pooled_ratio,
    resamples,
)
from shequn.experiments.facts.records import Records, empty_table

_MODULES = ("participation", "threads", "tenure", "rhythm", "trees", "tiers")
_LATER = ("growth", "purchases", "adoption", "networks")

Measure = Callable[[Records], Estimate]


@dataclass(frozen=True)
class Fact:
    """One row of ``shequn/data/facts.csv``.

    Attributes
    ----------
    id : str
        Name of the fact, such as ``C2_top_1_percent``.
    scenario : str
        The named scenario that stands for the community it was observed in; empty: none does, and
        `note` says why.
    title, unit : str
        What it is, in words, and what it is counted in.
    value, low, high : float
        Observed, with its 95 % interval; NaN where not known. With an accepted range, `low` and
        `high` may be the range over sources or periods instead, as `note` says.
    accept_low, accept_high : float
        Range within which a simulated value is accepted; NaN: none was stated, and the simulated
        value is compared with the observed one and its interval.
    n : int
        Communities or cases observed, 0 where not known.
    source, note : str
        Where it comes from, and what to know about it.
    measure : callable or None
        Measures it on `Records`; None: nothing measures it.
    """

    id: str
    scenario: str
    title: str
    unit: str
    value: float
    low: float
    high: float
    accept_low: float
    accept_high: float
    n: int
    source: str
    note: str
    measure: Measure | None


def facts(scenario: str | None = None) -> list[Fact]:
    """The facts that the package is held to.

    Parameters
    ----------
    scenario : str, optional
        Only those that this named scenario stands for; all, simulated or not, when None.

    Returns
    -------
    list of Fact
        In the order of ``shequn/data/facts.csv``.
    """
    rows = _facts().values()
    return [fact for fact in rows if scenario is None or fact.scenario == scenario]


def fact(fact_id: str) -> Fact:
    """One fact.

    Parameters
    ----------
    fact_id : str
        Its name.

    Returns
    -------
    Fact
        Its row.

    Raises
    ------
    ShequnError
        If there is no such fact; the message names the nearest.
    """
    known = _facts()
    if fact_id not in known:
        import difflib

        near = difflib.get_close_matches(fact_id, known, n=1, cutoff=0.0)
        raise ShequnError(f"no fact is called {fact_id!r}; the nearest is {near[0]!r}")
    return known[fact_id]


def measure(fact_id: str, records: Records, *, n_resamples: int = RESAMPLES) -> Estimate:
    """Measure one fact.

    Parameters
    ----------
    fact_id : str
        Its name.
    records : Records
        Of real or simulated communities.
    n_resamples : int
        At most so many bootstrap resamples; 0 leaves the interval out.

    Returns
    -------
    Estimate
        NaN where the records do not tell.

    Raises
    ------
    ShequnError
        If there is no such fact, or nothing measures it.
    """
    wanted = fact(fact_id)
    if wanted.measure is None:
        raise ShequnError(f"{fact_id} is not measured: {wanted.note}")
    with resamples(n_resamples):
        return wanted.measure(records)


@cache
def _facts() -> dict[str, Fact]:
    """All facts by name."""
    measures: dict[str, Measure] = {}
    for name in _MODULES + _LATER:
        try:
            measures |= import_module(f"{__name__}.{name}").MEASURES
        except ModuleNotFoundError:
            continue
    table = resources.files("shequn").joinpath("data/facts.csv")
    with table.open("r", encoding="utf-8", newline="") as stream:
        rows = [_fact(row, measures) for row in csv.DictReader(stream)]
    return {row.id: row for row in rows}


def _fact(row: dict[str, str], measures: dict[str, Measure]) -> Fact:
    """A row of the table as a fact."""
    numbers = {
        name: float(row[name] or "nan")
        for name in ("value", "low", "high", "accept_low", "accept_high")
    }
    texts = {name: row[name] for name in ("scenario", "title", "unit", "source", "note")}
    return Fact(
        id=row["fact"],
        n=int(float(row["n"] or 0)),
        measure=measures.get(row["fact"]),
        **numbers,
        **texts,
    )
