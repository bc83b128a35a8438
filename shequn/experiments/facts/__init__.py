"""Facts about communities: one set of functions for real data and for simulated output.

Imports no other room of the experiments.

>>> from shequn.experiments import facts
>>> [fact.id for fact in facts.facts("interest-forum")][:2]
['C1_lurkers', 'C2_top_1_percent']
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from shequn.agents.errors import ShequnError
from shequn.experiments.facts import (
    adoption,
    advertising,
    growth,
    networks,
    participation,
    persuasion,
    purchases,
    reading,
    rhythm,
    tenure,
    threads,
    tiers,
    trees,
)
from shequn.experiments.facts.adoption import q_over_p
from shequn.experiments.facts.advertising import exposures_at_peak
from shequn.experiments.facts.estimate import (
    RESAMPLES,
    Estimate,
    no_intervals,
    of_resampled,
    over_communities,
    pooled_ratio,
    resamples,
)
from shequn.experiments.facts.growth import (
    elasticity_of_guests,
    guests_by_gap,
    guests_per_member,
    net_adds,
    net_adds_by_events,
    shrinking,
)
from shequn.experiments.facts.participation import (
    largest_community_share,
    lurkers,
    messages_a_day,
    monthly,
    most_messages_a_day,
    posts_per_poster,
    share_or_gini,
)
from shequn.experiments.facts.persuasion import (
    gain_a_promotion,
    gain_ratio,
    lift_by_membership,
    lost_by,
    orders_anyway,
    sight_elasticity,
    wear_of_many,
)
from shequn.experiments.facts.purchases import (
    bgnbd_parameter,
    curve_deviation,
    mean_holdout,
    share_without_repeat,
)
from shequn.experiments.facts.reading import (
    daily_of_weekly,
    of_first_members,
    operator_share,
    reach_of_operator,
    read_within,
    readers_per_writer,
    writing_among_reading,
)
from shequn.experiments.facts.real import real_records
from shequn.experiments.facts.records import Records, empty_table
from shequn.experiments.facts.rhythm import (
    burstiness,
    dispersion,
    hour_ratio,
    weekend_ratio,
)
from shequn.experiments.facts.tenure import (
    exit_hazard,
    largest_step,
    monthly_retention,
    tenure_survival,
)
from shequn.experiments.facts.threads import gain_of_reply, posts_again, thread_statistic
from shequn.experiments.facts.tiers import (
    answered_by_next,
    messages_addressed,
    newcomer_addressed,
    returns,
    returns_if_addressed,
    room_elasticity,
    room_median,
    tier_share,
    transition,
)
from shequn.experiments.facts.trees import mean_offspring, within_one_step

__all__ = [
    "Estimate",
    "Fact",
    "RESAMPLES",
    "Records",
    "answered_by_next",
    "bgnbd_parameter",
    "burstiness",
    "curve_deviation",
    "daily_of_weekly",
    "dispersion",
    "elasticity_of_guests",
    "empty_table",
    "exit_hazard",
    "exposures_at_peak",
    "fact",
    "facts",
    "gain_a_promotion",
    "gain_of_reply",
    "gain_ratio",
    "guests_by_gap",
    "guests_per_member",
    "hour_ratio",
    "largest_community_share",
    "largest_step",
    "lift_by_membership",
    "lost_by",
    "lurkers",
    "mean_holdout",
    "mean_offspring",
    "measure",
    "messages_a_day",
    "messages_addressed",
    "monthly",
    "monthly_retention",
    "most_messages_a_day",
    "net_adds",
    "net_adds_by_events",
    "newcomer_addressed",
    "no_intervals",
    "of_first_members",
    "of_resampled",
    "operator_share",
    "orders_anyway",
    "over_communities",
    "pooled_ratio",
    "posts_again",
    "posts_per_poster",
    "q_over_p",
    "reach_of_operator",
    "read_within",
    "readers_per_writer",
    "real_records",
    "resamples",
    "returns",
    "returns_if_addressed",
    "room_elasticity",
    "room_median",
    "share_or_gini",
    "share_without_repeat",
    "shrinking",
    "sight_elasticity",
    "tenure_survival",
    "thread_statistic",
    "tier_share",
    "transition",
    "wear_of_many",
    "weekend_ratio",
    "within_one_step",
    "writing_among_reading",
]

_MODULES = (
    participation,
    threads,
    tenure,
    rhythm,
    trees,
    tiers,
    adoption,
    growth,
    purchases,
    networks,
    advertising,
    reading,
    persuasion,
)

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
        raise ShequnError(f"nothing measures {fact_id}: {wanted.note}")
    with resamples(n_resamples):
        return wanted.measure(records)


@cache
def _facts() -> dict[str, Fact]:
    """All facts by name; every simulated one is measured, and every measure has its row."""
    measures: dict[str, Measure] = {}
    for module in _MODULES:
        measures |= module.MEASURES
    table = resources.files("shequn").joinpath("data", "facts.csv")
    with table.open("r", encoding="utf-8") as stream:
        rows = [_fact(row, measures.get(row["fact"])) for row in csv.DictReader(stream)]
    known = {row.id: row for row in rows}
    wrong = measures.keys() - known.keys()
    wrong |= {row.id for row in rows if row.scenario and row.measure is None}
    if wrong:
        raise ShequnError(f"facts.csv and the measures differ in {', '.join(sorted(wrong))}")
    return known


def _fact(row: dict[str, str], how: Measure | None) -> Fact:
    """A row of the table as a fact."""

    def number(name: str) -> float:
        return float(row[name] or "nan")

    return Fact(
        id=row["fact"],
        scenario=row["scenario"],
        title=row["title"],
        unit=row["unit"],
        value=number("value"),
        low=number("low"),
        high=number("high"),
        accept_low=number("accept_low"),
        accept_high=number("accept_high"),
        n=int(row["n"] or 0),
        source=row["source"],
        note=row["note"],
        measure=how,
    )
