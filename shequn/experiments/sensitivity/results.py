"""The results of a sensitivity analysis: tables, sentences, what is shown to matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.agents.errors import ResultsError
from shequn.experiments.designs.factors import Factor
from shequn.experiments.perform.results import Results
from shequn.experiments.runs import store
from shequn.experiments.runs.pictures import draw, draw_into
from shequn.experiments.runs.words import check_outcome, counted
from shequn.experiments.sensitivity.design import LEAST, Design
from shequn.experiments.sensitivity.indices import Indices, indices_of
from shequn.model.outcomes import OUTCOMES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_LISTED = 3  # parameters that a sentence names
_PRINTED = 12  # lines of a table that are printed


@dataclass
class Sensitivity:
    """The results of a sensitivity analysis.

    Attributes
    ----------
    design : Design
        What was varied, and the points.
    values : mapping
        For each outcome float64, shape (points, replicates); nan where a run failed, or where the
        outcome is not defined.
    name : str
        Of the scenario.
    focus : str
        The outcome that is meant when none is named.
    results : Results or None
        The runs; None for a model of one's own (`examine`).
    outcomes : tuple of str
        Outcomes whose tables and figures are written; the focus when empty.
    """

    design: Design
    values: Mapping[str, np.ndarray]
    name: str = ""
    focus: str = "customer_equity"
    results: Results | None = None
    outcomes: tuple[str, ...] = ()
    _known: dict[str, Indices] = field(default_factory=dict, repr=False)

    @property
    def replicates(self) -> int:
        """Runs of each point."""
        return next(iter(self.values.values())).shape[1]

    @property
    def main(self) -> str:
        """The index that parameters are sorted by: ``mu_star`` or ``ST``."""
        return "mu_star" if self.design.method == "morris" else "ST"

    def unit_of(self, outcome: str) -> str:
        """Unit of an outcome."""
        return OUTCOMES[outcome].unit if outcome in OUTCOMES else "1"

    def indices(self, outcome: str | None = None) -> Indices:
        """The indices of an outcome as arrays (`shequn.experiments.sensitivity.indices`).

        Parameters
        ----------
        outcome : str, optional
            The focus when None.

        Returns
        -------
        Indices
            In the order of ``design.factors``.

        Raises
        ------
        ScenarioError
            If there is no such outcome.
        ResultsError
            If values are missing: one is enough for ``sobol``, whose points all belong together;
            ``morris`` leaves out the trajectories concerned and wants 4 that are whole.
        """
        name = outcome or self.focus
        check_outcome(name, self.values)
        if name not in self._known:
            self._refuse_missing(name)
            self._known[name] = indices_of(self.design, self.values[name])
        return self._known[name]

    def _refuse_missing(self, outcome: str) -> None:
        missing = np.isnan(self.values[outcome])
        blocks = missing.reshape(self.design.size, -1).any(axis=1)
        left = self.design.size - int(blocks.sum())
        least = LEAST["morris"] if self.design.method == "morris" else self.design.size
        if left >= least:
            return
        failed = 0 if self.results is None else len(self.results.failures)
        words = f"{int(missing.sum()):,} of {missing.size:,} runs have no value of {outcome}"
        if failed:
            assert self.results is not None
            words += f", {failed:,} of them failed; the first: "
            words += str(self.results.failures["message"].iloc[0]).splitlines()[0]
        else:
            needs = OUTCOMES[outcome].needs if outcome in OUTCOMES else ""  # or one of the user's
            words += f": it is not defined without {needs}" if needs else ": it is not defined"
        needs = "every point" if self.design.method == "sobol" else f"{least} whole trajectories"
        hint = ", or --method morris" if self.design.method == "sobol" else ""
        needed = f"{self.design.method} needs {needs}; give narrower ranges{hint}"
        raise ResultsError(f"{words}; {needed}")

    def table(self, outcome: str | None = None) -> pd.DataFrame:
        """The indices of an outcome, the largest first.

        Parameters
        ----------
        outcome : str, optional
            The focus when None.

        Returns
        -------
        pandas.DataFrame
            One row for each parameter: parameter, from, to, scale, parameter_unit; of ``morris``
            mu_star, low, high, mu, mu_low, mu_high, sigma, noise (the mu_star that luck alone would
            give); of ``sobol`` ST, low, high, S1, S1_low, S1_high; shown (whether it is shown to
            matter: `shown`); unit (of the indices: that of the outcome, 1 for ``sobol``).

        Raises
        ------
        ScenarioError, ResultsError
            As `indices`.
        """
        import pandas as pd

        name = outcome or self.focus
        found = self.indices(name)
        frame = pd.DataFrame([_about(factor) for factor in self.design.factors])
        frame[self.main] = found.values[self.main]
        frame["low"], frame["high"] = found.low[self.main], found.high[self.main]
        signed = "mu" if self.design.method == "morris" else "S1"
        frame[signed] = found.values[signed]
        frame[f"{signed}_low"], frame[f"{signed}_high"] = found.low[signed], found.high[signed]
        for more in ("sigma", "noise"):
            if more in found.values:
                frame[more] = found.values[more]
        frame["shown"] = self.shown(name)
        frame["unit"] = self.unit_of(name) if self.design.method == "morris" else "1"
        return frame.sort_values(self.main, ascending=False, kind="stable", ignore_index=True)

    def shown(self, outcome: str | None = None) -> np.ndarray:
        """Which parameters are shown to matter: bool, shape (factors,).

        Of ``sobol``: the 95 % interval of ST lies above 0. Of ``morris``: that of mu does not
        contain 0, or that of the mean square of the elementary effects, without luck, lies above 0
        (mu* itself is above 0 by luck alone). The others are *not shown to matter*: more points or
        replicates may show that they do. Each is looked at by itself: of 40 that do not matter one
        may look as if it did.
        """
        found = self.indices(outcome)
        if self.design.method == "sobol":
            return found.low["ST"] > 0.0
        signed = (found.low["mu"] > 0.0) | (found.high["mu"] < 0.0)
        return signed | (found.low["square"] > 0.0)

    def luck(self, outcome: str | None = None) -> tuple[float, float, float]:
        """Share of the outcome's variance over points and seeds that is luck.

        Parameters
        ----------
        outcome : str, optional
            The focus when None.

        Returns
        -------
        share, low, high : float
            Variance over replicates at a point, relative to that plus the variance of expected
            values over the points, 0 .. 1, with its 95 % interval; nan with one replicate. It holds
            for the points of this design: of ``morris`` they lie on a grid of 4 levels.
        """
        found = self.indices(outcome)
        low, high = np.clip([found.low["luck"][0], found.high["luck"][0]], 0.0, 1.0)
        return float(found.values["luck"][0]), float(low), float(high)

    def sentence(self, outcome: str | None = None) -> str:
        """What matters most, what is not shown to matter, how much is luck."""
        name = outcome or self.focus
        table, found = self.table(name), self.indices(name)
        words = name.replace("_", " ")
        known = table.loc[table["shown"]]
        none = "the parameter is not" if len(table) == 1 else f"none of {len(table)} parameters is"
        parts = [f"{words}: {none} shown to matter"]
        if len(known):
            first = ", ".join(
                _entry(row, self.main) for row in known.head(_LISTED).to_dict("records")
            )
            rest = len(table) - len(known)
            parts = [f"{words}: most sensitive to {first}"]
            parts += [f"{rest} of {len(table)} parameters not shown to matter"] if rest else []
        share, low, high = self.luck(name)
        if share == share:
            parts.append(f"luck is {share:.0%} ({low:.0%} to {high:.0%}) of the variance")
        if found.dropped:
            parts.append(
                f"{found.dropped} of {self.design.size} trajectories left out, runs failed"
            )
        return "; ".join(parts) + " (95 %)"

    @property
    def caveat(self) -> str:
        """What the indices do not say."""
        if self.design.method == "morris":
            return "mu* ranks parameters over these ranges; it is no share of the variance"
        return "shares of the variance of the expected outcome, over these ranges and no others"

    def plot(self, outcome: str | None = None) -> Figure:
        """The indices with their intervals (`shequn.views.sensitivity_figures`)."""
        name = outcome or self.focus
        self.table(name)  # says why, where its indices cannot be told
        return draw("sensitivity", replace(self, outcomes=(name,)))

    def save(self, folder: Path) -> None:
        """Write sensitivity-OUTCOME.csv and .png of each outcome whose indices can be told.

        Parameters
        ----------
        folder : Path
            Where; what an earlier call wrote is replaced.
        """
        for outcome in self.told:
            text = self.table(outcome).to_csv(index=False, lineterminator="\n")
            store.write_text(folder / f"sensitivity-{outcome}.csv", text)
        draw_into(folder, "sensitivity", self)

    @property
    def told(self) -> list[str]:
        """The outcomes that are written: those of `outcomes` whose indices can be told."""
        return [name for name in self.outcomes or (self.focus,) if not self.problem(name)]

    def problem(self, outcome: str) -> str:
        """Why the indices of an outcome cannot be told, "" where they can."""
        try:
            self.table(outcome)
        except ResultsError as error:
            return str(error)
        return ""

    def __repr__(self) -> str:
        """How much was run, the largest indices of the focus, and the sentence."""
        points, method = len(self.design.units), self.design.method
        head = f"Sensitivity of {self.name or 'a model'} ({method}): {counted(points, 'point')} x "
        head += f"{counted(self.replicates, 'replicate')}, "
        head += counted(len(self.design.factors), "parameter")
        try:
            table = self.table().head(_PRINTED)
        except ResultsError as error:
            return f"{head}\n{error}"
        columns = [name for name in table.columns if name not in ("scale", "parameter_unit")]
        lines = table.loc[:, columns].map(_short).to_string(index=False)
        return f"{head}\n{lines}\n{self.sentence()}\n{self.caveat}"


def _short(value: Any) -> str:
    return _plain(value) if isinstance(value, float) else str(value)


def _about(factor: Factor) -> dict[str, Any]:
    scale = "log" if factor.range.log else "linear"
    ends = {"from": factor.range.low, "to": factor.range.high}
    return {"parameter": factor.name, **ends, "scale": scale, "parameter_unit": factor.unit}


def _entry(row: Mapping[Any, Any], main: str) -> str:
    name = {"mu_star": "mu*"}.get(main, main)
    unit = "" if row["unit"] == "1" else f" {row['unit']}"
    ends = f"{_plain(row['low'])} to {_plain(row['high'])}"
    return f"{row['parameter']} ({name} {_plain(row[main])}{unit}, {ends})"


def _plain(value: float) -> str:
    """Three digits at least, no power of ten."""
    return f"{value:,.0f}" if abs(value) >= 100.0 else f"{value:.3g}"
