"""Carrying out a plan.

What is missing is given to a crew; replicates are added until an interval is narrow enough. A probe
says beforehand how long it will take; afterwards the tables are read back, with their statistics.
Imports `crews` and `runs`.
"""
