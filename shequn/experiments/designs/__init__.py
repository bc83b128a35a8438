"""What is varied, and which points are visited.

Axes and ranges, factorial, Latin-hypercube and Sobol designs, tables of points, sampled worlds,
constraints. Imports `runs`.
"""
