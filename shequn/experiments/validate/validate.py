"""Held to the facts: what the named scenarios give, beside what was measured in communities."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import pandas as pd

from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.experiments.facts import Estimate, Fact, facts
from shequn.experiments.formulas.gauges import Gauge
from shequn.experiments.formulas.limits import LIMITS
from shequn.experiments.perform.effort import Asked, Effort, effort_and
from shequn.experiments.runs import store
from shequn.experiments.runs.given import above_0, given, of, whole
from shequn.experiments.runs.pictures import draw
from shequn.experiments.runs.run import warm_up
from shequn.experiments.validate.checked import Checked, misses_first, over_seeds, row
from shequn.experiments.validate.declared import declared
from shequn.experiments.validate.kept_facts import KEPT, KeptFacts
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
            ``no``, ``shown only``, ``not simulated``), declared; each baseline and whether it is
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
        return draw("validate", self)

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
    for one in list(scenarios) or known:
        name = one.name if isinstance(one, Scenario) else str(one)
        if one == PHYSICIANS:
            continue
        if name not in known:
            every = (*known, PHYSICIANS)
            words = f"no facts are known of '{name}'{nearest(name, every)}"
            problems.append(Problem("", f"{words} (there are some of {', '.join(every)})"))
        elif not problems:
            found[name] = one if isinstance(one, Scenario) else Scenario.load(one)
    if problems:
        raise ScenarioError(problems)
    return found


def baselines_of(scenario: Scenario) -> list[Any]:
    """The simpler models that a scenario is compared with, fitted to what was observed.

    Parameters
    ----------
    scenario : Scenario
        One that facts are known of.

    Returns
    -------
    list
        Of `shequn.experiments.baselines.baselines.Baseline`.
    """
    from shequn.experiments.baselines.baselines import fitted_baselines

    return list(fitted_baselines(scenario.name, scenario))


def _fitted(
    settings: dict[str, Scenario], wanted: dict[str, list[Fact]], seeds: Sequence[int]
) -> list[Part]:
    """A part for the simpler models of each community, at all seeds."""

    def baseline_facts(name: str) -> dict[str, Any]:
        found = {}
        for one in baselines_of(settings[name]):
            at_seeds = [measured(wanted[name], one.records(seed)) for seed in seeds]
            found[one.name] = {
                fact: over_seeds([values[fact] for values in at_seeds]) for fact in at_seeds[0]
            }
        return found

    return [Part("baselines", name, partial(baseline_facts, name)) for name in settings]


def _peers(seed: int, size: float) -> tuple[PeerInfluence, pd.DataFrame]:
    """The physicians' network: fits, and runs of what was fitted."""
    found = peer_influence(seed=seed)
    return found, peer_curves(found, runs=max(2, math.ceil(PEER_RUNS * size)), seed=seed)


class Validating(Asked, total=False):
    """Keywords of `validate`: what is measured, and fields of an effort."""

    size: float
    baselines: bool
    limits: bool
    simulate: Simulate | None


@given(
    size=above_0(1.0), baselines=of("True or False", bool),
    limits=of("True or False", bool), seed=whole(0, 2**64 - 1001, optional=True),
    replicates=whole(1, _MOST_SEEDS, optional=True),
)  # fmt: skip
def validate(
    *scenarios: Scenario | str | Path, effort: Effort | None = None, **asked: Unpack[Validating]
) -> Validation:
    """Hold the named scenarios to the facts, and the model to its closed forms.

    Every scenario is run at several seeds, and a fact is judged by its mean over them.

    Parameters
    ----------
    *scenarios : Scenario, str or Path
        Of `scenarios_with_facts`, or `PHYSICIANS`, the network on which influence of peers is
        fitted; all of them when none is given. `PHYSICIANS` alone leaves out the closed forms.
    effort : Effort, optional
        How much is run, by whom, and where it is kept.
    **asked
        ``size`` of the simulated communities relative to the scenarios' own, above 0 and at most 1
        (1); closed forms and the network have so many of their runs; smaller is quicker and less
        sure. ``baselines``, ``limits``: whether to measure the simpler models, and the closed
        forms. ``simulate`` gives the records of a scenario, a seed and a size; runs the scenario
        when None. Besides, fields of the effort: ``replicates``, seeds of every scenario and
        baseline (5); ``seed``, the first of them (1); ``workers``, threads; ``out``: facts of each
        simulation are kept there as it ends, so that an interrupted validation goes on.

    Returns
    -------
    Validation
        The result. With ``out`` its files are in the folder.

    Raises
    ------
    ScenarioError
        If no facts are known of a scenario, or a number is out of range.
    ResultsError
        If the folder cannot be used.
    """
    wanted, more = effort_and(effort, asked, _OWN)
    own = {**_OWN, **more}
    settings = chosen(scenarios)
    network = not scenarios or PHYSICIANS in scenarios
    kept: Any = nullcontext()
    if wanted.out is not None or wanted.watcher.keeps:
        kept = store.fresh_folder("validate", store.path_of(wanted.out), begun=KEPT)
    with kept as folder:
        if folder is not None:
            wanted.watcher.begun(folder)
        with wanted.watcher.compiling():
            warm_up(*settings.values())
        found = _held_to_facts(settings, wanted, own, folder, network=network)
        if folder is not None:
            found.save(folder)
    return found


_OWN: dict[str, Any] = {"size": 1.0, "baselines": True, "limits": True, "simulate": None}


def _held_to_facts(
    settings: dict[str, Scenario], effort: Effort, own: dict[str, Any], folder: Path | None,
    *, network: bool,
) -> Validation:  # fmt: skip
    """Simulate, measure, compare: every part of the work, side by side."""
    simulate, size = own["simulate"], own["size"]
    shelf = KeptFacts(folder / KEPT) if folder is not None and simulate is None else None
    if simulate is None:
        from shequn.experiments.facts.simulated_records import records as simulate
    seed = 1 if effort.seed is None else effort.seed
    seeds = range(seed, seed + effort.most(SEEDS))
    wanted = {name: facts(name) for name in settings}
    parts = simulations(settings, wanted, How(seeds, size, simulate, shelf))
    parts += _fitted(settings, wanted, seeds) if own["baselines"] else []
    made = [make() for make in LIMITS] if own["limits"] and settings else []
    parts += closed_forms(made, seed, size)
    if network:
        parts.append(Part("peers", PHYSICIANS, lambda: _peers(seed, size)))
    results = play(parts, effort.crew().size, effort.tell)
    checked, strip = _gathered(parts, results, wanted)
    known = scenarios_with_facts()
    idle = [fact for fact in facts() if fact.scenario not in known or fact.measure is None]
    peers, curves = results[len(parts) - 1] if network else (None, None)
    return Validation(
        settings, checked, idle if settings else [], strip, seeds, size, peers, curves
    )  # fmt: skip


def _gathered(
    parts: list[Part], results: dict[int, Any], wanted: dict[str, list[Fact]]
) -> tuple[list[Checked], list[Gauge]]:
    """Facts with what the simulation and its baselines give, and the gauges, each in its order."""
    found: dict[str, list[dict[str, Estimate]]] = {name: [] for name in wanted}
    others: dict[str, dict[str, dict[str, Estimate]]] = {name: {} for name in wanted}
    strip: list[Gauge] = []
    for place, part in enumerate(parts):
        if part.kind == "facts":
            found[part.name].append(results[place])
        elif part.kind == "baselines":
            others[part.name] = results[place]
        elif part.kind == "limit":
            strip += results[place]
    words = declared()
    checked = [
        Checked(
            fact, [values[fact.id] for values in found[name]],
            {baseline: values[fact.id] for baseline, values in others[name].items()},
            words.get(fact.id, ""),
        )
        for name, rows in wanted.items()
        for fact in rows
        if fact.id in found[name][0]
    ]  # fmt: skip
    return checked, strip
