"""Simple baselines: other models of the same communities, held to the same facts.

Each baseline gives `Records` like the simulation does, so the same functions measure both, and a
column of the table shows where the model earns its complexity and where it does not. Facts that a
baseline has nothing to say about come out NaN.

=====================  =============================================================================
Bass curve             growth by outside influence and by members (`baselines_growth`)
constant hazard        one rate of posting or buying, one hazard of leaving, for everybody
gamma rates, no exit   own rates for everybody, and nobody leaves: the negative binomial model
BG/NBD                 own rates, and drop-out after any purchase: the strong baseline of the shop
mean field             the model's own mechanisms without differences and chance (`mean_field`)
=====================  =============================================================================

Baselines are fitted to the events observed in the communities that a scenario stands for; where
only figures are known of these, to the figures.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Protocol

from shequn.agents.errors import ScenarioError
from shequn.experiments.baselines.buying import (
    BgNbdCustomers,
    ExponentialLifetimes,
    NegativeBinomial,
)
from shequn.experiments.baselines.growth import BassGrowth, BassJoins, ConstantChurn
from shequn.experiments.baselines.mean_field import MeanField
from shequn.experiments.baselines.posting import ConstantHazard, GammaPoisson
from shequn.experiments.facts.real import real_records
from shequn.experiments.facts.records import Records
from shequn.model.scenario import Scenario

WITH_MEAN_FIELD = ("interest-forum", "product-club", "study-room", "chapters")


class Baseline(Protocol):
    """A fitted baseline."""

    @property
    def name(self) -> str:
        """What it is called in tables."""
        ...

    def records(self, seed: int) -> Records:
        """Draw a world.

        Parameters
        ----------
        seed : int
            Same seed, same records.

        Returns
        -------
        Records
            Tables that it has nothing to say about stay empty.
        """
        ...


def fitted_baselines(scenario: str, settings: Scenario | None = None) -> list[Baseline]:
    """The baselines of a scenario, fitted to what was observed.

    Parameters
    ----------
    scenario : str
        interest-forum, product-club, study-room, chapters or shop; others have no baselines.
    settings : Scenario, optional
        Whose parameters the mean field takes, such as a calibrated one; the scenario of that name
        when None. Where there is none of that name either, the mean field is left out.

    Returns
    -------
    list of Baseline
        Fits are made once for each scenario.
    """
    baselines = list(_fitted(scenario))
    if scenario in WITH_MEAN_FIELD:
        try:
            baselines.append(MeanField.fit(settings or Scenario.load(scenario)))
        except ScenarioError:
            return baselines
    return baselines


@cache
def _fitted(scenario: str) -> tuple[Baseline, ...]:
    """Baselines that take nothing from the scenario's parameters."""
    makers: dict[str, tuple[Callable[[], Baseline], ...]] = {
        "interest-forum": (ConstantHazard.of_archive, GammaPoisson.of_archive),
        "product-club": (BassJoins,),
        "study-room": (
            lambda: ConstantHazard.fit(real_records(scenario)),
            lambda: GammaPoisson.fit(real_records(scenario)),
        ),
        "chapters": (
            lambda: BassGrowth.fit(real_records(scenario)),
            lambda: ConstantChurn.fit(real_records(scenario)),
        ),
        "shop": (
            lambda: ExponentialLifetimes.fit(real_records(scenario)),
            lambda: NegativeBinomial.fit(real_records(scenario)),
            lambda: BgNbdCustomers.fit(real_records(scenario)),
        ),
    }
    return tuple(make() for make in makers.get(scenario, ()))
