"""The question of which values are best: a search, then confirmation on fresh runs.

Imports `perform`, `designs`, `crews` and `runs`.
"""
