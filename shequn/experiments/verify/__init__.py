"""The question of whether a results folder holds what it should: runs are computed again.

Imports `compare` and the rooms below it.
"""
