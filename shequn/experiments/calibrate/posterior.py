"""What a calibration found: the posterior, what it predicts, and what the facts do not tell."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shequn.experiments.calibrate.coverage import coverage
from shequn.experiments.calibrate.distances import effective_number, weighted_quantiles
from shequn.experiments.calibrate.priors import Prior, scenario_of_values
from shequn.experiments.calibrate.smc import Evaluation, Round
from shequn.experiments.calibrate.targets import Target, facts_of, target_names
from shequn.experiments.runs import store
from shequn.experiments.runs.pictures import draw, draw_into
from shequn.experiments.runs.words import counted
from shequn.model.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Bounds of what the report points out; assumed.
ALIKE = 0.8  # correlation from which two parameters cannot be told apart
UNINFORMED = 0.8  # width of the posterior, relative to the prior
EDGE = 0.05  # outer part of the prior ...
PRESSED = 0.2  # ... and the weight in it from which the posterior presses against the bound
_ENDS = (0.025, 0.975)


@dataclass
class Calibration:
    """The results of a calibration.

    Attributes
    ----------
    scenarios : list of Scenario
        What was calibrated.
    priors : list of Prior
        What varied.
    targets : list of Target
        What they were held to.
    rounds : list of Round
        The sampling; the particles of the last round are the posterior.
    fresh : list of Evaluation
        Runs with new luck at draws from the posterior.
    stopped : str
        Why there are fewer rounds than asked for, "" when there are not.
    """

    scenarios: list[Scenario]
    priors: list[Prior]
    targets: list[Target]
    rounds: list[Round]
    fresh: list[Evaluation]
    stopped: str = ""

    @property
    def names(self) -> list[str]:
        """The parameters, as they were asked for."""
        return [prior.name for prior in self.priors]

    @property
    def weights(self) -> np.ndarray:
        """Of the samples: float64, shape (particles,), sum 1."""
        return self.rounds[-1].weights

    @property
    def units(self) -> np.ndarray:
        """The samples in the unit cube: float64, shape (particles, parameters)."""
        return self.rounds[-1].positions

    @cached_property
    def samples(self) -> pd.DataFrame:
        """The posterior: weight, and one column for each parameter."""
        columns = {
            prior.name: prior.range.values(self.units[:, k]) for k, prior in enumerate(self.priors)
        }
        return pd.DataFrame({"weight": self.weights, **columns})

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """What was learned of each parameter.

        Columns parameter, unit, prior; median and 95 % interval (low, high); width of that interval
        relative to the prior's, on the prior's scale; at_low and at_high, the weight in the outer
        5 % of the prior.
        """
        lines = []
        for k, prior in enumerate(self.priors):
            unit, values = self.units[:, k], self.samples[prior.name].to_numpy()
            low, median, high = weighted_quantiles(values, self.weights, (_ENDS[0], 0.5, _ENDS[1]))
            ends = weighted_quantiles(unit, self.weights, _ENDS)
            lines.append(
                {
                    "parameter": prior.name,
                    "unit": prior.unit,
                    "prior": prior.words,
                    "median": float(np.round(median)) if prior.range.whole else float(median),
                    "low": float(low),
                    "high": float(high),
                    "width": float((ends[1] - ends[0]) / (_ENDS[1] - _ENDS[0])),
                    "at_low": float(self.weights @ (unit < EDGE)),
                    "at_high": float(self.weights @ (unit > 1.0 - EDGE)),
                }
            )
        return pd.DataFrame(lines)

    @cached_property
    def correlations(self) -> pd.DataFrame:
        """Every pair: first, second, and their weighted correlation on the scales of the prior."""
        centred = self.units - self.weights @ self.units
        covariance = (centred * self.weights[:, None]).T @ centred
        spread = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
        found = covariance / np.outer(spread, spread)
        pairs = itertools.combinations(range(len(self.priors)), 2)
        lines = [[self.names[a], self.names[b], float(found[a, b])] for a, b in pairs]
        return pd.DataFrame(lines, columns=["first", "second", "correlation"])

    @cached_property
    def predictive(self) -> pd.DataFrame:
        """What the posterior predicts of each fact, in runs with new luck.

        Columns fact, scenario, observed, low, high; median and 95 % interval of the prediction
        (median, predicted_low, predicted_high), undefined (share of runs that do not tell), and
        inside: the two intervals overlap.
        """
        values = np.array([one.summaries for one in self.fresh]).reshape(-1, len(self.targets))
        lines = []
        for k, (name, target) in enumerate(
            zip(target_names(self.targets), self.targets, strict=True)
        ):
            equal = np.ones(len(values))
            low, median, high = weighted_quantiles(values[:, k], equal, (_ENDS[0], 0.5, _ENDS[1]))
            ends = target.low, target.high
            observed = ends if ends[0] == ends[0] else (target.value, target.value)
            lines.append(
                {
                    "fact": name,
                    "scenario": target.scenario,
                    "observed": target.value,
                    "low": target.low,
                    "high": target.high,
                    "median": float(median),
                    "predicted_low": float(low),
                    "predicted_high": float(high),
                    "undefined": float(np.mean(~np.isfinite(values[:, k]))),
                    "inside": bool(low <= observed[1] and observed[0] <= high),
                }
            )
        return pd.DataFrame(lines)

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """How often the posterior holds a simulated truth (`calibrate.coverage`)."""
        return coverage(self.rounds, facts_of(self.targets), self.names)

    @cached_property
    def evaluations(self) -> pd.DataFrame:
        """Every simulation: round, attempt, seed, seconds, failure, values, facts."""
        lines = []
        facts = target_names(self.targets)
        for one in (one for finished in self.rounds for one in finished.evaluations):
            ranges = (prior.range for prior in self.priors)
            values = [float(r.values(u)) for r, u in zip(ranges, one.position, strict=True)]
            head = [one.round, one.attempt, one.seed, one.seconds, one.failure]
            lines.append([*head, *values, *one.summaries])
        head = ["round", "attempt", "seed", "seconds", "failure"]
        return pd.DataFrame(lines, columns=[*head, *self.names, *facts])

    @property
    def medians(self) -> dict[str, float]:
        """Median of each parameter."""
        table = self.parameters
        return dict(zip(table["parameter"], table["median"].astype(float), strict=True))

    @cached_property
    def median_scenarios(self) -> list[Scenario]:
        """The scenarios with the medians in them."""
        values = list(self.medians.values())
        return [scenario_of_values(s, self.priors, values) for s in self.scenarios]

    @property
    def effective(self) -> float:
        """Effective number of samples."""
        return effective_number(self.weights)

    @property
    def n_evaluations(self) -> int:
        """Simulations that the posterior rests on, those of the predictive check not counted."""
        return sum(len(finished.evaluations) for finished in self.rounds)

    @property
    def minutes(self) -> float:
        """Minutes of computing, added up over the workers."""
        rounds = sum(one.seconds for finished in self.rounds for one in finished.evaluations)
        return (rounds + sum(one.seconds for one in self.fresh)) / 60.0

    @property
    def failures(self) -> list[Evaluation]:
        """Simulations that failed."""
        return [one for done in self.rounds for one in done.evaluations if one.failure]

    def plot(self, name: str = "posterior") -> Figure:
        """Draw it.

        Parameters
        ----------
        name : str
            ``posterior`` (against the prior) or ``predictive`` (against the facts).

        Returns
        -------
        matplotlib.figure.Figure
            For `shequn.views.style.save`, or a notebook.

        Raises
        ------
        ResultsError
            If there is no such figure.
        """
        return draw("calibrate", self, name)

    def __repr__(self) -> str:
        """What was calibrated, and the median with its 95 % interval of each parameter."""
        names = ", ".join(scenario.name for scenario in self.scenarios)
        missed = self.predictive["inside"].tolist().count(False)
        head = (
            f"Calibration of {names}: {counted(len(self.priors), 'parameter')} to "
            f"{counted(len(self.targets), 'fact')} ({missed} missed), {len(self.weights)} samples "
            f"after {counted(len(self.rounds), 'round')}"
        )
        rows = self.parameters.to_dict("records")
        form = "  {parameter}: {median:.4g} [{low:.4g}, {high:.4g}]"
        lines = [form.format_map(row) for row in rows]
        return "\n".join([head, *lines])

    def save(self, folder: Path) -> None:
        """Write tables, figures, median scenarios and the report.

        Parameters
        ----------
        folder : Path
            An existing folder: posterior.csv, parameters.csv, correlations.csv, predictive.csv,
            coverage.csv, ``median-<scenario>.toml``, report.md, and the figures. What an earlier
            call wrote is replaced.
        """
        from shequn.experiments.calibrate.report import report

        tables = {
            "posterior": self.samples,
            "parameters": self.parameters,
            "correlations": self.correlations,
            "predictive": self.predictive,
            "coverage": self.coverage,
        }
        for name, frame in tables.items():
            store.write_text(folder / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
        for scenario in self.median_scenarios:
            path = folder / f"median-{scenario.name}.toml"
            store.write_text(path, store.scenario_toml(scenario))
        store.write_text(folder / "report.md", report(self))
        draw_into(folder, "calibrate", self)
