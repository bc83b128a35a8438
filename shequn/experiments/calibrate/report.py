"""What a calibration says, in sentences and in a report."""

from __future__ import annotations

from typing import Any

import pandas as pd

from shequn.experiments.calibrate.coverage import binomial_interval
from shequn.experiments.calibrate.posterior import ALIKE, EDGE, PRESSED, UNINFORMED, Calibration
from shequn.experiments.runs.words import counted

_SCATTERED = 4.0  # width of a prediction, relative to the observed interval; assumed


def sentences(found: Calibration) -> list[str]:
    """What a reader has to know, the facts that are missed first.

    Parameters
    ----------
    found : Calibration
        The results.

    Returns
    -------
    list of str
        Facts missed; facts that single runs scatter too much to be held to; parameters that cannot
        be told apart; those of which nothing was learned; those that press against a bound;
        coverage; effort.
    """
    return [
        *_missed(found),
        *_scattered(found),
        *_alike(found),
        *_uninformed(found),
        *_pressed(found),
        *_coverage(found),
        *_effort(found),
    ]


def _missed(found: Calibration) -> list[str]:
    rows = found.predictive.to_dict("records")
    out = [row for row in rows if not row["inside"]]
    if not out:
        return ["No fact is missed: each lies within what the posterior predicts."]
    verb = "is" if len(out) == 1 else "are"
    lines = [f"{len(out)} of {counted(len(rows), 'fact')} {verb} missed:"]
    for row in out:
        lines.append(f"{row['fact']}: observed {_observed(row)}, predicted {_predicted(row)}.")
    return lines


def _observed(row: dict[Any, Any]) -> str:
    ends = f" [{row['low']:.4g}, {row['high']:.4g}]" if row["low"] == row["low"] else ""
    return f"{row['observed']:.4g}{ends}"


def _predicted(row: dict[Any, Any]) -> str:
    if row["median"] != row["median"]:
        return "nothing: no run tells"
    return f"{row['median']:.4g} [{row['predicted_low']:.4g}, {row['predicted_high']:.4g}]"


def _scattered(found: Calibration) -> list[str]:
    ratios = {
        row["fact"]: (row["predicted_high"] - row["predicted_low"]) / (row["high"] - row["low"])
        for row in found.predictive.to_dict("records")
    }
    wide = {name: ratio for name, ratio in ratios.items() if ratio > _SCATTERED}
    if not wide:
        return []
    worst = max(wide, key=lambda name: wide[name])
    return [
        f"Predictions of {', '.join(wide)} are more than {_SCATTERED:g} times as wide as what is "
        f"known ({worst}: {wide[worst]:.0f} times): not to miss them says little. Larger "
        "worlds (--size) scatter less."
    ]


def _alike(found: Calibration) -> list[str]:
    return [
        f"The facts cannot tell {row['first']} and {row['second']} apart: their correlation in the "
        f"posterior is {row['correlation']:.2f}."
        for row in found.correlations.to_dict("records")
        if abs(row["correlation"]) > ALIKE
    ]


def _uninformed(found: Calibration) -> list[str]:
    return [
        f"The facts say next to nothing of {row['parameter']}: its 95 % interval is as wide as "
        f"{100.0 * row['width']:.0f} % of the prior's."
        for row in found.parameters.to_dict("records")
        if row["width"] > UNINFORMED
    ]


def _pressed(found: Calibration) -> list[str]:
    lines = []
    for row, prior in zip(found.parameters.to_dict("records"), found.priors, strict=True):
        ends = (("at_low", "lower", prior.range.low), ("at_high", "upper", prior.range.high))
        for column, word, bound in ends:
            if row[column] > PRESSED:
                lines.append(
                    f"{row['parameter']} presses against its {word} bound {bound:g}: "
                    f"{100.0 * row[column]:.0f} % of the posterior lie in the outer "
                    f"{100.0 * EDGE:.0f} % of the prior; the answer depends on that bound."
                )
    return lines


def _coverage(found: Calibration) -> list[str]:
    rows = found.coverage.to_dict("records")
    level = 1.0 - 0.05 / len(
        rows
    )  # one false alarm in twenty reports, not in each row (Bonferroni)
    narrow = [
        row
        for row in rows
        if binomial_interval(row["reached"], row["n"], level)[1] < row["nominal"]
    ]
    if not narrow:
        return ["On simulated truths no interval was too narrow (coverage.csv)."]
    names = ", ".join(dict.fromkeys(str(row["parameter"]) for row in narrow))
    worst = max(narrow, key=lambda row: row["nominal"] - row["reached"])
    return [
        f"On simulated truths the intervals of {names} are too narrow: {worst['parameter']} lay in "
        f"its {100.0 * worst['nominal']:.0f} % interval in {100.0 * worst['reached']:.0f} % of "
        f"them [{100.0 * worst['low']:.0f}, {100.0 * worst['high']:.0f}]."
    ]


def _effort(found: Calibration) -> list[str]:
    last = found.rounds[-1]
    near = "any distance" if last.scale is None else f"distance {last.tolerance:.3g}"
    lines = [
        f"{counted(found.n_evaluations, 'run')} in {counted(len(found.rounds), 'round')} and "
        f"{len(found.fresh)} more to check predictions, {found.minutes:.1f} minutes of "
        f"computing; {counted(len(found.weights), 'sample')} (effective number "
        f"{found.effective:.0f}) within {near} of the facts."
    ]
    if found.failures:
        first = found.failures[0].failure
        lines.append(f"{counted(len(found.failures), 'run')} failed, the first: {first}.")
    if found.stopped:
        lines.append(f"Fewer rounds than asked for: {found.stopped}.")
    return lines


def report(found: Calibration) -> str:
    """The report as Markdown: the sentences, then the tables."""
    names = ", ".join(scenario.name for scenario in found.scenarios)
    lines = [f"# Calibration of {names}", "", *(f"- {words}" for words in sentences(found))]
    lines += ["", "## Parameters", "", *markdown(_parameters(found))]
    lines += ["", "## Facts", "", *markdown(_facts(found)), "", *_GLOSSARY]
    lines += ["", "## Coverage on simulated truths", "", *markdown(_coverages(found))]
    return "\n".join(lines) + "\n"


_GLOSSARY = [
    "Observed and predicted values have 95 % intervals in brackets, or the range accepted; a fact",
    "is missed when the two do not overlap. Predictions are runs with new luck at draws from the",
    "posterior.",
]


def _parameters(found: Calibration) -> pd.DataFrame:
    rows = found.parameters.to_dict("records")
    return pd.DataFrame(
        {
            "parameter": [f"`{row['parameter']}`" for row in rows],
            "unit": ["" if row["unit"] == "1" else row["unit"] for row in rows],
            "prior": [row["prior"] for row in rows],
            "median": [f"{row['median']:.4g}" for row in rows],
            "95 % interval": [f"{row['low']:.4g} to {row['high']:.4g}" for row in rows],
            "width / prior": [f"{row['width']:.2f}" for row in rows],
        }
    )


def _facts(found: Calibration) -> pd.DataFrame:
    rows = sorted(found.predictive.to_dict("records"), key=lambda row: row["inside"])
    return pd.DataFrame(
        {
            "fact": [f"`{row['fact']}`" for row in rows],
            "observed": [_observed(row) for row in rows],
            "predicted": [_predicted(row) for row in rows],
            "": ["" if row["inside"] else "missed" for row in rows],
        }
    )


def _coverages(found: Calibration) -> pd.DataFrame:
    rows = found.coverage.to_dict("records")
    return pd.DataFrame(
        {
            "parameter": [f"`{row['parameter']}`" for row in rows],
            "interval": [f"{100.0 * row['nominal']:.0f} %" for row in rows],
            "held the truth": [
                f"{100.0 * row['reached']:.0f} % [{100.0 * row['low']:.0f}, "
                f"{100.0 * row['high']:.0f}]"
                for row in rows
            ],
        }
    )


def markdown(table: pd.DataFrame) -> list[str]:
    """A table as lines of Markdown."""
    rows = [list(table.columns), ["---"] * len(table.columns), *table.to_numpy().tolist()]
    return ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
