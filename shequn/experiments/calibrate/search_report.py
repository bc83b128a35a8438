"""What a search found, in sentences, in a report and as scenarios."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from shequn.experiments.calibrate.found import Found
from shequn.experiments.calibrate.loss import judged
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
    """What a reader has to know: facts met and missed, loss, effort."""
    rows = found.facts.to_dict("records")
    n = sum(map(judged, found.plan.targets))
    before, after = (found.count(values) for values in found.fresh)
    fresh = f"{found.seeds.stop} to {found.seeds.stop + len(found.seeds) - 1}"
    lines = [
        f"At seeds that decided nothing ({fresh}) the best point meets {after} of "
        f"{counted(n, 'fact')}, the start {before}; at the seeds of the search "
        f"{found.count(found.best.facts)} and {found.count(found.start.facts)}.",
        f"Loss {found.start.loss:.4f} at the start, {found.best.loss:.4f} at the best; at seeds "
        f"that decided nothing {found.loss(found.fresh[0]):.4f} and "
        f"{found.loss(found.fresh[1]):.4f}.",
    ]
    missed = [str(row["fact"]) for row in rows if row["met"] is False]
    if missed:
        lines.append(f"Missed: {', '.join(missed)}.")
    units = found.units
    lines.append(
        f"{counted(len(found.points) - 1, 'point')} in {counted(found.rounds, 'round')} at seeds "
        f"{found.seeds.start} to {found.seeds.stop - 1}, "
        f"{counted(len(units.known), 'simulation')}, {units.seconds / 60.0:.1f} minutes of "
        "computing."
    )
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
    lines += ["", "## Parameters", "", *markdown(parameters_shown(found))]
    lines += ["", "## Facts", "", *markdown(facts_shown(found))]
    return "\n".join(lines) + "\n"


def parameters_shown(found: Found) -> pd.DataFrame:
    """The table of parameters as it is printed."""
    rows = found.parameters.to_dict("records")
    return pd.DataFrame(
        {
            "parameter": [f"{row['parameter']}" for row in rows],
            "unit": ["" if row["unit"] == "1" else row["unit"] for row in rows],
            "range": [row["range"] for row in rows],
            "start": [f"{row['start']:.4g}" for row in rows],
            "best": [f"{row['best']:.4g}" for row in rows],
        }
    )


def facts_shown(found: Found) -> pd.DataFrame:
    """The table of facts as it is printed, misses first."""
    words = {True: "yes", False: "no", None: "shown only"}
    rows = sorted(found.facts.to_dict("records"), key=lambda row: -row["loss"])
    return pd.DataFrame(
        {
            "fact": [f"{row['fact']}" for row in rows],
            "observed": [f"{row['observed']:.4g}" for row in rows],
            "accepted": [_ends(row["low"], row["high"]) for row in rows],
            "start": [f"{row['start']:.4g}" for row in rows],
            "best": [f"{row['best']:.4g} ({_ends(row['lowest'], row['highest'])})" for row in rows],
            "fresh": [f"{row['fresh']:.4g}" for row in rows],
            "met": [words[row["met"]] for row in rows],
        }
    )


def _ends(low: float, high: float) -> str:
    return f"{low:.4g} to {high:.4g}" if low == low else "-"
