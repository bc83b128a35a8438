"""What a search found: the best point, what it gives, and how it was come by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shequn.experiments.calibrate.loss import judged, loss_of, met, scatter, total
from shequn.experiments.calibrate.targets import target_names
from shequn.experiments.runs import store
from shequn.experiments.runs.pictures import draw, draw_into
from shequn.experiments.runs.words import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from shequn.experiments.calibrate.calibrate import Plan
    from shequn.experiments.calibrate.units import Units


_LEAST = 0.05  # of the loss of the best: what no search tells apart (assumed)
_IDENTIFIED = ((0.2, "yes"), (0.5, "weakly"), (1.0, "no"))  # widths relative to the range (assumed)


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
        The scenarios' own values, all that were tried, in order, and the middle of the last
        distribution.
    best : Point
        The one of them that was chosen.
    scan : list of Point
        The best one with one parameter at a time elsewhere in its range.
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
    scan: list[Point]
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
    def tolerance(self) -> float:
        """How much larger the loss of a point may be that is called as good as the best.

        What luck may make: the standard error of the best point's loss over seeds, or by how much
        that loss is larger at the seeds that decided nothing; at least 5 % of it.
        """
        error = scatter(self.plan.targets, self.best.facts)
        luck = self.loss(self.fresh[1]) - self.best.loss
        return max(error, luck, _LEAST * self.best.loss)

    @cached_property
    def good(self) -> np.ndarray:
        """The points as good as the best: float64, shape (points, parameters), in the unit cube."""
        most = self.best.loss + self.tolerance
        return np.array([p.position for p in [*self.points, *self.scan] if p.loss <= most])

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """What was found of each parameter.

        Columns parameter, unit, range; start and best, its values; low and high, those between
        which points as good as the best were found; width, how much of the range that is, on its
        scale; identified: yes where it is a fifth of the range or less, weakly up to a half, else
        no.
        """
        lines = []
        ends = np.array([self.good.min(axis=0), self.good.max(axis=0)])
        for k, prior in enumerate(self.plan.priors):
            low, high = prior.range.values(ends[:, k])
            width = float(ends[1, k] - ends[0, k])
            lines.append(
                {
                    "parameter": prior.name, "unit": prior.unit, "range": prior.words,
                    "start": self.start.values[k], "best": self.best.values[k],
                    "low": float(low), "high": float(high), "width": width,
                    "identified": next(word for most, word in _IDENTIFIED if width <= most),
                }
            )  # fmt: skip
        return pd.DataFrame(lines)

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
        """Every point, those of the scan last: round, loss, and a column for each parameter."""
        names = [prior.name for prior in self.plan.priors]
        rows = [[p.round, p.loss, *p.values] for p in [*self.points, *self.scan]]
        return pd.DataFrame(rows, columns=["round", "loss", *names])

    def count(self, values: np.ndarray) -> int:
        """Facts met by the means over seeds of some values (seeds, targets)."""
        return sum(met(target, values[:, k]) for k, target in enumerate(self.plan.targets))

    def loss(self, values: np.ndarray) -> float:
        """The loss of some values (seeds, targets)."""
        return total(self.plan.targets, values)

    def plot(self, name: str = "convergence") -> Figure:
        """Draw it.

        Parameters
        ----------
        name : str
            ``convergence`` (loss over the search) or ``facts`` (at the start and at the best).

        Returns
        -------
        matplotlib.figure.Figure
            For `shequn.views.style.save`, or a notebook.

        Raises
        ------
        ResultsError
            If there is no such figure.
        """
        return draw("search", self, name)

    def __repr__(self) -> str:
        """How near the best point is, and its values."""
        names = ", ".join(scenario.name for scenario in self.plan.scenarios)
        head = (
            f"Search for {counted(len(self.plan.priors), 'parameter')} of {names}: loss "
            f"{self.start.loss:.3f} at the start, {self.best.loss:.3f} at the best of "
            f"{counted(len(self.points) - 2, 'point')} in {counted(self.rounds, 'round')}"
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
            report.md, and the figures. What an earlier call wrote is replaced.
        """
        from shequn.experiments.calibrate.search_report import best_toml, report

        tables = {"parameters": self.parameters, "facts": self.facts, "points": self.tried}
        for name, frame in tables.items():
            store.write_text(folder / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
        for scenario in self.plan.scenarios:
            text = best_toml(scenario, self.plan.priors, self.best.values)
            store.write_text(folder / f"best-{scenario.name}.toml", text)
        store.write_text(folder / "report.md", report(self))
        draw_into(folder, "search", self)
