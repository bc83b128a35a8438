"""What a search found, in sentences, in a report and as scenarios."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from shequn.experiments.calibrate.found import Found
from shequn.experiments.calibrate.loss import judged
from shequn.experiments.calibrate.posterior import EDGE
from shequn.experiments.calibrate.priors import Prior, scenario_of_values
from shequn.experiments.calibrate.report import markdown
from shequn.experiments.runs import store
from shequn.experiments.runs.words import counted
from shequn.model.parameters import declared
from shequn.model.scenario import Scenario, named_scenarios


def best_toml(scenario: Scenario, priors: Sequence[Prior], values: Sequence[float]) -> str:
    """A scenario with the values found, as a file that says these and nothing else.

    Parameters
    ----------
    scenario : Scenario
        One of those calibrated. Where it is none of the package's, or a value stands in one of its
        blocks, the file holds every value.
    priors : sequence of Prior
        The parameters.
    values : sequence of float
        A value for each.

    Returns
    -------
    str
        TOML.
    """
    pairs = zip(priors, values, strict=True)
    own = {p.path: (p, value) for p, value in pairs if p.scenario in ("", scenario.name)}
    if scenario.name not in named_scenarios() or not own.keys() <= declared().keys():
        return store.scenario_toml(scenario_of_values(scenario, priors, values))
    lines, section = [f'extends = "{scenario.name}"'], ""
    for path, (prior, value) in sorted(own.items()):
        head, _, name = path.rpartition(".")
        lines += ["", f"[{head}]"] if head != section else []
        section = head
        lines.append(f"{name} = {int(value) if prior.range.whole else value!r}")
    return "\n".join(lines) + "\n"


def sentences(found: Found) -> list[str]:
    """What a reader has to know.

    Parameters
    ----------
    found : Found
        The results.

    Returns
    -------
    list of str
        Facts met at seeds that decided nothing, loss, parameters that are not identified, effort.
    """
    n, seeds = sum(map(judged, found.plan.targets)), found.seeds
    before, after = (found.count(values) for values in found.fresh)
    losses = [found.loss(values) for values in found.fresh]
    stop = seeds.stop + len(seeds)  # of those at which it was chosen
    fresh = _range(stop, stop + len(seeds))
    lines = [
        f"At seeds that decided nothing ({fresh}) the best point meets {after} of "
        f"{counted(n, 'fact')}, the start {before}; at the seeds of the search "
        f"({_range(seeds.start, seeds.stop)}) {found.count(found.best.facts)} and "
        f"{found.count(found.start.facts)}.",
        f"Loss {found.start.loss:.4f} at the start, {found.best.loss:.4f} at the best; at seeds "
        f"that decided nothing {losses[0]:.4f} and {losses[1]:.4f}.",
    ]
    return [*lines, *_identified(found), *_effort(found)]


def _range(start: int, stop: int) -> str:
    return f"{start}" if stop == start + 1 else f"{start} to {stop - 1}"


def _identified(found: Found) -> list[str]:
    """Parameters of which the facts say little, and those at an end of their range."""
    rows = found.parameters.to_dict("records")
    lines = []
    for word, said in (("no", "Not identified"), ("weakly", "Identified weakly")):
        names = [str(row["parameter"]) for row in rows if row["identified"] == word]
        lines += [f"{said} by these facts: {', '.join(names)}."] if names else []
    units = zip(rows, found.best.position, strict=True)
    ends = [str(row["parameter"]) for row, unit in units if min(unit, 1.0 - unit) < EDGE]
    if ends:
        lines.append(f"Best near an end of their range: {', '.join(ends)}; widen it.")
    return lines


def _effort(found: Found) -> list[str]:
    units = found.units
    lines = [
        f"{counted(len(found.points) - 2, 'point')} in {counted(found.rounds, 'round')}, then "
        f"{len(found.scan)} with one parameter elsewhere: "
        f"{counted(len(units.known), 'simulation')}, {units.seconds / 60.0:.1f} minutes of "
        "computing."
    ]
    if units.failures:
        first = units.failures[0]
        lines.append(f"{counted(len(units.failures), 'simulation')} failed, the first: {first}.")
    if found.stopped:
        lines.append(f"Fewer rounds than asked for: {found.stopped}.")
    return lines


def report(found: Found) -> str:
    """The report as Markdown: the sentences, then the tables."""
    names = ", ".join(scenario.name for scenario in found.plan.scenarios)
    lines = [f"# Search for values of {names}", "", *(f"- {words}" for words in sentences(found))]
    lines += ["", "## Parameters", "", *markdown(parameters_shown(found)), "", *_PARAMETERS]
    lines += ["", "## Facts", "", *markdown(facts_shown(found)), "", *_FACTS]
    return "\n".join(lines) + "\n"


_PARAMETERS = [
    "As good: points between these values were as good as the best one, within the scatter of its",
    "loss over seeds. Identified: yes where that is a fifth of the range or less, weakly up to a",
    "half. Fitted is what was identified; the rest was chosen.",
]
_FACTS = [
    "Means over seeds; of the best point with the lowest and the highest. Fresh: the best point at",
    "seeds that decided nothing; a fact is met when that mean is accepted; - where a run does not",
    "tell. Largest loss first.",
]


def parameters_shown(found: Found) -> pd.DataFrame:
    """The table of parameters as it is printed."""
    rows = found.parameters.to_dict("records")
    return pd.DataFrame(
        {
            "parameter": [f"{row['parameter']}" for row in rows],
            "range": [row["range"] for row in rows],
            "start": [f"{row['start']:.4g}" for row in rows],
            "best": [f"{row['best']:.4g}" for row in rows],
            "as good": [_ends(row["low"], row["high"]) for row in rows],
            "identified": [row["identified"] for row in rows],
        }
    )


def facts_shown(found: Found) -> pd.DataFrame:
    """The table of facts as it is printed, the largest loss first."""
    words = {True: "yes", False: "no", None: "-"}
    rows = sorted(found.facts.to_dict("records"), key=lambda row: -row["loss"])
    return pd.DataFrame(
        {
            "fact": [f"{row['fact']}" for row in rows],
            "accepted": [_ends(row["low"], row["high"]) for row in rows],
            "start": [_short(row["start"]) for row in rows],
            "best": [_short(row["best"]) for row in rows],
            "over seeds": [_ends(row["lowest"], row["highest"]) for row in rows],
            "fresh": [_short(row["fresh"]) for row in rows],
            "met": [words[row["met"]] for row in rows],
        }
    )


def _short(value: float) -> str:
    return f"{value:.3g}" if value == value else "-"


def _ends(low: float, high: float) -> str:
    return f"{low:.3g} to {high:.3g}" if low == low else "-"
