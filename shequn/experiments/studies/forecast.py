"""Who forecasts best how real communities go on? The tables of docs/forecast.md.

Run by ``python -m shequn.experiments.studies.forecast``, and by ``make forecast``. To try another
forecaster, put a function of a series, a coverage and a seed among those of `forecasters`.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import shequn as sq
from shequn.experiments.crews.crews import cores
from shequn.experiments.forecast.model import Simulated
from shequn.experiments.forecast.reference import KINDS, Workbench
from shequn.experiments.forecast.rivals import RIVALS
from shequn.experiments.forecast.scores import COVERAGE, scores, sentences, table_lines
from shequn.experiments.forecast.series import Case, Forecaster, all_cases
from shequn.experiments.perform.progress import at_stderr

BENCH = Workbench(Path("results/forecast"), cores(), at_stderr())  # its worlds are kept there
SEED = 1
REFERENCE = "model"  # whom the others are compared with


def model_of(cases: list[Case]) -> Simulated:
    """The model, which learns from first halves how sure it may be."""
    return Simulated(KINDS, BENCH, [case.series for case in cases])


def forecasters(cases: list[Case]) -> dict[str, Forecaster]:
    """The rivals and the model."""
    return {**RIVALS, REFERENCE: model_of(cases)}


def study(cases: list[Case]) -> pd.DataFrame:
    """The errors of every forecaster on every case."""
    return scores(cases, forecasters(cases), COVERAGE, SEED)


def chosen(cases: list[Case]) -> list[str]:
    """What was forecast: communities of each kind, and the length of both halves."""
    lines = ["| communities | series | weeks in the first half | weeks asked for | which |"]
    lines.append("|" + "---|" * 5)
    for kind in dict.fromkeys(case.series.kind for case in cases):
        of_kind = [case.series for case in cases if case.series.kind == kind]
        first = [len(series.values) for series in of_kind]
        second = [len(series.ahead) for series in of_kind]
        names = list(dict.fromkeys(series.name.split()[-1] for series in of_kind))
        spans = f"{min(first)} to {max(first)} | {min(second)} to {max(second)}"
        lines.append(f"| {len(names)} {kind} | {len(of_kind)} | {spans} | {', '.join(names)} |")
    return lines


def tell(cases: list[Case], table: pd.DataFrame) -> None:
    """Print what was forecast, the errors, and who is better than whom."""
    print("\n".join([*chosen(cases), ""]))
    print(f"Intervals of {100 * COVERAGE:.0f} %; in brackets 95 % intervals over communities.\n")
    print("\n".join([*table_lines(table), ""]))
    if any(case.series.kind == "chapters" for case in cases):
        factor = model_of(cases).factor(COVERAGE, SEED)
        print(f"The model's intervals of chapters are widened by a factor of {factor:.2f}.\n")
    print("\n".join(f"- {line}" for line in sentences(table, REFERENCE)))
    print(f"\nshequn {sq.__version__}")


if __name__ == "__main__":
    CASES = all_cases()
    tell(CASES, study(CASES))
