"""The question of which parameter values the facts allow: approximate Bayesian computation.

Imports `facts`, `designs`, `crews` and `runs`.
"""
