"""Held to the facts: what the named scenarios give, beside what was measured in communities."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.experiments.facts import Estimate, Fact, facts
from shequn.experiments.formulas.gauges import Gauge
from shequn.experiments.formulas.limits import LIMITS
from shequn.experiments.runs.run import warm_up
from shequn.experiments.validate.checked import Checked, misses_first, over_seeds, row
from shequn.experiments.validate.declared import declared
from shequn.experiments.validate.kept_facts import KeptFacts
from shequn.experiments.validate.parts import (
    How,
    Part,
    Simulate,
    closed_forms,
    measured,
    play,
    simulations,
)
from shequn.experiments.validate.physicians import PeerInfluence, peer_curves, peer_influence
from shequn.model.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.figure import Figure

QUICK_SIZE = 0.25
SEEDS = 5
_MOST_SEEDS = 1000
_NOT_SIMULATED = ("", "blank")  # in the column ``scenario`` of the table of facts
PHYSICIANS = "physicians"  # stands among the scenarios for the network of that name
PEER_RUNS = 100


@dataclass
class Validation:
    """What `validate` found.

    Attributes
    ----------
    scenarios : dict
        The scenarios that were run, by name.
    checked : list of Checked
        Every fact that was simulated, in the order of the table of facts.
    not_simulated : list of Fact
        Facts that no scenario stands for; the note says why.
    gauges : list of Gauge
        The closed forms.
    seeds : sequence of int
        At each of them every scenario was run; closed forms and peers begin with the first.
    size : float
        Of the communities simulated, as a share of the full number.
    peers : PeerInfluence, optional
        Adoption on the network of physicians, fitted with peers and without; None when left out.
    peer_curves : pandas.DataFrame, optional
        The same simulated (`shequn.experiments.validate.physicians.peer_curves`).
    """

    scenarios: dict[str, Scenario]
    checked: list[Checked]
    not_simulated: list[Fact]
    gauges: list[Gauge]
    seeds: Sequence[int]
    size: float
    peers: PeerInfluence | None = None
    peer_curves: pd.DataFrame | None = None

    @property
    def misses(self) -> list[Checked]:
        """Facts that are not met; what is shown only is no miss."""
        return [line for line in self.checked if line.inside is False]

    @property
    def broken(self) -> list[Checked]:
        """Facts declared as met that are not."""
        return [line for line in self.checked if line.broken]

    @property
    def holds(self) -> bool:
        """Whether every fact declared as met is, and every closed form is kept.

        What the physicians' network says of peers is a finding and no test.
        """
        return not self.broken and all(gauge.inside for gauge in self.gauges)

    @property
    def table(self) -> pd.DataFrame:
        """One row for each fact: missed, met, shown only, not simulated.

        Returns
        -------
        pandas.DataFrame
            fact, scenario, title, unit; observed, observed_low, observed_high, n_observed;
            accept_low, accept_high; simulated (mean over seeds), simulated_low, simulated_high
            (95 % interval of that mean), n_simulated; lowest and highest over seeds; seeds, and
            seeds_inside, at how many of them it is inside by itself; inside (by the mean: ``yes``,
            ``no``, ``shown only``, ``not simulated``), declared; each rival and whether it is
            inside; source, note.
        """
        lines = [row(line) for line in misses_first(self.checked)]
        nothing = Estimate(math.nan, math.nan, math.nan, 0)
        lines += [
            {**row(Checked(fact, [nothing])), "seeds": 0, "inside": "not simulated"}
            for fact in self.not_simulated
        ]
        columns = dict.fromkeys(name for line in lines for name in line)
        last = [name for name in ("source", "note") if name in columns]
        first = [name for name in columns if name not in last]
        return pd.DataFrame(lines, columns=[*first, *last])

    @property
    def scores(self) -> pd.DataFrame:
        """How many facts are met in each community, those with the largest share of misses first.

        Returns
        -------
        pandas.DataFrame
            scenario (the last row: all of them), facts that can be judged, met by the mean over
            seeds; at_a_seed, lowest, highest: how many are met at a single seed, mean and ends.
        """
        from shequn.experiments.validate.tables import scores

        return scores(self)

    @property
    def strip(self) -> pd.DataFrame:
        """One row for each gauge: the fields of `shequn.experiments.formulas.limits.Gauge`."""
        return pd.DataFrame(
            [vars(gauge) for gauge in self.gauges], columns=list(Gauge.__annotations__)
        )

    def save(self, folder: str | Path) -> Path:
        """Write tables, figures and a manifest into a new or empty folder.

        Parameters
        ----------
        folder : str or Path
            The folder.

        Returns
        -------
        Path
            The folder: facts.csv, validation.json, facts.md, facts.png, manifest.json, with closed
            forms gauges.csv and gauges.png, with the physicians' network peers.csv and peers.png.

        Raises
        ------
        ResultsError
            If it holds files already, or cannot be written.
        """
        from shequn.experiments.validate.tables import write

        return write(self, Path(folder))

    def plot(self) -> Figure:
        """The facts as one figure, or the physicians' network where that is all there is."""
        from importlib import import_module

        # By name: a figure is made one layer above, and only when somebody asks for it.
        if self.peers is not None and not self.checked:
            views = import_module("shequn.views.peer_figures")
            return views.peers_figure(self.peers, self.peer_curves)
        return import_module("shequn.views.validate_figures").facts_figure(self)

    def __repr__(self) -> str:
        """Counts, and the whole table as text."""
        from shequn.experiments.validate.tables import as_text

        return as_text(self)


def scenarios_with_facts() -> tuple[str, ...]:
    """Names of the scenarios that stand for an observed community, in the order of the table."""
    names = [fact.scenario for fact in facts() if fact.measure is not None]
    return tuple(dict.fromkeys(name for name in names if name not in _NOT_SIMULATED))


def chosen(scenarios: Iterable[Scenario | str | Path]) -> dict[str, Scenario]:
    """The scenarios to run, by name: all that facts are known of when none is given.

    Parameters
    ----------
    scenarios : iterable of Scenario, str or Path
        Each a scenario that facts are known of, or a changed copy of one under its name;
        `PHYSICIANS` is a name that is allowed and no scenario.

    Returns
    -------
    dict
        Scenarios.

    Raises
    ------
    ScenarioError
        If no facts are known of one; the message names the nearest.
    """
    known = scenarios_with_facts()
    found, problems = {}, []
    for given in list(scenarios) or known:
        name = given.name if isinstance(given, Scenario) else str(given)
        if given == PHYSICIANS:
            continue
        if name not in known:
            every = (*known, PHYSICIANS)
            words = f"no facts are known of '{name}'{nearest(name, every)}"
            problems.append(Problem("", f"{words} (there are some of {', '.join(every)})"))
        elif not problems:
            found[name] = given if isinstance(given, Scenario) else Scenario.load(given)
    if problems:
        raise ScenarioError(problems)
    return found


def rivals_of(scenario: Scenario) -> list[Any]:
    """The simpler models that a scenario is compared with, fitted to what was observed.

    Parameters
    ----------
    scenario : Scenario
        One that facts are known of.

    Returns
    -------
    list
        Of `shequn.experiments.baselines.baselines.Rival`.
    """
    from shequn.experiments.baselines.baselines import fitted_rivals

    return list(fitted_rivals(scenario.name, scenario))


def _fitted(
    settings: dict[str, Scenario], wanted: dict[str, list[Fact]], seeds: Sequence[int]
) -> list[Part]:
    """A part for the simpler models of each community, at all seeds."""

    def rival_facts(name: str) -> dict[str, Any]:
        found = {}
        for one in rivals_of(settings[name]):
            at_seeds = [measured(wanted[name], one.records(seed)) for seed in seeds]
            found[one.name] = {
                fact: over_seeds([values[fact] for values in at_seeds]) for fact in at_seeds[0]
            }
        return found

    return [Part("rivals", name, partial(rival_facts, name)) for name in settings]


def _peers(seed: int, size: float) -> tuple[PeerInfluence, pd.DataFrame]:
    """The physicians' network: fits, and runs of what was fitted."""
    found = peer_influence(seed=seed)
    return found, peer_curves(found, runs=max(2, math.ceil(PEER_RUNS * size)), seed=seed)


def validate(
    *scenarios: Scenario | str | Path,
    seed: int = 1,
    replicates: int = SEEDS,
    size: float = 1.0,
    workers: int | None = None,
    rivals: bool = True,
    limits: bool = True,
    simulate: Simulate | None = None,
    kept: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Validation:
    """Hold the named scenarios to the facts, and the model to its closed forms.

    Every scenario is run at several seeds, and a fact is judged by its mean over them.

    Parameters
    ----------
    *scenarios : Scenario, str or Path
        Of `scenarios_with_facts`, or `PHYSICIANS`, the network on which influence of peers is
        fitted; all of them when none is given. `PHYSICIANS` alone leaves out the closed forms.
    seed : int
        The first seed of every scenario and rival, and that of the closed forms.
    replicates : int
        Seeds of every scenario and rival: the first one and those after it, 1 to 1000.
    size : float
        Of the simulated communities relative to the scenarios' own, above 0 and at most 1; closed
        forms and the network have so many of their runs. Smaller is quicker and less sure.
    workers : int, optional
        Threads; one for each core when None. They change no number.
    rivals, limits : bool
        Whether to measure the simpler models, and the closed forms.
    simulate : callable, optional
        Gives the records of a scenario, a seed and a size; runs the scenario when None.
    kept : Path, optional
        A file to which the facts of each simulation are added as it ends; those that it holds
        already are not simulated again (`validate.kept_facts`). Not with ``simulate``.
    progress : callable, optional
        Called with the parts of the work done and planned; the parts are about equally long.

    Returns
    -------
    Validation
        The result.

    Raises
    ------
    ScenarioError
        If no facts are known of a scenario, or a number is out of range.
    """
    settings = chosen(scenarios)
    network = not scenarios or PHYSICIANS in scenarios
    _check(seed, replicates, size, workers)
    shelf = KeptFacts(kept) if kept is not None and simulate is None else None
    if simulate is None:
        from shequn.experiments.facts.simulated_records import records as simulate
    warm_up(*settings.values())
    wanted = {name: facts(name) for name in settings}
    seeds = range(seed, seed + replicates)
    how = How(seeds, size, simulate, shelf)
    parts = simulations(settings, wanted, how)
    parts += _fitted(settings, wanted, seeds) if rivals else []
    made = [make() for make in LIMITS] if limits and settings else []
    parts += closed_forms(made, seed, size)
    if network:
        parts.append(Part("peers", PHYSICIANS, lambda: _peers(seed, size)))
    results = play(parts, workers or os.cpu_count() or 1, progress)
    checked, strip = _gathered(parts, results, wanted)
    known = scenarios_with_facts()
    idle = [fact for fact in facts() if fact.scenario not in known or fact.measure is None]
    peers, curves = results[len(parts) - 1] if network else (None, None)
    return Validation(
        settings, checked, idle if settings else [], strip, seeds, size, peers, curves
    )  # fmt: skip


def _check(seed: int, replicates: int, size: float, workers: int | None) -> None:
    problems = []
    if not 0 <= seed < 2**64 - 1000:  # replicates of closed forms have the seeds after it
        problems.append(Problem("seed", f"{seed} is out of range; 0 to 2**64 - 1001"))
    if not 1 <= replicates <= _MOST_SEEDS:
        problems.append(Problem("replicates", f"{replicates} is out of range; 1 to {_MOST_SEEDS}"))
    if not 0.0 < size <= 1.0:
        problems.append(Problem("size", f"{size} is out of range; above 0 and at most 1"))
    if workers is not None and workers < 1:
        problems.append(Problem("workers", f"{workers} is out of range; at least 1"))
    if problems:
        raise ScenarioError(problems)


def _gathered(
    parts: list[Part], results: dict[int, Any], wanted: dict[str, list[Fact]]
) -> tuple[list[Checked], list[Gauge]]:
    """Facts with what the simulation and its rivals give, and the gauges, each in its order."""
    found: dict[str, list[dict[str, Estimate]]] = {name: [] for name in wanted}
    others: dict[str, dict[str, dict[str, Estimate]]] = {name: {} for name in wanted}
    strip: list[Gauge] = []
    for place, part in enumerate(parts):
        if part.kind == "facts":
            found[part.name].append(results[place])
        elif part.kind == "rivals":
            others[part.name] = results[place]
        elif part.kind == "limit":
            strip += results[place]
    words = declared()
    checked = [
        Checked(
            fact, [values[fact.id] for values in found[name]],
            {rival: values[fact.id] for rival, values in others[name].items()},
            words.get(fact.id, ""),
        )
        for name, rows in wanted.items()
        for fact in rows
        if fact.id in found[name][0]
    ]  # fmt: skip
    return checked, strip
