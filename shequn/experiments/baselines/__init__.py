"""Simple competing models, fitted to the same communities and held to the same facts.

A rival is an operator of the market; these are baselines. Imports `facts`.
"""
