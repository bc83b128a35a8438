"""The second half of real communities forecast from the first, by rivals of the model and by it.

Whoever forecasts is a function of a `Series` (the first half only), a coverage and a seed that
gives a `Forecast`. Imports `facts`.
"""
