"""What Mesa's `batch_run` asks a model for: its outcomes, by step, from a data collector."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import mesa

from shequn.agents.tables import MEMBER_DTYPE, table
from shequn.model.outcomes import OUTCOMES, outcomes_of


def outcomes_at(community: Any, day: int) -> dict[str, float]:
    """The outcomes of a past midnight, as far as the record of the days tells them.

    Parameters
    ----------
    community : Community
        At a later midnight.
    day : int
        Days that had passed, at least 1.

    Returns
    -------
    dict
        Every key of `OUTCOMES`; nan where the state of each person on that day would be needed.
    """
    journal, *rivals = [operator.journal.until(day) for operator in community.operators]
    nobody = table(0, MEMBER_DTYPE)  # whose measures are nan; sizes are in the record
    groups = len(journal.tallies[-1])
    parameters = community.settings.parameters
    found = outcomes_of(journal, nobody, parameters, groups, rivals)
    return {**found, "members": float(journal.total("members")[-1]), "tree_depth": float("nan")}


class OutcomeCollector(mesa.DataCollector):
    """A data collector that has every midnight already, and works out what is asked for.

    Parameters
    ----------
    community : Community
        Whose outcomes.

    Notes
    -----
    Nothing is collected while days pass, which would cost time in each of thousands of runs. The
    last midnight has all outcomes; earlier ones, where nobody asked at the time, have nan in those
    that need the state of each person (shares of posters, lurkers, muted and left, inequality,
    trees of invitations).
    """

    def __init__(self, community: Any) -> None:
        super().__init__(model_reporters={name: partial(_outcome, name) for name in OUTCOMES})
        self._community = community
        self._known: dict[int, dict[str, float]] = {}
        self.model_vars: dict[str, Any] = {name: Midnights(self, name) for name in OUTCOMES}

    @property
    def days(self) -> int:
        """Midnights that there are."""
        return int(self._community.day)

    def collect(self, model: Any) -> None:
        """Take note of the present midnight; doing so twice adds nothing.

        Parameters
        ----------
        model : Community
            The community that it belongs to.
        """
        if self.days and self.days not in self._known:
            self._known[self.days] = model.summary
        self._collection_steps = [*range(1, self.days + 1)]  # where Mesa 3.5 looks for the steps

    def outcomes(self, day: int) -> dict[str, float]:
        """All outcomes after so many days, at least 1."""
        if day not in self._known:
            self._known[day] = outcomes_at(self._community, day)
        return self._known[day]


class Midnights(Sequence[float]):
    """One outcome at every midnight, the first at index 0.

    Parameters
    ----------
    collector : OutcomeCollector
        Works them out.
    name : str
        The outcome.
    """

    def __init__(self, collector: OutcomeCollector, name: str) -> None:
        self.collector = collector
        self.name = name

    def __len__(self) -> int:
        return self.collector.days

    def __getitem__(self, index: Any) -> Any:
        days = range(1, len(self) + 1)[index]
        if isinstance(days, range):
            return [self.collector.outcomes(day)[self.name] for day in days]
        return self.collector.outcomes(days)[self.name]


def _outcome(name: str, community: Any) -> float:
    return community.summary[name]
