"""What a search found: the best point, what it gives, and how it was come by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shequn.experiments.calibrate.loss import judged, loss_of, met, total
from shequn.experiments.calibrate.targets import target_names
from shequn.experiments.runs import store
from shequn.experiments.runs.words import counted

if TYPE_CHECKING:
    from shequn.experiments.calibrate.calibrate import Plan
    from shequn.experiments.calibrate.units import Units


@dataclass(frozen=True)
class Point:
    """A point that was tried.

    Attributes
    ----------
    round : int
        0: the scenarios' own values.
    position : numpy.ndarray
        float64, shape (parameters,), in the unit cube.
    values : list of float
        Of the parameters.
    facts : numpy.ndarray
        float64, shape (seeds, targets); nan where a run does not tell.
    loss : float
        0 to 1 (`shequn.experiments.calibrate.loss.total`).
    """

    round: int
    position: np.ndarray
    values: list[float]
    facts: np.ndarray
    loss: float


@dataclass
class Found:
    """The results of a search.

    Attributes
    ----------
    plan : Plan
        What was looked for.
    seeds : range
        Of all points.
    points : list of Point
        The scenarios' own values, then all that were tried, in order.
    best : Point
        The one with the smallest loss.
    fresh : numpy.ndarray
        Facts of the first and of the best point at seeds that decided nothing: float64, shape
        (2, seeds, targets).
    units : Units
        What simulated them.
    stopped : str
        Why there are fewer rounds than asked for, "" when there are not.
    """

    plan: Plan
    seeds: range
    points: list[Point]
    best: Point
    fresh: np.ndarray
    units: Units
    stopped: str = ""

    @property
    def start(self) -> Point:
        """The scenarios' own values."""
        return self.points[0]

    @property
    def rounds(self) -> int:
        """Rounds that were finished."""
        return self.points[-1].round

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """What was found of each parameter: parameter, unit, range, start, best."""
        return pd.DataFrame(
            {
                "parameter": [prior.name for prior in self.plan.priors],
                "unit": [prior.unit for prior in self.plan.priors],
                "range": [prior.words for prior in self.plan.priors],
                "start": self.start.values,
                "best": self.best.values,
            }
        )

    @cached_property
    def facts(self) -> pd.DataFrame:
        """Each fact at the start and at the best point.

        Columns fact, scenario, weight, observed, low, high (accepted), start and best (means over
        seeds), lowest and highest (of the best over seeds), loss (of the best), fresh_start and
        fresh (means over the seeds that decided nothing), met (the mean at those seeds is
        accepted; None where no range is).
        """
        lines = []
        names = target_names(self.plan.targets)
        for k, (name, target) in enumerate(zip(names, self.plan.targets, strict=True)):
            best = self.best.facts[:, k]
            lines.append(
                {
                    "fact": name, "scenario": target.scenario, "weight": target.weight,
                    "observed": target.value, "low": target.low, "high": target.high,
                    "start": self.start.facts[:, k].mean(), "best": best.mean(),
                    "lowest": best.min(), "highest": best.max(), "loss": loss_of(target, best),
                    "fresh_start": self.fresh[0][:, k].mean(), "fresh": self.fresh[1][:, k].mean(),
                    "met": met(target, self.fresh[1][:, k]) if judged(target) else None,
                }
            )  # fmt: skip
        return pd.DataFrame(lines)

    @cached_property
    def tried(self) -> pd.DataFrame:
        """Every point: round, loss, and a column for each parameter."""
        names = [prior.name for prior in self.plan.priors]
        rows = [[point.round, point.loss, *point.values] for point in self.points]
        return pd.DataFrame(rows, columns=["round", "loss", *names])

    def count(self, values: np.ndarray) -> int:
        """Facts met by the means over seeds of some values (seeds, targets)."""
        return sum(met(target, values[:, k]) for k, target in enumerate(self.plan.targets))

    def loss(self, values: np.ndarray) -> float:
        """The loss of some values (seeds, targets)."""
        return total(self.plan.targets, values)

    def __repr__(self) -> str:
        """How near the best point is, and its values."""
        names = ", ".join(scenario.name for scenario in self.plan.scenarios)
        head = (
            f"Search for {counted(len(self.plan.priors), 'parameter')} of {names}: loss "
            f"{self.start.loss:.3f} at the start, {self.best.loss:.3f} at the best of "
            f"{counted(len(self.points) - 1, 'point')} in {counted(self.rounds, 'round')}"
        )
        form = "  {parameter}: {best:.4g} (start {start:.4g})"
        rows = self.parameters.to_dict("records")
        return "\n".join([head, *(form.format_map(row) for row in rows)])

    def save(self, folder: Path) -> None:
        """Write the tables, the scenarios with the best values, and the report.

        Parameters
        ----------
        folder : Path
            An existing folder: parameters.csv, facts.csv, points.csv, ``best-<scenario>.toml``,
            report.md. What an earlier call wrote is replaced.
        """
        from shequn.experiments.calibrate.search_report import best_toml, report

        tables = {"parameters": self.parameters, "facts": self.facts, "points": self.tried}
        for name, frame in tables.items():
            store.write_text(folder / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
        for scenario in self.plan.scenarios:
            text = best_toml(scenario, self.plan.priors, self.best.values)
            store.write_text(folder / f"best-{scenario.name}.toml", text)
        store.write_text(folder / "report.md", report(self))
