"""The question of which measured facts the model meets, and which it misses.

Imports `facts`, `formulas`, `baselines`, `crews` and `runs`.
"""
