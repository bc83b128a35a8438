"""Draw what was forecast: forecast_figure.py FIGURE, where the study has run.

Of rooms the messages are drawn. The rival of a kind and thing counted is the one with the smallest
mean error of a step.
"""

import sys

import pandas as pd

from shequn.experiments.forecast.series import all_cases
from shequn.experiments.studies import forecast as study
from shequn.views.forecast_figures import Panel, forecasts_figure
from shequn.views.style import save


def best_rival(table: pd.DataFrame, kind: str, what: str) -> str:
    """Who has the smallest mean error of a step but the model."""
    rows = table[(table["kind"] == kind) & (table["what"] == what)]
    errors = rows[rows["forecaster"] != study.REFERENCE].groupby("forecaster")["error"].mean()
    return str(errors.idxmin())


if __name__ == "__main__":
    (path,) = sys.argv[1:]
    cases = all_cases()
    table, known = study.study(cases), study.forecasters(cases)
    drawn = [case for case in cases if (case.series.kind, case.series.what) != ("rooms", "posters")]
    names, panels = {}, []
    for case in drawn:
        series = case.series
        words = f"{series.what} of {series.kind}"
        name = names.setdefault(words, best_rival(table, series.kind, series.what))
        forecasts = [
            known[each](series, study.COVERAGE, study.SEED) for each in (study.REFERENCE, name)
        ]
        panels.append(Panel(case, *forecasts))
    rivals = ", ".join(f"{name} ({words})" for words, name in names.items())
    title = "The second half of real communities forecast from the first; weeks across"
    title += f"\nrivals drawn: {rivals}"
    save(forecasts_figure(panels, title, "rival with the smallest mean error"), path)
