"""The second half of real communities forecast from the first, by rivals of the model and by it.

Whoever forecasts is a function of a `Series` (the first half only), a coverage and a seed that
gives a `Forecast`. Imports `calibrate` (its journal), `crews`, `facts`, `perform` and `runs`.
"""

from shequn.experiments.forecast.model import Simulated, quick
from shequn.experiments.forecast.reference import Kind, Workbench
from shequn.experiments.forecast.rivals import drift, exponential, last_value, recent_mean
from shequn.experiments.forecast.scores import score, scores
from shequn.experiments.forecast.series import (
    Case,
    Forecast,
    Series,
    halved,
    of_records,
    weeks_of,
)

__all__ = [
    "Case",
    "Forecast",
    "Kind",
    "Series",
    "Workbench",
    "Simulated",
    "drift",
    "exponential",
    "halved",
    "last_value",
    "of_records",
    "quick",
    "recent_mean",
    "score",
    "scores",
    "weeks_of",
]
